"""What the tests of the control share: a journal of two weeks made by hand, with much that is wrong (7.11)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg

from server.demo import Demo

from .conftest import School, copied
from .journal_help import gid

ZONE = ZoneInfo("Asia/Barnaul")
FIRST, LAST = date(2026, 2, 2), date(2026, 2, 15)
"""Two weeks of a quarter that is over, of which the small demo has no lessons."""

_JOURNAL = """
SELECT a.school_id, a.id, a.staff_id, a.group_id, a.subject_id, g.class_id, c.year_id, p.id AS period_id,
    p.ends_on AS period_end, t.id AS topic_id, t.name AS topic, account.id AS account_id
FROM teaching_assignment AS a
JOIN staff AS s ON s.id = a.staff_id JOIN account ON account.person_id = s.person_id
JOIN study_group AS g ON g.id = a.group_id AND g.kind = 'whole'
JOIN school_class AS c ON c.id = g.class_id AND c.grade > 1
JOIN period AS p ON p.year_id = c.year_id AND p.kind = c.period_kind AND p.kind = 'quarter'
    AND p.starts_on <= $1 AND p.ends_on >= $2
JOIN topic_plan_assignment AS o ON o.group_id = a.group_id AND o.subject_id = a.subject_id AND o.starts_on <= $1
JOIN topic AS t ON t.plan_id = o.plan_id
WHERE account.login = 'teacher' AND a.starts_on <= $1
ORDER BY a.id, t.position LIMIT 1
"""
_STUDENTS = """
SELECT m.student_id FROM group_membership AS m JOIN student AS s ON s.id = m.student_id
WHERE m.group_id = $1 AND m.starts_on <= '2026-01-01' AND m.ends_on IS NULL AND NOT s.taught_at_home
    AND NOT EXISTS (SELECT FROM dropped_subject AS d WHERE d.student_id = m.student_id)
ORDER BY 1
"""


def at(day: date, hour: int = 12) -> datetime:
    """A moment by the school's clock."""
    return datetime.combine(day, time(hour), ZONE)


@dataclass
class Controlled:
    """A running school with the hand-made journal."""

    school: School
    db: "asyncpg.Connection[Any]"
    journal: Any
    students: list[int]
    lessons: list[int] = field(default_factory=list)
    marks: dict[str, int] = field(default_factory=dict)
    tasks: list[int] = field(default_factory=list)

    async def ask(self, query: str, as_: str = "deputy", **variables: Any) -> Any:
        """What somebody gets."""
        return await self.school.data(query, variables, as_=as_)

    async def run(self, as_: str, name: str, given: dict[str, Any], shown: str = "__typename") -> Any:
        """What a command answers."""
        kind = name[0].upper() + name[1:]
        query = (
            f"mutation($input: {kind}Input!) {{ {name}(input: $input) {{ __typename ... on {kind}Payload "
            f"{{ {shown} }} ... on Refusal {{ code message field clause }} }} }}"
        )
        return (await self.ask(query, as_, input=given))[name]

    async def do(self, as_: str, name: str, given: dict[str, Any], shown: str = "__typename") -> Any:
        """The payload of one that must not be refused."""
        answer = await self.run(as_, name, given, shown)
        assert answer["__typename"] != "Refusal", answer
        return answer

    # Making

    async def _add(self, table: str, moment: datetime | None = None, **values: Any) -> int:
        """A row, of which its versions say that it came at the moment."""
        values = {"school_id": self.journal["school_id"], **values}
        names, marks = ", ".join(values), ", ".join(f"${place}" for place in range(1, len(values) + 1))
        async with self.db.transaction():
            if moment is not None:
                await self.db.execute("SELECT set_config('classbook.now', $1, true)", moment.isoformat())
            number: int = await self.db.fetchval(
                f"INSERT INTO {table} ({names}) VALUES ({marks}) RETURNING id",
                *values.values(),
            )
        return number

    async def lesson(self, day: int, state: str = "held", own: str | None = None, planned: bool = False) -> int:
        """A lesson of February, with the plan's topic or one in the teacher's own words, written on its day."""
        on, journal = date(2026, 2, day), self.journal
        number = await self._add(
            "lesson",
            at(on),
            **{name: journal[name] for name in ("group_id", "subject_id")},
            teacher_id=journal["staff_id"],
            date=on,
            number=9,
            state=state,
            changed_at=at(on),
            starts_at=time(17),
            ends_at=time(17, 40),
            topic=journal["topic"] if planned else own,
            topic_id=journal["topic_id"] if planned else None,
        )
        self.lessons.append(number)
        return number

    async def at_lesson(self, table: str, lesson: int, moment: datetime, **values: Any) -> int:
        """Something that is written at a lesson."""
        on = await self.db.fetchval("SELECT date FROM lesson WHERE id = $1", lesson)
        of = {"lesson_id": lesson, "lesson_date": on, "changed_at": moment}
        return await self._add(table, moment, **of, **values)

    async def mark(self, name: str, task: int, lesson: int, student: int, value: str, **more: Any) -> None:
        """A mark, set on its lesson's day."""
        on = await self.db.fetchval("SELECT date FROM lesson WHERE id = $1", lesson)
        values = {"task_id": task, "student_id": self.students[student], "value": value, "set_at": at(on), **more}
        self.marks[name] = await self.at_lesson("mark", lesson, at(on), **values)

    async def task(self, lesson: int, written: bool) -> int:
        """A piece of work."""
        kind = await self.db.fetchval("SELECT min(id) FROM work_type WHERE written = $1", written)
        position = len(self.tasks)
        number = await self.at_lesson(
            *("task", lesson, at(FIRST)), work_type_id=kind, position=position, weight=1, for_all=True
        )
        self.tasks.append(number)
        return number


