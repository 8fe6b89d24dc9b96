"""Topic plans, the groups that go by them, and the topic that a lesson has from one."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

VERSIONED = ("topic_plan", "topic_section", "topic")


def upgrade() -> None:
    op.create_table(
        "topic_plan",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("year_id", sa.BigInteger(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("grade", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("grade BETWEEN 1 AND 11", name=op.f("topic_plan_grade_check")),
        sa.ForeignKeyConstraint(
            ["school_id", "author_id"],
            ["staff.school_id", "staff.id"],
            name=op.f("topic_plan_school_id_author_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "changed_by"],
            ["account.school_id", "account.id"],
            name=op.f("topic_plan_school_id_changed_by_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "subject_id"],
            ["subject.school_id", "subject.id"],
            name=op.f("topic_plan_school_id_subject_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "year_id"],
            ["academic_year.school_id", "academic_year.id"],
            name=op.f("topic_plan_school_id_year_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("topic_plan_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("topic_plan_pkey")),
        sa.UniqueConstraint("school_id", "id", "subject_id", name=op.f("topic_plan_school_id_id_subject_id_key")),
    )
    op.create_index(op.f("topic_plan_school_id_author_id_idx"), "topic_plan", ["school_id", "author_id"], unique=False)
    op.create_index(
        op.f("topic_plan_school_id_year_id_grade_subject_id_idx"),
        "topic_plan",
        ["school_id", "year_id", "grade", "subject_id"],
        unique=False,
    )
    op.create_table(
        "topic_plan_assignment",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.CheckConstraint("ends_on IS NULL OR starts_on <= ends_on", name=op.f("topic_plan_assignment_dates_check")),
        sa.ForeignKeyConstraint(
            ["school_id", "group_id"],
            ["study_group.school_id", "study_group.id"],
            name=op.f("topic_plan_assignment_school_id_group_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "plan_id", "subject_id"],
            ["topic_plan.school_id", "topic_plan.id", "topic_plan.subject_id"],
            name=op.f("topic_plan_assignment_school_id_plan_id_subject_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("topic_plan_assignment_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("topic_plan_assignment_pkey")),
        sa.UniqueConstraint("school_id", "group_id", "subject_id", "starts_on", name="topic_plan_assignment_group_key"),
    )
    op.create_index(
        op.f("topic_plan_assignment_school_id_plan_id_idx"),
        "topic_plan_assignment",
        ["school_id", "plan_id"],
        unique=False,
    )
    op.create_table(
        "topic_section",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["school_id", "changed_by"],
            ["account.school_id", "account.id"],
            name=op.f("topic_section_school_id_changed_by_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "plan_id"],
            ["topic_plan.school_id", "topic_plan.id"],
            name=op.f("topic_section_school_id_plan_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("topic_section_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("topic_section_pkey")),
        sa.UniqueConstraint("school_id", "id", "plan_id", name=op.f("topic_section_school_id_id_plan_id_key")),
        sa.UniqueConstraint(
            "school_id",
            "plan_id",
            "position",
            deferrable=True,
            initially="DEFERRED",
            name=op.f("topic_section_school_id_plan_id_position_key"),
        ),
    )
    op.create_table(
        "topic",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("section_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("hours", sa.BigInteger(), nullable=False),
        sa.Column("homework", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("hours BETWEEN 1 AND 100", name=op.f("topic_hours_check")),
        sa.ForeignKeyConstraint(
            ["school_id", "changed_by"],
            ["account.school_id", "account.id"],
            name=op.f("topic_school_id_changed_by_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "section_id", "plan_id"],
            ["topic_section.school_id", "topic_section.id", "topic_section.plan_id"],
            name=op.f("topic_school_id_section_id_plan_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("topic_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("topic_pkey")),
        sa.UniqueConstraint(
            "school_id",
            "plan_id",
            "position",
            deferrable=True,
            initially="DEFERRED",
            name=op.f("topic_school_id_plan_id_position_key"),
        ),
    )
    op.create_index(op.f("topic_school_id_section_id_idx"), "topic", ["school_id", "section_id"], unique=False)
    op.create_table(
        "topic_work_type",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("topic_id", sa.BigInteger(), nullable=False),
        sa.Column("work_type_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "topic_id"],
            ["topic.school_id", "topic.id"],
            name=op.f("topic_work_type_school_id_topic_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "work_type_id"],
            ["work_type.school_id", "work_type.id"],
            name=op.f("topic_work_type_school_id_work_type_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("topic_work_type_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "topic_id", "work_type_id", name=op.f("topic_work_type_pkey")),
    )
    op.create_index(
        op.f("topic_work_type_school_id_work_type_id_idx"),
        "topic_work_type",
        ["school_id", "work_type_id"],
        unique=False,
    )
    op.add_column("lesson", sa.Column("topic_id", sa.BigInteger(), nullable=True))
    op.add_column("lesson", sa.Column("topic_pinned", sa.Boolean(), server_default="false", nullable=False))
    op.create_index(
        "lesson_topic_idx",
        "lesson",
        ["school_id", "topic_id", "date"],
        unique=False,
        postgresql_where=sa.text("topic_id IS NOT NULL"),
    )
    op.create_foreign_key(
        op.f("lesson_school_id_topic_id_fkey"), "lesson", "topic", ["school_id", "topic_id"], ["school_id", "id"]
    )
    for table in VERSIONED:
        op.execute(
            f"CREATE TRIGGER {table}_history AFTER UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION keep_history()"
        )


def downgrade() -> None:
    for table in VERSIONED:
        op.execute(f"DROP TRIGGER {table}_history ON {table}")
    op.drop_constraint(op.f("lesson_school_id_topic_id_fkey"), "lesson", type_="foreignkey")
    op.drop_index("lesson_topic_idx", table_name="lesson", postgresql_where=sa.text("topic_id IS NOT NULL"))
    op.drop_column("lesson", "topic_pinned")
    op.drop_column("lesson", "topic_id")
    op.drop_index(op.f("topic_work_type_school_id_work_type_id_idx"), table_name="topic_work_type")
    op.drop_table("topic_work_type")
    op.drop_index(op.f("topic_school_id_section_id_idx"), table_name="topic")
    op.drop_table("topic")
    op.drop_table("topic_section")
    op.drop_index(op.f("topic_plan_assignment_school_id_plan_id_idx"), table_name="topic_plan_assignment")
    op.drop_table("topic_plan_assignment")
    op.drop_index(op.f("topic_plan_school_id_year_id_grade_subject_id_idx"), table_name="topic_plan")
    op.drop_index(op.f("topic_plan_school_id_author_id_idx"), table_name="topic_plan")
    op.drop_table("topic_plan")
