"""One's own obligations, and the daily digests of them."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from permissions.gates import gate
from permissions.report_obligations import OWNERS
from resolvers import report_digests, report_obligations, report_remarks
from rules.account import Role
from rules.report_deadlines import BY_ROLE, check_ahead

from .base import After, Connection, First, Info, argument, edge_with, paged
from .base_obligations import (
    Ahead,
    By,
    DueSince,
    DueUntil,
    OfClass,
    OfClause,
    OfDeadline,
    OfStatus,
    OfSubject,
    OfYear,
    chosen,
    counted,
)
from .enums_report_control import RemarkState
from .enums_report_obligations import ObligationStatus

if TYPE_CHECKING:
    from .report_digests import Digest
    from .report_obligations import Obligation, ObligationCount
    from .report_remarks import Remark

_OBLIGATIONS = strawberry.lazy("schema.report_obligations")
_REMARKS = strawberry.lazy("schema.report_remarks")
_DIGESTS = strawberry.lazy("schema.report_digests")


def _own(info: Info) -> dict[str, Any]:
    """What makes obligations the viewer's own: by name, or by the roles held today."""
    return {"own": tuple(sorted(role.value for role in info.context.viewer.roles & set(BY_ROLE.values())))}


@strawberry.type
class Duties:
    """A part of `Me`."""

    @edge_with(
        report_obligations.viewer_obligations,
        only=gate(OWNERS),
        returns=Connection[Annotated["Obligation", _OBLIGATIONS]],
        description="Мои обязательства: что по Порядку нужно сделать мне и до какого момента; ближайшие первыми.",
    )
    def obligations(
        self,
        info: Info,
        first: First,
        after: After = None,
        status: OfStatus = None,
        clause: OfClause = None,
        deadline: OfDeadline = None,
        class_id: OfClass = None,
        subject_id: OfSubject = None,
        year_id: OfYear = None,
        since: DueSince = None,
        until: DueUntil = None,
    ) -> dict[str, Any]:
        narrowed = chosen(status, clause, deadline, None, class_id, subject_id, year_id, since, until)
        return {**narrowed, **_own(info), **paged(first, after)}

    @edge_with(
        report_obligations.viewer_obligations,
        only=gate(OWNERS),
        returns=Connection[Annotated["Obligation", _OBLIGATIONS]],
        description="Что мне предстоит: сроки, которые наступят за столько дней.",
    )
    def obligation_forecast(
        self,
        info: Info,
        first: First,
        days: Ahead,
        after: After = None,
        clause: OfClause = None,
        deadline: OfDeadline = None,
        class_id: OfClass = None,
        subject_id: OfSubject = None,
    ) -> dict[str, Any]:
        check_ahead(days)
        until = info.context.viewer.today + timedelta(days=days)
        status = ObligationStatus.DUE
        narrowed = chosen(status, clause, deadline, None, class_id, subject_id, until=until)
        return {**narrowed, "opened": None, **_own(info), **paged(first, after)}

    @edge_with(
        report_obligations.viewer_obligation_counts,
        only=gate(OWNERS),
        returns=list[Annotated["ObligationCount", _OBLIGATIONS]],
        description="Сколько моего выполнено, не выполнено и просрочено.",
    )
    def obligation_counts(
        self,
        info: Info,
        by: By,
        status: OfStatus = None,
        clause: OfClause = None,
        deadline: OfDeadline = None,
        class_id: OfClass = None,
        subject_id: OfSubject = None,
        year_id: OfYear = None,
        since: DueSince = None,
        until: DueUntil = None,
    ) -> dict[str, Any]:
        narrowed = chosen(status, clause, deadline, None, class_id, subject_id, year_id, since, until)
        return {**narrowed, **_own(info), "by": counted(by)}

    @edge_with(
        report_remarks.viewer_remarks,
        only=gate(Role.TEACHER),
        returns=Connection[Annotated["Remark", _REMARKS]],
        description="Замечания мне о ведении журналов, раньше написанные первыми (7.11).",
    )
    def remarks(
        self,
        first: First,
        after: After = None,
        state: Annotated[RemarkState | None, argument("Только в этом состоянии.")] = None,
    ) -> dict[str, Any]:
        return {"state": state and state.value, "own": True, **paged(first, after)}

    @edge_with(
        report_digests.viewer_digest,
        returns=Annotated["Digest", _DIGESTS] | None,
        description="Сводка дня: что просрочено, чему срок сегодня и скоро; null, если сказать было нечего.",
    )
    def digest(
        self, info: Info, on: Annotated[date | None, argument("За какой день; без него — за сегодня.")] = None
    ) -> dict[str, Any]:
        return {"date": on or info.context.viewer.today}

    @edge_with(
        report_digests.viewer_digests,
        returns=Connection[Annotated["Digest", _DIGESTS]],
        description="Мои сводки, последние первыми.",
    )
    def digests(
        self,
        first: First,
        after: After = None,
        read: Annotated[bool | None, argument("Только прочитанные или только непрочитанные.")] = None,
    ) -> dict[str, Any]:
        return {"read": read, **paged(first, after)}
