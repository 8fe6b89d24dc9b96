"""The transition to a new school year (12): its steps, what is carried over, and what stands in its way."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Protocol

from .days import DayOfYear, is_official_holiday, is_official_working_day
from .refusals import Refusal, RefusalCode, bad_input

_ONE = timedelta(days=1)
_SAME_WEEKDAY = timedelta(weeks=52)
"""A year on, on the same day of the week: holidays begin on Mondays and end on Sundays again."""

_MOST_PUBLIC_DAYS = 5
"""A public holiday with its weekend; what is longer are holidays of the school, the winter's around New Year too."""


OPENING_TERM = DayOfYear(9, 15)
"""When the new year is open, from its first day (12.3)."""


class TransitionState(StrEnum):
    """How far a transition is. Until the year is opened, all of it can be taken back."""

    UNDER_WAY = "under_way"
    OPENED = "opened"
    REVERTED = "reverted"


class TransitionStep(StrEnum):
    """What the new year gets from the old one, in this order (12.1)."""

    YEAR = "year"
    BELLS = "bells"
    PROFILES = "profiles"
    CLASSES = "classes"
    PLAN = "plan"
    ASSIGNMENTS = "assignments"
    TOPIC_PLANS = "topic_plans"


STEP_NAMES: dict[TransitionStep, str] = {
    TransitionStep.YEAR: "Учебный год, периоды и каникулы",
    TransitionStep.BELLS: "Расписания звонков",
    TransitionStep.PROFILES: "Профили и компоненты",
    TransitionStep.CLASSES: "Классы, подгруппы, классные руководители",
    TransitionStep.PLAN: "Учебный план",
    TransitionStep.ASSIGNMENTS: "Учебная нагрузка учителей",
    TransitionStep.TOPIC_PLANS: "Календарно-тематическое планирование",
}


class TransitionFindingKind(StrEnum):
    """What the preflight finds before the new year is opened."""

    YEAR_NOT_OVER = "year_not_over"
    STUDENT_WITHOUT_ORDER = "student_without_order"
    STUDENT_WITHOUT_CLASS = "student_without_class"
    CLASS_WITHOUT_LEADER = "class_without_leader"
    CLASS_WITHOUT_PERIODS = "class_without_periods"
    DRAFT_ORDER = "draft_order"
    OPEN_FORM = "open_form"
    CLASS_WITHOUT_PLAN = "class_without_plan"
    SUBJECT_WITHOUT_TEACHER = "subject_without_teacher"


FINDING_NAMES: dict[TransitionFindingKind, str] = {
    TransitionFindingKind.YEAR_NOT_OVER: "Учебный период ещё не закончился.",
    TransitionFindingKind.STUDENT_WITHOUT_ORDER: "Нет приказа о переводе, повторном обучении, выпуске или выбытии.",
    TransitionFindingKind.STUDENT_WITHOUT_CLASS: "По приказу не определён класс нового учебного года.",
    TransitionFindingKind.CLASS_WITHOUT_LEADER: "Нет классного руководителя.",
    TransitionFindingKind.CLASS_WITHOUT_PERIODS: "Не заданы учебные периоды, на которые делится год класса.",
    TransitionFindingKind.DRAFT_ORDER: "Приказ подготовлен, но не издан.",
    TransitionFindingKind.OPEN_FORM: "Федеральная форма не закрыта: после открытия нового года её не закрыть.",
    TransitionFindingKind.CLASS_WITHOUT_PLAN: "Нет часов в учебном плане.",
    TransitionFindingKind.SUBJECT_WITHOUT_TEACHER: "Предмет есть в учебном плане, но учитель не назначен.",
}

WARNINGS = frozenset(
    {
        TransitionFindingKind.DRAFT_ORDER,
        TransitionFindingKind.OPEN_FORM,
        TransitionFindingKind.CLASS_WITHOUT_PLAN,
        TransitionFindingKind.SUBJECT_WITHOUT_TEACHER,
    }
)
"""Findings that may wait until 15 September, when the plan must be complete (5.4); the others keep the year closed.

A form that is left open stays so in the closed year, which is for the deputy to decide: no class waits for it.
"""

FORMED_ANEW = frozenset({1, 10})
"""Grades whose classes are formed anew each year (9.2)."""

TAUGHT_ANEW = FORMED_ANEW | {5}
"""Grades that begin with other teachers: the fifth leaves its primary teacher."""


def next_grade(grade: int) -> int | None:
    """The grade as which a class goes on next year; None for the ninth and the eleventh, whose classes end."""
    return None if grade + 1 in FORMED_ANEW or grade == 11 else grade + 1


def year_name(starts_on: date) -> str:
    """«2026/2027»."""
    return f"{starts_on.year}/{starts_on.year + 1}"


@dataclass(frozen=True)
class Span:
    """A first and a last day, both inclusive."""

    starts_on: date
    ends_on: date


