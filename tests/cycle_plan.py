"""How the deputy sets up a year in the test of a full one: its days, subjects, plan, load, groups and timetable."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from documents.sheets import write_sheet

from .cycle_door import Door
from .cycle_people import FIRST, LOAD_FIRST, PUPILS, SIZES, STAFF
from .cycle_roll import Roll

LAST_LESSON = "2026-05-26"
HOURS = dict.fromkeys(LOAD_FIRST, 1)
SHORT = {"Русский язык": "Рус.", "Математика": "Матем.", "Английский язык": "Англ.", "Физическая культура": "Физ-ра"}
RUS, MATH, ENG, PE = HOURS
UPPER = ("9А", "9Б", "10А", "11А")
OWN_TEACHER = {"1А": "first", "4А": "fourth"}
TAUGHT_BY = {RUS: "rus", MATH: "math", ENG: "eng", PE: "pe"}
LEADERS = {"4А": "fourth", "9А": "rus", "9Б": "math", "10А": "eng", "11А": "pe"}
DIVIDED = ("9А / Английский язык, группа 1", "9А / Английский язык, группа 2")
Slot = tuple[int, int, str, str, str]


@dataclass
class Books:
    """What the deputy has in hand: the ids of everything, by name."""

    year: str = ""
    subjects: dict[str, str] = field(default_factory=dict)
    classes: dict[str, str] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    staff: dict[str, str] = field(default_factory=dict)
    students: dict[str, str] = field(default_factory=dict)
    rooms: dict[str, str] = field(default_factory=dict)
    more: dict[str, str] = field(default_factory=dict)

    async def look(self, door: Door, year: str) -> None:
        """Find the ids of a year's classes and groups, and of whoever is in the school."""
        years = (await door.ask("deputy", "{ school { years { id name } } }"))["school"]["years"]
        self.year = next(each["id"] for each in years if each["name"] == year)
        found = await door.nodes("deputy", "classes", "id name groups { id name }", yearId=self.year)
        self.classes = {each["name"]: each["id"] for each in found}
        self.groups = {group["name"]: group["id"] for each in found for group in each["groups"]}
        by_name = {each["name"]: each["id"] for each in await door.nodes("deputy", "staff", "id name")}
        self.staff = {who: by_name[name] for who, (name, _, _) in STAFF.items()}
        self.students = {each["name"]: each["id"] for each in await door.nodes("deputy", "students", "id name")}
        self.subjects = {each["name"]: each["id"] for each in await door.nodes("deputy", "subjects", "id name")}


async def set_up(door: Door) -> tuple[Books, Roll]:
    """The year, from its card to its first published timetable; also who is in which subgroup."""
    books = Books()
    await _card(door)
    await books.look(door, "2025/2026")
    await _days(door, books)
    await _subjects(door, books)
    await _plan(door, books)
    await _teachers(door, books)
    halves = await _divide(door, books)
    await books.look(door, "2025/2026")
    await _load(door, books)
    await topic_plans(door, books)
    await _timetable(door, books)
    file = await door.upload("deputy", "plan.xlsx", write_sheet(["Предмет"], [[subject] for subject in HOURS]))
    document = {"yearId": books.year, "kind": "CURRICULUM", "title": "Учебный план", "fileId": file}
    published = await door.do("deputy", "publishDocument", document, "document { id }")
    books.more["document"] = published["document"]["id"]
    gaps = await door.nodes("deputy", "classes", "name planGaps { gap } planTotal { verdict }", yearId=books.year)
    assert {of["name"]: (of["planGaps"], of["planTotal"]["verdict"]) for of in gaps} == {
        of: ([], "FITS") for of in SIZES
    }
    return books, halves


async def _card(door: Door) -> None:
    card = {
        "address": "г. Барнаул, ул. Школьная, 63",
        "phone": "+7 3852 63-63-63",
        "email": "school63@example.ru",
        "site": "https://school63.example.ru",
        "taxNumber": "2221000000",
        **dict.fromkeys(("licenceIssuedOn", "accreditationIssuedOn"), "2015-03-01"),
        **dict.fromkeys(("licenceNumber", "accreditationNumber"), "Л-63"),
        **dict.fromkeys(("licenceIssuedBy", "accreditationIssuedBy"), "Министерство образования края"),
    }
    shown = "school { cardCheck { missing } }"
    assert (await door.do("administrator", "updateSchoolCard", card, shown))["school"]["cardCheck"]["missing"] == []


