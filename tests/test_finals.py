"""Period, annual, exam and final marks: who sets them, what is proposed, and that what is not set is told apart."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest

from rules.journal_finals import FINAL_VALUES
from server.demo import Demo

from .finals_help import JUNE, Finals, Pupil, opened
from .journal_help import REPLACED, gid, number_of


@pytest.fixture(scope="module")
async def finals(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Finals]:
    """A school for this module to write in, after the year's last lesson: each test with pupils of its own."""
    async with opened(cluster, demo_template, JUNE) as finals:
        yield finals


async def led(finals: Finals) -> str:
    """The class that the class teacher leads."""
    name: str = await finals.db.fetchval(
        "SELECT c.grade::text || c.letter FROM account AS a JOIN staff AS s USING (school_id, person_id)"
        " JOIN class_leadership AS l ON l.staff_id = s.id JOIN school_class AS c ON c.id = l.class_id"
        " WHERE a.login = 'class-teacher' AND (l.ends_on IS NULL OR l.ends_on > '2026-06-01')"
    )
    return name


# Who sets them.


@pytest.mark.parametrize("value", FINAL_VALUES)
async def test_every_value(finals: Finals, value: str) -> None:
    pupil = await finals.pupil(subject="Биол.", position=FINAL_VALUES.index(value) % 3)
    given = {**pupil.of, "periodId": await finals.period(), "value": value}
    mark = (await finals.done("setPeriodMark", given, "teacher"))["mark"]
    states = {"зач.": "PASSED", "незач.": "NOT_PASSED", "н/а": "NOT_ATTESTED", "осв.": "EXEMPT"}
    assert (mark["value"], mark["state"]) == (value, states.get(value, "MARKED"))
    assert mark["number"] == (int(value) if value.isdigit() else None)
    assert (mark["student"]["id"], mark["subject"]["id"]) == (pupil.student, pupil.subject)


@pytest.mark.parametrize("value", ["", ".", "6", "0", "5 ", "Н", "5\0", "н/а ", "я" * 10_000])
async def test_bad_values(finals: Finals, value: str) -> None:
    pupil = await finals.pupil()
    given = {**pupil.of, "periodId": await finals.period(), "value": value}
    assert await finals.refused("setPeriodMark", given, "teacher") == ("BAD_MARK", "value", "7.7")
    of_year = {**pupil.of, "yearId": await finals.year(), "value": value}
    assert await finals.refused("setAnnualMarks", {"entries": [of_year]}) == ("BAD_MARK", "entries.0.value", "7.9")


COMMANDS = ["setPeriodMark", "setAnnualMark", "setExamMark", "setFinalMark"]


async def given_for(finals: Finals, command: str, pupil: Pupil, value: str = "4") -> dict[str, Any]:
    if command.startswith("setPeriod"):
        return {**pupil.of, "periodId": await finals.period(), "value": value}
    return {**pupil.of, "yearId": await finals.year(), "value": value}


@pytest.mark.parametrize("command", COMMANDS)
async def test_own_subject_and_own_class(finals: Finals, command: str) -> None:
    """The subject teacher in own subject and classes, the class teacher in all subjects of the class (7.7, 7.9)."""
    own, other = await finals.pupil(position=3), await finals.pupil("5Б", "История", 1)
    await finals.done(command, await given_for(finals, command, own), "teacher")
    await finals.done(command, await given_for(finals, command, other), "class-teacher")
    await finals.done(command, await given_for(finals, command, other, "5"), "deputy")
    refused = ("NOT_FOUND", "studentId", None)
    assert await finals.refused(command, await given_for(finals, command, other), "teacher") == refused
    history = await finals.pupil("9Б", "История")
    assert await finals.refused(command, await given_for(finals, command, history), "class-teacher") == refused


@pytest.mark.parametrize("login", ["director", "parent", "student", "secretary", "hr", "administrator", "analyst"])
async def test_nobody_else_may(finals: Finals, login: str) -> None:
    """The commands do not exist for them."""
    names = ("setPeriodMark", "setFinalMarks", "acceptProposedMarks", "removeFinalMark", "closePeriod", "setMarkRule")
    for name in names:
        kind = name[0].upper() + name[1:]
        query = f"mutation($input: {kind}Input!) {{ {name}(input: $input) {{ __typename }} }}"
        answer = await finals.school.ask(query, {"input": {}}, as_=login)
        assert answer["errors"], login


