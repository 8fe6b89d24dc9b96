"""Corrections of dated lessons: what was done to them and why, and who is absent."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

VERSIONED = ("staff_absence",)


def upgrade() -> None:
    op.create_table(
        "staff_absence",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.BigInteger(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('sick_leave', 'leave', 'business_trip', 'other')", name=op.f("staff_absence_kind_check")
        ),
        sa.CheckConstraint("ends_on IS NULL OR starts_on <= ends_on", name=op.f("staff_absence_dates_check")),
        sa.ForeignKeyConstraint(
            ["school_id", "changed_by"],
            ["account.school_id", "account.id"],
            name=op.f("staff_absence_school_id_changed_by_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "recorded_by"],
            ["account.school_id", "account.id"],
            name=op.f("staff_absence_school_id_recorded_by_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "staff_id"],
            ["staff.school_id", "staff.id"],
            name=op.f("staff_absence_school_id_staff_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("staff_absence_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("staff_absence_pkey")),
        sa.UniqueConstraint(
            "school_id", "staff_id", "starts_on", name=op.f("staff_absence_school_id_staff_id_starts_on_key")
        ),
    )
    op.create_index(
        "staff_absence_open_key",
        "staff_absence",
        ["school_id", "staff_id"],
        unique=True,
        postgresql_where=sa.text("ends_on IS NULL"),
    )
    op.create_table(
        "lesson_correction",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lesson_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.BigInteger(), nullable=False),
        sa.Column("date", sa.Date(), nullable=True),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("subject_id", sa.BigInteger(), nullable=True),
        sa.Column("teacher_id", sa.BigInteger(), nullable=True),
        sa.Column("substitute_id", sa.BigInteger(), nullable=True),
        sa.Column("room_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(kind = 'added') = (date IS NULL)", name=op.f("lesson_correction_before_check")),
        sa.CheckConstraint(
            "kind IN ('moved', 'cancelled', 'restored', 'added', 'replaced', 'substituted', 'substitution_ended', 'room_changed')",
            name=op.f("lesson_correction_kind_check"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "lesson_id"],
            ["lesson.school_id", "lesson.id"],
            name=op.f("lesson_correction_school_id_lesson_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "made_by"],
            ["account.school_id", "account.id"],
            name=op.f("lesson_correction_school_id_made_by_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "room_id"],
            ["room.school_id", "room.id"],
            name=op.f("lesson_correction_school_id_room_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "subject_id"],
            ["subject.school_id", "subject.id"],
            name=op.f("lesson_correction_school_id_subject_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "substitute_id"],
            ["staff.school_id", "staff.id"],
            name=op.f("lesson_correction_school_id_substitute_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "teacher_id"],
            ["staff.school_id", "staff.id"],
            name=op.f("lesson_correction_school_id_teacher_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("lesson_correction_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("lesson_correction_pkey")),
    )
    op.create_index(
        op.f("lesson_correction_school_id_lesson_id_idx"), "lesson_correction", ["school_id", "lesson_id"], unique=False
    )
    for table in VERSIONED:
        op.execute(
            f"CREATE TRIGGER {table}_history AFTER UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION keep_history()"
        )


def downgrade() -> None:
    op.drop_index(op.f("lesson_correction_school_id_lesson_id_idx"), table_name="lesson_correction")
    op.drop_table("lesson_correction")
    op.drop_index("staff_absence_open_key", table_name="staff_absence", postgresql_where=sa.text("ends_on IS NULL"))
    op.drop_table("staff_absence")
