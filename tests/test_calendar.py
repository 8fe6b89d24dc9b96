"""Calendar feeds: who may make and revoke a link, and what one shows to whoever follows it, as long as it does."""

import logging
import re
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import httpx
import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from documents.calendars import Entry, Timetable, write_calendar
from resolvers.database import Snapshot, Transaction
from rules.account import Role
from rules.timetable_calendar import FAILURES_PER_ADDRESS, MOST_FEEDS, digest_of, school_of
from schema.build import gate_of
from server import calendars
from server.demo import SMALL, Demo, make_demo

from .account_help import number_of
from .calendar_help import Desk, link_of, opened
from .journal_help import gid
from .oracle_shape import WHOLE
from .test_server import OPERATOR, TOKEN, beside

TODAY, YESTERDAY = date(2026, 5, 20), date(2026, 5, 19)
READERS = {Role.DIRECTOR, Role.DEPUTY, Role.TEACHER, Role.SECRETARY, Role.STUDENT, Role.PARENT}
HOURS = {"startsAt": "20:00:00", "endsAt": "20:40:00"}
STRANGER = "/calendar/1-" + "A" * 43 + ".ics"
MINE = """query($revoked: Boolean) { me { calendarFeeds(first: 50, revoked: $revoked) {
  totalCount nodes { id revokedAt fetchedAt } } } }"""


@pytest.fixture(scope="module")
async def desk(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Desk]:
    """A school for this module to write in: links that are made beside others."""
    async with opened(cluster, demo_template) as desk:
        yield desk


@pytest.fixture
async def own_desk(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Desk]:
    """A school of the test's own."""
    async with opened(cluster, demo_template) as desk:
        yield desk


async def of_family(desk: Desk, login: str) -> dict[str, str]:
    """A family's student, class, teacher and room, and others of each that they do not see."""
    field = "children" if login.startswith("parent") else "student"
    found = (await desk.school.data(f"{{ me {{ {field} {{ id schoolClass {{ id }} }} }} }}", as_=login))["me"][field]
    student = found[0] if isinstance(found, list) else found
    number, of = number_of(student["id"]), number_of(student["schoolClass"]["id"])
    groups = "JOIN group_membership USING (school_id, group_id) WHERE student_id = $1"
    taught, stood = f"SELECT staff_id FROM teaching_assignment {groups}", f"SELECT substitute_id FROM lesson {groups}"
    led = "SELECT staff_id FROM class_leadership JOIN enrolment USING (school_id, class_id) WHERE student_id = $1"
    one = desk.db.fetchval
    return {
        "student": student["id"],
        "class": student["schoolClass"]["id"],
        "staff": gid("Staff", await one(f"{taught} LIMIT 1", number)),
        "room": gid("Room", await one("SELECT min(id) FROM room")),
        "other student": gid("Student", await one("SELECT max(id) FROM student WHERE id <> $1", number)),
        "other class": gid("SchoolClass", await one("SELECT max(id) FROM school_class WHERE id <> $1", of)),
        "other staff": gid(
            "Staff",
            await one(
                f"SELECT max(id) FROM staff WHERE id NOT IN ({taught} UNION {led} UNION "
                f"SELECT coalesce(s, 0) FROM ({stood}) AS t(s))",
                number,
            ),
        ),
    }


# Who may


def test_whose_commands_they_are() -> None:
    assert WHOLE.mutation_type
    for name, roles in (
        ("createCalendarFeed", READERS),
        ("revokeCalendarFeed", READERS | {Role.HR, Role.ADMINISTRATOR}),
    ):
        found = gate_of(WHOLE.mutation_type.fields[name].extensions["strawberry-definition"])
        assert found
        assert found.roles == roles


