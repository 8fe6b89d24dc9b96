"""Reads of the timetable: bells and dated lessons."""

import asyncio
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Date

from models.curriculum import StudyGroup
from models.timetable import Bell, BellSchedule, Lesson
from permissions.scopes import of_school
from permissions.timetable import visible_bell_schedules, visible_bells, visible_lessons

from .context import Context
from .edges_kinds import argument, joined, to_many, to_one, to_page

BY_TIME = {"date": Lesson.date, "number": Lesson.number, "id": Lesson.id}
_DATES = {
    "since": Lesson.date >= argument("since", Date),
    "until": Lesson.date <= argument("until", Date),
    "subject_id": Lesson.subject_id == argument("subject_id"),
}


async def lessons_by_number(context: Context, numbers: Sequence[int]) -> list[Any]:
    """Lessons in the order of their numbers' list; those that the viewer cannot see are left out."""
    lessons = await asyncio.gather(*(context.load_key(lesson_of(), (number,)) for number in numbers))
    return [lesson for lesson in lessons if lesson is not None]


lesson_of = to_one(visible_lessons, Lesson.id, of="lesson_id")
same_lesson = to_one(visible_lessons, Lesson.id, of="id")
class_lessons = to_page(
    visible_lessons,
    StudyGroup.class_id,
    of="id",
    shape=joined(StudyGroup, StudyGroup.id == Lesson.group_id, of_school(StudyGroup)),
    filters=_DATES,
    order=BY_TIME,
)
staff_lessons = to_page(visible_lessons, Lesson.teacher_id, of="id", filters=_DATES, order=BY_TIME)

year_bell_schedules = to_many(
    visible_bell_schedules, BellSchedule.year_id, of="id", order=(BellSchedule.shift, BellSchedule.id)
)
schedule_bells = to_many(visible_bells, Bell.schedule_id, of="id", order=(Bell.number,))
