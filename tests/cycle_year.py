"""A year taught in fast motion, in the test of a full one, with a plain account of all that was written."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from .cycle_door import Door
from .cycle_people import FIRST
from .cycle_plan import DIVIDED, PE, Books
from .cycle_roll import Roll

LESSON = "id date number state version subject { name } group { name } teacher { id } substitute { id }"
CODES = ("ILLNESS", "UNEXCUSED", "UNEXPLAINED")
UNFILLED = ("11А", "2026-05-26", PE)
"""A lesson that nobody has ever filled in."""


def _lists() -> dict[str, list[str]]:
    return defaultdict(list)


def _days() -> dict[str, dict[str, list[str]]]:
    return defaultdict(_lists)


@dataclass
class Year:
    """The school and its year: what is known of it here, to be compared with what the door says."""

    door: Door
    folder: Path
    books: Books = field(default_factory=Books)
    roll: Roll = field(default_factory=Roll)
    halves: Roll = field(default_factory=Roll)
    next: Books = field(default_factory=Books)
    """The ids of the year that follows."""
    taught: int = 0
    """How many lessons have been filled in."""
    marks: dict[str, dict[str, list[str]]] = field(default_factory=_days)
    """The values of marks by student and day."""
    away: dict[str, dict[str, list[str]]] = field(default_factory=_days)
    """The reasons for absence by student and day."""
    before: dict[Any, Any] = field(default_factory=dict)
    """What people read before the year was closed."""

    def members(self, group: str, day: str) -> list[str]:
        """Who is in a group on a day, by the plain model."""
        return (self.halves if group in DIVIDED else self.roll).members(group, date.fromisoformat(day))

    def who(self, lesson: dict[str, Any]) -> str:
        """Who writes in the journal of a lesson: the substitute, if there is one."""
        writer = (lesson["substitute"] or lesson["teacher"])["id"]
        return next(who for who, number in self.books.staff.items() if number == writer)

    async def order(self, kind: str, effective: str, **content: Any) -> str:
        """Draft an order, see that nothing stands against it, and issue it today (9.2)."""
        given = {"kind": kind, "effectiveOn": effective, **content}
        shown = "order { id check { code message } }"
        order = (await self.door.do("secretary", "draftOrder", given, shown))["order"]
        assert order["check"] == []
        shown = "order { state inTime }"
        issued = (await self.door.do("secretary", "issueOrder", {"orderId": order["id"]}, shown))["order"]
        assert issued["state"] == "ISSUED"
        assert issued["inTime"] in (True, None)
        number: str = order["id"]
        return number

    async def newcomer(self, name: str, birth: str, of: str, day: str, books: Books | None = None) -> None:
        """Somebody comes to the school: their card, their mother's at her application, an order (4.4, 4.7, 9.2)."""
        family, given, patronymic = name.split()
        card = {"familyName": family, "givenName": given, "patronymic": patronymic, "sex": "MALE", "birthDate": birth}
        file = {**card, "fileNumber": f"Н-{len(self.books.students)}"}
        made = (await self.door.do("secretary", "createStudentCard", file, "student { id }"))["student"]["id"]
        mother = {**card, "givenName": "Клара", "patronymic": "Карловна", "sex": "FEMALE", "birthDate": "1985-05-05"}
        applied = {"studentId": made, "kind": "MOTHER", "appliedOn": FIRST, "application": "З-1"}
        await self.door.do("secretary", "createGuardian", {**mother, **applied})
        items = [{"studentId": made, "toClassId": (books or self.books).classes[of]}]
        await self.order("ENROLMENT", day, eventOn=day, items=items)
        self.books.students[name] = made
        self.roll.come(name, of, day)

    async def lessons(self, of: str, since: str, until: str, as_: str = "deputy") -> list[Any]:
        """The lessons of a class."""
        query = (
            "query($of: ID!, $since: Date!, $until: Date!, $after: String) { schoolClass(id: $of) { lessons("
            f"since: $since until: $until first: 100 after: $after) {{ nodes {{ {LESSON} }}"
            " pageInfo { hasNextPage endCursor } } } }"
        )
        found: list[Any] = []
        after = None
        while True:
            given = {"of": self.books.classes[of], "since": since, "until": until, "after": after}
            page = (await self.door.ask(as_, query, **given))["schoolClass"]["lessons"]
            found += page["nodes"]
            if not page["pageInfo"]["hasNextPage"]:
                return found
            after = page["pageInfo"]["endCursor"]

    async def lesson(self, of: str, day: str, subject: str) -> dict[str, Any]:
        """The lesson of a class on a day."""
        found: dict[str, Any] = next(
            each for each in await self.lessons(of, day, day) if each["subject"]["name"] == subject
        )
        return found


async def teach(year: Year, since: str, until: str) -> None:
    """Teach all lessons of some days: roll, material, homework, tasks and marks, each by whoever teaches the lesson."""
    kinds = (await year.door.ask("deputy", "{ school { workTypes { id } } }"))["school"]["workTypes"]
    by_writer: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for of in year.books.classes:
        for lesson in await year.lessons(of, since, until):
            if lesson["state"] == "PLANNED" and (of, lesson["date"], lesson["subject"]["name"]) != UNFILLED:
                by_writer[year.who(lesson)].append(lesson)
    for who, lessons in by_writer.items():
        await _write(year, who, lessons, [kind["id"] for kind in kinds])


async def _write(year: Year, who: str, lessons: list[dict[str, Any]], kinds: list[str]) -> None:
    commands: list[tuple[str, dict[str, Any]]] = []
    tasks: list[dict[str, Any]] = []
    marked: list[list[tuple[str, str]]] = []
    for lesson in lessons:
        number, day = year.taught, lesson["date"]
        year.taught += 1
        here, at = {"lessonId": lesson["id"]}, year.members(lesson["group"]["name"], day)
        absent = []
        if number % 2 and at:
            missing, code = at[number % len(at)], CODES[number % 3]
            absent.append({"studentId": year.books.students[missing], "code": code})
            year.away[missing][day].append(code)
        commands.append(("takeRollCall", {**here, "absent": absent}))
        if number % 5 == 0:
            commands.append(("recordLesson", {**here, "material": f"Материал {number}"}))
            commands.append(("assignHomework", {**here, "text": f"Упражнение {number}"}))
        if number % 6 == 0:
            tasks.append({**here, "workTypeId": kinds[number % len(kinds)], "name": f"Работа {number}"})
            marked.append([(name, str(2 + (number + place) % 4)) for place, name in enumerate(at)])
            for name, value in marked[-1]:
                year.marks[name][day].append(value)
    await year.door.each(who, commands)
    made = await year.door.all(who, "addTask", tasks, "task { id }")
    entries = [
        {"taskId": task["task"]["id"], "studentId": year.books.students[name], "value": value}
        for task, values in zip(made, marked, strict=True)
        for name, value in values
    ]
    if entries:
        await year.door.do(who, "setMarks", {"entries": entries})
