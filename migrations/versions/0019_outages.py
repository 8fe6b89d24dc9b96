"""Times without access, what was transferred from paper afterwards, and which journals still lack it (13)."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

# Which journals have lessons on the days of an outage, and of how many of those lessons the roll was called.
OUTAGE_JOURNAL = """
CREATE VIEW outage_journal AS
    SELECT outage.school_id, outage.id AS outage_id, lesson.group_id, lesson.subject_id,
        count(*) AS lessons, count(roll_call.id) AS recorded, max(roll_call.changed_at) AS recorded_at
    FROM outage
    JOIN lesson ON lesson.school_id = outage.school_id AND lesson.date BETWEEN outage.starts_on AND outage.ends_on
    LEFT JOIN roll_call ON roll_call.school_id = lesson.school_id AND roll_call.lesson_id = lesson.id
    WHERE lesson.state <> 'cancelled'
    GROUP BY outage.school_id, outage.id, lesson.group_id, lesson.subject_id
"""


def upgrade() -> None:
    op.create_index(op.f("lesson_school_id_date_idx"), "lesson", ["school_id", "date"], unique=False)
    op.create_table(
        "outage",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("declared_by", sa.BigInteger(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("ends_on IS NULL OR starts_on <= ends_on", name=op.f("outage_dates_check")),
        sa.CheckConstraint("(ended_at IS NULL) = (ends_on IS NULL)", name=op.f("outage_ended_check")),
        sa.ForeignKeyConstraint(
            ["school_id", "changed_by"],
            ["account.school_id", "account.id"],
            name=op.f("outage_school_id_changed_by_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "declared_by"],
            ["account.school_id", "account.id"],
            name=op.f("outage_school_id_declared_by_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("outage_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("outage_pkey")),
    )
    op.create_index(op.f("outage_school_id_starts_on_idx"), "outage", ["school_id", "starts_on"], unique=False)
    op.create_table(
        "outage_transfer",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("outage_id", sa.BigInteger(), nullable=False),
        sa.Column("lesson_id", sa.BigInteger(), nullable=False),
        sa.Column("paper_date", sa.Date(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported_by", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "entry_id"],
            ["audit_entry.school_id", "audit_entry.id"],
            name=op.f("outage_transfer_school_id_entry_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "imported_by"],
            ["account.school_id", "account.id"],
            name=op.f("outage_transfer_school_id_imported_by_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "lesson_id"],
            ["lesson.school_id", "lesson.id"],
            name=op.f("outage_transfer_school_id_lesson_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "outage_id"],
            ["outage.school_id", "outage.id"],
            name=op.f("outage_transfer_school_id_outage_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("outage_transfer_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("outage_transfer_pkey")),
        sa.UniqueConstraint(
            "school_id", "lesson_id", "digest", name=op.f("outage_transfer_school_id_lesson_id_digest_key")
        ),
    )
    op.create_index(
        op.f("outage_transfer_school_id_outage_id_idx"), "outage_transfer", ["school_id", "outage_id"], unique=False
    )
    op.execute(OUTAGE_JOURNAL)
    op.execute(
        "CREATE TRIGGER outage_history AFTER UPDATE OR DELETE ON outage FOR EACH ROW EXECUTE FUNCTION keep_history()"
    )
    op.execute(
        "CREATE TRIGGER outage_transfer_is_kept BEFORE UPDATE OR DELETE ON outage_transfer "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.execute("DROP VIEW outage_journal")
    op.drop_index(op.f("outage_transfer_school_id_outage_id_idx"), table_name="outage_transfer")
    op.drop_table("outage_transfer")
    op.drop_index(op.f("outage_school_id_starts_on_idx"), table_name="outage")
    op.drop_table("outage")
    op.drop_index(op.f("lesson_school_id_date_idx"), table_name="lesson")
