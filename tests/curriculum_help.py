"""What the tests of the curriculum's commands share: the commands as GraphQL, and what the tables hold of them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg

from server.demo import Demo

from .conftest import School, copied
from .contents import digests
from .journal_help import gid, number_of

_YEAR = "year { id name startsOn endsOn }"
OPENS = {"createYear": _YEAR}
KEEPS = {"updateYear": _YEAR}
PLANS = {
    "setPeriods": "year { periods { kind number name startsOn endsOn } }",
    "setHolidays": "year { holidays { name startsOn endsOn grades dueOn } }",
    "setPeriodRule": "year { periodRules { grade kind profile { name } } }",
    "createArea": "area { id name position }",
    "updateArea": "area { id name position }",
    "deleteArea": "areaId",
    "createSubject": "subject { id name shortName area { name } }",
    "updateSubject": "subject { id name shortName area { name } }",
    "archiveSubject": "subject { archivedOn }",
    "createProfile": "profile { id name grades }",
    "updateProfile": "profile { id name grades }",
    "deleteProfile": "profileId",
    "createComponent": "component { id name kind position }",
    "updateComponent": "component { id name }",
    "deleteComponent": "componentId",
    "setComponentLoad": "component { loads { grade hours profile { name } } }",
    "setPlanHours": "schoolClass { plan { hours version subjectName component { id } } planTotal { planned verdict } }",
    "copyPlanHours": "classes { name plan { hours subjectName } }",
    "createClass": "schoolClass { id name shift capacity periodKind weekDays groups { kind } }",
    "updateClass": "schoolClass { name shift capacity periodKind weekDays profile { name } }",
    "deleteClass": "classId",
    "appointClassTeacher": "schoolClass { leader { id } }",
    "assignTeacher": "assignment { id startsOn endsOn plannedHours teacher { id } }",
    "assignTeachers": "assignments { id }",
    "handOverAssignment": "assignment { id startsOn endsOn teacher { id } }",
    "endAssignment": "assignment { endsOn }",
    "setIndividualPlan": "student { individualPlan droppedSubjects { startsOn endsOn subject { name } } }",
}
DIVIDES = {
    "formSubgroups": "schoolClass { groups { name } ungrouped { student { id } } }",
    "moveToSubgroup": "group { name }",
}
PAYLOADS = OPENS | KEEPS | PLANS | DIVIDES
"""The curriculum's commands, and what the tests read of their payloads."""

KEPT = (
    *("academic_year", "period", "holiday", "period_rule", "educational_area", "subject", "profile", "component"),
    *("component_load", "plan_hours", "school_class", "study_group", "class_leadership", "teaching_assignment"),
    *("group_member", "dropped_subject", "student", "lesson", "history", "idempotency_key"),
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
            f"mutation($input: {kind}Input!) {{ {name}(input: $input) {{ __typename "
            f"... on {kind}Payload {{ {PAYLOADS[name]} }} ... on Refusal {{ code message field clause }} }} }}"
        )
        result: dict[str, Any] = (await self.school.data(query, {"input": given}, as_=as_))[name]
        return result

    async def done(self, name: str, given: dict[str, Any], as_: str = "deputy") -> dict[str, Any]:
        """The payload of a command that must not be refused; the attempt was noted."""
        before = await self.noted()
        result = await self.run(name, given, as_)
        assert result["__typename"] != "Refusal", result
        assert (await self.noted())[len(before) :] == [(name, "done")]
        return result

    async def refused(self, name: str, given: dict[str, Any], as_: str = "deputy") -> tuple[str, str, str | None]:
        """Code, field and clause of a refusal; nothing was written, and the attempt was noted."""
        before, noted = await self.digest(), await self.noted()
        result = await self.run(name, given, as_)
        assert result["__typename"] == "Refusal", result
        assert any("а" <= letter <= "я" for letter in result["message"])
        assert await self.digest() == before, "a refusal writes nothing"
        assert (await self.noted())[len(noted) :] == [(name, result["code"])]
        return result["code"], result["field"], result["clause"]

    async def noted(self) -> list[tuple[str, str]]:
        """The audit trail."""
        rows = await self.db.fetch(
            "SELECT command, outcome FROM audit_entry WHERE command = ANY($1) ORDER BY id", list(PAYLOADS)
        )
        return [(row["command"], row["outcome"]) for row in rows]

    async def digest(self) -> dict[str, Any]:
        """What every table that a command may write holds, as a digest."""
        return await digests(self.db, KEPT)

    async def id(self, type_name: str, query: str, *arguments: Any) -> str:
        """The id of the first row that a query finds."""
        return gid(type_name, await self.db.fetchval(query, *arguments))

    async def of_class(self, name: str = "5А") -> str:
        """A class's id."""
        return await self.id("SchoolClass", "SELECT id FROM school_class WHERE grade::text || letter = $1", name)

    async def subject(self, short_name: str) -> str:
        """A subject's id."""
        return await self.id("Subject", "SELECT id FROM subject WHERE short_name = $1", short_name)

    async def staff(self, login: str) -> str:
        """The id of an employee by login."""
        query = "SELECT staff.id FROM staff JOIN account USING (school_id, person_id) WHERE login = $1"
        return await self.id("Staff", query, login)

    async def free(self, staff: str) -> None:
        """Cancel the lessons that an employee is still to give."""
        query = "UPDATE lesson SET state = 'cancelled' WHERE coalesce(substitute_id, teacher_id) = $1"
        await self.db.execute(f"{query} AND state = 'planned'", number_of(staff))

    async def year(self) -> str:
        """The demo's year."""
        return await self.id("AcademicYear", "SELECT id FROM academic_year ORDER BY id LIMIT 1")

    async def students(self, of: str, day: Any) -> list[int]:
        """Who is in a class on a day."""
        rows = await self.db.fetch(
            "SELECT student_id FROM enrolment WHERE class_id = $1 AND starts_on <= $2"
            " AND (ends_on IS NULL OR ends_on >= $2) ORDER BY student_id",
            *(number_of(of), day),
        )
        return [row["student_id"] for row in rows]


@asynccontextmanager
async def opened(cluster: str, template: tuple[str, Demo]) -> AsyncIterator[Office]:
    """A school to write in."""
    async for school in copied(cluster, template):
        db = await asyncpg.connect(school.url)
        # What is summed up keeps the days of its period: `test_finals_closing.py`.
        await db.execute("UPDATE period_closing SET reopened_at = now(), reason = 'Для проверки'")
        await db.execute("DELETE FROM final_mark")
        for login in ("deputy", "class-teacher"):
            await school.token(login)
        try:
            yield Office(school, db)
        finally:
            await db.close()
