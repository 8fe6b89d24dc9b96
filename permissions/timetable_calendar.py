"""Who may see calendar feeds, of whose timetable one may be made, and who may revoke one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from models.curriculum import SchoolClass
from models.school import Staff, Student
from models.timetable import Room
from models.timetable_calendar import CalendarFeed
from rules.account import PERSONAL, Role
from rules.timetable_calendar import FeedOf

from .curriculum import visible_classes
from .school import visible_staff, visible_students
from .scopes import ALL, Rows, Scope, columns, of_school, union
from .timetable import TIMETABLE, visible_rooms
from .viewer import Viewer, reach

READERS = TIMETABLE - {Role.ANALYST}
"""People who read the timetable: who holds none of these roles makes no feed, and theirs show nothing."""

_own: ColumnElement[bool] = CalendarFeed.account_id == reach.account_id

visible_calendar_feeds = Scope(
    "CalendarFeed",
    Rows(CalendarFeed),
    {PERSONAL | {Role.SERVICE}: _own, Role.ADMINISTRATOR: ALL},
)
"""One's own feeds; all of the school's for the administrator, who may revoke them."""


@dataclass(frozen=True)
class Target:
    """What a feed of a kind shows: the rows, their numbers, and the column of the feed that refers to one."""

    scope: Scope
    id: Any
    column: str


TARGETS: Mapping[FeedOf, Target] = {
    FeedOf.STUDENT: Target(visible_students, Student.id, "student_id"),
    FeedOf.CLASS: Target(visible_classes, SchoolClass.id, "class_id"),
    FeedOf.STAFF: Target(visible_staff, Staff.id, "staff_id"),
    FeedOf.ROOM: Target(visible_rooms, Room.id, "room_id"),
}


def timetables_to_feed(viewer: Viewer, of: FeedOf, number: int) -> Select[Any]:
    """The student, class, employee or room of whose timetable the viewer may make a feed: whom they see."""
    target = TARGETS[of]
    return target.scope(viewer).where(target.id == number)


def feeds_to_revoke(viewer: Viewer) -> Select[Any]:
    """Feeds that the viewer may revoke: their own, any of the school for the administrator."""
    arms = {**dict.fromkeys(PERSONAL, _own), Role.ADMINISTRATOR: ALL}
    return select(*columns(CalendarFeed)).where(of_school(CalendarFeed), union(arms, viewer.roles)).with_for_update()