async def test_a_teacher_closes_no_period(finals: Finals) -> None:
    for name in ("closePeriod", "reopenPeriod", "setMarkRule", "removeMarkRule"):
        kind = name[0].upper() + name[1:]
        query = f"mutation($input: {kind}Input!) {{ {name}(input: $input) {{ __typename }} }}"
        assert (await finals.school.ask(query, {"input": {}}, as_="teacher"))["errors"]


async def test_whom_it_is_not_for(finals: Finals) -> None:
    """Neither strangers, nor what a student does not take (7.8), nor a period of a class divided otherwise."""
    pupil, period = await finals.pupil(), await finals.period()
    refused = ("NOT_FOUND", "studentId", None)
    for stranger in (
        {**pupil.of, "studentId": gid("Student", 2**40)},
        {**pupil.of, "subjectId": gid("Subject", 2**40)},
    ):
        assert await finals.refused("setPeriodMark", {**stranger, "periodId": period, "value": "5"}) == refused
    halves = {**pupil.of, "periodId": await finals.period("half_year", 1), "value": "5"}
    assert await finals.refused("setPeriodMark", halves) == refused
    row = await finals.db.fetchrow(
        "SELECT d.student_id, d.subject_id, c.id FROM dropped_subject AS d JOIN enrolment AS e USING (student_id)"
        " JOIN school_class AS c ON c.id = e.class_id JOIN study_group AS g ON g.class_id = c.id AND g.kind = 'whole'"
        " JOIN teaching_assignment AS a ON a.group_id = g.id AND a.subject_id = d.subject_id"
        " WHERE e.ends_on IS NULL AND d.ends_on IS NULL AND a.ends_on > '2026-06-01' LIMIT 1"
    )
    given = {**Pupil(*row).of, "yearId": await finals.year(), "value": "5"}
    assert await finals.refused("setAnnualMark", given) == ("SUBJECT_NOT_TAKEN", "subjectId", "7.8")
    several = {"entries": [{**pupil.of, "yearId": await finals.year(), "value": "5"}, given]}
    assert await finals.refused("setAnnualMarks", several) == ("SUBJECT_NOT_TAKEN", "entries.1.subjectId", "7.8")


async def test_those_taught_at_home_get_period_marks(finals: Finals) -> None:
    """And nothing is proposed for them: their daily marks stand on paper (7.8)."""
    row = await finals.db.fetchrow(
        "SELECT e.student_id, a.subject_id, e.class_id, c.period_kind FROM student AS s JOIN enrolment AS e"
        " ON e.student_id = s.id AND e.ends_on IS NULL JOIN study_group AS g ON g.class_id = e.class_id"
        " JOIN school_class AS c ON c.id = e.class_id"
        " JOIN teaching_assignment AS a ON a.group_id = g.id WHERE taught_at_home AND g.kind = 'whole' LIMIT 1"
    )
    pupil, kind = Pupil(*list(row)[:3]), row["period_kind"]
    given = {**pupil.of, "periodId": await finals.period(kind, 1), "value": "5"}
    mark = (await finals.done("setPeriodMark", given))["mark"]
    assert mark["decision"]["proposed"] is None
    cells = await finals.cells(pupil, fields="value proposal { value }")
    assert {cell["proposal"]["value"] for cell in cells if cell["kind"] == "PERIOD"} == {None}


async def test_too_early_and_twice(finals: Finals, cluster: str, demo_template: tuple[str, Demo]) -> None:
    autumn = JUNE.replace(year=2025, month=10)
    async with opened(cluster, demo_template, autumn) as early:
        given = {**(await early.pupil()).of, "periodId": await early.period(number=2), "value": "5"}
        assert await early.refused("setPeriodMark", given) == ("PERIOD_NOT_BEGUN", "periodId", "7.7")
        await early.done("setPeriodMark", {**given, "periodId": await early.period(number=1)})
    pupil = await finals.pupil()
    entry = {**pupil.of, "yearId": await finals.year(), "value": "5"}
    assert await finals.refused("setAnnualMarks", {"entries": [entry, entry]}) == (
        "BAD_INPUT",
        "entries.1.studentId",
        None,
    )
    assert await finals.refused("setAnnualMarks", {"entries": []}) == ("BAD_INPUT", "entries", None)


