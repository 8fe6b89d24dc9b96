"""The curriculum's commands: years, periods, holidays, subjects, the plan, classes and who teaches them."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest

from execution.schema import schema_for
from rules.account import Role
from server.demo import Demo

from .curriculum_help import DIVIDES, KEEPS, OPENS, PAYLOADS, PLANS, Office, opened
from .journal_help import gid, number_of

TODAY, TOMORROW = "2026-05-20", "2026-05-21"


@pytest.fixture
async def office(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Office]:
    async with opened(cluster, demo_template) as office:
        yield office


@pytest.mark.parametrize("role", list(Role))
def test_whose_the_commands_are(role: Role) -> None:
    """In a role's schema there are the commands of that role, and no other of the curriculum's."""
    mutation = schema_for(frozenset({role}))._schema.mutation_type
    assert mutation is not None
    expected = {
        Role.DEPUTY: KEEPS.keys() | PLANS.keys() | DIVIDES.keys(),
        Role.TEACHER: DIVIDES.keys(),
        Role.ADMINISTRATOR: OPENS.keys() | KEEPS.keys(),
    }.get(role, set())
    assert mutation.fields.keys() & PAYLOADS.keys() == expected


async def test_behind_the_gateway_the_gates_act(office: Office) -> None:
    headers = {"classbook-service": f"Bearer {await office.school.token('service')}"}
    for login in ("director", "parent", "student", "secretary", "hr", "analyst", "administrator", "teacher"):
        headers["authorization"] = f"Bearer {await office.school.token(login)}"
        query = 'mutation { createArea(input: {name: "Область"}) { __typename } }'
        response = await office.school.client.post("/federation", json={"query": query}, headers=headers)
        assert response.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN", login
    assert await office.noted() == []


# Years, periods, holidays


async def test_years(office: Office) -> None:
    given = {"name": "2024/2025", "startsOn": "2024-09-01", "endsOn": "2025-08-31", "idempotencyKey": "y"}
    made = await office.done("createYear", given, "administrator")
    assert await office.run("createYear", given, "administrator") == made
    await office.done("updateYear", {"yearId": made["year"]["id"], "endsOn": "2025-06-30"}, "administrator")
    cases: list[tuple[str, dict[str, Any], tuple[str, str, str | None]]] = [
        ("createYear", {**given, "name": "x", "idempotencyKey": "z"}, ("OVERLAP", "startsOn", "12.1")),
        ("createYear", {**given, "startsOn": "2028-09-01", "idempotencyKey": "q"}, ("BAD_INPUT", "endsOn", None)),
        (
            "createYear",
            {"name": "2024/2025", "startsOn": "2023-09-01", "endsOn": "2024-08-31"},
            ("ALREADY_EXISTS", "name", None),
        ),
        (
            "createYear",
            {"name": "2026/2027", "startsOn": "2026-09-01", "endsOn": "2027-08-31"},
            ("TRANSITION_NEEDED", "startsOn", "12.1"),
        ),
        ("updateYear", {"yearId": await office.year(), "endsOn": "2026-05-01"}, ("OUTSIDE_YEAR", "endsOn", "5.2")),
        ("updateYear", {"yearId": made["year"]["id"], "endsOn": "2025-09-01"}, ("OVERLAP", "startsOn", "12.1")),
        ("updateYear", {"yearId": await office.year(), "startsOn": None}, ("BAD_INPUT", "startsOn", None)),
        ("updateYear", {"yearId": gid("AcademicYear", 999), "name": "x"}, ("NOT_FOUND", "yearId", None)),
    ]
    for name, bad, refusal in cases:
        assert await office.refused(name, bad, "administrator") == refusal
    corrected = await office.done("updateYear", {"yearId": made["year"]["id"], "name": "2026-2027"}, "deputy")
    assert corrected["year"]["name"] == "2026-2027", "the year is a part of the plan, which is the deputy's (5.2, 5.3)"


async def test_a_year_keeps_its_lessons(office: Office) -> None:
    """Its days are not corrected so that lessons would lie outside of it."""
    year = await office.year()
    await office.db.execute("DELETE FROM holiday")
    last = await office.db.fetchrow("UPDATE period SET ends_on = '2026-05-10' WHERE ends_on > '2026-05-10' RETURNING 1")
    assert last
    assert await office.refused("updateYear", {"yearId": year, "endsOn": "2026-05-15"}, "deputy") == (
        *("OUTSIDE_YEAR", "endsOn"),
        "5.2",
    )
    await office.db.execute("UPDATE period SET starts_on = '2025-10-01' WHERE starts_on < '2025-10-01'")
    first = await office.db.fetchval("SELECT min(date) FROM lesson WHERE state <> 'cancelled'")
    late = {"yearId": year, "startsOn": str(first + timedelta(days=1))}
    await office.db.execute("UPDATE period SET starts_on = ends_on WHERE starts_on <= $1", first)
    assert await office.refused("updateYear", late, "deputy") == ("OUTSIDE_YEAR", "startsOn", "5.2")
    await office.done("updateYear", {"yearId": year, "endsOn": "2026-08-30"}, "deputy")


def trimesters(*spans: str) -> list[dict[str, str]]:
    return [dict(zip(("startsOn", "endsOn"), span.split(), strict=True)) for span in spans]


async def test_periods(office: Office) -> None:
    year = await office.year()
    good = ("2025-09-01 2025-11-30", "2025-12-01 2026-02-28", "2026-03-01 2026-05-26")
    given = {"yearId": year, "kind": "TRIMESTER", "periods": trimesters(*good)}
    for _ in range(2):
        result = await office.done("setPeriods", given)
    mine = [each for each in result["year"]["periods"] if each["kind"] == "TRIMESTER"]
    assert [(each["number"], each["name"]) for each in mine] == [
        (1, "I триместр"),
        (2, "II триместр"),
        (3, "III триместр"),
    ]
    quarters = await office.db.fetch("SELECT id FROM period WHERE kind = 'quarter' ORDER BY number")
    days = ("2025-09-01 2025-10-20", "2025-11-01 2025-12-30", "2026-01-10 2026-03-20", "2026-04-01 2026-05-26")
    await office.done("setPeriods", {"yearId": year, "kind": "QUARTER", "periods": trimesters(*days)})
    assert await office.db.fetch("SELECT id FROM period WHERE kind = 'quarter' ORDER BY number") == quarters
    for spans, refusal in (
        (good[:2], ("BAD_INPUT", "periods", "5.2")),
        ((good[1], good[0], good[2]), ("OVERLAP", "periods.1.startsOn", "5.2")),
        ((good[0], "2025-11-30 2026-02-28", good[2]), ("OVERLAP", "periods.1.startsOn", "5.2")),
        ((good[0], good[1], "2026-03-01 2026-09-01"), ("OUTSIDE_YEAR", "periods.2.endsOn", "5.2")),
        ((good[0], "2026-02-28 2025-12-01", good[2]), ("BAD_INPUT", "periods.1.endsOn", None)),
    ):
        assert await office.refused("setPeriods", {**given, "periods": trimesters(*spans)}) == refusal


async def test_holidays_of_some_grades(office: Office) -> None:
    """The diary of a fifth-grader has them, a ninth-grader's has not."""
    year = await office.year()
    some = {"name": "День пятого класса", "startsOn": "2026-05-13", "endsOn": "2026-05-13", "grades": [5]}
    rest = {"name": "Каникулы", "startsOn": "2026-05-27", "endsOn": "2026-08-31"}
    result = await office.done("setHolidays", {"yearId": year, "holidays": [some, rest]})
    assert result["year"]["holidays"] == [
        {**some, "dueOn": "2026-04-29"},
        {**rest, "grades": None, "dueOn": "2026-05-13"},
    ]
    for name, expected in (("5А", {"name": some["name"]}), ("9А", None)):
        student = (await office.students(await office.of_class(name), date(2026, 5, 13)))[0]
        query = 'query($id: ID!) { student(id: $id) { diary(from: "2026-05-13", to: "2026-05-13") {'
        query += " days { holiday { name } } } } }"
        data = await office.school.data(query, {"id": gid("Student", student)}, as_="deputy")
        assert data["student"]["diary"]["days"] == [{"holiday": expected}]
    twice = {**some, "name": "Ещё", "grades": None}
    for holidays, refusal in (
        ([some, twice], ("OVERLAP", "holidays.1.startsOn", "5.2")),
        ([{**some, "grades": [12]}], ("BAD_INPUT", "holidays.0.grades", None)),
        ([{**some, "name": " "}], ("BAD_INPUT", "holidays.0.name", None)),
        ([{**some, "endsOn": "2026-09-01"}], ("OUTSIDE_YEAR", "holidays.0.endsOn", "5.2")),
    ):
        assert await office.refused("setHolidays", {"yearId": year, "holidays": holidays}) == refusal
    other = {**some, "name": "День девятого", "grades": [9, 10]}
    await office.done("setHolidays", {"yearId": year, "holidays": [some, other]})