@pytest.mark.parametrize("login", ["parent", "student"])
async def test_a_family_makes_links_to_what_it_sees(desk: Desk, login: str) -> None:
    known = await of_family(desk, login)
    for what in ("student", "class", "staff", "room"):
        made = await desk.done("createCalendarFeed", {"ofId": known[what]}, login)
        shown = {"student": "student", "class": "schoolClass", "staff": "staff", "room": "room"}
        of = {field: made["feed"][field] for field in shown.values()}
        assert of == {field: {"id": known[what]} if field == shown[what] else None for field in shown.values()}
        assert made["feed"]["account"] == {"login": login}
        assert await desk.status(made["path"]) == 200
    for what in ("other student", "other class", "other staff"):
        assert await desk.refused("createCalendarFeed", {"ofId": known[what]}, login) == ("NOT_FOUND", "ofId", None)


@pytest.mark.parametrize("login", ["teacher", "deputy", "director", "secretary"])
async def test_those_who_work_here_make_links_to_what_they_see(desk: Desk, login: str) -> None:
    known = await of_family(desk, "parent")
    for what in ("class", "other class", "staff", "other staff", "room"):
        assert await desk.status(await desk.link(known[what], login)) == 200
    person = await desk.person("Незнакомцева Ия Львовна")
    number = await desk.db.fetchval(
        "INSERT INTO student (school_id, person_id, file_number) SELECT school_id, id, 'x' || id FROM person "
        "WHERE id = $1 RETURNING id",
        person,
    )
    other = {"ofId": gid("Student", number)}
    if login == "teacher":
        assert await desk.refused("createCalendarFeed", other, login) == ("NOT_FOUND", "ofId", None)
    else:
        assert await desk.done("createCalendarFeed", other, login)


async def test_of_what_there_is_no_timetable(desk: Desk) -> None:
    for of, code in (
        (gid("Lesson", 1), "BAD_ID"),
        (gid("Guardian", 1), "BAD_ID"),
        ("nonsense", "BAD_ID"),
        (gid("Student", 10**9), "NOT_FOUND"),
    ):
        assert await desk.refused("createCalendarFeed", {"ofId": of}, "deputy") == (code, "ofId", None)
    for login in ("hr", "administrator", "analyst", "service"):
        token = await desk.school.token(login)
        answer = await desk.ask('mutation { createCalendarFeed(input: {ofId: ""}) { __typename } }', token=token)
        assert answer["errors"][0]["message"].startswith("Cannot query field 'createCalendarFeed'")


async def test_nothing_of_another_school(own_desk: Desk) -> None:
    """Neither is a link made to anything there, nor is one revoked there, by whoever."""
    await make_demo(own_desk.db, SMALL, seed=64, code="other")
    there = "JOIN school USING (school_id) WHERE code = 'other'"
    for kind, table in (("Student", "student"), ("SchoolClass", "school_class"), ("Staff", "staff"), ("Room", "room")):
        of = gid(kind, await own_desk.db.fetchval(f"SELECT min({table}.id) FROM {table} {there}"))
        for login in ("parent", "deputy"):
            token = await own_desk.log_in(login, own_desk.school.demo.logins[0].password)
            given = {"ofId": of}
            found = await own_desk.refused("createCalendarFeed", given, token=token["accessToken"])
            assert found == ("NOT_FOUND", "ofId", None)
    number = await own_desk.db.fetchval(
        "INSERT INTO calendar_feed (school_id, account_id, room_id, secret_digest, created_at) SELECT school_id, "
        f"account.id, (SELECT min(room.id) FROM room {there}), 'x', now() FROM account {there} LIMIT 1 RETURNING id"
    )
    token = (await own_desk.log_in("administrator", own_desk.school.demo.logins[0].password))["accessToken"]
    for feed in (gid("CalendarFeed", number), gid("CalendarFeed", 10**9)):
        found = await own_desk.refused("revokeCalendarFeed", {"feedId": feed}, token=token)
        assert found == ("NOT_FOUND", "feedId", None)


