"""Marks: their values, versions and comments, a page of them at once, and what is never lost of them."""

import json
from collections.abc import AsyncIterator
from time import perf_counter
from typing import Any

import asyncpg
import pytest

from rules.journal import MARK_VALUES
from server.demo import Demo

from .journal_help import Journal, Lesson, gid, number_of, opened


@pytest.fixture(scope="module")
async def journal(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Journal]:
    """A school for this module to write in: each test at lessons of its own."""
    async with opened(cluster, demo_template) as journal:
        yield journal


async def page(journal: Journal, tasks: int = 1, subject: str = "Биол.") -> tuple[Lesson, list[str]]:
    lesson = await journal.lesson("5А", subject)
    return lesson, [await journal.task(lesson) for _ in range(tasks)]


# One mark.


@pytest.mark.parametrize("value", MARK_VALUES)
async def test_every_value(journal: Journal, value: str) -> None:
    """A mark is a word of a closed list, with a number where it is one."""
    lesson, (task,) = await page(journal)
    mark = (await journal.done("setMark", {"taskId": task, "studentId": lesson.student(), "value": value}))["mark"]
    assert mark["value"] == value
    assert mark["number"] == (int(value) if value in "12345" else None)


BAD_VALUES = [
    "",
    "0",
    "6",
    "55",
    "-1",
    "5 ",
    " 5",
    "5.0",
    "зач",
    "ЗАЧ.",
    "Н",
    "+",
    "٥",
    "５",
    "5\0",
    "\0",
    "😀",
    "я" * 100_000,
]


@pytest.mark.parametrize("value", BAD_VALUES, ids=range(len(BAD_VALUES)))
async def test_bad_value(journal: Journal, value: str) -> None:
    lesson, (task,) = await page(journal)
    given = {"taskId": task, "studentId": lesson.student(), "value": value}
    assert await journal.refused("setMark", given) == ("BAD_MARK", "value", "7.4")
    good = {**given, "studentId": lesson.student(1), "value": "5"}
    assert await journal.refused("setMarks", {"entries": [good, given]}) == ("BAD_MARK", "entries.1.value", "7.4")


async def test_who_gets_a_mark(journal: Journal) -> None:
    lesson, (task,) = await page(journal)
    for stranger in (lesson.strangers[0], 2**40):
        given = {"taskId": task, "studentId": gid("Student", stranger), "value": "5"}
        assert await journal.refused("setMark", given) == ("NOT_IN_GROUP", "studentId", None)
        entries = [{**given, "studentId": lesson.student()}, given]
        assert await journal.refused("setMarks", {"entries": entries}) == ("NOT_IN_GROUP", "entries.1.studentId", None)
    lesson = await journal.lesson("5Б", "Биол.")
    given = {"taskId": await journal.task(lesson), "studentId": gid("Student", lesson.at_home[0]), "value": "5"}
    assert await journal.refused("setMark", given) == ("TAUGHT_AT_HOME", "studentId", "7.8")
    entries = [{**given, "studentId": lesson.student()}, given]
    assert await journal.refused("setMarks", {"entries": entries}) == ("TAUGHT_AT_HOME", "entries.1.studentId", "7.8")


@pytest.mark.parametrize("value", ["", gid("Mark", 1), gid("Task", 0), "A" * 100_000, "Задание", gid("Task", 2**63)])
async def test_bad_ids(journal: Journal, value: str) -> None:
    lesson, (task,) = await page(journal)
    good = {"taskId": task, "studentId": lesson.student(), "value": "5"}
    assert await journal.refused("setMark", {**good, "taskId": value}) == ("BAD_ID", "taskId", None)
    assert await journal.refused("setMark", {**good, "studentId": value}) == ("BAD_ID", "studentId", None)
    entries = [good, {**good, "studentId": value}]
    assert await journal.refused("setMarks", {"entries": entries}) == ("BAD_ID", "entries.1.studentId", None)
    assert await journal.refused("removeMark", {"markId": task}) == ("BAD_ID", "markId", None)


