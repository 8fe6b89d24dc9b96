"""A diary's feed: what changed, for whom, in order, and nothing left out however commands overlap."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from random import Random
from typing import Any

import asyncpg
import pytest

from server.demo import Demo

from .finals_help import JUNE
from .finals_help import opened as with_finals
from .journal_help import Journal, gid, opened
from .test_edges import cursor

FEED = """query($student: ID!, $first: Int!, $after: String) { student(id: $student) {
  feed(first: $first, after: $after) { pageInfo { hasNextPage endCursor } nodes {
    kind lessonDate mark { id value version } attendance { letters } homework { text } } } } }"""


@pytest.fixture
async def journal(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Journal]:
    async with opened(cluster, demo_template) as found:
        yield found


async def page(journal: Journal, student: str, after: str | None, login: str = "deputy", first: int = 100) -> Any:
    given = {"student": student, "first": first, "after": after}
    return (await journal.school.data(FEED, given, as_=login))["student"]["feed"]


async def settled(journal: Journal) -> None:
    """Until no transaction is under way that began before: others share the server."""
    now = await journal.db.fetchval("SELECT pg_current_xact_id()::text::bigint")
    async with asyncio.timeout(20):
        while await journal.db.fetchval("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint") <= now:
            await journal.db.execute("SELECT pg_current_xact_id()")
            await asyncio.sleep(0.02)


async def test_the_feed_tells_what_is_new_changed_and_gone(journal: Journal) -> None:
    lesson = await journal.lesson()
    student, other = lesson.student(0), lesson.student(1)
    task = await journal.task(lesson)
    mark = (await journal.done("setMark", {"taskId": task, "studentId": student, "value": "4"}, "deputy"))["mark"]
    await journal.done("setMark", {"taskId": task, "studentId": student, "value": "5"}, "deputy")
    await journal.done("setMark", {"taskId": task, "studentId": other, "value": "2"}, "deputy")
    await journal.done("assignHomework", {"lessonId": lesson.gid, "text": "Всем"}, "deputy")
    given = {"lessonId": lesson.gid, "text": "Ему", "studentIds": [other]}
    await journal.done("assignHomework", given, "deputy")
    ill = {"lessonId": lesson.gid, "studentId": student, "code": "ILLNESS"}
    await journal.done("markAttendance", ill, "deputy")
    await settled(journal)
    found = await page(journal, student, None)
    assert [each["kind"] for each in found["nodes"]] == ["MARK", "MARK", "HOMEWORK", "ATTENDANCE"]
    assert {each["lessonDate"] for each in found["nodes"]} == {lesson.date.isoformat()}
    assert [each["mark"] for each in found["nodes"][:2]] == [{"id": mark["id"], "value": "5", "version": 2}] * 2
    assert found["nodes"][2]["homework"] == {"text": "Всем"}
    assert found["nodes"][3]["attendance"] == {"letters": "Б"}
    others = await page(journal, other, None)
    assert [each["kind"] for each in others["nodes"]] == ["MARK", "HOMEWORK", "HOMEWORK"]
    await journal.done("removeMark", {"markId": mark["id"]}, "deputy")
    await journal.done("markAttendance", {**ill, "code": None}, "deputy")
    await settled(journal)
    after = await page(journal, student, found["pageInfo"]["endCursor"])
    assert [(each["kind"], each["mark"], each["attendance"]) for each in after["nodes"]] == [
        ("MARK", None, None),
        ("ATTENDANCE", None, None),
    ]
    assert await page(journal, student, after["pageInfo"]["endCursor"]) == {
        "pageInfo": {"hasNextPage": False, "endCursor": None},
        "nodes": [],
    }


async def test_a_refused_command_is_no_news(journal: Journal) -> None:
    lesson = await journal.lesson()
    given = {"taskId": await journal.task(lesson), "studentId": lesson.student(), "value": "6"}
    assert (await journal.run("setMark", given, "deputy"))["__typename"] == "Refusal"
    await settled(journal)
    assert (await page(journal, lesson.student(), None))["nodes"] == []


async def test_a_command_that_commits_late_is_not_overtaken(journal: Journal) -> None:
    """Its transaction began first: until it ends, what came after it is not told, and then both are, in order."""
    lesson = await journal.lesson()
    student, task = lesson.student(), await journal.task(lesson)
    elsewhere = await journal.lesson("5А", "Матем.")
    await journal.done("assignHomework", {"lessonId": elsewhere.gid, "text": "№ 1"}, "deputy")
    await settled(journal)
    start = (await page(journal, student, None))["pageInfo"]["endCursor"]
    late = await asyncpg.connect(journal.school.url)
    try:
        begun = late.transaction()
        await begun.start()
        await late.execute("SELECT pg_current_xact_id()")
        await journal.done("setMark", {"taskId": task, "studentId": student, "value": "3"}, "deputy")
        assert (await page(journal, student, start))["nodes"] == []
        entry = await late.fetchval("SELECT max(id) FROM audit_entry WHERE command = 'assignHomework'")
        await late.execute("SELECT set_config('classbook.audit_entry', $1::text, true)", str(entry))
        await late.execute(
            "INSERT INTO homework (school_id, lesson_id, lesson_date, text, for_all, published_at, changed_at)"
            " SELECT school_id, id, date, 'Поздно', true, now(), now() FROM lesson WHERE id = $1",
            lesson.id,
        )
        await begun.commit()
    finally:
        await late.close()
    await settled(journal)
    assert [each["kind"] for each in (await page(journal, student, start))["nodes"]] == ["HOMEWORK", "MARK"]


async def test_readers_miss_nothing_while_writers_overlap(journal: Journal) -> None:
    """A reader that goes on from its cursor sees every change once, whatever order the commands commit in."""
    lesson = await journal.lesson()
    student, rng, told = lesson.student(), Random(7), list[str]()
    tasks = [await journal.task(lesson) for _ in range(6)]
    open_writers = 4

    async def write(number: int) -> None:
        nonlocal open_writers
        for turn in range(12):
            given = {"taskId": tasks[number], "studentId": student, "value": "54321"[turn % 5]}
            await journal.done("setMark", given, "deputy")
            await asyncio.sleep(rng.random() / 50)
        open_writers -= 1

    async def hold() -> None:
        """Transactions that begin early, write their change late, and sometimes not at all."""
        holder = await asyncpg.connect(journal.school.url)
        try:
            while open_writers:
                begun = holder.transaction()
                await begun.start()
                await holder.execute("SELECT pg_current_xact_id()")
                await asyncio.sleep(rng.random() / 20)
                await (begun.commit() if rng.random() < 0.5 else begun.rollback())
        finally:
            await holder.close()

    async def read() -> None:
        after, last = None, False
        while True:
            found = await page(journal, student, after, first=rng.choice((1, 3, 100)))
            told.extend(each["mark"]["id"] for each in found["nodes"])
            after = found["pageInfo"]["endCursor"] or after
            if last and not found["nodes"]:
                return
            if not open_writers and not last:
                await settled(journal)
                last = True

    await asyncio.gather(*(write(number) for number in range(4)), hold(), read())
    assert len(told) == 4 * 12
    assert set(Counter(told).values()) == {12}


async def test_a_parent_reads_the_feed_of_their_own_child_only(journal: Journal) -> None:
    lesson = await journal.lesson()
    children = (await journal.school.data("{ me { children { id } } }", as_="parent"))["me"]["children"]
    child = children[0]["id"]
    stranger = next(gid("Student", each) for each in lesson.students if gid("Student", each) != child)
    given = {"student": stranger, "first": 10, "after": None}
    assert (await journal.school.data(FEED, given, as_="parent"))["student"] is None
    assert (await journal.school.data(FEED, {**given, "student": child}, as_="parent"))["student"]["feed"]


async def test_a_cursor_behind_which_changes_were_removed_is_refused(journal: Journal) -> None:
    lesson = await journal.lesson()
    student, task = lesson.student(), await journal.task(lesson)
    for value in "54":
        await journal.done("setMark", {"taskId": task, "studentId": student, "value": value}, "deputy")
    await settled(journal)
    first = (await page(journal, student, None, first=1))["pageInfo"]["endCursor"]
    assert len((await page(journal, student, first))["nodes"]) == 1
    (oldest,) = await journal.db.fetch("SELECT max(told_at) AS at FROM change WHERE kind = 'mark'")
    await journal.db.execute("DELETE FROM change WHERE told_at < $1", oldest["at"])
    bad = {first: "CURSOR_EXPIRED", cursor(1, 2): "BAD_INPUT", cursor(1, 2, "2026-05-20"): "BAD_INPUT"}
    for after, code in bad.items():
        given = {"student": student, "first": 5, "after": after}
        answer = await journal.school.ask(FEED, given, as_="deputy")
        assert [(e["extensions"]["code"], e["extensions"]["field"]) for e in answer["errors"]] == [(code, "after")]
    await journal.db.execute("DELETE FROM change")
    given = {"student": student, "first": 5, "after": cursor(1, 2, "2026-05-20T10:00:00+00:00")}
    answer = await journal.school.ask(FEED, given, as_="deputy")
    assert answer["errors"][0]["extensions"]["code"] == "CURSOR_EXPIRED"


async def test_the_feed_tells_marks_of_periods(cluster: str, demo_template: tuple[str, Demo]) -> None:
    """Each change once, however many groups the student learns the subject in; they have no lesson's day."""
    query = """query($student: ID!) { student(id: $student) { feed(first: 9) { nodes {
      kind lessonDate subject { id } finalMark { value version } } } } }"""
    async with with_finals(cluster, demo_template, JUNE) as finals:
        pupil = await finals.pupil(subject="Биол.")
        given = {**pupil.of, "periodId": await finals.period()}
        for value in ("4", "5"):
            mark = (await finals.done("setPeriodMark", {**given, "value": value}, "teacher"))["mark"]
        for shown in ({"value": "5", "version": 2}, None):
            async with asyncio.timeout(20):
                while len(found := await feed_of(finals, query, pupil.student)) < (2 if shown else 3):  # noqa: ASYNC110
                    await asyncio.sleep(0.05)  # a transaction elsewhere on the server may still be under way
            item = {"kind": "FINAL_MARK", "lessonDate": None, "subject": {"id": pupil.subject}, "finalMark": shown}
            assert found == [item] * len(found)
            if shown:
                await finals.done("removeFinalMark", {"markId": mark["id"]}, "teacher")


async def feed_of(finals: Any, query: str, student: str) -> list[Any]:
    """What the deputy finds in a student's feed."""
    found: list[Any] = (await finals.school.data(query, {"student": student}, as_="deputy"))["student"]["feed"]["nodes"]
    return found
