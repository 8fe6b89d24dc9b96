"""Bells, rooms and dated lessons."""

from datetime import date as day
from datetime import time
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from models.timetable import BellSchedule as BellScheduleRow
from models.timetable import Lesson as LessonRow
from models.timetable import Room as RoomRow
from permissions.gates import gate
from permissions.timetable import visible_bell_schedules, visible_lessons, visible_rooms
from permissions.timetable_corrections import MANAGERS
from resolvers import curriculum, journal, school, timetable, timetable_corrections, timetable_topics, timetable_week

from .base import After, Connection, First, Info, Node, argument, edge, edge_with, node, paged, secret
from .curriculum import StudyGroup, Subject
from .curriculum_topics import Topic
from .enums import LessonState
from .school_people import PERSONAL, Staff

if TYPE_CHECKING:
    from .journal import LessonRecord
    from .timetable_corrections import LessonCorrection
    from .timetable_week import TimetableEntry


@strawberry.type(description="Звонок: когда начинается и кончается урок.")
class Bell:
    number: int = strawberry.field(description="Номер урока; бывает и нулевой.")
    starts_at: time = strawberry.field(description="Начало, по времени школы.")
    ends_at: time = strawberry.field(description="Конец, по времени школы.")


@node(visible_bell_schedules, BellScheduleRow, description="Расписание звонков одной смены.")
class BellSchedule(Node):
    name: str = strawberry.field(description="Название.")
    shift: int = strawberry.field(description="Смена.")
    weekday: int | None = strawberry.field(
        description="День недели, от 1 до 6; null — все дни, у которых нет своих звонков."
    )
    version: int = strawberry.field(description="Версия для `ifVersion`.")
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
    room: str | None = secret(PERSONAL, "Кабинет.")
    version: int = strawberry.field(description="Версия для `ifVersion`.")
    subject: Subject | None = edge(curriculum.subject_of, description="Предмет.")
    group: StudyGroup | None = edge(curriculum.group_of, description="Группа.")
    teacher: Staff | None = edge(school.teacher_of, description="Учитель.")
    substitute: Staff | None = edge(school.substitute_of, description="Кто заменяет учителя.")
    planned_topic: Topic | None = edge(
        timetable_topics.lesson_topic, description="Тема календарно-тематического плана (5.5)."
    )
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


@node(visible_rooms, RoomRow, description="Кабинет.")
class Room(Node):
    name: str = secret(PERSONAL, "Как написано на двери.")
    archived_on: day | None = strawberry.field(description="С какого дня не используется.")

    @edge_with(timetable.room_lessons, returns=Connection[Lesson], description="Уроки в кабинете по датам.")
    def lessons(
        self,
        since: Annotated[day, argument("С какого дня.")],
        until: Annotated[day, argument("По какой день.")],
        first: First,
        after: After = None,
    ) -> dict[str, Any]:
        return {"since": since, "until": until, **paged(first, after)}

    @edge_with(
        timetable_week.room_week,
        returns=list[Annotated["TimetableEntry", strawberry.lazy("schema.timetable_week")]],
        description="Недельное расписание кабинета, действующее сегодня или в указанный день.",
    )
    def timetable(self, info: Info, on: Annotated[day | None, argument("День.")] = None) -> dict[str, Any]:
        return {"day": on or info.context.viewer.today}
