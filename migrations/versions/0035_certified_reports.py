"""Certified reports: rows that are only added.

Revision ID: 0035
Revises: 0034
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

REPORTS = (
    *("classes_summary", "results_summary", "occupancy", "movement", "form_osh_1", "form_osh_5", "form_osh_9"),
    *("subject_teacher", "class_teacher", "finals_sheet", "class_results", "attendance_sheet", "year_outcomes"),
    *("student_list", "quality_by_month", "student_averages", "student_dynamics", "report_card", "student_journal"),
    *("parent_letter", "constructor"),
)
OF = {"class_id": "school_class", "staff_id": "staff", "student_id": "student"}


def upgrade() -> None:
    listed = ", ".join(f"'{each}'" for each in REPORTS)
    op.create_table(
        "certified_report",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        *(sa.Column(of, sa.BigInteger(), nullable=True) for of in OF),
        sa.Column("asked", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(f"report IN ({listed})", name=op.f("certified_report_report_check")),
        sa.CheckConstraint("digest = encode(sha256(content), 'hex')", name=op.f("certified_report_digest_check")),
        sa.CheckConstraint("num_nonnulls(class_id, staff_id, student_id) <= 1", name=op.f("certified_report_of_check")),
        *(
            sa.ForeignKeyConstraint(
                ["school_id", of],
                [f"{table}.school_id", f"{table}.id"],
                name=op.f(f"certified_report_school_id_{of}_fkey"),
            )
            for of, table in {**OF, "issued_by": "account"}.items()
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("certified_report_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("certified_report_pkey")),
        sa.UniqueConstraint("school_id", "number", name=op.f("certified_report_school_id_number_key")),
    )
    for of in OF:
        op.create_index(op.f(f"certified_report_school_id_{of}_idx"), "certified_report", ["school_id", of])
    for name, event, each in (("kept", "UPDATE OR DELETE", "ROW"), ("whole", "TRUNCATE", "STATEMENT")):
        op.execute(
            f"CREATE TRIGGER certified_report_is_{name} BEFORE {event} ON certified_report "
            f"FOR EACH {each} EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.drop_table("certified_report")
