"""The watch on deadlines: each is seen due, overdue, done and met late, by whoever answers for it, by nobody else."""

import os
import re
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from permissions.report_obligations import visible_obligations
from permissions.viewer import Viewer
from resolvers.database import Snapshot, compile_statement
from resolvers.report_obligations import school_obligations
from rules.account import Role
from rules.report_deadlines import Deadline
from server.clock import Clock
from server.demo import DEMO_NOW, Demo

from . import oracle_obligations as oracle
from .conftest import School, clone, copied, drop
from .journal_help import gid, number_of
from .movement_help import end, enrol
from .oracle import World

ZONE = ZoneInfo("Asia/Barnaul")
SHOWN = (
    "deadline clause what status dueOn dueAt doneAt opensAt answerable report document objectId metWhen staff { id }"
)
FIELDS = f"""{SHOWN} schoolClass {{ id }} lesson {{ id }} task {{ id }} period {{ id }} order {{ id }}
  employee {{ id }} subject {{ id }}"""
ALL = f"""query($deadline: Deadline, $after: String, $class: ID, $subject: ID, $staff: ID, $since: Date, $until: Date,
    $status: ObligationStatus, $clause: String) {{ school {{
  obligations(first: 100, after: $after, deadline: $deadline, classId: $class, subjectId: $subject, staffId: $staff,
    since: $since, until: $until, status: $status, clause: $clause) {{
    totalCount pageInfo {{ hasNextPage endCursor }} nodes {{ {FIELDS} }} }} }} }}"""
_OWN = """query($deadline: Deadline, $after: String) {{ me {{
  obligations(first: 100, after: $after, deadline: $deadline) {{
    totalCount pageInfo {{ hasNextPage endCursor }} nodes {{ {} }} }} }} }}"""
OWN, MINE = _OWN.format(FIELDS), _OWN.format(SHOWN)
COUNTS = """query($by: [Dimension!]!, $clause: String, $class: ID, $since: Date, $until: Date,
    $status: ObligationStatus) { school {
  obligationCounts(by: $by, clause: $clause, classId: $class, since: $since, until: $until, status: $status) {
    deadline week total done metLate due overdue staff { id } schoolClass { id } subject { id } } } }"""


def at(day: str, hour: str = "12:00") -> datetime:
    return datetime.fromisoformat(f"{day}T{hour}").replace(tzinfo=ZONE)


@dataclass
class Watch:
    """A running school whose clock stands where it is put, with a connection to look behind the door."""

    school: School
    db: "asyncpg.Connection[Any]"
    stop: Callable[[datetime], None]

    async def run(self, as_: str, name: str, given: dict[str, Any], shown: str = "") -> Any:
        """What a command answers."""
        kind = name[0].upper() + name[1:]
        query = (
            f"mutation($input: {kind}Input!) {{ {name}(input: $input) {{ __typename ... on {kind}Payload "
            f"{{ {shown or '__typename'} }} ... on Refusal {{ code message field clause }} }} }}"
        )
        return (await self.school.data(query, {"input": given}, as_=as_))[name]

    async def do(self, as_: str, name: str, given: dict[str, Any], shown: str = "") -> Any:
        """The payload of one that must not be refused."""
        answer = await self.run(as_, name, given, shown)
        assert answer["__typename"] != "Refusal", answer
        return answer

    async def all(self, as_: str = "deputy", query: str = ALL, **given: Any) -> list[dict[str, Any]]:
        """Obligations, all pages of them, in their order."""
        found, after = [], None
        while True:
            of = next(iter((await self.school.data(query, {**given, "after": after}, as_=as_)).values()))["obligations"]
            found += of["nodes"]
            if not of["pageInfo"]["hasNextPage"]:
                assert len(found) == of["totalCount"]
                return found
            after = of["pageInfo"]["endCursor"]

    async def one(self, deadline: str, **of: str) -> dict[str, Any]:
        """The one obligation of a deadline that is about some objects."""
        rows = [
            row
            for row in await self.all(deadline=deadline)
            if all((row[name] or {}).get("id") == value for name, value in of.items())
        ]
        assert len(rows) == 1, rows
        return rows[0]

    async def status(self, deadline: str, **of: str) -> str:
        """How it stands."""
        return str((await self.one(deadline, **of))["status"])


@pytest.fixture
async def watch(cluster: str, demo_template: tuple[str, Demo], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Watch]:
    def stop(moment: datetime) -> None:
        monkeypatch.setattr(Clock, "now", lambda clock: moment)

    async for school in copied(cluster, demo_template):
        connection = await asyncpg.connect(school.url)
        try:
            stop(DEMO_NOW)
            yield Watch(school, connection, stop)
        finally:
            await connection.close()


MOMENTS = (
    *(
        "2025-09-01T12:00",
        "2025-09-02T07:00",
        "2025-09-15T23:59",
        "2025-09-16T00:00",
        "2025-10-02T12:00",
        "2025-10-26T20:00",
    ),
    *("2025-11-05T12:00", "2025-12-30T18:00", "2026-01-13T12:00", "2026-02-24T09:00", "2026-03-11T16:30"),
    *("2026-04-16T12:00", "2026-05-20T16:59", "2026-05-20T20:45", "2026-05-27T00:00", "2026-06-16T12:00"),
    *("2026-08-30T12:00", "2026-08-31T23:59", "2026-09-01T00:00", "2026-09-16T12:00"),
)
"""The year round: ends of terms to the minute, holidays, half-years, days that were moved."""

ONLY_MET = {"day_transfer", "absence_reasons"}
"""What exists only once it has been entered: it is in time or late, and never waits."""

_READ = compile_statement(visible_obligations.for_roles(frozenset({Role.DEPUTY})))


OPENED, HALFWAY, CLOSED = "2025-09-01T12:00", "2025-12-30T18:00", "2026-09-16T12:00"
"""When something happens: the school lacks much as the year begins, fills it in, and its year comes to an end."""


