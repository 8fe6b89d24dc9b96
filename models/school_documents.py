"""Files that people upload, and the «Документы» section (5.7)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from rules.school_documents import DocumentKind

from .base import Base, Numbered, reference, words


class File(Numbered, Base):
    """A file that was uploaded: its bytes lie in the file store under `digest` (SHA-256, hex)."""

    digest: Mapped[str]
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    uploaded_at: Mapped[datetime]
    uploaded_by: Mapped[int] = reference("account")

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (Index(None, "school_id", "uploaded_by"),)


class Hung(Numbered):
    """A file that hangs on the row to which the column `owner` refers, once."""

    owner: ClassVar[str]

    file_id: Mapped[int] = reference("file")

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (UniqueConstraint("school_id", cls.owner, "file_id"), Index(None, "school_id", "file_id"))


class Document(Numbered, Base):
    """A document of an academic year, for everyone in the school to read (5.7). A withdrawn one is kept."""

    year_id: Mapped[int] = reference("academic_year")
    kind: Mapped[str] = words(DocumentKind)
    title: Mapped[str]
    file_id: Mapped[int] = reference("file")
    published_at: Mapped[datetime]
    published_by: Mapped[int] = reference("account")
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[int | None] = reference("account")

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            Index(None, "school_id", "year_id", "kind", "published_at"),
            Index(None, "school_id", "file_id"),
            CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_by IS NULL)", name="withdrawn"),
        )