async def _days(door: Door, books: Books) -> None:
    quarters = [
        ("2025-09-01", "2025-10-26"),
        ("2025-11-05", "2025-12-30"),
        ("2026-01-12", "2026-03-22"),
        ("2026-03-31", LAST_LESSON),
    ]
    periods = {"QUARTER": quarters, "HALF_YEAR": [(FIRST, "2025-12-30"), ("2026-01-12", LAST_LESSON)]}
    for kind, spans in periods.items():
        listed = [{"startsOn": first, "endsOn": last} for first, last in spans]
        await door.do("deputy", "setPeriods", {"yearId": books.year, "kind": kind, "periods": listed})
    holidays = [
        {"name": "Осенние каникулы", "startsOn": "2025-10-27", "endsOn": "2025-11-04"},
        {"name": "Зимние каникулы", "startsOn": "2025-12-31", "endsOn": "2026-01-11"},
        {"name": "Каникулы первоклассников", "startsOn": "2026-02-09", "endsOn": "2026-02-15", "grades": [1]},
        {"name": "Весенние каникулы", "startsOn": "2026-03-23", "endsOn": "2026-03-30"},
    ]
    await door.do("deputy", "setHolidays", {"yearId": books.year, "holidays": holidays})


async def _subjects(door: Door, books: Books) -> None:
    """The import of the first load has named the subjects; the deputy says what they belong to."""
    area = (await door.do("deputy", "createArea", {"name": "Основные предметы"}, "area { id }"))["area"]["id"]
    given = [{"subjectId": books.subjects[name], "shortName": SHORT[name], "areaId": area} for name in HOURS]
    await door.all("deputy", "updateSubject", given)


async def _plan(door: Door, books: Books) -> None:
    of_year = {"yearId": books.year}
    profile = {**of_year, "name": "Универсальный", "grades": [10, 11]}
    made = (await door.do("deputy", "createProfile", profile, "profile { id }"))["profile"]["id"]
    await door.all("deputy", "updateClass", [{"classId": books.classes[of], "profileId": made} for of in UPPER[2:]])
    rules = [{**of_year, "grade": grade, "kind": "HALF_YEAR"} for grade in (10, 11)]
    await door.all("deputy", "setPeriodRule", rules)
    component = {**of_year, "kind": "OBLIGATORY", "name": "Обязательная часть"}
    part = (await door.do("deputy", "createComponent", component, "component { id }"))["component"]["id"]
    hours = sum(HOURS.values())
    loads = [{"grade": grade, "hours": hours} for grade in (1, 4, 9)]
    loads += [{"grade": grade, "hours": hours, "profileId": made} for grade in (10, 11)]
    await door.do("deputy", "setComponentLoad", {"componentId": part, "loads": loads})
    entries = [{"subjectId": books.subjects[name], "componentId": part, "hours": h} for name, h in HOURS.items()]
    given = [{"classId": books.classes[of], "entries": entries} for of in SIZES if of != "9Б"]
    await door.all("deputy", "setPlanHours", given)
    copied = {"classId": books.classes["9А"], "toClassIds": [books.classes["9Б"]]}
    await door.do("deputy", "copyPlanHours", copied)
    books.more |= {"profile": made, "component": part}


async def _teachers(door: Door, books: Books) -> None:
    given = [
        {"classId": books.classes[of], "staffId": books.staff[who], "startsOn": FIRST} for of, who in LEADERS.items()
    ]
    await door.all("deputy", "appointClassTeacher", given)


async def _divide(door: Door, books: Books) -> Roll:
    """The class teacher of 9А divides it for English (5.10)."""
    halves = Roll()
    for place, name in enumerate(PUPILS["9А"]):
        halves.come(name, DIVIDED[place % 2], FIRST)
    groups = [
        {
            "name": f"группа {number}",
            "studentIds": [books.students[n] for n, (s,) in halves.stays.items() if s.of == of],
        }
        for number, of in enumerate(DIVIDED, 1)
    ]
    given = {"classId": books.classes["9А"], "subjectId": books.subjects[ENG], "groups": groups, "startsOn": FIRST}
    shown = "schoolClass { ungrouped { student { id } } }"
    assert (await door.do("rus", "formSubgroups", given, shown))["schoolClass"]["ungrouped"] == []
    return halves


def week(weekday: int, own: Mapping[str, str], upper: Sequence[str], divided: Sequence[str] = DIVIDED) -> list[Slot]:
    """One day of lessons a week: weekday, number, group, subject and teacher of each."""
    found = [(weekday, number, of, subject, who) for of, who in own.items() for number, subject in enumerate(HOURS, 1)]
    for place, of in enumerate(upper):
        for number in range(1, 5):
            subject = list(HOURS)[(number - 1 + place) % 4]
            if divided and (of, subject) == ("9А", ENG):
                halves = zip(divided, ("eng", "eng2"), strict=True)
                found += [(weekday, number, half, ENG, who) for half, who in halves]
            else:
                found.append((weekday, number, of, subject, TAUGHT_BY[subject]))
    return found


