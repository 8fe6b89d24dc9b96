"""The transition to a new school year."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "year_transition",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("from_year_id", sa.BigInteger(), nullable=False),
        sa.Column("to_year_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun_by", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(state = 'under_way') = (ended_at IS NULL)", name=op.f("year_transition_ended_at_check")),
        sa.CheckConstraint("state IN ('under_way', 'opened', 'reverted')", name=op.f("year_transition_state_check")),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name=op.f("year_transition_ended_by_check")),
        sa.ForeignKeyConstraint(
            ["school_id", "begun_by"],
            ["account.school_id", "account.id"],
            name=op.f("year_transition_school_id_begun_by_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "ended_by"],
            ["account.school_id", "account.id"],
            name=op.f("year_transition_school_id_ended_by_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "from_year_id"],
            ["academic_year.school_id", "academic_year.id"],
            name=op.f("year_transition_school_id_from_year_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "to_year_id"],
            ["academic_year.school_id", "academic_year.id"],
            name=op.f("year_transition_school_id_to_year_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("year_transition_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("year_transition_pkey")),
    )
    op.create_index(
        "year_transition_key",
        "year_transition",
        ["school_id"],
        unique=True,
        postgresql_where=sa.text("state = 'under_way'"),
    )
    op.create_index(
        op.f("year_transition_school_id_begun_at_idx"), "year_transition", ["school_id", "begun_at"], unique=False
    )
    op.create_table(
        "transition_placement",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("transition_id", sa.BigInteger(), nullable=False),
        sa.Column("student_id", sa.BigInteger(), nullable=False),
        sa.Column("class_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "class_id"],
            ["school_class.school_id", "school_class.id"],
            name=op.f("transition_placement_school_id_class_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "student_id"],
            ["student.school_id", "student.id"],
            name=op.f("transition_placement_school_id_student_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "transition_id"],
            ["year_transition.school_id", "year_transition.id"],
            name=op.f("transition_placement_school_id_transition_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("transition_placement_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "transition_id", "student_id", name=op.f("transition_placement_pkey")),
    )
    op.create_table(
        "transition_step_done",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("transition_id", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "step IN ('year', 'bells', 'profiles', 'classes', 'plan', 'assignments')",
            name=op.f("transition_step_done_step_check"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "transition_id"],
            ["year_transition.school_id", "year_transition.id"],
            name=op.f("transition_step_done_school_id_transition_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("transition_step_done_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "transition_id", "step", name=op.f("transition_step_done_pkey")),
    )
    op.add_column("school_class", sa.Column("continues_id", sa.BigInteger(), nullable=True))
    op.create_unique_constraint(
        op.f("school_class_school_id_continues_id_key"), "school_class", ["school_id", "continues_id"]
    )
    op.create_foreign_key(
        op.f("school_class_school_id_continues_id_fkey"),
        "school_class",
        "school_class",
        ["school_id", "continues_id"],
        ["school_id", "id"],
    )


def downgrade() -> None:
    op.drop_constraint(op.f("school_class_school_id_continues_id_fkey"), "school_class", type_="foreignkey")
    op.drop_constraint(op.f("school_class_school_id_continues_id_key"), "school_class", type_="unique")
    op.drop_column("school_class", "continues_id")
    op.drop_table("transition_step_done")
    op.drop_table("transition_placement")
    op.drop_index(op.f("year_transition_school_id_begun_at_idx"), table_name="year_transition")
    op.drop_index("year_transition_key", table_name="year_transition", postgresql_where=sa.text("state = 'under_way'"))
    op.drop_table("year_transition")
