"""What the storm needs: a PostgreSQL that crashes, a server that is killed, and people who write all the while."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from server.demo import DEMO_NOW
from server.postgres import embedded, running

from .conftest import KEY, PLAIN
from .journal_help import gid, mutation

REASONS = ("UNEXPLAINED", "EXCUSED", "ILLNESS", "UNEXCUSED", "OTHER")
VALUES = ("5", "4", "3", "2", "зач.", "н/а", ".")
PAUSE_SECONDS = 0.05
"""Whoever is cut off asks so often whether the program is there again."""


@dataclass(frozen=True)
class Cluster:
    """A PostgreSQL of our own that keeps what it has answered, as it comes: nothing is hurried."""

    folder: Path
    url: str

    def crash(self) -> None:
        """Let it die in the midst of everything, without a word to its clients, and start it anew."""
        postmaster = int((self.folder / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGQUIT)
        while Path(f"/proc/{postmaster}").exists():
            time.sleep(0.01)
        running(self.folder)


@contextmanager
def crashing() -> Iterator[Cluster]:
    """The server, while the block lasts."""
    with TemporaryDirectory(prefix="classbook-") as name, embedded(Path(name) / "postgres") as url:
        yield Cluster((Path(name) / "postgres").resolve(), url)


class Program:
    """`classbook serve` on a database, which may be killed and started again at the same address."""

    def __init__(self, url: str, folder: Path) -> None:
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.environment = os.environ | {
            "DATABASE_URL": url,
            "CLASSBOOK_DATA": str(folder),
            "CLASSBOOK_PORT": str(self.port),
            "CLASSBOOK_SECRET": KEY,
            "CLASSBOOK_NOW": DEMO_NOW.isoformat(),
        }
        self.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and do not wait until it answers."""
        command = [Path(sys.executable).parent / "classbook", "serve"]
        self.process = subprocess.Popen(  # noqa: S603 -- our own program
            command,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def kill(self) -> None:
        """SIGKILL: no handler runs, nothing is finished."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@dataclass(frozen=True)
class Cell:
    """Where something is written: what kind of thing, at which lesson or task, and of which student if of one."""

    kind: str
    at: int
    student: int = 0


@dataclass
class Sent:
    """A command as it was sent. cells: what it writes where, beside its words; answered: that somebody answered."""

    by: str
    name: str
    words: str
    input: dict[str, Any]
    cells: Mapping[Cell, str]
    answered: bool = False


@dataclass(frozen=True)
class Page:
    """The lessons, tasks and students of the page that both fill."""

    group: int
    subject: int
    period: int
    lessons: list[int]
    tasks: list[int]
    students: list[int]


@dataclass
class Writer:
    """One who fills the page from a connection of their own, a command at a time, each with words of its own."""

    name: str
    token: str
    page: Page
    random: Random
    sent: list[Sent] = field(default_factory=list)

    async def write(self, address: str, count: int) -> None:
        """Send so many commands; whoever is cut off waits until somebody answers, and goes on with the next."""
        headers = {"authorization": f"Bearer {self.token}"}
        async with httpx.AsyncClient(base_url=address, headers=headers, timeout=30, verify=PLAIN) as client:
            await _until_there(client)
            for number in range(count):
                command = self._next(f"{self.name} {number}")
                self.sent.append(command)
                await _send(client, command)

    def _next(self, words: str) -> Sent:
        kinds = (self._set_mark, self._set_mark, self._set_marks, self._mark_attendance)
        return self.random.choice((*kinds, *kinds, self._record_lesson, self._assign_homework, self._add_task))(words)

    def _sent(self, name: str, words: str, given: dict[str, Any], cells: Mapping[Cell, str]) -> Sent:
        return Sent(self.name, name, words, given, cells)

    def _mark(self, words: str) -> tuple[dict[str, Any], Cell]:
        task, student = self.random.choice(self.page.tasks), self.random.choice(self.page.students)
        given = {"taskId": gid("Task", task), "studentId": gid("Student", student), "comment": words}
        return given | {"value": self.random.choice(VALUES)}, Cell("mark", task, student)

    def _set_mark(self, words: str) -> Sent:
        given, cell = self._mark(words)
        return self._sent("setMark", words, given, {cell: given["value"]})

    def _set_marks(self, words: str) -> Sent:
        found = {cell: given for given, cell in (self._mark(words) for _ in range(self.random.randint(2, 6)))}
        values = {cell: given["value"] for cell, given in found.items()}
        return self._sent("setMarks", words, {"entries": list(found.values())}, values)

    def _lesson(self) -> tuple[int, dict[str, Any]]:
        lesson = self.random.choice(self.page.lessons)
        return lesson, {"lessonId": gid("Lesson", lesson)}

    def _mark_attendance(self, words: str) -> Sent:
        lesson, given = self._lesson()
        student, code = self.random.choice(self.page.students), self.random.choice(REASONS)
        given |= {"studentId": gid("Student", student), "comment": words, "code": code}
        return self._sent("markAttendance", words, given, {Cell("attendance", lesson, student): code})

    def _record_lesson(self, words: str) -> Sent:
        lesson, given = self._lesson()
        given |= {"topic": words, "material": words}
        return self._sent("recordLesson", words, given, {Cell("lesson", lesson): words})

    def _assign_homework(self, words: str) -> Sent:
        lesson, given = self._lesson()
        given |= {"text": words, "idempotencyKey": words}
        return self._sent("assignHomework", words, given, {Cell("homework", lesson): words})

    def _add_task(self, words: str) -> Sent:
        lesson, given = self._lesson()
        given |= {"workTypeId": gid("WorkType", 1), "name": words, "idempotencyKey": words}
        return self._sent("addTask", words, given, {Cell("task", lesson): words})


async def _send(client: httpx.AsyncClient, command: Sent) -> None:
    body = {"query": mutation(command.name), "variables": {"input": command.input}}
    try:
        answer = (await client.post("/graphql", json=body)).json()
    except (httpx.TransportError, ValueError):
        answer = {}
    if answer.get("data"):
        result = answer["data"][command.name]
        assert result["__typename"] != "Refusal", (result, command)
        command.answered = True
    else:
        await _until_there(client)


async def _until_there(client: httpx.AsyncClient) -> None:
    """Wait until the program and its database answer again."""
    async with asyncio.timeout(60):
        while True:
            with suppress(httpx.TransportError):
                answer = await client.post("/graphql", json={"query": "{ me { name } }"})
                if answer.status_code == 200 and (answer.json().get("data") or {}).get("me"):
                    return
            await asyncio.sleep(PAUSE_SECONDS)