async def test_comment_is_kept(journal: Journal) -> None:
    """A comment stays while only the value is sent, and goes when it is sent as null."""
    lesson, (task,) = await page(journal)
    given = {"taskId": task, "studentId": lesson.student(), "value": "4"}
    mark = (await journal.done("setMark", {**given, "comment": "аккуратнее 😀"}))["mark"]
    assert (mark["comment"], mark["version"]) == ("аккуратнее 😀", 1)
    mark = (await journal.done("setMark", {**given, "value": "5"}))["mark"]
    assert (mark["value"], mark["comment"], mark["version"]) == ("5", "аккуратнее 😀", 2)
    mark = (await journal.done("setMarks", {"entries": [{**given, "value": "3"}]}))["marks"][0]
    assert (mark["value"], mark["comment"], mark["version"]) == ("3", "аккуратнее 😀", 3)
    mark = (await journal.done("setMark", {**given, "value": "3", "comment": None}))["mark"]
    assert (mark["comment"], mark["version"]) == (None, 4)
    for bad in ("я" * 1001, "ноль\0"):
        assert await journal.refused("setMark", {**given, "comment": bad}) == ("BAD_INPUT", "comment", None)
    assert (await journal.done("setMark", {**given, "comment": "я" * 1000}))["mark"]["comment"] == "я" * 1000


async def test_versions(journal: Journal) -> None:
    lesson, (task,) = await page(journal)
    given = {"taskId": task, "studentId": lesson.student(), "value": "4"}
    for seen in (1, -1, 2**31 - 1):
        assert await journal.refused("setMark", {**given, "ifVersion": seen}) == ("CONFLICT", "ifVersion", None)
    mark = (await journal.done("setMark", {**given, "ifVersion": 0}))["mark"]
    for stale in (0, 2):
        assert await journal.refused("setMark", {**given, "ifVersion": stale}) == ("CONFLICT", "ifVersion", None)
    assert (await journal.done("setMark", {**given, "value": "5", "ifVersion": 1}))["mark"]["version"] == 2
    assert await journal.refused("setMark", {**given, "ifVersion": 1}) == ("CONFLICT", "ifVersion", None)
    entries = [{**given, "studentId": lesson.student(1)}, {**given, "ifVersion": 1}]
    assert await journal.refused("setMarks", {"entries": entries}) == ("CONFLICT", "entries.1.ifVersion", None)
    for stale in (0, 1, 3):
        removal = {"markId": mark["id"], "ifVersion": stale}
        assert await journal.refused("removeMark", removal) == ("CONFLICT", "ifVersion", None)
    await journal.done("removeMark", {"markId": mark["id"], "ifVersion": 2})
    assert (await journal.done("setMark", {**given, "ifVersion": 0}))["mark"]["version"] == 1


async def test_repeat_does_no_harm(journal: Journal) -> None:
    """The same mark again is no new version, no row of history, no new moment."""
    lesson, (task,) = await page(journal)
    given = {"taskId": task, "studentId": lesson.student(), "value": "4", "comment": "молодец"}
    first = await journal.done("setMark", given)
    before = await journal.digest()
    again = [given, {**given, "ifVersion": 1}, {name: given[name] for name in ("taskId", "studentId", "value")}]
    for each in again:
        assert await journal.done("setMark", each) == first
        assert (await journal.done("setMarks", {"entries": [each]}))["marks"][0]["id"] == first["mark"]["id"]
    assert await journal.digest() == before


async def test_several_marks_and_an_absence(journal: Journal) -> None:
    """Several marks on one lesson, one a task (7.4); a mark and an absence both survive, in either order (7.5)."""
    lesson, tasks = await page(journal, 3)
    who = {"studentId": lesson.student()}
    await journal.done("takeRollCall", {"lessonId": lesson.gid, "absent": [{**who, "code": "ILLNESS"}]})
    for task, value in zip(tasks, ("5", "2", "зач."), strict=True):
        await journal.done("setMark", {"taskId": task, **who, "value": value})
    await journal.done("markAttendance", {"lessonId": lesson.gid, **who, "code": "EXCUSED"})
    query = (
        "query($id: ID!) { node(id: $id) { ... on Lesson { record { attendance { letters student { id } }"
        " marks { value weight student { id } task { id } } tasks { id marks { value } } } } } }"
    )
    record = (await journal.school.data(query, {"id": lesson.gid}, as_="teacher"))["node"]["record"]
    assert record["attendance"] == [{"letters": "УП", "student": {"id": lesson.student()}}]
    assert [(mark["task"]["id"], mark["value"]) for mark in record["marks"]] == list(
        zip(tasks, ("5", "2", "зач."), strict=True)
    )
    assert [task["id"] for task in record["tasks"]] == tasks
    await journal.done("takeRollCall", {"lessonId": lesson.gid, "absent": []})
    record = (await journal.school.data(query, {"id": lesson.gid}, as_="teacher"))["node"]["record"]
    assert (len(record["marks"]), record["attendance"]) == (3, [])


