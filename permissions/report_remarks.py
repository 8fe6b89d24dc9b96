"""Who sees and writes remarks about journals: the deputies, the director, and the teacher to whom one is (7.11)."""

from typing import Any

from sqlalchemy import Select, and_, any_, case, exists, false, or_, select, true

from models.curriculum import AcademicYear, ClassLeadership, SchoolClass, StudyGroup, TeachingAssignment
from models.journal_changes import Change
from models.report_remarks import Remark
from models.school import Staff
from models.timetable import Lesson
from rules.account import Role
from rules.changes import ChangeKind
from rules.curriculum import YearState
from rules.report_remarks import RemarkState

from .journal import CONTROL
from .report_control import visible_findings
from .report_control_cases import checked
from .report_keepers import assigned, keeper_of
from .report_rows import word
from .scopes import ALL, NONE, Rows, Scope, columns, of_school, on, same, union
from .viewer import Viewer, reach

WRITERS = frozenset({Role.DEPUTY})
"""Those who control how journals are kept, and write remarks (7.11)."""

READERS = CONTROL | {Role.TEACHER}

# A scalar, not EXISTS: of that PostgreSQL might make one search for all remarks, through every case of the school.
_still = (
    select(true())
    .where(~checked.good, checked.check == Remark.finding, checked.school_id == Remark.school_id)
    .where(*(checked[name] == getattr(Remark, name) for name in ("key0", "key1", "key2")))
    .limit(1)
    .correlate(Remark)
    .scalar_subquery()
)
standing = and_(Remark.closed_at.is_(None), Remark.withdrawn_at.is_(None))
"""That nobody has put an end to it."""

mended = case((and_(standing, Remark.finding.is_not(None)), _still.is_(None)), else_=False)
"""That the control does not find any more what it found: by the same rule."""

state = case(
    (Remark.withdrawn_at.is_not(None), word(RemarkState.WITHDRAWN)),
    (Remark.closed_at.is_not(None), word(RemarkState.CLOSED)),
    (mended, word(RemarkState.CLOSED)),
    (Remark.answered_at.is_not(None), word(RemarkState.ANSWERED)),
    else_=word(RemarkState.OPEN),
)
"""What has become of it, at this moment."""


def _remarks() -> Select[Any]:
    return select(*columns(Remark), state.label("state")).where(of_school(Remark))


visible_remarks = Scope(
    "Remark", _remarks, {CONTROL: ALL, Role.TEACHER: Remark.staff_id == reach.staff_id, Role.SERVICE: NONE}
)
"""Remarks: all for those who control, a teacher those to them. No grant gives them to a service."""

visible_remark_changes = Scope(
    "Change",
    Rows(Change),
    {
        CONTROL: Change.kind == ChangeKind.REMARK,
        Role.TEACHER: and_(Change.kind == ChangeKind.REMARK, reach.staff_id == any_(Change.staff)),
        Role.SERVICE: NONE,
    },
)
"""That remarks were written, answered, closed: as `visible_remarks`."""


def findings_to_remark(viewer: Viewer) -> Select[Any]:
    """What the control finds, for those who write remarks."""
    return visible_findings.for_roles(viewer.roles & WRITERS)


def lessons_to_remark(viewer: Viewer) -> Select[Any]:
    """Lessons that a remark may be about, with whoever can still mend something there."""
    staff = keeper_of(false())
    journal = (Lesson.group_id, Lesson.subject_id, Lesson.date, StudyGroup.class_id, SchoolClass.year_id)
    query = select(*columns(Lesson.id, *journal), staff.label("staff_id"))
    query = query.join(StudyGroup, same(StudyGroup, Lesson.group_id))
    return _may(query.join(SchoolClass, same(SchoolClass, StudyGroup.class_id)), Lesson, viewer)


def journals_to_remark(viewer: Viewer) -> Select[Any]:
    """Assignments that a remark may be about: a journal, with whoever can still mend something there."""
    mine = TeachingAssignment
    of = (mine.id, mine.group_id, mine.subject_id, StudyGroup.class_id, SchoolClass.year_id)
    query = select(*columns(*of), assigned(false()).label("staff_id"))
    query = query.join(StudyGroup, same(StudyGroup, mine.group_id))
    return _may(query.join(SchoolClass, same(SchoolClass, StudyGroup.class_id)), mine, viewer)


def staff_to_remark(viewer: Viewer) -> Select[Any]:
    """Those who teach or lead a class today, in the running year: others would not see a remark."""
    teaches = exists().where(
        *(of_school(TeachingAssignment), TeachingAssignment.staff_id == Staff.id, on(reach.today, TeachingAssignment))
    )
    leads = exists().where(
        *(of_school(ClassLeadership), ClassLeadership.staff_id == Staff.id, on(reach.today, ClassLeadership))
    )
    running = and_(AcademicYear.school_id == Staff.school_id, on(reach.today, AcademicYear))
    query: Any = select(Staff.id.label("staff_id"), AcademicYear.id.label("year_id")).join(
        AcademicYear, and_(running, AcademicYear.state != word(YearState.DRAFT))
    )
    return _may(query.where(or_(teaches, leads)), Staff, viewer)


def _may(query: Select[Any], model: Any, viewer: Viewer) -> Select[Any]:
    mine = query.where(of_school(model), union(dict.fromkeys(WRITERS, ALL), viewer.roles))
    return mine.with_for_update(key_share=True, of=model)


def remarks_to_end(viewer: Viewer) -> Select[Any]:
    """Remarks that the viewer may close or withdraw, locked."""
    return _locked(viewer, dict.fromkeys(WRITERS, ALL))


def remarks_to_answer(viewer: Viewer) -> Select[Any]:
    """Remarks to the viewer, locked."""
    return _locked(viewer, {Role.TEACHER: Remark.staff_id == reach.staff_id})


def _locked(viewer: Viewer, arms: Any) -> Select[Any]:
    return _remarks().where(union(arms, viewer.roles)).with_for_update(of=Remark)
