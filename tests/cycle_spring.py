"""From winter to summer in the test of a full year: a counter-order, the last lessons, the orders of the year's end."""

from datetime import date

from .cycle_autumn import SECOND_HALF
from .cycle_people import FIRST, PUPILS, SIZES
from .cycle_plan import DIVIDED, LAST_LESSON, Books
from .cycle_year import Year, teach

YEAR_ENDS, NEXT_YEAR = "2026-08-31", "2026-09-01"
REPEAT = {"4А": PUPILS["4А"][3], "9Б": PUPILS["9Б"][4]}
"""Who stays for a second year in their grade."""
GONE = PUPILS["9А"][5]
"""Who goes to college after the ninth grade, promoted though they are."""


async def february(year: Year) -> None:
    """An order is cancelled by another, as if it had never been; a class gets another class teacher."""
    door, books = year.door, year.books
    stays, changes = PUPILS["9А"][2], PUPILS["9А"][3]
    async with door.on("2026-02-20"):
        await teach(year, SECOND_HALF, "2026-02-20")
        items = [{"studentId": books.students[stays], "toClassId": books.classes["9Б"]}]
        order = await year.order("TRANSFER", "2026-02-24", items=items)
        assert (await lists(year, "2026-02-24"))["9Б"] >= {stays}
        await door.do("secretary", "cancelOrder", {"orderId": order, "basis": "Заявление отозвано"})
        half = year.halves.where(changes, date(2026, 2, 23))
        other = next(each for each in DIVIDED if each != half)
        moved = {"studentId": books.students[changes], "groupId": books.groups[other], "startsOn": "2026-02-24"}
        await door.do("rus", "moveToSubgroup", moved)
        year.halves.come(changes, other, "2026-02-24")
        draft = await door.do("deputy", "createTimetable", {"yearId": books.year, "title": "Проба"}, "timetable { id }")
        books.more["draft"] = draft["timetable"]["id"]
        leads = {"classId": books.classes["10А"], "staffId": books.staff["math"], "startsOn": "2026-03-02"}
        await door.do("deputy", "appointClassTeacher", leads)


async def may(year: Year) -> None:
    """The last lesson has been taught."""
    async with year.door.on("2026-05-27"):
        await teach(year, "2026-02-21", LAST_LESSON)


async def june(year: Year) -> None:
    """The orders of the year's end: bulk ones for whole classes, and for those who do not go with them (9.2)."""
    books = year.books
    async with year.door.on("2026-06-25"):
        items = [{"studentId": books.students[name]} for name in REPEAT.values()]
        await year.order("REPETITION", NEXT_YEAR, items=items)
        up = [
            {"classId": books.classes[of], "exceptStudentIds": [books.students[REPEAT[of]]] if of in REPEAT else []}
            for of in SIZES
            if of != "11А"
        ]
        await year.order("PROMOTION", NEXT_YEAR, classes=up)
        await year.order("GRADUATION", "2026-06-26", classes=[{"classId": books.classes["11А"]}])
        for name in year.roll.members("11А", date(2026, 6, 25)):
            year.roll.leave(name, "2026-06-26")
        for name in year.halves.stays:
            year.halves.leave(name, NEXT_YEAR)
    async with year.door.on("2026-07-02"):
        item = {"studentId": books.students[GONE], "place": "Колледж"}
        books.more["departure"] = await year.order("DEPARTURE", "2026-07-01", eventOn="2026-06-30", items=[item])
        year.roll.leave(GONE, "2026-07-01")
        year.halves.leave(GONE, "2026-07-01")


async def lists(year: Year, day: str, books: Books | None = None) -> dict[str, set[str]]:
    """Who is in each class and subgroup of the year on a day, as the door says it."""
    shown = "name students(on: $day) { name } groups { name students(on: $day) { name } }"
    found: dict[str, set[str]] = {}
    for of in await year.door.nodes("deputy", "classes", shown, day=day, yearId=(books or year.books).year):
        for place in (of, *of["groups"]):
            names = [each["name"] for each in place["students"]]
            assert len(set(names)) == len(names)
            assert found.setdefault(place["name"], set(names)) == set(names), "the whole group is the class"
    return found


async def check_lists(year: Year) -> int:
    """Every list of the year against the plain model, on each day on which anything changed and the day before."""
    days = {
        *year.roll.turns(date.fromisoformat(FIRST), date.fromisoformat(YEAR_ENDS)),
        *year.halves.turns(date.fromisoformat(FIRST), date.fromisoformat(YEAR_ENDS)),
    }
    for day in sorted(days):
        expected = year.roll.lists(day, SIZES) | year.halves.lists(day, DIVIDED)
        assert await lists(year, day.isoformat()) == expected, day
    return len(days)


async def holidays(year: Year) -> None:
    """In August, with all orders issued, the door and the model agree on who was where, and what they got."""
    async with year.door.on("2026-08-25"):
        assert await check_lists(year) > 10
        await _check_diaries(year)
        await year.door.shut_out("graduate")


async def _check_diaries(year: Year) -> None:
    """Every mark and absence that was written, and no other, stands in the diaries on its day."""
    shown = "student { name } days { date lessons { attendance { code } marks { value } } }"
    query = f'query($of: [ID!]!) {{ diary(studentIds: $of, from: "{FIRST}", to: "{YEAR_ENDS}") {{ {shown} }} }}'
    diaries = (await year.door.ask("director", query, of=list(year.books.students.values())))["diary"]
    assert len(diaries) == len(year.books.students)
    for diary in diaries:
        marks, away = year.marks[diary["student"]["name"]], year.away[diary["student"]["name"]]
        for day in diary["days"]:
            found = [mark["value"] for lesson in day["lessons"] for mark in lesson["marks"]]
            assert sorted(found) == sorted(marks.pop(day["date"], [])), (diary["student"], day)
            missed = [lesson["attendance"]["code"] for lesson in day["lessons"] if lesson["attendance"]]
            assert sorted(missed) == sorted(away.pop(day["date"], [])), (diary["student"], day)
        assert not marks
        assert not away
