"""Announcements of the school, to whom they go, and who has read them (1.7)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Computed, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from rules.school_announcements import Readership

from .base import Base, Dated, Numbered, OfSchool, Versioned, reference, some_grades
from .school_documents import Hung


class Announcement(Numbered, Dated, Versioned, Base):
    """What is made known, from its first day to its last, if it has one. `recency` puts the newest first.

    It goes to the readers of the whole school, of some grades, or of the classes and groups named beside it.
    """

    title: Mapped[str]
    text: Mapped[str]
    readers: Mapped[list[str]] = mapped_column(ARRAY(Text))
    whole_school: Mapped[bool]
    grades: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))
    pinned: Mapped[bool] = mapped_column(server_default="false")
    published_at: Mapped[datetime]
    author_id: Mapped[int] = reference("account")
    withdrawn_at: Mapped[datetime | None]
    withdrawal_reason: Mapped[str | None]
    recency: Mapped[int] = mapped_column(
        Computed("(CASE WHEN pinned THEN -100000 ELSE 0 END + (date '2000-01-01' - starts_on))", persisted=True)
    )

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        listed = ", ".join(f"'{each.value}'" for each in Readership)
        return (
            Index(None, "school_id", "recency", "id"),
            Index(None, "school_id", "author_id"),
            CheckConstraint(f"readers <@ ARRAY[{listed}] AND cardinality(readers) > 0", name="readers"),
            CheckConstraint("(withdrawn_at IS NULL) = (withdrawal_reason IS NULL)", name="withdrawn"),
            some_grades(),
        )


class AnnouncementTarget(Numbered, Base):
    """A class or a group to whose readers an announcement goes."""

    announcement_id: Mapped[int] = reference("announcement")
    class_id: Mapped[int | None] = reference("school_class")
    group_id: Mapped[int | None] = reference("study_group")

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            UniqueConstraint(
                "school_id", "announcement_id", "class_id", "group_id", postgresql_nulls_not_distinct=True
            ),
            Index(None, "school_id", "class_id"),
            Index(None, "school_id", "group_id"),
            CheckConstraint("num_nonnulls(class_id, group_id) = 1", name="of_one"),
        )


class AnnouncementAttachment(Hung, Base):
    """A file that hangs on an announcement."""

    owner = "announcement_id"

    announcement_id: Mapped[int] = reference("announcement")


class AnnouncementReceipt(OfSchool, Base):
    """That somebody has read an announcement, and when."""

    announcement_id: Mapped[int] = mapped_column(info={"reference": "announcement"}, primary_key=True)
    account_id: Mapped[int] = mapped_column(info={"reference": "account"}, primary_key=True)
    read_at: Mapped[datetime]

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (Index(None, "school_id", "account_id"),)
