"""Mismatch reports (6.4): which dates of a journal do not fit, and what is done about a report, step by step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date as day
from enum import StrEnum

from .curriculum_year import Span, check_inside
from .refusals import Refusal, RefusalCode, bad_input

MOST_DATES = 200
"""How many dates one report may name: more than any subject has lessons in a year."""


class MismatchKind(StrEnum):
    """What is wrong with a date in the journal (6.4)."""

    WRONG = "wrong"
    EXTRA = "extra"
    MISSING = "missing"


class MismatchState(StrEnum):
    """What has become of a report."""

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


class MismatchStepKind(StrEnum):
    """What was done about a report."""

    ANSWERED = "answered"
    CLOSED = "closed"
    REOPENED = "reopened"


_WAYS: Mapping[MismatchStepKind, tuple[frozenset[MismatchState], MismatchState]] = {
    MismatchStepKind.ANSWERED: (frozenset({MismatchState.OPEN}), MismatchState.ANSWERED),
    MismatchStepKind.CLOSED: (frozenset({MismatchState.ANSWERED}), MismatchState.CLOSED),
    MismatchStepKind.REOPENED: (frozenset({MismatchState.ANSWERED, MismatchState.CLOSED}), MismatchState.OPEN),
}
"""In which states a step can be taken, and the state that it leads to."""

_REFUSED = {
    MismatchState.OPEN: "На сообщение ещё не ответили.",
    MismatchState.ANSWERED: "На сообщение уже ответили.",
    MismatchState.CLOSED: "Сообщение закрыто.",
}


@dataclass(frozen=True)
class NamedDate:
    """A date that does not fit. should_be: the day that should stand in place of a wrong one, where it is known."""

    date: day
    kind: MismatchKind
    should_be: day | None = None


def not_checked(field: str) -> Refusal:
    """Whose journal it is not does not check its dates."""
    message = "В этой группе предмет не ведётся, или его ведёт другой учитель."
    return Refusal(RefusalCode.NOT_TAUGHT, message, field, "6.4")


def state_after(state: str, step: MismatchStepKind, field: str) -> MismatchState:
    """The state that a step leads to; refused where it can't be taken."""
    before, after = _WAYS[step]
    if state not in before:
        raise Refusal(RefusalCode.MISMATCH_STATE, _REFUSED[MismatchState(state)], field, "6.4")
    return after


def check_dates(dates: Sequence[NamedDate], year: Span) -> None:
    """Refuse a report without dates or with too many, and dates out of the year, named twice, or put right by none."""
    if not 0 < len(dates) <= MOST_DATES:
        raise bad_input(f"Назовите от 1 до {MOST_DATES} дат.", "dates")
    seen: set[day] = set()
    for position, each in enumerate(dates):
        field = f"dates.{position}"
        check_inside(each.date, year, f"{field}.date", "6.4")
        if each.date in seen:
            raise bad_input("Эта дата уже названа.", f"{field}.date")
        seen.add(each.date)
        if each.should_be is not None:
            if each.kind is not MismatchKind.WRONG:
                raise bad_input("Другой день называют только для неверной даты.", f"{field}.shouldBe")
            if each.should_be == each.date:
                raise bad_input("Это тот же самый день.", f"{field}.shouldBe")
            check_inside(each.should_be, year, f"{field}.shouldBe", "6.4")


def differs(kind: str, stands: bool, should_be: day | None, stands_instead: bool) -> bool:
    """Whether what was reported of a date is still so: whether a lesson stands on it, and on the day it should be."""
    if kind == MismatchKind.MISSING:
        return not stands
    return stands or (should_be is not None and not stands_instead)
