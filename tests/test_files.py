"""Files of tasks and homework over real HTTP: who may send them, what is taken, and who may fetch them."""

import asyncio
import hashlib
import io
import os
import struct
import time
import unicodedata
import zipfile
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import asyncpg
import httpx
import pytest

from documents.files import FolderStore, Missing, recognise
from rules.account import PERSONAL
from rules.refusals import Refusal
from rules.school_files import MOST_BYTES, MediaType, Unfit, checked_name, named
from server.demo import Demo

from .conftest import School, copied

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
HTML = b"<!doctype html><script>alert(document.domain)</script>"
EXE = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00"

# A lesson that the demo's student was at, of a class as a whole, and people around it.
CAST = """
WITH lesson AS (
    SELECT lesson.*, class_id, me.student_id FROM lesson
    JOIN study_group AS g ON (g.school_id, g.id) = (lesson.school_id, group_id)
    JOIN group_membership AS m ON (m.school_id, m.group_id) = (lesson.school_id, g.id)
     AND m.starts_on <= date AND (m.ends_on IS NULL OR m.ends_on >= date)
    JOIN (SELECT student.id AS student_id FROM account JOIN student USING (school_id, person_id)
          WHERE login = 'student') AS me ON me.student_id = m.student_id
    JOIN staff ON (staff.school_id, staff.id) = (lesson.school_id, teacher_id) AND dismissed_on IS NULL
    WHERE state = 'held' AND substitute_id IS NULL AND g.name IS NULL ORDER BY date DESC, lesson.id LIMIT 1
), here AS (
    SELECT student_id FROM enrolment WHERE class_id = (SELECT class_id FROM lesson)
), login AS (
    SELECT account.*, staff.id AS staff_id, student.id AS own_id, guardian.id AS guardian_id FROM account
    LEFT JOIN staff USING (school_id, person_id)
    LEFT JOIN student USING (school_id, person_id)
    LEFT JOIN guardian USING (school_id, person_id)
)
SELECT lesson.id AS lesson, lesson.student_id AS student,
    (SELECT login FROM login WHERE staff_id = teacher_id) AS teacher,
    (SELECT min(login) FROM login WHERE login ~ '^t[0-9]' AND locked_at IS NULL AND staff_id NOT IN (
        SELECT staff_id FROM teaching_assignment WHERE group_id = lesson.group_id
        UNION SELECT staff_id FROM class_leadership WHERE class_id = lesson.class_id)) AS other_teacher,
    (SELECT min(login) FROM login WHERE own_id <> lesson.student_id AND own_id IN (
        SELECT student_id FROM group_membership
        WHERE group_id = lesson.group_id AND starts_on <= date AND (ends_on IS NULL OR ends_on >= date)
    )) AS mate,
    (SELECT min(login) FROM login WHERE login ~ '^p[0-9]' AND guardian_id NOT IN (
        SELECT guardian_id FROM guardianship WHERE student_id IN (TABLE here))) AS other_parent
FROM lesson
"""


