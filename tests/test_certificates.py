"""Certified journals: number, digest, signature; what changes afterwards is found; only the director certifies."""

import asyncio
import base64
import copy
import hashlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from resolvers.database import Snapshot
from rules.journal_certificates import DifferenceKind, differences
from server.demo import Demo
from server.demo_certificates import certify_closed
from server.settings import Settings

from .conftest import copied
from .contents import digests
from .journal_help import Journal, gid, number_of, opened
from .print_help import CLASS, LESSONS, fetch, plain, read
from .signature_help import DIRECTOR, OPENSSL, Holder, authority, rsa_key

AFTER = datetime(2026, 6, 1, 5, tzinfo=UTC)
"""The last quarter is over, and the year is not."""

FIELDS = (
    "id number issuedAt digest subject serial validFrom validUntil signedAt acceptedAt contentUrl signatureUrl printUrl"
    " schoolClass { name } period { name } issuedBy { name }"
)
REFUSED = "... on Refusal { code field clause message }"
CERTIFY = (
    "mutation($input: CertifyJournalInput!) { certifyJournal(input: $input) { __typename ... on CertifyJournalPayload"
    f" {{ certificate {{ {FIELDS} }} }} {REFUSED} }} }}"
)
SIGN = (
    "mutation($input: SignCertificateInput!) { signCertificate(input: $input) { __typename"
    f" ... on SignCertificatePayload {{ certificate {{ {FIELDS} }} }} {REFUSED} }} }}"
)
VERIFY = (
    "query($id: ID!) { verifyCertificate(id: $id) { digestMatches signature signatureFlaw journalMatches"
    " totalDifferences differences { kind where old new } } }"
)
WRITTEN = ("certificate", "certificate_signature", "mark", "lesson")
ROOT = authority()
TARGET = "/certificates/"


@dataclass
class Office(Journal):
    """A school whose director has a key of her own."""

    director: Holder

    async def certify(self, of: Any, as_: str = "director", **more: Any) -> dict[str, Any]:
        """The result of certifying a class's journal for a period."""
        given = {"classId": gid("SchoolClass", of["id"]), "periodId": gid("Period", of["period"]), **more}
        return dict((await self.school.data(CERTIFY, {"input": given}, as_=as_))["certifyJournal"])

    async def command(self, name: str, **given: Any) -> dict[str, Any]:
        """What a deputy's command answers, which must not be refused."""
        kind = name[0].upper() + name[1:]
        query = f"mutation($input: {kind}Input!) {{ {name}(input: $input) {{ __typename {REFUSED} }} }}"
        result = dict((await self.school.data(query, {"input": given}, as_="deputy"))[name])
        assert result["__typename"] == f"{kind}Payload", result
        return result

    async def close(self, of: Any) -> None:
        """Close the period for the class, with what is missing."""
        period, classes = gid("Period", of["period"]), [gid("SchoolClass", of["id"])]
        await self.command("closePeriod", periodId=period, classIds=classes, withGaps=True)

    async def reopen(self, of: Any) -> None:
        """Open it again."""
        period, classes = gid("Period", of["period"]), [gid("SchoolClass", of["id"])]
        await self.command("reopenPeriod", periodId=period, classIds=classes, reason="Ошибка в журнале")

    async def certified(self, of: Any) -> dict[str, Any]:
        """The certificate that it must give, once the period is closed."""
        await self.close(of)
        result = await self.certify(of)
        assert result["__typename"] == "CertifyJournalPayload", result
        return dict(result["certificate"])

    async def sign(self, certificate: str, signature: bytes | str) -> dict[str, Any]:
        """The result of putting a signature to a certificate."""
        text = signature if isinstance(signature, str) else base64.b64encode(signature).decode()
        given = {"certificateId": certificate, "signature": text}
        return dict((await self.school.data(SIGN, {"input": given}, as_="director"))["signCertificate"])

    async def bytes_of(self, certificate: dict[str, Any], as_: str = "director") -> bytes:
        """The bytes to sign, as the signer fetches them."""
        answer = await fetch(self, certificate["contentUrl"], as_)
        assert answer.status_code == 200, answer.text
        return bytes(answer.content)

    async def verify(self, certificate: str, as_: str = "deputy") -> dict[str, Any]:
        """What verifying says."""
        return dict((await self.school.data(VERIFY, {"id": certificate}, as_=as_))["verifyCertificate"])

    async def of(self, name: str = "5А", period: str = "IV четверть") -> Any:
        """A class with a period."""
        return await self.db.fetchrow(CLASS, name, period)


