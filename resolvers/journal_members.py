"""Of whom something may be written at a lesson: who was in its group on its day, and whom 7.8 keeps out of it."""

from collections.abc import Collection, Mapping
from typing import Any

from permissions.journal import members_of
from rules.refusals import Refusal, RefusalCode

from .commands import Work

Members = Mapping[int, Any]
"""Student to what is true of them at the lesson: `taught_at_home`, `dropped`."""


async def members(work: Work, lesson: Any, students: Collection[int]) -> Members:
    """Who was in the lesson's group on its day. These students, of whom something is to be written, stay there."""
    await work.hold_students(students)
    rows = await work.reach(members_of(lesson.group_id, lesson.date, lesson.subject_id))
    return {row.student_id: row for row in rows}


def check_member(members: Members, student_id: int, field: str) -> None:
    """Refuse somebody who was not in the group."""
    if student_id not in members:
        raise Refusal(RefusalCode.NOT_IN_GROUP, "Учащегося не было в этой группе в день урока.", field)


def check_takes(members: Members, student_id: int, field: str) -> None:
    """Refuse somebody who was not in the group, or whose individual plan is without the subject (7.8)."""
    check_member(members, student_id, field)
    if members[student_id].dropped:
        message = "По индивидуальному плану этого предмета нет: записи не ведутся."
        raise Refusal(RefusalCode.SUBJECT_NOT_TAKEN, message, field, "7.8")


def check_kept(members: Members, student_id: int, field: str) -> None:
    """Refuse an absence of who is taught at home, too: their attendance is kept on paper, like their marks (7.8)."""
    check_member(members, student_id, field)
    if members[student_id].taught_at_home:
        message = "Учится на дому: посещаемость отмечается в бумажном журнале."
        raise Refusal(RefusalCode.TAUGHT_AT_HOME, message, field, "7.8")
    check_takes(members, student_id, field)


def check_marked(members: Members, student_id: int, field: str) -> None:
    """Refuse a mark, or a task for which there would be one, for those who get none (7.8)."""
    check_member(members, student_id, field)
    if members[student_id].taught_at_home:
        raise Refusal(RefusalCode.TAUGHT_AT_HOME, "Учится на дому: текущие отметки не ставятся.", field, "7.8")
    if members[student_id].dropped:
        message = "По индивидуальному плану этого предмета нет: отметки не ставятся."
        raise Refusal(RefusalCode.SUBJECT_NOT_TAKEN, message, field, "7.8")
