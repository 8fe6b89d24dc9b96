"""The reports of the school, of a teacher and of a student, as parts of their types (10.1)."""

from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from resolvers import report, report_prints

from .base import After, Connection, First, argument, edge, edge_with, paged
from .enums_report import Report

if TYPE_CHECKING:
    from .report import SchoolReports, StudentReports, TeacherReports
    from .report_prints import CertifiedReport

_REPORTS = strawberry.lazy("schema.report")


@strawberry.type
class OfSchool:
    """A part of `School`."""

    reports: Annotated["SchoolReports", _REPORTS] | None = edge(
        report.school_reports, description="Отчёты по школе (10.3)."
    )

    @edge_with(
        report_prints.school_certified_reports,
        returns=Connection[Annotated["CertifiedReport", strawberry.lazy("schema.report_prints")]],
        description="Заверенные отчёты, по номерам.",
    )
    def certified_reports(
        self, first: First, after: After = None, report: Annotated[Report | None, argument("Только этот отчёт.")] = None
    ) -> dict[str, Any]:
        return {"report": report and report.value, **paged(first, after)}


@strawberry.type
class OfTeacher:
    """A part of `Staff`."""

    reports: Annotated["TeacherReports", _REPORTS] | None = edge(
        report.teacher_reports, description="Отчёты учителя-предметника (10.4); null, если они не для вас."
    )


@strawberry.type
class OfStudent:
    """A part of `Student`."""

    reports: Annotated["StudentReports", _REPORTS] | None = edge(
        report.student_reports, description="Отчёты по обучающемуся (10.5); null, если они не для вас."
    )
