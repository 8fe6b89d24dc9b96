"""How soon subscribers hear of a change: `python -m bench.live` lets the families of a class follow its diaries.

One process serves the full demo school. So many subscriptions are open to it, half as streams of events and half over
WebSockets, each on a connection of its own; a deputy gives the class homework, and everybody must hear of it. A delay
is the time from sending the command until its text is there, the command's own time included.
"""

import argparse
import asyncio
import itertools
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import asyncpg
import httpx
import orjson
from rich.console import Console
from rich.table import Table
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from resolvers.account_tokens import Claims, Tokens
from schema.base import encode_id
from server.demo import DEMO_NOW
from server.demo_year import DEMO_TODAY

from .database import LIFE, SECRET, prepare, running
from .processes import free_port, memory_mib, start, stop

DIARY = """subscription($of: [ID!]!) { diaryChanged(studentIds: $of) {
  cursor changes { kind student { id } homework { text } } } }"""
COMMAND = """mutation($input: AssignHomeworkInput!) { assignHomework(input: $input) {
  ... on AssignHomeworkPayload { homework { id } } ... on Refusal { code message } } }"""
PLACE = """
SELECT l.id, l.group_id FROM lesson AS l JOIN study_group AS g ON g.id = l.group_id AND g.kind = 'whole'
WHERE l.date = $1 AND l.state <> 'cancelled'
ORDER BY (SELECT count(*) FROM group_membership AS m WHERE m.group_id = l.group_id AND m.ends_on IS NULL) DESC, l.id
LIMIT 1
"""
FAMILIES = """
WITH member AS (SELECT student_id FROM group_membership WHERE group_id = $1 AND starts_on <= $2
                AND (ends_on IS NULL OR ends_on >= $2)),
     usable AS (SELECT * FROM account WHERE one_time_until IS NULL AND locked_at IS NULL)
SELECT usable.id AS account, student.id AS student
FROM member JOIN student ON student.id = student_id JOIN usable ON usable.person_id = student.person_id
UNION
SELECT usable.id, g.student_id
FROM member JOIN guardianship AS g ON g.student_id = member.student_id AND g.ends_on IS NULL
JOIN guardian ON guardian.id = guardian_id JOIN usable ON usable.person_id = guardian.person_id
ORDER BY 1, 2
"""
SESSION = """
INSERT INTO session (school_id, account_id, device, created_at, refreshed_at, expires_at)
SELECT school_id, id, 'bench', $2::timestamptz, $2, $3 FROM account WHERE id = $1
RETURNING school_id, id, generation
"""
DEPUTY = "SELECT id FROM account WHERE login = 'deputy'"
PACED, PACE_SECONDS = 20, 1.0
AT_ONCE = 10
PATIENCE_SECONDS = 300
console = Console(width=120)


@dataclass
class Audience:
    """All who listen: how many have been told that they do, and when each of them heard which text."""

    size: int
    open: int = 0
    heard: dict[str, list[float]] = field(default_factory=dict)
    moved: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, answer: bytes | str) -> None:
        """An answer has come."""
        now = perf_counter()
        changes = orjson.loads(answer)
        changes = changes.get("payload", changes)["data"]["diaryChanged"]["changes"]
        if not changes:
            self.open += 1
        for each in changes:
            self.heard.setdefault(each["homework"]["text"], []).append(now)
        self.moved.set()

    async def until(self, done: Callable[[], bool]) -> None:
        """Wait for what the answers bring."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not done():
                self.moved.clear()
                await self.moved.wait()

    async def all_heard(self, *texts: str) -> None:
        """Wait until everybody has heard these."""
        await self.until(lambda: all(len(self.heard.get(text, ())) >= self.size for text in texts))
        for text in texts:
            if len(self.heard[text]) != self.size:
                sys.exit(f"{text}: heard {len(self.heard[text])} times by {self.size} subscribers")


@dataclass
class Stage:
    """The school, where something is to change, who changes it, and who may be asked to listen."""

    url: str
    folder: Path
    lesson: str
    deputy: str
    listeners: list[tuple[str, str]]


def _payload(student: str) -> dict[str, Any]:
    return {"query": DIARY, "variables": {"of": [student]}}


async def _by_events(port: int, token: str, student: str, audience: Audience) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = orjson.dumps(_payload(student))
    head = (
        f"POST /graphql HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
        f"Accept: text/event-stream\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    writer.write(head.encode() + body)
    try:
        async for line in reader:
            if line.startswith(b"data: {"):
                audience.tell(line.removeprefix(b"data: "))
    finally:
        writer.close()


async def _by_socket(port: int, token: str, student: str, audience: Audience) -> None:
    address = f"ws://127.0.0.1:{port}/graphql"
    async with connect(address, subprotocols=[Subprotocol("graphql-transport-ws")], compression=None) as connection:
        init = {"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}}
        await connection.send(orjson.dumps(init).decode())
        await connection.recv()
        subscribe = {"type": "subscribe", "id": "1", "payload": _payload(student)}
        await connection.send(orjson.dumps(subscribe).decode())
        async for message in connection:
            if orjson.loads(message)["type"] == "next":
                audience.tell(message)


@asynccontextmanager
async def _listening(stage: Stage, port: int, count: int) -> AsyncIterator[Audience]:
    """So many subscriptions, all of them open."""
    audience, tasks = Audience(count), list[asyncio.Task[None]]()
    ways: tuple[Callable[[int, str, str, Audience], Awaitable[None]], ...] = (_by_events, _by_socket)
    whose = itertools.islice(itertools.cycle(stage.listeners), count)
    try:
        for number, (token, student) in enumerate(whose):
            tasks.append(asyncio.ensure_future(ways[number % 2](port, token, student, audience)))  # type: ignore[arg-type]
            if number % 50 == 49:
                await audience.until(lambda number=number: audience.open > number - 50)  # type: ignore[misc]
        await audience.until(lambda: audience.open == count)
        yield audience
        if any(task.done() for task in tasks):
            sys.exit("a subscription has ended")
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _give(client: httpx.AsyncClient, stage: Stage, text: str) -> float:
    """Give the class homework; when that was asked."""
    body = {"query": COMMAND, "variables": {"input": {"lessonId": stage.lesson, "text": text}}}
    asked = perf_counter()
    answer = await client.post("/graphql", json=body)
    if "homework" not in answer.json()["data"]["assignHomework"]:
        sys.exit(answer.text)
    return asked


@asynccontextmanager
async def _serving(stage: Stage) -> AsyncIterator[tuple[int, httpx.AsyncClient]]:
    """One process, new: its number, and the deputy's connection to it."""
    port = free_port()
    settings = {
        "DATABASE_URL": stage.url,
        "CLASSBOOK_DATA": str(stage.folder),
        "CLASSBOOK_PORT": str(port),
        "CLASSBOOK_SECRET": SECRET,
        "CLASSBOOK_NOW": DEMO_NOW.isoformat(),
    }
    command = [str(Path(sys.executable).parent / "classbook"), "serve"]
    process = start(command, settings, stage.folder, stage.folder / "served.log")
    headers = {"authorization": f"Bearer {stage.deputy}"}
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60) as client:
            for _ in range(600):
                with suppress(httpx.TransportError):
                    await client.get("/health")
                    break
                await asyncio.sleep(0.1)
            yield process.pid, client
    finally:
        stop(process)


