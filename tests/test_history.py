"""History: every version of what a journal holds, read as it stood at any moment, and kept from everybody's hands."""

from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import asyncpg
import pytest
import sqlalchemy as sa
from alembic import op
from alembic.migration import MigrationContext
from alembic.operations import Operations
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, NullPool
from sqlalchemy.ext.asyncio import create_async_engine

from migrations import past
from migrations.run import downgrade, upgrade
from models.journal_history import VERSIONS
from server.demo import DEMO_NOW, Demo
from server.keeper import Keeper
from server.settings import Settings

from .conftest import School, clone, drop, serving
from .journal_help import REPLACED, Journal, Lesson, gid, mutation, number_of, opened
from .test_races import COMMANDS, Model

LOGINS = ("teacher", "deputy", "class-teacher", "director", "administrator", "secretary", "hr", "parent", "student")
VERSION = "removed command reason version changedAt replacedAt changedBy { shortName }"
ROLL = f"query($id: ID!) {{ node(id: $id) {{ ... on LessonRecord {{ rollCallHistory {{ {VERSION} }} }} }} }}"
WRITTEN = """
    lessons { id record { topic material version rollCalledAt rollCallVersion
        rollCallHistory { version command changedAt replacedAt changedBy { id } }
        tasks { id name position weight dueOn version marks { id } attachments { id } }
        homework { id text forAll version recipients { id } attachments { id } }
        marks { id value number weight comment version setAt changedAt owed task { id name } }
        attendance { id code minutesLate comment version letters } } }
    rows { student { id } average { average weightedAverage counted }
        marks { id value comment version history { value changedAt replacedAt removed } }
        attendance { id code minutesLate comment version history { code changedAt replacedAt } }
        markHistory { value removed changedAt replacedAt } attendanceHistory { code removed changedAt } }
"""
PAGE = f"""query($group: ID!, $subject: ID!, $period: ID!, $asOf: DateTime) {{
  journalPage(groupId: $group, subjectId: $subject, periodId: $period, asOf: $asOf) {{ {WRITTEN} }} }}"""
DIARY = """query($students: [ID!]!, $day: Date!, $asOf: DateTime) {
  diary(studentIds: $students, from: $day, to: $day, asOf: $asOf) { student { id } days { date lessons {
    lesson { id } state topic material rollCalledAt attendance { id code minutesLate comment }
    marks { id value comment } tasks { task { id name weight } mark { id value } } homework { id text } } } } }"""


@pytest.fixture(scope="module")
async def journal(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Journal]:
    async with opened(cluster, demo_template) as journal:
        yield journal


@pytest.fixture(scope="module")
async def slow(journal: Journal) -> AsyncIterator[School]:
    """The same school where graphql-core executes every query."""
    off = Settings(now=DEMO_NOW + timedelta(hours=1), executor="off")
    async with serving(journal.school.url, off) as (app, client):
        yield School(app, journal.school.demo, journal.school.url, client)


async def page_of(journal: Journal, lesson: Lesson) -> dict[str, Any]:
    """The variables of the page on which a lesson stands, and of the diaries of its day."""
    row = await journal.db.fetchrow(
        "SELECT subject_id, (SELECT id FROM period WHERE school_id = lesson.school_id AND date BETWEEN starts_on AND"
        " ends_on ORDER BY starts_on DESC LIMIT 1) AS period FROM lesson WHERE id = $1",
        lesson.id,
    )
    ids = {"group": gid("StudyGroup", lesson.group_id), "subject": gid("Subject", row["subject_id"])}
    return {**ids, "period": gid("Period", row["period"])}


async def last_moment(journal: Journal) -> datetime:
    """When the last command was given."""
    moment: datetime = await journal.db.fetchval("SELECT at FROM audit_entry ORDER BY id DESC LIMIT 1")
    return moment


@settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(commands=st.lists(COMMANDS, min_size=5, max_size=15))
async def test_what_stood_is_what_was_seen(journal: Journal, slow: School, commands: list[tuple[Any, ...]]) -> None:
    """Whatever is commanded: a page and a diary asked for as of a moment are what they were at it, edge by edge.

    A version that stood then has no end yet; what is written later shows through no edge, whichever executor answers.
    """
    lesson = await journal.lesson()
    model = Model(lesson, [await journal.task(lesson) for _ in range(3)])
    model.rows["lesson", None] = {"topic": None, "material": None, "state": "planned", "version": 1}
    page = await page_of(journal, lesson)
    diary = {"students": [lesson.student(each) for each in range(4)], "day": lesson.date.isoformat()}
    seen: list[tuple[datetime, Any, Any]] = []
    for command in commands:
        await journal.run(command[0], model.given(command))
        rows = await journal.db.fetch("SELECT id, task_id, student_id FROM mark WHERE lesson_id = $1", lesson.id)
        for row in rows:
            place = [number_of(task) for task in model.tasks].index(row["task_id"])
            model.marks[place, lesson.students.index(row["student_id"])] = gid("Mark", row["id"])
        shown = (
            await journal.school.data(PAGE, page, as_="deputy"),
            await journal.school.data(DIARY, diary, as_="deputy"),
        )
        seen.append((await last_moment(journal), *shown))
    for moment, *shown in seen:
        then = {"asOf": moment.isoformat()}
        for school in (journal.school, slow):
            assert await school.data(PAGE, {**page, **then}, as_="deputy") == shown[0]
            assert await school.data(DIARY, {**diary, **then}, as_="deputy") == shown[1]


async def test_a_mark_tells_its_versions(journal: Journal) -> None:
    """Who, when, by which command, and what stood; a mark that was taken back is found at its task and in its row."""
    lesson = await journal.lesson()
    task = await journal.task(lesson)
    given_ = {"taskId": task, "studentId": lesson.student()}
    mark = (await journal.done("setMark", {**given_, "value": "3"}))["mark"]["id"]
    await journal.done("setMark", {**given_, "value": "4", "comment": "Пересмотрено"}, "deputy")
    query = f"query($id: ID!) {{ node(id: $id) {{ ... on Mark {{ value history {{ value comment {VERSION} }} }} }} }}"
    first, second = (await journal.school.data(query, {"id": mark}, as_="teacher"))["node"]["history"]
    assert (first["value"], first["version"], first["replacedAt"]) == ("3", 1, second["changedAt"])
    assert (second["value"], second["comment"], second["replacedAt"]) == ("4", "Пересмотрено", None)
    assert (first["command"], second["command"]) == ("setMark", "setMark")
    assert {each["changedBy"] is None for each in (first, second)} == {False}
    assert first["changedBy"] != second["changedBy"]
    await journal.done("removeMark", {"markId": mark}, "deputy")
    assert (await journal.school.data(query, {"id": mark}, as_="teacher"))["node"] is None
    of_task = """query($id: ID!, $student: ID!, $other: ID!) { node(id: $id) { ... on Task {
      marks { id } markHistory(studentId: $student) { value removed command student { id } }
      others: markHistory(studentId: $other) { value } } } }"""
    of_both = {"id": task, "student": lesson.student(), "other": lesson.student(1)}
    found = (await journal.school.data(of_task, of_both, as_="teacher"))["node"]
    assert (found["marks"], found["others"]) == ([], [])
    assert [(each["value"], each["removed"], each["command"]) for each in found["markHistory"]] == [
        *(("3", False, "setMark"), ("4", False, "setMark"), ("4", True, "removeMark"))
    ]
    page = await journal.school.data(PAGE, await page_of(journal, lesson), as_="teacher")
    (row,) = (each for each in page["journalPage"]["rows"] if each["student"]["id"] == lesson.student())
    assert [each["removed"] for each in row["markHistory"][-3:]] == [False, False, True]


