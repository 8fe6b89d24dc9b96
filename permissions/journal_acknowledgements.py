"""Who sees that parents have read the diary, and who may say so."""

from typing import Any

from sqlalchemy import Select, and_, select

from models.curriculum import GroupMembership
from models.journal_acknowledgements import WeekAcknowledgement
from models.school import Student
from models.timetable import Lesson
from rules.account import Role
from rules.timetable import LessonState

from .journal import CONTROL
from .scopes import ALL, Rows, Scope, among, of_school, on, students_led_now, within
from .viewer import reach

visible_acknowledgements = Scope(
    "WeekAcknowledgement",
    Rows(WeekAcknowledgement),
    {
        CONTROL: ALL,
        Role.TEACHER: among(WeekAcknowledgement.student_id, students_led_now()),
        Role.STUDENT: WeekAcknowledgement.student_id == reach.student_id,
        Role.PARENT: within(WeekAcknowledgement.student_id, reach.children),
    },
)
"""Signatures under weeks: for a teacher, of the class they lead; for a family, under its own diaries."""


def children_to_sign_for() -> Select[Any]:
    """One's own children (2.6)."""
    query = select(Student.id).where(of_school(Student), within(Student.id, reach.children))
    return query.with_for_update(read=True, key_share=True)


def lesson_days(student: int) -> Select[Any]:
    """The days on which a student has lessons that were not cancelled."""
    there = and_(
        Lesson.school_id == GroupMembership.school_id,
        Lesson.group_id == GroupMembership.group_id,
        on(Lesson.date, GroupMembership),
    )
    return (
        select(Lesson.date)
        .select_from(GroupMembership)
        .join(Lesson, there)
        .where(of_school(GroupMembership), GroupMembership.student_id == student)
        .where(Lesson.state != LessonState.CANCELLED.value)
    )
