"""Subgroups (5.10) and individual plans (7.8): everybody in exactly one group, whoever writes at the same time."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest

from server.demo import Demo

from .curriculum_help import Office, opened
from .journal_help import gid, mutation, number_of

TODAY, TOMORROW = "2026-05-20", "2026-05-21"
DAY = date(2026, 5, 20)
TWICE = """
SELECT count(*) FROM group_member a JOIN study_group g ON g.id = a.group_id
JOIN group_member b ON b.student_id = a.student_id AND b.id > a.id JOIN study_group h ON h.id = b.group_id
WHERE (g.class_id, g.subject_id) = (h.class_id, h.subject_id)
AND a.starts_on <= coalesce(b.ends_on, 'infinity') AND b.starts_on <= coalesce(a.ends_on, 'infinity')
"""


@pytest.fixture
async def office(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Office]:
    async with opened(cluster, demo_template) as office:
        yield office


async def division(office: Office, of: str = "5Б", subject: str = "Биол.", day: str = TODAY) -> dict[str, Any]:
    """An input that divides a class in two halves."""
    class_id = await office.of_class(of)
    students = [gid("Student", each) for each in await office.students(class_id, date.fromisoformat(day))]
    half = len(students) // 2
    groups = [{"name": "1", "studentIds": students[:half]}, {"name": "2", "studentIds": students[half:]}]
    return {"classId": class_id, "subjectId": await office.subject(subject), "groups": groups, "startsOn": day}


async def members(office: Office, given: dict[str, Any], day: date) -> dict[str, set[str]]:
    """Who is in which group on a day."""
    rows = await office.db.fetch(
        "SELECT name, student_id FROM group_member JOIN study_group ON study_group.id = group_id WHERE class_id = $1"
        " AND subject_id = $2 AND starts_on <= $3 AND (ends_on IS NULL OR ends_on >= $3)",
        *(number_of(given["classId"]), number_of(given["subjectId"]), day),
    )
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row["name"], set()).add(gid("Student", row["student_id"]))
    return found


async def unmark(office: Office) -> None:
    """Take today's marks away: a plan that begins today would be refused for them."""
    await office.db.execute("DELETE FROM mark WHERE lesson_date = $1", DAY)


async def test_the_class_teacher_divides_and_divides_anew(office: Office) -> None:
    given = await division(office)
    await office.done("formSubgroups", given, "class-teacher")
    first = await members(office, given, DAY)
    assert first == {each["name"]: set(each["studentIds"]) for each in given["groups"]}
    before = await office.digest()
    await office.done("formSubgroups", given, "deputy")
    assert await office.digest() == before, "a repeat changes nothing"
    one, other = given["groups"]
    turned = [{"name": "1", "studentIds": other["studentIds"]}, {"name": "3", "studentIds": one["studentIds"]}]
    await office.done("formSubgroups", {**given, "groups": turned, "startsOn": TOMORROW}, "class-teacher")
    assert await members(office, given, DAY) == first, "past days stay as they were"
    now = await members(office, given, date(2026, 5, 21))
    assert now == {"1": set(other["studentIds"]), "3": set(one["studentIds"])}
    await office.done("formSubgroups", {**given, "groups": [], "startsOn": TOMORROW}, "class-teacher")
    assert await members(office, given, date(2026, 5, 21)) == {}
    assert await members(office, given, DAY) == first


async def test_only_the_own_class(office: Office) -> None:
    """Another class's division is refused as that of a class that there is not; a subject teacher has none."""
    foreign = await division(office, "9А")
    for login, given in (("class-teacher", foreign), ("teacher", await division(office))):
        assert await office.refused("formSubgroups", given, login) == ("NOT_FOUND", "classId", None)
        nowhere = await office.run("formSubgroups", {**given, "classId": gid("SchoolClass", 999)}, login)
        assert await office.run("formSubgroups", given, login) == nowhere
    group = await office.id("StudyGroup", "SELECT id FROM study_group WHERE kind = 'subgroup' ORDER BY id DESC LIMIT 1")
    move = {"studentId": gid("Student", 1), "groupId": group, "startsOn": TODAY}
    assert await office.refused("moveToSubgroup", move, "teacher") == ("NOT_FOUND", "groupId", None)