async def test_the_secret_is_shown_once_and_kept_nowhere(desk: Desk) -> None:
    of = (await of_family(desk, "parent"))["student"]
    given = {"ofId": of, "idempotencyKey": "again"}
    made = await desk.done("createCalendarFeed", given, "parent")
    secret = link_of(made["path"])
    assert re.fullmatch(r"/calendar/[1-9][0-9]*-[A-Za-z0-9_-]{43}\.ics", made["path"])
    assert school_of(secret) == await desk.db.fetchval("SELECT school_id FROM school")
    again = await desk.done("createCalendarFeed", given, "parent")
    assert (again["path"], again["feed"]["id"]) == (None, made["feed"]["id"])
    assert await desk.refused("createCalendarFeed", {**given, "ofId": gid("Room", 1)}, "parent") == (
        *("IDEMPOTENCY_KEY_REUSED", "idempotencyKey", None),
    )
    assert await desk.status(made["path"]) == 200
    await desk.get(STRANGER)
    tables = await desk.db.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for table in (row["tablename"] for row in tables):
        assert not await desk.db.fetchval(
            f"SELECT count(*) FROM {table} AS t WHERE t::text LIKE $1", f"%{secret[-43:]}%"
        )
    digest = await desk.db.fetchval(
        "SELECT secret_digest FROM calendar_feed WHERE id = $1", number_of(made["feed"]["id"])
    )
    assert digest == digest_of(secret)
    noted = [(entry["login"], entry["outcome"]) for entry in await desk.entries("createCalendarFeed")]
    assert noted[-3:] == [("parent", "done"), ("parent", "done"), ("parent", "IDEMPOTENCY_KEY_REUSED")]


async def test_a_link_is_revoked_by_its_owner_or_the_administrator(desk: Desk) -> None:
    of = (await of_family(desk, "parent"))["class"]
    for by, outcome in (("parent", None), ("administrator", None), ("deputy", "NOT_FOUND"), ("hr", "NOT_FOUND")):
        made = await desk.done("createCalendarFeed", {"ofId": of}, "parent")
        given = {"feedId": made["feed"]["id"]}
        if outcome:
            assert await desk.refused("revokeCalendarFeed", given, by) == (outcome, "feedId", None)
            assert await desk.status(made["path"]) == 200
            continue
        assert await desk.status(made["path"]) == 200
        revoked = (await desk.done("revokeCalendarFeed", given, by))["feed"]
        assert revoked["revokedAt"]
        assert await desk.status(made["path"]) == 404
        assert (await desk.done("revokeCalendarFeed", given, by))["feed"] == revoked
    found = [(each["login"], each["outcome"]) for each in await desk.entries("revokeCalendarFeed")]
    assert ("administrator", "done") in found


async def test_the_state_of_ones_links(desk: Desk) -> None:
    of = (await of_family(desk, "parent-of-two"))["class"]
    kept, gone = [await desk.done("createCalendarFeed", {"ofId": of}, "parent-of-two") for _ in range(2)]
    await desk.done("revokeCalendarFeed", {"feedId": gone["feed"]["id"]}, "parent-of-two")
    await desk.get(kept["path"])

    async def mine(as_: str, revoked: bool | None) -> dict[str, Any]:
        found: dict[str, Any] = (await desk.school.data(MINE, {"revoked": revoked}, as_=as_))["me"]["calendarFeeds"]
        return found

    assert (await mine("parent-of-two", None))["totalCount"] == 2
    (works,), (ended,) = (await mine("parent-of-two", False))["nodes"], (await mine("parent-of-two", True))["nodes"]
    assert (works["id"], bool(works["fetchedAt"]), works["revokedAt"]) == (kept["feed"]["id"], True, None)
    assert (ended["id"], ended["fetchedAt"], bool(ended["revokedAt"])) == (gone["feed"]["id"], None, True)
    assert kept["feed"]["id"] not in {each["id"] for each in (await mine("parent", None))["nodes"]}
    assert await mine("administrator", None) == {"totalCount": 0, "nodes": []}
    feeds = "nodes { login calendarFeeds(first: 9) { totalCount } }"
    text = f'{{ school {{ accounts(first: 1, search: "parent-of-two") {{ {feeds} }} }} }}'
    (found,) = (await desk.school.data(text, as_="administrator"))["school"]["accounts"]["nodes"]
    assert found == {"login": "parent-of-two", "calendarFeeds": {"totalCount": 2}}
    node = f'{{ node(id: "{kept["feed"]["id"]}") {{ id }} }}'
    for login, sees in (("parent-of-two", True), ("administrator", True), ("parent", False), ("deputy", False)):
        assert bool((await desk.school.data(node, as_=login))["node"]) is sees


