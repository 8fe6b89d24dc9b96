"""The school year's dates: how it divides into periods, its holidays, and when they must be known (5.2, 6.6)."""

from collections.abc import Collection, Sequence
from datetime import date

from .curriculum import GRADES, PeriodKind
from .days import DaysAfter
from .refusals import Refusal, RefusalCode, bad_input

PERIODS_IN_YEAR = {PeriodKind.QUARTER: 4, PeriodKind.TRIMESTER: 3, PeriodKind.HALF_YEAR: 2}
_NAMES = {PeriodKind.QUARTER: "четверть", PeriodKind.TRIMESTER: "триместр", PeriodKind.HALF_YEAR: "полугодие"}

NOTICE = DaysAfter(-14)
"""When holidays are known, from the day on which they begin: two weeks before (6.6)."""

MOST_HOLIDAYS = 60
"""How many holidays a year may have: more than any calendar of grades needs."""

Span = tuple[date, date]
"""First and last day, both inclusive."""


def period_name(kind: PeriodKind, number: int) -> str:
    """«III четверть»."""
    return f"{('I', 'II', 'III', 'IV')[number - 1]} {_NAMES[kind]}"


def holiday_due(starts_on: date) -> date:
    """The last day on which holidays may be entered: two weeks before they begin (6.6)."""
    return NOTICE.due(starts_on)


def check_span(span: Span, field: str) -> None:
    """Refuse days that run backwards."""
    if span[0] > span[1]:
        raise bad_input("Первый день позже последнего.", field)


def check_inside(day: date, year: Span, field: str, clause: str | None = "5.2") -> None:
    """Refuse a day outside the school year."""
    if not year[0] <= day <= year[1]:
        message = f"День вне учебного года: он идёт с {year[0]:%d.%m.%Y} по {year[1]:%d.%m.%Y}."
        raise Refusal(RefusalCode.OUTSIDE_YEAR, message, field, clause)


def check_year(span: Span, others: Collection[Span], field: str) -> None:
    """Refuse a year that runs backwards, is longer than any, or has days in common with another."""
    check_span(span, "endsOn")
    if (span[1] - span[0]).days > 366:
        raise bad_input("Учебный год не длиннее календарного.", "endsOn")
    if any(meet(span, other) for other in others):
        raise Refusal(RefusalCode.OVERLAP, "На эти дни уже приходится другой учебный год.", field, "12.1")


def check_not_carried(span: Span, taught: Collection[Span]) -> None:
    """Refuse to begin a year by itself after one with classes: the transition takes these over (12.1, 12.2)."""
    if any(other[1] < span[0] for other in taught):
        message = "Новый учебный год после года, в котором есть классы, создаёт переход на новый учебный год."
        raise Refusal(RefusalCode.TRANSITION_NEEDED, message, "startsOn", "12.1")


def check_periods(kind: PeriodKind, spans: Sequence[Span], year: Span) -> None:
    """Refuse periods that are not a whole division of the year: too few or many, out of order, or out of the year."""
    if len(spans) != PERIODS_IN_YEAR[kind]:
        message = f"Периодов этого вида в году — {PERIODS_IN_YEAR[kind]}."
        raise Refusal(RefusalCode.BAD_INPUT, message, "periods", "5.2")
    for position, span in enumerate(spans):
        check_span(span, f"periods.{position}.endsOn")
        check_inside(span[0], year, f"periods.{position}.startsOn")
        check_inside(span[1], year, f"periods.{position}.endsOn")
        if position and span[0] <= spans[position - 1][1]:
            message = "Период начинается раньше, чем кончается предыдущий."
            raise Refusal(RefusalCode.OVERLAP, message, f"periods.{position}.startsOn", "5.2")


def check_holidays(holidays: Sequence[tuple[Span, Sequence[int] | None]], year: Span) -> None:
    """Refuse holidays outside the year, for grades that there are not, or two for one grade on one day."""
    if len(holidays) > MOST_HOLIDAYS:
        raise bad_input(f"Не больше {MOST_HOLIDAYS} записей.", "holidays")
    for position, (span, grades) in enumerate(holidays):
        check_span(span, f"holidays.{position}.endsOn")
        check_inside(span[0], year, f"holidays.{position}.startsOn")
        check_inside(span[1], year, f"holidays.{position}.endsOn")
        if grades is not None:
            check_grades(grades, f"holidays.{position}.grades")
        for other, theirs in holidays[:position]:
            if meet(span, other) and (grades is None or theirs is None or set(grades) & set(theirs)):
                message = "На эти дни уже есть каникулы или праздник."
                raise Refusal(RefusalCode.OVERLAP, message, f"holidays.{position}.startsOn", "5.2")


def check_grades(grades: Sequence[int], field: str) -> None:
    """Refuse a list of grades that is empty or names one that no school has (7.1)."""
    if not grades or not set(grades) <= set(GRADES) or len(set(grades)) < len(grades):
        raise bad_input(f"Параллели — числа от {GRADES[0]} до {GRADES[-1]}, каждая один раз.", field)


def check_grade(grade: int, field: str = "grade") -> None:
    """Refuse a grade that no school has (7.1)."""
    if grade not in GRADES:
        raise bad_input(f"Параллель — от {GRADES[0]} до {GRADES[-1]}.", field)


def meet(one: tuple[date, date | None], other: tuple[date, date | None]) -> bool:
    """Whether two spans have a day in common; without a last day one goes on."""
    return one[0] <= (other[1] or date.max) and other[0] <= (one[1] or date.max)
