"""Work that is made up for (7.5): a mark at the missed lesson, or in place of a «точка», while the absence stays."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.journal import MARK_VALUES, OWED, AttendanceCode
from server.demo import Demo

from .journal_help import Journal, Lesson, gid, number_of, opened

TODAY, LESSON = "2026-05-20", "2026-05-13"


@pytest.fixture(scope="module")
async def journal(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Journal]:
    async with opened(cluster, demo_template) as journal:
        yield journal


async def missed(journal: Journal, code: str | None = "ILLNESS", days: int = -7) -> tuple[Lesson, dict[str, Any]]:
    """A lesson of last week with a task, which its first student missed; and what a mark for it needs."""
    lesson = await journal.lesson(days=days)
    of = {"taskId": await journal.task(lesson), "studentId": lesson.student()}
    if code:
        absence = {"lessonId": lesson.gid, "studentId": lesson.student(), "code": code}
        await journal.done("markAttendance", absence)
    return lesson, of


async def test_the_absence_stays(journal: Journal) -> None:
    """The mark stands at the missed lesson, says when it was made up, and leads to the absence, which is as it was."""
    lesson, of = await missed(journal)
    mark = (await journal.done("setMark", {**of, "value": "4", "madeUpOn": "2026-05-19"}))["mark"]
    assert (mark["madeUpOn"], mark["isMakeUp"], mark["attendance"]) == ("2026-05-19", True, {"letters": "Б"})
    query = "query($id: ID!) { node(id: $id) { ... on Lesson { record { attendance { version code } } } } }"
    (absence,) = (await journal.school.data(query, {"id": lesson.gid}, as_="teacher"))["node"]["record"]["attendance"]
    assert absence == {"version": 1, "code": "ILLNESS"}


async def test_it_is_seen_in_journal_and_diary(journal: Journal) -> None:
    """Families see that it was made up, and on which day; so does who reads the page."""
    child = await journal.db.fetchval(
        "SELECT student.id FROM student JOIN account USING (school_id, person_id) WHERE login = 'student'"
    )
    lesson = await journal.lesson("5Б", "Биол.", days=-7)
    assert child in lesson.students
    student = {"studentId": gid("Student", child)}
    await journal.done("markAttendance", {"lessonId": lesson.gid, **student, "code": "ILLNESS"}, "deputy")
    task = await journal.task(lesson)
    await journal.done("setMark", {"taskId": task, **student, "value": "5", "madeUpOn": TODAY}, "deputy")
    query = (
        "query($id: ID!) { node(id: $id) { ... on Student { diary(from: $d, to: $d) { days { lessons {"
        " lesson { id } attendance { letters } marks { value madeUpOn isMakeUp } } } } } } }"
    ).replace("$d", f'"{LESSON}"')
    for login in ("student", "class-teacher", "deputy"):
        found = await journal.school.data(query, {"id": student["studentId"]}, as_=login)
        (day,) = found["node"]["diary"]["days"]
        (here,) = [each for each in day["lessons"] if each["lesson"]["id"] == lesson.gid]
        assert here["attendance"] == {"letters": "Б"}
        assert here["marks"] == [{"value": "5", "madeUpOn": TODAY, "isMakeUp": True}]


@pytest.mark.parametrize("code", [None, "LATE"])
async def test_nothing_to_make_up_for(journal: Journal, code: str | None) -> None:
    """Who was there, if late, has nothing to make up for: refused, alone and in a page."""
    lesson, of = await missed(journal, code)
    entry = {**of, "value": "5", "madeUpOn": TODAY}
    assert await journal.refused("setMark", entry) == ("NOT_ABSENT", "madeUpOn", "7.5")
    plain = {**of, "studentId": lesson.student(1), "value": "5"}
    assert await journal.refused("setMarks", {"entries": [plain, entry]}) == ("NOT_ABSENT", "entries.1.madeUpOn", "7.5")


@pytest.mark.parametrize("code", [each.name for each in AttendanceCode if each is not AttendanceCode.LATE])
async def test_whatever_the_reason(journal: Journal, code: str) -> None:
    _, of = await missed(journal, code)
    assert (await journal.done("setMark", {**of, "value": "зач.", "madeUpOn": TODAY}))["mark"]["isMakeUp"]


async def test_days(journal: Journal) -> None:
    """Not before the lesson, and not after today; on the lesson's own day it may be, after classes."""
    _, of = await missed(journal)
    for day in ("2026-05-12", "2026-05-21", "2027-01-01", "0001-01-01"):
        assert await journal.refused("setMark", {**of, "value": "5", "madeUpOn": day}) == (
            "BAD_INPUT",
            "madeUpOn",
            None,
        )
    for day in (LESSON, TODAY):
        assert (await journal.done("setMark", {**of, "value": "5", "madeUpOn": day}))["mark"]["madeUpOn"] == day


