"""A closed period: nothing that is written in its days changes, whichever way one comes; and several at once."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from server.demo import Demo

from .finals_help import JUNE, Finals, opened
from .journal_help import gid
from .test_races import until_blocked

CLOSED = "CB007"


@pytest.fixture(scope="module")
async def finals(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Finals]:
    """A school for this module to write in: each test closes a class, or a period, of its own."""
    async with opened(cluster, demo_template, JUNE) as finals:
        for login in ("teacher", "deputy", "class-teacher"):
            await finals.school.token(login)
        yield finals


async def of_class(finals: Finals, name: str) -> str:
    query = "SELECT id FROM school_class WHERE grade::text || letter = $1"
    return gid("SchoolClass", await finals.db.fetchval(query, name))


async def closed(finals: Finals, name: str, number: int = 4, kind: str = "quarter") -> dict[str, Any]:
    """Close a period of a class; gives the input."""
    given = {"periodId": await finals.period(kind, number), "classIds": [await of_class(finals, name)]}
    await finals.done("closePeriod", {**given, "withGaps": True})
    return given


# Closing and opening again.


async def test_closing_waits_for_marks_unless_told(finals: Finals) -> None:
    period, of = await finals.period(number=1), await of_class(finals, "9Б")
    given = {"periodId": period, "classIds": [of]}
    assert await finals.refused("closePeriod", given) == ("PERIOD_INCOMPLETE", "periodId", "7.7")
    assert (await finals.run("closePeriod", given))["objectIds"] == [of]
    page = {"classId": of, "kind": "PERIOD", "periodId": period, "withNotAttested": True}
    await finals.done("acceptProposedMarks", page)
    left = {"periodId": period, "value": "4"}
    query = "query($id: ID!, $p: ID!) { schoolClass(id: $id) { finalMarks(periodId: $p) { state %s } } }"
    cells = await finals.school.data(query % "student { id } subject { id }", {"id": of, "p": period}, as_="deputy")
    unset = [cell for cell in cells["schoolClass"]["finalMarks"] if cell["state"] == "NOT_SET"]
    for cell in unset:
        await finals.done(
            "setPeriodMark", {**left, "studentId": cell["student"]["id"], "subjectId": cell["subject"]["id"]}
        )
    (closing,) = (await finals.done("closePeriod", given))["closings"]
    assert (closing["reopenedAt"], closing["schoolClass"]["name"], closing["period"]["id"]) == (None, "9Б", period)
    assert (await finals.done("closePeriod", given))["closings"] == [closing], "a repeat does no harm"
    reopened = {**given, "reason": "Пересдача после болезни"}
    for bad, refusal in (
        ({"reason": " "}, ("BAD_INPUT", "reason", None)),
        ({"classIds": [gid("SchoolClass", 2**40)]}, ("NOT_FOUND", "classIds.0", None)),
        ({"periodId": gid("Period", 2**40), "classIds": None}, ("NOT_FOUND", "periodId", None)),
        ({"classIds": [await of_class(finals, "10А")]}, ("NOT_FOUND", "classIds.0", None)),
    ):
        assert await finals.refused("reopenPeriod", {**reopened, **bad}) == refusal
    (opened_,) = (await finals.done("reopenPeriod", reopened))["closings"]
    assert (opened_["id"], opened_["reason"]) == (closing["id"], "Пересдача после болезни")
    assert await finals.refused("reopenPeriod", reopened) == ("PERIOD_NOT_CLOSED", "classIds.0", None)
    again = (await finals.done("closePeriod", given))["closings"]
    assert again[0]["id"] != closing["id"]
    shown = "query($id: ID!) { schoolClass(id: $id) { periodClosings { id reopenedAt %s } } }"
    for login, secret in (("deputy", "reason"), ("director", "reason"), ("analyst", "")):
        found = await finals.school.data(shown % secret, {"id": of}, as_=login)
        assert [each["id"] for each in found["schoolClass"]["periodClosings"]] == [closing["id"], again[0]["id"]]
    assert (await finals.school.ask(shown % "reason", {"id": of}, as_="analyst"))["errors"]
    for statement in (
        "DELETE FROM period_closing",
        "UPDATE period_closing SET reason = '' WHERE reopened_at IS NOT NULL",
    ):
        with pytest.raises(asyncpg.RestrictViolationError):
            await finals.db.execute(statement)


async def test_a_whole_school_at_once(cluster: str, demo_template: tuple[str, Demo]) -> None:
    """Every class that is divided so, and no other; and not before the period's last day."""
    async with opened(cluster, demo_template) as finals:
        running = {"periodId": await finals.period(number=4), "withGaps": True}
        assert await finals.refused("closePeriod", running) == ("PERIOD_NOT_OVER", "periodId", "7.7")
        given = {"periodId": await finals.period(number=1), "withGaps": True}
        assert await finals.refused("reopenPeriod", {"periodId": given["periodId"], "reason": "Так"}) == (
            "PERIOD_NOT_CLOSED",
            "periodId",
            None,
        )
        names = [each["schoolClass"]["name"] for each in (await finals.done("closePeriod", given))["closings"]]
        assert sorted(names) == ["5А", "5Б", "9А", "9Б"]
        back = await finals.done("reopenPeriod", {"periodId": given["periodId"], "reason": "По ошибке"})
        assert len(back["closings"]) == 4


