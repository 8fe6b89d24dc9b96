"""Reads of mismatch reports (6.4): where the journals' dates do not fit, what is still so, and what was done."""

from sqlalchemy import ColumnElement, Text, select

from models.curriculum import StudyGroup
from models.timetable import Lesson
from models.timetable_mismatches import MismatchDate, MismatchReport, MismatchStep
from permissions.scopes import of_school
from permissions.timetable import visible_lessons
from permissions.timetable_mismatches import visible_mismatch_dates, visible_mismatch_steps, visible_mismatches

from .edges_kinds import argument, joined, to_many, to_page
from .school import staff_of_account
from .timetable import BY_TIME

_FILTERS: dict[str, ColumnElement[bool]] = {
    "state": MismatchReport.state == argument("state", Text),
    "subject_id": MismatchReport.subject_id == argument("subject_id"),
}
_OF_CLASS = MismatchReport.group_id.in_(
    select(StudyGroup.id).where(of_school(StudyGroup), StudyGroup.class_id == argument("class_id"))
)
_BY_AGE = {"id": MismatchReport.id}

school_mismatches = to_page(
    visible_mismatches,
    MismatchReport.school_id,
    of="id",
    order=_BY_AGE,
    filters={**_FILTERS, "class_id": _OF_CLASS},
)
class_mismatches = to_page(
    visible_mismatches,
    StudyGroup.class_id,
    of="id",
    shape=joined(StudyGroup, StudyGroup.id == MismatchReport.group_id, of_school(StudyGroup)),
    order=_BY_AGE,
    filters=_FILTERS,
)

mismatch_reporter = staff_of_account("reported_by")
mismatch_dates = to_many(visible_mismatch_dates, MismatchDate.report_id, of="id", order=(MismatchDate.date,))
mismatch_steps = to_many(visible_mismatch_steps, MismatchStep.report_id, of="id", order=(MismatchStep.id,))
step_by = staff_of_account("made_by")

date_lessons = to_many(
    visible_lessons,
    Lesson.group_id,
    Lesson.subject_id,
    Lesson.date,
    of=("group_id", "subject_id", "date"),
    order=tuple(BY_TIME.values()),
)
