"""The words of reports as GraphQL enums, each value with what people call it."""

from rules.report import CATALOGUE, Report, ReportOf, Takes
from rules.report_attendance import ABSENCE_LEFT_WORDS, AbsenceLeft
from rules.report_daily import DAILY_LEFT_WORDS, DailyLeft
from rules.report_figures import LEFT_WORDS, TITLES, FigureKind, Left
from rules.report_groups import GROUP_TITLES, StudentGroup
from rules.report_outcomes import OUTCOME_TITLES, YearOutcome
from rules.report_school import LEVEL_TITLES, ROLL_PART_TITLES, Level, RollPart
from rules.report_sets import ReportFormat, SetState

from .enums import describe

__all__ = [
    "AbsenceLeft",
    "DailyLeft",
    "FigureKind",
    "Left",
    "Level",
    "Report",
    "ReportFormat",
    "ReportOf",
    "RollPart",
    "SetState",
    "StudentGroup",
    "Takes",
    "YearOutcome",
]

describe(Report, "Отчёты (10.1).", {kind: about.title for kind, about in CATALOGUE.items()})
describe(
    ReportOf,
    "О ком или о чём отчёт.",
    {
        ReportOf.SCHOOL: "Школа",
        ReportOf.CLASS: "Класс",
        ReportOf.TEACHER: "Учитель",
        ReportOf.STUDENT: "Обучающийся",
    },
)
describe(
    Takes,
    "За что просят отчёт.",
    {
        Takes.SLOT: "Учебный период, год, экзамен или итог",
        Takes.DAYS: "Дни с какого по какой",
        Takes.DAY: "На один день",
        Takes.YEAR: "Учебный год",
        Takes.FORM: "Форма, составленная на день: `formSheet`",
        Takes.DEFINITION: "Из чего его составить: `runReport`",
        Takes.SLICE: "Если нужно, только об учителе, о классе, по предмету; названное вместе — всё сразу",
    },
)
describe(FigureKind, "Показатель.", TITLES)
describe(Level, "О чём строка отчёта по школе.", LEVEL_TITLES)
describe(RollPart, "Где сосчитано пребывание в классе.", ROLL_PART_TITLES)
describe(Left, "Почему отметка не сосчитана.", {each: words.capitalize() for each, words in LEFT_WORDS.items()})
describe(
    AbsenceLeft,
    "Почему запись о посещаемости — не пропущенный урок.",
    {each: words.capitalize() for each, words in ABSENCE_LEFT_WORDS.items()},
)
describe(StudentGroup, "Группа обучающихся по отметкам.", GROUP_TITLES)
describe(
    DailyLeft,
    "Почему текущая отметка не сосчитана.",
    {each: words.capitalize() for each, words in DAILY_LEFT_WORDS.items()},
)
describe(
    ReportFormat,
    "Каким файлом отчёт.",
    {ReportFormat.PDF: "PDF, А4", ReportFormat.XLSX: "Таблица XLSX", ReportFormat.CSV: "CSV в UTF-8"},
)
describe(
    SetState,
    "Как далеко комплект отчётов.",
    {
        SetState.QUEUED: "Ждёт очереди",
        SetState.RUNNING: "Печатается",
        SetState.DONE: "Готов",
        SetState.FAILED: "Не удался: почему, говорит `error`",
        SetState.CANCELLED: "Отменён",
        SetState.EXPIRED: "Файл больше не хранится",
    },
)
describe(YearOutcome, "Чем кончился год для обучающегося.", OUTCOME_TITLES)
