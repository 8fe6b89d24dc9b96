"""Federal forms: what is filled in, what was frozen at each closing, and by when they are due."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

EVENTS = {
    "added": ("INSERT", "NEW TABLE AS touched"),
    "replaced": ("UPDATE", "OLD TABLE AS touched"),
    "changed": ("UPDATE", "NEW TABLE AS touched"),
    "removed": ("DELETE", "OLD TABLE AS touched"),
}
VERSIONED = ("federal_form", "form_date")
FROZEN = "form_id, edition, closed_at, closed_by, approval, digest, content"


def _row(name: str) -> str:
    return ", ".join(f"{name}.{column}" for column in FROZEN.split(", "))


def _numbered() -> list[sa.Column[Any]]:
    return [
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
    ]


def _versioned() -> list[sa.Column[Any]]:
    return [
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=True),
    ]


def _keys(table: str, **columns: str) -> list[sa.Constraint]:
    """The primary key, and the references to rows of the same school."""
    return [
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f(f"{table}_pkey")),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f(f"{table}_school_id_fkey")),
        *(
            sa.ForeignKeyConstraint(
                ["school_id", column],
                [f"{other}.school_id", f"{other}.id"],
                name=op.f(f"{table}_school_id_{column}_fkey"),
            )
            for column, other in columns.items()
        ),
    ]


def upgrade() -> None:
    op.create_table(
        "federal_form",
        *_numbered(),
        sa.Column("year_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("reported_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.BigInteger(), nullable=False),
        sa.Column("cells", JSONB(), nullable=False),
        *_versioned(),
        sa.CheckConstraint("state IN ('open', 'closed')", name=op.f("federal_form_state_check")),
        sa.UniqueConstraint(
            "school_id", "code", "reported_on", name=op.f("federal_form_school_id_code_reported_on_key")
        ),
        *_keys("federal_form", year_id="academic_year", opened_by="account", changed_by="account"),
    )
    op.create_index(op.f("federal_form_school_id_year_id_idx"), "federal_form", ["school_id", "year_id"])
    op.create_table(
        "form_closing",
        *_numbered(),
        sa.Column("form_id", sa.BigInteger(), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_by", sa.BigInteger(), nullable=False),
        sa.Column("approval", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("reopened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reopened_by", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("digest = encode(sha256(content), 'hex')", name=op.f("form_closing_digest_check")),
        sa.CheckConstraint(
            "num_nonnulls(reopened_at, reopened_by, reason) IN (0, 3)", name=op.f("form_closing_reopened_check")
        ),
        *_keys("form_closing", form_id="federal_form", closed_by="account", reopened_by="account"),
    )
    op.create_index(op.f("form_closing_school_id_form_id_id_idx"), "form_closing", ["school_id", "form_id", "id"])
    op.create_index(
        "form_closing_standing_key",
        "form_closing",
        ["school_id", "form_id"],
        unique=True,
        postgresql_where=sa.text("reopened_at IS NULL"),
    )
    op.create_table(
        "form_date",
        *_numbered(),
        sa.Column("year_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        *_versioned(),
        sa.UniqueConstraint("school_id", "year_id", "code", name=op.f("form_date_school_id_year_id_code_key")),
        *_keys("form_date", year_id="academic_year", changed_by="account"),
    )
    for table in VERSIONED:
        op.execute(
            f"CREATE TRIGGER {table}_history AFTER UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION keep_history()"
        )
        for name, (event, rows) in EVENTS.items():
            op.execute(
                f"CREATE TRIGGER {table}_{name}_in_closed_year AFTER {event} ON {table} REFERENCING {rows} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_closed_year('year_id')"
            )
    # A form stays what it is, of its day; a closed one can only be opened again.
    op.execute(
        "CREATE TRIGGER federal_form_is_kept BEFORE UPDATE ON federal_form FOR EACH ROW "
        "WHEN ((OLD.year_id, OLD.code, OLD.reported_on) IS DISTINCT FROM (NEW.year_id, NEW.code, NEW.reported_on) "
        "OR OLD.state = 'closed' AND (OLD.edition, OLD.cells) IS DISTINCT FROM (NEW.edition, NEW.cells)) "
        "EXECUTE FUNCTION refuse_change()"
    )
    # What was frozen is frozen: a closing is opened once, and tells for ever why.
    op.execute(
        "CREATE TRIGGER form_closing_is_kept BEFORE UPDATE ON form_closing FOR EACH ROW "
        f"WHEN (OLD.reopened_at IS NOT NULL OR ({_row('OLD')}) IS DISTINCT FROM ({_row('NEW')})) "
        "EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER form_closing_stays AFTER DELETE ON form_closing "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER form_closing_is_whole BEFORE TRUNCATE ON form_closing "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    for table in ("form_date", "form_closing", "federal_form"):
        op.drop_table(table)
