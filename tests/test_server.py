"""What serves: one process or several, how they start and end, and what they do to an answer and count of it."""

import gc
import gzip
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from execution.schema import schema_for
from rules.account import Role
from server.app import create_app
from server.demo import DEMO_NOW
from server.settings import Settings
from server.warm import YOUNGEST, warm_up

from .conftest import KEY, School
from .served_help import OPERATOR, TOKEN, assert_ends_with_its_postgresql, samples

ME = "{ me { name } }"
ABOUT = '{ __type(name: "Student") { name } }'


def test_serving_ends_with_its_postgresql() -> None:
    """Two workers, told to stop as a service is. More of processes: tests/e2e."""
    assert_ends_with_its_postgresql(2, signal.SIGTERM)


@asynccontextmanager
async def beside(school: School, **given: Any) -> AsyncIterator[httpx.AsyncClient]:
    """Another application on the school's database, with settings of its own, asked by a parent."""
    app = create_app(school.url, KEY, Settings(**{"now": DEMO_NOW, "executor": "on", **given}))
    headers = {"authorization": f"Bearer {await school.token('parent')}"}
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://school", headers=headers) as client,
    ):
        yield client


async def test_a_process_is_warm_before_it_serves(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a schema of one role, of nobody or of all, and the collector passes by what is there to stay."""
    done: list[Any] = []
    monkeypatch.setattr(gc, "freeze", lambda: done.append(schema_for.cache_info().misses))
    monkeypatch.setattr(gc, "set_threshold", done.append)
    schema_for.cache_clear()
    warm_up(Settings().compiles)
    assert done == [len(Role) + 2, YOUNGEST]
    for each in school.demo.logins:
        if len(each.roles) == 1:
            await school.data("{ __typename }", as_=each.login)
    await school.data("{ __typename }")
    service = {"classbook-service": f"Bearer {await school.token('service')}"}
    assert (await school.client.post("/federation", json={"query": "{ __typename }"}, headers=service)).is_success
    assert schema_for.cache_info().misses == done[0]


async def operations(client: httpx.AsyncClient) -> dict[str, float]:
    """How many operations were answered by plans (""), and how many for each reason without."""
    answer = await client.get("/metrics", headers=OPERATOR)
    assert answer.headers["content-type"].startswith("text/plain; version=")
    found = samples(answer.text)
    return {reason: number for (name, reason), number in found.items() if name == "classbook_operations_total"}


async def test_metrics_count_who_answered(school: School) -> None:
    async with beside(school, metrics_token=TOKEN) as client:
        await client.post("/graphql", json={"query": ME})
        await client.post("/graphql", json={"query": ABOUT})
        before = await operations(client)
        for query in (ME, ME, ABOUT):
            assert "errors" not in (await client.post("/graphql", json={"query": query})).json()
        after = await operations(client)
    changed = {reason: number - before[reason] for reason, number in after.items() if number != before[reason]}
    assert changed == {"": 2, "introspection": 1}


async def test_metrics_are_the_operators(school: School) -> None:
    """Who shows no token of the operator's, or somebody else's, gets none; without the setting there are none."""
    async with beside(school, metrics_token=TOKEN) as client:
        for shown in ({}, {"authorization": ""}, {"authorization": "Bearer жетон".encode()}, {"authorization": TOKEN}):
            refused = await client.get("/metrics", headers=shown)
            assert (refused.status_code, refused.content) == (401, b"")
    for token in (None, ""):
        async with beside(school, metrics_token=token) as client:
            assert (await client.get("/metrics", headers=OPERATOR)).status_code == 404


async def test_the_executor_can_be_switched_off(school: School) -> None:
    """Then graphql-core answers everything, and answers the same."""
    async with beside(school, metrics_token=TOKEN) as on, beside(school, metrics_token=TOKEN, executor="off") as off:
        expected = (await on.post("/graphql", json={"query": ME})).content
        before = await operations(off)
        assert (await off.post("/graphql", json={"query": ME})).content == expected
        assert (await operations(off))[""] == before[""]
        await on.post("/graphql", json={"query": ME})
        assert (await operations(off))[""] == before[""] + 1


@pytest.mark.parametrize(("name", "wrong"), [("EXECUTOR", "maybe"), ("WORKERS", "0")])
def test_settings_are_checked(monkeypatch: pytest.MonkeyPatch, name: str, wrong: str) -> None:
    monkeypatch.setenv("CLASSBOOK_EXECUTOR", "off")
    assert not Settings().compiles
    monkeypatch.setenv(f"CLASSBOOK_{name}", wrong)
    with pytest.raises(ValidationError):
        Settings()


# Compression.


async def received(client: httpx.AsyncClient, query: str, accepted: str) -> tuple[httpx.Headers, bytes]:
    """The headers and the bytes of an answer as they came."""
    sent = {"accept-encoding": accepted}
    async with client.stream("POST", "/graphql", json={"query": query}, headers=sent) as answer:
        return answer.headers, b"".join([piece async for piece in answer.aiter_raw()])


@pytest.mark.parametrize("times", [1, 40])
async def test_answers_are_packed(school: School, times: int) -> None:
    """For whoever takes that; short or long, what comes out is what others get."""
    query = f"{{ {' '.join(f'a{number}: __schema {{ types {{ name }} }}' for number in range(times))} }}"
    async with beside(school) as client:
        for accepted in ("identity", "br", "gzip;q=0", ""):
            headers, plain = await received(client, query, accepted)
            assert "content-encoding" not in headers
            assert headers["vary"] == "Accept-Encoding"
        assert (len(plain) > 128 * 1024) == (times > 1)  # a long one is packed in a thread
        for accepted in ("gzip", "br, gzip;q=0.5"):
            headers, packed = await received(client, query, accepted)
            assert (headers["content-encoding"], headers["vary"]) == ("gzip", "Accept-Encoding")
            assert int(headers["content-length"]) == len(packed) < len(plain) / 3
            assert gzip.decompress(packed) == plain


async def test_a_tiny_answer_is_not_packed(school: School) -> None:
    async with beside(school) as client:
        headers, body = await received(client, ME, "gzip")
    assert "content-encoding" not in headers
    assert body.startswith(b'{"data":')


async def test_the_pages_files_are_packed_once(school: School) -> None:
    """With the tag of each form; who has it still gets no body, and who asks for the head gets the same headers."""
    async with beside(school) as client:
        plain = await client.get("/graphiql/main.js", headers={"accept-encoding": "identity"})
        packed = await client.get("/graphiql/main.js", headers={"accept-encoding": "gzip"})
        assert (packed.headers["content-encoding"], packed.content) == ("gzip", plain.content)
        assert packed.headers["etag"] != plain.headers["etag"]
        head = await client.head("/graphiql/main.js", headers={"accept-encoding": "gzip"})
        assert head.headers == packed.headers
        known = {"accept-encoding": "gzip", "if-none-match": packed.headers["etag"]}
        again = await client.get("/graphiql/main.js", headers=known)
        assert (again.status_code, again.content) == (304, b"")
