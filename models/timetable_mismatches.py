"""Reports that the dates of a journal do not fit (6.4), and what was done about them."""

from collections.abc import Iterable
from datetime import date as day
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from rules.timetable_mismatches import MismatchKind, MismatchState, MismatchStepKind

from .base import Base, Numbered, Versioned, reference, words


class MismatchReport(Numbered, Versioned, Base):
    """That dates of a group's journal in a subject do not fit. Its state is that of its last step."""

    group_id: Mapped[int] = reference("study_group")
    subject_id: Mapped[int] = reference("subject")
    state: Mapped[str] = words(MismatchState)
    comment: Mapped[str | None]
    reported_at: Mapped[datetime]
    reported_by: Mapped[int] = reference("account")

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            Index(None, "school_id", "group_id", "subject_id"),
            Index(None, "school_id", "subject_id"),
            Index(None, "school_id", "reported_by"),
        )


class MismatchDate(Numbered, Base):
    """A date that a report names: wrong, extra or missing. Never changed: a trigger sees to that."""

    report_id: Mapped[int] = reference("mismatch_report")
    date: Mapped[day]
    kind: Mapped[str] = words(MismatchKind)
    should_be: Mapped[day | None]

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            UniqueConstraint("school_id", "report_id", "date"),
            CheckConstraint("should_be IS NULL OR kind = 'wrong' AND should_be <> date", name="should_be"),
        )


class MismatchStep(Numbered, Base):
    """What was done about a report, when and by whom, and what was said. Never changed: a trigger sees to that."""

    report_id: Mapped[int] = reference("mismatch_report")
    kind: Mapped[str] = words(MismatchStepKind)
    text: Mapped[str | None]
    made_at: Mapped[datetime]
    made_by: Mapped[int] = reference("account")

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            Index(None, "school_id", "report_id"),
            CheckConstraint("kind = 'closed' OR text IS NOT NULL", name="text"),
        )
