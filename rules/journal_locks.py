"""The edit lock (7.6): lessons older than the school's number of days are closed to teachers."""

from collections.abc import Collection
from datetime import date

from .refusals import Refusal, RefusalCode, bad_input

MOST_LOCK_DAYS = 365
"""A school that wants to give more than a year needs no lock: a year closes by itself (12.2)."""


def check_lock_days(days: int | None, field: str) -> None:
    """Refuse a number of days that is none; 0 leaves a lesson open for the rest of its own day, None takes no lock."""
    if days is not None and not 0 <= days <= MOST_LOCK_DAYS:
        raise bad_input(f"Число дней — от 0 до {MOST_LOCK_DAYS}; без ограничения — null.", field)


def is_locked(day: date, days: int | None, today: date) -> bool:
    """Whether more than `days` days have passed since the day of a lesson; both days by the school's own calendar."""
    return days is not None and (today - day).days > days


def edit_locked(days: int, field: str, lessons: Collection[int]) -> Refusal:
    """The refusal to write at lessons that are closed; `field` leads to the first of them."""
    message = (
        f"Урок закрыт для изменений: прошло больше дней, чем разрешено в школе ({days}). "
        "Открыть его на время может директор или завуч."
    )
    return Refusal(RefusalCode.EDIT_LOCKED, message, field, "7.6", tuple(("Lesson", each) for each in lessons))
