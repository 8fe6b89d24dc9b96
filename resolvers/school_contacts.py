"""Commands on the school's decisions to collect contacts (4.8)."""

from datetime import date

from sqlalchemy import insert

from models.school import ContactDecision
from permissions.school_cards import decisions_to_end
from rules.refusals import Refusal, RefusalCode, bad_input
from rules.school import Contact, ContactsOf
from rules.school_cards import check_last_day, checked_card

from .commands import check_version, command
from .context import Context
from .school_cards import amend


async def record_contact_decision(
    context: Context,
    number: str,
    decided_on: date,
    contact: Contact,
    contacts_of: ContactsOf,
    starts_on: date,
    ends_on: date | None,
    key: str | None,
) -> int:
    """Record that the school has decided to collect a contact, from which day and to which (4.8)."""
    given = {
        "number": number,
        "decidedOn": decided_on,
        "contact": contact,
        "of": contacts_of,
        "startsOn": starts_on,
        "endsOn": ends_on,
    }
    async with command(context, "recordContactDecision", given, key=key) as work:
        if work.repeated:
            return int(work.answer)
        number = checked_card({"number": number}, work.today)["number"]
        if decided_on > work.today:
            raise bad_input("Дата решения ещё не наступила.", "decidedOn")
        if starts_on < decided_on:
            raise bad_input("Решение не может действовать раньше, чем принято.", "startsOn")
        if ends_on is not None and ends_on < starts_on:
            raise bad_input("Окончание раньше начала.", "endsOn")
        row = await work.first(
            insert(ContactDecision)
            .values(
                school_id=work.viewer.school_id,
                number=number,
                decided_on=decided_on,
                contact=contact,
                contacts_of=contacts_of,
                starts_on=starts_on,
                ends_on=ends_on,
                version=1,
                changed_at=work.now,
                changed_by=work.viewer.account_id,
            )
            .returning(ContactDecision.id)
        )
        return int(await work.done(row.id))


async def end_contact_decision(context: Context, decision_id: int, ends_on: date, if_version: int | None) -> int:
    """Give a decision its last day: from the day after, the contacts are hidden from everybody (4.8)."""
    given = {"decision": decision_id, "endsOn": ends_on}
    async with command(context, "endContactDecision", given) as work:
        row = await work.one(decisions_to_end().where(ContactDecision.id == decision_id), "decisionId")
        check_version(if_version, row.version)
        if row.ends_on is not None and row.ends_on < work.today:
            raise Refusal(RefusalCode.NOT_IN_FORCE, "Решение уже не действует.", "decisionId")
        check_last_day(ends_on, row)
        await amend(work, ContactDecision, row, {"ends_on": ends_on}, ContactDecision.id == decision_id)
    return decision_id
