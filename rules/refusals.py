"""Refusals: what a person is told when the System will not do what they asked, with a stable code."""

from dataclasses import dataclass
from enum import StrEnum


class RefusalCode(StrEnum):
    """Stable codes of refusals. A client may switch on them; the message is for people."""

    BAD_INPUT = "BAD_INPUT"
    BAD_ID = "BAD_ID"
    NOT_FOUND = "NOT_FOUND"
    FORBIDDEN = "FORBIDDEN"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    CONFLICT = "CONFLICT"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    BAD_CREDENTIALS = "BAD_CREDENTIALS"
    TOO_MANY_ATTEMPTS = "TOO_MANY_ATTEMPTS"
    SESSION_ENDED = "SESSION_ENDED"
    RANGE_TOO_LONG = "RANGE_TOO_LONG"
    LESSON_CANCELLED = "LESSON_CANCELLED"
    LESSON_NOT_YET = "LESSON_NOT_YET"
    NOT_IN_GROUP = "NOT_IN_GROUP"
    BAD_MARK = "BAD_MARK"
    TAUGHT_AT_HOME = "TAUGHT_AT_HOME"
    FILE_TOO_LARGE = "FILE_TOO_LARGE"
    BAD_FILE = "BAD_FILE"
    YEAR_CLOSED = "YEAR_CLOSED"
    STEP_OUT_OF_TURN = "STEP_OUT_OF_TURN"
    YEAR_NOT_READY = "YEAR_NOT_READY"
    TRANSITION_NEEDED = "TRANSITION_NEEDED"
    ALREADY_ENROLLED = "ALREADY_ENROLLED"
    NOT_IN_CLASS = "NOT_IN_CLASS"
    WRONG_CLASS = "WRONG_CLASS"
    WRONG_YEAR = "WRONG_YEAR"
    LATER_ORDER = "LATER_ORDER"
    ORDER_STATE = "ORDER_STATE"
    NUMBER_TAKEN = "NUMBER_TAKEN"
    JOURNAL_FILLED = "JOURNAL_FILLED"
    ALREADY_EXISTS = "ALREADY_EXISTS"
    IN_USE = "IN_USE"
    OUTSIDE_YEAR = "OUTSIDE_YEAR"
    OVERLAP = "OVERLAP"
    PAST_DAYS = "PAST_DAYS"
    ARCHIVED = "ARCHIVED"
    NOT_EMPLOYED = "NOT_EMPLOYED"
    IN_TWO_GROUPS = "IN_TWO_GROUPS"
    IN_NO_GROUP = "IN_NO_GROUP"
    SUBJECT_NOT_TAKEN = "SUBJECT_NOT_TAKEN"
    ACCESS_CLOSED = "ACCESS_CLOSED"
    PASSWORD_EXPIRED = "PASSWORD_EXPIRED"  # noqa: S105 -- the code's name
    NO_ACCOUNT = "NO_ACCOUNT"
    LAST_ADMINISTRATOR = "LAST_ADMINISTRATOR"
    ROLE_BY_ORDER = "ROLE_BY_ORDER"
    NOT_DEPUTY = "NOT_DEPUTY"
    TOPIC_PLAN_OVERLAPS = "TOPIC_PLAN_OVERLAPS"
    TOPIC_PLAN_IN_USE = "TOPIC_PLAN_IN_USE"
    TOPIC_IN_USE = "TOPIC_IN_USE"
    APPLICATION_NEEDED = "APPLICATION_NEEDED"
    CONTACT_NOT_COLLECTED = "CONTACT_NOT_COLLECTED"
    NOT_IN_FORCE = "NOT_IN_FORCE"
    TOO_LATE = "TOO_LATE"
    NOT_A_DRAFT = "NOT_A_DRAFT"
    TIMETABLE_COLLIDES = "TIMETABLE_COLLIDES"
    ABSENT_ALREADY = "ABSENT_ALREADY"
    LESSON_COLLISION = "LESSON_COLLISION"
    LESSON_HAS_RECORDS = "LESSON_HAS_RECORDS"
    NOT_A_SCHOOL_DAY = "NOT_A_SCHOOL_DAY"
    NOT_TAUGHT = "NOT_TAUGHT"
    TEACHER_AWAY = "TEACHER_AWAY"
    TOO_MANY_FEEDS = "TOO_MANY_FEEDS"
    MISMATCH_STATE = "MISMATCH_STATE"
    REMARK_STATE = "REMARK_STATE"
    REMARK_STANDS = "REMARK_STANDS"
    WITHDRAWN = "WITHDRAWN"
    PERIOD_CLOSED = "PERIOD_CLOSED"
    PERIOD_NOT_CLOSED = "PERIOD_NOT_CLOSED"
    PERIOD_NOT_BEGUN = "PERIOD_NOT_BEGUN"
    PERIOD_NOT_OVER = "PERIOD_NOT_OVER"
    PERIOD_INCOMPLETE = "PERIOD_INCOMPLETE"
    DECISION_NEEDED = "DECISION_NEEDED"
    CURSOR_EXPIRED = "CURSOR_EXPIRED"
    TOO_MANY_SUBSCRIPTIONS = "TOO_MANY_SUBSCRIPTIONS"
    TOO_SLOW = "TOO_SLOW"
    RIGHTS_CHANGED = "RIGHTS_CHANGED"
    UNAVAILABLE = "UNAVAILABLE"
    SEVERAL_FAMILIES = "SEVERAL_FAMILIES"
    TOO_MANY_MESSAGES = "TOO_MANY_MESSAGES"
    NOT_ADDRESSABLE = "NOT_ADDRESSABLE"
    NOT_ABSENT = "NOT_ABSENT"
    MADE_UP = "MADE_UP"
    NOT_A_RECIPIENT = "NOT_A_RECIPIENT"
    EXCUSED = "EXCUSED"
    TOO_LONG = "TOO_LONG"
    ALREADY_SIGNED = "ALREADY_SIGNED"
    BAD_SIGNATURE = "BAD_SIGNATURE"
    SIGNING_NOT_SET_UP = "SIGNING_NOT_SET_UP"
    EDIT_LOCKED = "EDIT_LOCKED"
    NO_LESSONS = "NO_LESSONS"
    WEEK_NOT_OVER = "WEEK_NOT_OVER"
    UNLOCK_STATE = "UNLOCK_STATE"
    OUTSIDE_OUTAGE = "OUTSIDE_OUTAGE"
    SHEET_CONFLICTS = "SHEET_CONFLICTS"
    CELL_DIFFERS = "CELL_DIFFERS"
    BAD_VALUE = "BAD_VALUE"
    NO_SUCH_LESSON = "NO_SUCH_LESSON"
    ANSWER_STATE = "ANSWER_STATE"
    TOO_COSTLY = "TOO_COSTLY"
    FORM_CLOSED = "FORM_CLOSED"
    FORM_NOT_CLOSED = "FORM_NOT_CLOSED"
    FORM_WAS_CLOSED = "FORM_WAS_CLOSED"
    FORM_DATE_AHEAD = "FORM_DATE_AHEAD"
    FORM_CONTROLS_FAIL = "FORM_CONTROLS_FAIL"
    FORM_CELL_COMPUTED = "FORM_CELL_COMPUTED"
    FORM_NOT_VALID = "FORM_NOT_VALID"


