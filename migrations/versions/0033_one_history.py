"""What has versions is written into `history` no more: its versions hold every row that was replaced (11.7).

What `history` holds of these tables stays: of what was replaced before there were versions it is all there is. A
lesson is the timetable's as well, and its versions keep only what is written at it, so its rows are kept in `history`
as before.
"""

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

TABLES = ("task", "mark", "attendance", "roll_call", "homework", "final_mark")

# On the way back: what has been replaced since, as the versions tell it. The day of the lesson was never theirs.
TELL = """
INSERT INTO history (school_id, relation, row_id, version, replaced_at, operation, audit_entry_id, row)
SELECT
    was.school_id, '{table}', was.row_id, was.version, was.valid_to,
    CASE WHEN now.removed THEN 'delete' ELSE 'update' END,
    now.entry_id,
    to_jsonb(was) - '{{row_id,valid_from,valid_to,entry_id,removed}}'::text[] || jsonb_build_object('id', was.row_id)
FROM {table}_version AS was
JOIN {table}_version AS now
    ON now.school_id = was.school_id AND now.row_id = was.row_id AND now.valid_from = was.valid_to
WHERE NOT was.removed AND NOT EXISTS (
    SELECT FROM history WHERE history.school_id = was.school_id AND history.relation = '{table}'
        AND history.row_id = was.row_id AND history.version = was.version
        AND history.audit_entry_id IS NOT DISTINCT FROM now.entry_id
)
ORDER BY was.valid_to
"""


def upgrade() -> None:
    for table in TABLES:
        op.execute(f"DROP TRIGGER {table}_history ON {table}")


def downgrade() -> None:
    for table in TABLES:
        op.execute(TELL.format(table=table))
        op.execute(
            f"CREATE TRIGGER {table}_history AFTER UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION keep_history()"
        )
