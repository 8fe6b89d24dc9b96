"""«Отчёт учителя-предметника» of who has handed the subject over: what they taught stays theirs (10.1, 10.4)."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest

from server.demo import Demo

from .report_help import Reports, drawn, gid

TAUGHT = """query($staff: ID!, $period: ID) { node(id: $staff) { ... on Staff { reports { subjects(periodId: $period) {
    taught { group { id } subject { id } figures { counts { counted } success { marks { value leftOut
    subject { id } student { id } } } } hours { planned held lessons { id } } poor { value student { id } } }
    total { average { value marks { value } } } } } } } }"""


@pytest.fixture(scope="module")
async def reports(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Reports]:
    """A school for this module."""
    async with drawn(cluster, demo_template) as reports:
        yield reports


async def of_teacher(reports: Reports, period: str, as_: str) -> Any:
    """The report of who signs in as `teacher`."""
    staff = await reports.db.fetchval(
        "SELECT s.id FROM staff AS s JOIN account AS a USING (school_id, person_id) WHERE a.login = 'teacher'"
    )
    given = {"staff": gid("Staff", staff), "period": gid("Period", await reports.period_id(period))}
    found = (await reports.ask(TAUGHT, as_, **given))["node"]
    return found and found["reports"] and found["reports"]["subjects"]


def without_cards(value: Any) -> Any:
    """An answer without any student's card."""
    if isinstance(value, dict):
        return {name: None if name == "student" else without_cards(each) for name, each in value.items()}
    return [without_cards(each) for each in value] if isinstance(value, list) else value


async def end_assignments(reports: Reports, day: date) -> None:
    """The teacher's lessons are somebody else's from the day on."""
    async with reports.db.transaction():
        await reports.db.execute("SET LOCAL session_replication_role = replica")
        await reports.db.execute(
            "UPDATE teaching_assignment SET ends_on = $1 WHERE staff_id = (SELECT s.id FROM staff AS s JOIN account"
            " AS a USING (school_id, person_id) WHERE a.login = 'teacher')",
            day,
        )


async def test_whoever_has_handed_over_keeps_what_was_theirs(reports: Reports) -> None:
    """Figures and what is behind them: of the periods taught in, and no others; nobody else has come to see it."""
    before = {name: await of_teacher(reports, name, "teacher") for name in ("I четверть", "III четверть")}
    for found in before.values():
        assert found["taught"]
        for each in found["taught"]:
            marks = each["figures"]["success"]["marks"]
            assert sum(mark["leftOut"] is None for mark in marks) == each["figures"]["counts"]["counted"] > 0
            assert len(each["hours"]["lessons"]) >= each["hours"]["planned"]
    others = {login: await of_teacher(reports, "I четверть", login) for login in ("class-teacher", "deputy")}
    assert others == {"class-teacher": None, "deputy": before["I четверть"]}
    await end_assignments(reports, date(2025, 12, 1))
    # The cards of pupils who are somebody else's now are not the teacher's any more.
    assert await of_teacher(reports, "I четверть", "teacher") == without_cards(before["I четверть"])
    assert await of_teacher(reports, "I четверть", "deputy") == before["I четверть"]
    assert (await of_teacher(reports, "III четверть", "teacher"))["taught"] == []
    assert await of_teacher(reports, "I четверть", "class-teacher") is None
