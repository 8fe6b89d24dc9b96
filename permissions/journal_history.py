"""Who may see what was written in a journal before, and who wrote it (2.1-2.4, 7.11, 11.6, 11.7)."""

from typing import Any

from sqlalchemy import Text, func, or_

from models.account import AuditEntry
from models.journal_history import (
    AttendanceVersion,
    FinalMarkVersion,
    HomeworkVersion,
    LessonVersion,
    MarkVersion,
    RollCallVersion,
    TaskVersion,
)
from models.timetable import Lesson
from rules.account import Role

from .journal import CONTROL
from .journal_finals import of_teachers
from .scopes import ALL, Rows, Scope, among, beside, own_lesson, students_led_now


def _versions(type_name: str, model: Any, teachers: Any, lesson: str | None = "lesson_id") -> Scope:
    """The versions of one table's rows, each with its lesson, if it has one, and the command that made it so.

    Control sees all; teachers those of the lessons they give, and, of what is about a student, a class teacher those of
    the class. Students and families have none (2.5, 2.6): what was corrected is a matter of those who answer for it.
    """
    at = (beside(Lesson, lesson, "subject_id", "group_id"),) if lesson else ()
    rows = Rows(model, *at, beside(AuditEntry, "entry_id", "command"))
    made_by = func.coalesce(AuditEntry.account_id, model.changed_by).label("made_by")
    reason = AuditEntry.input["reason"].astext.cast(Text).label("reason")
    return Scope(type_name, lambda: rows().add_columns(made_by, reason), {CONTROL: ALL, Role.TEACHER: teachers})


def _of_student(model: Any) -> Any:
    return or_(own_lesson(), among(model.student_id, students_led_now()))


visible_mark_versions = _versions("MarkVersion", MarkVersion, _of_student(MarkVersion))
visible_attendance_versions = _versions("AttendanceVersion", AttendanceVersion, _of_student(AttendanceVersion))
visible_task_versions = _versions("TaskVersion", TaskVersion, own_lesson())
visible_homework_versions = _versions("HomeworkVersion", HomeworkVersion, own_lesson())
visible_roll_call_versions = _versions("RollCallVersion", RollCallVersion, own_lesson())
visible_lesson_versions = _versions("LessonVersion", LessonVersion, own_lesson(), "row_id")
visible_final_mark_versions = _versions("FinalMarkVersion", FinalMarkVersion, of_teachers(FinalMarkVersion), None)
