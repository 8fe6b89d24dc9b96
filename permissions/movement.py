"""Who may see the movement book, and who may write in it (9.1, 9.3)."""

from typing import Any

from sqlalchemy import Select, and_, exists, func, or_, select

from models.curriculum import SchoolClass
from models.movement import MovementItem, MovementOrder
from models.school import Student
from rules.account import Role
from rules.movement import OrderState

from .school import OFFICE
from .scopes import ALL, Rows, Scope, beside, columns, of_school, same, union, within
from .viewer import Viewer, reach

BOOK = OFFICE | {Role.TEACHER}
"""Those who read orders: a class teacher those on their own class."""

COUNTS = OFFICE | {Role.ANALYST}
"""Those who read how many came and left."""

WRITERS = frozenset({Role.SECRETARY})
"""Those who keep the movement book (9.1)."""


def _of_led_class() -> Any:
    return or_(
        within(MovementItem.from_class_id, reach.led_classes), within(MovementItem.to_class_id, reach.led_classes)
    )


def _has_led_class() -> Any:
    """That the order, or the one that it cancels, moves somebody out of a led class or into it."""
    return exists().where(
        of_school(MovementItem),
        MovementItem.order_id == func.coalesce(MovementOrder.cancels_id, MovementOrder.id),
        _of_led_class(),
    )


visible_orders = Scope(
    "MovementOrder",
    Rows(MovementOrder),
    {OFFICE: ALL, Role.TEACHER: and_(MovementOrder.state != OrderState.DRAFT, _has_led_class())},
)
"""Orders on movement (9): drafts are the office's own."""

visible_items = Scope(
    "MovementItem",
    Rows(MovementItem, beside(MovementOrder, "order_id", order_position="position")),
    {OFFICE: ALL, Role.TEACHER: and_(MovementOrder.state != OrderState.DRAFT, _of_led_class())},
)
"""Whom orders move: for a class teacher, out of their own class and into it."""


def _counts() -> Select[Any]:
    """Each student of each order that stands, without saying who: what is counted."""
    grade = select(SchoolClass.grade).where(
        SchoolClass.school_id == MovementItem.school_id,
        SchoolClass.id == func.coalesce(MovementItem.from_class_id, MovementItem.to_class_id),
    )
    return (
        select(
            MovementItem.id.label("id"),
            MovementItem.school_id.label("school_id"),
            MovementOrder.kind.label("kind"),
            MovementOrder.effective_on.label("effective_on"),
            grade.scalar_subquery().label("grade"),
        )
        .join(MovementOrder, same(MovementOrder, MovementItem.order_id))
        .where(of_school(MovementItem), MovementOrder.state == OrderState.ISSUED)
    )


visible_movement_counts = Scope("MovementCount", _counts, {COUNTS: ALL})
"""How many students moved how: numbers without names."""


def _may_write(viewer: Viewer) -> Any:
    return union(dict.fromkeys(WRITERS, ALL), viewer.roles)


def orders_to_write(viewer: Viewer) -> Select[Any]:
    """Orders that may be written, issued and cancelled, locked (9.1)."""
    return select(*columns(MovementOrder)).where(of_school(MovementOrder), _may_write(viewer)).with_for_update()


def students_to_move(viewer: Viewer) -> Select[Any]:
    """Students whom an order may name."""
    return select(Student.id).where(of_school(Student), _may_write(viewer))


def classes_to_fill(viewer: Viewer) -> Select[Any]:
    """Classes that an order may name."""
    return select(SchoolClass.id).where(of_school(SchoolClass), _may_write(viewer))
