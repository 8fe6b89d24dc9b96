"""The access log of the journals: who has opened which page and when (11.4, 11.6)."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Computed, Index, Text, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Numbered, reference


class JournalAccess(Numbered, Base):
    """One opening of a journal's page. It outlives what was opened, so it refers to nothing but the account.

    day: the school's date. group_id: null where the page was of a whole class. as_of: the moment that it was opened as
    of. journal: what stands for the journal, of a class and a subject. opening: drawn by who writes it down, so that
    it stands here once even if it had to be said twice.
    """

    account_id: Mapped[int] = reference("account")
    at: Mapped[datetime]
    day: Mapped[date]
    class_id: Mapped[int]
    group_id: Mapped[int | None]
    subject_id: Mapped[int]
    period_id: Mapped[int]
    as_of: Mapped[datetime | None]
    journal: Mapped[str] = mapped_column(
        Text, Computed("class_id::text || ':' || subject_id::text", persisted=True), sort_order=99
    )

    opening: Mapped[UUID] = mapped_column(Uuid, server_default=text("gen_random_uuid()"), sort_order=100)

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            Index(None, "school_id", "journal", "id"),
            Index(None, "school_id", "day"),
            UniqueConstraint("school_id", "opening"),
        )
