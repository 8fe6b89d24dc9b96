"""The rules of figures of daily marks: golden figures, what is shown of others, days and months (10.1)."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from rules.journal import MARK_VALUES
from rules.refusals import Refusal
from rules.report_daily import (
    NOBODY,
    DailyCounts,
    DailyKind,
    DailyLeft,
    Others,
    check_days,
    daily_left_out,
    daily_value,
    day_groups,
    months,
    tally,
    together,
)
from rules.report_figures import rounded

GOLDEN = [("5", 5, 1), ("5", 5, 3), ("4", 4, 2), ("3", 3, 1), ("2", 2, 4), ("1", 1, 1)] + [
    (word, None, 5) for word in ("н/а", "зач.", "незач.", "осв.", ".")
]
"""Six numbers, 20 in sum; of 12 in weights, 5 + 15 + 8 + 3 + 8 + 1 = 40."""


def test_a_golden_case() -> None:
    counts = tally(GOLDEN)
    assert counts == DailyCounts(2, 1, 1, 2, 1, 1, 1, 1, 1, total=20, heavy=40, weights=12)
    assert (counts.numbers, counts.counted) == (6, 7)
    assert {kind: rounded(daily_value(kind, counts)) for kind in DailyKind} == {
        DailyKind.SUCCESS: Decimal("57.14"),
        DailyKind.QUALITY: Decimal("42.86"),
        DailyKind.AVERAGE: Decimal("3.33"),
        DailyKind.WEIGHTED: Decimal("3.33"),
    }
    assert daily_value(DailyKind.WEIGHTED, tally([("5", 5, 3), ("2", 2, 1)])) == Fraction(17, 4)


@pytest.mark.parametrize("kind", DailyKind)
def test_nothing_counted_is_no_figure(kind: DailyKind) -> None:
    assert daily_value(kind, tally((word, None, 1) for word in ("зач.", "осв.", "."))) is None


@pytest.mark.parametrize("kind", DailyKind)
def test_what_is_left_out_changes_no_figure(kind: DailyKind) -> None:
    """And what is not, does: each word of the domain either way."""
    before = daily_value(kind, tally(GOLDEN[:4]))
    for word in MARK_VALUES:
        number = int(word) if word.isdecimal() else None
        after = daily_value(kind, tally([*GOLDEN[:4], (word, number, 1), (word, number, 1)]))
        left = daily_left_out(kind, word)
        is_mean = kind in (DailyKind.AVERAGE, DailyKind.WEIGHTED)
        assert (left is None) is (number is not None or (word == "н/а" and not is_mean))
        if left is not None:
            assert after == before
        elif word in ("2", "1", "н/а"):
            assert after is not None
            assert before is not None
            assert after < before
    assert daily_left_out(DailyKind.AVERAGE, ".") is DailyLeft.OWED


def test_counts_add_up() -> None:
    assert tally(GOLDEN[:5]) + tally(GOLDEN[5:]) == tally(GOLDEN)


def of(others: int) -> Others:
    """So many others, with a 4 and a 5 each."""
    return Others(others, tally([("4", 4, 1), ("5", 5, 3)] * max(others, 1)))


@pytest.mark.parametrize(("others", "shown"), [(0, None), (4, None), (5, Decimal("4.5")), (20, Decimal("4.5"))])
def test_a_class_of_few_is_not_shown(others: int, shown: Decimal | None) -> None:
    assert of(others).shown(DailyKind.AVERAGE) == shown
    assert of(others).shown(DailyKind.WEIGHTED) == (shown and Decimal("4.8"))
    assert of(others).shown(DailyKind.QUALITY) == (shown and Decimal("100.0"))


def test_a_parallel_tells_nothing_of_a_class_of_few() -> None:
    """From the parallel's figure and the class's nobody learns what one to four of another class have."""
    assert together(of(10), []) == of(10)
    assert together(of(10), [of(5)]).others == 15
    assert together(of(10), [of(2), of(3)]).others == 15
    for few in range(1, 5):
        assert together(of(10), [of(few)]) == NOBODY


def test_days() -> None:
    first, last = date(2026, 1, 31), date(2026, 3, 1)
    assert check_days(first, last) == (first, last)
    assert months(first, last) == [
        (date(2026, 1, 1), date(2026, 1, 31)),
        (date(2026, 2, 1), date(2026, 2, 28)),
        (date(2026, 3, 1), date(2026, 3, 31)),
    ]
    assert months(date(2025, 12, 31), date(2025, 12, 31)) == [(date(2025, 12, 1), date(2025, 12, 31))]


@pytest.mark.parametrize(
    ("since", "until", "field"),
    [
        (None, date(2026, 1, 1), "from"),
        (date(2026, 1, 1), None, "until"),
        (date(2026, 1, 2), date(2026, 1, 1), "until"),
        (date(2026, 8, 31), date(2026, 9, 1), "until"),
    ],
)
def test_bad_days(since: date | None, until: date | None, field: str) -> None:
    with pytest.raises(Refusal) as refused:
        check_days(since, until)
    assert refused.value.field == field


@pytest.mark.parametrize("count", [0, 1, 24, 25, 49, 100])
def test_columns_of_days_fit_their_pages(count: int) -> None:
    pages = day_groups(range(count), 24)
    assert [day for page in pages for day in page] == list(range(count))
    assert all(len(page) <= 24 for page in pages)
    assert max(map(len, pages)) - min(map(len, pages)) <= 1
