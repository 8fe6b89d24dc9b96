"""Changes: what commands have changed, for those who are subscribed to it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

TELL = """
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    entry bigint := nullif(current_setting('classbook.audit_entry', true), '')::bigint;
BEGIN
    IF entry IS NULL OR current_setting('classbook.quiet', true) = 'on' THEN
        RETURN NULL;
    END IF;
    CASE TG_ARGV[0]
    WHEN 'student' THEN
        INSERT INTO change (school_id, audit_entry_id, kind, object_id, lesson_id, student_id,
            class_id, group_id, subject_id, substitutes, starts_on, ends_on)
        SELECT t.school_id, entry, TG_TABLE_NAME, t.id, l.id, t.student_id,
            g.class_id, l.group_id, l.subject_id, array_remove(ARRAY[l.substitute_id], NULL), l.date, l.date
        FROM {rows}
        JOIN lesson AS l ON l.school_id = t.school_id AND l.id = t.lesson_id
        JOIN study_group AS g ON g.school_id = l.school_id AND g.id = l.group_id;
    WHEN 'lesson' THEN
        INSERT INTO change (school_id, audit_entry_id, kind, object_id, lesson_id,
            class_id, group_id, subject_id, substitutes, starts_on, ends_on)
        SELECT t.school_id, entry, TG_TABLE_NAME, t.id, l.id,
            g.class_id, l.group_id, l.subject_id, array_remove(ARRAY[l.substitute_id], NULL), l.date, l.date
        FROM {rows}
        JOIN lesson AS l ON l.school_id = t.school_id AND l.id = t.lesson_id
        JOIN study_group AS g ON g.school_id = l.school_id AND g.id = l.group_id;
    WHEN 'homework' THEN
        INSERT INTO change (school_id, audit_entry_id, kind, object_id, lesson_id, student_id,
            class_id, group_id, subject_id, substitutes, starts_on, ends_on)
        SELECT t.school_id, entry, TG_TABLE_NAME, t.id, l.id, r.student_id,
            g.class_id, l.group_id, l.subject_id, array_remove(ARRAY[l.substitute_id], NULL), l.date, l.date
        FROM {rows}
        JOIN lesson AS l ON l.school_id = t.school_id AND l.id = t.lesson_id
        JOIN study_group AS g ON g.school_id = l.school_id AND g.id = l.group_id
        LEFT JOIN homework_recipient AS r ON r.school_id = t.school_id AND r.homework_id = t.id AND NOT t.for_all
        WHERE t.for_all OR r.student_id IS NOT NULL;
        IF TG_OP = 'UPDATE' THEN  -- who were all, and are not any more
            INSERT INTO change (school_id, audit_entry_id, kind, object_id, lesson_id,
                class_id, group_id, subject_id, substitutes, starts_on, ends_on)
            SELECT t.school_id, entry, TG_TABLE_NAME, t.id, l.id,
                g.class_id, l.group_id, l.subject_id, array_remove(ARRAY[l.substitute_id], NULL), l.date, l.date
            FROM touched AS t JOIN replaced AS o ON o.school_id = t.school_id AND o.id = t.id
            JOIN lesson AS l ON l.school_id = t.school_id AND l.id = t.lesson_id
            JOIN study_group AS g ON g.school_id = l.school_id AND g.id = l.group_id
            WHERE o.for_all AND NOT t.for_all;
        END IF;
    WHEN 'recipient' THEN
        INSERT INTO change (school_id, audit_entry_id, kind, object_id, lesson_id, student_id,
            class_id, group_id, subject_id, substitutes, starts_on, ends_on)
        SELECT t.school_id, entry, 'homework', h.id, l.id, t.student_id,
            g.class_id, l.group_id, l.subject_id, array_remove(ARRAY[l.substitute_id], NULL), l.date, l.date
        FROM touched AS t
        JOIN homework AS h ON h.school_id = t.school_id AND h.id = t.homework_id
        JOIN lesson AS l ON l.school_id = h.school_id AND l.id = h.lesson_id
        JOIN study_group AS g ON g.school_id = l.school_id AND g.id = l.group_id;
    WHEN 'enrolment' THEN
        INSERT INTO change (school_id, audit_entry_id, kind, student_id, class_id, starts_on, ends_on)
        SELECT DISTINCT t.school_id, entry, 'membership', t.student_id, t.class_id, t.starts_on, t.ends_on
        FROM touched AS t;
    WHEN 'group_member' THEN
        INSERT INTO change (school_id, audit_entry_id, kind, student_id, class_id, group_id, starts_on, ends_on)
        SELECT DISTINCT t.school_id, entry, 'membership', t.student_id, g.class_id, t.group_id, t.starts_on, t.ends_on
        FROM touched AS t JOIN study_group AS g ON g.school_id = t.school_id AND g.id = t.group_id;
    WHEN 'dropped_subject' THEN
        INSERT INTO change (school_id, audit_entry_id, kind, student_id, subject_id, starts_on, ends_on)
        SELECT DISTINCT t.school_id, entry, 'membership', t.student_id, t.subject_id, t.starts_on, t.ends_on
        FROM touched AS t;
    END CASE;
    PERFORM pg_notify('classbook_change', t.school_id::text) FROM (SELECT DISTINCT school_id FROM touched) AS t;
    RETURN NULL;
