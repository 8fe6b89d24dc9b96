"""Work given at a lesson: for students named, changed, moved to another lesson, taken back (7.2, 7.4)."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from server.demo import Demo

from .journal_help import Journal, Lesson, gid, number_of, opened

KIND = gid("WorkType", 1)


@pytest.fixture(scope="module")
async def journal(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Journal]:
    async with opened(cluster, demo_template) as journal:
        yield journal


async def of_login(journal: Journal, login: str) -> int:
    found: int = await journal.db.fetchval(
        "SELECT student.id FROM student JOIN account USING (school_id, person_id) WHERE login = $1", login
    )
    return found


async def tasks_seen(journal: Journal, lesson: Lesson, login: str, student: int | None = None) -> list[str]:
    """The tasks of a lesson, in their order: at the lesson itself, or in a student's diary."""
    if student is None:
        query = "query($id: ID!) { node(id: $id) { ... on Lesson { record { tasks { id } } } } }"
        found = await journal.school.data(query, {"id": lesson.gid}, as_=login)
        return [each["id"] for each in found["node"]["record"]["tasks"]]
    query = """query($id: ID!, $day: Date!) { node(id: $id) { ... on Student { diary(from: $day, to: $day) {
      days { lessons { lesson { id } tasks { task { id } } } } } } } }"""
    given = {"id": gid("Student", student), "day": str(lesson.date)}
    found = await journal.school.data(query, given, as_=login)
    (day,) = found["node"]["diary"]["days"]
    (here,) = [each for each in day["lessons"] if each["lesson"]["id"] == lesson.gid]
    return [each["task"]["id"] for each in here["tasks"]]


async def test_differing_work(journal: Journal) -> None:
    """Two groups of one class get tasks of their own: each sees its own and those for all, the teacher all of them."""
    lesson = await journal.lesson("5Б", "Биол.")
    mine = await of_login(journal, "student")
    others = [each for each in lesson.students if each != mine][:2]
    for_all = await journal.task(lesson)
    for_me = await journal.task(lesson, studentIds=[gid("Student", mine)])
    for_them = await journal.task(lesson, studentIds=[gid("Student", each) for each in others])
    assert await tasks_seen(journal, lesson, "deputy") == [for_all, for_me, for_them]
    assert await tasks_seen(journal, lesson, "class-teacher") == [for_all, for_me, for_them]
    assert await tasks_seen(journal, lesson, "student") == [for_all, for_me]
    assert await tasks_seen(journal, lesson, "student", mine) == [for_all, for_me]
    assert await tasks_seen(journal, lesson, "deputy", others[0]) == [for_all, for_them]
    assert await tasks_seen(journal, lesson, "class-teacher", others[0]) == [for_all, for_them]
    for login, seen in (("student", None), ("class-teacher", for_them)):
        node = await journal.school.data(f'{{ node(id: "{for_them}") {{ id }} }}', as_=login)
        assert (node["node"] and node["node"]["id"]) == seen


async def test_marks_for_recipients_only(journal: Journal) -> None:
    lesson = await journal.lesson()
    task = await journal.task(lesson, studentIds=[lesson.student(), lesson.student(), lesson.student(1)])
    mark = {"taskId": task, "value": "5"}
    await journal.done("setMark", {**mark, "studentId": lesson.student(1)})
    given = {**mark, "studentId": lesson.student(2)}
    assert await journal.refused("setMark", given) == ("NOT_A_RECIPIENT", "studentId", None)
    entries = {"entries": [{**mark, "studentId": lesson.student()}, given]}
    assert await journal.refused("setMarks", entries) == ("NOT_A_RECIPIENT", "entries.1.studentId", None)
    # Who has a mark stays among those for whom the task is; then the other may get one.
    change = {"taskId": task, "studentIds": [lesson.student(2)]}
    assert await journal.refused("changeTask", change) == ("IN_USE", "studentIds", None)
    both = [lesson.student(1), lesson.student(2)]
    changed = (await journal.done("changeTask", {"taskId": task, "studentIds": both}))["task"]
    assert {each["id"] for each in changed["recipients"]} == {*both}
    await journal.done("setMark", given)
    changed = (await journal.done("changeTask", {"taskId": task, "studentIds": None}))["task"]
    assert (changed["forAll"], changed["recipients"]) == (True, [])
    await journal.done("setMark", {**mark, "studentId": lesson.student(3)})


async def test_a_key_repeated_with_others_named(journal: Journal) -> None:
    """For whom it is belongs to what a key stands for."""
    lesson = await journal.lesson()
    given = {"lessonId": lesson.gid, "workTypeId": KIND, "idempotencyKey": "named", "studentIds": [lesson.student()]}
    first = (await journal.done("addTask", given))["task"]
    assert (await journal.done("addTask", given))["task"] == first
    other = {**given, "studentIds": [lesson.student(1)]}
    assert await journal.refused("addTask", other) == ("IDEMPOTENCY_KEY_REUSED", "idempotencyKey", None)


