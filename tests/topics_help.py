"""What the tests of topic plans share: the commands as GraphQL, groups of the demo, and what the tables hold."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg

from server.demo import Demo

from .conftest import School, copied
from .contents import digests
from .journal_help import gid

_PLAN = (
    "plan { id title version grade sections { id title topics { id name hours card { homework workTypes { id } } } } }"
)
PAYLOADS = {
    "createTopicPlan": _PLAN,
    "updateTopicPlan": _PLAN,
    "setTopics": _PLAN,
    "copyTopicPlan": _PLAN,
    "importTopicPlan": _PLAN,
    "deleteTopicPlan": "planId",
    "assignTopicPlan": "assignments { id startsOn endsOn progress { planned scheduled withoutTopic leftOver } }",
    "endTopicPlanAssignment": "assignment { id startsOn endsOn }",
    "placeTopic": "lesson { id version plannedTopic { id name } record { topic } }",
}
WRITTEN = ("topic_plan", "topic_section", "topic", "topic_work_type", "topic_plan_assignment", "lesson")
KEPT = (*WRITTEN, "history", "idempotency_key")


def mutation(name: str) -> str:
    """One command with its input as `$input`."""
    kind = name[0].upper() + name[1:]
    return (
        f"mutation($input: {kind}Input!) {{ {name}(input: $input) {{ __typename ... on {kind}Payload "
        f"{{ {PAYLOADS[name]} }} ... on Refusal {{ code message field clause }} }} }}"
    )


@dataclass(frozen=True)
class Course:
    """A group and a subject, with the year and the plan that it goes by."""

    group: int
    subject: int
    grade: int
    year: int
    plan: int | None
    assignment: int | None


@dataclass
class Topics:
    """A running school, with a connection of the test's own to look behind the door."""

    school: School
    db: "asyncpg.Connection[Any]"

    async def run(self, name: str, given: dict[str, Any], as_: str = "deputy") -> dict[str, Any]:
        """The result of a command: a payload or a refusal."""
        data = await self.school.data(mutation(name), {"input": given}, as_=as_)
        result: dict[str, Any] = data[name]
        return result

    async def done(self, name: str, given: dict[str, Any], as_: str = "deputy") -> dict[str, Any]:
        """The payload of a command that must not be refused; that it was noted is checked."""
        entries = await self.entries()
        result = await self.run(name, given, as_)
        assert result["__typename"] != "Refusal", result
        assert (await self.entries())[len(entries) :] == [(name, "done", as_)]
        return result

    async def refused(self, name: str, given: dict[str, Any], as_: str = "deputy") -> tuple[str, str, str | None]:
        """Code, field and clause of a refusal; that nothing was written and the attempt was noted is checked."""
        before, entries = await self.digest(), await self.entries()
        result = await self.run(name, given, as_)
        assert result["__typename"] == "Refusal", result
        assert any("а" <= letter <= "я" for letter in result["message"]), "a message for people, in Russian"
        assert await self.digest() == before, "a refusal writes nothing"
        noted = [] if result["code"] == "BAD_ID" else [(name, result["code"], as_)]
        assert (await self.entries())[len(entries) :] == noted
        return result["code"], result["field"], result["clause"]

    async def digest(self) -> dict[str, Any]:
        """What every table that a command may write holds, as a digest."""
        return await digests(self.db, KEPT)

    async def entries(self) -> list[tuple[str, str, str]]:
        """The audit trail of these commands: which, how it ended, whose."""
        rows = await self.db.fetch(
            "SELECT command, outcome, login FROM audit_entry JOIN account ON account.id = account_id "
            "WHERE command = ANY($1) ORDER BY audit_entry.id",
            list(PAYLOADS),
        )
        return [tuple(row) for row in rows]

    async def course(self, school_class: str, subject: str) -> Course:
        """What a class is taught of a subject: as a whole, or in its first group."""
        row = await self.db.fetchrow(
            "SELECT t.group_id, t.subject_id, c.grade, c.year_id, a.plan_id, a.id FROM teaching_assignment AS t "
            "JOIN subject AS s ON s.id = t.subject_id JOIN study_group AS g ON g.id = t.group_id "
            "JOIN school_class AS c ON c.id = g.class_id "
            "LEFT JOIN topic_plan_assignment AS a ON (a.group_id, a.subject_id) = (t.group_id, t.subject_id) "
            "WHERE c.grade::text || c.letter = $1 AND s.short_name = $2 ORDER BY t.group_id, a.starts_on LIMIT 1",
            school_class,
            subject,
        )
        assert row, f"nobody teaches {subject} in {school_class}"
        return Course(*row)

    async def lessons(self, course: Course, *, to_come: bool = False) -> list[Any]:
        """The lessons of a course in their order."""
        return list(
            await self.db.fetch(
                "SELECT * FROM lesson "
                "WHERE group_id = $1 AND subject_id = $2 AND (NOT $3 OR date >= $4 AND state = 'planned') "
                "ORDER BY date, number, id",
                *(course.group, course.subject, to_come, self.school.demo.today),
            )
        )

    async def free(self, course: Course) -> Course:
        """The course, with its plan's assignment and topics taken away behind the door."""
        here = (course.group, course.subject)
        await self.db.execute("DELETE FROM topic_plan_assignment WHERE (group_id, subject_id) = ($1, $2)", *here)
        await self.db.execute(
            "UPDATE lesson SET topic_id = NULL, topic = NULL, topic_pinned = false "
            "WHERE (group_id, subject_id) = ($1, $2)",
            *here,
        )
        return Course(course.group, course.subject, course.grade, course.year, None, None)

    async def plan(self, course: Course, *topics: Any, as_: str = "deputy") -> tuple[str, list[str]]:
        """A new plan for a course, with one section; gives the ids of the plan and of its topics."""
        given = {
            "yearId": gid("AcademicYear", course.year),
            "subjectId": gid("Subject", course.subject),
            "grade": course.grade,
            "title": "План",
        }
        plan = (await self.done("createTopicPlan", given, as_))["plan"]["id"]
        found = (await self.done("setTopics", content(plan, *topics), as_))["plan"]["sections"]
        return plan, [topic["id"] for section in found for topic in section["topics"]]


def content(plan: str, *topics: Any, **more: Any) -> dict[str, Any]:
    """The input of `setTopics`: one section; a topic by its name, or with more."""
    listed = [{"name": each} if isinstance(each, str) else each for each in topics]
    return {"planId": plan, "sections": [{"title": "Раздел", "topics": listed}], **more}


@asynccontextmanager
async def opened(cluster: str, template: tuple[str, Demo]) -> AsyncIterator[Topics]:
    """A school to write in."""
    async for school in copied(cluster, template):
        db = await asyncpg.connect(school.url)
        try:
            yield Topics(school, db)
        finally:
            await db.close()
