"""Filled temporary journals come back (13.2): what a file would write, and the import of it, whole or not at all."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert

from documents.outage_sheets import read_filled
from documents.sheets import SheetError
from models.journal import Attendance, Homework, Mark, RollCall, Task, WorkType
from models.journal_outage import Outage, OutageTransfer
from models.school import School
from models.school_documents import File
from models.timetable import Lesson
from permissions.journal_outage import lessons_to_transfer
from permissions.school_documents import files_to_hang
from rules.curriculum import YearState
from rules.imports_values import folded
from rules.journal_outage import due_on
from rules.journal_outage_cells import (
    CLOSED,
    MOVED,
    NO_LESSON_HERE,
    NO_STUDENT_HERE,
    NO_SUCH_LESSON,
    OUTSIDE,
    bad_file,
    in_the_way,
)
from rules.journal_outage_sheets import CellChoice, CellKind, CellOutcome, FilledCell, FilledSheet, JudgedCell, Place
from rules.refusals import Refusal, bad_input, not_found

from .commands import Work, among, whole
from .context import Context
from .days import working_days
from .journal_outage_steps import Standing, Transfer
from .timetable_topics_import import content_of_file

MOST_CHOICES = 5000

Choices = Mapping[Place, CellChoice]


@dataclass(frozen=True)
class Preview:
    """What a file would write, cell by cell in the order of the file."""

    sheet: FilledSheet
    cells: Sequence[JudgedCell]

    def count(self, outcome: CellOutcome) -> int:
        """How many cells come to that."""
        return sum(each.outcome is outcome for each in self.cells)


@dataclass(frozen=True)
class Imported:
    """What a file has written: how many cells, and the transfers that stand for its lessons. repeated: nothing new."""

    written: int
    same: int
    skipped: int
    transfers: Sequence[int]

    @property
    def repeated(self) -> bool:
        """Whether all of it stood there already."""
        return not self.written


class _Seen(Exception):
    """A preview has seen what it wanted: what was tried must not stay."""


async def preview_outage_sheet(context: Context, file_id: int) -> Preview:
    """What a file would write. It is found by importing it and taking all of that back: so it is what will be."""
    sheet = await _read(context, file_id)
    preview = Preview(sheet, ())
    try:
        async with whole(context, "previewOutageSheet", {"file": file_id}) as work:
            transfer, _ = await _transfer(context, work, sheet, {})
            preview = Preview(sheet, _in_order(transfer.judged.values()))
            raise _Seen
    except _Seen:
        return preview


async def import_outage_sheet(context: Context, file_id: int, paper_date: date, choices: Choices) -> Imported:
    """Write what a file says, all of it or nothing, with the paper's date and the import's. Done twice, it is once."""
    given = {
        "file": file_id,
        "paperDate": paper_date,
        "resolutions": [[*_coordinates(place), choice] for place, choice in choices.items()],
    }
    unread: Refusal | None = None
    try:
        sheet = await _read(context, file_id)
    except Refusal as refusal:
        unread = refusal
    async with whole(context, "importOutageSheet", given) as work:
        if unread:
            raise unread
        if len(choices) > MOST_CHOICES:
            raise bad_input(f"Не больше {MOST_CHOICES} решений.", "resolutions")
        transfer, outages = await _transfer(context, work, sheet, choices)
        cells = _in_order(transfer.judged.values())
        against = [each for each in cells if each.outcome is CellOutcome.CONFLICT]
        if against:
            told = against[0].refusal
            raise in_the_way(str(against[0].cell.place), told.message if told else "", len(against))
        _check_paper(paper_date, outages.values(), work.today)
        done = [each for each in cells if each.outcome in (CellOutcome.WRITE, CellOutcome.SAME)]
        lessons = sorted({each.cell.lesson_id for each in done})
        transfers = await _keep(work, sheet, paper_date, {lesson: outages[lesson] for lesson in lessons})
        count = Preview(sheet, cells).count
        imported = Imported(count(CellOutcome.WRITE), count(CellOutcome.SAME), count(CellOutcome.SKIPPED), transfers)
        await work.note(digest=sheet.digest, lessons=lessons, written=imported.written)
    return imported


def _coordinates(place: Place) -> tuple[str, int, str]:
    return place.sheet, place.row, place.column


def _in_order(judged: Collection[JudgedCell]) -> list[JudgedCell]:
    """By sheet as they come in the file, then row and column as a person reads them."""
    sheets = {name: at for at, name in enumerate(dict.fromkeys(each.cell.place.sheet for each in judged))}

    def key(each: JudgedCell) -> tuple[int, int, int, str]:
        place = each.cell.place
        return sheets[place.sheet], place.row, len(place.column), place.column

    return sorted(judged, key=key)


async def _read(context: Context, file_id: int) -> FilledSheet:
    """The sheet in one of the viewer's own files, read in a thread, while no connection is held."""
    viewer = context.viewer
    await context.refresh()
    async with context.database.transaction() as work:
        own = files_to_hang(viewer).where(File.id == file_id).add_columns(File.name, File.digest, File.size)
        file = await work.first(own, **viewer.parameters())
        school = await work.first(select(School.code).where(School.id == viewer.school_id))
    if file is None:
        raise not_found("fileId")
    content = await content_of_file(context, file)
    try:
        sheet = await asyncio.to_thread(read_filled, content)
    except SheetError as error:
        raise bad_file(str(error)) from None
    if sheet.school_code != school.code:
        raise bad_file("Это бланк другой школы.")
    return sheet


