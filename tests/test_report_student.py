"""The card and the averages of a student beside a plain count, for whom they are, on paper (10.5)."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest

from resolvers import database
from server.demo import Demo

from .print_help import read
from .report_help import Reports, drawn, sheet
from .report_student_help import SPAN, People, ask, average, gid, one, two, until, weighted

AVERAGES = "average { value } weightedAverage { value counts { numbers } } classAverage classWeightedAverage"
OF = "query($student: ID!, $year: ID, $from: Date!, $until: Date!) { student(id: $student) { reports { %s } } }"
FIGURE = "{ value counts { numbers } marks(counted: true) { value } }"
EXACT = f"{AVERAGES} classFigures {{ average {FIGURE} weightedAverage {FIGURE} }}"
"""With what families have no field for."""
DAYS = f"averages(from: $from, until: $until) {{ subjects {{ subject {{ id }} averages {{ {AVERAGES} }} }} "
DAYS += f"total {{ {AVERAGES} }} schoolClass {{ id }} print {{ pdf xlsx csv }} }}"
YEAR = f"dynamics(yearId: $year) {{ periods {{ slot {{ name startsOn endsOn }} averages {{ {AVERAGES} }} }}"
YEAR += " print { pdf } }"
CARD = "card(yearId: $year) { slots { kind name } subjects { subject { id } marks { value mark { value } } }"
CARD += " print { pdf xlsx } }"
BEHIND = (
    "averages(from: $from, until: $until) { subjects { subject { id name } averages { average { value formula marks {"
)
BEHIND += " value weight lessonDate leftOut subject { id } mark { value } } } } } }"
PATHS = ("student_averages", "student_dynamics", "report_card")


@pytest.fixture(scope="module")
async def reports(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Reports]:
    """A school for this module, with words among its daily marks."""
    async with drawn(cluster, demo_template) as reports:
        for at, word in enumerate(("н/а", "осв.", ".", "зач.", "1")):
            await reports.db.execute("UPDATE mark SET value = $1 WHERE id % 23 = $2", word, at)
        yield reports


@pytest.fixture(scope="module")
async def people(reports: Reports) -> People:
    """Who is who in it."""
    return await People.of(reports)


def same(found: dict[str, Any], own: list[Any], of_class: list[Any], family: set[int]) -> bool:
    """The averages are those of the marks; whether the class's are shown."""
    assert found["average"]["value"] == two(average(own))
    assert found["weightedAverage"]["value"] == two(weighted(own))
    assert found["classAverage"] == one(average(of_class), of_class, family)
    assert found["classWeightedAverage"] == one(weighted(of_class), of_class, family)
    if "classFigures" in found:
        for name, value in (("average", average(of_class)), ("weightedAverage", weighted(of_class))):
            figure = found["classFigures"][name]
            assert figure["value"] == two(value)
            marks = sorted(mark["value"] for mark in figure["marks"])
            assert marks == sorted(each["value"] for each in of_class if each["value"].isdigit())
            assert figure["counts"]["numbers"] == len(marks)
    return found["classAverage"] is not None


@pytest.mark.parametrize("login", ["deputy", "parent"])
async def test_averages_by_subject(reports: Reports, people: People, login: str) -> None:
    """Of a quarter, and of single days: there, in some subjects too few others have marks."""
    shown = set()
    student = people.child
    class_id = await people.class_of(student)
    for span in (SPAN, *((date(2026, 4, day),) * 2 for day in range(6, 18))):
        what = DAYS if login == "parent" else DAYS.replace(AVERAGES, EXACT)
        found = await ask(reports, what, student, login, **{"from": str(span[0]), "until": str(span[1])})
        members = await people.members(class_id, min(span[1], date(2026, 6, 3)))
        assert found["schoolClass"]["id"] == gid("SchoolClass", class_id)
        same(found["total"], people.of_days([student], span), people.of_days(members, span), {student})
        for each in found["subjects"]:
            where = {"subject_id": await number(reports, each["subject"]["id"])}
            own, of_class = people.of_days([student], span, **where), people.of_days(members, span, **where)
            shown.add((same(each["averages"], own, of_class, {student}), bool(of_class)))
        subjects = {each["subject"]["id"] for each in found["subjects"]}
        assert {gid("Subject", each["subject_id"]) for each in people.of_days([student], span)} <= subjects
    assert {(True, True), (False, True)} <= shown


