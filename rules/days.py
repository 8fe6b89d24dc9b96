"""Working days: Russia's official calendar with its transferred days, and the school's own transfers over it (6.1).

And the terms that clauses set by them: what is due when, declared once beside each rule's own words.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Protocol
from zoneinfo import ZoneInfo

from holidays import HolidayBase, country_holidays

_ONE = timedelta(days=1)


@cache
def _calendar() -> HolidayBase:
    """The official calendar. It fills itself year by year as it is asked."""
    return country_holidays("RU")


@cache
def is_official_working_day(day: date) -> bool:
    """Whether the official calendar works on that day: its transferred Saturdays do, its bridge Mondays do not."""
    calendar = _calendar()
    # `in` makes the calendar know the day's year: its transferred days are not there before.
    return day not in calendar and (day.weekday() < 5 or day in calendar.weekend_workdays)


def is_official_holiday(day: date) -> bool:
    """Whether the day is a public holiday or a day off in its place: no school day, whatever the weekday."""
    return day in _calendar()


@dataclass(frozen=True)
class WorkingDays:
    """The school's working days. `worked` and `free`: days that its own transfers make working ones, or take away."""

    worked: Collection[date] = frozenset()
    free: Collection[date] = frozenset()

    def works(self, day: date) -> bool:
        """Whether the school works on that day."""
        if day in self.worked:
            return True
        return day not in self.free and is_official_working_day(day)

    def after(self, day: date, count: int) -> date:
        """The last day of a term of `count` working days that begins the day after `day`: "within 3 working days"."""
        for _ in range(count):
            day += _ONE
            while not self.works(day):
                day += _ONE
        return day

    def before(self, day: date, count: int) -> date:
        """The last day on which there are still `count` working days before `day`: "no later than 3 working days"."""
        for _ in range(count):
            day -= _ONE
            while not self.works(day):
                day -= _ONE
        return day


OFFICIAL = WorkingDays()
"""The official calendar alone, for terms that pass over no days off."""


class Term(Protocol):
    """When something is due, counted from a day: of an event, or the first of a school year."""

    def due(self, day: date, days: WorkingDays = OFFICIAL) -> date:
        """The last day in time."""
        ...


@dataclass(frozen=True)
class DayOfYear:
    """A date of the school year: "by 15 September". `day` is any of the year's days from September on."""

    month: int
    number: int

    def due(self, day: date, days: WorkingDays = OFFICIAL) -> date:
        """That date, in the school year that begins in the autumn of `day`."""
        return date(day.year + (self.month < SEPTEMBER), self.month, self.number)


@dataclass(frozen=True)
class DaysAfter:
    """ "Within 7 days": days of the calendar; 0 is the very day, and fewer lie before it."""

    count: int

    def due(self, day: date, days: WorkingDays = OFFICIAL) -> date:
        """The last of the days."""
        return day + self.count * _ONE


@dataclass(frozen=True)
class WorkingAfter:
    """ "Within 3 working days after"."""

    count: int

    def due(self, day: date, days: WorkingDays = OFFICIAL) -> date:
        """The last of the working days."""
        return days.after(day, self.count)

    def first_in_time(self, today: date, days: WorkingDays) -> date:
        """The first day of an event whose term is not over `today`."""
        return days.before(today, self.count)


@dataclass(frozen=True)
class WorkingBefore:
    """ "No later than 3 working days before"."""

    count: int

    def due(self, day: date, days: WorkingDays = OFFICIAL) -> date:
        """The last day that leaves so many working days."""
        return days.before(day, self.count)


SEPTEMBER = 9
"""The month in which school years begin."""


def official_exceptions(years: Iterable[int]) -> tuple[list[date], list[date]]:
    """Where the official calendar differs from Monday to Friday: weekdays that are free, and weekends worked."""
    calendar = country_holidays("RU", years=years)
    free = sorted(day for day in calendar if day.weekday() < 5)
    return free, sorted(day for day in calendar.weekend_workdays if day not in calendar)


def local_day(moment: datetime, time_zone: str) -> date:
    """The day it was at the school, at that moment."""
    return moment.astimezone(ZoneInfo(time_zone)).date()
