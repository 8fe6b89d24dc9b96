"""The database under test: the full demo school in a PostgreSQL of our own, sessions, and the statements it is sent."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
from rich.console import Console
from rich.progress import Progress

from migrations.run import upgrade
from resolvers.account import _BY_SESSION
from resolvers.account_tokens import Claims, Tokens
from server.demo import DemoExists, make_demo
from server.postgres import embedded

from .processes import parent_of
from .queries import QUERIES, variables

SECRET = "the key of the benchmark's tokens, and of nothing else"  # noqa: S105
LIFE = timedelta(days=2)

OPEN_SESSION = """
INSERT INTO session (school_id, account_id, device, created_at, refreshed_at, expires_at)
SELECT school_id, id, 'bench', $2::timestamptz, $2, $3 FROM account WHERE login = $1
RETURNING school_id, id, generation
"""
LOGGED = re.compile(r"^(\d+) LOG:  (?:statement|execute [^:]*): *(.*)")
HOUSEKEEPING = re.compile(
    r"(?i)(begin|start|commit|rollback|abort|set|reset|discard|deallocate|savepoint|release|close|unlisten)\b"
    r"|select (pg_catalog\.)?(set_config|pg_advisory_unlock_all)"
)


@dataclass
class Database:
    """What the contestants are given."""

    url: str
    version: str
    postmaster: int | None
    log: Path | None
    viewer_sql: Path
    tokens: dict[str, str]
    variables: dict[str, dict[str, str]]


@contextmanager
def running(folder: Path, url: str | None) -> Iterator[tuple[str, Path | None]]:
    """The URL of the database, and its log where it is ours to read."""
    if url:
        yield url, None
        return
    with embedded(folder / "postgres") as own:
        yield own, folder / "postgres" / "log"


async def prepare(url: str, log: Path | None, folder: Path, console: Console) -> Database:
    """Bring the database up to date, make the school if it is missing, and open a session for each login."""
    await upgrade(url)
    connection = await asyncpg.connect(url)
    try:
        with Progress(console=console) as progress:
            try:
                await make_demo(connection, progress=progress)
            except DemoExists:
                console.print("The demo school is there already.")
        await connection.execute("VACUUM ANALYZE")
        return await _gather(connection, url, log, folder)
    finally:
        await connection.close()


async def _gather(connection: Any, url: str, log: Path | None, folder: Path) -> Database:
    now = datetime.now(UTC)
    signer, tokens, school = Tokens(SECRET, LIFE, LIFE), {}, 0
    for login in {query.login for query in QUERIES.values()}:
        school, session, generation = await connection.fetchrow(OPEN_SESSION, login, now, now + LIFE)
        tokens[login] = signer.issue(Claims(school, session, generation), now).access_token
    viewer_sql = folder / "viewer.sql"
    viewer_sql.write_text(_BY_SESSION.text)
    return Database(
        url,
        await connection.fetchval("SHOW server_version"),
        _postmaster(await connection.fetchval("SELECT pg_backend_pid()")),
        log,
        viewer_sql,
        tokens,
        {query.name: await variables(connection, school, query) for query in QUERIES.values()},
    )


def _postmaster(backend: int) -> int | None:
    """The server's main process, if it runs on this machine."""
    try:
        own = Path(f"/proc/{backend}/comm").read_text().strip() == "postgres"
        return parent_of(backend) if own else None
    except OSError:
        return None


@contextmanager
def statements_logged(url: str) -> Iterator[None]:
    """Every statement goes to PostgreSQL's log while the block lasts."""
    import asyncio

    async def switch(*orders: str) -> None:
        connection = await asyncpg.connect(url)
        try:
            for order in orders:
                await connection.execute(order)
            await connection.execute("SELECT pg_reload_conf()")
        finally:
            await connection.close()
        time.sleep(0.3)  # noqa: ASYNC251 -- nothing else runs: until every backend has heard of it

    asyncio.run(switch("ALTER SYSTEM SET log_statement = 'all'", "ALTER SYSTEM SET log_line_prefix = '%p '"))
    try:
        yield
    finally:
        asyncio.run(switch("ALTER SYSTEM RESET log_statement", "ALTER SYSTEM RESET log_line_prefix"))


def statements_since(log: Path, position: int) -> tuple[int, int]:
    """How many statements the log has since then, and how much housekeeping (BEGIN, ROLLBACK, SET …) beside them."""
    with log.open("rb") as file:
        file.seek(position)
        lines = file.read().decode(errors="replace").splitlines()
    orders = [match[2] for line in lines if (match := LOGGED.match(line))]
    beside = sum(1 for order in orders if HOUSEKEEPING.match(order))
    return len(orders) - beside, beside
