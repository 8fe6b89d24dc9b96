"""The deadlines that the deputy watches: what is due when, whose it is, and how it is seen to be met.

The terms stand with the rules of their domains, and refusals go by the same: here they are put side by side.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from .account import ACCOUNT_TERM, Role
from .curriculum_plan import PLAN_TERM
from .curriculum_topics import TOPICS_TERM
from .curriculum_year import NOTICE as HOLIDAY_NOTICE
from .days import DayOfYear, Term, WorkingAfter
from .journal import HOMEWORK_TERM, RECORDS_TERM, WRITTEN_TERM
from .journal_excuses import TERM as EXCUSE_TERM
from .journal_finals import MARKS_TERM
from .journal_outage import TRANSFER_TERM
from .movement import FORMING_TERM, YEAR_TERM
from .movement import TERM as MOVEMENT_TERM
from .movement_transition import OPENING_TERM
from .refusals import Refusal, RefusalCode, bad_input
from .report import ABOUT, Report
from .school import CARD_TERM
from .school_documents import DOCUMENT_KINDS, DOCUMENTS_TERM, DocumentKind
from .timetable import NOTICE as TRANSFER_NOTICE
from .timetable import TIMETABLE_TERM


class Answerable(StrEnum):
    """Whose an obligation is: a teacher's by name, or of everybody who holds the role."""

    ADMINISTRATOR = "administrator"
    DEPUTY = "deputy"
    SECRETARY = "secretary"
    HR = "hr"
    SUBJECT_TEACHER = "subject_teacher"
    CLASS_TEACHER = "class_teacher"


ANSWERABLE_NAMES = {
    Answerable.ADMINISTRATOR: "Администратор системы",
    Answerable.DEPUTY: "Завуч",
    Answerable.SECRETARY: "Секретарь",
    Answerable.HR: "Специалист по кадрам",
    Answerable.SUBJECT_TEACHER: "Учитель-предметник",
    Answerable.CLASS_TEACHER: "Классный руководитель",
}

BY_ROLE: Mapping[Answerable, Role] = {
    Answerable.ADMINISTRATOR: Role.ADMINISTRATOR,
    Answerable.DEPUTY: Role.DEPUTY,
    Answerable.SECRETARY: Role.SECRETARY,
    Answerable.HR: Role.HR,
}
"""Those who answer by their role: no single person is named."""


class ObligationStatus(StrEnum):
    """How an obligation stands."""

    DONE = "done"
    DUE = "due"
    OVERDUE = "overdue"
    MET_LATE = "met_late"


class Deadline(StrEnum):
    """A deadline of the regulation, in the order of its clauses."""

    SCHOOL_CARD = "school_card"
    CURRICULUM = "curriculum"
    TOPIC_PLANS = "topic_plans"
    DOCUMENTS = "documents"
    TIMETABLE = "timetable"
    HOLIDAYS = "holidays"
    DAY_TRANSFER = "day_transfer"
    ABSENCE_REASONS = "absence_reasons"
    LESSON_RECORDS = "lesson_records"
    HOMEWORK = "homework"
    WRITTEN_WORK = "written_work"
    PERIOD_MARKS = "period_marks"
    FINAL_MARKS = "final_marks"
    PROMOTION = "promotion"
    GRADUATION = "graduation"
    ARRIVAL_AND_DEPARTURE = "arrival_and_departure"
    FORMING = "forming"
    SCHOOL_SUMMARIES = "school_summaries"
    FEDERAL_FORMS = "federal_forms"
    PERIOD_REPORTS = "period_reports"
    YEARLY_REPORTS = "yearly_reports"
    YEAR_SHEET = "year_sheet"
    ACCOUNTS = "accounts"
    NEW_YEAR = "new_year"
    OUTAGE_RECORDS = "outage_records"


@dataclass(frozen=True)
class Rule:
    """A deadline. term: when it is due; None: the day is agreed outside the System. met: how it is seen to be met."""

    clause: str
    what: str
    answerable: tuple[Answerable, ...]
    term: Term | timedelta | None
    met: str


SUMMARIES_TERM = WorkingAfter(2)
"""When the two summaries of the school are ready, from the last day of a period (10.3)."""

PERIOD_REPORTS_TERM = WorkingAfter(1)
"""When the teachers' reports are ready, from the last day of a period (10.4)."""

YEARLY_REPORTS_TERM = DayOfYear(10, 1)
"""When the yearly reports of a class are ready (10.4)."""

YEAR_SHEET_TERM = DayOfYear(6, 15)
"""When the year's sheet with the council's decision is printed (10.6)."""

_SUBJECT, _CLASS = (Answerable.SUBJECT_TEACHER,), (Answerable.CLASS_TEACHER,)
_DEPUTY, _SECRETARY, _ADMINISTRATOR = (Answerable.DEPUTY,), (Answerable.SECRETARY,), (Answerable.ADMINISTRATOR,)
_FILED = "Отмечена сдача отчёта."

