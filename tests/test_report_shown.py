"""What whoever reads without names is shown of a composed report, and what cannot be found out by it (4.1, 10.7)."""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple
from decimal import Decimal
from fractions import Fraction
from itertools import combinations, product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.report_figures import counts_of, holders_of
from resolvers.report_shown import Shown
from rules.report_attendance import AttendanceCounts
from rules.report_constructor import ReportFunction
from rules.report_constructor_shown import share, shown
from rules.report_figures import Counts, FigureKind, value_of
from rules.report_shown import FEWEST_PEOPLE, marks, moves, nearest, people, step

PEOPLE, SUM = ReportFunction.PEOPLE, ReportFunction.SUM


def size(people: int) -> int | None:
    """What is shown of a group of so many; None where it is not listed."""
    found = shown(PEOPLE, people, people)
    return None if found is None else int(found)


# One figure


def test_people_are_counted_by_fives() -> None:
    assert [size(n) for n in range(14)] == [*[None] * 5, 5, 5, 5, 10, 10, 10, 10, 10, 15]


@pytest.mark.parametrize(
    ("count", "movers", "told"),
    [(5, 3, 0), (40, 4, 0), (5, 5, 5), (7, 5, 5), (8, 8, 10), (0, 0, 0)],
)
def test_moves_of_few_are_none(count: int, movers: int, told: int) -> None:
    """However often they moved."""
    assert moves(count, movers) == told


def test_facts_are_counted_by_what_five_people_make_of_them() -> None:
    # 30 people have 1200 marks, each 40: to 200. Of 31 more than that are 41 each: to 205.
    assert (step(1200, 30), nearest(1200, 30), nearest(1299, 33)) == (200, 1200, 1200)
    assert (step(7, 30), nearest(7, 30), nearest(8, 30), nearest(0, 30)) == (5, 5, 10, 0)
    assert (step(8, 5), nearest(8, 5), nearest(4, 5)) == (10, 10, 5)
    assert shown(SUM, Decimal("120.5"), 24) == 120
    assert shown(SUM, Decimal("120.5"), 4) is None


def test_means_go_by_what_five_people_change_in_them() -> None:
    def told(of: str, people: int) -> str:
        return str(shown(ReportFunction.AVERAGE, Decimal(of), people))

    # Of five: whether all have «5» is not seen, nor that one has «4».
    assert [told(of, 5) for of in ("5", "4.8", "4.6", "4.5", "4.4")] == ["5.0", "5.0", "5.0", "5.0", "4.0"]
    assert [told(of, 8) for of in ("4.8", "4.75", "4.7", "3.2")] == ["5.0", "5.0", "4.5", "3.0"]
    assert [told(of, 25) for of in ("4.8", "4.71", "4.69")] == ["4.8", "4.8", "4.6"]
    assert [told(of, 30) for of in ("4.8", "4.7")] == ["4.8", "4.7"]
    assert [told(of, people) for of in ("3.449", "3.45", "4") for people in (50, 5000)] == [
        *("3.4", "3.4", "3.5", "3.5", "4.0", "4.0")
    ]


@given(
    st.lists(st.integers(1, 5), min_size=FEWEST_PEOPLE, max_size=80),
    st.integers(0, FEWEST_PEOPLE - 1).flatmap(lambda n: st.lists(st.sampled_from([-1, 1]), min_size=n, max_size=n)),
)
def test_a_mean_near_others(marks: list[int], changes: list[int]) -> None:
    """It is near, and fewer than five who have one more or less each move it by a step at most."""
    people = len(marks)
    exact, changed = (Fraction(sum(each), people) for each in (marks, [*marks, *changes]))
    told, moved = (shown(ReportFunction.AVERAGE, Decimal(float(each)), people) for each in (exact, changed))
    assert told is not None
    assert moved is not None
    of = max(Fraction(FEWEST_PEOPLE, size(people) or 1), Fraction(1, 10))
    slack = Fraction(1, 20) + Fraction(1, 10**9)
    assert abs(Fraction(told) - exact) <= of / 2 + slack
    assert abs(Fraction(moved) - Fraction(told)) <= of + 2 * slack


def test_shares_have_one_digit() -> None:
    assert (str(share(10, 30)), share(0, 30), share(10, 0), share(30, 25)) == ("33.3", 0, None, 100)
    assert shown(ReportFunction.AVERAGE, None, 0) is None


@given(st.sampled_from(ReportFunction), st.integers(0, 10**6), st.integers(0, FEWEST_PEOPLE - 1))
def test_nothing_is_shown_of_few(function: ReportFunction, figure: int, people: int) -> None:
    assert shown(function, figure, people) is None


