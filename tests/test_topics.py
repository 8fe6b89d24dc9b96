"""Topic plans (5.5–5.8): who may write them, what is refused, and how their topics come onto lessons."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from documents.sheets import write_sheet
from resolvers.database import Database, Transaction
from resolvers.timetable_topics import place_topics
from server.demo import DEMO_TODAY, SMALL, Demo, make_demo

from .journal_help import gid, number_of
from .topics_help import PAYLOADS, Course, Topics, content, mutation, opened

OWN = ("5А", "Биол.")
"""What «teacher» teaches."""

OTHERS = ("5А", "Матем.")
"""What «teacher» does not teach, in a class of theirs; «class-teacher» does."""


@pytest.fixture
async def topics(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Topics]:
    async with opened(cluster, demo_template) as topics:
        yield topics


def about(lessons: list[Any]) -> list[str | None]:
    return [each["topic"] for each in lessons]


# The life of a plan


async def test_a_plan_is_of_what_is_taught_by_who_works_here(topics: Topics) -> None:
    """No plan of a subject in the archive, nor one that a former employee answers for (5.8)."""
    course = await topics.course(*OWN)
    given = {"yearId": gid("AcademicYear", course.year), "subjectId": gid("Subject", course.subject), "title": "План"}
    given |= {"grade": course.grade}
    former = await topics.db.fetchval("SELECT max(id) FROM staff")
    await topics.db.execute("UPDATE staff SET dismissed_on = '2026-05-19' WHERE id = $1", former)
    by = {**given, "authorId": gid("Staff", former)}
    assert await topics.refused("createTopicPlan", by) == ("NOT_EMPLOYED", "authorId", "5.8")
    plan = (await topics.done("createTopicPlan", given))["plan"]["id"]
    handed = {"planId": plan, "authorId": gid("Staff", former)}
    assert await topics.refused("updateTopicPlan", handed) == ("NOT_EMPLOYED", "authorId", "5.8")
    await topics.db.execute("UPDATE subject SET archived_on = '2026-05-19' WHERE id = $1", course.subject)
    for login in ("deputy", "teacher"):
        assert await topics.refused("createTopicPlan", given, login) == ("ARCHIVED", "subjectId", None)
        assert await topics.refused("copyTopicPlan", {"planId": gid("TopicPlan", course.plan or 0)}, login) == (
            *("ARCHIVED", "planId"),
            None,
        )


async def test_a_plan_is_begun_filled_given_and_followed(topics: Topics) -> None:
    course = await topics.free(await topics.course(*OWN))
    plan, (cell, tissue) = await topics.plan(
        course,
        {"name": "Клетка", "homework": "§ 1", "workTypeIds": [gid("WorkType", 6)]},
        {"name": "Ткани", "hours": 2},
        as_="teacher",
    )
    given = given_to(course, plan, 0)
    (assigned,) = (await topics.done("assignTopicPlan", {**given, "idempotencyKey": "once"}, "teacher"))["assignments"]
    to_come = await topics.lessons(course, to_come=True)
    expected = ["Клетка", "Ткани", "Ткани", *[None] * len(to_come)][: len(to_come)]
    assert about(to_come) == expected
    assert [each["topic_id"] for each in to_come] == [
        {"Клетка": number_of(cell), "Ткани": number_of(tissue), None: None}[name] for name in expected
    ]
    assert {each["changed_by"] for each in to_come if each["topic"]} == {
        await topics.db.fetchval("SELECT id FROM account WHERE login = 'teacher'")
    }
    assert all(each["topic"] is None for each in await topics.lessons(course) if each["date"] < DEMO_TODAY)
    held = sum(each["date"] == DEMO_TODAY and each["state"] == "held" for each in await topics.lessons(course))
    scheduled = len(to_come) + held
    without = max(0, len(to_come) - 3) + held
    assert assigned["progress"] == {
        "planned": 3,
        "scheduled": scheduled,
        "withoutTopic": without,
        "leftOver": max(0, 3 - len(to_come)),
    }
    again = await topics.run("assignTopicPlan", {**given, "idempotencyKey": "once"}, "teacher")
    assert [each["id"] for each in again["assignments"]] == [assigned["id"]]
    assert await topics.refused("assignTopicPlan", given, "teacher") == ("TOPIC_PLAN_OVERLAPS", "groupIds.0", "5.5")
    assert await topics.refused("deleteTopicPlan", {"planId": plan}) == ("TOPIC_PLAN_IN_USE", "planId", None)

    yesterday = str(DEMO_TODAY - timedelta(days=1))
    ending = {"assignmentId": assigned["id"], "endsOn": yesterday}
    assert await topics.refused("endTopicPlanAssignment", ending, "teacher") == ("BAD_INPUT", "endsOn", None)
    await topics.done("endTopicPlanAssignment", {**ending, "endsOn": str(DEMO_TODAY)}, "teacher")
    left = [each for each in await topics.lessons(course, to_come=True) if each["date"] > DEMO_TODAY]
    assert set(about(left)) == {None}


async def test_the_demo_stands_as_placing_would_have_it(topics: Topics) -> None:
    """Placing changes nothing there; and once it has changed something, it changes nothing more."""
    database = await Database.open(topics.school.url)
    try:
        rows = await topics.db.fetch("SELECT DISTINCT school_id, group_id, subject_id FROM lesson")
        pairs = {(row["group_id"], row["subject_id"]) for row in rows}
        async with database.transaction() as work:
            assert await place_topics(work, rows[0]["school_id"], pairs, DEMO_TODAY) == 0
        await topics.db.execute("UPDATE lesson SET state = 'cancelled' WHERE date = $1", DEMO_TODAY + timedelta(days=1))
        for expected in (True, False):
            before = await topics.digest()
            async with database.transaction() as work:
                assert bool(await place_topics(work, rows[0]["school_id"], pairs, DEMO_TODAY)) is expected
            assert ((await topics.digest()) != before) is expected
    finally:
        await database.close()


async def test_statements_of_placing_do_not_grow(topics: Topics, monkeypatch: pytest.MonkeyPatch) -> None:
    database, counted = await Database.open(topics.school.url), list[int]()
    fetch, execute, statements = Transaction.fetch, Transaction.execute, list[str]()

    async def fetching(self: Transaction, executable: Any, **given: Any) -> Any:
        statements.append("fetch")
        return await fetch(self, executable, **given)

    async def executing(self: Transaction, executable: Any, **given: Any) -> None:
        statements.append("execute")
        await execute(self, executable, **given)

    monkeypatch.setattr(Transaction, "fetch", fetching)
    monkeypatch.setattr(Transaction, "execute", executing)
    try:
        rows = await topics.db.fetch("SELECT DISTINCT school_id, group_id, subject_id FROM topic_plan_assignment")
        pairs = [(row["group_id"], row["subject_id"]) for row in rows]
        for some in (pairs[:1], pairs):
            await topics.db.execute("UPDATE lesson SET topic = NULL WHERE state = 'planned'")
            statements.clear()
            async with database.transaction() as work:
                assert await place_topics(work, rows[0]["school_id"], some, DEMO_TODAY)
            counted.append(len(statements))
    finally:
        await database.close()
    assert counted == [5, 5]


async def test_a_new_content_moves_the_topics_of_lessons_to_come(topics: Topics) -> None:
    course = await topics.free(await topics.course(*OTHERS))
    plan, (one, two) = await topics.plan(course, "Первая", "Вторая")
    await topics.done("assignTopicPlan", given_to(course, plan))
    first, second, *_ = await topics.lessons(course, to_come=True)
    assert about([first, second]) == ["Первая", "Вторая"]
    turned = content(plan, {"id": two, "name": "Вторая"}, {"id": one, "name": "Первая, иначе"})
    changed = (await topics.done("setTopics", turned))["plan"]
    assert about((await topics.lessons(course, to_come=True))[:2]) == ["Вторая", "Первая, иначе"]
    section = changed["sections"][0]["id"]
    same = {**turned, "sections": [{**turned["sections"][0], "id": section}]}
    before = await topics.digest()
    assert (await topics.done("setTopics", same))["plan"]["version"] == changed["version"]
    assert await topics.digest() == before, "the same content changes nothing"
    await topics.db.execute("UPDATE lesson SET topic = 'Своими словами' WHERE id = $1", first["id"])
    without = content(plan, {"id": one, "name": "Одна"})
    assert await topics.refused("setTopics", without) == ("TOPIC_IN_USE", "sections", None)
    await topics.done("setTopics", content(plan, {"id": two, "name": "Вторая"}))
    assert about((await topics.lessons(course, to_come=True))[:2]) == ["Своими словами", None]
    kept = await topics.db.fetch("SELECT relation, operation FROM history WHERE relation LIKE 'topic%'")
    assert {tuple(row) for row in kept} >= {("topic", "update"), ("topic", "delete"), ("topic_plan", "update")}


async def test_a_topic_put_on_a_lesson_stays_and_leads_on(topics: Topics) -> None:
    course = await topics.free(await topics.course(*OTHERS))
    plan, ids = await topics.plan(course, "Первая", "Вторая", "Третья", "Четвёртая")
    await topics.done("assignTopicPlan", given_to(course, plan))
    first, second, *_ = await topics.lessons(course, to_come=True)
    given = {"lessonId": gid("Lesson", first["id"]), "topicId": ids[1], "ifVersion": first["version"]}
    lesson = (await topics.done("placeTopic", given, "class-teacher"))["lesson"]
    assert lesson == {
        "id": gid("Lesson", first["id"]),
        "version": first["version"] + 1,
        "plannedTopic": {"id": ids[1], "name": "Вторая"},
        "record": {"topic": "Вторая"},
    }
    assert about((await topics.lessons(course, to_come=True))[:2]) == ["Вторая", "Третья"]
    assert await topics.refused("placeTopic", given, "class-teacher") == ("CONFLICT", "ifVersion", None)
    await topics.school.data(
        "mutation($input: RecordLessonInput!) { recordLesson(input: $input) { __typename } }",
        {"input": {"lessonId": gid("Lesson", second["id"]), "topic": "Своими словами"}},
        as_="class-teacher",
    )
    again = {"lessonId": gid("Lesson", second["id"]), "topicId": ids[3]}
    assert (await topics.done("placeTopic", again, "class-teacher"))["lesson"]["record"] == {"topic": "Своими словами"}
    await topics.done("setTopics", content(plan, *({"id": id_, "name": f"Тема {n}"} for n, id_ in enumerate(ids))))
    assert about((await topics.lessons(course, to_come=True))[:2]) == ["Тема 1", "Своими словами"]
    _, (foreign,) = await topics.plan(course, "Из другого плана")
    assert await topics.refused("placeTopic", {**again, "topicId": foreign}) == ("NOT_FOUND", "topicId", None)
    await topics.db.execute("UPDATE lesson SET state = 'cancelled' WHERE id = $1", second["id"])
    assert await topics.refused("placeTopic", again) == ("LESSON_CANCELLED", "lessonId", "7.4")


async def test_a_copy_is_the_callers_own(topics: Topics) -> None:
    course = await topics.course(*OWN)
    given = {"planId": gid("TopicPlan", course.plan or 0), "title": "Копия", "idempotencyKey": "copy"}
    copied = (await topics.done("copyTopicPlan", given, "teacher"))["plan"]
    original = (await topics.run("updateTopicPlan", {"planId": given["planId"]}))["plan"]

    def told(plan: Any) -> Any:
        return [
            (part["title"], [(t["name"], t["hours"], t["card"]) for t in part["topics"]]) for part in plan["sections"]
        ]

    assert told(copied) == told(original)
    assert copied["id"] != original["id"]
    assert (await topics.run("copyTopicPlan", given, "teacher"))["plan"]["id"] == copied["id"]
    await topics.done("updateTopicPlan", {"planId": copied["id"], "title": "Моя"}, "teacher")
    await topics.done("deleteTopicPlan", {"planId": copied["id"], "ifVersion": 2}, "teacher")
    assert not await topics.db.fetchval("SELECT count(*) FROM topic WHERE plan_id = $1", number_of(copied["id"]))
    assert await topics.refused("copyTopicPlan", {**given, "grade": 9, "idempotencyKey": "9"}, "class-teacher") == (
        *("NOT_FOUND", "yearId", None),
    )


def given_to(course: Course, plan: str, days: int = 1) -> dict[str, Any]:
    """The input that gives a course a plan, so many days after today."""
    starts_on = str(DEMO_TODAY + timedelta(days=days))
    return {"planId": plan, "groupIds": [gid("StudyGroup", course.group)], "startsOn": starts_on}


# Who may, and who may not


async def inputs(topics: Topics, course: Course) -> dict[str, dict[str, Any]]:
    """An input for every command, each of which a deputy could give."""
    plan, (topic,) = await topics.plan(course, "Тема")
    lesson = (await topics.lessons(course, to_come=True))[-1]
    return {
        "createTopicPlan": {
            "yearId": gid("AcademicYear", course.year),
            "subjectId": gid("Subject", course.subject),
            "grade": course.grade,
            "title": "План",
        },
        "updateTopicPlan": {"planId": plan, "title": "Иначе"},
        "setTopics": content(plan, {"id": topic, "name": "Иначе"}),
        "copyTopicPlan": {"planId": plan},
        "importTopicPlan": {"planId": plan, "fileId": gid("File", 10**6)},
        "deleteTopicPlan": {"planId": plan},
        "assignTopicPlan": given_to(course, plan),
        "endTopicPlanAssignment": {
            "assignmentId": gid("TopicPlanAssignment", course.assignment or 0),
            "endsOn": str(DEMO_TODAY + timedelta(days=1)),
        },
        "placeTopic": {"lessonId": gid("Lesson", lesson["id"]), "topicId": gid("Topic", lesson["topic_id"])},
    }


@pytest.mark.parametrize("place", [OTHERS, ("9А", "Рус. яз.")], ids=["another's subject", "another's class"])
async def test_a_teacher_may_not_elsewhere(topics: Topics, place: tuple[str, str]) -> None:
    given = await inputs(topics, await topics.course(*place))
    for command in PAYLOADS:
        code, field, clause = await topics.refused(command, given[command], "teacher")
        assert (code, clause) == ("NOT_FOUND", None), command
        assert field in {"planId", "yearId", "assignmentId", "lessonId"}


async def test_a_class_teacher_reads_and_does_not_write(topics: Topics) -> None:
    """The class one leads: its plans are read, not written (the table of 2)."""
    course = await topics.course("5Б", "Биол.")
    query = "query($id: ID!) { node(id: $id) { ... on TopicPlan { topics { name card { homework } } } } }"
    plan = await topics.school.data(query, {"id": gid("TopicPlan", course.plan or 0)}, as_="class-teacher")
    assert plan["node"]["topics"]
    given = await inputs(topics, course)
    given["copyTopicPlan"] = {"planId": gid("TopicPlan", course.plan or 0)}
    for command in PAYLOADS:
        assert (await topics.refused(command, given[command], "class-teacher"))[0] == "NOT_FOUND", command


@pytest.mark.parametrize(
    "login", ["director-only", "student", "parent", "secretary", "hr", "administrator", "analyst", "service", None]
)
async def test_other_roles_have_no_commands(topics: Topics, login: str | None) -> None:
    given = await inputs(topics, await topics.course(*OWN))
    if login == "director-only":
        login = "director"
        mine = "account_id = (SELECT id FROM account WHERE login = 'director') AND role = 'teacher'"
        await topics.db.execute(f"UPDATE account_role SET ends_on = '2026-05-19' WHERE {mine}")
    before, noted = await topics.digest(), await topics.entries()
    headers = {"classbook-service": f"Bearer {await topics.school.token('service')}"}
    if login:
        headers["authorization"] = f"Bearer {await topics.school.token(login)}"
    for command in PAYLOADS:
        answer = await topics.school.ask(mutation(command), {"input": given[command]}, as_=login)
        assert answer["data"] is None
        unknown = f"Cannot query field '{command}' on type 'Mutation'."
        assert any(each["message"].startswith(unknown) for each in answer["errors"])
        body = {"query": mutation(command), "variables": {"input": given[command]}}
        federated = (await topics.school.client.post("/federation", json=body, headers=headers)).json()
        assert federated["data"] == {command: None}
        assert [error["extensions"]["code"] for error in federated["errors"]] == ["FORBIDDEN"]
    assert await topics.digest() == before
    assert await topics.entries() == noted


async def test_another_school_is_nowhere(topics: Topics) -> None:
    await topics.school.token("deputy")
    await make_demo(topics.db, SMALL, seed=5, code="other")
    for table, kind, field in (
        ("topic_plan", "TopicPlan", "planId"),
        ("topic_plan_assignment", "TopicPlanAssignment", "assignmentId"),
        ("lesson", "Lesson", "lessonId"),
    ):
        number = await topics.db.fetchval(f"SELECT max(id) FROM {table}")
        own = await inputs(topics, await topics.course(*OWN))
        for command in PAYLOADS:
            if field in own[command]:
                given = {**own[command], field: gid(kind, number)}
                assert (await topics.refused(command, given))[:2] == ("NOT_FOUND", field), command


async def test_families_see_the_topics_of_their_lessons_and_nothing_more(topics: Topics) -> None:
    lesson = "lessons { lesson { plannedTopic { name hours } } topic }"
    query = f'{{ me {{ student {{ diary(from: "2026-05-12", to: "2026-05-26") {{ days {{ {lesson} }} }} }} }} }}'
    data = await topics.school.data(query, as_="student")
    found = [each for day in data["me"]["student"]["diary"]["days"] for each in day["lessons"]]
    planned = [each for each in found if each["lesson"]["plannedTopic"]]
    assert planned
    assert any(each["topic"] == each["lesson"]["plannedTopic"]["name"] for each in planned)
    answer = await topics.school.ask("{ school { topicPlans(first: 1) { totalCount } } }", as_="student")
    assert "Cannot query field 'topicPlans'" in answer["errors"][0]["message"]
    answer = await topics.school.ask(query.replace("hours", "card { homework }"), as_="student")
    assert "Cannot query field 'card'" in answer["errors"][0]["message"]


async def test_missing_plans_are_told_to_who_is_answerable(topics: Topics) -> None:
    """The demo lacks one subject's plan (5.6)."""
    query = (
        "{ school { currentYear { missingTopicPlans(first: 100) { totalCount nodes "
        "{ dueOn assignment { subject { name } teacher { id } } } } } } }"
    )
    page = (await topics.school.data(query, as_="deputy"))["school"]["currentYear"]["missingTopicPlans"]
    assert page["totalCount"] == len(page["nodes"]) > 2
    assert {(each["dueOn"], each["assignment"]["subject"]["name"]) for each in page["nodes"]} == {
        ("2025-10-01", "Индивидуальный проект"),
        ("2025-10-01", "Разговоры о важном"),
    }
    own = (await topics.school.data(query, as_="teacher"))["school"]["currentYear"]["missingTopicPlans"]
    assert own == {"totalCount": 0, "nodes": []}
    course = await topics.free(await topics.course(*OWN))
    own = (await topics.school.data(query, as_="teacher"))["school"]["currentYear"]["missingTopicPlans"]
    assert own["totalCount"] == 1
    plan, _ = await topics.plan(course, "Тема")
    await topics.done("assignTopicPlan", given_to(course, plan, 0))
    own = (await topics.school.data(query, as_="teacher"))["school"]["currentYear"]["missingTopicPlans"]
    assert own["totalCount"] == 0


