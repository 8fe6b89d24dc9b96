"""The command line, on a database of its own: a school begins, and its administrator signs in."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from typer.testing import CliRunner, Result

from server.app import create_app
from server.cli import app
from server.settings import Settings

from .conftest import KEY, clone, drop

PERSON = [
    "--family-name", "Иванова", "--given-name", "Анна", "--birth-date", "1980-01-31", "--time-zone", "Asia/Barnaul",
]  # fmt: skip


@pytest.fixture
def url(cluster: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """An empty database that the commands are pointed at."""
    url = asyncio.run(clone(cluster))
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("CLASSBOOK_DATA", str(tmp_path))
    yield url
    asyncio.run(drop(cluster, url))


def run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words), env={"COLUMNS": "200"})


def create_admin(login: str, school: str, password: str = "a long password", *more: str) -> Result:
    return run("create-admin", "--login", login, "--school", school, "--password", password, *PERSON, *more)


def fetch(url: str, query: str) -> list[Any]:
    async def ask() -> list[Any]:
        connection = await asyncpg.connect(url)
        try:
            return await connection.fetch(query)
        finally:
            await connection.close()

    return asyncio.run(ask())


def test_a_school_begins(url: str) -> None:
    made = create_admin("Admin", "63", "a long password", "--school-name", "Школа № 63")
    assert made.exit_code == 0, made.output
    assert create_admin("second", "63").exit_code == 0
    assert [tuple(row) for row in fetch(url, "SELECT code, name FROM school")] == [("63", "Школа № 63")]
    assert fetch(url, "SELECT count(*) FROM academic_year")[0][0] == 1
    assert fetch(url, "SELECT count(*) FROM period")[0][0] == 6

    async def sign_in() -> Any:
        running = create_app(url, KEY, Settings())
        transport = httpx.ASGITransport(running)
        async with running.router.lifespan_context(running), httpx.AsyncClient(transport=transport) as client:

            async def ask(query: str, token: str = "") -> Any:
                headers = {"authorization": f"Bearer {token}"} if token else {}
                answer = await client.post("http://school/graphql", json={"query": query}, headers=headers)
                return answer.json()["data"]

            issued = await ask(
                'mutation { logIn(input: {login: " admin ", password: "a long password", school: "63"}) '
                "{ ... on LogInPayload { accessToken } } }"
            )
            return await ask(
                "{ me { roles } school { name currentYear { periods { name } holidays { name } } } }",
                issued["logIn"]["accessToken"],
            )

    found = asyncio.run(sign_in())
    assert found["me"]["roles"] == ["ADMINISTRATOR"]
    assert len(found["school"]["currentYear"]["periods"]) == 6


def test_a_school_begins_in_the_year_of_the_clock(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLASSBOOK_NOW", "2025-09-01T08:00+07:00")
    assert create_admin("admin", "63").exit_code == 0
    assert [row["name"] for row in fetch(url, "SELECT name FROM academic_year")] == ["2025/2026"]
    assert str(fetch(url, "SELECT starts_on FROM account_role")[0]["starts_on"]) == "2025-09-01"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("admin", "63", "short"), "Пароль"),
        (("ADMIN ", "63"), "Такой логин уже есть"),
        (("other", "64", "a long password", "--time-zone", "Nowhere/Else"), "часовой пояс"),
    ],
)
def test_a_bad_administrator_is_refused(url: str, words: tuple[str, ...], message: str) -> None:
    assert create_admin("admin", "63").exit_code == 0
    refused = create_admin(*words)
    assert refused.exit_code == 2
    assert message in refused.output
    assert fetch(url, "SELECT count(*) FROM account")[0][0] == 1
    assert fetch(url, "SELECT count(*) FROM school")[0][0] == 1


def test_migrations_go_back_and_forth(url: str) -> None:
    assert run("migrate").exit_code == 0
    assert run("migrate", "base").exit_code == 0
    assert fetch(url, "SELECT to_regclass('school')")[0][0] is None
    assert run("migrate").exit_code == 0
    assert fetch(url, "SELECT to_regclass('school')")[0][0] == "school"


def test_the_schema_of_a_role_is_its_snapshot() -> None:
    snapshots = Path(__file__).parent / "sdl"
    assert run("schema", "--role", "parent").output.strip() == (snapshots / "parent.graphql").read_text().strip()
    assert run("schema").output.strip() == (snapshots / "whole.graphql").read_text().strip()
