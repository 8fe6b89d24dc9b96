"""Leaves: the Python that completes a scalar or an enum, without a call for each value where none is needed."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLOutputType,
    Undefined,
    get_named_type,
    is_leaf_type,
    is_specified_scalar_type,
)
from sqlalchemy import types as sql

AS_THEY_ARE: dict[str, tuple[type[Any], ...]] = {
    "String": (sql.String,),
    "ID": (sql.String,),
    "Boolean": (sql.Boolean,),
}
"""Scalars whose values need nothing done when a column of these types gives them."""

DAYS: dict[str, type[Any]] = {"Date": sql.Date, "Time": sql.Time}
"""Scalars of which the same few values come again and again, when a column of these types gives them."""

MOST_KEPT = 10_000
"""How many values of such a scalar are kept as they are written."""

MOST_COMPUTED = 4_000
"""How many values of a computed scalar are: those of a school or two."""

UNHASHABLE = (sql.ARRAY, sql.JSON)
"""Columns whose values cannot be looked up."""

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
    if required:
        return _required(bare, value, column, bind)
    if _as_it_is(bare, column):
        return value
    return f"({_required(bare, 'v', column, bind)} if (v := {value}) is not None else None)"


def _as_it_is(type_: GraphQLLeafType, column: Any) -> bool:
    return isinstance(column, AS_THEY_ARE.get(type_.name, ()))


def _required(type_: GraphQLLeafType, value: str, column: Any, bind: Bind) -> str:
    """The expression that completes `value` where it must not be null: it raises where it is."""
    held = value if value == "v" else f"(v := {value})"
    if _as_it_is(type_, column):
        return f"(v if {held} is not None else null())"
    if type_.name == "Int" and isinstance(column, sql.Integer):
        return f"(v if -0x80000000 <= {held} <= 0x7FFFFFFF else null())"
    if type_.name == "Float" and isinstance(column, sql.Double):
        return f"(v if {held} - v == 0 else null())"  # neither infinite nor NaN
    if type_.name == "DateTime" and isinstance(column, sql.DateTime):
        return f"{value}.isoformat()"
    if isinstance(type_, GraphQLEnumType) or isinstance(column, DAYS.get(type_.name, ())):
        return f"{bind(_Written(type_))}[{value}]"
    return f"({bind(_coerced(type_))}(v) if {held} is not None else null())"


class _Written(dict[Any, Any]):
    """How values of a type are written, each found once."""

    def __init__(self, type_: GraphQLLeafType) -> None:
        self._write = _coerced(type_)

    def __missing__(self, value: Any) -> Any:
        if len(self) >= MOST_KEPT:
            self.clear()
        self[value] = written = self._write(value)
        return written


class _Computed(dict[Any, Any]):
    """What a function makes of columns, as it is written, each found once: the same people come again and again."""

    def __init__(self, function: Callable[..., Any], complete: Callable[[Any], Any]) -> None:
        self._function = function
        self._complete = complete

    def __missing__(self, values: tuple[Any, ...]) -> Any:
        if len(self) >= MOST_COMPUTED:
            self.clear()
        self[values] = written = self._complete(self._function(*values))
        return written


_COMPUTED: dict[tuple[str, Callable[..., Any]], _Computed] = {}


def computed(
    type_: GraphQLOutputType, function: Callable[..., Any], columns: Iterable[Any]
) -> Mapping[tuple[Any, ...], Any] | None:
    """What is written of a field of this type that `function` makes of columns of these types, by their values.

    It is the same in all schemas; None where it might not be, or where the values cannot be looked up.
    """
    if not is_specified_scalar_type(get_named_type(type_)) or any(isinstance(each, UNHASHABLE) for each in columns):
        return None
    kind = (str(type_), function)
    if kind not in _COMPUTED:
        _COMPUTED[kind] = _Computed(function, _completer(type_))
    return _COMPUTED[kind]


def _coerced(type_: GraphQLLeafType) -> Callable[[Any], Any]:
    coerce = type_.coerce_output_value

    def completed(value: Any) -> Any:
        result = null() if value is None else coerce(value)
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
