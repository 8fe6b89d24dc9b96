"""A diary's feed: changes are found by the student or by the group whom they concern."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

OF = {"student_id": "student_id IS NOT NULL", "group_id": "student_id IS NULL"}


def upgrade() -> None:
    for column, concerned in OF.items():
        op.create_index(
            op.f(f"change_school_id_{column}_transaction_id_idx"),
            "change",
            ["school_id", column, "transaction", "id"],
            postgresql_where=sa.text(concerned),
        )


def downgrade() -> None:
    for column in OF:
        op.drop_index(op.f(f"change_school_id_{column}_transaction_id_idx"), table_name="change")
