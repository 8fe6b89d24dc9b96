"""What the tests of commands share: the commands as GraphQL, lessons to try them on, and what the tables hold."""

from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import asyncpg

from server.demo import Demo

from .conftest import School, copied
from .contents import digests

PAYLOADS = {
    "recordLesson": "lesson { id state version } record { topic material version rollCalledAt }",
    "assignHomework": "homework { id text forAll dueOn version publishedAt recipients { id } }",
    "takeRollCall": "record { rollCalledAt attendance { code minutesLate comment version student { id } } }",
    "markAttendance": "attendance { id code minutesLate comment version letters }",
    "addTask": "task { id name position weight dueOn version forAll recipients { id } }",
    "setMark": "mark { id value number comment version setAt madeUpOn isMakeUp attendance { letters } }",
    "setMarks": "marks { id value comment version madeUpOn }",
    "removeMark": "markId",
    "changeTask": "task { id name position weight dueOn version forAll recipients { id } attachments { id name } }",
    "moveTask": "task { id position version lesson { id } marks { id value lessonDate } }",
    "removeTask": "taskId",
    "changeHomework": "homework { id text forAll dueOn version publishedAt recipients { id } attachments { id name } }",
    "removeHomework": "homeworkId",
}
"""The journal's commands, and what the tests read of their payloads."""

VERSIONED = ("lesson", "task", "mark", "attendance", "roll_call", "homework")
WRITTEN = (*VERSIONED, "homework_recipient", "task_recipient")
TOLD = ("task", "mark", "attendance", "roll_call", "homework", "final_mark")
"""Tables of which every row that was replaced is a version, and none is in `history`."""
KEPT = (*WRITTEN, "attachment", "history", *(f"{table}_version" for table in TOLD), "idempotency_key")

REPLACED = " UNION ALL ".join(
    (
        "SELECT relation, row_id, version, operation, replaced_at, audit_entry_id, row FROM history",
        *(
            f"SELECT '{table}', was.row_id, was.version, CASE WHEN now.removed THEN 'delete' ELSE 'update' END,"
            " was.valid_to, now.entry_id, to_jsonb(was) - '{row_id,valid_from,valid_to,entry_id,removed}'::text[]"
            " || jsonb_build_object('id', was.row_id)"
            f" FROM {table}_version AS was JOIN {table}_version AS now ON now.school_id = was.school_id"
            " AND now.row_id = was.row_id AND now.valid_from = was.valid_to WHERE NOT was.removed"
            for table in TOLD
        ),
    )
)
"""What every row was before a change, wherever it is kept."""


def gid(type_name: str, number: int) -> str:
    """The opaque id of a row."""
    return b64encode(f"{type_name}:{number}".encode()).decode()


def mutation(name: str, alias: str = "") -> str:
    """One command with its input as `$input`."""
    kind = name[0].upper() + name[1:]
    return f"mutation($input: {kind}Input!) {{ {alias or name}: {selected(name, '$input')} }}"


def selected(name: str, given: str) -> str:
    """The field of a command, with everything that its answer may be."""
    kind = name[0].upper() + name[1:]
    return (
        f"{name}(input: {given}) {{ __typename ... on {kind}Payload {{ {PAYLOADS[name]} }} "
        "... on Refusal { code message field clause } }"
    )


@dataclass(frozen=True)
class Lesson:
    """A lesson to write at: its number, its group, its day, and who was there to get marks."""

    id: int
    group_id: int
    date: date
    students: Sequence[int]
    at_home: Sequence[int]
    strangers: Sequence[int]

    @property
    def gid(self) -> str:
        return gid("Lesson", self.id)

    def student(self, position: int = 0) -> str:
        """The id of one of its students."""
        return gid("Student", self.students[position])


