"""A calendar link is followed: whose it is, how often others have been guessed, and when it was last fetched."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Text, delete, func, insert, literal, select, update

from models.account import CALENDAR, LoginFailure
from models.school import School
from models.timetable_calendar import CalendarFeed
from rules.account import LOGIN_WINDOW_MINUTES
from rules.refusals import Refusal, RefusalCode
from rules.timetable_calendar import FAILURES_PER_ADDRESS, digest_of

from .account import viewer_by, viewer_of
from .context import Context
from .database import compile_statement
from .edges_kinds import argument
from .timetable_calendar import feed_of

_FEED = """
WITH door AS (
    SELECT school_id, account_id, id FROM calendar_feed
    WHERE school_id = $1 AND secret_digest = $2 AND revoked_at IS NULL
)"""
_BY_FEED = viewer_by(_FEED, "school_id", "digest", "now")
_FAILURES = compile_statement(
    select(func.count().label("failures")).where(
        LoginFailure.school_id == argument("school_id"),
        LoginFailure.address == argument("address", Text),
        LoginFailure.at > argument("since", LoginFailure.at.type),
    )
)


async def follow_link(context: Context, school_id: int, secret: str) -> Any:
    """The feed of a secret, with the context's viewer as its account is today; None if it opens nothing.

    Refused is an address that has found nothing too often, before the secret is looked at.
    """
    await _check_turned_away(context, school_id)
    given = {"school_id": school_id, "digest": digest_of(secret), "now": context.now}
    rows = await context.snapshot.fetch(_BY_FEED, given, alone=True)
    if not rows:
        return None
    context.viewer = viewer_of(rows[0])
    return await context.load_key(feed_of(), (rows[0].door_id,))


def _address(context: Context) -> str:
    """Counted apart from log-ins: many dead links in a school's telephones must not close its log-in."""
    return context.tokens.digest(f"{CALENDAR} {context.address}")


def _since(context: Context) -> datetime:
    return context.real_now - timedelta(minutes=LOGIN_WINDOW_MINUTES)


async def _check_turned_away(context: Context, school_id: int) -> None:
    given = {"school_id": school_id, "address": _address(context), "since": _since(context)}
    (recent,) = await context.snapshot.fetch(_FAILURES, given, alone=True)
    if recent.failures >= FAILURES_PER_ADDRESS:
        message = f"Слишком много неудачных попыток. Повторите через {LOGIN_WINDOW_MINUTES} минут."
        raise Refusal(RefusalCode.TOO_MANY_ATTEMPTS, message)


async def note_failure(context: Context, school_id: int) -> None:
    """Count a fetch that found nothing; of a school that does not exist, there is nothing to be guessed."""
    values = [literal(CALENDAR), literal(_address(context)), literal(context.real_now)]
    async with context.database.transaction() as transaction:
        await transaction.execute(
            delete(LoginFailure).where(LoginFailure.school_id == school_id, LoginFailure.at <= _since(context))
        )
        await transaction.execute(
            insert(LoginFailure).from_select(
                ["school_id", "login_key", "address", "at"],
                select(School.id, *values).where(School.id == school_id),
            )
        )


async def note_fetch(context: Context, feed: Any) -> None:
    """Remember when the feed was last fetched."""
    async with context.database.transaction() as transaction:
        await transaction.execute(
            update(CalendarFeed)
            .where(CalendarFeed.school_id == feed.school_id, CalendarFeed.id == feed.id)
            .values(fetched_at=context.now)
        )
