"""How a school begins: its card, its current year with the usual periods, kinds of work, and an administrator."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select

from models.curriculum import AcademicYear, Holiday, Period
from models.journal import WorkType
from models.school import School
from rules.curriculum import school_year, usual_holidays, usual_periods
from rules.journal import USUAL_WORK_TYPES

from .account_admin import Administrator, make_administrator
from .database import Database, Transaction

_WORK_TYPE = ("name", "short_name", "weight", "written")


async def begin_school(
    database: Database, code: str, name: str | None, time_zone: str, who: Administrator, now: datetime
) -> None:
    """Make an administrator in the school with the code; make that school first if there is none (3.1)."""
    async with database.transaction() as transaction:
        school = await transaction.first(select(School.id.label("id")).where(School.code == code))
        if school is None:
            school = await transaction.first(
                insert(School)
                .values(code=code, name=name or code, full_name=name or code, time_zone=time_zone)
                .returning(School.id.label("id"))
            )
            await _open_first_year(transaction, school.id, now.astimezone(ZoneInfo(time_zone)).date())
        await make_administrator(transaction, school.id, who, now)


async def _open_first_year(transaction: Transaction, school_id: int, today: date) -> None:
    """Open the school year that `today` belongs to, with the usual dates; the deputy corrects them (5.2)."""
    begins = school_year(today)
    year = await transaction.first(
        insert(AcademicYear)
        .values(
            school_id=school_id,
            name=f"{begins}/{begins + 1}",
            starts_on=date(begins, 9, 1),
            ends_on=date(begins + 1, 8, 31),
        )
        .returning(AcademicYear.id)
    )
    own = {"school_id": school_id, "year_id": year.id}
    await transaction.execute(
        insert(Period).values(
            [
                {**own, "kind": kind, "number": number, "name": name, "starts_on": starts_on, "ends_on": ends_on}
                for kind, number, name, starts_on, ends_on in usual_periods(begins)
            ]
        )
    )
    await transaction.execute(
        insert(Holiday).values(
            [
                {**own, "name": name, "starts_on": starts_on, "ends_on": ends_on}
                for name, starts_on, ends_on in usual_holidays(begins)
            ]
        )
    )
    await transaction.execute(
        insert(WorkType).values(
            [
                {"school_id": school_id, "position": position, **dict(zip(_WORK_TYPE, usual, strict=True))}
                for position, usual in enumerate(USUAL_WORK_TYPES, 1)
            ]
        )
    )
