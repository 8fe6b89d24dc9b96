"""The administrator's commands: locks, resets and roles, and the accounts of analysts and services."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import and_, delete, false, func, insert, or_, select, update

from models.account import Account, AccountRole, AppointmentOrder, ServiceGrant
from models.school import Staff
from permissions.account import accounts_to_manage, roles_to_end
from permissions.scopes import GRANTABLE, lasts, same
from rules.account import ONE_TIME_LIFE, AccountKind, Role, Span, check_employed, check_last_day, is_covered
from rules.account_orders import AppointmentState, Responsibility, by_order, order_name
from rules.refusals import Refusal, RefusalCode, bad_input

from .account_commands import end_sessions
from .account_issue import Issued, check_free, make_secrets, new_account
from .commands import Work, command, take_turn
from .context import Context

ROLES = "roles"
"""The turn of whoever changes what accounts may do: two administrators cannot take each other's role at once."""

_DAY = timedelta(days=1)


async def _account(work: Work, account_id: int) -> Any:
    await take_turn(work, work.viewer.school_id, ROLES)
    return await work.one(accounts_to_manage(work.viewer).where(Account.id == account_id), "accountId")


async def lock_account(context: Context, account_id: int) -> int:
    """Close an account at once: its sessions end, and nobody enters until it is unlocked (11.7)."""
    async with command(context, "lockAccount", {"account": account_id}) as work:
        account = await _account(work, account_id)
        if account.locked_at is None:
            lost = await administered(work, work.today, AccountRole.account_id == account_id)
            await keep_administrator(work, lost, "accountId", AccountRole.account_id != account_id)
            await _set(work, account_id, locked_at=work.now)
        await end_sessions(work, account_id, context)
    return account_id


async def unlock_account(context: Context, account_id: int) -> int:
    """Open a locked account again."""
    async with command(context, "unlockAccount", {"account": account_id}) as work:
        await _account(work, account_id)
        await _set(work, account_id, locked_at=None)
    return account_id


async def reset_password(context: Context, account_id: int) -> Issued:
    """Give an account another password, for once; all its sessions end. A service's stays as it is given."""
    await context.refresh()
    (secret,) = await make_secrets(1)
    async with command(context, "resetPassword", {"account": account_id}) as work:
        account = await _account(work, account_id)
        until = None if account.kind == AccountKind.SERVICE else work.now + ONE_TIME_LIFE
        await _set(work, account_id, password_hash=secret.hash, one_time_until=until)
        await end_sessions(work, account_id, context)
    return Issued(account_id, account.login, secret.password, until)


def _only(work: Work, account_id: int) -> Any:
    return select(Account.id).where(Account.school_id == work.viewer.school_id, Account.id == account_id)


async def _set(work: Work, account_id: int, **values: Any) -> None:
    await work.execute(
        update(Account).where(Account.school_id == work.viewer.school_id, Account.id == account_id).values(**values)
    )


async def keep_administrator(work: Work, lost: Iterable[Span], field: str, *others: Any) -> None:
    """Refuse to take the school's last administrator: on each day that is `lost`, to come or today, there must be one
    by `others`, who has entered before.

    The caller has taken the turn of roles.
    """
    spans = [(max(first, work.today), last) for first, last in lost]
    spans = [(first, last) for first, last in spans if last is None or first <= last]
    if not spans:
        return
    staying = _administrators(work, min(first for first, _ in spans)).where(
        Account.locked_at.is_(None), Account.one_time_until.is_(None), *others
    )
    held = [(row.starts_on, row.ends_on) for row in await work.fetch(staying)]
    if not all(is_covered(span, held) for span in spans):
        message = "Это последний администратор школы. Сначала назначьте другого, и пусть он войдёт."
        raise Refusal(RefusalCode.LAST_ADMINISTRATOR, message, field, "11.2")


async def administered(work: Work, day: date, *which: Any) -> list[Span]:
    """On which days, of those from `day` on, accounts are administrators by their appointments."""
    return [(row.starts_on, row.ends_on) for row in await work.fetch(_administrators(work, day).where(*which))]


