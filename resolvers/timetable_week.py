"""Reads of the weekly timetable, of days moved and of events."""

from typing import Any

from sqlalchemy import Date, and_, select

from models.curriculum import Enrolment, SchoolClass, StudyGroup
from models.timetable_events import Event, EventClass
from models.timetable_week import DayTransfer, Timetable, TimetableEntry
from permissions.curriculum import visible_classes
from permissions.scopes import of_school, on
from permissions.timetable_week import (
    event_concerns,
    visible_day_transfers,
    visible_events,
    visible_timetable_entries,
    visible_timetables,
)
from rules.timetable import TimetableState

from .edges import Edge
from .edges_kinds import Shape, argument, joined, to_many, to_one, to_page

timetable_of = to_one(visible_timetables, Timetable.id, of="timetable_id")
year_timetables = to_many(visible_timetables, Timetable.year_id, of="id", order=(Timetable.id,))
first_timetable = to_one(
    visible_timetables,
    Timetable.year_id,
    of="id",
    shape=lambda query: query.where(Timetable.state != TimetableState.DRAFT).order_by(
        Timetable.published_at.desc(), Timetable.id.desc()
    ),
)
"""The version published first: of several rows an edge to one takes the last."""

_IN_TURN = (TimetableEntry.weekday, TimetableEntry.number, TimetableEntry.id)
_in_force = and_(Timetable.state == TimetableState.PUBLISHED, on(argument("day", Date), Timetable))
_of_group = joined(StudyGroup, StudyGroup.id == TimetableEntry.group_id, of_school(StudyGroup))


def _week(key: Any, shape: Shape | None = None) -> Edge:
    """The entries of the version in force on a day, under a key."""
    return to_many(visible_timetable_entries, key, of="id", shape=shape, filters={"day": _in_force}, order=_IN_TURN)


class_week = _week(StudyGroup.class_id, _of_group)
staff_week = _week(TimetableEntry.teacher_id)
room_week = _week(TimetableEntry.room_id)
timetable_entries = to_page(
    visible_timetable_entries,
    TimetableEntry.timetable_id,
    of="id",
    order={"weekday": TimetableEntry.weekday, "number": TimetableEntry.number, "id": TimetableEntry.id},
    filters={
        "class_id": TimetableEntry.group_id.in_(
            select(StudyGroup.id).where(of_school(StudyGroup), StudyGroup.class_id == argument("class_id"))
        )
    },
)
year_day_transfers = to_many(
    visible_day_transfers, DayTransfer.year_id, of="id", order=(DayTransfer.to_date, DayTransfer.id)
)

_BY_DAY = {"starts_on": Event.starts_on, "id": Event.id}
_DAYS = {
    "since": Event.ends_on >= argument("since", Date),
    "until": Event.starts_on <= argument("until", Date),
}
_of_class = joined(SchoolClass, event_concerns(), of_school(SchoolClass))

school_events = to_page(visible_events, Event.school_id, of="id", filters=_DAYS, order=_BY_DAY)
events_for_all = to_page(
    visible_events,
    Event.school_id,
    of="school_id",
    filters=_DAYS,
    order=_BY_DAY,
    shape=lambda query: query.where(Event.for_all),
)
class_events = to_page(visible_events, SchoolClass.id, of="id", shape=_of_class, filters=_DAYS, order=_BY_DAY)
student_events = to_page(
    visible_events,
    Enrolment.student_id,
    of="id",
    # Whoever changes class while an event lasts has it once: with the class they were in on its first day.
    shape=lambda query: joined(
        Enrolment, Enrolment.class_id == SchoolClass.id, of_school(Enrolment), on(Event.starts_on, Enrolment)
    )(_of_class(query)),
    filters=_DAYS,
    order=_BY_DAY,
)
event_classes = to_many(
    visible_classes,
    EventClass.event_id,
    of="id",
    shape=joined(EventClass, EventClass.class_id == SchoolClass.id, of_school(EventClass)),
    order=(SchoolClass.grade, SchoolClass.letter, SchoolClass.id),
)
