"""Figures of the golden school that add up: over days that follow each other, over teachers and students (10.3)."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from .golden_school import Golden
from .journal_help import gid
from .test_report_golden_class import COUNTS, of_class
from .test_report_golden_school import COUNTS as OF_MARKS
from .test_report_golden_school import MOVES, TAUGHT, movement

FIRST, LAST = date(2025, 9, 1), date(2026, 5, 26)
ONE = timedelta(days=1)


def cut(seed: int) -> list[date]:
    """Some days of the year in their order, its first and its last among them; half of them near what happened."""
    rng = Random(seed)
    events = [date(2025, 10, 6), date(2025, 11, 10), date(2025, 11, 17), date(2025, 12, 1), date(2026, 2, 2)]
    near = {each + rng.randint(-1, 1) * ONE for each in rng.sample(events, 3)}
    far = {FIRST + rng.randrange(1, (LAST - FIRST).days) * ONE for _ in range(2)}
    return sorted({FIRST, LAST} | near | far)


def total(counts: Iterable[dict[str, int]], names: Iterable[str]) -> dict[str, int]:
    """The sum, name by name."""
    each = list(counts)
    return {name: sum(of[name] for of in each) for name in names}


@pytest.mark.parametrize("seed", range(4))
async def test_moves_add_up_over_days(golden: Golden, seed: int) -> None:
    """Of spans that share a day: whoever moves in the whole moves in one of them; where one ends, the next begins."""
    days = cut(seed)
    whole, moves = await movement(golden, str(FIRST), str(LAST))
    parts = [await movement(golden, str(a), str(b)) for a, b in pairwise(days)]
    assert Counter(move for _, each in parts for move in each) == Counter(moves)
    for title, expected in whole.items():
        rows = [dict(zip(MOVES, rows[title], strict=True)) for rows, _ in parts]
        changes = MOVES[1:-1]
        assert total(rows, changes) == {name: dict(zip(MOVES, expected, strict=True))[name] for name in changes}
        assert [each["atEnd"] for each in rows[:-1]] == [each["atStart"] for each in rows[1:]]


@pytest.mark.parametrize("seed", range(4))
async def test_lessons_missed_add_up(golden: Golden, seed: int) -> None:
    """Over spans that follow each other, over students, over months."""
    days = cut(seed)
    counts = f"counts {{ {' '.join(COUNTS)} }}"
    body = f"students {{ total {{ {counts} }} }} months {{ figures {{ {counts} }} }} total {{ {counts} }}"

    async def sheet(since: date, until: date) -> Any:
        return await of_class(golden, f'attendance(from: "{since}", until: "{until}")', body)

    whole = await sheet(FIRST, LAST)
    starts = [FIRST, *(each + ONE for each in days[1:-1])]
    parts = [await sheet(a, b) for a, b in zip(starts, days[1:], strict=True)]
    assert total((each["total"]["counts"] for each in parts), COUNTS) == whole["total"]["counts"]
    for each in (whole, *parts):
        assert total((row["total"]["counts"] for row in each["students"]), COUNTS) == each["total"]["counts"]
        assert total((row["figures"]["counts"] for row in each["months"]), COUNTS) == each["total"]["counts"]


async def test_teachers_come_to_the_classes(golden: Golden) -> None:
    """Who teaches what is told once, so that what all teachers have is what all classes have that are marked then."""
    period = golden.period("II четверть")
    of_teachers = []
    for staff in golden.staff.values():
        found = await golden.ask(TAUGHT, staff=gid("Staff", staff), period=period)
        of_teachers.append(found["node"]["reports"]["subjects"]["total"]["counts"])
    body = f"total {{ counts {{ {' '.join(OF_MARKS)} }} }}"
    marked = {"5А": period, "5Б": period, "10А": golden.period("I полугодие")}
    of_classes = [
        (await of_class(golden, f'results(periodId: "{own}")', body, name))["total"]["counts"]
        for name, own in marked.items()
    ]
    assert total(of_teachers, OF_MARKS) == total(of_classes, OF_MARKS)