@given(st.sampled_from([ReportFunction.LEAST, ReportFunction.MOST]), st.integers(), st.integers(FEWEST_PEOPLE, 999))
def test_nor_of_one(function: ReportFunction, figure: int, people: int) -> None:
    """An extreme is somebody's own, however many there are."""
    assert shown(function, figure, people) is None


@given(
    st.integers(0, 10**5) | st.decimals(0, 10**5, places=2),
    st.integers(FEWEST_PEOPLE, 2000),
    st.sampled_from([ReportFunction.COUNT, ReportFunction.COUNT_DISTINCT, SUM]),
)
def test_a_figure_is_near_and_a_multiple(figure: int | Decimal, people: int, function: ReportFunction) -> None:
    found, of = shown(function, figure, people), step(figure, people)
    assert isinstance(found, int)
    assert found % of == 0
    assert of % FEWEST_PEOPLE == 0
    assert abs(found - figure) * 2 <= of
    # Five people more or less make no more of it than a step, if they make as much as the others do.
    assert of * people >= FEWEST_PEOPLE * figure
    if figure >= people:
        assert found > 0, "what is listed is there"


@given(st.integers(FEWEST_PEOPLE, 2000))
def test_a_difference_of_few_is_lost(people: int) -> None:
    """Of whatever is shown there are schools with one more or one less, and of nobody shown five that are alike."""
    alike = [n for n in range(people - 5, people + 6) if n >= 0 and size(n) == size(people)]
    assert len(alike) >= 3
    assert len(alike) == 5 or size(people) == FEWEST_PEOPLE
    assert len({size(n) for n in range(FEWEST_PEOPLE)}) == 1


# Two figures, and a sum


def behind(figure: int | None) -> range:
    """How many there may be behind what is shown."""
    sizes = [n for n in range((figure or 0) + 10) if size(n) == figure]
    return range(sizes[0], sizes[-1] + 1)


@given(st.integers(FEWEST_PEOPLE, 500), st.integers(1, FEWEST_PEOPLE - 1))
def test_a_difference_of_two_figures_is_several(part: int, few: int) -> None:
    """Whoever asks with a condition and without it, or moves its bound, finds three numbers or more for the few."""
    whole, rest = behind(size(part + few)), behind(size(part))
    possible = {n for n in range(500) if whole[0] - rest[-1] <= n <= whole[-1] - rest[0]}
    assert few in possible
    assert len(possible) >= 3


@given(st.lists(st.integers(FEWEST_PEOPLE, 60), min_size=1, max_size=8), st.integers(1, FEWEST_PEOPLE - 1))
def test_a_sum_and_its_parts_tell_no_more(parts: list[int], few: int) -> None:
    """All of a class, and its groups but one. It may be known to be of four where all the roundings fall together."""
    whole, others = behind(size(sum(parts) + few)), [behind(size(each)) for each in parts]
    least, most = whole[0] - sum(each[-1] for each in others), whole[-1] - sum(each[0] for each in others)
    possible = [n for n in behind(None) if least <= n <= most]
    assert few in possible
    if len(possible) == 1:
        assert few == FEWEST_PEOPLE - 1
        assert all(part == each[-1] for part, each in zip(parts, others, strict=True))


# Schools, and whoever puts many answers together

Person = tuple[Any, ...]
Question = tuple[Callable[[Person], bool], tuple[int, ...]]
"""Whom it is of, and the places of the traits that it is grouped by."""


def everybody(_: Person) -> bool:
    """No condition."""
    return True


def by(*groups: tuple[int, ...]) -> list[Question]:
    """Questions of everybody, grouped so."""
    return [(everybody, each) for each in groups]


