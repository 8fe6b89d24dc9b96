"""Messages as the plain-Python oracle sees them: who may write to whom, and what only the members of a thread read."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from rules.account import Role

from .oracle import World, holds

if TYPE_CHECKING:
    from .oracle_people import Maker
    from .oracle_rights import Eyes

TABLE_OF = {
    **dict.fromkeys(("Addressee", "Correspondent", "Mailbox"), "account"),
    "MessageThread": "message_thread",
    "MessageAttachment": "message_attachment",
    "MessageReceipt": "message_receipt",
}
TYPES = ("Message", *TABLE_OF)
"""The types that no service may be granted."""

OFFICE = {"director", "deputy", "secretary"}


def _cards(world: World, table: str, account: Any) -> list[Any]:
    return world.where(table, "person_id", account["person_id"]) if account["person_id"] else []


def works(world: World, account: Any) -> bool:
    """Whether the account's person is an employee today."""
    return any(
        not each["dismissed_on"] or each["dismissed_on"] >= world.today for each in _cards(world, "staff", account)
    )


def own_students(world: World, account: Any) -> set[int]:
    """Whose family the account's person is today: their own card as a student, and those of their wards."""
    wards = {
        each["student_id"]
        for card in _cards(world, "guardian", account)
        for each in world.where("guardianship", "guardian_id", card["id"])
        if holds(each, world.today)
    }
    return wards | {each["id"] for each in _cards(world, "student", account)}


def _studies(world: World, account: Any) -> bool:
    return any(
        holds(each, world.today)
        for card in _cards(world, "student", account)
        for each in world.where("enrolment", "student_id", card["id"])
    )


def _guards(world: World, account: Any) -> bool:
    wards = own_students(world, account) - {each["id"] for each in _cards(world, "student", account)}
    rows = (each for ward in wards for each in world.where("enrolment", "student_id", ward))
    return any(not each["ends_on"] or each["ends_on"] >= world.today for each in rows)


def _of_office(world: World, account: Any) -> bool:
    roles = world.where("account_role", "account_id", account["id"])
    return works(world, account) and any(each["role"] in OFFICE and holds(each, world.today) for each in roles)


def _teaches(eyes: "Eyes", role: Role, account: Any) -> bool:
    """Whether the account's person teaches a group of one's own today, or leads a class of one's own."""
    world = eyes.world
    staff = {each["id"] for each in _cards(world, "staff", account)}
    groups, classes = set[int](), set[int]()
    for group in eyes.groups_of(role):
        rows = world.where("teaching_assignment", "group_id", group)
        groups |= {each["staff_id"] for each in rows if holds(each, world.today)}
    for each in eyes.classes_of(role):
        rows = world.where("class_leadership", "class_id", each)
        classes |= {row["staff_id"] for row in rows if holds(row, world.today)}
    return works(world, account) and bool(staff & (groups | classes))


def may_address(eyes: "Eyes", role: Role, account: Any) -> bool:
    """Whether a role lets one write to an account."""
    world = eyes.world
    if account["kind"] != "person" or account["locked_at"] or account["id"] == eyes.account["id"]:
        return False
    match role:
        case Role.DIRECTOR | Role.DEPUTY | Role.SECRETARY:
            return works(world, account) or _studies(world, account) or _guards(world, account)
        case Role.HR | Role.ADMINISTRATOR:
            return works(world, account)
        case Role.TEACHER:
            stays = (stay for group, _ in eyes.taught for stay in world.stays_in[group])
            pupils = {stay.student for stay in stays if stay.on(world.today)}
            return works(world, account) or bool(own_students(world, account) & (pupils | eyes.led_now))
        case Role.STUDENT | Role.PARENT:
            return _of_office(world, account) or _teaches(eyes, role, account)
    return False


def is_member(eyes: "Eyes", thread: int) -> bool:
    """Whether one is in a thread."""
    members = eyes.world.where("thread_member", "thread_id", thread)
    return any(each["account_id"] == eyes.account["id"] for each in members)


def _mates(eyes: "Eyes") -> set[int]:
    own = eyes.world.where("thread_member", "account_id", eyes.account["id"])
    rows = (each for mine in own for each in eyes.world.where("thread_member", "thread_id", mine["thread_id"]))
    return {each["account_id"] for each in rows}


def knows(eyes: "Eyes", role: Role, row: Any) -> bool:
    """Whether one sees a correspondent: shares a thread with them."""
    return row["id"] in _mates(eyes)


