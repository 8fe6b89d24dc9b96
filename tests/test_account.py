"""Signing in and out: who is let in, how often it may be tried, what tokens open and when they stop."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import jwt
import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.low_level import Type

from resolvers import account_passwords
from resolvers.account_tokens import Claims, Tokens
from server.clock import Clock
from server.demo import DEMO_NOW, DEMO_PASSWORD, SMALL, Demo, make_demo

from .conftest import KEY, School
from .journal_help import Journal, gid, mutation, opened
from .movement_help import order

PAIR = "accessToken accessExpiresAt refreshToken refreshExpiresAt"
REFUSAL = "... on Refusal { code message field clause }"
LOG_IN = f"mutation($input: LogInInput!) {{ logIn(input: $input) {{ ... on LogInPayload {{ {PAIR} }} {REFUSAL} }} }}"
REFRESH = (
    "mutation($input: RefreshSessionInput!)"
    f" {{ refreshSession(input: $input) {{ ... on RefreshSessionPayload {{ {PAIR} }} {REFUSAL} }} }}"
)
LOG_OUT = f"mutation {{ logOut {{ ... on EndSessionPayload {{ sessionId }} {REFUSAL} }} }}"
END = f"mutation($id: ID!) {{ endSession(id: $id) {{ ... on EndSessionPayload {{ sessionId }} {REFUSAL} }} }}"
ME = "{ me { name roles today school { name } } }"
SESSIONS = "{ me { sessions { id current device createdAt expiresAt } } }"

NO = {"code": "BAD_CREDENTIALS", "message": "Неверный логин или пароль.", "field": "password", "clause": "11.7"}
WRONG = "не тот пароль 🔑"


@pytest.fixture(scope="module")
async def journal(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Journal]:
    """A school for this module, with failures of one test forgotten before the next."""
    async with opened(cluster, demo_template) as journal:
        yield journal


class Counting(PasswordHasher):
    """The hasher, counting what is really verified."""

    calls = 0

    def verify(self, *args: Any) -> Any:
        """Count, and verify."""
        Counting.calls += 1
        return super().verify(*args)


@pytest.fixture(autouse=True)
async def fresh(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """No failures, and a count of zero."""
    await journal.db.execute("DELETE FROM login_failure")
    monkeypatch.setattr(account_passwords, "_hasher", Counting())
    Counting.calls = 0


@pytest.fixture(autouse=True)
async def quiet(
    journal: Journal, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> AsyncIterator[None]:
    """Nothing personal gets into any output: no names, no logins, no passwords, no tokens."""
    caplog.set_level(logging.DEBUG)
    yield
    said = "".join(capfd.readouterr()) + "\n".join(record.getMessage() for record in caplog.records)
    secrets = [DEMO_PASSWORD, WRONG, "eyJ", "teacher", "deputy", "secretary", "t002"]
    for row in await journal.db.fetch("SELECT DISTINCT family_name FROM person"):
        secrets.append(row["family_name"])
    assert [secret for secret in secrets if secret in said] == []


async def log_in(
    journal: Journal,
    login: str,
    password: str = DEMO_PASSWORD,
    school: str | None = None,
    *,
    address: str = "127.0.0.1",
) -> dict[str, Any]:
    """What a log-in from a network address answers."""
    transport = httpx.ASGITransport(journal.school.app, client=(address, 1))
    given = {"login": login, "password": password, "school": school}
    async with httpx.AsyncClient(transport=transport, base_url="http://school") as client:
        response = await client.post("/graphql", json={"query": LOG_IN, "variables": {"input": given}})
    answer = response.json()
    assert "errors" not in answer, answer
    result: dict[str, Any] = answer["data"]["logIn"]
    return result


async def with_token(
    journal: Journal, token: str | None, query: str = ME, variables: dict[str, Any] | None = None
) -> tuple[int, dict[str, Any]]:
    """Status and answer of a query under a token."""
    headers = {"authorization": f"Bearer {token}"} if token is not None else {}
    body = {"query": query, "variables": variables or {}}
    response = await journal.school.client.post("/graphql", json=body, headers=headers)
    return response.status_code, response.json()


async def opens(journal: Journal, token: str) -> bool:
    """Whether an access token opens anything."""
    status, answer = await with_token(journal, token)
    if status == 401:
        assert answer["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}
        assert "data" not in answer
        return False
    return answer["data"]["me"] is not None


async def refresh(journal: Journal, token: str) -> dict[str, Any]:
    """What the exchange of a refresh token answers."""
    _, answer = await with_token(journal, None, REFRESH, {"input": {"refreshToken": token}})
    result: dict[str, Any] = answer["data"]["refreshSession"]
    return result


def move(monkeypatch: pytest.MonkeyPatch, shift: timedelta) -> None:
    """Let it be `shift` later than it is."""
    monkeypatch.setattr(Clock, "real_now", staticmethod(lambda: datetime.now(UTC) + shift))


def stop(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    """Let the clock stand still, so that a slow machine does not matter."""
    monkeypatch.setattr(Clock, "real_now", staticmethod(lambda: moment))


# Log-in.


async def test_log_in(journal: Journal) -> None:
    tokens = await log_in(journal, "teacher")
    status, answer = await with_token(journal, tokens["accessToken"])
    assert (status, answer["data"]["me"]["roles"]) == (200, ["TEACHER"])
    assert answer["data"]["me"]["today"] == "2026-05-20"
    now = datetime.now(UTC)
    left = [datetime.fromisoformat(tokens[f"{kind}ExpiresAt"]) - now for kind in ("access", "refresh")]
    assert timedelta(minutes=9) < left[0] <= timedelta(minutes=10)
    assert timedelta(days=29) < left[1] <= timedelta(days=30)
    entry = await journal.db.fetchrow(
        "SELECT login, outcome, input::text, at FROM audit_entry JOIN account ON account.id = account_id"
        " WHERE command = 'logIn' ORDER BY audit_entry.id DESC LIMIT 1"
    )
    assert tuple(entry)[:3] == ("teacher", "done", "{}")
    assert abs(entry["at"] - DEMO_NOW) < timedelta(minutes=10), "the trail keeps the school's moments"


@pytest.mark.parametrize("login", ["TEACHER", " teacher\t", "Teacher"])
async def test_login_in_another_case(journal: Journal, login: str) -> None:
    assert "accessToken" in await log_in(journal, login)


async def test_one_refusal_for_all(journal: Journal) -> None:
    """Nothing tells a wrong password from a login, a school or an account that is not there; all cost the same work."""
    await journal.db.execute("UPDATE account SET locked_at = now() WHERE login = 'hr'")
    attempts: list[tuple[str, str, str | None]] = [
        ("teacher", WRONG, None),
        ("teacher", "", None),
        ("teacher", DEMO_PASSWORD.upper(), None),
        ("nobody", DEMO_PASSWORD, None),
        ("", "", None),
        ("nobody", DEMO_PASSWORD, "demo"),
        ("teacher", DEMO_PASSWORD, "elsewhere"),
        ("teacher", WRONG, "elsewhere"),
        ("hr", DEMO_PASSWORD, None),
        ("hr", WRONG, None),
        ("t002", DEMO_PASSWORD, None),
    ]
    try:
        for number, (login, password, school) in enumerate(attempts, 1):
            assert await log_in(journal, login, password, school) == NO
            assert Counting.calls == number, "the password is verified whoever it is"
    finally:
        await journal.db.execute("UPDATE account SET locked_at = NULL WHERE login = 'hr'")
    assert (
        await journal.db.fetchval(
            "SELECT count(*) FROM session JOIN account ON account.id = account_id AND login = 'hr'"
        )
        == 0
    )


@pytest.mark.parametrize(
    "given",
    [
        {"login": "t" * 1001},
        {"password": "п" * 1001},
        {"school": "ш" * 1001},
        {"login": "teacher\0"},
        {"password": f"{DEMO_PASSWORD}\0"},
        {"school": "demo\0"},
    ],
)
async def test_bad_input(journal: Journal, given: dict[str, str]) -> None:
    result = await log_in(journal, **{"login": "teacher", "password": DEMO_PASSWORD, **given})
    assert (result["code"], result["field"], Counting.calls) == ("BAD_INPUT", "login", 0)


async def test_passwords_are_kept_as_argon2id(journal: Journal) -> None:
    """The parameters are no weaker than what is advised today, and no two hashes are alike."""
    stored = account_passwords.hash_password(DEMO_PASSWORD)
    parameters = extract_parameters(stored)
    assert parameters.type is Type.ID
    assert (parameters.memory_cost >= 19 * 1024, parameters.time_cost >= 2, parameters.hash_len >= 32) == (True,) * 3
    assert parameters.salt_len >= 16
    assert stored != account_passwords.hash_password(DEMO_PASSWORD)
    hashes = await journal.db.fetch("SELECT DISTINCT password_hash FROM account")
    assert all(row["password_hash"].startswith("$argon2id$") for row in hashes)


async def test_a_broken_hash_opens_nothing(journal: Journal) -> None:
    """An account whose hash is empty, or none of ours, is closed, not open and not an error."""
    stored = await journal.db.fetchval("SELECT password_hash FROM account WHERE login = 'hr'")
    try:
        for broken in ("", "!", DEMO_PASSWORD, stored[:-1], stored.replace("argon2id", "argon2i")):
            await journal.db.execute("UPDATE account SET password_hash = $1 WHERE login = 'hr'", broken)
            assert await log_in(journal, "hr", DEMO_PASSWORD, address=f"10.0.0.{len(broken)}") == NO
    finally:
        await journal.db.execute("UPDATE account SET password_hash = $1 WHERE login = 'hr'", stored)


# Throttling.


async def test_five_failures_close_a_login(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = datetime.now(UTC)
    stop(monkeypatch, begun)
    for _ in range(5):
        assert await log_in(journal, "secretary", WRONG) == NO
    closed = await log_in(journal, "secretary")
    assert (closed["code"], closed["field"]) == ("TOO_MANY_ATTEMPTS", "login")
    assert Counting.calls == 5, "a closed login costs no more work"
    assert await log_in(journal, " SECRETARY ", address="10.0.0.9") == closed, "the login, from wherever"
    assert "accessToken" in await log_in(journal, "deputy"), "nobody else's"
    stop(monkeypatch, begun + timedelta(minutes=14, seconds=59))
    assert await log_in(journal, "secretary") == closed
    stop(monkeypatch, begun + timedelta(minutes=15, seconds=1))
    assert "accessToken" in await log_in(journal, "secretary"), "free again after the window"


async def test_an_unknown_login_closes_the_same_way(journal: Journal) -> None:
    answers = [await log_in(journal, "nobody", WRONG) for _ in range(6)]
    assert answers[:5] == [NO] * 5
    assert answers[5]["code"] == "TOO_MANY_ATTEMPTS"


async def test_fifty_at_once(journal: Journal) -> None:
    """Many at once do not slip by: five are looked at, the rest are turned away."""
    answers = await asyncio.gather(*(log_in(journal, "secretary", f"{WRONG}{n}") for n in range(50)))
    assert Counter(answer["code"] for answer in answers) == {"BAD_CREDENTIALS": 5, "TOO_MANY_ATTEMPTS": 45}
    assert Counting.calls == 5


async def fail(journal: Journal, count: int, address: str) -> None:
    """So many failures from an address, by as many logins."""
    digest = Tokens(KEY, timedelta(), timedelta()).digest(address)
    await journal.db.execute(
        "INSERT INTO login_failure (school_id, login_key, address, at)"
        " SELECT 1, 'someone ' || n, $2, now() FROM generate_series(1, $1) AS n",
        count,
        digest,
    )


async def test_an_address_is_closed_too(journal: Journal) -> None:
    await fail(journal, 99, "10.0.0.1")
    assert await log_in(journal, "secretary", WRONG, address="10.0.0.1") == NO
    assert (await log_in(journal, "deputy", address="10.0.0.1"))["code"] == "TOO_MANY_ATTEMPTS"
    assert "accessToken" in await log_in(journal, "deputy", address="10.0.0.2")
    kept = await journal.db.fetch("SELECT address FROM login_failure")
    assert not [row for row in kept if "10.0.0" in row["address"]], "addresses are kept as digests"


async def test_many_logins_from_an_address_at_once(journal: Journal) -> None:
    await fail(journal, 95, "10.0.0.1")
    answers = await asyncio.gather(*(log_in(journal, f"nobody {n}", WRONG, address="10.0.0.1") for n in range(20)))
    assert Counter(answer["code"] for answer in answers) == {"BAD_CREDENTIALS": 5, "TOO_MANY_ATTEMPTS": 15}


async def test_success_clears_the_count(journal: Journal) -> None:
    for _ in range(2):
        for _ in range(4):
            assert await log_in(journal, "secretary", WRONG) == NO
        assert "accessToken" in await log_in(journal, "secretary")
    assert await journal.db.fetchval("SELECT count(*) FROM login_failure") == 0


async def test_old_failures_are_not_kept(journal: Journal) -> None:
    await journal.db.execute(
        "INSERT INTO login_failure (school_id, login_key, address, at) VALUES (1, 'old', '', now() - interval '1 hour')"
    )
    await log_in(journal, "secretary")
    assert await journal.db.fetchval("SELECT count(*) FROM login_failure") == 0


# Tokens.


def signed(key: str = KEY, **claims: Any) -> str:
    """A token of the tests' making; a claim that is None is left out."""
    minute = datetime.now(UTC) + timedelta(minutes=1)
    whole = {"typ": "access", "sch": 1, "exp": minute, **claims}
    return jwt.encode({name: value for name, value in whole.items() if value is not None}, key, "HS256")


