"""Edges: how to get from rows of one type to rows of another, declared once and always run in batches.

An edge stands on the scope of the type it leads to, so nothing can be reached past the viewer's own rows. Its statement
takes the keys of all parents at once; its text depends on the viewer's roles and on which optional arguments are given,
and is written once for each such case.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from operator import itemgetter
from typing import Any, Protocol

import orjson
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Date,
    PrimaryKeyConstraint,
    Select,
    UniqueConstraint,
    and_,
    any_,
    bindparam,
    func,
    select,
    true,
    tuple_,
)

from permissions.scopes import Beside, Rows, Scope, of_school
from permissions.viewer import Viewer
from rules.account import Role
from rules.refusals import bad_input

from .database import Row, Snapshot, Statement, compile_statement, row_class

Key = tuple[Any, ...]
Build = Callable[[frozenset[Role], frozenset[str]], Select[Any]]

MOST = 100
"""How many edges of a connection may be asked for at once."""


class Reader(Protocol):
    """What an edge needs of a request."""

    @property
    def viewer(self) -> Viewer: ...

    @property
    def snapshot(self) -> Snapshot: ...


@cache
def row_class_of(scope: Scope) -> type[Row]:
    """The one row class of a scope's type."""
    return row_class(scope.type_name)


@dataclass(frozen=True, eq=False)
class Edge:
    """An edge: from parents' keys to rows.

    scope: the rows it may lead to. of: the parent's attributes that make the key. build: the statement for a set of
    roles and of given arguments; it binds `key0`, `key1`, … as arrays, one item a parent, and gives each row's key as
    columns `_key0`, `_key1`, …. many: a list of rows for each key, else one row or None. paged: pages in the edge's
    order instead of lists, with `count` to count them and `narrowing` as the arguments that a count depends on.
    gather: what to make of a key's list of rows. lookup: the same rows without the parents' keys, and the columns
    that must equal a key, where at most one row does: another statement may then join it. So the outermost SELECT of
    no edge groups rows or drops duplicates.
    """

    scope: Scope
    of: tuple[str, ...]
    build: Build
    many: bool = False
    order: tuple[tuple[str, Any], ...] = ()
    paged: bool = False
    count: Build | None = None
    narrowing: frozenset[str] = frozenset()
    gather: "Gather | None" = None
    lookup: "Lookup | None" = None
    _statements: dict[Any, Statement] = field(default_factory=dict, repr=False)

    def __call__(self, **arguments: Any) -> "Reading":
        """The edge with these arguments; None stands for an argument that was not given."""
        return Reading(self, tuple(sorted((k, v) for k, v in arguments.items() if v is not None)))

    def statement(self, roles: frozenset[Role], given: frozenset[str], counting: bool = False) -> Statement:
        """The compiled statement, written on first use."""
        case = (roles & self.scope.roles, given, counting)
        if case not in self._statements:
            build = self.count if counting and self.count else self.build
            self._statements[case] = compile_statement(build(*case[:2]))
        return self._statements[case]

    async def batch(
        self, reader: Reader, roles: frozenset[Role], arguments: Mapping[str, Any], keys: Sequence[Key]
    ) -> list[Any]:
        """What each key leads to, in the order of `keys`, in one statement."""
        rows = await self._rows(reader, roles, arguments, keys)
        if not self.many and not self.paged:
            single = {key_of(row, len(self.of)): row for row in rows}
            return [single.get(key) for key in keys]
        lists: dict[Key, list[Any]] = {key: [] for key in keys}
        for row in rows:
            lists[key_of(row, len(self.of))].append(row)
        if self.paged:
            in_order(lists.values(), *(name for name, _ in self.order))
        return [self.arrange(key, lists[key], roles, arguments) for key in keys]

    def arrange(self, key: Key, rows: list[Any], roles: frozenset[Role], arguments: Mapping[str, Any]) -> Any:
        """What a key leads to, made of its rows: the list, a page, or what `gather` makes."""
        if self.paged:
            return Page(rows, arguments["first"], "after" in arguments, self, key, roles, arguments)
        return self.gather.make(key, rows) if self.gather else rows

    def bound(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments as the statement binds them: a cursor becomes the values it stands for."""
        if not self.paged:
            return dict(arguments)
        return {**arguments, **_seek(self.order, arguments.get("after")), "limit": arguments["first"] + 1}

    async def total(
        self, reader: Reader, roles: frozenset[Role], arguments: Mapping[str, Any], keys: Sequence[Key]
    ) -> list[int]:
        """How many rows each key leads to, over all pages, in one statement."""
        rows = await self._rows(reader, roles, arguments, keys, counting=True)
        counts = {key_of(row, len(self.of)): row["total"] for row in rows}
        return [counts.get(key, 0) for key in keys]

    async def _rows(
        self,
        reader: Reader,
        roles: frozenset[Role],
        arguments: Mapping[str, Any],
        keys: Sequence[Key],
        counting: bool = False,
    ) -> list[Any]:
        allowed = reader.viewer.roles & roles
        statement = self.statement(allowed, frozenset(arguments), counting)
        parameters = {**reader.viewer.parameters(), **(arguments if counting else self.bound(arguments))}
        for position in range(len(self.of)):
            parameters[f"key{position}"] = [key[position] for key in keys]
        return await reader.snapshot.fetch(statement, parameters, row_class_of(self.scope))


def in_order(lists: Iterable[list[Any]], *columns: str | int) -> None:
    """Put the rows of pages in their order: the statement that cuts the pages promises no order for what it joins."""
    by = itemgetter(*columns)
    for rows in lists:
        rows.sort(key=by)


@dataclass(frozen=True)
class Gather:
    """What an edge makes of a key and its rows, which stand inside of it; `columns` are those it reads."""

    make: Callable[[Key, list[Any]], Any]
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Lookup:
    """An edge's rows as another statement joins them: `key` columns equal the edge's key in one row at most."""

    rows: Build
    key: tuple[Any, ...]


@dataclass(frozen=True)
class Reading:
    """An edge with its arguments: the same for every parent of a field, so that one batch serves them all."""

    edge: Edge
    arguments: tuple[tuple[str, Any], ...]
    counting: bool = False

    def key(self, source: Any) -> Key:
        """The key of one parent."""
        return tuple(getattr(source, name) for name in self.edge.of)

    async def batch(self, reader: Reader, roles: frozenset[Role], keys: Sequence[Key]) -> list[Any]:
        """What each key leads to."""
        run = self.edge.total if self.counting else self.edge.batch
        return list(await run(reader, roles, dict(self.arguments), keys))


def key_of(row: Any, width: int) -> Key:
    """The parent's key, as the statement gives it beside the row."""
    return (row["_key0"],) if width == 1 else tuple(row[f"_key{position}"] for position in range(width))


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a connection: the rows asked for, and one more if there is a next page."""

    rows: list[Any]
    first: int
    has_previous: bool
    edge: Edge
    key: Key
    roles: frozenset[Role]
    arguments: Mapping[str, Any]

    @property
    def shown(self) -> list[Any]:
        """The rows of this page."""
        return self.rows[: self.first]

    @property
    def counting(self) -> "Reading":
        """What reads how many rows there are over all pages."""
        kept = {name: value for name, value in self.arguments.items() if name in self.edge.narrowing}
        return Reading(self.edge, tuple(sorted(kept.items())), counting=True)

    def cursor(self, row: Any) -> str:
        """Where the row stands in the edge's order."""
        return urlsafe_b64encode(orjson.dumps([row[name] for name, _ in self.edge.order])).decode()


def _cursor_value(value: Any, type_: Any) -> Any:
    """A value of a cursor as its column keeps it; ValueError for what PostgreSQL could not compare with one."""
    if isinstance(type_, Date):
        return date.fromisoformat(value)
    if type(value) is not type_.python_type or (isinstance(value, str) and "\0" in value):
        raise ValueError(value)
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise ValueError(value)
    return value


def _seek(order: tuple[tuple[str, Any], ...], cursor: str | None) -> dict[str, Any]:
    if cursor is None:
        return {}
    try:
        values = orjson.loads(urlsafe_b64decode(cursor))
        converted = [_cursor_value(value, column.type) for value, (_, column) in zip(values, order, strict=True)]
    except (binascii.Error, ValueError, TypeError) as error:
        raise bad_input("Неизвестная отметка страницы.", "after") from error
    return {f"after{position}": value for position, value in enumerate(converted)}


def keys_param(position: int, type_: Any = BigInteger) -> Any:
    """The array of the parents' keys."""
    return bindparam(f"key{position}", type_=ARRAY(type_))


def argument(name: str, type_: Any = BigInteger) -> Any:
    """An argument of the edge, bound when it runs."""
    return bindparam(name, type_=type_)


Filters = Mapping[str, ColumnElement[bool]]
Shape = Callable[[Select[Any]], Select[Any]]


def _narrow(query: Select[Any], filters: Filters, given: frozenset[str]) -> Select[Any]:
    return query.where(*(condition for name, condition in filters.items() if name in given))


def _keyed(query: Select[Any], keys: Sequence[Any]) -> Select[Any]:
    """Narrow to the parents' keys, and give each row's key beside it."""
    query = query.add_columns(*(key.label(f"_key{position}") for position, key in enumerate(keys)))
    if len(keys) == 1:
        return query.where(keys[0] == any_(keys_param(0, keys[0].type)))
    parents = parent_keys(*(key.type for key in keys))
    return query.where(tuple_(*keys).in_(select(*parents.c)))


def parent_keys(*types: Any) -> Any:
    """The parents' keys as a table with the columns `key0`, `key1`, …."""
    arrays = [keys_param(position, type_) for position, type_ in enumerate(types)]
    return func.unnest(*arrays).table_valued(*(f"key{position}" for position in range(len(types)))).render_derived()


def is_unique(model: Any, names: Iterable[str]) -> bool:
    """Whether no two rows of a school have the same values in these columns of a model."""
    table = model.__table__
    given = {*names, "school_id"}
    constraints = [each for each in table.constraints if isinstance(each, PrimaryKeyConstraint | UniqueConstraint)]
    return any({column.name for column in each.columns} <= given for each in constraints)


def to_one(
    scope: Scope,
    *key: Any,
    of: str | Sequence[str],
    shape: Shape | None = None,
    filters: Filters | None = None,
    columns: Sequence[Any] = (),
) -> Edge:
    """An edge to one row: `key` are the columns that the parent's attributes `of` must equal.

    `shape` may join what narrows the rows, `columns` are given beside the scope's own.
    """

    def rows(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
        query = scope.for_roles(roles).add_columns(*columns)
        return shape(query) if shape else query

    def build(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
        return _keyed(_narrow(rows(roles, given), filters or {}, given), key)

    single = not shape and not filters and is_unique(key[0].class_, (column.key for column in key))
    return Edge(scope, (of,) if isinstance(of, str) else tuple(of), build, lookup=Lookup(rows, key) if single else None)


@cache
def to_beside(scope: Scope, name: str) -> Edge | None:
    """The edge from a type's rows to what stands beside them under `name`, where many of them may share it.

    Who sees a row sees what its scope puts beside it.
    """
    if not isinstance(scope.base, Rows):
        return None
    beside = next((each for each in scope.base.beside if name in each.adds), None)
    shared = beside and beside.of and not is_unique(scope.base.model, (beside.of,))
    return _to_beside(scope, beside) if beside and shared else None


@cache
def _to_beside(scope: Scope, beside: Beside) -> Edge:
    def build(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
        added = [getattr(beside.model, attribute).label(name) for name, attribute in beside.adds.items()]
        return _keyed(select(*added).where(of_school(beside.model)), (beside.model.id,))

    return Edge(scope, (str(beside.of),), build)


def to_many(
    scope: Scope,
    *key: Any,
    of: str | Sequence[str],
    order: Sequence[Any] | Callable[[frozenset[Role]], Sequence[Any]],
    shape: Shape | None = None,
    filters: Filters | None = None,
) -> Edge:
    """An edge to a list of rows that is never longer than a class or so. `order` may depend on the viewer's roles."""

    def build(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
        query = scope.for_roles(roles)
        query = shape(query) if shape else query
        steps = order(roles) if callable(order) else order
        return _keyed(_narrow(query, filters or {}, given), key).order_by(*steps)

    return Edge(scope, (of,) if isinstance(of, str) else tuple(of), build, many=True)


def to_page(
    scope: Scope,
    key: Any,
    *,
    of: str,
    order: Mapping[str, Any],
    shape: Shape | None = None,
    filters: Filters | None = None,
) -> Edge:
    """An edge to a connection: `first` rows of each parent `after` a cursor, in `order` (attribute → column)."""
    steps = tuple(order.items())

    def narrowed(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
        query = scope.for_roles(roles)
        query = shape(query) if shape else query
        return _narrow(query, filters or {}, given)

    def build(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
        parents = parent_keys(key.type)
        query = narrowed(roles, given).where(key == parents.c.key0)
        if "after" in given:
            bound = [argument(f"after{position}", column.type) for position, (_, column) in enumerate(steps)]
            query = query.where(tuple_(*(column for _, column in steps)) > tuple_(*bound))
        query = query.order_by(*(column for _, column in steps)).limit(argument("limit"))
        rows = scope.base if isinstance(scope.base, Rows) else None
        page = (rows.cut(query, order) if rows else query).lateral("page")
        whole = select(*page.c, parents.c.key0.label("_key0")).select_from(parents.join(page, true()))
        return rows.complete(whole, page) if rows else whole

    def count(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
        query = narrowed(roles, given).with_only_columns(key.label("_key0"), func.count().label("total"))
        return query.where(key == any_(keys_param(0, key.type))).group_by(key)

    return Edge(scope, (of,), build, order=steps, paged=True, count=count, narrowing=frozenset(filters or ()))


def joined(model: Any, *on: Any) -> Shape:
    """A shape that joins another table on the way."""
    return lambda query: query.join(model, and_(*on))
