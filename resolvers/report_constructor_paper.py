"""Composed reports as charts and on paper (10.7)."""

from datetime import date
from decimal import Decimal
from typing import Any

from documents.tables import Chart, Column, Kind, Line, Paper, Table
from documents.tables import shown as text_of
from rules.report_constructor import ReportFieldType, ReportFunction
from rules.report_constructor_shown import ROUNDED_LEGEND
from rules.report_shown import FEWEST_PEOPLE

from .report_constructor import Cell, ReportAnswer, ReportColumn

MOST_BARS = 60
"""More of them, nobody could tell apart."""

WITHHELD = "скрыто"
LEGEND = f"«{WITHHELD}»: показатель опирается меньше чем на {FEWEST_PEOPLE} человек."
CUT = "Показаны не все строки."
NO_VALUE = "Записи, у которых значения нет, в показатель по полю не входят."

_KINDS = {ReportFieldType.DATE: Kind.DATE, ReportFieldType.NUMBER: Kind.NUMBER}
_COUNTS = frozenset({ReportFunction.COUNT, ReportFunction.PEOPLE, ReportFunction.COUNT_DISTINCT})
_DECIMAL = frozenset({ReportFunction.AVERAGE, ReportFunction.SHARE, ReportFunction.SUM})


_NARROW, _TEXT, _PAGE = 24.0, 30.0, 170.0
"""In millimetres: a column of numbers or dates, the least that a text needs beside them, and how wide a page is."""


def chart_of(answer: ReportAnswer) -> Chart | None:
    """The figures of an answer's groups, as lines along time or as bars; None where there is nothing to draw."""
    keys = answer.columns[: answer.groups]
    measured = [
        (at, column)
        for at, column in enumerate(answer.columns)
        if column.measure is not None and column.type is ReportFieldType.NUMBER
    ]
    # What is counted is drawn beside what is counted; a share or an average would be a hair above the same axis.
    drawn = [
        (column.title, [_number(row[at]) for row in answer.rows])
        for at, column in measured
        if column is measured[0][1] or {column.measure, measured[0][1].measure} <= _COUNTS
    ]
    if not keys or not drawn or not 0 < len(answer.rows) <= MOST_BARS:
        return None
    labels = [", ".join(text_of(_said(cell)) or "—" for cell in row[: len(keys)]) for row in answer.rows]
    return Chart(answer.title, labels, drawn, lines=len(keys) == 1 and answer.in_time)


def _number(cell: Cell) -> Decimal | int | None:
    return cell.value if isinstance(cell.value, Decimal | int) else None


def composed_paper(answer: ReportAnswer, title: str, school: str, facts: list[tuple[str, str]]) -> Paper:
    """The answer on paper."""
    hides = any(cell.withheld for row in answer.rows for cell in row)
    notes = _formulas(answer) + [ROUNDED_LEGEND] * answer.rounded + [LEGEND] * hides + [CUT] * answer.cut
    chart = chart_of(answer)
    return Paper(
        title=title,
        school=school,
        facts=[("О чём", answer.title), *facts],
        tables=[
            Table(
                _columns(answer),
                [Line([_said(cell) for cell in row]) for row in answer.rows],
                notes=notes,
            )
        ],
        charts=[chart] if chart else [],
        landscape=len(answer.columns) > 6,
    )


def _formulas(answer: ReportAnswer) -> list[str]:
    """How the figures are reckoned, as the answer says it of its columns."""
    each = [f"«{of.title}» = {of.formula}" for of in answer.columns if of.formula]
    return [f"{'; '.join(each)}. {NO_VALUE}"] if each else []


def _columns(answer: ReportAnswer) -> list[Column]:
    """Numbers and dates leave the rest to texts, if there are not too many of them."""
    kinds = [_kind(each) for each in answer.columns]
    fits = sum(_TEXT if kind is Kind.TEXT else _NARROW for kind in kinds) <= _PAGE and Kind.TEXT in kinds
    return [
        Column(each.title, kind, _NARROW if fits and kind is not Kind.TEXT else None)
        for each, kind in zip(answer.columns, kinds, strict=True)
    ]


def _kind(column: ReportColumn) -> Kind:
    if column.measure in _DECIMAL:
        return Kind.DECIMAL
    return _KINDS.get(column.type, Kind.TEXT)


def _said(cell: Cell) -> Any:
    """A cell's value as tables keep it."""
    if cell.withheld:
        return WITHHELD
    value = cell.value
    return value if value is None or isinstance(value, str | int | Decimal | date) else str(value)
