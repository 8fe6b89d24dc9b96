"""What final marks were: their versions, those that were taken back among them, and pages as they stood."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pytest

from server.demo import Demo

from .finals_help import JUNE, Finals, Pupil, opened
from .journal_help import gid

VERSIONS = "value proposed removed version command reason changedAt replacedAt changedBy { id } student { id }"
OF_MARK = f"query($id: ID!) {{ node(id: $id) {{ ... on FinalMark {{ history {{ {VERSIONS} }} }} }} }}"
PAGE = """query($group: ID!, $subject: ID!, $period: ID!, $asOf: DateTime) {
  journalPage(groupId: $group, subjectId: $subject, periodId: $period, asOf: $asOf) { rows { student { id }
    periodMark { value state mark { version value } history { value removed replacedAt } } } } }"""


@pytest.fixture(scope="module")
async def finals(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Finals]:
    """A school for this module to write in, after the year's last lesson: each test with pupils of its own."""
    async with opened(cluster, demo_template, JUNE) as finals:
        yield finals


async def history(finals: Finals, mark: str, as_: str = "deputy") -> list[dict[str, Any]]:
    """The versions of a mark."""
    found: list[dict[str, Any]] = (await finals.school.data(OF_MARK, {"id": mark}, as_=as_))["node"]["history"]
    return found


async def test_a_final_mark_tells_its_versions(finals: Finals) -> None:
    """Who, when, by which command, and what stood; in the sheet also after the mark was taken back and set anew."""
    pupil, period = await finals.pupil(), await finals.period()
    given = {**pupil.of, "periodId": period}
    mark = (await finals.done("setPeriodMark", {**given, "value": "3"}, "teacher"))["mark"]["id"]
    await finals.done("setPeriodMark", {**given, "value": "4"}, "deputy")
    first, second = await history(finals, mark)
    assert (first["value"], first["version"], first["replacedAt"]) == ("3", 1, second["changedAt"])
    assert (second["value"], second["version"], second["replacedAt"]) == ("4", 2, None)
    assert {each["command"] for each in (first, second)} == {"setPeriodMark"}
    assert None not in (first["changedBy"], second["changedBy"])
    assert first["changedBy"] != second["changedBy"]
    assert first["student"]["id"] == pupil.student
    await finals.done("removeFinalMark", {"markId": mark, "ifVersion": 2}, "deputy")
    await finals.done("setPeriodMark", {**given, "value": "5"}, "deputy")
    cells = await finals.cells(pupil, fields=f"value history {{ {VERSIONS} }}")
    (here,) = (each for each in cells if (each["period"] or {}).get("number") == 3)
    assert [(each["value"], each["removed"], each["command"]) for each in here["history"]] == [
        *(("3", False, "setPeriodMark"), ("4", False, "setPeriodMark")),
        *(("4", True, "removeFinalMark"), ("5", False, "setPeriodMark")),
    ]
    assert all(not each["history"] for each in cells if each is not here)


async def test_every_kind_has_a_cell_with_its_own_history(finals: Finals) -> None:
    """The year's, the exam's and the final mark have no period: each is still told apart."""
    pupil, year = await finals.pupil(position=2), await finals.year()
    for command, value in (("setAnnualMark", "3"), ("setExamMark", "4"), ("setFinalMark", "5")):
        await finals.done(command, {**pupil.of, "yearId": year, "value": value})
    cells = await finals.cells(pupil, fields="value history { value }")
    told = {each["kind"]: each["history"] for each in cells if each["period"] is None}
    assert told == {"YEAR": [{"value": "3"}], "EXAM": [{"value": "4"}], "FINAL": [{"value": "5"}]}


async def test_who_has_the_history(finals: Finals) -> None:
    """A class teacher has that of the class; others, who may not see the mark, nothing; families have no such field."""
    led = await finals.db.fetchrow(
        "SELECT l.class_id, s.id FROM account AS a JOIN staff AS s USING (school_id, person_id)"
        " JOIN class_leadership AS l ON l.staff_id = s.id WHERE a.login = 'class-teacher'"
        " AND (l.ends_on IS NULL OR l.ends_on > '2026-06-01')"
    )
    row = await finals.db.fetchrow(
        "SELECT m.student_id, a.subject_id, g.class_id FROM group_membership AS m"
        " JOIN teaching_assignment AS a ON a.group_id = m.group_id AND a.ends_on > '2026-06-01'"
        " JOIN study_group AS g ON g.id = m.group_id WHERE g.class_id = $1 AND a.staff_id <> $2 AND m.ends_on IS NULL"
        " AND a.starts_on < '2025-10-01' AND m.starts_on < '2025-10-01' AND NOT EXISTS (SELECT FROM staff"
        " JOIN account ON account.person_id = staff.person_id WHERE staff.id = a.staff_id AND login = 'teacher')"
        " ORDER BY 1, 2",
        *(led["class_id"], led["id"]),
    )
    pupil = Pupil(*row)
    given = {**pupil.of, "yearId": await finals.year(), "value": "4"}
    mark = (await finals.done("setAnnualMark", given))["mark"]["id"]
    for login in ("director", "deputy", "class-teacher"):
        assert [each["value"] for each in await history(finals, mark, login)] == ["4"]
    for login in ("parent", "student", "analyst", "secretary", "administrator", "hr"):
        for query in (OF_MARK, '{ student(id: "") { finalMarks { history { value } } } }'):
            (error, *_) = (await finals.school.ask(query, {"id": mark}, as_=login))["errors"]
            assert error["extensions"]["code"] == "BAD_REQUEST"