async def _cannot_hand_in(connection: "asyncpg.Connection[Any]", school: int) -> set[str]:
    """Of written work that everybody has a mark of, one loses it: who is away on its own day, or has left, or dropped
    the subject by then. Gives which of these there were.
    """
    tasks = await connection.fetch(
        "SELECT DISTINCT ON (l.group_id, task.id) task.id, l.subject_id, b.id AS lesson, b.date, m.student_id FROM task"
        " JOIN work_type AS w ON w.id = work_type_id AND written JOIN lesson AS l ON l.id = lesson_id"
        " JOIN lesson AS b ON b.group_id = l.group_id AND b.subject_id = l.subject_id AND b.date > l.date"
        " AND b.state <> 'cancelled' JOIN mark AS m ON m.task_id = task.id"
        " JOIN enrolment AS e ON e.student_id = m.student_id AND e.ends_on IS NULL WHERE task.school_id = $1"
        " AND l.date > '2025-09-15' AND for_all AND NOT EXISTS (SELECT FROM attendance AS a"
        " WHERE a.lesson_id = b.id AND a.student_id = m.student_id)"
        " AND NOT EXISTS (SELECT FROM dropped_subject AS d WHERE d.student_id = m.student_id)"
        " ORDER BY l.group_id, task.id, m.student_id DESC, b.date",
        school,
    )
    done: set[str] = set()
    moved: set[int] = set()
    for row in tasks:
        student, day = row["student_id"], row["date"]
        if student in moved:
            continue
        why = ("away", "dropped", "left")[len(moved) % 3]
        moved.add(student)
        await connection.execute("UPDATE task SET due_on = $2 WHERE id = $1", row["id"], day)
        await connection.execute("DELETE FROM mark WHERE task_id = $1 AND student_id = $2", row["id"], student)
        if why == "away":
            await connection.execute(
                "INSERT INTO attendance (school_id, lesson_id, lesson_date, student_id, code, changed_at)"
                " SELECT school_id, id, date, $2, 'illness', now() FROM lesson WHERE group_id ="
                " (SELECT group_id FROM lesson WHERE id = $1) AND date = $3 AND subject_id = $4"
                " ON CONFLICT DO NOTHING",
                *(row["lesson"], student, day, row["subject_id"]),
            )
        elif why == "dropped":
            await connection.execute(
                "INSERT INTO dropped_subject (school_id, student_id, subject_id, starts_on) VALUES ($1, $2, $3, $4)",
                *(school, student, row["subject_id"], day),
            )
        else:
            await end(connection, school, day - timedelta(days=1), student)
        done.add(why)
    return done


async def _happens(connection: "asyncpg.Connection[Any]", moment: str, school: int) -> None:
    """What has been done, or undone, by the moment."""
    year = "SELECT id FROM academic_year WHERE school_id = $1 AND name = '2025/2026'"
    if moment == OPENED:
        await connection.execute("UPDATE timetable SET state = 'draft', starts_on = NULL, published_at = NULL")
        await connection.execute(
            "INSERT INTO school_class (school_id, year_id, grade, letter, period_kind)"
            f" SELECT $1, ({year}), 10, 'Я', 'half_year'",
            school,
        )
        await connection.execute(
            "INSERT INTO movement_order (school_id, kind, state, event_on, due_on, effective_on, changed_at)"
            " VALUES ($1, 'departure', 'draft', '2025-12-24', '2025-12-29', '2025-12-25', now())",
            school,
        )
        # A class that has lessons to come, and as yet nobody in it.
        await connection.execute(
            "INSERT INTO plan_hours (school_id, class_id, subject_id, component_id, hours, changed_at)"
            " SELECT c.school_id, c.id, p.subject_id, p.component_id, 2, now() FROM school_class AS c, (SELECT p.*"
            " FROM plan_hours AS p JOIN component ON component.id = component_id JOIN school_class AS c"
            " ON c.id = class_id WHERE kind <> 'extracurricular' AND c.grade = 10 AND p.school_id = $1 ORDER BY p.id"
            " LIMIT 1) AS p WHERE c.letter = 'Я' AND c.school_id = $1",
            school,
        )
        assert await _cannot_hand_in(connection, school) == {"away", "dropped", "left"}
    elif moment == HALFWAY:
        late, of = await connection.fetchrow(
            "SELECT (SELECT min(s.id) FROM student AS s WHERE school_id = $1 AND NOT EXISTS (SELECT FROM enrolment AS e"
            " WHERE e.student_id = s.id AND (ends_on IS NULL OR ends_on >= '2026-05-25'))), id FROM school_class"
            " WHERE letter = 'Я' AND school_id = $1",
            school,
        )
        await enrol(connection, school, of, date(2026, 5, 25), late)
        await connection.execute("UPDATE school SET email = 'a@b.ru', licence_valid_until = NULL")
        await connection.execute(
            "UPDATE timetable SET state = 'published', starts_on = '2025-09-01', published_at = '2025-12-01'"
            f" WHERE id = (SELECT min(id) FROM timetable WHERE year_id = ({year}))",
            school,
        )
        await connection.execute("DELETE FROM holiday WHERE school_id = $1", school)
        await _leave(connection, school)
    elif moment == CLOSED:
        leavers = await connection.fetch(
            "SELECT student_id FROM enrolment JOIN school_class AS c ON c.id = class_id"
            f" WHERE c.year_id = ({year}) AND grade IN (9, 11) AND enrolment.ends_on IS NULL",
            school,
        )
        await end(connection, school, date(2026, 8, 30), *(row[0] for row in leavers), kind="graduation")
        await connection.execute(
            "UPDATE year_transition SET state = 'opened', ended_at = '2026-08-31', ended_by = begun_by"
            " WHERE state = 'under_way'"
        )
        await connection.execute(
            "INSERT INTO obligation_note SELECT c.school_id, 'curriculum', c.id, 0, '2024-09-20',"
            " CASE WHEN c.id % 2 = 0 THEN '2025-04-01'::timestamptz END FROM school_class AS c"
            " JOIN academic_year AS y ON y.id = year_id WHERE y.starts_on = '2024-09-01' AND c.school_id = $1"
            " ON CONFLICT DO NOTHING",
            school,
        )
        await connection.execute("UPDATE academic_year SET state = 'closed' WHERE starts_on = '2024-09-01'")


async def _leave(connection: "asyncpg.Connection[Any]", school: int) -> None:
    """Teachers, class teachers and substitutes are dismissed: some have successors, some have not; others hand over."""
    leaving = "SELECT id FROM staff WHERE school_id = $1 AND id % 4 = 1"
    await connection.execute(f"UPDATE staff SET dismissed_on = '2025-12-12' WHERE id IN ({leaving})", school)
    for table, what in (("teaching_assignment", "group_id, subject_id"), ("class_leadership", "class_id")):
        stays = "school_id = $1 AND ends_on IS NULL AND starts_on < '2025-12-13' AND id % 3 > 0"
        await connection.execute(
            f"INSERT INTO {table} (school_id, {what}, staff_id, starts_on) SELECT school_id, {what},"
            " (SELECT min(id) FROM staff WHERE school_id = $1 AND id % 4 = 2), '2025-12-13'"
            f" FROM {table} WHERE {stays} AND (staff_id IN ({leaving}) OR id % 7 = 0)",
            school,
        )
        await connection.execute(
            f"UPDATE {table} SET ends_on = '2025-12-12' WHERE {stays} AND id % 7 < 3 AND starts_on <> '2025-12-13'",
            school,
        )


