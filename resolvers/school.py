"""Reads of the school and its people."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, Date, Select, Text, any_, collate, func, literal_column, or_, select

from models.account import Account
from models.base import russian_key
from models.curriculum import ClassLeadership, Enrolment, GroupMembership
from models.journal import HomeworkRecipient, TaskRecipient
from models.school import ContactDecision, Guardian, Guardianship, Person, School, Staff, Student
from permissions.school import (
    visible_contact_decisions,
    visible_guardians,
    visible_guardianships,
    visible_public_schools,
    visible_school_cards,
    visible_school_checks,
    visible_schools,
    visible_staff,
    visible_staff_cards,
    visible_staff_counts,
    visible_student_cards,
    visible_students,
)
from permissions.scopes import of_school, on
from permissions.viewer import reach
from rules.account import Role

from .edges import Edge
from .edges_kinds import argument, joined, keys_param, to_many, to_one, to_page
from .people import people

BY_NAME = {"sort_key": Person.sort_key, "id": Student.id}


def by_name(roles: frozenset[Role]) -> Sequence[Any]:
    """Students in the order of the Russian alphabet; for an analyst, whom an order would tell names, by number."""
    return (Student.id,) if roles <= {Role.ANALYST} else tuple(BY_NAME.values())


viewer_school = to_one(visible_schools, School.id, of="school_id")
school_card = to_one(visible_school_cards, School.id, of="id")

school_check = to_one(visible_school_checks, School.id, of="id")
school_contact_decisions = to_page(
    visible_contact_decisions, ContactDecision.school_id, of="id", order={"id": ContactDecision.id}
)

EVERYWHERE = (0,)
"""The one key under which all schools are found."""

public_schools = to_page(
    visible_public_schools,
    literal_column("0::bigint", BigInteger),
    of="everywhere",
    order={"sort_key": russian_key(School.name), "id": School.id},
    filters={
        "search": func.school_words(School.code, School.name, School.full_name).bool_op("@@")(
            func.to_tsquery(literal_column("'simple'"), func.russian_key(argument("search", Text)))
        )
    },
)

_BEGINS = {"search": func.starts_with(Person.sort_key, func.russian_key(argument("search", Text)))}

school_students = to_page(visible_students, Student.school_id, of="id", order=BY_NAME, filters=_BEGINS)
school_students_by_entry = to_page(
    visible_students, Student.school_id, of="id", order={"id": Student.id}, filters=_BEGINS
)
school_staff = to_page(
    visible_staff, Staff.school_id, of="id", order={"sort_key": Person.sort_key, "id": Staff.id}, filters=_BEGINS
)


def _staff_counts(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    """Who works at the school on the day, counted by position; for whoever reads without names, as of `people`."""
    each, day = visible_staff_counts.for_roles(roles).subquery("each"), argument("day", Date)
    counted = (
        select(each.c.school_id, each.c.position, people(roles, func.count()).label("employees"))
        .where(each.c.school_id == any_(keys_param(0)))
        .where(each.c.hired_on <= day, or_(each.c.dismissed_on.is_(None), each.c.dismissed_on >= day))
        .group_by(each.c.school_id, each.c.position)
        .subquery("counted")
    )
    query = select(*counted.c, counted.c.school_id.label("_key0")).where(counted.c.employees > 0)
    return query.order_by(collate(counted.c.position, "C"))


school_staff_counts = Edge(visible_staff_counts, ("id",), _staff_counts, many=True)

student_card = to_one(visible_student_cards, Student.id, of="id")
student_guardianships = to_many(visible_guardianships, Guardianship.student_id, of="id", order=(Guardianship.id,))
guardianship_guardian = to_one(visible_guardians, Guardian.id, of="guardian_id")
guardianship_student = to_one(visible_students, Student.id, of="student_id")
guardian_guardianships = to_many(visible_guardianships, Guardianship.guardian_id, of="id", order=(Guardianship.id,))
student_of = to_one(visible_students, Student.id, of="student_id")

staff_card = to_one(visible_staff_cards, Staff.id, of="id")
staff_of = to_one(visible_staff, Staff.id, of="staff_id")
teacher_of = to_one(visible_staff, Staff.id, of="teacher_id")
substitute_of = to_one(visible_staff, Staff.id, of="substitute_id")


def staff_of_account(of: str) -> Edge:
    """The employee to whom the account belongs that an attribute names."""
    return to_one(
        visible_staff,
        Account.id,
        of=of,
        shape=joined(Account, Account.person_id == Staff.person_id, of_school(Account)),
    )


viewer_children = to_many(
    visible_students,
    Guardianship.guardian_id,
    of="guardian_id",
    shape=lambda query: query.join(Guardianship, Guardianship.student_id == Student.id).where(
        of_school(Guardianship), on(reach.today, Guardianship)
    ),
    order=by_name,
)

class_students = to_many(
    visible_students,
    Enrolment.class_id,
    of="id",
    shape=lambda query: query.join(Enrolment, Enrolment.student_id == Student.id).where(of_school(Enrolment)),
    filters={"day": on(argument("day", Enrolment.starts_on.type), Enrolment)},
    order=by_name,
)
group_students = to_many(
    visible_students,
    GroupMembership.group_id,
    of="id",
    shape=lambda query: query.join(GroupMembership, GroupMembership.student_id == Student.id).where(
        of_school(GroupMembership)
    ),
    filters={"day": on(argument("day", Enrolment.starts_on.type), GroupMembership)},
    order=by_name,
)
class_leader = to_one(
    visible_staff,
    ClassLeadership.class_id,
    of="id",
    shape=joined(ClassLeadership, ClassLeadership.staff_id == Staff.id, of_school(ClassLeadership)),
    filters={"day": on(argument("day", ClassLeadership.starts_on.type), ClassLeadership)},
)
homework_recipients = to_many(
    visible_students,
    HomeworkRecipient.homework_id,
    of="id",
    shape=joined(HomeworkRecipient, HomeworkRecipient.student_id == Student.id, of_school(HomeworkRecipient)),
    order=by_name,
)
task_recipients = to_many(
    visible_students,
    TaskRecipient.task_id,
    of="id",
    shape=joined(TaskRecipient, TaskRecipient.student_id == Student.id, of_school(TaskRecipient)),
    order=by_name,
)
