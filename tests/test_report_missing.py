"""No report says that a mark is missing where none is to be set: no exam, no certificate, the first grade (7.10)."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from server.demo import Demo

from .journal_help import number_of
from .report_help import Reports, drawn, gid

CLASS = (
    "query($class: ID!, $kind: FinalKind!) { schoolClass(id: $class) { reports {"
    " results(kind: $kind) { total { counts { unmarked } } legend print { csv } }"
    " classTeacher(kind: $kind) { unmarked { student { id } marks { subject { id } } } } } } }"
)
SCHOOL = (
    "query($kind: FinalKind!) { school { reports { resultsSummary(kind: $kind) { rows {"
    " part { schoolClass { id } } figures { counts { unmarked } } } } } } }"
)
CARD = (
    "query($student: ID!) { node(id: $student) { ... on Student { reports { card { slots { kind }"
    " subjects { subject { id } marks { value } } print { csv } } } } } }"
)

_ENDS = ("YEAR", "FINAL")


@pytest.fixture(scope="module")
async def reports(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Reports]:
    async with drawn(cluster, demo_template, seed=5) as reports:
        await reports.db.execute("DELETE FROM exam_date")
        yield reports


async def missing(reports: Reports, class_id: int, kind: str) -> set[tuple[str, str]]:
    """Whom a mark of what is missing in a class; the counts of the class and of the school say as many."""
    of = gid("SchoolClass", class_id)
    found = (await reports.ask(CLASS, **{"class": of, "kind": kind}))["schoolClass"]["reports"]
    rows = (await reports.ask(SCHOOL, kind=kind))["school"]["reports"]["resultsSummary"]["rows"]
    (of_school,) = (row for row in rows if (row["part"]["schoolClass"] or {}).get("id") == of)
    students = found["classTeacher"]["unmarked"]
    listed = [(each["student"]["id"], mark["subject"]["id"]) for each in students for mark in each["marks"]]
    assert len(set(listed)) == len(listed) == found["results"]["total"]["counts"]["unmarked"]
    assert of_school["figures"]["counts"]["unmarked"] == len(listed)
    return set(listed)


async def card_of(reports: Reports, student: str, kind: str) -> dict[str, Any]:
    """What stands in the card's column, by subject."""
    card = (await reports.ask(CARD, student=student))["node"]["reports"]["card"]
    place = [slot["kind"] for slot in card["slots"]].index(kind)
    return {each["subject"]["id"]: each["marks"][place] for each in card["subjects"]}


async def test_an_exam_is_missing_where_its_results_have_a_day(reports: Reports) -> None:
    class_id = await reports.class_id("9А")
    assert await missing(reports, class_id, "EXAM") == set()
    final = await missing(reports, class_id, "FINAL")
    student, subject = min(final)
    assert set((await card_of(reports, student, "EXAM")).values()) == {None}
    await reports.db.execute(
        "INSERT INTO exam_date (school_id, class_id, subject_id, announced_on, version, changed_at)"
        " SELECT school_id, id, $2, '2026-06-15', 1, now() FROM school_class WHERE id = $1",
        *(class_id, number_of(subject)),
    )
    assert await missing(reports, class_id, "EXAM") == {each for each in final if each[1] == subject}
    shown = await card_of(reports, student, "EXAM")
    assert {of for of, mark in shown.items() if mark == {"value": None}} == {subject}


@pytest.mark.parametrize(("name", "certificate"), [("5А", False), ("9А", True)])
async def test_a_final_mark_is_missing_where_a_certificate_shows_it(
    reports: Reports, name: str, certificate: bool
) -> None:
    class_id = await reports.class_id(name)
    year = await missing(reports, class_id, "YEAR")
    assert year
    assert await missing(reports, class_id, "FINAL") == (year if certificate else set())
    taken = {kind: {of for of, mark in (await card_of(reports, min(year)[0], kind)).items() if mark} for kind in _ENDS}
    assert taken["YEAR"]
    assert taken["FINAL"] == (taken["YEAR"] if certificate else set())


async def test_paper_of_a_first_grade_says_that_nobody_is_marked(reports: Reports) -> None:
    of = await reports.class_id("5А")
    student = await reports.db.fetchval("SELECT min(student_id) FROM enrolment WHERE class_id = $1", of)
    said = "В первом классе отметок не ставят."
    change = "UPDATE school_class SET grade = $2, letter = $3 WHERE id = $1"
    await reports.db.execute(change, of, 1, "Ю")
    try:
        given = {"class": gid("SchoolClass", of), "kind": "YEAR"}
        results = (await reports.ask(CLASS, **given))["schoolClass"]["reports"]["results"]
        card = (await reports.ask(CARD, student=gid("Student", student)))["node"]["reports"]["card"]
        papers = [(await reports.fetch(of["print"]["csv"], "deputy")).text for of in (results, card)]
    finally:
        await reports.db.execute(change, of, 5, "А")
    assert results["legend"] == [said]
    assert all(said in paper for paper in papers)
    assert all("отметка ещё не" not in paper and "СОУ =" not in paper for paper in papers)
