"""The journal's words: marks, reasons for absence, and what may stand in a cell."""

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from operator import mul

from .days import DaysAfter
from .refusals import Refusal, RefusalCode, bad_input
from .timetable import LessonState

MARK_VALUES = ("5", "4", "3", "2", "1", "зач.", "незач.", "н/а", "осв.", ".")
"""Everything that may be set as a mark. Only 1–5 are numbers; «.» is the «точка»: work that is owed."""

OWED = "."
"""The «точка»."""

AVERAGE_FORMULA = "сумма отметок-чисел / их число"
WEIGHTED_FORMULA = "Σ(отметка · вес) / Σ вес"
MEANS = (
    f"средний балл = {AVERAGE_FORMULA}; средневзвешенный балл = {WEIGHTED_FORMULA}; "
    "«осв.», «н/а», зачёты и «точка» — не числа"
)
"""The means of marks."""

WEIGHTS = range(1, 101)
"""The weight a kind of work or a single task may have in the weighted average."""

USUAL_WORK_TYPES = (
    ("Ответ на уроке", "О", 1, False),
    ("Домашняя работа", "ДЗ", 1, False),
    ("Самостоятельная работа", "СР", 2, True),
    ("Практическая работа", "ПР", 2, True),
    ("Лабораторная работа", "ЛР", 2, True),
    ("Тест", "Т", 2, True),
    ("Проект", "П", 2, False),
    ("Сочинение", "С", 3, True),
    ("Диктант", "Д", 3, True),
    ("Контрольная работа", "КР", 3, True),
)
"""The kinds of work that a new school starts with: name, short name, weight, and whether it is a written one (7.4)."""

RECORDS_TERM = DaysAfter(0)
"""When marks, absences and the topic are entered, from the day of the lesson (7.4)."""

HOMEWORK_TERM = timedelta(hours=3)
"""When homework is entered, from the end of the shift (7.4)."""

WRITTEN_TERM = DaysAfter(7)
"""When the marks of a written work are set, from the day on which it was done: its own, or else the lesson's (7.4)."""

COMMENT_LENGTH = 1000
TEXT_LENGTH = 10_000


class AttendanceCode(StrEnum):
    """Why a student missed a lesson or a part of it (7.3)."""

    UNEXPLAINED = "unexplained"
    EXCUSED = "excused"
    ILLNESS = "illness"
    UNEXCUSED = "unexcused"
    LATE = "late"
    OTHER = "other"
    EXEMPT = "exempt"


ATTENDANCE_LETTERS: dict[AttendanceCode, str] = {
    AttendanceCode.UNEXPLAINED: "Н",
    AttendanceCode.EXCUSED: "УП",
    AttendanceCode.ILLNESS: "Б",
    AttendanceCode.UNEXCUSED: "НП",
    AttendanceCode.LATE: "ОП",
    AttendanceCode.OTHER: "ОТ",
    AttendanceCode.EXEMPT: "ОСВ",
}
"""What the journal's cell shows."""


def mean(numbers: Sequence[int], weights: Sequence[int] | None = None) -> float | None:
    """The mean, weighted or not, to two digits, a half away from zero as PostgreSQL rounds it; None of nothing."""
    heavy = sum(map(mul, numbers, weights)) if weights else sum(numbers)
    weight = sum(weights) if weights else len(numbers)
    return (200 * heavy + weight) // (2 * weight) / 100 if weight else None


def check_mark(value: str, field: str) -> None:
    """Refuse a value outside the mark's domain."""
    if value not in MARK_VALUES:
        allowed = ", ".join(f"«{known}»" for known in MARK_VALUES)
        raise Refusal(RefusalCode.BAD_MARK, f"Такой отметки нет. Можно поставить: {allowed}.", field, "7.4")


def check_made_up(value: str, day: date, days: tuple[date, date], field: str, *, may: bool) -> None:
    """Refuse a mark for work made up on a `day` outside `days` (the lesson's and today), or where there is nothing to
    make up for: the student was there and owed nothing (7.5). A «точка» says that the work is still owed.
    """
    if value == OWED:
        raise bad_input("«Точка» — это долг: отработки ещё не было.", field)
    if not days[0] <= day <= days[1]:
        raise bad_input("Отработка — не раньше урока и не позже сегодняшнего дня.", field)
    if not may:
        message = "Учащийся не пропускал этот урок и ничего за него не должен: отрабатывать нечего."
        raise Refusal(RefusalCode.NOT_ABSENT, message, field, "7.5")


def check_text(text: str | None, length: int, field: str, *, required: bool = False) -> None:
    """Refuse a text that is too long, holds a zero byte (which PostgreSQL cannot keep), or is needed and empty."""
    if required and not (text or "").strip():
        raise bad_input("Напишите текст.", field)
    if text and (len(text) > length or "\0" in text):
        raise bad_input(f"Текст длиннее {length} знаков или с недопустимым знаком.", field)


def check_not_cancelled(state: str, field: str) -> None:
    """Refuse to write in the journal of a lesson that did not take place."""
    if state == LessonState.CANCELLED:
        raise Refusal(RefusalCode.LESSON_CANCELLED, "Урок отменён.", field, "7.4")


def check_open(state: str, day: date, today: date, field: str) -> None:
    """Refuse to record what happened at a lesson that did not happen, or has not happened yet (7.4)."""
    check_not_cancelled(state, field)
    if day > today:
        raise Refusal(RefusalCode.LESSON_NOT_YET, "Урок ещё не прошёл.", field, "7.4")
