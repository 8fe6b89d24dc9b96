"""The transition to a new school year over the real door: its steps, its findings, opening, taking it back."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from schema.build import gate_of
from server.demo import DEMO_NOW, Demo

from .conftest import School
from .oracle_shape import WHOLE
from .transition_help import COMMANDS, FIRST, NEIGHBOURS, STEPS, Summer, summer


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
        left_open = await here.db.fetchval("SELECT count(*) FROM federal_form WHERE state = 'open'")
        assert found["OPEN_FORM"] == left_open > 0, "which does not keep the year closed"
        assert not {"STUDENT_WITHOUT_ORDER", "STUDENT_WITHOUT_CLASS", "CLASS_WITHOUT_PERIODS"} & found.keys()
        await here.leaders()
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
    """After any step; and a step that is taken twice is taken once."""
    async with summer(cluster, demo_template) as here:
        await here.db.execute(NEIGHBOURS)
        before = await here.everything()
        for count in range(len(STEPS) + 1):
            transition = await here.begin()
            await here.steps(transition, count)
            taken = await here.everything()
            assert (taken != before) == bool(count)
            await here.steps(transition, count)
            assert await here.everything() == taken
            await here.done("revertTransition", {"transitionId": transition})
            assert await here.everything() == before
            again = await here.refused("runTransitionStep", {"transitionId": transition, "step": "YEAR"})
            assert again == ("NOT_FOUND", "transitionId", None)


async def test_two_who_take_a_step_at_once_take_it_once(cluster: str, demo_template: tuple[str, Demo]) -> None:
    async with summer(cluster, demo_template) as here:
        begun = await asyncio.gather(*(here.run("beginTransition") for _ in range(3)))
        assert Counter(each["__typename"] for each in begun) == {"BeginTransitionPayload": 1, "Refusal": 2}
        (transition,) = (each["transition"]["id"] for each in begun if "transition" in each)
        for step in STEPS:
            given = {"transitionId": transition, "step": step}
            await asyncio.gather(*(here.done("runTransitionStep", given) for _ in range(3)))
        together = await here.unnumbered()
        await here.done("revertTransition", {"transitionId": transition})
        await here.steps(await here.begin())
        assert await here.unnumbered() == together


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
