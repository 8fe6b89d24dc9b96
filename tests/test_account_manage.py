"""What the administrator does with accounts, what the director's orders do, and how access closes on its day."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from permissions.gates import Gate
from permissions.scopes import GRANTABLE
from rules.account import APPOINTED, Role, is_covered
from schema.build import gate_of
from server.demo import Demo

from .account_help import PASSWORD, PAYLOADS, Office, mutation, number_of, opened
from .journal_help import gid
from .oracle_shape import WHOLE
from .test_websocket import connected, listening

TODAY, YESTERDAY, TOMORROW, LATER = "2026-05-20", "2026-05-19", "2026-05-21", "2026-06-30"
OPEN_TO_ALL = {"changePassword", "logIn", "refreshSession"}
COMMANDS = sorted(PAYLOADS.keys() - OPEN_TO_ALL)
ADMIN, DIRECTOR = "administrator", "director"


@pytest.fixture(scope="module")
async def office(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Office]:
    """A school for this module to write in: each test with people of its own."""
    async with opened(cluster, demo_template) as office:
        for login in (ADMIN, DIRECTOR, "hr", "secretary"):
            await office.school.token(login)
        yield office


def gate_at(command: str) -> type[Gate]:
    """The gate of a command."""
    assert WHOLE.mutation_type
    found = gate_of(WHOLE.mutation_type.fields[command].extensions["strawberry-definition"])
    assert found
    return found


def given_for(command: str, account: str, staff: str) -> dict[str, Any]:
    """An input that the command would take."""
    account_id = {"accountId": account}
    return {
        "issueAccount": {"ownerId": staff},
        "issueAccounts": {"ownerIds": [staff]},
        "resetPassword": account_id,
        "createAnalystAccount": {"login": "another.analyst"},
        "createServiceAccount": {"login": "another.service", "grants": ["Mark"]},
        "setServiceGrants": {**account_id, "grants": ["Mark"]},
        "lockAccount": account_id,
        "unlockAccount": account_id,
        "assignRole": {**account_id, "role": "DIRECTOR", "startsOn": TODAY},
        "endRole": {"roleId": gid("AccountRole", 1), "endsOn": TODAY},
        "issueAppointmentOrder": order_of(staff),
        "endAppointment": {"orderId": gid("AppointmentOrder", 1), "endsOn": TODAY},
        "cancelAppointmentOrder": {"orderId": gid("AppointmentOrder", 1)},
    }[command]


def order_of(staff: str, responsibility: str = "TIMETABLE", **more: Any) -> dict[str, Any]:
    """An order as a director issues it."""
    given = {"number": "7-о", "dated": TODAY, "responsibility": responsibility, "staffId": staff, "startsOn": TODAY}
    return {**given, **more}


# Who may


def test_whose_commands_they_are() -> None:
    expected = {
        **dict.fromkeys(COMMANDS, frozenset({Role.ADMINISTRATOR})),
        **dict.fromkeys(("issueAccount", "issueAccounts"), frozenset({Role.HR, Role.SECRETARY})),
        **dict.fromkeys(
            ("issueAppointmentOrder", "endAppointment", "cancelAppointmentOrder"), frozenset({Role.DIRECTOR})
        ),
    }
    assert {command: gate_at(command).roles for command in COMMANDS} == expected


@pytest.mark.parametrize("command", COMMANDS)
async def test_nobody_else_has_the_command(office: Office, command: str) -> None:
    """In their own schema it does not exist; a gateway's whole schema refuses it. Nothing is written."""
    given = given_for(command, await office.account("teacher"), await office.card("teacher"))
    for login in office.school.demo.logins:
        if gate_at(command).admits(login.roles):
            continue
        token, service = await office.school.token(login.login), await office.school.token("service")
        before = await office.digest()
        answer = await office.ask(mutation(command), {"input": given}, token)
        assert answer["data"] is None
        messages = " ".join(each["message"] for each in answer["errors"])
        assert f"Cannot query field '{command}' on type 'Mutation'." in messages
        headers = {"classbook-service": f"Bearer {service}", "authorization": f"Bearer {token}"}
        body = {"query": mutation(command), "variables": {"input": given}}
        answer = (await office.school.client.post("/federation", json=body, headers=headers)).json()
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"], login
        assert await office.digest() == before


# Locks and resets


