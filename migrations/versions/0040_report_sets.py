"""Sets of reports that are printed in the background.

Revision ID: 0040
Revises: 0039
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

CHECKS = {
    "state": "state IN ('queued', 'running', 'done', 'failed', 'cancelled', 'expired')",
    "done": "done BETWEEN 0 AND total",
    "file": "(state = 'done') = (num_nonnulls(digest, size, expires_at) = 3)",
    "error": "(state = 'failed') = (error IS NOT NULL)",
    "finished": "(state IN ('queued', 'running')) = (finished_at IS NULL)",
}
MOMENTS = {"beat_at": True, "created_at": False, "finished_at": True, "expires_at": True}


def upgrade() -> None:
    jsonb = postgresql.JSONB(astext_type=sa.Text())
    op.create_table(
        "report_set",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        *(sa.Column(of, sa.BigInteger(), nullable=False) for of in ("account_id", "session_id")),
        *(sa.Column(name, jsonb, nullable=False) for name in ("asked", "formats", "prints")),
        sa.Column("state", sa.Text(), server_default="queued", nullable=False),
        sa.Column("done", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("left", sa.BigInteger(), server_default="0", nullable=False),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("current", "error")),
        sa.Column("taken", sa.BigInteger(), server_default="0", nullable=False),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=null) for name, null in MOMENTS.items()),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        *(sa.CheckConstraint(rule, name=op.f(f"report_set_{name}_check")) for name, rule in CHECKS.items()),
        *(
            sa.ForeignKeyConstraint(
                ["school_id", f"{of}_id"],
                [f"{of}.school_id", f"{of}.id"],
                name=op.f(f"report_set_school_id_{of}_id_fkey"),
            )
            for of in ("account", "session")
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("report_set_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("report_set_pkey")),
    )
    op.create_index(
        "report_set_unfinished_idx",
        "report_set",
        ["school_id", "id"],
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )
    op.create_index(
        "report_set_expiring_idx",
        "report_set",
        ["school_id", "expires_at"],
        postgresql_where=sa.text("state = 'done'"),
    )
    op.create_index(op.f("report_set_school_id_account_id_id_idx"), "report_set", ["school_id", "account_id", "id"])
    op.create_index(op.f("report_set_school_id_session_id_idx"), "report_set", ["school_id", "session_id"])


def downgrade() -> None:
    op.drop_table("report_set")