@pytest.fixture(scope="module")
async def office(
    cluster: str, demo_template: tuple[str, Demo], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Office]:
    """A school for this module; each test certifies for itself and takes back what it changes."""
    path = tmp_path_factory.mktemp("anchors") / "anchors.pem"
    path.write_bytes(ROOT.certificate.public_bytes(Encoding.PEM))
    async for school in copied(cluster, demo_template, Settings(now=AFTER, trust_anchors=path)):
        db = await asyncpg.connect(school.url)
        try:
            person = await db.fetchrow(
                "SELECT person.* FROM person JOIN account ON person_id = person.id WHERE login = 'director'"
            )
            names = f"{person['given_name']} {person['patronymic'] or ''}".strip()
            holder = ROOT.issue({NameOID.SURNAME: person["family_name"], NameOID.GIVEN_NAME: names})
            yield Office(school, db, holder)
        finally:
            await db.close()


async def test_a_certificate_freezes_the_whole_journal(office: Office) -> None:
    of = await office.of()
    certificate = await office.certified(of)
    content = await office.bytes_of(certificate)
    assert certificate["digest"] == hashlib.sha256(content).hexdigest()
    assert (certificate["schoolClass"], certificate["period"]) == ({"name": "5А"}, {"name": "IV четверть"})
    assert certificate["subject"] is certificate["acceptedAt"] is certificate["signatureUrl"] is None
    frozen = orjson.loads(content)
    assert frozen["certificate"]["number"] == certificate["number"]
    assert orjson.dumps(frozen, option=orjson.OPT_SORT_KEYS) == content
    lessons = [lesson for page in frozen["journal"]["pages"] for lesson in page["lessons"]]
    numbers = [row["id"] for row in await office.db.fetch(LESSONS, of["id"], of["starts_on"], of["ends_on"])]
    assert {lesson["id"] for lesson in lessons if lesson["state"] != "cancelled"} == set(numbers)
    for table, count in {
        "mark": sum(len(task["marks"]) for lesson in lessons for task in lesson["tasks"]),
        "attendance": sum(len(lesson["attendance"]) for lesson in lessons),
        "homework": sum(len(lesson["homework"]) for lesson in lessons),
        "task": sum(len(lesson["tasks"]) for lesson in lessons),
        "roll_call": sum(lesson["rollCalledAt"] is not None for lesson in lessons),
    }.items():
        kept = await office.db.fetchval(f"SELECT count(*) FROM {table} WHERE lesson_id = ANY($1)", numbers)
        assert kept == count > 10, table


async def test_numbers_follow_one_another(office: Office) -> None:
    last = await office.db.fetchval("SELECT coalesce(max(number), 0) FROM certificate")
    classes = [await office.of(), await office.of("5Б"), await office.of("9Б", "I четверть")]
    results = await asyncio.gather(*(office.certified(each) for each in classes))
    assert sorted(each["number"] for each in results) == [last + 1, last + 2, last + 3]


async def test_a_repeat_under_the_same_key_is_the_same_certificate(office: Office) -> None:
    of = await office.of()
    await office.close(of)
    one, two = [await office.certify(of, idempotencyKey="certify-once") for _ in range(2)]
    assert one["certificate"]["id"] == two["certificate"]["id"]


