"""The words of the rules as GraphQL enums, each value with what people call it: types take them from here."""

from collections.abc import Callable
from enum import Enum, StrEnum
from typing import Any, TypeVar

import strawberry

from permissions.gates import NAMES, Gate, gate
from rules.account import ROLE_NAMES, AccountKind, Role
from rules.account_orders import AppointmentState, Responsibility
from rules.changes import ChangeKind
from rules.curriculum import GroupKind, PeriodKind, YearState
from rules.curriculum_plan import ComponentKind, LoadVerdict, PlanGapKind
from rules.journal import ATTENDANCE_LETTERS, AttendanceCode
from rules.journal_answers import ANSWER_STATE_NAMES, AnswerState
from rules.journal_certificates import DifferenceKind, SignatureState
from rules.journal_excuses import EXCUSE_NAMES, ExcuseKind
from rules.journal_feed import FeedKind
from rules.journal_finals import FinalKind, FinalState
from rules.journal_locks import UnlockState
from rules.journal_outage import OutageStatus
from rules.journal_outage_sheets import CellChoice, CellKind, CellOutcome
from rules.movement import MovementKind, OrderState
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


def _describe(enum: E, description: str, names: dict[Any, str] | None = None) -> E:
    strawberry.enum(enum, description=description)
    for value in enum.__strawberry_definition__.values:  # type: ignore[attr-defined]
        value.description = (names or {}).get(value.value)
    return enum


