"""What is never changed cannot be emptied either: TRUNCATE fires no trigger for rows.

Revision ID: 0034
Revises: 0033
"""

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

TABLES = (
    *("certificate", "certificate_signature", "period_closing", "unlock_edit", "outage_transfer"),
    *("message", "message_attachment", "message_receipt", "thread_member", "announcement_receipt"),
    *("mismatch_date", "mismatch_step"),
)


def upgrade() -> None:
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER {table}_is_whole BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DROP TRIGGER {table}_is_whole ON {table}")