RULES: Mapping[Deadline, Rule] = {
    Deadline.SCHOOL_CARD: Rule(
        "3.2",
        "Карточка школы, данные о лицензии и аккредитации",
        _ADMINISTRATOR,
        CARD_TERM,
        "Все разделы карточки заполнены, лицензия и аккредитация действуют.",
    ),
    Deadline.CURRICULUM: Rule(
        "5.4", "Учебный план класса", _DEPUTY, PLAN_TERM, "В плане класса ничего не пропущено (5.2)."
    ),
    Deadline.TOPIC_PLANS: Rule(
        "5.6", "Календарно-тематическое планирование", _SUBJECT, TOPICS_TERM, "Группе назначен план по предмету."
    ),
    Deadline.DOCUMENTS: Rule(
        "5.7", "Документ раздела «Документы»", _DEPUTY, DOCUMENTS_TERM, "Опубликован документ этого вида."
    ),
    Deadline.TIMETABLE: Rule(
        "6.6",
        "Первоначальное внесение расписания",
        _DEPUTY,
        TIMETABLE_TERM,
        "В опубликованном расписании стоит каждый класс, у которого по учебному плану есть уроки.",
    ),
    Deadline.HOLIDAYS: Rule(
        "6.6", "Информация о каникулах после периода", _DEPUTY, HOLIDAY_NOTICE, "Каникулы внесены в учебный год."
    ),
    Deadline.DAY_TRANSFER: Rule(
        "6.6", "Перенос учебного дня", _DEPUTY, TRANSFER_NOTICE, "Перенос внесён: день внесения записан при нём."
    ),
    Deadline.ABSENCE_REASONS: Rule(
        "7.3",
        "Корректировка причин пропуска по документу",
        _CLASS,
        EXCUSE_TERM,
        "Документ внесён: причины пропусков исправлены с ним.",
    ),
    Deadline.LESSON_RECORDS: Rule(
        "7.4",
        "Оценки, отметки о посещаемости и тема урока",
        _SUBJECT,
        RECORDS_TERM,
        "Посещаемость отмечена и тема записана; оценки за урок выставлены не позже.",
    ),
    Deadline.HOMEWORK: Rule("7.4", "Домашнее задание", _SUBJECT, HOMEWORK_TERM, "Домашнее задание урока записано."),
    Deadline.WRITTEN_WORK: Rule(
        "7.4",
        "Оценки за письменную работу",
        _SUBJECT,
        WRITTEN_TERM,
        "Оценены все, кому работа дана, кто был на уроке и мог сдать её в назначенный для этого день.",
    ),
    Deadline.PERIOD_MARKS: Rule(
        "7.7", "Отметки за учебный период", _SUBJECT, MARKS_TERM, "Отметки есть у всех, кто изучает предмет."
    ),
    Deadline.FINAL_MARKS: Rule(
        "7.10",
        "Годовые, экзаменационные и итоговые отметки",
        _SUBJECT,
        MARKS_TERM,
        "Отметки есть у всех, кто изучает предмет; за экзамен у тех, кто его не сдавал, — «осв.».",
    ),
    Deadline.PROMOTION: Rule(
        "9.2",
        "Приказы о переводе на следующий год и о второгодниках (1–8 и 10 классы)",
        _SECRETARY,
        YEAR_TERM,
        "О каждом учащемся класса издан приказ.",
    ),
    Deadline.GRADUATION: Rule(
        "9.2",
        "Приказы о переводе в 10 класс, повторном обучении и выпуске (9 и 11 классы)",
        _SECRETARY,
        YEAR_TERM,
        "О каждом учащемся класса издан приказ.",
    ),
    Deadline.ARRIVAL_AND_DEPARTURE: Rule(
        "9.2", "Приказ о выбытии или зачислении", _SECRETARY, MOVEMENT_TERM, "Приказ издан."
    ),
    Deadline.FORMING: Rule(
        "9.2", "Приказ о формировании 1-го или 10-го класса", _SECRETARY, FORMING_TERM, "В класс зачислены учащиеся."
    ),
    Deadline.SCHOOL_SUMMARIES: Rule("10.3", "Сводный отчёт по школе", _DEPUTY, SUMMARIES_TERM, _FILED),
    Deadline.FEDERAL_FORMS: Rule("10.3", "Форма ФГСН", _DEPUTY, None, "Закрыта форма на последнюю дату до срока."),
    Deadline.PERIOD_REPORTS: Rule("10.4", "Отчёт за учебный период", (*_SUBJECT, *_CLASS), PERIOD_REPORTS_TERM, _FILED),
    Deadline.YEARLY_REPORTS: Rule("10.4", "Ежегодный отчёт по классу", _CLASS, YEARLY_REPORTS_TERM, _FILED),
    Deadline.YEAR_SHEET: Rule(
        "10.6", "Сводная ведомость учёта успеваемости с решением педсовета, на бумаге", _CLASS, YEAR_SHEET_TERM, _FILED
    ),
    Deadline.ACCOUNTS: Rule(
        "11.9", "Учётная запись сотрудника", (Answerable.HR,), ACCOUNT_TERM, "Учётная запись создана."
    ),
    Deadline.NEW_YEAR: Rule("12.3", "Переход на новый учебный год", _ADMINISTRATOR, OPENING_TERM, "Год открыт."),
    Deadline.OUTAGE_RECORDS: Rule(
        "13.2",
        "Перенос записей из временного журнала",
        _SUBJECT,
        TRANSFER_TERM,
        "На всех уроках дней без доступа посещаемость отмечена и тема записана.",
    ),
}
"""Every deadline of the regulation."""

