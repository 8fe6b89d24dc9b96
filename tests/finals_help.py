"""What the tests of period, annual, exam and final marks share: the commands as GraphQL, and places to try them at."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg

from server.demo import Demo
from server.settings import Settings

from .conftest import School, copied
from .contents import digests
from .journal_help import gid

_MARK = (
    "id kind value number state version setAt student { id } subject { id } period { id } schoolClass { name } "
    "decision { proposed differs decidedBy { id } }"
)
_REFUSAL = "code message field clause objectIds"
_CLOSING = "id closedAt reopenedAt reason period { id } schoolClass { name } closedBy { id } reopenedBy { id }"

PAYLOADS = {
    **dict.fromkeys(("setPeriodMark", "setAnnualMark", "setExamMark", "setFinalMark"), f"mark {{ {_MARK} }}"),
    **dict.fromkeys(
        ("setPeriodMarks", "setAnnualMarks", "setExamMarks", "setFinalMarks", "acceptProposedMarks"),
        f"marks {{ {_MARK} }}",
    ),
    "removeFinalMark": "markId",
    **dict.fromkeys(("closePeriod", "reopenPeriod"), f"closings {{ {_CLOSING} }}"),
    "setMarkRule": "rule { id roundUpFrom weighted fewestMarks version subject { id } }",
    "removeMarkRule": "ruleId",
    "setExamDate": "examDate { id announcedOn version subject { id } schoolClass { id } }",
}
"""The commands, and what the tests read of their payloads."""

WRITTEN = (
    "exam_date",
    "final_mark",
    "mark_rule",
    "period_closing",
    "lesson",
    "task",
    "mark",
    "attendance",
    "roll_call",
    "homework",
)
KEPT = (*WRITTEN, "history", "final_mark_version", "idempotency_key", "period", "school_class", "enrolment")

JUNE = datetime(2026, 6, 3, 12, tzinfo=ZoneInfo("Asia/Barnaul"))
"""A moment when the year's lessons are over."""


@dataclass(frozen=True)
class Pupil:
    """A student of a class, with a subject that they take and who teaches it there."""

    number: int
    subject_number: int
    class_number: int

    @property
    def student(self) -> str:
        return gid("Student", self.number)

    @property
    def subject(self) -> str:
        return gid("Subject", self.subject_number)

    @property
    def of(self) -> dict[str, str]:
        """Whose mark, and in what."""
        return {"studentId": self.student, "subjectId": self.subject}


