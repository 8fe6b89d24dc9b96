"""What a new school year takes from the old one, as a draft to correct (12.1): each step a few statements."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from sqlalchemy import and_, any_, exists, func, insert, literal, null, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import aliased

from models.curriculum import (
    AcademicYear,
    ClassLeadership,
    Enrolment,
    GroupMember,
    Holiday,
    Period,
    SchoolClass,
    StudyGroup,
    TeachingAssignment,
)
from models.curriculum_plan import Component, ComponentLoad, PeriodRule, PlanHours, Profile
from models.curriculum_topics import TopicPlanAssignment
from models.movement_transition import TransitionPlacement, YearTransition
from models.timetable import Bell, BellSchedule
from permissions.scopes import on
from rules.curriculum import GRADES, GroupKind, YearState
from rules.movement_transition import (
    FORMED_ANEW,
    Span,
    TransitionStep,
    carried_days,
    carried_holidays,
    check_no_other,
    following_year,
    next_grade,
    year_name,
)

from .commands import among
from .movement_carry_topics import carry_topic_plans
from .movement_carrying import Carrying
from .movement_issue import hold_book, place_promoted

GOES_ON = [grade for grade in GRADES if next_grade(grade)]
"""Grades whose classes go on as the next one's."""


async def _year(carrying: Carrying) -> None:
    """The year itself, with its periods and holidays."""
    work = carrying.work
    await hold_book(work)  # and nobody opens a year meanwhile
    old = await work.first(
        select(AcademicYear.starts_on, AcademicYear.ends_on).where(
            carrying.of_school(AcademicYear), AcademicYear.id == carrying.old
        )
    )
    year = following_year(Span(old.starts_on, old.ends_on))
    others = select(AcademicYear.name, AcademicYear.starts_on, AcademicYear.ends_on).where(
        carrying.of_school(AcademicYear)
    )
    check_no_other(year, [(row.name, Span(row.starts_on, row.ends_on)) for row in await work.fetch(others)])
    new = await work.first(
        insert(AcademicYear)
        .values(
            school_id=carrying.school,
            name=year_name(year.starts_on),
            starts_on=year.starts_on,
            ends_on=year.ends_on,
            state=YearState.DRAFT,
        )
        .returning(AcademicYear.id)
    )
    await work.execute(
        update(YearTransition)
        .where(carrying.of_school(YearTransition), YearTransition.id == carrying.transition_id)
        .values(to_year_id=new.id)
    )
    for model, names in ((Period, ("kind", "number", "name")), (Holiday, ("name", "grades"))):
        columns = [getattr(model, name).label(name) for name in ("starts_on", "ends_on", *names)]
        rows = await work.fetch(
            select(*columns).where(carrying.of_school(model), model.year_id == carrying.old).order_by(model.id)
        )
        spans = [Span(row.starts_on, row.ends_on) for row in rows]
        if model is Period:
            carried = carried_days(spans, year)
        else:
            carried = carried_holidays([(span, row.grades) for span, row in zip(spans, rows, strict=True)], year)
        values = [
            {
                "school_id": carrying.school,
                "year_id": new.id,
                "starts_on": days.starts_on,
                "ends_on": days.ends_on,
                **{name: row[name] for name in names},
            }
            for row, days in zip(rows, carried, strict=True)
            if days
        ]
        if values:
            await work.execute(insert(model).values(values))


async def _bells(carrying: Carrying) -> None:
    """Bell schedules with their bells; one that people have made themselves has its own."""
    schedule, of, into, bell = aliased(BellSchedule), aliased(BellSchedule), aliased(BellSchedule), aliased(Bell)
    year = literal(carrying.new)
    await carrying.copy(BellSchedule, schedule, schedule.year_id == carrying.old, year_id=year)
    rung = exists().where(carrying.of_school(Bell), Bell.schedule_id == into.id)
    twin = and_(carrying.of_school(into), into.year_id == carrying.new, into.name == of.name)
    await carrying.copy(
        Bell,
        bell,
        of.year_id == carrying.old,
        ~rung,
        joins=((of, carrying.same(of, bell.schedule_id)), (into, twin)),
        schedule_id=into.id,
    )


