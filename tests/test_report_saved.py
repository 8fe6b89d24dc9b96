"""Saved reports: whose they are, with whom they are shared, when they run by themselves, on paper (10.7)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from migrations.run import downgrade, upgrade
from resolvers.context import Context
from resolvers.database import Cap
from resolvers.report_constructor import WITHHELD, Cell, ReportAnswer, ReportColumn, in_words
from resolvers.report_saved import answer_json, answer_of
from resolvers.report_schedule import run_due
from rules.report_constructor import Definition, Measure, ReportFieldType, ReportFunction
from rules.report_saved import DAYS, DUE_AFTER, MOST_ATTEMPTS, RUNS_KEPT, ReportFrequency, next_due
from server.demo import Demo

from .finals_help import JUNE
from .journal_help import gid
from .print_help import read
from .report_help import Reports, drawn, sheet

SHOWN = (
    "id name version mine sharedRoles sharedAccountIds definition { source fields groups limit"
    " filters { field operator values } measures { function field } order { column descending } }"
    " schedule { frequency hour day nextRunAt } print { pdf xlsx csv svg }"
)
ALL = f"{{ savedReports {{ {SHOWN} }} }}"
RUN = (
    "query($id: ID!) { savedReport(id: $id) { run { rounded columns { title }"
    " rows { text number withheld counted leftOut } } runs { id state error dueAt finishedAt"
    " print { xlsx pdf svg } answer { cut rounded"
    " columns { title type measure formula total } rows { text number date withheld counted leftOut } } } } }"
)
KEPT = ("text", "number", "withheld", "counted", "leftOut")
STUDENTS = {
    "source": "STUDENTS",
    "groups": ["grade", "birthYear"],
    "measures": [{"function": "COUNT"}],
    "filters": [{"field": "enrolled", "operator": "EQUALS", "values": ["true"]}],
    "order": [{"column": 2, "descending": True}],
}
IN_WORDS = "Обучающиеся: Параллель, Год рождения, Записей"
LATE = {
    "source": "ATTENDANCE",
    "groups": ["month"],
    "measures": [{"function": "COUNT"}, {"function": "AVERAGE", "field": "minutesLate"}],
}
NAMED = {"source": "STUDENTS", "fields": ["name", "birthDate"], "order": [{"column": 0}]}


@pytest.fixture(scope="module")
async def reports(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Reports]:
    """A school for this module."""
    async with drawn(cluster, demo_template) as reports:
        yield reports


async def give(reports: Reports, command: str, as_: str, **given_: Any) -> Any:
    """What a command answers: its payload or its refusal."""
    kind = command[0].upper() + command[1:]
    shown = "reportId" if command == "deleteReport" else f"report {{ {SHOWN} }}"
    query = (
        f"mutation($of: {kind}Input!) {{ {command}(input: $of) {{ ... on {kind}Payload {{ {shown} }}"
        " ... on Refusal { code field clause } } }"
    )
    return (await reports.ask(query, as_, of=given_))[command]


async def saved(reports: Reports, as_: str, name: str, definition: Any) -> str:
    """A new report's id."""
    answer = await give(reports, "saveReport", as_, name=name, definition=definition)
    return str(answer["report"]["id"])


async def names(reports: Reports, as_: str) -> dict[str, str]:
    """What each report that somebody has is called, by its id."""
    return {each["id"]: each["name"] for each in (await reports.ask(ALL, as_))["savedReports"]}


# Keeping, changing, deleting


async def test_what_is_saved_is_what_was_composed(reports: Reports) -> None:
    answer = await give(reports, "saveReport", "administrator", name="По годам", definition=STUDENTS)
    report = answer["report"]
    kept = {"fields": [], "limit": None, **STUDENTS, "measures": [{"function": "COUNT", "field": None}]}
    assert report["definition"] == kept
    assert (report["mine"], report["version"], report["sharedRoles"], report["schedule"]) == (True, 1, [], None)
    changed = await give(
        *(reports, "updateReport", "administrator"), reportId=report["id"], name="По рождению", ifVersion=1
    )
    assert (changed["report"]["name"], changed["report"]["version"]) == ("По рождению", 2)
    assert changed["report"]["definition"] == kept
    again = {"reportId": report["id"], "name": "Ещё раз", "ifVersion": 1}
    assert (await give(reports, "updateReport", "administrator", **again))["code"] == "CONFLICT"
    assert (await give(reports, "deleteReport", "administrator", reportId=report["id"], ifVersion=1))["code"] == (
        "CONFLICT"
    )
    assert await give(reports, "deleteReport", "administrator", reportId=report["id"]) == {"reportId": report["id"]}
    assert "По рождению" not in (await names(reports, "administrator")).values()


