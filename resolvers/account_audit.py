"""Seals the audit trail: each entry becomes a link of its school's chain, and a chain can be examined (11.4-11.7).

Sealing inside commands would make a school's commands wait for each other. Here it follows a little behind them: what
has been answered is in the trail at once, and in the chain within a minute.
"""

from typing import Any

from sqlalchemy import BigInteger, Text, cast, func, select, text

from models.account import AuditEntry, AuditSeal
from models.school import School
from rules.account_audit import NOTHING, Entry, Examination, Head, links

from .database import Database, Transaction

AT_ONCE = 2000
"""How many entries one transaction seals."""

PATIENCE = "100ms"
"""How long commands may have to wait for the sealer that waits for others; a long one makes it come again later."""


def _entries(school_id: int) -> Any:
    return (
        select(
            AuditEntry.school_id,
            AuditEntry.id,
            AuditEntry.account_id,
            AuditEntry.at,
            AuditEntry.command,
            AuditEntry.outcome,
            cast(AuditEntry.input, Text).label("input"),
        )
        .where(AuditEntry.school_id == school_id)
        .order_by(AuditEntry.id)
    )


def _entry(row: Any) -> Entry:
    return Entry(*(row[name] for name in Entry.__slots__))


async def schools(database: Database) -> list[Any]:
    """All schools: number and code."""
    async with database.transaction() as transaction:
        return await transaction.fetch(select(School.school_id, School.code).order_by(School.school_id))


async def seal(database: Database, school_id: int) -> int:
    """Seal what has come into a school's trail; gives how many entries.

    TimeoutError while a command takes too long to wait for. Another that is sealing does it all, and this one nothing.
    """
    last = await _complete(database, school_id)
    sealed = 0
    while more := await _seal_some(database, school_id, last):
        sealed += more
    return sealed


async def _complete(database: Database, school_id: int) -> int:
    """The number of the last entry before which none is still to come."""
    async with database.transaction() as transaction:
        await transaction.execute(text(f"SET LOCAL lock_timeout = '{PATIENCE}'"))
        key = func.hashtextextended(f"audit:{school_id}", 0, type_=BigInteger)
        await transaction.fetch(select(func.pg_advisory_xact_lock(key)))
        row = await transaction.first(
            select(func.max(AuditEntry.id).label("last")).where(AuditEntry.school_id == school_id)
        )
        return row.last or 0


async def _seal_some(database: Database, school_id: int, last: int) -> int:
    async with database.transaction() as transaction:
        key = func.hashtextextended(f"seal:{school_id}", 0, type_=BigInteger)
        turn = await transaction.first(select(func.pg_try_advisory_xact_lock(key).label("mine")))
        if not turn.mine:
            return 0
        seal = await last_seal(transaction, school_id)
        head, after = (Head(seal.position, seal.digest), seal.entry_id) if seal else (NOTHING, 0)
        new = _entries(school_id).where(AuditEntry.id > after, AuditEntry.id <= last).limit(AT_ONCE)
        made = list(links([_entry(row) for row in await transaction.fetch(new)], head))
        if made:
            values = [
                {"school_id": school_id, "position": each.position, "entry_id": each.entry_id, "digest": each.digest}
                for each in made
            ]
            await transaction.connection.executemany(
                "INSERT INTO audit_seal (school_id, position, entry_id, digest) VALUES ($1, $2, $3, $4)",
                [tuple(each.values()) for each in values],
            )
        return len(made)


async def last_seal(transaction: Transaction, school_id: int) -> Any:
    """The last link of a chain, or None."""
    return await transaction.first(
        select(AuditSeal.position, AuditSeal.entry_id, AuditSeal.digest)
        .where(AuditSeal.school_id == school_id)
        .order_by(AuditSeal.position.desc())
        .limit(1)
    )


async def examine(database: Database, school_id: int, expected: Head | None = None) -> Examination:
    """Examine a school's chain from its first link to its last, in one snapshot."""
    found = Examination(expected)
    async with (
        database.pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        transaction = Transaction(connection)
        async for seal in _seals(transaction, school_id):
            numbers = [each.entry_id for each in seal]
            rows = await transaction.fetch(_entries(school_id).where(AuditEntry.id.in_(numbers)))
            entries = {row.id: _entry(row) for row in rows}
            for each in seal:
                found.take(each, entries.get(each.entry_id))
        unsealed = select(AuditEntry.id).where(
            AuditEntry.school_id == school_id,
            ~select(AuditSeal.entry_id)
            .where(AuditSeal.school_id == AuditEntry.school_id, AuditSeal.entry_id == AuditEntry.id)
            .exists(),
        )
        for row in await transaction.fetch(unsealed.order_by(AuditEntry.id)):
            if row.id < found.last:
                found.insert(row.id)
            else:
                found.waiting += 1
    found.end()
    return found
