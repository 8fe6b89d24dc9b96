"""Who stood in for a group's teachers, found by the group."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "lesson_substituted_idx",
        "lesson",
        ["school_id", "group_id", "substitute_id"],
        unique=False,
        postgresql_where=sa.text("substitute_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("lesson_substituted_idx", table_name="lesson", postgresql_where=sa.text("substitute_id IS NOT NULL"))
