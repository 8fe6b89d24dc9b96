"""Commands that change which topics lessons have: a plan's content, the groups that go by it, a topic put by hand."""

from collections.abc import Sequence
from dataclasses import astuple
from datetime import date
from typing import Any

from sqlalchemy import and_, insert, select, update

from models.curriculum import AcademicYear, StudyGroup
from models.curriculum_topics import TopicPlan, TopicPlanAssignment
from models.journal import WorkType
from models.timetable import Lesson
from permissions.curriculum_topics import (
    groups_to_plan,
    topic_assignments_to_end,
    topic_plans_to_edit,
    topic_plans_to_use,
)
from rules.curriculum_topics import MOST_GROUPS, SectionContent, check_content, check_span, in_use, overlaps
from rules.refusals import Refusal, RefusalCode, bad_input, not_found

from .commands import Work, among, check_version, command
from .context import Context
from .curriculum_topics_commands import content_of, drop_content, touch_plan, write_content
from .timetable_topics import Reworked, assigned_plans, hold_topics, place_topics


async def set_topics(context: Context, plan_id: int, sections: Sequence[SectionContent], if_version: int | None) -> int:
    """Make the content of a plan these sections and topics: those with an id are the ones that are there already."""
    given = {"plan": plan_id, "sections": [astuple(section) for section in sections]}
    async with command(context, "setTopics", given) as work:
        plan = await work.one(topic_plans_to_edit(work.viewer).where(TopicPlan.id == plan_id), "planId")
        check_version(if_version, plan.version)
        check_content(sections)
        await _check_work_types(work, sections)
        await replace_content(work, plan_id, list(sections), await content_of(work, plan_id), "sections")
    return plan_id


async def _check_work_types(work: Work, sections: Sequence[SectionContent]) -> None:
    rows = await work.fetch(select(WorkType.id).where(WorkType.school_id == work.viewer.school_id))
    kinds = {row.id for row in rows}
    for place, section in enumerate(sections):
        for number, topic in enumerate(section.topics):
            if not kinds.issuperset(topic.work_types):
                raise not_found(f"sections.{place}.topics.{number}.workTypeIds")


async def replace_content(
    work: Work, plan_id: int, wanted: list[SectionContent], known: list[SectionContent], field: str
) -> None:
    """Write the content of a locked plan, and let the topics of its lessons follow. `field`: where it came from."""
    if wanted == known:
        return
    names = {topic.id: topic.name for section in known for topic in section.topics if topic.id}
    kept_sections = {section.id for section in known}
    for place, section in enumerate(wanted):
        if section.id is not None and section.id not in kept_sections:
            raise not_found(f"sections.{place}.id")
        for number, topic in enumerate(section.topics):
            if topic.id is not None and topic.id not in names:
                raise not_found(f"sections.{place}.topics.{number}.id")
    kept = {topic.id for section in wanted for topic in section.topics}
    dropped = [number for number in names if number not in kept]
    await write_content(work, plan_id, wanted, known)
    await touch_plan(work, plan_id, {})
    school = work.viewer.school_id
    assigned = await work.fetch(
        select(TopicPlanAssignment.group_id, TopicPlanAssignment.subject_id).where(
            TopicPlanAssignment.school_id == school, TopicPlanAssignment.plan_id == plan_id
        )
    )
    pairs = [(row.group_id, row.subject_id) for row in assigned]
    await hold_topics(work, school, [group for group, _ in pairs])
    await place_topics(work, school, pairs, work.today, Reworked(names, dropped))
    used = await work.first(
        select(Lesson.topic_id).where(Lesson.school_id == school, among(Lesson.topic_id, dropped)).limit(1)
    )
    if used:
        raise in_use(names[used.topic_id], field)
    sections = {section.id for section in wanted}
    await drop_content(work, [section.id for section in known if section.id and section.id not in sections], dropped)


