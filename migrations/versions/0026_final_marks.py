"""Period, annual, exam and final marks, the rules that propose them, and periods that are closed for a class."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

VALUES = "'5', '4', '3', '2', '1', 'зач.', 'незач.', 'н/а', 'осв.'"

# What there is to be marked in a class, and over which days.
MARK_SLOT = """
CREATE VIEW mark_slot AS
    SELECT c.school_id, c.id AS class_id, c.year_id, c.grade, 'period' AS kind, p.id AS period_id,
        p.number AS position, p.starts_on, p.ends_on
    FROM school_class AS c
    JOIN period AS p ON p.school_id = c.school_id AND p.year_id = c.year_id AND p.kind = c.period_kind
    UNION ALL
    SELECT c.school_id, c.id, c.year_id, c.grade, k.kind, NULL, k.position, y.starts_on,
        coalesce(
            (SELECT max(p.ends_on) FROM period AS p
             WHERE p.school_id = c.school_id AND p.year_id = c.year_id AND p.kind = c.period_kind),
            y.ends_on
        )
    FROM school_class AS c
    JOIN academic_year AS y ON y.school_id = c.school_id AND y.id = c.year_id
    CROSS JOIN (VALUES ('year', 101::bigint), ('exam', 102), ('final', 103)) AS k (kind, position)
"""

# Where what was touched is written: of which classes, on which days.
SOURCES = {
    "lesson": (
        "SELECT t.school_id, g.class_id, t.date AS day FROM touched AS t "
        "JOIN study_group AS g ON g.school_id = t.school_id AND g.id = t.group_id"
    ),
    "lesson_id": (
        "SELECT t.school_id, g.class_id, t.lesson_date AS day FROM touched AS t "
        "JOIN lesson AS l ON l.school_id = t.school_id AND l.id = t.lesson_id "
        "JOIN study_group AS g ON g.school_id = l.school_id AND g.id = l.group_id"
    ),
    "task_id": (
        "SELECT t.school_id, g.class_id, k.lesson_date AS day FROM touched AS t "
        "JOIN task AS k ON k.school_id = t.school_id AND k.id = t.task_id "
        "JOIN lesson AS l ON l.school_id = k.school_id AND l.id = k.lesson_id "
        "JOIN study_group AS g ON g.school_id = l.school_id AND g.id = l.group_id"
    ),
    "homework_id": (
        "SELECT t.school_id, g.class_id, h.lesson_date AS day FROM touched AS t "
        "JOIN homework AS h ON h.school_id = t.school_id AND h.id = t.homework_id "
        "JOIN lesson AS l ON l.school_id = h.school_id AND l.id = h.lesson_id "
        "JOIN study_group AS g ON g.school_id = l.school_id AND g.id = l.group_id"
    ),
    "period_id": (
        "SELECT t.school_id, t.class_id, p.starts_on AS day FROM touched AS t "
        "JOIN period AS p ON p.school_id = t.school_id AND p.id = t.period_id"
    ),
}

# Once a statement, like `refuse_closed_year`, whose triggers come first: they fire in the order of their names. Whoever
# writes in a journal shares a lock with others who do, until the end of the transaction; whoever closes a period of the
# class takes it alone, and so waits for what is under way, and nobody who comes later misses the closing: the question
# after the lock sees what was committed before it.
REFUSE_CLOSED_PERIOD = """
CREATE FUNCTION refuse_closed_period_by_{way}() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    written record;
BEGIN
    FOR written IN
        SELECT w.school_id, w.class_id, array_agg(DISTINCT w.day) AS days FROM ({source}) AS w
        GROUP BY w.school_id, w.class_id ORDER BY w.class_id
    LOOP
        PERFORM pg_advisory_xact_lock_shared(hashtextextended('journal of class ' || written.class_id, 0));
        IF EXISTS (
            SELECT FROM period_closing AS c JOIN period AS p ON p.school_id = c.school_id AND p.id = c.period_id
            JOIN unnest(written.days) AS d (day) ON d.day BETWEEN p.starts_on AND p.ends_on
            WHERE c.school_id = written.school_id AND c.class_id = written.class_id AND c.reopened_at IS NULL
        ) THEN
            RAISE EXCEPTION 'the period is closed' USING ERRCODE = 'CB007', TABLE = TG_TABLE_NAME;
        END IF;
    END LOOP;
    RETURN NULL;
END $$
"""

# A period that is closed for some class keeps its days.
REFUSE_MOVED_PERIOD = """
CREATE FUNCTION refuse_moved_period() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM period_closing AS c
        WHERE c.school_id = OLD.school_id AND c.period_id = OLD.id AND c.reopened_at IS NULL
    ) THEN
        RAISE EXCEPTION 'the period is closed' USING ERRCODE = 'CB007', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END $$
