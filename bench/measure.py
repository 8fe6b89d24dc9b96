"""What is measured: rounds of load, statements, memory, growth, and two worker processes."""

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import orjson
from rich.progress import Progress

from . import processes
from .contestants import Contestant, Server, Values, serving
from .database import Database, statements_logged, statements_since
from .queries import QUERIES, Query
from .shapes import difference, shape_of

GROWTH = (1, 2, 4, 8, 16, 32)
"""Over how many classes the whole school is asked, to see how time and memory grow."""


@dataclass
class Figures:
    """What the slices of one contestant and query have given."""

    rates: list[float] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    server_ms: float = 0
    postgres_ms: float = 0
    statements: int | None = None
    housekeeping: int | None = None
    peak_mib: float | None = None

    def add(self, taken: dict[str, Any], server_ms: float, postgres_ms: float) -> None:
        """One more slice."""
        self.rates.append(len(taken["latencies"]) / taken["seconds"])
        self.latencies += taken["latencies"]
        self.server_ms += server_ms
        self.postgres_ms += postgres_ms

    def summary(self) -> dict[str, Any]:
        """The figures of all slices together."""
        ordered, count = sorted(self.latencies), len(self.latencies)
        return {
            "per_second": round(median(self.rates), 3),
            "slices": [round(rate, 3) for rate in self.rates],
            "p50_ms": round(ordered[count // 2] * 1000, 3),
            "p99_ms": round(ordered[min(count - 1, count * 99 // 100)] * 1000, 3),
            "server_cpu_ms": round(self.server_ms / count, 3),
            "postgres_cpu_ms": round(self.postgres_ms / count, 3),
            "statements": self.statements,
            "housekeeping": self.housekeeping,
            "peak_mib": self.peak_mib and round(self.peak_mib, 1),
            "requests": count,
        }


class Load:
    """The process that makes the load."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.load"],
            cwd=Path(__file__).parent.parent,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def run(self, order: dict[str, Any], seconds: float, at_once: int) -> dict[str, Any]:
        """One slice of load."""
        assert self.process.stdin  # noqa: S101
        assert self.process.stdout  # noqa: S101
        line = orjson.dumps({**order, "seconds": seconds, "at_once": at_once})
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = orjson.loads(self.process.stdout.readline())
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin  # noqa: S101
        self.process.stdin.close()
        self.process.wait(10)


@contextmanager
def loading() -> Iterator[Load]:
    """The load for as long as the block lasts."""
    load = Load()
    try:
        yield load
    finally:
        load.close()


@dataclass
class Plan:
    """What is to be measured, on what, and how long."""

    database: Database
    folder: Path
    queries: list[Query]
    contestants: list[Contestant]
    rounds: int
    seconds: float
    progress: Progress
    load: Load

    def slice(self, server: Server, query: Query, seconds: float, at_once: int = 0, more: Values | None = None) -> Any:
        """Load on one server, and what it and PostgreSQL have worked meanwhile."""
        postgres = self.database.postmaster
        before = processes.processor_ms(server.pid), processes.processor_ms(postgres) if postgres else 0.0
        try:
            taken = self.load.run(server.order(query, more), seconds, at_once or query.at_once)
        except RuntimeError as error:
            raise RuntimeError(f"{server.contestant.name}, {query.name}: {error}") from error
        after = processes.processor_ms(server.pid), processes.processor_ms(postgres) if postgres else 0.0
        return taken, after[0] - before[0], after[1] - before[1]


def check(plan: Plan, servers: list[Server]) -> list[str]:
    """Where answers differ from those of the first server, in words."""
    found = []
    reference = next((each for each in servers if each.contestant.name == "classbook"), servers[0])
    for query in plan.queries:
        expected = _data(reference, query)
        for server in _asked(query, servers):
            if server is not reference and (words := difference(expected, _data(server, query))):
                found.append(f"{query.name}, {server.contestant.name}: {words}")
    return found


def _asked(query: Query, servers: list[Server]) -> list[Server]:
    """The servers that are asked the query."""
    return [each for each in servers if query.asks(each.contestant.name)]


def _data(server: Server, query: Query) -> Any:
    answer = server.fetch(query)
    if answer.get("errors"):
        raise RuntimeError(f"{server.contestant.name}, {query.name}: {answer['errors'][:2]}")
    return shape_of(server.contestant.name)(query.name, answer["data"])


def rounds(plan: Plan) -> dict[str, dict[str, Figures]]:
    """Interleaved slices: every round asks each query of each contestant, who come in turning order."""
    figures = {
        query.name: {each.name: Figures() for each in plan.contestants if query.asks(each.name)}
        for query in plan.queries
    }
    with ExitStack() as running:
        servers = [running.enter_context(serving(each, plan.database, plan.folder)) for each in plan.contestants]
        differences = check(plan, servers)
        if differences:
            raise SystemExit("The answers differ:\n" + "\n".join(differences))
        total = sum(map(len, figures.values()))
        task = plan.progress.add_task("Warming up", total=total)
        for query in plan.queries:
            for server in _asked(query, servers):
                plan.slice(server, query, min(1.0, plan.seconds))
                plan.progress.advance(task)
        _count_statements(plan, servers, figures)
        task = plan.progress.add_task("Rounds", total=total * plan.rounds)
        for turn in range(plan.rounds):
            for query in plan.queries:
                for server in _asked(query, servers[turn % len(servers) :] + servers[: turn % len(servers)]):
                    plan.progress.update(task, description=f"{query.title}: {server.contestant.name}")
                    figures[query.name][server.contestant.name].add(*plan.slice(server, query, plan.seconds))
                    plan.progress.advance(task)
    return figures


def _count_statements(plan: Plan, servers: list[Server], figures: Mapping[str, Mapping[str, Figures]]) -> None:
    log = plan.database.log
    if log is None:
        return
    with statements_logged(plan.database.url):
        for query in plan.queries:
            for server in _asked(query, servers):
                counts = []
                for _ in range(3):  # the smallest: a connection may still have had something to prepare
                    position = log.stat().st_size
                    server.fetch(query)
                    time.sleep(0.1)
                    counts.append(statements_since(log, position))
                own = figures[query.name][server.contestant.name]
                own.statements, own.housekeeping = min(counts)


def memory(plan: Plan, figures: Mapping[str, Mapping[str, Figures]]) -> dict[str, float]:
    """The peak of memory of each query, each in a fresh process; gives what the processes hold before they are asked.

    In the rounds the queries share a process, which keeps what the greatest of them once took.
    """
    idle: dict[str, float] = {}
    task = plan.progress.add_task("Memory", total=sum(map(len, figures.values())))
    for contestant in plan.contestants:
        for query in plan.queries:
            if not query.asks(contestant.name):
                continue
            plan.progress.update(task, description=f"Memory: {contestant.name}")
            with serving(contestant, plan.database, plan.folder) as server:
                idle[contestant.name] = round(processes.memory_mib(server.pid, "VmRSS"), 1)
                processes.forget_peak(server.pid)
                plan.slice(server, query, min(2.0, plan.seconds))
                figures[query.name][contestant.name].peak_mib = processes.memory_mib(server.pid)
            plan.progress.advance(task)
    return idle


def growth(plan: Plan) -> dict[str, list[dict[str, float]]]:
    """The whole school over more and more classes, one request at a time: how time and memory grow."""
    query, found = QUERIES["school"], {}
    contestants = [each for each in plan.contestants if each.name in ("classbook", "limit")]
    task = plan.progress.add_task("Growth", total=len(contestants) * len(GROWTH))
    for contestant in contestants:
        points = found[contestant.name] = []
        with serving(contestant, plan.database, plan.folder) as server:
            for classes in GROWTH:
                more = {"first": classes}
                marks = _marks(server.fetch(query, more))
                processes.forget_peak(server.pid)
                taken, server_ms, postgres_ms = plan.slice(server, query, min(2.0, plan.seconds), 1, more)
                count = len(taken["latencies"])
                points.append(
                    {
                        "classes": classes,
                        "marks": marks,
                        "ms": round(median(taken["latencies"]) * 1000, 2),
                        "server_cpu_ms": round(server_ms / count, 2),
                        "postgres_cpu_ms": round(postgres_ms / count, 2),
                        "peak_mib": round(processes.memory_mib(server.pid), 1),
                    }
                )
                plan.progress.advance(task)
    return found


def _marks(answer: Any) -> int:
    """How many marks an answer to the whole school holds: what time and memory grow with."""
    classes = answer["data"]["school"]["classes"]["nodes"]
    return sum(len(student["marks"]["nodes"]) for each in classes for student in each["students"])


WORKERS = {"limit": "WORKERS", "classbook": "CLASSBOOK_WORKERS"}


def workers(plan: Plan) -> dict[str, dict[str, dict[str, dict[str, float]]]]:
    """How fast one and two worker processes are, and how much memory they take together."""
    found: dict[str, dict[str, dict[str, dict[str, float]]]] = {}
    contestants = [each for each in plan.contestants if each.name in WORKERS]
    task = plan.progress.add_task("Workers", total=len(contestants) * len(plan.queries) * 2)
    for contestant in contestants:
        for number in (1, 2):
            settings = {WORKERS[contestant.name]: str(number)}
            with serving(contestant, plan.database, plan.folder, settings) as server:
                if number == 2 and len(processes.tree(server.pid)) < 3:  # the setting has no effect
                    plan.progress.advance(task, len(plan.queries))
                    break
                for query in plan.queries:
                    at_once = query.at_once * 2
                    plan.slice(server, query, min(1.0, plan.seconds), at_once)
                    processes.forget_peak(server.pid)
                    taken, _, _ = plan.slice(server, query, plan.seconds, at_once)
                    found.setdefault(contestant.name, {}).setdefault(query.name, {})[str(number)] = {
                        "per_second": round(len(taken["latencies"]) / taken["seconds"], 2),
                        "p50_ms": round(median(taken["latencies"]) * 1000, 2),
                        "peak_mib": round(processes.memory_mib(server.pid), 1),
                    }
                    plan.progress.advance(task)
    return found
