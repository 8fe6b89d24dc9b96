"""What of the school year a command may change: the deputy its plan and days, an administrator opens years and
corrects their days, class teachers form subgroups.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Select, select

from models.curriculum import (
    AcademicYear,
    EducationalArea,
    Enrolment,
    SchoolClass,
    StudyGroup,
    Subject,
    TeachingAssignment,
)
from models.curriculum_plan import Component, Profile
from models.school import Person, School, Staff, Student
from rules.account import Role

from .scopes import ALL, columns, of_school, on, same, union, within
from .viewer import Viewer, reach

PLANNERS = frozenset({Role.DEPUTY})
"""Those who make up the plan, classes and assignments (5.3, 5.9)."""

DIVIDERS = frozenset({Role.DEPUTY, Role.TEACHER})
"""Those who form subgroups: class teachers, and the deputy (5.9, 5.10)."""

OPENERS = frozenset({Role.ADMINISTRATOR})
"""Those who open years (12.1)."""

YEAR_KEEPERS = OPENERS | PLANNERS
"""Those who correct the name and days of a year, which are a part of the plan (5.2, 5.3, 12.1)."""

_PLANS: Mapping[Role, Any] = {Role.DEPUTY: ALL}
_OPENS: Mapping[Role, Any] = dict.fromkeys(OPENERS, ALL)
_KEEPS: Mapping[Role, Any] = dict.fromkeys(YEAR_KEEPERS, ALL)


def _locked(viewer: Viewer, arms: Mapping[Role, Any], model: Any, *more: Any) -> Select[Any]:
    """Rows of a model that the arms let the viewer change, locked in order of id."""
    query = select(*columns(model, *more)).where(of_school(model), union(arms, viewer.roles))
    return query.order_by(model.id).with_for_update(key_share=True, of=model)


def schools_to_open(viewer: Viewer) -> Select[Any]:
    """The school in which the viewer may open years: who opens one keeps others from opening another meanwhile."""
    return _own_school(viewer, _OPENS)


def schools_to_keep(viewer: Viewer) -> Select[Any]:
    """The school whose years the viewer may correct, locked in the same way."""
    return _own_school(viewer, _KEEPS)


def _own_school(viewer: Viewer, arms: Mapping[Role, Any]) -> Select[Any]:
    own = select(School.id).where(School.id == reach.school_id, union(arms, viewer.roles))
    return own.with_for_update(key_share=True)


def years_to_plan(viewer: Viewer) -> Select[Any]:
    """Years whose periods, holidays, profiles and components the viewer may set."""
    return _locked(viewer, _PLANS, AcademicYear)


def areas_to_edit(viewer: Viewer) -> Select[Any]:
    """Educational areas that the viewer may change."""
    return _locked(viewer, _PLANS, EducationalArea)


def subjects_to_edit(viewer: Viewer) -> Select[Any]:
    """Subjects that the viewer may change."""
    return _locked(viewer, _PLANS, Subject)


def profiles_to_edit(viewer: Viewer) -> Select[Any]:
    """Profiles that the viewer may change."""
    return _locked(viewer, _PLANS, Profile)


def components_to_edit(viewer: Viewer) -> Select[Any]:
    """Components that the viewer may change."""
    return _locked(viewer, _PLANS, Component)


def _of_year(query: Select[Any]) -> Select[Any]:
    """Rows of classes, each with the days of its class's year."""
    days = (AcademicYear.starts_on.label("year_starts_on"), AcademicYear.ends_on.label("year_ends_on"))
    return query.add_columns(*days).join(AcademicYear, same(AcademicYear, SchoolClass.year_id))


def classes_to_plan(viewer: Viewer) -> Select[Any]:
    """Classes that the viewer may change, each with the days of its year."""
    return _of_year(_locked(viewer, _PLANS, SchoolClass))


def classes_to_divide(viewer: Viewer) -> Select[Any]:
    """Classes whose subgroups the viewer may form: the class they lead, any for the deputy (5.9, 5.10)."""
    arms = {Role.DEPUTY: ALL, Role.TEACHER: within(SchoolClass.id, reach.led_classes)}
    return _of_year(_locked(viewer, arms, SchoolClass))


def groups_to_teach(viewer: Viewer) -> Select[Any]:
    """Groups to which the viewer may give a teacher, each with the days of its year."""
    return _of_year(_locked(viewer, _PLANS, StudyGroup).join(SchoolClass, same(SchoolClass, StudyGroup.class_id)))


def assignments_to_change(viewer: Viewer) -> Select[Any]:
    """Assignments that the viewer may end or hand over, with their group locked like those of new ones."""
    query = (
        select(*columns(TeachingAssignment))
        .join(StudyGroup, same(StudyGroup, TeachingAssignment.group_id))
        .join(SchoolClass, same(SchoolClass, StudyGroup.class_id))
        .where(of_school(TeachingAssignment), union(_PLANS, viewer.roles))
    )
    return _of_year(query).with_for_update(key_share=True, of=(StudyGroup, TeachingAssignment))


def students_to_plan(viewer: Viewer) -> Select[Any]:
    """Students whose individual plan the viewer may set."""
    query = _locked(viewer, _PLANS, Student).join(Person, same(Person, Student.person_id))
    return query.add_columns(Person.version.label("person_version"))


def staff_to_employ() -> Select[int, date, date | None]:
    """Employees, as they are while the command lasts: nobody is dismissed in between."""
    return select(Staff.id, Staff.hired_on, Staff.dismissed_on).where(of_school(Staff)).with_for_update(read=True)


def roster(class_id: int, day: date) -> Select[int, date | None, str, str, str | None]:
    """Who is in a class on a day, with their names, and until when."""
    return (
        select(Enrolment.student_id, Enrolment.ends_on, Person.family_name, Person.given_name, Person.patronymic)
        .join(Student, same(Student, Enrolment.student_id))
        .join(Person, same(Person, Student.person_id))
        .where(of_school(Enrolment), Enrolment.class_id == class_id, on(day, Enrolment))
        .order_by(Person.sort_key, Student.id)
    )