class Answers:
    """What a school's groups come to, and other schools of which the same is shown."""

    def __init__(self, people: Iterable[Person], questions: Sequence[Question]) -> None:
        self.people = Counter(people)
        self.questions = questions
        self.sizes: Counter[Any] = Counter()
        for person, many in self.people.items():
            for cell in self.cells(person):
                self.sizes[cell] += many

    def cells(self, person: Person) -> list[Any]:
        """The groups in which somebody is counted: the place of the question, and the keys."""
        return [
            (at, tuple(person[each] for each in groups))
            for at, (admits, groups) in enumerate(self.questions)
            if admits(person)
        ]

    def alike(self, changes: Iterable[tuple[Person, int]]) -> bool:
        """Whether of a school with so many of these people more, or less, the same is shown."""
        changed: Counter[Any] = Counter()
        for person, more in changes:
            if self.people[person] + more < 0:
                return False
            for cell in self.cells(person):
                changed[cell] += more
        return all(size(self.sizes[cell] + more) == size(self.sizes[cell]) for cell, more in changed.items())

    def few(self) -> list[Any]:
        """The groups that are not listed."""
        return [cell for cell, many in self.sizes.items() if many < FEWEST_PEOPLE]

    def another(self, cell: Any) -> list[tuple[Person, int]] | None:
        """The people by whom another school differs: it is shown as this is, and the group is not of as many."""
        steps = [(person, more) for person in self.people for more in (1, -1)]
        firsts = [each for each in steps if cell in self.cells(each[0])]
        for first in firsts:
            if self.alike([first]):
                return [first]
        for first in firsts:
            for second in steps:
                if (second not in firsts or second[1] == first[1]) and self.alike([first, second]):
                    return [first, second]
        return None


GRADE, CLASS, SEX, BORN = range(4)


def school(seed: int) -> list[Person]:
    """Twenty classes, by grade, class, sex and year of birth: of most years there are few in a class."""
    rng, people = random.Random(seed), list[Person]()
    for grade in range(5, 12):
        for letter in "АБВ"[: 3 if grade < 10 else 2]:
            for _ in range(rng.randint(22, 30)):
                born = 2019 - grade + rng.choices([0, -1, 1], [80, 17, 3])[0]
                people.append((grade, f"{grade}{letter}", rng.choice("жм"), born))
    return people


ATTACKS = {
    "groupings": by((BORN,), (CLASS, BORN), (GRADE, CLASS, BORN)),
    "a class has one grade": by((GRADE, SEX), (CLASS, SEX), (GRADE, BORN), (CLASS, BORN)),
    "a table of two keys": by((), (CLASS,), (BORN,), (CLASS, BORN)),
    "a table and its halves": by((SEX, BORN), (CLASS, BORN), (CLASS, SEX)),
}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("attack", ATTACKS)
def test_groups_of_few_remain_of_several_sizes(attack: str, seed: int) -> None:
    """Whatever is put together of these answers: of each there is another school of which the same is shown."""
    answers = Answers(school(seed), ATTACKS[attack])
    few = answers.few()
    assert len(few) > 10
    for cell in few:
        assert answers.another(cell), (cell, answers.sizes[cell])


@pytest.mark.parametrize("seed", range(2))
def test_of_all_groupings_at_once_most_remain(seed: int) -> None:
    """Not each: the more answers, the more roundings may fall together. Of two in three another school is at hand."""
    answers = Answers(school(seed), by(*(of for length in range(5) for of in combinations(range(4), length))))
    few = answers.few()
    assert sum(answers.another(cell) is not None for cell in few) * 3 > len(few) * 2


def test_a_bridge_between_two_blocks() -> None:
    """A table of two keys in which few stand in two blocks, and in one cell between them, with all of its sums."""
    table = [
        (12, 3, 20, 21, 17),
        (2, 14, 19, 23, 16),
        (18, 22, 4, 16, 21),
        (25, 17, 15, 2, 13),
        (3, 21, 18, 13, 1),
    ]
    people = [(row, column) for row, line in enumerate(table) for column, many in enumerate(line) for _ in range(many)]
    answers = Answers(people, by((), (0,), (1,), (0, 1)))
    assert len(answers.few()) == 6
    for cell in answers.few():
        assert answers.another(cell), cell


def having(*facts: str) -> Callable[[Person], bool]:
    """A condition: one of these."""
    return lambda person: not person[1].isdisjoint(facts)


@pytest.mark.parametrize("few", range(1, FEWEST_PEOPLE))
@pytest.mark.parametrize("many", range(20, 30))
def test_a_set_of_values_less_one_of_them(many: int, few: int) -> None:
    """Subject: one of mathematics and French, less mathematics; «5» or «2», less «5»; up to a day, less up to the day
    before. With the values by themselves, of the class and of all.
    """
    people = [("9А", frozenset({"first"}))] * many + [("9А", frozenset({"second"}))] * few
    people += [("9А", frozenset({"first", "second"}))] * 2 + [("9Б", frozenset({"first"}))] * 23
    conditions = [having("first", "second"), having("first"), having("second"), everybody]
    asked = [(condition, groups) for condition in conditions for groups in ((), (0,))]
    # What is hidden is no group that is asked for: whoever has the second alone.
    alone: Question = (lambda person: person[1] == {"second"}, ())
    answers = Answers(people, asked)
    sizes = {
        few + more
        for more in range(-few, FEWEST_PEOPLE)
        for first in range(-3, 4)
        if answers.alike([(("9А", frozenset({"second"})), more), (("9А", frozenset({"first"})), first)])
    }
    assert sum(map(alone[0], people)) == few
    assert few in sizes
    assert len(sizes) > 1


