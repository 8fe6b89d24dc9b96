"""The reports of the school, of a teacher and of a student, as parts of their types (10.1)."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from resolvers import report

from .base import edge

if TYPE_CHECKING:
    from .report import SchoolReports, StudentReports, TeacherReports

_REPORTS = strawberry.lazy("schema.report")


@strawberry.type
class OfSchool:
    """A part of `School`."""

    reports: Annotated["SchoolReports", _REPORTS] | None = edge(
        report.school_reports, description="Отчёты по школе (10.3)."
    )


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
