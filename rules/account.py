"""The roles a person may hold in the System, and which of them may stand together."""

from enum import StrEnum


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

LOGIN_WINDOW_MINUTES = 15
"""Failed log-ins are counted over this many minutes."""

LOGIN_FAILURES_PER_LOGIN = 5
"""So many failed log-ins for one login within the window close the door until the window has passed."""

LOGIN_FAILURES_PER_ADDRESS = 100
"""The same for one network address: higher, since a whole school may stand behind one."""


def login_key(login: str) -> str:
    """The form in which logins are compared: case and surrounding blanks do not tell two people apart."""
    return login.strip().casefold()
