"""The school card, cards of staff, students and guardians: who enters them, what is refused, what is kept."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import asyncpg
import pytest

from execution.schema import schema_for
from permissions.gates import OPEN
from rules.account import Role
from rules.school import SchoolPart, missing_parts, school_card_due
from server.demo import Demo

from .movement_help import end
from .oracle_shape import WHOLE, gate_at
from .report_rounded import few
from .school_help import PAYLOADS, ROLES, Office, gid, mutation, number_of, office_of


@pytest.fixture(scope="module")
async def office(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Office]:
    """A school for this module to write in."""
    async with office_of(cluster, demo_template) as office:
        yield office


_numbers = iter(range(1000, 2000))


def person(**more: Any) -> dict[str, Any]:
    """An employee's new card, of somebody the school does not know."""
    born = f"1985-{next(_numbers) % 12 + 1:02}-11"
    name = {"familyName": "Новиков", "givenName": "Пётр", "patronymic": f"Ильич{letters()}", "sex": "MALE"}
    return {**name, "birthDate": born, **more}


def letters() -> str:
    return "".join(chr(ord("а") + int(digit)) for digit in str(next(_numbers)))


def staff(**more: Any) -> dict[str, Any]:
    return {**person(), "number": f"N{next(_numbers)}", "position": "Учитель", "hiredOn": "2026-05-18", **more}


def student(**more: Any) -> dict[str, Any]:
    return {**person(birthDate="2015-03-03"), "fileNumber": f"N-{next(_numbers)}", **more}


def guardian(of: str, **more: Any) -> dict[str, Any]:
    bond = {"studentId": of, "kind": "FATHER", "appliedOn": "2026-05-19", "application": "45/2026"}
    return {**person(), **bond, **more}


# Who has the commands.


@pytest.mark.parametrize("name", PAYLOADS)
def test_who_has_a_command(name: str) -> None:
    field = WHOLE.mutation_type.fields[name]  # type: ignore[union-attr]
    permission = gate_at(field)
    assert permission is not None
    assert permission is not OPEN
    assert permission.roles == ROLES[name]
    for role in Role:
        own = schema_for(frozenset({role}))._schema.mutation_type
        assert own is not None
        assert (name in own.fields) == (role in ROLES[name]), role


@pytest.mark.parametrize("name", PAYLOADS)
async def test_behind_the_gateway_others_are_refused(office: Office, name: str) -> None:
    before = await office.digest()
    service = {"classbook-service": f"Bearer {await office.school.token('service')}"}
    kind = name[0].upper() + name[1:]
    inputs = WHOLE.type_map[f"{kind}Input"].fields  # type: ignore[union-attr]
    given = {field: SAMPLES[str(of.type)] for field, of in inputs.items() if str(of.type).endswith("!")}
    logins = {login.login: set(login.roles) for login in office.school.demo.logins}
    for login, roles in logins.items():
        if roles & ROLES[name]:
            continue
        token = {"authorization": f"Bearer {await office.school.token(login)}"}
        body = {"query": mutation(name), "variables": {"input": given}}
        answer = (await office.school.client.post("/federation", json=body, headers=service | token)).json()
        assert answer["data"] == {name: None}, login
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"], login
    assert await office.digest() == before


SAMPLES: dict[str, Any] = {
    "ID!": gid("Staff", 1),
    "String!": "И",
    "Date!": "2026-05-20",
    "Sex!": "MALE",
    "GuardianKind!": "MOTHER",
    "Contact!": "PHONE",
    "ContactsOf!": "STUDENTS",
    "DocumentKind!": "OTHER",
    "Boolean!": False,
    "[Role!]!": [],
}


# The school card.


