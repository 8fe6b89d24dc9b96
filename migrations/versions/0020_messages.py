"""Messages between the school and families (1.7)."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

KEPT = ("thread_member", "message_attachment", "message_receipt")
WRITTEN = "school_id, id, thread_id, author_id, text, sent_at"


def upgrade() -> None:
    op.create_table(
        "message_thread",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("student_id", sa.BigInteger(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_by", sa.BigInteger(), nullable=False),
        sa.Column("last_sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recency",
            sa.BigInteger(),
            sa.Computed("(extract(epoch FROM last_sent_at AT TIME ZONE 'UTC') * -1000000)::bigint", persisted=True),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "started_by"],
            ["account.school_id", "account.id"],
            name=op.f("message_thread_school_id_started_by_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "student_id"],
            ["student.school_id", "student.id"],
            name=op.f("message_thread_school_id_student_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("message_thread_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("message_thread_pkey")),
    )
    op.create_index(
        op.f("message_thread_school_id_student_id_idx"), "message_thread", ["school_id", "student_id"], unique=False
    )
    op.create_table(
        "message",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("thread_id", sa.BigInteger(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recency", sa.BigInteger(), sa.Computed("-id", persisted=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "author_id"],
            ["account.school_id", "account.id"],
            name=op.f("message_school_id_author_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "thread_id"],
            ["message_thread.school_id", "message_thread.id"],
            name=op.f("message_school_id_thread_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("message_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("message_pkey")),
    )
    op.create_index(
        op.f("message_school_id_author_id_sent_at_idx"), "message", ["school_id", "author_id", "sent_at"], unique=False
    )
    op.create_index(
        op.f("message_school_id_thread_id_recency_idx"), "message", ["school_id", "thread_id", "recency"], unique=False
    )
    op.create_table(
        "thread_member",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("thread_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "account_id"],
            ["account.school_id", "account.id"],
            name=op.f("thread_member_school_id_account_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "thread_id"],
            ["message_thread.school_id", "message_thread.id"],
            name=op.f("thread_member_school_id_thread_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("thread_member_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "thread_id", "account_id", name=op.f("thread_member_pkey")),
    )
    op.create_index(
        op.f("thread_member_school_id_account_id_thread_id_idx"),
        "thread_member",
        ["school_id", "account_id", "thread_id"],
        unique=False,
    )
    op.create_table(
        "message_attachment",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "file_id"],
            ["file.school_id", "file.id"],
            name=op.f("message_attachment_school_id_file_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "message_id"],
            ["message.school_id", "message.id"],
            name=op.f("message_attachment_school_id_message_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("message_attachment_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "id", name=op.f("message_attachment_pkey")),
        sa.UniqueConstraint(
            "school_id", "message_id", "file_id", name=op.f("message_attachment_school_id_message_id_file_id_key")
        ),
    )
    op.create_index(
        op.f("message_attachment_school_id_file_id_idx"), "message_attachment", ["school_id", "file_id"], unique=False
    )
    op.create_table(
        "message_receipt",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "account_id"],
            ["account.school_id", "account.id"],
            name=op.f("message_receipt_school_id_account_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["school_id", "message_id"],
            ["message.school_id", "message.id"],
            name=op.f("message_receipt_school_id_message_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("message_receipt_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "message_id", "account_id", name=op.f("message_receipt_pkey")),
    )
    op.create_index(
        op.f("message_receipt_school_id_account_id_idx"), "message_receipt", ["school_id", "account_id"], unique=False
    )
    for table in KEPT:
        op.execute(
            f"CREATE TRIGGER {table}_is_kept BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
    # An author may withdraw a message, once; nothing else of it ever changes.
    for name, event in {
        "is_there": "DELETE ON message FOR EACH ROW",
        "is_kept": f"UPDATE OF {WRITTEN} ON message FOR EACH ROW",
        "stays_withdrawn": "UPDATE ON message FOR EACH ROW WHEN (OLD.withdrawn_at IS NOT NULL)",
    }.items():
        op.execute(f"CREATE TRIGGER message_{name} BEFORE {event} EXECUTE FUNCTION refuse_change()")


def downgrade() -> None:
    op.drop_index(op.f("message_receipt_school_id_account_id_idx"), table_name="message_receipt")
    op.drop_table("message_receipt")
    op.drop_index(op.f("message_attachment_school_id_file_id_idx"), table_name="message_attachment")
    op.drop_table("message_attachment")
    op.drop_index(op.f("thread_member_school_id_account_id_thread_id_idx"), table_name="thread_member")
    op.drop_table("thread_member")
    op.drop_index(op.f("message_school_id_thread_id_recency_idx"), table_name="message")
    op.drop_index(op.f("message_school_id_author_id_sent_at_idx"), table_name="message")
    op.drop_table("message")
    op.drop_index(op.f("message_thread_school_id_student_id_idx"), table_name="message_thread")
    op.drop_table("message_thread")
