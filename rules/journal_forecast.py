"""What a student's average would be, and what it takes to reach one: the same sums and rounding as the averages."""

from collections.abc import Sequence
from dataclasses import dataclass

from .journal import MARK_VALUES, WEIGHTS, check_mark, mean
from .refusals import bad_input

MOST_SUPPOSED = 50
"""How many marks one may suppose at once."""

MOST_NEEDED = 100
"""More marks than that nobody gets in a period: the aim is called out of reach."""

FEWEST_OTHERS = 5
"""A class's average is shown beside a student's where at least so many others have marks in it."""

NUMBERS = tuple(int(value) for value in MARK_VALUES if value.isdecimal())
"""The marks that count in an average, the best first."""

Supposed = tuple[tuple[str, int], ...]
"""Marks that are not there: word and weight of each."""


@dataclass(frozen=True, slots=True)
class Way:
    """How many marks of one value it takes; `count` None: no number of them is enough."""

    value: str
    count: int | None


def check_supposed(marks: Sequence[tuple[str, int]], field: str) -> Supposed:
    """The marks as they are counted; refused where a word is no mark or a weight no weight."""
    if not 1 <= len(marks) <= MOST_SUPPOSED:
        raise bad_input(f"Назовите от 1 до {MOST_SUPPOSED} отметок.", field)
    for position, (value, weight) in enumerate(marks):
        check_mark(value, f"{field}.{position}.value")
        check_weight(weight, f"{field}.{position}.weight")
    return tuple(marks)


def check_weight(weight: int, field: str) -> None:
    """Refuse a weight that no mark can have."""
    if weight not in WEIGHTS:
        raise bad_input(f"Вес — от {WEIGHTS[0]} до {WEIGHTS[-1]}.", field)


def hundredths(target: float, field: str) -> int:
    """The average aimed at, from 1 to 5 with two digits at most, in hundredths."""
    found = round(target * 100) if 1 <= target <= 5 else 0
    if not found or abs(found - target * 100) > 1e-6:
        raise bad_input("Средний балл — от 1 до 5, не больше двух знаков после запятой.", field)
    return found


def with_supposed(
    numbers: Sequence[int], weights: Sequence[int], supposed: Supposed
) -> tuple[float | None, float | None, int]:
    """The averages, simple and weighted, and the count of marks, were the supposed ones there too.

    Marks that are no numbers do not count, supposed or not.
    """
    more = [(int(value), weight) for value, weight in supposed if value.isdecimal()]
    numbers = [*numbers, *(number for number, _ in more)]
    weights = [*weights, *(weight for _, weight in more)]
    return mean(numbers), mean(numbers, weights), len(numbers)


def needed(numbers: Sequence[int], weights: Sequence[int], target: int, weight: int) -> list[Way]:
    """For each mark the fewest, of that weight, with which the weighted average is `target` hundredths or more.

    The mean of n marks m more is rounded to hundredths as `mean` does: ⌊(200·heavy + weights) / (2·weights)⌋. That it
    reaches the target is linear in n: n · weight · (200·m + 1 - 2·target) ≥ weights · (2·target - 1) - 200·heavy.
    """
    heavy = sum(number * each for number, each in zip(numbers, weights, strict=True))
    total = sum(weights)
    lacking = total * (2 * target - 1) - 200 * heavy
    return [Way(str(mark), _fewest(total, lacking, weight * (200 * mark + 1 - 2 * target))) for mark in NUMBERS]


def _fewest(total: int, lacking: int, each: int) -> int | None:
    """How many times `each` it takes to make up for what is lacking; once at least, where there are no marks yet."""
    least = 0 if total else 1
    if lacking <= 0 and (not least or each >= 0):
        return least
    if each <= 0:
        return None
    count = max(least, -(-lacking // each))
    return count if count <= MOST_NEEDED else None
