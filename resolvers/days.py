"""The school's own calendar, by which all its terms run."""

from sqlalchemy import select

from permissions.days import FREE, WORKED
from rules.days import WorkingDays

from .database import Read

_TRANSFERRED = select(WORKED.label("worked"), FREE.label("free"))


async def working_days(read: Read) -> WorkingDays:
    """The working days of the viewer's school (6.1): by the official calendar and its own transfers."""
    (row,) = await read(_TRANSFERRED)
    return WorkingDays(frozenset(row.worked), frozenset(row.free))
