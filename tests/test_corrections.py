"""Corrections of dated lessons (6.5): who may, what is refused and how, what stands afterwards, and two at once."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest

from server.demo import Demo

from .corrections_help import ABSENCES, CORRECTIONS, DAY, NEXT, PAYLOADS, Desk, at, lesson_id, opened
from .journal_help import gid, move_day
from .test_races import until_blocked

WHY = {"reason": "Совещание"}
TODAY = date(2026, 5, 20)


@pytest.fixture(scope="module")
async def desk(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Desk]:
    """A school for this module to write in: each test at lessons and times of its own."""
    async with opened(cluster, demo_template) as desk:
        yield desk


async def inputs(desk: Desk, lesson: int) -> dict[str, dict[str, Any]]:
    """An input for each command that the deputy would be granted."""
    group, row = await desk.group("5А"), await desk.row(lesson)
    staff = gid("Staff", await desk.staff("t010"))
    of = lesson_id(lesson)
    return {
        "moveLesson": {**of, **WHY, "number": 10},
        "cancelLesson": {**of, **WHY},
        "restoreLesson": of,
        "addLesson": {
            "groupId": gid("StudyGroup", group["id"]),
            "subjectId": gid("Subject", group["subject_id"]),
            **WHY,
            "date": str(NEXT),
            "number": 11,
            **at("22:30"),
        },
        "replaceLesson": {**of, **WHY, "subjectId": gid("Subject", row["subject_id"])},
        "substituteLesson": {**of, **WHY, "staffId": staff},
        "substituteLessons": {"entries": [{**of, "staffId": staff}], **WHY},
        "endSubstitution": of,
        "endSubstitutions": {"entries": [of]},
        "changeRoom": {**of, "roomId": None},
        "recordStaffAbsence": {"staffId": staff, "kind": "OTHER", "startsOn": "2026-06-10"},
        "updateStaffAbsence": {"absenceId": gid("StaffAbsence", 1), "kind": "OTHER"},
        "endStaffAbsence": {"absenceId": gid("StaffAbsence", 1), "endsOn": "2026-06-10"},
    }


OTHERS = (
    *("teacher", "class-teacher", "teacher-parent", "director", "secretary", "hr", "administrator"),
    *("student", "parent", "analyst", "service"),
)


@pytest.mark.parametrize("login", OTHERS)
async def test_nobody_else_has_the_commands(desk: Desk, login: str) -> None:
    lesson = await desk.put(await desk.group("5А"), "21:00")
    before = await desk.digest()
    for name, given in (await inputs(desk, lesson)).items():
        if login == "hr" and name in ABSENCES:
            continue
        kind = name[0].upper() + name[1:]
        text = f"mutation($input: {kind}Input!) {{ {name}(input: $input) {{ __typename }} }}"
        answer = await desk.school.ask(text, {"input": given}, as_=login)
        assert answer.get("data") is None, (name, answer)
        assert {error["extensions"]["code"] for error in answer["errors"]} == {"BAD_REQUEST"}
        assert any(f"'{name}'" in error["message"] for error in answer["errors"]), "the field does not exist for them"
    assert await desk.digest() == before
    await desk.db.execute("DELETE FROM lesson WHERE id = $1", lesson)


@pytest.mark.parametrize("name", [name for name in CORRECTIONS if name != "addLesson"])
async def test_another_schools_lesson_is_not_there(desk: Desk, name: str) -> None:
    other = await desk.db.fetchval(
        "SELECT lesson.id FROM lesson JOIN school USING (school_id) WHERE code = 'other' AND date = $1 LIMIT 1", DAY
    )
    given, nothing = (await inputs(desk, other))[name], (await inputs(desk, other))[name]
    field = "entries.0.lessonId" if name in {"substituteLessons", "endSubstitutions"} else "lessonId"
    (nothing["entries"][0] if "entries" in nothing else nothing)["lessonId"] = gid("Lesson", 2**40)
    assert await desk.refused(name, given) == ("NOT_FOUND", field, None)
    assert await desk.run(name, given) == await desk.run(name, nothing)


async def test_move(desk: Desk) -> None:
    """Day, number and room; the bells give the times; where it stood is kept, with reason, moment and hand."""
    lesson = await desk.put(await desk.group("5А"), "20:00", room_id=await desk.room())
    room = await desk.room(1)
    given = {**lesson_id(lesson), **WHY, "date": str(NEXT), "number": 0, "roomId": gid("Room", room), "ifVersion": 1}
    moved = (await desk.done("moveLesson", given))["lesson"]
    assert (moved["date"], moved["number"], moved["startsAt"], moved["endsAt"]) == (
        str(NEXT),
        0,
        "07:10:00",
        "07:50:00",
    )
    assert (moved["movedFrom"], (await desk.row(lesson))["room_id"]) == (str(DAY), room)
    assert moved["version"] > 1
    (correction,) = moved["corrections"]
    assert (correction["kind"], correction["reason"]) == ("MOVED", "Совещание")
    assert (correction["date"], correction["number"]) == (str(DAY), 9)
    assert correction["madeBy"]["name"]
    kept, *_ = await desk.history("lesson", lesson)
    assert (json.loads(kept["row"])["date"], kept["version"]) == (str(DAY), 1)
    entry = (await desk.entries())[-1]
    assert (entry["login"], entry["command"], entry["outcome"]) == ("deputy", "moveLesson", "done")
    assert json.loads(entry["input"])["reason"] == "Совещание"
    again = (await desk.done("moveLesson", {**given, "ifVersion": moved["version"]}))["lesson"]
    assert (again["version"], len(again["corrections"])) == (moved["version"], 1), "a repeat changes nothing"
    assert await desk.refused("moveLesson", {**given, "number": 1}) == ("CONFLICT", "ifVersion", None)
    back = {**lesson_id(lesson), **WHY, "date": str(DAY), "number": 9, **at("20:00")}
    back_again = (await desk.done("moveLesson", back))["lesson"]
    assert (back_again["movedFrom"], len(back_again["corrections"])) == (None, 2)


async def test_only_what_is_sent_moves(desk: Desk) -> None:
    lesson = await desk.put(await desk.group("5А"), "19:00", room_id=await desk.room())
    moved = (await desk.done("moveLesson", {**lesson_id(lesson), **WHY, **at("18:30")}))["lesson"]
    assert (moved["date"], moved["number"], moved["startsAt"]) == (str(DAY), 9, "18:30:00")
    assert moved["movedFrom"] is None
    assert moved["room"] is not None
    assert (await desk.done("moveLesson", {**lesson_id(lesson), **WHY, "roomId": None}))["lesson"]["room"] is None


async def test_the_bells_are_those_of_the_day(desk: Desk) -> None:
    """A weekday may have bells of its own: a lesson moved or added there rings by them, whatever its number was."""
    group, saturday = await desk.group("5А"), date(2026, 5, 23)
    await desk.db.execute(
        "WITH short AS (INSERT INTO bell_schedule (school_id, year_id, shift, weekday, name, changed_at)"
        " SELECT school_id, year_id, 1, 6, 'Суббота', now() FROM school_class WHERE school_id = $1 AND id ="
        " (SELECT class_id FROM study_group WHERE id = $2) RETURNING school_id, id) INSERT INTO bell (school_id,"
        " schedule_id, number, starts_at, ends_at) SELECT school_id, id, 9, time '15:20', time '15:40' FROM short",
        *(group["school_id"], group["id"]),
    )
    lesson = await desk.put(group, "20:30")
    there = {**lesson_id(lesson), **WHY, "date": str(saturday)}
    moved = (await desk.done("moveLesson", there))["lesson"]
    assert (moved["number"], moved["startsAt"], moved["endsAt"]) == (9, "15:20:00", "15:40:00")
    other = {**there, "number": 8}
    assert await desk.refused("moveLesson", other) == ("BAD_INPUT", "number", None), "Saturdays have no eighth lesson"
    await desk.done("moveLesson", {**lesson_id(lesson), **WHY, "date": str(NEXT), **at("20:30")})
    add = {"groupId": gid("StudyGroup", group["id"]), "subjectId": gid("Subject", group["subject_id"]), **WHY}
    added = (await desk.done("addLesson", {**add, "date": str(saturday), "number": 9}))["lesson"]
    assert added["startsAt"] == "15:20:00"
    back = (await desk.done("moveLesson", {**lesson_id(lesson), **WHY, "date": str(DAY), "number": 0}))["lesson"]
    assert back["startsAt"] == "07:10:00", "other days have the usual bells"


async def test_a_room_out_of_use(desk: Desk) -> None:
    """No lesson is put into a room that is archived; one that stands there may go elsewhere."""
    group, room = await desk.group("5Б"), await desk.room(5)
    lesson = await desk.put(group, "21:00", room_id=room)
    await desk.db.execute("UPDATE room SET archived_on = '2026-05-01' WHERE id = $1", room)
    there = {"roomId": gid("Room", room)}
    elsewhere = await desk.put(group, "21:30", day=NEXT)
    move = {**lesson_id(elsewhere), **WHY, **there}
    assert await desk.refused("moveLesson", move) == ("NOT_FOUND", "roomId", None)
    assert await desk.refused("changeRoom", {**lesson_id(elsewhere), **there}) == ("NOT_FOUND", "roomId", None)
    assert (await desk.done("changeRoom", {**lesson_id(lesson), "roomId": None}))["lesson"]["room"] is None
    await desk.db.execute("UPDATE room SET archived_on = NULL WHERE id = $1", room)


async def test_the_journal_moves_with_its_lesson(desk: Desk) -> None:
    """Marks and absences follow to a day that has come; not to one that has not, and not away by cancelling."""
    lesson = await desk.lesson("5А", "Биол.", days=0)
    task = await desk.task(lesson)
    await desk.done("setMark", {"taskId": task, "studentId": lesson.student(), "value": "5"})
    await desk.done("takeRollCall", {"lessonId": lesson.gid, "absent": [{"studentId": lesson.student(1)}]})
    of = lesson_id(lesson.id)
    assert await desk.refused("cancelLesson", {**of, **WHY}) == ("LESSON_HAS_RECORDS", "lessonId", "7.2")
    assert await desk.refused("moveLesson", {**of, **WHY, "date": str(DAY)}) == ("LESSON_HAS_RECORDS", "date", "7.2")
    yesterday = TODAY - timedelta(days=1)
    moved = (await desk.done("moveLesson", {**of, **WHY, "date": str(yesterday), **at("21:30")}))["lesson"]
    assert (moved["date"], moved["state"]) == (str(yesterday), "HELD")
    for table in ("task", "mark", "attendance", "roll_call"):
        dates = await desk.db.fetch(f"SELECT lesson_date FROM {table} WHERE lesson_id = $1", lesson.id)
        assert {row[0] for row in dates} == {yesterday}
    newcomer = lesson.students[0]
    await desk.db.execute("UPDATE enrolment SET starts_on = $2 WHERE student_id = $1", newcomer, yesterday)
    before = {**of, **WHY, "date": str(yesterday - timedelta(days=1)), **at("21:30")}
    assert await desk.refused("moveLesson", before) == ("NOT_IN_GROUP", "date", None)


async def test_days_without_lessons(desk: Desk) -> None:
    lesson = await desk.put(await desk.group("5А"), "17:30")
    move = {**lesson_id(lesson), **WHY}
    for day in ("2026-06-10", "2026-05-09", "2024-01-10", "2027-09-10"):
        assert await desk.refused("moveLesson", {**move, "date": day}) == ("NOT_A_SCHOOL_DAY", "date", "6.1")
    group = await desk.group("5А")
    add = {"groupId": gid("StudyGroup", group["id"]), "subjectId": gid("Subject", group["subject_id"]), **WHY}
    add |= {"number": 1, "date": "2026-05-09"}
    assert await desk.refused("addLesson", add) == ("NOT_A_SCHOOL_DAY", "date", "6.1")
    await desk.db.execute("UPDATE holiday SET ends_on = starts_on WHERE starts_on = '2026-05-09'")
    assert (await desk.refused("addLesson", {**add, "date": "2026-05-11"}))[0] == "NOT_A_SCHOOL_DAY", "a day off"


async def test_a_day_that_was_given_away(desk: Desk) -> None:
    """No lesson is put into a day whose lessons are taught on another (6.1); other grades have theirs, as usual."""
    five, nine = await desk.group("5А"), await desk.group("9А")
    lessons = [await desk.put(group, "17:00", NEXT) for group in (five, nine)]
    await move_day(desk.db, str(DAY), "2026-05-23", [9, 10])
    moves = [{**lesson_id(each), **WHY, **at("23:00"), "date": str(DAY), "number": 11} for each in lessons]
    await desk.done("moveLesson", moves[0])
    assert await desk.refused("moveLesson", moves[1]) == ("NOT_A_SCHOOL_DAY", "date", "6.1")
    add = {"groupId": gid("StudyGroup", nine["id"]), "subjectId": gid("Subject", nine["subject_id"]), **WHY}
    add |= {"number": 11, **at("23:00")}
    assert await desk.refused("addLesson", {**add, "date": str(DAY)}) == ("NOT_A_SCHOOL_DAY", "date", "6.1")
    await desk.done("addLesson", {**add, "date": "2026-05-23"})
    await desk.db.execute("UPDATE lesson SET state = 'cancelled', date = $2 WHERE id = $1", lessons[1], DAY)
    restore = lesson_id(lessons[1])
    assert await desk.refused("restoreLesson", restore) == ("NOT_A_SCHOOL_DAY", "lessonId", "6.1")
    await desk.db.execute("DELETE FROM day_transfer WHERE from_date = $1", DAY)
    await desk.done("restoreLesson", restore)
    await desk.db.execute("UPDATE lesson SET state = 'cancelled' WHERE id = ANY($1)", lessons)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"reason": " "}, ("BAD_INPUT", "reason", None)),
        ({"reason": "я" * 1001}, ("BAD_INPUT", "reason", None)),
        ({"number": 15}, ("BAD_INPUT", "number", None)),
        ({"number": 12}, ("BAD_INPUT", "number", None)),
        ({"startsAt": "10:00:00"}, ("BAD_INPUT", "endsAt", None)),
        ({"startsAt": "10:00:00", "endsAt": "09:00:00"}, ("BAD_INPUT", "endsAt", None)),
        ({"roomId": gid("Room", 2**40)}, ("NOT_FOUND", "roomId", None)),
        ({"ifVersion": 7}, ("CONFLICT", "ifVersion", None)),
    ],
)
async def test_bad_moves(desk: Desk, given: dict[str, Any], expected: tuple[str, str, str | None]) -> None:
    lesson = await desk.put(await desk.group("5А"), "17:00")
    assert await desk.refused("moveLesson", {**lesson_id(lesson), **WHY, **given}) == expected
    await desk.db.execute("DELETE FROM lesson WHERE id = $1", lesson)


async def test_null_for_what_a_lesson_needs(desk: Desk) -> None:
    """What is sent as null is not "unchanged"."""
    lesson = await desk.put(await desk.group("5А"), "17:00", day=NEXT)
    for name in ("date", "number"):
        result = await desk.run("moveLesson", {**lesson_id(lesson), **WHY, name: None})
        assert (result["code"], result["field"]) == ("BAD_INPUT", name)


async def test_nobody_in_two_places(desk: Desk) -> None:
    """A teacher, a substitute, a room, a class, a subgroup of it, two groups with a student in common."""
    whole, other = await desk.group("5Б"), await desk.group("9А")
    part, fellow = await desk.group("5Б", "Англ. яз.", 0), await desk.group("5Б", "Англ. яз.", 1)
    teacher, stranger, room = whole["staff_id"], await desk.staff("t010"), await desk.room()
    assert part["id"] != fellow["id"]
    there = await desk.put(whole, "16:00", room_id=room)
    move = {**WHY, **at("16:20"), "number": 10}

    async def clash(lesson: int, **more: Any) -> tuple[str, str, str | None]:
        result = await desk.refused("moveLesson", {**lesson_id(lesson), **move, **more})
        answer = await desk.run("moveLesson", {**lesson_id(lesson), **move, **more})
        assert answer["objectIds"] == [gid("Lesson", there)]
        assert "5Б" in answer["message"]
        return result

    free = {"teacher_id": stranger}
    cases = [
        await desk.put(other, "15:00", teacher_id=teacher),
        await desk.put(whole, "15:00", day=NEXT, **free),
        await desk.put(part, "15:00", day=NEXT, **free),
    ]
    for case in cases:
        assert await clash(case, date=str(DAY)) == ("LESSON_COLLISION", "date", "6.1")
    stands_in = await desk.put(other, "15:30", teacher_id=stranger, substitute_id=teacher)
    assert await clash(stands_in) == ("LESSON_COLLISION", "date", "6.1")
    elsewhere = await desk.put(other, "14:30", **free)
    assert await clash(elsewhere, roomId=gid("Room", room)) == ("LESSON_COLLISION", "roomId", "6.1")
    assert (await desk.done("moveLesson", {**lesson_id(elsewhere), **move}))["lesson"]["number"] == 10
    given = {**lesson_id(elsewhere), "staffId": gid("Staff", teacher), **WHY}
    assert await desk.refused("substituteLesson", given) == ("LESSON_COLLISION", "staffId", "6.1")
    given = {**lesson_id(elsewhere), "roomId": gid("Room", room)}
    assert await desk.refused("changeRoom", given) == ("LESSON_COLLISION", "roomId", "6.1")
    await desk.db.execute("UPDATE lesson SET state = 'cancelled' WHERE id = $1", there)
    assert (await desk.done("changeRoom", given))["lesson"]["room"], "a cancelled lesson is in nobody's way"
    assert await desk.refused("restoreLesson", lesson_id(there)) == ("LESSON_COLLISION", "lessonId", "6.1")


async def test_subgroups_side_by_side(desk: Desk) -> None:
    """Two halves of a class may be taught at once; not halves of two subjects that have a student in common."""
    part, fellow = await desk.group("9А", "Англ. яз.", 0), await desk.group("9А", "Англ. яз.", 1)
    shared = await desk.db.fetchval(
        "SELECT group_id FROM group_member JOIN study_group AS g ON g.id = group_id WHERE g.subject_id <> $2"
        " AND student_id IN (SELECT student_id FROM group_member WHERE group_id = $1) LIMIT 1",
        *(part["id"], part["subject_id"]),
    )
    (other,) = [each for each in [await desk.group("9А", "Инф.", half) for half in (0, 1)] if each["id"] == shared]
    there = await desk.put(part, "14:10", day=NEXT, teacher_id=await desk.staff("t010"))
    half = await desk.put(fellow, "15:30", day=NEXT, teacher_id=await desk.staff("t011"))
    both = await desk.put(other, "15:30", day=NEXT, teacher_id=await desk.staff("t012"))
    together = {**WHY, **at("14:10")}
    assert await desk.refused("moveLesson", {**lesson_id(both), **together}) == ("LESSON_COLLISION", "date", "6.1")
    moved = (await desk.done("moveLesson", {**lesson_id(half), **together}))["lesson"]
    assert moved["startsAt"] == "14:10:00"
    await desk.db.execute("UPDATE lesson SET state = 'cancelled' WHERE id = ANY($1)", [there, half, both])


async def test_two_deputies_one_slot(desk: Desk) -> None:
    """Two lessons moved into one slot at once, and a third one added there: one of them is there first."""
    whole, other = await desk.group("5А"), await desk.group("9А")
    lessons = [await desk.put(whole, "18:00"), await desk.put(other, "18:00", teacher_id=whole["staff_id"])]
    await desk.db.execute("UPDATE lesson SET date = $2 WHERE id = $1", lessons[1], NEXT)
    add = {"groupId": gid("StudyGroup", whole["id"]), "subjectId": gid("Subject", whole["subject_id"]), **WHY}
    slot = {"date": str(DAY), "number": 12, **at("22:00")}
    key = f"lessons {whole['school_id']} {DAY}"
    db = await asyncpg.connect(desk.school.url)
    async with db.transaction():
        await db.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", key)
        running = [
            *(asyncio.ensure_future(desk.run("moveLesson", {**lesson_id(each), **WHY, **slot})) for each in lessons),
            asyncio.ensure_future(desk.run("addLesson", {**add, **slot})),
        ]
        await until_blocked(desk, 3)
    await db.close()
    results = await asyncio.gather(*running)
    codes = sorted(result.get("code", "done") for result in results)
    assert codes == ["LESSON_COLLISION", "LESSON_COLLISION", "done"]
    there = await desk.db.fetchval("SELECT count(*) FROM lesson WHERE date = $1 AND starts_at = '22:00'", DAY)
    assert there == 1


async def test_cancel_and_restore(desk: Desk) -> None:
    lesson = await desk.put(await desk.group("5Б"), "17:00")
    assert await desk.refused("cancelLesson", {**lesson_id(lesson), "reason": ""}) == ("BAD_INPUT", "reason", None)
    cancelled = (await desk.done("cancelLesson", {**lesson_id(lesson), **WHY}))["lesson"]
    assert (cancelled["state"], [each["kind"] for each in cancelled["corrections"]]) == ("CANCELLED", ["CANCELLED"])
    again = (await desk.done("cancelLesson", {**lesson_id(lesson), **WHY}))["lesson"]
    assert (again["version"], len(again["corrections"])) == (2, 1)
    for name in ("moveLesson", "replaceLesson", "substituteLesson", "changeRoom"):
        given = (await inputs(desk, lesson))[name]
        assert await desk.refused(name, given) == ("LESSON_CANCELLED", "lessonId", "6.5")
    restored = (await desk.done("restoreLesson", lesson_id(lesson)))["lesson"]
    assert (restored["state"], len(restored["corrections"])) == ("PLANNED", 2)
    assert (await desk.done("restoreLesson", lesson_id(lesson)))["lesson"]["version"] == restored["version"] > 2


async def test_a_lesson_that_was_held_is_not_cancelled(desk: Desk) -> None:
    """What the teacher has recorded of it would be lost with it, even where nobody was absent or had a mark."""
    lesson = await desk.lesson("5А", "Биол.", days=0)
    await desk.done("recordLesson", {"lessonId": lesson.gid, "material": "Клетка"}, "teacher")
    assert (await desk.row(lesson.id))["state"] == "held"
    assert await desk.refused("cancelLesson", {**lesson_id(lesson.id), **WHY}) == (
        *("LESSON_HAS_RECORDS", "lessonId"),
        "7.2",
    )


async def test_add(desk: Desk) -> None:
    """By whoever teaches the subject there; a repeat under the same key adds no second lesson."""
    group = await desk.group("9Б")
    given = {"groupId": gid("StudyGroup", group["id"]), "subjectId": gid("Subject", group["subject_id"]), **WHY}
    given |= {"date": str(NEXT), "number": 0, "idempotencyKey": "add once"}
    added = (await desk.done("addLesson", given))["lesson"]
    assert (added["startsAt"], added["state"]) == ("07:10:00", "PLANNED")
    assert added["teacher"]["id"] == gid("Staff", group["staff_id"])
    assert [(each["kind"], each["date"]) for each in added["corrections"]] == [("ADDED", None)]
    assert (await desk.done("addLesson", given))["lesson"]["id"] == added["id"]
    stranger = {**given, "idempotencyKey": "another", "teacherId": gid("Staff", await desk.staff("hr"))}
    assert await desk.refused("addLesson", stranger) == ("NOT_TAUGHT", "teacherId", "5.2")
    nowhere = {**given, "idempotencyKey": "a third", "subjectId": gid("Subject", 2**40)}
    assert await desk.refused("addLesson", nowhere) == ("NOT_TAUGHT", "subjectId", "5.2")
    there = {**given, "idempotencyKey": "a fourth"}
    assert await desk.refused("addLesson", there) == ("LESSON_COLLISION", "teacherId", "6.1")
    reused = {**given, "number": 2}
    assert (await desk.refused("addLesson", reused))[0] == "IDEMPOTENCY_KEY_REUSED"


async def test_replace(desk: Desk) -> None:
    """Another subject of the same group, by its own teacher; not where the journal has been written."""
    group = await desk.group("10А")
    lesson = await desk.put(group, "16:30", topic="Старая тема", substitute_id=await desk.staff("t010"))
    other = await desk.db.fetchrow(
        "SELECT subject_id, staff_id FROM teaching_assignment AS a WHERE group_id = $1 AND subject_id <> $2"
        " AND starts_on <= $3 AND ends_on >= $3"
        " AND NOT EXISTS (SELECT FROM staff_absence AS b WHERE b.staff_id = a.staff_id"
        " AND b.starts_on <= $3 AND coalesce(b.ends_on, $3) >= $3) ORDER BY id LIMIT 1",
        *(group["id"], group["subject_id"], DAY),
    )
    given = {**lesson_id(lesson), **WHY, "subjectId": gid("Subject", other["subject_id"])}
    replaced = (await desk.done("replaceLesson", given))["lesson"]
    assert (replaced["teacher"]["id"], replaced["substitute"]) == (gid("Staff", other["staff_id"]), None)
    row = await desk.row(lesson)
    assert row["subject_id"] == other["subject_id"]
    assert row["topic"] != "Старая тема", "the topic of the other subject's plan"
    correction = await desk.db.fetchrow("SELECT * FROM lesson_correction WHERE lesson_id = $1", lesson)
    assert (correction["subject_id"], correction["teacher_id"]) == (group["subject_id"], group["staff_id"])
    foreign = {**given, "subjectId": gid("Subject", 2**40)}
    assert await desk.refused("replaceLesson", foreign) == ("NOT_TAUGHT", "subjectId", "5.2")
    at_lesson = {"lessonId": gid("Lesson", lesson), "workTypeId": gid("WorkType", 1)}
    await desk.done("addTask", at_lesson)
    back = {**given, "subjectId": gid("Subject", group["subject_id"])}
    assert await desk.refused("replaceLesson", back) == ("LESSON_HAS_RECORDS", "lessonId", "7.2")


async def test_a_replaced_lesson_of_the_past_is_of_no_topic(desk: Desk) -> None:
    """What was replaced yesterday is entered today: it counts no more for the plan of the subject that was not."""
    group, yesterday = await desk.group("10А"), TODAY - timedelta(days=1)
    topic = await desk.db.fetchval(
        "SELECT topic.id FROM topic JOIN topic_plan AS p ON p.id = plan_id"
        " JOIN topic_plan_assignment AS a ON a.plan_id = p.id WHERE group_id = $1 AND a.subject_id = $2 LIMIT 1",
        *(group["id"], group["subject_id"]),
    )
    lesson = await desk.put(group, "21:30", day=yesterday, topic="Тема", topic_id=topic, topic_pinned=True)
    other = await desk.db.fetchval(
        "SELECT subject_id FROM teaching_assignment AS a WHERE group_id = $1 AND subject_id <> $2 AND starts_on <= $3"
        " AND ends_on >= $3 AND NOT EXISTS (SELECT FROM staff_absence AS b WHERE b.staff_id = a.staff_id"
        " AND b.starts_on <= $3 AND coalesce(b.ends_on, $3) >= $3) ORDER BY id LIMIT 1",
        *(group["id"], group["subject_id"], yesterday),
    )
    await desk.done("replaceLesson", {**lesson_id(lesson), **WHY, "subjectId": gid("Subject", other)})
    row = await desk.row(lesson)
    assert (row["subject_id"], row["topic"], row["topic_id"], row["topic_pinned"]) == (other, None, None, False)


async def test_bulk_is_all_or_nothing(desk: Desk) -> None:
    """A teacher's day given to others at once; one impossible entry undoes all, and two entries may collide."""
    group, other = await desk.group("9А"), await desk.group("9Б")
    lessons = [await desk.put(group, "19:00", day=NEXT), await desk.put(other, "19:10", day=NEXT)]
    stranger, another = [gid("Staff", await desk.staff(login)) for login in ("t010", "t011")]
    entries = [{**lesson_id(each), "staffId": staff} for each, staff in zip(lessons, (stranger, stranger), strict=True)]
    found = await desk.refused("substituteLessons", {"entries": entries, **WHY})
    assert found == ("LESSON_COLLISION", "entries.0.staffId", "6.1")
    entries[1]["staffId"] = gid("Staff", 2**40)
    given = {"entries": entries, **WHY}
    assert await desk.refused("substituteLessons", given) == ("NOT_FOUND", "entries.1.staffId", None)
    entries[1]["staffId"] = gid("Staff", other["staff_id"])
    assert await desk.refused("substituteLessons", given) == ("BAD_INPUT", "entries.1.staffId", None)
    entries[1] |= {"staffId": another, "ifVersion": 4}
    assert await desk.refused("substituteLessons", given) == ("CONFLICT", "entries.1.ifVersion", None)
    twice = {"entries": [entries[0], entries[0]], **WHY}
    assert await desk.refused("substituteLessons", twice) == ("BAD_INPUT", "entries.1.lessonId", None)
    assert await desk.refused("substituteLessons", {"entries": [], **WHY}) == ("BAD_INPUT", "entries", None)
    entries[1]["ifVersion"] = 1
    done = (await desk.done("substituteLessons", given))["lessons"]
    assert [each["substitute"]["id"] for each in done] == [stranger, another]
    ended = (await desk.done("endSubstitution", lesson_id(lessons[0])))["lesson"]
    assert (ended["substitute"], ended["corrections"][-1]["kind"]) == (None, "SUBSTITUTION_ENDED")


