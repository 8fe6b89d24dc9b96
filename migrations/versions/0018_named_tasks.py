"""Tasks for students named, and marks for work that was made up for later."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

EVENTS = {
    "added": ("INSERT", "NEW TABLE AS touched"),
    "replaced": ("UPDATE", "OLD TABLE AS touched"),
    "changed": ("UPDATE", "NEW TABLE AS touched"),
    "removed": ("DELETE", "OLD TABLE AS touched"),
}

# One more way in which a row finds its year: by the task it belongs to.
BY_TASK = """WHEN 'task_id' THEN
        SELECT EXISTS (
            SELECT FROM touched AS t JOIN task AS k ON k.school_id = t.school_id AND k.id = t.task_id
            JOIN academic_year AS y ON y.school_id = k.school_id AND k.lesson_date BETWEEN y.starts_on AND y.ends_on
            WHERE y.state = 'closed'
        ) INTO closed;
    END CASE;"""

CHANGE = """INSERT INTO change (school_id, audit_entry_id, kind, object_id, lesson_id, student_id,
            class_id, group_id, subject_id, substitutes, starts_on, ends_on)
        SELECT t.school_id, entry, 'task', t.{id}, l.id, {student},
            g.class_id, l.group_id, l.subject_id, array_remove(ARRAY[l.substitute_id], NULL), l.date, l.date
        FROM {rows}
        JOIN lesson AS l ON l.school_id = t.school_id AND l.id = {lesson}
        JOIN study_group AS g ON g.school_id = l.school_id AND g.id = l.group_id"""
NAMED = """
        LEFT JOIN task_recipient AS r ON r.school_id = t.school_id AND r.task_id = t.id AND NOT t.for_all
        WHERE (t.for_all OR r.student_id IS NOT NULL)"""
REPLACED = "touched AS t JOIN replaced AS o ON o.school_id = t.school_id AND o.id = t.id"

# A task for students named is told to them only, as such homework is; one that moves, at the lesson it leaves as well.
TOLD = {
    name: f"""WHEN 'task' THEN
        {CHANGE.format(id="id", student="r.student_id", rows=rows, lesson="t.lesson_id")}{NAMED};
        IF TG_OP = 'UPDATE' THEN
            {CHANGE.format(id="id", student="NULL", rows=REPLACED, lesson="o.lesson_id")}
            WHERE o.for_all AND NOT t.for_all;
            {CHANGE.format(id="id", student="r.student_id", rows=REPLACED, lesson="o.lesson_id")}{NAMED}
                AND o.lesson_id <> t.lesson_id;
        END IF;
    WHEN 'task_recipient' THEN
        {
        CHANGE.format(
            id="task_id",
            student="t.student_id",
            rows="touched AS t JOIN task AS k ON k.school_id = t.school_id AND k.id = t.task_id",
            lesson="k.lesson_id",
        )
    };
    WHEN 'enrolment' THEN"""
    for name, rows in {"tell": "touched AS t", "tell_of_versions": f"{REPLACED} AND o.version < t.version"}.items()
}
TELLING = {
    "added": ("INSERT", "NEW TABLE AS touched", "tell"),
    "changed": ("UPDATE", "OLD TABLE AS replaced NEW TABLE AS touched", "tell_of_versions"),
    "removed": ("DELETE", "OLD TABLE AS touched", "tell"),
}


def _rewrite(function: str, old: str, new: str) -> None:
    """Put one text in place of another in a function's body."""
    before, after = (text.replace("'", "''") for text in (old, new))
    body = f"replace(pg_get_functiondef('{function}'::regproc), '{before}', '{after}')"
    op.execute(sa.text(f"DO $do$ BEGIN EXECUTE {body}; END $do$".replace(":", r"\:")))


def _tell(way: str) -> None:
    """How a task is told: by its lesson, or by whom it is for."""
    for name, (event, rows, function) in TELLING.items():
        op.execute(f"DROP TRIGGER task_{name}_is_told ON task")
        op.execute(
            f"CREATE TRIGGER task_{name}_is_told AFTER {event} ON task REFERENCING {rows} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {function}('{way}')"
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
    _rewrite("refuse_closed_year", "END CASE;", BY_TASK)
    for name, (event, rows) in EVENTS.items():
        op.execute(
            f"CREATE TRIGGER task_recipient_{name}_in_closed_year AFTER {event} ON task_recipient "
            f"REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION refuse_closed_year('task_id')"
        )
    for function, told in TOLD.items():
        _rewrite(function, "WHEN 'enrolment' THEN", told)
    _tell("task")
    for name in ("added", "removed"):
        event, rows, function = TELLING[name]
        op.execute(
            f"CREATE TRIGGER task_recipient_{name}_is_told AFTER {event} ON task_recipient REFERENCING {rows} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {function}('task_recipient')"
        )


def downgrade() -> None:
    for name in EVENTS:
        op.execute(f"DROP TRIGGER task_recipient_{name}_in_closed_year ON task_recipient")
    _rewrite("refuse_closed_year", BY_TASK, "END CASE;")
    _tell("lesson")
    for function, told in TOLD.items():
        _rewrite(function, told, "WHEN 'enrolment' THEN")
    for name in ("added", "removed"):
        op.execute(f"DROP TRIGGER task_recipient_{name}_is_told ON task_recipient")
    op.drop_index(op.f("task_recipient_school_id_student_id_idx"), table_name="task_recipient")
    op.drop_table("task_recipient")
    op.drop_column("mark", "made_up_on")
    op.drop_column("task", "for_all")