async def _measure(stage: Stage, count: int, table: Table) -> None:
    """One row: a change a second, then changes one upon the other."""
    async with AsyncExitStack() as stack:
        process, client = await stack.enter_async_context(_serving(stage))
        await _give(client, stage, f"{count}: before")
        before = memory_mib(process, "VmRSS")
        audience = await stack.enter_async_context(_listening(stage, client.base_url.port or 0, count))
        held = memory_mib(process, "VmRSS")
        delays, commands = list[float](), list[float]()
        for number in range(PACED):
            text = f"{count}: {number}"
            asked = await _give(client, stage, text)
            commands.append(perf_counter() - asked)
            await audience.all_heard(text)
            delays += [1000 * (heard - asked) for heard in audience.heard[text]]
            await asyncio.sleep(max(0.0, asked + PACE_SECONDS - perf_counter()))
        texts = [f"{count}: at once {number}" for number in range(AT_ONCE)]
        began = [await _give(client, stage, text) for text in texts]
        await audience.all_heard(*texts)
        seconds = max(max(audience.heard[text]) for text in texts) - began[0]
        peak = memory_mib(process)
    hundredths = quantiles(delays, n=100)
    table.add_row(
        str(count),
        f"{1000 * median(commands):.0f}",
        f"{hundredths[49]:.0f}",
        f"{hundredths[98]:.0f}",
        f"{max(delays):.0f}",
        f"{count * AT_ONCE / seconds:.0f}",
        f"{before:.0f}",
        f"{held:.0f}",
        f"{1024 * (held - before) / count:.0f}",
        f"{peak:.0f}",
    )


def _table() -> Table:
    table = Table("subscribers", title="A change to everybody")
    for name in (
        "command, ms",
        "p50, ms",
        "p99, ms",
        "max, ms",
        "events/s",
        "MiB idle",
        "MiB open",
        "KiB each",
        "MiB peak",
    ):
        table.add_column(name, justify="right")
    return table


async def _stage(url: str, folder: Path) -> Stage:
    """A class of the school, and its families with a session each."""
    connection = await asyncpg.connect(url)
    try:
        place = await connection.fetchrow(PLACE, DEMO_TODAY)
        families = await connection.fetch(FAMILIES, place["group_id"], DEMO_TODAY)
        tokens: dict[int, str] = {}
        for account in {row["account"] for row in families} | {await connection.fetchval(DEPUTY)}:
            now = datetime.now(UTC)
            claims = Claims(*await connection.fetchrow(SESSION, account, now, now + LIFE))
            tokens[account] = Tokens(SECRET, LIFE, LIFE).issue(claims, now).access_token
        deputy = tokens[await connection.fetchval(DEPUTY)]
    finally:
        await connection.close()
    listeners = [(tokens[row["account"]], encode_id("Student", row["student"])) for row in families]
    return Stage(url, folder, encode_id("Lesson", place["id"]), deputy, listeners)


async def _run(url: str, log: Path | None, folder: Path, sizes: list[int]) -> None:
    await prepare(url, log, folder, console)
    stage = await _stage(url, folder)
    console.print(f"{len(stage.listeners)} diaries are followed by turns.")
    table = _table()
    for count in sizes:
        await _measure(stage, count, table)
    console.print(table)


def main() -> None:
    """Measure each number of subscribers, on a process of its own."""
    parser = argparse.ArgumentParser(prog="bench.live", description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=[100, 500, 1000], help="how many subscribers")
    parser.add_argument("--database-url", help="a database of your own, in place of an embedded one")
    given = parser.parse_args()
    with TemporaryDirectory() as folder, running(Path(folder), given.database_url) as (url, log):
        asyncio.run(_run(url, log, Path(folder), given.sizes))


if __name__ == "__main__":
    main()
