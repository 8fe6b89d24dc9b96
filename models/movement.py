"""The movement book: orders, whom each moves, and what an order replaced, so that cancelling it restores just that."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, Computed, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from rules.movement import MovementKind, OrderState

from .base import Base, Numbered, OfSchool, Versioned, reference, words


class MovementOrder(Numbered, Versioned, Base):
    """An order on the movement of students (9.2).

    Its effect begins on `effective_on`; `event_on` is when it became known, from which its term runs, until `due_on`.
    `position` is its place in the movement book, in the order of issuing. `cancels_id`: it only cancels that order.
    """

    kind: Mapped[str] = words(MovementKind)
    state: Mapped[str] = words(OrderState)
    position: Mapped[int | None]
    number: Mapped[str | None]
    issued_on: Mapped[date | None]
    issued_year: Mapped[int | None] = mapped_column(Computed("extract(year FROM issued_on)::bigint", persisted=True))
    effective_on: Mapped[date]
    event_on: Mapped[date | None]
    due_on: Mapped[date | None]
    basis: Mapped[str | None]
    cancels_id: Mapped[int | None] = reference("movement_order")

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            UniqueConstraint("school_id", "position"),
            UniqueConstraint("school_id", "issued_year", "number"),
            UniqueConstraint("school_id", "cancels_id"),
            CheckConstraint(
                "num_nonnulls(position, number, issued_on) = CASE state WHEN 'draft' THEN 0 ELSE 3 END", name="issued"
            ),
            Index("movement_order_draft_idx", "school_id", "id", postgresql_where=text("state = 'draft'")),
        )


class MovementItem(Numbered, Base):
    """A student moved by an order: out of a class, into one, or both; where to or from otherwise, and why."""

    order_id: Mapped[int] = reference("movement_order")
    position: Mapped[int]
    student_id: Mapped[int] = reference("student")
    from_class_id: Mapped[int | None] = reference("school_class")
    to_class_id: Mapped[int | None] = reference("school_class")
    place: Mapped[str | None]
    reason: Mapped[str | None]

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            UniqueConstraint("school_id", "order_id", "position"),
            UniqueConstraint("school_id", "order_id", "student_id"),
            Index(None, "school_id", "student_id"),
            Index(None, "school_id", "from_class_id"),
            Index(None, "school_id", "to_class_id"),
        )


class ReplacedEnrolment(OfSchool, Base):
    """A stay in a class as it stood before an item ended it or took it away."""

    item_id: Mapped[int] = mapped_column(info={"reference": "movement_item"}, primary_key=True)
    class_id: Mapped[int] = reference("school_class")
    opened_by: Mapped[int] = reference("movement_item")
    ended_by: Mapped[int | None] = reference("movement_item")
    starts_on: Mapped[date] = mapped_column(primary_key=True)
    ends_on: Mapped[date | None]


class ReplacedGroupMember(OfSchool, Base):
    """A student's membership in a subgroup as it stood before an item ended it or took it away."""

    item_id: Mapped[int] = mapped_column(info={"reference": "movement_item"}, primary_key=True)
    group_id: Mapped[int] = mapped_column(info={"reference": "study_group"}, primary_key=True)
    starts_on: Mapped[date] = mapped_column(primary_key=True)
    ends_on: Mapped[date | None]