def test_what_a_card_lacks() -> None:
    card: dict[str, Any] = dict.fromkeys(("address", "phone", "email", "site", "tax_number"), "есть")
    for paper in ("licence", "accreditation"):
        card |= {f"{paper}_number": "1", f"{paper}_issued_on": date(2020, 1, 1), f"{paper}_issued_by": "Рособрнадзор"}
        card[f"{paper}_valid_until"] = None
    today = date(2026, 5, 20)
    assert missing_parts(card, today) == []
    assert missing_parts({**card, "licence_valid_until": today}, today) == []
    assert missing_parts({**card, "licence_valid_until": date(2026, 5, 19)}, today) == [SchoolPart.LICENCE]
    assert missing_parts({**card, "accreditation_issued_by": None}, today) == [SchoolPart.ACCREDITATION]
    assert missing_parts({**card, "site": "", "phone": None}, today) == [SchoolPart.PHONE, SchoolPart.SITE]


@pytest.mark.parametrize(
    ("today", "due"),
    [
        (date(2026, 5, 20), date(2025, 9, 15)),
        (date(2026, 9, 1), date(2026, 9, 15)),
        (date(2026, 8, 31), date(2025, 9, 15)),
    ],
)
def test_when_the_card_is_due(today: date, due: date) -> None:
    assert school_card_due(today) == due


CARD = "{ school { address card { version licenceNumber address } cardCheck { missing dueOn } } }"


async def test_the_administrator_enters_the_school(office: Office) -> None:
    """Only what is sent changes; a stale version is refused; what it was is kept."""
    before = (await office.school.data(CARD, as_="administrator"))["school"]
    version = before["card"]["version"]
    given = {"site": " https://new.example.org ", "licenceNumber": None, "ifVersion": version}
    changed = await office.done("updateSchoolCard", given, "administrator")
    assert (changed["site"], changed["card"]["licenceNumber"]) == ("https://new.example.org", None)
    assert changed["card"]["version"] == version + 1
    assert changed["cardCheck"] == {"missing": ["LICENCE"], "dueOn": "2025-09-15"}
    assert (await office.school.data(CARD, as_="director"))["school"]["address"] == before["address"]
    assert await office.refused("updateSchoolCard", given, "administrator") == ("CONFLICT", "ifVersion", None)
    school = await office.db.fetchval("SELECT school_id FROM school")
    assert await office.history("school", school) == [version]
    again = {"licenceNumber": before["card"]["licenceNumber"]}
    assert (await office.done("updateSchoolCard", again, "administrator"))["cardCheck"]["missing"] == []
    assert (await office.done("updateSchoolCard", again, "administrator"))["card"]["version"] == version + 2


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": " "}, "name"),
        ({"fullName": None}, "fullName"),
        ({"site": "javascript:alert(1)"}, "site"),
        ({"taxNumber": "12"}, "taxNumber"),
        ({"email": "нет"}, "email"),
        ({"address": "д" * 301}, "address"),
        ({"phone": "1\0"}, "phone"),
        ({"licenceIssuedOn": "2020-01-02", "licenceValidUntil": "2020-01-01"}, "licenceValidUntil"),
        ({"accreditationValidUntil": "2000-01-01"}, "accreditationValidUntil"),
    ],
)
async def test_a_school_card_that_cannot_be(office: Office, given: dict[str, Any], field: str) -> None:
    assert await office.refused("updateSchoolCard", given, "administrator") == ("BAD_INPUT", field, None)


# Staff.


async def test_hr_keeps_a_card(office: Office) -> None:
    given = staff(grade="12", functions=["TEACHER", "DEPUTY"], phone="+7 900 111-22-33", idempotencyKey="hired")
    made = await office.done("createStaffCard", given, "hr")
    assert made["name"].startswith("Новиков Пётр Ильич")
    assert made["card"] == {
        "number": given["number"],
        "version": 1,
        "phone": given["phone"],
        "hiredOn": "2026-05-18",
        "sex": "MALE",
        "dismissedOn": None,
        "functions": ["DEPUTY", "TEACHER"],
    }
    assert (await office.done("createStaffCard", given, "hr"))["id"] == made["id"]
    assert await office.refused("createStaffCard", {**given, "phone": "1"}, "hr") == (
        *("IDEMPOTENCY_KEY_REUSED", "idempotencyKey"),
        None,
    )
    here = {"staffId": made["id"]}
    changed = await office.done("updateStaffCard", {**here, "position": "Педагог", "ifVersion": 1}, "hr")
    assert (changed["position"], changed["card"]["version"]) == ("Педагог", 2)
    changed = await office.done("updateStaffCard", {**here, "familyName": "Новикова", "phone": None}, "hr")
    assert (changed["card"]["version"], changed["card"]["phone"]) == (3, None)
    assert await office.refused("updateStaffCard", {**here, "grade": "1", "ifVersion": 2}, "hr") == (
        *("CONFLICT", "ifVersion"),
        None,
    )
    number = number_of(made["id"])
    assert await office.history("staff", number) == [1]
    of = await office.db.fetchval("SELECT person_id FROM staff WHERE id = $1", number)
    assert await office.history("person", of) == [1]


