"""What the tests of the transition share: a school at the end of August, and its commands."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
from typer.testing import CliRunner, Result

from rules.account import Role
from rules.movement_transition import TransitionStep
from server.cli import app
from server.demo import DEMO_NOW, Demo
from server.settings import Settings

from .conftest import School, copied
from .contents import digests

AUGUST = datetime(2026, 8, 28, 12, tzinfo=DEMO_NOW.tzinfo)
FIRST = "2026-09-01"
STEPS = [step.name for step in TransitionStep]
COMMANDS = {
    "beginTransition": {Role.ADMINISTRATOR},
    "runTransitionStep": {Role.ADMINISTRATOR},
    "placeStudents": {Role.ADMINISTRATOR, Role.SECRETARY},
    "revertTransition": {Role.ADMINISTRATOR},
    "openYear": {Role.ADMINISTRATOR},
}
CARRIED = (
    *("academic_year", "period", "holiday", "bell_schedule", "bell", "profile", "period_rule", "component"),
    *("component_load", "school_class", "study_group", "group_member", "class_leadership", "plan_hours"),
    *("teaching_assignment", "enrolment", "movement_order", "movement_item", "transition_placement"),
    *("topic_plan", "topic_section", "topic", "topic_work_type", "topic_plan_assignment"),
)
TELLS = ("audit_entry", "history", "session", "idempotency_key", "year_transition", "transition_step_done")
"""Tables that tell what has been done: they keep it, too, of what has been taken back."""

NEIGHBOURS = """
UPDATE school_class SET grade = 6, shift = 2 WHERE grade = 9;
UPDATE topic_plan SET grade = 6 WHERE grade = 9;
"""
"""The demo's ninth classes become sixth ones, so that there are classes which go on where others have been."""


