"""Who may put topics on lessons."""

from typing import Any

from sqlalchemy import Select, select

from models.timetable import Lesson
from rules.account import Role

from .scopes import ALL, columns, of_school, taught, union
from .viewer import Viewer


def lessons_to_place(viewer: Viewer) -> Select[Any]:
    """Lessons on which the viewer may put a topic: those of own assignments, any for the deputy (5.8)."""
    own = taught(Lesson.group_id, Lesson.subject_id)
    return select(*columns(Lesson)).where(of_school(Lesson), union({Role.DEPUTY: ALL, Role.TEACHER: own}, viewer.roles))
