"""Edges: how to get from rows of one type to rows of another, declared once and always run in batches.

An edge stands on the scope of the type it leads to, so nothing can be reached past the viewer's own rows. Its statement
takes the keys of all parents at once; its text depends on the viewer's roles and on which optional arguments are given,
and is written once for each such case.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from operator import itemgetter
from typing import Any, Protocol

import orjson
from sqlalchemy import Date, DateTime, Select

from permissions.scopes import Rows, Scope
from permissions.viewer import Viewer
from rules.account import Role
from rules.refusals import bad_input

from .database import Read, Row, Snapshot, Statement, compile_statement, row_class

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


def reads(reader: Reader) -> Read:
    """What runs a statement of a rare question in the request's snapshot: it is written anew each time."""

    async def read(statement: Any, **parameters: Any) -> list[Any]:
        given = {**reader.viewer.parameters(), **parameters}
        return await reader.snapshot.fetch(compile_statement(statement), given)

    return read


@cache
def row_class_of(scope: Scope) -> type[Row]:
    """The one row class of a scope's type."""
    return row_class(scope.type_name)


@dataclass(frozen=True, eq=False)
class Edge:
    """An edge: from parents' keys to rows.

    scope: the rows it may lead to. of: the parent's attributes that make the key. build: the statement for a set of
    roles and of given arguments; it binds `key0`, `key1`, … as arrays, one item a parent, and gives each row's key as
    columns `_key0`, `_key1`, …. many: a list of rows for each key, else one row or None: the last where there are
    several, and `single` promises that there never are. paged: pages in the edge's order instead of lists, with `bare`
    to read nothing that stands beside the rows, `count` to count them, and `narrowing` as the arguments that a count
    depends on. gather: what to make of a key's list of rows. lookup: the same rows without the parents' keys, and the
    columns that must equal a key, where at most one row does: another statement may then join it. So the outermost
    SELECT of no edge groups rows or drops duplicates.

    Edges of one `build` have the same rows: where their gates and arguments are the same too, they are read once.
    """

    scope: Scope
    of: tuple[str, ...]
    build: Build
    many: bool = False
    single: bool = False
    order: tuple[tuple[str, Any], ...] = ()
    paged: bool = False
    bare: Build | None = None
    count: Build | None = None
    narrowing: frozenset[str] = frozenset()
    gather: "Gather | None" = None
    lookup: "Lookup | None" = None
    _statements: dict[Any, Statement] = field(default_factory=dict, repr=False)

    def __call__(self, **arguments: Any) -> "Reading":
        """The edge with these arguments; None stands for an argument that was not given."""
        if self.gather and self.gather.arguments and not arguments.keys() <= {*self.gather.arguments}:
            raise TypeError("what gathers rows by its arguments has none for the statement")
        return Reading(self, tuple(sorted((k, v) for k, v in arguments.items() if v is not None)))

    def statement(self, roles: frozenset[Role], given: frozenset[str], counting: bool = False) -> Statement:
        """The compiled statement, written on first use."""
        case = (roles & self.scope.roles, given, counting)
        if case not in self._statements:
            build = self.count if counting and self.count else self.build
            self._statements[case] = compile_statement(build(*case[:2]))
        return self._statements[case]

    async def lists(
        self, reader: Reader, roles: frozenset[Role], arguments: Mapping[str, Any], keys: Sequence[Key]
    ) -> list[list[Any]]:
        """The rows of each key, in the order of `keys`, in one statement."""
        rows = await self._rows(reader, roles, arguments, keys)
        lists: dict[Key, list[Any]] = {key: [] for key in keys}
        for row in rows:
            lists[key_of(row, len(self.of))].append(row)
        if self.paged and beside(self.scope):
            in_order(lists.values(), *(name for name, _ in self.order))
        return [lists[key] for key in keys]

    def arrange(
        self,
        key: Key,
        rows: list[Any],
        roles: frozenset[Role],
        arguments: Mapping[str, Any],
        columns: Sequence[str | int] = (),
    ) -> Any:
        """What a key leads to, made of its rows: the list, the one row, a page, or what `gather` makes, whose columns
        may have other names or places in these rows.
        """
        if self.paged:
            return Page(rows, arguments["first"], "after" in arguments, self, key, roles, arguments)
        if not self.gather:
            return rows if self.many else rows[-1] if rows else None
        values = ([row[column] for row in rows] for column in columns or self.gather.columns)
        asked = {name: arguments.get(name) for name in self.gather.arguments}
        if self.gather.by_key:
            return self.gather.make(key, rows, *values, **asked)
        return self.gather.make(rows, *values, **asked)

    @property
    def states(self) -> bool:
        """Whether its arguments are the statement's."""
        return not (self.gather and self.gather.arguments)

    def bound(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments as the statement binds them: a cursor becomes the values it stands for."""
        if not self.paged:
            return dict(arguments) if self.states else {}
        return {**arguments, **seek(self.order, arguments.get("after")), "limit": arguments["first"] + 1}

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
        statement = self.statement(allowed, frozenset(arguments if self.states else ()), counting)
        parameters = {**reader.viewer.parameters(), **(arguments if counting else self.bound(arguments))}
        for position in range(len(self.of)):
            parameters[f"key{position}"] = [key[position] for key in keys]
        return await reader.snapshot.fetch(statement, parameters, row_class_of(self.scope))


def beside(scope: Scope) -> frozenset[str]:
    """The columns that a statement of all rows' columns joins from beside them."""
    base = scope.base
    return frozenset(name for each in base.beside for name in each.adds) if isinstance(base, Rows) else frozenset()


def in_order(lists: Iterable[list[Any]], *columns: str | int) -> None:
    """Put the rows of pages in their order: once they are cut, rows to which others are joined may lose it."""
    by = itemgetter(*columns)
    for rows in lists:
        try:
            rows.sort(key=by)
        except TypeError:  # nulls, which PostgreSQL puts last
            rows.sort(key=lambda row: [(row[column] is None, row[column]) for column in columns])


@dataclass(frozen=True)
class Gather:
    """What an edge makes of a key's rows, with their values in each of the columns; of the key, too, if `by_key`; and
    of those of the edge's arguments that are named, None for one that was not given. They are then all its arguments:
    the statement has none, and reads what it reads for any other edge that stands on it.
    """

    make: Callable[..., Any]
    columns: tuple[str, ...]
    by_key: bool = False
    arguments: tuple[str, ...] = ()


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

    @property
    def read(self) -> Hashable:
        """What has to be read: readings that have it in common differ only in what they make of the rows."""
        return self.edge.build, self.arguments if self.edge.states else (), self.counting

    async def batch(self, reader: Reader, roles: frozenset[Role], keys: Sequence[Key]) -> list[Any]:
        """What was read for each key: its rows, or how many they are."""
        run = self.edge.total if self.counting else self.edge.lists
        return list(await run(reader, roles, dict(self.arguments), keys))

    def made(self, read: Any, key: Key, roles: frozenset[Role]) -> Any:
        """What a key leads to, made of what was read for it."""
        return read if self.counting else self.edge.arrange(key, read, roles, dict(self.arguments))


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
    if isinstance(type_, DateTime):
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError
        return moment
    # The error says nothing of the value: a name may stand in a cursor, and errors are logged.
    if type(value) is not type_.python_type or (isinstance(value, str) and "\0" in value):
        raise ValueError
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise ValueError
    return value


def seek(order: tuple[tuple[str, Any], ...], cursor: str | None) -> dict[str, Any]:
    """A cursor as the statement binds it: `after0`, `after1`, …."""
    if cursor is None:
        return {}
    try:
        values = orjson.loads(urlsafe_b64decode(cursor))
        converted = [_cursor_value(value, column.type) for value, (_, column) in zip(values, order, strict=True)]
    except (binascii.Error, ValueError, TypeError):
        raise bad_input("Неизвестная отметка страницы.", "after") from None
    return {f"after{position}": value for position, value in enumerate(converted)}
