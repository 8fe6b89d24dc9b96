"""The demo school's calendar: the academic year 2025/26 with its periods, holidays, moved days and bells."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from rules.curriculum import PeriodKind
from rules.days import WorkingDays

from .demo_rows import Rows

TIME_ZONE = "Asia/Barnaul"
ZONE = ZoneInfo(TIME_ZONE)

YEAR_STARTS, YEAR_ENDS = date(2025, 9, 1), date(2026, 8, 31)
LESSONS_END = date(2026, 5, 26)
DEMO_TODAY = date(2026, 5, 20)
EVENING = time(20, 30)
"""Nothing of the demo is written after this hour of its today."""

PERIODS = (
    (PeriodKind.QUARTER, 1, "I четверть", YEAR_STARTS, date(2025, 10, 24)),
    (PeriodKind.QUARTER, 2, "II четверть", date(2025, 11, 5), date(2025, 12, 30)),
    (PeriodKind.QUARTER, 3, "III четверть", date(2026, 1, 12), date(2026, 3, 27)),
    (PeriodKind.QUARTER, 4, "IV четверть", date(2026, 4, 6), LESSONS_END),
    (PeriodKind.HALF_YEAR, 1, "I полугодие", YEAR_STARTS, date(2025, 12, 30)),
    (PeriodKind.HALF_YEAR, 2, "II полугодие", date(2026, 1, 12), LESSONS_END),
)

HOLIDAYS = (
    ("Осенние каникулы", date(2025, 10, 25), date(2025, 11, 2)),
    ("День народного единства", date(2025, 11, 3), date(2025, 11, 4)),
    ("Зимние каникулы", date(2025, 12, 31), date(2026, 1, 11)),
    ("День защитника Отечества", date(2026, 2, 23), date(2026, 2, 23)),
    ("Международный женский день", date(2026, 3, 8), date(2026, 3, 9)),
    ("Весенние каникулы", date(2026, 3, 28), date(2026, 4, 5)),
    ("Праздник Весны и Труда", date(2026, 5, 1), date(2026, 5, 1)),
    ("День Победы", date(2026, 5, 9), date(2026, 5, 11)),
    ("Летние каникулы", date(2026, 5, 27), YEAR_ENDS),
)

FIRST_GRADE_HOLIDAYS = ("Дополнительные каникулы первоклассников", date(2026, 2, 14), date(2026, 2, 22))

FROSTY_DAY = date(2026, 1, 21)
"""Too cold for the primary school: its lessons are cancelled (in Siberia an «актированный день»)."""

BELLS: dict[int, tuple[str, tuple[str, ...]]] = {
    1: ("Первая смена", ("07:10", "08:00", "08:50", "09:45", "10:45", "11:40", "12:30", "13:20")),
    2: ("Вторая смена", ("13:20", "14:10", "15:00", "15:55", "16:50", "17:40", "18:30")),
}
"""When lesson 0, 1, 2… of each shift begins. From lesson 1 on, the shifts do not overlap."""

LESSON = timedelta(minutes=40)
MOST_LESSONS = {1: 7, 2: 6}


@dataclass(frozen=True)
class Bell:
    """Times of one lesson."""

    starts_at: time
    ends_at: time


def _bell(start: str) -> Bell:
    begins = datetime.combine(YEAR_STARTS, time.fromisoformat(start))
    return Bell(begins.time(), (begins + LESSON).time())


BELL = {(shift, number): _bell(start) for shift, (_, starts) in BELLS.items() for number, start in enumerate(starts)}


def at(day: date, hour: time) -> datetime:
    """A moment of the school's own time."""
    return datetime.combine(day, hour, ZONE)


TAUGHT_BY = {date(2026, 2, 28): 1}
"""A Saturday on which everybody is taught by Monday's timetable, the week before having lost its own (6.1)."""
TRANSFERRED_ON = date(2026, 2, 16)
"""When that was entered: in time (6.6)."""


def working_days(days: Iterable[date]) -> WorkingDays:
    """The school's working days, as far as its lessons go back."""
    return WorkingDays(worked=TAUGHT_BY.keys() & set(days))


def weekday_on(day: date) -> int:
    """By which weekday's timetable a day is taught, from 0."""
    return TAUGHT_BY.get(day, day.isoweekday()) - 1


def is_school_day(day: date) -> bool:
    """Whether a school with a six-day week has lessons."""
    return (
        YEAR_STARTS <= day <= LESSONS_END
        and day.weekday() < 6
        and not any(starts <= day <= ends for _, starts, ends in HOLIDAYS)
    )


def has_lessons(grade: int, day: date) -> bool:
    """Whether a grade has lessons on a school day."""
    _, starts_on, ends_on = FIRST_GRADE_HOLIDAYS
    return grade > 1 or not starts_on <= day <= ends_on


def school_days(weeks: int | None) -> list[date]:
    """Days with lessons; given a number of weeks, only from the Monday so many weeks ago, today's week counting."""
    first = YEAR_STARTS
    if weeks is not None:
        first = max(first, DEMO_TODAY - timedelta(days=DEMO_TODAY.weekday() + 7 * (weeks - 1)))
    span = (first + timedelta(days=n) for n in range((LESSONS_END - first).days + 1))
    return [day for day in span if is_school_day(day)]


def add_year(rows: Rows, days: Collection[date]) -> None:
    """The year (number 0), its periods, holidays, moved days and bells."""
    year = rows.add("academic_year", name="2025/2026", starts_on=YEAR_STARTS, ends_on=YEAR_ENDS)
    for kind, number, name, starts_on, ends_on in PERIODS:
        rows.add("period", year_id=year, kind=kind, number=number, name=name, starts_on=starts_on, ends_on=ends_on)
    for name, starts_on, ends_on in HOLIDAYS:
        rows.add("holiday", year_id=year, name=name, starts_on=starts_on, ends_on=ends_on)
    name, starts_on, ends_on = FIRST_GRADE_HOLIDAYS
    rows.add("holiday", year_id=year, name=name, starts_on=starts_on, ends_on=ends_on, grades=[1])
    for day in sorted(working_days(days).worked):
        entered = at(TRANSFERRED_ON, time(15))
        weekday = TAUGHT_BY[day]
        rows.add("day_transfer", year_id=year, weekday=weekday, to_date=day, recorded_at=entered, changed_at=entered)
    for shift, (name, starts) in BELLS.items():
        set_at = at(YEAR_STARTS, time(8))
        schedule = rows.add("bell_schedule", year_id=year, name=name, shift=shift, changed_at=set_at)
        for number in range(len(starts)):
            bell = BELL[shift, number]
            rows.add("bell", schedule_id=schedule, number=number, starts_at=bell.starts_at, ends_at=bell.ends_at)
