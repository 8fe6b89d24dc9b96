"""Remarks of the deputy to teachers about how journals are kept (7.11)."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from rules.report_control import FAULTS

from .base import Base, Numbered, Versioned, reference

STANDS = "closed_at IS NULL AND withdrawn_at IS NULL"
"""That nobody has closed or withdrawn it, nor has it been seen to be mended."""


class Remark(Numbered, Versioned, Base):
    """A remark to a teacher. finding, key0…key2: what it was made from, if the control has found it.

    closed_by: null where what was found has been mended; closed_at: when that was seen. comment: what was said at the
    end.
    """

    staff_id: Mapped[int] = reference("staff")
    year_id: Mapped[int] = reference("academic_year")
    class_id: Mapped[int | None] = reference("school_class")
    group_id: Mapped[int | None] = reference("study_group")
    subject_id: Mapped[int | None] = reference("subject")
    lesson_id: Mapped[int | None] = reference("lesson")
    period_id: Mapped[int | None] = reference("period")
    student_id: Mapped[int | None] = reference("student")
    finding: Mapped[str | None] = mapped_column(info={"words": [each.value for each in FAULTS]})
    key0: Mapped[int | None]
    key1: Mapped[int | None]
    key2: Mapped[int | None]
    clause: Mapped[str]
    text: Mapped[str]
    due_on: Mapped[date | None]
    made_at: Mapped[datetime]
    made_by: Mapped[int] = reference("account")
    answer: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[int | None] = reference("account")
    withdrawn_at: Mapped[datetime | None]
    comment: Mapped[str | None]

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            Index(
                "remark_standing_key",
                *("school_id", "finding", "key0", "key1", "key2"),
                unique=True,
                postgresql_where=text(f"finding IS NOT NULL AND {STANDS}"),
            ),
            *(Index(None, "school_id", of) for of in ("staff_id", "class_id", "subject_id", "lesson_id", "student_id")),
            CheckConstraint("num_nulls(finding, key0, key1, key2) IN (0, 4)", name="found"),
            CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="answered"),
            CheckConstraint("num_nonnulls(closed_at, withdrawn_at) <= 1", name="ended"),
            CheckConstraint("closed_by IS NULL OR closed_at IS NOT NULL", name="closed"),
            CheckConstraint("closed_at IS NULL OR closed_by IS NOT NULL OR finding IS NOT NULL", name="mended"),
        )
