"""Who may see the weekly timetable, days moved and events, and who may change them."""

from typing import Any

from sqlalchemy import Select, and_, any_, exists, not_, or_, select
from sqlalchemy.orm import aliased

from models.curriculum import SchoolClass
from models.timetable_events import Event, EventClass
from models.timetable_week import DayTransfer, Timetable, TimetableEntry
from rules.account import Role
from rules.timetable import TimetableState

from .curriculum import PLAN
from .scopes import ALL, Rows, Scope, among, beside, columns, groups_of, of_school, union, within
from .timetable import schedulable
from .viewer import Viewer, reach

MAKERS = frozenset({Role.DIRECTOR, Role.DEPUTY})
"""Those who see a timetable that is still being made."""

EVENT_WRITERS = frozenset({Role.DEPUTY, Role.TEACHER})
"""Those who enter events: the deputy any, a teacher those of the class they lead (6.1, 6.3)."""

_is_public = Timetable.state != TimetableState.DRAFT


# Edges join the class itself: the scopes ask about theirs under another name.
_theirs: Any = aliased(SchoolClass)


def _concerns(of: Any, classes: Any, *which: Any) -> Any:
    """That what is of a year is for one of those classes."""
    return exists().where(of_school(_theirs), within(_theirs.id, classes), _theirs.year_id == of.year_id, *which)


def event_concerns(school_class: Any = SchoolClass) -> Any:
    """That an event is for a class: for the whole school, for its grade, or for itself."""
    named = exists().where(
        EventClass.school_id == Event.school_id,
        EventClass.event_id == Event.id,
        EventClass.class_id == school_class.id,
    )
    # The class stands in the statement around it, or one further out.
    named = named.correlate(Event, school_class)
    return and_(
        school_class.year_id == Event.year_id,
        or_(Event.for_all, school_class.grade == any_(Event.grades), named),
    )


_of_grade = or_(DayTransfer.grades.is_(None), _theirs.grade == any_(DayTransfer.grades))

visible_timetables = Scope(
    "Timetable",
    Rows(Timetable),
    {
        MAKERS: ALL,
        PLAN - MAKERS: _is_public,
        Role.STUDENT: and_(_is_public, _concerns(Timetable, reach.own_classes)),
        Role.PARENT: and_(_is_public, _concerns(Timetable, reach.child_classes)),
    },
)
"""Versions of the weekly timetable; drafts are for those who make and approve them."""

visible_timetable_entries = Scope(
    "TimetableEntry",
    Rows(TimetableEntry, beside(Timetable, "timetable_id", timetable_state="state")),
    {
        MAKERS: ALL,
        PLAN - MAKERS: _is_public,
        Role.STUDENT: and_(_is_public, among(TimetableEntry.group_id, groups_of(reach.own_classes))),
        Role.PARENT: and_(_is_public, among(TimetableEntry.group_id, groups_of(reach.child_classes))),
    },
)

visible_day_transfers = Scope(
    "DayTransfer",
    Rows(DayTransfer),
    {
        PLAN: ALL,
        Role.STUDENT: _concerns(DayTransfer, reach.own_classes, _of_grade),
        Role.PARENT: _concerns(DayTransfer, reach.child_classes, _of_grade),
    },
)

visible_events = Scope(
    "Event",
    Rows(Event),
    {
        PLAN: ALL,
        Role.STUDENT: _concerns(Event, reach.own_classes, event_concerns(_theirs)),
        Role.PARENT: _concerns(Event, reach.child_classes, event_concerns(_theirs)),
    },
)


def timetables_to_change(viewer: Viewer) -> Select[Any]:
    """Versions that the viewer may change."""
    return select(*columns(Timetable)).where(of_school(Timetable), schedulable(viewer)).with_for_update()


def transfers_to_cancel(viewer: Viewer) -> Select[Any]:
    """Day transfers that the viewer may take back."""
    return select(*columns(DayTransfer)).where(of_school(DayTransfer), schedulable(viewer)).with_for_update()


def classes_to_invite(viewer: Viewer) -> Select[Any]:
    """Classes for which the viewer may enter an event: any for the deputy, a class teacher's own."""
    own = union({Role.DEPUTY: ALL, Role.TEACHER: within(SchoolClass.id, reach.led_classes)}, viewer.roles)
    return select(*columns(SchoolClass)).where(of_school(SchoolClass), own)


def events_to_change(viewer: Viewer) -> Select[Any]:
    """Events that the viewer may change: any for the deputy, a class teacher's those of own classes alone."""
    others = exists().where(
        EventClass.school_id == Event.school_id,
        EventClass.event_id == Event.id,
        not_(within(EventClass.class_id, reach.led_classes)),
    )
    any_class = exists().where(EventClass.school_id == Event.school_id, EventClass.event_id == Event.id)
    own = and_(not_(Event.for_all), Event.grades.is_(None), any_class, not_(others))
    reached = union({Role.DEPUTY: ALL, Role.TEACHER: own}, viewer.roles)
    return select(*columns(Event)).where(of_school(Event), reached).with_for_update()
