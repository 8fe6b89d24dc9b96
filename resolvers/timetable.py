"""Reads of the timetable: bells, rooms and dated lessons."""

import asyncio
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Date, or_

from models.base import russian_key
from models.curriculum import GroupMembership, StudyGroup
from models.school import Staff
from models.timetable import Bell, BellSchedule, Lesson, Room
from permissions.scopes import of_school, on
from permissions.timetable import visible_bell_schedules, visible_bells, visible_lessons, visible_rooms

from .context import Context
from .edges import Edge
from .edges_kinds import Shape, argument, joined, to_many, to_one, to_page

BY_TIME = {"date": Lesson.date, "number": Lesson.number, "id": Lesson.id}
_DATES = {
    "since": Lesson.date >= argument("since", Date),
    "until": Lesson.date <= argument("until", Date),
    "subject_id": Lesson.subject_id == argument("subject_id"),
}


def _lessons(key: Any, shape: Shape | None = None) -> Edge:
    """Lessons by date under a key."""
    return to_page(visible_lessons, key, of="id", shape=shape, filters=_DATES, order=BY_TIME)


async def lessons_by_number(context: Context, numbers: Sequence[int]) -> list[Any]:
    """Lessons in the order of their numbers' list; those that the viewer cannot see are left out."""
    lessons = await asyncio.gather(*(context.load_key(lesson_of(), (number,)) for number in numbers))
    return [lesson for lesson in lessons if lesson is not None]


lesson_of = to_one(visible_lessons, Lesson.id, of="lesson_id")
same_lesson = to_one(visible_lessons, Lesson.id, of="id")
class_lessons = _lessons(
    StudyGroup.class_id, joined(StudyGroup, StudyGroup.id == Lesson.group_id, of_school(StudyGroup))
)
group_lessons = _lessons(Lesson.group_id)
staff_lessons = _lessons(
    Staff.id,
    joined(Staff, or_(Lesson.teacher_id == Staff.id, Lesson.substitute_id == Staff.id), of_school(Staff)),
)
"""A teacher's own lessons, and those they give for others (6.5)."""
room_lessons = _lessons(Lesson.room_id)
student_lessons = _lessons(
    GroupMembership.student_id,
    joined(
        GroupMembership,
        GroupMembership.group_id == Lesson.group_id,
        of_school(GroupMembership),
        on(Lesson.date, GroupMembership),
    ),
)

_IN_USE = {"in_use": Room.archived_on.is_(None)}
school_rooms = to_page(
    visible_rooms,
    Room.school_id,
    of="id",
    order={"sort_key": russian_key(Room.name), "id": Room.id},
    filters=_IN_USE,
)
school_rooms_by_number = to_page(visible_rooms, Room.school_id, of="id", order={"id": Room.id}, filters=_IN_USE)
"""For an analyst, whom order and cursors would tell what stands on the doors."""

room_of = to_one(visible_rooms, Room.id, of="room_id")

year_bell_schedules = to_many(
    visible_bell_schedules,
    BellSchedule.year_id,
    of="id",
    order=(BellSchedule.shift, BellSchedule.weekday.nulls_first(), BellSchedule.id),
)
schedule_bells = to_many(visible_bells, Bell.schedule_id, of="id", order=(Bell.number,))