async def test_only_periods_that_are_over_are_certified(office: Office) -> None:
    half = await office.of("10А", "II полугодие")
    await office.db.execute("UPDATE period SET ends_on = '2026-06-01' WHERE id = $1", half["period"])
    before = await digests(office.db, WRITTEN)
    for of, code in ((half, "PERIOD_NOT_OVER"), ({"id": half["id"], "period": 1}, "NOT_FOUND")):
        result = await office.certify(of)
        assert (result["code"], result["field"]) == (code, "periodId")
    assert (await office.certify(half))["clause"] == "8.2"
    assert await digests(office.db, WRITTEN) == before
    await office.db.execute("UPDATE period SET ends_on = '2026-05-31' WHERE id = $1", half["period"])
    refused = await office.certify(half)
    assert (refused["code"], refused["field"], refused["clause"]) == ("PERIOD_NOT_CLOSED", "periodId", "8.2")
    await office.close(half)
    await office.reopen(half)
    assert (await office.certify(half))["code"] == "PERIOD_NOT_CLOSED"
    assert await digests(office.db, WRITTEN) == before
    await office.close(half)
    assert (await office.certify(half))["__typename"] == "CertifyJournalPayload"


@pytest.mark.parametrize("login", ["deputy", "class-teacher", "secretary", "administrator", "analyst", "parent"])
async def test_nobody_else_certifies_or_signs(office: Office, login: str) -> None:
    of, before = await office.of(), await digests(office.db, WRITTEN)
    given = {"classId": gid("SchoolClass", of["id"]), "periodId": gid("Period", of["period"])}
    assert "errors" in await office.school.ask(CERTIFY, {"input": given}, as_=login)
    signing = {"certificateId": gid("Certificate", 1), "signature": "AA=="}
    assert "errors" in await office.school.ask(SIGN, {"input": signing}, as_=login)
    assert await digests(office.db, WRITTEN) == before


async def test_the_director_signs(office: Office) -> None:
    certificate = await office.certified(await office.of())
    content = await office.bytes_of(certificate)
    assert (await office.verify(certificate["id"]))["signature"] == "NOT_SIGNED"
    assert (await fetch(office, f"{TARGET}{certificate['id']}.p7s")).status_code == 404
    signature = office.director.sign(content)
    signed = (await office.sign(certificate["id"], signature))["certificate"]
    assert signed["serial"] == f"{office.director.certificate.serial_number:x}"
    assert datetime.fromisoformat(signed["validUntil"]) == office.director.certificate.not_valid_after_utc
    assert abs(datetime.fromisoformat(signed["acceptedAt"]) - datetime.now(UTC)) < timedelta(minutes=5)
    assert (await fetch(office, signed["signatureUrl"])).content == signature
    assert await office.verify(certificate["id"]) == {
        "digestMatches": True,
        "signature": "VALID",
        "signatureFlaw": None,
        "journalMatches": True,
        "totalDifferences": 0,
        "differences": [],
    }
    again = await office.sign(certificate["id"], signature)
    assert (again["code"], again["field"], again["clause"]) == ("ALREADY_SIGNED", "certificateId", "8.2")


@pytest.mark.skipif(OPENSSL is None, reason="there is no openssl here")
async def test_the_director_signs_with_openssl(office: Office, tmp_path: Path) -> None:
    """With an RSA key, the bytes fetched over HTTP, the answer as PEM."""
    names = {each.oid: str(each.value) for each in office.director.certificate.subject}
    holder = ROOT.issue(names, rsa_key())
    certificate = await office.certified(await office.of("5Б"))
    signature = holder.openssl(tmp_path, await office.bytes_of(certificate))
    pem = f"-----BEGIN CMS-----\n{base64.encodebytes(signature).decode()}-----END CMS-----\n"
    result = await office.sign(certificate["id"], pem)
    assert result["__typename"] == "SignCertificatePayload", result
    assert (await office.verify(certificate["id"]))["signature"] == "VALID"


