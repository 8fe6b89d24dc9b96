"""Who changes classes once a period has been marked is counted with those marks in the new class (10.1)."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from server.demo import Demo

from .movement_help import transfer
from .report_help import Reports, drawn, gid

PERIOD = "III четверть"
COUNTS = "fives fours threes twos notAttested passed failed exempt"
RESULTS = (
    "query($class: ID!, $period: ID!) { schoolClass(id: $class) { reports {"
    f" results(periodId: $period) {{ total {{ counts {{ {COUNTS} }}"
    " success { marks { mark { id } leftOut student { id } } } } }"
    " finals { students { student { id } rows { slot { name } marks { mark { id } } } } } } } }"
)
SUMMARY = (
    "query($period: ID!) { school { reports { resultsSummary(periodId: $period) { rows {"
    f" part {{ schoolClass {{ id }} title }} figures {{ counts {{ {COUNTS} }} }} }} }} }} }} }}"
)


@pytest.fixture(scope="module")
async def reports(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Reports]:
    async with drawn(cluster, demo_template, seed=3) as reports:
        yield reports


async def test_marks_go_with_who_changes_classes(reports: Reports) -> None:
    of_period = {"period": gid("Period", await reports.period_id(PERIOD))}
    moved = await reports.db.fetchrow(
        "SELECT e.school_id, e.student_id, e.class_id, o.id AS to_id, p.ends_on FROM enrolment AS e"
        " JOIN school_class AS c ON c.id = e.class_id"
        " JOIN school_class AS o ON (o.year_id, o.grade) = (c.year_id, c.grade) AND o.id <> c.id"
        " JOIN period AS p ON (p.year_id, p.kind) = (c.year_id, c.period_kind) AND p.name = $1"
        " WHERE e.ends_on IS NULL AND c.grade > 1 AND EXISTS (SELECT FROM final_mark AS f"
        "  WHERE (f.student_id, f.period_id) = (e.student_id, p.id) AND value IN ('5', '4', '3'))"
        " ORDER BY e.id LIMIT 1",
        PERIOD,
    )
    own = await reports.db.fetch(
        "SELECT f.id, f.value FROM final_mark AS f JOIN period AS p ON p.id = f.period_id"
        " WHERE f.student_id = $1 AND p.name = $2",
        *(moved["student_id"], PERIOD),
    )
    old, new = (gid("SchoolClass", moved[name]) for name in ("class_id", "to_id"))
    student = gid("Student", moved["student_id"])

    async def results() -> list[Any]:
        found = [(await reports.ask(RESULTS, **{"class": each, **of_period}))["schoolClass"] for each in (old, new)]
        return [each["reports"] for each in found]

    async def summary() -> dict[Any, Counter[str]]:
        found = (await reports.ask(SUMMARY, **of_period))["school"]["reports"]["resultsSummary"]["rows"]
        key = [(row["part"]["schoolClass"] or {"id": row["part"]["title"]})["id"] for row in found]
        return {each: Counter(row["figures"]["counts"]) for each, row in zip(key, found, strict=True)}

    before, of_school = await results(), await summary()
    await reports.db.execute(
        "UPDATE group_member SET ends_on = $2 WHERE student_id = $1 AND (ends_on IS NULL OR ends_on > $2)",
        *(moved["student_id"], moved["ends_on"] - timedelta(days=2)),
    )
    day = moved["ends_on"] - timedelta(days=1)
    await transfer(reports.db, moved["school_id"], moved["to_id"], day, moved["student_id"])
    after, school_after = await results(), await summary()

    kinds = {"5": "fives", "4": "fours", "3": "threes", "2": "twos", "1": "twos", "н/а": "notAttested"}
    kinds |= {"зач.": "passed", "незач.": "failed", "осв.": "exempt"}
    carried = Counter(kinds[row["value"]] for row in own)
    for place, sign in ((0, -1), (1, 1)):
        counts = [Counter(each[place]["results"]["total"]["counts"]) for each in (before, after)]
        assert {name: counts[1][name] - counts[0][name] for name in COUNTS.split()} == {
            name: sign * carried[name] for name in COUNTS.split()
        }
    for number, place in ((old, 0), (new, 1)):
        assert school_after[number] == Counter(after[place]["results"]["total"]["counts"])
    assert {each: school_after[each] for each in of_school.keys() - {old, new}} == {
        each: of_school[each] for each in of_school.keys() - {old, new}
    }, "parallels, stages and the school stay as they were"

    marks = {gid("FinalMark", row["id"]) for row in own}
    for place, why in ((0, {"LEFT"}), (1, {None, "NO_NUMBER", "EXEMPT", "UNGRADED"})):
        behind = after[place]["results"]["total"]["success"]["marks"]
        theirs = [each for each in behind if each["student"]["id"] == student]
        assert {each["mark"]["id"] for each in theirs if each["mark"]} == marks
        assert len([each for each in theirs if each["mark"]]) == len(marks)
        assert {each["leftOut"] for each in theirs if each["mark"]} <= why
    (sheet,) = [each for each in after[1]["finals"]["students"] if each["student"]["id"] == student]
    (row,) = [each for each in sheet["rows"] if each["slot"]["name"] == PERIOD]
    shown = [each["mark"]["id"] for each in row["marks"] if each["mark"]]
    assert sorted(shown) == sorted(marks), "each once"
