"""The school in its reports: classes, parallels, stages, all together; the slot of a class within a period (10.3)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import groupby

from .curriculum import PeriodKind, class_name
from .journal_finals import UNGRADED

_STAGES = (range(1, 5), range(5, 10), range(10, 12))


class Level(StrEnum):
    """What a row of a school's report is of."""

    CLASS = "class"
    PARALLEL = "parallel"
    STAGE = "stage"
    SCHOOL = "school"


LEVEL_TITLES = {
    Level.CLASS: "Класс",
    Level.PARALLEL: "Параллель",
    Level.STAGE: "Уровень образования",
    Level.SCHOOL: "Школа",
}


class RollPart(StrEnum):
    """The counts of students of some days that add up: at_start + arrived - gone = at_end."""

    AT_START = "at_start"
    ARRIVED = "arrived"
    GONE = "gone"
    AT_END = "at_end"


ROLL_PART_TITLES = {
    RollPart.AT_START: "Учился на начало",
    RollPart.ARRIVED: "Прибыл",
    RollPart.GONE: "Выбыл",
    RollPart.AT_END: "Учился на конец",
}


ROLL_LEGEND = (
    "На начало — в последний день прежнего периода, а в первом периоде и за год — в первый день; на конец — в "
    "последний день, а пока он не настал — сегодня. Прибыли — после начала, выбыли — не доучившись до конца: кто "
    "учился ещё в последний день, выбыл в следующем периоде."
)


def counted_from(starts_on: date, ends: Iterable[date]) -> date:
    """From which day the students of a slot are counted: the last one of the period before, whose ends are among those
    given, so that whoever comes or goes in the holidays is counted, too; the slot's own first day if there is none.
    """
    return max((each for each in ends if each < starts_on), default=starts_on)


def counted_in(starts_on: date, ends_on: date | None, first: date, last: date) -> frozenset[RollPart]:
    """In which counts a stay in a class is, of the days from the first to the last; in none if it touches none."""
    if starts_on > last or (ends_on is not None and ends_on < first):
        return frozenset()
    gone = ends_on is not None and ends_on < last
    return frozenset(
        (
            RollPart.AT_START if starts_on <= first else RollPart.ARRIVED,
            RollPart.GONE if gone else RollPart.AT_END,
        )
    )


@dataclass(frozen=True, slots=True)
class OfClass:
    """A class as the reports of a school know it. continues_id, continues_kind: the class of the year before that
    goes on as this one, and how its year was divided.
    """

    id: int
    grade: int
    letter: str
    year_id: int
    period_kind: PeriodKind
    capacity: int | None
    continues_id: int | None
    continues_kind: PeriodKind | None
    continues_year_id: int | None

    @property
    def marked(self) -> bool:
        """Whether its students are marked: in the first grade nobody is, but all are counted."""
        return self.grade > UNGRADED

    @property
    def marked_before(self) -> bool:
        """Whether those of the class that it continues were, the year before."""
        return self.continues_id is not None and self.grade - 1 > UNGRADED


@dataclass(frozen=True, slots=True)
class Part:
    """A class, or several that are summed up."""

    level: Level
    title: str
    classes: tuple[int, ...]

    @property
    def class_id(self) -> int | None:
        """The class, if it is one."""
        return self.classes[0] if self.level is Level.CLASS else None


def parts_of(classes: Iterable[OfClass], parallels: bool = True) -> list[Part]:
    """Classes in their order, after those of a grade their parallel, after those of a stage the stage; the school."""
    ordered = sorted(classes, key=lambda each: (each.grade, each.letter, each.id))
    found: list[Part] = []
    for stage in _STAGES:
        within = [each for each in ordered if each.grade in stage]
        for grade, group in groupby(within, key=lambda each: each.grade):
            of_grade = list(group)
            found += [Part(Level.CLASS, class_name(each.grade, each.letter), (each.id,)) for each in of_grade]
            if parallels:
                found.append(Part(Level.PARALLEL, f"{grade}-е классы", _ids(of_grade)))
        if within:
            found.append(Part(Level.STAGE, f"{stage.start}–{stage.stop - 1}-е классы", _ids(within)))
    return [*found, Part(Level.SCHOOL, "По школе", _ids(ordered))]


def _ids(classes: Iterable[OfClass]) -> tuple[int, ...]:
    return tuple(each.id for each in classes)


@dataclass(frozen=True, slots=True)
class PeriodDays:
    """A period of a year. Its number is the position of its slot."""

    id: int
    year_id: int
    kind: PeriodKind
    number: int
    name: str
    starts_on: date
    ends_on: date


def own_period(kind: PeriodKind, asked: PeriodDays, periods: Iterable[PeriodDays]) -> PeriodDays | None:
    """The period of a class whose year is divided so: the last of the year that ends within the one asked for."""
    if kind is asked.kind:
        return asked
    ending = [
        each
        for each in periods
        if each.year_id == asked.year_id and each.kind is kind and asked.starts_on <= each.ends_on <= asked.ends_on
    ]
    return max(ending, key=lambda each: each.ends_on, default=None)


def same_period(asked: PeriodDays, year_id: int, periods: Sequence[PeriodDays]) -> PeriodDays | None:
    """What the period was in another year: the one of the same kind and number."""
    for each in periods:
        if (each.year_id, each.kind, each.number) == (year_id, asked.kind, asked.number):
            return each
    return None
