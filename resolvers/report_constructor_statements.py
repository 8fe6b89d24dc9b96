"""Composed reports (10.7) as SQL: one statement over the caller's own scopes, with every value bound."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import ARRAY, Boolean, Date, Numeric, Select, Text, any_, case, func, literal, literal_column, select

from models.base import russian_key
from permissions.report_constructor import Source, source_for
from rules.account import Role
from rules.report_constructor import (
    FLAG_WORDS,
    MOST_ROWS,
    About,
    Condition,
    Definition,
    Field,
    Measure,
    ReportFieldType,
    ReportFunction,
    ReportOperator,
    fields_for,
)
from rules.report_shown import FEWEST_PEOPLE
from rules.report_sources import ReportSource


def figures_statement(
    definition: Definition, of: About, values: Sequence[Sequence[Any]], roles: frozenset[Role], rounded: bool
) -> Select[Any]:
    """What a definition asks.

    Behind the keys of a group stand, of each measure, the figure, how many rows it counts and how many it leaves out;
    at the end, where shares are asked for, how many rows there are in all. rounded: what is to be rounded. Then each
    number of rows is followed by that of their people, groups of few are left out before the rest is cut, and behind
    the figures stand the group's places by each of its keys that it is ordered by.
    """
    source, fields = source_for(ReportSource(definition.source), roles), fields_for(of, roles)
    conditions = _conditions(definition, source, fields, values)
    if not definition.grouped:
        return _listed(definition, source, fields, conditions)
    # Fields are made in a statement of their own: an expression with parameters is not the one that is grouped by.
    asked = dict.fromkeys((*definition.groups, *(each.field for each in definition.measures if each.field)))
    named = [source.fields[name].label(f"f{at}") for at, name in enumerate(asked)]
    beside = _beside(definition.groups, source)
    person = [] if source.person is None else [source.person.label("person")]
    # Named, so that there is a column where nothing is asked of any.
    every = [*named, *beside, *person, literal(1).label("one")]
    rows = select(*every).select_from(source.rows).where(*conditions).cte("rows")
    column = dict(zip(asked, list(rows.c), strict=False))
    groups = [column[name] for name in definition.groups]
    counts = [func.count(), func.count(rows.c.person.distinct())] if rounded else [func.count()]
    figures = [
        each.label(f"m{at}_{place}")
        for at, measure in enumerate(definition.measures)
        for place, each in enumerate((_figure(measure, column, rows, rounded), *_behind(measure, counts, column)))
    ]
    shares = any(measure.function is ReportFunction.SHARE for measure in definition.measures)
    whole = [_of_all(each, rows, rounded).label(f"w{at}") for at, each in enumerate(counts) if shares]
    keys = [group.label(f"g{at}") for at, group in enumerate(groups)]
    # All rows of a group have the same there.
    own = [
        [func.min(rows.c[each.name]) for each in beside if each.name.startswith(f"b{at}_")] for at in range(len(groups))
    ]
    ordered = [
        each or [_sortable(group, fields[name])]
        for each, group, name in zip(own, groups, definition.groups, strict=True)
    ]
    # What is rounded is put in order when it is: the exact order would tell more.
    sortable = ordered + ([] if rounded else [[each] for each in figures[:: 1 + 2 * len(counts)]])
    steps = [_steps(sortable[by.column], by.descending) for by in definition.order if by.column < len(sortable)]
    ranks = [func.dense_rank().over(order_by=each).label(f"r{at}") for at, each in enumerate(steps) if rounded]
    query = select(*keys, *figures, *ranks, *whole).select_from(rows)
    if rounded:
        query = query.having(counts[1] >= FEWEST_PEOPLE)
    if groups:
        last = [step for each, group in zip(ordered, groups, strict=True) for step in _steps([*each, group], False)]
        query = query.group_by(*groups).order_by(*chain(*steps), *last)
    return query.limit(MOST_ROWS + 1)


def _listed(
    definition: Definition, source: Source, fields: Mapping[str, Field], conditions: Sequence[Any]
) -> Select[Any]:
    """Rows, in the order that is asked for, and then by their columns."""
    named = [source.fields[name].label(f"c{at}") for at, name in enumerate(definition.fields)]
    beside = _beside(definition.fields, source)
    each = select(*named, *beside).select_from(source.rows).where(*conditions).subquery("each")
    listed = [each.c[column.name] for column in named]
    own = [[each.c[b.name] for b in beside if b.name.startswith(f"b{at}_")] for at in range(len(listed))]
    known = [fields[name] for name in definition.fields]
    sortable = [of or [_sortable(column, field)] for of, column, field in zip(own, listed, known, strict=True)]
    # The keys of all texts, though few are ever compared, would cost too much.
    plain = [
        [] if field.type is ReportFieldType.TEXT and not of else by
        for of, by, field in zip(own, sortable, known, strict=True)
    ]
    steps = chain.from_iterable(_steps(sortable[by.column], by.descending) for by in definition.order)
    last = [step for by, column in zip(plain, listed, strict=True) for step in _steps([*by, column], False)]
    return select(*listed).order_by(*steps, *last).limit((definition.limit or MOST_ROWS) + 1)


def _beside(names: Sequence[str], source: Source) -> list[Any]:
    """By what fields are put into order that their values do not say: of the field at place 2, `b2_0`, `b2_1`, …."""
    return [
        by.label(f"b{at}_{place}")
        for at, name in enumerate(names)
        for place, by in enumerate(source.order.get(name, ()))
    ]


def _conditions(
    definition: Definition, source: Source, fields: Mapping[str, Field], values: Sequence[Sequence[Any]]
) -> list[Any]:
    return [
        _condition(source.fields[each.field], fields[each.field].type, each, given)
        for each, given in zip(definition.filters, values, strict=True)
    ]


def _sortable(column: Any, of: Field) -> Any:
    """What puts a field into order: what is chosen from, as it is listed; texts by the alphabet."""
    words: Mapping[Any, str] = FLAG_WORDS if of.type is ReportFieldType.FLAG else of.options
    if words:
        return case(*((column == value, place) for place, value in enumerate(words)))
    return russian_key(column) if of.type is ReportFieldType.TEXT else column


def _steps(columns: Sequence[Any], descending: bool) -> list[Any]:
    return [(column.desc() if descending else column.asc()).nulls_last() for column in columns]


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


def _figure(of: Measure, column: Mapping[str, Any], each: Any, rounded: bool) -> Any:
    """What is reckoned; of a share that is to be rounded, what it is a share of the whole."""
    match of.function:
        case ReportFunction.COUNT:
            return func.count()
        case ReportFunction.PEOPLE:
            return func.count(each.c.person.distinct())
        case ReportFunction.SHARE:
            if rounded:
                return func.count()
            return func.round(func.count() * literal(100, Numeric) / func.nullif(func.sum(func.count()).over(), 0), 2)
    value = column[str(of.field)]
    match of.function:
        case ReportFunction.COUNT_DISTINCT:
            return func.count(value.distinct())
        case ReportFunction.AVERAGE:
            return func.avg(value) if rounded else func.round(func.avg(value), 2)
        case ReportFunction.SUM:
            return func.sum(value)
        case ReportFunction.LEAST:
            return func.min(value)
    return func.max(value)


def _behind(of: Measure, counts: Sequence[Any], column: Mapping[str, Any]) -> list[Any]:
    """What a figure counts, and then what it leaves out: of a field, what has no value."""
    if of.field is None:
        return [*counts, *(literal_column("0") for _ in counts)]
    value = column[of.field]
    return [each.filter(there) for there in (value.is_not(None), value.is_(None)) for each in counts]


def _of_all(count: Any, rows: Any, rounded: bool) -> Any:
    """The same of the rows of all groups, those left out among them."""
    return select(count).select_from(rows).correlate(None).scalar_subquery() if rounded else func.sum(count).over()
