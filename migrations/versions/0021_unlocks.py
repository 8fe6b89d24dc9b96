"""Unlocks (7.6): closed lessons that are opened to a teacher for a time, and what is written under them."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def _reference(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["school_id", column], [f"{to}.school_id", f"{to}.id"], name=op.f(f"{table}_school_id_{column}_fkey")
    )


def _of_school(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f(f"{table}_school_id_fkey"))


def upgrade() -> None:
    op.create_table(
        "unlock",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "state IN ('requested', 'granted', 'declined', 'withdrawn', 'revoked')", name=op.f("unlock_state_check")
        ),
        sa.CheckConstraint("(state IN ('granted', 'revoked')) = (until IS NOT NULL)", name=op.f("unlock_until_check")),
        sa.CheckConstraint("(decided_at IS NULL) = (decided_by IS NULL)", name=op.f("unlock_decided_check")),
        _reference("unlock", "staff_id", "staff"),
        _reference("unlock", "made_by", "account"),
        _reference("unlock", "decided_by", "account"),
        _reference("unlock", "changed_by", "account"),
        _of_school("unlock"),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("unlock_pkey")),
    )
    op.create_index(op.f("unlock_school_id_staff_id_idx"), "unlock", ["school_id", "staff_id"], unique=False)
    op.create_table(
        "unlock_lesson",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("unlock_id", sa.BigInteger(), nullable=False),
        sa.Column("lesson_id", sa.BigInteger(), nullable=False),
        _reference("unlock_lesson", "unlock_id", "unlock"),
        _reference("unlock_lesson", "lesson_id", "lesson"),
        _of_school("unlock_lesson"),
        sa.PrimaryKeyConstraint("school_id", "unlock_id", "lesson_id", name=op.f("unlock_lesson_pkey")),
    )
    op.create_index(
        op.f("unlock_lesson_school_id_lesson_id_idx"), "unlock_lesson", ["school_id", "lesson_id"], unique=False
    )
    op.create_table(
        "unlock_edit",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("unlock_id", sa.BigInteger(), nullable=False),
        sa.Column("audit_entry_id", sa.BigInteger(), nullable=False),
        sa.Column("lesson_id", sa.BigInteger(), nullable=False),
        _reference("unlock_edit", "unlock_id", "unlock"),
        _reference("unlock_edit", "audit_entry_id", "audit_entry"),
        _reference("unlock_edit", "lesson_id", "lesson"),
        _of_school("unlock_edit"),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("unlock_edit_pkey")),
        sa.UniqueConstraint(
            *("school_id", "unlock_id", "audit_entry_id", "lesson_id"),
            name=op.f("unlock_edit_school_id_unlock_id_audit_entry_id_lesson_id_key"),
        ),
    )
    op.create_index(
        op.f("unlock_edit_school_id_audit_entry_id_idx"), "unlock_edit", ["school_id", "audit_entry_id"], unique=False
    )
    op.execute(
        "CREATE TRIGGER unlock_history AFTER UPDATE OR DELETE ON unlock FOR EACH ROW EXECUTE FUNCTION keep_history()"
    )
    op.execute(
        "CREATE TRIGGER unlock_edit_is_kept BEFORE UPDATE OR DELETE ON unlock_edit "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("unlock_edit")
    op.drop_table("unlock_lesson")
    op.drop_table("unlock")
