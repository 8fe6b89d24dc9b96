"""Who may see the orders that appoint responsible persons, and who issues them."""

from typing import Any

from sqlalchemy import Select, and_, select

from models.account import Account, AppointmentOrder
from models.school import Staff
from rules.account import Role

from .scopes import ALL, Rows, Scope, columns, of_school, union
from .viewer import Viewer

visible_appointment_orders = Scope(
    "AppointmentOrder",
    Rows(AppointmentOrder),
    {frozenset({Role.DIRECTOR, Role.DEPUTY, Role.HR, Role.ADMINISTRATOR}): ALL},
)
"""Orders that appoint responsible persons (6.2, 11.2)."""

_ISSUERS = {Role.DIRECTOR: ALL}


def staff_to_appoint(viewer: Viewer) -> Select[Any]:
    """Employees whom the viewer may make responsible for something (11.2), with the account they have."""
    return (
        select(*columns(Staff.id, Staff.hired_on, Staff.dismissed_on), Account.id.label("account_id"))
        .outerjoin(Account, and_(Account.school_id == Staff.school_id, Account.person_id == Staff.person_id))
        .where(of_school(Staff), union(_ISSUERS, viewer.roles))
        .with_for_update(key_share=True, of=Staff)
    )


def orders_to_change(viewer: Viewer) -> Select[Any]:
    """Orders that the viewer may cancel or end."""
    return (
        select(*columns(AppointmentOrder))
        .where(of_school(AppointmentOrder), union(_ISSUERS, viewer.roles))
        .with_for_update(key_share=True)
    )