async def test_period_marks_stay(finals: Finals) -> None:
    """Those of the closed period; the year's and other periods' are still to be set."""
    pupil = await finals.pupil("10А", "Химия")
    of = {**pupil.of, "periodId": await finals.period("half_year", 1)}
    mark = (await finals.done("setPeriodMark", {**of, "value": "4"}))["mark"]["id"]
    given = await closed(finals, "10А", 1, "half_year")
    for login in ("deputy", "t010"):
        assert await finals.refused("setPeriodMark", {**of, "value": "5"}, login) == (
            "PERIOD_CLOSED",
            "periodId",
            "7.7",
        )
        assert await finals.refused("removeFinalMark", {"markId": mark}, login) == ("PERIOD_CLOSED", "markId", "7.7")
    several = {"entries": [{**of, "periodId": await finals.period("half_year", 2), "value": "5"}, {**of, "value": "5"}]}
    assert await finals.refused("setPeriodMarks", several) == ("PERIOD_CLOSED", "entries.1.periodId", "7.7")
    page = {"classId": given["classIds"][0], "kind": "PERIOD", "periodId": of["periodId"]}
    assert await finals.refused("acceptProposedMarks", page) == ("PERIOD_CLOSED", "periodId", "7.7")
    await finals.done("setAnnualMark", {**pupil.of, "yearId": await finals.year(), "value": "4"})
    await finals.done("setPeriodMarks", {"entries": several["entries"][:1]})
    await finals.done("reopenPeriod", {**given, "reason": "Ошибка"})
    await finals.done("setPeriodMark", {**of, "value": "5"})


LESSON = """
SELECT l.id, l.group_id, l.date FROM lesson AS l JOIN study_group AS g ON g.id = l.group_id
JOIN school_class AS c ON c.id = g.class_id
WHERE c.grade::text || c.letter = $1 AND l.date BETWEEN '2026-05-04' AND '2026-05-19' AND l.state = 'held'
    AND EXISTS (SELECT FROM mark WHERE mark.lesson_id = l.id) ORDER BY l.id LIMIT 1
"""
WRITES = {
    "lesson": "UPDATE lesson SET topic = 'Иначе' WHERE id = $1",
    "cancelled": "UPDATE lesson SET state = 'cancelled' WHERE id = $1",
    "moved out": "UPDATE lesson SET date = '2026-03-30' WHERE id = $1",
    "moved in": "UPDATE lesson SET date = '2026-05-20' WHERE id = (SELECT other.id FROM lesson AS other JOIN lesson AS"
    " this ON this.group_id = other.group_id WHERE this.id = $1 AND other.date = '2026-03-30' LIMIT 1)",
    "new lesson": "INSERT INTO lesson (school_id, group_id, subject_id, teacher_id, date, number, starts_at, ends_at,"
    " state, changed_at) SELECT school_id, group_id, subject_id, teacher_id, date, 13, '20:00', '20:40', 'held', now()"
    " FROM lesson WHERE id = $1",
    "task": "UPDATE task SET weight = 7 WHERE lesson_id = $1",
    "new task": "INSERT INTO task (school_id, lesson_id, lesson_date, work_type_id, position, weight, changed_at)"
    " SELECT school_id, lesson_id, lesson_date, work_type_id, 90, 1, now() FROM task WHERE lesson_id = $1 LIMIT 1",
    "task recipient": "INSERT INTO task_recipient (school_id, task_id, student_id) SELECT t.school_id, t.id,"
    " (SELECT min(id) FROM student) FROM task AS t WHERE t.lesson_id = $1 LIMIT 1",
    "mark": "UPDATE mark SET value = '1' WHERE lesson_id = $1",
    "mark gone": "DELETE FROM mark WHERE lesson_id = $1",
    "attendance": "INSERT INTO attendance (school_id, lesson_id, lesson_date, student_id, code, changed_at)"
    " SELECT school_id, lesson_id, lesson_date, student_id, 'illness', now() FROM mark WHERE lesson_id = $1"
    " AND student_id NOT IN (SELECT student_id FROM attendance WHERE lesson_id = $1) LIMIT 1",
    "roll call": "UPDATE roll_call SET version = version + 1 WHERE lesson_id = $1",
    "homework": "INSERT INTO homework (school_id, lesson_id, lesson_date, text, for_all, published_at, changed_at)"
    " SELECT school_id, id, date, 'Задание', true, now(), now() FROM lesson WHERE id = $1",
    "recipient": "INSERT INTO homework_recipient (school_id, homework_id, student_id) SELECT h.school_id, h.id,"
    " (SELECT min(id) FROM student) FROM homework AS h JOIN lesson AS l ON l.id = h.lesson_id JOIN lesson AS this"
    " ON this.group_id = l.group_id WHERE this.id = $1 AND l.date > '2026-05-01' AND h.for_all LIMIT 1",
}


