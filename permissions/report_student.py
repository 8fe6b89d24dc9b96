"""What reports of a student show and are made of: of all subjects, for whoever has the report (10.1)."""

from typing import Any

from models.journal import Attendance, Mark, Task
from models.school import Student
from models.timetable import Lesson
from rules.account import Role

from .journal_finals import cell, cells
from .scopes import ALL, NONE, Rows, Scope, beside, led_students, taught_students, within
from .viewer import reach


def _arms(student: Any) -> dict[Any, Any]:
    """As those of the reports themselves (`permissions.report.visible_student_reports`)."""
    return {
        frozenset({Role.DIRECTOR, Role.DEPUTY}): ALL,
        Role.TEACHER: student.in_(taught_students()) | student.in_(led_students()),
        Role.STUDENT: student == reach.student_id,
        Role.PARENT: within(student, reach.children),
        Role.SERVICE: NONE,
    }


_LESSON = beside(Lesson, "lesson_id", "subject_id", lesson_number="number")

visible_daily_marks = Scope(
    "DailyMark",
    Rows(Mark, _LESSON, beside(Task, "task_id", "weight", work="position")),
    _arms(Mark.student_id),
)
"""Marks at lessons. What more there is to know of one, the journal's own scope says."""

visible_daily_attendance = Scope(
    "DailyAttendance",
    Rows(Attendance, _LESSON, beside(Student, "student_id", "taught_at_home")),
    _arms(Attendance.student_id),
)
"""Absences from lessons."""

visible_card_marks = Scope("CardMark", cells, _arms(cell.student_id))
"""What is marked, or still to be marked, at the end of periods and years."""
