"""The edit lock (7.6): every command that a teacher may give meets it, or says why it need not."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest

from permissions.viewer import Viewer
from resolvers.commands import Work
from resolvers.journal_writing import enter_for_reasons
from rules.account import Role
from rules.refusals import Refusal, RefusalCode
from server.demo import DEMO_NOW, Demo

from .journal_help import Journal, opened
from .locks_help import AT_LESSONS, DAYS, ELSEWHERE, PAST, Place, contents, give, locked, place, set_days


@pytest.fixture(scope="module")
async def journal(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Journal]:
    """A school for this module to write in, whose lessons are closed after `DAYS` days."""
    async with opened(cluster, demo_template) as journal:
        for login in ("teacher", "deputy", "administrator"):
            await journal.school.token(login)
        await set_days(journal, DAYS)
        yield journal


@pytest.fixture(scope="module")
async def past(journal: Journal) -> Place:
    """A lesson that is closed; nothing is ever written there."""
    return await place(journal)


async def test_every_command_is_declared(journal: Journal) -> None:
    """A command that is new to teachers says whether it writes at lessons: nobody may forget the lock."""
    data = await journal.school.data('{ __type(name: "Mutation") { fields { name } } }', as_="teacher")
    given = {field["name"] for field in data["__type"]["fields"]}
    assert given == AT_LESSONS.keys() | ELSEWHERE.keys()
    assert not AT_LESSONS.keys() & ELSEWHERE.keys()
    assert all(ELSEWHERE.values())


@pytest.mark.parametrize("name", AT_LESSONS)
async def test_a_closed_lesson_refuses(journal: Journal, past: Place, name: str) -> None:
    await locked(journal, name, AT_LESSONS[name](past), past)


@pytest.mark.parametrize("name", AT_LESSONS)
@pytest.mark.parametrize(("login", "days"), [("teacher", PAST + 1), ("deputy", PAST)])
async def test_what_is_open_takes_it(journal: Journal, name: str, login: str, days: int) -> None:
    """The same input on the last day that is still open; the deputy edits every journal, whatever its age (2.2)."""
    here = await place(journal, days)
    result = await give(journal, name, AT_LESSONS[name](here), login)
    assert result["__typename"] != "Refusal", result


async def test_class_teachers_and_substitutes_are_teachers(journal: Journal) -> None:
    here = await place(journal, school_class="5Б")
    await locked(journal, "recordLesson", AT_LESSONS["recordLesson"](here), here, "class-teacher")
    other = await place(journal, school_class="5А")
    await journal.db.execute(
        "UPDATE lesson SET substitute_id = (SELECT staff.id FROM staff JOIN account USING (person_id)"
        " WHERE login = 'teacher-parent') WHERE id = $1",
        other.lesson.id,
    )
    await locked(journal, "recordLesson", AT_LESSONS["recordLesson"](other), other, "teacher-parent")


async def test_one_closed_lesson_on_a_page_refuses_all_of_it(journal: Journal, past: Place) -> None:
    here = await place(journal, 0)
    entries = [{"taskId": at.task, "studentId": at.student, "value": "2"} for at in (here, past)]
    before = await contents(journal)
    result = await give(journal, "setMarks", {"entries": entries})
    assert (result["code"], result["field"], result["objectIds"]) == (
        *("EDIT_LOCKED", "entries.1.taskId"),
        [past.lesson.gid],
    )
    assert await contents(journal) == before


async def test_a_task_cannot_be_moved_to_a_closed_lesson(journal: Journal, past: Place) -> None:
    here = await place(journal, 0)
    result = await give(journal, "moveTask", {"taskId": here.bare, "lessonId": past.lesson.gid})
    assert (result["code"], result["field"], result["objectIds"]) == ("EDIT_LOCKED", "lessonId", [past.lesson.gid])


# The number of days.


async def test_the_number_of_days(journal: Journal) -> None:
    """It holds at once, whichever way it changes; 0 leaves a lesson its own day, null takes the lock away."""
    places = {days: await place(journal, days) for days in (0, -1, -20)}
    for number, closed in ((0, {-1, -20}), (1, {-20}), (20, set()), (19, {-20}), (None, set()), (DAYS, {-20})):
        await set_days(journal, number)
        for days, at in places.items():
            given = {"taskId": at.task, "studentId": at.student, "value": "5"}
            if days in closed:
                await locked(journal, "setMark", given, at)
            else:
                assert (await give(journal, "setMark", given))["__typename"] == "SetMarkPayload", (number, days)
        shown = await journal.school.data("{ school { editLockDays } }", as_="teacher")
        assert shown == {"school": {"editLockDays": number}}


async def test_the_administrator_sets_it(journal: Journal) -> None:
    query = "mutation { setEditLock(input: {days: 1}) { __typename } }"
    for login in ("teacher", "deputy", "director", "secretary", "parent"):
        answer = await journal.school.ask(query, as_=login)
        assert "Cannot query field 'setEditLock'" in answer["errors"][0]["message"], login
    before = await contents(journal)
    for wrong in (-1, 366, 2**31 - 1):
        result = await give(journal, "setEditLock", {"days": wrong}, "administrator")
        assert (result["code"], result["field"]) == ("BAD_INPUT", "days")
    assert await contents(journal) == before
    await set_days(journal, DAYS)
    assert await contents(journal) == before, "what stands so already is not written"
    noted = await journal.db.fetchval(
        "SELECT input->>'days' FROM audit_entry WHERE command = 'setEditLock' AND outcome = 'done'"
        " ORDER BY id DESC LIMIT 1"
    )
    assert noted == str(DAYS)


# Lessons that move.

_minutes = count()
"""Each moved lesson takes a minute of its own, so that none is in another's way."""


