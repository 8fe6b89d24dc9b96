"""The journal's words: marks, reasons for absence, and what may stand in a cell."""

from datetime import date
from enum import StrEnum

from .refusals import Refusal, RefusalCode
from .timetable import LessonState

MARK_VALUES = ("5", "4", "3", "2", "1", "зач.", "незач.", "н/а", "осв.", ".")
"""Everything that may be set as a mark. Only 1–5 are numbers; «.» is the «точка»: work that is owed."""

OWED = "."
"""The «точка»."""

WEIGHTS = range(1, 101)
"""The weight a kind of work or a single task may have in the weighted average."""

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


def check_mark(value: str, field: str) -> None:
    """Refuse a value outside the mark's domain."""
    if value not in MARK_VALUES:
        allowed = ", ".join(f"«{known}»" for known in MARK_VALUES)
        raise Refusal(RefusalCode.BAD_MARK, f"Такой отметки нет. Можно поставить: {allowed}.", field, "7.4")


def check_open(state: str, day: date, today: date, field: str) -> None:
    """Refuse to record what happened at a lesson that did not happen, or has not happened yet (7.4)."""
    if state == LessonState.CANCELLED:
        raise Refusal(RefusalCode.LESSON_CANCELLED, "Урок отменён.", field, "7.4")
    if day > today:
        raise Refusal(RefusalCode.LESSON_NOT_YET, "Урок ещё не прошёл.", field, "7.4")
