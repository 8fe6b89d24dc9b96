"""Announcements of the school: to whom they go, and for which days (1.7)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from .refusals import Refusal, RefusalCode, bad_input

TITLE_LENGTH = 200
MOST_TARGETS = 100
"""How many classes and groups one announcement may name: more is the whole school, or grades."""


class Readership(StrEnum):
    """Of whom the audience consists."""

    STAFF = "staff"
    STUDENTS = "students"
    PARENTS = "parents"


@dataclass(frozen=True)
class Audience:
    """To whom an announcement goes: readers of the whole school, or of some grades, classes and groups."""

    readers: frozenset[Readership]
    whole_school: bool
    grades: tuple[int, ...] = ()
    classes: tuple[int, ...] = ()
    groups: tuple[int, ...] = ()

    @property
    def named(self) -> int:
        """How many grades, classes and groups are named."""
        return len(self.grades) + len(self.classes) + len(self.groups)


def check_audience(audience: Audience, grades: Collection[int], field: str) -> None:
    """Refuse an audience of nobody, or one that is everybody and somebody at once."""
    if not audience.readers:
        raise bad_input("Назовите, кому: работникам, ученикам или родителям.", f"{field}.readers")
    if audience.whole_school == bool(audience.named):
        raise bad_input("Либо вся школа, либо параллели, классы и группы.", f"{field}.wholeSchool")
    if audience.named > MOST_TARGETS:
        raise bad_input(f"Не больше {MOST_TARGETS} параллелей, классов и групп.", field)
    for position, grade in enumerate(audience.grades):
        if grade not in grades:
            raise bad_input("Такой параллели в школе нет.", f"{field}.grades.{position}")


def check_days(starts_on: date, ends_on: date | None, today: date) -> None:
    """Refuse days that are over, or out of order."""
    if ends_on is not None and ends_on < starts_on:
        raise bad_input("Последний день раньше первого.", "endsOn")
    if ends_on is not None and ends_on < today:
        raise bad_input("Последний день уже прошёл.", "endsOn")


def whole_school_refused(field: str) -> Refusal:
    """A teacher announces to own classes and groups: to the school, its office does."""
    message = "Учитель обращается к своим классам и группам; ко всей школе и параллелям — администрация."
    return Refusal(RefusalCode.FORBIDDEN, message, field)


def withdrawn(field: str) -> Refusal:
    """What was withdrawn is neither changed nor read any more."""
    return Refusal(RefusalCode.WITHDRAWN, "Объявление отозвано.", field)
