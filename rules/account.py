"""The roles a person may hold in the System, and which of them may stand together."""

from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum

from .days import WorkingAfter, WorkingDays
from .refusals import Refusal, RefusalCode, bad_input

Span = tuple[date, date | None]
"""First and last day of something dated; None: it has no end."""


class Role(StrEnum):
    """A role of the System (2, 3.1, 4, 5, 6, 7, 9, 10, 11, 12)."""

    DIRECTOR = "director"
    DEPUTY = "deputy"
    TEACHER = "teacher"
    STUDENT = "student"
    PARENT = "parent"
    SECRETARY = "secretary"
    HR = "hr"
    ADMINISTRATOR = "administrator"
    ANALYST = "analyst"
    SERVICE = "service"


ROLE_NAMES: dict[Role, str] = {
    Role.DIRECTOR: "Директор",
    Role.DEPUTY: "Завуч",
    Role.TEACHER: "Учитель",
    Role.STUDENT: "Ученик",
    Role.PARENT: "Родитель",
    Role.SECRETARY: "Секретарь",
    Role.HR: "Специалист по кадрам",
    Role.ADMINISTRATOR: "Администратор системы",
    Role.ANALYST: "Аналитик",
    Role.SERVICE: "Внешняя служба",
}
"""The name of each role as the System shows it."""

APPOINTED = frozenset(
    {Role.DIRECTOR, Role.DEPUTY, Role.TEACHER, Role.SECRETARY, Role.HR, Role.ADMINISTRATOR},
)
"""Roles held by appointment. STUDENT follows from enrolment and PARENT from guardianship; neither is ever stored."""

PERSONAL = APPOINTED | {Role.STUDENT, Role.PARENT}
"""Roles of people. They may stand together in one session; what they allow is added up role by role."""


class AccountKind(StrEnum):
    """Whose account it is. Analysts and services see rows without the names on them, so they never mix with people."""

    PERSON = "person"
    ANALYST = "analyst"
    SERVICE = "service"


PASSWORD_LENGTH = range(10, 129)
"""How many characters a password may have."""

ONE_TIME_LIFE = timedelta(days=14)
"""For how long a password that was issued opens the door; whoever enters with it must choose another first."""

ACCOUNT_TERM = WorkingAfter(3)
"""When an employee has an account, from the day of the hiring (11.9)."""

LOGIN_WINDOW_MINUTES = 15
"""Failed log-ins are counted over this many minutes."""

LOGIN_FAILURES_PER_LOGIN = 5
"""So many failed log-ins for one login within the window close the door until the window has passed."""

LOGIN_FAILURES_PER_ADDRESS = 100
"""The same for one network address: higher, since a whole school may stand behind one."""


def login_key(login: str) -> str:
    """The form in which logins are compared: case and surrounding blanks do not tell two people apart."""
    return login.strip().casefold()


def check_password(password: str, current: str) -> None:
    """Refuse a new password that is too short, too long, or the one there is."""
    if len(password) not in PASSWORD_LENGTH or "\0" in password:
        raise bad_input(f"Пароль — от {PASSWORD_LENGTH.start} до {PASSWORD_LENGTH.stop - 1} знаков.", "newPassword")
    if password == current:
        raise bad_input("Новый пароль совпадает с прежним.", "newPassword")


def check_employed(hired_on: date | None, dismissed_on: date | None, starts_on: date, ends_on: date | None) -> None:
    """Refuse days that are out of order, or on which the person is not employed by the school."""
    if ends_on is not None and ends_on < starts_on:
        raise bad_input("Последний день раньше первого.", "endsOn")
    employed = hired_on is not None and hired_on <= starts_on
    if not employed or (dismissed_on is not None and (ends_on is None or dismissed_on < ends_on)):
        message = "В эти дни человек не работает в школе: роль даётся только сотруднику на дни его работы."
        raise Refusal(RefusalCode.NOT_EMPLOYED, message, "startsOn" if not employed else "endsOn", "11.6")


def check_last_day(ends_on: date, present: date | None, today: date) -> None:
    """Refuse to end something on a day that is over, or later than it ends already; yesterday means at once."""
    if ends_on < today - timedelta(days=1):
        raise bad_input("Последний день не может быть раньше вчерашнего.", "endsOn")
    if present is not None and ends_on > present:
        raise bad_input(f"Последний день уже назначен раньше: {present:%d.%m.%Y}.", "endsOn")


def account_due(hired_on: date, days: WorkingDays) -> date:
    """The last day on which an employee's account is in time (11.9)."""
    return ACCOUNT_TERM.due(hired_on, days)


def first_in_time(today: date, days: WorkingDays) -> date:
    """The first day of hiring whose account is not overdue `today`."""
    return ACCOUNT_TERM.first_in_time(today, days)


def is_covered(span: Span, others: Iterable[Span]) -> bool:
    """Whether on each day of a span one of the others lasts."""
    first, last = span
    for starts_on, ends_on in sorted(others, key=lambda other: other[0]):
        if starts_on > first:
            return False
        if ends_on is None:
            return True
        first = max(first, ends_on + timedelta(days=1))
        if last is not None and first > last:
            return True
    return False