async def test_what_divides_wrongly(office: Office) -> None:
    given = await division(office)
    one, other = given["groups"]
    stranger = gid("Student", (await office.students(await office.of_class("9А"), DAY))[0])
    left = {**other, "studentIds": other["studentIds"][1:]}
    name = await office.db.fetchval(
        "SELECT family_name FROM student JOIN person ON person.id = person_id WHERE student.id = $1",
        number_of(other["studentIds"][0]),
    )
    cases: list[tuple[dict[str, Any], tuple[str, str, str | None]]] = [
        ({"groups": [one, left]}, ("IN_NO_GROUP", "groups", "5.10")),
        (
            {"groups": [one, {**other, "studentIds": [*other["studentIds"], one["studentIds"][0]]}]},
            ("IN_TWO_GROUPS", f"groups.1.studentIds.{len(other['studentIds'])}", "5.10"),
        ),
        (
            {"groups": [{**one, "studentIds": [stranger, *one["studentIds"]]}, other]},
            ("NOT_IN_CLASS", "groups.0.studentIds.0", "5.10"),
        ),
        ({"groups": [one]}, ("BAD_INPUT", "groups", "5.10")),
        ({"groups": [one, {**other, "name": " 1 "}]}, ("BAD_INPUT", "groups.1.name", None)),
        ({"subjectId": gid("Subject", 999)}, ("NOT_FOUND", "subjectId", None)),
        ({"startsOn": "2026-09-01"}, ("OUTSIDE_YEAR", "startsOn", "5.10")),
    ]
    for bad, refusal in cases:
        assert await office.refused("formSubgroups", {**given, **bad}, "class-teacher") == refusal
    said = await office.run("formSubgroups", {**given, "groups": [one, left]}, "class-teacher")
    assert name in said["message"], "who is left out is named"
    await office.done("formSubgroups", {**given, "startsOn": "2026-05-18"}, "class-teacher")
    turned = [{**one, "name": "2"}, {**other, "name": "1"}]
    late = {**given, "groups": turned, "startsOn": "2026-05-19"}
    assert await office.refused("formSubgroups", late, "class-teacher") == ("PAST_DAYS", "startsOn", "5.10")


async def test_moving_one(office: Office) -> None:
    given = await division(office)
    await office.done("formSubgroups", given, "class-teacher")
    mover = given["groups"][0]["studentIds"][0]
    group = await office.id(
        "StudyGroup",
        "SELECT id FROM study_group WHERE class_id = $1 AND subject_id = $2 AND name = '2'",
        *(number_of(given["classId"]), number_of(given["subjectId"])),
    )
    move = {"studentId": mover, "groupId": group, "startsOn": TOMORROW}
    await office.done("moveToSubgroup", move, "class-teacher")
    assert mover in (await members(office, given, DAY))["1"]
    now = await members(office, given, date(2026, 5, 21))
    assert mover in now["2"]
    assert mover not in now["1"]
    stranger = gid("Student", (await office.students(await office.of_class("9А"), DAY))[0])
    assert await office.refused("moveToSubgroup", {**move, "studentId": stranger}, "class-teacher") == (
        *("NOT_IN_CLASS", "studentId"),
        "5.10",
    )
    query = "SELECT id FROM study_group WHERE class_id = $1 AND kind = 'whole'"
    whole = await office.id("StudyGroup", query, number_of(given["classId"]))
    assert await office.refused("moveToSubgroup", {**move, "groupId": whole}, "class-teacher") == (
        *("BAD_INPUT", "groupId"),
        "5.10",
    )


async def test_who_is_left_ungrouped(office: Office) -> None:
    """Somebody who comes later is in no group until they are put into one; who drops the subject needs none."""
    given = await division(office)
    await office.done("formSubgroups", given, "class-teacher")
    student = number_of(given["groups"][0]["studentIds"][0])
    await office.db.execute("DELETE FROM group_member WHERE student_id = $1", student)
    query = "query($id: ID!) { schoolClass(id: $id) { ungrouped { student { id } subject { name } } } }"

    async def ungrouped() -> list[tuple[str, str]]:
        data = await office.school.data(query, {"id": given["classId"]}, as_="class-teacher")
        return [(each["student"]["id"], each["subject"]["name"]) for each in data["schoolClass"]["ungrouped"]]

    assert (gid("Student", student), "Биология") in await ungrouped()
    plan = {"studentId": gid("Student", student), "droppedSubjectIds": [given["subjectId"]], "startsOn": TODAY}
    await unmark(office)
    await office.done("setIndividualPlan", plan)
    assert (gid("Student", student), "Биология") not in await ungrouped()
    groups = [
        {**each, "studentIds": [s for s in each["studentIds"] if s != gid("Student", student)]}
        for each in given["groups"]
    ]
    await office.done("formSubgroups", {**given, "groups": groups}, "class-teacher")


