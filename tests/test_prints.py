"""Prints over real HTTP, read back from the PDF: all of the page is there and nothing else, for whom, and noted."""

import asyncio
import os
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZipFile

import pytest

from documents.forms import FOLDER, Form, Printer, TooLong, Unprintable
from documents.forms_journal import journal_form
from resolvers.database import Snapshot
from rules.journal import AttendanceCode
from rules.journal_print import ATTENDANCE_WORDS, counted, decimal, work_title
from server.demo import Demo

from .journal_help import Journal, gid, opened
from .print_help import (
    CLASS,
    LESSONS,
    NAMES,
    Printed,
    diary_path,
    expected_rows,
    fetch,
    journal_path,
    plain,
    read,
)

HOSTILE = r'#import "x" *a* _b_ $x^2$ \n \\ [c] {d} `e` <f> @g // h /* i */ #set page(width: 1pt) ~ -- "q" \u{41}'
"""A text that would be markup, code or mathematics, if it were not shown as it is."""

ENTRIES = """
SELECT login, command, outcome, input FROM audit_entry JOIN account ON (account.school_id, account.id)
 = (audit_entry.school_id, account_id) WHERE command LIKE 'print%' AND audit_entry.id > $1 ORDER BY audit_entry.id
"""


@pytest.fixture(scope="module")
async def journal(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Journal]:
    """A school for this module: what a test writes spoils nothing that another one reads."""
    async with opened(cluster, demo_template) as journal:
        yield journal


@pytest.fixture(scope="module")
async def fifth(journal: Journal) -> Any:
    """The class of the demo's student, and its period with lessons."""
    return await journal.db.fetchrow(CLASS, "5А", "IV четверть")


async def printed(journal: Journal, path: str, as_: str = "deputy") -> Printed:
    """What somebody gets as a PDF."""
    answer = await fetch(journal, path, as_)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "private, no-store"
    return read(answer.content)


def marks_of(pdf: Printed, subject: str, part: str | None) -> list[str]:
    """The lines of the pages of marks of a subject."""
    title = f"{subject} · 5А" + (f", {part}" if part else "")
    return [
        line.strip()
        for text, lines in zip(pdf.pages, pdf.lines, strict=True)
        if "Отметки и посещаемость" in text and any(line.removesuffix(" (продолжение)") == title for line in lines)
        for line in lines
    ]


async def test_every_student_and_every_cell_is_on_the_page(journal: Journal, fifth: Any) -> None:
    pdf = await printed(journal, journal_path(fifth))
    rows = await expected_rows(journal, fifth)
    assert len(rows) > 8
    assert sum(len(each) for each in rows.values()) > 50
    for (subject, part), lines in rows.items():
        found = marks_of(pdf, subject, part)
        for line in lines:
            assert line in found, (subject, part)


async def test_every_lesson_is_on_the_page_with_what_was_taught(journal: Journal, fifth: Any) -> None:
    pdf = await printed(journal, journal_path(fifth))
    topics = plain(" ".join(text for text in pdf.pages if "Темы уроков" in text))
    lessons = await journal.db.fetch(LESSONS, fifth["id"], fifth["starts_on"], fifth["ends_on"])
    homework = await journal.db.fetch(
        "SELECT text FROM homework WHERE lesson_id = ANY($1)", [lesson["id"] for lesson in lessons]
    )
    assert len(lessons) > 100
    assert len(homework) > 50
    for lesson in lessons:
        assert plain(f"{lesson['date']:%d.%m} {lesson['number']} {lesson['topic'] or ''}") in topics
        assert plain(lesson["material"] or "") in topics
    for each in homework:
        assert plain(each["text"]) in topics


async def test_nothing_of_others_is_in_it(journal: Journal, fifth: Any) -> None:
    pdf = await printed(journal, journal_path(fifth))
    here = {
        row["student_id"]
        for row in await journal.db.fetch("SELECT student_id FROM enrolment WHERE class_id = $1", fifth["id"])
    }
    names = {row["id"]: row["name"] for row in await journal.db.fetch(NAMES)}
    others = set(names.values()) - {names[each] for each in here}
    assert len(others) > 20
    assert not [name for name in others if name in pdf.text]


async def test_pages_are_a4_numbered_and_signed(journal: Journal, fifth: Any) -> None:
    pdf = await printed(journal, journal_path(fifth))
    assert pdf.sizes == {(842, 595)}
    for number, text in enumerate(pdf.pages, 1):
        assert f"стр. {number} из {len(pdf.pages)}" in text
        assert "Напечатано 20.05.2026" in text
    assert "Директор" in pdf.pages[0]
    topics = [text for text in pdf.pages if "Всего уроков" in text]
    assert len(topics) == len(await expected_rows(journal, fifth))
    assert all("Учитель" in text.partition("Всего уроков")[2] for text in topics)


