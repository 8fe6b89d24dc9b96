"""What students answer to homework, with their files, and what the teacher says of it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from rules.journal_answers import AnswerState

from .base import Base, Numbered, Versioned, reference, words
from .journal import AtLesson, of_lesson
from .school_documents import Hung


class HomeworkAnswer(Numbered, AtLesson, Versioned, Base):
    """The one answer of a student to a homework, revised until it is accepted. It carries the lesson of the homework.

    comment, reviewed_at, reviewed_by: of the last review, which a revision does not take away.
    """

    homework_id: Mapped[int] = reference("homework")
    student_id: Mapped[int] = reference("student")
    text: Mapped[str]
    state: Mapped[str] = words(AnswerState)
    answered_at: Mapped[datetime]
    comment: Mapped[str | None]
    reviewed_at: Mapped[datetime | None]
    reviewed_by: Mapped[int | None] = reference("account")

    @classmethod
    def constraints(cls) -> Iterable[Any]:
        return (
            of_lesson(),
            UniqueConstraint("school_id", "homework_id", "student_id"),
            Index(None, "school_id", "student_id"),
            Index(None, "school_id", "lesson_id"),
            CheckConstraint("state = 'sent' OR reviewed_at IS NOT NULL", name="reviewed"),
        )


class AnswerAttachment(Hung, Base):
    """A file of an answer. One that a revision left out stays here, and nobody is shown it any more."""

    owner = "answer_id"

    answer_id: Mapped[int] = reference("homework_answer")
    removed_at: Mapped[datetime | None]
