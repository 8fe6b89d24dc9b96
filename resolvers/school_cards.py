"""Commands on the school card and on cards of the staff, and what all commands on cards share."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import insert, select, update

from models.account import Account
from models.school import Person, School, Staff
from permissions.school import collected
from permissions.school_cards import schools_to_update, staff_to_update
from rules.refusals import Refusal, RefusalCode, bad_input
from rules.school import Contact, ContactsOf, not_collected
from rules.school_cards import (
    PERSONAL,
    CardOf,
    card_version,
    check_employment,
    check_paper,
    checked_card,
    field_of,
)

from .account_manage import ROLES, administered, keep_administrator
from .commands import Work, check_version, command, take_turn
from .context import Context
from .school_people import LOCK, key_on, people

OF_PERSON = (*PERSONAL, *Contact)
"""The columns of a card that are its person's."""

Values = Mapping[str, Any]


async def apart(work: Work) -> None:
    """Keep other commands on cards, and imports, out until this one is done. To be called before a card is locked."""
    await work.connection.execute(LOCK, work.viewer.school_id)


async def amend(work: Work, model: Any, row: Any, values: Values, *which: Any) -> None:
    """Change what differs in the row of the school that `which` names; the trigger keeps what it was."""
    changes = {column: value for column, value in values.items() if row[column] != value}
    if changes:
        await work.execute(
            update(model)
            .where(model.__table__.c.school_id == work.viewer.school_id, *which)
            .values(**changes, **changed(work, model))
        )


def changed(work: Work, model: Any) -> dict[str, Any]:
    """The columns that say that a row was changed, by whom and when."""
    return {"version": model.version + 1, "changed_at": work.now, "changed_by": work.viewer.account_id}


def split(values: Values) -> tuple[dict[str, Any], dict[str, Any]]:
    """What of a card is the person's, and what is the row's own."""
    own = {column: value for column, value in values.items() if column not in OF_PERSON}
    return {column: value for column, value in values.items() if column in OF_PERSON}, own


async def check_contacts(work: Work, of: ContactsOf, values: Values) -> None:
    """Refuse a contact that the school has not decided to collect (4.8). To take one away is always right."""
    given = [contact for contact in Contact if values.get(contact) is not None]
    if given:
        asked = select(*(collected(contact, of).label(contact.value) for contact in given))
        decided = await work.first(asked, **work.viewer.parameters())
        for contact in given:
            if not decided[contact]:
                raise not_collected(contact)


def not_theirs(values: Values) -> Refusal:
    """The refusal to change, as a student's or a guardian's, what stands on the card of an employee (4.2)."""
    message = "Этот человек — сотрудник школы: его данные ведёт специалист по кадрам (п. 4.2)."
    return Refusal(RefusalCode.FORBIDDEN, message, field_of(next(iter(values))), "4.2")


def exists_already(message: str, column: str) -> Refusal:
    """The refusal of what is there already."""
    return Refusal(RefusalCode.ALREADY_EXISTS, message, field_of(column))


async def person_on(work: Work, card: Values, of: CardOf) -> tuple[int, Any]:
    """The person on a new card, found by name and birth date or else made; and who they already are, if found."""
    found = await people(
        work.connection,
        work.viewer.school_id,
        [card["birth_date"]],
        [card.get("file_number") or ""],
        [card.get("number") or ""],
    )
    for kind, column in ((CardOf.STUDENT, "file_number"), (CardOf.STAFF, "number")):
        if column in card and any(row[f"{kind}_id"] and row[column] == card[column] for row in found):
            raise exists_already("Этот номер уже занят.", column)
    holders = [row for row in found if key_on(row) == key_on(card)]
    if len(holders) > 1:
        raise exists_already("В школе несколько человек с этими именем и датой рождения.", "family_name")
    mine = split(card)[0]
    if not holders:
        row = await work.first(
            insert(Person).values(school_id=work.viewer.school_id, version=1, **mine).returning(Person.id)
        )
        return row.id, None
    holder = holders[0]
    if holder["sex"] != card["sex"]:
        raise bad_input("У этого человека в школе указан другой пол.", "sex")
    if holder[f"{of}_id"] and of != CardOf.GUARDIAN:
        raise exists_already("У этого человека уже есть такая карта.", "family_name")
    await _contacts_of(work, holder, mine, of)
    return holder["id"], holder


async def _contacts_of(work: Work, holder: Any, mine: Values, of: CardOf) -> None:
    """Write the contacts that a new card brings to somebody who is known already."""
    contacts = {contact.value: mine[contact] for contact in Contact if mine.get(contact) is not None}
    if contacts and holder["staff_id"] and of != CardOf.STAFF:
        raise not_theirs(contacts)
    known = await work.first(select(Person).where(Person.school_id == work.viewer.school_id, Person.id == holder["id"]))
    await amend(work, Person, known, contacts, Person.id == holder["id"])


