"""First light."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


# The order of the Russian alphabet with ё beside е, in any locale and without ICU: compared as bytes.
RUSSIAN_KEY = """
CREATE FUNCTION russian_key(name text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN translate(lower(name),
    'АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯё', 'абвгдеежзийклмнопрстуфхцчшщъыьэюяе')
"""

# Who is in which group: a whole class follows from enrolment, a subgroup has members of its own.
GROUP_MEMBERSHIP = """
CREATE VIEW group_membership AS
    SELECT enrolment.school_id, study_group.id AS group_id, enrolment.student_id, enrolment.starts_on, enrolment.ends_on
    FROM study_group
    JOIN enrolment ON enrolment.school_id = study_group.school_id AND enrolment.class_id = study_group.class_id
    WHERE study_group.kind = 'whole'
    UNION ALL
    SELECT school_id, group_id, student_id, starts_on, ends_on FROM group_member
"""

# What a change replaces, under the audit entry and the clock of the command that made it.
KEEP_HISTORY = """
CREATE FUNCTION keep_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO history (school_id, relation, row_id, version, replaced_at, operation, audit_entry_id, row)
    VALUES (
        OLD.school_id, TG_TABLE_NAME, OLD.id, OLD.version,
        coalesce(nullif(current_setting('classbook.now', true), '')::timestamptz, clock_timestamp()),
        lower(TG_OP),
        nullif(current_setting('classbook.audit_entry', true), '')::bigint,
        to_jsonb(OLD)
    );
    RETURN NULL;
END $$
"""

VERSIONED = ("lesson", "task", "mark", "attendance", "roll_call", "homework")


def upgrade() -> None:
    op.execute(RUSSIAN_KEY)
    op.create_table(
        "school",
        sa.Column("school_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("tax_number", sa.Text(), nullable=True),
        sa.Column("licence", sa.Text(), nullable=True),
        sa.Column("accreditation", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("school_id", name=op.f("school_pkey")),
        sa.UniqueConstraint("code", name=op.f("school_code_key")),
    )
    op.create_table(
        "academic_year",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.CheckConstraint("ends_on IS NULL OR starts_on <= ends_on", name=op.f("academic_year_dates_check")),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("academic_year_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("academic_year_pkey")),
        sa.UniqueConstraint("school_id", "name", name=op.f("academic_year_school_id_name_key")),
        sa.UniqueConstraint("school_id", "starts_on", name=op.f("academic_year_school_id_starts_on_key")),
    )
    op.create_table(
        "login_failure",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("login_key", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("login_failure_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("login_failure_pkey")),
    )
    op.create_index(
        op.f("login_failure_school_id_address_at_idx"), "login_failure", ["school_id", "address", "at"], unique=False
    )
    op.create_index(
        op.f("login_failure_school_id_login_key_at_idx"),
        "login_failure",
        ["school_id", "login_key", "at"],
        unique=False,
    )
    op.create_table(
        "person",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("family_name", sa.Text(), nullable=False),
        sa.Column("given_name", sa.Text(), nullable=False),
        sa.Column("patronymic", sa.Text(), nullable=True),
        sa.Column(
            "sort_key",
            sa.Text(collation="C"),
            sa.Computed(
                "russian_key(family_name || ' ' || given_name || ' ' || coalesce(patronymic, ''))", persisted=True
            ),
            nullable=False,
        ),
        sa.Column("sex", sa.Text(), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.CheckConstraint("sex IN ('male', 'female')", name=op.f("person_sex_check")),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("person_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("person_pkey")),
    )
    op.create_index(op.f("person_school_id_sort_key_idx"), "person", ["school_id", "sort_key"], unique=False)
    op.create_table(
        "room",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("room_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("room_pkey")),
        sa.UniqueConstraint("school_id", "name", name=op.f("room_school_id_name_key")),
    )
    op.create_table(
        "subject",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("short_name", sa.Text(), nullable=False),
        sa.Column("area", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("subject_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("subject_pkey")),
        sa.UniqueConstraint("school_id", "name", name=op.f("subject_school_id_name_key")),
    )
    op.create_table(
        "work_type",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("short_name", sa.Text(), nullable=False),
        sa.Column("weight", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("weight BETWEEN 1 AND 100", name=op.f("work_type_weight_check")),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("work_type_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("work_type_pkey")),
        sa.UniqueConstraint("school_id", "name", name=op.f("work_type_school_id_name_key")),
    )
    op.create_table(
        "account",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("login_key", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(kind = 'person') = (person_id IS NOT NULL)", name=op.f("account_person_check")),
        sa.CheckConstraint("kind IN ('person', 'analyst', 'service')", name=op.f("account_kind_check")),
        sa.ForeignKeyConstraint(
            ["school_id", "person_id"], ["person.school_id", "person.id"], name=op.f("account_school_id_person_id_fkey")
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("account_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("account_pkey")),
        sa.UniqueConstraint("school_id", "login_key", name=op.f("account_school_id_login_key_key")),
        sa.UniqueConstraint("school_id", "person_id", name=op.f("account_school_id_person_id_key")),
    )
    op.create_table(
        "bell_schedule",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("year_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("shift", sa.BigInteger(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "year_id"],
            ["academic_year.school_id", "academic_year.id"],
            name=op.f("bell_schedule_school_id_year_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("bell_schedule_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("bell_schedule_pkey")),
        sa.UniqueConstraint("school_id", "year_id", "name", name=op.f("bell_schedule_school_id_year_id_name_key")),
    )
    op.create_table(
        "guardian",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("applied_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "person_id"],
            ["person.school_id", "person.id"],
            name=op.f("guardian_school_id_person_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("guardian_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("guardian_pkey")),
        sa.UniqueConstraint("school_id", "person_id", name=op.f("guardian_school_id_person_id_key")),
    )
    op.create_table(
        "holiday",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("year_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.CheckConstraint("ends_on IS NULL OR starts_on <= ends_on", name=op.f("holiday_dates_check")),
        sa.ForeignKeyConstraint(
            ["school_id", "year_id"],
            ["academic_year.school_id", "academic_year.id"],
            name=op.f("holiday_school_id_year_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("holiday_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("holiday_pkey")),
        sa.UniqueConstraint("school_id", "year_id", "starts_on", name=op.f("holiday_school_id_year_id_starts_on_key")),
    )
    op.create_table(
        "period",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("year_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.CheckConstraint("kind IN ('quarter', 'half_year', 'trimester')", name=op.f("period_kind_check")),
        sa.CheckConstraint("ends_on IS NULL OR starts_on <= ends_on", name=op.f("period_dates_check")),
        sa.ForeignKeyConstraint(
            ["school_id", "year_id"],
            ["academic_year.school_id", "academic_year.id"],
            name=op.f("period_school_id_year_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("period_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("period_pkey")),
        sa.UniqueConstraint(
            "school_id", "year_id", "kind", "number", name=op.f("period_school_id_year_id_kind_number_key")
        ),
    )
    op.create_table(
        "school_class",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("year_id", sa.BigInteger(), nullable=False),
        sa.Column("grade", sa.BigInteger(), nullable=False),
        sa.Column("letter", sa.Text(), nullable=False),
        sa.Column("period_kind", sa.Text(), nullable=False),
        sa.Column("shift", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("capacity", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "period_kind IN ('quarter', 'half_year', 'trimester')", name=op.f("school_class_period_kind_check")
        ),
        sa.CheckConstraint("grade BETWEEN 1 AND 11", name=op.f("school_class_grade_check")),
        sa.ForeignKeyConstraint(
            ["school_id", "year_id"],
            ["academic_year.school_id", "academic_year.id"],
            name=op.f("school_class_school_id_year_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("school_class_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("school_class_pkey")),
        sa.UniqueConstraint(
            "school_id", "year_id", "grade", "letter", name=op.f("school_class_school_id_year_id_grade_letter_key")
        ),
    )
    op.create_table(
        "staff",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("grade", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("diploma", sa.Text(), nullable=True),
        sa.Column("hired_on", sa.Date(), nullable=False),
        sa.Column("dismissed_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["school_id", "person_id"], ["person.school_id", "person.id"], name=op.f("staff_school_id_person_id_fkey")
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("staff_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("staff_pkey")),
        sa.UniqueConstraint("school_id", "number", name=op.f("staff_school_id_number_key")),
        sa.UniqueConstraint("school_id", "person_id", name=op.f("staff_school_id_person_id_key")),
    )
    op.create_table(
        "student",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("file_number", sa.Text(), nullable=False),
        sa.Column("individual_plan", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("taught_at_home", sa.Boolean(), server_default="false", nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "person_id"], ["person.school_id", "person.id"], name=op.f("student_school_id_person_id_fkey")
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("student_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("student_pkey")),
        sa.UniqueConstraint("school_id", "file_number", name=op.f("student_school_id_file_number_key")),
        sa.UniqueConstraint("school_id", "person_id", name=op.f("student_school_id_person_id_key")),
    )
    op.create_table(
        "account_role",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "role IN ('administrator', 'deputy', 'director', 'hr', 'secretary', 'teacher')",
            name=op.f("account_role_role_check"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "account_id"],
            ["account.school_id", "account.id"],
            name=op.f("account_role_school_id_account_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("account_role_school_id_fkey")),
        sa.CheckConstraint("ends_on IS NULL OR starts_on <= ends_on", name=op.f("account_role_dates_check")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("account_role_pkey")),
        sa.UniqueConstraint(
            "school_id",
            "account_id",
            "role",
            "starts_on",
            name=op.f("account_role_school_id_account_id_role_starts_on_key"),
        ),
    )
    op.create_table(
        "audit_entry",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), server_default="done", nullable=False),
        sa.Column("input", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "account_id"],
            ["account.school_id", "account.id"],
            name=op.f("audit_entry_school_id_account_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("audit_entry_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("audit_entry_pkey")),
    )
    op.create_index(
        op.f("audit_entry_school_id_account_id_at_idx"), "audit_entry", ["school_id", "account_id", "at"], unique=False
    )
    op.create_index(op.f("audit_entry_school_id_at_idx"), "audit_entry", ["school_id", "at"], unique=False)
    op.create_table(
        "bell",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("schedule_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("starts_at", sa.Time(), nullable=False),
        sa.Column("ends_at", sa.Time(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "schedule_id"],
            ["bell_schedule.school_id", "bell_schedule.id"],
            name=op.f("bell_school_id_schedule_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("bell_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "schedule_id", "number", name=op.f("bell_pkey")),
    )
    op.create_table(
        "class_leadership",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("class_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["school_id", "class_id"],
            ["school_class.school_id", "school_class.id"],
            name=op.f("class_leadership_school_id_class_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "staff_id"],
            ["staff.school_id", "staff.id"],
            name=op.f("class_leadership_school_id_staff_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("class_leadership_school_id_fkey")),
        sa.CheckConstraint("ends_on IS NULL OR starts_on <= ends_on", name=op.f("class_leadership_dates_check")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("class_leadership_pkey")),
        sa.UniqueConstraint(
            "school_id", "class_id", "starts_on", name=op.f("class_leadership_school_id_class_id_starts_on_key")
        ),
    )
    op.create_index(
        op.f("class_leadership_school_id_staff_id_idx"), "class_leadership", ["school_id", "staff_id"], unique=False
    )
    op.create_table(
        "enrolment",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("student_id", sa.BigInteger(), nullable=False),
        sa.Column("class_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.CheckConstraint("ends_on IS NULL OR starts_on <= ends_on", name=op.f("enrolment_dates_check")),
        sa.ForeignKeyConstraint(
            ["school_id", "class_id"],
            ["school_class.school_id", "school_class.id"],
            name=op.f("enrolment_school_id_class_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "student_id"],
            ["student.school_id", "student.id"],
            name=op.f("enrolment_school_id_student_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("enrolment_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("enrolment_pkey")),
        sa.UniqueConstraint(
            "school_id", "student_id", "starts_on", name=op.f("enrolment_school_id_student_id_starts_on_key")
        ),
    )
    op.create_index(
        "enrolment_open_key",
        "enrolment",
        ["school_id", "student_id"],
        unique=True,
        postgresql_where=sa.text("ends_on IS NULL"),
    )
    op.create_index(op.f("enrolment_school_id_class_id_idx"), "enrolment", ["school_id", "class_id"], unique=False)
    op.create_table(
        "file",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uploaded_by", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "uploaded_by"],
            ["account.school_id", "account.id"],
            name=op.f("file_school_id_uploaded_by_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("file_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("file_pkey")),
    )
    op.create_index(op.f("file_school_id_uploaded_by_idx"), "file", ["school_id", "uploaded_by"], unique=False)
    op.create_table(
        "guardianship",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("guardian_id", sa.BigInteger(), nullable=False),
        sa.Column("student_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.CheckConstraint("kind IN ('mother', 'father', 'guardian')", name=op.f("guardianship_kind_check")),
        sa.ForeignKeyConstraint(
            ["school_id", "guardian_id"],
            ["guardian.school_id", "guardian.id"],
            name=op.f("guardianship_school_id_guardian_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "student_id"],
            ["student.school_id", "student.id"],
            name=op.f("guardianship_school_id_student_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("guardianship_school_id_fkey")),
        sa.CheckConstraint("ends_on IS NULL OR starts_on <= ends_on", name=op.f("guardianship_dates_check")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("guardianship_pkey")),
        sa.UniqueConstraint(
            "school_id",
            "guardian_id",
            "student_id",
            "starts_on",
            name=op.f("guardianship_school_id_guardian_id_student_id_starts_on_key"),
        ),
    )
    op.create_index(
        op.f("guardianship_school_id_student_id_idx"), "guardianship", ["school_id", "student_id"], unique=False
    )
    op.create_table(
        "idempotency_key",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "account_id"],
            ["account.school_id", "account.id"],
            name=op.f("idempotency_key_school_id_account_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("idempotency_key_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "account_id", "key", name=op.f("idempotency_key_pkey")),
    )
    op.create_table(
        "service_grant",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("type_name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "account_id"],
            ["account.school_id", "account.id"],
            name=op.f("service_grant_school_id_account_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("service_grant_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "account_id", "type_name", name=op.f("service_grant_pkey")),
    )
    op.create_table(
        "session",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("generation", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("device", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refreshed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["school_id", "account_id"],
            ["account.school_id", "account.id"],
            name=op.f("session_school_id_account_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("session_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("session_pkey")),
    )
    op.create_index(op.f("session_school_id_account_id_idx"), "session", ["school_id", "account_id"], unique=False)
    op.create_table(
        "study_group",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("class_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'whole') = (subject_id IS NULL) AND (kind = 'whole') = (name IS NULL)",
            name=op.f("study_group_whole_check"),
        ),
        sa.CheckConstraint("kind IN ('whole', 'subgroup')", name=op.f("study_group_kind_check")),
        sa.ForeignKeyConstraint(
            ["school_id", "class_id"],
            ["school_class.school_id", "school_class.id"],
            name=op.f("study_group_school_id_class_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "subject_id"],
            ["subject.school_id", "subject.id"],
            name=op.f("study_group_school_id_subject_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("study_group_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("study_group_pkey")),
        sa.UniqueConstraint(
            "school_id",
            "class_id",
            "subject_id",
            "name",
            name=op.f("study_group_school_id_class_id_subject_id_name_key"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "group_member",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("student_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["school_id", "group_id"],
            ["study_group.school_id", "study_group.id"],
            name=op.f("group_member_school_id_group_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "student_id"],
            ["student.school_id", "student.id"],
            name=op.f("group_member_school_id_student_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("group_member_school_id_fkey")),
        sa.CheckConstraint("ends_on IS NULL OR starts_on <= ends_on", name=op.f("group_member_dates_check")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("group_member_pkey")),
        sa.UniqueConstraint(
            "school_id",
            "group_id",
            "student_id",
            "starts_on",
            name=op.f("group_member_school_id_group_id_student_id_starts_on_key"),
        ),
    )
    op.create_index(
        op.f("group_member_school_id_student_id_idx"), "group_member", ["school_id", "student_id"], unique=False
    )
    op.create_table(
        "history",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("row_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("audit_entry_id", sa.BigInteger(), nullable=True),
        sa.Column("row", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "audit_entry_id"],
            ["audit_entry.school_id", "audit_entry.id"],
            name=op.f("history_school_id_audit_entry_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("history_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("history_pkey")),
    )
    op.create_index(
        op.f("history_school_id_relation_row_id_version_idx"),
        "history",
        ["school_id", "relation", "row_id", "version"],
        unique=False,
    )
    op.create_table(
        "lesson",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("teacher_id", sa.BigInteger(), nullable=False),
        sa.Column("substitute_id", sa.BigInteger(), nullable=True),
        sa.Column("room_id", sa.BigInteger(), nullable=True),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("shift", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("starts_at", sa.Time(), nullable=False),
        sa.Column("ends_at", sa.Time(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("moved_from", sa.Date(), nullable=True),
        sa.Column("topic", sa.Text(), nullable=True),
        sa.Column("material", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("state IN ('planned', 'held', 'cancelled')", name=op.f("lesson_state_check")),
        sa.CheckConstraint("number BETWEEN 0 AND 14", name=op.f("lesson_number_check")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("lesson_times_check")),
        sa.ForeignKeyConstraint(
            ["school_id", "changed_by"],
            ["account.school_id", "account.id"],
            name=op.f("lesson_school_id_changed_by_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "group_id"],
            ["study_group.school_id", "study_group.id"],
            name=op.f("lesson_school_id_group_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "room_id"], ["room.school_id", "room.id"], name=op.f("lesson_school_id_room_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "subject_id"],
            ["subject.school_id", "subject.id"],
            name=op.f("lesson_school_id_subject_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "substitute_id"],
            ["staff.school_id", "staff.id"],
            name=op.f("lesson_school_id_substitute_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "teacher_id"], ["staff.school_id", "staff.id"], name=op.f("lesson_school_id_teacher_id_fkey")
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("lesson_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("lesson_pkey")),
        sa.UniqueConstraint("school_id", "id", "date", name=op.f("lesson_school_id_id_date_key")),
    )
    op.create_index(
        op.f("lesson_school_id_group_id_date_idx"), "lesson", ["school_id", "group_id", "date"], unique=False
    )
    op.create_index(
        op.f("lesson_school_id_group_id_subject_id_date_idx"),
        "lesson",
        ["school_id", "group_id", "subject_id", "date"],
        unique=False,
    )
    op.create_index(
        op.f("lesson_school_id_teacher_id_date_idx"), "lesson", ["school_id", "teacher_id", "date"], unique=False
    )
    op.create_index(
        "lesson_substitute_idx",
        "lesson",
        ["school_id", "substitute_id", "date"],
        unique=False,
        postgresql_where=sa.text("substitute_id IS NOT NULL"),
    )
    op.create_table(
        "teaching_assignment",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["school_id", "group_id"],
            ["study_group.school_id", "study_group.id"],
            name=op.f("teaching_assignment_school_id_group_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "staff_id"],
            ["staff.school_id", "staff.id"],
            name=op.f("teaching_assignment_school_id_staff_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "subject_id"],
            ["subject.school_id", "subject.id"],
            name=op.f("teaching_assignment_school_id_subject_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("teaching_assignment_school_id_fkey")),
        sa.CheckConstraint("ends_on IS NULL OR starts_on <= ends_on", name=op.f("teaching_assignment_dates_check")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("teaching_assignment_pkey")),
        sa.UniqueConstraint(
            "school_id",
            "group_id",
            "subject_id",
            "staff_id",
            "starts_on",
            name=op.f("teaching_assignment_school_id_group_id_subject_id_staff_id_starts_on_key"),
        ),
    )
    op.create_index(
        op.f("teaching_assignment_school_id_staff_id_idx"),
        "teaching_assignment",
        ["school_id", "staff_id"],
        unique=False,
    )
    op.create_table(
        "attendance",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lesson_id", sa.BigInteger(), nullable=False),
        sa.Column("lesson_date", sa.Date(), nullable=False),
        sa.Column("student_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("minutes_late", sa.BigInteger(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "code IN ('unexplained', 'excused', 'illness', 'unexcused', 'late', 'other', 'exempt')",
            name=op.f("attendance_code_check"),
        ),
        sa.CheckConstraint(
            "minutes_late IS NULL OR (code = 'late' AND minutes_late > 0)", name=op.f("attendance_minutes_late_check")
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "changed_by"],
            ["account.school_id", "account.id"],
            name=op.f("attendance_school_id_changed_by_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "lesson_id", "lesson_date"],
            ["lesson.school_id", "lesson.id", "lesson.date"],
            name=op.f("attendance_school_id_lesson_id_lesson_date_fkey"),
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "student_id"],
            ["student.school_id", "student.id"],
            name=op.f("attendance_school_id_student_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("attendance_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("attendance_pkey")),
        sa.UniqueConstraint(
            "school_id", "lesson_id", "student_id", name=op.f("attendance_school_id_lesson_id_student_id_key")
        ),
    )
    op.create_index(
        op.f("attendance_school_id_student_id_lesson_date_idx"),
        "attendance",
        ["school_id", "student_id", "lesson_date"],
        unique=False,
    )
    op.create_table(
        "homework",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lesson_id", sa.BigInteger(), nullable=False),
        sa.Column("lesson_date", sa.Date(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("for_all", sa.Boolean(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["school_id", "changed_by"],
            ["account.school_id", "account.id"],
            name=op.f("homework_school_id_changed_by_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "lesson_id", "lesson_date"],
            ["lesson.school_id", "lesson.id", "lesson.date"],
            name=op.f("homework_school_id_lesson_id_lesson_date_fkey"),
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("homework_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("homework_pkey")),
    )
    op.create_index(op.f("homework_school_id_lesson_id_idx"), "homework", ["school_id", "lesson_id"], unique=False)
    op.create_table(
        "roll_call",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lesson_id", sa.BigInteger(), nullable=False),
        sa.Column("lesson_date", sa.Date(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["school_id", "changed_by"],
            ["account.school_id", "account.id"],
            name=op.f("roll_call_school_id_changed_by_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "lesson_id", "lesson_date"],
            ["lesson.school_id", "lesson.id", "lesson.date"],
            name=op.f("roll_call_school_id_lesson_id_lesson_date_fkey"),
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("roll_call_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("roll_call_pkey")),
        sa.UniqueConstraint("school_id", "lesson_id", name=op.f("roll_call_school_id_lesson_id_key")),
    )
    op.create_table(
        "task",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lesson_id", sa.BigInteger(), nullable=False),
        sa.Column("lesson_date", sa.Date(), nullable=False),
        sa.Column("work_type_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("weight", sa.BigInteger(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("weight BETWEEN 1 AND 100", name=op.f("task_weight_check")),
        sa.ForeignKeyConstraint(
            ["school_id", "changed_by"],
            ["account.school_id", "account.id"],
            name=op.f("task_school_id_changed_by_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "lesson_id", "lesson_date"],
            ["lesson.school_id", "lesson.id", "lesson.date"],
            name=op.f("task_school_id_lesson_id_lesson_date_fkey"),
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "work_type_id"],
            ["work_type.school_id", "work_type.id"],
            name=op.f("task_school_id_work_type_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("task_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("task_pkey")),
        sa.UniqueConstraint(
            "school_id", "id", "lesson_id", "lesson_date", name=op.f("task_school_id_id_lesson_id_lesson_date_key")
        ),
        sa.UniqueConstraint("school_id", "lesson_id", "position", name=op.f("task_school_id_lesson_id_position_key")),
    )
    op.create_table(
        "attachment",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("task_id", sa.BigInteger(), nullable=True),
        sa.Column("homework_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("num_nonnulls(task_id, homework_id) = 1", name=op.f("attachment_one_owner_check")),
        sa.ForeignKeyConstraint(
            ["school_id", "file_id"], ["file.school_id", "file.id"], name=op.f("attachment_school_id_file_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "homework_id"],
            ["homework.school_id", "homework.id"],
            name=op.f("attachment_school_id_homework_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "task_id"], ["task.school_id", "task.id"], name=op.f("attachment_school_id_task_id_fkey")
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("attachment_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("attachment_pkey")),
    )
    op.create_index(op.f("attachment_school_id_file_id_idx"), "attachment", ["school_id", "file_id"], unique=False)
    op.create_index(
        op.f("attachment_school_id_homework_id_idx"), "attachment", ["school_id", "homework_id"], unique=False
    )
    op.create_index(op.f("attachment_school_id_task_id_idx"), "attachment", ["school_id", "task_id"], unique=False)
    op.create_table(
        "homework_recipient",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("homework_id", sa.BigInteger(), nullable=False),
        sa.Column("student_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "homework_id"],
            ["homework.school_id", "homework.id"],
            name=op.f("homework_recipient_school_id_homework_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "student_id"],
            ["student.school_id", "student.id"],
            name=op.f("homework_recipient_school_id_student_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("homework_recipient_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "homework_id", "student_id", name=op.f("homework_recipient_pkey")),
    )
    op.create_index(
        op.f("homework_recipient_school_id_student_id_idx"),
        "homework_recipient",
        ["school_id", "student_id"],
        unique=False,
    )
    op.create_table(
        "mark",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("lesson_id", sa.BigInteger(), nullable=False),
        sa.Column("lesson_date", sa.Date(), nullable=False),
        sa.Column("task_id", sa.BigInteger(), nullable=False),
        sa.Column("student_id", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column(
            "number",
            sa.BigInteger(),
            sa.Computed("CASE WHEN value IN ('1', '2', '3', '4', '5') THEN value::bigint END", persisted=True),
            nullable=True,
        ),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "value IN ('5', '4', '3', '2', '1', 'зач.', 'незач.', 'н/а', 'осв.', '.')", name=op.f("mark_value_check")
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "changed_by"],
            ["account.school_id", "account.id"],
            name=op.f("mark_school_id_changed_by_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "student_id"],
            ["student.school_id", "student.id"],
            name=op.f("mark_school_id_student_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "task_id", "lesson_id", "lesson_date"],
            ["task.school_id", "task.id", "task.lesson_id", "task.lesson_date"],
            name=op.f("mark_school_id_task_id_lesson_id_lesson_date_fkey"),
            onupdate="CASCADE",
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("mark_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("mark_pkey")),
        sa.UniqueConstraint("school_id", "task_id", "student_id", name=op.f("mark_school_id_task_id_student_id_key")),
    )
    op.create_index(op.f("mark_school_id_lesson_id_idx"), "mark", ["school_id", "lesson_id"], unique=False)
    op.create_index(
        op.f("mark_school_id_student_id_lesson_date_idx"),
        "mark",
        ["school_id", "student_id", "lesson_date"],
        unique=False,
    )

    op.execute(GROUP_MEMBERSHIP)
    op.execute(KEEP_HISTORY)
    for table in VERSIONED:
        op.execute(
            f"CREATE TRIGGER {table}_history AFTER UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION keep_history()"
        )


def downgrade() -> None:
    for table in VERSIONED:
        op.execute(f"DROP TRIGGER {table}_history ON {table}")
    op.execute("DROP FUNCTION keep_history")
    op.execute("DROP VIEW group_membership")
    op.drop_index(op.f("mark_school_id_student_id_lesson_date_idx"), table_name="mark")
    op.drop_index(op.f("mark_school_id_lesson_id_idx"), table_name="mark")
    op.drop_table("mark")
    op.drop_index(op.f("homework_recipient_school_id_student_id_idx"), table_name="homework_recipient")
    op.drop_table("homework_recipient")
    op.drop_index(op.f("attachment_school_id_task_id_idx"), table_name="attachment")
    op.drop_index(op.f("attachment_school_id_homework_id_idx"), table_name="attachment")
    op.drop_index(op.f("attachment_school_id_file_id_idx"), table_name="attachment")
    op.drop_table("attachment")
    op.drop_table("task")
    op.drop_table("roll_call")
    op.drop_index(op.f("homework_school_id_lesson_id_idx"), table_name="homework")
    op.drop_table("homework")
    op.drop_index(op.f("attendance_school_id_student_id_lesson_date_idx"), table_name="attendance")
    op.drop_table("attendance")
    op.drop_index(op.f("teaching_assignment_school_id_staff_id_idx"), table_name="teaching_assignment")
    op.drop_table("teaching_assignment")
    op.drop_index("lesson_substitute_idx", table_name="lesson", postgresql_where=sa.text("substitute_id IS NOT NULL"))
    op.drop_index(op.f("lesson_school_id_teacher_id_date_idx"), table_name="lesson")
    op.drop_index(op.f("lesson_school_id_group_id_subject_id_date_idx"), table_name="lesson")
    op.drop_index(op.f("lesson_school_id_group_id_date_idx"), table_name="lesson")
    op.drop_table("lesson")
    op.drop_index(op.f("history_school_id_relation_row_id_version_idx"), table_name="history")
    op.drop_table("history")
    op.drop_index(op.f("group_member_school_id_student_id_idx"), table_name="group_member")
    op.drop_table("group_member")
    op.drop_table("study_group")
    op.drop_index(op.f("session_school_id_account_id_idx"), table_name="session")
    op.drop_table("session")
    op.drop_table("service_grant")
    op.drop_table("idempotency_key")
    op.drop_index(op.f("guardianship_school_id_student_id_idx"), table_name="guardianship")
    op.drop_table("guardianship")
    op.drop_index(op.f("file_school_id_uploaded_by_idx"), table_name="file")
    op.drop_table("file")
    op.drop_index(op.f("enrolment_school_id_class_id_idx"), table_name="enrolment")
    op.drop_index("enrolment_open_key", table_name="enrolment", postgresql_where=sa.text("ends_on IS NULL"))
    op.drop_table("enrolment")
    op.drop_index(op.f("class_leadership_school_id_staff_id_idx"), table_name="class_leadership")
    op.drop_table("class_leadership")
    op.drop_table("bell")
    op.drop_index(op.f("audit_entry_school_id_at_idx"), table_name="audit_entry")
    op.drop_index(op.f("audit_entry_school_id_account_id_at_idx"), table_name="audit_entry")
    op.drop_table("audit_entry")
    op.drop_table("account_role")
    op.drop_table("student")
    op.drop_table("staff")
    op.drop_table("school_class")
    op.drop_table("period")
    op.drop_table("holiday")
    op.drop_table("guardian")
    op.drop_table("bell_schedule")
    op.drop_table("account")
    op.drop_table("work_type")
    op.drop_table("subject")
    op.drop_table("room")
    op.drop_index(op.f("person_school_id_sort_key_idx"), table_name="person")
    op.drop_table("person")
    op.drop_index(op.f("login_failure_school_id_login_key_at_idx"), table_name="login_failure")
    op.drop_index(op.f("login_failure_school_id_address_at_idx"), table_name="login_failure")
    op.drop_table("login_failure")
    op.drop_table("academic_year")
    op.drop_table("school")
    op.execute("DROP FUNCTION russian_key")