async def test_remove_mark(journal: Journal) -> None:
    """A mark that is taken back is gone from the journal and kept in the history; its number is never used again."""
    lesson, (task,) = await page(journal)
    given = {"taskId": task, "studentId": lesson.student(), "value": "2", "comment": "не готов"}
    mark = (await journal.done("setMark", given))["mark"]["id"]
    assert await journal.done("removeMark", {"markId": mark}) == {"__typename": "RemoveMarkPayload", "markId": mark}
    assert await journal.refused("removeMark", {"markId": mark}) == ("NOT_FOUND", "markId", None)
    (kept,) = await journal.history("mark", number_of(mark))
    row = json.loads(kept["row"])
    assert (kept["operation"], row["value"], row["comment"]) == ("delete", "2", "не готов")
    new = (await journal.done("setMark", {"taskId": task, "studentId": lesson.student(), "value": "4"}))["mark"]
    assert (new["id"] != mark, new["comment"], new["version"]) == (True, None, 1)


# A page of marks.


async def test_set_marks(journal: Journal) -> None:
    """New ones, changed ones and unchanged ones together; the answer is in the order of the entries."""
    lesson, tasks = await page(journal, 2)
    one = {"taskId": tasks[0], "studentId": lesson.student(0), "value": "4"}
    two = {"taskId": tasks[0], "studentId": lesson.student(1), "value": "3", "comment": "см. тетрадь"}
    first = [(await journal.done("setMark", each))["mark"]["id"] for each in (one, two)]
    entries = [
        {"taskId": tasks[1], "studentId": lesson.student(1), "value": "осв."},
        {**two, "value": "5", "ifVersion": 1},
        one,
        {"taskId": tasks[1], "studentId": lesson.student(0), "value": ".", "ifVersion": 0, "comment": "сдать"},
    ]
    marks = (await journal.done("setMarks", {"entries": entries}))["marks"]
    assert [(mark["value"], mark["comment"], mark["version"]) for mark in marks] == [
        ("осв.", None, 1),
        ("5", "см. тетрадь", 2),
        ("4", None, 1),
        (".", "сдать", 1),
    ]
    assert [marks[2]["id"], marks[1]["id"]] == first


async def many(journal: Journal, count: int) -> list[dict[str, Any]]:
    """So many entries for a lesson with as many tasks as that takes."""
    lesson = await journal.lesson("5А", "Биол.")
    tasks = -(-count // len(lesson.students))
    rows = await journal.db.fetch(
        "INSERT INTO task (school_id, lesson_id, lesson_date, work_type_id, position, weight, changed_at)"
        " SELECT 1, $1, $2, 1, n, 1, now() FROM generate_series(1, $3) AS n RETURNING id",
        lesson.id,
        lesson.date,
        tasks,
    )
    places = [(row["id"], student) for row in rows for student in lesson.students]
    return [{"taskId": gid("Task", task), "studentId": gid("Student", s), "value": "4"} for task, s in places[:count]]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"value": "7"}, ("BAD_MARK", "value", "7.4")),
        ({"comment": "я" * 1001}, ("BAD_INPUT", "comment", None)),
        ({"taskId": gid("Task", 2**40)}, ("NOT_FOUND", "taskId", None)),
        ({"taskId": gid("Mark", 1)}, ("BAD_ID", "taskId", None)),
        ({"studentId": gid("Student", 2**40)}, ("NOT_IN_GROUP", "studentId", None)),
        ({"ifVersion": 7}, ("CONFLICT", "ifVersion", None)),
    ],
)
@pytest.mark.parametrize("at", [0, 3, 39])
async def test_one_bad_entry_among_many(
    journal: Journal, at: int, change: dict[str, Any], expected: tuple[str, str, str | None]
) -> None:
    """All or nothing: one bad entry undoes the page, and the refusal names it."""
    entries = await many(journal, 40)
    entries[at] |= change
    code, field, clause = expected
    assert await journal.refused("setMarks", {"entries": entries}) == (code, f"entries.{at}.{field}", clause)


