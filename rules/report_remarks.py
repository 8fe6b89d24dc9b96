"""Remarks of the deputy to teachers about how journals are kept (7.11): their states, and what is refused."""

from collections.abc import Collection, Mapping
from datetime import date
from enum import StrEnum

from .journal import TEXT_LENGTH, check_text
from .refusals import Refusal, RefusalCode, bad_input

CLAUSE = "7.11"

CLAUSES = (
    *("2.2", "2.3", "2.4", "4.5", "5.6", "5.8", "5.10", "6.4", "7.1", "7.2", "7.3", "7.4", "7.5", "7.6", "7.7", "7.8"),
    *("7.9", "7.10", "7.12", "7.13", "10.4", "10.5", "10.6", "11.6", "11.7", "13.1", "13.2", "1.5"),
)
"""The clauses that say something of what teachers do in the System."""


class RemarkState(StrEnum):
    """What has become of a remark."""

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


REMARK_STATE_NAMES: Mapping[RemarkState, str] = {
    RemarkState.OPEN: "Ждёт исправления или ответа",
    RemarkState.ANSWERED: "Есть ответ учителя",
    RemarkState.CLOSED: "Закрыто: исправлено, или принято объяснение",
    RemarkState.WITHDRAWN: "Отозвано",
}

STANDING = (RemarkState.OPEN, RemarkState.ANSWERED)
"""States in which something is still to come."""

_REFUSED = {
    RemarkState.CLOSED: "Замечание уже закрыто.",
    RemarkState.WITHDRAWN: "Замечание отозвано.",
}


def check_standing(state: str, field: str) -> None:
    """Refuse to do anything about a remark that is closed or withdrawn."""
    if state not in STANDING:
        raise Refusal(RefusalCode.REMARK_STATE, _REFUSED[RemarkState(state)], field, CLAUSE)


def check_subject(about: Collection[str]) -> None:
    """Refuse a remark that is about nothing, or about several things."""
    if len(about) != 1:
        raise bad_input("Укажите, о чём замечание: найденное, урок, журнал или сотрудник — что-то одно.", "finding")


def check_clause(clause: str | None, by_finding: bool) -> None:
    """Refuse a clause that says nothing of journals, none at all, or one where what was found has its own."""
    if by_finding:
        if clause is not None:
            raise bad_input("У найденного свой пункт Порядка.", "clause")
    elif clause not in CLAUSES:
        raise bad_input("Укажите пункт Порядка о том, что делает учитель: «7.4».", "clause")


def check_due(due_on: date | None, today: date) -> None:
    """Refuse a term that is over before it begins."""
    if due_on is not None and due_on < today:
        raise bad_input("Срок уже прошёл.", "dueOn")


def check_said(text: str | None, field: str, *, required: bool) -> None:
    """Refuse a text that is too long, or missing."""
    check_text(text, TEXT_LENGTH, field, required=required)


def stands_already(number: int) -> Refusal:
    """What was found has a remark that is not closed yet."""
    message = "Об этом уже есть замечание, и оно не закрыто."
    return Refusal(RefusalCode.REMARK_STANDS, message, "finding", CLAUSE, (("Remark", number),))


def nobody_answers(field: str) -> Refusal:
    """What is wrong is nobody's to mend: there is no class teacher, or nobody teaches the journal any more."""
    return Refusal(RefusalCode.NOT_FOUND, "За это сейчас никто не отвечает: некому написать.", field, CLAUSE)
