"""The school's own transfers of days, as columns beside any statement, and the terms of clauses as SQL."""

from datetime import timedelta
from functools import singledispatch
from typing import Any

from sqlalchemy import (
    ARRAY,
    Date,
    DateTime,
    Integer,
    all_,
    and_,
    any_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
)

from models.school import School
from models.timetable_week import DayTransfer
from rules.days import SEPTEMBER, DayOfYear, DaysAfter, Term, WorkingAfter, WorkingBefore, official_exceptions

from .scopes import of_school
from .viewer import reach


def _days(days: Any) -> Any:
    return func.array(days.scalar_subquery(), type_=ARRAY(Date))


def _transferred(of: Any, *which: Any) -> tuple[Any, Any]:
    worked = select(of.to_date).where(of_school(of), *which)
    free = select(of.from_date).where(of_school(of), of.from_date.is_not(None), of.grades.is_(None), *which)
    return worked, free


WORKED, FREE = (_days(days.correlate(None)) for days in _transferred(DayTransfer))
"""The days that transfers make working ones in the viewer's school, and those that they take away: a transfer for some
grades only takes none, for the school still works.
"""


def known_to(transfer: Any) -> tuple[Any, Any]:
    """The same as they were when a transfer, of an aliased table, was entered: without it and those after it."""
    return tuple(
        _days(days.correlate(transfer))
        for days in _transferred(DayTransfer, DayTransfer.recorded_at < transfer.recorded_at)
    )


_OFFICIAL = range(2022, 2036)
"""The years whose official days off a statement knows: those of the regulation, and some to come."""

_OFFICIAL_FREE, _OFFICIAL_WORKED = (literal(days, ARRAY(Date)) for days in official_exceptions(_OFFICIAL))

_LONGEST = 30
"""Days within which any term of a few working days is over, whatever holidays lie in it."""

ZONE = select(School.time_zone).where(School.id == reach.school_id).correlate(None).scalar_subquery()
"""The school's time zone."""


def works(day: Any, worked: Any = WORKED, free: Any = FREE) -> Any:
    """That the school works on the day (`rules.days.WorkingDays.works`)."""
    official = case((func.extract("isodow", day) < 6, day != all_(_OFFICIAL_FREE)), else_=day == any_(_OFFICIAL_WORKED))
    return or_(day == any_(worked), and_(day != all_(free), official))


def _working(day: Any, count: int, step: int, *transferred: Any) -> Any:
    numbers: Any = func.generate_series(1, _LONGEST).table_valued("number").render_derived()
    each = cast(day, Date) + cast(numbers.c.number, Integer) * step
    passed = select(each).select_from(numbers).where(works(each, *transferred)).order_by(numbers.c.number)
    return passed.offset(count - 1).limit(1).correlate_except(numbers).scalar_subquery()


@singledispatch
def due_on(term: Term | timedelta | None, day: Any, *transferred: Any) -> Any:
    """The last day in time of a term that is counted from the day, as an expression. transferred: the days worked and
    free, where they are not all that the school has now.
    """
    raise TypeError(term)


@due_on.register
def _(term: DayOfYear, day: Any, *transferred: Any) -> Any:
    year = cast(func.extract("year", day), Integer) + int(term.month < SEPTEMBER)
    return func.make_date(year, term.month, term.number, type_=Date)


@due_on.register
def _(term: DaysAfter, day: Any, *transferred: Any) -> Any:
    return cast(day, Date) + term.count if term.count else day


@due_on.register
def _(term: WorkingAfter, day: Any, *transferred: Any) -> Any:
    return _working(day, term.count, 1, *transferred)


@due_on.register
def _(term: WorkingBefore, day: Any, *transferred: Any) -> Any:
    return _working(day, term.count, -1, *transferred)


def begins_at(day: Any) -> Any:
    """The moment at which the day begins at the school."""
    return func.timezone(ZONE, cast(day, DateTime(timezone=False)), type_=DateTime(timezone=True))
