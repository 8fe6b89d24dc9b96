"""Reads of the movement book: orders, whom they move, what stands against a draft, and how many came and left."""

from collections.abc import Hashable, Sequence
from typing import Any

from sqlalchemy import Date, Select, Text, and_, any_, distinct, exists, func, or_, select

from models.curriculum import Enrolment, SchoolClass
from models.movement import MovementItem, MovementOrder
from permissions.curriculum import visible_classes, visible_enrolments
from permissions.movement import visible_items, visible_movement_counts, visible_orders
from permissions.scopes import of_school
from rules.account import Role
from rules.movement import OrderState

from .context import Context
from .edges import Edge, Key, Reader, Reading, reads
from .edges_kinds import argument, joined, keys_param, to_many, to_one, to_page
from .movement_facts import Examined, examine
from .people import people


def _moves(*conditions: Any) -> Any:
    """That the order, or the one that it cancels, moves somebody so."""
    order = func.coalesce(MovementOrder.cancels_id, MovementOrder.id)
    return exists().where(of_school(MovementItem), MovementItem.order_id == order, *conditions)


def _of_class(class_id: Any) -> Any:
    return or_(MovementItem.from_class_id == class_id, MovementItem.to_class_id == class_id)


_OF_YEAR = select(SchoolClass.id).where(of_school(SchoolClass), SchoolClass.year_id == argument("year_id"))

school_movement_book = to_page(
    visible_orders,
    MovementOrder.school_id,
    of="id",
    shape=lambda query: query.where(MovementOrder.position.is_not(None)),
    order={"position": MovementOrder.position},
    filters={
        "kind": MovementOrder.kind == argument("kind", Text),
        "state": MovementOrder.state == argument("state", Text),
        "number": MovementOrder.number == argument("number", Text),
        "since": MovementOrder.issued_on >= argument("since", Date),
        "until": MovementOrder.issued_on <= argument("until", Date),
        "year_id": _moves(func.coalesce(MovementItem.from_class_id, MovementItem.to_class_id).in_(_OF_YEAR)),
        "class_id": _moves(_of_class(argument("class_id"))),
        "student_id": _moves(MovementItem.student_id == argument("student_id")),
    },
)
school_movement_drafts = to_page(
    visible_orders,
    MovementOrder.school_id,
    of="id",
    shape=lambda query: query.where(MovementOrder.state == OrderState.DRAFT),
    order={"id": MovementOrder.id},
)

order_of = to_one(visible_orders, MovementOrder.id, of="order_id")
order_items = to_page(
    visible_items,
    MovementItem.order_id,
    of="id",
    order={"position": MovementItem.position, "id": MovementItem.id},
)
order_cancels = to_one(visible_orders, MovementOrder.id, of="cancels_id")
order_cancelled_by = to_one(visible_orders, MovementOrder.cancels_id, of="id")

item_from_class = to_one(visible_classes, SchoolClass.id, of="from_class_id")
item_to_class = to_one(visible_classes, SchoolClass.id, of="to_class_id")
enrolment_opened_by = to_one(visible_items, MovementItem.id, of="opened_by")
enrolment_ended_by = to_one(visible_items, MovementItem.id, of="ended_by")


def _booked(query: Select[Any]) -> Select[Any]:
    return query.where(MovementOrder.position.is_not(None))


_IN_BOOK = {"order_position": MovementOrder.position, "id": MovementItem.id}

student_movement = to_many(
    visible_items, MovementItem.student_id, of="id", shape=_booked, order=tuple(_IN_BOOK.values())
)
class_arrivals = to_page(visible_items, MovementItem.to_class_id, of="id", shape=_booked, order=_IN_BOOK)
class_departures = to_page(visible_items, MovementItem.from_class_id, of="id", shape=_booked, order=_IN_BOOK)

year_awaiting_order = to_page(
    visible_enrolments,
    SchoolClass.year_id,
    of="id",
    shape=joined(
        SchoolClass, SchoolClass.id == Enrolment.class_id, of_school(SchoolClass), Enrolment.ends_on.is_(None)
    ),
    order={"class_id": Enrolment.class_id, "id": Enrolment.id},
)


def _counts(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    each = visible_movement_counts.for_roles(roles).subquery("each")
    counted = (
        select(
            each.c.school_id,
            each.c.kind,
            each.c.grade,
            people(roles, func.count(distinct(MovementItem.student_id))).label("students"),
        )
        .join(MovementItem, and_(MovementItem.school_id == each.c.school_id, MovementItem.id == each.c.id))
        .where(each.c.effective_on.between(argument("since", Date), argument("until", Date)))
        .where(each.c.school_id == any_(keys_param(0)))
        .group_by(each.c.school_id, each.c.kind, each.c.grade)
        .subquery("counted")
    )
    query = select(*counted.c, counted.c.school_id.label("_key0")).where(counted.c.students > 0)
    return query.order_by(counted.c.kind, counted.c.grade)


school_movement_counts = Edge(visible_movement_counts, ("id",), _counts, many=True)


class Checking(Reading):
    """What would become of drafts that were issued now: a batch of them at once. An order is its own key."""

    @property
    def read(self) -> Hashable:
        """Nothing that an edge reads."""
        return Checking

    async def batch(self, reader: Reader, roles: frozenset[Role], keys: Sequence[Key]) -> list[Any]:
        """What was found of each."""
        orders = [order for (order,) in keys]
        found = await examine(reads(reader), orders, reader.viewer.today)
        return [found[order.id] for order in orders]

    def made(self, read: Any, key: Key, roles: frozenset[Role]) -> Any:
        """What was found: it stands as it is."""
        return read


CHECKING = Checking(order_of, ())


async def examined(context: Context, order: Any) -> Examined:
    """What stands against a draft; of what has been issued nothing is told any more."""
    if order.state != OrderState.DRAFT:
        return Examined()
    found: Examined = await context.load_key(CHECKING, (order,), visible_orders.roles)
    return found
