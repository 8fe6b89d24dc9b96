"""Commands on topic plans that no group goes by for it: to begin one, copy, rename and delete it (5.5, 5.8)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Text, bindparam, delete, func, insert, select, update

from models.curriculum import AcademicYear
from models.curriculum_topics import Topic, TopicPlan, TopicPlanAssignment, TopicSection, TopicWorkType
from models.school import Staff
from permissions.curriculum_topics import topic_plans_to_edit, topic_plans_to_use, years_to_plan
from rules.account import Role
from rules.curriculum_topics import SectionContent, TopicContent, check_grade, check_title
from rules.refusals import Refusal, RefusalCode, not_found

from .commands import Work, among, check_version, command
from .context import Context
from .curriculum_subjects import check_subjects


def changed(work: Work) -> dict[str, Any]:
    """The columns that say who changed a row, and when."""
    return {"changed_at": work.now, "changed_by": work.viewer.account_id}


async def create_topic_plan(
    context: Context,
    year_id: int,
    subject_id: int,
    grade: int,
    title: str,
    author_id: int | None,
    key: str | None,
) -> int:
    """Begin a plan of a subject in a grade (5.5). Its author is the caller unless a deputy names another."""
    given = {"year": year_id, "subject": subject_id, "grade": grade, "title": title, "author": author_id}
    async with command(context, "createTopicPlan", given, key=key) as work:
        if work.repeated:
            return int(work.answer)
        check_grade(grade, "grade")
        check_title(title, "title")
        values = {"year_id": year_id, "subject_id": subject_id, "grade": grade}
        await _check_place(work, values, "subjectId")
        author = work.viewer.staff_id if author_id is None else await _author(work, author_id)
        return int(await work.done(await _insert_plan(work, {**values, "title": title, "author_id": author})))


async def _check_place(work: Work, plan: Mapping[str, Any], field: str) -> None:
    """Refuse a plan for where the caller may not write one: as what they cannot find."""
    of = years_to_plan(work.viewer, plan["subject_id"], plan["grade"])
    await work.one(of.where(AcademicYear.id == plan["year_id"]), "yearId")
    await check_subjects(work, {field: plan["subject_id"]})


async def _author(work: Work, staff_id: int | None) -> int:
    """An employee to be answerable (5.8), who has not left: a teacher may name only themselves."""
    found = await work.first(
        select(Staff.id, Staff.dismissed_on).where(Staff.school_id == work.viewer.school_id, Staff.id == staff_id)
    )
    if found is None or (Role.DEPUTY not in work.viewer.roles and staff_id != work.viewer.staff_id):
        raise not_found("authorId")
    if found.dismissed_on is not None and found.dismissed_on < work.today:
        raise Refusal(RefusalCode.NOT_EMPLOYED, "Этот сотрудник в школе больше не работает.", "authorId", "5.8")
    return int(found.id)


async def _insert_plan(work: Work, values: Mapping[str, Any]) -> int:
    row = await work.first(
        insert(TopicPlan)
        .values(school_id=work.viewer.school_id, version=1, **values, **changed(work))
        .returning(TopicPlan.id)
    )
    return int(row.id)


async def update_topic_plan(context: Context, plan_id: int, values: Mapping[str, Any], if_version: int | None) -> int:
    """Give a plan another title, or hand it over to another author. Only what is given changes."""
    async with command(context, "updateTopicPlan", {"plan": plan_id, **values}) as work:
        plan = await work.one(topic_plans_to_edit(work.viewer).where(TopicPlan.id == plan_id), "planId")
        check_version(if_version, plan.version)
        if "title" in values:
            check_title(values["title"] or "", "title")
        if "author_id" in values:
            await _author(work, values["author_id"])
        if any(plan[name] != value for name, value in values.items()):
            await touch_plan(work, plan_id, values)
    return plan_id


async def touch_plan(work: Work, plan_id: int, values: Mapping[str, Any]) -> None:
    """Change a plan's row; its next version stands for its content, too."""
    await work.execute(
        update(TopicPlan)
        .where(TopicPlan.school_id == work.viewer.school_id, TopicPlan.id == plan_id)
        .values(**values, version=TopicPlan.version + 1, **changed(work))
    )


