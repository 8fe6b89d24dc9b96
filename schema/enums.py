"""The words of the rules as GraphQL enums, each value with what people call it: types take them from here."""

from collections.abc import Callable
from enum import Enum, StrEnum
from typing import Any, TypeVar

import strawberry

from permissions.gates import NAMES, Gate, gate
from rules.account import ROLE_NAMES, AccountKind, Role
from rules.account_orders import AppointmentState, Responsibility
from rules.curriculum import GroupKind, PeriodKind, YearState
from rules.curriculum_plan import ComponentKind, LoadVerdict, PlanGapKind
from rules.movement import MovementKind, OrderState
from rules.movement_council import OUTCOME_WORDS, CouncilOutcome
from rules.movement_transition import FINDING_NAMES, STEP_NAMES, TransitionFindingKind, TransitionState, TransitionStep
from rules.refusals import RefusalCode
from rules.school import Contact, ContactsOf, GuardianKind, SchoolPart, Sex
from rules.school_announcements import Readership
from rules.school_documents import DOCUMENT_KINDS, DocumentKind
from rules.timetable import LessonState, TimetableState, Weeks
from rules.timetable_absences import AbsenceKind
from rules.timetable_checks import FINDING_NAMES as WEEK_FINDINGS
from rules.timetable_checks import FindingKind
from rules.timetable_corrections import CorrectionKind
from rules.timetable_mismatches import MismatchKind, MismatchState, MismatchStepKind

E = TypeVar("E", bound=type[Enum])


def gated_values(**gates: type[Gate]) -> Callable[[Any], Any]:
    """Mark values of an enum that are not for all: `@gated_values(NAME=gate(NAMES))` above `@strawberry.enum`."""

    def mark(enum: Any) -> Any:
        enum.__gates__ = gates
        return enum

    return mark


def describe(enum: E, description: str, names: dict[Any, str] | None = None) -> E:
    """Make an enum of the rules one of GraphQL's, with what people call its values."""
    strawberry.enum(enum, description=description)
    for value in enum.__strawberry_definition__.values:  # type: ignore[attr-defined]
        value.description = (names or {}).get(value.value)
    return enum