async def test_versions_and_taking_back(finals: Finals) -> None:
    pupil = await finals.pupil(subject="Матем.")
    given = {**pupil.of, "periodId": await finals.period(number=1), "value": "3"}
    first = (await finals.done("setPeriodMark", {**given, "ifVersion": 0}))["mark"]
    assert first["version"] == 1
    again = (await finals.done("setPeriodMark", given))["mark"]
    assert again == first, "a repeat does no harm"
    stale = {**given, "value": "4", "ifVersion": 0}
    assert await finals.refused("setPeriodMark", stale) == ("CONFLICT", "ifVersion", None)
    changed = (await finals.done("setPeriodMark", {**stale, "ifVersion": 1}))["mark"]
    assert (changed["value"], changed["version"], changed["id"]) == ("4", 2, first["id"])
    gone = {"markId": first["id"]}
    assert await finals.refused("removeFinalMark", {**gone, "ifVersion": 1}) == ("CONFLICT", "ifVersion", None)
    assert await finals.refused("removeFinalMark", gone, "teacher") == ("NOT_FOUND", "markId", None)
    await finals.done("removeFinalMark", {**gone, "ifVersion": 2})
    assert await finals.refused("removeFinalMark", gone) == ("NOT_FOUND", "markId", None)
    kept = await finals.db.fetch(
        f"SELECT operation, version FROM ({REPLACED}) AS history WHERE relation = 'final_mark' AND row_id = $1"
        " ORDER BY version",
        number_of(first["id"]),
    )
    assert [tuple(row) for row in kept] == [("update", 1), ("delete", 2)]


# What is proposed.


async def test_a_period_mark_is_proposed_from_its_marks(finals: Finals) -> None:
    """By the usual rule, the school's, the subject's own; what was proposed at the decision stays beside it."""
    pupil = await finals.pupil("5Б", "История")
    for day, marks in ((date(2026, 1, 15), [("5", 1), ("4", 3)]), (date(2026, 3, 20), [("4", 1), ("н/а", 5)])):
        await finals.marks(pupil, day, *marks)

    async def proposed() -> tuple[Any, ...]:
        cells = await finals.cells(pupil, fields="proposal { value average counted }")
        (third,) = [cell["proposal"] for cell in cells if cell["period"] == {"number": 3}]
        return tuple(third.values())

    async def formula() -> str:
        """As far as it depends on the rule."""
        cells = await finals.cells(pupil, fields="proposal { formula }")
        (third,) = [cell["proposal"] for cell in cells if cell["period"] == {"number": 3}]
        said: str = third["formula"]
        return said.partition("; без чисел")[0]

    assert await proposed() == ("4", 4.2, 3), "weighted, from a half"
    weighted = "Σ(отметка · вес) / Σ вес, вверх от доли 0,50; меньше 3 отметок и зачётов — «н/а»"
    assert await formula() == weighted
    own = {"subjectId": pupil.subject, "roundUpFrom": 50, "fewestMarks": 3}
    usual = {"roundUpFrom": 60, "weighted": False, "fewestMarks": 4}
    rule = (await finals.done("setMarkRule", {**usual, "ifVersion": 0}))["rule"]
    assert (rule["version"], rule["subject"]) == (1, None)
    assert await proposed() == ("н/а", 4.33, 3), "too few"
    simple = "сумма отметок-чисел / их число, вверх от доли 0,60; меньше 4 отметок и зачётов — «н/а»"
    assert await formula() == simple
    subject = (await finals.done("setMarkRule", {**own, "roundUpFrom": 20, "weighted": True}))["rule"]
    assert await proposed() == ("5", 4.2, 3)
    assert await formula() == weighted.replace("0,50", "0,20")
    stale = {**own, "weighted": False, "ifVersion": 0}
    assert await finals.refused("setMarkRule", stale) == ("CONFLICT", "ifVersion", None)
    assert (await finals.done("setMarkRule", {**own, "weighted": False}))["rule"]["version"] == 2
    assert await proposed() == ("4", 4.33, 3)

    period = await finals.period()
    given = {**pupil.of, "periodId": period, "value": "5"}
    mark = (await finals.done("setPeriodMark", given))["mark"]
    assert (mark["decision"]["proposed"], mark["decision"]["differs"]) == ("4", True)
    await finals.done("removeMarkRule", {"ruleId": subject["id"], "ifVersion": 2})
    assert await proposed() == ("н/а", 4.33, 3)
    (kept,) = [
        cell["mark"]["decision"]
        for cell in await finals.cells(pupil, fields="mark { decision { proposed differs } }")
        if cell["mark"]
    ]
    assert kept == {"proposed": "4", "differs": True}, "as it was at the decision"
    for rules, field in (
        ({"roundUpFrom": 0}, "roundUpFrom"),
        ({"roundUpFrom": 100}, "roundUpFrom"),
        (
            {"fewestMarks": 31},
            "fewestMarks",
        ),
    ):
        assert await finals.refused("setMarkRule", {**usual, **rules}) == ("BAD_INPUT", field, None)
    nowhere = {**usual, "subjectId": gid("Subject", 2**40)}
    assert await finals.refused("setMarkRule", nowhere) == ("NOT_FOUND", "subjectId", None)
    assert await finals.refused("removeMarkRule", {"ruleId": subject["id"]}) == ("NOT_FOUND", "ruleId", None)
    shown = await finals.school.data("{ school { markRules { roundUpFrom subject { id } } } }", as_="teacher")
    assert shown == {"school": {"markRules": [{"roundUpFrom": 60, "subject": None}]}}
    await finals.done("removeMarkRule", {"ruleId": rule["id"]})


