"""Mismatch reports: where the dates of a journal do not fit, what is still so, and what was done about it (6.4)."""

from datetime import date as day
from datetime import datetime

import strawberry

from models.timetable_mismatches import MismatchReport as MismatchReportRow
from permissions.timetable_mismatches import visible_mismatches
from resolvers import curriculum, timetable_mismatches
from rules.timetable_mismatches import differs

from .base import Node, computed, edge, node
from .curriculum import StudyGroup, Subject
from .enums import MismatchKind, MismatchState, MismatchStepKind
from .school_people import Staff
from .timetable import Lesson


@strawberry.type(description="Дата, не соответствующая планированию.")
class MismatchDate:
    date: day = strawberry.field(description="День.")
    kind: MismatchKind = strawberry.field(description="Что с ней не так.")
    should_be: day | None = strawberry.field(description="Какой день должен быть вместо неверной даты.")
    lessons: list[Lesson] = edge(
        timetable_mismatches.date_lessons, description="Уроки журнала в этот день сейчас, отменённые тоже."
    )

    differs: bool = computed(
        differs,
        *("kind", "stands", "should_be", "stands_instead"),
        description="Так ли это до сих пор, по неотменённым урокам расписания.",
    )


@strawberry.type(description="Что сделано с сообщением о несоответствии.")
class MismatchStep:
    kind: MismatchStepKind = strawberry.field(description="Что именно.")
    text: str | None = strawberry.field(description="Ответ, примечание или причина.")
    made_at: datetime = strawberry.field(description="Когда.")
    made_by: Staff | None = edge(timetable_mismatches.step_by, description="Кто.")


@node(
    visible_mismatches,
    MismatchReportRow,
    description="Сообщение о несоответствии дат журнала: класс, предмет, неверные, лишние и отсутствующие даты (6.4).",
)
class MismatchReport(Node):
    state: MismatchState = strawberry.field(description="Состояние.")
    comment: str | None = strawberry.field(description="Примечание учителя.")
    reported_at: datetime = strawberry.field(description="Когда сообщено.")
    version: int = strawberry.field(description="Версия для `ifVersion`.")
    group: StudyGroup | None = edge(curriculum.group_of, description="Класс или его подгруппа.")
    subject: Subject | None = edge(curriculum.subject_of, description="Предмет.")
    reported_by: Staff | None = edge(timetable_mismatches.mismatch_reporter, description="Кто сообщил.")
    dates: list[MismatchDate] = edge(timetable_mismatches.mismatch_dates, description="Даты по порядку.")
    steps: list[MismatchStep] = edge(
        timetable_mismatches.mismatch_steps, description="Ответы, закрытия и повторные открытия по порядку."
    )
