"""The words of the journal as GraphQL enums, each value with what people call it."""

from rules.changes import ChangeKind
from rules.journal import ATTENDANCE_LETTERS, AttendanceCode
from rules.journal_answers import ANSWER_STATE_NAMES, AnswerState
from rules.journal_certificates import DifferenceKind, SignatureState
from rules.journal_excuses import EXCUSE_NAMES, ExcuseKind
from rules.journal_feed import FeedKind
from rules.journal_finals import FinalKind, FinalState
from rules.journal_locks import UnlockState
from rules.journal_outage import OutageStatus
from rules.journal_outage_sheets import CellChoice, CellKind, CellOutcome

from .enums import describe

__all__ = [
    "AnswerState",
    "AttendanceCode",
    "CellChoice",
    "CellKind",
    "CellOutcome",
    "ChangeKind",
    "DifferenceKind",
    "ExcuseKind",
    "FeedKind",
    "FinalKind",
    "FinalState",
    "OutageStatus",
    "SignatureState",
    "UnlockState",
]

describe(AnswerState, "Состояние ответа на домашнее задание.", ANSWER_STATE_NAMES)
describe(ExcuseKind, "Что объясняет отсутствие за несколько дней (7.3).", EXCUSE_NAMES)
describe(
    OutageStatus,
    "Как обстоит дело с перерывом в доступе (13).",
    {
        OutageStatus.OPEN: "Доступа ещё нет",
        OutageStatus.DUE: "Записи переносят, срок не вышел",
        OutageStatus.OVERDUE: "Записи перенесены не все, а срок вышел",
        OutageStatus.DONE: "Записи перенесены",
    },
)
describe(
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
describe(
    CellOutcome,
    "Что будет с клеткой временного журнала.",
    {
        CellOutcome.WRITE: "Запишется",
        CellOutcome.SAME: "В журнале уже так",
        CellOutcome.SKIPPED: "Останется, как в журнале: так решено",
        CellOutcome.CONFLICT: "Мешает загрузке",
    },
)
describe(
    CellChoice,
    "Что делать с клеткой, которая мешает загрузке.",
    {
        CellChoice.KEEP_JOURNAL: "Оставить, как в журнале",
        CellChoice.TAKE_PAPER: "Записать с бумаги вместо того, что в журнале",
    },
)
describe(
    FinalKind,
    "За что отметка, подводящая итог (7.7, 7.9).",
    {
        FinalKind.PERIOD: "За четверть, полугодие или триместр",
        FinalKind.YEAR: "За год",
        FinalKind.EXAM: "За экзамен",
        FinalKind.FINAL: "Итоговая",
    },
)
describe(
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
describe(
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
describe(
    FeedKind,
    "О чём новое в дневнике.",
    {
        FeedKind.MARK: "Отметка",
        FeedKind.ATTENDANCE: "Пропуск",
        FeedKind.HOMEWORK: "Домашнее задание",
        FeedKind.FINAL_MARK: "Отметка за период или год",
    },
)
describe(
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
describe(
    DifferenceKind,
    "Чем журнал отличается от заверенного.",
    {
        DifferenceKind.ADDED: "Появилось",
        DifferenceKind.REMOVED: "Исчезло",
        DifferenceKind.CHANGED: "Изменилось",
    },
)
describe(
    SignatureState,
    "Что с подписью заверенного журнала.",
    {
        SignatureState.NOT_SIGNED: "Не подписан",
        SignatureState.VALID: "Подпись верна",
        SignatureState.INVALID: "Подпись неверна, или ей больше не доверяют",
    },
)
describe(
    ChangeKind,
    "Что изменилось.",
    {
        ChangeKind.REMARK: "Замечание о ведении журнала",
        ChangeKind.MARK: "Отметка",
        ChangeKind.ATTENDANCE: "Пропуск",
        ChangeKind.ROLL_CALL: "Перекличка",
        ChangeKind.TASK: "Задание на уроке",
        ChangeKind.HOMEWORK: "Домашнее задание",
        ChangeKind.RECORD: "Тема или материал урока",
        ChangeKind.LESSON: "Урок в расписании: день, время, кабинет, учитель, отмена",
        ChangeKind.MEMBERSHIP: "Состав класса или группы",
        ChangeKind.FINAL_MARK: "Отметка за период, год, экзамен или итоговая",
        ChangeKind.REPORT_SET: "Свой комплект отчётов",
        ChangeKind.DIGEST: "Своя сводка дня",
    },
)