"""

# A mark is told to whom it concerns: one change for each group of the class in which the student learns the subject.
TELL_OF_FINAL_MARKS = """
CREATE FUNCTION tell_of_final_marks() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    entry bigint := nullif(current_setting('classbook.audit_entry', true), '')::bigint;
BEGIN
    IF entry IS NULL OR current_setting('classbook.quiet', true) = 'on' THEN
        RETURN NULL;
    END IF;
    INSERT INTO change (school_id, audit_entry_id, kind, object_id, student_id, class_id, group_id, subject_id,
        starts_on, ends_on)
    SELECT t.school_id, entry, 'final_mark', t.id, t.student_id, t.class_id, g.id, t.subject_id, s.starts_on, s.ends_on
    FROM touched AS t
    JOIN mark_slot AS s ON s.school_id = t.school_id AND s.class_id = t.class_id AND s.kind = t.kind
        AND s.period_id IS NOT DISTINCT FROM t.period_id
    LEFT JOIN study_group AS g ON g.school_id = t.school_id AND g.class_id = t.class_id
        AND EXISTS (
            SELECT FROM teaching_assignment AS a
            WHERE a.school_id = g.school_id AND a.group_id = g.id AND a.subject_id = t.subject_id
        )
        AND EXISTS (
            SELECT FROM group_membership AS m
            WHERE m.school_id = g.school_id AND m.group_id = g.id AND m.student_id = t.student_id
        );
    PERFORM pg_notify('classbook_change', t.school_id::text) FROM (SELECT DISTINCT school_id FROM touched) AS t;
    RETURN NULL;
