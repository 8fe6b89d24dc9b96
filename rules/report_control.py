"""The deputy's control of journals (7.11): what is looked at, by which clause, and what is found fault with."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction

from .refusals import bad_input
from .report_deadlines import RULES, Deadline


class ControlAspect(StrEnum):
    """What the regulation wants controlled: that all is there, in time, and right."""

    COMPLETENESS = "completeness"
    TIMELINESS = "timeliness"
    CORRECTNESS = "correctness"


class ControlCheck(StrEnum):
    """One thing that is looked at, case by case."""

    TOPIC = "topic"
    ROLL_CALL = "roll_call"
    HOMEWORK = "homework"
    WRITTEN_WORK = "written_work"
    ENOUGH_MARKS = "enough_marks"
    PERIOD_MARKS = "period_marks"
    FINAL_MARKS = "final_marks"
    OUTAGE_RECORDS = "outage_records"
    TIMELY_RECORDS = "timely_records"
    TIMELY_HOMEWORK = "timely_homework"
    TIMELY_WRITTEN_WORK = "timely_written_work"
    TIMELY_REASONS = "timely_reasons"
    TIMELY_PERIOD_MARKS = "timely_period_marks"
    TIMELY_FINAL_MARKS = "timely_final_marks"
    TIMELY_OUTAGE_RECORDS = "timely_outage_records"
    TOPIC_BY_PLAN = "topic_by_plan"
    HOURS = "hours"
    MAKE_UP = "make_up"
    DEBT = "debt"
    ABSENCE_REASON = "absence_reason"
    PERIOD_MARK_BY_RULE = "period_mark_by_rule"
    FINAL_MARK_BY_RULE = "final_mark_by_rule"
    SUBJECT_TAKEN = "subject_taken"


class ControlBy(StrEnum):
    """What a row of the control is of. A journal: a teacher's, of a class or subgroup, in a subject."""

    STAFF = "staff"
    SCHOOL_CLASS = "school_class"
    SUBJECT = "subject"
    JOURNAL = "journal"


@dataclass(frozen=True)
class CheckRule:
    """A check. cases: what is counted; good: which of it are as they should be; fault: what is said of the others.

    fault is empty where nothing can be mended any more: what came late came late.
    """

    aspect: ControlAspect
    clause: str
    title: str
    cases: str
    good: str
    fault: str = ""


_COMPLETE, _TIMELY, _CORRECT = ControlAspect.COMPLETENESS, ControlAspect.TIMELINESS, ControlAspect.CORRECTNESS

IN_TIME: Mapping[Deadline, ControlCheck] = {
    Deadline.LESSON_RECORDS: ControlCheck.TIMELY_RECORDS,
    Deadline.HOMEWORK: ControlCheck.TIMELY_HOMEWORK,
    Deadline.WRITTEN_WORK: ControlCheck.TIMELY_WRITTEN_WORK,
    Deadline.ABSENCE_REASONS: ControlCheck.TIMELY_REASONS,
    Deadline.PERIOD_MARKS: ControlCheck.TIMELY_PERIOD_MARKS,
    Deadline.FINAL_MARKS: ControlCheck.TIMELY_FINAL_MARKS,
    Deadline.OUTAGE_RECORDS: ControlCheck.TIMELY_OUTAGE_RECORDS,
}
"""The deadlines of the journal, each with the check that it is kept."""

WATCHED: Mapping[Deadline, ControlCheck] = {
    Deadline.HOMEWORK: ControlCheck.HOMEWORK,
    Deadline.WRITTEN_WORK: ControlCheck.WRITTEN_WORK,
    Deadline.PERIOD_MARKS: ControlCheck.PERIOD_MARKS,
    Deadline.FINAL_MARKS: ControlCheck.FINAL_MARKS,
    Deadline.OUTAGE_RECORDS: ControlCheck.OUTAGE_RECORDS,
}
"""Deadlines whose object the watch knows to be done or not: the check that it is done goes by the same word."""


def _watched(deadline: Deadline, cases: str, fault: str) -> CheckRule:
    rule = RULES[deadline]
    return CheckRule(_COMPLETE, rule.clause, rule.what, f"{cases}, срок вышел", "выполнено, пусть и поздно", fault)


def _in_time(deadline: Deadline) -> CheckRule:
    rule = RULES[deadline]
    return CheckRule(_TIMELY, rule.clause, f"{rule.what}: в срок", "всё, чему срок вышел", "выполнено в срок")


