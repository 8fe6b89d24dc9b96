"""The batch functions of the DataLoaders: each takes keys and gives what each key leads to, in the same order."""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from datetime import date
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from .models import (
    Attendance,
    Enrolment,
    GroupMembership,
    Homework,
    HomeworkRecipient,
    Lesson,
    Mark,
    Period,
    Person,
    Staff,
    Student,
    StudyGroup,
    Subject,
    Task,
)
from .viewer import Context, on

MOST = 100


def _grouped(keys: list[Any], pairs: Iterable[tuple[Hashable, Any]]) -> list[list[Any]]:
    found: dict[Any, list[Any]] = defaultdict(list)
    for key, row in pairs:
        found[key].append(row)
    return [found[key] for key in keys]


async def subjects(context: Context, keys: list[int]) -> list[Subject | None]:
    """Subjects by id."""
    rows = await context.all(select(Subject).where(context.viewer.subjects(), Subject.id.in_(keys)))
    found = {row.id: row for row in rows}
    return [found.get(key) for key in keys]


async def teachers(context: Context, keys: list[int]) -> list[Staff | None]:
    """Employees by id."""
    rows = await context.all(
        select(Staff).where(context.viewer.staff(), Staff.id.in_(keys)).options(joinedload(Staff.person))
    )
    found = {row.id: row for row in rows}
    return [found.get(key) for key in keys]


async def class_students(context: Context, keys: list[int]) -> list[list[Student]]:
    """The students of classes today, by name."""
    rows = await context.rows(
        select(Enrolment.class_id, Student)
        .join(Student, and_(Student.school_id == Enrolment.school_id, Student.id == Enrolment.student_id))
        .join(Student.person)
        .options(contains_eager(Student.person))
        .where(
            context.viewer.students(),
            Enrolment.school_id == context.viewer.school_id,
            Enrolment.class_id.in_(keys),
            on(context.viewer.today, Enrolment),
        )
        .order_by(Person.sort_key, Student.id)
    )
    return _grouped(keys, ((class_id, student) for class_id, student in rows))


def _in_period(context: Context, column: Any, period_id: int) -> Any:
    period = and_(Period.school_id == context.viewer.school_id, Period.id == period_id)
    return column.between(
        select(Period.starts_on).where(period).scalar_subquery(), select(Period.ends_on).where(period).scalar_subquery()
    )


async def student_marks(context: Context, keys: list[int], period_id: int, first: int) -> list[list[Mark]]:
    """The first marks of students in a period."""
    rows = await context.all(
        select(Mark)
        .join(Mark.lesson)
        .options(contains_eager(Mark.lesson), joinedload(Mark.task))
        .where(
            context.viewer.at_lessons(Mark),
            Mark.student_id.in_(keys),
            _in_period(context, Mark.lesson_date, period_id),
        )
        .order_by(Mark.lesson_date, Mark.id)
    )
    return [marks[:first] for marks in _grouped(keys, ((row.student_id, row) for row in rows))]


async def student_averages(context: Context, keys: list[int], period_id: int) -> list[list[Any]]:
    """The averages of students in a period, by subject."""
    counted = Mark.number.is_not(None)
    weighted = func.sum(Mark.number * Task.weight).filter(counted) / func.nullif(
        func.sum(Task.weight).filter(counted), 0
    )
    rows = await context.rows(
        select(
            Mark.student_id,
            Lesson.subject_id,
            func.round(func.avg(Mark.number), 2).label("average"),
            func.round(weighted, 2).label("weighted_average"),
            func.count().filter(counted).label("counted"),
        )
        .join(Mark.lesson)
        .join(Mark.task)
        .where(
            context.viewer.at_lessons(Mark),
            Mark.student_id.in_(keys),
            _in_period(context, Mark.lesson_date, period_id),
        )
        .group_by(Mark.student_id, Lesson.subject_id)
        .order_by(Lesson.subject_id)
    )
    return _grouped(keys, ((row.student_id, row) for row in rows))


