"""Federal forms as they are printed and put into sheets: every value a string, what the viewer must not see a dash."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from rules.report_forms_definition import Definition, Finding, FormRelation, Section

DASH = "—"
"""In place of a number that would tell of a group under five."""

MOST_UPRIGHT = 5
"""With more columns than this a form is printed across the page."""

_SIGNS = {FormRelation.EQUALS: "=", FormRelation.AT_MOST: "≤"}


def federal_form(
    definition: Definition,
    values: Mapping[str, str | None],
    hidden: Collection[str],
    findings: Sequence[tuple[Finding, bool]],
    head: Mapping[str, Any],
) -> dict[str, Any]:
    """The values of `federal.typ`. findings: each with whether its sums are withheld. head: school, lines, foot."""
    sections = [_section(each, values, hidden) for each in definition.sections]
    return {
        **head,
        "name": f"Форма {definition.name}",
        "title": definition.title,
        "wide": any(len(each.columns) > MOST_UPRIGHT for each in definition.sections),
        "withheld": f"{DASH} — скрыто: по числу видна группа меньше пяти человек." if hidden else "",
        "sections": sections,
        "findings": [_finding(each, withheld) for each, withheld in findings],
    }


def _section(section: Section, values: Mapping[str, str | None], hidden: Collection[str]) -> dict[str, Any]:
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
                "cells": [_cell(section, row.key, column.key, values, hidden) for column in section.columns],
            }
            for row in section.rows
        ],
    }


def _cell(
    section: Section, row: str, column: str, values: Mapping[str, str | None], hidden: Collection[str]
) -> str | None:
    """A cell's text; None where nothing is asked."""
    cell = section.cells.get((row, column))
    if cell is None:
        return None
    return DASH if cell.key in hidden else values.get(cell.key) or ""


def _finding(finding: Finding, withheld: bool) -> str:
    control = finding.control
    sides = " + ".join(control.left), _SIGNS[control.relation], " + ".join(control.right)
    sums = "" if withheld else f": {finding.left} и {finding.right}"
    return f"{control.title} ({' '.join(sides)}){sums}"
