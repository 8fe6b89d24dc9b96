"""Reads of a student's results: what is owed, the homework of some days, and each subject of a period."""

from typing import Any

from sqlalchemy import Date, Select, and_, any_, func, select
from sqlalchemy.orm import aliased

from models.curriculum import AcademicYear, GroupMembership, Period
from models.journal import Attendance, Homework, HomeworkRecipient, Mark, Task
from models.school import Student
from models.timetable import Lesson
from permissions.journal import is_given_to, visible_attendance, visible_diary_lessons, visible_homework, visible_marks
from permissions.scopes import of_school, on
from permissions.viewer import reach
from rules.account import Role
from rules.journal import OWED
from rules.journal_forecast import Supposed, Way, needed, with_supposed

from .edges import Edge, Gather, Key
from .edges_kinds import argument, keys_param, parent_keys, to_page
from .journal import Average, average_of, in_period, in_running_period, is_running


def _overdue(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    """A «точка» whose day is over, in the year that runs: a mark put in its place settles it."""
    due_on = func.coalesce(Task.due_on, Mark.lesson_date, type_=Date)
    year = and_(of_school(AcademicYear), on(reach.today, AcademicYear))
    return (
        visible_marks.for_roles(roles)
        .join(AcademicYear, and_(year, Mark.lesson_date.between(AcademicYear.starts_on, AcademicYear.ends_on)))
        .where(Mark.student_id == any_(keys_param(0)), Mark.value == OWED, due_on < reach.today)
        .add_columns(due_on.label("due_on"), Mark.student_id.label("_key0"))
        .order_by(due_on, Mark.id)
    )


overdue_work = Edge(visible_marks, ("id",), _overdue, many=True)
"""Work that a student owes and that is past its day."""

_stay, _given_at = aliased(GroupMembership), aliased(Lesson)


def _given_to_student(query: Select[Any]) -> Select[Any]:
    """Homework of the lessons that the student was in the group for: for all, or for that very student.

    By names of its own: the scope's conditions ask about memberships, recipients and lessons, too.
    """
    named = is_given_to(Homework, aliased(HomeworkRecipient), _stay.student_id)
    lesson = and_(_given_at.school_id == Homework.school_id, _given_at.id == Homework.lesson_id)
    there = and_(_stay.school_id == _given_at.school_id, _stay.group_id == _given_at.group_id)
    days = on(Homework.lesson_date, _stay)
    return query.join(_given_at, lesson).join(_stay, and_(there, days)).where(named)


student_homework = to_page(
    visible_homework,
    _stay.student_id,
    of="id",
    order={"lesson_date": Homework.lesson_date, "id": Homework.id},
    shape=_given_to_student,
    filters={
        "period_id": in_period(Homework.lesson_date),
        "running": in_running_period(Homework.lesson_date, _stay.student_id),
        "since": Homework.lesson_date >= argument("since", Date),
        "until": Homework.lesson_date <= argument("until", Date),
        "subject_id": Lesson.subject_id == argument("subject_id"),
    },
)
"""A student's homework by the day it was given."""

# The results of a period: the subjects of the student's lessons, and of each what stands in it.

RESULT = ("student_id", "subject_id", "starts_on", "ends_on")
RESULT_TYPES = (Student.id.type, Lesson.subject_id.type, Date, Date)


def _results(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    """A subject for each one that the student has lessons in; the outermost SELECT of an edge drops no duplicates."""
    student = parent_keys(Student.id.type)
    asked = Period.id == argument("period_id") if "period_id" in given else is_running(Period, student.c.key0)
    period = and_(of_school(Period), asked)
    subjects = (
        visible_diary_lessons.for_roles(roles)
        .join(student, GroupMembership.student_id == student.c.key0)
        .join(Period, and_(period, Lesson.date.between(Period.starts_on, Period.ends_on)))
        .with_only_columns(
            *(GroupMembership.student_id, Lesson.subject_id),
            *(Period.id.label("period_id"), Period.starts_on, Period.ends_on),
        )
        .distinct()
        .subquery("subjects")
    )
    return select(*subjects.c, subjects.c.student_id.label("_key0")).order_by(subjects.c.subject_id)


student_results = Edge(visible_diary_lessons, ("id",), _results, many=True)


def _of_result(query: Select[Any], student: Any, day: Any) -> Select[Any]:
    """Narrow what a student has at lessons to the results, beside their keys. A student's days are read once."""
    result = parent_keys(*RESULT_TYPES)
    whose = (result.c.key0, result.c.key2, result.c.key3)
    own = select(*whose, func.array_agg(result.c.key1).label("subjects")).group_by(*whose).subquery("own")
    narrowed = and_(
        student == own.c.key0, day.between(own.c.key2, own.c.key3), Lesson.subject_id == any_(own.c.subjects)
    )
    keys = (own.c.key0, Lesson.subject_id, own.c.key2, own.c.key3)
    return query.join(own, narrowed).add_columns(*(key.label(f"_key{place}") for place, key in enumerate(keys)))


def _marks(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    query = _of_result(visible_marks.for_roles(roles), Mark.student_id, Mark.lesson_date)
    return query.order_by(Mark.lesson_date, Mark.task_id, Mark.id)


def _attendance(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    query = _of_result(visible_attendance.for_roles(roles), Attendance.student_id, Attendance.lesson_date)
    return query.order_by(Attendance.lesson_date, Attendance.id)


_COUNTED = ("number", "weight")


def _numbers(numbers: list[int | None], weights: list[int]) -> tuple[list[int], list[int]]:
    """The marks that are numbers, with their weights."""
    counted = [(number, weight) for number, weight in zip(numbers, weights, strict=True) if number is not None]
    return [number for number, _ in counted], [weight for _, weight in counted]


def _what_if(
    result: Key, marks: list[Any], numbers: list[int | None], weights: list[int], *, supposed: Supposed
) -> Average:
    return Average(result[1], *with_supposed(*_numbers(numbers, weights), supposed))


def _need(marks: list[Any], numbers: list[int | None], weights: list[int], *, target: int, weight: int) -> list[Way]:
    return needed(*_numbers(numbers, weights), target, weight)


result_marks = Edge(visible_marks, RESULT, _marks, many=True)
result_attendance = Edge(visible_attendance, RESULT, _attendance, many=True)
result_average = Edge(visible_marks, RESULT, _marks, gather=Gather(average_of, ("subject_id", *_COUNTED)))
result_what_if = Edge(
    visible_marks, RESULT, _marks, gather=Gather(_what_if, _COUNTED, by_key=True, arguments=("supposed",))
)
result_need = Edge(
    visible_marks, RESULT, _marks, many=True, gather=Gather(_need, _COUNTED, arguments=("target", "weight"))
)
"""All made of the marks that stand in the result, which are read once."""
