"""The timetable's commands: who may give them, what is refused and how, and what becomes of dated lessons."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from itertools import pairwise
from typing import Any

import pytest

from execution.schema import schema_for
from rules.account import Role
from schema.build import gate_of
from server.demo import DEMO_TODAY, SMALL, Demo, make_demo

from .contents import digests
from .journal_help import gid, number_of
from .timetable_help import PAYLOADS, Office, opened

NOWHERE = 2**40


@pytest.fixture
async def office(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Office]:
    """A school of the test's own."""
    async with opened(cluster, demo_template) as office:
        yield office


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_command_is_for_those_who_make_the_timetable(name: str) -> None:
    """In the schema of every other role it does not exist."""
    may = {Role.DEPUTY, Role.TEACHER} if name.endswith("Event") else {Role.DEPUTY}
    for role in Role:
        fields = schema_for(frozenset({role}))._schema.mutation_type.fields  # type: ignore[union-attr]
        assert (name in fields) is (role in may), role
    declared = schema_for(None)._schema.mutation_type.fields[name].extensions["strawberry-definition"]  # type: ignore[union-attr]
    assert gate_of(declared).roles == may  # type: ignore[union-attr]


# Bells


def bells(*times: tuple[int, str, str]) -> list[dict[str, Any]]:
    return [{"number": number, "startsAt": start, "endsAt": end} for number, start, end in times]


SHORT = bells((0, "07:20:00", "07:55:00"), (1, "08:00:00", "08:35:00"), (2, "08:45:00", "09:20:00"))


async def test_bells_of_a_weekday(office: Office) -> None:
    given = {"yearId": await office.year(), "shift": 1, "weekday": 1, "name": "Короткий понедельник", "bells": SHORT}
    made = (await office.done("setBellSchedule", {**given, "ifVersion": 0}))["bellSchedule"]
    assert (made["weekday"], made["version"], made["bells"]) == (1, 1, SHORT)
    fewer = {**given, "name": "Понедельник", "bells": SHORT[:2], "ifVersion": 1}
    changed = (await office.done("setBellSchedule", fewer))["bellSchedule"]
    assert (changed["id"], changed["name"], changed["version"], changed["bells"]) == (
        *(made["id"], "Понедельник", 2),
        SHORT[:2],
    )
    assert await office.refused("setBellSchedule", fewer) == ("CONFLICT", "ifVersion", None)
    for more, field in (
        ({"shift": 0}, "shift"),
        ({"weekday": 7}, "weekday"),
        ({"name": " "}, "name"),
        ({"name": "Первая смена"}, "name"),
        ({"bells": []}, "bells"),
        ({"bells": bells((1, "08:00:00", "09:00:00"), (2, "08:50:00", "09:30:00"))}, "bells.1.startsAt"),
    ):
        assert await office.refused("setBellSchedule", {**given, **more}) == ("BAD_INPUT", field, None)
    nowhere = {**given, "yearId": gid("AcademicYear", NOWHERE)}
    assert await office.refused("setBellSchedule", nowhere) == ("NOT_FOUND", "yearId", None)


# Rooms


async def test_rooms(office: Office) -> None:
    given = {"name": "  Бассейн ", "idempotencyKey": "one"}
    room = (await office.done("createRoom", given))["room"]
    assert room["name"] == "Бассейн"
    assert (await office.done("createRoom", given))["room"] == room
    assert await office.refused("createRoom", {"name": "Бассейн"}) == ("BAD_INPUT", "name", None)
    assert await office.refused("createRoom", {"name": ""}) == ("BAD_INPUT", "name", None)
    other = (await office.done("createRoom", {"name": "Лыжная база"}))["room"]
    taken = {"roomId": other["id"], "name": "Бассейн"}
    assert await office.refused("updateRoom", taken) == ("BAD_INPUT", "name", None)
    archived = (await office.done("updateRoom", {"roomId": room["id"], "archived": True}))["room"]
    assert archived == {**room, "archivedOn": DEMO_TODAY.isoformat()}
    same = await office.done("updateRoom", {"roomId": room["id"], "archived": None})
    assert same["room"] == archived
    query = "query($all: Boolean) { school { rooms(first: 100, archived: $all) { nodes { name } } } }"
    for everything in (None, True):
        data = await office.school.data(query, {"all": everything}, as_="deputy")
        names = {each["name"] for each in data["school"]["rooms"]["nodes"]}
        assert ("Бассейн" in names) is bool(everything)
        assert "Лыжная база" in names
    back = (await office.done("updateRoom", {"roomId": room["id"], "archived": False, "name": "Бассейн 2"}))["room"]
    assert back == {**room, "name": "Бассейн 2"}
    nowhere = {"roomId": gid("Room", NOWHERE), "archived": True}
    assert await office.refused("updateRoom", nowhere) == ("NOT_FOUND", "roomId", None)