async def number(reports: Reports, subject: str) -> int:
    """A subject's number."""
    rows = await reports.db.fetch("SELECT id FROM subject")
    return next(row["id"] for row in rows if gid("Subject", row["id"]) == subject)


async def test_dynamics(reports: Reports, people: People) -> None:
    student = people.pupil
    members = await people.members(await people.class_of(student), date(2026, 5, 26))
    found = await ask(reports, YEAR, student)
    names = [each["slot"]["name"] for each in found["periods"]]
    assert names in (["I четверть", "II четверть", "III четверть", "IV четверть"], ["I полугодие", "II полугодие"])
    for each in found["periods"]:
        span = (date.fromisoformat(each["slot"]["startsOn"]), date.fromisoformat(each["slot"]["endsOn"]))
        same(each["averages"], people.of_days([student], span), people.of_days(members, span), {student})
    assert any(each["averages"]["average"]["value"] for each in found["periods"])


async def test_card(reports: Reports, people: People) -> None:
    student, class_id = people.child, await people.class_of(people.child)
    found = await ask(reports, CARD, student, "parent")
    expected = [*(f"{n} четверть" for n in ("I", "II", "III", "IV")), "Год", "Экзамен", "Итог"]
    slots = [each["name"] for each in found["slots"]]
    assert slots == [each for each in expected if each in slots]
    assert "Год" in slots
    periods = {await reports.period_id(name): name for name in slots if "четверть" in name}
    marks = {
        (gid("Subject", each["subject_id"]), periods[each["period_id"]]): each["value"]
        for each in await reports.marks(student_id=student, class_id=class_id)
    }
    assert {
        (each["subject"]["id"], name): mark["value"]
        for each in found["subjects"]
        for name, mark in zip(slots, each["marks"], strict=True)
        if "четверть" in name and mark
    } == marks
    # Of what is learned beside the lessons there may be a mark, but none is waited for.
    shown = [mark for each in found["subjects"] for mark in each["marks"] if mark]
    assert all((mark["mark"] or mark)["value"] == mark["value"] for mark in shown)
    later = await ask(reports, CARD, student, "parent", year=gid("AcademicYear", await running(reports)))
    assert {**later, "print": None} == {**found, "print": None}


async def running(reports: Reports) -> int:
    """The running year."""
    number: int = await reports.db.fetchval(
        "SELECT id FROM academic_year WHERE '2026-06-03' BETWEEN starts_on AND ends_on"
    )
    return number


@pytest.mark.parametrize("who", ["deputy", "teacher"])
async def test_what_is_behind(reports: Reports, people: People, who: str) -> None:
    """Each mark of the student, counted or not; a subject teacher reads all (10.1), and opens the own subject's."""
    student, login = people.pupil, people.teacher if who == "teacher" else who
    found = (await ask(reports, BEHIND, student, login))["subjects"]
    marks = [(each["subject"]["id"], mark) for each in found for mark in each["averages"]["average"]["marks"]]
    expected = people.of_days([student], SPAN)
    assert sorted((of, mark["value"], mark["weight"], mark["lessonDate"]) for of, mark in marks) == sorted(
        (gid("Subject", each["subject_id"]), each["value"], each["weight"], str(each["lesson_date"]))
        for each in expected
    )
    reasons = {"осв.": "EXEMPT", ".": "OWED", "зач.": "UNGRADED", "незач.": "UNGRADED", "н/а": "NO_NUMBER"}
    assert all(mark["leftOut"] == reasons.get(mark["value"]) for _, mark in marks)
    assert any(mark["leftOut"] for _, mark in marks)
    subjects = {of for of, _ in marks}
    own = {gid("Subject", each) for each in await people.subjects_taught(login, student)}
    assert {of for of, mark in marks if mark["mark"]} == (subjects & own if who == "teacher" else subjects)


