"""The reports of a school beside a plain count: sums, the slots of classes, groups, change, whose they are (10.3)."""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest

from resolvers.database import Snapshot
from rules.report_groups import StudentGroup, groups_of
from server.demo import Demo

from .finals_help import JUNE
from .print_help import read
from .report_help import Reports, drawn, gid, near, sheet
from .test_report_class_results import COUNTS, FIGURES, same

PART = "part { level title schoolClass { id name } }"
CLASSES = (
    "query($period: ID, $kind: FinalKind, $year: ID) {"
    " school { reports { classesSummary(periodId: $period, kind: $kind,"
    " yearId: $year) { frame { name startsOn endsOn } rows { " + PART + " roll { atStart arrived gone atEnd } excellent"
    " good oneThree failing notAttested figures { " + FIGURES + " } } print { pdf xlsx csv } } } } }"
)
RESULTS = (
    "query($period: ID, $kind: FinalKind, $year: ID) {"
    " school { reports { resultsSummary(periodId: $period, kind: $kind,"
    " yearId: $year) { frame { name } rows { "
    + PART
    + " figures { "
    + FIGURES
    + " } sincePrevious { success quality learning average now { counts { counted } } then { counts { counted } } }"
    " sinceYearBefore { success average } } print { pdf xlsx csv } } } } }"
)
TRACED = (
    "query($period: ID) { school { reports { resultsSummary(periodId: $period) { rows { part { level title } figures {"
    " quality { formula marks { value leftOut student { id } subject { id } } } } } } } } }"
)
GROUPS = {
    "excellent": StudentGroup.EXCELLENT,
    "good": StudentGroup.GOOD,
    "oneThree": StudentGroup.ONE_THREE,
    "failing": StudentGroup.FAILING,
    "notAttested": StudentGroup.NOT_ATTESTED,
}


@pytest.fixture(scope="module")
async def reports(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Reports]:
    """A school for this module."""
    async with drawn(cluster, demo_template) as reports:
        yield reports


async def of_school(reports: Reports, query: str, as_: str = "deputy", **variables: Any) -> Any:
    """The only report that a query asks for."""
    (found,) = (await reports.ask(query, as_, **variables))["school"]["reports"].values()
    return found


async def classes(reports: Reports) -> list[dict[str, Any]]:
    """The classes of the year."""
    rows = await reports.db.fetch(
        "SELECT c.id, c.grade, c.letter, c.period_kind, c.capacity FROM school_class AS c JOIN academic_year AS y"
        " ON y.id = c.year_id WHERE y.starts_on <= '2026-05-20' AND y.ends_on >= '2026-05-20' ORDER BY grade, letter"
    )
    return [dict(row) for row in rows]


def within(title: str, level: str, grade: int) -> bool:
    """Whether a class of the grade is in a sum."""
    if level == "SCHOOL":
        return True
    first, last = (title.split("-")[0].split("–") * 2)[:2]
    return int(first) <= grade <= int(last)


def check_sums(rows: list[dict[str, Any]], of: Any, levels: Iterable[str]) -> None:
    """What `of` gives of each row: of a sum, it is that of its classes."""
    single = [row for row in rows if row["part"]["level"] == "CLASS"]
    sums = [row for row in rows if row["part"]["level"] != "CLASS"]
    assert {row["part"]["level"] for row in sums} == set(levels)
    for row in sums:
        part = row["part"]
        inside = [
            of(each)
            for each in single
            if within(part["title"], part["level"], int("".join(filter(str.isdigit, each["part"]["title"]))))
        ]
        assert inside
        assert of(row) == {name: sum(each[name] or 0 for each in inside) for name in inside[0]}, part["title"]


# Which period of a class divided by half-years is taken into the quarter, if any.
TAKES = {"I четверть": None, "II четверть": "I полугодие", "III четверть": None, "IV четверть": "II полугодие"}