async def test_owed_work(journal: Journal) -> None:
    """A «точка» is replaced by a mark, whether its student was there or not; another «точка» owes it again."""
    _, of = await missed(journal, None)
    assert await journal.refused("setMark", {**of, "value": ".", "madeUpOn": TODAY}) == ("BAD_INPUT", "madeUpOn", None)
    await journal.done("setMark", {**of, "value": "."})
    mark = (await journal.done("setMark", {**of, "value": "4", "madeUpOn": TODAY}))["mark"]
    assert (mark["value"], mark["madeUpOn"], mark["version"]) == ("4", TODAY, 2)
    mark = (await journal.done("setMark", {**of, "value": "5"}))["mark"]
    assert (mark["value"], mark["madeUpOn"], mark["version"]) == ("5", TODAY, 3)
    mark = (await journal.done("setMark", {**of, "value": "5", "madeUpOn": "2026-05-18"}))["mark"]
    assert (mark["madeUpOn"], mark["version"]) == ("2026-05-18", 4)
    mark = (await journal.done("setMark", {**of, "value": "."}))["mark"]
    assert (mark["value"], mark["madeUpOn"], mark["isMakeUp"]) == (".", None, False)
    mark = (await journal.done("setMark", {**of, "value": "3"}))["mark"]
    assert (mark["value"], mark["madeUpOn"]) == ("3", None)
    assert await journal.refused("setMark", {**of, "value": "3", "madeUpOn": TODAY}) == (
        "NOT_ABSENT",
        "madeUpOn",
        "7.5",
    )


async def test_it_may_be_put_right(journal: Journal) -> None:
    """The day goes when null is sent, and a repeat is no new version."""
    _, of = await missed(journal)
    given = {**of, "value": "4", "madeUpOn": TODAY}
    first = (await journal.done("setMark", given))["mark"]
    before = await journal.digest()
    for again in (given, {**of, "value": "4"}, {**given, "ifVersion": 1}):
        assert (await journal.done("setMark", again))["mark"] == first
    assert await journal.digest() == before
    mark = (await journal.done("setMarks", {"entries": [{**of, "value": "4", "madeUpOn": None}]}))["marks"][0]
    assert (mark["madeUpOn"], mark["version"]) == (None, 2)


@pytest.mark.parametrize("command", ["markAttendance", "late", "takeRollCall", "late roll call"])
async def test_the_absence_cannot_be_taken_away(journal: Journal, command: str) -> None:
    """What was made up for was missed: the absence stays recorded until the mark is taken back (7.5)."""
    lesson, of = await missed(journal)
    mark = (await journal.done("setMark", {**of, "value": "4", "madeUpOn": TODAY}))["mark"]
    here, student = {"lessonId": lesson.gid}, {"studentId": of["studentId"]}
    name, given, field = {
        "markAttendance": ("markAttendance", {**here, **student, "code": None}, "studentId"),
        "late": ("markAttendance", {**here, **student, "code": "LATE"}, "studentId"),
        "takeRollCall": ("takeRollCall", {**here, "absent": []}, "absent"),
        "late roll call": ("takeRollCall", {**here, "absent": [{**student, "code": "LATE"}]}, "absent.0.studentId"),
    }[command]
    assert await journal.refused(name, given) == ("MADE_UP", field, "7.5")
    await journal.done("markAttendance", {**here, **student, "code": "EXCUSED"})
    await journal.done("takeRollCall", {**here, "absent": [student]})
    await journal.done("removeMark", {"markId": mark["id"]})
    await journal.done(name, given)


