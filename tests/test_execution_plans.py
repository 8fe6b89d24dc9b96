"""Plans are kept within bounds, their code holds nothing of a query but its keys, and deep documents do no harm."""

import ast
import builtins
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

import execution.code
import execution.documents
import execution.schema
from rules.account import Role
from server.demo import Demo

from .execution_stage import FORGIVEN, Case, Stage, both, executor, forget_all, hardened, person, stage_of
from .journal_help import gid

pytestmark = FORGIVEN
DEPUTY = frozenset({Role.DEPUTY})
CLASS = gid("SchoolClass", 1)


@pytest.fixture(scope="module")
async def stage(cluster: str, hardened_template: tuple[str, Demo]) -> AsyncIterator[Stage]:
    async with hardened(cluster, hardened_template) as (url, connection), stage_of(url, connection) as stage:
        yield stage


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    forget_all()
    yield
    forget_all()


# Caches


def plans_of(text: str, roles: frozenset[Role] = DEPUTY) -> dict[Any, Any]:
    plans: dict[Any, Any] = executor(roles).documents.get(text).plans
    return plans


async def test_plans_of_one_document_are_bounded(stage: Stage) -> None:
    """Seven switches make 128 cases; each is right, and only a few plans stay."""
    names = "abcdefg"
    head = ", ".join(f"${name}: Boolean!" for name in names)
    text = f"query({head}) {{ me {{ today {' '.join(f'{name}: name @include(if: ${name})' for name in names)} }} }}"
    for number in range(128):
        given = {name: bool(number >> place & 1) for place, name in enumerate(names)}
        case = Case(text, None, given)
        answer = await stage.ask(executor(DEPUTY), person(stage).viewer, case)
        assert list(answer.value["me"]) == ["today", *(name for name in names if given[name])]
        assert len(plans_of(text)) <= execution.schema.MOST_PLANS + 1


