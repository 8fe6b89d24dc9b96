"""Figures of daily marks, each with the marks it is made of: those of a student."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from sqlalchemy import Date, Select, and_, exists, func, select

from models.curriculum import DroppedSubject, GroupMembership
from models.journal import Attendance, Mark, Task
from models.school import Student
from models.timetable import Lesson
from permissions.journal import visible_marks
from permissions.report_student import visible_daily_attendance, visible_daily_marks
from permissions.scopes import of_school, on, same
from permissions.viewer import reach
from rules.account import Role
from rules.report import OF_STUDENT
from rules.report_daily import (
    DAILY_FORMULAS,
    DailyCounts,
    DailyKind,
    DailyLeft,
    daily_left_out,
    daily_value,
    tally,
)
from rules.report_figures import rounded
from rules.timetable import LessonState

from .context import Context
from .edges import Edge
from .edges_kinds import parent_keys, to_one

Span = tuple[date, date]
"""Some days: the first and the last."""

_DAYS = ("student_id", "since", "until")
mark_itself = to_one(visible_marks, Mark.id, of="id")


def _narrowed(query: Select[Any], model: Any) -> Select[Any]:
    keys = parent_keys(model.student_id.type, Date, Date)
    days = model.lesson_date.between(keys.c.key1, keys.c.key2)
    query = query.join(keys, and_(model.student_id == keys.c.key0, days))
    return query.add_columns(*(key.label(f"_{key.key}") for key in keys.c))


def _marks(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    query = _narrowed(visible_daily_marks.for_roles(roles), Mark)
    return query.order_by(Mark.lesson_date, Mark.lesson_id, Task.position, Mark.id)


def _not_taken(student: Any) -> Any:
    """That the student does not take the lesson's subject on its day (7.8)."""
    return exists().where(
        *(of_school(DroppedSubject), DroppedSubject.student_id == student),
        *(DroppedSubject.subject_id == Lesson.subject_id, on(Lesson.date, DroppedSubject)),
    )


