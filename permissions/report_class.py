"""What reports of classes are made of, beside marks: lessons that a class's students were to be at, and absences."""

from typing import Any

from sqlalchemy import Date, Select, and_, exists, func, select, true

from models.curriculum import DroppedSubject, GroupMembership, StudyGroup
from models.journal import Attendance, RollCall
from models.school import Student
from models.timetable import Lesson
from rules.account import Role
from rules.timetable import LessonState

from .scopes import ALL, NONE, Arms, Scope, of_school, on, same, within
from .viewer import reach

first_of_month: Any = func.date_trunc("month", Lesson.date, type_=Date).cast(Date)


def lessons_taken(*names: Any) -> Select[Any]:
    """The lessons held of a class's groups, for each student who was to be there: on that day in the group, and taking
    the subject (7.8). Beside them what stands of the student's attendance, and the roll call.
    """
    dropped = exists().where(
        *(DroppedSubject.school_id == Lesson.school_id, DroppedSubject.student_id == GroupMembership.student_id),
        *(DroppedSubject.subject_id == Lesson.subject_id, on(Lesson.date, DroppedSubject)),
    )
    in_group = and_(
        *(GroupMembership.school_id == StudyGroup.school_id, GroupMembership.group_id == StudyGroup.id),
        on(Lesson.date, GroupMembership),
    )
    there = and_(
        *(Attendance.school_id == Lesson.school_id, Attendance.lesson_id == Lesson.id),
        Attendance.student_id == GroupMembership.student_id,
    )
    called = and_(RollCall.school_id == Lesson.school_id, RollCall.lesson_id == Lesson.id)
    of_group = and_(Lesson.school_id == StudyGroup.school_id, Lesson.group_id == StudyGroup.id)
    return (
        select(*names)
        .select_from(StudyGroup)
        .join(Lesson, of_group)
        .join(GroupMembership, in_group)
        .join(Student, same(Student, GroupMembership.student_id))
        .outerjoin(Attendance, there)
        .outerjoin(RollCall, called)
        .where(of_school(StudyGroup), Lesson.state == LessonState.HELD.value, ~dropped)
    )


def _absences() -> Select[Any]:
    return lessons_taken(
        *(Attendance.id, Attendance.student_id, Attendance.lesson_id, Attendance.lesson_date, Attendance.code),
        *(Lesson.subject_id, StudyGroup.class_id, Student.taught_at_home, true().label("taken")),
    ).where(Attendance.id.is_not(None))


def _lessons() -> Select[Any]:
    return lessons_taken(
        *(GroupMembership.student_id, Lesson.id.label("lesson_id"), Lesson.date.label("lesson_date")),
        *(RollCall.id.is_not(None).label("called"), Attendance.code, StudyGroup.class_id, Student.taught_at_home),
    )


_OF_CLASS: Arms = {
    frozenset({Role.DIRECTOR, Role.DEPUTY}): ALL,
    Role.TEACHER: within(StudyGroup.class_id, reach.led_classes),
    Role.SERVICE: NONE,
}

visible_counted_absences = Scope("CountedAbsence", _absences, _OF_CLASS)
"""The absences behind the figures of a class: a teacher's own (10.1)."""

visible_counted_lessons = Scope("CountedLesson", _lessons, _OF_CLASS)
"""The lessons behind them, each once for every student who was to be there."""