CHECKS: Mapping[ControlCheck, CheckRule] = {
    ControlCheck.TOPIC: CheckRule(
        *(_COMPLETE, "7.4", "Темы уроков", "уроки прошедших дней", "тема записана", "Не записана тема урока.")
    ),
    ControlCheck.ROLL_CALL: CheckRule(
        *(_COMPLETE, "7.4", "Отметки о посещаемости", "уроки прошедших дней", "посещаемость отмечена"),
        "Не отмечена посещаемость урока.",
    ),
    ControlCheck.HOMEWORK: _watched(Deadline.HOMEWORK, "уроки", "Не записано домашнее задание."),
    ControlCheck.WRITTEN_WORK: _watched(
        Deadline.WRITTEN_WORK, "письменные работы", "Письменная работа оценена не у всех, кто её писал."
    ),
    ControlCheck.ENOUGH_MARKS: CheckRule(
        *(_COMPLETE, "7.2", "Накопляемость отметок", "учащиеся журнала к последней неделе учебного периода"),
        "отметок не меньше, чем требует правило школы, либо решено «н/а» или «осв.»",
        "Текущих отметок за период меньше, чем требует правило школы.",
    ),
    ControlCheck.PERIOD_MARKS: _watched(
        Deadline.PERIOD_MARKS, "журналы за период", "Отметки за период выставлены не всем."
    ),
    ControlCheck.FINAL_MARKS: _watched(
        Deadline.FINAL_MARKS, "журналы за год", "Годовые или итоговые отметки выставлены не всем."
    ),
    ControlCheck.OUTAGE_RECORDS: _watched(
        Deadline.OUTAGE_RECORDS, "журналы дней без доступа", "Записи из временного журнала не перенесены."
    ),
    **{check: _in_time(deadline) for deadline, check in IN_TIME.items()},
    ControlCheck.TOPIC_BY_PLAN: CheckRule(
        *(_CORRECT, "2.3", "Темы по календарно-тематическому плану", "записанные темы уроков, для которых есть план"),
        *("тема из плана", "Тема урока не та, что в календарно-тематическом плане."),
    ),
    ControlCheck.HOURS: CheckRule(
        *(_CORRECT, "1.5", "Выполнение программы по часам", "уроки по расписанию, без добавленных"),
        *("прошли или восполнены добавленными", "Урок отменён и не восполнен."),
    ),
    ControlCheck.MAKE_UP: CheckRule(
        *(_CORRECT, "7.5", "Отметки за пропущенные уроки", "отметки тех, кого на уроке не было"),
        *("с днём отработки", "Отметка стоит на уроке, где учащегося не было, а отработка не указана."),
    ),
    ControlCheck.DEBT: CheckRule(
        *(_CORRECT, "7.5", "Отработка долгов", "«точки» и отработанное в законченных периодах"),
        *("отработано", "Период кончился, а «точка» осталась."),
    ),
    ControlCheck.ABSENCE_REASON: CheckRule(
        *(_CORRECT, "7.3", "Причины пропусков", "пропуски законченных периодов"),
        *("причина указана", "Период кончился, а причина пропуска не указана."),
    ),
    ControlCheck.PERIOD_MARK_BY_RULE: CheckRule(
        *(_CORRECT, "7.7", "Отметки за период по текущим", "отметки за период, для которых правило что-то предлагало"),
        *("как предлагало правило", "Отметка за период отличается от предложенной правилом школы."),
    ),
    ControlCheck.FINAL_MARK_BY_RULE: CheckRule(
        *(_CORRECT, "7.9", "Годовые и итоговые отметки по отметкам за периоды"),
        "годовые и итоговые отметки, для которых правило что-то предлагало",
        *("как предлагало правило", "Годовая или итоговая отметка отличается от предложенной правилом школы."),
    ),
    ControlCheck.SUBJECT_TAKEN: CheckRule(
        *(_CORRECT, "7.8", "Предметы вне индивидуального плана", "предметы, которых учащийся не изучает, за период"),
        *("отметки нет", "Отметка за период — по предмету, которого учащийся не изучает."),
    ),
}
"""Every check, in the order in which the control shows them."""

FAULTS = tuple(check for check, rule in CHECKS.items() if rule.fault)
"""Checks whose bad cases are findings: each can be mended."""

OF_LEADERS = (ControlCheck.ABSENCE_REASON, ControlCheck.TIMELY_REASONS)
"""Checks of what class teachers do, of all subjects; the others are of the teacher who gives the lesson."""


@dataclass(frozen=True, slots=True)
class Share:
    """How many cases there are, and how many of them are good."""

    good: int = 0
    cases: int = 0

    def __add__(self, other: "Share") -> "Share":
        return Share(self.good + other.good, self.cases + other.cases)

    @property
    def exact(self) -> Fraction | None:
        """Percent; None of nothing."""
        return Fraction(100 * self.good, self.cases) if self.cases else None


def formula(check: ControlCheck) -> str:
    """What a check's figure is."""
    rule = CHECKS[check]
    return f"{rule.good} · 100 / {rule.cases}"


ASPECT_FORMULA = "Σ хорошо · 100 / Σ случаев по всем проверкам: сложены случаи, а не проценты"
ASPECTS = {_COMPLETE: "Полнота, %", _TIMELY: "Своевременность, %", _CORRECT: "Правильность, %"}


def preceding(since: date, until: date) -> tuple[date, date]:
    """As many days, just before."""
    days = (until - since).days + 1
    return since - timedelta(days=days), since - timedelta(days=1)


def of_aspect(aspect: ControlAspect) -> tuple[ControlCheck, ...]:
    """The checks of an aspect."""
    return tuple(check for check, rule in CHECKS.items() if rule.aspect is aspect)


def faults_of(check: ControlCheck | None, aspect: ControlAspect | None) -> tuple[ControlCheck, ...]:
    """Which findings are asked for; refused where nothing of the kind can be found."""
    found = tuple(
        each for each in FAULTS if check in (None, each) and (aspect is None or CHECKS[each].aspect is aspect)
    )
    if not found:
        raise bad_input(
            "Замечать здесь нечего: опоздания видны в обязательствах (`obligations`).",
            "check" if check is not None else "aspect",
        )
    return found


def key_of(check: str, *keys: int) -> str:
    """What tells a finding apart from all others."""
    return ":".join((check, *map(str, keys)))


def check_key(key: str, field: str) -> tuple[ControlCheck, tuple[int, int, int]]:
    """What a key says; refused where it is none."""
    check, *numbers = key.split(":")
    if check not in FAULTS or len(numbers) != KEYS or not all(_is_number(each) for each in numbers):
        raise bad_input("Такого не находят.", field)
    first, second, third = map(int, numbers)
    return ControlCheck(check), (first, second, third)


KEYS = 3
_LONGEST = 18


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _LONGEST
