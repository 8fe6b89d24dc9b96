"""The door to PostgreSQL: SQLAlchemy writes a statement once, asyncpg runs it, rows come back light."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

import asyncpg
import orjson
from sqlalchemy import Dialect, Executable
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.sql.compiler import FROM_LINTING, SQLCompiler
from sqlalchemy.util import LRUCache

_DIALECT: Dialect = dialect()  # type: ignore[no-untyped-call]
_KEPT: LRUCache[Any, SQLCompiler] = LRUCache(1_000)


class Row(asyncpg.Record):
    """A row whose columns read as attributes. `type_name` tells GraphQL which type it belongs to."""

    type_name = ""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


def row_class(type_name: str) -> type[Row]:
    """The class of the rows of one GraphQL type."""
    return type(type_name, (Row,), {"type_name": type_name})


@dataclass(frozen=True, slots=True)
class Statement:
    """A compiled statement: its text, the names of its parameters in order, and the constants among them."""

    text: str
    names: tuple[str, ...]
    constants: Mapping[str, Any]

    def arguments(self, parameters: Mapping[str, Any]) -> list[Any]:
        """The values to send, in order."""
        constants = self.constants
        return [parameters[name] if name in parameters else constants[name] for name in self.names]


def compile_statement(executable: Executable) -> Statement:
    """Write the statement's text. Costs a millisecond or so: whatever is asked often keeps the result."""
    # A forgotten join would multiply rows without an error: the linter makes it a warning, which fails the tests.
    compiled: SQLCompiler = executable.compile(dialect=_DIALECT, linting=FROM_LINTING)  # type: ignore[attr-defined]
    constants = {name: value for name, value in compiled.params.items() if not compiled.binds[name].required}
    return Statement(str(compiled), tuple(compiled.positiontup or ()), constants)


def kept_statement(executable: Any) -> Statement:
    """The same of a statement that is built anew each time: what was compiled of another of its form serves again."""
    key = executable._generate_cache_key()
    if key is None:
        return compile_statement(executable)
    compiled = _KEPT.get(key.key)
    if compiled is None:
        compiled = executable.compile(dialect=_DIALECT, linting=FROM_LINTING, cache_key=key)
        _KEPT[key.key] = compiled
    values = compiled.construct_params(extracted_parameters=key.bindparams, _check=False)
    constants = {name: value for name, value in values.items() if not compiled.binds[name].required}
    return Statement(compiled.string, tuple(compiled.positiontup or ()), constants)


def sql_name(type_: Any) -> str:
    """What PostgreSQL calls a type."""
    return str(type_.compile(dialect=_DIALECT))


Read = Callable[..., Awaitable[list[Any]]]
"""Runs a statement for the viewer, with these parameters beside their reach."""


_NOTHING = Statement("SELECT", (), {})


class SnapshotOver(Exception):
    """The request has been answered: nobody waits for what is read now."""


@dataclass(frozen=True)
class Cap:
    """How much composed statements may take. cost: those of a snapshot together, by PostgreSQL's own estimate, before
    they run; seconds: each, while it does.
    """

    cost: float
    seconds: float


class TooCostly(Exception):
    """The statement has not been run."""


class TooLong(Exception):
    """The statement was broken off."""


PAST = "past, "
"""The schema whose views show what stood: before the tables of the same names, statements find it first."""


class Snapshot:
    """One read-only REPEATABLE READ transaction, opened by the first statement; statements on it run in turn.

    Each may read what stood at another moment: the statement is the same, and finds in the place of the tables of the
    journal the views that show their versions (`migrations/past.py`).
    """

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._connection: Any = None
        self._begun = False
        self._over = False
        self._moment: datetime | None = None
        self._turn = asyncio.Lock()
        self._spent = 0.0
        self.statements = 0

    async def fetch(
        self,
        statement: Statement,
        parameters: Mapping[str, Any],
        row: type[Row] = Row,
        *,
        alone: bool = False,
        moment: datetime | None = None,
    ) -> list[Any]:
        """The rows of a statement, as `row`s. `alone`: no other has to see the same, so it needs no transaction.
        `moment`: as they stood then.
        """
        async with self._turn:
            if self._over:
                raise SnapshotOver
            if self._connection is None:
                self._connection = await self._pool.acquire()
            if not self._begun and not (alone and moment is None):
                await self._connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                self._begun = True
            if moment != self._moment:
                await self._turn_to(moment)
            self.statements += 1
            # Of its own text, so that a statement of the past is prepared by itself: its plan is another.
            text = statement.text if moment is None else f"/* past */ {statement.text}"
            rows: list[Any] = await self._connection.fetch(text, *statement.arguments(parameters), record_class=row)
            return rows

    async def fetch_capped(self, statement: Statement, parameters: Mapping[str, Any], cap: Cap) -> list[Any]:
        """The rows of a statement that somebody has composed: `TooCostly` before it runs, `TooLong` while it does.

        Those of one snapshot together cost no more than one may: a query can ask for as many as it likes.

        What else is read in the snapshot stands behind a savepoint, so that it can go on.
        """
        await self.fetch(_NOTHING, {})
        async with self._turn:
            if self._over:
                raise SnapshotOver
            given = statement.arguments(parameters)
            connection = self._connection
            plan = await connection.fetchval(f"EXPLAIN (FORMAT JSON) {statement.text}", *given)
            cost = orjson.loads(plan)[0]["Plan"]["Total Cost"]
            if self._spent + cost > cap.cost:
                raise TooCostly
            self._spent += cost
            self.statements += 1
            await connection.execute(
                f"SAVEPOINT capped; SET LOCAL statement_timeout = {max(1, int(cap.seconds * 1000))}"
            )
            try:
                rows: list[Any] = await connection.fetch(statement.text, *given, record_class=Row)
            except asyncpg.QueryCanceledError:
                raise TooLong from None
            finally:
                await connection.execute("ROLLBACK TO capped; RELEASE capped")
            return rows

    async def _turn_to(self, moment: datetime | None) -> None:
        """Let what follows in the transaction read what stood at `moment`, or what stands."""
        place = "replace(current_setting('search_path'), $1, '')"
        if moment is not None:
            place = f"$1 || {place}"
        await self._connection.execute(
            f"SELECT set_config('search_path', {place}, true), set_config('classbook.as_of', $2, true)",
            PAST,
            moment.isoformat() if moment else "",
        )
        self._moment = moment

    async def close(self) -> None:
        """End the transaction. The next statement opens a new one, which sees what has been written since."""
        if self._connection is None and not self._turn.locked():
            return
        async with self._turn:
            connection, self._connection = self._connection, None
            begun, self._begun = self._begun, False
            self._moment = None
            self._spent = 0.0
            if connection is not None:
                try:
                    if begun:
                        await connection.execute("ROLLBACK")
                finally:
                    await self._pool.release(connection)

    async def end(self) -> None:
        """Give the connection back for good. What graphql-core still loads after an error must not take another."""
        self._over = True
        await self.close()


