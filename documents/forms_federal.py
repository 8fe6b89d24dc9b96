"""Federal forms as they are printed and put into sheets: every value a string, as the viewer is shown it."""

from collections.abc import Mapping, Sequence
from typing import Any

from rules.report_forms_definition import Definition, Finding, FormRelation, Section

MOST_UPRIGHT = 5
"""With more columns than this a form is printed across the page."""

_SIGNS = {FormRelation.EQUALS: "=", FormRelation.AT_MOST: "≤"}


def federal_form(
    definition: Definition, values: Mapping[str, str | None], findings: Sequence[Finding], head: Mapping[str, Any]
) -> dict[str, Any]:
    """The values of `federal.typ`. head: school, lines, legend, foot."""
    return {
        **head,
        "name": f"Форма {definition.name}",
        "title": definition.title,
        "wide": any(len(each.columns) > MOST_UPRIGHT for each in definition.sections),
        "sections": [_section(each, values) for each in definition.sections],
        "findings": [_finding(each) for each in findings],
    }


def _section(section: Section, values: Mapping[str, str | None]) -> dict[str, Any]:
    return {
        "key": section.key,
        "title": f"Раздел {section.key}. {section.title}",
        "note": section.note or "",
        "fraction": any(cell.fraction for cell in section.cells.values()),
        "columns": [{"key": each.key, "title": each.title} for each in section.columns],
        "rows": [
            {
                "key": row.key,
                "title": row.title,
                "cells": [_cell(section, row.key, column.key, values) for column in section.columns],
            }
            for row in section.rows
        ],
    }


def _cell(section: Section, row: str, column: str, values: Mapping[str, str | None]) -> str | None:
    """A cell's text; None where nothing is asked."""
    cell = section.cells.get((row, column))
    return None if cell is None else values.get(cell.key) or ""


def _finding(finding: Finding) -> str:
    control = finding.control
    sides = " + ".join(control.left), _SIGNS[control.relation], " + ".join(control.right)
    return f"{control.title} ({' '.join(sides)}): {finding.left} и {finding.right}"