async def test_period_rules(office: Office) -> None:
    """A profile's rule stands above its grade's; without one there is the usual division."""
    year = await office.year()
    profile = await office.id("Profile", "SELECT id FROM profile WHERE name = 'Технологический'")
    rows = "SELECT letter, period_kind FROM school_class WHERE grade = 10 ORDER BY letter"

    async def kinds(**given: Any) -> list[str]:
        await office.done("setPeriodRule", {"yearId": year, "grade": 10, **given})
        return [row["period_kind"] for row in await office.db.fetch(rows)]

    assert await kinds(profileId=profile, kind="TRIMESTER") == ["trimester", "half_year"]
    assert await kinds(kind="QUARTER") == ["trimester", "quarter"]
    assert await kinds(profileId=profile, kind=None) == ["quarter", "quarter"]
    assert await kinds(kind=None) == ["half_year", "half_year"]
    given = {"yearId": year, "grade": 5, "kind": "QUARTER"}
    assert await office.refused("setPeriodRule", {**given, "profileId": profile}) == ("BAD_INPUT", "profileId", "5.2")
    assert await office.refused("setPeriodRule", {**given, "grade": 12}) == ("BAD_INPUT", "grade", None)
    assert await office.refused("setPeriodRule", {**given, "profileId": gid("Profile", 99)}) == (
        *("NOT_FOUND", "profileId"),
        None,
    )


