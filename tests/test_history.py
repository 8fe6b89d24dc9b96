"""History: every version of what a journal holds, read as it stood at any moment, and kept from everybody's hands."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from server.demo import DEMO_NOW, Demo
from server.settings import Settings

from .conftest import School, serving
from .journal_help import Journal, Lesson, gid, number_of, opened
from .test_races import COMMANDS, Model

VERSION = "removed command reason version changedAt replacedAt changedBy { shortName }"
WRITTEN = """
    lessons { id record { topic material version rollCalledAt rollCallVersion
        tasks { id name position weight dueOn version marks { id } attachments { id } }
        homework { id text forAll version recipients { id } attachments { id } }
        marks { id value number weight comment version setAt changedAt owed task { id name } }
        attendance { id code minutesLate comment version letters } } }
    rows { student { id } average { average weightedAverage counted }
        marks { id value comment version history { value changedAt replacedAt removed } }
        attendance { id code minutesLate comment version history { code changedAt replacedAt } }
        markHistory { value removed changedAt replacedAt } attendanceHistory { code removed changedAt } }
"""
PAGE = f"""query($group: ID!, $subject: ID!, $period: ID!, $asOf: DateTime) {{
  journalPage(groupId: $group, subjectId: $subject, periodId: $period, asOf: $asOf) {{ {WRITTEN} }} }}"""
DIARY = """query($students: [ID!]!, $day: Date!, $asOf: DateTime) {
  diary(studentIds: $students, from: $day, to: $day, asOf: $asOf) { student { id } days { date lessons {
    lesson { id } state topic material rollCalledAt attendance { id code minutesLate comment }
    marks { id value comment } tasks { task { id name weight } mark { id value } } homework { id text } } } } }"""


@pytest.fixture(scope="module")
async def journal(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Journal]:
    async with opened(cluster, demo_template) as journal:
        yield journal


@pytest.fixture(scope="module")
async def slow(journal: Journal) -> AsyncIterator[School]:
    """The same school where graphql-core executes every query."""
    off = Settings(now=DEMO_NOW + timedelta(hours=1), executor="off")
    async with serving(journal.school.url, off) as (app, client):
        yield School(app, journal.school.demo, journal.school.url, client)


async def page_of(journal: Journal, lesson: Lesson) -> dict[str, Any]:
    """The variables of the page on which a lesson stands, and of the diaries of its day."""
    row = await journal.db.fetchrow(
        "SELECT subject_id, (SELECT id FROM period WHERE school_id = lesson.school_id AND date BETWEEN starts_on AND"
        " ends_on ORDER BY starts_on DESC LIMIT 1) AS period FROM lesson WHERE id = $1",
        lesson.id,
    )
    ids = {"group": gid("StudyGroup", lesson.group_id), "subject": gid("Subject", row["subject_id"])}
    return {**ids, "period": gid("Period", row["period"])}


async def last_moment(journal: Journal) -> datetime:
    """When the last command was given."""
    moment: datetime = await journal.db.fetchval("SELECT at FROM audit_entry ORDER BY id DESC LIMIT 1")
    return moment


@settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(commands=st.lists(COMMANDS, min_size=5, max_size=15))
async def test_what_stood_is_what_was_seen(journal: Journal, slow: School, commands: list[tuple[Any, ...]]) -> None:
    """Whatever is commanded: a page and a diary asked for as of a moment are what they were at it, edge by edge.

    A version that stood then has no end yet; what is written later shows through no edge, whichever executor answers.
    """
    lesson = await journal.lesson()
    model = Model(lesson, [await journal.task(lesson) for _ in range(3)])
    model.rows["lesson", None] = {"topic": None, "material": None, "state": "planned", "version": 1}
    page = await page_of(journal, lesson)
    diary = {"students": [lesson.student(each) for each in range(4)], "day": lesson.date.isoformat()}
    seen: list[tuple[datetime, Any, Any]] = []
    for command in commands:
        await journal.run(command[0], model.given(command))
        rows = await journal.db.fetch("SELECT id, task_id, student_id FROM mark WHERE lesson_id = $1", lesson.id)
        for row in rows:
            place = [number_of(task) for task in model.tasks].index(row["task_id"])
            model.marks[place, lesson.students.index(row["student_id"])] = gid("Mark", row["id"])
        shown = (
            await journal.school.data(PAGE, page, as_="deputy"),
            await journal.school.data(DIARY, diary, as_="deputy"),
        )
        seen.append((await last_moment(journal), *shown))
    for moment, *shown in seen:
        then = {"asOf": moment.isoformat()}
        for school in (journal.school, slow):
            assert await school.data(PAGE, {**page, **then}, as_="deputy") == shown[0]
            assert await school.data(DIARY, {**diary, **then}, as_="deputy") == shown[1]
