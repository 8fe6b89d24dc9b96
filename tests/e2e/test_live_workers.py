"""Subscribers of two workers: each hears everything once, and a worker that is killed costs nobody anything."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from tempfile import TemporaryDirectory

import asyncpg
import httpx
import pytest

from server.demo import DEMO_NOW, Demo

from ..conftest import KEY, PLAIN, clone, drop
from ..journal_help import gid, mutation
from ..live_help import DIARY, Ended, Heard, following, session_of
from ..served_help import Served, serving
from .test_live_many import PLACES, SEES

EACH = 2
"""So many subscriptions of each transport each worker holds, at least."""


@pytest.fixture(scope="module")
async def url(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[str]:
    url = await clone(cluster, demo_template[0])
    yield url
    await drop(cluster, url)


@pytest.fixture(scope="module")
def served(url: str) -> Iterator[Served]:
    given = {
        "DATABASE_URL": url,
        "CLASSBOOK_WORKERS": "2",
        "CLASSBOOK_NOW": DEMO_NOW.isoformat(),
        "CLASSBOOK_SECRET": KEY,
    }
    with TemporaryDirectory(prefix="classbook-") as folder, serving(folder, **given) as served:
        yield served


@dataclass
class Follower:
    """A subscription, which worker holds it, and the homework that was heard, in order."""

    heard: Heard
    worker: int
    events: bool
    token: str
    student: int
    texts: list[str]

    async def hear(self, last: str) -> None:
        """Hear until a text comes, and that nothing comes behind it."""
        while last not in self.texts:
            self.texts += [told["homework"]["text"] for told in await self.heard.next()]
        self.texts += [told["homework"]["text"] for told in await self.heard.all()]


class Hall:
    """The followers of one class, and a deputy who gives it homework."""

    def __init__(self, stack: AsyncExitStack, served: Served, lesson: int, deputy: str) -> None:
        self.stack, self.served = stack, served
        self.lesson, self.deputy = lesson, deputy
        self.given: list[str] = []

    async def open(self, events: bool, token: str, student: int, after: str | None = None) -> Follower:
        """Subscribe on a new connection, whoever takes it."""
        address = f"ws://127.0.0.1:{self.served.port}/graphql"
        given = {"of": [gid("Student", student)], "after": after}
        heard = await self.stack.enter_async_context(following(address, token, DIARY, given, events=events))
        first = await heard.next()
        texts = [told["homework"]["text"] for told in first]
        worker = await asyncio.to_thread(self.served.other_end, heard.port)
        return Follower(heard, worker, events, token, student, texts)

    async def give(self) -> str:
        """Homework for all of the class: sent again under the same key, should a worker die over it."""
        text = str(len(self.given) + 1)
        given = {"lessonId": gid("Lesson", self.lesson), "text": text, "idempotencyKey": f"homework {text}"}
        body = {"query": mutation("assignHomework"), "variables": {"input": given}}
        while True:
            try:
                async with httpx.AsyncClient(
                    headers={"authorization": f"Bearer {self.deputy}"}, verify=PLAIN
                ) as client:
                    answer = await client.post(f"http://127.0.0.1:{self.served.port}/graphql", json=body)
            except httpx.TransportError:
                await asyncio.sleep(0.1)
                continue
            assert "homework" in answer.json()["data"]["assignHomework"], answer.text
            self.given.append(text)
            return text


async def test_two_workers_and_one_that_dies(served: Served, url: str, demo_template: tuple[str, Demo]) -> None:
    """The followers of the other go on; the lost ones go on from their cursors on its replacement. Homework is given
    all the while: everybody hears all of it, in order, each once.
    """
    db = await asyncpg.connect(url)
    today = demo_template[1].today
    place = await db.fetchrow(PLACES + " LIMIT 1", today)
    families = await db.fetch(
        f"SELECT account, student FROM ({SEES}) AS sees WHERE student = ANY($2)", today, place["students"]
    )
    tokens = {row["account"]: await session_of(db, row["account"]) for row in families}
    deputy = await session_of(db, place["deputy"])
    await db.close()
    async with AsyncExitStack() as stack:
        hall = Hall(stack, served, place["id"], deputy)
        followers: list[Follower] = []
        for turn in range(60):
            row = families[turn % len(families)]
            followers.append(await hall.open(turn % 2 == 0, tokens[row["account"]], row["student"]))
            held = Counter((each.worker, each.events) for each in followers)
            if len(held) == 4 and min(held.values()) >= EACH:
                break
        assert {each.worker for each in followers} == served.workers()
        for _ in range(4):
            last = await hall.give()
        await asyncio.gather(*(each.hear(last) for each in followers))
        assert all(each.texts == hall.given for each in followers)

        gone = followers[0].worker
        (other,) = served.workers() - {gone}
        lost, left = ([each for each in followers if (each.worker == gone) == so] for so in (True, False))
        enough = asyncio.Event()
        giving = asyncio.create_task(until(enough, hall))
        os.kill(gone, signal.SIGKILL)
        for each in lost:
            with pytest.raises(Ended, match="COMPLETE"):
                await each.hear("what nobody gives")
        await asyncio.to_thread(served.until, lambda: len(served.workers()) == 2 and gone not in served.workers())
        (new,) = served.workers() - {other}
        again = [await reopened(hall, each, new) for each in lost]
        enough.set()
        await giving
        last = await hall.give()
        await asyncio.gather(*(each.hear(last) for each in (*left, *again)))
        assert len(hall.given) > 6, "some of it came while the worker was away"
        for each in (*left, *again):
            assert each.texts == hall.given, (each.worker, each.events)


async def until(enough: asyncio.Event, hall: Hall) -> None:
    """Give homework until it is enough."""
    while not enough.is_set():
        await hall.give()
        await asyncio.sleep(0.1)


async def reopened(hall: Hall, lost: Follower, new: int) -> Follower:
    """Go on from the cursor, on the worker that has come in place of the dead one."""
    while True:
        try:
            found = await hall.open(lost.events, lost.token, lost.student, lost.heard.cursor)
        except (OSError, httpx.TransportError):
            await asyncio.sleep(0.1)
            continue
        if found.worker == new:
            found.texts = lost.texts + found.texts
            return found
        await found.heard.close()
