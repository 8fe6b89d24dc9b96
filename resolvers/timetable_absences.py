"""Commands on absences of the staff: record, correct, end (6.5)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import insert, or_, select, update

from models.school import Staff
from models.timetable_corrections import StaffAbsence
from permissions.timetable_corrections import absences_to_change, staff_to_excuse
from rules.timetable_absences import AbsenceKind, absent_already, check_absence

from .commands import Work, check_version, command
from .context import Context


async def record_absence(
    context: Context, staff_id: int, kind: AbsenceKind, starts_on: date, ends_on: date | None, key: str | None
) -> int:
    """Record that an employee is not there, until further notice where the last day is not known yet."""
    given = {"staff": staff_id, "kind": kind, "startsOn": starts_on, "endsOn": ends_on}
    async with command(context, "recordStaffAbsence", given, key=key) as work:
        await work.one(staff_to_excuse(work.viewer).where(Staff.id == staff_id), "staffId")
        if work.repeated:
            return int(work.answer)
        check_absence(starts_on, ends_on)
        await _check_alone(work, staff_id, starts_on, ends_on, None)
        row = await work.first(
            insert(StaffAbsence)
            .values(
                school_id=work.viewer.school_id,
                staff_id=staff_id,
                kind=kind,
                starts_on=starts_on,
                ends_on=ends_on,
                recorded_at=work.now,
                recorded_by=work.viewer.account_id,
                version=1,
                **_by(work),
            )
            .returning(StaffAbsence.id)
        )
        return int(await work.done(row.id))


async def update_absence(
    context: Context,
    absence_id: int,
    values: Mapping[str, Any],
    if_version: int | None,
    name: str = "updateStaffAbsence",
) -> int:
    """Correct an absence: only what is given changes."""
    async with command(context, name, {"absence": absence_id, **values}) as work:
        owner = select(StaffAbsence.staff_id).where(
            StaffAbsence.school_id == work.viewer.school_id, StaffAbsence.id == absence_id
        )
        await work.one(staff_to_excuse(work.viewer).where(Staff.id == owner.scalar_subquery()), "absenceId")
        absence = await work.one(absences_to_change(work.viewer).where(StaffAbsence.id == absence_id), "absenceId")
        check_version(if_version, absence.version)
        changes = {name: value for name, value in values.items() if value != absence[name]}
        if changes:
            starts_on = changes.get("starts_on", absence.starts_on)
            ends_on = changes.get("ends_on", absence.ends_on)
            check_absence(starts_on, ends_on)
            await _check_alone(work, absence.staff_id, starts_on, ends_on, absence_id)
            await work.execute(
                update(StaffAbsence)
                .where(StaffAbsence.school_id == work.viewer.school_id, StaffAbsence.id == absence_id)
                .values(**changes, version=StaffAbsence.version + 1, **_by(work))
            )
    return absence_id


async def end_absence(context: Context, absence_id: int, ends_on: date, if_version: int | None) -> int:
    """Say which day is the last one of an absence."""
    return await update_absence(context, absence_id, {"ends_on": ends_on}, if_version, "endStaffAbsence")


async def _check_alone(work: Work, staff_id: int, starts_on: date, ends_on: date | None, but: int | None) -> None:
    """Refuse days on which the employee is absent already. The lock on the employee keeps others out."""
    overlapping = select(StaffAbsence.id).where(
        StaffAbsence.school_id == work.viewer.school_id,
        StaffAbsence.staff_id == staff_id,
        or_(StaffAbsence.ends_on.is_(None), StaffAbsence.ends_on >= starts_on),
        *([StaffAbsence.starts_on <= ends_on] if ends_on is not None else []),
        *([StaffAbsence.id != but] if but is not None else []),
    )
    found = await work.first(overlapping.order_by(StaffAbsence.starts_on).limit(1))
    if found is not None:
        raise absent_already(found.id)


def _by(work: Work) -> dict[str, Any]:
    return {"changed_at": work.now, "changed_by": work.viewer.account_id}
