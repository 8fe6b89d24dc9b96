"""Sets of reports: whole, in the background, in their owner's rights, and nobody else's."""

import asyncio
import time
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from documents.archives import Archive
from documents.files import FolderStore
from documents.forms import TooLong, Unprintable
from resolvers.report import Asked
from resolvers.report_sets import Days, fitting
from resolvers.report_sets_work import expire, told
from rules.journal_finals import FinalKind
from rules.report import Report
from rules.report_sets import Why
from server import report_sets
from server.cli import app
from server.demo import Demo
from server.demo_prints import make_prints
from server.settings import Settings

from .finals_help import JUNE
from .live_help import ACCOUNT, following
from .report_help import Reports, drawn, gid, sheet
from .report_student_help import until as stays_until
from .test_websocket import listening

BODY = "id state done total left current error expiresAt file { url size }"
ORDER = f"""mutation($input: PrintReportsInput!) {{ printReports(input: $input) {{ __typename
    ... on PrintReportsPayload {{ reportSet {{ {BODY} }} }} ... on Refusal {{ code field }} }} }}"""
CANCEL = f"""mutation($id: ID!) {{ cancelReportSet(input: {{reportSetId: $id}}) {{ __typename
    ... on CancelReportSetPayload {{ reportSet {{ {BODY} }} }} ... on Refusal {{ code field }} }} }}"""
READ = f"query($id: ID!) {{ node(id: $id) {{ ... on ReportSet {{ {BODY} }} }} }}"
CERTIFIED = "{ school { certifiedReports(first: 100) { nodes { number report digest } } } }"
VERIFY = """query($number: Int!, $digest: String!) { verifyPrint(number: $number, digest: $digest) { certified } }"""
TIME = 60


