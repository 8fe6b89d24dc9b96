"""«Сводная ведомость учёта посещаемости» and «Отчёт классного руководителя» beside a plain count (10.4)."""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from resolvers.database import Snapshot, Statement
from rules.report_attendance import AttendanceCounts
from rules.report_groups import StudentGroup, groups_of
from rules.report_shown import SHOWN_LEGEND
from server.demo import Demo

from .print_help import read
from .report_help import Reports, day, drawn, gid, near, sheet

COUNTS = (
    "held uncalled missed illness excused unexcused unexplained other late exempt days illnessDays excusedDays "
    "unexcusedDays"
)
FIGURES = "counts { " + COUNTS + " } percent"
SHEET = (
    "query($class: ID!, $from: Date!, $until: Date!) { schoolClass(id: $class) { reports { attendance("
    "from: $from, until: $until) { students { student { id } atHome total { "
    + FIGURES
    + " } months { month figures { "
    + FIGURES
    + " } } } months { month figures { "
    + FIGURES
    + " } } total { "
    + FIGURES
    + " } print { pdf xlsx csv } } } } }"
)
BEHIND = (
    "query($class: ID!, $from: Date!, $until: Date!) { schoolClass(id: $class) { reports { attendance(from: $from,"
    " until: $until) { total { formula absences { lessonDate code leftOut student { id } subject { id } attendance {"
    " id } } } students { student { id } total { absences(counted: true) { attendance { id } } } } } } } }"
)
TEACHER = (
    "query($class: ID!, $period: ID, $kind: FinalKind) { schoolClass(id: $class) { reports { classTeacher("
    "periodId: $period, kind: $kind) { slot { name } atStart atEnd arrived { student { id } on kind number issuedOn }"
    " left { student { id } on kind number issuedOn } groups { group students { student { id } marks { value subject {"
    " id } teachers { id } mark { value } } } } unmarked { student { id } marks { subject { id } } } legend attendance"
    " { student { id } total { " + FIGURES + " } } totalAttendance { " + FIGURES + " } print { pdf xlsx csv } } } } }"
)
SPAN = (date(2025, 11, 10), date(2026, 5, 20))
TAKEN = """
SELECT m.student_id, l.date, a.code, r.id IS NULL AS uncalled, s.taught_at_home FROM lesson AS l
JOIN study_group AS g ON g.id = l.group_id JOIN group_membership AS m ON m.group_id = g.id AND m.starts_on <= l.date
  AND coalesce(m.ends_on, 'infinity') >= l.date
JOIN student AS s ON s.id = m.student_id
LEFT JOIN attendance AS a ON a.lesson_id = l.id AND a.student_id = m.student_id LEFT JOIN roll_call AS r
  ON r.lesson_id = l.id
WHERE g.class_id = $1 AND l.date BETWEEN $2 AND $3 AND l.state = 'held' AND NOT EXISTS (SELECT FROM dropped_subject AS d
  WHERE d.student_id = m.student_id AND d.subject_id = l.subject_id AND d.starts_on <= l.date
  AND coalesce(d.ends_on, 'infinity') >= l.date)
"""
"""Who was to be at which lesson, said anew in SQL of the tests' own."""
MISSES = ("illness", "excused", "unexcused", "unexplained", "other")


@pytest.fixture(scope="module")
async def reports(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Reports]:
    """A school for this module: somebody learns at home, and somebody was ill, exempt and late."""
    async with drawn(cluster, demo_template, seed=2) as reports:
        await reports.db.execute("UPDATE student SET taught_at_home = id % 9 = 0")
        yield reports


def plain(rows: Iterable[Any]) -> dict[str, Any]:
    """What lessons come to, counted one by one."""
    rows = [row for row in rows if not row["taught_at_home"]]
    codes = Counter(row["code"] for row in rows)
    days: dict[Any, list[Any]] = defaultdict(list)
    for row in rows:
        if row["code"] != "exempt":
            days[row["student_id"], row["date"]].append(row["code"])
    whole = [each for each in days.values() if all(code in MISSES for code in each)]
    held, missed = sum(map(len, days.values())), sum(codes[code] for code in MISSES)
    found = {name: codes[name] for name in (*MISSES, "late", "exempt")}
    found |= {"held": held, "missed": missed, "days": len(whole)}
    found |= {f"{name}Days": sum(set(each) == {name} for each in whole) for name in MISSES[:3]}
    found["uncalled"] = sum(row["uncalled"] and row["code"] != "exempt" for row in rows)
    return {"counts": found, "percent": near(Fraction(100 * (held - missed), held)) if held else None}


