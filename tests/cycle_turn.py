"""The turn of the year in the test of a full one: a transition, step by step, until the new year is open."""

from collections import Counter
from copy import deepcopy
from datetime import date
from typing import Any

from rules.movement_transition import TransitionStep

from .cycle_closed import check_closed
from .cycle_memory import ALL_SCHOOL, FAMILIES, TEACHERS, remember
from .cycle_people import SIZES
from .cycle_plan import Books, load
from .cycle_spring import GONE, NEXT_YEAR, REPEAT, YEAR_ENDS
from .cycle_year import Year

STEPS = [step.name for step in TransitionStep]
GOES_ON = {"1А": "2А", "4А": "5А", "9А": "10А", "9Б": "10А", "10А": "11А"}
AGAIN = {"4А": "4А", "9Б": "9А"}
"""The new year's class of those who repeat: the deputy adds one where the old class has gone on."""
NEW_LEADERS = {"1А": "fourth", "4А": "pe", "5А": "eng", "9А": "eng2", "10А": "rus"}
FIRST_GRADERS = ("Алёшин Игнат Львович", "Быстров Игнат Львович", "Веселов Игнат Львович")
TENTH_GRADER = "Юдин Глеб Львович"
EVERYBODY = (*ALL_SCHOOL, *TEACHERS, *FAMILIES)


async def august(year: Year) -> None:
    """The old year is closed and the new one opened; nobody reads anything else of the old one than before (12)."""
    door = year.door
    async with door.on("2026-08-26"):
        year.before = await remember(year, EVERYBODY)
        assert opened(year, "deputy") == {(group, subject) for group, subject, _ in load()}
        assert opened(year, "rus") == {
            (group, subject) for group, subject, who in load() if who == "rus" or group.startswith("9А")
        }
        begun = await door.do("administrator", "beginTransition", None, "transition { id }")
        transition = begun["transition"]["id"]
        for step in STEPS:
            await door.do("administrator", "runTransitionStep", {"transitionId": transition, "step": step})
        await _prepare(year)
        refused = await door.refused("administrator", "openYear", {"transitionId": transition})
        assert refused == ("YEAR_NOT_READY", "12.1")
        await _place(year, transition)
        assert not {each for each in await _findings(year) if each[1]}
        await door.do("administrator", "openYear", {"transitionId": transition})
        await check_closed(year)
        assert await remember(year, EVERYBODY) == expected(year)


def expected(year: Year) -> dict[Any, Any]:
    """What was read before, with the one thing that has come to be: orders now say in which class the year begins."""
    found = deepcopy(year.before)
    for key, orders in found.items():
        if key[1] == "book":
            for order in orders:
                if order["kind"] in ("PROMOTION", "REPETITION"):
                    for item in order["items"]["nodes"]:
                        item["toClass"] = _class_of(year, item["student"])
    return found


def _class_of(year: Year, student: dict[str, str]) -> dict[str, str] | None:
    of = year.roll.where(student["name"], date.fromisoformat(NEXT_YEAR))
    return {"name": of} if of else None


def opened(year: Year, who: str) -> set[tuple[str, str]]:
    """Whose journals somebody has opened: groups and subjects."""
    return {key[2:4] for key, page in year.before.items() if key[:2] == (who, "journal") and page}


async def _findings(year: Year) -> Counter[tuple[str, bool]]:
    query = "{ school { transitions { findings(first: 100) { nodes { kind blocking } } } } }"
    (transition,) = (await year.door.ask("director", query))["school"]["transitions"]
    return Counter((each["kind"], each["blocking"]) for each in transition["findings"]["nodes"])


async def _prepare(year: Year) -> None:
    """The draft is corrected: classes for those who repeat, class teachers, and who comes to the school."""
    door, new = year.door, Books()
    await new.look(door, "2026/2027")
    assert set(new.classes) == {"1А", "10А", *GOES_ON.values()}
    for of in AGAIN.values():
        await door.do("deputy", "createClass", {"yearId": new.year, "grade": int(of[:-1]), "letter": of[-1]})
    await new.look(door, "2026/2027")
    found = await _findings(year)
    ninth = [name for of in ("9А", "9Б") for name in year.roll.members(of, date.fromisoformat(YEAR_ENDS))]
    assert found["STUDENT_WITHOUT_ORDER", True] == 0
    assert found["STUDENT_WITHOUT_CLASS", True] == len(ninth) + len({*REPEAT.values()} - {*ninth})
    assert found["CLASS_WITHOUT_LEADER", True] == len(NEW_LEADERS)
    given = [
        {"classId": new.classes[of], "staffId": new.staff[who], "startsOn": NEXT_YEAR}
        for of, who in NEW_LEADERS.items()
    ]
    await door.all("deputy", "appointClassTeacher", given)
    for name in FIRST_GRADERS:
        await year.newcomer(name, "2019-05-05", "1А", NEXT_YEAR, new)
    await year.newcomer(TENTH_GRADER, "2010-05-05", "10А", NEXT_YEAR, new)
    year.next = new


async def _place(year: Year, transition: str) -> None:
    """Tenth classes are formed of the ninth, and those who repeat get their class (9.2)."""
    last, entries = date.fromisoformat(YEAR_ENDS), []
    for of in SIZES:
        for name in year.roll.members(of, last):
            to = AGAIN[of] if name in REPEAT.values() else GOES_ON[of]
            if of.startswith("9") or name in REPEAT.values():
                entries.append({"studentId": year.books.students[name], "classId": year.next.classes[to]})
            year.roll.come(name, to, NEXT_YEAR)
    await year.door.do("secretary", "placeStudents", {"transitionId": transition, "entries": entries})
    assert year.roll.where(GONE, date.fromisoformat(NEXT_YEAR)) is None