async def test_a_roll_call_tells_its_versions(journal: Journal) -> None:
    """Who called the roll, when, and what has changed it since; a roll that says what stands is no version."""
    lesson = await journal.lesson()
    here = {"lessonId": lesson.gid}

    async def told(login: str) -> Any:
        return (await journal.school.data(ROLL, {"id": gid("LessonRecord", lesson.id)}, as_=login))["node"]

    assert await told("teacher") == {"rollCallHistory": []}
    await journal.done("takeRollCall", {**here, "absent": [{"studentId": lesson.student()}]})
    await journal.done("takeRollCall", {**here, "absent": [{"studentId": lesson.student()}]})
    await journal.done("markAttendance", {**here, "studentId": lesson.student(1), "code": "ILLNESS"}, "deputy")
    page = await page_of(journal, lesson)
    stood, moment = await journal.school.data(PAGE, page, as_="deputy"), await last_moment(journal)
    await journal.done("takeRollCall", {**here, "absent": []})
    versions = (await told("deputy"))["rollCallHistory"]
    assert [(each["version"], each["command"], each["removed"]) for each in versions] == [
        *((1, "takeRollCall", False), (2, "markAttendance", False), (3, "takeRollCall", False))
    ]
    assert [each["replacedAt"] for each in versions] == [*(each["changedAt"] for each in versions[1:]), None]
    first, second, third = (each["changedBy"]["shortName"] for each in versions)
    assert first == third != second
    assert (await told("teacher"))["rollCallHistory"] == versions
    then = {**page, "asOf": moment.isoformat()}
    assert await journal.school.data(PAGE, then, as_="deputy") == stood
    shown = (await journal.school.data(PAGE, then, as_="teacher"))["journalPage"]["lessons"]
    (roll,) = (each["record"]["rollCallHistory"] for each in shown if each["id"] == lesson.gid)
    assert [(each["version"], each["replacedAt"]) for each in roll] == [(1, versions[1]["changedAt"]), (2, None)]


async def test_a_teacher_has_the_versions_of_the_rolls_at_own_lessons(journal: Journal) -> None:
    """Neither of others' lessons, nor of one that is found as a parent: the child's, taught by somebody else."""
    (child,) = (await journal.school.data("{ me { children { id } } }", as_="teacher-parent"))["me"]["children"]
    of_child = await journal.db.fetchval(
        "SELECT l.id FROM lesson AS l JOIN group_membership AS m USING (school_id, group_id) JOIN roll_call AS r"
        " ON r.lesson_id = l.id WHERE m.student_id = $1 AND l.date >= m.starts_on AND m.ends_on IS NULL"
        " ORDER BY l.id LIMIT 1",
        number_of(child["id"]),
    )
    of_others = await journal.db.fetchval(
        "SELECT r.lesson_id FROM roll_call AS r JOIN lesson AS l ON l.id = r.lesson_id WHERE l.substitute_id IS NULL"
        " AND NOT EXISTS (SELECT FROM teaching_assignment AS t JOIN staff AS s ON s.id = t.staff_id"
        " JOIN account AS a ON a.person_id = s.person_id WHERE a.login = 'teacher'"
        " AND (t.group_id, t.subject_id) = (l.group_id, l.subject_id)) ORDER BY 1 LIMIT 1"
    )
    for lesson, login, expected in (
        (of_child, "deputy", 1),
        (of_child, "teacher-parent", 0),
        (of_others, "director", 1),
        (of_others, "teacher", None),
    ):
        node = (await journal.school.data(ROLL, {"id": gid("LessonRecord", lesson)}, as_=login))["node"]
        assert (node and len(node["rollCallHistory"])) == expected


async def test_a_task_tells_of_what_kind_and_where_it_was(journal: Journal) -> None:
    """A kind that was corrected, and a lesson that a task was moved from, are old values like any other."""
    lesson, other = await journal.lesson(), await journal.lesson()
    task = await journal.task(lesson)
    await journal.done("changeTask", {"taskId": task, "workTypeId": gid("WorkType", 3)})
    await journal.done("moveTask", {"taskId": task, "lessonId": other.gid})
    of_task = "workType { id } lesson { id }"
    query = f"query($id: ID!) {{ node(id: $id) {{ ... on Task {{ {of_task} history {{ command {of_task} }} }} }} }}"
    found = (await journal.school.data(query, {"id": task}, as_="teacher"))["node"]
    was = [(each["command"], each["workType"]["id"], each["lesson"]["id"]) for each in found["history"]]
    (first, changed, moved) = was
    assert first[1] != changed[1] == moved[1] == found["workType"]["id"] == gid("WorkType", 3)
    assert first[2] == changed[2] == lesson.gid
    assert moved == ("moveTask", gid("WorkType", 3), found["lesson"]["id"])
    assert moved[2] == other.gid


@pytest.mark.parametrize("login", ["parent", "student", "administrator", "secretary", "hr", "analyst"])
async def test_who_may_not_look_into_the_past(journal: Journal, login: str) -> None:
    """Students and families see what stands, others nothing of a journal: the fields are not in their schemas."""
    for query in (
        '{ node(id: "") { ... on Mark { history { value } } } }',
        '{ node(id: "") { ... on LessonRecord { rollCallHistory { version } } } }',
        '{ journalPage(subjectId: "", periodId: "", asOf: "2026-05-20T10:00:00Z") { __typename } }',
        '{ diary(studentIds: [], from: "2026-05-20", to: "2026-05-20", asOf: "2026-05-20T10:00:00Z") { __typename } }',
    ):
        (error, *_) = (await journal.school.ask(query, as_=login))["errors"]
        assert error["extensions"]["code"] == "BAD_REQUEST"


