"""Figures of daily marks: what is counted, the formulas, and what of others may stand beside them (10.1)."""

from collections.abc import Collection, Iterable
from dataclasses import astuple, dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from typing import Any, Self

from .curriculum import school_year
from .journal import AVERAGE_FORMULA, MARK_VALUES, OWED, WEIGHTED_FORMULA
from .journal_finals import EXEMPT, NOT_ATTESTED, NOT_PASSED, PASSED
from .journal_forecast import FEWEST_OTHERS
from .refusals import Refusal, RefusalCode, bad_input


class DailyLeft(StrEnum):
    """Why a daily mark is not among those that a figure counts."""

    EXEMPT = "exempt"
    OWED = "owed"
    UNGRADED = "ungraded"
    NO_NUMBER = "no_number"
    LEFT = "left"


DAILY_LEFT_WORDS = {
    DailyLeft.EXEMPT: "освобождён («осв.»)",
    DailyLeft.OWED: "«точка»: работу ещё нужно сдать",
    DailyLeft.UNGRADED: "зачёт, а не балл",
    DailyLeft.NO_NUMBER: "«н/а» — не число",
    DailyLeft.LEFT: "в конце этих дней в классе не учится",
}


@dataclass(frozen=True, slots=True)
class DailyCounts:
    """How many daily marks of each kind there are. twos: those of 2 and 1. left: those of students who are not counted,
    as they are not in the class any more.

    total: the sum of the numbers; heavy: that of the numbers times their weights; weights: the sum of these weights.
    """

    fives: int = 0
    fours: int = 0
    threes: int = 0
    twos: int = 0
    not_attested: int = 0
    passed: int = 0
    failed: int = 0
    exempt: int = 0
    owed: int = 0
    left: int = 0
    total: int = 0
    heavy: int = 0
    weights: int = 0

    def __add__(self, other: Self) -> "DailyCounts":
        return DailyCounts(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    @property
    def numbers(self) -> int:
        """How many marks are numbers."""
        return self.fives + self.fours + self.threes + self.twos

    @property
    def counted(self) -> int:
        """N of a percentage: numbers and «н/а»."""
        return self.numbers + self.not_attested


class DailyKind(StrEnum):
    """What a figure of daily marks says."""

    SUCCESS = "success"
    QUALITY = "quality"
    AVERAGE = "average"
    WEIGHTED = "weighted"


DAILY_FORMULAS = {
    DailyKind.SUCCESS: "(n5 + n4 + n3) · 100 / N",
    DailyKind.QUALITY: "(n5 + n4) · 100 / N",
    DailyKind.AVERAGE: AVERAGE_FORMULA,
    DailyKind.WEIGHTED: WEIGHTED_FORMULA,
}
AVERAGE_LEGEND = (
    f"Средний балл = {DAILY_FORMULAS[DailyKind.AVERAGE]}; "
    f"средневзвешенный балл = {DAILY_FORMULAS[DailyKind.WEIGHTED]}. "
    "Считаются текущие отметки; «осв.», «н/а», зачёты и «точка» — не числа. Две отметки в одной клетке — две отметки."
)
CLASS_LEGEND = (
    "Показатель ученика — с двумя знаками. Показатель класса — по той же формуле, по отметкам за те же дни всех, кто "
    "учится в нём в последний из этих дней, но не позже сегодняшнего и конца уроков, вместе с отметками самого "
    f"ученика; он — с одним знаком и есть, если отметки-числа есть не менее чем у {FEWEST_OTHERS} других учащихся."
)
PARALLEL_LEGEND = (
    "Показатель параллели — так же, по отметкам всех её классов; он есть, если отметки-числа есть и в других её "
    f"классах не менее чем у {FEWEST_OTHERS} учащихся или ни у кого."
)
AVERAGES_LEGEND = (AVERAGE_LEGEND, CLASS_LEGEND)
"""What is said of a student's averages beside those of the class, to whoever may not know what these are made of."""
QUALITY_LEGEND = (
    f"Успеваемость = {DAILY_FORMULAS[DailyKind.SUCCESS]}; качество знаний = {DAILY_FORMULAS[DailyKind.QUALITY]}; "
    "N — текущие отметки месяца по пятибалльной шкале и «н/а».",
    CLASS_LEGEND,
    PARALLEL_LEGEND,
)
"""The same of a student's months, beside those of the class and the parallel."""


def daily_value(kind: DailyKind, counts: DailyCounts) -> Fraction | None:
    """The figure, exactly; None where nothing is counted."""
    match kind:
        case DailyKind.SUCCESS:
            above, below = 100 * (counts.fives + counts.fours + counts.threes), counts.counted
        case DailyKind.QUALITY:
            above, below = 100 * (counts.fives + counts.fours), counts.counted
        case DailyKind.AVERAGE:
            above, below = counts.total, counts.numbers
        case DailyKind.WEIGHTED:
            above, below = counts.heavy, counts.weights
    return Fraction(above, below) if below else None


_WORDS = {
    "5": "fives",
    "4": "fours",
    "3": "threes",
    "2": "twos",
    "1": "twos",
    NOT_ATTESTED: "not_attested",
    PASSED: "passed",
    NOT_PASSED: "failed",
    EXEMPT: "exempt",
    OWED: "owed",
}
COUNTED_AS = {value: _WORDS[value] for value in MARK_VALUES}
"""Which of the counts each word of the marks' domain is one of."""


def tally(marks: Iterable[tuple[str, int | None, int]]) -> DailyCounts:
    """What some marks come to: word, number and weight of each."""
    counts = dict.fromkeys(DailyCounts.__slots__, 0)
    for value, number, weight in marks:
        counts[COUNTED_AS[value]] += 1
        if number is not None:
            counts["total"] += number
            counts["heavy"] += number * weight
            counts["weights"] += weight
    return DailyCounts(**counts)


_LEFT = {
    EXEMPT: DailyLeft.EXEMPT,
    OWED: DailyLeft.OWED,
    PASSED: DailyLeft.UNGRADED,
    NOT_PASSED: DailyLeft.UNGRADED,
}


def daily_left_out(kind: DailyKind, value: str) -> DailyLeft | None:
    """Why a figure of this kind does not count a mark; None if it does."""
    if value == NOT_ATTESTED:
        return DailyLeft.NO_NUMBER if kind in (DailyKind.AVERAGE, DailyKind.WEIGHTED) else None
    return _LEFT.get(value)


@dataclass(frozen=True, slots=True)
class Others:
    """What the students of a class or of several come to. others: how many of them, neither the student nor of the
    viewer's family, have marks that are numbers.
    """

    others: int
    counts: DailyCounts

    def __add__(self, other: Self) -> "Others":
        return Others(self.others + other.others, self.counts + other.counts)

    def shown(self, kind: DailyKind) -> Decimal | None:
        """The figure with one digit; None where fewer than five others have marks."""
        value = daily_value(kind, self.counts) if self.others >= FEWEST_OTHERS else None
        if value is None:
            return None
        return Decimal((20 * value.numerator + value.denominator) // (2 * value.denominator)).scaleb(-1)


NOBODY = Others(0, DailyCounts())


def together(own: Others, beside: Collection[Others]) -> Others:
    """A class and the others of its parallel; nobody, where what is not the class's would be that of a few."""
    rest = sum(beside, NOBODY)
    return own + rest if not rest.others or rest.others >= FEWEST_OTHERS else NOBODY


YEARS = range(1900, 2200)
"""Days of other years are mistakes, and reckoning around them may leave the calendar."""


def check_days(since: date | None, until: date | None) -> tuple[date, date]:
    """The days of a report: both are named, in order, and of one school year."""
    if since is None or until is None:
        raise bad_input("Назовите дни: с какого и по какой.", "from" if since is None else "until")
    if since > until:
        raise bad_input("Первый день позже последнего.", "until")
    for day, field in ((since, "from"), (until, "until")):
        if not YEARS.start <= day.year < YEARS.stop:
            raise bad_input("В такие дни школа не работает.", field)
    if school_year(since) != school_year(until):
        raise Refusal(RefusalCode.RANGE_TOO_LONG, "Отчёт делается в пределах одного учебного года.", "until")
    return since, until


def months(since: date, until: date) -> list[tuple[date, date]]:
    """The months that the days touch, each from its first to its last day."""
    found, first = [], since.replace(day=1)
    while first <= until:
        following = (first + timedelta(days=31)).replace(day=1)
        found.append((first, following - timedelta(days=1)))
        first = following
    return found


def day_groups(days: Collection[Any], most: int) -> list[list[Any]]:
    """Columns of days, no more than fit a page, as evenly as can be."""
    each = list(days)
    pages = -(-len(each) // most) or 1
    bounds = [len(each) * page // pages for page in range(pages + 1)]
    return [each[a:b] for a, b in pairwise(bounds)]
