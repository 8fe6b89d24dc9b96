"""After the turn of the year in the test of a full one: the old year can only be read, and the new one is taught."""

from typing import Any

from .cycle_memory import ALL_SCHOOL, remember
from .cycle_plan import ENG, MATH, OWN_TEACHER, PE, RUS, publish, week
from .cycle_spring import NEXT_YEAR
from .cycle_turn import check_new_lists, expected
from .cycle_year import Year, teach

CLOSED = ("YEAR_CLOSED", "12.2")


async def new_year(year: Year) -> None:
    """The first of September: the old year reads as it was and takes nothing, the new one begins with a lesson."""
    async with year.door.on(NEXT_YEAR):
        before = {key: value for key, value in expected(year).items() if key[0] in ALL_SCHOOL}
        assert await remember(year, ALL_SCHOOL) == before
        await check_new_lists(year)
        for name, given, who in await _writes(year):
            print(name, who, await year.door._results(who, [(name, given)], "__typename"))


async def _writes(year: Year) -> list[tuple[str, dict[str, Any], str]]:
    """Every command that would write something of last year, and whoever gives such commands."""
    door, books = year.door, year.books
    lesson = await year.lesson("9А", "2026-05-26", RUS)
    shown = "record { tasks { id marks { id student { id } } } attendance { student { id } } }"
    query = f'{{ schoolClass(id: "{books.classes["9А"]}") {{ lessons(since: "2025-09-01", until: "2026-05-26", first: 100) {{ nodes {{ id {shown} }} }} }} }}'
    lessons = (await door.ask("deputy", query))["schoolClass"]["lessons"]["nodes"]
    task, mark = next((t["id"], t["marks"][0]) for each in lessons for t in each["record"]["tasks"] if t["marks"])
    (of,) = [
        each
        for each in await door.nodes(
            "deputy",
            "classes",
            f'name assignments(on: "2026-05-26") {{ id subject {{ name }} }} topicPlans(on: "2026-05-26") {{ id plan {{ topics {{ id }} }} }}',
            yearId=books.year,
        )
        if each["name"] == "9А"
    ]
    assigned = next(each["id"] for each in of["assignments"] if each["subject"]["name"] == MATH)
    (plan,) = of["topicPlans"]
    kinds = (await door.ask("deputy", "{ school { workTypes { id } } }"))["school"]["workTypes"]
    name = next(iter(year.halves.stays))
    student, here = books.students[name], {"lessonId": lesson["id"]}
    why = {**here, "reason": "Так надо"}
    of_year, of_class = {"yearId": books.year}, {"classId": books.classes["9А"]}
    day, span = "2026-05-26", {"startsOn": "2025-09-01", "endsOn": "2026-05-26"}
    given: list[tuple[str, dict[str, Any]]] = [
        ("recordLesson", {**here, "topic": "Другая"}),
        ("assignHomework", {**here, "text": "Другое"}),
        ("takeRollCall", {**here, "absent": [{"studentId": student, "code": "OTHER"}]}),
        ("markAttendance", {**here, "studentId": student, "code": "OTHER"}),
        ("addTask", {**here, "workTypeId": kinds[0]["id"]}),
        ("setMark", {"taskId": task, "studentId": mark["student"]["id"], "value": "1"}),
        ("removeMark", {"markId": mark["id"]}),
        ("cancelLesson", why),
        ("moveLesson", {**why, "date": "2026-05-27"}),
        ("replaceLesson", {**why, "subjectId": books.subjects[MATH]}),
        ("substituteLesson", {**why, "staffId": books.staff["math"]}),
        ("changeRoom", {**why, "roomId": None}),
        (
            "addLesson",
            {
                "groupId": books.groups["9А"],
                "subjectId": books.subjects[MATH],
                "date": day,
                "number": 7,
                "reason": "Ещё",
            },
        ),
        (
            "setBellSchedule",
            {**of_year, "shift": 1, "name": "Другие", "bells": [{"number": 1, "startsAt": "09:00", "endsAt": "09:30"}]},
        ),
        ("createTimetable", {**of_year, "title": "Другое"}),
        (
            "publishTimetable",
            {"timetableId": books.more["second timetable"], "from": "2026-05-20", "until": "2026-05-26"},
        ),
        ("transferDay", {"weekday": 1, "toDate": "2026-08-29"}),
        (
            "setPeriods",
            {
                **of_year,
                "kind": "HALF_YEAR",
                "periods": [
                    {"startsOn": "2025-09-01", "endsOn": "2025-12-30"},
                    {"startsOn": "2026-01-12", "endsOn": day},
                ],
            },
        ),
        ("setHolidays", {**of_year, "holidays": []}),
        ("setPeriodRule", {**of_year, "grade": 9, "kind": "TRIMESTER"}),
        ("createProfile", {**of_year, "name": "Другой", "grades": [9]}),
        ("createComponent", {**of_year, "kind": "FORMED", "name": "Другая"}),
        ("setComponentLoad", {"componentId": books.more["component"], "loads": [{"grade": 9, "hours": 5}]}),
        (
            "setPlanHours",
            {
                **of_class,
                "entries": [{"subjectId": books.subjects[MATH], "componentId": books.more["component"], "hours": 5}],
            },
        ),
        ("createClass", {**of_year, "grade": 9, "letter": "Я"}),
        ("updateClass", {**of_class, "letter": "Я"}),
        ("deleteClass", of_class),
        ("appointClassTeacher", {**of_class, "staffId": books.staff["pe"], "startsOn": day}),
        (
            "assignTeacher",
            {
                "groupId": books.groups["9А"],
                "subjectId": books.subjects[PE],
                "staffId": books.staff["eng"],
                "startsOn": day,
            },
        ),
        ("handOverAssignment", {"assignmentId": assigned, "staffId": books.staff["eng"], "startsOn": day}),
        ("endAssignment", {"assignmentId": assigned, "endsOn": day}),
        ("formSubgroups", {**of_class, "subjectId": books.subjects[ENG], "groups": [], "startsOn": day}),
        ("createTopicPlan", {**of_year, "subjectId": books.subjects[RUS], "grade": 9, "title": "Другой"}),
        ("updateTopicPlan", {"planId": books.more["plan 9"], "title": "Другой"}),
        ("setTopics", {"planId": books.more["plan 9"], "sections": []}),
        ("assignTopicPlan", {"planId": books.more["plan 9"], "groupIds": [books.groups["9А"]], "startsOn": day}),
        ("endTopicPlanAssignment", {"assignmentId": plan["id"], "endsOn": day}),
        ("placeTopic", {**here, "topicId": plan["plan"]["topics"][0]["id"]}),
        ("createEvent", {"title": "Задним числом", **span, "classIds": [books.classes["9А"]]}),
    ]
    return [
        *((name, of, "deputy") for name, of in given),
        ("updateYear", {**of_year, "name": "Другой"}, "administrator"),
        ("cancelOrder", {"orderId": books.more["promotion"]}, "secretary"),
    ]