END $$
"""

# A lesson that moves takes its rows along by their references: no version of theirs grows, and the lesson tells it.
WRITTEN = {
    "tell": "touched AS t",
    "tell_of_versions": (
        "touched AS t JOIN replaced AS o ON o.school_id = t.school_id AND o.id = t.id AND o.version < t.version"
    ),
}

# A publication makes a year's lessons: those of one group and subject are told as one.
TELL_OF_LESSONS = """
CREATE FUNCTION tell_of_lessons() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    entry bigint := nullif(current_setting('classbook.audit_entry', true), '')::bigint;
BEGIN
    IF entry IS NULL OR current_setting('classbook.quiet', true) = 'on' THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO change (school_id, audit_entry_id, kind, object_id, lesson_id, class_id, group_id, subject_id,
            substitutes, staff, rooms, starts_on, ends_on)
        SELECT t.school_id, entry, part.kind,
            CASE WHEN count(*) = 1 THEN min(t.id) END, CASE WHEN count(*) = 1 THEN min(t.id) END,
            min(g.class_id), t.group_id, t.subject_id,
            array_remove(array_agg(DISTINCT t.substitute_id) || array_agg(DISTINCT o.substitute_id), NULL),
            array_remove(array_agg(DISTINCT t.teacher_id) || array_agg(DISTINCT o.teacher_id)
                || array_agg(DISTINCT t.substitute_id) || array_agg(DISTINCT o.substitute_id), NULL),
            array_remove(array_agg(DISTINCT t.room_id) || array_agg(DISTINCT o.room_id), NULL),
            least(min(t.date), min(o.date)), greatest(max(t.date), max(o.date))
        FROM touched AS t
        JOIN replaced AS o ON o.school_id = t.school_id AND o.id = t.id
        JOIN study_group AS g ON g.school_id = t.school_id AND g.id = t.group_id
        CROSS JOIN LATERAL (VALUES
            ('lesson', (t.date, t.number, t.shift, t.starts_at, t.ends_at, t.state, t.moved_from,
                t.room_id, t.teacher_id, t.substitute_id)
                IS DISTINCT FROM (o.date, o.number, o.shift, o.starts_at, o.ends_at, o.state, o.moved_from,
                o.room_id, o.teacher_id, o.substitute_id)),
            ('record', (t.topic, t.material, t.topic_id) IS DISTINCT FROM (o.topic, o.material, o.topic_id))
        ) AS part (kind, differs)
        WHERE part.differs
        GROUP BY t.school_id, t.group_id, t.subject_id, part.kind;
    ELSE
        INSERT INTO change (school_id, audit_entry_id, kind, object_id, lesson_id, class_id, group_id, subject_id,
            substitutes, staff, rooms, starts_on, ends_on)
        SELECT t.school_id, entry, 'lesson',
            CASE WHEN count(*) = 1 THEN min(t.id) END, CASE WHEN count(*) = 1 THEN min(t.id) END,
            min(g.class_id), t.group_id, t.subject_id,
            array_remove(array_agg(DISTINCT t.substitute_id), NULL),
            array_remove(array_agg(DISTINCT t.teacher_id) || array_agg(DISTINCT t.substitute_id), NULL),
            array_remove(array_agg(DISTINCT t.room_id), NULL),
            min(t.date), max(t.date)
        FROM touched AS t
        JOIN study_group AS g ON g.school_id = t.school_id AND g.id = t.group_id
        GROUP BY t.school_id, t.group_id, t.subject_id;
    END IF;
    PERFORM pg_notify('classbook_change', t.school_id::text) FROM (SELECT DISTINCT school_id FROM touched) AS t;
    RETURN NULL;