async def test_a_repeat_saves_once(reports: Reports) -> None:
    of = {"name": "Повтор", "definition": STUDENTS, "idempotencyKey": "constructor"}
    first, second = [await give(reports, "saveReport", "administrator", **of) for _ in range(2)]
    assert first == second
    assert [*(await names(reports, "administrator")).values()].count("Повтор") == 1


async def test_the_trail_keeps_neither_names_nor_conditions(reports: Reports) -> None:
    secret = {"field": "familyName", "operator": "EQUALS", "values": ["Сверхтайный"]}
    of = await saved(reports, "administrator", "О Сверхтайном", {**NAMED, "filters": [secret]})
    await give(reports, "updateReport", "administrator", reportId=of, name="О Сверхтайном снова")
    entries = await reports.db.fetch(
        "SELECT input::text FROM audit_entry WHERE command IN ('saveReport', 'updateReport')"
    )
    assert entries
    assert not [each for each in entries if "Сверхтайн" in each["input"]]


@pytest.mark.parametrize(
    ("as_", "definition", "refused"),
    [
        ("analyst", NAMED, ("FORBIDDEN", "definition.fields")),
        ("analyst", {**STUDENTS, "groups": ["familyName"]}, ("BAD_INPUT", "definition.groups.0")),
        ("administrator", {"source": "MARKS", "measures": [{"function": "COUNT"}]}, ("NOT_FOUND", "definition.source")),
        ("administrator", {**STUDENTS, "groups": ["nothing"]}, ("BAD_INPUT", "definition.groups.0")),
    ],
)
async def test_what_one_may_not_ask_is_not_saved(
    reports: Reports, as_: str, definition: Any, refused: tuple[str, str]
) -> None:
    answer = await give(reports, "saveReport", as_, name="Нельзя", definition=definition)
    assert (answer["code"], answer["field"]) == refused
    own = await saved(reports, as_, "Можно", STUDENTS)
    answer = await give(reports, "updateReport", as_, reportId=own, definition=definition)
    assert (answer["code"], answer["field"]) == refused
    assert (await give(reports, "saveReport", as_, name=" ", definition=STUDENTS))["field"] == "name"


async def test_a_name_fits_on_paper(reports: Reports) -> None:
    """It stands above the table, where no more than a page of it could be printed."""
    report = await saved(reports, "administrator", "Имя", STUDENTS)
    for command, more in (("saveReport", {"definition": STUDENTS}), ("updateReport", {"reportId": report})):
        answer = await give(reports, command, "administrator", name="слово" * 41, **more)
        assert (answer["code"], answer["field"]) == ("BAD_INPUT", "name")
    assert await give(reports, "updateReport", "administrator", reportId=report, name="слово" * 40)
    assert (await reports.fetch(f"/print/saved-report/{report}.pdf", "administrator")).status_code == 200


# Whose, and with whom shared


async def test_somebody_elses_report_is_not_there(reports: Reports) -> None:
    of = await saved(reports, "administrator", "Только мой", STUDENTS)
    assert of not in await names(reports, "analyst")
    assert (await reports.ask(RUN, "analyst", id=of))["savedReport"] is None
    assert (await reports.fetch(f"/print/saved-report/{of}.csv", "analyst")).status_code == 404
    for command, given_ in (
        ("updateReport", {"name": "Мой"}),
        ("deleteReport", {}),
        ("shareReport", {"roles": ["ANALYST"]}),
        ("scheduleReport", {"frequency": "DAILY", "hour": 7}),
    ):
        answer = await give(reports, command, "analyst", reportId=of, **given_)
        assert (answer["code"], answer["field"]) == ("NOT_FOUND", "reportId")
    for login in ("deputy", "director", "teacher", "parent", "student", "secretary", "hr", "service"):
        answer = await reports.school.ask(ALL, as_=login)
        assert "Cannot query field 'savedReports'" in str(answer["errors"])
        assert (await reports.fetch(f"/print/saved-report/{of}.csv", login)).status_code in (403, 404)


