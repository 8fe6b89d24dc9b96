"""Commands on announcements (1.7): publish, change, withdraw, and say that one has read."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, insert, update
from sqlalchemy.dialects.postgresql import insert as upsert

from models.curriculum import SchoolClass, StudyGroup
from models.school_announcements import (
    Announcement,
    AnnouncementAttachment,
    AnnouncementReceipt,
    AnnouncementTarget,
)
from permissions.school_announcements import (
    OFFICE,
    announcements_to_change,
    announcements_to_read,
    classes_to_announce,
    groups_to_announce,
)
from rules.curriculum import GRADES
from rules.journal import COMMENT_LENGTH, TEXT_LENGTH, check_text
from rules.refusals import not_found
from rules.school_announcements import (
    TITLE_LENGTH,
    Audience,
    check_audience,
    check_days,
    whole_school_refused,
    withdrawn,
)

from .commands import Work, among, check_version, command
from .context import Context
from .school_files import check_files, hang

_AUDIENCE = "audience"


async def _check_audience(work: Work, audience: Audience) -> None:
    """Refuse an audience that the viewer may not address."""
    check_audience(audience, GRADES, _AUDIENCE)
    if (audience.whole_school or audience.grades) and not work.viewer.roles & OFFICE:
        raise whole_school_refused(f"{_AUDIENCE}.wholeSchool" if audience.whole_school else f"{_AUDIENCE}.grades")
    for name, numbers, scope, column in (
        ("classIds", audience.classes, classes_to_announce, SchoolClass.id),
        ("groupIds", audience.groups, groups_to_announce, StudyGroup.id),
    ):
        if numbers:
            found = {row.id for row in await work.reach(scope(work.viewer).where(among(column, numbers)))}
            for position, each in enumerate(numbers):
                if each not in found:
                    raise not_found(f"{_AUDIENCE}.{name}.{position}")


async def _aim(work: Work, announcement: int, audience: Audience) -> None:
    """Name the classes and groups, in place of those that were named."""
    await work.execute(
        delete(AnnouncementTarget).where(
            AnnouncementTarget.school_id == work.viewer.school_id, AnnouncementTarget.announcement_id == announcement
        )
    )
    of = {"school_id": work.viewer.school_id, "announcement_id": announcement}
    named = [{**of, "class_id": each, "group_id": None} for each in dict.fromkeys(audience.classes)]
    named += [{**of, "class_id": None, "group_id": each} for each in dict.fromkeys(audience.groups)]
    if named:
        await work.execute(insert(AnnouncementTarget).values(named))


def _columns(audience: Audience) -> dict[str, Any]:
    return {
        "readers": sorted(audience.readers),
        "whole_school": audience.whole_school,
        "grades": sorted(set(audience.grades)) or None,
    }


def _noted(audience: Audience) -> dict[str, Any]:
    """The audience as the audit trail keeps it."""
    return {**_columns(audience), "classes": list(audience.classes), "groups": list(audience.groups)}


async def publish_announcement(
    context: Context, audience: Audience, values: Mapping[str, Any], files: Sequence[int], key: str | None
) -> int:
    """Announce something. `values`: title, text, starts_on, ends_on, pinned."""
    given = {"audience": _noted(audience), "files": list(files), **values}
    async with command(context, "publishAnnouncement", given, key=key) as work:
        if work.repeated:
            return int(work.answer)
        days = {**values, "starts_on": values["starts_on"] or work.today}
        _check_words(days)
        check_days(days["starts_on"], days["ends_on"], work.today)
        await _check_audience(work, audience)
        await check_files(work, files)
        of = {"school_id": work.viewer.school_id}
        row = await work.first(
            insert(Announcement)
            .values(
                **of,
                **days,
                **_columns(audience),
                published_at=work.now,
                author_id=work.viewer.account_id,
                version=1,
                **work.stamp,
            )
            .returning(Announcement.id)
        )
        await _aim(work, row.id, audience)
        await hang(work, AnnouncementAttachment, files, announcement_id=row.id)
        return int(await work.done(row.id))


def _check_words(values: Mapping[str, Any]) -> None:
    for name, length in (("title", TITLE_LENGTH), ("text", TEXT_LENGTH)):
        if name in values:
            check_text(values[name], length, name, required=True)


async def update_announcement(
    context: Context, number: int, audience: Audience | None, values: Mapping[str, Any], if_version: int | None
) -> int:
    """Change what was sent of an announcement: title, text, days, audience. What it said before stays in history."""
    given = {"announcement": number, **({"audience": _noted(audience)} if audience else {}), **values}
    async with command(context, "updateAnnouncement", given) as work:
        row = await _one(work, number, if_version)
        _check_words(values)
        days = {"starts_on": row.starts_on, "ends_on": row.ends_on, **values}
        if {"starts_on", "ends_on"} & values.keys():
            check_days(days["starts_on"], days["ends_on"], work.today)
        changes = dict(values)
        if audience:
            await _check_audience(work, audience)
            await _aim(work, number, audience)
            changes |= _columns(audience)
        await _change(work, number, changes)
    return number


async def withdraw_announcement(context: Context, number: int, reason: str, if_version: int | None) -> int:
    """Take an announcement back: its audience reads it no more."""
    async with command(context, "withdrawAnnouncement", {"announcement": number, "reason": reason}) as work:
        await _one(work, number, if_version)
        check_text(reason, COMMENT_LENGTH, "reason", required=True)
        await _change(work, number, {"withdrawn_at": work.now, "withdrawal_reason": reason})
    return number


async def read_announcement(context: Context, number: int) -> int:
    """Say that one has read an announcement. A repeat keeps the first moment."""
    async with command(context, "readAnnouncement", {"announcement": number}) as work:
        await work.one(announcements_to_read(work.viewer).where(Announcement.id == number), "announcementId")
        await work.execute(
            upsert(AnnouncementReceipt)
            .values(
                school_id=work.viewer.school_id,
                announcement_id=number,
                account_id=work.viewer.account_id,
                read_at=work.now,
            )
            .on_conflict_do_nothing()
        )
    return number


async def _one(work: Work, number: int, if_version: int | None) -> Any:
    row = await work.one(announcements_to_change(work.viewer).where(Announcement.id == number), "announcementId")
    check_version(if_version, row.version)
    if row.withdrawn_at is not None:
        raise withdrawn("announcementId")
    return row


async def _change(work: Work, number: int, changes: Mapping[str, Any]) -> None:
    await work.execute(
        update(Announcement)
        .where(Announcement.school_id == work.viewer.school_id, Announcement.id == number)
        .values(**changes, version=Announcement.version + 1, **work.stamp)
    )
