"""Composed reports (10.7) as SQL: one statement over the caller's own scopes, with every value bound."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ARRAY, Boolean, Date, Numeric, Select, Text, and_, any_, false, func, literal, select

from models.base import russian_key
from permissions.report_constructor import Source, source_for
from rules.account import Role
from rules.report_constructor import (
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
from rules.report_sources import ReportSource


def figures_statement(
    definition: Definition, of: About, values: Sequence[Sequence[Any]], roles: frozenset[Role], based: bool
) -> Select[Any]:
    """What a definition asks. based: with the number of people that each figure rests on behind the figures."""
    source, fields = source_for(ReportSource(definition.source), roles), fields_for(of, roles)
    conditions = _conditions(definition, source, fields, values)
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
    bases = [_basis(measure, column, each).label(f"b{at}") for at, measure in enumerate(definition.measures) if based]
    keys = [group.label(f"g{at}") for at, group in enumerate(groups)]
    query = select(*keys, *figures, *bases).select_from(each)
    if groups:
        query = query.group_by(*groups).order_by(*(_step(group, False) for group in groups))
    return query.limit(MOST_ROWS + 1)


def cells_statement(
    definition: Definition, of: About, values: Sequence[Sequence[Any]], roles: frozenset[Role]
) -> Select[Any]:
    """What the conditions of a definition tell apart, for `told_apart`: of each cell its keys, whether the conditions
    admit it, and on how many people the figures of it rest.

    A field that tells people apart does so by each of its values; any other by whether its conditions hold.
    """
    source, fields = source_for(ReportSource(definition.source), roles), fields_for(of, roles)
    conditions: dict[str, list[Any]] = {}
    for asked, condition in zip(definition.filters, _conditions(definition, source, fields, values), strict=True):
        conditions.setdefault(asked.field, []).append(func.coalesce(condition, false()))
    telling = [name for name in conditions if name not in definition.groups]
    keys = [source.fields[name] for name in definition.groups]
    keys += [source.fields[name] if fields[name].of_person else and_(*conditions[name]) for name in telling]
    admitted = and_(*(each for of_field in conditions.values() for each in of_field))
    measured = list(dict.fromkeys(each.field for each in definition.measures if each.field))
    each = (
        select(
            *(key.label(f"k{at}") for at, key in enumerate(keys)),
            admitted.label("admitted"),
            source.person.label("person"),
            *(source.fields[name].label(f"f{at}") for at, name in enumerate(measured)),
        )
        .select_from(source.rows)
        .subquery("each")
    )
    named = [each.c[f"k{at}"] for at in range(len(keys))]
    column = {name: each.c[f"f{at}"] for at, name in enumerate(measured)}
    bases = [_basis(measure, column, each).label(f"b{at}") for at, measure in enumerate(definition.measures)]
    return select(*named, func.bool_and(each.c.admitted), *bases).group_by(*named).limit(MOST_ROWS + 1)


def _conditions(
    definition: Definition, source: Source, fields: Mapping[str, Field], values: Sequence[Sequence[Any]]
) -> list[Any]:
    return [
        _condition(source.fields[each.field], fields[each.field].type, each, given)
        for each, given in zip(definition.filters, values, strict=True)
    ]


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
