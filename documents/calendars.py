"""Calendars in the iCalendar format (RFC 5545), as calendar programs subscribe to them.

Hours are floating: the school's own, without a zone (RFC 5545, 3.3.5, form 1). Lessons are where the school is, and the
diary's clients want its hours as they stand. Programs that keep to the standard show a floating hour as it is; Google's
takes one that names no zone for UTC, unless the calendar says its zone in `X-WR-TIMEZONE`, which this does.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from icalendar import Calendar, Event, vDuration, vText

MEDIA_TYPE = "text/calendar; charset=utf-8"
PRODUCT = "-//classbook//calendar 1//RU"
"""Who wrote it. The number grows whenever the same entries are written otherwise: then all have to be fetched anew."""

REMEMBERED = 20_000
"""So many entries stay as they were last written, a kilobyte each: a whole class has the same ones."""

_END = b"END:VCALENDAR\r\n"
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029]")
"""What must not stand in a text; tabs and ends of lines may."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happens: for hours, or, with dates, for whole days; `ends` is the first moment or day after it.

    uid: always the same for the same thing, whenever it takes place. version: grows with each change, made at
    `changed_at`. busy: whether whoever looks at the calendar is taken.
    """

    uid: str
    title: str
    starts: datetime | date
    ends: datetime | date
    place: str | None
    text: str | None
    cancelled: bool
    busy: bool
    version: int
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Timetable:
    """What a calendar holds. zone: where its hours are local, as the IANA names it; refresh: when to look again."""

    name: str
    zone: str
    refresh: timedelta
    entries: Sequence[Entry]

    @property
    def digest(self) -> str:
        """The same for what would be written the same, without writing it: that takes half a millisecond an entry."""
        return hashlib.sha256(repr((PRODUCT, self)).encode()).hexdigest()


def write_calendar(timetable: Timetable) -> bytes:
    """The calendar as a file, its lines folded and its texts escaped."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    for name, text in (("name", timetable.name), ("x-wr-calname", timetable.name), ("x-wr-timezone", timetable.zone)):
        calendar.add(name, vText(_plain(text)))  # the library does not know that these are texts, and would not escape
    calendar.add("refresh-interval", timetable.refresh, parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", vDuration(timetable.refresh))
    around: bytes = calendar.to_ical()
    return b"".join([around.removesuffix(_END), *map(_written, timetable.entries), _END])


@lru_cache(maxsize=REMEMBERED)
def _written(entry: Entry) -> bytes:
    """An entry. Without a METHOD its stamp says when it was last changed (RFC 5545, 3.8.7.2), not when it was sent."""
    event = Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", entry.changed_at)
    event.add("last-modified", entry.changed_at)
    event.add("sequence", max(0, entry.version - 1))
    event.add("dtstart", entry.starts)
    event.add("dtend", entry.ends)
    event.add("summary", _plain(entry.title))
    if entry.place:
        event.add("location", _plain(entry.place))
    if entry.text:
        event.add("description", _plain(entry.text))
    event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    event.add("transp", "OPAQUE" if entry.busy else "TRANSPARENT")
    written: bytes = event.to_ical()
    return written


def _plain(text: str) -> str:
    return _CONTROLS.sub(" ", text.replace("\r\n", "\n"))
