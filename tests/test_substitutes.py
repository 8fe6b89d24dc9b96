"""Substitutes: their rights in the journal of just that lesson, who is away, which lessons that leaves, who is free."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from server.demo import Demo

from .corrections_help import DAY, NEXT, Desk, at, lesson_id, opened
from .journal_help import Lesson, gid

WHY = {"reason": "Замена"}
STAFF = "query($id: ID!) { node(id: $id) { ... on Staff { absences { id kind } } } }"
COVER = """query($id: ID!, $covered: Boolean) { node(id: $id) { ... on StaffAbsence {
  lessonsToCover(first: 100, covered: $covered) { totalCount nodes { id } } } } }"""
FREE = "query($id: ID!) { node(id: $id) { ... on Lesson { freeTeachers { id } } } }"
SEEN = """query($lesson: ID!, $record: ID!, $student: ID!, $other: ID!) {
  record: node(id: $record) { ... on LessonRecord { topic marks { value } } }
  other: node(id: $other) { ... on LessonRecord { topic } }
  student: student(id: $student) { name card { birthDate } guardianships { id } enrolments { id } }
  lesson: node(id: $lesson) { ... on Lesson { date } } }"""


@pytest.fixture(scope="module")
async def desk(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Desk]:
    """A school for this module to write in."""
    async with opened(cluster, demo_template) as desk:
        yield desk


async def stranger(desk: Desk) -> tuple[str, str, str]:
    """The login of a teacher, with a class that they neither teach nor lead and a subject there."""
    row = await desk.db.fetchrow(
        "SELECT login, c.grade::text || c.letter AS class, min(subject.short_name) AS subject FROM lesson"
        " JOIN study_group AS g ON g.id = group_id AND g.kind = 'whole' JOIN school_class AS c ON c.id = class_id"
        " JOIN subject ON subject.id = lesson.subject_id JOIN account ON account.school_id = lesson.school_id"
        " JOIN staff USING (person_id) WHERE login = ANY($1) AND lesson.school_id = (SELECT school_id FROM school"
        " WHERE code = 'demo') AND NOT EXISTS (SELECT FROM teaching_assignment AS a JOIN study_group AS h"
        " ON h.id = a.group_id WHERE h.class_id = c.id AND a.staff_id = staff.id) AND NOT EXISTS"
        " (SELECT FROM class_leadership AS l WHERE l.class_id = c.id AND l.staff_id = staff.id)"
        " GROUP BY 1, 2 ORDER BY 1, 2 LIMIT 1",
        ["class-teacher", "teacher-parent"],
    )
    return row["login"], row["class"], row["subject"]


async def unknown(desk: Desk, who: str, lesson: Lesson) -> list[int]:
    """Those of a lesson whom somebody does not know otherwise: as a neighbour of their child, or from another class."""
    text = "query($id: ID!) { student(id: $id) { id } }"
    found = [
        each
        for each in lesson.students
        if (await desk.school.data(text, {"id": gid("Student", each)}, as_=who))["student"] is None
    ]
    assert found
    return found


async def seen(desk: Desk, who: str, lesson: Lesson, other: Lesson) -> dict[str, Any]:
    """What the substitute sees of a lesson, of another one of the same journal, and of a student."""
    ids = {"lesson": lesson.gid, "record": gid("LessonRecord", lesson.id), "student": lesson.student()}
    found: dict[str, Any] = await desk.school.data(SEEN, {**ids, "other": gid("LessonRecord", other.id)}, as_=who)
    return found


async def test_a_substitute_writes_at_just_that_lesson(desk: Desk) -> None:
    """From the moment of the substitution to its end, and as a substitute in the audit trail; the teacher goes on."""
    who, school_class, subject = await stranger(desk)
    lesson, other = await desk.lesson(school_class, subject), await desk.lesson(school_class, subject)
    await desk.db.execute("UPDATE lesson SET starts_at = '21:00', ends_at = '21:30' WHERE id = $1", other.id)
    record = {"lessonId": lesson.gid, "topic": "Семья"}
    assert (await desk.refused("recordLesson", record, who))[0] == "NOT_FOUND"
    strangers = await unknown(desk, who, lesson)
    lesson = replace(lesson, students=strangers)
    nothing = await seen(desk, who, lesson, other)
    assert (nothing["record"], nothing["student"]) == (None, None)
    given = {**lesson_id(lesson.id), **WHY, "staffId": gid("Staff", await desk.staff(who))}
    await desk.done("substituteLesson", given)

    await desk.done("recordLesson", record, who)
    entry = (await desk.entries())[-1]
    assert json.loads(entry["input"])["asSubstitute"] == [lesson.id]
    task = (await desk.done("addTask", {"lessonId": lesson.gid, "workTypeId": gid("WorkType", 1)}, who))["task"]
    mark = {"taskId": task["id"], "studentId": lesson.student(), "value": "5"}
    marked = (await desk.done("setMark", mark, who))["mark"]
    assert json.loads((await desk.entries())[-1]["input"])["asSubstitute"] == [lesson.id]
    await desk.done("removeMark", {"markId": marked["id"]}, who)
    assert json.loads((await desk.entries())[-1]["input"])["asSubstitute"] == [lesson.id]
    await desk.done("setMark", mark, who)
    await desk.done("takeRollCall", {"lessonId": lesson.gid, "absent": []}, who)
    await desk.done("assignHomework", {"lessonId": lesson.gid, "text": "§ 1"}, who)

    found = await seen(desk, who, lesson, other)
    assert found["record"] == {"topic": "Семья", "marks": [{"value": "5"}]}
    assert found["student"]["name"]
    assert (found["student"]["card"], found["student"]["guardianships"], found["student"]["enrolments"]) == (
        None,
        [],
        [],
    )
    assert found["other"] is None, "nothing of other lessons of the same journal"
    assert (await desk.refused("recordLesson", {**record, "lessonId": other.gid}, who))[0] == "NOT_FOUND"
    mine = {"lessonId": (await desk.lesson("5А", "Биол.")).gid, "topic": "Клетка"}
    await desk.done("recordLesson", mine, "teacher")
    assert "asSubstitute" not in json.loads((await desk.entries())[-1]["input"])

    await desk.done("endSubstitution", lesson_id(lesson.id))
    for name, again in (("recordLesson", record), ("setMark", mark)):
        assert (await desk.refused(name, again, who))[0] == "NOT_FOUND"
    after = await seen(desk, who, lesson, other)
    assert (after["record"], after["student"]) == (None, None)


async def test_the_absent_teacher_keeps_the_journal(desk: Desk) -> None:
    lesson = await desk.lesson("5А", "Биол.")
    given = {**lesson_id(lesson.id), **WHY, "staffId": gid("Staff", await desk.staff("t010"))}
    await desk.done("substituteLesson", given)
    text = "query($id: ID!) { node(id: $id) { ... on LessonRecord { version } } }"
    found = await desk.school.data(text, {"id": gid("LessonRecord", lesson.id)}, as_="teacher")
    assert found["node"]["version"] == 2


async def test_a_substituted_lesson_is_in_both_timetables(desk: Desk) -> None:
    """In that of who gives it, and in that of the teacher whose lesson it is; no more once it is given back."""
    group, stands_in = await desk.group("9А"), await desk.staff("t010")
    lesson = await desk.put(group, "21:00", day=NEXT)
    text = (
        'query($id: ID!) { node(id: $id) { ... on Staff { lessons(since: "2026-05-26", until: "2026-05-26",'
        " first: 50) { totalCount nodes { id } } } } }"
    )

    async def has(staff: int) -> bool:
        page = (await desk.school.data(text, {"id": gid("Staff", staff)}, as_="deputy"))["node"]["lessons"]
        assert page["totalCount"] == len({each["id"] for each in page["nodes"]})
        return gid("Lesson", lesson) in [each["id"] for each in page["nodes"]]

    assert (await has(group["staff_id"]), await has(stands_in)) == (True, False)
    await desk.done("substituteLesson", {**lesson_id(lesson), **WHY, "staffId": gid("Staff", stands_in)})
    assert (await has(group["staff_id"]), await has(stands_in)) == (True, True)
    await desk.done("endSubstitution", lesson_id(lesson))
    assert (await has(group["staff_id"]), await has(stands_in)) == (True, False)


async def test_reasons_are_for_those_concerned(desk: Desk) -> None:
    """Who holds the lesson reads why it was moved; another teacher does not; families have no such field."""
    lesson = await desk.lesson("5А", "Биол.", days=5)
    await desk.done("moveLesson", {**lesson_id(lesson.id), **WHY, **at("21:00")})
    text = "query($id: ID!) { node(id: $id) { ... on Lesson { corrections { reason } } } }"
    for login, expected in (("teacher", [WHY]), ("deputy", [WHY]), ("director", [WHY]), ("teacher-parent", [])):
        found = await desk.school.data(text, {"id": lesson.gid}, as_=login)
        assert found["node"]["corrections"] == expected, login
    for login in ("parent", "student", "secretary", "analyst", "hr"):
        assert "errors" in await desk.school.ask(text, {"id": lesson.gid}, as_=login), login


async def record(desk: Desk, staff: int, starts_on: date, ends_on: date | None, as_: str = "deputy") -> str:
    """A new absence."""
    given = {"staffId": gid("Staff", staff), "kind": "SICK_LEAVE", "startsOn": str(starts_on)}
    given |= {"endsOn": str(ends_on)} if ends_on else {}
    found: str = (await desk.done("recordStaffAbsence", given, as_))["absence"]["id"]
    return found


async def test_absences(desk: Desk) -> None:
    """Recorded by the deputy or HR, one at a time for everybody, ended and corrected; each version is kept."""
    staff = await desk.staff("class-teacher")
    absence = await record(desk, staff, date(2026, 6, 1), None, "hr")
    again = {"staffId": gid("Staff", staff), "kind": "LEAVE", "startsOn": "2026-06-10", "endsOn": "2026-06-20"}
    assert await desk.refused("recordStaffAbsence", again) == ("ABSENT_ALREADY", "startsOn", "6.5")
    end = {"absenceId": absence, "endsOn": "2026-06-05", "ifVersion": 1}
    ended = (await desk.done("endStaffAbsence", end))["absence"]
    assert (ended["endsOn"], ended["version"]) == ("2026-06-05", 2)
    assert await desk.refused("endStaffAbsence", end) == ("CONFLICT", "ifVersion", None)
    number = await desk.db.fetchval("SELECT max(id) FROM staff_absence")
    assert len(await desk.history("staff_absence", number)) == 1
    change = {"absenceId": absence, "endsOn": "2026-05-31"}
    assert await desk.refused("updateStaffAbsence", change) == ("BAD_INPUT", "endsOn", None)
    assert await desk.refused("updateStaffAbsence", {**change, "endsOn": "2028-01-01"}) == ("BAD_INPUT", "endsOn", None)
    changed = (await desk.done("updateStaffAbsence", {"absenceId": absence, "kind": "OTHER"}, "hr"))["absence"]
    assert (changed["kind"], changed["startsOn"], changed["version"]) == ("OTHER", "2026-06-01", 3)
    assert (await desk.done("updateStaffAbsence", {"absenceId": absence, "kind": "OTHER"}))["absence"]["version"] == 3
    later = {**again, "idempotencyKey": "once"}
    first = (await desk.done("recordStaffAbsence", later))["absence"]
    assert (await desk.done("recordStaffAbsence", later))["absence"] == first
    clash = {"absenceId": absence, "endsOn": "2026-06-10"}
    assert await desk.refused("updateStaffAbsence", clash) == ("ABSENT_ALREADY", "startsOn", "6.5")
    foreign = await desk.db.fetchrow(
        "SELECT a.id, a.staff_id FROM staff_absence AS a JOIN school USING (school_id) WHERE code = 'other' LIMIT 1"
    )
    nowhere = {**again, "staffId": gid("Staff", foreign["staff_id"])}
    assert await desk.refused("recordStaffAbsence", nowhere) == ("NOT_FOUND", "staffId", None)
    abroad = {**clash, "absenceId": gid("StaffAbsence", foreign["id"])}
    assert await desk.refused("updateStaffAbsence", abroad) == ("NOT_FOUND", "absenceId", None)


async def test_who_sees_absences(desk: Desk) -> None:
    """The deputy, the director and HR; the teacher their own; a colleague nobody's, and the rest have no such field."""
    staff = await desk.staff("teacher")
    absence = await record(desk, staff, date(2026, 7, 1), date(2026, 7, 2))
    for login, sees in (
        ("deputy", True),
        ("director", True),
        ("hr", True),
        ("teacher", True),
        ("class-teacher", False),
    ):
        found = await desk.school.data(STAFF, {"id": gid("Staff", staff)}, as_=login)
        assert (absence in [each["id"] for each in found["node"]["absences"]]) is sees, login
    for login in ("secretary", "administrator", "parent", "student", "analyst"):
        assert "errors" in await desk.school.ask(STAFF, {"id": gid("Staff", staff)}, as_=login), login
    text = '{ school { staffAbsences(since: "2026-07-01", until: "2026-07-01", first: 10) { nodes { id } } } }'
    found = await desk.school.data(text, as_="deputy")
    assert [each["id"] for each in found["school"]["staffAbsences"]["nodes"]] == [absence]


