"""What whoever reads without names is shown of how many people there are: rounded to five, and none of few (4.1)."""

from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import ceil, floor

from .refusals import bad_input
from .report_attendance import AttendanceCounts
from .report_figures import NUMBERS, Counts

FEWEST_PEOPLE = 5
"""Of fewer people than these no figure is shown to whoever reads without names, nor that there are any (4.1)."""

SHOWN_LEGEND = (
    f"Числа округлены до {FEWEST_PEOPLE} человек, отметки и пропуски — до доли {FEWEST_PEOPLE} человек; 0 — меньше "
    f"{FEWEST_PEOPLE} человек. Показатели и средние — по округлённым числам («1» — как «2»); суммы строк могут с ними "
    "не сойтись."
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


def mean(value: Decimal | Fraction, people: int) -> Decimal:
    """A mean that rests on so many people, five or more: to what five of them make of it by one each, with one digit.

    Of five people it is whole, of ten it goes by halves, from fifty on by tenths.
    """
    to_one = min(nearest(people, people) // FEWEST_PEOPLE, 10)
    return one_digit(Fraction(floor(Fraction(value) * to_one + Fraction(1, 2)), to_one))


def records(figure: int, people: int) -> int:
    """How many records there are of so many people; 0 where these are few."""
    return nearest(figure, people) if people >= FEWEST_PEOPLE else 0


def people(count: int) -> int:
    """How many people there are; 0 where they are few."""
    return records(count, count)


def moves(count: int, movers: int) -> int:
    """How many times so many people moved; 0 where they are few, however often each of them did."""
    return people(count) if movers >= FEWEST_PEOPLE else 0


def marks(counts: Counts, holders: Counts) -> Counts:
    """Marks as they are shown. holders: how many students have each.

    The sum of the numbers is that of those shown: a mean of the exact ones would tell how many of the few there are.
    """
    each = {name: records(getattr(counts, name), getattr(holders, name)) for name in Counts.__slots__}
    return Counts(**each | {"total": sum(NUMBERS[name] * each[name] for name in NUMBERS)})


def attendance(counts: AttendanceCounts, holders: AttendanceCounts) -> AttendanceCounts:
    """Lessons and days as they are shown. holders: how many students have some of each."""
    names = AttendanceCounts.__slots__
    return AttendanceCounts(**{name: records(getattr(counts, name), getattr(holders, name)) for name in names})


Span = tuple[date, date]
"""The first and the last day of a period or of a year."""


def check_span(since: date, until: date, spans: Iterable[Span], today: date, field: str) -> None:
    """Refuse days that are no whole period or year: many that overlap tell on which day a count is another."""
    if not any(since == first and until in (last, today) and until <= last for first, last in spans):
        message = "Без имён дни — учебный период или год целиком: с первого по последний или по сегодняшний."
        raise bad_input(message, field)


def check_day(day: date, spans: Iterable[Span], today: date, field: str) -> None:
    """Refuse a day on which no period or year begins or ends, and that is not today."""
    if day != today and not any(day in span for span in spans):
        raise bad_input("Без имён день — сегодня, первый или последний день учебного периода или года.", field)