# Versions


async def week_of(office: Office, timetable: str, school_class: str) -> list[dict[str, Any]]:
    """A class's entries as input."""
    query = (
        "query($id: ID!, $class: ID!) { node(id: $id) { ... on Timetable { entries(first: 100, classId: $class) {"
        " nodes { id weekday number weeks group { id } subject { id } teacher { id } room { id } } } } } }"
    )
    data = await office.school.data(query, {"id": timetable, "class": school_class}, as_="deputy")
    names = ("group", "subject", "teacher", "room")
    return [
        {
            f"{name}Id" if name in names else name: value and value["id"] if name in names else value
            for name, value in each.items()
        }
        for each in data["node"]["entries"]["nodes"]
    ]


async def class_id(office: Office, name: str = "5А") -> str:
    query = "SELECT id FROM school_class WHERE grade::text || letter = $1 ORDER BY id"
    return await office.id("SchoolClass", query, name)


async def test_a_draft_is_made_filled_and_thrown_away(office: Office) -> None:
    year = await office.year()
    given = {"yearId": year, "title": "Зимнее", "idempotencyKey": "winter"}
    empty = (await office.done("createTimetable", given))["timetable"]
    assert (empty["state"], empty["version"], empty["startsOn"], empty["entries"]["totalCount"]) == (
        "DRAFT",
        1,
        None,
        0,
    )
    assert (await office.done("createTimetable", given))["timetable"] == empty
    assert await office.refused("createTimetable", {"yearId": year, "title": "Зимнее"}) == ("BAD_INPUT", "title", None)
    nowhere = {"yearId": year, "title": "Ещё", "copyOf": gid("Timetable", NOWHERE)}
    assert await office.refused("createTimetable", nowhere) == ("NOT_FOUND", "copyOf", None)
    source, of = await office.in_force(), await class_id(office)
    entries = [{**each, "id": None} for each in await week_of(office, source, of)]
    assert len(entries) > 20
    given = {"timetableId": empty["id"], "classId": of, "entries": entries, "ifVersion": 1}
    made = await office.done("setTimetableEntries", given)
    assert made["timetable"]["version"] == 2
    assert await office.refused("setTimetableEntries", given) == ("CONFLICT", "ifVersion", None)
    ids = [each["id"] for each in made["entries"]]
    again = await office.done("setTimetableEntries", {**given, "ifVersion": 2})
    assert ([each["id"] for each in again["entries"]], again["timetable"]["version"]) == (ids, 2), "nothing changed"
    swapped = [{**each, "id": number} for each, number in zip(entries, [ids[1], ids[0], *ids[2:]], strict=True)][:-1]
    result = await office.done("setTimetableEntries", {**given, "entries": swapped, "ifVersion": 2})
    assert [each["id"] for each in result["entries"]] == [ids[1], ids[0], *ids[2:-1]]
    assert len(await week_of(office, empty["id"], of)) == len(entries) - 1, "the rest of the class's week is gone"
    listed = {"timetableId": empty["id"], "entries": [entries[-1]], "remove": [ids[2]]}
    await office.done("setTimetableEntries", listed)
    left = {each["id"] for each in await week_of(office, empty["id"], of)}
    assert ids[2] not in left
    assert len(left) == len(entries) - 1, "a list leaves what it does not name"
    gone = await office.done("deleteTimetable", {"timetableId": empty["id"]})
    assert gone["timetableId"] == empty["id"]
    assert await office.db.fetchval(
        "SELECT count(*) FROM history WHERE relation = 'timetable' AND operation = 'delete'"
    )