async def test_never_in_two_groups_at_once(office: Office) -> None:
    """Ten divide a class differently at the same time, some move one: in the end nobody is twice or nowhere."""
    given = await division(office)
    await office.done("formSubgroups", given, "class-teacher")
    everybody = [student for each in given["groups"] for student in each["studentIds"]]
    ids = await office.db.fetch(
        "SELECT id FROM study_group WHERE class_id = $1 AND subject_id = $2",
        *(number_of(given["classId"]), number_of(given["subjectId"])),
    )

    def turned(turn: int) -> dict[str, Any]:
        order = everybody[turn:] + everybody[:turn]
        return {**given, "groups": [{"name": "1", "studentIds": order[:3]}, {"name": "2", "studentIds": order[3:]}]}

    async with asyncio.timeout(60):
        results = await asyncio.gather(
            *(
                office.run("formSubgroups", turned(turn % 5), ("class-teacher", "deputy")[turn % 2])
                for turn in range(10)
            ),
            *(
                office.run(
                    "moveToSubgroup",
                    {"studentId": everybody[n], "groupId": gid("StudyGroup", ids[n % 2]["id"]), "startsOn": TODAY},
                )
                for n in range(4)
            ),
        )
    assert {result["__typename"] for result in results} == {"FormSubgroupsPayload", "MoveToSubgroupPayload"}
    assert await office.db.fetchval(TWICE) == 0
    now = await members(office, given, DAY)
    assert sorted(student for each in now.values() for student in each) == sorted(everybody)


async def test_the_database_keeps_one_group(office: Office) -> None:
    """Two who write past the commands: the second waits for the first, and is refused."""
    given = await division(office, "9А")
    await office.done("formSubgroups", given)
    row = await office.db.fetchrow(
        "SELECT m.school_id, m.student_id, g.id AS group_id FROM group_member m"
        " JOIN study_group own ON own.id = m.group_id"
        " JOIN study_group g ON (g.class_id, g.subject_id) = (own.class_id, own.subject_id)"
        " WHERE own.class_id = $1 AND own.subject_id = $2 AND g.id <> own.id LIMIT 1",
        *(number_of(given["classId"]), number_of(given["subjectId"])),
    )
    insert = "INSERT INTO group_member (school_id, group_id, student_id, starts_on) VALUES ($1, $2, $3, $4)"
    values = (row["school_id"], row["group_id"], row["student_id"])
    with pytest.raises(asyncpg.ExclusionViolationError):
        await office.db.execute(insert, *values, DAY)
    await office.db.execute("DELETE FROM group_member WHERE student_id = $1", row["student_id"])
    other = await asyncpg.connect(office.school.url)
    try:
        async with other.transaction():
            await other.execute(insert, *values, DAY)
            second = asyncio.ensure_future(office.db.execute(insert, *values, date(2026, 5, 25)))
            await asyncio.sleep(0.2)
            assert not second.done()
        with pytest.raises(asyncpg.ExclusionViolationError):
            await second
    finally:
        await other.close()


