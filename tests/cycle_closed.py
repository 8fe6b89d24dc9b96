"""A closed year in the test of a full one: whatever would write something of it is refused, whoever asks (12.2)."""

from typing import Any

from .cycle_people import PUPILS
from .cycle_plan import DIVIDED, ENG, MATH, RUS
from .cycle_spring import GONE
from .cycle_year import UNFILLED, Year

Command = tuple[str, dict[str, Any]]

DAY, NEXT_DAY = "2026-05-26", "2026-08-27"
_LESSONS = (
    "query($of: ID!) { schoolClass(id: $of) {"
    ' topicPlans(on: "2026-05-26") { id plan { topics { id } } }'
    ' assignments(on: "2026-05-26") { id subject { name } }'
    ' lessons(since: "2025-09-01", until: "2026-05-26", first: 100) { nodes {'
    " id state subject { name } record { tasks { id marks { id student { id } } } } } } } }"
)


async def check_closed(year: Year) -> None:
    """Every kind of command on the year, given by who gives such commands, with nothing else wrong with it."""
    found = {
        of: (await year.door.ask("deputy", _LESSONS, of=year.books.classes[of]))["schoolClass"] for of in ("9А", "11А")
    }
    commands = {
        "rus": [*await _journal(year, found["9А"])],
        "deputy": [
            *await _journal(year, found["9А"]),
            *await _timetable(year, found["11А"]),
            *_plan(year),
            *_classes(year, found["9А"]),
            *_topics(year, found["9А"]),
        ],
        "administrator": [("updateYear", {"yearId": year.books.year, "name": "Другой"})],
        "secretary": [*await _orders(year)],
    }
    for who, given in commands.items():
        for name, each in given:
            assert await year.door.refused(who, name, each) == ("YEAR_CLOSED", "12.2"), (who, name)


async def _journal(year: Year, of: dict[str, Any]) -> list[Command]:
    lessons = [each for each in of["lessons"]["nodes"] if each["subject"]["name"] == RUS and each["state"] == "HELD"]
    task = next(task for each in lessons for task in each["record"]["tasks"] if task["marks"])
    mark, here = task["marks"][0], {"lessonId": lessons[0]["id"]}
    kinds = (await year.door.ask("deputy", "{ school { workTypes { id } } }"))["school"]["workTypes"]
    student = year.books.students[PUPILS["9А"][0]]
    value = {"taskId": task["id"], "studentId": mark["student"]["id"], "value": "1"}
    return [
        ("recordLesson", {**here, "topic": "Другая"}),
        ("assignHomework", {**here, "text": "Другое"}),
        ("takeRollCall", {**here, "absent": [{"studentId": student, "code": "OTHER"}]}),
        ("markAttendance", {**here, "studentId": student, "code": "OTHER"}),
        ("addTask", {**here, "workTypeId": kinds[0]["id"]}),
        ("setMark", value),
        ("setMarks", {"entries": [value]}),
        ("removeMark", {"markId": mark["id"]}),
    ]


async def _timetable(year: Year, of: dict[str, Any]) -> list[Command]:
    books = year.books
    here = {"lessonId": (await year.lesson(*UNFILLED))["id"], "reason": "Так надо"}
    cancelled = next(each["id"] for each in of["lessons"]["nodes"] if each["state"] == "CANCELLED")
    added = {"groupId": books.groups["11А"], "subjectId": books.subjects[MATH], "teacherId": books.staff["math"]}
    of_year, bells = {"yearId": books.year}, [{"number": 1, "startsAt": "09:00", "endsAt": "09:30"}]
    published = {"timetableId": books.more["second timetable"], "from": "2026-05-20", "until": DAY}
    return [
        ("cancelLesson", here),
        ("restoreLesson", {"lessonId": cancelled}),
        ("moveLesson", {**here, "date": "2026-05-27"}),
        ("replaceLesson", {**here, "subjectId": books.subjects[MATH], "teacherId": books.staff["math"]}),
        ("substituteLesson", {**here, "staffId": books.staff["eng"]}),
        ("changeRoom", {**here, "roomId": books.rooms["108"]}),
        ("addLesson", {**added, "date": DAY, "number": 7, "reason": "Ещё"}),
        ("setBellSchedule", {**of_year, "shift": 1, "name": "Другие", "bells": bells}),
        ("createTimetable", {**of_year, "title": "Другое"}),
        (
            "setTimetableEntries",
            {"timetableId": books.more["draft"], "entries": [{**added, "weekday": 1, "number": 1}]},
        ),
        ("deleteTimetable", {"timetableId": books.more["draft"]}),
        ("publishTimetable", published),
        ("transferDay", {"weekday": 1, "toDate": "2026-08-31"}),
        ("createEvent", {"title": "Сбор", "startsOn": DAY, "endsOn": DAY, "classIds": [books.classes["9А"]]}),
        ("updateEvent", {"eventId": books.more["event"], "title": "Сбор"}),
        ("cancelEvent", {"eventId": books.more["event"]}),
    ]


