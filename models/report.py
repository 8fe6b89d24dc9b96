"""Certified prints of reports (10.1): what a report said, under a number, for whoever holds the paper to check."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from rules.report import Report

from .base import Base, Numbered, reference, words


class CertifiedReport(Numbered, Base):
    """A report as it stood when somebody answered for it, under the school's own number.

    class_id, staff_id, student_id: of what it is; of the school if of none of them. asked: what it was asked for.
    `content` is the report itself, packed; `digest` its SHA-256, hexadecimal. A trigger keeps rows as they are.
    """

    number: Mapped[int]
    report: Mapped[str] = words(Report)
    class_id: Mapped[int | None] = reference("school_class")
    staff_id: Mapped[int | None] = reference("staff")
    student_id: Mapped[int | None] = reference("student")
    asked: Mapped[dict[str, Any]] = mapped_column(JSONB)
    issued_at: Mapped[datetime]
    issued_by: Mapped[int] = reference("account")
    digest: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary, info={"secret": True})

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            UniqueConstraint("school_id", "number"),
            *(Index(None, "school_id", of) for of in ("class_id", "staff_id", "student_id")),
            CheckConstraint("digest = encode(sha256(content), 'hex')", name="digest"),
            CheckConstraint("num_nonnulls(class_id, staff_id, student_id) <= 1", name="of"),
        )
