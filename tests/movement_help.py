"""What tests of movement share: orders written straight into the tables, and a movement book to write in."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg

from server.demo import DEMO_TODAY, Demo

from .conftest import School, copied
from .contents import digests
from .journal_help import gid

ONE = timedelta(days=1)
Move = tuple[int, int | None, int | None]
"""Student, class left, class entered."""


async def order(db: asyncpg.Connection, school: int, kind: str, effective_on: date, moves: Sequence[Move]) -> list[int]:
    """An issued order; gives its items."""
    number = await db.fetchval(
        "INSERT INTO movement_order (school_id, kind, state, position, number, issued_on, effective_on, changed_at) "
        "SELECT $1, $2, 'issued', place, 'т-' || place, $3, $3, $4 FROM "
        "(SELECT coalesce(max(position), 0) + 1 AS place FROM movement_order WHERE school_id = $1) AS next "
        "RETURNING id",
        *(school, kind, effective_on, datetime.now(UTC)),
    )
    return [
        await db.fetchval(
            "INSERT INTO movement_item (school_id, order_id, position, student_id, from_class_id, to_class_id) "
            "VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
            *(school, number, position, *move),
        )
        for position, move in enumerate(moves)
    ]


async def enrol(db: asyncpg.Connection, school: int, of: int, starts_on: date, *students: int) -> list[int]:
    """Students come into a class; gives the items."""
    items = await order(db, school, "enrolment", starts_on, [(student, None, of) for student in students])
    await open_stays(db, school, of, starts_on, students, items)
    return items


async def open_stays(
    db: asyncpg.Connection, school: int, of: int, starts_on: date, students: Sequence[int], items: Sequence[int]
) -> None:
    """The stays that items open."""
    await db.execute(
        "INSERT INTO enrolment (school_id, class_id, starts_on, student_id, opened_by) "
        "SELECT $1, $2, $3, * FROM unnest($4::bigint[], $5::bigint[])",
        *(school, of, starts_on, list(students), list(items)),
    )


async def end(
    db: asyncpg.Connection, school: int, last_day: date, *students: int, kind: str = "departure", to: int | None = None
) -> list[int]:
    """Students' open stays end, by a departure or whatever order leads to the class `to`; gives the items."""
    classes = dict(
        await db.fetch(
            "SELECT student_id, class_id FROM enrolment WHERE student_id = ANY($1) AND ends_on IS NULL", students
        )
    )
    moves: list[Move] = [(student, classes[student], to) for student in students]
    items = await order(db, school, kind, last_day + ONE, moves)
    ended = (school, last_day, list(students), items)
    await db.execute(
        "INSERT INTO replaced_enrolment (school_id, item_id, class_id, opened_by, starts_on) "
        "SELECT $1, item_id, class_id, opened_by, starts_on FROM enrolment "
        "JOIN unnest($2::bigint[], $3::bigint[]) AS ended (student_id, item_id) USING (student_id) "
        "WHERE ends_on IS NULL",
        *(school, list(students), items),
    )
    await db.execute(
        "UPDATE enrolment SET ends_on = $2, ended_by = item_id "
        "FROM unnest($3::bigint[], $4::bigint[]) AS ended (student_id, item_id) "
        "WHERE enrolment.student_id = ended.student_id AND ends_on IS NULL AND school_id = $1",
        *ended,
    )
    return items


async def transfer(db: asyncpg.Connection, school: int, to: int, starts_on: date, student: int) -> None:
    """A student changes class."""
    items = await end(db, school, starts_on - ONE, student, kind="transfer", to=to)
    await open_stays(db, school, to, starts_on, [student], items)


PAYLOADS = {
    "draftOrder": "order { id version state number dueOn items(first: 100) { nodes { id position } } }",
    "updateOrder": "order { id version effectiveOn basis dueOn items(first: 100) { totalCount } }",
    "deleteOrder": "orderId",
    "issueOrder": "order { id version state number issuedOn inTime }",
    "cancelOrder": "order { id number issuedOn cancels { id state cancelledBy { id } } }",
}
"""The commands of the movement book, and what the tests read of their payloads."""

TABLES = (
    *("movement_order", "movement_item", "enrolment", "replaced_enrolment", "group_member", "replaced_group_member"),
    *("history", "idempotency_key"),
)


