"""Mismatch reports (6.4): who reports, answers and closes, what is refused, what is still so, and two at once."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

import asyncpg
import pytest

from rules.refusals import Refusal
from rules.timetable_mismatches import (
    MOST_DATES,
    MismatchKind,
    MismatchState,
    MismatchStepKind,
    NamedDate,
    check_dates,
    differs,
    state_after,
)
from server.demo import DEMO_NOW, Demo

from .corrections_help import MISMATCHES, Desk, lesson_id, opened
from .journal_help import gid, number_of
from .test_races import at_once

YEAR = (date(2025, 9, 1), date(2026, 8, 31))
NOWHERE = 2**40
SATURDAY, SUNDAY = "2026-05-23", "2026-05-24"


@pytest.fixture(scope="module")
async def desk(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Desk]:
    """A school for this module to write in, with a second one beside it."""
    async with opened(cluster, demo_template) as desk:
        yield desk


async def journals(desk: Desk, login: str, *, own: bool = True) -> list[dict[str, str]]:
    """The journals of this school that somebody teaches today, or those of others, as inputs name them."""
    rows = await desk.db.fetch(
        "SELECT DISTINCT a.group_id, a.subject_id FROM teaching_assignment AS a JOIN school USING (school_id)"
        " WHERE code = 'demo' AND a.starts_on <= '2026-05-20' AND a.ends_on >= '2026-05-20'"
        " AND $2 = EXISTS (SELECT FROM teaching_assignment AS b JOIN staff ON staff.id = b.staff_id"
        " JOIN account USING (person_id) WHERE login = $1 AND account.school_id = a.school_id"
        " AND (b.group_id, b.subject_id) = (a.group_id, a.subject_id) AND b.ends_on >= '2026-05-20')"
        " ORDER BY 1, 2",
        *(login, own),
    )
    return [{"groupId": gid("StudyGroup", group), "subjectId": gid("Subject", subject)} for group, subject in rows]


async def led(desk: Desk) -> set[str]:
    """The groups of the class that the class teacher leads."""
    rows = await desk.db.fetch(
        "SELECT g.id FROM class_leadership AS l JOIN staff ON staff.id = staff_id JOIN account USING (person_id)"
        " JOIN study_group AS g ON g.class_id = l.class_id JOIN school ON school.school_id = g.school_id"
        " WHERE login = 'class-teacher' AND code = 'demo' AND account.school_id = g.school_id"
        " AND l.ends_on >= '2026-05-20'"
    )
    return {gid("StudyGroup", row["id"]) for row in rows}


def missing(day: str = SUNDAY) -> dict[str, Any]:
    """The dates of a report that names one."""
    return {"dates": [{"date": day, "kind": "MISSING"}]}


async def reported(desk: Desk, **more: Any) -> Any:
    """A new report of the demo's teacher on a journal of theirs."""
    journal = (await journals(desk, "teacher"))[0]
    return (await desk.done("reportMismatch", {**journal, **missing(), **more}, "teacher"))["mismatch"]


def of(report: Any) -> dict[str, str]:
    """The report of an input."""
    return {"mismatchId": report if isinstance(report, str) else report["id"]}


def steps(report: Any) -> dict[str, dict[str, Any]]:
    """An input of each step."""
    return {
        "answerMismatch": {**of(report), "answer": "Исправлено"},
        "closeMismatch": of(report),
        "reopenMismatch": {**of(report), "reason": "Всё по-прежнему"},
    }


# The rules


@pytest.mark.parametrize(("state", "step"), list(product(MismatchState, MismatchStepKind)))
def test_steps_follow_each_other(state: MismatchState, step: MismatchStepKind) -> None:
    follows = {
        ("open", "answered"): "answered",
        ("answered", "closed"): "closed",
        ("answered", "reopened"): "open",
        ("closed", "reopened"): "open",
    }.get((state.value, step.value))
    if follows:
        assert state_after(state.value, step, "mismatchId") == follows
    else:
        with pytest.raises(Refusal) as refused:
            state_after(state.value, step, "mismatchId")
        assert (refused.value.code, refused.value.field, refused.value.clause) == (
            "MISMATCH_STATE",
            "mismatchId",
            "6.4",
        )


@pytest.mark.parametrize(
    ("kind", "stands", "should_be", "instead", "expected"),
    [
        ("missing", False, None, False, True),
        ("missing", True, None, False, False),
        ("extra", True, None, False, True),
        ("extra", False, None, False, False),
        ("wrong", True, None, False, True),
        ("wrong", False, None, False, False),
        ("wrong", True, YEAR[0], True, True),
        ("wrong", False, YEAR[0], False, True),
        ("wrong", False, YEAR[0], True, False),
    ],
)
def test_what_is_still_so(kind: str, stands: bool, should_be: date | None, instead: bool, expected: bool) -> None:
    assert differs(kind, stands, should_be, instead) is expected


