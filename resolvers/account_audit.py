"""Seals the audit trail: each entry becomes a link of its school's chain, and a chain can be examined (11.4-11.7).

Sealing inside commands would make a school's commands wait for each other. Here it follows a little behind them: what
has been answered is in the trail at once, and in the chain within a minute.
"""

from typing import Any

from sqlalchemy import BigInteger, Text, cast, exists, func, select, text

from models.account import AuditEntry, AuditSeal
from models.school import School
from rules.account_audit import NOTHING, Entry, Examination, Head, Seal, links

from .commands import among
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
        return await transaction.fetch(select(School.id.label("id"), School.code).order_by(School.id))


async def seal(database: Database, school_id: int) -> int:
    """Seal what has come into a school's trail; gives how many entries.

    `asyncpg.LockNotAvailableError` while a command takes too long to wait for. Where another is sealing, that one does
    it all.
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
        seal = await _last_seal(transaction, school_id)
        head, after = (Head(seal.position, seal.digest), seal.entry_id) if seal else (NOTHING, 0)
        new = _entries(school_id).where(AuditEntry.id > after, AuditEntry.id <= last).limit(AT_ONCE)
        made = list(links([_entry(row) for row in await transaction.fetch(new)], head))
        await transaction.connection.executemany(
            "INSERT INTO audit_seal (school_id, position, entry_id, digest) VALUES ($1, $2, $3, $4)",
            [(school_id, each.position, each.entry_id, each.digest) for each in made],
        )
        return len(made)


async def _last_seal(transaction: Transaction, school_id: int) -> Seal | None:
    row = await transaction.first(
        select(AuditSeal.position, AuditSeal.entry_id, AuditSeal.digest)
        .where(AuditSeal.school_id == school_id)
        .order_by(AuditSeal.position.desc())
        .limit(1)
    )
    return row and Seal(row.position, row.entry_id, row.digest)


async def head_of(database: Database, school_id: int) -> Head:
    """How far a school's chain goes."""
    async with database.transaction() as transaction:
        seal = await _last_seal(transaction, school_id)
    return Head(seal.position, seal.digest) if seal else NOTHING


async def examine(database: Database, school_id: int, expected: Head | None = None) -> Examination:
    """Examine a school's chain from its first link to its last, in one snapshot."""
    found = Examination(expected)
    async with database.transaction() as transaction:
        await transaction.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        while seals := await _seals_after(transaction, school_id, found.head.position):
            these = _entries(school_id).where(among(AuditEntry.id, [each.entry_id for each in seals]))
            entries = {row.id: _entry(row) for row in await transaction.fetch(these)}
            for seal in seals:
                found.take(seal, entries.get(seal.entry_id))
        for row in await transaction.fetch(_unsealed(school_id)):
            found.unsealed(row.id)
    found.end()
    return found


async def _seals_after(transaction: Transaction, school_id: int, position: int) -> list[Seal]:
    rows = await transaction.fetch(
        select(AuditSeal.position, AuditSeal.entry_id, AuditSeal.digest)
        .where(AuditSeal.school_id == school_id, AuditSeal.position > position)
        .order_by(AuditSeal.position)
        .limit(AT_ONCE)
    )
    return [Seal(row.position, row.entry_id, row.digest) for row in rows]


def _unsealed(school_id: int) -> Any:
    sealed = exists().where(AuditSeal.school_id == AuditEntry.school_id, AuditSeal.entry_id == AuditEntry.id)
    return select(AuditEntry.id).where(AuditEntry.school_id == school_id, ~sealed).order_by(AuditEntry.id)
