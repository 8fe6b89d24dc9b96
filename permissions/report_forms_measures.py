"""Whom and what federal forms count, as SQL: for each family a school's rows on a form's date, one a thing counted.

A row has the number of what is counted (`of`), a number of its own where that is no person (`id`), and a value for each
dimension of the family. They bind `day`, `ages_on` and `since`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Date, Integer, Select, and_, bindparam, cast, exists, extract, func, literal, or_, select

from models.curriculum import (
    AcademicYear,
    DroppedSubject,
    Enrolment,
    GroupMembership,
    SchoolClass,
    StudyGroup,
    Subject,
    TeachingAssignment,
)
from models.curriculum_plan import Profile
from models.movement import MovementItem, MovementOrder
from models.school import Person, Staff, Student
from rules.curriculum import GroupKind, YearState
from rules.movement import MovementKind, OrderState
from rules.report import FORM_READERS
from rules.report_forms_measures import Family

from .scopes import ALL, of_school, on, same, union
from .viewer import Viewer

_DAY: Any = bindparam("day", type_=Date)
_AGES: Any = bindparam("ages_on", type_=Date)
_SINCE: Any = bindparam("since", type_=Date)


def _row(**values: Any) -> Select[Any]:
    """A statement of these values under their names."""
    return select(*(value.label(name) for name, value in values.items()))


def _full_years(since: Any, until: Any) -> Any:
    """How many years are full, as PostgreSQL counts them: somebody born on 29 February has a birthday on 1 March."""
    return cast(extract("year", func.age(until, since)), Integer)


def _in_force(query: Select[Any]) -> Select[Any]:
    """The classes of the year in which the day lies, once that year has been opened."""
    year = and_(
        same(AcademicYear, SchoolClass.year_id),
        AcademicYear.state != YearState.DRAFT,
        on(_DAY, AcademicYear),
    )
    return query.join(AcademicYear, year)


def _profile(query: Select[Any]) -> Select[Any]:
    return query.outerjoin(Profile, same(Profile, SchoolClass.profile_id)).add_columns(
        func.coalesce(Profile.name, literal("")).label("profile")
    )


def _classes() -> Select[Any]:
    query = _row(
        id=SchoolClass.id,
        of=SchoolClass.id,
        grade=SchoolClass.grade,
        shift=SchoolClass.shift,
        week_days=SchoolClass.week_days,
    ).select_from(SchoolClass)
    return _profile(_in_force(query)).where(of_school(SchoolClass))


def _repeats() -> Any:
    """That an order has left the student in the grade for this year."""
    return exists().where(
        *(of_school(MovementItem), MovementItem.student_id == Enrolment.student_id),
        *(same(MovementOrder, MovementItem.order_id), MovementOrder.state == OrderState.ISSUED),
        MovementOrder.kind == MovementKind.REPETITION,
        MovementOrder.effective_on.between(AcademicYear.starts_on, _DAY),
    )


def _students() -> Select[Any]:
    query: Select[Any] = (
        _row(
            id=Student.id,
            of=Student.id,
            grade=SchoolClass.grade,
            sex=Person.sex,
            age=_full_years(Person.birth_date, _AGES),
            shift=SchoolClass.shift,
            at_home=Student.taught_at_home,
            individual_plan=Student.individual_plan,
            repeats=_repeats(),
        )
        .select_from(Enrolment)
        .join(SchoolClass, same(SchoolClass, Enrolment.class_id))
        .join(Student, same(Student, Enrolment.student_id))
        .join(Person, same(Person, Student.person_id))
    )
    return _profile(_in_force(query)).where(of_school(Enrolment), on(_DAY, Enrolment))


_LEAVES = (MovementKind.DEPARTURE, MovementKind.GRADUATION)


def _moves() -> Select[Any]:
    """Who came and left by orders that stand, in force from the first day counted until the form's date."""
    class_id = func.coalesce(MovementItem.from_class_id, MovementItem.to_class_id)
    return (
        _row(
            id=MovementItem.id,
            of=MovementItem.student_id,
            kind=MovementOrder.kind,
            grade=SchoolClass.grade,
            sex=Person.sex,
            reason=func.coalesce(MovementItem.reason, literal("")),
            on_first_day=MovementOrder.effective_on == AcademicYear.starts_on,
        )
        .select_from(MovementItem)
        .join(MovementOrder, same(MovementOrder, MovementItem.order_id))
        .join(SchoolClass, and_(SchoolClass.school_id == MovementItem.school_id, SchoolClass.id == class_id))
        .join(AcademicYear, same(AcademicYear, SchoolClass.year_id))
        .join(Student, same(Student, MovementItem.student_id))
        .join(Person, same(Person, Student.person_id))
        .where(
            *(of_school(MovementItem), MovementOrder.state == OrderState.ISSUED, MovementOrder.cancels_id.is_(None)),
            or_(*(MovementOrder.kind == kind for kind in (*_LEAVES, MovementKind.ENROLMENT))),
            MovementOrder.effective_on.between(_SINCE, _DAY),
        )
    )


