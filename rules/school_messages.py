"""Messages between the school and families (1.7): how long, how many, and who may stand together in one thread."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from .refusals import Refusal, RefusalCode, bad_input

SUBJECT_LENGTH = 200
MOST_RECIPIENTS = 50
"""How many people one thread is begun with; whom more people must hear, an announcement reaches."""

FAMILY_WINDOW = timedelta(hours=1)
MOST_OF_FAMILY = 30
"""So many messages a student or a guardian may send within the window."""


@dataclass(frozen=True)
class Recipient:
    """One to whom a thread goes. works: that they work at the school; students: themselves as a student, and their
    wards, as numbers.
    """

    account_id: int
    works: bool
    students: frozenset[int]


def family_of(recipients: Collection[Recipient], about: int | None, field: str) -> None:
    """Refuse a thread in which two families would read each other, or one that is about somebody else's child.

    about: the student whom the thread is about, if it is about one.
    """
    families = [each.students for each in recipients if not each.works]
    if not families:
        return
    common = frozenset.intersection(*families)
    if not common:
        message = "В одной переписке может быть только одна семья: другим напишите отдельно или объявлением."
        raise Refusal(RefusalCode.SEVERAL_FAMILIES, message, field)
    if about is not None and about not in common:
        raise Refusal(RefusalCode.SEVERAL_FAMILIES, "Переписка о другом ребёнке.", "studentId")


def check_recipients(recipients: Sequence[int], own: int, field: str) -> None:
    """Refuse a thread to nobody, to too many, or to oneself."""
    if not 0 < len(recipients) <= MOST_RECIPIENTS:
        raise bad_input(f"Назовите от 1 до {MOST_RECIPIENTS} получателей.", field)
    if own in recipients:
        raise bad_input("Себе писать не нужно.", f"{field}.{recipients.index(own)}")


def check_rate(sent: int) -> None:
    """Refuse a family's next message when so many were sent within the window."""
    if sent >= MOST_OF_FAMILY:
        message = "Отправлено слишком много сообщений. Подождите немного или позвоните в школу."
        raise Refusal(RefusalCode.TOO_MANY_MESSAGES, message)


def nobody_left(field: str) -> Refusal:
    """Whoever is still in the thread may no longer be written to: the class or the school has been left."""
    message = "Писать здесь больше некому: собеседники уже не связаны с вами в школе."
    return Refusal(RefusalCode.NOT_ADDRESSABLE, message, field)