async def test_a_wide_page_goes_on_with_its_names_and_days(journal: Journal) -> None:
    """Sixty lessons a subject and forty students: three sheets, each with every name and the head of its columns."""
    people = [
        {"id": each, "name": f"Ученик{each:02} Имя Отчество", "short": f"Ученик{each:02} И. О."} for each in range(40)
    ]
    task = {"kind": "Тест", "name": "Тест № 3", "weight": 1, "marks": [{"student": 7, "value": "незач."}] * 3}
    lessons = [
        {
            "id": each,
            "date": f"2026-0{4 + each // 30}-{each % 30 + 1:02}",
            "number": 1,
            "state": "held",
            "topic": f"Тема {each}",
            "material": None,
            "teacher": people[0],
            "substitute": None,
            "rollCalledAt": None,
            "attendance": [{"student": 7, "code": "late"}],
            "homework": [],
            "tasks": [task],
        }
        for each in range(60)
    ]
    copy = {
        "school": {"name": "Школа", "fullName": "Школа", "address": None},
        "class": {"name": "5А", "leader": None},
        "year": {"name": "2025/2026"},
        "period": {"name": "IV четверть", "startsOn": "2026-04-01", "endsOn": "2026-05-31"},
        "pages": [
            {
                "group": {"id": 1, "title": "5А"},
                "subject": {"id": 1, "name": "Алгебра"},
                "students": people,
                "lessons": lessons,
            }
        ],
    }
    pdf = read(await Printer().pdf(Form.JOURNAL, journal_form(copy, "UTC", "Напечатано")))
    sheets = [text for text in pdf.pages if "Отметки и посещаемость" in text]
    names = [person["name"] for person in people]
    for name in names:
        assert sum(name in text for text in pdf.pages) == 3
    for text in pdf.pages:
        assert not any(name in text for name in names) or "Фамилия, имя" in text
    assert len(sheets) == 3
    assert pdf.text.count("ОП незач. незач. незач.") == 60
    for each in range(60):
        assert f"Тема {each} " in pdf.text
    for text in pdf.pages[1:]:
        assert text.startswith("Школа 5А · IV четверть, 2025/2026 · Алгебра · 5А "), "each page says of what it is"
    assert sum("Алгебра · 5А (продолжение)" in lines for lines in pdf.lines) == 2, "in a line of its own"
    assert any("Тест №\N{NO-BREAK SPACE}3" in line for lines in pdf.lines for line in lines), "a number and its sign"


async def test_values_are_never_markup(journal: Journal, fifth: Any) -> None:
    """Names, topics and homework that would be markup, shown as they are; in the diary too."""
    lesson = await journal.lesson(days=-1, state="held")
    student = lesson.students[0]
    hostile = f"Ы{HOSTILE} https://school.example/{'0123456789' * 30}"
    await journal.db.execute("UPDATE lesson SET topic = $2, material = $2 WHERE id = $1", lesson.id, hostile)
    await journal.db.execute(
        "INSERT INTO homework (school_id, lesson_id, lesson_date, text, for_all, published_at, changed_at)"
        " SELECT school_id, id, date, $2, true, now(), now() FROM lesson WHERE id = $1",
        *(lesson.id, hostile),
    )
    await journal.db.execute(
        "UPDATE person SET patronymic = $2 FROM student WHERE (student.school_id, person_id)"
        " = (person.school_id, person.id) AND student.id = $1",
        *(student, "*Ж* #let _x_ $y$ \\"),
    )
    day = str(lesson.date)
    for path in (journal_path(fifth), diary_path(student, day, day)):
        text = (await printed(journal, path)).text.replace(" ", "")
        assert text.count(hostile.replace(" ", "")) >= 2, path
        assert "*Ж*#let_x_$y$\\" in text


async def test_the_class_teacher_prints_the_own_class_only(journal: Journal) -> None:
    led = await journal.db.fetchrow(
        "SELECT class_id FROM class_leadership AS l JOIN staff ON (staff.school_id, staff.id) = (l.school_id, staff_id)"
        " JOIN account ON account.person_id = staff.person_id WHERE login = 'class-teacher'"
        " AND '2026-05-20' BETWEEN starts_on AND coalesce(ends_on, '2026-05-20')"
    )
    classes = await journal.db.fetch(
        "SELECT c.id, p.id AS period FROM school_class AS c JOIN period AS p ON (p.school_id, p.year_id, p.kind)"
        " = (c.school_id, c.year_id, c.period_kind) WHERE p.number = 1"
    )
    answers = {each["id"]: (await fetch(journal, journal_path(each), "class-teacher")).status_code for each in classes}
    assert answers.pop(led["class_id"]) == 200
    assert set(answers.values()) == {404}


