"""Announcements: who makes them to whom, who reads them on which days, and who sees who has (1.7)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from server.demo import DEMO_TODAY, Demo

from .account_help import KEPT as KEPT_OF_ACCOUNTS
from .account_help import Office, mutation
from .conftest import copied
from .contents import digests
from .journal_help import gid, number_of

_SHOWN = (
    "announcement { id title text readers wholeSchool grades pinned startsOn endsOn version readAt withdrawnAt "
    "withdrawalReason attachments { url } }"
)
PAYLOADS = dict.fromkeys(
    ("publishAnnouncement", "updateAnnouncement", "withdrawAnnouncement", "readAnnouncement"), _SHOWN
)
TABLES = ("announcement", "announcement_target", "announcement_attachment", "announcement_receipt")
BOARD = "{ school { announcements(first: 100) { nodes { id title text readAt } } } }"
AUDIENCE = """query($id: ID!, $read: Boolean) { node(id: $id) { ... on Announcement {
  audience(first: 100, read: $read) { totalCount nodes { name readAt } } } } }"""
EVERYBODY = {"readers": ["STAFF", "STUDENTS", "PARENTS"], "wholeSchool": True}


@dataclass
class Board(Office):
    """The office, with announcements."""

    async def run(
        self, name: str, given: dict[str, Any], as_: str | None = None, *, token: str | None = None
    ) -> dict[str, Any]:
        token = token or (await self.school.token(as_) if as_ else None)
        answer = await self.ask(mutation(name, PAYLOADS[name]), {"input": given}, token)
        assert "errors" not in answer, answer["errors"]
        result: dict[str, Any] = answer["data"][name]
        return result

    async def digest(self) -> dict[str, Any]:
        return await digests(self.db, (*KEPT_OF_ACCOUNTS, *TABLES))

    async def publish(self, as_: str, audience: dict[str, Any], **more: Any) -> dict[str, Any]:
        """A new announcement."""
        given = {"title": "Субботник", "text": "Приходите с лопатами.", "audience": audience, **more}
        made: dict[str, Any] = (await self.done("publishAnnouncement", given, as_))["announcement"]
        return made

    async def seen(self, login: str) -> set[str]:
        """The numbers of what somebody finds on the board."""
        found = (await self.school.data(BOARD, as_=login))["school"]["announcements"]["nodes"]
        return {each["id"] for each in found}

    async def readers(self, of: str, *logins: str) -> set[str]:
        """Those of the logins that find it."""
        return {login for login in logins if of in await self.seen(login)}

    async def led(self) -> str:
        """The class of the class teacher, which is the student's."""
        query = "{ me { ledClasses { id } } }"
        (found,) = (await self.school.data(query, as_="class-teacher"))["me"]["ledClasses"]
        return str(found["id"])


@asynccontextmanager
async def opened(cluster: str, template: tuple[str, Demo]) -> AsyncIterator[Board]:
    """A school to announce in."""
    async for school in copied(cluster, template):
        db = await asyncpg.connect(school.url)
        try:
            yield Board(school, db)
        finally:
            await db.close()


@pytest.fixture(scope="module")
async def board(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Board]:
    """A school for this module."""
    async with opened(cluster, demo_template) as board:
        yield board


PEOPLE = ("director", "deputy", "secretary", "hr", "administrator", "teacher", "class-teacher", "student", "parent")


async def test_an_announcement_reaches_whom_it_is_for(board: Board) -> None:
    control = {"director", "deputy"}
    everybody = await board.publish("deputy", EVERYBODY)
    assert await board.readers(everybody["id"], *PEOPLE) == {*PEOPLE}
    staff = await board.publish("director", {"readers": ["STAFF"], "wholeSchool": True})
    assert await board.readers(staff["id"], *PEOPLE) == {*PEOPLE} - {"student", "parent"}
    led = {"classIds": [await board.led()]}
    parents = await board.publish("class-teacher", {"readers": ["PARENTS"], **led})
    assert await board.readers(parents["id"], *PEOPLE) == control | {"class-teacher", "parent"}
    students = await board.publish("class-teacher", {"readers": ["STUDENTS"], **led})
    assert await board.readers(students["id"], *PEOPLE) == control | {"class-teacher", "student"}
    grade = await board.db.fetchval("SELECT grade FROM school_class WHERE id = $1", number_of(led["classIds"][0]))
    graded = await board.publish("secretary", {"readers": ["STUDENTS", "PARENTS"], "grades": [grade]})
    assert await board.readers(graded["id"], *PEOPLE) == control | {"secretary", "student", "parent"}
    for login in ("analyst", "service"):
        answer = await board.school.ask(BOARD, as_=login)
        assert answer["errors"][0]["message"].startswith("Cannot query field 'announcements'")


