"""Orders that appoint responsible persons: reads, and the director's commands (6.2, 11.2)."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Date, Text, insert, or_, select, update

from models.account import AccountRole, AppointmentOrder
from models.school import Staff
from permissions.account_orders import orders_to_change, staff_to_appoint, visible_appointment_orders
from permissions.scopes import lasts, on
from rules.account import Role, check_last_day
from rules.account_orders import REASON_LENGTH, ROLE_OF, AppointmentState, Responsibility, check_order, order_name
from rules.journal import check_text
from rules.refusals import Refusal, RefusalCode, bad_input, conflict

from .account_manage import ROLES, add_role, keep_administrator, stop_role
from .commands import Work, check_version, command, take_turn
from .context import Context
from .edges_kinds import argument, to_many, to_one, to_page

_ON = argument("on", Date)

school_appointment_orders = to_page(
    visible_appointment_orders,
    AppointmentOrder.school_id,
    of="id",
    order={"dated": AppointmentOrder.dated, "id": AppointmentOrder.id},
    filters={
        "responsibility": AppointmentOrder.responsibility == argument("responsibility", Text),
        "state": AppointmentOrder.state == argument("state", Text),
        "on": on(_ON, AppointmentOrder) & (AppointmentOrder.state == AppointmentState.ISSUED),
    },
)
staff_appointment_orders = to_many(
    visible_appointment_orders,
    AppointmentOrder.staff_id,
    of="id",
    order=(AppointmentOrder.dated, AppointmentOrder.id),
)
appointment_order_of = to_one(visible_appointment_orders, AppointmentOrder.id, of="order_id")

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Appointment:
    """What an order says."""

    number: str
    dated: date
    responsibility: Responsibility
    staff_id: int
    starts_on: date
    ends_on: date | None


async def issue_appointment_order(context: Context, what: Appointment, key: str | None) -> int:
    """Make an employee responsible for something (11.2), which gives them the role that comes with it.

    The role begins with the order's first day, but not before today: nobody was allowed yesterday what they were not.
    """
    given = {
        "number": what.number,
        "dated": what.dated,
        "responsibility": what.responsibility,
        "staff": what.staff_id,
        "startsOn": what.starts_on,
        "endsOn": what.ends_on,
    }
    async with command(context, "issueAppointmentOrder", given, key=key) as work:
        await take_turn(work, work.viewer.school_id, ROLES)
        staff = await work.one(staff_to_appoint(work.viewer).where(Staff.id == what.staff_id), "staffId")
        if work.repeated:
            return int(work.answer)
        days, employed = (what.starts_on, what.ends_on), (staff.hired_on, staff.dismissed_on)
        check_order(what.number, what.dated, days, employed, work.today)
        if staff.account_id is None:
            message = "У сотрудника ещё нет учётной записи: её выдаёт специалист по кадрам."
            raise Refusal(RefusalCode.NO_ACCOUNT, message, "staffId", "11.8")
        await _check_new(work, what)
        if what.responsibility is Responsibility.USE_OF_SYSTEM:
            await _check_deputy(work, staff.account_id, what)
        row = await work.first(
            insert(AppointmentOrder)
            .values(
                school_id=work.viewer.school_id,
                number=what.number.strip(),
                dated=what.dated,
                responsibility=what.responsibility,
                staff_id=what.staff_id,
                starts_on=what.starts_on,
                ends_on=what.ends_on,
                changed_at=work.now,
                changed_by=work.viewer.account_id,
            )
            .returning(AppointmentOrder.id)
        )
        role, first = ROLE_OF[what.responsibility], max(what.starts_on, work.today)
        if role is not None and (what.ends_on is None or first <= what.ends_on):
            await add_role(work, staff.account_id, role, first, what.ends_on, row.id)
        return int(await work.done(row.id))


async def _check_new(work: Work, what: Appointment) -> None:
    """Refuse an order that is there already, or one for what the person is responsible for on some of the days."""
    same = (
        AppointmentOrder.school_id == work.viewer.school_id,
        AppointmentOrder.staff_id == what.staff_id,
        AppointmentOrder.responsibility == what.responsibility,
    )
    named = (AppointmentOrder.number == what.number.strip(), AppointmentOrder.dated == what.dated)
    if await work.first(select(AppointmentOrder.id).where(*same, *named)) is not None:
        raise Refusal(RefusalCode.ALREADY_EXISTS, "Такой приказ уже внесён.", "number")
    other = await work.first(
        select(AppointmentOrder.number, AppointmentOrder.dated).where(
            *same,
            AppointmentOrder.state == AppointmentState.ISSUED,
            lasts(what.starts_on, AppointmentOrder),
            *(() if what.ends_on is None else (AppointmentOrder.starts_on <= what.ends_on,)),
        )
    )
    if other is not None:
        message = f"В эти дни уже действует {order_name(other.number, other.dated)}."
        raise Refusal(RefusalCode.ALREADY_EXISTS, message, "startsOn")


async def _check_deputy(work: Work, account_id: int, what: Appointment) -> None:
    """The use of the System is organised by one of the deputies: by appointment, not by work on the timetable."""
    last = AccountRole.ends_on.is_(None)
    spans = last if what.ends_on is None else or_(last, AccountRole.ends_on >= what.ends_on)
    deputy = select(AccountRole.id).where(
        AccountRole.school_id == work.viewer.school_id,
        AccountRole.account_id == account_id,
        AccountRole.role == Role.DEPUTY,
        AccountRole.order_id.is_(None),
        AccountRole.starts_on <= max(what.starts_on, work.today),
        spans,
    )
    if await work.first(deputy) is None:
        message = "Ответственный за использование Системы назначается из числа заместителей директора."
        raise Refusal(RefusalCode.NOT_DEPUTY, message, "staffId", "11.2")


async def end_appointment(context: Context, order_id: int, ends_on: date, if_version: int | None) -> int:
    """Set the last day of what an order made somebody responsible for; the role ends with it."""
    async with command(context, "endAppointment", {"order": order_id, "endsOn": ends_on}) as work:
        order = await _standing(work, order_id, if_version)
        check_last_day(ends_on, order.ends_on, work.today)
        if ends_on < order.starts_on:
            raise bad_input("Раньше первого дня приказ не завершают, а отменяют.", "endsOn")
        await _stop(work, order, ends_on)
        await _change(work, order_id, ends_on=ends_on)
    return order_id


async def cancel_appointment_order(context: Context, order_id: int, reason: str | None, if_version: int | None) -> int:
    """Cancel an order: the role that it gave ends at once."""
    async with command(context, "cancelAppointmentOrder", {"order": order_id, "reason": reason}) as work:
        order = await _standing(work, order_id, if_version)
        check_text(reason, REASON_LENGTH, "reason")
        await _stop(work, order, work.today - _DAY)
        await _change(work, order_id, state=AppointmentState.CANCELLED, cancelled_on=work.today, reason=reason)
    return order_id


async def _standing(work: Work, order_id: int, if_version: int | None) -> Any:
    """The order, locked, if it has not been cancelled."""
    await take_turn(work, work.viewer.school_id, ROLES)
    order = await work.one(orders_to_change(work.viewer).where(AppointmentOrder.id == order_id), "orderId")
    check_version(if_version, order.version)
    if order.state != AppointmentState.ISSUED:
        raise conflict("orderId")
    return order


async def _stop(work: Work, order: Any, ends_on: date) -> None:
    """Let the role that the order gave end on a day."""
    held = await work.first(
        select(AccountRole.id, AccountRole.role, AccountRole.account_id, AccountRole.starts_on, AccountRole.ends_on)
        .where(AccountRole.school_id == work.viewer.school_id, AccountRole.order_id == order.id)
        .with_for_update()
    )
    if held is None or (held.ends_on is not None and held.ends_on < ends_on):
        return
    if held.role == Role.ADMINISTRATOR:
        lost = [(max(held.starts_on, ends_on + _DAY), held.ends_on)]
        await keep_administrator(work, lost, "orderId", AccountRole.id != held.id)
    await stop_role(work, held, ends_on)


async def _change(work: Work, order_id: int, **values: Any) -> None:
    await work.execute(
        update(AppointmentOrder)
        .where(AppointmentOrder.school_id == work.viewer.school_id, AppointmentOrder.id == order_id)
        .values(
            **values,
            version=AppointmentOrder.version + 1,
            changed_at=work.now,
            changed_by=work.viewer.account_id,
        )
    )
