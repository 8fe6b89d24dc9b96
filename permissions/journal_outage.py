"""Who may see outages (13) and what was transferred after them, who declares them, and who fills blanks."""

from typing import Any

from sqlalchemy import Select, exists, or_, select

from models.curriculum import AcademicYear, SchoolClass, StudyGroup, Subject
from models.journal_outage import Outage, OutageJournal, OutageTransfer
from models.timetable import Lesson
from rules.account import Role

from .days import FREE, WORKED
from .journal import CONTROL
from .scopes import ALL, Rows, Scope, among, beside, columns, groups_of, of_school, own_lesson, same, taught, union
from .viewer import Viewer, reach

DECLARERS = CONTROL
"""Those who say that access was lost. It opens lessons that are closed (7.6) for the transfer, as they may do."""

READERS = CONTROL | {Role.TEACHER, Role.ADMINISTRATOR}

_pending = exists().where(
    OutageJournal.school_id == Outage.school_id,
    OutageJournal.outage_id == Outage.id,
    OutageJournal.recorded < OutageJournal.lessons,
)


def _outages() -> Select[Any]:
    return select(
        *columns(
            Outage,
            reach.today.label("today"),
            WORKED.label("worked"),
            FREE.label("free"),
            _pending.label("pending"),
        )
    ).where(of_school(Outage))


visible_outages = Scope("Outage", _outages, {READERS: ALL})
"""Outages, with what their terms and their status are made of. pending: some journal lacks records of those days."""

visible_outage_journals = Scope(
    "OutageJournal",
    Rows(OutageJournal),
    {
        CONTROL: ALL,
        Role.TEACHER: or_(
            taught(OutageJournal.group_id, OutageJournal.subject_id),
            among(OutageJournal.group_id, groups_of(reach.led_classes)),
        ),
    },
)
"""How far the transfer is, journal by journal: every one for the deputy, one's own for a teacher (2.2–2.4)."""

visible_outage_transfers = Scope(
    "OutageTransfer",
    Rows(OutageTransfer, beside(Lesson, "lesson_id", "group_id", "subject_id")),
    {CONTROL: ALL, Role.TEACHER: own_lesson()},
)


def outages_to_end(viewer: Viewer) -> Select[Any]:
    """Outages whose end the viewer may say, locked."""
    return (
        select(*columns(Outage))
        .where(of_school(Outage), union(dict.fromkeys(DECLARERS, ALL), viewer.roles))
        .with_for_update(key_share=True)
    )


def _writable(viewer: Viewer) -> Any:
    return union({Role.DEPUTY: ALL, Role.TEACHER: own_lesson()}, viewer.roles)


def lessons_to_fill(viewer: Viewer) -> Select[Any]:
    """Lessons for which the viewer may have blanks: those in whose journal they may write."""
    return (
        select(
            *columns(Lesson, StudyGroup.class_id, StudyGroup.name.label("group_name"), Subject.name.label("subject"))
        )
        .join(StudyGroup, same(StudyGroup, Lesson.group_id))
        .join(Subject, same(Subject, Lesson.subject_id))
        .where(of_school(Lesson), _writable(viewer))
    )


def lessons_to_transfer(viewer: Viewer) -> Select[Any]:
    """The same lessons with what their year is, locked in order of id."""
    return (
        select(*columns(Lesson, AcademicYear.state.label("year_state")))
        .join(StudyGroup, same(StudyGroup, Lesson.group_id))
        .join(SchoolClass, same(SchoolClass, StudyGroup.class_id))
        .join(AcademicYear, same(AcademicYear, SchoolClass.year_id))
        .where(of_school(Lesson), _writable(viewer))
        .order_by(Lesson.id)
        .with_for_update(key_share=True, of=Lesson)
    )
