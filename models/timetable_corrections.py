"""Corrections of dated lessons, and the absences of staff that call for them."""

from collections.abc import Iterable
from datetime import date as day
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from rules.timetable_absences import AbsenceKind
from rules.timetable_corrections import CorrectionKind

from .base import Base, Dated, Numbered, Versioned, reference, words


class LessonCorrection(Numbered, Base):
    """What was done to a dated lesson, why, when and by whom; and what the lesson was before. Never changed."""

    lesson_id: Mapped[int] = reference("lesson")
    kind: Mapped[str] = words(CorrectionKind)
    reason: Mapped[str | None]
    made_at: Mapped[datetime]
    made_by: Mapped[int] = reference("account")
    date: Mapped[day | None]
    number: Mapped[int | None]
    subject_id: Mapped[int | None] = reference("subject")
    teacher_id: Mapped[int | None] = reference("staff")
    substitute_id: Mapped[int | None] = reference("staff")
    room_id: Mapped[int | None] = reference("room")

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            Index(None, "school_id", "lesson_id"),
            CheckConstraint("(kind = 'added') = (date IS NULL)", name="before"),
        )


class StaffAbsence(Numbered, Dated, Versioned, Base):
    """That an employee is not there, from when to when; without a last day, until further notice (6.5)."""

    staff_id: Mapped[int] = reference("staff")
    kind: Mapped[str] = words(AbsenceKind)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[int] = reference("account")

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            UniqueConstraint("school_id", "staff_id", "starts_on"),
            Index(
                "staff_absence_open_key", "school_id", "staff_id", unique=True, postgresql_where=text("ends_on IS NULL")
            ),
        )
