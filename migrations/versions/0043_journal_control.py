"""The control of journals: it is printed and certified like the other reports, and finds what is owed."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

REPORTS = (
    *("classes_summary", "results_summary", "occupancy", "movement", "form_osh_1", "form_osh_5", "form_osh_9"),
    *("subject_teacher", "class_teacher", "finals_sheet", "class_results", "attendance_sheet", "year_outcomes"),
    *("student_list", "quality_by_month", "student_averages", "student_dynamics", "report_card", "student_journal"),
    *("parent_letter", "constructor"),
)


def _kinds(*reports: str) -> None:
    listed = ", ".join(f"'{each}'" for each in reports)
    op.drop_constraint(op.f("certified_report_report_check"), "certified_report")
    op.create_check_constraint(op.f("certified_report_report_check"), "certified_report", f"report IN ({listed})")


def upgrade() -> None:
    _kinds(*REPORTS, "journal_control")
    op.create_index(
        *("mark_owed_idx", "mark", ["school_id", "lesson_date"]),
        unique=False,
        postgresql_where=sa.text("mark.value = '.' OR mark.made_up_on IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("mark_owed_idx", table_name="mark")
    _kinds(*REPORTS)
