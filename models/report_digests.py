"""Daily digests: one a working day for each person who answers for something that is late or due."""

from collections.abc import Iterable
from datetime import date as day
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Computed, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from rules.report_deadlines import Deadline
from rules.report_digests import DigestPart

from .base import Base, Numbered, OfSchool, reference


class DigestDay(Numbered, Base):
    """That a school's digests of a day have been written, though nobody may have needed one.

    until: the last day that was due soon.
    """

    date: Mapped[day]
    until: Mapped[day]
    written_at: Mapped[datetime]

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (UniqueConstraint("school_id", "date"),)


class Digest(Numbered, Base):
    """What one person was told that day. `recency` puts the newest first."""

    day_id: Mapped[int] = reference("digest_day")
    account_id: Mapped[int] = reference("account")
    read_at: Mapped[datetime | None]
    recency: Mapped[int] = mapped_column(Computed("-id", persisted=True))

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            UniqueConstraint("school_id", "account_id", "day_id"),
            Index(None, "school_id", "account_id", "recency"),
            Index(None, "school_id", "day_id"),
        )


class DigestCount(OfSchool, Base):
    """How many obligations of a deadline were overdue, due that day, and due soon, when the digest was written."""

    digest_id: Mapped[int] = mapped_column(info={"reference": "digest", "ondelete": "CASCADE"}, primary_key=True)
    part: Mapped[str] = mapped_column(info={"words": [each.value for each in DigestPart]}, primary_key=True)
    deadline: Mapped[str] = mapped_column(info={"words": [each.value for each in Deadline]}, primary_key=True)
    overdue: Mapped[int]
    due_today: Mapped[int]
    due_soon: Mapped[int]

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (CheckConstraint("least(overdue, due_today, due_soon) >= 0", name="counts"),)
