"""What may be changed of the school card, of personal cards and of guardianships, and by whom."""

from typing import Any

from sqlalchemy import Select, select

from models.school import ContactDecision, Guardian, Guardianship, Person, School, Staff, Student
from rules.account import Role

from .school import CARD, NAME
from .scopes import ALL, Rows, among, beside, columns, of_school, on, students_led_now, union
from .viewer import Viewer, reach

SCHOOL_WRITERS = frozenset({Role.ADMINISTRATOR})
"""Who enters the school card, and the school's decisions on contacts, as the director has approved them (3.1, 4.8)."""

STAFF_WRITERS = frozenset({Role.HR})
"""Who keeps the cards of the staff (4.2)."""

CARD_MAKERS = frozenset({Role.SECRETARY})
"""Who enters students and guardians (4.4)."""

CARD_WRITERS = CARD_MAKERS | {Role.TEACHER}
"""Who keeps their cards: beside the secretary the class teacher, those of the own class (4.5)."""

LEARNING_WRITERS = CARD_MAKERS | {Role.DEPUTY}
"""Who says that a student learns at home or by a plan of their own."""


def _cards(model: Any) -> Any:
    """Rows with their persons, contacts as they are kept."""
    return Rows(model, beside(Person, "person_id", *NAME, *CARD, person_version="version"))()


def schools_to_update() -> Select[Any]:
    """The card of the viewer's own school."""
    return select(*columns(School)).where(School.id == reach.school_id).with_for_update(key_share=True)


def staff_to_update() -> Select[Any]:
    """Every employee's card."""
    return _cards(Staff).with_for_update(key_share=True, of=Staff)  # type: ignore[no-any-return]


def students_to_update(viewer: Viewer) -> Select[Any]:
    """Cards of students: all for the secretary, of those who are in the own class today for its teacher (4.5)."""
    arms = {Role.SECRETARY: ALL, Role.TEACHER: among(Student.id, students_led_now())}
    return _cards(Student).where(union(arms, viewer.roles)).with_for_update(key_share=True, of=Student)  # type: ignore[no-any-return]


def students_to_settle() -> Select[Any]:
    """Students of whom it is said how they learn, or who their guardians are: all, for the office."""
    return _cards(Student).with_for_update(key_share=True, of=Student)  # type: ignore[no-any-return]


_ward_led = among(Guardianship.student_id, students_led_now())


def guardians_to_update(viewer: Viewer) -> Select[Any]:
    """Guardians' cards: all for the secretary, for a class teacher those whose ward is in the own class today (4.5)."""
    wards = select(Guardianship.guardian_id).where(of_school(Guardianship), _ward_led, on(reach.today, Guardianship))
    arms = {Role.SECRETARY: ALL, Role.TEACHER: Guardian.id.in_(wards)}
    return _cards(Guardian).where(union(arms, viewer.roles)).with_for_update(key_share=True, of=Guardian)  # type: ignore[no-any-return]


def guardians_to_add() -> Select[Any]:
    """Guardians to whom the secretary gives another ward: all (4.4)."""
    return _cards(Guardian).with_for_update(key_share=True, of=Guardian)  # type: ignore[no-any-return]


def guardianships_to_end(viewer: Viewer) -> Select[Any]:
    """Guardianships: all for the secretary, of the students of the own class for its teacher (4.5)."""
    arms = {Role.SECRETARY: ALL, Role.TEACHER: _ward_led}
    query = select(*columns(Guardianship)).where(of_school(Guardianship), union(arms, viewer.roles))
    return query.with_for_update(key_share=True)


def decisions_to_end() -> Select[Any]:
    """Decisions on contacts: all of the school."""
    return select(*columns(ContactDecision)).where(of_school(ContactDecision)).with_for_update(key_share=True)