async def diary_lessons(context: Context, keys: list[int], since: date, until: date) -> list[list[Lesson]]:
    """The lessons of students from day to day."""
    rows = await context.rows(
        select(GroupMembership.student_id, Lesson)
        .join(
            Lesson,
            and_(
                Lesson.school_id == GroupMembership.school_id,
                Lesson.group_id == GroupMembership.group_id,
                on(Lesson.date, GroupMembership),
            ),
        )
        .options(joinedload(Lesson.room))
        .where(
            GroupMembership.school_id == context.viewer.school_id,
            GroupMembership.student_id.in_(keys),
            context.viewer.any_of(
                ("teacher", or_(context.viewer.own_lesson(), GroupMembership.student_id.in_(context.viewer.led_now()))),
                ("parent", GroupMembership.student_id.in_(context.viewer.children)),
            ),
            Lesson.date.between(since, until),
        )
        .order_by(Lesson.date, Lesson.number, Lesson.starts_at, Lesson.id)
    )
    return _grouped(keys, ((student_id, lesson) for student_id, lesson in rows))


def _split(keys: list[tuple[int, int]]) -> tuple[set[int], set[int]]:
    return {student for student, _ in keys}, {lesson for _, lesson in keys}


async def cell_attendance(context: Context, keys: list[tuple[int, int]]) -> list[Attendance | None]:
    """The absence of a student at a lesson."""
    students, lessons = _split(keys)
    rows = await context.all(
        select(Attendance)
        .join(Attendance.lesson)
        .where(
            context.viewer.at_lessons(Attendance),
            Attendance.student_id.in_(students),
            Attendance.lesson_id.in_(lessons),
        )
    )
    found = {(row.student_id, row.lesson_id): row for row in rows}
    return [found.get(key) for key in keys]


async def cell_marks(context: Context, keys: list[tuple[int, int]]) -> list[list[Mark]]:
    """The marks of a student at a lesson."""
    students, lessons = _split(keys)
    rows = await context.all(
        select(Mark)
        .join(Mark.lesson)
        .options(joinedload(Mark.task))
        .where(context.viewer.at_lessons(Mark), Mark.student_id.in_(students), Mark.lesson_id.in_(lessons))
        .order_by(Mark.task_id, Mark.id)
    )
    return _grouped(keys, (((row.student_id, row.lesson_id), row) for row in rows))


async def cell_homework(context: Context, keys: list[tuple[int, int]]) -> list[list[Homework]]:
    """The homework of a student at a lesson: for all, or for this student."""
    students, lessons = _split(keys)
    rows = await context.rows(
        select(Homework, HomeworkRecipient.student_id)
        .join(Homework.lesson)
        .outerjoin(
            HomeworkRecipient,
            and_(
                HomeworkRecipient.school_id == Homework.school_id,
                HomeworkRecipient.homework_id == Homework.id,
                HomeworkRecipient.student_id.in_(students),
            ),
        )
        .where(
            context.viewer.homework(),
            Homework.lesson_id.in_(lessons),
            or_(Homework.for_all, HomeworkRecipient.student_id.is_not(None)),
        )
        .order_by(Homework.id)
    )
    pairs = (
        ((student, row.lesson_id), row) for row, named in rows for student in (students if row.for_all else (named,))
    )
    return _grouped(keys, pairs)


async def records(context: Context, keys: list[int]) -> list[Lesson | None]:
    """What was taught, by lesson."""
    rows = await context.all(select(Lesson).where(context.viewer.records(), Lesson.id.in_(keys)))
    found = {row.id: row for row in rows}
    return [found.get(key) for key in keys]


def on_page(context: Context, class_id: int, subject_id: int, period_id: int) -> Any:
    """That a lesson is on the page of a journal."""
    groups = select(StudyGroup.id).where(
        StudyGroup.school_id == context.viewer.school_id, StudyGroup.class_id == class_id
    )
    return and_(
        Lesson.group_id.in_(groups),
        Lesson.subject_id == subject_id,
        _in_period(context, Lesson.date, period_id),
    )


async def page_marks(context: Context, keys: list[int], *page: int) -> list[list[Mark]]:
    """The marks of students on the page of a journal."""
    rows = await context.all(
        select(Mark)
        .join(Mark.lesson)
        .options(joinedload(Mark.task))
        .where(context.viewer.at_lessons(Mark), Mark.student_id.in_(keys), on_page(context, *page))
        .order_by(Mark.lesson_date, Mark.task_id, Mark.id)
    )
    return _grouped(keys, ((row.student_id, row) for row in rows))


async def page_attendance(context: Context, keys: list[int], *page: int) -> list[list[Attendance]]:
    """The absences of students on the page of a journal."""
    rows = await context.all(
        select(Attendance)
        .join(Attendance.lesson)
        .where(context.viewer.at_lessons(Attendance), Attendance.student_id.in_(keys), on_page(context, *page))
        .order_by(Attendance.lesson_date, Attendance.id)
    )
    return _grouped(keys, ((row.student_id, row) for row in rows))
