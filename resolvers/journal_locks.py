"""Reads of the edit lock (7.6): unlocks, what was written under them, and whether a lesson is still open."""

from sqlalchemy import Text

from models.journal_locks import Unlock, UnlockEdit, UnlockLesson
from models.timetable import Lesson
from permissions.journal_locks import in_force, state_of, visible_lesson_editing, visible_unlock_edits, visible_unlocks
from permissions.scopes import of_school
from permissions.timetable import visible_lessons
from permissions.viewer import reach

from .edges_kinds import argument, joined, to_many, to_one, to_page
from .school import staff_of_account
from .timetable import BY_TIME

_BY_AGE = {"id": Unlock.id}
_STATE = {"state": state_of == argument("state", Text)}

school_unlocks = to_page(
    visible_unlocks,
    Unlock.school_id,
    of="id",
    order=_BY_AGE,
    filters={**_STATE, "staff_id": Unlock.staff_id == argument("staff_id")},
)
viewer_unlocks = to_page(
    visible_unlocks,
    Unlock.school_id,
    of="school_id",  # not by `staff_id`: whoever is a teacher without being employed has none
    shape=lambda query: query.where(Unlock.staff_id == reach.staff_id),
    order=_BY_AGE,
    filters=_STATE,
)

unlock_made_by = staff_of_account("made_by")
unlock_decided_by = staff_of_account("decided_by")
unlock_lessons = to_many(
    visible_lessons,
    UnlockLesson.unlock_id,
    of="id",
    shape=joined(UnlockLesson, UnlockLesson.lesson_id == Lesson.id, of_school(UnlockLesson)),
    order=tuple(BY_TIME.values()),
)
unlock_edits = to_page(visible_unlock_edits, UnlockEdit.unlock_id, of="id", order={"id": UnlockEdit.id})

lesson_editing = to_one(visible_lesson_editing, Lesson.id, of="id")
lesson_unlocks = to_many(
    visible_unlocks,
    UnlockLesson.lesson_id,
    of="id",
    shape=joined(UnlockLesson, UnlockLesson.unlock_id == Unlock.id, of_school(UnlockLesson), in_force),
    order=(Unlock.until, Unlock.id),
)
"""The unlocks under which a lesson is open just now: a teacher's own, or all."""
