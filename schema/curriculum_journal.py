"""What a class keeps of its journals: final marks, closed periods, certified and printed journals (7.7, 8.2)."""

from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from permissions.gates import gate
from permissions.journal import JOURNAL
from permissions.journal_print import PRINTERS
from resolvers import journal_certificates, journal_copy, journal_finals, report

from .base import argument, edge, edge_with, number, optional_number
from .enums_journal import FinalKind

if TYPE_CHECKING:
    from .journal_certificates import Certificate, JournalPrint
    from .journal_finals import ExamDate, FinalMarkCell, PeriodClosing
    from .report import ClassReports

_FINALS = strawberry.lazy("schema.journal_finals")
_CERTIFICATES = strawberry.lazy("schema.journal_certificates")


@strawberry.type
class ClassJournals:
    """A part of `SchoolClass`."""

    period_closings: list[Annotated["PeriodClosing", _FINALS]] = edge(
        journal_finals.class_closings, description="Какие периоды закрывались и открывались снова."
    )
    exam_dates: list[Annotated["ExamDate", _FINALS]] = edge(
        journal_finals.class_exam_dates, description="Когда объявляются результаты экзаменов (7.10)."
    )
    reports: Annotated["ClassReports", strawberry.lazy("schema.report")] | None = edge(
        report.class_reports, description="Отчёты по классу (10.4); null, если они не для вас."
    )
    certificates: list[Annotated["Certificate", _CERTIFICATES]] = edge(
        journal_certificates.class_certificates, description="Заверенные журналы класса, по номерам (8.2)."
    )

    @edge_with(
        journal_copy.class_print,
        only=gate(PRINTERS),
        returns=Annotated["JournalPrint", _CERTIFICATES] | None,
        description="Печатный журнал за период класса (8.2); null, если период не этого класса.",
    )
    def journal_print(self, period_id: Annotated[strawberry.ID, argument("Период.")]) -> dict[str, Any]:
        return {"period_id": number("Period", period_id, "periodId")}

    @edge_with(
        journal_finals.class_final_marks,
        only=gate(JOURNAL),
        returns=list[Annotated["FinalMarkCell", _FINALS]],
        description="Ведомость класса: отметки за период или год, и что ещё не выставлено (7.7–7.10).",
    )
    def final_marks(
        self,
        period_id: Annotated[strawberry.ID | None, argument("Только за этот период.")] = None,
        kind: Annotated[FinalKind | None, argument("Только такие.")] = None,
        subject_id: Annotated[strawberry.ID | None, argument("Только этот предмет.")] = None,
    ) -> dict[str, Any]:
        return {
            "period_id": optional_number("Period", period_id, "periodId"),
            "kind": kind and kind.value,
            "subject_id": optional_number("Subject", subject_id, "subjectId"),
        }
