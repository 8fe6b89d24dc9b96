"""Composed reports that were saved (10.7), with whom they are shared, and what they came to by schedule."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, CheckConstraint, Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from rules.report_saved import HOURS, ReportFrequency, ReportRunState

from .base import Base, Numbered, OfSchool, Versioned, reference, words


class SavedReport(Numbered, Versioned, Base):
    """A report of an account. It runs by the rights of whoever runs it; by schedule, by its owner's of that moment.

    hour, day: when, by the school's clock; day: of the week or of the month. next_run_at: when it is due.
    """

    account_id: Mapped[int] = reference("account")
    name: Mapped[str]
    definition: Mapped[dict[str, Any]] = mapped_column(JSONB)
    shared_roles: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    frequency: Mapped[str | None] = words(ReportFrequency)
    hour: Mapped[int | None]
    day: Mapped[int | None]
    next_run_at: Mapped[datetime | None]

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            Index(None, "school_id", "account_id"),
            Index(None, "school_id", "next_run_at"),
            CheckConstraint(f"hour BETWEEN {HOURS[0]} AND {HOURS[-1]}", name="hour"),
            CheckConstraint(
                "num_nonnulls(frequency, hour, next_run_at) IN (0, 3)"
                " AND (day IS NOT NULL) = coalesce(frequency IN ('weekly', 'monthly'), false)",
                name="schedule",
            ),
        )


class SavedReportShare(OfSchool, Base):
    """That a report is shared with an account."""

    report_id: Mapped[int] = mapped_column(info={"reference": "saved_report", "ondelete": "CASCADE"}, primary_key=True)
    account_id: Mapped[int] = mapped_column(info={"reference": "account"}, primary_key=True)

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (Index(None, "school_id", "account_id"),)


class ReportRun(Numbered, Base):
    """What a report came to when it was due: `answer`, or `error`, a refusal's code. attempts: how often it began."""

    report_id: Mapped[int] = reference("saved_report", ondelete="CASCADE")
    due_at: Mapped[datetime]
    state: Mapped[str] = words(ReportRunState)
    attempts: Mapped[int] = mapped_column(server_default="1")
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    answer: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    error: Mapped[str | None]

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            UniqueConstraint("school_id", "report_id", "due_at"),
            Index(None, "school_id", "state"),
            CheckConstraint("(state = 'running') = (finished_at IS NULL)", name="finished"),
            CheckConstraint("(state = 'done') = (answer IS NOT NULL)", name="done"),
            CheckConstraint("(state = 'failed') = (error IS NOT NULL)", name="failed"),
        )