OF_PERIOD: Mapping[Answerable, tuple[Report, ...]] = {
    Answerable.DEPUTY: (Report.CLASSES_SUMMARY, Report.RESULTS_SUMMARY),
    Answerable.SUBJECT_TEACHER: (Report.SUBJECT_TEACHER,),
    Answerable.CLASS_TEACHER: (
        Report.CLASS_TEACHER,
        Report.FINALS_SHEET,
        Report.CLASS_RESULTS,
        Report.ATTENDANCE_SHEET,
    ),
}
"""The reports of each period, by who makes them: of the school, of one's own teaching, of one's own class."""

OF_YEAR = (Report.YEAR_OUTCOMES, Report.STUDENT_LIST)
"""The reports of a class that are made once a year (10.4)."""

YEAR_SHEET = Report.FINALS_SHEET
"""What is printed of a class at the end of the year, too, with the decision of the pedagogical council (10.6)."""

FILED = tuple(dict.fromkeys((*(kind for kinds in OF_PERIOD.values() for kind in kinds), *OF_YEAR)))
"""The reports that somebody must make by a day."""

NOTED = (Deadline.SCHOOL_CARD, Deadline.CURRICULUM, Deadline.TOPIC_PLANS, Deadline.HOLIDAYS)
"""Deadlines met by a state that says nothing of when it came about: it is noted when it is first seen."""

CONTROLLED = tuple(deadline for deadline, rule in RULES.items() if rule.clause.startswith("7."))
"""Those of the journals (7.11)."""


def maker(kind: Report) -> Answerable:
    """Who makes reports of a kind; refused where nobody must."""
    if kind not in FILED:
        raise bad_input("Для этого отчёта срок не установлен.", "report")
    found = (answerable for answerable, kinds in OF_PERIOD.items() if kind in kinds)
    return next(found, Answerable.CLASS_TEACHER)


def check_slot(kind: Report, period: int | None, class_: int | None) -> None:
    """Refuse a report without what it is of, or with what it is not of: a period, a class."""
    of_class = maker(kind) is Answerable.CLASS_TEACHER
    of_period = kind not in OF_YEAR and (kind is not YEAR_SHEET or period is not None)
    for field, given, needed in (("periodId", period, of_period), ("classId", class_, of_class)):
        if (given is not None) != needed:
            raise bad_input("Для этого отчёта нужно указать." if needed else "К этому отчёту не относится.", field)


def check_year_sheet(last_day: date, today: date, undecided: Collection[int]) -> None:
    """Refuse the year's sheet before the last day of its lessons, and without the council's decisions (10.6).

    undecided: who is in the class on that day, and of whom nothing has been decided.
    """
    clause = RULES[Deadline.YEAR_SHEET].clause
    if today < last_day:
        message = f"Уроки идут по {last_day:%d.%m.%Y}: ведомость за год сдают в последний их день или позже."
        raise Refusal(RefusalCode.PERIOD_NOT_OVER, message, "classId", clause)
    if undecided:
        message = f"Решение педагогического совета не внесено: учащихся без него — {len(undecided)}."
        objects = tuple(("Student", each) for each in undecided)
        raise Refusal(RefusalCode.DECISION_NEEDED, message, "classId", clause, objects)


MOST_DAYS = 92
"""How many days ahead the forecast looks at most."""


class Dimension(StrEnum):
    """By what obligations are counted. A week is that of the due day, by its Monday."""

    DEADLINE = "deadline"
    STAFF = "staff"
    SCHOOL_CLASS = "school_class"
    SUBJECT = "subject"
    WEEK = "week"


def of_clause(clause: str) -> tuple[Deadline, ...]:
    """The deadlines that a clause sets; refused where it sets none."""
    found = tuple(deadline for deadline, rule in RULES.items() if rule.clause == clause)
    if not found:
        raise bad_input("Этот пункт не устанавливает срока.", "clause")
    return found


def check_ahead(days: int) -> None:
    """Refuse a forecast of no days, or of too many."""
    if not 0 <= days <= MOST_DAYS:
        raise bad_input(f"Прогноз — на срок до {MOST_DAYS} дней.", "days")


def what(deadline: str, document: str | None, report: str | None) -> str:
    """What is due, with the document or the report that it is about."""
    rule = RULES[Deadline(deadline)]
    if report is not None and deadline != Deadline.YEAR_SHEET:
        return ABOUT[Report(report)].title
    return rule.what if document is None else f"{rule.what}: {DOCUMENT_KINDS[DocumentKind(document)]}"
