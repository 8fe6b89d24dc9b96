"""What a request costs the database: the number of statements does not depend on the number of rows."""

from collections.abc import Mapping
from typing import Any

import pytest

from resolvers.database import Row, Snapshot, Statement

from .conftest import School

CLASSES = """query($first: Int!, $period: ID!) { school { classes(first: $first) { totalCount nodes { name
  leader { name } groups { name } assignments { teacher { name } subject { name } } students { name card { phone }
  guardianships { guardian { name } } marks(periodId: $period, first: 100) { totalCount nodes { value task { name } } }
  averages(periodId: $period) { average subject { name } } } } } } }"""
STUDENTS = """query($first: Int!, $period: ID!) { school { students(first: $first) { nodes { name schoolClass { name }
  attendance(periodId: $period, first: $first) { nodes { code lesson { subject { name } } } } } } } }"""
STAFF = """query($first: Int!) { school { staff(first: $first) { nodes { name card { number }
  lessons(since: "2026-05-11", until: "2026-05-16", first: $first) { nodes { subject { name } record { topic
  tasks { marks { student { name } } } homework { recipients { name } } } } } } } } }"""
DIARY = """query($ids: [ID!]!, $to: Date!) { diary(studentIds: $ids, from: "2026-04-27", to: $to) { student { name }
  days { holiday { name } lessons { subject { name } teacher { name } group { name } attendance { code } marks { value }
  tasks { task { workType { name } } mark { value } } homework { text } } } } }"""


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that requests run."""
    run: list[str] = []
    fetch = Snapshot.fetch

    async def counted(
        self: Snapshot, statement: Statement, parameters: Mapping[str, Any], row: type[Row] = Row
    ) -> list[Any]:
        run.append(statement.text)
        return await fetch(self, statement, parameters, row)

    monkeypatch.setattr(Snapshot, "fetch", counted)
    return run


async def period(school: School) -> str:
    found = await school.data("{ school { currentYear { periods { id kind number } } } }", as_="deputy")
    (fourth,) = [
        each["id"]
        for each in found["school"]["currentYear"]["periods"]
        if (each["kind"], each["number"]) == ("QUARTER", 4)
    ]
    return str(fourth)


async def cost(school: School, statements: list[str], login: str, query: str, variables: dict[str, Any]) -> int:
    await school.token(login)
    statements.clear()
    await school.data(query, variables, as_=login)
    return len(statements)


@pytest.mark.parametrize(("query", "most"), [(CLASSES, 18), (STUDENTS, 8), (STAFF, 12)])
@pytest.mark.parametrize("login", ["deputy", "director"])
async def test_a_page_of_two_and_of_a_hundred(
    school: School, statements: list[str], login: str, query: str, most: int
) -> None:
    variables = {"period": await period(school)} if "$period" in query else {}
    two = await cost(school, statements, login, query, {"first": 2, **variables})
    hundred = await cost(school, statements, login, query, {"first": 100, **variables})
    assert two == hundred <= most


async def test_a_day_and_a_month_of_one_student_and_of_all(school: School, statements: list[str]) -> None:
    found = await school.data("{ school { students(first: 100) { nodes { id } } } }", as_="deputy")
    ids = [student["id"] for student in found["school"]["students"]["nodes"]]
    day = await cost(school, statements, "deputy", DIARY, {"ids": ids[:1], "to": "2026-04-27"})
    month = await cost(school, statements, "deputy", DIARY, {"ids": ids, "to": "2026-05-20"})
    assert day == month <= 15


async def test_the_viewer_is_one_statement(school: School, statements: list[str]) -> None:
    for login in ("teacher-parent", "parent-of-two", "deputy", "analyst"):
        assert await cost(school, statements, login, "{ me { name roles today } }", {}) == 1


async def test_a_node_and_a_thousand_entities(school: School, statements: list[str]) -> None:
    """References are found in one statement a type, however many there are."""
    found = await school.data("{ school { students(first: 40) { nodes { id } } } }", as_="deputy")
    ids = [student["id"] for student in found["school"]["students"]["nodes"]]
    query = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Student { name } } }"
    one = await cost(school, statements, "deputy", query, {"r": [{"__typename": "Student", "id": ids[0]}]})
    references = [{"__typename": "Student", "id": each} for each in ids * 25]
    assert await cost(school, statements, "deputy", query, {"r": references}) == one == 2
