"""What is found in a journal is known by its group and subject: a new teacher mends nothing (7.11)."""

from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

# A remark's own references are those of what was found. Two teachers of one journal had a finding each: of the second
# what remains is a remark about nothing that was found.
KEYS = """
WITH named AS (
    SELECT school_id, id,
        CASE finding WHEN 'outage_records' THEN key0 WHEN 'period_marks' THEN group_id WHEN 'final_marks' THEN group_id
            ELSE student_id END AS key0,
        CASE finding WHEN 'outage_records' THEN group_id ELSE subject_id END AS key1,
        CASE finding WHEN 'outage_records' THEN subject_id WHEN 'period_marks' THEN key1 WHEN 'final_marks' THEN key1
            ELSE period_id END AS key2,
        closed_at IS NULL AND withdrawn_at IS NULL AS stands, finding
    FROM remark
    WHERE finding IN ('period_marks', 'final_marks', 'enough_marks', 'subject_taken', 'outage_records')
), placed AS (
    SELECT *, NOT stands OR row_number() OVER (
        PARTITION BY school_id, finding, key0, key1, key2, stands ORDER BY id) = 1 AS first
    FROM named
)
UPDATE remark SET
    finding = CASE WHEN first THEN remark.finding END, key0 = CASE WHEN first THEN placed.key0 END,
    key1 = CASE WHEN first THEN placed.key1 END, key2 = CASE WHEN first THEN placed.key2 END
FROM placed
WHERE remark.school_id = placed.school_id AND remark.id = placed.id
"""
ASSIGNMENTS = """
WITH taught AS (
    SELECT school_id, group_id, subject_id, max(id) AS id FROM teaching_assignment GROUP BY 1, 2, 3
)
UPDATE remark SET
    key0 = CASE WHEN finding IN ('period_marks', 'final_marks') THEN taught.id ELSE key0 END,
    key1 = CASE WHEN finding IN ('period_marks', 'final_marks') THEN key2 ELSE taught.id END,
    key2 = CASE WHEN finding IN ('enough_marks', 'subject_taken')
        THEN (SELECT number FROM period WHERE period.school_id = remark.school_id AND period.id = period_id) ELSE 0 END
FROM taught
WHERE taught.school_id = remark.school_id AND taught.group_id = remark.group_id
    AND taught.subject_id = remark.subject_id
    AND finding IN ('period_marks', 'final_marks', 'enough_marks', 'subject_taken', 'outage_records')
"""


def _named(statement: str) -> None:
    """Beside the triggers: nobody has changed a remark, not even one of a closed year."""
    op.execute("ALTER TABLE remark DISABLE TRIGGER USER")
    op.execute(statement)
    op.execute("ALTER TABLE remark ENABLE TRIGGER USER")


def upgrade() -> None:
    _named(KEYS)


def downgrade() -> None:
    _named(ASSIGNMENTS)