async def ids(reports: Reports, name: str | None = None, span: tuple[date, date] = SPAN) -> dict[str, Any]:
    """What the sheet of a class is asked with."""
    of = await reports.class_id(name or await reports.led())
    return {"class": gid("SchoolClass", of), "from": str(span[0]), "until": str(span[1])}


async def test_each_student_each_month(reports: Reports) -> None:
    given = await ids(reports)
    of = await reports.class_id(await reports.led())
    found = (await reports.ask(SHEET, "class-teacher", **given))["schoolClass"]["reports"]["attendance"]
    rows = [dict(row) for row in await reports.db.fetch(TAKEN, of, *SPAN)]
    assert found["total"] == plain(rows)
    assert found["total"]["counts"]["missed"] > 0
    assert found["total"]["counts"]["illnessDays"] > 0
    assert any(each["atHome"] for each in found["students"])
    for each in found["months"]:
        month = day(each["month"])
        assert each["figures"] == plain(row for row in rows if row["date"].replace(day=1) == month)
    members = await reports.db.fetch(
        "SELECT DISTINCT student_id FROM enrolment WHERE class_id = $1 AND starts_on <= $3"
        " AND coalesce(ends_on, 'infinity') >= $2",
        *(of, *SPAN),
    )
    assert {each["student"]["id"] for each in found["students"]} == {
        gid("Student", row["student_id"]) for row in members
    }
    for each in found["students"]:
        own = [row for row in rows if gid("Student", row["student_id"]) == each["student"]["id"]]
        assert each["atHome"] is any(row["taught_at_home"] for row in own)
        assert each["total"] == plain(own)
        for part in each["months"]:
            month = day(part["month"])
            assert part["figures"] == plain(row for row in own if row["date"].replace(day=1) == month)


async def test_sums_of_classes_are_the_schools(reports: Reports) -> None:
    """What all classes missed is what stands in the journals of all groups."""
    span = (date(2026, 4, 1), date(2026, 4, 30))
    classes = await reports.db.fetch(
        "SELECT c.id FROM school_class AS c JOIN academic_year AS y ON y.id = c.year_id WHERE $1 BETWEEN y.starts_on"
        " AND y.ends_on",
        span[0],
    )
    held = missed = 0
    for row in classes:
        given = {"class": gid("SchoolClass", row["id"]), "from": str(span[0]), "until": str(span[1])}
        counts = (await reports.ask(SHEET, **given))["schoolClass"]["reports"]["attendance"]["total"]["counts"]
        held, missed = held + counts["held"], missed + counts["missed"]
    of_school = [
        dict(row)
        for row in await reports.db.fetch(
            TAKEN.replace("g.class_id = $1", "g.class_id = ANY($1)"), [row["id"] for row in classes], *span
        )
    ]
    counted = plain(of_school)["counts"]
    assert (held, missed) == (counted["held"], counted["missed"])
    assert held > 0


async def test_what_is_behind(reports: Reports) -> None:
    given = await ids(reports)
    of = await reports.class_id(await reports.led())
    found = (await reports.ask(BEHIND, "class-teacher", **given))["schoolClass"]["reports"]["attendance"]
    rows = [row for row in await reports.db.fetch(TAKEN, of, *SPAN) if row["code"] is not None]
    assert found["total"]["formula"] == "(проведено − пропущено) · 100 / проведено"
    left = {"late": "LATE", "exempt": "EXEMPT"}
    assert Counter(
        (each["student"]["id"], each["lessonDate"], each["code"], each["leftOut"])
        for each in found["total"]["absences"]
    ) == Counter(
        (
            *(gid("Student", row["student_id"]), str(row["date"]), row["code"].upper()),
            "AT_HOME" if row["taught_at_home"] else left.get(row["code"]),
        )
        for row in rows
    )
    assert all(each["attendance"] for each in found["total"]["absences"])
    for each in found["students"]:
        own = [row for row in rows if gid("Student", row["student_id"]) == each["student"]["id"]]
        counted = [row for row in own if not row["taught_at_home"] and row["code"] in MISSES]
        assert len(each["total"]["absences"]) == len(counted)