@dataclass
class Room:
    """A school to write in, and who is who around one of its lessons."""

    school: School
    db: "asyncpg.Connection[Any]"
    lesson: str
    student: str
    teacher: str
    other_teacher: str
    mate: str
    other_parent: str

    @property
    def store(self) -> Path:
        """The folder of the store."""
        root: Path = self.school.app.state.files.store.root
        return root

    def stored(self) -> list[str]:
        """Every file in the store's folder, whether it has arrived or not."""
        return sorted(str(path.relative_to(self.store)) for path in self.store.rglob("*") if path.is_file())

    async def post(self, content: Any, name: str | None = "Работа.pdf", as_: str | None = "", **headers: str) -> Any:
        """The response to an upload; by the lesson's teacher unless by another, or by nobody (None)."""
        if as_ is not None:
            headers["authorization"] = f"Bearer {await self.school.token(as_ or self.teacher)}"
        path = "/files" if name is None else f"/files?name={quote(name, safe='')}"
        return await self.school.client.post(path, content=content, headers=headers)

    async def upload(self, content: bytes = PDF, name: str = "Работа.pdf", as_: str = "") -> str:
        """The id of a file that must be taken."""
        response = await self.post(content, name, as_)
        assert response.status_code == 201, response.text
        found: str = response.json()["id"]
        return found

    async def run(self, command: str, given: dict[str, Any], as_: str = "") -> Any:
        """The answer to `addTask` or `assignHomework` at the lesson."""
        kind, more = KINDS[command]
        query = (
            f"mutation($input: {kind}Input!) {{ {command}(input: $input) {{"
            f" ... on {kind}Payload {{ {more} {{ id attachments {{ id name mediaType size url }} }} }}"
            " ... on Refusal { code field } } }"
        )
        data = await self.school.data(query, {"input": {"lessonId": self.lesson, **given}}, as_=as_ or self.teacher)
        return data[command].get(more, data[command])

    async def hang(self, *files: str, students: Sequence[str] | None = None) -> list[dict[str, Any]]:
        """The attachments of a new homework."""
        given = {"text": "Прочитать", "studentIds": students, "fileIds": list(files)}
        attachments: list[dict[str, Any]] = (await self.run("assignHomework", given))["attachments"]
        return attachments

    async def get(self, url: str, as_: str | None, method: str = "GET") -> httpx.Response:
        """What somebody gets at an attachment's address."""
        headers = {"authorization": f"Bearer {await self.school.token(as_)}"} if as_ else {}
        return await self.school.client.request(method, url, headers=headers)

    async def statuses(self, url: str, *logins: str | None) -> dict[str | None, int]:
        """What each of them gets there."""
        return {login: (await self.get(url, login)).status_code for login in logins}

    async def entries(self, command: str) -> list[tuple[str, str]]:
        """Outcome and input of the command's audit entries."""
        rows = await self.db.fetch(
            "SELECT outcome, input::text FROM audit_entry WHERE command = $1 ORDER BY id", command
        )
        return [(row["outcome"], row["input"]) for row in rows]


KINDS = {"addTask": ("AddTask", "task"), "assignHomework": ("AssignHomework", "homework")}


def gid(type_name: str, number: int) -> str:
    """The opaque id of a row."""
    return b64encode(f"{type_name}:{number}".encode()).decode()


@pytest.fixture(scope="module")
async def room(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Room]:
    """A school of this module's own: its tests add files, tasks and homework, and change nothing else."""
    async for school in copied(cluster, demo_template):
        db = await asyncpg.connect(school.url)
        try:
            cast = dict(await db.fetchrow(CAST))
            assert all(cast.values()), cast
            lesson, student = gid("Lesson", cast.pop("lesson")), gid("Student", cast.pop("student"))
            yield Room(school, db, lesson, student, **cast)
        finally:
            await db.close()


# Who fetches what.


async def test_homework_of_one_student(room: Room) -> None:
    """The teacher, the named student, the parent and those who read every journal; nobody else, by any sign."""
    name = "Разбор ошибок, 5А «параграф 1».pdf"
    response = await room.post(PDF, name)
    assert response.status_code == 201
    answer = response.json()
    (shown,) = await room.hang(answer.pop("id"), students=[room.student])
    assert answer == {"name": name, "mediaType": "application/pdf", "size": len(PDF)}
    url = shown.pop("url")
    assert url == f"/files/{shown.pop('id')}"
    assert shown == answer
    # That the class mate is named in another homework of the lesson opens that one, not this.
    mate = await room.db.fetchval(
        "SELECT student.id FROM account JOIN student USING (school_id, person_id) WHERE login = $1", room.mate
    )
    (other,) = await room.hang(await room.upload(), students=[gid("Student", mate)])
    assert await room.statuses(other["url"], room.mate, "student", "parent") == {
        room.mate: 200,
        "student": 404,
        "parent": 404,
    }
    inside = (room.teacher, "student", "parent", "deputy", "director")
    assert await room.statuses(url, *inside) == dict.fromkeys(inside, 200)
    outside = (
        room.mate,
        room.other_parent,
        room.other_teacher,
        "secretary",
        "hr",
        "administrator",
        "analyst",
        "service",
    )
    assert await room.statuses(url, *outside) == dict.fromkeys(outside, 404)
    assert await room.statuses(url, None) == {None: 401}
    hidden = await room.get(url, room.mate)
    missing = await room.get(f"/files/{gid('Attachment', 10**9)}", room.mate)
    assert (hidden.content, hidden.headers) == (missing.content, missing.headers)
    assert hidden.json()["errors"][0]["extensions"] == {"code": "NOT_FOUND"}


