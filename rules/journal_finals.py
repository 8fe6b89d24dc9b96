"""Period, annual, exam and final marks (7.7–7.10): their words, what is proposed, and when one may be set."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache

from .days import DaysAfter
from .journal import AVERAGE_FORMULA, WEIGHTED_FORMULA
from .refusals import Refusal, RefusalCode, bad_input

NOT_ATTESTED, EXEMPT, PASSED, NOT_PASSED = "н/а", "осв.", "зач.", "незач."

FINAL_VALUES = ("5", "4", "3", "2", "1", PASSED, NOT_PASSED, NOT_ATTESTED, EXEMPT)
"""Everything that a period may end with. No «точка»: by then nothing may be owed."""


class FinalKind(StrEnum):
    """What a mark sums up."""

    PERIOD = "period"
    YEAR = "year"
    EXAM = "exam"
    FINAL = "final"


CLAUSE = {kind: "7.7" if kind is FinalKind.PERIOD else "7.9" for kind in FinalKind}
"""The clause that says who sets marks of a kind."""


class FinalState(StrEnum):
    """What has been decided. "Not set yet", "not attested" and "exempt" are three different facts."""

    NOT_SET = "not_set"
    MARKED = "marked"
    PASSED = "passed"
    NOT_PASSED = "not_passed"
    NOT_ATTESTED = "not_attested"
    EXEMPT = "exempt"


_STATES = {
    None: FinalState.NOT_SET,
    PASSED: FinalState.PASSED,
    NOT_PASSED: FinalState.NOT_PASSED,
    NOT_ATTESTED: FinalState.NOT_ATTESTED,
    EXEMPT: FinalState.EXEMPT,
}

ROUND_UP_FROM = range(1, 100)
"""Hundredths of a mark from which an average may be rounded up."""

FEWEST_MARKS = range(31)
"""How few marks of a period a school may ask for."""

UNGRADED = 1
"""The grade in which no marks are given: nothing is missing there."""

GRADUATING = (9, 11)
"""Grades after which a certificate shows final marks."""

LAST_WEEK = 7
"""Days before the end of a period in which its marks are set (7.7, 7.10)."""

MARKS_TERM = DaysAfter(0)
"""When the marks of a period or a year are set, from its last day: before the holidays begin (7.7, 7.10)."""

SECONDARY = 11
"""The grade whose final marks stand on the marks of two years."""

BY_ARITHMETIC = 50
"""Where the law itself says how to round: a half goes up."""


@dataclass(frozen=True)
class MarkRule:
    """How a mark follows from an average.

    round_up_from: hundredths; 50 makes 4 of 3.5, 60 makes 4 of 3.6. weighted: whether tasks' weights count. fewest:
    with fewer marks in the period than that «н/а» is proposed; 0: never.
    """

    round_up_from: int = BY_ARITHMETIC
    weighted: bool = True
    fewest: int = 3


USUAL_RULE = MarkRule()
"""The rule of a school that has set none."""


@dataclass(frozen=True)
class Tally:
    """What a student has in a subject and a period.

    counted: marks that are numbers, `total` their sum, `heavy` that with their weights, `weight` these weights. passed,
    failed, exempt: other words.
    """

    counted: int = 0
    total: int = 0
    heavy: int = 0
    weight: int = 0
    passed: int = 0
    failed: int = 0
    exempt: int = 0

    def average(self, rule: MarkRule) -> float | None:
        """The average that the rule goes by, to two digits, a half up; None without numbers."""
        total, weight = (self.heavy, self.weight) if rule.weighted else (self.total, self.counted)
        return (200 * total + weight) // (2 * weight) / 100 if weight else None


def state_of(value: str | None) -> FinalState:
    """What a decided value, or none, says."""
    return _STATES.get(value, FinalState.MARKED)


def differs(value: str | None, proposed: str | None) -> bool:
    """Whether something else was decided than had been proposed."""
    return proposed is not None and value is not None and value != proposed


def rounded(total: int, weight: int, round_up_from: int) -> str:
    """The mark that total ÷ weight makes: whole numbers all through, so that a half is a half."""
    whole, rest = divmod(total, weight)
    return str(whole + (100 * rest >= round_up_from * weight))


def propose_period(tally: Tally, rule: MarkRule) -> str | None:
    """The mark of a period, from the marks of its lessons (7.7); None where there is nothing to go by."""
    given = tally.counted + tally.passed + tally.failed
    if given < rule.fewest:
        return EXEMPT if tally.exempt and not given else NOT_ATTESTED
    if tally.counted:
        total, weight = (tally.heavy, tally.weight) if rule.weighted else (tally.total, tally.counted)
        return rounded(total, weight, rule.round_up_from)
    if given:
        return PASSED if tally.passed > tally.failed else NOT_PASSED
    return EXEMPT if tally.exempt else None


def propose_year(periods: Sequence[str | None], round_up_from: int) -> str | None:
    """The mark of a year, from those of its periods (7.9); None while one of them is not set."""
    if not periods or None in periods:
        return None
    return _summed([value for value in periods if value is not None], round_up_from)


def propose_final(year: str | None, exam: str | None) -> str | None:
    """The final mark: the annual one or, with an exam, the mean of the two (7.9); None while the year's is not set.

    A failed exam, or one that the student did not come to, leaves it to people.
    """
    if year is None or exam in (NOT_ATTESTED, NOT_PASSED):
        return None
    if exam is None or not (year.isdigit() and exam.isdigit()):
        return year
    return rounded(int(year) + int(exam), 2, BY_ARITHMETIC)


def propose_secondary(year: str | None, marks: Collection[str]) -> str | None:
    """The final mark of grade 11: the mean of all period and annual marks of both years; None without this year's."""
    return None if year is None else _summed(marks, BY_ARITHMETIC)


