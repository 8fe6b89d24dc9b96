"""Temporary journals as XLSX (13): blanks written, and what comes back read, whatever was moved about in them.

Each cell is found by the keys of its row and its column, which stand hidden in the sheet itself: rows, columns may be
sorted, sheets renamed, and the file saved by another program. A hidden sheet says what the blank was made of.
"""

import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import orjson

from rules.journal import ATTENDANCE_LETTERS, MARK_VALUES
from rules.journal_outage_sheets import (
    LEGEND,
    NEW_MARKS,
    NEW_SLOT,
    OF_LESSONS,
    Blank,
    BlankJournal,
    BlankLesson,
    CellKind,
    FilledCell,
    FilledSheet,
    Place,
)

from .books import new_book
from .sheets import SheetError, cleaned, letters, read_workbook

ABOUT = "classbook"
"""The hidden sheet: its name is what tells a temporary journal from other books."""
LESSONS = "Уроки"
_HEADINGS = {CellKind.TOPIC: "Тема", CellKind.MATERIAL: "Изученный материал", CellKind.HOMEWORK: "Домашнее задание"}
_FORMAT = "classbook-outage-1"
_ROLL, _KIND = "roll", "kind"
_PIECE = 30_000
"""How many characters of the description stand in a cell: Excel takes 32,767."""
_FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))
MOST_CELLS = 20_000
"""How many filled cells one file may have."""


def write_blank(blank: Blank) -> bytes:
    """The blank as XLSX: every cell is text, so that nothing is taken for a formula, a number or a date."""
    buffer = io.BytesIO()
    with new_book(buffer) as book:
        styles = _Styles(book)
        names: set[str] = {ABOUT, LESSONS.casefold()}
        for journal in blank.journals:
            sheet = book.add_worksheet(_sheet_name(journal.title, names))
            _write_journal(sheet, styles, blank, journal)
        _write_lessons(book.add_worksheet(LESSONS), styles, blank)
        _write_legend(book.add_worksheet("Как заполнять"), styles)
        about = book.add_worksheet(ABOUT)
        about.very_hidden()
        described = orjson.dumps(_described(blank)).decode()
        about.write_string(0, 0, _FORMAT)
        about.write_string(1, 0, hashlib.sha256(described.encode()).hexdigest())
        for row, at in enumerate(range(0, len(described), _PIECE), start=2):
            about.write_string(row, 0, described[at : at + _PIECE])
    return buffer.getvalue()


class _Styles:
    """The formats of a blank's cells."""

    def __init__(self, book: Any) -> None:
        grid = {"num_format": "@", "border": 1, "valign": "vcenter"}
        self.title = book.add_format({"num_format": "@", "bold": True, "font_size": 13})
        self.note = book.add_format({"num_format": "@", "font_color": "#555555"})
        self.head = book.add_format({**grid, "bold": True, "align": "center", "text_wrap": True, "bg_color": "#EEF3F8"})
        self.name = book.add_format(grid)
        self.day = book.add_format({**grid, "align": "center"})
        self.cell = book.add_format({**grid, "align": "center", "locked": False})
        self.text = book.add_format({**grid, "text_wrap": True, "valign": "top", "locked": False})
        self.closed = book.add_format({**grid, "bg_color": "#C8C8C8"})
        self.wrapped = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})


def _sheet_name(title: str, taken: set[str]) -> str:
    """A name that Excel takes and no other sheet of the book has."""
    plain = " ".join(title.translate(_FORBIDDEN).split())[:31] or "Журнал"
    name, number = plain, 1
    while name.casefold() in taken:
        number += 1
        name = f"{plain[: 31 - len(str(number)) - 1]} {number}"
    taken.add(name.casefold())
    return name


def _columns(lesson: BlankLesson) -> Iterator[tuple[str, str, str | None]]:
    """A lesson's columns: key, heading, and the kind of work where it is known."""
    yield f"{CellKind.ATTENDANCE}:{lesson.id}", "Н", None
    for task in lesson.tasks:
        yield f"{CellKind.MARK}:{lesson.id}:{task.id}", "Отм.", task.kind
    for number in range(NEW_MARKS):
        yield f"{CellKind.MARK}:{lesson.id}:{NEW_SLOT}{number}", "Отм.", None


