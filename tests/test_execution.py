"""What is compiled, what is left to graphql-core and why, and what is read for an answer."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import asyncpg
import pytest

from resolvers.database import Row, Snapshot, Statement
from rules.account import Role
from server.demo import Demo

from .execution_stage import (
    FORGIVEN,
    Answer,
    Case,
    Stage,
    both,
    executed,
    executor,
    forget_all,
    hardened,
    person,
    stage_of,
)
from .journal_help import gid
from .oracle_queries import ASKED

pytestmark = FORGIVEN
DEPUTY = frozenset({Role.DEPUTY})
CLASS = gid("SchoolClass", 1)


@pytest.fixture(scope="module")
async def opened(
    cluster: str, hardened_template: tuple[str, Demo]
) -> AsyncIterator[tuple[Stage, "asyncpg.Connection[Any]"]]:
    async with hardened(cluster, hardened_template) as (url, connection), stage_of(url, connection) as stage:
        yield stage, connection


@pytest.fixture
def stage(opened: tuple[Stage, "asyncpg.Connection[Any]"]) -> Stage:
    return opened[0]


@pytest.fixture
def connection(opened: tuple[Stage, "asyncpg.Connection[Any]"]) -> "asyncpg.Connection[Any]":
    return opened[1]


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    forget_all()
    yield
    forget_all()


# What compiles

NO_MARK = f'{{markId: "{gid("Mark", 10**9)}"}}'
PAGE = "{ totalCount edges { cursor node { name } } pageInfo { endCursor } }"
DIARY = f'diary(studentIds: ["{gid("Student", 1)}"], from: "2026-05-12", to: "2026-05-13")'
ENTITY = f'{{__typename: "SchoolClass", id: "{CLASS}"}}'

COMPILED = {
    "a scalar": ("parent", "{ me { name today } }"),
    "nothing but the type": ("anonymous", "{ __typename a: __typename }"),
    "nobody": ("anonymous", "{ me { name } }"),
    "an edge": ("parent", "{ me { children { name schoolClass { name } } } }"),
    "what an edge makes, under the name of its rows' type": (
        *("deputy", "{ school { students(first: 9) { nodes { finalMarks { state proposal { value counted } } } } } }"),
    ),
    "objects that are made of columns": (
        *("deputy", "{ school { certifiedReports(first: 9) { nodes { print { pdf } } } } }"),
    ),
    "a page": ("deputy", f"{{ school {{ students(first: 3) {PAGE} }} }}"),
    "an interface that all rows have": ("deputy", "{ school { ... on Node { id } years { ... on Node { id } } } }"),
    "a list of enums": ("deputy", "{ me { roles } }"),
    "a diary": ("deputy", f"{{ {DIARY} {{ days {{ date lessons {{ topic }} }} }} }}"),
    "a row that is not there": ("deputy", f'{{ student(id: "{gid("Student", 10**9)}") {{ name }} }}'),
}  # fmt: skip

LEFT = {
    "introspection": ("deputy", "{ __schema { queryType { name } } }", "introspection"),
    "the type of a type": ("deputy", '{ __type(name: "Mark") { name } me { name } }', "introspection"),
    "any node": ("deputy", f'{{ node(id: "{CLASS}") {{ id ... on SchoolClass {{ name }} }} }}', "abstract"),
    "entities": ("deputy", f"{{ _entities(representations: [{ENTITY}]) {{ __typename }} }}", "abstract"),
    "no query": ("deputy", "{ me {", "request"),
    "no such field": ("deputy", "{ me { nothing } }", "request"),
    "a field of others": ("parent", "{ me { staff { name } } }", "request"),
    "two without a name": ("deputy", "query A { me { name } } query B { me { name } }", "request"),
    "no variable": ("deputy", "query($id: ID!) { student(id: $id) { name } }", "request"),
    "a refusal": ("deputy", '{ student(id: "nobody") { name } }', "error"),
    "a refusal further down": ("deputy", "{ school { students(first: 101) { totalCount } } me { name } }", "error"),
    "a term that must be read first": (
        "deputy", "{ school { missingAccounts(first: 3, overdue: true) { totalCount nodes { dueOn } } } }", "resolver"
    ),
    "a command": ("deputy", f"mutation {{ removeMark(input: {NO_MARK}) {{ __typename }} }}", "mutation"),
}  # fmt: skip

OWN_SESSION = "{ me { sessions { id device current } } }"


@pytest.mark.parametrize("name", COMPILED)
async def test_this_is_compiled(stage: Stage, name: str) -> None:
    kind, text = COMPILED[name]
    answer, by = await both(stage, text, kind=kind)
    assert by == ("plan", "")
    assert not answer.errors


@pytest.mark.parametrize("name", LEFT)
async def test_this_is_left_to_graphql_core(stage: Stage, name: str) -> None:
    """The metric says why."""
    kind, text, reason = LEFT[name]
    if reason == "request" and text.startswith("query A"):
        who, before = person(stage, kind), executed()
        found = await stage.ask(executor(who.viewer.roles), who.viewer, Case(text, None, {}))
        by = next(iter(executed() - before))
        assert found == await stage.ask(executor(who.viewer.roles, False), who.viewer, Case(text, None, {}))
    else:
        _, by = await both(stage, text, kind=kind)
    assert by == ("graphql-core", reason)


async def test_a_session_knows_whether_it_is_the_current_one(stage: Stage) -> None:
    answer, by = await both(stage, OWN_SESSION)
    assert by in {("plan", ""), ("graphql-core", "resolver")}
    assert [each["current"] for each in answer.value["me"]["sessions"]] == [True]


GATED = "{ me { name student { name } } school { code } }"


async def test_a_gate_at_the_gateway(stage: Stage) -> None:
    """It is compiled for those whom all gates admit; who is refused gets the refusal of graphql-core."""
    answer, by = await both(stage, GATED, whole=True)
    assert by == ("graphql-core", "gate")
    (error,) = answer.errors
    assert "FORBIDDEN" in error
    assert '"path": ["me", "student"]' in error
    answer, by = await both(stage, GATED, kind="student", whole=True)
    assert by == ("plan", "")
    assert answer.value["me"]["student"]["name"]


async def test_an_argument_that_is_not_for_an_analyst(stage: Stage) -> None:
    text = '{ school { students(first: 2, search: "А") { totalCount } } }'
    answer, by = await both(stage, text, kind="analyst", whole=True)
    assert by == ("graphql-core", "error")
    assert "FORBIDDEN" in answer.errors[0]
    assert (await both(stage, text, whole=True))[1] == ("plan", "")


async def test_a_null_where_a_directive_needs_a_boolean(stage: Stage) -> None:
    text = "query($s: Boolean = true) { me { name @include(if: $s) } }"
    assert (await both(stage, text))[1] == ("plan", "")
    answer, by = await both(stage, text, {"s": None})
    assert by == ("graphql-core", "request")
    assert answer.errors


async def test_the_switch(stage: Stage) -> None:
    before = executed()
    await stage.ask(executor(DEPUTY, False), person(stage).viewer, Case("{ me { name } }", None, {}))
    assert not (executed() - before)["plan", ""]


# Snapshots


async def test_an_error_is_looked_for_in_a_fresh_snapshot(
    stage: Stage, connection: "asyncpg.Connection[Any]", monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is written between the compiled attempt and graphql-core's shows in the answer: nothing is put together."""
    text = f'{{ schoolClass(id: "{CLASS}") {{ capacity }} again: student(id: "nobody") {{ name }} }}'
    fetch, capacities = Snapshot.fetch, iter(range(101, 200))

    async def writing(
        self: Snapshot, statement: Statement, parameters: Mapping[str, Any], row: type[Row] = Row, **more: Any
    ) -> list[Any]:
        rows = await fetch(self, statement, parameters, row, **more)
        if "school_class" in statement.text:
            await connection.execute("UPDATE school_class SET capacity = $1 WHERE id = 1", next(capacities))
        return rows

    monkeypatch.setattr(Snapshot, "fetch", writing)
    before = executed()
    answer = await stage.ask(executor(DEPUTY), person(stage).viewer, Case(text, None, {}))
    assert executed() - before == {("graphql-core", "error"): 1}
    assert answer.value == {"schoolClass": {"capacity": 101}, "again": None}
    assert len(answer.errors) == 1


