"""The new year's classes and whom orders place there; imports and old databases; whole schools at once."""

import time
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from migrations.run import upgrade
from permissions.viewer import Viewer
from resolvers.account_tokens import Tokens
from resolvers.commands import Work, command
from resolvers.context import Context
from resolvers.movement_issue import Placed, place_promoted
from rules.account import Role
from rules.refusals import Refusal, RefusalCode
from server.demo import DEMO_NOW, DEMO_TODAY, Demo

from .conftest import KEY, clone
from .import_rows import STUDENTS, load, new_school, student
from .journal_help import gid, number_of
from .movement_help import Book, book_of, moved

SEPTEMBER = date(2026, 9, 1)


@pytest.fixture
async def book(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Book]:
    """A school of the test's own."""
    async with book_of(cluster, demo_template) as book:
        yield book


async def place(book: Book, classes: dict[int, int], students: dict[int, int] | None = None) -> Placed:
    """Place the promoted, as the new year's opening does."""
    database, tokens = book.school.app.state.database, Tokens(KEY, timedelta(hours=1), timedelta(days=1))
    viewer = Viewer(school_id=1, account_id=1, today=DEMO_TODAY, roles=frozenset({Role.ADMINISTRATOR}))
    context = Context(database, tokens, DEMO_NOW, datetime.now(UTC), viewer)
    try:
        async with command(context, "openYear", {}) as work:
            return await place_promoted(work, 1, 1, classes, students)
    finally:
        await context.close()


async def test_the_promoted_are_placed(book: Book) -> None:
    """Where their class has gone; those who repeat, and whom no map names, wait until somebody says where to."""
    five, nine = await book.students("5А"), await book.students("9А")
    before = await book.memberships()
    orders = [
        await book.issued("PROMOTION", SEPTEMBER, *map(moved, [*five[1:], *nine])),
        await book.issued("REPETITION", SEPTEMBER, moved(five[0])),
    ]
    new = await book.new_year()
    a5, a9 = await book.class_id("5А"), await book.class_id("9А")
    placed = await place(book, {a5: new["6А"]})
    assert (placed.students, sorted(placed.without_class)) == (len(five) - 1, sorted([five[0], *nine]))
    wrong = {five[0]: new["6А"]}
    with pytest.raises(Refusal) as refused:
        await place(book, {}, wrong)
    assert (refused.value.code, refused.value.clause) == (RefusalCode.WRONG_CLASS, "9.2")
    with pytest.raises(Refusal) as refused:
        await place(book, {a9: a9})
    assert refused.value.code is RefusalCode.WRONG_CLASS
    placed = await place(book, {a5: new["6Б"], a9: new["10А"]}, {five[0]: new["5Б"]})
    assert (placed.students, placed.without_class) == (1 + len(nine), [])
    assert await place(book, {a5: new["6А"], a9: new["10А"]}) == Placed(0, [])
    for of, students in (("6А", five[1:]), ("5Б", five[:1]), ("10А", nine)):
        rows = await book.db.fetch(
            "SELECT e.student_id FROM enrolment AS e JOIN movement_item AS i ON i.id = opened_by "
            "AND i.to_class_id = class_id WHERE class_id = $1 AND starts_on = '2026-09-01' ORDER BY 1",
            new[of],
        )
        assert [row[0] for row in rows] == sorted(students)
    for order in reversed(orders):
        await book.done("cancelOrder", {"orderId": order})
    assert await book.memberships() == before


async def test_who_has_left_is_not_placed(book: Book) -> None:
    five = await book.students("5А")
    await book.issued("PROMOTION", SEPTEMBER, *map(moved, five))
    await book.issued("DEPARTURE", date(2026, 7, 1), moved(five[0]))
    await book.issued("DEPARTURE", date(2026, 9, 3), moved(five[1]))
    new = await book.new_year()
    placed = await place(book, {await book.class_id("5А"): new["6А"]})
    assert placed == Placed(len(five) - 2, [])


async def test_an_import_enrols_by_orders(connection: asyncpg.Connection) -> None:
    """One order for those who come into a class on a day, after the orders that there are."""
    school_id = await new_school(connection)
    await load(connection, school_id, STUDENTS, student(), student(2), student(3, Класс="6Б"))
    await load(connection, school_id, STUDENTS, student(4), student(5, Дата_зачисления="05.09.2025"))
    rows = await connection.fetch(
        "SELECT o.position, number, kind, state, issued_on, effective_on, grade, count(*), max(i.position) "
        "FROM movement_order AS o JOIN movement_item AS i ON i.order_id = o.id "
        "JOIN enrolment ON opened_by = i.id JOIN school_class ON school_class.id = class_id "
        "WHERE o.school_id = $1 GROUP BY o.school_id, o.id, grade ORDER BY 1",
        school_id,
    )
    made = ("enrolment", "issued", date(2025, 9, 10))
    first = date(2025, 9, 1)
    assert [tuple(row) for row in rows] == [
        (1, "1", *made, first, 5, 2, 1),
        (2, "2", *made, first, 6, 1, 0),
        (3, "3", *made, first, 5, 1, 0),
        (4, "4", *made, date(2025, 9, 5), 5, 1, 0),
    ]


