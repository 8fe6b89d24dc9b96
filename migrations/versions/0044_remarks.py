"""Remarks of the deputy to teachers about how journals are kept (7.11)."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

EVENTS = {
    "added": ("INSERT", "NEW TABLE AS touched"),
    "replaced": ("UPDATE", "OLD TABLE AS touched"),
    "changed": ("UPDATE", "NEW TABLE AS touched"),
    "removed": ("DELETE", "OLD TABLE AS touched"),
}
REFERENCES = {
    "staff_id": "staff",
    "year_id": "academic_year",
    "class_id": "school_class",
    "group_id": "study_group",
    "subject_id": "subject",
    "lesson_id": "lesson",
    "period_id": "period",
    "student_id": "student",
    "made_by": "account",
    "closed_by": "account",
    "changed_by": "account",
}
FINDINGS = (
    *("topic", "roll_call", "homework", "written_work", "enough_marks", "period_marks", "final_marks"),
    *("outage_records", "topic_by_plan", "hours", "make_up", "debt", "absence_reason", "period_mark_by_rule"),
    *("final_mark_by_rule", "subject_taken"),
)
CHECKS = {
    "finding": f"finding IN ({', '.join(repr(each) for each in FINDINGS)})",
    "found": "num_nulls(finding, key0, key1, key2) IN (0, 4)",
    "answered": "(answer IS NULL) = (answered_at IS NULL)",
    "ended": "num_nonnulls(closed_at, withdrawn_at) <= 1",
    "closed": "closed_by IS NULL OR closed_at IS NOT NULL",
    "mended": "closed_at IS NULL OR closed_by IS NOT NULL OR finding IS NOT NULL",
}
INDEXED = ("staff_id", "class_id", "subject_id", "lesson_id", "student_id")
KINDS = (
    *("mark", "attendance", "roll_call", "task", "homework", "record", "lesson", "membership", "final_mark"),
    *("report_set", "digest"),
)

TELL = """
CREATE FUNCTION tell_of_remarks() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    entry bigint := nullif(current_setting('classbook.audit_entry', true), '')::bigint;
BEGIN
    IF entry IS NULL OR current_setting('classbook.quiet', true) = 'on' THEN
        RETURN NULL;
    END IF;
    INSERT INTO change (school_id, audit_entry_id, kind, object_id, staff, starts_on, ends_on)
    SELECT t.school_id, entry, 'remark', t.id, ARRAY[t.staff_id], told.day, told.day
    FROM touched AS t JOIN school AS s ON s.school_id = t.school_id
    CROSS JOIN LATERAL (SELECT timezone(s.time_zone, t.made_at)::date AS day) AS told;
    PERFORM pg_notify('classbook_change', t.school_id::text) FROM (SELECT DISTINCT school_id FROM touched) AS t;
    RETURN NULL;
END $$
"""
TOLD = {"added": "INSERT", "changed": "UPDATE"}


def _kinds(*kinds: str) -> None:
    op.drop_constraint(op.f("change_kind_check"), "change", type_="check")
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    op.create_check_constraint(op.f("change_kind_check"), "change", f"kind IN ({listed})")


def upgrade() -> None:
    _kinds(*KINDS, "remark")
    op.create_table(
        "remark",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("staff_id", "year_id")),
        *(
            sa.Column(f"{name}_id", sa.BigInteger(), nullable=True)
            for name in ("class", "group", "subject", "lesson", "period", "student")
        ),
        sa.Column("finding", sa.Text(), nullable=True),
        *(sa.Column(f"key{place}", sa.BigInteger(), nullable=True) for place in range(3)),
        sa.Column("clause", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.BigInteger(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=True),
        *(sa.CheckConstraint(check, name=op.f(f"remark_{name}_check")) for name, check in CHECKS.items()),
        *(
            sa.ForeignKeyConstraint(
                ["school_id", column],
                [f"{table}.school_id", f"{table}.id"],
                name=op.f(f"remark_school_id_{column}_fkey"),
            )
            for column, table in REFERENCES.items()
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("remark_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("remark_pkey")),
    )
    op.create_index(
        *("remark_standing_key", "remark", ["school_id", "finding", "key0", "key1", "key2"]),
        unique=True,
        postgresql_where=sa.text("finding IS NOT NULL AND closed_at IS NULL AND withdrawn_at IS NULL"),
    )
    for column in INDEXED:
        op.create_index(op.f(f"remark_school_id_{column}_idx"), "remark", ["school_id", column])
    op.execute(
        "CREATE TRIGGER remark_history AFTER UPDATE OR DELETE ON remark FOR EACH ROW EXECUTE FUNCTION keep_history()"
    )
    for name, (event, rows) in EVENTS.items():
        op.execute(
            f"CREATE TRIGGER remark_{name}_in_closed_year AFTER {event} ON remark "
            f"REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION refuse_closed_year('year_id')"
        )
    op.execute(TELL)
    for name, event in TOLD.items():
        op.execute(
            f"CREATE TRIGGER remark_{name}_is_told AFTER {event} ON remark "
            "REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION tell_of_remarks()"
        )


def downgrade() -> None:
    op.drop_table("remark")
    op.execute("DROP FUNCTION tell_of_remarks")
    op.execute("DELETE FROM change WHERE kind = 'remark'")
    _kinds(*KINDS)
