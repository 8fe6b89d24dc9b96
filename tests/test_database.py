"""What the catalogue says of the tables, and the migrations there and back on two versions of PostgreSQL."""

from collections.abc import Iterator

import asyncpg
import pytest
from sqlalchemy import CheckConstraint

from migrations.run import differences, downgrade, upgrade
from models import Base

from .conftest import own_server

KEYS = """
SELECT c.conrelid::regclass::text AS "table", c.conname AS name, c.contype::text AS kind,
       (SELECT attname FROM pg_attribute WHERE attrelid = c.conrelid AND attnum = c.conkey[1]) AS first
FROM pg_constraint AS c
JOIN pg_namespace AS n ON n.oid = c.connamespace
WHERE n.nspname = 'public' AND c.contype IN ('p', 'u', 'f')
"""
INDEXES = """
SELECT i.indrelid::regclass::text AS "table", i.indexrelid::regclass::text AS name, a.attname AS first
FROM pg_index AS i
JOIN pg_class AS t ON t.oid = i.indrelid
JOIN pg_namespace AS n ON n.oid = t.relnamespace
JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
WHERE n.nspname = 'public'
"""
DIRECTORY = {("school", "school_code_key"), ("alembic_version", "alembic_version_pkc")}
"""Exempt: the directory in which a sign-in finds a school by its code, and the migrations' own table."""


async def test_school_leads_every_key(connection: asyncpg.Connection) -> None:
    """So that no row refers to another school's, and the tables distribute by school without a change."""
    keys = [row for row in await connection.fetch(KEYS) if (row["table"], row["name"]) not in DIRECTORY]
    assert len(keys) > 100
    assert [f"{row['table']}.{row['name']}" for row in keys if row["first"] != "school_id"] == []
    indexes = [row for row in await connection.fetch(INDEXES) if (row["table"], row["name"]) not in DIRECTORY]
    assert [row["name"] for row in indexes if row["first"] != "school_id"] == []


async def test_every_table_has_a_school(connection: asyncpg.Connection) -> None:
    tables = await connection.fetch(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_name NOT IN "
        "(SELECT table_name FROM information_schema.columns WHERE column_name = 'school_id')"
    )
    assert [row["table_name"] for row in tables] == ["alembic_version"]


async def test_models_and_migrations_agree(database_url: str) -> None:
    assert await differences(database_url) == []


@pytest.fixture(params=[16, 18])
def fresh_server(request: pytest.FixtureRequest) -> Iterator[str]:
    """A server of its own, of the oldest version that is supported and of ours."""
    with own_server(request.param) as url:
        yield url


async def test_migrations_up_and_down(fresh_server: str) -> None:
    await upgrade(fresh_server)
    assert await differences(fresh_server) == []
    await downgrade(fresh_server, "base")
    connection = await asyncpg.connect(fresh_server)
    left = await connection.fetchval(
        "SELECT count(*) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace "
        "WHERE nspname = 'public' AND relname NOT LIKE 'alembic%'"
    )
    functions = await connection.fetchval("SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace")
    await connection.close()
    assert (left, functions) == (0, 0)
    await upgrade(fresh_server)
    assert await differences(fresh_server) == []


async def test_russian_alphabet(connection: asyncpg.Connection) -> None:
    """Ё stands beside е, й after и, and case does not matter, whatever the database's locale."""
    names = ["Яшин", "Ёлкин", "Егоров", "Елкина", "йод", "Иванов", "Жуков", "Ершов"]
    rows = await connection.fetch(
        'SELECT name FROM unnest($1::text[]) AS name ORDER BY russian_key(name) COLLATE "C"', names
    )
    assert [row["name"] for row in rows] == ["Егоров", "Ёлкин", "Елкина", "Ершов", "Жуков", "Иванов", "йод", "Яшин"]


async def test_checks_of_models_are_in_the_database(connection: asyncpg.Connection) -> None:
    """Comparing models and database leaves out check constraints: closed lists of words, and dates in order."""
    rows = await connection.fetch("SELECT conname FROM pg_constraint WHERE contype = 'c'")
    declared = {
        str(constraint.name)
        for table in Base.metadata.tables.values()
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
    }
    assert {row["conname"] for row in rows} >= declared


async def test_what_is_never_deleted_is_not_emptied(connection: asyncpg.Connection) -> None:
    """A TRUNCATE fires no trigger for rows: wherever a DELETE is refused, it is refused as well."""
    query = "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgfoid = 'refuse_change'::regproc AND tgtype & $1 > 0"
    deleted, emptied = [{row[0] for row in await connection.fetch(query, bit)} for bit in (8, 32)]
    assert len(emptied) > 5
    assert deleted <= emptied
    for table in emptied:
        with pytest.raises(asyncpg.RestrictViolationError):
            async with connection.transaction():
                await connection.execute(f"TRUNCATE {table} CASCADE")
