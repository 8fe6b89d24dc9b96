"""Who may see topic plans (5.5–5.8), and who may write them: the subject teacher for own classes, the deputy any."""

from typing import Any

from sqlalchemy import Date, Select, and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from models.curriculum import AcademicYear, GroupMembership, SchoolClass, StudyGroup, TeachingAssignment
from models.curriculum_topics import Topic, TopicPlan, TopicPlanAssignment, TopicSection
from models.timetable import Lesson
from rules.account import Role
from rules.curriculum_topics import TOPICS_TERM

from .days import due_on
from .scopes import (
    ALL,
    Rows,
    Scope,
    among,
    attends,
    columns,
    groups_of,
    of_school,
    on,
    same,
    taught,
    union,
    within,
)
from .viewer import Viewer, reach

OVERSEERS = frozenset({Role.DIRECTOR, Role.DEPUTY, Role.ANALYST})
"""Those who read every plan."""

PLANNERS = frozenset({Role.DEPUTY, Role.TEACHER})
"""Those who write plans: the deputy any, a teacher for own subject and classes (5.8)."""


def _goes_by(assignment: Any) -> Any:
    """That the viewer teaches the group by that plan today, or leads the group's class (2.3, 2.4)."""
    own = taught(assignment.group_id, assignment.subject_id)
    return or_(own, among(assignment.group_id, groups_of(reach.led_classes)))


def _known(plan: Any) -> Any:
    """That the plan is the viewer's own, or that one of their groups goes by it."""
    written = select(TopicPlan.id).where(of_school(TopicPlan), TopicPlan.author_id == reach.staff_id)
    assigned = select(TopicPlanAssignment.plan_id).where(of_school(TopicPlanAssignment), _goes_by(TopicPlanAssignment))
    return or_(plan.in_(written), plan.in_(assigned))


def _of_attended_lesson(students: Any) -> Any:
    """That the topic was, or will be, that of a lesson at which one of those students was in the group."""
    return exists().where(
        of_school(Lesson), Lesson.topic_id == Topic.id, attends(students, Lesson.group_id, Lesson.date)
    )


visible_topic_plans = Scope("TopicPlan", Rows(TopicPlan), {OVERSEERS: ALL, Role.TEACHER: _known(TopicPlan.id)})

visible_topic_sections = Scope(
    "TopicSection", Rows(TopicSection), {OVERSEERS: ALL, Role.TEACHER: _known(TopicSection.plan_id)}
)

visible_topics = Scope(
    "Topic",
    Rows(Topic),
    {
        OVERSEERS: ALL,
        Role.TEACHER: _known(Topic.plan_id),
        Role.STUDENT: _of_attended_lesson(GroupMembership.student_id == reach.student_id),
        Role.PARENT: _of_attended_lesson(within(GroupMembership.student_id, reach.children)),
    },
)
"""Topics; of these, families see those of their own lessons only."""

visible_topic_cards = Scope("TopicCard", Rows(Topic), {OVERSEERS: ALL, Role.TEACHER: _known(Topic.plan_id)})
"""What a teacher has noted for a topic: homework to give, kinds of work. Not for those who are to be given them."""

visible_topic_assignments = Scope(
    "TopicPlanAssignment",
    Rows(TopicPlanAssignment),
    {
        OVERSEERS: ALL,
        Role.TEACHER: or_(
            _goes_by(TopicPlanAssignment),
            TopicPlanAssignment.plan_id.in_(
                select(TopicPlan.id).where(of_school(TopicPlan), TopicPlan.author_id == reach.staff_id)
            ),
        ),
    },
)
"""Which group goes by which plan. Whoever sees it sees the plan."""


_other = aliased(TeachingAssignment)
_begun = (
    select(func.min(_other.starts_on))
    .where(of_school(_other), _other.group_id == TeachingAssignment.group_id)
    .where(_other.subject_id == TeachingAssignment.subject_id)
    .correlate(TeachingAssignment)
    .scalar_subquery()
)
plan_due = func.greatest(due_on(TOPICS_TERM, AcademicYear.starts_on), _begun, type_=Date)
"""When an assignment's journal has a plan (5.6). One that begins later, of a new subgroup or a course of half a year,
has it on its first day.
"""