# Subjects and the plan


async def test_subjects_and_areas(office: Office) -> None:
    area = (await office.done("createArea", {"name": "Родной язык", "idempotencyKey": "a"}))["area"]
    again = await office.run("createArea", {"name": "Родной язык", "idempotencyKey": "a"})
    assert again["area"] == area
    assert await office.refused("createArea", {"name": "Родной язык"}) == ("ALREADY_EXISTS", "name", None)
    given = {"name": "Родная литература", "shortName": "Род. лит.", "areaId": area["id"]}
    subject = (await office.done("createSubject", given))["subject"]
    assert subject["area"] == {"name": "Родной язык"}
    assert await office.refused("deleteArea", {"areaId": area["id"]}) == ("IN_USE", "areaId", None)
    changed = await office.done("updateSubject", {"subjectId": subject["id"], "areaId": None})
    assert (changed["subject"]["area"], changed["subject"]["name"]) == (None, given["name"])
    await office.done("deleteArea", {"areaId": area["id"]})
    assert await office.refused("updateSubject", {"subjectId": subject["id"], "name": ""}) == (
        "BAD_INPUT",
        "name",
        None,
    )
    name = {"subjectId": subject["id"], "name": "Химия"}
    assert await office.refused("updateSubject", name) == ("ALREADY_EXISTS", "name", None)
    assert await office.refused("createSubject", {**given, "name": "x", "areaId": area["id"]}) == (
        *("NOT_FOUND", "areaId"),
        None,
    )
    assert (await office.done("archiveSubject", {"subjectId": subject["id"]}))["subject"] == {"archivedOn": TODAY}
    component = await office.id("Component", "SELECT id FROM component ORDER BY position LIMIT 1")
    entry = {"subjectId": subject["id"], "componentId": component, "hours": 1}
    hours = {"classId": await office.of_class(), "entries": [entry]}
    assert await office.refused("setPlanHours", hours) == ("ARCHIVED", "entries.0.subjectId", None)
    await office.done("archiveSubject", {"subjectId": subject["id"], "archived": False})
    await office.done("setPlanHours", hours)