@dataclass(eq=False)
class Refusal(Exception):
    """An expected "no".

    code: what kind of refusal; message: Russian, for the person; field: the input field that caused it, if one did, as
    the schema names it (`entries.3.value`); clause: the clause of the regulation that refuses, if one does; objects:
    what stands in the way, as type and number.
    """

    code: RefusalCode
    message: str
    field: str | None = None
    clause: str | None = None
    objects: tuple[tuple[str, int], ...] = ()

    @property
    def extensions(self) -> dict[str, str]:
        """What a top-level error carries, where the refusal is not part of a command's result."""
        found = {"code": self.code.value, "field": self.field, "clause": self.clause}
        return {name: value for name, value in found.items() if value is not None}

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


def not_found(field: str | None = None) -> Refusal:
    """The one answer for what does not exist and for what the viewer may not reach: they cannot be told apart."""
    return Refusal(RefusalCode.NOT_FOUND, "Не найдено или недоступно.", field)


def conflict(field: str | None = None) -> Refusal:
    """The row has been changed since the caller saw it."""
    return Refusal(RefusalCode.CONFLICT, "Запись уже изменена другим пользователем. Обновите страницу.", field)


def bad_input(message: str, field: str | None = None) -> Refusal:
    """The input breaks the field's own rules."""
    return Refusal(RefusalCode.BAD_INPUT, message, field)


def year_closed() -> Refusal:
    """The year has been closed: it is read-only for everyone."""
    return Refusal(RefusalCode.YEAR_CLOSED, "Учебный год закрыт: его данные больше не меняются.", clause="12.2")
