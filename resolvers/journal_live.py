"""Subscriptions: what one may be about, and what its subscriber hears."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from models.journal import Attendance, Mark
from models.school import Student
from models.timetable import Lesson, Room
from permissions.journal import visible_attendance, visible_marks, visible_records
from permissions.school import visible_diaries
from permissions.timetable import visible_rooms
from rules.refusals import bad_input, not_found

from . import curriculum, journal, school
from .context import Context
from .edges_kinds import to_one
from .journal_changes import Changed, Topic

MOST_STUDENTS = 100
"""Whose diaries one subscription may follow: a whole class and then some."""

diary_by_student = to_one(visible_diaries, Student.id, of="student_id")
room_of = to_one(visible_rooms, Room.id, of="room_id")
changed_mark = to_one(visible_marks, Mark.id, of="mark_id")
changed_attendance = to_one(visible_attendance, Attendance.id, of="attendance_id")
changed_record = to_one(visible_records, Lesson.id, of="record_id")


@dataclass(frozen=True, slots=True)
class Changes:
    """What a subscriber hears at once, and the cursor behind it."""

    cursor: str
    changes: list[Changed]


async def account_topic(context: Context) -> Topic:
    """What is the viewer's own."""
    return Topic("account", {})


async def diary_topic(context: Context, students: Sequence[int]) -> Topic:
    """The diaries of students, each of which the viewer may open (7.12)."""
    if not 0 < len(students) <= MOST_STUDENTS:
        raise bad_input(f"Укажите от 1 до {MOST_STUDENTS} учащихся.", "studentIds")
    for student in students:
        if await context.load_key(diary_by_student(), (student,)) is None:
            raise not_found("studentIds")
    return Topic("diary", {"students": sorted(set(students))})


async def page_topic(context: Context, class_id: int, group_id: int, subject: int, period: int) -> Topic:
    """A page of a journal that the viewer may open (7): of a class or a group; 0 stands for the other."""
    page = await context.load_key(journal.journal_page(), (class_id, group_id, subject, period))
    if page is None:
        raise not_found("classId" if class_id else "groupId")
    where = {"class_id": class_id or None, "group_id": group_id or None}
    return Topic("page", {**where, "subject": subject, "since": page.starts_on, "until": page.ends_on})


async def remarks_topic(context: Context, staff_id: int | None) -> Topic:
    """Remarks about journals (7.11): to an employee, or all that the viewer sees."""
    if staff_id is not None and await context.load_key(school.staff_of(), (staff_id,)) is None:
        raise not_found("staffId")
    return Topic("remarks", {"staff": staff_id})


_OWNERS: dict[str, tuple[Any, str]] = {
    "class_id": (curriculum.class_of, "classId"),
    "students": (school.student_of, "studentId"),
    "staff": (school.teacher_of, "teacherId"),
    "room": (room_of, "roomId"),
}


async def timetable_topic(context: Context, by: str, number: int) -> Topic:
    """The timetable (6) of a class, a student, a teacher or a room that the viewer sees. by: as `_OWNERS` names it."""
    edge, argument = _OWNERS[by]
    if await context.load_key(edge(), (number,)) is None:
        raise not_found(argument)
    nobody = dict.fromkeys(_OWNERS)
    return Topic("timetable", {**nobody, by: [number] if by == "students" else number})
