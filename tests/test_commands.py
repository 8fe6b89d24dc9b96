"""The journal's commands: who may give them, what is refused and how, what is kept of every change."""

import json
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from rules.account import Role
from server.demo import DEMO_NOW, Demo

from .journal_help import PAYLOADS, REPLACED, VERSIONED, Journal, Lesson, gid, mutation, number_of, opened, selected


@pytest.fixture(scope="module")
async def journal(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Journal]:
    """A school for this module to write in: each test at lessons of its own."""
    async with opened(cluster, demo_template) as journal:
        yield journal


@dataclass(frozen=True)
class Place:
    """What a command needs: a lesson with a task and one mark, a task without marks, homework; another such lesson."""

    lesson: Lesson
    task: str
    mark: str
    bare: str
    homework: str
    other: Lesson

    def given(self, command: str) -> dict[str, Any]:
        """An input that the command would take."""
        lesson, student = {"lessonId": self.lesson.gid}, {"studentId": self.lesson.student()}
        return {
            "recordLesson": {**lesson, "topic": "Строение клетки"},
            "assignHomework": {**lesson, "text": "§ 12, вопросы 1–3", "idempotencyKey": "refused"},
            "takeRollCall": {**lesson, "absent": [student]},
            "markAttendance": {**lesson, **student, "code": "ILLNESS"},
            "addTask": {**lesson, "workTypeId": gid("WorkType", 3)},
            "setMark": {"taskId": self.task, **student, "value": "4"},
            "setMarks": {"entries": [{"taskId": self.task, **student, "value": "4"}]},
            "removeMark": {"markId": self.mark},
            "changeTask": {"taskId": self.task, "name": "Тест", "studentIds": [self.lesson.student()]},
            "moveTask": {"taskId": self.bare, "lessonId": self.other.gid},
            "removeTask": {"taskId": self.bare},
            "changeHomework": {"homeworkId": self.homework, "text": "§ 13"},
            "removeHomework": {"homeworkId": self.homework},
        }[command]

    def nowhere(self, command: str) -> dict[str, Any]:
        """The same input, for what does not exist."""
        names = {"lessonId": "Lesson", "taskId": "Task", "markId": "Mark", "homeworkId": "Homework"}
        given = self.given(command)
        absent = {name: gid(kind, 2**40) for name, kind in names.items()}
        if command == "setMarks":
            return {"entries": [{**given["entries"][0], "taskId": absent["taskId"]}]}
        return {**given, **{name: value for name, value in absent.items() if name in given}}


async def place(journal: Journal, school_class: str, subject: str) -> Place:
    lesson = await journal.lesson(school_class, subject)
    task = await journal.task(lesson)
    given = {"taskId": task, "studentId": lesson.student(), "value": "3"}
    mark = (await journal.done("setMark", given, "deputy"))["mark"]["id"]
    homework = await journal.done("assignHomework", {"lessonId": lesson.gid, "text": "§ 12"}, "deputy")
    other = await journal.lesson(school_class, subject)
    return Place(lesson, task, mark, await journal.task(lesson), homework["homework"]["id"], other)


# Who may, and who may not.

MAY = [
    ("teacher", "5А", "Биол.", "the subject teacher, in their own assignment"),
    ("class-teacher", "5А", "Матем.", "a class teacher of another class, in their own assignment"),
    ("class-teacher", "5Б", "Биол.", "the class teacher, in another's subject"),
    ("class-teacher", "5Б", "Англ. яз.", "the class teacher, in a subgroup that another teaches"),
    ("teacher-of-own-child", "10Б", "История", "a teacher whose child studies in the group they teach"),
    ("director", "10А", "Общ.", "a director, in what they teach"),
    ("t019", "9Б", "Рус. яз.", "the successor, after a handover"),
    ("t010", "10А", "Лит-ра", "the new class teacher"),
    ("deputy", "10Б", "Алгебра", "the deputy, anywhere"),
]
MAY_NOT = [
    ("teacher", "5А", "Матем.", "another teacher of the class"),
    ("teacher", "9Б", "Биол.", "a teacher of the subject, in a class they have another subject in"),
    ("class-teacher", "5А", "Рус. яз.", "a class teacher, in another class's lesson that they do not teach"),
    ("class-teacher", "10Б", "Алгебра", "a class teacher, in a class they are never in"),
    ("teacher-parent", "5А", "Биол.", "a teacher, at their child's lesson, which they do not teach"),
    ("teacher-parent", "5Б", "Англ. яз.", "a teacher of one subgroup, in the other"),
    ("t004", "10А", "Лит-ра", "the former class teacher"),
    ("director", "5А", "Биол.", "a director who teaches elsewhere"),
]


@pytest.mark.parametrize(("login", "school_class", "subject"), [case[:3] for case in MAY], ids=[c[3] for c in MAY])
async def test_may(journal: Journal, login: str, school_class: str, subject: str) -> None:
    here = await place(journal, school_class, subject)
    for command in PAYLOADS:
        before = len(await journal.entries())
        await journal.done(command, {**here.given(command), **_key(command, f"{login} {subject}")}, login)
        (entry,) = (await journal.entries())[before:]
        assert (entry["login"], entry["command"], entry["outcome"]) == (login, command, "done")
        assert entry["at"] - DEMO_NOW < timedelta(minutes=10), "the school's moment"


def _key(command: str, name: str) -> dict[str, str]:
    return {"idempotencyKey": f"may {name}"} if command == "assignHomework" else {}


@pytest.mark.parametrize(
    ("login", "school_class", "subject"), [case[:3] for case in MAY_NOT], ids=[c[3] for c in MAY_NOT]
)
async def test_may_not(journal: Journal, login: str, school_class: str, subject: str) -> None:
    """Another's lesson is refused as one that does not exist is: nothing tells the two apart."""
    here = await place(journal, school_class, subject)
    for command in PAYLOADS:
        code, field, clause = await journal.refused(command, here.given(command), login)
        assert (code, clause) == ("NOT_FOUND", None)
        assert field in {"lessonId", "taskId", "markId", "entries.0.taskId", "homeworkId"}
        another = await journal.run(command, here.given(command), login)
        nothing = await journal.run(command, here.nowhere(command), login)
        assert another == nothing


