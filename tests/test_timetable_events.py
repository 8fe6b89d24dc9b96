"""Events: who may enter them for whom, what is refused, and who finds them where."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from server.demo import Demo

from .journal_help import gid, number_of
from .timetable_help import Office, opened

NOWHERE = 2**40
EVENT = {"title": "Поход", "startsOn": "2026-05-23", "endsOn": "2026-05-24"}


@pytest.fixture
async def office(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Office]:
    """A school of the test's own."""
    async with opened(cluster, demo_template) as office:
        yield office


async def led(office: Office, login: str = "class-teacher") -> str:
    """The class that somebody leads."""
    query = (
        "SELECT class_id FROM class_leadership JOIN staff ON staff.id = staff_id JOIN account USING (person_id) "
        "WHERE login = $1 AND ends_on >= '2026-05-20'"
    )
    return await office.id("SchoolClass", query, login)


async def another(office: Office, of: str) -> str:
    """Another class of this year, of another grade."""
    query = (
        "SELECT id FROM school_class WHERE grade <> (SELECT grade FROM school_class WHERE id = $1) ORDER BY id LIMIT 1"
    )
    return await office.id("SchoolClass", query, number_of(of))


async def seen(office: Office, way: str, as_: str) -> set[str]:
    """The titles of the events that somebody finds on a way, in all of May; an analyst finds them without."""
    events = 'events(since: "2026-05-01", until: "2026-05-31", first: 100) { nodes { event: id } }'
    titled = {gid("Event", row["id"]): row["title"] for row in await office.db.fetch("SELECT id, title FROM event")}
    data = await office.school.data(way.replace("@", events), as_=as_)
    found: list[Any] = [data]
    titles = set()
    while found:
        each = found.pop()
        if isinstance(each, dict):
            titles |= {titled[each["event"]]} if "event" in each else set()
            found += each.values()
        elif isinstance(each, list):
            found += each
    return titles


async def test_the_deputys_events(office: Office) -> None:
    """For the whole school, for grades, for classes; changed in part; called off, but never gone."""
    of = await led(office)
    given = {**EVENT, "forAll": True, "idempotencyKey": "walk"}
    event = (await office.done("createEvent", given))["event"]
    assert (event["forAll"], event["grades"], event["classes"], event["version"]) == (True, None, [], 1)
    assert (await office.done("createEvent", given))["event"] == event
    changed = (await office.done("updateEvent", {"eventId": event["id"], "place": "Лес", "ifVersion": 1}))["event"]
    assert (changed["place"], changed["forAll"], changed["title"], changed["version"]) == ("Лес", True, "Поход", 2)
    for_some = {"eventId": event["id"], "grades": [9, 5, 9], "classIds": [of], "ifVersion": 2}
    changed = (await office.done("updateEvent", for_some))["event"]
    assert (changed["forAll"], changed["grades"], changed["classes"]) == (False, [5, 9], [{"id": of}])
    assert await office.refused("updateEvent", for_some) == ("CONFLICT", "ifVersion", None)
    hours = {"eventId": event["id"], "startsAt": "09:00:00", "endsAt": "12:00:00", "endsOn": "2026-05-23"}
    assert (await office.done("updateEvent", hours))["event"]["startsAt"] == "09:00:00"
    assert (await office.done("updateEvent", {**hours, "startsAt": None, "endsAt": None}))["event"]["startsAt"] is None
    cancelled = (await office.done("cancelEvent", {"eventId": event["id"]}))["event"]
    assert cancelled["cancelledAt"]
    for name in ("cancelEvent", "updateEvent"):
        assert await office.refused(name, {"eventId": event["id"]}) == ("BAD_INPUT", "eventId", None)
        assert await office.refused(name, {"eventId": gid("Event", NOWHERE)}) == ("NOT_FOUND", "eventId", None)
    history = "SELECT count(*) FROM history WHERE relation = 'event' AND row_id = $1"
    assert await office.db.fetchval(history, number_of(event["id"])) == 5