def test_dates_of_a_report() -> None:
    first, last = YEAR
    for good in (
        [NamedDate(first, MismatchKind.EXTRA), NamedDate(last, MismatchKind.MISSING)],
        [NamedDate(first, MismatchKind.WRONG), NamedDate(last, MismatchKind.WRONG, first)],
        [NamedDate(first + timedelta(days=each), MismatchKind.EXTRA) for each in range(MOST_DATES)],
    ):
        check_dates(good, YEAR)
    before, after = first - timedelta(days=1), last + timedelta(days=1)
    for bad, code, field in (
        ([], "BAD_INPUT", "dates"),
        (
            [NamedDate(first + timedelta(days=each), MismatchKind.EXTRA) for each in range(MOST_DATES + 1)],
            *("BAD_INPUT", "dates"),
        ),
        ([NamedDate(before, MismatchKind.EXTRA)], "OUTSIDE_YEAR", "dates.0.date"),
        ([NamedDate(first, MismatchKind.EXTRA), NamedDate(after, MismatchKind.EXTRA)], "OUTSIDE_YEAR", "dates.1.date"),
        ([NamedDate(first, MismatchKind.EXTRA), NamedDate(first, MismatchKind.WRONG)], "BAD_INPUT", "dates.1.date"),
        ([NamedDate(first, MismatchKind.EXTRA, last)], "BAD_INPUT", "dates.0.shouldBe"),
        ([NamedDate(first, MismatchKind.MISSING, last)], "BAD_INPUT", "dates.0.shouldBe"),
        ([NamedDate(first, MismatchKind.WRONG, first)], "BAD_INPUT", "dates.0.shouldBe"),
        ([NamedDate(first, MismatchKind.WRONG, after)], "OUTSIDE_YEAR", "dates.0.shouldBe"),
    ):
        with pytest.raises(Refusal) as refused:
            check_dates(bad, YEAR)
        assert (refused.value.code, refused.value.field) == (code, field)


# The whole way


async def test_from_report_to_closing(desk: Desk) -> None:
    """Every step with its moment and hand; what was before each is in the history; all in the audit trail."""
    journal = (await journals(desk, "teacher"))[0]
    dates = [
        {"date": SUNDAY, "kind": "MISSING"},
        {"date": "2026-05-17", "kind": "WRONG", "shouldBe": "2026-05-10"},
    ]
    given = {**journal, "dates": dates, "comment": "По плану иначе", "idempotencyKey": "all the way"}
    report = (await desk.done("reportMismatch", given, "teacher"))["mismatch"]
    teacher, deputy = [gid("Staff", await desk.staff(login)) for login in ("teacher", "deputy")]
    assert (report["state"], report["comment"], report["version"], report["steps"]) == (
        *("OPEN", "По плану иначе"),
        *(1, []),
    )
    moments = [datetime.fromisoformat(report["reportedAt"])]
    assert (report["group"], report["subject"]) == ({"id": journal["groupId"]}, {"id": journal["subjectId"]})
    assert report["reportedBy"] == {"id": teacher}
    assert report["dates"] == [
        {"date": "2026-05-17", "kind": "WRONG", "shouldBe": "2026-05-10", "differs": True, "lessons": []},
        {"date": SUNDAY, "kind": "MISSING", "shouldBe": None, "differs": True, "lessons": []},
    ]
    assert (await desk.done("reportMismatch", given, "teacher"))["mismatch"] == report, "a repeat writes nothing"
    reused = {**given, "comment": "Другое"}
    assert await desk.refused("reportMismatch", reused, "teacher") == ("IDEMPOTENCY_KEY_REUSED", "idempotencyKey", None)
    said = [
        ("answerMismatch", "deputy", "ANSWERED", {"answer": "Урок добавлен"}, "Урок добавлен"),
        ("closeMismatch", "teacher", "CLOSED", {}, None),
        ("reopenMismatch", "teacher", "OPEN", {"reason": "Снова нет"}, "Снова нет"),
        ("answerMismatch", "deputy", "ANSWERED", {"answer": "Теперь есть"}, "Теперь есть"),
        ("reopenMismatch", "deputy", "OPEN", {"reason": "Проверю ещё раз"}, "Проверю ещё раз"),
        ("answerMismatch", "deputy", "ANSWERED", {"answer": "Проверено"}, "Проверено"),
        ("closeMismatch", "deputy", "CLOSED", {"comment": "Спасибо"}, "Спасибо"),
    ]
    for number, (name, login, state, more, _) in enumerate(said, 1):
        given = {**of(report), **more, "ifVersion": number, "idempotencyKey": f"step {number}"}
        changed = (await desk.done(name, given, login))["mismatch"]
        assert (changed["state"], changed["version"], len(changed["steps"])) == (state, number + 1, number)
        assert (await desk.done(name, given, login))["mismatch"] == changed, "a repeat is no second step"
        entry = (await desk.entries())[-1]
        assert (entry["login"], entry["command"], entry["outcome"]) == (login, name, "done")
    words = {"answerMismatch": "ANSWERED", "closeMismatch": "CLOSED", "reopenMismatch": "REOPENED"}
    hands = {"teacher": teacher, "deputy": deputy}
    assert [(each["kind"], each["text"], each["madeBy"]["id"]) for each in changed["steps"]] == [
        (words[name], text, hands[login]) for name, login, _, _, text in said
    ]
    moments += [datetime.fromisoformat(each["madeAt"]) for each in changed["steps"]]
    assert moments[0] > DEMO_NOW
    assert moments == sorted(set(moments))
    kept = await desk.history("mismatch_report", number_of(report["id"]))
    assert [(row["version"], json.loads(row["row"])["state"]) for row in kept] == [
        *((1, "open"), (2, "answered"), (3, "closed"), (4, "open")),
        *((5, "answered"), (6, "open"), (7, "answered")),
    ]
    assert all(row["audit_entry_id"] for row in kept)
    noted = [json.loads(row["input"]) for row in await desk.entries() if row["command"] == "reopenMismatch"]
    assert {"mismatch": number_of(report["id"]), "reason": "Снова нет"} in noted