@pytest.mark.parametrize("period", ["I четверть", "II четверть", "III четверть", "I полугодие"])
async def test_both_summaries_beside_a_plain_count(reports: Reports, period: str) -> None:
    """Every class, parallel, stage and the school; grade 1 is counted but not marked."""
    when = await reports.period_id(period)
    quarters = {"I полугодие": "II четверть"}
    own = {
        each["id"]: await reports.period_id(name)
        for each in await classes(reports)
        if each["grade"] > 1
        and (name := (quarters if each["period_kind"] == "quarter" else TAKES).get(period, period)) is not None
    }
    assert own
    marks: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for each in await reports.marks():
        if own.get(each["class_id"]) == each["period_id"]:
            marks[each["class_id"]].append(each)
    first = await of_school(reports, CLASSES, period=gid("Period", when))
    second = await of_school(reports, RESULTS, period=gid("Period", when))
    assert first["frame"]["name"] == second["frame"]["name"] == period
    for found in (first, second):
        for row in found["rows"]:
            of = row["part"]["schoolClass"]
            if of is not None:
                number = next(
                    each["id"] for each in await classes(reports) if gid("SchoolClass", each["id"]) == of["id"]
                )
                same(row["figures"], marks[number])
                assert of["name"] == row["part"]["title"]
                assert number in own or row["figures"]["success"]["value"] is None
    for row in first["rows"]:
        if (of := row["part"]["schoolClass"]) is None:
            continue
        by_student = defaultdict(list)
        for each in marks[
            int(next(e["id"] for e in await classes(reports) if gid("SchoolClass", e["id"]) == of["id"]))
        ]:
            by_student[each["student_id"]].append(each["value"])
        counted = Counter(group for values in by_student.values() for group in groups_of(values))
        assert {name: row[name] for name in GROUPS} == {name: counted[group] for name, group in GROUPS.items()}
    check_sums(first["rows"], lambda row: {**row["roll"], **{name: row[name] for name in GROUPS}}, ["STAGE", "SCHOOL"])
    check_sums(first["rows"], lambda row: row["figures"]["counts"], ["STAGE", "SCHOOL"])
    check_sums(second["rows"], lambda row: row["figures"]["counts"], ["PARALLEL", "STAGE", "SCHOOL"])
    same(second["rows"][-1]["figures"], [each for of in marks.values() for each in of])


async def test_change(reports: Reports) -> None:
    """Against the slot before, of the classes that have one; the first slot of a year has none."""
    names = ["I четверть", "II четверть"]
    before, now = [
        {
            row["part"]["title"]: row
            for row in (await of_school(reports, RESULTS, period=gid("Period", await reports.period_id(name))))["rows"]
        }
        for name in names
    ]
    for title, row in now.items():
        change = row["sincePrevious"]
        of_half_year = title[:2] in {"10", "11"}
        if before[title]["figures"]["counts"]["counted"] == 0 or of_half_year:
            assert change["success"] is None
            assert change["now"]["counts"]["counted"] == change["then"]["counts"]["counted"] == 0
            continue
        assert change["then"]["counts"] == {"counted": before[title]["figures"]["counts"]["counted"]}
        if row["part"]["level"] == "CLASS":
            for name in ("success", "quality", "learning", "average"):
                shown = row["figures"][name]["value"] - before[title]["figures"][name]["value"]
                assert change[name] == pytest.approx(shown, abs=0.011)
    assert now["5А"]["sincePrevious"]["average"] is not None
    assert all(row["sincePrevious"]["success"] is None for row in before.values())
    assert all(row["sinceYearBefore"]["success"] is None for row in now.values())


async def test_behind_a_school_figure(reports: Reports) -> None:
    """All the marks of all classes, counted or not."""
    found = await of_school(reports, TRACED, period=gid("Period", await reports.period_id("III четверть")))
    plain = await reports.marks(period_id=await reports.period_id("III четверть"))
    grades = {each["id"]: each["grade"] for each in await classes(reports)}
    plain = [each for each in plain if grades.get(each["class_id"], 0) > 1]
    marks = found["rows"][-1]["figures"]["quality"]["marks"]
    assert Counter((each["student"]["id"], each["subject"]["id"], each["value"]) for each in marks) == Counter(
        (gid("Student", each["student_id"]), gid("Subject", each["subject_id"]), each["value"]) for each in plain
    )
    for row in found["rows"]:
        if row["part"]["level"] == "CLASS":
            values = [each["value"] for each in row["figures"]["quality"]["marks"]]
            assert len(values) <= len(marks)
    nobody = (
        "{ school { reports { resultsSummary(kind: YEAR) { rows { figures { quality { marks { value } } } } } } } }"
    )
    assert "Cannot query field" in str(await reports.school.ask(nobody, as_="administrator"))


