"""Edges of one build are read once in a request for one gate and the same arguments: by loaders and by plans alike."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from permissions.curriculum import PLAN
from permissions.viewer import Viewer
from resolvers.account_tokens import Tokens
from resolvers.context import Context
from resolvers.curriculum import staff_assignments, staff_load
from resolvers.database import Snapshot, Statement
from resolvers.journal_results import result_need
from rules.account import Role
from server.demo import DEMO_NOW, DEMO_TODAY

from .conftest import KEY, School
from .oracle_walk import Id

PARENT = frozenset({Role.PARENT})


@pytest.fixture
def texts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The text of every statement that is read from now on."""
    found: list[str] = []
    fetch = Snapshot.fetch

    async def noting(self: Snapshot, statement: Statement, *args: Any, **kwargs: Any) -> list[Any]:
        found.append(statement.text)
        return await fetch(self, statement, *args, **kwargs)

    monkeypatch.setattr(Snapshot, "fetch", noting)
    return found


async def value(school: School, query: str, *given: Any) -> int:
    """The number that plain SQL finds."""
    async with school.app.state.database.pool.acquire() as connection:
        found: int = await connection.fetchval(query, *given)
        return found


async def busy_teacher(school: School) -> int:
    """Who teaches most today."""
    return await value(
        school,
        "SELECT staff_id FROM teaching_assignment WHERE starts_on <= $1 AND coalesce(ends_on, $1) >= $1 "
        "GROUP BY staff_id ORDER BY count(*) DESC, staff_id LIMIT 1",
        DEMO_TODAY,
    )


MARKS, AVERAGE = "marks { value }", "average { average }"
SUPPOSED = [f'{name}: whatIf(marks: [{{value: "{name[1]}"}}]) {{ average }}' for name in ("w2", "w5")]
NEED = "need(target: 4.5) { value count }"


@pytest.mark.parametrize("few", [True, False], ids=["of one student", "of a page"])
@pytest.mark.parametrize("order", [1, -1], ids=["marks first", "marks last"])
async def test_what_is_made_of_the_same_marks_reads_them_once(
    school: School, texts: list[str], few: bool, order: int
) -> None:
    quarter = await value(
        school, "SELECT id FROM period WHERE kind = 'quarter' AND $1 BETWEEN starts_on AND ends_on", DEMO_TODAY
    )
    student = await value(school, "SELECT student_id FROM mark GROUP BY student_id ORDER BY count(*) DESC LIMIT 1")
    await school.token("deputy")

    async def read(*fields: str) -> tuple[list[Any], int]:
        results = f'results(periodId: "{Id("Period", quarter)}") {{ {" ".join(fields[::order])} }}'
        texts.clear()
        if few:
            data = await school.data(f'{{ student(id: "{Id("Student", student)}") {{ {results} }} }}', as_="deputy")
            return data["student"]["results"], reads_of("mark", texts)
        data = await school.data(f"{{ school {{ students(first: 9) {{ nodes {{ {results} }} }} }} }}", as_="deputy")
        nodes = data["school"]["students"]["nodes"]
        return [result for each in nodes for result in each["results"]], reads_of("mark", texts)

    _, once = await read(MARKS)
    every, together = await read(MARKS, AVERAGE, *SUPPOSED, NEED)
    assert once > 0
    assert together == once
    for place, field in enumerate((MARKS, AVERAGE, *SUPPOSED, NEED)):
        name = ("marks", "average", "w2", "w5", "need")[place]
        assert [each[name] for each in (await read(field))[0]] == [each[name] for each in every]
    assert any(each["w2"] != each["w5"] for each in every)


def reads_of(table: str, texts: list[str]) -> int:
    """How often statements read a table's rows, in whatever part of them."""
    return sum(text.count(f"FROM {table} ") for text in texts)


async def test_other_arguments_are_read_apart(school: School, texts: list[str]) -> None:
    teacher = Id("Staff", await busy_teacher(school))
    await school.token("deputy")

    async def read(*days: str) -> tuple[list[Any], int]:
        fields = " ".join(f'a{place}: assignments(on: "{day}") {{ id }}' for place, day in enumerate(days))
        texts.clear()
        data = await school.data(f'{{ node(id: "{teacher}") {{ ... on Staff {{ {fields} }} }} }}', as_="deputy")
        return list(data["node"].values()), sum("teaching_assignment.staff_id" in text for text in texts)

    (now,), once = await read(str(DEMO_TODAY))
    (then,), _ = await read("2019-09-01")
    assert now != then == []
    assert await read(str(DEMO_TODAY), str(DEMO_TODAY)) == ([now, now], once)
    found, apart = await read(str(DEMO_TODAY), "2019-09-01")
    assert found == [now, then]
    assert apart == 2 * once


@pytest.fixture
async def context(school: School) -> AsyncIterator[Context]:
    """A request of a teacher who is also a parent, whose child is in no class."""
    roles = frozenset({Role.TEACHER, Role.PARENT})
    viewer = Viewer(school_id=1, account_id=1, today=DEMO_TODAY, roles=roles)
    tokens = Tokens(KEY, timedelta(hours=1), timedelta(days=1))
    context = Context(school.app.state.database, tokens, DEMO_NOW, datetime.now(UTC), viewer)
    yield context
    await context.close()


async def test_other_gates_are_read_apart(school: School, context: Context, texts: list[str]) -> None:
    """What a gate lets a viewer reach is never told through an edge whose gate does not."""
    key, day = (await busy_teacher(school),), {"day": DEMO_TODAY}
    load = await context.load_key(staff_load(**day), key, PLAN)
    assert load.assignments > 0
    assert len(texts) == 1
    assert await context.load_key(staff_assignments(**day), key, PARENT) == []
    assert (await context.load_key(staff_load(**day), key, PARENT)).assignments == 0
    assert len(texts) == 2
    assert len(await context.load_key(staff_assignments(**day), key, PLAN)) == load.assignments
    assert len(texts) == 2


def test_what_gathers_by_its_arguments_has_no_others() -> None:
    """Plans and loaders both leave them out of what is read."""
    with pytest.raises(TypeError):
        result_need(target=450, weight=1, day=DEMO_TODAY)
