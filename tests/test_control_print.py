"""The control on paper (7.11): of the school, of a teacher, a class, a subject; who prints and certifies it."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from rules.report import ABOUT, Report
from rules.report_control import CHECKS, ControlCheck
from schema.report_base import OF_TYPES
from server.demo import Demo

from .control_help import FIRST, LAST, Controlled, controlled, gid
from .test_control import BY_HAND, shares

DAYS = {"since": FIRST.isoformat(), "until": LAST.isoformat()}
_TOTAL = "total { figures { checks { check figure { good cases } } } }"
_GIVEN = "$since: Date!, $until: Date!"
PRINT = f"""query({_GIVEN}, $staff: ID, $class: ID, $subject: ID) {{ school {{ reports {{
  journalControl(from: $since, until: $until, groupBy: JOURNAL,
    staffId: $staff, classId: $class, subjectId: $subject) {{ {_TOTAL} print {{ pdf xlsx csv svg }} }} }} }} }}"""
BENEATH = f"""query($id: ID!, {_GIVEN}) {{ node(id: $id) {{ ... on TYPE {{ reports {{
  journalControl(from: $since, until: $until, groupBy: JOURNAL) {{ BODY }} }} }} }} }}"""
CERTIFY = """mutation($input: CertifyReportInput!) { certifyReport(input: $input) { ... on CertifyReportPayload {
  certifiedReport { number digest print { csv } } } ... on Refusal { code field clause } } }"""
VERIFY = "query($number: Int!, $digest: String!) { verifyPrint(number: $number, digest: $digest) { matches heading } }"
LISTED = "{ school { certifiedReports(first: 100) { nodes { number } } } }"

TYPES = {"staff": "Staff", "class": "SchoolClass", "subject": "Subject"}
TITLES = {"staff": "Учитель", "class": "Класс", "subject": "Предмет"}
TABLES = {"Учителя": "staff", "Классы": "class", "Предметы": "subject"}
SLICES = [
    *((), ("staff",), ("class",), ("subject",), ("staff", "class"), ("staff", "subject"), ("class", "subject")),
    ("staff", "class", "subject"),
]
CONTROLLERS = ("director", "deputy")
ANSWERABLE = ("class-teacher", "teacher", "secretary", "administrator")
"""Those who certify other reports."""
OTHERS = ("hr", "analyst", "service", "student", "parent")


@pytest.fixture(scope="module")
async def made(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Controlled]:
    """A journal for this module."""
    async with controlled(cluster, demo_template) as made:
        yield made


async def printed(made: Controlled, path: str, as_: str = "deputy") -> Any:
    """The answer of the door."""
    headers = {"authorization": f"Bearer {await made.school.token(as_)}"}
    return await made.school.client.get(path, headers=headers)


async def refused(made: Controlled, path: str) -> tuple[int, str, str | None]:
    """With what the door refuses a deputy: status, code, field."""
    answer = await printed(made, path)
    (error,) = answer.json()["errors"]
    return answer.status_code, error["extensions"]["code"], error["extensions"].get("field")


def slice_of(made: Controlled, of: tuple[str, ...]) -> dict[str, str]:
    """The teacher, class or subject of the hand-made journal."""
    return {name: gid(TYPES[name], made.journal[f"{name}_id"]) for name in of}


def to_certify(made: Controlled, slice_: Mapping[str, str], **more: Any) -> dict[str, Any]:
    """What to certify."""
    of = {"report": "JOURNAL_CONTROL", "of": gid("School", made.journal["school_id"])}
    days = {"from": FIRST.isoformat(), "until": LAST.isoformat()}
    return {**of, **days, **{f"{name}Id": value for name, value in slice_.items()}, **more}


async def certified(made: Controlled, slice_: Mapping[str, str], as_: str = "deputy", **more: Any) -> Any:
    """The certified control, or its refusal."""
    found = (await made.ask(CERTIFY, as_, input=to_certify(made, slice_, **more)))["certifyReport"]
    return found.get("certifiedReport") or found


async def path_of(made: Controlled, slice_: Mapping[str, str]) -> str:
    """Where it is printed as CSV."""
    found = await made.ask(PRINT, **DAYS, **slice_)
    return str(found["school"]["reports"]["journalControl"]["print"]["csv"])


def sheet_of(csv: str) -> tuple[dict[str, str], list[str], dict[str, tuple[int, int]]]:
    """What stands at the top of the sheet, which tables it has, and good cases and cases by the titles of checks."""
    rows = [line.split(";") for line in csv.lstrip("\ufeff").splitlines()]
    top = rows[: next(place for place, row in enumerate(rows) if row[0] == "Проверки")]
    facts = {row[0]: row[1] for row in top if len(row) > 1 and row[0] in ("Дни", *TITLES.values())}
    titles = {rule.title for rule in CHECKS.values()}
    checks = {row[1]: (int(row[4]), int(row[3])) for row in rows if len(row) > 4 and row[1] in titles}
    return facts, [row[0] for row in rows if row[0] in TABLES], checks


def titled(found: Any) -> dict[str, tuple[int, int]]:
    """Good cases and cases of a field's answer, as a sheet has them."""
    return {CHECKS[ControlCheck[check]].title: share for check, share in shares(found["total"]["figures"]).items()}


