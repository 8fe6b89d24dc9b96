"""Excuses: why a student is away for some days, with the document that says so (7.3)."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from rules.journal_excuses import EXCUSING, ExcuseKind

from .base import Base, Numbered, Versioned, reference, words


class Excuse(Numbered, Versioned, Base):
    """A document, or the family's word, that covers days of one school year: absences on them have its reason, `code`.

    `received_on`: when it came to the school; `due_on`: by when reasons are to be corrected; `entered_on`: when they
    were. What was withdrawn covers nothing.
    """

    year_id: Mapped[int] = reference("academic_year")
    student_id: Mapped[int] = reference("student")
    kind: Mapped[str] = words(ExcuseKind)
    code: Mapped[str] = mapped_column(Text, info={"words": [each.value for each in EXCUSING]})
    number: Mapped[str | None]
    issued_on: Mapped[date | None]
    received_on: Mapped[date]
    due_on: Mapped[date | None]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    comment: Mapped[str | None]
    entered_on: Mapped[date]
    entered_by: Mapped[int] = reference("account")
    withdrawn_at: Mapped[datetime | None]

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            Index(None, "school_id", "student_id", "starts_on"),
            CheckConstraint(
                "(kind = 'message') = (issued_on IS NULL) AND (kind = 'message') = (due_on IS NULL)"
                " AND (kind <> 'message' OR number IS NULL)",
                name="document",
            ),
        )
