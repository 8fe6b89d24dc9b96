"""The timetable: states of lessons and of versions, weeks, bells, days moved, and until when each is to be entered."""

from collections.abc import Sequence
from datetime import date, time, timedelta
from enum import StrEnum
from itertools import pairwise

from .days import DayOfYear, WorkingBefore, WorkingDays
from .refusals import Refusal, RefusalCode, bad_input


class LessonState(StrEnum):
    """What has become of a dated lesson."""

    PLANNED = "planned"
    HELD = "held"
    CANCELLED = "cancelled"


class TimetableState(StrEnum):
    """What has become of a version of the weekly timetable."""

    DRAFT = "draft"
    PUBLISHED = "published"
    REPLACED = "replaced"


class Weeks(StrEnum):
    """In which weeks of the year an entry of the weekly timetable is taught."""

    EVERY = "every"
    ODD = "odd"
    EVEN = "even"

    def meets(self, other: "Weeks") -> bool:
        """Whether there is a week in which both are taught."""
        return self is Weeks.EVERY or other is Weeks.EVERY or self is other


LESSON_NUMBERS = range(15)
"""Numbers of lessons in a day. Lesson 0 exists."""

WEEKDAYS = range(1, 7)
"""Days of the week with lessons, from Monday to Saturday."""

WEEKDAY_NAMES = ("понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье")

SHIFTS = range(1, 4)
NAME_LENGTH = 200
TEXT_LENGTH = 2000

TIMETABLE_TERM = DayOfYear(9, 20)
"""When a year's timetable is first entered (6.6)."""

NOTICE = WorkingBefore(3)
"""When a day transfer is entered, from the day that it moves to (6.6)."""


def weeks_of(day: date, year_starts_on: date) -> Weeks:
    """Whether the day lies in an odd or an even week; the week in which the year begins is the first."""
    monday = year_starts_on - timedelta(days=year_starts_on.weekday())
    return Weeks.EVEN if (day - monday).days // 7 % 2 else Weeks.ODD


def timetable_due_on(year_starts_on: date) -> date:
    """Until when a year's timetable is first entered (6.6)."""
    return TIMETABLE_TERM.due(year_starts_on)


def transfer_due_on(to_date: date, days: WorkingDays) -> date:
    """The last day to enter a transfer that moves to that day (6.6)."""
    return NOTICE.due(to_date, days)


def check_notice(today: date, to_date: date, days: WorkingDays, field: str) -> None:
    """Refuse to move a day with less notice than the regulation asks (6.6)."""
    if today > transfer_due_on(to_date, days):
        notice = f"не позднее {NOTICE.count} рабочих дней"
        message = f"Перенос учебного дня вносится {notice} до дня, на который он переносится."
        raise Refusal(RefusalCode.TOO_LATE, message, field, "6.6")


def check_bells(bells: Sequence[tuple[int, time, time]], field: str) -> None:
    """Refuse bells that run backwards or overlap, in the order of their numbers."""
    if not bells:
        raise bad_input("Назовите хотя бы один звонок.", field)
    seen: set[int] = set()
    for position, (number, starts_at, ends_at) in enumerate(bells):
        check_number(number, f"{field}.{position}.number")
        if number in seen:
            raise bad_input("Этот номер урока уже назван.", f"{field}.{position}.number")
        seen.add(number)
        if starts_at >= ends_at:
            raise bad_input("Урок кончается не позже, чем начинается.", f"{field}.{position}.endsAt")
    order = sorted(range(len(bells)), key=lambda position: bells[position][0])
    for earlier, later in pairwise(order):
        if bells[earlier][2] > bells[later][1]:
            raise bad_input("Урок начинается раньше, чем кончается предыдущий.", f"{field}.{later}.startsAt")


def check_number(number: int, field: str) -> None:
    """Refuse a lesson's number that there is not."""
    if number not in LESSON_NUMBERS:
        raise bad_input(f"Номер урока — от {LESSON_NUMBERS.start} до {LESSON_NUMBERS.stop - 1}.", field)


def check_weekday(weekday: int, field: str) -> None:
    """Refuse a day of the week without lessons."""
    if weekday not in WEEKDAYS:
        raise bad_input("День недели — от 1 (понедельник) до 6 (суббота).", field)


def check_line(text: str | None, field: str, *, required: bool = False, longest: int = NAME_LENGTH) -> None:
    """Refuse a text that is empty where one is needed, or longer than anybody writes."""
    if (required and not (text or "").strip()) or (text and (len(text) > longest or "\0" in text)):
        raise bad_input(f"Нужен текст не длиннее {longest} знаков.", field)