async def test_change_task(journal: Journal) -> None:
    """Only what is sent changes; what stands so already is no new version; versions are asked for."""
    lesson = await journal.lesson()
    task = await journal.task(lesson, name="Тест", dueOn="2026-05-27")
    of = {"taskId": task}
    changed = (await journal.done("changeTask", {**of, "weight": 7, "ifVersion": 1}))["task"]
    assert (changed["name"], changed["weight"], changed["dueOn"], changed["version"]) == ("Тест", 7, "2026-05-27", 2)
    before = await journal.digest()
    assert (await journal.done("changeTask", {**of, "weight": 7, "name": "Тест"}))["task"] == changed
    assert (await journal.done("changeTask", of))["task"] == changed
    assert await journal.digest() == before
    changed = (await journal.done("changeTask", {**of, "workTypeId": gid("WorkType", 10), "name": None}))["task"]
    assert (changed["name"], changed["weight"]) == (None, 7)
    changed = (await journal.done("changeTask", {**of, "weight": None, "dueOn": None}))["task"]
    assert (changed["weight"], changed["dueOn"], changed["version"]) == (3, None, 4)
    assert [each["operation"] for each in await journal.history("task", number_of(task))] == ["update"] * 3
    assert await journal.refused("changeTask", {**of, "weight": 5, "ifVersion": 3}) == ("CONFLICT", "ifVersion", None)


BAD = [
    ({"weight": 0}, "weight"),
    ({"weight": 101}, "weight"),
    ({"name": "ноль\0"}, "name"),
    ({"dueOn": "2026-05-19"}, "dueOn"),
    ({"studentIds": []}, "studentIds"),
    ({"workTypeId": None}, "workTypeId"),
]


@pytest.mark.parametrize(("more", "field"), BAD)
async def test_bad_change_of_a_task(journal: Journal, more: dict[str, Any], field: str) -> None:
    task = await journal.task(await journal.lesson())
    assert await journal.refused("changeTask", {"taskId": task, **more}) == ("BAD_INPUT", field, None)


async def test_change_homework(journal: Journal) -> None:
    lesson = await journal.lesson()
    given = {"lessonId": lesson.gid, "text": "§ 1", "dueOn": "2026-05-27"}
    homework = (await journal.done("assignHomework", given))["homework"]
    of = {"homeworkId": homework["id"]}
    changed = (await journal.done("changeHomework", {**of, "text": "§ 2", "ifVersion": 1}))["homework"]
    assert changed == {**homework, "text": "§ 2", "version": 2, "attachments": []}
    changed = (await journal.done("changeHomework", {**of, "studentIds": [lesson.student()]}))["homework"]
    assert (changed["forAll"], changed["recipients"]) == (False, [{"id": lesson.student()}])
    changed = (await journal.done("changeHomework", {**of, "studentIds": None, "dueOn": None}))["homework"]
    assert (changed["forAll"], changed["recipients"], changed["dueOn"]) == (True, [], None)
    for bad, field in (({"text": " "}, "text"), ({"text": None}, "text"), ({"dueOn": "2026-05-19"}, "dueOn")):
        assert await journal.refused("changeHomework", {**of, **bad}) == ("BAD_INPUT", field, None)
    stranger = {**of, "studentIds": [gid("Student", lesson.strangers[0])]}
    assert await journal.refused("changeHomework", stranger) == ("NOT_IN_GROUP", "studentIds.0", None)
    for name in ("changeHomework", "removeHomework"):
        assert await journal.refused(name, {**of, "ifVersion": 1}) == ("CONFLICT", "ifVersion", None)
    await journal.done("removeHomework", {**of, "ifVersion": 4})
    assert await journal.refused("removeHomework", of) == ("NOT_FOUND", "homeworkId", None)


async def _file(journal: Journal, login: str = "teacher") -> str:
    headers = {"authorization": f"Bearer {await journal.school.token(login)}"}
    sent = await journal.school.client.post("/files?name=work.txt", content="Задание".encode(), headers=headers)
    assert sent.status_code == 201, sent.text
    made: str = sent.json()["id"]
    return made


@pytest.mark.parametrize("kind", ["Task", "Homework"])
async def test_files_are_hung_and_taken_off(journal: Journal, kind: str) -> None:
    """One's own files, under the limit; only what hangs here is taken off; a removal takes its attachments along."""
    lesson = await journal.lesson()
    if kind == "Task":
        of = {"taskId": await journal.task(lesson)}
    else:
        made = await journal.done("assignHomework", {"lessonId": lesson.gid, "text": "§ 1"})
        of = {"homeworkId": made["homework"]["id"]}
    name, field = f"change{kind}", kind.lower()
    hung = (await journal.done(name, {**of, "fileIds": [await _file(journal), await _file(journal)]}))[field]
    assert ([each["name"] for each in hung["attachments"]], hung["version"]) == (["work.txt"] * 2, 2)
    first, second = (each["id"] for each in hung["attachments"])
    left = (await journal.done(name, {**of, "removeAttachmentIds": [first]}))[field]
    assert ([each["id"] for each in left["attachments"]], left["version"]) == ([second], 3)
    again = {**of, "removeAttachmentIds": [second, first]}
    assert await journal.refused(name, again) == ("NOT_FOUND", "removeAttachmentIds.1", None)
    foreign = {**of, "fileIds": [await _file(journal, "deputy")]}
    assert await journal.refused(name, foreign) == ("NOT_FOUND", "fileIds.0", None)
    many = {**of, "fileIds": [await _file(journal) for _ in range(10)]}
    assert await journal.refused(name, many) == ("BAD_INPUT", "fileIds", None)
    await journal.done(name, {**many, "removeAttachmentIds": [second]})
    await journal.done(f"remove{kind}", of)
    assert not await journal.db.fetchval("SELECT count(*) FROM attachment WHERE id = ANY($1)", [number_of(second)])