async def test_it_is_printed(made: Controlled) -> None:
    """PDF, XLSX, CSV and the chart for those who have it; the whole school's, by teachers, classes and subjects."""
    given = {"since": "2026-05-01", "until": "2026-05-20"}
    found = (await made.ask(PRINT, **given))["school"]["reports"]["journalControl"]
    for ending in ("pdf", "xlsx", "csv", "svg"):
        answer = await printed(made, found["print"][ending])
        assert answer.status_code == 200, answer.text
    _, tables, checks = sheet_of((await printed(made, found["print"]["csv"], "director")).text)
    assert tables == list(TABLES)
    assert checks == titled(found)


@pytest.mark.parametrize("of", SLICES[1:])
async def test_what_it_is_narrowed_to_is_printed(made: Controlled, of: tuple[str, ...]) -> None:
    """The figures of the field it is asked at, by whatever is left, and of whom it is."""
    found = (await made.ask(PRINT, **DAYS, **slice_of(made, of)))["school"]["reports"]["journalControl"]
    for ending in ("pdf", "xlsx", "svg"):
        assert (await printed(made, found["print"][ending])).status_code == 200
    text = (await printed(made, found["print"]["csv"])).text
    facts, tables, checks = sheet_of(text)
    assert tables == [title for title, name in TABLES.items() if name not in of]
    assert ("Первыми стоят те, у кого хуже" in text) is bool(tables), "what is said of rows is said where there are any"
    assert shares(found["total"]["figures"])["TOPIC"] == BY_HAND["TOPIC"]
    assert checks == titled(found)
    journal = made.journal
    class_ = await made.db.fetchval("SELECT grade || letter FROM school_class WHERE id = $1", journal["class_id"])
    subject = await made.db.fetchval("SELECT name FROM subject WHERE id = $1", journal["subject_id"])
    family = await made.db.fetchval(
        "SELECT family_name FROM person JOIN staff ON staff.person_id = person.id WHERE staff.id = $1",
        journal["staff_id"],
    )
    assert facts.keys() == {"Дни", *(TITLES[name] for name in of)}
    for title, name in (("Учитель", family), ("Класс", class_), ("Предмет", subject)):
        assert name in facts.get(title, name)


@pytest.mark.parametrize("name", ["staff", "class"])
async def test_beneath_a_teacher_and_a_class_it_is_the_same(made: Controlled, name: str) -> None:
    """What `Staff.reports` and `SchoolClass.reports` say is what is printed of that teacher and that class."""
    slice_ = slice_of(made, (name,))
    query = BENEATH.replace("TYPE", TYPES[name]).replace("BODY", _TOTAL)
    for login in CONTROLLERS:
        found = (await made.ask(query, login, id=slice_[name], **DAYS))["node"]["reports"]["journalControl"]
        assert sheet_of((await printed(made, await path_of(made, slice_), login)).text)[2] == titled(found)


