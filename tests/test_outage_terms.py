"""Outages are declared by those who may, last two working days longer than they last, and are watched (13)."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from typer.testing import CliRunner, Result

from server.cli import app
from server.demo import DEMO_NOW, Demo

from .journal_help import gid, move_day
from .outage_help import Desk, opened
from .print_help import plain, read


@pytest.fixture
async def desk(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Desk]:
    async with opened(cluster, demo_template) as desk:
        await desk.db.execute("DELETE FROM outage")
        yield desk


LIST = """{ school { outages(first: 10) { totalCount nodes { id status dueOn endsOn
    journals(first: 100) { totalCount nodes { lessons recorded transferred group { id } subject { id } } } } } } }"""


async def watched(desk: Desk, as_: str = "deputy") -> list[dict[str, Any]]:
    """The outages as somebody sees them."""
    found: list[dict[str, Any]] = (await desk.school.data(LIST, as_=as_))["school"]["outages"]["nodes"]
    return found


async def test_an_outage_from_its_loss_to_the_last_record(desk: Desk) -> None:
    """Open, then due, then done once every roll of its days was called and every topic stands; overdue if too late."""
    made = (await desk.done("declareOutage", {"startedAt": "2026-05-19T09:00:00"}))["outage"]
    assert (made["status"], made["endedAt"], made["dueOn"], made["version"]) == ("OPEN", None, None, 1)
    assert made["startedAt"] == "2026-05-19T02:00:00+00:00", "a time without a zone is the school's"
    (open_,) = await watched(desk)
    assert open_["journals"]["totalCount"] == 0
    given = {"outageId": made["id"], "endedAt": "2026-05-19T11:00:00+07:00"}
    assert await desk.refused("endOutage", {**given, "ifVersion": 7}) == ("CONFLICT", "ifVersion", None)
    ended = (await desk.done("endOutage", {**given, "ifVersion": 1}))["outage"]
    assert (ended["endsOn"], ended["dueOn"], ended["version"]) == ("2026-05-19", "2026-05-21", 2)

    lessons = await desk.db.fetch(
        "SELECT id, group_id, subject_id FROM lesson WHERE date = '2026-05-19' AND state <> 'cancelled'"
    )
    one = lessons[0]["id"]
    for each in lessons:
        await desk.done("takeRollCall", {"lessonId": gid("Lesson", each["id"]), "absent": []})
    (seen,) = await watched(desk)
    assert seen["status"] == "DONE"
    assert seen["journals"]["totalCount"] == len({(each["group_id"], each["subject_id"]) for each in lessons})
    assert sum(each["lessons"] for each in seen["journals"]["nodes"]) == len(lessons)
    topic = await desk.db.fetchval("UPDATE lesson SET topic = ' ' WHERE id = $1 RETURNING topic", one)
    (seen,) = await watched(desk)
    assert (seen["status"], topic) == ("DUE", " "), "a lesson without a topic is not transferred"
    await desk.db.execute("UPDATE lesson SET topic = 'Диктант' WHERE id = $1", one)
    assert (await watched(desk))[0]["status"] == "DONE"
    await desk.db.execute("DELETE FROM roll_call WHERE lesson_id = $1", one)
    (seen,) = await watched(desk)
    assert seen["status"] == "DUE"
    (left,) = [each for each in seen["journals"]["nodes"] if not each["transferred"]]
    assert (left["lessons"] - left["recorded"], left["group"]["id"]) == (1, gid("StudyGroup", lessons[0]["group_id"]))
    teacher = {each["subject"]["id"] for each in (await watched(desk, "teacher"))[0]["journals"]["nodes"]}
    assert teacher < {each["subject"]["id"] for each in seen["journals"]["nodes"]}

    # The clock is the school's own working days: a Thursday taken away puts the term off.
    await move_day(desk.db, "2026-05-21", "2026-05-23")
    assert [each["dueOn"] for each in await watched(desk)] == ["2026-05-22"]
    await desk.db.execute("DELETE FROM day_transfer WHERE to_date = '2026-05-23'")
    moved = "started_at = started_at - interval '4 days', ended_at = ended_at - interval '4 days'"
    await desk.db.execute(f"UPDATE outage SET {moved}, starts_on = starts_on - 4, ends_on = ends_on - 4")
    await desk.db.execute("DELETE FROM roll_call USING lesson WHERE lesson_id = lesson.id AND date = '2026-05-15'")
    (seen,) = await watched(desk)
    assert (seen["endsOn"], seen["dueOn"], seen["status"]) == ("2026-05-15", "2026-05-19", "OVERDUE")


async def test_who_may_declare(desk: Desk) -> None:
    """Whoever may open a locked lesson may declare that it is open for a transfer (7.6): nobody else, in any schema."""
    given = '(input: {startedAt: "2026-05-19T09:00:00"}) { __typename }'
    for login in ("teacher", "class-teacher", "administrator", "secretary", "hr", "parent", "student", "analyst"):
        answer = await desk.school.ask(f"mutation {{ declareOutage{given} }}", as_=login)
        assert answer["errors"][0]["extensions"]["code"] == "BAD_REQUEST", login
    for login in ("parent", "student", "secretary", "hr", "analyst"):
        assert "errors" in await desk.school.ask("{ school { outages(first: 1) { totalCount } } }", as_=login)
    declared = await desk.done("declareOutage", {"startedAt": "2026-05-19T09:00:00"}, "director")
    assert declared["outage"]["status"] == "OPEN"
    for login in ("teacher", "administrator"):
        await desk.school.data("{ school { outages(first: 1) { nodes { status } } } }", as_=login)
    node = f'{{ node(id: "{declared["outage"]["id"]}") {{ id }} }}'
    assert (await desk.school.data(node, as_="parent"))["node"] is None


async def test_times_that_cannot_be(desk: Desk) -> None:
    """Not yet, backwards, too long, twice at once; and an end that would leave transferred lessons outside."""
    for given, refused in (
        ({"startedAt": "2026-05-21T09:00:00"}, ("BAD_INPUT", "startedAt", None)),
        ({"startedAt": "2026-05-19T09:00:00", "endedAt": "2026-05-21T09:00:00"}, ("BAD_INPUT", "endedAt", None)),
        ({"startedAt": "2026-05-19T09:00:00", "endedAt": "2026-05-18T09:00:00"}, ("BAD_INPUT", "endedAt", None)),
        (
            {"startedAt": "2026-04-10T09:00:00", "endedAt": "2026-05-18T09:00:00"},
            ("RANGE_TOO_LONG", "startedAt", "13.1"),
        ),
        ({"startedAt": "2026-05-19T09:00:00", "reason": "я" * 1001}, ("BAD_INPUT", "reason", None)),
    ):
        assert await desk.refused("declareOutage", given) == refused
    first = {"startedAt": "2026-05-18T09:00:00", "endedAt": "2026-05-18T12:00:00", "idempotencyKey": "one"}
    made = (await desk.done("declareOutage", first))["outage"]
    assert (await desk.done("declareOutage", first))["outage"] == made
    for given in (
        {"startedAt": "2026-05-18T12:00:00"},
        {"startedAt": "2026-05-17T09:00:00"},
        {"startedAt": "2026-05-18T08:00:00", "endedAt": "2026-05-18T09:00:00"},
    ):
        assert await desk.refused("declareOutage", given) == ("OVERLAP", "startedAt", "13.1")
    later = (await desk.done("declareOutage", {"startedAt": "2026-05-18T13:00:00"}))["outage"]
    over = {"outageId": made["id"], "endedAt": "2026-05-18T14:00:00"}
    assert await desk.refused("endOutage", over) == ("OVERLAP", "startedAt", "13.1")
    missing = {"outageId": gid("Outage", 10**9), "endedAt": "2026-05-18T14:00:00"}
    assert await desk.refused("endOutage", missing) == ("NOT_FOUND", "outageId", None)
    await desk.done("endOutage", {"outageId": later["id"], "endedAt": "2026-05-19T14:00:00"})
    await desk.db.execute(
        "INSERT INTO outage_transfer (school_id, outage_id, lesson_id, paper_date, imported_at, imported_by, entry_id,"
        " digest) SELECT o.school_id, o.id, lesson.id, '2026-05-19', now(), o.declared_by,"
        " (SELECT max(id) FROM audit_entry), 'x'"
        " FROM outage AS o JOIN lesson ON lesson.date = '2026-05-19' ORDER BY o.id DESC, lesson.id LIMIT 1"
    )
    earlier = {"outageId": later["id"], "endedAt": "2026-05-18T20:00:00"}
    assert await desk.refused("endOutage", earlier) == ("IN_USE", "endedAt", "13.2")
    for statement in ("UPDATE outage_transfer SET digest = 'y'", "DELETE FROM outage_transfer"):
        with pytest.raises(Exception, match="never changed"):
            await desk.db.execute(statement)


def make_sheets(*words: str) -> Result:
    return CliRunner().invoke(app, ["outage", "sheets", *words], env={"COLUMNS": "300"})


async def test_the_command_line_makes_blanks(desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """For the days ahead and by whoever writes in journals; a file a class, and nothing where nothing may be had."""
    monkeypatch.setenv("DATABASE_URL", desk.school.url)
    monkeypatch.setenv("CLASSBOOK_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("CLASSBOOK_NOW", DEMO_NOW.isoformat())
    folder = tmp_path / "blanks"
    days = ("--from", "2026-05-20", "--to", "2026-05-22", "--folder", str(folder))
    for more, message in (
        (("--login", "parent"), "Временные журналы ведут учителя и завуч."),
        (("--login", "deputy", "--class", "99Ъ"), "В эти дни нет доступных уроков: 99Ъ."),
        (("--login", "deputy", "--to", "2026-05-19"), "Последний день раньше первого."),
    ):
        done = await asyncio.to_thread(make_sheets, *days, *more)
        assert (done.exit_code, done.output.strip()) == (1, message)
    assert not folder.exists()
    done = await asyncio.to_thread(make_sheets, *days, "--login", "deputy")
    assert done.exit_code == 0, done.output
    files = sorted(folder.iterdir())
    classes = await desk.db.fetchval(
        "SELECT count(DISTINCT g.class_id) FROM lesson JOIN study_group AS g ON g.id = group_id"
        " WHERE date BETWEEN '2026-05-20' AND '2026-05-22' AND state <> 'cancelled'"
    )
    assert len(files) == classes > 1
    assert files[0].name.startswith("Временный журнал ")
    sheets = CalamineWorkbook.from_path(files[0]).sheet_names
    assert sheets[-3:] == ["Уроки", "Как заполнять", "classbook"]
    own = await asyncio.to_thread(make_sheets, *days, "--login", "class-teacher", "--class", "5А", "--pdf")
    assert own.exit_code == 0, own.output
    (pdf,) = folder.glob("*.pdf")
    assert pdf.name == "Временный журнал 5А 2026-05-20 – 2026-05-22.pdf"
    assert "Временный журнал · 5А · " in read(pdf.read_bytes()).text
    made = [(each["login"], each["command"]) for each in await desk.entries()]
    assert made == [("deputy", "makeOutageSheets")] * classes + [("class-teacher", "makeOutageSheets")]


HOSTILE = r'#import "x" *a* _b_ $x^2$ \\ [c] {d} `e` <f> @g // h'


async def test_a_blank_to_print(desk: Desk) -> None:
    """The list of the class, the dates, and the topics that are known, whatever stands in them; on A4 across."""
    lesson = await desk.lesson("5А", "Биол.")
    await desk.done("recordLesson", {"lessonId": lesson.gid, "topic": HOSTILE})
    path = f"/outage-sheets/{gid('SchoolClass', await desk.class_of(lesson.group_id))}.pdf"
    answer = await desk.get(path, **{"from": "2026-05-18", "to": "2026-05-20"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert "filename*=UTF-8''%D0%92" in answer.headers["content-disposition"]
    pdf = read(answer.content)
    assert pdf.sizes == {(842, 595)}
    assert plain(HOSTILE) in pdf.text
    names = await desk.db.fetch(
        "SELECT family_name || ' ' || given_name FROM student JOIN person ON person.id = person_id"
        " WHERE student.id = ANY($1)",
        lesson.students,
    )
    (first, *_) = (page for page in pdf.pages if "Биология" in page)
    assert all(name[0] in first for name in names)
    assert f"20.05, урок {14}" in first
    school = await desk.db.fetchval("SELECT name FROM school")
    assert all(school in page for page in pdf.pages), "whose journal it is, on every page"
    for word in ("Вид работы", "Перекличка", "стр. 1 из", "18 мая — 20 мая 2026 г."):
        assert word in pdf.text
    assert "УП — уважительная причина" in pdf.text
    weeks = read((await desk.get(path, **{"from": "2026-04-27", "to": "2026-05-20"})).content)
    going_on = [line for page in weeks.lines for line in page if "(продолжение)" in line]
    assert going_on
    assert all(line.endswith("(продолжение)") for line in going_on)
    assert (await desk.get(path, "parent", **{"from": "2026-05-18", "to": "2026-05-20"})).status_code == 404
