"""Who may see answers to homework, who gives them, and who reviews them."""

from typing import Any

from sqlalchemy import Select, or_, select

from models.journal import Homework
from models.journal_answers import AnswerAttachment, HomeworkAnswer
from models.timetable import Lesson
from rules.account import Role

from .journal import CONTROL, visible_homework
from .school_documents import holding_file
from .scopes import (
    ALL,
    NONE,
    Parts,
    Rows,
    Scope,
    among,
    beside,
    columns,
    of_school,
    own_lesson,
    same,
    students_led_now,
    union,
    within,
)
from .viewer import Viewer, reach

visible_answers = Scope(
    "HomeworkAnswer",
    Rows(HomeworkAnswer, beside(Lesson, "lesson_id", "subject_id")),
    {
        Role.SERVICE: NONE,
        CONTROL: ALL,
        Role.TEACHER: or_(own_lesson(), among(HomeworkAnswer.student_id, students_led_now())),
        Role.STUDENT: HomeworkAnswer.student_id == reach.student_id,
        Role.PARENT: within(HomeworkAnswer.student_id, reach.children),
    },
)
"""What a student wrote is for them, their parents, and the school's staff who answer for it: no classmate sees it, no
analyst, no service.
"""


visible_answer_attachments = Parts(
    "AnswerAttachment",
    holding_file(AnswerAttachment),
    AnswerAttachment.answer_id,
    visible_answers,
    when=AnswerAttachment.removed_at.is_(None),
)
"""Files are for whoever sees the answer."""


def homework_to_answer(viewer: Viewer) -> Select[Any]:
    """Homework that the viewer may answer: what they find as a student. It stays while it is answered."""
    return (
        visible_homework.for_roles(viewer.roles & {Role.STUDENT})
        .add_columns(Lesson.state.label("state"))
        .with_for_update(read=True, key_share=True, of=Homework)
    )


def answers_to_review(viewer: Viewer) -> Select[Any]:
    """Answers that the viewer may review, locked: those of lessons in whose journal they write (2.2-2.4, 6.5)."""
    return (
        select(*columns(HomeworkAnswer))
        .join(Lesson, same(Lesson, HomeworkAnswer.lesson_id))
        .where(of_school(HomeworkAnswer), union({Role.DEPUTY: ALL, Role.TEACHER: own_lesson()}, viewer.roles))
        .with_for_update(key_share=True, of=HomeworkAnswer)
    )