async def test_golden(reports: Reports) -> None:
    """A hand-made week: of ten lessons four missed (three on one whole day by illness), one late, one exempt."""
    of = await reports.class_id("9Б")
    days = [
        row["date"]
        for row in await reports.db.fetch(
            "SELECT date FROM lesson AS l JOIN study_group AS g ON g.id = l.group_id WHERE class_id = $1 AND kind ="
            " 'whole' AND l.state = 'held' GROUP BY date HAVING count(*) >= 4 ORDER BY date DESC LIMIT 2",
            of,
        )
    ]
    first, second = sorted(days)
    student = await reports.db.fetchval(
        "SELECT e.student_id FROM enrolment AS e JOIN student AS s ON s.id = e.student_id WHERE class_id = $1 AND"
        " NOT taught_at_home AND e.ends_on IS NULL ORDER BY 1 LIMIT 1",
        of,
    )
    taken = [dict(row) for row in await reports.db.fetch(TAKEN, of, first, second) if row["student_id"] == student]
    lessons = await reports.db.fetch(
        "SELECT l.id, l.date FROM lesson AS l JOIN group_membership AS m ON m.group_id = l.group_id AND m.starts_on <="
        " l.date AND coalesce(m.ends_on, 'infinity') >= l.date JOIN study_group AS g ON g.id = l.group_id WHERE"
        " m.student_id = $1 AND g.class_id = $2 AND l.state = 'held' AND l.date = ANY($3) AND NOT EXISTS (SELECT FROM"
        " dropped_subject AS d WHERE d.student_id = $1 AND d.subject_id = l.subject_id) ORDER BY l.date, number, l.id",
        *(student, of, [first, second]),
    )
    assert len(lessons) == len([row for row in taken if row["date"] in (first, second)])
    on_first = [row for row in lessons if row["date"] == first]
    on_second = [row for row in lessons if row["date"] == second]
    codes = {row["id"]: "illness" for row in on_first}
    codes |= dict(zip((row["id"] for row in on_second), ("unexcused", "late", "exempt"), strict=False))
    async with reports.db.transaction():
        await reports.db.execute("SET LOCAL session_replication_role = replica")
        await reports.db.execute(
            "DELETE FROM attendance WHERE student_id = $1 AND lesson_date BETWEEN $2 AND $3", student, first, second
        )
        await reports.db.executemany(
            "INSERT INTO attendance (school_id, lesson_id, lesson_date, student_id, code, changed_at)"
            " SELECT school_id, id, date, $2, $3, now() FROM lesson WHERE id = $1",
            [(lesson, student, code) for lesson, code in codes.items()],
        )
    given = {"class": gid("SchoolClass", of), "from": str(first), "until": str(second)}
    found = (await reports.ask(SHEET, **given))["schoolClass"]["reports"]["attendance"]
    own = next(each for each in found["students"] if each["student"]["id"] == gid("Student", student))
    held, missed = len(taken) - 1, len(on_first) + 1
    expected = dict.fromkeys(COUNTS.split(), 0) | {"held": held, "missed": missed, "illness": len(on_first)}
    expected |= {"unexcused": 1, "late": 1, "exempt": 1, "days": 1, "illnessDays": 1}
    assert own["total"]["counts"] | {"uncalled": 0} == expected
    assert own["total"]["percent"] == near(Fraction(100 * (held - missed), held))


async def teacher_report(reports: Reports, name: str, period: str, as_: str = "deputy") -> dict[str, Any]:
    given = {
        "class": gid("SchoolClass", await reports.class_id(name)),
        "period": gid("Period", await reports.period_id(period)),
    }
    found: dict[str, Any] = (await reports.ask(TEACHER, as_, **given))["schoolClass"]["reports"]["classTeacher"]
    return found


