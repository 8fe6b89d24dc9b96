"""Working days: Russia's official calendar with its transferred days, and the school's own transfers over it (6.1)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
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


def local_day(moment: datetime, time_zone: str) -> date:
    """The day it was at the school, at that moment."""
    return moment.astimezone(ZoneInfo(time_zone)).date()