def test_exact_answers_would_be_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The search above finds no other school where figures are as they are: it is not that it always finds one."""
    monkeypatch.setitem(globals(), "size", lambda people: people if people >= FEWEST_PEOPLE else None)
    answers = Answers(school(0), ATTACKS["groupings"])
    found = [answers.another(cell) for cell in answers.few()]
    assert found.count(None) > 5


# The reports of schools and classes

SHEETS = st.lists(
    st.lists(st.tuples(st.sampled_from(["5", "4", "3", "2", "1", "н/а", "зач.", "осв.", None]), st.booleans())),
    max_size=40,
)


@given(SHEETS)
def test_marks_of_few_are_not_told(sheets: list[list[tuple[str | None, bool]]]) -> None:
    """Of whatever fewer than five students hold nothing is told; the rest is near, and the mean is of the rest."""
    exact = counts_of((value, there, 1) for sheet in sheets for value, there in sheet)
    holders = holders_of((sheet, 1) for sheet in sheets)
    told = marks(exact, holders)
    for name in Counts.__slots__[:-1]:
        held, figure = getattr(holders, name), getattr(told, name)
        assert held <= getattr(exact, name)
        assert figure % FEWEST_PEOPLE == 0
        if held < FEWEST_PEOPLE:
            assert figure == 0
        else:
            assert figure > 0
            assert abs(figure - getattr(exact, name)) * 2 <= step(getattr(exact, name), held)
    assert told.total == 5 * told.fives + 4 * told.fours + 3 * told.threes + 2 * told.twos


def test_a_row_of_marks_fixes_no_count_of_few() -> None:
    """Of all rows of up to 24 students: with all that a report tells of a row, and the roll of its class beside it,
    each count of one to four might be another.
    """
    rows = [row for row in product(range(25), repeat=4) if FEWEST_PEOPLE <= sum(row) <= 24]
    might = defaultdict[Any, list[set[int]]](lambda: [set() for _ in range(4)])
    answers = []
    for row in rows:
        exact = Counts(*row, total=sum(a * b for a, b in zip(row, (5, 4, 3, 2), strict=True)))
        told = marks(exact, Counts(*row))
        answers.append((told, [value_of(kind, told) for kind in FigureKind], people(sum(row))))
    keys = [(*astuple(told), *figures, roll) for told, figures, roll in answers]
    for row, key in zip(rows, keys, strict=True):
        for values, count in zip(might[key], row, strict=True):
            values.add(count)
    fixed = [
        row
        for row, key in zip(rows, keys, strict=True)
        for values, count in zip(might[key], row, strict=True)
        if 0 < count < FEWEST_PEOPLE and len(values) == 1
    ]
    assert fixed == []


@given(st.lists(st.tuples(st.integers(1, 60), st.integers(0, 60), st.integers(0, 3)), max_size=40))
def test_absences_of_few_are_not_told(own: list[tuple[int, int, int]]) -> None:
    each = [AttendanceCounts(held=held, illness=min(ill, held), late=late) for held, ill, late in own]
    told = Shown(rounded=True).attendance(each)
    for name in ("held", "illness", "late"):
        held = sum(getattr(one, name) > 0 for one in each)
        figure = getattr(told, name)
        assert figure % FEWEST_PEOPLE == 0
        assert figure == 0 if held < FEWEST_PEOPLE else figure > 0
    assert Shown(rounded=False).attendance(each) == sum(each, AttendanceCounts())


def test_a_class_by_hand() -> None:
    """22 students, one mark each: 6 fives, 9 fours, 4 threes, 2 twos, one «н/а»."""
    given = {"5": 6, "4": 9, "3": 4, "2": 2, "н/а": 1}
    sheets = [[(value, True)] for value, times in given.items() for _ in range(times)]
    told = marks(counts_of((value, there, 1) for ((value, there),) in sheets), holders_of((each, 1) for each in sheets))
    assert (told.fives, told.fours, told.threes, told.twos, told.not_attested) == (5, 10, 0, 0, 0)
    assert (told.numbers, told.total) == (15, 65)
    assert value_of(FigureKind.QUALITY, told) == 100
