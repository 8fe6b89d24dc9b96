"""Giving accounts out: logins made from names, passwords that are shown once and kept as hashes (11.7–11.10)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Text, any_, bindparam, func, insert, select, update

from models.account import Account, Session
from permissions.account import CARDS, owners_to_issue
from rules.account import ONE_TIME_LIFE, AccountKind, login_key
from rules.account_logins import check_login, free_login, login_base
from rules.refusals import Refusal, RefusalCode, bad_input, conflict

from .account_passwords import hash_passwords, made_up_password
from .commands import Work, among, command, take_turn
from .context import Context
from .database import Transaction

LOGINS = "logins"
"""The turn that whoever makes a login takes, so that two at once do not choose the same."""

MOST_ISSUED = 100
"""How many accounts one command may give out: more than a class has guardians."""


@dataclass(frozen=True)
class Owner:
    """Whose account: a card by type and number. `field` names it in the input."""

    type_name: str
    number: int
    field: str


@dataclass(frozen=True)
class Issued:
    """An account that was given out. There is a password the one time that it is shown."""

    account_id: int
    login: str
    password: str | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Secret:
    """A made-up password with its hash."""

    password: str
    hash: str


async def make_secrets(count: int) -> list[Secret]:
    """So many new passwords. Made before the command's transaction begins: hashing takes longer than all the rest."""
    passwords = [made_up_password() for _ in range(count)]
    return [Secret(*pair) for pair in zip(passwords, await hash_passwords(passwords), strict=True)]


async def issue_accounts(
    context: Context, name: str, owners: Sequence[Owner], login: str | None, key: str | None, *, strict: bool
) -> list[Issued]:
    """Give accounts out, all or none, in the order of `owners`.

    Whoever has not used their one-time password yet gets a new one. Whoever has chosen a password keeps it: with
    `strict` that is refused. A repeat under the same key shows no password: it is kept nowhere.
    """
    await context.refresh()
    secrets = await _secrets_for(context, owners) if len(owners) <= MOST_ISSUED else []
    given = {"owners": [[owner.type_name, owner.number] for owner in owners], "login": login}
    async with command(context, name, given, key=key) as work:
        if not 1 <= len(owners) <= MOST_ISSUED:
            raise bad_input(f"За один раз можно выдать от 1 до {MOST_ISSUED} учётных записей.", "ownerIds")
        await take_turn(work, work.viewer.school_id, LOGINS)
        cards = _checked(owners, await _cards(work, work.viewer, owners))
        if work.repeated:
            return [Issued(card.account_id, card.login) for card in cards]
        new = [card for card in cards if card.account_id is None]
        again = [card for card in cards if card.account_id is not None and _waits(card)]
        if strict and not new and (login is not None or not again):
            message = "Учётная запись уже есть. Новый пароль задаёт администратор."
            raise Refusal(RefusalCode.ALREADY_EXISTS, message, "ownerId" if login is None else "login", "11.7")
        if len(new) + len(again) > len(secrets):
            raise conflict(owners[0].field)
        waiting = iter(secrets)
        chosen = {card.person_id: next(waiting) for card in [*new, *again]}
        made = await _open(work, new, chosen, login)
        if not await _renew(work, again, chosen, context):
            raise conflict(owners[0].field)
        until = context.now + ONE_TIME_LIFE
        found = []
        for card in cards:
            secret = chosen.get(card.person_id)
            account, known = made.get(card.person_id) or (card.account_id, card.login)
            shown = secret.password if secret else None
            found.append(Issued(account, known, shown, until if secret else card.one_time_until))
        await work.done([each.account_id for each in found])
        return found


async def _secrets_for(context: Context, owners: Sequence[Owner]) -> list[Secret]:
    """As many passwords as will be needed, as far as can be seen now."""
    async with context.database.transaction() as transaction:
        cards = await _cards(transaction, context.viewer, owners)
    needed = {card.person_id for card in cards.values() if card.account_id is None or _waits(card)}
    return await make_secrets(len(needed))


async def _cards(transaction: Transaction, viewer: Any, owners: Sequence[Owner]) -> dict[tuple[str, int], Any]:
    """The cards that the viewer may give accounts for, with what accounts there are."""
    found: dict[tuple[str, int], Any] = {}
    for type_name, (card, _) in CARDS.items():
        if numbers := [owner.number for owner in owners if owner.type_name == type_name]:
            scope = owners_to_issue(viewer, type_name).where(among(card.id, numbers))
            rows = await transaction.fetch(scope, **viewer.parameters())
            found |= {(type_name, row.id): row for row in rows}
    return found


