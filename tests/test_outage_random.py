"""Any sheet that is exported, filled at random, imports to exactly what was filled; whatever else comes is told so."""

import io
import zipfile
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from documents.sheets import cleaned, write_sheet
from rules.journal import ATTENDANCE_LETTERS, MARK_VALUES, AttendanceCode
from server.demo import Demo

from .conftest import clone, running
from .journal_help import Lesson, gid, number_of
from .outage_help import Book, Desk

SEEDS = st.integers(0, 2**48)
TEXT = "абвГДЕёЖйъ №§«»–=+-@'\"<>&/\\_x000D_ 0123\n\t😀"
RECORDS = """query($of: [_Any!]!) { _entities(representations: $of) { ... on LessonRecord {
  id topic material rollCalledAt tasks { workType { shortName } marks { value student { id } } }
  attendance { code minutesLate student { id } } homework { text forAll } transfers { paperDate } } } }"""


@asynccontextmanager
async def opened_hardened(cluster: str, template: tuple[str, Demo]) -> AsyncIterator[Desk]:
    """The hardened school: students who come and go, subgroups, plans of one's own, teaching at home."""
    name, demo = template
    url = await clone(cluster, name)
    connection = await asyncpg.connect(url)
    try:
        async for school in running(url, demo):
            desk = Desk(school, connection)
            await connection.execute(
                "UPDATE outage SET ended_at = started_at, ends_on = starts_on WHERE ends_on IS NULL"
            )
            await connection.execute(
                "UPDATE outage SET starts_on = '2026-05-11', ends_on = '2026-05-20', ended_at = '2026-05-20T01:00Z'"
                " WHERE id = (SELECT max(id) FROM outage)"
            )
            yield desk
    finally:
        await connection.close()


@pytest.fixture(scope="module")
async def desk(cluster: str, hardened_template: tuple[str, Demo]) -> AsyncIterator[Desk]:
    async with opened_hardened(cluster, hardened_template) as desk:
        yield desk


@dataclass
class Said:
    """What is filled in of one lesson, and so must be in the journal."""

    topic: str | None = None
    material: str | None = None
    homework: list[str] = field(default_factory=list)
    called: bool = False
    absent: dict[int, tuple[str, int | None]] = field(default_factory=dict)
    tasks: dict[str, tuple[str, dict[int, str]]] = field(default_factory=dict)

    def shown(self, lesson: int) -> dict[str, Any]:
        """As GraphQL tells it: tasks in the order of their columns."""
        return {
            "id": gid("LessonRecord", lesson),
            "topic": self.topic,
            "material": self.material,
            "called": self.called,
            "homework": self.homework,
            "absent": self.absent,
            "tasks": [self.tasks[slot] for slot in sorted(self.tasks)],
        }


def read_back(found: dict[str, Any]) -> dict[str, Any]:
    """The same of what the journal answers."""
    return {
        "id": found["id"],
        "topic": found["topic"],
        "material": found["material"],
        "called": found["rollCalledAt"] is not None,
        "homework": [each["text"] for each in found["homework"] if each["forAll"]],
        "absent": {
            number_of(each["student"]["id"]): (each["code"].lower(), each["minutesLate"])
            for each in found["attendance"]
        },
        "tasks": [
            (
                task["workType"]["shortName"],
                {number_of(mark["student"]["id"]): mark["value"] for mark in task["marks"]},
            )
            for task in found["tasks"]
        ],
    }


class Filler:
    """Fills a blank by chance, and remembers what that says."""

    def __init__(self, rng: Random, book: Book, kinds: Sequence[str]) -> None:
        self.rng, self.book, self.kinds = rng, book, kinds

    def text(self) -> str:
        """A text as a person could write it: what stays of it is what the program reads of any sheet."""
        length = self.rng.choice((1, 5, 40, 300))
        return "".join(self.rng.choice(TEXT) for _ in range(length))

    def lesson(self, lesson: Lesson, members: Sequence[int], excused: Collection[int]) -> Said:
        """Fill in one lesson: everything, something or nothing. Why who is excused was away, the document says."""
        rng, said = self.rng, Said()
        (sheet,) = (
            each for each in self.book.journals() if f"attendance:{lesson.id}" in self.book.values(each).values()
        )
        places, texts = self.book.places(sheet), self.book.places("Уроки")
        for name in ("topic", "material", "homework"):
            if rng.random() < 0.5:
                text = self.text()
                self.book.fill("Уроки", texts[str(lesson.id), name], text)
                if kept := cleaned(text):
                    setattr(said, name, [kept] if name == "homework" else kept)
        for student in members:
            if student not in excused and rng.random() < 0.3:
                code = rng.choice(list(AttendanceCode))
                minutes = rng.choice((None, 1, 15, 1439)) if code is AttendanceCode.LATE else None
                letters = ATTENDANCE_LETTERS[code]
                shown = rng.choice((letters, letters.lower(), f" {letters} ")) + (f" {minutes}" if minutes else "")
                self.book.fill(sheet, places[str(student), f"attendance:{lesson.id}"], shown)
                said.absent[student] = (code.value, minutes)
        if rng.random() < 0.3:
            self.book.fill(sheet, places["roll", f"attendance:{lesson.id}"], rng.choice(("+", "да", "Все")))
            said.called = True
        said.called = said.called or bool(said.absent)
        for slot in ("new0", "new1"):
            column = f"mark:{lesson.id}:{slot}"
            kind = self.kinds[0]
            if rng.random() < 0.5:
                kind = rng.choice(self.kinds)
                self.book.fill(sheet, places["kind", column], kind)
            marks = {}
            for student in members:
                if rng.random() < rng.choice((0.0, 0.5)):
                    value = marks[student] = rng.choice(MARK_VALUES)
                    typed = int(value) if value.isdigit() and rng.random() < 0.5 else value
                    self.book.fill(sheet, places[str(student), column], typed)
            if marks:
                said.tasks[slot] = (kind, marks)
        return said


