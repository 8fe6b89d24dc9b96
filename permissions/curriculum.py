"""Who may see the school year, its classes and groups, and who teaches what."""

from typing import Any

from sqlalchemy import Double, and_, any_, exists, func, or_, select

from models.base import russian_key
from models.curriculum import (
    AcademicYear,
    DroppedSubject,
    EducationalArea,
    Enrolment,
    Holiday,
    Period,
    SchoolClass,
    StudyGroup,
    Subject,
    TeachingAssignment,
)
from models.curriculum_plan import PlanHours
from rules.account import Role

from .school import OFFICE
from .scopes import ALL, Rows, Scope, among, beside, groups_of, led_students, of_school, taught_students, within
from .viewer import reach

PLAN = frozenset({Role.DIRECTOR, Role.DEPUTY, Role.TEACHER, Role.SECRETARY, Role.ANALYST})
"""Those who read the whole curriculum (5)."""

YEARS = PLAN | {Role.ADMINISTRATOR}
"""Those who read the school's years, classes and subjects: the administrator opens years (12)."""


def year_of(year: Any, classes: Any) -> Any:
    return year.in_(select(SchoolClass.year_id).where(of_school(SchoolClass), within(SchoolClass.id, classes)))


def _period_of(classes: Any) -> Any:
    return exists().where(
        of_school(SchoolClass),
        within(SchoolClass.id, classes),
        SchoolClass.year_id == Period.year_id,
        SchoolClass.period_kind == Period.kind,
    )


def _holiday_of(classes: Any) -> Any:
    return exists().where(
        of_school(SchoolClass),
        within(SchoolClass.id, classes),
        SchoolClass.year_id == Holiday.year_id,
        or_(Holiday.grades.is_(None), SchoolClass.grade == any_(Holiday.grades)),
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
        Role.STUDENT: year_of(AcademicYear.id, reach.own_classes),
        Role.PARENT: year_of(AcademicYear.id, reach.child_classes),
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
        Role.STUDENT: _holiday_of(reach.own_classes),
        Role.PARENT: _holiday_of(reach.child_classes),
    },
)

visible_areas = Scope("EducationalArea", Rows(EducationalArea), {PLAN | {Role.STUDENT, Role.PARENT}: ALL})

_subjects = Rows(Subject)

visible_subjects = Scope(
    "Subject",
    lambda: _subjects().add_columns(russian_key(Subject.name).label("sort_key")),
    {YEARS: ALL, Role.STUDENT: _subject_of(reach.own_classes), Role.PARENT: _subject_of(reach.child_classes)},
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

_assignments = Rows(TeachingAssignment)


def assigned_hours() -> Any:
    """An assignment's hours a week: its own, or all that the class's plan has of the subject."""
    planned = (
        select(func.sum(PlanHours.hours))
        .join(StudyGroup, and_(StudyGroup.school_id == PlanHours.school_id, StudyGroup.class_id == PlanHours.class_id))
        .where(
            PlanHours.school_id == TeachingAssignment.school_id,
            PlanHours.subject_id == TeachingAssignment.subject_id,
            StudyGroup.id == TeachingAssignment.group_id,
        )
        .correlate(TeachingAssignment)
    )
    return func.coalesce(TeachingAssignment.hours, planned.scalar_subquery(), type_=Double)


visible_assignments = Scope(
    "TeachingAssignment",
    lambda: _assignments().add_columns(assigned_hours().label("planned_hours")),
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

visible_dropped_subjects = Scope(
    "DroppedSubject",
    Rows(DroppedSubject),
    {
        OFFICE | {Role.ANALYST}: ALL,
        Role.TEACHER: or_(
            DroppedSubject.student_id.in_(taught_students()), DroppedSubject.student_id.in_(led_students())
        ),
        Role.STUDENT: DroppedSubject.student_id == reach.student_id,
        Role.PARENT: within(DroppedSubject.student_id, reach.children),
    },
)
"""What a student on an individual plan does not take (7.8): for whoever sees the student."""
