"""Leaves: the Python that completes a scalar or an enum, without a call for each value where none is needed."""

from collections.abc import Callable
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLOutputType,
    Undefined,
    is_leaf_type,
)
from sqlalchemy import types as sql

AS_THEY_ARE: dict[str, tuple[type[Any], ...]] = {
    "String": (sql.String,),
    "ID": (sql.String,),
    "Boolean": (sql.Boolean,),
}
"""Scalars whose values need nothing done when a column of these types gives them."""

MOMENTS: dict[str, type[Any]] = {"Date": sql.Date, "DateTime": sql.DateTime, "Time": sql.Time}
"""Scalars that are written as ISO 8601 when a column of this type gives them."""

Bind = Callable[[Any], str]
"""Gives an object a name in the code that is written."""


class Unfit(Exception):
    """A value that the fast path does not answer for: graphql-core then executes the query and says what is wrong."""


def null() -> Any:
    """What stands where a value must not be null, and is."""
    raise Unfit


def leaf(type_: GraphQLOutputType, value: str, column: Any, bind: Bind) -> str:
    """The expression that completes the expression `value`, which a column of the SQL type `column` gives, or code."""
    required = isinstance(type_, GraphQLNonNull)
    bare: Any = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    if not is_leaf_type(bare):
        return f"{bind(_completer(type_))}({value})"
    done = _done(bare, column, bind)
    if done == "v" and not required:
        return value
    return f"({done} if (v := {value}) is not None else {'null()' if required else 'None'})"


def _done(type_: GraphQLLeafType, column: Any, bind: Bind) -> str:
    """The expression that completes `v`, which is not null."""
    if isinstance(column, AS_THEY_ARE.get(type_.name, ())):
        return "v"
    if type_.name == "Int" and isinstance(column, sql.Integer):
        return "(v if -0x80000000 <= v <= 0x7FFFFFFF else null())"
    if type_.name == "Float" and isinstance(column, sql.Double):
        return "(v if v - v == 0 else null())"  # neither infinite nor NaN
    if isinstance(column, MOMENTS.get(type_.name, ())):
        return "v.isoformat()"
    if isinstance(type_, GraphQLEnumType):
        return f"{bind(_Names(type_))}[v]"
    return f"{bind(_coerced(type_))}(v)"


class _Names(dict[Any, Any]):
    """The names of an enum's values, each looked up once."""

    def __init__(self, type_: GraphQLEnumType) -> None:
        self._find = _coerced(type_)

    def __missing__(self, value: Any) -> Any:
        self[value] = name = self._find(value)
        return name


def _coerced(type_: GraphQLLeafType) -> Callable[[Any], Any]:
    coerce = type_.coerce_output_value

    def completed(value: Any) -> Any:
        result = coerce(value)
        return null() if result is None or result is Undefined else result

    return completed


def _completer(type_: GraphQLOutputType) -> Callable[[Any], Any]:
    """The function that completes values of a type with lists in it."""
    if isinstance(type_, GraphQLNonNull):
        inner = _completer(type_.of_type)

        def required(value: Any) -> Any:
            return null() if value is None else inner(value)

        return required
    if isinstance(type_, GraphQLList):
        item = _completer(type_.of_type)

        def listed(value: Any) -> Any:
            if value is None:
                return None
            return [item(each) for each in value] if isinstance(value, list | tuple) else null()

        return listed
    coerce = _coerced(type_)  # type: ignore[arg-type]

    def single(value: Any) -> Any:
        return None if value is None else coerce(value)

    return single
