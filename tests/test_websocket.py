"""GraphQL over WebSocket: the same answers as over HTTP, to the same people, and nothing malformed is an incident."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import orjson
import pytest
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, NegotiationError
from websockets.typing import Subprotocol

from resolvers.account import load_viewer
from server.app import create_app
from server.demo import DEMO_NOW, Demo
from server.graphql import MOST_BODY
from server.settings import Settings
from server.websocket import MOST_AT_ONCE
from server.workers import WEBSOCKETS

from .conftest import KEY, School
from .journal_help import Journal, mutation, opened

PROTOCOL = Subprotocol("graphql-transport-ws")
ME = "{ me { name roles school { name } } }"


@pytest.fixture(scope="module")
async def journal(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Journal]:
    async with opened(cluster, demo_template) as journal:
        yield journal


@pytest.fixture(scope="module")
async def address(journal: Journal, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """Where the journal's school is served by a real server."""
    async with listening(journal.school, tmp_path_factory.mktemp("data")) as address:
        yield address


@asynccontextmanager
async def listening(school: School, data: Path) -> AsyncIterator[str]:
    """The school's application on a port, as `serve` runs it."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    app = create_app(school.url, KEY, Settings(now=DEMO_NOW, data=data))
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning", **WEBSOCKETS))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    try:
        yield f"ws://127.0.0.1:{port}/graphql"
    finally:
        server.should_exit = True
        await serving


class Client:
    """A connection, and what comes over it."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def send(self, type_: str, **more: Any) -> None:
        await self.connection.send(orjson.dumps({"type": type_, **more}).decode())

    async def next(self) -> Any:
        """The next message: always a text frame."""
        async with asyncio.timeout(10):
            frame = await self.connection.recv()
        assert isinstance(frame, str)
        return orjson.loads(frame)

    async def ask(self, query: str, variables: dict[str, Any] | None = None, id_: str = "1") -> Any:
        """The answer to an operation: its data and errors, or the errors of a request that is none."""
        await self.send("subscribe", id=id_, payload={"query": query, "variables": variables})
        message = await self.next()
        assert message["id"] == id_
        if message["type"] == "next":
            assert await self.next() == {"type": "complete", "id": id_}
            return message["payload"]
        assert message["type"] == "error"
        return {"errors": message["payload"]}

    async def closed(self) -> int:
        """With which code the server ends the connection."""
        try:
            while True:
                await self.next()
        except ConnectionClosed as ended:
            return ended.rcvd.code if ended.rcvd else 0


@asynccontextmanager
async def connected(address: str, token: str | None = None, **more: Any) -> AsyncIterator[Client]:
    """A connection that has been acknowledged."""
    async with connect(address, subprotocols=[PROTOCOL], **more) as connection:
        client = Client(connection)
        payload = {"authorization": f"Bearer {token}"} if token else {}
        await client.send("connection_init", payload=payload)
        assert (await client.next())["type"] == "connection_ack"
        yield client


async def test_everybody_gets_their_own_schema(journal: Journal, address: str) -> None:
    for login in ("parent", "teacher", "deputy", "analyst", None):
        token = await journal.school.token(login) if login else None
        async with connected(address, token) as client:
            for query in (ME, "{ me { children { name } } }", "{ school { students(first: 2) { totalCount } } }"):
                expected = await journal.school.ask(query, as_=login)
                found = await client.ask(query)
                assert found.get("data") == expected["data"], (login, query)
                assert found.get("errors") == expected.get("errors"), (login, query)


async def test_russian_is_not_escaped(journal: Journal, address: str) -> None:
    async with connected(address, await journal.school.token("teacher")) as client:
        await client.send("subscribe", id="1", payload={"query": ME})
        frame = await client.connection.recv()
        assert isinstance(frame, str)
        assert "Школа № 163" in frame


async def test_many_at_once(journal: Journal, address: str) -> None:
    """Each answer carries the id of its operation, and one more than may be under way is refused."""
    async with connected(address, await journal.school.token("deputy")) as client:
        names = [str(number) for number in range(MOST_AT_ONCE)]
        for name in names:
            await client.send("subscribe", id=name, payload={"query": f"{{ school {{ a{name}: name }} }}"})
        messages = [await client.next() for _ in range(2 * len(names))]
    found = {message["id"]: message["payload"]["data"] for message in messages if message["type"] == "next"}
    assert found == {name: {"school": {f"a{name}": "Школа № 163"}} for name in names}
    assert sorted(message["id"] for message in messages if message["type"] == "complete") == sorted(names)


async def test_a_command(journal: Journal, address: str) -> None:
    lesson = await journal.lesson()
    given = {"taskId": await journal.task(lesson), "studentId": lesson.student(), "value": "5"}
    async with connected(address, await journal.school.token("parent")) as client:
        errors = (await client.ask(mutation("setMark"), {"input": given}))["errors"]
        assert {error["extensions"]["code"] for error in errors} == {"BAD_REQUEST"}
    async with connected(address, await journal.school.token("teacher")) as client:
        answer = await client.ask(mutation("setMark"), {"input": given})
    assert "errors" not in answer
    marks = await journal.db.fetch("SELECT value, version FROM mark WHERE lesson_id = $1", lesson.id)
    assert [tuple(row) for row in marks] == [("5", 1)]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "BAD_REQUEST"),
        ("{ nothing }", "BAD_REQUEST"),
        ("subscription { a }", "BAD_REQUEST"),
        ("fragment A on Query { __typename }", "BAD_REQUEST"),
        ('{ node(id: "x") { id } }', "BAD_ID"),
    ],
)
async def test_every_error_has_a_code(journal: Journal, address: str, query: str, code: str) -> None:
    async with connected(address, await journal.school.token("teacher")) as client:
        answer = await client.ask(query)
        assert {error["extensions"]["code"] for error in answer["errors"]} == {code}
        assert "errors" not in await client.ask(ME), "the connection goes on"


