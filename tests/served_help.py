"""`classbook serve` as it runs: its processes, and who of them answers."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from server.demo import DEMO_PASSWORD

from .conftest import PLAIN

LOG_IN = "mutation($input: LogInInput!) { logIn(input: $input) { ... on LogInPayload { accessToken } } }"
TOKEN = "what Prometheus shows"
OPERATOR = {"authorization": f"Bearer {TOKEN}"}


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


def assert_ends_with_its_postgresql(workers: int, ending: signal.Signals) -> None:
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


def samples(text: str) -> dict[tuple[str, str], float]:
    """The value of each metric, by its name and its one distinguishing label."""
    return {
        (sample.name, sample.labels.get("pid") or sample.labels.get("reason", "")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