async def test_a_lock_closes_at_once(office: Office) -> None:
    account, login, token = await office.opened(await office.hire())
    locked = await office.done("lockAccount", {"accountId": account}, ADMIN)
    assert locked["account"]["lockedAt"]
    assert await office.me(token) is None
    assert (await office.log_in(login, PASSWORD))["code"] == "BAD_CREDENTIALS"
    opened = await office.done("unlockAccount", {"accountId": account}, ADMIN)
    assert opened["account"]["lockedAt"] is None
    assert await office.me(token) is None, "what has ended has ended"
    assert await office.enter(login, PASSWORD)
    outcomes = [(each["login"], each["outcome"]) for each in await office.entries("lockAccount")]
    assert outcomes[-1] == (ADMIN, "done")


async def test_a_lock_closes_open_connections(office: Office, tmp_path: Path) -> None:
    """Who asks is found out anew for each operation: the next one ends the connection."""
    account, _, token = await office.opened(await office.hire())
    async with listening(office.school, tmp_path) as address, connected(address, token) as client:
        assert (await client.ask("{ me { roles } }"))["data"] == {"me": {"roles": []}}
        await office.done("lockAccount", {"accountId": account}, ADMIN)
        await client.send("subscribe", id="2", payload={"query": "{ me { roles } }"})
        assert await client.closed() == 4401


async def test_a_reset_gives_another_password(office: Office) -> None:
    account, login, token = await office.opened(await office.hire())
    reset = await office.done("resetPassword", {"accountId": account}, ADMIN)
    assert (reset["login"], reset["account"]["oneTimeUntil"]) == (login, reset["oneTimeUntil"])
    assert await office.me(token) is None
    assert (await office.log_in(login, PASSWORD))["code"] == "BAD_CREDENTIALS"
    token = await office.enter(login, reset["password"])
    assert (await office.me(token) or {})["mustChangePassword"]