async def test_every_deadline_at_many_moments(cluster: str, hardened_template: tuple[str, Demo]) -> None:
    """What SQL finds is what plain Python does; and each deadline is seen due, overdue and met along the way."""
    url = await clone(cluster, hardened_template[0])
    connection = await asyncpg.connect(url)
    seen: dict[str, set[str]] = defaultdict(set)
    passed: dict[str, set[str | None]] = defaultdict(set)
    try:
        schools = {row["code"]: row["school_id"] for row in await connection.fetch("SELECT * FROM school")}
        tables: dict[str, Any] = {}
        for moment in MOMENTS:
            now = datetime.fromisoformat(moment).replace(tzinfo=ZONE)
            if moment in {OPENED, HALFWAY, CLOSED}:
                await _happens(connection, moment, schools["demo"])
                tables = (await World.load(connection, DEMO_NOW.date())).tables
            # The other school, which nobody has made harder, lacks little.
            for school in schools.values() if moment == HALFWAY else (schools["demo"],):
                world = World(now.date(), tables)
                for row in await _agreed(connection, world, school, now):
                    seen[row["deadline"]].add(row["status"])
                    passed[row["deadline"]].add(_passed_on(world, row))
    finally:
        await connection.close()
        await drop(cluster, url)
    assert seen.keys() == set(oracle.DEADLINES)
    waits = {"DUE", "OVERDUE"}
    lacking = {
        deadline: statuses
        for deadline, statuses in seen.items()
        if not (statuses & {"DONE", "MET_LATE"} and (deadline in ONLY_MET or waits <= statuses))
    }
    assert lacking == {}
    for deadline in ("lesson_records", "homework", "written_work", "period_marks", "final_marks"):
        assert passed[deadline] >= {"successor", "nobody"}, deadline


def _passed_on(world: World, row: Any) -> str | None:
    """To whom something missing in a journal has passed on, if it has."""
    if row["done_at"] or row["answerable"] != "subject_teacher":
        return None
    if row["staff_id"] is None:
        return "nobody"
    if row["lesson_id"]:
        lesson = world.by_id["lesson"][row["lesson_id"]]
        return None if row["staff_id"] in (lesson["teacher_id"], lesson["substitute_id"]) else "successor"
    its = world.by_id["teaching_assignment"].get(row["key0"]) if row["deadline"].endswith("_marks") else None
    return "successor" if its and its["staff_id"] != row["staff_id"] else None


async def _agreed(connection: "asyncpg.Connection[Any]", world: World, school: int, now: datetime) -> list[Any]:
    """A school's obligations at a moment: SQL and plain Python say the same of each."""
    viewer = Viewer(school_id=school, now=now, today=now.date(), roles=frozenset({Role.DEPUTY}))
    rows = await connection.fetch(_READ.text, *_READ.arguments(viewer.parameters()))
    found = {tuple(row[name] for name in oracle.KEY): row for row in rows}
    twice = Counter(tuple(row[name] for name in oracle.KEY) for row in rows)
    assert len(found) == len(rows), twice.most_common(3)
    expected = {row["id"]: row for row in oracle.School(world, school, now).all()}
    assert found.keys() == expected.keys(), (now, list(found.keys() ^ expected.keys())[:5])
    for key, row in expected.items():
        for name in (*oracle.REFERENCES, "answerable", "due_on", "due_at", "opens_at", "done_at", "closed"):
            assert found[key][name] == row[name], (now, key, name, found[key][name], row[name])
        assert found[key]["status"].upper() == row["status"], (now, key)
        assert abs(found[key]["day"] - row["due_on"]) <= timedelta(days=8), key
    return list(expected.values())


# What people do, by the door


async def lesson_of(watch: Watch, day: str = "2026-05-22") -> tuple[str, str]:
    """A lesson of the teacher on a day, and its subject."""
    row = await watch.db.fetchrow(
        "SELECT lesson.id, lesson.subject_id FROM lesson JOIN staff ON staff.id = teacher_id"
        " JOIN account USING (person_id) JOIN study_group AS g ON g.id = group_id"
        " JOIN school_class AS c ON c.id = g.class_id"
        " WHERE login = 'teacher' AND date = $1 AND substitute_id IS NULL AND lesson.state <> 'cancelled'"
        " AND c.grade > 1 ORDER BY lesson.number LIMIT 1",
        date.fromisoformat(day),
    )
    assert row, day
    return gid("Lesson", row["id"]), gid("Subject", row["subject_id"])


Act = Callable[[Watch], Awaitable[Any]]


async def _passes(watch: Watch, deadline: str, of: dict[str, str], due: datetime, over: datetime, act: Act) -> None:
    """It is due, then overdue, then met late."""
    watch.stop(due)
    assert await watch.status(deadline, **of) == "DUE"
    watch.stop(over)
    assert await watch.status(deadline, **of) == "OVERDUE"
    await act(watch)
    row = await watch.one(deadline, **of)
    assert row["status"] == "MET_LATE"
    assert row["dueAt"] <= row["doneAt"]


async def work_type(watch: Watch, written: bool) -> str:
    """A kind of work."""
    kinds = await watch.school.data("{ school { workTypes { id written } } }", as_="teacher")
    return str(next(each["id"] for each in kinds["school"]["workTypes"] if each["written"] is written))


async def record(watch: Watch, lesson: str) -> None:
    await watch.do("teacher", "recordLesson", {"lessonId": lesson, "topic": "Повторение"})
    await watch.do("teacher", "takeRollCall", {"lessonId": lesson, "absent": []})


async def test_a_lesson_is_recorded_on_its_day(watch: Watch) -> None:
    lesson, _ = await lesson_of(watch)
    await watch.db.execute("UPDATE school SET edit_lock_days = NULL")
    of = {"lesson": lesson}
    watch.stop(at("2026-05-22", "18:00"))
    await watch.db.execute("UPDATE lesson SET topic = NULL WHERE date >= '2026-05-22'")
    assert await watch.status("LESSON_RECORDS", **of) == "DUE"
    await watch.do("teacher", "takeRollCall", {"lessonId": lesson, "absent": []})
    assert await watch.status("LESSON_RECORDS", **of) == "DUE", "the topic is still to come"
    watch.stop(at("2026-05-22", "23:59"))
    await record(watch, lesson)
    assert (await watch.one("LESSON_RECORDS", **of))["status"] == "DONE"
    # A mark of the day that comes the day after is late, and with it the lesson's records.
    given = {"lessonId": lesson, "workTypeId": await work_type(watch, written=False), "name": "Ответ"}
    task = await watch.do("teacher", "addTask", given, "task { id }")
    assert await watch.status("LESSON_RECORDS", **of) == "DONE"
    watch.stop(at("2026-05-23", "00:00"))
    students = await watch.db.fetch(
        "SELECT m.student_id FROM group_membership AS m JOIN lesson AS l ON l.group_id = m.group_id WHERE l.id = $1"
        " AND m.starts_on <= l.date AND coalesce(m.ends_on, l.date) >= l.date ORDER BY 1",
        (await watch.db.fetchval("SELECT lesson_id FROM task ORDER BY id DESC LIMIT 1")),
    )
    mark = {"taskId": task["task"]["id"], "studentId": gid("Student", students[0][0]), "value": "5"}
    await watch.do("teacher", "setMark", mark)
    assert await watch.status("LESSON_RECORDS", **of) == "MET_LATE"
    other, _ = await lesson_of(watch, "2026-05-23")
    await _passes(
        *(watch, "LESSON_RECORDS", {"lesson": other}, at("2026-05-23", "19:00"), at("2026-05-24", "00:00")),
        lambda watch: record(watch, other),
    )