def _attendance(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    """taken: that the lesson is one of those held that `_lessons` counts."""
    in_group = exists().where(
        *(of_school(GroupMembership), GroupMembership.student_id == Attendance.student_id),
        *(GroupMembership.group_id == Lesson.group_id, on(Lesson.date, GroupMembership)),
    )
    taken = and_(
        *(Lesson.state == LessonState.HELD, in_group.correlate(Attendance, Lesson)),
        ~_not_taken(Attendance.student_id).correlate(Attendance, Lesson),
    )
    query = _narrowed(visible_daily_attendance.for_roles(roles), Attendance).add_columns(taken.label("taken"))
    return query.order_by(Attendance.lesson_date, Attendance.lesson_id)


daily_marks = Edge(visible_daily_marks, _DAYS, _marks, many=True)
"""A student's marks of some days: a report and whoever asks what is behind its figures read them once."""

daily_attendance = Edge(visible_daily_attendance, _DAYS, _attendance, many=True)
"""A student's absences of some days."""


def _lessons(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    """By subject and day: the lessons of the student's groups that were not cancelled, until today.

    held: of whoever learns at home, none: their attendance stands in a journal on paper (7.8).
    """
    keys = parent_keys(GroupMembership.student_id.type, Date, Date)
    there = and_(of_school(GroupMembership), GroupMembership.student_id == keys.c.key0)
    at = and_(
        *(Lesson.school_id == GroupMembership.school_id, Lesson.group_id == GroupMembership.group_id),
        *(on(Lesson.date, GroupMembership), Lesson.date.between(keys.c.key1, func.least(reach.today, keys.c.key2))),
    )
    by = (*keys.c, Lesson.date, Lesson.subject_id)
    held = and_(Lesson.state == LessonState.HELD, ~Student.taught_at_home)
    found = (
        select(*by, func.count().filter(held).label("held"), Student.taught_at_home)
        .select_from(keys)
        .join(GroupMembership, there)
        .join(Student, same(Student, GroupMembership.student_id))
        .join(Lesson, at)
        .where(Lesson.state != LessonState.CANCELLED, ~_not_taken(keys.c.key0))
        .group_by(*by, Student.taught_at_home)
        .subquery("found")
    )
    of = found.c
    return select(
        *(of[key.key].label(f"_{key.key}") for key in keys.c),
        *(of.date.label("lesson_date"), of.subject_id, of.held, of.taught_at_home),
    ).order_by(of.date, of.subject_id)


days_with_lessons = Edge(visible_daily_marks, _DAYS, _lessons, many=True)
"""Which subjects a student had on which of some days, and how many of those lessons were held."""


@dataclass(frozen=True, slots=True)
class DailyMark:
    """A mark behind a figure. left_out: why the figure does not count it."""

    id: int
    student_id: int
    subject_id: int
    lesson_date: date
    value: str
    weight: int
    left_out: DailyLeft | None


@dataclass(frozen=True, slots=True)
class DailyBehind:
    """The marks that a figure is made of: those of a student's days that a report reads, of all subjects or one, of
    all days or some of them.
    """

    student_id: int
    read: Span
    subject_id: int | None = None
    days: Span | None = None

    async def rows(self, context: Context) -> list[Any]:
        """The marks; those of all figures of the report are read together."""
        found = await context.load_key(daily_marks(), (self.student_id, *self.read), OF_STUDENT)
        first, last = self.days or self.read
        return [
            each for each in found if self.subject_id in (None, each.subject_id) and first <= each.lesson_date <= last
        ]

    async def marks(self, context: Context, kind: DailyKind) -> list[DailyMark]:
        """The same as a figure counts them."""
        return [marked(each, daily_left_out(kind, each.value)) for each in await self.rows(context)]

    async def figures(self, context: Context) -> "DailyFigures":
        """What the marks come to."""
        return DailyFigures(counted(await self.rows(context)), self)


def marked(mark: Any, left_out: DailyLeft | None) -> DailyMark:
    """A row of marks as a figure counts it."""
    return DailyMark(*(mark.id, mark.student_id, mark.subject_id, mark.lesson_date, mark.value, mark.weight), left_out)


def counted(marks: Iterable[Any]) -> DailyCounts:
    """What rows of marks come to."""
    return tally((each.value, each.number, each.weight) for each in marks)


class Behind(Protocol):
    """The marks that a figure is made of."""

    async def marks(self, context: Context, kind: DailyKind) -> list[DailyMark]:
        """Each as a figure of this kind counts it."""


@dataclass(frozen=True, slots=True)
class DailyFigure:
    """A figure that can say where it comes from."""

    kind: DailyKind
    counts: DailyCounts
    behind: Behind

    @property
    def value(self) -> Decimal | None:
        """With two digits; None where nothing is counted."""
        return rounded(daily_value(self.kind, self.counts))

    @property
    def formula(self) -> str:
        """The formula, in its usual letters."""
        return DAILY_FORMULAS[self.kind]


@dataclass(frozen=True, slots=True)
class DailyFigures:
    """The figures that some daily marks make."""

    counts: DailyCounts
    behind: Behind

    def of(self, kind: DailyKind) -> DailyFigure:
        """One of them."""
        return DailyFigure(kind, self.counts, self.behind)

    @property
    def success(self) -> DailyFigure:
        """How many percent of the marks are 3 or better."""
        return self.of(DailyKind.SUCCESS)

    @property
    def quality(self) -> DailyFigure:
        """How many percent of the marks are 4 or better."""
        return self.of(DailyKind.QUALITY)

    @property
    def average(self) -> DailyFigure:
        """The mean of the marks that are numbers."""
        return self.of(DailyKind.AVERAGE)

    @property
    def weighted_average(self) -> DailyFigure:
        """The same with the weights of the work."""
        return self.of(DailyKind.WEIGHTED)


class Averaged:
    """Whatever has a student's averages: of a subject, a period, some days."""

    __slots__ = ()
    figures: DailyFigures

    @property
    def average(self) -> DailyFigure:
        """The student's mean."""
        return self.figures.average

    @property
    def weighted_average(self) -> DailyFigure:
        """The student's mean by the weights of the work."""
        return self.figures.weighted_average
