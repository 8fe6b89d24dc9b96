"""Calendar feeds: timetables by a secret link."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_feed",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("student_id", sa.BigInteger(), nullable=True),
        sa.Column("class_id", sa.BigInteger(), nullable=True),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("room_id", sa.BigInteger(), nullable=True),
        sa.Column("secret_digest", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "num_nonnulls(student_id, class_id, staff_id, room_id) = 1", name=op.f("calendar_feed_of_one_check")
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "account_id"],
            ["account.school_id", "account.id"],
            name=op.f("calendar_feed_school_id_account_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "student_id"],
            ["student.school_id", "student.id"],
            name=op.f("calendar_feed_school_id_student_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "class_id"],
            ["school_class.school_id", "school_class.id"],
            name=op.f("calendar_feed_school_id_class_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "staff_id"],
            ["staff.school_id", "staff.id"],
            name=op.f("calendar_feed_school_id_staff_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "room_id"],
            ["room.school_id", "room.id"],
            name=op.f("calendar_feed_school_id_room_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("calendar_feed_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("calendar_feed_pkey")),
        sa.UniqueConstraint("school_id", "secret_digest", name=op.f("calendar_feed_school_id_secret_digest_key")),
    )
    for column in ("account_id", "class_id"):
        op.create_index(op.f(f"calendar_feed_school_id_{column}_idx"), "calendar_feed", ["school_id", column])


def downgrade() -> None:
    op.drop_table("calendar_feed")
