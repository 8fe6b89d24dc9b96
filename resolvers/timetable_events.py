"""Commands on events of the school and of classes (6.1)."""

from collections.abc import Collection, Mapping
from datetime import date, time
from typing import Any

from sqlalchemy import delete, insert, select, update

from models.curriculum import AcademicYear, SchoolClass
from models.timetable_events import Event, EventClass
from permissions.timetable_week import classes_to_invite, events_to_change
from rules.account import Role
from rules.curriculum import GRADES
from rules.refusals import Refusal, RefusalCode, bad_input, not_found
from rules.timetable import TEXT_LENGTH, check_line

from .commands import Work, among, check_version, command
from .context import Context
from .timetable_commands import changed, new

TIMES = ("starts_on", "starts_at", "ends_on", "ends_at")
AUDIENCE = ("for_all", "grades", "class_ids")


async def create_event(context: Context, values: Mapping[str, Any], key: str | None) -> int:
    """Enter an event: the deputy for anybody, a class teacher for their own classes (6.1)."""
    async with command(context, "createEvent", values, key=key) as work:
        if work.repeated:
            return int(work.answer)
        columns, classes = await _checked(work, values)
        row = await work.first(
            insert(Event).values(school_id=work.viewer.school_id, **columns, **new(work)).returning(Event.id)
        )
        await _invite(work, row.id, classes)
        return int(await work.done(row.id))


async def update_event(context: Context, event_id: int, values: Mapping[str, Any], if_version: int | None) -> int:
    """Change an event. Only what is given changes."""
    async with command(context, "updateEvent", {"event": event_id, **values}) as work:
        event = await work.one(events_to_change(work.viewer).where(Event.id == event_id), "eventId")
        check_version(if_version, event.version)
        _check_not_cancelled(event)
        known = await work.fetch(
            select(EventClass.class_id).where(EventClass.school_id == event.school_id, EventClass.event_id == event_id)
        )
        standing = {
            **{name: event[name] for name in ("title", "description", "place", *TIMES, "for_all", "grades")},
            "class_ids": sorted(row.class_id for row in known),
        }
        if any(name in values for name in AUDIENCE):
            standing |= {"for_all": False, "grades": None, "class_ids": []}
        columns, classes = await _checked(work, {**standing, **values})
        await work.execute(
            update(Event)
            .where(Event.school_id == event.school_id, Event.id == event_id)
            .values(**columns, version=Event.version + 1, **changed(work))
        )
        await work.execute(
            delete(EventClass).where(EventClass.school_id == event.school_id, EventClass.event_id == event_id)
        )
        await _invite(work, event_id, classes)
    return event_id


async def cancel_event(context: Context, event_id: int, if_version: int | None) -> int:
    """Call an event off. It stays, as one that is cancelled."""
    async with command(context, "cancelEvent", {"event": event_id}) as work:
        event = await work.one(events_to_change(work.viewer).where(Event.id == event_id), "eventId")
        check_version(if_version, event.version)
        _check_not_cancelled(event)
        await work.execute(
            update(Event)
            .where(Event.school_id == event.school_id, Event.id == event_id)
            .values(cancelled_at=work.now, version=Event.version + 1, **changed(work))
        )
    return event_id


def _check_not_cancelled(event: Any) -> None:
    if event.cancelled_at is not None:
        raise bad_input("Мероприятие уже отменено.", "eventId")


async def _checked(work: Work, values: Mapping[str, Any]) -> tuple[dict[str, Any], list[int]]:
    """The columns of an event and the classes it is for, once everything about them is in order."""
    check_line(values["title"], "title", required=True)
    check_line(values["place"], "place")
    check_line(values["description"], "description", longest=TEXT_LENGTH)
    if values["starts_on"] is None or values["ends_on"] is None:
        raise bad_input(
            "У мероприятия есть первый и последний день.", "startsOn" if not values["starts_on"] else "endsOn"
        )
    _check_times(values["starts_on"], values["starts_at"], values["ends_on"], values["ends_at"])
    year = await work.first(
        select(AcademicYear.id).where(
            AcademicYear.school_id == work.viewer.school_id,
            AcademicYear.starts_on <= values["starts_on"],
            AcademicYear.ends_on >= values["ends_on"],
        )
    )
    if year is None:
        raise bad_input("Мероприятие проходит в одном учебном году.", "endsOn")
    classes = list(dict.fromkeys(values["class_ids"] or ()))
    grades = sorted(set(values["grades"] or ())) or None
    await _check_audience(work, year.id, bool(values["for_all"]), grades, classes)
    columns = {
        "year_id": year.id,
        "title": values["title"].strip(),
        "description": values["description"],
        "place": values["place"],
        **{name: values[name] for name in TIMES},
        "for_all": bool(values["for_all"]),
        "grades": grades,
    }
    return columns, classes


def _check_times(starts_on: date, starts_at: time | None, ends_on: date, ends_at: time | None) -> None:
    if starts_on > ends_on:
        raise bad_input("Первый день позже последнего.", "endsOn")
    if (starts_at is None) != (ends_at is None):
        raise bad_input("Назовите и начало, и конец, или весь день.", "endsAt")
    if starts_at and ends_at and starts_on == ends_on and starts_at >= ends_at:
        raise bad_input("Мероприятие кончается не позже, чем начинается.", "endsAt")


async def _check_audience(
    work: Work, year_id: int, for_all: bool, grades: Collection[int] | None, classes: Collection[int]
) -> None:
    """An event is for the whole school, or for grades and classes; a class teacher's for own classes alone."""
    if for_all == bool(grades or classes):
        raise bad_input("Назовите, для кого мероприятие: для всей школы или для параллелей и классов.", "forAll")
    if any(grade not in GRADES for grade in grades or ()):
        raise bad_input(f"Параллели — от {GRADES.start} до {GRADES.stop - 1}.", "grades")
    if (for_all or grades) and Role.DEPUTY not in work.viewer.roles:
        message = "Классный руководитель вносит мероприятия своего класса."
        raise Refusal(RefusalCode.FORBIDDEN, message, "forAll" if for_all else "grades", "6.3")
    invited = await work.reach(
        classes_to_invite(work.viewer).where(SchoolClass.year_id == year_id, among(SchoolClass.id, classes))
    )
    reached = {row.id for row in invited}
    for position, number in enumerate(classes):
        if number not in reached:
            raise not_found(f"classIds.{position}")


async def _invite(work: Work, event_id: int, classes: Collection[int]) -> None:
    if classes:
        of = {"school_id": work.viewer.school_id, "event_id": event_id}
        await work.execute(insert(EventClass).values([{**of, "class_id": number} for number in classes]))