async def test_the_audit_trail_holds_no_personal_data(office: Office) -> None:
    given = staff(familyName="Тайнов", phone="+7 900 765-43-21")
    await office.done("createStaffCard", given, "hr")
    entry = (await office.entries("createStaffCard"))[-1]
    assert "family_name" in entry["input"]
    assert not any(secret in entry["input"] for secret in ("Тайнов", "765-43-21", given["birthDate"]))


async def test_an_analyst_sees_how_many_work_here(office: Office) -> None:
    """By position, on any day; who reads cards has the counts, and an analyst those of five and more, by fives (2)."""
    query = "query($on: Date) { school { staffCounts(on: $on) { position employees } } }"

    async def told(day: str | None, login: str) -> dict[str, int]:
        counts = (await office.school.data(query, {"on": day}, as_=login))["school"]["staffCounts"]
        return {each["position"]: each["employees"] for each in counts}

    for _ in range(8):
        made = await office.done("createStaffCard", staff(position="Звонарь", hiredOn="2026-05-18"), "hr")
    assert await told(None, "analyst") == {"Звонарь": 10}
    await office.done("dismissStaff", {"staffId": made["id"], "dismissedOn": "2026-05-19"}, "hr")
    readers = {"analyst", "director", "deputy", "hr", "administrator"}
    for day, there in (("2026-05-17", 0), ("2026-05-18", 8), ("2026-05-19", 8), ("2026-05-20", 7), (None, 7)):
        working = "hired_on <= $1 AND (dismissed_on IS NULL OR dismissed_on >= $1)"
        statement = f"SELECT position, count(*) FROM staff WHERE {working} GROUP BY position"
        exact = dict(await office.db.fetch(statement, date.fromisoformat(day or "2026-05-20")))
        assert exact.get("Звонарь", 0) == there
        by_fives = {position: few(count, count) for position, count in exact.items() if count >= 5}
        assert by_fives == {0: {}, 7: {"Звонарь": 5}, 8: {"Звонарь": 10}}[there]
        for login in readers if day is None else ("hr",):
            assert await told(day, login) == (by_fives if login == "analyst" else exact)
    fields = {role: schema_for(frozenset({role}))._schema.type_map.get("School") for role in Role}
    may = {role for role, of in fields.items() if "staffCounts" in of.fields}  # type: ignore[union-attr]
    assert may == {Role.ANALYST, Role.DIRECTOR, Role.DEPUTY, Role.HR, Role.ADMINISTRATOR, Role.SERVICE}
    assert "staff" not in fields[Role.ANALYST].fields  # type: ignore[union-attr]


async def test_dismissed_and_back(office: Office) -> None:
    made = await office.done("createStaffCard", staff(), "hr")
    here = {"staffId": made["id"]}
    assert await office.refused("reinstateStaff", here, "hr") == ("NOT_IN_FORCE", "staffId", None)
    early = {**here, "dismissedOn": "2026-05-17"}
    assert await office.refused("dismissStaff", early, "hr") == ("BAD_INPUT", "dismissedOn", None)
    gone = await office.done("dismissStaff", {**here, "dismissedOn": "2026-05-20"}, "hr")
    assert gone["card"]["dismissedOn"] == "2026-05-20"
    twice = {**here, "dismissedOn": "2026-05-20"}
    assert await office.refused("dismissStaff", twice, "hr") == ("NOT_IN_FORCE", "staffId", None)
    assert await office.refused("reinstateStaff", {**here, "ifVersion": 1}, "hr") == ("CONFLICT", "ifVersion", None)
    back = await office.done("reinstateStaff", {**here, "ifVersion": 2}, "hr")
    assert (back["card"]["dismissedOn"], back["card"]["version"]) == (None, 3)


