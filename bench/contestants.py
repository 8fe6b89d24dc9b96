"""The contestants: how each is started, and how each is asked the four queries."""

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from server.demo import DEMO_NOW

from . import processes
from .database import SECRET, Database
from .queries import QUERIES, Query
from .shapes import PEERS

ROOT = Path(__file__).parent.parent
TYPES = {"class": "SchoolClass", "subject": "Subject", "period": "Period"}
Values = Mapping[str, Any]
Ask = Callable[[Query, Values], tuple[str, dict[str, Any]]]
"""A query with the values of its variables, as the path and the body of a POST."""


@dataclass(frozen=True)
class Contestant:
    """One server. `settings` are added to its environment."""

    name: str
    command: tuple[str, ...]
    ask: Ask
    settings: tuple[tuple[str, str], ...] = ()
    folder: Path = ROOT


def _classbook(query: Query, values: Values) -> tuple[str, dict[str, Any]]:
    opaque = {
        name: b64encode(f"{TYPES[name]}:{value}".encode()).decode() if name in TYPES else value
        for name, value in values.items()
    }
    return "/graphql", {"query": query.text, "variables": opaque}


def _strawberry(query: Query, values: Values) -> tuple[str, dict[str, Any]]:
    return "/graphql", {"query": query.text, "variables": dict(values)}


def _limit(query: Query, values: Values) -> tuple[str, dict[str, Any]]:
    return f"/{query.name}", dict(values)


def _peer(name: str) -> Ask:
    """A peer's own texts, from `bench/peers/requests.json`."""

    def ask(query: Query, values: Values) -> tuple[str, dict[str, Any]]:
        own = json.loads((PEERS / "requests.json").read_text())[name][query.name]
        return own["path"], {"query": own["query"], "variables": dict(values)}

    return ask


_OWN_NODE = PEERS / "node_modules" / ".bin" / "node"


def _node() -> str:
    """The Node that comes with the peers' packages, or the machine's."""
    return str(_OWN_NODE) if _OWN_NODE.exists() else "node"


_SERVE = (str(Path(sys.executable).parent / "classbook"), "serve")
CONTESTANTS = {
    each.name: each
    for each in (
        Contestant("limit", (sys.executable, "-m", "bench.limit"), _limit),
        Contestant("classbook", _SERVE, _classbook),
        Contestant("classbook-off", _SERVE, _classbook, (("CLASSBOOK_EXECUTOR", "off"),)),
        Contestant("mercurius", (_node(), str(PEERS / "mercurius.mjs")), _peer("mercurius"), folder=PEERS),
        Contestant("postgraphile", (_node(), str(PEERS / "postgraphile.mjs")), _peer("postgraphile"), folder=PEERS),
        Contestant("strawberry", (sys.executable, "-W", "ignore", "-m", "bench.plain.app"), _strawberry),
    )
}


def missing(contestant: Contestant) -> str | None:
    """Why the contestant cannot take part on this machine, or None."""
    if contestant.command[0] != _node():
        return None
    if not shutil.which(_node()):
        return "node is not installed"
    if not Path(contestant.command[1]).exists():
        return f"{Path(contestant.command[1]).relative_to(ROOT)} is not there"
    if not (PEERS / "node_modules").exists():
        return "its packages are not installed (npm ci in bench/peers)"
    if not (PEERS / "requests.json").exists():
        return "bench/peers/requests.json is not there"
    return None


class Server:
    """A contestant that runs."""

    def __init__(self, contestant: Contestant, database: Database, process: subprocess.Popen[bytes], port: int) -> None:
        self.contestant = contestant
        self.database = database
        self.process = process
        self.port = port

    @property
    def pid(self) -> int:
        """The number of its main process."""
        return self.process.pid

    def order(self, query: Query, more: Values | None = None) -> dict[str, Any]:
        """What the load is told to send."""
        path, body = self.contestant.ask(query, {**self.database.variables[query.name], **(more or {})})
        return {
            "port": self.port,
            "path": path,
            "body": orjson.dumps(body).decode(),
            "token": self.database.tokens[query.login],
        }

    def fetch(self, query: Query, more: Values | None = None) -> Any:
        """The answer, read."""
        order = self.order(query, more)
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{order['path']}",
            order["body"].encode(),
            {
                "authorization": f"Bearer {order['token']}",
                "content-type": "application/json",
                "accept": "application/json",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=300) as response:  # noqa: S310
                return orjson.loads(response.read())
        except urllib.error.HTTPError as refused:
            text = refused.read()[:2000].decode(errors="replace")
            raise RuntimeError(f"{self.contestant.name}, {query.name}: HTTP {refused.code}: {text}") from refused


@contextmanager
def serving(
    contestant: Contestant, database: Database, folder: Path, settings: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """The contestant, from when it answers to when it has ended."""
    port = processes.free_port()
    own = {
        "PORT": str(port),
        "DATABASE_URL": database.url,
        "VIEWER_SQL": str(database.viewer_sql.resolve()),
        "POOL_SIZE": "10",
        "NODE_ENV": "production",
        "CLASSBOOK_PORT": str(port),
        "CLASSBOOK_SECRET": SECRET,
        "CLASSBOOK_NOW": DEMO_NOW.isoformat(),
        "CLASSBOOK_DATA": str((folder / "classbook").resolve()),
        **dict(contestant.settings),
        **(settings or {}),
    }
    log = folder / f"{contestant.name}.log"
    process = processes.start(list(contestant.command), own, contestant.folder, log)
    server = Server(contestant, database, process, port)
    try:
        _wait(server, log)
        yield server
    finally:
        processes.stop(process)


def _wait(server: Server, log: Path) -> None:
    query, until = QUERIES["diary"], time.monotonic() + 60
    while time.monotonic() < until:
        if server.process.poll() is not None:
            break
        try:
            server.fetch(query)
        except (OSError, RuntimeError) as error:
            last: Exception = error
            time.sleep(0.1)
        else:
            return
    else:
        raise RuntimeError(f"{server.contestant.name} does not answer: {last}")
    raise RuntimeError(f"{server.contestant.name} has ended: {log.read_text(errors='replace')[-2000:]}")


def versions(database: Database) -> dict[str, str]:
    """The versions of all that takes part."""
    import platform
    from importlib.metadata import version

    found = {"Python": platform.python_version(), "PostgreSQL": database.version}
    packages = "strawberry-graphql graphql-core starlette uvicorn uvloop httptools asyncpg sqlalchemy orjson PyJWT"
    found |= {name: version(name) for name in packages.split()}
    if node := shutil.which(_node()):
        found["Node"] = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603
        if (PEERS / "package.json").exists():
            found |= json.loads((PEERS / "package.json").read_text()).get("dependencies", {})
    return found


def machine() -> dict[str, Any]:
    """The machine."""
    import platform

    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "processor": model,
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(memory, 1),
        "kernel": platform.release(),
    }