async def copy_topic_plan(
    context: Context,
    plan_id: int,
    year_id: int | None,
    grade: int | None,
    title: str | None,
    key: str | None,
) -> int:
    """Make a plan of one that the caller sees: the same content, for another year or grade if one is given."""
    given = {"plan": plan_id, "year": year_id, "grade": grade, "title": title}
    async with command(context, "copyTopicPlan", given, key=key) as work:
        plan = await work.one(topic_plans_to_use(work.viewer).where(TopicPlan.id == plan_id), "planId")
        if work.repeated:
            return int(work.answer)
        values = {
            "year_id": year_id or plan.year_id,
            "subject_id": plan.subject_id,
            "grade": plan.grade if grade is None else grade,
            "title": plan.title if title is None else title,
        }
        check_grade(values["grade"], "grade")
        check_title(values["title"], "title")
        await _check_place(work, values, "planId")
        copied = await _insert_plan(work, {**values, "author_id": work.viewer.staff_id})
        content = await content_of(work, plan_id)
        await write_content(work, copied, [_unnumbered(section) for section in content], [])
        return int(await work.done(copied))


def _unnumbered(section: SectionContent) -> SectionContent:
    return SectionContent(section.title, tuple(replace(topic, id=None) for topic in section.topics))


async def delete_topic_plan(context: Context, plan_id: int, if_version: int | None) -> int:
    """Delete a plan that no group has ever gone by; what it was stays in the history."""
    async with command(context, "deleteTopicPlan", {"plan": plan_id}) as work:
        plan = await work.one(topic_plans_to_edit(work.viewer).where(TopicPlan.id == plan_id), "planId")
        check_version(if_version, plan.version)
        school = work.viewer.school_id
        if await work.first(
            select(TopicPlanAssignment.id).where(
                TopicPlanAssignment.school_id == school, TopicPlanAssignment.plan_id == plan_id
            )
        ):
            message = "План назначен или был назначен классам: его нельзя удалить."
            raise Refusal(RefusalCode.TOPIC_PLAN_IN_USE, message, "planId")
        topics = select(Topic.id).where(Topic.school_id == school, Topic.plan_id == plan_id)
        await work.execute(
            delete(TopicWorkType).where(TopicWorkType.school_id == school, TopicWorkType.topic_id.in_(topics))
        )
        for model in (Topic, TopicSection):
            await work.execute(delete(model).where(model.school_id == school, model.plan_id == plan_id))
        await work.execute(delete(TopicPlan).where(TopicPlan.school_id == school, TopicPlan.id == plan_id))
    return plan_id


# The content of a plan


async def content_of(work: Work, plan_id: int) -> list[SectionContent]:
    """The sections and topics that a plan has."""
    school = work.viewer.school_id
    kinds = (
        select(func.array_agg(TopicWorkType.work_type_id))
        .where(TopicWorkType.school_id == school, TopicWorkType.topic_id == Topic.id)
        .scalar_subquery()
    )
    topics = await work.fetch(
        select(Topic.id, Topic.section_id, Topic.name, Topic.hours, Topic.homework, kinds.label("work_types"))
        .where(Topic.school_id == school, Topic.plan_id == plan_id)
        .order_by(Topic.position)
    )
    of_section: dict[int, list[TopicContent]] = {}
    for row in topics:
        kept = TopicContent(row.name, row.hours, row.homework, tuple(sorted(row.work_types or ())), row.id)
        of_section.setdefault(row.section_id, []).append(kept)
    sections = await work.fetch(
        select(TopicSection.id, TopicSection.title)
        .where(TopicSection.school_id == school, TopicSection.plan_id == plan_id)
        .order_by(TopicSection.position)
    )
    return [SectionContent(row.title, tuple(of_section.get(row.id, ())), row.id) for row in sections]


