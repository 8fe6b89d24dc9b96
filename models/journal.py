"""What is written at a lesson: tasks, marks, attendance, the roll call, homework.

Each row carries its lesson's date beside the lesson. The references that hold the two together follow a lesson when it
moves, and let a student's period be read from one index.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Computed, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from rules.journal import MARK_VALUES, WEIGHTS, AttendanceCode

from .base import Base, Numbered, OfSchool, Versioned, reference, words

_WEIGHT = f"weight BETWEEN {WEIGHTS[0]} AND {WEIGHTS[-1]}"


class AtLesson:
    """A row written at a lesson, under the lesson's date."""

    lesson_id: Mapped[int] = mapped_column(sort_order=-5)
    lesson_date: Mapped[date] = mapped_column(sort_order=-4)


def of_lesson() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["school_id", "lesson_id", "lesson_date"],
        ["lesson.school_id", "lesson.id", "lesson.date"],
        onupdate="CASCADE",
    )


SET_LATE = "mark.set_at >= timezone('UTC', mark.lesson_date + time '12:00')"
"""That a mark may have been set after its lesson's day: nowhere in the country does a day end before noon in UTC."""

OWED_OR_MADE_UP = "mark.value = '.' OR mark.made_up_on IS NOT NULL"
"""That work is owed, or has been made up for."""


class WorkType(Numbered, Base):
    """A kind of work («Контрольная работа») with the weight its marks have in the weighted average.

    written: that its marks are due within a term of their own (7.4).
    """

    name: Mapped[str]
    short_name: Mapped[str]
    weight: Mapped[int]
    position: Mapped[int]
    written: Mapped[bool]

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            UniqueConstraint("school_id", "name"),
            CheckConstraint(_WEIGHT, name="weight"),
        )


class Task(Numbered, AtLesson, Versioned, Base):
    """A piece of work at a lesson for which marks are set: for everyone in the group, or for the students named beside
    it. Several a lesson, in a stable order (7.4).
    """

    work_type_id: Mapped[int] = reference("work_type")
    position: Mapped[int]
    name: Mapped[str | None]
    weight: Mapped[int]
    due_on: Mapped[date | None]
    for_all: Mapped[bool] = mapped_column(server_default="true")

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            of_lesson(),
            UniqueConstraint("school_id", "id", "lesson_id", "lesson_date"),
            UniqueConstraint("school_id", "lesson_id", "position"),
            Index("task_due_idx", "school_id", "due_on", postgresql_where=text("due_on IS NOT NULL")),
            CheckConstraint(_WEIGHT, name="weight"),
        )


class TaskRecipient(OfSchool, Base):
    """A student named in a task that is not for everyone."""

    task_id: Mapped[int] = mapped_column(info={"reference": "task"}, primary_key=True)
    student_id: Mapped[int] = mapped_column(info={"reference": "student"}, primary_key=True)

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (Index(None, "school_id", "student_id"),)


class Mark(Numbered, AtLesson, Versioned, Base):
    """A student's mark for a task: a word of the mark's domain, with a number where it is one (7.4).

    `made_up_on`: the day on which the missed or owed work was really made up for (7.5).
    """

    task_id: Mapped[int]
    student_id: Mapped[int] = reference("student")
    value: Mapped[str] = mapped_column(info={"words": MARK_VALUES})
    number: Mapped[int | None] = mapped_column(
        Computed("CASE WHEN value IN ('1', '2', '3', '4', '5') THEN value::bigint END", persisted=True)
    )
    comment: Mapped[str | None]
    set_at: Mapped[datetime]
    made_up_on: Mapped[date | None]

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            ForeignKeyConstraint(
                ["school_id", "task_id", "lesson_id", "lesson_date"],
                ["task.school_id", "task.id", "task.lesson_id", "task.lesson_date"],
                onupdate="CASCADE",
            ),
            UniqueConstraint("school_id", "task_id", "student_id"),
            Index(
                "mark_of_student_idx",
                "school_id",
                "student_id",
                "lesson_date",
                "id",
                postgresql_include=["task_id", "value", "number"],
            ),
            Index(None, "school_id", "lesson_id"),
            Index("mark_set_late_idx", "school_id", "task_id", postgresql_where=text(SET_LATE)),
            Index("mark_owed_idx", "school_id", "lesson_date", postgresql_where=text(OWED_OR_MADE_UP)),
        )


class Attendance(Numbered, AtLesson, Versioned, Base):
    """That a student was not at a lesson, or not at all of it, and why (7.3). It stays beside a later mark (7.5).

    `excuse_id`: what the reason comes from, if not from who called the roll; `code_before`: what the reason was without
    it, null where nobody else has told of the absence.
    """

    student_id: Mapped[int] = reference("student")
    code: Mapped[str] = words(AttendanceCode)
    code_before: Mapped[str | None] = words(AttendanceCode)
    excuse_id: Mapped[int | None] = reference("excuse")
    minutes_late: Mapped[int | None]
    comment: Mapped[str | None]

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            of_lesson(),
            UniqueConstraint("school_id", "lesson_id", "student_id"),
            Index(None, "school_id", "student_id", "lesson_date"),
            Index(
                "attendance_of_excuse_idx",
                "school_id",
                "excuse_id",
                "lesson_date",
                "id",
                postgresql_where=text("excuse_id IS NOT NULL"),
            ),
            CheckConstraint("minutes_late IS NULL OR (code = 'late' AND minutes_late > 0)", name="minutes_late"),
            CheckConstraint("excuse_id IS NOT NULL OR code_before IS NULL", name="excused"),
        )


class RollCall(Numbered, AtLesson, Versioned, Base):
    """That the roll was called: "everyone present" and "not filled in yet" are different facts."""

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (of_lesson(), UniqueConstraint("school_id", "lesson_id"))


class Homework(Numbered, AtLesson, Versioned, Base):
    """Homework given at a lesson: for everyone in the group, or for the students named beside it (7.2)."""

    text: Mapped[str]
    for_all: Mapped[bool]
    due_on: Mapped[date | None]
    published_at: Mapped[datetime]

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (of_lesson(), Index(None, "school_id", "lesson_id"))


class HomeworkRecipient(OfSchool, Base):
    """A student named in an individual homework."""

    homework_id: Mapped[int] = mapped_column(info={"reference": "homework"}, primary_key=True)
    student_id: Mapped[int] = mapped_column(info={"reference": "student"}, primary_key=True)

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (Index(None, "school_id", "student_id"),)


class Attachment(Numbered, Base):
    """A file that hangs on a task, a homework or an excuse; whoever may see what it hangs on may fetch it."""

    file_id: Mapped[int] = reference("file")
    task_id: Mapped[int | None] = reference("task")
    homework_id: Mapped[int | None] = reference("homework")
    excuse_id: Mapped[int | None] = reference("excuse")

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            Index(None, "school_id", "task_id"),
            Index(None, "school_id", "homework_id"),
            Index(None, "school_id", "excuse_id"),
            Index(None, "school_id", "file_id"),
            CheckConstraint("num_nonnulls(task_id, homework_id, excuse_id) = 1", name="one_owner"),
        )
