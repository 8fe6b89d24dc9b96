"""Obligations: each deadline of the regulation, whose it is, until when, and how it stands."""

from datetime import date, datetime

import strawberry

from resolvers import (
    curriculum,
    journal,
    journal_excuses,
    journal_outage,
    movement,
    report_obligations,
    school,
    timetable,
)
from rules.report_deadlines import RULES, Deadline, what

from .base import computed, edge, encode_id
from .curriculum import AcademicYear, Period, SchoolClass, StudyGroup, Subject
from .enums import DocumentKind
from .enums_report import Report
from .enums_report_obligations import Answerable, ObligationStatus
from .journal import Task
from .journal_excuses import Excuse
from .journal_outage import Outage
from .movement import MovementOrder
from .report_forms import FormDate
from .school_people import Staff
from .timetable import Lesson
from .timetable_week import DayTransfer


@strawberry.type(description="Что по Порядку нужно сделать к сроку: кто отвечает, о чём речь и как обстоит дело.")
class Obligation:
    deadline: Deadline = strawberry.field(description="Какой это срок.")
    answerable: Answerable = strawberry.field(description="Кто отвечает.")
    status: ObligationStatus = strawberry.field(description="Как обстоит дело сейчас.")
    opens_at: datetime = strawberry.field(description="С какого момента это можно выполнить.")
    due_on: date = strawberry.field(description="Последний день срока.")
    due_at: datetime = strawberry.field(description="До какого момента нужно успеть.")
    done_at: datetime | None = strawberry.field(description="Когда выполнено; null — ещё нет.")
    document: DocumentKind | None = strawberry.field(description="Какого вида документ нужен.")
    report: Report | None = strawberry.field(description="Какой отчёт нужен.")
    staff: Staff | None = edge(school.staff_of, description="Чьё это; null — всех, у кого есть эта роль.")
    year: AcademicYear | None = edge(curriculum.year_of, description="Учебный год.")
    school_class: SchoolClass | None = edge(curriculum.class_of, description="Класс.")
    group: StudyGroup | None = edge(curriculum.group_of, description="Класс или подгруппа, чей это журнал.")
    subject: Subject | None = edge(curriculum.subject_of, description="Предмет.")
    lesson: Lesson | None = edge(timetable.lesson_of, description="Урок.")
    task: Task | None = edge(journal.task_of, description="Письменная работа.")
    period: Period | None = edge(curriculum.period_of, description="Учебный период.")
    order: MovementOrder | None = edge(movement.order_of, description="Приказ.")
    excuse: Excuse | None = edge(journal_excuses.excuse_of, description="Документ о причине пропуска.")
    outage: Outage | None = edge(journal_outage.outage_of, description="Перерыв в доступе.")
    day_transfer: DayTransfer | None = edge(report_obligations.obligation_transfer, description="Перенос учебного дня.")
    form_date: FormDate | None = edge(report_obligations.obligation_form, description="Срок федеральной формы.")
    employee: Staff | None = edge(report_obligations.obligation_employee, description="Кому нужна учётная запись.")

    clause: str = computed(
        lambda deadline: RULES[Deadline(deadline)].clause, "deadline", description="Пункт Порядка, который требует."
    )
    what: str = computed(what, "deadline", "document", "report", description="Что нужно сделать.")
    met_when: str = computed(
        lambda deadline: RULES[Deadline(deadline)].met, "deadline", description="Как видно, что это выполнено."
    )
    object_id: strawberry.ID = computed(
        encode_id, "object_type", "object_id", description="С чем действовать: идентификатор для `node`."
    )


@strawberry.type(description="Сколько обязательств: по срокам, учителям, классам, предметам, неделям.")
class ObligationCount:
    deadline: Deadline | None = strawberry.field(description="Какой срок; null, если по срокам не считали.")
    week: date | None = strawberry.field(description="Понедельник недели, на которую приходится срок.")
    total: int = strawberry.field(
        description="Всего = `done` + `metLate` + `due` + `overdue`: столько `obligations` с теми же условиями."
    )
    done: int = strawberry.field(description="Выполнено в срок = число `obligations` со `status` DONE.")
    met_late: int = strawberry.field(description="Выполнено после срока = число со `status` MET_LATE.")
    due: int = strawberry.field(description="Не выполнено, срок не вышел = число со `status` DUE.")
    overdue: int = strawberry.field(description="Не выполнено, срок вышел = число со `status` OVERDUE.")
    staff: Staff | None = edge(school.staff_of, description="Кто отвечает; null — у кого есть роль, или не считали.")
    school_class: SchoolClass | None = edge(curriculum.class_of, description="Класс.")
    subject: Subject | None = edge(curriculum.subject_of, description="Предмет.")