async def test_homework_is_given_within_three_hours_after_the_shift(watch: Watch) -> None:
    lesson, _ = await lesson_of(watch)
    watch.stop(at("2026-05-22", "18:00"))
    due = datetime.fromisoformat((await watch.one("HOMEWORK", lesson=lesson))["dueAt"])
    number = await watch.db.fetchval(
        "SELECT max(bell.ends_at) FROM bell JOIN bell_schedule AS s ON s.id = schedule_id WHERE shift = 1"
    )
    assert due == datetime.combine(date(2026, 5, 22), number, ZONE) + timedelta(hours=3)
    homework = {"lessonId": lesson, "text": "§ 12"}
    await _passes(
        *(watch, "HOMEWORK", {"lesson": lesson}, due - timedelta(microseconds=1), due),
        lambda watch: watch.do("teacher", "assignHomework", homework),
    )
    other, _ = await lesson_of(watch, "2026-05-23")
    watch.stop(at("2026-05-23", "15:30"))
    await watch.do("teacher", "assignHomework", {**homework, "lessonId": other})
    assert await watch.status("HOMEWORK", lesson=other) == "DONE"


async def bells(watch: Watch, shift: int, weekday: int | None, *ends: str) -> None:
    """A schedule of the running year, of one day of the week or of all, with lessons that end so."""
    schedule = await watch.db.fetchval(
        "INSERT INTO bell_schedule (school_id, year_id, name, shift, weekday, changed_at)"
        " SELECT school_id, id, $1, $2, $3, now() FROM academic_year WHERE starts_on = '2025-09-01' RETURNING id",
        *(f"Смена {shift}, {weekday}", shift, weekday),
    )
    for number, at_ in enumerate(ends, 1):
        over = datetime.fromisoformat(f"2026-05-22T{at_}")
        await watch.db.execute(
            "INSERT INTO bell SELECT school_id, id, $2, $3, $4 FROM bell_schedule WHERE id = $1",
            *(schedule, number, (over - timedelta(minutes=40)).time(), over.time()),
        )


@pytest.mark.parametrize("shift", [1, 2])
async def test_homework_waits_for_the_last_bell_of_the_day_and_shift(watch: Watch, shift: int) -> None:
    """A second shift ends by bells of its own, and a weekday that has bells of its own by those: to the microsecond."""
    friday, _ = await lesson_of(watch, "2026-05-22")
    saturday, _ = await lesson_of(watch, "2026-05-23")
    await watch.db.execute(
        "DELETE FROM bell USING bell_schedule AS s WHERE s.id = schedule_id AND (shift = 2 OR weekday IS NOT NULL)"
    )
    await watch.db.execute("DELETE FROM bell_schedule WHERE shift = 2 OR weekday IS NOT NULL")
    await watch.db.execute("UPDATE lesson SET shift = $1 WHERE date >= '2026-05-22'", shift)
    if shift == 2:
        await bells(watch, 2, None, "14:40", "19:05")
    else:
        await watch.db.execute("DELETE FROM bell")
        await watch.db.execute("DELETE FROM bell_schedule")
        await bells(watch, 1, None, "09:10", "13:45")
    usual = {1: "16:45", 2: "22:05"}[shift]

    async def ends(lesson: str, day: str, hour: str) -> None:
        over = at(day, hour)
        for moment, status in ((over - timedelta(microseconds=1), "DUE"), (over, "OVERDUE")):
            watch.stop(moment)
            assert await watch.status("HOMEWORK", lesson=lesson) == status, (day, moment)

    await ends(friday, "2026-05-22", usual)
    # On Fridays the last lesson is over earlier, and on no other day; the other shift's bells are nothing to it.
    await bells(watch, shift, 5, "08:40", "12:20")
    await bells(watch, 3 - shift, 5, "20:00")
    await bells(watch, 3 - shift, 6, "21:00")
    await ends(friday, "2026-05-22", "15:20")
    await ends(saturday, "2026-05-23", usual)
    # Where no other day has bells, a Saturday that is taught by Friday's timetable has Friday's; for their grades only.
    await watch.db.execute("DELETE FROM bell USING bell_schedule AS s WHERE s.id = schedule_id AND weekday IS NULL")
    alone = await watch.db.fetchval(
        "SELECT to_char(ends_at + interval '3 hours', 'HH24:MI') FROM lesson WHERE id = $1", number_of(saturday)
    )
    await ends(saturday, "2026-05-23", alone)
    for grades, hour in (([1], alone), (None, "15:20")):
        await watch.db.execute("DELETE FROM day_transfer WHERE to_date = '2026-05-23'")
        await watch.db.execute(
            "INSERT INTO day_transfer (school_id, year_id, weekday, to_date, grades, recorded_at, changed_at)"
            " SELECT school_id, id, 5, '2026-05-23', $1, now(), now() FROM academic_year"
            " WHERE starts_on = '2025-09-01'",
            grades,
        )
        await ends(saturday, "2026-05-23", hour)


async def test_written_work_is_marked_within_seven_days(watch: Watch) -> None:
    lesson, _ = await lesson_of(watch, "2026-05-18")
    await watch.db.execute("UPDATE school SET edit_lock_days = NULL")
    given = {"lessonId": lesson, "workTypeId": await work_type(watch, written=True), "name": "Контрольная работа"}
    task = (await watch.do("teacher", "addTask", given, "task { id }"))["task"]["id"]
    of = {"task": task}
    there = await watch.db.fetch(
        "SELECT m.student_id FROM task JOIN lesson AS l ON l.id = lesson_id"
        " JOIN group_membership AS m ON m.group_id = l.group_id JOIN student ON student.id = m.student_id"
        " WHERE task.id = (SELECT max(id) FROM task) AND m.starts_on <= l.date"
        " AND coalesce(m.ends_on, l.date) >= l.date AND NOT taught_at_home"
        " AND NOT EXISTS (SELECT FROM attendance AS a WHERE a.lesson_id = l.id"
        " AND a.student_id = m.student_id AND code <> 'late') AND NOT EXISTS (SELECT FROM dropped_subject AS d"
        " WHERE d.student_id = m.student_id AND d.subject_id = l.subject_id) ORDER BY 1"
    )
    entries = [{"taskId": task, "studentId": gid("Student", row[0]), "value": "4"} for row in there]
    await watch.do("teacher", "setMarks", {"entries": entries[1:]})
    assert await watch.status("WRITTEN_WORK", **of) == "DUE", "one is missing"
    await _passes(
        *(watch, "WRITTEN_WORK", of, at("2026-05-25", "23:59"), at("2026-05-26", "00:00")),
        lambda watch: watch.do("teacher", "setMarks", {"entries": entries[:1]}),
    )


