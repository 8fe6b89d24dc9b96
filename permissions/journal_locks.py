"""Who sees unlocks and what is written under them (7.6), and who asks for one, gives it, and takes it back."""

from typing import Any

from sqlalchemy import BigInteger, Date, Integer, Select, and_, bindparam, case, cast, exists, func, or_, select

from models.account import AuditEntry
from models.curriculum import AcademicYear, ClassLeadership, SchoolClass, StudyGroup, TeachingAssignment
from models.journal_locks import Unlock, UnlockEdit
from models.school import School
from models.timetable import Lesson
from rules.account import Role
from rules.journal_locks import UnlockState

from .journal import CONTROL
from .scopes import ALL, Rows, Scope, beside, columns, of_school, on, own_lesson, same, union
from .viewer import Viewer, reach

ASKERS = frozenset({Role.TEACHER})
"""To whom lessons are closed, and who asks for them."""

GRANTERS = CONTROL
"""To whom teachers turn (7.6)."""

in_force = and_(Unlock.state == UnlockState.GRANTED.value, Unlock.until > reach.now)
"""That an unlock has been granted, not taken back, and its time is not over."""

state_of = case(
    (and_(Unlock.state == UnlockState.GRANTED.value, Unlock.until <= reach.now), UnlockState.EXPIRED.value),
    else_=Unlock.state,
)
"""The state of an unlock now."""

_ARMS = {GRANTERS: ALL, Role.TEACHER: Unlock.staff_id == reach.staff_id}

visible_unlocks = Scope(
    "Unlock", lambda: select(*columns(state_of.label("state"), Unlock)).where(of_school(Unlock)), _ARMS
)

visible_unlock_edits = Scope(
    "UnlockEdit",
    Rows(UnlockEdit, beside(Unlock, "unlock_id"), beside(AuditEntry, "audit_entry_id", "at", "command")),
    _ARMS,
)

_days = select(School.edit_lock_days).where(School.id == reach.school_id).scalar_subquery()
_last_day = cast(func.least(Lesson.date, Lesson.recorded_on) + cast(_days, Integer), Date)

visible_lesson_editing = Scope(
    "LessonEditing",
    lambda: select(
        *columns(
            Lesson.id,
            _last_day.label("last_day"),
            func.coalesce(_last_day < reach.today, False).label("locked"),
        )
    ).where(of_school(Lesson)),
    {GRANTERS: ALL, Role.TEACHER: own_lesson()},
)
"""Whether a lesson is still open to its teachers: for those who may write in its journal, or open it to them."""


def unlocks_to_decide(viewer: Viewer) -> Select[Any]:
    """Unlocks that the viewer may grant, decline, or take back, locked."""
    return _locked(dict.fromkeys(GRANTERS, ALL), viewer)


def unlocks_to_withdraw(viewer: Viewer) -> Select[Any]:
    """The viewer's own requests, locked."""
    return _locked({Role.TEACHER: Unlock.staff_id == reach.staff_id}, viewer)


def _locked(arms: Any, viewer: Viewer) -> Select[Any]:
    return select(*columns(Unlock)).where(of_school(Unlock), union(arms, viewer.roles)).with_for_update(key_share=True)


def _lessons(*more: Any) -> Select[Any]:
    return (
        select(*columns(Lesson.id, Lesson.state, AcademicYear.state.label("year_state"), *more))
        .join(StudyGroup, same(StudyGroup, Lesson.group_id))
        .join(SchoolClass, same(SchoolClass, StudyGroup.class_id))
        .join(AcademicYear, same(AcademicYear, SchoolClass.year_id))
        .where(of_school(Lesson))
    )


def lessons_to_ask_for(viewer: Viewer) -> Select[Any]:
    """Lessons that the viewer may ask to be opened: those in whose journals they write as a teacher."""
    return _lessons().where(union({Role.TEACHER: own_lesson()}, viewer.roles))


def lessons_to_open(viewer: Viewer) -> Select[Any]:
    """Lessons that the viewer may open, and whether they are the teacher's whose number is bound as `teacher`: taught
    by them today, by substitution, or in a class that they lead today.
    """
    teacher = bindparam("teacher", type_=BigInteger)
    taught = exists().where(
        of_school(TeachingAssignment),
        TeachingAssignment.staff_id == teacher,
        TeachingAssignment.group_id == Lesson.group_id,
        TeachingAssignment.subject_id == Lesson.subject_id,
        on(reach.today, TeachingAssignment),
    )
    led = exists().where(
        of_school(ClassLeadership),
        ClassLeadership.staff_id == teacher,
        ClassLeadership.class_id == StudyGroup.class_id,
        on(reach.today, ClassLeadership),
    )
    theirs = or_(taught, led, func.coalesce(Lesson.substitute_id == teacher, False))
    return _lessons(theirs.label("theirs")).where(union(dict.fromkeys(GRANTERS, ALL), viewer.roles))
