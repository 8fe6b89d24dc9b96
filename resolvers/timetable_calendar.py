"""Reads of calendar feeds, and what one shows: by the edges on which the timetable of GraphQL stands."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any

from sqlalchemy import Boolean

from documents.calendars import Entry, Timetable
from models.timetable_calendar import CalendarFeed
from permissions.timetable_calendar import READERS, TARGETS, visible_calendar_feeds
from rules.curriculum import class_name, group_title
from rules.school import full_name, short_name
from rules.timetable import LessonState
from rules.timetable_calendar import (
    MOST_ENTRIES,
    REFRESH,
    FeedOf,
    days_of,
    entry_title,
    lesson_text,
    lesson_title,
)

from . import curriculum, school, timetable, timetable_week
from .context import Context
from .edges import Edge, Reading
from .edges_kinds import argument, to_one, to_page

_STATE = {"revoked": CalendarFeed.revoked_at.is_not(None) == argument("revoked", Boolean)}


def _feeds(of: str) -> Edge:
    return to_page(
        visible_calendar_feeds, CalendarFeed.account_id, of=of, order={"id": CalendarFeed.id}, filters=_STATE
    )


viewer_feeds, account_feeds = _feeds("account_id"), _feeds("id")
feed_of = to_one(visible_calendar_feeds, CalendarFeed.id, of="feed_id")

_TARGETS = {
    FeedOf.STUDENT: school.student_of,
    FeedOf.CLASS: curriculum.class_of,
    FeedOf.STAFF: school.staff_of,
    FeedOf.ROOM: timetable.room_of,
}
_LESSONS = {
    FeedOf.STUDENT: timetable.student_lessons,
    FeedOf.CLASS: timetable.class_lessons,
    FeedOf.STAFF: timetable.staff_lessons,
    FeedOf.ROOM: timetable.room_lessons,
}
_EVENTS = {FeedOf.STUDENT: timetable_week.student_events, FeedOf.CLASS: timetable_week.class_events}


async def timetable_of(context: Context, feed: Any) -> Timetable | None:
    """What a feed shows its account today; None if that reads no timetable any more, or does not see whose this one is.

    As many statements, however many lessons there are.
    """
    if context.viewer.roles.isdisjoint(READERS):
        return None
    of = next(each for each in FeedOf if getattr(feed, TARGETS[each].column) is not None)
    target = await context.load(_TARGETS[of](), feed)
    if target is None:
        return None
    since, until = days_of(context.viewer.today)
    span = {"since": since, "until": until, "first": MOST_ENTRIES}
    lessons = (await context.load(_LESSONS[of](**span), target)).shown
    events = _each_once(await _events(context, of, target, span))
    entries = [*await _of_lessons(context, of, target, lessons), *map(_of_event, events)]
    return Timetable(_name(of, target), context.viewer.time_zone, REFRESH, entries)


async def _events(context: Context, of: FeedOf, target: Any, span: dict[str, Any]) -> list[list[Any]]:
    """Of a student or a class: theirs. Of an employee: what is for the whole school, and for the classes they lead."""
    if of in _EVENTS:
        return [(await context.load(_EVENTS[of](**span), target)).shown]
    if of is FeedOf.ROOM:
        return []
    led = curriculum.staff_led_classes(day=context.viewer.today)
    classes = await context.load(led, target)
    for_all = await context.load(timetable_week.events_for_all(**span), target)
    theirs = await _all(context, timetable_week.class_events(**span), [(each.id,) for each in classes])
    return [page.shown for page in (for_all, *theirs)]


async def _of_lessons(context: Context, of: FeedOf, target: Any, lessons: Sequence[Any]) -> list[Entry]:
    subjects = await _beside(context, curriculum.subject_of, lessons)
    groups = await _beside(context, curriculum.group_of, lessons)
    teachers = await _beside(context, school.teacher_of, lessons)
    substitutes = await _beside(context, school.substitute_of, lessons)
    found = []
    for lesson in lessons:
        subject, group = subjects.get(lesson.subject_id), groups.get(lesson.group_id)
        teacher, substitute = teachers.get(lesson.teacher_id), substitutes.get(lesson.substitute_id)
        called = group and group_title(class_name(group.grade, group.letter), group.subject_name, group.name)
        of_several = of in (FeedOf.STAFF, FeedOf.ROOM) or (group and group.subject_id is not None)
        cancelled = lesson.state == LessonState.CANCELLED
        given_away = of is FeedOf.STAFF and lesson.substitute_id not in (None, target.id)
        found.append(
            Entry(
                uid=f"lesson-{lesson.id}@{lesson.school_id}.classbook",
                title=entry_title(lesson_title(subject and subject.name, called if of_several else None), cancelled),
                starts=datetime.combine(lesson.date, lesson.starts_at),
                ends=datetime.combine(lesson.date, lesson.ends_at),
                place=lesson.room,
                text=lesson_text(lesson.number, called, _short(teacher), _short(substitute), lesson.moved_from),
                cancelled=cancelled,
                busy=not (cancelled or given_away),
                version=lesson.version,
                changed_at=lesson.changed_at,
            )
        )
    return found


def _of_event(event: Any) -> Entry:
    """An event does not say that whoever sees it is busy: it is for a whole school, or a class, not for one person."""
    starts: date | datetime = event.starts_on
    ends: date | datetime = event.ends_on + timedelta(days=1)
    if event.starts_at is not None:
        starts, ends = (
            datetime.combine(event.starts_on, event.starts_at),
            datetime.combine(event.ends_on, event.ends_at),
        )
    cancelled = event.cancelled_at is not None
    return Entry(
        uid=f"event-{event.id}@{event.school_id}.classbook",
        title=entry_title(event.title, cancelled),
        starts=starts,
        ends=ends,
        place=event.place,
        text=event.description,
        cancelled=cancelled,
        busy=False,
        version=event.version,
        changed_at=event.changed_at,
    )


async def _beside(context: Context, edge: Edge, lessons: Sequence[Any]) -> dict[Any, Any]:
    """The rows to which lessons refer, by number: those that the viewer sees."""
    keys = sorted({key for lesson in lessons if None not in (key := edge().key(lesson))})
    return {key[0]: row for key, row in zip(keys, await _all(context, edge(), keys), strict=True)}


async def _all(context: Context, reading: Reading, keys: Sequence[Any]) -> list[Any]:
    return list(await asyncio.gather(*(context.load_key(reading, key) for key in keys)))


def _each_once(lists: Iterable[Iterable[Any]]) -> list[Any]:
    return list({row.id: row for row in chain.from_iterable(lists)}.values())


def _short(person: Any) -> str | None:
    return person and short_name(person.family_name, person.given_name, person.patronymic)


def _name(of: FeedOf, target: Any) -> str:
    """What the calendar is called."""
    match of:
        case FeedOf.CLASS:
            return class_name(target.grade, target.letter)
        case FeedOf.ROOM:
            return str(target.name)
    return full_name(target.family_name, target.given_name, target.patronymic)
