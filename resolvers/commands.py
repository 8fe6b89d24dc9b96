"""What every command does: one transaction with the rows, their history and the audit entry, or nothing at all."""

import hashlib
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import date, datetime
from typing import Any

import asyncpg
import orjson
from sqlalchemy import ARRAY, BigInteger, any_, bindparam, func, insert, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert

from models.account import AuditEntry, IdempotencyKey
from models.school import Student
from permissions.viewer import Viewer
from rules.changes import SILENT
from rules.journal import COMMENT_LENGTH, TEXT_LENGTH, check_text
from rules.journal_finals import period_closed
from rules.refusals import Refusal, RefusalCode, conflict, year_closed

from .context import Context
from .database import Transaction

IDEMPOTENCY_KEY_LENGTH = 200

REFUSED_BY_DATABASE: Mapping[str, Callable[[], Refusal]] = {"CB001": year_closed, "CB007": period_closed}
"""SQLSTATE → the refusal that a trigger means by it."""


class Work(Transaction):
    """A command under way: its transaction, whose it is, and the moment it happens at.

    transferred: lessons whose records it brings in from paper after an outage, in time: no lock shuts them (13.2).
    """

    def __init__(self, connection: Any, viewer: Viewer, now: datetime) -> None:
        super().__init__(connection)
        self.entry = 0
        self.name = ""
        self.viewer = viewer
        self.now = now
        self.repeated = False
        self.answer: Any = None
        self.transferred: Collection[int] = ()
        self._later: dict[str, Any] | None = None
        self._key: str | None = None
        self._noted: dict[str, set[int]] = {}

    @property
    def today(self) -> date:
        """The school's own date."""
        return self.viewer.today

    @property
    def stamp(self) -> dict[str, Any]:
        """The columns that say who changed a row, and when."""
        return {"changed_at": self.now, "changed_by": self.viewer.account_id}

    async def one(self, scope: Any, field: str, **parameters: Any) -> Any:
        """The one row of a command scope, locked, or `NOT_FOUND` that names `field`."""
        row = await self.first(scope, **self.viewer.parameters(), **parameters)
        if row is None:
            raise Refusal(RefusalCode.NOT_FOUND, "Не найдено или недоступно для изменения.", field)
        return row

    async def reach(self, scope: Any, **parameters: Any) -> list[Any]:
        """All rows of a command scope."""
        return await self.fetch(scope, **self.viewer.parameters(), **parameters)

    async def hold_students(self, students: Collection[int], *, alone: bool = False) -> None:
        """Lock students, in their order, before what is true of them is read.

        Whoever writes about them in a journal shares the lock; an order that moves them takes it `alone`. So nothing is
        written about somebody who is just being taken out of the class.
        """
        if students:
            mine = select(Student.id).where(Student.school_id == self.viewer.school_id, among(Student.id, students))
            await self.fetch(mine.order_by(Student.id).with_for_update(read=not alone, key_share=not alone))

    async def begin(self, name: str, given: Mapping[str, Any]) -> None:
        """Make the audit entry of what is done from here on."""
        entry = await self.first(_entry(self.viewer, self.now, name, given).returning(AuditEntry.id))
        self.entry = entry.id
        self.name = name
        await self.resume()

    async def resume(self) -> None:
        """Let the history and what subscribers are told name this command as the reason of each change."""
        await self.fetch(
            select(
                func.set_config("classbook.audit_entry", str(self.entry), True),
                func.set_config("classbook.now", self.now.isoformat(), True),
                func.set_config("classbook.quiet", "on" if self.name in SILENT else "", True),
            )
        )

    async def note(self, **more: Any) -> None:
        """Add to the audit entry what the input does not say: as whom the command was given."""
        if self._later is not None:
            self._later.update(more)
        else:
            await self._amend(input=AuditEntry.input.concat(bindparam(None, more, JSONB)))

    async def _amend(self, **values: Any) -> None:
        await self.execute(
            update(AuditEntry)
            .where(AuditEntry.school_id == self.viewer.school_id, AuditEntry.id == self.entry)
            .values(**values)
        )

    @asynccontextmanager
    async def step(self, name: str, given: Mapping[str, Any]) -> AsyncIterator["Work"]:
        """A command as a step of this one, with an audit entry of its own that names this one's.

        What it writes lies behind a savepoint. Its entry does not: only the transaction itself may add to an entry.
        """
        work = Work(self.connection, self.viewer, self.now)
        work.transferred, work._later = self.transferred, {}
        await work.begin(name, {**given, "stepOf": self.entry})
        later = work._later
        try:
            with refusals_of_database():
                await self.connection.execute("SAVEPOINT step")
                yield work
                await self.connection.execute("RELEASE step")
        except Refusal as refusal:
            # Rolled back, a savepoint would stay, and the rest would lie behind it: it must be released, too.
            await self.connection.execute("ROLLBACK TO step; RELEASE step")
            await work._amend(outcome=refusal.code)
            await self.resume()
            raise
        work._later = None
        if later:
            await work.note(**later)
        await self.resume()

    async def note_numbers(self, name: str, numbers: Collection[int]) -> None:
        """Add numbers to those that the audit entry holds under a name already, if there are any."""
        if numbers:
            noted = self._noted.setdefault(name, set())
            noted.update(numbers)
            await self.note(**{name: sorted(noted)})

    async def done(self, answer: Any) -> Any:
        """Keep what the command answers, for a repeat under the same key."""
        if self._key is not None:
            await self.execute(
                update(IdempotencyKey)
                .where(
                    IdempotencyKey.school_id == self.viewer.school_id,
                    IdempotencyKey.account_id == self.viewer.account_id,
                    IdempotencyKey.key == self._key,
                )
                .values(answer=answer)
            )
        self.answer = answer
        return answer

    async def claim(self, key: str, command: str, fingerprint: str) -> None:
        """Take the key, or find the answer that it already has. Waits for another command that holds it."""
        mine = await self.first(
            upsert(IdempotencyKey)
            .values(
                school_id=self.viewer.school_id,
                account_id=self.viewer.account_id,
                key=key,
                command=command,
                fingerprint=fingerprint,
                at=self.now,
            )
            .on_conflict_do_nothing()
            .returning(IdempotencyKey.key)
        )
        self._key = key
        if mine is None:
            held = await self.first(
                select(IdempotencyKey.command, IdempotencyKey.fingerprint, IdempotencyKey.answer).where(
                    IdempotencyKey.school_id == self.viewer.school_id,
                    IdempotencyKey.account_id == self.viewer.account_id,
                    IdempotencyKey.key == key,
                )
            )
            if (held.command, held.fingerprint) != (command, fingerprint):
                raise Refusal(
                    RefusalCode.IDEMPOTENCY_KEY_REUSED, "Этот ключ уже использован с другими данными.", "idempotencyKey"
                )
            self.repeated, self.answer = True, held.answer