async def test_task_of_a_class(room: Room) -> None:
    """What hangs on a task is for everyone who was there, and still not for other classes."""
    file = await room.upload(PNG, "схема.png")
    given = {"workTypeId": gid("WorkType", await room.db.fetchval("SELECT min(id) FROM work_type"))}
    task = await room.run("addTask", {**given, "fileIds": [file, file]})
    (shown,) = task["attachments"]
    assert await room.statuses(shown["url"], room.mate, "student", "parent", room.other_parent, room.other_teacher) == {
        room.mate: 200,
        "student": 200,
        "parent": 200,
        room.other_parent: 404,
        room.other_teacher: 404,
    }
    assert (await room.run("addTask", given))["attachments"] == []
    query = "query($id: ID!) { node(id: $id) { ... on Attachment { name } ... on Task { attachments { url } } } }"
    seen = await room.school.data(query, {"id": task["id"]}, as_="parent")
    assert seen["node"] == {"attachments": [{"url": shown["url"]}]}
    for login, there in (("student", {"name": "схема.png"}), (room.other_parent, None)):
        assert (await room.school.data(query, {"id": shown["id"]}, as_=login))["node"] == there


async def test_headers_and_head(room: Room) -> None:
    (shown,) = await room.hang(await room.upload(PDF, "Тест's №1.pdf"))
    response = await room.get(shown["url"], "parent")
    assert response.content == PDF
    head = await room.get(shown["url"], "parent", "HEAD")
    assert (head.status_code, head.content, head.headers) == (200, b"", response.headers)
    headers = response.headers
    assert headers["content-type"] == "application/pdf"
    assert headers["content-length"] == str(len(PDF))
    assert headers["content-disposition"] == "attachment; filename*=UTF-8''" + quote("Тест's №1.pdf", safe="")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "private, no-store"
    assert "sandbox" in headers["content-security-policy"]
    assert (await room.get(shown["url"], room.other_parent, "HEAD")).status_code == 404


async def test_connection_goes_back_before_the_bytes(room: Room) -> None:
    """A client that reads slowly, or sends slowly, must not hold one."""
    (shown,) = await room.hang(await room.upload())
    pool = room.school.app.state.database.pool
    idle = []

    async def send(message: Any) -> None:
        idle.append(pool.get_size() - pool.get_idle_size())

    async def body() -> AsyncIterator[bytes]:
        for part in (PDF, b"%%EOF"):
            idle.append(pool.get_size() - pool.get_idle_size())
            yield part

    await asgi(room, "GET", shown["url"], await room.school.token("parent"), [], send)
    assert (await room.post(body())).status_code == 201
    assert idle == [0] * 5


@pytest.mark.parametrize("path", ["x", "%00", "..%2f..%2fsecret", "QXR0YWNobWVudDo=", gid("File", 1), gid("Task", 1)])
async def test_what_is_no_attachment(room: Room, path: str) -> None:
    assert (await room.get(f"/files/{path}", "deputy")).status_code == 404


async def test_lost_content_is_an_incident(room: Room) -> None:
    """The bytes are looked for before the answer begins: it never breaks off in the middle."""
    (shown,) = await room.hang(await room.upload(b"soon gone", "a.txt"))
    (path,) = (path for path in room.store.rglob("*") if path.is_file() and path.read_bytes() == b"soon gone")
    path.write_bytes(b"cut")
    response = await room.get(shown["url"], "parent")
    assert response.status_code == 500
    assert response.json()["errors"][0]["extensions"].keys() == {"code", "incident"}
    path.unlink()
    assert (await room.get(shown["url"], "parent")).status_code == 500


# Who sends what.


