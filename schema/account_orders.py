"""Orders that appoint responsible persons, and employees who have no account yet."""

from collections.abc import Collection
from datetime import date
from typing import TYPE_CHECKING, Annotated

import strawberry

from models.account import AppointmentOrder as AppointmentOrderRow
from permissions.account_orders import visible_appointment_orders
from resolvers import account as account_reads
from resolvers import school
from rules.account import account_due
from rules.days import WorkingDays

from .base import Node, computed, edge, node
from .enums import AppointmentState, Responsibility

if TYPE_CHECKING:
    from .school_people import Staff

_SCHOOL = strawberry.lazy("schema.school_people")


def _due(hired_on: date, worked: Collection[date], free: Collection[date]) -> date:
    return account_due(hired_on, WorkingDays(worked, free))


def _is_overdue(hired_on: date, worked: Collection[date], free: Collection[date], today: date) -> bool:
    return _due(hired_on, worked, free) < today


_DUE = ("hired_on", "worked", "free")


@strawberry.type(description="Сотрудник, которому ещё не выдана учётная запись (11.9).")
class MissingAccount:
    hired_on: date = strawberry.field(description="Дата приёма на работу.")
    due_on: date = computed(_due, *_DUE, description="Последний день срока: третий рабочий день после приёма.")
    overdue: bool = computed(_is_overdue, *_DUE, "today", description="Срок прошёл.")
    staff: Annotated["Staff", _SCHOOL] | None = edge(account_reads.missing_staff, description="Кому.")


@node(
    visible_appointment_orders,
    AppointmentOrderRow,
    description="Приказ о назначении ответственного лица (6.2, 11.2).",
)
class AppointmentOrder(Node):
    number: str = strawberry.field(description="Номер.")
    dated: date = strawberry.field(description="Дата приказа.")
    responsibility: Responsibility = strawberry.field(description="За что назначен ответственный.")
    starts_on: date = strawberry.field(description="Первый день.")
    ends_on: date | None = strawberry.field(description="Последний день.")
    state: AppointmentState = strawberry.field(description="Издан или отменён.")
    cancelled_on: date | None = strawberry.field(description="Когда отменён.")
    reason: str | None = strawberry.field(description="Почему отменён.")
    version: int = strawberry.field(description="Версия; растёт с каждым изменением.")
    staff: Annotated["Staff", _SCHOOL] | None = edge(school.staff_of, description="Кто назначен.")
