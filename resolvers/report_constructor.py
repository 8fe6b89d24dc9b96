"""Composed reports (10.7): what a definition comes to, capped, and without what whoever asks may not know."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Select

from rules.account import Role
from rules.refusals import not_found
from rules.report_constructor import (
    COMPOSERS,
    EXTREMES,
    FLAG_WORDS,
    FUNCTION_TITLES,
    MOST_ROWS,
    About,
    Definition,
    Field,
    Measure,
    ReportFieldType,
    ReportFunction,
    check,
    fields_for,
    rounds,
    too_costly,
    took_too_long,
)
from rules.report_constructor_shown import share, shown
from rules.report_shown import nearest
from rules.report_sources import about

from .context import Context
from .database import TooCostly, TooLong, compile_statement
from .report_constructor_statements import figures_statement

Value = str | int | Decimal | date | bool | None


@dataclass(frozen=True, slots=True)
class Cell:
    """A value of an answer. withheld: there is a figure, and it rests on too few people to be shown."""

    value: Value = None
    withheld: bool = False


WITHHELD = Cell(withheld=True)
IN_TIME = frozenset({"date", "month", "birthYear", "effectiveOn", "startsOn"})
"""Fields whose values follow one another in time."""


@dataclass(frozen=True, slots=True)
class ReportColumn:
    """A column of an answer. of: the field that it shows, or whose figure it is."""

    title: str
    type: ReportFieldType
    of: Field | None = None
    measure: ReportFunction | None = None


@dataclass(frozen=True, slots=True)
class ReportAnswer:
    """What a report came to. cut: there are more rows than these. groups: how many of the columns are what it is
    grouped by. in_time: the first of them follows in time. rounded: figures are, and groups of few are left out, if
    there are any: that is not told.
    """

    title: str
    columns: list[ReportColumn]
    rows: list[list[Cell]]
    cut: bool
    groups: int
    in_time: bool
    rounded: bool


def composer(context: Context) -> frozenset[Role]:
    """The roles in which the viewer composes reports: the others' reach is no part of them."""
    return context.viewer.roles & COMPOSERS


async def run_report(context: Context, definition: Definition) -> ReportAnswer:
    """The answer, in the scope of whoever asks.

    `TOO_COSTLY` before the database begins, `TOO_LONG` when it was broken off; any other refusal names the place in
    the definition.
    """
    roles = composer(context)
    found = _about(definition, roles)
    values = check(definition, found, roles)
    rounded = rounds(definition, found, roles)
    rows = await _read(context, figures_statement(definition, found, values, roles, rounded))
    columns = _columns(definition, fields_for(found, roles))
    listed = [_rounded(row, columns, definition) if rounded else _exact(row, columns) for row in rows]
    if definition.grouped:
        # By what is shown: the order tells nothing more.
        _sort(listed, definition)
    kept = listed[: definition.limit or MOST_ROWS]
    return ReportAnswer(
        title=found.title,
        columns=columns,
        rows=kept,
        cut=len(kept) < len(listed),
        groups=len(definition.groups),
        in_time=bool(definition.groups) and definition.groups[0] in IN_TIME,
        rounded=rounded,
    )


async def _read(context: Context, query: Select[Any]) -> list[Any]:
    viewer = context.viewer.only(COMPOSERS)
    try:
        return await context.snapshot.fetch_capped(compile_statement(query), viewer.parameters(), context.cap)
    except TooCostly:
        raise too_costly() from None
    except TooLong:
        raise took_too_long() from None


def _about(definition: Definition, roles: frozenset[Role]) -> About:
    found = about(definition.source)
    if roles.isdisjoint(found.roles):
        raise not_found("definition.source")
    return found


# The answer


def _columns(definition: Definition, fields: Mapping[str, Field]) -> list[ReportColumn]:
    if not definition.grouped:
        return [ReportColumn(fields[name].title, fields[name].type, fields[name]) for name in definition.fields]
    keys = [ReportColumn(fields[name].title, fields[name].type, fields[name]) for name in definition.groups]
    return [*keys, *(_measured(each, fields) for each in definition.measures)]


def _measured(of: Measure, fields: Mapping[str, Field]) -> ReportColumn:
    title, field = FUNCTION_TITLES[of.function], fields.get(of.field or "")
    type_ = _type_of(of, field)
    return ReportColumn(f"{title}: {field.title}" if field else title, type_, field, of.function)


def _type_of(of: Measure, field: Field | None) -> ReportFieldType:
    """What the figures of a measure are: the first and the last of days are days."""
    dated = field is not None and field.type is ReportFieldType.DATE and of.function in EXTREMES
    return ReportFieldType.DATE if dated else ReportFieldType.NUMBER


def can_be_drawn(definition: Definition) -> bool:
    """Whether an answer can have a chart: there are groups, with figures that are numbers."""
    fields = about(definition.source).fields
    types = {_type_of(each, fields.get(each.field or "")) for each in definition.measures}
    return bool(definition.groups) and ReportFieldType.NUMBER in types


def _exact(row: Any, columns: Sequence[ReportColumn]) -> list[Cell]:
    return [Cell(_shown(value, column)) for value, column in zip(row, columns, strict=True)]


def _rounded(row: Any, columns: Sequence[ReportColumn], definition: Definition) -> list[Cell]:
    """A group with its figures as whoever reads without names is shown them."""
    keys, width, values = len(definition.groups), definition.width, tuple(row)
    people, whole = values[width : width + len(definition.measures)], values[width + len(definition.measures) :]
    found = _exact(values[:keys], columns[:keys])
    for of, figure, resting in zip(definition.measures, values[keys:width], people, strict=True):
        if of.function is ReportFunction.SHARE:
            found.append(Cell(share(nearest(figure, resting), nearest(*whole))))
        else:
            value = shown(of.function, figure, resting)
            found.append(WITHHELD if value is None else Cell(value))
    return found


def _shown(value: Value, column: ReportColumn) -> Value:
    if column.measure is None and column.of is not None and value is not None:
        if column.type is ReportFieldType.FLAG:
            return FLAG_WORDS[bool(value)]
        if isinstance(value, str):
            return column.of.options.get(value, value)
    return value


def _sort(cells: list[list[Cell]], definition: Definition) -> None:
    """Put groups in the order that is asked for. What is withheld has no place in it, and stays behind by its keys."""
    for by in reversed(definition.order):
        at = by.column
        there = [row for row in cells if row[at].value is not None]
        there.sort(key=lambda row: _key(row[at].value), reverse=by.descending)
        cells[:] = [*there, *(row for row in cells if row[at].value is None)]


def _key(value: Any) -> Any:
    return value.casefold().replace("ё", "е") if isinstance(value, str) else value
