"""Saved reports (10.7): who sees which, and what they came to when they ran by schedule."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select

from documents.tables import Paper
from models.report_constructor import ReportRun, SavedReport, SavedReportShare
from permissions.report_saved import visible_report_runs, visible_saved_reports
from permissions.scopes import of_school
from rules.refusals import not_found
from rules.report_constructor import COMPOSERS, Definition, ReportFieldType, ReportFunction, of_json, without_names
from rules.report_saved import RUNS_KEPT, ReportRunState
from rules.report_sources import about

from .commands import command
from .context import Context
from .database import Row, compile_statement
from .edges import row_class_of
from .report_constructor import WITHHELD, Cell, ReportAnswer, ReportColumn, in_words, run_report
from .report_constructor_paper import composed_paper
from .report_names import Names


async def _read(context: Context, query: Select[Any], row: type[Row] = Row) -> list[Any]:
    viewer = context.viewer.only(COMPOSERS)
    return await context.snapshot.fetch(compile_statement(query), viewer.parameters(), row)


async def saved_reports(context: Context, number: int | None = None) -> list[Any]:
    """The reports that the viewer has, or the one of them with the number; by name."""
    query = visible_saved_reports.for_roles(context.viewer.roles & COMPOSERS)
    if number is not None:
        query = query.where(SavedReport.id == number)
    query = query.order_by(SavedReport.name, SavedReport.id)
    found = await _read(context, query, row_class_of(visible_saved_reports))
    # An order by what is not shown would tell of it.
    return sorted(found, key=lambda row: (name_shown(context, row), row.id)) if _nameless(context) else found


async def saved_report(context: Context, number: int, field: str = "id") -> Any:
    """The report, or `NOT_FOUND`."""
    for row in await saved_reports(context, number):
        return row
    raise not_found(field)


async def shares_of(context: Context, report_id: int) -> list[int]:
    """The accounts with which an own report is shared."""
    report = await saved_report(context, report_id)
    if report.account_id != context.viewer.account_id:
        return []
    query = select(SavedReportShare.account_id).where(
        of_school(SavedReportShare), SavedReportShare.report_id == report_id
    )
    return [row.account_id for row in await _read(context, query.order_by(SavedReportShare.account_id))]


async def runs_of(context: Context, report_id: int) -> list[Any]:
    """The runs of an own report, the last first; of somebody else's none."""
    query = visible_report_runs.for_roles(context.viewer.roles & COMPOSERS).where(ReportRun.report_id == report_id)
    return await _read(context, query.order_by(ReportRun.due_at.desc()).limit(RUNS_KEPT))


def definition_kept(report: Any) -> Definition:
    """What a saved report asks."""
    return of_json(report.definition)


def _nameless(context: Context) -> bool:
    return without_names(context.viewer.roles)


def _own_words(context: Context, report: Any) -> bool:
    """Whether a report's words are for the viewer: somebody else's may hold names (4.1)."""
    return not _nameless(context) or bool(report.account_id == context.viewer.account_id)


def name_shown(context: Context, report: Any) -> str:
    """What a report is called; to whoever reads without names, somebody else's is what it is composed of."""
    return str(report.name) if _own_words(context, report) else in_words(definition_kept(report))


def definition_shown(context: Context, report: Any) -> Definition:
    """What a report asks; to whoever reads without names without the words that somebody else looks for in texts."""
    kept = definition_kept(report)
    if _own_words(context, report):
        return kept
    told = {name for name, of in about(kept.source).fields.items() if of.type is not ReportFieldType.TEXT}
    filters = (each if each.field in told else replace(each, values=()) for each in kept.filters)
    return replace(kept, filters=tuple(filters))


# Answers, kept


def answer_json(answer: ReportAnswer) -> dict[str, Any]:
    """The answer as it is kept."""
    return {
        "title": answer.title,
        "columns": [
            [each.title, each.type.value, each.measure and each.measure.value, each.total] for each in answer.columns
        ],
        "rows": [[_kept(cell) for cell in row] for row in answer.rows],
        "cut": answer.cut,
        "groups": answer.groups,
        "inTime": answer.in_time,
        "rounded": answer.rounded,
    }


def answer_of(kept: Mapping[str, Any]) -> ReportAnswer:
    """The answer that was kept."""
    return ReportAnswer(
        title=kept["title"],
        columns=[
            ReportColumn(title, ReportFieldType(type_), None, measure and ReportFunction(measure), *total)
            for title, type_, measure, *total in kept["columns"]
        ],
        rows=[[_cell(cell) for cell in row] for row in kept["rows"]],
        cut=kept["cut"],
        groups=kept["groups"],
        in_time=kept["inTime"],
        rounded=kept["rounded"],
    )


def _kept(cell: Cell) -> Any:
    behind = [] if cell.counted is None else [cell.counted, cell.left_out]
    match cell.value:
        case None:
            return ["withheld"] if cell.withheld else ["none", None, *behind]
        case date():
            return ["date", cell.value.isoformat(), *behind]
        case Decimal() | int():
            return ["number", str(cell.value), *behind]
        case _:
            return ["text", cell.value]


def _cell(kept: Any) -> Cell:
    match kept:
        case None:
            return Cell()
        case ["withheld"]:
            return WITHHELD
        case ["date", value, *behind]:
            return Cell(date.fromisoformat(value), False, *behind)
        case ["number", value, *behind]:
            return Cell(Decimal(value) if "." in value else int(value), False, *behind)
        case [_, value, *behind]:
            return Cell(value, False, *behind)
    raise ValueError(kept)


# On paper


async def saved_report_paper(context: Context, number: int, run: int | None = None, drawn: bool = False) -> Paper:
    """A saved report as the viewer gets it now, or an own run of it as it was; noted in the audit trail.

    drawn: its chart is what is asked for; `NOT_FOUND` where it has none.
    """
    report = await saved_report(context, number)
    facts, answer = [], None
    if run is None:
        answer = await run_report(context, definition_kept(report))
        facts.append(("Состояние на", f"{context.viewer.today:%d.%m.%Y}"))
    else:
        for each in await runs_of(context, number):
            if each.id == run and each.state == ReportRunState.DONE:
                answer = answer_of(each.answer)
                due_at = each.due_at.astimezone(ZoneInfo(context.viewer.time_zone))
                facts.append(("По расписанию", f"{due_at:%d.%m.%Y}"))
    paper = None
    if answer is not None:
        paper = composed_paper(answer, name_shown(context, report), await Names(context, COMPOSERS).school(), facts)
    async with command(context, "printSavedReport", {"report": number, "run": run}):
        if paper is None or (drawn and not paper.charts):
            raise not_found("id")
    return paper