# What is refused

LONG = "я" * 501


@pytest.mark.parametrize(
    ("topic", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": LONG}, "name"),
        ({"name": "ноль\0"}, "name"),
        ({"name": "Тема", "hours": 0}, "hours"),
        ({"name": "Тема", "hours": 101}, "hours"),
        ({"name": "Тема", "homework": "я" * 1001}, "homework"),
        ({"name": "Тема", "workTypeIds": [gid("WorkType", 1)] * 2}, "workTypeIds"),
    ],
)
async def test_a_topic_that_breaks_a_limit(topics: Topics, topic: dict[str, Any], field: str) -> None:
    course = await topics.course(*OWN)
    plan, _ = await topics.plan(course, "Тема")
    wrong = ("BAD_INPUT", f"sections.0.topics.1.{field}", None)
    assert await topics.refused("setTopics", content(plan, "Тема", topic)) == wrong


async def test_what_is_refused_of_a_plan(topics: Topics) -> None:
    course = await topics.course(*OWN)
    plan, (topic,) = await topics.plan(course, "Тема")
    kept = {"id": topic, "name": "Тема"}
    assert await topics.refused("setTopics", content(plan, "Тема", ifVersion=1)) == ("CONFLICT", "ifVersion", None)
    assert await topics.refused("updateTopicPlan", {"planId": plan, "title": None}) == ("BAD_INPUT", "title", None)
    assert await topics.refused("updateTopicPlan", {"planId": plan, "title": "А", "ifVersion": 1}) == (
        *("CONFLICT", "ifVersion", None),
    )
    assert await topics.refused("deleteTopicPlan", {"planId": plan, "ifVersion": 1}) == ("CONFLICT", "ifVersion", None)
    twice = ("BAD_INPUT", "sections.0.topics.1.id", None)
    assert await topics.refused("setTopics", content(plan, kept, kept)) == twice
    unknown = {"name": "Тема", "workTypeIds": [gid("WorkType", 10**6)]}
    assert await topics.refused("setTopics", content(plan, unknown)) == (
        *("NOT_FOUND", "sections.0.topics.0.workTypeIds", None),
    )
    _, (foreign,) = await topics.plan(course, "Чужая")
    assert await topics.refused("setTopics", content(plan, {**kept, "id": foreign})) == (
        *("NOT_FOUND", "sections.0.topics.0.id", None),
    )
    assert await topics.refused("setTopics", content(plan, *["Тема"] * 501)) == ("BAD_INPUT", "sections", None)
    given = (await inputs(topics, course))["createTopicPlan"]
    assert await topics.refused("createTopicPlan", {**given, "grade": 12}) == ("BAD_INPUT", "grade", None)
    assert await topics.refused("createTopicPlan", {**given, "title": ""}) == ("BAD_INPUT", "title", None)
    for name, kind in (("yearId", "AcademicYear"), ("subjectId", "Subject"), ("authorId", "Staff")):
        nowhere = {**given, name: gid(kind, 10**6)}
        assert await topics.refused("createTopicPlan", nowhere) == ("NOT_FOUND", name, None)
    deputy = await topics.db.fetchval(
        "SELECT staff.id FROM staff JOIN account USING (person_id) WHERE login = 'deputy'"
    )
    named = {**given, "authorId": gid("Staff", deputy)}
    assert await topics.refused("createTopicPlan", named, "teacher") == ("NOT_FOUND", "authorId", None)
    first = await topics.done("createTopicPlan", {**named, "idempotencyKey": "once"})
    assert await topics.run("createTopicPlan", {**named, "idempotencyKey": "once"}) == first
    assert await topics.refused("createTopicPlan", {**given, "idempotencyKey": "once"}) == (
        *("IDEMPOTENCY_KEY_REUSED", "idempotencyKey", None),
    )
    author = await topics.db.fetchval("SELECT author_id FROM topic_plan ORDER BY id DESC LIMIT 1")
    assert author == deputy


