"""What commands have changed, for whoever is subscribed to it: written by triggers, so that no command forgets it."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from rules.changes import OWN, ChangeKind

from .base import Base, Numbered, reference, words

_NONE = text("'{}'")


class Change(Numbered, Base):
    """One thing that a command changed. It outlives what it tells of, so it refers to nothing but the command.

    transaction: the command's, as PostgreSQL numbers them: the order of changes is (transaction, id). told_at: by the
    real clock, which says how long it is kept. object_id: the row, of the table that `kind` names; null where it
    stands for several. student_id: whom alone it concerns. account_id: whose own it is; such may change by no command.
    substitutes: who substitutes at its lessons. staff, rooms: who gives these lessons and where, before the change and
    after it. starts_on, ends_on: the days that are different.
    """

    transaction: Mapped[int] = mapped_column(server_default=text("pg_current_xact_id()::text::bigint"))
    told_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))
    audit_entry_id: Mapped[int | None] = reference("audit_entry")
    kind: Mapped[str] = words(ChangeKind)
    object_id: Mapped[int | None]
    lesson_id: Mapped[int | None]
    student_id: Mapped[int | None]
    account_id: Mapped[int | None]
    class_id: Mapped[int | None]
    group_id: Mapped[int | None]
    subject_id: Mapped[int | None]
    substitutes: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default=_NONE)
    staff: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default=_NONE)
    rooms: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default=_NONE)
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        own = ", ".join(f"'{kind}'" for kind in OWN)
        of = {"student_id": "student_id IS NOT NULL", "group_id": "student_id IS NULL"}
        return (
            Index(None, "school_id", "transaction", "id"),
            Index(None, "school_id", "told_at"),
            CheckConstraint(f"(account_id IS NOT NULL) = (kind IN ({own}))", name="own"),
            CheckConstraint("audit_entry_id IS NOT NULL OR account_id IS NOT NULL", name="told"),
            *(Index(None, "school_id", by, "transaction", "id", postgresql_where=text(of[by])) for by in of),
        )
