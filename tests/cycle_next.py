"""The first of September a year on, in the test of a full one: the old year reads as ever, the new one is taught."""

from datetime import date
from typing import Any

from .cycle_memory import ALL_SCHOOL, FAMILIES, TEACHERS, remember
from .cycle_plan import HOURS, Slot, publish, week
from .cycle_spring import NEXT_YEAR, lists
from .cycle_turn import FIRST_GRADERS, expected
from .cycle_year import Year, teach

OWN_TEACHER = {"1А": "fourth", "2А": "first"}
UPPER = ("5А", "9А", "10А", "11А")


async def new_year(year: Year) -> None:
    """Whoever sees the school, and every family, reads last year as before; teachers read what they still reach."""
    async with year.door.on(NEXT_YEAR):
        for who in (*ALL_SCHOOL, *FAMILIES):
            before = {key: value for key, value in expected(year).items() if key[0] == who}
            assert await remember(year, [who]) == before, who
        for who in TEACHERS:
            _check_part(year, who, await remember(year, [who]))
        places = year.next.classes
        assert await lists(year, NEXT_YEAR, year.next) == year.roll.lists(date.fromisoformat(NEXT_YEAR), places)
        await _teach(year)


def _check_part(year: Year, who: str, read: dict[Any, Any]) -> None:
    """What a teacher reads of last year's lists is a part of what they were."""
    for key, classes in read.items():
        if key[1] == "lists":
            for part, whole in zip(classes, year.before["deputy", *key[1:]], strict=True):
                names = [{each["name"] for each in of["students"]} for of in (part, whole)]
                assert part["name"] == whole["name"]
                assert names[0] <= names[1], (who, key)


async def _teach(year: Year) -> None:
    """The new year gets its load and timetable, and its first lessons are taught."""
    door, books = year.door, year.next
    old, year.books = year.books, books
    books.rooms, books.students = old.rooms, old.students
    lessons = week(date.fromisoformat(NEXT_YEAR).isoweekday(), OWN_TEACHER, UPPER, ())
    await door.do("deputy", "assignTeachers", {"entries": await _missing(year, lessons)})
    await publish(door, books, {"yearId": books.year, "title": "Новый год"}, lessons, NEXT_YEAR, "2027-05-25")
    before = year.taught
    await teach(year, NEXT_YEAR, NEXT_YEAR)
    assert year.taught - before == len(OWN_TEACHER | dict.fromkeys(UPPER)) * len(HOURS)
    given = {"id": books.students[FIRST_GRADERS[0]], "day": NEXT_YEAR}
    query = (
        "query($id: ID!, $day: Date!) { student(id: $id) { schoolClass { name } diary(from: $day, to: $day) {"
        " days { lessons { state subject { name } } } } } }"
    )
    first = (await door.ask("fourth", query, **given))["student"]
    assert first["schoolClass"] == {"name": "1А"}
    assert [each["state"] for each in first["diary"]["days"][0]["lessons"]] == ["HELD"] * len(HOURS)


async def _missing(year: Year, lessons: list[Slot]) -> list[dict[str, str]]:
    """The load that has not come over from last year, where a class begins with other teachers."""
    shown = "assignments { group { name } subject { name } teacher { id } }"
    books = year.books
    classes = await year.door.nodes("deputy", "classes", shown, yearId=books.year)
    known = {
        (each["group"]["name"], each["subject"]["name"], each["teacher"]["id"])
        for of in classes
        for each in of["assignments"]
    }
    # 2А has no plan to carry a load by: there was no second grade last year.
    assert {group for group, _, _ in known} == {"11А"}
    return [
        {"groupId": books.groups[group], "subjectId": books.subjects[subject], "staffId": books.staff[who]}
        | {"startsOn": NEXT_YEAR}
        for _, _, group, subject, who in lessons
        if (group, subject, books.staff[who]) not in known
    ]
