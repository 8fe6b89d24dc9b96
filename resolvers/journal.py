"""Reads of the journal: what was taught, the marks, who was absent, homework, averages, and the page of a journal."""

import asyncio
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, Double, FromClause, Integer, Numeric, Select, and_, any_, cast, func, or_, select

from models.curriculum import GroupMembership, Period, StudyGroup
from models.journal import Attachment, Attendance, Homework, Mark, Task, WorkType
from models.school import Student
from models.timetable import Lesson
from permissions.curriculum import visible_periods
from permissions.journal import (
    visible_attachments,
    visible_attendance,
    visible_homework,
    visible_journals,
    visible_marks,
    visible_records,
    visible_tasks,
    visible_work_types,
)
from permissions.school import visible_students
from permissions.scopes import of_school, same
from permissions.timetable import visible_lessons
from rules.account import Role

from .context import Context
from .edges import Edge
from .edges_kinds import argument, parent_keys, to_many, to_one, to_page
from .school import by_name


def _in_period(column: Any) -> Any:
    """That the date lies in the period given as an argument."""
    ends = select(Period.starts_on, Period.ends_on).where(of_school(Period), Period.id == argument("period_id"))
    return and_(
        column >= ends.with_only_columns(Period.starts_on).scalar_subquery(),
        column <= ends.with_only_columns(Period.ends_on).scalar_subquery(),
    )


# A lesson and what is written at it.

lesson_record = to_one(visible_records, Lesson.id, of="id")
record_of = to_one(visible_records, Lesson.id, of="lesson_id")
record_tasks = to_many(visible_tasks, Task.lesson_id, of="id", order=(Task.position, Task.id))
record_homework = to_many(visible_homework, Homework.lesson_id, of="id", order=(Homework.id,))
record_marks = to_many(visible_marks, Mark.lesson_id, of="id", order=(Mark.task_id, Mark.student_id))
record_attendance = to_many(visible_attendance, Attendance.lesson_id, of="id", order=(Attendance.student_id,))

school_work_types = to_many(visible_work_types, WorkType.school_id, of="id", order=(WorkType.position, WorkType.id))
work_type_of = to_one(visible_work_types, WorkType.id, of="work_type_id")
task_of = to_one(visible_tasks, Task.id, of="task_id")
mark_of = to_one(visible_marks, Mark.id, of="mark_id")
homework_of = to_one(visible_homework, Homework.id, of="homework_id")
attendance_of = to_one(visible_attendance, Attendance.lesson_id, Attendance.student_id, of=("lesson_id", "student_id"))
task_marks = to_many(visible_marks, Mark.task_id, of="id", order=(Mark.student_id,))
task_attachments = to_many(visible_attachments, Attachment.task_id, of="id", order=(Attachment.id,))
homework_attachments = to_many(visible_attachments, Attachment.homework_id, of="id", order=(Attachment.id,))


async def marks_by_number(context: Context, numbers: Sequence[int]) -> list[Any]:
    """Marks in the order of their numbers' list; those that the viewer cannot see are left out."""
    marks = await asyncio.gather(*(context.load_key(mark_of(), (number,)) for number in numbers))
    return [mark for mark in marks if mark is not None]


# A student's marks, absences and averages.

student_marks = to_page(
    visible_marks,
    Mark.student_id,
    of="id",
    filters={"period_id": _in_period(Mark.lesson_date), "subject_id": Lesson.subject_id == argument("subject_id")},
    order={"lesson_date": Mark.lesson_date, "id": Mark.id},
)
student_attendance = to_page(
    visible_attendance,
    Attendance.student_id,
    of="id",
    filters={
        "period_id": _in_period(Attendance.lesson_date),
        "subject_id": Lesson.subject_id == argument("subject_id"),
    },
    order={"lesson_date": Attendance.lesson_date, "id": Attendance.id},
)