async def test_an_account_has_so_many_links(desk: Desk) -> None:
    room = {"ofId": gid("Room", await desk.db.fetchval("SELECT min(id) FROM room"))}
    made = [await desk.done("createCalendarFeed", room, "class-teacher") for _ in range(MOST_FEEDS)]
    assert await desk.refused("createCalendarFeed", room, "class-teacher") == ("TOO_MANY_FEEDS", "ofId", None)
    await desk.done("createCalendarFeed", room, "deputy")
    await desk.done("revokeCalendarFeed", {"feedId": made[0]["feed"]["id"]}, "class-teacher")
    await desk.done("createCalendarFeed", room, "class-teacher")


async def test_a_class_that_is_removed_takes_its_links_along(desk: Desk) -> None:
    db = desk.db
    of = await db.fetchval(
        "INSERT INTO school_class (school_id, year_id, grade, letter, period_kind) "
        "SELECT school_id, id, 1, 'Я', 'quarter' FROM academic_year LIMIT 1 RETURNING id"
    )
    path = await desk.link(gid("SchoolClass", of), "deputy")
    assert await desk.status(path) == 200
    await db.execute("DELETE FROM school_class WHERE id = $1", of)
    assert await desk.status(path) == 404


# Whether a link still shows anything


def told(response: httpx.Response) -> tuple[int, bytes, dict[str, str]]:
    return response.status_code, response.content, dict(response.headers)


async def test_a_link_shows_nothing_once_its_account_may_not_see_it(desk: Desk) -> None:
    """At the next fetch, as if there had never been such a link; and again, once the account may."""
    db = desk.db
    nothing = told(await desk.get(STRANGER))
    assert nothing[0] == 404

    async def closed(path: str) -> bool:
        found = told(await desk.get(path))
        assert found[0] == 200 or found == nothing
        return found == nothing

    child = await desk.enrol()
    guardian = await desk.guard(child)
    account, _, token = await desk.opened(guardian, "secretary")
    path = await desk.link(child, token=token)
    assert not await closed(path)
    await desk.done("lockAccount", {"accountId": account}, "administrator")
    assert await closed(path)
    await desk.done("unlockAccount", {"accountId": account}, "administrator")
    assert not await closed(path)
    ends = "UPDATE guardianship SET ends_on = $1 WHERE guardian_id = $2"
    await db.execute(ends, YESTERDAY, number_of(guardian))
    assert await closed(path)
    await db.execute(ends, TODAY, number_of(guardian))
    assert not await closed(path)
    await db.execute(
        "UPDATE guardianship SET student_id = (SELECT min(id) FROM student WHERE id <> $2) WHERE guardian_id = $1",
        *(number_of(guardian), number_of(child)),
    )
    assert await closed(path), "a parent still, of another child"
    await db.execute(
        "UPDATE guardianship SET student_id = $2 WHERE guardian_id = $1", *map(number_of, (guardian, child))
    )
    await desk.leave(child, TODAY.isoformat())
    assert not await closed(path), "the last day"
    await desk.leave(child, YESTERDAY.isoformat())
    assert await closed(path)
    await desk.leave(child, TODAY.isoformat())
    await desk.done("resetPassword", {"accountId": account}, "administrator")
    assert await closed(path), "a one-time password waits"

    pupil = await desk.enrol(await desk.person("Учащаяся Яна Львовна"))
    _, _, token = await desk.opened(pupil, "secretary")
    path = await desk.link(pupil, token=token)
    assert not await closed(path)
    await desk.leave(pupil, YESTERDAY.isoformat())
    assert await closed(path)