async def test_remove_task(journal: Journal) -> None:
    """Not while there are marks; the others keep their places, and the next one comes last."""
    lesson = await journal.lesson()
    first, second, third = [await journal.task(lesson) for _ in range(3)]
    mark = (await journal.done("setMark", {"taskId": second, "studentId": lesson.student(), "value": "5"}))["mark"]
    assert await journal.refused("removeTask", {"taskId": second}) == ("IN_USE", "taskId", None)
    await journal.done("removeMark", {"markId": mark["id"]})
    assert await journal.refused("removeTask", {"taskId": second, "ifVersion": 2}) == ("CONFLICT", "ifVersion", None)
    await journal.done("removeTask", {"taskId": second, "ifVersion": 1})
    assert await journal.refused("removeTask", {"taskId": second}) == ("NOT_FOUND", "taskId", None)
    last = await journal.task(lesson)
    assert await tasks_seen(journal, lesson, "teacher") == [first, third, last]
    kept = await journal.history("task", number_of(second))
    assert [each["operation"] for each in kept] == ["delete"]


async def test_move_task(journal: Journal) -> None:
    """Its marks go along, and it is the last there; the move is one version of the task, and of each mark."""
    lesson, other = await journal.lesson(days=-1), await journal.lesson()
    task, there = await journal.task(lesson), await journal.task(other)
    await journal.done("setMark", {"taskId": task, "studentId": lesson.student(), "value": "5"})
    moved = (await journal.done("moveTask", {"taskId": task, "lessonId": other.gid, "ifVersion": 1}))["task"]
    assert (moved["lesson"]["id"], moved["position"], moved["version"]) == (other.gid, 2, 2)
    assert [(each["value"], each["lessonDate"]) for each in moved["marks"]] == [("5", str(other.date))]
    assert await tasks_seen(journal, other, "teacher") == [there, task]
    assert await tasks_seen(journal, lesson, "teacher") == []
    before = await journal.digest()
    again = await journal.done("moveTask", {"taskId": task, "lessonId": other.gid})
    assert (again["task"]["version"], await journal.digest()) == (2, before)


async def test_where_a_task_cannot_move(journal: Journal) -> None:
    lesson = await journal.lesson(days=-2)
    task = await journal.task(lesson, dueOn=str(lesson.date))
    mark = {"taskId": task, "studentId": lesson.student()}
    await journal.done("setMark", {**mark, "value": "5"})

    async def refused(other: Lesson, login: str = "teacher") -> tuple[str, str, str | None]:
        return await journal.refused("moveTask", {"taskId": task, "lessonId": other.gid}, login)

    assert await refused(await journal.lesson("5А", "Геогр.")) == ("BAD_INPUT", "lessonId", None)
    assert await refused(await journal.lesson("5А", "Матем.")) == ("NOT_FOUND", "lessonId", None)
    assert await refused(await journal.lesson("5Б", "Биол."), "deputy") == ("BAD_INPUT", "lessonId", None)
    assert await refused(await journal.lesson(days=-1)) == ("BAD_INPUT", "lessonId", None)
    await journal.done("changeTask", {"taskId": task, "dueOn": None})
    assert await refused(await journal.lesson(days=1)) == ("LESSON_NOT_YET", "lessonId", "7.4")
    assert await refused(await journal.lesson(state="cancelled")) == ("LESSON_CANCELLED", "lessonId", "7.4")
    early = await journal.lesson(days=-3)
    (since,) = await journal.db.fetchrow("SELECT starts_on FROM enrolment WHERE student_id = $1", lesson.students[0])
    came = "UPDATE enrolment SET starts_on = $2 WHERE student_id = $1"
    await journal.db.execute(came, lesson.students[0], lesson.date)
    try:
        assert await refused(early) == ("NOT_IN_GROUP", "lessonId", None)
    finally:
        await journal.db.execute(came, lesson.students[0], since)
    absence = {"lessonId": lesson.gid, "studentId": lesson.student(), "code": "ILLNESS"}
    await journal.done("markAttendance", absence)
    await journal.done("setMark", {**mark, "value": "4", "madeUpOn": "2026-05-20"})
    assert await refused(await journal.lesson()) == ("MADE_UP", "taskId", "7.5")
    assert await journal.refused("moveTask", {"taskId": task, "lessonId": lesson.gid, "ifVersion": 1}) == (
        ("CONFLICT", "ifVersion", None)
    )