END $$
"""
KINDS = ("mark", "attendance", "roll_call", "task", "homework", "record", "lesson", "membership")

WRITTEN = {
    "lesson": ("lesson",),
    "lesson_id": ("task", "mark", "attendance", "roll_call", "homework"),
    "task_id": ("task_recipient",),
    "homework_id": ("homework_recipient",),
    "period_id": ("final_mark",),
}
EVENTS = {
    "added": ("INSERT", "NEW TABLE AS touched"),
    "replaced": ("UPDATE", "OLD TABLE AS touched"),
    "changed": ("UPDATE", "NEW TABLE AS touched"),
    "removed": ("DELETE", "OLD TABLE AS touched"),
}
OF_YEAR = {"final_mark": "year_id", "period_closing": "class_id"}
VERSIONED = ("final_mark", "mark_rule")


def upgrade() -> None:
    for table in ("school_class", "period"):
        op.create_unique_constraint(op.f(f"{table}_school_id_id_year_id_key"), table, ["school_id", "id", "year_id"])
    _create_tables()
    op.execute(MARK_SLOT)
    for table in VERSIONED:
        op.execute(
            f"CREATE TRIGGER {table}_history AFTER UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION keep_history()"
        )
    for table, way in OF_YEAR.items():
        for name, (event, rows) in EVENTS.items():
            op.execute(
                f"CREATE TRIGGER {table}_{name}_in_closed_year AFTER {event} ON {table} REFERENCING {rows} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION refuse_closed_year('{way}')"
            )
    for way, tables in WRITTEN.items():
        op.execute(REFUSE_CLOSED_PERIOD.format(way=way, source=SOURCES[way]))
        for table in tables:
            for name, (event, rows) in EVENTS.items():
                op.execute(
                    f"CREATE TRIGGER {table}_{name}_in_ended_period AFTER {event} ON {table} REFERENCING {rows} "
                    f"FOR EACH STATEMENT EXECUTE FUNCTION refuse_closed_period_by_{way}()"
                )
    _allow(*KINDS, "final_mark")
    op.execute(TELL_OF_FINAL_MARKS)
    for name in ("added", "changed", "removed"):
        event, rows = EVENTS[name]
        op.execute(
            f"CREATE TRIGGER final_mark_{name}_is_told AFTER {event} ON final_mark REFERENCING {rows} "
            "FOR EACH STATEMENT EXECUTE FUNCTION tell_of_final_marks()"
        )
    op.execute(REFUSE_MOVED_PERIOD)
    op.execute(
        "CREATE TRIGGER period_closed BEFORE UPDATE OF starts_on, ends_on ON period FOR EACH ROW "
        "WHEN ((OLD.starts_on, OLD.ends_on) IS DISTINCT FROM (NEW.starts_on, NEW.ends_on)) "
        "EXECUTE FUNCTION refuse_moved_period()"
    )
    # A closing is opened once, and tells for ever why.
    op.execute(
        "CREATE TRIGGER period_closing_is_kept BEFORE UPDATE ON period_closing FOR EACH ROW "
        "WHEN (OLD.reopened_at IS NOT NULL) EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER period_closing_stays AFTER DELETE ON period_closing "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def _allow(*kinds: str) -> None:
    op.drop_constraint(op.f("change_kind_check"), "change", type_="check")
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    op.create_check_constraint(op.f("change_kind_check"), "change", f"kind IN ({listed})")


def _create_tables() -> None:
    op.create_table(
        "final_mark",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("student_id", sa.BigInteger(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("year_id", sa.BigInteger(), nullable=False),
        sa.Column("class_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("period_id", sa.BigInteger(), nullable=True),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column(
            "number",
            sa.BigInteger(),
            sa.Computed("CASE WHEN value IN ('1', '2', '3', '4', '5') THEN value::bigint END", persisted=True),
            nullable=True,
        ),
        sa.Column("proposed", sa.Text(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        *_stamps(),
        sa.CheckConstraint("kind IN ('period', 'year', 'exam', 'final')", name=op.f("final_mark_kind_check")),
        sa.CheckConstraint("(kind = 'period') = (period_id IS NOT NULL)", name=op.f("final_mark_period_check")),
        sa.CheckConstraint(f"value IN ({VALUES})", name=op.f("final_mark_value_check")),
        sa.CheckConstraint(f"proposed IN ({VALUES})", name=op.f("final_mark_proposed_check")),
        _reference("final_mark", "changed_by", "account"),
        _reference("final_mark", "student_id", "student"),
        _reference("final_mark", "subject_id", "subject"),
        sa.ForeignKeyConstraint(
            ["school_id", "class_id", "year_id"],
            ["school_class.school_id", "school_class.id", "school_class.year_id"],
            name=op.f("final_mark_school_id_class_id_year_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "period_id", "year_id"],
            ["period.school_id", "period.id", "period.year_id"],
            name=op.f("final_mark_school_id_period_id_year_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("final_mark_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("final_mark_pkey")),
        sa.UniqueConstraint(
            *("school_id", "student_id", "subject_id", "year_id", "kind", "period_id"),
            name="final_mark_slot_key",
            postgresql_nulls_not_distinct=True,
        ),
    )
    for columns in (["class_id", "period_id"], ["period_id"]):
        name = op.f(f"final_mark_school_id_{'_'.join(columns)}_idx")
        op.create_index(name, "final_mark", ["school_id", *columns], unique=False)
    op.create_table(
        "mark_rule",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=True),
        sa.Column("round_up_from", sa.BigInteger(), nullable=False),
        sa.Column("weighted", sa.Boolean(), nullable=False),
        sa.Column("fewest", sa.BigInteger(), nullable=False),
        *_stamps(),
        sa.CheckConstraint("round_up_from BETWEEN 1 AND 99", name=op.f("mark_rule_round_up_from_check")),
        sa.CheckConstraint("fewest BETWEEN 0 AND 30", name=op.f("mark_rule_fewest_check")),
        _reference("mark_rule", "changed_by", "account"),
        _reference("mark_rule", "subject_id", "subject"),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("mark_rule_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("mark_rule_pkey")),
        sa.UniqueConstraint(
            "school_id",
            "subject_id",
            name=op.f("mark_rule_school_id_subject_id_key"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "period_closing",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("class_id", sa.BigInteger(), nullable=False),
        sa.Column("period_id", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_by", sa.BigInteger(), nullable=True),
        sa.Column("reopened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reopened_by", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("(reopened_at IS NULL) = (reason IS NULL)", name=op.f("period_closing_reopened_check")),
        _reference("period_closing", "class_id", "school_class"),
        _reference("period_closing", "period_id", "period"),
        _reference("period_closing", "closed_by", "account"),
        _reference("period_closing", "reopened_by", "account"),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("period_closing_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("period_closing_pkey")),
    )
    op.create_index(
        "period_closing_standing_key",
        "period_closing",
        ["school_id", "class_id", "period_id"],
        unique=True,
        postgresql_where=sa.text("reopened_at IS NULL"),
    )
    for columns in (["class_id", "id"], ["period_id"]):
        name = op.f(f"period_closing_school_id_{'_'.join(columns)}_idx")
        op.create_index(name, "period_closing", ["school_id", *columns], unique=False)


def _stamps() -> list[sa.Column[Any]]:
    return [
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=True),
    ]


def _reference(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["school_id", column], [f"{to}.school_id", f"{to}.id"], name=op.f(f"{table}_school_id_{column}_fkey")
    )


def downgrade() -> None:
    op.execute("DROP VIEW mark_slot")
    op.execute("DROP TRIGGER period_closed ON period")
    op.execute("DROP FUNCTION refuse_moved_period")
    for way, tables in WRITTEN.items():
        for table in tables:
            for name in EVENTS:
                op.execute(f"DROP TRIGGER {table}_{name}_in_ended_period ON {table}")
        op.execute(f"DROP FUNCTION refuse_closed_period_by_{way}")
    for table in ("period_closing", "mark_rule", "final_mark"):
        op.drop_table(table)
    op.execute("DROP FUNCTION tell_of_final_marks")
    op.execute("DELETE FROM change WHERE kind = 'final_mark'")
    _allow(*KINDS)
    for table in ("school_class", "period"):
        op.drop_constraint(op.f(f"{table}_school_id_id_year_id_key"), table)
