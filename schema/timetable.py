"""Bells and dated lessons."""

from datetime import date as day
from datetime import time
from typing import TYPE_CHECKING, Annotated

import strawberry

from models.timetable import BellSchedule as BellScheduleRow
from models.timetable import Lesson as LessonRow
from permissions.gates import gate
from permissions.timetable import visible_bell_schedules, visible_lessons
from permissions.timetable_corrections import MANAGERS
from resolvers import curriculum, journal, school, timetable, timetable_corrections

from .base import Node, edge, node
from .curriculum import StudyGroup, Subject
from .enums import LessonState
from .school import Staff

if TYPE_CHECKING:
    from .journal import LessonRecord
    from .timetable_corrections import LessonCorrection


@strawberry.type(description="Звонок: когда начинается и кончается урок.")
class Bell:
    number: int = strawberry.field(description="Номер урока; бывает и нулевой.")
    starts_at: time = strawberry.field(description="Начало, по времени школы.")
    ends_at: time = strawberry.field(description="Конец, по времени школы.")


@node(visible_bell_schedules, BellScheduleRow, description="Расписание звонков одной смены.")
class BellSchedule(Node):
    name: str = strawberry.field(description="Название.")
    shift: int = strawberry.field(description="Смена.")
    bells: list[Bell] = edge(timetable.schedule_bells, description="Звонки по порядку.")


@node(visible_lessons, LessonRow, description="Урок в расписании: когда, где и кто его ведёт (6).")
class Lesson(Node):
    date: day = strawberry.field(description="День.")
    number: int = strawberry.field(description="Номер урока; бывает и нулевой.")
    shift: int = strawberry.field(description="Смена.")
    starts_at: time = strawberry.field(description="Начало, по времени школы.")
    ends_at: time = strawberry.field(description="Конец, по времени школы.")
    state: LessonState = strawberry.field(description="Запланирован, проведён или отменён.")
    moved_from: day | None = strawberry.field(description="С какого дня перенесён.")
    room: str | None = strawberry.field(description="Кабинет.")
    version: int = strawberry.field(description="Версия для `ifVersion`.")
    subject: Subject | None = edge(curriculum.subject_of, description="Предмет.")
    group: StudyGroup | None = edge(curriculum.group_of, description="Группа.")
    teacher: Staff | None = edge(school.teacher_of, description="Учитель.")
    substitute: Staff | None = edge(school.substitute_of, description="Кто заменяет учителя.")
    record: Annotated["LessonRecord", strawberry.lazy("schema.journal")] | None = edge(
        journal.lesson_record, description="Что было на уроке (7.2)."
    )
    corrections: list[Annotated["LessonCorrection", strawberry.lazy("schema.timetable_corrections")]] = edge(
        timetable_corrections.lesson_corrections, description="Что с уроком делали, по порядку (6.5)."
    )
    free_teachers: list[Staff] = edge(
        timetable_corrections.free_teachers,
        only=gate(MANAGERS),
        description="Кто мог бы заменить учителя: сначала те, кто ведёт этот предмет, потом — знакомые классу.",
    )
