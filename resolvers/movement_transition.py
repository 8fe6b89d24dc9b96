"""The transition to a new school year (12): begin it, take its steps, open the year, or take it all back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import asyncpg
from sqlalchemy import Text, and_, delete, func, insert, or_, select, update

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
from models.curriculum_topics import Topic, TopicPlan, TopicPlanAssignment, TopicSection, TopicWorkType
from models.movement import MovementItem, MovementOrder
from models.movement_transition import TransitionPlacement, TransitionStepDone, YearTransition
from models.report_forms import FederalForm
from models.timetable import Bell, BellSchedule
from permissions.curriculum import visible_classes, visible_years
from permissions.movement import visible_orders
from permissions.movement_findings import findings, visible_findings
from permissions.movement_transition import (
    transitions_to_place,
    transitions_to_run,
    visible_transition_steps,
    visible_transitions,
)
from permissions.report_forms import visible_forms
from rules.curriculum import YearState
from rules.movement import NEXT_YEAR, MovementKind, check_next_year
from rules.movement_transition import (
    FINDING_NAMES,
    WARNINGS,
    TransitionFindingKind,
    TransitionState,
    TransitionStep,
    check_next_step,
    check_places,
    is_complete,
)
from rules.refusals import Refusal, RefusalCode, not_found

from .commands import Work, among, command
from .context import Context
from .edges_kinds import argument, to_many, to_one, to_page
from .movement_carry import CARRY, settle_students
from .movement_carrying import Carrying
from .movement_facts import classes_of, facts_of
from .movement_issue import hold_book

school_transitions = to_many(
    visible_transitions, YearTransition.school_id, of="id", order=(YearTransition.begun_at.desc(), YearTransition.id)
)
transition_from_year = to_one(visible_years, AcademicYear.id, of="from_year_id")
transition_to_year = to_one(visible_years, AcademicYear.id, of="to_year_id")
transition_steps = to_many(
    visible_transition_steps,
    TransitionStepDone.transition_id,
    of="id",
    order=(TransitionStepDone.done_at, TransitionStepDone.step),
)
transition_findings = to_page(
    visible_findings,
    findings.c.transition_id,
    of="id",
    order={"position": findings.c.position, "number": findings.c.number},
    filters={"kind": findings.c.kind == argument("kind", Text)},
)
finding_order = to_one(visible_orders, MovementOrder.id, of="order_id")
finding_class = to_one(visible_classes, SchoolClass.id, of="class_id")
finding_form = to_one(visible_forms, FederalForm.id, of="form_id")


async def begin_transition(context: Context) -> int:
    """Begin the way from the open school year to the next (12.1). Nothing of it shows anywhere yet."""
    async with command(context, "beginTransition", {}) as work:
        school = work.viewer.school_id
        year = await work.first(
            select(AcademicYear.id)
            .where(AcademicYear.school_id == school, AcademicYear.state == YearState.OPEN)
            .order_by(AcademicYear.starts_on.desc())
            .limit(1)
            .with_for_update()
        )
        if year is None:
            raise Refusal(RefusalCode.NOT_FOUND, "Нет открытого учебного года.", None, "12.1")
        if await work.first(select(YearTransition.id).where(YearTransition.school_id == school, _UNDER_WAY)):
            raise Refusal(RefusalCode.ALREADY_EXISTS, "Переход на новый учебный год уже начат.", None, "12.1")
        begun = await work.first(
            insert(YearTransition)
            .values(
                school_id=school,
                from_year_id=year.id,
                state=TransitionState.UNDER_WAY,
                begun_at=work.now,
                begun_by=work.viewer.account_id,
            )
            .returning(YearTransition.id)
        )
    return int(begun.id)


_UNDER_WAY = YearTransition.state == TransitionState.UNDER_WAY


async def _done(work: Work, transition_id: int) -> set[TransitionStep]:
    rows = await work.fetch(
        select(TransitionStepDone.step).where(
            TransitionStepDone.school_id == work.viewer.school_id, TransitionStepDone.transition_id == transition_id
        )
    )
    return {TransitionStep(row.step) for row in rows}


async def _begun(work: Work, transition_id: int) -> Any:
    """The transition, locked, if it is under way and the viewer may run it."""
    return await work.one(transitions_to_run(work.viewer).where(YearTransition.id == transition_id), "transitionId")


async def run_transition_step(context: Context, transition_id: int, step: TransitionStep) -> int:
    """Take one step (12.1). A step that is done already is left as it is, with what people have corrected since."""
    async with command(context, "runTransitionStep", {"transition": transition_id, "step": step}) as work:
        transition = await _begun(work, transition_id)
        if not check_next_step(await _done(work, transition_id), step):
            await CARRY[step](await _carrying(work, transition))
            await work.execute(
                insert(TransitionStepDone).values(
                    school_id=work.viewer.school_id, transition_id=transition_id, step=step, done_at=work.now
                )
            )
    return transition_id


async def _carrying(work: Work, transition: Any) -> Carrying:
    ends_on: date = (
        await work.first(
            select(AcademicYear.ends_on).where(
                AcademicYear.school_id == work.viewer.school_id, AcademicYear.id == transition.from_year_id
            )
        )
    ).ends_on
    return Carrying(work, transition.id, transition.from_year_id, transition.to_year_id, ends_on)


@dataclass(frozen=True)
class Placement:
    """A student and the new year's class where they go; None takes a choice back."""

    student_id: int
    class_id: int | None