async def test_only_people_upload(room: Room) -> None:
    before = room.stored()
    for login in ("student", "parent", "director", "secretary", "analyst", "service", "administrator"):
        response = await room.post(PDF, as_=login)
        roles = next(each.roles for each in room.school.demo.logins if each.login == login)
        assert response.status_code == (201 if roles & PERSONAL else 403), login
        if response.status_code == 403:
            assert response.json()["errors"][0]["extensions"] == {"code": "FORBIDDEN"}
    for headers in ({}, {"authorization": "Bearer nonsense"}):
        response = await room.post(PDF, as_=None, **headers)
        assert (response.status_code, response.headers["www-authenticate"]) == (401, "Bearer")
        assert response.json()["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}
    assert set(room.stored()) - set(before) <= {stored_path(PDF)}


def stored_path(content: bytes) -> str:
    """Where the store keeps a content."""
    digest = hashlib.sha256(content).hexdigest()
    return f"{digest[:2]}/{digest[2:4]}/{digest}"


async def test_same_content_is_stored_once(room: Room) -> None:
    content = b"the same words"
    ids = {await room.upload(content, "один.txt"), await room.upload(content, "два.txt", "deputy")}
    assert len(ids) == 2
    assert room.stored().count(stored_path(content)) == 1
    rows = await room.db.fetch(
        "SELECT name, login FROM file JOIN account ON (account.school_id, account.id) = (file.school_id, uploaded_by)"
        " WHERE digest = $1 ORDER BY file.id",
        stored_path(content).rpartition("/")[2],
    )
    assert [tuple(row) for row in rows] == [("один.txt", room.teacher), ("два.txt", "deputy")]


async def test_html_never_leaves_as_html(room: Room) -> None:
    """It is a text, and is saved as one: neither a browser nor a double click runs it."""
    for name, kept in (("урок.pdf", "урок.pdf.txt"), ("index.html", "index.html.txt"), ("run.bat", "run.bat.txt")):
        (shown,) = await room.hang(await room.upload(HTML, name))
        assert (shown["name"], shown["mediaType"]) == (kept, "text/plain")
        response = await room.get(shown["url"], "student")
        assert response.headers["content-type"] == "text/plain; charset=utf-8"
        assert response.headers["content-disposition"].startswith("attachment;")
    table = "Тема;Часы\r\nКлетка;1\r\n".encode("cp1251")
    (csv,) = await room.hang(await room.upload(table, "план.csv"))
    assert (csv["name"], csv["mediaType"]) == ("план.csv", "text/csv")
    response = await room.get(csv["url"], "student")
    assert (response.content, response.headers["content-type"]) == (table, "text/csv; charset=windows-1251")
    assert response.headers["content-disposition"].startswith("attachment;")
    await room.db.execute("UPDATE file SET media_type = 'text/html' WHERE name = 'run.bat.txt'")
    assert (await room.get(shown["url"], "student")).headers["content-type"] == "application/octet-stream"


async def test_refused_content(room: Room) -> None:
    """Refused, noted in the audit trail, and not kept."""
    before, noted = room.stored(), len(await room.entries("uploadFile"))
    for content in (EXE, b"", package("word/document.xml", "word/vbaProject.bin")):
        response = await room.post(content)
        assert response.status_code == 415
        assert response.json()["errors"][0]["extensions"] == {"code": "BAD_FILE", "field": "file"}
    entries = (await room.entries("uploadFile"))[noted:]
    assert [outcome for outcome, _ in entries] == ["BAD_FILE"] * 3
    assert (await room.post(PDF, **{"content-type": "multipart/form-data; boundary=x"})).status_code == 415
    assert room.stored() == before


async def test_one_entry_an_upload(room: Room) -> None:
    noted = len(await room.entries("uploadFile"))
    await room.upload(PDF, "План.pdf")
    ((outcome, given),) = (await room.entries("uploadFile"))[noted:]
    assert outcome == "done"
    assert all(word in given for word in ("План.pdf", "application/pdf", stored_path(PDF)[6:]))


async def test_cap_holds_without_a_length(room: Room) -> None:
    """A body that does not say how long it is is read no further than the cap."""
    before, sent = room.stored(), 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 2**20
            yield PDF.ljust(2**20, b" ")

    for headers in ({}, {"content-length": "100"}):
        sent = 0
        response = await room.post(endless(), **headers)
        assert response.status_code == 413
        assert MOST_BYTES < sent <= MOST_BYTES + 2**20
    assert room.stored() == before


async def test_cap_holds_by_the_length(room: Room) -> None:
    """A body that says it is too long is not read at all; the longest that is allowed is taken."""

    async def unread() -> AsyncIterator[bytes]:
        pytest.fail("the body was read")
        yield b""

    response = await room.post(unread(), **{"content-length": str(MOST_BYTES + 1)})
    assert response.status_code == 413
    assert response.json()["errors"][0]["extensions"] == {"code": "FILE_TOO_LARGE", "field": "file"}
    (shown,) = await room.hang(await room.upload(b"a" * MOST_BYTES, "длинный.txt"))
    assert len((await room.get(shown["url"], "student")).content) == shown["size"] == MOST_BYTES


async def test_broken_upload_leaves_nothing(room: Room) -> None:
    before, noted = room.stored(), await room.entries("uploadFile")
    response = await room.post(PDF, **{"content-length": str(len(PDF) + 1)})
    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_INPUT")
    answers: list[Any] = []

    async def send(message: Any) -> None:
        answers.append(message)

    part = {"type": "http.request", "body": PDF, "more_body": True}
    arrived: list[list[str]] = []
    token = await room.school.token(room.teacher)
    await asgi(room, "POST", "/files?name=a.pdf", token, [part, lambda: arrived.append(room.stored())], send)
    assert arrived[0] != before, "it was on its way"
    assert answers == []
    assert (room.stored(), await room.entries("uploadFile")) == (before, noted)


async def test_upload_may_not_take_for_ever(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.files.UPLOAD_SECONDS", 0.05)
    before = room.stored()

    async def dripping() -> AsyncIterator[bytes]:
        while True:
            yield b"a"
            await asyncio.sleep(0.01)

    response = await room.post(dripping())
    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_INPUT")
    assert room.stored() == before


async def asgi(
    room: Room,
    method: str,
    url: str,
    token: str,
    messages: list[Any],
    send: Callable[[Any], Any],
) -> None:
    """A request with every message in the test's hand; after the last the client is gone."""
    path, _, query = url.partition("?")

    async def receive() -> Any:
        while messages:
            message = messages.pop(0)
            if not callable(message):
                return message
            message()
        return {"type": "http.disconnect"}

    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"authorization", f"Bearer {token}".encode())],
        "client": ("127.0.0.1", 1),
        "server": ("school", 80),
    }
    await room.school.app(scope, receive, send)