async def test_what_is_refused_of_an_assignment(topics: Topics) -> None:
    course = await topics.free(await topics.course(*OWN))
    plan, _ = await topics.plan(course, "Тема")
    given, other = given_to(course, plan), (await topics.course("9А", "Биол.")).group
    elsewhere = {**given, "groupIds": [*given["groupIds"], gid("StudyGroup", other)]}
    assert await topics.refused("assignTopicPlan", elsewhere) == ("BAD_INPUT", "groupIds.1", "5.5")
    assert await topics.refused("assignTopicPlan", {**given, "groupIds": []}) == ("BAD_INPUT", "groupIds", None)
    twice = {**given, "groupIds": given["groupIds"] * 2}
    assert await topics.refused("assignTopicPlan", twice) == ("BAD_INPUT", "groupIds", None)
    for day in ("2025-08-31", "2026-09-01"):
        assert await topics.refused("assignTopicPlan", {**given, "startsOn": day}) == ("BAD_INPUT", "startsOn", None)
    (first,) = (await topics.done("assignTopicPlan", given))["assignments"]
    ending = {"assignmentId": first["id"], "endsOn": str(DEMO_TODAY + timedelta(days=2))}
    await topics.done("endTopicPlanAssignment", ending)
    assert await topics.refused("assignTopicPlan", given_to(course, plan, 2)) == (
        *("TOPIC_PLAN_OVERLAPS", "groupIds.0", "5.5"),
    )
    await topics.done("assignTopicPlan", given_to(course, plan, 3))
    later = {**ending, "endsOn": str(DEMO_TODAY + timedelta(days=3))}
    assert await topics.refused("endTopicPlanAssignment", later) == ("TOPIC_PLAN_OVERLAPS", "endsOn", "5.5")