def _write_journal(sheet: Any, styles: _Styles, blank: Blank, journal: BlankJournal) -> None:
    """Rows: keys, title, dates, numbers, headings, kinds of work, the roll, the students. Columns: the lessons'."""
    sheet.set_row(0, None, None, {"hidden": True})
    sheet.set_column(0, 0, None, None, {"hidden": True})
    sheet.set_column(1, 1, 4)
    sheet.set_column(2, 2, 30)
    sheet.write_string(0, 0, "journal")
    sheet.write_string(1, 1, f"Временный журнал: {blank.class_name}, {journal.title}", styles.title)
    for row, label in ((2, "Дата"), (3, "Урок"), (4, "Фамилия, имя"), (5, "Вид работы"), (6, "Перекличка")):
        sheet.write_string(row, 1, "№" if row == 4 else "", styles.head)
        sheet.write_string(row, 2, label, styles.head)
    sheet.write_string(5, 0, _KIND)
    sheet.write_string(6, 0, _ROLL)
    first = 7
    last = first + len(journal.students) - 1
    for row, (student, name) in enumerate(journal.students, start=first):
        sheet.write_string(row, 0, str(student))
        sheet.write_string(row, 1, str(row - first + 1), styles.name)
        sheet.write_string(row, 2, name, styles.name)
    usual = next(iter(blank.kinds), "")
    column = 3
    for lesson in journal.lessons:
        begun = column
        for key, heading, kind in _columns(lesson):
            is_roll = key.startswith(CellKind.ATTENDANCE)
            sheet.write_string(0, column, key)
            sheet.write_string(4, column, heading, styles.head)
            _write_head(sheet, styles, column, is_roll, kind, usual)
            for row, (student, _) in enumerate(journal.students, start=first):
                sheet.write_blank(row, column, None, styles.closed if student in lesson.missing else styles.cell)
            if last >= first:
                _offer(sheet, first, last, column, list(ATTENDANCE_LETTERS.values()) if is_roll else list(MARK_VALUES))
            if not is_roll and kind is None:
                _offer(sheet, 5, 5, column, list(blank.kinds))
            column += 1
        sheet.merge_range(2, begun, 2, column - 1, f"{lesson.date:%d.%m.%Y}", styles.day)
        sheet.merge_range(3, begun, 3, column - 1, f"{lesson.number}-й", styles.day)
    sheet.set_column(3, max(column - 1, 3), 6)
    sheet.freeze_panes(7, 3)
    _finish(sheet)


def _write_head(sheet: Any, styles: _Styles, column: int, is_roll: bool, kind: str | None, usual: str) -> None:
    if is_roll:
        sheet.write_blank(5, column, None, styles.closed)
        sheet.write_blank(6, column, None, styles.cell)
    else:
        sheet.write_string(5, column, kind or usual, styles.closed if kind else styles.cell)
        sheet.write_blank(6, column, None, styles.closed)


def _offer(sheet: Any, first: int, last: int, column: int, words: Sequence[str]) -> None:
    """Let Excel offer words. Others may be written: what they mean is told by the preview."""
    if sum(len(word) + 1 for word in words) < 255 and words:
        choice = {"validate": "list", "source": list(words), "error_type": "information", "show_error": False}
        sheet.data_validation(first, column, last, column, choice)


def _write_lessons(sheet: Any, styles: _Styles, blank: Blank) -> None:
    sheet.set_row(0, None, None, {"hidden": True})
    sheet.set_column(0, 0, None, None, {"hidden": True})
    sheet.write_string(0, 0, "lessons")
    for column, (heading, width) in enumerate((("Дата", 11), ("Урок", 6), ("Журнал", 26)), start=1):
        sheet.set_column(column, column, width)
        sheet.write_string(1, column, heading, styles.head)
    for column, kind in enumerate(OF_LESSONS, start=4):
        sheet.set_column(column, column, 36)
        sheet.write_string(0, column, kind.value)
        sheet.write_string(1, column, _HEADINGS[kind], styles.head)
    each = ((lesson, journal.title) for journal in blank.journals for lesson in journal.lessons)
    for row, (lesson, title) in enumerate(sorted(each, key=_by_time), start=2):
        sheet.write_string(row, 0, str(lesson.id))
        for column, text in enumerate((f"{lesson.date:%d.%m.%Y}", str(lesson.number), title), start=1):
            sheet.write_string(row, column, text, styles.name)
        for column, known in enumerate((lesson.topic, lesson.material, None), start=4):
            sheet.write_string(row, column, known or "", styles.text)
    sheet.freeze_panes(2, 4)
    _finish(sheet)


def _by_time(each: tuple[BlankLesson, str]) -> tuple[date, int, int]:
    return each[0].date, each[0].number, each[0].id


def _write_legend(sheet: Any, styles: _Styles) -> None:
    sheet.set_column(0, 0, 100)
    for row, line in enumerate(LEGEND):
        sheet.write_string(row, 0, line, styles.wrapped if row else styles.title)
    _finish(sheet)