async def test_a_year_and_an_end_are_proposed_from_what_is_decided(finals: Finals) -> None:
    pupil, year = await finals.pupil("9А", "Алгебра"), await finals.year()

    async def proposed(kind: str) -> str | None:
        cells = await finals.cells(pupil, fields="proposal { value }")
        (value,) = [cell["proposal"]["value"] for cell in cells if cell["kind"] == kind]
        return value  # type: ignore[no-any-return]

    for number, value in enumerate(("3", "4", "4", "5"), 1):
        assert await proposed("YEAR") is None, "a quarter is not set yet"
        await finals.done("setPeriodMark", {**pupil.of, "periodId": await finals.period(number=number), "value": value})
    assert await proposed("YEAR") == "4"
    assert await proposed("FINAL") is None
    of_year = {**pupil.of, "yearId": year}
    annual = (await finals.done("setAnnualMark", {**of_year, "value": "4"}))["mark"]
    assert annual["decision"] == {"proposed": "4", "differs": False, "decidedBy": annual["decision"]["decidedBy"]}
    assert await proposed("FINAL") == "4"
    assert (await finals.done("setExamMark", {**of_year, "value": "5"}))["mark"]["decision"]["proposed"] is None
    assert await proposed("FINAL") == "5"
    await finals.done("setFinalMarks", {"entries": [{**of_year, "value": "5"}]})
    states = [(cell["kind"], cell["value"]) for cell in await finals.cells(pupil)]
    expected = [("PERIOD", each) for each in "3445"] + [("YEAR", "4"), ("EXAM", "5"), ("FINAL", "5")]
    assert states == expected


async def test_not_set_not_attested_and_exempt_are_three_facts(finals: Finals) -> None:
    """For the family, too; what is proposed, and who decided what against it, is not theirs."""
    row = await finals.db.fetchrow(
        "SELECT e.student_id, a.subject_id, e.class_id FROM account JOIN guardian USING (school_id, person_id)"
        " JOIN guardianship AS w ON w.guardian_id = guardian.id JOIN enrolment AS e ON e.student_id = w.student_id"
        " JOIN study_group AS g ON g.class_id = e.class_id AND g.kind = 'whole'"
        " JOIN teaching_assignment AS a ON a.group_id = g.id WHERE login = 'parent' AND e.ends_on IS NULL"
        " AND a.ends_on > '2026-06-01' ORDER BY a.subject_id LIMIT 1"
    )
    pupil = Pupil(*row)
    kind = await finals.db.fetchval("SELECT period_kind FROM school_class WHERE id = $1", pupil.class_number)
    await finals.done("setPeriodMark", {**pupil.of, "periodId": await finals.period(kind, 1), "value": "н/а"})
    await finals.done("setPeriodMark", {**pupil.of, "periodId": await finals.period(kind, 2), "value": "осв."})
    seen = await finals.cells(pupil, "parent", "value state number mark { value setAt }")
    facts = [(cell["kind"], cell["state"], cell["mark"] and cell["mark"]["value"]) for cell in seen]
    assert facts[:2] == [("PERIOD", "NOT_ATTESTED", "н/а"), ("PERIOD", "EXEMPT", "осв.")]
    assert facts[-3:] == [(each, "NOT_SET", None) for each in ("YEAR", "EXAM", "FINAL")]
    for hidden in ("proposal { value }", "mark { decision { proposed } }"):
        query = f"{{ me {{ children {{ finalMarks {{ {hidden} }} }} }} }}"
        assert (await finals.school.ask(query, as_="parent"))["errors"]
    query = "query($id: ID!) { schoolClass(id: $id) { finalMarks { value } periodClosings { reason } } }"
    assert (await finals.school.ask(query, {"id": gid("SchoolClass", pupil.class_number)}, as_="parent"))["errors"]