async def test_a_dismissal_ends_roles(own_school: Any) -> None:
    """The day after, whoever was dismissed comes in no more as what they were."""
    number = await own_school.app.state.database.pool.fetchval(
        "SELECT staff.id FROM staff JOIN account USING (school_id, person_id) WHERE login = 'secretary'"
    )
    given = {"staffId": gid("Staff", number), "dismissedOn": "2026-05-19"}
    roles = "{ me { roles } }"
    assert (await own_school.data(roles, as_="secretary"))["me"]["roles"] == ["SECRETARY"]
    await own_school.data(mutation("dismissStaff"), {"input": given}, as_="hr")
    assert (await own_school.data(roles, as_="secretary"))["me"]["roles"] == []


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"familyName": " "}, "familyName"),
        ({"givenName": "Пётр1"}, "givenName"),
        ({"patronymic": "Ilичev"}, "patronymic"),
        ({"birthDate": "2026-05-21"}, "birthDate"),
        ({"birthDate": "1885-01-01"}, "birthDate"),
        ({"number": "9" * 51}, "number"),
        ({"position": ""}, "position"),
        ({"hiredOn": "1990-01-01"}, "hiredOn"),
        ({"email": "пётр"}, "email"),
        ({"functions": ["STUDENT"]}, "functions"),
    ],
)
async def test_a_card_that_cannot_be(office: Office, more: dict[str, Any], field: str) -> None:
    assert await office.refused("createStaffCard", staff(**more), "hr") == ("BAD_INPUT", field, None)
    made = await office.done("createStaffCard", staff(), "hr")
    changed = {"staffId": made["id"], **more}
    assert await office.refused("updateStaffCard", changed, "hr") == ("BAD_INPUT", field, None)


@pytest.mark.parametrize("name", ["updateStaffCard", "dismissStaff", "reinstateStaff"])
async def test_another_schools_employee_is_not_found(office: Office, name: str) -> None:
    more = {"dismissedOn": "2026-05-20"} if name == "dismissStaff" else {}
    for nobody in (gid("Staff", 2**40), gid("Staff", await abroad(office, "staff"))):
        assert await office.refused(name, {"staffId": nobody, **more}, "hr") == ("NOT_FOUND", "staffId", None)
    assert (await office.refused(name, {"staffId": gid("Student", 1), **more}, "hr"))[0] == "BAD_ID"


async def abroad(office: Office, table: str) -> int:
    """A row of another school, made when it is first asked for."""
    school = await office.db.fetchval("SELECT school_id FROM school WHERE code = 'abroad'")
    if school is None:
        school = await office.db.fetchval(
            "INSERT INTO school (code, name, full_name, time_zone)"
            " VALUES ('abroad', 'Д', 'Д', 'UTC') RETURNING school_id"
        )
        of = await office.db.fetchval(
            "INSERT INTO person (school_id, family_name, given_name, sex, birth_date)"
            " VALUES ($1, 'Д', 'Д', 'male', '1980-01-01') RETURNING id",
            school,
        )
        await office.db.execute(
            "INSERT INTO staff (school_id, person_id, number, position, hired_on)"
            " VALUES ($1, $2, '1', 'Д', '2020-01-01')",
            *(school, of),
        )
        pupil = await office.db.fetchval(
            "INSERT INTO student (school_id, person_id, file_number) VALUES ($1, $2, '1') RETURNING id", school, of
        )
        one = await office.db.fetchval(
            "INSERT INTO guardian (school_id, person_id, applied_on) VALUES ($1, $2, '2020-01-01') RETURNING id",
            *(school, of),
        )
        await office.db.execute(
            "INSERT INTO guardianship (school_id, guardian_id, student_id, kind, starts_on)"
            " VALUES ($1, $2, $3, 'guardian', '2020-01-01')",
            *(school, one, pupil),
        )
    found: int = await office.db.fetchval(f"SELECT id FROM {table} WHERE school_id = $1", school)
    return found