async def test_a_teacher_who_is_a_parent_has_the_past_of_what_they_teach(journal: Journal) -> None:
    """Of their own child, whom they do not teach, only what stands."""
    children = "{ me { children { id } } }"
    (child,) = (await journal.school.data(children, as_="teacher-parent"))["me"]["children"]
    days = {"students": [child["id"]], "day": "2026-05-13"}
    stands = await journal.school.data(DIARY, days, as_="teacher-parent")
    assert stands["diary"][0]["days"][0]["lessons"]
    stood = await journal.school.data(DIARY, {**days, "asOf": "2026-05-20T10:00:00Z"}, as_="teacher-parent")
    assert all(not day["lessons"] for diary in stood["diary"] for day in diary["days"])


@pytest.mark.parametrize("off", [False, True])
async def test_moments_that_are_refused(journal: Journal, slow: School, off: bool) -> None:
    """What is still to come stands nowhere. A moment without a zone is the school's."""
    page = await page_of(journal, await journal.lesson())
    school = slow if off else journal.school
    answer = await school.ask(PAGE, {**page, "asOf": "2031-01-01T00:00:00Z"}, as_="deputy")
    assert answer["errors"][0]["extensions"]["field"] == "asOf"
    two = PAGE.replace("query(", "query($z: DateTime!, ")
    body = two[two.index("journalPage") : two.rindex("}")]
    both = two.replace(body, f"a: {body} b: {body.replace('$asOf', '$z')}")
    here = {**page, "asOf": "2026-05-10T12:00:00", "z": "2026-05-10T12:00:00+03:00"}
    shown = await school.data(both, here, as_="deputy")
    assert shown["a"] == shown["b"]


async def test_two_moments_in_one_query(journal: Journal, slow: School) -> None:
    """Each root field has its own moment, and what stands beside it is what stands."""
    lesson = await journal.lesson()
    task = await journal.task(lesson)
    moments = [await last_moment(journal)]
    for value in ("2", "3", "4"):
        await journal.done("setMark", {"taskId": task, "studentId": lesson.student(), "value": value})
        moments.append(await last_moment(journal))
    page = await page_of(journal, lesson)
    shown = "{ lessons { id record { marks { value } tasks { marks { value } } } } }"
    of = f'journalPage(groupId: "{page["group"]}", subjectId: "{page["subject"]}", periodId: "{page["period"]}"'
    fields = [f'm{number}: {of}, asOf: "{moment.isoformat()}") {shown}' for number, moment in enumerate(moments)]
    query = f"{{ {' '.join(fields)} now: {of}) {shown} }}"
    for school in (journal.school, slow):
        data = await school.data(query, as_="deputy")
        records = {
            name: next(each["record"] for each in found["lessons"] if each["id"] == lesson.gid)
            for name, found in data.items()
        }
        values = {name: [mark["value"] for mark in record["marks"]] for name, record in records.items()}
        assert values == {"m0": [], "m1": ["2"], "m2": ["3"], "m3": ["4"], "now": ["4"]}
        assert all([mark["value"] for mark in each["tasks"][0]["marks"]] == values[n] for n, each in records.items())


async def test_versions_follow_each_other_without_a_gap(journal: Journal) -> None:
    """Also where a command's moment lies before the version that it replaces: so each moment has one version."""
    lesson = await journal.lesson()
    task = await journal.task(lesson)
    mark = (await journal.done("setMark", {"taskId": task, "studentId": lesson.student(), "value": "2"}))["mark"]["id"]
    for value, shift in (("3", -5), ("4", -60), ("5", 0)):
        async with journal.db.transaction():
            moment = (await last_moment(journal) + timedelta(seconds=shift)).isoformat()
            await journal.db.execute("SELECT set_config('classbook.now', $1, true)", moment)
            await journal.db.execute("UPDATE mark SET value = $2 WHERE id = $1", number_of(mark), value)
    versions = await journal.db.fetch(
        "SELECT value, valid_from, valid_to FROM mark_version WHERE row_id = $1 ORDER BY valid_from", number_of(mark)
    )
    assert [each["value"] for each in versions] == ["2", "3", "4", "5"]
    assert [each["valid_to"] for each in versions] == [*(each["valid_from"] for each in versions[1:]), None]
    assert all(one["valid_from"] < two["valid_from"] for one, two in pairwise(versions))


