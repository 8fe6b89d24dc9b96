"""Certified prints: frozen, numbered, proved by whoever holds the paper, and no leak of what has changed (10.1)."""

import re
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from documents.papers import facts_of, packed, unpacked
from documents.tables import Chart, Column, Kind, Line, Paper, Slip, Style, Table
from server.demo import Demo

from .print_help import read
from .report_help import Reports, drawn, gid, sheet

CERTIFY = (
    "mutation($input: CertifyReportInput!) { certifyReport(input: $input) { __typename ... on CertifyReportPayload {"
    " certifiedReport { id number report digest issuedBy { shortName } schoolClass { id } print { pdf xlsx csv } } }"
    " ... on Refusal { code field clause } } }"
)
VERIFY = (
    "query($number: Int!, $digest: String!) { verifyPrint(number: $number, digest: $digest) { certified report matches"
    " totalDifferences differences { kind where old new } } }"
)
NOTHING = {"certified": False, "report": None, "matches": None, "totalDifferences": None, "differences": []}


@pytest.fixture(scope="module")
async def reports(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Reports]:
    """A school for this module."""
    async with drawn(cluster, demo_template, seed=2) as reports:
        yield reports


async def given_for(reports: Reports, name: str | None = None, period: str = "I четверть") -> dict[str, str]:
    """A class's results of a period."""
    of = gid("SchoolClass", await reports.class_id(name or await reports.led()))
    return {"report": "CLASS_RESULTS", "of": of, "periodId": gid("Period", await reports.period_id(period))}


async def certified(reports: Reports, as_: str = "class-teacher", **given: str) -> dict[str, Any]:
    found = (await reports.ask(CERTIFY, as_, input=given))["certifyReport"]
    return found.get("certifiedReport") or found  # type: ignore[no-any-return]


async def verified(reports: Reports, one: dict[str, Any], as_: str) -> dict[str, Any]:
    of = {"number": one["number"], "digest": one["digest"]}
    return (await reports.ask(VERIFY, as_, **of))["verifyPrint"]  # type: ignore[no-any-return]


async def test_certified_and_proved(reports: Reports) -> None:
    """The paper bears number, date, signer and digest; by number and digest it is proved."""
    one = await certified(reports, **await given_for(reports))
    other = await certified(reports, **await given_for(reports))
    assert other["number"] == one["number"] + 1
    printed = read((await reports.fetch(one["print"]["pdf"], "class-teacher")).content).text
    assert f"под № {one['number']}" in printed
    assert one["issuedBy"]["shortName"].replace(" ", "") in printed.replace(" ", "")
    assert one["digest"] in re.sub(r"\s", "", printed)
    found = await verified(reports, one, "deputy")
    assert found == {**NOTHING, "certified": True, "report": "CLASS_RESULTS", "matches": True, "totalDifferences": 0}


async def test_another_paper_under_its_number_shows(reports: Reports) -> None:
    """Number and digest copied to other marks, another class, another signer: the true ones are told to anybody."""
    query = (
        "query($number: Int!, $digest: String!) { verifyPrint(number: $number, digest: $digest) { signer heading } }"
    )
    given = await given_for(reports)
    one, again = await certified(reports, **given), await certified(reports, "deputy", **given)
    assert one["digest"] == again["digest"]
    signers = set()
    for each in (one, again):
        of = {"number": each["number"], "digest": each["digest"]}
        for login in ("parent", "deputy"):
            found = (await reports.ask(query, login, **of))["verifyPrint"]
            assert found["signer"].startswith(each["issuedBy"]["shortName"])
            assert f"Класс: {await reports.led()}" in found["heading"]
            signers.add(found["signer"])
    assert len(signers) == 2
    wrong = {"number": one["number"], "digest": one["digest"][::-1]}
    assert (await reports.ask(query, "deputy", **wrong))["verifyPrint"] == {"signer": None, "heading": []}


