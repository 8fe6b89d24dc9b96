"""Figures of final marks, each with what it is made of: the marks counted, and those left out with the reason."""

import asyncio
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Select

from permissions.journal_finals import counted
from permissions.report import visible_counted_marks
from rules.account import Role
from rules.journal_finals import EXEMPT, NOT_ATTESTED, NOT_PASSED, PASSED
from rules.report_figures import FORMULAS, Counts, FigureKind, Left, left_out, rounded, value_of

from .context import Context
from .edges import Edge
from .journal_finals import narrowed


def _counted(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    query = narrowed(visible_counted_marks.for_roles(roles), counted.class_id, counted.position)
    return query.order_by(counted.subject_id, counted.student_id)


counted_marks = Edge(visible_counted_marks, ("class_id", "position"), _counted, many=True)
"""What a class is marked with in one slot, by subject: a report and whoever asks what is behind it read it once."""


@dataclass(frozen=True, slots=True)
class Marked:
    """What stands in some marks. holders: how many students have each kind; None where nobody needs to know."""

    counts: Counts
    holders: Counts | None = None


@dataclass(frozen=True, slots=True)
class CountedMark:
    """A mark, or the place of one, behind a figure. left_out: why the figure does not count it."""

    mark_id: int | None
    student_id: int
    subject_id: int
    value: str | None
    left_out: Left | None


def counted_as(kind: FigureKind, marks: Iterable[Any]) -> list[CountedMark]:
    """Marks as a figure of this kind counts them."""
    return [
        CountedMark(
            *(each.mark_id, each.student_id, each.subject_id, each.value), left_out(kind, each.value, each.there)
        )
        for each in marks
    ]


@dataclass(frozen=True, slots=True)
class Behind:
    """The marks that a figure is made of: those of some slots of classes, of all subjects or one, of all or some
    students.
    """

    slots: tuple[tuple[int, int], ...]
    subject_id: int | None = None
    students: frozenset[int] | None = None

    async def marks(self, context: Context, roles: Collection[Role] | None = None) -> list[Any]:
        """The marks, counted or not, as far as the viewer sees them; those of all figures are read together."""
        found = await asyncio.gather(*(context.load_key(counted_marks(), slot, roles) for slot in self.slots))
        return [each for rows in found for each in rows if self._includes(each)]

    def _includes(self, mark: Any) -> bool:
        return (self.subject_id is None or mark.subject_id == self.subject_id) and (
            self.students is None or mark.student_id in self.students
        )


@dataclass(frozen=True, slots=True)
class BehindAll(Behind):
    """The marks that several figures are made of, together. slots: those of all."""

    parts: tuple[Behind, ...] = ()

    async def marks(self, context: Context, roles: Collection[Role] | None = None) -> list[Any]:
        """The marks of all, as far as the viewer sees them."""
        found = await asyncio.gather(*(part.marks(context, roles) for part in self.parts))
        return [mark for marks in found for mark in marks]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure that can say where it comes from."""

    kind: FigureKind
    counts: Counts
    behind: Behind | None

    @property
    def value(self) -> Decimal | None:
        """With two digits; None where nothing is counted."""
        return rounded(value_of(self.kind, self.counts))

    @property
    def formula(self) -> str:
        """The formula, in its usual letters."""
        return FORMULAS[self.kind]

    async def marks(self, context: Context) -> list[CountedMark]:
        """What it is made of, as far as whoever may trace it sees: counted, or left out with the reason."""
        found = await self.behind.marks(context, visible_counted_marks.roles) if self.behind else ()
        return counted_as(self.kind, found)


@dataclass(frozen=True, slots=True)
class Figures:
    """The four figures that some marks make."""

    counts: Counts
    behind: Behind | None = None

    def of(self, kind: FigureKind) -> Figure:
        """One of them."""
        return Figure(kind, self.counts, self.behind)

    @property
    def success(self) -> Figure:
        """How many percent were marked 3 or better."""
        return self.of(FigureKind.SUCCESS)

    @property
    def quality(self) -> Figure:
        """How many percent were marked 4 or better."""
        return self.of(FigureKind.QUALITY)

    @property
    def learning(self) -> Figure:
        """СОУ: the percent that weighs each mark."""
        return self.of(FigureKind.LEARNING)

    @property
    def average(self) -> Figure:
        """The mean of the marks that are numbers."""
        return self.of(FigureKind.AVERAGE)


def tally(marks: Iterable[Any]) -> Counts:
    """What stands in some marks."""
    return counts_of((mark.value, mark.there, 1) for mark in marks)


def counts_of(marks: Iterable[tuple[str | None, bool, int]]) -> Counts:
    """What stands in marks: each with whether its student is there, and how many such there are."""
    counts: dict[str, int] = dict.fromkeys(Counts.__slots__, 0)
    for value, there, times in marks:
        counts[_NAMES[value, there]] += times
        if there:
            counts["total"] += _NUMBERS.get(value, 0) * times
    return Counts(**counts)


def holders_of(sheets: Iterable[tuple[Iterable[tuple[str | None, bool]], int]]) -> Counts:
    """How many students hold what: of the marks that a student has, each with whether they are there, and how many
    students have just these.
    """
    holders: dict[str, int] = dict.fromkeys(Counts.__slots__, 0)
    for marks, students in sheets:
        for name in {_NAMES[mark] for mark in marks}:
            holders[name] += students
    return Counts(**holders)


_NUMBERS: dict[str | None, int] = {str(number): number for number in range(1, 6)}


_WORDS = {
    "5": "fives",
    "4": "fours",
    "3": "threes",
    "2": "twos",
    "1": "twos",
    NOT_ATTESTED: "not_attested",
    PASSED: "passed",
    NOT_PASSED: "failed",
    EXEMPT: "exempt",
    None: "unmarked",
}
_NAMES = {(value, there): name if there else "left" for value, name in _WORDS.items() for there in (True, False)}
