"""Answers to homework: who gives and who reviews them, who sees them, and what becomes of them."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from resolvers.database import Snapshot, Statement
from rules.journal import TEXT_LENGTH
from rules.school_files import MOST_FILES
from server.demo import Demo

from .conftest import copied
from .journal_help import Journal, Lesson, gid, number_of
from .locks_help import contents
from .movement_help import end, transfer

ANSWER = "answer { id text state comment version reviewedBy { id } attachments { id name url } }"
COMMANDS = ("answerHomework", "returnAnswer", "acceptAnswer")
VIEWERS = ("student", "parent", "class-teacher", "deputy", "director")
MORE = """
INSERT INTO homework_answer (school_id, lesson_id, lesson_date, homework_id, student_id, text, state, answered_at,
    changed_at, comment, reviewed_at, reviewed_by)
SELECT a.school_id, lesson_id, lesson_date, homework_id, s.id, text, 'accepted', answered_at, a.changed_at, 'Хорошо',
    a.changed_at, changed_by
FROM homework_answer AS a, unnest($2::bigint[]) AS s (id) WHERE a.homework_id = $1
"""
STRANGERS = ("parent-of-two", "secretary", "hr", "administrator", "analyst", "service")


def mutation(name: str) -> str:
    kind = name[0].upper() + name[1:]
    return (
        f"mutation($input: {kind}Input!) {{ {name}(input: $input) {{ __typename ... on {kind}Payload {{ {ANSWER} }}"
        " ... on Refusal { code message field } } }"
    )


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The text of every statement that is read from now on."""
    texts: list[str] = []
    fetch = Snapshot.fetch

    async def counting(self: Snapshot, statement: Statement, *args: Any, **kwargs: Any) -> list[Any]:
        texts.append(statement.text)
        return await fetch(self, statement, *args, **kwargs)

    monkeypatch.setattr(Snapshot, "fetch", counting)
    return texts


@dataclass
class Desk:
    """A lesson that the demo student was at, with homework for all, whom the class teacher leads."""

    journal: Journal
    lesson: Lesson
    student: int
    homework: str

    async def run(self, name: str, given: dict[str, Any], as_: str) -> dict[str, Any]:
        data = await self.journal.school.data(mutation(name), {"input": given}, as_=as_)
        result: dict[str, Any] = data[name]
        return result

    async def done(self, name: str, given: dict[str, Any], as_: str) -> dict[str, Any]:
        result = await self.run(name, given, as_)
        assert result["__typename"] != "Refusal", result
        answer: dict[str, Any] = result["answer"]
        return answer

    async def refused(self, name: str, given: dict[str, Any], as_: str) -> tuple[str, str]:
        """Code and field; that nothing was written is checked."""
        before = await contents(self.journal)
        result = await self.run(name, given, as_)
        assert result["__typename"] == "Refusal", result
        assert await contents(self.journal) == before
        return result["code"], result["field"]

    async def answer(self, text: str = "Сделал", **more: Any) -> dict[str, Any]:
        return await self.done("answerHomework", {"homeworkId": self.homework, "text": text, **more}, "student")

    async def assign(self, *students: int) -> str:
        """Homework for some of the group."""
        given = {
            "lessonId": self.lesson.gid,
            "text": "Лично",
            "studentIds": [gid("Student", each) for each in students],
        }
        result = await self.journal.done("assignHomework", given, "deputy")
        number: str = result["homework"]["id"]
        return number

    async def upload(self, as_: str, content: str = "Решение") -> str:
        headers = {"authorization": f"Bearer {await self.journal.school.token(as_)}"}
        sent = await self.journal.school.client.post("/files?name=r.txt", content=content.encode(), headers=headers)
        number: str = sent.json()["id"]
        return number

    async def status(self, url: str, as_: str) -> int:
        headers = {"authorization": f"Bearer {await self.journal.school.token(as_)}"}
        return int((await self.journal.school.client.get(url, headers=headers)).status_code)

    async def seen(self, number: str, as_: str) -> tuple[Any, Any, Any]:
        """What a node, an entity and the homework's edge show of an answer."""
        query = """query($of: [_Any!]!, $id: ID!) { _entities(representations: $of) { __typename }
          node(id: $id) { __typename } }"""
        of = [{"__typename": "HomeworkAnswer", "id": number}]
        data = await self.journal.school.data(query, {"of": of, "id": number}, as_=as_)
        edge = f'{{ node(id: "{self.homework}") {{ ... on Homework {{ answers {{ id }} }} }} }}'
        found = await self.journal.school.ask(edge, as_=as_)
        homework = (found.get("data") or {}).get("node") or {"answers": []}
        return data["node"], data["_entities"][0], number in [each["id"] for each in homework["answers"]]