@pytest.mark.parametrize("of", SLICES)
@pytest.mark.parametrize("login", [*CONTROLLERS, *ANSWERABLE, *OTHERS])
async def test_field_print_and_certificate_agree(made: Controlled, login: str, of: tuple[str, ...]) -> None:
    """The director and the deputies have each slice, nobody else any: a teacher not even the own journals."""
    slice_ = slice_of(made, of)
    field = await made.school.ask(PRINT, {**DAYS, **slice_}, as_=login)
    paper = await printed(made, await path_of(made, slice_), login)
    if login in OTHERS:
        answer = await made.school.ask(CERTIFY, {"input": to_certify(made, slice_)}, as_=login)
        assert "certifyReport" in str(answer["errors"]), "there is no such command for them"
        one: Any = {}
    else:
        one = await certified(made, slice_, login)
    if login in CONTROLLERS:
        assert "errors" not in field
        assert paper.status_code == 200, paper.text
        assert one["number"]
        assert (await printed(made, one["print"]["csv"], login)).status_code == 200
        return
    assert not field.get("data"), "there is no such field for them"
    assert "Cannot query field" in str(field["errors"])
    assert paper.status_code == 403
    if login in ANSWERABLE:
        assert one == {"code": "FORBIDDEN", "field": "report", "clause": "10.1"}


@pytest.mark.parametrize(("login", "of"), [("teacher", "staff"), ("class-teacher", "class")])
async def test_teachers_read_their_own_and_do_not_print_it(made: Controlled, login: str, of: str) -> None:
    """Of the own journals and the own class they have the figures; paper is what the control signs."""
    query = (
        "SELECT s.id AS staff, l.class_id AS class"
        " FROM staff AS s JOIN account AS a USING (school_id, person_id) LEFT JOIN class_leadership AS l"
        " ON l.staff_id = s.id AND '2026-05-20' BETWEEN l.starts_on AND coalesce(l.ends_on, '2026-05-20')"
        " WHERE a.login = $1"
    )
    mine = gid(TYPES[of], (await made.db.fetchrow(query, login))[of])
    asked = BENEATH.replace("TYPE", TYPES[of])
    found = await made.ask(asked.replace("BODY", _TOTAL), login, id=mine, **DAYS)
    assert found["node"]["reports"]["journalControl"]["total"]
    answer = await made.school.ask(asked.replace("BODY", "print { csv }"), {"id": mine, **DAYS}, as_=login)
    assert "print" in str(answer["errors"])
    assert (await printed(made, await path_of(made, {of: mine}), login)).status_code == 403
    assert (await certified(made, {of: mine}, login))["code"] == "FORBIDDEN"


async def test_one_of_a_teacher_is_certified(made: Controlled) -> None:
    """The paper that is frozen is the narrowed one, and it is held against the same."""
    one = await certified(made, slice_of(made, ("staff", "subject")))
    facts, tables, _ = sheet_of((await printed(made, one["print"]["csv"])).text)
    assert (facts.keys(), tables) == ({"Дни", "Учитель", "Предмет"}, ["Классы"])
    of = {"number": one["number"], "digest": one["digest"]}
    found = (await made.ask(VERIFY, **of))["verifyPrint"]
    assert found["matches"] is True
    assert f"Учитель: {facts['Учитель']}" in found["heading"]
    # Whoever holds the paper is told what it is, but not whether it still stands; nor do they get it by its number.
    for login in (*ANSWERABLE, "hr", "student", "parent"):
        held = (await made.ask(VERIFY, login, **of))["verifyPrint"]
        assert (held["matches"], held["heading"]) == (None, found["heading"]), login
        assert (await printed(made, one["print"]["csv"], login)).status_code in (403, 404), login
    for login in ANSWERABLE:
        nodes = (await made.ask(LISTED, login))["school"]["certifiedReports"]["nodes"]
        assert one["number"] not in [each["number"] for each in nodes], login
    nodes = (await made.ask(LISTED, "director"))["school"]["certifiedReports"]["nodes"]
    assert one["number"] in [each["number"] for each in nodes]


async def test_what_has_changed_since_is_told_of_the_slice(made: Controlled) -> None:
    """A topic written after it was certified: the paper of the teacher differs, that of another teacher does not."""
    other = await made.db.fetchval(
        "SELECT min(staff_id) FROM teaching_assignment WHERE staff_id <> $1", made.journal["staff_id"]
    )
    papers = [await certified(made, slice_) for slice_ in (slice_of(made, ("staff",)), {"staff": gid("Staff", other)})]
    change = "UPDATE lesson SET topic = $2 WHERE id = $1"
    await made.db.execute(change, made.lessons[2], "Тема")
    try:
        matches = [
            (await made.ask(VERIFY, number=one["number"], digest=one["digest"]))["verifyPrint"]["matches"]
            for one in papers
        ]
    finally:
        await made.db.execute(change, made.lessons[2], None)
    assert matches == [False, True]


