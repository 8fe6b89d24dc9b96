"""Reports as XLSX: numbers are numbers, dates dates, all else text, so that nothing is taken for a formula."""

import io
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from rules.journal_print import exported_on

from .books import new_book, sign
from .tables import Cell, Column, Kind, Line, Paper, Style, Table, heads, spans

_FORBIDDEN = str.maketrans(dict.fromkeys([*map(chr, range(32)), *"[]:*?/\\'\ufffe\uffff"], " "))
_LONGEST_NAME = 31
_WIDTHS = {Kind.TEXT: 24, Kind.NUMBER: 9, Kind.DECIMAL: 10, Kind.DATE: 12}
_MILLIMETRES = 2.1
"""How many of them a character is wide in a sheet."""


def xlsx_of(paper: Paper, at: datetime) -> bytes:
    """The report as a book of one sheet, set up to be printed as the PDF is. at: when it is made, by the school's
    clock.
    """
    buffer = io.BytesIO()
    with new_book(buffer) as book:
        sign(book, paper.title, paper.school, at)
        sheet = book.add_worksheet(paper.title.translate(_FORBIDDEN)[:_LONGEST_NAME].strip())
        _set_up(sheet, paper)
        writer = _Writer(sheet, _Formats(book))
        writer.say(paper.title, "title")
        writer.say(paper.school)
        for word, value in paper.facts:
            writer.say(f"{word}: {value}")
        writer.say(exported_on(at.date()))
        for each in paper.opening:
            writer.say(each)
        for table in paper.tables:
            writer.row += 1
            writer.table(table)
        writer.row += 1
        for each in (*paper.legend, *paper.certified):
            writer.say(each, "note")
        for who, name in paper.signers:
            writer.row += 1
            writer.say(f"{who} ____________________ / {name or '____________________'} /")
        if paper.slip:
            writer.row += 1
            writer.say("- " * 60)
            writer.say(paper.slip.text)
            for who, beside in paper.slip.signers:
                writer.row += 1
                writer.say(f"{who} ____________________" + ("" if beside is None else f" / {beside or '_' * 20} /"))
        _widen(sheet, [table.columns for table in paper.tables])
    return buffer.getvalue()


def _set_up(sheet: Any, paper: Paper) -> None:
    sheet.set_paper(9)  # A4
    if paper.landscape:
        sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&L&8&A&R&8стр. &P из &N")


def _widen(sheet: Any, tables: Sequence[Sequence[Column]]) -> None:
    """As wide as the widest of the columns that stand there."""
    widths: dict[int, float] = {}
    for columns in tables:
        for at, column in enumerate(columns):
            width = column.width / _MILLIMETRES if column.width else _WIDTHS[column.kind]
            widths[at] = max(widths.get(at, 0), width, 4)
    for at, width in widths.items():
        sheet.set_column(at, at, width)


class _Formats:
    """The formats of cells, by the style of a line and the kind of a column."""

    def __init__(self, book: Any) -> None:
        head = {"border": 1, "bold": True, "align": "center", "bg_color": "#EEEEEE"}
        self.named = {
            "title": book.add_format({"bold": True, "font_size": 13}),
            "part": book.add_format({"bold": True, "font_size": 11}),
            "note": book.add_format({"font_color": "#555555", "font_size": 9}),
            "plain": book.add_format({}),
            "head": book.add_format({**head, "valign": "vcenter", "text_wrap": True}),
            "upright": book.add_format({**head, "valign": "bottom", "rotation": 90}),
        }
        numbers = {Kind.TEXT: "@", Kind.NUMBER: "0", Kind.DECIMAL: "0.00", Kind.DATE: "dd.mm.yyyy"}
        styles: dict[Style, dict[str, Any]] = {
            Style.PLAIN: {},
            Style.TOTAL: {"bold": True, "bg_color": "#F5F5F5"},
            Style.HEADING: {"bold": True},
        }
        self.cells = {
            (style, kind): book.add_format({"border": 1, "valign": "top", "num_format": number, **more, **_wrap(kind)})
            for style, more in styles.items()
            for kind, number in numbers.items()
        }


def _wrap(kind: Kind) -> dict[str, Any]:
    return {"text_wrap": True} if kind is Kind.TEXT else {"align": "center"}


class _Writer:
    """Writes line after line."""

    def __init__(self, sheet: Any, formats: _Formats) -> None:
        self.sheet = sheet
        self.formats = formats
        self.row = 0

    def say(self, text: str, style: str = "plain") -> None:
        self.sheet.write_string(self.row, 0, text, self.formats.named[style])
        self.row += 1

    def table(self, table: Table) -> None:
        if table.title:
            self.say(table.title, "part")
        self._head(table.columns)
        for line, span in zip(table.lines, spans(table.lines), strict=True):
            self._line(table.columns, line, span)
        for note in table.notes:
            self.say(note, "note")

    def _head(self, columns: Sequence[Column]) -> None:
        head, at = self.formats.named["head"], 0
        if any(column.group for column in columns):
            for group, width in heads(columns):
                if group and width > 1:
                    self.sheet.merge_range(self.row, at, self.row, at + width - 1, "", head)
                self.sheet.write_string(self.row, at, group or "", head)
                at += width
            self.row += 1
        for at, column in enumerate(columns):
            style = self.formats.named["upright"] if column.upright else head
            self.sheet.write_string(self.row, at, column.title, style)
        if any(column.upright for column in columns):
            self.sheet.set_row(self.row, 90)
        self.row += 1

    def _line(self, columns: Sequence[Column], line: Line, span: int) -> None:
        for at, column in enumerate(columns):
            value, style = line.cells[at] if at < len(line.cells) else None, self.formats.cells[line.style, column.kind]
            if column.joint and span > 1:
                self.sheet.merge_range(self.row, at, self.row + span - 1, at, "", style)
            if not (column.joint and span == 0):
                self._cell(at, value, style)
        self.row += 1

    def _cell(self, at: int, value: Cell, style: Any) -> None:
        match value:
            case None:
                self.sheet.write_blank(self.row, at, None, style)
            case date():
                self.sheet.write_datetime(self.row, at, value, style)
            case int() | Decimal():
                self.sheet.write_number(self.row, at, value, style)
            case _:
                if self.sheet.write_string(self.row, at, value, style):
                    raise ValueError("a sheet is longer than XLSX allows")
