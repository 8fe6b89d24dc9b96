"""Reads of remarks about journals (7.11), and the look that finds them mended."""

from datetime import datetime
from typing import Any

from sqlalchemy import Text, select, update

from models.curriculum import AcademicYear
from models.report_remarks import Remark
from models.school import School
from permissions.report_remarks import mended, standing, state, visible_remarks
from permissions.report_rows import one_of
from permissions.scopes import of_school, same
from permissions.viewer import Viewer, reach
from rules.curriculum import YearState
from rules.days import local_day
from rules.report_remarks import STANDING

from .commands import Work, among
from .database import Database
from .edges_kinds import argument, to_one, to_page
from .school import staff_of_account

_FILTERS: Any = {
    "state": state == argument("state", Text),
    **{name: getattr(Remark, name) == argument(name) for name in ("staff_id", "class_id", "subject_id")},
    "own": Remark.staff_id == reach.staff_id,
    "waits": one_of(state, [each.value for each in STANDING]),
}
_ORDER = {"id": Remark.id}

school_remarks = to_page(visible_remarks, Remark.school_id, of="id", order=_ORDER, filters=_FILTERS)
viewer_remarks = to_page(visible_remarks, Remark.school_id, of="school_id", order=_ORDER, filters=_FILTERS)
changed_remark = to_one(visible_remarks, Remark.id, of="remark_id")
remark_by, remark_closed_by = staff_of_account("made_by"), staff_of_account("closed_by")


_MENDED = (
    select(Remark.id)
    .join(AcademicYear, same(AcademicYear, Remark.year_id))
    .where(of_school(Remark), AcademicYear.state != YearState.CLOSED, mended)
    .with_for_update(of=Remark, skip_locked=True)
)


_WAITING = (
    select(Remark.school_id)
    .join(AcademicYear, same(AcademicYear, Remark.year_id))
    .where(Remark.finding.is_not(None), standing, AcademicYear.state != YearState.CLOSED)
    .distinct()
)


async def schools_with_findings(database: Database) -> list[int]:
    """The schools with remarks that may close themselves: the others need no look."""
    async with database.transaction() as transaction:
        return [row.school_id for row in await transaction.fetch(_WAITING)]


async def close_mended(database: Database, school_id: int, now: datetime) -> list[int]:
    """Close the remarks of a school of which the control does not find any more what it found; gives their numbers.

    They were closed for everybody who looked: now it is written down, with the moment, and told to those subscribed.
    What is found again later is a new matter.
    """
    async with database.transaction() as transaction:
        school = await transaction.first(select(School.time_zone).where(School.id == school_id))
        viewer = Viewer(school_id=school_id, now=now, today=local_day(now, school.time_zone))
        work = Work(transaction.connection, viewer, now)
        found = sorted(row.id for row in await work.reach(_MENDED))
        if found:
            await work.begin("closeMendedRemarks", {"remarks": found})
            await work.execute(
                update(Remark)
                .where(Remark.school_id == school_id, among(Remark.id, found))
                .values(closed_at=now, version=Remark.version + 1, changed_at=now, changed_by=None)
            )
        return found