@pytest.mark.parametrize("how", ["roles", "accountIds"])
async def test_a_shared_report_runs_by_the_rights_of_whoever_runs_it(reports: Reports, how: str) -> None:
    of = await saved(reports, "administrator", f"Общий {how}", STUDENTS)
    analyst = await reports.db.fetchval("SELECT id FROM account WHERE login = 'analyst'")
    shared = {"roles": ["ANALYST"]} if how == "roles" else {"accountIds": [gid("Account", analyst)]}
    report = (await give(reports, "shareReport", "administrator", reportId=of, **shared))["report"]
    assert (report["sharedRoles"], report["sharedAccountIds"]) == (
        shared.get("roles", []),
        shared.get("accountIds", []),
    )
    # Its words are the administrator's own.
    assert (await names(reports, "analyst"))[of] == IN_WORDS
    assert (await names(reports, "administrator"))[of] == f"Общий {how}"
    own, theirs = [(await reports.ask(RUN, as_, id=of))["savedReport"]["run"] for as_ in ("administrator", "analyst")]
    assert (own["rounded"], theirs["rounded"]) == (False, True)
    assert len(own["rows"]) > len(theirs["rows"])
    assert any(row[2]["number"] % 5 for row in own["rows"])
    assert not any(row[2]["number"] % 5 for row in theirs["rows"])
    (seen,) = [each for each in (await reports.ask(ALL, "analyst"))["savedReports"] if each["id"] == of]
    assert (seen["mine"], seen["sharedAccountIds"], seen["schedule"]) == (False, [], None)
    # Shared, it is still not theirs.
    assert (await give(reports, "updateReport", "analyst", reportId=of, name="Мой"))["code"] == "NOT_FOUND"
    answer = await give(reports, "updateReport", "administrator", reportId=of, definition=NAMED)
    assert (answer["code"], answer["clause"]) == ("FORBIDDEN", "4.1")
    await give(reports, "shareReport", "administrator", reportId=of)
    assert of not in await names(reports, "analyst")


def test_the_words_of_a_report_whose_field_is_no_more() -> None:
    definition = Definition("classes", groups=("grade", "gone"), measures=(Measure(ReportFunction.COUNT, None),))
    assert in_words(definition) == "Классы: Параллель, Записей"


async def test_what_may_not_be_shared(reports: Reports) -> None:
    """Conditions hold names, too: what an analyst could not compose is not shown to one."""
    named = await saved(reports, "administrator", "С именами", NAMED)
    plain = await saved(reports, "administrator", "Без имён", STUDENTS)
    analyst = await reports.db.fetchval("SELECT id FROM account WHERE login = 'analyst'")
    service = await reports.db.fetchval("SELECT id FROM account WHERE kind = 'service'")
    logins = ["deputy", "teacher", "parent", "student"]
    others = await reports.db.fetch("SELECT id FROM account WHERE login = ANY($1::text[])", logins)
    assert len(others) == len(logins)
    for of, given_, refused in (
        (named, {"roles": ["ANALYST"]}, "FORBIDDEN"),
        (named, {"accountIds": [gid("Account", analyst)]}, "FORBIDDEN"),
        (plain, {"roles": ["DEPUTY"]}, "BAD_INPUT"),
        (plain, {"accountIds": [gid("Account", service)]}, "BAD_INPUT"),
        (plain, {"accountIds": [gid("Account", 10**9)]}, "NOT_FOUND"),
        *((plain, {"accountIds": [gid("Account", each["id"])]}, "NOT_FOUND") for each in others),
    ):
        assert (await give(reports, "shareReport", "administrator", reportId=of, **given_))["code"] == refused
    own = await saved(reports, "analyst", "Аналитика", STUDENTS)
    administrator = await reports.db.fetchval("SELECT id FROM account WHERE login = 'administrator'")
    answer = await give(reports, "shareReport", "analyst", reportId=own, accountIds=[gid("Account", administrator)])
    assert (answer["code"], answer["field"]) == ("NOT_FOUND", "accountIds.0")
    answer = await give(reports, "shareReport", "analyst", reportId=own, roles=["ADMINISTRATOR"])
    assert answer["report"]["sharedRoles"] == ["ADMINISTRATOR"]
    assert "Аналитика" in (await names(reports, "administrator")).values()


