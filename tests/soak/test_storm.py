"""Two fill one page at once while the program is killed and PostgreSQL crashes: what was answered is there, nothing is
half there, and the history tells the page cell by cell.
"""

import asyncio
import itertools
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import asyncpg
import httpx
from typer.testing import CliRunner

from migrations.run import upgrade
from resolvers.account_tokens import Claims, Tokens
from server.cli import app
from server.demo import DEMO_TODAY, SMALL, make_demo

from ..conftest import KEY, PLAIN, SESSION
from ..journal_help import gid, number_of
from ..storm_help import Cell, Cluster, Page, Program, Sent, Writer, crashing

COMMANDS = 500
"""Of each of the two."""

STRIKES = ("kill", "crash", "kill", "crash", "both", "kill")
MOST_UNANSWERED = 30
"""A strike cuts off what is under way: a command or two of each."""

PAGE = """
SELECT g.id AS "group", a.subject_id AS subject, own.login AS teacher, led.login AS leader
FROM teaching_assignment AS a
JOIN study_group AS g ON g.id = a.group_id AND g.kind = 'whole'
JOIN class_leadership AS l ON l.class_id = g.class_id AND l.staff_id <> a.staff_id
JOIN staff AS s ON s.id = a.staff_id JOIN account AS own ON own.person_id = s.person_id AND own.locked_at IS NULL
JOIN staff AS h ON h.id = l.staff_id JOIN account AS led ON led.person_id = h.person_id AND led.locked_at IS NULL
WHERE $1::date BETWEEN a.starts_on AND coalesce(a.ends_on, $1) AND $1 BETWEEN l.starts_on AND coalesce(l.ends_on, $1)
  AND own.one_time_until IS NULL AND led.one_time_until IS NULL
  AND (SELECT count(DISTINCT lesson.id) FROM lesson JOIN task ON task.lesson_id = lesson.id
       WHERE group_id = g.id AND subject_id = a.subject_id AND state = 'held'
         AND date BETWEEN $1::date - 14 AND $1) >= 2
ORDER BY g.id, a.subject_id LIMIT 1
"""
STUDENTS = """
SELECT m.student_id FROM group_membership AS m JOIN student AS s ON s.id = m.student_id
WHERE m.group_id = $1 AND m.starts_on <= $2::date - 14 AND m.ends_on IS NULL AND NOT s.taught_at_home
  AND NOT EXISTS (SELECT FROM dropped_subject AS d WHERE d.student_id = s.id) ORDER BY 1 LIMIT 12
"""
VERSION = "version changedAt replacedAt command removed changedBy { id }"
READ = f"""query($group: ID!, $subject: ID!, $period: ID!) {{
  journalPage(groupId: $group, subjectId: $subject, periodId: $period) {{
    lessons {{ id record {{ topic material history {{ topic material {VERSION} }}
      tasks {{ id name history {{ name {VERSION} }} }} homework {{ id text history {{ text {VERSION} }} }} }} }}
    rows {{ student {{ id }} marks {{ value comment task {{ id }} history {{ value comment {VERSION} }} }}
      attendance {{ code comment lesson {{ id }} history {{ code comment {VERSION} }} }} }}
  }} }}"""


async def _token(connection: "asyncpg.Connection[Any]", school: str, login: str) -> str:
    claims = Claims(*await connection.fetchrow(SESSION, school, login), 1)
    return Tokens(KEY, timedelta(days=1), timedelta(days=1)).issue(claims, datetime.now(UTC)).access_token


async def _page(connection: "asyncpg.Connection[Any]", of: Any) -> Page:
    lessons = await connection.fetch(
        "SELECT DISTINCT lesson.id FROM lesson JOIN task ON task.lesson_id = lesson.id WHERE group_id = $1"
        " AND subject_id = $2 AND date BETWEEN $3::date - 14 AND $3 AND state = 'held' ORDER BY 1 LIMIT 4",
        *(of["group"], of["subject"], DEMO_TODAY),
    )
    numbers = [row["id"] for row in lessons]
    tasks = await connection.fetch("SELECT id FROM task WHERE lesson_id = ANY($1) AND for_all ORDER BY id", numbers)
    period = await connection.fetchval(
        "SELECT period.id FROM period JOIN study_group AS g ON g.id = $1 JOIN school_class AS c ON c.id = g.class_id"
        " WHERE period.kind = c.period_kind AND period.year_id = c.year_id AND $2 BETWEEN starts_on AND ends_on",
        *(of["group"], DEMO_TODAY),
    )
    students = await connection.fetch(STUDENTS, of["group"], DEMO_TODAY)
    found = Page(of["group"], of["subject"], period, numbers, [t["id"] for t in tasks], [s[0] for s in students])
    assert len(found.lessons) > 1
    assert len(found.tasks) > 1
    assert len(found.students) > 3
    return found


async def _storm(cluster: Cluster, program: Program, writers: list[Writer]) -> None:
    """Strike at even distances of what is written; after a strike the program is started by whoever looks after it."""
    for number, strike in enumerate(STRIKES, 1):
        while sum(len(each.sent) for each in writers) < number * 2 * COMMANDS / (len(STRIKES) + 1):  # noqa: ASYNC110
            await asyncio.sleep(0.003)
        if strike != "crash":
            program.kill()
        if strike != "kill":
            await asyncio.to_thread(cluster.crash)
        if strike != "crash":
            program.start()