@dataclass
class Summer:
    """A school at the end of August, and a connection to look behind the door."""

    school: School
    db: "asyncpg.Connection[Any]"

    async def run(self, name: str, given: dict[str, Any] | None = None, as_: str = "administrator") -> dict[str, Any]:
        """The result of a command."""
        kind = name[0].upper() + name[1:]
        result = "transition { id state }" if name in COMMANDS else "__typename"
        if name in {"draftOrder", "issueOrder"}:
            result = "order { id }"
        shown = f"{{ __typename ... on {kind}Payload {{ {result} }} ... on Refusal {{ code message field clause }} }}"
        text = f"mutation {{ {name} {shown} }}"
        if given is not None:
            text = f"mutation($input: {kind}Input!) {{ {name}(input: $input) {shown} }}"
        found: dict[str, Any] = (await self.school.data(text, {"input": given}, as_=as_))[name]
        return found

    async def done(self, name: str, given: dict[str, Any] | None = None, as_: str = "administrator") -> Any:
        """The payload of a command that must not be refused."""
        result = await self.run(name, given, as_)
        assert result["__typename"] != "Refusal", result
        return result

    async def refused(
        self, name: str, given: dict[str, Any] | None = None, as_: str = "administrator"
    ) -> tuple[str, str | None, str | None]:
        """Code, field and clause of a refusal; that it changed nothing is checked."""
        before = await self.contents()
        result = await self.run(name, given, as_)
        assert result["__typename"] == "Refusal", result
        assert await self.contents() == before
        return result["code"], result["field"], result["clause"]

    async def contents(self) -> dict[str, Any]:
        """What the tables of a year hold."""
        return await digests(self.db, CARRIED)

    async def everything(self) -> dict[str, Any]:
        """What every table holds, but for those that tell what has been done."""
        tables = await self.db.fetch(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace "
            "AND relname <> ALL($1)",
            TELLS,
        )
        return await digests(self.db, [row["relname"] for row in tables])

    async def unnumbered(self) -> dict[str, Any]:
        """What the tables of a year hold, but for when it was written and for numbers, in which tries leave gaps."""
        query = (
            "SELECT array_agg(row::text ORDER BY row::text) FROM (SELECT (SELECT jsonb_object_agg(key, value) "
            "FROM jsonb_each(to_jsonb(t)) WHERE key NOT IN ('id', 'changed_at') AND key NOT LIKE '%\\_id') AS row "
            "FROM {} AS t) AS rows"
        )
        return {table: await self.db.fetchval(query.format(table)) for table in CARRIED}

    async def begin(self) -> str:
        """The id of a transition."""
        begun: str = (await self.done("beginTransition"))["transition"]["id"]
        return begun

    async def steps(self, transition: str, count: int = len(STEPS)) -> None:
        """Take the first steps."""
        for step in STEPS[:count]:
            await self.done("runTransitionStep", {"transitionId": transition, "step": step})

    async def findings(self) -> Counter[str]:
        """How much of each kind stands in the way."""
        found: Counter[str] = Counter()
        after = None
        while True:
            page = (
                await self.school.data(
                    "query($after: String) { school { transitions { findings(first: 100, after: $after) {"
                    " nodes { kind message blocking } pageInfo { hasNextPage endCursor } } } } }",
                    {"after": after},
                    as_="director",
                )
            )["school"]["transitions"][0]["findings"]
            found.update(each["kind"] for each in page["nodes"])
            if not page["pageInfo"]["hasNextPage"]:
                return found
            after = page["pageInfo"]["endCursor"]

    async def classes(self, year: str, day: str) -> dict[str, dict[str, Any]]:
        """The classes of a year by name, with who is in them on a day."""
        data = await self.school.data(
            "query($day: Date!) { school { years { name id } } }".replace("($day: Date!)", ""), as_="deputy"
        )
        number = next(each["id"] for each in data["school"]["years"] if each["name"] == year)
        data = await self.school.data(
            "query($year: ID, $day: Date!) { school { classes(first: 100, yearId: $year) { nodes {"
            " id name leader(on: $day) { id } students(on: $day) { id name }"
            " groups { id name students(on: $day) { id } }"
            " plan { hours subject { name } } assignments(on: $day) { teacher { id } subject { name } group { name } }"
            " } } } }",
            {"year": number, "day": day},
            as_="deputy",
        )
        return {each["name"]: each for each in data["school"]["classes"]["nodes"]}

    async def order(self, kind: str, **content: Any) -> None:
        """An order, drafted and issued."""
        drafted = await self.done("draftOrder", {"kind": kind, "effectiveOn": FIRST, **content}, "secretary")
        await self.done("issueOrder", {"orderId": drafted["order"]["id"]}, "secretary")

    async def leaders(self) -> None:
        """Every class that has nobody gets a class teacher."""
        query = "{ school { staff(first: 1) { nodes { id } } } }"
        staff = (await self.school.data(query, as_="deputy"))["school"]["staff"]["nodes"][0]["id"]
        for of in (await self.classes("2026/2027", FIRST)).values():
            if of["leader"] is None:
                given = {"classId": of["id"], "staffId": staff, "startsOn": FIRST}
                await self.done("appointClassTeacher", given, "deputy")
        assert "CLASS_WITHOUT_LEADER" not in await self.findings()

    async def orders(self) -> None:
        """Everybody is promoted or graduates; the ninth goes to the tenth class with its letter."""
        old, new = await self.classes("2025/2026", "2026-08-28"), await self.classes("2026/2027", FIRST)
        going = [name for name, of in old.items() if of["students"] and not name.startswith("11")]
        tenth = {name: {"toClassId": new[f"10{name[-1]}"]["id"]} for name in going if name.startswith("9")}
        await self.order("PROMOTION", classes=[{"classId": old[name]["id"], **tenth.get(name, {})} for name in going])
        if leaving := [of for name, of in old.items() if of["students"] and name.startswith("11")]:
            await self.order("GRADUATION", classes=[{"classId": of["id"]} for of in leaving])


@asynccontextmanager
async def summer(cluster: str, template: tuple[str, Demo], now: datetime = AUGUST) -> AsyncIterator[Summer]:
    async for school in copied(cluster, template, Settings(now=now)):
        db = await asyncpg.connect(school.url)
        try:
            await school.token("administrator")  # what signing in leaves is not the transition's
            yield Summer(school, db)
        finally:
            await db.close()


async def new_year(*more: str, login: str = "administrator") -> Result:
    """`classbook new-year`, in this process."""
    words = ["new-year", "--login", login, *more]
    return await asyncio.to_thread(CliRunner().invoke, app, words, env={"COLUMNS": "200"})