async def test_an_individual_plan(office: Office) -> None:
    """From the day on no mark is set in what is not taken (7.8); before it, one may be."""
    await unmark(office)
    student = gid("Student", (await office.students(await office.of_class(), DAY))[0])
    biology, music = await office.subject("Биол."), await office.subject("Муз.")
    given = {"studentId": student, "droppedSubjectIds": [biology, music], "startsOn": TODAY}
    result = await office.done("setIndividualPlan", given)
    assert result["student"]["individualPlan"] is True
    assert {each["subject"]["name"] for each in result["student"]["droppedSubjects"]} >= {"Биология", "Музыка"}
    for day, code in ((DAY, "SUBJECT_NOT_TAKEN"), (date(2026, 5, 19), None)):
        row = await office.db.fetchrow(
            "INSERT INTO lesson (school_id, group_id, subject_id, teacher_id, date, number, starts_at, ends_at, state,"
            " changed_at) SELECT l.school_id, group_id, l.subject_id, teacher_id, $1, 14, '20:00', '20:40', 'held',"
            " now() FROM lesson l JOIN study_group g ON g.id = group_id JOIN school_class c ON c.id = class_id"
            " WHERE l.subject_id = $2 AND grade = 5 AND letter = 'А' LIMIT 1 RETURNING id",
            *(day, number_of(biology)),
        )
        task = {"lessonId": gid("Lesson", row["id"]), "workTypeId": gid("WorkType", 1)}
        added = await office.school.data(mutation("addTask"), {"input": task}, as_="deputy")
        mark = {"taskId": added["addTask"]["task"]["id"], "studentId": student, "value": "4"}
        for name, sent in (("setMark", mark), ("setMarks", {"entries": [mark]})):
            answer = (await office.school.data(mutation(name), {"input": sent}, as_="deputy"))[name]
            field = "studentId" if name == "setMark" else "entries.0.studentId"
            if code:
                assert (answer["code"], answer["field"], answer["clause"]) == (code, field, "7.8")
            else:
                assert answer["__typename"] != "Refusal"
    later = {**given, "droppedSubjectIds": [music], "startsOn": TOMORROW}
    shown = (await office.done("setIndividualPlan", later))["student"]["droppedSubjects"]
    assert {"startsOn": TODAY, "endsOn": TODAY, "subject": {"name": "Биология"}} in shown
    assert {"startsOn": TODAY, "endsOn": None, "subject": {"name": "Музыка"}} in shown
    for bad, refusal in (
        ({"individual": False}, ("BAD_INPUT", "droppedSubjectIds", "7.8")),
        ({"droppedSubjectIds": [music, music]}, ("BAD_INPUT", "droppedSubjectIds", None)),
        ({"droppedSubjectIds": [gid("Subject", 999)]}, ("NOT_FOUND", "droppedSubjectIds.0", None)),
        ({"droppedSubjectIds": [], "startsOn": "2026-05-19"}, ("PAST_DAYS", "startsOn", "7.8")),
        ({"studentId": gid("Student", 9999)}, ("NOT_FOUND", "studentId", None)),
    ):
        assert await office.refused("setIndividualPlan", {**later, **bad}) == refusal
    over = {**given, "droppedSubjectIds": [], "individual": False, "startsOn": TOMORROW}

    async def version() -> int:
        query = "query($id: ID!) { node(id: $id) { ... on Student { card { version } } } }"
        shown = await office.school.data(query, {"id": student}, as_="deputy")
        return int(shown["node"]["card"]["version"])

    seen = await version()
    await office.done("setIndividualPlan", {**later, "ifVersion": seen})
    assert await version() == seen, "nothing has changed"
    stale = {**over, "ifVersion": seen - 1}
    assert await office.refused("setIndividualPlan", stale) == ("CONFLICT", "ifVersion", None)
    assert (await office.done("setIndividualPlan", {**over, "ifVersion": seen}))["student"]["individualPlan"] is False
    assert await version() == seen + 1


MARKED = """
SELECT student_id, lesson.subject_id, lesson_date FROM mark JOIN lesson ON lesson.id = lesson_id
JOIN study_group AS g ON g.id = group_id JOIN school_class AS c ON c.id = class_id
WHERE grade = 5 AND letter = 'А' AND lesson_date < '2026-05-20' ORDER BY lesson_date DESC, mark.id LIMIT 1
"""
SUMMED_UP = """
INSERT INTO final_mark
    (school_id, student_id, subject_id, year_id, class_id, kind, period_id, value, set_at, changed_at)
SELECT s.school_id, $1, $2, s.year_id, s.class_id, s.kind, s.period_id, '4', now(), now() FROM mark_slot AS s
JOIN enrolment AS e ON e.class_id = s.class_id
WHERE e.student_id = $1 AND s.kind = 'period' AND s.position = 4 AND e.ends_on IS NULL RETURNING id
"""


