"""What the cells of federal forms may count: a small vocabulary of measures, each with the dimensions it is cut by."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from .movement import MovementKind
from .school import Sex


class Family(StrEnum):
    """What is counted together, in one statement."""

    CLASSES = "classes"
    STUDENTS = "students"
    MOVES = "moves"
    LEARNERS = "learners"
    GROUPS = "groups"
    STAFF = "staff"


class Kind(StrEnum):
    """What values a dimension has: whole numbers, yes or no, or words."""

    NUMBER = "number"
    FLAG = "flag"
    WORD = "word"


@dataclass(frozen=True, slots=True)
class Dimension:
    """A dimension: what its values are, and how it is told. listed: the only words it may have, with their names.

    several: what is counted has a list of values; it is counted once, however many of them a filter admits. undated: it
    is kept without days, and known as it is now, not as it was on the form's date.
    """

    kind: Kind
    name: str
    listed: Mapping[str, str] | None = None
    several: bool = False
    undated: bool = False


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure: what it counts, in words, and the values that it fixes. people: one counted is a person.

    needs: the dimension without whose filter it would not be said what it counts.
    """

    family: Family
    words: str
    fixed: Mapping[str, Any]
    people: bool = True
    needs: str | None = None


_SEX = Dimension(Kind.WORD, "пол", {Sex.MALE.value: "мужской", Sex.FEMALE.value: "женский"})
_GRADE = Dimension(Kind.NUMBER, "класс")
_AGE = Dimension(Kind.NUMBER, "полных лет")
_SHIFT = Dimension(Kind.NUMBER, "смена", undated=True)
_PROFILE = Dimension(Kind.WORD, "профиль", undated=True)
_SUBJECT = Dimension(Kind.WORD, "предмет", several=True)

DIMENSIONS: Mapping[Family, Mapping[str, Dimension]] = {
    Family.CLASSES: {
        "grade": _GRADE,
        "shift": _SHIFT,
        "profile": _PROFILE,
        "week_days": Dimension(Kind.NUMBER, "учебных дней в неделю", undated=True),
    },
    Family.STUDENTS: {
        "grade": _GRADE,
        "sex": _SEX,
        "age": _AGE,
        "shift": _SHIFT,
        "profile": _PROFILE,
        "at_home": Dimension(Kind.FLAG, "обучается на дому", undated=True),
        "individual_plan": Dimension(Kind.FLAG, "по индивидуальному плану", undated=True),
        "repeats": Dimension(Kind.FLAG, "оставлен на повторный год"),
    },
    Family.MOVES: {
        "kind": Dimension(Kind.WORD, "вид приказа", {each.value: each.value for each in MovementKind}),
        "grade": _GRADE,
        "sex": _SEX,
        "reason": Dimension(Kind.WORD, "причина"),
        "on_first_day": Dimension(Kind.FLAG, "с первого дня учебного года"),
    },
    Family.LEARNERS: {"subject": _SUBJECT, "grade": _GRADE, "sex": _SEX},
    Family.GROUPS: {"subject": _SUBJECT, "grade": _GRADE, "subgroup": Dimension(Kind.FLAG, "подгруппа")},
    Family.STAFF: {
        "position": Dimension(Kind.WORD, "должность", undated=True),
        "category": Dimension(Kind.WORD, "категория", undated=True),
        "sex": _SEX,
        "age": _AGE,
        "years": Dimension(Kind.NUMBER, "полных лет в школе"),
        "teaches": Dimension(Kind.FLAG, "ведёт уроки"),
    },
}
"""The dimensions of each family; grades of movement are those of the class left, or else of the class entered."""

ONCE = frozenset(
    family for family, dimensions in DIMENSIONS.items() if any(each.several for each in dimensions.values())
)
"""The families of which one thing has a list of values in some dimension."""


def _moves(words: str, kind: MovementKind) -> Measure:
    return Measure(Family.MOVES, words, {"kind": kind.value})


