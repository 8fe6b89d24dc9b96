"""What commands tell: every command says what, and the rows it touches are told with it, once, or not at all."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from server.demo import Demo

from .journal_help import Journal, gid, number_of, opened


@pytest.fixture(scope="module")
async def journal(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Journal]:
    async with opened(cluster, demo_template) as journal:
        yield journal


class Told:
    """What has been told since the block began."""

    def __init__(self, db: "asyncpg.Connection[Any]") -> None:
        self.db = db
        self.since = 0

    async def __aenter__(self) -> "Told":
        self.since = await self.db.fetchval("SELECT coalesce(max(id), 0) FROM change")
        return self

    async def __aexit__(self, *_: Any) -> None:
        pass

    async def rows(self, *names: str) -> list[Any]:
        """What was told, in this order, as far as the names ask."""
        found = await self.db.fetch("SELECT * FROM change WHERE id > $1 ORDER BY id", self.since)
        return [tuple(row[name] for name in names) for row in found]


async def test_what_is_written_at_a_lesson(journal: Journal) -> None:
    """Each row with its lesson, its day, its journal and its student."""
    lesson = await journal.lesson()
    first, second = lesson.students[:2]
    async with Told(journal.db) as told:
        task = await journal.task(lesson)
        entries = [{"taskId": task, "studentId": gid("Student", each), "value": "4"} for each in (first, second)]
        marks = (await journal.done("setMarks", {"entries": entries}))["marks"]
        await journal.done("removeMark", {"markId": marks[0]["id"]})
        await journal.done("recordLesson", {"lessonId": lesson.gid, "topic": "Клетка"})
        await journal.done("takeRollCall", {"lessonId": lesson.gid, "absent": [{"studentId": gid("Student", first)}]})
        await journal.done("assignHomework", {"lessonId": lesson.gid, "text": "§ 1"})
        own = {"lessonId": lesson.gid, "text": "§ 2", "studentIds": [gid("Student", second)]}
        await journal.done("assignHomework", own)
        numbers = [number_of(each["id"]) for each in marks]
        expected = [
            ("task", number_of(task), None),
            ("mark", numbers[0], first),
            ("mark", numbers[1], second),
            ("mark", numbers[0], first),
            ("lesson", lesson.id, None),
            ("record", lesson.id, None),
        ]
        rows = await told.rows("kind", "object_id", "student_id")
        assert sorted(rows[:6], key=str) == sorted(expected, key=str)
        assert [(kind, student) for kind, _, student in rows[6:]] == [
            ("attendance", first),
            ("roll_call", None),
            ("homework", None),
            ("homework", second),
        ]
        places = set(await told.rows("lesson_id", "group_id", "starts_on", "ends_on"))
        assert places == {(lesson.id, lesson.group_id, lesson.date, lesson.date)}
        commands = await journal.db.fetch(
            "SELECT DISTINCT command FROM change JOIN audit_entry AS e ON e.id = audit_entry_id WHERE change.id > $1",
            told.since,
        )
    assert {row["command"] for row in commands} == {
        *("addTask", "setMarks", "removeMark", "recordLesson", "takeRollCall", "assignHomework")
    }


async def test_a_refused_or_repeated_command_tells_nothing(journal: Journal) -> None:
    lesson = await journal.lesson()
    given = {"lessonId": lesson.gid, "text": "§ 3", "idempotencyKey": "told once"}
    await journal.done("assignHomework", given)
    task = await journal.task(lesson)
    async with Told(journal.db) as told:
        await journal.done("assignHomework", given)
        mark = {"taskId": task, "studentId": lesson.student(), "value": "6"}
        await journal.refused("setMark", mark)
        stranger = {"taskId": task, "studentId": gid("Student", lesson.strangers[0]), "value": "5"}
        await journal.refused("setMark", stranger)
        assert await told.rows("kind") == []


async def test_a_moved_lesson_takes_its_rows_along_untold(journal: Journal) -> None:
    """The day's transfer is told of the lesson, on both days; what stands at it has not changed."""
    lesson = await journal.lesson(days=1)
    homework = await journal.done("assignHomework", {"lessonId": lesson.gid, "text": "§ 4"})
    day = lesson.date + timedelta(days=5)
    pretended = journal.db.transaction()
    await pretended.start()
    async with Told(journal.db) as told:
        await journal.db.execute(
            "SELECT set_config('classbook.audit_entry', (SELECT max(id) FROM audit_entry)::text, true)"
        )
        await journal.db.execute("UPDATE lesson SET date = $2 WHERE id = $1", lesson.id, day)
        rows = await told.rows("kind", "lesson_id", "starts_on", "ends_on")
        moved = await journal.db.fetchval(
            "SELECT lesson_date FROM homework WHERE id = $1", number_of(homework["homework"]["id"])
        )
    await pretended.rollback()
    assert moved == day
    assert rows == [("lesson", lesson.id, lesson.date, day)]


async def test_what_no_command_writes_is_not_told(journal: Journal) -> None:
    """A demo or a restored backup is nobody's news."""
    async with Told(journal.db) as told:
        await journal.db.execute("UPDATE mark SET version = version + 1 WHERE id IN (SELECT id FROM mark LIMIT 1)")
        assert await told.rows("kind") == []


async def test_a_task_for_students_named_is_told_to_them(journal: Journal) -> None:
    """Nobody else hears of it, but who it was for before; one that moves is told at both lessons, and its marks."""
    lesson, other = await journal.lesson(), await journal.lesson(days=-1)
    first, second = lesson.students[:2]
    ids = [gid("Student", each) for each in (first, second)]
    async with Told(journal.db) as told:
        task = await journal.task(lesson, studentIds=ids[:1])
        await journal.done("changeTask", {"taskId": task, "name": "Тест"})
        assert set(await told.rows("kind", "student_id")) == {("task", first)}
    async with Told(journal.db) as told:
        await journal.done("changeTask", {"taskId": task, "studentIds": ids})
        assert set(await told.rows("kind", "student_id")) == {("task", first), ("task", second)}
    mark = (await journal.done("setMark", {"taskId": task, "studentId": ids[0], "value": "5"}))["mark"]
    async with Told(journal.db) as told:
        await journal.done("moveTask", {"taskId": task, "lessonId": other.gid})
        assert set(await told.rows("kind", "object_id", "lesson_id", "student_id")) == {
            *(("task", number_of(task), at.id, student) for at in (lesson, other) for student in (first, second)),
            ("mark", number_of(mark["id"]), lesson.id, first),
        }
    async with Told(journal.db) as told:
        await journal.done("changeTask", {"taskId": task, "studentIds": None})
        assert ("task", None) in await told.rows("kind", "student_id")
    async with Told(journal.db) as told:
        await journal.done("changeTask", {"taskId": task, "studentIds": ids[:1]})
        assert ("task", None) in await told.rows("kind", "student_id"), "they have lost it"
