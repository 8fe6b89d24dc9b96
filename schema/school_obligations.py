"""The watch of the director and the deputies on everybody's obligations (7.11, 9.3, 11.1)."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from permissions.gates import gate
from permissions.report_obligations import OVERSEERS
from permissions.report_remarks import READERS
from resolvers import report_obligations, report_remarks
from rules.report_deadlines import check_ahead

from .base import After, Connection, First, Info, argument, edge_with, optional_number, paged
from .base_obligations import (
    Ahead,
    By,
    DueSince,
    DueUntil,
    OfClass,
    OfClause,
    OfDeadline,
    OfStaff,
    OfStatus,
    OfSubject,
    OfYear,
    chosen,
    counted,
)
from .enums_report_control import RemarkState
from .enums_report_obligations import ObligationStatus

if TYPE_CHECKING:
    from .report_obligations import Obligation, ObligationCount
    from .report_remarks import Remark

_OBLIGATIONS = strawberry.lazy("schema.report_obligations")
_REMARKS = strawberry.lazy("schema.report_remarks")


@strawberry.type
class Watch:
    """A part of `School`."""

    @edge_with(
        report_obligations.school_obligations,
        only=gate(OVERSEERS),
        returns=Connection[Annotated["Obligation", _OBLIGATIONS]],
        description="Контроль сроков: что по Порядку нужно сделать, кому и до какого момента; ближайшие первыми.",
    )
    def obligations(
        self,
        first: First,
        after: After = None,
        status: OfStatus = None,
        clause: OfClause = None,
        deadline: OfDeadline = None,
        staff_id: OfStaff = None,
        class_id: OfClass = None,
        subject_id: OfSubject = None,
        year_id: OfYear = None,
        since: DueSince = None,
        until: DueUntil = None,
    ) -> dict[str, Any]:
        narrowed = chosen(status, clause, deadline, staff_id, class_id, subject_id, year_id, since, until)
        return {**narrowed, **paged(first, after)}

    @edge_with(
        report_obligations.school_obligations,
        only=gate(OVERSEERS),
        returns=Connection[Annotated["Obligation", _OBLIGATIONS]],
        description="Что предстоит: сроки, которые наступят за столько дней, и то, что выполнить пока нельзя.",
    )
    def obligation_forecast(
        self,
        info: Info,
        first: First,
        days: Ahead,
        after: After = None,
        clause: OfClause = None,
        deadline: OfDeadline = None,
        staff_id: OfStaff = None,
        class_id: OfClass = None,
        subject_id: OfSubject = None,
    ) -> dict[str, Any]:
        check_ahead(days)
        until = info.context.viewer.today + timedelta(days=days)
        status = ObligationStatus.DUE
        narrowed = chosen(status, clause, deadline, staff_id, class_id, subject_id, until=until)
        return {**narrowed, "opened": None, **paged(first, after)}

    @edge_with(
        report_obligations.school_obligation_counts,
        only=gate(OVERSEERS),
        returns=list[Annotated["ObligationCount", _OBLIGATIONS]],
        description="Сколько выполнено, не выполнено и просрочено.",
    )
    def obligation_counts(
        self,
        by: By,
        status: OfStatus = None,
        clause: OfClause = None,
        deadline: OfDeadline = None,
        staff_id: OfStaff = None,
        class_id: OfClass = None,
        subject_id: OfSubject = None,
        year_id: OfYear = None,
        since: DueSince = None,
        until: DueUntil = None,
    ) -> dict[str, Any]:
        narrowed = chosen(status, clause, deadline, staff_id, class_id, subject_id, year_id, since, until)
        return {**narrowed, "by": counted(by)}

    @edge_with(
        report_remarks.school_remarks,
        only=gate(READERS),
        returns=Connection[Annotated["Remark", _REMARKS]],
        description="Замечания о ведении журналов, раньше написанные первыми; учителю — написанные ему (7.11).",
    )
    def remarks(
        self,
        first: First,
        after: After = None,
        state: Annotated[RemarkState | None, argument("Только в этом состоянии.")] = None,
        staff_id: Annotated[strawberry.ID | None, argument("Только этому сотруднику.")] = None,
        class_id: Annotated[strawberry.ID | None, argument("Только об этом классе.")] = None,
        subject_id: Annotated[strawberry.ID | None, argument("Только об этом предмете.")] = None,
    ) -> dict[str, Any]:
        return {
            "state": state and state.value,
            "staff_id": optional_number("Staff", staff_id, "staffId"),
            "class_id": optional_number("SchoolClass", class_id, "classId"),
            "subject_id": optional_number("Subject", subject_id, "subjectId"),
            **paged(first, after),
        }
