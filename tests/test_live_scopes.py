"""Whoever sees a thing hears of its changes, and nobody else: the scopes of changes against those of things."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import ARRAY, BigInteger, bindparam

from models.base import Base
from models.journal_changes import Change
from permissions.journal import visible_attendance, visible_homework, visible_marks, visible_tasks
from permissions.journal_changes import visible_diary_changes, visible_page_changes
from permissions.scopes import within
from permissions.viewer import Viewer
from resolvers.account import load_viewers
from resolvers.database import compile_statement
from server.demo import Demo

from .journal_help import Journal, opened
from .live_help import session_of

THINGS = {
    "mark": visible_marks,
    "attendance": visible_attendance,
    "task": visible_tasks,
    "homework": visible_homework,
}
IDS = bindparam("ids", type_=ARRAY(BigInteger))
SOME = "SELECT id FROM {} ORDER BY id % 11, id LIMIT 250"


@pytest.fixture(scope="module")
async def journal(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Journal]:
    async with opened(cluster, demo_template) as journal:
        yield journal


async def viewers(journal: Journal) -> list[Viewer]:
    """People of the demo: all who have a name there, and some families."""
    rows = await journal.db.fetch("SELECT id FROM account WHERE person_id IS NOT NULL OR kind = 'analyst' ORDER BY id")
    named = {each.login for each in journal.school.demo.logins}
    accounts = await journal.db.fetch("SELECT id FROM account WHERE login = ANY($1)", list(named))
    for row in [*accounts, *rows[::4]]:
        await session_of(journal.db, row["id"])
    sessions = [row["id"] for row in await journal.db.fetch("SELECT id FROM session")]
    school = await journal.db.fetchval("SELECT school_id FROM school")
    app = journal.school.app.state
    snapshot = app.database.snapshot()
    try:
        clock = app.graphql.clock
        found = await load_viewers(snapshot, school, sessions, clock.now(), clock.real_now())
    finally:
        await snapshot.end()
    return list(found.values())


async def test_whoever_sees_it_hears_of_it(journal: Journal) -> None:
    cast = await viewers(journal)
    assert len({viewer.roles for viewer in cast}) > 6

    async def read(statement: Any, viewer: Viewer, **more: Any) -> list[Any]:
        compiled = compile_statement(statement)
        rows: list[Any] = await journal.db.fetch(compiled.text, *compiled.arguments({**viewer.parameters(), **more}))
        return rows

    pretended = journal.db.transaction()
    await pretended.start()
    await journal.db.execute(
        "WITH entry AS (INSERT INTO audit_entry (school_id, at, command, input)"
        " SELECT school_id, now(), 'setMarks', '{}' FROM school RETURNING id)"
        " SELECT set_config('classbook.audit_entry', id::text, true) FROM entry"
    )
    for table in THINGS:
        await journal.db.execute(f"UPDATE {table} SET version = version + 1 WHERE id IN ({SOME.format(table)})")
    told = await journal.db.fetch("SELECT DISTINCT kind, object_id FROM change")
    assert {row["kind"] for row in told} == set(THINGS)
    alike = 0
    for viewer in cast:
        seen, heard = set[tuple[str, int]](), set[tuple[str, int]]()
        for table, scope in THINGS.items():
            identity = Base.metadata.tables[table].c.id
            ids = [row["object_id"] for row in told if row["kind"] == table]
            query = (
                scope.for_roles(viewer.roles)
                .where(within(identity, IDS))
                .with_only_columns(identity, maintain_column_froms=True)
            )
            seen |= {(table, row[0]) for row in await read(query, viewer, ids=ids)}
        for changes in (visible_page_changes, visible_diary_changes):
            query = changes.for_roles(viewer.roles).with_only_columns(
                Change.kind, Change.object_id, maintain_column_froms=True
            )
            heard |= {tuple(row) for row in await read(query, viewer)}
        assert heard == seen, viewer.roles
        alike += bool(seen)
    await pretended.rollback()
    assert alike > len(cast) / 2