@pytest.fixture(scope="module")
async def reports(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Reports]:
    """A school for this module, in which sets are printed as soon as they are asked for."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(report_sets, "LOOKS_EVERY", 0.1)
        async with drawn(cluster, demo_template, seed=6) as reports:
            yield reports


async def given_for(reports: Reports, /, **more: Any) -> dict[str, Any]:
    """A set of the class that the class teacher leads."""
    of = gid("SchoolClass", await reports.class_id(await reports.led()))
    return {"of": of, "periodId": gid("Period", await reports.period_id("I четверть")), **more}


async def ordered(reports: Reports, as_: str = "class-teacher", /, **given: Any) -> dict[str, Any]:
    found = (await reports.ask(ORDER, as_, input=given))["printReports"]
    return found.get("reportSet") or found  # type: ignore[no-any-return]


async def read(reports: Reports, one: dict[str, Any], as_: str = "class-teacher") -> dict[str, Any]:
    return (await reports.ask(READ, as_, id=one["id"]))["node"]  # type: ignore[no-any-return]


async def until(look: Callable[[], Awaitable[dict[str, Any]]], *states: str) -> dict[str, Any]:
    """What is found once it is in one of these states."""
    ends = time.monotonic() + TIME
    while (found := await look())["state"] not in states:
        assert time.monotonic() < ends, found
        await asyncio.sleep(0.1)
    return found


async def over(reports: Reports, one: dict[str, Any], as_: str = "class-teacher") -> dict[str, Any]:
    return await until(lambda: read(reports, one, as_), "DONE", "FAILED", "CANCELLED", "EXPIRED")


async def test_a_set_is_the_single_prints(reports: Reports) -> None:
    """Each sheet of the set has the cells of the report that is printed alone."""
    given = await given_for(reports, formats=["XLSX", "CSV"])
    one = await ordered(reports, **given)
    assert (one["state"], one["done"], one["file"]) == ("QUEUED", 0, None)
    done = await over(reports, one)
    assert (done["state"], done["done"], done["error"]) == ("DONE", one["total"], None)
    content = (await reports.fetch(done["file"]["url"], "class-teacher")).content
    assert len(content) == done["file"]["size"]
    archive = zipfile.ZipFile(BytesIO(content))
    assert archive.testzip() is None
    name = await reports.led()
    in_set = {path: archive.read(path) for path in archive.namelist()}
    assert {path.partition("/")[0] for path in in_set} == {name}
    assert len(in_set) == 2 * one["total"] >= 4
    path = f"/print/report/class_results/{given['of']}.{{}}?period={given['periodId']}"
    alone = {kind: (await reports.fetch(path.format(kind), "class-teacher")).content for kind in ("xlsx", "csv")}
    title = next(each for each in in_set if "Итоги успеваемости класса" in each and each.endswith("xlsx"))
    assert sheet(in_set[title]) == sheet(alone["xlsx"])
    assert in_set[title.removesuffix("xlsx") + "csv"] == alone["csv"]
    noted = await reports.db.fetchval(
        "SELECT input FROM audit_entry WHERE command = 'finishReportSet' ORDER BY id DESC LIMIT 1"
    )
    assert noted.count('"report"') == one["total"]
    assert "class_results" in noted


async def test_students_have_a_folder_and_progress_grows(reports: Reports, monkeypatch: pytest.MonkeyPatch) -> None:
    said = list[int | None]()

    async def noted(*args: Any, **given: Any) -> None:
        said.append(given.get("done"))
        await told(*args, **given)

    monkeypatch.setattr(report_sets, "told", noted)
    given = await given_for(reports, formats=["CSV"], reports=["REPORT_CARD", "CLASS_RESULTS"])
    one = await ordered(reports, **given)
    seen = []

    async def look() -> dict[str, Any]:
        found = await read(reports, one)
        seen.append(found["done"])
        return found

    done = await until(look, "DONE", "FAILED")
    assert done["state"] == "DONE"
    assert seen == sorted(seen)
    assert [each for each in said if each is not None] == list(range(one["total"]))
    archive = zipfile.ZipFile(BytesIO((await reports.fetch(done["file"]["url"], "class-teacher")).content))
    folder = f"{await reports.led()}/Обучающиеся/"
    assert len([each for each in archive.namelist() if each.startswith(folder)]) == one["total"] - 1 > 5


async def test_the_demo_certifies_reports_and_orders_a_set(reports: Reports) -> None:
    """By the deputy's own commands: what is certified can be proved, and the set is printed."""
    await make_prints(reports.school.url, Settings(), reports.school.demo.code)
    certified = (await reports.ask(CERTIFIED))["school"]["certifiedReports"]["nodes"]
    assert [each["report"] for each in certified] == [
        *("CLASSES_SUMMARY", "RESULTS_SUMMARY", "CLASS_RESULTS", "FINALS_SHEET")
    ]
    for each in certified:
        found = (await reports.ask(VERIFY, number=each["number"], digest=each["digest"]))["verifyPrint"]
        assert found["certified"], each["report"]
    own = (await reports.ask("{ me { reportSets(first: 100) { nodes { id } } } }"))["me"]["reportSets"]
    (one,) = own["nodes"]
    done = await over(reports, one, "deputy")
    assert (done["state"], done["left"], done["error"]) == ("DONE", 0, None)