async def test_handover(journal: Journal) -> None:
    """From the day after the assignment's last, its lessons are the successor's, past ones too; not a day before."""
    here = await place(journal, "5А", "Геогр.")
    old = "FROM staff JOIN account USING (school_id, person_id) WHERE teaching_assignment.staff_id = staff.id"
    subject = f"login = 'teacher' AND group_id = {here.lesson.group_id} AND subject_id ="
    subject += " (SELECT id FROM subject WHERE short_name = 'Геогр.')"
    today = journal.school.demo.today
    try:
        for ends, expected in ((today, "SetMarkPayload"), (today - timedelta(days=1), "Refusal")):
            await journal.db.execute(f"UPDATE teaching_assignment SET ends_on = $1 {old} AND {subject}", ends)
            result = await journal.run("setMark", here.given("setMark"))
            assert result["__typename"] == expected
        for command in PAYLOADS:
            assert (await journal.refused(command, here.given(command)))[0] == "NOT_FOUND"
        for starts, expected in ((today + timedelta(days=1), "Refusal"), (today, "SetMarkPayload")):
            await journal.db.execute("DELETE FROM teaching_assignment WHERE starts_on >= $1", today)
            await journal.db.execute(
                "INSERT INTO teaching_assignment (school_id, staff_id, group_id, subject_id, starts_on)"
                " SELECT school_id, (SELECT staff.id FROM staff JOIN account USING (person_id) WHERE login = 't010'),"
                " group_id, subject_id, $2 FROM lesson WHERE id = $1",
                here.lesson.id,
                starts,
            )
            assert (await journal.run("setMark", here.given("setMark"), "t010"))["__typename"] == expected
    finally:
        await journal.db.execute(f"UPDATE teaching_assignment SET ends_on = '2026-08-31' {old} AND {subject}")


HAVE_NO_COMMANDS = (
    "student",
    "parent",
    "parent-of-two",
    "secretary",
    "hr",
    "administrator",
    "analyst",
    "service",
    None,
)


async def federated(journal: Journal, command: str, given: dict[str, Any], login: str | None) -> dict[str, Any]:
    """A command through a gateway: with a service's credential, and the user's own token."""
    headers = {"classbook-service": f"Bearer {await journal.school.token('service')}"}
    if login:
        headers["authorization"] = f"Bearer {await journal.school.token(login)}"
    body = {"query": mutation(command), "variables": {"input": given}}
    answer: dict[str, Any] = (await journal.school.client.post("/federation", json=body, headers=headers)).json()
    return answer


@pytest.mark.parametrize("login", HAVE_NO_COMMANDS)
async def test_other_roles_have_no_commands(journal: Journal, login: str | None) -> None:
    """In their own schema the commands do not exist; a gateway's whole schema refuses them. Nothing is written."""
    here = await place(journal, "5Б", "Биол.")
    before, noted = await journal.digest(), await journal.entries()
    kinds = await journal.school.data("{ __schema { types { name } mutationType { fields { name } } } }", as_=login)
    assert not {field["name"] for field in kinds["__schema"]["mutationType"]["fields"]} & set(PAYLOADS)
    inputs = {kind["name"] for kind in kinds["__schema"]["types"] if kind["name"].endswith("MarkInput")}
    assert inputs <= {"SupposedMarkInput"}, "what a diary's `whatIf` supposes is no command's"
    for command in PAYLOADS:
        answer = await journal.school.ask(mutation(command), {"input": here.given(command)}, as_=login)
        assert answer["data"] is None
        assert all(error["extensions"]["code"] == "BAD_REQUEST" for error in answer["errors"])
        messages = " ".join(error["message"] for error in answer["errors"])
        assert f"Cannot query field '{command}' on type 'Mutation'." in messages
        answer = await federated(journal, command, here.given(command), login)
        assert answer["data"] == {command: None}
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]
        assert answer == await federated(journal, command, here.nowhere(command), login)
    assert await journal.digest() == before
    assert await journal.entries() == noted


async def test_director_who_does_not_teach(journal: Journal) -> None:
    """The director controls and certifies; the commands are not theirs (2.1)."""
    here = await place(journal, "10А", "Общ.")
    mine = "account_id = (SELECT id FROM account WHERE login = 'director') AND role = 'teacher'"
    await journal.db.execute(f"UPDATE account_role SET ends_on = '2026-05-19' WHERE {mine}")
    try:
        before = await journal.digest()
        for command in PAYLOADS:
            answer = await journal.school.ask(mutation(command), {"input": here.given(command)}, as_="director")
            assert any("Cannot query field" in error["message"] for error in answer["errors"])
            answer = await federated(journal, command, here.given(command), "director")
            assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        assert await journal.digest() == before
    finally:
        await journal.db.execute(f"UPDATE account_role SET ends_on = NULL WHERE {mine}")


async def test_gateway_passes_the_user_on(journal: Journal) -> None:
    """Behind the gateway a teacher's own scope holds: no less than at the front door, and no more."""
    here = await place(journal, "5А", "Биол.")
    answer = await federated(journal, "setMark", here.given("setMark"), "teacher")
    assert answer["data"]["setMark"]["mark"]["value"] == "4"
    answer = await federated(journal, "setMark", here.given("setMark"), "class-teacher")
    assert answer["data"]["setMark"]["code"] == "NOT_FOUND"


async def test_roles_of_every_command(journal: Journal) -> None:
    """Exactly the deputy and the teacher have the commands: no role is forgotten above."""
    tried = {role for login in journal.school.demo.logins if login.login in HAVE_NO_COMMANDS for role in login.roles}
    assert tried | {Role.DIRECTOR} == set(Role) - {Role.DEPUTY, Role.TEACHER}