OLD = """
INSERT INTO school (code, name, full_name, time_zone) VALUES ('old', 'Школа', 'Школа', 'UTC');
INSERT INTO academic_year (school_id, name, starts_on, ends_on)
VALUES (1, '2024/2025', '2024-09-01', '2025-08-31'), (1, '2025/2026', '2025-09-01', '2026-08-31');
INSERT INTO school_class (school_id, year_id, grade, letter, period_kind)
VALUES (1, 1, 5, 'А', 'quarter'), (1, 2, 5, 'А', 'quarter'), (1, 2, 6, 'А', 'quarter'), (1, 2, 6, 'Б', 'quarter');
INSERT INTO person (school_id, family_name, given_name, sex, birth_date)
SELECT 1, 'Иванов', 'Пётр', 'male', '2014-01-01' FROM generate_series(1, 4);
INSERT INTO student (school_id, person_id, file_number) SELECT 1, id, id FROM person;
INSERT INTO enrolment (school_id, student_id, class_id, starts_on, ends_on) VALUES
    (1, 1, 1, '2024-09-01', '2025-08-31'), (1, 1, 3, '2025-09-01', '2025-12-31'), (1, 1, 4, '2026-01-01', NULL),
    (1, 2, 1, '2024-09-01', '2025-08-31'), (1, 2, 2, '2025-09-01', '2026-02-01'),
    (1, 3, 1, '2024-09-01', '2025-01-31'), (1, 3, 1, '2025-03-01', '2025-08-31'), (1, 3, 3, '2025-09-01', NULL),
    (1, 4, 3, '2025-10-01', NULL);
"""


async def test_an_old_database_gets_the_orders_it_never_had(cluster: str) -> None:
    url = await clone(cluster)
    await upgrade(url, "0003")
    db = await asyncpg.connect(url)
    try:
        await db.execute(OLD)
        query = "SELECT id, student_id, class_id, starts_on, ends_on FROM enrolment ORDER BY id"
        before = await db.fetch(query)
        await upgrade(url)
        assert await db.fetch(query) == before
        rows = await db.fetch(
            "SELECT kind, effective_on::text, from_class_id, to_class_id, array_agg(student_id ORDER BY student_id) "
            "FROM movement_order AS o JOIN movement_item ON order_id = o.id "
            "GROUP BY o.school_id, o.id, 3, 4 ORDER BY o.position"
        )
        assert [tuple(row) for row in rows] == [
            ("enrolment", "2024-09-01", None, 1, [1, 2, 3]),
            ("departure", "2025-02-01", 1, None, [3]),
            ("enrolment", "2025-03-01", None, 1, [3]),
            ("promotion", "2025-09-01", 1, 3, [1, 3]),
            ("repetition", "2025-09-01", 1, 2, [2]),
            ("enrolment", "2025-10-01", None, 3, [4]),
            ("transfer", "2026-01-01", 3, 4, [1]),
            ("departure", "2026-02-02", 2, None, [2]),
        ]
        held = await db.fetch(
            "SELECT DISTINCT o.kind, e.class_id = i.to_class_id AS opened FROM enrolment AS e "
            "JOIN movement_item AS i ON i.id = opened_by AND i.student_id = e.student_id "
            "JOIN movement_order AS o ON o.id = order_id AND effective_on = starts_on"
        )
        assert {(row["kind"], row["opened"]) for row in held} == {
            (kind, True) for kind in ("enrolment", "promotion", "repetition", "transfer")
        }
    finally:
        await db.close()


async def test_a_whole_school_at_once(book: Book) -> None:
    """900 students in one order: as many statements as for one, and no more than a few seconds."""
    of, students = await book.class_id("5А"), []
    students = [
        row["id"]
        for row in await book.db.fetch(
            "WITH born AS (INSERT INTO person (school_id, family_name, given_name, sex, birth_date) "
            "SELECT 1, 'Новый', n::text, 'male', '2014-01-01' FROM generate_series(1, 900) AS n RETURNING id) "
            "INSERT INTO student (school_id, person_id, file_number) SELECT 1, id, 'М-' || id FROM born RETURNING id"
        )
    ]
    counted = []
    for some in (students[:1], students[1:]):
        statements: list[Any] = []
        draft = await book.draft("ENROLMENT", "2026-05-25", *(moved(student, of) for student in some))
        took = await _issue(book, draft, statements)
        counted.append((len(statements), took))
    assert counted[0][0] == counted[1][0] < 30
    assert counted[1][1] < 10
    statements = []
    whole = {"kind": "PROMOTION", "effectiveOn": "2026-09-01", "classes": [{"classId": gid("SchoolClass", of)}]}
    promotion = (await book.done("draftOrder", whole))["order"]["id"]
    assert await _issue(book, promotion, statements) < 10
    assert await book.db.fetchval(
        "SELECT count(*) FROM enrolment JOIN movement_item AS i ON i.id = ended_by WHERE order_id = $1",
        number_of(promotion),
    ) >= len(students)


async def _issue(book: Book, order: str, statements: list[Any]) -> float:
    """Issue an order, noting its statements; gives the seconds it took."""
    run = Work.fetch, Work.execute

    async def noted(self: Work, executable: Any, **given: Any) -> Any:
        statements.append(executable)
        return await run[0](self, executable, **given)

    async def done(self: Work, executable: Any, **given: Any) -> Any:
        statements.append(executable)
        return await run[1](self, executable, **given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Work, "fetch", noted)
        patch.setattr(Work, "execute", done)
        began = time.monotonic()
        await book.done("issueOrder", {"orderId": order})
        return time.monotonic() - began
