"""Reads of what was done to dated lessons, of who is absent, and of who is free to step in."""

from typing import Any

from sqlalchemy import Boolean, Date, Select, and_, case, func, literal, or_, select

from models.account import Account, AccountRole
from models.curriculum import StudyGroup, TeachingAssignment
from models.school import Person, Staff
from models.timetable import Lesson
from models.timetable_corrections import LessonCorrection, StaffAbsence
from permissions.school import visible_staff
from permissions.scopes import of_school, on, same
from permissions.timetable import visible_lessons
from permissions.timetable_corrections import visible_absences, visible_corrections
from rules.account import Role
from rules.timetable import LessonState

from .edges import Edge
from .edges_kinds import argument, parent_keys, to_many, to_page
from .school import staff_of_account
from .timetable import BY_TIME
from .timetable_slots import is_away

lesson_corrections = to_many(visible_corrections, LessonCorrection.lesson_id, of="id", order=(LessonCorrection.id,))
correction_by = staff_of_account("made_by")
school_corrections = to_page(
    visible_corrections,
    LessonCorrection.school_id,
    of="id",
    order={"id": LessonCorrection.id},
    filters={"since": Lesson.date >= argument("since", Date), "until": Lesson.date <= argument("until", Date)},
)

staff_absences = to_many(visible_absences, StaffAbsence.staff_id, of="id", order=(StaffAbsence.starts_on,))
school_absences = to_page(
    visible_absences,
    StaffAbsence.school_id,
    of="id",
    order={"starts_on": StaffAbsence.starts_on, "id": StaffAbsence.id},
    filters={
        "since": or_(StaffAbsence.ends_on.is_(None), StaffAbsence.ends_on >= argument("since", Date)),
        "until": StaffAbsence.starts_on <= argument("until", Date),
    },
)

_GIVES = func.coalesce(Lesson.substitute_id, Lesson.teacher_id)

lessons_to_cover = to_page(
    visible_lessons,
    StaffAbsence.id,
    of="id",
    order=BY_TIME,
    shape=lambda query: query.join(
        StaffAbsence,
        and_(
            StaffAbsence.school_id == Lesson.school_id,
            or_(Lesson.teacher_id == StaffAbsence.staff_id, Lesson.substitute_id == StaffAbsence.staff_id),
            on(Lesson.date, StaffAbsence),
        ),
    ).where(Lesson.state != LessonState.CANCELLED),
    filters={"covered": (StaffAbsence.staff_id != _GIVES) == argument("covered", Boolean)},
)
"""The lessons that take place while somebody is away: those of their own, and those they were to give for others."""


def _free_teachers(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    """Who teaches, is there on the day, and gives no lesson at that time; first those who know subject or class."""
    lesson = parent_keys(Lesson.id.type)
    slot = (
        select(
            *(Lesson.id, Lesson.school_id, Lesson.subject_id, Lesson.date, Lesson.starts_at, Lesson.ends_at),
            *(Lesson.teacher_id, StudyGroup.class_id),
        )
        .join(StudyGroup, same(StudyGroup, Lesson.group_id))
        .join(lesson, lesson.c.key0 == Lesson.id)
        .where(of_school(Lesson))
        .subquery("slot")
    )
    busy = (
        select(literal(1))
        .where(
            *(of_school(Lesson), Lesson.date == slot.c.date, Lesson.state != LessonState.CANCELLED),
            *(Lesson.starts_at < slot.c.ends_at, slot.c.starts_at < Lesson.ends_at),
            or_(Lesson.substitute_id == Staff.id, and_(Lesson.substitute_id.is_(None), Lesson.teacher_id == Staff.id)),
        )
        .correlate(slot, Staff)
        .exists()
    )
    teaches = (
        select(literal(1))
        .select_from(TeachingAssignment)
        .where(
            of_school(TeachingAssignment), TeachingAssignment.staff_id == Staff.id, on(slot.c.date, TeachingAssignment)
        )
        .correlate(slot, Staff)
    )
    appointed = (
        select(literal(1))
        .select_from(AccountRole)
        .join(Account, same(Account, AccountRole.account_id))
        .where(of_school(AccountRole), Account.person_id == Staff.person_id, AccountRole.role == Role.TEACHER.value)
        .where(on(slot.c.date, AccountRole))
        .correlate(slot, Staff)
    )
    knows_subject = teaches.where(TeachingAssignment.subject_id == slot.c.subject_id).exists()
    knows_class = (
        teaches.join(StudyGroup, same(StudyGroup, TeachingAssignment.group_id))
        .where(StudyGroup.class_id == slot.c.class_id)
        .exists()
    )
    return (
        visible_staff.for_roles(roles)
        .join(slot, slot.c.school_id == Staff.school_id)
        .where(
            *(Staff.id != slot.c.teacher_id, or_(teaches.exists(), appointed.exists())),
            *(~is_away(Staff, slot.c.date), ~busy),
        )
        .add_columns(slot.c.id.label("_key0"))
        .order_by(case((knows_subject, 0), (knows_class, 1), else_=2), Person.sort_key, Staff.id)
    )


free_teachers = Edge(visible_staff, ("id",), _free_teachers, many=True)
"""Who could give a lesson in its teacher's place."""
