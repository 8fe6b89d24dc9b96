"""The school card, how a school is found, how its people are named, and what may be known of them."""

import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from .days import SEPTEMBER, DayOfYear
from .refusals import Refusal, RefusalCode


class Sex(StrEnum):
    """Sex, as personal cards record it (1.6, 4.3, 4.6)."""

    MALE = "male"
    FEMALE = "female"


class GuardianKind(StrEnum):
    """How a guardian stands to the student."""

    MOTHER = "mother"
    FATHER = "father"
    GUARDIAN = "guardian"


class Contact(StrEnum):
    """What may be collected of students and guardians beyond 1.6 and 4.6, by the school's decision (4.8)."""

    PHONE = "phone"
    EMAIL = "email"
    ADDRESS = "address"


class ContactsOf(StrEnum):
    """Of whom a decision lets a contact be collected (4.8)."""

    STUDENTS = "students"
    GUARDIANS = "guardians"


def not_collected(contact: Contact) -> Refusal:
    """The refusal of a contact that the school has not decided to collect."""
    message = "Школа не собирает эти сведения: нет действующего решения (п. 4.8)."
    return Refusal(RefusalCode.CONTACT_NOT_COLLECTED, message, contact.value, "4.8")


class SchoolPart(StrEnum):
    """A part of the school card that must be filled in by 15 September (3.2)."""

    ADDRESS = "address"
    PHONE = "phone"
    EMAIL = "email"
    SITE = "site"
    TAX_NUMBER = "tax_number"
    LICENCE = "licence"
    ACCREDITATION = "accreditation"


SCHOOL_PARTS: Mapping[SchoolPart, tuple[str, ...]] = {
    **{part: (part.value,) for part in SchoolPart},
    **{
        part: (f"{part}_number", f"{part}_issued_on", f"{part}_issued_by")
        for part in (SchoolPart.LICENCE, SchoolPart.ACCREDITATION)
    },
}
"""The fields of the card without which a part is missing."""


def missing_parts(card: Mapping[str, object], today: date) -> list[SchoolPart]:
    """What the school card still lacks (3.2); a licence or an accreditation that has run out does not count."""
    return [
        part
        for part, fields in SCHOOL_PARTS.items()
        if not all(card[name] for name in fields) or _is_over(card.get(f"{part}_valid_until"), today)
    ]


def _is_over(last: object, today: date) -> bool:
    return isinstance(last, date) and last < today


CARD_TERM = DayOfYear(9, 15)
"""When the school card, the licence and the accreditation are filled in (3.2)."""


def school_card_due(today: date) -> date:
    """By when the school card must be complete in the academic year of `today` (3.2)."""
    return CARD_TERM.due(date(today.year - (today.month < SEPTEMBER), SEPTEMBER, 1))


def words_of(text: str) -> list[str]:
    """The words of a text, by whose beginnings a school is found."""
    return re.findall(r"[^\W_]+", text)


def full_name(family: str, given: str, patronymic: str | None) -> str:
    """«Иванова Мария Петровна»."""
    return " ".join(part for part in (family, given, patronymic) if part)


def short_name(family: str, given: str, patronymic: str | None) -> str:
    """«Иванова М. П.»."""
    return " ".join((family, *(f"{part[0]}." for part in (given, patronymic) if part)))
