"""The white list of the report constructor (10.7): what may be asked of, field by field."""

from collections.abc import Mapping
from enum import StrEnum

from .account import Role
from .curriculum import YearState
from .journal import ATTENDANCE_LETTERS, MARK_VALUES
from .journal_finals import FINAL_VALUES, FinalKind
from .movement import MovementKind
from .report_constructor import COMPOSERS, About, Field, ReportFieldType
from .school import GuardianKind, Sex
from .timetable import LessonState


class ReportSource(StrEnum):
    """What reports are composed of."""

    STUDENTS = "students"
    ENROLMENTS = "enrolments"
    GUARDIANS = "guardians"
    STAFF = "staff"
    CLASSES = "classes"
    MOVEMENT = "movement"
    FINAL_MARKS = "final_marks"
    MARKS = "marks"
    ATTENDANCE = "attendance"
    LESSONS = "lessons"
    HOMEWORK = "homework"


_T = ReportFieldType
_ANALYST = frozenset({Role.ANALYST})
_ADMINISTRATOR = frozenset({Role.ADMINISTRATOR})


def _personal(title: str, type_: ReportFieldType = _T.TEXT) -> Field:
    return Field(title, type_, personal=True)


def _choice(title: str, **options: str) -> Field:
    return Field(title, _T.CHOICE, options=options)


def _words(title: str, *listed: str) -> Field:
    return Field(title, _T.CHOICE, options={each: each for each in listed})


_SEX = _choice("Пол", **{Sex.MALE: "мужской", Sex.FEMALE: "женский"})
_BIRTH_YEAR = Field("Год рождения", _T.NUMBER)
_CLASS = {
    "grade": Field("Параллель", _T.NUMBER),
    "class": Field("Класс"),
    "shift": Field("Смена", _T.NUMBER),
}
_YEAR = {
    "year": Field("Учебный год"),
    "yearState": _choice(
        "Состояние учебного года",
        **{YearState.DRAFT: "готовится", YearState.OPEN: "открыт", YearState.CLOSED: "закрыт"},
    ),
}
_NAME = {
    "name": _personal("Фамилия, имя, отчество"),
    "familyName": _personal("Фамилия"),
}
_CONTACTS = {
    "phone": _personal("Телефон"),
    "email": _personal("Электронная почта"),
    "address": _personal("Адрес"),
}
_BIRTH = {
    "birthDate": _personal("Дата рождения", _T.DATE),
    # On a birthday it changes: whoever asks each day would find the date.
    "age": _personal("Полных лет", _T.NUMBER),
}
_CARD = {"sex": _SEX, "birthYear": _BIRTH_YEAR, **_NAME, **_BIRTH}
_OF_STUDENT = {"sex": _SEX, "birthYear": _BIRTH_YEAR}
_AT_LESSON = {
    "date": Field("Дата", _T.DATE),
    "month": Field("Месяц"),
    "subject": Field("Предмет"),
    **_CLASS,
    **_YEAR,
}