async def test_a_teacher_has_no_history_of_others_pupils(finals: Finals) -> None:
    own = await finals.pupil(position=3)
    row = await finals.db.fetchrow(
        "SELECT m.student_id, a.subject_id, g.class_id FROM group_membership AS m"
        " JOIN teaching_assignment AS a ON a.group_id = m.group_id AND a.ends_on > '2026-06-01'"
        " JOIN study_group AS g ON g.id = m.group_id JOIN account ON login = 'teacher'"
        " JOIN staff AS s ON s.person_id = account.person_id WHERE a.starts_on < '2025-10-01' AND m.ends_on IS NULL"
        " AND m.starts_on < '2025-10-01' AND m.student_id = $1 AND a.staff_id <> s.id"
        " AND NOT EXISTS (SELECT FROM class_leadership AS l WHERE l.staff_id = s.id) ORDER BY 1, 2",
        own.number,
    )
    other = Pupil(*row)
    given = {"yearId": await finals.year(), "value": "4"}
    mark = (await finals.done("setAnnualMark", {**own.of, **given}))["mark"]["id"]
    hidden = (await finals.done("setAnnualMark", {**other.of, **given}))["mark"]["id"]
    assert [each["value"] for each in await history(finals, mark, "teacher")] == ["4"]
    assert (await finals.school.data(OF_MARK, {"id": hidden}, as_="teacher"))["node"] is None


async def last_moment(finals: Finals) -> datetime:
    """When the last command was given."""
    moment: datetime = await finals.db.fetchval("SELECT at FROM audit_entry ORDER BY id DESC LIMIT 1")
    return moment


async def test_a_page_ends_with_the_marks_that_stood(finals: Finals) -> None:
    """As of each moment: nothing, a mark, another, nothing again; of what came later, its history tells nothing."""
    pupil, period = await finals.pupil(position=1), await finals.period()
    group = await finals.db.fetchval(
        "SELECT m.group_id FROM group_membership AS m JOIN teaching_assignment AS a ON a.group_id = m.group_id"
        " WHERE m.student_id = $1 AND a.subject_id = $2 ORDER BY 1 LIMIT 1",
        *(pupil.number, pupil.subject_number),
    )
    page = {"group": gid("StudyGroup", group), "subject": pupil.subject, "period": period}

    async def shown(**more: str) -> Any:
        found = await finals.school.data(PAGE, {**page, **more}, as_="deputy")
        (row,) = (each for each in found["journalPage"]["rows"] if each["student"]["id"] == pupil.student)
        return row["periodMark"]

    given = {**pupil.of, "periodId": period}
    stood = [(await last_moment(finals), await shown())]
    for value in ("3", "4"):
        mark = (await finals.done("setPeriodMark", {**given, "value": value}))["mark"]["id"]
        stood.append((await last_moment(finals), await shown()))
    await finals.done("removeFinalMark", {"markId": mark, "ifVersion": 2})
    stood.append((await last_moment(finals), await shown()))
    assert [cell["value"] for _, cell in stood] == [None, "3", "4", None]
    assert [len(cell["history"]) for _, cell in stood] == [0, 1, 2, 3]
    for moment, cell in stood:
        assert await shown(asOf=moment.isoformat()) == cell


async def test_a_period_s_results_end_with_its_mark(finals: Finals) -> None:
    """For the family as for the school: not set, set, and what it was before is not theirs; another's is not there."""
    student = await finals.db.fetchval(
        "SELECT student.id FROM student JOIN account USING (school_id, person_id) WHERE login = 'student'"
    )
    number, of = (await finals.pupil()).subject_number, (await finals.pupil()).class_number
    pupil, period = Pupil(student, number, of), await finals.period(number=4)
    query = (
        "query($id: ID!, $period: ID!) { student(id: $id) { results(periodId: $period) { subject { id }"
        " periodMark { kind value state subject { id } period { id } } } } }"
    )

    async def shown(login: str) -> dict[str, Any]:
        found = await finals.school.data(query, {"id": pupil.student, "period": period}, as_=login)
        return {each["subject"]["id"]: each["periodMark"] for each in found["student"]["results"]}

    before = await shown("student")
    assert len(before) > 5
    assert {(cell["value"], cell["state"]) for cell in before.values()} == {(None, "NOT_SET")}
    await finals.done("setPeriodMark", {**pupil.of, "periodId": period, "value": "4"}, "teacher")
    after = await shown("student")
    assert after[pupil.subject] == {
        "kind": "PERIOD",
        "value": "4",
        "state": "MARKED",
        "subject": {"id": pupil.subject},
        "period": {"id": period},
    }
    assert {**after, pupil.subject: before[pupil.subject]} == before
    assert await shown("deputy") == after