async def test_lessons_to_cover(desk: Desk) -> None:
    """The absent teacher's lessons, and those they were to give for others; those given to others are covered."""
    group, other = await desk.group("10Б"), await desk.group("9Б")
    staff, stranger = group["staff_id"], await desk.staff("t010")
    assert staff != stranger
    own = [await desk.put(group, hour, day=NEXT) for hour in ("17:00", "18:00", "19:00")]
    for_another = await desk.put(other, "20:00", day=NEXT, teacher_id=stranger, substitute_id=staff)
    before = await desk.put(group, "17:00")
    await desk.done("cancelLesson", {**lesson_id(own[2]), **WHY})
    absence = await record(desk, staff, NEXT, NEXT)
    await desk.done("substituteLesson", {**lesson_id(own[0]), **WHY, "staffId": gid("Staff", stranger)})

    async def lessons(covered: bool | None) -> set[str]:
        answer = await desk.school.data(COVER, {"id": absence, "covered": covered}, as_="deputy")
        page = answer["node"]["lessonsToCover"]
        assert page["totalCount"] == len(page["nodes"])
        return {each["id"] for each in page["nodes"]}

    ids = {name: gid("Lesson", each) for name, each in (("given", own[0]), ("left", own[1]), ("other", for_another))}
    assert await lessons(True) == {ids["given"]}
    assert {ids["left"], ids["other"]} <= await lessons(False)
    assert await lessons(None) == await lessons(True) | await lessons(False)
    assert not {gid("Lesson", own[2]), gid("Lesson", before)} & await lessons(None)
    theirs = await desk.put(other, "21:00", day=NEXT, teacher_id=stranger)
    away = {**lesson_id(theirs), **WHY, "staffId": gid("Staff", staff)}
    assert await desk.refused("substituteLesson", away) == ("TEACHER_AWAY", "staffId", "6.5")
    back = {**lesson_id(before), **WHY, "date": str(NEXT), **at("21:30")}
    assert await desk.refused("moveLesson", back) == ("TEACHER_AWAY", "date", "6.5")