# From a file


async def uploaded(topics: Topics, content: bytes, as_: str = "teacher", name: str = "plan.xlsx") -> str:
    """The id of a file that somebody has sent."""
    headers = {"authorization": f"Bearer {await topics.school.token(as_)}"}
    response = await topics.school.client.post(f"/files?name={name}", content=content, headers=headers)
    assert response.status_code == 201, response.text
    found: str = response.json()["id"]
    return found


HEADERS = ["Раздел", "Тема", "Часы", "Домашнее задание", "Виды работ"]
PREVIEW = """
query($planId: ID!, $fileId: ID!) { topicPlanPreview(planId: $planId, fileId: $fileId) {
  hours kept added removed topics { section name hours homework kept }
  problems { row column reason } warnings { reason }
} }
"""


async def test_a_plan_from_a_sheet(topics: Topics) -> None:
    course = await topics.free(await topics.course(*OWN))
    plan, (one, _) = await topics.plan(course, "Клетка", "Лишняя", as_="teacher")
    rows = [
        ["Раздел", "клетка ", "2", "§ 1", "Тест; ЛР"],
        [None, "Ткани", None, None, None],
        ["Второй", "Органы", "1 ч"],
    ]
    file = await uploaded(topics, write_sheet(HEADERS, rows))
    before = await topics.digest()
    given = {"planId": plan, "fileId": file}
    preview = (await topics.school.data(PREVIEW, given, as_="teacher"))["topicPlanPreview"]
    assert await topics.digest() == before, "a preview writes nothing"
    assert {name: preview[name] for name in ("hours", "kept", "added", "removed", "problems")} == {
        "hours": 4,
        "kept": 1,
        "added": 2,
        "removed": 1,
        "problems": [],
    }
    assert [(each["section"], each["name"], each["kept"]) for each in preview["topics"]] == [
        ("Раздел", "клетка", True),
        ("Раздел", "Ткани", False),
        ("Второй", "Органы", False),
    ]
    assert await topics.refused("importTopicPlan", {**given, "ifVersion": 1}, "teacher") == (
        *("CONFLICT", "ifVersion", None),
    )
    loaded = (await topics.done("importTopicPlan", given, "teacher"))["plan"]
    first, second = loaded["sections"]
    assert [topic["name"] for topic in first["topics"]] == ["клетка", "Ткани"]
    assert first["topics"][0]["id"] == one
    assert first["topics"][0]["card"] == {
        "homework": "§ 1",
        "workTypes": [{"id": gid("WorkType", 5)}, {"id": gid("WorkType", 6)}],
    }
    assert second["topics"][0]["hours"] == 1
    again = (await topics.done("importTopicPlan", given, "teacher"))["plan"]
    assert again == loaded, "the same file changes nothing"
    for login in ("deputy", "class-teacher"):
        code = await topics.refused("importTopicPlan", given, login)
        assert code in {("NOT_FOUND", "fileId", None), ("NOT_FOUND", "planId", None)}, "somebody else's file"
        answer = await topics.school.ask(PREVIEW, given, as_=login)
        assert answer["errors"][0]["extensions"]["code"] == "NOT_FOUND"


