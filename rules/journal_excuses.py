"""Why a student is away for some days: the document that says so, or the family's word until there is one (7.3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from .days import WorkingAfter
from .journal import COMMENT_LENGTH, AttendanceCode, check_text
from .refusals import Refusal, RefusalCode, bad_input

TERM = WorkingAfter(2)
"""When the reasons are corrected, from the day on which the document came (7.3)."""

NUMBER_LENGTH = 100


class ExcuseKind(StrEnum):
    """What says why a student is away."""

    MESSAGE = "message"
    MEDICAL = "medical"
    STATEMENT = "statement"
    ORDER = "order"
    SUMMONS = "summons"
    OTHER = "other"


EXCUSE_NAMES = {
    ExcuseKind.MESSAGE: "Сообщение семьи; документа ещё нет",
    ExcuseKind.MEDICAL: "Медицинская справка",
    ExcuseKind.STATEMENT: "Заявление родителей",
    ExcuseKind.ORDER: "Приказ: соревнования, олимпиада, поездка",
    ExcuseKind.SUMMONS: "Повестка или вызов",
    ExcuseKind.OTHER: "Другой документ",
}

EXCUSING = (AttendanceCode.EXCUSED, AttendanceCode.ILLNESS, AttendanceCode.OTHER)
"""The reasons that a document can give."""


@dataclass(frozen=True)
class ExcuseContent:
    """What is written in an excuse. `issued_on` and `number` are a document's own; a message has neither."""

    kind: ExcuseKind
    code: AttendanceCode
    starts_on: date
    ends_on: date
    received_on: date
    issued_on: date | None = None
    number: str | None = None
    comment: str | None = None

    def check(self, today: date) -> None:
        """Refuse what contradicts itself or comes from the future; days to come may be covered."""
        if self.code not in EXCUSING:
            raise bad_input("Причина — болезнь, уважительная или другая.", "code")
        if self.ends_on < self.starts_on:
            raise bad_input("Последний день раньше первого.", "endsOn")
        if self.received_on > today:
            raise bad_input("День, когда принесли документ, ещё не наступил.", "receivedOn")
        if self.kind is ExcuseKind.MESSAGE:
            if self.issued_on or self.number:
                field = "issuedOn" if self.issued_on else "number"
                raise bad_input("У сообщения семьи нет ни номера, ни даты выдачи.", field)
        elif self.issued_on is None:
            raise bad_input("Укажите, каким числом выдан документ.", "issuedOn")
        elif self.issued_on > self.received_on:
            raise bad_input("Документ выдан позже, чем его принесли.", "issuedOn")
        check_text(self.number, NUMBER_LENGTH, "number")
        check_text(self.comment, COMMENT_LENGTH, "comment")

    @property
    def values(self) -> Mapping[str, Any]:
        """By column."""
        return vars(self)


def in_time(entered_on: date, due_on: date | None) -> bool | None:
    """Whether a document was entered within its term (7.3); None of a message, which has none."""
    return None if due_on is None else entered_on <= due_on


def follows_document(excuse_id: int, field: str) -> Refusal:
    """The day is covered by an excuse: its reason is corrected there."""
    message = "Причина этого пропуска указана классным руководителем на несколько дней: исправляется там."
    return Refusal(RefusalCode.EXCUSED, message, field, "7.3", (("Excuse", excuse_id),))