async def test_what_was_written_stays(desk: Desk) -> None:
    """Dates and steps can't be changed or taken away, by whatever statement."""
    report = await reported(desk)
    await desk.done("answerMismatch", steps(report)["answerMismatch"])
    for table in ("mismatch_date", "mismatch_step"):
        for statement in (f"UPDATE {table} SET kind = kind", f"DELETE FROM {table}"):
            with pytest.raises(asyncpg.PostgresError) as refused:
                await desk.db.execute(f"{statement} WHERE report_id = $1", number_of(report["id"]))
            assert refused.value.sqlstate == "23001"


# Who may


async def test_who_reports_on_which_journal(desk: Desk) -> None:
    """A subject teacher on their own, not on another's, nor on another subject of their own group; a class teacher on
    all of their class.
    """
    led_groups = await led(desk)
    for login in ("teacher", "class-teacher"):
        own = await journals(desk, login)
        groups = {each["groupId"] for each in own} | (led_groups if login == "class-teacher" else set())
        for journal in own:
            await desk.done("reportMismatch", {**journal, **missing()}, login)
        others: dict[str, list[dict[str, Any]]] = {"led": [], "subject": [], "group": []}
        for journal in await journals(desk, login, own=False):
            mine = "led" if journal["groupId"] in led_groups and login == "class-teacher" else "group"
            others["subject" if mine == "group" and journal["groupId"] in groups else mine].append(
                {**journal, **missing()}
            )
        assert all(others[each] for each in ("subject", "group"))
        assert bool(others["led"]) is (login == "class-teacher")
        for given in others["led"]:
            assert (await desk.done("reportMismatch", given, login))["mismatch"]["state"] == "OPEN"
        for given in others["subject"][:4]:
            assert await desk.refused("reportMismatch", given, login) == ("NOT_TAUGHT", "subjectId", "6.4")
        for given in others["group"][:4]:
            assert await desk.refused("reportMismatch", given, login) == ("NOT_FOUND", "groupId", None)
        never = {"groupId": own[0]["groupId"], "subjectId": gid("Subject", NOWHERE), **missing()}
        assert await desk.refused("reportMismatch", never, login) == ("NOT_TAUGHT", "subjectId", "6.4")


async def test_a_subject_that_is_not_taught_in_the_group(desk: Desk) -> None:
    """A class one leads, and a subject that there is, but that nobody teaches there."""
    whole, strange = await desk.db.fetchrow(
        "SELECT g.id, subject.id FROM study_group AS g, subject WHERE g.id = ANY($1) AND g.kind = 'whole'"
        " AND subject.school_id = g.school_id AND NOT EXISTS"
        " (SELECT FROM teaching_assignment WHERE (group_id, subject_id) = (g.id, subject.id)) LIMIT 1",
        [number_of(each) for each in await led(desk)],
    )
    given = {"groupId": gid("StudyGroup", whole), "subjectId": gid("Subject", strange), **missing()}
    assert await desk.refused("reportMismatch", given, "class-teacher") == ("NOT_TAUGHT", "subjectId", "6.4")


