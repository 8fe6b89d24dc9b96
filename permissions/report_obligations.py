"""Who sees which obligations: the whole school's for its director and deputies, everybody else's own (7.11, 9.3)."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, or_, select, union_all

from models.account import Account, AccountRole
from models.curriculum import AcademicYear, Enrolment, Period, SchoolClass
from models.movement_council import CouncilDecision
from models.school import Staff
from rules.account import Role
from rules.report_deadlines import BY_ROLE, Answerable, ObligationStatus

from .journal import CONTROL
from .report_obligations_journal import JOURNAL_DEADLINES
from .report_obligations_movement import MOVEMENT_DEADLINES
from .report_obligations_school import SCHOOL_DEADLINES
from .report_rows import last_day, word
from .scopes import ALL, NONE, Scope, among, columns, of_school, on, same, union, within
from .texts import written
from .viewer import Viewer, reach

_each = union_all(*SCHOOL_DEADLINES, *MOVEMENT_DEADLINES, *JOURNAL_DEADLINES).subquery("each")
_status = case(
    (_each.c.done_at < _each.c.due_at, word(ObligationStatus.DONE)),
    (_each.c.done_at.is_not(None), word(ObligationStatus.MET_LATE)),
    (_each.c.due_at > reach.now, word(ObligationStatus.DUE)),
    else_=word(ObligationStatus.OVERDUE),
)
_obligations = written(select(*_each.c, _status.label("status")), "obligation")
obligation: Any = _obligations.c
"""An obligation: a deadline of the regulation, and what it is about, whose it is, until when, and since when met."""


def own(role: Role) -> Any:
    """That those who hold the role answer for it."""
    return or_(*(obligation.answerable == word(each) for each, whose in BY_ROLE.items() if whose is role))


TEACHERS = or_(*(obligation.answerable == word(each) for each in Answerable if each not in BY_ROLE))
"""That a teacher answers for it by name."""

_ARMS: dict[Any, Any] = {
    CONTROL: ALL,
    Role.TEACHER: and_(TEACHERS, obligation.staff_id == reach.staff_id),
    **{role: own(role) for role in set(BY_ROLE.values()) - CONTROL},
    Role.SERVICE: NONE,
}

visible_obligations = Scope("Obligation", lambda: select(*obligation), _ARMS)
"""Obligations with how they stand now. No grant gives them to a service: they say who is late."""

visible_obligation_counts = Scope("ObligationCount", lambda: select(*obligation), _ARMS)
"""The same, to be counted."""


def is_answered_by(staff: Any) -> ColumnElement[bool]:
    """That this employee answers for it: by name, or by a role held today."""
    roles = (
        select(AccountRole.role)
        .join(Account, same(Account, AccountRole.account_id))
        .join(Staff, and_(Staff.school_id == Account.school_id, Staff.person_id == Account.person_id))
        .where(of_school(AccountRole), Staff.id == staff, on(reach.today, AccountRole))
    )
    return or_(obligation.staff_id == staff, among(obligation.answerable, roles))


OWNERS = frozenset({Role.TEACHER, *BY_ROLE.values()})
"""Those who answer for anything."""

OVERSEERS = CONTROL
"""Those who see what everybody answers for."""


def classes_to_report(viewer: Viewer) -> Select[Any]:
    """Classes whose reports the viewer makes: those they lead (10.4, 10.6). Beside each the last day of its lessons."""
    return _of_year(SchoolClass, last_day.label("last_day")).where(
        union({Role.TEACHER: within(SchoolClass.id, reach.led_classes)}, viewer.roles),
    )


def undecided(class_id: int, day: date) -> Select[Any]:
    """Who is in the class on a day, and of whom the council has decided nothing in it."""
    decided = exists().where(
        *(of_school(CouncilDecision), CouncilDecision.class_id == Enrolment.class_id),
        CouncilDecision.student_id == Enrolment.student_id,
    )
    return (
        select(Enrolment.student_id)
        .where(of_school(Enrolment), Enrolment.class_id == class_id, on(day, Enrolment), ~decided)
        .order_by(Enrolment.student_id)
    )


def periods_to_report(viewer: Viewer) -> Select[Any]:
    """Periods of which the viewer makes reports: of the school the deputy, of their own teaching whoever teaches."""
    return _of_year(Period).where(union({Role.DEPUTY: ALL, Role.TEACHER: ALL}, viewer.roles))


def _of_year(model: Any, *more: Any) -> Select[Any]:
    """Rows of a year, with its state."""
    return (
        select(*columns(model, AcademicYear.state.label("year_state"), *more))
        .join(AcademicYear, same(AcademicYear, model.year_id))
        .where(of_school(model))
        .with_for_update(key_share=True, of=model)
    )