def following_year(year: Span) -> Span:
    """The year that begins the day after another one ends and lasts until the day before the same day comes again."""
    begins = year.ends_on + timedelta(days=1)
    return Span(begins, begins.replace(year=begins.year + 1) - timedelta(days=1))


def check_no_other(year: Span, others: Iterable[tuple[str, Span]]) -> None:
    """Refuse to make the new year where another one has its days or its name already: years with their names."""
    for name, other in others:
        if name == year_name(year.starts_on) or _meet(other, year):
            message = f"Место нового учебного года занято: в школе уже есть «{name}». Исправьте его название или сроки."
            raise Refusal(RefusalCode.OVERLAP, message, "step", "12.1")


def carried_days(spans: Iterable[Span], into: Span) -> list[Span | None]:
    """Periods as a draft for the next year: the same weekdays, as far as they lie in it, else None."""
    return [_clipped(span, into) for span in spans]


def _clipped(span: Span, into: Span) -> Span | None:
    begins = max(span.starts_on + _SAME_WEEKDAY, into.starts_on)
    ends = min(span.ends_on + _SAME_WEEKDAY, into.ends_on)
    return Span(begins, ends) if begins <= ends else None


Holiday = tuple[Span, Sequence[int] | None]
"""Its days, and the grades that have it; None for all."""


def carried_holidays(holidays: Sequence[Holiday], into: Span) -> list[Span | None]:
    """Holidays as a draft for the next year, each in its place; None for what is left out.

    Those of the school keep their weekdays, and last until the year's end where they did. Public ones keep their dates,
    as far as the official calendar gives them; one that would meet holidays of the school is part of these.
    """
    found = {place: _between(span, into) for place, (span, _) in enumerate(holidays) if not _is_public(span)}
    taken = [(days, holidays[place][1]) for place, days in found.items() if days]
    for place, (span, grades) in enumerate(holidays):
        if place not in found:
            days = found[place] = _same_dates(span, into)
            if days and any(_meet(days, other) and _share(grades, theirs) for other, theirs in taken):
                found[place] = None
            elif days:
                taken.append((days, grades))
    return [found[place] for place in range(len(holidays))]


def _between(span: Span, into: Span) -> Span | None:
    moved = _clipped(span, into)
    return Span(moved.starts_on, into.ends_on) if moved and span.ends_on + _ONE >= into.starts_on else moved


def _is_public(span: Span) -> bool:
    """Whether nobody works on any of these few days, for a public holiday."""
    days = [span.starts_on + timedelta(days=n) for n in range((span.ends_on - span.starts_on).days + 1)]
    return (
        len(days) <= _MOST_PUBLIC_DAYS
        and not any(map(is_official_working_day, days))
        and any(map(is_official_holiday, days))
    )


def _same_dates(span: Span, into: Span) -> Span | None:
    """The same dates a year on, without days at either end on which everybody works then."""
    begins, ends = max(_year_on(span.starts_on), into.starts_on), min(_year_on(span.ends_on), into.ends_on)
    while begins <= ends and is_official_working_day(begins):
        begins += _ONE
    while begins <= ends and is_official_working_day(ends):
        ends -= _ONE
    return Span(begins, ends) if begins <= ends else None


def _year_on(day: date) -> date:
    leap = (day.month, day.day) == (2, 29)
    return date(day.year + 1, day.month, 28 if leap else day.day)


def _meet(one: Span, other: Span) -> bool:
    return one.starts_on <= other.ends_on and other.starts_on <= one.ends_on


def _share(one: Sequence[int] | None, other: Sequence[int] | None) -> bool:
    """Whether there is a grade among both."""
    return one is None or other is None or bool(set(one) & set(other))


def check_next_step(done: set[TransitionStep], step: TransitionStep) -> bool:
    """Whether the step has been done already; refuses one whose turn has not come."""
    if step in done:
        return True
    expected = next(each for each in TransitionStep if each not in done)
    if step is not expected:
        message = f"Сначала нужен шаг «{STEP_NAMES[expected]}»."
        raise Refusal(RefusalCode.STEP_OUT_OF_TURN, message, "step", "12.1")
    return False


def is_complete(done: set[TransitionStep]) -> bool:
    """Whether every step has been done."""
    return done == set(TransitionStep)


MOST_PLACES = 3000
"""How many students one command may put into classes: more than a school has."""


class _Placed(Protocol):
    @property
    def student_id(self) -> int: ...


def check_places(entries: Sequence[_Placed]) -> None:
    """Refuse none at all, too many, or a student who is named twice."""
    if not 0 < len(entries) <= MOST_PLACES:
        raise bad_input(f"От 1 до {MOST_PLACES} учащихся.", "entries")
    seen: set[int] = set()
    for position, each in enumerate(entries):
        if each.student_id in seen:
            raise bad_input("Учащийся назван дважды.", f"entries.{position}.studentId")
        seen.add(each.student_id)
