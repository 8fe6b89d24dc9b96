"""«Итоги успеваемости класса за учебный период» beside a plain count, for whom it is, on paper (10.4)."""

from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest

from server.demo import Demo

from .print_help import read
from .report_help import Plain, Reports, drawn, gid, sheet

COUNTS = {"fives": ("5",), "fours": ("4",), "threes": ("3",), "twos": ("2", "1"), "notAttested": ("н/а",)} | {
    "passed": ("зач.",),
    "failed": ("незач.",),
    "exempt": ("осв.",),
    "unmarked": (None,),
}
FIGURES = (
    "counts { students counted "
    + " ".join(COUNTS)
    + " left } "
    + ("success { value } quality { value } learning { value } average { value }")
)
QUERY = (
    "query($class: ID!, $period: ID, $kind: FinalKind) { schoolClass(id: $class) { reports { results("
    "periodId: $period, kind: $kind) { slot { kind name } total { "
    + FIGURES
    + " } subjects { subject { id } teachers { id } figures { "
    + FIGURES
    + " } } print { pdf xlsx csv } } } } }"
)
BEHIND = (
    "query($class: ID!, $period: ID) { schoolClass(id: $class) { reports { results(periodId: $period) { subjects {"
    " subject { id } figures { %s { formula marks { value leftOut student { id } mark { value } } } } } } } } }"
)


@pytest.fixture(scope="module")
async def reports(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Reports]:
    """A school for this module."""
    async with drawn(cluster, demo_template) as reports:
        yield reports


def same(figures: dict[str, Any], marks: list[dict[str, Any]]) -> None:
    """The figures of an answer are those of the marks."""
    plain = Plain.of(marks)
    counts = figures["counts"]
    assert {name: counts[name] for name in COUNTS} == {
        name: sum(plain.values[each] for each in values) for name, values in COUNTS.items()
    }
    assert counts["students"] == len(marks)
    assert {name: figures[name]["value"] for name in plain.figures} == plain.figures


@pytest.mark.parametrize("name", ["5А", "9Б"])
@pytest.mark.parametrize("period", ["I четверть", "III четверть"])
async def test_each_subject_and_all(reports: Reports, name: str, period: str) -> None:
    of, when = await reports.class_id(name), await reports.period_id(period)
    ids = {"class": gid("SchoolClass", of), "period": gid("Period", when)}
    found = (await reports.ask(QUERY, **ids))["schoolClass"]["reports"]["results"]
    assert found["slot"] == {"kind": "PERIOD", "name": period}
    marks = await reports.marks(class_id=of, period_id=when)
    assert marks
    same(found["total"], marks)
    subjects = Counter(each["subject_id"] for each in marks)
    assert {each["subject"]["id"] for each in found["subjects"]} == {gid("Subject", each) for each in subjects}
    for each in found["subjects"]:
        assert each["teachers"]
        same(each["figures"], [mark for mark in marks if gid("Subject", mark["subject_id"]) == each["subject"]["id"]])


@pytest.mark.parametrize("kind", ["success", "quality", "learning", "average"])
async def test_what_is_behind(reports: Reports, kind: str) -> None:
    """Each mark that was counted, and each that was not, with its reason: «н/а» is in all figures but the average."""
    of, when = await reports.class_id(await reports.led()), await reports.period_id("II четверть")
    ids = {"class": gid("SchoolClass", of), "period": gid("Period", when)}
    found = (await reports.ask(BEHIND % kind, "class-teacher", **ids))["schoolClass"]["reports"]["results"]["subjects"]
    reasons = {"осв.": "EXEMPT", "зач.": "UNGRADED", "незач.": "UNGRADED", None: "UNMARKED"}
    reasons |= {"н/а": "NO_NUMBER"} if kind == "average" else {}
    expected = {
        (
            gid("Subject", each["subject_id"]),
            gid("Student", each["student_id"]),
            each["value"],
            reasons.get(each["value"]),
        )
        for each in await reports.marks(class_id=of, period_id=when)
    }
    assert {
        (each["subject"]["id"], mark["student"]["id"], mark["value"], mark["leftOut"])
        for each in found
        for mark in each["figures"][kind]["marks"]
    } == expected
    marks = [mark for each in found for mark in each["figures"][kind]["marks"]]
    assert "н/а" in {mark["value"] for mark in marks}
    assert all((mark["mark"] or {"value": None})["value"] == mark["value"] for mark in marks)


async def test_whoever_left_is_not_counted(reports: Reports) -> None:
    """A departure before a period's end changes that period and later ones in that class, and nothing else."""
    of, first, last = await reports.class_id("5Б"), *[await reports.period_id(f"{n} четверть") for n in ("I", "III")]
    before = {
        when: (await reports.ask(QUERY, **{"class": gid("SchoolClass", of), "period": gid("Period", when)}))
        for when in (first, last)
    }
    student = (await reports.marks(class_id=of, period_id=last))[0]["student_id"]
    async with reports.db.transaction():
        await reports.db.execute("SET LOCAL session_replication_role = replica")
        await reports.db.execute(
            "UPDATE enrolment SET ends_on = '2026-02-01', ended_by = opened_by WHERE class_id = $1 AND student_id = $2",
            *(of, student),
        )
    marks = await reports.marks(class_id=of, period_id=last)
    assert student not in {each["student_id"] for each in marks}
    for when in (first, last):
        ids = {"class": gid("SchoolClass", of), "period": gid("Period", when)}
        found = (await reports.ask(QUERY, **ids))["schoolClass"]["reports"]["results"]
        if when == first:
            assert found == before[first]["schoolClass"]["reports"]["results"]
        else:
            same(found["total"], marks)
            assert found["total"]["counts"]["left"] > 0


