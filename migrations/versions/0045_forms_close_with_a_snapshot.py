"""A federal form is closed exactly as long as a snapshot of it stands: whoever opens it again says why."""

from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

CHECK = """
CREATE FUNCTION check_form_closing() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    number bigint := coalesce(to_jsonb(NEW) ->> 'form_id', to_jsonb(NEW) ->> 'id');
BEGIN
    IF EXISTS (
        SELECT FROM federal_form AS form WHERE form.school_id = NEW.school_id AND form.id = number
        AND (form.state = 'closed') <> EXISTS (
            SELECT FROM form_closing AS closing WHERE closing.school_id = form.school_id AND closing.form_id = form.id
            AND closing.reopened_at IS NULL
        )
    ) THEN
        RAISE EXCEPTION 'a form is closed while a snapshot of it stands' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$
"""
TRIGGERS = {"federal_form": "state", "form_closing": "reopened_at"}


def upgrade() -> None:
    op.execute(CHECK)
    for table, column in TRIGGERS.items():
        # At the end of the transaction: a command writes the two one after the other.
        op.execute(
            f"CREATE CONSTRAINT TRIGGER {table}_stands_by_its_snapshot AFTER INSERT OR UPDATE OF {column} ON {table} "
            "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_form_closing()"
        )


def downgrade() -> None:
    for table in TRIGGERS:
        op.execute(f"DROP TRIGGER {table}_stands_by_its_snapshot ON {table}")
    op.execute("DROP FUNCTION check_form_closing")