@dataclass
class Book:
    """A running school, whose secretary keeps its movement book, and a connection to look behind the door."""

    school: School
    db: asyncpg.Connection

    async def run(self, name: str, given: dict[str, Any], as_: str = "secretary") -> dict[str, Any]:
        """The result of a command: a payload or a refusal."""
        kind = name[0].upper() + name[1:]
        query = (
            f"mutation($input: {kind}Input!) {{ {name}(input: $input) {{ __typename ... on {kind}Payload "
            f"{{ {PAYLOADS[name]} }} ... on Refusal {{ code message field clause }} }} }}"
        )
        result: dict[str, Any] = (await self.school.data(query, {"input": given}, as_=as_))[name]
        return result

    async def done(self, name: str, given: dict[str, Any]) -> dict[str, Any]:
        """The payload of a command that must not be refused."""
        result = await self.run(name, given)
        assert result["__typename"] != "Refusal", result
        return result

    async def refused(self, name: str, given: dict[str, Any]) -> tuple[str, str | None, str | None]:
        """Code, field and clause of a refusal; that it changed nothing and was noted is checked."""
        before, noted = await self.contents(), await self.outcomes()
        result = await self.run(name, given)
        assert result["__typename"] == "Refusal", result
        assert any("а" <= letter <= "я" for letter in result["message"])
        assert await self.contents() == before
        assert (await self.outcomes())[len(noted) :] == [(name, result["code"])] or result["code"] == "BAD_ID"
        return result["code"], result["field"], result["clause"]

    async def contents(self) -> dict[str, Any]:
        """What every table that orders may change holds."""
        return await digests(self.db, TABLES)

    async def memberships(self) -> list[Any]:
        """Who is where, since when and by which items: without what only numbers rows."""
        rows = await self.db.fetch(
            "SELECT student_id, class_id AS of, starts_on, ends_on, opened_by, ended_by FROM enrolment UNION ALL "
            "SELECT student_id, -group_id, starts_on, ends_on, NULL, NULL FROM group_member ORDER BY 1, 2, 3"
        )
        return [tuple(row) for row in rows]

    async def outcomes(self) -> list[tuple[str, str]]:
        """The audit trail of the movement book."""
        query = "SELECT command, outcome FROM audit_entry WHERE command = ANY($1) ORDER BY id"
        return [tuple(row) for row in await self.db.fetch(query, list(PAYLOADS))]

    async def students(self, of: str, *, day: date = DEMO_TODAY) -> list[int]:
        """Who is in a class on a day, those with an open stay, in the order of their numbers."""
        rows = await self.db.fetch(
            "SELECT student_id FROM enrolment JOIN school_class ON school_class.id = class_id "
            "WHERE grade || letter = $1 AND enrolment.ends_on IS NULL AND starts_on <= $2 ORDER BY 1",
            of,
            day,
        )
        return [row[0] for row in rows]

    async def class_id(self, name: str, year: str = "2025/2026") -> int:
        """The number of a class."""
        number: int = await self.db.fetchval(
            "SELECT c.id FROM school_class AS c JOIN academic_year AS y ON y.id = year_id "
            "WHERE grade || letter = $1 AND y.name = $2",
            name,
            year,
        )
        return number

    async def newcomer(self) -> int:
        """A student with a card who has never been in a class."""
        number: int = await self.db.fetchval(
            "WITH born AS (INSERT INTO person (school_id, family_name, given_name, sex, birth_date) "
            "VALUES (1, 'Новичков', 'Пётр', 'male', '2014-01-01') RETURNING id) "
            "INSERT INTO student (school_id, person_id, file_number) "
            "SELECT 1, id, 'Н-' || id FROM born RETURNING id"
        )
        return number

    async def new_year(self) -> dict[str, int]:
        """The next year with the classes that this year's become, by name."""
        year = await self.db.fetchval(
            "INSERT INTO academic_year (school_id, name, starts_on, ends_on) "
            "VALUES (1, '2026/2027', '2026-09-01', '2027-08-31') RETURNING id"
        )
        rows = await self.db.fetch(
            "INSERT INTO school_class (school_id, year_id, grade, letter, period_kind) "
            "SELECT 1, $1, grade, letter, 'quarter' FROM unnest('{5,6,9,10,11}'::int[]) AS grade, "
            "unnest('{А,Б}'::text[]) AS letter RETURNING grade || letter AS name, id",
            year,
        )
        await self.db.execute(
            "INSERT INTO study_group (school_id, class_id, kind) SELECT 1, id, 'whole' FROM unnest($1::bigint[]) AS id",
            [row["id"] for row in rows],
        )
        return dict(rows)

    async def draft(self, kind: str, effective_on: date | str, *items: dict[str, Any], **more: Any) -> str:
        """The id of a new draft."""
        given = {"kind": kind, "effectiveOn": str(effective_on), "items": list(items), **more}
        answer = await self.done("draftOrder", given)
        number: str = answer["order"]["id"]
        return number

    async def issued(self, kind: str, effective_on: date | str, *items: dict[str, Any], **more: Any) -> str:
        """The id of a new issued order."""
        order = await self.draft(kind, effective_on, *items, **more)
        await self.done("issueOrder", {"orderId": order})
        return order

    async def why_not(self, kind: str, effective_on: date | str, *items: dict[str, Any]) -> str:
        """With which code a draft is refused, in its check as at its issuing."""
        draft = await self.draft(kind, effective_on, *items)
        query = "query($id: ID!) { node(id: $id) { ... on MovementOrder { check { code clause } } } }"
        found = await self.school.data(query, {"id": draft}, as_="secretary")
        codes = [each["code"] for each in found["node"]["check"] if each["code"]]
        code, field, clause = await self.refused("issueOrder", {"orderId": draft})
        assert codes[0] == code
        assert field == "items.0"
        assert clause == (None if code == "BAD_INPUT" else "9.2")
        return code


def moved(student: int, to: int | None = None, **more: Any) -> dict[str, Any]:
    """An item of an order."""
    return {"studentId": gid("Student", student), **({"toClassId": gid("SchoolClass", to)} if to else {}), **more}


@asynccontextmanager
async def book_of(cluster: str, template: tuple[str, Demo]) -> AsyncIterator[Book]:
    """A school whose movement book may be written in."""
    async for school in copied(cluster, template):
        db = await asyncpg.connect(school.url)
        try:
            yield Book(school, db)
        finally:
            await db.close()