def _checked(owners: Sequence[Owner], cards: dict[tuple[str, int], Any]) -> list[Any]:
    """The owners' cards in their order, each person once."""
    found: dict[int, Any] = {}
    for owner in owners:
        card = cards.get((owner.type_name, owner.number))
        if card is None:
            raise Refusal(RefusalCode.NOT_FOUND, "Не найдено или недоступно для изменения.", owner.field)
        if card.person_id in found:
            raise bad_input("Человек указан дважды.", owner.field)
        found[card.person_id] = card
    return list(found.values())


def _waits(card: Any) -> bool:
    """Whether the account's one-time password has not been used, so that another may take its place."""
    return card.one_time_until is not None and card.locked_at is None


async def check_free(work: Work, login: str) -> str:
    """A login that somebody chose, as it is kept, if nobody in the school has it. Takes the turn of logins."""
    await take_turn(work, work.viewer.school_id, LOGINS)
    kept = check_login(login, "login")
    if login_key(kept) in await _taken(work, [login_key(kept)]):
        raise Refusal(RefusalCode.ALREADY_EXISTS, "Такой логин уже есть.", "login", "11.7")
    return kept


async def _taken(work: Work, bases: Collection[str]) -> set[str]:
    """The logins in use that are one of these with a number behind it, or without."""
    bare = func.rtrim(Account.login_key, "0123456789")
    keys = bindparam("bases", sorted(bases), ARRAY(Text))
    rows = await work.fetch(
        select(Account.login_key).where(
            Account.school_id == work.viewer.school_id, (bare == any_(keys)) | (Account.login_key == any_(keys))
        )
    )
    return {row.login_key for row in rows}


async def _open(
    work: Work, cards: Sequence[Any], secrets: dict[int, Secret], login: str | None
) -> dict[int, tuple[int, str]]:
    """New accounts by person: number and login."""
    if not cards:
        return {}
    bases = {card.person_id: login_base(card.family_name, card.given_name, card.patronymic) for card in cards}
    logins: dict[int, str] = {}
    if login is not None:
        logins = {card.person_id: await check_free(work, login) for card in cards}
    else:
        taken = await _taken(work, set(bases.values()))
        for person, base in bases.items():
            logins[person] = free_login(base, taken)
            taken.add(logins[person])
    rows = await work.fetch(
        insert(Account)
        .values(
            [
                new_account(work, logins[person], secrets[person].hash, AccountKind.PERSON, person=person)
                for person in logins
            ]
        )
        .returning(Account.id, Account.person_id, Account.login)
    )
    return {row.person_id: (row.id, row.login) for row in rows}


def new_account(work: Work, login: str, hashed: str, kind: AccountKind, *, person: int | None = None) -> dict[str, Any]:
    """The columns of a new account. A machine changes no password, so that of a service is not for once."""
    return {
        "school_id": work.viewer.school_id,
        "person_id": person,
        "kind": kind,
        "login": login,
        "login_key": login_key(login),
        "password_hash": hashed,
        "one_time_until": None if kind is AccountKind.SERVICE else work.now + ONE_TIME_LIFE,
        "created_at": work.now,
    }


async def _renew(work: Work, cards: Sequence[Any], secrets: dict[int, Secret], context: Context) -> bool:
    """New one-time passwords in place of those that nobody has used; what was begun with those ends.

    False if the owner of one has just chosen a password: it stands.
    """
    if not cards:
        return True
    numbers = [card.account_id for card in cards]
    hashes = [secrets[card.person_id].hash for card in cards]
    news = (
        func.unnest(bindparam("ids", numbers, ARRAY(BigInteger)), bindparam("hashes", hashes, ARRAY(Text)))
        .table_valued("id", "hash")
        .render_derived()
    )
    changed = await work.fetch(
        update(Account)
        .where(
            Account.school_id == work.viewer.school_id,
            Account.id == news.c.id,
            Account.one_time_until.is_not(None),
            Account.locked_at.is_(None),
        )
        .values(password_hash=news.c.hash, one_time_until=work.now + ONE_TIME_LIFE)
        .returning(Account.id)
    )
    await work.execute(
        update(Session)
        .where(
            Session.school_id == work.viewer.school_id,
            among(Session.account_id, numbers),
            Session.ended_at.is_(None),
        )
        .values(ended_at=context.real_now)
    )
    return len(changed) == len(cards)
