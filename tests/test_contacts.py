"""Contacts of students and guardians: kept and shown only while a decision of the school is in force (4.8)."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest

from rules.account import Role
from rules.school import Contact, ContactsOf
from server.demo import Demo

from .conftest import School
from .school_help import Office, gid, office_of

TODAY = date(2026, 5, 20)
FAR = {"number": "17", "decidedOn": "2026-05-01", "startsOn": "2026-05-01"}


@pytest.fixture(scope="module")
async def office(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Office]:
    """A school that has decided to collect nothing, with every contact of everybody from before."""
    async with office_of(cluster, demo_template) as office:
        await office.db.execute("DELETE FROM contact_decision")
        await office.db.execute("UPDATE person SET phone = '8-SECRET', email = 's@SECRET', address = 'ул. SECRET'")
        yield office


@pytest.fixture(autouse=True)
async def undecided(office: Office) -> AsyncIterator[None]:
    """Each test begins without a decision."""
    yield
    await office.db.execute("DELETE FROM contact_decision")


async def decide(office: Office, contact: str, of: str, starts: int = 0, ends: int | None = None) -> str:
    """Put a decision into force so many days from today on; gives its id."""
    number = await office.db.fetchval(
        "INSERT INTO contact_decision (school_id, number, decided_on, contact, contacts_of, starts_on, ends_on,"
        " changed_at) SELECT school_id, '1', $1, $2, $3, $1, $4, now() FROM school WHERE code = 'demo' RETURNING id",
        *(TODAY + timedelta(days=starts), contact, of, None if ends is None else TODAY + timedelta(days=ends)),
    )
    return gid("ContactDecision", number)


CONTACTS = "phone email address"
GUARDIAN = f"guardianships {{ guardian {{ id {CONTACTS} }} }}"
STUDENT = f"{{ card {{ {CONTACTS} }} {GUARDIAN} }}"
SHOWN = {
    "the office, in lists": f"{{ school {{ students(first: 100) {{ nodes {STUDENT} }} }} }}",
    "the own child": f"{{ me {{ children {STUDENT} }} }}",
    "oneself": f"{{ me {{ student {STUDENT} }} }}",
    "the own class": f"{{ me {{ ledClasses {{ students {STUDENT} }} }} }}",
}
WHO = {
    "director": "the office, in lists",
    "deputy": "the office, in lists",
    "secretary": "the office, in lists",
    "administrator": "the office, in lists",
    "parent": "the own child",
    "student": "oneself",
    "class-teacher": "the own class",
}


def cards(value: Any) -> list[dict[str, Any]]:
    """Every object of an answer that holds contacts."""
    if isinstance(value, list):
        return [found for each in value for found in cards(each)]
    if isinstance(value, dict):
        own = [value] if "phone" in value else []
        return own + [found for each in value.values() for found in cards(each)]
    return []


async def shown(office: Office, login: str) -> dict[str, set[str]]:
    """The contacts that somebody sees, of students and of guardians."""
    found: dict[str, set[str]] = {"students": set(), "guardians": set()}
    answer = cards(await office.school.data(SHOWN[WHO[login]], as_=login))
    assert answer
    for card in answer:
        kind = "guardians" if "id" in card else "students"
        found[kind] |= {name for name in ("phone", "email", "address") if card[name] is not None}
    return found


@pytest.mark.parametrize("login", WHO)
@pytest.mark.parametrize("path", ["/graphql", "/federation"])
async def test_without_a_decision_nobody_sees_a_contact(office: Office, login: str, path: str) -> None:
    headers = {"authorization": f"Bearer {await office.school.token(login)}"}
    headers["classbook-service"] = f"Bearer {await office.school.token('service')}"
    response = await office.school.client.post(path, json={"query": SHOWN[WHO[login]]}, headers=headers)
    assert cards(response.json()["data"])
    assert "SECRET" not in response.text


@pytest.mark.parametrize("of", ContactsOf)
@pytest.mark.parametrize("contact", Contact)
async def test_a_decision_opens_what_it_names_and_nothing_else(
    office: Office, contact: Contact, of: ContactsOf
) -> None:
    await decide(office, contact, of)
    for login in WHO:
        other = next(each for each in ContactsOf if each != of)
        assert await shown(office, login) == {of.value: {contact.value}, other.value: set()}, login


@pytest.mark.parametrize(
    ("starts", "ends", "open_"),
    [(-9, None, True), (0, 0, True), (-9, 0, True), (-9, -1, False), (1, None, False), (-9, 5, True)],
)
async def test_on_which_days_a_decision_holds(office: Office, starts: int, ends: int | None, open_: bool) -> None:
    await decide(office, "phone", "students", starts, ends)
    assert await shown(office, "secretary") == {"students": {"phone"} if open_ else set(), "guardians": set()}


async def test_by_node_and_by_entity_too(office: Office) -> None:
    led = await office.led()
    for kind, number in (("Student", led["student"]), ("Guardian", led["guardian"])):
        text = f"... on {kind} {{ card {{ phone }} }}" if kind == "Student" else "... on Guardian { phone }"
        query = (
            f'{{ node(id: "{number}") {{ {text} }}'
            f' _entities(representations: [{{__typename: "{kind}", id: "{number}"}}]) {{ {text} }} }}'
        )
        data = await office.school.data(query, as_="secretary")
        assert [card["phone"] for card in cards(data)] == [None, None]
        await decide(office, "phone", f"{kind.lower()}s")
        data = await office.school.data(query, as_="secretary")
        assert [card["phone"] for card in cards(data)] == ["8-SECRET", "8-SECRET"]


async def test_a_service_sees_no_more(office: Office) -> None:
    account = "SELECT school_id, id FROM account WHERE login = 'service'"
    await office.db.execute(
        f"INSERT INTO service_grant (school_id, account_id, type_name) SELECT a.school_id, a.id, t FROM ({account}) a,"
        " unnest(ARRAY['StudentCard', 'Guardian']) t ON CONFLICT DO NOTHING"
    )
    led = await office.led()
    query = (
        f'{{ _entities(representations: [{{__typename: "Student", id: "{led["student"]}"}}])'
        " { ... on Student { card { phone } } } }"
    )
    assert cards(await office.school.data(query, as_="service"))[0]["phone"] is None
    await decide(office, "phone", "students")
    assert cards(await office.school.data(query, as_="service"))[0]["phone"] == "8-SECRET"


async def test_contacts_of_the_staff_are_their_works(office: Office) -> None:
    data = await office.school.data("{ school { staff(first: 9) { nodes { card { phone } } } } }", as_="hr")
    assert {card["phone"] for card in cards(data)} == {"8-SECRET"}


@pytest.mark.parametrize("contact", Contact)
async def test_a_contact_is_written_under_a_decision_only(office: Office, contact: Contact) -> None:
    led = await office.led()
    value = {"email": "a@example.org"}.get(contact, "1")
    name = {"phone": "Олегович", "email": "Егорович", "address": "Ильич"}[contact]
    born = {"familyName": "Седов", "givenName": "Олег", "patronymic": name, "sex": "MALE"}
    bond = {"studentId": led["student"], "kind": "GUARDIAN", "appliedOn": "2026-05-19", "application": "1"}
    cases = (
        ("updateStudentCard", {"studentId": led["student"]}, "students"),
        ("updateGuardian", {"guardianId": led["guardian"]}, "guardians"),
        ("createStudentCard", {**born, "birthDate": "2015-01-01", "fileNumber": f"к-{contact}"}, "students"),
        ("createGuardian", {**born, "birthDate": "1980-01-01", **bond}, "guardians"),
    )
    for command, given, of in cases:
        written = {**given, contact.value: value}
        other = "guardians" if of == "students" else "students"
        await decide(office, contact, other)
        await decide(office, contact, of, -9, -1)
        assert await office.refused(command, written, "secretary") == ("CONTACT_NOT_COLLECTED", contact.value, "4.8")
        await decide(office, contact, of)
        await office.done(command, written, "secretary")
        await office.db.execute("DELETE FROM contact_decision")
    clear = {"studentId": led["student"], contact.value: None}
    await office.done("updateStudentCard", clear, "class-teacher")
    await office.db.execute("UPDATE person SET phone = '8-SECRET', email = 's@SECRET', address = 'ул. SECRET'")


# The decisions.

LISTED = "{ school { contactDecisions(first: 100) { totalCount nodes { number contact contactsOf endsOn } } } }"


async def test_the_administrator_records_and_ends(office: Office) -> None:
    given = {**FAR, "contact": "PHONE", "contactsOf": "STUDENTS", "idempotencyKey": "decided"}
    made = await office.done("recordContactDecision", given, "administrator")
    assert (made["startsOn"], made["endsOn"], made["version"]) == ("2026-05-01", None, 1)
    assert (await office.done("recordContactDecision", given, "administrator"))["id"] == made["id"]
    assert await shown(office, "secretary") == {"students": {"phone"}, "guardians": set()}
    (listed,) = (await office.school.data(LISTED, as_="class-teacher"))["school"]["contactDecisions"]["nodes"]
    assert listed == {"number": "17", "contact": "PHONE", "contactsOf": "STUDENTS", "endsOn": None}
    here = {"decisionId": made["id"]}
    early = {**here, "endsOn": "2026-04-30"}
    assert await office.refused("endContactDecision", early, "administrator") == ("BAD_INPUT", "endsOn", None)
    stale = {**here, "endsOn": "2026-05-20", "ifVersion": 2}
    assert await office.refused("endContactDecision", stale, "administrator") == ("CONFLICT", "ifVersion", None)
    last = await office.done("endContactDecision", {**here, "endsOn": "2026-05-20"}, "administrator")
    assert last["version"] == 2
    assert await shown(office, "secretary") == {"students": {"phone"}, "guardians": set()}, "its last day"
    later = {**here, "endsOn": "2026-06-20"}
    assert await office.refused("endContactDecision", later, "administrator") == ("BAD_INPUT", "endsOn", None)
    await office.done("endContactDecision", {**here, "endsOn": "2026-05-19"}, "administrator")
    assert await shown(office, "secretary") == {"students": set(), "guardians": set()}
    again = {**here, "endsOn": "2026-05-19"}
    assert await office.refused("endContactDecision", again, "administrator") == ("NOT_IN_FORCE", "decisionId", None)
    nobody = {**again, "decisionId": gid("ContactDecision", 2**40)}
    assert await office.refused("endContactDecision", nobody, "administrator") == ("NOT_FOUND", "decisionId", None)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"number": " "}, "number"),
        ({"number": "1" * 51}, "number"),
        ({"decidedOn": "2026-05-21", "startsOn": "2026-05-21"}, "decidedOn"),
        ({"startsOn": "2026-04-30"}, "startsOn"),
        ({"endsOn": "2026-04-30"}, "endsOn"),
    ],
)
async def test_a_decision_that_cannot_be(office: Office, more: dict[str, Any], field: str) -> None:
    given = {**FAR, "contact": "EMAIL", "contactsOf": "GUARDIANS", **more}
    assert await office.refused("recordContactDecision", given, "administrator") == ("BAD_INPUT", field, None)


async def test_a_decision_is_of_one_school_only(office: Office, cluster: str) -> None:
    """Another school's decision opens nothing here, and is not to be ended from here."""
    school = await office.db.fetchval(
        "INSERT INTO school (code, name, full_name, time_zone) VALUES ('far', 'Д', 'Д', 'UTC') RETURNING school_id"
    )
    number = await office.db.fetchval(
        "INSERT INTO contact_decision (school_id, number, decided_on, contact, contacts_of, starts_on, changed_at)"
        " VALUES ($1, '1', '2020-01-01', 'phone', 'students', '2020-01-01', now()) RETURNING id",
        school,
    )
    assert await shown(office, "secretary") == {"students": set(), "guardians": set()}
    given = {"decisionId": gid("ContactDecision", number), "endsOn": "2026-05-19"}
    assert await office.refused("endContactDecision", given, "administrator") == ("NOT_FOUND", "decisionId", None)


async def test_who_reads_decisions(school: School) -> None:
    for login in school.demo.logins:
        answer = await school.ask(LISTED, as_=login.login)
        reads = login.roles & {Role.DIRECTOR, Role.DEPUTY, Role.SECRETARY, Role.ADMINISTRATOR, Role.TEACHER}
        assert ("errors" not in answer) == bool(reads | (login.roles & {Role.SERVICE})), login.login


async def test_the_database_keeps_one_decision_in_order(office: Office) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await decide(office, "phone", "students", 0, -1)
    with pytest.raises(asyncpg.CheckViolationError):
        await decide(office, "fax", "students")
