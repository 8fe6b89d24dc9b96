"""Messages: who may begin and write in a thread, what the others read of it, and what nobody else ever sees (1.7)."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from rules.account import Role
from rules.refusals import Refusal
from rules.school_messages import MOST_OF_FAMILY, MOST_RECIPIENTS, Recipient, family_of
from server.demo import Demo

from .account_help import KEPT as KEPT_OF_ACCOUNTS
from .account_help import Office, mutation
from .conftest import copied
from .contents import digests
from .journal_help import gid, number_of

_THREAD = "thread { id subject unread members { id name } messages(first: 50) { nodes { id text } } }"
PAYLOADS = {
    "startThread": _THREAD,
    "sendMessage": "sent { id text sentAt author { name } attachments { id url name } }",
    "withdrawMessage": "withdrawn { id text withdrawnAt attachments { id } }",
    "markThreadRead": "thread { id unread }",
}
TABLES = ("message_thread", "thread_member", "message", "message_attachment", "message_receipt")
BOOK = """query($after: String) { me { mailbox {
  addressees(first: 100, after: $after) { nodes { id } pageInfo { endCursor hasNextPage } } } } }"""
MAILBOX = """query($search: String) { me { mailbox { unread
  threads(first: 100) { nodes { id subject unread members { id name position wards { id } }
    messages(first: 100) { nodes { id text sentAt withdrawnAt author { name }
      receipts { readAt reader { name } } attachments { id } } } } }
  addressees(first: 100, search: $search) {
    totalCount nodes { id name position student { id } wards { name } } } } } }"""


@dataclass
class Post(Office):
    """The office, with messages."""

    async def run(
        self, name: str, given: dict[str, Any], as_: str | None = None, *, token: str | None = None
    ) -> dict[str, Any]:
        if name not in PAYLOADS:
            return await super().run(name, given, as_, token=token)
        token = token or (await self.school.token(as_) if as_ else None)
        answer = await self.ask(mutation(name, PAYLOADS[name]), {"input": given}, token)
        assert "errors" not in answer, answer["errors"]
        result: dict[str, Any] = answer["data"][name]
        return result

    async def digest(self) -> dict[str, Any]:
        return await digests(self.db, (*KEPT_OF_ACCOUNTS, *TABLES))

    async def mailbox(self, as_: str, search: str | None = None) -> Any:
        """Everything in somebody's mailbox."""
        return (await self.school.data(MAILBOX, {"search": search}, as_=as_))["me"]["mailbox"]

    async def account(self, login: str) -> int:
        """The number of an account."""
        found: int = await self.db.fetchval("SELECT id FROM account WHERE login = $1", login)
        return found

    async def to(self, *logins: str) -> list[str]:
        """Accounts as recipients."""
        return [gid("Addressee", await self.account(login)) for login in logins]

    async def start(self, as_: str, *to: str, **more: Any) -> dict[str, Any]:
        """A new thread."""
        given = {"recipientIds": await self.to(*to), "subject": "О походе", "text": "Здравствуйте!", **more}
        thread: dict[str, Any] = (await self.done("startThread", given, as_))["thread"]
        return thread


@asynccontextmanager
async def opened(cluster: str, template: tuple[str, Demo]) -> AsyncIterator[Post]:
    """A school to write in."""
    async for school in copied(cluster, template):
        db = await asyncpg.connect(school.url)
        try:
            yield Post(school, db)
        finally:
            await db.close()


@pytest.fixture(scope="module")
async def post(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Post]:
    """A school for this module, where each test writes what is its own."""
    async with opened(cluster, demo_template) as post:
        yield post


# Who may write to whom.


