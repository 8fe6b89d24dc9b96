"""Commands on the edit lock (7.6): the school's number of days."""

from models.school import School
from permissions.school_cards import schools_to_update
from rules.journal_locks import check_lock_days

from .commands import command
from .context import Context
from .school_cards import amend


async def set_edit_lock(context: Context, days: int | None) -> int:
    """Say after how many days lessons are closed to teachers; None: never. It holds at once, for all lessons."""
    async with command(context, "setEditLock", {"days": days}) as work:
        check_lock_days(days, "days")
        await amend(work, School, await work.one(schools_to_update(), "days"), {"edit_lock_days": days})
    return context.viewer.school_id
