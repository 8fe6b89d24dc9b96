"""What the tests of corrections share: the commands, lessons in free slots, and what the tables hold."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, time
from typing import Any

import asyncpg

from server.demo import SMALL, Demo, make_demo

from .conftest import School, copied
from .contents import digests
from .journal_help import KEPT, gid
from .journal_help import Journal as JournalDesk

LESSON = "id date number startsAt endsAt room state movedFrom version subject { name } teacher { id } substitute { id }"
_ONE = f"lesson {{ {LESSON} corrections {{ kind reason date number madeBy {{ name }} }} }}"
CORRECTIONS = {
    "moveLesson": _ONE,
    "cancelLesson": _ONE,
    "restoreLesson": _ONE,
    "addLesson": _ONE,
    "replaceLesson": _ONE,
    "substituteLesson": _ONE,
    "endSubstitution": _ONE,
    "changeRoom": _ONE,
    "substituteLessons": f"lessons {{ {LESSON} }}",
    "endSubstitutions": f"lessons {{ {LESSON} }}",
}
ABSENCES = dict.fromkeys(
    ("recordStaffAbsence", "updateStaffAbsence", "endStaffAbsence"),
    "absence { id kind startsOn endsOn version staff { id } }",
)
PAYLOADS = CORRECTIONS | ABSENCES
MISMATCHES = dict.fromkeys(
    ("reportMismatch", "answerMismatch", "closeMismatch", "reopenMismatch"),
    "mismatch { id state comment reportedAt version group { id } subject { id } reportedBy { id }"
    " dates { date kind shouldBe differs lessons { id } } steps { kind text madeAt madeBy { id } } }",
)
COMMANDS = PAYLOADS | MISMATCHES
TABLES = (*KEPT, "lesson_correction", "staff_absence", "mismatch_report", "mismatch_date", "mismatch_step")

DAY, NEXT = date(2026, 5, 25), date(2026, 5, 26)
"""Days of lessons to come, on which nobody of the demo is away."""


@dataclass
class Desk(JournalDesk):
    """The deputy's desk: the timetable's commands, beside those of the journal."""

    school: School
    db: "asyncpg.Connection[Any]"

    async def run(self, name: str, given: dict[str, Any], as_: str = "deputy") -> dict[str, Any]:
        """The result of a command: a payload or a refusal."""
        if name not in COMMANDS:
            return await super().run(name, given, as_)
        kind = name[0].upper() + name[1:]
        text = (
            f"mutation($input: {kind}Input!) {{ {name}(input: $input) {{ __typename ... on {kind}Payload "
            f"{{ {COMMANDS[name]} }} ... on Refusal {{ code message field clause objectIds }} }} }}"
        )
        result: dict[str, Any] = (await self.school.data(text, {"input": given}, as_=as_))[name]
        return result

    async def done(self, name: str, given: dict[str, Any], as_: str = "deputy") -> dict[str, Any]:
        """The payload of a command that must not be refused."""
        return await super().done(name, given, as_)

    async def refused(self, name: str, given: dict[str, Any], as_: str = "deputy") -> tuple[str, str, str | None]:
        """Code, field and clause of a refusal that has left nothing behind but a note."""
        return await super().refused(name, given, as_)

    async def digest(self) -> dict[str, Any]:
        """What every table that a command may write holds, as a digest."""
        return await digests(self.db, TABLES)

    async def entries(self) -> list[dict[str, Any]]:
        """The audit trail of all commands but log-ins."""
        rows = await self.db.fetch(
            "SELECT audit_entry.id, login, at, command, outcome, input::text FROM audit_entry "
            "LEFT JOIN account ON (account.school_id, account.id) = (audit_entry.school_id, account_id) "
            "WHERE command <> 'logIn' ORDER BY audit_entry.id"
        )
        return [dict(row) for row in rows]

    async def group(self, school_class: str, subject: str | None = None, part: int = 0) -> Any:
        """A group of a class: the whole, or one of those of a subject; with a subject and a teacher of its."""
        rows = await self.db.fetch(
            "SELECT g.school_id, g.id, a.subject_id, a.staff_id FROM study_group AS g"
            " JOIN school_class AS c ON (c.school_id, c.id) = (g.school_id, g.class_id)"
            " JOIN school AS s ON s.school_id = g.school_id AND s.code = 'demo'"
            " JOIN teaching_assignment AS a ON (a.school_id, a.group_id) = (g.school_id, g.id)"
            " JOIN subject ON (subject.school_id, subject.id) = (a.school_id, a.subject_id)"
            " WHERE c.grade::text || c.letter = $1 AND a.starts_on <= '2026-05-25' AND a.ends_on >= '2026-05-26'"
            " AND CASE WHEN $2::text IS NULL THEN g.kind = 'whole' ELSE subject.short_name = $2 END"
            " ORDER BY g.id, a.id",
            *(school_class, subject),
        )
        groups = list({row["id"]: row for row in reversed(rows)}.values())[::-1]
        return groups[part]

    async def put(self, group: Any, at: str, day: date = DAY, **more: Any) -> int:
        """A planned lesson of a group at a time when nobody else has one, unless the test wants it."""
        starts_at = time.fromisoformat(at)
        values = {
            "school_id": group["school_id"],
            "group_id": group["id"],
            "subject_id": group["subject_id"],
            "teacher_id": group["staff_id"],
            "date": day,
            "number": 9,
            "state": "planned",
            "starts_at": starts_at,
            "ends_at": starts_at.replace(minute=starts_at.minute + 25),
            **more,
        }
        places = ", ".join(f"${place}" for place in range(1, len(values) + 1))
        query = f"INSERT INTO lesson ({', '.join(values)}, changed_at) VALUES ({places}, now()) RETURNING id"
        number: int = await self.db.fetchval(query, *values.values())
        return number

    async def room(self, number: int = 0) -> int:
        """A room."""
        query = "SELECT room.id FROM room JOIN school USING (school_id) WHERE code = 'demo' ORDER BY room.id OFFSET $1"
        found: int = await self.db.fetchval(query, number)
        return found

    async def staff(self, login: str) -> int:
        """The number of an employee."""
        query = "SELECT staff.id FROM staff JOIN account USING (school_id, person_id) WHERE login = $1 ORDER BY 1"
        found: int = await self.db.fetchval(query, login)
        return found

    async def row(self, lesson: int) -> Any:
        """A lesson as the table has it."""
        return await self.db.fetchrow("SELECT * FROM lesson WHERE id = $1", lesson)


def at(hour: str) -> dict[str, str]:
    """Times of the tests' own, when there are no lessons of the demo."""
    return {"startsAt": f"{hour}:00", "endsAt": f"{hour[:3]}{int(hour[3:]) + 25}:00"}


def lesson_id(number: int) -> dict[str, str]:
    """The lesson of an input."""
    return {"lessonId": gid("Lesson", number)}


@asynccontextmanager
async def opened(cluster: str, template: tuple[str, Demo]) -> AsyncIterator[Desk]:
    """A school to write in, with a second one beside it."""
    async for school in copied(cluster, template):
        db = await asyncpg.connect(school.url)
        try:
            for each in school.demo.logins:  # while there is one school, a log-in need not say which
                await school.token(each.login)
            await make_demo(db, SMALL, seed=64, code="other")
            yield Desk(school, db)
        finally:
            await db.close()