# Whose files may hang on what.


async def test_files_of_others(room: Room) -> None:
    """Another account's file is not found, like one that does not exist; nothing is written."""
    mine, others = await room.upload(), await room.upload(as_="deputy")
    before = (
        await room.db.fetchval("SELECT count(*) FROM homework"),
        await room.db.fetchval("SELECT count(*) FROM task"),
    )
    work_type = gid("WorkType", await room.db.fetchval("SELECT min(id) FROM work_type"))
    for files, refusal in (
        ([mine, others], ("NOT_FOUND", "fileIds.1")),
        ([gid("File", 10**9), mine], ("NOT_FOUND", "fileIds.0")),
        ([gid("Attachment", 1)], ("BAD_ID", "fileIds.0")),
        ([mine] * 11, ("BAD_INPUT", "fileIds")),
    ):
        for command, given in (("addTask", {"workTypeId": work_type}), ("assignHomework", {"text": "Прочитать"})):
            answer = await room.run(command, {**given, "fileIds": files})
            assert (answer["code"], answer["field"]) == refusal
    after = await room.db.fetchval("SELECT count(*) FROM homework"), await room.db.fetchval("SELECT count(*) FROM task")
    assert after == before


async def test_repeat_under_a_key(room: Room) -> None:
    """The same files under the same key hang once; other files under it are refused."""
    files = [await room.upload(PDF, f"{n}.pdf") for n in range(10)]
    given = {"text": "Прочитать", "idempotencyKey": "files", "fileIds": files}
    first, second = await room.run("assignHomework", given), await room.run("assignHomework", given)
    assert first == second
    assert [each["name"] for each in first["attachments"]] == [f"{n}.pdf" for n in range(10)]
    other = await room.run("assignHomework", {**given, "fileIds": files[:9]})
    assert (other["code"], other["field"]) == ("IDEMPOTENCY_KEY_REUSED", "idempotencyKey")
    _, noted = (await room.entries("assignHomework"))[-1]
    assert '"files": [' in noted


# Names.