# One person, whoever they are to the school.


async def test_a_parent_who_is_hired_stays_one_person(office: Office) -> None:
    row = await office.db.fetchrow(
        "SELECT person.* FROM person JOIN guardian ON person_id = person.id"
        " WHERE person.id NOT IN (SELECT person_id FROM staff) ORDER BY person.id LIMIT 1"
    )
    card = {
        "familyName": row["family_name"].upper(),
        "givenName": row["given_name"],
        "patronymic": row["patronymic"],
        "sex": row["sex"].upper(),
        "birthDate": str(row["birth_date"]),
    }
    other = {"MALE": "FEMALE", "FEMALE": "MALE"}[card["sex"]]
    assert await office.refused("createStaffCard", staff(**{**card, "sex": other}), "hr") == ("BAD_INPUT", "sex", None)
    people = await office.db.fetchval("SELECT count(*) FROM person")
    made = await office.done("createStaffCard", staff(**card), "hr")
    assert await office.db.fetchval("SELECT count(*) FROM person") == people
    assert await office.db.fetchval("SELECT person_id FROM staff WHERE id = $1", number_of(made["id"])) == row["id"]
    assert await office.refused("createStaffCard", staff(**card), "hr") == ("ALREADY_EXISTS", "familyName", None)


async def test_numbers_and_names_are_nobody_elses(office: Office) -> None:
    one = staff()
    made = await office.done("createStaffCard", one, "hr")
    same = staff(number=one["number"])
    assert await office.refused("createStaffCard", same, "hr") == ("ALREADY_EXISTS", "number", None)
    other = staff()
    second = {"staffId": (await office.done("createStaffCard", other, "hr"))["id"]}
    taken = {**second, "number": one["number"]}
    assert await office.refused("updateStaffCard", taken, "hr") == ("ALREADY_EXISTS", "number", None)
    names = {key: one[key] for key in ("familyName", "givenName", "patronymic", "birthDate")}
    assert await office.refused("updateStaffCard", {**second, **names}, "hr") == ("ALREADY_EXISTS", "familyName", None)
    await office.done("updateStaffCard", {"staffId": made["id"], **names, "number": one["number"]}, "hr")


async def test_two_at_once_make_one_person(office: Office) -> None:
    """HR and the secretary enter the same newcomer at the same moment, as an employee and as a guardian."""
    led = await office.led()
    who = person()
    hired = office.run("createStaffCard", {**staff(), **who}, "hr")
    entered = office.run("createGuardian", guardian(led["student"], **who, kind="GUARDIAN"), "secretary")
    results = await asyncio.gather(hired, entered)
    assert [each["__typename"] for each in results] == ["CreateStaffCardPayload", "CreateGuardianPayload"]
    found = await office.db.fetch("SELECT id FROM person WHERE patronymic = $1", who["patronymic"])
    assert len(found) == 1


async def test_a_guardian_is_entered_while_the_student_is_changed(office: Office) -> None:
    """Both take the turn of cards before any card: neither waits for what the other holds."""
    led = await office.led()
    change = {"studentId": led["student"], "fileNumber": f"Ж-{next(_numbers)}"}
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    holder = await asyncpg.connect(office.school.url)
    try:
        async with holder.transaction(), asyncio.timeout(20):
            await holder.execute("SELECT FROM school FOR NO KEY UPDATE")
            runs = []
            for name, given in (
                ("updateStudentCard", change),
                ("createGuardian", guardian(led["student"], kind="GUARDIAN")),
            ):
                runs.append(asyncio.ensure_future(office.run(name, given, "secretary")))
                while await office.db.fetchval(waiting) < len(runs):  # noqa: ASYNC110 -- PostgreSQL tells nobody
                    await asyncio.sleep(0.01)
    finally:
        await holder.close()
    results = await asyncio.gather(*runs)
    assert [each["__typename"] for each in results] == ["UpdateStudentCardPayload", "CreateGuardianPayload"]


