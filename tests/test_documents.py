"""The «Документы» section (5.7): who publishes, who reads and fetches, what is missing; and the search of schools."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest

from permissions.gates import OPEN
from rules.account import Role
from rules.school_documents import DocumentKind, documents_due, missing_documents
from server.demo import Demo

from .conftest import School
from .oracle_shape import WHOLE, gate_at
from .school_help import Office, gid, number_of, office_of

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n"


@pytest.fixture(scope="module")
async def office(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Office]:
    """A school for this module to write in."""
    async with office_of(cluster, demo_template) as office:
        yield office


async def upload(office: Office, login: str = "deputy", content: bytes = PDF) -> str:
    headers = {"authorization": f"Bearer {await office.school.token(login)}"}
    response = await office.school.client.post("/files?name=plan.pdf", content=content, headers=headers)
    assert response.status_code == 201, response.text
    found: str = response.json()["id"]
    return found


async def fetch(office: Office, url: str, login: str | None) -> int:
    headers = {"authorization": f"Bearer {await office.school.token(login)}"} if login else {}
    response = await office.school.client.get(url, headers=headers)
    assert (response.content == PDF) == (response.status_code == 200)
    return response.status_code


async def year(office: Office) -> str:
    found: str = (await office.school.data("{ school { currentYear { id } } }", as_="deputy"))["school"]["currentYear"][
        "id"
    ]
    return found


async def publish(office: Office, kind: str = "OTHER", **more: Any) -> dict[str, Any]:
    given = {"yearId": await year(office), "kind": kind, "title": "Положение", "fileId": await upload(office)}
    return await office.done("publishDocument", {**given, **more}, "deputy")


def test_which_documents_are_missing() -> None:
    required = [each for each in DocumentKind if each != DocumentKind.OTHER]
    assert len(required) == 5
    assert missing_documents(None) == missing_documents([]) == required
    assert missing_documents(["other", "curriculum", "calendar"]) == required[2:]
    assert missing_documents(list(DocumentKind)) == []
    assert documents_due(date(2025, 9, 1)) == date(2025, 10, 1)


READERS = ("director", "deputy", "teacher", "class-teacher", "student", "parent", "secretary", "hr", "administrator")
LISTED = "{ school { documents(first: 100) { totalCount nodes { id title withdrawnAt } } } }"


async def test_everyone_of_the_school_reads_and_fetches(office: Office) -> None:
    made = await publish(office, "CURRICULUM")
    assert (made["year"]["name"], made["title"]) == ("2025/2026", "Положение")
    assert made["url"] == f"/files/{made['id']}"
    assert made["publisher"]["name"]
    for login in READERS:
        nodes = (await office.school.data(LISTED, as_=login))["school"]["documents"]["nodes"]
        assert made["id"] in [node["id"] for node in nodes], login
        assert await fetch(office, made["url"], login) == 200, login
    assert await fetch(office, made["url"], None) == 401
    for login in ("analyst", "service"):
        assert await fetch(office, made["url"], login) == 404, login
    assert "errors" in await office.school.ask(LISTED, as_="analyst")
    for wrong in (gid("Document", 2**40), gid("File", 1), gid("Student", 1), "nothing"):
        assert await fetch(office, f"/files/{wrong}", "deputy") == 404


async def test_a_withdrawn_document_is_kept_for_its_keepers(office: Office) -> None:
    made = await publish(office)
    gone = await office.done("withdrawDocument", {"documentId": made["id"]}, "deputy")
    assert gone["withdrawnAt"]
    again = {"documentId": made["id"]}
    assert await office.refused("withdrawDocument", again, "deputy") == ("NOT_IN_FORCE", "documentId", None)
    for login in READERS:
        keeps = login in {"director", "deputy", "administrator"}
        nodes = (await office.school.data(LISTED, as_=login))["school"]["documents"]["nodes"]
        assert (made["id"] in [node["id"] for node in nodes]) == keeps, login
        assert await fetch(office, made["url"], login) == (200 if keeps else 404), login
        node = await office.school.data(f'{{ node(id: "{made["id"]}") {{ id }} }}', as_=login)
        assert bool(node["node"]) == keeps, login


async def test_what_is_missing_is_told(office: Office) -> None:
    await office.db.execute("DELETE FROM document")
    query = "{ school { currentYear { documentCheck { missing dueOn } documents(first: 9) { totalCount } } } }"

    async def missing(login: str = "deputy") -> Any:
        return (await office.school.data(query, as_=login))["school"]["currentYear"]["documentCheck"]

    required = [kind.name for kind in DocumentKind if kind != DocumentKind.OTHER]
    assert await missing() == {"missing": required, "dueOn": "2025-10-01"}
    made = [await publish(office, kind) for kind in (*required, "OTHER")]
    for login in ("deputy", "director", "administrator"):
        assert (await missing(login))["missing"] == []
    await office.done("withdrawDocument", {"documentId": made[1]["id"]}, "deputy")
    assert (await missing())["missing"] == [required[1]]
    for login in office.school.demo.logins:
        if not login.roles & {Role.DEPUTY, Role.DIRECTOR, Role.ADMINISTRATOR, Role.SERVICE}:
            assert "errors" in await office.school.ask(query, as_=login.login), login.login


async def test_documents_of_a_year_and_a_kind(office: Office) -> None:
    await office.db.execute("DELETE FROM document")
    other = await office.db.fetchval(
        "INSERT INTO academic_year (school_id, name, starts_on, ends_on)"
        " SELECT school_id, '2024/2025', '2024-09-01', '2025-08-31' FROM school WHERE code = 'demo' RETURNING id"
    )
    for kind in ("CURRICULUM", "OTHER", "OTHER"):
        await publish(office, kind)
    await publish(office, "OTHER", yearId=gid("AcademicYear", other))
    query = (
        "query($year: ID, $kind: DocumentKind) { school { documents(first: 2, yearId: $year, kind: $kind) {"
        " totalCount pageInfo { hasNextPage } nodes { kind year { name } } }"
        " currentYear { documents(first: 9, kind: $kind) { totalCount } } } }"
    )

    async def counted(**given: Any) -> list[int]:
        data = (await office.school.data(query, given, as_="student"))["school"]
        return [data["documents"]["totalCount"], data["currentYear"]["documents"]["totalCount"]]

    assert await counted() == [4, 3]
    assert await counted(kind="OTHER") == [3, 2]
    assert await counted(year=gid("AcademicYear", other)) == [1, 3]
    assert await counted(year=gid("AcademicYear", other), kind="CURRICULUM") == [0, 1]


async def test_what_is_not_published(office: Office) -> None:
    file, own = await upload(office), await year(office)
    given = {"yearId": own, "kind": "OTHER", "title": "Положение", "fileId": file}
    by_teacher = {**given, "fileId": await upload(office, "teacher")}
    assert await office.refused("publishDocument", by_teacher, "deputy") == ("NOT_FOUND", "fileId", None)
    nowhere = {**given, "fileId": gid("File", 2**40)}
    assert await office.refused("publishDocument", nowhere, "deputy") == ("NOT_FOUND", "fileId", None)
    never = {**given, "yearId": gid("AcademicYear", 2**40)}
    assert await office.refused("publishDocument", never, "deputy") == ("NOT_FOUND", "yearId", None)
    for title in (" ", "т" * 301, "\0"):
        assert await office.refused("publishDocument", {**given, "title": title}, "deputy") == (
            *("BAD_INPUT", "title"),
            None,
        )
    keyed = {**given, "idempotencyKey": "document"}
    made = await office.done("publishDocument", keyed, "deputy")
    assert (await office.done("publishDocument", keyed, "deputy"))["id"] == made["id"]
    nobody = {"documentId": gid("Document", 2**40)}
    assert await office.refused("withdrawDocument", nobody, "deputy") == ("NOT_FOUND", "documentId", None)


async def test_another_schools_document_is_not_there(office: Office) -> None:
    made = await publish(office)
    school = await office.db.fetchval(
        "INSERT INTO school (code, name, full_name, time_zone) VALUES ('far', 'Д', 'Д', 'UTC') RETURNING school_id"
    )
    of = {"id": number_of(made["id"])}
    await office.db.execute(
        "WITH a AS (INSERT INTO account (school_id, kind, login, login_key, password_hash, created_at)"
        " VALUES ($1, 'analyst', 'x', 'x', '', now()) RETURNING id), y AS (INSERT INTO academic_year"
        " (school_id, name, starts_on, ends_on) VALUES ($1, '2025/2026', '2025-09-01', '2026-08-31') RETURNING id),"
        " f AS (INSERT INTO file (school_id, digest, name, media_type, size, uploaded_at, uploaded_by)"
        " SELECT $1, digest, file.name, media_type, size, now(), a.id FROM file, a, document"
        " WHERE document.id = $2 AND file.id = file_id RETURNING id)"
        " INSERT INTO document (school_id, year_id, kind, title, file_id, published_at, published_by)"
        " SELECT $1, y.id, 'other', 'Чужой', f.id, now(), a.id FROM a, y, f",
        *(school, of["id"]),
    )
    foreign = gid("Document", await office.db.fetchval("SELECT id FROM document WHERE school_id = $1", school))
    for login in READERS:
        assert await fetch(office, f"/files/{foreign}", login) == 404, login
        assert (await office.school.data(f'{{ node(id: "{foreign}") {{ id }} }}', as_=login))["node"] is None
    given = {"documentId": foreign}
    assert await office.refused("withdrawDocument", given, "deputy") == ("NOT_FOUND", "documentId", None)


# Schools before anybody has signed in.

SEARCH = (
    "query($search: String, $first: Int = 100, $after: String) { schools(search: $search, first: $first, after: $after)"
    " { totalCount pageInfo { endCursor hasNextPage } nodes"
    " { code name fullName address site licenceNumber accreditationNumber } } }"
)
PUBLIC = {"code", "name", "fullName", "address", "site", "licenceNumber", "accreditationNumber"}


async def schools(school: School, search: str | None = None, **more: Any) -> Any:
    return (await school.data(SEARCH, {"search": search, **more}))["schools"]


def test_what_is_public_of_a_school() -> None:
    assert set(WHOLE.type_map["PublicSchool"].fields) == PUBLIC  # type: ignore[union-attr]
    assert gate_at(WHOLE.query_type.fields["schools"]) is OPEN  # type: ignore[union-attr]


async def test_a_school_is_found_before_sign_in(own_school: School) -> None:
    signed_in = ("parent", "analyst", "director", "service")
    for login in signed_in:
        await own_school.token(login)
    async with own_school.app.state.database.pool.acquire() as connection:
        for code, name, full_name in (
            ("gym-7", "Гимназия № 7", "МБОУ «Гимназия № 7 им. Ёлкина»"),
            ("vsosh", "Вечерняя школа", "КГБОУ «Вечерняя (сменная) школа № 163-бис»"),
        ):
            await connection.execute(
                "INSERT INTO school (code, name, full_name, time_zone, phone, email, tax_number)"
                " VALUES ($1, $2, $3, 'UTC', '8-SECRET', 's@SECRET', 'SECRET')",
                *(code, name, full_name),
            )
    everything = await schools(own_school)
    assert [each["code"] for each in everything["nodes"]] == ["vsosh", "gym-7", "demo"]
    assert "SECRET" not in str(everything)
    found = {
        "гимн": ["gym-7"],
        "ЁЛКИН": ["gym-7"],
        "елк": ["gym-7"],
        "школа 163": ["vsosh", "demo"],
        "шк вечер": ["vsosh"],
        "gym-7": ["gym-7"],
        "gym": ["gym-7"],
        "demo": ["demo"],
        "имназия": [],
        "школа гимназия": [],
        "7": ["gym-7"],
        "%": ["vsosh", "gym-7", "demo"],
        "а:* | б & ! (": [],
        "'; drop": [],
    }
    for search, codes in found.items():
        page = await schools(own_school, search)
        assert [each["code"] for each in page["nodes"]] == codes, search
        assert page["totalCount"] == len(codes), search
    first = await schools(own_school, first=2)
    assert first["totalCount"] == 3
    assert first["pageInfo"]["hasNextPage"]
    rest = await schools(own_school, first=2, after=first["pageInfo"]["endCursor"])
    assert [each["code"] for each in rest["nodes"]] == ["demo"]
    for login in signed_in:
        assert (await own_school.data(SEARCH, as_=login))["schools"] == everything


@pytest.mark.parametrize(("given", "field"), [({"search": "я" * 201}, "search"), ({"first": 101}, "first")])
async def test_a_search_that_cannot_be(school: School, given: dict[str, Any], field: str) -> None:
    answer = await school.ask(SEARCH, given)
    assert answer["errors"][0]["extensions"] == {"code": "BAD_INPUT", "field": field}


async def test_a_search_uses_its_index(own_school: School) -> None:
    async with own_school.app.state.database.pool.acquire() as connection:
        await connection.execute(
            "INSERT INTO school (code, name, full_name, time_zone)"
            " SELECT 's' || n, 'Школа № ' || n, 'Школа № ' || n, 'UTC' FROM generate_series(1000, 4000) AS n"
        )
        await connection.execute("ANALYZE school")
        plan = await connection.fetch(
            "EXPLAIN SELECT code FROM school"
            " WHERE school_words(code, name, full_name) @@ to_tsquery('simple', russian_key('школа:* & 2345:*'))"
        )
    assert "school_words_idx" in "\n".join(row[0] for row in plan)
    assert [each["code"] for each in (await schools(own_school, "школа 2345"))["nodes"]] == ["s2345"]


async def test_the_public_part_is_for_everyone_of_the_school(school: School) -> None:
    query = "{ school { name address site licenceNumber accreditationNumber } }"
    for login in ("student", "parent", "analyst", "hr"):
        shown = (await school.data(query, as_=login))["school"]
        assert all(shown.values()), login
