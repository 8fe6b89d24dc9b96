"""Composed reports (10.7): what a definition comes to, capped, and without what whoever asks may not know."""

import asyncio
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
    hides,
    too_costly,
    took_too_long,
)
from rules.report_constructor_withheld import told_apart, withheld
from rules.report_sources import about

from .context import Context
from .database import TooCostly, TooLong, compile_statement
from .report_constructor_statements import cells_statement, figures_statement

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
    grouped by. in_time: the first of them follows in time.
    """

    title: str
    columns: list[ReportColumn]
    rows: list[list[Cell]]
    cut: bool
    groups: int
    in_time: bool


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
    nameless = hides(definition, found, roles)
    rows = await _read(context, figures_statement(definition, found, values, roles, nameless))
    cells: list[Any] = []
    if nameless and definition.filters:
        cells = await _read(context, cells_statement(definition, found, values, roles))
        if len(cells) > MOST_ROWS:
            raise too_costly()
    columns = _columns(definition, fields_for(found, roles))
    # In a thread, so that the others need not wait: of thousands of groups it takes a while what is to be withheld.
    hidden = await asyncio.to_thread(_hidden, definition, found, rows, cells) if nameless else [set()] * len(rows)
    listed = _cells(rows, columns, len(definition.groups), hidden)
    if definition.grouped:
        _sort(listed, definition)
    shown = listed[: definition.limit or MOST_ROWS]
    in_time = bool(definition.groups) and definition.groups[0] in IN_TIME
    return ReportAnswer(found.title, columns, shown, len(shown) < len(listed), len(definition.groups), in_time)


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
    dated = field is not None and field.type is ReportFieldType.DATE and of.function in EXTREMES
    type_ = ReportFieldType.DATE if dated else ReportFieldType.NUMBER
    return ReportColumn(f"{title}: {field.title}" if field else title, type_, field, of.function)


def _hidden(definition: Definition, of: About, rows: Sequence[Any], cells: Sequence[Any]) -> list[set[int]]:
    """The figures of each row that are withheld, by their places."""
    groups, figures = len(definition.groups), len(definition.measures)
    keys = [tuple(row)[:groups] for row in rows]
    hidden = withheld([tuple(row)[groups + figures :] for row in rows], keys, of.once)
    split = [tuple(cell) for cell in cells]
    width = len(split[0]) - figures - 1 if split else 0
    told = told_apart(
        [cell[width + 1 :] for cell in split],
        [cell[:width] for cell in split],
        [cell[width] for cell in split],
        groups,
        of.once,
    )
    # A share tells what all groups come to.
    shares = {at for at, each in enumerate(definition.measures) if each.function is ReportFunction.SHARE and told}
    return [each | told.get(key, set()) | shares for key, each in zip(keys, hidden, strict=True)]


def _cells(
    rows: Sequence[Any], columns: Sequence[ReportColumn], groups: int, hidden: Sequence[set[int]]
) -> list[list[Cell]]:
    return [
        [WITHHELD if at - groups in without else Cell(_shown(row[at], column)) for at, column in enumerate(columns)]
        for row, without in zip(rows, hidden, strict=True)
    ]


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