# By schedule


@given(
    st.sampled_from(ReportFrequency),
    st.integers(0, 23),
    st.integers(1, 28),
    st.integers(0, 365 * 24 * 60).map(lambda minutes: datetime(2025, 9, 1, tzinfo=UTC) + timedelta(minutes=minutes)),
    st.sampled_from(["Asia/Barnaul", "Europe/Kaliningrad", "Asia/Kamchatka", "Europe/Berlin"]),
)
def test_when_a_report_is_due(frequency: ReportFrequency, hour: int, day: int, after: datetime, zone: str) -> None:
    """The first such hour by the school's clock, and none before it."""
    days = DAYS[frequency]
    of = (frequency, hour, days[(day - 1) % len(days)] if days else None)
    due = next_due(*of, zone, after)
    local = due.astimezone(ZoneInfo(zone))
    assert after < due <= after + timedelta(days=32)
    assert (local.minute, local.second) == (0, 0)
    assert next_due(*of, zone, due - timedelta(seconds=1)) == due
    assert next_due(*of, zone, due) > due
    if frequency is ReportFrequency.WEEKLY:
        assert local.isoweekday() == of[2]
    if frequency is ReportFrequency.MONTHLY:
        assert local.day == of[2]


@pytest.mark.parametrize(
    ("of", "field"),
    [
        ({"frequency": "DAILY"}, "hour"),
        ({"frequency": "DAILY", "hour": 24}, "hour"),
        ({"frequency": "DAILY", "hour": 7, "day": 1}, "day"),
        ({"frequency": "WEEKLY", "hour": 7}, "day"),
        ({"frequency": "WEEKLY", "hour": 7, "day": 8}, "day"),
        ({"frequency": "MONTHLY", "hour": 7, "day": 29}, "day"),
    ],
)
async def test_hours_that_there_are_not(reports: Reports, of: dict[str, Any], field: str) -> None:
    report = await saved(reports, "administrator", "Без часа", STUDENTS)
    answer = await give(reports, "scheduleReport", "administrator", reportId=report, **of)
    assert (answer["code"], answer["field"]) == ("BAD_INPUT", field)


def later(reports: Reports, hours: float, **more: Any) -> Any:
    """What makes contexts of so many hours after the module's day."""
    state = reports.school.app.state
    now = JUNE + timedelta(hours=hours)

    def context_at() -> Context:
        return Context(state.database, state.graphql.tokens, now, now, **more)

    return context_at


async def due(reports: Reports, hours: float, **more: Any) -> int:
    """How many reports ran at that moment."""
    return await run_due(reports.school.app.state.database, later(reports, hours, **more))


async def scheduled(reports: Reports, as_: str, definition: Any) -> str:
    """A report that is due each day, and no other that is."""
    await reports.db.execute("DELETE FROM report_run")
    await reports.db.execute("UPDATE saved_report SET frequency = NULL, hour = NULL, day = NULL, next_run_at = NULL")
    of = await saved(reports, as_, "По расписанию", definition)
    answer = await give(reports, "scheduleReport", as_, reportId=of, frequency="DAILY", hour=3)
    assert answer["report"]["schedule"]["frequency"] == "DAILY"
    return of


async def runs(reports: Reports, as_: str, of: str) -> list[Any]:
    return list((await reports.ask(RUN, as_, id=of))["savedReport"]["runs"])