async def test_the_address_book_is_where_threads_go(post: Post) -> None:
    """Of every login: to whom it lists a thread may be begun, and to nobody else."""
    accounts = await post.db.fetch("SELECT id, login FROM account WHERE kind = 'person' ORDER BY id")
    for login in ("parent", "student", "teacher", "hr", "administrator", "deputy"):
        listed = set[int]()
        after = None
        while True:
            page = (await post.school.data(BOOK, {"after": after}, as_=login))["me"]["mailbox"]["addressees"]
            listed |= {number_of(each["id"]) for each in page["nodes"]}
            if not page["pageInfo"]["hasNextPage"]:
                break
            after = page["pageInfo"]["endCursor"]
        own = await post.account(login)
        assert listed
        assert own not in listed
        for other in sorted(listed)[:2]:
            given = {"recipientIds": [gid("Addressee", other)], "subject": "Вопрос", "text": "Здравствуйте!"}
            await post.done("startThread", given, login)
        others = [row["id"] for row in accounts if row["id"] not in listed and row["id"] != own]
        for other in others[:: max(1, len(others) // 3)]:
            given = {"recipientIds": [gid("Addressee", other)], "subject": "Вопрос", "text": "Здравствуйте!"}
            assert await post.refused("startThread", given, login) == ("NOT_FOUND", "recipientIds.0", None)


async def test_families_write_to_the_school_and_never_to_each_other(post: Post) -> None:
    kinds = "SELECT EXISTS (SELECT FROM staff WHERE person_id = account.person_id) FROM account WHERE id = $1"
    for login in ("parent", "student", "parent-of-two"):
        found = (await post.mailbox(login))["addressees"]["nodes"]
        assert len(found) > 5
        for each in found:
            assert await post.db.fetchval(kinds, number_of(each["id"])), each
            assert each["position"]
            assert each["wards"] == []


async def test_no_machine_has_a_mailbox(post: Post) -> None:
    for login in ("analyst", "service"):
        answer = await post.school.ask("{ me { mailbox { unread } } }", as_=login)
        assert answer["errors"][0]["message"].startswith("Cannot query field 'mailbox'")
        query = '{ _entities(representations: [{__typename: "Message", id: "TWVzc2FnZTox"}]) { __typename } }'
        assert (await post.school.ask(query, as_=login))["data"] == {"_entities": [None]}
        given = {"recipientIds": await post.to("deputy"), "subject": "Вопрос", "text": "Здравствуйте!"}
        answer = await post.ask(mutation("startThread", "__typename"), {"input": given}, await post.school.token(login))
        assert "errors" in answer


async def test_two_families_never_share_a_thread(post: Post) -> None:
    """The class teacher writes to both parents of a child, and to those of another by themselves."""
    families = await post.db.fetch(
        "SELECT DISTINCT ON (account.id) account.login, e.student_id FROM account"
        " JOIN guardian ON guardian.person_id = account.person_id JOIN guardianship ON guardian_id = guardian.id"
        " JOIN enrolment AS e ON e.student_id = guardianship.student_id"
        " JOIN class_leadership AS c ON c.class_id = e.class_id AND c.starts_on <= '2026-05-20'"
        " AND coalesce(c.ends_on, '2026-12-31') >= '2026-05-20'"
        " JOIN staff ON staff.id = c.staff_id JOIN account AS own ON own.person_id = staff.person_id"
        " WHERE own.login = 'class-teacher' AND account.locked_at IS NULL"
        " AND NOT EXISTS (SELECT FROM staff AS s WHERE s.person_id = account.person_id) ORDER BY account.id"
    )
    mother = next(each for each in families if each["login"] == "parent")
    other = next(each for each in families if each["student_id"] != mother["student_id"])
    given = {"recipientIds": await post.to("parent", other["login"]), "subject": "Собрание", "text": "Приходите."}
    assert await post.refused("startThread", given, "class-teacher") == ("SEVERAL_FAMILIES", "recipientIds", None)
    about = gid("Student", other["student_id"])
    given = {"recipientIds": await post.to("parent", "deputy"), "subject": "О дочери", "text": "Здравствуйте!"}
    assert (await post.refused("startThread", {**given, "studentId": about}, "class-teacher"))[:2] == (
        *("SEVERAL_FAMILIES", "studentId"),
    )
    own = gid("Student", mother["student_id"])
    thread = (await post.done("startThread", {**given, "studentId": own}, "class-teacher"))["thread"]
    query = "query($id: ID!) { node(id: $id) { ... on MessageThread { student { id } } } }"
    assert (await post.school.data(query, {"id": thread["id"]}, as_="parent"))["node"] == {"student": {"id": own}}
    assert len(thread["members"]) == 3


def test_a_thread_is_of_one_family() -> None:
    works, a, b, ab = (
        Recipient(number, number == 1, frozenset(students))
        for number, students in ((1, {7, 8}), (2, {7}), (3, {8}), (4, {7, 8}))
    )
    for fine in ([works], [works, a], [a, ab], [b, ab, works]):
        family_of(fine, None, "field")
    family_of([a, ab], 7, "field")
    family_of([works], 9, "field")
    for wrong, about in (([a, b], None), ([a, b, ab], None), ([a, works], 8)):
        with pytest.raises(Refusal):
            family_of(wrong, about, "field")


# What is written and read.


async def test_a_thread_from_its_beginning(post: Post) -> None:
    """Only its members find it, on every path; each reads what the others wrote, and sees who has read it."""
    thread = await post.start("class-teacher", "parent", text="Завтра поход.")
    (first,) = thread["messages"]["nodes"]
    box = next(each for each in (await post.mailbox("parent"))["threads"]["nodes"] if each["id"] == thread["id"])
    assert box["unread"] == 1
    sent = (await post.done("sendMessage", {"threadId": thread["id"], "text": "Спасибо!"}, "parent"))["sent"]
    read = await post.done("markThreadRead", {"threadId": thread["id"], "upTo": sent["id"]}, "parent")
    assert read["thread"]["unread"] == 0
    box = (await post.mailbox("class-teacher"))["threads"]["nodes"][0]
    assert (box["id"], box["unread"]) == (thread["id"], 1), "the one last written in comes first"
    written = {each["text"]: each for each in box["messages"]["nodes"]}
    assert list(written) == ["Спасибо!", "Завтра поход."]
    assert [each["reader"]["name"] for each in written["Завтра поход."]["receipts"]] == [sent["author"]["name"]]
    assert written["Спасибо!"]["receipts"] == []
    query = """query($ids: [_Any!]!, $thread: ID!) { _entities(representations: $ids) { __typename }
      node(id: $thread) { __typename } }"""
    ids = [{"__typename": "MessageThread", "id": thread["id"]}, {"__typename": "Message", "id": first["id"]}]
    for login in ("director", "deputy", "administrator", "student", "teacher", "parent-of-two", "secretary"):
        found = await post.school.data(query, {"ids": ids, "thread": thread["id"]}, as_=login)
        assert found == {"_entities": [None, None], "node": None}, login
        for name, given in (
            ("sendMessage", {"threadId": thread["id"], "text": "И я"}),
            ("markThreadRead", {"threadId": thread["id"], "upTo": first["id"]}),
        ):
            assert (await post.refused(name, given, login))[:2] == ("NOT_FOUND", "threadId")
        assert (await post.refused("withdrawMessage", {"messageId": first["id"]}, login))[0] == "NOT_FOUND"


async def test_a_withdrawn_message_is_read_by_nobody(post: Post) -> None:
    thread = await post.start("teacher", "deputy")
    sent = (await post.done("sendMessage", {"threadId": thread["id"], "text": "Не то."}, "teacher"))["sent"]
    assert (await post.refused("withdrawMessage", {"messageId": sent["id"]}, "deputy"))[:2] == (
        *("NOT_FOUND", "messageId"),
    )
    gone = (await post.done("withdrawMessage", {"messageId": sent["id"]}, "teacher"))["withdrawn"]
    assert gone["text"] is None
    assert gone["withdrawnAt"]
    assert (await post.done("withdrawMessage", {"messageId": sent["id"]}, "teacher"))["withdrawn"] == gone
    for login in ("teacher", "deputy"):
        assert "Не то." not in json.dumps(await post.mailbox(login), ensure_ascii=False)
    box = next(each for each in (await post.mailbox("deputy"))["threads"]["nodes"] if each["id"] == thread["id"])
    assert box["unread"] == 1, "what was withdrawn waits for nobody"


async def test_what_was_written_stays(post: Post) -> None:
    """Nobody changes or removes it through the database's tables, whichever column they try."""
    thread = await post.start("teacher", "deputy")
    number = number_of(thread["messages"]["nodes"][0]["id"])
    await post.done("withdrawMessage", {"messageId": gid("Message", number)}, "teacher")
    for statement in (
        "UPDATE message SET text = 'Другое' WHERE id = $1",
        "UPDATE message SET withdrawn_at = NULL WHERE id = $1",
        "UPDATE message SET author_id = author_id + 1 WHERE id = $1",
        "DELETE FROM message WHERE id = $1",
        "DELETE FROM thread_member WHERE thread_id = (SELECT thread_id FROM message WHERE id = $1)",
    ):
        with pytest.raises(asyncpg.RestrictViolationError):
            await post.db.execute(statement, number)


async def test_the_audit_trail_tells_who_wrote_to_whom_and_not_what(post: Post) -> None:
    await post.start("class-teacher", "parent", subject="Тайна вклада", text="Секрет фирмы")
    rows = await post.db.fetch("SELECT input::text FROM audit_entry WHERE command = 'startThread'")
    assert rows
    assert not any("Тайна" in row["input"] or "Секрет" in row["input"] for row in rows)
    assert f"[{await post.account('parent')}]" in rows[-1]["input"].replace(" ", "")


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"subject": " "}, "BAD_INPUT", "subject"),
        ({"subject": "я" * 201}, "BAD_INPUT", "subject"),
        ({"text": ""}, "BAD_INPUT", "text"),
        ({"text": "я" * 10_001}, "BAD_INPUT", "text"),
        ({"recipientIds": []}, "BAD_INPUT", "recipientIds"),
        (
            {"recipientIds": [gid("Addressee", 10**9 + each) for each in range(MOST_RECIPIENTS + 1)]},
            "BAD_INPUT",
            "recipientIds",
        ),
        ({"recipientIds": [gid("Addressee", 10**9)]}, "NOT_FOUND", "recipientIds.0"),
        ({"recipientIds": [gid("Student", 1)]}, "BAD_ID", "recipientIds.0"),
        ({"studentId": gid("Student", 10**9)}, "NOT_FOUND", "studentId"),
        ({"fileIds": [gid("File", 10**9)]}, "NOT_FOUND", "fileIds.0"),
    ],
)
async def test_bad_input(post: Post, given: dict[str, Any], code: str, field: str) -> None:
    whole = {"recipientIds": await post.to("class-teacher"), "subject": "Вопрос", "text": "Здравствуйте!", **given}
    assert (await post.refused("startThread", whole, "parent"))[:2] == (code, field)


