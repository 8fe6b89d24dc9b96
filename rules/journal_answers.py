"""Answers of students to homework: their states, and what may become of them."""

from enum import StrEnum

from .journal import TEXT_LENGTH, check_text
from .refusals import Refusal, RefusalCode


class AnswerState(StrEnum):
    """Who is to act: the teacher, the student, or nobody any more."""

    SENT = "sent"
    RETURNED = "returned"
    ACCEPTED = "accepted"


ANSWER_STATE_NAMES = {
    AnswerState.SENT: "Ждёт проверки",
    AnswerState.RETURNED: "Возвращён на доработку",
    AnswerState.ACCEPTED: "Принят",
}


def check_answer(text: str) -> None:
    """Refuse an answer that says nothing, or too much."""
    check_text(text, TEXT_LENGTH, "text", required=True)


def check_revisable(state: str) -> None:
    """Refuse to change an answer that has been accepted."""
    if state == AnswerState.ACCEPTED:
        raise Refusal(RefusalCode.ANSWER_STATE, "Ответ уже принят и больше не меняется.", "homeworkId")


def check_reviewable(state: str) -> None:
    """Refuse to review an answer that does not wait for it."""
    if state != AnswerState.SENT:
        raise Refusal(RefusalCode.ANSWER_STATE, "Ответ уже проверен и не ждёт проверки.", "answerId")
