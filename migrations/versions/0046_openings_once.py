"""An opening of a journal stands in the access log once, even if it had to be written again (11.4)."""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "journal_access", sa.Column("opening", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False)
    )
    op.create_unique_constraint(
        op.f("journal_access_school_id_opening_key"), "journal_access", ["school_id", "opening"]
    )


def downgrade() -> None:
    op.drop_column("journal_access", "opening")