async def test_every_bad_row_is_told_and_nothing_is_loaded(topics: Topics) -> None:
    course = await topics.course(*OWN)
    plan, _ = await topics.plan(course, "Клетка", as_="teacher")
    rows = [["А", "Тема", "1"], ["А", None, "1"], ["А", "Тема", "много"], ["А", "Тема", "1", None, "Пение; Тест"]]
    file = await uploaded(topics, write_sheet(HEADERS, rows))
    given = {"planId": plan, "fileId": file}
    preview = (await topics.school.data(PREVIEW, given, as_="teacher"))["topicPlanPreview"]
    assert [(each["row"], each["column"]) for each in preview["problems"]] == [
        (3, "Тема"),
        (4, "Часы"),
        (5, "Виды работ"),
    ]
    assert await topics.refused("importTopicPlan", given, "teacher") == ("BAD_INPUT", "fileId", None)
    headless = await uploaded(topics, "Название;Часы\nКлетка;1\n".encode(), name="plan.csv")
    assert await topics.refused("importTopicPlan", {**given, "fileId": headless}, "teacher") == (
        *("BAD_INPUT", "fileId", None),
    )
    picture = await uploaded(topics, b"\x89PNG\r\n\x1a\n" + b"0" * 40, name="plan.png")
    assert await topics.refused("importTopicPlan", {**given, "fileId": picture}, "teacher") == (
        *("BAD_FILE", "fileId", None),
    )
    text = await uploaded(topics, "Тема;Часы\nКлетка;1\nТкани;\n".encode(), name="plan.csv")
    loaded = (await topics.done("importTopicPlan", {**given, "fileId": text}, "teacher"))["plan"]
    assert [section["title"] for section in loaded["sections"]] == ["План"]
    assert [topic["name"] for topic in loaded["sections"][0]["topics"]] == ["Клетка", "Ткани"]


