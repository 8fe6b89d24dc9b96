"""The audit trail becomes a chain: whatever is changed, taken out or put in between is found (11.4-11.7)."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

# An entry gets its number under a lock that any number of commands hold together, and the sealer alone: when it has
# it, no entry with a smaller number is still to come. What stands before a seal stands before it for good.
NUMBER = """
CREATE FUNCTION number_audit_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('audit:' || NEW.school_id, 0));
    NEW.id := nextval(pg_get_serial_sequence('audit_entry', 'id'));
    NEW.transaction := pg_current_xact_id()::text::bigint;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "audit_seal",
        sa.Column("school_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id", "entry_id"],
            ["audit_entry.school_id", "audit_entry.id"],
            name=op.f("audit_seal_school_id_entry_id_fkey"),
        ),
        sa.ForeignKeyConstraint(["school_id"], ["school.school_id"], name=op.f("audit_seal_school_id_fkey")),
        sa.PrimaryKeyConstraint("school_id", "position", name=op.f("audit_seal_pkey")),
        sa.UniqueConstraint("school_id", "entry_id", name=op.f("audit_seal_school_id_entry_id_key")),
    )
    op.add_column("audit_entry", sa.Column("transaction", sa.BigInteger(), nullable=True))
    op.execute(NUMBER)
    op.execute(
        "CREATE TRIGGER audit_entry_number BEFORE INSERT ON audit_entry "
        "FOR EACH ROW EXECUTE FUNCTION number_audit_entry()"
    )
    # A command adds to its own entry until it commits; after that nobody does.
    op.execute(
        "CREATE TRIGGER audit_entry_keep BEFORE UPDATE ON audit_entry FOR EACH ROW "
        "WHEN (OLD.transaction IS DISTINCT FROM pg_current_xact_id()::text::bigint "
        "OR (OLD.school_id, OLD.id, OLD.transaction) IS DISTINCT FROM (NEW.school_id, NEW.id, NEW.transaction)) "
        "EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER audit_seal_keep BEFORE UPDATE ON audit_seal FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    for table in ("audit_entry", "audit_seal"):
        op.execute(
            f"CREATE TRIGGER {table}_stay BEFORE DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    for trigger in ("number", "keep", "stay"):
        op.execute(f"DROP TRIGGER audit_entry_{trigger} ON audit_entry")
    op.drop_column("audit_entry", "transaction")
    op.drop_table("audit_seal")
    op.execute("DROP FUNCTION number_audit_entry")