async def write_content(work: Work, plan_id: int, wanted: list[SectionContent], known: list[SectionContent]) -> None:
    """Make the content of a plan that of `wanted`, where it is `known` now: rows with a number are kept, and written
    only where they change. What is no longer there is left standing, for lessons may have it (`drop_content`).
    """
    was = {section.id: (place, section.title) for place, section in enumerate(known, 1)}
    rows = [(section.id, place, section.title) for place, section in enumerate(wanted, 1)]
    sections = await _write_rows(work, TopicSection, {"plan_id": plan_id}, ("position", "title"), rows, was)
    before = _listed(known, [section.id for section in known])
    listed = _listed(wanted, sections)
    names = ("section_id", "position", "name", "hours", "homework")
    topics = await _write_rows(
        work,
        Topic,
        {"plan_id": plan_id},
        names,
        [(topic.id, *values) for topic, values in listed],
        {topic.id: values for topic, values in before},
    )
    await _write_work_types(work, topics, [topic for topic, _ in listed], [topic for topic, _ in before])


def _listed(sections: list[SectionContent], numbers: list[Any]) -> list[tuple[TopicContent, tuple[Any, ...]]]:
    """Topics in the order of the plan, each with the values of its row."""
    topics = [(number, topic) for number, section in zip(numbers, sections, strict=True) for topic in section.topics]
    return [
        (topic, (number, place, topic.name, topic.hours, topic.homework))
        for place, (number, topic) in enumerate(topics, 1)
    ]


_TYPES: dict[str, Any] = {"title": Text, "name": Text, "homework": Text}


async def _write_rows(
    work: Work,
    model: Any,
    of: Mapping[str, Any],
    names: tuple[str, ...],
    rows: list[tuple[Any, ...]],
    was: Mapping[Any, tuple[Any, ...]],
) -> list[int]:
    """Insert the rows without a number, update those that change, in a statement each; gives all numbers in order."""
    school = work.viewer.school_id
    changes = [row for row in rows if row[0] is not None and was[row[0]] != row[1:]]
    if changes:
        news = _table(("id", *names), changes)
        await work.execute(
            update(model)
            .where(model.school_id == school, model.id == news.c.id)
            .values(**{name: news.c[name] for name in names}, version=model.version + 1, **changed(work))
        )
    new = [row[1:] for row in rows if row[0] is None]
    made: dict[int, int] = {}
    if new:
        values = [
            {"school_id": school, "version": 1, **of, **dict(zip(names, row, strict=True)), **changed(work)}
            for row in new
        ]
        found = await work.fetch(insert(model).values(values).returning(model.id, model.position))
        made = {row.position: row.id for row in found}
    place = names.index("position") + 1
    return [row[0] if row[0] is not None else made[row[place]] for row in rows]


def _table(names: tuple[str, ...], rows: list[tuple[Any, ...]]) -> Any:
    arrays = (
        bindparam(f"all_{name}", list(values), ARRAY(_TYPES.get(name, BigInteger)))
        for name, values in zip(names, zip(*rows, strict=True), strict=True)
    )
    return func.unnest(*arrays).table_valued(*names).render_derived()


async def _write_work_types(
    work: Work, numbers: list[int], wanted: list[TopicContent], known: list[TopicContent]
) -> None:
    school, was = work.viewer.school_id, {topic.id: set(topic.work_types) for topic in known}
    changes = [
        (number, topic.work_types)
        for number, topic in zip(numbers, wanted, strict=True)
        if was.get(topic.id, set()) != set(topic.work_types)
    ]
    cleared = [number for number, _ in changes]
    if cleared:
        await work.execute(
            delete(TopicWorkType).where(TopicWorkType.school_id == school, among(TopicWorkType.topic_id, cleared))
        )
    rows = [
        {"school_id": school, "topic_id": number, "work_type_id": kind} for number, kinds in changes for kind in kinds
    ]
    if rows:
        await work.execute(insert(TopicWorkType).values(rows))


async def drop_content(work: Work, sections: list[int], topics: list[int]) -> None:
    """Take sections and topics out of a plan, once no lesson has any of them."""
    school = work.viewer.school_id
    if topics:
        await work.execute(
            delete(TopicWorkType).where(TopicWorkType.school_id == school, among(TopicWorkType.topic_id, topics))
        )
        await work.execute(delete(Topic).where(Topic.school_id == school, among(Topic.id, topics)))
    if sections:
        await work.execute(
            delete(TopicSection).where(TopicSection.school_id == school, among(TopicSection.id, sections))
        )
