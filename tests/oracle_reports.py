"""Of what whoever may have reports, as the plain-Python oracle knows it; what they say, their own tests count."""

import hashlib
import json
from datetime import UTC, datetime
from random import Random
from typing import Any

from documents.papers import packed
from documents.tables import Paper
from rules.report_constructor import as_json
from server.demo_reports import OCCUPANCY

from .journal_help import gid
from .oracle_graph import Arguments, Link, Row, by, itself, link, many, staff_of_account
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
    "schema.report_attendance",
    "schema.report_averages",
    "schema.report_base",
    "schema.report_card",
    "schema.report_class_results",
    "schema.report_class_teacher",
    "schema.report_constructor",
    "schema.report_control",
    "schema.report_daily",
    "schema.report_figures",
    "schema.report_finals",
    "schema.report_student_list",
    "schema.report_subject_teacher",
    "schema.report_school",
    "schema.report_letter",
    "schema.report_quality",
    "schema.report_saved",
    "schema.report_saved_mutation",
    "schema.report_student_journal",
)
"""The modules of reports' bodies: types that one comes to by a report alone, whose lists are of a report's rows, and
whose rights are the report's.
"""


def is_body(graphql_type: Any) -> bool:
    """Whether a type is a part of a report."""
    declared = graphql_type.extensions.get("strawberry-definition")
    return declared is not None and declared.origin.__module__ in BODIES


CLASSES = '{ source: CLASSES, groups: ["grade"], measures: [{ function: COUNT }] }'
"""A composed report that both the administrator and the analyst may have."""

CONTROL = 'from: "2026-05-11", until: "2026-05-20", groupBy: JOURNAL'

ROOTS = {
    "SavedReport": "savedReports { @ }",
    "CatalogueEntry": "reportCatalogue { @ }",
    "ReportEntity": "reportEntities { @ }",
    "ReportAnswer": f"runReport(definition: {CLASSES}) {{ @ }}",
}
INSIDE = {
    "ReportField": ("ReportEntity", "fields { @ }"),
    "ReportOption": ("ReportField", "options { @ }"),
    "ReportColumn": ("ReportAnswer", "columns { @ }"),
    "ReportDefinition": ("SavedReport", "definition { @ }"),
    "ReportFilter": ("ReportDefinition", "filters { @ }"),
    "ReportMeasure": ("ReportDefinition", "measures { @ }"),
    "ReportSorting": ("ReportDefinition", "order { @ }"),
    "ReportSchedule": ("SavedReport", "schedule { @ }"),
    "ReportRun": ("SavedReport", "runs { @ }"),
    "ReportCell": ("ReportAnswer", "rows { @ }"),
    "SchoolReports": ("School", "reports { @ }"),
    "ClassReports": ("SchoolClass", "reports { @ }"),
    "TeacherReports": ("Staff", "reports { @ }"),
    "StudentReports": ("Student", "reports { @ }"),
    "ClassResults": ("ClassReports", "results(periodId: $period) { @ }"),
    "ReportSlot": ("ClassResults", "slot { @ }"),
    "ReportPrint": ("ClassResults", "print { @ }"),
    "ReportSetFile": ("ReportSet", "file { @ }"),
    "SubjectResults": ("ClassResults", "subjects { @ }"),
    "Figures": ("ClassResults", "total { @ }"),
    "Figure": ("Figures", "success { @ }"),
    "MarkCounts": ("Figures", "counts { @ }"),
    "CountedMark": ("Figure", "marks { @ }"),
    "ClassesSummary": ("SchoolReports", "classesSummary(periodId: $period) { @ }"),
    "SummaryFrame": ("ClassesSummary", "frame { @ }"),
    "ClassesSummaryRow": ("ClassesSummary", "rows { @ }"),
    "Roll": ("ClassesSummaryRow", "roll { @ }"),
    "CountedStudent": ("ClassesSummaryRow", "grouped { @ }"),
    "ResultsSummary": ("SchoolReports", "resultsSummary(periodId: $period) { @ }"),
    "ResultsSummaryRow": ("ResultsSummary", "rows { @ }"),
    "Comparison": ("ResultsSummaryRow", "sincePrevious { @ }"),
    "Occupancy": ("SchoolReports", "occupancy { @ }"),
    "OccupancyRow": ("Occupancy", "rows { @ }"),
    "ReportPart": ("OccupancyRow", "part { @ }"),
    "Movement": ("SchoolReports", 'movement(from: "2025-09-01", until: "2026-05-20") { @ }'),
    "MovementRow": ("Movement", "rows { @ }"),
    "Moves": ("MovementRow", "moves { @ }"),
    "Move": ("Movement", "moves { @ }"),
    "AttendanceSheet": ("ClassReports", 'attendance(from: "2026-04-01", until: "2026-05-20") { @ }'),
    "StudentAttendance": ("AttendanceSheet", "students { @ }"),
    "MonthAttendance": ("AttendanceSheet", "months { @ }"),
    "AttendanceFigures": ("AttendanceSheet", "total { @ }"),
    "AttendanceCounts": ("AttendanceFigures", "counts { @ }"),
    "CountedAbsence": ("AttendanceFigures", "absences { @ }"),
    "CountedLesson": ("AttendanceFigures", "lessons { @ }"),
    "ClassTeacherReport": ("ClassReports", "classTeacher(periodId: $period) { @ }"),
    "ClassMove": ("ClassTeacherReport", "arrived { @ }"),
    "GroupOfStudents": ("ClassTeacherReport", "groups { @ }"),
    "GroupedStudent": ("GroupOfStudents", "students { @ }"),
    "GroupMark": ("GroupedStudent", "marks { @ }"),
    "FinalsSheet": ("ClassReports", "finals { @ }"),
    "SheetStudent": ("FinalsSheet", "students { @ }"),
    "SheetRow": ("SheetStudent", "rows { @ }"),
    "CouncilDecision": ("SheetStudent", "decision { @ }"),
    "YearOutcomes": ("ClassReports", "outcomes { @ }"),
    "OutcomeCount": ("YearOutcomes", "counts { @ }"),
    "StudentOutcome": ("YearOutcomes", "students { @ }"),
    "OrderOnStudent": ("StudentOutcome", "order { @ }"),
    "StudentList": ("ClassReports", "students { @ }"),
    "ListedStudent": ("StudentList", "students { @ }"),
    "SubjectTeacherReport": ("TeacherReports", "subjects(periodId: $period) { @ }"),
    "TaughtResults": ("SubjectTeacherReport", "taught { @ }"),
    "TaughtHours": ("SubjectTeacherReport", "hours { @ }"),
    "PoorResult": ("TaughtResults", "poor { @ }"),
    "StudentAverages": ("StudentReports", 'averages(from: "2026-04-01", until: "2026-05-20") { @ }'),
    "SubjectAverages": ("StudentAverages", "subjects { @ }"),
    "Averages": ("StudentAverages", "total { @ }"),
    "DailyFigures": ("Averages", "classFigures { @ }"),
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
    "StudentJournalPeriod": ("StudentJournal", "periodAverages { @ }"),
    "StudentJournalCell": ("StudentJournalSubject", "cells { @ }"),
    "Presence": ("StudentJournal", "presence { @ }"),
    "HeldLessons": ("Presence", "lessons { @ }"),
    "JournalControl": ("ClassReports", f"journalControl({CONTROL}) {{ @ }}"),
    "SchoolControl": ("SchoolReports", f"journalControl({CONTROL}) {{ @ }}"),
    "ControlRow": ("JournalControl", "total { @ }"),
    "ControlFigures": ("ControlRow", "figures { @ }"),
    "ControlFigure": ("ControlFigures", "completeness { @ }"),
    "CheckFigure": ("ControlFigures", "checks { @ }"),
    "ControlWeek": ("ControlRow", "weeks { @ }"),
    "Finding": ("JournalControl", "findings(first: 1) { nodes { @ } }"),
    "ParentLetter": ("StudentReports", "letter(kind: YEAR) { @ }"),
    "LetterSubject": ("ParentLetter", "subjects { @ }"),
}


