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

    A cell is known by its column and by what its line begins with, so that a line more or less moves no other.
    """
    for word, value in paper.facts:
        yield ("fact", word), (word, value)
    for place, table in enumerate(paper.tables):
        title = table.title or paper.title
        met = Counter[str]()
        for line in table.lines:
            begins = " ".join(shown(cell) for cell in line.cells[:2] if isinstance(cell, str))
            met[begins] += 1
            for column, cell in zip(table.columns, line.cells, strict=False):
                if said := shown(cell):
                    name = f"{column.group}: {column.title}" if column.group else column.title
                    yield (place, begins, met[begins], name), (f"{title}: {begins}, {name}", said)