async def test_a_report_runs_when_it_is_due_and_once(reports: Reports) -> None:
    of = await scheduled(reports, "administrator", STUDENTS)
    assert await due(reports, 0) == 0
    assert await due(reports, 30) == 1
    assert await due(reports, 30) == 0
    (run,) = await runs(reports, "administrator", of)
    now = (await reports.ask(RUN, "administrator", id=of))["savedReport"]["run"]
    assert (run["state"], run["error"]) == ("DONE", None)
    shown = [[{k: cell[k] for k in KEPT} for cell in row] for row in run["answer"]["rows"]]
    assert shown == now["rows"]
    chart = "query($id: ID!) { savedReport(id: $id) { run { chart } runs { answer { chart } } } }"
    drawn_ = (await reports.ask(chart, "administrator", id=of))["savedReport"]
    assert all(each["chart"].startswith("<svg") for each in (drawn_["run"], drawn_["runs"][0]["answer"]))
    entry = await reports.db.fetchrow("SELECT * FROM audit_entry WHERE command = 'runScheduledReport' ORDER BY id DESC")
    assert entry["outcome"] == "done"
    # A snapshot is what it was.
    await reports.db.execute("UPDATE student SET taught_at_home = NOT taught_at_home")
    assert await runs(reports, "administrator", of) == [run]
    response = await reports.fetch(run["print"]["xlsx"], "administrator")
    assert response.status_code == 200
    above = [row[0] for row in sheet(response.content)[:5]]
    assert above[2:] == ["О чём: Обучающиеся", "По расписанию: 04.06.2026", "Выгружено: 03.06.2026"], (
        "by the days of the school"
    )
    assert len(sheet(response.content)) > len(now["rows"])
    assert (await give(reports, "deleteReport", "administrator", reportId=of))["reportId"] == of
    assert await reports.db.fetchval("SELECT count(*) FROM report_run") == 0


def test_an_answer_is_kept_whole() -> None:
    """With the counts behind its figures; what was kept before there were any, can be read."""
    share, mean = ReportFunction.SHARE, ReportFunction.AVERAGE
    number = ReportFieldType.NUMBER
    columns = [ReportColumn("Класс", ReportFieldType.TEXT), ReportColumn("Доля", number, None, share, 19)]
    columns += [ReportColumn("Среднее", number, None, mean), ReportColumn("Первый", ReportFieldType.DATE)]
    rows = [
        [Cell("5А"), Cell(Decimal("63.16"), False, 12, 0), Cell(Decimal("4.5"), False, 9, 3), Cell(JUNE.date())],
        [Cell(None), Cell(Decimal("36.84"), False, 7, 0), Cell(None, False, 0, 7), Cell(None)],
        [Cell("5Б"), WITHHELD, WITHHELD, Cell(JUNE.date(), False, 4, 1)],
    ]
    answer = ReportAnswer("Обучающиеся", columns, rows, True, 1, False, False)
    assert answer_of(orjson.loads(orjson.dumps(answer_json(answer)))) == answer
    before = {"title": "", "cut": False, "groups": 1, "inTime": False, "rounded": True}
    before |= {"columns": [["Класс", "text", None], ["Среднее", "number", "average"]]}
    kept = answer_of({**before, "rows": [[None, ["number", "4.5"]], [["text", "5А"], ["withheld"]]]})
    assert kept.rows == [[Cell(), Cell(Decimal("4.5"))], [Cell("5А"), WITHHELD]]
    assert [column.formula for column in kept.columns] == [None, "сумма значений / число записей со значением"]


async def test_two_processes_run_it_once(reports: Reports) -> None:
    of = await scheduled(reports, "administrator", STUDENTS)
    assert sum(await asyncio.gather(*(due(reports, 30) for _ in range(4)))) == 1
    assert len(await runs(reports, "administrator", of)) == 1


