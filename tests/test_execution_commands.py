"""Commands are never compiled: with the executor on, each runs once and in its turn, whatever becomes of its answer."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from server.demo import Demo

from .execution_stage import executed
from .journal_help import Journal, number_of, opened

MARK = "... on SetMarkPayload { mark { id value version student { name } task { position } } } ... on Refusal { code }"


@pytest.fixture(scope="module")
async def journal(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Journal]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLASSBOOK_EXECUTOR", "on")
        async with opened(cluster, demo_template) as journal:
            await journal.school.token("teacher")
            yield journal


async def entry(journal: Journal) -> tuple[int, dict[str, Any]]:
    """The number of a new lesson, and the place of a mark at it."""
    lesson = await journal.lesson()
    return lesson.id, {"taskId": await journal.task(lesson), "studentId": lesson.student()}


async def versions(journal: Journal, lesson: int) -> list[tuple[str, int]]:
    """The marks of a lesson."""
    rows = await journal.db.fetch("SELECT value, version FROM mark WHERE lesson_id = $1 ORDER BY id", lesson)
    return [tuple(row) for row in rows]


async def run(journal: Journal, fields: dict[str, str], given: dict[str, Any]) -> tuple[Any, list[str]]:
    """The answer to one mutation of several commands, and the outcomes of the entries that it left."""
    before, count = executed(), len(await journal.entries())
    inner = " ".join(f"{alias}: setMark(input: ${alias}) {{ {selected} }}" for alias, selected in fields.items())
    head = ", ".join(f"${alias}: SetMarkInput!" for alias in fields)
    answer = await journal.school.ask(f"mutation({head}) {{ {inner} }}", given, as_="teacher")
    by = executed() - before
    assert not by["plan", ""], by
    return answer, [each["outcome"] for each in (await journal.entries())[count:]]


async def test_a_command_twice_in_one_mutation_runs_twice(journal: Journal) -> None:
    lesson, place = await entry(journal)
    given = {"z": {**place, "value": "3"}, "a": {**place, "value": "5", "ifVersion": 1}}
    answer, outcomes = await run(journal, {"z": MARK, "a": MARK}, given)
    assert "errors" not in answer
    assert list(answer["data"]) == ["z", "a"]
    marks = [each["mark"] for each in answer["data"].values()]
    assert [(mark["value"], mark["version"]) for mark in marks] == [("3", 1), ("5", 2)]
    assert all(mark["student"]["name"] for mark in marks)
    assert outcomes == ["done", "done"]
    assert await versions(journal, lesson) == [("5", 2)]
    assert len(await journal.history("mark", number_of(marks[0]["id"]))) == 1


async def test_one_that_is_refused_stands_between_two_that_are_not(journal: Journal) -> None:
    lesson, place = await entry(journal)
    values = {"first": "4", "second": "6", "third": "2"}
    given = {alias: {**place, "value": value} for alias, value in values.items()}
    answer, outcomes = await run(journal, dict.fromkeys(values, MARK), given)
    assert "errors" not in answer
    assert answer["data"]["second"] == {"code": "BAD_MARK"}
    assert outcomes == ["done", "BAD_MARK", "done"]
    assert await versions(journal, lesson) == [("2", 2)]


async def test_a_command_whose_answer_has_an_error_has_run_once(journal: Journal) -> None:
    """The answer cannot be read, and nothing is tried again: what is written is written."""
    lesson, place = await entry(journal)
    broken = '... on SetMarkPayload { mark { student { averages(periodId: "bad") { average } } version } }'
    given = {"good": {**place, "value": "4"}, "bad": {**place, "value": "5"}}
    answer, outcomes = await run(journal, {"good": MARK, "bad": broken}, given)
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "BAD_ID"
    assert error["path"][:2] == ["bad", "mark"]
    assert answer["data"]["good"]["mark"]["version"] == 1
    assert outcomes == ["done", "done"]
    assert await versions(journal, lesson) == [("5", 2)]


async def test_a_document_with_a_query_and_a_command(journal: Journal) -> None:
    """The query is compiled, as often as it is asked, and the command beside it does not run."""
    lesson, place = await entry(journal)
    write = f"mutation Write($input: SetMarkInput!) {{ setMark(input: $input) {{ {MARK} }} }}"
    text = f"query Read {{ me {{ name }} }} {write}"
    token, before = await journal.school.token("teacher"), executed()
    body = {"query": text, "variables": {"input": {**place, "value": "5"}}}
    found = []
    for name in ("Read", "Read", "Write", "Read"):
        response = await journal.school.client.post(
            "/graphql", json={**body, "operationName": name}, headers={"authorization": f"Bearer {token}"}
        )
        found.append(response.json())
        assert len(await versions(journal, lesson)) == (1 if len(found) > 2 else 0)
    assert [list(each["data"]) for each in found] == [["me"], ["me"], ["setMark"], ["me"]]
    by = executed() - before
    assert by["plan", ""] == 3
    assert by["graphql-core", "mutation"] == 1
    assert await versions(journal, lesson) == [("5", 1)]


async def test_a_mutation_that_is_wrong_changes_nothing(journal: Journal) -> None:
    lesson, place = await entry(journal)
    digest = await journal.digest()
    given = {"one": {**place, "value": "5"}}
    answer, outcomes = await run(journal, {"one": "... on SetMarkPayload { nothing }"}, given)
    assert answer["data"] is None
    assert outcomes == []
    assert await journal.digest() == digest
    assert await versions(journal, lesson) == []
