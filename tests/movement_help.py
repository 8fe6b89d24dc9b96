"""Orders written straight into the tables, for tests that need somebody to come, to go, or to change class."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import asyncpg

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