async def test_a_link_of_an_employee_ends_with_their_role_and_their_work(desk: Desk) -> None:
    staff = await desk.hire(await desk.person("Учитель Ирина Львовна"))
    account, _, token = await desk.opened(staff)
    given = {"accountId": account, "role": "TEACHER", "startsOn": TODAY.isoformat()}
    role = (await desk.done("assignRole", given, "administrator"))["role"]["id"]
    path = await desk.link(staff, token=token)
    dismiss = "UPDATE staff SET dismissed_on = $1 WHERE id = $2"
    for last, status in ((YESTERDAY, 404), (TODAY, 200), (None, 200)):
        await desk.db.execute(dismiss, last, number_of(staff))
        assert await desk.status(path) == status
    await desk.done("endRole", {"roleId": role, "endsOn": YESTERDAY.isoformat()}, "administrator")
    assert await desk.status(path) == 404


# What it shows


async def ahead(desk: Desk) -> Any:
    """A lesson to come that the demo's student has, with its room."""
    return await desk.db.fetchrow(
        "SELECT lesson.*, room.name AS room FROM lesson JOIN room ON room.id = room_id "
        "JOIN group_membership AS m ON (m.school_id, m.group_id) = (lesson.school_id, lesson.group_id) "
        "JOIN student ON student.id = m.student_id JOIN account USING (person_id) "
        "WHERE login = 'student' AND date = '2026-05-25' AND substitute_id IS NULL AND state = 'planned' "
        "AND m.starts_on <= date AND (m.ends_on IS NULL OR m.ends_on >= date) ORDER BY number LIMIT 1"
    )


async def test_a_lesson_stays_itself_whatever_becomes_of_it(desk: Desk) -> None:
    lesson = await ahead(desk)
    of = (await of_family(desk, "student"))["student"]
    path, uid = await desk.link(of, "student"), f"lesson-{lesson['id']}"
    first = (await desk.entries_of(path))[uid]
    assert first.decoded("dtstart") == datetime.combine(lesson["date"], lesson["starts_at"])
    assert first.decoded("dtstart").tzinfo is None, "the school's own hours"
    assert first.decoded("dtend") == datetime.combine(lesson["date"], lesson["ends_at"])
    assert (str(first["location"]), str(first["status"])) == (lesson["room"], "CONFIRMED")
    assert first.decoded("last-modified") == first.decoded("dtstamp") == lesson["changed_at"].replace(microsecond=0)
    assert "Домашнее" not in first.to_ical().decode()

    await desk.done(
        "moveLesson",
        {"lessonId": gid("Lesson", lesson["id"]), "date": "2026-05-26", "number": 9, "reason": "Карантин", **HOURS},
        "deputy",
    )
    moved = (await desk.entries_of(path))[uid]
    assert moved.decoded("dtstart").date() == date(2026, 5, 26)
    assert "Перенесён с: 25.05.2026" in str(moved["description"]).splitlines()
    assert moved["sequence"] > first["sequence"]
    assert moved.decoded("last-modified") > first.decoded("last-modified")

    cancel = {"lessonId": gid("Lesson", lesson["id"])}
    await desk.done("cancelLesson", {**cancel, "reason": "Карантин"}, "deputy")
    cancelled = (await desk.entries_of(path))[uid]
    assert (str(cancelled["status"]), str(cancelled["transp"])) == ("CANCELLED", "TRANSPARENT")
    assert str(cancelled["summary"]) == f"Отменено: {first['summary']}"
    assert "Карантин" not in cancelled.to_ical().decode()
    assert cancelled["sequence"] > moved["sequence"]
    await desk.done("restoreLesson", {**cancel, "reason": "Карантин снят"}, "deputy")
    assert str((await desk.entries_of(path))[uid]["status"]) == "CONFIRMED"


async def test_a_substitution_stands_in_both_teachers_calendars(desk: Desk) -> None:
    lesson = await ahead(desk)
    query = f'{{ node(id: "{gid("Lesson", lesson["id"])}") {{ ... on Lesson {{ freeTeachers {{ id shortName }} }} }} }}'
    free = (await desk.school.data(query, as_="deputy"))["node"]["freeTeachers"][0]
    student = (await of_family(desk, "student"))["student"]
    paths = {
        "student": await desk.link(student, "student"),
        "teacher": await desk.link(gid("Staff", lesson["teacher_id"]), "deputy"),
        "substitute": await desk.link(free["id"], "deputy"),
    }
    uid = f"lesson-{lesson['id']}"
    assert uid not in await desk.entries_of(paths["substitute"])
    given = {"lessonId": gid("Lesson", lesson["id"]), "staffId": free["id"], "reason": "Отпуск"}
    await desk.done("substituteLesson", given, "deputy")
    shown = {who: (await desk.entries_of(path))[uid] for who, path in paths.items()}
    for each in shown.values():
        assert f"Замещает: {free['shortName']}" in str(each["description"]).splitlines()
    assert {who: str(each["transp"]) for who, each in shown.items()} == {
        **dict.fromkeys(("student", "substitute"), "OPAQUE"),
        "teacher": "TRANSPARENT",
    }


