"""What the tests of prints share: pages as text, and what the tables say that a journal's pages must show."""

import re
from collections import defaultdict
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pypdf

from rules.journal import ATTENDANCE_LETTERS, AttendanceCode

from .journal_help import Journal, gid

CLASS = """
SELECT c.id, c.grade::text || c.letter AS name, p.id AS period, p.starts_on, p.ends_on, c.year_id FROM school_class AS c
JOIN period AS p ON (p.school_id, p.year_id, p.kind) = (c.school_id, c.year_id, c.period_kind)
WHERE c.grade::text || c.letter = $1 AND p.name = $2
"""
LESSONS = """
SELECT lesson.*, subject.name AS subject, g.name AS part FROM lesson
JOIN study_group AS g ON (g.school_id, g.id) = (lesson.school_id, group_id)
JOIN subject ON (subject.school_id, subject.id) = (lesson.school_id, lesson.subject_id)
WHERE g.class_id = $1 AND date BETWEEN $2 AND $3 AND state <> 'cancelled' ORDER BY date, number, lesson.id
"""
NAMES = """
SELECT student.id, concat_ws(' ', family_name, given_name, patronymic) AS name, sort_key FROM student
JOIN person ON (person.school_id, person.id) = (student.school_id, person_id)
"""
ROWS = """
SELECT DISTINCT student_id FROM group_membership
WHERE group_id = $1 AND starts_on <= $3 AND (ends_on IS NULL OR ends_on >= $2)
"""


@dataclass
class Printed:
    """A PDF: its pages as text, each in one line, and their lines."""

    pages: list[str]
    lines: list[list[str]]
    sizes: set[tuple[int, int]]

    @property
    def text(self) -> str:
        """All of it."""
        return " ".join(self.pages)


def read(pdf: bytes) -> Printed:
    """The text of a PDF."""
    reader = pypdf.PdfReader(BytesIO(pdf))
    texts = [page.extract_text() for page in reader.pages]
    sizes = {(round(page.mediabox.width), round(page.mediabox.height)) for page in reader.pages}
    return Printed([plain(text) for text in texts], [text.splitlines() for text in texts], sizes)


def plain(text: str) -> str:
    """A text as one line."""
    return re.sub(r"\s+", " ", text.replace("\N{ZERO WIDTH SPACE}", "")).strip()


async def fetch(journal: Journal, path: str, as_: str | None = "deputy") -> Any:
    """The answer of the door to somebody, or to nobody."""
    headers = {"authorization": f"Bearer {await journal.school.token(as_)}"} if as_ else {}
    return await journal.school.client.get(path, headers=headers)


def journal_path(of: Any) -> str:
    """Where the journal of a class and period is printed."""
    return f"/print/journal/{gid('SchoolClass', of['id'])}/{gid('Period', of['period'])}.pdf"


def diary_path(student: int, since: str, until: str) -> str:
    """Where a student's diary is printed."""
    return f"/print/diary/{gid('Student', student)}/{since}/{until}.pdf"


async def expected_rows(journal: Journal, of: Any) -> dict[tuple[str, str | None], list[str]]:
    """By subject and subgroup, the rows of students as lines: number, name, cells that hold anything, averages."""
    db, found = journal.db, {}
    names = {row["id"]: row for row in await db.fetch(NAMES)}
    pages = defaultdict(list)
    for lesson in await db.fetch(LESSONS, of["id"], of["starts_on"], of["ends_on"]):
        pages[lesson["subject"], lesson["part"], lesson["group_id"]].append(lesson["id"])
    for (subject, part, group), lessons in pages.items():
        cells: dict[int, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
        numbers = defaultdict(list)
        for row in await db.fetch("SELECT * FROM attendance WHERE lesson_id = ANY($1)", lessons):
            cells[row["student_id"]][row["lesson_id"]].append(ATTENDANCE_LETTERS[AttendanceCode(row["code"])])
        marks = await db.fetch(
            "SELECT mark.*, weight FROM mark JOIN task ON (task.school_id, task.id) = (mark.school_id, task_id)"
            " WHERE mark.lesson_id = ANY($1) ORDER BY position, task.id",
            lessons,
        )
        for row in marks:
            cells[row["student_id"]][row["lesson_id"]].append(row["value"])
            if row["number"] is not None:
                numbers[row["student_id"]].append((row["number"], row["weight"]))
        members = {row["student_id"] for row in await db.fetch(ROWS, group, of["starts_on"], of["ends_on"])}
        students = sorted(members | cells.keys(), key=lambda each: (names[each]["sort_key"], each))
        found[subject, part] = [
            " ".join(
                (
                    str(number),
                    names[student]["name"],
                    *(part for lesson in lessons for part in cells[student][lesson]),
                    *_averages(numbers[student]),
                )
            )
            for number, student in enumerate(students, 1)
        ]
    return found


def _averages(numbers: list[tuple[int, int]]) -> list[str]:
    if not numbers:
        return []
    simple = sum(number for number, _ in numbers) / len(numbers)
    weighted = sum(number * weight for number, weight in numbers) / sum(weight for _, weight in numbers)
    return [f"{int(each * 100 + 0.5 + 1e-9) / 100:g}".replace(".", ",") for each in (simple, weighted)]
