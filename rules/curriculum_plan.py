"""The curriculum's plan: components, the most hours a week that a grade may have, and what is missing of a plan."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from .curriculum_year import check_grade
from .days import DayOfYear
from .refusals import Refusal, RefusalCode, bad_input

NAME_LENGTH = 200
"""How long the name of a year, class, subject or the like may be."""

MOST_ENTRIES = 200
"""How many rows of a list one command may set."""

WEEK_DAYS = range(5, 7)
"""Days of a school week: five or six."""

USUAL_WEEK_DAYS = 5

SHIFTS = range(1, 4)
CAPACITIES = range(1, 101)

MOST_HOURS: dict[int, dict[range, int]] = {
    5: {
        range(1, 2): 21,
        range(2, 5): 23,
        range(5, 6): 29,
        range(6, 7): 30,
        range(7, 8): 32,
        range(8, 10): 33,
        range(10, 12): 34,
    },
    6: {range(2, 5): 26, range(5, 6): 32, range(6, 7): 33, range(7, 8): 35, range(8, 10): 36, range(10, 12): 37},
}
"""The most hours of lessons a week for a school week of so many days, by grade (СанПиН 1.2.3685-21, table 6.6)."""

MOST_EXTRACURRICULAR = 10
"""The most hours a week beside lessons, in any grade (СанПиН 1.2.3685-21, table 6.6)."""

MOST_WEEKLY_HOURS = 40
"""No subject, component or assignment has more hours a week than that."""


class ComponentKind(StrEnum):
    """What a component of the plan is: two parts make up the lessons, the third stands beside them."""

    OBLIGATORY = "obligatory"
    FORMED = "formed"
    EXTRACURRICULAR = "extracurricular"


PLAN_TERM = DayOfYear(9, 15)
"""When the curriculum is complete (5.4)."""


class LoadVerdict(StrEnum):
    """How planned hours stand to those that are allowed."""

    FITS = "fits"
    OVER = "over"
    UNDER = "under"
    UNKNOWN = "unknown"


class PlanGapKind(StrEnum):
    """What a class's plan lacks to be complete (5.2)."""

    NO_PERIODS = "no_periods"
    NO_HOLIDAYS = "no_holidays"
    NO_COMPONENT_LOAD = "no_component_load"
    NO_HOURS = "no_hours"
    WRONG_LOAD = "wrong_load"
    NO_AREA = "no_area"
    NO_TEACHER = "no_teacher"
    NO_CLASS_TEACHER = "no_class_teacher"


def usual_week_days(grade: int) -> int:
    """The school week that a class of this grade gets unless told otherwise: shorter in the primary school."""
    return 5 if grade <= 4 else 6


def most_hours(grade: int, week_days: int) -> int | None:
    """The most hours of lessons a week (СанПиН); None for a grade that may not have a week of so many days."""
    return next((hours for grades, hours in MOST_HOURS[week_days].items() if grade in grades), None)


def component_verdict(planned: float, allowed: float | None) -> LoadVerdict:
    """A component's planned hours beside its load in the grade: they must be equal."""
    if allowed is None:
        return LoadVerdict.UNKNOWN
    if planned == allowed:
        return LoadVerdict.FITS
    return LoadVerdict.OVER if planned > allowed else LoadVerdict.UNDER


def total_verdict(planned: float, extracurricular: float, grade: int, week_days: int) -> LoadVerdict:
    """A class's hours beside the most that are allowed: fewer are no fault."""
    most = most_hours(grade, week_days)
    if most is None:
        return LoadVerdict.UNKNOWN
    return LoadVerdict.OVER if planned > most or extracurricular > MOST_EXTRACURRICULAR else LoadVerdict.FITS


def check_hours(hours: float, field: str, *, least: float = 0.5) -> None:
    """Refuse hours a week that are not whole or half ones, or out of all measure."""
    if not least <= hours <= MOST_WEEKLY_HOURS or hours * 2 != int(hours * 2):
        raise bad_input(f"Часы в неделю — от {least:g} до {MOST_WEEKLY_HOURS}, целые или с половиной.", field)


def check_week(grade: int, week_days: int, field: str) -> None:
    """Refuse a school week that the grade may not have: the first grade has five days (СанПиН)."""
    if week_days not in WEEK_DAYS or most_hours(grade, week_days) is None:
        raise bad_input("Учебная неделя — 5 или 6 дней, в первом классе только 5.", field)


def check_profile(grade: int, grades: Sequence[int], field: str) -> None:
    """Refuse a profile for a grade that it does not span (5.2)."""
    if grade not in grades:
        raise Refusal(RefusalCode.BAD_INPUT, "Профиль не включает эту параллель.", field, "5.2")


def check_class(grade: int, values: Mapping[str, Any]) -> None:
    """Refuse a class that no school has: its grade, letter, shift, capacity or week."""
    check_grade(grade)
    letter = values["letter"]
    if not isinstance(letter, str) or not letter.strip() or len(letter) > 5 or "\0" in letter:
        raise bad_input("Буква класса — от 1 до 5 знаков.", "letter")
    if values["shift"] not in SHIFTS:
        raise bad_input(f"Смена — от {SHIFTS[0]} до {SHIFTS[-1]}.", "shift")
    if values["capacity"] is not None and values["capacity"] not in CAPACITIES:
        raise bad_input(f"Наполняемость — от {CAPACITIES[0]} до {CAPACITIES[-1]}.", "capacity")
    check_week(grade, values["week_days"], "weekDays")