MEMBERS = """
SELECT m.student_id FROM group_membership AS m JOIN student AS s ON (s.school_id, s.id) = (m.school_id, m.student_id)
WHERE m.group_id = $1 AND m.starts_on <= $2 AND (m.ends_on IS NULL OR m.ends_on >= $2) AND NOT s.taught_at_home
AND NOT EXISTS (SELECT FROM dropped_subject AS d WHERE (d.school_id, d.student_id) = (s.school_id, s.id)
    AND d.subject_id = (SELECT subject_id FROM lesson WHERE id = $3)
    AND d.starts_on <= $2 AND (d.ends_on IS NULL OR d.ends_on >= $2)) ORDER BY 1
"""
EXCUSED = "SELECT student_id FROM excuse WHERE withdrawn_at IS NULL AND $1 BETWEEN starts_on AND ends_on"


@given(seed=SEEDS)
@settings(max_examples=20, deadline=None)
async def test_what_is_filled_in_is_what_comes(desk: Desk, seed: int) -> None:
    rng = Random(seed)
    subjects = await desk.db.fetch(
        "SELECT DISTINCT c.id, c.grade::text || c.letter AS name, subject.short_name FROM lesson"
        " JOIN study_group AS g ON g.id = group_id JOIN school_class AS c ON c.id = class_id"
        " JOIN academic_year AS y ON y.id = c.year_id AND '2026-05-20' BETWEEN y.starts_on AND y.ends_on"
        " JOIN subject ON subject.id = lesson.subject_id JOIN school ON school.school_id = c.school_id"
        " WHERE school.code = 'demo' ORDER BY 1, 3"
    )
    class_name = rng.choice(sorted({row["name"] for row in subjects}))
    mine = [row for row in subjects if row["name"] == class_name]
    lessons = [
        await desk.lesson(class_name, rng.choice(mine)["short_name"], days=-rng.randrange(9))
        for _ in range(rng.choice((1, 2, 3)))
    ]
    class_id = await desk.class_of(lessons[0].group_id)
    days = sorted(each.date.isoformat() for each in lessons)
    book = await desk.blank(class_id, days[0], days[-1])
    kinds = [row["short_name"] for row in await desk.db.fetch("SELECT short_name FROM work_type ORDER BY position, id")]
    filler, said = Filler(rng, book, list(dict.fromkeys(kinds))), {}
    for lesson in lessons:
        members = [row[0] for row in await desk.db.fetch(MEMBERS, lesson.group_id, lesson.date, lesson.id)]
        excused = {row[0] for row in await desk.db.fetch(EXCUSED, lesson.date)}
        said[lesson.id] = filler.lesson(lesson, members, excused)
    expected = [each.shown(number) for number, each in said.items()]
    file = await desk.upload(book.saved())
    if all(each == Said() for each in said.values()):
        assert (await desk.bring(file, days[-1]))["code"] == "BAD_FILE"
    else:
        done = await desk.bring(file, days[-1])
        assert done["__typename"] == "ImportOutageSheetPayload", done
        again = await desk.bring(file, days[-1])
        assert (again["written"], again["same"]) == (0, done["written"])
    of = [{"__typename": "LessonRecord", "id": gid("LessonRecord", each.id)} for each in lessons]
    found = (await desk.school.data(RECORDS, {"of": of}, as_="deputy"))["_entities"]
    assert [read_back(each) for each in found] == expected
    for each in found:
        filled = said[number_of(each["id"])] != Said()
        assert [transfer["paperDate"] for transfer in each["transfers"]] == ([days[-1]] if filled else [])


def damaged(rng: Random, content: bytes) -> bytes:
    """A file with something wrong: bytes, a part left out, or a part of another."""
    way = rng.randrange(4)
    if way == 0:
        at = rng.randrange(len(content))
        return content[:at] + rng.randbytes(rng.choice((1, 40))) + content[at + 1 :]
    if way == 1:
        return content[: rng.randrange(len(content))] or b"PK"
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        names = old.namelist()
        gone = rng.choice(names)
        for name in names:
            part = old.read(name)
            if name == gone:
                if way == 2:
                    continue
                at = rng.randrange(len(part))
                part = part[:at] + rng.choice((b"", b"<", b"0", "ж".encode())) + part[at + 1 :]
            new.writestr(name, part)
    return buffer.getvalue()


