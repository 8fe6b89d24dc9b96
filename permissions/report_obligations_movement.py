"""The deadlines of the movement book as rows: orders on classes at the end of the year, on who came and left; and the
transition to the new year.
"""

from typing import Any

from sqlalchemy import Date, Select, and_, case, cast, exists, func, or_, select
from sqlalchemy.orm import aliased

from models.curriculum import AcademicYear, Enrolment, SchoolClass
from models.movement import MovementItem, MovementOrder
from models.movement_transition import YearTransition
from rules.curriculum import GRADES
from rules.journal_finals import GRADUATING
from rules.movement import FORMED, FORMING_DAYS, MovementKind, OrderState
from rules.movement_transition import TransitionState
from rules.report_deadlines import Answerable, Deadline

from .days import begins_at
from .report_rows import begun_by, classes, last_day, obligation, of, one_of, word, years
from .scopes import of_school, same

_SECRETARY = Answerable.SECRETARY


_DECIDING = (MovementKind.PROMOTION, MovementKind.REPETITION, MovementKind.GRADUATION)


def _orders(deadline: Deadline, grades: Any) -> Select[Any]:
    """Classes of the grades: that an order has been issued on everybody who stays in them to the end.

    The first of each student's counts: who is promoted in June and leaves in August was promoted in time. Who leaves
    after the 9th class has a departure.
    """
    of_class = and_(of_school(Enrolment), Enrolment.class_id == SchoolClass.id)
    waiting = exists().where(of_class, Enrolment.ended_by.is_(None)).correlate(SchoolClass)
    after = and_(MovementOrder.kind == word(MovementKind.DEPARTURE), MovementOrder.effective_on > last_day)
    first = (
        select(func.min(MovementOrder.issued_on).label("issued_on"))
        .select_from(MovementItem)
        .join(MovementOrder, same(MovementOrder, MovementItem.order_id))
        .where(
            *(of_school(MovementItem), MovementItem.from_class_id == SchoolClass.id),
            *(MovementOrder.state == word(OrderState.ISSUED), MovementOrder.cancels_id.is_(None)),
            or_(one_of(MovementOrder.kind, _DECIDING), after),
        )
        .group_by(MovementItem.student_id)
        .correlate(SchoolClass, AcademicYear)
        .subquery("first")
    )
    issued = select(func.max(first.c.issued_on)).scalar_subquery()
    return classes(
        obligation(
            *(deadline, _SECRETARY, ("SchoolClass", SchoolClass.id), SchoolClass.id),
            anchor=AcademicYear.starts_on,
            opens_at=begins_at(last_day),
            done_at=begins_at(case((~waiting, issued))),
            class_id=SchoolClass.id,
        )
    ).where(one_of(SchoolClass.grade, grades), or_(waiting, issued.is_not(None)))


_promotion = _orders(Deadline.PROMOTION, [grade for grade in GRADES if grade not in GRADUATING])
_graduation = _orders(Deadline.GRADUATION, GRADUATING)

_into = aliased(SchoolClass)
_not_forming = (
    select(MovementItem.id)
    .join(_into, of(_into, MovementItem, _into.id == MovementItem.to_class_id))
    .where(
        *(of_school(MovementItem), MovementItem.order_id == MovementOrder.id),
        or_(~one_of(_into.grade, FORMED), MovementOrder.effective_on != AcademicYear.starts_on),
    )
    .correlate(MovementOrder, AcademicYear)
    .exists()
)
_arrivals = (
    select(
        *obligation(
            *(Deadline.ARRIVAL_AND_DEPARTURE, _SECRETARY, ("MovementOrder", MovementOrder.id), MovementOrder.id),
            due=MovementOrder.due_on,
            opens_at=begins_at(func.coalesce(MovementOrder.event_on, MovementOrder.effective_on, type_=Date)),
            done_at=begins_at(MovementOrder.issued_on),
            outlasts=True,
            order_id=MovementOrder.id,
        )
    )
    .select_from(MovementOrder)
    .join(AcademicYear, of(AcademicYear, MovementOrder, begun_by(MovementOrder.effective_on)))
    .where(
        *(of_school(MovementOrder), MovementOrder.due_on.is_not(None), MovementOrder.cancels_id.is_(None)),
        MovementOrder.state != word(OrderState.CANCELLED),
        or_(
            MovementOrder.kind == word(MovementKind.DEPARTURE),
            and_(MovementOrder.kind == word(MovementKind.ENROLMENT), _not_forming),
        ),
    )
)

_formed = (
    select(func.min(MovementOrder.issued_on))
    .select_from(Enrolment)
    .join(MovementItem, same(MovementItem, Enrolment.opened_by))
    .join(MovementOrder, same(MovementOrder, MovementItem.order_id))
    .where(of_school(Enrolment), Enrolment.class_id == SchoolClass.id)
    .correlate(SchoolClass)
    .scalar_subquery()
)
_forming = classes(
    obligation(
        *(Deadline.FORMING, _SECRETARY, ("SchoolClass", SchoolClass.id), SchoolClass.id),
        anchor=AcademicYear.starts_on,
        opens_at=begins_at(cast(AcademicYear.starts_on, Date) - FORMING_DAYS),
        done_at=begins_at(_formed),
        class_id=SchoolClass.id,
    ),
    # They are formed before the year is opened.
    drafts=True,
).where(one_of(SchoolClass.grade, FORMED))

_opened = (
    select(func.min(YearTransition.ended_at))
    .where(
        *(of_school(YearTransition), YearTransition.from_year_id == AcademicYear.id),
        YearTransition.state == word(TransitionState.OPENED),
    )
    .correlate(AcademicYear)
    .scalar_subquery()
)
_new_year = years(
    obligation(
        *(Deadline.NEW_YEAR, Answerable.ADMINISTRATOR, ("AcademicYear", AcademicYear.id), AcademicYear.id),
        anchor=cast(AcademicYear.ends_on, Date) + 1,
        opens_at=begins_at(last_day),
        done_at=_opened,
    )
).where(exists().where(of_school(SchoolClass), SchoolClass.year_id == AcademicYear.id).correlate(AcademicYear))

MOVEMENT_DEADLINES = (_promotion, _graduation, _arrivals, _forming, _new_year)
"""A statement for each of these deadlines."""