# A whole page.


async def test_accepting_what_is_proposed(finals: Finals) -> None:
    """Where nothing is set; a pupil who is not attested is somebody's decision, unless one says so."""
    first, second, third = [await finals.pupil("9А", "Физика", each) for each in range(3)]
    period = await finals.period(number=2)
    for pupil, values in ((first, "555"), (second, "443"), (third, "2")):
        await finals.marks(pupil, date(2025, 11, 20), *((value, 1) for value in values))
    await finals.done("setPeriodMark", {**second.of, "periodId": period, "value": "3"})
    page = {"classId": gid("SchoolClass", first.class_number), "kind": "PERIOD", "subjectId": first.subject}
    assert await finals.refused("acceptProposedMarks", page) == ("BAD_INPUT", "periodId", None)
    wrong = {**page, "kind": "YEAR", "periodId": period}
    assert await finals.refused("acceptProposedMarks", wrong) == ("BAD_INPUT", "periodId", None)
    page["periodId"] = period
    stranger = {**page, "subjectId": (await finals.pupil("9А", "Химия")).subject}
    assert await finals.refused("acceptProposedMarks", stranger, "teacher") == ("NOT_FOUND", "classId", None)
    accepted = (await finals.done("acceptProposedMarks", page))["marks"]
    assert [(each["student"]["id"], each["value"]) for each in accepted] == [(first.student, "5")]
    assert accepted[0]["decision"]["differs"] is False
    rest = (await finals.done("acceptProposedMarks", {**page, "withNotAttested": True}))["marks"]
    assert {each["value"] for each in rest} == {"н/а"}
    assert third.student in {each["student"]["id"] for each in rest}
    assert (await finals.done("acceptProposedMarks", {**page, "withNotAttested": True}))["marks"] == []


SHEET = """query($id: ID!, $period: ID) { schoolClass(id: $id) { finalMarks(periodId: $period) {
  kind state value student { id } subject { id } proposal { value average counted } mark { version } } } }"""
PAGE = """query($class: ID!, $subject: ID!, $period: ID!) {
  journalPage(classId: $class, subjectId: $subject, periodId: $period) { rows { student { id }
    periodMark { value state proposal { value } mark { id decision { differs decidedAt } } } } } }"""


async def test_the_sheet_of_a_class_and_the_page_of_a_journal(finals: Finals) -> None:
    """The class teacher finds all subjects on the sheet, the subject teacher their own; both tell the same."""
    of, period = await led(finals), await finals.period(number=4)
    number = await finals.db.fetchval("SELECT id FROM school_class WHERE grade::text || letter = $1", of)
    given = {"id": gid("SchoolClass", number), "period": period}
    whole = (await finals.school.data(SHEET, given, as_="class-teacher"))["schoolClass"]["finalMarks"]
    assert whole == (await finals.school.data(SHEET, given, as_="deputy"))["schoolClass"]["finalMarks"]
    pairs = {(cell["student"]["id"], cell["subject"]["id"]) for cell in whole}
    assert len(pairs) == len(whole) > 40
    assert all(cell["proposal"] is not None for cell in whole)
    own = (await finals.school.data(SHEET, given, as_="teacher"))["schoolClass"]["finalMarks"]
    assert len(own) < len(whole)
    assert all(cell in whole for cell in own)
    subject = whole[0]["subject"]["id"]
    page = {"class": given["id"], "subject": subject, "period": period}
    rows = (await finals.school.data(PAGE, page, as_="class-teacher"))["journalPage"]["rows"]
    of_page = {
        row["student"]["id"]: (row["periodMark"]["value"], row["periodMark"]["proposal"]["value"])
        for row in rows
        if row["periodMark"]
    }
    of_sheet = {
        cell["student"]["id"]: (cell["value"], cell["proposal"]["value"])
        for cell in whole
        if cell["subject"]["id"] == subject
    }
    assert of_page == of_sheet


