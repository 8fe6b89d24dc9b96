"""Reads of a journal's history: every version of what is written there, those of what was removed among them."""

from typing import Any

from sqlalchemy import Select, and_, any_

from models.journal_finals import MarkSlot
from models.journal_history import (
    AttendanceVersion,
    FinalMarkVersion,
    HomeworkVersion,
    LessonVersion,
    MarkVersion,
    RollCallVersion,
    TaskVersion,
)
from permissions.journal_history import (
    visible_attendance_versions,
    visible_final_mark_versions,
    visible_homework_versions,
    visible_lesson_versions,
    visible_mark_versions,
    visible_roll_call_versions,
    visible_task_versions,
)
from permissions.scopes import Scope
from rules.account import Role

from .edges import Edge
from .edges_kinds import argument, keys_param, parent_keys, to_many
from .journal import ROW, of_row
from .school import staff_of_account

version_by = staff_of_account("made_by")


def _of(scope: Scope, model: Any, column: str) -> Edge:
    """The versions that belong to a row, oldest first; of several rows, row by row."""
    filters = {"student_id": model.student_id == argument("student_id")} if hasattr(model, "student_id") else {}
    order = (model.row_id, model.valid_from)
    return to_many(scope, getattr(model, column), of="id", order=order, filters=filters)


mark_history = _of(visible_mark_versions, MarkVersion, "row_id")
attendance_history = _of(visible_attendance_versions, AttendanceVersion, "row_id")
task_history = _of(visible_task_versions, TaskVersion, "row_id")
homework_history = _of(visible_homework_versions, HomeworkVersion, "row_id")
record_history = _of(visible_lesson_versions, LessonVersion, "row_id")
final_mark_history = _of(visible_final_mark_versions, FinalMarkVersion, "row_id")

# By what is still there: here a row that was removed is found.
task_mark_history = _of(visible_mark_versions, MarkVersion, "task_id")
lesson_attendance_history = _of(visible_attendance_versions, AttendanceVersion, "lesson_id")
lesson_roll_call_history = _of(visible_roll_call_versions, RollCallVersion, "lesson_id")
lesson_task_history = _of(visible_task_versions, TaskVersion, "lesson_id")
lesson_homework_history = _of(visible_homework_versions, HomeworkVersion, "lesson_id")


def _of_page(scope: Scope, model: Any) -> Edge:
    """The versions that a student has on the page of a journal."""

    def build(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
        query, keys = of_row(scope.for_roles(roles), model.student_id)
        return query.add_columns(*keys).order_by(model.valid_from, model.id)

    return Edge(scope, ROW, build, many=True)


row_mark_history = _of_page(visible_mark_versions, MarkVersion)
row_attendance_history = _of_page(visible_attendance_versions, AttendanceVersion)


def _of_cell(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    """All that has stood in the cell of a sheet, in whichever class of the year it was set."""
    of, slot = FinalMarkVersion, MarkSlot
    columns = (of.student_id, of.subject_id, slot.class_id, slot.position)
    keys = parent_keys(*(column.type for column in columns))
    same = (of.school_id == slot.school_id, of.year_id == slot.year_id, of.kind == slot.kind)
    query = (
        visible_final_mark_versions.for_roles(roles)
        .join(slot, and_(*same, of.period_id.is_not_distinct_from(slot.period_id)))
        .join(keys, and_(*(column == key for column, key in zip(columns, keys.c, strict=True))))
        .where(of.student_id == any_(keys_param(0, of.student_id.type)))
    )
    return query.add_columns(*(key.label(f"_{key.key}") for key in keys.c)).order_by(of.valid_from, of.id)


cell_history = Edge(
    visible_final_mark_versions, ("student_id", "subject_id", "class_id", "position"), _of_cell, many=True
)
