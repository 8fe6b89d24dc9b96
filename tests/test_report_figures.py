"""The formulas of reports, by hand-computed examples and by what must hold of any counts (10.1)."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.report_figures import counts_of
from rules.journal_finals import FINAL_VALUES
from rules.report_figures import Counts, FigureKind, Left, left_out, rounded, value_of

GOLDEN = Counts(fives=5, fours=10, threes=8, twos=1, not_attested=1, total=5 * 5 + 4 * 10 + 3 * 8 + 2)
"""Twenty-five students: 92 % pass, 60 % are good, СОУ 58,04 %."""

some_counts = st.builds(Counts, *[st.integers(0, 40)] * 10).map(
    lambda each: replace(each, total=5 * each.fives + 4 * each.fours + 3 * each.threes + 2 * each.twos)
)


def shown(counts: Counts) -> list[Decimal | None]:
    return [rounded(value_of(kind, counts)) for kind in FigureKind]


def test_the_golden_example() -> None:
    assert GOLDEN.counted == 25
    assert shown(GOLDEN) == [Decimal("92.00"), Decimal("60.00"), Decimal("58.04"), Decimal("3.79")]


def test_one_more_who_is_exempt_changes_nothing() -> None:
    assert shown(replace(GOLDEN, exempt=1)) == shown(GOLDEN)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        (Counts(), [None, None, None, None]),
        (Counts(exempt=3, unmarked=4, passed=2, failed=1, left=1), [None, None, None, None]),
        (Counts(not_attested=2), [Decimal(0), Decimal(0), Decimal(7), None]),
        (Counts(fives=1, total=5), [Decimal(100), Decimal(100), Decimal(100), Decimal(5)]),
        (Counts(twos=1, total=1), [Decimal(0), Decimal(0), Decimal(16), Decimal(1)]),
        (Counts(threes=1, twos=2, total=7), [Decimal("33.33"), Decimal(0), Decimal("22.67"), Decimal("2.33")]),
        # 1 of 8 and 4.125: a half goes up.
        (Counts(fives=1, fours=7, total=33), [Decimal(100), Decimal(100), Decimal("68.50"), Decimal("4.13")]),
    ],
)
def test_by_hand(counts: Counts, expected: list[Decimal | None]) -> None:
    assert shown(counts) == expected


@given(some_counts, some_counts)
def test_what_must_hold(one: Counts, other: Counts) -> None:
    both = one + other
    assert both.counted == one.counted + other.counted
    assert both.students == one.students + other.students
    for kind in FigureKind:
        parts = [(value_of(kind, each), each) for each in (one, other)]
        weigh = [each.numbers if kind is FigureKind.AVERAGE else each.counted for _, each in parts]
        weighed = [value * weight for (value, _), weight in zip(parts, weigh, strict=True) if value is not None]
        assert value_of(kind, both) == (Fraction(sum(weighed), sum(weigh)) if sum(weigh) else None)
    success, quality, learning, average = (value_of(kind, one) for kind in FigureKind)
    if success is not None and quality is not None and learning is not None:
        assert 0 <= quality <= success <= 100
        assert 7 * bool(one.counted) <= learning <= 100
    assert average is None or 1 <= average <= 5


@given(some_counts, st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))
def test_whoever_is_left_out_changes_no_figure(counts: Counts, exempt: int, unmarked: int, left: int) -> None:
    more = replace(counts, exempt=counts.exempt + exempt, unmarked=counts.unmarked + unmarked, left=counts.left + left)
    assert shown(more) == shown(counts)


@pytest.mark.parametrize("kind", FigureKind)
@pytest.mark.parametrize("value", [*FINAL_VALUES, None])
@pytest.mark.parametrize("there", [True, False])
def test_who_is_left_out(kind: FigureKind, value: str | None, there: bool) -> None:
    """And only what is left out: it changes no figure, and each other mark is one more that the figure divides by."""
    expected = {"осв.": Left.EXEMPT, None: Left.UNMARKED, "зач.": Left.UNGRADED, "незач.": Left.UNGRADED}
    if kind is FigureKind.AVERAGE:
        expected["н/а"] = Left.NO_NUMBER
    assert left_out(kind, value, there) == (expected.get(value) if there else Left.LEFT)
    before = value_of(kind, GOLDEN)
    assert before is not None
    number = int(value) if value and value.isdigit() else 0
    worth = {
        FigureKind.SUCCESS: 100 * (number >= 3),
        FigureKind.QUALITY: 100 * (number >= 4),
        FigureKind.LEARNING: {5: 100, 4: 64, 3: 36, 2: 16, 1: 16, 0: 7}[number],
        FigureKind.AVERAGE: number,
    }[kind]
    many = GOLDEN.numbers if kind is FigureKind.AVERAGE else GOLDEN.counted
    one_more = (before * many + worth) / (many + 1)
    after = value_of(kind, GOLDEN + counts_of([(value, there, 1)]))
    assert after == (before if left_out(kind, value, there) else one_more)