HAVE = {
    "teacher": {"reportMismatch", "closeMismatch", "reopenMismatch"},
    "class-teacher": {"reportMismatch", "closeMismatch", "reopenMismatch"},
    "teacher-parent": {"reportMismatch", "closeMismatch", "reopenMismatch"},
    "deputy": {"answerMismatch", "closeMismatch", "reopenMismatch"},
    **{each: set[str]() for each in ("secretary", "hr", "administrator", "student", "parent", "analyst", "service")},
    "director": {"reportMismatch", "closeMismatch", "reopenMismatch"},  # who teaches
}


@pytest.mark.parametrize("login", HAVE)
async def test_who_has_the_commands(desk: Desk, login: str) -> None:
    """Nobody else: in their schema the commands do not exist, and a gateway's whole schema refuses them."""
    report, journal = await reported(desk), (await journals(desk, "teacher"))[0]
    inputs = {**steps(report), "reportMismatch": {**journal, **missing()}}
    assert inputs.keys() == MISMATCHES.keys()
    fields = await desk.school.data("{ __schema { mutationType { fields { name } } } }", as_=login)
    assert {each["name"] for each in fields["__schema"]["mutationType"]["fields"]} & inputs.keys() == HAVE[login]
    credential = {"classbook-service": f"Bearer {await desk.school.token('service')}"}
    headers = credential | {"authorization": f"Bearer {await desk.school.token(login)}"}
    before = await desk.digest()
    for name in inputs.keys() - HAVE[login]:
        kind = name[0].upper() + name[1:]
        text = f"mutation($input: {kind}Input!) {{ {name}(input: $input) {{ __typename }} }}"
        body = {"query": text, "variables": {"input": inputs[name]}}
        answer = await desk.school.ask(text, {"input": inputs[name]}, as_=login)
        assert {error["extensions"]["code"] for error in answer["errors"]} == {"BAD_REQUEST"}
        answer = (await desk.school.client.post("/federation", json=body, headers=headers)).json()
        assert {error["extensions"]["code"] for error in answer["errors"]} == {"FORBIDDEN"}
    assert await desk.digest() == before


async def test_the_director_who_does_not_teach(desk: Desk) -> None:
    """Reads, and no more."""
    report = await reported(desk)
    mine = "account_id = (SELECT min(id) FROM account WHERE login = 'director') AND role = 'teacher'"
    await desk.db.execute(f"UPDATE account_role SET ends_on = '2026-05-19' WHERE {mine}")
    try:
        fields = await desk.school.data("{ __schema { mutationType { fields { name } } } }", as_="director")
        names = {each["name"] for each in fields["__schema"]["mutationType"]["fields"]}
        assert not names & MISMATCHES.keys()
        assert await seen(desk, "director") == await everything(desk)
        found = await desk.school.data(f'{{ node(id: "{report["id"]}") {{ id }} }}', as_="director")
        assert found == {"node": {"id": report["id"]}}
    finally:
        await desk.db.execute(f"UPDATE account_role SET ends_on = NULL WHERE {mine}")


async def test_whose_reports_a_teacher_settles(desk: Desk) -> None:
    """Those they see: own, on what they teach, on the class they lead; no others', though answered."""
    led_groups = await led(desk)
    own = {(each["groupId"], each["subjectId"]) for each in await journals(desk, "class-teacher")}
    for journal in await journals(desk, "teacher"):
        report = (await desk.done("reportMismatch", {**journal, **missing()}, "teacher"))["mismatch"]
        await desk.done("answerMismatch", steps(report)["answerMismatch"])
        reached = journal["groupId"] in led_groups or (journal["groupId"], journal["subjectId"]) in own
        for name in ("closeMismatch", "reopenMismatch"):
            if reached:
                await desk.done(name, steps(report)[name], "class-teacher")
            else:
                found = await desk.refused(name, steps(report)[name], "class-teacher")
                assert found == ("NOT_FOUND", "mismatchId", None)
    theirs = next(each for each in await journals(desk, "class-teacher") if each["groupId"] in led_groups)
    report = (await desk.done("reportMismatch", {**theirs, **missing()}, "class-teacher"))["mismatch"]
    await desk.done("answerMismatch", steps(report)["answerMismatch"])
    for name in ("closeMismatch", "reopenMismatch"):
        assert await desk.refused(name, steps(report)[name], "teacher") == ("NOT_FOUND", "mismatchId", None)


