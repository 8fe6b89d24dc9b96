"""A student's months, journal and the letter to the family beside a plain count, for whom they are, on paper (10.5)."""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from rules.journal import ATTENDANCE_LETTERS, AttendanceCode
from server.demo import Demo

from .movement_help import end
from .print_help import plain, read
from .report_help import Reports, drawn, near, sheet
from .report_student_help import SPAN, People, ask, average, gid, one, two, until, weighted

SHARES = (
    "success { value counts { counted } } quality { value } classSuccess classQuality parallelSuccess parallelQuality"
)
EXACT = " ".join(f"{of} {{ success {{ value }} quality {{ value }} }}" for of in ("classFigures", "parallelFigures"))
"""With what families have no field for."""
MONTHS = f"qualityByMonth(from: $from, until: $until) {{ months {{ since until {SHARES} }} print {{ pdf xlsx }} }}"
MEANS = "average { value } weightedAverage { value }"
PRESENCE = "presence { held missed late attendance }"
JOURNAL = (
    f"journal(from: $from, until: $until) {{ days periods {{ name }} {MEANS} {PRESENCE} subjects {{ subject {{ id }}"
)
JOURNAL += (
    f" cells {{ date text }} {MEANS} {PRESENCE} periodMarks {{ slot {{ name }} value }} }} print {{ pdf xlsx }} }}"
)
COUNTS = "counts { fives fours threes twos exempt owed }"
LETTER = f"letter(periodId: $period, kind: $kind) {{ slot {{ name startsOn endsOn }} {COUNTS} {MEANS} {PRESENCE}"
LETTER += (
    f" subjects {{ subject {{ id }} {COUNTS} {MEANS} mark {{ value mark {{ value }} }} }} print {{ pdf xlsx csv }} }}"
)
YEAR = {"from": "2025-09-10", "until": "2026-05-20"}
LESSONS = """
SELECT l.id, l.date, l.subject_id, l.state, l.number FROM lesson AS l
JOIN group_membership AS m ON m.group_id = l.group_id
WHERE m.student_id = $1 AND m.starts_on <= l.date AND coalesce(m.ends_on, 'infinity') >= l.date
  AND l.state <> 'cancelled' AND l.date BETWEEN $2 AND least($3, date '2026-06-03')
  AND NOT EXISTS (SELECT FROM dropped_subject AS d WHERE d.student_id = $1 AND d.subject_id = l.subject_id
    AND d.starts_on <= l.date AND coalesce(d.ends_on, 'infinity') >= l.date)
"""
WRITTEN = """
SELECT l.date, l.subject_id, l.number, 0 AS rank, a.id AS place, a.code AS value FROM attendance AS a
JOIN lesson AS l ON l.id = a.lesson_id WHERE a.student_id = $1 AND l.date BETWEEN $2 AND $3
UNION ALL SELECT l.date, l.subject_id, l.number, 1, t.position, m.value FROM mark AS m
JOIN lesson AS l ON l.id = m.lesson_id JOIN task AS t ON t.id = m.task_id
WHERE m.student_id = $1 AND l.date BETWEEN $2 AND $3 ORDER BY 1, 2, 3, 4, 5
"""


@pytest.fixture(scope="module")
async def reports(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Reports]:
    """A school for this module, with words among its daily marks, and absences of each kind on whole days."""
    async with drawn(cluster, demo_template) as reports:
        for at, word in enumerate(("н/а", "осв.", ".", "зач.", "1")):
            await reports.db.execute("UPDATE mark SET value = $1 WHERE id % 23 = $2", word, at)
        codes = [each.value for each in AttendanceCode]
        await reports.db.execute(
            "INSERT INTO attendance (school_id, lesson_id, lesson_date, student_id, code, changed_at)"
            " SELECT l.school_id, l.id, l.date, m.student_id, ($1::text[])[1 + l.id % 7], now() FROM lesson AS l"
            " JOIN group_membership AS m ON m.group_id = l.group_id AND m.starts_on <= l.date"
            " AND coalesce(m.ends_on, 'infinity') >= l.date"
            " WHERE l.state = 'held' AND extract(day FROM l.date) IN (7, 14) ON CONFLICT DO NOTHING",
            codes,
        )
        yield reports


@pytest.fixture(scope="module")
async def people(reports: Reports) -> People:
    """Who is who in it."""
    return await People.of(reports)


def share(marks: Iterable[dict[str, Any]], least: int) -> Fraction | None:
    """How many percent are so good or better, of numbers and «н/а»."""
    counted = [each["value"] for each in marks if each["value"].isdigit() or each["value"] == "н/а"]
    good = [value for value in counted if value.isdigit() and int(value) >= least]
    return Fraction(100 * len(good), len(counted)) if counted else None