async def test_whoever_left_is_in_no_average(reports: Reports, people: People) -> None:
    """A departure in the last quarter changes what the class comes to in it, and no other period, and nobody's own."""
    student = people.pupil
    class_id = await people.class_of(student)
    before, days = await ask(reports, YEAR, student), await ask(reports, DAYS, student)
    members = await people.members(class_id, date(2026, 5, 26))
    left = max(members - {student}, key=lambda each: len(people.of_days([each], SPAN)))
    old = await reports.db.fetchrow("SELECT * FROM enrolment WHERE class_id = $1 AND student_id = $2", class_id, left)
    await until(reports, old["id"], date(2026, 5, 20), old["opened_by"])
    try:
        after, later = await ask(reports, YEAR, student), await ask(reports, DAYS, student)
        assert after["periods"][:-1] == before["periods"][:-1]
        stay = members - {left}
        same(later["total"], people.of_days([student], SPAN), people.of_days(stay, SPAN), {student})
        for one_, other in zip(days["subjects"], later["subjects"], strict=True):
            assert one_["averages"]["average"] == other["averages"]["average"]
    finally:
        await until(reports, old["id"], old["ends_on"], old["ended_by"])


@pytest.mark.parametrize(
    ("login", "whose", "sees"),
    [
        *((login, whose, True) for login in ("director", "deputy") for whose in ("child", "pupil", "stranger")),
        *(("parent", whose, whose == "child") for whose in ("child", "pupil", "stranger")),
        *(("teacher", whose, whose == "pupil") for whose in ("pupil", "stranger")),
    ],
)
async def test_whose_they_are(reports: Reports, people: People, login: str, whose: str, sees: bool) -> None:
    student = getattr(people, whose)
    login = people.teacher if login == "teacher" else login
    for what in (DAYS, YEAR, CARD):
        assert (await ask(reports, what, student, login) is not None) is sees
    for path in PATHS:
        query = f"?from={SPAN[0]}&until={SPAN[1]}" if path == "student_averages" else ""
        for ending in ("pdf", "xlsx", "csv"):
            if ending == "pdf" and not sees:
                continue
            answer = await reports.fetch(f"/print/report/{path}/{gid('Student', student)}.{ending}{query}", login)
            assert answer.status_code == (200 if sees else 404), answer.text


@pytest.mark.parametrize("login", ["analyst", "secretary", "hr", "administrator", "service", None])
async def test_for_nobody_else(reports: Reports, people: People, login: str | None) -> None:
    for path in PATHS:
        answer = await reports.fetch(f"/print/report/{path}/{gid('Student', people.child)}.csv", login)
        assert answer.status_code == (403 if login else 401)
    if login:
        query = f'{{ node(id: "{gid("Student", people.child)}") {{ ... on Student {{ reports {{ of }} }} }} }}'
        told = str(await reports.school.ask(query, as_=login))
        assert "Cannot query field" in told or "Unknown type" in told


async def test_a_student_has_their_own(reports: Reports) -> None:
    query = (
        "{ me { student { reports { card { subjects { marks { value } } } dynamics { periods { averages { classAverage"
    )
    found = await reports.ask(query + " } } } } } } }", "student")
    assert found["me"]["student"]["reports"]["card"]["subjects"]


