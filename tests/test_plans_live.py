"""What is asked for subscribers at each change, and for a feed, finds its rows however many changes are kept.

The plans are those that the program runs: generic ones, made with the statistics of a table that is full of changes.
"""

import re
from collections.abc import AsyncIterator

import pytest

from resolvers import journal_changes
from resolvers.database import Database
from resolvers.journal_feed import student_feed
from rules.account import Role

from .conftest import clone, drop
from .test_plans import SCAN

MANY = """
INSERT INTO change (school_id, transaction, told_at, audit_entry_id, kind, object_id, lesson_id, student_id,
    class_id, group_id, subject_id, starts_on, ends_on)
SELECT l.school_id, n, now() - (40000 - n) * interval '1 minute', (SELECT min(id) FROM audit_entry),
    CASE WHEN n % 2 = 0 THEN 'mark' ELSE 'homework' END, n, l.id,
    CASE WHEN n % 2 = 0 THEN (SELECT min(student_id) FROM enrolment) + n % 40 END,
    g.class_id, l.group_id, l.subject_id, l.date, l.date
FROM generate_series(1, 40000) AS n
JOIN lesson AS l ON l.id = (SELECT min(id) FROM lesson) + n % 500
JOIN study_group AS g ON (g.school_id, g.id) = (l.school_id, l.group_id)
"""
ENTRY = "INSERT INTO audit_entry (school_id, at, command, input) SELECT school_id, now(), 'setMark', '{}' FROM school"
KINDS = ("diary", "page", "timetable")
MEMBERS = re.compile(r"(?:Seq Scan|Index.*) on (?:enrolment|group_member)\b.*\n(?!.*Cond: .*school_id = )")
"""Memberships read without even the school: all schools' are."""


@pytest.fixture(scope="module")
async def busy(cluster: str, demo_template: tuple[str, object]) -> AsyncIterator[Database]:
    """A school in which much has changed."""
    url = await clone(cluster, demo_template[0])
    database = await Database.open(url)
    async with database.pool.acquire() as connection:
        await connection.execute(ENTRY)
        assert await connection.execute(MANY) == "INSERT 0 40000"
        await connection.execute("ANALYZE")
    yield database
    await database.close()
    await drop(cluster, url)


async def plan_of(database: Database, text: str, scans: str = "on") -> str:
    """How PostgreSQL runs a statement, whatever its parameters. scans: `off` makes reading whole tables dear."""
    count = len(set(re.findall(r"\$\d+", text)))
    given = f"({', '.join(['NULL'] * count)})" if count else ""
    async with database.pool.acquire() as connection, connection.transaction():
        assert await connection.fetchval("SHOW plan_cache_mode") == "force_generic_plan"
        await connection.execute(f"SET LOCAL enable_seqscan = {scans}")
        await connection.execute(f"PREPARE explained AS {text}")
        try:
            return "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN (COSTS OFF) EXECUTE explained{given}"))
        finally:
            await connection.execute("DEALLOCATE explained")


@pytest.mark.parametrize(
    ("text", "index"),
    [
        (journal_changes._NEW.text, "school_id_transaction_id_idx"),
        (journal_changes._NOW.text, "school_id_transaction_id_idx"),
        (journal_changes._FORGET, "school_id_told_at_idx"),
        (journal_changes._FOREIGN, "school_id_transaction_id_idx"),
    ],
    ids=["new", "now", "forget", "foreign"],
)
async def test_what_a_hub_asks_of_changes(busy: Database, text: str, index: str) -> None:
    plan = await plan_of(busy, text)
    assert f"change_{index} on change" in plan, plan
    assert not SCAN.search(plan), plan


async def test_nothing_held_is_seen_at_once(busy: Database) -> None:
    """Whether a change waits for its turn is told by the last one, not by a search among all."""
    text = journal_changes._NOW.text.replace("$1", "1")
    async with busy.pool.acquire() as connection:
        rows = await connection.fetch(f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) {text}")
    plan = "\n".join(row[0] for row in rows)
    read = [int(pages) for pages in re.findall(r"shared hit=(\d+)", plan)]
    assert 0 < max(read) < 12, plan


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("kind", KINDS)
async def test_a_change_is_matched_by_its_key(busy: Database, kind: str, role: Role) -> None:
    """And the students and groups it concerns are found by theirs."""
    text = journal_changes._matching(kind, frozenset({role})).text
    plan = await plan_of(busy, text)
    if "One-Time Filter: false" in plan:
        return
    assert re.search(r"change_pkey on change\n *Index Cond: \(\(school_id = \$\d+\) AND \(id = ANY", plan), plan
    assert not SCAN.search(plan), plan
    plan = await plan_of(busy, text, scans="off")
    assert not MEMBERS.search(plan), plan


@pytest.mark.parametrize("role", [Role.DEPUTY, Role.TEACHER, Role.STUDENT, Role.PARENT])
@pytest.mark.parametrize("given", [{"first", "limit"}, {"first", "limit", "after"}], ids=["first", "after"])
async def test_a_feed_is_read_by_student_and_group(busy: Database, role: Role, given: set[str]) -> None:
    plan = await plan_of(busy, student_feed.statement(frozenset({role}), frozenset(given)).text)
    for of in ("student_id", "group_id"):
        assert f"change_school_id_{of}_transaction_id_idx on change" in plan, plan
    assert not SCAN.search(plan), plan