async def _transfer(
    context: Context, work: Work, sheet: FilledSheet, choices: Choices
) -> tuple[Transfer, dict[int, Any]]:
    """Write what can be, and tell of each cell. Gives the outage of each lesson beside it."""
    filled = {cell.lesson_id for cell in sheet.cells if _says(sheet, cell)} & sheet.lessons.keys()
    if not filled and not any(cell.kind is CellKind.STRAY for cell in sheet.cells):
        raise bad_file("В бланке ничего не заполнено.")
    rows = await work.reach(lessons_to_transfer(work.viewer).where(among(Lesson.id, filled)))
    lessons = {row.id: row for row in rows}
    await work.hold_students({cell.student_id for cell in sheet.cells if cell.lesson_id in filled and cell.student_id})
    outages = await _outages(work, lessons.values())
    transfer = Transfer(context, sheet, await _standing(work, lessons), choices)
    of: dict[int, list[FilledCell]] = defaultdict(list)
    for cell in sheet.cells:
        if cell.kind is CellKind.STRAY:
            transfer.tell(cell, NO_STUDENT_HERE if cell.lesson_id else NO_LESSON_HERE)
        elif cell.lesson_id in filled:
            of[cell.lesson_id].append(cell)
        elif cell.lesson_id not in sheet.lessons and cell.text:
            transfer.tell(cell, NO_SUCH_LESSON)
    for number, cells in sorted(of.items()):
        against = _against(sheet, number, lessons.get(number), outages)
        if against is None:
            await transfer.write(number, cells)
        else:
            for cell in cells:
                if _says(sheet, cell):
                    transfer.tell(cell, against)
    return transfer, outages


def _says(sheet: FilledSheet, cell: FilledCell) -> bool:
    """Whether a cell says something: more than what was printed on the blank."""
    if not cell.text or cell.kind in (CellKind.STRAY, CellKind.WORK_TYPE):
        return False
    _, topic, material = sheet.lessons.get(cell.lesson_id, (None, None, None))
    return cell.text != {CellKind.TOPIC: topic, CellKind.MATERIAL: material}.get(cell.kind)


def _against(sheet: FilledSheet, number: int, lesson: Any, outages: Mapping[int, Any]) -> Refusal | None:
    """What stands against writing anything at a lesson from paper."""
    if lesson is None:
        return NO_SUCH_LESSON
    if lesson.date != sheet.lessons[number][0]:
        return MOVED
    if lesson.year_state == YearState.CLOSED:
        return CLOSED
    return None if number in outages else OUTSIDE