def _averages(marks: FromClause, *keys: str) -> Select[Any]:
    """Marks as averages by student, subject and keys: simple and weighted, over those that are numbers."""
    by = [marks.c[name] for name in ("student_id", "subject_id", *keys)]
    is_number = marks.c.number.is_not(None)
    heavy = func.sum(marks.c.number * marks.c.weight)
    weights = func.nullif(func.sum(marks.c.weight).filter(is_number), 0)
    counted = (
        select(
            *by,
            cast(func.round(func.avg(marks.c.number), 2), Double).label("average"),
            cast(func.round(cast(heavy, Numeric) / weights, 2), Double).label("weighted_average"),
            func.count(marks.c.number).label("counted"),
        )
        .group_by(*by)
        .subquery("counted")
    )
    return select(*counted.c).order_by(counted.c.subject_id)


_NUMBER, _WEIGHT = cast(Mark.number, Integer).label("number"), cast(Task.weight, Integer).label("weight")


def _student_averages(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    """Over all subjects of a period there are many marks for each task: tasks are looked up once each."""
    parents = parent_keys(Mark.student_id.type)
    query = visible_marks.for_roles(roles).where(
        Mark.student_id.in_(select(parents.c.key0)), _in_period(Mark.lesson_date)
    )
    if "subject_id" in given:
        query = query.where(Lesson.subject_id == argument("subject_id"))
    own = query.with_only_columns(Mark.student_id, Mark.task_id, _NUMBER, maintain_column_froms=True).cte("own")
    each = select(own.c.task_id).distinct().subquery("each")
    work = (
        select(Task.id, _WEIGHT, Lesson.subject_id)
        .select_from(each)
        .join(Task, and_(of_school(Task), Task.id == each.c.task_id))
        .join(Lesson, same(Lesson, Task.lesson_id))
        .cte("work")
        .prefix_with("MATERIALIZED")
    )
    marks = select(
        own.c.student_id, own.c.student_id.label("_key0"), work.c.subject_id, own.c.number, work.c.weight
    ).join(work, work.c.id == own.c.task_id)
    return _averages(marks.subquery("marks"), "_key0")


student_averages = Edge(visible_marks, ("id",), _student_averages, many=True)

# The page of a journal: the lessons of one class or group in one subject and period, by the students. Its key: a class,
# a group (0 means all that the viewer reaches), a subject, a period.


_PAGE = ("class_id", "group_id", "subject_id", "period_id")
_PAGE_TYPES = [Lesson.id.type] * 4


def _of_page(query: Select[Any], page: Any) -> Select[Any]:
    """Narrow lessons to those of the page; `page` is the table of keys."""
    return (
        query.join(StudyGroup, and_(StudyGroup.school_id == Lesson.school_id, StudyGroup.id == Lesson.group_id))
        .join(Period, Period.school_id == Lesson.school_id)
        .join(
            page,
            and_(
                StudyGroup.class_id == page.c.key0,
                or_(page.c.key1 == 0, StudyGroup.id == page.c.key1),
                Lesson.subject_id == page.c.key2,
                Period.id == page.c.key3,
                Lesson.date.between(Period.starts_on, Period.ends_on),
            ),
        )
    )


def _keys(page: Any) -> Sequence[Any]:
    return [column.label(f"_{column.key}") for column in page.c]


def _journal_groups(roles: frozenset[Role]) -> Select[Any]:
    """Group and subject of the journals that these roles may open."""
    return visible_journals.for_roles(roles)


def _may_open(roles: frozenset[Role]) -> Any:
    journals = _journal_groups(roles).subquery("journals")
    return (
        select(1)
        .where(journals.c.group_id == Lesson.group_id, journals.c.subject_id == Lesson.subject_id)
        .correlate(Lesson)
        .exists()
    )


def _page_lessons(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    page = parent_keys(*_PAGE_TYPES)
    query = _of_page(visible_lessons.for_roles(roles), page).where(_may_open(roles)).add_columns(*_keys(page))
    return query.order_by(Lesson.date, Lesson.number, Lesson.id)


def _page_students(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    """Who was in one of the page's groups on any day of the period, those who have left among them."""
    page = parent_keys(*_PAGE_TYPES)
    journals = _journal_groups(roles).subquery("journals")
    members = (
        select(GroupMembership.student_id, *_keys(page))
        .join(journals, journals.c.group_id == GroupMembership.group_id)
        .join(Period, Period.school_id == GroupMembership.school_id)
        .join(
            page,
            and_(
                journals.c.class_id == page.c.key0,
                or_(page.c.key1 == 0, GroupMembership.group_id == page.c.key1),
                journals.c.subject_id == page.c.key2,
                Period.id == page.c.key3,
                GroupMembership.starts_on <= Period.ends_on,
                or_(GroupMembership.ends_on.is_(None), GroupMembership.ends_on >= Period.starts_on),
            ),
        )
        .where(of_school(GroupMembership))
        .distinct()
        .subquery("members")
    )
    query = visible_students.for_roles(roles).join(members, members.c.student_id == Student.id)
    keys = [members.c[f"_key{position}"] for position in range(len(_PAGE))]
    query = query.add_columns(*keys, *(key.label(name) for key, name in zip(keys, _PAGE, strict=True)))
    return query.order_by(*by_name(roles))


journal_lessons = Edge(visible_lessons, _PAGE, _page_lessons, many=True)
journal_rows = Edge(visible_students, _PAGE, _page_students, many=True)

_ROW = (*_PAGE, "id")


def _of_row(query: Select[Any], student: Any) -> tuple[Select[Any], Sequence[Any]]:
    """Narrow what students have at lessons to the rows of pages; gives their keys. A page's lessons are found once."""
    row = parent_keys(*_PAGE_TYPES, Student.id.type)
    of_page = list(row.c)[: len(_PAGE)]
    page = select(*of_page, func.array_agg(row.c.key4).label("students")).group_by(*of_page).subquery("page")
    keys = [*(page.c[column.key] for column in of_page), student]
    return _of_page(query, page).where(student == any_(page.c.students)), [
        key.label(f"_key{position}") for position, key in enumerate(keys)
    ]


def _by_task(marks: Select[Any]) -> Select[Any]:
    """Marks, so told that PostgreSQL may find a lesson's tasks first and then their marks: they are fewer."""
    return marks.where(Task.lesson_id == Lesson.id)


def _row_marks(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    query, keys = _of_row(_by_task(visible_marks.for_roles(roles)), Mark.student_id)
    return query.add_columns(*keys).order_by(Mark.lesson_date, Mark.task_id, Mark.id)


def _row_attendance(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    query, keys = _of_row(visible_attendance.for_roles(roles), Attendance.student_id)
    return query.add_columns(*keys).order_by(Attendance.lesson_date, Attendance.id)


def _row_average(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    query, keys = _of_row(_by_task(visible_marks.for_roles(roles)), Mark.student_id)
    columns = (Mark.student_id, Lesson.subject_id, _NUMBER, _WEIGHT, *keys)
    marks = query.with_only_columns(*columns, maintain_column_froms=True).subquery("marks")
    return _averages(marks, *(key.name for key in keys))


journal_row_marks = Edge(visible_marks, _ROW, _row_marks, many=True)
journal_row_attendance = Edge(visible_attendance, _ROW, _row_attendance, many=True)
journal_row_average = Edge(visible_marks, _ROW, _row_average)


def _open_pages(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    """The pages as rows. The key names a class and no group (0), or a group and no class, whose class is found here."""
    page = parent_keys(*_PAGE_TYPES)
    journals = _journal_groups(roles).subquery("journals")
    opened = (
        select(*page.c, func.max(journals.c.class_id).label("class_id"))
        .join(
            journals,
            and_(
                or_(page.c.key0 == 0, journals.c.class_id == page.c.key0),
                or_(page.c.key1 == 0, journals.c.group_id == page.c.key1),
                journals.c.subject_id == page.c.key2,
            ),
        )
        .group_by(*page.c)
        .subquery("opened")
    )
    period = visible_periods.for_roles(roles).with_only_columns(Period.id)
    return select(
        *(column.label(f"_{column.key}") for column in opened.c if column.key != "class_id"),
        opened.c.class_id,
        opened.c.key1.label("group_id"),
        func.nullif(opened.c.key1, 0, type_=BigInteger).label("page_group_id"),
        opened.c.key2.label("subject_id"),
        opened.c.key3.label("period_id"),
    ).where(or_(opened.c.key0 == 0, opened.c.key1 == 0), opened.c.key3.in_(period))


journal_page = Edge(visible_journals, _PAGE, _open_pages)
"""A journal's page, if the viewer may open it: of a class, or of one group of it (`page_group_id`)."""