MEASURES: Mapping[str, Measure] = {
    "classes": Measure(Family.CLASSES, "классы", {}, people=False),
    "students": Measure(Family.STUDENTS, "обучающиеся в классах", {}),
    "repeaters": Measure(Family.STUDENTS, "обучающиеся, оставленные на повторный год", {"repeats": True}),
    "arrivals": _moves("зачисленные приказами", MovementKind.ENROLMENT),
    "departures": _moves("выбывшие приказами", MovementKind.DEPARTURE),
    "graduates": _moves("выпущенные приказами", MovementKind.GRADUATION),
    "learners": Measure(Family.LEARNERS, "обучающиеся, которым предмет преподаётся", {}, needs="subject"),
    "groups": Measure(
        Family.GROUPS, "классы и подгруппы, в которых предмет преподаётся", {}, people=False, needs="subject"
    ),
    "staff": Measure(Family.STAFF, "работающие сотрудники", {}),
}
"""The measures by the names that definitions use."""


def normal(value: str | None) -> str:
    """Words as they are compared: «Учитель » is «учитель», ё is е, nothing is an empty word."""
    return " ".join((value or "").casefold().replace("ё", "е").split())


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition on one dimension: one of `values` if there are any, or within `low` and `high`; none of `without`.

    «*» at the beginning or the end of a word stands for anything; an empty word for what is not filled in.
    """

    dimension: str
    values: tuple[Any, ...] = ()
    low: int | None = None
    high: int | None = None
    without: tuple[Any, ...] = ()

    def admits(self, value: Any) -> bool:
        """Whether something with this value, or with one of these, is counted."""
        if isinstance(value, list):
            return any(self.admits(each) for each in value)
        if self.low is not None or self.high is not None:
            return value is not None and (
                (self.low is None or self.low <= value) and (self.high is None or value <= self.high)
            )
        if any(_matches(each, value) for each in self.without):
            return False
        return not self.values or any(_matches(each, value) for each in self.values)

    def words(self, dimension: Dimension) -> str:
        """The condition for people: «класс: 5, 6»."""
        if self.low is not None or self.high is not None:
            bounds = (("от", self.low), ("до", self.high))
            return f"{dimension.name}: " + " ".join(f"{word} {value}" for word, value in bounds if value is not None)
        told, left = (", ".join(_told(each, dimension) for each in side) for side in (self.values, self.without))
        return f"{dimension.name}: " + ", ".join(filter(None, (told, f"кроме {left}" if left else "")))


def _matches(wanted: Any, value: Any) -> bool:
    if not isinstance(wanted, str):
        return bool(wanted == value)
    word, given = normal(wanted), normal(value)
    bare = word.strip("*")
    if word.startswith("*"):
        return bare in given if word.endswith("*") else given.endswith(bare)
    return given.startswith(bare) if word.endswith("*") else given == bare


def _told(value: Any, dimension: Dimension) -> str:
    if isinstance(value, bool):
        return "да" if value else "нет"
    if dimension.listed and value in dimension.listed:
        return dimension.listed[value]
    return str(value) if value != "" else "не указано"


Counts = Mapping[str, Iterable[Mapping[str, Any]]]
"""Family → what was counted: a value for each dimension, and `count`; each combination once."""


def counted(measure: str, filters: Iterable[Filter], counts: Counts) -> list[Mapping[str, Any]]:
    """The combinations that a cell with this measure and these filters adds up."""
    conditions = list(filters)
    return [row for row in counts.get(MEASURES[measure].family, ()) if is_counted(measure, conditions, row)]


def is_counted(measure: str, filters: Iterable[Filter], row: Any) -> bool:
    """Whether a cell with this measure and these filters counts something with these values."""
    fixed = MEASURES[measure].fixed
    return all(row[name] == value for name, value in fixed.items()) and all(
        each.admits(row[each.dimension]) for each in filters
    )
