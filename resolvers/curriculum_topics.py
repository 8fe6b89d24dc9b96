"""Reads of topic plans: plans with their sections and topics, which groups go by them, and which have none."""

import asyncio
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Date, select

from models.curriculum import AcademicYear, SchoolClass, StudyGroup, TeachingAssignment
from models.curriculum_topics import Topic, TopicPlan, TopicPlanAssignment, TopicSection, TopicWorkType
from models.journal import WorkType
from models.school import Staff
from permissions.curriculum import visible_assignments
from permissions.curriculum_topics import (
    visible_missing_topic_plans,
    visible_topic_assignments,
    visible_topic_cards,
    visible_topic_plans,
    visible_topic_sections,
    visible_topics,
)
from permissions.journal import visible_work_types
from permissions.school import visible_staff
from permissions.scopes import of_school, on
from permissions.viewer import reach

from .context import Context
from .edges_kinds import argument, joined, to_many, to_one, to_page

_THIS_YEAR = TopicPlan.year_id.in_(
    select(AcademicYear.id).where(of_school(AcademicYear), on(reach.today, AcademicYear))
)

school_topic_plans = to_page(
    visible_topic_plans,
    TopicPlan.school_id,
    of="id",
    order={"grade": TopicPlan.grade, "subject_id": TopicPlan.subject_id, "id": TopicPlan.id},
    filters={
        "this_year": _THIS_YEAR,
        "year_id": TopicPlan.year_id == argument("year_id"),
        "subject_id": TopicPlan.subject_id == argument("subject_id"),
        "grade": TopicPlan.grade == argument("grade"),
    },
)
plan_of = to_one(visible_topic_plans, TopicPlan.id, of="plan_id")
plan_author = to_one(visible_staff, Staff.id, of="author_id")
plan_sections = to_many(visible_topic_sections, TopicSection.plan_id, of="id", order=(TopicSection.position,))
plan_topics = to_many(visible_topics, Topic.plan_id, of="id", order=(Topic.position,))
plan_assignments = to_many(
    visible_topic_assignments,
    TopicPlanAssignment.plan_id,
    of="id",
    order=(TopicPlanAssignment.starts_on, TopicPlanAssignment.id),
)

section_of = to_one(visible_topic_sections, TopicSection.id, of="section_id")
section_topics = to_many(visible_topics, Topic.section_id, of="id", order=(Topic.position,))

topic_of = to_one(visible_topics, Topic.id, of="topic_id")
topic_card = to_one(visible_topic_cards, Topic.id, of="id")
card_work_types = to_many(
    visible_work_types,
    TopicWorkType.topic_id,
    of="id",
    shape=joined(TopicWorkType, TopicWorkType.work_type_id == WorkType.id, of_school(TopicWorkType)),
    order=(WorkType.position, WorkType.id),
)

assignment_of = to_one(visible_topic_assignments, TopicPlanAssignment.id, of="assignment_id")


async def assignments_by_number(context: Context, numbers: Sequence[int]) -> list[Any]:
    """Assignments in the order of their numbers' list; those that the viewer cannot see are left out."""
    found = await asyncio.gather(*(context.load_key(assignment_of(), (number,)) for number in numbers))
    return [each for each in found if each is not None]


taught_by_plan = to_one(
    visible_topic_assignments,
    TopicPlanAssignment.group_id,
    TopicPlanAssignment.subject_id,
    of=("group_id", "subject_id"),
    filters={"day": on(argument("day", Date), TopicPlanAssignment)},
)
class_topic_plans = to_many(
    visible_topic_assignments,
    StudyGroup.class_id,
    of="id",
    shape=joined(StudyGroup, StudyGroup.id == TopicPlanAssignment.group_id, of_school(StudyGroup)),
    filters={"day": on(argument("day", Date), TopicPlanAssignment)},
    order=(TopicPlanAssignment.subject_id, TopicPlanAssignment.group_id, TopicPlanAssignment.id),
)
year_missing_topic_plans = to_page(
    visible_missing_topic_plans, SchoolClass.year_id, of="id", order={"id": TeachingAssignment.id}
)
missing_for = to_one(visible_assignments, TeachingAssignment.id, of="id")