describe(Role, "Роль в Системе.", ROLE_NAMES)
describe(
    AccountKind,
    "Чья учётная запись.",
    {AccountKind.PERSON: "Человека", AccountKind.ANALYST: "Аналитика", AccountKind.SERVICE: "Внешней службы"},
)
describe(
    Readership,
    "Кому предназначено объявление.",
    {Readership.STAFF: "Работникам", Readership.STUDENTS: "Ученикам", Readership.PARENTS: "Родителям"},
)
describe(
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
describe(
    AppointmentState,
    "Состояние приказа о назначении.",
    {AppointmentState.ISSUED: "Издан", AppointmentState.CANCELLED: "Отменён"},
)
describe(RefusalCode, "Причина отказа; не меняется от версии к версии.")
describe(Sex, "Пол.", {Sex.MALE: "Мужской", Sex.FEMALE: "Женский"})
describe(
    GuardianKind,
    "Кем приходится законный представитель.",
    {GuardianKind.MOTHER: "Мать", GuardianKind.FATHER: "Отец", GuardianKind.GUARDIAN: "Опекун, попечитель"},
)
describe(
    Contact,
    "Сведения, которые собирают только по решению школы (4.8).",
    {Contact.PHONE: "Телефон", Contact.EMAIL: "Электронная почта", Contact.ADDRESS: "Домашний адрес"},
)
describe(
    ContactsOf,
    "Чьи сведения собирают (4.8).",
    {ContactsOf.STUDENTS: "Обучающиеся", ContactsOf.GUARDIANS: "Законные представители"},
)
describe(
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
describe(DocumentKind, "Вид документа (5.7).", dict(DOCUMENT_KINDS))
describe(
    PeriodKind,
    "Вид учебного периода (5.2).",
    {PeriodKind.QUARTER: "Четверть", PeriodKind.HALF_YEAR: "Полугодие", PeriodKind.TRIMESTER: "Триместр"},
)
describe(
    YearState,
    "Состояние учебного года (12).",
    {
        YearState.DRAFT: "Готовится",
        YearState.OPEN: "Открыт",
        YearState.CLOSED: "Закрыт: данные больше не меняются",
    },
)
describe(
    TransitionState,
    "Состояние перехода на новый учебный год (12).",
    {
        TransitionState.UNDER_WAY: "Идёт",
        TransitionState.OPENED: "Новый год открыт",
        TransitionState.REVERTED: "Отменён",
    },
)
describe(TransitionStep, "Шаг перехода на новый учебный год (12.1).", STEP_NAMES)
describe(TransitionFindingKind, "Что нужно сделать до открытия нового учебного года (12.1).", FINDING_NAMES)
describe(GroupKind, "Вид учебной группы.", {GroupKind.WHOLE: "Весь класс", GroupKind.SUBGROUP: "Подгруппа по предмету"})
describe(
    ComponentKind,
    "Какая это часть учебного плана (5.2).",
    {
        ComponentKind.OBLIGATORY: "Обязательная часть",
        ComponentKind.FORMED: "Часть, формируемая участниками образовательных отношений",
        ComponentKind.EXTRACURRICULAR: "Внеурочная деятельность",
    },
)
describe(
    LoadVerdict,
    "Как часы плана относятся к допустимым.",
    {
        LoadVerdict.FITS: "В норме",
        LoadVerdict.OVER: "Больше нормы",
        LoadVerdict.UNDER: "Меньше нормы",
        LoadVerdict.UNKNOWN: "Норма не задана",
    },
)
describe(
    PlanGapKind,
    "Чего не хватает учебному плану класса (5.2).",
    {
        PlanGapKind.NO_PERIODS: "Нет учебных периодов того вида, на какие делится год класса",
        PlanGapKind.NO_HOLIDAYS: "В учебном году нет каникул",
        PlanGapKind.NO_COMPONENT_LOAD: "У компонента нет нагрузки в этой параллели",
        PlanGapKind.NO_HOURS: "Нет часов ни по одному предмету",
        PlanGapKind.WRONG_LOAD: "Часы компонента не равны его нагрузке",
        PlanGapKind.NO_AREA: "У предмета нет образовательной области",
        PlanGapKind.NO_TEACHER: "У предмета нет учителя",
        PlanGapKind.NO_CLASS_TEACHER: "У класса нет классного руководителя",
    },
)
describe(
    LessonState,
    "Состояние урока.",
    {LessonState.PLANNED: "Запланирован", LessonState.HELD: "Проведён", LessonState.CANCELLED: "Отменён"},
)
describe(
    TimetableState,
    "Состояние недельного расписания.",
    {
        TimetableState.DRAFT: "Черновик",
        TimetableState.PUBLISHED: "Опубликовано",
        TimetableState.REPLACED: "Заменено другим",
    },
)
describe(
    Weeks,
    "По каким неделям идёт урок; первая неделя учебного года — нечётная.",
    {Weeks.EVERY: "Каждую неделю", Weeks.ODD: "По нечётным", Weeks.EVEN: "По чётным"},
)
describe(FindingKind, "Что не так в недельном расписании.", dict(WEEK_FINDINGS))
describe(
    CouncilOutcome,
    "Что решил педагогический совет (10.6).",
    {each: words[0].upper() + words[1:] for each, words in OUTCOME_WORDS.items()},
)
describe(
    MovementKind,
    "Вид приказа о движении (9.2).",
    {
        MovementKind.PROMOTION: "Перевод на следующий год",
        MovementKind.REPETITION: "Второгодники",
        MovementKind.GRADUATION: "Выпускники",
        MovementKind.DEPARTURE: "Выбытие из школы",
        MovementKind.ENROLMENT: "Зачисление в школу",
        MovementKind.TRANSFER: "Перевод из класса в класс",
    },
)
describe(
    OrderState,
    "Состояние приказа.",
    {OrderState.DRAFT: "Проект", OrderState.ISSUED: "Издан", OrderState.CANCELLED: "Отменён"},
)

describe(
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
describe(
    AbsenceKind,
    "Почему сотрудник отсутствует.",
    {
        AbsenceKind.SICK_LEAVE: "Больничный лист",
        AbsenceKind.LEAVE: "Отпуск",
        AbsenceKind.BUSINESS_TRIP: "Командировка",
        AbsenceKind.OTHER: "Другое",
    },
)
describe(
    MismatchKind,
    "Что не так с датой в журнале (6.4).",
    {MismatchKind.WRONG: "Неверная", MismatchKind.EXTRA: "Лишняя", MismatchKind.MISSING: "Отсутствует"},
)
describe(
    MismatchState,
    "Состояние сообщения о несоответствии (6.4).",
    {MismatchState.OPEN: "Ждёт ответа", MismatchState.ANSWERED: "Есть ответ", MismatchState.CLOSED: "Закрыто"},
)
describe(
    MismatchStepKind,
    "Что сделано с сообщением о несоответствии (6.4).",
    {
        MismatchStepKind.ANSWERED: "Дан ответ",
        MismatchStepKind.CLOSED: "Закрыто",
        MismatchStepKind.REOPENED: "Открыто снова",
    },
)


@gated_values(NAME=gate(NAMES))
class StudentOrder(StrEnum):
    """How a list of students is ordered. An order by names would tell them to an analyst, who sees none."""

    NAME = "name"
    ENTRY = "entry"


describe(StudentOrder, "Порядок списка учащихся.", {"name": "По алфавиту", "entry": "По порядку внесения"})


__all__ = [
    "AbsenceKind",
    "AccountKind",
    "AppointmentState",
    "ComponentKind",
    "Contact",
    "ContactsOf",
    "CorrectionKind",
    "CouncilOutcome",
    "DocumentKind",
    "FindingKind",
    "GroupKind",
    "GuardianKind",
    "LessonState",
    "LoadVerdict",
    "MismatchKind",
    "MismatchState",
    "MismatchStepKind",
    "MovementKind",
    "OrderState",
    "PeriodKind",
    "PlanGapKind",
    "Readership",
    "RefusalCode",
    "Responsibility",
    "Role",
    "SchoolPart",
    "Sex",
    "StudentOrder",
    "TimetableState",
    "TransitionFindingKind",
    "TransitionState",
    "TransitionStep",
    "Weeks",
    "YearState",
]
