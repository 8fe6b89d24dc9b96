"""Tasks for students named, and marks for work that was made up for later."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

EVENTS = {
    "added": ("INSERT", "NEW TABLE AS touched"),
    "replaced": ("UPDATE", "OLD TABLE AS touched"),
    "changed": ("UPDATE", "NEW TABLE AS touched"),
    "removed": ("DELETE", "OLD TABLE AS touched"),
}

# One more way in which a row finds its year: by the task it belongs to.
BY_TASK = """WHEN ''task_id'' THEN
        SELECT EXISTS (
            SELECT FROM touched AS t JOIN task AS k ON k.school_id = t.school_id AND k.id = t.task_id
            JOIN academic_year AS y ON y.school_id = k.school_id AND k.lesson_date BETWEEN y.starts_on AND y.ends_on
            WHERE y.state = ''closed''
        ) INTO closed;
    END CASE;"""


def _rewrite(old: str, new: str) -> None:
    op.execute(
        f"DO $do$ BEGIN EXECUTE replace(pg_get_functiondef('refuse_closed_year'::regproc), '{old}', '{new}'); END $do$"
    )


def upgrade() -> None:
    op.add_column("task", sa.Column("for_all", sa.Boolean(), server_default="true", nullable=False))
    op.add_column("mark", sa.Column("made_up_on", sa.Date(), nullable=True))
    op.create_table(
        "task_recipient",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("task_id", sa.BigInteger(), nullable=False),
        sa.Column("student_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "student_id"],
            ["student.school_id", "student.id"],
            name=op.f("task_recipient_school_id_student_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "task_id"],
            ["task.school_id", "task.id"],
            name=op.f("task_recipient_school_id_task_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("task_recipient_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "task_id", "student_id", name=op.f("task_recipient_pkey")),
    )
    op.create_index(
        op.f("task_recipient_school_id_student_id_idx"), "task_recipient", ["school_id", "student_id"], unique=False
    )
    _rewrite("END CASE;", BY_TASK)
    for name, (event, rows) in EVENTS.items():
        op.execute(
            f"CREATE TRIGGER task_recipient_{name}_in_closed_year AFTER {event} ON task_recipient "
            f"REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION refuse_closed_year('task_id')"
        )


def downgrade() -> None:
    for name in EVENTS:
        op.execute(f"DROP TRIGGER task_recipient_{name}_in_closed_year ON task_recipient")
    _rewrite(BY_TASK, "END CASE;")
    op.drop_index(op.f("task_recipient_school_id_student_id_idx"), table_name="task_recipient")
    op.drop_table("task_recipient")
    op.drop_column("mark", "made_up_on")
    op.drop_column("task", "for_all")
