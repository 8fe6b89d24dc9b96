"""What whoever reads without names is shown of how many people there are: rounded to five, and none of few (4.1)."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import ceil, floor

from .report_attendance import AttendanceCounts
from .report_figures import NUMBERS, Counts

FEWEST_PEOPLE = 5
"""Of fewer people than these no figure is shown to whoever reads without names, nor that there are any (4.1)."""

SHOWN_LEGEND = (
    f"Числа округлены до {FEWEST_PEOPLE} человек, отметки и пропуски — до доли {FEWEST_PEOPLE} человек; 0 — меньше "
    f"{FEWEST_PEOPLE} человек. Показатели — по округлённым числам; суммы строк могут с ними не сойтись."
)
"""What a report of such figures says beneath itself."""

_ONE_DIGIT = Decimal("0.1")


def step(figure: Decimal | int, people: int) -> int:
    """What five average people make of a figure that so many people make: people are counted by fives."""
    return FEWEST_PEOPLE * max(ceil(Fraction(figure) / people), 1)


def nearest(figure: Decimal | int, people: int) -> int:
    """The multiple of the step that is nearest, of two the greater."""
    of = step(figure, people)
    return floor(Fraction(figure) / of + Fraction(1, 2)) * of


def one_digit(value: Decimal | Fraction) -> Decimal:
    """With one digit, a half up."""
    exact = Fraction(value)
    return (Decimal(exact.numerator) / exact.denominator).quantize(_ONE_DIGIT, ROUND_HALF_UP)


def records(figure: int, people: int) -> int:
    """How many records there are of so many people; 0 where these are few."""
    return nearest(figure, people) if people >= FEWEST_PEOPLE else 0


def people(count: int) -> int:
    """How many people there are; 0 where they are few."""
    return records(count, count)


def marks(counts: Counts, holders: Counts) -> Counts:
    """Marks as they are shown. holders: how many students have each, and, as their total, how many have a number.

    The sum of the numbers is what their mean, with one digit, makes of how many are shown.
    """
    each = {name: records(getattr(counts, name), getattr(holders, name)) for name in Counts.__slots__}
    if holders.total >= FEWEST_PEOPLE:
        mean = one_digit(Fraction(counts.total, counts.numbers))
        each["total"] = round(mean * sum(each[name] for name in NUMBERS))
    return Counts(**each)


def attendance(counts: AttendanceCounts, holders: AttendanceCounts) -> AttendanceCounts:
    """Lessons and days as they are shown. holders: how many students have some of each."""
    names = AttendanceCounts.__slots__
    return AttendanceCounts(**{name: records(getattr(counts, name), getattr(holders, name)) for name in names})