async def test_a_journal_that_was_handed_over(desk: Desk) -> None:
    """Whoever taught it reports no more, but keeps their own report; the successor takes it over."""
    journal = (await journals(desk, "teacher"))[-1]
    report = (await desk.done("reportMismatch", {**journal, **missing()}, "teacher"))["mismatch"]
    group, subject = number_of(journal["groupId"]), number_of(journal["subjectId"])
    successor = await desk.staff("teacher-parent")
    assert report["id"] not in await seen(desk, "teacher-parent")
    mine = await desk.staff("teacher")
    change = "UPDATE teaching_assignment SET staff_id = $1 WHERE group_id = $2 AND subject_id = $3 AND staff_id = $4"
    await desk.db.execute(change, successor, group, subject, mine)
    try:
        found = await desk.refused("reportMismatch", {**journal, **missing()}, "teacher")
        assert found[0] in {"NOT_FOUND", "NOT_TAUGHT"}
        for login in ("teacher", "teacher-parent"):
            assert report["id"] in await seen(desk, login)
        await desk.done("answerMismatch", steps(report)["answerMismatch"])
        await desk.done("closeMismatch", steps(report)["closeMismatch"], "teacher-parent")
        await desk.done("reopenMismatch", steps(report)["reopenMismatch"], "teacher")
    finally:
        await desk.db.execute(change, mine, group, subject, successor)


# Refusals


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"dates": []}, ("BAD_INPUT", "dates", None)),
        (missing("2025-08-31"), ("OUTSIDE_YEAR", "dates.0.date", "6.4")),
        (missing("2026-09-01"), ("OUTSIDE_YEAR", "dates.0.date", "6.4")),
        ({"dates": missing()["dates"] * 2}, ("BAD_INPUT", "dates.1.date", None)),
        (
            {"dates": [{"date": SUNDAY, "kind": "EXTRA", "shouldBe": SATURDAY}]},
            ("BAD_INPUT", "dates.0.shouldBe", None),
        ),
        ({"dates": [{"date": SUNDAY, "kind": "WRONG", "shouldBe": SUNDAY}]}, ("BAD_INPUT", "dates.0.shouldBe", None)),
        (
            {"dates": [{"date": SUNDAY, "kind": "WRONG", "shouldBe": "2026-09-01"}]},
            ("OUTSIDE_YEAR", "dates.0.shouldBe", "6.4"),
        ),
        ({"comment": "я" * 1001}, ("BAD_INPUT", "comment", None)),
        ({"comment": "\0"}, ("BAD_INPUT", "comment", None)),
        ({"groupId": gid("StudyGroup", NOWHERE)}, ("NOT_FOUND", "groupId", None)),
        ({"groupId": gid("SchoolClass", 1)}, ("BAD_ID", "groupId", None)),
        ({"subjectId": gid("StudyGroup", 1)}, ("BAD_ID", "subjectId", None)),
        ({"idempotencyKey": ""}, ("BAD_INPUT", "idempotencyKey", None)),
    ],
)
async def test_reports_that_are_refused(
    desk: Desk, more: dict[str, Any], expected: tuple[str, str, str | None]
) -> None:
    given = {**(await journals(desk, "teacher"))[0], **missing(), **more}
    assert await desk.refused("reportMismatch", given, "teacher") == expected


async def test_steps_that_are_refused(desk: Desk) -> None:
    """Out of turn, without a word where one is needed, of a report that has changed or is none."""
    report = await reported(desk)
    given = steps(report)
    state = ("MISMATCH_STATE", "mismatchId", "6.4")
    for login in ("teacher", "deputy"):
        for name in ("closeMismatch", "reopenMismatch"):
            assert await desk.refused(name, given[name], login) == state
    for name, field in (("answerMismatch", "answer"), ("reopenMismatch", "reason"), ("closeMismatch", "comment")):
        bad = [{field: "я" * 1001}, {field: "\0"}, *([{field: " "}] if field != "comment" else [])]
        for more in bad:
            assert await desk.refused(name, {**given[name], **more}) == ("BAD_INPUT", field, None)
        assert await desk.refused(name, {**given[name], "ifVersion": 7}) == ("CONFLICT", "ifVersion", None)
        for number in (NOWHERE, 1):
            nothing = {**given[name], **of(gid("MismatchReport" if number > 1 else "Lesson", number))}
            code = "NOT_FOUND" if number > 1 else "BAD_ID"
            assert await desk.refused(name, nothing) == (code, "mismatchId", None)
        if name == "answerMismatch":
            await desk.done(name, given[name])
            assert await desk.refused(name, given[name]) == state
    await desk.done("closeMismatch", given["closeMismatch"])
    for name in ("answerMismatch", "closeMismatch"):
        assert await desk.refused(name, given[name]) == state


