"""Of what a viewer may have reports (10.1), and the marks that their figures are made of."""

from typing import Any

from sqlalchemy import Date, Select, and_, exists, func, or_, select

from models.curriculum import Enrolment, GroupMembership, SchoolClass, StudyGroup, TeachingAssignment
from models.school import School, Staff, Student
from rules.account import Role
from rules.report import ABOUT, ReportOf

from .journal_finals import counted, day_of, of_teachers
from .scopes import ALL, NONE, Rows, Scope, columns, of_school, on, students_led_now, taught_students, within
from .viewer import reach


def _roles(of: ReportOf) -> frozenset[Role]:
    """Whoever may have any report of such a thing."""
    return frozenset(role for about in ABOUT.values() if about.of is of for role in about.roles)


visible_school_reports = Scope(
    "SchoolReports",
    lambda: select(*columns(School)).where(School.id == reach.school_id),
    {_roles(ReportOf.SCHOOL): ALL, Role.SERVICE: NONE},
)
"""The school, for those who may have its reports; which of them, says each report's gate."""

visible_class_reports = Scope(
    "ClassReports",
    Rows(SchoolClass),
    {
        _roles(ReportOf.CLASS): ALL,
        Role.TEACHER: within(SchoolClass.id, reach.led_classes),
        Role.SERVICE: NONE,
    },
)
"""Classes: a teacher's own class, all for the others."""

visible_teacher_reports = Scope(
    "TeacherReports",
    Rows(Staff),
    {_roles(ReportOf.TEACHER): ALL, Role.TEACHER: Staff.id == reach.staff_id, Role.SERVICE: NONE},
)
"""Teachers: oneself, all for the others."""

_taught_now = taught_students().where(on(reach.today, GroupMembership))


def of_own_students(student: Any) -> Any:
    """That the viewer teaches or leads the student today."""
    return or_(student.in_(_taught_now), student.in_(students_led_now()))


visible_student_reports = Scope(
    "StudentReports",
    Rows(Student),
    {
        _roles(ReportOf.STUDENT): ALL,
        Role.TEACHER: of_own_students(Student.id),
        Role.STUDENT: Student.id == reach.student_id,
        Role.PARENT: within(Student.id, reach.children),
        Role.SERVICE: NONE,
    },
)
"""Students: of all their subjects, for whoever teaches or leads them today, too; of who has gone to another class its
teachers have them (10.1).
"""


def is_there(day: Any) -> Any:
    """That the student of a cell is in its class on the day."""
    there = exists().where(
        *(of_school(Enrolment), Enrolment.student_id == counted.student_id, Enrolment.class_id == counted.class_id),
        on(day, Enrolment),
    )
    return there.correlate_except(Enrolment)


def counted_cells(*conditions: Any) -> Select[Any]:
    """What is marked in a slot of classes, and whether the student is there when it is counted."""
    there = is_there(day_of(counted)).label("there")
    return select(*counted, there).where(~counted.dropped, ~counted.beside, *conditions)


def counted_in_group() -> Any:
    """That a cell's student is counted in a group: in it when the cell is, or, of who had left the class by then, at
    some time of the cell's slot.
    """
    day = day_of(counted)
    was = and_(~is_there(day), _lasted_in_slot(GroupMembership))
    of_student = and_(of_school(GroupMembership), GroupMembership.student_id == counted.student_id)
    return and_(of_student, or_(on(day, GroupMembership), was))


def taught_by(staff: Any) -> Any:
    """That the person teaches a group the subject of a cell at some time of its slot."""
    of_subject = and_(of_school(TeachingAssignment), TeachingAssignment.subject_id == counted.subject_id)
    return and_(of_subject, TeachingAssignment.staff_id == staff, _lasted_in_slot(TeachingAssignment))


def _lasted_in_slot(model: Any) -> Any:
    return and_(
        model.starts_on <= counted.ends_on,
        func.coalesce(model.ends_on, counted.starts_on, type_=Date) >= counted.starts_on,
    )


def _were_taught() -> Any:
    """What the viewer's own report of the cell's slot counts, whoever teaches them today."""
    group = StudyGroup.id
    return exists(
        select(group)
        .join(TeachingAssignment, and_(TeachingAssignment.group_id == group, taught_by(reach.staff_id)))
        .join(GroupMembership, and_(GroupMembership.group_id == group, counted_in_group()))
        .where(of_school(StudyGroup), StudyGroup.class_id == counted.class_id)
        .correlate_except(StudyGroup, TeachingAssignment, GroupMembership)
    )


visible_counted_marks = Scope(
    "CountedMark",
    counted_cells,
    {
        frozenset({Role.DIRECTOR, Role.DEPUTY, Role.ANALYST}): ALL,
        Role.TEACHER: or_(of_teachers(counted), _were_taught()),
        Role.SERVICE: NONE,
    },
)
"""The marks behind the figures of classes: the own subject's, or the own class's (7.7, 10.1)."""