# Students.


async def test_the_secretary_enters_a_student(office: Office) -> None:
    """Entered is not enrolled: that takes an order (9)."""
    given = student(taughtAtHome=True, phone="+7 900 333-22-11", idempotencyKey="student")
    made = await office.done("createStudentCard", given, "secretary")
    assert made["schoolClass"] is None
    assert (made["individualPlan"], made["taughtAtHome"]) == (False, True)
    assert made["card"]["phone"] == given["phone"]
    assert (await office.done("createStudentCard", given, "secretary"))["id"] == made["id"]
    taken = student(fileNumber=given["fileNumber"])
    assert await office.refused("createStudentCard", taken, "secretary") == ("ALREADY_EXISTS", "fileNumber", None)
    twice = {**student(), **{key: given[key] for key in ("familyName", "givenName", "patronymic", "birthDate")}}
    assert await office.refused("createStudentCard", twice, "secretary") == ("ALREADY_EXISTS", "familyName", None)
    old = student(birthDate="1990-01-01")
    assert await office.refused("createStudentCard", old, "secretary") == ("BAD_INPUT", "birthDate", None)
    assert (await office.school.data(f'{{ student(id: "{made["id"]}") {{ id }} }}', as_="class-teacher"))[
        "student"
    ] is None


async def test_the_class_teacher_keeps_the_own_class(office: Office) -> None:
    led = await office.led()
    given = {"studentId": led["student"], "phone": "+7 900 000-11-22"}
    for login in ("class-teacher", "secretary"):
        assert (await office.done("updateStudentCard", given, login))["card"]["phone"] == given["phone"]
    stale = {**given, "phone": None, "ifVersion": 1}
    assert await office.refused("updateStudentCard", stale, "class-teacher") == ("CONFLICT", "ifVersion", None)
    other = {**given, "studentId": led["other_student"]}
    assert await office.refused("updateStudentCard", other, "class-teacher") == ("NOT_FOUND", "studentId", None)
    assert await office.refused("updateStudentCard", given, "teacher") == ("NOT_FOUND", "studentId", None)
    await office.done("updateStudentCard", {**other, "fileNumber": "Ж-77"}, "secretary")
    taken = {**given, "fileNumber": "Ж-77"}
    assert await office.refused("updateStudentCard", taken, "class-teacher") == ("ALREADY_EXISTS", "fileNumber", None)
    foreign = {**given, "studentId": gid("Student", await abroad(office, "student"))}
    assert await office.refused("updateStudentCard", foreign, "secretary") == ("NOT_FOUND", "studentId", None)


async def test_a_former_class_teacher_keeps_nothing(own_school: Any) -> None:
    db = await asyncpg.connect(own_school.url)
    try:
        office = Office(own_school, db)
        led = await office.led()
        school = await db.fetchval("SELECT school_id FROM student WHERE id = $1", number_of(led["student"]))
        await end(db, school, date(2026, 5, 19), number_of(led["student"]))
        given = {"studentId": led["student"], "phone": "1"}
        assert (await office.refused("updateStudentCard", given, "class-teacher"))[0] == "NOT_FOUND"
        of = {"guardianId": led["guardian"], "phone": "1"}
        assert (await office.refused("updateGuardian", of, "class-teacher"))[0] == "NOT_FOUND"
    finally:
        await db.close()


async def test_who_says_how_a_student_learns(office: Office) -> None:
    made = await office.done("createStudentCard", student(), "secretary")
    here = {"studentId": made["id"]}
    told = await office.done("setStudentLearning", {**here, "taughtAtHome": True, "ifVersion": 1}, "deputy")
    assert (told["individualPlan"], told["taughtAtHome"]) == (False, True)
    told = await office.done("setStudentLearning", {**here, "individualPlan": True}, "secretary")
    assert (told["individualPlan"], told["taughtAtHome"], told["card"]["version"]) == (True, True, 3)
    stale = {**here, "taughtAtHome": False, "ifVersion": 2}
    assert await office.refused("setStudentLearning", stale, "deputy") == ("CONFLICT", "ifVersion", None)
    null = {**here, "taughtAtHome": None}
    assert await office.refused("setStudentLearning", null, "deputy") == ("BAD_INPUT", "taughtAtHome", None)


