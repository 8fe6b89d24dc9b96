"""What a new year takes from the old one, without a database."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.curriculum import usual_holidays, usual_periods
from rules.movement_transition import Span as Days
from rules.movement_transition import (
    TransitionStep,
    carried_days,
    carried_holidays,
    check_next_step,
    following_year,
    is_complete,
    next_grade,
    year_name,
)
from rules.refusals import Refusal
from server.demo_year import HOLIDAYS

YEARS = st.integers(2015, 2060)


def school_year(begins: int) -> Days:
    return Days(date(begins, 9, 1), date(begins + 1, 8, 31))


@given(YEARS)
def test_the_next_year_follows_without_a_gap(begins: int) -> None:
    assert following_year(school_year(begins)) == school_year(begins + 1)
    assert year_name(date(begins, 9, 1)) == f"{begins}/{begins + 1}"


def days_of(span: Days) -> set[date]:
    return {span.starts_on + timedelta(days=n) for n in range((span.ends_on - span.starts_on).days + 1)}


def test_grades_go_on() -> None:
    assert {grade: next_grade(grade) for grade in range(1, 12)} == {
        **{grade: grade + 1 for grade in (*range(1, 9), 10)},
        9: None,
        11: None,
    }


@settings(deadline=None)  # the official calendar is read when it is first asked
@given(YEARS)
def test_usual_days_are_carried_whole(begins: int) -> None:
    """Periods and holidays of a usual year stay in order, inside the year, and on their weekdays."""
    into = school_year(begins + 1)
    holidays = [Days(first, last) for _, first, last in usual_holidays(begins)]
    for old, new in (
        (
            periods := [Days(first, last) for kind, _, _, first, last in usual_periods(begins) if kind == "quarter"],
            carried_days(periods, into),
        ),
        (holidays, carried_holidays([(span, None) for span in holidays], into)),
    ):
        assert all(new)
        found = [each for each in new if each]
        assert all(into.starts_on <= each.starts_on <= each.ends_on <= into.ends_on for each in found)
        assert all(one.ends_on < other.starts_on for one, other in pairwise(found))
        for before, after in zip(old, found, strict=True):
            assert after.ends_on.weekday() == before.ends_on.weekday()
            assert after.starts_on in (into.starts_on, before.starts_on + timedelta(weeks=52))


def test_public_holidays_keep_their_dates() -> None:
    """The demo's holidays a year on: its own on their weekdays, the public ones as the official calendar has them."""
    into = school_year(2026)
    carried = carried_holidays([(Days(first, last), None) for _, first, last in HOLIDAYS], into)
    found = {
        name: (days.starts_on.isoformat(), days.ends_on.isoformat())
        for (name, *_), days in zip(HOLIDAYS, carried, strict=True)
        if days
    }
    assert found == {
        "Осенние каникулы": ("2026-10-24", "2026-11-01"),
        "День народного единства": ("2026-11-04", "2026-11-04"),
        "Зимние каникулы": ("2026-12-30", "2027-01-10"),
        "День защитника Отечества": ("2027-02-23", "2027-02-23"),
        "Международный женский день": ("2027-03-08", "2027-03-08"),
        "Весенние каникулы": ("2027-03-27", "2027-04-04"),
        "Праздник Весны и Труда": ("2027-05-01", "2027-05-01"),
        "День Победы": ("2027-05-09", "2027-05-10"),
        "Летние каникулы": ("2027-05-26", "2027-08-31"),
    }


SPANS = st.tuples(st.dates(date(2025, 9, 1), date(2026, 8, 31)), st.integers(0, 20)).map(
    lambda drawn: Days(drawn[0], min(drawn[0] + timedelta(days=drawn[1]), date(2026, 8, 31)))
)


@settings(deadline=None)
@given(st.lists(st.tuples(SPANS, st.none() | st.sets(st.integers(1, 11), min_size=1).map(sorted)), max_size=6))
def test_carried_holidays_never_fall_on_each_other(drawn: list[tuple[Days, list[int] | None]]) -> None:
    """What no grade had twice it does not have twice a year on, and all of it lies in the year."""
    into = school_year(2026)
    holidays: list[tuple[Days, list[int] | None]] = []
    for span, grades in drawn:
        if not any(days_of(span) & days_of(other) and shared(grades, theirs) for other, theirs in holidays):
            holidays.append((span, grades))
    carried = [
        (days, grades) for days, (_, grades) in zip(carried_holidays(holidays, into), holidays, strict=True) if days
    ]
    for place, (days, grades) in enumerate(carried):
        assert into.starts_on <= days.starts_on <= days.ends_on <= into.ends_on
        assert not any(days_of(days) & days_of(other) and shared(grades, theirs) for other, theirs in carried[:place])


def shared(one: list[int] | None, other: list[int] | None) -> bool:
    return one is None or other is None or bool({*one} & {*other})


@given(st.lists(st.tuples(st.dates(date(2025, 6, 1), date(2026, 12, 31)), st.integers(0, 60)), max_size=8))
def test_days_outside_the_year_are_left_out(drawn: list[tuple[date, int]]) -> None:
    into = school_year(2026)
    spans = [Days(begins, begins + timedelta(days=length)) for begins, length in drawn]
    for old, new in zip(spans, carried_days(spans, into), strict=True):
        moved = {day + timedelta(weeks=52) for day in days_of(old)}
        inside = {day for day in moved if into.starts_on <= day <= into.ends_on}
        kept = (
            {new.starts_on + timedelta(days=n) for n in range((new.ends_on - new.starts_on).days + 1)} if new else set()
        )
        assert kept == inside


def test_steps_come_in_their_order() -> None:
    done: set[TransitionStep] = set()
    for step in TransitionStep:
        for later in list(TransitionStep)[list(TransitionStep).index(step) + 1 :]:
            with pytest.raises(Refusal) as refused:
                check_next_step(done, later)
            assert (refused.value.code, refused.value.field, refused.value.clause) == (
                "STEP_OUT_OF_TURN",
                "step",
                "12.1",
            )
        assert not is_complete(done)
        assert check_next_step(done, step) is False
        done.add(step)
        assert check_next_step(done, step) is True
    assert is_complete(done)