async def test_nobody_else_comes_to_it_by_any_path(board: Board) -> None:
    made = await board.publish("class-teacher", {"readers": ["PARENTS"], "classIds": [await board.led()]})
    query = """query($of: [_Any!]!, $id: ID!) { _entities(representations: $of) { __typename }
      node(id: $id) { __typename } }"""
    of = [{"__typename": "Announcement", "id": made["id"]}]
    for login in ("student", "parent-of-two", "secretary", "hr", "analyst", "service"):
        found = await board.school.data(query, {"of": of, "id": made["id"]}, as_=login)
        assert found == {"_entities": [None], "node": None}, login
    for login in ("student", "parent-of-two"):
        assert (await board.refused("readAnnouncement", {"announcementId": made["id"]}, login))[:2] == (
            *("NOT_FOUND", "announcementId"),
        )


async def test_a_teacher_announces_to_their_own(board: Board) -> None:
    given = {"title": "Всем", "text": "Внимание!"}
    for audience, expected in (
        (EVERYBODY, ("FORBIDDEN", "audience.wholeSchool")),
        ({"readers": ["PARENTS"], "grades": [5]}, ("FORBIDDEN", "audience.grades")),
    ):
        assert (await board.refused("publishAnnouncement", {**given, "audience": audience}, "teacher"))[:2] == expected
    led = await board.led()
    foreign = {"readers": ["PARENTS"], "classIds": [led]}
    assert (await board.refused("publishAnnouncement", {**given, "audience": foreign}, "teacher"))[:2] == (
        *("NOT_FOUND", "audience.classIds.0"),
    )
    query = "{ me { assignments { group { id } } } }"
    taught = (await board.school.data(query, as_="teacher"))["me"]["assignments"][0]["group"]["id"]
    made = await board.publish("teacher", {"readers": ["STUDENTS", "STAFF"], "groupIds": [taught]})
    assert made["id"] in await board.seen("teacher")
    other = await board.db.fetchval("SELECT min(id) FROM study_group WHERE class_id = $1", number_of(led))
    own_groups = {each["group"]["id"] for each in (await board.school.data(query, as_="teacher"))["me"]["assignments"]}
    if gid("StudyGroup", other) not in own_groups:
        given["audience"] = {"readers": ["STUDENTS"], "groupIds": [gid("StudyGroup", other)]}  # type: ignore[assignment]
        assert (await board.refused("publishAnnouncement", given, "teacher"))[:2] == (
            *("NOT_FOUND", "audience.groupIds.0"),
        )


async def test_families_and_machines_announce_nothing(board: Board) -> None:
    for login in ("student", "parent", "hr", "administrator", "analyst", "service"):
        token = await board.school.token(login)
        answer = await board.ask(mutation("publishAnnouncement", "__typename"), {"input": {}}, token)
        assert "errors" in answer, login


async def test_its_days(board: Board) -> None:
    tomorrow = str(DEMO_TODAY + timedelta(days=1))
    to_come = await board.publish("deputy", EVERYBODY, startsOn=tomorrow)
    assert await board.readers(to_come["id"], *PEOPLE) == {"director", "deputy"}
    over = await board.publish("deputy", EVERYBODY, endsOn=str(DEMO_TODAY))
    assert await board.readers(over["id"], "parent", "hr") == {"parent", "hr"}
    await board.db.execute(
        "UPDATE announcement SET starts_on = starts_on - 2, ends_on = ends_on - 1 WHERE id = $1", number_of(over["id"])
    )
    assert await board.readers(over["id"], "parent", "hr", "deputy") == {"deputy"}


async def test_who_has_read_it(board: Board) -> None:
    """Its author, the director and the deputy see who has, and who has not; a repeat keeps the first moment."""
    made = await board.publish("class-teacher", {"readers": ["PARENTS"], "classIds": [await board.led()]})
    assert made["readAt"] is None
    read = (await board.done("readAnnouncement", {"announcementId": made["id"]}, "parent"))["announcement"]
    assert read["readAt"]
    assert (await board.done("readAnnouncement", {"announcementId": made["id"]}, "parent"))["announcement"] == read
    for login in ("class-teacher", "deputy", "director"):
        pages = [
            (await board.school.data(AUDIENCE, {"id": made["id"], "read": each}, as_=login))["node"]["audience"]
            for each in (True, False, None)
        ]
        assert [page["totalCount"] for page in pages[:2]] == [1, pages[2]["totalCount"] - 1]
        assert pages[0]["nodes"][0]["readAt"] == read["readAt"]
        assert pages[1]["totalCount"] > 3
    answer = await board.school.ask(AUDIENCE, {"id": made["id"]}, as_="parent")
    assert answer["errors"][0]["message"].startswith("Cannot query field 'audience'")
    staff = await board.publish("deputy", EVERYBODY)
    found = (await board.school.data(AUDIENCE, {"id": staff["id"]}, as_="hr"))["node"]["audience"]
    assert found["totalCount"] == 0, "a reader who is not its author sees no list"


