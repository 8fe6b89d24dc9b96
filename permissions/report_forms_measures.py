"""Whom and what federal forms count, as SQL: for each family a school's rows on a form's date, one a thing counted.

A row has the number of what is counted (`of`), a number of its own where that is no person (`id`), and a value for each
dimension of the family. They bind `day`, `ages_on` and `since`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    and_,
    bindparam,
    cast,
    exists,
    extract,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

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

DAY: Any = bindparam("day", type_=Date)
SINCE: Any = bindparam("since", type_=Date)
_AGES: Any = bindparam("ages_on", type_=Date)


def _row(**values: Any) -> Select[Any]:
    """A statement of these values under their names."""
    return select(*(value.label(name) for name, value in values.items()))


def _full_years(since: Any, until: Any) -> Any:
    """How many years are full, as PostgreSQL counts them: somebody born on 29 February has a birthday on 1 March."""
    return cast(extract("year", func.age(until, since)), Integer)


def in_year(query: Select[Any], *conditions: ColumnElement[bool]) -> Select[Any]:
    """The classes of the year in which the day lies."""
    return query.join(AcademicYear, and_(same(AcademicYear, SchoolClass.year_id), on(DAY, AcademicYear), *conditions))


def in_force(query: Select[Any]) -> Select[Any]:
    """The same, once that year has been opened."""
    return in_year(query, AcademicYear.state != YearState.DRAFT)


def _profile(query: Select[Any]) -> Select[Any]:
    return query.outerjoin(Profile, same(Profile, SchoolClass.profile_id)).add_columns(
        func.coalesce(Profile.name, literal("")).label("profile")
    )


def class_rows() -> Select[Any]:
    """All classes."""
    query = _row(
        id=SchoolClass.id,
        of=SchoolClass.id,
        grade=SchoolClass.grade,
        shift=SchoolClass.shift,
        week_days=SchoolClass.week_days,
    ).select_from(SchoolClass)
    return _profile(query).where(of_school(SchoolClass))


def _repeats() -> Any:
    """That an order has left the student in the grade for this year."""
    return exists().where(
        *(of_school(MovementItem), MovementItem.student_id == Enrolment.student_id),
        *(same(MovementOrder, MovementItem.order_id), MovementOrder.state == OrderState.ISSUED),
        MovementOrder.kind == MovementKind.REPETITION,
        MovementOrder.effective_on.between(AcademicYear.starts_on, DAY),
    )


def student_rows() -> Select[Any]:
    """All stays in classes."""
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
    return _profile(query).where(of_school(Enrolment))


def _students() -> Select[Any]:
    return in_force(student_rows()).where(on(DAY, Enrolment))


_LEAVES = (MovementKind.DEPARTURE, MovementKind.GRADUATION)


def move_rows() -> Select[Any]:
    """Who comes and leaves by orders, whatever has become of these."""
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
            *(of_school(MovementItem), MovementOrder.cancels_id.is_(None)),
            or_(*(MovementOrder.kind == kind for kind in (*_LEAVES, MovementKind.ENROLMENT))),
        )
    )


def _moves() -> Select[Any]:
    """By orders that stand, in force from the first day counted until the form's date."""
    return move_rows().where(MovementOrder.state == OrderState.ISSUED, MovementOrder.effective_on.between(SINCE, DAY))


def assigned(query: Select[Any], *conditions: ColumnElement[bool]) -> Select[Any]:
    """The groups with the subjects that somebody is assigned to teach them, whenever that is."""
    assignment = and_(
        TeachingAssignment.school_id == StudyGroup.school_id, TeachingAssignment.group_id == StudyGroup.id, *conditions
    )
    query = query.join(SchoolClass, same(SchoolClass, StudyGroup.class_id)).join(TeachingAssignment, assignment)
    return in_force(query).join(Subject, same(Subject, TeachingAssignment.subject_id)).where(of_school(StudyGroup))


def dropped() -> ColumnElement[bool]:
    """That the member of the group does not take the subject (7.8)."""
    return exists().where(
        *(of_school(DroppedSubject), DroppedSubject.student_id == Student.id),
        *(DroppedSubject.subject_id == Subject.id, on(DAY, DroppedSubject)),
    )


def _once(rows: Select[Any]) -> Select[Any]:
    """What has one subject or more, once, with their names."""
    each = rows.distinct().subquery("taught").c
    more = [column for column in each if column.key not in ("id", "of", "subject")]
    names = func.array_agg(aggregate_order_by(each.subject.distinct(), each.subject)).label("subject")
    return select(each.of.label("id"), each.of, names, *more).group_by(each.of, *more)


def learner_rows() -> Select[Any]:
    """Students with subjects, to be joined to what tells which they are."""
    return _row(
        of=Student.id, id=Subject.id, subject=Subject.name, grade=SchoolClass.grade, sex=Person.sex
    ).select_from(StudyGroup)


def _learners() -> Select[Any]:
    """Students with the subjects that are taught to them, whoever teaches them; not what they do not take (7.8)."""
    return _once(
        assigned(learner_rows(), on(DAY, TeachingAssignment))
        .join(
            GroupMembership,
            and_(
                GroupMembership.school_id == StudyGroup.school_id,
                GroupMembership.group_id == StudyGroup.id,
                on(DAY, GroupMembership),
            ),
        )
        .join(
            Enrolment,
            and_(
                Enrolment.school_id == GroupMembership.school_id,
                Enrolment.student_id == GroupMembership.student_id,
                Enrolment.class_id == StudyGroup.class_id,
                on(DAY, Enrolment),
            ),
        )
        .join(Student, and_(Student.school_id == GroupMembership.school_id, Student.id == GroupMembership.student_id))
        .join(Person, same(Person, Student.person_id))
        .where(~dropped())
    )


def group_rows() -> Select[Any]:
    """Groups with subjects, to be joined to what tells which they are."""
    return _row(
        of=StudyGroup.id,
        id=Subject.id,
        subject=Subject.name,
        grade=SchoolClass.grade,
        subgroup=StudyGroup.kind == GroupKind.SUBGROUP,
    ).select_from(StudyGroup)


def staff_rows() -> Select[Any]:
    """All who work or have worked here."""
    teaches = exists().where(
        *(of_school(TeachingAssignment), TeachingAssignment.staff_id == Staff.id, on(DAY, TeachingAssignment))
    )
    return (
        _row(
            id=Staff.id,
            of=Staff.id,
            position=Staff.position,
            category=func.coalesce(Staff.category, literal("")),
            sex=Person.sex,
            age=_full_years(Person.birth_date, _AGES),
            years=_full_years(Staff.hired_on, DAY),
            teaches=teaches,
        )
        .select_from(Staff)
        .join(Person, same(Person, Staff.person_id))
        .where(of_school(Staff))
    )


def _staff() -> Select[Any]:
    return staff_rows().where(Staff.hired_on <= DAY, or_(Staff.dismissed_on.is_(None), Staff.dismissed_on >= DAY))


_SOURCES: Mapping[Family, Callable[[], Select[Any]]] = {
    Family.CLASSES: lambda: in_force(class_rows()),
    Family.STUDENTS: _students,
    Family.MOVES: _moves,
    Family.LEARNERS: _learners,
    Family.GROUPS: lambda: _once(assigned(group_rows(), on(DAY, TeachingAssignment))),
    Family.STAFF: _staff,
}


def counted_by_forms(viewer: Viewer, family: Family) -> Select[Any]:
    """What a family counts, for whoever may read forms: nothing for the others."""
    return _SOURCES[family]().where(union(dict.fromkeys(FORM_READERS, ALL), viewer.roles))