async def test_entries_that_are_refused(office: Office) -> None:
    draft, of = await office.copied("Черновик"), await class_id(office)
    entry = {**(await week_of(office, draft, of))[0], "id": None, "number": 13}
    half = await office.id("StudyGroup", "SELECT id FROM study_group WHERE kind = 'subgroup' ORDER BY id LIMIT 1")
    other = await office.id("Subject", "SELECT id FROM subject WHERE short_name = 'Биол.'")
    room = (await office.done("createRoom", {"name": "Бассейн"}))["room"]["id"]
    await office.done("updateRoom", {"roomId": room, "archived": True})
    for more, refusal in (
        ({"weekday": 7}, ("BAD_INPUT", "entries.0.weekday", None)),
        ({"number": 15}, ("BAD_INPUT", "entries.0.number", None)),
        ({"groupId": gid("StudyGroup", NOWHERE)}, ("NOT_FOUND", "entries.0.groupId", None)),
        ({"subjectId": gid("Subject", NOWHERE)}, ("NOT_FOUND", "entries.0.subjectId", None)),
        ({"teacherId": gid("Staff", NOWHERE)}, ("NOT_FOUND", "entries.0.teacherId", None)),
        ({"roomId": room}, ("NOT_FOUND", "entries.0.roomId", None)),
        ({"roomId": gid("Staff", 1)}, ("BAD_ID", "entries.0.roomId", None)),
        ({"id": gid("TimetableEntry", NOWHERE)}, ("NOT_FOUND", "entries.0.id", None)),
        ({"groupId": half, "subjectId": other}, ("BAD_INPUT", "entries.0.subjectId", None)),
    ):
        given = {"timetableId": draft, "entries": [{**entry, **more}]}
        assert await office.refused("setTimetableEntries", given) == refusal
    twice = {"timetableId": draft, "entries": [entry, entry]}
    assert await office.refused("setTimetableEntries", twice) == ("BAD_INPUT", "entries.1.number", None)
    foreign = {"timetableId": draft, "classId": await class_id(office, "5Б"), "entries": [entry]}
    assert await office.refused("setTimetableEntries", foreign) == ("NOT_FOUND", "entries.0.groupId", None)
    published = {"timetableId": await office.in_force(), "entries": [entry]}
    assert await office.refused("setTimetableEntries", published) == ("NOT_A_DRAFT", "timetableId", None)
    assert await office.refused("deleteTimetable", {"timetableId": published["timetableId"]}) == (
        *("NOT_A_DRAFT", "timetableId"),
        None,
    )
    nowhere = {"timetableId": gid("Timetable", NOWHERE), "entries": []}
    assert await office.refused("setTimetableEntries", nowhere) == ("NOT_FOUND", "timetableId", None)


CHECK = """
query($id: ID!) { checkTimetable(timetableId: $id) {
  kind blocking message weekday entries { id } schoolClass { name } teacher { id }
  hours planned group { id } subject { id }
} }
"""


async def test_a_timetable_is_checked(office: Office) -> None:
    """What blocks comes first; the demo's own timetable has nothing that blocks."""
    draft, of = await office.copied("Черновик"), await class_id(office)
    found = (await office.school.data(CHECK, {"id": draft}, as_="director"))["checkTimetable"]
    assert [each for each in found if each["blocking"]] == []
    entry = (await week_of(office, draft, of))[0]
    whole = await office.id(
        "StudyGroup", "SELECT id FROM study_group WHERE kind = 'whole' AND class_id = $1", number_of(of)
    )
    clash = {**entry, "id": None, "groupId": whole, "roomId": None, "weeks": "ODD"}
    if entry["groupId"] != whole:
        clash["weeks"] = "EVERY"
    added = await office.done("setTimetableEntries", {"timetableId": draft, "entries": [clash]})
    found = (await office.school.data(CHECK, {"id": draft}, as_="deputy"))["checkTimetable"]
    assert {each["kind"] for each in found if each["blocking"]} == {"TEACHER_BUSY", "GROUP_BUSY"}
    assert found[0]["blocking"]
    named = {each["id"] for each in found[0]["entries"]}
    assert named == {entry["id"], added["entries"][0]["id"]}
    publish = {"timetableId": draft, "from": "2026-05-21", "until": "2026-05-26"}
    assert await office.refused("publishTimetable", publish) == ("TIMETABLE_COLLIDES", "timetableId", "6.1")
    hours = [each for each in found if each["kind"] == "PLAN_HOURS"]
    added_hours = 0.5 if clash["weeks"] == "ODD" else 1
    told = [(each["schoolClass"]["name"], each["hours"] - each["planned"]) for each in hours]
    assert told == [("5А", added_hours)]
    assert (hours[0]["group"]["id"], hours[0]["subject"]["id"]) == (whole, entry["subjectId"])
    nothing = await office.school.data(CHECK, {"id": gid("Timetable", NOWHERE)}, as_="deputy")
    assert nothing == {"checkTimetable": None}


