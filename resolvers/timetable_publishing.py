"""What a version of the weekly timetable is checked for, and how it comes into force with its lessons."""

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Executable, select

from models.curriculum import AcademicYear
from models.timetable_week import Timetable, TimetableEntry
from permissions.timetable_week import visible_timetable_entries, visible_timetables
from rules.refusals import Refusal, RefusalCode, bad_input
from rules.timetable import TimetableState
from rules.timetable_checks import Finding, check_week

from .commands import Work, command
from .context import Context
from .database import Snapshot, Transaction, compile_statement
from .edges_kinds import to_one
from .timetable_generation import Generated, Step, generate_lessons, load_week
from .timetable_week_commands import change_timetable, timetable_to_change

_ONE = timedelta(days=1)

_timetable = to_one(visible_timetables, Timetable.id, of="id")
_entry = to_one(visible_timetable_entries, TimetableEntry.id, of="id")


class _Reads(Transaction):
    """A request's snapshot, read as commands read."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot

    async def fetch(self, executable: Executable, **parameters: Any) -> list[Any]:
        """All rows."""
        return await self.snapshot.fetch(compile_statement(executable), parameters)


async def check_timetable(context: Context, timetable_id: int, day: date | None) -> list[Finding] | None:
    """What is wrong with a version, by who is in which subgroup and who teaches what on a day: its first, or today.

    None if the viewer sees no such version.
    """
    timetable = await context.load_key(_timetable(), (timetable_id,))
    if timetable is None:
        return None
    on = day or timetable.starts_on or context.viewer.today
    reads, school_id = _Reads(context.snapshot), context.viewer.school_id
    return check_week(await load_week(reads, school_id, timetable.year_id, timetable_id, on))


async def entries_by_number(context: Context, numbers: Sequence[int]) -> list[Any]:
    """Entries in the order of their numbers' list."""
    entries = await asyncio.gather(*(context.load_key(_entry(), (number,)) for number in numbers))
    return [entry for entry in entries if entry is not None]


async def publish_timetable(
    context: Context,
    timetable_id: int,
    since: date,
    until: date,
    if_version: int | None,
    *,
    step: Step | None = None,
) -> Generated:
    """Put a version into force from `since` to `until`, both inclusive, and make its lessons (6.1).

    It takes the place of what was in force on these days. What has been taught, filled in or corrected stays.
    """
    given = {"timetable": timetable_id, "from": since, "until": until}
    async with command(context, "publishTimetable", given) as work:
        timetable = await timetable_to_change(work, timetable_id, if_version)
        await _check_dates(work, timetable, since, until)
        last = await _cut_others(work, timetable, since, until)
        week = await load_week(work, work.viewer.school_id, timetable.year_id, timetable_id, since)
        blocking = [finding for finding in check_week(week) if finding.blocking]
        if blocking:
            more = f" И ещё: {len(blocking) - 1}." if len(blocking) > 1 else ""
            message = f"Расписание не опубликовано. {blocking[0].message}{more}"
            raise Refusal(RefusalCode.TIMETABLE_COLLIDES, message, "timetableId", "6.1")
        starts_on = min(timetable.starts_on or since, since)
        published_at = timetable.published_at or work.now
        dates = {"starts_on": starts_on, "ends_on": until, "published_at": published_at}
        await change_timetable(work, timetable_id, state=TimetableState.PUBLISHED, **dates)
        return await generate_lessons(work, work.viewer.school_id, timetable_id, since, last, step=step)


async def _check_dates(work: Work, timetable: Any, since: date, until: date) -> None:
    year = await work.first(
        select(AcademicYear.starts_on, AcademicYear.ends_on).where(
            AcademicYear.school_id == work.viewer.school_id, AcademicYear.id == timetable.year_id
        )
    )
    if since > until:
        raise bad_input("Первый день позже последнего.", "until")
    if since < year.starts_on:
        raise bad_input("Это раньше учебного года.", "from")
    if until > year.ends_on:
        raise bad_input("Это позже учебного года.", "until")
    if timetable.state == TimetableState.REPLACED:
        message = "Это расписание заменено другим: сделайте его копию и опубликуйте её."
        raise Refusal(RefusalCode.NOT_A_DRAFT, message, "timetableId")
    if timetable.state == TimetableState.PUBLISHED and not timetable.starts_on <= since <= timetable.ends_on + _ONE:
        message = "Между днями, когда расписание действует, не бывает перерыва: сделайте копию и опубликуйте её."
        raise bad_input(message, "from")


async def _cut_others(work: Work, timetable: Any, since: date, until: date) -> date:
    """End the versions in force before `since`, and replace those of which nothing is left.

    Gives the last day on which lessons of this version or of those stand.
    """
    others = await work.fetch(
        select(Timetable.id, Timetable.starts_on, Timetable.ends_on)
        .where(
            Timetable.school_id == work.viewer.school_id,
            Timetable.year_id == timetable.year_id,
            Timetable.id != timetable.id,
            Timetable.state == TimetableState.PUBLISHED,
            Timetable.starts_on <= until,
            Timetable.ends_on >= since,
        )
        .order_by(Timetable.id)
        .with_for_update()
    )
    for other in others:
        if other.ends_on > until:
            message = f"Действующее расписание длится до {other.ends_on:%d.%m.%Y}: опубликуйте новое не короче его."
            raise bad_input(message, "until")
        if other.starts_on < since:
            await change_timetable(work, other.id, ends_on=since - _ONE)
        else:
            await change_timetable(work, other.id, state=TimetableState.REPLACED)
    return max(until, timetable.ends_on or until)