async def test_what_is_marked_is_not_left_out(office: Office) -> None:
    """No mark stands in a subject on a day on which it is not taken (7.8), whichever of the two was entered first."""
    await unmark(office)
    row = await office.db.fetchrow(MARKED)
    student, subject = row["student_id"], row["subject_id"]
    given = {"studentId": gid("Student", student), "droppedSubjectIds": [gid("Subject", subject)]}
    filled = ("JOURNAL_FILLED", "startsOn", "7.8")
    assert await office.refused("setIndividualPlan", {**given, "startsOn": str(row["lesson_date"])}) == filled
    after = {**given, "startsOn": str(row["lesson_date"] + timedelta(days=1))}
    mark = await office.db.fetchval(SUMMED_UP, student, subject)
    assert await office.refused("setIndividualPlan", after) == filled, "the period ends when it is not taken"
    await office.db.execute("DELETE FROM final_mark WHERE id = $1", mark)
    await office.done("setIndividualPlan", after)


async def test_a_mark_that_is_just_being_set_is_waited_for(office: Office) -> None:
    row = await office.db.fetchrow(MARKED)
    given = {
        "studentId": gid("Student", row["student_id"]),
        "droppedSubjectIds": [gid("Subject", row["subject_id"])],
        "startsOn": str(row["lesson_date"]),
    }
    query = """SELECT mark.id FROM mark JOIN lesson ON lesson.id = lesson_id
        WHERE student_id = $1 AND subject_id = $2 AND lesson_date >= $3"""
    marks = [each["id"] for each in await office.db.fetch(query, *row.values())]
    kept = "CREATE TABLE kept AS SELECT * FROM mark WHERE id = ANY($1::bigint[])"
    await office.db.execute(kept.replace("$1", f"'{{{','.join(map(str, marks))}}}'"))
    await office.db.execute("DELETE FROM mark WHERE id = ANY($1)", marks)
    columns = "school_id, task_id, lesson_id, lesson_date, student_id, value, set_at, changed_at"
    async with office.db.transaction():
        await office.db.execute("SELECT FROM student WHERE id = $1 FOR KEY SHARE", row["student_id"])
        plan = asyncio.create_task(office.run("setIndividualPlan", given, "deputy"))
        await asyncio.wait({plan}, timeout=0.5)
        assert not plan.done()
        await office.db.execute(f"INSERT INTO mark ({columns}) SELECT {columns} FROM kept")
    assert (await plan)["code"] == "JOURNAL_FILLED"


async def test_nobody_moves_into_a_division_that_is_over(office: Office) -> None:
    """It would divide the class anew, with everybody else in no group."""
    given = await division(office)
    await office.done("formSubgroups", given, "class-teacher")
    await office.done("formSubgroups", {**given, "groups": [], "startsOn": TOMORROW}, "class-teacher")
    group = await office.id(
        "StudyGroup",
        "SELECT id FROM study_group WHERE class_id = $1 AND subject_id = $2 AND name = '2'",
        *(number_of(given["classId"]), number_of(given["subjectId"])),
    )
    move = {"studentId": given["groups"][0]["studentIds"][0], "groupId": group, "startsOn": TOMORROW}
    assert await office.refused("moveToSubgroup", move, "class-teacher") == ("IN_NO_GROUP", "groupId", "5.10")


async def test_an_individual_plan_is_a_change_of_the_card(office: Office) -> None:
    """Whoever saw the card before is told (ifVersion); the plan is not taken away while subjects are left out of it."""
    await unmark(office)
    student = gid("Student", (await office.students(await office.of_class(), DAY))[0])
    version = "SELECT version FROM student WHERE id = $1"
    before = await office.db.fetchval(version, number_of(student))
    given = {"studentId": student, "droppedSubjectIds": [await office.subject("Муз.")], "startsOn": TODAY}
    await office.done("setIndividualPlan", given)
    assert await office.db.fetchval(version, number_of(student)) == before + 1
    await office.done("setIndividualPlan", given)
    assert await office.db.fetchval(version, number_of(student)) == before + 1, "a repeat changes nothing"
    off = "mutation($input: SetStudentLearningInput!) { setStudentLearning(input: $input) { ... on Refusal"
    off += " { code field clause } ... on SetStudentLearningPayload { student { individualPlan } } } }"
    sent = {"input": {"studentId": student, "individualPlan": False}}
    for login in ("secretary", "deputy"):
        answer = (await office.school.data(off, sent, as_=login))["setStudentLearning"]
        assert answer == {"code": "IN_USE", "field": "individualPlan", "clause": "7.8"}
    await office.db.execute("DELETE FROM dropped_subject WHERE student_id = $1", number_of(student))
    answer = (await office.school.data(off, sent, as_="secretary"))["setStudentLearning"]
    assert answer == {"student": {"individualPlan": False}}
