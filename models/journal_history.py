"""Versions: every state that a row of the journal has had, from when to when, and the command that made it so.

A version is written by a trigger, whichever path changes the row, and never changes but for the end of its time
(`migrations/past.py`). What stood at a moment is read from these tables through the views of the schema `past`, which
have the names and columns of the tables themselves.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Numbered, reference
from .journal import Attachment, Attendance, Homework, HomeworkRecipient, Mark, RollCall, Task, TaskRecipient
from .journal_finals import FinalMark
from .timetable import Lesson

STAMPS = ("version", "changed_at", "changed_by")


class Past:
    """What a version has beside the row's own columns. It stands from `valid_from` until just before `valid_to`.

    valid_to: null while it stands. entry_id: the audit entry of the command that made it so; null for what stood before
    versions were kept. removed: that from then on there is no row; the columns are its last.
    """

    valid_from: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True), sort_order=95)
    valid_to: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True), sort_order=96)
    entry_id: Mapped[int | None] = reference("audit_entry", sort_order=97)
    removed: Mapped[bool] = mapped_column(server_default="false", sort_order=98)


VERSIONS: dict[str, Any] = {}
"""The versions of each table that keeps them, by the table's name."""


def _versions(
    model: Any,
    *by: str,
    key: Sequence[str] = ("id",),
    only: Collection[str] = (),
    more: Mapping[str, Any] | None = None,
) -> Any:
    """The table of a model's versions. by: columns by which they are found; key: those that tell the rows apart.

    `only`: the columns that are kept, where others are another table's matter. The day of a lesson is always the
    lesson's.
    """
    table = model.__table__
    dropped = {"school_id", "lesson_date", *key}
    names = [*only, *STAMPS] if only else [name for name in table.columns.keys() if name not in dropped]  # noqa: SIM118
    of_row = ["row_id" if name == "id" else name for name in key]
    columns = {
        name: mapped_column(table.columns[old].type, nullable=False) for name, old in zip(of_row, key, strict=True)
    }
    columns |= {name: mapped_column(table.columns[name].type, nullable=True) for name in names}

    def constraints(cls: Any) -> Any:
        yield Index(f"{table.name}_version_row_idx", "school_id", *of_row, "valid_from", unique=True)
        for column in by:
            yield Index(f"{table.name}_version_{column}_idx", "school_id", column)

    made = type(
        f"{model.__name__}Version",
        (Numbered, Past, Base),
        {"__module__": __name__, **columns, **(more or {}), "constraints": classmethod(constraints)},
    )
    VERSIONS[table.name] = made
    return made


MarkVersion = _versions(Mark, "task_id", "student_id", "lesson_id")
AttendanceVersion = _versions(Attendance, "student_id", "lesson_id")
TaskVersion = _versions(Task, "lesson_id")
HomeworkVersion = _versions(Homework, "lesson_id")
RollCallVersion = _versions(RollCall, "lesson_id")
LessonVersion = _versions(Lesson, only=("state", "topic", "material", "topic_id"))
FinalMarkVersion = _versions(FinalMark, "student_id")

# Parts: what belongs to a row that has versions, and is told apart by its key alone.
TaskRecipientVersion = _versions(TaskRecipient, "student_id", key=("task_id", "student_id"))
HomeworkRecipientVersion = _versions(HomeworkRecipient, "student_id", key=("homework_id", "student_id"))
AttachmentVersion = _versions(Attachment, "task_id", "homework_id")
