"""Commands on calendar feeds: a link is made, and revoked."""

from dataclasses import dataclass

from sqlalchemy import func, insert, select, update

from models.timetable_calendar import CalendarFeed
from permissions.timetable_calendar import TARGETS, feeds_to_revoke, timetables_to_feed
from rules.timetable_calendar import MOST_FEEDS, FeedOf, digest_of, new_secret, path_of, too_many_feeds

from .commands import command, take_turn
from .context import Context


@dataclass(frozen=True)
class Made:
    """A feed that has been made, and its link, which nothing shows again: None for a repeat of the command."""

    feed_id: int
    path: str | None


async def create_calendar_feed(context: Context, of: FeedOf, number: int, key: str | None) -> Made:
    """A link to the timetable of a student, class, employee or room that the viewer sees.

    `NOT_FOUND`: whom they do not see; `TOO_MANY_FEEDS`: one more than `MOST_FEEDS`.
    """
    async with command(context, "createCalendarFeed", {"of": [of, number]}, key=key) as work:
        if work.repeated:
            return Made(int(work.answer), None)
        viewer = work.viewer
        await work.one(timetables_to_feed(viewer, of, number), "ofId")
        await take_turn(work, viewer.school_id, f"feeds of {viewer.account_id}")
        held = await work.first(
            select(func.count().label("feeds")).where(
                CalendarFeed.school_id == viewer.school_id,
                CalendarFeed.account_id == viewer.account_id,
                CalendarFeed.revoked_at.is_(None),
            )
        )
        if held.feeds >= MOST_FEEDS:
            raise too_many_feeds()
        secret = new_secret(viewer.school_id)
        row = await work.first(
            insert(CalendarFeed)
            .values(
                school_id=viewer.school_id,
                account_id=viewer.account_id,
                secret_digest=digest_of(secret),
                created_at=work.now,
                **{TARGETS[of].column: number},
            )
            .returning(CalendarFeed.id)
        )
        await work.done(row.id)
    return Made(row.id, path_of(secret))


async def revoke_calendar_feed(context: Context, feed_id: int) -> int:
    """Close a link for good, at once. One that is closed already stays as it is."""
    async with command(context, "revokeCalendarFeed", {"feed": feed_id}) as work:
        feed = await work.one(feeds_to_revoke(work.viewer).where(CalendarFeed.id == feed_id), "feedId")
        if feed.revoked_at is None:
            await work.execute(
                update(CalendarFeed)
                .where(CalendarFeed.school_id == feed.school_id, CalendarFeed.id == feed_id)
                .values(revoked_at=work.now)
            )
    return feed_id
