"""What whoever reads without names does not get of a composed report: figures on few, and what tells of them (4.1)."""

from collections.abc import Sequence
from itertools import combinations
from typing import Any

from .report_constructor import FEWEST_PEOPLE


def withheld(people: Sequence[Sequence[int]], keys: Sequence[Sequence[Any]], once: bool = True) -> list[set[int]]:
    """The figures of each group that are withheld, by their places. people: on how many each figure rests; keys: what
    each group is a group of; once: that nobody is in two groups.

    A figure on fewer than `FEWEST_PEOPLE` is. What is withheld of a column must be several groups and enough people
    together, or it would be found by subtraction from a sum, which may be asked for by itself: of all groups, or of
    those that share some of the keys. So the smallest of the others follow until it is.
    """
    found: list[set[int]] = [set() for _ in people]
    summed = _summed(keys)
    known: dict[tuple[int, ...], set[int]] = {}
    for at in range(len(people[0]) if people else 0):
        column = tuple(each[at] for each in people)
        if column not in known:
            known[column] = _withheld(column, summed, once)
        for row in known[column]:
            found[row].add(at)
    return found


def _withheld(people: Sequence[int], summed: Sequence[Sequence[int]], once: bool) -> set[int]:
    """The groups of one column."""
    hidden = {row for row, each in enumerate(people) if each < FEWEST_PEOPLE}
    before = -1 if hidden else 0
    while before != len(hidden):
        before = len(hidden)
        for rows in summed:
            few = [people[row] for row in rows if row in hidden]
            if few and not _enough(few, once):
                hidden |= _more([(people[row], row) for row in rows if row not in hidden], few, once)
    return hidden


def _summed(keys: Sequence[Sequence[Any]]) -> list[list[int]]:
    """The groups that a sum may be asked of: those that share some of the keys."""
    width = len(keys[0]) if keys else 0
    parts: dict[Any, list[int]] = {}
    for size in range(width):
        for kept in combinations(range(width), size):
            for row, key in enumerate(keys):
                parts.setdefault((kept, *(key[at] for at in kept)), []).append(row)
    return list({tuple(rows): rows for rows in parts.values()}.values())


def _enough(few: Sequence[int], once: bool) -> bool:
    """Whether what is withheld of a sum is several groups, and people enough, whoever is in several of them."""
    return len(few) > 1 and (sum(few) if once else max(few)) >= FEWEST_PEOPLE


def _more(others: list[tuple[int, int]], few: list[int], once: bool) -> set[int]:
    """The rows, each with its people, that have to follow the few hidden ones of a sum."""
    found = set()
    for people, row in sorted(others):
        if _enough(few, once):
            break
        few.append(people)
        found.add(row)
    return found


def told_apart(
    cells: Sequence[Sequence[int]], keys: Sequence[Sequence[Any]], chosen: Sequence[bool], groups: int, once: bool
) -> dict[tuple[Any, ...], set[int]]:
    """The figures that conditions give away, of each group, by their places.

    cells: on how many people the figures of each cell rest; a cell is a group's part that conditions tell apart, those
    that they leave out among them. keys: what cells are cells of, their group first (so many of them). chosen: which
    cells the conditions admit. A figure that is made of a withheld cell would be one side of a subtraction.
    """
    found: dict[tuple[Any, ...], set[int]] = {}
    known: dict[tuple[int, ...], set[int]] = {}
    for at in range(len(cells[0]) if cells else 0):
        column = tuple(each[at] for each in cells)
        if column not in known:
            # A part on nobody is no side of a subtraction.
            rows = [row for row, people in enumerate(column) if people]
            summed = _summed([keys[row] for row in rows])
            known[column] = {rows[each] for each in _withheld([column[row] for row in rows], summed, once)}
        for row in known[column]:
            if chosen[row]:
                found.setdefault(tuple(keys[row][:groups]), set()).add(at)
    return found
