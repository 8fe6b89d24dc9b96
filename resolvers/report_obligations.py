"""Reads of the watch on deadlines: obligations, how many there are, and what comes next (7.11, 9.3)."""

from typing import Any

from sqlalchemy import (
    ARRAY,
    Boolean,
    Date,
    Integer,
    Select,
    Text,
    any_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
)

from models.report_forms import FormDate
from models.school import Staff
from models.timetable_week import DayTransfer
from permissions.report_forms import visible_form_dates
from permissions.report_obligations import (
    is_answered_by,
    obligation,
    visible_obligation_counts,
    visible_obligations,
)
from permissions.school import visible_staff
from permissions.timetable_week import visible_day_transfers
from permissions.viewer import reach
from rules.account import Role
from rules.report_deadlines import Dimension, ObligationStatus

from .edges import Edge
from .edges_kinds import argument, keys_param, to_one, to_page

_AROUND = 8
"""An obligation's `day`, by which its rows are found, is no further than that from the last day in time."""

_SINCE, _UNTIL = argument("since", Date), argument("until", Date)

FILTERS: dict[str, Any] = {
    "status": obligation.status == argument("status", Text),
    "deadlines": obligation.deadline == any_(argument("deadlines", ARRAY(Text))),
    "staff_id": is_answered_by(argument("staff_id")),
    "class_id": obligation.class_id == argument("class_id"),
    "subject_id": obligation.subject_id == argument("subject_id"),
    "since": (obligation.due_on >= _SINCE) & (obligation.day >= _SINCE - _AROUND),
    "until": (obligation.due_on <= _UNTIL) & (obligation.day <= _UNTIL + _AROUND),
    "year_id": obligation.year_id == argument("year_id"),
    "standing": obligation.closed != argument("standing", Boolean),
    "opened": (obligation.opens_at <= reach.now) == argument("opened", Boolean),
    "own": or_(obligation.staff_id == reach.staff_id, obligation.answerable == any_(argument("own", ARRAY(Text)))),
}
"""Arguments to the condition that each adds. standing: of years that are not closed. opened: what can be met already.
own: of the viewer by name, or by one of these roles."""

_ORDER = {name: getattr(obligation, name) for name in ("due_at", "position", "key0", "key1", "key2")}

school_obligations = to_page(visible_obligations, obligation.school_id, of="id", order=_ORDER, filters=FILTERS)
viewer_obligations = to_page(visible_obligations, obligation.school_id, of="school_id", order=_ORDER, filters=FILTERS)
obligation_form = to_one(visible_form_dates, FormDate.id, of="form_date_id")
obligation_transfer = to_one(visible_day_transfers, DayTransfer.id, of="transfer_id")
obligation_employee = to_one(visible_staff, Staff.id, of="employee_id")


def _counts_of(of: str) -> Edge:
    """How many obligations there are, by as many dimensions as are asked for."""

    def build(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
        chosen = [condition for name, condition in FILTERS.items() if name in given]
        each: Any = visible_obligation_counts.for_roles(roles).where(*chosen).subquery("each").c
        values = {
            "deadline": (Dimension.DEADLINE, each.deadline),
            "position": (Dimension.DEADLINE, each.position),
            "staff_id": (Dimension.STAFF, each.staff_id),
            "class_id": (Dimension.SCHOOL_CLASS, each.class_id),
            "subject_id": (Dimension.SUBJECT, each.subject_id),
            "week": (Dimension.WEEK, each.due_on - (cast(func.extract("isodow", each.due_on), Integer) - 1)),
        }
        asked = argument("by", ARRAY(Text))
        keys = [
            case((literal(dimension.value) == any_(asked), value)).label(name)
            for name, (dimension, value) in values.items()
        ]
        counted = (
            select(
                each.school_id,
                *keys,
                cast(func.count(), Integer).label("total"),
                *(
                    cast(func.count().filter(each.status == status.value), Integer).label(status.value)
                    for status in ObligationStatus
                ),
            )
            .where(each.school_id == any_(keys_param(0)))
            .group_by(each.school_id, *keys)
            .subquery("counted")
        )
        order = [counted.c[name].nulls_first() for name in ("position", "staff_id", "class_id", "subject_id", "week")]
        return select(*counted.c, counted.c.school_id.label("_key0")).order_by(*order)

    return Edge(visible_obligation_counts, (of,), build, many=True)


school_obligation_counts = _counts_of("id")
viewer_obligation_counts = _counts_of("school_id")