async def test_what_an_owner_came_to_is_nobody_elses(reports: Reports) -> None:
    of = await scheduled(reports, "administrator", STUDENTS)
    await give(reports, "shareReport", "administrator", reportId=of, roles=["ANALYST"])
    assert await due(reports, 30) == 1
    (run,) = await runs(reports, "administrator", of)
    assert await runs(reports, "analyst", of) == []
    assert (await reports.fetch(run["print"]["xlsx"], "administrator")).status_code == 200
    assert (await reports.fetch(run["print"]["xlsx"], "analyst")).status_code == 404


async def test_an_analysts_snapshot_is_rounded_as_the_report_is(reports: Reports) -> None:
    of = await scheduled(reports, "analyst", STUDENTS)
    assert await due(reports, 30) == 1
    (run,) = await runs(reports, "analyst", of)
    now = (await reports.ask(RUN, "analyst", id=of))["savedReport"]["run"]
    rows = [[{k: cell[k] for k in KEPT} for cell in row] for row in run["answer"]["rows"]]
    assert (rows, run["answer"]["rounded"]) == (now["rows"], True)
    assert rows
    assert all(row[2]["number"] >= 5 and row[2]["number"] % 5 == 0 for row in rows)
    for path in (run["print"]["xlsx"], f"/print/saved-report/{of}.xlsx"):
        printed = sheet((await reports.fetch(path, "analyst")).content)
        assert [row[:3] for row in printed if row[2:3] and isinstance(row[2], float)] == [
            [*(cell["number"] for cell in row)] for row in rows
        ]
        assert sum("Числа округлены до 5 человек" in str(row[0]) for row in printed) == 1


async def test_rights_are_those_of_the_moment(reports: Reports) -> None:
    """An owner who is locked out, or administrates no more, gets nothing."""
    of = await scheduled(reports, "administrator", NAMED)
    number = await reports.db.fetchval("SELECT max(id) FROM saved_report")
    states = "SELECT state, error FROM report_run WHERE report_id = $1 ORDER BY due_at"
    await reports.db.execute("UPDATE account SET locked_at = now() WHERE login = 'administrator'")
    assert await due(reports, 30) == 1
    await reports.db.execute("UPDATE account SET locked_at = NULL WHERE login = 'administrator'")
    role = "account_id = (SELECT id FROM account WHERE login = 'administrator') AND role = 'administrator'"
    await reports.db.execute(f"UPDATE account_role SET ends_on = '2026-05-30' WHERE {role}")
    assert await due(reports, 54) == 1
    await reports.db.execute(f"UPDATE account_role SET ends_on = NULL WHERE {role}")
    assert await due(reports, 78) == 1
    found = [tuple(row) for row in await reports.db.fetch(states, number)]
    assert found == [("failed", "FORBIDDEN"), ("failed", "FORBIDDEN"), ("done", None)]
    assert [each["state"] for each in await runs(reports, "administrator", of)] == ["DONE", "FAILED", "FAILED"]


async def test_what_takes_too_much_fails_with_its_code(reports: Reports) -> None:
    of = await scheduled(reports, "administrator", STUDENTS)
    assert await due(reports, 30, cap=Cap(1, 10)) == 1
    (run,) = await runs(reports, "administrator", of)
    assert (run["state"], run["error"], run["answer"], run["print"]) == ("FAILED", "TOO_COSTLY", None, None)


async def test_a_run_that_was_broken_off_is_begun_again(reports: Reports) -> None:
    """A process that died amid a run leaves it running: after a while the next one takes it, a few times."""
    of = await scheduled(reports, "administrator", STUDENTS)
    assert await due(reports, 30) == 1
    broken = "UPDATE report_run SET state = 'running', finished_at = NULL, answer = NULL, error = NULL, attempts = $1"
    await reports.db.execute(broken, 1)
    assert await due(reports, 30) == 0
    hours = 30 + DUE_AFTER / timedelta(hours=1)
    assert await due(reports, hours) == 1
    (run,) = await runs(reports, "administrator", of)
    assert run["state"] == "DONE"
    await reports.db.execute(broken, MOST_ATTEMPTS)
    assert await due(reports, 2 * hours - 30) == 1
    (run,) = [each for each in await runs(reports, "administrator", of) if each["error"]]
    assert (run["state"], run["error"]) == ("FAILED", "UNAVAILABLE")