async def test_events_that_are_refused(office: Office) -> None:
    of = await led(office)
    for more, refusal in (
        ({"title": " ", "forAll": True}, ("BAD_INPUT", "title", None)),
        ({"title": "я" * 201, "forAll": True}, ("BAD_INPUT", "title", None)),
        ({"endsOn": "2026-05-22", "forAll": True}, ("BAD_INPUT", "endsOn", None)),
        ({"endsOn": "2026-09-22", "forAll": True}, ("BAD_INPUT", "endsOn", None)),
        ({"startsAt": "10:00:00", "forAll": True}, ("BAD_INPUT", "endsAt", None)),
        (
            {"startsAt": "10:00:00", "endsAt": "10:00:00", "endsOn": "2026-05-23", "forAll": True},
            ("BAD_INPUT", "endsAt", None),
        ),
        ({}, ("BAD_INPUT", "forAll", None)),
        ({"forAll": True, "classIds": [of]}, ("BAD_INPUT", "forAll", None)),
        ({"grades": [12]}, ("BAD_INPUT", "grades", None)),
        ({"classIds": [gid("SchoolClass", NOWHERE)]}, ("NOT_FOUND", "classIds.0", None)),
        ({"classIds": [of, gid("Staff", 1)]}, ("BAD_ID", "classIds.1", None)),
    ):
        assert await office.refused("createEvent", {**EVENT, **more}) == refusal, more


async def test_a_class_teachers_events(office: Office) -> None:
    """Own class only, and only events that are of own classes alone; a teacher who leads none has none."""
    own = await led(office)
    other = await another(office, own)
    event = (await office.done("createEvent", {**EVENT, "classIds": [own]}, "class-teacher"))["event"]
    await office.done("updateEvent", {"eventId": event["id"], "title": "Музей"}, "class-teacher")
    for more, refusal in (
        ({"classIds": [other]}, ("NOT_FOUND", "classIds.0", None)),
        ({"classIds": [own, other]}, ("NOT_FOUND", "classIds.1", None)),
        ({"forAll": True}, ("FORBIDDEN", "forAll", "6.3")),
        ({"grades": [5]}, ("FORBIDDEN", "grades", "6.3")),
    ):
        assert await office.refused("createEvent", {**EVENT, **more}, "class-teacher") == refusal
        assert await office.refused("updateEvent", {"eventId": event["id"], **more}, "class-teacher") == refusal
    for audience in ({"forAll": True}, {"grades": [5]}, {"classIds": [other]}, {"classIds": [own, other]}):
        theirs = (await office.done("createEvent", {**EVENT, **audience}))["event"]["id"]
        for name in ("updateEvent", "cancelEvent"):
            assert await office.refused(name, {"eventId": theirs}, "class-teacher") == ("NOT_FOUND", "eventId", None)
    assert await office.refused("createEvent", {**EVENT, "classIds": [own]}, "teacher") == (
        *("NOT_FOUND", "classIds.0"),
        None,
    )
    assert await office.refused("cancelEvent", {"eventId": event["id"]}, "teacher") == ("NOT_FOUND", "eventId", None)
    await office.done("cancelEvent", {"eventId": event["id"]}, "class-teacher")


async def test_who_finds_an_event(office: Office) -> None:
    """A family finds what is for their class; staff find everything; on each way the events of just that place."""
    home = await led(office)
    other = await another(office, home)
    await office.db.execute("DELETE FROM event_class")
    await office.db.execute("DELETE FROM event")
    for title, audience in (
        ("Всем", {"forAll": True}),
        ("Своим", {"classIds": [home]}),
        ("Чужим", {"classIds": [other]}),
    ):
        await office.done("createEvent", {**EVENT, "title": title, **audience})
    mine, everything = {"Всем", "Своим"}, {"Всем", "Своим", "Чужим"}
    assert await seen(office, "{ school { @ } }", "student") == mine
    assert await seen(office, "{ school { @ } }", "parent") == mine
    assert await seen(office, "{ me { student { @ } } }", "student") == mine
    assert await seen(office, "{ me { children { @ schoolClass { @ } } } }", "parent") == mine
    for login in ("teacher", "secretary", "director", "deputy", "analyst"):
        assert await seen(office, "{ school { @ } }", login) == everything, login
        assert await seen(office, f'{{ schoolClass(id: "{home}") {{ @ }} }}', login) == mine, login
        assert await seen(office, f'{{ schoolClass(id: "{other}") {{ @ }} }}', login) == {"Всем", "Чужим"}, login
