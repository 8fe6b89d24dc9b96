"""The curriculum: areas, profiles, components and hours of the plan, holidays of some grades, dropped subjects."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# A student is in one group of a class's subject at a time. There is no constraint for that over dates and another
# table without an extension, so who writes a membership waits for whoever writes another of the same student.
ONE_GROUP = """
CREATE FUNCTION one_group_of_subject() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM student WHERE school_id = NEW.school_id AND id = NEW.student_id FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT FROM study_group AS own
        JOIN study_group AS other ON other.school_id = own.school_id AND other.class_id = own.class_id
            AND other.subject_id = own.subject_id
        JOIN group_member AS member ON member.school_id = other.school_id AND member.group_id = other.id
        WHERE own.school_id = NEW.school_id AND own.id = NEW.group_id
            AND member.student_id = NEW.student_id AND member.id <> NEW.id
            AND member.starts_on <= coalesce(NEW.ends_on, 'infinity')
            AND NEW.starts_on <= coalesce(member.ends_on, 'infinity')
    ) THEN
        RAISE EXCEPTION 'a student in two groups of a subject' USING ERRCODE = 'exclusion_violation';
    END IF;
    RETURN NULL;
END $$
"""
TRIGGER = (
    "CREATE TRIGGER group_member_one_group AFTER INSERT OR UPDATE ON group_member "
    "FOR EACH ROW EXECUTE FUNCTION one_group_of_subject()"
)

GRADE_LIST = (
    "grades IS NULL OR grades <@ ARRAY[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]::bigint[] AND cardinality(grades) > 0"
)
HALF_HOURS = "hours IS NULL OR hours > 0 AND hours * 2 = floor(hours * 2)"


AREAS = """
WITH area AS (
    INSERT INTO educational_area (school_id, name, position)
    SELECT school_id, area, row_number() OVER (PARTITION BY school_id ORDER BY min(id))
    FROM subject WHERE area IS NOT NULL GROUP BY school_id, area
    RETURNING school_id, id, name
)
UPDATE subject SET area_id = area.id FROM area WHERE area.school_id = subject.school_id AND area.name = subject.area
"""
AREAS_BACK = """
UPDATE subject SET area = area.name FROM educational_area AS area
WHERE area.school_id = subject.school_id AND area.id = subject.area_id
"""


def _table(name: str, *parts: sa.schema.SchemaItem) -> None:
    """A table of school data: the school leads its key."""
    op.create_table(
        name,
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        *parts,
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f(f"{name}_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f(f"{name}_pkey")),
    )


def _reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["school_id", column],
        [f"{target}.school_id", f"{target}.id"],
        name=op.f(f"{table}_school_id_{column}_fkey"),
    )


def upgrade() -> None:
    _table(
        "educational_area",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("school_id", "name", name=op.f("educational_area_school_id_name_key")),
    )
    _table(
        "component",
        sa.Column("year_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('obligatory', 'formed', 'extracurricular')", name=op.f("component_kind_check")),
        _reference("component", "year_id", "academic_year"),
        sa.UniqueConstraint("school_id", "year_id", "name", name=op.f("component_school_id_year_id_name_key")),
    )
    _table(
        "profile",
        sa.Column("year_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("grades", sa.ARRAY(sa.BigInteger()), nullable=False),
        sa.CheckConstraint(GRADE_LIST, name=op.f("profile_grades_check")),
        _reference("profile", "year_id", "academic_year"),
        sa.UniqueConstraint("school_id", "year_id", "name", name=op.f("profile_school_id_year_id_name_key")),
    )
    _table(
        "component_load",
        sa.Column("component_id", sa.BigInteger(), nullable=False),
        sa.Column("grade", sa.BigInteger(), nullable=False),
        sa.Column("profile_id", sa.BigInteger(), nullable=True),
        sa.Column("hours", sa.Double(), nullable=False),
        sa.CheckConstraint("grade BETWEEN 1 AND 11", name=op.f("component_load_grade_check")),
        sa.CheckConstraint(HALF_HOURS, name=op.f("component_load_hours_check")),
        _reference("component_load", "component_id", "component"),
        _reference("component_load", "profile_id", "profile"),
        sa.UniqueConstraint(
            *("school_id", "component_id", "grade", "profile_id"),
            name=op.f("component_load_school_id_component_id_grade_profile_id_key"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    _table(
        "dropped_subject",
        sa.Column("student_id", sa.BigInteger(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.CheckConstraint("ends_on IS NULL OR starts_on <= ends_on", name=op.f("dropped_subject_dates_check")),
        _reference("dropped_subject", "student_id", "student"),
        _reference("dropped_subject", "subject_id", "subject"),
        sa.UniqueConstraint(
            *("school_id", "student_id", "subject_id", "starts_on"),
            name=op.f("dropped_subject_school_id_student_id_subject_id_starts_on_key"),
        ),
    )
    _table(
        "period_rule",
        sa.Column("year_id", sa.BigInteger(), nullable=False),
        sa.Column("grade", sa.BigInteger(), nullable=False),
        sa.Column("profile_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('quarter', 'half_year', 'trimester')", name=op.f("period_rule_kind_check")),
        sa.CheckConstraint("grade BETWEEN 1 AND 11", name=op.f("period_rule_grade_check")),
        _reference("period_rule", "profile_id", "profile"),
        _reference("period_rule", "year_id", "academic_year"),
        sa.UniqueConstraint(
            *("school_id", "year_id", "grade", "profile_id"),
            name=op.f("period_rule_school_id_year_id_grade_profile_id_key"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    _table(
        "plan_hours",
        sa.Column("class_id", sa.BigInteger(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("component_id", sa.BigInteger(), nullable=False),
        sa.Column("hours", sa.Double(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(HALF_HOURS, name=op.f("plan_hours_hours_check")),
        _reference("plan_hours", "changed_by", "account"),
        _reference("plan_hours", "class_id", "school_class"),
        _reference("plan_hours", "component_id", "component"),
        _reference("plan_hours", "subject_id", "subject"),
        sa.UniqueConstraint(
            *("school_id", "class_id", "subject_id", "component_id"),
            name=op.f("plan_hours_school_id_class_id_subject_id_component_id_key"),
        ),
    )
    op.create_index(op.f("plan_hours_school_id_component_id_idx"), "plan_hours", ["school_id", "component_id"])
    op.execute(
        "CREATE TRIGGER plan_hours_history AFTER UPDATE OR DELETE ON plan_hours "
        "FOR EACH ROW EXECUTE FUNCTION keep_history()"
    )

    op.add_column("holiday", sa.Column("grades", sa.ARRAY(sa.BigInteger()), nullable=True))
    op.create_check_constraint(op.f("holiday_grades_check"), "holiday", GRADE_LIST)
    op.drop_constraint(op.f("holiday_school_id_year_id_starts_on_key"), "holiday", type_="unique")
    op.create_unique_constraint(
        op.f("holiday_school_id_year_id_starts_on_grades_key"),
        "holiday",
        ["school_id", "year_id", "starts_on", "grades"],
        postgresql_nulls_not_distinct=True,
    )

    op.add_column("school_class", sa.Column("profile_id", sa.BigInteger(), nullable=True))
    op.add_column("school_class", sa.Column("week_days", sa.BigInteger(), server_default="5", nullable=False))
    op.execute("UPDATE school_class SET week_days = 6 WHERE grade >= 5")
    op.create_check_constraint(op.f("school_class_week_days_check"), "school_class", "week_days BETWEEN 5 AND 6")
    op.create_index(op.f("school_class_school_id_profile_id_idx"), "school_class", ["school_id", "profile_id"])
    op.create_foreign_key(
        op.f("school_class_school_id_profile_id_fkey"),
        *("school_class", "profile", ["school_id", "profile_id"], ["school_id", "id"]),
    )

    op.add_column("subject", sa.Column("area_id", sa.BigInteger(), nullable=True))
    op.add_column("subject", sa.Column("archived_on", sa.Date(), nullable=True))
    op.create_index(op.f("subject_school_id_area_id_idx"), "subject", ["school_id", "area_id"])
    op.create_foreign_key(
        op.f("subject_school_id_area_id_fkey"),
        *("subject", "educational_area", ["school_id", "area_id"], ["school_id", "id"]),
    )
    op.execute(AREAS)
    op.drop_column("subject", "area")

    op.add_column("teaching_assignment", sa.Column("hours", sa.Double(), nullable=True))
    op.create_check_constraint(op.f("teaching_assignment_hours_check"), "teaching_assignment", HALF_HOURS)
    op.execute(ONE_GROUP)
    op.execute(TRIGGER)


def downgrade() -> None:
    op.execute("DROP TRIGGER group_member_one_group ON group_member")
    op.execute("DROP FUNCTION one_group_of_subject")
    op.drop_column("teaching_assignment", "hours")
    op.add_column("subject", sa.Column("area", sa.Text(), nullable=True))
    op.execute(AREAS_BACK)
    op.drop_constraint(op.f("subject_school_id_area_id_fkey"), "subject", type_="foreignkey")
    op.drop_index(op.f("subject_school_id_area_id_idx"), table_name="subject")
    op.drop_column("subject", "archived_on")
    op.drop_column("subject", "area_id")
    op.drop_constraint(op.f("school_class_school_id_profile_id_fkey"), "school_class", type_="foreignkey")
    op.drop_index(op.f("school_class_school_id_profile_id_idx"), table_name="school_class")
    op.drop_column("school_class", "week_days")
    op.drop_column("school_class", "profile_id")
    op.drop_constraint(op.f("holiday_school_id_year_id_starts_on_grades_key"), "holiday", type_="unique")
    # What is for some grades only cannot be told without them.
    op.execute("DELETE FROM holiday WHERE grades IS NOT NULL")
    op.create_unique_constraint(
        op.f("holiday_school_id_year_id_starts_on_key"), "holiday", ["school_id", "year_id", "starts_on"]
    )
    op.drop_column("holiday", "grades")
    op.drop_index(op.f("plan_hours_school_id_component_id_idx"), table_name="plan_hours")
    for table in (
        *("plan_hours", "period_rule", "dropped_subject", "component_load"),
        *("profile", "component", "educational_area"),
    ):
        op.drop_table(table)
