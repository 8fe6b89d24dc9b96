"""Who may see mismatch reports (6.4), and who may write, answer and close them."""

from typing import Any

from sqlalchemy import Select, exists, or_, select

from models.curriculum import AcademicYear, SchoolClass, StudyGroup, TeachingAssignment
from models.timetable import Lesson
from models.timetable_mismatches import MismatchDate, MismatchReport, MismatchStep
from rules.account import Role
from rules.timetable import LessonState

from .scopes import ALL, Rows, Scope, among, beside, columns, groups_of, of_school, same, taught, union, within
from .timetable_corrections import CORRECTORS, MANAGERS
from .viewer import Viewer, reach

REPORTERS = frozenset({Role.TEACHER})
"""Those who check the journals' dates: subject teachers, and class teachers for their class (6.4)."""

SETTLERS = REPORTERS | CORRECTORS
"""Those who close a report that has been answered, or take it up again."""

_own = or_(
    MismatchReport.reported_by == reach.account_id,
    taught(MismatchReport.group_id, MismatchReport.subject_id),
    among(MismatchReport.group_id, groups_of(reach.led_classes)),
)
"""A teacher's own reports, those on what they teach today, and those on the class they lead."""

_ARMS = {MANAGERS: ALL, Role.TEACHER: _own}

visible_mismatches = Scope("MismatchReport", Rows(MismatchReport), _ARMS)

_dates = Rows(MismatchDate, beside(MismatchReport, "report_id", "group_id", "subject_id"))


def _stands(day: Any) -> Any:
    """Whether a lesson that is not cancelled stands on a day in the journal that a report is about."""
    lesson = exists().where(
        of_school(Lesson),
        Lesson.group_id == MismatchReport.group_id,
        Lesson.subject_id == MismatchReport.subject_id,
        Lesson.date == day,
        Lesson.state != LessonState.CANCELLED,
    )
    return lesson.correlate(MismatchDate, MismatchReport)


visible_mismatch_dates = Scope(
    "MismatchDate",
    lambda: _dates().add_columns(
        _stands(MismatchDate.date).label("stands"), _stands(MismatchDate.should_be).label("stands_instead")
    ),
    _ARMS,
)

visible_mismatch_steps = Scope("MismatchStep", Rows(MismatchStep, beside(MismatchReport, "report_id")), _ARMS)


def groups_to_check(viewer: Viewer) -> Select[Any]:
    """Groups on whose journals the viewer may report: those taught today and those of a class led, with their year."""
    own = or_(within(StudyGroup.id, reach.taught_groups), within(StudyGroup.class_id, reach.led_classes))
    return (
        select(*columns(StudyGroup.id, AcademicYear.starts_on, AcademicYear.ends_on))
        .join(SchoolClass, same(SchoolClass, StudyGroup.class_id))
        .join(AcademicYear, same(AcademicYear, SchoolClass.year_id))
        .where(of_school(StudyGroup), union({Role.TEACHER: own}, viewer.roles))
    )


def journals_to_check(viewer: Viewer) -> Select[Any]:
    """What is taught in such groups: a subject teacher's own, and all that a class has which the viewer leads."""
    own = or_(
        taught(TeachingAssignment.group_id, TeachingAssignment.subject_id),
        among(TeachingAssignment.group_id, groups_of(reach.led_classes)),
    )
    return select(TeachingAssignment.id).where(of_school(TeachingAssignment), union({Role.TEACHER: own}, viewer.roles))


def mismatches_to_answer(viewer: Viewer) -> Select[Any]:
    """Reports that the viewer answers, as one responsible for the timetable (6.4), locked."""
    return _locked(viewer, {Role.DEPUTY: ALL})


def mismatches_to_settle(viewer: Viewer) -> Select[Any]:
    """Reports that the viewer may close or take up again, locked."""
    return _locked(viewer, {Role.DEPUTY: ALL, Role.TEACHER: _own})


def _locked(viewer: Viewer, arms: Any) -> Select[Any]:
    return (
        select(*columns(MismatchReport)).where(of_school(MismatchReport), union(arms, viewer.roles)).with_for_update()
    )