async def test_a_log_in_under_way_does_not_outlive_a_reset(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The password fits when it is looked at; before the session begins, it has been changed, or the door closed."""
    from resolvers import account_commands

    verify = account_commands.verify_password
    for command in ("resetPassword", "lockAccount"):
        account, login, _ = await office.opened(await office.hire())

        async def slow(stored: str | None, password: str, command: str = command, account: str = account) -> bool:
            fits = await verify(stored, password)
            monkeypatch.setattr(account_commands, "verify_password", verify)
            await office.done(command, {"accountId": account}, ADMIN)
            return fits

        monkeypatch.setattr(account_commands, "verify_password", slow)
        assert (await office.log_in(login, PASSWORD))["code"] == "BAD_CREDENTIALS"
        query = "SELECT count(*) FROM session WHERE account_id = $1 AND ended_at IS NULL"
        assert await office.db.fetchval(query, number_of(account)) == 0


# Roles


async def test_a_role_has_its_days(office: Office) -> None:
    account, _, token = await office.opened(await office.hire(until=LATER))
    given = {"accountId": account, "role": "TEACHER"}
    assert (await office.me(token) or {})["roles"] == []
    first = await office.done("assignRole", {**given, "startsOn": TODAY, "endsOn": TODAY}, ADMIN)
    assert first["role"]["order"] is None
    assert (await office.me(token) or {})["roles"] == ["TEACHER"]
    await office.done("assignRole", {**given, "startsOn": TOMORROW, "endsOn": LATER}, ADMIN)
    for days in ({"startsOn": TODAY, "endsOn": TODAY}, {"startsOn": "2026-06-30", "endsOn": "2026-06-30"}):
        refused = await office.refused("assignRole", {**given, **days}, ADMIN)
        assert refused == ("ALREADY_EXISTS", "role", None)
    other = {**given, "role": "DEPUTY"}
    for days, refusal in (
        ({"startsOn": YESTERDAY, "endsOn": LATER}, ("BAD_INPUT", "startsOn", None)),
        ({"startsOn": TOMORROW, "endsOn": TODAY}, ("BAD_INPUT", "endsOn", None)),
        ({"startsOn": TODAY}, ("NOT_EMPLOYED", "endsOn", "11.6")),
        ({"startsOn": TODAY, "endsOn": "2026-07-01"}, ("NOT_EMPLOYED", "endsOn", "11.6")),
    ):
        assert await office.refused("assignRole", {**other, **days}, ADMIN) == refusal
    for role in set(Role) - APPOINTED:
        result = await office.run("assignRole", {**given, "role": role.name, "startsOn": TODAY}, ADMIN)
        assert (result["code"], result["field"]) == ("BAD_INPUT", "role")
    analyst = {**given, "accountId": await office.account("analyst"), "startsOn": TODAY}
    assert await office.refused("assignRole", analyst, ADMIN) == ("BAD_INPUT", "accountId", None)


async def test_roles_are_for_employees(office: Office) -> None:
    student = await office.enrol()
    account, _, _ = await office.opened(await office.guard(student), "secretary")
    given = {"accountId": account, "role": "TEACHER", "startsOn": TODAY}
    assert await office.refused("assignRole", given, ADMIN) == ("NOT_EMPLOYED", "startsOn", "11.6")
    account, _, _ = await office.opened(await office.hire(since=TOMORROW))
    given["accountId"] = account
    assert await office.refused("assignRole", given, ADMIN) == ("NOT_EMPLOYED", "startsOn", "11.6")
    await office.done("assignRole", {**given, "startsOn": TOMORROW}, ADMIN)


async def test_ending_a_role(office: Office) -> None:
    account, _, token = await office.opened(await office.hire())
    given = {"accountId": account, "role": "TEACHER", "startsOn": TODAY}
    role = (await office.done("assignRole", given, ADMIN))["role"]["id"]
    refusals = {"2026-05-18": ("BAD_INPUT", "endsOn", None)}
    for day, refusal in refusals.items():
        assert await office.refused("endRole", {"roleId": role, "endsOn": day}, ADMIN) == refusal
    ended = await office.done("endRole", {"roleId": role, "endsOn": TOMORROW}, ADMIN)
    assert (ended["role"]["endsOn"], ended["account"]["id"]) == (TOMORROW, account)
    assert await office.refused("endRole", {"roleId": role, "endsOn": LATER}, ADMIN) == ("BAD_INPUT", "endsOn", None)
    assert (await office.me(token) or {})["roles"] == ["TEACHER"]
    gone = await office.done("endRole", {"roleId": role, "endsOn": YESTERDAY}, ADMIN)
    assert gone["role"] is None
    assert (await office.me(token) or {})["roles"] == []
    assert (await office.refused("endRole", {"roleId": role, "endsOn": TODAY}, ADMIN))[:2] == ("NOT_FOUND", "roleId")


async def test_the_last_administrator_stays(cluster: str, demo_template: tuple[str, Demo]) -> None:
    async with opened(cluster, demo_template) as office:
        await _the_last_administrator_stays(office)


async def _the_last_administrator_stays(office: Office) -> None:
    admin = await office.account(ADMIN)
    order = await office.db.fetchval(
        "SELECT order_id FROM account_role WHERE account_id = $1 AND ends_on IS NULL", number_of(admin)
    )
    order_id = {"orderId": gid("AppointmentOrder", order)}
    last = "LAST_ADMINISTRATOR"
    assert await office.refused("lockAccount", {"accountId": admin}, ADMIN) == (last, "accountId", "11.2")
    for day in (YESTERDAY, TODAY, LATER):
        refused = await office.refused("endAppointment", {**order_id, "endsOn": day}, DIRECTOR)
        assert refused == (last, "orderId", "11.2")
    assert await office.refused("cancelAppointmentOrder", order_id, DIRECTOR) == (last, "orderId", "11.2")
    staff = await office.hire()
    issued = await office.done("issueAccount", {"ownerId": staff}, "hr")
    given = {"accountId": issued["account"]["id"], "role": "ADMINISTRATOR", "startsOn": TODAY}
    role = (await office.done("assignRole", given, ADMIN))["role"]["id"]
    assert (await office.refused("lockAccount", {"accountId": admin}, ADMIN))[0] == last, "who has not entered is none"
    token = await office.enter(issued["login"], issued["password"])
    changed = {"currentPassword": issued["password"], "newPassword": PASSWORD}
    await office.done("changePassword", changed, token=token)
    async with office.turn("roles", waiting=2):
        locking = asyncio.gather(
            office.run("lockAccount", {"accountId": admin}, token=token),
            office.run("lockAccount", {"accountId": issued["account"]["id"]}, ADMIN),
        )
    locks = await locking
    assert sorted(each.get("code", "done") for each in locks) == [last, "done"], "not both at once"
    await office.db.execute("UPDATE account SET locked_at = NULL")
    await office.db.execute("UPDATE session SET ended_at = NULL WHERE account_id = $1", number_of(admin))
    dismissed = await _dismissals(office)
    assert await dismissed(await office.card(ADMIN), TODAY) == "done", "there is another"
    assert await dismissed(staff, "2026-06-30") == last, "by then there is no other"
    assert (await office.refused("endRole", {"roleId": role, "endsOn": LATER}, ADMIN))[0] == last
    assert (await office.refused("lockAccount", {"accountId": given["accountId"]}, ADMIN))[0] == last
    await office.db.execute("UPDATE staff SET dismissed_on = NULL")
    assert await dismissed(staff, "2026-06-20") == "done"
    for day in ("2026-06-14", "2026-06-20"):
        assert (await office.refused("endAppointment", {**order_id, "endsOn": day}, DIRECTOR))[0] == last
    await office.db.execute("UPDATE staff SET dismissed_on = NULL")
    await office.done("endRole", {"roleId": role, "endsOn": "2026-06-15"}, ADMIN)
    for day in ("2026-06-14", "2026-06-15"):
        refused = await office.refused("endAppointment", {**order_id, "endsOn": day}, DIRECTOR)
        assert refused == (last, "orderId", "11.2"), "from the 16th on there would be nobody"
    assert await dismissed(await office.card(ADMIN), "2026-06-10") == last
    await office.db.execute("UPDATE account_role SET ends_on = '2026-06-18' WHERE order_id = $1", order)
    await office.db.execute("UPDATE appointment_order SET ends_on = '2026-06-18' WHERE id = $1", order)
    await office.done("endRole", {"roleId": role, "endsOn": "2026-06-14"}, ADMIN)
    assert (await office.refused("endAppointment", {**order_id, "endsOn": "2026-06-13"}, DIRECTOR))[0] == last
    await office.db.execute("UPDATE account_role SET ends_on = NULL WHERE order_id = $1", order)
    await office.db.execute("UPDATE appointment_order SET ends_on = NULL WHERE id = $1", order)
    await office.done("endRole", {"roleId": role, "endsOn": YESTERDAY}, ADMIN)


async def _dismissals(office: Office) -> Callable[[str, str], Awaitable[str]]:
    """What becomes of a dismissal by HR: done, or the code of the refusal, which names the employee."""
    query = (
        "mutation($input: DismissStaffInput!) { dismissStaff(input: $input) { __typename "
        "... on Refusal { code field clause } } }"
    )
    token = await office.school.token("hr")

    async def dismissed(staff: str, day: str) -> str:
        answer = await office.ask(query, {"input": {"staffId": staff, "dismissedOn": day}}, token)
        result = answer["data"]["dismissStaff"]
        assert "code" not in result or (result["field"], result["clause"]) == ("staffId", "11.2"), result
        return str(result.get("code", "done"))

    return dismissed


DAYS = st.dates(date(2026, 5, 1), date(2026, 5, 15))
SPANS = st.tuples(DAYS, st.none() | DAYS)


@drawn(SPANS, st.lists(SPANS, max_size=5))
def test_covered_is_covered_day_by_day(span: tuple[date, date | None], others: list[tuple[date, date | None]]) -> None:
    """On every day of the span, as far as it goes, one of the others lasts."""
    first, last = span
    far = date(2026, 6, 1)
    days = [first + timedelta(days=n) for n in range(((last or far) - first).days + 1)]
    covered = all(any(a <= day and (b is None or day <= b) for a, b in others) for day in days)
    assert is_covered(span, others) is covered or not days


# Analysts and services


async def test_an_analyst(office: Office) -> None:
    given = {"login": "analyst.two", "idempotencyKey": "an analyst"}
    made = await office.done("createAnalystAccount", given, ADMIN)
    assert made["account"]["kind"] == "ANALYST"
    token = await office.enter("analyst.two", made["password"])
    assert (await office.me(token) or {})["roles"] == []
    changed = {"currentPassword": made["password"], "newPassword": PASSWORD}
    await office.done("changePassword", changed, token=token)
    assert (await office.me(token) or {})["roles"] == ["ANALYST"]
    again = await office.done("createAnalystAccount", given, ADMIN)
    assert (again["account"]["id"], again["password"]) == (made["account"]["id"], None)
    taken = await office.refused("createAnalystAccount", {"login": "Analyst.Two"}, ADMIN)
    assert taken == ("ALREADY_EXISTS", "login", "11.7")
    assert (await office.refused("createAnalystAccount", {"login": "ы"}, ADMIN))[:2] == ("BAD_INPUT", "login")


async def test_a_service(office: Office) -> None:
    """It reads what its grants name from its first log-in on: a machine changes no password."""
    given = {"login": "library", "grants": ["Student", "Student"]}
    made = await office.done("createServiceAccount", given, ADMIN)
    assert made["account"]["grants"] == [{"name": "Student"}]
    assert made["oneTimeUntil"] is None
    token = await office.enter("library", made["password"])
    assert (await office.me(token) or {})["roles"] == ["SERVICE"]
    asked = "{ school { students(first: 1) { totalCount } staff(first: 1) { totalCount } } }"
    counts = (await office.ask(asked, token=token))["data"]["school"]
    assert counts["students"]["totalCount"] > 0 == counts["staff"]["totalCount"]
    account = made["account"]["id"]
    changed = await office.done("setServiceGrants", {"accountId": account, "grants": ["Staff", "Mark"]}, ADMIN)
    assert changed["account"]["grants"] == [{"name": "Mark"}, {"name": "Staff"}]
    counts = (await office.ask(asked, token=token))["data"]["school"]
    assert counts["students"]["totalCount"] == 0 < counts["staff"]["totalCount"]
    for wrong in ("Nothing", "Account", "Session", "School", "mark", ""):
        refused = await office.refused("setServiceGrants", {"accountId": account, "grants": ["Mark", wrong]}, ADMIN)
        assert refused == ("BAD_INPUT", "grants.1", None)
    bad = await office.refused("createServiceAccount", {"login": "other", "grants": ["Nothing"]}, ADMIN)
    assert bad == ("BAD_INPUT", "grants.0", None)
    people = {"accountId": await office.account("teacher"), "grants": []}
    assert await office.refused("setServiceGrants", people, ADMIN) == ("BAD_INPUT", "accountId", None)
    assert "Account" not in GRANTABLE
    reset = await office.done("resetPassword", {"accountId": account}, ADMIN)
    assert reset["oneTimeUntil"] is None
    assert await office.enter("library", reset["password"])


# Orders


async def test_an_order_gives_and_ends_the_role(office: Office) -> None:
    staff = await office.hire()
    account, _, token = await office.opened(staff)
    given = order_of(staff, startsOn="2026-05-18", idempotencyKey="order 7")
    issued = (await office.done("issueAppointmentOrder", given, DIRECTOR))["order"]
    assert (issued["state"], issued["startsOn"], issued["version"]) == ("ISSUED", "2026-05-18", 1)
    assert (await office.done("issueAppointmentOrder", given, DIRECTOR))["order"] == issued
    assert (await office.me(token) or {})["roles"] == ["DEPUTY"], "who answers for the timetable is one (6.2)"
    query = "query($id: ID!) { node(id: $id) { ... on Account { roles { id startsOn order { number } } } } }"
    read = await office.ask(query, {"id": account}, await office.school.token(ADMIN))
    (role,) = read["data"]["node"]["roles"]
    assert (role["startsOn"], role["order"]) == (TODAY, {"number": "7-о"}), "not for days gone by"
    refused = await office.run("endRole", {"roleId": role["id"], "endsOn": TODAY}, ADMIN)
    assert (refused["code"], refused["field"], refused["clause"]) == ("ROLE_BY_ORDER", "roleId", "11.2")
    assert "№ 7-о от 20.05.2026" in refused["message"]
    again = {"accountId": account, "role": "DEPUTY", "startsOn": TODAY}
    refused = await office.run("assignRole", again, ADMIN)
    assert (refused["code"], "№ 7-о" in refused["message"]) == ("ALREADY_EXISTS", True)
    order = {"orderId": issued["id"]}
    assert (await office.refused("endAppointment", {**order, "endsOn": LATER, "ifVersion": 2}, DIRECTOR))[:2] == (
        *("CONFLICT", "ifVersion"),
    )
    ended = (await office.done("endAppointment", {**order, "endsOn": LATER, "ifVersion": 1}, DIRECTOR))["order"]
    assert (ended["endsOn"], ended["version"]) == (LATER, 2)
    for day in ("2026-05-18", "2026-07-01"):
        refused_day = await office.refused("endAppointment", {**order, "endsOn": day}, DIRECTOR)
        assert refused_day == ("BAD_INPUT", "endsOn", None)
    ends = await office.db.fetchval("SELECT ends_on FROM account_role WHERE id = $1", number_of(role["id"]))
    assert ends.isoformat() == LATER
    cancelled = (await office.done("cancelAppointmentOrder", {**order, "reason": "Ошибка"}, DIRECTOR))["order"]
    assert (cancelled["state"], cancelled["cancelledOn"], cancelled["reason"]) == ("CANCELLED", TODAY, "Ошибка")
    assert (await office.me(token) or {})["roles"] == []
    assert (await office.refused("cancelAppointmentOrder", order, DIRECTOR))[:2] == ("CONFLICT", "orderId")
    assert (await office.refused("endAppointment", {**order, "endsOn": TODAY}, DIRECTOR))[:2] == ("CONFLICT", "orderId")
    kept = await office.db.fetch(
        "SELECT version FROM history WHERE relation = 'appointment_order' AND row_id = $1", number_of(issued["id"])
    )
    assert [row["version"] for row in kept] == [1, 2]


async def test_an_order_ends_a_role_of_earlier_days(office: Office) -> None:
    """Cancelled, the role was held until yesterday: that stays true."""
    staff = await office.hire()
    account, _, token = await office.opened(staff)
    order = (await office.done("issueAppointmentOrder", order_of(staff, "STUDENT_CARDS"), DIRECTOR))["order"]
    await office.db.execute(
        "UPDATE account_role SET starts_on = '2026-05-13' WHERE account_id = $1", number_of(account)
    )
    assert (await office.me(token) or {})["roles"] == ["SECRETARY"]
    await office.done("cancelAppointmentOrder", {"orderId": order["id"]}, DIRECTOR)
    assert (await office.me(token) or {})["roles"] == []
    ends = await office.db.fetchval("SELECT ends_on FROM account_role WHERE account_id = $1", number_of(account))
    assert ends.isoformat() == YESTERDAY


@pytest.mark.parametrize(
    ("responsibility", "role"),
    [
        ("ADMINISTRATION", "ADMINISTRATOR"),
        ("STAFF_CARDS", "HR"),
        ("STUDENT_CARDS", "SECRETARY"),
        ("TIMETABLE", "DEPUTY"),
    ],
)
async def test_which_role_comes_with_it(office: Office, responsibility: str, role: str) -> None:
    staff = await office.hire()
    _, _, token = await office.opened(staff)
    future = order_of(staff, responsibility, number="1", startsOn=TODAY, endsOn=TODAY)
    await office.done("issueAppointmentOrder", future, DIRECTOR)
    assert (await office.me(token) or {})["roles"] == [role]
    later = order_of(staff, responsibility, number="2", startsOn=TOMORROW)
    order = (await office.done("issueAppointmentOrder", later, DIRECTOR))["order"]
    overlapping = order_of(staff, responsibility, number="3", startsOn=LATER)
    refused = await office.refused("issueAppointmentOrder", overlapping, DIRECTOR)
    assert refused == ("ALREADY_EXISTS", "startsOn", None)
    await office.done("cancelAppointmentOrder", {"orderId": order["id"]}, DIRECTOR)
    await office.done("issueAppointmentOrder", overlapping, DIRECTOR)
    assert (await office.refused("issueAppointmentOrder", overlapping, DIRECTOR))[:2] == ("ALREADY_EXISTS", "number")


async def test_the_use_of_the_system_is_a_deputys(office: Office) -> None:
    staff = await office.hire()
    account, _, token = await office.opened(staff)
    use = order_of(staff, "USE_OF_SYSTEM")
    assert await office.refused("issueAppointmentOrder", use, DIRECTOR) == ("NOT_DEPUTY", "staffId", "11.2")
    await office.done("issueAppointmentOrder", order_of(staff, number="8-о"), DIRECTOR)
    assert (await office.refused("issueAppointmentOrder", use, DIRECTOR))[0] == "NOT_DEPUTY", "the timetable is not it"
    other = await office.hire()
    account, _, token = await office.opened(other)
    deputy = {"accountId": account, "role": "DEPUTY", "startsOn": TODAY}
    role = (await office.done("assignRole", deputy, ADMIN))["role"]["id"]
    order = (await office.done("issueAppointmentOrder", {**use, "staffId": other}, DIRECTOR))["order"]
    assert (await office.me(token) or {})["roles"] == ["DEPUTY"]
    refused = await office.refused("endRole", {"roleId": role, "endsOn": TODAY}, ADMIN)
    assert refused == ("ROLE_BY_ORDER", "roleId", "11.2")
    await office.done("endAppointment", {"orderId": order["id"], "endsOn": TODAY}, DIRECTOR)
    await office.done("endRole", {"roleId": role, "endsOn": TODAY}, ADMIN)


async def test_what_is_no_order(office: Office) -> None:
    staff = await office.hire(until=LATER)
    given = order_of(staff, endsOn=LATER)
    assert await office.refused("issueAppointmentOrder", given, DIRECTOR) == ("NO_ACCOUNT", "staffId", "11.8")
    await office.opened(staff)
    for more, refusal in (
        ({"number": " "}, ("BAD_INPUT", "number", None)),
        ({"number": "9" * 51}, ("BAD_INPUT", "number", None)),
        ({"dated": TOMORROW}, ("BAD_INPUT", "dated", None)),
        ({"endsOn": YESTERDAY}, ("BAD_INPUT", "endsOn", None)),
        ({"endsOn": None}, ("NOT_EMPLOYED", "endsOn", "11.6")),
        ({"startsOn": "2026-05-01"}, ("NOT_EMPLOYED", "startsOn", "11.6")),
        ({"staffId": gid("Staff", 2**40)}, ("NOT_FOUND", "staffId", None)),
        ({"staffId": "x"}, ("BAD_ID", "staffId", None)),
    ):
        assert await office.refused("issueAppointmentOrder", {**given, **more}, DIRECTOR) == refusal
    order = (await office.done("issueAppointmentOrder", given, DIRECTOR))["order"]["id"]
    long = {"orderId": order, "reason": "я" * 1001}
    assert await office.refused("cancelAppointmentOrder", long, DIRECTOR) == ("BAD_INPUT", "reason", None)


async def test_the_register_of_orders(office: Office) -> None:
    query = (
        "query($first: Int!, $after: String, $state: AppointmentState, $responsibility: Responsibility, $on: Date) "
        "{ school { appointmentOrders(first: $first, after: $after, state: $state, responsibility: $responsibility, "
        "on: $on) { totalCount nodes { number state responsibility staff { name appointmentOrders { number } } } "
        "pageInfo { endCursor } } } }"
    )
    for login in (DIRECTOR, "deputy", "hr", ADMIN):
        token = await office.school.token(login)
        page = (await office.ask(query, {"first": 3}, token))["data"]["school"]["appointmentOrders"]
        assert [each["number"] for each in page["nodes"]] == ["100-о", "101-о", "102-о"]
        after = {"first": 3, "after": page["pageInfo"]["endCursor"]}
        page = (await office.ask(query, after, token))["data"]["school"]["appointmentOrders"]
        assert [each["number"] for each in page["nodes"]] == ["103-о", "104-о", "105-о"]
        gone = {"first": 9, "responsibility": "TIMETABLE", "on": "2025-09-01"}
        page = (await office.ask(query, gone, token))["data"]["school"]["appointmentOrders"]
        assert [each["number"] for each in page["nodes"]] == ["101-о"], "105-о was cancelled"
        page = (await office.ask(query, {"first": 1, "state": "CANCELLED"}, token))["data"]["school"]
        assert page["appointmentOrders"]["nodes"][0]["number"] == "105-о"


# Access closes on its day


async def test_dismissal_closes_the_account(office: Office) -> None:
    """From the day after the last day of work, without anybody's doing."""
    owner = await office.hire()
    account, login, token = await office.opened(owner)
    await office.done("assignRole", {"accountId": account, "role": "TEACHER", "startsOn": TODAY}, ADMIN)
    entered = await office.log_in(login, PASSWORD)
    for last, roles in ((TODAY, ["TEACHER"]), (YESTERDAY, [])):
        await office.db.execute("UPDATE staff SET dismissed_on = $1::text::date WHERE id = $2", last, number_of(owner))
        assert (await office.me(token) or {})["roles"] == roles
        assert ("accessToken" in await office.log_in(login, PASSWORD)) == bool(roles)
    refused = await office.refused("logIn", {"login": login, "password": PASSWORD})
    assert refused == ("ACCESS_CLOSED", "login", "11.6")
    assert (await office.entries("logIn"))[-1]["outcome"] == "ACCESS_CLOSED"
    assert (await office.log_in(login, "wrong wrong"))["code"] == "BAD_CREDENTIALS", (
        "only who knows the password learns"
    )
    assert (await office.run("refreshSession", {"refreshToken": entered["refreshToken"]}))["code"] == "SESSION_ENDED"
    assert await office.me(entered["accessToken"]) is None, "a refresh ended that session"
    assert (await office.entries("refreshSession"))[-1]["outcome"] == "ACCESS_CLOSED"


async def test_departure_closes_the_familys_access(office: Office) -> None:
    """The student's, and that of guardians who have no other child here; the other child stays theirs to see."""
    leaving, staying = await office.enrol(), await office.enrol()
    of_one, of_two = await office.guard(leaving), await office.guard(leaving, staying)
    people = [await office.opened(each, "secretary") for each in (leaving, of_one, of_two)]
    for last in (TODAY, YESTERDAY):
        await office.leave(leaving, last)
        open_ = last == TODAY
        for (_, login, token), role, stays in zip(
            people, ("STUDENT", "PARENT", "PARENT"), (open_, open_, True), strict=True
        ):
            assert (await office.me(token) or {})["roles"] == ([role] if stays else [])
            result = await office.log_in(login, PASSWORD)
            assert result.get("code", "done") == ("done" if stays else "ACCESS_CLOSED")
        children = (await office.ask("{ me { children { id } } }", token=people[2][2]))["data"]["me"]["children"]
        assert {each["id"] for each in children} == ({leaving, staying} if open_ else {staying})


async def test_who_is_yet_to_come_may_sign_in(office: Office) -> None:
    """An employee before the first day, a student enrolled from tomorrow and their parent: to choose a password."""
    student = await office.enrol(since=date.fromisoformat(TOMORROW))
    for owner, by, roles in (
        (await office.hire(since=LATER), "hr", []),
        (student, "secretary", []),
        (await office.guard(student), "secretary", ["PARENT"]),
    ):
        _, _, token = await office.opened(owner, by)
        assert (await office.me(token) or {})["roles"] == roles


# Reading


async def test_who_reads_whose_account(office: Office) -> None:
    """Everybody their own; HR those of staff, the secretary those of families; a teacher who is a parent is staff."""
    query = "query($search: String) { school { accounts(first: 100, search: $search) { nodes { login name } } } }"
    logins = ("teacher", "teacher-parent", "student", "parent", "analyst", "service", "deputy")
    sees = {
        "hr": {"teacher", "teacher-parent", "deputy", "hr"},
        "secretary": {"student", "parent", "secretary"},
        ADMIN: {*logins, ADMIN},
    }
    for reader, expected in sees.items():
        token = await office.school.token(reader)
        found = set()
        for login in {*logins, reader}:
            page = (await office.ask(query, {"search": login.upper()}, token))["data"]["school"]["accounts"]
            found |= {each["login"] for each in page["nodes"] if each["login"] in {*logins, reader}}
        assert found == expected, reader
    for login in logins:
        token = await office.school.token(login)
        mine = (await office.ask("{ me { account { login lockedAt signedInAt oneTimeUntil } } }", token=token))["data"]
        assert mine["me"]["account"]["login"] == login
        assert mine["me"]["account"]["signedInAt"].startswith("2026-05-20")
        node = "query($id: ID!) { node(id: $id) { id } }"
        other = await office.account("hr")
        assert (await office.ask(node, {"id": other}, token))["data"]["node"] is None
        assert "accounts" not in (await office.ask("{ _service { sdl } }", token=token))["data"]["_service"]["sdl"]


async def test_accounts_by_role_and_lock(office: Office) -> None:
    query = (
        "query($role: Role, $locked: Boolean) { school { accounts(first: 100, role: $role, locked: $locked) "
        "{ nodes { login lockedAt } } } }"
    )
    token = await office.school.token(ADMIN)

    async def listed(**given: Any) -> list[Any]:
        found: list[Any] = (await office.ask(query, given, token))["data"]["school"]["accounts"]["nodes"]
        return found

    assert [each["login"] for each in await listed(role="DIRECTOR")] == ["director"]
    assert "service" in [each["login"] for each in await listed(role="SERVICE")]
    assert all(each["lockedAt"] for each in await listed(locked=True))
    assert not any(each["lockedAt"] for each in await listed(locked=False))
    assert "t002" in [each["login"] for each in await listed(locked=True)]


def test_no_hash_is_in_any_statement() -> None:
    """A secret column is in no scope, so no edge can read it."""
    from permissions.account import visible_accounts

    assert "password_hash" not in visible_accounts.for_roles(frozenset(Role)).selected_columns
    assert "password_hash" not in str(visible_accounts.for_roles(frozenset(Role)))
    assert not [name for name in WHOLE.type_map["Account"].fields if "assword" in name]  # type: ignore[union-attr]
