"""The daily digest to those who answer for something: when it is written, and what it tells (7.11, 9.3, 11.1)."""

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from .days import WorkingAfter, WorkingDays
from .refusals import Refusal, RefusalCode

WRITTEN_FROM = time(6)
"""From this hour on, by the school's clock, the day's digests are written."""

SOON = WorkingAfter(3)
"""What is due within so many working days is due soon."""


KEPT = timedelta(days=366)
"""Digests are kept for so long: what they told of is in the journals and their history for ever."""


class DigestPart(StrEnum):
    """Of whom a digest counts: of its reader alone, or, for the director and the deputies, of the whole school."""

    OWN = "own"
    SCHOOL = "school"


def day_to_write(now: datetime, time_zone: str, days: WorkingDays, taught: bool) -> date | None:
    """The day whose digests are to stand by now; None on a day off, and before the hour.

    taught: there are lessons that day; a school of six days has records to make on its Saturdays (7.4). Of days on
    which nobody wrote any there is none: what was overdue then is so still, or is done.
    """
    local = now.astimezone(ZoneInfo(time_zone))
    works = taught or days.works(local.date())
    return local.date() if works and local.time() >= WRITTEN_FROM else None


def no_digest(field: str) -> Refusal:
    """There is none with this number, or it is somebody else's."""
    return Refusal(RefusalCode.NOT_FOUND, "Такой сводки нет.", field)