def _finish(sheet: Any) -> None:
    """A page of A4 across; cells that are not filled in are closed, without a password: against slips, not people."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.protect("", {"format_columns": True, "format_rows": True, "format_cells": True, "select_locked_cells": True})


def _described(blank: Blank) -> dict[str, Any]:
    return {
        "school": blank.school_code,
        "class": blank.class_id,
        "since": blank.since,
        "until": blank.until,
        "made": blank.made_at,
        "lessons": {
            str(lesson.id): [
                lesson.date,
                cleaned(lesson.topic or ""),
                cleaned(lesson.material or ""),
                [task.id for task in lesson.tasks],
            ]
            for journal in blank.journals
            for lesson in journal.lessons
        },
    }


# Reading


def read_filled(content: bytes) -> FilledSheet:
    """What came back. A file that is no temporary journal, or whose description is damaged, is a `SheetError`."""
    book = read_workbook(content)
    described = _description(book)
    try:
        lessons = {
            int(number): (date.fromisoformat(day), _said(topic), _said(material))
            for number, (day, topic, material, _) in described["lessons"].items()
        }
        bound = frozenset(int(task) for _, _, _, tasks in described["lessons"].values() for task in tasks)
        sheets = [(name, rows) for name, rows in book.items() if name.casefold() != ABOUT]
        cells = [cell for name, rows in sheets for cell in _cells(name, rows, lessons)]
        filled = [cell for cell in cells if cell.text]
        if len(filled) > MOST_CELLS:
            raise SheetError(f"Заполнено слишком много клеток: можно до {MOST_CELLS}.")
        return FilledSheet(
            str(described["school"]),
            int(described["class"]),
            datetime.fromisoformat(described["made"]),
            date.fromisoformat(described["since"]),
            date.fromisoformat(described["until"]),
            lessons,
            bound,
            cells,
            _digest(filled),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise SheetError(_DAMAGED) from None


_FOREIGN = "Это не временный журнал. Нужен заполненный бланк, скачанный из этого журнала."
_DAMAGED = "Служебный лист бланка повреждён. Скачайте бланк снова и перенесите в него записи."


def _said(text: Any) -> str | None:
    return None if text is None else str(text)


def _description(book: Mapping[str, Sequence[Sequence[str | None]]]) -> dict[str, Any]:
    rows = next((rows for name, rows in book.items() if name.casefold() == ABOUT), None)
    written = ["" if not row else row[0] or "" for row in rows or ()]
    if len(written) < 3 or written[0] != _FORMAT:
        raise SheetError(_FOREIGN)
    described = "".join(written[2:])
    if hashlib.sha256(described.encode()).hexdigest() != written[1]:
        raise SheetError(_DAMAGED)
    found: dict[str, Any] = orjson.loads(described)
    return found


def _cells(name: str, rows: Sequence[Sequence[str | None]], lessons: Mapping[int, Any]) -> Iterator[FilledCell]:
    """The cells of one sheet under keys, and those in a row or column without any: something was written there."""
    marker = rows[0][0] if rows and rows[0] else None
    if marker == "lessons":
        yield from _lesson_texts(name, rows)
    elif marker == "journal":
        yield from _journal_cells(name, rows)


def _lesson_texts(name: str, rows: Sequence[Sequence[str | None]]) -> Iterator[FilledCell]:
    kinds = {kind.value: kind for kind in OF_LESSONS}
    for number, row in enumerate(rows[2:], start=3):
        for at, key in enumerate(rows[0]):
            text = _at(row, at)
            if key in kinds and text:
                lesson = _number(_at(row, 0))
                kind = kinds[key] if lesson else CellKind.STRAY
                yield FilledCell(Place(name, number, letters(at)), kind, text, lesson)


def _journal_cells(name: str, rows: Sequence[Sequence[str | None]]) -> Iterator[FilledCell]:
    keys = [(key or "").split(":") for key in rows[0]]
    widest = max(map(len, rows))
    for number, row in enumerate(rows[1:], start=2):
        of = _at(row, 0) or ""
        student = _number(of)
        for at in range(3, widest):
            text, key = _at(row, at) or "", keys[at] if at < len(keys) else [""]
            place, lesson = Place(name, number, letters(at)), _number(key[1]) if len(key) > 1 else 0
            slot = key[2] if len(key) > 2 else ""
            if not lesson or not (student or of in (_ROLL, _KIND)):
                # Dates and headings stand in rows without a key, above the students.
                if text and (student or (lesson and number > 7)):
                    yield FilledCell(place, CellKind.STRAY, text, lesson, student)
            elif of == _ROLL and key[0] == CellKind.ATTENDANCE and text:
                yield FilledCell(place, CellKind.ROLL_CALL, text, lesson)
            elif of == _KIND and key[0] == CellKind.MARK and text:
                yield FilledCell(place, CellKind.WORK_TYPE, text, lesson, slot=slot)
            elif student and (text or key[0] == CellKind.ATTENDANCE):
                yield FilledCell(place, CellKind(key[0]), text, lesson, student, slot)


def _at(row: Sequence[str | None], at: int) -> str | None:
    return row[at] if at < len(row) else None


def _number(text: str | None) -> int:
    """A key's number; 0 where it is none that the database could have."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else 0


def _digest(filled: Sequence[FilledCell]) -> str:
    """SHA-256 of what is filled in, wherever in the book it stands."""
    said = sorted([c.kind, c.lesson_id, c.student_id, c.slot, c.text] for c in filled)
    return hashlib.sha256(orjson.dumps(said)).hexdigest()
