"""Events of the school and of classes (6.1)."""

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Numbered, OfSchool, Versioned, reference


class Event(Numbered, Versioned, Base):
    """An event: whole days, or with hours in the school's own time; for the whole school, for grades, for classes."""

    year_id: Mapped[int] = reference("academic_year")
    title: Mapped[str]
    description: Mapped[str | None]
    place: Mapped[str | None]
    starts_on: Mapped[date]
    starts_at: Mapped[time | None]
    ends_on: Mapped[date]
    ends_at: Mapped[time | None]
    for_all: Mapped[bool]
    grades: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))
    cancelled_at: Mapped[datetime | None]

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            Index(None, "school_id", "starts_on"),
            CheckConstraint("(starts_at IS NULL) = (ends_at IS NULL)", name="hours"),
            CheckConstraint("NOT for_all OR grades IS NULL", name="for_all"),
        )


class EventClass(OfSchool, Base):
    """A class that an event is for."""

    event_id: Mapped[int] = mapped_column(info={"reference": "event"}, primary_key=True)
    class_id: Mapped[int] = mapped_column(info={"reference": "school_class"}, primary_key=True)

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (Index(None, "school_id", "class_id"),)
