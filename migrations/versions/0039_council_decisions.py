"""What the pedagogical council decided of students, of no closed year (10.6).

Revision ID: 0039
Revises: 0038
"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

TABLE = "council_decision"
OUTCOMES = ("promoted", "conditional", "repeating", "admitted", "graduated")
REFERENCES = {"class_id": "school_class", "student_id": "student", "recorded_by": "account"}
EVENTS = {
    "added": ("INSERT", "NEW TABLE AS touched"),
    "replaced": ("UPDATE", "OLD TABLE AS touched"),
    "changed": ("UPDATE", "NEW TABLE AS touched"),
    "removed": ("DELETE", "OLD TABLE AS touched"),
}


def upgrade() -> None:
    listed = ", ".join(f"'{each}'" for each in OUTCOMES)
    op.create_table(
        TABLE,
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("class_id", sa.BigInteger(), nullable=False),
        sa.Column("student_id", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(f"outcome IN ({listed})", name=op.f(f"{TABLE}_outcome_check")),
        *(
            sa.ForeignKeyConstraint(
                ["school_id", of], [f"{table}.school_id", f"{table}.id"], name=op.f(f"{TABLE}_school_id_{of}_fkey")
            )
            for of, table in REFERENCES.items()
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f(f"{TABLE}_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f(f"{TABLE}_pkey")),
    )
    op.create_index(op.f(f"{TABLE}_school_id_class_id_student_id_idx"), TABLE, ["school_id", "class_id", "student_id"])
    op.create_index(op.f(f"{TABLE}_school_id_student_id_idx"), TABLE, ["school_id", "student_id"])
    for name, (event, rows) in EVENTS.items():
        op.execute(
            f"CREATE TRIGGER {TABLE}_{name}_in_closed_year AFTER {event} ON {TABLE} REFERENCING {rows} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_closed_year('class_id')"
        )


def downgrade() -> None:
    op.drop_table(TABLE)
