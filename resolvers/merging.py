"""Merging: the statements of rows and of the rows that follow them, as one statement with one answer.

What follows finds its keys in the rows before it, inside the statement. Each row of the answer has the columns of all
parts, null but for its own, and at the end the number of its part; a part's rows keep their order.
"""

# ruff: noqa: S608 -- the text is put together of places, numbers and statements that SQLAlchemy has written
import re
from dataclasses import dataclass
from typing import Any

from .database import Statement

_PARAMETER = re.compile(r"\$(\d+)")


@dataclass(frozen=True)
class Part:
    """One statement, whose columns are named by their places: `c3`.

    after: the part in which it finds its keys, at the places `source`; None for the first, whose keys are given.
    places: its own columns.
    """

    after: int | None
    statement: Statement
    source: tuple[int, ...]
    places: tuple[int, ...]


def name_of(part: int, name: str) -> str:
    """A parameter of one part: the viewer's are the same for all."""
    return name if name.startswith("viewer_") else f"{part}.{name}"


def merge(parts: list[Part], types: list[str]) -> Statement:
    """The parts as one statement; `types` are those of all columns. Parameters are named by `name_of`."""
    names: list[str] = []
    constants: dict[str, Any] = {}
    tables = []
    keys: dict[Any, str] = {}
    for number, part in enumerate(parts):
        if part.after is not None and (part.after, part.source) not in keys:
            keys[part.after, part.source] = f"k{number}"
            tables.append(f"k{number} AS ({_keys(part)})")
        tables.append(f"p{number} AS ({_text(number, part, names, keys.get((part.after, part.source)))})")
        constants |= {name_of(number, name): value for name, value in part.statement.constants.items()}
    answers = []
    for number, part in enumerate(parts):
        own = set(part.places)
        columns = [f"c{place}" if place in own else f"NULL::{type_}" for place, type_ in enumerate(types)]
        answers.append(f"SELECT {', '.join(columns)}, {number} FROM p{number}")
    return Statement(f"WITH {', '.join(tables)} {' UNION ALL '.join(answers)}", tuple(names), constants)


def _keys(part: Part) -> str:
    """The part's keys, each once, as one row of arrays."""
    arrays = ", ".join(f"array_agg(c{place}) AS key{position}" for position, place in enumerate(part.source))
    columns = ", ".join(dict.fromkeys(f"c{place}" for place in part.source))
    known = " AND ".join(f"c{place} IS NOT NULL" for place in part.source)
    return f"SELECT {arrays} FROM (SELECT DISTINCT {columns} FROM p{part.after} WHERE {known}) AS known"


def _text(number: int, part: Part, names: list[str], table: str | None) -> str:
    """The part's text with its keys read from the rows before it, and its parameters numbered in `names`."""
    keys = {f"key{position}" for position in range(len(part.source))}

    def renamed(found: re.Match[str]) -> str:
        name = part.statement.names[int(found[1]) - 1]
        if name in keys:
            return f"(SELECT {name} FROM {table})"
        full = name_of(number, name)
        if full not in names:
            names.append(full)
        return f"${names.index(full) + 1}"

    return _PARAMETER.sub(renamed, part.statement.text)