async def test_of_another_school_nothing_is_certified(reports: Reports) -> None:
    one = await certified(reports, **await given_for(reports))
    other = await reports.db.fetchval(
        "INSERT INTO school (code, name, full_name, time_zone) VALUES ('b', 'Б', 'Б', 'UTC') RETURNING school_id"
    )
    content = b'{"marks": 5}'
    digest = await reports.db.fetchval(
        "WITH who AS (INSERT INTO account (school_id, kind, login, login_key, password_hash, created_at)"
        " VALUES ($1, 'service', 'x', 'x', 'x', now()) RETURNING id)"
        " INSERT INTO certified_report (school_id, number, report, asked, issued_at, issued_by, digest, content)"
        " SELECT $1, $2, 'occupancy', '{}', now(), id, encode(sha256($3), 'hex'), $3 FROM who RETURNING digest",
        *(other, one["number"], content),
    )
    assert await verified(reports, {"number": one["number"], "digest": digest}, "deputy") == NOTHING


async def test_what_has_changed_is_told_to_those_who_may_have_the_report(reports: Reports) -> None:
    name = await reports.led()
    given, of = await given_for(reports, name, "II четверть"), await reports.class_id(name)
    one = await certified(reports, **given)
    before = (await reports.fetch(one["print"]["xlsx"], "deputy")).content
    period = await reports.period_id("II четверть")
    mark = await reports.db.fetchrow(
        "SELECT f.id, s.name FROM final_mark AS f JOIN subject AS s ON s.id = f.subject_id WHERE class_id = $1"
        " AND period_id = $2 AND value = '5' ORDER BY f.id LIMIT 1",
        *(of, period),
    )
    await reports.db.execute("UPDATE final_mark SET value = '2' WHERE id = $1", mark["id"])
    found = await verified(reports, one, "class-teacher")
    assert (found["certified"], found["matches"]) == (True, False)
    assert found["totalDifferences"] == len(found["differences"]) > 3
    assert any(mark["name"] in each["where"] and "Отметки: 5" in each["where"] for each in found["differences"])
    assert await verified(reports, one, "parent") == {
        **NOTHING,
        "certified": True,
        "report": "CLASS_RESULTS",
    }, "a stranger learns that the paper is real, and no more"
    assert sheet((await reports.fetch(one["print"]["xlsx"], "deputy")).content) == sheet(before)


@pytest.mark.parametrize(("number", "digest"), [(1, "0" * 64), (10**6, "x"), (-1, ""), (1, "я" * 1000)])
async def test_a_paper_that_nobody_certified(reports: Reports, number: int, digest: str) -> None:
    await certified(reports, **await given_for(reports))
    assert (await reports.ask(VERIFY, "deputy", number=number, digest=digest))["verifyPrint"] == NOTHING


async def test_who_may_certify_and_see(reports: Reports) -> None:
    own, name = await given_for(reports), await reports.led()
    others = await given_for(reports, next(each for each in ("5Б", "9Б") if each != name))
    for login in ("director", "deputy", "class-teacher"):
        assert (await certified(reports, login, **own))["number"]
    assert await certified(reports, "class-teacher", **others) == {
        "__typename": "Refusal",
        "code": "NOT_FOUND",
        "field": "of",
        "clause": None,
    }
    for login in ("secretary", "administrator"):
        refused = await certified(reports, login, **own)
        assert (refused["code"], refused["field"], refused["clause"]) == ("FORBIDDEN", "report", "10.1")
    one = await certified(reports, "deputy", **others)
    seen = {"director": 200, "deputy": 200, "class-teacher": 404, "secretary": 404, "parent": 404, "analyst": 403}
    for login, status in seen.items():
        assert (await reports.fetch(one["print"]["csv"], login)).status_code == status, login
    query = "{ school { certifiedReports(first: 100) { nodes { number } } } }"
    for login, expected in {"deputy": True, "class-teacher": False, "secretary": False, "parent": False}.items():
        nodes = (await reports.ask(query, login))["school"]["certifiedReports"]["nodes"]
        assert (one["number"] in [each["number"] for each in nodes]) is expected, login
    for login in ("student", "parent", "analyst", "hr", "service"):
        assert "certifyReport" in str((await reports.school.ask(CERTIFY, {"input": own}, as_=login))["errors"]), login


@pytest.mark.parametrize("report", ["FORM_OSH_1", "FORM_OSH_5", "FORM_OSH_9", "CONSTRUCTOR"])
async def test_what_is_no_report_of_its_own_is_not_certified(reports: Reports, report: str) -> None:
    school = gid("School", await reports.db.fetchval("SELECT school_id FROM school"))
    for login in ("deputy", "administrator"):
        refused = await certified(reports, login, report=report, of=school)
        assert (refused["code"], refused["field"]) == ("BAD_INPUT", "report")


