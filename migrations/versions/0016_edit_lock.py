"""The edit lock (7.6): after how many days a lesson is closed to teachers, and from which day that counts."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("school", sa.Column("edit_lock_days", sa.BigInteger(), nullable=True))
    op.create_check_constraint(op.f("school_edit_lock_days_check"), "school", "edit_lock_days >= 0")
    op.add_column("lesson", sa.Column("recorded_on", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("lesson", "recorded_on")
    op.drop_constraint(op.f("school_edit_lock_days_check"), "school")
    op.drop_column("school", "edit_lock_days")
