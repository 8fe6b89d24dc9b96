"""Signing in and out, and choosing a password."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Date, and_, cast, delete, func, insert, literal, select, update

from models.account import Account, AuditEntry, LoginFailure, Session
from models.school import School
from permissions.account import access_open, sessions_to_end
from rules.account import (
    LOGIN_FAILURES_PER_ADDRESS,
    LOGIN_FAILURES_PER_LOGIN,
    LOGIN_WINDOW_MINUTES,
    check_password,
    login_key,
)
from rules.refusals import Refusal, RefusalCode, not_found

from .account_passwords import hash_password_aside, verify_password
from .account_tokens import Claims, Issued
from .commands import Work, command, note_refusal, take_turn
from .context import Context
from .database import Transaction

REPEAT_SECONDS = 10
"""A refresh token that has just been exchanged answers once more within this time: two tabs are not a theft."""


async def log_in(context: Context, login: str, password: str, school_code: str | None) -> Issued:
    """Sign in. The refusal is one and the same for all that do not fit, and for an account that is locked.

    Only who knows the password learns that their access is closed, or that the password was for once and its time over.
    """
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
        raise _wrong("password")
    try:
        return await _enter(context, school_id, account, key, attempt)
    except Refusal as refused:
        async with context.database.transaction() as transaction:
            await transaction.execute(_entry(school_id, account.id, context.now, "logIn", refused.code))
        raise


async def _enter(context: Context, school_id: int, account: Any, key: str, attempt: int) -> Issued:
    """Begin a session for who has shown the password."""
    now = context.real_now
    async with context.database.transaction() as transaction:
        await _forgive(transaction, school_id, key, attempt)
        if not await _has_access(transaction, school_id, account.id, context):
            message = "Доступ закрыт: у вас больше нет ролей в Системе. Обратитесь в школу."
            raise Refusal(RefusalCode.ACCESS_CLOSED, message, "login", "11.6")
        # Locked, or given another password, since it was looked at: then it does not fit any more.
        entered = await transaction.first(
            update(Account)
            .where(
                Account.school_id == school_id,
                Account.id == account.id,
                Account.password_hash == account.password_hash,
                Account.locked_at.is_(None),
            )
            .values(signed_in_at=context.now)
            .returning(Account.one_time_until)
        )
        if entered is None:
            raise _wrong("password")
        _check_in_time(entered.one_time_until, context, "password")
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


def _wrong(field: str) -> Refusal:
    return Refusal(RefusalCode.BAD_CREDENTIALS, "Неверный логин или пароль.", field, "11.7")


def _check_in_time(one_time_until: Any, context: Context, field: str) -> None:
    """Refuse a one-time password whose time is over."""
    if one_time_until is not None and one_time_until <= context.now:
        message = "Срок одноразового пароля истёк. Попросите выдать новый."
        raise Refusal(RefusalCode.PASSWORD_EXPIRED, message, field, "11.7")


async def _has_access(transaction: Transaction, school_id: int, account_id: int, context: Context) -> bool:
    """Whether there is anything left, or yet to come, for the account to do (11.6)."""
    today = cast(func.timezone(School.time_zone, literal(context.now)), Date)
    row = await transaction.first(
        select(access_open(today).label("open"))
        .select_from(Account)
        .join(School, School.id == Account.school_id)
        .where(Account.school_id == school_id, Account.id == account_id)
    )
    return bool(row and row.open)


async def _forgive(transaction: Transaction, school_id: int, key: str, attempt: int) -> None:
    """Forget the failures up to an attempt that was none."""
    await transaction.execute(
        delete(LoginFailure).where(
            LoginFailure.school_id == school_id, LoginFailure.login_key == key, LoginFailure.id <= attempt
        )
    )


async def _school(transaction: Transaction, code: str | None) -> int | None:
    """The school with the code; without one, the only school there is."""
    query = select(School.id.label("id")).limit(2)
    found = await transaction.fetch(query.where(School.code == code) if code else query)
    return found[0].id if len(found) == 1 else None


async def _attempt(
    transaction: Transaction, school_id: int, key: str, address: str, context: Context, field: str = "login"
) -> int:
    """Count this attempt as failed before the password is looked at, so that many at once cannot slip by."""
    for counted in (key, address):  # always in this order, so that two attempts cannot block each other
        await take_turn(transaction, school_id, counted)
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
            field,
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
    """The generation of the token to give out; 0 if the session is over, or its owner's access."""
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
    if not await _has_access(transaction, claims.school_id, session.account_id, context):
        await _stop(transaction, claims, session, context, RefusalCode.ACCESS_CLOSED)
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
    await _stop(transaction, claims, session, context, RefusalCode.SESSION_ENDED)
    return 0


async def _stop(transaction: Transaction, claims: Claims, session: Any, context: Context, why: RefusalCode) -> None:
    """End the session whose refresh token was shown, and note why."""
    await transaction.execute(
        update(Session)
        .where(Session.school_id == claims.school_id, Session.id == claims.session_id)
        .values(ended_at=context.real_now)
    )
    await transaction.execute(_entry(claims.school_id, session.account_id, context.now, "refreshSession", why))


async def change_password(context: Context, current: str, password: str) -> int:
    """Choose another password: the session that asks goes on, all others of the account end (11.7).

    Trying the current one is throttled like a log-in.
    """
    viewer = context.viewer
    if not viewer.signed_in:
        raise Refusal(RefusalCode.UNAUTHENTICATED, "Вы не вошли.")
    await context.refresh()
    try:
        check_password(password, current)
        stored, key, attempt = await _current(context, current)
    except Refusal as refused:
        await note_refusal(context, "changePassword", {}, refused)
        raise
    hashed = await hash_password_aside(password)
    async with command(context, "changePassword", {}) as work:
        await _forgive(work, viewer.school_id, key, attempt)
        changed = await work.first(
            update(Account)
            .where(
                Account.school_id == viewer.school_id,
                Account.id == viewer.account_id,
                Account.password_hash == stored,
                Account.locked_at.is_(None),
            )
            .values(password_hash=hashed, one_time_until=None)
            .returning(Account.id)
        )
        if changed is None:
            raise _wrong("currentPassword")
        await end_sessions(work, viewer.account_id, context, but=viewer.session_id)
    return viewer.session_id


async def _current(context: Context, password: str) -> tuple[str, str, int]:
    """The hash of the viewer's password, the login's key and the attempt that it was, if this is the password."""
    viewer, address = context.viewer, context.tokens.digest(context.address)
    async with context.database.transaction() as transaction:
        account = await transaction.first(
            select(Account.login_key, Account.password_hash, Account.one_time_until).where(
                Account.school_id == viewer.school_id, Account.id == viewer.account_id
            )
        )
        attempt = await _attempt(transaction, viewer.school_id, account.login_key, address, context, "currentPassword")
    if not await verify_password(account.password_hash, password):
        raise Refusal(RefusalCode.BAD_CREDENTIALS, "Неверный текущий пароль.", "currentPassword", "11.7")
    _check_in_time(account.one_time_until, context, "currentPassword")
    return account.password_hash, account.login_key, attempt


async def end_sessions(work: Work, account_id: int, context: Context, but: int = 0) -> None:
    """End all sessions of an account, at once, but one perhaps."""
    await work.execute(
        update(Session)
        .where(
            Session.school_id == work.viewer.school_id,
            Session.account_id == account_id,
            Session.ended_at.is_(None),
            Session.id != but,
        )
        .values(ended_at=context.real_now)
    )


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