@dataclass
class Journal:
    """A running school, with a connection of the test's own to look behind the door."""

    school: School
    db: "asyncpg.Connection[Any]"

    async def run(self, name: str, given: dict[str, Any], as_: str = "teacher") -> dict[str, Any]:
        """The result of a command: a payload or a refusal."""
        data = await self.school.data(mutation(name), {"input": given}, as_=as_)
        result: dict[str, Any] = data[name]
        return result

    async def done(self, name: str, given: dict[str, Any], as_: str = "teacher") -> dict[str, Any]:
        """The payload of a command that must not be refused."""
        result = await self.run(name, given, as_)
        assert result["__typename"] != "Refusal", result
        return result

    async def refused(self, name: str, given: dict[str, Any], as_: str = "teacher") -> tuple[str, str, str | None]:
        """Code, field and clause of a refusal; that nothing was written and the attempt was noted is checked."""
        before, entries = await self.digest(), await self.entries()
        result = await self.run(name, given, as_)
        assert result["__typename"] == "Refusal", result
        assert any("а" <= letter <= "я" for letter in result["message"]), "a message for people, in Russian"
        assert await self.digest() == before, "a refusal writes nothing"
        noted = (await self.entries())[len(entries) :]
        early = result["code"] == "BAD_ID"
        assert [(each["command"], each["outcome"]) for each in noted] == ([] if early else [(name, result["code"])])
        return result["code"], result["field"], result["clause"]

    async def digest(self) -> dict[str, Any]:
        """What every table that a command may write holds, as a digest."""
        return await digests(self.db, KEPT)

    async def entries(self) -> list[dict[str, Any]]:
        """The audit trail of the journal's commands."""
        rows = await self.db.fetch(
            "SELECT audit_entry.id, login, at, command, outcome, input::text FROM audit_entry "
            "LEFT JOIN account ON (account.school_id, account.id) = (audit_entry.school_id, account_id) "
            "WHERE command = ANY($1) ORDER BY audit_entry.id",
            list(PAYLOADS),
        )
        return [dict(row) for row in rows]

    async def history(self, relation: str, row: int) -> list[dict[str, Any]]:
        """What a row was before, oldest first."""
        rows = await self.db.fetch(
            f'SELECT version, operation, replaced_at, audit_entry_id, "row"::text FROM ({REPLACED}) AS history '
            "WHERE relation = $1 AND row_id = $2 ORDER BY replaced_at, version",
            relation,
            row,
        )
        return [dict(found) for found in rows]

    async def lesson(
        self, school_class: str = "5А", subject: str = "Биол.", *, days: int = 0, state: str = "planned"
    ) -> Lesson:
        """A new lesson beside those of the demo, `days` after its today, at which nothing is written yet."""
        day = self.school.demo.today + timedelta(days=days)
        row = await self.db.fetchrow(
            "INSERT INTO lesson (school_id, group_id, subject_id, teacher_id, date, number, starts_at, ends_at, state,"
            " changed_at) SELECT lesson.school_id, group_id, lesson.subject_id, teacher_id, $3, 14, '20:00', '20:40',"
            " $4, now() FROM lesson"
            " JOIN subject ON (subject.school_id, subject.id) = (lesson.school_id, lesson.subject_id)"
            " JOIN study_group AS g ON (g.school_id, g.id) = (lesson.school_id, group_id)"
            " JOIN school_class AS c ON (c.school_id, c.id) = (g.school_id, g.class_id)"
            " WHERE c.grade::text || c.letter = $1 AND subject.short_name = $2"
            " ORDER BY group_id, lesson.id LIMIT 1 RETURNING id, group_id",
            school_class,
            subject,
            day,
            state,
        )
        assert row, f"nobody teaches {subject} in {school_class}"
        members = await self.db.fetch(
            "SELECT student.id, taught_at_home, EXISTS (SELECT FROM group_membership AS m"
            " WHERE (m.school_id, m.student_id, m.group_id) = (student.school_id, student.id, $1)"
            " AND m.starts_on <= $2 AND (m.ends_on IS NULL OR m.ends_on >= $2)) AS there FROM student ORDER BY id",
            row["group_id"],
            day,
        )
        return Lesson(
            row["id"],
            row["group_id"],
            day,
            [each["id"] for each in members if each["there"] and not each["taught_at_home"]],
            [each["id"] for each in members if each["there"] and each["taught_at_home"]],
            [each["id"] for each in members if not each["there"]],
        )

    async def task(self, lesson: Lesson, **more: Any) -> str:
        """The id of a new task at a lesson."""
        given = {"lessonId": lesson.gid, "workTypeId": gid("WorkType", 1), **more}
        result = await self.done("addTask", given, "deputy")
        added: str = result["task"]["id"]
        return added


@asynccontextmanager
async def opened(cluster: str, template: tuple[str, Demo]) -> AsyncIterator[Journal]:
    """A school to write in, of the test's own or shared by the tests of a module: each takes lessons of its own."""
    async for school in copied(cluster, template):
        db = await asyncpg.connect(school.url)
        try:
            yield Journal(school, db)
        finally:
            await db.close()


def number_of(value: str) -> int:
    """The number behind an opaque id."""
    return int(b64decode(value).decode().partition(":")[2])


async def move_day(
    db: "asyncpg.Connection[Any]", from_date: str | None, to_date: str, grades: Sequence[int] | None = None
) -> None:
    """A transfer of days as the table has it, whatever its notice."""
    await db.execute(
        """
        INSERT INTO day_transfer (school_id, year_id, from_date, to_date, weekday, grades, recorded_at, changed_at)
        SELECT school_id, id, $1, $2, 1, $3, now(), now() FROM academic_year WHERE starts_on <= $2 AND ends_on >= $2
        """,
        from_date and date.fromisoformat(from_date),
        date.fromisoformat(to_date),
        grades,
    )
