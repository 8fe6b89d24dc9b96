"""On which day an exam's results are announced: its marks are due then, and the final ones (7.10)."""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

TABLE = "exam_date"
EVENTS = {
    "added": ("INSERT", "NEW TABLE AS touched"),
    "replaced": ("UPDATE", "OLD TABLE AS touched"),
    "changed": ("UPDATE", "NEW TABLE AS touched"),
    "removed": ("DELETE", "OLD TABLE AS touched"),
}
REFERENCES = {"class_id": "school_class", "subject_id": "subject", "changed_by": "account"}


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("class_id", sa.BigInteger(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("announced_on", sa.Date(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("exam_date_pkey")),
        sa.UniqueConstraint(
            *("school_id", "class_id", "subject_id"), name=op.f("exam_date_school_id_class_id_subject_id_key")
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("exam_date_school_id_fkey")),
        *(
            sa.ForeignKeyConstraint(
                ["school_id", column],
                [f"{other}.school_id", f"{other}.id"],
                name=op.f(f"exam_date_school_id_{column}_fkey"),
            )
            for column, other in REFERENCES.items()
        ),
    )
    op.create_index(op.f("exam_date_school_id_subject_id_idx"), TABLE, ["school_id", "subject_id"], unique=False)
    op.execute(
        f"CREATE TRIGGER exam_date_history AFTER UPDATE OR DELETE ON {TABLE} "
        "FOR EACH ROW EXECUTE FUNCTION keep_history()"
    )
    for name, (event, rows) in EVENTS.items():
        op.execute(
            f"CREATE TRIGGER exam_date_{name}_in_closed_year AFTER {event} ON {TABLE} REFERENCING {rows} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_closed_year('class_id')"
        )


def downgrade() -> None:
    op.drop_table(TABLE)
