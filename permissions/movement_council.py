"""Who records what the pedagogical council decided (10.6)."""

from typing import Any

from sqlalchemy import Select, select

from models.curriculum import AcademicYear, Enrolment, SchoolClass
from rules.account import Role

from .scopes import ALL, of_school, on, same, union, within
from .viewer import Viewer, reach

RECORDERS = frozenset({Role.DEPUTY, Role.TEACHER})
"""The deputy, and the class teacher who files the sheet of the class."""


def classes_to_decide(viewer: Viewer) -> Select[Any]:
    """Classes whose decisions the viewer may record: any for the deputy, a teacher's own; locked. Beside each the days
    of its year.
    """
    may = union({Role.DEPUTY: ALL, Role.TEACHER: within(SchoolClass.id, reach.led_classes)}, viewer.roles)
    query: Any = (
        select(SchoolClass.id, SchoolClass.grade, SchoolClass.letter, AcademicYear.starts_on, AcademicYear.ends_on)
        .join(AcademicYear, same(AcademicYear, SchoolClass.year_id))
        .where(of_school(SchoolClass), may)
        .with_for_update(key_share=True, of=SchoolClass)
    )
    return query  # type: ignore[no-any-return]


def students_decided_on(class_id: Any, day: Any) -> Select[Any]:
    """Who was in the class on the day of the decision."""
    return (
        select(Enrolment.student_id)
        .where(of_school(Enrolment), Enrolment.class_id == class_id, on(day, Enrolment))
        .order_by(Enrolment.student_id)
    )
