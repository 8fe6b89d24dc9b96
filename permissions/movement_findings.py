"""What stands in the way of a new school year, as rows: each finding with the object to act on (12.1)."""

from typing import Any

from sqlalchemy import BigInteger, Select, Text, and_, case, exists, func, literal, null, or_, select, union_all
from sqlalchemy.orm import aliased

from models.curriculum import (
    AcademicYear,
    ClassLeadership,
    Enrolment,
    Period,
    SchoolClass,
    StudyGroup,
    TeachingAssignment,
)
from models.curriculum_plan import Component, PlanHours
from models.movement import MovementItem, MovementOrder
from models.movement_transition import TransitionPlacement, YearTransition
from models.report_forms import FederalForm
from models.school import Staff
from rules.curriculum_plan import ComponentKind
from rules.curriculum_year import PERIODS_IN_YEAR
from rules.movement import NEXT_YEAR, MovementKind, OrderState
from rules.movement_transition import TransitionFindingKind, TransitionState
from rules.report_forms import FormState

from .movement_transition import PREPARERS
from .scopes import ALL, Scope, of_school, on, same
from .viewer import reach

_POSITIONS = {kind: position for position, kind in enumerate(TransitionFindingKind)}


def _finding(kind: TransitionFindingKind, number: Any, **objects: Any) -> Select[Any]:
    """A finding of a transition that is under way: its place among the others, and the objects to act on."""
    return (
        select(
            YearTransition.id.label("transition_id"),
            literal(kind.value, Text).label("kind"),
            literal(_POSITIONS[kind], BigInteger).label("position"),
            number.label("number"),
            *(
                objects.get(name, null()).cast(BigInteger).label(name)
                for name in ("student_id", "class_id", "order_id", "subject_id", "form_id")
            ),
        )
        .select_from(YearTransition)
        .where(of_school(YearTransition), YearTransition.state == TransitionState.UNDER_WAY)
    )


def _of_class(year: Any) -> Any:
    return and_(of_school(SchoolClass), SchoolClass.year_id == year)


def _stays(kind: TransitionFindingKind) -> Select[Any]:
    """Stays in the classes of the year that ends."""
    return (
        _finding(kind, Enrolment.id, student_id=Enrolment.student_id, class_id=Enrolment.class_id)
        .join(SchoolClass, _of_class(YearTransition.from_year_id))
        .join(Enrolment, and_(of_school(Enrolment), Enrolment.class_id == SchoolClass.id))
    )


def _classes(kind: TransitionFindingKind) -> Select[Any]:
    """Classes of the year that is to be opened."""
    return _finding(kind, SchoolClass.id, class_id=SchoolClass.id).join(
        SchoolClass, _of_class(YearTransition.to_year_id)
    )


def _new_year(classes: Select[Any]) -> Select[Any]:
    """The year of these classes beside them."""
    return classes.join(AcademicYear, and_(of_school(AcademicYear), AcademicYear.id == SchoolClass.year_id))


def _employed(dated: Any) -> Any:
    """That the employee still works here when the new year begins."""
    still = or_(Staff.dismissed_on.is_(None), Staff.dismissed_on >= AcademicYear.starts_on)
    return exists().where(same(Staff, dated.staff_id, dated), still).correlate_except(Staff)


_going_on = aliased(SchoolClass)

