"""The sheet of marks with the council's decisions, outcomes of the year, the list of students, a teacher's report."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest

from resolvers.database import Snapshot, Statement
from rules.journal_finals import FinalKind
from rules.movement import MovementKind
from rules.movement_council import CouncilOutcome
from rules.report_outcomes import YearOutcome, honours_from, outcome_of
from rules.report_shown import SHOWN_LEGEND
from server.demo import Demo

from .print_help import read
from .report_help import Plain, Reports, drawn, gid, sheet
from .report_rounded import few
from .test_report_class_results import COUNTS, FIGURES

FINALS = (
    "query($class: ID!) { schoolClass(id: $class) { reports { finals { subjects { id } students { student { id } leftOn"
    " rows { slot { kind name } marks { value subject { id } mark { value } } figures { average { value } } }"
    " attendance { counts { missed } } decision { outcome number decidedOn words } } print { pdf xlsx csv } } } } }"
)
OUTCOMES = (
    "query($class: ID!) { schoolClass(id: $class) { reports { outcomes { marked { kind } counts { outcome students"
    " honours } students { student { id } outcome honours decision { outcome } figures { counts { students } } }"
    " print { pdf xlsx csv } } } } }"
)
LIST = (
    "query($class: ID!, $on: Date) { schoolClass(id: $class) { reports { students(on: $on) { day students { student {"
    " id } since into { kind } admission { kind } } print { pdf xlsx csv } } } } }"
)
TEACHER = (
    "query($staff: ID!, $period: ID, $kind: FinalKind) { node(id: $staff) { ... on Staff { reports { subjects("
    "periodId: $period, kind: $kind) { name yearName total { "
    + FIGURES
    + " } hours { planned due held behind } taught { group { id } subject { id } figures { "
    + FIGURES
    + " success { marks { value student { id } } } } hours { planned due held behind } poor { value student { id } mark"
    " { value } } } print { pdf xlsx csv } } } } } }"
)
RECORD = (
    "mutation($input: RecordCouncilDecisionInput!) { recordCouncilDecision(input: $input) { __typename ... on"
    " RecordCouncilDecisionPayload { schoolClass { id } } ... on Refusal { code field clause message } } }"
)
PUPILS = """
SELECT DISTINCT a.group_id, a.subject_id, m.student_id FROM teaching_assignment AS a JOIN study_group AS g
  ON g.id = a.group_id JOIN school_class AS c ON c.id = g.class_id
JOIN period AS p ON p.year_id = c.year_id AND p.kind = c.period_kind AND p.id = $2
JOIN group_membership AS m ON m.group_id = g.id AND m.starts_on <= p.ends_on
  AND coalesce(m.ends_on, 'infinity') >= p.ends_on
