"""What a process does beside answering: it seals the audit trail, notes since when deadlines are met, writes down who
has opened which journal, runs reports that are due, writes the daily digests, and closes remarks that are mended.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import asyncpg
import structlog

from resolvers.account_audit import schools, seal
from resolvers.context import Context
from resolvers.database import Database
from resolvers.journal_access import Opening, openings, put_down
from resolvers.report_digests import write_digests
from resolvers.report_obligations_notes import note_states
from resolvers.report_remarks import close_mended, schools_with_findings
from resolvers.report_schedule import run_due

from .clock import Clock

log = structlog.get_logger()

SEALS_EVERY = 30
"""Seconds between two sealings."""

LOOKS_EVERY = 600
"""Seconds between two looks at what is met by a state that says nothing of its age."""

WRITES_EVERY = 1
"""Seconds after which what was opened stands in the log: a request never waits for it."""

REPORTS_EVERY = 20
"""Seconds between two looks for reports that are due."""

MENDS_EVERY = 30
"""Seconds between two looks for remarks of which nothing is found any more."""

DIGESTS_EVERY = 60
"""Seconds between two looks for schools whose digests of the day are not written yet."""

MOST_WAITING = 100_000
"""How many openings wait for a database that does not answer. With more, what was opened first is lost."""


class Keeper:
    """Runs while the application does. One process at a time seals a school; each writes what it has shown."""

    def __init__(
        self, database: Database, clock: Clock | None = None, context_at: Callable[[], Context] | None = None
    ) -> None:
        """context_at: makes a context of now, for nobody yet; without it no reports are run."""
        self.database = database
        self.clock = clock or Clock()
        self.context_at = context_at
        self.waiting: list[Opening] = []
        self._tasks: list[asyncio.Task[None]] = []

    def begin(self) -> None:
        """Begin."""
        works = (
            *((SEALS_EVERY, self.seal), (LOOKS_EVERY, self.look)),
            *((WRITES_EVERY, self.write), (REPORTS_EVERY, self.report)),
            (MENDS_EVERY, self.mend),
            (DIGESTS_EVERY, self.digest),
        )
        for every, work in works:
            self._tasks.append(asyncio.create_task(self._run(every, work)))

    async def end(self) -> None:
        """Stop, and write what is still waiting. What is not sealed now will be."""
        for task in self._tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await self._try(self.write)

    def note(self, context: Context) -> None:
        """Remember what a request has opened."""
        self.waiting.extend(openings(context))
        if len(self.waiting) > MOST_WAITING:
            log.error("openings of journals are lost", lost=len(self.waiting) - MOST_WAITING)
            del self.waiting[:-MOST_WAITING]

    async def seal(self) -> None:
        """Seal every school's trail; one that is kept waiting by a long command, the next time."""
        for school in await schools(self.database):
            with suppress(asyncpg.LockNotAvailableError):
                await seal(self.database, school.id)

    async def report(self) -> None:
        """Run the reports that are due."""
        if self.context_at is not None:
            await run_due(self.database, self.context_at)

    async def digest(self) -> None:
        """Write the digests of every school whose day has begun."""
        for school in await schools(self.database):
            await write_digests(self.database, school.id, self.clock.now())

    async def look(self) -> None:
        """Look at every school's states, one after another."""
        for school in await schools(self.database):
            async with self.database.transaction() as transaction:
                await note_states(transaction, school.id, self.clock.now())

    async def mend(self) -> None:
        """Close the remarks that have been mended."""
        for school in await schools_with_findings(self.database):
            await close_mended(self.database, school, self.clock.now())

    async def write(self) -> None:
        """Write what was opened into the log; where that fails, or is broken off, it waits for the next time."""
        opened, self.waiting = self.waiting, []
        if opened:
            try:
                await put_down(self.database, opened)
            except BaseException:
                self.waiting[:0] = opened
                raise

    async def _run(self, every: float, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            await asyncio.sleep(every)
            await self._try(work)

    async def _try(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            log.warning("the database does not take it", work=work.__name__, error=type(error).__name__)
