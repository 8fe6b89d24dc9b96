"""How a process works a set of reports off: it takes one, says that it lives, ends it with a file or with a code."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select, update

from models.report_sets import ReportSet
from rules.report_sets import ATTEMPTS, BROKEN, SetState

from .account import load_viewer
from .account_tokens import Claims
from .commands import command
from .context import Context
from .database import Database
from .report_sets import Print, named

SILENT_FOR = timedelta(seconds=15)
"""A process that has not said for so long that it lives is no more."""


class Overtaken(Exception):
    """The set is no longer this process's: it was cancelled, or another has taken it."""


async def take(database: Database, now: datetime) -> Any:
    """The next set that waits, or whose process is no more; None if there is none. Those that broke too often end."""
    silent = and_(ReportSet.state == SetState.RUNNING.value, ReportSet.beat_at < func.clock_timestamp() - SILENT_FOR)
    open_ = or_(ReportSet.state == SetState.QUEUED.value, silent)
    async with database.transaction() as transaction:
        await transaction.execute(
            update(ReportSet)
            .where(silent, ReportSet.taken >= ATTEMPTS)
            .values(state=SetState.FAILED, error=BROKEN, finished_at=now, current=None)
        )
        free: Any = select(ReportSet.school_id, ReportSet.id).where(open_).order_by(ReportSet.id).limit(1)
        found = await transaction.first(free.with_for_update(skip_locked=True))
        if found is None:
            return None
        return await transaction.first(
            update(ReportSet)
            .where(ReportSet.school_id == found.school_id, ReportSet.id == found.id)
            .values(
                state=SetState.RUNNING, taken=ReportSet.taken + 1, beat_at=func.clock_timestamp(), done=0, current=None
            )
            .returning(*ReportSet.__table__.c)
        )


async def told(database: Database, taken: Any, /, **values: Any) -> None:
    """Write how far a set has come, and that its process lives. Raises `Overtaken` if it is another's by now."""
    async with database.transaction() as transaction:
        await _change(transaction, taken, beat_at=func.clock_timestamp(), **values)


async def _change(transaction: Any, taken: Any, /, **values: Any) -> None:
    own = (ReportSet.school_id == taken.school_id, ReportSet.id == taken.id, ReportSet.taken == taken.taken)
    changed = await transaction.first(
        update(ReportSet)
        .where(*own, ReportSet.state == SetState.RUNNING.value)
        .values(**values)
        .returning(ReportSet.id)
    )
    if changed is None:
        raise Overtaken


async def enter(context: Context, taken: Any) -> bool:
    """Make a fresh request one of the set's owner, with the rights of this moment. False: the session is over."""
    claims = Claims(taken.school_id, taken.session_id)
    context.viewer = await load_viewer(context.snapshot, claims, context.now, context.real_now)
    return context.viewer.signed_in


async def finish(
    context: Context, taken: Any, prints: Sequence[Print], digest: str, size: int, expires_at: datetime, left: int
) -> None:
    """The set has its file. Noted, as if each report in it had been printed. left: how many are not in it."""
    given = {
        "reportSetId": taken.id,
        "formats": taken.formats,
        "prints": named(prints),
    }
    async with command(context, "finishReportSet", given) as work:
        await _change(
            work,
            taken,
            state=SetState.DONE,
            done=taken.total,
            current=None,
            finished_at=work.now,
            digest=digest,
            size=size,
            expires_at=expires_at,
            left=left,
        )


async def fail(database: Database, taken: Any, code: str, now: datetime) -> None:
    """The set ends without a file."""
    await told(database, taken, state=SetState.FAILED, error=code, finished_at=now, current=None)


async def release(database: Database, taken: Any) -> None:
    """Another process may take the set at once: this one stops."""
    await told(database, taken, state=SetState.QUEUED, taken=taken.taken - 1, done=0, current=None)


async def expire(database: Database, now: datetime) -> list[str]:
    """End the sets whose time is over. Gives the digests of files that nothing needs any more."""
    async with database.transaction() as transaction:
        over = and_(ReportSet.state == SetState.DONE.value, ReportSet.expires_at <= now)
        due = await transaction.fetch(
            select(ReportSet.school_id, ReportSet.id, ReportSet.digest).where(over).with_for_update(skip_locked=True)
        )
        for each in due:
            await transaction.execute(
                update(ReportSet)
                .where(ReportSet.school_id == each.school_id, ReportSet.id == each.id)
                .values(state=SetState.EXPIRED, digest=None, size=None, expires_at=None)
            )
        gone = []
        for digest in {each.digest for each in due}:
            if await transaction.first(select(ReportSet.id).where(ReportSet.digest == digest).limit(1)) is None:
                gone.append(digest)
        return gone