async def test_so_many_runs_are_kept(reports: Reports) -> None:
    of = await scheduled(reports, "administrator", STUDENTS)
    for day in range(RUNS_KEPT + 2):
        assert await due(reports, 30 + 24 * day) == 1
    number = await reports.db.fetchval("SELECT max(id) FROM saved_report")
    assert await reports.db.fetchval("SELECT count(*) FROM report_run WHERE report_id = $1", number) == RUNS_KEPT
    assert len(await runs(reports, "administrator", of)) == RUNS_KEPT


async def test_no_schedule_no_run(reports: Reports) -> None:
    of = await scheduled(reports, "administrator", STUDENTS)
    answer = await give(reports, "scheduleReport", "administrator", reportId=of)
    assert answer["report"]["schedule"] is None
    assert await due(reports, 300) == 0


async def test_the_keeper_runs_what_is_due(reports: Reports) -> None:
    """The server's own, at its own clock."""
    of = await scheduled(reports, "administrator", STUDENTS)
    await reports.db.execute("UPDATE saved_report SET next_run_at = '2026-06-01' WHERE next_run_at IS NOT NULL")
    await reports.school.app.state.keeper.report()
    assert [each["state"] for each in await runs(reports, "administrator", of)] == ["DONE"]


# On paper


async def test_on_paper(reports: Reports) -> None:
    """The administrator's with names, the analyst's with the word for what is withheld; noted in the trail."""
    named = await saved(reports, "administrator", "=Список / 2026", NAMED)
    response = await reports.fetch(f"/print/saved-report/{named}.xlsx", "administrator")
    rows = sheet(response.content)
    family = await reports.db.fetchval("SELECT family_name FROM person JOIN student ON person_id = person.id LIMIT 1")
    assert any(str(row[0]).startswith(family) for row in rows)
    assert rows[0][0] == "=Список / 2026"
    neutral = (await reports.fetch(f"/print/saved-report/{named}.csv", "administrator")).content.decode("utf-8-sig")
    assert neutral.splitlines()[0] == "'=Список / 2026"
    assert CalamineWorkbook.from_filelike(BytesIO(response.content)).sheet_names
    assert "округлены" not in neutral
    assert {"Выгружено: 03.06.2026", "Состояние на: 03.06.2026"} <= {row[0] for row in rows}
    assert "Состояние на;03.06.2026" in neutral.splitlines()
    assert "Выгружено" not in neutral
    sent = await reports.fetch(f"/print/saved-report/{named}.csv", "administrator")
    assert "(выгружено 03.06.2026).csv" in unquote(sent.headers["content-disposition"])
    await reports.db.execute("UPDATE attendance SET minutes_late = NULL")
    few = await saved(reports, "analyst", "Опоздания", LATE)
    text = read((await reports.fetch(f"/print/saved-report/{few}.pdf", "analyst")).content)
    assert "скрыто" in str(text)
    assert "меньше чем на 5 человек" in " ".join(str(text).split())
    assert "группы меньше 5 человек не показаны" in " ".join(str(text).split())
    csv = (await reports.fetch(f"/print/saved-report/{few}.csv", "analyst")).content.decode()
    assert "скрыто" in csv
    assert "«Среднее: Опоздание, минут» = сумма значений / число записей со значением." in csv
    assert "число записей" not in neutral
    noted = await reports.db.fetchval("SELECT count(*) FROM audit_entry WHERE command = 'printSavedReport'")
    assert noted >= 3
    assert (await reports.fetch(f"/print/saved-report/{few}.doc", "analyst")).status_code == 404
    assert (await reports.fetch(f"/print/saved-report/{few}.csv", None)).status_code == 401


DATED = {
    "source": "STUDENTS",
    "groups": ["grade"],
    "measures": [{"function": "LEAST", "field": "birthDate"}],
}


