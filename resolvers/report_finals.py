"""«Сводная ведомость учёта успеваемости»: a class's year in marks, absences, and the council's word (10.6)."""

from asyncio import gather
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import aliased

from documents.tables import Cell, Column, Kind, Line, Paper, Table
from models.curriculum import Enrolment, SchoolClass
from models.movement_council import CouncilDecision
from permissions.scopes import of_school, same
from rules.curriculum import class_name
from rules.journal_finals import FinalKind
from rules.movement_council import OUTCOME_WORDS, CouncilOutcome
from rules.refusals import bad_input
from rules.report import ABOUT, Report
from rules.report_attendance import ATTENDANCE_LEGEND
from rules.report_figures import FORMULAS, FigureKind, Left

from .context import Context
from .edges_kinds import argument
from .report import Asked, Question, Slot, class_slots
from .report_attendance import AttendanceFigures, attendance_of
from .report_class_teacher import class_stays
from .report_figures import Behind, CountedMark, Figures, counted_as, counted_marks, tally
from .report_names import Names
from .report_shown import shown_to

_ROLES = ABOUT[Report.FINALS_SHEET].roles
SHEET_LEGEND = (
    f"Средний балл = {FORMULAS[FigureKind.AVERAGE]}; «осв.», «н/а» и зачёты — не числа.",
    "Отметки перешедшего из другого класса школы, поставленные там, стоят и здесь. Пропуски — за весь год, на уроках "
    "этого класса.",
    *ATTENDANCE_LEGEND,
)


@dataclass(frozen=True, slots=True)
class Decision:
    """What the pedagogical council decided of a student (10.6). number: None for whoever reads without names."""

    outcome: CouncilOutcome
    number: str | None
    decided_on: date

    @property
    def words(self) -> str:
        """«переведён, протокол № 7 от 28.05.2026»."""
        numbered = "" if self.number is None else f" № {self.number}"
        return f"{OUTCOME_WORDS[self.outcome]}, протокол{numbered} от {self.decided_on:%d.%m.%Y}"


@dataclass(frozen=True, slots=True)
class SheetRow:
    """What a student is marked with in a slot, subject by subject. marks: as the average, which the sheet shows, counts
    them.
    """

    slot: Slot
    marks: list[CountedMark]
    figures: Figures


@dataclass(frozen=True, slots=True)
class SheetStudent:
    """A student of the year. at_home: learns at home, so that no absence is counted (7.8). left_on: the last day in the
    class, of those who are there no longer.
    """

    student_id: int
    at_home: bool
    left_on: date | None
    rows: list[SheetRow]
    attendance: AttendanceFigures
    decision: Decision | None


@dataclass(frozen=True, slots=True)
class FinalsSheet:
    """The sheet of a class. subjects: all in which anybody is marked."""

    class_id: int
    year: Slot
    subjects: list[int]
    students: list[SheetStudent]

    @property
    def legend(self) -> tuple[str, ...]:
        """What is reckoned how."""
        return SHEET_LEGEND


def _decisions() -> Any:
    """The decisions on the class's students, the one that was recorded last at the end."""
    own = CouncilDecision
    query = select(own.student_id, own.outcome, own.number, own.decided_on)
    return query.where(of_school(own), own.class_id == argument("class_id")).order_by(own.id)


def _came_from() -> Any:
    """In which other classes of the year the class's students had been before they came on the day `since`. alike: that
    the year is divided there as it is here.
    """
    here, there = aliased(Enrolment), aliased(Enrolment)
    own, other = aliased(SchoolClass), aliased(SchoolClass)
    earlier = and_(
        *(there.school_id == here.school_id, there.student_id == here.student_id),
        *(there.class_id != here.class_id, there.starts_on < here.starts_on),
    )
    return (
        select(
            *(here.student_id, there.class_id, (other.period_kind == own.period_kind).label("alike")),
            func.max(here.starts_on).label("since"),
        )
        .select_from(here)
        .join(there, earlier)
        .join(own, same(own, here.class_id, here))
        .join(other, and_(same(other, there.class_id, there), other.year_id == own.year_id))
        .where(of_school(here), here.class_id == argument("class_id"))
        .group_by(here.student_id, there.class_id, other.period_kind, own.period_kind)
    )


_class_decisions = Question(_decisions)
_class_came_from = Question(_came_from)


async def decisions_of(context: Context, class_id: int) -> dict[int, Decision]:
    """What stands of each student of a class: what was recorded last."""
    nameless = shown_to(context).rounded
    return {
        row.student_id: Decision(CouncilOutcome(row.outcome), None if nameless else row.number, row.decided_on)
        for row in await _class_decisions(context, class_id=class_id)
    }


def year_of(slots: list[Slot], asked: Asked) -> Slot:
    """That of its year among the slots of a class; `BAD_INPUT` for another year than the class's own."""
    year = next((slot for slot in slots if slot.kind is FinalKind.YEAR), None)
    if year is None:
        raise bad_input("Учебный год класса ещё не разделён на периоды.")
    if asked.year_id not in (None, year.year_id):
        raise bad_input("Класс другого учебного года.", "yearId")
    return year


def _ended_there(slot: Slot, came: Any) -> bool:
    """Whether the slot was over, and a student may have been marked for it, before they came from another class."""
    return slot.ends_on < came.since and (came.alike or slot.kind is not FinalKind.PERIOD)


