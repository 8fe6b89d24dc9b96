"""What a federal form is made of: sections with cells, computed or manual, and the controls between them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from .report_forms_measures import MEASURES, Family, Filter

LEAST_MOVES = timedelta(days=31)
"""Over fewer days than that no form counts arrivals and departures."""


class FormCellKind(StrEnum):
    """Where a cell's value comes from: the school's data, or a person."""

    COMPUTED = "computed"
    MANUAL = "manual"


class FormRelation(StrEnum):
    """What a control demands of its two sides."""

    EQUALS = "equals"
    AT_MOST = "at_most"


@dataclass(frozen=True, slots=True)
class Line:
    """A row or a column of a section."""

    key: str
    title: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: «section.row.column». fraction: it may have two digits after the point. people: it counts people."""

    key: str
    kind: FormCellKind
    measure: str | None
    filters: tuple[Filter, ...]
    fraction: bool
    people: bool


@dataclass(frozen=True, slots=True)
class Section:
    """A table of a form; where a row and a column have no cell, nothing is asked."""

    key: str
    title: str
    note: str | None
    rows: tuple[Line, ...]
    columns: tuple[Line, ...]
    cells: Mapping[tuple[str, str], Cell]


@dataclass(frozen=True, slots=True)
class Control:
    """A control: the sum of the left cells equals that of the right ones, or is at most as much."""

    title: str
    left: tuple[str, ...]
    relation: FormRelation
    right: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """A control that fails, with the sums of its sides."""

    control: Control
    left: Decimal
    right: Decimal


@dataclass(frozen=True, slots=True)
class Day:
    """A day that every year has: the form's date itself, or else the next such day (`ahead`) or the last one."""

    month: int
    day: int
    ahead: bool

    def seen_from(self, on: date) -> date:
        """The day as seen from the form's date."""
        this = date(on.year, self.month, self.day)
        if self.ahead:
            return this if this >= on else date(on.year + 1, self.month, self.day)
        return this if this <= on else date(on.year - 1, self.month, self.day)


@dataclass(frozen=True, slots=True)
class Definition:
    """An edition of a form, which `code` tells from the others, valid for dates from `valid_from` to `valid_to`.

    usual_day: as of which day of a year it is usually drawn up. ages: on which day ages are counted; None: on the
    form's date. moves: since which day arrivals and departures are counted. source: the text that it was read from.
    """

    code: str
    edition: str
    name: str
    title: str
    valid_from: date
    valid_to: date | None
    usual_day: Day
    ages: Day | None
    moves: Day
    sections: tuple[Section, ...]
    controls: tuple[Control, ...]
    cells: Mapping[str, Cell]
    source: str

    def is_valid(self, on: date) -> bool:
        """Whether a form of this date is drawn up by this edition."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)

    def ages_on(self, on: date) -> date:
        """The day on which ages are counted."""
        return self.ages.seen_from(on) if self.ages else on

    def moves_since(self, on: date) -> date:
        """The first day whose arrivals and departures count: the last such day, but at least `LEAST_MOVES` before, so
        that a form drawn up some days late is still one of the year that has ended.
        """
        return self.moves.seen_from(on - LEAST_MOVES)

    @property
    def counts_moves(self) -> bool:
        """Whether it counts arrivals and departures at all."""
        return any(each.measure and MEASURES[each.measure].family is Family.MOVES for each in self.cells.values())

    def findings(self, values: Mapping[str, str | None]) -> list[Finding]:
        """The controls that fail. An empty cell is nothing, as on paper."""
        found = []
        for control in self.controls:
            left, right = (
                sum((Decimal(values.get(key) or 0) for key in side), Decimal(0))
                for side in (control.left, control.right)
            )
            if left > right if control.relation is FormRelation.AT_MOST else left != right:
                found.append(Finding(control, left, right))
        return found
