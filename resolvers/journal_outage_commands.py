"""Commands on outages (13): that access was lost, and when it came back."""

from datetime import datetime

from sqlalchemy import insert, or_, select, update

from models.journal_outage import Outage, OutageTransfer
from models.timetable import Lesson
from permissions.journal_outage import outages_to_end
from permissions.scopes import same
from rules.journal import COMMENT_LENGTH, check_text
from rules.journal_outage import check_span, local, overlapping
from rules.refusals import Refusal, RefusalCode

from .commands import Work, check_version, command, take_turn
from .context import Context


async def declare_outage(
    context: Context, started_at: datetime, ended_at: datetime | None, reason: str | None, key: str | None
) -> int:
    """Record that access was lost, and if it is known already, when it came back (13.1)."""
    given = {"startedAt": started_at, "endedAt": ended_at, "reason": reason}
    async with command(context, "declareOutage", given, key=key) as work:
        if work.repeated:
            return int(work.answer)
        zone = work.viewer.time_zone
        started, ended = local(started_at, zone), local(ended_at, zone) if ended_at else None
        check_span(started, ended, work.now, "startedAt")
        check_text(reason, COMMENT_LENGTH, "reason")
        await take_turn(work, work.viewer.school_id, "outages")
        await _check_alone(work, started, ended)
        row = await work.first(
            insert(Outage)
            .values(
                school_id=work.viewer.school_id,
                started_at=started,
                ended_at=ended,
                starts_on=started.date(),
                ends_on=ended and ended.date(),
                reason=reason,
                declared_at=work.now,
                declared_by=work.viewer.account_id,
                version=1,
                **work.stamp,
            )
            .returning(Outage.id)
        )
        return int(await work.done(row.id))


async def end_outage(
    context: Context, outage_id: int, ended_at: datetime, if_version: int | None, key: str | None
) -> int:
    """Say when access came back, or correct it: two working days for the transfer begin then (13.2)."""
    async with command(context, "endOutage", {"outage": outage_id, "endedAt": ended_at}, key=key) as work:
        await take_turn(work, work.viewer.school_id, "outages")
        outage = await work.one(outages_to_end(work.viewer).where(Outage.id == outage_id), "outageId")
        if work.repeated:
            return int(work.answer)
        check_version(if_version, outage.version)
        ended = local(ended_at, work.viewer.time_zone)
        check_span(local(outage.started_at, work.viewer.time_zone), ended, work.now, "endedAt")
        await _check_alone(work, outage.started_at, ended, outage_id)
        later = await work.first(
            select(OutageTransfer.id)
            .join(Lesson, same(Lesson, OutageTransfer.lesson_id))
            .where(
                OutageTransfer.school_id == work.viewer.school_id,
                OutageTransfer.outage_id == outage_id,
                Lesson.date > ended.date(),
            )
        )
        if later is not None:
            message = "Записи более поздних уроков уже перенесены как записи этого перерыва."
            raise Refusal(RefusalCode.IN_USE, message, "endedAt", "13.2")
        await work.execute(
            update(Outage)
            .where(Outage.school_id == work.viewer.school_id, Outage.id == outage_id)
            .values(ended_at=ended, ends_on=ended.date(), version=Outage.version + 1, **work.stamp)
        )
        return int(await work.done(outage_id))


async def _check_alone(work: Work, started: datetime, ended: datetime | None, but: int = 0) -> None:
    """Refuse a time in which access is lost already; the commands take turns."""
    known = select(Outage.id).where(
        Outage.school_id == work.viewer.school_id,
        Outage.id != but,
        or_(Outage.ended_at.is_(None), Outage.ended_at >= started),
    )
    if ended is not None:
        known = known.where(Outage.started_at <= ended)
    if await work.first(known) is not None:
        raise overlapping()
