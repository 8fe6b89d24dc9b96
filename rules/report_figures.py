"""The figures of reports: what is counted of marks, and the formulas that make figures of the counts (10.1)."""

from dataclasses import astuple, dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Self

from .journal import AVERAGE_FORMULA
from .journal_finals import EXEMPT, NOT_ATTESTED, NOT_PASSED, PASSED


class Left(StrEnum):
    """Why a student's mark is not among those that a figure counts."""

    EXEMPT = "exempt"
    UNMARKED = "unmarked"
    UNGRADED = "ungraded"
    NO_NUMBER = "no_number"
    LEFT = "left"


LEFT_WORDS = {
    Left.EXEMPT: "освобождён от предмета («осв.»)",
    Left.UNMARKED: "отметки нет",
    Left.UNGRADED: "зачёт, а не балл",
    Left.NO_NUMBER: "«н/а» — не число",
    Left.LEFT: "в конце периода в классе не учится",
}


NUMBERS = {"fives": 5, "fours": 4, "threes": 3, "twos": 2}
"""Those of `Counts` that count numbers, and which; among the twos are the ones."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many marks of each kind there are, and how many students are left out, by the reason.

    twos: those of 2 and 1. passed, failed: «зач.» and «незач.», which are on no scale. total: the sum of the numbers.
    """

    fives: int = 0
    fours: int = 0
    threes: int = 0
    twos: int = 0
    not_attested: int = 0
    passed: int = 0
    failed: int = 0
    exempt: int = 0
    unmarked: int = 0
    left: int = 0
    total: int = 0

    def __add__(self, other: Self) -> "Counts":
        return Counts(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    @property
    def numbers(self) -> int:
        """How many marks are numbers."""
        return sum(getattr(self, name) for name in NUMBERS)

    @property
    def counted(self) -> int:
        """N: without those exempt, those without a mark, and those marked on no scale; «н/а» stays."""
        return self.numbers + self.not_attested

    @property
    def students(self) -> int:
        """Everybody who takes the subject and is still there."""
        return self.counted + self.passed + self.failed + self.exempt + self.unmarked


class FigureKind(StrEnum):
    """What a figure says."""

    SUCCESS = "success"
    QUALITY = "quality"
    LEARNING = "learning"
    AVERAGE = "average"


TITLES = {
    FigureKind.SUCCESS: "Успеваемость, %",
    FigureKind.QUALITY: "Качество знаний, %",
    FigureKind.LEARNING: "СОУ, %",
    FigureKind.AVERAGE: "Средний балл",
}
FORMULAS = {
    FigureKind.SUCCESS: "(n5 + n4 + n3) · 100 / N",
    FigureKind.QUALITY: "(n5 + n4) · 100 / N",
    FigureKind.LEARNING: "(100·n5 + 64·n4 + 36·n3 + 16·n2 + 7·n(н/а)) / N",
    FigureKind.AVERAGE: AVERAGE_FORMULA,
}
CHANGE_FORMULA = "теперь − тогда"
LEGEND = (
    "N — учащиеся с отметкой по пятибалльной шкале или «н/а»; освобождённые («осв.»), зачёты и те, у кого отметки ещё "
    "нет, не считаются. n2 — отметки «2» и «1».",
    f"Успеваемость = {FORMULAS[FigureKind.SUCCESS]}; качество знаний = {FORMULAS[FigureKind.QUALITY]}; "
    f"СОУ = {FORMULAS[FigureKind.LEARNING]}; средний балл = {FORMULAS[FigureKind.AVERAGE]}.",
)
UNGRADED_LEGEND = "В первом классе отметок не ставят."
_WEIGHTS = {
    FigureKind.SUCCESS: (100, 100, 100, 0, 0),
    FigureKind.QUALITY: (100, 100, 0, 0, 0),
    FigureKind.LEARNING: (100, 64, 36, 16, 7),
}


def value_of(kind: FigureKind, counts: Counts) -> Fraction | None:
    """The figure, exactly; None where nothing is counted."""
    if kind is FigureKind.AVERAGE:
        return Fraction(counts.total, counts.numbers) if counts.numbers else None
    if not counts.counted:
        return None
    each = (counts.fives, counts.fours, counts.threes, counts.twos, counts.not_attested)
    return Fraction(sum(a * b for a, b in zip(_WEIGHTS[kind], each, strict=True)), counts.counted)


def rounded(value: Fraction | None) -> Decimal | None:
    """As it is shown: two digits, a half up."""
    if value is None:
        return None
    return Decimal((200 * value.numerator + value.denominator) // (2 * value.denominator)).scaleb(-2)


def rounded_change(now: Fraction | None, then: Fraction | None) -> Decimal | None:
    """By how much a figure has grown, of the exact values: two digits, a half up; None where one of them is none."""
    return None if now is None or then is None else rounded(now - then)


def left_out(kind: FigureKind, value: str | None, there: bool) -> Left | None:
    """Why a figure of this kind does not count a mark; None if it does."""
    if not there:
        return Left.LEFT
    if value is None:
        return Left.UNMARKED
    if value == NOT_ATTESTED:
        return Left.NO_NUMBER if kind is FigureKind.AVERAGE else None
    return _LEFT.get(value)


_LEFT = {EXEMPT: Left.EXEMPT, PASSED: Left.UNGRADED, NOT_PASSED: Left.UNGRADED}
