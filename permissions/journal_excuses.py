"""Who may see why a student is away, and who enters it: the class teacher, or the deputy (7.3)."""

from typing import Any

from sqlalchemy import Select, select

from models.journal_excuses import Excuse
from models.school import Student
from rules.account import Role

from .scopes import ALL, Rows, Scope, among, columns, of_school, students_led_now, union, within
from .viewer import Viewer, reach

EXCUSERS = frozenset({Role.DEPUTY, Role.TEACHER})
"""Those who correct reasons for absence: the deputy for anyone, a class teacher for their own class (2.4, 7.3)."""

visible_excuses = Scope(
    "Excuse",
    Rows(Excuse),
    {
        frozenset({Role.DIRECTOR, Role.DEPUTY, Role.ANALYST}): ALL,
        Role.TEACHER: among(Excuse.student_id, students_led_now()),
        Role.STUDENT: Excuse.student_id == reach.student_id,
        Role.PARENT: within(Excuse.student_id, reach.children),
    },
)
"""A class teacher's are those of who is in their class now; a subject teacher sees no documents, only the reason."""


def students_to_excuse(viewer: Viewer) -> Select[int, bool]:
    """Whose absences the viewer may excuse. Their lock lets one excuse of a student come after the other."""
    arms = {Role.DEPUTY: ALL, Role.TEACHER: _led(Student.id)}
    return select(Student.id, Student.taught_at_home).where(of_school(Student), union(arms, viewer.roles))


def excuses_to_change(viewer: Viewer) -> Select[Any]:
    """Excuses that the viewer may correct and withdraw. The student's lock keeps others from them."""
    arms = {Role.DEPUTY: ALL, Role.TEACHER: _led(Excuse.student_id)}
    return select(*columns(Excuse)).where(of_school(Excuse), union(arms, viewer.roles))


def _led(student: Any) -> Any:
    return among(student, students_led_now())
