"""The access log of the journals (11.4, 11.6)."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "journal_access",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("class_id", sa.BigInteger(), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=True),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("period_id", sa.BigInteger(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "journal",
            sa.Text(),
            sa.Computed("class_id::text || ':' || subject_id::text", persisted=True),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "account_id"],
            ["account.school_id", "account.id"],
            name=op.f("journal_access_school_id_account_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("journal_access_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("journal_access_pkey")),
    )
    op.create_index(op.f("journal_access_school_id_journal_id_idx"), "journal_access", ["school_id", "journal", "id"])
    op.create_index(op.f("journal_access_school_id_day_idx"), "journal_access", ["school_id", "day"])
    op.execute(
        "CREATE TRIGGER journal_access_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON journal_access "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("journal_access")