async def test_work_with_a_day_of_its_own_is_marked_seven_days_after_it(watch: Watch) -> None:
    """The term runs from the day on which the work is handed in, for the watch and the control alike (7.4)."""
    lesson, _ = await lesson_of(watch, "2026-05-12")
    await watch.db.execute("UPDATE school SET edit_lock_days = NULL")
    written = {"lessonId": lesson, "workTypeId": await work_type(watch, written=True)}
    given = {**written, "name": "Реферат", "dueOn": "2026-05-18"}
    task = (await watch.do("teacher", "addTask", given, "task { id }"))["task"]["id"]
    row = await watch.one("WRITTEN_WORK", task=task)
    assert (row["dueOn"], row["status"]) == ("2026-05-25", "DUE")
    assert datetime.fromisoformat(row["opensAt"]) == at("2026-05-18", "00:00")
    found = """query($from: Date!, $until: Date!) { school { reports {
      journalControl(from: $from, until: $until, groupBy: STAFF) {
        findings(first: 100, check: WRITTEN_WORK) { nodes { task { id } day } } } } } }"""

    async def controlled() -> list[str]:
        days = {"from": "2026-05-12", "until": "2026-05-18"}
        report = (await watch.school.data(found, days, as_="deputy"))["school"]["reports"]["journalControl"]
        return [each["day"] for each in report["findings"]["nodes"] if each["task"]["id"] == task]

    watch.stop(at("2026-05-25", "23:59"))
    assert await watch.status("WRITTEN_WORK", task=task) == "DUE"
    assert await controlled() == []
    watch.stop(at("2026-05-26", "00:00"))
    assert await watch.status("WRITTEN_WORK", task=task) == "OVERDUE"
    assert await controlled() == ["2026-05-18"]


async def test_written_work_of_an_outage_is_marked_seven_days_after_the_transfer(watch: Watch) -> None:
    """While access is lost nothing is due; then the seven days run from the last of the transfer's two (7.4, 13.2)."""
    lesson, _ = await lesson_of(watch, "2026-05-19")
    await watch.db.execute("DELETE FROM outage")
    given = {"lessonId": lesson, "workTypeId": await work_type(watch, written=True), "name": "Диктант"}
    task = (await watch.do("teacher", "addTask", given, "task { id }"))["task"]["id"]
    assert (await watch.one("WRITTEN_WORK", task=task))["dueOn"] == "2026-05-26"
    outage = await watch.do("deputy", "declareOutage", {"startedAt": "2026-05-19T08:00:00"}, "outage { id }")
    assert [row for row in await watch.all(deadline="WRITTEN_WORK") if row["task"]["id"] == task] == []
    over = {"outageId": outage["outage"]["id"], "endedAt": "2026-05-19T18:00:00"}
    await watch.do("deputy", "endOutage", over)
    row = await watch.one("WRITTEN_WORK", task=task)
    assert (row["dueOn"], row["status"]) == ("2026-05-28", "DUE")
    assert datetime.fromisoformat(row["opensAt"]) == at("2026-05-19", "18:00")


async def test_the_card_is_complete_by_mid_september(watch: Watch) -> None:
    """Since when, the watch notes itself, once; what is emptied is overdue until it is filled again."""
    year = "{ school { currentYear { id } } }"
    assert (await watch.school.data(year, as_="deputy"))["school"]["currentYear"]
    assert await watch.status("SCHOOL_CARD") == "DONE"
    keeper = watch.school.app.state.keeper
    await watch.do("administrator", "updateSchoolCard", {"phone": None})
    assert await watch.status("SCHOOL_CARD") == "OVERDUE"
    await keeper.look()
    await watch.do("administrator", "updateSchoolCard", {"phone": "+7 900 000-00-01"})
    assert await watch.status("SCHOOL_CARD") == "DONE", "it was there when it was due"
    await watch.db.execute("DELETE FROM obligation_note WHERE deadline = 'school_card'")
    assert await watch.status("SCHOOL_CARD") == "MET_LATE"
    await keeper.look()
    first = (await watch.one("SCHOOL_CARD"))["doneAt"]
    watch.stop(DEMO_NOW + timedelta(days=3))
    await keeper.look()
    assert (await watch.one("SCHOOL_CARD"))["doneAt"] == first, "noted once"


async def test_a_day_transfer_is_in_time_by_the_calendar_on_which_it_was_entered(watch: Watch) -> None:
    """Neither the day that it takes away itself nor a transfer entered later moves its own term (6.6)."""

    async def transfer(from_date: str, to_date: str) -> str:
        given = {"fromDate": from_date, "toDate": to_date}
        return str((await watch.do("deputy", "transferDay", given, "dayTransfer { id }"))["dayTransfer"]["id"])

    async def seen(number: str) -> tuple[str, str]:
        query = """{ school { obligations(first: 20, deadline: DAY_TRANSFER, since: "2026-05-15") {
          nodes { status dueOn dayTransfer { id } } } } }"""
        found = (await watch.school.data(query, as_="deputy"))["school"]["obligations"]["nodes"]
        (row,) = [each for each in found if each["dayTransfer"]["id"] == number]
        return row["dueOn"], row["status"]

    await watch.db.execute("UPDATE holiday SET starts_on = '2026-06-01' WHERE starts_on = '2026-05-27'")
    # Friday's lessons on Sunday: Friday, Thursday and Wednesday are the three days of notice, and it is Wednesday.
    first = await transfer("2026-05-22", "2026-05-24")
    assert await seen(first) == ("2026-05-20", "DONE")
    watch.stop(DEMO_NOW + timedelta(hours=1))
    second = await transfer("2026-05-21", "2026-05-31")
    assert await seen(first) == ("2026-05-20", "DONE")
    assert await seen(second) == ("2026-05-27", "DONE")
    too_late = {"fromDate": "2026-05-23", "toDate": "2026-05-26"}
    watch.stop(at("2026-05-22", "12:00"))
    answer = await watch.run("deputy", "transferDay", too_late)
    assert (answer["code"], answer["clause"]) == ("TOO_LATE", "6.6")


async def test_holidays_are_due_two_weeks_before_their_own_first_day(watch: Watch) -> None:
    """The watch and the holidays themselves have one term; while none are entered it is that of the period's end."""
    query = "{ school { currentYear { periods { id kind endsOn } holidays { name startsOn endsOn dueOn } } } }"

    async def year() -> Any:
        return (await watch.school.data(query, as_="deputy"))["school"]["currentYear"]

    rows = {row["period"]["id"]: row["dueOn"] for row in await watch.all(deadline="HOLIDAYS")}
    found = await year()
    period = next(each for each in found["periods"] if each["id"] in rows and each["kind"] == "QUARTER")
    (own,) = [
        each
        for each in found["holidays"]
        if date.fromisoformat(each["startsOn"]) > date.fromisoformat(period["endsOn"])
    ][:1]
    assert rows[period["id"]] == own["dueOn"]
    moved = "UPDATE holiday SET starts_on = starts_on + 1 WHERE name = $1 AND starts_on = $2 RETURNING starts_on"
    starts_on = await watch.db.fetchval(moved, own["name"], date.fromisoformat(own["startsOn"]))
    (later,) = [each for each in (await year())["holidays"] if each["startsOn"] == str(starts_on)]
    due = (await watch.one("HOLIDAYS", period=period["id"]))["dueOn"]
    assert due == later["dueOn"] == str(starts_on - timedelta(days=14))
    await watch.db.execute("DELETE FROM holiday")
    due = (await watch.one("HOLIDAYS", period=period["id"]))["dueOn"]
    assert due == str(date.fromisoformat(period["endsOn"]) - timedelta(days=13))