@cache
def proposal_formula(kind: FinalKind, grade: int, rule: MarkRule) -> str | None:
    """How a mark of a kind is proposed, in words; None where none is."""
    mean = WEIGHTED_FORMULA if rule.weighted else AVERAGE_FORMULA
    few = f"меньше {rule.fewest} отметок и зачётов — «н/а»; " if rule.fewest else ""
    match kind:
        case FinalKind.PERIOD:
            return f"{mean}, {_upwards(rule.round_up_from)}; {few}{_NO_NUMBERS}"
        case FinalKind.YEAR:
            summed = "когда выставлены все: сумма отметок-чисел за периоды / их число"
            return f"{summed}, {_upwards(rule.round_up_from)}; {_NO_NUMBERS}"
        case FinalKind.FINAL if grade == SECONDARY:
            summed = "когда выставлена годовая: сумма отметок-чисел за периоды и за год в 10 и 11 классах / их число"
            return f"{summed}, {_upwards(BY_ARITHMETIC)}; {_NO_NUMBERS}"
        case FinalKind.FINAL:
            both = f"(годовая + экзаменационная) / 2, {_upwards(BY_ARITHMETIC)}"
            return f"годовая; с экзаменом — {both}; экзамен без зачёта или аттестации решают люди"
    return None


_NO_NUMBERS = "без чисел — «зач.», если их больше, чем «незач.», иначе «незач.»; одни «осв.» — «осв.»"


def _upwards(round_up_from: int) -> str:
    return f"вверх от доли 0,{round_up_from:02}"


def _summed(values: Collection[str], round_up_from: int) -> str:
    """One mark for several. Numbers decide; without any, whether there are more passes than failures."""
    numbers = [int(value) for value in values if value.isdigit()]
    if numbers:
        return rounded(sum(numbers), len(numbers), round_up_from)
    passed, failed = (sum(value == word for value in values) for word in (PASSED, NOT_PASSED))
    if passed or failed:
        return PASSED if passed > failed else NOT_PASSED
    return EXEMPT if set(values) == {EXEMPT} else NOT_ATTESTED


def check_value(value: str, kind: FinalKind, field: str) -> None:
    """Refuse a value outside the domain."""
    if value not in FINAL_VALUES:
        allowed = ", ".join(f"«{known}»" for known in FINAL_VALUES)
        raise Refusal(RefusalCode.BAD_MARK, f"Такой отметки нет. Можно поставить: {allowed}.", field, CLAUSE[kind])


def check_begun(starts_on: date, today: date, kind: FinalKind, field: str) -> None:
    """Refuse a mark of a period, or of a year, that has not begun."""
    if starts_on > today:
        of = "Период" if kind is FinalKind.PERIOD else "Учебный год"
        message = f"{of} начнётся {starts_on:%d.%m.%Y}: отметки за него ставить рано."
        raise Refusal(RefusalCode.PERIOD_NOT_BEGUN, message, field, CLAUSE[kind])


def check_over(ends_on: date, today: date, field: str) -> None:
    """Refuse to close a period before its last day: lessons of it are still to come."""
    if today < ends_on:
        message = f"Период идёт по {ends_on:%d.%m.%Y}: закрыть его можно в последний день или позже."
        raise Refusal(RefusalCode.PERIOD_NOT_OVER, message, field, "7.7")


def check_rule(round_up_from: int, fewest: int) -> None:
    """Refuse a rule that no average could follow."""
    if round_up_from not in ROUND_UP_FROM:
        message = f"Округление вверх — от {ROUND_UP_FROM[0]} до {ROUND_UP_FROM[-1]} сотых."
        raise bad_input(message, "roundUpFrom")
    if fewest not in FEWEST_MARKS:
        raise bad_input(f"Наименьшее число отметок — от {FEWEST_MARKS[0]} до {FEWEST_MARKS[-1]}.", "fewestMarks")


def check_announced(announced_on: date, year: tuple[date, date], field: str) -> None:
    """Refuse a day of an exam's results outside the class's year. year: its first and last day."""
    if not year[0] <= announced_on <= year[1]:
        message = f"День не этого учебного года ({year[0]:%d.%m.%Y}–{year[1]:%d.%m.%Y})."
        raise Refusal(RefusalCode.OUTSIDE_YEAR, message, field, "7.10")


def no_exam(field: str) -> Refusal:
    """Nobody teaches the subject to the class: there is no exam in it."""
    return Refusal(RefusalCode.NOT_TAUGHT, "Этот предмет в классе не преподают.", field, "7.10")


def period_closed(field: str | None = None, *closings: int) -> Refusal:
    """The period has been closed for the class: what was written in it stays as it is."""
    message = "Учебный период закрыт: записи за него не меняются. Открыть его может завуч."
    return Refusal(
        RefusalCode.PERIOD_CLOSED, message, field, "7.7", tuple(("PeriodClosing", each) for each in closings)
    )
