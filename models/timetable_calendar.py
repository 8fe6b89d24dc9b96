"""Calendar feeds: links under which a calendar program reads somebody's timetable without signing in."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Numbered, reference


class CalendarFeed(Numbered, Base):
    """A link that shows what its account may see of one timetable: a student's, a class's, a teacher's or a room's.

    Of the link's secret only a digest is kept. A class that is removed with a year that was taken back takes its
    feeds along.
    """

    account_id: Mapped[int] = reference("account")
    student_id: Mapped[int | None] = reference("student")
    class_id: Mapped[int | None] = reference("school_class", ondelete="CASCADE")
    staff_id: Mapped[int | None] = reference("staff")
    room_id: Mapped[int | None] = reference("room")
    secret_digest: Mapped[str] = mapped_column(info={"secret": True})
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    fetched_at: Mapped[datetime | None]

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            UniqueConstraint("school_id", "secret_digest"),
            Index(None, "school_id", "account_id"),
            Index(None, "school_id", "class_id"),
            CheckConstraint("num_nonnulls(student_id, class_id, staff_id, room_id) = 1", name="of_one"),
        )