async def test_whoever_left(reports: Reports) -> None:
    """A departure before the end changes that class's row, its sums, and nothing of the periods before."""
    ids = {name: gid("Period", await reports.period_id(name)) for name in ("I четверть", "III четверть")}
    before = {name: await of_school(reports, CLASSES, period=when) for name, when in ids.items()}
    of = await reports.class_id("5Б")
    student = (await reports.marks(class_id=of, period_id=await reports.period_id("III четверть")))[0]["student_id"]
    async with reports.db.transaction():
        await reports.db.execute("SET LOCAL session_replication_role = replica")
        await reports.db.execute(
            "UPDATE enrolment SET ends_on = '2026-02-01', ended_by = opened_by WHERE class_id = $1 AND student_id = $2",
            *(of, student),
        )
    after = {name: await of_school(reports, CLASSES, period=when) for name, when in ids.items()}
    async with reports.db.transaction():
        await reports.db.execute("SET LOCAL session_replication_role = replica")
        back = "UPDATE enrolment SET ends_on = NULL, ended_by = NULL WHERE class_id = $1 AND student_id = $2"
        await reports.db.execute(back, of, student)
    assert after["I четверть"] == before["I четверть"]
    changed = {
        new["part"]["title"]: (old["roll"], new["roll"], new["figures"]["counts"]["left"])
        for old, new in zip(before["III четверть"]["rows"], after["III четверть"]["rows"], strict=True)
        if old != new
    }
    assert set(changed) == {"5Б", "5–9-е классы", "По школе"}
    for old, new, left in changed.values():
        assert (new["gone"], new["atEnd"], new["atStart"]) == (old["gone"] + 1, old["atEnd"] - 1, old["atStart"])
        assert left > 0


async def test_nobody_is_lost_in_the_holidays(reports: Reports) -> None:
    """Whoever leaves on a quarter's last day or in the holidays after it has left in the next; so with who comes."""
    of = await reports.class_id("5Б")
    last = await reports.db.fetchval("SELECT ends_on FROM period WHERE id = $1", await reports.period_id("II четверть"))
    free = last + timedelta(days=3)
    students = await reports.db.fetch(
        "SELECT student_id FROM enrolment WHERE class_id = $1 AND ends_on IS NULL ORDER BY 1 LIMIT 3", of
    )
    moves = dict(zip(("ends_on", "left", "starts_on"), (row["student_id"] for row in students), strict=True))
    before = await quarters(reports)
    await reports.db.execute("CREATE TEMPORARY TABLE kept AS SELECT * FROM enrolment WHERE class_id = $1", of)
    change = "UPDATE enrolment SET {} WHERE class_id = $1 AND student_id = $2"
    async with reports.db.transaction():
        await reports.db.execute("SET LOCAL session_replication_role = replica")
        gone = change.format("ends_on = $3, ended_by = opened_by")
        await reports.db.execute(gone, of, moves["ends_on"], last)
        await reports.db.execute(gone, of, moves["left"], free)
        await reports.db.execute(change.format("starts_on = $3"), of, moves["starts_on"], free)
    try:
        after = await quarters(reports)
    finally:
        async with reports.db.transaction():
            await reports.db.execute("SET LOCAL session_replication_role = replica")
            await reports.db.execute("DELETE FROM enrolment WHERE class_id = $1", of)
            await reports.db.execute("INSERT INTO enrolment SELECT * FROM kept")
    # From the last day of one to the last of the next; the third came only in the holidays.
    assert {name: rolls["5Б"] for name, rolls in after.items()} == {
        "I четверть": {**before["I четверть"]["5Б"], "atStart": (all_of := len_of(before)) - 1, "atEnd": all_of - 1},
        "II четверть": {"atStart": all_of - 1, "arrived": 0, "gone": 0, "atEnd": all_of - 1},
        "III четверть": {"atStart": all_of - 1, "arrived": 1, "gone": 2, "atEnd": all_of - 2},
        "IV четверть": {"atStart": all_of - 2, "arrived": 0, "gone": 0, "atEnd": all_of - 2},
    }
    assert await quarters(reports) == before
    for rolls in (before, after):
        for earlier, later in pairwise(rolls.values()):
            assert {title: each["atEnd"] for title, each in earlier.items()} == {
                title: each["atStart"] for title, each in later.items()
            }