async def test_a_published_version_is_consistent_with_its_lessons(office: Office) -> None:
    """Publishing the demo's own version again touches none of its lessons: they are just those it makes."""
    before = await office.db.fetch("SELECT * FROM lesson WHERE date > $1 ORDER BY id", DEMO_TODAY)
    assert before
    given = {"timetableId": await office.in_force(), "from": "2026-05-21", "until": "2026-05-26"}
    result = await office.done("publishTimetable", given)
    assert (result["created"], result["changed"], result["removed"]) == (0, 0, 0)
    assert await office.db.fetch("SELECT * FROM lesson WHERE date > $1 ORDER BY id", DEMO_TODAY) == before


SLOTS = """
SELECT group_id, date, number FROM lesson WHERE state <> 'cancelled' GROUP BY 1, 2, 3 HAVING count(*) > 1
"""
KEPT = """
SELECT id, group_id, subject_id, teacher_id, room_id, date, number, state, moved_from, topic = 'Своя тема' AS own
FROM lesson WHERE id = ANY($1) OR date <= $2 ORDER BY id
"""
"""What publishing may not change: topics of the plan move along."""


async def test_publishing_keeps_what_was_taught_and_corrected(office: Office) -> None:
    """A new version from tomorrow on: what is filled or corrected stays, the rest is what the version says."""
    draft, of = await office.copied("Новое"), await class_id(office)
    week = await week_of(office, draft, of)
    whole = await office.db.fetchval("SELECT id FROM study_group WHERE kind = 'whole' AND class_id = $1", number_of(of))
    days = "SELECT * FROM lesson WHERE group_id = $1 AND date = $2 AND state = 'planned' ORDER BY number"
    topic, homework, moved, cancelled, *_ = await office.db.fetch(days, whole, date(2026, 5, 25))
    await office.db.execute("UPDATE lesson SET topic = 'Своя тема' WHERE id = $1", topic["id"])
    await office.db.execute(
        "INSERT INTO homework (school_id, lesson_id, lesson_date, text, for_all, published_at, changed_at) "
        "VALUES ($1, $2, $3, 'Повторить', true, now(), now())",
        *(homework["school_id"], homework["id"], homework["date"]),
    )
    await office.db.execute(
        "UPDATE lesson SET date = '2026-05-26', number = 12, moved_from = '2026-05-25' WHERE id = $1", moved["id"]
    )
    await office.db.execute("UPDATE lesson SET state = 'cancelled' WHERE id = $1", cancelled["id"])
    fast = [topic["id"], homework["id"], moved["id"], cancelled["id"]]
    kept = await office.db.fetch(KEPT, fast, DEMO_TODAY)
    # The class has nothing on Mondays any more, and nothing else changes.
    rest = [each for each in week if each["weekday"] != 1]
    await office.done("setTimetableEntries", {"timetableId": draft, "classId": of, "entries": rest})
    old = await office.in_force()
    result = await office.done("publishTimetable", {"timetableId": draft, "from": "2026-05-21", "until": "2026-05-26"})
    assert (result["created"], result["changed"]) == (0, 0)
    assert result["removed"] > 0
    assert result["timetable"]["state"] == "PUBLISHED"
    assert await office.db.fetch(KEPT, fast, DEMO_TODAY) == kept
    mondays = await office.db.fetch(days, whole, date(2026, 5, 25))
    assert {each["id"] for each in mondays} == {topic["id"], homework["id"]}
    cut = await office.db.fetchrow("SELECT * FROM timetable WHERE id = $1", number_of(old))
    assert (cut["state"], cut["ends_on"]) == ("published", DEMO_TODAY)
    back = await office.copied("Прежнее")
    entries = [{**each, "id": None} for each in await week_of(office, old, of)]
    await office.done("setTimetableEntries", {"timetableId": back, "classId": of, "entries": entries})
    result = await office.done("publishTimetable", {"timetableId": back, "from": "2026-05-21", "until": "2026-05-26"})
    assert result["created"] > 0
    state = await office.db.fetchval("SELECT state FROM timetable WHERE id = $1", number_of(draft))
    assert state == "replaced"
    monday = await office.db.fetch("SELECT id FROM lesson WHERE group_id = $1 AND date = '2026-05-25'", whole)
    assert await office.db.fetch(SLOTS) == []
    assert moved["id"] not in {each["id"] for each in monday}, "what was moved away is not made again"
    replaced = {"timetableId": draft, "from": "2026-05-21", "until": "2026-05-26"}
    assert await office.refused("publishTimetable", replaced) == ("NOT_A_DRAFT", "timetableId", None)