async def test_an_employee_has_an_account_in_three_working_days(watch: Watch) -> None:
    card = {
        "familyName": "Новикова",
        "givenName": "Вера",
        "birthDate": "1990-01-01",
        "sex": "FEMALE",
        "number": "Н-1",
        "position": "Учитель",
        "hiredOn": "2026-05-20",
    }
    staff = (await watch.do("hr", "createStaffCard", card, "staff { id }"))["staff"]["id"]
    await _passes(
        *(watch, "ACCOUNTS", {"employee": staff}, at("2026-05-25", "23:59"), at("2026-05-26", "00:00")),
        lambda watch: watch.do("hr", "issueAccount", {"ownerId": staff}),
    )


async def test_a_departure_is_ordered_in_three_working_days(watch: Watch) -> None:
    student = await watch.db.fetchval("SELECT max(student_id) FROM enrolment WHERE ends_on IS NULL")
    draft = {
        "kind": "DEPARTURE",
        "effectiveOn": "2026-05-25",
        "eventOn": "2026-05-19",
        "items": [{"studentId": gid("Student", student), "reason": "Переезд", "place": "Школа № 1"}],
    }
    order = (await watch.do("secretary", "draftOrder", draft, "order { id }"))["order"]["id"]
    await _passes(
        *(watch, "ARRIVAL_AND_DEPARTURE", {"order": order}, at("2026-05-22", "23:59"), at("2026-05-23", "00:00")),
        lambda watch: watch.do("secretary", "issueOrder", {"orderId": order}),
    )


async def test_marks_of_a_period_are_set_before_it_ends(watch: Watch) -> None:
    await watch.db.execute("UPDATE school SET edit_lock_days = NULL")
    led = (await watch.school.data("{ me { ledClasses { id } } }", as_="class-teacher"))["me"]["ledClasses"][0]["id"]
    ends_on = max(row["dueOn"] for row in await watch.all(deadline="PERIOD_MARKS", **{"class": led}))
    last = at(ends_on, "23:00")
    watch.stop(last)
    waiting = await watch.all(deadline="PERIOD_MARKS", status="DUE", **{"class": led})
    period = waiting[0]["period"]["id"]
    given = {"classId": led, "kind": "PERIOD", "periodId": period, "withNotAttested": True}
    await watch.do("class-teacher", "acceptProposedMarks", given)

    async def of_period() -> dict[str, str]:
        rows = await watch.all(deadline="PERIOD_MARKS", **{"class": led})
        return {row["objectId"]: row["status"] for row in rows if row["period"]["id"] == period}

    now = await of_period()
    assert "DONE" in now.values()
    watch.stop(last + timedelta(hours=1))
    late = {"DUE": "OVERDUE"}
    assert await of_period() == {each: late.get(status, status) for each, status in now.items()}


async def test_marks_of_an_exam_are_set_on_the_day_of_its_results(watch: Watch) -> None:
    """Those for the exam and the final ones; whoever enters the former late wins no day for the latter (7.10)."""
    await watch.db.execute("UPDATE school SET edit_lock_days = NULL")
    row = await watch.db.fetchrow(
        "SELECT g.class_id, t.id, t.group_id, t.subject_id FROM teaching_assignment AS t"
        " JOIN study_group AS g ON g.id = t.group_id"
        " JOIN school_class AS c ON c.id = g.class_id JOIN academic_year AS y ON y.id = c.year_id"
        " JOIN subject AS s ON s.id = t.subject_id WHERE c.grade = 9 AND y.starts_on = '2025-09-01'"
        " AND s.name = 'Биология' AND t.ends_on >= '2026-05-26' ORDER BY t.id LIMIT 1"
    )
    of = {"classId": gid("SchoolClass", row["class_id"]), "subjectId": gid("Subject", row["subject_id"])}

    async def due(position: str) -> list[tuple[str, str]]:
        """Those of the assignment by when they are due, without that of the year."""
        rows = await watch.all(deadline="FINAL_MARKS", **{"class": of["classId"], "subject": of["subjectId"]})
        found = {each["dueOn"]: each["status"] for each in rows if each["objectId"] == assignment}
        return sorted((day, status) for day, status in found.items() if day >= position)

    async def statuses() -> dict[str, int]:
        rows = await watch.all(deadline="FINAL_MARKS", since="2026-06-11", **{"class": of["classId"]})
        return dict(Counter(each["status"] for each in rows))

    assignment = gid("TeachingAssignment", row["id"])
    last = max(day for day, _ in await due(""))
    assert last < "2026-06-11"
    await watch.do("deputy", "setExamDate", {**of, "announcedOn": "2026-06-11"})
    assert await due("2026-06-01") == [("2026-06-11", "DUE")]
    assert await statuses() == {"DUE": 1}, "in the end; what is not announced yet cannot be marked"
    there = await watch.db.fetch(
        "SELECT m.student_id FROM group_membership AS m WHERE m.group_id = $1 AND m.starts_on <= '2026-05-26'"
        " AND coalesce(m.ends_on, '2026-05-26') >= '2026-05-26' AND NOT EXISTS (SELECT FROM dropped_subject AS d"
        " WHERE d.student_id = m.student_id AND d.subject_id = $2)",
        *(row["group_id"], row["subject_id"]),
    )
    year = (await watch.school.data("{ school { currentYear { id } } }", as_="deputy"))["school"]["currentYear"]["id"]

    async def set_(name: str, value: str, students: Any) -> None:
        slots = [
            {"subjectId": of["subjectId"], "yearId": year, "studentId": gid("Student", each[0]), "value": value}
            for each in students
        ]
        await watch.do("deputy", name, {"entries": slots})

    watch.stop(at("2026-06-11", "23:59"))
    await set_("setExamMarks", "4", there[1:])
    assert await statuses() == {"DUE": 2}, "one is missing"
    await set_("setExamMarks", "осв.", there[:1])
    assert await statuses() == {"DUE": 1, "DONE": 1}
    watch.stop(at("2026-06-12", "00:00"))
    assert await statuses() == {"OVERDUE": 1, "DONE": 1}
    # An exam's mark that is set anew later puts off nothing.
    await watch.db.execute("UPDATE final_mark SET set_at = '2026-06-20' WHERE kind = 'exam'")
    await set_("setFinalMarks", "4", there)
    assert await statuses() == {"MET_LATE": 2}
    await watch.do("deputy", "setExamDate", {**of, "announcedOn": None})
    assert await due("2026-06-01") == []


