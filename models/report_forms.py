"""Federal forms (3.3–3.5): what is filled in by hand, what each closing froze, and by when a form is due (10.3)."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from rules.report_forms import FormState

from .base import Base, Numbered, Versioned, reference, words


class FederalForm(Numbered, Versioned, Base):
    """A form as of a day of a year, by an edition of its definition. `cells`: the manual ones, cell to number."""

    year_id: Mapped[int] = reference("academic_year")
    code: Mapped[str]
    edition: Mapped[str]
    reported_on: Mapped[date]
    state: Mapped[str] = words(FormState, server_default=FormState.OPEN.value)
    opened_at: Mapped[datetime]
    opened_by: Mapped[int] = reference("account")
    cells: Mapped[dict[str, str]] = mapped_column(JSONB, info={"secret": True})

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (UniqueConstraint("school_id", "code", "reported_on"), Index(None, "school_id", "year_id"))


class FormClosing(Numbered, Base):
    """That a form was closed, what was frozen then, and if it was opened again, why. One stands at a time.

    `content` is the exact bytes of the snapshot; `digest` their SHA-256, hexadecimal. approval: by which document the
    director has approved it (3.5). A trigger keeps rows as they are, but for the reopening.
    """

    form_id: Mapped[int] = reference("federal_form")
    edition: Mapped[str]
    closed_at: Mapped[datetime]
    closed_by: Mapped[int] = reference("account")
    approval: Mapped[str]
    digest: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary, info={"secret": True})
    reopened_at: Mapped[datetime | None]
    reopened_by: Mapped[int | None] = reference("account")
    reason: Mapped[str | None]

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            Index(
                "form_closing_standing_key",
                *("school_id", "form_id"),
                unique=True,
                postgresql_where=text("reopened_at IS NULL"),
            ),
            Index(None, "school_id", "form_id", "id"),
            CheckConstraint("digest = encode(sha256(content), 'hex')", name="digest"),
            CheckConstraint("num_nonnulls(reopened_at, reopened_by, reason) IN (0, 3)", name="reopened"),
        )


class FormDate(Numbered, Versioned, Base):
    """By when a form of a year is due, as agreed with the authority (10.3)."""

    year_id: Mapped[int] = reference("academic_year")
    code: Mapped[str]
    due_on: Mapped[date]

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (UniqueConstraint("school_id", "year_id", "code"),)
