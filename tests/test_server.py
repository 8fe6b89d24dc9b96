"""What serves: one process or several, how they start and end, and what they do to an answer and count of it."""

import asyncio
import gc
import gzip
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import asyncpg
import httpx
import pytest
import uvicorn
from prometheus_client.parser import text_string_to_metric_families
from pydantic import ValidationError
from starlette.applications import Starlette
from uvicorn.config import STARTUP_FAILURE

from execution.schema import schema_for
from rules.account import Role
from server.app import create_app
from server.demo import DEMO_NOW, DEMO_PASSWORD, Demo
from server.settings import Settings
from server.warm import YOUNGEST, warm_up
from server.workers import _look_after

from .conftest import KEY, PLAIN, School, clone
from .journal_help import gid, mutation

TOKEN = "what Prometheus shows"
OPERATOR = {"authorization": f"Bearer {TOKEN}"}
LOG_IN = "mutation($input: LogInInput!) { logIn(input: $input) { ... on LogInPayload { accessToken } } }"
ME = "{ me { name } }"
ABOUT = '{ __type(name: "Student") { name } }'


# Processes.


@dataclass
class Served:
    """`classbook serve` as it runs."""

    program: subprocess.Popen[bytes]
    port: int
    token: str = ""

    def workers(self) -> set[int]:
        """The numbers of the worker processes."""
        children = Path(f"/proc/{self.program.pid}/task/{self.program.pid}/children").read_text().split()
        return {int(pid) for pid in children if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()}

    def get(self, path: str, **headers: str) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", headers=headers, verify=PLAIN)

    def ask(self, query: str, variables: Any = None) -> tuple[int, Any]:
        """Which process answers on a new connection, and what."""
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        with httpx.Client(headers=headers, verify=PLAIN) as client:
            body = {"query": query, "variables": variables or {}}
            answer = client.post(f"http://127.0.0.1:{self.port}/graphql", json=body)
            return self.other_end(answer.extensions["network_stream"].get_extra_info("client_addr")[1]), answer.json()

    def other_end(self, port: int) -> int:
        """The process that has the other end of a connection from this port."""
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()]
        ends = f":{self.port:04X}", f":{port:04X}"
        # An earlier connection from the same port may still wait for its time, and the list is not read at one moment.
        (inode,) = {row[9] for row in rows if row[3] == "01" and row[1].endswith(ends[0]) and row[2].endswith(ends[1])}
        for pid in self.workers():
            for each in Path(f"/proc/{pid}/fd").iterdir():
                with suppress(FileNotFoundError):  # others come and go
                    if each.readlink().name == f"socket:[{inode}]":
                        return pid
        raise AssertionError("nobody has it")

    def sign_in(self) -> None:
        _, answer = self.ask(LOG_IN, {"input": {"login": "teacher", "password": DEMO_PASSWORD}})
        self.token = answer["data"]["logIn"]["accessToken"]

    def answers(self) -> bool:
        try:
            return self.get("/health").json() == {"status": "ok"}
        except httpx.TransportError:
            return False

    def until(self, condition: Callable[[], bool], seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(0.05)


@contextmanager
def serving(
    folder: Path | str, port: int | None = None, output: int | IO[bytes] = subprocess.DEVNULL, **given: str
) -> Iterator[Served]:
    """The program with these settings, once it answers. `output`: where what it writes goes."""
    if port is None:
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
    kept = {name: text for name, text in os.environ.items() if name not in ("DATABASE_URL", "CLASSBOOK_EXECUTOR")}
    environment = kept | {"CLASSBOOK_DATA": str(folder), "CLASSBOOK_PORT": str(port)} | given
    command = [Path(sys.executable).parent / "classbook", "serve"]
    signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # a shell's background has it ignored, and so had the program
    program = subprocess.Popen(  # noqa: S603 -- our own program
        command, env=environment, stdout=output, stderr=output, start_new_session=True
    )
    try:
        served = Served(program, port)
        served.until(lambda: program.poll() is not None or served.answers())
        yield served
    finally:
        program.terminate()
        with suppress(subprocess.TimeoutExpired):
            program.wait(30)
        with suppress(ProcessLookupError):
            os.killpg(program.pid, signal.SIGKILL)
        program.wait()


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_serving_ends_with_its_postgresql(workers: int, ending: signal.Signals) -> None:
    """The server starts a PostgreSQL of its own, answers, and takes it along when it is told to stop."""
    with (
        TemporaryDirectory(prefix="classbook-") as folder,
        serving(folder, CLASSBOOK_WORKERS=str(workers)) as served,
    ):
        postmaster = Path(folder) / "postgres" / "postmaster.pid"
        assert postmaster.exists()
        processes = served.workers()
        assert len(processes) == (workers if workers > 1 else 0)
        if ending == signal.SIGINT:
            os.killpg(served.program.pid, ending)  # as a terminal does
        else:
            served.program.send_signal(ending)
        assert served.program.wait(30) == 0
        assert not postmaster.exists()
        assert not any(Path(f"/proc/{pid}").exists() for pid in processes)


@pytest.fixture(scope="module")
def url(cluster: str, demo_template: tuple[str, Demo]) -> str:
    """A demo school for two workers."""
    return asyncio.run(clone(cluster, demo_template[0]))


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Where the two workers keep their key."""
    with TemporaryDirectory(prefix="classbook-") as name:
        yield Path(name)


@pytest.fixture(scope="module")
def two(url: str, folder: Path) -> Iterator[Served]:
    """Two workers on a demo school, and a teacher who asks."""
    given = {
        "DATABASE_URL": url,
        "CLASSBOOK_WORKERS": "2",
        "CLASSBOOK_NOW": DEMO_NOW.isoformat(),
        "CLASSBOOK_METRICS_TOKEN": TOKEN,
    }
    with (folder / "output").open("wb") as output, serving(folder, output=output, **given) as served:
        served.until(lambda: both_answer(served))
        served.sign_in()
        yield served


def both_answer(served: Served) -> bool:
    """Whether two processes answer, of twenty connections."""
    return len({served.ask(ME)[0] for _ in range(20)}) == 2


def shifts(served: Served, url: str) -> dict[int, tuple[timedelta, timedelta]]:
    """How far each worker's school clock stands from the real one, at least and at most: what it writes tells."""

    async def written() -> Any:
        connection = await asyncpg.connect(url)
        try:
            return await connection.fetchval("SELECT at FROM audit_entry ORDER BY id DESC LIMIT 1")
        finally:
            await connection.close()

    nowhere = {"input": {"taskId": gid("Task", 2**40), "studentId": gid("Student", 1), "value": "5"}}
    found = {}
    while len(found) < 2:
        before = datetime.now(UTC)
        pid, answer = served.ask(mutation("setMark"), nowhere)
        after = datetime.now(UTC)
        assert answer["data"]["setMark"]["code"] == "NOT_FOUND"
        at = asyncio.run(written())
        found[pid] = (at - after, at - before)
    return found


def counted(served: Served) -> float:
    """Operations that plans answered."""
    return samples(served.get("/metrics", **OPERATOR).text)["classbook_operations_total", ""]


def samples(text: str) -> dict[tuple[str, str], float]:
    """The value of each metric, by its name and its one distinguishing label."""
    return {
        (sample.name, sample.labels.get("pid") or sample.labels.get("reason", "")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def measured(served: Served) -> set[int]:
    """The processes that the metrics tell of."""
    found = samples(served.get("/metrics", **OPERATOR).text)
    return {int(pid) for name, pid in found if name.startswith(("process_", "classbook_worker"))}


def test_two_workers_serve_as_one(two: Served, url: str, folder: Path) -> None:
    """They share the clock and the metrics, and no command line and no environment tells the key."""
    before = counted(two)
    answering = [two.ask(ME)[0] for _ in range(30)]
    assert set(answering) == two.workers() == measured(two)
    assert counted(two) == before + len(answering)
    assert_one_clock(shifts(two, url))
    key = (folder / "secret").read_bytes()
    for pid in two.workers():
        assert key not in Path(f"/proc/{pid}/cmdline").read_bytes()
        assert key not in Path(f"/proc/{pid}/environ").read_bytes()


CREATE_FEED = """mutation($of: ID!) { createCalendarFeed(input: {ofId: $of}) {
  ... on CreateCalendarFeedPayload { path } } }"""


def test_nothing_tells_a_calendars_link(two: Served, folder: Path) -> None:
    """Its path is its credential: neither what the program writes nor its metrics hold one."""
    _, answer = two.ask(CREATE_FEED, {"of": gid("Room", 1)})
    path = answer["data"]["createCalendarFeed"]["path"]
    assert two.get(path).headers["content-type"].startswith("text/calendar")
    assert two.get(f"{path}?x=1").status_code == 200
    assert two.get(path.replace("-", "-A", 1)).status_code == 404
    metrics = two.get("/metrics", **OPERATOR).text
    assert "classbook_operations_total" in metrics
    for text in ((folder / "output").read_text(), metrics):
        assert path[-20:-4] not in text


def assert_one_clock(*seen: dict[int, tuple[timedelta, timedelta]]) -> None:
    """One distance from real time explains everything that was seen."""
    bounds = [each for found in seen for each in found.values()]
    assert max(least for least, _ in bounds) <= min(most for _, most in bounds)


def test_a_worker_that_is_killed_is_replaced(two: Served, url: str) -> None:
    """Another one serves in its place, at the same time of the school; what the dead one counted still counts."""
    clocks = shifts(two, url)
    before, workers = counted(two), two.workers()
    gone = min(workers)
    os.kill(gone, signal.SIGKILL)
    two.until(lambda: two.workers() != workers and len(two.workers()) == 2)
    assert gone not in two.workers()
    two.until(lambda: both_answer(two))
    assert counted(two) > before
    assert measured(two) == two.workers()
    assert_one_clock(clocks, shifts(two, url))


def test_workers_end_with_who_looks_after_them(url: str, tmp_path: Path) -> None:
    with serving(tmp_path, DATABASE_URL=url, CLASSBOOK_WORKERS="2", TMPDIR=str(tmp_path)) as served:
        workers = served.workers()
        assert len(workers) == 2
        served.program.kill()
        served.until(lambda: not any(running(pid) for pid in workers), 20)


def running(pid: int) -> bool:
    """Whether the process is there, and no mere entry that nobody has asked after."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def test_a_port_that_is_taken_is_refused(two: Served, url: str, tmp_path: Path) -> None:
    """Workers share a port among themselves, and with nobody else."""
    with serving(tmp_path, two.port, DATABASE_URL=url, CLASSBOOK_WORKERS="2") as served:
        assert served.program.wait(30) == STARTUP_FAILURE


def broken() -> Starlette:
    """An application that does not start."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        raise RuntimeError("no database")
        yield

    return Starlette(lifespan=lifespan)


def test_workers_that_cannot_start_end_the_program(tmp_path: Path) -> None:
    """Whoever runs the program learns of it: nothing starts them for ever."""
    config = uvicorn.Config(broken, factory=True, port=0, log_config=None)
    with pytest.raises(SystemExit, match=str(STARTUP_FAILURE)):
        _look_after(config, str(tmp_path))
    assert not multiprocessing.active_children()


# One process.


@asynccontextmanager
async def beside(school: School, **given: Any) -> AsyncIterator[httpx.AsyncClient]:
    """Another application on the school's database, with settings of its own, asked by a parent."""
    app = create_app(school.url, KEY, Settings(**{"now": DEMO_NOW, "executor": "on", **given}))
    headers = {"authorization": f"Bearer {await school.token('parent')}"}
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://school", headers=headers) as client,
    ):
        yield client


async def test_a_process_is_warm_before_it_serves(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a schema of one role, of nobody or of all, and the collector passes by what is there to stay."""
    done: list[Any] = []
    monkeypatch.setattr(gc, "freeze", lambda: done.append(schema_for.cache_info().misses))
    monkeypatch.setattr(gc, "set_threshold", done.append)
    schema_for.cache_clear()
    warm_up(Settings().compiles)
    assert done == [len(Role) + 2, YOUNGEST]
    for each in school.demo.logins:
        if len(each.roles) == 1:
            await school.data("{ __typename }", as_=each.login)
    await school.data("{ __typename }")
    service = {"classbook-service": f"Bearer {await school.token('service')}"}
    assert (await school.client.post("/federation", json={"query": "{ __typename }"}, headers=service)).is_success
    assert schema_for.cache_info().misses == done[0]


async def operations(client: httpx.AsyncClient) -> dict[str, float]:
    """How many operations were answered by plans (""), and how many for each reason without."""
    answer = await client.get("/metrics", headers=OPERATOR)
    assert answer.headers["content-type"].startswith("text/plain; version=")
    found = samples(answer.text)
    return {reason: number for (name, reason), number in found.items() if name == "classbook_operations_total"}


async def test_metrics_count_who_answered(school: School) -> None:
    async with beside(school, metrics_token=TOKEN) as client:
        await client.post("/graphql", json={"query": ME})
        await client.post("/graphql", json={"query": ABOUT})
        before = await operations(client)
        for query in (ME, ME, ABOUT):
            assert "errors" not in (await client.post("/graphql", json={"query": query})).json()
        after = await operations(client)
    changed = {reason: number - before[reason] for reason, number in after.items() if number != before[reason]}
    assert changed == {"": 2, "introspection": 1}


async def test_metrics_are_the_operators(school: School) -> None:
    """Who shows no token of the operator's, or somebody else's, gets none; without the setting there are none."""
    async with beside(school, metrics_token=TOKEN) as client:
        for shown in ({}, {"authorization": ""}, {"authorization": "Bearer жетон".encode()}, {"authorization": TOKEN}):
            refused = await client.get("/metrics", headers=shown)
            assert (refused.status_code, refused.content) == (401, b"")
    for token in (None, ""):
        async with beside(school, metrics_token=token) as client:
            assert (await client.get("/metrics", headers=OPERATOR)).status_code == 404


async def test_the_executor_can_be_switched_off(school: School) -> None:
    """Then graphql-core answers everything, and answers the same."""
    async with beside(school, metrics_token=TOKEN) as on, beside(school, metrics_token=TOKEN, executor="off") as off:
        expected = (await on.post("/graphql", json={"query": ME})).content
        before = await operations(off)
        assert (await off.post("/graphql", json={"query": ME})).content == expected
        assert (await operations(off))[""] == before[""]
        await on.post("/graphql", json={"query": ME})
        assert (await operations(off))[""] == before[""] + 1


@pytest.mark.parametrize(("name", "wrong"), [("EXECUTOR", "maybe"), ("WORKERS", "0")])
def test_settings_are_checked(monkeypatch: pytest.MonkeyPatch, name: str, wrong: str) -> None:
    monkeypatch.setenv("CLASSBOOK_EXECUTOR", "off")
    assert not Settings().compiles
    monkeypatch.setenv(f"CLASSBOOK_{name}", wrong)
    with pytest.raises(ValidationError):
        Settings()


# Compression.


async def received(client: httpx.AsyncClient, query: str, accepted: str) -> tuple[httpx.Headers, bytes]:
    """The headers and the bytes of an answer as they came."""
    sent = {"accept-encoding": accepted}
    async with client.stream("POST", "/graphql", json={"query": query}, headers=sent) as answer:
        return answer.headers, b"".join([piece async for piece in answer.aiter_raw()])


@pytest.mark.parametrize("times", [1, 40])
async def test_answers_are_packed(school: School, times: int) -> None:
    """For whoever takes that; short or long, what comes out is what others get."""
    query = f"{{ {' '.join(f'a{number}: __schema {{ types {{ name }} }}' for number in range(times))} }}"
    async with beside(school) as client:
        for accepted in ("identity", "br", "gzip;q=0", ""):
            headers, plain = await received(client, query, accepted)
            assert "content-encoding" not in headers
            assert headers["vary"] == "Accept-Encoding"
        assert (len(plain) > 128 * 1024) == (times > 1)  # a long one is packed in a thread
        for accepted in ("gzip", "br, gzip;q=0.5"):
            headers, packed = await received(client, query, accepted)
            assert (headers["content-encoding"], headers["vary"]) == ("gzip", "Accept-Encoding")
            assert int(headers["content-length"]) == len(packed) < len(plain) / 3
            assert gzip.decompress(packed) == plain


async def test_a_tiny_answer_is_not_packed(school: School) -> None:
    async with beside(school) as client:
        headers, body = await received(client, ME, "gzip")
    assert "content-encoding" not in headers
    assert body.startswith(b'{"data":')


async def test_the_pages_files_are_packed_once(school: School) -> None:
    """With the tag of each form; who has it still gets no body, and who asks for the head gets the same headers."""
    async with beside(school) as client:
        plain = await client.get("/graphiql/main.js", headers={"accept-encoding": "identity"})
        packed = await client.get("/graphiql/main.js", headers={"accept-encoding": "gzip"})
        assert (packed.headers["content-encoding"], packed.content) == ("gzip", plain.content)
        assert packed.headers["etag"] != plain.headers["etag"]
        head = await client.head("/graphiql/main.js", headers={"accept-encoding": "gzip"})
        assert head.headers == packed.headers
        known = {"accept-encoding": "gzip", "if-none-match": packed.headers["etag"]}
        again = await client.get("/graphiql/main.js", headers=known)
        assert (again.status_code, again.content) == (304, b"")