async def quarters(reports: Reports) -> dict[str, dict[str, dict[str, int]]]:
    """The counts of students of each quarter, by row; the class teacher's report tells the same."""
    found = {}
    for name in ("I четверть", "II четверть", "III четверть", "IV четверть"):
        period = gid("Period", await reports.period_id(name))
        rows = (await of_school(reports, CLASSES, period=period))["rows"]
        found[name] = {row["part"]["title"]: row["roll"] for row in rows}
        own = await reports.ask(OWN_ROLL, period=period, id=gid("SchoolClass", await reports.class_id("5Б")))
        own = own["schoolClass"]["reports"]["classTeacher"]
        counts = {part: len(own[name]) for part, name in (("arrived", "arrived"), ("gone", "left"))}
        assert found[name]["5Б"] == {"atStart": own["atStart"], **counts, "atEnd": own["atEnd"]}
    return found


OWN_ROLL = """query($period: ID, $id: ID!) { schoolClass(id: $id) { reports { classTeacher(periodId: $period) {
    atStart arrived { on } left { on } atEnd } } } }"""


def len_of(rolls: dict[str, dict[str, dict[str, int]]]) -> int:
    """How many there are in 5Б, where nobody comes or goes."""
    (number,) = {each for name in rolls for part in ("atStart", "atEnd") for each in [rolls[name]["5Б"][part]]}
    return number


async def test_year_and_bad_input(reports: Reports) -> None:
    """The year of the day, or the one named."""
    year = await reports.db.fetchval(
        "SELECT id FROM academic_year WHERE starts_on <= '2026-05-20' ORDER BY starts_on DESC"
    )
    found = [await of_school(reports, RESULTS, kind="YEAR", year=of) for of in (None, gid("AcademicYear", year))]
    assert found[0] == {**found[1], "print": found[0]["print"]}
    assert found[0]["frame"]["name"] == "Год"
    for given, field in (
        ({}, "periodId"),
        ({"period": gid("Period", 999)}, "periodId"),
        ({"kind": "YEAR", "year": gid("AcademicYear", 999)}, "yearId"),
    ):
        answer = await reports.school.ask(RESULTS, given, as_="deputy")
        assert answer["errors"][0]["extensions"] == {"code": "BAD_INPUT", "field": field}