async def test_oneself_is_no_recipient(post: Post) -> None:
    given = {"recipientIds": await post.to("deputy"), "subject": "Себе", "text": "Не забыть"}
    assert (await post.refused("startThread", given, "deputy"))[:2] == ("BAD_INPUT", "recipientIds.0")


async def test_a_repeat_does_no_harm(post: Post) -> None:
    once = await post.start("teacher", "deputy", idempotencyKey="поход")
    assert (await post.start("teacher", "deputy", idempotencyKey="поход"))["id"] == once["id"]
    given = {"recipientIds": await post.to("deputy"), "subject": "Другое", "text": "Иначе", "idempotencyKey": "поход"}
    assert (await post.refused("startThread", given, "teacher"))[0] == "IDEMPOTENCY_KEY_REUSED"
    given = {"threadId": once["id"], "text": "Ещё", "idempotencyKey": "ещё"}
    sent = [(await post.done("sendMessage", given, "teacher"))["sent"]["id"] for _ in range(2)]
    assert sent[0] == sent[1]


async def test_a_family_cannot_flood_the_school(cluster: str, demo_template: tuple[str, Demo]) -> None:
    async with opened(cluster, demo_template) as post:
        thread = await post.start("parent", "class-teacher")
        given = {"threadId": thread["id"], "text": "Ответьте!"}
        for _ in range(MOST_OF_FAMILY - 1):
            await post.done("sendMessage", given, "parent")
        assert (await post.refused("sendMessage", given, "parent"))[0] == "TOO_MANY_MESSAGES"
        for _ in range(MOST_OF_FAMILY + 1):
            await post.done("sendMessage", given, "class-teacher")
        await post.db.execute("ALTER TABLE message DISABLE TRIGGER USER")
        await post.db.execute("UPDATE message SET sent_at = sent_at - $1::interval", timedelta(hours=1, seconds=1))
        await post.done("sendMessage", given, "parent")