async def test_other_signatures_are_refused(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = await office.certified(await office.of())
    content, before = await office.bytes_of(certificate), await digests(office.db, WRITTEN)
    names = {each.oid: str(each.value) for each in office.director.certificate.subject}
    spoilt = bytearray(office.director.sign(content))
    spoilt[-1] ^= 1
    refused = [
        bytes(spoilt),
        office.director.sign(content + b" "),
        office.director.sign(content, attached=True),
        authority("Чужой центр").issue(names).sign(content),
        ROOT.issue(DIRECTOR | {NameOID.SURNAME: "Чужова"}).sign(content),
        "это не base64",
        "A" * 200_000,
    ]
    for signature in refused:
        result = await office.sign(certificate["id"], signature)
        assert (result.get("code"), result.get("field"), result.get("clause")) == ("BAD_SIGNATURE", "signature", "8.2")
        assert any("а" <= letter <= "я" for letter in result["message"])
    monkeypatch.setattr(office.school.app.state.graphql, "anchors", [])
    assert (await office.sign(certificate["id"], office.director.sign(content)))["code"] == "SIGNING_NOT_SET_UP"
    assert (await office.sign(gid("Certificate", 10**9), b"0"))["code"] == "NOT_FOUND"
    assert await digests(office.db, WRITTEN) == before
    noted = await office.db.fetch(
        "SELECT outcome FROM audit_entry WHERE command = 'signCertificate' ORDER BY id DESC LIMIT 9"
    )
    assert [row["outcome"] for row in noted] == ["NOT_FOUND", "SIGNING_NOT_SET_UP", *["BAD_SIGNATURE"] * 7]


async def test_trust_that_has_ended_shows(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = await office.certified(await office.of())
    await office.sign(certificate["id"], office.director.sign(await office.bytes_of(certificate)))
    monkeypatch.setattr(office.school.app.state.graphql, "anchors", [authority("Другой").certificate])
    found = await office.verify(certificate["id"])
    assert found["signature"] == "INVALID"
    assert "не доверяет" in found["signatureFlaw"]


async def test_what_changes_afterwards_is_found(office: Office) -> None:
    """A mark set by a command, and others in the database: each is told, with its place, what was and what is."""
    of = await office.of()
    certificate, db = await office.certified(of), office.db
    await office.reopen(of)
    lesson = await db.fetchrow(
        "SELECT lesson.* FROM lesson JOIN mark ON (mark.school_id, lesson_id) = (lesson.school_id, lesson.id)"
        " JOIN study_group AS g ON (g.school_id, g.id) = (lesson.school_id, group_id) WHERE class_id = $1"
        " AND topic IS NOT NULL AND value IN ('3', '4') ORDER BY date DESC LIMIT 1",
        of["id"],
    )
    mark = await db.fetchrow("SELECT * FROM mark WHERE lesson_id = $1 AND value IN ('3', '4') LIMIT 1", lesson["id"])
    given = {"taskId": gid("Task", mark["task_id"]), "studentId": gid("Student", mark["student_id"]), "value": "5"}
    done = await office.school.data(
        "mutation($i: SetMarkInput!) { setMark(input: $i) { __typename } }", {"i": given}, as_="deputy"
    )
    assert done["setMark"]["__typename"] == "SetMarkPayload"
    absence = await db.fetchrow(
        "DELETE FROM attendance WHERE id = (SELECT min(attendance.id) FROM attendance"
        " JOIN lesson ON (lesson.school_id, lesson.id) = (attendance.school_id, lesson_id)"
        " JOIN study_group AS g ON (g.school_id, g.id) = (lesson.school_id, group_id)"
        " WHERE class_id = $1 AND date >= $2) RETURNING *",
        *(of["id"], of["starts_on"]),
    )
    await db.execute("UPDATE lesson SET topic = 'Новая тема' WHERE id = $1", lesson["id"])
    await db.execute(
        "INSERT INTO homework (school_id, lesson_id, lesson_date, text, for_all, published_at, changed_at)"
        " VALUES (1, $1, $2, 'Новое задание', true, now(), now())",
        *(lesson["id"], lesson["date"]),
    )
    found = await office.verify(certificate["id"])
    assert (found["digestMatches"], found["journalMatches"], found["totalDifferences"]) == (True, False, 4)
    by_kind = {kind: [each for each in found["differences"] if each["kind"] == kind] for kind in ("ADDED", "REMOVED")}
    (added,), (removed,) = by_kind["ADDED"], by_kind["REMOVED"]
    assert (added["new"], added["old"]) == ("Новое задание", None)
    assert removed["new"] is None
    assert f"{absence['lesson_date']:%d.%m.%Y}" in removed["where"]
    changed = {each["new"].partition(",")[0]: each for each in found["differences"] if each["kind"] == "CHANGED"}
    assert changed.keys() == {"Новая тема", "5"}
    assert changed["Новая тема"]["old"] == lesson["topic"]
    assert changed["5"]["old"].startswith(mark["value"])
    # The print of what was certified shows what stood there then.
    answer = await fetch(office, certificate["printUrl"])
    frozen = read(answer.content).text
    assert plain(lesson["topic"]) in frozen
    assert "Новая тема" not in frozen
    assert f"под № {certificate['number']}" in frozen
    assert certificate["digest"] in frozen


async def test_marks_of_the_period_are_certified(office: Office) -> None:
    """They stand in the snapshot and in its print; what is set, changed and taken back afterwards is found."""
    of, db = await office.of("5Б"), office.db
    await office.close(of)
    await office.reopen(of)
    rows = await db.fetch(
        "SELECT DISTINCT m.student_id, a.subject_id, subject.name FROM group_membership AS m JOIN teaching_assignment"
        " AS a ON a.group_id = m.group_id JOIN study_group AS g ON g.id = m.group_id JOIN subject"
        " ON subject.id = a.subject_id WHERE g.class_id = $1 AND m.ends_on IS NULL AND g.name IS NULL"
        " AND a.ends_on > '2026-05-31' AND subject.short_name = 'Биол.' ORDER BY 1 LIMIT 3",
        of["id"],
    )
    period = gid("Period", of["period"])
    places = [
        {"studentId": gid("Student", row["student_id"]), "subjectId": gid("Subject", rows[0]["subject_id"])}
        for row in rows
    ]
    for place, value in zip(places, ("4", "н/а"), strict=False):
        await office.command("setPeriodMark", **place, periodId=period, value=value)
    certificate = await office.certified(of)
    results = orjson.loads(await office.bytes_of(certificate))["journal"]["results"]
    names = {each["id"]: each["name"] for each in results["students"]}
    (subject,) = (each for each in results["subjects"] if each["id"] == rows[0]["subject_id"])
    assert {mark["student"]: mark["value"] for mark in subject["marks"]} == {
        rows[0]["student_id"]: "4",
        rows[1]["student_id"]: "н/а",
    }
    (sheet,) = (
        each
        for each in read((await fetch(office, certificate["printUrl"])).content).pages
        if "Отметки за период" in each and "Фамилия, имя" in each
    )
    assert f"{names[rows[0]['student_id']]} 4" in sheet
    assert f"{names[rows[1]['student_id']]} н/а" in sheet
    assert (await office.verify(certificate["id"]))["journalMatches"]
    await office.reopen(of)
    await office.command("setPeriodMark", **places[0], periodId=period, value="5")
    await office.command("setPeriodMark", **places[2], periodId=period, value="3")
    mark = await db.fetchrow(
        "SELECT id, version FROM final_mark WHERE student_id = $1 AND subject_id = $2 AND period_id = $3",
        *(rows[1]["student_id"], rows[1]["subject_id"], of["period"]),
    )
    await office.command("removeFinalMark", markId=gid("FinalMark", mark["id"]), ifVersion=mark["version"])
    found = await office.verify(certificate["id"])
    assert {(each["kind"], each["where"], each["old"], each["new"]) for each in found["differences"]} == {
        (kind, f"{rows[0]['name']}: {names[row['student_id']]}, отметка за период", old, new)
        for row, kind, old, new in zip(
            rows,
            ("CHANGED", "REMOVED", "ADDED"),
            ("4", "н/а", None),
            ("5", None, "3"),
            strict=True,
        )
    }
    first_format = {
        key: value
        for key, value in orjson.loads(await office.bytes_of(certificate))["journal"].items()
        if key != "results"
    }
    assert differences(first_format, {**first_format, "results": results}) == []


MIRRORED = {
    DifferenceKind.ADDED: DifferenceKind.REMOVED,
    DifferenceKind.REMOVED: DifferenceKind.ADDED,
    DifferenceKind.CHANGED: DifferenceKind.CHANGED,
}


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to everything that a copy says."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if items is None:
        yield path
    else:
        for name, each in items:
            yield from leaves(each, (*path, name))


async def test_no_change_escapes(office: Office) -> None:
    """Whatever value of a lesson is changed, it is a difference; looked at from the other side, the opposite."""
    certificate = await office.certified(await office.of())
    whole = orjson.loads(await office.bytes_of(certificate))["journal"]
    page = max(whole["pages"], key=lambda page: len(page["students"]))
    best = max(page["lessons"], key=lambda lesson: len(lesson["attendance"]) + len(lesson["homework"]))
    small = {**whole, "pages": [{**page, "lessons": [best]}]}
    assert differences(small, copy.deepcopy(small)) == []
    seen = 0
    for path in leaves(small["pages"][0]):
        other = copy.deepcopy(small)
        at = other["pages"][0]
        for name in path[:-1]:
            at = at[name]
        old = at[path[-1]]
        somebody = {"id": 77, "name": "Иной Иван", "short": "Иной И."}
        days = {"date": "2026-05-02", "dueOn": "2026-05-03", "setAt": "2026-05-04", "madeUpOn": "2026-05-05"}
        changed = {"substitute": somebody, "code": "exempt", **days}
        at[path[-1]] = changed.get(
            path[-1], not old if isinstance(old, bool) else 77 if isinstance(old, int) else "иное"
        )
        if path[-1] in ("short",) or (path[-2:] in (("teacher", "id"), ("substitute", "id"))) or at[path[-1]] == old:
            continue
        seen += 1
        found = differences(small, other)
        assert found, path
        back = sorted((MIRRORED[each.kind], str(each.new), str(each.old)) for each in differences(other, small))
        assert back == sorted((each.kind, str(each.old), str(each.new)) for each in found)
    assert seen > 30


async def test_rows_are_never_changed(office: Office) -> None:
    certificate = await office.certified(await office.of())
    number = number_of(certificate["id"])
    await office.sign(certificate["id"], office.director.sign(await office.bytes_of(certificate)))
    for statement in (
        "UPDATE certificate SET number = 999 WHERE id = $1",
        "DELETE FROM certificate WHERE id = $1",
        "UPDATE certificate_signature SET subject = '' WHERE certificate_id = $1",
        "DELETE FROM certificate_signature WHERE certificate_id = $1",
    ):
        with pytest.raises(asyncpg.RestrictViolationError):
            await office.db.execute(statement, number)


async def test_who_rewrites_the_snapshot_is_found_out(office: Office) -> None:
    """Whoever owns the database can turn triggers off: the digest has to fit, and then the signature does not."""
    certificate = await office.certified(await office.of())
    content = await office.bytes_of(certificate)
    await office.sign(certificate["id"], office.director.sign(content))
    other = content.replace(b'"value":"5"', b'"value":"4"', 1)
    assert other != content
    digest, number = hashlib.sha256(other).hexdigest(), number_of(certificate["id"])
    async with office.db.transaction():
        await office.db.execute("SET LOCAL session_replication_role = replica")
        await office.db.execute("UPDATE certificate SET content = $2, digest = $3 WHERE id = $1", number, other, digest)
    found = await office.verify(certificate["id"])
    assert (found["digestMatches"], found["signature"]) == (True, "INVALID")
    assert "другие данные" in found["signatureFlaw"]


async def test_who_sees_certificates(office: Office) -> None:
    mine = await office.db.fetchrow(
        "SELECT c.id, c.grade::text || c.letter AS name FROM class_leadership AS l JOIN school_class AS c"
        " ON (c.school_id, c.id) = (l.school_id, class_id) JOIN staff ON (staff.school_id, staff.id)"
        " = (l.school_id, staff_id) JOIN account ON account.person_id = staff.person_id WHERE login = 'class-teacher'"
        " AND '2026-06-01' BETWEEN l.starts_on AND coalesce(l.ends_on, '2026-06-01')"
    )
    period = await office.db.fetchval(
        "SELECT p.id FROM period AS p JOIN school_class AS c ON (c.school_id, c.year_id, c.period_kind)"
        " = (p.school_id, p.year_id, p.kind) WHERE c.id = $1 AND p.number = 1",
        mine["id"],
    )
    own = await office.certified({"id": mine["id"], "period": period})
    other = await office.certified(await office.of("5А" if mine["name"] != "5А" else "5Б"))
    query = "{ school { certificates(first: 100) { totalCount nodes { id } } } }"
    for login in ("director", "deputy", "class-teacher"):
        shown = (await office.school.data(query, as_=login))["school"]["certificates"]["nodes"]
        ids = {each["id"] for each in shown}
        assert own["id"] in ids
        assert (other["id"] in ids) is (login != "class-teacher")
    for login, status in (
        ("director", 200),
        ("deputy", 200),
        ("class-teacher", 404),
        ("teacher", 404),
        ("parent", 403),
    ):
        for path in (other["contentUrl"], other["printUrl"]):
            assert (await fetch(office, path, login)).status_code == status, (login, path)
    assert (await fetch(office, own["contentUrl"], "class-teacher")).status_code == 200
    assert (await fetch(office, own["contentUrl"], None)).status_code == 401
    assert (await fetch(office, f"{TARGET}{own['id']}.exe", "deputy")).status_code == 404
    assert "errors" in await office.school.ask(query, as_="secretary")
    assert (await office.school.data(VERIFY, {"id": other["id"]}, as_="class-teacher"))["verifyCertificate"] is None


async def test_everything_is_noted(office: Office) -> None:
    of = await office.of()
    await office.close(of)
    last = await office.db.fetchval("SELECT max(id) FROM audit_entry")
    certificate = (await office.certify(of))["certificate"]
    await office.sign(certificate["id"], office.director.sign(await office.bytes_of(certificate)))
    await fetch(office, certificate["printUrl"], "deputy")
    rows = await office.db.fetch("SELECT command, outcome, input FROM audit_entry WHERE id > $1 ORDER BY id", last)
    assert [(row["command"], row["outcome"]) for row in rows] == [
        *(("certifyJournal", "done"), ("fetchCertificate", "done")),
        *(("signCertificate", "done"), ("printCertificate", "done")),
    ]
    assert orjson.loads(rows[0]["input"])["number"] == certificate["number"]
    assert orjson.loads(rows[2]["input"])["serial"] == f"{office.director.certificate.serial_number:x}"


async def test_verifying_takes_as_many_statements(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = await office.certified(await office.of())
    counts, fetched = [0], Snapshot.fetch

    async def counting(self: Snapshot, *args: Any, **kwargs: Any) -> Any:
        counts[-1] += 1
        return await fetched(self, *args, **kwargs)

    monkeypatch.setattr(Snapshot, "fetch", counting)
    await office.verify(certificate["id"])
    assert counts[0] < 30


async def test_the_demo_certifies_what_was_closed_in_october(cluster: str, demo_template: tuple[str, Demo]) -> None:
    """By the director's own command, without a signature: the journal is as certified."""
    async with opened(cluster, demo_template) as journal:
        of = await journal.db.fetchrow(CLASS, "9Б", "I четверть")
        await journal.db.executemany(
            "INSERT INTO period_closing (school_id, class_id, period_id, closed_at) SELECT school_id, id, $2, $3"
            " FROM school_class WHERE id = $1",
            [(of["id"], of["period"], datetime(2025, 10, 27, tzinfo=UTC)), (of["id"], of["period"] + 1, AFTER)],
        )
        await certify_closed(journal.school.url, Settings(), journal.school.demo.code)
        (row,) = await journal.db.fetch("SELECT * FROM certificate")
        assert (row["number"], row["class_id"], row["period_id"]) == (1, of["id"], of["period"])
        assert row["issued_at"] == datetime(2025, 10, 29, 4, tzinfo=UTC)
        query = {"id": gid("Certificate", row["id"])}
        found = (await journal.school.data(VERIFY, query, as_="deputy"))["verifyCertificate"]
        assert (found["digestMatches"], found["signature"], found["journalMatches"]) == (True, "NOT_SIGNED", True)