async def test_another_school_is_not_there(desk: Desk) -> None:
    """Its groups, its subjects, its reports: as if there were none."""
    group, subject = await desk.db.fetchrow(
        "SELECT group_id, subject_id FROM teaching_assignment JOIN school USING (school_id) WHERE code = 'other'"
    )
    own = (await journals(desk, "teacher"))[0]
    foreign = {**own, **missing(), "groupId": gid("StudyGroup", group)}
    assert await desk.refused("reportMismatch", foreign, "teacher") == ("NOT_FOUND", "groupId", None)
    foreign = {**own, **missing(), "subjectId": gid("Subject", subject)}
    assert await desk.refused("reportMismatch", foreign, "teacher") == ("NOT_TAUGHT", "subjectId", "6.4")
    rows = await desk.db.fetch(
        "SELECT id FROM mismatch_report JOIN school USING (school_id) WHERE code = 'other' ORDER BY id"
    )
    assert len(rows) == 4
    for row in rows:
        report = gid("MismatchReport", row["id"])
        for name, given in steps(report).items():
            assert await desk.refused(name, given) == ("NOT_FOUND", "mismatchId", None)
            assert await desk.run(name, given) == await desk.run(name, {**given, **of(gid("MismatchReport", NOWHERE))})
        assert await desk.school.data(f'{{ node(id: "{report}") {{ id }} }}', as_="deputy") == {"node": None}


async def test_a_closed_year_takes_none(desk: Desk) -> None:
    """Neither reports nor steps; what there is can be read."""
    journal = (await journals(desk, "teacher"))[0]
    reports = [await reported(desk) for _ in range(3)]
    for report in reports[1:]:
        await desk.done("answerMismatch", steps(report)["answerMismatch"])
    await desk.db.execute("UPDATE academic_year SET state = 'closed'")
    try:
        closed = ("YEAR_CLOSED", None, "12.2")
        assert await desk.refused("reportMismatch", {**journal, **missing()}, "teacher") == closed
        for report, name in zip(reports, steps(reports[0]), strict=True):
            assert await desk.refused(name, steps(report)[name]) == closed
        assert {each["id"] for each in reports} <= await seen(desk, "teacher")
    finally:
        await desk.db.execute("DROP TRIGGER academic_year_closed ON academic_year")
        await desk.db.execute("UPDATE academic_year SET state = 'open'")


# Reads

_SEEN = "nodes { id state subject { id } group { id schoolClass { id } } }"


async def seen(desk: Desk, login: str, **given: str) -> set[str]:
    """The ids of all reports that somebody finds at the root."""
    narrowed = "".join(f", {name}: {value}" for name, value in given.items())
    query = f"{{ school {{ mismatchReports(first: 100{narrowed}) {{ totalCount {_SEEN} }} }} }}"
    found = (await desk.school.data(query, as_=login))["school"]["mismatchReports"]
    assert found["totalCount"] == len(found["nodes"]) < 100
    return {each["id"] for each in found["nodes"]}


async def everything(desk: Desk, where: str = "true") -> set[str]:
    """The ids of all reports of the school that meet a condition."""
    rows = await desk.db.fetch(
        "SELECT r.id FROM mismatch_report AS r JOIN school USING (school_id)"
        f" JOIN study_group AS g ON g.id = r.group_id WHERE code = 'demo' AND ({where})"
    )
    return {gid("MismatchReport", row["id"]) for row in rows}


async def test_who_finds_which(desk: Desk) -> None:
    """On each way: at the root, from a class, by id, from a gateway."""
    led_groups = {number_of(each) for each in await led(desk)}
    accounts = dict(await desk.db.fetch("SELECT login, min(id) FROM account GROUP BY login"))
    classes = await desk.db.fetch(
        "SELECT DISTINCT class_id FROM study_group JOIN mismatch_report ON group_id = study_group.id"
    )
    expected = {}
    for login in ("teacher", "class-teacher", "teacher-parent"):
        pairs = [f"({number_of(j['groupId'])}, {number_of(j['subjectId'])})" for j in await journals(desk, login)]
        where = f"(r.group_id, r.subject_id) IN ({', '.join(pairs)}) OR reported_by = {accounts[login]}"
        if login == "class-teacher":
            where += f" OR r.group_id IN ({', '.join(map(str, led_groups))})"
        expected[login] = await everything(desk, where)
    expected |= {"deputy": await everything(desk)}
    assert len({frozenset(each) for each in expected.values()}) == 4
    for login, reports in expected.items():
        assert await seen(desk, login) == reports, login
        by_class = set()
        for row in classes:
            query = (
                f'{{ schoolClass(id: "{gid("SchoolClass", row[0])}") {{ mismatchReports(first: 100) {{ {_SEEN} }} }} }}'
            )
            found = await desk.school.data(query, as_=login)
            for each in (found["schoolClass"] or {"mismatchReports": {"nodes": []}})["mismatchReports"]["nodes"]:
                assert each["group"]["schoolClass"]["id"] == gid("SchoolClass", row[0])
                by_class.add(each["id"])
        assert by_class == reports, login
        references = [{"__typename": "MismatchReport", "id": each} for each in sorted(await everything(desk))]
        query = "query($of: [_Any!]!) { _entities(representations: $of) { ... on MismatchReport { id } } }"
        found = (await desk.school.data(query, {"of": references}, as_=login))["_entities"]
        assert {each["id"] for each in found if each} == reports, login
    for report in sorted(await everything(desk))[:5]:
        for login, reports in expected.items():
            answer = await desk.school.data(f'{{ node(id: "{report}") {{ id }} }}', as_=login)
            assert answer == {"node": {"id": report} if report in reports else None}


