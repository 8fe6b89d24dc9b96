"""The processes that serve: this one, or several workers that this one looks after."""

import asyncio
import multiprocessing
import os
import signal
import socket
import sys
import time
from contextlib import suppress
from functools import partial
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from tempfile import TemporaryDirectory
from typing import Any

import structlog
import uvicorn
from prometheus_client.multiprocess import mark_process_dead
from starlette.applications import Starlette
from uvicorn.config import STARTUP_FAILURE

from .app import create_app
from .clock import Clock
from .graphql import MOST_BODY
from .metrics import FOLDER
from .settings import Settings
from .warm import warm_up

log = structlog.get_logger()

WEBSOCKETS: dict[str, Any] = {"ws": "websockets-sansio", "ws_max_size": MOST_BODY}
"""How uvicorn serves WebSockets: a message is no longer than a body."""

GRACE_SECONDS = 30
"""Told to stop, a worker lets the requests under way go on for so long."""

PAUSE_SECONDS = 0.5
"""Between the end of a worker and the start of another: one that dies at once must not keep a processor busy."""


class Server(uvicorn.Server):
    """uvicorn's server, which tells subscribers that it stops: nobody would wait for a stream to end by itself."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop."""
        if hub := self.lifespan.state.get("hub"):
            await hub.close()
        await super().shutdown(sockets)


def serve(url: str, key: str, settings: Settings) -> None:
    """Serve until told to stop. All workers have one clock, also one that is started later."""
    config = uvicorn.Config(
        partial(_application, url, key, settings, Clock(settings.now)),
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        loop="uvloop",
        http="httptools",
        **WEBSOCKETS,
        forwarded_allow_ips=settings.trusted_proxies,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    with suppress(KeyboardInterrupt):
        if settings.workers == 1:
            Server(config).run()
        else:
            with TemporaryDirectory(prefix="classbook-metrics-") as folder:
                os.environ[FOLDER] = folder
                _look_after(config, folder)


def _look_after(config: uvicorn.Config, folder: str) -> None:
    """Run the workers, and another for each that dies, until a signal raises an exception here.

    uvicorn has a supervisor too: it asks each worker in turn whether it is well, and while one starts, or dies before
    it answers, it neither starts another nor stops.
    """
    config.bind_socket().close()  # refuses a port that another server listens on; a worker would share it
    workers: list[BaseProcess] = []
    try:
        while True:
            while len(workers) < config.workers:
                workers.append(_started(config))
            wait([worker.sentinel for worker in workers])
            for worker in [each for each in workers if not each.is_alive()]:
                log.warning("a worker ended", pid=worker.pid, exit_code=worker.exitcode)
                if worker.exitcode == STARTUP_FAILURE:
                    sys.exit(STARTUP_FAILURE)
                mark_process_dead(worker.pid, folder)  # type: ignore[no-untyped-call]
                workers.remove(worker)
            time.sleep(PAUSE_SECONDS)
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.join()


def _started(config: uvicorn.Config) -> BaseProcess:
    """A new worker. What it is given goes through a pipe: no secret stands in a command line or an environment."""
    worker = multiprocessing.get_context("spawn").Process(target=_work, args=(config,))
    worker.start()
    return worker


def _work(config: uvicorn.Config) -> None:
    """Serve, in a worker, on a socket of its own, which uvicorn listens on once the application has started.

    The kernel deals connections out among the sockets of one port. Of a socket that the workers shared, the first to
    wake would take all that wait: a proxy opens several connections at once, and keeps them.
    """
    config.configure_logging()
    own = socket.socket(socket.AF_INET6 if ":" in config.host else socket.AF_INET)
    own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    own.bind((config.host, config.port))
    with suppress(KeyboardInterrupt):
        Server(config).run([own])


def _application(url: str, key: str, settings: Settings, clock: Clock) -> Starlette:
    """What a process serves, made in it."""
    if parent := multiprocessing.parent_process():
        _end_with(parent)
    application = create_app(url, key, settings, clock)
    warm_up(settings.compiles)
    return application


def _end_with(parent: BaseProcess) -> None:
    """Stop when the process that looks after this one is no more, even if it was killed."""
    loop = asyncio.get_running_loop()

    def stop() -> None:
        loop.remove_reader(parent.sentinel)
        signal.raise_signal(signal.SIGTERM)

    loop.add_reader(parent.sentinel, stop)
