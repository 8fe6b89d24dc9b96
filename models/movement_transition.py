"""The transition to a new school year (12): which of its steps are done, and who was put into which class."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from rules.movement_transition import TransitionState, TransitionStep

from .base import Base, Numbered, OfSchool, reference, words


class YearTransition(Numbered, Base):
    """The way from one school year to the next. One at a time is under way; until it is opened it can be taken back."""

    from_year_id: Mapped[int] = reference("academic_year")
    to_year_id: Mapped[int | None] = reference("academic_year")
    state: Mapped[str] = words(TransitionState)
    begun_at: Mapped[datetime]
    begun_by: Mapped[int] = reference("account")
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[int | None] = reference("account")

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            Index("year_transition_key", "school_id", unique=True, postgresql_where=text("state = 'under_way'")),
            Index(None, "school_id", "begun_at"),
            CheckConstraint("(state = 'under_way') = (ended_at IS NULL)", name="ended_at"),
            CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended_by"),
        )


class TransitionStepDone(OfSchool, Base):
    """That a step of a transition is done: its rows and this one were written in one transaction."""

    transition_id: Mapped[int] = mapped_column(info={"reference": "year_transition"}, primary_key=True)
    step: Mapped[str] = words(TransitionStep, primary_key=True)
    done_at: Mapped[datetime]


class TransitionPlacement(OfSchool, Base):
    """The new year's class of a student whose order leaves it open, and whose old class does not go on as one."""

    transition_id: Mapped[int] = mapped_column(info={"reference": "year_transition"}, primary_key=True)
    student_id: Mapped[int] = mapped_column(info={"reference": "student"}, primary_key=True)
    class_id: Mapped[int] = reference("school_class")
