"""What the tests of the timetable share: its commands as GraphQL, and a school in which to give them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg

from server.demo import Demo

from .conftest import School, copied
from .contents import digests
from .journal_help import gid

_ENTRY = "id weekday number weeks group { id } subject { id } teacher { id } room { id }"
PAYLOADS = {
    "setBellSchedule": "bellSchedule { id name shift weekday version bells { number startsAt endsAt } }",
    "createRoom": "room { id name archivedOn }",
    "updateRoom": "room { id name archivedOn }",
    "createTimetable": "timetable { id title state version startsOn entries(first: 1) { totalCount } }",
    "setTimetableEntries": f"timetable {{ version }} entries {{ {_ENTRY} }}",
    "publishTimetable": "timetable { id state startsOn endsOn publishedAt version } created changed removed leftOut",
    "deleteTimetable": "timetableId",
    "transferDay": "dayTransfer { id fromDate weekday toDate grades recordedAt version }",
    "cancelDayTransfer": "dayTransferId",
    "createEvent": "event { id title startsOn startsAt forAll grades cancelledAt version classes { id } }",
    "updateEvent": "event { id title place startsOn startsAt forAll grades version classes { id } }",
    "cancelEvent": "event { id cancelledAt version }",
}
"""The timetable's commands, and what the tests read of their payloads."""

KEPT = (
    *("bell_schedule", "bell", "room", "timetable", "timetable_entry", "day_transfer", "event", "event_class"),
    *("lesson", "history", "idempotency_key"),
)


@dataclass
class Office:
    """A running school, with a connection of the test's own to look behind the door."""

    school: School
    db: "asyncpg.Connection[Any]"

    async def run(self, name: str, given: dict[str, Any], as_: str = "deputy") -> dict[str, Any]:
        """The result of a command: a payload or a refusal."""
        kind = name[0].upper() + name[1:]
        query = (
            f"mutation($input: {kind}Input!) {{ {name}(input: $input) {{ __typename ... on {kind}Payload "
            f"{{ {PAYLOADS[name]} }} ... on Refusal {{ code message field clause }} }} }}"
        )
        data = await self.school.data(query, {"input": given}, as_=as_)
        result: dict[str, Any] = data[name]
        return result

    async def done(self, name: str, given: dict[str, Any], as_: str = "deputy") -> dict[str, Any]:
        """The payload of a command that must not be refused, and must be in the audit trail."""
        before = await self.entries()
        result = await self.run(name, given, as_)
        assert result["__typename"] != "Refusal", result
        (entry,) = (await self.entries())[len(before) :]
        assert (entry["login"], entry["command"], entry["outcome"]) == (as_, name, "done")
        return result

    async def refused(self, name: str, given: dict[str, Any], as_: str = "deputy") -> tuple[str, str, str | None]:
        """Code, field and clause of a refusal; that nothing was written and the attempt was noted is checked."""
        before, entries = await self.digest(), await self.entries()
        result = await self.run(name, given, as_)
        assert result["__typename"] == "Refusal", result
        assert any("а" <= letter <= "я" for letter in result["message"]), "a message for people, in Russian"
        assert await self.digest() == before, "a refusal writes nothing"
        noted = (await self.entries())[len(entries) :]
        early = result["code"] == "BAD_ID"
        assert [(each["command"], each["outcome"]) for each in noted] == ([] if early else [(name, result["code"])])
        return result["code"], result["field"], result["clause"]

    async def digest(self) -> dict[str, Any]:
        """What every table that a command may write holds, as a digest."""
        return await digests(self.db, KEPT)

    async def entries(self) -> list[dict[str, Any]]:
        """The audit trail of the timetable's commands."""
        rows = await self.db.fetch(
            "SELECT login, command, outcome FROM audit_entry "
            "LEFT JOIN account ON (account.school_id, account.id) = (audit_entry.school_id, account_id) "
            "WHERE command = ANY($1) ORDER BY audit_entry.id",
            list(PAYLOADS),
        )
        return [dict(row) for row in rows]

    async def id(self, type_name: str, query: str, *arguments: Any) -> str:
        """The opaque id of the row that a query finds."""
        number = await self.db.fetchval(query, *arguments)
        assert number is not None, query
        return gid(type_name, number)

    async def year(self) -> str:
        """The id of the school year."""
        return await self.id("AcademicYear", "SELECT id FROM academic_year WHERE starts_on = '2025-09-01' ORDER BY id")

    async def in_force(self) -> str:
        """The id of the version in force on the demo's day."""
        query = "SELECT id FROM timetable WHERE state = 'published' AND $1 BETWEEN starts_on AND ends_on ORDER BY id"
        return await self.id("Timetable", query, self.school.demo.today)

    async def copied(self, title: str) -> str:
        """The id of a draft that copies the version in force."""
        given = {"yearId": await self.year(), "title": title, "copyOf": await self.in_force()}
        made: str = (await self.done("createTimetable", given))["timetable"]["id"]
        return made


@asynccontextmanager
async def opened(cluster: str, template: tuple[str, Demo]) -> AsyncIterator[Office]:
    """A school to write in."""
    async for school in copied(cluster, template):
        db = await asyncpg.connect(school.url)
        try:
            # Nothing is written yet at the lessons to come: what is written keeps them where they are.
            await db.execute("UPDATE lesson SET topic = NULL, material = NULL WHERE state = 'planned'")
            yield Office(school, db)
        finally:
            await db.close()
