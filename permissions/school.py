"""Who may see the school and its people."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select

from models.base import russian_key
from models.curriculum import ClassLeadership, TeachingAssignment
from models.school import ContactDecision, Guardian, Guardianship, Person, School, Staff, Student
from models.timetable import Lesson
from rules.account import Role
from rules.school import Contact, ContactsOf

from .gates import EVERYONE
from .scopes import (
    ALL,
    Rows,
    Scope,
    among,
    beside,
    columns,
    led_students,
    of_school,
    on,
    students_led_now,
    substituted_students,
    taught_students,
    within,
)
from .viewer import reach

NAME = ("family_name", "given_name", "patronymic", "sort_key")
CARD = ("sex", "birth_date", "phone", "email", "address")

OFFICE = frozenset({Role.DIRECTOR, Role.DEPUTY, Role.SECRETARY, Role.ADMINISTRATOR})
"""Those who work with every student's and guardian's card."""


def collected(contact: Contact, of: ContactsOf) -> ColumnElement[bool]:
    """That a decision of the school to collect the contact is in force today (4.8)."""
    return exists().where(
        of_school(ContactDecision),
        ContactDecision.contacts_of == of.value,
        ContactDecision.contact == contact.value,
        on(reach.today, ContactDecision),
    )


def _person_of(kind: ContactsOf) -> Any:
    """A student's or a guardian's person, whose contacts are there only while the school collects them (4.8)."""
    when = {contact.value: collected(contact, kind) for contact in Contact}
    return beside(Person, "person_id", *NAME, *CARD, when=when, person_version="version")


def _school() -> Select[Any]:
    return select(*columns(School)).where(School.id == reach.school_id)


def _teachers_of(groups: Any, classes: Any) -> Any:
    """That the employee teaches, leads or has stood in for those groups and classes."""
    return or_(
        Staff.id.in_(
            select(TeachingAssignment.staff_id).where(
                of_school(TeachingAssignment), within(TeachingAssignment.group_id, groups)
            )
        ),
        Staff.id.in_(
            select(ClassLeadership.staff_id).where(
                of_school(ClassLeadership), within(ClassLeadership.class_id, classes)
            )
        ),
        Staff.id.in_(
            select(Lesson.substitute_id).where(
                of_school(Lesson), Lesson.substitute_id.is_not(None), within(Lesson.group_id, groups)
            )
        ),
    )


visible_schools = Scope("School", _school, {EVERYONE: ALL})
"""One's own school, its public part."""


class _Public(Scope):
    """What is shown to everybody, signed in or not."""

    def condition(self, roles: Collection[Role]) -> ColumnElement[bool]:
        return ALL


visible_public_schools = _Public(
    "PublicSchool",
    # Named as the source, since a count asks no column of it.
    lambda: select(
        *columns(
            *(School.id, School.code, School.name, School.full_name, School.address, School.site),
            *(School.licence_number, School.accreditation_number, russian_key(School.name).label("sort_key")),
        )
    ).select_from(School),
    {EVERYONE: ALL},
)
"""The directory of schools, and nothing of a school but what its own site says."""

visible_school_checks = Scope(
    "SchoolCheck",
    lambda: _school().add_columns(reach.today.label("today")),
    {frozenset({Role.DIRECTOR, Role.DEPUTY, Role.ADMINISTRATOR}): ALL},
)
"""What the school card still lacks (3.2): for who enters it and who watches over it."""

visible_contact_decisions = Scope(
    "ContactDecision",
    Rows(ContactDecision),
    {OFFICE | {Role.TEACHER}: ALL},
)
"""Which contacts the school has decided to collect (4.8): for those who write them."""

visible_school_cards = Scope(
    "SchoolCard",
    _school,
    {OFFICE | {Role.TEACHER, Role.HR}: ALL},
)
"""The school card with licence and accreditation (3)."""

