"""Composed reports (10.7): a definition becomes one statement over the caller's own scopes, capped, and an answer."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, Boolean, Date, Numeric, Select, Text, any_, func, literal, select

from models.base import russian_key
from permissions.report_constructor import source_for
from rules.account import Role
from rules.refusals import not_found
from rules.report_constructor import (
    COMPOSERS,
    EXTREMES,
    FLAG_WORDS,
    FUNCTION_TITLES,
    MOST_ROWS,
    About,
    Condition,
    Definition,
    Field,
    Measure,
    ReportFieldType,
    ReportFunction,
    ReportOperator,
    check,
    fields_for,
    too_costly,
    took_too_long,
    withheld,
    without_names,
)
from rules.report_sources import ReportSource, about

from .context import Context
from .database import TooCostly, TooLong, compile_statement

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
    hides = definition.grouped and found.people and without_names(roles)
    query = _statement(definition, found, values, roles, hides)
    viewer = context.viewer.only(COMPOSERS)
    try:
        rows = await context.snapshot.fetch_capped(compile_statement(query), viewer.parameters(), context.cap)
    except TooCostly:
        raise too_costly() from None
    except TooLong:
        raise took_too_long() from None
    columns = _columns(definition, fields_for(found, roles))
    # In a thread, so that the others need not wait: of thousands of groups it takes a while what is to be withheld.
    cells = await asyncio.to_thread(_cells, rows, columns, len(definition.groups), hides)
    if definition.grouped:
        _sort(cells, definition)
    shown = cells[: definition.limit or MOST_ROWS]
    in_time = bool(definition.groups) and definition.groups[0] in IN_TIME
    return ReportAnswer(found.title, columns, shown, len(shown) < len(cells), len(definition.groups), in_time)


def _about(definition: Definition, roles: frozenset[Role]) -> About:
    found = about(definition.source)
    if roles.isdisjoint(found.roles):
        raise not_found("definition.source")
    return found


# The statement


def _statement(
    definition: Definition, of: About, values: Sequence[Sequence[Any]], roles: frozenset[Role], hides: bool
) -> Select[Any]:
    source, fields = source_for(ReportSource(definition.source), roles), fields_for(of, roles)
    conditions = [
        _condition(source.fields[each.field], fields[each.field].type, each, given)
        for each, given in zip(definition.filters, values, strict=True)
    ]
    if not definition.grouped:
        named = [source.fields[name].label(f"c{at}") for at, name in enumerate(definition.fields)]
        each = select(*named).select_from(source.rows).where(*conditions).subquery("each")
        listed = list(each.c)
        steps = [_step(listed[by.column], by.descending) for by in definition.order]
        query = select(*listed).order_by(*steps, *(_step(column, False) for column in listed))
        return query.limit((definition.limit or MOST_ROWS) + 1)
    # Fields are made in a statement of their own: an expression with parameters is not the one that is grouped by.
    asked = dict.fromkeys((*definition.groups, *(each.field for each in definition.measures if each.field)))
    named = [source.fields[name].label(f"f{at}") for at, name in enumerate(asked)]
    person = [] if source.person is None else [source.person.label("person")]
    # Named, so that there is a column where nothing is asked of any.
    each = select(*named, *person, literal(1).label("one")).select_from(source.rows).where(*conditions).subquery("each")
    column = dict(zip(asked, list(each.c), strict=False))
    groups = [column[name] for name in definition.groups]
    figures = [_figure(measure, column, each).label(f"m{at}") for at, measure in enumerate(definition.measures)]
    bases = [_basis(measure, column, each).label(f"b{at}") for at, measure in enumerate(definition.measures) if hides]
    keys = [group.label(f"g{at}") for at, group in enumerate(groups)]
    query = select(*keys, *figures, *bases).select_from(each)
    if groups:
        query = query.group_by(*groups).order_by(*(_step(group, False) for group in groups))
    return query.limit(MOST_ROWS + 1)


def _step(column: Any, descending: bool) -> Any:
    by = column.desc() if descending else column.asc()
    return by.nulls_last()


def _condition(column: Any, type_: ReportFieldType, of: Condition, given: Sequence[Any]) -> Any:
    sql = _SQL[type_]
    match of.operator:
        case ReportOperator.IS_EMPTY:
            return column.is_(None)
        case ReportOperator.IS_FILLED:
            return column.is_not(None)
        case ReportOperator.ONE_OF:
            return column == any_(literal(list(given), ARRAY(sql)))
        case ReportOperator.CONTAINS:
            # No pattern, so that no sign of it means anything; case and ё do not matter.
            return func.strpos(russian_key(column), russian_key(literal(given[0], Text))) > 0
    value = literal(given[0], sql)
    match of.operator:
        case ReportOperator.DIFFERS:
            return column.is_distinct_from(value)
        case ReportOperator.BELOW:
            return column < value
        case ReportOperator.AT_MOST:
            return column <= value
        case ReportOperator.ABOVE:
            return column > value
        case ReportOperator.AT_LEAST:
            return column >= value
    return column == value


_SQL: Mapping[ReportFieldType, Any] = {
    ReportFieldType.TEXT: Text(),
    ReportFieldType.CHOICE: Text(),
    ReportFieldType.NUMBER: Numeric(),
    ReportFieldType.DATE: Date(),
    ReportFieldType.FLAG: Boolean(),
}


def _figure(of: Measure, column: Mapping[str, Any], each: Any) -> Any:
    match of.function:
        case ReportFunction.COUNT:
            return func.count()
        case ReportFunction.PEOPLE:
            return func.count(each.c.person.distinct())
        case ReportFunction.SHARE:
            return func.round(func.count() * literal(100, Numeric) / func.nullif(func.sum(func.count()).over(), 0), 2)
    value = column[str(of.field)]
    match of.function:
        case ReportFunction.COUNT_DISTINCT:
            return func.count(value.distinct())
        case ReportFunction.AVERAGE:
            return func.round(func.avg(value), 2)
        case ReportFunction.SUM:
            return func.sum(value)
        case ReportFunction.LEAST:
            return func.min(value)
    return func.max(value)


def _basis(of: Measure, column: Mapping[str, Any], each: Any) -> Any:
    """On how many people a figure rests: of a field, those only of whom there is a value."""
    people = func.count(each.c.person.distinct())
    return people if of.field is None else people.filter(column[of.field].is_not(None))


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


def _cells(rows: Sequence[Any], columns: Sequence[ReportColumn], groups: int, hides: bool) -> list[list[Cell]]:
    hidden = [set[int]()] * len(rows)
    if hides:
        people = [tuple(row)[len(columns) :] for row in rows]
        hidden = withheld(people, [tuple(row)[:groups] for row in rows])
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