async def place_students(context: Context, transition_id: int, entries: Sequence[Placement]) -> int:
    """Choose classes for those whose orders leave them open, where the old class does not go on as one: all or none.

    So it is for tenth classes, formed anew of the ninth, and for those who repeat a year (9.2).
    """
    given = {"transition": transition_id, "entries": [[each.student_id, each.class_id] for each in entries]}
    async with command(context, "placeStudents", given) as work:
        transition = await work.one(
            transitions_to_place(work.viewer).where(YearTransition.id == transition_id), "transitionId"
        )
        check_places(entries)
        school, students = work.viewer.school_id, [each.student_id for each in entries]
        waiting = {row.student_id: row for row in await work.fetch(_waiting(school, transition.from_year_id, students))}
        numbers = {each.class_id for each in entries} | {row.class_id for row in waiting.values()}
        classes = await classes_of(work.reach, [number for number in numbers if number is not None])
        for position, each in enumerate(entries):
            row = waiting.get(each.student_id)
            if row is None:
                raise not_found(f"entries.{position}.studentId")
            if each.class_id is None:
                continue
            if each.class_id not in classes:
                raise not_found(f"entries.{position}.classId")
            to = facts_of(classes[each.class_id])
            try:
                check_next_year(MovementKind(row.kind), row.effective_on, facts_of(classes[row.class_id]), to)
            except Refusal as refusal:
                raise Refusal(refusal.code, refusal.message, f"entries.{position}.classId", refusal.clause) from None
        mine = (TransitionPlacement.school_id == school, TransitionPlacement.transition_id == transition_id)
        await work.execute(delete(TransitionPlacement).where(*mine, among(TransitionPlacement.student_id, students)))
        rows = [
            {
                "school_id": school,
                "transition_id": transition_id,
                "student_id": each.student_id,
                "class_id": each.class_id,
            }
            for each in entries
            if each.class_id is not None
        ]
        if rows:
            await work.execute(insert(TransitionPlacement).values(rows))
    return transition_id


def _waiting(school: int, year: int, students: Sequence[int]) -> Any:
    """Who of these goes on next year by an order that names no class, out of which class."""
    return (
        select(Enrolment.student_id, Enrolment.class_id, MovementOrder.kind, MovementOrder.effective_on)
        .join(SchoolClass, and_(SchoolClass.school_id == Enrolment.school_id, SchoolClass.id == Enrolment.class_id))
        .join(MovementItem, and_(MovementItem.school_id == Enrolment.school_id, MovementItem.id == Enrolment.ended_by))
        .join(
            MovementOrder,
            and_(MovementOrder.school_id == MovementItem.school_id, MovementOrder.id == MovementItem.order_id),
        )
        .where(
            Enrolment.school_id == school,
            SchoolClass.year_id == year,
            or_(*(MovementOrder.kind == kind for kind in sorted(NEXT_YEAR))),
            MovementItem.to_class_id.is_(None),
            among(Enrolment.student_id, students),
        )
    )


async def revert_transition(context: Context, transition_id: int) -> int:
    """Take the transition back: the draft year goes with all that was carried over or corrected in it."""
    async with command(context, "revertTransition", {"transition": transition_id}) as work:
        transition = await _begun(work, transition_id)
        await _end(work, transition_id, TransitionState.REVERTED, to_year_id=None)
        await work.execute(
            delete(TransitionPlacement).where(
                TransitionPlacement.school_id == work.viewer.school_id,
                TransitionPlacement.transition_id == transition_id,
            )
        )
        if transition.to_year_id is not None:
            try:
                await _remove_year(work, transition.to_year_id)
            except asyncpg.ForeignKeyViolationError:
                message = (
                    "На новый учебный год уже опираются приказы, расписание или другие записи: сначала отмените их."
                )
                raise Refusal(RefusalCode.IN_USE, message, "transitionId", "12.1") from None
    return transition_id


