"""Tasks are found by the day on which they are handed in: the term of their marks runs from it (7.4)."""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        *("task_due_idx", "task", ["school_id", "due_on"]),
        unique=False,
        postgresql_where=sa.text("due_on IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("task_due_idx", table_name="task")
