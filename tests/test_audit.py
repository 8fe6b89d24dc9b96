"""The audit trail is a chain: whoever has the database in hand and changes the trail is found out (11.4-11.7)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from resolvers.account_audit import examine, head_of, seal
from rules.account_audit import BEGINNING, Entry, Examination, Head, links
from server.cli import app
from server.demo import DEMO_NOW, Demo
from server.keeper import Keeper

from .journal_help import Journal, gid, opened


@pytest.fixture
async def journal(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Journal]:
    """A school with a dozen entries in its trail, sealed."""
    async with opened(cluster, demo_template) as journal:
        lesson = await journal.lesson()
        task = await journal.task(lesson)
        for turn in range(10):
            given_ = {"taskId": task, "studentId": lesson.student(), "value": ("3", "4")[turn % 2]}
            await journal.done("setMark", given_)
        await Keeper(database(journal)).seal()
        yield journal


def database(journal: Journal) -> Any:
    return journal.school.app.state.database


async def school_of(journal: Journal) -> int:
    number: int = await journal.db.fetchval("SELECT school_id FROM school WHERE code = $1", journal.school.demo.code)
    return number


async def examined(journal: Journal, expected: Head | None = None) -> Examination:
    return await examine(database(journal), await school_of(journal), expected)


@asynccontextmanager
async def by_force(journal: Journal) -> AsyncIterator["asyncpg.Connection[Any]"]:
    """As the owner of the database, past all triggers and references."""
    async with journal.db.transaction():
        await journal.db.execute("SET LOCAL session_replication_role = replica")
        yield journal.db


COPIED = "school_id, account_id, at, command, outcome, input"
TAMPERED = {
    "an input": ("UPDATE audit_entry SET input = input || '{\"a\": 1}' WHERE id = $1", "не та, что была опечатана"),
    "a hand": ("UPDATE audit_entry SET account_id = 1 WHERE id = $1", "не та, что была опечатана"),
    "a moment": ("UPDATE audit_entry SET at = at - interval '1 second' WHERE id = $1", "не та, что была опечатана"),
    "an outcome": ("UPDATE audit_entry SET outcome = 'CONFLICT' WHERE id = $1", "не та, что была опечатана"),
    "a command": ("UPDATE audit_entry SET command = 'removeMark' WHERE id = $1", "не та, что была опечатана"),
    "an entry taken out": ("DELETE FROM audit_entry WHERE id = $1", "нет записи"),
    "an entry and its link": (
        "WITH e AS (DELETE FROM audit_entry WHERE id = $1) DELETE FROM audit_seal WHERE entry_id = $1",
        "нет звеньев",
    ),
    "an entry and its link, the rest moved up": (
        "WITH gone AS (DELETE FROM audit_entry WHERE id = $1), s AS (DELETE FROM audit_seal WHERE entry_id = $1"
        " RETURNING school_id, position) UPDATE audit_seal AS t SET position = -t.position FROM s"
        " WHERE t.school_id = s.school_id AND t.position > s.position",
        "цепь изменена перед ней",
    ),
    "an entry put in": (
        f"INSERT INTO audit_entry (id, {COPIED}) SELECT id - 1, {COPIED} FROM audit_entry WHERE id = $1",
        "вставлена",
    ),
    "two that change places": (
        f"UPDATE audit_entry AS t SET ({COPIED}) = (SELECT {', '.join('o.' + name for name in COPIED.split(', '))})"
        " FROM audit_entry AS o WHERE (t.id, o.id) IN (($1::bigint, $1 + 2), ($1 + 2, $1))",
        "не та, что была опечатана",
    ),
    "a link": ("UPDATE audit_seal SET digest = sha256('x') WHERE entry_id = $1", "не та, что была опечатана"),
}


@pytest.mark.parametrize("what", TAMPERED)
async def test_what_is_tampered_with_is_found(journal: Journal, what: str) -> None:
    """Through the owner's connection, past all triggers: the chain tells which link is wrong."""
    statement, message = TAMPERED[what]
    assert (await examined(journal)).wrong == []
    ids = [each["id"] for each in await journal.entries()]
    async with by_force(journal) as db:
        await db.execute(statement, ids[5])
        await db.execute("UPDATE audit_seal SET position = -position - 1 WHERE position < 0")
    found = await examined(journal)
    assert any(message in each for each in found.wrong), found.wrong


async def test_a_tail_that_is_cut_off_is_found_by_the_head_that_was_kept(journal: Journal) -> None:
    kept = await head_of(database(journal), await school_of(journal))
    assert (await examined(journal, kept)).wrong == []
    ids = [each["id"] for each in await journal.entries()]
    async with by_force(journal) as db:
        for table, column in (("audit_seal", "entry_id"), ("audit_entry", "id")):
            await db.execute(f"DELETE FROM {table} WHERE {column} > $1", ids[-4])
    assert (await examined(journal)).wrong == [], "by itself the rest is whole"
    (wrong,) = (await examined(journal, kept)).wrong
    assert "конец пропал" in wrong


async def test_a_chain_that_is_written_anew_is_found_by_the_head_that_was_kept(journal: Journal) -> None:
    """Also once it has grown past it."""
    number = await school_of(journal)
    kept = await head_of(database(journal), number)
    ids = [each["id"] for each in await journal.entries()]
    async with by_force(journal) as db:
        await db.execute("UPDATE audit_entry SET command = 'setMarks' WHERE id = $1", ids[5])
        await db.execute("DELETE FROM audit_seal")
    await journal.task(await journal.lesson())
    await seal(database(journal), number)
    assert (await examined(journal)).wrong == []
    (wrong,) = (await examined(journal, kept)).wrong
    assert "переписана" in wrong