@pytest.mark.parametrize("period", ["I четверть", "III четверть"])
async def test_class_teacher(reports: Reports, period: str) -> None:
    name = await reports.led()
    of, when = await reports.class_id(name), await reports.period_id(period)
    found = await teacher_report(reports, name, period, "class-teacher")
    first, last = await reports.db.fetchrow("SELECT starts_on, ends_on FROM period WHERE id = $1", when)
    stays = await reports.db.fetch(
        "SELECT * FROM enrolment WHERE class_id = $1 AND starts_on <= $3 AND coalesce(ends_on, 'infinity') >= $2",
        *(of, first, last),
    )
    assert found["atStart"] == sum(row["starts_on"] <= first for row in stays)
    assert found["atEnd"] == sum(row["ends_on"] is None or row["ends_on"] >= last for row in stays)
    assert found["atStart"] + len(found["arrived"]) - len(found["left"]) == found["atEnd"]
    own: dict[int, list[Any]] = defaultdict(list)
    for mark in await reports.marks(class_id=of, period_id=when):
        own[mark["student_id"]].append(mark)
    groups = {student: groups_of(mark["value"] for mark in marks) for student, marks in own.items()}
    assert {each["group"] for each in found["groups"]} == {group.name for group in StudentGroup}
    for each in found["groups"]:
        expected = {gid("Student", student) for student, of in groups.items() if StudentGroup[each["group"]] in of}
        assert {student["student"]["id"] for student in each["students"]} == expected
    failing = next(each for each in found["groups"] if each["group"] == "FAILING")
    assert failing["students"]
    for each in failing["students"]:
        marks = next(marks for student, marks in own.items() if gid("Student", student) == each["student"]["id"])
        assert {(mark["subject"]["id"], mark["value"]) for mark in each["marks"]} == {
            (gid("Subject", mark["subject_id"]), mark["value"]) for mark in marks if mark["value"] in ("1", "2")
        }
        assert all(mark["teachers"] and mark["mark"]["value"] == mark["value"] for mark in each["marks"])
    assert {each["student"]["id"]: len(each["marks"]) for each in found["unmarked"]} == {
        gid("Student", student): missing
        for student, marks in own.items()
        if (missing := sum(mark["value"] is None for mark in marks))
    }
    assert found["unmarked"]
    rows = [dict(row) for row in await reports.db.fetch(TAKEN, of, first, last)]
    assert found["totalAttendance"] == plain(rows)
    for each in found["attendance"]:
        assert each["total"] == plain(row for row in rows if gid("Student", row["student_id"]) == each["student"]["id"])


async def test_in_the_first_grade_no_mark_is_missing(reports: Reports) -> None:
    """Nobody is marked there: neither the list nor the paper says that somebody should have been."""
    of = await reports.class_id("5А")
    before = await teacher_report(reports, "5А", "III четверть")
    change = "UPDATE school_class SET grade = $2, letter = $3 WHERE id = $1"
    await reports.db.execute(change, of, 1, "Ю")
    try:
        found = await teacher_report(reports, "1Ю", "III четверть")
        printed = (await reports.fetch(found["print"]["csv"], "deputy")).text
    finally:
        await reports.db.execute(change, of, 5, "А")
    assert before["unmarked"]
    assert found["unmarked"] == []
    assert "Нет отметок" not in printed
    assert "В первом классе отметок не ставят" in printed
    assert found["attendance"] == before["attendance"]


