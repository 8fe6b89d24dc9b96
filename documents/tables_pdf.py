"""Reports as the values of `report.typ`."""

from collections.abc import Sequence
from typing import Any

from .charts import svg_of
from .tables import Column, Kind, Paper, Slip, Table, heads, shown


def report_form(paper: Paper, printed: str) -> dict[str, Any]:
    """The values of the form. printed: what stands at the foot of each page."""
    return {
        "school": {"name": paper.school},
        "title": paper.title,
        "facts": [[word, value] for word, value in paper.facts],
        "landscape": paper.landscape,
        "tables": [_table(each) for each in paper.tables],
        "charts": [{"title": chart.title, "svg": svg_of(chart, titled=False)} for chart in paper.charts],
        "legend": list(paper.legend),
        "opening": list(paper.opening),
        "signers": [[who, name] for who, name in paper.signers],
        "slip": _slip(paper.slip) if paper.slip else None,
        "certified": list(paper.certified),
        "printed": printed,
    }


def _slip(slip: Slip) -> dict[str, Any]:
    return {"text": slip.text, "signers": [[who, name] for who, name in slip.signers]}


def _table(table: Table) -> dict[str, Any]:
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
            }
            for column in table.columns
        ],
        "lines": [{"style": line.style.value, "cells": [shown(cell) for cell in line.cells]} for line in table.lines],
        "notes": list(table.notes),
    }


def _grouped(columns: Sequence[Column]) -> bool:
    return any(column.group for column in columns)