async def test_who_has_left_writes_no_more(cluster: str, demo_template: tuple[str, Demo]) -> None:
    """The guardianship has ended, or the teacher has gone: what was written stays to be read by who is still here."""
    async with opened(cluster, demo_template) as post:
        thread = await post.start("parent-of-two", "deputy")
        lead = await post.start("class-teacher", "parent")
        await post.db.execute(
            "UPDATE guardianship SET ends_on = '2026-05-19' WHERE guardian_id IN (SELECT guardian.id FROM guardian"
            " JOIN account USING (school_id, person_id) WHERE login = 'parent')"
        )
        given = {"threadId": lead["id"], "text": "Как дела?"}
        assert (await post.refused("sendMessage", given, "class-teacher"))[:2] == ("NOT_ADDRESSABLE", "threadId")
        found = {each["id"] for each in (await post.mailbox("class-teacher"))["threads"]["nodes"]}
        assert lead["id"] in found, "it is still there to be read"
        await post.db.execute(
            "UPDATE staff SET dismissed_on = '2026-05-19' FROM account"
            " WHERE account.person_id = staff.person_id AND login = 'deputy'"
        )
        given = {"threadId": thread["id"], "text": "Есть кто?"}
        assert (await post.refused("sendMessage", given, "parent-of-two"))[0] == "NOT_ADDRESSABLE"