async def test_no_path_evades_it(finals: Finals) -> None:
    """The database refuses each write by itself, and takes it in another class, and once the period is open again."""
    lesson, other = [await finals.db.fetchrow(LESSON, name) for name in ("5А", "5Б")]
    await finals.db.execute(
        "INSERT INTO lesson (school_id, group_id, subject_id, teacher_id, date, number, starts_at, ends_at, state,"
        " changed_at) SELECT school_id, group_id, subject_id, teacher_id, '2026-03-30', 12, '20:00', '20:40',"
        " 'planned', now() FROM lesson WHERE id = ANY($1)",
        [lesson["id"], other["id"]],
    )
    given = await closed(finals, "5А")

    async def write(name: str, at: int) -> str:
        """Do it and undo it; gives what it touched."""
        transaction = finals.db.transaction()
        await transaction.start()
        try:
            done: str = await finals.db.execute(WRITES[name], at)
            return done.split()[-1]
        finally:
            await transaction.rollback()

    for name in WRITES:
        with pytest.raises(asyncpg.PostgresError) as refused:
            await write(name, lesson["id"])
        assert refused.value.sqlstate == CLOSED, name
        assert int(await write(name, other["id"])) > 0, name
    with pytest.raises(asyncpg.PostgresError) as refused:
        await finals.db.execute("UPDATE period SET ends_on = ends_on - 1 WHERE number = 4")
    assert refused.value.sqlstate == CLOSED
    await finals.done("reopenPeriod", {**given, "reason": "Для проверки"})
    for name in WRITES:
        assert int(await write(name, lesson["id"])) > 0, name


async def test_teachers_are_told(finals: Finals) -> None:
    """The journal's own commands answer with the refusal, and write nothing."""
    lesson = await finals.db.fetchrow(LESSON, "9А")
    mark = await finals.db.fetchrow("SELECT * FROM mark WHERE lesson_id = $1 ORDER BY id LIMIT 1", lesson["id"])
    given = await closed(finals, "9А")
    for command, values in {
        "recordLesson": {"lessonId": gid("Lesson", lesson["id"]), "topic": "Новая тема"},
        "setMark": {
            "taskId": gid("Task", mark["task_id"]),
            "studentId": gid("Student", mark["student_id"]),
            "value": "1",
        },
        "removeMark": {"markId": gid("Mark", mark["id"])},
        "assignHomework": {"lessonId": gid("Lesson", lesson["id"]), "text": "§ 1"},
    }.items():
        kind = command[0].upper() + command[1:]
        query = f"mutation($i: {kind}Input!) {{ {command}(input: $i) {{ ... on Refusal {{ code clause }} }} }}"
        answer = await finals.school.data(query, {"i": values}, as_="deputy")
        assert answer[command] == {"code": "PERIOD_CLOSED", "clause": "7.7"}, command
    await finals.done("reopenPeriod", {**given, "reason": "Для проверки"})


# Several at once.


