"""What the tests of reports share: marks drawn behind the door, a plain count of them, reports on paper."""

import random
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from io import BytesIO
from typing import Any

import asyncpg
import httpx
from python_calamine import CalamineWorkbook

from rules.journal_finals import FINAL_VALUES
from server.demo import Demo
from server.settings import Settings

from .conftest import School, copied
from .finals_help import JUNE
from .journal_help import gid

CELLS = """
SELECT DISTINCT e.student_id, a.subject_id, c.id AS class_id, c.year_id, p.id AS period_id, p.ends_on
FROM school_class AS c JOIN period AS p ON p.year_id = c.year_id AND p.kind = c.period_kind
JOIN enrolment AS e ON e.class_id = c.id AND e.starts_on <= p.ends_on AND coalesce(e.ends_on, 'infinity') >= p.ends_on
JOIN group_membership AS m ON m.student_id = e.student_id AND m.starts_on <= p.ends_on
  AND coalesce(m.ends_on, 'infinity') >= p.ends_on
JOIN study_group AS g ON g.id = m.group_id AND g.class_id = c.id
JOIN teaching_assignment AS a ON a.group_id = g.id AND a.starts_on <= p.ends_on
  AND coalesce(a.ends_on, 'infinity') >= p.starts_on
WHERE NOT EXISTS (SELECT FROM dropped_subject AS d WHERE d.student_id = e.student_id AND d.subject_id = a.subject_id
  AND d.starts_on <= p.ends_on AND coalesce(d.ends_on, 'infinity') >= p.ends_on)
ORDER BY 1, 2, 3, 5
"""
"""Who is to be marked in what at the end of each period, said anew in SQL of the tests' own."""


@dataclass
class Reports:
    """A running school whose marks of periods are drawn, with a connection to look behind the door."""

    school: School
    db: "asyncpg.Connection[Any]"

    async def ask(self, query: str, as_: str = "deputy", **variables: Any) -> Any:
        """What somebody gets."""
        return await self.school.data(query, variables, as_=as_)

    async def fetch(self, path: str, as_: str | None) -> httpx.Response:
        """An answer of the door to the path of a print."""
        headers = {"authorization": f"Bearer {await self.school.token(as_)}"} if as_ else {}
        return await self.school.client.get(path, headers=headers)

    async def class_id(self, name: str) -> int:
        """A class of the running year by its name."""
        number: int = await self.db.fetchval(
            "SELECT c.id FROM school_class AS c JOIN academic_year AS y ON y.id = c.year_id"
            " WHERE grade::text || letter = $1 AND y.starts_on <= '2026-05-20' AND y.ends_on >= '2026-05-20'",
            name,
        )
        return number

    async def period_id(self, name: str) -> int:
        """A period of the running year by its name."""
        number: int = await self.db.fetchval(
            "SELECT p.id FROM period AS p JOIN academic_year AS y ON y.id = p.year_id WHERE p.name = $1"
            " AND y.starts_on <= '2026-05-20' AND y.ends_on >= '2026-05-20'",
            name,
        )
        return number

    async def led(self) -> str:
        """The class that the class teacher leads."""
        name: str = await self.db.fetchval(
            "SELECT c.grade::text || c.letter FROM account AS a JOIN staff AS s USING (school_id, person_id)"
            " JOIN class_leadership AS l ON l.staff_id = s.id JOIN school_class AS c ON c.id = l.class_id"
            " WHERE a.login = 'class-teacher' AND (l.ends_on IS NULL OR l.ends_on > '2026-06-01')"
        )
        return name

    async def marks(self, **where: int) -> list[dict[str, Any]]:
        """Each who is to be marked, with the mark or None, as far as the columns have these values.

        Of what is learned beside the lessons no mark is missing.
        """
        slot = "student_id, subject_id, period_id"
        rows = await self.db.fetch(
            f"SELECT c.*, f.value FROM ({CELLS}) AS c LEFT JOIN final_mark AS f USING ({slot})"
            " WHERE f.value IS NOT NULL OR (c.class_id, c.subject_id) NOT IN ("
            "  SELECT class_id, subject_id FROM plan_hours AS h JOIN component AS o ON o.id = h.component_id"
            "  WHERE o.kind = 'extracurricular'"
            " )"
        )
        return [dict(row) for row in rows if all(row[name] == value for name, value in where.items())]


@asynccontextmanager
async def drawn(
    cluster: str, template: tuple[str, Demo], seed: int = 1, now: datetime | None = JUNE
) -> AsyncIterator[Reports]:
    """A school with marks of every value in all periods, and with some who have none."""
    rng = random.Random(seed)
    settings = Settings(now=now) if now else None
    async for school in copied(cluster, template, settings):
        db = await asyncpg.connect(school.url)
        await db.execute("UPDATE period_closing SET reopened_at = now(), reason = 'Для проверки'")
        await db.execute("DELETE FROM final_mark")
        cells = await db.fetch(CELLS)
        school_id = await db.fetchval("SELECT school_id FROM school_class LIMIT 1")
        slot = ("student_id", "subject_id", "year_id", "class_id", "period_id")
        values = [*FINAL_VALUES, "5", "4", "4", "3", "3", None]
        rows = [
            (
                school_id,
                *(each[name] for name in slot),
                value,
            )
            for each in cells
            if (value := rng.choice(values))
        ]
        await db.executemany(
            "INSERT INTO final_mark (school_id, student_id, subject_id, year_id, class_id, kind, period_id, value,"
            " set_at, changed_at) VALUES ($1, $2, $3, $4, $5, 'period', $6, $7, now(), now())",
            rows,
        )
        try:
            yield Reports(school, db)
        finally:
            await db.close()


@dataclass(frozen=True)
class Plain:
    """Figures of some marks, counted in plain Python from the formulas' words."""

    values: Counter[str | None]

    @classmethod
    def of(cls, marks: Iterable[dict[str, Any]]) -> "Plain":
        """The figures of these marks."""
        return cls(Counter(each["value"] for each in marks))

    def figure(self, *weights: int) -> float | None:
        """The figure that gives 5, 4, 3, 2 and «н/а» these weights."""
        of = dict(zip(("5", "4", "3", "2", "н/а"), weights, strict=True)) | {"1": weights[3]}
        counted = sum(self.values[value] for value in of)
        return near(Fraction(sum(self.values[v] * weight for v, weight in of.items()), counted)) if counted else None

    @property
    def figures(self) -> dict[str, float | None]:
        """All four."""
        numbers = {int(v): n for v, n in self.values.items() if v and v.isdigit()}
        total = sum(numbers.values())
        return {
            "success": self.figure(100, 100, 100, 0, 0),
            "quality": self.figure(100, 100, 0, 0, 0),
            "learning": self.figure(100, 64, 36, 16, 7),
            "average": near(Fraction(sum(v * n for v, n in numbers.items()), total)) if total else None,
        }


def near(value: Fraction) -> float:
    """Two digits, a half up."""
    return float((value * 100 + Fraction(1, 2)) // 1) / 100


def sheet(content: bytes) -> list[list[Any]]:
    """The rows of an XLSX of a report."""
    return CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python(skip_empty_area=False)


def day(text: str) -> date:
    """A date of an answer."""
    return date.fromisoformat(text)


__all__ = ["CELLS", "Plain", "Reports", "day", "drawn", "gid", "near", "sheet"]