async def parallel(reports: Reports, class_id: int) -> list[int]:
    """The other classes of a class's grade."""
    rows = await reports.db.fetch(
        "SELECT o.id FROM school_class AS c JOIN school_class AS o ON (o.year_id, o.grade) = (c.year_id, c.grade)"
        " WHERE c.id = $1 AND o.id <> c.id",
        class_id,
    )
    return [row["id"] for row in rows]


@pytest.mark.parametrize("login", ["deputy", "parent"])
async def test_months(reports: Reports, people: People, login: str) -> None:
    """Of whole months; a parallel whose other classes come to too few is not shown."""
    student = people.child
    class_id = await people.class_of(student)
    others = await parallel(reports, class_id)
    assert others
    what = MONTHS if login == "parent" else MONTHS.replace(SHARES, f"{SHARES} {EXACT}")
    found = (await ask(reports, what, student, login, **YEAR))["months"]
    assert [each["since"] for each in found] == [f"2025-{m:02}-01" for m in range(9, 13)] + [
        f"2026-{m:02}-01" for m in range(1, 6)
    ]
    for each in found:
        span = (date.fromisoformat(each["since"]), date.fromisoformat(each["until"]))
        day = min(span[1], date(2026, 5, 26))
        own = people.of_days([student], span)
        mine = people.of_days(await people.members(class_id, day), span)
        rest = people.of_days({s for c in others for s in await people.members(c, day)}, span)
        few = 0 < len({mark["student_id"] for mark in rest if mark["value"].isdigit()}) < 5
        for name, least in (("success", 3), ("quality", 4)):
            assert each[name]["value"] == two(share(own, least))
            assert each[f"class{name.title()}"] == one(share(mine, least), mine, {student})
            expected = None if few else one(share([*mine, *rest], least), [*mine, *rest], {student})
            assert each[f"parallel{name.title()}"] == expected
            if login == "deputy":
                # Exactly, of however few.
                assert each["classFigures"][name]["value"] == two(share(mine, least))
                assert each["parallelFigures"][name]["value"] == two(share([*mine, *rest], least))
    assert any(each["parallelSuccess"] for each in found)


async def test_a_parallel_of_few_is_withheld(reports: Reports, people: People) -> None:
    """What four students of the other class have cannot be told from the parallel's figure and the own class's."""
    student = people.child
    (other,) = await parallel(reports, await people.class_of(student))
    rows = await reports.db.fetch("SELECT * FROM enrolment WHERE class_id = $1 AND ends_on IS NULL ORDER BY id", other)
    gone = rows[4:]
    for row in gone:
        await until(reports, row["id"], date(2026, 5, 1), row["opened_by"])
    try:
        found = {each["since"]: each for each in (await ask(reports, MONTHS, student, "parent", **YEAR))["months"]}
        assert found["2026-05-01"]["classSuccess"] is not None
        assert found["2026-05-01"]["parallelSuccess"] is None
        assert found["2026-04-01"]["parallelSuccess"] is not None
    finally:
        for row in gone:
            await until(reports, row["id"], None, None)


def presence(lessons: list[Any], written: list[Any], **where: int) -> dict[str, Any]:
    """Lessons held and missed, counted as in the class's sheet: what one is exempt from is not held for one."""

    def of(rows: list[Any]) -> list[Any]:
        return [each for each in rows if all(each[name] == value for name, value in where.items())]

    codes = [each["value"] for each in of(written) if each["rank"] == 0]
    held = sum(each["state"] == "held" for each in of(lessons)) - codes.count("exempt")
    missed = sum(code not in ("late", "exempt") for code in codes)
    share = near(Fraction(100 * (held - missed), held)) if held else None
    return {"held": held, "missed": missed, "late": codes.count("late"), "attendance": share}


