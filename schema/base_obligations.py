"""What obligations can be narrowed to: the same for one's own and for the school's."""

from datetime import date
from typing import Annotated, Any

import strawberry

from rules.refusals import bad_input
from rules.report_deadlines import of_clause

from .base import argument, optional_number
from .enums_report_obligations import Deadline, Dimension, ObligationStatus

OfStatus = Annotated[ObligationStatus | None, argument("Только в этом состоянии.")]
OfClause = Annotated[str | None, argument("Только по этому пункту Порядка: «7.4».")]
OfDeadline = Annotated[Deadline | None, argument("Только этот срок.")]
OfStaff = Annotated[strawberry.ID | None, argument("Только за что отвечает этот сотрудник, сам или по роли.")]
OfClass = Annotated[strawberry.ID | None, argument("Только об этом классе.")]
OfSubject = Annotated[strawberry.ID | None, argument("Только об этом предмете.")]
OfYear = Annotated[strawberry.ID | None, argument("Только этого учебного года; обычно — всех, что не закрыты.")]
DueSince = Annotated[date | None, argument("Срок — с этого дня.")]
DueUntil = Annotated[date | None, argument("Срок — по этот день.")]
By = Annotated[list[Dimension], argument("По чему считать; пусто — всё вместе.")]
Ahead = Annotated[int, argument("На сколько дней вперёд.")]


def chosen(
    status: ObligationStatus | None = None,
    clause: str | None = None,
    deadline: Deadline | None = None,
    staff_id: str | None = None,
    class_id: str | None = None,
    subject_id: str | None = None,
    year_id: str | None = None,
    since: date | None = None,
    until: date | None = None,
) -> dict[str, Any]:
    """The arguments of the edges: what has begun, of years that are not closed unless one is named."""
    if clause is not None and deadline is not None:
        raise bad_input("Укажите пункт или срок, но не то и другое.", "clause")
    deadlines = of_clause(clause) if clause is not None else deadline and (deadline,)
    return {
        "status": status and status.value,
        "deadlines": deadlines and tuple(each.value for each in deadlines),
        "staff_id": optional_number("Staff", staff_id, "staffId"),
        "class_id": optional_number("SchoolClass", class_id, "classId"),
        "subject_id": optional_number("Subject", subject_id, "subjectId"),
        "year_id": optional_number("AcademicYear", year_id, "yearId"),
        "standing": True if year_id is None else None,
        "opened": True,
        "since": since,
        "until": until,
    }


def counted(by: list[Dimension]) -> tuple[str, ...]:
    """The dimensions as the edge takes them."""
    return tuple(sorted({each.value for each in by}))
