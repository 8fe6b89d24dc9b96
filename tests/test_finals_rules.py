"""What is proposed: exact at halves, the same in any order, and never more than the marks say."""

import re
from datetime import date, timedelta
from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.journal_finals import (
    CLAUSE,
    EXEMPT,
    FINAL_VALUES,
    NOT_ATTESTED,
    NOT_PASSED,
    PASSED,
    FinalKind,
    FinalState,
    MarkRule,
    Tally,
    check_begun,
    differs,
    proposal_formula,
    propose_final,
    propose_period,
    propose_secondary,
    propose_year,
    rounded,
    state_of,
)
from rules.refusals import Refusal, RefusalCode

MARKS = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 100)), min_size=1, max_size=40)
WORDS = st.sampled_from(("5", "4", "3", "2", "1", PASSED, NOT_PASSED, EXEMPT, ".", NOT_ATTESTED))
RULES = st.builds(MarkRule, st.integers(1, 99), st.booleans(), st.integers(0, 30))


def tally(marks: list[tuple[str, int]]) -> Tally:
    """What a list of marks adds up to, counted word by word."""
    numbers = [(int(value), weight) for value, weight in marks if value.isdigit()]
    return Tally(
        len(numbers),
        sum(value for value, _ in numbers),
        sum(value * weight for value, weight in numbers),
        sum(weight for _, weight in numbers),
        *(sum(value == word for value, _ in marks) for word in (PASSED, NOT_PASSED, EXEMPT)),
    )


@given(MARKS, RULES)
def test_a_mark_is_the_average_rounded_at_the_threshold(marks: list[tuple[int, int]], rule: MarkRule) -> None:
    """Held against fractions: no float, no half that falls to the wrong side."""
    weights = [weight if rule.weighted else 1 for _, weight in marks]
    exact = Fraction(sum(value * weight for (value, _), weight in zip(marks, weights, strict=True)), sum(weights))
    whole, rest = divmod(exact, 1)
    expected = whole + (rest >= Fraction(rule.round_up_from, 100))
    found = propose_period(tally([(str(value), weight) for value, weight in marks]), rule)
    assert found == (NOT_ATTESTED if len(marks) < rule.fewest else str(expected))


@given(st.lists(st.tuples(WORDS, st.integers(1, 9)), max_size=12), RULES, st.randoms(use_true_random=False))
def test_order_does_not_matter(marks: list[tuple[str, int]], rule: MarkRule, rng: object) -> None:
    mixed = list(marks)
    rng.shuffle(mixed)  # type: ignore[attr-defined]
    assert propose_period(tally(mixed), rule) == propose_period(tally(marks), rule)


@given(st.lists(st.sampled_from(FINAL_VALUES), min_size=1, max_size=4), st.integers(1, 99))
def test_a_year_goes_by_all_its_periods(values: list[str], threshold: int) -> None:
    found = {propose_year(list(each), threshold) for each in permutations(values)}
    assert len(found) == 1, "in whatever order"
    (year,) = found
    assert year in FINAL_VALUES
    if numbers := [int(value) for value in values if value.isdigit()]:
        assert year is not None
        assert min(numbers) <= int(year) <= max(numbers)
    for gap in range(len(values)):
        assert propose_year([*values[:gap], None, *values[gap + 1 :]], threshold) is None


@pytest.mark.parametrize(
    ("total", "weight", "threshold", "mark"),
    [
        *((7, 2, 50, "4"), (7, 2, 51, "3"), (5, 2, 50, "3"), (249, 100, 50, "2"), (250, 100, 50, "3")),
        *((18, 5, 60, "4"), (359, 100, 60, "3"), (16, 3, 50, "5"), (20, 4, 1, "5"), (401, 100, 1, "5")),
    ],
)
def test_exact_halves(total: int, weight: int, threshold: int, mark: str) -> None:
    assert rounded(total, weight, threshold) == mark


@pytest.mark.parametrize(
    ("marks", "rule", "proposed"),
    [
        ("", MarkRule(), NOT_ATTESTED),
        ("", MarkRule(fewest=0), None),
        ("5 5", MarkRule(), NOT_ATTESTED),
        ("5 5 4", MarkRule(), "5"),
        ("5 5 .", MarkRule(), NOT_ATTESTED),
        ("осв. осв.", MarkRule(), EXEMPT),
        ("осв. осв.", MarkRule(fewest=0), EXEMPT),
        ("осв. 5", MarkRule(), NOT_ATTESTED),
        ("зач. зач. незач.", MarkRule(), PASSED),
        ("зач. незач.", MarkRule(fewest=2), NOT_PASSED),
        ("5 зач. зач.", MarkRule(), "5"),
    ],
)
def test_words(marks: str, rule: MarkRule, proposed: str | None) -> None:
    assert propose_period(tally([(value, 1) for value in marks.split()]), rule) == proposed


