"""Reads of the journal: what was taught, the marks, who was absent, homework, averages, and the page of a journal."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Date,
    Double,
    Integer,
    Numeric,
    Select,
    Text,
    and_,
    any_,
    cast,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.orm import aliased

from models.curriculum import Enrolment, GroupMembership, Period, SchoolClass, StudyGroup, TeachingAssignment
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
from permissions.scopes import of_school, on, same
from permissions.timetable import visible_lessons
from permissions.viewer import reach
from rules.account import Role
from rules.journal import mean

from .context import Context
from .edges import Edge, Gather
from .edges_kinds import argument, parent_keys, to_many, to_one, to_page
from .school import by_name


def in_period(column: Any) -> Any:
    """That the date lies in the period given as an argument."""
    ends = select(Period.starts_on, Period.ends_on).where(of_school(Period), Period.id == argument("period_id"))
    return and_(
        column >= ends.with_only_columns(Period.starts_on).scalar_subquery(),
        column <= ends.with_only_columns(Period.ends_on).scalar_subquery(),
    )


_stay, _class = aliased(Enrolment), aliased(SchoolClass)
_period, _later = aliased(Period), aliased(Period)


def is_running(period: Any, student: Any) -> Any:
    """That of the periods of the student's class it has begun last: it runs, or in holidays it ran before them."""
    divided_so = (
        select(literal(1))
        .select_from(_stay)
        .join(_class, same(_class, _stay.class_id, _stay))
        .where(of_school(_stay), _stay.student_id == student, on(reach.today, _stay))
        .where(_class.year_id == period.year_id, _class.period_kind == period.kind)
        .exists()
    )
    begun_later = exists().where(
        *(of_school(_later), _later.year_id == period.year_id, _later.kind == period.kind),
        *(_later.starts_on > period.starts_on, _later.starts_on <= reach.today),
    )
    return and_(
        period.starts_on <= reach.today,
        divided_so.correlate_except(_stay, _class),
        ~begun_later.correlate_except(_later),
    )


def in_running_period(column: Any, student: Any) -> Any:
    """That the date lies in the period that runs for the student."""
    days = column.between(_period.starts_on, _period.ends_on)
    return exists().where(of_school(_period), is_running(_period, student), days).correlate_except(_period)


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
attendance_by_number = to_one(visible_attendance, Attendance.id, of="attendance_id")
attendance_of = to_one(visible_attendance, Attendance.lesson_id, Attendance.student_id, of=("lesson_id", "student_id"))
mark_attendance = to_one(
    visible_attendance, Attendance.student_id, Attendance.lesson_id, of=("student_id", "lesson_id")
)
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
    filters={
        "period_id": in_period(Mark.lesson_date),
        "running": in_running_period(Mark.lesson_date, Mark.student_id),
        "subject_id": Lesson.subject_id == argument("subject_id"),
    },
    order={"lesson_date": Mark.lesson_date, "id": Mark.id},
)
student_attendance = to_page(
    visible_attendance,
    Attendance.student_id,
    of="id",
    filters={
        "period_id": in_period(Attendance.lesson_date),
        "running": in_running_period(Attendance.lesson_date, Attendance.student_id),
        "subject_id": Lesson.subject_id == argument("subject_id"),
    },
    order={"lesson_date": Attendance.lesson_date, "id": Attendance.id},
)


