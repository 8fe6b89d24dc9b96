"""What a year's days are: its holidays and the days that are moved."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from models.curriculum import Holiday
from models.timetable_week import DayTransfer
from rules import timetable_lessons

from .database import Transaction


def _grades(listed: Iterable[int] | None) -> frozenset[int] | None:
    return None if listed is None else frozenset(listed)


async def holidays_of(transaction: Transaction, school_id: int, year_id: int) -> list[timetable_lessons.Holiday]:
    """The holidays of a year."""
    rows = await transaction.fetch(
        select(Holiday.starts_on, Holiday.ends_on, Holiday.grades).where(
            Holiday.school_id == school_id, Holiday.year_id == year_id
        )
    )
    return [timetable_lessons.Holiday(row.starts_on, row.ends_on, _grades(row.grades)) for row in rows]


async def transfers_of(transaction: Transaction, school_id: int, year_id: int) -> list[timetable_lessons.Transfer]:
    """The day transfers of a year."""
    rows: list[Any] = await transaction.fetch(
        select(DayTransfer.to_date, DayTransfer.weekday, DayTransfer.from_date, DayTransfer.grades).where(
            DayTransfer.school_id == school_id, DayTransfer.year_id == year_id
        )
    )
    return [timetable_lessons.Transfer(row.to_date, row.weekday, row.from_date, _grades(row.grades)) for row in rows]
