"""The HTTP door: what it answers to whatever comes, what an error tells, and that no connection is ever lost."""

import asyncio
import gc
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import orjson
import pytest

from resolvers.database import Snapshot
from server.app import create_app
from server.demo import DEMO_NOW, DEMO_PASSWORD, Demo
from server.settings import Settings

from .conftest import KEY, School, clone
from .journal_help import Journal, gid, mutation, number_of, opened

ANSWER = "application/graphql-response+json; charset=utf-8"
ME = "{ me { name school { name } } }"
DIARY = (
    'query($students: [ID!]!) { diary(studentIds: $students, from: "2026-05-18", to: "2026-05-23") { days { lessons {'
    " subject { name } teacher { name } topic homework { text } tasks { task { name } mark { value } } attendance"
    " { code } } } } me { name sessions { id } school { name } } }"
)


@pytest.fixture(scope="module")
async def journal(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Journal]:
    """A school for this module to write in, and to break."""
    async with opened(cluster, demo_template) as journal:
        yield journal


async def post(journal: Journal, body: bytes, *, path: str = "/graphql", **headers: str) -> httpx.Response:
    """What comes back for a body."""
    sent = {"content-type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return await journal.school.client.post(path, content=body, headers=sent)


def body_of(query: str, variables: dict[str, Any] | None = None) -> bytes:
    return orjson.dumps({"query": query, "variables": variables or {}})


# What is answered.


async def test_russian_is_not_escaped(journal: Journal) -> None:
    response = await post(journal, body_of(ME), authorization=f"Bearer {await journal.school.token('teacher')}")
    assert (response.status_code, response.headers["content-type"]) == (200, ANSWER)
    assert "Школа № 163".encode() in response.content
    assert b"\\u" not in response.content


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/graphql", "/federation"])
async def test_only_post(journal: Journal, method: str, path: str) -> None:
    """A query in an address would stay in every log on the way."""
    response = await journal.school.client.request(method, path, params={"query": "{ __typename }"})
    assert response.status_code == 405
    assert b"__typename" not in response.content


NOT_GRAPHQL = [
    b"",
    b"{",
    b"null",
    b"5",
    b'"{ me { name } }"',
    b"[]",
    b'[{"query": "{ __typename }"}]',
    b"{ me { name } }",
    b"\xff\xfe",
    b'{"query": "\xff"}',
    b'{"query": "{ __typename }", "variables": {"a": "\\ud800"}}',
    b"[" * 3000 + b"]" * 3000,
    b'{"variables": ' + b"[" * 3000 + b"]" * 3000 + b"}",
    b'{"query": "{ __typename }", "variables": {"a": ' + b"9" * 5000 + b"}}",
    b'{"query": "{ __typename }", "variables": {"a": NaN}}',
    b"{}",
    b'{"query": null}',
    b'{"query": ""}',
    b'{"query": 5}',
    b'{"query": ["{ __typename }"]}',
    b'{"query": "{ __typename }", "variables": []}',
    b'{"query": "{ __typename }", "variables": "{}"}',
    b'{"query": "{ __typename }", "extensions": 5}',
    b'{"query": "fragment A on Query { __typename }"}',
    b'{"query": "query A { __typename }", "operationName": "B"}',
]


@pytest.mark.parametrize("body", NOT_GRAPHQL, ids=range(len(NOT_GRAPHQL)))
async def test_not_graphql(journal: Journal, body: bytes) -> None:
    """Whatever is no request at all is the client's error, never ours, and has a code like every error."""
    response = await post(journal, body)
    assert (response.status_code, response.headers["content-type"]) == (400, ANSWER)
    (error,) = response.json()["errors"]
    assert error["extensions"] == {"code": "BAD_REQUEST"}


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
async def test_other_media_types(journal: Journal, kind: str) -> None:
    """A form of another site can send these without asking: they open nothing."""
    response = await post(journal, body_of("{ __typename }"), content_type=kind)
    assert (response.status_code, response.headers["content-type"]) == (400, ANSWER)
    assert response.json()["errors"][0]["extensions"] == {"code": "BAD_REQUEST"}


BAD_QUERIES: list[tuple[str, dict[str, Any], str]] = [
    ("{", {}, "BAD_REQUEST"),
    ("{ nothing }", {}, "BAD_REQUEST"),
    ("{ me }", {}, "BAD_REQUEST"),
    ("{ me { name(a: 1) } }", {}, "BAD_REQUEST"),
    ("query($id: ID!) { node(id: $id) { id } }", {}, "BAD_REQUEST"),
    ("query($id: ID!) { node(id: $id) { id } }", {"id": None}, "BAD_REQUEST"),
    ("query($id: ID!) { node(id: $id) { id } }", {"id": {"a": 1}}, "BAD_REQUEST"),
    ("query($id: ID!) { node(id: $id) { id } }", {"id": "x"}, "BAD_ID"),
    ('{ diary(studentIds: ["x"], from: "2026-05-01", to: "2026-05-01") { days { date } } }', {}, "BAD_ID"),
    ('{ diary(studentIds: [], from: "2026-05-01", to: "2028-05-01") { days { date } } }', {}, "RANGE_TOO_LONG"),
    ('{ diary(studentIds: [], from: "завтра", to: "2026-05-01") { days { date } } }', {}, "BAD_REQUEST"),
    ("mutation { logOut { __typename } nothing }", {}, "BAD_REQUEST"),
    ("subscription { a }", {}, "BAD_REQUEST"),
]


@pytest.mark.parametrize(("query", "variables", "code"), BAD_QUERIES)
async def test_every_error_has_a_code(journal: Journal, query: str, variables: dict[str, Any], code: str) -> None:
    token = await journal.school.token("teacher")
    response = await post(journal, body_of(query, variables), authorization=f"Bearer {token}")
    assert response.headers["content-type"] == ANSWER
    errors = response.json()["errors"]
    assert errors
    assert {error["extensions"]["code"] for error in errors} == {code}
    assert all(error["message"] for error in errors)


async def test_the_named_operation_runs(journal: Journal) -> None:
    text = "query A { a: __typename } query B { b: __typename }"
    response = await post(journal, orjson.dumps({"query": text, "operationName": "B"}))
    assert response.json()["data"] == {"b": "Query"}


async def test_federation_wants_a_service(journal: Journal) -> None:
    """The whole schema is for a gateway that shows a service's credential; a user's own token is none."""
    service = f"Bearer {await journal.school.token('service')}"
    teacher = f"Bearer {await journal.school.token('teacher')}"
    sdl = body_of("{ _service { sdl } me { roles } }")
    for headers in (
        {},
        {"authorization": teacher},
        {"authorization": service},
        {"classbook_service": teacher},
        {"classbook_service": teacher, "authorization": teacher},
        {"classbook_service": "Bearer x", "authorization": teacher},
        {"classbook_service": service, "authorization": "Bearer x"},
    ):
        response = await post(journal, sdl, path="/federation", **headers)
        assert (response.status_code, response.headers["content-type"]) == (401, ANSWER)
        assert response.json()["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}
    for headers, role in (({}, "SERVICE"), ({"authorization": teacher}, "TEACHER")):
        response = await post(journal, sdl, path="/federation", classbook_service=service, **headers)
        assert response.json()["data"]["me"]["roles"] == [role]


# Unexpected errors.

SECRET = "Иванов Пётр, диагноз"


async def _internal(response: httpx.Response, capfd: pytest.CaptureFixture[str], kind: str) -> dict[str, Any]:
    """Check that an error is masked, and that the log has its number and its kind, and nobody's data."""
    assert response.headers["content-type"] == ANSWER
    answer: dict[str, Any] = response.json()
    (error,) = answer["errors"]
    assert error["message"] == "Внутренняя ошибка."
    assert error["extensions"] == {"code": "INTERNAL", "incident": error["extensions"]["incident"]}
    incident = error["extensions"]["incident"]
    assert re.fullmatch("[0-9a-f]{32}", incident)
    said = "".join(capfd.readouterr())
    assert incident in said
    assert kind in said
    assert "postgres" not in response.text
    for secret in (SECRET, "Иванов", DEMO_PASSWORD, "eyJ", "teacher"):
        assert secret not in said
        assert secret not in response.text
    return answer


async def test_an_unexpected_error_in_a_command(
    journal: Journal, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """PostgreSQL quotes the row that it refuses, with what was written in it: that stays in the database."""
    lesson = await journal.lesson()
    given = {"taskId": await journal.task(lesson), "studentId": lesson.student(), "value": "5", "comment": SECRET}
    token = await journal.school.token("teacher")
    await journal.db.execute(f"ALTER TABLE mark ADD CONSTRAINT broken CHECK (comment <> '{SECRET}')")
    try:
        before, entries = await journal.digest(), await journal.entries()
        response = await post(journal, body_of(mutation("setMark"), {"input": given}), authorization=f"Bearer {token}")
        answer = await _internal(response, capfd, "CheckViolationError")
        assert answer["data"] is None
        assert answer["errors"][0]["path"] == ["setMark"]
        assert (await journal.digest(), await journal.entries()) == (before, entries)
        assert SECRET not in caplog.text
    finally:
        await journal.db.execute("ALTER TABLE mark DROP CONSTRAINT broken")
    assert (await journal.done("setMark", given))["mark"]["comment"] == SECRET


async def test_an_unexpected_error_in_a_query(journal: Journal, capfd: pytest.CaptureFixture[str]) -> None:
    """What the rest of the query found is still answered."""
    token = await journal.school.token("teacher")
    await journal.db.execute("ALTER TABLE school RENAME COLUMN name TO gone")
    try:
        response = await post(journal, body_of(ME), authorization=f"Bearer {token}")
        answer = await _internal(response, capfd, "UndefinedColumnError")
        assert answer["errors"][0]["path"] == ["me", "school"]
        assert answer["data"]["me"]["school"] is None
    finally:
        await journal.db.execute("ALTER TABLE school RENAME COLUMN gone TO name")
    assert (await journal.school.data(ME, as_="teacher"))["me"]["school"]["name"] == "Школа № 163"


async def test_an_unexpected_error_before_the_query(journal: Journal, capfd: pytest.CaptureFixture[str]) -> None:
    """Even finding out who asks may fail: that is no bare 500 either."""
    token = await journal.school.token("teacher")
    await journal.db.execute("ALTER TABLE account_role RENAME TO gone")
    try:
        response = await post(journal, body_of(ME), authorization=f"Bearer {token}")
        assert response.status_code == 500
        await _internal(response, capfd, "UndefinedTableError")
    finally:
        await journal.db.execute("ALTER TABLE gone RENAME TO account_role")
    assert (await journal.school.data(ME, as_="teacher"))["me"] is not None


async def test_a_lost_database(own_school: School, capfd: pytest.CaptureFixture[str]) -> None:
    """Connections that the server cut are replaced: one request may fail, the next is answered."""
    token = await own_school.token("teacher")
    db = await asyncpg.connect(own_school.url)
    try:
        await db.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    finally:
        await db.close()
    await asyncio.sleep(0.05)
    for _ in range(3):
        answer = await own_school.ask(ME, as_="teacher")
    assert answer["data"]["me"]["school"]["name"] == "Школа № 163"
    said = "".join(capfd.readouterr())
    assert token not in said


async def test_a_wrong_value_is_not_logged(
    journal: Journal, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """GraphQL quotes the wrong variable to the client; the log does not keep it."""
    query = "mutation($input: LogInInput!) { logIn(input: $input) { __typename } }"
    answer = await journal.school.ask(query, {"input": {"login": SECRET, "password": {"a": DEMO_PASSWORD}}})
    assert answer["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    said = "".join(capfd.readouterr()) + caplog.text
    assert SECRET not in said
    assert DEMO_PASSWORD not in said


# Connections.


def busy(school: School) -> int:
    """How many connections are not where they belong."""
    pool = school.app.state.database.pool
    return int(pool.get_size() - pool.get_idle_size())


@pytest.fixture(scope="module")
async def narrow(
    cluster: str, demo_template: tuple[str, Demo], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Journal]:
    """A school whose application has two connections."""
    template, demo = demo_template
    url = await clone(cluster, template)
    data: Path = tmp_path_factory.mktemp("narrow")
    app = create_app(url, KEY, Settings(now=DEMO_NOW, pool_size=2, data=data))
    db = await asyncpg.connect(url)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://school") as client,
    ):
        journal = Journal(School(app, demo, url, client), db)
        for login in ("teacher", "deputy", "parent", "service"):
            await journal.school.token(login)
        yield journal
    await db.close()


async def test_a_hundred_queries_on_two_connections(narrow: Journal) -> None:
    student = await narrow.db.fetchval("SELECT min(student_id) FROM guardianship WHERE ends_on IS NULL")
    asked = {"students": [gid("Student", n) for n in range(student, student + 3)]}
    async with asyncio.timeout(30):
        answers = await asyncio.gather(
            *(narrow.school.ask(DIARY, asked, as_=("parent", "deputy", "teacher")[n % 3]) for n in range(100))
        )
    assert not [answer["errors"] for answer in answers if "errors" in answer]
    async with asyncio.timeout(10):  # what runs beside the requests may hold one for a moment
        while busy(narrow.school):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_a_hundred_commands_on_two_connections(narrow: Journal) -> None:
    """A command never holds one connection and waits for another; a refusal takes the second when the first is back."""
    lesson = await narrow.lesson()
    task = await narrow.task(lesson)
    mark = {"taskId": task, "studentId": lesson.student()}
    commands = [
        ("setMark", {**mark, "value": "4"}),
        ("setMark", {**mark, "value": "9"}),
        ("recordLesson", {"lessonId": lesson.gid, "topic": "Клетка"}),
        ("addTask", {"lessonId": lesson.gid, "workTypeId": gid("WorkType", 1), "idempotencyKey": "narrow"}),
        ("takeRollCall", {"lessonId": gid("Lesson", 2**40), "absent": []}),
    ]
    async with asyncio.timeout(30):
        results = await asyncio.gather(
            *(narrow.run(*commands[n % 5], as_=("teacher", "deputy")[n % 2]) for n in range(100))
        )
    assert sorted({result.get("code", "") for result in results}) == ["", "BAD_MARK", "NOT_FOUND"]
    assert busy(narrow.school) == 0


async def test_log_ins_under_an_old_token(narrow: Journal) -> None:
    """Whoever signs in or refreshes while a token is still in the headers waits for nobody either."""
    pair = "{ __typename ... on LogInPayload { refreshToken } ... on Refusal { code } }"
    query = f"mutation($input: LogInInput!) {{ logIn(input: $input) {pair} }}"
    given = {"input": {"login": "deputy", "password": DEMO_PASSWORD}}
    async with asyncio.timeout(30):
        answers = await asyncio.gather(*(narrow.school.ask(query, given, as_="teacher") for _ in range(5)))
        tokens = [answer["data"]["logIn"]["refreshToken"] for answer in answers]
        query = "mutation($input: RefreshSessionInput!) { refreshSession(input: $input) { __typename } }"
        answers = await asyncio.gather(
            *(narrow.school.ask(query, {"input": {"refreshToken": token}}, as_="teacher") for token in tokens * 4)
        )
    assert {answer["data"]["refreshSession"]["__typename"] for answer in answers} == {"RefreshSessionPayload"}
    assert busy(narrow.school) == 0


async def test_slow_clients_hold_no_connection(narrow: Journal) -> None:
    """Those who send their request byte by byte take nothing from those who are there."""
    hold = asyncio.Event()
    body = body_of(ME)

    async def slowly() -> AsyncIterator[bytes]:
        yield body[:10]
        await hold.wait()
        yield body[10:]

    headers = {"authorization": f"Bearer {await narrow.school.token('teacher')}", "content-type": "application/json"}
    slow = [
        asyncio.ensure_future(narrow.school.client.post("/graphql", content=slowly(), headers=headers))
        for _ in range(5)
    ]
    await asyncio.sleep(0.05)
    async with asyncio.timeout(10):
        assert (await narrow.school.data(ME, as_="deputy"))["me"] is not None
    hold.set()
    for response in await asyncio.gather(*slow):
        assert response.json()["data"]["me"] is not None
    assert busy(narrow.school) == 0


async def test_a_client_that_leaves_while_sending(narrow: Journal, capfd: pytest.CaptureFixture[str]) -> None:
    """Half a request and a closed line: nobody is answered, nothing is logged, nothing is held."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"authorization", f"Bearer {await narrow.school.token('teacher')}".encode())]
    scope = {"type": "http", "method": "POST", "path": "/graphql", "headers": headers, "query_string": b""}
    await narrow.school.app({**scope, "app": narrow.school.app, "client": None}, receive, send)
    assert sent == []
    assert "".join(capfd.readouterr()) == ""
    assert busy(narrow.school) == 0


async def test_connections_come_back_after_errors(narrow: Journal) -> None:
    query = "mutation($input: SetMarkInput!) { setMark(input: $input) { __typename } }"
    lesson = await narrow.lesson()
    given = {"taskId": await narrow.task(lesson), "studentId": lesson.student(), "value": "5"}
    await narrow.db.execute("ALTER TABLE mark RENAME COLUMN set_at TO gone")
    try:
        async with asyncio.timeout(20):
            for asked in (query, ME, "{ nothing }", "{"):
                answers = await asyncio.gather(
                    *(narrow.school.ask(asked, {"input": given}, as_="teacher") for _ in range(10))
                )
                assert all("errors" in answer for answer in answers) or asked == ME
                assert busy(narrow.school) == 0
    finally:
        await narrow.db.execute("ALTER TABLE mark RENAME COLUMN gone TO set_at")
    await narrow.done("setMark", given)


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")  # graphql-core's, when cut off
@pytest.mark.parametrize("kind", ["query", "command"])
async def test_connections_come_back_after_a_cancellation(narrow: Journal, kind: str) -> None:
    """Whenever a request is cut off, early, late or just before its end, its connection goes back."""
    lesson = await narrow.lesson()
    mark = {"taskId": await narrow.task(lesson), "studentId": lesson.student()}
    student = await narrow.db.fetchval(
        "SELECT student.id FROM student JOIN account USING (person_id) WHERE login = 'student'"
    )
    steps = 0
    while True:
        steps += 1 + steps // 20
        if kind == "query":
            asked = narrow.school.ask(DIARY, {"students": [gid("Student", student)]}, as_="parent")
        else:
            asked = narrow.run("setMark", {**mark, "value": str(2 + steps % 4)})
        request = asyncio.ensure_future(asked)
        for _ in range(steps):
            await asyncio.sleep(0)
        if not request.cancel():
            break
        with pytest.raises(asyncio.CancelledError):
            await request
        for _ in range(200):
            if not busy(narrow.school):
                break
            await asyncio.sleep(0.005)
        assert busy(narrow.school) == 0, f"cut off after {steps} steps"
    assert steps > 20
    await request  # this one came through to its end
    gc.collect()


# One request, one state.


IN_STEPS = """query($id: ID!) { node(id: $id) { ... on Lesson { version record { version topic lesson { version
  record { topic } } } } } }"""
IN_A_PLAN = """query($day: Date!) { school { classes(first: 100) { nodes {
  a: lessons(since: $day, until: $day, first: 100) { nodes { id version } }
  b: lessons(since: $day, until: $day, first: 100) { nodes { id version record { version topic } } }
} } } }"""


@pytest.fixture
def written(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Lessons that are written anew after every statement of a request."""
    lessons: list[Any] = []
    original = Snapshot.fetch

    async def fetch(self: Snapshot, *args: Any, **kwargs: Any) -> list[Any]:
        rows = await original(self, *args, **kwargs)
        for lesson in lessons:
            await journal.db.execute(
                "UPDATE lesson SET version = version + 1, topic = 'после' || version WHERE id = $1", lesson.id
            )
        return rows

    monkeypatch.setattr(Snapshot, "fetch", fetch)
    return lessons


async def test_a_request_reads_one_snapshot(journal: Journal, written: list[Any]) -> None:
    """However many statements a query takes, and whatever is written between them, it sees one moment: the one after
    the viewer's own statement."""
    lesson = await journal.lesson()
    await journal.school.token("teacher")
    written.append(lesson)
    node = (await journal.school.data(IN_STEPS, {"id": lesson.gid}, as_="teacher"))["node"]
    assert node == {
        "version": 2,
        "record": {"version": 2, "topic": "после1", "lesson": {"version": 2, "record": {"topic": "после1"}}},
    }


async def test_a_plan_reads_one_snapshot(journal: Journal, written: list[Any]) -> None:
    lesson = await journal.lesson()
    day = await journal.db.fetchval("SELECT date FROM lesson WHERE id = $1", lesson.id)
    await journal.school.token("teacher")
    written.append(lesson)
    data = await journal.school.data(IN_A_PLAN, {"day": day.isoformat()}, as_="teacher")
    classes = data["school"]["classes"]["nodes"]
    a, b = ([one for each in classes for one in each[name]["nodes"] if one["id"] == lesson.gid] for name in "ab")
    assert a == [{"id": lesson.gid, "version": 2}]
    assert b == [{"id": lesson.gid, "version": 2, "record": {"version": 2, "topic": "после1"}}]
    assert await journal.db.fetchval("SELECT version FROM lesson WHERE id = $1", lesson.id) > 4


async def test_a_command_shows_what_it_wrote(journal: Journal) -> None:
    """The fields of a mutation run in order; each answer shows the state right after its own command."""
    lesson = await journal.lesson()
    names = [f"step{n}" for n in range(6)]
    fields = " ".join(
        f'{name}: recordLesson(input: {{lessonId: "{lesson.gid}", topic: "{name}"}}) {{ ... on RecordLessonPayload'
        f" {{ lesson {{ version record {{ topic }} }} record {{ topic version }} }} }}"
        for name in names
    )
    data = await journal.school.data(f"mutation {{ {fields} }}", as_="teacher")
    assert list(data) == names
    for version, name in enumerate(names, 2):
        assert data[name] == {
            "lesson": {"version": version, "record": {"topic": name}},
            "record": {"topic": name, "version": version},
        }


async def test_an_error_in_one_command_stops_none_before_it(journal: Journal) -> None:
    """What was done is done: a later command that fails unexpectedly undoes only itself."""
    lesson = await journal.lesson()
    task = await journal.task(lesson)
    text = (
        "mutation($one: RecordLessonInput!, $two: SetMarkInput!) {"
        " recordLesson(input: $one) { __typename } setMark(input: $two) { __typename } }"
    )
    given = {
        "one": {"lessonId": lesson.gid, "topic": "Клетка"},
        "two": {"taskId": task, "studentId": lesson.student(), "value": "5", "comment": SECRET},
    }
    await journal.db.execute(f"ALTER TABLE mark ADD CONSTRAINT broken CHECK (comment <> '{SECRET}') NOT VALID")
    try:
        answer = await journal.school.ask(text, given, as_="teacher")
        assert answer["errors"][0]["path"] == ["setMark"]
    finally:
        await journal.db.execute("ALTER TABLE mark DROP CONSTRAINT broken")
    assert await journal.db.fetchval("SELECT topic FROM lesson WHERE id = $1", lesson.id) == "Клетка"
    assert await journal.db.fetchval("SELECT count(*) FROM mark WHERE task_id = $1", number_of(task)) == 0
    assert [each["outcome"] for each in (await journal.entries())[-1:]] == ["done"]


async def test_a_body_without_end_is_refused(school: School) -> None:
    """A long body is turned away while it comes, whatever length it declared."""

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * 65536

    response = await school.client.post("/graphql", content=endless(), headers={"content-type": "application/json"})
    assert response.status_code == 413
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
