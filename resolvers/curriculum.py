"""Reads of the school year: years, periods, classes, groups, subjects, assignments."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Date, select

from models.base import russian_key
from models.curriculum import (
    AcademicYear,
    ClassLeadership,
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
from permissions.curriculum import (
    visible_areas,
    visible_assignments,
    visible_classes,
    visible_dropped_subjects,
    visible_enrolments,
    visible_groups,
    visible_holidays,
    visible_periods,
    visible_subjects,
    visible_years,
)
from permissions.scopes import of_school, on
from permissions.viewer import reach
from rules.account import Role

from .edges import Edge, Gather
from .edges_kinds import argument, joined, to_many, to_one, to_page

_THIS_YEAR = SchoolClass.year_id.in_(
    select(AcademicYear.id).where(of_school(AcademicYear), on(reach.today, AcademicYear))
)
_BY_GRADE = {"grade": SchoolClass.grade, "letter": SchoolClass.letter, "id": SchoolClass.id}

school_years = to_many(visible_years, AcademicYear.school_id, of="id", order=(AcademicYear.starts_on.desc(),))
school_current_year = to_one(
    visible_years,
    AcademicYear.school_id,
    of="id",
    shape=lambda query: query.where(on(reach.today, AcademicYear)),
)
school_classes = to_page(
    visible_classes,
    SchoolClass.school_id,
    of="id",
    order=_BY_GRADE,
    filters={
        "this_year": _THIS_YEAR,
        "year_id": SchoolClass.year_id == argument("year_id"),
        "grade": SchoolClass.grade == argument("grade"),
    },
)
school_subjects = to_page(
    visible_subjects, Subject.school_id, of="id", order={"sort_key": russian_key(Subject.name), "id": Subject.id}
)

year_of = to_one(visible_years, AcademicYear.id, of="year_id")
year_periods = to_many(visible_periods, Period.year_id, of="id", order=(Period.kind, Period.number))
year_holidays = to_many(visible_holidays, Holiday.year_id, of="id", order=(Holiday.starts_on,))

school_areas = to_many(
    visible_areas, EducationalArea.school_id, of="id", order=(EducationalArea.position, EducationalArea.id)
)
area_of = to_one(visible_areas, EducationalArea.id, of="area_id")
subject_of = to_one(visible_subjects, Subject.id, of="subject_id")
period_of = to_one(visible_periods, Period.id, of="period_id")

class_of = to_one(visible_classes, SchoolClass.id, of="class_id")
class_periods = to_many(
    visible_periods, Period.year_id, Period.kind, of=("year_id", "period_kind"), order=(Period.number,)
)


def _by_subject(roles: frozenset[Role]) -> Sequence[Any]:
    """The class, then its subgroups by subject and name; for an analyst, to whom names are not shown, by number."""
    named = () if roles <= {Role.ANALYST} else (russian_key(StudyGroup.name),)
    return (StudyGroup.subject_id.nulls_first(), *named, StudyGroup.id)


class_groups = to_many(
    visible_groups,
    StudyGroup.class_id,
    of="id",
    order=_by_subject,
)
class_assignments = to_many(
    visible_assignments,
    StudyGroup.class_id,
    of="id",
    shape=joined(StudyGroup, StudyGroup.id == TeachingAssignment.group_id, of_school(StudyGroup)),
    filters={"day": on(argument("day", Date), TeachingAssignment)},
    order=(TeachingAssignment.id,),
)


def _led_classes(of: str) -> Edge:
    return to_many(
        visible_classes,
        ClassLeadership.staff_id,
        of=of,
        shape=joined(ClassLeadership, ClassLeadership.class_id == SchoolClass.id, of_school(ClassLeadership)),
        filters={"day": on(argument("day", Date), ClassLeadership)},
        order=tuple(_BY_GRADE.values()),
    )


def _assignments(of: str) -> Edge:
    return to_many(
        visible_assignments,
        TeachingAssignment.staff_id,
        of=of,
        filters={"day": on(argument("day", Date), TeachingAssignment)},
        order=(TeachingAssignment.id,),
    )


staff_led_classes, viewer_led_classes = _led_classes("id"), _led_classes("staff_id")


@dataclass(frozen=True, slots=True)
class TeachingLoad:
    """Hours a week of a teacher, in so many assignments."""

    hours: float
    assignments: int


def _load(rows: list[Any], hours: list[float | None]) -> TeachingLoad:
    return TeachingLoad(sum(each or 0 for each in hours), len(rows))


staff_assignments, viewer_assignments = _assignments("id"), _assignments("staff_id")
staff_load = replace(staff_assignments, many=False, gather=Gather(_load, ("planned_hours",)))
assignment_of = to_one(visible_assignments, TeachingAssignment.id, of="assignment_id")
group_of = to_one(visible_groups, StudyGroup.id, of="group_id")

student_class = to_one(
    visible_classes,
    Enrolment.student_id,
    of="id",
    shape=joined(Enrolment, Enrolment.class_id == SchoolClass.id, of_school(Enrolment)),
    filters={"day": on(argument("day", Date), Enrolment)},
)
student_dropped_subjects = to_many(
    visible_dropped_subjects, DroppedSubject.student_id, of="id", order=(DroppedSubject.starts_on, DroppedSubject.id)
)
student_enrolments = to_many(visible_enrolments, Enrolment.student_id, of="id", order=(Enrolment.starts_on,))