END $$
"""

TELL_OF_ACCESS = """
CREATE FUNCTION tell_of_access() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('classbook_access', coalesce(NEW.school_id, OLD.school_id)::text);
    RETURN NULL;
END $$
"""

EVENTS = {
    "added": ("INSERT", "NEW TABLE AS touched"),
    "changed": ("UPDATE", "OLD TABLE AS replaced NEW TABLE AS touched"),
    "removed": ("DELETE", "OLD TABLE AS touched"),
}
TOLD = {
    "mark": "tell('student')",
    "attendance": "tell('student')",
    "task": "tell('lesson')",
    "roll_call": "tell('lesson')",
    "homework": "tell('homework')",
    "homework_recipient": "tell('recipient')",
    "enrolment": "tell('enrolment')",
    "group_member": "tell('group_member')",
    "dropped_subject": "tell('dropped_subject')",
    "lesson": "tell_of_lessons()",
}
VERSIONED = ("mark", "attendance", "task", "roll_call", "homework")
REACHES = (
    *("account_role", "service_grant", "guardianship", "enrolment", "group_member"),
    *("class_leadership", "teaching_assignment"),
)
"""What a viewer reaches stands here."""
ENDS = {"session": ("ended_at",), "account": ("locked_at", "one_time_until"), "staff": ("dismissed_on",)}
"""What ends a session or its roles."""


def upgrade() -> None:
    op.create_table(
        "change",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "transaction", sa.BigInteger(), server_default=sa.text("pg_current_xact_id()::text::bigint"), nullable=False
        ),
        sa.Column("told_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("audit_entry_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        *(
            sa.Column(f"{name}_id", sa.BigInteger(), nullable=True)
            for name in ("object", "lesson", "student", "class", "group", "subject")
        ),
        *(
            sa.Column(name, postgresql.ARRAY(sa.BigInteger()), server_default=sa.text("'{}'"), nullable=False)
            for name in ("substitutes", "staff", "rooms")
        ),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('mark', 'attendance', 'roll_call', 'task', 'homework', 'record', 'lesson', 'membership')",
            name=op.f("change_kind_check"),
        ),
        sa.CheckConstraint("ends_on IS NULL OR starts_on <= ends_on", name=op.f("change_dates_check")),
        sa.ForeignKeyConstraint(
            ["school_id", "audit_entry_id"],
            ["audit_entry.school_id", "audit_entry.id"],
            name=op.f("change_school_id_audit_entry_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("change_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("change_pkey")),
    )
    op.create_index(op.f("change_school_id_transaction_id_idx"), "change", ["school_id", "transaction", "id"])
    op.create_index(op.f("change_school_id_told_at_idx"), "change", ["school_id", "told_at"])
    for name, rows in WRITTEN.items():
        op.execute(TELL.format(name=name, rows=rows))
    for function in (TELL_OF_LESSONS, TELL_OF_ACCESS):
        op.execute(function)
    for table, function in TOLD.items():
        for name, (event, rows) in EVENTS.items():
            versions = event == "UPDATE" and table in VERSIONED
            called = function.replace("tell(", "tell_of_versions(") if versions else function
            op.execute(
                f"CREATE TRIGGER {table}_{name}_is_told AFTER {event} ON {table} REFERENCING {rows} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION {called}"
            )
    for table in REACHES:
        op.execute(
            f"CREATE TRIGGER {table}_access AFTER INSERT OR UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION tell_of_access()"
        )
    for table, columns in ENDS.items():
        differ = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)
        op.execute(
            f"CREATE TRIGGER {table}_access AFTER UPDATE ON {table} "
            f"FOR EACH ROW WHEN ({differ}) EXECUTE FUNCTION tell_of_access()"
        )


def downgrade() -> None:
    for table in (*REACHES, *ENDS):
        op.execute(f"DROP TRIGGER {table}_access ON {table}")
    for table in TOLD:
        for name in EVENTS:
            op.execute(f"DROP TRIGGER {table}_{name}_is_told ON {table}")
    for function in (*WRITTEN, "tell_of_lessons", "tell_of_access"):
        op.execute(f"DROP FUNCTION {function}")
    op.drop_table("change")
