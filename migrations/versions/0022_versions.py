"""Every version of what is written in a journal: who, when, why, and what stood before (7, 11.7)."""

from migrations import past

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

AT_LESSON = ("task", "mark", "attendance", "roll_call", "homework")


def upgrade() -> None:
    past.begin()
    past.keep("lesson", only=("state", "topic", "material", "topic_id"))
    past.keep("task", by=("lesson_id",))
    past.keep("mark", by=("task_id", "student_id", "lesson_id"))
    past.keep("attendance", by=("student_id", "lesson_id"))
    past.keep("roll_call", by=("lesson_id",))
    past.keep("task_recipient", by=("student_id",), key=("task_id", "student_id"))
    past.keep("homework", by=("lesson_id",))
    past.keep("homework_recipient", by=("student_id",), key=("homework_id", "student_id"))
    past.keep("attachment", by=("task_id", "homework_id"))


def downgrade() -> None:
    for table in ("attachment", "homework_recipient", "task_recipient", *reversed(AT_LESSON), "lesson"):
        past.forget(table)
    past.end()
