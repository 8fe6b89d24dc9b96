"""Of what whoever may have reports, as the plain-Python oracle knows it; what they say, their own tests count."""

from typing import Any

from .journal_help import gid
from .oracle_graph import Link, itself
from .oracle_rights import REPORTS_OF

_TYPES = {"school": "School", "school_class": "SchoolClass", "staff": "Staff", "student": "Student"}
OF = {reports: _TYPES[table] for reports, table in REPORTS_OF.items()}
"""The types of what the reports are of."""

LINKS: dict[str, dict[str, Link]] = {of: {"reports": Link(reports, itself)} for reports, of in OF.items()}
LINKS |= {reports: {} for reports in OF}


def _of(type_name: str) -> Any:
    """The opaque id of a row; a school's number is its own."""
    return lambda world, row: gid(type_name, row["school_id" if type_name == "School" else "id"])


SCALARS = {reports: {"of": _of(of)} for reports, of in OF.items()}
WITHOUT_ID = set(OF)

BODIES = (
    "schema.report_averages",
    "schema.report_base",
    "schema.report_card",
    "schema.report_class_results",
    "schema.report_daily",
    "schema.report_figures",
    "schema.report_letter",
    "schema.report_quality",
    "schema.report_student_journal",
)
"""The modules of reports' bodies: types that one comes to by a report alone, whose lists are of a report's rows, and
whose rights are the report's.
"""


def is_body(graphql_type: Any) -> bool:
    """Whether a type is a part of a report."""
    declared = graphql_type.extensions.get("strawberry-definition")
    return declared is not None and declared.origin.__module__ in BODIES


INSIDE = {
    "SchoolReports": ("School", "reports { @ }"),
    "ClassReports": ("SchoolClass", "reports { @ }"),
    "TeacherReports": ("Staff", "reports { @ }"),
    "StudentReports": ("Student", "reports { @ }"),
    "ClassResults": ("ClassReports", "results(periodId: $period) { @ }"),
    "ReportSlot": ("ClassResults", "slot { @ }"),
    "ReportPrint": ("ClassResults", "print { @ }"),
    "SubjectResults": ("ClassResults", "subjects { @ }"),
    "Figures": ("ClassResults", "total { @ }"),
    "Figure": ("Figures", "success { @ }"),
    "MarkCounts": ("Figures", "counts { @ }"),
    "CountedMark": ("Figure", "marks { @ }"),
    "StudentAverages": ("StudentReports", 'averages(from: "2026-04-01", until: "2026-05-20") { @ }'),
    "SubjectAverages": ("StudentAverages", "subjects { @ }"),
    "Averages": ("StudentAverages", "total { @ }"),
    "DailyFigure": ("Averages", "average { @ }"),
    "DailyCounts": ("DailyFigure", "counts { @ }"),
    "DailyMark": ("DailyFigure", "marks { @ }"),
    "StudentDynamics": ("StudentReports", "dynamics { @ }"),
    "PeriodAverages": ("StudentDynamics", "periods { @ }"),
    "ReportCard": ("StudentReports", "card { @ }"),
    "CardSubject": ("ReportCard", "subjects { @ }"),
    "CardMark": ("CardSubject", "marks { @ }"),
    "QualityByMonth": ("StudentReports", 'qualityByMonth(from: "2026-04-01", until: "2026-05-20") { @ }'),
    "MonthQuality": ("QualityByMonth", "months { @ }"),
    "StudentJournal": ("StudentReports", 'journal(from: "2026-05-04", until: "2026-05-20") { @ }'),
    "StudentJournalSubject": ("StudentJournal", "subjects { @ }"),
    "StudentJournalCell": ("StudentJournalSubject", "cells { @ }"),
    "Presence": ("StudentJournal", "presence { @ }"),
    "ParentLetter": ("StudentReports", "letter(periodId: $period) { @ }"),
    "LetterSubject": ("ParentLetter", "subjects { @ }"),
}

ALSO = [
    ("ReportSlot", ("ReportCard", "slots { @ }")),
    ("ReportPrint", ("ReportCard", "print { @ }")),
]
"""Other ways to the same, for those to whom the first is closed."""
