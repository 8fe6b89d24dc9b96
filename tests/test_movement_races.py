"""Several at once in the movement book: one number, one class at a time, and no journal entry left without a class."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable
from datetime import date
from typing import Any

import asyncpg
import pytest

from server.demo import DEMO_TODAY, Demo

from .journal_help import Journal, gid
from .movement_help import ONE, Book, book_of, moved, order
from .test_races import held, until_blocked

JUNE = date(2026, 6, 10)


@pytest.fixture
async def book(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Book]:
    """A school of the test's own."""
    async with book_of(cluster, demo_template) as book:
        await book.school.token("secretary")
        yield book


async def at_once(book: Book, *commands: Awaitable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The results of commands that all wait for the movement book at one moment."""
    other = await asyncpg.connect(book.school.url)
    try:
        async with other.transaction():
            await other.execute("SELECT FROM school WHERE school_id = 1 FOR UPDATE")
            running = [asyncio.ensure_future(command) for command in commands]
            await until_blocked(Journal(book.school, book.db), len(commands))
    finally:
        await other.close()
    return list(await asyncio.gather(*running))


def outcomes(results: list[dict[str, Any]]) -> Counter[str]:
    return Counter(result.get("code", "done") for result in results)


async def test_orders_on_one_student(book: Book) -> None:
    """Of departures, transfers and enrolments of one student, issued at once, one stands."""
    student, to = (await book.students("5А"))[0], await book.class_id("5Б")
    drafts = [
        await book.draft("TRANSFER", JUNE, moved(student, to)),
        await book.draft("DEPARTURE", JUNE, moved(student)),
        await book.draft("DEPARTURE", JUNE, moved(student)),
    ]
    results = await at_once(book, *(book.run("issueOrder", {"orderId": draft}) for draft in drafts))
    assert outcomes(results)["done"] == 1
    assert await book.db.fetchval(
        "SELECT count(*) FROM enrolment WHERE student_id = $1 AND starts_on <= $2 AND "
        "(ends_on IS NULL OR ends_on >= $2)",
        *(student, JUNE - ONE),
    )


async def test_numbers_are_given_once(book: Book) -> None:
    drafts = [await book.draft("DEPARTURE", JUNE, moved(student)) for student in (await book.students("9А"))[:5]]
    results = await at_once(book, *(book.run("issueOrder", {"orderId": draft}) for draft in drafts))
    assert outcomes(results) == {"done": 5}
    assert len({result["order"]["number"] for result in results}) == 5
    again = [await book.draft("DEPARTURE", JUNE, moved(student)) for student in (await book.students("9Б"))[:3]]
    same = [book.run("issueOrder", {"orderId": draft, "number": "77"}) for draft in again]
    assert outcomes(await at_once(book, *same)) == {"done": 1, "NUMBER_TAKEN": 2}


async def test_a_draft_is_issued_once_and_cancelled_once(book: Book) -> None:
    draft = await book.draft("DEPARTURE", JUNE, moved((await book.students("5А"))[0]))
    results = await at_once(book, *(book.run("issueOrder", {"orderId": draft}) for _ in range(3)))
    assert outcomes(results) == {"done": 1, "ORDER_STATE": 2}
    results = await at_once(book, *(book.run("cancelOrder", {"orderId": draft}) for _ in range(3)))
    assert outcomes(results) == {"done": 1, "ORDER_STATE": 2}


@pytest.mark.parametrize("first", ["order", "mark"])
async def test_an_order_and_a_mark(book: Book, first: str) -> None:
    """Whoever comes second sees what the first has done: no mark stands for a day outside the class."""
    journal = Journal(book.school, book.db)
    await book.school.token("teacher")
    newcomer, to = await book.newcomer(), await book.class_id("5А")
    enrolment = await book.issued("ENROLMENT", DEMO_TODAY, moved(newcomer, to))
    lesson = await journal.lesson("5А")
    task = await journal.task(lesson)
    mark = {"taskId": task, "studentId": gid("Student", newcomer), "value": "5"}
    given = [
        lambda: book.run("cancelOrder", {"orderId": enrolment}),
        lambda: journal.run("setMark", mark),
    ]
    if first == "mark":
        given.reverse()
    async with held(journal, "student", newcomer, 2):
        running = []
        for command in given:
            running.append(asyncio.ensure_future(command()))
            await until_blocked(journal, len(running))
    results = await asyncio.gather(*running)
    codes = [result.get("code", "done") for result in results]
    assert codes == ["done", "NOT_IN_GROUP" if first == "order" else "JOURNAL_FILLED"]
    enrolled = "SELECT FROM enrolment WHERE student_id = $1"
    strays = f"SELECT count(*) FROM mark WHERE student_id = $1 AND NOT EXISTS ({enrolled})"
    assert await book.db.fetchval(strays, newcomer) == 0


async def test_the_database_holds_writers_apart(book: Book) -> None:
    """Whoever writes past the commands, at once and without seeing each other, cannot put a student in two classes."""
    student, of = await book.newcomer(), await book.class_id("5А")
    items = [
        item
        for day in (date(2026, 6, 1), date(2026, 6, 10))
        for item in await order(book.db, 1, "enrolment", day, [(student, None, of)])
    ]
    (ends,) = await order(book.db, 1, "departure", date(2026, 6, 21), [(student, of, None)])
    insert = (
        "INSERT INTO enrolment (school_id, student_id, class_id, starts_on, ends_on, opened_by, ended_by) "
        "VALUES (1, $1, $2, $3, $4, $5, $6)"
    )
    rows = [
        (student, of, date(2026, 6, 1), date(2026, 6, 20), items[0], ends),
        (student, of, date(2026, 6, 10), None, items[1], None),
    ]
    one, other = [await asyncpg.connect(book.school.url) for _ in rows]
    try:
        transaction = one.transaction()
        await transaction.start()
        await one.execute(insert, *rows[0])
        second = asyncio.ensure_future(other.execute(insert, *rows[1]))
        await until_blocked(Journal(book.school, book.db), 1)
        await transaction.commit()
        with pytest.raises(asyncpg.ExclusionViolationError):
            await second
    finally:
        await one.close()
        await other.close()
