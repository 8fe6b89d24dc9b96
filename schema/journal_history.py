"""Versions: what was written in the journal, when, by whom, by which command and why, and until when it stood."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from resolvers import journal, journal_history, school, timetable
from rules.journal import ATTENDANCE_LETTERS

from .base import computed, edge
from .enums import LessonState
from .enums_journal import AttendanceCode
from .school_people import Staff, Student
from .timetable import Lesson

if TYPE_CHECKING:
    from .journal import WorkType


@strawberry.type
class _Version:
    valid_from: datetime = strawberry.field(name="changedAt", description="Когда записано.")
    valid_to: datetime | None = strawberry.field(name="replacedAt", description="Когда заменено; null — стоит сейчас.")
    version: int = strawberry.field(description="Какая по счёту версия записи.")
    command: str | None = strawberry.field(
        description="Какой командой; null — записано до того, как версии стали храниться, или не командой."
    )
    reason: str | None = strawberry.field(description="Причина, если она указана.")
    removed: bool = strawberry.field(description="Запись снята; остальное — какой она была перед этим.")
    changed_by: Staff | None = edge(journal_history.version_by, description="Кто.")


@strawberry.type(description="Какой отметка была.")
class MarkVersion(_Version):
    value: str = strawberry.field(description="Как в журнале.")
    number: int | None = strawberry.field(description="Число, если отметка — число.")
    comment: str | None = strawberry.field(description="Комментарий учителя.")
    made_up_on: date | None = strawberry.field(description="Когда пропущенная работа сдана (7.5).")
    student: Student | None = edge(school.student_of, description="Обучающийся.")


@strawberry.type(description="Каким был пропуск.")
class AttendanceVersion(_Version):
    code: AttendanceCode = strawberry.field(description="Причина пропуска.")
    minutes_late: int | None = strawberry.field(description="На сколько минут опоздал.")
    comment: str | None = strawberry.field(description="Примечание.")
    student: Student | None = edge(school.student_of, description="Обучающийся.")
    letters: str = computed(ATTENDANCE_LETTERS.__getitem__, "code", description="Как в клетке журнала.")


@strawberry.type(description="Каким было задание на уроке.")
class TaskVersion(_Version):
    name: str | None = strawberry.field(description="Название.")
    position: int = strawberry.field(description="Порядок на уроке.")
    weight: int = strawberry.field(description="Вес отметок.")
    for_all: bool = strawberry.field(description="Задано всем.")
    due_on: date | None = strawberry.field(description="Срок.")
    work_type: Annotated["WorkType", strawberry.lazy("schema.journal")] | None = edge(
        journal.work_type_of, description="Вид работы."
    )
    lesson: Lesson | None = edge(timetable.lesson_of, description="На каком уроке.")


@strawberry.type(description="Каким было домашнее задание.")
class HomeworkVersion(_Version):
    text: str = strawberry.field(description="Текст.")
    for_all: bool = strawberry.field(description="Задано всем.")
    due_on: date | None = strawberry.field(description="Срок.")


@strawberry.type(description="Какой была отметка за период, за год, за экзамен или итоговая.")
class FinalMarkVersion(_Version):
    value: str = strawberry.field(description="Как в журнале.")
    number: int | None = strawberry.field(description="Число, если отметка — число.")
    proposed: str | None = strawberry.field(description="Что предлагало правило школы, когда она решалась.")
    student: Student | None = edge(school.student_of, description="Обучающийся.")


@strawberry.type(description="Какой была перекличка: кто и когда её провёл, а затем менял отметки о присутствии (7.3).")
class RollCallVersion(_Version):
    pass


@strawberry.type(description="Что было записано об уроке.")
class LessonVersion(_Version):
    state: LessonState = strawberry.field(description="Запланирован, проведён или отменён.")
    topic: str | None = strawberry.field(description="Тема.")
    material: str | None = strawberry.field(description="Изученный материал.")