def _plan(year: Year) -> list[Command]:
    books, of_year = year.books, {"yearId": year.books.year}
    component = {"componentId": books.more["component"]}
    halves = [{"startsOn": "2025-09-01", "endsOn": "2025-12-30"}, {"startsOn": "2026-01-12", "endsOn": DAY}]
    hours = {"subjectId": books.subjects[MATH], **component, "hours": 5}
    return [
        ("setPeriods", {**of_year, "kind": "HALF_YEAR", "periods": halves}),
        ("setHolidays", {**of_year, "holidays": []}),
        ("setPeriodRule", {**of_year, "grade": 9, "kind": "TRIMESTER"}),
        ("createProfile", {**of_year, "name": "Другой", "grades": [9]}),
        ("updateProfile", {"profileId": books.more["profile"], "name": "Другой"}),
        ("createComponent", {**of_year, "kind": "FORMED", "name": "Другая"}),
        ("updateComponent", {**component, "name": "Другая"}),
        ("setComponentLoad", {**component, "loads": [{"grade": 9, "hours": 5}]}),
        ("setPlanHours", {"classId": books.classes["9А"], "entries": [hours]}),
        ("withdrawDocument", {"documentId": books.more["document"]}),
    ]


def _classes(year: Year, of: dict[str, Any]) -> list[Command]:
    books = year.books
    here, other = {"classId": books.classes["9А"]}, {"staffId": books.staff["pe"], "startsOn": NEXT_DAY}
    given = next(each["id"] for each in of["assignments"] if each["subject"]["name"] == MATH)
    taught = {"groupId": books.groups["9А"], "subjectId": books.subjects[MATH]}
    moved = {"studentId": books.students[PUPILS["9А"][0]], "groupId": books.groups[DIVIDED[1]]}
    return [
        ("createClass", {"yearId": books.year, "grade": 9, "letter": "Я"}),
        ("updateClass", {**here, "letter": "Я"}),
        ("deleteClass", here),
        ("appointClassTeacher", {**here, **other}),
        ("assignTeacher", {**taught, **other}),
        ("assignTeachers", {"entries": [{**taught, **other}]}),
        ("handOverAssignment", {"assignmentId": given, **other}),
        ("endAssignment", {"assignmentId": given, "endsOn": NEXT_DAY}),
        ("formSubgroups", {**here, "subjectId": books.subjects[ENG], "groups": [], "startsOn": NEXT_DAY}),
        ("moveToSubgroup", {**moved, "startsOn": NEXT_DAY}),
    ]


def _topics(year: Year, of: dict[str, Any]) -> list[Command]:
    books, (given,) = year.books, of["topicPlans"]
    spare, plan = {"planId": books.more["spare plan"]}, {"planId": books.more["plan 9"]}
    lesson = next(each["id"] for each in of["lessons"]["nodes"] if each["subject"]["name"] == RUS)
    begun = {"yearId": books.year, "subjectId": books.subjects[RUS], "grade": 9, "title": "Другой"}
    return [
        ("createTopicPlan", begun),
        ("updateTopicPlan", {**plan, "title": "Другой"}),
        ("setTopics", {**plan, "sections": []}),
        ("copyTopicPlan", {**plan, "yearId": books.year, "title": "Другой"}),
        ("deleteTopicPlan", spare),
        ("assignTopicPlan", {**spare, "groupIds": [books.groups["9А"]]}),
        ("endTopicPlanAssignment", {"assignmentId": given["id"], "endsOn": NEXT_DAY}),
        ("placeTopic", {"lessonId": lesson, "topicId": given["plan"]["topics"][0]["id"]}),
    ]


async def _orders(year: Year) -> list[Command]:
    """Who has left neither comes back into the old year, nor is their leaving taken back."""
    books = year.books
    item = {"studentId": books.students[GONE], "toClassId": books.classes["9А"]}
    draft = {"kind": "ENROLMENT", "effectiveOn": "2026-08-26", "items": [item]}
    order = (await year.door.do("secretary", "draftOrder", draft, "order { id }"))["order"]["id"]
    return [("issueOrder", {"orderId": order}), ("cancelOrder", {"orderId": books.more["departure"]})]
