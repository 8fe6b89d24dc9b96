"""Saved reports (10.7): with whom they may be shared, and when one that is scheduled is due."""

from collections.abc import Collection
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from .account import Role
from .refusals import Refusal, RefusalCode, bad_input
from .report_constructor import CLAUSE, COMPOSERS, Definition, check
from .report_sources import about

NAME_LENGTH = 200
MOST_REPORTS = 200
"""How many reports an account may keep."""

MOST_SHARES = 50
RUNS_KEPT = 30
"""How many runs of a report are kept; older ones go."""

MOST_ATTEMPTS = 3
"""A run that was broken off, by whatever ended its process, is begun again so often."""

HOURS = range(24)
WEEK_DAYS = range(1, 8)
MONTH_DAYS = range(1, 29)
"""Days that each month has."""

DUE_AFTER = timedelta(minutes=15)
"""A run that has been going on for so long belongs to a process that is no more."""


class ReportFrequency(StrEnum):
    """How often a report runs by itself."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class ReportRunState(StrEnum):
    """What has become of a run."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


DAYS = {
    ReportFrequency.DAILY: range(0),
    ReportFrequency.WEEKLY: WEEK_DAYS,
    ReportFrequency.MONTHLY: MONTH_DAYS,
}


def check_schedule(frequency: ReportFrequency, hour: int, day: int | None) -> None:
    """Refuse hours and days that there are not."""
    if hour not in HOURS:
        raise bad_input("Час — от 0 до 23.", "hour")
    days = DAYS[frequency]
    if (day is None) is bool(days) or (day is not None and day not in days):
        message = f"День — от {days[0]} до {days[-1]}." if days else "Ежедневному отчёту день не нужен."
        raise bad_input(message, "day")


def next_due(frequency: ReportFrequency, hour: int, day: int | None, zone: str, after: datetime) -> datetime:
    """The first moment after `after` at which a report is due, by the school's clock."""
    local = after.astimezone(ZoneInfo(zone))
    candidate = local.date()
    while True:
        fits = {
            ReportFrequency.DAILY: True,
            ReportFrequency.WEEKLY: candidate.isoweekday() == day,
            ReportFrequency.MONTHLY: candidate.day == day,
        }[frequency]
        moment = datetime.combine(candidate, time(hour), ZoneInfo(zone))
        if fits and moment > after:
            return moment
        candidate += timedelta(days=1)


def check_shared(definition: Definition, roles: Collection[Role]) -> None:
    """Refuse to share a report with roles that compose none, or that could not have composed it themselves: its very
    conditions may say what they must not read (4.1).
    """
    for role in roles:
        if role not in COMPOSERS:
            raise bad_input("Отчёты составляют администратор и аналитик: с другими ролями ими не делятся.", "roles")
        found = about(definition.source)
        try:
            if role not in found.roles:
                raise bad_input("", "")
            check(definition, found, {role})
        except Refusal:
            message = "В этом отчёте есть то, что этой роли недоступно."
            raise Refusal(RefusalCode.FORBIDDEN, message, "definition", "4.1") from None


def too_many_reports() -> Refusal:
    """The account keeps as many as it may."""
    return Refusal(RefusalCode.BAD_INPUT, f"Отчётов — не больше {MOST_REPORTS}.", "name", CLAUSE)