@pytest.fixture(scope="module")
async def filled(desk: Desk) -> bytes:
    """A sheet with something filled in, as it stands at its best."""
    lesson = await desk.lesson("5А", "Биол.", days=-1)
    day = lesson.date.isoformat()
    book = await desk.blank(await desk.class_of(lesson.group_id), day, day)
    (sheet,) = (each for each in book.journals() if f"attendance:{lesson.id}" in book.values(each).values())
    places = book.places(sheet)
    for student in lesson.students[:3]:
        book.fill(sheet, places[str(student), f"mark:{lesson.id}:new0"], 5)
    return book.saved()


async def told(desk: Desk, content: bytes) -> None:
    """A file is refused, or previewed: never an error of ours, and looking leaves nothing."""
    headers = {"authorization": f"Bearer {await desk.school.token('deputy')}"}
    sent = await desk.school.client.post("/files", params={"name": "f.xlsx"}, content=content, headers=headers)
    if sent.status_code != 201:
        assert sent.status_code in (400, 415), sent.text
        return
    query = "query($f: ID!) { outageSheetPreview(fileId: $f) { conflicts cells { outcome conflict message } } }"
    before = await desk.digest()
    answer = await desk.school.ask(query, {"f": sent.json()["id"]}, as_="deputy")
    assert await desk.digest() == before
    if errors := answer.get("errors"):
        assert errors[0]["extensions"]["code"] == "BAD_FILE", errors
    else:
        assert all(each["message"] for each in answer["data"]["outageSheetPreview"]["cells"] if each["conflict"])


@given(seed=SEEDS)
@settings(max_examples=60, deadline=None)
async def test_damaged_files_are_told_so(desk: Desk, filled: bytes, seed: int) -> None:
    await told(desk, damaged(Random(seed), filled))


@given(seed=SEEDS)
@settings(max_examples=40, deadline=None)
async def test_whatever_is_written_about_is_told(desk: Desk, filled: bytes, seed: int) -> None:
    """Cells anywhere, keys among them, hold numbers, texts and formulas; sheets have other names."""
    rng, book = Random(seed), Book(filled)
    for _ in range(rng.choice((1, 5, 30))):
        sheet = rng.choice(list(book.sheets))
        cells = list(book.values(sheet))
        cell = rng.choice(cells) if cells and rng.random() < 0.5 else f"{rng.choice('ABDEFGZ')}{rng.randrange(1, 40)}"
        value = rng.choice(
            (5, 10**15, -1, "5", "Н", "=1+1", "ж" * 5000, "1" * 30, "attendance:1", "mark:1:x", "\u200b")
        )
        book.fill(sheet, cell, value, formula=rng.choice((None, None, "1+1", "#REF!")))
    renamed = book.parts["xl/workbook.xml"]
    if rng.random() < 0.3:
        for name in book.journals():
            renamed = renamed.replace(f'"{name}"'.encode(), f'"Лист {rng.randrange(10**6)}"'.encode())
    book.parts["xl/workbook.xml"] = renamed
    await told(desk, book.saved())


async def test_sheets_of_others_and_huge_ones(desk: Desk, filled: bytes) -> None:
    """A sheet of another school, a plain table, a stray cell in the far corner, and a workbook with nothing in it."""
    book = Book(filled)
    book.fill(book.journals()[0], "XFD1048576", "5")
    for content, reason in (
        (book.saved(), "Лист слишком велик"),
        ((await blank_of_other(desk)), "другой школы"),
        (plain(), "не временный журнал"),
        (await nothing_filled(desk), "ничего не заполнено"),
    ):
        file = await desk.upload(content)
        code, name, clause = await desk.refused("importOutageSheet", {"fileId": file, "paperDate": "2026-05-20"})
        assert (code, name, clause) == ("BAD_FILE", "fileId", "13.2")
        answer = await desk.run("importOutageSheet", {"fileId": file, "paperDate": "2026-05-20"})
        assert reason in answer["message"]


async def blank_of_other(desk: Desk) -> bytes:
    """A blank whose description names another school: its digest fits."""
    await desk.db.execute("UPDATE school SET code = 'else' WHERE code = 'demo'")
    try:
        return await nothing_filled(desk)
    finally:
        await desk.db.execute("UPDATE school SET code = 'demo' WHERE code = 'else'")


async def nothing_filled(desk: Desk) -> bytes:
    """A blank as it was made."""
    class_id = await desk.db.fetchval(
        "SELECT class_id FROM study_group JOIN lesson ON group_id = study_group.id"
        " WHERE date = '2026-05-20' ORDER BY lesson.id LIMIT 1"
    )
    return (await desk.blank(class_id, "2026-05-20", "2026-05-20")).saved()


def plain() -> bytes:
    """A table that is no temporary journal."""
    return write_sheet(["Фамилия"], [["Иванов"]])