async def test_publishing_puts_nobody_in_two_places(office: Office) -> None:
    """Where a lesson that stays has a teacher or a room, the version's own lesson is left out, and named."""
    monday = (
        "SELECT lesson.* FROM lesson JOIN study_group AS g ON g.id = group_id AND g.kind = 'whole'"
        " WHERE date = '2026-05-25' AND state = 'planned' AND substitute_id IS NULL ORDER BY number, lesson.id"
    )
    lessons = await office.db.fetch(monday)
    pairs = [(one, other) for one, other in pairwise(lessons) if one["number"] == other["number"]]
    (stays, gone), (room, roomless) = (
        pairs[0],
        next(each for each in pairs if each[0]["number"] > pairs[0][0]["number"]),
    )
    for lesson in (gone, roomless):
        await office.db.execute("DELETE FROM lesson WHERE id = $1", lesson["id"])
    await office.db.execute("UPDATE lesson SET substitute_id = $2 WHERE id = $1", stays["id"], gone["teacher_id"])
    await office.db.execute(
        "UPDATE lesson SET topic = 'Своя тема', room_id = $2 WHERE id = $1", room["id"], roomless["room_id"]
    )
    days = {"from": "2026-05-21", "until": "2026-05-26"}
    result = await office.done("publishTimetable", {"timetableId": await office.copied("Новое"), **days})
    assert [title.rsplit(": ")[-1] for title in result["leftOut"]] == ["учитель уже занят", "кабинет уже занят"]
    assert all(
        f"25.05.2026, урок {n}" in each
        for n, each in zip((gone["number"], room["number"]), result["leftOut"], strict=True)
    )
    assert await office.db.fetch(SLOTS) == []
    await office.db.execute("UPDATE lesson SET substitute_id = NULL WHERE id = $1", stays["id"])
    result = await office.done("publishTimetable", {"timetableId": await office.copied("Ещё раз"), **days})
    assert (result["created"], len(result["leftOut"])) == (1, 1)


async def test_a_publication_that_is_refused(office: Office) -> None:
    draft = await office.copied("Новое")
    for since, until, field in (
        ("2026-05-26", "2026-05-21", "until"),
        ("2025-08-31", "2026-05-26", "from"),
        ("2026-05-21", "2026-09-01", "until"),
        ("2026-05-21", "2026-05-22", "until"),
    ):
        given = {"timetableId": draft, "from": since, "until": until}
        assert await office.refused("publishTimetable", given) == ("BAD_INPUT", field, None)
    stale = {"timetableId": draft, "from": "2026-05-21", "until": "2026-05-26", "ifVersion": 7}
    assert await office.refused("publishTimetable", stale) == ("CONFLICT", "ifVersion", None)


async def test_two_publish_at_once(office: Office) -> None:
    """Versions never overlap: the later of two publications cuts the earlier, whoever comes first."""
    drafts = [await office.copied(title) for title in ("Одно", "Другое")]
    days = {"from": "2026-05-21", "until": "2026-05-26"}
    results = await asyncio.gather(*(office.run("publishTimetable", {"timetableId": each, **days}) for each in drafts))
    assert [each["__typename"] for each in results] == ["PublishTimetablePayload"] * 2
    assert await office.db.fetchval("SELECT count(*) FROM timetable WHERE state = 'replaced'") == 1
    overlap = (
        "SELECT one.id FROM timetable AS one JOIN timetable AS other ON one.id < other.id "
        "AND one.state = 'published' AND other.state = 'published' "
        "AND daterange(one.starts_on, one.ends_on, '[]') && daterange(other.starts_on, other.ends_on, '[]')"
    )
    assert await office.db.fetch(overlap) == []
    assert await office.db.fetch(SLOTS) == []


# A whole year, and days moved