SOURCES: Mapping[ReportSource, About] = {
    ReportSource.STUDENTS: About(
        "Обучающиеся",
        COMPOSERS,
        True,
        {
            **_CARD,
            "fileNumber": _personal("Номер личного дела"),
            "enrolled": Field("Учится сейчас", _T.FLAG),
            **_CLASS,
            "individualPlan": Field("Индивидуальный план", _T.FLAG),
            "taughtAtHome": Field("Обучается на дому", _T.FLAG),
            **_CONTACTS,
        },
    ),
    ReportSource.ENROLMENTS: About(
        "Пребывание в классах",
        COMPOSERS,
        True,
        {
            "startsOn": Field("Первый день", _T.DATE),
            "endsOn": Field("Последний день", _T.DATE),
            **_CLASS,
            **_YEAR,
            **_CARD,
        },
    ),
    ReportSource.GUARDIANS: About(
        "Законные представители",
        _ADMINISTRATOR,
        True,
        {
            **_NAME,
            **_CONTACTS,
            "kind": _choice(
                "Кем приходится",
                **{
                    GuardianKind.MOTHER: "мать",
                    GuardianKind.FATHER: "отец",
                    GuardianKind.GUARDIAN: "опекун, попечитель",
                },
            ),
            "startsOn": Field("Первый день", _T.DATE),
            "endsOn": Field("Последний день", _T.DATE),
            "student": _personal("Обучающийся"),
        },
    ),
    ReportSource.STAFF: About(
        "Сотрудники",
        COMPOSERS,
        True,
        {
            "position": Field("Основная должность"),
            "category": Field("Категория"),
            "employed": Field("Работает сейчас", _T.FLAG),
            "hiredOn": Field("Принят", _T.DATE, personal=True),
            "dismissedOn": Field("Уволен", _T.DATE, personal=True),
            "number": _personal("Табельный номер"),
            "diploma": _personal("Специальность по диплому"),
            **_NAME,
            **_BIRTH,
            **_CONTACTS,
        },
    ),
    ReportSource.CLASSES: About(
        "Классы",
        COMPOSERS,
        False,
        {**_CLASS, **_YEAR, "capacity": Field("Плановая наполняемость", _T.NUMBER)},
    ),
    ReportSource.MOVEMENT: About(
        "Движение обучающихся",
        COMPOSERS,
        True,
        {
            "kind": _choice(
                "Приказ",
                **{
                    MovementKind.PROMOTION: "перевод в следующий класс",
                    MovementKind.REPETITION: "повторное обучение",
                    MovementKind.GRADUATION: "выпуск",
                    MovementKind.DEPARTURE: "выбытие",
                    MovementKind.ENROLMENT: "зачисление",
                    MovementKind.TRANSFER: "перевод из класса в класс",
                },
            ),
            "effectiveOn": Field("Действует с", _T.DATE),
            "month": Field("Месяц"),
            "grade": Field("Параллель", _T.NUMBER),
        },
    ),
    ReportSource.FINAL_MARKS: About(
        "Итоговые отметки",
        _ANALYST,
        True,
        {
            "value": _words("Отметка", *FINAL_VALUES),
            "number": Field("Отметка числом", _T.NUMBER),
            "kind": _choice(
                "За что",
                **{
                    FinalKind.PERIOD: "учебный период",
                    FinalKind.YEAR: "год",
                    FinalKind.EXAM: "экзамен",
                    FinalKind.FINAL: "итог",
                },
            ),
            "period": Field("Учебный период"),
            "subject": Field("Предмет"),
            **_CLASS,
            **_YEAR,
            **_OF_STUDENT,
        },
    ),
    ReportSource.MARKS: About(
        "Текущие отметки",
        _ANALYST,
        True,
        {
            "value": _words("Отметка", *MARK_VALUES),
            "number": Field("Отметка числом", _T.NUMBER),
            "weight": Field("Вес", _T.NUMBER),
            **_AT_LESSON,
            **_OF_STUDENT,
        },
    ),
    ReportSource.ATTENDANCE: About(
        "Пропуски и опоздания",
        _ANALYST,
        True,
        {
            "code": _choice("Причина", **ATTENDANCE_LETTERS),
            "minutesLate": Field("Опоздание, минут", _T.NUMBER),
            **_AT_LESSON,
            **_OF_STUDENT,
        },
    ),
    ReportSource.LESSONS: About(
        "Уроки",
        _ANALYST,
        False,
        {
            **_AT_LESSON,
            "lesson": Field("Номер урока", _T.NUMBER),
            "state": _choice(
                "Состояние",
                **{
                    LessonState.PLANNED: "по расписанию",
                    LessonState.HELD: "проведён",
                    LessonState.CANCELLED: "отменён",
                },
            ),
            "hasTopic": Field("Тема записана", _T.FLAG),
        },
    ),
    ReportSource.HOMEWORK: About(
        "Домашние задания",
        _ANALYST,
        False,
        {**_AT_LESSON, "dueOn": Field("Срок", _T.DATE)},
    ),
}
"""What reports are composed of, for whom, with which fields."""


def about(source: str) -> About:
    """What there is to know of a source."""
    return SOURCES[ReportSource(source)]