async def test_substitutions_end_all_or_none(desk: Desk) -> None:
    """Lessons go back to their teachers at once; a teacher who has another lesson by now stops them all."""
    five, other = await desk.group("5А"), await desk.group("9Б")
    lessons = [await desk.put(five, "20:10", day=NEXT), await desk.put(other, "20:10", day=NEXT)]
    staff = [gid("Staff", await desk.staff(login)) for login in ("t010", "t011")]
    given = [{**lesson_id(each), "staffId": by} for each, by in zip(lessons, staff, strict=True)]
    await desk.done("substituteLessons", {"entries": given, **WHY})
    entries = [lesson_id(each) for each in lessons]
    assert await desk.refused("endSubstitutions", {"entries": []}) == ("BAD_INPUT", "entries", None)
    twice = {"entries": [*entries, entries[0]]}
    assert await desk.refused("endSubstitutions", twice) == ("BAD_INPUT", "entries.2.lessonId", None)
    seen = {"entries": [entries[0], {**entries[1], "ifVersion": 1}]}
    assert await desk.refused("endSubstitutions", seen) == ("CONFLICT", "entries.1.ifVersion", None)
    gone = {"entries": [entries[0], lesson_id(2**40)]}
    assert await desk.refused("endSubstitutions", gone) == ("NOT_FOUND", "entries.1.lessonId", None)
    busy = await desk.put(await desk.group("9А"), "20:20", day=NEXT, teacher_id=other["staff_id"])
    assert await desk.refused("endSubstitutions", {"entries": entries}) == (
        *("LESSON_COLLISION", "entries.1.lessonId", "6.1"),
    )
    await desk.db.execute("UPDATE lesson SET state = 'cancelled' WHERE id = $1", busy)
    done = (await desk.done("endSubstitutions", {"entries": entries, "reason": "Вышли на работу"}))["lessons"]
    assert [each["id"] for each in done] == [each["lessonId"] for each in entries]
    assert [each["substitute"] for each in done] == [None, None]
    kinds = await desk.db.fetch(
        "SELECT kind, reason FROM lesson_correction WHERE lesson_id = ANY($1) ORDER BY id DESC LIMIT 2", lessons
    )
    assert {tuple(row) for row in kinds} == {("substitution_ended", "Вышли на работу")}
    again = (await desk.done("endSubstitutions", {"entries": entries}))["lessons"]
    assert [each["version"] for each in again] == [each["version"] for each in done], "nothing is left to end"


def test_every_command_is_tried() -> None:
    assert set(PAYLOADS) == {*CORRECTIONS, *ABSENCES}