async def test_views_of_the_past_have_the_columns_of_their_tables(journal: Journal) -> None:
    """A statement finds the views in the place of the tables: they must look the same, whatever a table has got."""
    columns = await journal.db.fetch(
        "SELECT table_schema AS place, table_name AS name, column_name AS column, data_type AS type, collation_name"
        " FROM information_schema.columns WHERE table_schema IN ('public', 'past')"
    )
    tables: dict[tuple[str, str], set[Any]] = defaultdict(set)
    for row in columns:
        tables[row["place"], row["name"]].add((row["column"], row["type"], row["collation_name"]))
    kept = {name for place, name in tables if place == "past"}
    assert kept == {*VERSIONS, *(f"{name}_version" for name in VERSIONS)}
    for name in kept:
        assert tables["past", name] == tables["public", name], name


async def test_nobody_changes_what_has_been(journal: Journal) -> None:
    """Not with the program's own connection either: versions are appended by triggers, and end once."""
    lesson = await journal.lesson()
    task = await journal.task(lesson, studentIds=[lesson.student()])
    await journal.done("setMark", {"taskId": task, "studentId": lesson.student(), "value": "2"})
    await journal.done("assignHomework", {"lessonId": lesson.gid, "text": "§ 1", "studentIds": [lesson.student()]})
    await journal.done("takeRollCall", {"lessonId": lesson.gid, "absent": [{"studentId": lesson.student(1)}]})
    async with journal.school.app.state.database.pool.acquire() as program:
        for name, model in VERSIONS.items():
            table = f"{name}_version"
            columns = ", ".join(column.name for column in model.__table__.columns if column.name != "id")
            for statement in (
                *(f"UPDATE {table} SET {column.name} = {column.name}" for column in model.__table__.columns),
                f"UPDATE {table} SET valid_to = now()",
                f"DELETE FROM {table}",
                f"TRUNCATE {table}",
                f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {table} LIMIT 1",
            ):
                if name in {"attachment", "final_mark"} and statement.startswith(("UPDATE", "INSERT")):
                    continue  # the school has none: no row would be touched
                with pytest.raises(asyncpg.RestrictViolationError):
                    await program.execute(statement)


async def test_a_reason_stands_in_the_history(journal: Journal) -> None:
    """Why a mark was corrected and taken back; a reason belongs to its own command, and is no endless text."""
    lesson = await journal.lesson()
    task = await journal.task(lesson)
    here = {"taskId": task, "studentId": lesson.student()}
    mark = (await journal.done("setMark", {**here, "value": "3"}))["mark"]["id"]
    await journal.done("setMark", {**here, "value": "4", "reason": "Апелляция"})
    await journal.done("setMarks", {"entries": [{**here, "value": "5"}]})
    assert await journal.refused("removeMark", {"markId": mark, "reason": "а" * 2000}) == ("BAD_INPUT", "reason", None)
    await journal.done("removeMark", {"markId": mark, "reason": "Не тому учащемуся"})
    query = f'{{ node(id: "{task}") {{ ... on Task {{ markHistory {{ value reason }} }} }} }}'
    found = (await journal.school.data(query, as_="teacher"))["node"]["markHistory"]
    assert [(each["value"], each["reason"]) for each in found] == [
        *(("3", None), ("4", "Апелляция"), ("5", None), ("5", "Не тому учащемуся"))
    ]


KEPT = ("audit_entry", "audit_seal", "journal_access", *(f"{name}_version" for name in VERSIONS))


async def kept(journal: Journal) -> dict[tuple[str, Any], dict[str, Any]]:
    """What the tables hold that are only ever added to."""
    found = {}
    for table in KEPT:
        for row in await journal.db.fetch(f"SELECT * FROM {table}"):
            found[table, row["position"] if table == "audit_seal" else row["id"]] = dict(row)
    return found