@pytest.mark.parametrize(
    ("definition", "charts"),
    [
        (STUDENTS, "has one"),
        ({**DATED, "measures": [*DATED["measures"], {"function": "COUNT"}]}, "has one"),
        ({**STUDENTS, "filters": [{"field": "grade", "operator": "EQUALS", "values": ["99"]}]}, "might have"),
        (NAMED, "never"),
        (DATED, "never"),
        ({**STUDENTS, "groups": [], "order": []}, "never"),
    ],
)
async def test_a_chart_has_an_address_of_its_own(reports: Reports, definition: Any, charts: str) -> None:
    """Now and as it ran: what `chart` shows, entitled; where nothing could ever be drawn, none."""
    of = await scheduled(reports, "administrator", definition)
    query = "query($id: ID!) { savedReport(id: $id) { print { csv svg } run { chart } } }"
    found = (await reports.ask(query, "administrator", id=of))["savedReport"]
    address = f"/print/saved-report/{of}.svg"
    assert found["print"]["svg"] == (None if charts == "never" else address)
    assert (found["run"]["chart"] is not None) is (charts == "has one")
    outcome = "SELECT outcome FROM audit_entry WHERE command = 'printSavedReport' ORDER BY id DESC LIMIT 1"
    assert await due(reports, 30) == 1
    (run,) = await runs(reports, "administrator", of)
    ran = f"/print/saved-report/{of}/run/{run['id']}.svg"
    if charts != "has one":
        assert run["print"]["svg"] is None
        for path in (address, ran):
            assert (await reports.fetch(path, "administrator")).status_code == 404
            assert await reports.db.fetchval(outcome) == "NOT_FOUND"
        return
    assert run["print"]["svg"] == ran
    for path in (address, ran):
        answer = await reports.fetch(path, "administrator")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
        assert await reports.db.fetchval(outcome) == "done"
        assert answer.text.startswith("<svg")
        assert answer.text == found["run"]["chart"]
        assert (await reports.fetch(path, "analyst")).status_code == 404
        assert (await reports.fetch(path, "teacher")).status_code == 403
        assert (await reports.fetch(path, None)).status_code == 401


async def test_an_analysts_chart_withholds_what_the_answer_does(reports: Reports) -> None:
    """The picture of a shared report is by the rights of whoever opens it."""
    of = await saved(reports, "administrator", "Общий", STUDENTS)
    await give(reports, "shareReport", "administrator", reportId=of, roles=["ANALYST"])
    query = "query($id: ID!) { savedReport(id: $id) { print { svg } run { chart } } }"
    pictures = []
    for login in ("administrator", "analyst"):
        found = (await reports.ask(query, login, id=of))["savedReport"]
        answer = await reports.fetch(found["print"]["svg"], login)
        assert (answer.status_code, answer.text) == (200, found["run"]["chart"])
        pictures.append(answer.text)
    assert pictures[0] != pictures[1]


# What was kept before figures were rounded


async def test_what_analysts_had_before_goes(cluster: str, demo_template: tuple[str, Demo]) -> None:
    """Their snapshots were exact; those of administrators stay, and can be read."""
    async with drawn(cluster, demo_template) as reports:
        number = "SELECT school_id, id FROM saved_report WHERE name = $1"
        for login in ("administrator", "analyst"):
            await saved(reports, login, login, STUDENTS)
            row = await reports.db.fetchrow(number, login)
            await reports.db.execute(
                "INSERT INTO report_run (school_id, report_id, due_at, state, started_at, finished_at, answer)"
                " VALUES ($1, $2, now(), 'done', now(), now(), $3)",
                *row,
                '{"title": "", "columns": [["", "number", "count"]], "rows": [[["number", "27"]]], "cut": false,'
                ' "groups": 0, "inTime": false, "rounded": false}',
            )
        for _ in range(2):
            await downgrade(reports.school.url, "0046")
            assert not await reports.db.fetchval("SELECT bool_or(answer ? 'rounded') FROM report_run")
            await upgrade(reports.school.url)
        for login, kept in (("administrator", [27]), ("analyst", [])):
            of = gid("SavedReport", (await reports.db.fetchrow(number, login))["id"])
            answers = [run["answer"] for run in await runs(reports, login, of)]
            assert [answer["rows"][0][0]["number"] for answer in answers] == kept
            assert not any(answer["rounded"] for answer in answers)
