"""A parent signs a week of the diary: of their own child, once it is over, and once."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest

from execution.schema import schema_for
from permissions.gates import Gate
from rules.account import Role
from schema.build import gate_of
from server.demo import Demo

from .contents import digests
from .journal_help import Journal, gid, opened

SIGN = """mutation($student: ID!, $day: Date!) { acknowledgeWeek(input: {studentId: $student, weekOf: $day}) {
  ... on AcknowledgeWeekPayload { acknowledgement { id weekStartsOn acknowledgedAt student { id } guardian { id } } }
  ... on Refusal { code message field clause } } }"""
CLASS = """query($class: ID!, $day: Date!) { schoolClass(id: $class) {
  acknowledgements(weekOf: $day) { id student { id } } } }"""


@pytest.fixture
async def journal(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Journal]:
    async with opened(cluster, demo_template) as found:
        yield found


async def sign(journal: Journal, student: str, day: date, login: str = "parent") -> Any:
    data = await journal.school.data(SIGN, {"student": student, "day": day.isoformat()}, as_=login)
    found = data["acknowledgeWeek"]
    return found.get("acknowledgement", found)


async def child(journal: Journal, login: str = "parent") -> dict[str, Any]:
    me = await journal.school.data("{ me { children { id schoolClass { id } } } }", as_=login)
    found: dict[str, Any] = me["me"]["children"][0]
    return found


async def kept(journal: Journal) -> Any:
    return await digests(journal.db, ("week_acknowledgement",))


async def test_a_week_is_signed_once_and_its_class_teacher_sees_it(journal: Journal) -> None:
    of, day = await child(journal), date(2026, 5, 13)
    signed = await sign(journal, of["id"], day)
    assert signed["weekStartsOn"] == "2026-05-11"
    assert signed["student"]["id"] == of["id"]
    before = await kept(journal)
    for again in (day, date(2026, 5, 11), date(2026, 5, 17)):
        assert await sign(journal, of["id"], again) == signed
    assert await kept(journal) == before
    for login in ("deputy", "director"):
        given = {"class": of["schoolClass"]["id"], "day": "2026-05-15"}
        found = (await journal.school.data(CLASS, given, as_=login))["schoolClass"]["acknowledgements"]
        assert [each["id"] for each in found] == [signed["id"]]
    entries = await journal.db.fetch("SELECT outcome, input FROM audit_entry WHERE command = 'acknowledgeWeek'")
    assert {each["outcome"] for each in entries} == {"done"}


async def test_class_teachers_see_their_own_class_only(journal: Journal) -> None:
    led = (await journal.school.data("{ me { ledClasses { id students { id } } } }", as_="class-teacher"))["me"]
    (of,) = led["ledClasses"]
    rows = await journal.db.fetch(
        "INSERT INTO week_acknowledgement (school_id, student_id, guardian_id, week_starts_on, acknowledged_at)"
        " SELECT DISTINCT ON (student_id) school_id, student_id, guardian_id, '2026-05-11'::date, now()"
        " FROM guardianship WHERE ends_on IS NULL RETURNING student_id"
    )
    mine = {each["id"] for each in of["students"]}
    for each in await journal.db.fetch("SELECT id FROM school_class"):
        given = {"class": gid("SchoolClass", each["id"]), "day": "2026-05-11"}
        data = await journal.school.data(CLASS, given, as_="class-teacher")
        found = {one["student"]["id"] for one in data["schoolClass"]["acknowledgements"]}
        signed = {gid("Student", row["student_id"]) for row in rows}
        assert found == (mine & signed if given["class"] == of["id"] else set())


async def test_what_a_parent_may_not_sign(journal: Journal) -> None:
    """Somebody else's child, a week that goes on or is to come, and one of the holidays."""
    of, today = await child(journal), journal.school.demo.today
    strangers = await journal.db.fetch("SELECT id FROM student ORDER BY id")
    stranger = next(gid("Student", each["id"]) for each in strangers if gid("Student", each["id"]) != of["id"])
    before = await kept(journal)
    cases = {
        (stranger, date(2026, 5, 13)): ("NOT_FOUND", "studentId", None),
        (of["id"], today): ("WEEK_NOT_OVER", "weekOf", "7.12"),
        (of["id"], date(2025, 8, 4)): ("NO_LESSONS", "weekOf", "7.12"),
    }
    for (student, day), expected in cases.items():
        found = await sign(journal, student, day)
        assert (found["code"], found["field"], found["clause"]) == expected
    assert await kept(journal) == before
    noted = await journal.db.fetch("SELECT outcome FROM audit_entry WHERE command = 'acknowledgeWeek' ORDER BY id")
    assert [each["outcome"] for each in noted] == [code for code, *_ in cases.values()]


async def test_the_week_may_be_signed_on_its_last_day_of_lessons(journal: Journal) -> None:
    of, today = await child(journal), journal.school.demo.today
    monday = today - timedelta(days=today.weekday())
    assert (await sign(journal, of["id"], today))["code"] == "WEEK_NOT_OVER"
    await journal.db.execute(
        "UPDATE lesson SET state = 'cancelled' WHERE date > $1 AND date <= $2", today, monday + timedelta(days=6)
    )
    assert (await sign(journal, of["id"], today))["weekStartsOn"] == monday.isoformat()


def test_only_parents_sign() -> None:
    whole = schema_for(None)._schema.mutation_type
    assert whole
    gate: type[Gate] = gate_of(whole.fields["acknowledgeWeek"].extensions["strawberry-definition"])
    assert gate.roles == {Role.PARENT}