async def test_taught_at_home_and_not_taken(journal: Journal) -> None:
    """Clause 7.8 holds for make-ups, alone and in a page, and for all that is written of who takes no such subject."""
    lesson = await journal.lesson("5Б", "Биол.", days=-7)
    of = {"taskId": await journal.task(lesson), "value": "5", "madeUpOn": TODAY}
    home = {**of, "studentId": gid("Student", lesson.at_home[0])}
    assert await journal.refused("setMark", home, "deputy") == ("TAUGHT_AT_HOME", "studentId", "7.8")
    other = lesson.students[1]
    await journal.db.execute(
        "INSERT INTO dropped_subject (school_id, student_id, subject_id, starts_on)"
        " SELECT school_id, $1, subject_id, date FROM lesson WHERE id = $2",
        other,
        lesson.id,
    )
    without, here = {"studentId": gid("Student", other)}, {"lessonId": lesson.gid}
    refusal = ("SUBJECT_NOT_TAKEN", "studentId", "7.8")
    assert await journal.refused("setMark", {**of, **without}, "deputy") == refusal
    entries = {"entries": [{**of, **without}]}
    assert await journal.refused("setMarks", entries, "deputy") == (refusal[0], "entries.0.studentId", "7.8")
    assert await journal.refused("markAttendance", {**here, **without, "code": "ILLNESS"}, "deputy") == refusal
    roll = {**here, "absent": [without]}
    assert await journal.refused("takeRollCall", roll, "deputy") == (refusal[0], "absent.0.studentId", "7.8")
    for name, more in (("assignHomework", {"text": "§ 1"}), ("addTask", {"workTypeId": gid("WorkType", 1)})):
        given = {**here, **more, "studentIds": [without["studentId"]]}
        assert await journal.refused(name, given, "deputy") == (refusal[0], "studentIds.0", "7.8")
    given = {**here, "workTypeId": gid("WorkType", 1), "studentIds": [home["studentId"]]}
    assert await journal.refused("addTask", given, "deputy") == ("TAUGHT_AT_HOME", "studentIds.0", "7.8")


Step = tuple[str, Any]

STEPS = st.one_of(
    st.tuples(
        st.just("mark"),
        st.tuples(st.sampled_from(MARK_VALUES), st.sampled_from([None, "keep", LESSON, "2026-05-18", TODAY])),
    ),
    st.tuples(st.just("attendance"), st.sampled_from([None, *(each.name for each in AttendanceCode)])),
    st.tuples(st.just("remove"), st.none()),
)


@given(steps=st.lists(STEPS, min_size=4, max_size=12))
@settings(max_examples=25, deadline=None)
async def test_any_order_of_things(journal: Journal, steps: list[Step]) -> None:
    """Whatever is done to one cell in whatever order, it is as a model of clause 7.5 in a few lines says."""
    lesson, of = await missed(journal, None)
    value: str | None = None
    made_up: str | None = None
    code: str | None = None
    mark: str | None = None
    for kind, told in steps:
        if kind == "mark":
            wanted, day = told
            more = {} if day == "keep" else {"madeUpOn": day}
            result = await journal.run("setMark", {**of, "value": wanted, **more})
            missed_it = code not in (None, "LATE")
            if day not in (None, "keep") and (wanted == OWED or not (missed_it or value == OWED or made_up)):
                assert result["__typename"] == "Refusal", (steps, kind, told)
                continue
            mark, value = result["mark"]["id"], wanted
            made_up = None if wanted == OWED else made_up if day == "keep" else day
        elif kind == "attendance":
            given = {"lessonId": lesson.gid, "studentId": of["studentId"], "code": told}
            result = await journal.run("markAttendance", given)
            if told in (None, "LATE") and code not in (None, "LATE") and made_up:
                assert result["code"] == "MADE_UP", (steps, kind, told)
                continue
            assert result["__typename"] != "Refusal", (steps, kind, told, result)
            code = told
        elif mark:
            await journal.done("removeMark", {"markId": mark})
            mark = value = made_up = None
        row = await journal.db.fetchrow(
            "SELECT value, made_up_on::text FROM mark WHERE task_id = $1", number_of(of["taskId"])
        )
        assert (row and tuple(row)) == (None if value is None else (value, made_up)), (steps, kind, told)
        stands = await journal.db.fetchval("SELECT upper(code) FROM attendance WHERE lesson_id = $1", lesson.id)
        assert stands == code, (steps, kind, told)
