"""The figures of attendance: what is counted of lessons held and missed, and the percentage made of it (10.1)."""

from dataclasses import astuple, dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Self

from .journal import AttendanceCode
from .report_figures import rounded


class AbsenceLeft(StrEnum):
    """Why what stands in the journal is no lesson missed."""

    LATE = "late"
    EXEMPT = "exempt"
    AT_HOME = "at_home"
    NOT_TAKEN = "not_taken"


ABSENCE_LEFT_WORDS = {
    AbsenceLeft.LATE: "опоздание: на уроке был",
    AbsenceLeft.EXEMPT: "освобождён от урока: урок не считается",
    AbsenceLeft.AT_HOME: "обучается на дому: посещаемость — в бумажном журнале (7.8)",
    AbsenceLeft.NOT_TAKEN: "урок не состоялся, или обучающийся не должен был на нём быть",
}
ATTENDANCE_FORMULA = "(проведено − пропущено) · 100 / проведено"
ATTENDANCE_LEGEND = (
    f"Посещаемость, % = {ATTENDANCE_FORMULA}, по урокам: процент класса — не среднее процентов. "
    "Проведено — уроки в журнале, на которых обучающийся должен был быть, без тех, от которых он освобождён (ОСВ).",
    "Пропущено: Б — по болезни, УП — по уважительной причине, НП — по неуважительной, Н — причина не названа, ОТ — "
    "иная. Опоздание (ОП) — не пропуск. День пропущен, если пропущены все уроки; по причине — если она одна.",
)


@dataclass(frozen=True, slots=True)
class AttendanceCounts:
    """Lessons of students: held, missed by the reason, late; days missed from the first lesson to the last.

    held: without those that a student is exempt from. uncalled: those of them whose roll has not been called.
    """

    held: int = 0
    uncalled: int = 0
    illness: int = 0
    excused: int = 0
    unexcused: int = 0
    unexplained: int = 0
    other: int = 0
    late: int = 0
    exempt: int = 0
    days: int = 0
    illness_days: int = 0
    excused_days: int = 0
    unexcused_days: int = 0

    def __add__(self, other: Self) -> "AttendanceCounts":
        return AttendanceCounts(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    @property
    def missed(self) -> int:
        """Lessons missed, for whatever reason."""
        return self.illness + self.excused + self.unexcused + self.unexplained + self.other

    @property
    def percent(self) -> Decimal | None:
        """How many percent of the lessons held were not missed; None where none was held."""
        return rounded(Fraction(100 * (self.held - self.missed), self.held)) if self.held else None


def absence_left_out(code: str, at_home: bool, taken: bool) -> AbsenceLeft | None:
    """Why an entry is not counted as a lesson missed; None if it is. taken: the lesson was held, and the student was to
    be there.
    """
    if at_home:
        return AbsenceLeft.AT_HOME
    if not taken:
        return AbsenceLeft.NOT_TAKEN
    return {AttendanceCode.LATE: AbsenceLeft.LATE, AttendanceCode.EXEMPT: AbsenceLeft.EXEMPT}.get(AttendanceCode(code))


def lesson_left_out(code: str | None, at_home: bool) -> AbsenceLeft | None:
    """Why a lesson that was held is not counted for a student, of whose attendance there stands this."""
    if at_home:
        return AbsenceLeft.AT_HOME
    return AbsenceLeft.EXEMPT if code == AttendanceCode.EXEMPT else None
