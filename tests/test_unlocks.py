"""Unlocks (7.6): asked for, granted, declined, ended, over by themselves; what is written under them is tagged."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from server.clock import Clock
from server.demo import DEMO_NOW, Demo

from .journal_help import Journal, gid, number_of, opened
from .locks_help import AT_LESSONS, DAYS, Place, contents, field_of, give, locked, place, set_days
from .test_races import until_blocked

UNLOCK = """{ id state reason until answer version staff { name } madeBy { name } decidedBy { name }
  lessons { id } edits(first: 50) { totalCount nodes { at command lesson { id } } } }"""
READ = f"query($id: ID!) {{ node(id: $id) {{ ... on Unlock {UNLOCK} }} }}"
LATER = "2026-05-21T18:00:00+07:00"


@pytest.fixture(scope="module")
async def journal(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Journal]:
    """A school for this module to write in, whose lessons are closed after `DAYS` days."""
    async with opened(cluster, demo_template) as journal:
        for login in ("teacher", "class-teacher", "deputy", "director", "administrator", "teacher-parent"):
            await journal.school.token(login)
        await set_days(journal, DAYS)
        yield journal


async def unlock(journal: Journal, name: str, given: dict[str, Any], as_: str) -> dict[str, Any]:
    """The unlock that a command leaves, or its refusal."""
    text = field_of(name).replace(
        "__typename", f"__typename ... on {name[0].upper()}{name[1:]}Payload {{ unlock {UNLOCK} }}", 1
    )
    data = await journal.school.data(text, {"input": given}, as_=as_)
    result: dict[str, Any] = data[name]
    return result.get("unlock") or result


async def refused(journal: Journal, name: str, given: dict[str, Any], as_: str) -> tuple[str, str, str | None]:
    """Code, field and clause of a refusal, which writes nothing."""
    before = await contents(journal)
    result = await give(journal, name, given, as_)
    assert result["__typename"] == "Refusal", result
    assert await contents(journal) == before
    return result["code"], result["field"], result["clause"]


async def asked(journal: Journal, *places: Place, as_: str = "teacher") -> str:
    """The id of a request for these lessons."""
    given = {"lessonIds": [each.lesson.gid for each in places], "reason": "Не выставлены отметки"}
    found = await unlock(journal, "requestUnlock", given, as_)
    assert found["state"] == "REQUESTED", found
    return str(found["id"])


async def granted(journal: Journal, *places: Place, until: str = LATER) -> str:
    """The id of an unlock of these lessons for `teacher`."""
    found = await unlock(
        journal, "grantUnlock", {"unlockId": await asked(journal, *places), "until": until}, "director"
    )
    assert found["state"] == "GRANTED", found
    return str(found["id"])


async def staff_of(journal: Journal, login: str) -> str:
    query = "SELECT staff.id FROM staff JOIN account USING (school_id, person_id) WHERE login = $1"
    return gid("Staff", await journal.db.fetchval(query, login))


# What is written under one.


@pytest.mark.parametrize("name", AT_LESSONS)
async def test_what_is_written_is_tagged(journal: Journal, name: str) -> None:
    """Each command that the lock refuses goes through under an unlock, and the audit entry and the unlock say so."""
    here = await place(journal)
    given = AT_LESSONS[name](here)
    await locked(journal, name, given, here)
    found = await granted(journal, here)
    result = await give(journal, name, given)
    assert result["__typename"] != "Refusal", result
    entry = await journal.db.fetchrow("SELECT id, command, input FROM audit_entry ORDER BY id DESC LIMIT 1")
    assert (entry["command"], json.loads(entry["input"])["underUnlock"]) == (name, [number_of(found)])
    (shown,) = (await journal.school.data(READ, {"id": found}, as_="director"))["node"]["edits"]["nodes"]
    assert (shown["command"], shown["lesson"]["id"]) == (name, here.lesson.gid)
    assert abs(datetime.fromisoformat(shown["at"]) - DEMO_NOW) < timedelta(minutes=10)


async def test_history_leads_to_the_unlock(journal: Journal) -> None:
    """A mark that was changed under an unlock: its history names the audit entry, and that the unlock."""
    here = await place(journal)
    found = await granted(journal, here)
    await journal.done("setMark", {"taskId": here.task, "studentId": here.student, "value": "5"})
    (was,) = await journal.history("mark", number_of(here.mark))
    rows = await journal.db.fetch(
        "SELECT unlock_id, lesson_id FROM unlock_edit WHERE audit_entry_id = $1", was["audit_entry_id"]
    )
    assert [tuple(row) for row in rows] == [(number_of(found), here.lesson.id)]
    with pytest.raises(asyncpg.RestrictViolationError):
        await journal.db.execute("DELETE FROM unlock_edit WHERE audit_entry_id = $1", was["audit_entry_id"])


async def test_a_page_under_several_unlocks(journal: Journal) -> None:
    """Open lessons need none and are not tagged; one that no unlock opens refuses the page, and then no tag is left."""
    places = [await place(journal, days) for days in (-8, -9, 0)]
    first, second = await granted(journal, places[0]), await granted(journal, places[1])
    outside = await place(journal, -10)
    entries = [{"taskId": at.task, "studentId": at.student, "value": "2"} for at in (*places, outside)]
    assert await refused(journal, "setMarks", {"entries": entries}, "teacher") == (
        *("EDIT_LOCKED", "entries.3.taskId"),
        "7.6",
    )
    await journal.done("setMarks", {"entries": entries[:3]})
    for found, at in ((first, places[0]), (second, places[1])):
        shown = (await journal.school.data(READ, {"id": found}, as_="teacher"))["node"]["edits"]
        assert [each["lesson"]["id"] for each in shown["nodes"]] == [at.lesson.gid]
    entry = await journal.db.fetchval("SELECT input FROM audit_entry ORDER BY id DESC LIMIT 1")
    assert json.loads(entry)["underUnlock"] == [number_of(first), number_of(second)]


async def test_only_the_named_teacher_and_lessons(journal: Journal) -> None:
    here, other = await place(journal, school_class="5Б"), await place(journal, school_class="5Б")
    given = {"staffId": await staff_of(journal, "class-teacher"), "lessonIds": [here.lesson.gid], "until": LATER}
    found = await unlock(journal, "grantUnlock", {**given, "reason": "Поручено исправить"}, "deputy")
    assert (found["state"], found["madeBy"]) == ("GRANTED", found["decidedBy"])
    teacher = await journal.db.fetchval(
        "SELECT login FROM account JOIN staff USING (school_id, person_id) JOIN lesson ON teacher_id = staff.id"
        " WHERE lesson.id = $1",
        here.lesson.id,
    )
    assert teacher != "class-teacher", "another teaches there"
    mark = {"taskId": here.task, "studentId": here.student, "value": "5"}
    await locked(journal, "setMark", mark, here, teacher)
    assert (await give(journal, "setMark", mark, "class-teacher"))["__typename"] == "SetMarkPayload"
    await locked(journal, "setMark", {**mark, "taskId": other.task}, other, "class-teacher")


async def test_a_repeat_of_what_is_done_needs_no_unlock(journal: Journal) -> None:
    """Its unlock may be over by the time that a lost answer is asked for again."""
    here = await place(journal)
    found = await granted(journal, here)
    given = {"lessonId": here.lesson.gid, "text": "§ 1", "idempotencyKey": "повтор"}
    first = await journal.done("assignHomework", given)
    await unlock(journal, "revokeUnlock", {"unlockId": found, "answer": "Хватит"}, "director")
    assert await journal.done("assignHomework", given) == first
    await locked(journal, "assignHomework", {**given, "idempotencyKey": "новый"}, here)


# From the request to its end.


async def test_a_request_and_its_answers(journal: Journal) -> None:
    here, there = await place(journal), await place(journal)
    found = await asked(journal, here, there)
    mark = {"taskId": here.task, "studentId": here.student, "value": "5"}
    await locked(journal, "setMark", mark, here)
    some = {"unlockId": found, "until": LATER, "lessonIds": [here.lesson.gid], "answer": "Только этот", "ifVersion": 1}
    left = await unlock(journal, "grantUnlock", some, "deputy")
    assert (left["state"], left["answer"], left["version"]) == ("GRANTED", "Только этот", 2)
    assert [each["id"] for each in left["lessons"]] == [here.lesson.gid]
    await locked(journal, "setMark", {**mark, "taskId": there.task}, there)
    assert (await give(journal, "setMark", mark))["__typename"] == "SetMarkPayload"
    for name, given, who in (
        ("grantUnlock", {"unlockId": found, "until": LATER}, "director"),
        ("declineUnlock", {"unlockId": found, "answer": "Нет"}, "director"),
        ("withdrawUnlock", {"unlockId": found}, "teacher"),
    ):
        assert await refused(journal, name, given, who) == ("UNLOCK_STATE", "unlockId", "7.6")
    revoked = await unlock(journal, "revokeUnlock", {"unlockId": found, "answer": "Исправлено"}, "director")
    assert (revoked["state"], revoked["answer"], revoked["edits"]["totalCount"]) == ("REVOKED", "Исправлено", 1)
    await locked(journal, "setMark", {**mark, "value": "4"}, here)
    assert [each["version"] for each in await journal.history("unlock", number_of(found))] == [1, 2]


async def test_declined_and_withdrawn(journal: Journal) -> None:
    here = await place(journal)
    declined = {"unlockId": await asked(journal, here), "answer": "Четверть закрыта"}
    assert (await unlock(journal, "declineUnlock", declined, "deputy"))["state"] == "DECLINED"
    withdrawn = {"unlockId": await asked(journal, here)}
    assert (await unlock(journal, "withdrawUnlock", withdrawn, "teacher"))["state"] == "WITHDRAWN"
    await locked(journal, "recordLesson", AT_LESSONS["recordLesson"](here), here)
    for given in (declined, withdrawn):
        revoke = {"unlockId": given["unlockId"], "answer": "Хватит"}
        assert await refused(journal, "revokeUnlock", revoke, "director") == ("UNLOCK_STATE", "unlockId", "7.6")


async def test_who_may_what(journal: Journal) -> None:
    """Teachers ask, for what they may write at; directors and deputies answer; a stranger's request is nothing."""
    here = await place(journal)
    found = await asked(journal, here)
    given = {
        "requestUnlock": {"lessonIds": [here.lesson.gid], "reason": "Нужно"},
        "withdrawUnlock": {"unlockId": found},
        "grantUnlock": {"unlockId": found, "until": LATER},
        "declineUnlock": {"unlockId": found, "answer": "Нет"},
        "revokeUnlock": {"unlockId": found, "answer": "Нет"},
    }
    nobodys: dict[str, set[str]] = {login: set() for login in ("administrator", "secretary", "hr", "parent", "student")}
    theirs = {
        "deputy": {"grantUnlock", "declineUnlock", "revokeUnlock"},
        "class-teacher": {"requestUnlock", "withdrawUnlock"},
        **nobodys,
    }
    for login, names in theirs.items():
        for name in given.keys() - names:
            answer = await journal.school.ask(field_of(name), {"input": given[name]}, as_=login)
            assert answer["data"] is None, (login, name)
    nothing = ("NOT_FOUND", "lessonIds.0", None)
    assert await refused(journal, "requestUnlock", given["requestUnlock"], "class-teacher") == nothing
    assert await refused(journal, "withdrawUnlock", given["withdrawUnlock"], "class-teacher") == (
        *("NOT_FOUND", "unlockId"),
        None,
    )
    for login, sees in (("teacher", True), ("director", True), ("deputy", True), ("class-teacher", False)):
        assert bool((await journal.school.data(READ, {"id": found}, as_=login))["node"]) is sees, login


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"until": "2026-05-20T00:00:00+07:00"}, "BAD_INPUT", "until"),
        ({"until": "2026-07-20T00:00:00+07:00"}, "BAD_INPUT", "until"),
        ({"until": "2026-05-21T18:00:00"}, "BAD_INPUT", "until"),
        ({"staffId": None}, "BAD_INPUT", "staffId"),
        ({"lessonIds": None}, "BAD_INPUT", "lessonIds"),
        ({"lessonIds": []}, "BAD_INPUT", "lessonIds"),
        ({"lessonIds": [gid("Lesson", 2**40)]}, "NOT_FOUND", "lessonIds.0"),
        ({"staffId": gid("Staff", 2**40)}, "NOT_FOUND", "staffId"),
        ({"reason": " "}, "BAD_INPUT", "reason"),
        ({"reason": None}, "BAD_INPUT", "reason"),
        ({"answer": "я" * 1001}, "BAD_INPUT", "answer"),
        ({"unlockId": gid("Unlock", 2**40), "staffId": None, "reason": None}, "NOT_FOUND", "unlockId"),
        ({"unlockId": gid("Unlock", 2**40)}, "BAD_INPUT", "staffId"),
    ],
)
async def test_what_a_grant_must_say(journal: Journal, given: dict[str, Any], code: str, field: str) -> None:
    here = await place(journal)
    whole = {"staffId": await staff_of(journal, "teacher"), "lessonIds": [here.lesson.gid], "until": LATER}
    assert (await refused(journal, "grantUnlock", {**whole, "reason": "Нужно", **given}, "director"))[:2] == (
        code,
        field,
    )


