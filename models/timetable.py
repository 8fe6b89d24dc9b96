"""Bells, rooms and dated lessons."""

from collections.abc import Iterable
from datetime import date as day
from datetime import time
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from rules.timetable import LESSON_NUMBERS, WEEKDAYS, LessonState

from .base import Base, Numbered, OfSchool, Versioned, reference, words


class BellSchedule(Numbered, Versioned, Base):
    """When lessons begin and end, for one shift of one year: on one day of the week, or on all without their own."""

    year_id: Mapped[int] = reference("academic_year")
    name: Mapped[str]
    shift: Mapped[int] = mapped_column(server_default="1")
    weekday: Mapped[int | None]

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            UniqueConstraint("school_id", "year_id", "name"),
            UniqueConstraint("school_id", "year_id", "shift", "weekday", postgresql_nulls_not_distinct=True),
            CheckConstraint(f"weekday BETWEEN {WEEKDAYS[0]} AND {WEEKDAYS[-1]}", name="weekday"),
        )


class Bell(OfSchool, Base):
    """One lesson of a bell schedule. Number 0 exists."""

    schedule_id: Mapped[int] = mapped_column(info={"reference": "bell_schedule"}, primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    starts_at: Mapped[time]
    ends_at: Mapped[time]


class Room(Numbered, Base):
    """A room, as it is written on the door. One that is archived is put into no timetable any more."""

    name: Mapped[str]
    archived_on: Mapped[day | None]

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (UniqueConstraint("school_id", "name"),)


class Lesson(Numbered, Versioned, Base):
    """A dated lesson: when and where, by whom, and what it was about. Times are the school's own, without a zone.

    `topic_id`: the plan's topic of this lesson (5.5); `topic` is its wording, the plan's or the teacher's own.
    `recorded_on`: the earliest day that it has stood on as held, where it was moved since: the edit lock counts from
    there (7.6), so that to put a date right opens nothing.
    """

    group_id: Mapped[int] = reference("study_group")
    subject_id: Mapped[int] = reference("subject")
    teacher_id: Mapped[int] = reference("staff")
    substitute_id: Mapped[int | None] = reference("staff")
    room_id: Mapped[int | None] = reference("room")
    date: Mapped[day]
    number: Mapped[int]
    shift: Mapped[int] = mapped_column(server_default="1")
    starts_at: Mapped[time]
    ends_at: Mapped[time]
    state: Mapped[str] = words(LessonState)
    moved_from: Mapped[day | None]
    recorded_on: Mapped[day | None]
    topic: Mapped[str | None]
    material: Mapped[str | None]
    topic_id: Mapped[int | None] = reference("topic")
    topic_pinned: Mapped[bool] = mapped_column(server_default="false")

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            # The target of the journal's references: they carry the lesson's date, and follow it when it moves.
            UniqueConstraint("school_id", "id", "date"),
            Index(None, "school_id", "group_id", "subject_id", "date"),
            Index(None, "school_id", "group_id", "date"),
            Index(None, "school_id", "date"),
            Index(None, "school_id", "teacher_id", "date"),
            Index(None, "school_id", "room_id", "date"),
            Index(
                "lesson_substituted_idx",
                "school_id",
                "group_id",
                "substitute_id",
                postgresql_where=text("substitute_id IS NOT NULL"),
            ),
            Index(
                "lesson_substitute_idx",
                "school_id",
                "substitute_id",
                "date",
                postgresql_where=text("substitute_id IS NOT NULL"),
            ),
            Index(
                "lesson_topic_idx",
                "school_id",
                "topic_id",
                "date",
                postgresql_where=text("topic_id IS NOT NULL"),
            ),
            CheckConstraint(f"number BETWEEN {LESSON_NUMBERS[0]} AND {LESSON_NUMBERS[-1]}", name="number"),
            CheckConstraint("starts_at < ends_at", name="times"),
        )