def _without_plan() -> Select[Any]:
    """Who teaches what without a plan, on the day of their class's year that is nearest to today."""
    day = func.greatest(AcademicYear.starts_on, func.least(reach.today, AcademicYear.ends_on))
    planned = exists().where(
        of_school(TopicPlanAssignment),
        TopicPlanAssignment.group_id == TeachingAssignment.group_id,
        TopicPlanAssignment.subject_id == TeachingAssignment.subject_id,
        on(day, TopicPlanAssignment),
    )
    return (
        select(
            *columns(TeachingAssignment, SchoolClass.year_id, plan_due.label("due_on")),
        )
        .join(StudyGroup, same(StudyGroup, TeachingAssignment.group_id))
        .join(SchoolClass, same(SchoolClass, StudyGroup.class_id))
        .join(AcademicYear, same(AcademicYear, SchoolClass.year_id))
        .where(of_school(TeachingAssignment), on(day, TeachingAssignment), ~planned)
    )


visible_missing_topic_plans = Scope(
    "MissingTopicPlan",
    _without_plan,
    {
        frozenset({Role.DIRECTOR, Role.DEPUTY}): ALL,
        Role.TEACHER: TeachingAssignment.staff_id == reach.staff_id,
    },
)
"""Which assignments have no topic plan yet (5.6): for those who watch over it, and for who is answerable (5.8)."""


def _teaches(year: Any, subject: Any, grade: Any) -> Any:
    """That the viewer teaches the subject in a class of that grade today."""
    pairs = (
        func.unnest(reach.taught_groups, reach.taught_subjects).table_valued("group_id", "subject_id").render_derived()
    )
    return exists(
        select(pairs.c.group_id)
        .join(StudyGroup, and_(of_school(StudyGroup), StudyGroup.id == pairs.c.group_id))
        .join(SchoolClass, same(SchoolClass, StudyGroup.class_id))
        .where(pairs.c.subject_id == subject, SchoolClass.grade == grade, SchoolClass.year_id == year)
    )


def years_to_plan(viewer: Viewer, subject: int, grade: int) -> Select[Any]:
    """Years for which the viewer may write a plan of the subject in the grade."""
    may = union({Role.DEPUTY: ALL, Role.TEACHER: _teaches(AcademicYear.id, subject, grade)}, viewer.roles)
    return select(*columns(AcademicYear)).where(of_school(AcademicYear), may)


def editable_topic_plans(viewer: Viewer) -> Select[Any]:
    """Plans that the viewer may change: own ones of a subject and grade taught today, any for the deputy."""
    taught_today = _teaches(TopicPlan.year_id, TopicPlan.subject_id, TopicPlan.grade)
    own = and_(TopicPlan.author_id == reach.staff_id, taught_today)
    return select(*columns(TopicPlan)).where(
        of_school(TopicPlan), union({Role.DEPUTY: ALL, Role.TEACHER: own}, viewer.roles)
    )


def topic_plans_to_edit(viewer: Viewer) -> Select[Any]:
    """The same, locked."""
    return editable_topic_plans(viewer).with_for_update(of=TopicPlan)


def topic_plans_to_use(viewer: Viewer) -> Select[Any]:
    """Plans that the viewer may copy or give to groups: those they see. They cannot be deleted meanwhile."""
    return (
        visible_topic_plans(viewer.only(PLANNERS))
        .join(AcademicYear, same(AcademicYear, TopicPlan.year_id))
        .add_columns(AcademicYear.starts_on, AcademicYear.ends_on)
        .with_for_update(read=True, key_share=True, of=TopicPlan)
    )


def groups_to_plan(viewer: Viewer, subject: int) -> Select[Any]:
    """Groups to which the viewer may give a plan of the subject, locked in order of id: two cannot do so at once."""
    may = union({Role.DEPUTY: ALL, Role.TEACHER: taught(StudyGroup.id, subject)}, viewer.roles)
    return (
        select(*columns(StudyGroup, SchoolClass.grade, SchoolClass.year_id))
        .join(SchoolClass, same(SchoolClass, StudyGroup.class_id))
        .where(of_school(StudyGroup), may)
        .order_by(StudyGroup.id)
        .with_for_update(key_share=True, of=StudyGroup)
    )


def topic_assignments_to_end(viewer: Viewer) -> Select[Any]:
    """Assignments of plans that the viewer may end: those of own groups, any for the deputy."""
    own = taught(TopicPlanAssignment.group_id, TopicPlanAssignment.subject_id)
    return select(*columns(TopicPlanAssignment)).where(
        of_school(TopicPlanAssignment), union({Role.DEPUTY: ALL, Role.TEACHER: own}, viewer.roles)
    )