@pytest.mark.parametrize("login", ["secretary", "hr", "administrator", "student", "parent", "analyst"])
async def test_families_and_the_office_find_none(desk: Desk, login: str) -> None:
    report = await reported(desk)
    assert await desk.school.data(f'{{ node(id: "{report["id"]}") {{ id }} }}', as_=login) == {"node": None}
    answer = await desk.school.ask("{ school { mismatchReports(first: 1) { totalCount } } }", as_=login)
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"BAD_REQUEST"}
    kinds = await desk.school.data("{ __schema { types { name } } }", as_=login)
    assert not [each["name"] for each in kinds["__schema"]["types"] if each["name"].startswith("Mismatch")]


async def test_filters(desk: Desk) -> None:
    """By state, class and subject, each alone and all together; oldest first, in pages."""
    for state in ("open", "answered", "closed"):
        assert await seen(desk, "deputy", state=state.upper()) == await everything(desk, f"state = '{state}'") != set()
    group, subject = await desk.db.fetchrow(
        "SELECT class_id, r.subject_id FROM mismatch_report AS r JOIN study_group AS g ON g.id = group_id ORDER BY r.id"
    )
    of_class, of_subject = f'"{gid("SchoolClass", group)}"', f'"{gid("Subject", subject)}"'
    assert await seen(desk, "deputy", classId=of_class) == await everything(desk, f"class_id = {group}")
    assert await seen(desk, "deputy", subjectId=of_subject) == await everything(desk, f"r.subject_id = {subject}")
    together = {"state": "OPEN", "classId": of_class, "subjectId": of_subject}
    where = f"state = 'open' AND class_id = {group} AND r.subject_id = {subject}"
    assert await seen(desk, "deputy", **together) == await everything(desk, where)
    after, walked = "null", []
    while after:
        query = (
            f"{{ school {{ mismatchReports(first: 3, after: {after})"
            " { nodes { id } pageInfo { endCursor hasNextPage } } } }"
        )
        page = (await desk.school.data(query, as_="deputy"))["school"]["mismatchReports"]
        walked += [each["id"] for each in page["nodes"]]
        after = json.dumps(page["pageInfo"]["endCursor"]) if page["pageInfo"]["hasNextPage"] else ""
    assert walked == sorted(await everything(desk), key=number_of)
    abroad = gid("SchoolClass", NOWHERE)
    assert await seen(desk, "deputy", classId=f'"{abroad}"') == set()


async def test_what_is_put_right_differs_no_more(desk: Desk) -> None:
    """An extra lesson that is cancelled, a missing one that is added, a wrong one that is moved; and back again."""
    group = await desk.group("5Б", "Биол.")
    journal = {"groupId": gid("StudyGroup", group["id"]), "subjectId": gid("Subject", group["subject_id"])}
    why, reporter = {"reason": "Сообщение учителя"}, "class-teacher"
    assert journal["groupId"] in await led(desk)
    rows = await desk.db.fetch(
        "SELECT date FROM lesson WHERE group_id = $1 AND subject_id = $2", group["id"], group["subject_id"]
    )
    taken = {row["date"] for row in rows}
    days = [date(2026, 5, 21) + timedelta(days=each) for each in range(6)]
    extra, wrong, absent = [str(day) for day in days if day.isoweekday() != 7 and day not in taken][:3]
    lessons = [
        await desk.put(group, at, day=date.fromisoformat(day)) for at, day in (("20:00", extra), ("21:00", wrong))
    ]
    dates = [
        {"date": extra, "kind": "EXTRA"},
        {"date": wrong, "kind": "WRONG", "shouldBe": absent},
        {"date": absent, "kind": "MISSING"},
    ]
    report = (await desk.done("reportMismatch", {**journal, "dates": dates}, reporter))["mismatch"]

    async def check(*expected: tuple[str, bool, int]) -> None:
        """Each date, whether it still differs, and how many lessons stand there."""
        named = "dates { date differs lessons { id } }"
        query = f'{{ node(id: "{report["id"]}") {{ ... on MismatchReport {{ {named} }} }} }}'
        found = (await desk.school.data(query, as_=reporter))["node"]["dates"]
        assert {(each["date"], each["differs"], len(each["lessons"])) for each in found} == set(expected)

    await check((extra, True, 1), (wrong, True, 1), (absent, True, 0))
    await desk.done("cancelLesson", {**lesson_id(lessons[0]), **why})
    await check((extra, False, 1), (wrong, True, 1), (absent, True, 0))
    move = {"date": absent, "startsAt": "21:00:00", "endsAt": "21:25:00"}
    await desk.done("moveLesson", {**lesson_id(lessons[1]), **why, **move})
    await check((extra, False, 1), (wrong, False, 0), (absent, False, 1))
    await desk.done("cancelLesson", {**lesson_id(lessons[1]), **why})
    await check((extra, False, 1), (wrong, True, 0), (absent, True, 1))
    await desk.done("restoreLesson", lesson_id(lessons[0]))
    await check((extra, True, 1), (wrong, True, 0), (absent, True, 1))