async def test_lessons_that_cannot_be_opened(journal: Journal) -> None:
    """One that the teacher could not write at anyway, one that was cancelled, one named twice."""
    here = await place(journal)
    whole = {"lessonIds": [here.lesson.gid], "until": LATER, "reason": "Нужно"}
    other = {**whole, "staffId": await staff_of(journal, "teacher-parent")}
    assert await refused(journal, "grantUnlock", other, "director") == ("NOT_TAUGHT", "lessonIds.0", "7.6")
    twice = {"lessonIds": [here.lesson.gid] * 2, "reason": "Нужно"}
    assert await refused(journal, "requestUnlock", twice, "teacher") == ("BAD_INPUT", "lessonIds", None)
    off = await journal.lesson(days=-10, state="cancelled")
    given = {"lessonIds": [here.lesson.gid, off.gid], "reason": "Нужно"}
    assert await refused(journal, "requestUnlock", given, "teacher") == ("LESSON_CANCELLED", "lessonIds.1", "7.4")


# Time, and several at once.


def stop(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    """Let the school's clock stand at a moment; tokens keep real time."""
    monkeypatch.setattr(Clock, "now", lambda clock: moment)


async def test_it_is_over_by_itself(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the very moment that was named, in whatever time zone, and nobody has to do anything."""
    here = await place(journal)
    found = await granted(journal, here)
    mark = {"taskId": here.task, "studentId": here.student, "value": "5"}
    end = datetime.fromisoformat(LATER)
    stop(monkeypatch, end - timedelta(microseconds=1))
    assert (await give(journal, "setMark", mark))["__typename"] == "SetMarkPayload"
    stop(monkeypatch, end.astimezone(UTC))
    await locked(journal, "setMark", {**mark, "value": "2"}, here)
    shown = (await journal.school.data(READ, {"id": found}, as_="teacher"))["node"]
    assert shown["state"] == "EXPIRED"
    mine = "{ me { unlocks(first: 100, state: EXPIRED) { nodes { id } } } }"
    assert {"id": found} in (await journal.school.data(mine, as_="teacher"))["me"]["unlocks"]["nodes"]
    revoke = {"unlockId": found, "answer": "Хватит"}
    assert await refused(journal, "revokeUnlock", revoke, "director") == ("UNLOCK_STATE", "unlockId", "7.6")


async def test_the_day_is_the_schools_own(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lesson closes at the school's midnight: the day before by UTC, and with the school's time zone."""
    here = await place(journal, -7)
    mark = {"taskId": here.task, "studentId": here.student, "value": "5"}
    midnight = (DEMO_NOW + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    assert midnight.astimezone(UTC).date() == journal.school.demo.today, "it is still today in Greenwich"
    stop(monkeypatch, midnight - timedelta(seconds=1))
    assert (await give(journal, "setMark", mark))["__typename"] == "SetMarkPayload"
    editing = "query($id: ID!) { node(id: $id) { ... on Lesson { record { editing { locked lastDay } } } } }"
    shown = await journal.school.data(editing, {"id": here.lesson.gid}, as_="teacher")
    assert shown["node"]["record"]["editing"] == {"locked": False, "lastDay": str(journal.school.demo.today)}
    stop(monkeypatch, midnight)
    await locked(journal, "setMark", {**mark, "value": "2"}, here)
    shown = await journal.school.data(editing, {"id": here.lesson.gid}, as_="teacher")
    assert shown["node"]["record"]["editing"]["locked"] is True
    await journal.db.execute("UPDATE school SET time_zone = 'UTC'")
    assert (await give(journal, "setMark", {**mark, "value": "2"}))["__typename"] == "SetMarkPayload"
    await journal.db.execute("UPDATE school SET time_zone = $1", str(DEMO_NOW.tzinfo))


async def test_a_revocation_waits_for_who_writes(journal: Journal) -> None:
    """Whoever is first is done: an edit that has passed the door is there, tagged, when the unlock is taken back."""
    here = await place(journal)
    found = await granted(journal, here)
    other = await asyncpg.connect(journal.school.url)
    try:
        async with other.transaction():
            await other.execute("SELECT FROM student WHERE id = $1 FOR UPDATE", number_of(here.student))
            edit = asyncio.ensure_future(
                give(journal, "setMark", {"taskId": here.task, "studentId": here.student, "value": "5"})
            )
            await until_blocked(journal, 1)
            end = asyncio.ensure_future(
                give(journal, "revokeUnlock", {"unlockId": found, "answer": "Хватит"}, "director")
            )
            await until_blocked(journal, 2)
        assert ((await edit)["__typename"], (await end)["__typename"]) == ("SetMarkPayload", "RevokeUnlockPayload")
    finally:
        await other.close()
    shown = (await journal.school.data(READ, {"id": found}, as_="director"))["node"]
    assert (shown["state"], shown["edits"]["totalCount"]) == ("REVOKED", 1)


async def test_who_comes_after_a_revocation_is_refused(journal: Journal) -> None:
    """An edit that waits at the door while the unlock is being taken back finds it taken back."""
    here = await place(journal)
    found = await granted(journal, here)
    other = await asyncpg.connect(journal.school.url)
    try:
        async with other.transaction():
            await other.execute(
                "UPDATE unlock SET state = 'revoked', version = version + 1 WHERE id = $1", number_of(found)
            )
            edit = asyncio.ensure_future(
                give(journal, "setMark", {"taskId": here.task, "studentId": here.student, "value": "5"})
            )
            await until_blocked(journal, 1)
        assert (await edit)["code"] == "EDIT_LOCKED"
    finally:
        await other.close()
    assert await journal.db.fetchval("SELECT count(*) FROM unlock_edit WHERE unlock_id = $1", number_of(found)) == 0
    assert await journal.db.fetchval("SELECT value FROM mark WHERE id = $1", number_of(here.mark)) == "3"


async def test_a_date_put_right_while_one_writes_opens_nothing(journal: Journal) -> None:
    """The mark waits for the lesson that is being moved, and is measured by where it has stood, not by what it saw."""
    here = await place(journal, -8)
    today = journal.school.demo.today
    other = await asyncpg.connect(journal.school.url)
    try:
        async with other.transaction():
            await other.execute(
                "UPDATE lesson SET date = $2, recorded_on = date, version = version + 1 WHERE id = $1",
                *(here.lesson.id, today - timedelta(days=1)),
            )
            edit = asyncio.ensure_future(
                give(journal, "setMark", {"taskId": here.task, "studentId": here.student, "value": "5"})
            )
            await until_blocked(journal, 1)
        assert (await edit)["code"] == "EDIT_LOCKED"
    finally:
        await other.close()
