"""Changes of what is one account's own: how far a set of reports is, a digest that has come or was read.

Revision ID: 0042
Revises: 0041
"""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

KINDS = ("mark", "attendance", "roll_call", "task", "homework", "record", "lesson", "membership", "final_mark")
OWN = ("report_set", "digest")

# A set of thousands of reports is told a hundred times at most, and of its process's signs of life nobody hears.
SETS = """
CREATE FUNCTION tell_of_report_sets() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('classbook.quiet', true) = 'on' THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'INSERT' THEN
        INSERT INTO change (school_id, audit_entry_id, kind, object_id, account_id, starts_on, ends_on)
        SELECT t.school_id, nullif(current_setting('classbook.audit_entry', true), '')::bigint, 'report_set', t.id,
            t.account_id, own.day, own.day
        FROM touched AS t JOIN school AS s ON s.school_id = t.school_id
        CROSS JOIN LATERAL (SELECT (t.created_at AT TIME ZONE s.time_zone)::date AS day) AS own;
    ELSE
        INSERT INTO change (school_id, audit_entry_id, kind, object_id, account_id, starts_on, ends_on)
        SELECT t.school_id, nullif(current_setting('classbook.audit_entry', true), '')::bigint, 'report_set', t.id,
            t.account_id, own.day, own.day
        FROM touched AS t JOIN school AS s ON s.school_id = t.school_id
        JOIN replaced AS o ON o.school_id = t.school_id AND o.id = t.id
        CROSS JOIN LATERAL (SELECT (t.created_at AT TIME ZONE s.time_zone)::date AS day) AS own
        WHERE (t.state, t.done * 100 / t.total) IS DISTINCT FROM (o.state, o.done * 100 / o.total);
    END IF;
    IF FOUND THEN
        PERFORM pg_notify('classbook_change', t.school_id::text) FROM (SELECT DISTINCT school_id FROM touched) AS t;
    END IF;
    RETURN NULL;
END $$
"""
DIGESTS = """
CREATE FUNCTION tell_of_digests() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('classbook.quiet', true) = 'on' THEN
        RETURN NULL;
    END IF;
    INSERT INTO change (school_id, audit_entry_id, kind, object_id, account_id, starts_on, ends_on)
    SELECT t.school_id, nullif(current_setting('classbook.audit_entry', true), '')::bigint, 'digest', t.id,
        t.account_id, d.date, d.date
    FROM touched AS t JOIN digest_day AS d ON d.school_id = t.school_id AND d.id = t.day_id;
    IF FOUND THEN
        PERFORM pg_notify('classbook_change', t.school_id::text) FROM (SELECT DISTINCT school_id FROM touched) AS t;
    END IF;
    RETURN NULL;
END $$
"""
EVENTS = {
    "added": ("INSERT", "NEW TABLE AS touched"),
    "changed": ("UPDATE", "OLD TABLE AS replaced NEW TABLE AS touched"),
}


def _kinds(*kinds: str) -> None:
    op.drop_constraint(op.f("change_kind_check"), "change", type_="check")
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    op.create_check_constraint(op.f("change_kind_check"), "change", f"kind IN ({listed})")


def upgrade() -> None:
    op.add_column("change", sa.Column("account_id", sa.BigInteger(), nullable=True))
    op.alter_column("change", "audit_entry_id", nullable=True)
    op.create_check_constraint(
        op.f("change_own_check"), "change", "(account_id IS NOT NULL) = (kind IN ('report_set', 'digest'))"
    )
    op.create_check_constraint(
        op.f("change_told_check"), "change", "audit_entry_id IS NOT NULL OR account_id IS NOT NULL"
    )
    _kinds(*KINDS, *OWN)
    for table, function in (("report_set", SETS), ("digest", DIGESTS)):
        op.execute(function)
        for name, (event, rows) in EVENTS.items():
            op.execute(
                f"CREATE TRIGGER {table}_{name}_is_told AFTER {event} ON {table} REFERENCING {rows} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION tell_of_{table}s()"
            )


def downgrade() -> None:
    for table in ("report_set", "digest"):
        for name in EVENTS:
            op.execute(f"DROP TRIGGER {table}_{name}_is_told ON {table}")
        op.execute(f"DROP FUNCTION tell_of_{table}s")
    op.execute("DELETE FROM change WHERE account_id IS NOT NULL")
    for name in ("told", "own"):
        op.drop_constraint(op.f(f"change_{name}_check"), "change", type_="check")
    _kinds(*KINDS)
    op.alter_column("change", "audit_entry_id", nullable=False)
    op.drop_column("change", "account_id")