# Guardians.


async def test_a_guardian_comes_by_an_application(office: Office) -> None:
    led = await office.led()
    given = guardian(led["student"], kind="GUARDIAN")
    for field in ("appliedOn", "application"):
        for without in ({**given, field: None}, {key: value for key, value in given.items() if key != field}):
            refused = await office.refused("createGuardian", without, "secretary")
            assert refused == ("APPLICATION_NEEDED", field, "4.7")
    blank = {**given, "application": "  "}
    assert await office.refused("createGuardian", blank, "secretary") == ("APPLICATION_NEEDED", "application", "4.7")
    future = {**given, "appliedOn": "2026-05-21"}
    assert await office.refused("createGuardian", future, "secretary") == ("BAD_INPUT", "appliedOn", None)
    made = await office.done("createGuardian", {**given, "idempotencyKey": "guardian"}, "secretary")
    assert (made["startsOn"], made["application"], made["endsOn"]) == ("2026-05-19", "45/2026", None)
    assert made["guardian"]["appliedOn"] == "2026-05-19"
    again = await office.done("createGuardian", {**given, "idempotencyKey": "guardian"}, "secretary")
    assert again["id"] == made["id"]
    assert await office.refused("createGuardian", given, "secretary") == ("ALREADY_EXISTS", "studentId", None)
    sibling = {**given, "studentId": led["other_student"], "appliedOn": "2026-05-18"}
    other = await office.done("createGuardian", sibling, "secretary")
    assert other["guardian"]["id"] == made["guardian"]["id"]
    assert other["guardian"]["appliedOn"] == "2026-05-18", "of the first application"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"sex": "MALE", "kind": "MOTHER"}, "kind"),
        ({"birthDate": "2010-01-01"}, "birthDate"),
        ({"birthDate": "1890-01-01"}, "birthDate"),
        ({"appliedOn": "2000-01-01"}, "appliedOn"),
        ({"givenName": ""}, "givenName"),
    ],
)
async def test_a_guardian_who_cannot_be(office: Office, more: dict[str, Any], field: str) -> None:
    led = await office.led()
    given = guardian(led["student"], **more)
    assert await office.refused("createGuardian", given, "secretary") == ("BAD_INPUT", field, None)


async def test_nobody_is_their_own_guardian(office: Office) -> None:
    card = student(birthDate="2008-01-01")
    made = await office.done("createStudentCard", card, "secretary")
    who = {key: card[key] for key in ("familyName", "givenName", "patronymic", "sex", "birthDate")}
    given = guardian(made["id"], **who, kind="GUARDIAN")
    assert await office.refused("createGuardian", given, "secretary") == ("BAD_INPUT", "studentId", None)


async def test_the_class_teacher_keeps_guardians(office: Office) -> None:
    led = await office.led()
    given = {"guardianId": led["guardian"], "phone": "+7 900 000-77-88"}
    for login in ("class-teacher", "secretary"):
        assert (await office.done("updateGuardian", given, login))["phone"] == given["phone"]
    other = {**given, "guardianId": led["other_guardian"]}
    assert await office.refused("updateGuardian", other, "class-teacher") == ("NOT_FOUND", "guardianId", None)
    stale = {**given, "phone": None, "ifVersion": 1}
    assert await office.refused("updateGuardian", stale, "secretary") == ("CONFLICT", "ifVersion", None)


async def test_what_an_employee_is_called_is_hrs(office: Office) -> None:
    """Whoever keeps a guardian's card does not change that of an employee by it (4.2)."""
    led = await office.led()
    who = person()
    await office.done("createStaffCard", {**staff(), **who, "phone": "+7 900 555-55-55"}, "hr")
    contacts = guardian(led["student"], **who, kind="GUARDIAN", phone="1")
    assert await office.refused("createGuardian", contacts, "secretary") == ("FORBIDDEN", "phone", "4.2")
    made = await office.done("createGuardian", guardian(led["student"], **who, kind="GUARDIAN"), "secretary")
    for login in ("secretary", "class-teacher"):
        for more, field in (({"familyName": "Другов"}, "familyName"), ({"phone": None}, "phone")):
            given = {"guardianId": made["guardian"]["id"], **more}
            assert await office.refused("updateGuardian", given, login) == ("FORBIDDEN", field, "4.2")