async def test_it_is_changed_and_withdrawn(board: Board) -> None:
    made = await board.publish("secretary", EVERYBODY)
    stale = {"announcementId": made["id"], "text": "Приходите.", "ifVersion": 9}
    assert (await board.refused("updateAnnouncement", stale, "secretary"))[0] == "CONFLICT"
    given = {"announcementId": made["id"], "text": "Приходите с граблями.", "pinned": True}
    changed = (await board.done("updateAnnouncement", given, "secretary"))["announcement"]
    assert (changed["text"], changed["title"], changed["version"]) == (given["text"], made["title"], 2)
    narrowed = {"announcementId": made["id"], "audience": {"readers": ["STAFF"], "wholeSchool": True}}
    await board.done("updateAnnouncement", narrowed, "deputy")
    assert await board.readers(made["id"], "parent", "hr") == {"hr"}
    for login in ("teacher", "class-teacher"):
        assert (await board.refused("updateAnnouncement", given, login))[:2] == ("NOT_FOUND", "announcementId")
    gone = {"announcementId": made["id"], "reason": "Перенесён"}
    assert (await board.refused("withdrawAnnouncement", {**gone, "reason": " "}, "secretary"))[1] == "reason"
    done = (await board.done("withdrawAnnouncement", gone, "secretary"))["announcement"]
    assert done["withdrawalReason"] == "Перенесён"
    assert await board.readers(made["id"], "hr", "secretary", "deputy") == {"secretary", "deputy"}
    for name, more in (("updateAnnouncement", given), ("withdrawAnnouncement", gone)):
        assert (await board.refused(name, more, "secretary"))[:2] == ("WITHDRAWN", "announcementId")
    rows = await board.db.fetch(
        "SELECT row ->> 'text' AS text FROM history WHERE relation = 'announcement' AND row_id = $1 ORDER BY version",
        number_of(made["id"]),
    )
    assert [each["text"] for each in rows] == ["Приходите с лопатами.", *["Приходите с граблями."] * 2]


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"title": " "}, "BAD_INPUT", "title"),
        ({"text": ""}, "BAD_INPUT", "text"),
        ({"audience": {"readers": []}}, "BAD_INPUT", "audience.readers"),
        ({"audience": {"readers": ["STAFF"]}}, "BAD_INPUT", "audience.wholeSchool"),
        ({"audience": {**EVERYBODY, "grades": [5]}}, "BAD_INPUT", "audience.wholeSchool"),
        ({"audience": {"readers": ["STAFF"], "grades": [12]}}, "BAD_INPUT", "audience.grades.0"),
        (
            {"audience": {"readers": ["STAFF"], "classIds": [gid("SchoolClass", 10**9)]}},
            *("NOT_FOUND", "audience.classIds.0"),
        ),
        ({"audience": {"readers": ["STAFF"], "classIds": ["?"]}}, "BAD_ID", "audience.classIds.0"),
        ({"startsOn": "2026-05-21", "endsOn": "2026-05-20"}, "BAD_INPUT", "endsOn"),
        ({"startsOn": "2026-05-01", "endsOn": "2026-05-19"}, "BAD_INPUT", "endsOn"),
        ({"fileIds": [gid("File", 10**9)]}, "NOT_FOUND", "fileIds.0"),
    ],
)
async def test_bad_input(board: Board, given: dict[str, Any], code: str, field: str) -> None:
    whole = {"title": "Субботник", "text": "Приходите.", "audience": EVERYBODY, **given}
    assert (await board.refused("publishAnnouncement", whole, "deputy"))[:2] == (code, field)


async def test_a_repeat_does_no_harm(board: Board) -> None:
    once = await board.publish("deputy", EVERYBODY, idempotencyKey="субботник")
    assert (await board.publish("deputy", EVERYBODY, idempotencyKey="субботник"))["id"] == once["id"]


async def test_a_file_goes_with_it(board: Board) -> None:
    client = board.school.client
    deputy, student, other = [
        {"authorization": f"Bearer {await board.school.token(login)}"} for login in ("deputy", "student", "hr")
    ]
    pdf = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n"
    file = (await client.post("/files?name=plan.pdf", content=pdf, headers=deputy)).json()["id"]
    made = await board.publish("deputy", {"readers": ["STUDENTS"], "wholeSchool": True}, fileIds=[file])
    (attachment,) = made["attachments"]
    for headers, status in ((deputy, 200), (student, 200), (other, 404)):
        assert (await client.get(attachment["url"], headers=headers)).status_code == status


async def test_who_has_left_reads_it_no_more(cluster: str, demo_template: tuple[str, Demo]) -> None:
    async with opened(cluster, demo_template) as board:
        made = await board.publish("class-teacher", {"readers": ["PARENTS"], "classIds": [await board.led()]})
        assert await board.readers(made["id"], "parent") == {"parent"}
        await board.db.execute(
            "UPDATE guardianship SET ends_on = '2026-05-19' WHERE guardian_id IN (SELECT guardian.id FROM guardian"
            " JOIN account USING (school_id, person_id) WHERE login = 'parent')"
        )
        answer = await board.school.ask(BOARD, as_="parent")
        assert answer["errors"][0]["message"].startswith("Cannot query field 'school'"), (
            "whoever is nobody's guardian has no roles"
        )
