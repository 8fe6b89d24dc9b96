"""A real PostgreSQL, a small demo school in it, and clients that ask over HTTP as the people of that school."""

import asyncio
import gc
import os
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from shutil import disk_usage
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx
import pytest
from argon2 import PasswordHasher
from starlette.applications import Starlette

from migrations.run import upgrade
from resolvers import account_passwords
from resolvers.account_tokens import Claims, Tokens
from rules.changes import TOLD
from server import keeper, report_sets
from server.app import create_app
from server.demo import DEMO_NOW, SMALL, Demo, DemoSize, make_demo
from server.postgres import embedded
from server.settings import Settings

KEY = "a key that signs the tests' tokens"
SESSION = """
INSERT INTO session (school_id, account_id, created_at, refreshed_at, expires_at)
SELECT school_id, account.id, now(), now(), now() + interval '1 day' FROM account JOIN school USING (school_id)
WHERE school.code = $1 AND account.login = $2 RETURNING school_id, id
"""
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""What a client verifies who speaks no TLS: httpx reads the world's certificates for each new one otherwise."""

MEMORY = Path("/dev/shm")  # noqa: S108
ROOM = 8 << 30
"""Bytes that are free in memory where servers are put there."""

_numbers = count()


def pytest_xdist_auto_num_workers() -> int:
    """Half as many again as there are processors: each of them waits for PostgreSQL a third of its time."""
    return (3 * (os.cpu_count() or 1) + 1) // 2


def pytest_collection_finish() -> None:
    """Let the garbage collector pass by what stands for the whole run, and come less often: a quarter of its time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@pytest.fixture(scope="session", autouse=True)
def calm() -> None:
    """Let nothing work in the background: some tests count statements. Whoever tests such work begins it."""
    keeper.SEALS_EVERY = keeper.LOOKS_EVERY = keeper.REPORTS_EVERY = keeper.MENDS_EVERY = keeper.DIGESTS_EVERY = (
        24 * 3600
    )
    report_sets.LOOKS_EVERY = 24 * 3600


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> None:
    """Argon2id with little work: `real_passwords` is for tests of what a password costs."""
    account_passwords._hasher = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)


@pytest.fixture
def real_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hasher that the program has."""
    monkeypatch.setattr(account_passwords, "_hasher", PasswordHasher())


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    """The URL of a server on which databases may be made: `DATABASE_URL`'s, or one of our own."""
    if url := os.environ.get("DATABASE_URL"):
        yield url
    else:
        with own_server() as url:
            yield url


@contextmanager
def own_server(version: int = 18) -> Iterator[str]:
    """A server in a folder of its own. pytest's folders won't do: another run at the same time may clear them away.

    In memory where there is room: copies of databases are thousands of small files, which take half the time there.
    """
    roomy = MEMORY.is_dir() and disk_usage(MEMORY).free > ROOM
    with (
        TemporaryDirectory(prefix="classbook-", dir=MEMORY if roomy else None) as folder,
        embedded(Path(folder) / "postgres", version) as url,
    ):
        asyncio.run(hurry(url))
        yield url


async def hurry(url: str) -> None:
    """Let a server that is thrown away wait for no disk, and look after no table by itself."""
    connection = await asyncpg.connect(url)
    try:
        for setting in ("fsync", "full_page_writes", "synchronous_commit", "autovacuum"):
            await connection.execute(f"ALTER SYSTEM SET {setting} = off")
        await connection.execute("SELECT pg_reload_conf()")
    finally:
        await connection.close()


def named(cluster: str, name: str) -> str:
    """The URL of another database of the server."""
    return urlunsplit(urlsplit(cluster)._replace(path=f"/{name}"))


async def clone(cluster: str, template: str | None = None) -> str:
    """A new database, empty or a copy of another."""
    name = f"classbook_test_{os.getpid()}_{next(_numbers)}"
    connection = await asyncpg.connect(cluster)
    try:
        # Files are copied as they are: block by block through the log, as PostgreSQL would, takes four times as long.
        source = f' TEMPLATE "{urlsplit(template).path[1:]}" STRATEGY FILE_COPY' if template else ""
        await connection.execute(f'CREATE DATABASE "{name}"{source}')
    finally:
        await connection.close()
    return named(cluster, name)


TOLD_BY = """
SELECT DISTINCT command, kind FROM change
JOIN audit_entry AS e ON (e.school_id, e.id) = (change.school_id, audit_entry_id)
"""


async def told_unsaid(url: str) -> list[tuple[str, str]]:
    """What commands, whoever ran them here, have told beyond what `rules.changes` says of them."""
    connection = await asyncpg.connect(url)
    try:
        told = [(row["command"], row["kind"]) for row in await connection.fetch(TOLD_BY)]
    finally:
        await connection.close()
    return [(command, kind) for command, kind in told if kind not in TOLD.get(command, ())]


async def drop(cluster: str, url: str) -> None:
    """Drop a database that `clone` made: hundreds of them would fill the disk."""
    connection = await asyncpg.connect(cluster)
    try:
        await connection.execute(f'DROP DATABASE "{urlsplit(url).path[1:]}" WITH (FORCE)')
    finally:
        await connection.close()