async def test_events_are_there_for_whom_they_are_for(desk: Desk) -> None:
    known = await of_family(desk, "student")
    days = {"startsOn": "2026-05-22", "endsOn": "2026-05-23"}
    hours = {"startsOn": "2026-05-22", "endsOn": "2026-05-22", "startsAt": "15:00:00", "endsAt": "16:30:00"}
    leader = await desk.db.fetchval(
        "SELECT staff_id FROM class_leadership WHERE class_id = $1 AND ends_on >= $2", number_of(known["class"]), TODAY
    )
    made = {
        name: (await desk.done("createEvent", {"title": name, **more}, "deputy"))["event"]["id"]
        for name, more in (
            (
                "Всем",
                {**days, "forAll": True, "place": "Зал; «А», 1\\2", "description": "Первое,\nвторое; " + "ы" * 200},
            ),
            ("Классу", {**hours, "classIds": [known["class"]]}),
            ("Другим", {**hours, "classIds": [known["other class"]]}),
        )
    }
    expected = {
        (known["student"], "student"): {"Всем", "Классу"},
        (known["class"], "student"): {"Всем", "Классу"},
        (known["other class"], "deputy"): {"Всем", "Другим"},
        (gid("Staff", leader), "deputy"): {"Всем", "Классу"},
        (known["room"], "deputy"): set(),
    }
    for (of, login), titles in expected.items():
        entries = await desk.entries_of(await desk.link(of, login))
        found = {
            str(entries[f"event-{number_of(each)}"]["summary"])
            for each in made.values()
            if f"event-{number_of(each)}" in entries
        }
        assert found == titles, (of, login)
    path = await desk.link(known["student"], "student")
    entries = await desk.entries_of(path)
    whole, part = (entries[f"event-{number_of(made[name])}"] for name in ("Всем", "Классу"))
    assert (whole.decoded("dtstart"), whole.decoded("dtend")) == (date(2026, 5, 22), date(2026, 5, 24))
    assert (str(whole["location"]), str(whole["description"])) == ("Зал; «А», 1\\2", "Первое,\nвторое; " + "ы" * 200)
    assert part.decoded("dtend") == datetime.combine(date(2026, 5, 22), time(16, 30))
    await desk.done("cancelEvent", {"eventId": made["Классу"]}, "deputy")
    part = (await desk.entries_of(path))[f"event-{number_of(made['Классу'])}"]
    assert (str(part["status"]), str(part["summary"]), part["sequence"]) == ("CANCELLED", "Отменено: Классу", 1)


async def test_it_is_a_calendar_to_subscribe_to(desk: Desk) -> None:
    path = await desk.link((await of_family(desk, "student"))["class"], "student")
    response = await desk.get(path)
    assert response.headers["content-type"] == "text/calendar; charset=utf-8"
    assert response.headers["cache-control"] == "private, no-cache"
    assert response.headers["referrer-policy"] == "no-referrer"
    lines = response.content.split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    assert lines[-1] == b""
    calendar = Calendar.from_ical(response.content)
    name = await desk.school.data("{ me { student { schoolClass { name } } } }", as_="student")
    assert str(calendar["x-wr-calname"]) == name["me"]["student"]["schoolClass"]["name"]
    assert str(calendar["x-wr-timezone"]) == await desk.db.fetchval("SELECT time_zone FROM school LIMIT 1")
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT1H" in lines
    assert b"X-PUBLISHED-TTL:PT1H" in lines
    assert b"METHOD" not in response.content
    days = {each.decoded("dtstart") for each in calendar.walk("VEVENT")}
    days = {each.date() if isinstance(each, datetime) else each for each in days}
    assert min(days) >= TODAY - timedelta(days=30)
    assert max(days) > TODAY
    assert await desk.db.fetchval("SELECT min(date) FROM lesson") < TODAY - timedelta(days=1)


