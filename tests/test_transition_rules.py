"""What a new year takes from the old one, without a database."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.curriculum import usual_holidays, usual_periods
from rules.movement_transition import Span as Days
from rules.movement_transition import (
    TransitionStep,
    carried_days,
    check_next_step,
    following_year,
    is_complete,
    next_grade,
    year_name,
)
from rules.refusals import Refusal

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


@given(YEARS)
def test_usual_days_are_carried_whole(begins: int) -> None:
    """Periods and holidays of a usual year stay in order, inside the year, and on their weekdays."""
    into = school_year(begins + 1)
    for old in (
        [Days(first, last) for kind, _, _, first, last in usual_periods(begins) if kind == "quarter"],
        [Days(first, last) for _, first, last in usual_holidays(begins)],
    ):
        new = carried_days(old, into)
        assert all(new)
        found = [each for each in new if each]
        assert all(into.starts_on <= each.starts_on <= each.ends_on <= into.ends_on for each in found)
        assert all(one.ends_on < other.starts_on for one, other in pairwise(found))
        for before, after in zip(old, found, strict=True):
            assert after.ends_on.weekday() == before.ends_on.weekday()
            assert after.starts_on in (into.starts_on, before.starts_on + timedelta(weeks=52))


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
