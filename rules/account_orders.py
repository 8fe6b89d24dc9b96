"""Orders that appoint responsible persons: for what, and which role follows (6.2, 11.2)."""

from datetime import date
from enum import StrEnum

from .account import Role, check_employed
from .refusals import Refusal, RefusalCode, bad_input


class Responsibility(StrEnum):
    """What a person is made responsible for."""

    USE_OF_SYSTEM = "use_of_system"
    ADMINISTRATION = "administration"
    STAFF_CARDS = "staff_cards"
    STUDENT_CARDS = "student_cards"
    TIMETABLE = "timetable"


class AppointmentState(StrEnum):
    """Whether an order stands."""

    ISSUED = "issued"
    CANCELLED = "cancelled"


ROLE_OF: dict[Responsibility, Role | None] = {
    Responsibility.USE_OF_SYSTEM: None,
    Responsibility.ADMINISTRATION: Role.ADMINISTRATOR,
    Responsibility.STAFF_CARDS: Role.HR,
    Responsibility.STUDENT_CARDS: Role.SECRETARY,
    Responsibility.TIMETABLE: Role.DEPUTY,
}
"""The role that comes with a responsibility (4.2, 4.4, 6.2). The use of the System goes to who is a deputy already."""

NUMBER_LENGTH = 50
REASON_LENGTH = 1000


def check_order(
    number: str, dated: date, days: tuple[date, date | None], employed: tuple[date, date | None], today: date
) -> None:
    """Refuse an order without a number, of a day to come, or for days on which the person is not employed."""
    if not 0 < len(number.strip()) <= NUMBER_LENGTH or "\0" in number:
        raise bad_input(f"Номер приказа — от 1 до {NUMBER_LENGTH} знаков.", "number")
    if dated > today:
        raise bad_input("Приказ не может быть датирован будущим днём.", "dated")
    check_employed(*employed, *days)


def order_name(number: str, dated: date) -> str:
    """«приказ № 12 от 01.09.2025»."""
    return f"приказ № {number} от {dated:%d.%m.%Y}"


def by_order(number: str, dated: date, field: str) -> Refusal:
    """The role stands on an order: who would end it ends the order."""
    message = f"Роль дана приказом: {order_name(number, dated)}. Её меняет директор: завершает или отменяет приказ."
    return Refusal(RefusalCode.ROLE_BY_ORDER, message, field, "11.2")