visible_staff = Scope(
    "Staff",
    Rows(Staff, beside(Person, "person_id", *NAME)),
    {
        OFFICE | {Role.TEACHER, Role.HR}: ALL,
        Role.STUDENT: _teachers_of(reach.own_groups, reach.own_classes),
        Role.PARENT: _teachers_of(reach.child_groups, reach.child_classes),
    },
)
"""Names and positions: everyone's for the staff, their own teachers' for students and parents."""

STAFF_KEPT = frozenset({Role.DIRECTOR, Role.DEPUTY, Role.HR, Role.ADMINISTRATOR})
"""Who reads the cards of all employees (4.2, 4.3)."""

visible_staff_cards = Scope(
    "StaffCard",
    Rows(Staff, beside(Person, "person_id", *NAME, *CARD, person_version="version")),
    {
        STAFF_KEPT: ALL,
        Role.TEACHER: Staff.id == reach.staff_id,
    },
)
"""Staff cards (4.2, 4.3)."""

visible_staff_counts = Scope(
    "StaffCount",
    Rows(Staff),
    {STAFF_KEPT | {Role.ANALYST}: ALL},
)
"""How many employees there are: all that an analyst sees of the staff."""

visible_students = Scope(
    "Student",
    Rows(Student, beside(Person, "person_id", *NAME)),
    {
        OFFICE | {Role.ANALYST}: ALL,
        Role.TEACHER: or_(
            among(Student.id, taught_students()),
            among(Student.id, led_students()),
            among(Student.id, substituted_students()),
        ),
        Role.STUDENT: Student.id == reach.student_id,
        Role.PARENT: within(Student.id, reach.children),
    },
)
"""Names and classes: pupils taught and led for a teacher, and those of lessons given as a substitute (6.5); oneself for
a student, the own child for a parent (2.6)."""

visible_student_cards = Scope(
    "StudentCard",
    Rows(Student, _person_of(ContactsOf.STUDENTS)),
    {
        OFFICE | {Role.ANALYST}: ALL,
        Role.TEACHER: among(Student.id, students_led_now()),
        Role.STUDENT: Student.id == reach.student_id,
        Role.PARENT: within(Student.id, reach.children),
    },
)
"""Student cards (4.4–4.8): for a teacher, only those of the class they lead."""

_wards_led = among(Guardianship.student_id, students_led_now())
_current = on(reach.today, Guardianship)

visible_guardianships = Scope(
    "Guardianship",
    Rows(Guardianship),
    {
        OFFICE: ALL,
        Role.TEACHER: _wards_led,
        Role.STUDENT: and_(Guardianship.student_id == reach.student_id, _current),
        Role.PARENT: and_(Guardianship.guardian_id == reach.guardian_id, _current),
    },
)
"""Whose guardian is who. A parent sees their own only: the other parent's card is not theirs."""


def _guardians_where(*conditions: Any) -> Any:
    return Guardian.id.in_(select(Guardianship.guardian_id).where(of_school(Guardianship), *conditions))


visible_guardians = Scope(
    "Guardian",
    Rows(Guardian, _person_of(ContactsOf.GUARDIANS)),
    {
        OFFICE: ALL,
        Role.TEACHER: _guardians_where(_wards_led),
        Role.STUDENT: _guardians_where(Guardianship.student_id == reach.student_id, _current),
        Role.PARENT: Guardian.id == reach.guardian_id,
    },
)
"""Guardian cards (1.6, 4.4–4.7)."""

visible_diaries = Scope(
    "Diary",
    Rows(Student, beside(Person, "person_id", *NAME)),
    {
        frozenset({Role.DIRECTOR, Role.DEPUTY}): ALL,
        Role.TEACHER: or_(Student.id.in_(taught_students()), Student.id.in_(led_students())),
        Role.STUDENT: Student.id == reach.student_id,
        Role.PARENT: within(Student.id, reach.children),
    },
)
"""Whose diary may be opened (7.12). What a subject teacher finds in it is their own subject only."""