@dataclass
class Finals:
    """A running school, with a connection of the test's own to look behind the door."""

    school: School
    db: "asyncpg.Connection[Any]"

    async def run(self, name: str, given: dict[str, Any], as_: str = "deputy") -> dict[str, Any]:
        """The result of a command: a payload or a refusal."""
        kind = name[0].upper() + name[1:]
        query = (
            f"mutation($input: {kind}Input!) {{ {name}(input: $input) {{ __typename "
            f"... on {kind}Payload {{ {PAYLOADS[name]} }} ... on Refusal {{ {_REFUSAL} }} }} }}"
        )
        result: dict[str, Any] = (await self.school.data(query, {"input": given}, as_=as_))[name]
        return result

    async def done(self, name: str, given: dict[str, Any], as_: str = "deputy") -> dict[str, Any]:
        """The payload of a command that must not be refused; it was noted."""
        before = await self.noted()
        result = await self.run(name, given, as_)
        assert result["__typename"] != "Refusal", result
        assert (await self.noted())[len(before) :] == [(name, "done")]
        return result

    async def refused(self, name: str, given: dict[str, Any], as_: str = "deputy") -> tuple[str, str, str | None]:
        """Code, field and clause of a refusal; nothing was written, and the attempt was noted."""
        before, noted = await digests(self.db, KEPT), await self.noted()
        result = await self.run(name, given, as_)
        assert result["__typename"] == "Refusal", result
        assert any("а" <= letter <= "я" for letter in result["message"])
        assert await digests(self.db, KEPT) == before, "a refusal writes nothing"
        assert (await self.noted())[len(noted) :] == [(name, result["code"])]
        return result["code"], result["field"], result["clause"]

    async def noted(self) -> list[tuple[str, str]]:
        """The audit trail of these commands."""
        rows = await self.db.fetch(
            "SELECT command, outcome FROM audit_entry WHERE command = ANY($1) ORDER BY id", list(PAYLOADS)
        )
        return [(row["command"], row["outcome"]) for row in rows]

    async def pupil(self, of: str = "5А", subject: str = "Биол.", position: int = 0) -> Pupil:
        """A student of a class who takes a subject, taught at school."""
        rows = await self.db.fetch(
            "SELECT DISTINCT m.student_id, a.subject_id, c.id AS class_id FROM group_membership AS m"
            " JOIN teaching_assignment AS a ON a.group_id = m.group_id AND a.ends_on > '2026-06-01'"
            " JOIN subject AS s ON s.id = a.subject_id JOIN student ON student.id = m.student_id"
            " JOIN study_group AS g ON g.id = m.group_id JOIN school_class AS c ON c.id = g.class_id"
            " WHERE c.grade::text || c.letter = $1 AND s.short_name = $2 AND m.starts_on < '2025-10-01'"
            " AND m.ends_on IS NULL AND NOT taught_at_home AND NOT EXISTS (SELECT FROM dropped_subject AS d"
            " WHERE d.student_id = m.student_id AND d.subject_id = a.subject_id) ORDER BY 1",
            *(of, subject),
        )
        return Pupil(*rows[position])

    async def period(self, kind: str = "quarter", number: int = 3) -> str:
        """A period of the demo's year."""
        query = "SELECT id FROM period WHERE kind = $1 AND number = $2 ORDER BY id LIMIT 1"
        return gid("Period", await self.db.fetchval(query, kind, number))

    async def year(self) -> str:
        return gid("AcademicYear", await self.db.fetchval("SELECT id FROM academic_year ORDER BY id LIMIT 1"))

    async def marks(self, pupil: Pupil, day: date, *values: tuple[str, int]) -> None:
        """Daily marks of a student, each with its weight, behind the door: at a lesson of their own on a day."""
        lesson = await self.db.fetchval(
            "INSERT INTO lesson (school_id, group_id, subject_id, teacher_id, date, number, starts_at, ends_at, state,"
            " changed_at) SELECT a.school_id, a.group_id, a.subject_id, a.staff_id, $3, 14, '20:00', '20:40', 'held',"
            " now() FROM teaching_assignment AS a JOIN group_membership AS m ON m.group_id = a.group_id"
            " WHERE m.student_id = $1 AND a.subject_id = $2 ORDER BY a.id LIMIT 1 RETURNING id",
            *(pupil.number, pupil.subject_number, day),
        )
        for position, (value, weight) in enumerate(values, 1):
            task = await self.db.fetchval(
                "INSERT INTO task (school_id, lesson_id, lesson_date, work_type_id, position, weight, changed_at)"
                " SELECT school_id, $1, $2, id, $3, $4, now() FROM work_type ORDER BY id LIMIT 1 RETURNING id",
                *(lesson, day, position, weight),
            )
            await self.db.execute(
                "INSERT INTO mark (school_id, lesson_id, lesson_date, task_id, student_id, value, set_at, changed_at)"
                " SELECT school_id, lesson_id, lesson_date, id, $2, $3, now(), now() FROM task WHERE id = $1",
                *(task, pupil.number, value),
            )

    async def cells(self, pupil: Pupil, as_: str = "deputy", fields: str = "value state") -> list[dict[str, Any]]:
        """The cells of a student's subject."""
        query = (
            "query($student: ID!, $subject: ID!) { student(id: $student) { finalMarks(subjectId: $subject) "
            f"{{ kind period {{ number }} {fields} }} }} }}"
        )
        found = await self.school.data(query, {"student": pupil.student, "subject": pupil.subject}, as_=as_)
        cells: list[dict[str, Any]] = found["student"]["finalMarks"]
        return cells


@asynccontextmanager
async def opened(cluster: str, template: tuple[str, Demo], now: datetime | None = None) -> AsyncIterator[Finals]:
    """A school to write in, at the demo's moment or another, in which nothing is summed up yet."""
    settings = Settings(now=now) if now else None
    async for school in copied(cluster, template, settings):
        db = await asyncpg.connect(school.url)
        await db.execute("DELETE FROM mark_rule")
        await db.execute("UPDATE period_closing SET reopened_at = now(), reason = 'Для проверки'")
        await db.execute("DELETE FROM final_mark")
        await db.execute("TRUNCATE history")
        try:
            yield Finals(school, db)
        finally:
            await db.close()
