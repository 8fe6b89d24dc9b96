"""The school year: kinds of period, kinds of group, names of classes and groups."""

from datetime import date
from enum import StrEnum

from .refusals import Refusal, RefusalCode, bad_input

GRADES = range(1, 12)
"""Grades of a school: 1 to 11 (7.1)."""


class YearState(StrEnum):
    """What has become of a school year (12). A closed one is read-only for everyone."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"


class PeriodKind(StrEnum):
    """How a class's year is divided (5.2): usually quarters for 1–9 and half-years for 10–11."""

    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    TRIMESTER = "trimester"


class GroupKind(StrEnum):
    """A whole class, or a part of it that is taught a subject apart (5.2, 5.10)."""

    WHOLE = "whole"
    SUBGROUP = "subgroup"


def usual_period_kind(grade: int) -> PeriodKind:
    """The division a class of this grade gets unless told otherwise."""
    return PeriodKind.HALF_YEAR if grade >= 10 else PeriodKind.QUARTER


def class_name(grade: int, letter: str) -> str:
    """«5А»."""
    return f"{grade}{letter}"


def group_title(class_name: str, subject: str | None, group: str | None) -> str:
    """«5Ж» for a whole class; «5Ж / Английский язык, группа 2» for a subgroup: the class is always carried along."""
    part = ", ".join(name for name in (subject, group) if name)
    return f"{class_name} / {part}" if part else class_name


def school_year(day: date) -> int:
    """The calendar year in which the day's school year began: 1 September to 31 August."""
    return day.year if day.month >= 9 else day.year - 1


def usual_periods(year: int) -> list[tuple[PeriodKind, int, str, date, date]]:
    """How a year that begins in September of `year` is usually divided: kind, number, name, first and last day."""
    autumn, winter, spring, summer = date(year, 9, 1), date(year, 12, 30), date(year + 1, 1, 9), date(year + 1, 5, 26)
    return [
        (PeriodKind.QUARTER, 1, "I четверть", autumn, date(year, 10, 26)),
        (PeriodKind.QUARTER, 2, "II четверть", date(year, 11, 5), winter),
        (PeriodKind.QUARTER, 3, "III четверть", spring, date(year + 1, 3, 22)),
        (PeriodKind.QUARTER, 4, "IV четверть", date(year + 1, 3, 31), summer),
        (PeriodKind.HALF_YEAR, 1, "I полугодие", autumn, winter),
        (PeriodKind.HALF_YEAR, 2, "II полугодие", spring, summer),
    ]


def usual_holidays(year: int) -> list[tuple[str, date, date]]:
    """The holidays between the quarters of `usual_periods`: name, first and last day."""
    return [
        ("Осенние каникулы", date(year, 10, 27), date(year, 11, 4)),
        ("Зимние каникулы", date(year, 12, 31), date(year + 1, 1, 8)),
        ("Весенние каникулы", date(year + 1, 3, 23), date(year + 1, 3, 30)),
    ]


def check_diary_range(since: date, until: date) -> None:
    """Refuse a range of days that runs backwards or across school years."""
    if since > until:
        raise bad_input("Первый день позже последнего.", "to")
    if school_year(since) != school_year(until):
        raise Refusal(RefusalCode.RANGE_TOO_LONG, "Дневник показывается в пределах одного учебного года.", "to")


def check_past(day: date, today: date, rewrites: bool, field: str, clause: str | None = None) -> None:
    """Refuse to say otherwise of days that are over: who was where then is history."""
    if rewrites and day < today:
        message = "Эти дни уже прошли, и о них есть записи: изменить можно только с сегодняшнего дня."
        raise Refusal(RefusalCode.PAST_DAYS, message, field, clause)
