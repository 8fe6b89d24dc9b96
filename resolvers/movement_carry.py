"""What a new school year takes from the old one, as a draft to correct (12.1): each step a few statements."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import and_, any_, exists, func, insert, literal, null, or_, select, update
from sqlalchemy.orm import aliased

from models.base import Versioned
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
from models.movement_transition import TransitionPlacement, YearTransition
from models.school import Staff
from models.timetable import Bell, BellSchedule
from permissions.scopes import on
from rules.curriculum import GRADES, GroupKind, YearState
from rules.movement_transition import (
    FORMED_ANEW,
    TAUGHT_ANEW,
    Span,
    TransitionStep,
    carried_days,
    following_year,
    next_grade,
    year_name,
)

from .commands import Work, among
from .movement_issue import place_promoted

GOES_ON = [grade for grade in GRADES if next_grade(grade)]
"""Grades whose classes go on as the next one's."""


@dataclass(frozen=True)
class Carrying:
    """A transition under way: the command, the old year, and the new one once it is there."""

    work: Work
    transition_id: int
    old: int
    new: int | None
    ends_on: date
    """The old year's last day."""

    @property
    def school(self) -> int:
        """Whose year it is."""
        return self.work.viewer.school_id

    def of_school(self, *models: Any) -> Any:
        """That the rows are this school's."""
        return and_(*(model.school_id == self.school for model in models))

    async def copy(
        self,
        model: Any,
        old: Any,
        *where: Any,
        joins: Sequence[tuple[Any, Any]] = (),
        **replaced: Any,
    ) -> None:
        """Insert some of the rows `old` of a model once more, with some columns replaced."""
        if issubclass(model, Versioned):
            changed = {"changed_at": literal(self.work.now), "changed_by": literal(self.work.viewer.account_id)}
            replaced |= {"version": literal(1), **changed}
        names = [attribute.key for attribute in model.__mapper__.column_attrs if attribute.key != "id"]
        query = select(*(replaced.get(name, getattr(old, name)).label(name) for name in names)).select_from(old)
        for target, on_clause in joins:
            query = query.join(target, on_clause)
        await self.work.execute(insert(model).from_select(names, query.where(self.of_school(old), *where)))

    def same(self, model: Any, number: Any) -> Any:
        """The join to the row with this number."""
        return and_(self.of_school(model), model.id == number)

    @property
    def first_day(self) -> Any:
        """The new year's first day."""
        return literal(self.ends_on + timedelta(days=1))

    def stays(self, given: Any, new: Any) -> tuple[Any, ...]:
        """That what was given to an employee until the year's end goes on in the class `new`, and that they still work
        here."""
        employed = exists().where(
            self.same(Staff, given.staff_id), or_(Staff.dismissed_on.is_(None), Staff.dismissed_on > self.ends_on)
        )
        return ~among(new.grade, TAUGHT_ANEW), on(self.ends_on, given), employed

    def twin(self, model: Any, of: Any) -> Any:
        """The new year's row that bears the name of the old year's row `of`."""
        before, after = aliased(model), aliased(model)
        return (
            select(after.id)
            .where(
                self.of_school(before, after),
                before.id == of,
                after.year_id == self.new,
                after.name == before.name,
            )
            .correlate_except(before, after)
            .scalar_subquery()
        )

    def pairs(self, old: Any, new: Any) -> Any:
        """That the class `new` of the new year goes on with the class `old`."""
        return and_(self.of_school(old, new), new.year_id == self.new, new.continues_id == old.id)

    def taken(self, old: Any, new: Any, of: Any) -> Any:
        """That `new` is the group of the class `of` that bears the name of the group `old`: whole for whole."""
        return and_(
            self.of_school(new),
            new.class_id == of.id,
            new.subject_id.is_not_distinct_from(old.subject_id),
            new.name.is_not_distinct_from(old.name),
        )


async def _year(carrying: Carrying) -> None:
    """The year itself, with its periods and holidays on the same weekdays."""
    work = carrying.work
    old = await work.first(
        select(AcademicYear.starts_on, AcademicYear.ends_on).where(
            carrying.of_school(AcademicYear), AcademicYear.id == carrying.old
        )
    )
    year = following_year(Span(old.starts_on, old.ends_on))
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
        carried = carried_days([Span(row.starts_on, row.ends_on) for row in rows], year)
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
    schedule, of, bell = aliased(BellSchedule), aliased(BellSchedule), aliased(Bell)
    year = literal(carrying.new)
    await carrying.copy(BellSchedule, schedule, schedule.year_id == carrying.old, year_id=year)
    await carrying.copy(
        Bell,
        bell,
        of.year_id == carrying.old,
        joins=((of, carrying.same(of, bell.schedule_id)),),
        schedule_id=carrying.twin(BellSchedule, bell.schedule_id),
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
    """Classes go on as the next grade; first and tenth ones are as many as there were, with nobody in them yet."""
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
        )
    await _groups(carrying)
    await _leaders(carrying)


async def _groups(carrying: Carrying) -> None:
    """The whole group of each class, and the subgroups of those that go on."""
    new, old, group = aliased(SchoolClass), aliased(SchoolClass), aliased(StudyGroup)
    whole = select(new.school_id, new.id, literal(GroupKind.WHOLE.value))
    await carrying.work.execute(
        insert(StudyGroup).from_select(
            ["school_id", "class_id", "kind"], whole.where(carrying.of_school(new), new.year_id == carrying.new)
        )
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
        joins=((old, carrying.same(old, leadership.class_id)), (new, carrying.pairs(old, new))),
        class_id=new.id,
        starts_on=carrying.first_day,
        ends_on=null(),
    )


async def _plan(carrying: Carrying) -> None:
    """A class gets the plan that its grade had: of the class with its profile, if there is one, and with its letter."""
    hours, new, old = aliased(PlanHours), aliased(SchoolClass), aliased(SchoolClass)

    def profile(of: Any) -> Any:
        found = aliased(Profile)
        return select(found.name).where(carrying.same(found, of.profile_id)).correlate_except(found).scalar_subquery()

    model = (
        select(old.id)
        .where(carrying.of_school(old), old.year_id == carrying.old, old.grade == new.grade)
        .order_by(profile(old).is_not_distinct_from(profile(new)).desc(), (old.letter == new.letter).desc(), old.letter)
        .limit(1)
        .correlate(new)
        .scalar_subquery()
    )
    await carrying.copy(
        PlanHours,
        hours,
        hours.class_id == model,
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
    """Leaderships, assignments and memberships of the old year that nobody has ended end with its last day."""
    classes = select(SchoolClass.id).where(carrying.of_school(SchoolClass), SchoolClass.year_id == carrying.old)
    groups = select(StudyGroup.id).where(carrying.of_school(StudyGroup), StudyGroup.class_id.in_(classes))
    open_ended: tuple[tuple[Any, Any], ...] = (
        (ClassLeadership, ClassLeadership.class_id.in_(classes)),
        (TeachingAssignment, TeachingAssignment.group_id.in_(groups)),
        (GroupMember, GroupMember.group_id.in_(groups)),
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
}
"""What each step does."""
