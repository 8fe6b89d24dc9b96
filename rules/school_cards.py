"""What may stand on personal cards (1.6, 4.3, 4.6) and on the school card (3.2), whoever enters it and however."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from typing import Any

from .account import APPOINTED
from .imports_values import BadValue, age_on, name, single_line
from .refusals import Refusal, RefusalCode, bad_input
from .school import GuardianKind, Sex


class CardOf(StrEnum):
    """Whose personal card it is."""

    STAFF = "staff"
    STUDENT = "student"
    GUARDIAN = "guardian"


AGES: Mapping[CardOf, range] = {
    CardOf.STAFF: range(14, 101),
    CardOf.STUDENT: range(5, 23),
    CardOf.GUARDIAN: range(14, 111),
}
"""How old people are: an age outside means a wrong year."""

YOUNGEST_EMPLOYEE = 14
PARENT_AGE = 12
"""How many years older than a child a parent is, at the least."""

PERSONAL = ("family_name", "given_name", "patronymic", "sex", "birth_date")
"""The columns of a person that every card and every list holds."""

CONTACT_HEADERS = ("телефон", "почта", "email", "адрес")
"""What the columns of a list that hold contacts are called: they are entered by hand, each under a decision (4.8)."""

LENGTHS: Mapping[str, int] = {
    "number": 50,
    "file_number": 50,
    "phone": 50,
    "position": 200,
    "site": 200,
    "title": 300,
    "diploma": 300,
    "address": 300,
    "full_name": 500,
}
"""How long the texts may be that are not up to `LENGTH` characters."""

LENGTH = 100

_TAX_NUMBER = re.compile(r"[0-9]{10}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_SITE = re.compile(r"https?://[^\s/]+\S*")
_FORMS = {
    "tax_number": (_TAX_NUMBER, "ИНН организации — десять цифр."),
    "email": (_EMAIL, "Не похоже на адрес электронной почты."),
    "site": (_SITE, "Адрес сайта начинается с https:// или http://."),
}
"""How some texts must look, and what is told of those that do not."""

REQUIRED = frozenset({"family_name", "given_name", "sex", "birth_date", "number", "position", "hired_on"}) | {
    *("file_number", "name", "full_name", "kind", "application", "title", "functions")
}
"""What no card may be without."""


def field_of(column: str) -> str:
    """The input field of a column: `familyName` of `family_name`."""
    first, *rest = column.split("_")
    return first + "".join(part.title() for part in rest)


def checked_card(values: Mapping[str, Any], today: date, of: CardOf | None = None) -> dict[str, Any]:
    """The values as a card keeps them: texts without needless blanks, empty ones as none. Refused where one is wrong.

    of: whose card it is, if a person's: their age must be fit for it.
    """
    return {column: _checked(column, value, today, of) for column, value in values.items()}


def _checked(column: str, value: Any, today: date, of: CardOf | None) -> Any:
    field = field_of(column)
    if type(value) is str:  # not a word of a closed list
        value = _text(column, value, today, of)
    if value is None and column in REQUIRED:
        raise bad_input("Нужно заполнить.", field)
    if column == "functions" and not APPOINTED.issuperset(value):
        raise bad_input("Эта роль не назначается.", field)
    if column == "birth_date" and of:
        age = age_on(value, today)
        if value > today or age not in AGES[of]:
            expected = f"от {AGES[of][0]} до {AGES[of][-1]}"
            raise bad_input(f"Возраст получается {age}, а должен быть {expected}: проверьте год.", field)
    return value


def _text(column: str, value: str, today: date, of: CardOf | None) -> str | None:
    field = field_of(column)
    if "\0" in value:
        raise bad_input("Недопустимый знак.", field)
    value = single_line(value)
    if len(value) > (most := LENGTHS.get(column, LENGTH)):
        raise bad_input(f"Длиннее {most} знаков.", field)
    if value and column in _FORMS and not _FORMS[column][0].fullmatch(value):
        raise bad_input(_FORMS[column][1], field)
    if of and value and column in PERSONAL:
        try:
            return str(name(value, today))
        except BadValue as bad:
            raise bad_input(f"Не годится: {bad}.", field) from None
    return value or None


def check_paper(card: Mapping[str, Any], paper: str) -> None:
    """Refuse a licence or an accreditation that runs out before it is issued."""
    issued_on, valid_until = card[f"{paper}_issued_on"], card[f"{paper}_valid_until"]
    if issued_on and valid_until and valid_until < issued_on:
        raise bad_input("Срок действия кончается раньше даты выдачи.", field_of(f"{paper}_valid_until"))


def check_employment(birth_date: date, hired_on: date, dismissed_on: date | None) -> None:
    """Refuse dates of an employment that cannot be."""
    if age_on(birth_date, hired_on) < YOUNGEST_EMPLOYEE:
        raise bad_input("Дата приёма не сходится с датой рождения.", "hiredOn")
    if dismissed_on and dismissed_on < hired_on:
        raise bad_input("Дата увольнения раньше даты приёма.", "dismissedOn")


def check_application(applied_on: date | None, application: str | None, today: date) -> None:
    """Refuse to enter a guardian without their application (4.7)."""
    for value, field in ((applied_on, "appliedOn"), (application, "application")):
        if not value or (isinstance(value, str) and not value.strip()):
            message = "Сведения о представителе вносятся только по его заявлению (п. 4.7): нужны его дата и номер."
            raise Refusal(RefusalCode.APPLICATION_NEEDED, message, field, "4.7")
    if applied_on and applied_on > today:
        raise bad_input("Дата заявления ещё не наступила.", "appliedOn")


def check_last_day(ends_on: date, fact: Any) -> None:
    """Refuse a last day before the first, or one that would prolong what ends already: that takes a new decision."""
    if ends_on < fact.starts_on:
        raise bad_input("Окончание раньше начала.", "endsOn")
    if fact.ends_on is not None and ends_on > fact.ends_on:
        raise bad_input("Срок уже определён: продлить его так нельзя.", "endsOn")


def guardian_misfits(
    kind: str, sex: str, born: date, student_born: date, applied_on: date
) -> Iterator[tuple[str, str]]:
    """What does not fit between a guardian and a student: the column, and the reason."""
    if (kind, sex) in ((GuardianKind.MOTHER, Sex.MALE), (GuardianKind.FATHER, Sex.FEMALE)):
        yield "kind", "Не сходится с полом представителя."
    if kind != GuardianKind.GUARDIAN and age_on(born, student_born) < PARENT_AGE:
        yield "birth_date", "Родитель не может быть почти ровесником ученика."
    if applied_on < student_born:
        yield "applied_on", "Заявление раньше рождения ученика."


def card_version(own: int, person: int) -> int:
    """The version of a personal card: it grows with each change of the row and of its person's."""
    return own + person - 1
