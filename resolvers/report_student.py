"""What the reports of a student share: the class and year they are of, the subjects, what is marked at the end."""

from datetime import date
from typing import Any

from sqlalchemy import Date, Select, and_, exists, or_, select

from models.curriculum import (
    AcademicYear,
    DroppedSubject,
    Enrolment,
    GroupMembership,
    Period,
    SchoolClass,
    StudyGroup,
    TeachingAssignment,
)
from models.journal_finals import MarkSlot
from models.school import Student
from permissions.curriculum_plan import is_lesson
from permissions.journal_finals import cell
from permissions.report_student import visible_card_marks, visible_daily_marks
from permissions.scopes import of_school, on, same
from permissions.viewer import reach
from rules.account import Role
from rules.refusals import bad_input
from rules.report import OF_STUDENT
from rules.report_daily import check_days

from .context import Context
from .edges import Edge
from .edges_kinds import keys_param, parent_keys
from .journal_finals import narrowed
from .report import Asked, Slot, slot_of_row, slots

RUNNING = 0
"""In place of a year's number: the year that runs today."""


def _classes(keys: Any, *conditions: Any) -> Select[Any]:
    """The classes of students, the last one last, each with its year."""
    return (
        select(
            *(SchoolClass.id.label("class_id"), SchoolClass.grade, SchoolClass.letter, SchoolClass.year_id),
            *(AcademicYear.name.label("year_name"), AcademicYear.starts_on, AcademicYear.ends_on),
            *(key.label(f"_{key.key}") for key in keys.c),
        )
        .select_from(keys)
        .join(Enrolment, and_(of_school(Enrolment), Enrolment.student_id == keys.c.key0))
        .join(SchoolClass, same(SchoolClass, Enrolment.class_id))
        .join(AcademicYear, same(AcademicYear, SchoolClass.year_id))
        .where(*conditions)
        .order_by(Enrolment.starts_on, Enrolment.id)
    )


def _overlaps(dated: Any, first: Any, last: Any) -> Any:
    return and_(dated.starts_on <= last, or_(dated.ends_on.is_(None), dated.ends_on >= first))


def _of_year(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    keys = parent_keys(Student.id.type, AcademicYear.id.type)
    runs = and_(keys.c.key1 == RUNNING, on(reach.today, AcademicYear))
    return _classes(keys, or_(AcademicYear.id == keys.c.key1, runs))


def _of_days(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    keys = parent_keys(Student.id.type, Date, Date)
    return _classes(keys, _overlaps(Enrolment, keys.c.key1, keys.c.key2))


def _of_period(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    keys = parent_keys(Student.id.type, Period.id.type)
    period = and_(
        *(of_school(Period), Period.id == keys.c.key1, Period.year_id == SchoolClass.year_id),
        *(Period.kind == SchoolClass.period_kind, _overlaps(Enrolment, Period.starts_on, Period.ends_on)),
    )
    return _classes(keys, exists().where(period))


_class_in_period = Edge(visible_card_marks, ("student_id", "period_id"), _of_period)
_class_in_year = Edge(visible_card_marks, ("student_id", "year_id"), _of_year)
_class_in_days = Edge(visible_daily_marks, ("student_id", "since", "until"), _of_days)


def _slots(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    return slots(MarkSlot.class_id == keys_param(0).any_()).add_columns(MarkSlot.class_id.label("_key0"))


_slots_of_class = Edge(visible_card_marks, ("class_id",), _slots, many=True)


def _taught(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    """Subjects of the groups that the student is in, but those not taken in all these days (7.8), or not for marks."""
    keys = parent_keys(Student.id.type, Date, Date)
    dropped = exists().where(
        *(of_school(DroppedSubject), DroppedSubject.student_id == keys.c.key0),
        *(DroppedSubject.subject_id == TeachingAssignment.subject_id, DroppedSubject.starts_on <= keys.c.key1),
        or_(DroppedSubject.ends_on.is_(None), DroppedSubject.ends_on >= keys.c.key2),
    )
    found = (
        select(*(key.label(f"_{key.key}") for key in keys.c), TeachingAssignment.subject_id)
        .select_from(keys)
        .join(GroupMembership, and_(of_school(GroupMembership), GroupMembership.student_id == keys.c.key0))
        .join(StudyGroup, same(StudyGroup, GroupMembership.group_id))
        .join(
            TeachingAssignment,
            and_(
                *(TeachingAssignment.school_id == StudyGroup.school_id, TeachingAssignment.group_id == StudyGroup.id),
                _overlaps(TeachingAssignment, keys.c.key1, keys.c.key2),
            ),
        )
        .where(
            *(_overlaps(GroupMembership, keys.c.key1, keys.c.key2), ~dropped),
            is_lesson(StudyGroup.class_id, TeachingAssignment.subject_id),
        )
        .distinct()
        .subquery("taught")
    )
    return select(*found.c)


taught_subjects = Edge(visible_daily_marks, ("student_id", "since", "until"), _taught, many=True)
"""What a student takes in some days."""


def _card(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    query = narrowed(visible_card_marks.for_roles(roles), cell.student_id, cell.year_id)
    return query.order_by(cell.subject_id, cell.position)


card_marks = Edge(visible_card_marks, ("student_id", "year_id"), _card, many=True)
"""All that is marked, or to be marked, of a student in a year."""


async def class_in_year(context: Context, student_id: int, year_id: int | None) -> Any:
    """The class of a student in a year, or in the running one; `BAD_INPUT` where there is none."""
    found = await context.load_key(_class_in_year(), (student_id, year_id or RUNNING), OF_STUDENT)
    if found is None:
        raise bad_input("В этом учебном году учащийся не был зачислен ни в один класс.", "yearId")
    return found


async def class_in_days(context: Context, student_id: int, since: date, until: date) -> Any:
    """The class of a student in these days, the last one if there are several; None where there is none."""
    return await context.load_key(_class_in_days(), (student_id, since, until), OF_STUDENT)


async def slots_of(context: Context, class_id: int) -> list[Slot]:
    """All that a class is marked for, in order."""
    rows = await context.load_key(_slots_of_class(), (class_id,), OF_STUDENT)
    return [slot_of_row(row) for row in rows]


async def slot_of_student(context: Context, student_id: int, asked: Asked) -> Slot:
    """The slot that is asked for: a period in the class that the student was last in by its end, or the end of the
    running year; `BAD_INPUT` where there is none.
    """
    if asked.period_id is None:
        of = await class_in_year(context, student_id, asked.year_id)
    else:
        of = await context.load_key(_class_in_period(), (student_id, asked.period_id), OF_STUDENT)
    for slot in await slots_of(context, of.class_id) if of else ():
        if slot.kind is asked.kind and slot.period_id == asked.period_id:
            return slot
    raise bad_input("У этого учащегося нет такого учебного периода.", "periodId")


def days_asked(asked: Asked) -> tuple[date, date]:
    """The days a report is asked for."""
    return check_days(asked.since, asked.until)