async def test_profiles_and_components(office: Office) -> None:
    year = await office.year()
    profile = await office.done("createProfile", {"yearId": year, "name": "Гуманитарный", "grades": [11, 10]})
    assert profile["profile"]["grades"] == [10, 11]
    used = await office.id("Profile", "SELECT id FROM profile WHERE name = 'Универсальный'")
    assert await office.refused("updateProfile", {"profileId": used, "grades": [11]}) == ("IN_USE", "grades", "5.2")
    assert await office.refused("deleteProfile", {"profileId": used}) == ("IN_USE", "profileId", None)
    await office.done("deleteProfile", {"profileId": profile["profile"]["id"]})
    made = await office.done("createComponent", {"yearId": year, "kind": "FORMED", "name": "Курсы"})
    component = made["component"]["id"]
    assert made["component"]["position"] == 4
    loads = [{"grade": 5, "hours": 1.5}, {"grade": 10, "hours": 2, "profileId": used}]
    result = await office.done("setComponentLoad", {"componentId": component, "loads": loads})
    assert [(each["grade"], each["hours"]) for each in result["component"]["loads"]] == [(5, 1.5), (10, 2)]
    for load, refusal in (
        ({"grade": 5, "hours": 1.25}, ("BAD_INPUT", "loads.0.hours", None)),
        ({"grade": 0, "hours": 1}, ("BAD_INPUT", "loads.0.grade", None)),
        ({"grade": 5, "hours": 1, "profileId": used}, ("BAD_INPUT", "loads.0.profileId", "5.2")),
    ):
        assert await office.refused("setComponentLoad", {"componentId": component, "loads": [load]}) == refusal
    assert await office.refused("deleteComponent", {"componentId": component}) == ("IN_USE", "componentId", None)
    none = [{**each, "hours": 0} for each in loads]
    await office.done("setComponentLoad", {"componentId": component, "loads": none})
    await office.done("deleteComponent", {"componentId": component})


async def test_hours_of_the_plan(office: Office) -> None:
    """Set beside the load, over it, over the most that is allowed; a stale version; a copy to the parallel class."""
    of, other = await office.of_class("5А"), await office.of_class("5Б")
    component = await office.id("Component", "SELECT id FROM component ORDER BY position LIMIT 1")
    biology = await office.subject("Биол.")
    check = """query($id: ID!) { schoolClass(id: $id) { planGaps { gap subject { name } }
        planTotal { planned most verdict } planChecks { planned allowed verdict } } }"""
    plan = (await office.school.data(check, {"id": of}, as_="deputy"))["schoolClass"]
    assert plan["planGaps"] == []
    assert plan["planTotal"] == {"planned": 29, "most": 32, "verdict": "FITS"}
    assert {each["verdict"] for each in plan["planChecks"]} == {"FITS"}
    entry = {"subjectId": biology, "componentId": component, "hours": 5, "ifVersion": 1}
    result = await office.done("setPlanHours", {"classId": of, "entries": [entry]})
    assert result["schoolClass"]["planTotal"] == {"planned": 33, "verdict": "OVER"}
    plan = (await office.school.data(check, {"id": of}, as_="deputy"))["schoolClass"]
    assert [each["gap"] for each in plan["planGaps"]] == ["WRONG_LOAD"]
    assert plan["planChecks"][0] == {"planned": 32, "allowed": 28, "verdict": "OVER"}
    assert await office.db.fetchval("SELECT row->>'hours' FROM history WHERE relation = 'plan_hours'") == "1"
    for bad, refusal in (
        (entry, ("CONFLICT", "entries.0.ifVersion", None)),
        ({**entry, "hours": 41}, ("BAD_INPUT", "entries.0.hours", None)),
        ({**entry, "componentId": gid("Component", 99)}, ("NOT_FOUND", "entries.0.componentId", None)),
        ({**entry, "subjectId": gid("Subject", 999)}, ("NOT_FOUND", "entries.0.subjectId", None)),
    ):
        assert await office.refused("setPlanHours", {"classId": of, "entries": [bad]}) == refusal
    both = [{**entry, "ifVersion": None}, {**entry, "ifVersion": None}]
    assert await office.refused("setPlanHours", {"classId": of, "entries": both}) == (
        *("BAD_INPUT", "entries.1.subjectId"),
        None,
    )
    (copied,) = (await office.done("copyPlanHours", {"classId": of, "toClassIds": [other]}))["classes"]
    assert {"hours": 5, "subjectName": "Биология"} in copied["plan"]
    ninth = await office.of_class("9А")
    assert await office.refused("copyPlanHours", {"classId": of, "toClassIds": [ninth]}) == (
        *("BAD_INPUT", "toClassIds.0"),
        "5.2",
    )
    gone = {**entry, "hours": 0, "ifVersion": 2}
    result = await office.done("setPlanHours", {"classId": of, "entries": [gone]})
    assert "Биология" not in {each["subjectName"] for each in result["schoolClass"]["plan"]}