@pytest.mark.parametrize("encoding", ["cp1251", "utf-8", "utf-8-sig"])
@pytest.mark.parametrize("delimiter", [";", ","])
async def test_a_plan_from_what_excel_writes(topics: Topics, encoding: str, delimiter: str) -> None:
    """«CSV (разделители — запятые)» of a Russian Excel is in Windows-1251 with «;»; other settings write others."""
    course = await topics.course(*OWN)
    plan, _ = await topics.plan(course, "Клетка", as_="teacher")
    rows = [["Раздел", "Тема", "Часы"], ["Живое", "«Ёлка» № 1 — ель…", "2"], ["", '"Сосна; кедр, пихта"', "1 ч"]]
    text = "".join(delimiter.join(row) + "\r\n" for row in rows)
    file = await uploaded(topics, text.encode(encoding), name="plan.csv")
    loaded = (await topics.done("importTopicPlan", {"planId": plan, "fileId": file}, "teacher"))["plan"]
    (section,) = loaded["sections"]
    assert section["title"] == "Живое"
    assert [(topic["name"], topic["hours"]) for topic in section["topics"]] == [
        ("«Ёлка» № 1 — ель…", 2),
        ("Сосна; кедр, пихта", 1),
    ]


# Several at once


async def test_of_several_who_give_a_plan_at_once_one_does(topics: Topics) -> None:
    course = await topics.free(await topics.course(*OWN))
    plans = [(await topics.plan(course, f"Тема {number}"))[0] for number in range(4)]
    results = await asyncio.gather(*(topics.run("assignTopicPlan", given_to(course, plan)) for plan in plans))
    told = sorted(each.get("code") or each["__typename"] for each in results)
    assert told == ["AssignTopicPlanPayload", *["TOPIC_PLAN_OVERLAPS"] * 3]


