"""Subgroups: a student of a divided class is in exactly one group of the subject (5.10)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from .refusals import Refusal, RefusalCode, bad_input

GROUP_NAME_LENGTH = 100
MOST_GROUPS = 10


@dataclass(frozen=True)
class Asked:
    """A subgroup as it is asked for."""

    name: str
    students: Sequence[int]


def check_division(groups: Sequence[Asked], names: Mapping[int, str], dropped: Collection[int]) -> None:
    """Refuse a division that leaves a student of the class out, counts one twice, or counts somebody else in.

    names: those who are in the class; dropped: who of them does not take the subject, and needs no group (7.8).
    """
    if len(groups) == 1 or len(groups) > MOST_GROUPS:
        message = f"Подгрупп — от 2 до {MOST_GROUPS}; ни одной — класс учится вместе."
        raise Refusal(RefusalCode.BAD_INPUT, message, "groups", "5.10")
    titles, placed = set[str](), set[int]()
    for position, each in enumerate(groups):
        title, field = each.name.strip(), f"groups.{position}"
        if not title or len(title) > GROUP_NAME_LENGTH or "\0" in title or title in titles:
            raise bad_input(
                f"У каждой подгруппы — своё название не длиннее {GROUP_NAME_LENGTH} знаков.", f"{field}.name"
            )
        titles.add(title)
        for place, student in enumerate(each.students):
            if student not in names:
                message = "В этот день учащегося нет в этом классе."
                raise Refusal(RefusalCode.NOT_IN_CLASS, message, f"{field}.studentIds.{place}", "5.10")
            if student in placed:
                message = f"В двух подгруппах сразу: {names[student]}."
                raise Refusal(RefusalCode.IN_TWO_GROUPS, message, f"{field}.studentIds.{place}", "5.10")
            placed.add(student)
    if groups and (
        left := [name for student, name in names.items() if student not in placed and student not in dropped]
    ):
        raise Refusal(RefusalCode.IN_NO_GROUP, f"Не в подгруппе: {', '.join(left)}.", "groups", "5.10")