# Classes and who teaches them


async def test_classes(office: Office) -> None:
    given = {"yearId": await office.year(), "grade": 10, "letter": "В", "capacity": 25, "idempotencyKey": "в"}
    made = (await office.done("createClass", given))["schoolClass"]
    assert (made["periodKind"], made["weekDays"], made["groups"]) == ("HALF_YEAR", 6, [{"kind": "WHOLE"}])
    assert (await office.run("createClass", given))["schoolClass"] == made
    assert await office.refused("createClass", {**given, "idempotencyKey": "г"}) == ("ALREADY_EXISTS", "letter", None)
    for bad, refusal in (
        ({"grade": 12}, ("BAD_INPUT", "grade", None)),
        ({"letter": " "}, ("BAD_INPUT", "letter", None)),
        ({"grade": 1, "weekDays": 6}, ("BAD_INPUT", "weekDays", None)),
        ({"shift": 4}, ("BAD_INPUT", "shift", None)),
        ({"capacity": 0}, ("BAD_INPUT", "capacity", None)),
    ):
        assert await office.refused("createClass", {**given, "letter": "Г", "idempotencyKey": None, **bad}) == refusal
    profile = await office.id("Profile", "SELECT id FROM profile WHERE name = 'Технологический'")
    rule = {"yearId": await office.year(), "grade": 10, "profileId": profile, "kind": "TRIMESTER"}
    await office.done("setPeriodRule", rule)
    changed = await office.done("updateClass", {"classId": made["id"], "profileId": profile, "shift": 2})
    shown = changed["schoolClass"]
    assert (shown["periodKind"], shown["shift"], shown["capacity"]) == ("TRIMESTER", 2, 25)
    assert await office.refused("updateClass", {"classId": made["id"], "letter": "А"}) == (
        "ALREADY_EXISTS",
        "letter",
        None,
    )
    assert await office.refused("updateClass", {"classId": await office.of_class(), "profileId": profile}) == (
        *("BAD_INPUT", "profileId"),
        "5.2",
    )
    assert await office.refused("deleteClass", {"classId": await office.of_class()}) == ("IN_USE", "classId", None)
    await office.done("deleteClass", {"classId": made["id"]})
    assert await office.refused("deleteClass", {"classId": made["id"]}) == ("NOT_FOUND", "classId", None)


