"""The control of journals (7.11): a hand-made journal with figures counted by hand, and who sees what of it."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest

from resolvers.database import Snapshot
from rules.report_control import CHECKS, FAULTS, IN_TIME, ControlAspect, ControlCheck
from rules.report_deadlines import CONTROLLED, RULES
from server.demo import Demo

from .control_help import FIRST, LAST, Controlled, at, controlled, gid

FIGURE = "{ value good cases }"
FIGURES = f"completeness {FIGURE} timeliness {FIGURE} correctness {FIGURE} checks {{ check clause figure {FIGURE} }}"
ROW = f"staff {{ id }} schoolClass {{ id }} group {{ id }} subject {{ id }} corrections figures {{ {FIGURES} }}"
CONTROL = f"""rows {{ {ROW} }} total {{ {ROW} weeks {{ startsOn figures {{ {FIGURES} }} }} before {{ {FIGURES} }} }}"""
FINDINGS = """findings(first: 100, check: $check) { totalCount nodes { check clause what day key objectId
  staff { id } schoolClass { id } subject { id } lesson { id date } student { id } period { id } } }"""
_GIVEN = "$since: Date!, $until: Date!, $by: ControlBy!"
SCHOOL = f"""query({_GIVEN}, $staff: ID, $class: ID, $subject: ID, $check: ControlCheck) {{ school {{ reports {{
  journalControl(from: $since, until: $until, groupBy: $by, staffId: $staff, classId: $class, subjectId: $subject) {{
    {CONTROL} {FINDINGS} }} }} }} }}"""
OWN = f"""query({_GIVEN}, $check: ControlCheck) {{ me {{ staff {{ reports {{
  journalControl(from: $since, until: $until, groupBy: $by) {{ {CONTROL} {FINDINGS} }} }} }} }} }}"""
OF_CLASS = f"""query($id: ID!, {_GIVEN}) {{ node(id: $id) {{ ... on SchoolClass {{ reports {{
  journalControl(from: $since, until: $until, groupBy: $by) {{ rows {{ {ROW} }} }} }} }} }} }}"""
OF_STAFF = OF_CLASS.replace("SchoolClass", "Staff", 1)

BY_HAND = {
    "TOPIC": (4, 5),
    "ROLL_CALL": (4, 5),
    "HOMEWORK": (3, 5),
    "WRITTEN_WORK": (0, 1),
    "TIMELY_RECORDS": (2, 5),
    "TIMELY_HOMEWORK": (2, 5),
    "TIMELY_WRITTEN_WORK": (0, 1),
    "TOPIC_BY_PLAN": (2, 4),
    "HOURS": (5, 6),
    "MAKE_UP": (1, 2),
    "DEBT": (1, 2),
}
"""What `control_help` has made, counted with a pencil: good cases, and cases."""


@pytest.fixture(scope="module")
async def made(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Controlled]:
    """A journal for this module."""
    async with controlled(cluster, demo_template) as made:
        yield made


def days(first: Any = FIRST, last: Any = LAST, by: str = "JOURNAL") -> dict[str, Any]:
    """What the control is asked for."""
    return {"since": first.isoformat(), "until": last.isoformat(), "by": by}


async def of_journal(made: Controlled, **given: Any) -> Any:
    """The control of the hand-made journal."""
    journal = made.journal
    of = {"staff": gid("Staff", journal["staff_id"]), "subject": gid("Subject", journal["subject_id"])}
    found = await made.ask(SCHOOL, **{**days(), **of, "class": gid("SchoolClass", journal["class_id"]), **given})
    return found["school"]["reports"]["journalControl"]


def shares(figures: Any) -> dict[str, tuple[int, int]]:
    """Good cases and cases of each check."""
    return {each["check"]: (each["figure"]["good"], each["figure"]["cases"]) for each in figures["checks"]}


async def test_figures_counted_by_hand(made: Controlled) -> None:
    found = await of_journal(made)
    (row,) = found["rows"]
    assert shares(row["figures"]) == BY_HAND
    assert shares(found["total"]["figures"]) == BY_HAND
    figures = row["figures"]
    assert figures["completeness"] == {"good": 11, "cases": 16, "value": 68.75}
    assert figures["timeliness"] == {"good": 4, "cases": 11, "value": 36.36}
    assert figures["correctness"] == {"good": 9, "cases": 14, "value": 64.29}
    assert row["group"]["id"] == gid("StudyGroup", made.journal["group_id"])
    assert {each["check"]: each["clause"] for each in figures["checks"]} == {
        each.name: CHECKS[each].clause for each in ControlCheck if each.name in BY_HAND
    }


async def test_weeks_add_up_and_the_days_before_stand_beside(made: Controlled) -> None:
    total = (await of_journal(made))["total"]
    assert [week["startsOn"] for week in total["weeks"]] == ["2026-02-02", "2026-02-09"]
    first, second = (shares(week["figures"]) for week in total["weeks"])
    assert (first["TOPIC"], second["TOPIC"]) == ((2, 3), (2, 2))
    assert (first["HOURS"], second["HOURS"]) == ((3, 4), (2, 2))
    for check, (good, cases) in BY_HAND.items():
        parts = [week[check] for week in (first, second) if check in week]
        assert (sum(g for g, _ in parts), sum(c for _, c in parts)) == (good, cases)
    assert total["before"]["checks"] == []
    later = (await of_journal(made, **days(LAST, LAST.replace(day=28))))["total"]
    assert later["figures"]["checks"] == []
    assert shares(later["before"]) == shares(total["figures"])


async def test_a_period_is_judged_from_its_last_week(made: Controlled) -> None:
    """Too few marks; a mark that is not what the rule proposed; marks that are not set; «н/а» settles the first."""
    journal, end = made.journal, made.journal["period_end"]
    slot = {name: journal[name] for name in ("year_id", "class_id", "subject_id", "period_id")}
    for student, value, proposed in ((0, "н/а", None), (3, "4", "5"), (4, "3", "3")):
        given = {**slot, "student_id": made.students[student], "kind": "period", "value": value, "proposed": proposed}
        await made._add("final_mark", set_at=at(end), changed_at=at(end), **given)
    found = shares((await of_journal(made, until=end.isoformat()))["total"]["figures"])
    there = await made.db.fetchval(
        "SELECT count(*) FROM group_membership AS m JOIN student AS s ON s.id = m.student_id WHERE m.group_id = $1"
        " AND m.starts_on <= (SELECT starts_on FROM period WHERE id = $2) AND coalesce(m.ends_on, $3) >= $3"
        " AND NOT s.taught_at_home AND NOT EXISTS (SELECT FROM dropped_subject AS d"
        " WHERE d.student_id = m.student_id AND d.subject_id = $4)",
        *(journal["group_id"], journal["period_id"], end, journal["subject_id"]),
    )
    assert found["ENOUGH_MARKS"] == (2, there), "three marks, or «н/а»"
    assert found["PERIOD_MARK_BY_RULE"] == (1, 2)
    assert found["PERIOD_MARKS"] == (0, 1)
    assert found["TOPIC"] == BY_HAND["TOPIC"]
    await made.db.execute("DELETE FROM final_mark WHERE period_id = $1", journal["period_id"])


async def test_absences_are_the_class_teachers(made: Controlled) -> None:
    """Three of four have a reason; coming late is none. They stand with whoever led the class on the day."""
    leader = await made.db.fetchval(
        "SELECT staff_id FROM class_leadership WHERE class_id = $1 AND starts_on <= $2 AND coalesce(ends_on, $2) >= $2",
        *(made.journal["class_id"], FIRST),
    )
    of = {"class": gid("SchoolClass", made.journal["class_id"]), "subject": gid("Subject", made.journal["subject_id"])}
    found = await made.ask(SCHOOL, **{**days(by="STAFF"), **of})
    rows = found["school"]["reports"]["journalControl"]["rows"]
    theirs = next(row for row in rows if row["staff"] and row["staff"]["id"] == gid("Staff", leader))
    assert shares(theirs["figures"])["ABSENCE_REASON"] == (3, 4)
    reasons = [shares(row["figures"]).get("ABSENCE_REASON") for row in rows]
    assert reasons.count(None) == len(rows) - 1


async def test_what_is_missing_passes_on(made: Controlled) -> None:
    """To who leads the class now, and who teaches there; an assignment that ended hides nothing (7.11)."""
    journal, until = made.journal, made.journal["period_end"].isoformat()

    async def whose(check: str) -> set[Any]:
        of = {"class": gid("SchoolClass", journal["class_id"]), "subject": gid("Subject", journal["subject_id"])}
        answer = await made.ask(SCHOOL, **{**days(), "until": until}, **of, check=check)
        nodes = answer["school"]["reports"]["journalControl"]["findings"]["nodes"]
        assert nodes
        return {each["staff"] and each["staff"]["id"] for each in nodes}

    checks = ("TOPIC", "ENOUGH_MARKS", "PERIOD_MARKS")
    teacher, (leader,) = gid("Staff", journal["staff_id"]), await whose("ABSENCE_REASON")
    other = await made.db.fetchval("SELECT max(id) FROM staff WHERE dismissed_on IS NULL")
    assert gid("Staff", other) not in (teacher, leader)
    assert [await whose(check) for check in checks] == [{teacher}] * 3
    kept = await made.db.fetch("SELECT id, ends_on FROM class_leadership WHERE class_id = $1", journal["class_id"])
    before = await made.db.fetchval("SELECT ends_on FROM teaching_assignment WHERE id = $1", journal["id"])
    new = []
    try:
        ended = "UPDATE {} SET ends_on = '2026-04-30' WHERE {} = $1 AND coalesce(ends_on, '2026-05-01') > '2026-04-30'"
        await made.db.execute(ended.format("teaching_assignment", "id"), journal["id"])
        await made.db.execute(ended.format("class_leadership", "class_id"), journal["class_id"])
        assert [await whose(check) for check in (*checks, "ABSENCE_REASON")] == [{None}] * 4
        for table, names in (("teaching_assignment", ("group_id", "subject_id")), ("class_leadership", ("class_id",))):
            given = {**{name: journal[name] for name in names}, "staff_id": other, "starts_on": date(2026, 5, 1)}
            new.append((table, await made._add(table, **given)))
        assert [await whose(check) for check in (*checks, "ABSENCE_REASON")] == [{gid("Staff", other)}] * 4
    finally:
        for table, number in new:
            await made.db.execute(f"DELETE FROM {table} WHERE id = $1", number)
        await made.db.execute("UPDATE teaching_assignment SET ends_on = $2 WHERE id = $1", journal["id"], before)
        for row in kept:
            await made.db.execute("UPDATE class_leadership SET ends_on = $2 WHERE id = $1", row["id"], row["ends_on"])


async def test_each_bad_case_is_a_finding(made: Controlled) -> None:
    """With its clause, what is wrong, and the object to act on."""
    found = (await of_journal(made))["findings"]
    bad = {check: cases - good for check, (good, cases) in BY_HAND.items() if ControlCheck[check] in FAULTS}
    counted: dict[str, int] = {}
    for each in found["nodes"]:
        counted[each["check"]] = counted.get(each["check"], 0) + 1
        rule = CHECKS[ControlCheck[each["check"]]]
        assert (each["clause"], each["what"]) == (rule.clause, rule.fault)
        assert each["staff"]["id"] == gid("Staff", made.journal["staff_id"])
    assert counted == {check: count for check, count in bad.items() if count}
    assert found["totalCount"] == sum(bad.values())
    (owed,) = (await of_journal(made, check="DEBT"))["findings"]["nodes"]
    assert owed["objectId"] == gid("Mark", made.marks["owed"])
    assert owed["student"]["id"] == gid("Student", made.students[4])
    (topic,) = (await of_journal(made, check="TOPIC"))["findings"]["nodes"]
    assert topic["objectId"] == topic["lesson"]["id"] == gid("Lesson", made.lessons[2])
    answer = await made.school.ask(SCHOOL, {**days(), "check": "TIMELY_RECORDS"}, as_="deputy")
    assert answer["errors"][0]["extensions"]["code"] == "BAD_INPUT", "what was late cannot be mended"


async def test_every_dimension_has_the_same_cases(made: Controlled) -> None:
    """Rows add up to the total, whatever they are of; and each total is the same."""
    totals = []
    for by in ("STAFF", "SCHOOL_CLASS", "SUBJECT", "JOURNAL"):
        given = {"since": "2026-05-01", "until": "2026-05-20", "by": by}
        found = (await made.ask(SCHOOL, **given))["school"]["reports"]["journalControl"]
        for aspect in ControlAspect:
            for name in ("good", "cases"):
                parts = [row["figures"][aspect.value][name] for row in found["rows"]]
                assert sum(parts) == found["total"]["figures"][aspect.value][name] > 0
        totals.append(shares(found["total"]["figures"]))
        faults = sum(c - g for check, (g, c) in totals[-1].items() if ControlCheck[check] in FAULTS)
        assert found["findings"]["totalCount"] == faults
    assert totals == totals[:1] * 4


async def test_what_the_watch_says_is_what_the_control_counts(made: Controlled) -> None:
    """One source: deadlines kept in time are the obligations that are done, the missing ones are overdue."""
    query = """{ school { obligationCounts(by: [DEADLINE], since: "2026-05-01", until: "2026-05-19") {
      deadline done metLate overdue } } }"""
    watch = {each["deadline"]: each for each in (await made.ask(query))["school"]["obligationCounts"]}
    given = {"since": "2026-05-01", "until": "2026-05-19", "by": "STAFF"}
    found = (await made.ask(SCHOOL, **given))["school"]["reports"]["journalControl"]["total"]["figures"]
    counted = watch["HOMEWORK"]
    assert shares(found)["TIMELY_HOMEWORK"] == (
        counted["done"],
        counted["done"] + counted["metLate"] + counted["overdue"],
    )
    assert shares(found)["HOMEWORK"] == (
        counted["done"] + counted["metLate"],
        counted["done"] + counted["metLate"] + counted["overdue"],
    )
    assert set(CONTROLLED) < set(IN_TIME)
    assert {RULES[each].clause for each in IN_TIME} == {*(RULES[each].clause for each in CONTROLLED), "13.2"}


async def test_teachers_see_what_is_theirs(made: Controlled) -> None:
    """A teacher the own journals, a class teacher the own class; the director and the deputies everybody's."""
    own = (await made.ask(OWN, "teacher", **days()))["me"]["staff"]["reports"]["journalControl"]
    assert shares(own["total"]["figures"])["DEBT"] == BY_HAND["DEBT"]
    assert {row["staff"]["id"] for row in own["rows"]} == {gid("Staff", made.journal["staff_id"])}
    assert {each["staff"]["id"] for each in own["findings"]["nodes"]} == {gid("Staff", made.journal["staff_id"])}
    for of, query, type_name in (("class_id", OF_CLASS, "SchoolClass"), ("staff_id", OF_STAFF, "Staff")):
        given = {**days(), "id": gid(type_name, made.journal[of])}
        for who in ("deputy", "director"):
            reports = (await made.ask(query, who, **given))["node"]["reports"]
            assert reports["journalControl"]["rows"], "theirs is every journal"
    led = await made.db.fetchval(
        "SELECT l.class_id FROM class_leadership AS l JOIN staff AS s ON s.id = l.staff_id"
        " JOIN account AS a ON a.person_id = s.person_id WHERE a.login = 'class-teacher'"
        " AND '2026-05-20' BETWEEN l.starts_on AND coalesce(l.ends_on, '2026-05-20')"
    )
    mine = {**days(by="STAFF"), "id": gid("SchoolClass", led), "since": "2026-05-01", "until": "2026-05-20"}
    rows = (await made.ask(OF_CLASS, "class-teacher", **mine))["node"]["reports"]["journalControl"]["rows"]
    assert len({row["staff"]["id"] for row in rows if row["staff"]}) > 1, "all who teach the class"
    others = await made.ask(OF_CLASS, "teacher", **mine)
    assert others["node"]["reports"] is None
    stranger = {**days(), "id": gid("Staff", made.journal["staff_id"])}
    assert (await made.ask(OF_STAFF, "class-teacher", **stranger))["node"]["reports"] is None


async def test_nobody_else_has_the_field(made: Controlled) -> None:
    for who in ("administrator", "secretary", "hr", "parent", "student", "analyst", "teacher"):
        answer = await made.school.ask(SCHOOL, days(), as_=who)
        assert "errors" in answer, who
        assert "data" not in answer or answer["data"] is None
    for who in ("parent", "student", "analyst"):
        answer = await made.school.ask(OF_CLASS, {**days(), "id": gid("SchoolClass", 1)}, as_=who)
        assert answer["errors"], who


async def test_the_number_of_statements_does_not_grow(made: Controlled, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[str] = []
    fetch = Snapshot.fetch

    async def counting(snapshot: Snapshot, statement: Any, *args: Any, **kwargs: Any) -> Any:
        counted.append(statement.text)
        return await fetch(snapshot, statement, *args, **kwargs)

    monkeypatch.setattr(Snapshot, "fetch", counting)
    numbers = []
    for since in ("2026-05-18", "2026-04-27"):
        counted.clear()
        await made.ask(SCHOOL, since=since, until="2026-05-20", by="JOURNAL")
        numbers.append(len(counted))
    assert numbers[0] == numbers[1] <= 22