async def test_a_year_without_holidays(office: Office) -> None:
    """Of a year that is published anew, no lesson lies on a holiday, and the first entry is data (6.6)."""
    await office.db.execute("DELETE FROM lesson_correction")
    await office.db.execute(
        "DELETE FROM lesson WHERE id NOT IN (SELECT lesson_id FROM roll_call) AND state = 'planned'"
    )
    given = {"timetableId": await office.copied("Год"), "from": "2025-09-01", "until": "2026-05-26"}
    result = await office.done("publishTimetable", given)
    assert result["created"] > 1000
    wrong = (
        "SELECT date FROM lesson JOIN study_group ON group_id = study_group.id "
        "JOIN school_class ON school_class.id = class_id JOIN holiday ON date BETWEEN holiday.starts_on AND "
        "holiday.ends_on AND (holiday.grades IS NULL OR grade = ANY(holiday.grades)) "
        "UNION SELECT date FROM lesson WHERE extract(isodow FROM date) = 7 OR date IN ('2025-11-03', '2026-05-11')"
    )
    assert await office.db.fetch(wrong) == []
    assert await office.db.fetch(SLOTS) == []
    query = "{ school { currentYear { timetableDueOn firstTimetable { title publishedAt } } } }"
    year = (await office.school.data(query, as_="parent"))["school"]["currentYear"]
    assert year["timetableDueOn"] == "2025-09-20"
    assert year["firstTimetable"]["title"] == "Основное расписание"


async def test_a_saturday_taught_by_mondays_timetable(office: Office) -> None:
    """The lessons of Monday 25 May are taught on Saturday 30 May, with their ids and homework; then they go back."""
    await office.db.execute("UPDATE holiday SET starts_on = '2026-06-01' WHERE starts_on = '2026-05-27'")
    given = {"timetableId": await office.copied("До субботы"), "from": "2026-05-21", "until": "2026-05-30"}
    await office.done("publishTimetable", given)
    fields = "id, group_id, number, date, moved_from, starts_at"
    monday = await office.db.fetch(
        f"SELECT {fields} FROM lesson WHERE date = '2026-05-25' AND state = 'planned' AND moved_from IS NULL"
        " ORDER BY id"
    )
    saturday = await office.db.fetchval("SELECT count(*) FROM lesson WHERE date = '2026-05-30'")
    assert monday
    assert saturday
    move = {"fromDate": "2026-05-25", "toDate": "2026-05-30", "idempotencyKey": "saturday"}
    transfer = (await office.done("transferDay", move))["dayTransfer"]
    assert (transfer["weekday"], transfer["grades"]) == (1, None)
    assert (await office.done("transferDay", move))["dayTransfer"] == transfer
    moved = await office.db.fetch(f"SELECT {fields} FROM lesson WHERE date = '2026-05-30' ORDER BY id")
    assert {each["id"] for each in moved} >= {each["id"] for each in monday}
    assert {each["moved_from"] for each in moved} == {date(2026, 5, 25)}
    assert not await office.db.fetch(
        "SELECT FROM lesson WHERE date = '2026-05-25' AND moved_from IS NULL AND state = 'planned'"
    )
    assert await office.db.fetch(SLOTS) == []
    assert await office.refused("transferDay", {"weekday": 2, "toDate": "2026-05-30"}) == ("BAD_INPUT", "toDate", None)
    cancel = {"dayTransferId": transfer["id"], "ifVersion": transfer["version"]}
    await office.done("cancelDayTransfer", cancel)
    again = await office.db.fetch(
        f"SELECT {fields} FROM lesson WHERE id = ANY($1) ORDER BY id", [e["id"] for e in monday]
    )
    assert again == monday
    assert await office.db.fetchval("SELECT count(*) FROM lesson WHERE date = '2026-05-30'") == saturday
    assert await office.refused("cancelDayTransfer", cancel) == ("NOT_FOUND", "dayTransferId", None)


async def test_a_day_is_not_moved_onto_lessons_that_are_filled(office: Office) -> None:
    """What is written at a lesson keeps it, on the day that is moved as on the day it is moved to."""
    await office.db.execute("UPDATE holiday SET starts_on = '2026-06-01' WHERE starts_on = '2026-05-27'")
    given = {"timetableId": await office.copied("До субботы"), "from": "2026-05-21", "until": "2026-05-30"}
    await office.done("publishTimetable", given)
    pair = await office.db.fetchrow(
        "SELECT one.id AS one, other.id AS other FROM lesson AS one JOIN lesson AS other"
        " ON (one.group_id, one.number) = (other.group_id, other.number) AND other.date = '2026-05-30'"
        " WHERE one.date = '2026-05-25' AND one.state = 'planned' AND one.moved_from IS NULL LIMIT 1"
    )
    await office.db.execute("UPDATE lesson SET topic = 'Своя тема' WHERE id = ANY($1)", list(pair))
    move = {"fromDate": "2026-05-25", "toDate": "2026-05-30"}
    assert await office.refused("transferDay", move) == ("LESSON_COLLISION", "toDate", "6.1")
    await office.db.execute("UPDATE lesson SET topic = NULL WHERE id = $1", pair["other"])
    await office.done("transferDay", move)
    assert await office.db.fetch(SLOTS) == []