def _administrators(work: Work, day: date) -> Any:
    """Appointments of administrators that last on `day` or later, each to the end of the employment at most."""
    ends_on = func.least(AccountRole.ends_on, Staff.dismissed_on)
    return (
        select(AccountRole.starts_on, ends_on.label("ends_on"))
        .join(Account, same(Account, AccountRole.account_id))
        .outerjoin(Staff, and_(Staff.school_id == Account.school_id, Staff.person_id == Account.person_id))
        .where(
            AccountRole.school_id == work.viewer.school_id,
            AccountRole.role == Role.ADMINISTRATOR,
            or_(ends_on.is_(None), ends_on >= day),
        )
    )


async def assign_role(context: Context, account_id: int, role: Role, starts_on: date, ends_on: date | None) -> int:
    """Appoint a person to a role for these days; not for days gone by, and only for days of their work here."""
    given = {"account": account_id, "role": role, "startsOn": starts_on, "endsOn": ends_on}
    async with command(context, "assignRole", given) as work:
        account = await _account(work, account_id)
        if account.kind != AccountKind.PERSON:
            raise bad_input("Роли назначаются только людям.", "accountId")
        if starts_on < work.today:
            raise bad_input("Роль нельзя назначить задним числом.", "startsOn")
        check_employed(account.hired_on, account.dismissed_on, starts_on, ends_on)
        held = await work.first(_overlapping(work, account_id, role, starts_on, ends_on))
        if held is not None:
            stands = f": {order_name(held.number, held.dated)}" if held.number else ""
            raise Refusal(RefusalCode.ALREADY_EXISTS, f"Эта роль в эти дни уже есть{stands}.", "role")
        return await add_role(work, account_id, role, starts_on, ends_on)


def _overlapping(work: Work, account_id: int, role: Role, starts_on: date, ends_on: date | None) -> Any:
    """The same role on some of the days, and the order it stands on, if it does."""
    return (
        select(AppointmentOrder.number, AppointmentOrder.dated)
        .select_from(AccountRole)
        .outerjoin(
            AppointmentOrder,
            (AppointmentOrder.school_id == AccountRole.school_id) & (AppointmentOrder.id == AccountRole.order_id),
        )
        .where(
            AccountRole.school_id == work.viewer.school_id,
            AccountRole.account_id == account_id,
            AccountRole.role == role,
            lasts(starts_on, AccountRole),
            *(() if ends_on is None else (AccountRole.starts_on <= ends_on,)),
        )
        .order_by(AppointmentOrder.id)
    )


async def add_role(
    work: Work, account_id: int, role: Role, starts_on: date, ends_on: date | None, order_id: int | None = None
) -> int:
    """The row of an appointment to a role."""
    row = await work.first(
        insert(AccountRole)
        .values(
            school_id=work.viewer.school_id,
            account_id=account_id,
            role=role,
            starts_on=starts_on,
            ends_on=ends_on,
            order_id=order_id,
        )
        .returning(AccountRole.id)
    )
    return int(row.id)


async def end_role(context: Context, role_id: int, ends_on: date) -> tuple[int, int]:
    """Set an appointment's last day: yesterday at the earliest, which ends it at once.

    One that would end before its first day is taken back. Gives the numbers of the appointment and its account.
    """
    async with command(context, "endRole", {"role": role_id, "endsOn": ends_on}) as work:
        await take_turn(work, work.viewer.school_id, ROLES)
        held = await work.one(roles_to_end(work.viewer).where(AccountRole.id == role_id).with_for_update(), "roleId")
        check_last_day(ends_on, held.ends_on, work.today)
        await _check_no_order(work, held, ends_on)
        if held.role == Role.ADMINISTRATOR:
            lost = [(max(held.starts_on, ends_on + _DAY), held.ends_on)]
            await keep_administrator(work, lost, "roleId", AccountRole.id != role_id)
        await stop_role(work, held, ends_on)
    return role_id, held.account_id


