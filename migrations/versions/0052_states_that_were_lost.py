"""A state that was met when it was due, and is lost later, keeps its note: restored, it is not late (3.2, 5.4, 5.6, 6.6)."""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("obligation_note", sa.Column("lost_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    # A note without the column says that the state holds.
    op.execute("DELETE FROM obligation_note WHERE lost_at IS NOT NULL")
    op.drop_column("obligation_note", "lost_at")
