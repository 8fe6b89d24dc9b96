"""Reads of the diary: a student's days, lesson by lesson, each with what that student has there."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Date, Select, and_, any_, exists, or_

from models.curriculum import Enrolment, GroupMembership, Holiday, SchoolClass
from models.journal import Attendance, Homework, HomeworkRecipient, Mark, Task, TaskRecipient
from models.school import Student
from models.timetable import Lesson
from permissions.curriculum import visible_holidays
from permissions.journal import (
    is_given_to,
    visible_attendance,
    visible_diary_lessons,
    visible_homework,
    visible_marks,
    visible_tasks,
)
from permissions.school import visible_diaries
from permissions.scopes import of_school, on, same
from rules.account import Role
from rules.refusals import bad_input

from .context import Context
from .edges import Edge, Gather, Key
from .edges_kinds import argument, parent_keys, to_many, to_one

MOST_DIARIES = 100
"""How many diaries one query may open: a whole class and then some."""


@dataclass(frozen=True, slots=True)
class DiaryDay:
    """A day of a student's diary with its lessons, in their order."""

    student_id: int
    date: date
    lessons: list[Any]


diary_of = to_one(
    visible_diaries,
    Student.id,
    of="id",
    columns=(
        Student.id.label("student_id"),
        argument("since", Date).label("starts_on"),
        argument("until", Date).label("ends_on"),
    ),
)
"""A student's diary from day to day, both inclusive."""


def _lessons(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    diary = parent_keys(Student.id.type, Date, Date)
    return (
        visible_diary_lessons.for_roles(roles)
        .join(
            diary,
            and_(GroupMembership.student_id == diary.c.key0, Lesson.date.between(diary.c.key1, diary.c.key2)),
        )
        .add_columns(*(column.label(f"_{column.key}") for column in diary.c))
        .order_by(Lesson.date, Lesson.number, Lesson.starts_at, Lesson.id)
    )


def by_day(diary: Key, lessons: Iterable[Any], dates: Iterable[date]) -> list[DiaryDay]:
    """Every day of the diary (student, first day, last day), those without lessons among them."""
    student, starts_on, ends_on = diary
    days: dict[date, list[Any]] = defaultdict(list)
    for lesson, day in zip(lessons, dates, strict=True):
        days[day].append(lesson)
    return [
        DiaryDay(student, day, days[day])
        for day in (starts_on + timedelta(n) for n in range((ends_on - starts_on).days + 1))
    ]


diary_days = Edge(
    visible_diary_lessons,
    ("student_id", "starts_on", "ends_on"),
    _lessons,
    many=True,
    gather=Gather(by_day, ("date",), by_key=True),
)
"""The lessons of a diary, gathered into its days."""


def _holiday(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    """What is only for some grades is for those who are in a class of theirs that day; for others, nobody asks."""
    day = parent_keys(Student.id.type, Date)
    in_grade = exists().where(
        of_school(Enrolment),
        Enrolment.student_id == day.c.key0,
        on(day.c.key1, Enrolment),
        same(SchoolClass, Enrolment.class_id),
        SchoolClass.grade == any_(Holiday.grades),
    )
    return (
        visible_holidays.for_roles(roles)
        .join(day, day.c.key1.between(Holiday.starts_on, Holiday.ends_on))
        .where(or_(Holiday.grades.is_(None), in_grade))
        .add_columns(day.c.key0.label("_key0"), day.c.key1.label("_key1"))
    )


day_holiday = Edge(visible_holidays, ("student_id", "date"), _holiday)

_CELL = ("student_id", "id")

diary_attendance = to_one(visible_attendance, Attendance.student_id, Attendance.lesson_id, of=_CELL)
diary_marks = to_many(visible_marks, Mark.student_id, Mark.lesson_id, of=_CELL, order=(Mark.task_id, Mark.id))
diary_task_mark = to_one(visible_marks, Mark.student_id, Mark.task_id, of=_CELL)


def _tasks(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    """For all, or for this very student, as homework is."""
    cell = parent_keys(Student.id.type, Lesson.id.type)
    return (
        visible_tasks.for_roles(roles)
        .join(cell, Task.lesson_id == cell.c.key1)
        .where(is_given_to(Task, TaskRecipient, cell.c.key0))
        .add_columns(cell.c.key0.label("student_id"), cell.c.key0.label("_key0"), cell.c.key1.label("_key1"))
        .order_by(Task.position, Task.id)
    )


diary_tasks = Edge(visible_tasks, _CELL, _tasks, many=True)


def _homework(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    """For all, or for this very student: a sister's own homework does not stand in the brother's diary."""
    cell = parent_keys(Student.id.type, Lesson.id.type)
    return (
        visible_homework.for_roles(roles)
        .join(cell, Homework.lesson_id == cell.c.key1)
        .where(is_given_to(Homework, HomeworkRecipient, cell.c.key0))
        .add_columns(cell.c.key0.label("_key0"), cell.c.key1.label("_key1"))
        .order_by(Homework.id)
    )


diary_homework = Edge(visible_homework, _CELL, _homework, many=True)


async def diaries(context: Context, students: list[int], since: date, until: date) -> list[Any]:
    """The diaries of those students that the viewer may open, each once, in the order asked for."""
    if len(students) > MOST_DIARIES:
        raise bad_input(f"Можно запросить не больше {MOST_DIARIES} дневников сразу.", "studentIds")
    reading = diary_of(since=since, until=until)
    found = await asyncio.gather(*(context.load_key(reading, (student,)) for student in dict.fromkeys(students)))
    return [diary for diary in found if diary is not None]
