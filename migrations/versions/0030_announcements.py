"""Announcements of the school, and who has read them (1.7)."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "announcement",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("readers", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("whole_school", sa.Boolean(), nullable=False),
        sa.Column("grades", sa.ARRAY(sa.BigInteger()), nullable=True),
        sa.Column("pinned", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawal_reason", sa.Text(), nullable=True),
        sa.Column(
            "recency",
            sa.BigInteger(),
            sa.Computed("(CASE WHEN pinned THEN -100000 ELSE 0 END + (date '2000-01-01' - starts_on))", persisted=True),
            nullable=False,
        ),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "readers <@ ARRAY['staff', 'students', 'parents'] AND cardinality(readers) > 0",
            name=op.f("announcement_readers_check"),
        ),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawal_reason IS NULL)", name=op.f("announcement_withdrawn_check")
        ),
        sa.CheckConstraint("ends_on IS NULL OR starts_on <= ends_on", name=op.f("announcement_dates_check")),
        sa.CheckConstraint(
            "grades IS NULL OR grades <@ ARRAY[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]::bigint[] AND cardinality(grades) > 0",
            name=op.f("announcement_grades_check"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "author_id"],
            ["account.school_id", "account.id"],
            name=op.f("announcement_school_id_author_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "changed_by"],
            ["account.school_id", "account.id"],
            name=op.f("announcement_school_id_changed_by_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("announcement_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("announcement_pkey")),
    )
    op.create_index(
        op.f("announcement_school_id_author_id_idx"), "announcement", ["school_id", "author_id"], unique=False
    )
    op.create_index(
        op.f("announcement_school_id_recency_id_idx"), "announcement", ["school_id", "recency", "id"], unique=False
    )
    op.create_table(
        "announcement_attachment",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("announcement_id", sa.BigInteger(), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "announcement_id"],
            ["announcement.school_id", "announcement.id"],
            name=op.f("announcement_attachment_school_id_announcement_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "file_id"],
            ["file.school_id", "file.id"],
            name=op.f("announcement_attachment_school_id_file_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["school.school_id"], name=op.f("announcement_attachment_school_id_fkey")
        ),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("announcement_attachment_pkey")),
        sa.UniqueConstraint(
            "school_id",
            "announcement_id",
            "file_id",
            name=op.f("announcement_attachment_school_id_announcement_id_file_id_key"),
        ),
    )
    op.create_index(
        op.f("announcement_attachment_school_id_file_id_idx"),
        "announcement_attachment",
        ["school_id", "file_id"],
        unique=False,
    )
    op.create_table(
        "announcement_receipt",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("announcement_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "account_id"],
            ["account.school_id", "account.id"],
            name=op.f("announcement_receipt_school_id_account_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "announcement_id"],
            ["announcement.school_id", "announcement.id"],
            name=op.f("announcement_receipt_school_id_announcement_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("announcement_receipt_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "announcement_id", "account_id", name=op.f("announcement_receipt_pkey")),
    )
    op.create_index(
        op.f("announcement_receipt_school_id_account_id_idx"),
        "announcement_receipt",
        ["school_id", "account_id"],
        unique=False,
    )
    op.create_table(
        "announcement_target",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("announcement_id", sa.BigInteger(), nullable=False),
        sa.Column("class_id", sa.BigInteger(), nullable=True),
        sa.Column("group_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("num_nonnulls(class_id, group_id) = 1", name=op.f("announcement_target_of_one_check")),
        sa.ForeignKeyConstraint(
            ["school_id", "announcement_id"],
            ["announcement.school_id", "announcement.id"],
            name=op.f("announcement_target_school_id_announcement_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "class_id"],
            ["school_class.school_id", "school_class.id"],
            name=op.f("announcement_target_school_id_class_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "group_id"],
            ["study_group.school_id", "study_group.id"],
            name=op.f("announcement_target_school_id_group_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("announcement_target_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("announcement_target_pkey")),
        sa.UniqueConstraint(
            "school_id",
            "announcement_id",
            "class_id",
            "group_id",
            name=op.f("announcement_target_school_id_announcement_id_class_id_group_id_key"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(
        op.f("announcement_target_school_id_class_id_idx"),
        "announcement_target",
        ["school_id", "class_id"],
        unique=False,
    )
    op.create_index(
        op.f("announcement_target_school_id_group_id_idx"),
        "announcement_target",
        ["school_id", "group_id"],
        unique=False,
    )
    op.execute(
        "CREATE TRIGGER announcement_history AFTER UPDATE OR DELETE ON announcement "
        "FOR EACH ROW EXECUTE FUNCTION keep_history()"
    )
    op.execute(
        "CREATE TRIGGER announcement_receipt_is_kept BEFORE UPDATE OR DELETE ON announcement_receipt "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_index(op.f("announcement_target_school_id_group_id_idx"), table_name="announcement_target")
    op.drop_index(op.f("announcement_target_school_id_class_id_idx"), table_name="announcement_target")
    op.drop_table("announcement_target")
    op.drop_index(op.f("announcement_receipt_school_id_account_id_idx"), table_name="announcement_receipt")
    op.drop_table("announcement_receipt")
    op.drop_index(op.f("announcement_attachment_school_id_file_id_idx"), table_name="announcement_attachment")
    op.drop_table("announcement_attachment")
    op.drop_index(op.f("announcement_school_id_recency_id_idx"), table_name="announcement")
    op.drop_index(op.f("announcement_school_id_author_id_idx"), table_name="announcement")
    op.drop_table("announcement")