# Typed refusals.


@pytest.mark.parametrize("command", ["takeRollCall", "markAttendance", "setMark", "setMarks", "removeMark"])
async def test_lesson_not_yet(journal: Journal, command: str) -> None:
    here = await place(journal, "5А", "Биол.")
    await journal.db.execute("UPDATE lesson SET date = '2026-05-21' WHERE id = $1", here.lesson.id)
    field = {"setMark": "taskId", "setMarks": "entries.0.taskId", "removeMark": "markId"}.get(command, "lessonId")
    assert await journal.refused(command, here.given(command)) == ("LESSON_NOT_YET", field, "7.4")


@pytest.mark.parametrize("command", list(PAYLOADS))
async def test_lesson_cancelled(journal: Journal, command: str) -> None:
    here = await place(journal, "5А", "Биол.")
    await journal.db.execute("UPDATE lesson SET state = 'cancelled' WHERE id = $1", here.lesson.id)
    field = {
        "setMark": "taskId",
        "setMarks": "entries.0.taskId",
        "removeMark": "markId",
        **dict.fromkeys(("changeTask", "moveTask", "removeTask"), "taskId"),
        **dict.fromkeys(("changeHomework", "removeHomework"), "homeworkId"),
    }.get(command, "lessonId")
    assert await journal.refused(command, here.given(command)) == ("LESSON_CANCELLED", field, "7.4")


async def test_plans_may_be_made(journal: Journal) -> None:
    """Topic, homework and tasks may be written before the lesson; it does not count as held by that."""
    lesson = await journal.lesson(days=1)
    result = await journal.done("recordLesson", {"lessonId": lesson.gid, "topic": "Фотосинтез"})
    assert result["lesson"] == {"id": lesson.gid, "state": "PLANNED", "version": 2}
    await journal.done("assignHomework", {"lessonId": lesson.gid, "text": "§ 13"})
    await journal.task(lesson)


@pytest.mark.parametrize("command", ["assignHomework", "takeRollCall", "markAttendance"])
async def test_not_in_group(journal: Journal, command: str) -> None:
    """Someone of another class, someone of the other subgroup, someone who left before the lesson, nobody at all."""
    lesson = await journal.lesson("5Б", "Англ. яз.")
    moved = await journal.lesson("9А", "Биол.")
    gone = await journal.db.fetchval(
        "SELECT student_id FROM enrolment JOIN study_group AS g USING (school_id, class_id)"
        " WHERE g.id = $1 AND enrolment.ends_on < $2",
        moved.group_id,
        moved.date,
    )
    classmates = await journal.db.fetch("SELECT student_id FROM enrolment WHERE class_id = 2")
    other = next(row["student_id"] for row in classmates if row["student_id"] in lesson.strangers)
    for at, stranger in ((lesson, lesson.strangers[0]), (lesson, other), (moved, gone), (lesson, 2**40)):
        student, here = gid("Student", stranger), {"lessonId": at.gid}
        given, field = {
            "assignHomework": ({**here, "text": "§ 1", "studentIds": [at.student(), student]}, "studentIds.1"),
            "takeRollCall": (
                {**here, "absent": [{"studentId": at.student()}, {"studentId": student}]},
                "absent.1.studentId",
            ),
            "markAttendance": ({**here, "studentId": student, "code": "ILLNESS"}, "studentId"),
        }[command]
        assert await journal.refused(command, given, "deputy") == ("NOT_IN_GROUP", field, None)


async def test_left_but_was_there(journal: Journal) -> None:
    """Who has left since may still be written about for the days they were there."""
    lesson = await journal.lesson("9А", "Биол.", days=-14)
    gone = await journal.db.fetchval("SELECT student_id FROM enrolment WHERE ends_on = '2026-05-06'")
    assert gone in lesson.students
    given = {"lessonId": lesson.gid, "studentId": gid("Student", gone), "code": "EXCUSED"}
    assert (await journal.done("markAttendance", given, "deputy"))["attendance"]["letters"] == "УП"


async def test_taught_at_home(journal: Journal) -> None:
    """Marks and attendance of who is taught at home are on paper (7.8); homework may be given to them."""
    lesson = await journal.lesson("5Б", "Биол.")
    student = gid("Student", lesson.at_home[0])
    given = {"lessonId": lesson.gid, "studentId": student, "code": "ILLNESS"}
    assert await journal.refused("markAttendance", given) == ("TAUGHT_AT_HOME", "studentId", "7.8")
    given = {"lessonId": lesson.gid, "absent": [{"studentId": lesson.student()}, {"studentId": student}]}
    assert await journal.refused("takeRollCall", given) == ("TAUGHT_AT_HOME", "absent.1.studentId", "7.8")
    await journal.done("takeRollCall", {**given, "absent": given["absent"][:1]})
    given = {"lessonId": lesson.gid, "text": "§ 1", "studentIds": [student]}
    assert (await journal.done("assignHomework", given))["homework"]["recipients"] == [{"id": student}]


