"""What the tests of subscriptions share: clients over both transports, and people with sessions of their own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import orjson

from resolvers.account_tokens import Claims, Tokens

from .conftest import KEY, PLAIN
from .test_websocket import Client, connected

DIARY = """
subscription($of: [ID!]!, $after: String) { diaryChanged(studentIds: $of, after: $after) {
  cursor changes { kind startsOn endsOn student { id } lesson { id } mark { id value } homework { text }
    record { topic } task { id } attendance { letters } }
} }
"""
PAGE = """
subscription($class: ID, $group: ID, $subject: ID!, $period: ID!, $after: String) {
  journalPageChanged(classId: $class, groupId: $group, subjectId: $subject, periodId: $period, after: $after) {
    cursor changes { kind startsOn student { id } mark { value } subject { id } }
} }
"""
TIMETABLE = """
subscription($class: ID, $student: ID, $teacher: ID, $room: ID, $after: String) {
  timetableChanged(classId: $class, studentId: $student, teacherId: $teacher, roomId: $room, after: $after) {
    cursor changes { kind startsOn endsOn lesson { id date state } schoolClass { id } }
} }
"""
REMARKS = """
subscription($staff: ID, $after: String) { remarksChanged(staffId: $staff, after: $after) {
  cursor changes { kind startsOn remark { id state text } }
} }
"""
ACCOUNT = """
subscription($after: String) { accountChanged(after: $after) {
  cursor changes { kind startsOn endsOn reportSet { id state done total } digest { id readAt counts { deadline } } }
} }
"""
ROOTS = {ACCOUNT: "accountChanged", DIARY: "diaryChanged", PAGE: "journalPageChanged", TIMETABLE: "timetableChanged"}
ROOTS[REMARKS] = "remarksChanged"


class Ended(Exception):
    """The subscription is over, with this code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Heard:
    """A subscription, what it tells, and the port of this end of its connection."""

    def __init__(self, messages: AsyncIterator[Any], root: str, port: int) -> None:
        self.root = root
        self.port = port
        self.cursor = ""
        self.answers: asyncio.Queue[Any] = asyncio.Queue()
        self.reading = asyncio.create_task(self._read(messages))

    async def _read(self, messages: AsyncIterator[Any]) -> None:
        try:
            async for message in messages:
                self.answers.put_nowait(message)
        finally:
            self.answers.put_nowait(None)

    async def next(self, seconds: float = 10) -> list[Any]:
        """What it tells next; `Ended` when it is over."""
        async with asyncio.timeout(seconds):
            answer = await self.answers.get()
        if answer is None:
            raise Ended("COMPLETE")
        if "errors" in answer and not answer.get("data"):
            raise Ended(answer["errors"][0]["extensions"]["code"])
        assert "errors" not in answer, answer
        told = answer["data"][self.root]
        self.cursor = told["cursor"]
        changes: list[Any] = told["changes"]
        return changes

    async def all(self, seconds: float = 0.4) -> list[Any]:
        """All that it tells until it has been quiet for a while."""
        found: list[Any] = []
        with suppress(TimeoutError):
            while True:
                found += await self.next(seconds)
        return found

    async def close(self) -> None:
        """Read no more."""
        self.reading.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await self.reading


async def over_socket(client: Client, id_: str = "1") -> AsyncIterator[Any]:
    """The answers that come under an id."""
    while True:
        message = orjson.loads(await client.connection.recv())
        if message["type"] == "ping" or message.get("id") != id_:
            continue
        if message["type"] == "complete":
            return
        yield {"errors": message["payload"]} if message["type"] == "error" else message["payload"]


async def over_events(response: httpx.Response) -> AsyncIterator[Any]:
    """The answers of a stream of events."""
    event = ""
    async for line in response.aiter_lines():
        if line.startswith("event: "):
            event = line.removeprefix("event: ")
        elif line.startswith("data: ") and event == "next":
            yield orjson.loads(line.removeprefix("data: "))
        elif event == "complete":
            return


@asynccontextmanager
async def following(
    address: str, token: str | None, query: str, variables: dict[str, Any], *, events: bool = False
) -> AsyncIterator[Heard]:
    """A subscription on a connection of its own, over a WebSocket or as a stream of events."""
    given = {"query": query, "variables": variables}
    if not events:
        async with connected(address, token) as client:
            await client.send("subscribe", id="1", payload=given)
            heard = Heard(over_socket(client), ROOTS[query], client.connection.local_address[1])
            try:
                yield heard
            finally:
                await heard.close()
        return
    headers = {"accept": "text/event-stream", "accept-encoding": "gzip"}
    headers |= {"authorization": f"Bearer {token}"} if token else {}
    url = address.replace("ws://", "http://")
    async with (
        httpx.AsyncClient(timeout=20, verify=PLAIN) as http,
        http.stream("POST", url, json=given, headers=headers) as response,
    ):
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        assert "content-encoding" not in response.headers
        port = response.extensions["network_stream"].get_extra_info("client_addr")[1]
        heard = Heard(over_events(response), ROOTS[query], port)
        try:
            yield heard
        finally:
            await heard.close()


async def session_of(db: "asyncpg.Connection[Any]", account: int, life: timedelta = timedelta(days=1)) -> str:
    """An access token of a new session of an account."""
    row = await db.fetchrow(
        "INSERT INTO session (school_id, account_id, created_at, refreshed_at, expires_at)"
        " SELECT school_id, id, now(), now(), now() + interval '1 day' FROM account WHERE id = $1"
        " RETURNING school_id, id",
        account,
    )
    return Tokens(KEY, life, life).issue(Claims(row["school_id"], row["id"], 1), datetime.now(UTC)).access_token