@pytest.fixture(scope="session")
async def database_url(cluster: str) -> str:
    """A migrated database without any school. Nobody writes to it: it is copied."""
    url = await clone(cluster)
    await upgrade(url)
    return url


@pytest.fixture(scope="session")
async def empty_url(cluster: str, database_url: str) -> str:
    """A copy of it for what is undone. Numbers taken are not given back, so that no other copy is made of this one."""
    return await clone(cluster, database_url)


@pytest.fixture
async def connection(empty_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to a migrated database without any school; what the test writes is undone."""
    connection = await asyncpg.connect(empty_url)
    transaction = connection.transaction()
    await transaction.start()
    try:
        yield connection
    finally:
        await transaction.rollback()
        await connection.close()


@dataclass
class School:
    """A running application on a demo school, and the people who ask it."""

    app: Starlette
    demo: Demo
    url: str
    client: httpx.AsyncClient
    tokens: dict[str, str] = field(default_factory=dict)

    async def token(self, login: str) -> str:
        """An access token of a log-in, without the second that its password would cost."""
        if login not in self.tokens:
            async with self.app.state.database.pool.acquire() as connection:
                claims = Claims(*await connection.fetchrow(SESSION, self.demo.code, login), 1)
            tokens = Tokens(KEY, timedelta(days=1), timedelta(days=1))
            self.tokens[login] = tokens.issue(claims, datetime.now(UTC)).access_token
        return self.tokens[login]

    async def ask(
        self, query: str, variables: dict[str, Any] | None = None, *, as_: str | None = None, path: str = "/graphql"
    ) -> dict[str, Any]:
        """The answer to a query of somebody, or of nobody."""
        headers = {"authorization": f"Bearer {await self.token(as_)}"} if as_ else {}
        response = await self.client.post(path, json={"query": query, "variables": variables or {}}, headers=headers)
        answer: dict[str, Any] = response.json()
        return answer

    async def data(self, query: str, variables: dict[str, Any] | None = None, *, as_: str | None = None) -> Any:
        """The data of an answer that must have no errors."""
        answer = await self.ask(query, variables, as_=as_)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]


@asynccontextmanager
async def serving(url: str, settings: Settings) -> AsyncIterator[tuple[Starlette, httpx.AsyncClient]]:
    """The application on a database, in this process, and a client at its real HTTP door."""
    with TemporaryDirectory() as data:
        app = create_app(url, KEY, settings.model_copy(update={"data": Path(data)}))
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://school") as client,
        ):
            yield app, client


async def running(url: str, demo: Demo, settings: Settings | None = None) -> AsyncIterator[School]:
    """The application on a demo school's database, at the demo's day or the settings'."""
    settings = settings or Settings()
    settings = settings.model_copy(update={"now": settings.now or DEMO_NOW})
    async with serving(url, settings) as (app, client):
        yield School(app, demo, url, client)


async def copied(cluster: str, template: tuple[str, Demo], settings: Settings | None = None) -> AsyncIterator[School]:
    """The application on a copy of a demo school's database, for as long as it is used."""
    url = await clone(cluster, template[0])
    try:
        async for school in running(url, template[1], settings):
            yield school
        assert await told_unsaid(url) == []
    finally:
        await drop(cluster, url)


async def demo_of(cluster: str, empty: str, size: DemoSize) -> tuple[str, Demo]:
    """A database with a demo school of a size, to be copied."""
    url = await clone(cluster, empty)
    connection = await asyncpg.connect(url)
    try:
        return url, await make_demo(connection, size)
    finally:
        await connection.close()


@pytest.fixture(scope="session")
async def demo_template(cluster: str, database_url: str) -> tuple[str, Demo]:
    """A database with the small demo school. Nobody connects to it: it is copied."""
    return await demo_of(cluster, database_url, SMALL)


@pytest.fixture(scope="session")
async def hardened_template(cluster: str, demo_template: tuple[str, Demo]) -> tuple[str, Demo]:
    """The demo school and another one, both hardened for the oracle: made once a process, and copied."""
    from .oracle_people import harden  # which stands on this module

    url = await clone(cluster, demo_template[0])
    connection = await asyncpg.connect(url)
    try:
        await harden(connection, await connection.fetchval("SELECT school_id FROM school"))
    finally:
        await connection.close()
    return url, demo_template[1]


@pytest.fixture(scope="session")
async def school(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[School]:
    """The small demo school, shared by tests that only read."""
    async for school in copied(cluster, demo_template):
        yield school


@pytest.fixture
async def own_school(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[School]:
    """A small demo school of the test's own, to write in."""
    async for school in copied(cluster, demo_template):
        yield school


@pytest.fixture(scope="session")
async def golden(cluster: str, database_url: str) -> AsyncIterator[Any]:
    """The school whose reports are reckoned by hand; its tests only read."""
    from .golden_school import golden_school  # which stands on this module

    async with golden_school(cluster, database_url) as golden:
        yield golden