async def test_a_page_filled_by_two_through_a_storm(tmp_path: Path) -> None:
    with crashing() as cluster:
        await upgrade(cluster.url)
        connection = await asyncpg.connect(cluster.url)
        demo = await make_demo(connection, SMALL)
        of = await connection.fetchrow(PAGE, DEMO_TODAY)
        page = await _page(connection, of)
        names = {"Учитель": of["teacher"], "Классный руководитель": of["leader"]}
        writers = [
            Writer(name, await _token(connection, demo.code, login), page, Random(name))
            for name, login in names.items()
        ]
        deputy = await _token(connection, demo.code, "deputy")
        await connection.close()
        program = Program(cluster.url, tmp_path)
        try:
            async with asyncio.TaskGroup() as group:
                for writer in writers:
                    group.create_task(writer.write(program.address, COMMANDS))
                group.create_task(_storm(cluster, program, writers))
            headers = {"authorization": f"Bearer {deputy}"}
            async with httpx.AsyncClient(base_url=program.address, headers=headers, timeout=60, verify=PLAIN) as client:
                given = {
                    "group": gid("StudyGroup", page.group),
                    "subject": gid("Subject", page.subject),
                    "period": gid("Period", page.period),
                }
                answer = (await client.post("/graphql", json={"query": READ, "variables": given})).json()
        finally:
            program.kill()
        assert "errors" not in answer, answer["errors"]
        connection = await asyncpg.connect(cluster.url)
        try:
            sent = [each for writer in writers for each in writer.sent]
            accounts = await connection.fetch(
                "SELECT account.id, login, staff.id AS staff FROM account JOIN staff USING (school_id, person_id)"
            )
            staff = {
                name: gid("Staff", row["staff"])
                for name, login in names.items()
                for row in accounts
                if row["login"] == login
            }
            written = _versions(answer["data"]["journalPage"])
            _assert_whole(sent, written)
            _assert_explained(sent, written, staff)
            entries = await connection.fetch(
                "SELECT command, count(*) FROM audit_entry JOIN account ON account.id = account_id"
                " WHERE login = ANY($1) AND outcome = 'done' GROUP BY 1",
                list(names.values()),
            )
            there = {version["words"] for versions in written.values() for version in versions}
            kept = [each for each in sent if each.words in there]
            counted: dict[str, int] = defaultdict(int)
            for each in kept:
                counted[each.name] += 1
            assert dict(entries) == counted, "an entry for each that is there, and for no other"
        finally:
            await connection.close()
        verified = await asyncio.to_thread(
            CliRunner().invoke,
            app,
            ["audit", "verify"],
            env={"DATABASE_URL": cluster.url, "CLASSBOOK_DATA": str(tmp_path)},
        )
        assert verified.exit_code == 0, verified.output


def _versions(page: Any) -> dict[Any, list[dict[str, Any]]]:
    """All versions of each cell of the page, as its history tells them, and that its last is what stands there."""
    found: dict[Any, list[dict[str, Any]]] = {}

    def add(key: Any, row: Any, *fields: str) -> None:
        versions = row["history"]
        for field in fields:
            assert versions[-1][field] == row[field], (key, field)
        found[key] = [{**each, "words": each[fields[-1]], "value": each[fields[0]]} for each in versions]

    for row in page["rows"]:
        student = number_of(row["student"]["id"])
        for mark in row["marks"]:
            add(Cell("mark", number_of(mark["task"]["id"]), student), mark, "value", "comment")
        for absence in row["attendance"]:
            add(Cell("attendance", number_of(absence["lesson"]["id"]), student), absence, "code", "comment")
    for lesson in page["lessons"]:
        record, number = lesson["record"], number_of(lesson["id"])
        add(Cell("lesson", number), record, "topic", "material")
        for task in record["tasks"]:
            add((Cell("task", number), task["id"]), task, "name")
        for homework in record["homework"]:
            add((Cell("homework", number), homework["id"]), homework, "text")
    return found


def _assert_whole(sent: list[Sent], written: dict[Any, list[dict[str, Any]]]) -> None:
    """Every command that was answered is there, and each other is there as a whole or not at all."""
    places: dict[str, list[tuple[Cell, str]]] = defaultdict(list)
    for key, versions in written.items():
        for version in versions:
            if version["words"] is not None:
                places[version["words"]].append((key if isinstance(key, Cell) else key[0], version["value"]))
    unanswered = [each for each in sent if not each.answered]
    assert 0 < len(unanswered) <= MOST_UNANSWERED
    assert len(sent) == 2 * COMMANDS
    for each in sent:
        there = places.get(each.words, [])
        assert sorted(there, key=repr) == sorted(each.cells.items(), key=repr) or not (there or each.answered), each


def _assert_explained(sent: list[Sent], written: dict[Any, list[dict[str, Any]]], staff: dict[str, str]) -> None:
    """Each version of each cell says which command made it and whose, one after the other, without a gap."""
    by_words = {each.words: each for each in sent}
    explained = 0
    for key, versions in written.items():
        assert [each["version"] for each in versions] == list(
            range(versions[0]["version"], versions[-1]["version"] + 1)
        )
        for before, after in itertools.pairwise(versions):
            assert before["replacedAt"] == after["changedAt"], key
        assert versions[-1]["replacedAt"] is None
        for version in versions:
            if (command := by_words.get(version["words"])) is not None:
                assert version["command"] == command.name, key
                assert version["changedBy"] == {"id": staff[command.by]}, key
                explained += 1
            else:
                assert version is versions[0], (key, "only what the school began with is not of these two")
    assert explained > COMMANDS
