"""Several at once: one of two wins, nothing is written half, nobody waits forever, and many in a row add up."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from server.demo import Demo

from .journal_help import REPLACED, Journal, Lesson, gid, number_of, opened


@pytest.fixture(scope="module")
async def journal(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Journal]:
    """A school for this module to write in: each test at lessons of its own."""
    async with opened(cluster, demo_template) as journal:
        for login in ("teacher", "deputy"):
            await journal.school.token(login)
        yield journal


@asynccontextmanager
async def held(journal: Journal, table: str, number: int, waiting: int) -> AsyncIterator[None]:
    """Hold a row until so many commands wait for it or for each other: then they are truly at it at once."""
    other = await asyncpg.connect(journal.school.url)
    try:
        async with other.transaction():
            await other.execute(f"SELECT FROM {table} WHERE id = $1 FOR UPDATE", number)
            yield
            await until_blocked(journal, waiting)
    finally:
        await other.close()


async def until_blocked(journal: Journal, waiting: int) -> None:
    """Wait until so many statements stand before a lock."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    async with asyncio.timeout(10):
        while await journal.db.fetchval(query) < waiting:  # noqa: ASYNC110 -- PostgreSQL tells nobody
            await asyncio.sleep(0.005)


async def at_once(journal: Journal, table: str, row: str, *commands: Awaitable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The results of commands that all stand before the same locked row at one moment."""
    async with held(journal, table, number_of(row), len(commands)):
        running = [asyncio.ensure_future(command) for command in commands]
    return list(await asyncio.gather(*running))


def outcomes(results: list[dict[str, Any]]) -> Counter[str]:
    return Counter(result.get("code", "done") for result in results)


# One mark, two hands.


@pytest.mark.parametrize("second", ["setMark", "setMarks", "removeMark"])
async def test_two_change_one_mark(journal: Journal, second: str) -> None:
    """Both saw version 1: one wins, the other gets CONFLICT, and both facts are kept."""
    lesson = await journal.lesson()
    entry = {"taskId": await journal.task(lesson), "studentId": lesson.student(), "value": "3", "comment": "было"}
    mark = (await journal.done("setMark", entry))["mark"]["id"]
    seen = {**entry, "ifVersion": 1}
    other = {
        "setMark": {**seen, "value": "5"},
        "setMarks": {"entries": [{**seen, "value": "5"}]},
        "removeMark": {"markId": mark, "ifVersion": 1},
    }[second]
    noted = len(await journal.entries())
    results = await at_once(
        journal,
        "task",
        entry["taskId"],
        journal.run("setMark", {**seen, "value": "4"}),
        journal.run(second, other, "deputy"),
    )
    refused = next(result["code"] for result in results if result["__typename"] == "Refusal")
    gone = second == "removeMark" and results[0]["__typename"] == "Refusal"
    assert outcomes(results) == {"done": 1, refused: 1}
    (kept,) = await journal.history("mark", number_of(mark))
    old = json.loads(kept["row"])
    assert (old["value"], old["comment"], old["version"]) == ("3", "было", 1)
    entries = (await journal.entries())[noted:]
    assert {(entry["login"], entry["outcome"]) for entry in entries} == {
        ("teacher", results[0].get("code", "done")),
        ("deputy", results[1].get("code", "done")),
    }
    assert kept["audit_entry_id"] == next(entry["id"] for entry in entries if entry["outcome"] == "done")
    assert refused == "CONFLICT"
    rows = await journal.db.fetch("SELECT value, version FROM mark WHERE id = $1", number_of(mark))
    assert len(rows) == (0 if gone else 1)
    assert all(row["version"] == 2 for row in rows)


async def test_two_first_marks(journal: Journal) -> None:
    """Both saw no mark there: one sets it, the other learns that somebody has."""
    lesson = await journal.lesson()
    entry = {"taskId": await journal.task(lesson), "studentId": lesson.student(), "ifVersion": 0}
    results = await at_once(
        journal,
        "task",
        entry["taskId"],
        *(journal.run("setMark", {**entry, "value": value}) for value in "2345"),
    )
    assert outcomes(results) == {"done": 1, "CONFLICT": 3}
    assert await journal.db.fetchval("SELECT count(*) FROM mark WHERE lesson_id = $1", lesson.id) == 1


async def test_last_writer_without_a_version(journal: Journal) -> None:
    """Whoever does not say what they saw overwrites; each value in between is kept."""
    lesson = await journal.lesson()
    entry = {"taskId": await journal.task(lesson), "studentId": lesson.student()}
    values = ["1", "2", "3", "4", "5"]
    results = await at_once(
        journal, "task", entry["taskId"], *(journal.run("setMark", {**entry, "value": value}) for value in values)
    )
    assert outcomes(results) == {"done": 5}
    row = await journal.db.fetchrow("SELECT id, value, version FROM mark WHERE lesson_id = $1", lesson.id)
    history = [json.loads(kept["row"])["value"] for kept in await journal.history("mark", row["id"])]
    assert (sorted([*history, row["value"]]), row["version"]) == (values, 5)


async def test_set_and_remove(journal: Journal) -> None:
    """Without versions either order is fine; an answer is never an error."""
    lesson = await journal.lesson()
    entry = {"taskId": await journal.task(lesson), "studentId": lesson.student(), "value": "3"}
    for _ in range(5):
        mark = (await journal.done("setMark", entry))["mark"]["id"]
        results = await at_once(
            journal,
            "task",
            entry["taskId"],
            journal.run("removeMark", {"markId": mark}),
            journal.run("setMark", {**entry, "value": "4"}),
            journal.run("removeMark", {"markId": mark}, "deputy"),
        )
        assert set(outcomes(results)) <= {"done", "NOT_FOUND"}
        assert results[1]["__typename"] == "SetMarkPayload"


async def test_pages_in_opposite_orders(journal: Journal) -> None:
    """Overlapping pages, each in an order of its own, never block each other for good."""
    lessons = [await journal.lesson("5А", subject) for subject in ("Биол.", "Геогр.")]
    places = [(await journal.task(lesson), student) for lesson in lessons for student in range(4) for _ in range(3)]
    entries = [
        {"taskId": task, "studentId": lessons[n // 12].student(student)} for n, (task, student) in enumerate(places)
    ]
    for turn in range(4):
        pages = []
        for n in range(8):
            order = entries[n * 2 :] + entries[: n * 2]
            order = order[::-1] if n % 2 else order
            pages.append([{**each, "value": str(2 + (n + turn) % 4)} for each in order[:18]])
        async with asyncio.timeout(20):
            results = await asyncio.gather(
                *(
                    journal.run("setMarks", {"entries": each}, ("teacher", "deputy")[n % 2])
                    for n, each in enumerate(pages)
                )
            )
        assert outcomes(list(results)) == {"done": 8}
    lost = await journal.db.fetch(
        "SELECT mark.id FROM mark WHERE lesson_id = ANY($1) AND version <> 1 +"
        f" (SELECT count(*) FROM ({REPLACED}) AS history WHERE relation = 'mark' AND row_id = mark.id)",
        [lesson.id for lesson in lessons],
    )
    assert lost == []


# Lessons.


async def test_fifty_tasks(journal: Journal) -> None:
    """Fifty added at once stand in fifty different places."""
    lesson = await journal.lesson()
    given_ = {"lessonId": lesson.gid, "workTypeId": gid("WorkType", 1)}
    results = await asyncio.gather(*(journal.run("addTask", given_, ("teacher", "deputy")[n % 2]) for n in range(50)))
    assert sorted(result["task"]["position"] for result in results) == list(range(1, 51))


async def test_topic_and_material_at_once(journal: Journal) -> None:
    """Two who each send one setting do not undo each other."""
    lesson = await journal.lesson()
    results = await at_once(
        journal,
        "lesson",
        lesson.gid,
        journal.run("recordLesson", {"lessonId": lesson.gid, "topic": "Клетка"}),
        journal.run("recordLesson", {"lessonId": lesson.gid, "material": "Ядро"}, "deputy"),
    )
    assert outcomes(results) == {"done": 2}
    row = await journal.db.fetchrow("SELECT topic, material, version FROM lesson WHERE id = $1", lesson.id)
    assert tuple(row) == ("Клетка", "Ядро", 3)


@pytest.mark.parametrize("seen", [None, 0])
async def test_rolls_at_once(journal: Journal, seen: int | None) -> None:
    lesson = await journal.lesson()
    rolls = [
        {"lessonId": lesson.gid, "absent": [{"studentId": lesson.student(n)}], "ifVersion": seen} for n in (0, 1, 2)
    ]
    results = await at_once(journal, "lesson", lesson.gid, *(journal.run("takeRollCall", each) for each in rolls))
    assert outcomes(results) == ({"done": 3} if seen is None else {"done": 1, "CONFLICT": 2})
    assert await journal.db.fetchval("SELECT count(*) FROM attendance WHERE lesson_id = $1", lesson.id) == 1
    assert await journal.db.fetchval("SELECT count(*) FROM roll_call WHERE lesson_id = $1", lesson.id) == 1


async def test_one_absence_at_once(journal: Journal) -> None:
    lesson = await journal.lesson()
    given_ = {"lessonId": lesson.gid, "studentId": lesson.student()}
    results = await at_once(
        journal,
        "lesson",
        lesson.gid,
        *(journal.run("markAttendance", {**given_, "code": code}) for code in ("ILLNESS", "ILLNESS", "EXCUSED")),
        journal.run("takeRollCall", {"lessonId": lesson.gid, "absent": [{"studentId": lesson.student()}]}, "deputy"),
    )
    assert outcomes(results) == {"done": 4}
    row = await journal.db.fetchrow("SELECT id, version FROM attendance WHERE lesson_id = $1", lesson.id)
    assert row["version"] == 1 + len(await journal.history("attendance", row["id"])) <= 4


# Keys against repeats.

KEYED: list[tuple[str, Callable[[int], dict[str, Any]]]] = [
    ("addTask", lambda n: {"workTypeId": gid("WorkType", 1), "name": f"Опыт {n}"}),
    ("assignHomework", lambda n: {"text": f"§ {n}"}),
]


@pytest.mark.parametrize(("command", "more"), KEYED)
async def test_one_key_at_once(journal: Journal, command: str, more: Callable[[int], dict[str, Any]]) -> None:
    """Ten times the same under one key: one row, and ten times the same answer."""
    lesson = await journal.lesson()
    given_ = {"lessonId": lesson.gid, "idempotencyKey": f"{command} at once", **more(1)}
    results = await asyncio.gather(*(journal.run(command, given_) for _ in range(10)))
    assert all(result == results[0] for result in results)
    table = {"addTask": "task", "assignHomework": "homework"}[command]
    assert await journal.db.fetchval(f"SELECT count(*) FROM {table} WHERE lesson_id = $1", lesson.id) == 1
    entries = [each for each in await journal.entries() if each["command"] == command][-10:]
    assert {each["outcome"] for each in entries} == {"done"}


@pytest.mark.parametrize(("command", "more"), KEYED)
async def test_one_key_for_different_inputs(
    journal: Journal, command: str, more: Callable[[int], dict[str, Any]]
) -> None:
    lesson = await journal.lesson()
    here = {"lessonId": lesson.gid, "idempotencyKey": f"{command} different"}
    results = await asyncio.gather(*(journal.run(command, {**here, **more(n)}) for n in range(10)))
    assert outcomes(list(results)) == {"done": 1, "IDEMPOTENCY_KEY_REUSED": 9}


async def test_a_key_waits_for_a_refusal(journal: Journal) -> None:
    """Those who wait for the holder of a key take it over when the holder is refused."""
    lesson = await journal.lesson()
    bad = {"lessonId": lesson.gid, "workTypeId": gid("WorkType", 2**40), "idempotencyKey": "taken over"}
    good = {**bad, "workTypeId": gid("WorkType", 1)}
    async with held(journal, "lesson", lesson.id, 3):
        first = asyncio.ensure_future(journal.run("addTask", bad))
        await asyncio.sleep(0.05)
        others = [asyncio.ensure_future(journal.run("addTask", good)) for _ in range(2)]
    assert (await first)["code"] == "NOT_FOUND"
    one, two = await asyncio.gather(*others)
    assert one == two
    assert one["__typename"] == "AddTaskPayload"


async def test_a_cancelled_command_leaves_nothing(journal: Journal) -> None:
    """A client that goes away in the middle: nothing is written, the lock is gone, and the key is free."""
    lesson = await journal.lesson()
    given_ = {"lessonId": lesson.gid, "workTypeId": gid("WorkType", 1), "idempotencyKey": "cancelled"}
    before, noted = await journal.digest(), await journal.entries()
    async with held(journal, "lesson", lesson.id, 0):
        command = asyncio.ensure_future(journal.run("addTask", given_))
        await until_blocked(journal, 1)
        command.cancel()
        with pytest.raises(asyncio.CancelledError):
            await command
    assert (await journal.digest(), await journal.entries()) == (before, noted)
    assert (await journal.done("addTask", given_))["task"]["position"] == 1


# Many in a row against a plain model.

CODES = [None, "UNEXPLAINED", "ILLNESS", "LATE"]
MINUTES = st.sampled_from([{}, {}, {"minutesLate": 5}, {"minutesLate": None}])
COMMENT = st.sampled_from([{}, {"comment": "а"}, {"comment": None}])
SEEN = st.sampled_from([None, None, "right", "stale"])
STUDENT, TASK = st.integers(0, 2), st.integers(0, 2)
TEXTS = st.sampled_from([None, "а", "б"])
VALUE = st.sampled_from(["2", "5", "5", "н/а"])
ABSENT = st.tuples(STUDENT, st.sampled_from(CODES), MINUTES)
ENTRY = st.tuples(TASK, STUDENT, VALUE, COMMENT, SEEN)
COMMANDS = st.one_of(
    st.tuples(st.just("recordLesson"), st.fixed_dictionaries({}, optional={"topic": TEXTS, "material": TEXTS}), SEEN),
    st.tuples(st.just("takeRollCall"), st.lists(ABSENT, max_size=3, unique_by=lambda each: each[0]), SEEN),
    st.tuples(st.just("markAttendance"), STUDENT, st.sampled_from(CODES), MINUTES, COMMENT, SEEN),
    st.tuples(st.just("addTask")),
    st.tuples(st.just("assignHomework"), st.sampled_from(["§ 1", "§ 2", " "])),
    st.tuples(st.just("setMark"), st.lists(ENTRY, min_size=1, max_size=1)),
    st.tuples(st.just("setMarks"), st.lists(ENTRY, min_size=1, max_size=4, unique_by=lambda each: each[:2])),
    st.tuples(st.just("removeMark"), TASK, STUDENT, SEEN),
)

Row = dict[str, Any]
RECORD = ("topic", "material", "state", "version")
ABSENCE = ("code", "minutes_late", "comment", "version")
GIVEN = ("value", "comment", "version")


class Refused(Exception):
    """What the model says to a command that must be refused."""


@dataclass
class Model:
    """What a lesson's journal holds, and held, as plain dicts: `rows` by table and place, `past` of what they were."""

    lesson: Lesson
    tasks: list[str]
    marks: dict[tuple[int, int], str] = field(default_factory=dict)
    rows: dict[tuple[str, Any], Row] = field(default_factory=dict)
    past: list[tuple[str, str, Any, Row]] = field(default_factory=list)
    added: int = 0
    rolls: int = 0
    homework: list[str] = field(default_factory=list)

    def write(self, table: str, place: Any, changes: Row, empty: Row) -> bool:
        """Make the row, or change it: a change that changes nothing is none."""
        row = self.rows.get((table, place))
        if row is None:
            self.rows[table, place] = {**empty, **changes, "version": 1}
            return True
        if all(row[name] == value for name, value in changes.items()):
            return False
        self.past.append((table, "update", place, dict(row)))
        row.update(changes, version=row["version"] + 1)
        return True

    def remove(self, table: str, place: Any) -> None:
        self.past.append((table, "delete", place, self.rows.pop((table, place))))

    def version(self, table: str, place: Any) -> int:
        row = self.rows.get((table, place))
        return row["version"] if row else 0

    def seen(self, seen: str | None, table: str, place: Any) -> dict[str, int]:
        """The version that a command says it saw."""
        version = self.version(table, place)
        return {"ifVersion": version + (seen == "stale")} if seen else {}

    def refusal(self, command: tuple[Any, ...]) -> str | None:
        """Do to the model what the command does, or say why not and do nothing."""
        name, *rest = command
        if rest and rest[-1] == "stale":
            known = name != "removeMark" or ("mark", tuple(rest[:2])) in self.rows
            return "CONFLICT" if known else "NOT_FOUND"
        try:
            getattr(self, name)(*rest)
        except Refused as refused:
            return str(refused)
        return None

    def recordLesson(self, texts: Row, _: Any) -> None:  # noqa: N802
        self.write("lesson", None, {**texts, "state": "held"}, {})

    def takeRollCall(self, absent: list[Any], _: Any) -> None:  # noqa: N802
        changes = {student: self.absence(student, code, minutes) for student, code, minutes in absent}
        written = [self.write("attendance", student, row, NO_ABSENCE) for student, row in changes.items()]
        gone = [place for table, place in self.rows if table == "attendance" and place not in changes]
        for student in gone:
            self.remove("attendance", student)
        if ("roll_call", None) not in self.rows or gone or any(written):
            self.rolls += 1
            self.write("roll_call", None, {"call": self.rolls}, {})
        self.write("lesson", None, {"state": "held"}, {})

    def markAttendance(self, student: int, code: str | None, minutes: Row, comment: Row, _: Any) -> None:  # noqa: N802
        changed = ("attendance", student) in self.rows
        if code:
            absence = {**self.absence(student, code, minutes), **comment}
            changed = self.write("attendance", student, absence, NO_ABSENCE)
        elif changed:
            self.remove("attendance", student)
        if changed and ("roll_call", None) in self.rows:
            self.rolls += 1
            self.write("roll_call", None, {"call": self.rolls}, {})

    def absence(self, student: int, code: str | None, minutes: Row) -> Row:
        """What a reason, or none, makes of what is known."""
        known = self.rows.get(("attendance", student), {"code": "unexplained"})
        reason = code.lower() if code else known["code"]
        late = {"minutes_late": minutes["minutesLate"]} if minutes else {}
        if reason == "late":
            return {"code": reason, **late}
        if late.get("minutes_late"):
            raise Refused("BAD_INPUT")
        return {"code": reason, "minutes_late": None}

    def addTask(self) -> None:  # noqa: N802
        self.added += 1

    def assignHomework(self, text: str) -> None:  # noqa: N802
        if not text.strip():
            raise Refused("BAD_INPUT")
        self.homework.append(text)

    def setMarks(self, entries: list[Any]) -> None:  # noqa: N802
        if any(seen == "stale" for *_, seen in entries):
            raise Refused("CONFLICT")
        for task, student, value, comment, _ in entries:
            self.write("mark", (task, student), {"value": value, **comment}, {"comment": None})

    setMark = setMarks  # noqa: N815

    def removeMark(self, task: int, student: int, _: Any) -> None:  # noqa: N802
        if ("mark", (task, student)) not in self.rows:
            raise Refused("NOT_FOUND")
        self.remove("mark", (task, student))

    def given(self, command: tuple[Any, ...]) -> Row:
        """The command's input."""
        here = {"lessonId": self.lesson.gid}
        match command:
            case ("recordLesson", texts, seen):
                return {**here, **texts, **self.seen(seen, "lesson", None)}
            case ("takeRollCall", absent, seen):
                listed = [{"studentId": self.lesson.student(s), "code": code, **more} for s, code, more in absent]
                return {**here, "absent": listed, **self.seen(seen, "roll_call", None)}
            case ("markAttendance", student, code, minutes, comment, seen):
                who = {"studentId": self.lesson.student(student), "code": code}
                return {**here, **who, **minutes, **comment, **self.seen(seen, "attendance", student)}
            case ("assignHomework", text):
                return {**here, "text": text}
            case ("setMark", [entry]):
                return self.entry(*entry)
            case ("setMarks", entries):
                return {"entries": [self.entry(*each) for each in entries]}
            case ("removeMark", task, student, seen):
                mark = self.marks.get((task, student), gid("Mark", 2**40))
                return {"markId": mark, **self.seen(seen, "mark", (task, student))}
        return {**here, "workTypeId": gid("WorkType", 1)}

    def entry(self, task: int, student: int, value: str, comment: Row, seen: str | None) -> Row:
        who = {"taskId": self.tasks[task], "studentId": self.lesson.student(student), "value": value}
        return {**who, **comment, **self.seen(seen, "mark", (task, student))}


NO_ABSENCE = {"minutes_late": None, "comment": None}


@settings(
    max_examples=40,
    deadline=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(commands=st.lists(COMMANDS, min_size=5, max_size=25))
async def test_many_commands_against_a_model(journal: Journal, commands: list[tuple[Any, ...]]) -> None:
    """Whatever is commanded in whatever order: what stands, and all that ever stood, is what a plain model says."""
    lesson = await journal.lesson()
    model = Model(lesson, [await journal.task(lesson) for _ in range(3)])
    model.rows["lesson", None] = {"topic": None, "material": None, "state": "planned", "version": 1}
    for command in commands:
        result = await journal.run(command[0], model.given(command))
        assert result.get("code") == model.refusal(command), command
        places = {model.tasks[task]: task for task in range(3)}
        rows = await journal.db.fetch("SELECT id, task_id, student_id FROM mark WHERE lesson_id = $1", lesson.id)
        for row in rows:
            place = places[gid("Task", row["task_id"])], lesson.students.index(row["student_id"])
            model.marks[place] = gid("Mark", row["id"])
    await compare(journal, model)


async def compare(journal: Journal, model: Model) -> None:
    """Hold the tables and their history against the model."""
    lesson, tasks = model.lesson, [number_of(task) for task in model.tasks]

    def place(table: str, row: Row) -> Any:
        student = lesson.students.index(row["student_id"]) if "student_id" in row else None
        return (tasks.index(row["task_id"]), student) if table == "mark" else student

    shown = {"lesson": RECORD, "attendance": ABSENCE, "mark": GIVEN, "roll_call": ("version",)}
    for table, names in shown.items():
        column = "id" if table == "lesson" else "lesson_id"
        rows = await journal.db.fetch(f"SELECT to_jsonb(t)::text AS row FROM {table} t WHERE {column} = $1", lesson.id)
        found = {place(table, row): {n: row[n] for n in names} for row in (json.loads(each["row"]) for each in rows)}
        assert found == {at: {n: row[n] for n in names} for (kind, at), row in model.rows.items() if kind == table}, (
            table
        )
    past = await journal.db.fetch(
        f'SELECT relation, operation, "row"::text FROM ({REPLACED}) AS history'
        " WHERE CASE relation WHEN 'lesson' THEN row_id ELSE (\"row\"->>'lesson_id')::bigint END = $1",
        lesson.id,
    )
    kept = Counter(_fact(each["relation"], each["operation"], place, shown, json.loads(each["row"])) for each in past)
    assert kept == Counter(
        (table, operation, at, *(row[name] for name in shown[table])) for table, operation, at, row in model.past
    )
    texts = await journal.db.fetch("SELECT text FROM homework WHERE lesson_id = $1 ORDER BY id", lesson.id)
    assert [row["text"] for row in texts] == model.homework
    positions = await journal.db.fetch("SELECT position FROM task WHERE lesson_id = $1 ORDER BY id", lesson.id)
    assert [row["position"] for row in positions] == list(range(1, 4 + model.added))


def _fact(table: str, operation: str, place: Any, shown: dict[str, tuple[str, ...]], row: Row) -> tuple[Any, ...]:
    return (table, operation, place(table, row), *(row[name] for name in shown[table]))
