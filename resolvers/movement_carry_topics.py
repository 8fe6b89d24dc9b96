"""Topic plans of a new school year (5.5, 12.1): the old year's, as drafts, and the groups that begin to go by them."""

from typing import Any

from sqlalchemy import ARRAY, BigInteger, bindparam, exists, func, insert, literal, or_, select
from sqlalchemy.orm import aliased

from models.curriculum import SchoolClass, StudyGroup
from models.curriculum_plan import PlanHours
from models.curriculum_topics import Topic, TopicPlan, TopicPlanAssignment, TopicSection, TopicWorkType
from models.school import Staff
from permissions.scopes import on
from rules.curriculum import GroupKind

from .movement_carrying import Carrying
from .timetable_topics import place_topics


async def carry_topic_plans(carrying: Carrying) -> None:
    """Plans stay with their grade: a class goes by the plan that its grade had, not by the one it has been through.

    Their sections, topics, hours, homework and kinds of work come along; the author, too, if still employed.
    """
    plan = aliased(TopicPlan)
    pairs = await _paired(carrying)
    author = select(Staff.id).where(carrying.employed(plan.author_id)).correlate_except(Staff).scalar_subquery()
    await carrying.copy(
        TopicPlan,
        plan,
        joins=((pairs, pairs.c.old == plan.id),),
        id=pairs.c.new,
        year_id=literal(carrying.new),
        author_id=author,
    )
    await _content(carrying, pairs)
    await _assign(carrying, pairs)


async def _paired(carrying: Carrying) -> Any:
    """The plans that go on, each with the number that its successor gets, as a table.

    Those that somebody went by until the year's end, or that wait for somebody to go by them: what all have left stays.
    """
    plan, left, held = aliased(TopicPlan), aliased(TopicPlanAssignment), aliased(TopicPlanAssignment)
    rows = await carrying.work.fetch(
        select(
            plan.id.label("old"),
            func.nextval(func.pg_get_serial_sequence(TopicPlan.__tablename__, "id"), type_=BigInteger).label("new"),
        ).where(
            carrying.of_school(plan),
            plan.year_id == carrying.old,
            carrying.taught_still(plan.subject_id),
            or_(
                ~exists().where(carrying.of_school(left), left.plan_id == plan.id),
                exists().where(carrying.of_school(held), held.plan_id == plan.id, on(carrying.ends_on, held)),
            ),
        )
    )
    numbers = (
        bindparam(f"{name}_plans", [row[name] for row in rows], ARRAY(BigInteger), unique=True)
        for name in ("old", "new")
    )
    return func.unnest(*numbers).table_valued("old", "new").render_derived(name="pairs")


async def _content(carrying: Carrying, pairs: Any) -> None:
    """Sections and topics keep their places, by which the new ones are found."""
    section, topic, kind = aliased(TopicSection), aliased(Topic), aliased(TopicWorkType)
    into, become = aliased(TopicSection), aliased(Topic)
    await carrying.copy(
        TopicSection, section, joins=((pairs, pairs.c.old == section.plan_id),), alone=True, plan_id=pairs.c.new
    )
    in_its_place = (into.plan_id == pairs.c.new) & (into.position == section.position)
    await carrying.copy(
        Topic,
        topic,
        joins=(
            (pairs, pairs.c.old == topic.plan_id),
            (section, carrying.same(section, topic.section_id)),
            (into, carrying.of_school(into) & in_its_place),
        ),
        alone=True,
        plan_id=pairs.c.new,
        section_id=into.id,
    )
    in_its_place = (become.plan_id == pairs.c.new) & (become.position == topic.position)
    await carrying.copy(
        TopicWorkType,
        kind,
        joins=(
            (topic, carrying.same(topic, kind.topic_id)),
            (pairs, pairs.c.old == topic.plan_id),
            (become, carrying.of_school(become) & in_its_place),
        ),
        topic_id=become.id,
    )


async def _assign(carrying: Carrying, pairs: Any) -> None:
    """Each group goes by a plan in the subjects that its class's plan has: where subgroups learn one, each of them."""
    of, hours, divided = aliased(SchoolClass), aliased(PlanHours), aliased(StudyGroup)
    whole = (StudyGroup.kind == GroupKind.WHOLE) & ~exists().where(
        carrying.of_school(divided), divided.class_id == of.id, divided.subject_id == hours.subject_id
    )
    going = exists().where(
        carrying.of_school(TopicPlanAssignment),
        TopicPlanAssignment.group_id == StudyGroup.id,
        TopicPlanAssignment.subject_id == hours.subject_id,
    )
    wanted = (
        select(
            of.school_id,
            _plan_of_grade(carrying, pairs, of, hours).label("plan_id"),
            StudyGroup.id.label("group_id"),
            hours.subject_id,
            carrying.first_day.label("starts_on"),
        )
        .join(hours, carrying.of_school(hours) & (hours.class_id == of.id))
        .join(StudyGroup, carrying.of_school(StudyGroup) & (StudyGroup.class_id == of.id))
        .where(
            carrying.of_school(of),
            of.year_id == carrying.new,
            or_(StudyGroup.subject_id == hours.subject_id, whole),
            ~going,
        )
        .distinct()
        .subquery()
    )
    made = await carrying.work.fetch(
        insert(TopicPlanAssignment)
        .from_select(list(wanted.c.keys()), select(wanted).where(wanted.c.plan_id.is_not(None)))
        .returning(TopicPlanAssignment.group_id, TopicPlanAssignment.subject_id)
    )
    await place_topics(
        carrying.work, carrying.school, [(row.group_id, row.subject_id) for row in made], carrying.work.today
    )


def _plan_of_grade(carrying: Carrying, pairs: Any, of: Any, hours: Any) -> Any:
    """The successor of the plan that the grade went by in the subject when the year ended: the class most like `of`,
    and its group of the same name."""
    given, group, old = aliased(TopicPlanAssignment), aliased(StudyGroup), aliased(SchoolClass)
    alike = group.name.is_not_distinct_from(StudyGroup.name)
    return (
        select(pairs.c.new)
        .join(given, carrying.of_school(given) & (given.plan_id == pairs.c.old))
        .join(group, carrying.same(group, given.group_id))
        .join(old, carrying.same(old, group.class_id))
        .where(
            given.subject_id == hours.subject_id,
            on(carrying.ends_on, given),
            old.year_id == carrying.old,
            old.grade == of.grade,
        )
        .order_by(*carrying.likeness(old, of), alike.desc(), group.id)
        .limit(1)
        .correlate(of, hours, StudyGroup)
        .scalar_subquery()
    )