async def test_the_demo_has_reports_in_every_state(school: Any) -> None:
    """Waiting, answered, closed, taken up again; of some, the dates still differ."""
    query = "{ school { mismatchReports(first: 100) { nodes { state dates { differs } steps { kind } } } } }"
    found = (await school.data(query, as_="deputy"))["school"]["mismatchReports"]["nodes"]
    assert {each["state"] for each in found} == {"OPEN", "ANSWERED", "CLOSED"}
    assert ["ANSWERED", "REOPENED"] in [[step["kind"] for step in each["steps"]] for each in found]
    assert {all(named["differs"] for named in each["dates"]) for each in found} == {True, False}


# At once


async def test_two_answers_at_once(desk: Desk) -> None:
    """One is given; the other finds that there is one."""
    report = await reported(desk)
    given = [{**of(report), "answer": f"Ответ {number}"} for number in range(2)]
    found = await at_once(
        desk, "mismatch_report", report["id"], *(desk.run("answerMismatch", each, "deputy") for each in given)
    )
    assert Counter(each.get("code", "done") for each in found) == {"done": 1, "MISMATCH_STATE": 1}
    done = next(each for each in found if "code" not in each)["mismatch"]
    assert [step["text"] for step in done["steps"]] == [given[[e.get("code") for e in found].index(None)]["answer"]]
    written = await desk.db.fetchval("SELECT count(*) FROM mismatch_step WHERE report_id = $1", number_of(report["id"]))
    assert written == 1


async def test_one_answer_sent_twice_at_once(desk: Desk) -> None:
    """Under one key it is one answer, told twice."""
    report = await reported(desk)
    given = {**of(report), "answer": "Исправлено", "ifVersion": 1, "idempotencyKey": "once"}
    running = [desk.run("answerMismatch", given, "deputy") for _ in range(2)]
    one, other = await asyncio.gather(*running)
    assert one == other
    assert (one["mismatch"]["version"], len(one["mismatch"]["steps"])) == (2, 1)


async def test_closing_and_reopening_at_once(desk: Desk) -> None:
    """The teacher closes what the deputy takes up again: in whichever order, each step follows from the one before."""
    report = await reported(desk)
    await desk.done("answerMismatch", steps(report)["answerMismatch"])
    given = steps(report)
    found = await at_once(
        *(desk, "mismatch_report", report["id"]),
        desk.run("closeMismatch", given["closeMismatch"], "teacher"),
        desk.run("reopenMismatch", given["reopenMismatch"], "deputy"),
    )
    codes = [each.get("code", "done") for each in found]
    assert codes in (["done", "done"], ["MISMATCH_STATE", "done"])
    kinds = [
        row["kind"]
        for row in await desk.db.fetch(
            "SELECT kind FROM mismatch_step WHERE report_id = $1 ORDER BY id", number_of(report["id"])
        )
    ]
    assert kinds == ["answered", *(["closed"] if codes[0] == "done" else []), "reopened"]
    state = MismatchState.OPEN
    for kind in kinds:
        state = state_after(state, MismatchStepKind(kind), "")
    assert (await desk.db.fetchval("SELECT state FROM mismatch_report WHERE id = $1", number_of(report["id"]))) == state


async def test_two_versions_at_once(desk: Desk) -> None:
    """Whoever saw the report before the other's step is told that it has changed."""
    report = await reported(desk)
    given = [{**of(report), "answer": "Исправлено", "ifVersion": 1} for _ in range(2)]
    found = await at_once(
        desk, "mismatch_report", report["id"], *(desk.run("answerMismatch", each, "deputy") for each in given)
    )
    assert Counter(each.get("code", "done") for each in found) == {"done": 1, "CONFLICT": 1}


async def test_one_report_sent_twice_at_once(desk: Desk) -> None:
    journal = (await journals(desk, "teacher"))[0]
    before = len(await everything(desk))
    given = {**journal, **missing(), "idempotencyKey": "one report"}
    one, other = await asyncio.gather(*(desk.run("reportMismatch", given, "teacher") for _ in range(2)))
    assert one == other
    assert len(await everything(desk)) == before + 1