@pytest.mark.parametrize(
    "name",
    [
        *("", " ", ".", "..", "../a.pdf", "a/b.pdf", "a\\b.pdf", "C:\\a.pdf", ".htaccess", "a\0.pdf", "a\n.pdf"),
        *("a\r\nX: y", "a\x7f.pdf", "a\x85.pdf", "a\u2028.pdf", "\u202efdp.exe", "\ufeffa.pdf", "я" * 201),
    ],
)
async def test_names_that_are_refused(room: Room, name: str) -> None:
    response = await room.post(PDF, name)
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"] == {"code": "BAD_INPUT", "field": "name"}
    with pytest.raises(Refusal):
        checked_name(name)


async def test_a_name_is_needed(room: Room) -> None:
    assert (await room.post(PDF, None)).status_code == 400


def test_names_that_are_kept() -> None:
    assert checked_name(unicodedata.normalize("NFD", " Диктант № 5 (й).docx ")) == "Диктант № 5 (й).docx"
    assert checked_name("я" * 200) == "я" * 200
    for name, media_type, kept in (
        ("Фото.JPG", MediaType.JPEG, "Фото.JPG"),
        ("Фото.jpeg", MediaType.JPEG, "Фото.jpeg"),
        ("Фото.png", MediaType.JPEG, "Фото.png.jpg"),
        ("pdf", MediaType.PDF, "pdf.pdf"),
        ("readme.md", MediaType.TEXT, "readme.md"),
        ("a.exe.", MediaType.PDF, "a.exe..pdf"),
    ):
        assert named(name, media_type) == kept


# What a file is.


def package(*names: str, first: tuple[str, str] | None = None, comment: bytes = b"") -> bytes:
    """An archive with these parts, as Office writes it; `first` is a part that is not packed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        if first:
            archive.writestr(zipfile.ZipInfo(first[0]), first[1])
        for name in (*names, *(() if first else ("[Content_Types].xml",))):
            archive.writestr(name, "<xml/>")
        archive.comment = comment
    return buffer.getvalue()


def open_document(media_type: str, *names: str) -> bytes:
    return package("content.xml", *names, first=("mimetype", media_type))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (PDF, MediaType.PDF),
        (PNG, MediaType.PNG),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", MediaType.JPEG),
        (b"GIF89a\x01\x00", MediaType.GIF),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 ", MediaType.WEBP),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", Unfit.UNKNOWN),
        (b"ID3\x03\x00\x00\x00\x00\x00\x00", MediaType.MP3),
        (b"\xff\xfb\x90\x64\x00\x00", MediaType.MP3),
        (b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00", MediaType.MP4),
        (b"\x00\x00\x00\x20ftypheic\x00\x00\x02\x00", Unfit.UNKNOWN),
        (package("word/document.xml"), MediaType.DOCX),
        (package("word/document2.xml", comment=b"a comment"), MediaType.DOCX),
        (package("xl/workbook.xml"), MediaType.XLSX),
        (package("ppt/presentation.xml"), MediaType.PPTX),
        (package("xl/workbook.xml", "word/document.xml"), Unfit.UNKNOWN),
        (package("xl/workbook.bin"), Unfit.UNKNOWN),
        (package("word/document.xml", "word/VBAPROJECT.BIN"), Unfit.MACROS),
        (package("run.exe"), Unfit.UNKNOWN),
        (package("META-INF/MANIFEST.MF", "Main.class"), Unfit.UNKNOWN),
        (open_document(MediaType.ODT), MediaType.ODT),
        (open_document(MediaType.ODS), MediaType.ODS),
        (open_document(f"{MediaType.ODT}-template"), Unfit.UNKNOWN),
        (open_document("application/epub+zip"), Unfit.UNKNOWN),
        (open_document("text/html"), Unfit.UNKNOWN),
        (package("word/document.xml")[:-1], Unfit.DAMAGED),
        (package("word/document.xml") + b"MZ", Unfit.DAMAGED),
        (b"MZ" + package("word/document.xml"), Unfit.UNKNOWN),
        (b"PK\x03\x04", Unfit.DAMAGED),
        (b"PK\x03\x04" + b"\x00" * 100, Unfit.DAMAGED),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00\x00", Unfit.OLD_OFFICE),
        ("Привет, мир! 🙂\r\n\tда".encode(), MediaType.TEXT),
        (b"\xef\xbb\xbfBOM", MediaType.TEXT),
        ("Привет".encode("cp1251"), Unfit.UNKNOWN),
        ("Тема;Часы\r\n«Клетка» № 1 — начало…;1\r\n".encode("cp1251"), MediaType.CSV),
        (("Тема,Часы\n" + "Ёлка,2\n" * 100_000).encode("cp1251"), MediaType.CSV),
        ("Тема\nКлетка;1\n".encode("cp1251"), Unfit.UNKNOWN),
        ("Тема;Часы\nКлетка;\x00".encode("cp1251"), Unfit.UNKNOWN),
        (("Тема;Часы\n" + "я" * 300_000).encode("cp1251") + b"\x98", Unfit.UNKNOWN),
        ("Тема;Часы".encode("koi8-r") + b"\x80", Unfit.UNKNOWN),
        ("Привет".encode("utf-16"), Unfit.UNKNOWN),
        ("Я".encode()[:1], Unfit.UNKNOWN),
        (b"a\x00b", Unfit.UNKNOWN),
        (b"a\x1b[2Jb", Unfit.UNKNOWN),
        (("я" * 200_000).encode()[1:], Unfit.UNKNOWN),
        (b"a" + ("я" * 200_000).encode(), MediaType.TEXT),
        (EXE, Unfit.UNKNOWN),
        (b"\x7fELF\x02\x01\x01\x00", Unfit.UNKNOWN),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", MediaType.TEXT),
        (b" %PDF-1.7 later \x00", Unfit.UNKNOWN),
        (b"", Unfit.EMPTY),
    ],
)
def test_recognised_by_content(content: bytes, expected: MediaType | Unfit) -> None:
    assert recognise(io.BytesIO(content)) is expected


def test_nothing_is_unpacked() -> None:
    """The parts may be bombs, or no compressed data at all: only the list is read, and no list that is too long."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "")
        archive.writestr("word/document.xml", b"\0" * 50_000_000)
    bomb = buffer.getvalue()
    assert len(bomb) < 100_000

    class Watched(io.BytesIO):
        taken = 0

        def read(self, size: int | None = -1, /) -> bytes:
            found = super().read(size)
            self.taken += len(found)
            return found

    watched = Watched(bomb.replace(b"\0" * 1000, b"\xff" * 1000))
    assert recognise(watched) is MediaType.DOCX
    assert watched.taken < 70_000
    many = package(*(f"word/{n:040}.xml" for n in range(20_000)))
    started = time.perf_counter()
    watched = Watched(many)
    assert recognise(watched) is Unfit.DAMAGED
    assert watched.taken < 70_000
    assert time.perf_counter() - started < 0.5