async def test_topics_that_move_at_once_end_in_their_order(topics: Topics) -> None:
    """A plan's content, a topic by hand, lessons that are recorded, and an end: none waits for another forever."""
    course = await topics.free(await topics.course(*OTHERS))
    plan, ids = await topics.plan(course, *(f"Тема {number}" for number in range(6)))
    (assigned,) = (await topics.done("assignTopicPlan", given_to(course, plan, 0)))["assignments"]
    lessons = await topics.lessons(course, to_come=True)
    record = "mutation($input: RecordLessonInput!) { recordLesson(input: $input) { __typename } }"
    for turn in range(4):
        renamed = [{"id": each, "name": f"Тема {turn} {number}"} for number, each in enumerate(ids)]
        worded = {"lessonId": gid("Lesson", lessons[-1]["id"]), "topic": f"Слова {turn}"}
        one, other = (gid("Lesson", lessons[place]["id"]) for place in (turn % 2, 1 - turn % 2))
        results = await asyncio.gather(
            topics.run("setTopics", content(plan, *renamed)),
            topics.run("placeTopic", {"lessonId": one, "topicId": ids[turn]}),
            topics.run("placeTopic", {"lessonId": other, "topicId": ids[turn + 1]}),
            topics.run("endTopicPlanAssignment", {"assignmentId": assigned["id"], "endsOn": f"2026-08-{20 + turn}"}),
            topics.school.data(record, {"input": worded}, as_="deputy"),
        )
        assert not [each for each in results if each.get("__typename") == "Refusal"], results
    found = await topics.lessons(course, to_come=True)
    names = {number_of(each): f"Тема 3 {number}" for number, each in enumerate(ids)}
    assert found[-1]["topic"] == "Слова 3"
    assert about(found[:-1]) == [names.get(each["topic_id"]) for each in found[:-1]], "words of the plan as it stands"
