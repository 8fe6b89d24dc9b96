"""Times without access to the System (13), and what was transferred from the temporary journals of those days."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Dated, Numbered, Versioned, reference


class Outage(Numbered, Dated, Versioned, Base):
    """That access was lost, and when it came back. The days are the school's own, by its clock."""

    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    declared_at: Mapped[datetime]
    declared_by: Mapped[int] = reference("account")

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            Index(None, "school_id", "starts_on"),
            CheckConstraint("(ended_at IS NULL) = (ends_on IS NULL)", name="ended"),
        )


class OutageTransfer(Numbered, Base):
    """That a lesson's records came from paper: which outage's, of what day the paper is, and when it was imported.

    `digest`: of what was filled in, so that the same sheet is known again. `entry_id`: the audit entry of the import;
    those of its steps name it, and the history names them. Never changed: a trigger sees to that.
    """

    outage_id: Mapped[int] = reference("outage")
    lesson_id: Mapped[int] = reference("lesson")
    paper_date: Mapped[date]
    imported_at: Mapped[datetime]
    imported_by: Mapped[int] = reference("account")
    entry_id: Mapped[int] = reference("audit_entry")
    digest: Mapped[str]

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            UniqueConstraint("school_id", "lesson_id", "digest"),
            Index(None, "school_id", "outage_id"),
        )


class OutageJournal(Base):
    """View: a journal with lessons on the days of an outage that is over: how many, and of how many there are records.

    A lesson has records once its roll was called and its topic stands, whether from a sheet or by hand. recorded_at:
    since when the last of them has them.
    """

    __tablename__ = "outage_journal"
    __table_args__ = {"info": {"view": True}}  # noqa: RUF012

    school_id: Mapped[int] = mapped_column(primary_key=True)
    outage_id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(primary_key=True)
    subject_id: Mapped[int] = mapped_column(primary_key=True)
    lessons: Mapped[int]
    recorded: Mapped[int]
    recorded_at: Mapped[datetime | None]