@asynccontextmanager
async def desk_of(cluster: str, template: tuple[str, Demo]) -> AsyncIterator[Desk]:
    async for school in copied(cluster, template):
        db = await asyncpg.connect(school.url)
        try:
            journal = Journal(school, db)
            row = await db.fetchrow(
                "SELECT student.id, c.grade::text || c.letter AS of FROM student"
                " JOIN account USING (school_id, person_id) JOIN enrolment AS e ON e.student_id = student.id"
                " JOIN school_class AS c ON c.id = e.class_id WHERE login = 'student' ORDER BY e.starts_on DESC"
            )
            lesson = await journal.lesson(row["of"], "Биол.", days=-1)
            given = {"lessonId": lesson.gid, "text": "§ 12"}
            homework = (await journal.done("assignHomework", given, "deputy"))["homework"]["id"]
            yield Desk(journal, lesson, row["id"], homework)
        finally:
            await db.close()


@pytest.fixture
async def desk(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Desk]:
    async with desk_of(cluster, demo_template) as desk:
        yield desk


async def test_an_answer_is_revised_until_it_is_accepted(desk: Desk) -> None:
    first = await desk.answer("Черновик")
    assert (first["text"], first["state"], first["version"]) == ("Черновик", "SENT", 1)
    second = await desk.answer("Чистовик", ifVersion=1)
    assert (second["id"], second["text"], second["version"]) == (first["id"], "Чистовик", 2)
    of = {"answerId": first["id"]}
    returned = await desk.done("returnAnswer", {**of, "comment": "Где рисунок?", "ifVersion": 2}, "class-teacher")
    assert (returned["state"], returned["comment"], returned["version"]) == ("RETURNED", "Где рисунок?", 3)
    assert returned["reviewedBy"]
    assert await desk.refused("acceptAnswer", of, "class-teacher") == ("ANSWER_STATE", "answerId")
    third = await desk.answer("С рисунком")
    assert (third["state"], third["comment"]) == ("SENT", "Где рисунок?")
    accepted = await desk.done("acceptAnswer", {**of, "comment": "Хорошо"}, "deputy")
    assert (accepted["state"], accepted["comment"], accepted["version"]) == ("ACCEPTED", "Хорошо", 5)
    given = {"homeworkId": desk.homework, "text": "Ещё"}
    assert await desk.refused("answerHomework", given, "student") == ("ANSWER_STATE", "homeworkId")
    for name, more in (("acceptAnswer", {}), ("returnAnswer", {"comment": "Нет"})):
        assert await desk.refused(name, {**of, **more}, "deputy") == ("ANSWER_STATE", "answerId")
    past = await desk.journal.history("homework_answer", number_of(first["id"]))
    said = [(json.loads(each["row"])["text"], json.loads(each["row"])["state"]) for each in past]
    assert said == [("Черновик", "sent"), ("Чистовик", "sent"), ("Чистовик", "returned"), ("С рисунком", "sent")]


async def test_conflicts_and_repeats(desk: Desk) -> None:
    given = {"homeworkId": desk.homework, "text": "Раз", "idempotencyKey": "ключ"}
    assert await desk.refused("answerHomework", {**given, "ifVersion": 1}, "student") == ("CONFLICT", "ifVersion")
    first = await desk.done("answerHomework", given, "student")
    again = await desk.done("answerHomework", given, "student")
    assert (again["id"], again["version"]) == (first["id"], 1)
    other = {**given, "text": "Два"}
    assert (await desk.refused("answerHomework", other, "student"))[0] == "IDEMPOTENCY_KEY_REUSED"
    for seen in (0, 2):
        stale = {"homeworkId": desk.homework, "text": "Два", "ifVersion": seen}
        assert await desk.refused("answerHomework", stale, "student") == ("CONFLICT", "ifVersion")
    for name, more in (("acceptAnswer", {}), ("returnAnswer", {"comment": "Нет"})):
        stale = {"answerId": first["id"], "ifVersion": 2, **more}
        assert await desk.refused(name, stale, "class-teacher") == ("CONFLICT", "ifVersion")


async def test_two_answers_at_once_are_one(desk: Desk) -> None:
    both = await asyncio.gather(desk.answer("Раз"), desk.answer("Два"))
    assert len({each["id"] for each in both}) == 1
    assert (
        await desk.journal.db.fetchval(
            "SELECT max(version) FROM homework_answer WHERE id = $1", number_of(both[0]["id"])
        )
        == 2
    )


