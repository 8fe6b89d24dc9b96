"""The access log: who has opened which journal, written a little after the answer and never lost by a stop (11.4)."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from server.demo import DEMO_NOW, Demo
from server.settings import Settings

from .conftest import School, serving
from .journal_help import Journal, gid, opened
from .test_history import last_moment, page_of

PAGE = """query($group: ID, $class: ID, $subject: ID!, $period: ID!, $asOf: DateTime) {
  journalPage(groupId: $group, classId: $class, subjectId: $subject, periodId: $period, asOf: $asOf) { __typename } }"""
LOG = """{ school { journalAccess(first: 100) { totalCount nodes {
  at asOf by { name } schoolClass { id } group { id } subject { id } period { id } } } } }"""


@pytest.fixture
async def journal(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Journal]:
    async with opened(cluster, demo_template) as journal:
        yield journal


async def written(journal: Journal) -> list[dict[str, Any]]:
    """The log, once all that was opened stands in it."""
    await journal.school.app.state.keeper.write()
    found = (await journal.school.data(LOG, as_="deputy"))["school"]["journalAccess"]
    assert found["totalCount"] == len(found["nodes"])
    nodes: list[dict[str, Any]] = found["nodes"]
    return nodes


@pytest.mark.parametrize("executor", ["on", "off"])
async def test_who_opens_a_journal_is_put_down(journal: Journal, executor: Any) -> None:
    """Whoever it is, of a class or a group, as it stands or stood; what is refused or not there was not opened."""
    lesson = await journal.lesson()
    page = await page_of(journal, lesson)
    of_class = await journal.db.fetchval("SELECT class_id FROM study_group WHERE id = $1", lesson.group_id)
    whole = {**page, "group": None, "class": gid("SchoolClass", of_class)}
    settings = Settings(now=DEMO_NOW, executor=executor)
    async with serving(journal.school.url, settings) as (app, client):
        school = School(app, journal.school.demo, journal.school.url, client)
        await school.data(PAGE, page, as_="teacher")
        await school.data(PAGE, {**whole, "asOf": "2026-05-12T09:00:00Z"}, as_="director")
        assert (await school.ask(PAGE, page, as_="parent"))["errors"]
        assert (await school.ask(PAGE, {**page, "asOf": "2030-01-01T00:00:00Z"}, as_="deputy"))["errors"]
        await school.data(PAGE, {**page, "group": gid("StudyGroup", 10**6)}, as_="deputy")
        twice = PAGE.replace("{ __typename } }", "{ __typename } again: " + PAGE[PAGE.index("journalPage") :])
        await school.data(twice, page, as_="deputy")
    # The application has stopped in good order: nothing waits any more.
    by_teacher, by_director, by_deputy = await written(journal)
    here = {"schoolClass": {"id": whole["class"]}, "subject": {"id": page["subject"]}, "period": {"id": page["period"]}}
    for each, of, as_of in (
        (by_teacher, {"id": page["group"]}, None),
        (by_director, None, "2026-05-12T09:00:00+00:00"),
        (by_deputy, {"id": page["group"]}, None),
    ):
        assert {name: each[name] for name in here} == here
        assert (each["group"], each["asOf"]) == (of, as_of)
    assert len({each["by"]["name"] for each in (by_teacher, by_director, by_deputy)}) == 3


async def test_the_page_tells_who_opened_and_who_wrote(journal: Journal) -> None:
    lesson = await journal.lesson()
    page, task = await page_of(journal, lesson), await journal.task(lesson)
    begun = await last_moment(journal)
    for value in ("3", "4"):
        await journal.done("setMark", {"taskId": task, "studentId": lesson.student(), "value": value})
    await journal.school.data(PAGE, page, as_="teacher")
    await journal.school.app.state.keeper.write()
    shown = PAGE.replace(
        "{ __typename }",
        "{ accessLog(first: 10) { nodes { by { name } } } writers { by { name } commands firstAt lastAt } }",
    )
    found = (await journal.school.data(shown, page, as_="deputy"))["journalPage"]
    deputy, teacher = found["writers"]
    assert (deputy["commands"], teacher["commands"]) == (1, 2)
    assert deputy["lastAt"] == begun.isoformat() < teacher["firstAt"] < teacher["lastAt"]
    assert [each["by"] for each in found["accessLog"]["nodes"]] == [teacher["by"]]


@pytest.mark.parametrize("login", ["teacher", "class-teacher", "parent", "administrator", "secretary", "analyst"])
async def test_only_control_sees_the_log(journal: Journal, login: str) -> None:
    for query in (LOG, '{ journalPage(subjectId: "", periodId: "") { writers { commands } } }'):
        assert (await journal.school.ask(query, as_=login))["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


async def test_nobody_changes_the_log(journal: Journal) -> None:
    await journal.school.data(PAGE, await page_of(journal, await journal.lesson()), as_="teacher")
    assert len(await written(journal)) == 1
    async with journal.school.app.state.database.pool.acquire() as program:
        for statement in (
            "UPDATE journal_access SET at = now()",
            "DELETE FROM journal_access",
            "TRUNCATE journal_access",
        ):
            with pytest.raises(asyncpg.RestrictViolationError):
                await program.execute(statement)


async def test_what_could_not_be_written_waits(journal: Journal) -> None:
    """A database that refuses for a while loses nothing, and nothing comes twice."""
    page = await page_of(journal, await journal.lesson())
    keeper = journal.school.app.state.keeper
    async with journal.db.transaction():
        await journal.db.execute("LOCK TABLE journal_access IN ACCESS EXCLUSIVE MODE")
        await journal.school.data(PAGE, page, as_="teacher")
        writing = asyncio.ensure_future(keeper.write())
        await asyncio.sleep(0.05)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
        await journal.school.data(PAGE, page, as_="deputy")
    assert len(await written(journal)) == 2
    assert keeper.waiting == []


async def test_what_is_written_again_stands_once(journal: Journal) -> None:
    """A process that is ended, or loses its connection, while it writes cannot know whether it has written."""
    page = await page_of(journal, await journal.lesson())
    keeper = journal.school.app.state.keeper
    await journal.school.data(PAGE, page, as_="teacher")
    opened = list(keeper.waiting)
    assert len(await written(journal)) == 1
    keeper.waiting = opened
    await journal.school.data(PAGE, page, as_="teacher")
    assert len(await written(journal)) == 2
