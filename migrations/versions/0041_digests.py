"""Daily digests to those who answer for something.

Revision ID: 0041
Revises: 0040
"""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

DEADLINES = (
    *("school_card", "curriculum", "topic_plans", "documents", "timetable", "holidays", "day_transfer"),
    *("absence_reasons", "lesson_records", "homework", "written_work", "period_marks", "final_marks", "promotion"),
    *("graduation", "arrival_and_departure", "forming", "school_summaries", "federal_forms", "period_reports"),
    *("yearly_reports", "year_sheet", "accounts", "new_year", "outage_records"),
)
COUNTS = ("overdue", "due_today", "due_soon")


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _numbered() -> tuple[sa.Column[int], ...]:
    return _number("school_id"), sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False)


def _in(table: str, column: str, words: tuple[str, ...]) -> sa.CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=op.f(f"{table}_{column}_check"))


def _reference(table: str, column: str, other: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["school_id", column],
        [f"{other}.school_id", f"{other}.id"],
        name=op.f(f"{table}_school_id_{column}_fkey"),
        ondelete=ondelete,
    )


def _of_school(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f(f"{table}_school_id_fkey"))


def upgrade() -> None:
    op.create_table(
        "digest_day",
        *_numbered(),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        _of_school("digest_day"),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("digest_day_pkey")),
        sa.UniqueConstraint("school_id", "date", name=op.f("digest_day_school_id_date_key")),
    )
    op.create_table(
        "digest",
        *_numbered(),
        _number("day_id"),
        _number("account_id"),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recency", sa.BigInteger(), sa.Computed("-id", persisted=True), nullable=False),
        _reference("digest", "day_id", "digest_day"),
        _reference("digest", "account_id", "account"),
        _of_school("digest"),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("digest_pkey")),
        sa.UniqueConstraint("school_id", "account_id", "day_id", name=op.f("digest_school_id_account_id_day_id_key")),
    )
    op.create_index(op.f("digest_school_id_account_id_recency_idx"), "digest", ["school_id", "account_id", "recency"])
    op.create_index(op.f("digest_school_id_day_id_idx"), "digest", ["school_id", "day_id"])
    op.create_table(
        "digest_count",
        _number("school_id"),
        _number("digest_id"),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("deadline", sa.Text(), nullable=False),
        *(_number(name) for name in COUNTS),
        _in("digest_count", "part", ("own", "school")),
        _in("digest_count", "deadline", DEADLINES),
        sa.CheckConstraint("least(overdue, due_today, due_soon) >= 0", name=op.f("digest_count_counts_check")),
        _reference("digest_count", "digest_id", "digest", ondelete="CASCADE"),
        _of_school("digest_count"),
        sa.PrimaryKeyConstraint("school_id", "digest_id", "part", "deadline", name=op.f("digest_count_pkey")),
    )


def downgrade() -> None:
    for table in ("digest_count", "digest", "digest_day"):
        op.drop_table(table)
