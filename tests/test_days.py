"""Working days by the official calendar and the school's own transfers."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.days import WorkingDays, is_official_holiday, is_official_working_day

DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2025, 9, 1), True),
        (date(2025, 9, 6), False),
        (date(2025, 11, 1), True),  # a Saturday worked instead of Monday the 3rd
        (date(2025, 11, 3), False),
        (date(2025, 11, 4), False),
        (date(2026, 1, 9), False),
        (date(2026, 1, 12), True),
        (date(2026, 3, 9), False),
    ],
)
def test_the_official_calendar(day: date, works: bool) -> None:
    assert is_official_working_day(day) is works
    assert not (works and is_official_holiday(day))


def test_terms_pass_over_days_off() -> None:
    days = WorkingDays()
    assert days.after(date(2025, 10, 31), 3) == date(2025, 11, 6)  # 1, 5, 6 November
    assert days.before(date(2025, 11, 6), 3) == date(2025, 10, 31)
    assert days.after(date(2026, 5, 20), 0) == date(2026, 5, 20)


def test_the_schools_own_transfers_count() -> None:
    saturday, monday = date(2025, 10, 11), date(2025, 10, 13)
    days = WorkingDays(worked={saturday}, free={monday})
    assert days.works(saturday)
    assert not days.works(monday)
    assert days.after(date(2025, 10, 10), 1) == saturday
    assert days.after(saturday, 1) == date(2025, 10, 14)


@given(DAYS, st.integers(0, 40), st.sets(DAYS, max_size=5), st.sets(DAYS, max_size=5))
def test_a_term_counts_its_working_days(day: date, count: int, worked: set[date], free: set[date]) -> None:
    days = WorkingDays(worked, free)
    end = days.after(day, count)
    passed = [day + timedelta(days=n) for n in range(1, (end - day).days + 1)]
    assert sum(map(days.works, passed)) == count
    assert not count or days.works(end)
    begin = days.before(day, count)
    assert sum(days.works(begin + timedelta(days=n)) for n in range((day - begin).days)) == count