async def elsewhere(made: Controlled) -> dict[str, int]:
    """A teacher, a class and a subject of another school."""
    add = made.db.fetchval
    school = await add("SELECT school_id FROM school WHERE code = 'far'")
    if school is None:
        school = await add(
            "INSERT INTO school (code, name, full_name, time_zone) VALUES ('far', 'Д', 'Д', 'UTC') RETURNING school_id"
        )
        person = await add(
            "INSERT INTO person (school_id, family_name, given_name, sex, birth_date)"
            " VALUES ($1, 'Д', 'Д', 'male', '1980-01-01') RETURNING id",
            school,
        )
        await add(
            "INSERT INTO staff (school_id, person_id, number, position, hired_on)"
            " VALUES ($1, $2, '1', 'Д', '2020-01-01')",
            *(school, person),
        )
        year = await add(
            "INSERT INTO academic_year (school_id, name, starts_on, ends_on)"
            " VALUES ($1, '2025/2026', '2025-09-01', '2026-08-31') RETURNING id",
            school,
        )
        await add(
            "INSERT INTO school_class (school_id, year_id, grade, letter, period_kind)"
            " VALUES ($1, $2, 5, 'А', 'quarter')",
            *(school, year),
        )
        await add("INSERT INTO subject (school_id, name, short_name) VALUES ($1, 'Д', 'Д')", school)
    tables = {"staff": "staff", "class": "school_class", "subject": "subject"}
    return {name: await add(f"SELECT id FROM {table} WHERE school_id = $1", school) for name, table in tables.items()}


@pytest.mark.parametrize("name", TYPES)
async def test_of_nobody_here_nothing_is_printed(made: Controlled, name: str) -> None:
    """Nor of anybody of another school, who cannot be told from nobody; what is no such id is told as that."""
    path, field = await path_of(made, {}), f"{name}Id"
    for number in (10**9, (await elsewhere(made))[name]):
        stranger = gid(TYPES[name], number)
        assert await refused(made, f"{path}&{name}={stranger}") == (404, "NOT_FOUND", field)
        assert await certified(made, {name: stranger}) == {"code": "NOT_FOUND", "field": field, "clause": None}
        # Beside somebody who is there, too.
        beside = slice_of(made, tuple(other for other in TYPES if other != name))
        assert await certified(made, {**beside, name: stranger}) == {
            "code": "NOT_FOUND",
            "field": field,
            "clause": None,
        }
    for wrong in (gid("Lesson", 1), "nothing", ""):
        assert await refused(made, f"{path}&{name}={wrong}") == (400, "BAD_ID", name)
        assert await certified(made, {name: wrong}) == {"code": "BAD_ID", "field": field, "clause": None}


@pytest.mark.parametrize("name", TYPES)
async def test_an_address_names_one(made: Controlled, name: str) -> None:
    """Of two teachers it is not printed as if one had been named."""
    ids = slice_of(made, (name,))
    path = await path_of(made, ids)
    assert await refused(made, f"{path}&{name}={gid(TYPES[name], 10**9)}") == (400, "BAD_INPUT", name)
    assert await refused(made, f"{path}&{name}={ids[name]}") == (400, "BAD_INPUT", name)
    assert (await refused(made, f"{path}&until={LAST}"))[1:] == ("BAD_INPUT", "until")


@pytest.mark.parametrize("name", TYPES)
async def test_other_reports_are_not_narrowed(made: Controlled, name: str) -> None:
    """They would say nothing of it, and be of everybody."""
    school = gid(OF_TYPES[ABOUT[Report.MOVEMENT].of], made.journal["school_id"])
    path = f"/print/report/movement/{school}.csv?from={FIRST}&until={LAST}"
    slice_ = slice_of(made, (name,))
    assert await refused(made, f"{path}&{name}={slice_[name]}") == (400, "BAD_INPUT", name)
    refusal = await certified(made, slice_, report="MOVEMENT")
    assert refusal == {"code": "BAD_INPUT", "field": f"{name}Id", "clause": None}
    assert (await printed(made, path)).status_code == 200
    assert (await certified(made, {}, report="MOVEMENT"))["number"]
    takes = (await made.ask("{ reportCatalogue { report takes } }"))["reportCatalogue"]
    assert [each["report"] for each in takes if "SLICE" in each["takes"]] == ["JOURNAL_CONTROL"]
