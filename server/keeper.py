"""What a process does beside answering: it seals the audit trail, a little behind the commands."""

import asyncio
from contextlib import suppress

import asyncpg
import structlog

from resolvers.account_audit import schools, seal
from resolvers.database import Database

log = structlog.get_logger()

SEALS_EVERY = 30
"""Seconds between two sealings."""


class Keeper:
    """Runs while the application does. Of several processes one seals a school at a time."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run())

    async def end(self) -> None:
        """Stop, whatever is under way: what is not sealed now will be."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(SEALS_EVERY)
            try:
                await self.seal()
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
                log.warning("the audit trail could not be sealed", error=type(error).__name__)

    async def seal(self) -> None:
        """Seal every school's trail; one that is kept waiting by a long command, the next time."""
        for school in await schools(self.database):
            with suppress(asyncpg.LockNotAvailableError):
                await seal(self.database, school.id)
