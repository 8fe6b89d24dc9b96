"""What a printed report is before it is PDF, XLSX or CSV: a heading, tables of cells, a legend, lines to sign."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

Cell = str | int | Decimal | date | None
"""A value of a table; None is an empty cell."""


class Kind(StrEnum):
    """How a column shows its values."""

    TEXT = "text"
    NUMBER = "number"
    DECIMAL = "decimal"
    DATE = "date"


@dataclass(frozen=True)
class Column:
    """A column of a table. width: in millimetres; None shares what is left. group: stands above it and those beside it
    of the same group. upright: the title runs from below to above, for columns that are narrow. joint: a line that goes
    on with the one above is one cell with it here.
    """

    title: str
    kind: Kind = Kind.TEXT
    width: float | None = None
    group: str | None = None
    upright: bool = False
    joint: bool = False


class Style(StrEnum):
    """What a row is: data, a sum of others, or a heading over those that follow."""

    PLAIN = "plain"
    TOTAL = "total"
    HEADING = "heading"


@dataclass(frozen=True)
class Line:
    """A row of a table: a cell for each column; a heading has its first cell only. further: it goes on with the line
    above, and has nothing of its own in joint columns.
    """

    cells: Sequence[Cell]
    style: Style = Style.PLAIN
    further: bool = False


@dataclass(frozen=True)
class Chart:
    """A picture of figures: `bars` side by side, or `lines` over what follows in time.

    labels: along the axis. series: names and values, None where there is none. least, most: the ends of the scale.
    """

    title: str
    labels: Sequence[str]
    series: Sequence[tuple[str, Sequence[Decimal | int | None]]]
    lines: bool = False
    least: int | None = None
    most: int | None = None


@dataclass(frozen=True)
class Table:
    """One table of a report, with what is said above and beneath it."""

    columns: Sequence[Column]
    lines: Sequence[Line]
    title: str | None = None
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Slip:
    """What is torn off a letter, signed and sent back: what it says, and who signs; None in place of a name: no name is
    asked for beside the line.
    """

    text: str
    signers: Sequence[tuple[str, str | None]]


@dataclass(frozen=True)
class Paper:
    """A whole report. facts: what it is of, as pairs of a word and a value. opening: paragraphs before the tables.
    signers: who signs it, and their names.
    """

    title: str
    school: str
    facts: Sequence[tuple[str, str]]
    tables: Sequence[Table]
    charts: Sequence[Chart] = ()
    legend: Sequence[str] = ()
    signers: Sequence[tuple[str, str]] = ()
    landscape: bool = False
    certified: Sequence[str] = field(default=())
    """What a certified print says of itself."""
    opening: Sequence[str] = ()
    slip: Slip | None = None


def shown(value: Cell) -> str:
    """A value as people read it: a decimal comma, a date as 31.12.2026."""
    match value:
        case None:
            return ""
        case Decimal():
            return f"{value:f}".replace(".", ",")
        case date():
            return f"{value:%d.%m.%Y}"
        case _:
            return str(value)


def spans(lines: Sequence[Line]) -> list[int]:
    """For each line, how many lines it makes with those that go on with it; 0 for these."""
    found: list[int] = []
    first = 0
    for at, line in enumerate(lines):
        if line.further and at:
            found[first] += 1
            found.append(0)
        else:
            first = at
            found.append(1)
    return found


def without_empty(table: Table, titles: Collection[str]) -> Table:
    """The table without those of these columns, named by title or group, in which nothing stands."""
    kept = [
        at
        for at, column in enumerate(table.columns)
        if not {column.title, column.group}.intersection(titles)
        or any(line.cells[at] not in (None, "") for line in table.lines if at < len(line.cells))
    ]
    return replace(
        table,
        columns=[table.columns[at] for at in kept],
        lines=[replace(line, cells=[line.cells[at] for at in kept if at < len(line.cells)]) for line in table.lines],
    )


def heads(columns: Sequence[Column]) -> list[tuple[str | None, int]]:
    """The groups above the columns, one beside the other: each with how many columns it spans."""
    found: list[tuple[str | None, int]] = []
    for column in columns:
        if found and column.group is not None and found[-1][0] == column.group:
            found[-1] = (column.group, found[-1][1] + 1)
        else:
            found.append((column.group, 1))
    return found
