"""The edit lock (7.6): lessons older than the school's number of days are closed to teachers, but for unlocks."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

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


MOST_UNLOCKED = 200
"""How many lessons one unlock may name: more than a subject has in a year."""

LONGEST_UNLOCK = timedelta(days=31)
"""For how long lessons may be opened at a time: an unlock is an exception, it must not become the rule."""


class UnlockState(StrEnum):
    """What has become of an unlock. `EXPIRED` is one that was granted and whose time is over: no row holds it."""

    REQUESTED = "requested"
    GRANTED = "granted"
    EXPIRED = "expired"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"


KEPT_STATES = tuple(state.value for state in UnlockState if state is not UnlockState.EXPIRED)
"""The states that a row may hold."""

_REFUSED = {
    UnlockState.REQUESTED: "Разрешение ещё не дано.",
    UnlockState.GRANTED: "Разрешение уже дано.",
    UnlockState.EXPIRED: "Срок разрешения истёк.",
    UnlockState.DECLINED: "В разрешении отказано.",
    UnlockState.WITHDRAWN: "Просьба отозвана.",
    UnlockState.REVOKED: "Разрешение отозвано.",
}


def state_now(state: str, until: datetime | None, now: datetime) -> UnlockState:
    """The state of an unlock at a moment: at its very end it is over."""
    kept = UnlockState(state)
    return UnlockState.EXPIRED if kept is UnlockState.GRANTED and until is not None and until <= now else kept


def check_state(state: UnlockState, wanted: UnlockState, field: str) -> None:
    """Refuse a step that cannot be taken from where an unlock is."""
    if state is not wanted:
        raise Refusal(RefusalCode.UNLOCK_STATE, _REFUSED[state], field, "7.6")


def check_until(until: datetime, now: datetime, field: str) -> None:
    """Refuse a moment that is past, too far away, or in no time zone."""
    if until.tzinfo is None:
        raise bad_input("Укажите момент с часовым поясом.", field)
    if not now < until <= now + LONGEST_UNLOCK:
        raise bad_input(f"Открыть уроки можно на срок до {LONGEST_UNLOCK.days} дней.", field)


def check_lessons(lessons: Sequence[int], field: str) -> None:
    """Refuse no lessons, too many, or one named twice."""
    if not 1 <= len(lessons) <= MOST_UNLOCKED or len(set(lessons)) < len(lessons):
        raise bad_input(f"Назовите от 1 до {MOST_UNLOCKED} разных уроков.", field)


def not_their_lesson(field: str) -> Refusal:
    """The refusal to open a lesson to somebody who could write nothing there anyway."""
    message = "Этот учитель не ведёт этот урок, не замещает на нём и не руководит этим классом."
    return Refusal(RefusalCode.NOT_TAUGHT, message, field, "7.6")