class Past(Snapshot):
    """The same snapshot as those read it who ask what stood at a moment."""

    def __init__(self, snapshot: Snapshot, moment: datetime) -> None:
        self._snapshot = snapshot
        self._at = moment

    async def fetch(
        self,
        statement: Statement,
        parameters: Mapping[str, Any],
        row: type[Row] = Row,
        *,
        alone: bool = False,
        moment: datetime | None = None,
    ) -> list[Any]:
        """The rows of a statement as they stood."""
        return await self._snapshot.fetch(statement, parameters, row, moment=moment or self._at)

    async def close(self) -> None:
        """End the transaction."""
        await self._snapshot.close()


class Transaction:
    """A command's transaction. Its statements are SQLAlchemy's, with their values inside."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    async def fetch(self, executable: Executable, **parameters: Any) -> list[Any]:
        """All rows."""
        statement = kept_statement(executable)
        rows: list[Any] = await self.connection.fetch(
            statement.text, *statement.arguments(parameters), record_class=Row
        )
        return rows

    async def first(self, executable: Executable, **parameters: Any) -> Any:
        """The first row, or None."""
        rows = await self.fetch(executable, **parameters)
        return rows[0] if rows else None

    async def execute(self, executable: Executable, **parameters: Any) -> None:
        """Run it for its effect."""
        statement = kept_statement(executable)
        await self.connection.execute(statement.text, *statement.arguments(parameters))


PLANNING = {
    "plan_cache_mode": "force_generic_plan",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "random_page_cost": "1.1",
}
"""A statement is planned once a connection: it finds its rows by keys, so no plan is better for some keys than for
others, and planning a page of a journal costs more than reading it. One process reads it: the parts of a merged
statement come one after another, each in its order. What a school reads lies in memory, or on a disk that has no head
to move: a row found by its key costs hardly more than the next one of a scan."""


MOST_STATEMENTS = 200
"""How many statements, of any length, a connection keeps prepared: those run last."""


async def _reset(connection: Any) -> None:
    """Make a connection fit for the next who takes it: nothing of ours outlives its transaction."""
    if connection.is_in_transaction():
        await connection.reset()


async def _prepare(connection: Any) -> None:
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", encoder=lambda value: orjson.dumps(value).decode(), decoder=orjson.loads
    )


class Database:
    """The pool of connections."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool

    @classmethod
    async def open(cls, url: str, size: int = 10) -> Self:
        """Connect. A connection that fails to answer within ten seconds is an error, not a wait."""
        pool = await asyncpg.create_pool(
            url,
            min_size=1,
            max_size=size,
            init=_prepare,
            reset=_reset,
            timeout=10,
            server_settings=PLANNING,
            statement_cache_size=MOST_STATEMENTS,
            max_cacheable_statement_size=0,
            max_cached_statement_lifetime=0,
            max_inactive_connection_lifetime=0,  # its timer would be set and cleared at every request
        )
        return cls(pool)

    async def close(self) -> None:
        """Wait for what is under way, then disconnect."""
        await self.pool.close()

    def snapshot(self) -> Snapshot:
        """A new snapshot; it takes a connection when it is first read."""
        return Snapshot(self.pool)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """A transaction that commits at the end of the block and rolls back on any exception."""
        async with self.pool.acquire() as connection, connection.transaction():
            yield Transaction(connection)