async def test_what_has_not_changed_is_not_sent_again(desk: Desk) -> None:
    lesson = await ahead(desk)
    path = await desk.link((await of_family(desk, "student"))["student"], "student")
    response = await desk.get(path)
    tag = response.headers["etag"]
    assert (await desk.get(path)).content == response.content
    for known in (tag, "*", f'"other", {tag}'):
        again = await desk.get(path, if_none_match=known)
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert (await desk.get(path, if_none_match='W/"other"')).status_code == 200
    head = await desk.school.client.head(path)
    assert (head.status_code, head.headers["etag"]) == (200, tag)
    await desk.db.execute("UPDATE lesson SET room_id = NULL WHERE id = $1", lesson["id"])
    changed = await desk.get(path, if_none_match=tag)
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag
    digest = digest_of(link_of(path))
    assert (
        await desk.db.execute("UPDATE calendar_feed SET revoked_at = now() WHERE secret_digest = $1", digest)
        == "UPDATE 1"
    )
    assert (await desk.get(path, if_none_match=changed.headers["etag"])).status_code == 404
    assert (await desk.school.client.post(path)).status_code == 405


async def test_statements_do_not_grow_with_the_lessons(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = list[str]()
    for kind, name in ((Snapshot, "fetch"), (Transaction, "fetch"), (Transaction, "execute")):
        run = getattr(kind, name)

        async def noted(self: Any, statement: Any, *args: Any, run: Any = run, **kwargs: Any) -> Any:
            counted.append(str(getattr(statement, "text", statement)))
            return await run(self, statement, *args, **kwargs)

        monkeypatch.setattr(kind, name, noted)
    known = await of_family(desk, "parent")
    paths = [await desk.link(known[each], "deputy") for each in ("student", "class", "staff", "room")]

    async def fetched(path: str) -> tuple[int, int]:
        """How many entries there are, and how many statements they took."""
        counted.clear()
        content = (await desk.get(path)).content
        return content.count(b"BEGIN:VEVENT"), len(counted)

    before = [await fetched(path) for path in paths]
    await desk.db.execute(
        "INSERT INTO lesson (school_id, group_id, subject_id, teacher_id, substitute_id, room_id, date, number,"
        " starts_at, ends_at, state, changed_at) SELECT school_id, group_id, subject_id, teacher_id, substitute_id,"
        " room_id, date + 7 * n, number, starts_at, ends_at, 'planned', now() FROM lesson,"
        " generate_series(4, 5) AS n WHERE date BETWEEN '2026-05-18' AND '2026-05-24'"
    )
    for (few, taken), (many, now) in zip(before, [await fetched(path) for path in paths], strict=True):
        assert many > few + 10
        assert now == taken <= 15, counted


# Guessing, and what tells of a secret


async def test_guesses_are_throttled(own_desk: Desk) -> None:
    desk = own_desk
    path = await desk.link((await of_family(desk, "student"))["student"], "student")
    school = await desk.db.fetchval("SELECT school_id FROM school")
    for secret in ("nonsense", "0-" + "A" * 43, f"{10**17}-" + "A" * 43, f"{10**30}-" + "A" * 43, "١-" + "A" * 43):
        assert await desk.status(f"/calendar/{secret}.ics") == 404
    count = "SELECT count(*) FROM login_failure"
    assert await desk.db.fetchval(count) == 0, "what cannot be a secret of a school's is no guess"
    guess = f"/calendar/{school}-" + "A" * 43 + ".ics"
    for _ in range(3):
        assert await desk.status(guess) == 404
    assert await desk.db.fetchval(count) == 3
    await desk.db.execute(
        "INSERT INTO login_failure (school_id, login_key, address, at) SELECT school_id, login_key, address, at "
        "FROM (SELECT * FROM login_failure LIMIT 1) AS one, generate_series(1, $1)",
        FAILURES_PER_ADDRESS - 4,
    )
    assert await desk.status(path) == 200
    assert await desk.status(guess) == 404
    for each in (path, guess):
        refused = await desk.get(each)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "900")
    assert "accessToken" in await desk.log_in("deputy", desk.school.demo.logins[0].password), (
        "log-ins are another matter"
    )
    await desk.db.execute("UPDATE login_failure SET at = at - interval '16 minutes'")
    assert await desk.status(path) == 200
    assert await desk.status(guess) == 404
    assert await desk.db.fetchval(count) == 1, "what is over is not kept"