WHERE a.staff_id = $1 AND a.starts_on <= p.ends_on AND coalesce(a.ends_on, 'infinity') >= p.starts_on
"""


@pytest.fixture(scope="module")
async def reports(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Reports]:
    """A school for this module."""
    async with drawn(cluster, demo_template, seed=3) as reports:
        yield reports


async def of_class(reports: Reports, query: str, name: str, field: str, as_: str = "deputy", **more: Any) -> Any:
    """A report of a class."""
    given = {"class": gid("SchoolClass", await reports.class_id(name)), **more}
    return (await reports.ask(query, as_, **given))["schoolClass"]["reports"][field]


async def record(reports: Reports, as_: str = "deputy", **given: Any) -> Any:
    """Give the command."""
    return (await reports.ask(RECORD, as_, input=given))["recordCouncilDecision"]


async def staff_of(reports: Reports, login: str) -> int:
    """The number of an employee by their account."""
    number: int = await reports.db.fetchval(
        "SELECT s.id FROM account AS a JOIN staff AS s USING (school_id, person_id) WHERE login = $1", login
    )
    return number


async def test_sheet_of_marks(reports: Reports) -> None:
    name = await reports.led()
    of = await reports.class_id(name)
    found = await of_class(reports, FINALS, name, "finals", "class-teacher")
    assert len(found["students"]) == await reports.db.fetchval(
        "SELECT count(DISTINCT student_id) FROM enrolment WHERE class_id = $1", of
    )
    periods = ["I четверть", "II четверть", "III четверть", "IV четверть"]
    for student in found["students"]:
        rows = {row["slot"]["name"]: row for row in student["rows"]}
        assert list(rows)[:5] == [*periods, "Год"]
        for period in periods:
            marks = [
                mark
                for mark in await reports.marks(class_id=of, period_id=await reports.period_id(period))
                if gid("Student", mark["student_id"]) == student["student"]["id"]
            ]
            assert {each["subject"]["id"]: each["value"] for each in rows[period]["marks"]} == {
                gid("Subject", mark["subject_id"]): mark["value"] for mark in marks
            }
            assert rows[period]["figures"]["average"]["value"] == Plain.of(marks).figures["average"]
            assert all((each["mark"] or {"value": None})["value"] == each["value"] for each in rows[period]["marks"])
        missed = await reports.db.fetchval(
            "SELECT count(*) FROM attendance AS a JOIN student AS s ON s.id = a.student_id WHERE s.id = $1 AND NOT"
            " taught_at_home AND code NOT IN ('late', 'exempt') AND lesson_date BETWEEN '2025-09-01' AND '2026-06-01'",
            int(number_of(student["student"]["id"])),
        )
        assert student["attendance"]["counts"]["missed"] == missed


async def test_of_who_learns_at_home_the_sheet_counts_no_lessons(reports: Reports) -> None:
    """Their attendance stands in a journal on paper (7.8)."""
    found = await of_class(reports, FINALS, await reports.led(), "finals")
    student = int(number_of(found["students"][0]["student"]["id"]))
    change = "UPDATE student SET taught_at_home = $2 WHERE id = $1"
    before = await reports.db.fetchval("SELECT taught_at_home FROM student WHERE id = $1", student)
    for at_home in (False, True):
        await reports.db.execute(change, student, at_home)
        try:
            rows = sheet((await reports.fetch(found["print"]["xlsx"], "deputy")).content)
        finally:
            await reports.db.execute(change, student, before)
        first = next(row for row in rows if row[0] == 1)
        assert str(first[1]).endswith("(обучается на дому)") is at_home
        assert [cell == "" for cell in first[-3:-1]] == [at_home] * 2


def number_of(opaque: str) -> str:
    """The number in an id of a student."""
    return next(str(n) for n in range(100_000) if gid("Student", n) == opaque)


async def test_council(reports: Reports) -> None:
    """For all, then for one: what was recorded last stands; the sheet, the outcomes and the paper say so."""
    name = await reports.led()
    of = gid("SchoolClass", await reports.class_id(name))
    before = await of_class(reports, FINALS, name, "finals")
    assert {each["decision"] for each in before["students"]} == {None}
    given = {"classId": of, "outcome": "PROMOTED", "number": " 7 ", "decidedOn": "2026-05-28"}
    done = await record(reports, "class-teacher", **given)
    assert done == {"__typename": "RecordCouncilDecisionPayload", "schoolClass": {"id": of}}
    student = before["students"][0]["student"]["id"]
    await record(reports, **(given | {"outcome": "CONDITIONAL", "number": "8", "studentIds": [student]}))
    found = await of_class(reports, FINALS, name, "finals", "class-teacher")
    decided = {each["student"]["id"]: each["decision"] for each in found["students"] if each["leftOn"] is None}
    assert decided.pop(student)["outcome"] == "CONDITIONAL"
    assert {(each["outcome"], each["number"], each["decidedOn"]) for each in decided.values()} == {
        ("PROMOTED", "7", "2026-05-28")
    }
    outcomes = await of_class(reports, OUTCOMES, name, "outcomes")
    counts = {each["outcome"]: each["students"] for each in outcomes["counts"]}
    assert counts["CONDITIONAL"] == 1
    assert counts["PROMOTED"] == len(decided)
    assert sum(counts.values()) == len(outcomes["students"])
    printed = read((await reports.fetch(found["print"]["pdf"], "class-teacher")).content)
    assert printed.sizes == {(842, 595)}
    assert "протокол № 7 от 28.05.2026" in printed.text
    assert "Классный руководитель" in printed.text
    noted = await reports.db.fetch(
        "SELECT outcome, input FROM audit_entry WHERE command = 'recordCouncilDecision' ORDER BY id"
    )
    assert [row["outcome"] for row in noted] == ["done", "done"]
    assert "students" in noted[0]["input"]


@pytest.fixture
async def eleventh(reports: Reports) -> AsyncIterator[str]:
    """A class of the last grade, which the small demo does not have."""
    tenth = await reports.db.fetchrow("SELECT * FROM school_class WHERE id = $1", await reports.class_id("10А"))
    row = {**tenth, "grade": 11, "letter": "Ю"}
    del row["id"]
    places = ", ".join(f"${place}" for place in range(1, len(row) + 1))
    adding = f"INSERT INTO school_class ({', '.join(row)}) VALUES ({places}) RETURNING id"
    number = await reports.db.fetchval(adding, *row.values())
    yield "11Ю"
    await reports.db.execute("DELETE FROM school_class WHERE id = $1", number)


@pytest.mark.parametrize(
    ("name", "change", "refusal"),
    [
        (None, {"outcome": "GRADUATED"}, ("WRONG_CLASS", "outcome", "10.6")),
        ("11Ю", {"outcome": "PROMOTED"}, ("WRONG_CLASS", "outcome", "10.6")),
        (None, {"number": "  "}, ("BAD_INPUT", "number", None)),
        (None, {"decidedOn": "2026-06-30"}, ("BAD_INPUT", "decidedOn", None)),
        (None, {"decidedOn": "2025-05-30"}, ("WRONG_YEAR", "decidedOn", "10.6")),
        (None, {"studentIds": []}, ("BAD_INPUT", "studentIds", None)),
        (None, {"studentIds": "elsewhere"}, ("NOT_IN_CLASS", "studentIds", "10.6")),
        (None, {"classId": gid("SchoolClass", 99_999)}, ("NOT_FOUND", "classId", None)),
    ],
)
async def test_what_the_council_cannot_decide(
    reports: Reports, eleventh: str, name: str | None, change: dict[str, Any], refusal: tuple[str, str, str | None]
) -> None:
    of = await reports.class_id(name or await reports.led())
    if change.get("studentIds") == "elsewhere":
        other = await reports.db.fetchval("SELECT min(student_id) FROM enrolment WHERE class_id <> $1", of)
        change = {"studentIds": [gid("Student", other)]}
    rows = await reports.db.fetchval("SELECT count(*) FROM council_decision")
    given = {
        "classId": gid("SchoolClass", of),
        "outcome": "PROMOTED",
        "number": "7",
        "decidedOn": "2026-05-28",
        **change,
    }
    found = await record(reports, **given)
    assert (found["code"], found["field"], found["clause"]) == refusal
    assert await reports.db.fetchval("SELECT count(*) FROM council_decision") == rows


async def test_who_records(reports: Reports) -> None:
    led = await reports.led()
    other = gid("SchoolClass", await reports.class_id(next(each for each in ("5Б", "9Б") if each != led)))
    given = {"classId": other, "outcome": "REPEATING", "number": "7", "decidedOn": "2026-05-28"}
    assert (await record(reports, "class-teacher", **given))["code"] == "NOT_FOUND"
    assert (await record(reports, "deputy", **given))["__typename"] == "RecordCouncilDecisionPayload"
    for login in ("analyst", "parent", "student", "secretary", "administrator"):
        answer = await reports.school.ask(RECORD, {"input": given}, as_=login)
        assert answer.get("errors"), login


@pytest.mark.parametrize(
    ("order", "decided", "outcome"),
    [
        (None, None, YearOutcome.UNDECIDED),
        (None, CouncilOutcome.PROMOTED, YearOutcome.PROMOTED),
        (None, CouncilOutcome.ADMITTED, YearOutcome.UNDECIDED),
        (MovementKind.PROMOTION, None, YearOutcome.PROMOTED),
        (MovementKind.PROMOTION, CouncilOutcome.CONDITIONAL, YearOutcome.CONDITIONAL),
        (MovementKind.REPETITION, CouncilOutcome.CONDITIONAL, YearOutcome.REPEATING),
        (MovementKind.GRADUATION, CouncilOutcome.ADMITTED, YearOutcome.GRADUATED),
        (MovementKind.DEPARTURE, CouncilOutcome.PROMOTED, YearOutcome.LEFT),
        (MovementKind.TRANSFER, None, YearOutcome.TRANSFERRED),
    ],
)
def test_outcomes(order: MovementKind | None, decided: CouncilOutcome | None, outcome: YearOutcome) -> None:
    assert outcome_of(order, decided) is outcome


async def test_honours(reports: Reports) -> None:
    """Every annual mark is 5: with honours; one is 4, or is not there: without."""
    assert (honours_from(9), honours_from(11), honours_from(5)) == (FinalKind.FINAL, FinalKind.FINAL, FinalKind.YEAR)
    name = "5А"
    of = await reports.class_id(name)
    cells = await reports.marks(class_id=of, period_id=await reports.period_id("IV четверть"))
    students = sorted({each["student_id"] for each in cells})[:3]
    for each in cells:
        if each["student_id"] not in students or (
            each["student_id"] == students[2] and each["subject_id"] == cells[0]["subject_id"]
        ):
            continue
        four = each["student_id"] == students[1] and each["subject_id"] == cells[0]["subject_id"]
        await reports.db.execute(
            "INSERT INTO final_mark (school_id, student_id, subject_id, year_id, class_id, kind, value, set_at,"
            " changed_at) SELECT school_id, $2, $3, year_id, id, 'year', $4, now(), now() FROM school_class"
            " WHERE id = $1",
            *(of, each["student_id"], each["subject_id"], "4" if four else "5"),
        )
    found = await of_class(reports, OUTCOMES, name, "outcomes")
    assert found["marked"] == {"kind": "YEAR"}
    honours = {each["student"]["id"] for each in found["students"] if each["honours"]}
    assert honours == {gid("Student", students[0])}
    assert sum(each["honours"] for each in found["counts"]) == 1


async def test_list_of_students(reports: Reports) -> None:
    name = await reports.led()
    of = await reports.class_id(name)
    found = await of_class(reports, LIST, name, "students", "class-teacher", on="2026-05-20")
    members = await reports.db.fetch(
        "SELECT student_id, starts_on FROM enrolment WHERE class_id = $1 AND starts_on <= '2026-05-20'"
        " AND coalesce(ends_on, 'infinity') >= '2026-05-20'",
        of,
    )
    assert {each["student"]["id"]: each["since"] for each in found["students"]} == {
        gid("Student", row["student_id"]): str(row["starts_on"]) for row in members
    }
    assert all(each["admission"]["kind"] == "ENROLMENT" for each in found["students"] if each["admission"])
    text = (await reports.fetch(found["print"]["csv"], "class-teacher")).content.decode("utf-8-sig")
    people = await reports.db.fetch(
        "SELECT p.family_name, p.birth_date, s.file_number FROM student AS s JOIN person AS p ON p.id = s.person_id"
        " WHERE s.id = ANY($1)",
        [row["student_id"] for row in members],
    )
    for row in people:
        assert all(each in text for each in (row["family_name"], f"{row['birth_date']:%d.%m.%Y}", row["file_number"]))
    analyst = (await reports.fetch(found["print"]["csv"], "analyst")).content.decode("utf-8-sig")
    everybody = await reports.db.fetch("SELECT family_name, birth_date, phone, email, address FROM person")
    for row in everybody:
        hidden = (row["family_name"], f"{row['birth_date']:%d.%m.%Y}", row["phone"], row["email"], row["address"])
        assert not [each for each in hidden if each and each in analyst]
    assert f"Обучающихся;{len(members)}\r" in text
    assert f"Обучающихся;{few(len(members), len(members))}\r" in analyst
    assert SHOWN_LEGEND in analyst


@pytest.mark.parametrize("period", ["I четверть", "IV четверть"])
async def test_subject_teacher(reports: Reports, period: str) -> None:
    staff, when = await staff_of(reports, "class-teacher"), await reports.period_id(period)
    given = {"staff": gid("Staff", staff), "period": gid("Period", when)}
    found = (await reports.ask(TEACHER, "class-teacher", **given))["node"]["reports"]["subjects"]
    assert found == (await reports.ask(TEACHER, "deputy", **given))["node"]["reports"]["subjects"]
    pupils = await reports.db.fetch(PUPILS, staff, when)
    marks = {(each["student_id"], each["subject_id"]): each for each in await reports.marks(period_id=when)}
    groups = {(row["group_id"], row["subject_id"]) for row in pupils}
    assert len(groups) > 1
    assert {(each["group"]["id"], each["subject"]["id"]) for each in found["taught"]} == {
        (gid("StudyGroup", group), gid("Subject", subject)) for group, subject in groups
    }
    every = []
    for each in found["taught"]:
        own = [
            marks[row["student_id"], row["subject_id"]]
            for row in pupils
            if (gid("StudyGroup", row["group_id"]), gid("Subject", row["subject_id"]))
            == (each["group"]["id"], each["subject"]["id"])
            and (row["student_id"], row["subject_id"]) in marks
        ]
        every += own
        plain = Plain.of(own)
        assert {name: each["figures"]["counts"][name] for name in COUNTS} == {
            name: sum(plain.values[value] for value in values) for name, values in COUNTS.items()
        }
        assert {name: each["figures"][name]["value"] for name in plain.figures} == plain.figures
        assert {(poor["student"]["id"], poor["value"]) for poor in each["poor"]} == {
            (gid("Student", mark["student_id"]), mark["value"]) for mark in own if mark["value"] in ("1", "2", "н/а")
        }
        assert len(each["figures"]["success"]["marks"]) == len(own)
    assert found["total"]["counts"]["students"] == len(every)
    hours = await reports.db.fetchrow(
        "SELECT count(*) FILTER (WHERE NOT added) AS planned, count(*) FILTER (WHERE NOT added AND date <"
        " '2026-06-03') AS due, count(*) FILTER (WHERE state = 'held') AS held FROM (SELECT l.*, EXISTS (SELECT FROM"
        " lesson_correction AS c WHERE c.lesson_id = l.id AND c.kind = 'added') AS added FROM lesson AS l"
        " JOIN period AS p ON p.id = $3 WHERE (l.group_id, l.subject_id) IN (SELECT * FROM unnest($1::bigint[],"
        " $2::bigint[])) AND l.date BETWEEN p.starts_on AND p.ends_on) AS l",
        *([group for group, _ in groups], [subject for _, subject in groups], when),
    )
    assert {name: found["hours"][name] for name in ("planned", "due", "held")} == dict(hours)
    assert sum(each["hours"]["behind"] for each in found["taught"]) >= found["hours"]["behind"]
    rows = sheet((await reports.fetch(found["print"]["xlsx"], "class-teacher")).content)
    total = next(row for row in rows if row[0] == "Всего")
    assert total[2] == len(every)


@pytest.mark.parametrize(
    ("login", "of", "status"),
    [
        *((login, "class-teacher", 200) for login in ("director", "deputy", "class-teacher")),
        ("teacher", "class-teacher", 404),
        ("teacher", "teacher", 200),
        # It is of a person.
        ("analyst", "class-teacher", 403),
    ],
)
async def test_whose_a_teachers_report_is(reports: Reports, login: str, of: str, status: int) -> None:
    staff, period = gid("Staff", await staff_of(reports, of)), gid("Period", await reports.period_id("I четверть"))
    answer = await reports.fetch(f"/print/report/subject_teacher/{staff}.csv?period={period}", login)
    assert answer.status_code == status, answer.text


@pytest.mark.parametrize("kind", ["finals_sheet", "year_outcomes", "student_list"])
async def test_whose_a_classs_reports_are(reports: Reports, kind: str) -> None:
    led = await reports.led()
    own = gid("SchoolClass", await reports.class_id(led))
    other = gid("SchoolClass", await reports.class_id(next(each for each in ("5Б", "9Б") if each != led)))
    statuses = {"class-teacher": (200, 404), "teacher": (404, 404)}
    statuses |= dict.fromkeys(("director", "deputy", "analyst"), (200, 200))
    statuses |= dict.fromkeys(("parent", "student", "secretary", "hr", "administrator", "service"), (403, 403))
    for login, expected in statuses.items():
        found = [(await reports.fetch(f"/print/report/{kind}/{of}.csv", login)).status_code for of in (own, other)]
        assert found == list(expected), login


async def test_bad_input(reports: Reports) -> None:
    of = gid("SchoolClass", await reports.class_id("5А"))
    year = gid("AcademicYear", 99_999)
    assert (await reports.fetch(f"/print/report/finals_sheet/{of}.csv?year={year}", "deputy")).status_code == 400
    staff = gid("Staff", await staff_of(reports, "teacher"))
    period = gid("Period", 99_999)
    answer = await reports.fetch(f"/print/report/subject_teacher/{staff}.csv?period={period}", "deputy")
    assert answer.status_code == 400


async def test_as_many_statements_for_any_class(reports: Reports, monkeypatch: pytest.MonkeyPatch) -> None:
    """Statements do not grow with the class."""
    taken: list[str] = []
    fetch = Snapshot.fetch

    async def counting(self: Snapshot, statement: Statement, *given: Any, **more: Any) -> list[Any]:
        taken.append(statement.text)
        return await fetch(self, statement, *given, **more)

    monkeypatch.setattr(Snapshot, "fetch", counting)
    for query, field, more in (
        (FINALS, "finals", {}),
        (OUTCOMES, "outcomes", {}),
        (LIST, "students", {"on": str(date(2026, 5, 20))}),
    ):
        counted = set()
        for name in ("5А", "9А"):
            taken.clear()
            await of_class(reports, query, name, field, **more)
            counted.add(len(taken))
            assert len(taken) <= 14
        assert len(counted) == 1, field