async def amend_card(work: Work, row: Any, values: Values, model: Any, if_version: int | None, of: CardOf) -> None:
    """Change a personal card: what of it is the person's, and what is the row's own."""
    check_version(if_version, card_version(row.version, row.person_version))
    mine, own = split(values)
    mine = {column: value for column, value in mine.items() if row[column] != value}
    if mine and of != CardOf.STAFF:
        employee = select(Staff.id).where(Staff.school_id == work.viewer.school_id, Staff.person_id == row.person_id)
        if await work.first(employee):
            raise not_theirs(mine)
    wanted = {column: row[column] for column in PERSONAL} | mine
    if key_on(wanted) != key_on({column: row[column] for column in PERSONAL}):
        found = await people(work.connection, work.viewer.school_id, [wanted["birth_date"]])
        if any(key_on(other) == key_on(wanted) and other["id"] != row.person_id for other in found):
            raise exists_already("Другой человек в школе носит это имя и родился в тот же день.", "family_name")
    await amend(work, model, row, own, model.id == row.id)
    await amend(work, Person, row, mine, Person.id == row.person_id)


async def update_school_card(context: Context, values: Values, if_version: int | None) -> int:
    """Enter what the director has approved of the school (3.1). Only what is given changes."""
    async with command(context, "updateSchoolCard", values) as work:
        card = await work.one(schools_to_update(), "ifVersion")
        check_version(if_version, card.version)
        values = checked_card(values, work.today)
        for paper in ("licence", "accreditation"):
            check_paper({**card, **values}, paper)
        await amend(work, School, card, values)
    return context.viewer.school_id


# Staff


async def create_staff_card(context: Context, values: Values, key: str | None) -> int:
    """Enter an employee (4.2, 4.3): somebody whom the school knows already stays one person."""
    async with command(context, "createStaffCard", {"fields": sorted(values)}, key=key, private=values) as work:
        if work.repeated:
            return int(work.answer)
        card = checked_card(values, work.today, CardOf.STAFF)
        check_employment(card["birth_date"], card["hired_on"], None)
        await apart(work)
        person_id, _ = await person_on(work, card, CardOf.STAFF)
        row = await work.first(
            insert(Staff)
            .values(school_id=work.viewer.school_id, person_id=person_id, version=1, **split(card)[1])
            .returning(Staff.id)
        )
        return int(await work.done(row.id))


async def update_staff_card(context: Context, staff_id: int, values: Values, if_version: int | None) -> int:
    """Change an employee's card. Only what is given changes."""
    given = {"staff": staff_id, "fields": sorted(values)}
    async with command(context, "updateStaffCard", given) as work:
        await apart(work)
        row = await work.one(staff_to_update().where(Staff.id == staff_id), "staffId")
        values = checked_card(values, work.today, CardOf.STAFF)
        wanted = {**row, **values}
        check_employment(wanted["birth_date"], wanted["hired_on"], row.dismissed_on)
        await check_number(work, Staff, "number", values, staff_id)
        await amend_card(work, row, values, Staff, if_version, CardOf.STAFF)
    return staff_id


async def check_number(work: Work, model: Any, column: str, values: Values, number: int) -> None:
    if column in values:
        taken = select(model.id).where(
            model.school_id == work.viewer.school_id, getattr(model, column) == values[column], model.id != number
        )
        if await work.first(taken):
            raise exists_already("Этот номер уже занят.", column)


async def dismiss_staff(context: Context, staff_id: int, dismissed_on: date, if_version: int | None) -> int:
    """Dismiss an employee: from the day after, their roles in the System are over. Not the last administrator."""
    given = {"staff": staff_id, "dismissedOn": dismissed_on}
    async with command(context, "dismissStaff", given) as work:
        await take_turn(work, work.viewer.school_id, ROLES)
        row = await work.one(staff_to_update().where(Staff.id == staff_id), "staffId")
        check_version(if_version, card_version(row.version, row.person_version))
        check_employment(row.birth_date, row.hired_on, dismissed_on)
        if row.dismissed_on is not None:
            raise Refusal(RefusalCode.NOT_IN_FORCE, "Сотрудник уже уволен.", "staffId")
        after = dismissed_on + timedelta(days=1)
        held = await administered(work, after, Account.person_id == row.person_id)
        lost = [(max(first, after), last) for first, last in held]
        await keep_administrator(work, lost, "staffId", Account.person_id.is_distinct_from(row.person_id))
        await amend(work, Staff, row, {"dismissed_on": dismissed_on}, Staff.id == staff_id)
    return staff_id


async def reinstate_staff(context: Context, staff_id: int, if_version: int | None) -> int:
    """Take a dismissal back."""
    async with command(context, "reinstateStaff", {"staff": staff_id}) as work:
        row = await work.one(staff_to_update().where(Staff.id == staff_id), "staffId")
        check_version(if_version, card_version(row.version, row.person_version))
        if row.dismissed_on is None:
            raise Refusal(RefusalCode.NOT_IN_FORCE, "Сотрудник не уволен.", "staffId")
        await amend(work, Staff, row, {"dismissed_on": None}, Staff.id == staff_id)
    return staff_id