async def assign_topic_plan(
    context: Context, plan_id: int, groups: Sequence[int], starts_on: date | None, key: str | None
) -> list[int]:
    """Let groups go by a plan from a day on, by itself the first of the year; topics come onto their lessons (5.5)."""
    given = {"plan": plan_id, "groups": groups, "startsOn": starts_on}
    async with command(context, "assignTopicPlan", given, key=key) as work:
        plan = await work.one(topic_plans_to_use(work.viewer).where(TopicPlan.id == plan_id), "planId")
        if work.repeated:
            return list(work.answer)
        if not 1 <= len(groups) <= MOST_GROUPS or len(set(groups)) < len(groups):
            raise bad_input(f"Назовите от 1 до {MOST_GROUPS} разных групп.", "groupIds")
        first = starts_on or plan.starts_on
        check_span(first, None, plan.starts_on, plan.ends_on)
        await _check_groups(work, plan, groups)
        await _check_free(work, plan, groups, first)
        school = work.viewer.school_id
        rows = await work.fetch(
            insert(TopicPlanAssignment)
            .values(
                [
                    {
                        "school_id": school,
                        "plan_id": plan_id,
                        "group_id": group,
                        "subject_id": plan.subject_id,
                        "starts_on": first,
                    }
                    for group in groups
                ]
            )
            .returning(TopicPlanAssignment.id)
        )
        await place_topics(work, school, [(group, plan.subject_id) for group in groups], work.today)
        return list(await work.done([row.id for row in rows]))


async def _check_groups(work: Work, plan: Any, groups: Sequence[int]) -> None:
    """Groups of the plan's year and grade that the caller may plan for; a subgroup, of the plan's subject."""
    found = {
        row.id: row
        for row in await work.reach(groups_to_plan(work.viewer, plan.subject_id).where(among(StudyGroup.id, groups)))
    }
    for position, number in enumerate(groups):
        field, group = f"groupIds.{position}", found.get(number)
        if group is None:
            raise not_found(field)
        if (group.year_id, group.grade) != (plan.year_id, plan.grade) or group.subject_id not in (
            None,
            plan.subject_id,
        ):
            message = "План составлен для другой параллели, другого года или предмета."
            raise Refusal(RefusalCode.BAD_INPUT, message, field, "5.5")


async def _check_free(work: Work, plan: Any, groups: Sequence[int], first: date) -> None:
    """No other plan on any day from the first on: the groups are locked, nobody can give them one meanwhile."""
    rows = await work.fetch(
        select(TopicPlanAssignment.group_id, TopicPlanAssignment.ends_on).where(
            TopicPlanAssignment.school_id == work.viewer.school_id,
            TopicPlanAssignment.subject_id == plan.subject_id,
            among(TopicPlanAssignment.group_id, groups),
        )
    )
    taken = {row.group_id for row in rows if row.ends_on is None or row.ends_on >= first}
    for position, number in enumerate(groups):
        if number in taken:
            raise overlaps(f"groupIds.{position}")


async def end_topic_plan_assignment(context: Context, assignment_id: int, ends_on: date) -> int:
    """Say on which day a group goes by a plan for the last time; lessons after it lose its topics."""
    given = {"assignment": assignment_id, "endsOn": ends_on}
    async with command(context, "endTopicPlanAssignment", given) as work:
        found = topic_assignments_to_end(work.viewer).where(TopicPlanAssignment.id == assignment_id)
        mine = await work.one(found, "assignmentId")
        school, pairs = work.viewer.school_id, [(mine.group_id, mine.subject_id)]
        await hold_topics(work, school, [mine.group_id])
        assignments = {each.id: each for each in await assigned_plans(work, school, pairs)}
        year = await work.first(
            select(AcademicYear.starts_on, AcademicYear.ends_on)
            .join(TopicPlan, and_(TopicPlan.school_id == AcademicYear.school_id, TopicPlan.year_id == AcademicYear.id))
            .where(TopicPlan.school_id == school, TopicPlan.id == mine.plan_id)
        )
        check_span(mine.starts_on, ends_on, year.starts_on, year.ends_on)
        if any(mine.starts_on < each.starts_on <= ends_on for each in assignments.values()):
            raise overlaps("endsOn")
        if ends_on != assignments[assignment_id].ends_on:
            await work.execute(
                update(TopicPlanAssignment)
                .where(TopicPlanAssignment.school_id == school, TopicPlanAssignment.id == assignment_id)
                .values(ends_on=ends_on)
            )
            await place_topics(work, school, pairs, work.today)
    return assignment_id
