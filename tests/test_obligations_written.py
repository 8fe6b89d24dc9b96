"""Who is waited for with written work that has a day of its own: whoever can hand it in on that day (7.4)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from .journal_help import gid
from .movement_help import end
from .test_obligations import Watch, work_type
from .test_obligations import watch as watch

THERE = """
SELECT m.student_id FROM group_membership AS m JOIN student ON student.id = m.student_id
WHERE m.group_id = $1 AND m.starts_on <= $2 AND m.ends_on IS NULL AND NOT taught_at_home
AND NOT EXISTS (SELECT FROM attendance AS a WHERE a.lesson_id = ANY($3) AND a.student_id = m.student_id)
AND NOT EXISTS (SELECT FROM dropped_subject AS d WHERE d.student_id = m.student_id) ORDER BY 1
"""


@dataclass
class Work:
    """Written work that everybody has a mark of but one, who was at its lesson. later: that of its own day."""

    watch: Watch
    lesson: int
    later: int
    day: date
    student: int
    task: str = ""

    async def give(self, due_on: date | None) -> str:
        """Give it, mark all but the one, and say how it stands."""
        watch = self.watch
        given: dict[str, Any] = {"lessonId": gid("Lesson", self.lesson), "name": "Сочинение"}
        given |= {"workTypeId": await work_type(watch, written=True), "dueOn": due_on and str(due_on)}
        self.task = (await watch.do("teacher", "addTask", given, "task { id }"))["task"]["id"]
        rows = await watch.db.fetch(
            "SELECT m.student_id FROM lesson AS l JOIN group_membership AS m USING (school_id, group_id)"
            " WHERE l.id = $1 AND m.ends_on IS NULL AND m.student_id <> $2 ORDER BY 1",
            *(self.lesson, self.student),
        )
        entries = [{"taskId": self.task, "studentId": gid("Student", row[0]), "value": "4"} for row in rows]
        await watch.do("teacher", "setMarks", {"entries": entries})
        return await self.status()

    async def status(self) -> str:
        """How it stands."""
        return await self.watch.status("WRITTEN_WORK", task=self.task)

    async def away(self, lesson: int, code: str = "illness") -> None:
        """The student is marked away, or late."""
        await self.watch.db.execute(
            "INSERT INTO attendance (school_id, lesson_id, lesson_date, student_id, code, changed_at)"
            " SELECT school_id, id, date, $2, $3, now() FROM lesson WHERE id = $1",
            *(lesson, self.student, code),
        )

    async def other(self, group: str = "group_id", subject: str = "subject_id", state: str = "state") -> int:
        """One more lesson of that day; where it is said, of another group or subject, or in another state."""
        number: int = await self.watch.db.fetchval(
            "INSERT INTO lesson (school_id, group_id, subject_id, teacher_id, date, number, starts_at, ends_at, state,"
            f" changed_at) SELECT school_id, {group}, {subject}, teacher_id, date, 9, '20:00', '20:10', {state}, now()"
            " FROM lesson WHERE id = $1 RETURNING id",
            self.later,
        )
        return number

    async def leave(self, last_day: date) -> None:
        """The student leaves the school after that day."""
        school = await self.watch.db.fetchval("SELECT school_id FROM student WHERE id = $1", self.student)
        await end(self.watch.db, school, last_day, self.student)

    async def drop(self, since: date) -> None:
        """The student does not take the subject from that day on."""
        await self.watch.db.execute(
            "INSERT INTO dropped_subject (school_id, student_id, subject_id, starts_on)"
            " SELECT school_id, $2, subject_id, $3 FROM lesson WHERE id = $1",
            *(self.lesson, self.student, since),
        )


@pytest.fixture
async def work(watch: Watch) -> Work:
    await watch.db.execute("UPDATE school SET edit_lock_days = NULL")
    row = await watch.db.fetchrow(
        "SELECT a.id, a.date, a.group_id, b.id AS later, b.date AS day FROM lesson AS a JOIN staff AS s"
        " ON s.id = a.teacher_id JOIN account USING (person_id) JOIN study_group AS g ON g.id = a.group_id"
        " JOIN school_class AS c ON c.id = g.class_id"
        " JOIN lesson AS b ON b.group_id = a.group_id AND b.subject_id = a.subject_id AND b.date > a.date"
        " AND b.state <> 'cancelled' WHERE login = 'teacher' AND a.substitute_id IS NULL AND a.state <> 'cancelled'"
        " AND a.date >= '2026-05-13' AND b.date <= '2026-05-19' AND c.grade > 1"
        " AND (SELECT count(*) FROM lesson AS l WHERE l.group_id = b.group_id AND l.subject_id = b.subject_id"
        " AND l.date = b.date) = 1 ORDER BY a.date, a.id, b.date LIMIT 1"
    )
    there = await watch.db.fetch(THERE, row["group_id"], row["date"], [row["id"], row["later"]])
    return Work(watch, row["id"], row["later"], row["day"], there[0][0])


Change = Callable[[Work], Awaitable[Any]]
ONE = date.resolution

GONE: dict[str, Change] = {
    "has left": lambda work: work.leave(work.day - ONE),
    "has dropped the subject": lambda work: work.drop(work.day),
    "is away on the day": lambda work: work.away(work.later),
}
HERE: dict[str, Change] = {
    "leaves afterwards": lambda work: work.leave(work.day),
    "drops it afterwards": lambda work: work.drop(work.day + ONE),
    "comes late": lambda work: work.away(work.later, "late"),
}


@pytest.mark.parametrize("change", GONE.values(), ids=GONE.keys())
async def test_whoever_cannot_hand_it_in_is_not_waited_for(work: Work, change: Change) -> None:
    assert await work.give(work.day) == "DUE", "one is missing"
    await change(work)
    assert await work.status() == "DONE"


@pytest.mark.parametrize("change", HERE.values(), ids=HERE.keys())
async def test_whoever_can_is(work: Work, change: Change) -> None:
    await work.give(work.day)
    await change(work)
    assert await work.status() == "DUE"


@pytest.mark.parametrize("change", GONE.values(), ids=GONE.keys())
async def test_work_of_the_lesson_itself_waits_for_who_was_there(work: Work, change: Change) -> None:
    """What comes later is of no matter to it."""
    assert await work.give(None) == "DUE"
    await change(work)
    assert await work.status() == "DUE"


async def test_of_two_lessons_one_is_enough_to_hand_it_in(work: Work) -> None:
    """Whoever was at the other one is waited for; one that was cancelled, or is not the group's, is nothing."""
    await work.give(work.day)
    await work.away(work.later)
    cancelled = await work.other(state="'cancelled'")
    assert await work.status() == "DONE"
    await work.watch.db.execute("DELETE FROM lesson WHERE id = $1", cancelled)
    foreign = await work.other(subject="(SELECT min(id) FROM subject WHERE id <> lesson.subject_id)")
    assert await work.status() == "DONE"
    await work.watch.db.execute("DELETE FROM lesson WHERE id = $1", foreign)
    second = await work.other()
    assert await work.status() == "DUE"
    await work.away(second)
    assert await work.status() == "DONE"


async def test_a_day_without_a_lesson_excuses_nobody(work: Work) -> None:
    """Handed in between two lessons: nobody is marked away then."""
    await work.watch.db.execute("UPDATE lesson SET state = 'cancelled' WHERE id = $1", work.later)
    await work.give(work.day)
    await work.away(work.later)
    assert await work.status() == "DUE"


async def test_work_that_was_on_paper_is_asked_of_the_same(work: Work) -> None:
    """On a day without access the term is another, and whoever is waited for the same (13.2)."""
    await work.give(work.day)
    await work.watch.db.execute("DELETE FROM outage")
    lost = (await work.watch.db.fetchval("SELECT date FROM lesson WHERE id = $1", work.lesson)).isoformat()
    declared = {"startedAt": f"{lost}T08:00:00"}
    outage = await work.watch.do("deputy", "declareOutage", declared, "outage { id }")
    over = {"outageId": outage["outage"]["id"], "endedAt": f"{lost}T18:00:00"}
    await work.watch.do("deputy", "endOutage", over)
    assert await work.status() == "DUE"
    await work.away(work.later)
    assert await work.status() == "DONE"
