"""Accounts on the command line: the administrator with whom a school begins (3.1), and whose command it gives."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import insert, select, update

from models.account import Account, AccountRole, AuditEntry, Session
from models.school import Person
from rules.account import PASSWORD_LENGTH, AccountKind, Role, login_key
from rules.refusals import bad_input
from rules.school import Sex

from .account import load_viewer
from .account_issue import LOGINS
from .account_passwords import hash_password
from .account_tokens import Claims, Tokens
from .commands import take_turn
from .context import Context
from .database import Database, Transaction

CONSOLE = "classbook"
"""The device of a session on the command line."""


@dataclass(frozen=True)
class Administrator:
    """Who becomes an administrator of the System (3.1)."""

    login: str
    password: str
    family_name: str
    given_name: str
    patronymic: str | None
    sex: Sex
    birth_date: date


async def make_administrator(transaction: Transaction, school_id: int, who: Administrator, now: datetime) -> None:
    """Make an administrator's card, account and role, from today on."""
    if len(who.password) not in PASSWORD_LENGTH:
        raise bad_input(f"Пароль — от {PASSWORD_LENGTH.start} до {PASSWORD_LENGTH.stop - 1} знаков.", "password")
    await take_turn(transaction, school_id, LOGINS)
    taken = select(Account.id).where(Account.school_id == school_id, Account.login_key == login_key(who.login))
    if await transaction.first(taken):
        raise bad_input("Такой логин уже есть.", "login")
    person = await transaction.first(
        insert(Person)
        .values(
            school_id=school_id,
            family_name=who.family_name,
            given_name=who.given_name,
            patronymic=who.patronymic,
            sex=who.sex,
            birth_date=who.birth_date,
        )
        .returning(Person.id)
    )
    account = await transaction.first(
        insert(Account)
        .values(
            school_id=school_id,
            person_id=person.id,
            kind=AccountKind.PERSON,
            login=who.login.strip(),
            login_key=login_key(who.login),
            password_hash=hash_password(who.password),
            created_at=now,
        )
        .returning(Account.id)
    )
    await transaction.execute(
        insert(AccountRole).values(
            school_id=school_id, account_id=account.id, role=Role.ADMINISTRATOR, starts_on=now.date()
        )
    )
    await transaction.execute(
        insert(AuditEntry).values(school_id=school_id, account_id=account.id, at=now, command="createAdmin", input={})
    )


@asynccontextmanager
async def at_console(
    database: Database,
    tokens: Tokens,
    school_id: int,
    login: str,
    now: datetime,
    real_now: datetime,
    *,
    lasts: bool = False,
) -> AsyncIterator[Context]:
    """A request of whoever has the login, without a password: the command line has the database itself.

    It is a session like any other, seen among the account's own, with the rights of the account. It is over at the end,
    or, if it `lasts` for what it has ordered, after its hour.
    """
    of = select(Account.id).where(Account.school_id == school_id, Account.login_key == login_key(login))
    async with database.transaction() as transaction:
        account = await transaction.first(of)
        if account is None:
            raise bad_input("Такого логина нет.", "login")
        times = {"created_at": real_now, "refreshed_at": real_now, "expires_at": real_now + timedelta(hours=1)}
        session = await transaction.first(
            insert(Session)
            .values(school_id=school_id, account_id=account.id, device=CONSOLE, **times)
            .returning(Session.id, Session.generation)
        )
    context = Context(database, tokens, now, real_now)
    try:
        claims = Claims(school_id, session.id, session.generation)
        context.viewer = await load_viewer(context.snapshot, claims, now, real_now)
        yield context
    finally:
        await context.close()
        if not lasts:
            own = (Session.school_id == school_id, Session.id == session.id)
            async with database.transaction() as transaction:
                await transaction.execute(update(Session).where(*own).values(ended_at=real_now))