async def _profiles(carrying: Carrying) -> None:
    """Profiles, how years are divided, components and their load."""
    profile, component, rule = aliased(Profile), aliased(Component), aliased(PeriodRule)
    of, load, year = aliased(Component), aliased(ComponentLoad), literal(carrying.new)
    await carrying.copy(Profile, profile, profile.year_id == carrying.old, year_id=year)
    await carrying.copy(Component, component, component.year_id == carrying.old, year_id=year)
    await carrying.copy(
        PeriodRule,
        rule,
        rule.year_id == carrying.old,
        year_id=year,
        profile_id=carrying.twin(Profile, rule.profile_id),
    )
    await carrying.copy(
        ComponentLoad,
        load,
        of.year_id == carrying.old,
        joins=((of, carrying.same(of, load.component_id)),),
        component_id=carrying.twin(Component, load.component_id),
        profile_id=carrying.twin(Profile, load.profile_id),
    )


async def _classes(carrying: Carrying) -> None:
    """Classes go on as the next grade; first and tenth ones are as many as there were, with nobody in them yet.

    The shift and the days of the week are those that the grade had: who leaves the primary school leaves its week, too.
    """
    old = aliased(SchoolClass)
    for grade, continues, grades in ((old.grade + 1, old.id, GOES_ON), (old.grade, null(), FORMED_ANEW)):
        profile = (
            select(Profile.id)
            .where(
                carrying.of_school(Profile),
                Profile.id == carrying.twin(Profile, old.profile_id),
                grade == any_(Profile.grades),
            )
            .correlate_except(Profile)
            .scalar_subquery()
        )
        rule = (
            select(PeriodRule.kind)
            .where(
                carrying.of_school(PeriodRule),
                PeriodRule.year_id == carrying.new,
                PeriodRule.grade == grade,
                or_(PeriodRule.profile_id.is_(None), PeriodRule.profile_id == profile),
            )
            .order_by(PeriodRule.profile_id.nulls_last())
            .limit(1)
            .correlate_except(PeriodRule)
            .scalar_subquery()
        )
        week: dict[str, Any] = {
            name: func.coalesce(_of_grade(carrying, name, old, grade), getattr(old, name)) for name in WEEK
        }
        await carrying.copy(
            SchoolClass,
            old,
            old.year_id == carrying.old,
            among(old.grade, grades),
            year_id=literal(carrying.new),
            grade=grade,
            continues_id=continues,
            profile_id=profile,
            period_kind=func.coalesce(rule, old.period_kind),
            **week,
        )
    await _groups(carrying)
    await _leaders(carrying)


WEEK = ("shift", "week_days")
"""What of a class belongs to its grade rather than to its students."""


def _of_grade(carrying: Carrying, name: str, old: Any, grade: Any) -> Any:
    """What the old year's class of that grade had: the one with the letter of the class `old`, or else the first."""
    peer = aliased(SchoolClass)
    return (
        select(getattr(peer, name))
        .where(carrying.of_school(peer), peer.year_id == carrying.old, peer.grade == grade)
        .order_by((peer.letter == old.letter).desc(), peer.letter)
        .limit(1)
        .correlate_except(peer)
        .scalar_subquery()
    )


async def _groups(carrying: Carrying) -> None:
    """The whole group of each class, and the subgroups of those that go on."""
    new, old, group = aliased(SchoolClass), aliased(SchoolClass), aliased(StudyGroup)
    whole = select(new.school_id, new.id, literal(GroupKind.WHOLE.value))
    await carrying.work.execute(
        upsert(StudyGroup)
        .from_select(
            ["school_id", "class_id", "kind"], whole.where(carrying.of_school(new), new.year_id == carrying.new)
        )
        .on_conflict_do_nothing()
    )
    await carrying.copy(
        StudyGroup,
        group,
        group.kind == GroupKind.SUBGROUP,
        joins=((old, carrying.same(old, group.class_id)), (new, carrying.pairs(old, new))),
        class_id=new.id,
    )


async def _leaders(carrying: Carrying) -> None:
    """Class teachers stay with their classes, except where these begin with other teachers."""
    leadership, old, new = aliased(ClassLeadership), aliased(SchoolClass), aliased(SchoolClass)
    await carrying.copy(
        ClassLeadership,
        leadership,
        *carrying.stays(leadership, new),
        ~exists().where(carrying.of_school(ClassLeadership), ClassLeadership.class_id == new.id),
        joins=((old, carrying.same(old, leadership.class_id)), (new, carrying.pairs(old, new))),
        class_id=new.id,
        starts_on=carrying.first_day,
        ends_on=null(),
    )


async def _plan(carrying: Carrying) -> None:
    """A class gets the plan that its grade had: of the class with its profile, if there is one, and with its letter."""
    hours, new, old = aliased(PlanHours), aliased(SchoolClass), aliased(SchoolClass)
    model = (
        select(old.id)
        .where(carrying.of_school(old), old.year_id == carrying.old, old.grade == new.grade)
        .order_by(*carrying.likeness(old, new))
        .limit(1)
        .correlate(new)
        .scalar_subquery()
    )
    await carrying.copy(
        PlanHours,
        hours,
        hours.class_id == model,
        carrying.taught_still(hours.subject_id),
        ~exists().where(carrying.of_school(PlanHours), PlanHours.class_id == new.id),
        joins=((new, and_(carrying.of_school(new), new.year_id == carrying.new)),),
        class_id=new.id,
        component_id=carrying.twin(Component, hours.component_id),
    )