# Reports


async def test_a_report_is_made_when_its_maker_says_so(watch: Watch) -> None:
    periods = [row for row in await watch.all(deadline="SCHOOL_SUMMARIES") if row["status"] == "OVERDUE"]
    period = periods[0]["period"]["id"]
    given = {"report": "CLASSES_SUMMARY", "periodId": period}
    first = await watch.do("deputy", "fileReport", given, "filedAt")
    watch.stop(DEMO_NOW + timedelta(days=1))
    assert await watch.do("deputy", "fileReport", given, "filedAt") == first
    rows = [row for row in await watch.all(deadline="SCHOOL_SUMMARIES") if row["period"]["id"] == period]
    assert {row["report"]: row["status"] for row in rows} == {
        "CLASSES_SUMMARY": "MET_LATE",
        "RESULTS_SUMMARY": "OVERDUE",
    }

    led = (await watch.school.data("{ me { ledClasses { id } } }", as_="class-teacher"))["me"]["ledClasses"][0]["id"]
    mine = await watch.all(as_="class-teacher", query=OWN, deadline="PERIOD_REPORTS")
    of_class = next(row for row in mine if row["report"] == "CLASS_RESULTS" and row["status"] == "OVERDUE")
    given = {"report": "CLASS_RESULTS", "periodId": of_class["period"]["id"], "classId": led}
    await watch.do("class-teacher", "fileReport", given)
    own = next(row for row in mine if row["report"] == "SUBJECT_TEACHER" and row["status"] == "OVERDUE")
    await watch.do("class-teacher", "fileReport", {"report": "SUBJECT_TEACHER", "periodId": own["period"]["id"]})
    again = await watch.all(as_="class-teacher", query=OWN, deadline="PERIOD_REPORTS")
    changed = [new for old, new in zip(mine, again, strict=True) if old["status"] != new["status"]]
    assert {(row["report"], row["status"]) for row in changed} == {
        *(("CLASS_RESULTS", "MET_LATE"), ("SUBJECT_TEACHER", "MET_LATE")),
    }


async def test_the_years_sheet_tells_what_the_council_decided(watch: Watch) -> None:
    """Neither before the last day of lessons, nor while of one student who is there then nothing is decided (10.6)."""
    led = (await watch.school.data("{ me { ledClasses { id } } }", as_="class-teacher"))["me"]["ledClasses"][0]["id"]
    sheet = {"report": "FINALS_SHEET", "classId": led}
    there = [
        gid("Student", row["student_id"])
        for row in await watch.db.fetch("SELECT class_id, student_id FROM enrolment WHERE ends_on IS NULL ORDER BY 2")
        if gid("SchoolClass", row["class_id"]) == led
    ]
    decided = {"classId": led, "outcome": "PROMOTED", "number": "7", "decidedOn": "2026-05-20"}
    last = date.fromisoformat(max(row["dueOn"] for row in await watch.all(deadline="PERIOD_MARKS", **{"class": led})))

    async def refused() -> tuple[str, str, str]:
        answer = await watch.run("class-teacher", "fileReport", sheet)
        return answer["code"], answer["field"], answer["clause"]

    early, undecided = ("PERIOD_NOT_OVER", "classId", "10.6"), ("DECISION_NEEDED", "classId", "10.6")
    for day in ("2026-05-20", str(last - timedelta(days=1))):
        watch.stop(at(day, "23:59"))
        assert await refused() == early
    watch.stop(at(str(last), "00:00"))
    assert await refused() == undecided
    assert await watch.status("YEAR_SHEET", schoolClass=led) == "DUE"
    await watch.do("class-teacher", "recordCouncilDecision", {**decided, "studentIds": there[1:]})
    assert await refused() == undecided
    watch.stop(at("2026-06-15", "23:59"))
    await watch.do("class-teacher", "recordCouncilDecision", {**decided, "studentIds": there[:1]})
    await watch.do("class-teacher", "fileReport", sheet)
    rows = await watch.all(as_="class-teacher", query=OWN, deadline="YEAR_SHEET")
    assert [row["status"] for row in rows] == ["DONE"]


async def test_who_may_not_say_so(watch: Watch) -> None:
    row = (await watch.all(deadline="SCHOOL_SUMMARIES"))[0]
    period = row["period"]["id"]
    of_class = (await watch.all(deadline="CURRICULUM"))[0]["schoolClass"]["id"]
    later = await watch.db.fetchval("SELECT id FROM period ORDER BY ends_on DESC LIMIT 1")

    async def refused(as_: str, **given: Any) -> tuple[str, str | None, str | None]:
        answer = await watch.run(as_, "fileReport", given)
        assert answer["__typename"] == "Refusal", answer
        return answer["code"], answer["field"], answer["clause"]

    assert await refused("teacher", report="CLASSES_SUMMARY", periodId=period) == ("NOT_FOUND", "periodId", None)
    assert await refused("deputy", report="SUBJECT_TEACHER", periodId=period) == ("NOT_FOUND", "periodId", None)
    given = {"report": "CLASS_TEACHER", "periodId": period, "classId": of_class}
    assert await refused("teacher", **given) == ("NOT_FOUND", "classId", None)
    assert await refused("deputy", **given) == ("NOT_FOUND", "classId", None)
    over = {"report": "CLASSES_SUMMARY", "periodId": gid("Period", later)}
    assert await refused("deputy", **over) == ("PERIOD_NOT_OVER", "periodId", "7.7")
    assert await refused("deputy", report="OCCUPANCY") == ("BAD_INPUT", "report", None)
    await watch.db.execute("UPDATE academic_year SET state = 'closed'")
    assert await refused("deputy", report="CLASSES_SUMMARY", periodId=period) == ("YEAR_CLOSED", None, "12.2")
    assert await watch.db.fetchval("SELECT count(*) FROM report_filing") == 0


# What can be asked