async def test_its_owner_hears_how_far_it_is(reports: Reports, tmp_path: Path) -> None:
    """And nobody else: from the order on, as the reports are printed, to the end."""
    tokens = [await reports.school.token(login) for login in ("class-teacher", "director")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(report_sets, "LOOKS_EVERY", 24 * 3600)  # this process listens; the other prints
        async with (
            listening(reports.school, tmp_path) as address,
            following(address, tokens[0], ACCOUNT, {}) as heard,
            following(address, tokens[1], ACCOUNT, {}) as stranger,
        ):
            assert await heard.next() == await stranger.next() == []
            given = await given_for(reports, formats=["CSV"], reports=["REPORT_CARD", "CLASS_RESULTS"])
            one = await ordered(reports, **given)
            told: list[Any] = []
            while not told or told[-1]["reportSet"]["state"] != "DONE":
                told += await heard.next(TIME)
            assert {(each["kind"], each["reportSet"]["id"], each["digest"]) for each in told} == {
                ("REPORT_SET", one["id"], None)
            }
            done = [each["reportSet"]["done"] for each in told]
            assert done == sorted(done)
            # Ordered, taken, each report but the last, finished; what comes between two looks is told once.
            assert done[-1] == one["total"]
            assert 3 <= len(told) <= one["total"] + 2, done
            assert one["total"] < 100
            assert await stranger.all() == []


async def test_nobody_else_has_it(reports: Reports) -> None:
    one = await over(reports, await ordered(reports, **await given_for(reports, formats=["CSV"])))
    for login in ("director", "deputy", "secretary", "analyst"):
        assert await read(reports, one, login) is None, login
        assert (await reports.fetch(one["file"]["url"], login)).status_code == 404, login
        nodes = (await reports.ask("{ me { reportSets(first: 100) { nodes { id } } } }", login))["me"]
        assert one["id"] not in [each["id"] for each in nodes["reportSets"]["nodes"]], login
        refused = (await reports.ask(CANCEL, login, id=one["id"]))["cancelReportSet"]
        assert refused == {"__typename": "Refusal", "code": "NOT_FOUND", "field": "reportSetId"}, login
    assert (await reports.fetch(one["file"]["url"], "parent")).status_code == 404
    assert (await reports.fetch(one["file"]["url"], None)).status_code == 401
    assert (await reports.fetch(one["file"]["url"], "class-teacher")).status_code == 200
    own = (await reports.ask("{ me { reportSets(first: 100) { nodes { id } } } }", "class-teacher"))["me"]
    assert one["id"] in [each["id"] for each in own["reportSets"]["nodes"]]


async def test_who_may_order_what(reports: Reports) -> None:
    given = await given_for(reports, formats=["CSV"])
    name = await reports.led()
    other = gid("SchoolClass", await reports.class_id(next(each for each in ("5Б", "9Б") if each != name)))
    foreign = await ordered(reports, **{**given, "of": other})
    assert (foreign["code"], foreign["field"]) == ("NOT_FOUND", "of")
    card = await ordered(reports, "administrator", **{**given, "reports": ["REPORT_CARD"]})
    assert (card["code"], card["field"]) == ("FORBIDDEN", "reports")
    none = await ordered(reports, **{**given, "periodId": None, "reports": ["CLASS_RESULTS"]})
    assert (none["code"], none["field"]) == ("BAD_INPUT", "periodId")
    long = {**given, "reports": ["ATTENDANCE_SHEET"], "from": "2025-03-01", "until": "2026-03-01"}
    assert (await ordered(reports, **long))["code"] == "RANGE_TOO_LONG"
    for login in ("student", "parent", "hr", "service"):
        assert "printReports" in str((await reports.school.ask(ORDER, {"input": given}, as_=login))["errors"]), login
    school = {
        **given,
        "of": gid("School", await reports.db.fetchval("SELECT school_id FROM school")),
        "formats": ["CSV"],
    }
    own = await ordered(reports, **{**school, "reports": ["CLASS_RESULTS"]})
    whole = await ordered(reports, "deputy", **{**school, "reports": ["CLASS_RESULTS"]})
    assert (own["total"], whole["total"] > 1) == (1, True)
    assert (await over(reports, own))["state"] == (await over(reports, whole, "deputy"))["state"] == "DONE"


@pytest.mark.parametrize(
    ("login", "asked", "expected"),
    [
        ("administrator", ["CLASSES_SUMMARY", "RESULTS_SUMMARY", "OCCUPANCY", "MOVEMENT"], 4),
        ("secretary", ["OCCUPANCY", "MOVEMENT"], 2),
    ],
)
async def test_those_without_classes_have_the_schools_reports(
    reports: Reports, login: str, asked: list[str], expected: int
) -> None:
    """Of the period's days, though they have the reports of no class."""
    school = gid("School", await reports.db.fetchval("SELECT school_id FROM school"))
    period = gid("Period", await reports.period_id("III четверть"))
    one = await ordered(reports, login, of=school, periodId=period, reports=asked, formats=["CSV"])
    assert (one["total"], one["left"]) == (expected, 0)
    done = await over(reports, one, login)
    names = zipfile.ZipFile(BytesIO((await reports.fetch(done["file"]["url"], login)).content)).namelist()
    assert any("Движение учащихся по школе, 12 января" in name for name in names), names


async def test_what_goes_by_days_is_of_the_periods_days_for_every_class(reports: Reports) -> None:
    """Of classes that are marked by half-years, too; what is marked then is left out of them."""
    school = gid("School", await reports.db.fetchval("SELECT school_id FROM school"))
    period = gid("Period", await reports.period_id("III четверть"))
    asked = ["ATTENDANCE_SHEET", "STUDENT_LIST", "CLASS_RESULTS"]
    one = await ordered(reports, "deputy", of=school, periodId=period, reports=asked, formats=["CSV"])
    count = "SELECT count(*) AS all, count(*) FILTER (WHERE period_kind = 'half_year') AS halves FROM school_class AS c"
    count += " JOIN period AS p ON p.year_id = c.year_id AND p.id = $1"
    classes = await reports.db.fetchrow(count, await reports.period_id("III четверть"))
    assert classes["halves"] > 0
    assert (one["total"], one["left"]) == (3 * classes["all"] - classes["halves"], classes["halves"])
    done = await over(reports, one, "deputy")
    names = zipfile.ZipFile(BytesIO((await reports.fetch(done["file"]["url"], "deputy")).content)).namelist()
    for title, day in (("Сводная ведомость учёта посещаемости", "12 января"), ("Общие сведения", "27.03.2026")):
        found = [name for name in names if title in name]
        assert len(found) == classes["all"]
        assert all(day in name for name in found), found
    halves = await reports.db.fetch(
        "SELECT grade::text || letter AS name FROM school_class AS c JOIN period AS p ON p.year_id = c.year_id"
        " WHERE p.id = $1 AND c.period_kind = 'half_year'",
        await reports.period_id("III четверть"),
    )
    said = await left_out(reports, done, "deputy")
    assert sorted(said) == sorted(
        f"{row['name']} · Итоги успеваемости класса за учебный период: у этого класса нет такого учебного периода."
        for row in halves
    )


async def left_out(reports: Reports, done: dict[str, Any], as_: str = "class-teacher") -> list[str]:
    """What a set says that is not in it."""
    archive = zipfile.ZipFile(BytesIO((await reports.fetch(done["file"]["url"], as_)).content))
    said = archive.read("Не вошло.txt").decode("utf-8-sig").split("\r\n")
    assert len(said) == done["left"]
    return said


async def test_who_has_gone_to_another_class_is_named_among_what_is_left_out(reports: Reports) -> None:
    """The class was theirs when the period ended: its teacher has no reports of them any more, and has all others."""
    given = await given_for(reports, formats=["CSV"], reports=["REPORT_CARD"])
    name = await reports.led()
    before = (await ordered(reports, **given))["total"]
    gone = await reports.db.fetchrow(
        "SELECT e.id, opened_by, p.family_name || ' ' || p.given_name AS name FROM enrolment AS e"
        " JOIN student AS s ON s.id = e.student_id JOIN person AS p ON p.id = s.person_id"
        " WHERE class_id = $1 AND e.ends_on IS NULL ORDER BY e.id LIMIT 1",
        await reports.class_id(name),
    )
    await stays_until(reports, gone["id"], date(2026, 1, 20), gone["opened_by"])
    try:
        done = await over(reports, await ordered(reports, **given))
        assert (done["state"], done["total"], done["left"]) == ("DONE", before - 1, 1)
        (said,) = await left_out(reports, done)
    finally:
        await stays_until(reports, gone["id"], None, None)
    assert said.startswith(f"{name}/Обучающиеся · {gone['name']}"), said
    assert said.endswith(" · Табель успеваемости учащегося: этот отчёт вам не открыт."), said


@pytest.mark.parametrize(
    ("error", "why"),
    [(Unprintable("said"), "напечатать не удалось."), (TooLong(), "печать заняла слишком много времени.")],
)
async def test_what_could_not_be_printed_is_named(
    reports: Reports, monkeypatch: pytest.MonkeyPatch, error: Exception, why: str
) -> None:
    """Whose it is, which report, and why; the others are there."""
    real = report_sets.file_of

    async def broken(paper: Any, *args: Any) -> bytes:
        if paper.title == "Табель успеваемости учащегося":
            raise error
        return await real(paper, *args)

    monkeypatch.setattr(report_sets, "file_of", broken)
    given = await given_for(reports, formats=["CSV"], reports=["REPORT_CARD", "CLASS_RESULTS"])
    done = await over(reports, await ordered(reports, **given))
    assert (done["state"], done["left"]) == ("DONE", done["total"] - 1)
    said = await left_out(reports, done)
    assert all(each.endswith(f" · Табель успеваемости учащегося: {why}") for each in said)
    assert len(set(said)) == len(said) > 5


def test_why_a_report_is_left_out() -> None:
    """The days that a report of days has: of a period that has not begun, of another year, of none at all."""
    asked, today = Asked(), date(2026, 1, 20)
    days = Days(1, date(2026, 1, 12), date(2026, 3, 27))
    fits = [
        (Report.ATTENDANCE_SHEET, asked, None, Why.NOTHING_ASKED),
        (Report.ATTENDANCE_SHEET, asked, replace(days, starts_on=date(2026, 2, 1)), Why.NOT_BEGUN),
        (Report.ATTENDANCE_SHEET, Asked(until=date(2026, 1, 11)), days, Why.NO_DAYS),
        (Report.CLASS_RESULTS, asked, None, Why.NOTHING_ASKED),
        (Report.CLASS_RESULTS, Asked(period_id=1), None, Why.NO_SUCH_PERIOD),
        (Report.CLASS_RESULTS, Asked(FinalKind.EXAM), None, Why.NOT_MARKED),
    ]
    for report, of, own, why in fits:
        assert fitting(of, report, None, own, today) is why
    assert fitting(asked, Report.ATTENDANCE_SHEET, None, days, today) == Asked(since=days.starts_on, until=today)


async def test_a_schools_set_has_its_teachers(reports: Reports) -> None:
    """Each who teaches in the period; of a teacher who leads a class, the own one only. A class's set has none."""
    given = await given_for(reports, formats=["CSV"], reports=["SUBJECT_TEACHER"])
    school = gid("School", await reports.db.fetchval("SELECT school_id FROM school"))
    teaching = await reports.db.fetchval(
        "SELECT count(DISTINCT a.staff_id) FROM teaching_assignment AS a JOIN study_group AS g ON g.id = a.group_id"
        " JOIN school_class AS c ON c.id = g.class_id JOIN period AS p ON p.year_id = c.year_id AND p.id = $1"
        " WHERE a.starts_on <= p.ends_on AND coalesce(a.ends_on, 'infinity') >= p.starts_on",
        await reports.period_id("I четверть"),
    )
    whole = await ordered(reports, "deputy", **{**given, "of": school})
    own = await ordered(reports, **{**given, "of": school})
    assert (whole["total"], own["total"]) == (teaching, 1)
    assert teaching > 5
    done = await over(reports, whole, "deputy")
    archive = zipfile.ZipFile(BytesIO((await reports.fetch(done["file"]["url"], "deputy")).content))
    assert len(archive.namelist()) == teaching
    alone = await over(reports, own)
    (name,) = zipfile.ZipFile(BytesIO((await reports.fetch(alone["file"]["url"], "class-teacher")).content)).namelist()
    assert name.startswith("Учителя/Отчёт учителя-предметника, ")
    assert name in archive.namelist()
    refused = await ordered(reports, "deputy", **given)
    assert (refused["code"], refused["field"]) == ("BAD_INPUT", "reports")
    analyst = await ordered(reports, "analyst", **{**given, "of": school})
    assert (analyst["code"], analyst["field"]) == ("FORBIDDEN", "reports")


async def test_the_same_key_orders_once(reports: Reports) -> None:
    given = await given_for(reports, formats=["CSV"], idempotencyKey="one")
    one = await ordered(reports, **given)
    assert (await ordered(reports, **given))["id"] == one["id"]
    await over(reports, one)


async def _slow(reports: Reports, as_: str) -> dict[str, Any]:
    """A set that takes its time, once it is under way."""
    one = await ordered(reports, as_, **await given_for(reports, students=True, formats=["PDF"]))

    async def look() -> dict[str, Any]:
        found = await read(reports, one, as_)
        return {**found, "state": "BEGUN" if found["done"] else found["state"]}

    await until(look, "BEGUN")
    return one


async def test_cancelled(reports: Reports) -> None:
    one = await _slow(reports, "class-teacher")
    cancelled = (await reports.ask(CANCEL, "class-teacher", id=one["id"]))["cancelReportSet"]["reportSet"]
    assert (cancelled["state"], cancelled["file"]) == ("CANCELLED", None)
    again = (await reports.ask(CANCEL, "class-teacher", id=one["id"]))["cancelReportSet"]
    assert (again["code"], again["field"]) == ("CONFLICT", "reportSetId")
    following = await over(reports, await ordered(reports, **await given_for(reports, formats=["CSV"])))
    assert following["state"] == "DONE"
    assert (await read(reports, one)) == cancelled


@asynccontextmanager
async def without_class(reports: Reports) -> AsyncIterator[None]:
    """The class teacher leads and teaches no class for a while."""
    led = "DELETE FROM class_leadership WHERE staff_id = (SELECT s.id FROM account AS a JOIN staff AS s"
    led += " USING (school_id, person_id) WHERE login = 'class-teacher') RETURNING *"
    gone = await reports.db.fetch(led)
    taught = await reports.db.fetch(
        "SELECT id, ends_on FROM teaching_assignment"
        " WHERE staff_id = $1 AND coalesce(ends_on, 'infinity') > '2026-01-12'",
        gone[0]["staff_id"],
    )
    await reports.db.execute(
        "UPDATE teaching_assignment SET ends_on = greatest(starts_on, '2026-01-12') WHERE id = ANY($1::bigint[])",
        [row["id"] for row in taught],
    )
    try:
        assert gone
        assert taught
        yield
    finally:
        columns = list(gone[0].keys())
        for row in gone:
            places = ", ".join(f"${number}" for number in range(1, len(columns) + 1))
            await reports.db.execute(
                f"INSERT INTO class_leadership ({', '.join(columns)}) OVERRIDING SYSTEM VALUE VALUES ({places})",
                *row.values(),
            )
        update = "UPDATE teaching_assignment SET ends_on = $2 WHERE id = $1"
        await reports.db.executemany(update, [(row["id"], row["ends_on"]) for row in taught])


async def test_a_right_that_is_taken_ends_it(reports: Reports) -> None:
    one = await _slow(reports, "class-teacher")
    async with without_class(reports):
        ended = await over(reports, one)
        assert (ended["state"], ended["error"], ended["file"]) == ("FAILED", "FORBIDDEN", None)


async def test_a_right_that_is_taken_closes_the_file(reports: Reports) -> None:
    """A file holds what its owner may have when it is fetched, or is not given."""
    given = await given_for(reports, formats=["CSV"], reports=["STUDENT_LIST"])
    one = await over(reports, await ordered(reports, **given))
    url = one["file"]["url"]
    assert (await reports.fetch(url, "class-teacher")).status_code == 200
    async with without_class(reports):
        assert (await reports.fetch(url, "class-teacher")).status_code == 404
        now = await read(reports, one)
        assert (now["state"], now["file"]) == ("DONE", None)
        listed = await reports.ask("{ me { reportSets(first: 100) { nodes { id file { url } } } } }", "class-teacher")
        assert all(each["file"] is None for each in listed["me"]["reportSets"]["nodes"] if each["id"] == one["id"])
    assert (await reports.fetch(url, "class-teacher")).status_code == 200
    assert (await read(reports, one))["file"]["url"] == url


async def test_a_session_that_ends_ends_it(reports: Reports) -> None:
    one = await _slow(reports, "deputy")
    number = await reports.db.fetchval("SELECT max(id) FROM report_set")
    await reports.db.execute(
        "UPDATE session SET ended_at = now() WHERE id = (SELECT session_id FROM report_set WHERE id = $1)", number
    )
    ends = time.monotonic() + TIME
    while (row := await reports.db.fetchrow("SELECT * FROM report_set WHERE id = $1", number))["state"] == "running":
        assert time.monotonic() < ends
        await asyncio.sleep(0.1)
    assert one["total"] > 1
    assert (row["state"], row["error"], row["digest"]) == ("failed", "SESSION_ENDED", None)


async def test_the_file_goes_after_its_days(reports: Reports, tmp_path: Path) -> None:
    one = await over(
        reports, await ordered(reports, "director", **await given_for(reports, formats=["CSV"])), "director"
    )
    until_ = datetime.fromisoformat(one["expiresAt"])
    digest = await reports.db.fetchval(
        "SELECT digest FROM report_set WHERE digest IS NOT NULL ORDER BY id DESC LIMIT 1"
    )
    database = reports.school.app.state.database
    assert digest not in await expire(database, until_ - timedelta(seconds=1))
    assert (await reports.fetch(one["file"]["url"], "director")).status_code == 200
    assert digest in await expire(database, until_)
    gone = await read(reports, one, "director")
    assert (gone["state"], gone["file"]) == ("EXPIRED", None)
    assert (await reports.fetch(one["file"]["url"], "director")).status_code == 404
    store = FolderStore(tmp_path)
    async with store.receive() as incoming:
        await incoming.write(b"abc")
        await incoming.keep()
    await store.remove(incoming.digest)
    await store.remove(incoming.digest)
    assert not store.path(incoming.digest).exists()


def test_an_archive_tells_what_is_called_alike_apart() -> None:
    archive = Archive(datetime(2026, 5, 20, 9, 30, tzinfo=UTC))
    content = b""
    paths = [archive.free("5А", f"{name}.csv") for name in ("Отчёт", "отчёт", "Отчёт")]
    for path in paths:
        content += archive.add(path, path.encode())
    content += archive.end()
    found = zipfile.ZipFile(BytesIO(content))
    assert found.namelist() == paths == ["5А/Отчёт.csv", "5А/отчёт (2).csv", "5А/Отчёт (3).csv"]
    assert [found.read(path).decode() for path in paths] == paths


def files_in(folder: Path) -> dict[str, bytes]:
    """The files of a folder's folders, by their paths."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.glob("*/*")}


@pytest.mark.parametrize(("login", "code"), [("deputy", 0), ("class-teacher", 0), ("secretary", 1), ("parent", 1)])
async def test_at_the_command_line(
    reports: Reports, login: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same files in the same folders, for whoever may have them; noted with what was printed."""
    monkeypatch.setenv("DATABASE_URL", reports.school.url)
    monkeypatch.setenv("CLASSBOOK_NOW", JUNE.isoformat())
    given = await given_for(reports, formats=["CSV"], reports=["CLASS_RESULTS", "CLASS_TEACHER"])
    name = await reports.led()
    before = await reports.db.fetchval("SELECT coalesce(max(id), 0) FROM audit_entry")
    words = ("print-reports", "--login", login, "--class", name, "--period", "I четверть", "--format", "csv")
    words = (*words, "--report", "class_results", "--report", "class_teacher", "--out", str(tmp_path))
    result = await asyncio.to_thread(CliRunner().invoke, app, list(words), env={"COLUMNS": "200"})
    assert result.exit_code == code, result.output
    found = files_in(tmp_path)
    assert all(path.startswith(f"{name}/") for path in found)
    assert len(found) == (0 if code else 2)
    if code == 0:
        done = await over(reports, await ordered(reports, **given))
        archive = zipfile.ZipFile(BytesIO((await reports.fetch(done["file"]["url"], "class-teacher")).content))
        assert found == {path: archive.read(path) for path in archive.namelist()}
    noted = await reports.db.fetch("SELECT input FROM audit_entry WHERE command = 'printReportSet' AND id > $1", before)
    assert [row["input"].count('"report"') for row in noted] == ([] if code else [2])
