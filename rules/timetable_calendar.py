"""Calendar feeds (6.1): what one may show, for which days, in which words, and what its secret looks like."""

import hashlib
import re
from datetime import date, timedelta
from enum import StrEnum
from secrets import token_urlsafe

from .refusals import Refusal, RefusalCode

MOST_FEEDS = 20
"""So many feeds of one account may work at once."""

DAYS_BACK, DAYS_AHEAD = 30, 365
"""The days of a feed around today: ahead, as far as lessons are ever made, even before the next year has begun."""

MOST_ENTRIES = 5000
"""The most lessons, and the most events, that one feed shows: more than any room has in so many days."""

REFRESH = timedelta(hours=1)
"""How often a calendar program is asked to look again."""

FAILURES_PER_ADDRESS = 100
"""So many fetches that find nothing, from one network address within the window of log-ins, close the door to it until
the window has passed: as many as for log-ins, since a whole school may stand behind one."""

_SECRET_BYTES = 32
_SECRET = re.compile(r"([1-9][0-9]{0,17})-[A-Za-z0-9_-]{43}")


class FeedOf(StrEnum):
    """Whose timetable a feed shows, by the name of the type."""

    STUDENT = "Student"
    CLASS = "SchoolClass"
    STAFF = "Staff"
    ROOM = "Room"


def new_secret(school_id: int) -> str:
    """The secret of a new link. It says which school's it is, so that it is looked for there alone."""
    return f"{school_id}-{token_urlsafe(_SECRET_BYTES)}"


def school_of(secret: str) -> int | None:
    """The school that a secret names; None for what cannot be a secret."""
    found = _SECRET.fullmatch(secret)
    return int(found[1]) if found else None


def digest_of(secret: str) -> str:
    """What is stored of a secret. It is as random as a key, so it needs no salt and no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def path_of(secret: str) -> str:
    """The link, from the address of the server."""
    return f"/calendar/{secret}.ics"


def too_many_feeds() -> Refusal:
    """The refusal of one link more than an account may have."""
    message = f"Действующих ссылок уже {MOST_FEEDS}. Сначала отзовите одну из них."
    return Refusal(RefusalCode.TOO_MANY_FEEDS, message, "ofId")


def days_of(today: date) -> tuple[date, date]:
    """The first and the last day that a feed shows."""
    return today - timedelta(days=DAYS_BACK), today + timedelta(days=DAYS_AHEAD)


def entry_title(title: str, cancelled: bool) -> str:
    """The title of an entry: what is cancelled says so, too, where a calendar program does not look at its status."""
    return f"Отменено: {title}" if cancelled else title


def lesson_title(subject: str | None, group: str | None) -> str:
    """«Алгебра», or «Алгебра, 5А» in the timetable of somebody who has several classes."""
    return ", ".join(part for part in (subject or "Урок", group) if part)


def lesson_text(
    number: int, group: str | None, teacher: str | None, substitute: str | None, moved_from: date | None
) -> str:
    """What is told of a lesson beside its title, hours and room: line by line, as far as it is known."""
    told = (
        ("Группа", group),
        ("Учитель", teacher),
        ("Замещает", substitute),
        ("Перенесён с", moved_from and f"{moved_from:%d.%m.%Y}"),
    )
    return "\n".join([f"Урок {number}", *(f"{what}: {value}" for what, value in told if value)])
