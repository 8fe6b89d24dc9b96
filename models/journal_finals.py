"""Marks that sum up: of periods, years, exams, and final ones; the rules that propose them, and closed periods."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Computed, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from rules.journal_finals import FEWEST_MARKS, FINAL_VALUES, ROUND_UP_FROM, FinalKind

from .base import Base, Numbered, Versioned, reference, words


class FinalMark(Numbered, Versioned, Base):
    """What a teacher decided of a student in a subject, for a period, a year, its exam, or in the end (7.7–7.10).

    class_id: the class in which it was set. proposed: what the school's rule proposed at the decision.
    """

    student_id: Mapped[int] = reference("student")
    subject_id: Mapped[int] = reference("subject")
    year_id: Mapped[int]
    class_id: Mapped[int]
    kind: Mapped[str] = words(FinalKind)
    period_id: Mapped[int | None]
    value: Mapped[str] = mapped_column(info={"words": FINAL_VALUES})
    number: Mapped[int | None] = mapped_column(
        Computed("CASE WHEN value IN ('1', '2', '3', '4', '5') THEN value::bigint END", persisted=True)
    )
    proposed: Mapped[str | None] = mapped_column(info={"words": FINAL_VALUES})
    set_at: Mapped[datetime]

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            UniqueConstraint(
                *("school_id", "student_id", "subject_id", "year_id", "kind", "period_id"),
                name="final_mark_slot_key",
                postgresql_nulls_not_distinct=True,
            ),
            # Class and period are of that very year.
            ForeignKeyConstraint(
                ["school_id", "class_id", "year_id"],
                ["school_class.school_id", "school_class.id", "school_class.year_id"],
            ),
            ForeignKeyConstraint(
                ["school_id", "period_id", "year_id"], ["period.school_id", "period.id", "period.year_id"]
            ),
            CheckConstraint("(kind = 'period') = (period_id IS NOT NULL)", name="period"),
            Index(None, "school_id", "class_id", "period_id"),
            Index(None, "school_id", "period_id"),
        )


class MarkSlot(Base):
    """View: what there is to be marked in a class: each period, then the year, its exam, and the end.

    Days are those of the period, or from the year's first to the last of its last period.
    """

    __tablename__ = "mark_slot"
    __table_args__ = {"info": {"view": True}}  # noqa: RUF012

    school_id: Mapped[int] = mapped_column(primary_key=True)
    class_id: Mapped[int] = mapped_column(primary_key=True)
    year_id: Mapped[int]
    grade: Mapped[int]
    kind: Mapped[str] = mapped_column(primary_key=True)
    period_id: Mapped[int | None] = mapped_column(primary_key=True)
    position: Mapped[int]
    starts_on: Mapped[date]
    ends_on: Mapped[date]


class MarkRule(Numbered, Versioned, Base):
    """How marks are proposed from averages, in one subject or (null) in all that have no rule of their own."""

    subject_id: Mapped[int | None] = reference("subject")
    round_up_from: Mapped[int]
    weighted: Mapped[bool]
    fewest: Mapped[int]

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            UniqueConstraint("school_id", "subject_id", postgresql_nulls_not_distinct=True),
            CheckConstraint(f"round_up_from BETWEEN {ROUND_UP_FROM[0]} AND {ROUND_UP_FROM[-1]}", name="round_up_from"),
            CheckConstraint(f"fewest BETWEEN {FEWEST_MARKS[0]} AND {FEWEST_MARKS[-1]}", name="fewest"),
        )


class PeriodClosing(Numbered, Base):
    """That a period was closed for a class, and if so, why it was opened again. One stands at a time."""

    class_id: Mapped[int] = reference("school_class")
    period_id: Mapped[int] = reference("period")
    closed_at: Mapped[datetime]
    closed_by: Mapped[int | None] = reference("account")
    reopened_at: Mapped[datetime | None]
    reopened_by: Mapped[int | None] = reference("account")
    reason: Mapped[str | None]

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            Index(
                "period_closing_standing_key",
                *("school_id", "class_id", "period_id"),
                unique=True,
                postgresql_where=text("reopened_at IS NULL"),
            ),
            Index(None, "school_id", "class_id", "id"),
            Index(None, "school_id", "period_id"),
            CheckConstraint("(reopened_at IS NULL) = (reason IS NULL)", name="reopened"),
        )


class ExamDate(Numbered, Versioned, Base):
    """On which day the results of a class's exam in a subject are announced: its marks are due then (7.10)."""

    class_id: Mapped[int] = reference("school_class")
    subject_id: Mapped[int] = reference("subject")
    announced_on: Mapped[date]

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (UniqueConstraint("school_id", "class_id", "subject_id"), Index(None, "school_id", "subject_id"))
