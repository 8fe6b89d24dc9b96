"""The one door to what is written at a lesson: who may write there, and as whose substitute (6.5).

Whatever changes something at a lesson (its topic, tasks, marks, attendance, homework) takes the lesson from
`lesson_to_write`, or tasks from `tasks_to_write`; a command that finds its rows in another way calls `enter` once it
has locked them. A command that moves something enters both lessons.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from models.journal import Task
from models.timetable import Lesson
from permissions.journal import lessons_to_record, tasks_to_mark
from rules.refusals import Refusal, RefusalCode

from .commands import Work, among


async def lesson_to_write(work: Work, lesson_id: int, field: str = "lessonId") -> Any:
    """The lesson, locked, if the viewer may write in its journal."""
    lesson = await work.one(lessons_to_record(work.viewer).where(Lesson.id == lesson_id), field)
    await enter(work, {lesson_id: field})
    return lesson


async def tasks_to_write(work: Work, fields: Mapping[int, str]) -> dict[int, Any]:
    """The tasks, locked in order, if the viewer may set marks for every one.

    fields: task to the input field that names it.
    """
    tasks = {row.id: row for row in await work.reach(tasks_to_mark(work.viewer).where(among(Task.id, fields)))}
    lessons: dict[int, str] = {}
    for number, field in fields.items():
        if number not in tasks:
            raise Refusal(RefusalCode.NOT_FOUND, "Не найдено или недоступно для изменения.", field)
        lessons.setdefault(tasks[number].lesson_id, field)
    await enter(work, lessons)
    return tasks


async def enter(work: Work, fields: Mapping[int, str]) -> None:
    """Note of which of these lessons the viewer is the substitute; each comes with the field that leads to it."""
    staff = work.viewer.staff_id
    mine = select(Lesson.id).where(
        Lesson.school_id == work.viewer.school_id, among(Lesson.id, fields), Lesson.substitute_id == staff
    )
    if staff is not None and (lessons := await work.fetch(mine.order_by(Lesson.id))):
        await work.note(asSubstitute=[each.id for each in lessons])