@pytest.mark.parametrize(
    ("login", "status", "code"),
    [
        (None, 401, "UNAUTHENTICATED"),
        *((login, 403, "FORBIDDEN") for login in ("student", "parent", "secretary", "hr", "administrator", "analyst")),
        ("service", 403, "FORBIDDEN"),
        ("teacher", 404, "NOT_FOUND"),
    ],
)
async def test_who_may_not_print_a_journal(
    journal: Journal, fifth: Any, login: str | None, status: int, code: str
) -> None:
    answer = await fetch(journal, journal_path(fifth), login)
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (status, code)
    assert answer.headers["cache-control"] == "private, no-store"


async def test_only_a_period_of_the_class_is_printed(journal: Journal, fifth: Any) -> None:
    half = await journal.db.fetchval("SELECT id FROM period WHERE name = 'II полугодие'")
    paths = [
        journal_path({"id": fifth["id"], "period": half}),
        journal_path({"id": 10**9, "period": fifth["period"]}),
        f"/print/journal/{gid('Student', fifth['id'])}/{gid('Period', fifth['period'])}.pdf",
        "/print/journal/x/y.pdf",
    ]
    assert [(await fetch(journal, path)).status_code for path in paths] == [404] * len(paths)


async def cells(journal: Journal, student: int, day: str) -> dict[str, Any]:
    """What GraphQL shows the deputy of a day of a diary."""
    query = (
        "query($id: ID!, $day: Date!) { diary(studentIds: [$id], from: $day, to: $day) { printUrl days { lessons {"
        " subject { name } topic marks { value } attendance { letters } homework { text } } } } }"
    )
    data = await journal.school.data(query, {"id": gid("Student", student), "day": day}, as_="deputy")
    (diary,) = data["diary"]
    return dict(diary)


async def test_the_diary_shows_what_graphql_shows(journal: Journal) -> None:
    student = await journal.db.fetchval(
        "SELECT student.id FROM student JOIN account USING (school_id, person_id) WHERE login = 'student'"
    )
    name = await journal.db.fetchval(f"SELECT name FROM ({NAMES}) AS t WHERE id = $1", student)
    seen = 0
    for offset in range(12):
        day = str(journal.school.demo.today - timedelta(days=offset))
        diary = await cells(journal, student, day)
        assert diary["printUrl"] == diary_path(student, day, day)
        pdf = await printed(journal, diary["printUrl"], "student")
        assert pdf.sizes == {(595, 842)}
        assert name in pdf.pages[0]
        assert "Подпись родителя" in pdf.text or not diary["days"][0]["lessons"]
        for lesson in diary["days"][0]["lessons"]:
            seen += 1
            for value in (lesson["subject"]["name"], lesson["topic"] or "", *(h["text"] for h in lesson["homework"])):
                assert plain(value) in pdf.text
            values = " ".join(mark["value"] for mark in lesson["marks"])
            letters = lesson["attendance"]["letters"] if lesson["attendance"] else ""
            assert values in pdf.text
            assert letters in pdf.text
    assert seen > 20


async def test_a_diary_with_signs_that_no_font_has(journal: Journal) -> None:
    """A picture in the homework costs nobody the diary."""
    student = await journal.db.fetchval(
        "SELECT student.id FROM student JOIN account USING (school_id, person_id) WHERE login = 'student'"
    )
    rows = "SELECT h.id, h.text, h.lesson_date FROM homework AS h JOIN lesson AS l ON l.id = h.lesson_id"
    rows += " JOIN group_membership AS m ON m.group_id = l.group_id AND m.student_id = $1 AND m.starts_on <= l.date"
    rows += " AND coalesce(m.ends_on, 'infinity') >= l.date WHERE h.for_all ORDER BY h.lesson_date DESC, h.id LIMIT 1"
    homework = await journal.db.fetchrow(rows, student)
    change = "UPDATE homework SET text = $2, version = version + 1 WHERE id = $1"
    await journal.db.execute(change, homework["id"], "Читать §5 📖\x01")
    try:
        day = str(homework["lesson_date"])
        assert "Читать §5 �" in (await printed(journal, diary_path(student, day, day), "student")).text
    finally:
        await journal.db.execute(change, homework["id"], homework["text"])


