"""What people read of a year in the test of a full one: asked before it is closed and after, it must be the same."""

from collections.abc import Collection
from typing import Any

from .cycle_autumn import ILL, PUT_RIGHT
from .cycle_people import PUPILS, STUDENTS
from .cycle_spring import YEAR_ENDS
from .cycle_year import Year

DAYS = ("2025-09-01", "2025-10-01", "2025-10-22", "2025-12-15", "2026-02-24", "2026-05-26", "2026-06-26", YEAR_ENDS)
TIMETABLE_DAYS = ("2025-09-15", "2026-01-12", "2026-05-26")

_LESSON = (
    "date number startsAt endsAt state movedFrom room subject { name } group { name } teacher { name }"
    " substitute { name }"
)
_RECORD = (
    "record { topic material rollCalledAt version plannedTopic { name } homework { text publishedAt }"
    " tasks { name weight workType { name } } }"
)
_DIARY = (
    "student { name } days { date holiday { name } lessons { number startsAt state movedFrom room topic material"
    " rollCalledAt subject { name } group { name } teacher { name } substitute { name } attendance { letters }"
    " marks { value weight } tasks { task { name } mark { value } } homework { text } } }"
)
_PAGE = (
    f"lessons {{ {_LESSON} {_RECORD} }} rows {{ student {{ name }} marks {{ value lessonDate version }}"
    " attendance { letters lessonDate version } average { average weightedAverage counted } }"
)
_LISTS = {
    "office": "name leader(on: $day) { name } students(on: $day) { id name }",
    "school": "groups { name students(on: $day) { id } } plan { hours subjectName }"
    " assignments(on: $day) { teacher { name } subject { name } group { name } plannedHours }",
    "analyst": "name students(on: $day) { id } groups { kind subject { name } students(on: $day) { id } }",
}
_BOOK = (
    "kind state number issuedOn effectiveOn eventOn dueOn inTime basis version"
    " cancels { number } cancelledBy { number }"
    " items(first: 100) { nodes { position place reason student { name } fromClass { name } toClass { name } } }"
)

ALL_SCHOOL = ("director", "deputy", "secretary", "administrator", "analyst")
"""Who sees the whole school, in this year as in any."""
TEACHERS = ("rus", "math", "eng2", "fourth")
FAMILIES = ("goes on", "parent")


_NAMELESS = {
    " teacher { name }": "",
    " substitute { name }": "",
    "student { name }": "student { id }",
    # Nor what people write in words of their own.
    " group { name }": " group { kind }",
    " room { name }": " room { id }",
    "movedFrom room": "movedFrom",
    "topic material ": "",
    "homework { text": "homework {",
    "tasks { name": "tasks {",
}


def _as(who: str, shown: str) -> str:
    """What of this a person may ask for: an analyst gets no names of people (4.1)."""
    if who == "analyst":
        for named, without in _NAMELESS.items():
            shown = shown.replace(named, without)
    return shown


async def remember(year: Year, people: Collection[str]) -> dict[Any, Any]:
    """Lists, journals, diaries, timetables and the movement book of the year, each as these people may see it."""
    found: dict[Any, Any] = {}
    for who in people:
        if who in FAMILIES:
            found |= await _family(year, who)
        else:
            found |= await _lists(year, who)
            if who not in ("secretary", "administrator"):
                found |= await _journals(year, who)
            if who != "administrator":
                found |= await _timetables(year, who)
            if who != "analyst":
                found[who, "book"] = await year.door.nodes(who, "movementBook", _BOOK, yearId=year.books.year)
        if who in ("director", "deputy", *TEACHERS):
            found[who, "diaries"] = await _diaries(year, who)
    return found


async def _lists(year: Year, who: str) -> dict[Any, Any]:
    """Classes with their lists, leaders, subgroups, plan and teachers on some days, the first and the last too."""
    shown = _LISTS["analyst" if who == "analyst" else "office"]
    if who not in ("analyst", "administrator"):
        shown += f" {_LISTS['school']}"
    return {
        (who, "lists", day): await year.door.nodes(who, "classes", shown, day=day, yearId=year.books.year)
        for day in DAYS
    }


