"""Reports packed into bytes that are certified, and read back; what two reports say, fact by fact, to be compared."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

import orjson

from .tables import Cell, Chart, Column, Kind, Line, Paper, Slip, Style, Table, shown

_FORMAT = "classbook-report-1"


def packed(paper: Paper) -> bytes:
    """The report as JSON, always the same for the same report."""
    content = {"format": _FORMAT, **asdict(paper)}
    return orjson.dumps(content, default=_tagged, option=orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME)


def unpacked(content: bytes) -> Paper:
    """The report that was packed."""
    values = orjson.loads(content)
    return Paper(
        title=values["title"],
        school=values["school"],
        facts=[(word, value) for word, value in values["facts"]],
        tables=[_table(each) for each in values["tables"]],
        charts=[_chart(each) for each in values["charts"]],
        legend=values["legend"],
        signers=_signers(values["signers"]),
        landscape=values["landscape"],
        certified=values["certified"],
        opening=values["opening"],
        slip=values["slip"] and Slip(values["slip"]["text"], _signers(values["slip"]["signers"])),
    )


def _signers(values: Any) -> list[tuple[str, Any]]:
    return [(who, name) for who, name in values]


def _tagged(value: Any) -> Any:
    """What JSON has no word for."""
    match value:
        case Decimal():
            return {"decimal": str(value)}
        case date():
            return {"date": value.isoformat()}
        case _:
            raise TypeError


def _cell(value: Any) -> Cell:
    match value:
        case {"decimal": text}:
            return Decimal(text)
        case {"date": text}:
            return date.fromisoformat(text)
        case _:
            return value  # type: ignore[no-any-return]


def _table(values: Any) -> Table:
    return Table(
        columns=[Column(**{**each, "kind": Kind(each["kind"])}) for each in values["columns"]],
        lines=[
            Line([_cell(cell) for cell in each["cells"]], Style(each["style"]), each.get("further", False))
            for each in values["lines"]
        ],
        title=values["title"],
        notes=values["notes"],
    )


def _chart(values: Any) -> Chart:
    series = [(name, [_cell(value) for value in numbers]) for name, numbers in values["series"]]
    return Chart(**{**values, "series": series})


Fact = tuple[tuple[Any, ...], tuple[str, str]]
"""What a fact is of, and: where it stands, and what it says."""


def facts_of(paper: Paper) -> Iterator[Fact]:
    """Everything that a report says, each once: whatever stands above, and each cell that is not empty.

    A cell is known by the title of its table, by its column and by what its line begins with, so that a line, a column
    or a table more or less moves no other, nor a column that goes to another table of the title. Running numbers say
    nothing.
    """
    for word, value in paper.facts:
        yield ("fact", word), (word, value)
    met: dict[tuple[str, ...], list[str]] = {}
    for table in paper.tables:
        title = table.title or paper.title
        for begins, column, said in _cells_of(table):
            name = f"{column.group}: {column.title}" if column.group else column.title
            key = (title, *begins, name)
            # Tables of one title may begin with the same columns: what they say alike is said once.
            if said not in (others := met.setdefault(key, [])):
                others.append(said)
                where = " ".join(filter(None, begins[:-1]))
                yield (*key, len(others)), (f"{title}: {where}, {name}", said)


_RUNNING = "№"
"""The column of running numbers."""


def _cells_of(table: Table) -> Iterator[tuple[tuple[str, ...], Column, str]]:
    """Each cell: what its line begins with and how often a line has begun so, its column, what it says.

    A line beneath a heading begins with it. Where lines share cells, the shared ones are of their first line, the
    others by what a line itself begins with, too.
    """
    met = Counter[tuple[str, str]]()
    heading, first, own, shares = "", "", "", any(column.joint for column in table.columns)
    for line in table.lines:
        cells = list(zip(table.columns, line.cells, strict=False))
        names = [(column, cell) for column, cell in cells if column.kind is Kind.TEXT and isinstance(cell, str)]
        if line.style is Style.HEADING:
            heading = ""
        if not line.further:
            first = " ".join(cell for column, cell in names if column in table.columns[:2])
            met[heading, first] += 1
        if shares:
            own = next((cell for column, cell in names if not column.joint), "")
        for column, cell in cells:
            if column.title != _RUNNING and (said := shown(cell)):
                yield (heading, first, "" if column.joint else own, str(met[heading, first])), column, said
        if line.style is Style.HEADING:
            heading = first
