"""What a composed report came to says whether it was rounded (4.1); what analysts had before was not, and goes."""

from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "DELETE FROM report_run AS run USING saved_report AS report, account"
        " WHERE report.school_id = run.school_id AND report.id = run.report_id"
        " AND account.school_id = report.school_id AND account.id = report.account_id"
        " AND account.kind = 'analyst' AND run.answer IS NOT NULL"
    )
    op.execute("UPDATE report_run SET answer = answer || '{\"rounded\": false}' WHERE answer IS NOT NULL")


def downgrade() -> None:
    op.execute("UPDATE report_run SET answer = answer - 'rounded' WHERE answer IS NOT NULL")