@pytest.mark.parametrize("count", [0, 1, 3, 65_535])
def test_list_that_lies(count: int) -> None:
    """An archive whose list says that it holds more, or less, than it does."""
    content = bytearray(package("word/document.xml"))
    struct.pack_into("<H", content, len(content) - 12, count)
    assert recognise(io.BytesIO(content)) is Unfit.DAMAGED


# The store.


async def test_store(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "files")
    async with store.receive() as incoming:
        await incoming.write(b"one ")
        await incoming.write(b"two")
        digest = incoming.digest
        await incoming.keep()
    async with store.open(digest, 7) as content:
        assert b"".join([piece async for piece in content]) == b"one two"
    path = store.path(digest)
    assert path.read_bytes() == b"one two"
    assert path.stat().st_mode & 0o077 == 0, "nobody else on the machine reads it"
    for wrong in (8, 6):
        with pytest.raises(Missing):
            async with store.open(digest, wrong):
                pass
    with pytest.raises(Missing):
        async with store.open("0" * 64, 7):
            pass
    for wrong_name in ("../../etc/passwd", "", digest.upper(), digest + "\n"):
        with pytest.raises(ValueError, match="digest"):
            store.path(wrong_name)


async def test_store_forgets_what_never_arrived(tmp_path: Path) -> None:
    """What a process that died was taking in is cleared away a day later, what others are taking in is left alone."""
    incoming = tmp_path / "incoming"
    incoming.mkdir()
    (incoming / "old").write_bytes(b"")
    (incoming / "new").write_bytes(b"")
    day = time.time() - 25 * 3600
    os.utime(incoming / "old", (day, day))
    async with FolderStore(tmp_path).receive() as file:
        await file.write(b"half")
        assert len(list(incoming.iterdir())) == 2
    assert [path.name for path in incoming.iterdir()] == ["new"]
