"""The deadlines of marks that sum up as rows (7.7–7.10): of a period, of the year, of exams, in the end."""

from typing import Any

from sqlalchemy import Date, Select, and_, case, cast, exists, func, or_, select, true
from sqlalchemy.orm import aliased

from models.curriculum import AcademicYear, DroppedSubject, GroupMembership, StudyGroup, TeachingAssignment
from models.journal_finals import FinalMark, MarkSlot
from rules.journal_finals import LAST_WEEK, UNGRADED, FinalKind
from rules.report_deadlines import Answerable, Deadline

from .curriculum_plan import is_lesson
from .days import begins_at
from .journal_finals import announced_on, day_of, to_be_set
from .report_keepers import assigned
from .report_rows import STANDS, number, obligation, of, word
from .scopes import of_school, on

_SUBJECT = Answerable.SUBJECT_TEACHER

_announced = announced_on(MarkSlot, TeachingAssignment.subject_id)
_other = aliased(TeachingAssignment)


def _taught_last(day: Any) -> Any:
    """That the assignment is the last of the slot in its group and subject, and ended before the day."""
    later = exists().where(
        *(of_school(_other), _other.group_id == TeachingAssignment.group_id),
        *(_other.subject_id == TeachingAssignment.subject_id, _other.starts_on <= day),
        or_(
            *(_other.ends_on.is_(None), _other.ends_on > TeachingAssignment.ends_on),
            and_(_other.ends_on == TeachingAssignment.ends_on, _other.id > TeachingAssignment.id),
        ),
    )
    ended = and_(TeachingAssignment.ends_on >= MarkSlot.starts_on, TeachingAssignment.ends_on < day)
    return and_(ended, ~later.correlate(TeachingAssignment, MarkSlot))


def teaches(day: Any) -> Any:
    """That the assignment is the slot's: it lasts on the day, or was the last before it."""
    return or_(on(day, TeachingAssignment), _taught_last(day))


def is_taught(day: Any, member: Any) -> Any:
    """That the member of the group is taught the subject in it: there on the day, or nowhere any more."""
    return or_(on(day, TeachingAssignment), ~_taught_elsewhere(day, member))


def _taught_elsewhere(day: Any, member: Any) -> Any:
    """That the member of the group is taught the subject in another group on the day."""
    its = aliased(GroupMembership)
    taught = of(
        *(_other, its, _other.group_id == its.group_id, on(day, _other)),
        _other.subject_id == TeachingAssignment.subject_id,
    )
    found = select(its.student_id).join(_other, taught).where(of_school(its), on(day, its))
    found = found.where(its.student_id == member.student_id)
    return exists(found.correlate(member, TeachingAssignment, MarkSlot))


def _finals(deadline: Deadline, kind: FinalKind, anchor: Any = MarkSlot.ends_on, opens_on: Any = None) -> Select[Any]:
    """What sums up, of each assignment: all marks of those who take the subject on the slot's day.

    Where nobody teaches it any more, the marks are still owed (7.10), by nobody by name; where somebody else does now,
    by them.
    """
    last_week = cast(MarkSlot.ends_on, Date) - (LAST_WEEK - 1)
    day = day_of(MarkSlot)
    dropped = exists().where(
        *(of_school(DroppedSubject), DroppedSubject.student_id == GroupMembership.student_id),
        *(DroppedSubject.subject_id == TeachingAssignment.subject_id, on(day, DroppedSubject)),
    )
    member = and_(
        *(of_school(GroupMembership), GroupMembership.group_id == StudyGroup.id, on(day, GroupMembership)),
        ~dropped.correlate(GroupMembership, TeachingAssignment, MarkSlot),
        is_taught(day, GroupMembership),
    )
    of_member = and_(
        *(of_school(FinalMark), FinalMark.student_id == GroupMembership.student_id),
        *(FinalMark.subject_id == TeachingAssignment.subject_id, FinalMark.year_id == MarkSlot.year_id),
        *(FinalMark.kind == MarkSlot.kind, FinalMark.period_id.is_not_distinct_from(MarkSlot.period_id)),
    )
    marks = (
        select(
            func.count().label("pupils"),
            func.count(FinalMark.id).label("marked"),
            func.max(FinalMark.set_at).label("last"),
        )
        .select_from(GroupMembership)
        .outerjoin(FinalMark, of_member)
        .where(member)
        .correlate(StudyGroup, TeachingAssignment, MarkSlot)
        .lateral("summed")
    )
    all_set = marks.c.marked == marks.c.pupils
    return (
        select(
            *obligation(
                *(deadline, _SUBJECT, ("TeachingAssignment", TeachingAssignment.id)),
                *(TeachingAssignment.id, MarkSlot.position),
                anchor=anchor,
                opens_at=begins_at(last_week if opens_on is None else opens_on),
                done_at=case((all_set, marks.c.last)),
                staff_id=assigned(all_set),
                class_id=MarkSlot.class_id,
                group_id=StudyGroup.id,
                subject_id=TeachingAssignment.subject_id,
                period_id=MarkSlot.period_id,
            )
        )
        .select_from(MarkSlot)
        .join(AcademicYear, of(AcademicYear, MarkSlot, AcademicYear.id == MarkSlot.year_id))
        .join(StudyGroup, of(StudyGroup, MarkSlot, StudyGroup.class_id == MarkSlot.class_id))
        .join(
            TeachingAssignment,
            of(TeachingAssignment, StudyGroup, TeachingAssignment.group_id == StudyGroup.id, teaches(day)),
        )
        .join(marks, true())
        .where(
            *(of_school(MarkSlot), MarkSlot.kind == word(kind), STANDS, MarkSlot.grade > number(UNGRADED)),
            *to_be_set(MarkSlot, TeachingAssignment.subject_id),
            is_lesson(MarkSlot.class_id, TeachingAssignment.subject_id),
            marks.c.pupils > 0,
        )
    )


MARK_DEADLINES = (
    _finals(Deadline.PERIOD_MARKS, FinalKind.PERIOD),
    _finals(Deadline.FINAL_MARKS, FinalKind.YEAR),
    _finals(Deadline.FINAL_MARKS, FinalKind.FINAL, func.greatest(MarkSlot.ends_on, _announced, type_=Date)),
    _finals(Deadline.FINAL_MARKS, FinalKind.EXAM, _announced, _announced),
)
"""A statement for each kind of them."""
