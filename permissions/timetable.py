"""Who may see bells and dated lessons."""

from sqlalchemy import and_, select

from models.timetable import Bell, BellSchedule, Lesson, Room
from rules.account import Role

from .curriculum import PLAN
from .scopes import ALL, Scope, columns, groups_of, of_school
from .viewer import reach

TIMETABLE = PLAN | {Role.STUDENT, Role.PARENT}

visible_bell_schedules = Scope(
    "BellSchedule",
    lambda: select(*columns(BellSchedule)).where(of_school(BellSchedule)),
    {TIMETABLE: ALL},
)

visible_bells = Scope("Bell", lambda: select(*columns(Bell)).where(of_school(Bell)), {TIMETABLE: ALL})

visible_lessons = Scope(
    "Lesson",
    lambda: (
        select(*columns(Lesson, Room.name.label("room")))
        .outerjoin(Room, and_(Room.school_id == Lesson.school_id, Room.id == Lesson.room_id))
        .where(of_school(Lesson))
    ),
    {
        PLAN: ALL,
        Role.STUDENT: Lesson.group_id.in_(groups_of(reach.own_classes)),
        Role.PARENT: Lesson.group_id.in_(groups_of(reach.child_classes)),
    },
)
"""The timetable (6): when and where a lesson is, and who holds it. What was taught is a `LessonRecord`."""
