"""The school's own transfers of days, as columns beside any statement, and the terms of clauses as SQL."""

from datetime import timedelta
from functools import singledispatch
from typing import Any

from sqlalchemy import (
    ARRAY,
    Date,
    DateTime,
    Integer,
    Select,
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


def _days(days: Select[Any]) -> Any:
    return func.array(days.correlate(None).scalar_subquery(), type_=ARRAY(Date))


WORKED = _days(select(DayTransfer.to_date).where(of_school(DayTransfer)))
"""The days that transfers make working ones, in the viewer's school."""

FREE = _days(
    select(DayTransfer.from_date).where(
        of_school(DayTransfer), DayTransfer.from_date.is_not(None), DayTransfer.grades.is_(None)
    )
)
"""The days that transfers take away: a transfer for some grades only takes none, for the school still works."""

_OFFICIAL = range(2022, 2036)
"""The years whose official days off a statement knows: those of the regulation, and some to come."""

_OFFICIAL_FREE, _OFFICIAL_WORKED = (literal(days, ARRAY(Date)) for days in official_exceptions(_OFFICIAL))

_LONGEST = 30
"""Days within which any term of a few working days is over, whatever holidays lie in it."""

ZONE = select(School.time_zone).where(School.id == reach.school_id).correlate(None).scalar_subquery()
"""The school's time zone."""


def works(day: Any) -> Any:
    """That the school works on the day (`rules.days.WorkingDays.works`)."""
    official = case((func.extract("isodow", day) < 6, day != all_(_OFFICIAL_FREE)), else_=day == any_(_OFFICIAL_WORKED))
    return or_(day == any_(WORKED), and_(day != all_(FREE), official))


def _working(day: Any, count: int, step: int) -> Any:
    numbers: Any = func.generate_series(1, _LONGEST).table_valued("number").render_derived()
    each = cast(day, Date) + cast(numbers.c.number, Integer) * step
    passed = select(each).select_from(numbers).where(works(each)).order_by(numbers.c.number)
    return passed.offset(count - 1).limit(1).correlate_except(numbers).scalar_subquery()


@singledispatch
def due_on(term: Term | timedelta | None, day: Any) -> Any:
    """The last day in time of a term that is counted from the day, as an expression."""
    raise TypeError(term)


@due_on.register
def _(term: DayOfYear, day: Any) -> Any:
    year = cast(func.extract("year", day), Integer) + int(term.month < SEPTEMBER)
    return func.make_date(year, term.month, term.number, type_=Date)


@due_on.register
def _(term: DaysAfter, day: Any) -> Any:
    return cast(day, Date) + term.count if term.count else day


@due_on.register
def _(term: WorkingAfter, day: Any) -> Any:
    return _working(day, term.count, 1)


@due_on.register
def _(term: WorkingBefore, day: Any) -> Any:
    return _working(day, term.count, -1)


def begins_at(day: Any) -> Any:
    """The moment at which the day begins at the school."""
    return func.timezone(ZONE, cast(day, DateTime(timezone=False)), type_=DateTime(timezone=True))