@contextmanager
def refusals_of_database() -> Iterator[None]:
    """Raise what a trigger refuses as the refusal that it means."""
    try:
        yield
    except asyncpg.PostgresError as error:
        if error.sqlstate in REFUSED_BY_DATABASE:
            raise REFUSED_BY_DATABASE[error.sqlstate]() from error
        raise


@asynccontextmanager
async def command(
    context: Context,
    name: str,
    given: Mapping[str, Any],
    *,
    key: str | None = None,
    private: Mapping[str, Any] | None = None,
) -> AsyncIterator[Work]:
    """Run a command: `name` as in the SDL, `given` its input as the audit trail keeps it, `key` its idempotency key.
    `private` is input that the audit trail must not hold: people's data, which only their cards show. Why it is given
    stands in the context, and comes into the trail, and so into the history of what it changes.

    The block's statements, the audit entry and the history commit together. A refusal undoes them, and leaves an entry
    that says who was refused what. After the block the request reads anew.
    """
    reason, context.reason = context.reason, None
    given = given if reason is None else {**given, "reason": reason}
    if context.under_way is not None:
        async with context.under_way.step(name, given) as work:
            yield work
        return
    viewer = context.viewer
    # The snapshot's connection goes back first: requests that each held one and waited for a second would wait forever.
    await context.refresh()
    try:
        with refusals_of_database():
            async with context.database.transaction() as transaction:
                work = Work(transaction.connection, viewer, context.now)
                await work.begin(name, given)
                check_text(reason, COMMENT_LENGTH, "reason")
                if key is not None:
                    if not 0 < len(key) <= IDEMPOTENCY_KEY_LENGTH or "\0" in key:
                        message = f"Ключ — от 1 до {IDEMPOTENCY_KEY_LENGTH} знаков."
                        raise Refusal(RefusalCode.BAD_INPUT, message, "idempotencyKey")
                    await work.claim(key, name, _fingerprint({**given, **(private or {})}))
                yield work
    except Refusal as refusal:
        await note_refusal(context, name, given, refusal)
        raise
    finally:
        await context.refresh()


