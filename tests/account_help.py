"""What the tests of accounts share: the commands as GraphQL, people of the demo school, and what the tables hold."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import asyncpg

from server.demo import Demo

from .conftest import School, copied
from .contents import digests
from .journal_help import gid, number_of
from .movement_help import end, enrol

_ACCOUNT = "account { id login kind lockedAt oneTimeUntil roles { role startsOn endsOn } }"
_ISSUED = f"login password oneTimeUntil {_ACCOUNT}"
_ROLE = "role { id role startsOn endsOn order { number } }"
_ORDER = "order { id number dated responsibility state startsOn endsOn cancelledOn reason version staff { id } }"

PAYLOADS = {
    "issueAccount": _ISSUED,
    "issueAccounts": f"accounts {{ {_ISSUED} }}",
    "resetPassword": _ISSUED,
    "createAnalystAccount": _ISSUED,
    "createServiceAccount": "login password oneTimeUntil account { id kind grants { name } }",
    "setServiceGrants": "account { id grants { name } }",
    "lockAccount": _ACCOUNT,
    "unlockAccount": _ACCOUNT,
    "assignRole": _ROLE,
    "endRole": f"{_ROLE} account {{ id }}",
    "issueAppointmentOrder": _ORDER,
    "endAppointment": _ORDER,
    "cancelAppointmentOrder": _ORDER,
    "changePassword": "sessionId",
    "logIn": "accessToken refreshToken",
    "refreshSession": "accessToken refreshToken",
}
"""The commands on accounts, and what the tests read of their payloads."""

KEPT = ("account", "account_role", "appointment_order", "service_grant", "session", "idempotency_key", "history")


def mutation(name: str, payload: str = "") -> str:
    """One command with its input as `$input`."""
    kind = name[0].upper() + name[1:]
    return (
        f"mutation($input: {kind}Input!) {{ {name}(input: $input) {{ __typename "
        f"... on {kind}Payload {{ {payload or PAYLOADS[name]} }} ... on Refusal {{ code message field clause }} }} }}"
    )


@dataclass
class Office:
    """A running school, with a connection of the test's own to look behind the door."""

    school: School
    db: "asyncpg.Connection[Any]"

    async def ask(self, query: str, given: dict[str, Any] | None = None, token: str | None = None) -> dict[str, Any]:
        """The answer to a query under a token."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        response = await self.school.client.post(
            "/graphql", json={"query": query, "variables": given or {}}, headers=headers
        )
        answer: dict[str, Any] = response.json()
        return answer

    async def run(
        self, name: str, given: dict[str, Any], as_: str | None = None, *, token: str | None = None
    ) -> dict[str, Any]:
        """The result of a command: a payload or a refusal."""
        token = token or (await self.school.token(as_) if as_ else None)
        answer = await self.ask(mutation(name), {"input": given}, token)
        assert "errors" not in answer, answer["errors"]
        result: dict[str, Any] = answer["data"][name]
        return result

    async def done(
        self, name: str, given: dict[str, Any], as_: str | None = None, *, token: str | None = None
    ) -> dict[str, Any]:
        """The payload of a command that must not be refused."""
        result = await self.run(name, given, as_, token=token)
        assert result["__typename"] != "Refusal", result
        return result

    async def refused(
        self, name: str, given: dict[str, Any], as_: str | None = None, *, token: str | None = None
    ) -> tuple[str, str, str | None]:
        """Code, field and clause of a refusal; that nothing was written and the attempt was noted is checked."""
        token = token or (await self.school.token(as_) if as_ else None)
        before, noted = await self.digest(), len(await self.entries(name))
        result = await self.run(name, given, as_, token=token)
        assert result["__typename"] == "Refusal", result
        assert any("а" <= letter <= "я" for letter in result["message"]), "a message for people, in Russian"
        assert await self.digest() == before, "a refusal writes nothing"
        early = result["code"] == "BAD_ID" or name in {"logIn", "refreshSession"}
        if not early:
            assert [each["outcome"] for each in (await self.entries(name))[noted:]] == [result["code"]]
        return result["code"], result["field"], result["clause"]

    async def log_in(self, login: str, password: str) -> dict[str, Any]:
        """What a log-in answers."""
        return await self.run("logIn", {"login": login, "password": password, "school": self.school.demo.code})

    async def enter(self, login: str, password: str) -> str:
        """The access token of a log-in that must not be refused."""
        result = await self.log_in(login, password)
        assert "accessToken" in result, result
        token: str = result["accessToken"]
        return token

    async def me(self, token: str) -> dict[str, Any] | None:
        """Who one is; None if the token opens nothing."""
        answer = await self.ask("{ me { name roles mustChangePassword } }", token=token)
        found: dict[str, Any] | None = answer.get("data") and answer["data"]["me"]
        return found

    @asynccontextmanager
    async def turn(self, what: str, waiting: int) -> AsyncIterator[None]:
        """Hold a turn until so many commands wait for it: then they are truly at it at once."""
        other = await asyncpg.connect(self.school.url)
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        try:
            async with other.transaction():
                school = await other.fetchval("SELECT school_id FROM school WHERE code = 'demo'")
                await other.fetch("SELECT pg_advisory_xact_lock(hashtext($1))", f"{school}:{what}")
                yield
                async with asyncio.timeout(10):
                    while await self.db.fetchval(query) < waiting:  # noqa: ASYNC110 -- PostgreSQL tells nobody
                        await asyncio.sleep(0.005)
        finally:
            await other.close()

    async def digest(self) -> dict[str, Any]:
        """What every table that a command may write holds, as a digest."""
        return await digests(self.db, KEPT)

    async def entries(self, name: str) -> list[asyncpg.Record]:
        """The audit trail of a command."""
        return await self.db.fetch(
            "SELECT login, outcome, input::text FROM audit_entry LEFT JOIN account ON account.id = account_id "
            "WHERE command = $1 ORDER BY audit_entry.id",
            name,
        )

    async def account(self, login: str) -> str:
        """The id of an account."""
        return gid("Account", await self.db.fetchval("SELECT id FROM account WHERE login = $1", login))

    async def card(self, login: str, table: str = "staff") -> str:
        """The id of a card of an account's person."""
        query = f"SELECT {table}.id FROM {table} JOIN account USING (school_id, person_id) WHERE login = $1"
        return gid(table.title(), await self.db.fetchval(query, login))

    async def person(self, name: str = "Новикова Ольга Петровна") -> int:
        """A new person."""
        family, given, patronymic = name.split()
        found: int = await self.db.fetchval(
            "INSERT INTO person (school_id, family_name, given_name, patronymic, sex, birth_date) "
            "VALUES ((SELECT school_id FROM school WHERE code = 'demo'), $1, $2, $3, 'female', '1990-01-01') "
            "RETURNING id",
            *(family, given, patronymic),
        )
        return found

    async def hire(self, person: int | None = None, since: str = "2026-05-12", until: str | None = None) -> str:
        """The id of a new employee's card."""
        person = person or await self.person()
        number = await self.db.fetchval(
            "INSERT INTO staff (school_id, person_id, number, position, hired_on, dismissed_on) "
            "SELECT school_id, id, 'n' || id, 'Учитель', $2::text::date, $3::text::date FROM person WHERE id = $1 "
            "RETURNING id",
            *(person, since, until),
        )
        return gid("Staff", number)

    async def enrol(self, person: int | None = None, until: str | None = None, since: date = date(2025, 9, 1)) -> str:
        """The id of a new student's card, in some class."""
        person = person or await self.person("Ученицына Яна Львовна")
        number = await self.db.fetchval(
            "INSERT INTO student (school_id, person_id, file_number) "
            "SELECT school_id, id, 'f' || id FROM person WHERE id = $1 RETURNING id",
            person,
        )
        school, of = await self.db.fetchrow("SELECT school_id, min(id) FROM school_class GROUP BY 1")
        await enrol(self.db, school, of, since, number)
        if until:
            await end(self.db, school, date.fromisoformat(until), number)
        return gid("Student", number)

    async def leave(self, student: str, last: str) -> None:
        """A student leaves school after that day, or has left after that day and not another."""
        day, number = date.fromisoformat(last), number_of(student)
        if await self.db.fetchval("SELECT ends_on IS NULL FROM enrolment WHERE student_id = $1", number):
            school = await self.db.fetchval("SELECT school_id FROM student WHERE id = $1", number)
            await end(self.db, school, day, number)
        await self.db.execute("UPDATE enrolment SET ends_on = $1 WHERE student_id = $2", day, number)

    async def guard(self, *students: str, person: int | None = None) -> str:
        """The id of a new guardian's card, of these students."""
        person = person or await self.person("Опекунова Инна Львовна")
        number = await self.db.fetchval(
            "INSERT INTO guardian (school_id, person_id, applied_on) "
            "SELECT school_id, id, '2025-09-01' FROM person WHERE id = $1 RETURNING id",
            person,
        )
        for student in students:
            await self.db.execute(
                "INSERT INTO guardianship (school_id, guardian_id, student_id, kind, starts_on) "
                "SELECT school_id, $1, id, 'guardian', '2025-09-01' FROM student WHERE id = $2",
                *(number, number_of(student)),
            )
        return gid("Guardian", number)

    async def opened(self, owner: str, as_: str = "hr") -> tuple[str, str, str]:
        """A new account that has chosen a password: its id, login and an access token."""
        issued = await self.done("issueAccount", {"ownerId": owner}, as_)
        token = await self.enter(issued["login"], issued["password"])
        await self.done("changePassword", {"currentPassword": issued["password"], "newPassword": PASSWORD}, token=token)
        return issued["account"]["id"], issued["login"], token


PASSWORD = "новый пароль 12"


@asynccontextmanager
async def opened(cluster: str, template: tuple[str, Demo]) -> AsyncIterator[Office]:
    """A school to write in."""
    async for school in copied(cluster, template):
        db = await asyncpg.connect(school.url)
        try:
            yield Office(school, db)
        finally:
            await db.close()
