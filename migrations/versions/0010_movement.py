"""The movement book: orders, and memberships in classes that only orders open and end."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# A student is in one class at a time, and only issued orders on that very student put them there. The students are
# locked in their order first, so that of two writers one sees what the other has written.
GUARD = """
CREATE FUNCTION guard_enrolment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM student
    JOIN (SELECT DISTINCT school_id, student_id FROM written) AS moved
        ON moved.school_id = student.school_id AND moved.student_id = student.id
    ORDER BY student.school_id, student.id
    FOR NO KEY UPDATE OF student;
    IF EXISTS (
        SELECT FROM written
        JOIN enrolment AS other ON other.school_id = written.school_id AND other.student_id = written.student_id
        WHERE other.id <> written.id
            AND other.starts_on <= coalesce(written.ends_on, 'infinity')
            AND written.starts_on <= coalesce(other.ends_on, 'infinity')
    ) THEN
        RAISE EXCEPTION 'a student is in one class at a time'
            USING ERRCODE = 'exclusion_violation', TABLE = 'enrolment', CONSTRAINT = 'enrolment_one_class';
    END IF;
    IF EXISTS (
        SELECT FROM written
        CROSS JOIN LATERAL unnest(ARRAY[opened_by, ended_by]) AS made (by)
        WHERE made.by IS NOT NULL AND NOT EXISTS (
            SELECT FROM movement_item AS item
            JOIN movement_order ON movement_order.school_id = item.school_id AND movement_order.id = item.order_id
            WHERE item.school_id = written.school_id AND item.id = made.by
                AND item.student_id = written.student_id AND movement_order.state = 'issued'
        )
    ) THEN
        RAISE EXCEPTION 'only an issued order on the student changes a membership'
            USING ERRCODE = 'check_violation', TABLE = 'enrolment', CONSTRAINT = 'enrolment_by_order';
    END IF;
    RETURN NULL;
END $$
"""

# Memberships carry no version of their own: it is how often they have been replaced.
KEEP_MEMBERSHIP = """
CREATE FUNCTION keep_membership() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO history (school_id, relation, row_id, version, replaced_at, operation, audit_entry_id, row)
    SELECT
        OLD.school_id, TG_TABLE_NAME, OLD.id, 1 + count(*),
        coalesce(nullif(current_setting('classbook.now', true), '')::timestamptz, clock_timestamp()),
        lower(TG_OP),
        nullif(current_setting('classbook.audit_entry', true), '')::bigint,
        to_jsonb(OLD)
    FROM history WHERE school_id = OLD.school_id AND relation = TG_TABLE_NAME AND row_id = OLD.id;
    RETURN NULL;
END $$
"""

# Memberships from before there were orders get the orders that would have made them: one for all who went the same way
# on the same day.
MOVES = """
CREATE TEMPORARY TABLE move ON COMMIT DROP AS
WITH stay AS (
    SELECT enrolment.*, school_class.year_id, school_class.grade,
        lag(enrolment.id) OVER w AS previous, lag(class_id) OVER w AS left_class,
        coalesce(lag(ends_on) OVER w = starts_on - 1, false) AS goes_on,
        lag(year_id) OVER w AS left_year, lag(grade) OVER w AS left_grade,
        coalesce(lead(starts_on) OVER w = ends_on + 1, false) AS stays_on
    FROM enrolment JOIN school_class USING (school_id)
    WHERE school_class.id = class_id
    WINDOW w AS (PARTITION BY school_id, student_id ORDER BY starts_on)
)
SELECT school_id, student_id, id AS opens, CASE WHEN goes_on THEN previous END AS ends,
    CASE WHEN NOT goes_on THEN 'enrolment' WHEN left_year = year_id THEN 'transfer'
        WHEN left_grade = grade THEN 'repetition' ELSE 'promotion' END AS kind,
    starts_on AS effective_on, CASE WHEN goes_on THEN left_class END AS from_class, class_id AS to_class
FROM stay
UNION ALL
SELECT school_id, student_id, NULL, id, 'departure', ends_on + 1, class_id, NULL
FROM stay WHERE ends_on IS NOT NULL AND NOT stays_on
"""
ORDERS = """
INSERT INTO movement_order
    (school_id, kind, state, position, number, issued_on, effective_on, basis, changed_at)
