"""Unlocks: lessons that are opened to one teacher for a time although the edit lock has closed them (7.6)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from rules.journal_locks import KEPT_STATES

from .base import Base, Numbered, OfSchool, Versioned, reference


class Unlock(Numbered, Versioned, Base):
    """That a teacher may write at closed lessons until a moment, or has asked to. `staff_id`: the teacher.

    `reason`: why it is needed; `answer`: what the director or deputy has said, last of all; `decided_*`: who granted or
    declined it.
    """

    staff_id: Mapped[int] = reference("staff")
    state: Mapped[str] = mapped_column(info={"words": KEPT_STATES})
    reason: Mapped[str]
    made_at: Mapped[datetime]
    made_by: Mapped[int] = reference("account")
    until: Mapped[datetime | None]
    answer: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = reference("account")

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            Index(None, "school_id", "staff_id"),
            CheckConstraint("(state IN ('granted', 'revoked')) = (until IS NOT NULL)", name="until"),
            CheckConstraint("(decided_at IS NULL) = (decided_by IS NULL)", name="decided"),
        )


class UnlockLesson(OfSchool, Base):
    """A lesson that an unlock opens, or is to open."""

    unlock_id: Mapped[int] = mapped_column(info={"reference": "unlock"}, primary_key=True)
    lesson_id: Mapped[int] = mapped_column(info={"reference": "lesson"}, primary_key=True)

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (Index(None, "school_id", "lesson_id"),)


class UnlockEdit(Numbered, Base):
    """That a command has written at a closed lesson under an unlock. Never changed, never removed."""

    unlock_id: Mapped[int] = reference("unlock")
    audit_entry_id: Mapped[int] = reference("audit_entry")
    lesson_id: Mapped[int] = reference("lesson")

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            UniqueConstraint("school_id", "unlock_id", "audit_entry_id", "lesson_id"),
            Index(None, "school_id", "audit_entry_id"),
        )
