"""Remarks (7.11): written, answered, ended, mended by themselves; by whom they are seen, and by nobody else."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date
from typing import Any

import pytest

from migrations.run import downgrade, upgrade
from rules.report_control import CHECKS, FAULTS, ControlCheck
from server.clock import Clock
from server.demo import Demo

from .control_help import FIRST, LAST, Controlled, at, controlled, gid
from .live_help import REMARKS, following
from .oracle_walk import Id
from .test_websocket import listening

SHOWN = """id state clause text finding mended key dueOn madeAt answer answeredAt closedAt withdrawnAt comment version
  staff { id } madeBy { id } closedBy { id } schoolClass { id } group { id } subject { id } lesson { id }
  period { id } student { id }"""
REMARK = f"remark {{ {SHOWN} }}"
SCHOOL = f"""query($state: RemarkState, $staff: ID) {{ school {{ remarks(first: 100, state: $state, staffId: $staff) {{
  totalCount nodes {{ {SHOWN} }} }} }} }}"""
OWN = (
    f"query($state: RemarkState) {{ me {{ remarks(first: 100, state: $state) {{ totalCount nodes {{ {SHOWN} }} }} }} }}"
)
NODE = f"query($id: ID!) {{ node(id: $id) {{ id ... on Remark {{ {SHOWN} }} }} }}"
FOUND = """query($check: ControlCheck!, $since: Date!, $until: Date!, $subject: ID!, $class: ID!) { school { reports {
  journalControl(from: $since, until: $until, groupBy: STAFF, subjectId: $subject, classId: $class) {
    findings(first: 100, check: $check) { nodes { key objectId student { id } } } } } } }"""


OF_YEAR = {"FINAL_MARK_BY_RULE", "FINAL_MARKS"}
YEAR_END = date(2026, 5, 31)


@pytest.fixture(scope="module")
async def made(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Controlled]:
    """A journal for this module, with the marks of its period and what else is found fault with at its end."""
    async with controlled(cluster, demo_template) as made:
        await _more(made)
        yield made


async def _more(made: Controlled) -> None:
    """Marks of period and year that are not what was proposed, one in a subject that is not taken, an outage."""
    journal, end = made.journal, at(made.journal["period_end"])
    slot = {name: journal[name] for name in ("year_id", "class_id", "subject_id")}
    stamps = {"set_at": end, "changed_at": end}
    period = {"kind": "period", "period_id": journal["period_id"]}
    for student, given in ((3, {**period, "value": "4", "proposed": "5"}), (4, {**period, "value": "3"})):
        await made._add("final_mark", **slot, **stamps, **given, student_id=made.students[student])
    await made._add("final_mark", **slot, **stamps, kind="year", value="2", proposed="5", student_id=made.students[0])
    await made.lesson(17, own="Чтение")
    times = {"startedAt": "2026-02-17T08:00:00", "endedAt": "2026-02-17T20:00:00"}
    await made.do("deputy", "declareOutage", times)
    days = {"starts_on": date(2026, 3, 20), "ends_on": date(2026, 4, 1)}
    await made._add("dropped_subject", student_id=made.students[4], subject_id=journal["subject_id"], **days)


async def found(made: Controlled, check: str) -> list[Any]:
    """What the control finds of a kind in the journal: until the end of its period, of the year until its own."""
    journal = made.journal
    until = YEAR_END if check in OF_YEAR else journal["period_end"]
    given = {"check": check, "since": FIRST.isoformat(), "until": until.isoformat()}
    of = {"subject": gid("Subject", journal["subject_id"]), "class": gid("SchoolClass", journal["class_id"])}
    answer = await made.ask(FOUND, **given, **of)
    return answer["school"]["reports"]["journalControl"]["findings"]["nodes"]  # type: ignore[no-any-return]


async def remarked(made: Controlled, **given: Any) -> Any:
    """A new remark."""
    return (await made.do("deputy", "writeRemark", given, REMARK))["remark"]


async def now(made: Controlled, remark: Any, as_: str = "deputy") -> Any:
    """What it has become."""
    return (await made.ask(NODE, as_, id=remark["id"]))["node"]


Mend = Callable[[Controlled, Any], Awaitable[Any]]


def _lesson(name: str, place: int, **given: Any) -> Mend:
    async def mend(made: Controlled, finding: Any) -> None:
        await made.do("teacher", name, {"lessonId": gid("Lesson", made.lessons[place]), **given})

    return mend


def _mark(task: int, student: int, value: str, **given: Any) -> Mend:
    async def mend(made: Controlled, finding: Any) -> None:
        of = {"taskId": gid("Task", made.tasks[task]), "studentId": gid("Student", made.students[student])}
        await made.do("teacher", "setMark", {**of, "value": value, **given})

    return mend


async def _by_plan(made: Controlled, finding: Any) -> None:
    given = {"lessonId": finding["objectId"], "topicId": gid("Topic", made.journal["topic_id"])}
    await made.do("teacher", "placeTopic", given)
    await made.do("teacher", "recordLesson", {"lessonId": finding["objectId"], "topic": made.journal["topic"]})


async def _all_marked(made: Controlled, finding: Any) -> None:
    """The rest of who wrote it is marked."""
    rows = await made.db.fetch(
        "SELECT m.student_id FROM group_membership AS m JOIN student AS s ON s.id = m.student_id"
        " WHERE m.group_id = $1 AND m.starts_on <= '2026-02-10' AND coalesce(m.ends_on, '2026-02-10') >= '2026-02-10'"
        " AND NOT s.taught_at_home AND NOT EXISTS (SELECT FROM dropped_subject AS d"
        " WHERE d.student_id = m.student_id AND d.subject_id = $2 AND d.starts_on <= '2026-02-10'"
        " AND coalesce(d.ends_on, '2026-02-10') >= '2026-02-10')"
        " AND NOT EXISTS (SELECT FROM mark WHERE task_id = $3 AND student_id = m.student_id)",
        *(made.journal["group_id"], made.journal["subject_id"], made.tasks[1]),
    )
    task = gid("Task", made.tasks[1])
    entries = [{"taskId": task, "studentId": gid("Student", row[0]), "value": "4"} for row in rows]
    assert entries
    await made.do("teacher", "setMarks", {"entries": entries})


async def _added(made: Controlled, finding: Any) -> None:
    """A lesson more."""
    journal = made.journal
    of = {"groupId": gid("StudyGroup", journal["group_id"]), "subjectId": gid("Subject", journal["subject_id"])}
    await made.do("deputy", "addLesson", {**of, "date": "2026-05-21", "number": 0, "reason": "Восполнение"})


async def _reason(made: Controlled, finding: Any) -> None:
    given = {"studentId": finding["student"]["id"], "lessonId": gid("Lesson", made.lessons[0]), "code": "ILLNESS"}
    await made.do("deputy", "markAttendance", given)


async def _periods(made: Controlled, finding: Any) -> None:
    """Every mark of the period is set, as it is proposed."""
    journal = made.journal
    of = {"classId": gid("SchoolClass", journal["class_id"]), "periodId": gid("Period", journal["period_id"])}
    more = {"subjectId": gid("Subject", journal["subject_id"]), "kind": "PERIOD", "withNotAttested": True}
    await made.do("teacher", "acceptProposedMarks", {**of, **more})


async def _decided(made: Controlled, finding: Any) -> None:
    """Too few marks to go by: «н/а» is decided."""
    of = {"subjectId": gid("Subject", made.journal["subject_id"]), "periodId": gid("Period", made.journal["period_id"])}
    await made.do("teacher", "setPeriodMark", {**of, "studentId": finding["student"]["id"], "value": "н/а"})


async def _as_proposed(made: Controlled, finding: Any) -> None:
    of = {"subjectId": gid("Subject", made.journal["subject_id"]), "periodId": gid("Period", made.journal["period_id"])}
    await made.do("teacher", "setPeriodMark", {**of, "studentId": finding["student"]["id"], "value": "5"})


async def _year_as_proposed(made: Controlled, finding: Any) -> None:
    """Once every period is decided something is proposed, and a mark that is set anew is held against that."""
    journal, student = made.journal, finding["student"]["id"]
    ids = {"subjectId": gid("Subject", journal["subject_id"]), "yearId": gid("AcademicYear", journal["year_id"])}
    of = {**ids, "studentId": student}
    left = await made.db.fetch(
        "SELECT id FROM period AS p WHERE p.year_id = $1 AND p.kind = 'quarter' AND NOT EXISTS (SELECT FROM final_mark"
        " AS f WHERE f.period_id = p.id AND f.subject_id = $2 AND f.student_id = $3)",
        *(journal["year_id"], journal["subject_id"], Id.read(student).number),
    )
    for row in left:
        given = {"subjectId": ids["subjectId"], "periodId": gid("Period", row["id"]), "studentId": student}
        await made.do("teacher", "setPeriodMark", {**given, "value": "4"})
    shown = "mark { value decision { proposed } }"
    mark = (await made.do("teacher", "setAnnualMark", {**of, "value": "3"}, shown))["mark"]
    mark = (await made.do("teacher", "setAnnualMark", {**of, "value": mark["decision"]["proposed"]}, shown))["mark"]
    assert mark["value"] == mark["decision"]["proposed"]


async def _year(made: Controlled, finding: Any) -> None:
    """Every mark of the year is set."""
    journal = made.journal
    rows = await made.db.fetch(
        "SELECT m.student_id FROM group_membership AS m WHERE m.group_id = $1 AND $4 BETWEEN m.starts_on"
        " AND coalesce(m.ends_on, $4) AND NOT EXISTS (SELECT FROM final_mark AS f WHERE f.student_id = m.student_id"
        " AND f.kind = 'year' AND f.year_id = $2 AND f.subject_id = $3)",
        *(journal["group_id"], journal["year_id"], journal["subject_id"], YEAR_END),
    )
    of = {"subjectId": gid("Subject", journal["subject_id"]), "yearId": gid("AcademicYear", journal["year_id"])}
    entries = [{**of, "studentId": gid("Student", row[0]), "value": "4"} for row in rows]
    assert entries
    await made.do("teacher", "setAnnualMarks", {"entries": entries})


async def _not_marked(made: Controlled, finding: Any) -> None:
    await made.do("deputy", "removeFinalMark", {"markId": finding["objectId"]})


MENDS: dict[str, Mend] = {
    "TOPIC": _lesson("recordLesson", 2, topic="Повторение"),
    "ROLL_CALL": _lesson("takeRollCall", 4, absent=[]),
    "HOMEWORK": _lesson("assignHomework", 2, text="§ 2"),
    "WRITTEN_WORK": _all_marked,
    "ENOUGH_MARKS": _decided,
    "TOPIC_BY_PLAN": _by_plan,
    "HOURS": _added,
    "MAKE_UP": _mark(0, 0, "4", madeUpOn="2026-02-20"),
    "DEBT": _mark(1, 4, "3", madeUpOn="2026-02-20"),
    "ABSENCE_REASON": _reason,
    "PERIOD_MARK_BY_RULE": _as_proposed,
    "SUBJECT_TAKEN": _not_marked,
    "PERIOD_MARKS": _periods,
    "OUTAGE_RECORDS": _lesson("takeRollCall", 6, absent=[]),
    "FINAL_MARK_BY_RULE": _year_as_proposed,
    "FINAL_MARKS": _year,
}
"""How each kind of finding is mended, by the command that anybody would give."""


def test_every_kind_is_mended() -> None:
    assert {check.name for check in FAULTS} == MENDS.keys()


@pytest.mark.parametrize("check", ["PERIOD_MARKS", "FINAL_MARKS", "ENOUGH_MARKS", "SUBJECT_TAKEN", "OUTAGE_RECORDS"])
async def test_another_teacher_does_not_mend_it(made: Controlled, check: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is found is the journal's: marks that are missing are missing whoever teaches there now."""
    if check in OF_YEAR:
        monkeypatch.setattr(Clock, "now", lambda clock: at(date(2026, 6, 3)))
    journal = made.journal
    finding, *_ = await found(made, check)
    remark = await remarked(made, finding=finding["key"])
    moved = (
        "WITH old AS (UPDATE teaching_assignment SET ends_on = '2025-09-30' WHERE id = $1 RETURNING *)"
        " INSERT INTO teaching_assignment (school_id, staff_id, group_id, subject_id, starts_on)"
        " SELECT school_id, (SELECT min(id) FROM staff WHERE id <> old.staff_id), group_id, subject_id, '2025-10-01'"
        " FROM old RETURNING id"
    )
    before = await made.db.fetchval("SELECT ends_on FROM teaching_assignment WHERE id = $1", journal["id"])
    new = await made.db.fetchval(moved, journal["id"])
    try:
        assert finding["key"] in {each["key"] for each in await found(made, check)}
        await made.school.app.state.keeper.mend()
        assert (await now(made, remark))["state"] == "OPEN"
    finally:
        await made.db.execute("DELETE FROM teaching_assignment WHERE id = $1", new)
        await made.db.execute("UPDATE teaching_assignment SET ends_on = $2 WHERE id = $1", journal["id"], before)
        await made.do("deputy", "withdrawRemark", {"remarkId": remark["id"], "reason": "Проверка"})