def reads(eyes: "Eyes", role: Role, row: Any) -> bool:
    """Whether one sees a thread, or a message of one."""
    return is_member(eyes, row.get("thread_id") or row["id"])


def _message_of(eyes: "Eyes", row: Any) -> Any:
    return eyes.world.by_id["message"][row["message_id"]]


def fetches(eyes: "Eyes", role: Role, row: Any) -> bool:
    """Whether one sees a file of a message."""
    message = _message_of(eyes, row)
    return message["withdrawn_at"] is None and is_member(eyes, message["thread_id"])


def receipts(type_name: str, eyes: "Eyes", role: Role) -> set[Any]:
    """The receipts that one sees."""
    rows = eyes.world.of("message_receipt", eyes.school)
    return {
        (each["message_id"], each["account_id"])
        for each in rows
        if is_member(eyes, _message_of(eyes, each)["thread_id"])
    }


# The graph.


def threads(eyes: "Eyes", row: Any, given: Any) -> list[Any]:
    own = eyes.world.where("thread_member", "account_id", row["id"])
    return [eyes.world.by_id["message_thread"][each["thread_id"]] for each in own]


def addressees(eyes: "Eyes", row: Any, given: Any) -> list[Any]:
    start = given.get("search")
    return [
        each
        for each in eyes.world.of("account", row["school_id"])
        if any(may_address(eyes, role, each) for role in eyes.roles)
        and (not start or eyes.world.person(each)["sort_key"].startswith(start.lower().replace("ё", "е")))
    ]


def members(eyes: "Eyes", row: Any, given: Any) -> list[Any]:
    rows = eyes.world.where("thread_member", "thread_id", row["id"])
    return [eyes.world.by_id["account"][each["account_id"]] for each in rows]


def wards(eyes: "Eyes", row: Any, given: Any) -> list[Any]:
    own = {each["id"] for each in _cards(eyes.world, "student", row)}
    found = own_students(eyes.world, row)
    guarded = {
        each["student_id"]
        for card in _cards(eyes.world, "guardian", row)
        for each in eyes.world.where("guardianship", "guardian_id", card["id"])
        if holds(each, eyes.today)
    }
    return [eyes.world.by_id["student"][each] for each in found if each in guarded or each not in own]


def position(world: World, row: Any) -> str | None:
    """The post of a correspondent who works at the school."""
    return _cards(world, "staff", row)[0]["position"] if works(world, row) else None


def text(world: World, row: Any) -> str | None:
    """What a message says, unless it was withdrawn."""
    return None if row["withdrawn_at"] else row["text"]


# The hardened school.


async def harden(maker: "Maker", now: Any) -> None:
    """Threads among anybody, of people who may still write to each other and of others; some messages withdrawn."""
    rng = maker.rng
    accounts = await maker.ids("SELECT id FROM account WHERE school_id = $1 AND kind = 'person' ORDER BY id")
    students = await maker.ids("SELECT id FROM student WHERE school_id = $1 ORDER BY id")
    files = await maker.ids("SELECT id FROM file WHERE school_id = $1 ORDER BY id")
    known = await maker.ids(
        "SELECT id FROM account WHERE school_id = $1 AND kind = 'person' AND login ~ '^[a-z-]+$' ORDER BY id"
    )
    for number in range(60):
        people = [rng.choice(known), *rng.sample(accounts, rng.choice((1, 2, 3)))]
        people = list(dict.fromkeys(people))
        thread = await maker.add(
            *("message_thread",),
            subject=f"Переписка {number}",
            student_id=rng.choice((None, rng.choice(students))),
            started_at=now,
            started_by=people[0],
            last_sent_at=now - timedelta(minutes=number // 2),
        )
        for each in people:
            await maker.add("thread_member", thread_id=thread, account_id=each)
        for step in range(rng.choice((1, 2, 5))):
            sent = now + timedelta(minutes=step)
            message = await maker.add(
                *("message",),
                thread_id=thread,
                author_id=rng.choice(people),
                text=f"Сообщение {number}.{step}",
                sent_at=sent,
                withdrawn_at=sent if rng.random() < 0.2 else None,
            )
            if files and rng.random() < 0.3:
                await maker.add("message_attachment", message_id=message, file_id=rng.choice(files))
            for reader in people:
                if rng.random() < 0.4:
                    await maker.add("message_receipt", message_id=message, account_id=reader, read_at=sent)
