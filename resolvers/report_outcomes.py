"""«Итоговые данные по учащимся»: what the year ended with for each student of a class (10.4)."""

from asyncio import gather
from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from documents.tables import Column, Kind, Line, Paper, Table
from rules.curriculum import class_name
from rules.movement import MovementKind, order_title
from rules.report import ABOUT, Report
from rules.report_groups import StudentGroup, groups_of
from rules.report_outcomes import (
    HONOURS_LEGEND,
    OUTCOME_TITLES,
    YearOutcome,
    honours_from,
    outcome_of,
)

from .context import Context
from .report import Asked, Slot, class_slots
from .report_attendance import class_members
from .report_class_teacher import class_stays
from .report_figures import Behind, Figures, counted_marks, tally
from .report_finals import Decision, decisions_of, year_of
from .report_names import Names
from .report_shown import Shown, shown_to

_ROLES = ABOUT[Report.YEAR_OUTCOMES].roles


@dataclass(frozen=True, slots=True)
class Order:
    """The order by which a student left the class."""

    kind: MovementKind
    number: str
    issued_on: date


@dataclass(frozen=True, slots=True)
class StudentOutcome:
    """What a student's year in the class ended with, and what says so; the marks that honours stand on."""

    student_id: int
    outcome: YearOutcome
    honours: bool
    order: Order | None
    decision: Decision | None
    figures: Figures


@dataclass(frozen=True, slots=True)
class OutcomeCount:
    """How many students' years ended so, and how many of them with honours."""

    outcome: YearOutcome
    students: int
    honours: int


@dataclass(frozen=True, slots=True)
class YearOutcomes:
    """What the year of a class ended with. marked: what honours are counted of."""

    class_id: int
    year: Slot
    marked: Slot
    students: list[StudentOutcome]
    shown: Shown

    @property
    def counts(self) -> list[OutcomeCount]:
        """Each outcome, also what nobody's year ended with."""
        return [
            OutcomeCount(
                outcome,
                self.shown.people(sum(each.outcome is outcome for each in self.students)),
                self.shown.people(sum(each.outcome is outcome and each.honours for each in self.students)),
            )
            for outcome in YearOutcome
        ]

    @property
    def legend(self) -> tuple[str, ...]:
        """What is counted how."""
        return (*HONOURS_LEGEND, *self.shown.legend)


async def year_outcomes(context: Context, class_id: int, asked: Asked) -> YearOutcomes:
    """The report, for a class that the viewer has reports of."""
    slots = await class_slots(context, class_id)
    year = year_of(slots, asked)
    kind = honours_from(year.grade)
    marked = next((slot for slot in slots if slot.kind is kind), year)
    days = {"class_id": class_id, "since": year.starts_on, "until": year.ends_on}
    members, stays, decisions, counted = await gather(
        class_members(context, **days),
        class_stays(context, **days),
        decisions_of(context, class_id),
        context.load_key(counted_marks(), (class_id, marked.position)),
    )
    last = {stay.student_id: stay for stay in stays}
    marks = defaultdict(list)
    for mark in counted:
        marks[mark.student_id].append(mark)
    shown = shown_to(context)

    def of(student: int) -> StudentOutcome:
        stay, decision, own = last[student], decisions.get(student), marks[student]
        ended = MovementKind(stay.ended_kind) if stay.ended_kind else None
        order = Order(ended, stay.ended_number, stay.ended_issued_on) if ended else None
        excellent = StudentGroup.EXCELLENT in groups_of(mark.value for mark in own)
        outcome = outcome_of(ended, decision.outcome if decision else None)
        return StudentOutcome(
            *(student, outcome, excellent and outcome not in _GONE, order, decision),
            Figures(tally(own), Behind(((class_id, marked.position),), students=frozenset({student}))),
        )

    ordered = sorted(members, key=lambda row: ("" if shown.rounded else row.sort_key, row.student_id))
    return YearOutcomes(class_id, year, marked, [of(row.student_id) for row in ordered], shown)


_GONE = {YearOutcome.LEFT, YearOutcome.TRANSFERRED}


async def year_outcomes_paper(context: Context, class_id: int, asked: Asked) -> Paper:
    """The printed report."""
    found = await year_outcomes(context, class_id, asked)
    names = Names(context, _ROLES)
    students = await names.students(each.student_id for each in found.students)
    shown = names.shown
    counts = [Line([OUTCOME_TITLES[each.outcome], each.students, each.honours]) for each in found.counts]
    lines = [
        Line(
            [
                *(place, students[each.student_id], OUTCOME_TITLES[each.outcome], "да" if each.honours else None),
                order_title(each.order.number, each.order.issued_on) if each.order and shown else None,
                each.decision.words if each.decision else None,
            ]
        )
        for place, each in enumerate(found.students, 1)
    ]
    year = found.year
    leader = await names.leader(class_id)
    return Paper(
        title=ABOUT[Report.YEAR_OUTCOMES].title,
        school=await names.school(),
        facts=[
            ("Класс", class_name(year.grade, year.letter)),
            ("Учебный год", year.year_name),
            ("Классный руководитель", leader),
        ],
        tables=[
            Table(
                [
                    Column("Итог года"),
                    Column("Обучающихся", Kind.NUMBER, 28),
                    Column("Из них с отличием", Kind.NUMBER, 36),
                ],
                counts,
            ),
            Table(
                [
                    *(Column("№", Kind.NUMBER, 7), Column("Обучающийся"), Column("Итог года", width=26)),
                    *(Column("С отличием", width=19), Column("Приказ", width=22)),
                    Column("Решение педагогического совета", width=48),
                ],
                lines,
                title="По обучающимся",
            ),
        ],
        legend=found.legend,
        signers=[("Классный руководитель", leader)],
    )