async def stop_role(work: Work, held: Any, ends_on: date) -> None:
    """Let an appointment end. One that is over before it began leaves no days; the audit trail keeps that it was."""
    this = (AccountRole.school_id == work.viewer.school_id, AccountRole.id == held.id)
    if ends_on < held.starts_on:
        await work.execute(delete(AccountRole).where(*this))
    else:
        await work.execute(update(AccountRole).where(*this).values(ends_on=ends_on))


async def _check_no_order(work: Work, held: Any, ends_on: date) -> None:
    """Refuse to end what an order gave, or what one stands on: the use of the System is a deputy's (11.2)."""
    of_account = (
        select(Staff.id)
        .join(Account, (Account.school_id == Staff.school_id) & (Account.person_id == Staff.person_id))
        .where(Staff.school_id == work.viewer.school_id, Account.id == held.account_id)
    )
    stands_by_itself = held.role == Role.DEPUTY and held.order_id is None
    stands_on_it = (
        AppointmentOrder.responsibility == Responsibility.USE_OF_SYSTEM,
        AppointmentOrder.staff_id.in_(of_account),
        or_(AppointmentOrder.ends_on.is_(None), AppointmentOrder.ends_on > ends_on),
        lasts(held.starts_on, AppointmentOrder),
        *(() if held.ends_on is None else (AppointmentOrder.starts_on <= held.ends_on,)),
    )
    order = await work.first(
        select(AppointmentOrder.number, AppointmentOrder.dated).where(
            AppointmentOrder.school_id == work.viewer.school_id,
            AppointmentOrder.state == AppointmentState.ISSUED,
            or_(AppointmentOrder.id == held.order_id, and_(*stands_on_it) if stands_by_itself else false()),
        )
    )
    if order is not None:
        raise by_order(order.number, order.dated, "roleId")


async def create_analyst_account(context: Context, login: str, key: str | None) -> Issued:
    """An account for an analyst: it belongs to no person, and reads the school without names (4.1)."""
    return await _create(context, "createAnalystAccount", AccountKind.ANALYST, login, (), key)


async def create_service_account(context: Context, login: str, grants: Sequence[str], key: str | None) -> Issued:
    """An account for another service of the school, which reads what its grants name."""
    return await _create(context, "createServiceAccount", AccountKind.SERVICE, login, grants, key)


async def _create(
    context: Context, name: str, kind: AccountKind, login: str, grants: Sequence[str], key: str | None
) -> Issued:
    await context.refresh()
    (secret,) = await make_secrets(1)
    async with command(context, name, {"login": login, "grants": grants}, key=key) as work:
        if work.repeated:
            known = await work.first(
                select(Account.login).where(Account.school_id == work.viewer.school_id, Account.id == work.answer)
            )
            return Issued(work.answer, known.login)
        _check_grants(grants)
        values = new_account(work, await check_free(work, login), secret.hash, kind)
        account = await work.first(insert(Account).values(values).returning(Account.id))
        await _grant(work, account.id, grants)
        await work.done(account.id)
    return Issued(account.id, values["login"], secret.password, values["one_time_until"])


async def set_service_grants(context: Context, account_id: int, grants: Sequence[str]) -> int:
    """What a service may read from now on: these types and no others."""
    async with command(context, "setServiceGrants", {"account": account_id, "grants": grants}) as work:
        account = await _account(work, account_id)
        if account.kind != AccountKind.SERVICE:
            raise bad_input("Доступ к типам задаётся только внешним службам.", "accountId")
        _check_grants(grants)
        await work.execute(
            delete(ServiceGrant).where(
                ServiceGrant.school_id == work.viewer.school_id, ServiceGrant.account_id == account_id
            )
        )
        await _grant(work, account_id, grants)
    return account_id


def _check_grants(grants: Sequence[str]) -> None:
    for position, type_name in enumerate(grants):
        if type_name not in GRANTABLE:
            raise bad_input("Такого типа нет, или его не читают по доступу.", f"grants.{position}")


async def _grant(work: Work, account_id: int, grants: Sequence[str]) -> None:
    if grants:
        rows = [
            {"school_id": work.viewer.school_id, "account_id": account_id, "type_name": type_name}
            for type_name in dict.fromkeys(grants)
        ]
        await work.execute(insert(ServiceGrant).values(rows))