async def test_statements_do_not_grow(reports: Reports, people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    """A whole class's reports take as many statements as one student's."""
    counted = []
    fetch = database.Snapshot.fetch

    async def counting(self: Any, statement: Any, *rest: Any, **more: Any) -> Any:
        counted.append(statement.text)
        return await fetch(self, statement, *rest, **more)

    monkeypatch.setattr(database.Snapshot, "fetch", counting)
    members = sorted(await people.members(await people.class_of(people.pupil), date(2026, 5, 20)))
    sizes = []
    for students in (members[:1], members):
        counted.clear()
        asked = " ".join(
            f'a{each}: node(id: "{gid("Student", each)}") {{ ... on Student {{ reports {{ {ALL} }} }} }}'
            for each in students
        )
        asked = asked.replace("$from", f'"{SPAN[0]}"').replace("$until", f'"{SPAN[1]}"').replace("(yearId: $year)", "")
        assert len(await reports.ask("{ " + asked + " }", "director")) == len(students)
        sizes.append(len(counted))
    assert sizes[0] <= 24, counted
    assert sizes[1] <= sizes[0], counted


ALL = f"{DAYS} {YEAR} {CARD} traced: {BEHIND.replace('mark { value }', '')}"
ALL += """ qualityByMonth(from: "2025-09-01", until: "2026-05-26") { months { classQuality parallelQuality } }
journal(from: $from, until: $until) { subjects { average { value marks { value } } presence { missed } } }
letter(kind: YEAR) { subjects { counts { fives } mark { value } average { marks { value } } } }"""


async def test_on_paper(reports: Reports, people: People) -> None:
    student = people.child
    days, year, card = [await ask(reports, what, student) for what in (DAYS, YEAR, CARD)]
    name = await reports.db.fetchval(
        "SELECT concat_ws(' ', family_name, given_name, patronymic) FROM student AS s"
        " JOIN person AS p ON p.id = s.person_id WHERE s.id = $1",
        student,
    )
    for found, title, size in (
        (days, "Средний балл ученика", (842, 595)),
        (year, "Динамика среднего балла ученика", (595, 842)),
        (card, "Табель успеваемости учащегося", (595, 842)),
    ):
        printed = read((await reports.fetch(found["print"]["pdf"], "parent")).content)
        assert printed.sizes == {size}
        assert len(printed.pages) == 1
        assert title in printed.text
        assert name in printed.text
    assert "Родитель (законный представитель)" in printed.text
    rows = sheet((await reports.fetch(card["print"]["xlsx"], "parent")).content)
    values = sum(1 for each in card["subjects"] for mark in each["marks"] if mark and mark["value"])
    subjects = {row["name"] for row in await reports.db.fetch("SELECT name FROM subject")}
    cells = [cell for row in rows if row[0] in subjects for cell in row[1:]]
    assert sum(1 for cell in cells if cell not in ("", "—")) == values
    rows = sheet((await reports.fetch(days["print"]["xlsx"], "parent")).content)
    own = next(row for row in rows if row[0] == "Ученик")
    assert [cell for cell in own[1:] if cell != ""][-1] == days["total"]["average"]["value"]
    noted = await reports.db.fetch("SELECT input FROM audit_entry WHERE command = 'printReport'")
    assert len(noted) >= 5


@pytest.mark.parametrize(
    ("what", "given", "field"),
    [
        (YEAR, {"year": gid("AcademicYear", 999)}, "yearId"),
        (CARD, {"year": gid("AcademicYear", 999)}, "yearId"),
        (DAYS, {"from": "2026-05-02", "until": "2026-05-01"}, "until"),
        (DAYS, {"from": "9999-12-01", "until": "9999-12-31"}, "from"),
        (DAYS, {"from": "0001-01-01", "until": "0001-01-02"}, "from"),
    ],
)
async def test_bad_input(reports: Reports, people: People, what: str, given: dict[str, str], field: str) -> None:
    with pytest.raises(AssertionError, match=field):
        await ask(reports, what, people.child, **given)


@pytest.mark.parametrize("query", ["", "?from=2026-05-01", "?from=2026-05-02&until=2026-05-01", "?from=x&until=y"])
async def test_bad_address(reports: Reports, people: People, query: str) -> None:
    path = f"/print/report/student_averages/{gid('Student', people.child)}.csv{query}"
    assert (await reports.fetch(path, "deputy")).status_code == 400