async def _make(made: Controlled) -> None:
    """Six lessons of six, one of them cancelled.

    day   topic      roll     homework   besides
    2     plan's     in time  in time    one absent without a reason, one ill, one late
    3     own words  in time  late       two absent and marked, one of them with the day of the make-up
    4     none       in time  none
    5     cancelled
    9     plan's     none     in time
    10    own words  late     none       a written work, marked of one only; a «точка»
    """
    first = await made.lesson(2, planned=True)
    second = await made.lesson(3, own="Повторение")
    third = await made.lesson(4)
    await made.lesson(5, state="cancelled")
    fifth = await made.lesson(9, planned=True)
    sixth = await made.lesson(10, own="Контрольная работа")
    for lesson, day in ((first, 2), (second, 3), (third, 4), (sixth, 11)):
        await made.at_lesson("roll_call", lesson, at(date(2026, 2, day)))
    for lesson, day in ((first, 2), (second, 4), (fifth, 9)):
        moment = at(date(2026, 2, day))
        await made.at_lesson("homework", lesson, moment, text="§ 1", for_all=True, published_at=moment)
    for lesson, student, code in (
        *((first, 0, "unexplained"), (first, 1, "illness"), (first, 2, "late")),
        *((second, 0, "illness"), (second, 1, "excused")),
    ):
        await made.at_lesson("attendance", lesson, at(FIRST), student_id=made.students[student], code=code)
    oral, test = await made.task(second, written=False), await made.task(sixth, written=True)
    await made.mark("while ill", oral, second, 0, "4")
    await made.mark("made up", oral, second, 1, "5", made_up_on=date(2026, 2, 6))
    await made.mark("test", test, sixth, 3, "5")
    await made.mark("owed", test, sixth, 4, ".")
    for lesson, value in ((first, "5"), (third, "4")):
        await made.mark(f"oral {value}", await made.task(lesson, written=False), lesson, 3, value)


@asynccontextmanager
async def controlled(cluster: str, template: tuple[str, Demo]) -> AsyncIterator[Controlled]:
    """A school with the journal, in which the past may be written."""
    async for school in copied(cluster, template):
        db = await asyncpg.connect(school.url)
        try:
            await db.execute("UPDATE period_closing SET reopened_at = now(), reason = 'Для проверки'")
            await db.execute("UPDATE school SET edit_lock_days = NULL")
            journal = await db.fetchrow(_JOURNAL, FIRST, LAST)
            assert journal
            rows = await db.fetch(_STUDENTS, journal["group_id"])
            made = Controlled(school, db, journal, [row["student_id"] for row in rows])
            await db.execute("DELETE FROM final_mark WHERE period_id = $1", journal["period_id"])
            await _make(made)
            yield made
        finally:
            await db.close()


__all__ = ["FIRST", "LAST", "Controlled", "at", "controlled", "gid"]