async def statements(reports: Reports, query: str, monkeypatch: pytest.MonkeyPatch, **variables: Any) -> int:
    """How many statements a query takes."""
    seen: list[str] = []
    fetch = Snapshot.fetch

    async def counting(self: Any, statement: Any, *args: Any, **kwargs: Any) -> Any:
        seen.append(statement.text)
        return await fetch(self, statement, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(Snapshot, "fetch", counting)
        await of_school(reports, query, **variables)
    return len(seen)


@pytest.mark.parametrize("query", [CLASSES, RESULTS])
async def test_few_statements(reports: Reports, query: str, monkeypatch: pytest.MonkeyPatch) -> None:
    period = gid("Period", await reports.period_id("II четверть"))
    assert await statements(reports, query, monkeypatch, period=period) < 10


OCCUPANCY = (
    "query($on: Date) { school { reports { occupancy(on: $on) { on rows { "
    + PART
    + " capacity students boys girls average free } print { pdf xlsx csv } } } } }"
)


@pytest.mark.parametrize("day", [None, "2025-10-01"])
async def test_occupancy(reports: Reports, day: str | None) -> None:
    found = await of_school(reports, OCCUPANCY, on=day)
    assert found["on"] == (day or f"{JUNE:%Y-%m-%d}")
    on = date.fromisoformat(found["on"])
    there = await reports.db.fetch(
        "SELECT e.class_id, p.sex FROM enrolment AS e JOIN student AS s ON s.id = e.student_id JOIN person AS p"
        " ON p.id = s.person_id WHERE e.starts_on <= $1 AND coalesce(e.ends_on, 'infinity') >= $1",
        on,
    )
    rows = {row["part"]["title"]: row for row in found["rows"]}
    for of in await classes(reports):
        sexes = Counter(each["sex"] for each in there if each["class_id"] == of["id"])
        row = rows[f"{of['grade']}{of['letter']}"]
        assert (row["boys"], row["girls"], row["students"]) == (sexes["male"], sexes["female"], sexes.total())
        assert row["free"] == (None if of["capacity"] is None else of["capacity"] - sexes.total())
    check_sums(
        found["rows"],
        lambda row: {name: row[name] for name in ("capacity", "students", "boys", "girls", "free")},
        ["PARALLEL", "STAGE", "SCHOOL"],
    )
    fifth = [of for of in await classes(reports) if of["grade"] == 5]
    assert rows["5-е классы"]["average"] == near(Fraction(rows["5-е классы"]["students"], len(fifth)))


MOVEMENT = (
    "query($since: Date!, $until: Date!) { school { reports { movement(from: $since, until: $until) { rows { "
    + PART
    + " moves { atStart arrived movedIn gone movedOut atEnd } } moves { kind on number issuedOn place reason"
    " student { id } fromClass { id name } toClass { id name } order { id } } print { pdf xlsx csv } } } } }"
)


@pytest.mark.parametrize("days", [("2025-09-01", "2026-05-20"), ("2025-10-15", "2026-01-20"), ("2026-03-01",) * 2])
async def test_movement(reports: Reports, days: tuple[str, str]) -> None:
    """Of each class beside a plain walk over the stays; every move is listed once; nobody is lost."""
    since, until = map(date.fromisoformat, days)
    found = await of_school(reports, MOVEMENT, since=days[0], until=days[1])
    stays = await reports.db.fetch(
        "SELECT e.class_id, e.starts_on, coalesce(e.ends_on, '9999-01-01') AS ends_on, o.kind AS came, w.kind AS went"
        " FROM enrolment AS e JOIN movement_item AS i ON i.id = e.opened_by JOIN movement_order AS o"
        " ON o.id = i.order_id"
        " LEFT JOIN movement_item AS j ON j.id = e.ended_by LEFT JOIN movement_order AS w ON w.id = j.order_id"
        " WHERE e.starts_on <= $1 AND coalesce(e.ends_on, 'infinity') >= $2",
        *(until, since),
    )
    rows = {row["part"]["title"]: row["moves"] for row in found["rows"]}
    for of in await classes(reports):
        own = [each for each in stays if each["class_id"] == of["id"]]
        came = [each["came"] for each in own if each["starts_on"] > since]
        went = [each["went"] for each in own if each["ends_on"] < until]
        assert rows[f"{of['grade']}{of['letter']}"] == {
            "atStart": sum(each["starts_on"] <= since for each in own),
            "arrived": came.count("enrolment"),
            "movedIn": len(came) - came.count("enrolment"),
            "gone": sum(kind in {"departure", "graduation"} for kind in went),
            "movedOut": sum(kind not in {"departure", "graduation"} for kind in went),
            "atEnd": sum(each["ends_on"] >= until for each in own),
        }
    check_sums(found["rows"], lambda row: row["moves"], ["PARALLEL", "STAGE", "SCHOOL"])
    for of in rows.values():
        change = of["arrived"] + of["movedIn"] - of["gone"] - of["movedOut"]
        assert of["atStart"] + change == of["atEnd"]
    school, kinds = rows["По школе"], Counter(each["kind"] for each in found["moves"])
    assert kinds["ENROLMENT"] == school["arrived"]
    assert kinds["DEPARTURE"] + kinds["GRADUATION"] == school["gone"]
    assert sum(each["toClass"] is not None for each in found["moves"]) == school["arrived"] + school["movedIn"]
    assert sum(each["fromClass"] is not None for each in found["moves"]) == school["gone"] + school["movedOut"]
    assert all(each["order"]["id"] and each["number"] and each["issuedOn"] for each in found["moves"])
    if days[0] == "2025-09-01":
        assert kinds["ENROLMENT"]
        assert kinds["TRANSFER"]
        assert any(each["place"] for each in found["moves"])
    answer = await reports.school.ask(MOVEMENT, {"since": "2026-05-02", "until": "2026-05-01"}, as_="deputy")
    assert answer["errors"][0]["extensions"]["code"] == "BAD_INPUT"


FIELDS = {
    "classes_summary": ("classesSummary(kind: YEAR) { frame { name } }", "kind=year"),
    "results_summary": ("resultsSummary(kind: YEAR) { frame { name } }", "kind=year"),
    "occupancy": ("occupancy { on }", ""),
    "movement": ('movement(from: "2025-09-01", until: "2026-08-31") { since }', "from=2025-09-01&until=2026-08-31"),
}
KEPT = {"occupancy", "movement"}


@pytest.mark.parametrize(
    "login", ["director", "deputy", "analyst", "administrator", "secretary", "class-teacher", "hr"]
)
async def test_whose_they_are(reports: Reports, login: str) -> None:
    """The school's are the deputy's, the director's, the analyst's and the administrator's; some the secretary's."""
    of = gid("School", 1)
    for kind, (field, given) in FIELDS.items():
        sees = login in {"director", "deputy", "analyst", "administrator"} or (login == "secretary" and kind in KEPT)
        answer = await reports.school.ask("{ school { reports { " + field + " } } }", as_=login)
        assert ("Cannot query field" not in str(answer)) is sees, answer
        if sees:
            assert "errors" not in answer
        for ending in ("pdf", "xlsx", "csv"):
            printed = await reports.fetch(f"/print/report/{kind}/{of}.{ending}?{given}", login)
            assert printed.status_code == (200 if sees else 403), (kind, printed.text)


@pytest.mark.parametrize("login", ["parent", "student", "service"])
async def test_for_nobody_else(reports: Reports, login: str) -> None:
    for kind, (field, given) in FIELDS.items():
        answer = await reports.school.ask("{ school { reports { " + field + " } } }", as_=login)
        assert "Cannot query field" in str(answer)
        assert (await reports.fetch(f"/print/report/{kind}/{gid('School', 1)}.pdf?{given}", login)).status_code == 403


async def test_on_paper(reports: Reports) -> None:
    """The figures of the answer stand in the sheet; wide ones lie."""
    period = gid("Period", await reports.period_id("II четверть"))
    for query, given, most in (
        (CLASSES, {"period": period}, 1),
        (RESULTS, {"period": period}, 1),
        (OCCUPANCY, {}, 0),
        (MOVEMENT, {"since": "2025-09-01", "until": "2026-05-20"}, 1),
    ):
        found = await of_school(reports, query, **given)
        printed = read((await reports.fetch(found["print"]["pdf"], "director")).content)
        assert printed.sizes == {(842, 595) if most else (595, 842)}
        assert "По школе" in printed.text
        rows = sheet((await reports.fetch(found["print"]["xlsx"], "deputy")).content)
        titles = [row["part"]["title"] for row in found["rows"]]
        assert [row[0] for row in rows if row[0] in titles][: len(titles)] == titles
        total = next(row for row in rows if row[0] == "По школе")
        last = found["rows"][-1]
        match query:
            case _ if query is CLASSES:
                roll = [last["roll"][name] for name in ("atStart", "arrived", "gone", "atEnd")]
                assert total[3:7] == roll
                assert total[7:12] == [last[name] for name in GROUPS]
                assert total[12:14] == [last["figures"][name]["value"] for name in ("success", "quality")]
            case _ if query is RESULTS:
                counts = last["figures"]["counts"]
                assert total[1:6] == [counts[name] for name in list(COUNTS)[:5]]
                assert total[6] == last["figures"]["success"]["value"]
            case _ if query is OCCUPANCY:
                assert total[3:6] == [last[name] for name in ("students", "boys", "girls")]
            case _:
                names = ("atStart", "arrived", "gone", "movedIn", "movedOut", "atEnd")
                assert total[1:7] == [last["moves"][name] for name in names]


async def test_an_analyst_reads_no_names(reports: Reports) -> None:
    people = {row["family_name"] for row in await reports.db.fetch("SELECT family_name FROM person")}
    for kind, (_, given) in FIELDS.items():
        text = (await reports.fetch(f"/print/report/{kind}/{gid('School', 1)}.csv?{given}", "analyst")).text
        assert not [name for name in people if name in text]
    hidden = '{ school { reports { movement(from: "2025-09-01", until: "2026-05-20") { moves { place } } } } }'
    assert "Cannot query field" in str(await reports.school.ask(hidden, as_="analyst"))