async def test_an_unexpected_error_is_masked(
    journal: Journal, address: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    token = await journal.school.token("teacher")
    async with connected(address, token) as client:
        secret = "Иванов Пётр, диагноз"

        async def failing(*_: Any) -> Any:
            raise ValueError(secret)

        monkeypatch.setattr("server.graphql.load_viewer", failing)
        (error,) = (await client.ask(ME))["errors"]
        assert error["extensions"]["code"] == "INTERNAL"
        monkeypatch.setattr("server.graphql.load_viewer", load_viewer)
        assert "errors" not in await client.ask(ME)
    said = "".join(capfd.readouterr())
    assert error["extensions"]["incident"] in said
    assert secret not in said
    assert token not in said


@pytest.mark.parametrize("payload", [{"authorization": "Bearer x"}, {"authorization": ["x"]}, {"authorization": ""}])
async def test_a_credential_that_is_not_good(journal: Journal, address: str, payload: dict[str, Any]) -> None:
    async with connect(address, subprotocols=[PROTOCOL]) as connection:
        client = Client(connection)
        await client.send("connection_init", payload=payload)
        if payload["authorization"]:
            assert await client.closed() == 4403
        else:
            assert (await client.next())["type"] == "connection_ack"


async def test_a_session_that_ends(own_school: School, tmp_path: Path) -> None:
    """What is asked after that is not answered any more, however long the connection has been open."""
    token = await own_school.token("teacher")
    async with listening(own_school, tmp_path) as address, connected(address, token) as client:
        assert "errors" not in await client.ask(ME)
        await own_school.data("mutation { logOut { __typename } }", as_="teacher")
        await client.send("subscribe", id="2", payload={"query": ME})
        assert await client.closed() == 4401


MALFORMED: list[tuple[str | bytes, int]] = [
    (b"{}", 4400),
    ("", 4400),
    ("[]", 4400),
    ("5", 4400),
    ('"subscribe"', 4400),
    ("[" * 3000, 4400),
    ("{}", 4400),
    ('{"type": "nothing"}', 4400),
    ('{"type": ["subscribe"]}', 4400),
    ('{"type": "subscribe"}', 4400),
    ('{"type": "subscribe", "id": "1", "payload": []}', 4400),
    ('{"type": "subscribe", "id": "1", "payload": {"query": 5}}', 4400),
    ('{"type": "subscribe", "id": "1", "payload": {"query": "{ me { name } }", "variables": []}}', 4400),
    ('{"type": "subscribe", "id": ["1"], "payload": {"query": "{ me { name } }"}}', 4400),
    ('{"type": "subscribe", "payload": {"query": "{ me { name } }"}}', 4400),
    ('{"type": "connection_init"}', 4429),
    ('{"type": "connection_init", "payload": 5}', 4400),
]


@pytest.mark.parametrize(("message", "code"), MALFORMED, ids=range(len(MALFORMED)))
async def test_malformed_messages(
    address: str, capfd: pytest.CaptureFixture[str], message: str | bytes, code: int
) -> None:
    async with connected(address) as client:
        await client.connection.send(message)
        assert await client.closed() == code
    assert "rror" not in "".join(capfd.readouterr())


async def test_a_message_has_an_end(journal: Journal, address: str) -> None:
    """One that is too long ends the connection, and nobody else's."""
    async with connected(address) as other, connected(address) as client:
        await client.connection.send('{"type": "ping", "payload": {"a": "' + "x" * MOST_BODY + '"}}')
        assert await client.closed() == 1009
        assert "errors" not in await other.ask("{ __typename }")


async def test_nothing_before_it_is_known_who_asks(address: str) -> None:
    async with connect(address, subprotocols=[PROTOCOL]) as connection:
        client = Client(connection)
        await client.send("subscribe", id="1", payload={"query": "{ __typename }"})
        assert await client.closed() == 4401


async def test_only_the_one_protocol(address: str) -> None:
    """Not the legacy one, and not without any."""
    for offered in ([Subprotocol("graphql-ws")], None):
        with pytest.raises((InvalidStatus, NegotiationError, ConnectionClosed)):
            async with connect(address, subprotocols=offered) as connection:
                await connection.recv()


async def test_a_page_of_another_site_opens_none(address: str) -> None:
    with pytest.raises(InvalidStatus):
        async with connect(address, subprotocols=[PROTOCOL], origin="https://example.org"):  # type: ignore[arg-type]
            pass


async def test_federation_has_none(address: str) -> None:
    with pytest.raises(InvalidStatus):
        async with connect(address.replace("/graphql", "/federation"), subprotocols=[PROTOCOL]):
            pass
