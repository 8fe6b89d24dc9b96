"""One more step of the transition to a new school year: topic plans go on, too."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

CHECK = op.f("transition_step_done_step_check")
STEPS = ("year", "bells", "profiles", "classes", "plan", "assignments")


def _allow(*steps: str) -> None:
    op.drop_constraint(CHECK, "transition_step_done", type_="check")
    listed = ", ".join(f"'{step}'" for step in steps)
    op.create_check_constraint(CHECK, "transition_step_done", f"step IN ({listed})")


def upgrade() -> None:
    _allow(*STEPS, "topic_plans")


def downgrade() -> None:
    op.execute("DELETE FROM transition_step_done WHERE step = 'topic_plans'")
    _allow(*STEPS)