@settings(
    max_examples=6,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(commands=st.lists(st.tuples(COMMANDS, st.sampled_from(LOGINS)), min_size=5, max_size=12))
async def test_commands_only_add_to_what_has_been(journal: Journal, commands: list[tuple[Any, str]]) -> None:
    """Whoever commands whatever, refused or not: what was kept stays as it was; a version that stood may have ended."""
    lesson = await journal.lesson()
    model = Model(lesson, [await journal.task(lesson) for _ in range(3)])
    model.rows["lesson", None] = {"topic": None, "material": None, "state": "planned", "version": 1}
    before = await kept(journal)
    for command, login in commands:
        await journal.school.ask(mutation(command[0]), {"input": model.given(command)}, as_=login)
        await Keeper(journal.school.app.state.database).seal()
        after = await kept(journal)
        for key, row in before.items():
            now = after[key]
            assert now == row or (row["valid_to"] is None and now == {**row, "valid_to": now["valid_to"]}), key
        before = after


async def test_what_has_versions_is_not_written_twice(connection: asyncpg.Connection) -> None:
    """All of them but the lesson, which is the timetable's as well, and parts, which never were in `history`."""
    rows = await connection.fetch(
        "SELECT tgrelid::regclass::text AS name FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid"
        " WHERE proname = 'keep_history'"
    )
    assert {row["name"] for row in rows} & VERSIONS.keys() == {"lesson"}


async def test_the_way_back_tells_history_what_versions_hold(cluster: str, demo_template: tuple[str, Demo]) -> None:
    """Each once, whichever way is gone how often; what was in `history` before stays."""
    fields = "relation, row_id, version, operation, replaced_at, audit_entry_id, row"
    async with opened(cluster, demo_template) as journal:
        lesson = await journal.lesson()
        mark = {"taskId": await journal.task(lesson), "studentId": lesson.student()}
        await journal.done("takeRollCall", {"lessonId": lesson.gid, "absent": [{"studentId": lesson.student()}]})
        await journal.done("takeRollCall", {"lessonId": lesson.gid, "absent": []})
        for value in "345":
            given = (await journal.done("setMark", {**mark, "value": value}))["mark"]["id"]
        await journal.done("removeMark", {"markId": given})
        told = await journal.db.fetch(f"SELECT {fields} FROM ({REPLACED}) AS r ORDER BY relation, row_id, version")
        assert [row["relation"] for row in told if row["row_id"] == number_of(given)] == ["mark"] * 3
        for _ in range(2):
            await downgrade(journal.school.url, "0032")
            kept = f"SELECT {fields} FROM history ORDER BY relation, row_id, version"
            assert await journal.db.fetch(kept) == told
            await upgrade(journal.school.url)


async def test_a_table_that_gets_a_column_keeps_its_versions(cluster: str, database_url: str) -> None:
    """A migration says `keep` again: versions get the column, what stands its value, and go on being written."""

    def migrate(connection: Connection) -> None:
        with Operations.context(MigrationContext.configure(connection)):
            op.add_column("work_type", sa.Column("note", sa.Text(), server_default="нет", nullable=False))
            past.keep("work_type", by=("position",))
            connection.execute(sa.text("UPDATE work_type SET note = 'да', weight = 3"))
            op.add_column("work_type", sa.Column("colour", sa.Text(), server_default="белый", nullable=False))
            connection.execute(sa.text("UPDATE work_type SET colour = 'красный'"))
            past.keep("work_type", by=("position",))
            connection.execute(sa.text("DELETE FROM work_type"))
        connection.commit()

    url = await clone(cluster, database_url)
    db = await asyncpg.connect(url)
    try:
        await db.execute(
            "WITH s AS (INSERT INTO school (code, name, full_name, time_zone) VALUES ('s', 's', 's', 'UTC')"
            " RETURNING school_id) INSERT INTO work_type (school_id, name, short_name, weight, position, written)"
            " SELECT school_id, 'Тест', 'Т', 1, 1, true FROM s"
        )
        engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1), poolclass=NullPool)
        async with engine.connect() as connection:
            await connection.run_sync(migrate)
        await engine.dispose()
        rows = await db.fetch("SELECT weight, note, colour, removed FROM work_type_version ORDER BY valid_from")
        assert [tuple(row) for row in rows] == [
            *((1, "нет", "белый", False), (3, "да", "красный", False), (3, "да", "красный", True))
        ]
    finally:
        await db.close()
        await drop(cluster, url)