async def test_a_guardianship_begins_and_ends(office: Office) -> None:
    led = await office.led()
    made = await office.done("createGuardian", guardian(led["student"], kind="GUARDIAN"), "secretary")
    guardian_id = made["guardian"]["id"]
    bond = {"guardianId": guardian_id, "studentId": led["other_student"], "kind": "GUARDIAN"}
    assert await office.refused("addGuardianship", bond, "secretary") == ("APPLICATION_NEEDED", "appliedOn", "4.7")
    bond |= {"appliedOn": "2026-05-10", "application": "46"}
    added = await office.done("addGuardianship", {**bond, "idempotencyKey": "bond"}, "secretary")
    assert (await office.done("addGuardianship", {**bond, "idempotencyKey": "bond"}, "secretary"))["id"] == added["id"]
    assert await office.refused("addGuardianship", bond, "secretary") == ("ALREADY_EXISTS", "studentId", None)
    end = {"guardianshipId": added["id"], "endsOn": "2026-05-19"}
    assert await office.refused("endGuardianship", end, "class-teacher") == ("NOT_FOUND", "guardianshipId", None)
    early = {**end, "endsOn": "2026-05-09"}
    assert await office.refused("endGuardianship", early, "secretary") == ("BAD_INPUT", "endsOn", None)
    assert await office.refused("endGuardianship", {**end, "ifVersion": 7}, "secretary") == (
        "CONFLICT",
        "ifVersion",
        None,
    )
    ended = await office.done("endGuardianship", {**end, "ifVersion": 1}, "secretary")
    assert (ended["endsOn"], ended["version"]) == ("2026-05-19", 2)
    assert await office.history("guardianship", number_of(added["id"])) == [1]
    assert await office.refused("endGuardianship", end, "secretary") == ("NOT_IN_FORCE", "guardianshipId", None)
    old = {**bond, "appliedOn": "2026-05-19"}
    assert await office.refused("addGuardianship", old, "secretary") == ("APPLICATION_NEEDED", "appliedOn", "4.7")
    await office.done("addGuardianship", {**bond, "appliedOn": "2026-05-20"}, "secretary")
    mine = {"guardianshipId": made["id"], "endsOn": "2026-05-30"}
    await office.done("endGuardianship", mine, "class-teacher")
    later = {**mine, "endsOn": "2026-06-30"}
    assert await office.refused("endGuardianship", later, "class-teacher") == ("BAD_INPUT", "endsOn", None)
    foreign = {**end, "guardianshipId": gid("Guardianship", await abroad(office, "guardianship"))}
    assert await office.refused("endGuardianship", foreign, "secretary") == ("NOT_FOUND", "guardianshipId", None)
    for field, table in (("guardianId", "guardian"), ("studentId", "student")):
        nobody = {**bond, field: gid(table.title(), await abroad(office, table))}
        assert await office.refused("addGuardianship", nobody, "secretary") == ("NOT_FOUND", field, None)


async def test_a_parent_whose_guardianship_ends_sees_the_child_no_more(own_school: Any) -> None:
    pool = own_school.app.state.database.pool
    number = await pool.fetchval(
        "SELECT guardianship.id FROM guardianship JOIN guardian ON guardian.id = guardian_id"
        " JOIN account USING (person_id) WHERE login = 'parent' AND ends_on IS NULL"
    )
    assert (await own_school.data("{ me { children { id } } }", as_="parent"))["me"]["children"]
    given = {"guardianshipId": gid("Guardianship", number), "endsOn": "2026-05-19"}
    await own_school.data(mutation("endGuardianship"), {"input": given}, as_="secretary")
    assert (await own_school.data("{ me { roles } }", as_="parent"))["me"]["roles"] == []