@pytest.mark.parametrize(
    ("year", "exam", "final"),
    [
        *((None, "5", None), ("4", None, "4"), ("4", "5", "5"), ("3", "4", "4"), ("5", "2", "4"), ("2", "2", "2")),
        *(("4", NOT_ATTESTED, None), ("4", NOT_PASSED, None), ("4", EXEMPT, "4"), ("4", PASSED, "4")),
        *((PASSED, "5", PASSED), (NOT_ATTESTED, "5", NOT_ATTESTED), (EXEMPT, None, EXEMPT)),
    ],
)
def test_a_final_mark_is_the_mean_with_the_exam(year: str | None, exam: str | None, final: str | None) -> None:
    assert propose_final(year, exam) == final


def test_a_secondary_schools_final_mark_goes_by_two_years() -> None:
    assert propose_secondary(None, ["5"] * 6) is None
    assert propose_secondary("4", ["4", "5", "5", "4", "4", "4"]) == "4"
    assert propose_secondary("4", ["4", "5", "5", "5", "4", "4"]) == "5", "26 : 6 is less, 27 : 6 a half"
    assert propose_secondary(EXEMPT, [EXEMPT]) == EXEMPT


def by_its_words(formula: str, found: Tally) -> str | None:
    """A period's mark, as whoever reads the formula would make it."""
    said = re.fullmatch(
        r"(.+), вверх от доли 0,(\d\d); (?:меньше (\d+) отметок и зачётов — «н/а»; )?без чисел — «зач\.», если их "
        r"больше, чем «незач\.», иначе «незач\.»; одни «осв\.» — «осв\.»",
        formula,
    )
    assert said
    mean, upwards, fewest = said.groups()
    given = found.counted + found.passed + found.failed
    if found.exempt and not given:
        return EXEMPT
    if given < int(fewest or 0):
        return NOT_ATTESTED
    if found.counted:
        means = {
            "Σ(отметка · вес) / Σ вес": Fraction(found.heavy, found.weight),
            "сумма отметок-чисел / их число": Fraction(found.total, found.counted),
        }
        whole, part = divmod(means[mean], 1)
        return str(whole + (part >= Fraction(int(upwards), 100)))
    return (PASSED if found.passed > found.failed else NOT_PASSED) if given else None


@given(st.lists(st.tuples(WORDS, st.integers(1, 100)), max_size=12), RULES)
def test_the_formula_says_what_is_proposed(marks: list[tuple[str, int]], rule: MarkRule) -> None:
    formula = proposal_formula(FinalKind.PERIOD, 5, rule)
    assert formula
    assert by_its_words(formula, tally(marks)) == propose_period(tally(marks), rule)


def test_other_kinds_have_formulas_of_their_own() -> None:
    rule = MarkRule(60, False, 4)
    year = proposal_formula(FinalKind.YEAR, 11, rule)
    assert year
    assert "сумма отметок-чисел за периоды / их число, вверх от доли 0,60; без чисел" in year
    final, secondary = (proposal_formula(FinalKind.FINAL, grade, rule) for grade in (9, 11))
    assert final
    assert secondary
    assert "(годовая + экзаменационная) / 2, вверх от доли 0,50" in final
    assert "за год в 10 и 11 классах / их число, вверх от доли 0,50" in secondary
    assert proposal_formula(FinalKind.EXAM, 9, rule) is None


def test_three_facts_are_kept_apart() -> None:
    facts = {state_of(None), state_of(NOT_ATTESTED), state_of(EXEMPT)}
    assert facts == {FinalState.NOT_SET, FinalState.NOT_ATTESTED, FinalState.EXEMPT}
    assert {state_of(value) for value in FINAL_VALUES} == set(FinalState) - {FinalState.NOT_SET}


def test_a_difference_needs_two_sides() -> None:
    assert differs("5", "4")
    assert not differs("5", "5")
    assert not differs("5", None)
    assert not differs(None, "5")


@pytest.mark.parametrize("kind", FinalKind)
def test_what_has_not_begun_gets_no_mark(kind: FinalKind) -> None:
    """A period by 7.7, a year by 7.9, and each is called what it is."""
    day = date(2026, 9, 1)
    check_begun(day, day, kind, "at")
    with pytest.raises(Refusal) as refused:
        check_begun(day, day - timedelta(days=1), kind, "at")
    of = refused.value
    assert (of.code, of.field, of.clause) == (RefusalCode.PERIOD_NOT_BEGUN, "at", CLAUSE[kind])
    assert of.message.startswith("Период начнётся" if kind is FinalKind.PERIOD else "Учебный год начнётся")
