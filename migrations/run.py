"""Brings a database to a revision, or says how it differs from the models."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from models import Base


def config_for(connection: Connection) -> Config:
    """Alembic's settings for one connection; the scripts are those beside this file."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config


async def _on(url: str, work: Callable[[Connection], Any]) -> Any:
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(work)
    finally:
        await engine.dispose()


async def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database at `url` up to `revision`; each migration is one transaction."""
    await _on(url, lambda connection: command.upgrade(config_for(connection), revision))


async def downgrade(url: str, revision: str) -> None:
    """Take the database at `url` back to `revision`; `base` empties it."""
    await _on(url, lambda connection: command.downgrade(config_for(connection), revision))


async def differences(url: str) -> list[Any]:
    """What the models have and the database lacks, or the other way round, as Alembic tells it."""

    def compare(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(
            connection, opts={"include_object": lambda element, *_: not getattr(element, "info", {}).get("view")}
        )
        return list(compare_metadata(context, Base.metadata))

    found: list[Any] = await _on(url, compare)
    return found
