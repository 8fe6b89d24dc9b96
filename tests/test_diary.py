"""The diary and the journal page hold what the tables hold, and another's child gives nothing."""

from collections import defaultdict
from datetime import date
from typing import Any

import asyncpg
import pytest

from schema.base import decode_id, encode_id

from .conftest import School

DIARY = """query($students: [ID!]!, $from: Date!, $to: Date!) { diary(studentIds: $students, from: $from, to: $to) {
  student { id name } days { date holiday { name } lessons { number startsAt endsAt shift room state movedFrom topic
    rollCalledAt subject { name } teacher { name } substitute { name } attendance { code letters }
    tasks { task { id name weight dueOn position workType { name } attachments { name url } }
      mark { value number owed comment } }
    homework { text forAll dueOn attachments { name url } } marks { value } } } } }"""
WEEK = {"from": "2026-05-11", "to": "2026-05-16"}


async def children(school: School, login: str) -> list[str]:
    found = await school.data("{ me { children { id } } }", as_=login)
    return [child["id"] for child in found["me"]["children"]]


async def rows(school: School, query: str, *values: Any) -> list[Any]:
    connection = await asyncpg.connect(school.url)
    try:
        return await connection.fetch(query, *values)
    finally:
        await connection.close()


async def test_own_child_only(school: School) -> None:
    """What `curl` shows: one's own child, and nothing at all for another's."""
    (own,) = await children(school, "parent")
    two = await children(school, "parent-of-two")
    assert len(two) == 2
    assert [each["student"]["id"] for each in await diaries(school, "parent", [own])] == [own]
    assert await diaries(school, "parent", two) == []
    assert await diaries(school, "parent", [encode_id("Student", 10**9)]) == []
    mixed = await diaries(school, "parent", [two[0], own, two[1], own])
    assert [each["student"]["id"] for each in mixed] == [own]
    assert [each["student"]["id"] for each in await diaries(school, "parent-of-two", two)] == two
    assert [each["student"]["id"] for each in await diaries(school, "deputy", [own, *two])] == [own, *two]


async def diaries(school: School, login: str, students: list[str], **days: str) -> Any:
    variables = {"students": students, **WEEK, **days}
    return (await school.data(DIARY, variables, as_=login))["diary"]


async def test_a_week_is_what_the_tables_say(school: School) -> None:
    (own,) = await children(school, "parent")
    (diary,) = await diaries(school, "parent", [own])
    assert [day["date"] for day in diary["days"]] == [f"2026-05-{day}" for day in range(11, 17)]
    assert diary["days"][0]["holiday"] is not None
    assert diary["days"][0]["lessons"] == []
    student = decode_id(own, "")[1]
    lessons = await rows(
        school,
        """SELECT l.date, l.number, l.topic, l.starts_at, s.name AS subject, r.name AS room, a.code,
                  ARRAY(SELECT m.value FROM mark m WHERE m.school_id = l.school_id AND m.lesson_id = l.id
                        AND m.student_id = $1 ORDER BY m.task_id, m.id) AS marks,
                  ARRAY(SELECT h.text FROM homework h WHERE h.school_id = l.school_id AND h.lesson_id = l.id
                        AND (h.for_all OR EXISTS (SELECT FROM homework_recipient hr WHERE hr.school_id = h.school_id
                             AND hr.homework_id = h.id AND hr.student_id = $1)) ORDER BY h.id) AS homework
           FROM lesson l JOIN subject s ON s.school_id = l.school_id AND s.id = l.subject_id
           LEFT JOIN room r ON r.school_id = l.school_id AND r.id = l.room_id
           LEFT JOIN attendance a ON a.school_id = l.school_id AND a.lesson_id = l.id AND a.student_id = $1
           JOIN group_membership g ON g.school_id = l.school_id AND g.group_id = l.group_id AND g.student_id = $1
                AND g.starts_on <= l.date AND (g.ends_on IS NULL OR g.ends_on >= l.date)
           WHERE l.date BETWEEN '2026-05-11' AND '2026-05-16' ORDER BY l.date, l.number, l.starts_at, l.id""",
        student,
    )
    shown = [(day["date"], lesson) for day in diary["days"] for lesson in day["lessons"]]
    assert len(shown) == len(lessons) > 15
    for (day, lesson), row in zip(shown, lessons, strict=True):
        assert (day, lesson["number"], lesson["topic"]) == (str(row["date"]), row["number"], row["topic"])
        assert (lesson["subject"]["name"], lesson["room"]) == (row["subject"], row["room"])
        assert lesson["startsAt"] == row["starts_at"].isoformat()
        assert (lesson["attendance"] or {}).get("code") == (row["code"] and row["code"].upper())
        assert [mark["value"] for mark in lesson["marks"]] == row["marks"]
        assert [given["text"] for given in lesson["homework"]] == row["homework"]
        positions = [each["task"]["position"] for each in lesson["tasks"]]
        assert positions == sorted(positions)


