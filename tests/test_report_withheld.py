"""What an analyst's report withholds, and what nobody finds out by asking twice (4.1, 10.7)."""

from collections import defaultdict
from itertools import chain, combinations, product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.report_constructor import FEWEST_PEOPLE
from rules.report_constructor_withheld import told_apart, withheld


def hidden_of(people: list[list[int]]) -> list[set[int]]:
    """What is withheld of groups by one key."""
    return withheld(people, [(at,) for at in range(len(people))])


def test_no_single_figure_is_found_by_subtraction() -> None:
    assert hidden_of([[30], [20], [10]]) == [set(), set(), set()]
    assert hidden_of([[30], [4], [10]]) == [set(), {0}, {0}]
    assert hidden_of([[30], [1], [1], [10]]) == [set(), {0}, {0}, {0}]
    assert hidden_of([[30], [3], [2], [10]]) == [set(), {0}, {0}, set()]
    assert hidden_of([[30, 4], [20, 4]]) == [{1}, {1}]
    assert hidden_of([[4]]) == [{0}]
    assert hidden_of([[0]]) == [{0}]
    assert hidden_of([]) == []


def test_nor_from_the_sum_of_a_row_or_a_column() -> None:
    """By class and sex: the sum of a class, or of a sex, may be asked for as well."""
    keys = [(name, sex) for name in "АБВ" for sex in "жм"]
    found = withheld([[4], [20], [10], [12], [30], [31]], keys)
    assert [bool(each) for each in found] == [True, True, True, True, False, False]


PEOPLE_OF_GROUPS = st.dictionaries(st.tuples(st.sampled_from("АБВГ"), st.sampled_from("жм")), st.integers(0, 30))


@given(PEOPLE_OF_GROUPS)
def test_what_is_withheld_of_a_sum_is_enough_together(people: dict[tuple[str, str], int]) -> None:
    keys = sorted(people)
    hidden = dict(zip(keys, map(bool, withheld([[people[key]] for key in keys], keys)), strict=True))
    assert all(hidden[key] for key in keys if people[key] < FEWEST_PEOPLE)
    sums = [keys, *([key for key in keys if key[at] == each] for at in (0, 1) for each in {key[at] for key in keys})]
    for summed in sums:
        few = [people[key] for key in summed if hidden[key]]
        if few and len(few) < len(summed):
            assert len(few) >= 2
            assert sum(few) >= FEWEST_PEOPLE
    if all(each >= FEWEST_PEOPLE for each in people.values()):
        assert not any(hidden.values())


GROUP = st.sets(st.integers(0, 12), min_size=1)


@given(st.dictionaries(st.tuples(st.sampled_from("АБВ"), st.sampled_from("жм"), st.sampled_from("12")), GROUP))
def test_nor_are_those_enough_who_are_in_several_groups(people: dict[tuple[str, ...], set[int]]) -> None:
    """Who is absent by three reasons stands in three groups: what is withheld together is still of five people."""
    keys = sorted(people)
    hidden = dict(zip(keys, map(bool, withheld([[len(people[key])] for key in keys], keys, once=False)), strict=True))
    for size in range(3):
        for kept in combinations(range(3), size):
            for line in {tuple(key[at] for at in kept) for key in keys}:
                summed = [key for key in keys if tuple(key[at] for at in kept) == line]
                few = [people[key] for key in summed if hidden[key]]
                if few and len(few) < len(summed):
                    assert len(few) >= 2
                    assert len(set().union(*few)) >= FEWEST_PEOPLE


TRAITS = {"class": "АБ", "sex": "жм", "year": "123"}
Person = tuple[str, str, str]


def questions(people: list[Person]) -> list[tuple[frozenset[str], frozenset[int]]]:
    """Whom each figure that is shown rests on, with the traits by which it was asked: of every question that sets a
    trait, leaves it out, or says which of its values are wanted.
    """
    found = []
    names = list(TRAITS)
    asked = [[None, "group", *chain(*(combinations(of, n) for n in range(1, len(of))))] for of in TRAITS.values()]
    for of in product(*asked):
        groups = [at for at, each in enumerate(of) if each == "group"]
        telling = [at for at, each in enumerate(of) if isinstance(each, tuple)]

        def admits(person: Person, of: Any = of, telling: list[int] = telling) -> bool:
            return all(person[at] in of[at] for at in telling)

        parts: dict[Any, set[int]] = defaultdict(set)
        cells: dict[Any, set[int]] = defaultdict(set)
        for number, person in enumerate(people):
            if admits(person):
                parts[tuple(person[at] for at in groups)].add(number)
            cells[tuple(person[at] for at in (*groups, *telling))].add(number)
        rows, keys = list(parts), list(cells)
        hidden = withheld([[len(parts[row])] for row in rows], rows)
        chosen = [admits(people[next(iter(cells[key]))]) for key in keys]
        told = told_apart([[len(cells[key])] for key in keys], keys, chosen, len(groups), once=True)
        traits = frozenset(names[at] for at in (*groups, *telling))
        for row, without in zip(rows, hidden, strict=True):
            if not (without or (telling and row in told)):
                found.append((traits, frozenset(parts[row])))
    return found


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(*(st.sampled_from(each) for each in TRAITS.values())), max_size=60))
def test_no_two_questions_tell_of_few_by_their_difference(people: list[Person]) -> None:
    """Whoever leaves a condition out, turns it round or moves its bound learns of nobody, or of five at least."""
    shown = set(questions(people))
    assert all(len(each) >= FEWEST_PEOPLE for _, each in shown)
    for one, of_one in shown:
        for other, of_other in shown:
            if one <= other and of_other < of_one:
                assert len(of_one - of_other) >= FEWEST_PEOPLE, (one, other)
