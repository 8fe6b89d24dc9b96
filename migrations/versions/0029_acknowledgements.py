"""The parents' signatures under weeks of the diary."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "week_acknowledgement",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("student_id", sa.BigInteger(), nullable=False),
        sa.Column("guardian_id", sa.BigInteger(), nullable=False),
        sa.Column("week_starts_on", sa.Date(), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("extract(isodow FROM week_starts_on) = 1", name=op.f("week_acknowledgement_monday_check")),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("week_acknowledgement_school_id_fkey")),
        sa.ForeignKeyConstraint(
            ["school_id", "student_id"],
            ["student.school_id", "student.id"],
            name=op.f("week_acknowledgement_school_id_student_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "guardian_id"],
            ["guardian.school_id", "guardian.id"],
            name=op.f("week_acknowledgement_school_id_guardian_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("week_acknowledgement_pkey")),
        sa.UniqueConstraint(
            *("school_id", "student_id", "week_starts_on", "guardian_id"),
            name=op.f("week_acknowledgement_school_id_student_id_week_starts_on_guardian_id_key"),
        ),
    )
    op.create_index(
        op.f("week_acknowledgement_school_id_guardian_id_idx"), "week_acknowledgement", ["school_id", "guardian_id"]
    )


def downgrade() -> None:
    op.drop_table("week_acknowledgement")