@pytest.mark.parametrize(
    ("days", "code", "field"),
    [
        ({"from": "2026-05-12", "to": "2026-05-11"}, "BAD_INPUT", "to"),
        ({"from": "2025-08-31", "to": "2025-09-01"}, "RANGE_TOO_LONG", "to"),
        ({"from": "2024-09-01", "to": "2026-05-01"}, "RANGE_TOO_LONG", "to"),
    ],
)
async def test_a_bad_range_is_refused(school: School, days: dict[str, str], code: str, field: str) -> None:
    variables = {"students": await children(school, "parent"), **days}
    answer = await school.ask(DIARY, variables, as_="parent")
    (error,) = answer["errors"]
    assert (error["extensions"]["code"], error["extensions"]["field"]) == (code, field)


async def test_a_whole_year_is_one_range(school: School) -> None:
    (own,) = await children(school, "parent")
    (diary,) = await diaries(school, "parent", [own], **{"from": "2025-09-01", "to": "2026-08-31"})
    assert len(diary["days"]) == 365


PAGE = """query($class: ID!, $subject: ID!, $period: ID!) {
  journalPage(classId: $class, subjectId: $subject, periodId: $period) {
    schoolClass { name } subject { name } group { name } period { name } lessons { id date state record { topic } }
    rows { student { id name } marks { value number weight lessonDate } attendance { code lessonDate }
           average { average weightedAverage counted } } } }"""


async def test_a_journal_page_is_what_the_tables_say(school: School) -> None:
    """Lessons by students, with averages that plain Python makes of the same marks."""
    known = await school.data(
        "{ school { currentYear { periods { id kind number startsOn endsOn } } "
        "subjects(first: 100) { nodes { id name } } classes(first: 100) { nodes { id name } } } }",
        as_="deputy",
    )
    (period,) = [p for p in known["school"]["currentYear"]["periods"] if (p["kind"], p["number"]) == ("QUARTER", 4)]
    seen = 0
    for school_class in known["school"]["classes"]["nodes"][:3]:
        for subject in known["school"]["subjects"]["nodes"]:
            variables = {"class": school_class["id"], "subject": subject["id"], "period": period["id"]}
            page = (await school.data(PAGE, variables, as_="deputy"))["journalPage"]
            if page is None:
                continue
            marks: dict[str, list[Any]] = defaultdict(list)
            for row in await rows(
                school,
                """SELECT m.student_id, m.value, m.number, t.weight FROM mark m
                   JOIN task t ON t.school_id = m.school_id AND t.id = m.task_id
                   JOIN lesson l ON l.school_id = m.school_id AND l.id = m.lesson_id
                   JOIN study_group g ON g.school_id = l.school_id AND g.id = l.group_id
                   WHERE g.class_id = $1 AND l.subject_id = $2 AND l.date BETWEEN $3 AND $4""",
                decode_id(school_class["id"], "")[1],
                decode_id(subject["id"], "")[1],
                date.fromisoformat(period["startsOn"]),
                date.fromisoformat(period["endsOn"]),
            ):
                marks[encode_id("Student", row["student_id"])].append(row)
            names = [row["student"]["name"] for row in page["rows"]]
            assert names == sorted(names, key=lambda name: name.casefold().replace("ё", "е"))
            for row in page["rows"]:
                own = marks.pop(row["student"]["id"], [])
                assert sorted(mark["value"] for mark in row["marks"]) == sorted(mark["value"] for mark in own)
                numbers = [(mark["number"], mark["weight"]) for mark in own if mark["number"] is not None]
                if not own:
                    assert row["average"] is None
                    continue
                assert row["average"]["counted"] == len(numbers)
                if numbers:
                    simple = sum(n for n, _ in numbers) / len(numbers)
                    weighted = sum(n * w for n, w in numbers) / sum(w for _, w in numbers)
                    assert row["average"]["average"] == pytest.approx(simple, abs=0.0051)
                    assert row["average"]["weightedAverage"] == pytest.approx(weighted, abs=0.0051)
                    seen += 1
            assert not marks
    assert seen > 50


async def test_a_page_of_nobodys_journal_is_null(school: School) -> None:
    """Another teacher's page and one that does not exist look the same."""
    nothing = {
        "class": encode_id("SchoolClass", 10**9),
        "subject": encode_id("Subject", 1),
        "period": encode_id("Period", 1),
    }
    assert (await school.data(PAGE, nothing, as_="deputy"))["journalPage"] is None
    taught = await school.data("{ me { assignments { subject { id } group { schoolClass { id } } } } }", as_="teacher")
    mine = {(each["group"]["schoolClass"]["id"], each["subject"]["id"]) for each in taught["me"]["assignments"]}
    known = await school.data(
        "{ school { currentYear { periods { id } } "
        "subjects(first: 100) { nodes { id } } classes(first: 100) { nodes { id } } } }",
        as_="deputy",
    )
    period = known["school"]["currentYear"]["periods"][0]["id"]
    for school_class in known["school"]["classes"]["nodes"]:
        for subject in known["school"]["subjects"]["nodes"]:
            variables = {"class": school_class["id"], "subject": subject["id"], "period": period}
            page = (await school.data(PAGE, variables, as_="teacher"))["journalPage"]
            assert (page is not None) == ((school_class["id"], subject["id"]) in mine)
