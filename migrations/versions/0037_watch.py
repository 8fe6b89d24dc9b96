"""The watch on deadlines: reports made, states seen, and which works are written."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

EVENTS = {
    "added": ("INSERT", "NEW TABLE AS touched"),
    "replaced": ("UPDATE", "OLD TABLE AS touched"),
    "changed": ("UPDATE", "NEW TABLE AS touched"),
    "removed": ("DELETE", "OLD TABLE AS touched"),
}

KINDS = (
    *("classes_summary", "results_summary", "subject_teacher", "class_teacher", "finals_sheet", "class_results"),
    *("attendance_sheet", "year_outcomes", "student_list"),
)
WRITTEN = (
    *("Самостоятельная работа", "Практическая работа", "Лабораторная работа", "Тест", "Сочинение", "Диктант"),
    "Контрольная работа",
)


def _references(table: str, **columns: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint(
            ["school_id", column], [f"{other}.school_id", f"{other}.id"], name=op.f(f"{table}_school_id_{column}_fkey")
        )
        for column, other in columns.items()
    ]


def _of_school(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f(f"{table}_school_id_fkey"))


def upgrade() -> None:
    op.add_column("work_type", sa.Column("written", sa.Boolean(), nullable=True))
    listed = ", ".join(f"'{name}'" for name in WRITTEN)
    op.execute(f"UPDATE work_type SET written = name IN ({listed})")  # noqa: S608 -- the names stand above
    op.alter_column("work_type", "written", nullable=False)
    op.create_index(
        *("mark_set_late_idx", "mark", ["school_id", "task_id"]),
        unique=False,
        postgresql_where=sa.text("mark.set_at >= timezone('UTC', mark.lesson_date + time '12:00')"),
    )
    listed = ", ".join(f"'{kind}'" for kind in KINDS)
    op.create_table(
        "report_filing",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("year_id", sa.BigInteger(), nullable=False),
        sa.Column("period_id", sa.BigInteger(), nullable=True),
        sa.Column("class_id", sa.BigInteger(), nullable=True),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("filed_by", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(f"kind IN ({listed})", name=op.f("report_filing_kind_check")),
        sa.CheckConstraint("num_nonnulls(class_id, staff_id) <= 1", name=op.f("report_filing_of_one_check")),
        *_references(
            "report_filing",
            year_id="academic_year",
            period_id="period",
            class_id="school_class",
            staff_id="staff",
            filed_by="account",
        ),
        _of_school("report_filing"),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("report_filing_pkey")),
        sa.UniqueConstraint(
            *("school_id", "year_id", "kind", "period_id", "class_id", "staff_id"),
            name="report_filing_slot_key",
            postgresql_nulls_not_distinct=True,
        ),
    )
    for column in ("period_id", "class_id"):
        op.create_index(op.f(f"report_filing_school_id_{column}_idx"), "report_filing", ["school_id", column])
    op.create_table(
        "obligation_note",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("deadline", sa.Text(), nullable=False),
        sa.Column("object_id", sa.BigInteger(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("met_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "deadline IN ('school_card', 'curriculum', 'topic_plans', 'holidays')",
            name=op.f("obligation_note_deadline_check"),
        ),
        _of_school("obligation_note"),
        sa.PrimaryKeyConstraint("school_id", "deadline", "object_id", "subject_id", name=op.f("obligation_note_pkey")),
    )
    for name, (event, rows) in EVENTS.items():
        op.execute(
            f"CREATE TRIGGER report_filing_{name}_in_closed_year AFTER {event} ON report_filing "
            f"REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION refuse_closed_year('year_id')"
        )


def downgrade() -> None:
    op.drop_table("obligation_note")
    op.drop_table("report_filing")
    op.drop_index("mark_set_late_idx", table_name="mark")
    op.drop_column("work_type", "written")