async def test_a_file_goes_with_a_message(post: Post) -> None:
    """A family sends one too; it is fetched by the members, by nobody else, and by nobody once it is withdrawn."""
    client, path = post.school.client, "/files?name=note.pdf"
    parent, deputy, stranger = [
        {"authorization": f"Bearer {await post.school.token(login)}"} for login in ("parent", "deputy", "director")
    ]
    uploaded = await client.post(path, content=b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n", headers=parent)
    assert uploaded.status_code == 201, uploaded.text
    file = uploaded.json()["id"]
    thread = await post.start("parent", "deputy")
    given = {"threadId": thread["id"], "text": "Справка", "fileIds": [file]}
    message = (await post.done("sendMessage", given, "parent"))["sent"]
    (attachment,) = message["attachments"]
    for headers, status in ((parent, 200), (deputy, 200), (stranger, 404)):
        assert (await client.get(attachment["url"], headers=headers)).status_code == status
    await post.done("withdrawMessage", {"messageId": message["id"]}, "parent")
    for headers in (parent, deputy, stranger):
        assert (await client.get(attachment["url"], headers=headers)).status_code == 404
    given = {"threadId": thread["id"], "text": "Чужой файл", "fileIds": [file]}
    assert (await post.refused("sendMessage", given, "deputy"))[:2] == ("NOT_FOUND", "fileIds.0")


async def test_two_write_at_once(post: Post) -> None:
    """Both messages are there, in one order for both."""
    thread = await post.start("class-teacher", "parent")
    await asyncio.gather(
        *(
            post.done("sendMessage", {"threadId": thread["id"], "text": f"{login} {number}"}, login)
            for login in ("class-teacher", "parent")
            for number in range(5)
        )
    )
    orders = []
    for login in ("class-teacher", "parent"):
        box = next(each for each in (await post.mailbox(login))["threads"]["nodes"] if each["id"] == thread["id"])
        orders.append([each["text"] for each in box["messages"]["nodes"]])
    assert orders[0] == orders[1]
    assert len(orders[0]) == 11


@pytest.mark.parametrize("role", [Role.PARENT, Role.TEACHER, Role.DEPUTY])
async def test_the_demo_shows_them(post: Post, role: Role) -> None:
    login = {Role.PARENT: "parent", Role.TEACHER: "class-teacher", Role.DEPUTY: "deputy"}[role]
    assert len((await post.mailbox(login))["threads"]["nodes"]) > 1