async def test_who_may_answer(desk: Desk) -> None:
    """Own homework only: what is for others, of another group or of nobody is not found, in the same words."""
    other = next(each for each in desk.lesson.students if each != desk.student)
    theirs, own = await desk.assign(other), await desk.assign(desk.student)
    strange = await desk.journal.db.fetchval(
        "SELECT h.id FROM homework AS h JOIN lesson AS l ON l.id = h.lesson_id WHERE NOT EXISTS (SELECT FROM"
        " group_membership AS m WHERE m.group_id = l.group_id AND m.student_id = $1) ORDER BY h.id LIMIT 1",
        desk.student,
    )
    for homework in (theirs, gid("Homework", strange), gid("Homework", 2**40)):
        given = {"homeworkId": homework, "text": "Сделал"}
        assert await desk.refused("answerHomework", given, "student") == ("NOT_FOUND", "homeworkId")
    assert await desk.done("answerHomework", {"homeworkId": own, "text": "Сделал"}, "student")
    given = {"homeworkId": desk.homework, "text": "Сделал"}
    for login in ("parent", "class-teacher", "deputy", "director", *STRANGERS):
        assert "errors" in await desk.journal.school.ask(mutation("answerHomework"), {"input": given}, as_=login), login


async def test_the_day_of_the_lesson_counts(desk: Desk) -> None:
    """Who moves to another class still answers what was given before; whoever has left the school answers nothing."""
    db, today = desk.journal.db, desk.journal.school.demo.today
    other = await db.fetchval(
        "SELECT c.id FROM school_class AS c JOIN study_group AS g ON g.class_id = c.id WHERE c.id NOT IN"
        " (SELECT class_id FROM enrolment WHERE student_id = $1) ORDER BY c.grade, c.id LIMIT 1",
        desk.student,
    )
    given = {"homeworkId": desk.homework, "text": "Сделал"}
    await transfer(db, 1, other, desk.lesson.date, desk.student)
    assert await desk.refused("answerHomework", given, "student") == ("NOT_FOUND", "homeworkId")
    earlier = await desk.journal.db.fetchval(
        "SELECT h.id FROM homework AS h JOIN lesson AS l ON l.id = h.lesson_id WHERE h.for_all AND l.group_id = $1"
        " AND l.date < $2 ORDER BY h.id LIMIT 1",
        desk.lesson.group_id,
        desk.lesson.date,
    )
    before = {"homeworkId": gid("Homework", earlier), "text": "Сделал"}
    assert (await desk.done("answerHomework", before, "student"))["state"] == "SENT"
    await end(db, 1, today - timedelta(days=1), desk.student)
    answer = await desk.journal.school.ask(mutation("answerHomework"), {"input": before}, as_="student")
    assert "errors" in answer


async def test_who_may_review(desk: Desk) -> None:
    """The teacher of the lesson, its substitute, the class teacher, the deputy; not a colleague of other groups."""
    number = (await desk.answer())["id"]
    given = {"answerId": number, "comment": "Нет"}
    lesson, db = desk.lesson.id, desk.journal.db
    staff = await db.fetchval(
        "SELECT staff.id FROM staff JOIN account USING (school_id, person_id) WHERE login = 'teacher-parent'"
    )
    await db.execute(
        "DELETE FROM teaching_assignment WHERE staff_id = $1 AND group_id = $2", staff, desk.lesson.group_id
    )
    for name in ("returnAnswer", "acceptAnswer"):
        assert await desk.refused(name, given, "teacher-parent") == ("NOT_FOUND", "answerId")
        nobody = {**given, "answerId": gid("HomeworkAnswer", 2**40)}
        assert await desk.refused(name, nobody, "class-teacher") == ("NOT_FOUND", "answerId")
        for login in ("student", "parent", *STRANGERS[1:]):
            result = await desk.journal.school.ask(mutation(name), {"input": given}, as_=login)
            assert "errors" in result, login
    await db.execute("UPDATE lesson SET substitute_id = $2 WHERE id = $1", lesson, staff)
    for login in ("teacher-parent", "class-teacher", "deputy"):
        assert (await desk.done("returnAnswer", given, login))["state"] == "RETURNED"
        await desk.answer()
    await db.execute("UPDATE lesson SET substitute_id = NULL WHERE id = $1", lesson)
    assert await desk.refused("returnAnswer", given, "teacher-parent") == ("NOT_FOUND", "answerId")
    await db.execute(
        "INSERT INTO teaching_assignment (school_id, staff_id, group_id, subject_id, starts_on)"
        " SELECT school_id, $2, group_id, subject_id, '2025-09-01' FROM lesson WHERE id = $1",
        lesson,
        staff,
    )
    assert (await desk.done("acceptAnswer", given, "teacher-parent"))["state"] == "ACCEPTED"