async def test_a_statement_that_fails_is_forgotten(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failed statement ends its transaction; graphql-core begins another."""
    fetch, failures = Snapshot.fetch, iter([True])

    async def failing(self: Snapshot, *args: Any, **kwargs: Any) -> list[Any]:
        rows = await fetch(self, *args, **kwargs)
        if next(failures, False):
            await fetch(self, Statement("SELECT 1 / 0", (), {}), {})
        return rows

    monkeypatch.setattr(Snapshot, "fetch", failing)
    before = executed()
    answer = await stage.ask(executor(DEPUTY), person(stage).viewer, Case("{ school { code } }", None, {}))
    assert executed() - before == {("graphql-core", "error"): 1}
    assert answer == Answer('{"school": {"code": "demo"}}', ())
    await stage.settled()


async def counted(stage: Stage, text: str, given: dict[str, Any], compiles: bool) -> int:
    """How many statements an operation takes."""
    context = stage.context(person(stage).viewer)
    try:
        result = await executor(DEPUTY, compiles).execute(text, given, context_value=context)
        assert not result.errors
        return context.snapshot.statements
    finally:
        await context.close()


async def filled(connection: "asyncpg.Connection[Any]", asked: dict[str, Any]) -> dict[str, Any]:
    """The variables of one of `ASKED` with ids of this school."""
    order = {"small": "count(*)", "large": "count(*) DESC"}[asked.get("page", "large")]
    group, subject = await connection.fetchrow(
        f"SELECT group_id, subject_id FROM lesson JOIN mark ON lesson_id = lesson.id WHERE lesson.school_id = 1 "
        f"AND date > '2026-01-01' GROUP BY 1, 2 ORDER BY {order}, 1, 2 LIMIT 1"
    )
    students = [gid("Student", number) for number in range(1, 31)]
    found = {
        **asked,
        "period": gid("Period", 4),
        "class": CLASS,
        "group": gid("StudyGroup", group),
        "subject": gid("Subject", subject),
    }
    if "students" in asked:
        found["students"] = students[: asked["students"]]
    if "of" in asked:
        found["of"] = [{"__typename": "Student", "id": each} for each in students[: asked["of"]]]
    return found


@pytest.mark.parametrize("name", ASKED)
async def test_no_more_statements_than_graphql_core(
    stage: Stage, connection: "asyncpg.Connection[Any]", name: str
) -> None:
    """However many rows there are, the compiled executor asks for them in at most as many statements."""
    asked, taken = ASKED[name], list[int]()
    for way in (asked.small, asked.large):
        given = await filled(connection, way)
        compiled, plain = [await counted(stage, asked.query, given, compiles) for compiles in (True, False)]
        assert 0 < compiled <= plain, name
        taken.append(compiled)
    assert taken[0] == taken[1] if asked.same else taken[0] <= taken[1], taken


# Errors

REFUSED = 'attendance(periodId: "bad", first: 1) { totalCount }'


async def test_nobody_waits_for_a_plan_that_was_given_up(stage: Stage) -> None:
    """Many who are refused at once leave no connection behind."""
    text = f'{{ schoolClass(id: "{CLASS}") {{ students {{ {REFUSED} enrolments {{ id }} }} }} }}'
    who = person(stage)
    answers = await asyncio.gather(*(stage.ask(executor(DEPUTY), who.viewer, Case(text, None, {})) for _ in range(40)))
    assert {each.data for each in answers} == {'{"schoolClass": null}'}
    assert all("BAD_ID" in each.errors[0] for each in answers)
    await stage.settled()


async def test_an_error_here_takes_nothing_from_there(stage: Stage) -> None:
    """graphql-core cancels what stands beside an error; what others wait for too must go on."""
    inner = "students { enrolments { id } }"
    text = f"""{{
      bad: schoolClass(id: "{CLASS}") {{ students {{ {REFUSED} enrolments {{ id }} }} }}
      good: schoolClass(id: "{CLASS}") {{ {inner} }}
    }}"""
    answer, by = await both(stage, text)
    alone, _ = await both(stage, f'{{ good: schoolClass(id: "{CLASS}") {{ {inner} }} }}')
    assert by == ("graphql-core", "error")
    assert answer.value == {"bad": None, **alone.value}
