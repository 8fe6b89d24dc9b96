"""What the class and the parallel of a student come to: sums, for everybody; for whoever has the reports of the class,
what they are made of, too (10.1).
"""

from asyncio import gather
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import BigInteger, Date, Select, all_, and_, cast, exists, func, or_, select
from sqlalchemy.orm import aliased

from models.curriculum import Enrolment, SchoolClass
from models.journal import Mark, Task
from models.journal_finals import MarkSlot
from models.timetable import Lesson
from permissions.report_student import visible_class_marks, visible_daily_marks
from permissions.scopes import of_school, on, same
from permissions.viewer import reach
from rules.account import Role
from rules.journal_finals import FinalKind
from rules.report import OF_STUDENT
from rules.report_daily import (
    COUNTED_AS,
    NOBODY,
    DailyCounts,
    DailyKind,
    DailyLeft,
    Others,
    daily_left_out,
    together,
)

from .context import Context
from .edges import Edge
from .edges_kinds import parent_keys
from .report import class_reports
from .report_daily import DailyFigures, DailyMark, Span, counted, marked

_CLASS_DAYS = ("class_id", "since", "until")
_COUNTS = tuple(name for name in DailyCounts.__slots__ if name != "left")
_NUMBERS = ("total", "heavy", "weights")


def _year(keys: Any) -> Any:
    return and_(of_school(MarkSlot), MarkSlot.class_id == keys.c.key0, MarkSlot.kind == FinalKind.YEAR)


def _end(keys: Any) -> Any:
    """The day on which whoever is in the class is counted."""
    return func.least(reach.today, keys.c.key2, MarkSlot.ends_on)


def _of_classes(*by: Any) -> Any:
    """The marks of those who are in the classes at the end of the days, summed by class and days, and `by` more.

    The end is today, while the days go on, or the last day of lessons. others: how many of them, without the viewer's
    own family, have marks that are numbers.
    """
    keys = parent_keys(SchoolClass.id.type, Date, Date)
    there = and_(of_school(Enrolment), Enrolment.class_id == keys.c.key0, on(_end(keys), Enrolment))
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
        .outerjoin(MarkSlot, _year(keys))
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


_class_sums = Edge(visible_daily_marks, _CLASS_DAYS, lambda roles, given: _of_classes())
_subject_sums = Edge(visible_daily_marks, _CLASS_DAYS, lambda roles, given: _of_classes(Lesson.subject_id), many=True)


def _marks(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    """The same marks, each by itself; and, of who is not there at the end, those of the days in the class."""
    keys, later = parent_keys(SchoolClass.id.type, Date, Date), aliased(Enrolment)
    asked = and_(Enrolment.class_id == keys.c.key0, Mark.lesson_date.between(keys.c.key1, keys.c.key2))
    stays = exists().where(
        *(of_school(later), later.student_id == Mark.student_id, later.class_id == keys.c.key0),
        on(_end(keys), later),
    )
    there = on(_end(keys), Enrolment)
    query = visible_class_marks.for_roles(roles).join(keys, asked).outerjoin(MarkSlot, _year(keys))
    return (
        query.where(or_(there, and_(on(Mark.lesson_date, Enrolment), ~stays.correlate_except(later))))
        .add_columns(there.label("there"), *(key.label(f"_{key.key}") for key in keys.c))
        .order_by(Mark.student_id, Mark.lesson_date, Mark.lesson_id, Task.position, Mark.id)
    )


_class_marks = Edge(visible_class_marks, _CLASS_DAYS, _marks, many=True)
"""The marks of a class on some days: the figures of a report and whoever asks what is behind them read them once."""


@dataclass(frozen=True, slots=True)
class BesideMarks:
    """The marks behind what a student is compared with: those of some classes on some days, of all subjects or one."""

    classes: tuple[int, ...]
    span: Span
    subject_id: int | None = None

    async def figures(self, context: Context) -> DailyFigures | None:
        """What the marks come to, for whoever has the reports of each of the classes; None for everybody else."""
        roles = visible_class_marks.roles
        may = await gather(*(context.load_key(class_reports(), (each,), roles) for each in self.classes))
        if not may or None in may:
            return None
        rows = await self._rows(context)
        there = [each for each in rows if each.there]
        return DailyFigures(replace(counted(there), left=len(rows) - len(there)), self)

    async def marks(self, context: Context, kind: DailyKind) -> list[DailyMark]:
        """Each mark as a figure of this kind counts it."""
        return [
            marked(each, daily_left_out(kind, each.value) if each.there else DailyLeft.LEFT)
            for each in await self._rows(context)
        ]

    async def _rows(self, context: Context) -> list[Any]:
        keys = [(each, *self.span) for each in self.classes]
        found = await gather(*(context.load_key(_class_marks(), key, visible_class_marks.roles) for key in keys))
        rows = [each for of in found for each in of if self.subject_id in (None, each.subject_id)]
        # Who has gone over from one of the classes to another is counted there.
        there = {each.id for each in rows if each.there}
        return [each for each in rows if each.there or each.id not in there]


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
        return self._others(await self.context.load_key(_class_sums(), (self.class_id, *span), OF_STUDENT), own)

    async def by_subject(self, span: Span, own: Mapping[int, DailyCounts]) -> dict[int, Others]:
        """The same in each subject that somebody in the class has marks in."""
        rows = await self.context.load_key(_subject_sums(), (self.class_id, *span), OF_STUDENT)
        return {row.subject_id: self._others(row, own.get(row.subject_id, DailyCounts())) for row in rows}

    async def classes(self) -> tuple[int, ...]:
        """The class, and then the others of its grade."""
        found = await self.context.load_key(_classes_beside(), (self.class_id,), OF_STUDENT)
        return (self.class_id, *(each.class_id for each in found if each.class_id != self.class_id))

    async def parallel(self, span: Span, own: DailyCounts) -> tuple[Others, Others]:
        """What the class, and all classes of its grade, come to."""
        keys = [(each, *span) for each in await self.classes()]
        rows = await gather(*(self.context.load_key(_class_sums(), key, OF_STUDENT) for key in keys))
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
            row.others - (not is_own and own.numbers > 0),
            DailyCounts(**{name: getattr(row, name) for name in _COUNTS}),
        )
