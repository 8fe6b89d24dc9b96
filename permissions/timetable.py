"""Who may see bells, rooms and dated lessons, and who may change bells and rooms."""

from typing import Any

from sqlalchemy import Select, select

from models.base import russian_key
from models.curriculum import AcademicYear
from models.timetable import Bell, BellSchedule, Lesson, Room
from rules.account import Role

from .curriculum import PLAN
from .scopes import ALL, Rows, Scope, among, beside, columns, groups_of, of_school, union
from .viewer import Viewer, reach

TIMETABLE = PLAN | {Role.STUDENT, Role.PARENT}

SCHEDULERS = frozenset({Role.DEPUTY})
"""Those who make the timetable: whom the director appoints to it holds the deputy's role (6.2)."""

visible_bell_schedules = Scope(
    "BellSchedule",
    Rows(BellSchedule),
    {TIMETABLE: ALL},
)

visible_bells = Scope("Bell", Rows(Bell), {TIMETABLE: ALL})

_rooms = Rows(Room)

visible_rooms = Scope(
    "Room",
    lambda: _rooms().add_columns(russian_key(Room.name).label("sort_key")),
    {TIMETABLE: ALL},
)

visible_lessons = Scope(
    "Lesson",
    Rows(Lesson, beside(Room, "room_id", room="name")),
    {
        PLAN: ALL,
        Role.STUDENT: among(Lesson.group_id, groups_of(reach.own_classes)),
        Role.PARENT: among(Lesson.group_id, groups_of(reach.child_classes)),
    },
)
"""The timetable (6): when and where a lesson is, and who holds it. What was taught is a `LessonRecord`."""


def schedulable(viewer: Viewer) -> Any:
    """The condition on whatever belongs to the timetable of the whole school: the deputy changes it (6.2, 6.3)."""
    return union({Role.DEPUTY: ALL}, viewer.roles)


def years_to_schedule(viewer: Viewer) -> Select[Any]:
    """School years whose timetable the viewer may change. The lock lets one change of it in at a time."""
    return select(*columns(AcademicYear)).where(of_school(AcademicYear), schedulable(viewer)).with_for_update()


def rooms_to_change(viewer: Viewer) -> Select[Any]:
    """Rooms that the viewer may rename or archive."""
    return select(*columns(Room)).where(of_school(Room), schedulable(viewer)).with_for_update()
