"""Excuses: why students are away for some days, with the document that says so."""

import sqlalchemy as sa
from alembic import op

from migrations import past

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

EVENTS = {
    "added": ("INSERT", "NEW TABLE AS touched"),
    "replaced": ("UPDATE", "OLD TABLE AS touched"),
    "changed": ("UPDATE", "NEW TABLE AS touched"),
    "removed": ("DELETE", "OLD TABLE AS touched"),
}
KEPT = {"attendance": ("student_id", "lesson_id"), "attachment": ("task_id", "homework_id")}
CODES = "('unexplained', 'excused', 'illness', 'unexcused', 'late', 'other', 'exempt')"


def upgrade() -> None:
    op.create_table(
        "excuse",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("year_id", sa.BigInteger(), nullable=False),
        sa.Column("student_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("entered_on", sa.Date(), nullable=False),
        sa.Column("entered_by", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('message', 'medical', 'statement', 'order', 'summons', 'other')",
            name=op.f("excuse_kind_check"),
        ),
        sa.CheckConstraint("code IN ('excused', 'illness', 'other')", name=op.f("excuse_code_check")),
        sa.CheckConstraint("ends_on IS NULL OR starts_on <= ends_on", name=op.f("excuse_dates_check")),
        sa.CheckConstraint(
            "(kind = 'message') = (issued_on IS NULL) AND (kind = 'message') = (due_on IS NULL)"
            " AND (kind <> 'message' OR number IS NULL)",
            name=op.f("excuse_document_check"),
        ),
        *(
            sa.ForeignKeyConstraint(
                ["school_id", column],
                [f"{table}.school_id", f"{table}.id"],
                name=op.f(f"excuse_school_id_{column}_fkey"),
            )
            for column, table in (
                ("year_id", "academic_year"),
                ("student_id", "student"),
                ("entered_by", "account"),
                ("changed_by", "account"),
            )
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("excuse_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("excuse_pkey")),
    )
    op.create_index(
        op.f("excuse_school_id_student_id_starts_on_idx"),
        "excuse",
        ["school_id", "student_id", "starts_on"],
        unique=False,
    )
    op.add_column("attendance", sa.Column("code_before", sa.Text(), nullable=True))
    op.add_column("attendance", sa.Column("excuse_id", sa.BigInteger(), nullable=True))
    op.create_check_constraint(op.f("attendance_code_before_check"), "attendance", f"code_before IN {CODES}")
    op.create_check_constraint(
        op.f("attendance_excused_check"), "attendance", "excuse_id IS NOT NULL OR code_before IS NULL"
    )
    op.create_index(
        "attendance_of_excuse_idx",
        "attendance",
        ["school_id", "excuse_id", "lesson_date", "id"],
        unique=False,
        postgresql_where=sa.text("excuse_id IS NOT NULL"),
    )
    op.add_column("attachment", sa.Column("excuse_id", sa.BigInteger(), nullable=True))
    op.create_index(op.f("attachment_school_id_excuse_id_idx"), "attachment", ["school_id", "excuse_id"], unique=False)
    op.drop_constraint(op.f("attachment_one_owner_check"), "attachment")
    op.create_check_constraint(
        op.f("attachment_one_owner_check"), "attachment", "num_nonnulls(task_id, homework_id, excuse_id) = 1"
    )
    for table in ("attendance", "attachment"):
        op.create_foreign_key(
            op.f(f"{table}_school_id_excuse_id_fkey"),
            table,
            "excuse",
            ["school_id", "excuse_id"],
            ["school_id", "id"],
        )
    for table, by in KEPT.items():
        past.keep(table, by=by)
    op.execute(
        "CREATE TRIGGER excuse_history AFTER UPDATE OR DELETE ON excuse FOR EACH ROW EXECUTE FUNCTION keep_history()"
    )
    for name, (event, rows) in EVENTS.items():
        op.execute(
            f"CREATE TRIGGER excuse_{name}_in_closed_year AFTER {event} ON excuse "
            f"REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION refuse_closed_year('year_id')"
        )


def downgrade() -> None:
    op.execute("DELETE FROM attachment WHERE excuse_id IS NOT NULL")
    op.drop_constraint(op.f("attachment_one_owner_check"), "attachment")
    op.create_check_constraint(
        op.f("attachment_one_owner_check"), "attachment", "num_nonnulls(task_id, homework_id) = 1"
    )
    op.drop_index(op.f("attachment_school_id_excuse_id_idx"), table_name="attachment")
    past.lose("attachment", "excuse_id")
    op.drop_constraint(op.f("attendance_excused_check"), "attendance")
    op.drop_index("attendance_of_excuse_idx", table_name="attendance")
    past.lose("attendance", "excuse_id", "code_before")
    for table, by in KEPT.items():
        past.keep(table, by=by)
    op.drop_index(op.f("excuse_school_id_student_id_starts_on_idx"), table_name="excuse")
    op.drop_table("excuse")