_describe(Role, "Роль в Системе.", ROLE_NAMES)
_describe(AnswerState, "Состояние ответа на домашнее задание.", ANSWER_STATE_NAMES)
_describe(ExcuseKind, "Что объясняет отсутствие за несколько дней (7.3).", EXCUSE_NAMES)
_describe(
    AccountKind,
    "Чья учётная запись.",
    {AccountKind.PERSON: "Человека", AccountKind.ANALYST: "Аналитика", AccountKind.SERVICE: "Внешней службы"},
)
_describe(
    Readership,
    "Кому предназначено объявление.",
    {Readership.STAFF: "Работникам", Readership.STUDENTS: "Ученикам", Readership.PARENTS: "Родителям"},
)
_describe(
    OutageStatus,
    "Как обстоит дело с перерывом в доступе (13).",
    {
        OutageStatus.OPEN: "Доступа ещё нет",
        OutageStatus.DUE: "Записи переносят, срок не вышел",
        OutageStatus.OVERDUE: "Записи перенесены не все, а срок вышел",
        OutageStatus.DONE: "Записи перенесены",
    },
)
_describe(
    CellKind,
    "Для чего клетка временного журнала.",
    {
        CellKind.ATTENDANCE: "Пропуск",
        CellKind.ROLL_CALL: "Перекличка: все были",
        CellKind.WORK_TYPE: "Вид работы",
        CellKind.MARK: "Отметка",
        CellKind.TOPIC: "Тема",
        CellKind.MATERIAL: "Изученный материал",
        CellKind.HOMEWORK: "Домашнее задание",
        CellKind.STRAY: "Строка или столбец не из бланка",
    },
)
_describe(
    CellOutcome,
    "Что будет с клеткой временного журнала.",
    {
        CellOutcome.WRITE: "Запишется",
        CellOutcome.SAME: "В журнале уже так",
        CellOutcome.SKIPPED: "Останется, как в журнале: так решено",
        CellOutcome.CONFLICT: "Мешает загрузке",
    },
)
_describe(
    CellChoice,
    "Что делать с клеткой, которая мешает загрузке.",
    {
        CellChoice.KEEP_JOURNAL: "Оставить, как в журнале",
        CellChoice.TAKE_PAPER: "Записать с бумаги вместо того, что в журнале",
    },
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
_describe(
    AppointmentState,
    "Состояние приказа о назначении.",
    {AppointmentState.ISSUED: "Издан", AppointmentState.CANCELLED: "Отменён"},
)
_describe(
    FinalKind,
    "За что отметка, подводящая итог (7.7, 7.9).",
    {
        FinalKind.PERIOD: "За четверть, полугодие или триместр",
        FinalKind.YEAR: "За год",
        FinalKind.EXAM: "За экзамен",
        FinalKind.FINAL: "Итоговая",
    },
)
_describe(
    FinalState,
    "Что решено: «ещё не выставлено», «не аттестован» и «освобождён» — разные вещи.",
    {
        FinalState.NOT_SET: "Ещё не выставлено",
        FinalState.MARKED: "Выставлена отметка",
        FinalState.PASSED: "Зачтено",
        FinalState.NOT_PASSED: "Не зачтено",
        FinalState.NOT_ATTESTED: "Не аттестован",
        FinalState.EXEMPT: "Освобождён",
    },
)
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
    YearState,
    "Состояние учебного года (12).",
    {
        YearState.DRAFT: "Готовится",
        YearState.OPEN: "Открыт",
        YearState.CLOSED: "Закрыт: данные больше не меняются",
    },
)
_describe(
    TransitionState,
    "Состояние перехода на новый учебный год (12).",
    {
        TransitionState.UNDER_WAY: "Идёт",
        TransitionState.OPENED: "Новый год открыт",
        TransitionState.REVERTED: "Отменён",
    },
)
_describe(TransitionStep, "Шаг перехода на новый учебный год (12.1).", STEP_NAMES)
_describe(TransitionFindingKind, "Что нужно сделать до открытия нового учебного года (12.1).", FINDING_NAMES)
_describe(
    GroupKind, "Вид учебной группы.", {GroupKind.WHOLE: "Весь класс", GroupKind.SUBGROUP: "Подгруппа по предмету"}
)
_describe(
    ComponentKind,
    "Какая это часть учебного плана (5.2).",
    {
        ComponentKind.OBLIGATORY: "Обязательная часть",
        ComponentKind.FORMED: "Часть, формируемая участниками образовательных отношений",
        ComponentKind.EXTRACURRICULAR: "Внеурочная деятельность",
    },
)
_describe(
    LoadVerdict,
    "Как часы плана относятся к допустимым.",
    {
        LoadVerdict.FITS: "В норме",
        LoadVerdict.OVER: "Больше нормы",
        LoadVerdict.UNDER: "Меньше нормы",
        LoadVerdict.UNKNOWN: "Норма не задана",
    },
)
_describe(
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
_describe(
    LessonState,
    "Состояние урока.",
    {LessonState.PLANNED: "Запланирован", LessonState.HELD: "Проведён", LessonState.CANCELLED: "Отменён"},
)
_describe(
    TimetableState,
    "Состояние недельного расписания.",
    {
        TimetableState.DRAFT: "Черновик",
        TimetableState.PUBLISHED: "Опубликовано",
        TimetableState.REPLACED: "Заменено другим",
    },
)
_describe(
    Weeks,
    "По каким неделям идёт урок; первая неделя учебного года — нечётная.",
    {Weeks.EVERY: "Каждую неделю", Weeks.ODD: "По нечётным", Weeks.EVEN: "По чётным"},
)
_describe(FindingKind, "Что не так в недельном расписании.", dict(WEEK_FINDINGS))
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
_describe(
    OrderState,
    "Состояние приказа.",
    {OrderState.DRAFT: "Проект", OrderState.ISSUED: "Издан", OrderState.CANCELLED: "Отменён"},
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
_describe(
    MismatchKind,
    "Что не так с датой в журнале (6.4).",
    {MismatchKind.WRONG: "Неверная", MismatchKind.EXTRA: "Лишняя", MismatchKind.MISSING: "Отсутствует"},
)
_describe(
    FeedKind,
    "О чём новое в дневнике.",
    {
        FeedKind.MARK: "Отметка",
        FeedKind.ATTENDANCE: "Пропуск",
        FeedKind.HOMEWORK: "Домашнее задание",
        FeedKind.FINAL_MARK: "Отметка за период или год",
    },
)
_describe(
    MismatchState,
    "Состояние сообщения о несоответствии (6.4).",
    {MismatchState.OPEN: "Ждёт ответа", MismatchState.ANSWERED: "Есть ответ", MismatchState.CLOSED: "Закрыто"},
)
_describe(
    MismatchStepKind,
    "Что сделано с сообщением о несоответствии (6.4).",
    {
        MismatchStepKind.ANSWERED: "Дан ответ",
        MismatchStepKind.CLOSED: "Закрыто",
        MismatchStepKind.REOPENED: "Открыто снова",
    },
)
_describe(
    UnlockState,
    "Состояние разрешения редактировать закрытые уроки (7.6).",
    {
        UnlockState.REQUESTED: "Запрошено",
        UnlockState.GRANTED: "Действует",
        UnlockState.EXPIRED: "Срок истёк",
        UnlockState.DECLINED: "Отказано",
        UnlockState.WITHDRAWN: "Просьба отозвана",
        UnlockState.REVOKED: "Отозвано",
    },
)

_describe(
    DifferenceKind,
    "Чем журнал отличается от заверенного.",
    {
        DifferenceKind.ADDED: "Появилось",
        DifferenceKind.REMOVED: "Исчезло",
        DifferenceKind.CHANGED: "Изменилось",
    },
)
_describe(
    SignatureState,
    "Что с подписью заверенного журнала.",
    {
        SignatureState.NOT_SIGNED: "Не подписан",
        SignatureState.VALID: "Подпись верна",
        SignatureState.INVALID: "Подпись неверна, или ей больше не доверяют",
    },
)


@gated_values(NAME=gate(NAMES))
class StudentOrder(StrEnum):
    """How a list of students is ordered. An order by names would tell them to an analyst, who sees none."""

    NAME = "name"
    ENTRY = "entry"


_describe(StudentOrder, "Порядок списка учащихся.", {"name": "По алфавиту", "entry": "По порядку внесения"})

_describe(
    ChangeKind,
    "Что изменилось.",
    {
        ChangeKind.MARK: "Отметка",
        ChangeKind.ATTENDANCE: "Пропуск",
        ChangeKind.ROLL_CALL: "Перекличка",
        ChangeKind.TASK: "Задание на уроке",
        ChangeKind.HOMEWORK: "Домашнее задание",
        ChangeKind.RECORD: "Тема или материал урока",
        ChangeKind.LESSON: "Урок в расписании: день, время, кабинет, учитель, отмена",
        ChangeKind.MEMBERSHIP: "Состав класса или группы",
    },
)

__all__ = [
    "AbsenceKind",
    "AccountKind",
    "AnswerState",
    "AppointmentState",
    "AttendanceCode",
    "CellChoice",
    "CellKind",
    "CellOutcome",
    "ChangeKind",
    "ComponentKind",
    "Contact",
    "ContactsOf",
    "CorrectionKind",
    "DifferenceKind",
    "DocumentKind",
    "ExcuseKind",
    "FeedKind",
    "FinalKind",
    "FinalState",
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
    "OutageStatus",
    "PeriodKind",
    "PlanGapKind",
    "Readership",
    "RefusalCode",
    "Responsibility",
    "Role",
    "SchoolPart",
    "Sex",
    "SignatureState",
    "StudentOrder",
    "TimetableState",
    "TransitionFindingKind",
    "TransitionState",
    "TransitionStep",
    "UnlockState",
    "Weeks",
    "YearState",
]
