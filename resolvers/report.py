"""What all reports stand on: of what they are, the slot they are for, statements that are written once."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, select

from models.curriculum import AcademicYear, Period, SchoolClass
from models.journal_finals import MarkSlot
from models.school import School, Staff, Student
from permissions.report import (
    visible_class_reports,
    visible_school_reports,
    visible_student_reports,
    visible_teacher_reports,
)
from permissions.scopes import of_school
from rules.journal_finals import UNGRADED, FinalKind
from rules.refusals import bad_input

from .context import Context
from .database import Statement, compile_statement
from .edges_kinds import argument, to_one

school_reports = to_one(visible_school_reports, School.id, of="id")
class_reports = to_one(visible_class_reports, SchoolClass.id, of="id")
teacher_reports = to_one(visible_teacher_reports, Staff.id, of="id")
student_reports = to_one(visible_student_reports, Student.id, of="id")


@dataclass(eq=False)
class Question:
    """A statement of reports: its text is written once. It takes the viewer's reach and what is asked."""

    build: Callable[[], Select[Any]]
    _statement: Statement | None = field(default=None, init=False, repr=False)

    async def __call__(self, context: Context, **asked: Any) -> list[Any]:
        """The rows."""
        if self._statement is None:
            self._statement = compile_statement(self.build())
        return await context.snapshot.fetch(self._statement, {**context.viewer.parameters(), **asked})


@dataclass(frozen=True, slots=True)
class Asked:
    """What a report is asked for, as far as it takes it (`rules.report.Takes`).

    staff_id, class_id, subject_id: what the control of journals is narrowed to. today: the day that a report of days
    that go on reaches to, if not the viewer's: that of a certified print. Nobody asks for it.
    """

    kind: FinalKind = FinalKind.PERIOD
    period_id: int | None = None
    since: date | None = None
    until: date | None = None
    day: date | None = None
    year_id: int | None = None
    staff_id: int | None = None
    class_id: int | None = None
    subject_id: int | None = None
    today: date | None = None


SLOT_NAMES = {FinalKind.YEAR: "Год", FinalKind.EXAM: "Экзамен", FinalKind.FINAL: "Итог"}
"""What people call a slot that is no period."""


@dataclass(frozen=True, slots=True)
class Slot:
    """What a class is marked for: a period, the year, its exam, the end (7.7–7.10)."""

    class_id: int
    grade: int
    letter: str
    year_id: int
    year_name: str
    kind: FinalKind
    period_id: int | None
    position: int
    name: str
    starts_on: date
    ends_on: date

    @property
    def graded(self) -> bool:
        """Whether the class is marked: in the first grade no mark is missing."""
        return self.grade > UNGRADED


def slots(*conditions: Any) -> Select[Any]:
    """Slots of classes, with the names of class, year and period."""
    of_class = and_(SchoolClass.school_id == MarkSlot.school_id, SchoolClass.id == MarkSlot.class_id)
    of_year = and_(AcademicYear.school_id == MarkSlot.school_id, AcademicYear.id == MarkSlot.year_id)
    of_period = and_(Period.school_id == MarkSlot.school_id, Period.id == MarkSlot.period_id)
    query: Any = (
        select(
            *(MarkSlot.class_id, MarkSlot.grade, SchoolClass.letter, MarkSlot.year_id),
            *(AcademicYear.name.label("year_name"), MarkSlot.kind, MarkSlot.period_id, MarkSlot.position),
            *(Period.name, MarkSlot.starts_on, MarkSlot.ends_on),
        )
        .join(SchoolClass, of_class)
        .join(AcademicYear, of_year)
        .outerjoin(Period, of_period)
        .where(of_school(MarkSlot), *conditions)
        .order_by(MarkSlot.grade, SchoolClass.letter, MarkSlot.position)
    )
    return query  # type: ignore[no-any-return]


def slot_of_row(row: Mapping[str, Any]) -> Slot:
    """The slot of a row of `slots`."""
    kind = FinalKind(row["kind"])
    return Slot(
        **{name: row[name] for name in Slot.__slots__ if name not in ("kind", "name")},
        kind=kind,
        name=row["name"] or SLOT_NAMES[kind],
    )


_class_slots = Question(lambda: slots(MarkSlot.class_id == argument("class_id")))


async def class_slots(context: Context, class_id: int) -> list[Slot]:
    """All slots of a class, in their order."""
    return [slot_of_row(row) for row in await _class_slots(context, class_id=class_id)]


async def class_slot(context: Context, class_id: int, asked: Asked) -> Slot:
    """The slot of a class that is asked for; `BAD_INPUT` if the class has no such one."""
    return slot_asked(await class_slots(context, class_id), asked)


def slot_asked(slots: Iterable[Slot], asked: Asked) -> Slot:
    """That among a class's slots which is asked for; `BAD_INPUT` if there is none."""
    for slot in slots:
        if slot.kind is asked.kind and slot.period_id == asked.period_id:
            return slot
    raise bad_input("У этого класса нет такого учебного периода.", "periodId")