@asynccontextmanager
async def whole(context: Context, name: str, given: Mapping[str, Any]) -> AsyncIterator[Work]:
    """Run a command that is made of others: each `command` of the block becomes a step of its transaction.

    So what a step may write, and what it refuses, is the same as when it is given alone. A refused step leaves nothing;
    the block may go on without it, or let the refusal undo everything.
    """
    async with command(context, name, given) as work:
        context.under_way = work
        try:
            yield work
        finally:
            context.under_way = None


async def note_refusal(context: Context, name: str, given: Mapping[str, Any], refusal: Refusal) -> None:
    """Leave an entry that says who was refused what: by itself, since what the command wrote is undone."""
    async with context.database.transaction() as transaction:
        await transaction.execute(_entry(context.viewer, context.now, name, given, refusal.code))


async def take_turn(transaction: Transaction, school_id: int, what: str) -> None:
    """Let one command of a school at a time go on, of those that take the same turn; before any row is locked."""
    await transaction.fetch(select(func.pg_advisory_xact_lock(func.hashtext(f"{school_id}:{what}"))))


def _entry(viewer: Viewer, now: datetime, name: str, given: Mapping[str, Any], outcome: str = "done") -> Any:
    return insert(AuditEntry).values(
        school_id=viewer.school_id,
        account_id=viewer.account_id or None,
        at=now,
        command=name,
        outcome=outcome,
        input=_noted(orjson.loads(orjson.dumps(given))),
    )


def _noted(value: Any) -> Any:
    """Input as the audit trail can keep it: without zero bytes, which PostgreSQL refuses, and no endless text.

    What a command accepts is shorter than that, and kept whole.
    """
    match value:
        case str():
            return value[:TEXT_LENGTH].replace("\0", "\N{REPLACEMENT CHARACTER}")
        case list():
            return [_noted(each) for each in value]
        case dict():
            return {name: _noted(each) for name, each in value.items()}
    return value


def _fingerprint(given: Mapping[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(given, option=orjson.OPT_SORT_KEYS)).hexdigest()


@contextmanager
def refusing(error: type[Exception], refusal: Refusal) -> Iterator[None]:
    """Refuse the command where a constraint of the database stops the block's statement."""
    try:
        yield
    except error as stopped:
        raise refusal from stopped


def among(column: Any, numbers: Collection[int]) -> Any:
    """That the column is one of these numbers: one array parameter, however many there are."""
    return column == any_(bindparam(None, list(numbers), ARRAY(BigInteger)))


def check_version(seen: int | None, version: int, field: str = "ifVersion") -> None:
    """Refuse a command whose caller saw another version; 0 stands for "nothing there yet"."""
    if seen is not None and seen != version:
        raise conflict(field)
