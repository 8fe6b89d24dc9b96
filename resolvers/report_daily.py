"""Figures of a student's daily marks, each with the marks it is made of; what the class comes to, as sums only."""

from asyncio import gather
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Date, Select, all_, and_, cast, exists, func, or_, select
from sqlalchemy.orm import aliased

from models.curriculum import DroppedSubject, Enrolment, GroupMembership, SchoolClass
from models.journal import Attendance, Mark, Task
from models.journal_finals import MarkSlot
from models.school import Student
from models.timetable import Lesson
from permissions.journal import visible_marks
from permissions.report_student import visible_daily_attendance, visible_daily_marks
from permissions.scopes import of_school, on, same
from permissions.viewer import reach
from rules.account import Role
from rules.journal_finals import FinalKind
from rules.report import OF_STUDENT
from rules.report_daily import (
    COUNTED_AS,
    DAILY_FORMULAS,
    NOBODY,
    DailyCounts,
    DailyKind,
    DailyLeft,
    Others,
    daily_left_out,
    daily_value,
    tally,
    together,
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


def _attendance(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    query = _narrowed(visible_daily_attendance.for_roles(roles), Attendance)
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
    dropped = exists().where(
        *(of_school(DroppedSubject), DroppedSubject.student_id == keys.c.key0),
        *(DroppedSubject.subject_id == Lesson.subject_id, on(Lesson.date, DroppedSubject)),
    )
    there = and_(of_school(GroupMembership), GroupMembership.student_id == keys.c.key0)
    at = and_(
        *(Lesson.school_id == GroupMembership.school_id, Lesson.group_id == GroupMembership.group_id),
        *(on(Lesson.date, GroupMembership), Lesson.date.between(keys.c.key1, func.least(reach.today, keys.c.key2))),
    )
    by = (*keys.c, Lesson.date, Lesson.subject_id)
    held = and_(Lesson.state == LessonState.HELD, ~Student.taught_at_home)
    found = (
        select(*by, func.count().filter(held).label("held"))
        .select_from(keys)
        .join(GroupMembership, there)
        .join(Student, same(Student, GroupMembership.student_id))
        .join(Lesson, at)
        .where(Lesson.state != LessonState.CANCELLED, ~dropped)
        .group_by(*by)
        .subquery("found")
    )
    of = found.c
    return select(
        *(of[key.key].label(f"_{key.key}") for key in keys.c), of.date.label("lesson_date"), of.subject_id, of.held
    ).order_by(of.date, of.subject_id)


days_with_lessons = Edge(visible_daily_marks, _DAYS, _lessons, many=True)
"""Which subjects a student had on which of some days, and how many of those lessons were held."""


@dataclass(frozen=True, slots=True)
class DailyMark:
    """A mark behind a figure. left_out: why the figure does not count it."""

    id: int
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
        return [
            DailyMark(
                *(each.id, each.subject_id, each.lesson_date, each.value, each.weight),
                daily_left_out(kind, each.value),
            )
            for each in await self.rows(context)
        ]

    async def figures(self, context: Context) -> "DailyFigures":
        """What the marks come to."""
        return DailyFigures(counted(await self.rows(context)), self)


def counted(marks: Iterable[Any]) -> DailyCounts:
    """What rows of marks come to."""
    return tally((each.value, each.number, each.weight) for each in marks)


@dataclass(frozen=True, slots=True)
class DailyFigure:
    """A figure that can say where it comes from."""

    kind: DailyKind
    counts: DailyCounts
    behind: DailyBehind

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
    behind: DailyBehind

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
    def weighted(self) -> DailyFigure:
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
        return self.figures.weighted


# What a class comes to: sums, of which no student's marks can be told.

_CLASS_DAYS = ("class_id", "since", "until")
_COUNTS = tuple(DailyCounts.__slots__)
_NUMBERS = ("total", "heavy", "weights")


def _of_classes(*by: Any) -> Any:
    """The marks of those who are in the classes at the end of the days, summed by class and days, and `by` more.

    The end is today, while the days go on, or the last day of lessons. others: how many of them, without the viewer's
    own family, have marks that are numbers.
    """
    keys = parent_keys(SchoolClass.id.type, Date, Date)
    year = and_(of_school(MarkSlot), MarkSlot.class_id == keys.c.key0, MarkSlot.kind == FinalKind.YEAR)
    there = and_(
        *(of_school(Enrolment), Enrolment.class_id == keys.c.key0),
        on(func.least(reach.today, keys.c.key2, MarkSlot.ends_on), Enrolment),
    )
    number, weight = cast(Mark.number, BigInteger), cast(Task.weight, BigInteger)
    sums = {
        "total": func.sum(number),
        "heavy": func.sum(number * weight),
        "weights": func.sum(weight).filter(Mark.number.is_not(None)),
    }
    marks = (
        select(
            *(*keys.c, *by, Mark.student_id),
            func.count(Mark.number).label("numbers"),
            *(_count(name).label(name) for name in _COUNTS if name not in _NUMBERS),
            *(sums[name].label(name) for name in _NUMBERS),
        )
        .select_from(keys)
        .outerjoin(MarkSlot, year)
        .join(Enrolment, there)
        .join(
            Mark,
            and_(
                *(Mark.school_id == Enrolment.school_id, Mark.student_id == Enrolment.student_id),
                Mark.lesson_date.between(keys.c.key1, keys.c.key2),
            ),
        )
        .join(Task, same(Task, Mark.task_id))
        .group_by(*keys.c, *by, Mark.student_id)
    )
    of = (marks.join(Lesson, same(Lesson, Mark.lesson_id)) if by else marks).subquery("each").c
    stranger = and_(
        *(of.numbers > 0, of.student_id.is_distinct_from(reach.student_id), of.student_id != all_(reach.children))
    )
    more = [of[column.key] for column in by]
    found = (
        select(
            *(of[key.key].label(f"_{key.key}") for key in keys.c),
            *more,
            func.count().filter(stranger).label("others"),
            *(cast(func.coalesce(func.sum(of[name]), 0), BigInteger).label(name) for name in _COUNTS),
        )
        .group_by(*(of[key.key] for key in keys.c), *more)
        .subquery("found")
    )
    return select(*found.c)


def _count(name: str) -> Any:
    words = [value for value, counted_as in COUNTED_AS.items() if counted_as == name]
    return func.count().filter(or_(*(Mark.value == word for word in words)))


_class_marks = Edge(visible_daily_marks, _CLASS_DAYS, lambda roles, given: _of_classes())
_class_subjects = Edge(visible_daily_marks, _CLASS_DAYS, lambda roles, given: _of_classes(Lesson.subject_id), many=True)


def _parallel(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    own, each = SchoolClass, aliased(SchoolClass)
    keys = parent_keys(SchoolClass.id.type)
    return (
        select(each.id.label("class_id"), keys.c.key0.label("_key0"))
        .select_from(keys)
        .join(own, and_(of_school(own), own.id == keys.c.key0))
        .join(each, and_(each.school_id == own.school_id, each.year_id == own.year_id, each.grade == own.grade))
        .order_by(each.id)
    )


_classes_beside = Edge(visible_daily_marks, ("class_id",), _parallel, many=True)


@dataclass(frozen=True, slots=True)
class Beside:
    """The class that a student is compared with."""

    context: Context
    student_id: int
    class_id: int

    async def all(self, span: Span, own: DailyCounts) -> Others:
        """What the class comes to in some days. own: what the student has in them."""
        return self._others(await self.context.load_key(_class_marks(), (self.class_id, *span), OF_STUDENT), own)

    async def by_subject(self, span: Span, own: Mapping[int, DailyCounts]) -> dict[int, Others]:
        """The same in each subject that somebody in the class has marks in."""
        rows = await self.context.load_key(_class_subjects(), (self.class_id, *span), OF_STUDENT)
        return {row.subject_id: self._others(row, own.get(row.subject_id, DailyCounts())) for row in rows}

    async def parallel(self, span: Span, own: DailyCounts) -> tuple[Others, Others]:
        """What the class, and all classes of its grade, come to."""
        classes = await self.context.load_key(_classes_beside(), (self.class_id,), OF_STUDENT)
        keys = [(each.class_id, *span) for each in classes]
        rows = await gather(*(self.context.load_key(_class_marks(), key, OF_STUDENT) for key in keys))
        found = {
            key[0]: self._others(row, own if key[0] == self.class_id else DailyCounts())
            for key, row in zip(keys, rows, strict=True)
        }
        mine = found.pop(self.class_id)
        return mine, together(mine, [each for each in found.values() if each.others or each.counts.counted])

    def _others(self, row: Any, own: DailyCounts) -> Others:
        """The student is no other, even where they are not of the viewer's family."""
        if row is None:
            return NOBODY
        viewer = self.context.viewer
        is_own = self.student_id in (viewer.student_id, *viewer.children)
        return Others(
            row.others - (not is_own and own.numbers > 0), DailyCounts(*(getattr(row, name) for name in _COUNTS))
        )