async def test_totals_of_the_diary(journal: Journal) -> None:
    student = await journal.db.fetchval(
        "SELECT student_id FROM attendance WHERE code = 'illness' GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
    )
    missed = await journal.db.fetch(
        "SELECT subject.name, code, count(*) AS lessons FROM attendance JOIN lesson ON (lesson.school_id, lesson.id)"
        " = (attendance.school_id, lesson_id) JOIN subject ON (subject.school_id, subject.id)"
        " = (lesson.school_id, subject_id) WHERE student_id = $1 AND code <> 'late' GROUP BY 1, 2",
        student,
    )
    pdf = await printed(journal, diary_path(student, "2025-09-01", "2026-05-20"))
    totals = pdf.text.partition("Успеваемость и посещаемость за эти дни")[2]
    assert missed
    for subject in {row["name"] for row in missed}:
        reasons = {row["code"]: row["lessons"] for row in missed if row["name"] == subject}
        words = counted(sum(reasons.values()), ("урок", "урока", "уроков"))
        (line,) = re.findall(rf"{re.escape(subject)} [^:]*?{words}: ([^;:]*)", totals)
        for code, lessons in reasons.items():
            assert f"{lessons} — {ATTENDANCE_WORDS[AttendanceCode(code)]}" in line


async def test_a_strangers_diary_is_not_printed(journal: Journal) -> None:
    rows = await journal.db.fetch("SELECT login, student.id FROM student JOIN account USING (school_id, person_id)")
    own = next(row["id"] for row in rows if row["login"] == "student")
    other = next(row["id"] for row in rows if row["login"] != "student")
    since, until = "2026-05-11", "2026-05-16"
    assert (await fetch(journal, diary_path(own, since, until), "student")).status_code == 200
    assert (await fetch(journal, diary_path(other, since, until), "student")).status_code == 404
    assert (await fetch(journal, diary_path(own, since, until), "parent-of-two")).status_code in (200, 404)
    for login in ("secretary", "hr", "administrator", "analyst", "service"):
        assert (await fetch(journal, diary_path(own, since, until), login)).status_code == 403
    for since, until in (("2026-05-16", "2026-05-11"), ("2025-05-01", "2026-05-11"), ("x", "2026-05-11")):
        assert (await fetch(journal, diary_path(own, since, until), "student")).status_code == 400


async def test_a_subject_teacher_prints_their_own_subject(journal: Journal) -> None:
    """What the diary shows a subject teacher is their subject: print shows no more."""
    row = await journal.db.fetchrow(
        "SELECT g.class_id, ta.group_id, subject.name FROM teaching_assignment AS ta"
        " JOIN staff ON (staff.school_id, staff.id) = (ta.school_id, staff_id)"
        " JOIN account ON account.person_id = staff.person_id"
        " JOIN study_group AS g ON (g.school_id, g.id) = (ta.school_id, group_id)"
        " JOIN subject ON (subject.school_id, subject.id) = (ta.school_id, ta.subject_id)"
        " WHERE login = 'teacher' AND class_id NOT IN (SELECT class_id FROM class_leadership AS l"
        "  WHERE l.staff_id = staff.id) ORDER BY ta.id LIMIT 1"
    )
    student = await journal.db.fetchval("SELECT min(student_id) FROM enrolment WHERE class_id = $1", row["class_id"])
    asked = diary_path(student, "2026-05-04", "2026-05-20")
    (whole, own) = [(await printed(journal, asked, login)).text for login in ("deputy", "teacher")]
    subjects = [each["name"] for each in await journal.db.fetch("SELECT name FROM subject")]
    assert sum(each in whole for each in subjects) > 5
    assert row["name"] in own
    assert sum(each in own for each in subjects) < 5


async def test_prints_are_noted(journal: Journal, fifth: Any) -> None:
    last = await journal.db.fetchval("SELECT max(id) FROM audit_entry")
    await fetch(journal, journal_path(fifth), "director")
    await fetch(journal, journal_path(fifth), "teacher")
    await fetch(journal, diary_path(1, "2026-05-11", "2026-05-16"), "deputy")
    noted = [tuple(row)[:3] for row in await journal.db.fetch(ENTRIES, last)]
    assert noted == [
        ("director", "printJournal", "done"),
        ("teacher", "printJournal", "NOT_FOUND"),
        ("deputy", "printDiary", "done"),
    ]


