"""Who may see corrections of lessons and absences of staff, and who may make them."""

from typing import Any

from sqlalchemy import Select, or_, select

from models.curriculum import SchoolClass, StudyGroup
from models.school import Staff
from models.timetable import Lesson, Room
from models.timetable_corrections import LessonCorrection, StaffAbsence
from rules.account import Role

from .scopes import ALL, Rows, Scope, beside, columns, of_school, own_lesson, same, union
from .viewer import Viewer, reach

MANAGERS = frozenset({Role.DIRECTOR, Role.DEPUTY})
"""Those who read everything about the timetable, reasons among it."""

CORRECTORS = frozenset({Role.DEPUTY})
"""Those who are responsible for the timetable (6.2, 6.3, 6.5)."""

RECORDERS = frozenset({Role.DEPUTY, Role.HR})
"""Those who record that an employee is absent: the deputy for the timetable, HR by the sick leave or order."""

visible_corrections = Scope(
    "LessonCorrection",
    Rows(LessonCorrection, beside(Lesson, "lesson_id"), beside(Room, "room_id", room="name")),
    {
        MANAGERS: ALL,
        Role.TEACHER: or_(own_lesson(), Lesson.teacher_id == reach.staff_id),
    },
)
"""Why a lesson was moved, cancelled, given to another: for those who hold it or lead the class, since a reason may tell
of somebody's illness. Families see in the lesson itself what became of it."""

visible_absences = Scope(
    "StaffAbsence",
    Rows(StaffAbsence),
    {MANAGERS | {Role.HR}: ALL, Role.TEACHER: StaffAbsence.staff_id == reach.staff_id},
)
"""Who is absent, and why: one's own for a teacher."""


def lessons_to_correct(viewer: Viewer) -> Select[Any]:
    """Lessons that the viewer may correct, locked in order of id, with what their class and subject are called."""
    return (
        select(
            *columns(
                Lesson,
                StudyGroup.class_id,
                SchoolClass.year_id,
                SchoolClass.grade,
                SchoolClass.letter,
            )
        )
        .join(StudyGroup, same(StudyGroup, Lesson.group_id))
        .join(SchoolClass, same(SchoolClass, StudyGroup.class_id))
        .where(of_school(Lesson), union({Role.DEPUTY: ALL}, viewer.roles))
        .order_by(Lesson.id)
        .with_for_update(of=Lesson)
    )


def groups_to_teach(viewer: Viewer) -> Select[Any]:
    """Groups to whose timetable the viewer may add a lesson, with what their class is."""
    return (
        select(*columns(StudyGroup, SchoolClass.year_id, SchoolClass.grade, SchoolClass.letter, SchoolClass.shift))
        .join(SchoolClass, same(SchoolClass, StudyGroup.class_id))
        .where(of_school(StudyGroup), union({Role.DEPUTY: ALL}, viewer.roles))
    )


def staff_to_excuse(viewer: Viewer) -> Select[Any]:
    """Employees whose absence the viewer may record, locked: their absences are written in turn."""
    return (
        select(Staff.id)
        .where(of_school(Staff), union(dict.fromkeys(RECORDERS, ALL), viewer.roles))
        .with_for_update(key_share=True)
    )


def absences_to_change(viewer: Viewer) -> Select[Any]:
    """Absences that the viewer may correct or end, locked."""
    return (
        select(*columns(StaffAbsence))
        .where(of_school(StaffAbsence), union(dict.fromkeys(RECORDERS, ALL), viewer.roles))
        .with_for_update()
    )
