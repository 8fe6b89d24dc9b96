"""Outages (13): when access was lost and came back, and until when the paper journals must be in the System."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from .days import WorkingAfter, WorkingDays
from .refusals import Refusal, RefusalCode, bad_input

TRANSFER_TERM = WorkingAfter(2)
"""When records are transferred, from the day on which access has returned (13.2)."""

MOST_DAYS = 31
"""How many days an outage, or the blanks of one file, may span."""


class OutageStatus(StrEnum):
    """How far an outage is: access is lost; records are to be transferred, too late, or all transferred."""

    OPEN = "open"
    DUE = "due"
    OVERDUE = "overdue"
    DONE = "done"


def due_on(ends_on: date | None, worked: Collection[date], free: Collection[date]) -> date | None:
    """The last day for the transfer: the second working day after the one on which access returned (13.2)."""
    return ends_on and TRANSFER_TERM.due(ends_on, WorkingDays(worked, free))


def status(
    ends_on: date | None, worked: Collection[date], free: Collection[date], pending: bool, today: date
) -> OutageStatus:
    """Where an outage stands today. pending: some journal still lacks records of its days."""
    due = due_on(ends_on, worked, free)
    if due is None:
        return OutageStatus.OPEN
    if not pending:
        return OutageStatus.DONE
    return OutageStatus.OVERDUE if today > due else OutageStatus.DUE


def local(moment: datetime, zone: str) -> datetime:
    """The moment by the school's clock; one without a zone is meant so."""
    own = ZoneInfo(zone)
    return moment.astimezone(own) if moment.tzinfo else moment.replace(tzinfo=own)


def check_span(started: datetime, ended: datetime | None, now: datetime, field: str) -> None:
    """Refuse an outage that has not come yet, ends before it begins, or spans more than `MOST_DAYS` days."""
    if started > now:
        raise bad_input("Это время ещё не наступило.", "startedAt")
    if ended is None:
        return
    if ended > now:
        raise bad_input("Это время ещё не наступило.", "endedAt")
    if ended < started:
        raise bad_input("Доступ вернулся раньше, чем пропал.", "endedAt")
    if (ended.date() - started.date()) >= timedelta(days=MOST_DAYS):
        message = f"Перерыв длиннее {MOST_DAYS} дней: запишите его по частям."
        raise Refusal(RefusalCode.RANGE_TOO_LONG, message, field, "13.1")


def overlapping() -> Refusal:
    """Access cannot be lost twice at once."""
    return Refusal(RefusalCode.OVERLAP, "На это время перерыв в доступе уже записан.", "startedAt", "13.1")


def check_days(since: date, until: date) -> None:
    """Refuse days of blanks that end before they begin, or are too many."""
    if until < since:
        raise bad_input("Последний день раньше первого.", "to")
    if until - since >= timedelta(days=MOST_DAYS):
        raise Refusal(RefusalCode.RANGE_TOO_LONG, f"Не больше {MOST_DAYS} дней в одном файле.", "to", "13.1")


def is_transferred(lessons: int, recorded: int) -> bool:
    """Whether there are records of all lessons."""
    return recorded >= lessons