async def test_graphql_says_where_the_journal_is(journal: Journal, fifth: Any) -> None:
    query = "query($id: ID!, $p: ID!) { node(id: $id) { ... on SchoolClass { journalPrint(periodId: $p) { url } } } }"
    given = {"id": gid("SchoolClass", fifth["id"]), "p": gid("Period", fifth["period"])}
    data = await journal.school.data(query, given, as_="deputy")
    assert data["node"]["journalPrint"]["url"] == journal_path(fifth)


async def test_as_many_statements_whatever_there_is(
    journal: Journal, fifth: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts, fetched = [], Snapshot.fetch

    async def counting(self: Snapshot, *args: Any, **kwargs: Any) -> Any:
        counts[-1] += 1
        return await fetched(self, *args, **kwargs)

    monkeypatch.setattr(Snapshot, "fetch", counting)
    for _ in range(2):
        counts.append(0)
        assert (await fetch(journal, journal_path(fifth))).status_code == 200
        for number in range(9):
            lesson = await journal.lesson(days=-number, state="held")
            await journal.db.execute(
                "INSERT INTO attendance (school_id, lesson_id, lesson_date, student_id, code, changed_at)"
                " SELECT school_id, id, date, s, 'illness', now() FROM lesson, unnest($2::bigint[]) AS s WHERE id = $1",
                *(lesson.id, lesson.students),
            )
    for until in ("2026-05-12", "2026-05-20"):
        counts.append(0)
        await fetch(journal, diary_path(1, "2026-05-11", until))
    assert counts[0] == counts[1] < 30
    assert counts[2] == counts[3] < 20


def children() -> list[bytes]:
    """The command lines of this process's children."""
    listed = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text()
    return [Path(f"/proc/{each}/cmdline").read_bytes() for each in listed.split()]


async def test_what_takes_too_long_is_stopped(journal: Journal) -> None:
    """A form that would take minutes is killed with its process; those that wait for it are told, too."""
    lines = {"school": {"name": ""}, "printed": "", "student": "", "title": "", "leader": "", "days": "", "legend": ""}
    endless = {
        **lines,
        "weeks": [],
        "totals": [dict.fromkeys(("subject", "marks", "average", "missed"), "x " * 99)] * 9999,
    }
    printer = Printer(at_once=1, seconds=1)
    results = await asyncio.gather(*(printer.pdf(Form.DIARY, endless) for _ in range(2)), return_exceptions=True)
    assert [type(each) for each in results] == [TooLong, TooLong]
    assert not [each for each in children() if b"forms_typst" in each]
    small = {**endless, "totals": []}
    assert (await printer.pdf(Form.DIARY, small)).startswith(b"%PDF")


async def test_what_needs_too_much_memory_is_stopped() -> None:
    with pytest.raises(Unprintable):
        await Printer(megabytes=64).pdf(Form.DIARY, {})


async def test_a_busy_printer_says_when_to_come_back(
    journal: Journal, fifth: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal.school.app.state.prints, "printer", Printer(seconds=0))
    answer = await fetch(journal, journal_path(fifth))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert answer.json()["errors"][0]["extensions"]["code"] == "TOO_LONG"


async def test_what_typst_says_is_shown_to_nobody(
    journal: Journal, fifth: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A form's own failure is an incident: its text quotes people's data."""
    monkeypatch.setattr(journal.school.app.state.prints, "printer", Printer(megabytes=64))
    answer = await fetch(journal, journal_path(fifth))
    assert answer.status_code == 500
    assert answer.json()["errors"][0]["extensions"].keys() == {"code", "incident"}


def test_the_program_carries_its_forms() -> None:
    from hatchling.builders.wheel import WheelBuilder

    with TemporaryDirectory() as folder:
        (wheel,) = WheelBuilder(str(FOLDER.parent.parent)).build(directory=folder, versions=["standard"])
        names = set(ZipFile(wheel).namelist())
    templates = {f"documents/forms/{each.name}" for each in FOLDER.glob("*.typ")}
    assert {f"documents/forms/{form}.typ" for form in Form} < templates <= names


def test_words() -> None:
    assert [counted(each, ("урок", "урока", "уроков")) for each in (1, 2, 5, 11, 12, 21, 104, 111)] == [
        *("1 урок", "2 урока", "5 уроков", "11 уроков", "12 уроков", "21 урок", "104 урока", "111 уроков")
    ]
    assert [decimal(each) for each in (4.0, 4.5, 4.25, None)] == ["4", "4,5", "4,25", ""]
    assert work_title("Тест", "Тест № 1") == "Тест № 1"
    assert work_title("Тест", "Дроби") == "Тест «Дроби»"
    assert work_title("Тест", None) == "Тест"
