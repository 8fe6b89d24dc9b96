"""Commands on bells and rooms."""

from collections.abc import Mapping, Sequence
from datetime import time
from typing import Any

from asyncpg import UniqueViolationError
from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from models.curriculum import AcademicYear
from models.timetable import Bell, BellSchedule, Room
from permissions.timetable import rooms_to_change, years_to_schedule
from rules.refusals import bad_input
from rules.timetable import SHIFTS, check_bells, check_line, check_weekday

from .commands import Work, check_version, command
from .context import Context


def changed(work: Work) -> dict[str, Any]:
    """The columns that say who changed a row, and when."""
    return {"changed_at": work.now, "changed_by": work.viewer.account_id}


def new(work: Work) -> dict[str, Any]:
    """The same for a new row."""
    return {"version": 1, **changed(work)}


async def year_to_schedule(work: Work, year_id: int, field: str = "yearId") -> Any:
    """The year, locked, if the viewer may change its timetable."""
    return await work.one(years_to_schedule(work.viewer).where(AcademicYear.id == year_id), field)


async def set_bell_schedule(
    context: Context,
    year_id: int,
    shift: int,
    weekday: int | None,
    name: str,
    bells: Sequence[tuple[int, time, time]],
    if_version: int | None,
) -> int:
    """Set the bells of a shift, for all days of the week or for one, the whole schedule at once (6.1)."""
    given = {"year": year_id, "shift": shift, "weekday": weekday, "name": name, "bells": bells}
    async with command(context, "setBellSchedule", given) as work:
        school_id = work.viewer.school_id
        await year_to_schedule(work, year_id)
        if shift not in SHIFTS:
            raise bad_input(f"Смена — от {SHIFTS.start} до {SHIFTS.stop - 1}.", "shift")
        if weekday is not None:
            check_weekday(weekday, "weekday")
        check_line(name, "name", required=True)
        check_bells(bells, "bells")
        known = await work.fetch(
            select(BellSchedule.id, BellSchedule.shift, BellSchedule.weekday, BellSchedule.name, BellSchedule.version)
            .where(BellSchedule.school_id == school_id, BellSchedule.year_id == year_id)
            .with_for_update()
        )
        own = next((row for row in known if (row.shift, row.weekday) == (shift, weekday)), None)
        check_version(if_version, own.version if own else 0)
        if any(row.name == name.strip() and row is not own for row in known):
            raise bad_input("Так уже называются другие звонки этого года.", "name")
        if own is None:
            values = {"school_id": school_id, "year_id": year_id, "shift": shift, "weekday": weekday}
            row = await work.first(
                insert(BellSchedule).values(**values, name=name.strip(), **new(work)).returning(BellSchedule.id)
            )
            schedule: int = row.id
        else:
            schedule = own.id
            await work.execute(
                update(BellSchedule)
                .where(BellSchedule.school_id == school_id, BellSchedule.id == schedule)
                .values(name=name.strip(), version=BellSchedule.version + 1, **changed(work))
            )
            await work.execute(delete(Bell).where(Bell.school_id == school_id, Bell.schedule_id == schedule))
        of = {"school_id": school_id, "schedule_id": schedule}
        await work.execute(
            insert(Bell).values(
                [{**of, "number": number, "starts_at": start, "ends_at": end} for number, start, end in bells]
            )
        )
    return schedule


async def create_room(context: Context, name: str, key: str | None) -> int:
    """Add a room."""
    async with command(context, "createRoom", {"name": name}, key=key) as work:
        if work.repeated:
            return int(work.answer)
        check_line(name, "name", required=True)
        row = await work.first(
            upsert(Room)
            .values(school_id=work.viewer.school_id, name=name.strip())
            .on_conflict_do_nothing()
            .returning(Room.id)
        )
        if row is None:
            raise bad_input("Кабинет с таким названием уже есть.", "name")
        return int(await work.done(row.id))


async def update_room(context: Context, room_id: int, values: Mapping[str, Any]) -> int:
    """Rename a room, archive it, or take it back into use. Only what is given changes."""
    async with command(context, "updateRoom", {"room": room_id, **values}) as work:
        school_id = work.viewer.school_id
        room = await work.one(rooms_to_change(work.viewer).where(Room.id == room_id), "roomId")
        changes: dict[str, Any] = {}
        if "name" in values:
            check_line(values["name"], "name", required=True)
            changes["name"] = values["name"].strip()
        archived = values.get("archived")
        if archived is not None and archived is not (room.archived_on is not None):
            changes["archived_on"] = work.today if archived else None
        if changes:
            try:
                await work.execute(
                    update(Room).where(Room.school_id == school_id, Room.id == room_id).values(**changes)
                )
            except UniqueViolationError:
                raise bad_input("Кабинет с таким названием уже есть.", "name") from None
    return room_id
