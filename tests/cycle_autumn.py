"""Autumn in the test of a full year: the school begins, somebody comes and somebody goes, lessons are put right."""

from .cycle_people import PUPILS, STUDENTS, accounts, begin, enrolled
from .cycle_plan import LAST_LESSON, MATH, OWN_TEACHER, PE, RUS, UPPER, publish, set_up, week
from .cycle_year import Year, teach

NEWCOMER = "Яковлев Яков Янович"
SECOND_HALF = "2026-01-12"
ILL = ("2025-11-17", "2025-11-23")
PUT_RIGHT = "2025-11-24"


async def begins(year: Year) -> None:
    """An empty database becomes a school with a year, a plan and a timetable."""
    await begin(year.door.url, year.folder)
    year.roll = enrolled()
    async with year.door.on("2025-09-01"):
        await accounts(year.door)
        year.books, year.halves = await set_up(year.door)


async def september(year: Year) -> None:
    """The first month; on the next day somebody comes."""
    async with year.door.on("2025-09-30"):
        await teach(year, "2025-09-01", "2025-09-30")
        await year.newcomer(NEWCOMER, "2015-04-04", "4А", "2025-10-01")


async def october(year: Year) -> None:
    """Somebody has left: the System is closed to them and to their parent from that day on (9.2, 11.6)."""
    leaver = STUDENTS["leaver"]
    async with year.door.on("2025-10-24"):
        for who in ("leaver", "leaver's parent"):
            assert (await year.door.ask(who, "{ me { roles } }"))["me"]["roles"]
        items = [{"studentId": year.books.students[leaver], "place": "Школа № 1"}]
        await year.order("DEPARTURE", "2025-10-22", eventOn="2025-10-22", items=items)
        year.roll.leave(leaver, "2025-10-22")
        for who in ("leaver", "leaver's parent"):
            await year.door.shut_out(who)
        await teach(year, "2025-10-01", "2025-10-24")


async def november(year: Year) -> None:
    """A teacher falls ill, lessons are moved, cancelled, added, replaced; a Saturday is a Monday (6.5, 6.6)."""
    door, books = year.door, year.books
    async with door.on("2025-11-14"):
        await teach(year, "2025-11-05", "2025-11-14")
        absence = {"staffId": books.staff["rus"], "kind": "SICK_LEAVE", "startsOn": ILL[0], "endsOn": ILL[1]}
        await door.do("hr", "recordStaffAbsence", absence)
        await _cover(year)

        async def lesson(of: str, subject: str) -> dict[str, str]:
            return {"lessonId": (await year.lesson(of, PUT_RIGHT, subject))["id"], "reason": "Так надо"}

        at = {"date": "2025-11-25", "number": 2}
        await door.do("deputy", "moveLesson", {**await lesson("10А", PE), **at})
        await door.do("deputy", "cancelLesson", await lesson("11А", PE))
        other = {"subjectId": books.subjects[PE], "teacherId": books.staff["pe"]}
        await door.do("deputy", "replaceLesson", {**await lesson("11А", RUS), **other})
        await door.do("deputy", "changeRoom", {**await lesson("4А", MATH), "roomId": books.rooms["108"]})
        added = {"groupId": books.groups["11А"], "subjectId": books.subjects[MATH], "teacherId": books.staff["math"]}
        await door.do("deputy", "addLesson", {**added, "date": "2025-11-26", "number": 3, "reason": "К экзамену"})
        await door.do("deputy", "transferDay", {"weekday": 1, "toDate": "2025-12-06"})
        days = {"startsOn": "2025-12-29", "endsOn": "2025-12-29"}
        event = {"title": "Ёлка", **days, "classIds": [books.classes["9А"]]}
        books.more["event"] = (await door.do("rus", "createEvent", event, "event { id }"))["event"]["id"]


async def _cover(year: Year) -> None:
    """The ill teacher's lessons get a substitute where one is free; the others are cancelled."""
    query = (
        f'{{ school {{ staffAbsences(since: "{ILL[0]}", until: "{ILL[1]}", first: 10) {{ nodes {{ '
        "lessonsToCover(first: 100) { nodes { id freeTeachers { id } } } } } } }"
    )
    (absence,) = (await year.door.ask("deputy", query))["school"]["staffAbsences"]["nodes"]
    lessons, substitute = absence["lessonsToCover"]["nodes"], year.books.staff["eng2"]
    free = [each for each in lessons if {"id": substitute} in each["freeTeachers"]]
    assert (len(free), len(lessons)) == (3, 4)
    entries = [{"lessonId": each["id"], "staffId": substitute} for each in free]
    await year.door.do("deputy", "substituteLessons", {"entries": entries, "reason": "Болезнь"})
    rest = [{"lessonId": each["id"], "reason": "Болезнь"} for each in lessons if each not in free]
    await year.door.all("deputy", "cancelLesson", rest)


async def december(year: Year) -> None:
    """Somebody changes to the other class; from January on there is another timetable, and another teacher in 9Б."""
    door, books, moves = year.door, year.books, PUPILS["9А"][1]
    async with door.on("2025-12-26"):
        items = [{"studentId": books.students[moves], "toClassId": books.classes["9Б"]}]
        await year.order("TRANSFER", "2025-12-15", items=items)
        year.roll.come(moves, "9Б", "2025-12-15")
        year.halves.leave(moves, "2025-12-15")
        await teach(year, "2025-11-15", "2025-12-26")
        assigned = await door.nodes("deputy", "classes", "name assignments { id subject { name } }", yearId=books.year)
        theirs = next(each for each in assigned if each["name"] == "9Б")["assignments"]
        number = next(each["id"] for each in theirs if each["subject"]["name"] == MATH)
        handed = {"assignmentId": number, "staffId": books.staff["eng2"], "startsOn": SECOND_HALF}
        await door.do("deputy", "handOverAssignment", handed)
        lessons = [
            (day, at, of, subject, "eng2" if (of, subject) == ("9Б", MATH) else who)
            for day, at, of, subject, who in week(2, OWN_TEACHER, UPPER)
        ]
        draft = {"yearId": books.year, "title": "Второе полугодие"}
        books.more["second timetable"] = await publish(door, books, draft, lessons, SECOND_HALF, LAST_LESSON)