async def test_what_is_not_sealed_yet_is_said(journal: Journal) -> None:
    await journal.task(await journal.lesson())
    found = await examined(journal)
    assert (found.wrong, found.waiting) == ([], 1)
    assert await seal(database(journal), await school_of(journal)) == 1
    assert (await examined(journal)).waiting == 0


async def test_nobody_changes_the_trail_through_the_program(journal: Journal) -> None:
    """Not with the program's own connection: entries are added, and grow until their command is done."""
    async with database(journal).pool.acquire() as program:
        for table in ("audit_entry", "audit_seal"):
            columns = await program.fetch(
                "SELECT column_name AS name FROM information_schema.columns WHERE table_name = $1", table
            )
            for statement in (
                *(f"UPDATE {table} SET {column['name']} = {column['name']}" for column in columns),
                f"DELETE FROM {table}",
                f"TRUNCATE {table} CASCADE",
            ):
                with pytest.raises(asyncpg.RestrictViolationError):
                    await program.execute(statement)


async def test_numbers_are_given_in_the_order_in_which_they_come_to_stand(journal: Journal) -> None:
    """While a command is under way its entry is neither sealed nor overtaken: the sealer comes again."""
    number = await school_of(journal)
    entry = f"INSERT INTO audit_entry ({COPIED}) VALUES ($1, NULL, $2, 'slow', 'done', '{{}}') RETURNING id"
    transaction = journal.db.transaction()
    await transaction.start()
    slow = await journal.db.fetchval(entry, number, DEMO_NOW)
    quick = await database(journal).pool.fetchval(entry, number, DEMO_NOW)
    assert quick > slow
    with pytest.raises(asyncpg.LockNotAvailableError):
        await seal(database(journal), number)
    await transaction.commit()
    assert await seal(database(journal), number) == 2
    found = await examined(journal)
    assert (found.wrong, found.waiting) == ([], 0)


async def test_commands_and_sealers_at_once(journal: Journal) -> None:
    """Two sealers among many commands: one chain, with every entry in its place."""
    lesson = await journal.lesson()
    number, done = await school_of(journal), asyncio.Event()

    async def sealing() -> None:
        while not done.is_set():
            await Keeper(database(journal)).seal()
            await asyncio.sleep(0.005)

    async def command(name: str) -> None:
        for each in range(10):
            key = f"{name}{each}"
            given_ = {"lessonId": lesson.gid, "workTypeId": gid("WorkType", 1), "idempotencyKey": key}
            await journal.done("addTask", given_, "deputy")

    sealers = [asyncio.ensure_future(sealing()) for _ in range(2)]
    await asyncio.gather(*(command(name) for name in "абвг"))
    done.set()
    await asyncio.gather(*sealers)
    await seal(database(journal), number)
    found = await examined(journal)
    assert (found.wrong, found.waiting) == ([], 0)
    assert found.head.position == await journal.db.fetchval("SELECT count(*) FROM audit_entry")


async def test_the_command_line(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", journal.school.url)

    async def run(*words: str) -> Any:
        return await asyncio.to_thread(CliRunner().invoke, app, ["audit", *words])

    code = journal.school.demo.code
    printed = await run("head")
    assert printed.exit_code == 0, printed.output
    (kept,) = (line.split()[1] for line in printed.output.splitlines() if line.startswith(f"{code} "))
    whole = await run("verify", "--school", code, "--expect", kept)
    assert (whole.exit_code, "цела" in whole.output) == (0, True), whole.output
    for wrong in (("--expect", kept), ("--school", code, "--expect", "7"), ("--school", "nowhere")):
        assert (await run("verify", *wrong)).exit_code == 2
    ids = [each["id"] for each in await journal.entries()]
    async with by_force(journal) as db:
        await db.execute("UPDATE audit_entry SET command = 'setMarks' WHERE id = $1", ids[3])
    found = await run("verify")
    assert (found.exit_code, f"запись {ids[3]}" in found.output) == (1, True), found.output


ENTRIES = st.lists(
    st.builds(Entry, st.just(1), st.just(0), st.none(), st.just(DEMO_NOW), st.text(), st.text(), st.text())
)


@given(entries=ENTRIES, seed=st.integers(0, 2**32))
def test_any_change_of_a_chain_is_seen(entries: list[Entry], seed: int) -> None:
    """Of entries one of which is another, or missing, or out of its place: their chain is not the one that was made."""
    numbered = [Entry(1, number, *_rest(each)) for number, each in enumerate(entries, 1)]
    made = list(links(numbered, Head(0, BEGINNING)))
    rng = Random(seed)
    changed = list(numbered)
    if changed:
        at = rng.randrange(len(changed))
        changed[at] = Entry(1, changed[at].id, None, DEMO_NOW, changed[at].command + "!", *_rest(changed[at])[3:])
    found = Examination()
    for link, entry in zip(made, changed, strict=True):
        found.take(link, entry)
    assert len(found.wrong) == (1 if changed else 0)


def _rest(entry: Entry) -> tuple[Any, ...]:
    return entry.account_id, entry.at, entry.command, entry.outcome, entry.input