async def test_one_task_of_another_among_many(journal: Journal) -> None:
    """A page may reach over lessons, but not past the viewer's own: then all of it is refused."""
    entries = await many(journal, 10)
    own, (task,) = await page(journal, 1, "Геогр.")
    entries.append({"taskId": task, "studentId": own.student(), "value": "5"})
    assert len((await journal.done("setMarks", {"entries": entries}))["marks"]) == 11
    other, (task,) = await page(journal, 1, "Матем.")
    entries.append({"taskId": task, "studentId": other.student(), "value": "5"})
    assert await journal.refused("setMarks", {"entries": entries}) == ("NOT_FOUND", "entries.11.taskId", None)


async def test_the_same_place_twice(journal: Journal) -> None:
    entries = await many(journal, 4)
    entries.append({**entries[1], "value": "5"})
    assert await journal.refused("setMarks", {"entries": entries}) == ("BAD_INPUT", "entries.4.studentId", None)


async def test_how_many_at_once(journal: Journal) -> None:
    entries = await many(journal, 1001)
    assert await journal.refused("setMarks", {"entries": entries}) == ("BAD_INPUT", "entries", None)
    assert await journal.refused("setMarks", {"entries": []}) == ("BAD_INPUT", "entries", None)


async def test_a_thousand_at_once(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """New or changed, a thousand marks take as few statements as ten, and no long wait."""
    counts: list[int] = []
    for name in ("fetch", "execute"):
        _count(monkeypatch, name, counts)
    taken: dict[int, list[int]] = {}
    for number in (10, 1000):
        entries = await many(journal, number)
        taken[number] = []
        for value in ("4", "5", "5"):
            asked = [{**each, "value": value} for each in entries]
            counts.clear()
            started = perf_counter()
            marks = (await journal.done("setMarks", {"entries": asked}))["marks"]
            spent = perf_counter() - started
            taken[number].append(len(counts))
            assert [mark["value"] for mark in marks] == [value] * number
            assert spent < 5, f"{number} marks took {spent:.1f} s"
    assert taken[10] == taken[1000]
    assert 3 < min(taken[1000]) <= max(taken[1000]) < 20
    versions = await journal.db.fetch("SELECT version, count(*) FROM mark WHERE value = '5' AND version = 2 GROUP BY 1")
    assert versions[0]["count"] >= 1000


def _count(monkeypatch: pytest.MonkeyPatch, name: str, counts: list[int]) -> None:
    original = getattr(asyncpg.Connection, name)

    async def counted(self: Any, *args: Any, **kwargs: Any) -> Any:
        counts.append(1)
        return await original(self, *args, **kwargs)

    monkeypatch.setattr(asyncpg.Connection, name, counted)


async def test_history_of_a_page(journal: Journal) -> None:
    """Every mark that a page changes leaves its old self, under the one audit entry of the page."""
    entries = await many(journal, 30)
    marks = (await journal.done("setMarks", {"entries": entries}))["marks"]
    changed = [{**each, "value": "2" if n % 3 else each["value"]} for n, each in enumerate(entries)]
    await journal.done("setMarks", {"entries": changed})
    entry = (await journal.entries())[-1]
    assert (entry["command"], len(json.loads(entry["input"])["entries"])) == ("setMarks", 30)
    for n, mark in enumerate(marks):
        history = await journal.history("mark", number_of(mark["id"]))
        found = [(row["operation"], row["audit_entry_id"], json.loads(row["row"])["value"]) for row in history]
        assert found == ([("update", entry["id"], "4")] if n % 3 else [])
