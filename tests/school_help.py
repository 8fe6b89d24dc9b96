"""What the tests of commands on cards share: the commands as GraphQL, who may give them, and what the tables hold."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg

from rules.account import Role
from server.demo import Demo

from .conftest import School, copied
from .contents import digests
from .journal_help import gid, number_of

__all__ = ["PAYLOADS", "Office", "gid", "number_of", "office_of"]

_STAFF = "staff { id name position card { number version phone hiredOn dismissedOn functions sex } }"
_STUDENT = (
    "student { id name individualPlan taughtAtHome schoolClass { name }"
    " card { fileNumber version phone email birthDate } }"
)
_GUARDIANSHIP = (
    "guardianship { id kind startsOn endsOn application version"
    " guardian { id name phone appliedOn version } student { id } }"
)
PAYLOADS = {
    "updateSchoolCard": "school { name site card { licenceNumber version phone } cardCheck { missing dueOn } }",
    "createStaffCard": _STAFF,
    "updateStaffCard": _STAFF,
    "dismissStaff": _STAFF,
    "reinstateStaff": _STAFF,
    "createStudentCard": _STUDENT,
    "updateStudentCard": _STUDENT,
    "setStudentLearning": "student { id individualPlan taughtAtHome card { version } }",
    "createGuardian": _GUARDIANSHIP,
    "updateGuardian": "guardian { id name phone version }",
    "addGuardianship": _GUARDIANSHIP,
    "endGuardianship": _GUARDIANSHIP,
    "recordContactDecision": "decision { id number contact contactsOf startsOn endsOn version }",
    "endContactDecision": "decision { id endsOn version }",
    "publishDocument": "document { id title kind url withdrawnAt year { name } publisher { name } }",
    "withdrawDocument": "document { id withdrawnAt }",
}
"""The commands, and what the tests read of their payloads."""

_BY_ROLES: dict[tuple[Role, ...], tuple[str, ...]] = {
    (Role.ADMINISTRATOR,): ("updateSchoolCard", "recordContactDecision", "endContactDecision"),
    (Role.HR,): ("createStaffCard", "updateStaffCard", "dismissStaff", "reinstateStaff"),
    (Role.SECRETARY,): ("createStudentCard", "createGuardian", "addGuardianship"),
    (Role.SECRETARY, Role.TEACHER): ("updateStudentCard", "updateGuardian", "endGuardianship"),
    (Role.SECRETARY, Role.DEPUTY): ("setStudentLearning",),
    (Role.DEPUTY,): ("publishDocument", "withdrawDocument"),
}
ROLES = {name: set(roles) for roles, names in _BY_ROLES.items() for name in names}
"""Who has each command (2), and nobody else."""

WRITTEN = ("school", "person", "staff", "student", "guardian", "guardianship", "contact_decision", "document")
KEPT = (*WRITTEN, "history", "idempotency_key")


@dataclass
class Office:
    """A running school, with a connection of the test's own to look behind the door."""

    school: School
    db: "asyncpg.Connection[Any]"

    async def run(self, name: str, given: dict[str, Any], as_: str) -> dict[str, Any]:
        """The result of a command: a payload or a refusal."""
        data = await self.school.data(mutation(name), {"input": given}, as_=as_)
        result: dict[str, Any] = data[name]
        return result

    async def done(self, name: str, given: dict[str, Any], as_: str) -> dict[str, Any]:
        """The one object of a payload: the command must not be refused, and is in the audit trail once."""
        before = len(await self.entries(name))
        result = await self.run(name, given, as_)
        assert result["__typename"] != "Refusal", result
        (entry,) = (await self.entries(name))[before:]
        assert (entry["login"], entry["outcome"]) == (as_, "done")
        (found,) = (value for key, value in result.items() if key != "__typename")
        assert isinstance(found, dict), result
        return found

    async def refused(self, name: str, given: dict[str, Any], as_: str) -> tuple[str, str, str | None]:
        """Code, field and clause of a refusal; that nothing was written and the attempt was noted is checked."""
        before, entries = await self.digest(), len(await self.entries(name))
        result = await self.run(name, given, as_)
        assert result["__typename"] == "Refusal", result
        assert any("а" <= letter <= "я" for letter in result["message"]), "a message for people, in Russian"
        assert await self.digest() == before, "a refusal writes nothing"
        noted = (await self.entries(name))[entries:]
        early = result["code"] == "BAD_ID"
        assert [each["outcome"] for each in noted] == ([] if early else [result["code"]])
        return result["code"], result["field"], result["clause"]

    async def digest(self) -> dict[str, Any]:
        """What every table that a command may write holds, as a digest."""
        return await digests(self.db, KEPT)

    async def entries(self, name: str) -> list[dict[str, Any]]:
        """The audit trail of a command."""
        rows = await self.db.fetch(
            "SELECT login, outcome, input::text FROM audit_entry "
            "LEFT JOIN account ON (account.school_id, account.id) = (audit_entry.school_id, account_id) "
            "WHERE command = $1 ORDER BY audit_entry.id",
            name,
        )
        return [dict(row) for row in rows]

    async def history(self, relation: str, row: int) -> list[int]:
        """The versions that a row had before."""
        found = await self.db.fetch(
            "SELECT version FROM history WHERE relation = $1 AND row_id = $2 AND audit_entry_id IS NOT NULL"
            " ORDER BY id",
            *(relation, row),
        )
        return [each["version"] for each in found]

    async def led(self) -> dict[str, str]:
        """A student of the class that `class-teacher` leads, one of another class, and a guardian of each."""
        rows = await self.db.fetch(
            "SELECT student.id, guardian.id AS guardian, guardianship.id AS bond, class_id = ANY("
            "  SELECT class_id FROM class_leadership JOIN staff ON staff.id = staff_id JOIN account USING (person_id)"
            "  WHERE login = 'class-teacher') AS led FROM student"
            " JOIN enrolment ON student_id = student.id AND ends_on IS NULL"
            " JOIN guardianship ON guardianship.student_id = student.id AND guardianship.ends_on IS NULL"
            " JOIN guardian ON guardian.id = guardian_id"
            " WHERE guardian.person_id NOT IN (SELECT person_id FROM staff)"
            " AND NOT EXISTS (SELECT FROM guardianship g WHERE g.guardian_id = guardian.id"
            "   AND g.student_id <> student.id) ORDER BY student.id DESC"
        )
        mine, other = (next(row for row in rows if row["led"] is led) for led in (True, False))
        return {
            "student": gid("Student", mine["id"]),
            "guardian": gid("Guardian", mine["guardian"]),
            "bond": gid("Guardianship", mine["bond"]),
            "other_student": gid("Student", other["id"]),
            "other_guardian": gid("Guardian", other["guardian"]),
            "other_bond": gid("Guardianship", other["bond"]),
        }


def mutation(name: str) -> str:
    """One command with its input as `$input`."""
    kind = name[0].upper() + name[1:]
    return (
        f"mutation($input: {kind}Input!) {{ {name}(input: $input) {{ __typename"
        f" ... on {kind}Payload {{ {PAYLOADS[name]} }} ... on Refusal {{ code message field clause }} }} }}"
    )


@asynccontextmanager
async def office_of(cluster: str, template: tuple[str, Demo]) -> AsyncIterator[Office]:
    """A school to write in, shared by the tests of a module."""
    async for school in copied(cluster, template):
        for login in school.demo.logins:  # while there is one school only, its code need not be given
            await school.token(login.login)
        db = await asyncpg.connect(school.url)
        try:
            yield Office(school, db)
        finally:
            await db.close()
