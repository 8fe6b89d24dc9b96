"""The school's own transfers of days, as columns beside any statement."""

from typing import Any

from sqlalchemy import ARRAY, Date, Select, func, select

from models.timetable_week import DayTransfer

from .scopes import of_school


def _days(days: Select[Any]) -> Any:
    return func.array(days.scalar_subquery(), type_=ARRAY(Date))


WORKED = _days(select(DayTransfer.to_date).where(of_school(DayTransfer)))
"""The days that transfers make working ones, in the viewer's school."""

FREE = _days(
    select(DayTransfer.from_date).where(
        of_school(DayTransfer), DayTransfer.from_date.is_not(None), DayTransfer.grades.is_(None)
    )
)
"""The days that transfers take away: a transfer for some grades only takes none, for the school still works."""