LONG = "я" * 10_001
BAD: list[tuple[str, dict[str, Any], str]] = [
    ("recordLesson", {"topic": LONG}, "topic"),
    ("recordLesson", {"topic": "ноль\0"}, "topic"),
    ("recordLesson", {"topic": "Клетка", "material": "\0"}, "material"),
    ("assignHomework", {"text": LONG}, "text"),
    ("assignHomework", {"text": "ноль\0"}, "text"),
    ("assignHomework", {"text": ""}, "text"),
    ("assignHomework", {"text": " \n\t"}, "text"),
    ("assignHomework", {"text": "§ 1", "studentIds": []}, "studentIds"),
    ("assignHomework", {"text": "§ 1", "dueOn": "2026-05-19"}, "dueOn"),
    ("assignHomework", {"text": "§ 1", "idempotencyKey": ""}, "idempotencyKey"),
    ("assignHomework", {"text": "§ 1", "idempotencyKey": "k" * 201}, "idempotencyKey"),
    ("assignHomework", {"text": "§ 1", "idempotencyKey": "ноль\0"}, "idempotencyKey"),
    ("addTask", {"name": "я" * 1001}, "name"),
    ("addTask", {"name": "ноль\0"}, "name"),
    ("addTask", {"weight": 0}, "weight"),
    ("addTask", {"weight": -1}, "weight"),
    ("addTask", {"weight": 101}, "weight"),
    ("addTask", {"weight": 2**31 - 1}, "weight"),
    ("addTask", {"dueOn": "2026-05-19"}, "dueOn"),
    ("addTask", {"idempotencyKey": "k" * 201}, "idempotencyKey"),
    ("markAttendance", {"code": "LATE", "minutesLate": 0}, "minutesLate"),
    ("markAttendance", {"code": "LATE", "minutesLate": -(2**31)}, "minutesLate"),
    ("markAttendance", {"code": "LATE", "minutesLate": 1440}, "minutesLate"),
    ("markAttendance", {"code": "LATE", "minutesLate": 2**31 - 1}, "minutesLate"),
    ("markAttendance", {"code": "ILLNESS", "minutesLate": 5}, "minutesLate"),
    ("markAttendance", {"code": "ILLNESS", "comment": "я" * 1001}, "comment"),
    ("markAttendance", {"code": "ILLNESS", "comment": "ноль\0"}, "comment"),
    ("takeRollCall", {"absent": [{"code": "ILLNESS", "minutesLate": 5}]}, "absent.0.minutesLate"),
    ("takeRollCall", {"absent": [{"code": "LATE", "minutesLate": 0}]}, "absent.0.minutesLate"),
    ("takeRollCall", {"absent": [{}, {}]}, "absent.1.studentId"),
]


@pytest.mark.parametrize(("command", "more", "field"), BAD)
async def test_bad_input(journal: Journal, command: str, more: dict[str, Any], field: str) -> None:
    lesson = await journal.lesson()
    given: dict[str, Any] = {"lessonId": lesson.gid, **more}
    if command == "addTask":
        given["workTypeId"] = gid("WorkType", 1)
    if command == "markAttendance":
        given["studentId"] = lesson.student()
    if command == "takeRollCall":
        given["absent"] = [{"studentId": lesson.student(), **each} for each in more["absent"]]
    assert await journal.refused(command, given) == ("BAD_INPUT", field, None)


BAD_IDS = ["", "Урок", "Lesson:1", gid("Lesson", 0), gid("Lesson", -1), gid("Lesson", 2**63), gid("Task", 1)]
BAD_IDS += [
    gid("lesson", 1),
    gid("Lesson", 1) + "\0",
    gid("Lesson", 1)[:-3],
    "A" * 100_000,
    b64encode(b"Lesson:" + b"9" * 5000).decode(),
]


@pytest.mark.parametrize("value", BAD_IDS, ids=range(len(BAD_IDS)))
async def test_bad_id(journal: Journal, value: str) -> None:
    lesson = await journal.lesson()
    here = {"lessonId": value}
    assert await journal.refused("recordLesson", {**here, "topic": "Клетка"}) == ("BAD_ID", "lessonId", None)
    assert await journal.refused("takeRollCall", {**here, "absent": []}) == ("BAD_ID", "lessonId", None)
    given = {"lessonId": lesson.gid, "absent": [{"studentId": lesson.student()}, {"studentId": value}]}
    assert await journal.refused("takeRollCall", given) == ("BAD_ID", "absent.1.studentId", None)
    given = {"lessonId": lesson.gid, "text": "§ 1", "studentIds": [lesson.student(), value]}
    assert await journal.refused("assignHomework", given) == ("BAD_ID", "studentIds.1", None)
    given = {"lessonId": lesson.gid, "workTypeId": value}
    assert await journal.refused("addTask", given) == ("BAD_ID", "workTypeId", None)


async def test_unknown_work_type(journal: Journal) -> None:
    given = {"lessonId": (await journal.lesson()).gid, "workTypeId": gid("WorkType", 2**63 - 1)}
    assert await journal.refused("addTask", given) == ("NOT_FOUND", "workTypeId", None)


