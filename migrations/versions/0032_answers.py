"""Answers of students to homework, with files."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

EVENTS = {
    "added": ("INSERT", "NEW TABLE AS touched"),
    "replaced": ("UPDATE", "OLD TABLE AS touched"),
    "changed": ("UPDATE", "NEW TABLE AS touched"),
    "removed": ("DELETE", "OLD TABLE AS touched"),
}


def _references(table: str, **columns: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint(
            ["school_id", column], [f"{other}.school_id", f"{other}.id"], name=op.f(f"{table}_school_id_{column}_fkey")
        )
        for column, other in columns.items()
    ]


def upgrade() -> None:
    op.create_table(
        "homework_answer",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lesson_id", sa.BigInteger(), nullable=False),
        sa.Column("lesson_date", sa.Date(), nullable=False),
        sa.Column("homework_id", sa.BigInteger(), nullable=False),
        sa.Column("student_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_by", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("state IN ('sent', 'returned', 'accepted')", name=op.f("homework_answer_state_check")),
        sa.CheckConstraint("state = 'sent' OR reviewed_at IS NOT NULL", name=op.f("homework_answer_reviewed_check")),
        *_references(
            "homework_answer", homework_id="homework", student_id="student", reviewed_by="account", changed_by="account"
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "lesson_id", "lesson_date"],
            ["lesson.school_id", "lesson.id", "lesson.date"],
            name=op.f("homework_answer_school_id_lesson_id_lesson_date_fkey"),
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("homework_answer_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("homework_answer_pkey")),
        sa.UniqueConstraint(
            "school_id", "homework_id", "student_id", name=op.f("homework_answer_school_id_homework_id_student_id_key")
        ),
    )
    for column in ("student_id", "lesson_id"):
        op.create_index(op.f(f"homework_answer_school_id_{column}_idx"), "homework_answer", ["school_id", column])
    op.create_table(
        "answer_attachment",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("answer_id", sa.BigInteger(), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        *_references("answer_attachment", answer_id="homework_answer", file_id="file"),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("answer_attachment_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("answer_attachment_pkey")),
        sa.UniqueConstraint(
            "school_id", "answer_id", "file_id", name=op.f("answer_attachment_school_id_answer_id_file_id_key")
        ),
    )
    op.create_index(op.f("answer_attachment_school_id_file_id_idx"), "answer_attachment", ["school_id", "file_id"])
    op.execute(
        "CREATE TRIGGER homework_answer_history AFTER UPDATE OR DELETE ON homework_answer "
        "FOR EACH ROW EXECUTE FUNCTION keep_history()"
    )
    for name, (event, rows) in EVENTS.items():
        op.execute(
            f"CREATE TRIGGER homework_answer_{name}_in_closed_year AFTER {event} ON homework_answer "
            f"REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION refuse_closed_year('lesson_date')"
        )


def downgrade() -> None:
    op.drop_table("answer_attachment")
    op.drop_table("homework_answer")
