"""Whom federal forms could have counted and did not, as SQL: rows as `report_forms_measures` has them, and why.

`left` is the reason. Of the form's year: who is not there on its day though they are on another; orders that do not
count; subjects that are not learnt, or not taught, on the day.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, false, func, literal, or_, select, true
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased

from models.curriculum import (
    AcademicYear,
    Enrolment,
    GroupMembership,
    SchoolClass,
    StudyGroup,
    Subject,
    TeachingAssignment,
)
from models.movement import MovementOrder
from models.school import Person, Staff, Student
from rules.curriculum import YearState
from rules.movement import OrderState
from rules.report_forms_measures import Family
from rules.report_forms_provenance import FormLeft

from .report_forms import may_name
from .report_forms_measures import (
    DAY,
    SINCE,
    assigned,
    class_rows,
    dropped,
    group_rows,
    in_year,
    learner_rows,
    move_rows,
    staff_rows,
    student_rows,
)
from .scopes import of_school, on, same
from .viewer import Viewer

_YEAR = aliased(AcademicYear)


def _why(*cases: tuple[ColumnElement[bool], FormLeft], other: FormLeft | None = None) -> Any:
    """The first reason that holds."""
    told = [(condition, literal(why.value)) for condition, why in cases]
    return case(*told, else_=None if other is None else literal(other.value)).label("left")


def _in_the_year(day: Any) -> ColumnElement[bool]:
    """That a day lies in the same year as the form's."""
    return exists().where(of_school(_YEAR), on(DAY, _YEAR), on(day, _YEAR))


def _classes() -> Select[Any]:
    return in_year(class_rows(), AcademicYear.state == YearState.DRAFT).add_columns(
        literal(FormLeft.YEAR_DRAFT.value).label("left")
    )


def _on_the_roll() -> ColumnElement[bool]:
    stay = aliased(Enrolment)
    return exists().where(of_school(stay), stay.student_id == Student.id, on(DAY, stay))


def _students() -> Select[Any]:
    """By the stay that is the nearest to the day."""
    reason = _why(
        (on(DAY, Enrolment), FormLeft.YEAR_DRAFT), (Enrolment.ends_on < DAY, FormLeft.GONE), other=FormLeft.LATER
    )
    unopened = and_(on(DAY, Enrolment), AcademicYear.state == YearState.DRAFT)
    return (
        in_year(student_rows())
        .add_columns(reason)
        .where(or_(unopened, ~_on_the_roll()))
        .ext(distinct_on(Student.id))
        .order_by(Student.id, func.greatest(DAY - Enrolment.ends_on, Enrolment.starts_on - DAY), Enrolment.id)
    )


def _moves() -> Select[Any]:
    effective, issued = MovementOrder.effective_on, MovementOrder.state == OrderState.ISSUED
    reason = _why(
        (MovementOrder.state == OrderState.DRAFT, FormLeft.NOT_ISSUED),
        (MovementOrder.state == OrderState.CANCELLED, FormLeft.CANCELLED),
        other=FormLeft.IN_FORCE_LATER,
    )
    later = and_(issued, effective > DAY, _in_the_year(effective))
    return move_rows().add_columns(reason).where(or_(and_(~issued, effective.between(SINCE, DAY)), later))


def _learners() -> Select[Any]:
    """Who is in a class of which a group learns the subject, at some time of the year."""
    here, taught = on(DAY, Enrolment), on(DAY, TeachingAssignment)

    def member(*when: ColumnElement[bool]) -> ColumnElement[bool]:
        return exists().where(
            *(of_school(GroupMembership), GroupMembership.group_id == StudyGroup.id),
            *(GroupMembership.student_id == Student.id, *when),
        )

    now, some = member(on(DAY, GroupMembership)), func.bool_or
    reason = _why(
        (some(and_(here, dropped())), FormLeft.DROPPED),
        (some(and_(here, now)), FormLeft.NO_TEACHER),
        (some(and_(here, taught)), FormLeft.NO_GROUP),
        (some(and_(~_on_the_roll(), member(), ~dropped(), Enrolment.ends_on < DAY)), FormLeft.GONE),
        (some(and_(~_on_the_roll(), member(), ~dropped())), FormLeft.LATER),
    )
    stay = and_(of_school(Enrolment), Enrolment.class_id == StudyGroup.class_id)
    each = (
        assigned(learner_rows())
        .join(Enrolment, stay)
        .join(Student, same(Student, Enrolment.student_id))
        .join(Person, same(Person, Student.person_id))
        .add_columns(reason, some(and_(here, taught, now, ~dropped())).label("learns"))
        .group_by(Student.id, Subject.id, Subject.name, SchoolClass.grade, Person.sex)
        .subquery()
    )
    return select(each).where(~each.c.learns, each.c.left.is_not(None))


def _groups() -> Select[Any]:
    now = aliased(TeachingAssignment)
    taught = exists().where(
        *(of_school(now), now.group_id == StudyGroup.id, now.subject_id == Subject.id, on(DAY, now)),
    )
    why = literal(FormLeft.NO_TEACHER.value).label("left")
    return assigned(group_rows()).add_columns(why).where(~taught).distinct()


def _staff() -> Select[Any]:
    gone = Staff.dismissed_on < DAY
    reason = _why((gone, FormLeft.GONE), other=FormLeft.LATER)
    later = and_(Staff.hired_on > DAY, _in_the_year(Staff.hired_on))
    return staff_rows().add_columns(reason).where(or_(and_(gone, _in_the_year(Staff.dismissed_on)), later))


_SOURCES: Mapping[Family, Callable[[], Select[Any]]] = {
    Family.CLASSES: _classes,
    Family.STUDENTS: _students,
    Family.MOVES: _moves,
    Family.LEARNERS: _learners,
    Family.GROUPS: _groups,
    Family.STAFF: _staff,
}


def left_out_of_forms(viewer: Viewer, family: Family) -> Select[Any]:
    """What a family could have counted, for whoever may see whom it counts: nothing for the others."""
    return _SOURCES[family]().where(true() if may_name(viewer, family) else false())
