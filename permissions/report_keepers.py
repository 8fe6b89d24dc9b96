"""Who answers for what is missing in a journal: whoever may still write it there (2.3, 6.5), not who taught once.

What is done stays with who did it. What is not passes on when an assignment ends, or somebody is dismissed: to the one
who teaches the subject to the group now, or last did in a year that is over; or to nobody by name, which leaves it to
the deputy (7.11).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, case, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on

from models.curriculum import AcademicYear, SchoolClass, StudyGroup, TeachingAssignment
from models.school import Staff
from models.timetable import Lesson

from .scopes import among, of_school, on, same
from .viewer import reach

_gone = select(Staff.id).where(of_school(Staff), Staff.dismissed_on < reach.today)


def gone(staff: Any) -> Any:
    """That the employee has been dismissed."""
    return among(staff, _gone)


def _holding(*names: Any) -> Select[Any]:
    """Assignments as they stand now, of those who are still employed."""
    return (
        select(*names)
        .select_from(TeachingAssignment)
        .join(StudyGroup, same(StudyGroup, TeachingAssignment.group_id))
        .join(SchoolClass, same(SchoolClass, StudyGroup.class_id))
        .join(AcademicYear, same(AcademicYear, SchoolClass.year_id))
        .where(
            *(of_school(TeachingAssignment), on(func.least(reach.today, AcademicYear.ends_on), TeachingAssignment)),
            ~gone(TeachingAssignment.staff_id),
        )
    )


_journal = (TeachingAssignment.group_id, TeachingAssignment.subject_id)
_last = (TeachingAssignment.starts_on.desc(), TeachingAssignment.id.desc())
_heirs = (
    _holding(*_journal, TeachingAssignment.staff_id)
    .ext(distinct_on(*_journal))
    .order_by(*_journal, *_last)
    .subquery("heir")
    .c
)
"""Who teaches each journal now, the last to begin if there are several."""


def _heir(of: Any) -> Any:
    """Who teaches the journal of `of` now. A scalar, since few have to ask."""
    found = select(_heirs.staff_id).where(_is_heir(of))
    return found.correlate(of).scalar_subquery()


def _is_heir(of: Any) -> Any:
    return and_(_heirs.group_id == of.group_id, _heirs.subject_id == of.subject_id)


def holds(of: Any, staff: Any) -> Any:
    """That the employee teaches the journal of `of` now."""
    return tuple_(of.group_id, of.subject_id, staff).in_(
        _holding(*_journal, TeachingAssignment.staff_id).correlate(None)
    )


# Lessons


@dataclass(frozen=True)
class Keeper:
    """One of those who may answer for a lesson: who it is, and for which lessons, by whether a thing is done there."""

    staff: Any
    which: Callable[[Any], Any]
    succeeds: bool = False

    def of(self, lessons: Select[Any], done: Any) -> Select[Any]:
        """Those of the lessons for which they answer."""
        mine = lessons.where(self.which(done))
        return mine.outerjoin(_heirs.staff_id.table, _is_heir(Lesson)) if self.succeeds else mine


_substituted = Lesson.substitute_id.is_not(None)
# A lesson that is to come is its teacher's, unless they have left: whether they will teach then, the timetable says.
_still = or_(and_(Lesson.date >= reach.today, ~gone(Lesson.teacher_id)), holds(Lesson, Lesson.teacher_id))


def _not_substituted(done: Any) -> Any:
    return or_(~_substituted, and_(gone(Lesson.substitute_id), ~done))


SUBSTITUTE = Keeper(Lesson.substitute_id, lambda done: and_(_substituted, or_(~gone(Lesson.substitute_id), done)))
TEACHER = Keeper(Lesson.teacher_id, lambda done: and_(_not_substituted(done), or_(_still, done)))
SUCCESSOR = Keeper(_heirs.staff_id, lambda done: and_(_not_substituted(done), ~_still, ~done), succeeds=True)
KEEPERS = (TEACHER, SUBSTITUTE, SUCCESSOR)
"""Each lesson is one's of them. A statement for each lets it be found by that one's index."""

WHOSE = func.coalesce(Lesson.substitute_id, Lesson.teacher_id)
"""Who gave the lesson."""


def keeper_of(done: Any) -> Any:
    """Who answers for a lesson, of any of them."""
    return case(
        (done, WHOSE),
        (and_(_substituted, ~gone(Lesson.substitute_id)), Lesson.substitute_id),
        (_still, Lesson.teacher_id),
        else_=_heir(Lesson),
    )


def teacher_of(done: Any) -> Any:
    """The same, whoever gives it as a substitute."""
    return case((or_(done, _still), Lesson.teacher_id), else_=_heir(Lesson))


def assigned(done: Any) -> Any:
    """Who answers for what an assignment owes."""
    own = TeachingAssignment.staff_id
    return case((or_(done, holds(TeachingAssignment, own)), own), else_=_heir(TeachingAssignment))