_year_not_over = _finding(TransitionFindingKind.YEAR_NOT_OVER, YearTransition.from_year_id).where(
    exists().where(of_school(Period), Period.year_id == YearTransition.from_year_id, Period.ends_on >= reach.today)
)
_without_order = _stays(TransitionFindingKind.STUDENT_WITHOUT_ORDER).where(Enrolment.ended_by.is_(None))
_without_class = (
    _stays(TransitionFindingKind.STUDENT_WITHOUT_CLASS)
    .join(MovementItem, and_(of_school(MovementItem), MovementItem.id == Enrolment.ended_by))
    .join(MovementOrder, and_(of_school(MovementOrder), MovementOrder.id == MovementItem.order_id))
    .where(
        or_(*(MovementOrder.kind == kind for kind in sorted(NEXT_YEAR))),
        MovementItem.to_class_id.is_(None),
        ~exists().where(
            of_school(TransitionPlacement),
            TransitionPlacement.transition_id == YearTransition.id,
            TransitionPlacement.student_id == Enrolment.student_id,
        ),
        or_(
            MovementOrder.kind != MovementKind.PROMOTION,
            ~exists().where(
                of_school(_going_on),
                _going_on.year_id == YearTransition.to_year_id,
                _going_on.continues_id == Enrolment.class_id,
            ),
        ),
    )
)
_without_leader = _new_year(_classes(TransitionFindingKind.CLASS_WITHOUT_LEADER)).where(
    ~exists().where(
        of_school(ClassLeadership),
        ClassLeadership.class_id == SchoolClass.id,
        on(AcademicYear.starts_on, ClassLeadership),
        _employed(ClassLeadership),
    )
)
_without_periods = _classes(TransitionFindingKind.CLASS_WITHOUT_PERIODS).where(
    select(func.count())
    .select_from(Period)
    .where(of_school(Period), Period.year_id == SchoolClass.year_id, Period.kind == SchoolClass.period_kind)
    .scalar_subquery()
    < case(*((SchoolClass.period_kind == kind, count) for kind, count in PERIODS_IN_YEAR.items()))
)
_draft_order = (
    _finding(TransitionFindingKind.DRAFT_ORDER, MovementOrder.id, order_id=MovementOrder.id)
    .join(AcademicYear, and_(of_school(AcademicYear), AcademicYear.id == YearTransition.from_year_id))
    .join(
        MovementOrder,
        and_(MovementOrder.school_id == YearTransition.school_id, MovementOrder.state == OrderState.DRAFT),
    )
    .where(MovementOrder.effective_on <= AcademicYear.ends_on + 1)
)
_open_form = _finding(TransitionFindingKind.OPEN_FORM, FederalForm.id, form_id=FederalForm.id).join(
    FederalForm,
    and_(
        FederalForm.school_id == YearTransition.school_id,
        FederalForm.year_id == YearTransition.from_year_id,
        FederalForm.state == FormState.OPEN,
    ),
)
_without_plan = _classes(TransitionFindingKind.CLASS_WITHOUT_PLAN).where(
    ~exists().where(of_school(PlanHours), PlanHours.class_id == SchoolClass.id)
)
_without_teacher = (
    _new_year(
        _finding(
            TransitionFindingKind.SUBJECT_WITHOUT_TEACHER,
            func.min(PlanHours.id),
            class_id=SchoolClass.id,
            subject_id=PlanHours.subject_id,
        ).join(SchoolClass, _of_class(YearTransition.to_year_id))
    )
    .join(PlanHours, and_(of_school(PlanHours), PlanHours.class_id == SchoolClass.id))
    .join(Component, and_(of_school(Component), Component.id == PlanHours.component_id))
    .where(
        Component.kind != ComponentKind.EXTRACURRICULAR,
        ~select(TeachingAssignment.id)
        .join(StudyGroup, same(StudyGroup, TeachingAssignment.group_id))
        .where(
            of_school(TeachingAssignment),
            StudyGroup.class_id == SchoolClass.id,
            TeachingAssignment.subject_id == PlanHours.subject_id,
            _employed(TeachingAssignment),
        )
        .exists(),
    )
    .group_by(YearTransition.id, SchoolClass.id, PlanHours.subject_id)
)

findings = union_all(
    _year_not_over,
    _without_order,
    _without_class,
    _without_leader,
    _without_periods,
    _draft_order,
    _open_form,
    _without_plan,
    _without_teacher,
).subquery("finding")

visible_findings = Scope("TransitionFinding", lambda: select(findings), {PREPARERS: ALL})
"""What the preflight of a transition finds (12.1)."""
