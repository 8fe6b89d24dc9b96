"""The groups of students that reports count by the marks of a slot: отличники, хорошисты and the others."""

from collections.abc import Iterable
from enum import StrEnum

from .journal_finals import EXEMPT, NOT_ATTESTED, PASSED


class StudentGroup(StrEnum):
    """What a student is called by all marks of a period, a year, the end. One may belong to several, or to none."""

    EXCELLENT = "excellent"
    GOOD = "good"
    ONE_FOUR = "one_four"
    ONE_THREE = "one_three"
    FAILING = "failing"
    NOT_ATTESTED = "not_attested"


GROUP_TITLES = {
    StudentGroup.EXCELLENT: "Отличники",
    StudentGroup.GOOD: "Хорошисты",
    StudentGroup.ONE_FOUR: "С одной «4»",
    StudentGroup.ONE_THREE: "С одной «3»",
    StudentGroup.FAILING: "Неуспевающие",
    StudentGroup.NOT_ATTESTED: "Не аттестованы",
}
GROUPS_LEGEND = (
    "Отличник — все отметки «5»; хорошист — «4» и «5», хотя бы одна «4»; с одной «4» — одна «4», остальные «5»; "
    "с одной «3» — одна «3», остальные «4» и «5»; неуспевающий — хотя бы одна «2» (или «1»); не аттестован — хотя бы "
    "одна «н/а».",
    "«осв.» и «зач.» не считаются. Пока нет хотя бы одной отметки или есть «незач.» либо «н/а», обучающийся не входит "
    "в первые четыре группы.",
)
_SKIPPED = {EXEMPT, PASSED}


def groups_of(values: Iterable[str | None]) -> frozenset[StudentGroup]:
    """The groups of a student with these marks, one for each subject taken; None: no mark yet."""
    given = [value for value in values if value not in _SKIPPED]
    found = set()
    if NOT_ATTESTED in given:
        found.add(StudentGroup.NOT_ATTESTED)
    if "2" in given or "1" in given:
        found.add(StudentGroup.FAILING)
    if given and set(given) <= {"5", "4", "3"}:
        fours, threes = given.count("4"), given.count("3")
        match threes, fours:
            case 0, 0:
                found.add(StudentGroup.EXCELLENT)
            case 0, _:
                found.add(StudentGroup.GOOD)
            case 1, _:
                found.add(StudentGroup.ONE_THREE)
        if (threes, fours) == (0, 1):
            found.add(StudentGroup.ONE_FOUR)
    return frozenset(found)
