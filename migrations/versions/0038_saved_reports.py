"""Composed reports that were saved, with whom they are shared, and what they came to by schedule."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def _of(table: str, column: str, to: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["school_id", column],
        [f"{to}.school_id", f"{to}.id"],
        name=op.f(f"{table}_school_id_{column}_fkey"),
        ondelete=ondelete,
    )


def _of_school(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f(f"{table}_school_id_fkey"))


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "saved_report",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("definition", JSONB(), nullable=False),
        sa.Column("shared_roles", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("frequency", sa.Text(), nullable=True),
        sa.Column("hour", sa.BigInteger(), nullable=True),
        sa.Column("day", sa.BigInteger(), nullable=True),
        sa.Column("next_run_at", moment, nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("changed_at", moment, nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("frequency IN ('daily', 'weekly', 'monthly')", name=op.f("saved_report_frequency_check")),
        sa.CheckConstraint("hour BETWEEN 0 AND 23", name=op.f("saved_report_hour_check")),
        sa.CheckConstraint(
            "num_nonnulls(frequency, hour, next_run_at) IN (0, 3)"
            " AND (day IS NOT NULL) = coalesce(frequency IN ('weekly', 'monthly'), false)",
            name=op.f("saved_report_schedule_check"),
        ),
        _of("saved_report", "account_id", "account"),
        _of("saved_report", "changed_by", "account"),
        _of_school("saved_report"),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("saved_report_pkey")),
    )
    for column in ("account_id", "next_run_at"):
        op.create_index(op.f(f"saved_report_school_id_{column}_idx"), "saved_report", ["school_id", column])
    op.create_table(
        "saved_report_share",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        _of("saved_report_share", "report_id", "saved_report", "CASCADE"),
        _of("saved_report_share", "account_id", "account"),
        _of_school("saved_report_share"),
        sa.PrimaryKeyConstraint("school_id", "report_id", "account_id", name=op.f("saved_report_share_pkey")),
    )
    op.create_index(
        op.f("saved_report_share_school_id_account_id_idx"), "saved_report_share", ["school_id", "account_id"]
    )
    op.create_table(
        "report_run",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("due_at", moment, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("started_at", moment, nullable=False),
        sa.Column("finished_at", moment, nullable=True),
        sa.Column("answer", JSONB(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('running', 'done', 'failed')", name=op.f("report_run_state_check")),
        sa.CheckConstraint("(state = 'running') = (finished_at IS NULL)", name=op.f("report_run_finished_check")),
        sa.CheckConstraint("(state = 'done') = (answer IS NOT NULL)", name=op.f("report_run_done_check")),
        sa.CheckConstraint("(state = 'failed') = (error IS NOT NULL)", name=op.f("report_run_failed_check")),
        _of("report_run", "report_id", "saved_report", "CASCADE"),
        _of_school("report_run"),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("report_run_pkey")),
        sa.UniqueConstraint(
            *("school_id", "report_id", "due_at"), name=op.f("report_run_school_id_report_id_due_at_key")
        ),
    )
    op.create_index(op.f("report_run_school_id_state_idx"), "report_run", ["school_id", "state"])


def downgrade() -> None:
    for table in ("report_run", "saved_report_share", "saved_report"):
        op.drop_table(table)