async def test_a_students_certified_report_is_for_todays_teachers(reports: Reports) -> None:
    """As the report itself: of who has gone to another class, its teachers have it, and the former ones do not."""
    of = await reports.class_id(await reports.led())
    student = await reports.db.fetchval(
        "SELECT min(student_id) FROM enrolment WHERE class_id = $1 AND ends_on IS NULL", of
    )
    one = await certified(reports, "deputy", report="REPORT_CARD", of=gid("Student", student))
    query = "{ school { certifiedReports(first: 100) { nodes { number } } } }"

    async def seen(login: str) -> tuple[bool, int]:
        nodes = (await reports.ask(query, login))["school"]["certifiedReports"]["nodes"]
        listed = one["number"] in [each["number"] for each in nodes]
        return listed, (await reports.fetch(one["print"]["csv"], login)).status_code

    assert await seen("class-teacher") == (True, 200)
    async with reports.db.transaction():
        await reports.db.execute("SET LOCAL session_replication_role = replica")
        ended = "UPDATE {} SET ends_on = '2026-05-20'{} WHERE student_id = $1 AND ends_on IS NULL RETURNING id"
        left = {
            (table, also): [row["id"] for row in await reports.db.fetch(ended.format(table, also), student)]
            for table, also in (("enrolment", ", ended_by = opened_by"), ("group_member", ""))
        }
    try:
        assert await seen("class-teacher") == (False, 404)
        assert await seen("deputy") == (True, 200)
    finally:
        async with reports.db.transaction():
            await reports.db.execute("SET LOCAL session_replication_role = replica")
            for (table, also), ids in left.items():
                again = also.replace("opened_by", "NULL")
                await reports.db.execute(f"UPDATE {table} SET ends_on = NULL{again} WHERE id = ANY($1)", ids)


async def test_the_same_key_certifies_once(reports: Reports) -> None:
    given = {**await given_for(reports), "idempotencyKey": "one"}
    one = await certified(reports, **given)
    assert await certified(reports, **given) == one
    assert [each async for each in _noted(reports)][-1] == "done"


async def _noted(reports: Reports) -> AsyncIterator[str]:
    for row in await reports.db.fetch("SELECT outcome FROM audit_entry WHERE command = 'certifyReport' ORDER BY id"):
        yield row["outcome"]


async def test_nobody_changes_it(reports: Reports) -> None:
    await certified(reports, **await given_for(reports))
    for change in (
        "DELETE FROM certified_report",
        "TRUNCATE certified_report",
        "UPDATE certified_report SET number = 9",
    ):
        with pytest.raises(asyncpg.RestrictViolationError):
            await reports.db.execute(change.format("certified_report"))


cells = st.one_of(
    st.none(), st.text(max_size=9), st.integers(-99, 99), st.decimals(-9, 9, places=2), st.dates(date(1990, 1, 1))
)
text = st.text(max_size=9)
columns = st.builds(Column, text, st.sampled_from(Kind), st.none() | st.floats(1, 90), st.none() | text, st.booleans())
lines = st.builds(Line, st.lists(cells), st.sampled_from(Style))
tables = st.builds(Table, st.lists(columns), st.lists(lines), st.none() | text, st.lists(text))
charts = st.builds(Chart, text, st.lists(text), st.lists(st.tuples(text, st.lists(st.none() | st.integers(0, 9)))))
pairs = st.lists(st.tuples(text, text), max_size=3)
papers = st.builds(
    Paper,
    *(text, text, pairs, st.lists(tables, max_size=3), st.lists(charts, max_size=2), st.lists(text), pairs),
    *(st.booleans(), st.lists(text), st.lists(text)),
    st.none() | st.builds(Slip, text, st.lists(st.tuples(text, st.none() | text), max_size=2)),
)


@given(papers)
def test_whatever_is_packed_comes_back(paper: Paper) -> None:
    assert unpacked(packed(paper)) == paper
    assert packed(unpacked(packed(paper))) == packed(paper)


SUBJECTS = st.lists(st.sampled_from(["Алгебра", "Физика", "Химия", "Биология"]), unique=True, max_size=4)
SLOTS = st.lists(st.sampled_from(["I четверть", "II четверть", "Год"]), unique=True, min_size=1, max_size=3)
SHEETS = st.dictionaries(st.sampled_from(["Белова", "Вехов", "Дымов", "Елина"]), SLOTS, min_size=1)