async def test_beside_the_lessons_no_mark_is_missing(finals: Finals) -> None:
    """Extracurricular work waits for none, is proposed none, and shows one that is set."""
    pupil = await finals.pupil(subject="Разгов.")
    assert await finals.cells(pupil) == []
    period = await finals.period()
    page = {"classId": gid("SchoolClass", pupil.class_number), "subjectId": pupil.subject, "periodId": period}
    page["kind"] = "PERIOD"
    assert (await finals.done("acceptProposedMarks", {**page, "withNotAttested": True}))["marks"] == []
    await finals.done("setPeriodMark", {**pupil.of, "periodId": period, "value": "зач."})
    assert await finals.cells(pupil) == [
        {"kind": "PERIOD", "period": {"number": 3}, "value": "зач.", "state": "PASSED"},
    ]


async def test_the_day_of_an_exams_results(finals: Finals) -> None:
    """Of a class and a subject that is taught to it, in its year; by the deputy, and seen by whoever teaches there."""
    row = await finals.db.fetchrow(
        "SELECT g.class_id, t.subject_id FROM teaching_assignment AS t JOIN study_group AS g ON g.id = group_id"
        " JOIN school_class AS c ON c.id = g.class_id JOIN academic_year AS y ON y.id = c.year_id"
        " JOIN staff ON staff.id = t.staff_id JOIN account USING (person_id)"
        " WHERE login = 'teacher' AND y.starts_on = '2025-09-01' AND t.ends_on >= '2026-05-20' ORDER BY t.id LIMIT 1"
    )
    of = {"classId": gid("SchoolClass", row["class_id"]), "subjectId": gid("Subject", row["subject_id"])}
    made = (await finals.done("setExamDate", {**of, "announcedOn": "2026-06-11", "ifVersion": 0}))["examDate"]
    assert (made["announcedOn"], made["version"], made["subject"]["id"]) == ("2026-06-11", 1, of["subjectId"])
    stale = {**of, "announcedOn": "2026-06-12", "ifVersion": 0}
    assert await finals.refused("setExamDate", stale) == ("CONFLICT", "ifVersion", None)
    again = (await finals.done("setExamDate", {**of, "announcedOn": "2026-06-12"}))["examDate"]
    assert (again["id"], again["announcedOn"], again["version"]) == (made["id"], "2026-06-12", 2)
    query = "query($id: ID!) { schoolClass(id: $id) { examDates { announcedOn subject { id } } } }"
    for login in ("teacher", "director", "analyst"):
        (seen,) = (await finals.school.data(query, {"id": of["classId"]}, as_=login))["schoolClass"]["examDates"]
        assert (seen["announcedOn"], seen["subject"]["id"]) == ("2026-06-12", of["subjectId"]), login
    for login in ("parent", "student"):
        assert "errors" in await finals.school.ask(query, {"id": of["classId"]}, as_=login), login
    for day in ("2025-08-31", "2026-09-01"):
        assert await finals.refused("setExamDate", {**of, "announcedOn": day}) == (
            "OUTSIDE_YEAR",
            "announcedOn",
            "7.10",
        )
    strange = await finals.db.fetchval(
        "SELECT max(id) FROM subject AS s WHERE NOT EXISTS (SELECT FROM teaching_assignment AS t JOIN study_group AS g"
        " ON g.id = group_id WHERE g.class_id = $1 AND t.subject_id = s.id)",
        row["class_id"],
    )
    given = {**of, "subjectId": gid("Subject", strange), "announcedOn": "2026-06-11"}
    assert await finals.refused("setExamDate", given) == ("NOT_TAUGHT", "subjectId", "7.10")
    nowhere = {**of, "classId": gid("SchoolClass", 10**9), "announcedOn": "2026-06-11"}
    assert await finals.refused("setExamDate", nowhere) == ("NOT_FOUND", "classId", None)
    for login in ("teacher", "director", "secretary", "parent"):
        answer = await finals.school.ask(
            f'mutation {{ setExamDate(input: {{classId: "{of["classId"]}", subjectId: "{of["subjectId"]}"}})'
            " { __typename } }",
            as_=login,
        )
        assert answer["errors"][0]["extensions"]["code"] == "BAD_REQUEST", login
    assert (await finals.done("setExamDate", {**of, "announcedOn": None}))["examDate"] is None
    assert (await finals.school.data(query, {"id": of["classId"]}, as_="teacher"))["schoolClass"]["examDates"] == []
