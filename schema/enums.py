"""The words of the rules as GraphQL enums, each value with what people call it: types take them from here."""

from collections.abc import Callable
from enum import Enum, StrEnum
from typing import Any, TypeVar

import strawberry

from permissions.gates import NAMES, Gate, gate
from rules.account import ROLE_NAMES, Role
from rules.curriculum import GroupKind, PeriodKind
from rules.journal import ATTENDANCE_LETTERS, AttendanceCode
from rules.refusals import RefusalCode
from rules.school import GuardianKind, Sex
from rules.timetable import LessonState
from rules.timetable_absences import AbsenceKind
from rules.timetable_corrections import CorrectionKind

E = TypeVar("E", bound=type[Enum])


def gated_values(**gates: type[Gate]) -> Callable[[Any], Any]:
    """Mark values of an enum that are not for all: `@gated_values(NAME=gate(NAMES))` above `@strawberry.enum`."""

    def mark(enum: Any) -> Any:
        enum.__gates__ = gates
        return enum

    return mark


def _describe(enum: E, description: str, names: dict[Any, str] | None = None) -> E:
    strawberry.enum(enum, description=description)
    for value in enum.__strawberry_definition__.values:  # type: ignore[attr-defined]
        value.description = (names or {}).get(value.value)
    return enum


_describe(Role, "Роль в Системе.", ROLE_NAMES)
_describe(RefusalCode, "Причина отказа; не меняется от версии к версии.")
_describe(Sex, "Пол.", {Sex.MALE: "Мужской", Sex.FEMALE: "Женский"})
_describe(
    GuardianKind,
    "Кем приходится законный представитель.",
    {GuardianKind.MOTHER: "Мать", GuardianKind.FATHER: "Отец", GuardianKind.GUARDIAN: "Опекун, попечитель"},
)
_describe(
    PeriodKind,
    "Вид учебного периода (5.2).",
    {PeriodKind.QUARTER: "Четверть", PeriodKind.HALF_YEAR: "Полугодие", PeriodKind.TRIMESTER: "Триместр"},
)
_describe(
    GroupKind, "Вид учебной группы.", {GroupKind.WHOLE: "Весь класс", GroupKind.SUBGROUP: "Подгруппа по предмету"}
)
_describe(
    LessonState,
    "Состояние урока.",
    {LessonState.PLANNED: "Запланирован", LessonState.HELD: "Проведён", LessonState.CANCELLED: "Отменён"},
)
_describe(
    AttendanceCode,
    "Причина пропуска (7.3).",
    {
        AttendanceCode.UNEXPLAINED: f"{ATTENDANCE_LETTERS[AttendanceCode.UNEXPLAINED]} — причина пока не указана",
        AttendanceCode.EXCUSED: f"{ATTENDANCE_LETTERS[AttendanceCode.EXCUSED]} — уважительная причина",
        AttendanceCode.ILLNESS: f"{ATTENDANCE_LETTERS[AttendanceCode.ILLNESS]} — болезнь",
        AttendanceCode.UNEXCUSED: f"{ATTENDANCE_LETTERS[AttendanceCode.UNEXCUSED]} — неуважительная причина",
        AttendanceCode.LATE: f"{ATTENDANCE_LETTERS[AttendanceCode.LATE]} — опоздание",
        AttendanceCode.OTHER: f"{ATTENDANCE_LETTERS[AttendanceCode.OTHER]} — отсутствие по иной причине",
        AttendanceCode.EXEMPT: f"{ATTENDANCE_LETTERS[AttendanceCode.EXEMPT]} — освобождение",
    },
)

_describe(
    CorrectionKind,
    "Что сделано с уроком (6.5).",
    {
        CorrectionKind.MOVED: "Перенесён",
        CorrectionKind.CANCELLED: "Отменён",
        CorrectionKind.RESTORED: "Возвращён",
        CorrectionKind.ADDED: "Добавлен",
        CorrectionKind.REPLACED: "Заменён другим предметом или учителем",
        CorrectionKind.SUBSTITUTED: "Учителя заменяют",
        CorrectionKind.SUBSTITUTION_ENDED: "Замена снята",
        CorrectionKind.ROOM_CHANGED: "Другой кабинет",
    },
)
_describe(
    AbsenceKind,
    "Почему сотрудник отсутствует.",
    {
        AbsenceKind.SICK_LEAVE: "Больничный лист",
        AbsenceKind.LEAVE: "Отпуск",
        AbsenceKind.BUSINESS_TRIP: "Командировка",
        AbsenceKind.OTHER: "Другое",
    },
)


@gated_values(NAME=gate(NAMES))
class StudentOrder(StrEnum):
    """How a list of students is ordered. An order by names would tell them to an analyst, who sees none."""

    NAME = "name"
    ENTRY = "entry"


_describe(StudentOrder, "Порядок списка учащихся.", {"name": "По алфавиту", "entry": "По порядку внесения"})

__all__ = [
    "AbsenceKind",
    "AttendanceCode",
    "CorrectionKind",
    "GroupKind",
    "GuardianKind",
    "LessonState",
    "PeriodKind",
    "RefusalCode",
    "Role",
    "Sex",
    "StudentOrder",
]
