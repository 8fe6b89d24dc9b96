"""Several commands write at the same lessons: they lock in one order, so that none waits for another for good."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from server.demo import Demo

from .conftest import School
from .journal_help import gid
from .timetable_help import Office, opened

DAYS = {"from": "2026-05-21", "until": "2026-05-26"}


@pytest.fixture
async def office(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Office]:
    """A school of the test's own."""
    async with opened(cluster, demo_template) as office:
        yield office


async def told(school: School, name: str, given: dict[str, Any]) -> str:
    """What becomes of a command: done, or the code of its refusal. A deadlock would be an error."""
    kind = name[0].upper() + name[1:]
    query = f"mutation($input: {kind}Input!) {{ {name}(input: $input) {{ __typename ... on Refusal {{ code }} }} }}"
    result = (await school.data(query, {"input": given}, as_="deputy"))[name]
    return str(result.get("code", "done"))


async def until_blocked(office: Office, waiting: int) -> None:
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    async with asyncio.timeout(10):
        while await office.db.fetchval(query) < waiting:  # noqa: ASYNC110 -- PostgreSQL tells nobody
            await asyncio.sleep(0.005)


async def course(office: Office) -> Any:
    """A lesson to come of a whole class that goes by a topic plan, and a topic of that plan."""
    row = await office.db.fetchrow(
        "SELECT lesson.*, topic.id AS topic, g.class_id FROM lesson "
        "JOIN study_group AS g ON g.id = lesson.group_id AND g.kind = 'whole' "
        "JOIN topic_plan_assignment AS a ON (a.group_id, a.subject_id) = (lesson.group_id, lesson.subject_id) "
        "JOIN topic ON topic.plan_id = a.plan_id "
        "WHERE lesson.date = '2026-05-25' AND lesson.state = 'planned' ORDER BY lesson.id, topic.id LIMIT 1"
    )
    assert row is not None
    return row


async def emptied(office: Office, class_id: int) -> str:
    """A draft that takes all lessons from a class."""
    draft = await office.copied("Без уроков")
    given = {"timetableId": draft, "classId": gid("SchoolClass", class_id), "entries": []}
    await office.done("setTimetableEntries", given)
    return draft


@pytest.mark.parametrize("first", ["moveLesson", "cancelLesson", "placeTopic"])
@pytest.mark.parametrize("second", ["publishTimetable", "transferDay", "cancelDayTransfer"])
async def test_who_comes_first_is_done_first(office: Office, first: str, second: str) -> None:
    """A lesson's topics are held by others when both come: whoever waits for them holds no lesson meanwhile."""
    await office.db.execute("UPDATE holiday SET starts_on = '2026-06-01' WHERE starts_on = '2026-05-27'")
    found = await course(office)
    lesson = {"lessonId": gid("Lesson", found["id"])}
    many: dict[str, Any] = {"fromDate": "2026-05-25", "toDate": "2026-05-30"}
    if second == "publishTimetable":
        many = {"timetableId": await emptied(office, found["class_id"]), **DAYS}
    if second == "cancelDayTransfer":
        made = await office.done("transferDay", many)
        many = {"dayTransferId": made["dayTransfer"]["id"]}
    one = {
        "moveLesson": {**lesson, "number": 12, "startsAt": "22:00", "endsAt": "22:40", "reason": "Концерт"},
        "cancelLesson": {**lesson, "reason": "Концерт"},
        "placeTopic": {**lesson, "topicId": gid("Topic", found["topic"])},
    }[first]
    other = await asyncpg.connect(office.school.url)
    async with other.transaction():
        await other.execute("SELECT FROM study_group WHERE id = $1 FOR UPDATE", found["group_id"])
        running = [asyncio.ensure_future(told(office.school, first, one))]
        await until_blocked(office, 1)
        running.append(asyncio.ensure_future(told(office.school, second, many)))
        await until_blocked(office, 2)
    await other.close()
    assert await asyncio.gather(*running) == ["done", "done"]