def _certified(eyes: Any, row: Row, given: Arguments) -> list[Row]:
    report = given.get("report")
    kept: list[Row] = eyes.world.of("certified_report", row["school_id"])
    return [each for each in kept if not report or each["report"] == report.text.lower()]


LINKS["School"]["certifiedReports"] = Link("CertifiedReport", _certified, "page", by("number"), ("first", "report"))
LINKS["Me"] = {
    "reportSets": Link("ReportSet", many("report_set", "account_id", "id"), "page", by("id"), ("first",)),
}
LINKS["ReportSet"] = {}
LINKS["SavedReport"] = {}
SCALARS["SavedReport"] = {
    **{name: (lambda world, row, name=name: row[name]) for name in ("name", "version")},
    "sharedRoles": lambda world, row: [each.upper() for each in row["shared_roles"]],
}
SCALARS["ReportSet"] = {
    "state": lambda world, row: row["state"].upper(),
    **{name: (lambda world, row, name=name: row[name]) for name in ("done", "total", "left", "current", "error")},
}
LINKS["CertifiedReport"] = {
    "schoolClass": link("SchoolClass", "school_class", "class_id"),
    "teacher": link("Staff", "staff", "staff_id"),
    "student": link("Student", "student", "student_id"),
    "issuedBy": Link("Staff", staff_of_account("issued_by")),
}
SCALARS["CertifiedReport"] = {
    "number": lambda world, row: row["number"],
    "report": lambda world, row: row["report"].upper(),
    "digest": lambda world, row: row["digest"],
}

_PAPER = packed(Paper(title="Отчёт", school="Школа", facts=[("Класс", "1Я")], tables=[]))


