"""A parent opens the diary, a deputy walks the school, a teacher writes, each in GraphiQL as it is served."""

from typing import Any

import httpx
from playwright.async_api import Response, expect

from .conftest import Watched


async def log_in(watched: Watched, login: str) -> None:
    page = watched.page
    await page.get_by_test_id("login").fill(login)
    await page.get_by_test_id("password").fill("classbook-demo")
    await page.get_by_test_id("submit").click()
    # Until then there are the examples of nobody.
    await page.get_by_test_id("who").wait_for()
    await page.get_by_test_id("examples").wait_for()
    await page.locator(".graphiql-query-editor .view-line").first.wait_for()


def _of_the_editor(response: Response) -> bool:
    """Not the page's own questions: introspection, and what fills the examples' variables."""
    sent = response.request.post_data or ""
    return response.url.endswith("/graphql") and "IntrospectionQuery" not in sent and "query Prepare" not in sent


async def run(watched: Watched, example: str | None = None) -> Any:
    """Choose an example, run what the editor holds, and give the answer that the page got."""
    page = watched.page
    if example:
        await page.get_by_test_id("examples").select_option(label=example)
    async with page.expect_response(_of_the_editor) as answered:
        await page.locator(".graphiql-execute-button").click()
    response = await answered.value
    return await response.json()


async def listen(watched: Watched, example: str) -> None:
    """Choose a subscription, open it, and wait for its first answer: the cursor."""
    await watched.page.get_by_test_id("examples").select_option(label=example)
    await watched.page.locator(".graphiql-execute-button").click()
    await shows(watched, "cursor")


async def stop(watched: Watched) -> None:
    """Read the subscription no more."""
    await watched.page.locator(".graphiql-execute-button").click()
    await watched.answered()


async def shows(watched: Watched, word: str) -> None:
    await expect(watched.page.locator(".result-window .view-lines")).to_contain_text(word)


async def test_a_parent_reads_the_diary(watched: Watched, pictures: str | None) -> None:
    await log_in(watched, "parent")
    await expect(watched.page.get_by_test_id("who")).to_contain_text("Родитель")
    answer = await run(watched, "Дневник детей на неделю")
    assert "errors" not in answer
    (diary,) = answer["data"]["diary"]
    assert len(diary["days"]) == 6
    assert any(lesson["homework"] for day in diary["days"] for lesson in day["lessons"])
    await shows(watched, diary["student"]["name"].split()[0])
    if pictures:
        await watched.page.wait_for_timeout(500)
        await watched.page.screenshot(path=f"{pictures}/graphiql.png")


async def test_a_deputy_walks_the_school(watched: Watched) -> None:
    await log_in(watched, "deputy")
    answer = await run(watched, "Вся школа: классы, учащиеся, отметки четверти")
    assert "errors" not in answer
    classes = answer["data"]["school"]["classes"]
    assert classes["totalCount"] == len(classes["nodes"]) == 6
    assert sum(len(each["students"]) for each in classes["nodes"]) > 30
    assert any(student["marks"]["nodes"] for each in classes["nodes"] for student in each["students"])
    await shows(watched, "5А")


async def test_a_teacher_fills_the_journal(watched: Watched) -> None:
    await log_in(watched, "teacher")
    answer = await run(watched, "Страница журнала")
    assert "errors" not in answer
    assert answer["data"]["journalPage"]["rows"]
    answer = await run(watched, "Записать тему урока")
    assert answer["data"]["recordLesson"]["record"]["topic"] == "Повторение"


LOG_IN = """mutation($login: String!) { logIn(input: {login: $login, password: "classbook-demo"}) {
  ... on LogInPayload { accessToken } } }"""
LESSON = """{ me { children { id diary(from: "2026-05-20", to: "2026-05-20") {
  days { lessons { lesson { id } homework { text } } } } } } }"""
ASSIGN = """mutation($lesson: ID!) { assignHomework(input: {lessonId: $lesson, text: "Повторить таблицу умножения"}) {
  ... on AssignHomeworkPayload { homework { id } } ... on Refusal { message } } }"""


async def ask(client: httpx.AsyncClient, login: str, query: str, **variables: str) -> Any:
    """The answer to somebody who asks without a browser."""
    answer = await client.post("/graphql", json={"query": LOG_IN, "variables": {"login": login}})
    token = answer.json()["data"]["logIn"]["accessToken"]
    body = {"query": query, "variables": variables}
    answer = await client.post("/graphql", json=body, headers={"authorization": f"Bearer {token}"})
    return answer.json()["data"]


async def test_a_parent_hears_of_the_diary(watched: Watched, served: str) -> None:
    """What the deputy writes elsewhere appears in the open page by itself; once it is stopped, nothing does."""
    async with httpx.AsyncClient(base_url=served, timeout=30) as client:
        (child,) = (await ask(client, "parent", LESSON))["me"]["children"]
        lesson = child["diary"]["days"][0]["lessons"][0]["lesson"]["id"]
        await log_in(watched, "parent")
        await listen(watched, "Подписка: дневники детей")
        assert (await ask(client, "deputy", ASSIGN, lesson=lesson))["assignHomework"]["homework"]
        await shows(watched, "HOMEWORK")
        await shows(watched, "Повторить таблицу умножения")
    await stop(watched)


async def test_every_example_of_every_role_runs(watched: Watched) -> None:
    page = watched.page
    for login in (
        "director",
        "student",
        "secretary",
        "hr",
        "administrator",
        "analyst",
        "service",
        "parent-of-two",
        "teacher",
    ):
        await log_in(watched, login)
        labels = await page.get_by_test_id("examples").locator("option").all_inner_texts()
        for label in labels[1:]:
            if label.startswith("Подписка"):
                await listen(watched, label)
                await stop(watched)
                continue
            answer = await run(watched, label)
            assert "errors" not in answer, (login, label, answer["errors"])
        await watched.answered()
        await page.get_by_test_id("logout").click()
        await page.get_by_test_id("login").wait_for()


async def test_the_documentation_is_the_roles_own(watched: Watched) -> None:
    page = watched.page
    await log_in(watched, "parent")
    explorer = page.locator(".graphiql-doc-explorer")
    await expect(explorer).to_contain_text("DiaryLesson")
    await expect(explorer).not_to_contain_text("JournalPage")
    await explorer.get_by_text("Query", exact=True).first.click()
    await expect(explorer).to_contain_text("diary")
    await expect(explorer).not_to_contain_text("journalPage")


async def test_a_wrong_password_is_told(watched: Watched) -> None:
    page = watched.page
    await page.get_by_test_id("login").fill("parent")
    await page.get_by_test_id("password").fill("something else")
    await page.get_by_test_id("submit").click()
    await expect(page.get_by_test_id("message")).to_contain_text("Неверный логин или пароль")