async def _outages(work: Work, lessons: Collection[Any]) -> dict[int, Any]:
    """The outage, over by now, on whose days each lesson lies. While its transfer is due, the lesson is open (7.6)."""
    if not lessons:
        return {}
    days = [lesson.date for lesson in lessons]
    rows = await work.fetch(
        select(Outage.id, Outage.starts_on, Outage.ends_on)
        .where(
            Outage.school_id == work.viewer.school_id,
            Outage.ends_on.is_not(None),
            Outage.starts_on <= max(days),
            Outage.ends_on >= min(days),
        )
        .order_by(Outage.ends_on, Outage.id)
    )
    of = {lesson.id: row for row in rows for lesson in lessons if row.starts_on <= lesson.date <= row.ends_on}
    calendar = await working_days(work.reach)
    open_until = {row.id: due_on(row.ends_on, calendar.worked, calendar.free) for row in rows}
    work.transferred = frozenset(lesson for lesson, row in of.items() if (open_until[row.id] or date.min) >= work.today)
    return of


async def _standing(work: Work, lessons: Mapping[int, Any]) -> Standing:
    """What the journal has at these lessons, which are locked."""
    school = work.viewer.school_id

    async def at(model: Any, *columns: Any, order: Any = None) -> list[Any]:
        query = select(model.id, model.lesson_id, *columns).where(
            model.school_id == school, among(model.lesson_id, lessons)
        )
        return await work.fetch(query.order_by(*order) if order else query)

    tasks: dict[int, list[Any]] = defaultdict(list)
    for row in await at(Task, Task.work_type_id, Task.for_all, order=(Task.lesson_id, Task.position, Task.id)):
        tasks[row.lesson_id].append(row)
    attendance: dict[int, dict[int, Any]] = defaultdict(dict)
    for row in await at(Attendance, Attendance.student_id, Attendance.code, Attendance.minutes_late):
        attendance[row.lesson_id][row.student_id] = row
    homework: dict[int, list[str]] = defaultdict(list)
    for row in await at(Homework, Homework.text, Homework.for_all, order=(Homework.id,)):
        if row.for_all:
            homework[row.lesson_id].append(row.text)
    marks = await at(Mark, Mark.task_id, Mark.student_id, Mark.value)
    kinds = await work.fetch(
        select(WorkType.id, WorkType.name, WorkType.short_name)
        .where(WorkType.school_id == school)
        .order_by(WorkType.position, WorkType.id)
    )
    return Standing(
        lessons,
        tasks,
        {(row.task_id, row.student_id): row.value for row in marks},
        attendance,
        frozenset(row.lesson_id for row in await at(RollCall)),
        homework,
        {folded(row.short_name): row.id for row in kinds} | {folded(row.name): row.id for row in kinds},
        kinds[0].id if kinds else 0,
    )


def _check_paper(paper_date: date, outages: Collection[Any], today: date) -> None:
    """Refuse a date of the paper before access was lost, or one that has not come."""
    if paper_date > today or any(paper_date < each.starts_on for each in outages):
        raise bad_input("Дата бумажного журнала — не раньше перерыва в доступе и не позже сегодняшней.", "paperDate")


async def _keep(work: Work, sheet: FilledSheet, paper_date: date, outages: Mapping[int, Any]) -> list[int]:
    """Keep of each lesson what paper its records came from; what is kept already of this very sheet stays."""
    if outages:
        await work.execute(
            upsert(OutageTransfer)
            .values(
                [
                    {
                        "school_id": work.viewer.school_id,
                        "outage_id": outage.id,
                        "lesson_id": lesson,
                        "paper_date": paper_date,
                        "imported_at": work.now,
                        "imported_by": work.viewer.account_id,
                        "entry_id": work.entry,
                        "digest": sheet.digest,
                    }
                    for lesson, outage in outages.items()
                ]
            )
            .on_conflict_do_nothing()
        )
    rows = await work.fetch(
        select(OutageTransfer.id)
        .where(
            OutageTransfer.school_id == work.viewer.school_id,
            OutageTransfer.digest == sheet.digest,
            among(OutageTransfer.lesson_id, outages),
        )
        .order_by(OutageTransfer.lesson_id)
    )
    return [row.id for row in rows]
