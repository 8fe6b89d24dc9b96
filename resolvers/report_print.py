"""Reports on paper and as sheets: which function makes each, for whom, noted in the audit trail (10.1, 10.6)."""

from collections.abc import Awaitable, Callable
from dataclasses import fields
from typing import Any

from documents.tables import Paper
from rules.refusals import not_found
from rules.report import ABOUT, Report, ReportOf

from . import report
from .commands import command
from .context import Context
from .edges import Edge
from .report import Asked
from .report_attendance_paper import attendance_sheet_paper
from .report_averages import student_averages_paper, student_dynamics_paper
from .report_card import report_card_paper
from .report_class_results import class_results_paper
from .report_class_teacher import class_teacher_paper
from .report_classes_summary import classes_summary_paper
from .report_control_paper import journal_control_paper
from .report_finals import finals_sheet_paper
from .report_letter import parent_letter_paper
from .report_movement import movement_paper
from .report_occupancy import occupancy_paper
from .report_outcomes import year_outcomes_paper
from .report_quality import quality_by_month_paper
from .report_results_summary import results_summary_paper
from .report_student_journal import student_journal_paper
from .report_student_list import student_list_paper
from .report_subject_teacher import subject_teacher_paper

ANCHORS: dict[ReportOf, Edge] = {
    ReportOf.SCHOOL: report.school_reports,
    ReportOf.CLASS: report.class_reports,
    ReportOf.TEACHER: report.teacher_reports,
    ReportOf.STUDENT: report.student_reports,
}
"""The edge to what a report is of, for whoever may have reports of it."""

PAPERS: dict[Report, Callable[[Context, int, Asked], Awaitable[Paper]]] = {
    Report.CLASSES_SUMMARY: classes_summary_paper,
    Report.RESULTS_SUMMARY: results_summary_paper,
    Report.OCCUPANCY: occupancy_paper,
    Report.MOVEMENT: movement_paper,
    Report.JOURNAL_CONTROL: journal_control_paper,
    Report.CLASS_RESULTS: class_results_paper,
    Report.QUALITY_BY_MONTH: quality_by_month_paper,
    Report.ATTENDANCE_SHEET: attendance_sheet_paper,
    Report.CLASS_TEACHER: class_teacher_paper,
    Report.SUBJECT_TEACHER: subject_teacher_paper,
    Report.FINALS_SHEET: finals_sheet_paper,
    Report.YEAR_OUTCOMES: year_outcomes_paper,
    Report.STUDENT_LIST: student_list_paper,
    Report.STUDENT_AVERAGES: student_averages_paper,
    Report.STUDENT_DYNAMICS: student_dynamics_paper,
    Report.REPORT_CARD: report_card_paper,
    Report.STUDENT_JOURNAL: student_journal_paper,
    Report.PARENT_LETTER: parent_letter_paper,
}
"""What prints each report: of a row by its number, for what is asked."""


async def report_paper(context: Context, kind: Report, number: int, asked: Asked) -> Paper:
    """The report for whoever may have it; `NOT_FOUND` for the others. Noted: who, what, when."""
    about = ABOUT[kind]
    anchor = await context.load_key(ANCHORS[about.of](), (number,), about.roles)
    paper = None if anchor is None else await PAPERS[kind](context, number, asked)
    async with command(context, "printReport", {"report": kind, "of": number, **_given(asked)}):
        if paper is None:
            raise not_found()
    return paper


def _given(asked: Asked) -> dict[str, Any]:
    """What is asked for, but nothing that is not."""
    values = {each.name: getattr(asked, each.name) for each in fields(asked)}
    return {name: value for name, value in values.items() if value is not None}