async def _journals(year: Year, who: str) -> dict[Any, Any]:
    """The journal's pages: every one for who may open all, the others' own."""
    query = "{ school { years { id periods { id kind number } } } }"
    years = (await year.door.ask(who, query))["school"]["years"]
    periods = next(each["periods"] for each in years if each["id"] == year.books.year)
    head = "query($group: ID!, $subject: ID!, $period: ID!)"
    page = f"journalPage(groupId: $group, subjectId: $subject, periodId: $period) {{ {_as(who, _PAGE)} }}"
    found: dict[Any, Any] = {}
    for group, number in year.books.groups.items():
        kind = "HALF_YEAR" if group in ("10А", "11А") else "QUARTER"
        for subject, taught in year.books.subjects.items():
            for period in periods:
                if period["kind"] == kind and (who == "deputy" or period["number"] == 1):
                    given = {"group": number, "subject": taught, "period": period["id"]}
                    answer = await year.door.ask(who, f"{head} {{ {page} }}", **given)
                    found[who, "journal", group, subject, period["number"]] = answer["journalPage"]
    return found


async def _timetables(year: Year, who: str) -> dict[Any, Any]:
    """The week of each class, and what became of it where it was corrected."""
    entry = _as(who, "weekday number weeks group { name } subject { name } teacher { name } room { name }")
    lesson = _as(who, _LESSON)
    found: dict[Any, Any] = {}
    days = " ".join(f'on{n}: timetable(on: "{day}") {{ {entry} }}' for n, day in enumerate(TIMETABLE_DAYS))
    lessons = f'lessons(since: "{ILL[0]}" until: "2025-12-06" first: 100) {{ nodes {{ {lesson} }} }}'
    query = f"query($of: ID!) {{ schoolClass(id: $of) {{ {days} {lessons} }} }}"
    for of, number in year.books.classes.items():
        found[who, "timetable", of] = await year.door.ask(who, query, of=number)
    if who in ("director", "deputy"):
        shown = "kind reason madeAt date number room subject { name } teacher { name } substitute { name }"
        corrections = await year.door.nodes(who, "lessonCorrections", shown, since=ILL[0], until=PUT_RIGHT)
        assert len(corrections) > 5
        found[who, "corrections"] = corrections
    return found


async def _diaries(year: Year, who: str) -> Any:
    """The year's diary of some, one who came, one who left, one who changed classes among them."""
    names = [*STUDENTS.values(), *PUPILS["9А"][1:4], "Яковлев Яков Янович", PUPILS["1А"][0]]
    given = {"of": [year.books.students[name] for name in names], "from": "2025-09-01", "to": YEAR_ENDS}
    head = "query($of: [ID!]!, $from: Date!, $to: Date!)"
    query = f"{head} {{ diary(studentIds: $of, from: $from, to: $to) {{ {_DIARY} }} }}"
    return await year.door.ask(who, query, **given)


async def _family(year: Year, who: str) -> dict[Any, Any]:
    """What a student reads of themselves, and a parent of their children."""
    of = "children" if who == "parent" else "student"
    shown = 'schoolClass(on: "{0}") {{ name students(on: "{0}") {{ name }} leader(on: "{0}") {{ name }} }}'
    days = " ".join(f"on{number}: {shown.format(day)}" for number, day in enumerate(DAYS))
    diary = f'diary(from: "2025-09-01", to: "{YEAR_ENDS}") {{ {_DIARY} }}'
    return {
        (who, "classes"): await year.door.ask(who, f"{{ me {{ {of} {{ name {days} }} }} }}"),
        (who, "diary"): await year.door.ask(who, f"{{ me {{ {of} {{ name {diary} }} }} }}"),
    }