async def test_who_left_and_who_came(reports: Reports) -> None:
    """A departure on a day of the fourth quarter changes that quarter, not the first."""
    before = {period: await teacher_report(reports, "5Б", period) for period in ("I четверть", "IV четверть")}
    of = await reports.class_id("5Б")
    there = {each["student"]["id"]: each["total"]["counts"]["held"] for each in before["IV четверть"]["attendance"]}
    student = int(
        await reports.db.fetchval(
            "SELECT e.student_id FROM enrolment AS e JOIN student AS s ON s.id = e.student_id WHERE class_id = $1 AND"
            " ends_on IS NULL AND NOT taught_at_home LIMIT 1",
            of,
        )
    )
    async with reports.db.transaction():
        await reports.db.execute("SET LOCAL session_replication_role = replica")
        await reports.db.execute(
            "UPDATE enrolment SET ends_on = '2026-05-10', ended_by = opened_by WHERE class_id = $1 AND student_id = $2",
            *(of, student),
        )
        await reports.db.execute(
            "UPDATE group_member AS m SET ends_on = '2026-05-10' FROM study_group AS g WHERE g.id = m.group_id AND"
            " g.class_id = $1 AND m.student_id = $2 AND m.ends_on IS NULL",
            *(of, student),
        )
    after = {period: await teacher_report(reports, "5Б", period) for period in before}
    assert after["I четверть"] == before["I четверть"]
    (left,) = [each for each in after["IV четверть"]["left"] if each["student"]["id"] == gid("Student", student)]
    assert (left["on"], left["kind"]) == ("2026-05-10", "ENROLMENT")
    assert left["number"]
    assert after["IV четверть"]["atEnd"] == before["IV четверть"]["atEnd"] - 1
    assert after["IV четверть"]["atStart"] == before["IV четверть"]["atStart"]
    listed = {student["student"]["id"] for each in after["IV четверть"]["groups"] for student in each["students"]}
    assert gid("Student", student) not in listed
    others = [each for each in after["IV четверть"]["attendance"] if each["student"]["id"] != gid("Student", student)]
    assert others == [
        each for each in before["IV четверть"]["attendance"] if each["student"]["id"] != gid("Student", student)
    ]
    (own,) = [each for each in after["IV четверть"]["attendance"] if each["student"]["id"] == gid("Student", student)]
    assert own["total"]["counts"]["held"] < there[gid("Student", student)]


@pytest.mark.parametrize("kind", ["attendance_sheet", "class_teacher"])
@pytest.mark.parametrize(
    ("login", "led", "sees"),
    [
        *((login, True, True) for login in ("director", "deputy", "class-teacher", "analyst")),
        ("class-teacher", False, False),
        ("teacher", True, False),
    ],
)
async def test_whose_it_is(reports: Reports, kind: str, login: str, led: bool, sees: bool) -> None:
    led_name = await reports.led()
    of = gid("SchoolClass", await reports.class_id(led_name if led else next(x for x in ("5Б", "9Б") if x != led_name)))
    period = gid("Period", await reports.period_id("I четверть"))
    field = "attendance(from: $from, until: $until) { total { percent } }"
    # A month: whose the report is does not hang on how much of it is printed.
    query, given = "query($class: ID!, $from: Date!, $until: Date!)", {"from": "2026-04-01", "until": "2026-04-30"}
    path = "from=2026-04-01&until=2026-04-30"
    if kind == "class_teacher":
        query, given = "query($class: ID!, $period: ID!)", {"period": period}
        field, path = "classTeacher(periodId: $period) { atEnd }", f"period={period}"
    query += " { schoolClass(id: $class) { reports { " + field + " } } }"
    found = (await reports.ask(query, login, **given, **{"class": of}))["schoolClass"]
    assert (found["reports"] is not None) is sees
    for ending in ("pdf", "xlsx", "csv"):
        answer = await reports.fetch(f"/print/report/{kind}/{of}.{ending}?{path}", login)
        assert answer.status_code == (200 if sees else 404), answer.text


@pytest.mark.parametrize("login", ["parent", "student", "secretary", "hr", "administrator", "service"])
async def test_for_nobody_else(reports: Reports, login: str) -> None:
    of, period = gid("SchoolClass", await reports.class_id("5А")), gid("Period", 1)
    for field in ('attendance(from: "2026-04-01", until: "2026-04-02")', f'classTeacher(periodId: "{period}")'):
        query = f'{{ schoolClass(id: "{of}") {{ reports {{ {field} {{ print {{ csv }} }} }} }} }}'
        answer = await reports.school.ask(query, as_=login)
        assert "Cannot query field" in str(answer) or answer.get("data", {}).get("schoolClass") is None, answer
    for kind in ("attendance_sheet", "class_teacher"):
        assert (await reports.fetch(f"/print/report/{kind}/{of}.csv?period={period}", login)).status_code == 403


@pytest.mark.parametrize(
    ("days", "field"), [(("2026-05-20", "2026-05-19"), "until"), (("2025-05-20", "2026-05-19"), "until")]
)
async def test_bad_days(reports: Reports, days: tuple[str, str], field: str) -> None:
    of = gid("SchoolClass", await reports.class_id("5А"))
    answer = await reports.school.ask(SHEET, {"class": of, "from": days[0], "until": days[1]}, as_="deputy")
    assert answer["errors"][0]["extensions"]["field"] == field
    for query in ("", "?from=2026-04-01", f"?from={days[0]}&until={days[1]}"):
        answered = await reports.fetch(f"/print/report/attendance_sheet/{of}.pdf{query}", "deputy")
        assert answered.status_code in (400, 422), answered.text