async def certified_reports(maker: Any) -> None:
    """Prints of all that reports are of, by whoever came along."""
    rng, at = Random(maker.school), datetime(2026, 5, 20, 9, tzinfo=UTC)
    accounts = await maker.ids(
        "SELECT account.id FROM account JOIN staff USING (school_id, person_id) WHERE school_id = $1 ORDER BY 1"
    )
    last = await maker.connection.fetchval(
        "SELECT max(number) FROM certified_report WHERE school_id = $1", maker.school
    )
    number = last or 0
    for column, report in (
        ("class_id", "class_results"),
        ("staff_id", "subject_teacher"),
        ("student_id", "report_card"),
    ):
        table = {"class_id": "school_class", "staff_id": "staff", "student_id": "student"}[column]
        for each in await maker.ids(f"SELECT id FROM {table} WHERE school_id = $1 AND id % 3 = 0 ORDER BY id LIMIT 25"):
            number += 1
            await _add(maker, number, report, rng.choice(accounts), at, **{column: each})
    for report in ("occupancy", "results_summary", "movement", "classes_summary"):
        number += 1
        await _add(maker, number, report, rng.choice(accounts), at)


async def report_sets(maker: Any) -> None:
    """Sets of all accounts, ordered from a session that is over by now, in every state that no process changes."""
    rng, at = Random(maker.school + 1), datetime(2026, 5, 20, 9, tzinfo=UTC)
    states: dict[str, dict[str, Any]] = {
        "done": {
            "done": 3,
            "digest": "0" * 64,
            "size": 7,
            "finished_at": at,
            "expires_at": datetime(2027, 1, 1, tzinfo=UTC),
        },
        "failed": {"error": "FORBIDDEN", "finished_at": at},
        "cancelled": {"finished_at": at},
        "expired": {"done": 3, "finished_at": at},
    }
    over = {"created_at": at, "refreshed_at": at, "expires_at": at, "ended_at": at}
    for account in await maker.ids("SELECT id FROM account WHERE school_id = $1 ORDER BY id"):
        session = await maker.add("session", account_id=account, **over)
        state = rng.choice(list(states))
        kept = {"asked": "{}", "formats": "[]", "prints": "[]", "state": state, "total": 3, "created_at": at}
        await maker.add("report_set", account_id=account, session_id=session, **kept, **states[state])


async def council_decisions(maker: Any) -> None:
    """Of half of the students of the running year a decision, of some another one after it."""
    rng, at = Random(maker.school + 4), datetime(2026, 5, 20, 9, tzinfo=UTC)
    (by,) = await maker.ids("SELECT id FROM account WHERE school_id = $1 AND login = 'deputy'")
    rows = await maker.connection.fetch(
        "SELECT class_id, student_id FROM enrolment AS e JOIN school_class AS c ON c.id = class_id"
        " JOIN academic_year AS y ON y.id = c.year_id"
        " WHERE e.school_id = $1 AND y.starts_on = '2025-09-01' ORDER BY e.id",
        maker.school,
    )
    for row in rows[::2]:
        for number in range(rng.choice((1, 2))):
            said = {
                "outcome": rng.choice(("promoted", "repeating")),
                "number": str(number + 1),
                "decided_on": at.date(),
            }
            await maker.add("council_decision", **row, **said, recorded_at=at, recorded_by=by)


async def saved_reports(maker: Any) -> None:
    """Reports of many accounts, also of such that compose none any more; shared with nobody, roles, accounts."""
    rng, at = Random(maker.school + 2), datetime(2026, 5, 20, 9, tzinfo=UTC)
    accounts = await maker.ids("SELECT id FROM account WHERE school_id = $1 ORDER BY id")
    composers = await maker.ids(
        "SELECT id FROM account WHERE school_id = $1 AND kind = 'analyst' UNION "
        "SELECT account_id FROM account_role WHERE school_id = $1 AND role = 'administrator' ORDER BY 1"
    )
    definition = json.dumps(as_json(OCCUPANCY), ensure_ascii=False)
    for owner in [*composers, *rng.sample(accounts, 20)]:
        for shared in ([], ["analyst"], ["administrator"], ["administrator", "analyst"]):
            kept = {"name": "Отчёт", "definition": definition, "changed_at": at, "changed_by": owner}
            report = await maker.add("saved_report", account_id=owner, shared_roles=shared, **kept)
            for each in rng.sample(composers, rng.randrange(3)):
                await maker.add("saved_report_share", report_id=report, account_id=each)


async def _add(maker: Any, number: int, report: str, by: int, at: datetime, **of: int) -> None:
    digest = hashlib.sha256(_PAPER).hexdigest()
    kept = {"number": number, "report": report, "asked": "{}", "digest": digest, "content": _PAPER}
    await maker.add("certified_report", **kept, **of, issued_at=at, issued_by=by)


ALSO = [
    ("ReportSlot", ("ReportCard", "slots { @ }")),
    ("ReportPrint", ("ReportCard", "print { @ }")),
    ("CountedAbsence", ("Presence", "absences { @ }")),
]
"""Other ways to the same, for those to whom the first is closed."""
