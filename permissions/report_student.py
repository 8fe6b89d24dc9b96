"""What reports of a student show and are made of: of all subjects, for whoever has the report (10.1)."""

from typing import Any

from sqlalchemy import Select, and_, or_, select

from models.curriculum import Enrolment
from models.journal import Attendance, Mark, Task
from models.school import Student
from models.timetable import Lesson
from rules.account import Role

from .journal_finals import cell, cells, to_be_set
from .scopes import ALL, NONE, Rows, Scope, beside, led_students, of_school, same, taught_students, within
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


def _class_marks() -> Select[Any]:
    """Marks at lessons, each once for each stay of its student in a class."""
    stay = and_(Enrolment.school_id == Mark.school_id, Enrolment.student_id == Mark.student_id)
    names = (Mark.id, Mark.student_id, Mark.lesson_date, Mark.value, Mark.number)
    query: Select[Any] = (
        select(*names, Task.weight, Lesson.subject_id, Enrolment.class_id)  # type: ignore[assignment]
        .join(Task, same(Task, Mark.task_id))
        .join(Lesson, same(Lesson, Mark.lesson_id))
        .join(Enrolment, stay)
        .where(of_school(Mark))
    )
    return query


visible_class_marks = Scope(
    "ClassMark",
    _class_marks,
    {
        frozenset({Role.DIRECTOR, Role.DEPUTY}): ALL,
        Role.TEACHER: within(Enrolment.class_id, reach.led_classes),
        Role.SERVICE: NONE,
    },
)
"""The marks that a student's class comes to: for whoever has the reports of the class, and reads with names (4.1)."""

visible_daily_attendance = Scope(
    "DailyAttendance",
    Rows(Attendance, _LESSON, beside(Student, "student_id", "taught_at_home")),
    _arms(Attendance.student_id),
)
"""Absences from lessons."""


def _card_cells(*conditions: Any) -> Select[Any]:
    """Cells of what students take, without those of exams and final marks that there are none of."""
    return cells(or_(cell.mark_id.is_not(None), and_(*to_be_set(cell, cell.subject_id))), *conditions)


visible_card_marks = Scope("CardMark", _card_cells, _arms(cell.student_id))
"""What is marked, or still to be marked, at the end of periods and years."""