def of_marks(sheets: dict[str, list[str]], subjects: list[str]) -> Paper:
    """A sheet in which students share lines, as the finals are on paper."""
    columns = [Column("№", Kind.NUMBER, joint=True), Column("Обучающийся", joint=True), Column("За что")]
    columns += [*(Column(subject, Kind.NUMBER) for subject in subjects), Column("Решение", joint=True)]
    lines = [
        Line(
            [
                *((place, name) if not at else (None, None)),
                *(slot, *(f"{name} {slot} {subject}" for subject in subjects), None if at else f"решение: {name}"),
            ],
            further=at > 0,
        )
        for place, name in enumerate(sorted(sheets), 1)
        for at, slot in enumerate(sheets[name])
    ]
    return Paper("Ведомость", "Школа", [], [Table(columns, lines)])


def of_days(days: int, subjects: list[str]) -> Paper:
    """Days in as many tables as they need, with no title of their own, and at the end the sums."""
    names = [f"{day:02}" for day in range(1, days + 1)]
    parts = [names[at : at + 3] for at in range(0, days, 3)]
    tables = [
        Table(
            [Column("Предмет"), *(Column(day, Kind.NUMBER, group="Май") for day in part)],
            [Line([subject, *(f"{subject} {day}" for day in part)]) for subject in subjects],
        )
        for part in parts
    ]
    sums = Table(
        [Column("Предмет"), Column("Балл", Kind.NUMBER)], [Line([subject, f"сумма: {subject}"]) for subject in subjects]
    )
    return Paper("Журнал", "Школа", [], [*tables, sums])


def check_changes(before: Paper, after: Paper) -> None:
    """What both papers say stands where it stood: only what one of them alone says is new, or is gone."""
    one, other = dict(facts_of(before)), dict(facts_of(after))
    assert all(one[key] == other[key] for key in one.keys() & other.keys())
    said, now = ({said for _, said in facts.values()} for facts in (one, other))
    assert {one[key][1] for key in one.keys() - other.keys()} == said - now
    assert {other[key][1] for key in other.keys() - one.keys()} == now - said


@given(SHEETS, SHEETS, SUBJECTS, SUBJECTS)
def test_a_student_a_line_or_a_column_more_moves_no_other(
    before: dict[str, list[str]], after: dict[str, list[str]], subjects: list[str], others: list[str]
) -> None:
    one, other = dict(facts_of(of_marks(before, subjects))), dict(facts_of(of_marks(after, others)))
    assert all(one[key] == other[key] for key in one.keys() & other.keys())
    for name in before.keys() & after.keys():
        for slot in {*before[name]} & {*after[name]}:
            for subject in {*subjects} & {*others}:
                where = ("Ведомость", "", name, slot, "1", subject, 1)
                assert one[where] == other[where]
                assert one[where][1] == f"{name} {slot} {subject}"
        decision = ("Ведомость", "", name, "", "1", "Решение", 1)
        assert one[decision][1] == other[decision][1] == f"решение: {name}"
    assert not any(said.isdigit() for _, said in one.values())


@given(st.integers(0, 8), st.integers(0, 8), SUBJECTS, SUBJECTS)
def test_a_day_more_moves_no_other(before: int, after: int, subjects: list[str], others: list[str]) -> None:
    """Though it opens another table, and the days are parted otherwise."""
    check_changes(of_days(before, subjects), of_days(after, others))


def test_a_table_more_moves_no_other() -> None:
    """A section that was empty before, ahead of the others."""
    columns = [Column("С какого дня", Kind.DATE), Column("Обучающийся")]
    left = Table(columns, [Line([date(2026, 5, 4), "Дымов"])], title="Выбыли")
    came = Table(columns, [Line([date(2026, 5, 5), "Жуков"])], title="Прибыли")
    one, other = (dict(facts_of(Paper("Движение", "Школа", [], tables))) for tables in ([left], [came, left]))
    assert one.items() <= other.items()
    assert len(other) == 2 * len(one)


def test_lines_that_begin_alike_are_told_apart() -> None:
    columns = [Column("Предмет"), Column("Балл")]
    lines = [Line(["Алгебра", "4"]), Line(["Алгебра", "5"])]
    assert sorted(said for _, said in dict(facts_of(Paper("О", "Ш", [], [Table(columns, lines)]))).values()) == [
        *("4", "5", "Алгебра", "Алгебра")
    ]
