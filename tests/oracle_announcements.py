"""Announcements as the plain-Python oracle sees them: whose they are, and who is to read them."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from rules.account import Role

from . import oracle_messages as messages
from .oracle import World, holds

if TYPE_CHECKING:
    from .oracle_people import Maker
    from .oracle_rights import Eyes

TABLE_OF = {
    "AnnouncementAttachment": "announcement_attachment",
    "AnnouncementReader": "announcement",
}
TYPES = ("Announcement", *TABLE_OF)
"""The types that no service may be granted."""

CONTROL = {Role.DIRECTOR, Role.DEPUTY}
FAMILY = {Role.STUDENT, Role.PARENT}


def _aims_at(world: World, row: Any, classes: set[int], groups: set[int]) -> bool:
    """Whether it goes to the whole school or to one of these classes and groups."""
    if row["whole_school"] or {world.by_id["school_class"][each]["grade"] for each in classes} & {
        *(row["grades"] or ())
    }:
        return True
    targets = world.where("announcement_target", "announcement_id", row["id"])
    return any(each["class_id"] in classes or each["group_id"] in groups for each in targets)


def _of_students(world: World, row: Any, students: set[int]) -> bool:
    enrolments = (each for student in students for each in world.where("enrolment", "student_id", student))
    classes = {each["class_id"] for each in enrolments if holds(each, world.today)}
    groups = {stay.group for student in students for stay in world.stays_of[student] if stay.on(world.today)}
    return _aims_at(world, row, classes, groups)


def _of_teacher(world: World, row: Any, groups: set[int], led: set[int]) -> bool:
    """Who teaches in a class or leads it reads what goes to it, and to its groups that they teach or lead."""
    of_led = {group for group, of in world.class_of.items() if of in led}
    return _aims_at(world, row, led | {world.class_of[each] for each in groups}, groups | of_led)


def _live(world: World, row: Any) -> bool:
    return row["withdrawn_at"] is None and holds(row, world.today)


def reads(eyes: "Eyes", role: Role, row: Any) -> bool:
    """Whether a role shows one an announcement."""
    world, own = eyes.world, row["author_id"] == eyes.account["id"]
    if role in CONTROL:
        return True
    if role in FAMILY:
        word = "students" if role is Role.STUDENT else "parents"
        return _live(world, row) and word in row["readers"] and _of_students(world, row, eyes.family[role])
    aimed = row["whole_school"]
    if role is Role.TEACHER:
        aimed = _of_teacher(world, row, {group for group, _ in eyes.taught}, eyes.led)
    return own or (_live(world, row) and "staff" in row["readers"] and aimed)


def fetches(eyes: "Eyes", role: Role, row: Any) -> bool:
    """Whether one sees a file of an announcement."""
    return reads(eyes, role, eyes.world.by_id["announcement"][row["announcement_id"]])


def is_to_read(world: World, row: Any, account: Any) -> bool:
    """Whether an account is of an announcement's audience today."""
    if account["kind"] != "person" or account["locked_at"]:
        return False
    cards = {
        table: {each["id"] for each in world.where(table, "person_id", account["person_id"])}
        for table in ("staff", "student", "guardian")
    }

    def enrolled(students: set[int]) -> set[int]:
        rows = world.where
        return {
            each for each in students if any(holds(row, world.today) for row in rows("enrolment", "student_id", each))
        }

    if "staff" in row["readers"] and messages.works(world, account):
        for each in cards["staff"]:
            taught = {
                of["group_id"] for of in world.where("teaching_assignment", "staff_id", each) if holds(of, world.today)
            }
            led = {of["class_id"] for of in world.where("class_leadership", "staff_id", each) if holds(of, world.today)}
            if _of_teacher(world, row, taught, led):
                return True
    if "students" in row["readers"] and any(_of_students(world, row, {each}) for each in enrolled(cards["student"])):
        return True
    wards = {
        each["student_id"]
        for card in cards["guardian"]
        for each in world.where("guardianship", "guardian_id", card)
        if holds(each, world.today)
    }
    return "parents" in row["readers"] and any(_of_students(world, row, {each}) for each in enrolled(wards))


