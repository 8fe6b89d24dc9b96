"""What a school is called, how its people are named, and who is whose guardian."""

from enum import StrEnum


class Sex(StrEnum):
    """Sex, as personal cards record it (1.6, 4.3, 4.6)."""

    MALE = "male"
    FEMALE = "female"


class GuardianKind(StrEnum):
    """How a guardian stands to the student."""

    MOTHER = "mother"
    FATHER = "father"
    GUARDIAN = "guardian"


def full_name(family: str, given: str, patronymic: str | None) -> str:
    """«Иванова Мария Петровна»."""
    return " ".join(part for part in (family, given, patronymic) if part)


def short_name(family: str, given: str, patronymic: str | None) -> str:
    """«Иванова М. П.»."""
    return " ".join((family, *(f"{part[0]}." for part in (given, patronymic) if part)))