async def test_who_sees_it_by_any_path(desk: Desk) -> None:
    file = await desk.upload("student")
    answer = await desk.answer(fileIds=[file])
    (hung,) = answer["attachments"]
    for login in VIEWERS:
        node, entity, listed = await desk.seen(answer["id"], login)
        assert (node, entity, listed) == ({"__typename": "HomeworkAnswer"}, {"__typename": "HomeworkAnswer"}, True), (
            login
        )
        assert await desk.status(hung["url"], login) == 200, login
    for login in STRANGERS:
        assert await desk.seen(answer["id"], login) == (None, None, False), login
        assert await desk.status(hung["url"], login) == 404, login
    mate = next(each for each in desk.lesson.students if each != desk.student)
    await desk.journal.db.execute(
        "UPDATE homework_answer SET student_id = $2 WHERE id = $1", number_of(answer["id"]), mate
    )
    for login in ("student", "parent"):
        assert await desk.seen(answer["id"], login) == (None, None, False), "a classmate's"
        assert await desk.status(hung["url"], login) == 404, login


async def test_files_of_a_revision(desk: Desk) -> None:
    """An answer has the files that its last revision names; one that was left out is not fetched any more."""
    one, two = await desk.upload("student", "1"), await desk.upload("student", "2")
    (first,) = (await desk.answer(fileIds=[one]))["attachments"]
    (second,) = (await desk.answer(fileIds=[two, two]))["attachments"]
    assert await desk.status(first["url"], "student") == 404
    assert await desk.status(second["url"], "student") == 200
    back = await desk.answer(fileIds=[one, two])
    assert [each["id"] for each in back["attachments"]] == [first["id"], second["id"]]
    assert (await desk.answer())["attachments"] == []
    foreign = await desk.upload("deputy")
    given = {"homeworkId": desk.homework, "text": "Сделал", "fileIds": [one, foreign]}
    assert await desk.refused("answerHomework", given, "student") == ("NOT_FOUND", "fileIds.1")
    many = {**given, "fileIds": [one] * (MOST_FILES + 1)}
    assert await desk.refused("answerHomework", many, "student") == ("BAD_INPUT", "fileIds")


async def test_what_is_refused(desk: Desk) -> None:
    given = {"homeworkId": desk.homework}
    for text in ("", " ", "а" * (TEXT_LENGTH + 1), "\0"):
        assert await desk.refused("answerHomework", {**given, "text": text}, "student") == ("BAD_INPUT", "text")
    answer = await desk.answer("а" * TEXT_LENGTH)
    bad = {"answerId": answer["id"], "comment": " "}
    assert await desk.refused("returnAnswer", bad, "class-teacher") == ("BAD_INPUT", "comment")
    removed = await desk.journal.run("removeHomework", given, "deputy")
    assert (removed["code"], removed["field"]) == ("IN_USE", "homeworkId")
    await desk.journal.db.execute("UPDATE lesson SET state = 'cancelled' WHERE id = $1", desk.lesson.id)
    cancelled = {**given, "text": "Сделал"}
    assert await desk.refused("answerHomework", cancelled, "student") == ("LESSON_CANCELLED", "homeworkId")
    await desk.journal.db.execute("UPDATE academic_year SET state = 'closed'")
    assert (await desk.run("acceptAnswer", {"answerId": answer["id"]}, "deputy"))["code"] == "YEAR_CLOSED"


async def test_the_audit_trail_tells_who_not_what(desk: Desk) -> None:
    answer = await desk.answer("Тайное слово")
    await desk.done("returnAnswer", {"answerId": answer["id"], "comment": "Тайный ответ"}, "class-teacher")
    rows = await desk.journal.db.fetch(
        "SELECT command, input::text FROM audit_entry WHERE command = ANY($1) ORDER BY id", COMMANDS
    )
    assert [each["command"] for each in rows] == ["answerHomework", "returnAnswer"]
    assert not any("Тайн" in each["input"] for each in rows)


async def test_any_number_of_answers_takes_the_same_statements(desk: Desk, statements: list[str]) -> None:
    """All of a class cost what one answer does."""
    answer = await desk.answer(fileIds=[await desk.upload("student")])
    await desk.done("acceptAnswer", {"answerId": answer["id"]}, "deputy")
    query = f"""{{ node(id: "{desk.homework}") {{ ... on Homework {{
      answers {{ text student {{ name }} reviewedBy {{ name }} attachments {{ name }} }} }} }} }}"""
    taken = []
    for more in ([], [each for each in desk.lesson.students if each != desk.student]):
        await desk.journal.db.execute(MORE, number_of(desk.homework), more)
        statements.clear()
        found = await desk.journal.school.data(query, as_="deputy")
        taken.append((len(found["node"]["answers"]), len(statements)))
    (one, cost), (many, costs) = taken
    assert (one, many) == (1, len(desk.lesson.students))
    assert cost == costs > 0
