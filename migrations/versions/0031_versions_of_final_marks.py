"""Every version of what was decided of a student: period, annual, exam and final marks (7.7-7.10)."""

from migrations import past

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    past.keep("final_mark", by=("student_id",))


def downgrade() -> None:
    past.forget("final_mark")
