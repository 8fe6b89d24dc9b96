"""Years that close: whatever belongs to one can't be changed any more."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# Once a statement, for all rows that it touched, as they were and as they are. The argument says how a row finds its
# year: by `year_id`, by the class or group it is of, by its bell schedule, or by its day.
REFUSE_CLOSED_YEAR = """
CREATE FUNCTION refuse_closed_year() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    closed boolean;
BEGIN
    CASE TG_ARGV[0]
    WHEN 'itself' THEN
        closed := true;
    WHEN 'year_id' THEN
        SELECT EXISTS (
            SELECT FROM touched AS t JOIN academic_year AS y ON y.school_id = t.school_id AND y.id = t.year_id
            WHERE y.state = 'closed'
        ) INTO closed;
    WHEN 'class_id' THEN
        SELECT EXISTS (
            SELECT FROM touched AS t JOIN school_class AS c ON c.school_id = t.school_id AND c.id = t.class_id
            JOIN academic_year AS y ON y.school_id = c.school_id AND y.id = c.year_id
            WHERE y.state = 'closed'
        ) INTO closed;
    WHEN 'group_id' THEN
        SELECT EXISTS (
            SELECT FROM touched AS t JOIN study_group AS g ON g.school_id = t.school_id AND g.id = t.group_id
            JOIN school_class AS c ON c.school_id = g.school_id AND c.id = g.class_id
            JOIN academic_year AS y ON y.school_id = c.school_id AND y.id = c.year_id
            WHERE y.state = 'closed'
        ) INTO closed;
    WHEN 'schedule_id' THEN
        SELECT EXISTS (
            SELECT FROM touched AS t JOIN bell_schedule AS s ON s.school_id = t.school_id AND s.id = t.schedule_id
            JOIN academic_year AS y ON y.school_id = s.school_id AND y.id = s.year_id
            WHERE y.state = 'closed'
        ) INTO closed;
    WHEN 'timetable_id' THEN
        SELECT EXISTS (
            SELECT FROM touched AS t JOIN timetable AS w ON w.school_id = t.school_id AND w.id = t.timetable_id
            JOIN academic_year AS y ON y.school_id = w.school_id AND y.id = w.year_id
            WHERE y.state = 'closed'
        ) INTO closed;
    WHEN 'component_id' THEN
        SELECT EXISTS (
            SELECT FROM touched AS t JOIN component AS c ON c.school_id = t.school_id AND c.id = t.component_id
            JOIN academic_year AS y ON y.school_id = c.school_id AND y.id = c.year_id
            WHERE y.state = 'closed'
        ) INTO closed;
    WHEN 'plan_id' THEN
        SELECT EXISTS (
            SELECT FROM touched AS t JOIN topic_plan AS p ON p.school_id = t.school_id AND p.id = t.plan_id
            JOIN academic_year AS y ON y.school_id = p.school_id AND y.id = p.year_id
            WHERE y.state = 'closed'
        ) INTO closed;
    WHEN 'topic_id' THEN
        SELECT EXISTS (
            SELECT FROM touched AS t JOIN topic AS o ON o.school_id = t.school_id AND o.id = t.topic_id
            JOIN topic_plan AS p ON p.school_id = o.school_id AND p.id = o.plan_id
            JOIN academic_year AS y ON y.school_id = p.school_id AND y.id = p.year_id
            WHERE y.state = 'closed'
        ) INTO closed;
    WHEN 'homework_id' THEN
        SELECT EXISTS (
            SELECT FROM touched AS t JOIN homework AS h ON h.school_id = t.school_id AND h.id = t.homework_id
            JOIN academic_year AS y ON y.school_id = h.school_id AND h.lesson_date BETWEEN y.starts_on AND y.ends_on
            WHERE y.state = 'closed'
        ) INTO closed;
    WHEN 'lesson_date' THEN
        SELECT EXISTS (
            SELECT FROM touched AS t
            JOIN academic_year AS y ON y.school_id = t.school_id AND t.lesson_date BETWEEN y.starts_on AND y.ends_on
            WHERE y.state = 'closed'
        ) INTO closed;
    END CASE;
    IF closed THEN
        RAISE EXCEPTION 'the year is closed' USING ERRCODE = 'CB001', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$
"""

EVENTS = {
    "added": ("INSERT", "NEW TABLE AS touched"),
    "replaced": ("UPDATE", "OLD TABLE AS touched"),
    "changed": ("UPDATE", "NEW TABLE AS touched"),
    "removed": ("DELETE", "OLD TABLE AS touched"),
}
WAYS = {
    "year_id": (
        *("period", "holiday", "school_class", "bell_schedule", "profile", "period_rule", "component"),
        *("topic_plan", "document", "timetable", "day_transfer", "event"),
    ),
    "class_id": ("class_leadership", "enrolment", "study_group", "plan_hours", "event_class"),
    "timetable_id": ("timetable_entry",),
    "component_id": ("component_load",),
    "plan_id": ("topic_section", "topic"),
    "topic_id": ("topic_work_type",),
    "group_id": ("group_member", "teaching_assignment", "topic_plan_assignment", "lesson"),
    "schedule_id": ("bell",),
    "homework_id": ("homework_recipient",),
    "lesson_date": ("task", "mark", "attendance", "roll_call", "homework"),
}


def upgrade() -> None:
    op.add_column("academic_year", sa.Column("state", sa.Text(), server_default="open", nullable=False))
    op.create_check_constraint(
        op.f("academic_year_state_check"), "academic_year", "state IN ('draft', 'open', 'closed')"
    )
    op.execute(REFUSE_CLOSED_YEAR)
    for way, tables in WAYS.items():
        for table in tables:
            for name, (event, rows) in EVENTS.items():
                op.execute(
                    f"CREATE TRIGGER {table}_{name}_in_closed_year AFTER {event} ON {table} REFERENCING {rows} "
                    f"FOR EACH STATEMENT EXECUTE FUNCTION refuse_closed_year('{way}')"
                )
    op.execute(
        "CREATE TRIGGER academic_year_closed BEFORE UPDATE OR DELETE ON academic_year "
        "FOR EACH ROW WHEN (OLD.state = 'closed') EXECUTE FUNCTION refuse_closed_year('itself')"
    )


def downgrade() -> None:
    for tables in WAYS.values():
        for table in tables:
            for name in EVENTS:
                op.execute(f"DROP TRIGGER {table}_{name}_in_closed_year ON {table}")
    op.execute("DROP TRIGGER academic_year_closed ON academic_year")
    op.execute("DROP FUNCTION refuse_closed_year")
    op.drop_constraint(op.f("academic_year_state_check"), "academic_year")
    op.drop_column("academic_year", "state")
