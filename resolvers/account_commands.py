"""Signing in and out."""

from datetime import timedelta
from typing import Any

from sqlalchemy import and_, delete, func, insert, select, update

from models.account import Account, AuditEntry, LoginFailure, Session
from models.school import School
from permissions.account import sessions_to_end
from rules.account import (
    LOGIN_FAILURES_PER_ADDRESS,
    LOGIN_FAILURES_PER_LOGIN,
    LOGIN_WINDOW_MINUTES,
    login_key,
)
from rules.refusals import Refusal, RefusalCode, not_found

from .account_passwords import verify_password
from .account_tokens import Claims, Issued
from .commands import Work, command
from .context import Context
from .database import Transaction

REPEAT_SECONDS = 10
"""A refresh token that has just been exchanged answers once more within this time: two tabs are not a theft."""


async def log_in(context: Context, login: str, password: str, school_code: str | None) -> Issued:
    """Sign in. The refusal is one and the same for all that do not fit, and for an account that is locked."""
    await context.refresh()  # whoever signs in with an old token holds no connection while the password is checked
    key, address = login_key(login), context.tokens.digest(context.address)
    async with context.database.transaction() as transaction:
        school_id = await _school(transaction, school_code)
        attempt = await _attempt(transaction, school_id, key, address, context) if school_id else 0
        account = await transaction.first(
            select(Account.id, Account.password_hash, Account.locked_at).where(
                Account.school_id == school_id, Account.login_key == key
            )
        )
    fits = await verify_password(account.password_hash if account else None, password)
    if not fits or not school_id or account.locked_at is not None:
        raise Refusal(RefusalCode.BAD_CREDENTIALS, "Неверный логин или пароль.", "password", "11.7")
    async with context.database.transaction() as transaction:
        await transaction.execute(
            delete(LoginFailure).where(
                LoginFailure.school_id == school_id, LoginFailure.login_key == key, LoginFailure.id <= attempt
            )
        )
        now = context.real_now
        session = await transaction.first(
            insert(Session)
            .values(
                school_id=school_id,
                account_id=account.id,
                device=context.device,
                created_at=now,
                refreshed_at=now,
                expires_at=now + context.tokens.session_life,
            )
            .returning(Session.id, Session.generation)
        )
        await transaction.execute(_entry(school_id, account.id, context.now, "logIn"))
    return context.tokens.issue(Claims(school_id, session.id, session.generation), now)


async def _school(transaction: Transaction, code: str | None) -> int | None:
    """The school with the code; without one, the only school there is."""
    query = select(School.id.label("id")).limit(2)
    found = await transaction.fetch(query.where(School.code == code) if code else query)
    return found[0].id if len(found) == 1 else None


async def _attempt(transaction: Transaction, school_id: int, key: str, address: str, context: Context) -> int:
    """Count this attempt as failed before the password is looked at, so that many at once cannot slip by."""
    for counted in (key, address):  # always in this order, so that two attempts cannot block each other
        await transaction.fetch(select(func.pg_advisory_xact_lock(func.hashtext(f"{school_id}:{counted}"))))
    since = context.real_now - timedelta(minutes=LOGIN_WINDOW_MINUTES)
    recent = and_(LoginFailure.school_id == school_id, LoginFailure.at > since)
    counts = await transaction.first(
        select(
            select(func.count()).where(recent, LoginFailure.login_key == key).scalar_subquery().label("login"),
            select(func.count()).where(recent, LoginFailure.address == address).scalar_subquery().label("address"),
        )
    )
    if counts.login >= LOGIN_FAILURES_PER_LOGIN or counts.address >= LOGIN_FAILURES_PER_ADDRESS:
        raise Refusal(
            RefusalCode.TOO_MANY_ATTEMPTS,
            f"Слишком много неудачных попыток. Повторите через {LOGIN_WINDOW_MINUTES} минут.",
            "login",
        )
    await transaction.execute(delete(LoginFailure).where(LoginFailure.school_id == school_id, LoginFailure.at <= since))
    row = await transaction.first(
        insert(LoginFailure)
        .values(school_id=school_id, login_key=key, address=address, at=context.real_now)
        .returning(LoginFailure.id)
    )
    attempt: int = row.id
    return attempt


async def refresh_session(context: Context, token: str) -> Issued:
    """Exchange a refresh token for a new pair. One that has been exchanged before ends the session: it was stolen."""
    await context.refresh()
    claims = context.tokens.read(token, "refresh")
    now = context.real_now
    generation = 0
    if claims:
        async with context.database.transaction() as transaction:
            generation = await _rotate(transaction, claims, context)
    if not claims or not generation:
        raise Refusal(RefusalCode.SESSION_ENDED, "Сеанс завершён. Войдите снова.", "refreshToken")
    return context.tokens.issue(Claims(claims.school_id, claims.session_id, generation), now)


async def _rotate(transaction: Transaction, claims: Claims, context: Context) -> int:
    """The generation of the token to give out; 0 if the session is over."""
    now = context.real_now
    this = and_(Session.school_id == claims.school_id, Session.id == claims.session_id)
    session = await transaction.first(
        select(Session.generation, Session.refreshed_at, Session.account_id)
        .join(Account, and_(Account.school_id == Session.school_id, Account.id == Session.account_id))
        .where(this, Session.ended_at.is_(None), Session.expires_at > now, Account.locked_at.is_(None))
        .with_for_update(of=Session)
    )
    if session is None:
        return 0
    if claims.generation == session.generation:
        row = await transaction.first(
            update(Session)
            .where(this)
            .values(generation=Session.generation + 1, refreshed_at=now, expires_at=now + context.tokens.session_life)
            .returning(Session.generation)
        )
        return int(row.generation)
    just_now = now - session.refreshed_at < timedelta(seconds=REPEAT_SECONDS)
    if claims.generation == session.generation - 1 and just_now:
        return int(session.generation)
    await transaction.execute(update(Session).where(this).values(ended_at=now))
    await transaction.execute(
        _entry(claims.school_id, session.account_id, context.now, "refreshSession", "SESSION_ENDED")
    )
    return 0


async def log_out(context: Context) -> int:
    """End the session that asks, at once: its access token stops working too."""
    viewer = context.viewer
    if not viewer.signed_in:
        raise Refusal(RefusalCode.UNAUTHENTICATED, "Вы не вошли.")
    async with command(context, "logOut", {}) as work:
        await _end(work, viewer.session_id, context)
    return viewer.session_id


async def end_session(context: Context, session_id: int) -> int:
    """End one of the viewer's own sessions, at once."""
    async with command(context, "endSession", {"session": session_id}) as work:
        scope = sessions_to_end(context.viewer).where(Session.id == session_id).with_for_update()
        if await work.first(scope, **context.viewer.parameters()) is None:
            raise not_found("id")
        await _end(work, session_id, context)
    return session_id


async def _end(work: Work, session_id: int, context: Context) -> None:
    await work.execute(
        update(Session)
        .where(Session.school_id == work.viewer.school_id, Session.id == session_id)
        .values(ended_at=context.real_now)
    )


def _entry(school_id: int, account_id: int, at: Any, name: str, outcome: str = "done") -> Any:
    return insert(AuditEntry).values(
        school_id=school_id, account_id=account_id, at=at, command=name, outcome=outcome, input={}
    )