async def test_standing_remarks_keep_what_they_are_about(made: Controlled, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that were written while findings were known by the assignment are known by the journal afterwards."""
    monkeypatch.setattr(Clock, "now", lambda clock: at(date(2026, 6, 3)))
    checks = ("PERIOD_MARKS", "FINAL_MARKS", "ENOUGH_MARKS", "SUBJECT_TAKEN", "OUTAGE_RECORDS", "TOPIC")
    written = [await remarked(made, finding=(await found(made, check))[0]["key"]) for check in checks]
    keys = "SELECT finding, key0, key1, key2 FROM remark WHERE finding IS NOT NULL ORDER BY id"
    before = await made.db.fetch(keys)
    await downgrade(made.school.url, "0049")
    between = await made.db.fetch(keys)
    assert {new["finding"] for new, old in zip(between, before, strict=True) if new != old} == {
        each.lower() for each in checks if each != "TOPIC"
    }
    await upgrade(made.school.url)
    assert await made.db.fetch(keys) == before
    for remark in written:
        assert (await now(made, remark))["state"] == "OPEN"
        await made.do("deputy", "withdrawRemark", {"remarkId": remark["id"], "reason": "Проверка"})


@pytest.mark.parametrize("check", MENDS)
async def test_what_is_mended_closes_itself(made: Controlled, check: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """At once for whoever looks; when, is written down by the keeper; and it stays closed."""
    if check in OF_YEAR:
        monkeypatch.setattr(Clock, "now", lambda clock: at(date(2026, 6, 3)))
    finding, *_ = await found(made, check)
    remark = await remarked(made, finding=finding["key"], dueOn="2026-06-10")
    rule = CHECKS[ControlCheck[check]]
    assert (remark["state"], remark["clause"], remark["text"]) == ("OPEN", rule.clause, rule.fault)
    assert (remark["finding"], remark["key"], remark["mended"]) == (check, finding["key"], False)
    assert remark["subject"]["id"] == gid("Subject", made.journal["subject_id"])
    await made.school.app.state.keeper.mend()
    assert (await now(made, remark))["state"] == "OPEN"
    twice = await made.run("deputy", "writeRemark", {"finding": finding["key"]})
    assert (twice["code"], twice["field"], twice["clause"]) == ("REMARK_STANDS", "finding", "7.11")
    await MENDS[check](made, finding)
    seen = await now(made, remark)
    assert (seen["state"], seen["mended"], seen["closedAt"], seen["closedBy"]) == ("CLOSED", True, None, None)
    late = await made.run("deputy", "withdrawRemark", {"remarkId": remark["id"], "reason": "Не нужно"})
    assert (late["code"], late["field"]) == ("REMARK_STATE", "remarkId")
    gone = await made.run("deputy", "writeRemark", {"finding": finding["key"]})
    assert (gone["code"], gone["field"]) == ("NOT_FOUND", "finding")
    await made.school.app.state.keeper.mend()
    seen = await now(made, remark)
    assert (seen["state"], seen["mended"]) == ("CLOSED", True)
    assert seen["closedAt"]


async def test_what_comes_back_before_it_is_written_down_is_open_again(made: Controlled) -> None:
    """After that it is a new matter, which may be remarked upon anew."""
    keeper, lesson = made.school.app.state.keeper, await made.lesson(11)
    (finding,) = (each for each in await found(made, "TOPIC") if each["objectId"] == gid("Lesson", lesson))
    remark = await remarked(made, finding=finding["key"])

    async def topic(text: str | None) -> str:
        await made.do("teacher", "recordLesson", {"lessonId": gid("Lesson", lesson), "topic": text})
        return str((await now(made, remark))["state"])

    assert [await topic("Тема"), await topic(None), await topic("Тема")] == ["CLOSED", "OPEN", "CLOSED"]
    await keeper.mend()
    assert await topic(None) == "CLOSED"
    again = await remarked(made, finding=finding["key"])
    assert again["id"] != remark["id"]
    await topic("Тема")
    await keeper.mend()
    entry = await made.db.fetchrow("SELECT * FROM audit_entry WHERE command = 'closeMendedRemarks' ORDER BY id DESC")
    assert entry["account_id"] is None


async def test_the_teacher_answers_and_the_deputy_ends_it(made: Controlled) -> None:
    lesson = gid("Lesson", made.lessons[0])
    text = "Тема записана неразборчиво."
    remark = await remarked(made, lessonId=lesson, clause="7.2", text=text)
    assert (remark["state"], remark["clause"], remark["text"]) == ("OPEN", "7.2", text)
    assert remark["staff"]["id"] == gid("Staff", made.journal["staff_id"])
    assert remark["lesson"]["id"] == lesson
    of = {"remarkId": remark["id"]}
    answer = {**of, "answer": "Исправлю завтра.", "ifVersion": 1}
    answered = (await made.do("teacher", "answerRemark", answer, REMARK))["remark"]
    assert (answered["state"], answered["answer"], answered["version"]) == ("ANSWERED", "Исправлю завтра.", 2)
    assert (await made.run("teacher", "answerRemark", answer))["code"] == "CONFLICT"
    assert (await made.run("teacher", "answerRemark", {**of, "answer": " "}))["code"] == "BAD_INPUT"
    closed = (await made.do("deputy", "closeRemark", {**of, "comment": "Принято."}, REMARK))["remark"]
    assert (closed["state"], closed["mended"], closed["comment"]) == ("CLOSED", False, "Принято.")
    assert closed["closedBy"]["id"] == closed["madeBy"]["id"]
    for name, who, more in (
        ("answerRemark", "teacher", {"answer": "Ещё"}),
        ("closeRemark", "deputy", {}),
        ("withdrawRemark", "deputy", {"reason": "Зря"}),
    ):
        refused = await made.run(who, name, {**of, **more})
        assert (refused["code"], refused["clause"]) == ("REMARK_STATE", "7.11")
    kept = await made.db.fetch(
        "SELECT row->>'answer' AS answer FROM history WHERE relation = 'remark' AND row_id = $1 ORDER BY version",
        await number(made, remark),
    )
    assert [row["answer"] for row in kept] == [None, "Исправлю завтра."]
    journal = await remarked(
        made, assignmentId=gid("TeachingAssignment", made.journal["id"]), clause="7.4", text="Поздно."
    )
    back = {"remarkId": journal["id"], "reason": "Ошибка."}
    withdrawn = (await made.do("deputy", "withdrawRemark", back, REMARK))["remark"]
    assert (withdrawn["state"], withdrawn["comment"], withdrawn["mended"]) == ("WITHDRAWN", "Ошибка.", False)


async def number(made: Controlled, remark: Any) -> int:
    """The row's number."""
    numbers = await made.db.fetch("SELECT id FROM remark")
    return next(row["id"] for row in numbers if gid("Remark", row["id"]) == remark["id"])


async def test_what_cannot_be_written_is_refused(made: Controlled) -> None:
    lesson = {"lessonId": gid("Lesson", made.lessons[0])}
    said = {"clause": "7.4", "text": "Поздно."}
    for given, code, field in (
        (said, "BAD_INPUT", "finding"),
        ({**said, **lesson, "staffId": gid("Staff", 1)}, "BAD_INPUT", "finding"),
        ({**lesson, "text": "Поздно."}, "BAD_INPUT", "clause"),
        ({**lesson, **said, "clause": "3.2"}, "BAD_INPUT", "clause"),
        ({**lesson, "clause": "7.4"}, "BAD_INPUT", "text"),
        ({**lesson, **said, "text": "а" * 10_001}, "BAD_INPUT", "text"),
        ({**lesson, **said, "dueOn": "2026-05-19"}, "BAD_INPUT", "dueOn"),
        ({"finding": "topic:1"}, "BAD_INPUT", "finding"),
        ({"finding": "timely_records:1:0:0"}, "BAD_INPUT", "finding"),
        ({"finding": f"topic:{'9' * 18}:0:0"}, "NOT_FOUND", "finding"),
        ({"finding": "topic:1:0:0", "clause": "7.4"}, "BAD_INPUT", "clause"),
        ({**said, "lessonId": gid("Lesson", 10**9)}, "NOT_FOUND", "lessonId"),
        ({**said, "assignmentId": gid("TeachingAssignment", 10**9)}, "NOT_FOUND", "assignmentId"),
        ({**said, "staffId": gid("Staff", 10**9)}, "NOT_FOUND", "staffId"),
    ):
        refused = await made.run("deputy", "writeRemark", given)
        assert (refused.get("code"), refused.get("field")) == (code, field), (given, refused)
    office = await made.db.fetchval(
        "SELECT s.id FROM staff AS s JOIN account AS a ON a.person_id = s.person_id WHERE a.login = 'secretary'"
    )
    nobody = await made.run("deputy", "writeRemark", {**said, "staffId": gid("Staff", office)})
    assert (nobody["code"], nobody["field"]) == ("NOT_FOUND", "staffId"), "who does not teach sees no remarks"
    to_come = await made.db.fetchval("SELECT max(id) FROM lesson WHERE date > '2026-05-20' AND state = 'planned'")
    early = await made.run("deputy", "writeRemark", {**said, "lessonId": gid("Lesson", to_come)})
    assert (early["code"], early["field"]) == ("LESSON_NOT_YET", "lessonId")
    once = {**said, "staffId": gid("Staff", made.journal["staff_id"]), "idempotencyKey": "once"}
    first, second = await remarked(made, **once), await remarked(made, **once)
    assert first["id"] == second["id"]


async def test_it_is_seen_by_whom_it_is_to_and_by_those_who_control(made: Controlled) -> None:
    """Nobody else, on any path: not the class teacher, not a colleague, not whoever keeps cards."""
    text = "Домашнее задание поздно."
    remark = await remarked(made, lessonId=gid("Lesson", made.lessons[1]), clause="7.4", text=text)
    for who in ("deputy", "director", "teacher"):
        assert (await now(made, remark, who))["text"] == text
        rows = (await made.ask(SCHOOL, who))["school"]["remarks"]["nodes"]
        assert remark["id"] in {row["id"] for row in rows}
    own = (await made.ask(OWN, "teacher", state="OPEN"))["me"]["remarks"]
    assert remark["id"] in {row["id"] for row in own["nodes"]}
    assert own["totalCount"] == len(own["nodes"])
    assert (await made.ask(NODE, "class-teacher", id=remark["id"]))["node"] is None
    school = (await made.ask(SCHOOL, "class-teacher"))["school"]["remarks"]
    mine = (await made.ask(OWN, "class-teacher"))["me"]["remarks"]
    assert school == mine, "a colleague finds the own ones, on either path"
    assert len({row["staff"]["id"] for row in mine["nodes"]} | {remark["staff"]["id"]}) == 2
    assert (await made.run("class-teacher", "answerRemark", {"remarkId": remark["id"], "answer": "Я"}))["code"] == (
        "NOT_FOUND"
    )
    for who in ("administrator", "secretary", "hr", "parent", "student", "analyst"):
        for query, given in ((SCHOOL, {}), (OWN, {}), (NODE, {"id": remark["id"]})):
            answer = await made.school.ask(query, given, as_=who)
            assert "errors" in answer, (who, query)
            assert "поздно" not in str(answer.get("data"))
    for who, name, given in (
        ("teacher", "writeRemark", {"lessonId": gid("Lesson", made.lessons[1])}),
        ("director", "writeRemark", {"lessonId": gid("Lesson", made.lessons[1])}),
        ("teacher", "closeRemark", {"remarkId": remark["id"]}),
        ("deputy", "answerRemark", {"remarkId": remark["id"], "answer": "За него"}),
    ):
        kind = name[0].upper() + name[1:]
        query = f"mutation($input: {kind}Input!) {{ {name}(input: $input) {{ __typename }} }}"
        assert "errors" in await made.school.ask(query, {"input": given}, as_=who), (who, name)


async def test_it_is_told_live(made: Controlled, tmp_path: Any) -> None:
    """The teacher hears of each remark, of the answer, and of its closing by itself; a colleague hears of nothing."""
    lesson = await made.lesson(12)
    (finding,) = (each for each in await found(made, "TOPIC") if each["objectId"] == gid("Lesson", lesson))
    async with listening(made.school, tmp_path) as address:
        token, other = await made.school.token("teacher"), await made.school.token("class-teacher")
        async with (
            following(address, token, REMARKS, {}) as heard,
            following(address, other, REMARKS, {}) as colleague,
        ):
            await heard.next()
            await colleague.next()
            remark = await remarked(made, finding=finding["key"])
            (change,) = await heard.next()
            assert (change["kind"], change["remark"]["id"]) == ("REMARK", remark["id"])
            await made.do("teacher", "answerRemark", {"remarkId": remark["id"], "answer": "Сейчас"})
            (change,) = await heard.next()
            assert change["remark"]["state"] == "ANSWERED"
            await made.do("teacher", "recordLesson", {"lessonId": gid("Lesson", lesson), "topic": "Тема"})
            await made.school.app.state.keeper.mend()
            (change,) = await heard.next()
            assert change["remark"]["state"] == "CLOSED"
            assert await colleague.all() == []


async def test_a_closed_year_keeps_its_remarks(made: Controlled) -> None:
    """What stood when the year was closed stands: the keeper leaves it alone."""
    assert made.journal["period_end"] > LAST
    lesson = await made.lesson(13)
    (finding,) = (each for each in await found(made, "TOPIC") if each["objectId"] == gid("Lesson", lesson))
    remark = await remarked(made, finding=finding["key"])
    await made.do("teacher", "recordLesson", {"lessonId": gid("Lesson", lesson), "topic": "Тема"})
    free = await remarked(made, lessonId=gid("Lesson", lesson), clause="7.4", text="Поздно.")
    year = made.journal["year_id"]
    await made.db.execute("UPDATE academic_year SET state = 'closed' WHERE id = $1", year)
    await made.school.app.state.keeper.mend()
    assert (await now(made, remark))["closedAt"] is None
    refused = await made.run("deputy", "closeRemark", {"remarkId": free["id"]})
    assert refused["code"] == "YEAR_CLOSED"