async def test_class_teacher(office: Office) -> None:
    """The former one is until the day before, and any past day still has its own."""
    of, new = await office.of_class("5Б"), await office.staff("teacher")
    query = "query($id: ID!, $on: Date) { schoolClass(id: $id) { leader(on: $on) { id } } }"

    async def leader(day: str) -> str:
        data = await office.school.data(query, {"id": of, "on": day}, as_="deputy")
        found: str = data["schoolClass"]["leader"]["id"]
        return found

    old = await leader(TODAY)
    given = {"classId": of, "staffId": new, "startsOn": TODAY}
    assert (await office.done("appointClassTeacher", given))["schoolClass"] == {"leader": {"id": new}}
    before = await office.digest()
    await office.done("appointClassTeacher", given)
    assert await office.digest() == before, "a repeat changes nothing"
    assert (await leader("2026-05-19"), await leader(TODAY), await leader("2026-08-31")) == (old, new, new)
    led = "query($id: ID!, $on: Date) { node(id: $id) { ... on Staff { ledClasses(on: $on) { id } } } }"
    for day, leads in (("2026-05-19", False), (TODAY, True), (None, True)):
        node = (await office.school.data(led, {"id": new, "on": day}, as_="deputy"))["node"]
        assert ({"id": of} in node["ledClasses"]) is leads
    assert await office.refused("appointClassTeacher", {**given, "startsOn": "2026-09-01"}) == (
        *("OUTSIDE_YEAR", "startsOn"),
        "12.1",
    )
    assert await office.refused("appointClassTeacher", {**given, "staffId": old, "startsOn": "2026-05-18"}) == (
        *("PAST_DAYS", "startsOn"),
        None,
    )
    await office.db.execute("UPDATE staff SET dismissed_on = '2026-05-19' WHERE id = $1", number_of(old))
    assert await office.refused("appointClassTeacher", {**given, "staffId": old}) == ("NOT_EMPLOYED", "staffId", None)


async def test_assignments(office: Office) -> None:
    """One after another: assigned, handed over with the lessons still planned, ended; none twice on a day."""
    old, new = await office.staff("teacher"), await office.staff("class-teacher")
    await office.free(new)
    row = await office.db.fetchrow(
        "SELECT a.id, a.group_id, a.subject_id FROM teaching_assignment a JOIN lesson l"
        " ON (l.group_id, l.subject_id, l.teacher_id) = (a.group_id, a.subject_id, a.staff_id)"
        " WHERE a.staff_id = $1 AND l.state = 'planned' ORDER BY a.id LIMIT 1",
        number_of(old),
    )
    lessons = "SELECT state, teacher_id, version FROM lesson WHERE group_id = $1 AND subject_id = $2 ORDER BY id"
    before = await office.db.fetch(lessons, row["group_id"], row["subject_id"])
    given = {"assignmentId": gid("TeachingAssignment", row["id"]), "staffId": new, "startsOn": TOMORROW}
    for bad, refusal in (
        ({"staffId": old}, ("BAD_INPUT", "staffId", None)),
        ({"startsOn": "2025-09-01"}, ("BAD_INPUT", "startsOn", None)),
        ({"staffId": gid("Staff", 999)}, ("NOT_FOUND", "staffId", None)),
        ({"assignmentId": gid("TeachingAssignment", 9999)}, ("NOT_FOUND", "assignmentId", None)),
    ):
        assert await office.refused("handOverAssignment", {**given, **bad}) == refusal
    made = (await office.done("handOverAssignment", {**given, "idempotencyKey": "h"}))["assignment"]
    assert (await office.run("handOverAssignment", {**given, "idempotencyKey": "h"}))["assignment"] == made
    after = await office.db.fetch(lessons, row["group_id"], row["subject_id"])
    for one, other in zip(before, after, strict=True):
        planned = one["state"] == "planned"
        assert other["teacher_id"] == (number_of(new) if planned else one["teacher_id"])
        assert other["version"] == one["version"] + planned
    ended = await office.db.fetchval("SELECT ends_on FROM teaching_assignment WHERE id = $1", row["id"])
    assert ended == date(2026, 5, 20)

    entry = {"groupId": gid("StudyGroup", row["group_id"]), "subjectId": gid("Subject", row["subject_id"])}
    entry |= {"staffId": new, "startsOn": TOMORROW}
    assert await office.refused("assignTeacher", entry) == ("OVERLAP", "staffId", "5.2")
    third = {**entry, "staffId": await office.staff("director"), "hours": 0.5}
    twice = {"entries": [third, third]}
    assert await office.refused("assignTeachers", twice) == ("OVERLAP", "entries.1.staffId", "5.2")
    for bad, refusal in (
        ({"hours": 0.3}, ("BAD_INPUT", "hours", None)),
        ({"startsOn": "2025-08-31"}, ("OUTSIDE_YEAR", "startsOn", "5.2")),
        ({"endsOn": TODAY}, ("BAD_INPUT", "endsOn", None)),
        ({"groupId": gid("StudyGroup", 9999)}, ("NOT_FOUND", "groupId", None)),
    ):
        assert await office.refused("assignTeacher", {**third, **bad}) == refusal
    assigned = (await office.done("assignTeacher", third))["assignment"]
    assert (assigned["plannedHours"], assigned["endsOn"]) == (0.5, "2026-08-31")
    end = {"assignmentId": assigned["id"], "endsOn": "2026-05-25"}
    await office.done("endAssignment", end)
    assert await office.refused("endAssignment", {**end, "endsOn": "2026-05-26"}) == ("BAD_INPUT", "endsOn", None)
    await office.db.execute("UPDATE staff SET dismissed_on = '2026-05-30' WHERE id = $1", number_of(third["staffId"]))
    later = {**third, "startsOn": "2026-05-26"}
    assert await office.refused("assignTeacher", {**later, "endsOn": "2026-06-01"}) == ("NOT_EMPLOYED", "staffId", None)
    made = await office.done("assignTeachers", {"entries": [later], "idempotencyKey": "all"})
    assert await office.run("assignTeachers", {"entries": [later], "idempotencyKey": "all"}) == made
    ends = await office.db.fetchval("SELECT max(ends_on) FROM teaching_assignment WHERE hours = 0.5")
    assert ends == date(2026, 5, 30)


