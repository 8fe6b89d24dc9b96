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
from rules.school import Contact, ContactsOf, GuardianKind, SchoolPart, Sex
from rules.school_documents import DOCUMENT_KINDS, DocumentKind
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
_describe(RefusalCode, "Причина отказа; не меняется от версии к версии.")
_describe(Sex, "Пол.", {Sex.MALE: "Мужской", Sex.FEMALE: "Женский"})
_describe(
    GuardianKind,
    "Кем приходится законный представитель.",
    {GuardianKind.MOTHER: "Мать", GuardianKind.FATHER: "Отец", GuardianKind.GUARDIAN: "Опекун, попечитель"},
)
_describe(
    Contact,
    "Сведения, которые собирают только по решению школы (4.8).",
    {Contact.PHONE: "Телефон", Contact.EMAIL: "Электронная почта", Contact.ADDRESS: "Домашний адрес"},
)
_describe(
    ContactsOf,
    "Чьи сведения собирают (4.8).",
    {ContactsOf.STUDENTS: "Обучающиеся", ContactsOf.GUARDIANS: "Законные представители"},
)
_describe(
    SchoolPart,
    "Часть карточки школы (3.2).",
    {
        SchoolPart.ADDRESS: "Адрес",
        SchoolPart.PHONE: "Телефон",
        SchoolPart.EMAIL: "Электронная почта",
        SchoolPart.SITE: "Сайт",
        SchoolPart.TAX_NUMBER: "ИНН",
        SchoolPart.LICENCE: "Лицензия: номер, дата, кем выдана, не истекла",
        SchoolPart.ACCREDITATION: "Аккредитация: номер, дата, кем выдана, не истекла",
    },
)
_describe(DocumentKind, "Вид документа (5.7).", dict(DOCUMENT_KINDS))
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
    "AttendanceCode",
    "Contact",
    "ContactsOf",
    "DocumentKind",
    "GroupKind",
    "GuardianKind",
    "LessonState",
    "PeriodKind",
    "RefusalCode",
    "Role",
    "SchoolPart",
    "Sex",
    "StudentOrder",
]
