"""A lesson of days without access is transferred once its roll was called and its topic stands (7.4, 13.2)."""

from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

# Since when there are records is what the versions tell: whoever mends them later does not make the transfer late.
RECORDED = """
CREATE OR REPLACE VIEW outage_journal AS
    SELECT outage.school_id, outage.id AS outage_id, lesson.group_id, lesson.subject_id,
        count(*) AS lessons, count(record.called) AS recorded, max(record.at) AS recorded_at
    FROM outage
    JOIN lesson ON lesson.school_id = outage.school_id AND lesson.date BETWEEN outage.starts_on AND outage.ends_on
    LEFT JOIN LATERAL (
        SELECT true AS called, greatest(
            (SELECT min(each.valid_from) FROM roll_call_version AS each
                WHERE each.school_id = lesson.school_id AND each.lesson_id = lesson.id),
            (SELECT min(each.valid_from) FROM lesson_version AS each
                WHERE each.school_id = lesson.school_id AND each.row_id = lesson.id AND each.topic IS NOT NULL)
        ) AS at
        FROM roll_call
        WHERE roll_call.school_id = lesson.school_id AND roll_call.lesson_id = lesson.id
            AND length(btrim(lesson.topic)) > 0
    ) AS record ON true
    WHERE lesson.state <> 'cancelled'
    GROUP BY outage.school_id, outage.id, lesson.group_id, lesson.subject_id
"""
CALLED = """
CREATE OR REPLACE VIEW outage_journal AS
    SELECT outage.school_id, outage.id AS outage_id, lesson.group_id, lesson.subject_id,
        count(*) AS lessons, count(roll_call.id) AS recorded, max(roll_call.changed_at) AS recorded_at
    FROM outage
    JOIN lesson ON lesson.school_id = outage.school_id AND lesson.date BETWEEN outage.starts_on AND outage.ends_on
    LEFT JOIN roll_call ON roll_call.school_id = lesson.school_id AND roll_call.lesson_id = lesson.id
    WHERE lesson.state <> 'cancelled'
    GROUP BY outage.school_id, outage.id, lesson.group_id, lesson.subject_id
"""


def upgrade() -> None:
    op.execute(RECORDED)


def downgrade() -> None:
    op.execute(CALLED)