async def test_a_plan_is_judged_by_the_days_of_its_year(office: Office) -> None:
    """The plan of the year to come is made before it begins (5.1): who is to teach then is there already. Who has been
    dismissed is not.
    """
    next_year = (
        "INSERT INTO academic_year (school_id, name, starts_on, ends_on, state) "
        "SELECT school_id, '2026/2027', '2026-09-01', '2027-08-31', 'draft' FROM school RETURNING id"
    )
    year_id = gid("AcademicYear", await office.db.fetchval(next_year))
    component = await office.done("createComponent", {"yearId": year_id, "kind": "OBLIGATORY", "name": "Часть"})
    made = (await office.done("createClass", {"yearId": year_id, "grade": 5, "letter": "А"}))["schoolClass"]["id"]
    group = await office.id("StudyGroup", "SELECT id FROM study_group WHERE class_id = $1", number_of(made))
    subject, teacher = await office.subject("Биол."), await office.staff("teacher")
    hours = {"subjectId": subject, "componentId": component["component"]["id"], "hours": 2}
    await office.done("setPlanHours", {"classId": made, "entries": [hours]})
    query = "query($id: ID!) { schoolClass(id: $id) { planGaps { gap subject { id } } } }"
    missing = {"NO_TEACHER", "NO_CLASS_TEACHER"}

    async def gaps() -> set[str]:
        data = await office.school.data(query, {"id": made}, as_="deputy")
        return {each["gap"] for each in data["schoolClass"]["planGaps"]} & missing

    assert await gaps() == missing
    await office.done("appointClassTeacher", {"classId": made, "staffId": teacher, "startsOn": "2026-09-01"})
    entry = {"groupId": group, "subjectId": subject, "staffId": teacher, "startsOn": "2026-09-01"}
    await office.done("assignTeacher", entry)
    assert await gaps() == set()
    await office.db.execute("UPDATE staff SET dismissed_on = '2026-06-30' WHERE id = $1", number_of(teacher))
    assert await gaps() == missing
    missing = {"NO_HOLIDAYS"}
    holiday = {"name": "Каникулы", "startsOn": "2026-10-26", "endsOn": "2026-11-03"}
    for grades, told in (([1], missing), ([1, 5], set()), (None, set())):
        await office.done("setHolidays", {"yearId": year_id, "holidays": [{**holiday, "grades": grades}]})
        assert await gaps() == told


