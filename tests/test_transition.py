"""The transition to a new school year over the real door: its steps, its findings, opening, taking it back."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
import pytest

from rules.account import Role
from rules.movement_transition import TransitionStep
from schema.build import gate_of
from server.demo import DEMO_NOW, Demo
from server.settings import Settings

from .conftest import School, copied
from .oracle_shape import WHOLE

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
)


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
        query = "SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {} t"
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


@asynccontextmanager
async def summer(cluster: str, template: tuple[str, Demo], now: datetime = AUGUST) -> AsyncIterator[Summer]:
    async for school in copied(cluster, template, Settings(now=now)):
        db = await asyncpg.connect(school.url)
        try:
            yield Summer(school, db)
        finally:
            await db.close()


def test_who_may_run_it() -> None:
    fields = WHOLE.mutation_type.fields  # type: ignore[union-attr]
    for name, roles in COMMANDS.items():
        gate = gate_of(fields[name].extensions["strawberry-definition"])
        assert gate is not None
        assert gate.roles == roles


async def test_the_whole_way(cluster: str, demo_template: tuple[str, Demo]) -> None:
    async with summer(cluster, demo_template) as here:
        before = await here.classes("2025/2026", "2026-05-20")
        transition = await here.begin()
        assert await here.refused("beginTransition") == ("ALREADY_EXISTS", None, "12.1")
        assert await here.refused("openYear", {"transitionId": transition}) == (
            *("STEP_OUT_OF_TURN", "transitionId"),
            "12.1",
        )
        given = {"transitionId": transition, "step": "CLASSES"}
        assert await here.refused("runTransitionStep", given) == ("STEP_OUT_OF_TURN", "step", "12.1")
        await here.steps(transition, 4)
        half = await here.contents()
        await here.steps(transition, 4)
        assert await here.contents() == half, "a step that is done stays as it is"
        await here.steps(transition)
        assert await here.refused("openYear", {"transitionId": transition}) == (
            *("YEAR_NOT_READY", "transitionId"),
            "12.1",
        )
        assert (await here.findings())["STUDENT_WITHOUT_ORDER"] == sum(
            len(each["students"]) for each in (await here.classes("2025/2026", "2026-08-28")).values()
        )
        await _orders(here, transition, before)
        found = await here.findings()
        assert not {"STUDENT_WITHOUT_ORDER", "STUDENT_WITHOUT_CLASS", "CLASS_WITHOUT_PERIODS"} & found.keys()
        await _leaders(here)
        await here.done("openYear", {"transitionId": transition})
        await _opened(here, before)


async def _orders(here: Summer, transition: str, before: dict[str, Any]) -> None:
    """Promotions of whole classes, one who repeats the year, graduates; the ninth goes to a tenth class."""
    old = await here.classes("2025/2026", "2026-08-28")
    new = await here.classes("2026/2027", FIRST)
    repeats = old["5А"]["students"][0]["id"]
    await here.order("REPETITION", items=[{"studentId": repeats}])
    up = [
        {"classId": each["id"]} for name, each in old.items() if not name.startswith(("11", "5А")) and each["students"]
    ]
    await here.order("PROMOTION", classes=[*up, {"classId": old["5А"]["id"], "exceptStudentIds": [repeats]}])
    if leaving := [{"classId": each["id"]} for name, each in old.items() if name.startswith("11") and each["students"]]:
        await here.order("GRADUATION", classes=leaving)
    ninth = [each["id"] for name, of in old.items() if name.startswith("9") for each in of["students"]]
    assert (await here.findings())["STUDENT_WITHOUT_CLASS"] == len(ninth) + 1
    tenth = next(each["id"] for name, each in new.items() if name.startswith("10"))
    entries = [{"studentId": each, "classId": tenth} for each in ninth]
    wrong = [*entries, {"studentId": repeats, "classId": tenth}]
    refused = await here.refused("placeStudents", {"transitionId": transition, "entries": wrong}, "secretary")
    assert refused == ("WRONG_CLASS", f"entries.{len(ninth)}.classId", "9.2")
    promoted = old["5Б"]["students"][0]["id"]
    sixth = next((each["id"] for name, each in new.items() if name == "6А"), tenth)
    assert await here.refused("placeStudents", {"transitionId": transition, "entries": []}) == (
        *("BAD_INPUT", "entries"),
        None,
    )
    twice = [entries[0], entries[0]]
    assert (await here.refused("placeStudents", {"transitionId": transition, "entries": twice}))[0] == "BAD_INPUT"
    created = {"yearId": await here.school.data("{ school { years { id name } } }", as_="deputy")}
    year = next(each["id"] for each in created["yearId"]["school"]["years"] if each["name"] == "2026/2027")
    await here.done("createClass", {"yearId": year, "grade": 5, "letter": "В"}, "deputy")
    fifth = (await here.classes("2026/2027", FIRST))["5В"]["id"]
    entries.append({"studentId": repeats, "classId": fifth})
    await here.done("placeStudents", {"transitionId": transition, "entries": entries}, "secretary")
    assert promoted
    assert sixth


async def _leaders(here: Summer) -> None:
    """Every class that has nobody gets a class teacher."""
    staff = (await here.school.data("{ school { staff(first: 1) { nodes { id } } } }", as_="deputy"))["school"]["staff"]
    for of in (await here.classes("2026/2027", FIRST)).values():
        if of["leader"] is None:
            given = {"classId": of["id"], "staffId": staff["nodes"][0]["id"], "startsOn": FIRST}
            await here.done("appointClassTeacher", given, "deputy")
    assert "CLASS_WITHOUT_LEADER" not in await here.findings()


async def _opened(here: Summer, before: dict[str, Any]) -> None:
    """Last year's lists are what they were; this year's classes have their people, groups, plans and teachers."""
    assert await here.classes("2025/2026", "2026-05-20") == before
    years = (await here.school.data("{ school { years { name state } } }", as_="deputy"))["school"]["years"]
    assert {each["name"]: each["state"] for each in years} == {"2025/2026": "CLOSED", "2026/2027": "OPEN"}
    new = await here.classes("2026/2027", FIRST)
    old = await here.classes("2025/2026", "2026-08-31")
    repeats = old["5А"]["students"][0]
    assert new["6А"]["students"] == [each for each in old["5А"]["students"] if each != repeats]
    assert new["5В"]["students"] == [repeats]
    ninth = {each["id"] for name, of in old.items() if name.startswith("9") for each in of["students"]}
    tenths = {each["id"] for name, of in new.items() if name.startswith("10") for each in of["students"]}
    assert tenths == ninth
    assert not any(of["students"] for of in (await here.classes("2025/2026", FIRST)).values())
    divided = 0
    for name, of in old.items():
        goes_on = new.get(f"{int(name[:-1]) + 1}{name[-1]}") if not name.startswith(("9", "11")) else None
        there = {each["id"] for each in goes_on["students"]} if goes_on else set()
        for half in of["groups"]:
            if goes_on and "/" in half["name"]:
                (same,) = (g for g in goes_on["groups"] if g["name"].split("/")[1:] == half["name"].split("/")[1:])
                assert {e["id"] for e in same["students"]} == {e["id"] for e in half["students"]} & there
                divided += bool(same["students"])
    assert divided
    assert new["10А"]["plan"]
    assert (await here.findings()) == Counter()


async def test_what_is_taken_back_is_gone(cluster: str, demo_template: tuple[str, Demo]) -> None:
    async with summer(cluster, demo_template) as here:
        before = await here.contents()
        for count in (0, 3, len(STEPS)):
            transition = await here.begin()
            await here.steps(transition, count)
            assert (await here.contents() != before) == bool(count)
            await here.done("revertTransition", {"transitionId": transition})
            assert await here.contents() == before
            again = await here.refused("runTransitionStep", {"transitionId": transition, "step": "YEAR"})
            assert again == ("NOT_FOUND", "transitionId", None)


async def test_a_year_in_use_is_not_taken_back(cluster: str, demo_template: tuple[str, Demo]) -> None:
    async with summer(cluster, demo_template) as here:
        transition = await here.begin()
        await here.steps(transition)
        old, new = await here.classes("2025/2026", "2026-08-28"), await here.classes("2026/2027", FIRST)
        moved = {"studentId": old["5А"]["students"][0]["id"], "toClassId": new["6А"]["id"]}
        await here.order("PROMOTION", items=[moved])
        assert await here.refused("revertTransition", {"transitionId": transition}) == (
            *("IN_USE", "transitionId"),
            "12.1",
        )


async def test_a_year_that_is_not_over_stays(cluster: str, demo_template: tuple[str, Demo]) -> None:
    async with summer(cluster, demo_template, DEMO_NOW) as here:
        await here.begin()
        assert (await here.findings())["YEAR_NOT_OVER"] == 1


@pytest.mark.parametrize("login", ["deputy", "secretary", "teacher", "parent"])
async def test_others_have_no_such_commands(school: School, login: str) -> None:
    answer = await school.ask("mutation { beginTransition { __typename } }", as_=login)
    assert answer["errors"]
    if login in {"teacher", "parent"}:
        assert (await school.ask("{ school { transitions { id } } }", as_=login))["errors"]
