"""Composed reports (10.7): what a definition comes to, capped, and without what whoever asks may not know."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Select

from rules.account import Role
from rules.refusals import bad_input, not_found
from rules.report_constructor import (
    COMPOSERS,
    EXTREMES,
    FLAG_WORDS,
    FORMULAS,
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
    lists,
    rounds,
    too_costly,
    took_too_long,
)
from rules.report_constructor_shown import share, shown
from rules.report_shown import nearest, records
from rules.report_sources import about

from .context import Context
from .database import TooCostly, TooLong, compile_statement
from .report_constructor_statements import figures_statement

Value = str | int | Decimal | date | bool | None


@dataclass(frozen=True, slots=True)
class Cell:
    """A value of an answer. withheld: there is a figure, and it rests on too few people to be shown. counted, left_out:
    of how many records a figure is reckoned, and how many of its group have no value; None where there is no figure to
    be shown. key: what a group is grouped by, as the database has it.
    """

    value: Value = None
    withheld: bool = False
    counted: int | None = None
    left_out: int | None = None
    key: Value = None


WITHHELD = Cell(withheld=True)
IN_TIME = frozenset({"date", "month", "birthYear", "effectiveOn", "startsOn"})
"""Fields whose values follow one another in time."""


@dataclass(frozen=True, slots=True)
class ReportColumn:
    """A column of an answer. of: the field that it shows, or whose figure it is. total: of how many records its shares
    are.
    """

    title: str
    type: ReportFieldType
    of: Field | None = None
    measure: ReportFunction | None = None
    total: int | None = None

    @property
    def formula(self) -> str | None:
        """How its figures are reckoned; None of a field."""
        return self.measure and FORMULAS[self.measure]


@dataclass(frozen=True, slots=True)
class ReportAnswer:
    """What a report came to. cut: there are more rows than these. groups: how many of the columns are what it is
    grouped by. in_time: the first of them follows in time. rounded: figures are, and groups of few are left out, if
    there are any: that is not told. asked: None of an answer that was kept.
    """

    title: str
    columns: list[ReportColumn]
    rows: list[list[Cell]]
    cut: bool
    groups: int
    in_time: bool
    rounded: bool
    asked: Definition | None = None

    async def behind(self, context: Context, row: int) -> "ReportAnswer | None":
        """The records that the figures of a row are reckoned of, with all their fields, as far as one has them by
        themselves; None where there are no figures, or the answer was kept. `BAD_INPUT` for a row that is not there.
        """
        if self.asked is None or not self.asked.grouped:
            return None
        if not 0 <= row < len(self.rows):
            raise bad_input("Такой строки нет.", "row")
        return await _records(context, self.asked, [cell.key for cell in self.rows[row][: self.groups]])


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
    whole = _whole(rows[0], definition, rounded) if rows else None
    columns = _columns(definition, fields_for(found, roles), whole)
    reckoned = _rounded if rounded else _exact if definition.grouped else _listed
    listed = [reckoned(tuple(row), columns) for row in rows]
    if rounded and any(by.column >= len(definition.groups) for by in definition.order):
        if len(listed) > MOST_ROWS:
            raise too_costly()  # There is no telling which of them come first.
        # By what is shown: the order tells nothing more.
        first = len(definition.groups) + _ROUNDED * len(definition.measures)
        listed = _sorted(listed, [tuple(row)[first:] for row in rows], definition)
    kept = listed[: definition.limit or MOST_ROWS]
    return ReportAnswer(
        title=found.title,
        columns=columns,
        rows=kept,
        cut=len(kept) < len(listed),
        groups=len(definition.groups),
        in_time=bool(definition.groups) and definition.groups[0] in IN_TIME,
        rounded=rounded,
        asked=definition,
    )


async def _records(context: Context, grouped: Definition, keys: Sequence[Value]) -> ReportAnswer | None:
    """The records of a group: those that its report counts, with its keys."""
    roles = composer(context)
    found = _about(grouped, roles)
    if not lists(found, roles):
        return None
    empty, equal = ReportOperator.IS_EMPTY, ReportOperator.EQUALS
    of_group = [
        Condition(name, empty if key is None else equal) for name, key in zip(grouped.groups, keys, strict=True)
    ]
    fields = fields_for(found, roles)
    definition = Definition(grouped.source, tuple(fields), (*grouped.filters, *of_group))
    # The keys are the database's own values, and no input to be read and checked.
    values = [*check(grouped, found, roles), *([] if key is None else [key] for key in keys)]
    rows = await _read(context, figures_statement(definition, found, values, roles, rounded=False))
    columns = _columns(definition, fields)
    listed = [_listed(tuple(row), columns) for row in rows[:MOST_ROWS]]
    return ReportAnswer(found.title, columns, listed, len(listed) < len(rows), 0, False, False, definition)


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


def _columns(definition: Definition, fields: Mapping[str, Field], whole: int | None = None) -> list[ReportColumn]:
    if not definition.grouped:
        return [ReportColumn(fields[name].title, fields[name].type, fields[name]) for name in definition.fields]
    keys = [ReportColumn(fields[name].title, fields[name].type, fields[name]) for name in definition.groups]
    return [*keys, *(_measured(each, fields, whole) for each in definition.measures)]


def _measured(of: Measure, fields: Mapping[str, Field], whole: int | None) -> ReportColumn:
    title, field = FUNCTION_TITLES[of.function], fields.get(of.field or "")
    type_, total = _type_of(of, field), whole if of.function is ReportFunction.SHARE else None
    return ReportColumn(f"{title}: {field.title}" if field else title, type_, field, of.function, total)


def _type_of(of: Measure, field: Field | None) -> ReportFieldType:
    """What the figures of a measure are: the first and the last of days are days."""
    dated = field is not None and field.type is ReportFieldType.DATE and of.function in EXTREMES
    return ReportFieldType.DATE if dated else ReportFieldType.NUMBER


def in_words(definition: Definition) -> str:
    """What a definition is composed of: «Обучающиеся: Параллель, Человек»; without fields that are no more."""
    of = about(definition.source)
    fields, groups = (
        tuple(each for each in names if each in of.fields) for names in (definition.fields, definition.groups)
    )
    columns = _columns(replace(definition, fields=fields, groups=groups), of.fields)
    return f"{of.title}: {', '.join(column.title for column in columns)}"


def can_be_drawn(definition: Definition) -> bool:
    """Whether an answer can have a chart: there are groups, with figures that are numbers."""
    fields = about(definition.source).fields
    types = {_type_of(each, fields.get(each.field or "")) for each in definition.measures}
    return bool(definition.groups) and ReportFieldType.NUMBER in types


def _listed(row: Sequence[Any], columns: Sequence[ReportColumn]) -> list[Cell]:
    """A record."""
    return [Cell(_shown(value, column)) for value, column in zip(row, columns, strict=True)]


def _exact(row: Sequence[Any], columns: Sequence[ReportColumn]) -> list[Cell]:
    """A group with its figures."""
    keys, figures = _parts(row, columns, 3)
    return [*keys, *(Cell(figure, False, counted, left) for _, (figure, counted, left) in figures)]


_ROUNDED = 5
"""How many values the statement gives of a figure that is to be rounded."""


def _rounded(row: Sequence[Any], columns: Sequence[ReportColumn]) -> list[Cell]:
    """A group with its figures as whoever reads without names is shown them.

    What a figure counts and leaves out is what one is told who asks for just these records.
    """
    found, figures = _parts(row, columns, _ROUNDED)
    for column, (figure, counted, resting, left, people_left) in figures:
        if column.total is not None:
            value: Value = share(nearest(figure, resting), column.total)
        else:
            value = shown(column.measure, figure, resting)
        behind = (nearest(counted, resting), records(left, people_left)) if value is not None else ()
        found.append(Cell(value, False, *behind) if behind else WITHHELD)
    return found


def _parts(row: Sequence[Any], columns: Sequence[ReportColumn], width: int) -> tuple[list[Cell], list[Any]]:
    """The keys of a group, and the column of each measure with what the statement says of it, so many values."""
    groups = sum(column.measure is None for column in columns)
    keys = [Cell(_shown(value, column), key=value) for value, column in zip(row[:groups], columns, strict=False)]
    return keys, [(column, row[groups + at * width :][:width]) for at, column in enumerate(columns[groups:])]


def _whole(row: Sequence[Any], definition: Definition, rounded: bool) -> int | None:
    """Of how many records in all shares are, as it is shown; None where nobody asks."""
    if not any(of.function is ReportFunction.SHARE for of in definition.measures):
        return None
    return nearest(*row[-2:]) if rounded else int(row[-1])


def _shown(value: Value, column: ReportColumn) -> Value:
    if column.measure is None and column.of is not None and value is not None:
        if column.type is ReportFieldType.FLAG:
            return FLAG_WORDS[bool(value)]
        if isinstance(value, str):
            return column.of.options.get(value, value)
    return value


def _sorted(cells: list[list[Cell]], places: list[tuple[Any, ...]], definition: Definition) -> list[list[Cell]]:
    """Groups in the order that is asked for: by keys as the statement has them, whose places it gives in turn. What is
    withheld has no place in it, and stays behind by its keys.
    """
    both = list(zip(cells, places, strict=True))
    keys = [by for by in definition.order if by.column < len(definition.groups)]
    for by in reversed(definition.order):
        at = by.column
        if by in keys:
            place = keys.index(by)
            both.sort(key=lambda each: each[1][place])
        else:
            there: list[Any] = [each for each in both if each[0][at].value is not None]
            there.sort(key=lambda each: each[0][at].value, reverse=by.descending)
            both = [*there, *(each for each in both if each[0][at].value is None)]
    return [each for each, _ in both]
