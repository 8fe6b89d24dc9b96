"""Sets of reports that are printed in the background."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from rules.report_sets import SetState

from .base import Base, Numbered, reference, words


class ReportSet(Numbered, Base):
    """A set of reports: whose it is, from which session, and how far it has come.

    asked: what its reports are asked for. prints: each as `[report, of, folder, asked]`. left: how many are not in its
    file; omitted: those of them known before printing, each as `[report, of, folder, why]`. taken: how often a process
    has begun with it; beat_at: when that process last said that it lives, by the database's clock. error: the code of
    why it ended without a file. digest, size: of the file in the store.
    """

    account_id: Mapped[int] = reference("account")
    session_id: Mapped[int] = reference("session")
    asked: Mapped[dict[str, Any]] = mapped_column(JSONB, info={"secret": True})
    formats: Mapped[list[str]] = mapped_column(JSONB, info={"secret": True})
    prints: Mapped[list[Any]] = mapped_column(JSONB, info={"secret": True})
    state: Mapped[str] = words(SetState, server_default=SetState.QUEUED.value)
    done: Mapped[int] = mapped_column(server_default="0")
    total: Mapped[int]
    left: Mapped[int] = mapped_column(server_default="0")
    omitted: Mapped[list[Any]] = mapped_column(JSONB, server_default="[]", info={"secret": True})
    current: Mapped[str | None]
    error: Mapped[str | None]
    taken: Mapped[int] = mapped_column(server_default="0")
    beat_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    digest: Mapped[str | None] = mapped_column(info={"secret": True})
    size: Mapped[int | None]

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        unfinished = text("state IN ('queued', 'running')")
        return (
            Index("report_set_unfinished_idx", "school_id", "id", postgresql_where=unfinished),
            Index("report_set_expiring_idx", "school_id", "expires_at", postgresql_where=text("state = 'done'")),
            Index(None, "school_id", "account_id", "id"),
            Index(None, "school_id", "session_id"),
            CheckConstraint("done BETWEEN 0 AND total", name="done"),
            CheckConstraint("(state = 'done') = (num_nonnulls(digest, size, expires_at) = 3)", name="file"),
            CheckConstraint("(state = 'failed') = (error IS NOT NULL)", name="error"),
            CheckConstraint("(state IN ('queued', 'running')) = (finished_at IS NULL)", name="finished"),
        )