async def _moved(journal: Journal, at: Place, days: int) -> None:
    day = journal.school.demo.today + timedelta(days=days)
    minute = next(_minutes)
    times = {"startsAt": f"21:{minute:02}:00", "endsAt": f"21:{minute:02}:59"}
    given = {"lessonId": at.lesson.gid, "date": str(day), **times, "reason": "Дата исправлена"}
    result = await give(journal, "moveLesson", given, "deputy")
    assert result["__typename"] == "MoveLessonPayload", result


async def _school_days(journal: Journal, *, closed: bool) -> list[int]:
    """Days on which a class has lessons, from today: the last three that are closed, or open."""
    rows = await journal.db.fetch(
        "SELECT DISTINCT date FROM lesson WHERE state <> 'cancelled' AND date < $1 ORDER BY date DESC",
        journal.school.demo.today,
    )
    days = [(row["date"] - journal.school.demo.today).days for row in rows]
    return [day for day in days if (day <= PAST) is closed][:3]


async def test_a_date_put_right_opens_nothing(journal: Journal) -> None:
    """A lesson with records is measured by the earliest day that it has stood on, wherever it is moved."""
    (old, older, _), (new, newer, _) = [await _school_days(journal, closed=each) for each in (True, False)]
    here = await place(journal, old)
    await _moved(journal, here, new)
    given: dict[str, Any] = {"taskId": here.task, "studentId": here.student, "value": "5"}
    await locked(journal, "setMark", given, here)
    await _moved(journal, here, older)
    await _moved(journal, here, newer)
    await locked(journal, "setMark", given, here)


async def test_an_earlier_date_closes(journal: Journal) -> None:
    (old, *_), (new, *_) = [await _school_days(journal, closed=each) for each in (True, False)]
    here = await place(journal, new)
    await _moved(journal, here, old)
    await locked(journal, "recordLesson", AT_LESSONS["recordLesson"](here), here)


async def test_a_lesson_that_was_not_held_counts_from_the_day_it_is(journal: Journal) -> None:
    """Nothing was written at it: it is held on its new day, and closes by that one."""
    (old, *_), (new, *_) = [await _school_days(journal, closed=each) for each in (True, False)]
    lesson = await journal.lesson(days=old)
    here = Place(lesson, "", "", "")
    await locked(journal, "recordLesson", AT_LESSONS["recordLesson"](here), here)
    await _moved(journal, here, new)
    assert (await give(journal, "recordLesson", AT_LESSONS["recordLesson"](here)))["__typename"] != "Refusal"


# Tasks that move, and reasons for absence.


async def test_a_task_moves_between_open_lessons_only(journal: Journal, past: Place) -> None:
    """Neither out of a closed lesson nor into one: both are written at."""
    here = await place(journal, 0)
    await locked(journal, "moveTask", {"taskId": here.bare, "lessonId": past.lesson.gid}, past)
    await locked(journal, "moveTask", {"taskId": past.bare, "lessonId": here.lesson.gid}, past)


@pytest.mark.parametrize(
    ("presented", "open_"),
    [("2026-05-20", True), ("2026-05-18", True), ("2026-05-15", False), ("2026-05-21", False)],
    ids=["today", "two working days ago", "three working days ago", "to come"],
)
async def test_reasons_have_a_term_of_their_own(journal: Journal, past: Place, presented: str, open_: bool) -> None:
    """A document may come when its lessons are closed: its two working days count then, and not the lock (7.3)."""
    fields = {past.lesson.id: "startsOn"}
    async with _at_work(journal, "class-teacher") as work:
        if open_:
            await enter_for_reasons(work, fields, date.fromisoformat(presented))
        else:
            with pytest.raises(Refusal) as refused:
                await enter_for_reasons(work, fields, date.fromisoformat(presented))
            assert (refused.value.code, refused.value.field) == (RefusalCode.EDIT_LOCKED, "startsOn")


@asynccontextmanager
async def _at_work(journal: Journal, login: str) -> AsyncIterator[Work]:
    """A command of somebody under way, which writes nothing."""
    database, demo = journal.school.app.state.database, journal.school.demo
    row = await journal.db.fetchrow(
        "SELECT a.school_id, a.id, staff.id AS staff FROM account AS a JOIN staff USING (school_id, person_id)"
        " WHERE login = $1",
        login,
    )
    viewer = Viewer(
        school_id=row["school_id"],
        account_id=row["id"],
        staff_id=row["staff"],
        today=demo.today,
        now=DEMO_NOW,
        roles=frozenset({Role.TEACHER}),
    )
    async with database.transaction() as transaction:
        yield Work(transaction.connection, viewer, DEMO_NOW)
