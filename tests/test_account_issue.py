"""Giving accounts out: to whom, by whom, with which login, and a password that is shown once and changed at once."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolvers.account_passwords import LETTERS
from rules.account import account_due, first_in_time
from rules.account_logins import LOGIN_LENGTH, check_login, free_login, login_base, transliterated
from rules.days import WorkingDays
from rules.refusals import Refusal
from server.demo import DEMO_NOW, Demo

from .account_help import PASSWORD, Office, mutation, opened
from .journal_help import gid, move_day, number_of

ONE = "mutation($input: IssueAccountInput!) { issueAccount(input: $input) { __typename } }"


@pytest.fixture(scope="module")
async def office(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Office]:
    """A school for this module to write in: each test with people of its own."""
    async with opened(cluster, demo_template) as office:
        yield office


# Logins


@pytest.mark.parametrize(
    ("name", "base"),
    [
        (("Иванова", "Мария", "Петровна"), "ivanova.mp"),
        (("Щукина-Юрьева", "Ёлка", None), "shchukinayureva.e"),
        (("Объездчиков", "Яков", "Фёдорович"), "obieezdchikov.yf"),
        (("Nguyễn", "Văn", None), "nguyen.v"),
        (("李", "明", None), "user"),
    ],
)
def test_a_login_is_made_of_the_name(name: tuple[str, str, str | None], base: str) -> None:
    assert login_base(*name) == base


def test_logins_are_numbered() -> None:
    assert free_login("ivanova.mp", set()) == "ivanova.mp"
    assert free_login("ivanova.mp", {"ivanova.mp", "ivanova.mp2", "ivanova.mp4"}) == "ivanova.mp3"


NAMES = st.text(max_size=60)


@given(NAMES, NAMES, st.none() | NAMES, st.integers(0, 30))
def test_whatever_the_name_the_login_is_one(family: str, given_name: str, patronymic: str | None, count: int) -> None:
    base, taken = login_base(family, given_name, patronymic), set[str]()
    for _ in range(count):
        login = free_login(base, taken)
        assert login not in taken
        assert len(login) in LOGIN_LENGTH
        assert check_login(login, "login") == login == login.casefold()
        taken.add(login)
    assert transliterated(family).isascii()


@pytest.mark.parametrize("login", ["", "ab", "a" * 65, "имя", "a b c", ".abc", "abc\0", "a@b.c"])
def test_what_is_no_login(login: str) -> None:
    with pytest.raises(Refusal, match="BAD_INPUT"):
        check_login(login, "login")


# Giving out


async def test_hr_gives_an_employee_an_account(office: Office) -> None:
    owner = await office.hire()
    issued = await office.done("issueAccount", {"ownerId": owner}, "hr")
    assert issued["login"] == "novikova.op"
    assert len(issued["password"]) == 14
    assert set(issued["password"]) <= {*LETTERS, "-"}
    assert issued["oneTimeUntil"] == issued["account"]["oneTimeUntil"]
    until = issued["oneTimeUntil"]
    assert until.startswith((DEMO_NOW + timedelta(days=14)).astimezone(tz=None).date().isoformat()[:8])
    (entry,) = [each for each in await office.entries("issueAccount") if str(number_of(owner)) in each["input"]]
    assert (entry["login"], entry["outcome"]) == ("hr", "done")
    everything = await office.db.fetch(
        "SELECT input::text FROM audit_entry UNION ALL SELECT answer::text FROM idempotency_key "
        "UNION ALL SELECT account::text FROM account"
    )
    assert [row for row in everything if issued["password"] in (row[0] or "")] == []


async def test_who_comes_in_must_first_choose_a_password(office: Office) -> None:
    """Until then the session holds no role and opens nothing but that."""
    owner = await office.hire()
    issued = await office.done("issueAccount", {"ownerId": owner}, "hr")
    await office.done(
        "assignRole",
        {"accountId": issued["account"]["id"], "role": "DEPUTY", "startsOn": "2026-05-20"},
        "administrator",
    )
    token = await office.enter(issued["login"], issued["password"])
    assert await office.me(token) == {"name": "Новикова Ольга Петровна", "roles": [], "mustChangePassword": True}
    for query in ("{ school { name } }", "{ me { sessions { id } } }", "{ me { account { login } } }"):
        answer = await office.ask(query, token=token)
        assert answer["data"] is None
        assert answer["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    mine = {"currentPassword": issued["password"]}
    for new in ("short", "x" * 129, issued["password"]):
        assert await office.refused("changePassword", {**mine, "newPassword": new}, token=token) == (
            *("BAD_INPUT", "newPassword", None),
        )
    other = await office.enter(issued["login"], issued["password"])
    await office.done("changePassword", {**mine, "newPassword": PASSWORD}, token=token)
    assert await office.me(token) == {
        "name": "Новикова Ольга Петровна",
        "roles": ["DEPUTY"],
        "mustChangePassword": False,
    }
    assert await office.me(other) is None, "the other sessions have ended"
    assert (await office.log_in(issued["login"], issued["password"]))["code"] == "BAD_CREDENTIALS"
    assert await office.me(await office.enter(issued["login"], PASSWORD))


async def test_a_one_time_password_has_its_time(office: Office) -> None:
    owner = await office.hire()
    issued = await office.done("issueAccount", {"ownerId": owner}, "hr")
    token = await office.enter(issued["login"], issued["password"])
    await office.db.execute("UPDATE account SET one_time_until = $1 WHERE login = $2", DEMO_NOW, issued["login"])
    given = {"login": issued["login"], "password": issued["password"]}
    assert await office.refused("logIn", given) == ("PASSWORD_EXPIRED", "password", "11.7")
    given = {"currentPassword": issued["password"], "newPassword": PASSWORD}
    refused = await office.refused("changePassword", given, token=token)
    assert refused == ("PASSWORD_EXPIRED", "currentPassword", "11.7")
    assert (await office.log_in(issued["login"], "wrong wrong"))["code"] == "BAD_CREDENTIALS", (
        "only who knows it learns"
    )
    again = await office.done("issueAccount", {"ownerId": owner}, "hr")
    assert again["login"] == issued["login"]
    assert again["password"] != issued["password"]
    assert await office.me(token) is None, "what was begun with the old one has ended"
    assert await office.enter(again["login"], again["password"])


async def test_changing_a_password_is_throttled(office: Office) -> None:
    _, login, token = await office.opened(await office.hire())
    wrong = {"currentPassword": "не тот пароль", "newPassword": "совсем другой"}
    for _ in range(5):
        refused = await office.refused("changePassword", wrong, token=token)
        assert refused == ("BAD_CREDENTIALS", "currentPassword", "11.7")
    right = {"currentPassword": PASSWORD, "newPassword": "совсем другой"}
    assert (await office.refused("changePassword", right, token=token))[:2] == ("TOO_MANY_ATTEMPTS", "currentPassword")
    assert (await office.log_in(login, PASSWORD))["code"] == "TOO_MANY_ATTEMPTS"
    await office.db.execute("DELETE FROM login_failure")


async def test_nobody_changes_no_password(office: Office) -> None:
    result = await office.run("changePassword", {"currentPassword": "a", "newPassword": PASSWORD})
    assert result["code"] == "UNAUTHENTICATED"
    result = await office.run("changePassword", {"currentPassword": "a" * 1001, "newPassword": PASSWORD}, "hr")
    assert result["code"] == "BAD_INPUT"


async def test_a_repeat_shows_no_password(office: Office) -> None:
    owner = await office.hire()
    given = {"ownerId": owner, "idempotencyKey": "once"}
    first = await office.done("issueAccount", given, "hr")
    before = await office.digest()
    second = await office.done("issueAccount", given, "hr")
    assert second["account"] == first["account"]
    assert (second["login"], second["password"]) == (first["login"], None)
    assert await office.digest() == before
    assert await office.enter(first["login"], first["password"])
    other = {**given, "ownerId": await office.hire()}
    assert (await office.refused("issueAccount", other, "hr"))[:2] == ("IDEMPOTENCY_KEY_REUSED", "idempotencyKey")


async def test_who_has_a_password_keeps_it(office: Office) -> None:
    owner = await office.hire()
    _, login, _ = await office.opened(owner)
    assert await office.refused("issueAccount", {"ownerId": owner}, "hr") == ("ALREADY_EXISTS", "ownerId", "11.7")
    fresh = await office.hire()
    issued = (await office.done("issueAccounts", {"ownerIds": [owner, fresh]}, "hr"))["accounts"]
    assert issued[0]["login"] == login
    assert [each["password"] is None for each in issued] == [True, False]
    assert await office.enter(login, PASSWORD)
    waiting = {"ownerId": fresh, "login": "another.login"}
    assert (await office.refused("issueAccount", waiting, "hr"))[:2] == ("ALREADY_EXISTS", "login")


async def test_a_chosen_login(office: Office) -> None:
    issued = await office.done("issueAccount", {"ownerId": await office.hire(), "login": " Nina.Ivanova "}, "hr")
    assert issued["login"] == "Nina.Ivanova"
    owner = await office.hire()
    for login in ("nina.ivanova", "TEACHER"):
        refused = await office.refused("issueAccount", {"ownerId": owner, "login": login}, "hr")
        assert refused == ("ALREADY_EXISTS", "login", "11.7")
    assert (await office.refused("issueAccount", {"ownerId": owner, "login": "я"}, "hr"))[:2] == ("BAD_INPUT", "login")
    issued = await office.done("issueAccount", {"ownerId": owner, "login": "nina"}, "hr")
    assert issued["login"] == "nina", "that others begin so is no matter"


# By whom


async def test_each_gives_accounts_within_their_own_reach(office: Office) -> None:
    """HR to who works here; the secretary to students and guardians who do not. All else is not there."""
    student = await office.enrol()
    teacher = await office.person()
    cards = {
        "staff": await office.hire(),
        "dismissed": await office.hire(until="2026-05-19"),
        "last day": await office.hire(until="2026-05-20"),
        "to come": await office.hire(since="2026-06-01"),
        "student": student,
        "guardian": await office.guard(student),
        "teacher": await office.hire(teacher),
        "teacher as guardian": await office.guard(student, person=teacher),
    }
    former = await office.person()
    cards["former teacher"] = await office.hire(former, until="2026-05-19")
    cards["former teacher as guardian"] = await office.guard(student, person=former)
    may = {
        "hr": {"staff", "last day", "to come", "teacher"},
        "secretary": {"student", "guardian", "former teacher as guardian"},
    }
    for login, reached in may.items():
        for name, owner in cards.items():
            if name not in reached:
                refused = await office.refused("issueAccount", {"ownerId": owner}, login)
                assert refused == ("NOT_FOUND", "ownerId", None), (login, name)
    nothing = await office.run("issueAccount", {"ownerId": gid("Staff", 2**40)}, "hr")
    assert await office.run("issueAccount", {"ownerId": cards["student"]}, "hr") == nothing
    for login, reached in may.items():
        for name in reached:
            assert (await office.done("issueAccount", {"ownerId": cards[name]}, login))["password"], name
    for wrong in ("", gid("Person", teacher), gid("Account", 1)):
        assert (await office.refused("issueAccount", {"ownerId": wrong}, "hr"))[:2] == ("BAD_ID", "ownerId")


async def test_whoever_holds_an_appointed_role_is_no_family_of_the_secretarys(office: Office) -> None:
    """The school's first administrator has no card of an employee (3.1), and may have a child here. The secretary
    neither sees that account nor gets a password for it, even while a reset one waits to be changed.
    """
    person = await office.person("Первая Анна Львовна")
    owner = await office.guard(await office.enrol(), person=person)
    _, login, _ = await office.opened(owner, "secretary")
    await office.db.execute(
        "INSERT INTO account_role (school_id, account_id, role, starts_on) "
        "SELECT school_id, id, 'administrator', '2026-05-20' FROM account WHERE login = $1",
        login,
    )
    await office.done("resetPassword", {"accountId": await office.account(login)}, "administrator")
    assert await office.refused("issueAccount", {"ownerId": owner}, "secretary") == ("NOT_FOUND", "ownerId", None)
    query = "query($search: String) { school { accounts(first: 5, search: $search) { nodes { login } } } }"
    for reader, seen in (("secretary", []), ("administrator", [{"login": login}])):
        token = await office.school.token(reader)
        page = (await office.ask(query, {"search": login}, token))["data"]["school"]["accounts"]
        assert page["nodes"] == seen
    await office.db.execute(
        "UPDATE account_role SET ends_on = '2026-05-19', starts_on = '2026-05-01' "
        "WHERE account_id = (SELECT id FROM account WHERE login = $1)",
        login,
    )
    assert (await office.done("issueAccount", {"ownerId": owner}, "secretary"))["password"]


async def test_a_list_of_people_all_or_none(office: Office) -> None:
    student = await office.enrol()
    guardian = await office.guard(student)
    assert (await office.refused("issueAccounts", {"ownerIds": [student, gid("Guardian", 2**40)]}, "secretary")) == (
        *("NOT_FOUND", "ownerIds.1", None),
    )
    assert (await office.refused("issueAccounts", {"ownerIds": [student, student]}, "secretary"))[:2] == (
        *("BAD_INPUT", "ownerIds.1"),
    )
    for wrong in ([], [student] * 101):
        assert (await office.refused("issueAccounts", {"ownerIds": wrong}, "secretary"))[:2] == (
            *("BAD_INPUT", "ownerIds"),
        )
    given = {"ownerIds": [guardian, student], "idempotencyKey": "a family"}
    issued = (await office.done("issueAccounts", given, "secretary"))["accounts"]
    logins = [each["login"] for each in issued]
    assert [login.rstrip("0123456789") for login in logins] == ["opekunova.il", "uchenitsyna.yl"]
    again = (await office.done("issueAccounts", given, "secretary"))["accounts"]
    assert [(each["login"], each["password"]) for each in again] == [(login, None) for login in logins]
    token = await office.enter(issued[0]["login"], issued[0]["password"])
    assert (await office.me(token) or {})["mustChangePassword"]


async def test_two_at_once_make_two_logins(office: Office) -> None:
    owners = [await office.hire() for _ in range(4)]
    await office.school.token("hr")
    issued = await asyncio.gather(*(office.done("issueAccount", {"ownerId": owner}, "hr") for owner in owners))
    assert len({each["login"] for each in issued}) == 4
    one = await office.hire()
    issued = await asyncio.gather(*(office.run("issueAccount", {"ownerId": one}, "hr") for _ in range(3)))
    logins = {each["login"] for each in issued if "login" in each}
    assert len(logins) == 1
    assert {each["code"] for each in issued if "code" in each} <= {"CONFLICT"}


@pytest.mark.usefixtures("real_passwords")
async def test_thirty_accounts_do_not_hold_up_the_loop(office: Office) -> None:
    """Whoever asks meanwhile is answered at once, and whoever signs in waits for one password, not for thirty."""
    owners = [await office.enrol() for _ in range(30)]
    await office.school.token("secretary")
    await office.school.token("parent")
    running = asyncio.create_task(office.done("issueAccounts", {"ownerIds": owners}, "secretary"))
    worst, asked = 0.0, 0
    while not running.done():
        began = time.perf_counter()
        await asyncio.sleep(0)
        worst, asked = max(worst, time.perf_counter() - began), asked + 1
        if asked == 20:
            began = time.perf_counter()
            assert await office.enter("parent", "classbook-demo")
            signing_in = time.perf_counter() - began
            assert not running.done()
        await asyncio.sleep(0.005)
    issued = (await running)["accounts"]
    assert len({each["login"] for each in issued}) == len({each["password"] for each in issued}) == 30
    assert worst < 0.5
    assert signing_in < 3


async def test_statements_do_not_grow_with_the_people(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    from resolvers.database import Transaction

    counted, fetch = [0], Transaction.fetch

    async def counting(self: Any, *args: Any, **kwargs: Any) -> Any:
        counted[0] += 1
        return await fetch(self, *args, **kwargs)

    monkeypatch.setattr(Transaction, "fetch", counting)
    found = []
    for count in (2, 12):
        owners = [await office.enrol() for _ in range(count)]
        counted[0] = 0
        await office.done("issueAccounts", {"ownerIds": owners}, "secretary")
        found.append(counted[0])
    assert found[0] == found[1] > 0


async def test_another_school_is_not_there(cluster: str, demo_template: tuple[str, Demo]) -> None:
    from server.demo import SMALL, make_demo

    async with opened(cluster, demo_template) as office:
        for login in ("hr", "secretary", "administrator", "director"):
            await office.school.token(login)
        await make_demo(office.db, SMALL, code="second")
        for login, table in (("hr", "staff"), ("secretary", "student"), ("secretary", "guardian")):
            other = await office.db.fetchval(f"SELECT max(id) FROM {table}")
            refused = await office.refused("issueAccount", {"ownerId": gid(table.title(), other)}, login)
            assert refused[0] == "NOT_FOUND"
        foreign = gid("Account", await office.db.fetchval("SELECT max(id) FROM account"))
        for command in ("lockAccount", "unlockAccount", "resetPassword"):
            assert (await office.refused(command, {"accountId": foreign}, "administrator"))[:2] == (
                *("NOT_FOUND", "accountId"),
            )
        given = {"accountId": foreign, "role": "TEACHER", "startsOn": "2026-05-20"}
        assert (await office.refused("assignRole", given, "administrator"))[0] == "NOT_FOUND"
        held = gid("AccountRole", await office.db.fetchval("SELECT max(id) FROM account_role"))
        refused = await office.refused("endRole", {"roleId": held, "endsOn": "2026-05-20"}, "administrator")
        assert refused[:2] == ("NOT_FOUND", "roleId")
        order = gid("AppointmentOrder", await office.db.fetchval("SELECT max(id) FROM appointment_order"))
        refused = await office.refused("cancelAppointmentOrder", {"orderId": order}, "director")
        assert refused[:2] == ("NOT_FOUND", "orderId")
        staff = gid("Staff", await office.db.fetchval("SELECT max(id) FROM staff"))
        given = {"number": "1", "dated": "2026-05-20", "responsibility": "TIMETABLE", "startsOn": "2026-05-20"}
        refused = await office.refused("issueAppointmentOrder", {**given, "staffId": staff}, "director")
        assert refused[:2] == ("NOT_FOUND", "staffId")
        assert "login" in (await office.done("issueAccount", {"ownerId": await office.hire()}, "hr"))


# Within three working days


DAYS = st.dates(date(2025, 1, 1), date(2026, 12, 31))


@given(DAYS, DAYS, st.sets(DAYS, max_size=5), st.sets(DAYS, max_size=5))
def test_overdue_is_what_was_hired_before(hired_on: date, today: date, worked: set[date], free: set[date]) -> None:
    days = WorkingDays(worked, free)
    assert (account_due(hired_on, days) < today) == (hired_on < first_in_time(today, days))


async def test_employees_without_an_account(office: Office) -> None:
    """Hired on Friday the 15th: Wednesday the 20th is the third working day, and still in time (11.9)."""
    await office.db.execute(
        "DELETE FROM staff WHERE person_id NOT IN (SELECT person_id FROM account WHERE person_id > 0)"
    )
    hired = {
        since: await office.hire(since=since) for since in ("2026-05-14", "2026-05-15", "2026-05-20", "2026-05-25")
    }
    await office.hire(since="2026-05-01", until="2026-05-19")
    query = (
        "query($overdue: Boolean) { school { missingAccounts(first: 10, overdue: $overdue) { totalCount "
        "nodes { hiredOn dueOn overdue staff { id } } } } }"
    )
    everybody = []
    for login in ("hr", "administrator", "deputy"):
        token = await office.school.token(login)
        answer = (await office.ask(query, token=token))["data"]["school"]["missingAccounts"]
        everybody.append(answer)
    assert everybody[0] == everybody[1] == everybody[2]
    nodes = everybody[0]["nodes"]
    assert [(each["hiredOn"], each["dueOn"], each["overdue"]) for each in nodes] == [
        ("2026-05-14", "2026-05-19", True),
        ("2026-05-15", "2026-05-20", False),
        ("2026-05-20", "2026-05-25", False),
        ("2026-05-25", "2026-05-28", False),
    ]
    assert [each["staff"]["id"] for each in nodes] == list(hired.values())
    late = (await office.ask(query, {"overdue": True}, token))["data"]["school"]["missingAccounts"]
    rest = (await office.ask(query, {"overdue": False}, token))["data"]["school"]["missingAccounts"]
    assert (late["totalCount"], rest["totalCount"]) == (1, 3)
    await office.done("issueAccount", {"ownerId": hired["2026-05-14"]}, "hr")
    assert (await office.ask(query, {"overdue": True}, token))["data"]["school"]["missingAccounts"]["nodes"] == []


async def test_a_term_counts_the_schools_own_days(office: Office) -> None:
    """A Saturday that is worked shortens the term, a Monday that is given away lengthens it (11.9)."""
    await office.db.execute(
        "DELETE FROM staff WHERE person_id NOT IN (SELECT person_id FROM account WHERE person_id > 0)"
    )
    await office.hire(since="2026-05-14")
    query = (
        "query($overdue: Boolean) { school { missingAccounts(first: 9, overdue: $overdue) "
        "{ totalCount nodes { dueOn overdue } } } }"
    )

    async def told() -> tuple[Any, int, int]:
        token = await office.school.token("hr")
        answers = [
            (await office.ask(query, {"overdue": overdue}, token))["data"]["school"]["missingAccounts"]
            for overdue in (None, True, False)
        ]
        (node,) = answers[0]["nodes"]
        return (node["dueOn"], node["overdue"]), answers[1]["totalCount"], answers[2]["totalCount"]

    assert await told() == (("2026-05-19", True), 1, 0)
    await move_day(office.db, "2026-05-18", "2026-05-24", [5])
    assert await told() == (("2026-05-19", True), 1, 0), "for some grades only: the school works all the same"
    await move_day(office.db, "2026-05-19", "2026-05-31")
    assert await told() == (("2026-05-20", False), 0, 1)
    await move_day(office.db, None, "2026-05-16", [5])
    assert await told() == (("2026-05-18", True), 1, 0)


async def test_nothing_secret_is_said(
    office: Office, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    issued = await office.done("issueAccount", {"ownerId": await office.hire()}, "hr")
    token = await office.enter(issued["login"], issued["password"])
    given = {"currentPassword": issued["password"], "newPassword": PASSWORD}
    await office.done("changePassword", given, token=token)
    said = "".join(capfd.readouterr()) + "\n".join(record.getMessage() for record in caplog.records)
    kept = await office.db.fetch(
        "SELECT input::text FROM audit_entry UNION ALL SELECT answer::text FROM idempotency_key "
        "UNION ALL SELECT account::text FROM account"
    )
    for secret in (issued["password"], PASSWORD):
        assert secret not in said
        assert [row for row in kept if secret in (row[0] or "")] == []
    assert "passwordHash" not in mutation("issueAccount")
