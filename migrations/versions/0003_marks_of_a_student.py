"""A student's marks by day, read from the index alone: in their order, with what averages and diaries need of them."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "mark_of_student_idx",
        "mark",
        ["school_id", "student_id", "lesson_date", "id"],
        unique=False,
        postgresql_include=["task_id", "value", "number"],
    )
    op.drop_index("mark_school_id_student_id_lesson_date_idx", table_name="mark")


def downgrade() -> None:
    op.create_index(
        "mark_school_id_student_id_lesson_date_idx",
        "mark",
        ["school_id", "student_id", "lesson_date"],
        unique=False,
    )
    op.drop_index("mark_of_student_idx", table_name="mark", postgresql_include=["task_id", "value", "number"])