SELECT school_id, kind, 'issued', place, 'б/н ' || place, effective_on, effective_on, line, now()
FROM (
    SELECT school_id, kind, effective_on, min(coalesce(from_class::text, '-') || ' ' || coalesce(to_class::text, '-')) AS line,
        row_number() OVER (PARTITION BY school_id ORDER BY effective_on, kind, from_class, to_class) AS place
    FROM move GROUP BY school_id, kind, effective_on, from_class, to_class
) AS grouped
"""

MADE = """
UPDATE enrolment SET {column} = item.id FROM move
JOIN movement_order AS made USING (school_id, kind, effective_on)
JOIN movement_item AS item ON item.school_id = move.school_id AND order_id = made.id
    AND item.student_id = move.student_id
WHERE enrolment.school_id = move.school_id AND enrolment.id = move.{of}
"""


def upgrade() -> None:
    op.create_table(
        "movement_order",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column(
            "issued_year",
            sa.BigInteger(),
            sa.Computed("extract(year FROM issued_on)::bigint", persisted=True),
            nullable=True,
        ),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("event_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("basis", sa.Text(), nullable=True),
        sa.Column("cancels_id", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('promotion', 'repetition', 'graduation', 'departure', 'enrolment', 'transfer')",
            name=op.f("movement_order_kind_check"),
        ),
        sa.CheckConstraint("state IN ('draft', 'issued', 'cancelled')", name=op.f("movement_order_state_check")),
        sa.CheckConstraint(
            "num_nonnulls(position, number, issued_on) = CASE state WHEN 'draft' THEN 0 ELSE 3 END",
            name=op.f("movement_order_issued_check"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "cancels_id"],
            ["movement_order.school_id", "movement_order.id"],
            name=op.f("movement_order_school_id_cancels_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "changed_by"],
            ["account.school_id", "account.id"],
            name=op.f("movement_order_school_id_changed_by_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("movement_order_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("movement_order_pkey")),
        sa.UniqueConstraint("school_id", "position", name=op.f("movement_order_school_id_position_key")),
        sa.UniqueConstraint(
            "school_id", "issued_year", "number", name=op.f("movement_order_school_id_issued_year_number_key")
        ),
        sa.UniqueConstraint("school_id", "cancels_id", name=op.f("movement_order_school_id_cancels_id_key")),
    )
    op.create_index(
        "movement_order_draft_idx",
        "movement_order",
        ["school_id", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'draft'"),
    )
    op.create_table(
        "movement_item",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("student_id", sa.BigInteger(), nullable=False),
        sa.Column("from_class_id", sa.BigInteger(), nullable=True),
        sa.Column("to_class_id", sa.BigInteger(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        *_references(
            "movement_item",
            order_id="movement_order",
            student_id="student",
            from_class_id="school_class",
            to_class_id="school_class",
        ),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("movement_item_pkey")),
        sa.UniqueConstraint(
            "school_id", "order_id", "position", name=op.f("movement_item_school_id_order_id_position_key")
        ),
        sa.UniqueConstraint(
            "school_id", "order_id", "student_id", name=op.f("movement_item_school_id_order_id_student_id_key")
        ),
    )
    for column in ("student_id", "from_class_id", "to_class_id"):
        op.create_index(
            op.f(f"movement_item_school_id_{column}_idx"), "movement_item", ["school_id", column], unique=False
        )
    op.create_table(
        "replaced_enrolment",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("class_id", sa.BigInteger(), nullable=False),
        sa.Column("opened_by", sa.BigInteger(), nullable=False),
        sa.Column("ended_by", sa.BigInteger(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.CheckConstraint("ends_on IS NULL OR starts_on <= ends_on", name=op.f("replaced_enrolment_dates_check")),
        *_references(
            "replaced_enrolment",
            item_id="movement_item",
            class_id="school_class",
            opened_by="movement_item",
            ended_by="movement_item",
        ),
        sa.PrimaryKeyConstraint("school_id", "item_id", "starts_on", name=op.f("replaced_enrolment_pkey")),
    )
    op.create_table(
        "replaced_group_member",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.CheckConstraint("ends_on IS NULL OR starts_on <= ends_on", name=op.f("replaced_group_member_dates_check")),
        *_references("replaced_group_member", item_id="movement_item", group_id="study_group"),
        sa.PrimaryKeyConstraint(
            "school_id", "item_id", "group_id", "starts_on", name=op.f("replaced_group_member_pkey")
        ),
    )
    op.add_column("enrolment", sa.Column("opened_by", sa.BigInteger(), nullable=True))
    op.add_column("enrolment", sa.Column("ended_by", sa.BigInteger(), nullable=True))
    _book_what_there_is()
    op.alter_column("enrolment", "opened_by", nullable=False)
    for column in ("opened_by", "ended_by"):
        op.create_foreign_key(
            op.f(f"enrolment_school_id_{column}_fkey"),
            "enrolment",
            "movement_item",
            ["school_id", column],
            ["school_id", "id"],
        )
        op.create_unique_constraint(op.f(f"enrolment_school_id_{column}_key"), "enrolment", ["school_id", column])
    op.create_check_constraint(op.f("enrolment_ended_check"), "enrolment", "(ends_on IS NULL) = (ended_by IS NULL)")
    op.execute(GUARD)
    for event in ("INSERT", "UPDATE"):
        op.execute(
            f"CREATE TRIGGER enrolment_{event.lower()}_guard AFTER {event} ON enrolment "
            "REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION guard_enrolment()"
        )
    op.execute(KEEP_MEMBERSHIP)
    for table in ("enrolment", "group_member"):
        op.execute(
            f"CREATE TRIGGER {table}_history AFTER UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION keep_membership()"
        )
    op.execute(
        "CREATE TRIGGER movement_order_history AFTER UPDATE OR DELETE ON movement_order "
        "FOR EACH ROW EXECUTE FUNCTION keep_history()"
    )


def _references(table: str, **targets: str) -> list[sa.ForeignKeyConstraint]:
    found = [sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f(f"{table}_school_id_fkey"))]
    for column, target in targets.items():
        found.append(
            sa.ForeignKeyConstraint(
                ["school_id", column],
                [f"{target}.school_id", f"{target}.id"],
                name=op.f(f"{table}_school_id_{column}_fkey"),
            )
        )
    return found


def _book_what_there_is() -> None:
    op.execute(MOVES)
    op.execute(ORDERS)
    op.execute(
        "INSERT INTO movement_item (school_id, order_id, position, student_id, from_class_id, to_class_id) "
        "SELECT school_id, movement_order.id, "
        "row_number() OVER (PARTITION BY school_id, movement_order.id ORDER BY student_id), "
        "student_id, from_class, to_class FROM move JOIN movement_order USING (school_id, kind, effective_on) "
        "WHERE basis = coalesce(from_class::text, '-') || ' ' || coalesce(to_class::text, '-')"
    )
    for column, of in (("opened_by", "opens"), ("ended_by", "ends")):
        op.execute(MADE.format(column=column, of=of))
    op.execute(
        "INSERT INTO replaced_enrolment (school_id, item_id, class_id, opened_by, starts_on) "
        "SELECT school_id, ended_by, class_id, opened_by, starts_on FROM enrolment WHERE ended_by IS NOT NULL"
    )
    op.execute("UPDATE movement_order SET basis = 'До ведения книги движения'")


def downgrade() -> None:
    op.execute("DROP TRIGGER movement_order_history ON movement_order")
    for table in ("enrolment", "group_member"):
        op.execute(f"DROP TRIGGER {table}_history ON {table}")
    op.execute("DROP FUNCTION keep_membership")
    for event in ("insert", "update"):
        op.execute(f"DROP TRIGGER enrolment_{event}_guard ON enrolment")
    op.execute("DROP FUNCTION guard_enrolment")
    op.drop_constraint(op.f("enrolment_ended_check"), "enrolment")
    for column in ("opened_by", "ended_by"):
        op.drop_constraint(op.f(f"enrolment_school_id_{column}_key"), "enrolment")
        op.drop_constraint(op.f(f"enrolment_school_id_{column}_fkey"), "enrolment")
        op.drop_column("enrolment", column)
    op.drop_table("replaced_group_member")
    op.drop_table("replaced_enrolment")
    op.drop_table("movement_item")
    op.drop_table("movement_order")