@pytest.mark.parametrize("login", ["parent", "teacher"])
async def test_journal(reports: Reports, people: People, login: str) -> None:
    """Each cell as the journal has it, for a subject teacher of all subjects, too (10.1)."""
    student, login = (people.child, login) if login == "parent" else (people.pupil, people.teacher)
    found = await ask(reports, JOURNAL, student, login)
    lessons = await reports.db.fetch(LESSONS, student, *SPAN)
    written = await reports.db.fetch(WRITTEN, student, *SPAN)
    assert set(found["days"]) == {str(each["date"]) for each in (*lessons, *written)}
    assert found["days"] == sorted(found["days"])
    cells: dict[tuple[str, str], list[str]] = defaultdict(list)
    for each in written:
        text = ATTENDANCE_LETTERS[AttendanceCode(each["value"])] if each["rank"] == 0 else each["value"]
        cells[gid("Subject", each["subject_id"]), str(each["date"])].append(text)
    shown = {
        (each["subject"]["id"], cell["date"]): cell["text"] for each in found["subjects"] for cell in each["cells"]
    }
    assert shown == {key: " ".join(texts) for key, texts in cells.items()}
    assert {" " in text for text in shown.values()} == {True, False}
    assert found["presence"] == presence(lessons, written)
    assert found["presence"]["missed"] > found["presence"]["late"] > 0
    assert found["average"]["value"] == two(average(people.of_days([student], SPAN)))
    numbers = {gid("Subject", row["id"]): row["id"] for row in await reports.db.fetch("SELECT id FROM subject")}
    marks = {
        (gid("Subject", each["subject_id"]), "IV четверть"): each["value"]
        for each in await reports.marks(student_id=student, period_id=await reports.period_id("IV четверть"))
    }
    if "IV четверть" in {each["name"] for each in found["periods"]}:
        assert marks == {
            (each["subject"]["id"], mark["slot"]["name"]): mark["value"]
            for each in found["subjects"]
            for mark in each["periodMarks"]
        }
    for each in found["subjects"]:
        number = numbers[each["subject"]["id"]]
        assert each["presence"] == presence(lessons, written, subject_id=number)
        own = people.of_days([student], SPAN, subject_id=number)
        assert (each["average"]["value"], each["weightedAverage"]["value"]) == (two(average(own)), two(weighted(own)))


@pytest.mark.parametrize("given", ["III четверть", "YEAR"])
async def test_letter(reports: Reports, people: People, given: str) -> None:
    student = people.child
    is_year = given == "YEAR"
    asked = {"kind": given} if is_year else {"period": gid("Period", await reports.period_id(given))}
    found = await ask(reports, LETTER, student, "parent", **asked)
    assert found["slot"]["name"] == ("Год" if is_year else given)
    span = (date.fromisoformat(found["slot"]["startsOn"]), date.fromisoformat(found["slot"]["endsOn"]))

    def same(of: dict[str, Any], marks: list[dict[str, Any]]) -> None:
        values = Counter(each["value"] for each in marks)
        expected = {
            "fives": values["5"],
            "fours": values["4"],
            "threes": values["3"],
            "twos": values["2"] + values["1"],
        }
        assert of["counts"] == {**expected, "exempt": values["осв."], "owed": values["."]}
        assert of["average"]["value"] == two(average(marks))
        assert of["weightedAverage"]["value"] == two(weighted(marks))

    same(found, people.of_days([student], span))
    numbers = {gid("Subject", row["id"]): row["id"] for row in await reports.db.fetch("SELECT id FROM subject")}
    for each in found["subjects"]:
        same(each, people.of_days([student], span, subject_id=numbers[each["subject"]["id"]]))
    lessons = await reports.db.fetch(LESSONS, student, *span)
    assert found["presence"] == presence(lessons, await reports.db.fetch(WRITTEN, student, *span))
    if not is_year:
        decided = await reports.marks(student_id=student, period_id=await reports.period_id(given))
        assert {each["subject"]["id"]: each["mark"]["value"] for each in found["subjects"] if each["mark"]} == {
            gid("Subject", each["subject_id"]): each["value"] for each in decided
        }
        assert all(
            (each["mark"]["mark"] or each["mark"])["value"] == each["mark"]["value"] for each in found["subjects"]
        )


@pytest.mark.parametrize(
    ("login", "whose", "sees"),
    [
        *(("deputy", whose, True) for whose in ("child", "pupil", "stranger")),
        *(("parent", whose, whose == "child") for whose in ("child", "pupil", "stranger")),
        *(("teacher", whose, whose == "pupil") for whose in ("pupil", "stranger")),
    ],
)
async def test_whose_they_are(reports: Reports, people: People, login: str, whose: str, sees: bool) -> None:
    student = getattr(people, whose)
    login = people.teacher if login == "teacher" else login
    days = f"?from={SPAN[0]}&until={SPAN[1]}"
    for what, path, query in (
        (MONTHS, "quality_by_month", days),
        (JOURNAL, "student_journal", days),
        (LETTER, "parent_letter", "?kind=year"),
    ):
        assert (await ask(reports, what, student, login, kind="YEAR") is not None) is sees
        answer = await reports.fetch(f"/print/report/{path}/{gid('Student', student)}.csv{query}", login)
        assert answer.status_code == (200 if sees else 404), answer.text