async def _assignments(carrying: Carrying) -> None:
    """Teachers keep their classes in the subjects of the new plan, except where these begin with other teachers."""
    given, old, new = aliased(TeachingAssignment), aliased(SchoolClass), aliased(SchoolClass)
    group, taken = aliased(StudyGroup), aliased(StudyGroup)
    planned = exists().where(
        carrying.of_school(PlanHours), PlanHours.class_id == new.id, PlanHours.subject_id == given.subject_id
    )
    await carrying.copy(
        TeachingAssignment,
        given,
        *carrying.stays(given, new),
        planned,
        ~exists().where(
            carrying.of_school(TeachingAssignment),
            TeachingAssignment.group_id == taken.id,
            TeachingAssignment.subject_id == given.subject_id,
        ),
        joins=(
            (group, carrying.same(group, given.group_id)),
            (old, carrying.same(old, group.class_id)),
            (new, carrying.pairs(old, new)),
            (taken, carrying.taken(group, taken, new)),
        ),
        group_id=taken.id,
        starts_on=carrying.first_day,
        ends_on=null(),
    )


async def settle_students(carrying: Carrying) -> None:
    """Students come into the new year's classes by their orders, and into the subgroups that these go on with.

    What was open in the old year ends with its last day.
    """
    work, new, old = carrying.work, aliased(SchoolClass), aliased(SchoolClass)
    goes_on = await work.fetch(select(old.id.label("old"), new.id.label("new")).where(carrying.pairs(old, new)))
    chosen = await work.fetch(
        select(TransitionPlacement.student_id, TransitionPlacement.class_id).where(
            carrying.of_school(TransitionPlacement), TransitionPlacement.transition_id == carrying.transition_id
        )
    )
    await place_promoted(
        work,
        carrying.school,
        carrying.old,
        {row.old: row.new for row in goes_on},
        {row.student_id: row.class_id for row in chosen},
    )
    member, group, taken, stay = aliased(GroupMember), aliased(StudyGroup), aliased(StudyGroup), aliased(Enrolment)
    begins = and_(stay.student_id == member.student_id, stay.starts_on == carrying.first_day)
    await carrying.copy(
        GroupMember,
        member,
        on(carrying.ends_on, member),
        joins=(
            (group, carrying.same(group, member.group_id)),
            (old, carrying.same(old, group.class_id)),
            (new, carrying.pairs(old, new)),
            (taken, carrying.taken(group, taken, new)),
            (stay, and_(carrying.of_school(stay), stay.class_id == new.id, begins)),
        ),
        group_id=taken.id,
        starts_on=carrying.first_day,
        ends_on=null(),
    )
    await _end_old(carrying)


async def _end_old(carrying: Carrying) -> None:
    """What of the old year's classes and groups nobody has ended ends with its last day."""
    classes = select(SchoolClass.id).where(carrying.of_school(SchoolClass), SchoolClass.year_id == carrying.old)
    groups = select(StudyGroup.id).where(carrying.of_school(StudyGroup), StudyGroup.class_id.in_(classes))
    open_ended: tuple[tuple[Any, Any], ...] = (
        (ClassLeadership, ClassLeadership.class_id.in_(classes)),
        (TeachingAssignment, TeachingAssignment.group_id.in_(groups)),
        (GroupMember, GroupMember.group_id.in_(groups)),
        (TopicPlanAssignment, TopicPlanAssignment.group_id.in_(groups)),
    )
    for model, of_year in open_ended:
        await carrying.work.execute(
            update(model)
            .where(carrying.of_school(model), of_year, model.ends_on.is_(None), model.starts_on <= carrying.ends_on)
            .values(ends_on=carrying.ends_on)
        )


CARRY: Mapping[TransitionStep, Callable[[Carrying], Awaitable[None]]] = {
    TransitionStep.YEAR: _year,
    TransitionStep.BELLS: _bells,
    TransitionStep.PROFILES: _profiles,
    TransitionStep.CLASSES: _classes,
    TransitionStep.PLAN: _plan,
    TransitionStep.ASSIGNMENTS: _assignments,
    TransitionStep.TOPIC_PLANS: carry_topic_plans,
}
"""What each step does."""