BY_REASON = (
    *("days", "illnessDays", "excusedDays", "unexcusedDays", "missed"),
    *("illness", "excused", "unexcused", "unexplained", "other"),
)


async def test_on_paper(reports: Reports) -> None:
    given = await ids(reports)
    found = (await reports.ask(SHEET, **given))["schoolClass"]["reports"]["attendance"]
    printed = read((await reports.fetch(found["print"]["pdf"], "class-teacher")).content)
    assert printed.sizes == {(842, 595)}
    assert "Сводная ведомость учёта посещаемости" in printed.text
    rows = sheet((await reports.fetch(found["print"]["xlsx"], "deputy")).content)
    total = next(row for row in rows if row[1] == "Всего по классу")
    counts = found["total"]["counts"]
    assert total[-2:] == [counts["held"], found["total"]["percent"]]
    # All days and each month by the reasons, and the months beside each other.
    months = [each["figures"]["counts"] for each in found["months"] if each["figures"]["counts"]["held"]]
    assert len(months) > 1
    sums = [row[2:] for row in rows if row[1] == "Всего по классу"]
    assert [row[:10] for row in (sums[0], *sums[2:])] == [[of[name] for name in BY_REASON] for of in (counts, *months)]
    by_month = [of[name] for of in (*months, counts) for name in ("days", "missed")]
    assert sums[1] == [*by_month, *[""] * (len(sums[1]) - len(by_month))]
    listed = [row[1] for row in rows[: rows.index(total)] if isinstance(row[0], float | int) and row[0]]
    assert len(listed) == len(found["students"])
    assert listed == sorted(listed, key=lambda name: name.replace("ё", "е").replace("Ё", "Е"))
    report = await teacher_report(reports, await reports.led(), "III четверть")
    printed = read((await reports.fetch(report["print"]["pdf"], "class-teacher")).content)
    for group in ("Отличники", "Хорошисты", "С одной «4»", "С одной «3»", "Неуспевающие", "Не аттестованы"):
        assert group in printed.text


async def test_an_analyst_reads_no_names(reports: Reports) -> None:
    given = await ids(reports)
    found = (await reports.ask(SHEET, "analyst", **given))["schoolClass"]["reports"]["attendance"]
    report = await teacher_report(reports, await reports.led(), "III четверть")
    people = await reports.db.fetch("SELECT family_name FROM person")
    for path in (found["print"]["csv"], report["print"]["csv"]):
        text = (await reports.fetch(path, "analyst")).text
        assert not [row["family_name"] for row in people if row["family_name"] in text]
        assert SHOWN_LEGEND in text
    answer = await reports.school.ask(TEACHER, {"class": given["class"], "kind": "YEAR"}, as_="analyst")
    assert "arrived" in answer["errors"][0]["message"]


async def test_as_many_statements_for_any_days(reports: Reports, monkeypatch: pytest.MonkeyPatch) -> None:
    """Statements do not grow with the days, nor with what stands on them."""
    taken: list[str] = []
    fetch = Snapshot.fetch

    async def counting(self: Snapshot, statement: Statement, *given: Any, **more: Any) -> list[Any]:
        taken.append(statement.text)
        return await fetch(self, statement, *given, **more)

    monkeypatch.setattr(Snapshot, "fetch", counting)
    of = await reports.class_id("5А")
    spans = [(date(2026, 5, 20), date(2026, 5, 20)), SPAN]
    counted = []
    for span in spans:
        given = {"class": gid("SchoolClass", of), "from": str(span[0]), "until": str(span[1])}
        taken.clear()
        await reports.ask(SHEET, **given)
        counted.append(len(taken))
    assert counted[0] == counted[1] <= 8


def test_nothing_held_has_no_percentage() -> None:
    assert AttendanceCounts().percent is None
    assert str((AttendanceCounts(held=3, illness=1) + AttendanceCounts(held=3)).percent) == "83.33"