@pytest.mark.parametrize("literal", [2**31, -(2**31) - 1, 10**30, 1.5, "1", True])
async def test_numbers_out_of_range(journal: Journal, literal: Any) -> None:
    """GraphQL's own numbers have 32 bits: others are a bad request, with a code."""
    lesson = await journal.lesson()
    for name, more in (("recordLesson", {"ifVersion": literal}), ("addTask", {"weight": literal})):
        given = {"lessonId": lesson.gid, **({"workTypeId": gid("WorkType", 1)} if name == "addTask" else {}), **more}
        answer = await journal.school.ask(mutation(name), {"input": given}, as_="teacher")
        assert answer["data"] is None
        assert answer["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


async def test_texts_are_kept_as_they_are(journal: Journal) -> None:
    """As long as may be; emoji outside the basic plane; what looks like SQL, JSON or an escape."""
    lesson = await journal.lesson()
    texts = [
        "я" * 10_000,
        "👩🏽‍🔬 🇷🇺 𝔘",
        "'; DROP TABLE mark; --",
        '{"a": "\\u0000"}',
        "\\u0000 \\0",
        " по краям ",
        "\u2028\t.\r\n",
    ]
    for text in texts:
        result = await journal.done("recordLesson", {"lessonId": lesson.gid, "topic": text, "material": text})
        assert (result["record"]["topic"], result["record"]["material"]) == (text, text)
        result = await journal.done("assignHomework", {"lessonId": lesson.gid, "text": text})
        assert result["homework"]["text"] == text


# Topic and material.


async def test_record_lesson(journal: Journal) -> None:
    """Topic alone keeps the material, and the other way about; a lesson whose day has come counts as held (7.4)."""
    lesson = await journal.lesson()
    here = {"lessonId": lesson.gid}
    result = await journal.done("recordLesson", {**here, "topic": "Клетка"})
    assert result["lesson"] == {"id": lesson.gid, "state": "HELD", "version": 2}
    assert result["record"] == {"topic": "Клетка", "material": None, "version": 2, "rollCalledAt": None}
    result = await journal.done("recordLesson", {**here, "material": "Ядро, мембрана"})
    assert result["record"] == {"topic": "Клетка", "material": "Ядро, мембрана", "version": 3, "rollCalledAt": None}
    result = await journal.done("recordLesson", {**here, "topic": "Ткани"})
    assert result["record"]["material"] == "Ядро, мембрана"
    result = await journal.done("recordLesson", {**here, "material": None})
    assert result["record"] == {"topic": "Ткани", "material": None, "version": 5, "rollCalledAt": None}
    assert (await journal.done("recordLesson", here))["record"] == result["record"], "nothing sent, nothing changed"
    repeated = await journal.done("recordLesson", {**here, "topic": "Ткани", "material": None})
    assert repeated["record"] == result["record"]
    history = await journal.history("lesson", lesson.id)
    assert [row["version"] for row in history] == [1, 2, 3, 4]
    assert [json.loads(row["row"])["topic"] for row in history] == [None, "Клетка", "Клетка", "Ткани"]


async def test_record_lesson_versions(journal: Journal) -> None:
    lesson = await journal.lesson()
    here = {"lessonId": lesson.gid}
    for stale in (0, 2, -1, 2**31 - 1):
        given = {**here, "topic": "Клетка", "ifVersion": stale}
        assert await journal.refused("recordLesson", given) == ("CONFLICT", "ifVersion", None)
    assert (await journal.done("recordLesson", {**here, "topic": "Клетка", "ifVersion": 1}))["record"]["version"] == 2
    stale = {**here, "topic": "Ткани", "ifVersion": 1}
    assert await journal.refused("recordLesson", stale) == ("CONFLICT", "ifVersion", None)
    assert (await journal.done("recordLesson", {**here, "topic": "Ткани", "ifVersion": 2}))["record"]["version"] == 3


# The roll and absences.


async def roll(journal: Journal, lesson: Lesson) -> dict[str, Any]:
    row = await journal.db.fetchrow("SELECT id, version, changed_at FROM roll_call WHERE lesson_id = $1", lesson.id)
    return dict(row) if row else {}


async def test_everyone_present_is_a_fact(journal: Journal) -> None:
    """ "Everyone present" and "not filled in yet" are different; a roll that is called makes the lesson held."""
    lesson = await journal.lesson()
    result = await journal.done("takeRollCall", {"lessonId": lesson.gid, "absent": []})
    assert result["record"]["attendance"] == []
    assert result["record"]["rollCalledAt"] is not None
    assert await journal.db.fetchval("SELECT state FROM lesson WHERE id = $1", lesson.id) == "held"


async def test_take_roll_call(journal: Journal) -> None:
    lesson = await journal.lesson()
    first, second, third = (lesson.student(n) for n in range(3))
    here = {"lessonId": lesson.gid}
    absent = [{"studentId": first}, {"studentId": second, "code": "LATE", "minutesLate": 7}]
    result = await journal.done("takeRollCall", {**here, "absent": absent})
    got = {each["student"]["id"]: (each["code"], each["minutesLate"]) for each in result["record"]["attendance"]}
    assert got == {first: ("UNEXPLAINED", None), second: ("LATE", 7)}
    reason = {**here, "studentId": first, "code": "ILLNESS", "comment": "справка"}
    await journal.done("markAttendance", reason, "deputy")
    absent = [{"studentId": first}, {"studentId": third, "code": "EXCUSED"}]
    result = await journal.done("takeRollCall", {**here, "absent": absent})
    got = {each["student"]["id"]: (each["code"], each["comment"]) for each in result["record"]["attendance"]}
    assert got == {first: ("ILLNESS", "справка"), third: ("EXCUSED", None)}, "the known reason stays"
    late = await journal.db.fetchrow(
        f"SELECT operation, \"row\"::text FROM ({REPLACED}) AS history WHERE relation = 'attendance'"
        " AND \"row\"->>'minutes_late' = '7'"
        " AND (\"row\"->>'lesson_id')::bigint = $1",
        lesson.id,
    )
    assert late["operation"] == "delete", "who came after all was late once: it stays in the history"


async def test_roll_call_versions(journal: Journal) -> None:
    lesson = await journal.lesson()
    given = {"lessonId": lesson.gid, "absent": []}
    assert await journal.refused("takeRollCall", {**given, "ifVersion": 1}) == ("CONFLICT", "ifVersion", None)
    await journal.done("takeRollCall", {**given, "ifVersion": 0})
    assert await journal.refused("takeRollCall", {**given, "ifVersion": 0}) == ("CONFLICT", "ifVersion", None)
    absent = {**given, "absent": [{"studentId": lesson.student()}]}
    await journal.done("takeRollCall", {**absent, "ifVersion": 1})
    assert (await roll(journal, lesson))["version"] == 2
    (kept,) = await journal.history("roll_call", (await roll(journal, lesson))["id"])
    assert (kept["version"], kept["operation"]) == (1, "update")


async def test_repeated_roll_call_does_no_harm(journal: Journal) -> None:
    """The same roll again: no new version, no row of history, the reasons and minutes as they were."""
    lesson = await journal.lesson()
    absent = [{"studentId": lesson.student()}, {"studentId": lesson.student(1), "code": "LATE", "minutesLate": 7}]
    given = {"lessonId": lesson.gid, "absent": absent}
    first = await journal.done("takeRollCall", given)
    before = await journal.digest()
    assert await journal.done("takeRollCall", given) == first
    assert (
        await journal.done("takeRollCall", {**given, "absent": [{"studentId": a["studentId"]} for a in absent]})
        == first
    )
    assert await journal.digest() == before


async def test_mark_attendance(journal: Journal) -> None:
    """A setting sent alone changes that setting alone."""
    lesson = await journal.lesson()
    here = {"lessonId": lesson.gid, "studentId": lesson.student()}
    result = await journal.done("markAttendance", {**here, "code": "LATE", "minutesLate": 12, "comment": "автобус"})
    number = number_of(result["attendance"].pop("id"))
    said = {"code": "LATE", "minutesLate": 12, "comment": "автобус", "version": 1, "letters": "ОП"}
    assert result["attendance"] == said
    result = await journal.done("markAttendance", {**here, "code": "LATE", "comment": "пробки"})
    assert (result["attendance"]["minutesLate"], result["attendance"]["comment"]) == (12, "пробки")
    result = await journal.done("markAttendance", {**here, "code": "LATE", "minutesLate": 15})
    assert (result["attendance"]["minutesLate"], result["attendance"]["comment"]) == (15, "пробки")
    result = await journal.done("markAttendance", {**here, "code": "LATE", "minutesLate": None})
    assert (result["attendance"]["minutesLate"], result["attendance"]["version"]) == (None, 4)
    result = await journal.done("markAttendance", {**here, "code": "LATE", "minutesLate": 20})
    result = await journal.done("markAttendance", {**here, "code": "ILLNESS"})
    got = result["attendance"]
    assert (got["code"], got["minutesLate"], got["comment"], got["version"]) == ("ILLNESS", None, "пробки", 6)
    before = await journal.digest()
    assert (await journal.done("markAttendance", {**here, "code": "ILLNESS"}))["attendance"] == got
    assert await journal.digest() == before, "an absence already entered is not an error, and no new version"
    assert (await journal.done("markAttendance", {**here, "code": None}))["attendance"] is None
    before = await journal.digest()
    assert (await journal.done("markAttendance", {**here, "code": None}))["attendance"] is None
    assert await journal.digest() == before
    history = await journal.history("attendance", number)
    assert [(row["version"], row["operation"]) for row in history] == [
        *((n, "update") for n in range(1, 6)),
        (6, "delete"),
    ]


async def test_mark_attendance_versions(journal: Journal) -> None:
    lesson = await journal.lesson()
    given = {"lessonId": lesson.gid, "studentId": lesson.student(), "code": "ILLNESS"}
    assert await journal.refused("markAttendance", {**given, "ifVersion": 1}) == ("CONFLICT", "ifVersion", None)
    await journal.done("markAttendance", {**given, "ifVersion": 0})
    assert await journal.refused("markAttendance", {**given, "ifVersion": 0}) == ("CONFLICT", "ifVersion", None)
    for code in (None, "EXCUSED"):
        stale = {**given, "code": code, "ifVersion": 2}
        assert await journal.refused("markAttendance", stale) == ("CONFLICT", "ifVersion", None)
    await journal.done("markAttendance", {**given, "code": "EXCUSED", "ifVersion": 1})
    await journal.done("markAttendance", {**given, "code": None, "ifVersion": 2})
    await journal.done("markAttendance", {**given, "ifVersion": 0})


# Tasks and homework.


async def test_add_task(journal: Journal) -> None:
    """The weight is that of the kind unless given; the order of tasks is the order in which they were added."""
    lesson = await journal.lesson()
    here = {"lessonId": lesson.gid}
    kinds = [gid("WorkType", n) for n in (10, 1, 5)]
    added = [(await journal.done("addTask", {**here, "workTypeId": kind}))["task"] for kind in kinds]
    assert [(task["position"], task["weight"]) for task in added] == [(1, 3), (2, 1), (3, 2)]
    more = {"name": "Диктант 😀", "weight": 100, "dueOn": "2026-05-20"}
    last = (await journal.done("addTask", {**here, "workTypeId": kinds[0], **more}))["task"]
    assert last == {**more, "id": last["id"], "position": 4, "version": 1, "forAll": True, "recipients": []}
    query = "query($id: ID!) { node(id: $id) { ... on Lesson { record { tasks { id position } } } } }"
    for login in ("teacher", "deputy"):
        found = await journal.school.data(query, {"id": lesson.gid}, as_=login)
        tasks = found["node"]["record"]["tasks"]
        assert [task["id"] for task in tasks] == [*(task["id"] for task in added), last["id"]]


async def test_assign_homework(journal: Journal) -> None:
    """To all, or to those named; the one is not seen where the other was meant."""
    lesson = await journal.lesson("5Б", "Биол.")
    here = {"lessonId": lesson.gid}
    student = await journal.db.fetchval(
        "SELECT student.id FROM student JOIN account USING (school_id, person_id) WHERE login = 'student'"
    )
    other = next(each for each in lesson.students if each != student)
    for_all = (await journal.done("assignHomework", {**here, "text": "всем", "dueOn": "2026-05-20"}))["homework"]
    assert (for_all["forAll"], for_all["recipients"], for_all["dueOn"]) == (True, [], "2026-05-20")
    mine = {**here, "text": "мне", "studentIds": [gid("Student", student)] * 2}
    named = (await journal.done("assignHomework", mine))["homework"]
    assert (named["forAll"], named["recipients"]) == (False, [{"id": gid("Student", student)}])
    await journal.done("assignHomework", {**here, "text": "другому", "studentIds": [gid("Student", other)]})
    diary = (
        "query($student: ID!, $day: Date!) { diary(studentIds: [$student], from: $day, to: $day)"
        " { days { lessons { lesson { id } homework { text } } } } }"
    )
    given = {"student": gid("Student", student), "day": lesson.date.isoformat()}
    for login in ("student", "parent"):
        (found,) = (await journal.school.data(diary, given, as_=login))["diary"][0]["days"]
        here = next(each for each in found["lessons"] if each["lesson"]["id"] == lesson.gid)
        assert [each["text"] for each in here["homework"]] == ["всем", "мне"]


# Keys against repeats.

KEYED: list[tuple[str, Callable[[Lesson], dict[str, Any]], dict[str, Any]]] = [
    ("addTask", lambda _: {"workTypeId": gid("WorkType", 2), "name": "Опыт"}, {"name": "Другой опыт"}),
    ("assignHomework", lambda at: {"text": "§ 5", "studentIds": [at.student()]}, {"text": "§ 6"}),
]
ROWS = {"addTask": "task", "assignHomework": "homework"}


async def rows_of(journal: Journal, command: str, lesson: Lesson) -> int:
    count: int = await journal.db.fetchval(f"SELECT count(*) FROM {ROWS[command]} WHERE lesson_id = $1", lesson.id)
    return count


@pytest.mark.parametrize(("command", "more", "other"), KEYED)
async def test_key_twice(
    journal: Journal, command: str, more: Callable[[Lesson], dict[str, Any]], other: dict[str, Any]
) -> None:
    lesson = await journal.lesson()
    given = {"lessonId": lesson.gid, **more(lesson), "idempotencyKey": f"{command} twice 🔑"}
    first = await journal.done(command, given)
    assert await journal.done(command, given) == first
    assert await rows_of(journal, command, lesson) == 1
    reused = await journal.refused(command, {**given, **other})
    assert reused == ("IDEMPOTENCY_KEY_REUSED", "idempotencyKey", None)
    elsewhere = await journal.lesson("5А", "Геогр.")
    reused = await journal.refused(command, {**given, "lessonId": elsewhere.gid, **_named(command, elsewhere)})
    assert reused == ("IDEMPOTENCY_KEY_REUSED", "idempotencyKey", None)
    another = await journal.done(command, given, "deputy")
    assert another != first, "the same key of another account is another key"
    assert await rows_of(journal, command, lesson) == 2


def _named(command: str, lesson: Lesson) -> dict[str, Any]:
    return {"studentIds": [lesson.student()]} if command == "assignHomework" else {}


async def test_key_of_another_command(journal: Journal) -> None:
    lesson = await journal.lesson()
    here = {"lessonId": lesson.gid, "idempotencyKey": "one key for two commands"}
    await journal.done("addTask", {**here, "workTypeId": gid("WorkType", 1)})
    reused = await journal.refused("assignHomework", {**here, "text": "§ 1"})
    assert reused == ("IDEMPOTENCY_KEY_REUSED", "idempotencyKey", None)


@pytest.mark.parametrize(("command", "more", "other"), KEYED)
async def test_key_is_free_after_a_refusal(
    journal: Journal, command: str, more: Callable[[Lesson], dict[str, Any]], other: dict[str, Any]
) -> None:
    lesson = await journal.lesson()
    given = {"lessonId": lesson.gid, **more(lesson), "idempotencyKey": f"{command} refused"}
    await journal.db.execute("UPDATE lesson SET state = 'cancelled' WHERE id = $1", lesson.id)
    assert (await journal.refused(command, given))[0] == "LESSON_CANCELLED"
    await journal.db.execute("UPDATE lesson SET state = 'planned' WHERE id = $1", lesson.id)
    await journal.done(command, {**given, **other})
    assert await rows_of(journal, command, lesson) == 1


async def test_repeat_after_a_handover(journal: Journal) -> None:
    """A key does not open what its owner may no longer reach."""
    lesson = await journal.lesson("5А", "Геогр.")
    given = {"lessonId": lesson.gid, "workTypeId": gid("WorkType", 1), "idempotencyKey": "handover"}
    await journal.done("addTask", given)
    await journal.db.execute(
        "UPDATE lesson SET subject_id = (SELECT id FROM subject WHERE short_name = 'Матем.') WHERE id = $1", lesson.id
    )
    assert (await journal.refused("addTask", given))[0] == "NOT_FOUND"


# History and the audit trail.


async def test_history_keeps_every_version(journal: Journal) -> None:
    """Each change leaves the old row, under its version, the command's audit entry and the school's moment."""
    lesson = await journal.lesson()
    here, who = {"lessonId": lesson.gid}, {"studentId": lesson.student()}
    task = await journal.task(lesson)
    steps: list[tuple[str, dict[str, Any], list[tuple[str, str]]]] = [
        ("recordLesson", {**here, "topic": "Клетка"}, [("lesson", "update")]),
        ("recordLesson", {**here, "material": "Ядро"}, [("lesson", "update")]),
        ("takeRollCall", {**here, "absent": [who]}, []),
        ("markAttendance", {**here, **who, "code": "ILLNESS"}, [("attendance", "update"), ("roll_call", "update")]),
        ("takeRollCall", {**here, "absent": []}, [("attendance", "delete"), ("roll_call", "update")]),
        ("setMark", {"taskId": task, **who, "value": "3"}, []),
        ("setMark", {"taskId": task, **who, "value": "4"}, [("mark", "update")]),
        ("setMarks", {"entries": [{"taskId": task, **who, "value": "5"}]}, [("mark", "update")]),
        ("assignHomework", {**here, "text": "§ 1"}, []),
    ]
    for command, given, expected in steps:
        before = await snapshot(journal, lesson)
        await journal.done(command, given)
        entry = (await journal.entries())[-1]
        kept = await journal.db.fetch(
            f'SELECT relation, row_id, operation, version, replaced_at, "row"::text FROM ({REPLACED}) AS history'
            " WHERE audit_entry_id = $1 ORDER BY relation",
            entry["id"],
        )
        assert [(row["relation"], row["operation"]) for row in kept] == expected
        for row in kept:
            assert json.loads(row["row"]) == told(before, row["relation"], row["row_id"]), (
                "the row as it was, all of it"
            )
            assert row["version"] == before[row["relation"], row["row_id"]]["version"]
            assert row["replaced_at"] == entry["at"]
        after = await snapshot(journal, lesson)
        lost = {key for key, row in before.items() if after.get(key) != row}
        assert lost == {(row["relation"], row["row_id"]) for row in kept}, "nothing changes without a trace"
    mark = await journal.db.fetchval("SELECT id FROM mark WHERE lesson_id = $1", lesson.id)
    await journal.done("removeMark", {"markId": gid("Mark", mark)})
    history = await journal.history("mark", mark)
    assert [(row["version"], row["operation"], json.loads(row["row"])["value"]) for row in history] == [
        (1, "update", "3"),
        (2, "update", "4"),
        (3, "delete", "5"),
    ]


async def snapshot(journal: Journal, lesson: Lesson) -> dict[tuple[str, int], dict[str, Any]]:
    """All versioned rows of a lesson."""
    found = {}
    for table in ("lesson", "task", "mark", "attendance", "roll_call", "homework"):
        column = "id" if table == "lesson" else "lesson_id"
        for row in await journal.db.fetch(
            f"SELECT id, to_jsonb(t)::text AS row FROM {table} t WHERE {column} = $1", lesson.id
        ):
            found[table, row["id"]] = json.loads(row["row"])
    return found


def told(rows: dict[tuple[str, int], dict[str, Any]], table: str, number: int) -> dict[str, Any]:
    """A row as its versions tell it: the day of the lesson is the lesson's."""
    return {name: value for name, value in rows[table, number].items() if table == "lesson" or name != "lesson_date"}


async def test_history_of_every_table(journal: Journal) -> None:
    """Whatever changes a row of the journal, through a command or not, its old self is kept."""
    lesson = await journal.lesson()
    here, who = {"lessonId": lesson.gid}, {"studentId": lesson.student()}
    task = await journal.task(lesson)
    await journal.done("assignHomework", {**here, "text": "§ 1"})
    await journal.done("takeRollCall", {**here, "absent": [who]})
    await journal.done("setMark", {"taskId": task, **who, "value": "3"})
    rows = await snapshot(journal, lesson)
    assert {table for table, _ in rows} == set(VERSIONED)
    async with journal.db.transaction():
        for table in ("mark", "task", "attendance", "roll_call", "homework", "lesson"):
            column = "id" if table == "lesson" else "lesson_id"
            await journal.db.execute(f"UPDATE {table} SET version = version + 1 WHERE {column} = $1", lesson.id)
            await journal.db.execute(f"DELETE FROM {table} WHERE {column} = $1", lesson.id)
    for table, number in rows:
        row = told(rows, table, number)
        *_, updated, deleted = await journal.history(table, number)
        assert (updated["operation"], json.loads(updated["row"])) == ("update", row)
        assert (deleted["operation"], json.loads(deleted["row"])) == ("delete", {**row, "version": row["version"] + 1})


async def test_audit_has_no_names(journal: Journal) -> None:
    """What the commands were given, by numbers: whoever reads the trail learns no pupil's name from it (11.6)."""
    here = await place(journal, "5Б", "Биол.")
    start = len(await journal.entries())
    for command in PAYLOADS:
        await journal.run(command, {**here.given(command), **_key(command, "audit")}, "class-teacher")
        await journal.run(command, here.nowhere(command), "class-teacher")
    entries = (await journal.entries())[start:]
    assert len(entries) == 2 * len(PAYLOADS)
    people = await journal.db.fetch("SELECT family_name, given_name, patronymic FROM person")
    names = {name for row in people for name in row.values() if name}
    for entry in entries:
        assert json.loads(entry["input"]), "something was given"
        assert not [name for name in names if name in entry["input"]]
    by_command = {entry["command"]: json.loads(entry["input"]) for entry in entries if entry["outcome"] == "done"}
    assert by_command["recordLesson"] == {"lesson": here.lesson.id, "topic": "Строение клетки"}
    assert by_command["removeMark"]["mark"] == number_of(here.mark)


async def test_audit_of_a_bad_text(journal: Journal) -> None:
    """A refused text leaves an entry too, though PostgreSQL could not keep the text, nor should it keep a megabyte."""
    lesson = await journal.lesson()
    await journal.refused("recordLesson", {"lessonId": lesson.gid, "topic": "до\0после"})
    entry = (await journal.entries())[-1]
    assert json.loads(entry["input"]) == {"lesson": lesson.id, "topic": "до\N{REPLACEMENT CHARACTER}после"}
    await journal.refused("recordLesson", {"lessonId": lesson.gid, "topic": "я" * 500_000})
    assert len((await journal.entries())[-1]["input"]) < 20_000


async def test_commands_in_one_request(journal: Journal) -> None:
    """In order, each answering with what it wrote itself; a refusal of one leaves the others."""
    lesson = await journal.lesson()
    task = await journal.task(lesson)
    kinds = "$one: SetMarkInput!, $two: SetMarkInput!, $bad: SetMarkInput!, $lesson: RecordLessonInput!"
    text = f"mutation({kinds}) {{ one: {selected('setMark', '$one')} bad: {selected('setMark', '$bad')} "
    text += f"two: {selected('setMark', '$two')} lesson: {selected('recordLesson', '$lesson')} }}"
    mark = {"taskId": task, "studentId": lesson.student()}
    given = {
        "one": {**mark, "value": "3", "ifVersion": 0},
        "bad": {**mark, "value": "6"},
        "two": {**mark, "value": "5", "ifVersion": 1},
        "lesson": {"lessonId": lesson.gid, "topic": "Клетка"},
    }
    data = await journal.school.data(text, given, as_="teacher")
    assert list(data) == ["one", "bad", "two", "lesson"]
    assert (data["one"]["mark"]["value"], data["one"]["mark"]["version"]) == ("3", 1)
    assert data["bad"]["code"] == "BAD_MARK"
    assert (data["two"]["mark"]["value"], data["two"]["mark"]["version"]) == ("5", 2)
    assert data["lesson"]["record"]["topic"] == "Клетка"