@pytest.mark.parametrize(
    ("login", "led", "sees"),
    [
        *((login, True, True) for login in ("director", "deputy", "class-teacher", "analyst")),
        *((login, False, login != "class-teacher") for login in ("director", "class-teacher", "analyst")),
        ("teacher", True, False),
    ],
)
async def test_whose_it_is(reports: Reports, login: str, led: bool, sees: bool) -> None:
    """A class teacher has the reports of the class led and of no other."""
    name = await reports.led()
    of = await reports.class_id(name if led else next(each for each in ("5Б", "9Б") if each != name))
    ids = {"class": gid("SchoolClass", of), "period": gid("Period", await reports.period_id("I четверть"))}
    query = (
        "query($class: ID!, $period: ID!) { schoolClass(id: $class) { reports { results(periodId: $period) { total {"
    )
    query += " counts { students } } print { csv } } } } }"
    found = (await reports.ask(query, login, **ids))["schoolClass"]
    assert (found["reports"] is not None) is sees
    path = f"/print/report/class_results/{ids['class']}"
    for ending in ("pdf", "xlsx", "csv"):
        answer = await reports.fetch(f"{path}.{ending}?period={ids['period']}", login)
        assert answer.status_code == (200 if sees else 404), answer.text


@pytest.mark.parametrize("login", ["parent", "student", "secretary", "hr", "administrator", "service"])
async def test_for_nobody_else(reports: Reports, login: str) -> None:
    of, period = gid("SchoolClass", await reports.class_id("5А")), gid("Period", 1)
    query = f'{{ schoolClass(id: "{of}") {{ reports {{ results(periodId: "{period}") {{ slot {{ name }} }} }} }} }}'
    answer = await reports.school.ask(query, as_=login)
    assert "Cannot query field" in str(answer) or answer.get("data", {}).get("schoolClass") is None, answer
    assert (await reports.fetch(f"/print/report/class_results/{of}.pdf?period={period}", login)).status_code == 403
    assert (await reports.fetch(f"/print/report/class_results/{of}.pdf?period={period}", None)).status_code == 401


async def test_on_paper(reports: Reports) -> None:
    of, period = await reports.class_id("5А"), await reports.period_id("I четверть")
    ids = {"class": gid("SchoolClass", of), "period": gid("Period", period)}
    found = (await reports.ask(QUERY, **ids))["schoolClass"]["reports"]["results"]
    answer = await reports.fetch(found["print"]["pdf"], "director")
    printed = read(answer.content)
    assert printed.sizes == {(595, 842)}
    names = await reports.db.fetch(
        "SELECT DISTINCT s.name FROM subject AS s JOIN final_mark AS f ON f.subject_id = s.id WHERE class_id = $1", of
    )
    for row in names:
        assert row["name"] in printed.text
    assert "Итоги успеваемости класса за учебный период" in printed.text
    rows = sheet((await reports.fetch(found["print"]["xlsx"], "deputy")).content)
    total = next(row for row in rows if row[0] == "Всего")
    counts = found["total"]["counts"]
    assert total[2:8] == [counts[name] for name in ("fives", "fours", "threes", "twos", "notAttested", "exempt")]
    assert total[8:12] == [found["total"][name]["value"] for name in ("success", "quality", "learning", "average")]
    text = (await reports.fetch(found["print"]["csv"], "deputy")).content.decode("utf-8-sig")
    assert len(text.split("\r\n\r\n")) >= 2
    noted = await reports.db.fetch("SELECT input FROM audit_entry WHERE command = 'printReport' ORDER BY id")
    assert len(noted) >= 3


@pytest.mark.parametrize(
    ("given", "field"),
    [({}, "periodId"), ({"kind": "PERIOD"}, "periodId"), ({"period": gid("Period", 999)}, "periodId")],
)
async def test_bad_input(reports: Reports, given: dict[str, str], field: str) -> None:
    of = gid("SchoolClass", await reports.class_id("5А"))
    answer = await reports.school.ask(QUERY, {"class": of, **given}, as_="deputy")
    assert answer["errors"][0]["extensions"] == {"code": "BAD_INPUT", "field": field}
    for query in ("?period=x", "?kind=x", "?period=" + gid("Period", 999), ""):
        answered = await reports.fetch(f"/print/report/class_results/{of}.pdf{query}", "deputy")
        assert answered.status_code == 400, answered.text


async def test_an_analyst_reads_no_names(reports: Reports) -> None:
    of, period = gid("SchoolClass", await reports.class_id("5А")), gid("Period", await reports.period_id("I четверть"))
    text = (await reports.fetch(f"/print/report/class_results/{of}.csv?period={period}", "analyst")).text
    people = await reports.db.fetch("SELECT family_name FROM person")
    assert not [row["family_name"] for row in people if row["family_name"] in text]