def _student_averages(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    """Over all subjects of a period there are many marks for each task: tasks are looked up once each.

    The averages are those of `average_of`, simple and weighted, over the marks that are numbers.
    """
    parents = parent_keys(Mark.student_id.type)
    days = in_period(Mark.lesson_date) if "period_id" in given else in_running_period(Mark.lesson_date, Mark.student_id)
    narrowing = [Mark.student_id.in_(select(parents.c.key0)), days]
    if "subject_id" in given:
        narrowing.append(Lesson.subject_id == argument("subject_id"))
    query = visible_marks.lean(roles, *narrowing).where(*narrowing)
    number, weight = cast(Mark.number, Integer).label("number"), cast(Task.weight, Integer).label("weight")
    own = query.with_only_columns(Mark.student_id, Mark.task_id, number, maintain_column_froms=True).cte("own")
    each = select(own.c.task_id).distinct().subquery("each")
    work = (
        select(Task.id, weight, Lesson.subject_id)
        .select_from(each)
        .join(Task, and_(of_school(Task), Task.id == each.c.task_id))
        .join(Lesson, same(Lesson, Task.lesson_id))
        .cte("work")
        .prefix_with("MATERIALIZED")
    )
    heavy = func.sum(own.c.number * work.c.weight)
    weights = func.nullif(func.sum(work.c.weight).filter(own.c.number.is_not(None)), 0)
    counted = (
        select(
            own.c.student_id,
            work.c.subject_id,
            cast(func.round(func.avg(own.c.number), 2), Double).label("average"),
            cast(func.round(cast(heavy, Numeric) / weights, 2), Double).label("weighted_average"),
            func.count(own.c.number).label("counted"),
        )
        .join(work, work.c.id == own.c.task_id)
        .group_by(own.c.student_id, work.c.subject_id)
        .subquery("counted")
    )
    return select(*counted.c, counted.c.student_id.label("_key0")).order_by(counted.c.subject_id)


student_averages = Edge(visible_marks, ("id",), _student_averages, many=True)

# The page of a journal: the lessons of one class or group in one subject and period, by the students. It is opened by a
# class, a group (0 for either: the other one says it), a subject, a period. What is read of it goes by what was found
# then: the groups whose journal the viewer may open, and the days of the period.

_OPENED_BY = ("class_id", "group_id", "subject_id", "period_id")


def _keys(page: Any) -> Sequence[Any]:
    return [column.label(f"_{column.key}") for column in page.c]


def _open_pages(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    """The pages as rows, `groups` as the text of an array: an array in an array of keys would be taken apart."""
    page = parent_keys(*[Lesson.id.type] * len(_OPENED_BY))
    # OFFSET keeps it a question of each group: PostgreSQL would begin with every assignment of the school.
    journals = (
        visible_journals.for_roles(roles)
        .where(TeachingAssignment.group_id == StudyGroup.id, TeachingAssignment.subject_id == page.c.key2)
        .offset(literal_column("0"))
    )
    period = visible_periods.for_roles(roles).subquery("period")
    opened = (
        select(
            *_keys(page),
            func.max(StudyGroup.class_id).label("class_id"),
            (cast(func.max(StudyGroup.class_id), Text) + ":" + cast(page.c.key2, Text)).label("journal"),
            func.nullif(page.c.key1, 0, type_=BigInteger).label("group_id"),
            page.c.key2.label("subject_id"),
            page.c.key3.label("period_id"),
            cast(func.array_agg(StudyGroup.id), Text).label("groups"),
            period.c.starts_on,
            period.c.ends_on,
        )
        .select_from(page)
        .join(
            StudyGroup,
            and_(
                of_school(StudyGroup),
                or_(StudyGroup.class_id == page.c.key0, StudyGroup.id == page.c.key1),
                journals.with_only_columns(literal(1)).correlate(StudyGroup, page).exists(),
            ),
        )
        .join(period, period.c.id == page.c.key3)
        .group_by(*page.c, period.c.starts_on, period.c.ends_on)
        .subquery("opened")
    )
    return select(*opened.c)


journal_page = Edge(visible_journals, _OPENED_BY, _open_pages, single=True)
"""A journal's page, if the viewer may open it: of a class, or of one group of it (`group_id`)."""

PAGE = ("groups", "subject_id", "starts_on", "ends_on")
PAGE_TYPES = (Text, Lesson.subject_id.type, Date, Date)
_PAGE_OF_ROWS = (*PAGE, "period_id")


def _has(page: Any, group: Any) -> Any:
    """That the group is one of the page's; `page` is the table of keys."""
    return group == any_(cast(page.c.key0, ARRAY(BigInteger)))


def of_page(query: Select[Any], page: Any) -> Select[Any]:
    """Narrow lessons to those of the page."""
    days = Lesson.date.between(page.c.key2, page.c.key3)
    return query.join(page, and_(_has(page, Lesson.group_id), Lesson.subject_id == page.c.key1, days))


def _page_lessons(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    page = parent_keys(*PAGE_TYPES)
    query = of_page(visible_lessons.for_roles(roles), page).add_columns(*_keys(page))
    return query.order_by(Lesson.date, Lesson.number, Lesson.id)


def _page_students(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    """Who was in one of the page's groups on any day of the period, those who have left among them."""
    page = parent_keys(*PAGE_TYPES, Period.id.type)
    # DISTINCT also keeps it a statement of its own, which finds the members of groups by the groups.
    members = (
        select(GroupMembership.student_id)
        .where(
            of_school(GroupMembership),
            _has(page, GroupMembership.group_id),
            GroupMembership.starts_on <= page.c.key3,
            or_(GroupMembership.ends_on.is_(None), GroupMembership.ends_on >= page.c.key2),
        )
        .distinct()
        .lateral("members")
    )
    of_pages = select(members.c.student_id, *page.c).select_from(page).join(members, true()).subquery("of_pages")
    keys = [of_pages.c[column.key] for column in page.c]
    query = visible_students.for_roles(roles).join(of_pages, of_pages.c.student_id == Student.id)
    query = query.add_columns(
        *(key.label(f"_{key.key}") for key in keys),
        *(key.label(name) for key, name in zip(keys, _PAGE_OF_ROWS, strict=True)),
    )
    return query.order_by(*by_name(roles))


journal_lessons = Edge(visible_lessons, PAGE, _page_lessons, many=True)
journal_rows = Edge(visible_students, _PAGE_OF_ROWS, _page_students, many=True)

ROW = (*PAGE, "id")


def of_row(query: Select[Any], student: Any) -> tuple[Select[Any], Sequence[Any]]:
    """Narrow what students have at lessons to the rows of pages; gives their keys. A page's lessons are found once."""
    row = parent_keys(*PAGE_TYPES, Student.id.type)
    paged = list(row.c)[: len(PAGE)]
    page = select(*paged, func.array_agg(row.c.key4).label("students")).group_by(*paged).subquery("page")
    keys = [*(page.c[column.key] for column in paged), student]
    return of_page(query, page).where(student == any_(page.c.students)), [
        key.label(f"_key{position}") for position, key in enumerate(keys)
    ]


def _by_task(marks: Select[Any]) -> Select[Any]:
    """Marks, so told that PostgreSQL may find a lesson's tasks first and then their marks: they are fewer."""
    return marks.where(Task.lesson_id == Lesson.id)


def _row_marks(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    query, keys = of_row(_by_task(visible_marks.for_roles(roles)), Mark.student_id)
    return query.add_columns(*keys).order_by(Mark.lesson_date, Mark.task_id, Mark.id)


def _row_attendance(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    """A student misses few lessons, of all subjects: they are found by the student and the days."""
    query, keys = of_row(visible_attendance.for_roles(roles), Attendance.student_id)
    query = query.where(Attendance.lesson_date.between(keys[2].element, keys[3].element))
    return query.add_columns(*keys).order_by(Attendance.lesson_date, Attendance.id)


@dataclass(frozen=True, slots=True)
class Average:
    """The averages of a student's marks in a subject."""

    subject_id: int
    average: float | None
    weighted_average: float | None
    counted: int


def average_of(marks: list[Any], subjects: list[int], numbers: list[int | None], weights: list[int]) -> Average | None:
    """The averages of one row's marks, of those that are numbers; None where there are no marks."""
    if not marks:
        return None
    counted = [number for number in numbers if number is not None]
    if len(counted) < len(numbers):
        weights = [weight for number, weight in zip(numbers, weights, strict=True) if number is not None]
    return Average(subjects[0], mean(counted), mean(counted, weights), len(counted))


journal_row_marks = Edge(visible_marks, ROW, _row_marks, many=True)
journal_row_attendance = Edge(visible_attendance, ROW, _row_attendance, many=True)
journal_row_average = Edge(
    visible_marks, ROW, _row_marks, gather=Gather(average_of, ("subject_id", "number", "weight"))
)
"""Made of the marks that stand in the row: a page asks for both, and reads them once."""
