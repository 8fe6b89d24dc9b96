"""The words of the rules as GraphQL enums, each value with what people call it: types take them from here."""

from collections.abc import Callable
from enum import Enum, StrEnum
from typing import Any, TypeVar

import strawberry

from permissions.gates import NAMES, Gate, gate
from rules.account import ROLE_NAMES, AccountKind, Role
from rules.account_orders import OrderState, Responsibility
from rules.curriculum import GroupKind, PeriodKind
from rules.journal import ATTENDANCE_LETTERS, AttendanceCode
from rules.refusals import RefusalCode
from rules.school import GuardianKind, Sex
from rules.timetable import LessonState

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
_describe(
    AccountKind,
    "Чья учётная запись.",
    {AccountKind.PERSON: "Человека", AccountKind.ANALYST: "Аналитика", AccountKind.SERVICE: "Внешней службы"},
)
_describe(
    Responsibility,
    "За что назначен ответственный (6.2, 11.2).",
    {
        Responsibility.USE_OF_SYSTEM: "Организация использования Системы; из числа заместителей (11.2)",
        Responsibility.ADMINISTRATION: "Администрирование Системы; роль «Администратор системы» (11.2)",
        Responsibility.STAFF_CARDS: "Личные карты сотрудников; роль «Специалист по кадрам» (4.2, 11.2)",
        Responsibility.STUDENT_CARDS: "Личные карты обучающихся и сведения о родителях; роль «Секретарь» (4.4, 11.2)",
        Responsibility.TIMETABLE: "Работа с расписанием; роль «Завуч» (6.2)",
    },
)
_describe(OrderState, "Состояние приказа.", {OrderState.ISSUED: "Издан", OrderState.CANCELLED: "Отменён"})
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


@gated_values(NAME=gate(NAMES))
class StudentOrder(StrEnum):
    """How a list of students is ordered. An order by names would tell them to an analyst, who sees none."""

    NAME = "name"
    ENTRY = "entry"


_describe(StudentOrder, "Порядок списка учащихся.", {"name": "По алфавиту", "entry": "По порядку внесения"})

__all__ = [
    "AccountKind",
    "AttendanceCode",
    "GroupKind",
    "GuardianKind",
    "LessonState",
    "OrderState",
    "PeriodKind",
    "RefusalCode",
    "Responsibility",
    "Role",
    "Sex",
    "StudentOrder",
]
