"""Reports that the dates of a journal do not fit, their dates, and the steps that settle them."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# What was reported and what was answered stays as it was written.
REFUSE_CHANGE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is never changed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""

KEPT = ("mismatch_date", "mismatch_step")

EVENTS = {
    "added": ("INSERT", "NEW TABLE AS touched"),
    "replaced": ("UPDATE", "OLD TABLE AS touched"),
    "changed": ("UPDATE", "NEW TABLE AS touched"),
    "removed": ("DELETE", "OLD TABLE AS touched"),
}


def upgrade() -> None:
    op.create_table(
        "mismatch_report",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reported_by", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("state IN ('open', 'answered', 'closed')", name=op.f("mismatch_report_state_check")),
        sa.ForeignKeyConstraint(
            ["school_id", "changed_by"],
            ["account.school_id", "account.id"],
            name=op.f("mismatch_report_school_id_changed_by_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "group_id"],
            ["study_group.school_id", "study_group.id"],
            name=op.f("mismatch_report_school_id_group_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "reported_by"],
            ["account.school_id", "account.id"],
            name=op.f("mismatch_report_school_id_reported_by_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "subject_id"],
            ["subject.school_id", "subject.id"],
            name=op.f("mismatch_report_school_id_subject_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("mismatch_report_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("mismatch_report_pkey")),
    )
    op.create_index(
        op.f("mismatch_report_school_id_group_id_subject_id_idx"),
        "mismatch_report",
        ["school_id", "group_id", "subject_id"],
        unique=False,
    )
    op.create_index(
        op.f("mismatch_report_school_id_subject_id_idx"), "mismatch_report", ["school_id", "subject_id"], unique=False
    )
    op.create_index(
        op.f("mismatch_report_school_id_reported_by_idx"),
        "mismatch_report",
        ["school_id", "reported_by"],
        unique=False,
    )
    op.create_table(
        "mismatch_date",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("should_be", sa.Date(), nullable=True),
        sa.CheckConstraint("kind IN ('wrong', 'extra', 'missing')", name=op.f("mismatch_date_kind_check")),
        sa.CheckConstraint(
            "should_be IS NULL OR kind = 'wrong' AND should_be <> date", name=op.f("mismatch_date_should_be_check")
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "report_id"],
            ["mismatch_report.school_id", "mismatch_report.id"],
            name=op.f("mismatch_date_school_id_report_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("mismatch_date_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("mismatch_date_pkey")),
        sa.UniqueConstraint("school_id", "report_id", "date", name=op.f("mismatch_date_school_id_report_id_date_key")),
    )
    op.create_table(
        "mismatch_step",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('answered', 'closed', 'reopened')", name=op.f("mismatch_step_kind_check")),
        sa.CheckConstraint("kind = 'closed' OR text IS NOT NULL", name=op.f("mismatch_step_text_check")),
        sa.ForeignKeyConstraint(
            ["school_id", "made_by"],
            ["account.school_id", "account.id"],
            name=op.f("mismatch_step_school_id_made_by_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "report_id"],
            ["mismatch_report.school_id", "mismatch_report.id"],
            name=op.f("mismatch_step_school_id_report_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("mismatch_step_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("mismatch_step_pkey")),
    )
    op.create_index(
        op.f("mismatch_step_school_id_report_id_idx"), "mismatch_step", ["school_id", "report_id"], unique=False
    )
    op.execute(
        "CREATE TRIGGER mismatch_report_history AFTER UPDATE OR DELETE ON mismatch_report "
        "FOR EACH ROW EXECUTE FUNCTION keep_history()"
    )
    for name, (event, rows) in EVENTS.items():
        op.execute(
            f"CREATE TRIGGER mismatch_report_{name}_in_closed_year AFTER {event} ON mismatch_report "
            f"REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION refuse_closed_year('group_id')"
        )
    op.execute(REFUSE_CHANGE)
    for table in KEPT:
        op.execute(
            f"CREATE TRIGGER {table}_is_kept BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.drop_index(op.f("mismatch_step_school_id_report_id_idx"), table_name="mismatch_step")
    op.drop_table("mismatch_step")
    op.drop_table("mismatch_date")
    op.drop_index(op.f("mismatch_report_school_id_reported_by_idx"), table_name="mismatch_report")
    op.drop_index(op.f("mismatch_report_school_id_subject_id_idx"), table_name="mismatch_report")
    op.drop_index(op.f("mismatch_report_school_id_group_id_subject_id_idx"), table_name="mismatch_report")
    op.drop_table("mismatch_report")
    op.execute("DROP FUNCTION refuse_change")