async def test_a_handover_puts_nobody_into_two_places(office: Office) -> None:
    """A lesson that would go to somebody who has another one then is in the way; a substitution by the new teacher is
    over, since the lesson is their own.
    """
    old, new = await office.staff("teacher"), await office.staff("class-teacher")
    row = await office.db.fetchrow(
        "SELECT a.id, l.id AS lesson, l.date, l.starts_at, l.ends_at FROM teaching_assignment a JOIN lesson l"
        " ON (l.group_id, l.subject_id, l.teacher_id) = (a.group_id, a.subject_id, a.staff_id)"
        " WHERE a.staff_id = $1 AND l.state = 'planned' AND l.date > '2026-05-20' ORDER BY a.id, l.id LIMIT 1",
        number_of(old),
    )
    await office.free(new)
    other = await office.db.fetchval(
        "INSERT INTO lesson (school_id, group_id, subject_id, teacher_id, date, number, starts_at, ends_at, state,"
        " changed_at) SELECT school_id, group_id, subject_id, $1, $2, 14, $3, $4, 'planned', now() FROM lesson"
        " WHERE teacher_id = $1 LIMIT 1 RETURNING id",
        *(number_of(new), row["date"], row["starts_at"], row["ends_at"]),
    )
    given = {"assignmentId": gid("TeachingAssignment", row["id"]), "staffId": new, "startsOn": TOMORROW}
    assert await office.refused("handOverAssignment", given) == ("LESSON_COLLISION", "staffId", "6.1")
    await office.db.execute("UPDATE lesson SET state = 'cancelled' WHERE id = $1", other)
    await office.db.execute("UPDATE lesson SET substitute_id = $1 WHERE id = $2", number_of(new), row["lesson"])
    await office.done("handOverAssignment", given)
    found = await office.db.fetchrow("SELECT teacher_id, substitute_id FROM lesson WHERE id = $1", row["lesson"])
    assert tuple(found) == (number_of(new), None)


async def test_statements_do_not_grow_with_the_entries(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    from resolvers.database import Transaction

    counted = [0]
    for method in (Transaction.fetch, Transaction.execute):

        async def counting(self: Any, *args: Any, method: Any = method, **kwargs: Any) -> Any:
            counted[0] += 1
            return await method(self, *args, **kwargs)

        monkeypatch.setattr(Transaction, method.__name__, counting)
    of = await office.of_class()
    rows = await office.db.fetch("SELECT id FROM subject WHERE archived_on IS NULL ORDER BY id")
    subjects = [gid("Subject", each["id"]) for each in rows]
    component = await office.id("Component", "SELECT id FROM component ORDER BY position, id DESC LIMIT 1")
    group = await office.id(
        "StudyGroup", "SELECT id FROM study_group WHERE class_id = $1 AND kind = 'whole'", number_of(of)
    )
    teacher = await office.staff("director")

    def hours(count: int, value: float) -> dict[str, Any]:
        entry = {"componentId": component, "hours": value}
        return {"classId": of, "entries": [{**entry, "subjectId": each} for each in subjects[:count]]}

    def assigned(count: int, day: str) -> dict[str, Any]:
        entry = {"groupId": group, "staffId": teacher, "startsOn": day, "endsOn": day}
        return {"entries": [{**entry, "subjectId": each} for each in subjects[:count]]}

    def load(count: int, value: float) -> dict[str, Any]:
        return {"componentId": component, "loads": [{"grade": n, "hours": value} for n in range(1, count + 1)]}

    await office.db.execute("DELETE FROM mark WHERE lesson_date >= $1", date(2026, 5, 20))

    async def dropped(count: int, place: int) -> dict[str, Any]:
        student = (await office.students(of, date(2026, 5, 20)))[place]
        return {"studentId": gid("Student", student), "droppedSubjectIds": subjects[:count], "startsOn": TODAY}

    for name, few, many in (
        ("setPlanHours", hours(2, 3.5), hours(8, 4.5)),
        ("assignTeachers", assigned(2, "2026-06-01"), assigned(8, "2026-06-02")),
        ("setComponentLoad", load(2, 3.5), load(8, 4.5)),
        ("setIndividualPlan", await dropped(2, 1), await dropped(8, 2)),
    ):
        found = []
        for given in (few, many):
            counted[0] = 0
            await office.run(name, given)
            found.append(counted[0])
        assert found[0] == found[1] > 0, name