async def test_no_log_and_no_metric_tells_a_secret(
    desk: Desk,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whatever is logged, down to the last detail, also of what goes wrong."""
    path = await desk.link((await of_family(desk, "student"))["student"], "student")
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as logged:
        assert await desk.status(path) == 200
        assert await desk.status(STRANGER) == 404

        async def broken(*args: Any) -> None:
            raise RuntimeError(path)

        monkeypatch.setattr(calendars, "timetable_of", broken)
        response = await desk.get(path)
    assert response.status_code == 500
    assert (len(logged), logged[0]["error"]) == (1, "RuntimeError")
    async with beside(desk.school, metrics_token=TOKEN) as client:
        await client.get(path)
        metrics = (await client.get("/metrics", headers=OPERATOR)).text
    output = capsys.readouterr()
    ours = [record.getMessage() for record in caplog.records if record.name != "httpx"]  # the test's own client
    for text in (response.text, str(logged), str(ours), metrics, output.out, output.err):
        assert link_of(path)[-43:] not in text
        assert link_of(STRANGER)[-43:] not in text


# The file

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=120)


@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS, st.booleans(), st.booleans()), max_size=4), TEXTS)
@settings(max_examples=150, deadline=None)
def test_any_text_is_escaped_and_folded(rows: list[tuple[str, str, str, bool, bool]], name: str) -> None:
    """Nothing that stands in a text ends a line, begins an entry or changes another field."""
    changed = datetime(2026, 5, 1, 12, tzinfo=UTC)
    entries = [
        Entry(
            uid=f"lesson-{number}@1.classbook",
            title=title,
            starts=datetime.combine(TODAY, time(8)) if timed else TODAY,
            ends=datetime.combine(TODAY, time(9)) if timed else TODAY + timedelta(days=1),
            place=place,
            text=text,
            cancelled=cancelled,
            busy=not cancelled,
            version=number + 1,
            changed_at=changed,
        )
        for number, (title, place, text, timed, cancelled) in enumerate(rows)
    ]
    written = write_calendar(Timetable(name, "Asia/Barnaul", timedelta(hours=1), entries))
    assert all(len(line) <= 75 for line in written.split(b"\r\n"))
    assert b"\r" not in written.replace(b"\r\n", b"")
    assert b"\n" not in written.replace(b"\r\n", b"")
    written.decode()
    calendar = Calendar.from_ical(written)
    found = calendar.walk("VEVENT")
    assert len(found) == len(calendar.subcomponents) == len(entries)
    for field in ("name", "x-wr-calname"):  # which the library reads as they stand
        assert re.sub(r"\\(.)", lambda found: found[1].replace("n", "\n"), str(calendar[field])) == plain(name)
    for each, entry in zip(found, entries, strict=True):
        assert not each.errors
        assert (each["uid"], each.decoded("dtstart"), each.decoded("dtend")) == (entry.uid, entry.starts, entry.ends)
        assert plain(str(each["summary"])) == plain(entry.title)
        assert plain(str(each.get("location", ""))) == plain(entry.place)
        assert plain(str(each.get("description", ""))) == plain(entry.text)
        assert each["sequence"] == entry.version - 1


def plain(text: str | None) -> str:
    r"""A text without what no calendar can hold, and however its lines end: icalendar takes `\N` for an end, too."""
    ended = (text or "").replace("\r\n", "\n").replace(r"\N", "\n")
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029]", " ", ended)
