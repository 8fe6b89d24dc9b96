"""Sets of reports: each process prints one at a time in the background; `GET /report-sets/{id}.zip` gives them out."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import structlog
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from documents.archives import Archive
from documents.files import FileStore, Missing
from documents.forms import Printer, TooLong, Unprintable
from resolvers.context import Context
from resolvers.journal_print import made_now
from resolvers.report_sets import Print, file_of_set, name_of, paper_of
from resolvers.report_sets_left import Left, lines_of
from resolvers.report_sets_work import Overtaken, enter, expire, fail, finish, release, take, told
from rules.refusals import Refusal, RefusalCode, not_found
from rules.report_sets import BROKEN
from schema.base import number

from .files import HEADERS, Files
from .graphql import Door, masked
from .report_prints import file_of

log = structlog.get_logger()

LOOKS_EVERY = 1
"""Seconds between two looks for a set that waits."""

BEATS_EVERY = 3
"""Seconds between two signs of life of a process that prints one."""

CLEARS_EVERY = 600
"""Seconds between two looks for files whose time is over."""

LEFT_OUT = "Не вошло.txt"
"""What the file is called that says which reports could not be made, and why."""


TOO_LONG = "печать заняла слишком много времени."
UNPRINTABLE = "напечатать не удалось."


def unmade(each: Print, why: str) -> Left:
    """A report that could not be made."""
    return Left(each.report, each.of, each.folder, why)


async def printed(
    each: Print, endings: Sequence[str], context: Context, printer: Printer
) -> AsyncIterator[tuple[str, bytes]]:
    """A report of a set in its formats: the name of the file, its bytes. No connection is held while it is being made;
    what is read in the context after that is read anew.
    """
    paper = await paper_of(context, each)
    made = made_now(context)
    await context.refresh()
    for ending in endings:
        yield made.file_name(name_of(paper), ending), await file_of(paper, ending, made, printer)


class SetPrinter:
    """Runs while the application does: prints the sets that wait, one at a time, and clears old files away."""

    def __init__(self, door: Door, store: FileStore, printer: Printer, kept: timedelta) -> None:
        self.door = door
        self.store = store
        self.printer = printer
        self.kept = kept
        self._tasks: list[asyncio.Task[None]] = []

    def begin(self) -> None:
        """Begin."""
        for every, work in ((LOOKS_EVERY, self.work), (CLEARS_EVERY, self.clear)):
            self._tasks.append(asyncio.create_task(self._run(every, work)))

    async def end(self) -> None:
        """Stop. The set under way is another process's."""
        for task in self._tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def clear(self) -> None:
        """Clear away the files whose time is over."""
        for digest in await expire(self.door.database, self.door.clock.now()):
            await self.store.remove(digest)

    async def work(self) -> None:
        """Print the sets that wait, until none does."""
        while (taken := await take(self.door.database, self.door.clock.now())) is not None:
            beating = asyncio.create_task(self._beat(taken))
            try:
                await self._print(taken)
            except Overtaken:
                log.info("a set of reports is no longer this process's", set=taken.id)
            except Refusal as refusal:
                await self._fail(taken, refusal.code)
            except asyncio.CancelledError:
                with suppress(Overtaken):
                    await release(self.door.database, taken)
                raise
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                raise  # its time runs out, and it is taken again
            except Exception as error:
                masked(error)
                await self._fail(taken, BROKEN)
            finally:
                beating.cancel()
                with suppress(asyncio.CancelledError):
                    await beating

    async def _print(self, taken: Any) -> None:
        """Print a set from its beginning. Each report is read in the rights that its owner has at that moment."""
        prints = [Print.of_kept(each) for each in taken.prints]
        made: list[Print] = []
        left = [Left.of_kept(each) for each in taken.omitted]
        async with self.store.receive() as incoming:
            archive = await self._archive(taken)
            for done, each in enumerate(prints):
                await told(self.door.database, taken, done=done, current=each.title)
                context = self.door.context()
                try:
                    await _entered(context, taken)
                    async for name, content in printed(each, taken.formats, context, self.printer):
                        path = archive.free(each.folder, name)
                        await incoming.write(await asyncio.to_thread(archive.add, path, content))
                    made.append(each)
                except Refusal as refusal:
                    if refusal.code not in (RefusalCode.BAD_INPUT, RefusalCode.RANGE_TOO_LONG):
                        raise
                    left.append(unmade(each, refusal.message))
                except TooLong:
                    left.append(unmade(each, TOO_LONG))
                except Unprintable as error:
                    masked(error)
                    left.append(unmade(each, UNPRINTABLE))
                finally:
                    self.door.note(context)
                    await context.close()
            if left:
                path = archive.free("", LEFT_OUT)
                lines = await self._lines(taken, left)
                await incoming.write(await asyncio.to_thread(archive.add, path, "\r\n".join(lines).encode("utf-8-sig")))
            await incoming.write(archive.end())
            context = self.door.context()
            try:
                await _entered(context, taken)
                await incoming.keep()
                expires_at = context.now + self.kept
                await finish(context, taken, made, incoming.digest, incoming.size, expires_at, len(left))
            finally:
                await context.close()

    async def _archive(self, taken: Any) -> Archive:
        """The archive of a set, dated by its school's clock."""
        context = self.door.context()
        try:
            await _entered(context, taken)
            return Archive(context.now.astimezone(ZoneInfo(context.viewer.time_zone)))
        finally:
            await context.close()

    async def _lines(self, taken: Any, left: Sequence[Left]) -> list[str]:
        """What is not in a set, as its owner reads it."""
        context = self.door.context()
        try:
            await _entered(context, taken)
            return await lines_of(context, left)
        finally:
            await context.close()

    async def _fail(self, taken: Any, code: str) -> None:
        with suppress(Overtaken):
            await fail(self.door.database, taken, code, self.door.clock.now())

    async def _beat(self, taken: Any) -> None:
        """Say that this process lives, for as long as it prints."""
        while True:
            await asyncio.sleep(BEATS_EVERY)
            with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError, Overtaken):
                await told(self.door.database, taken)

    async def _run(self, every: float, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        while True:
            await asyncio.sleep(every)
            try:
                await work()
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
                log.warning("sets of reports must wait", work=work.__name__, error=type(error).__name__)
            except Exception as error:
                masked(error)


async def _entered(context: Context, taken: Any) -> None:
    if not await enter(context, taken):
        raise Refusal(RefusalCode.SESSION_ENDED, "Сеанс завершён.")


class ReportSets(Files):
    """An ASGI application: gives a set's file to its owner, and to nobody else."""

    async def respond(self, request: Request, context: Context, held: AsyncExitStack) -> Response:
        """The file of the set that the address names."""
        try:
            row = number("ReportSet", request.path_params["id"], "id")
        except Refusal:
            raise not_found() from None
        found = await file_of_set(context, row)
        if found is None:
            raise not_found()
        await context.close()
        try:
            content = await held.enter_async_context(self.store.open(found.digest, found.size))
        except Missing:
            raise not_found() from None
        headers = {
            **HEADERS,
            "Content-Disposition": f'attachment; filename="reports-{found.id}.zip"',
            "Content-Length": str(found.size),
        }
        return StreamingResponse(content, headers=headers, media_type="application/zip")
