"""Messages between the school and families: threads, their members, what was written, and who has read it (1.7)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Computed, Index
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Numbered, OfSchool, reference
from .school_documents import Hung


class MessageThread(Numbered, Base):
    """A conversation of a few people, maybe about one student. `recency` puts the one last written in first."""

    subject: Mapped[str]
    student_id: Mapped[int | None] = reference("student")
    started_at: Mapped[datetime]
    started_by: Mapped[int] = reference("account")
    last_sent_at: Mapped[datetime]
    recency: Mapped[int] = mapped_column(
        Computed("(extract(epoch FROM last_sent_at AT TIME ZONE 'UTC') * -1000000)::bigint", persisted=True)
    )

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (Index(None, "school_id", "student_id"),)


class ThreadMember(OfSchool, Base):
    """One who reads and writes in a thread, from its beginning to its end."""

    thread_id: Mapped[int] = mapped_column(info={"reference": "message_thread"}, primary_key=True)
    account_id: Mapped[int] = mapped_column(info={"reference": "account"}, primary_key=True)

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (Index(None, "school_id", "account_id", "thread_id"),)


class Message(Numbered, Base):
    """What one member wrote. Never changed; withdrawn, it stays, and nobody reads its text or its files any more."""

    thread_id: Mapped[int] = reference("message_thread")
    author_id: Mapped[int] = reference("account")
    text: Mapped[str]
    sent_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    recency: Mapped[int] = mapped_column(Computed("-id", persisted=True))

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            Index(None, "school_id", "thread_id", "recency"),
            Index(None, "school_id", "author_id", "sent_at"),
        )


class MessageAttachment(Hung, Base):
    """A file that was sent with a message."""

    owner = "message_id"

    message_id: Mapped[int] = reference("message")


class MessageReceipt(OfSchool, Base):
    """That a member, not the author, has read a message, and when."""

    message_id: Mapped[int] = mapped_column(info={"reference": "message"}, primary_key=True)
    account_id: Mapped[int] = mapped_column(info={"reference": "account"}, primary_key=True)
    read_at: Mapped[datetime]

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (Index(None, "school_id", "account_id"),)