async def test_what_opens_nothing(journal: Journal) -> None:
    """A token that is not ours, of another kind, over, or of a session that is not there: all the same 401."""
    tokens = await log_in(journal, "teacher")
    session = jwt.decode(tokens["accessToken"], options={"verify_signature": False})["ses"]
    assert await opens(journal, signed(ses=session)), "what follows is wrong in one thing each"
    head, body, signature = tokens["accessToken"].split(".")
    none = jwt.encode({"typ": "access", "sch": 1, "ses": session, "exp": 2**33}, None, "none")
    refreshing = [tokens["refreshToken"], signed(ses=session, typ="refresh", gen=1)]
    wrong = [
        "",
        "x",
        "é",
        f"{head}.{body}.",
        f"{head}.{body}",
        f"{head}.{body}.{signature[::-1]}",
        f"{none.split('.')[0]}.{body}.{signature}",
        none,
        *refreshing,
        signed("another key, as long as the tests' own", ses=session),
        signed(KEY * 2, ses=session),
        signed(KEY[:-1], ses=session),
        signed(ses=session, exp=datetime.now(UTC) - timedelta(seconds=1)),
        signed(ses=session, exp=None),
        signed(ses=session, typ=None),
        signed(ses=session, sch=2),
        signed(ses=session, sch=None),
        signed(ses=session, sch="demo"),
        signed(ses=2**40),
        signed(ses=0),
        signed(ses=None),
        signed(ses=[session]),
        "A" * 10_000,
    ]
    for token in wrong:
        headers = [(b"authorization", b"Bearer " + token.encode())]
        response = await journal.school.client.post("/graphql", json={"query": ME}, headers=headers)
        assert response.status_code == 401, token
        assert response.json()["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}
        assert response.headers["www-authenticate"] == "Bearer"
        if token not in refreshing:
            assert (await refresh(journal, token))["code"] == "SESSION_ENDED"
    for scheme in ("Basic dGVhY2hlcjp4", "Bearer", f"Token {tokens['accessToken']}", tokens["accessToken"]):
        response = await journal.school.client.post("/graphql", json={"query": ME}, headers={"authorization": scheme})
        assert response.status_code == 401
    assert (await refresh(journal, tokens["accessToken"]))["code"] == "SESSION_ENDED"
    assert await opens(journal, tokens["accessToken"]), "none of it harmed the session"


async def test_an_access_token_ends(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    move(monkeypatch, -timedelta(minutes=10, seconds=1))
    tokens = await log_in(journal, "teacher")
    assert not await opens(journal, tokens["accessToken"])
    fresh = await refresh(journal, tokens["refreshToken"])
    assert not await opens(journal, fresh["accessToken"]), "made ten minutes ago as well"
    move(monkeypatch, -timedelta(minutes=9))
    assert await opens(journal, (await log_in(journal, "teacher"))["accessToken"])


async def test_a_session_ends(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """After thirty days without use, and when the database says so, whatever the token says."""
    move(monkeypatch, -timedelta(days=30, seconds=1))
    tokens = await log_in(journal, "teacher")
    monkeypatch.undo()
    assert (await refresh(journal, tokens["refreshToken"]))["code"] == "SESSION_ENDED"
    tokens = await log_in(journal, "teacher")
    await journal.db.execute("UPDATE session SET expires_at = now() - interval '1 second'")
    assert not await opens(journal, tokens["accessToken"])
    assert (await refresh(journal, tokens["refreshToken"]))["code"] == "SESSION_ENDED"


async def test_rotation(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each exchange gives a new pair. An old refresh token is theft: it ends the session for thief and owner."""
    first = await log_in(journal, "teacher")
    second = await refresh(journal, first["refreshToken"])
    assert second["refreshToken"] != first["refreshToken"]
    assert await opens(journal, second["accessToken"])
    assert await opens(journal, first["accessToken"]), "an access token lives until it ends"
    move(monkeypatch, timedelta(seconds=11))
    third = await refresh(journal, second["refreshToken"])
    assert await opens(journal, third["accessToken"])
    move(monkeypatch, timedelta(seconds=22))
    assert (await refresh(journal, second["refreshToken"]))["code"] == "SESSION_ENDED"
    assert not await opens(journal, third["accessToken"])
    assert (await refresh(journal, third["refreshToken"]))["code"] == "SESSION_ENDED"
    entry = await journal.db.fetchrow(
        "SELECT login, outcome FROM audit_entry JOIN account ON account.id = account_id"
        " WHERE command = 'refreshSession' ORDER BY audit_entry.id DESC LIMIT 1"
    )
    assert tuple(entry) == ("teacher", "SESSION_ENDED")


async def test_an_immediate_repeat_answers_again(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two tabs that exchange the same token at once are no theft: both go on, in one session."""
    begun = datetime.now(UTC)
    stop(monkeypatch, begun)
    first = await log_in(journal, "teacher")
    pairs = await asyncio.gather(*(refresh(journal, first["refreshToken"]) for _ in range(5)))
    for pair in pairs:
        assert await opens(journal, pair["accessToken"])
    stop(monkeypatch, begun + timedelta(seconds=9))
    late = await refresh(journal, first["refreshToken"])
    assert await opens(journal, late["accessToken"])
    last = await refresh(journal, late["refreshToken"])
    assert await opens(journal, last["accessToken"])
    assert (await refresh(journal, first["refreshToken"]))["code"] == "SESSION_ENDED", "two generations back is theft"
    assert not await opens(journal, last["accessToken"])


async def test_a_lock_stops_everything_at_once(journal: Journal) -> None:
    tokens = await log_in(journal, "hr")
    await journal.db.execute("UPDATE account SET locked_at = now() WHERE login = 'hr'")
    try:
        assert not await opens(journal, tokens["accessToken"])
        assert (await refresh(journal, tokens["refreshToken"]))["code"] == "SESSION_ENDED"
    finally:
        await journal.db.execute("UPDATE account SET locked_at = NULL WHERE login = 'hr'")


# Sessions.


async def test_log_out(journal: Journal) -> None:
    """The access token stops at once; other sessions of the same person go on."""
    one, two = await log_in(journal, "parent"), await log_in(journal, "parent")
    _, answer = await with_token(journal, one["accessToken"], LOG_OUT)
    session = jwt.decode(one["accessToken"], options={"verify_signature": False})["ses"]
    assert answer["data"]["logOut"] == {"sessionId": gid("Session", session)}
    assert not await opens(journal, one["accessToken"])
    assert (await refresh(journal, one["refreshToken"]))["code"] == "SESSION_ENDED"
    assert await opens(journal, two["accessToken"])
    status, _ = await with_token(journal, one["accessToken"], LOG_OUT)
    assert status == 401
    entry = await journal.db.fetchrow("SELECT command, outcome, input::text FROM audit_entry ORDER BY id DESC LIMIT 1")
    assert tuple(entry) == ("logOut", "done", "{}")


async def test_sessions(journal: Journal) -> None:
    """One's own are listed and may be ended; another's is as if it were not there."""
    await journal.db.execute("UPDATE session SET ended_at = now() WHERE ended_at IS NULL")
    mine = [(await log_in(journal, "secretary"))["accessToken"] for _ in range(3)]
    other = (await log_in(journal, "parent"))["accessToken"]
    _, answer = await with_token(journal, mine[0], SESSIONS)
    listed = answer["data"]["me"]["sessions"]
    assert len(listed) == 3
    assert [each["current"] for each in listed] == [False, False, True], "the last one first"
    _, answer = await with_token(journal, other, SESSIONS)
    (others,) = answer["data"]["me"]["sessions"]
    assert others["id"] not in {each["id"] for each in listed}
    not_there = gid("Session", 2**40)
    refusals = [
        (await with_token(journal, mine[0], END, {"id": each}))[1]["data"]["endSession"]
        for each in (others["id"], not_there)
    ]
    assert refusals[0] == refusals[1]
    assert (refusals[0]["code"], refusals[0]["field"]) == ("NOT_FOUND", "id")
    assert await opens(journal, other)
    for value in ("", gid("Account", 1), gid("Session", 0), "Сеанс"):
        _, answer = await with_token(journal, mine[0], END, {"id": value})
        assert answer["data"]["endSession"]["code"] == "BAD_ID"
    node = "query($id: ID!) { node(id: $id) { id } }"
    assert (await with_token(journal, mine[0], node, {"id": others["id"]}))[1]["data"]["node"] is None
    assert (await with_token(journal, mine[0], node, {"id": listed[0]["id"]}))[1]["data"]["node"]["id"] == listed[0][
        "id"
    ]
    _, answer = await with_token(journal, mine[0], END, {"id": listed[0]["id"]})
    assert answer["data"]["endSession"] == {"sessionId": listed[0]["id"]}
    assert not await opens(journal, mine[2])
    _, answer = await with_token(journal, mine[0], END, {"id": listed[0]["id"]})
    assert answer["data"]["endSession"] == refusals[0], "one that has ended is not there either"
    _, answer = await with_token(journal, mine[0], SESSIONS)
    assert [each["id"] for each in answer["data"]["me"]["sessions"]] == [each["id"] for each in listed[1:]]


async def test_nobody_has_no_session(journal: Journal) -> None:
    status, answer = await with_token(journal, None, END, {"id": gid("Session", 1)})
    assert (status, answer["data"]) == (200, None)
    assert answer["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    _, answer = await with_token(journal, None, LOG_OUT)
    assert answer["data"]["logOut"]["code"] == "UNAUTHENTICATED"
    assert (await with_token(journal, None, "{ me { name } }"))[1]["data"] == {"me": None}


async def test_who_has_no_role_left_can_still_log_out(journal: Journal) -> None:
    """Their schema is the anonymous one, and their session is theirs to end all the same."""
    token = (await log_in(journal, "hr"))["accessToken"]
    held = "role = 'hr' AND account_id = (SELECT id FROM account WHERE login = 'hr')"
    await journal.db.execute(f"UPDATE account_role SET ends_on = '2026-05-19' WHERE {held}")
    try:
        assert await roles(journal, token) == []
        _, answer = await with_token(journal, token, LOG_OUT)
        assert "sessionId" in answer["data"]["logOut"]
        assert not await opens(journal, token)
    finally:
        await journal.db.execute(f"UPDATE account_role SET ends_on = NULL WHERE {held}")


# Roles.


async def roles(journal: Journal, token: str) -> list[str]:
    _, answer = await with_token(journal, token, "{ me { roles } }")
    held: list[str] = answer["data"]["me"]["roles"]
    return held


async def test_roles_have_their_days(journal: Journal) -> None:
    """A role is held from its first day to its last, both inclusive; one that ended yesterday is gone at once."""
    token = (await log_in(journal, "secretary"))["accessToken"]
    mine = "account_id = (SELECT id FROM account WHERE login = 'secretary')"
    try:
        for starts, ends, held in (
            ("2026-05-20", "2026-05-20", True),
            ("2025-09-01", "2026-05-19", False),
            ("2026-05-21", None, False),
            ("2025-09-01", None, True),
        ):
            await journal.db.execute(
                f"UPDATE account_role SET starts_on = $1::text::date, ends_on = $2::text::date WHERE {mine}",
                starts,
                ends,
            )
            assert await roles(journal, token) == (["SECRETARY"] if held else [])
    finally:
        await journal.db.execute(f"UPDATE account_role SET starts_on = '2025-09-01', ends_on = NULL WHERE {mine}")


async def test_roles_end_with_the_employment(journal: Journal) -> None:
    """The last day of work is still one of work; what a person is beside it goes on."""
    token = (await log_in(journal, "teacher-parent"))["accessToken"]
    mine = "person_id = (SELECT person_id FROM account WHERE login = 'teacher-parent')"
    try:
        for last, held in (("2026-05-21", True), ("2026-05-20", True), ("2026-05-19", False)):
            await journal.db.execute(f"UPDATE staff SET dismissed_on = $1::text::date WHERE {mine}", last)
            assert await roles(journal, token) == (["TEACHER", "PARENT"] if held else ["PARENT"])
    finally:
        await journal.db.execute(f"UPDATE staff SET dismissed_on = NULL WHERE {mine}")


async def test_derived_roles_have_their_days(journal: Journal) -> None:
    """A student is one while enrolled, a parent while the guardianship lasts."""
    for login, table, who, role in (
        ("parent", "guardianship", "guardian_id = (SELECT id FROM guardian WHERE person_id = $1)", "PARENT"),
        ("student", "enrolment", "student_id = (SELECT id FROM student WHERE person_id = $1)", "STUDENT"),
    ):
        token = (await log_in(journal, login))["accessToken"]
        person = await journal.db.fetchval("SELECT person_id FROM account WHERE login = $1", login)
        assert await roles(journal, token) == [role]
        by = ""
        if table == "enrolment":
            stay = await journal.db.fetchrow(f"SELECT * FROM {table} WHERE {who}", person)
            leaves = [(stay["student_id"], stay["class_id"], None)]
            (item,) = await order(journal.db, stay["school_id"], "departure", date(2026, 5, 21), leaves)
            by = f", ended_by = CASE WHEN $2::date IS NOT NULL THEN {item} END"
        before = await journal.db.fetchval(f"SELECT ends_on FROM {table} WHERE {who}", person)
        try:
            for last, held in (("2026-05-20", True), ("2026-05-19", False)):
                day = date.fromisoformat(last)
                await journal.db.execute(f"UPDATE {table} SET ends_on = $2::date{by} WHERE {who}", person, day)
                assert await roles(journal, token) == ([role] if held else [])
        finally:
            await journal.db.execute(f"UPDATE {table} SET ends_on = $2::date{by} WHERE {who}", person, before)


# Two schools in one database.


async def test_two_schools(own_school: School) -> None:
    """A log-in needs the school's code, and nothing of the one school opens anything of the other."""
    db = await asyncpg.connect(own_school.url)
    here = Journal(own_school, db)
    try:
        await make_demo(db, SMALL, code="second")
        assert await log_in(here, "teacher") == NO
        assert await log_in(here, "teacher", school="third") == NO
        assert await log_in(here, "teacher", school="DEMO ") == NO
        one = (await log_in(here, "teacher", school="demo"))["accessToken"]
        two = (await log_in(here, "teacher", school="second"))["accessToken"]
        sessions = {jwt.decode(each, options={"verify_signature": False})["ses"] for each in (one, two)}
        claims = jwt.decode(one, options={"verify_signature": False})
        other = jwt.decode(two, options={"verify_signature": False})
        assert (claims["sch"] != other["sch"], len(sessions)) == (True, 2)
        assert not await opens(here, signed(sch=other["sch"], ses=claims["ses"]))
        assert not await opens(here, signed(sch=claims["sch"], ses=other["ses"]))
        tokens = Tokens(KEY, timedelta(minutes=10), timedelta(days=30))
        crossed = tokens.issue(Claims(other["sch"], claims["ses"], 1), datetime.now(UTC))
        assert (await refresh(here, crossed.refresh_token))["code"] == "SESSION_ENDED"
        assert await opens(here, one), "nothing of that ended the session"
        _, answer = await with_token(here, one, END, {"id": gid("Session", other["ses"])})
        assert answer["data"]["endSession"]["code"] == "NOT_FOUND"
        assert await opens(here, two)
        await _apart(here, {claims["sch"]: one, other["sch"]: two})
        for _ in range(5):
            assert await log_in(here, "deputy", WRONG, "demo") == NO
        assert (await log_in(here, "deputy", school="demo"))["code"] == "TOO_MANY_ATTEMPTS"
        assert "accessToken" in await log_in(here, "deputy", school="second"), "counted school by school"
    finally:
        await db.close()


async def _apart(here: Journal, tokens: dict[int, str]) -> None:
    """Each teacher writes in their own school's lesson, and finds nothing of the other's."""
    for school, token in tokens.items():
        task = await here.db.fetchrow(
            "SELECT task.id, lesson_id, lesson_date FROM task JOIN lesson"
            " ON (lesson.school_id, lesson.id) = (task.school_id, lesson_id) JOIN subject"
            " ON (subject.school_id, subject.id) = (lesson.school_id, subject_id)"
            " WHERE task.school_id = $1 AND short_name = 'Геогр.' AND state = 'held' LIMIT 1",
            school,
        )
        student = await here.db.fetchval(
            "SELECT student_id FROM group_membership AS m JOIN lesson USING (school_id, group_id)"
            " WHERE lesson.id = $1 AND m.ends_on IS NULL LIMIT 1",
            task["lesson_id"],
        )
        entry = {"taskId": gid("Task", task["id"]), "studentId": gid("Student", student), "value": "5"}
        for reader, own in ((reader, reader == token) for reader in tokens.values()):
            node = "query($id: ID!) { node(id: $id) { id } }"
            _, answer = await with_token(here, reader, node, {"id": gid("Lesson", task["lesson_id"])})
            assert (answer["data"]["node"] is not None) == own
            _, answer = await with_token(here, reader, mutation("setMark"), {"input": entry})
            assert answer["data"]["setMark"].get("code", "done") == ("done" if own else "NOT_FOUND")
