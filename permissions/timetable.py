"""Who may see bells and dated lessons."""

from models.timetable import Bell, BellSchedule, Lesson, Room
from rules.account import Role

from .curriculum import PLAN
from .scopes import ALL, Rows, Scope, among, beside, groups_of
from .viewer import reach

TIMETABLE = PLAN | {Role.STUDENT, Role.PARENT}

visible_bell_schedules = Scope(
    "BellSchedule",
    Rows(BellSchedule),
    {TIMETABLE: ALL},
)

visible_bells = Scope("Bell", Rows(Bell), {TIMETABLE: ALL})

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
