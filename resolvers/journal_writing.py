"""The one door to what is written at a lesson: who may write there, and whether the lesson is open to them (7.6, 7.7).

Whatever changes something at a lesson (its topic, tasks, marks, attendance, homework) takes the lesson from
`lesson_to_write`, or tasks from `tasks_to_write`; a command that finds its rows in another way calls `enter` once it
has locked them. A command that moves something enters both lessons.
"""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.dialects.postgresql import insert as upsert

from models.curriculum import Period, StudyGroup
from models.journal import Task
from models.journal_finals import PeriodClosing
from models.journal_locks import Unlock, UnlockEdit, UnlockLesson
from models.school import School
from models.timetable import Lesson
from permissions.journal import lessons_to_record, tasks_to_mark
from permissions.scopes import same
from rules.account import Role
from rules.journal_excuses import TERM
from rules.journal_finals import period_closed
from rules.journal_locks import UnlockState, edit_locked, is_locked
from rules.refusals import Refusal, RefusalCode

from .commands import Work, among
from .days import working_days

_closing = (
    select(PeriodClosing.id)
    .join(StudyGroup, same(StudyGroup, Lesson.group_id, Lesson))
    .join(Period, same(Period, PeriodClosing.period_id))
    .where(
        *(PeriodClosing.school_id == Lesson.school_id, PeriodClosing.class_id == StudyGroup.class_id),
        *(PeriodClosing.reopened_at.is_(None), Lesson.date.between(Period.starts_on, Period.ends_on)),
    )
    .correlate(Lesson)
    .limit(1)
    .scalar_subquery()
)
_LESSONS = (
    select(
        Lesson.id,
        Lesson.substitute_id,
        func.least(Lesson.date, Lesson.recorded_on).label("day"),
        School.edit_lock_days.label("days"),
        _closing.label("closing"),
    )
    .join(School, School.id == Lesson.school_id)
    .order_by(Lesson.id)
)


async def lesson_to_write(work: Work, lesson_id: int, field: str = "lessonId") -> Any:
    """The lesson, locked, if the viewer may write in its journal and it is open to them."""
    lesson = await work.one(lessons_to_record(work.viewer).where(Lesson.id == lesson_id), field)
    await enter(work, {lesson_id: field})
    return lesson


async def tasks_to_write(work: Work, fields: Mapping[int, str]) -> dict[int, Any]:
    """The tasks, locked in order, if the viewer may set marks for every one and their lessons are open to them.

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


async def enter(work: Work, fields: Mapping[int, str], *, lock: bool = True) -> None:
    """Go on to write at lessons, each with the input field that leads to it, or be refused: `PERIOD_CLOSED` (7.7),
    `EDIT_LOCKED` (7.6).

    To be called with the rows locked that are to change, the lesson or the task: the days are read only then, and
    stay as they are, since a lesson cannot move while either is held. What is written under an unlock is tagged with
    it, and the audit entry is told so, and as whose substitute the viewer writes (6.5). Only teachers are locked out;
    a closed period is closed to everybody, and a trigger sees to it if it closes meanwhile. A repeat of a command that
    is done writes nothing. Lessons whose records come from paper after an outage, within its two working days, are
    open for just that (13.2). lock: whether the edit lock counts for what is to be written.
    """
    lessons = await work.fetch(_LESSONS.where(Lesson.school_id == work.viewer.school_id, among(Lesson.id, fields)))
    staff = work.viewer.staff_id
    await work.note_numbers("asSubstitute", [each.id for each in lessons if staff and each.substitute_id == staff])
    if work.repeated:
        return
    ended = {each.id: each.closing for each in lessons if each.closing is not None}
    for number, field in fields.items():
        if number in ended:
            raise period_closed(field, ended[number])
    if not lock or Role.DEPUTY in work.viewer.roles:
        return
    closed = {
        each.id: each.days
        for each in lessons
        if each.id not in work.transferred and is_locked(each.day, each.days, work.today)
    }
    if not closed:
        return
    opened = await _under_unlocks(work, closed)
    if left := sorted(closed.keys() - opened):
        first = next(each for each in fields if each in left)
        raise edit_locked(closed[first], fields[first], left)
    await work.note_numbers("underUnlock", opened.values())


async def enter_for_reasons(work: Work, fields: Mapping[int, str], presented_on: date | None) -> None:
    """`enter` to write no more than that students of a class teacher's own were absent and why, by a document (7.3).

    It may come when the lessons are long closed, and the duty to correct then has a term of its own: while that runs,
    from the day the document was presented, the lock does not count. Without a document it counts.
    """
    in_term = False
    if presented_on is not None:
        in_term = presented_on <= work.today <= TERM.due(presented_on, await working_days(work.reach))
    await enter(work, fields, lock=not in_term)


async def _under_unlocks(work: Work, closed: Collection[int]) -> dict[int, int]:
    """Which of these lessons are open to the viewer under which unlock; that they write there is kept.

    The unlocks are locked: one that is being taken back is waited for, and one that is written under stays until then.
    """
    found = await work.fetch(
        select(Unlock.id, UnlockLesson.lesson_id)
        .join(UnlockLesson, and_(UnlockLesson.school_id == Unlock.school_id, UnlockLesson.unlock_id == Unlock.id))
        .where(
            Unlock.school_id == work.viewer.school_id,
            Unlock.staff_id == work.viewer.staff_id,
            Unlock.state == UnlockState.GRANTED,
            Unlock.until > work.now,
            among(UnlockLesson.lesson_id, closed),
        )
        .order_by(Unlock.id)
        .with_for_update(read=True, of=Unlock)
    )
    opened = {row.lesson_id: row.id for row in found}
    if opened:
        mine = {"school_id": work.viewer.school_id, "audit_entry_id": work.entry}
        edits = [{**mine, "unlock_id": unlock, "lesson_id": lesson} for lesson, unlock in sorted(opened.items())]
        await work.execute(upsert(UnlockEdit).values(edits).on_conflict_do_nothing())
    return opened