def _taught(query: Select[Any]) -> Select[Any]:
    """The groups with the subjects that somebody is assigned to teach them on the day."""
    return _in_force(
        query.join(SchoolClass, same(SchoolClass, StudyGroup.class_id)).join(
            TeachingAssignment,
            and_(
                TeachingAssignment.school_id == StudyGroup.school_id,
                TeachingAssignment.group_id == StudyGroup.id,
                on(_DAY, TeachingAssignment),
            ),
        )
    ).join(Subject, same(Subject, TeachingAssignment.subject_id))


def _learners() -> Select[Any]:
    """Students with each subject that is taught to them, however many teach it; not what they do not take (7.8)."""
    dropped = exists().where(
        *(of_school(DroppedSubject), DroppedSubject.student_id == GroupMembership.student_id),
        *(DroppedSubject.subject_id == Subject.id, on(_DAY, DroppedSubject)),
    )
    query = _row(
        of=GroupMembership.student_id,
        id=Subject.id,
        subject=Subject.name,
        grade=SchoolClass.grade,
        sex=Person.sex,
    ).select_from(StudyGroup)
    return (
        _taught(query)
        .join(
            GroupMembership,
            and_(
                GroupMembership.school_id == StudyGroup.school_id,
                GroupMembership.group_id == StudyGroup.id,
                on(_DAY, GroupMembership),
            ),
        )
        .join(
            Enrolment,
            and_(
                Enrolment.school_id == GroupMembership.school_id,
                Enrolment.student_id == GroupMembership.student_id,
                Enrolment.class_id == StudyGroup.class_id,
                on(_DAY, Enrolment),
            ),
        )
        .join(Student, and_(Student.school_id == GroupMembership.school_id, Student.id == GroupMembership.student_id))
        .join(Person, same(Person, Student.person_id))
        .where(of_school(StudyGroup), ~dropped)
        .distinct()
    )


def _groups() -> Select[Any]:
    query = _row(
        of=StudyGroup.id,
        id=Subject.id,
        subject=Subject.name,
        grade=SchoolClass.grade,
        subgroup=StudyGroup.kind == GroupKind.SUBGROUP,
    ).select_from(StudyGroup)
    return _taught(query).where(of_school(StudyGroup)).distinct()


def _staff() -> Select[Any]:
    teaches = exists().where(
        *(of_school(TeachingAssignment), TeachingAssignment.staff_id == Staff.id, on(_DAY, TeachingAssignment))
    )
    return (
        _row(
            id=Staff.id,
            of=Staff.id,
            position=Staff.position,
            category=func.coalesce(Staff.category, literal("")),
            sex=Person.sex,
            age=_full_years(Person.birth_date, _AGES),
            years=_full_years(Staff.hired_on, _DAY),
            teaches=teaches,
        )
        .select_from(Staff)
        .join(Person, same(Person, Staff.person_id))
        .where(
            *(of_school(Staff), Staff.hired_on <= _DAY),
            or_(Staff.dismissed_on.is_(None), Staff.dismissed_on >= _DAY),
        )
    )


_SOURCES: Mapping[Family, Callable[[], Select[Any]]] = {
    Family.CLASSES: _classes,
    Family.STUDENTS: _students,
    Family.MOVES: _moves,
    Family.LEARNERS: _learners,
    Family.GROUPS: _groups,
    Family.STAFF: _staff,
}


def counted_by_forms(viewer: Viewer, family: Family) -> Select[Any]:
    """What a family counts, for whoever may read forms: nothing for the others."""
    return _SOURCES[family]().where(union(dict.fromkeys(FORM_READERS, ALL), viewer.roles))
