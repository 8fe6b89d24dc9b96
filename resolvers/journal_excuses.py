"""Reads of excuses: a student's, that of an absence or a day, and who is expected to be away from a lesson."""

from typing import Any

from sqlalchemy import Date, Select, and_, exists
from sqlalchemy.orm import aliased

from models.curriculum import GroupMembership
from models.journal import Attachment, Attendance
from models.journal_excuses import Excuse
from models.school import Student
from permissions.journal import visible_attachments, visible_attendance
from permissions.journal_excuses import visible_excuses
from permissions.school import visible_students
from permissions.scopes import of_school, on
from rules.account import Role

from .edges import Edge
from .edges_kinds import parent_keys, to_many, to_one, to_page
from .school import by_name

excuse_of = to_one(visible_excuses, Excuse.id, of="excuse_id")
student_excuses = to_page(
    visible_excuses, Excuse.student_id, of="id", order={"starts_on": Excuse.starts_on, "id": Excuse.id}
)
excuse_attendance = to_page(
    visible_attendance,
    Attendance.excuse_id,
    of="id",
    order={"lesson_date": Attendance.lesson_date, "id": Attendance.id},
)
excuse_attachments = to_many(visible_attachments, Attachment.excuse_id, of="id", order=(Attachment.id,))


def covers(day: Any, excuse: Any = Excuse) -> Any:
    """That an excuse stands and covers the day."""
    return and_(excuse.withdrawn_at.is_(None), excuse.starts_on <= day, excuse.ends_on >= day)


def _of_day(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    """Of several the one entered last: absences of the day have its reason."""
    day, later = parent_keys(Student.id.type, Date), aliased(Excuse)
    after = exists().where(
        of_school(later), later.student_id == Excuse.student_id, later.id > Excuse.id, covers(day.c.key1, later)
    )
    return (
        visible_excuses.for_roles(roles)
        .join(day, and_(Excuse.student_id == day.c.key0, covers(day.c.key1)))
        .where(~after.correlate(Excuse, day))
        .add_columns(day.c.key0.label("_key0"), day.c.key1.label("_key1"))
    )


day_excuse = Edge(visible_excuses, ("student_id", "date"), _of_day)


def _expected(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    """Who is in the group that day, and has an excuse for it. The documents themselves are not for every teacher."""
    lesson = parent_keys(GroupMembership.group_id.type, Date)
    excused = (
        exists()
        .where(of_school(Excuse), Excuse.student_id == Student.id, covers(lesson.c.key1))
        .correlate(Student, lesson)
    )
    return (
        visible_students.for_roles(roles)
        .join(GroupMembership, and_(of_school(GroupMembership), GroupMembership.student_id == Student.id))
        .join(lesson, and_(GroupMembership.group_id == lesson.c.key0, on(lesson.c.key1, GroupMembership)))
        .where(excused)
        .add_columns(lesson.c.key0.label("_key0"), lesson.c.key1.label("_key1"))
        .order_by(*by_name(roles))
    )


expected_absent = Edge(visible_students, ("group_id", "date"), _expected, many=True)
