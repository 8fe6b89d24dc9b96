"""Who may see the school year, its classes and groups, and who teaches what."""

from typing import Any

from sqlalchemy import exists, or_, select

from models.base import russian_key
from models.curriculum import (
    AcademicYear,
    Enrolment,
    Holiday,
    Period,
    SchoolClass,
    StudyGroup,
    Subject,
    TeachingAssignment,
)
from rules.account import Role

from .school import OFFICE
from .scopes import ALL, Rows, Scope, among, beside, groups_of, led_students, of_school, taught_students, within
from .viewer import reach

PLAN = frozenset({Role.DIRECTOR, Role.DEPUTY, Role.TEACHER, Role.SECRETARY, Role.ANALYST})
"""Those who read the whole curriculum (5)."""

YEARS = PLAN | {Role.ADMINISTRATOR}
"""Those who read the school's years: the administrator opens them (12)."""


def _year_of(year: Any, classes: Any) -> Any:
    return year.in_(select(SchoolClass.year_id).where(of_school(SchoolClass), within(SchoolClass.id, classes)))


def _period_of(classes: Any) -> Any:
    return exists().where(
        of_school(SchoolClass),
        within(SchoolClass.id, classes),
        SchoolClass.year_id == Period.year_id,
        SchoolClass.period_kind == Period.kind,
    )


def _subject_of(classes: Any) -> Any:
    return Subject.id.in_(
        select(TeachingAssignment.subject_id).where(
            of_school(TeachingAssignment), among(TeachingAssignment.group_id, groups_of(classes))
        )
    )


visible_years = Scope(
    "AcademicYear",
    Rows(AcademicYear),
    {
        YEARS: ALL,
        Role.STUDENT: _year_of(AcademicYear.id, reach.own_classes),
        Role.PARENT: _year_of(AcademicYear.id, reach.child_classes),
    },
)

visible_periods = Scope(
    "Period",
    Rows(Period),
    {YEARS: ALL, Role.STUDENT: _period_of(reach.own_classes), Role.PARENT: _period_of(reach.child_classes)},
)

visible_holidays = Scope(
    "Holiday",
    Rows(Holiday),
    {
        YEARS: ALL,
        Role.STUDENT: _year_of(Holiday.year_id, reach.own_classes),
        Role.PARENT: _year_of(Holiday.year_id, reach.child_classes),
    },
)

_subjects = Rows(Subject)

visible_subjects = Scope(
    "Subject",
    lambda: _subjects().add_columns(russian_key(Subject.name).label("sort_key")),
    {PLAN: ALL, Role.STUDENT: _subject_of(reach.own_classes), Role.PARENT: _subject_of(reach.child_classes)},
)

visible_classes = Scope(
    "SchoolClass",
    Rows(SchoolClass),
    {
        YEARS: ALL,
        Role.STUDENT: within(SchoolClass.id, reach.own_classes),
        Role.PARENT: within(SchoolClass.id, reach.child_classes),
    },
)

visible_groups = Scope(
    "StudyGroup",
    Rows(
        StudyGroup,
        beside(SchoolClass, "class_id", "grade", "letter"),
        beside(Subject, "subject_id", subject_name="name"),
    ),
    {
        PLAN: ALL,
        Role.STUDENT: within(StudyGroup.class_id, reach.own_classes),
        Role.PARENT: within(StudyGroup.class_id, reach.child_classes),
    },
)

visible_assignments = Scope(
    "TeachingAssignment",
    Rows(TeachingAssignment),
    {
        PLAN: ALL,
        Role.STUDENT: among(TeachingAssignment.group_id, groups_of(reach.own_classes)),
        Role.PARENT: among(TeachingAssignment.group_id, groups_of(reach.child_classes)),
    },
)

visible_enrolments = Scope(
    "Enrolment",
    Rows(Enrolment),
    {
        OFFICE | {Role.ANALYST}: ALL,
        Role.TEACHER: or_(Enrolment.student_id.in_(taught_students()), Enrolment.student_id.in_(led_students())),
        Role.STUDENT: Enrolment.student_id == reach.student_id,
        Role.PARENT: within(Enrolment.student_id, reach.children),
    },
)
"""Which classes a student has been in: for whoever sees the student."""
