"""The program's processes: how they start, share a port and end, also when one is killed."""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import asyncpg
import pytest
import uvicorn
from starlette.applications import Starlette
from uvicorn.config import STARTUP_FAILURE

from server.demo import DEMO_NOW, Demo
from server.workers import _look_after

from ..conftest import clone
from ..journal_help import gid, mutation
from ..served_help import OPERATOR, TOKEN, Served, assert_ends_with_its_postgresql, samples, serving

ME = "{ me { name } }"


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_serving_ends_with_its_postgresql(workers: int, ending: signal.Signals) -> None:
    assert_ends_with_its_postgresql(workers, ending)


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
