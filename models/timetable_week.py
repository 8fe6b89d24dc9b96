"""The weekly timetable in its versions, and days that are moved."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from rules.timetable import LESSON_NUMBERS, WEEKDAYS, TimetableState, Weeks

from .base import Base, Numbered, Versioned, reference, words

_WEEKDAY = f"weekday BETWEEN {WEEKDAYS[0]} AND {WEEKDAYS[-1]}"


class Timetable(Numbered, Versioned, Base):
    """A version of the weekly timetable. A published one is in force from its first to its last day.

    Versions that are published do not overlap: what is published last cuts those before it. One of which nothing is
    left is replaced, and keeps the dates it had.
    """

    year_id: Mapped[int] = reference("academic_year")
    title: Mapped[str]
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    state: Mapped[str] = words(TimetableState)
    published_at: Mapped[datetime | None]

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            UniqueConstraint("school_id", "year_id", "title"),
            CheckConstraint(
                "(state = 'draft') = (published_at IS NULL) AND "
                "(state = 'draft' OR starts_on IS NOT NULL AND ends_on IS NOT NULL)",
                name="published",
            ),
        )


class TimetableEntry(Numbered, Base):
    """A lesson of every week, or of each odd or even one."""

    timetable_id: Mapped[int] = reference("timetable")
    weekday: Mapped[int]
    number: Mapped[int]
    weeks: Mapped[str] = words(Weeks)
    group_id: Mapped[int] = reference("study_group")
    subject_id: Mapped[int] = reference("subject")
    teacher_id: Mapped[int] = reference("staff")
    room_id: Mapped[int | None] = reference("room")

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            UniqueConstraint(
                *("school_id", "timetable_id", "group_id", "weekday", "number", "weeks"),
                name="timetable_entry_slot_key",
            ),
            Index(None, "school_id", "group_id"),
            Index(None, "school_id", "teacher_id"),
            Index(None, "school_id", "room_id"),
            CheckConstraint(_WEEKDAY, name="weekday"),
            CheckConstraint(f"number BETWEEN {LESSON_NUMBERS[0]} AND {LESSON_NUMBERS[-1]}", name="number"),
        )


class DayTransfer(Numbered, Versioned, Base):
    """That `to_date` is taught by a weekday's timetable (6.1), for all grades or for some.

    With `from_date` that day's own lessons are moved there, and it is a day off.
    """

    year_id: Mapped[int] = reference("academic_year")
    from_date: Mapped[date | None]
    weekday: Mapped[int]
    to_date: Mapped[date]
    grades: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))
    recorded_at: Mapped[datetime]

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            Index(None, "school_id", "year_id", "to_date"),
            CheckConstraint(_WEEKDAY, name="weekday"),
            CheckConstraint("from_date <> to_date", name="dates"),
        )
