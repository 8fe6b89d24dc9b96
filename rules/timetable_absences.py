"""Absences of the staff (6.5): what is recorded of them, and what may follow from one."""

from datetime import date
from enum import StrEnum

from .refusals import Refusal, RefusalCode, bad_input

LONGEST_ABSENCE = 366
"""Days. A longer absence is no absence any more, but a change of the assignments."""


class AbsenceKind(StrEnum):
    """Why an employee is not there. No diagnosis: what the sick leave is for is nobody's business here."""

    SICK_LEAVE = "sick_leave"
    LEAVE = "leave"
    BUSINESS_TRIP = "business_trip"
    OTHER = "other"


def check_absence(starts_on: date, ends_on: date | None) -> None:
    """Refuse an absence that runs backwards or goes on for years."""
    if ends_on is not None and ends_on < starts_on:
        raise bad_input("Последний день раньше первого.", "endsOn")
    if ends_on is not None and (ends_on - starts_on).days >= LONGEST_ABSENCE:
        raise bad_input(f"Отсутствие не может быть длиннее {LONGEST_ABSENCE} дней.", "endsOn")


def absent_already(absence: int) -> Refusal:
    """Nobody is absent twice on one day."""
    message = "На эти дни отсутствие этого сотрудника уже записано."
    return Refusal(RefusalCode.ABSENT_ALREADY, message, "startsOn", "6.5", objects=(("StaffAbsence", absence),))