async def test_closing_waits_for_who_is_writing(finals: Finals) -> None:
    """A mark that is on its way when the period closes is there before it closes; one that comes later is refused."""
    lesson = await finals.db.fetchrow(LESSON, "5Б")
    period, of = await finals.period(number=4), await of_class(finals, "5Б")
    writer = await asyncpg.connect(finals.school.url)
    try:
        writing = writer.transaction()
        await writing.start()
        await writer.execute(WRITES["mark"], lesson["id"])
        closing = asyncio.ensure_future(
            finals.run("closePeriod", {"periodId": period, "classIds": [of], "withGaps": True})
        )
        async with asyncio.timeout(10):
            while not await finals.db.fetchval(  # noqa: ASYNC110 -- PostgreSQL tells nobody
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
                " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            ):
                await asyncio.sleep(0.005)
        late = asyncio.ensure_future(finals.db.execute(WRITES["task"], lesson["id"]))
        await asyncio.sleep(0.05)
        assert not closing.done()
        assert not late.done(), "who comes later waits for the closing"
        await writing.commit()
        assert (await closing)["__typename"] == "ClosePeriodPayload"
        with pytest.raises(asyncpg.PostgresError) as refused:
            await late
        assert refused.value.sqlstate == CLOSED
    finally:
        await writer.close()
    await finals.done("reopenPeriod", {"periodId": period, "classIds": [of], "reason": "Для проверки"})


async def test_two_teachers_decide_one_mark(finals: Finals) -> None:
    """Subject and class teacher at once: one sets it, the other, who saw none either, is told."""
    pupil = await finals.pupil("5Б", "Биол.")
    entry = {**pupil.of, "periodId": await finals.period(number=2), "ifVersion": 0}
    other = await asyncpg.connect(finals.school.url)
    try:
        async with other.transaction():
            await other.execute("SELECT FROM school_class WHERE id = $1 FOR UPDATE", pupil.class_number)
            running = [
                asyncio.ensure_future(finals.run("setPeriodMark", {**entry, "value": value}, login))
                for login, value in (("teacher", "4"), ("class-teacher", "5"))
            ]
            await until_blocked(finals, 2)  # type: ignore[arg-type]
    finally:
        await other.close()
    results = await asyncio.gather(*running)
    assert sorted(each.get("code", "done") for each in results) == ["CONFLICT", "done"]
    (won,) = [each["mark"] for each in results if "mark" in each]
    (cell,) = [each for each in await finals.cells(pupil) if each["period"] == {"number": 2}]
    assert (won["version"], cell["value"]) == (1, won["value"])


async def test_a_page_from_two_hands_and_a_closing(finals: Finals) -> None:
    """Fifty commands on one class, and one that closes the period: what was answered stands, and nothing after it."""
    pupils = [await finals.pupil("10Б", "Химия", each) for each in range(4)]
    period, of = await finals.period("half_year", 1), await of_class(finals, "10Б")
    set_ = [
        finals.run("setPeriodMark", {**pupils[n % 4].of, "periodId": period, "value": str(2 + n % 4)}, login)
        for n in range(25)
        for login in ("deputy", "t010")
    ]
    closing = finals.run("closePeriod", {"periodId": period, "classIds": [of], "withGaps": True})
    results = await asyncio.gather(*set_[:25], closing, *set_[25:])
    codes = {each.get("code", "done") for each in results}
    assert codes <= {"done", "PERIOD_CLOSED"}
    rows = await finals.db.fetch(
        "SELECT id, value, version, changed_at FROM final_mark WHERE class_id = $1", *[pupils[0].class_number]
    )
    told = [each["mark"] for each in results if "mark" in each]
    for row in rows:
        assert row["version"] == max(each["version"] for each in told if each["id"] == gid("FinalMark", row["id"]))
    with pytest.raises(asyncpg.PostgresError):
        await finals.db.execute("UPDATE final_mark SET value = '2' WHERE class_id = $1", pupils[0].class_number)


# What else must not come in between.


async def test_periods_with_marks_keep_their_days(finals: Finals) -> None:
    """Neither the days of a period nor how a class's year is divided change once marks of it stand (5.2)."""
    rows = await finals.db.fetch("SELECT * FROM period WHERE kind = 'half_year' ORDER BY number")
    pupil = await finals.pupil("10А", "Физика")
    await finals.done("setPeriodMark", {**pupil.of, "periodId": gid("Period", rows[1]["id"]), "value": "5"})
    days = [{"startsOn": str(row["starts_on"]), "endsOn": str(row["ends_on"])} for row in rows]

    async def answer(command: str, given: dict[str, Any]) -> Any:
        kind = command[0].upper() + command[1:]
        query = (
            f"mutation($i: {kind}Input!) {{ {command}(input: $i) {{ __typename ... on Refusal {{ code field }} }} }}"
        )
        return (await finals.school.data(query, {"i": given}, as_="deputy"))[command]

    year = {"yearId": await finals.year()}
    same = {**year, "kind": "HALF_YEAR", "periods": days}
    assert (await answer("setPeriods", same))["__typename"] == "SetPeriodsPayload"
    moved = {**same, "periods": [days[0], {**days[1], "endsOn": "2026-05-28"}]}
    assert await answer("setPeriods", moved) == {
        "__typename": "Refusal",
        "code": "IN_USE",
        "field": "periods.1.endsOn",
    }
    divided = {"classId": await of_class(finals, "10А"), "periodKind": "TRIMESTER"}
    assert await answer("updateClass", divided) == {"__typename": "Refusal", "code": "IN_USE", "field": "periodKind"}
    rule = {**year, "grade": 10, "kind": "TRIMESTER"}
    assert await answer("setPeriodRule", rule) == {"__typename": "Refusal", "code": "IN_USE", "field": "kind"}
