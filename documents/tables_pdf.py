"""Reports as the values of `report.typ`."""

from collections.abc import Sequence
from typing import Any

from .charts import svg_of
from .tables import Cell, Column, Kind, Line, Paper, Slip, Table, heads, shown, spans


def report_form(paper: Paper, printed: str) -> dict[str, Any]:
    """The values of the form. printed: what stands at the foot of each page."""
    return {
        "school": {"name": paper.school},
        "title": paper.title,
        "facts": [[word, value] for word, value in paper.facts],
        "landscape": paper.landscape,
        "tables": [_table(each, _ACROSS if paper.landscape else _ALONG) for each in paper.tables],
        "charts": [
            {"title": chart.title, "svg": svg_of(chart, titled=False, wide=paper.landscape)} for chart in paper.charts
        ],
        "legend": list(paper.legend),
        "opening": list(paper.opening),
        "signers": [[who, name] for who, name in paper.signers],
        "slip": _slip(paper.slip) if paper.slip else None,
        "certified": list(paper.certified),
        "printed": printed,
    }


def _slip(slip: Slip) -> dict[str, Any]:
    return {"text": slip.text, "signers": [[who, name] for who, name in slip.signers]}


def _table(table: Table, width: float) -> dict[str, Any]:
    room = _room(table.columns, width)
    return {
        "title": table.title,
        "groups": [[group or "", width] for group, width in heads(table.columns)] if _grouped(table.columns) else [],
        "columns": [
            {
                "title": column.title,
                "width": column.width,
                "upright": column.upright,
                "text": column.kind is Kind.TEXT,
                "group": column.group,
                "joint": column.joint,
            }
            for column in table.columns
        ],
        "lines": [
            {
                "style": line.style.value,
                "cells": [_printed(cell) for cell in line.cells],
                "span": span,
                "long": _line_height(line, room) > _TOGETHER,
            }
            for line, span in zip(table.lines, spans(table.lines), strict=True)
        ],
        "notes": list(table.notes),
        "together": _height(table) <= _TOGETHER,
    }


def _printed(cell: Cell) -> str:
    """A value on paper: what is less than nothing has a minus as long as a plus."""
    said = shown(cell)
    return said if isinstance(cell, str) else said.replace("-", "\N{MINUS SIGN}")


_LINE, _LETTER, _HEAD, _TOGETHER = 4.2, 2.0, 12.0, 90.0
"""In millimetres: a line of text, a letter, a head, and how high a table may be that is not parted by a page's end."""

_SHARED = 24.0
"""At least so wide is a column that shares what others leave."""

_ALONG, _ACROSS = 178.0, 272.0
"""How wide a page is between its margins."""


def _height(table: Table) -> float:
    """How high the table is at most, as far as one can tell without setting it."""
    upright = max((len(column.title) for column in table.columns if column.upright), default=0)
    room = [column.width or _SHARED for column in table.columns]
    return _HEAD + min(upright * _LETTER, 42) + sum(_line_height(line, room) for line in table.lines)


def _room(columns: Sequence[Column], width: float) -> list[float]:
    """How wide each column is on a page so wide."""
    fixed = [column.width for column in columns if column.width is not None]
    shared = (width - sum(fixed)) / max(len(columns) - len(fixed), 1)
    return [shared if column.width is None else column.width for column in columns]


def _line_height(line: Line, room: Sequence[float]) -> float:
    """How high a line is at most, in columns of these widths."""
    cells = zip(line.cells, room, strict=False)
    return _LINE * max((_lines_of(shown(cell), max(1, int(width / _LETTER))) for cell, width in cells), default=1)


def _lines_of(text: str, fit: int) -> int:
    return sum(-(-max(1, len(part)) // fit) for part in text.split("\n"))


def _grouped(columns: Sequence[Column]) -> bool:
    return any(column.group for column in columns)
