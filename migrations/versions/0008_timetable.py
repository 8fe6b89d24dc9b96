"""The weekly timetable in versions, days moved, events; bells by weekday, rooms that are archived."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

VERSIONED = ("bell_schedule", "timetable", "day_transfer", "event")


def upgrade() -> None:
    op.create_table(
        "day_transfer",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("year_id", sa.BigInteger(), nullable=False),
        sa.Column("from_date", sa.Date(), nullable=True),
        sa.Column("weekday", sa.BigInteger(), nullable=False),
        sa.Column("to_date", sa.Date(), nullable=False),
        sa.Column("grades", sa.ARRAY(sa.BigInteger()), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("from_date <> to_date", name=op.f("day_transfer_dates_check")),
        sa.CheckConstraint("weekday BETWEEN 1 AND 6", name=op.f("day_transfer_weekday_check")),
        sa.ForeignKeyConstraint(
            ["school_id", "changed_by"],
            ["account.school_id", "account.id"],
            name=op.f("day_transfer_school_id_changed_by_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "year_id"],
            ["academic_year.school_id", "academic_year.id"],
            name=op.f("day_transfer_school_id_year_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("day_transfer_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("day_transfer_pkey")),
    )
    op.create_index(
        op.f("day_transfer_school_id_year_id_to_date_idx"),
        "day_transfer",
        ["school_id", "year_id", "to_date"],
        unique=False,
    )
    op.create_table(
        "event",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("year_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("starts_at", sa.Time(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("ends_at", sa.Time(), nullable=True),
        sa.Column("for_all", sa.Boolean(), nullable=False),
        sa.Column("grades", sa.ARRAY(sa.BigInteger()), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(starts_at IS NULL) = (ends_at IS NULL)", name=op.f("event_hours_check")),
        sa.CheckConstraint("NOT for_all OR grades IS NULL", name=op.f("event_for_all_check")),
        sa.CheckConstraint("ends_on IS NULL OR starts_on <= ends_on", name=op.f("event_dates_check")),
        sa.ForeignKeyConstraint(
            ["school_id", "changed_by"],
            ["account.school_id", "account.id"],
            name=op.f("event_school_id_changed_by_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "year_id"],
            ["academic_year.school_id", "academic_year.id"],
            name=op.f("event_school_id_year_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("event_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("event_pkey")),
    )
    op.create_index(op.f("event_school_id_starts_on_idx"), "event", ["school_id", "starts_on"], unique=False)
    op.create_table(
        "timetable",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("year_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(state = 'draft') = (published_at IS NULL) AND (state = 'draft' OR starts_on IS NOT NULL AND ends_on IS NOT NULL)",
            name=op.f("timetable_published_check"),
        ),
        sa.CheckConstraint("state IN ('draft', 'published', 'replaced')", name=op.f("timetable_state_check")),
        sa.CheckConstraint("ends_on IS NULL OR starts_on <= ends_on", name=op.f("timetable_dates_check")),
        sa.ForeignKeyConstraint(
            ["school_id", "changed_by"],
            ["account.school_id", "account.id"],
            name=op.f("timetable_school_id_changed_by_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "year_id"],
            ["academic_year.school_id", "academic_year.id"],
            name=op.f("timetable_school_id_year_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("timetable_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("timetable_pkey")),
        sa.UniqueConstraint("school_id", "year_id", "title", name=op.f("timetable_school_id_year_id_title_key")),
    )
    op.create_table(
        "event_class",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("class_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "class_id"],
            ["school_class.school_id", "school_class.id"],
            name=op.f("event_class_school_id_class_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "event_id"], ["event.school_id", "event.id"], name=op.f("event_class_school_id_event_id_fkey")
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("event_class_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "event_id", "class_id", name=op.f("event_class_pkey")),
    )
    op.create_index(op.f("event_class_school_id_class_id_idx"), "event_class", ["school_id", "class_id"], unique=False)
    op.create_table(
        "timetable_entry",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("timetable_id", sa.BigInteger(), nullable=False),
        sa.Column("weekday", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("weeks", sa.Text(), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("teacher_id", sa.BigInteger(), nullable=False),
        sa.Column("room_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("weeks IN ('every', 'odd', 'even')", name=op.f("timetable_entry_weeks_check")),
        sa.CheckConstraint("number BETWEEN 0 AND 14", name=op.f("timetable_entry_number_check")),
        sa.CheckConstraint("weekday BETWEEN 1 AND 6", name=op.f("timetable_entry_weekday_check")),
        sa.ForeignKeyConstraint(
            ["school_id", "group_id"],
            ["study_group.school_id", "study_group.id"],
            name=op.f("timetable_entry_school_id_group_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "room_id"], ["room.school_id", "room.id"], name=op.f("timetable_entry_school_id_room_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "subject_id"],
            ["subject.school_id", "subject.id"],
            name=op.f("timetable_entry_school_id_subject_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "teacher_id"],
            ["staff.school_id", "staff.id"],
            name=op.f("timetable_entry_school_id_teacher_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "timetable_id"],
            ["timetable.school_id", "timetable.id"],
            name=op.f("timetable_entry_school_id_timetable_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("timetable_entry_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("timetable_entry_pkey")),
        sa.UniqueConstraint(
            "school_id", "timetable_id", "group_id", "weekday", "number", "weeks", name=op.f("timetable_entry_slot_key")
        ),
    )
    op.create_index(
        op.f("timetable_entry_school_id_group_id_idx"), "timetable_entry", ["school_id", "group_id"], unique=False
    )
    op.create_index(
        op.f("timetable_entry_school_id_room_id_idx"), "timetable_entry", ["school_id", "room_id"], unique=False
    )
    op.create_index(
        op.f("timetable_entry_school_id_teacher_id_idx"), "timetable_entry", ["school_id", "teacher_id"], unique=False
    )
    op.add_column("bell_schedule", sa.Column("weekday", sa.BigInteger(), nullable=True))
    op.add_column("bell_schedule", sa.Column("version", sa.BigInteger(), server_default="1", nullable=False))
    # Schedules that are there already were set when this came in; who sets one later says when.
    op.add_column(
        "bell_schedule",
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
    )
    op.alter_column("bell_schedule", "changed_at", server_default=None)
    op.create_check_constraint(op.f("bell_schedule_weekday_check"), "bell_schedule", "weekday BETWEEN 1 AND 6")
    op.add_column("bell_schedule", sa.Column("changed_by", sa.BigInteger(), nullable=True))
    op.create_unique_constraint(
        op.f("bell_schedule_school_id_year_id_shift_weekday_key"),
        "bell_schedule",
        ["school_id", "year_id", "shift", "weekday"],
        postgresql_nulls_not_distinct=True,
    )
    op.create_foreign_key(
        op.f("bell_schedule_school_id_changed_by_fkey"),
        "bell_schedule",
        "account",
        ["school_id", "changed_by"],
        ["school_id", "id"],
    )
    op.create_index(op.f("lesson_school_id_room_id_date_idx"), "lesson", ["school_id", "room_id", "date"], unique=False)
    op.add_column("room", sa.Column("archived_on", sa.Date(), nullable=True))
    for table in VERSIONED:
        op.execute(
            f"CREATE TRIGGER {table}_history AFTER UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION keep_history()"
        )


def downgrade() -> None:
    for table in VERSIONED:
        op.execute(f"DROP TRIGGER {table}_history ON {table}")
    op.drop_column("room", "archived_on")
    op.drop_index(op.f("lesson_school_id_room_id_date_idx"), table_name="lesson")
    op.drop_constraint(op.f("bell_schedule_school_id_changed_by_fkey"), "bell_schedule", type_="foreignkey")
    op.drop_constraint(op.f("bell_schedule_school_id_year_id_shift_weekday_key"), "bell_schedule", type_="unique")
    op.drop_column("bell_schedule", "changed_by")
    op.drop_column("bell_schedule", "changed_at")
    op.drop_column("bell_schedule", "version")
    op.drop_constraint(op.f("bell_schedule_weekday_check"), "bell_schedule", type_="check")
    op.drop_column("bell_schedule", "weekday")
    op.drop_index(op.f("timetable_entry_school_id_teacher_id_idx"), table_name="timetable_entry")
    op.drop_index(op.f("timetable_entry_school_id_room_id_idx"), table_name="timetable_entry")
    op.drop_index(op.f("timetable_entry_school_id_group_id_idx"), table_name="timetable_entry")
    op.drop_table("timetable_entry")
    op.drop_index(op.f("event_class_school_id_class_id_idx"), table_name="event_class")
    op.drop_table("event_class")
    op.drop_table("timetable")
    op.drop_index(op.f("event_school_id_starts_on_idx"), table_name="event")
    op.drop_table("event")
    op.drop_index(op.f("day_transfer_school_id_year_id_to_date_idx"), table_name="day_transfer")
    op.drop_table("day_transfer")