def readers(type_name: str, eyes: "Eyes", role: Role) -> set[Any]:
    """The pairs of announcement and account that one sees."""
    return {
        (row["id"], account["id"])
        for row in eyes.world.of("announcement", eyes.school)
        if role in CONTROL or row["author_id"] == eyes.account["id"]
        for account in eyes.world.of("account", eyes.school)
        if is_to_read(eyes.world, row, account)
    }


def audience(eyes: "Eyes", row: Any, given: Any) -> list[Any]:
    """Who is to read it, with the moment at which they have."""
    wanted, found = given.get("read"), []
    for account in eyes.world.of("account", row["school_id"]):
        if is_to_read(eyes.world, row, account):
            receipts = eyes.world.where("announcement_receipt", "announcement_id", row["id"])
            read_at = next((each["read_at"] for each in receipts if each["account_id"] == account["id"]), None)
            if not wanted or str(read_at is not None).lower() == wanted.text:
                found.append({**account, "announcement_id": row["id"], "account_id": account["id"], "read_at": read_at})
    return found


def targets(column: str, table: str) -> Any:
    """Edge to the classes or groups that are named."""

    def find(eyes: "Eyes", row: Any, given: Any) -> list[Any]:
        rows = eyes.world.where("announcement_target", "announcement_id", row["id"])
        return [eyes.world.by_id[table][each[column]] for each in rows if each[column]]

    return find


async def harden(maker: "Maker", now: Any, today: date) -> None:
    """Announcements to everybody and to a few, to come, over and withdrawn, by whoever could have made them."""
    rng = maker.rng
    authors = await maker.ids(
        "SELECT account.id FROM account JOIN staff USING (school_id, person_id) WHERE school_id = $1 ORDER BY 1"
    )
    accounts = await maker.ids("SELECT id FROM account WHERE school_id = $1 AND kind = 'person' ORDER BY id")
    classes = await maker.ids("SELECT id FROM school_class WHERE school_id = $1 ORDER BY id")
    groups = await maker.ids("SELECT id FROM study_group WHERE school_id = $1 ORDER BY id")
    files = await maker.ids("SELECT id FROM file WHERE school_id = $1 ORDER BY id")
    days = [
        (today, None),
        (today - timedelta(days=9), today),
        (today - timedelta(days=400), today - timedelta(days=1)),
        (today + timedelta(days=1), None),
    ]
    for number in range(40):
        starts_on, ends_on = days[number % 4] if number % 3 else days[0]
        whole = number % 5 == 0
        withdrawn = now if number % 7 == 3 else None
        announcement = await maker.add(
            *("announcement",),
            title=f"Объявление {number}",
            text="Внимание!",
            readers=rng.sample(["staff", "students", "parents"], rng.choice((1, 2, 3))),
            whole_school=whole,
            grades=rng.choice(([5], [9, 10])) if not whole and number % 5 == 1 else None,
            pinned=number % 6 == 0,
            starts_on=starts_on,
            ends_on=ends_on,
            published_at=now,
            author_id=rng.choice(authors),
            withdrawn_at=withdrawn,
            withdrawal_reason="Ошибка" if withdrawn else None,
            changed_at=now,
        )
        if not whole:
            for each in rng.sample(classes, rng.choice((0, 1, 3))):
                await maker.add("announcement_target", announcement_id=announcement, class_id=each)
            for each in rng.sample(groups, rng.choice((0, 1, 4))):
                await maker.add("announcement_target", announcement_id=announcement, group_id=each)
        if files and number % 3 == 0:
            await maker.add("announcement_attachment", announcement_id=announcement, file_id=rng.choice(files))
        for each in rng.sample(accounts, 40):
            await maker.add("announcement_receipt", announcement_id=announcement, account_id=each, read_at=now)