async def test_some_grades_are_taught_by_another_weekday(office: Office) -> None:
    """On Tuesday 26 May the fifth grade is taught by Thursday's timetable; the others as always."""
    others = (
        "SELECT lesson.* FROM lesson JOIN study_group ON study_group.id = group_id JOIN school_class ON"
        " school_class.id = class_id WHERE date = '2026-05-26' AND (grade = 5) = $1 ORDER BY lesson.id"
    )
    before = await office.db.fetch(others, False)
    move = {"weekday": 4, "toDate": "2026-05-26", "grades": [5, 5]}
    assert await office.refused("transferDay", move) == ("LESSON_COLLISION", "toDate", "6.1"), "teachers in two places"
    draft = await clear_the_way(office)
    made = await office.done("transferDay", move)
    assert made["dayTransfer"]["grades"] == [5]
    assert await office.db.fetch(others, False) == before
    query = (
        "SELECT group_id, timetable_entry.subject_id, number FROM timetable_entry"
        " JOIN study_group ON study_group.id = group_id JOIN"
        " school_class ON school_class.id = class_id WHERE timetable_id = $1 AND weekday = 4 AND grade = 5"
    )
    thursday = await office.db.fetch(query, number_of(draft))
    taught = [each for each in await office.db.fetch(others, True) if each["state"] == "planned"]
    assert sorted((e["group_id"], e["subject_id"], e["number"]) for e in taught) == sorted(map(tuple, thursday))
    assert await office.refused("transferDay", {"weekday": 1, "toDate": "2026-05-26", "grades": [5]}) == (
        *("BAD_INPUT", "toDate"),
        None,
    )
    ninth = {"weekday": 1, "toDate": "2026-05-26", "grades": [9]}
    assert (await office.refused("transferDay", ninth))[0] == "LESSON_COLLISION", "the day is free for them, others not"


async def clear_the_way(office: Office) -> str:
    """A published version in which the fifth grade's Thursday and the others' Tuesday need nobody at once."""
    draft = await office.copied("Без накладок")
    clashes = await office.db.fetch(
        "SELECT one.id FROM timetable_entry AS one JOIN study_group AS g ON g.id = one.group_id"
        " JOIN school_class AS c ON c.id = g.class_id AND c.grade = 5 WHERE one.timetable_id = $1 AND one.weekday = 4"
        " AND EXISTS (SELECT FROM lesson JOIN study_group AS h ON h.id = lesson.group_id"
        " JOIN school_class AS d ON d.id = h.class_id AND d.grade <> 5 WHERE date = '2026-05-26'"
        " AND lesson.number = one.number AND (lesson.teacher_id = one.teacher_id OR substitute_id = one.teacher_id"
        " OR lesson.room_id = one.room_id))",
        number_of(draft),
    )
    gone = [gid("TimetableEntry", each["id"]) for each in clashes]
    await office.done("setTimetableEntries", {"timetableId": draft, "entries": [], "remove": gone})
    await office.done("publishTimetable", {"timetableId": draft, "from": "2026-05-21", "until": "2026-05-26"})
    return draft