async def finals_sheet(context: Context, class_id: int, asked: Asked) -> FinalsSheet:
    """The report, for a class that the viewer has reports of."""
    slots, came = await gather(class_slots(context, class_id), _class_came_from(context, class_id=class_id))
    year = year_of(slots, asked)
    last = max(year.starts_on, min(year.ends_on, asked.today or context.viewer.today))
    days = (year.starts_on, last)
    brought = [(each, place) for each in came for place, slot in enumerate(slots) if _ended_there(slot, each)]
    # Those of the own class and of the former ones are one statement.
    keys = [(class_id, slot.position) for slot in slots]
    keys += [(each.class_id, slots[place].position) for each, place in brought]
    attendance, stays, decisions, *found = await gather(
        attendance_of(context, class_id, days),
        class_stays(context, class_id=class_id, since=days[0], until=last),
        decisions_of(context, class_id),
        *(context.load_key(counted_marks(), key) for key in keys),
    )
    read = found[: len(slots)]
    for (each, place), rows in zip(brought, found[len(slots) :], strict=True):
        read[place] = [*read[place], *(mark for mark in rows if mark.student_id == each.student_id)]
    marks: dict[tuple[int, int], list[Any]] = defaultdict(list)
    for slot, rows in zip(slots, read, strict=True):
        for mark in rows:
            marks[mark.student_id, slot.position].append(mark)
    # An exam that nobody sits, and an end that nobody comes to, are not shown.
    always = (FinalKind.PERIOD, FinalKind.YEAR)
    shown = [
        slot
        for slot, rows in zip(slots, read, strict=True)
        if slot.kind in always or any(mark.value is not None for mark in rows)
    ]
    ends: dict[int, date | None] = {stay.student_id: stay.ends_on for stay in stays}

    def row(student: int, slot: Slot) -> SheetRow:
        own = marks[student, slot.position]
        classes = sorted({class_id, *(mark.class_id for mark in own)})
        behind = Behind(tuple((each, slot.position) for each in classes), students=frozenset({student}))
        return SheetRow(slot, counted_as(FigureKind.AVERAGE, own), Figures(tally(own), behind))

    def left(student: int) -> date | None:
        end = ends.get(student)
        return end if end is not None and end < last else None

    return FinalsSheet(
        class_id,
        year,
        sorted({mark.subject_id for rows in read for mark in rows}),
        [
            SheetStudent(
                *(each.student_id, each.at_home, left(each.student_id), [row(each.student_id, slot) for slot in shown]),
                *(each.total, decisions.get(each.student_id)),
            )
            for each in attendance.students
        ],
    )


_MISSED = "Пропущено уроков"
_WIDEST, _ALL_MARKS = 11.5, 146.0
"""In millimetres: how wide the column of a subject is at most, and what all of them leave to the names beside them."""


async def finals_sheet_paper(context: Context, class_id: int, asked: Asked) -> Paper:
    """The printed sheet, to be signed: the decision stands beside each student (10.6)."""
    found = await finals_sheet(context, class_id, asked)
    names = Names(context, _ROLES)
    titles = await names.subjects(found.subjects)
    students = await names.students(each.student_id for each in found.students)
    subjects = sorted(found.subjects, key=lambda subject: titles[subject])
    wide = min(_WIDEST, _ALL_MARKS / max(1, len(subjects)))
    columns = [
        *(Column("№", Kind.NUMBER, 7, joint=True), Column("Обучающийся", joint=True), Column("За что", width=18)),
        *(Column(titles[subject], Kind.NUMBER, wide, upright=True) for subject in subjects),
        Column("Средний балл", Kind.DECIMAL, 11, upright=True),
        *(Column(word, Kind.NUMBER, 9, _MISSED, upright=True, joint=True) for word in ("всего", "по болезни")),
        Column("Решение педагогического совета", width=32, joint=True),
    ]
    lines = []
    for place, each in enumerate(found.students, 1):
        counts = each.attendance.counts
        name = students[each.student_id] + (f" (выбыл(а) {each.left_on:%d.%m.%Y})" if each.left_on else "")
        name += " (обучается на дому)" if each.at_home else ""
        absences: list[Cell] = [None, None] if each.at_home else [counts.missed, counts.illness]
        for number, of in enumerate(each.rows):
            given = {mark.subject_id: mark.value for mark in of.marks if mark.value or mark.left_out is not Left.LEFT}
            begins: list[Cell] = [None, None]
            tail: list[Cell] = [None, None, None]
            if number == 0:
                begins = [place, name]
                tail = [*absences, each.decision.words if each.decision else None]
            lines.append(
                Line(
                    [
                        *(*begins, of.slot.name, *(given.get(subject) for subject in subjects)),
                        *(of.figures.average.value, *tail),
                    ],
                    further=number > 0,
                )
            )
    year = found.year
    leader = await names.leader(class_id)
    return Paper(
        title=ABOUT[Report.FINALS_SHEET].title,
        school=await names.school(),
        facts=[
            ("Класс", class_name(year.grade, year.letter)),
            ("Учебный год", year.year_name),
            ("Классный руководитель", leader),
        ],
        tables=[Table(columns, lines)],
        legend=found.legend,
        signers=[("Классный руководитель", leader), ("Директор", ""), ("Секретарь педагогического совета", "")],
        landscape=True,
    )
