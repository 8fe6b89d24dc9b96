"""Daily digests: one a working day for each who answers for something, of the same rules as the watch on deadlines."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from resolvers.database import Snapshot, Transaction
from resolvers.report_digests import write_digests
from rules.account import Role
from rules.days import OFFICIAL, WorkingDays
from rules.report_deadlines import RULES, Deadline
from rules.report_digests import day_to_write
from server.clock import Clock
from server.demo import DEMO_NOW, Demo
from server.keeper import Keeper

from . import oracle_obligations as oracle
from .conftest import School, copied
from .journal_help import gid
from .live_help import ACCOUNT, Ended, following
from .oracle import World
from .oracle_rights import Eyes
from .test_websocket import listening

ZONE = ZoneInfo("Asia/Barnaul")
SHOWN = "id date until writtenAt readAt counts { deadline clause what overdue dueToday dueSoon }"
TODAY = f"query($on: Date) {{ me {{ digest(on: $on) {{ {SHOWN} }} }} }}"
OF_SCHOOL = "query($on: Date) { me { digest(on: $on) { schoolCounts { deadline overdue dueToday dueSoon } } } }"
STANDING = """query($on: Date, $after: String) { me { digest(on: $on) { obligations(first: 100, after: $after) {
  totalCount pageInfo { hasNextPage endCursor } nodes { deadline objectId dueOn status answerable } } } } }"""
READ = """mutation($of: ID!) { readDigest(input: {digestId: $of}) { __typename
  ... on ReadDigestPayload { digest { id readAt } } ... on Refusal { code field } } }"""
HOLDERS = ("director", "deputy", "class-teacher", "teacher", "secretary", "hr", "administrator")


def at(day: str, hour: str = "12:00") -> datetime:
    return datetime.fromisoformat(f"{day}T{hour}").replace(tzinfo=ZONE)


# The rules


def test_a_digest_is_written_on_working_days_and_days_of_lessons_from_six_on() -> None:
    days = WorkingDays(worked=frozenset({date(2026, 4, 18)}), free=frozenset({date(2026, 4, 17)}))
    for number in range(400):
        day = date(2025, 9, 1) + timedelta(days=number)
        works = day == date(2026, 4, 18) or (OFFICIAL.works(day) and day != date(2026, 4, 17))
        for hour, written in ((time(0), False), (time(5, 59), False), (time(6), True), (time(23, 59), True)):
            moment = datetime.combine(day, hour, ZONE)
            expected = day if works and written else None
            assert day_to_write(moment, "Asia/Barnaul", days, False) == expected, (day, hour)
            assert day_to_write(moment, "Asia/Barnaul", days, True) == (day if written else None), (day, hour)
    # The school's own day, wherever the server stands.
    moment = datetime(2026, 5, 19, 23, 30, tzinfo=ZoneInfo("UTC"))
    assert day_to_write(moment, "Asia/Barnaul", OFFICIAL, False) == date(2026, 5, 20)
    assert day_to_write(moment, "Europe/Kaliningrad", OFFICIAL, True) is None


# A school


@dataclass
class Desk:
    """A running school whose clock stands where it is put, with a connection to look behind the door."""

    school: School
    db: "asyncpg.Connection[Any]"
    number: int
    stop: Callable[[datetime], None]

    @property
    def database(self) -> Any:
        return self.school.app.state.database

    async def write(self, moment: datetime) -> bool:
        """What the keeper does at a moment."""
        self.stop(moment)
        return await write_digests(self.database, self.number, moment)

    async def forget(self) -> None:
        """No digest has ever been written."""
        await self.db.execute("TRUNCATE digest_day, digest, digest_count")

    async def days(self) -> list[date]:
        return [row[0] for row in await self.db.fetch("SELECT date FROM digest_day ORDER BY id")]

    async def digest(self, as_: str, query: str = TODAY, **given: Any) -> Any:
        return (await self.school.data(query, given, as_=as_))["me"]["digest"]

    async def standing(self, as_: str, on: str) -> list[Any]:
        """What of a digest still stands, all pages of it."""
        found, after = [], None
        while True:
            page = (await self.digest(as_, STANDING, on=on, after=after))["obligations"]
            found += page["nodes"]
            if not page["pageInfo"]["hasNextPage"]:
                assert page["totalCount"] == len(found)
                return found
            after = page["pageInfo"]["endCursor"]

    async def kept(self) -> dict[tuple[date, int, str, str], tuple[int, int, int]]:
        """All counts there are: by day, account, part and deadline."""
        rows = await self.db.fetch(
            "SELECT date, account_id, part, deadline, overdue, due_today, due_soon FROM digest_count AS c "
            "JOIN digest AS d ON d.id = c.digest_id JOIN digest_day AS day ON day.id = d.day_id"
        )
        return {tuple(row)[:4]: tuple(row)[4:] for row in rows}


@pytest.fixture(scope="module")
async def opened(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[School]:
    async for school in copied(cluster, demo_template):
        yield school


@pytest.fixture
async def desk(opened: School, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    def stop(moment: datetime) -> None:
        monkeypatch.setattr(Clock, "now", lambda clock: moment)

    connection = await asyncpg.connect(opened.url)
    try:
        stop(DEMO_NOW)
        desk = Desk(opened, connection, await connection.fetchval("SELECT school_id FROM school"), stop)
        yield desk
        await desk.forget()
    finally:
        await connection.close()


MOMENTS = (
    *("2025-09-16T06:00", "2025-12-30T12:00", "2026-01-12T08:00", "2026-05-08T23:00", "2026-05-20T06:00"),
    "2026-05-23T06:00",
)
"""Working days, and a Saturday of lessons: after holidays and before them, on both sides of terms."""


def expected(world: World, school: int, now: datetime, until: date) -> dict[tuple[date, int, str, str], Any]:
    """What the digests of a moment must count, in plain Python."""
    found: dict[tuple[date, int, str, str], Counter[str]] = {}
    today, tomorrow = now.date(), datetime.combine(now.date() + timedelta(days=1), time(0), ZONE)
    rows = [
        row
        for row in oracle.School(world, school, now).all()
        if row["done_at"] is None and not row["closed"] and row["due_on"] <= until and row["opens_at"] < tomorrow
    ]
    for account in world.of("account", school):
        if account["locked_at"] is not None:
            continue
        eyes = Eyes(world, account["id"])
        for row in rows:
            name = "overdue" if row["due_at"] <= now else "due_today" if row["due_on"] <= today else "due_soon"
            answers = any(oracle.own(eyes, role, row) for role in eyes.held)
            for part, told in (("own", answers), ("school", bool(eyes.held & {Role.DIRECTOR, Role.DEPUTY}))):
                if told:
                    key = (today, account["id"], part, row["deadline"])
                    found.setdefault(key, Counter())[name] += 1
    names = ("overdue", "due_today", "due_soon")
    return {key: tuple(counts[name] for name in names) for key, counts in found.items()}


async def test_they_count_what_the_watch_sees(desk: Desk) -> None:
    """For everybody, at many moments: to whom, of what, how many overdue, due that day and soon."""
    tables = (await World.load(desk.db, DEMO_NOW.date())).tables
    told = Counter[str]()
    for moment in map(datetime.fromisoformat, MOMENTS):
        now = moment.replace(tzinfo=ZONE)
        assert await desk.write(now), moment
        day = await desk.db.fetchrow("SELECT * FROM digest_day ORDER BY id DESC LIMIT 1")
        assert (day["date"], day["written_at"]) == (now.date(), now)
        assert day["until"] == OFFICIAL.after(now.date(), 3)
        found = {key: counts for key, counts in (await desk.kept()).items() if key[0] == now.date()}
        right = expected(World(now.date(), tables), desk.number, now, day["until"])
        assert found == right, (moment, [(key, found.get(key), right.get(key)) for key in {*found, *right}][:5])
        for (_, _, part, _), counts in right.items():
            told.update(f"{part}{place}" for place, number in enumerate(counts) if number)
    assert set(told) == {f"{part}{place}" for part in ("own", "school") for place in range(3)}
    # Whoever had nothing to hear of has no digest at all.
    empty = await desk.db.fetch(
        "SELECT DISTINCT staff.id FROM digest JOIN account ON account.id = account_id JOIN staff USING (person_id)"
        " WHERE digest.id NOT IN (SELECT digest_id FROM digest_count)"
    )
    waiting = await desk.db.fetch(
        "SELECT DISTINCT staff_id FROM remark WHERE closed_at IS NULL AND withdrawn_at IS NULL"
    )
    assert {row[0] for row in empty} <= {row[0] for row in waiting}


async def test_days_off_have_none_and_transferred_days_do(desk: Desk) -> None:
    assert not await desk.write(at("2026-06-06"))  # a Saturday of the summer
    assert not await desk.write(at("2026-05-17"))  # a Sunday
    assert not await desk.write(at("2026-05-11"))  # a day off in a holiday's place
    assert not await desk.write(at("2026-01-05"))
    assert not await desk.write(at("2026-05-20", "05:59"))
    assert await desk.write(at("2025-11-01"))  # an official working Saturday
    year = await desk.db.fetchval("SELECT id FROM academic_year WHERE starts_on = '2025-09-01'")
    await desk.db.execute(
        "INSERT INTO day_transfer (school_id, year_id, from_date, to_date, weekday, recorded_at, changed_at)"
        " VALUES ($1, $2, '2026-06-19', '2026-06-20', 5, $3, $3)",
        *(desk.number, year, DEMO_NOW),
    )
    try:
        assert not await desk.write(at("2026-06-19"))
        assert await desk.write(at("2026-06-18"))
        until = await desk.db.fetchval("SELECT until FROM digest_day WHERE date = '2026-06-18'")
        assert until == date(2026, 6, 23)  # 20, 22, 23
        assert await desk.write(at("2026-06-20"))
    finally:
        await desk.db.execute("DELETE FROM day_transfer WHERE from_date = '2026-06-19'")


async def test_a_saturday_of_lessons_is_told_on_that_day(desk: Desk) -> None:
    """A day off by the official calendar, with lessons whose records are due by its end (7.4)."""
    lessons = await desk.db.fetchval(
        "SELECT count(*) FROM lesson JOIN staff ON staff.id = coalesce(substitute_id, teacher_id)"
        " JOIN account USING (person_id) WHERE login = 'teacher' AND date = '2026-05-23'"
        " AND lesson.state <> 'cancelled'"
    )
    assert lessons
    assert await desk.write(at("2026-05-22", "06:00"))
    assert not await desk.write(at("2026-05-23", "05:59"))
    assert await desk.write(at("2026-05-23", "06:00"))
    (today,) = [each for each in (await desk.digest("teacher"))["counts"] if each["deadline"] == "LESSON_RECORDS"]
    assert today["dueToday"] == lessons
    await desk.db.execute("UPDATE lesson SET state = 'cancelled' WHERE date = '2026-05-23' AND state = 'planned'")
    try:
        await desk.forget()
        assert not await desk.write(at("2026-05-23", "07:00")), "nobody has lessons"
    finally:
        await desk.db.execute("UPDATE lesson SET state = 'planned' WHERE date = '2026-05-23' AND state = 'cancelled'")


async def test_once_a_day_whoever_writes(desk: Desk) -> None:
    done = await asyncio.gather(*(desk.write(at("2026-05-20", f"0{hour}:00")) for hour in (6, 7, 8, 9)))
    assert sorted(done) == [False, False, False, True]
    before = await desk.kept()
    assert not await desk.write(at("2026-05-20", "18:00"))
    assert await desk.kept() == before != {}


async def test_what_was_broken_off_is_written_anew(desk: Desk) -> None:
    other = await asyncpg.connect(desk.school.url)
    try:
        async with other.transaction():
            await other.execute("LOCK TABLE digest_count IN ACCESS EXCLUSIVE MODE")
            writing = asyncio.create_task(desk.write(at("2026-05-20")))
            broken = False
            while not broken:
                await asyncio.sleep(0.02)
                broken = await desk.db.fetchval(
                    "SELECT bool_or(pg_terminate_backend(pid)) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
                )
            with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)):
                await writing
        assert await desk.days() == []
        assert await desk.db.fetchval("SELECT count(*) FROM digest") == 0
    finally:
        await other.close()
    assert await desk.write(at("2026-05-20"))
    assert await desk.kept() != {}


async def test_after_an_outage_the_day_is_told_and_no_old_one_again(desk: Desk) -> None:
    assert await desk.write(at("2026-05-13"))
    before = await desk.kept()
    assert await desk.write(at("2026-05-19", "17:00"))  # nobody wrote for three days, and then late
    after = await desk.kept()
    assert await desk.days() == [date(2026, 5, 13), date(2026, 5, 19)]
    assert {key: value for key, value in after.items() if key in before} == before
    assert not await desk.write(at("2026-05-19", "18:00"))


async def test_the_keeper_writes_them_for_every_school(desk: Desk) -> None:
    desk.stop(at("2026-05-20", "06:00"))
    keeper = Keeper(desk.database, Clock())
    await keeper.digest()
    await keeper.digest()
    schools = await desk.db.fetchval("SELECT count(*) FROM school")
    assert await desk.days() == [date(2026, 5, 20)] * schools


async def test_whoever_is_gone_hears_nothing(desk: Desk) -> None:
    of = "SELECT count(*) FROM digest JOIN account ON account.id = account_id WHERE login = ANY($1)"
    role = "UPDATE account_role SET ends_on = {} FROM account WHERE account.id = account_id AND login = 'teacher'"
    gone = ["deputy", "teacher", "class-teacher"]
    assert await desk.write(at("2026-05-18"))
    assert await desk.db.fetchval(of, gone) == 3
    await desk.db.execute("UPDATE account SET locked_at = now() WHERE login = 'deputy'")
    await desk.db.execute(role.format("date '2026-05-18'"))
    await desk.db.execute(
        "UPDATE staff SET dismissed_on = '2026-05-18' FROM account"
        " WHERE account.person_id = staff.person_id AND login = 'class-teacher'"
    )
    try:
        assert await desk.write(at("2026-05-19"))
        assert await desk.db.fetchval(of, gone) == 3
        assert await desk.db.fetchval(of, ["director"]) == 2
    finally:
        await desk.db.execute("UPDATE account SET locked_at = NULL WHERE login = 'deputy'")
        await desk.db.execute(role.format("NULL"))
        await desk.db.execute(
            "UPDATE staff SET dismissed_on = NULL FROM account"
            " WHERE account.person_id = staff.person_id AND login = 'class-teacher'"
        )


WAITING = "{ me { digests(first: 1) { nodes { date remarks(first: 9) { totalCount nodes { text state } } } } } }"


async def test_remarks_that_wait_are_told(desk: Desk) -> None:
    """Also to whom nothing is due: until the remark is closed. To nobody else."""
    teachers = "SELECT staff.id, login FROM staff JOIN account USING (school_id, person_id) WHERE login = ANY($1)"
    (_, one), (staff, login) = await desk.db.fetch(f"{teachers} ORDER BY login", ["class-teacher", "teacher"])
    year = await desk.db.fetchval("SELECT id FROM academic_year WHERE starts_on = '2025-09-01'")
    number = await desk.db.fetchval(
        "INSERT INTO remark (school_id, staff_id, year_id, clause, text, made_at, made_by, changed_at)"
        " SELECT $1, $2, $3, '7.4', 'Тема неразборчива', $4, min(id), $4 FROM account RETURNING id",
        *(desk.number, staff, year, at("2026-05-19")),
    )
    try:
        assert await desk.write(at("2026-05-20", "06:00"))
        told = (await desk.school.data(WAITING, as_=login))["me"]["digests"]["nodes"][0]["remarks"]
        open_ = "SELECT count(*) FROM remark WHERE staff_id = $1 AND closed_at IS NULL AND withdrawn_at IS NULL"
        assert told["totalCount"] == len(told["nodes"]) == await desk.db.fetchval(open_, staff)
        assert {"text": "Тема неразборчива", "state": "OPEN"} in told["nodes"]
        for each in (await desk.school.data(WAITING, as_=one))["me"]["digests"]["nodes"]:
            assert "Тема неразборчива" not in [remark["text"] for remark in each["remarks"]["nodes"]]
        assert "errors" in await desk.school.ask(WAITING, as_="secretary")
        await desk.db.execute("UPDATE remark SET answered_at = now(), answer = 'Исправлю' WHERE id = $1", number)
        told = (await desk.school.data(WAITING, as_=login))["me"]["digests"]["nodes"][0]["remarks"]
        assert {"text": "Тема неразборчива", "state": "ANSWERED"} in told["nodes"]
        await desk.forget()
        # Before the year nothing is due to a teacher: who is told anything is told of the remark.
        await desk.write(at("2025-09-01", "06:00"))
        only = "SELECT account.login FROM digest JOIN account ON account.id = account_id"
        only += " WHERE digest.id NOT IN (SELECT digest_id FROM digest_count WHERE part = 'own')"
        assert login in [row[0] for row in await desk.db.fetch(only)]
        await desk.db.execute("UPDATE remark SET closed_at = now(), closed_by = made_by WHERE staff_id = $1", staff)
        await desk.forget()
        await desk.write(at("2025-09-01", "06:00"))
        assert login not in [row[0] for row in await desk.db.fetch(only)]
    finally:
        await desk.db.execute("DELETE FROM remark WHERE id = $1", number)


async def test_they_are_kept_for_a_year(desk: Desk) -> None:
    assert await desk.write(at("2025-05-15"))
    assert await desk.write(at("2025-05-20"))
    assert await desk.write(at("2026-05-19"))
    assert await desk.days() == [date(2025, 5, 20), date(2026, 5, 19)]
    left = "SELECT count(*) FROM digest WHERE day_id NOT IN (SELECT id FROM digest_day WHERE date >= '2025-05-20')"
    assert await desk.db.fetchval(left) == 0


# What people see


async def test_everybody_reads_their_own(desk: Desk) -> None:
    assert await desk.write(at("2026-05-20", "06:00"))
    kept = await desk.kept()
    accounts = dict(await desk.db.fetch("SELECT login, id FROM account WHERE login = ANY($1)", list(HOLDERS)))
    heard = {}
    for login in HOLDERS:
        digest = heard[login] = await desk.digest(login)
        own = {
            deadline: counts
            for (_, account, part, deadline), counts in kept.items()
            if (account, part) == (accounts[login], "own")
        }
        if not own and login != "director":
            assert digest is None, login
            continue
        assert (digest["date"], digest["until"], digest["readAt"]) == ("2026-05-20", "2026-05-25", None)
        shown = {
            each["deadline"].lower(): (each["overdue"], each["dueToday"], each["dueSoon"]) for each in digest["counts"]
        }
        assert shown == own, login
        order = [Deadline(each["deadline"].lower()) for each in digest["counts"]]
        assert order == sorted(order, key=list(Deadline).index)
        for each, deadline in zip(digest["counts"], order, strict=True):
            assert (each["clause"], each["what"]) == (RULES[deadline].clause, RULES[deadline].what)
        page = (await desk.school.data("{ me { digests(first: 5) { totalCount nodes { id } } } }", as_=login))["me"]
        assert page["digests"] == {"totalCount": 1, "nodes": [{"id": digest["id"]}]}
    assert sum(each is not None for each in heard.values()) >= 4
    # By no path anybody else's.
    for login in (*HOLDERS, "student", "parent", "analyst"):
        ids = {whose: digest["id"] for whose, digest in heard.items() if digest}
        asked = " ".join(f'n{n}: node(id: "{each}") {{ id }}' for n, each in enumerate(ids.values()))
        answer = await desk.school.data(f"{{ {asked} }}", as_=login)
        assert [each is not None for each in answer.values()] == [whose == login for whose in ids], login
        if login in HOLDERS:
            stranger = next(each for whose, each in ids.items() if whose != login)
            refused = (await desk.school.data(READ, {"of": stranger}, as_=login))["readDigest"]
            assert (refused["code"], refused["field"]) == ("NOT_FOUND", "digestId")
    for login in ("student", "parent", "analyst"):
        for query in (TODAY, "{ me { digests(first: 1) { totalCount } } }"):
            assert "errors" in await desk.school.ask(query, as_=login)
        assert "errors" in await desk.school.ask(READ, {"of": gid("Digest", 1)}, as_=login)
    assert await desk.db.fetchval("SELECT count(*) FROM digest WHERE read_at IS NOT NULL") == 0


async def test_the_school_is_for_the_director_and_the_deputies(desk: Desk) -> None:
    assert await desk.write(at("2026-05-20", "06:00"))
    summaries = [(await desk.digest(login, OF_SCHOOL))["schoolCounts"] for login in ("director", "deputy")]
    assert summaries[0] == summaries[1]
    kept = await desk.kept()
    account = await desk.db.fetchval("SELECT id FROM account WHERE login = 'director'")
    assert {
        each["deadline"].lower(): (each["overdue"], each["dueToday"], each["dueSoon"]) for each in summaries[0]
    } == {key[3]: counts for key, counts in kept.items() if key[1:3] == (account, "school")}
    for login in ("class-teacher", "secretary", "hr", "administrator"):
        assert "errors" in await desk.school.ask(OF_SCHOOL, as_=login), login
    # A deputy who is none any more keeps the digest, and not what it says of the school.
    whose = "FROM account WHERE account.id = account_id AND login = 'deputy'"
    of = f"UPDATE account_role SET role = $1 {whose} AND role = $2"
    await desk.db.execute(of, "secretary", "deputy")
    try:
        assert (await desk.digest("deputy"))["counts"]
        assert "errors" in await desk.school.ask(OF_SCHOOL, as_="deputy")
    finally:
        await desk.db.execute(of, "deputy", "secretary")


async def test_what_is_mended_stands_no_more(desk: Desk) -> None:
    """The counts stay as they were; the obligations are those that stand now, with the rights of today."""
    now = at("2026-05-20", "19:00")
    assert await desk.write(now)
    query = """query($after: String) { me { obligations(first: 100, after: $after, until: "2026-05-25") {
      pageInfo { hasNextPage endCursor } nodes { deadline objectId dueOn status answerable } } } }"""
    for login in ("class-teacher", "deputy"):
        digest = await desk.digest(login)
        standing = await desk.standing(login, "2026-05-20")
        mine: list[Any] = []
        after, more = None, True
        while more:
            page = (await desk.school.data(query, {"after": after}, as_=login))["me"]["obligations"]
            mine, more, after = mine + page["nodes"], page["pageInfo"]["hasNextPage"], page["pageInfo"]["endCursor"]
        assert standing == [each for each in mine if each["status"] in ("DUE", "OVERDUE")], login
        counted = {each["deadline"]: each["overdue"] + each["dueToday"] + each["dueSoon"] for each in digest["counts"]}
        assert Counter(each["deadline"] for each in standing) == counted, login
    before = await desk.digest("class-teacher")
    standing = await desk.standing("class-teacher", "2026-05-20")
    lesson = next(each["objectId"] for each in standing if each["deadline"] == "HOMEWORK")
    given = {"lessonId": lesson, "text": "§ 12"}
    answer = await desk.school.data(
        "mutation($of: AssignHomeworkInput!) { assignHomework(input: $of) { __typename } }",
        {"of": given},
        as_="class-teacher",
    )
    assert answer == {"assignHomework": {"__typename": "AssignHomeworkPayload"}}
    mended = await desk.standing("class-teacher", "2026-05-20")
    assert [each for each in standing if each not in mended] == [
        each for each in standing if (each["deadline"], each["objectId"]) == ("HOMEWORK", lesson)
    ]
    assert await desk.digest("class-teacher") == before


async def test_read_once(desk: Desk) -> None:
    assert await desk.write(at("2026-05-19"))
    assert await desk.write(at("2026-05-20"))
    unread = "{ me { digests(first: 9, read: false) { totalCount nodes { id date } } } }"
    pages = (await desk.school.data(unread, as_="class-teacher"))["me"]["digests"]
    assert [each["date"] for each in pages["nodes"]] == ["2026-05-20", "2026-05-19"]  # the newest first
    of = pages["nodes"][0]["id"]
    first = (await desk.school.data(READ, {"of": of}, as_="class-teacher"))["readDigest"]["digest"]
    assert datetime.fromisoformat(first["readAt"]) == at("2026-05-20")
    desk.stop(at("2026-05-20", "15:00"))
    again = (await desk.school.data(READ, {"of": of}, as_="class-teacher"))["readDigest"]["digest"]
    assert again == first
    left = (await desk.school.data(unread, as_="class-teacher"))["me"]["digests"]["nodes"]
    assert [each["date"] for each in left] == ["2026-05-19"]
    refused = (await desk.school.data(READ, {"of": gid("Lesson", 1)}, as_="class-teacher"))["readDigest"]
    assert (refused["code"], refused["field"]) == ("BAD_ID", "digestId")


async def test_one_hears_that_it_has_come_and_that_it_was_read(desk: Desk, tmp_path: Path) -> None:
    tokens = [await desk.school.token(login) for login in ("class-teacher", "secretary")]
    async with (
        listening(desk.school, tmp_path) as address,
        following(address, tokens[0], ACCOUNT, {}) as heard,
        following(address, tokens[1], ACCOUNT, {}) as stranger,
    ):
        assert await heard.next() == await stranger.next() == []
        assert await desk.write(at("2026-05-20"))
        (told,) = await heard.next()
        digest = await desk.digest("class-teacher")
        assert (told["kind"], told["startsOn"], told["reportSet"]) == ("DIGEST", "2026-05-20", None)
        assert told["digest"]["id"] == digest["id"]
        assert [each["deadline"] for each in told["digest"]["counts"]] == [
            each["deadline"] for each in digest["counts"]
        ]
        await desk.school.data(READ, {"of": digest["id"]}, as_="class-teacher")
        (told,) = await heard.next()
        assert datetime.fromisoformat(told["digest"]["readAt"]) == at("2026-05-20")
        await desk.school.data(READ, {"of": digest["id"]}, as_="class-teacher")
        assert await heard.all() == await stranger.all() == []
        async with following(address, await desk.school.token("parent"), ACCOUNT, {}) as refused:
            with pytest.raises(Ended, match="BAD_REQUEST"):
                await refused.next()


async def test_what_it_costs(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """One statement writes a whole school's digests, whatever its size; a long page costs as many as a short one."""
    told: list[str] = []
    for name in ("fetch", "execute"):
        real = getattr(Transaction, name)

        async def counted(self: Transaction, executable: Any, real: Any = real, **parameters: Any) -> Any:
            told.append(str(executable)[:40])
            return await real(self, executable, **parameters)

        monkeypatch.setattr(Transaction, name, counted)
    assert await desk.write(at("2026-05-19"))
    assert len(told) == 5, told
    told.clear()
    assert not await desk.write(at("2026-05-19", "13:00"))
    assert len(told) == 2, told
    assert await desk.write(at("2026-05-20"))
    costs: list[int] = []
    close = Snapshot.close

    async def closed(self: Snapshot) -> None:
        costs.append(self.statements)
        await close(self)

    monkeypatch.setattr(Snapshot, "close", closed)
    page = """{ me { digests(first: %d) { totalCount nodes { date counts { deadline } schoolCounts { deadline }
      obligations(first: %d) { totalCount nodes { what staff { name } } } } } } }"""

    async def cost(digests: int, obligations: int) -> int:
        costs.clear()
        await desk.school.data(page % (digests, obligations), as_="deputy")
        return max(costs)

    assert await cost(1, 1) == await cost(100, 20) <= 9