FIRST_WEEK = week(1, OWN_TEACHER, UPPER)
"""The week of the first half-year: lessons on Mondays, which is a school week for a school of such size."""


def load() -> set[tuple[str, str, str]]:
    """Group, subject and teacher of all that is taught."""
    return {(group, subject, who) for _, _, group, subject, who in FIRST_WEEK}


async def _load(door: Door, books: Books) -> None:
    given = [
        {"groupId": books.groups[group], "subjectId": books.subjects[subject], "staffId": books.staff[who]}
        for group, subject, who in sorted(load())
        if group != "1А"
    ]
    entries = [{**each, "startsOn": FIRST} for each in given]
    await door.do("deputy", "assignTeachers", {"entries": entries})


async def topic_plans(door: Door, books: Books) -> None:
    """Teachers write topic plans, one of them in a spreadsheet, and give them to their groups (5.5, 5.8)."""

    async def begin(who: str, grade: int, subject: str) -> str:
        given = {"yearId": books.year, "subjectId": books.subjects[subject], "grade": grade, "title": f"КТП {grade}"}
        made: str = (await door.do(who, "createTopicPlan", given, "plan { id }"))["plan"]["id"]
        return made

    async def give(who: str, plan: str, *groups: str) -> None:
        await door.do(who, "assignTopicPlan", {"planId": plan, "groupIds": [books.groups[each] for each in groups]})

    for who, grade, of in (("rus", 9, ("9А", "9Б")), ("fourth", 4, ("4А",))):
        plan = await begin(who, grade, RUS)
        topics = [{"name": f"Правило {number}", "hours": 2, "homework": f"§ {number}"} for number in range(1, 25)]
        await door.do(who, "setTopics", {"planId": plan, "sections": [{"title": "Правописание", "topics": topics}]})
        await give(who, plan, *of)
        books.more[f"plan {grade}"] = plan
    plan = await begin("math", 10, MATH)
    rows = [["Функции" if number < 20 else "Пределы", f"Задача {number}", "2"] for number in range(1, 35)]
    file = await door.upload("math", "plan.xlsx", write_sheet(["Раздел", "Тема", "Часы"], rows))
    await door.do("math", "importTopicPlan", {"planId": plan, "fileId": file})
    await give("math", plan, "10А")
    books.more["spare plan"] = await begin("pe", 9, PE)


async def _timetable(door: Door, books: Books) -> None:
    bells = [
        {"number": number, "startsAt": f"{hour:02}:00", "endsAt": f"{hour:02}:40"}
        for number, hour in enumerate(range(8, 15), 1)
    ]
    given: dict[str, Any] = {"yearId": books.year, "shift": 1, "name": "Основные", "bells": bells}
    await door.do("deputy", "setBellSchedule", given)
    names = [str(number) for number in range(101, 109)]
    made = await door.all("deputy", "createRoom", [{"name": name} for name in names], "room { id name }")
    books.rooms = {each["room"]["name"]: each["room"]["id"] for each in made}
    draft = {"yearId": books.year, "title": "Первое полугодие"}
    books.more["timetable"] = await publish(door, books, draft, FIRST_WEEK, FIRST, LAST_LESSON)


async def publish(
    door: Door, books: Books, draft: dict[str, Any], lessons: Sequence[Slot], since: str, until: str
) -> str:
    """Draft a week, see that nothing is wrong with it, and put it into force."""
    timetable: str = (await door.do("deputy", "createTimetable", draft, "timetable { id }"))["timetable"]["id"]
    rooms = dict(zip(sorted({who for *_, who in lessons}), books.rooms.values(), strict=False))
    entries = [
        {"weekday": weekday, "number": number, "groupId": books.groups[group], "subjectId": books.subjects[subject]}
        | {"teacherId": books.staff[who], "roomId": rooms[who]}
        for weekday, number, group, subject, who in lessons
    ]
    await door.do("deputy", "setTimetableEntries", {"timetableId": timetable, "entries": entries})
    check = f'{{ checkTimetable(timetableId: "{timetable}", on: "{since}") {{ kind message }} }}'
    assert (await door.ask("deputy", check))["checkTimetable"] == []
    given = {"timetableId": timetable, "from": since, "until": until}
    assert (await door.do("deputy", "publishTimetable", given, "created"))["created"]
    return timetable