async def test_filters_narrow_and_counts_add_up(watch: Watch) -> None:
    everything = await watch.all()
    assert [row["dueAt"] for row in everything] == sorted(row["dueAt"] for row in everything)
    of_class = next(row["schoolClass"]["id"] for row in everything if row["schoolClass"])
    staff = next(row["staff"]["id"] for row in everything if row["staff"])
    deputy = await watch.db.fetchval("SELECT staff.id FROM staff JOIN account USING (person_id) WHERE login = 'deputy'")
    for given, holds in (
        ({"clause": "7.4"}, lambda row: row["clause"] == "7.4"),
        ({"deadline": "HOMEWORK"}, lambda row: row["deadline"] == "HOMEWORK"),
        ({"status": "OVERDUE"}, lambda row: row["status"] == "OVERDUE"),
        ({"class": of_class}, lambda row: row["schoolClass"] and row["schoolClass"]["id"] == of_class),
        ({"staff": staff}, lambda row: row["staff"] and row["staff"]["id"] == staff),
        ({"since": "2026-05-12", "until": "2026-05-18"}, lambda row: "2026-05-12" <= row["dueOn"] <= "2026-05-18"),
    ):
        assert await watch.all(**given) == [row for row in everything if holds(row)], given
    of_deputy = await watch.all(staff=gid("Staff", deputy))
    assert {row["answerable"] for row in of_deputy} >= {"DEPUTY"}

    async def counts(*by: str, **given: Any) -> list[Any]:
        asked = {"by": list(by), **given}
        found: list[Any] = (await watch.school.data(COUNTS, asked, as_="director"))["school"]["obligationCounts"]
        return found

    (whole,) = await counts()
    assert whole["total"] == len(everything)
    names = {"done": "DONE", "metLate": "MET_LATE", "due": "DUE", "overdue": "OVERDUE"}
    for name, status in names.items():
        assert whole[name] == sum(row["status"] == status for row in everything)
    by_deadline = {row["deadline"]: row["total"] for row in await counts("DEADLINE")}
    assert by_deadline == {
        each: sum(row["deadline"] == each for row in everything) for each in {row["deadline"] for row in everything}
    }
    by_staff = await counts("STAFF", "WEEK", clause="7.4", **{"class": of_class})
    narrowed = await watch.all(clause="7.4", **{"class": of_class})
    assert sum(row["total"] for row in by_staff) == len(narrowed)
    for row in by_staff:
        week = date.fromisoformat(row["week"])
        assert week.weekday() == 0
        mine = [
            each
            for each in narrowed
            if each["staff"] == row["staff"] and week <= date.fromisoformat(each["dueOn"]) < week + timedelta(days=7)
        ]
        assert row["overdue"] == sum(each["status"] == "OVERDUE" for each in mine)
    for dimension, name in (("SCHOOL_CLASS", "schoolClass"), ("SUBJECT", "subject")):
        found = {row[name] and row[name]["id"]: row["total"] for row in await counts(dimension)}
        assert sum(found.values()) == len(everything)


async def test_the_forecast_is_the_same_rules_later(watch: Watch) -> None:
    query = f"""query($after: String) {{ school {{
      obligations: obligationForecast(first: 100, days: 6, after: $after) {{
      totalCount pageInfo {{ hasNextPage endCursor }} nodes {{ {FIELDS} }} }} }} }}"""
    soon = await watch.all(query=query)
    assert soon
    assert {row["status"] for row in soon} == {"DUE"}
    assert all("2026-05-20" <= row["dueOn"] <= "2026-05-26" for row in soon)
    ahead = {(row["deadline"], row["objectId"], row["report"], row["dueAt"]) for row in soon}
    assert any(row["opensAt"] > DEMO_NOW.isoformat() for row in soon), "what cannot be met yet is among them"
    watch.stop(at("2026-05-26", "23:59"))
    later = await watch.all(since="2026-05-20", until="2026-05-26")
    assert ahead <= {(row["deadline"], row["objectId"], row["report"], row["dueAt"]) for row in later}


async def test_everybody_sees_their_own(watch: Watch) -> None:
    everything = await watch.all()
    for login, answerable in (
        ("secretary", {"SECRETARY"}),
        ("hr", {"HR"}),
        ("administrator", {"ADMINISTRATOR"}),
        ("deputy", {"DEPUTY"}),
        ("teacher", {"SUBJECT_TEACHER"}),
        ("class-teacher", {"SUBJECT_TEACHER", "CLASS_TEACHER"}),
    ):
        mine = await watch.all(as_=login, query=MINE)
        assert {row["answerable"] for row in mine} >= answerable - {"HR"}, login
        staff = await watch.db.fetchval(
            "SELECT staff.id FROM staff JOIN account USING (person_id) WHERE login = $1", login
        )
        own = gid("Staff", staff) if staff else None
        for row in mine:
            assert (row["staff"] is None and row["answerable"] in answerable) or (
                row["staff"] is not None and row["staff"]["id"] == own
            ), (login, row)
        keys = {(row["deadline"], row["objectId"], row["report"], row["dueAt"]) for row in everything}
        assert {(row["deadline"], row["objectId"], row["report"], row["dueAt"]) for row in mine} <= keys
    for login in ("teacher", "secretary", "hr", "parent", "student", "analyst"):
        answer = await watch.school.ask("{ school { obligations(first: 1) { totalCount } } }", as_=login)
        assert answer["errors"][0]["extensions"]["code"] == "BAD_REQUEST", login
    for login in ("parent", "student", "analyst"):
        assert "errors" in await watch.school.ask("{ me { obligations(first: 1) { totalCount } } }", as_=login)


async def test_a_page_costs_the_same_whatever_its_length(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []
    close = Snapshot.close

    async def counted(self: Snapshot) -> None:
        told.append(self.statements)
        await close(self)

    monkeypatch.setattr(Snapshot, "close", counted)

    async def cost(query: str) -> int:
        told.clear()
        await school.data(query, as_="deputy")
        return max(told)

    # Of one deadline, so that two of them lead as far as a hundred: graphql-core asks nothing of what is not there.
    page = """{ school { obligations(first: %d, deadline: LESSON_RECORDS) { totalCount nodes {
      what staff { name } schoolClass { name } lesson { id } } } } }"""
    assert await cost(page % 2) == await cost(page % 100)
    assert await cost("{ school { obligationCounts(by: [STAFF, WEEK]) { total } } }") <= (
        3 if os.environ.get("CLASSBOOK_EXECUTOR") == "off" else 2
    )


async def test_a_deadline_that_is_not_asked_for_costs_nothing(school: School) -> None:
    """What reads the others is planned, and never run."""
    statement = school_obligations.statement(frozenset({Role.DEPUTY}), frozenset({"first", "deadlines"}))
    async with school.app.state.database.pool.acquire() as connection:
        number = await connection.fetchval("SELECT school_id FROM school")
        viewer = Viewer(school_id=number, now=DEMO_NOW, today=DEMO_NOW.date(), roles=frozenset({Role.DEPUTY}))
        given = {**viewer.parameters(), "key0": [number], "limit": 50}
        for deadline, read, unread in (
            (Deadline.SCHOOL_CARD, "school_class|obligation_note", "lesson|task|mark_slot|movement_order|excuse|staff"),
            (Deadline.LESSON_RECORDS, "lesson", "homework|final_mark|movement_order|excuse|plan_hours|report_filing"),
        ):
            arguments = statement.arguments({**given, "deadlines": [deadline.value]})
            rows = await connection.fetch(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {statement.text}", *arguments)
            scans = [line for (line,) in rows if re.search(r" on \w+", line) and "Scan" in line]
            run = {line for line in scans if "never executed" not in line}
            assert any(re.search(rf" on ({read})\b", line) for line in run), deadline
            assert not [line for line in run if re.search(rf" on ({unread})\b", line)], deadline