async def test_a_transfer_that_is_refused(office: Office) -> None:
    late = {"fromDate": "2026-05-26", "toDate": "2026-05-23"}
    for given, refusal in (
        ({"weekday": 1, "toDate": "2026-05-22"}, ("TOO_LATE", "toDate", "6.6")),
        ({"toDate": "2026-05-26"}, ("BAD_INPUT", "weekday", None)),
        ({"fromDate": "2026-05-25", "weekday": 1, "toDate": "2026-05-26"}, ("BAD_INPUT", "weekday", None)),
        ({"fromDate": "2026-05-26", "toDate": "2026-05-26"}, ("BAD_INPUT", "toDate", None)),
        ({"fromDate": "2026-05-20", "toDate": "2026-05-26"}, ("BAD_INPUT", "fromDate", None)),
        ({"fromDate": "2026-05-24", "toDate": "2026-05-26"}, ("BAD_INPUT", "fromDate", None)),
        ({"weekday": 7, "toDate": "2026-05-26"}, ("BAD_INPUT", "weekday", None)),
        ({"weekday": 1, "toDate": "2026-05-26", "grades": []}, ("BAD_INPUT", "grades", None)),
        ({"weekday": 1, "toDate": "2026-05-26", "grades": [12]}, ("BAD_INPUT", "grades", None)),
        ({"weekday": 1, "toDate": "2026-05-30"}, ("BAD_INPUT", "toDate", None)),
        ({"weekday": 1, "toDate": "2026-06-12"}, ("BAD_INPUT", "toDate", None)),
        ({"weekday": 1, "toDate": "2030-06-12"}, ("NOT_FOUND", "toDate", None)),
    ):
        assert await office.refused("transferDay", given) == refusal, given
    transfer = (await office.done("transferDay", late))["dayTransfer"]
    await office.db.execute("UPDATE day_transfer SET to_date = '2026-05-20'")
    given = {"dayTransferId": transfer["id"]}
    assert await office.refused("cancelDayTransfer", given) == ("TOO_LATE", "dayTransferId", "6.6")
    assert await office.refused("cancelDayTransfer", {**given, "ifVersion": 9}) == ("CONFLICT", "ifVersion", None)


async def test_another_schools_rows_are_out_of_reach(office: Office) -> None:
    """Ids of a second school are refused as ids of nothing are, and nothing of it changes."""
    draft = await office.copied("Черновик")
    entry = {**(await week_of(office, draft, await class_id(office)))[0], "id": None, "number": 13}
    second = (await make_demo(office.db, SMALL, seed=64, code="second")).code
    school = await office.db.fetchval("SELECT school_id FROM school WHERE code = $1", second)

    async def theirs(type_name: str, table: str) -> str:
        return await office.id(type_name, f"SELECT min(id) FROM {table} WHERE school_id = $1", school)

    year, timetable = await theirs("AcademicYear", "academic_year"), await theirs("Timetable", "timetable")
    room, event = await theirs("Room", "room"), await theirs("Event", "event")
    group, of = await theirs("StudyGroup", "study_group"), await theirs("SchoolClass", "school_class")
    day = {"title": "Поход", "startsOn": "2026-05-23", "endsOn": "2026-05-24"}
    publish = {"timetableId": timetable, "from": "2026-05-21", "until": "2026-05-26"}
    for name, given, field in (
        ("setBellSchedule", {"yearId": year, "shift": 1, "name": "Звонки", "bells": SHORT}, "yearId"),
        ("updateRoom", {"roomId": room, "archived": True}, "roomId"),
        ("createTimetable", {"yearId": year, "title": "Чужое"}, "yearId"),
        ("createTimetable", {"yearId": await office.year(), "title": "Чужое", "copyOf": timetable}, "copyOf"),
        ("setTimetableEntries", {"timetableId": timetable, "entries": []}, "timetableId"),
        ("setTimetableEntries", {"timetableId": draft, "classId": of, "entries": []}, "classId"),
        ("setTimetableEntries", {"timetableId": draft, "entries": [{**entry, "groupId": group}]}, "entries.0.groupId"),
        ("setTimetableEntries", {"timetableId": draft, "entries": [{**entry, "roomId": room}]}, "entries.0.roomId"),
        ("publishTimetable", publish, "timetableId"),
        ("deleteTimetable", {"timetableId": timetable}, "timetableId"),
        ("createEvent", {**day, "classIds": [of]}, "classIds.0"),
        ("updateEvent", {"eventId": event, "title": "Наше"}, "eventId"),
        ("cancelEvent", {"eventId": event}, "eventId"),
    ):
        assert await office.refused(name, given) == ("NOT_FOUND", field, None), name
    before = await digests(office.db, ["lesson"], "school_id = $1", school)
    own = {"timetableId": draft, "from": "2026-05-21", "until": "2026-05-26"}
    await office.done("publishTimetable", own)
    await office.done("transferDay", {"weekday": 4, "toDate": "2026-05-26"})
    assert await digests(office.db, ["lesson"], "school_id = $1", school) == before


async def test_two_move_one_day(office: Office) -> None:
    """Of two transfers to one day the second is refused: whoever changes a year's timetable comes alone."""
    given = {"weekday": 4, "toDate": "2026-05-26"}
    results = await asyncio.gather(*(office.run("transferDay", given) for _ in range(2)))
    assert sorted(each["__typename"] for each in results) == ["Refusal", "TransferDayPayload"]
    assert await office.db.fetchval("SELECT count(*) FROM day_transfer") == 1