async def test_a_plan_is_compiled_once(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    plan = execution.schema.Compiler.plan

    def counting(self: Any) -> Any:
        made.append("plan")
        return plan(self)

    monkeypatch.setattr(execution.schema.Compiler, "plan", counting)
    text = "query($first: Int!) { school { students(first: $first) { nodes { name } } } }"
    answers = [
        await stage.ask(executor(DEPUTY), person(stage).viewer, Case(text, None, {"first": n})) for n in (1, 2, 2)
    ]
    assert [len(each.value["school"]["students"]["nodes"]) for each in answers] == [1, 2, 2]
    assert made == ["plan"]


async def test_documents_are_bounded_by_their_characters(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution.documents, "MOST_CHARACTERS", 2000)
    monkeypatch.setattr(execution.documents, "LONGEST", 500)
    documents = executor(DEPUTY).documents
    used = "{ me { used: name } }"
    for number in range(200):
        case = Case(f"{{ me {{ a{number}: name }} }}", None, {})
        assert (await stage.ask(executor(DEPUTY), person(stage).viewer, case)).value["me"]
        documents.get(used)
        assert sum(map(len, documents._kept)) <= 2000
    assert len(documents._kept) > 50
    assert used in documents._kept, "those used last stay"
    long = f"{{ me {{ {' '.join(f'b{number}: name' for number in range(100))} }} }}"
    answer, by = await both(stage, long)
    assert (len(answer.value["me"]), by) == (100, ("plan", ""))
    assert long not in documents._kept


async def test_each_schema_keeps_documents_of_its_own(stage: Stage) -> None:
    """The same text is valid for one and not for another, whoever asks first."""
    text = "{ me { children { name } } }"
    for _ in range(2):
        assert (await both(stage, text, kind="parent"))[1] == ("plan", "")
        assert (await both(stage, text, kind="deputy"))[1] == ("graphql-core", "request")
        assert (await both(stage, text, kind="parent", whole=True))[1] == ("plan", "")
        assert (await both(stage, text, kind="deputy", whole=True))[1] == ("graphql-core", "gate")


# The written code

KEYS = [
    "__import__", "_", "__", "__class__", "exec", "eval", "null", "None", "True", "rows", "out", "written", "lambda",
    "def", "import", "data", "self", *(f"{letter}{number}" for letter in "frxv" for number in range(4)), "v", "b", "k",
    "K" * 10_000,
]  # fmt: skip


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The text of all code that is written from now on."""
    texts: list[str] = []

    def noted(text: str, *args: Any) -> Any:
        texts.append(text)
        return builtins.compile(text, *args)

    monkeypatch.setattr(execution.code, "compile", noted, raising=False)
    return texts


async def test_keys_are_only_keys(stage: Stage, written: list[str]) -> None:
    """Whatever the keys are called, they stand in the code as literals, and nothing else of the query does."""
    inner = " ".join(f"{key}: name" for key in KEYS)
    text = (
        f"query($PLANTED: String) {{ school {{ {inner} classes(first: 3) {{ nodes {{ {inner} }} edges {{ cursor }} }} "
        f'students(first: 2, search: "PLANTED") {{ totalCount }} other: students(first: 2, search: $PLANTED) '
        f"{{ nodes {{ ...PLANTED }} }} }} }} fragment PLANTED on Student {{ {inner} }}"
    )
    answer, by = await both(stage, text, {"PLANTED": "PLANTED"})
    assert by == ("plan", "")
    assert list(answer.value["school"])[: len(KEYS)] == KEYS
    assert all(list(node) == KEYS for node in answer.value["school"]["classes"]["nodes"])
    assert written
    assert not any("PLANTED" in each for each in written)
    known = {*KEYS, "classes", "students", "other", "nodes", "edges", "cursor", "totalCount", "School"}
    for code in written:
        tree = ast.parse(code)
        literals = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
        assert literals <= known, literals - known
        names = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
        assert all(re.fullmatch(r"[frx]\d+|rows|out|null|v|b", name) for name in names), names
        assert not any(isinstance(n, ast.Import | ast.ImportFrom | ast.Global | ast.ClassDef) for n in ast.walk(tree))


def there_and_back(depth: int) -> str:
    """Two lessons, each with its record, with its lesson, and so on."""
    inner = f"{'id record { lesson { ' * (depth // 2)} id {'} } ' * (depth // 2)}"
    days = 'since: "2026-05-12", until: "2026-05-12", first: 2'
    return f'{{ schoolClass(id: "{CLASS}") {{ lessons({days}) {{ nodes {{ {inner} }} }} }} }}'


@pytest.mark.parametrize("depth", [2, 8, 20, 60])
async def test_deep_documents(stage: Stage, depth: int) -> None:
    """There and back between a lesson and its record, which is one row after another joined or followed."""
    answer, by = await both(stage, there_and_back(depth))
    assert by == ("plan", "")
    assert answer.data.count('"id"') == (depth // 2 + 1) * 2


@pytest.mark.parametrize("depth", [150, 400])
async def test_endless_documents_are_answered_alike(stage: Stage, depth: int) -> None:
    """Too deep for Python's own limits, in whichever executor: both say the same."""
    who = person(stage)
    case = Case(there_and_back(depth), None, {})
    found, expected = [await stage.ask(executor(DEPUTY, way), who.viewer, case) for way in (True, False)]
    assert [found.data, found.messages] == [expected.data, expected.messages]


async def test_wide_documents(stage: Stage) -> None:
    """A thousand aliases of a field that is read by itself, and one of each row."""
    wide = " ".join(f"a{number}: schoolClass {{ name }} b{number}: name" for number in range(200))
    answer, by = await both(stage, f"{{ school {{ students(first: 3) {{ nodes {{ {wide} }} }} }} }}")
    assert by == ("plan", "")
    assert len(answer.value["school"]["students"]["nodes"][0]) == 400