@pytest.mark.parametrize("login", ["analyst", "secretary", "hr", "administrator", "service", None])
async def test_for_nobody_else(reports: Reports, people: People, login: str | None) -> None:
    for path in ("quality_by_month", "student_journal", "parent_letter"):
        answer = await reports.fetch(f"/print/report/{path}/{gid('Student', people.child)}.csv", login)
        assert answer.status_code == (403 if login else 401)


async def test_on_paper(reports: Reports, people: People) -> None:
    student = people.child
    months = await ask(reports, MONTHS, student, **YEAR)
    journal = await ask(reports, JOURNAL, student)
    letter = await ask(reports, LETTER, student, kind="YEAR")
    texts = {}
    for found, title, size in (
        (months, "Итоги успеваемости и качества знаний", (595, 842)),
        (journal, "Отчёт об успеваемости и посещаемости ученика", (842, 595)),
        (letter, "Информационное письмо для родителей", (595, 842)),
    ):
        printed = read((await reports.fetch(found["print"]["pdf"], "parent")).content)
        assert printed.sizes == {size}
        assert title in printed.text
        texts[title] = printed.text
    for said in ("Уважаемые родители (законные представители)!", "линия отрыва", "ознакомлен(а)"):
        assert said in texts["Информационное письмо для родителей"]
    rows = sheet((await reports.fetch(journal["print"]["xlsx"], "parent")).content)
    names = {row["name"]: gid("Subject", row["id"]) for row in await reports.db.fetch("SELECT id, name FROM subject")}
    written = Counter[str]()
    tables = [at for at, row in enumerate(rows) if row[0] == "Итоги"]
    for row in rows[: tables[0]]:
        if row[0] in names:
            written.update(plain(str(cell)) for cell in row[1:] if cell != "")
    assert written == Counter(cell["text"] for each in journal["subjects"] for cell in each["cells"])
    rows = sheet((await reports.fetch(letter["print"]["xlsx"], "parent")).content)
    total = next(row for row in rows if row[0] == "Всего")
    assert total[1:5] == [letter["counts"][name] for name in ("fives", "fours", "threes", "twos")]
    assert total[5:7] == [letter["average"]["value"], letter["weightedAverage"]["value"]]


async def test_of_who_learns_at_home_paper_counts_no_lessons(reports: Reports, people: People) -> None:
    """Their attendance stands in a journal on paper (7.8): nobody is told that they missed 0 lessons of 0."""
    change = "UPDATE student SET taught_at_home = $2 WHERE id = $1"
    found = [await ask(reports, JOURNAL, people.child), await ask(reports, LETTER, people.child, kind="YEAR")]
    told = "Посещаемость: в бумажном журнале, обучается на дому (7.8)"
    for at_home in (False, True):
        await reports.db.execute(change, people.child, at_home)
        try:
            of_journal, of_letter = [
                sheet((await reports.fetch(each["print"]["xlsx"], "parent")).content) for each in found
            ]
        finally:
            await reports.db.execute(change, people.child, False)
        (total,) = [row for row in of_journal if row[0] == "Всего"]
        assert [cell == "" for cell in total[3:7]] == [at_home] * 4
        assert [row[0] for row in of_journal].count(told) == at_home
        assert [row[0] for row in of_letter].count(told) == at_home
        assert any(str(row[0]).startswith("Пропущено: ") for row in of_letter) is not at_home


@pytest.mark.parametrize(
    ("what", "given", "field"),
    [
        (MONTHS, {"from": "2026-05-02", "until": "2026-05-01"}, "until"),
        (JOURNAL, {"from": "2025-05-02", "until": "2026-05-01"}, "until"),
        (LETTER, {}, "periodId"),
        (LETTER, {"period": gid("Period", 999)}, "periodId"),
    ],
)
async def test_bad_input(reports: Reports, people: People, what: str, given: dict[str, str], field: str) -> None:
    with pytest.raises(AssertionError, match=field):
        await ask(reports, what, people.child, **given)


async def test_of_a_period_after_they_left_there_is_no_letter(reports: Reports, people: People) -> None:
    """Of the one in which they left there is. The last test of the module: they do not come back."""
    query = "SELECT id FROM period WHERE kind = 'quarter' AND starts_on > '2025-09-01' ORDER BY starts_on"
    last, after = (gid("Period", row["id"]) for row in (await reports.db.fetch(query))[:2])
    assert await ask(reports, LETTER, people.child, period=after)
    of_school = "SELECT school_id FROM student WHERE id = $1"
    await end(reports.db, await reports.db.fetchval(of_school, people.child), date(2025, 12, 1), people.child)
    assert (await ask(reports, LETTER, people.child, period=last))["subjects"]
    with pytest.raises(AssertionError, match="periodId"):
        await ask(reports, LETTER, people.child, period=after)