async def _remove_year(work: Work, year_id: int) -> None:
    """Delete a draft year with what a transition makes of it. What else refers to it keeps it."""
    school = work.viewer.school_id

    def of(model: Any, column: Any, chosen: Any) -> Any:
        return select(model.id).where(model.school_id == school, column.in_(chosen))

    years = select(AcademicYear.id).where(AcademicYear.school_id == school, AcademicYear.id == year_id)
    classes = of(SchoolClass, SchoolClass.year_id, years)
    groups = of(StudyGroup, StudyGroup.class_id, classes)
    plans = of(TopicPlan, TopicPlan.year_id, years)
    for model, column, chosen in (
        (TopicPlanAssignment, TopicPlanAssignment.plan_id, plans),
        (TopicWorkType, TopicWorkType.topic_id, of(Topic, Topic.plan_id, plans)),
        (Topic, Topic.plan_id, plans),
        (TopicSection, TopicSection.plan_id, plans),
        (TopicPlan, TopicPlan.year_id, years),
        (GroupMember, GroupMember.group_id, groups),
        (TeachingAssignment, TeachingAssignment.group_id, groups),
        (StudyGroup, StudyGroup.class_id, classes),
        (ClassLeadership, ClassLeadership.class_id, classes),
        (PlanHours, PlanHours.class_id, classes),
        (SchoolClass, SchoolClass.year_id, years),
        (PeriodRule, PeriodRule.year_id, years),
        (ComponentLoad, ComponentLoad.component_id, of(Component, Component.year_id, years)),
        (Component, Component.year_id, years),
        (Profile, Profile.year_id, years),
        (Bell, Bell.schedule_id, of(BellSchedule, BellSchedule.year_id, years)),
        (BellSchedule, BellSchedule.year_id, years),
        (Holiday, Holiday.year_id, years),
        (Period, Period.year_id, years),
        (AcademicYear, AcademicYear.id, years),
    ):
        await work.execute(delete(model).where(model.school_id == school, column.in_(chosen)))


async def _end(work: Work, transition_id: int, state: TransitionState, **values: Any) -> None:
    await work.execute(
        update(YearTransition)
        .where(YearTransition.school_id == work.viewer.school_id, YearTransition.id == transition_id)
        .values(state=state, ended_at=work.now, ended_by=work.viewer.account_id, **values)
    )


async def open_year(context: Context, transition_id: int) -> int:
    """Open the new year and close the old one for good (12.2): students come into their classes by their orders."""
    async with command(context, "openYear", {"transition": transition_id}) as work:
        transition = await _begun(work, transition_id)
        if not is_complete(await _done(work, transition_id)):
            raise Refusal(RefusalCode.STEP_OUT_OF_TURN, "Переход ещё не подготовлен.", "transitionId", "12.1")
        await hold_book(work)  # no order comes between what is found and who is placed
        await _check_ready(work, transition_id)
        await settle_students(await _carrying(work, transition))
        await _end(work, transition_id, TransitionState.OPENED)
        for year, state in ((transition.to_year_id, YearState.OPEN), (transition.from_year_id, YearState.CLOSED)):
            await work.execute(
                update(AcademicYear)
                .where(AcademicYear.school_id == work.viewer.school_id, AcademicYear.id == year)
                .values(state=state)
            )
    return transition_id


async def _check_ready(work: Work, transition_id: int) -> None:
    found = await work.reach(
        visible_findings(work.viewer)
        .with_only_columns(findings.c.kind, func.count().label("count"))
        .where(findings.c.transition_id == transition_id)
        .group_by(findings.c.kind)
    )
    counted = {TransitionFindingKind(row.kind): row["count"] for row in found}
    blocking = {kind: count for kind, count in counted.items() if kind not in WARNINGS}
    if blocking:
        told = " ".join(
            f"{FINDING_NAMES[kind]} ({blocking[kind]})" for kind in TransitionFindingKind if kind in blocking
        )
        raise Refusal(RefusalCode.YEAR_NOT_READY, f"Новый год открыть нельзя. {told}", "transitionId", "12.1")
