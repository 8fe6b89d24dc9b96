"""What the tests of a student's reports share: who the people of the demo are, and a plain count of daily marks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from .report_help import Reports, gid, near

SPAN = (date(2026, 3, 31), date(2026, 5, 26))
"""The days of the last quarter."""

_MARKS = """
SELECT m.id, m.student_id, m.value, t.weight, m.lesson_date, l.subject_id FROM mark AS m
JOIN task AS t ON t.id = m.task_id
JOIN lesson AS l ON l.id = m.lesson_id ORDER BY m.lesson_date, m.lesson_id, t.position, m.id
"""
_MEMBERS = """
SELECT student_id FROM enrolment WHERE class_id = $1 AND starts_on <= $2 AND coalesce(ends_on, 'infinity') >= $2
"""
_CLASS = """
SELECT class_id FROM enrolment AS e JOIN school_class AS c ON c.id = class_id
JOIN academic_year AS y ON y.id = c.year_id AND y.starts_on <= '2026-05-20' AND y.ends_on >= '2026-05-20'
WHERE student_id = $1 ORDER BY e.starts_on DESC LIMIT 1
"""
_TAUGHT = """
SELECT DISTINCT m.student_id FROM account AS a JOIN staff AS s USING (school_id, person_id)
JOIN teaching_assignment AS t ON t.staff_id = s.id JOIN group_membership AS m ON m.group_id = t.group_id
WHERE a.login = $1 AND t.starts_on <= '2026-06-03' AND coalesce(t.ends_on, 'infinity') >= '2026-06-03'
UNION SELECT e.student_id FROM account AS a JOIN staff AS s USING (school_id, person_id)
JOIN class_leadership AS l ON l.staff_id = s.id AND (l.ends_on IS NULL OR l.ends_on > '2026-06-03')
JOIN enrolment AS e ON e.class_id = l.class_id WHERE a.login = $1
"""
_SUBJECTS_TAUGHT = """
SELECT DISTINCT t.subject_id FROM account AS a JOIN staff AS s USING (school_id, person_id)
JOIN teaching_assignment AS t ON t.staff_id = s.id JOIN group_membership AS m ON m.group_id = t.group_id
WHERE a.login = $1 AND m.student_id = $2
"""
_CHILD = """
SELECT g.student_id FROM account AS a JOIN guardian AS p USING (school_id, person_id)
JOIN guardianship AS g ON g.guardian_id = p.id WHERE a.login = 'parent' ORDER BY 1 LIMIT 1
"""


@dataclass(frozen=True)
class People:
    """Students by what the demo's people have to do with them, in the running year."""

    reports: Reports
    marks: list[dict[str, Any]]
    child: int
    teacher: str
    pupil: int
    stranger: int

    @classmethod
    async def of(cls, reports: Reports) -> "People":
        """child: the parent's; pupil: taught by the teacher of this login; stranger: neither."""
        db = reports.db
        child = await db.fetchval(_CHILD)
        of_year = {each["student_id"] for each in await reports.marks()} - {child}
        marks = [dict(row) for row in await db.fetch(_MARKS)]
        for teacher in ("teacher", "class-teacher", "teacher-parent"):
            taught = {row["student_id"] for row in await db.fetch(_TAUGHT, teacher)}
            if taught & of_year and of_year - taught:
                return cls(reports, marks, child, teacher, min(taught & of_year), min(of_year - taught))
        raise AssertionError("every teacher of the demo teaches everybody")

    async def class_of(self, student: int) -> int:
        """The class of a student in the running year."""
        return await self.reports.db.fetchval(_CLASS, student)  # type: ignore[no-any-return]

    async def members(self, class_id: int, day: date) -> set[int]:
        """Who is in a class on a day."""
        return {row["student_id"] for row in await self.reports.db.fetch(_MEMBERS, class_id, day)}

    async def subjects_taught(self, login: str, student: int) -> set[int]:
        """The subjects in which somebody teaches a student."""
        return {row["subject_id"] for row in await self.reports.db.fetch(_SUBJECTS_TAUGHT, login, student)}

    def of_days(self, students: Iterable[int], span: tuple[date, date], **where: Any) -> list[dict[str, Any]]:
        """The daily marks of these students and days."""
        among = set(students)
        return [
            each
            for each in self.marks
            if each["student_id"] in among
            and span[0] <= each["lesson_date"] <= span[1]
            and all(each[name] == value for name, value in where.items())
        ]


def numbers(marks: Iterable[dict[str, Any]]) -> list[tuple[int, int]]:
    """The numbers among marks, with their weights."""
    return [(int(each["value"]), each["weight"]) for each in marks if each["value"].isdigit()]


def average(marks: Iterable[dict[str, Any]]) -> Fraction | None:
    """The mean."""
    found = [number for number, _ in numbers(marks)]
    return Fraction(sum(found), len(found)) if found else None


def weighted(marks: Iterable[dict[str, Any]]) -> Fraction | None:
    """The weighted mean."""
    found = numbers(marks)
    return Fraction(sum(a * b for a, b in found), sum(b for _, b in found)) if found else None


def two(value: Fraction | None) -> float | None:
    """With two digits."""
    return None if value is None else near(value)


def one(value: Fraction | None, marks: Iterable[dict[str, Any]], family: set[int]) -> float | None:
    """With one digit, where five or more who are not of the family have numbers."""
    others = {each["student_id"] for each in marks if each["value"].isdigit()} - family
    return None if value is None or len(others) < 5 else int(value * 10 + Fraction(1, 2)) / 10


_TYPES = {"year": "ID", "period": "ID", "kind": "FinalKind", "from": "Date!", "until": "Date!"}


async def ask(reports: Reports, what: str, student: int, as_: str = "deputy", **given: Any) -> Any:
    """A report of a student, None where somebody has none."""
    days = {"from": str(SPAN[0]), "until": str(SPAN[1])}
    names = [name for name in _TYPES if f"${name}" in what]
    query = f"query($student: ID!, {', '.join(f'${n}: {_TYPES[n]}' for n in names)})"
    query += f" {{ student(id: $student) {{ reports {{ {what} }} }} }}"
    asked = {"student": gid("Student", student)} | {
        name: each for name, each in (days | given).items() if name in names
    }
    found = (await reports.ask(query, as_, **asked))["student"]
    return found and found["reports"] and next(iter(found["reports"].values()))


async def until(reports: Reports, enrolment: int, day: date | None, order: int | None) -> None:
    """End a membership behind the door."""
    async with reports.db.transaction():
        await reports.db.execute("SET LOCAL session_replication_role = replica")
        await reports.db.execute(
            "UPDATE enrolment SET ends_on = $2, ended_by = $3 WHERE id = $1", enrolment, day, order
        )


__all__ = ["SPAN", "People", "ask", "average", "gid", "numbers", "one", "two", "until", "weighted"]