async def test_free_teachers(desk: Desk) -> None:
    """Whoever teaches and is free then: not the busy, the absent, the dismissed; the subject's own teachers first."""
    group, other = await desk.group("9А"), await desk.group("9Б")
    lesson = await desk.put(group, "16:00")

    async def free() -> list[str]:
        found = await desk.school.data(FREE, {"id": gid("Lesson", lesson)}, as_="deputy")
        return [each["id"] for each in found["node"]["freeTeachers"]]

    first = await free()
    assert gid("Staff", group["staff_id"]) not in first
    assert gid("Staff", await desk.staff("secretary")) not in first
    colleagues = await desk.db.fetch(
        "SELECT DISTINCT staff_id FROM teaching_assignment WHERE school_id = $1 AND subject_id = $2 AND staff_id <> $3"
        " AND starts_on <= $4 AND ends_on >= $4",
        *(group["school_id"], group["subject_id"], group["staff_id"], DAY),
    )
    near = {gid("Staff", each[0]) for each in colleagues}
    assert set(first[: len(near)]) == near
    busy, absent, gone = (int(each) for each in (await _numbers(desk, first))[-3:])
    await desk.put(other, "16:10", teacher_id=busy)
    await record(desk, absent, DAY, DAY)
    await desk.db.execute("UPDATE staff SET dismissed_on = '2026-05-24' WHERE id = $1", gone)
    assert set(first) - set(await free()) == {gid("Staff", each) for each in (busy, absent, gone)}
    for login in ("teacher", "hr", "secretary", "parent", "analyst"):
        assert "errors" in await desk.school.ask(FREE, {"id": gid("Lesson", lesson)}, as_=login), login


async def _numbers(desk: Desk, ids: list[str]) -> list[int]:
    rows = await desk.db.fetch("SELECT id FROM staff")
    known = {gid("Staff", row["id"]): row["id"] for row in rows}
    return [known[each] for each in ids]
