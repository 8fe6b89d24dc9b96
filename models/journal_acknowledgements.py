"""That a parent has seen a week of their child's diary."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from .base import Base, Numbered, reference


class WeekAcknowledgement(Numbered, Base):
    """A parent's signature under a week, which begins on a Monday. It is never changed and never taken back."""

    student_id: Mapped[int] = reference("student")
    guardian_id: Mapped[int] = reference("guardian")
    week_starts_on: Mapped[date]
    acknowledged_at: Mapped[datetime]

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            UniqueConstraint("school_id", "student_id", "week_starts_on", "guardian_id"),
            Index(None, "school_id", "guardian_id"),
            CheckConstraint("extract(isodow FROM week_starts_on) = 1", name="monday"),
        )
