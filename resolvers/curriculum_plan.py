"""Reads of the plan: profiles, components, hours a week, how they stand to what is allowed; who is in no subgroup."""

from typing import Any

from sqlalchemy import Date, Select, and_, exists, select
from sqlalchemy.orm import aliased

from models.base import russian_key
from models.curriculum import DroppedSubject, Enrolment, GroupMember, SchoolClass, StudyGroup
from models.curriculum_plan import Component, ComponentLoad, PeriodRule, PlanHours, Profile
from models.school import Student
from permissions.curriculum_plan import (
    plan_gaps,
    visible_components,
    visible_loads,
    visible_period_rules,
    visible_plan_checks,
    visible_plan_gaps,
    visible_plan_hours,
    visible_plan_totals,
    visible_profiles,
)
from permissions.school import visible_students
from permissions.scopes import of_school, on
from rules.account import Role

from .edges import Edge
from .edges_kinds import argument, parent_keys, to_many, to_one
from .school import by_name

profile_of = to_one(visible_profiles, Profile.id, of="profile_id")
component_of = to_one(visible_components, Component.id, of="component_id")
year_profiles = to_many(visible_profiles, Profile.year_id, of="id", order=(russian_key(Profile.name), Profile.id))
year_period_rules = to_many(
    visible_period_rules, PeriodRule.year_id, of="id", order=(PeriodRule.grade, PeriodRule.profile_id.nulls_first())
)
year_components = to_many(visible_components, Component.year_id, of="id", order=(Component.position, Component.id))
component_loads = to_many(
    visible_loads,
    ComponentLoad.component_id,
    of="id",
    order=(ComponentLoad.grade, ComponentLoad.profile_id.nulls_first()),
)

class_plan = to_many(
    visible_plan_hours,
    PlanHours.class_id,
    of="id",
    order=(Component.position, PlanHours.component_id, PlanHours.subject_id),
)
class_plan_total = to_one(visible_plan_totals, SchoolClass.id, of="id")
class_plan_checks = to_many(visible_plan_checks, SchoolClass.id, of="id", order=(Component.position, Component.id))
class_plan_gaps = to_many(
    visible_plan_gaps, plan_gaps.c.class_id, of="id", order=(plan_gaps.c.gap, plan_gaps.c.subject_id.nulls_first())
)


def _ungrouped(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    """Students of a class who are in no group of a subject that is taught in groups on the day (5.10)."""
    day, parents = argument("day", Date), parent_keys(Student.id.type)
    own, group = aliased(GroupMember), aliased(StudyGroup)
    divided = (
        select(StudyGroup.class_id, StudyGroup.subject_id)
        .join(GroupMember, and_(GroupMember.school_id == StudyGroup.school_id, GroupMember.group_id == StudyGroup.id))
        .where(of_school(StudyGroup), StudyGroup.class_id.in_(select(parents.c.key0)), on(day, GroupMember))
        .distinct()
        .subquery("divided")
    )
    grouped = exists().where(
        of_school(own),
        own.student_id == Student.id,
        on(day, own),
        group.school_id == own.school_id,
        group.id == own.group_id,
        group.class_id == divided.c.class_id,
        group.subject_id == divided.c.subject_id,
    )
    dropped = exists().where(
        of_school(DroppedSubject),
        DroppedSubject.student_id == Student.id,
        DroppedSubject.subject_id == divided.c.subject_id,
        on(day, DroppedSubject),
    )
    return (
        visible_students.for_roles(roles)
        .join(Enrolment, and_(Enrolment.student_id == Student.id, of_school(Enrolment), on(day, Enrolment)))
        .join(divided, divided.c.class_id == Enrolment.class_id)
        .where(~grouped, ~dropped)
        .add_columns(divided.c.subject_id.label("subject_id"), Enrolment.class_id.label("_key0"))
        .order_by(divided.c.subject_id, *by_name(roles))
    )


class_ungrouped = Edge(visible_students, ("id",), _ungrouped, many=True)
