"""`GET /print/report/{report}/{of}.{pdf|xlsx|csv|svg}`: reports on paper, as sheets and as charts (10.1)."""

import asyncio
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass

from documents.charts import svg_of_all
from documents.forms import Form, Printer
from documents.tables import Paper
from documents.tables_csv import csv_of
from documents.tables_pdf import report_form
from documents.tables_xlsx import xlsx_of
from permissions.report_prints import visible_certified_reports
from resolvers.context import Context
from resolvers.journal_print import made_now
from resolvers.report_print import PAPERS, report_paper
from resolvers.report_prints import certified_paper
from resolvers.report_saved import saved_report_paper
from rules.account import Role
from rules.journal_print import Made
from rules.refusals import Refusal, RefusalCode, not_found
from rules.report import ABOUT, Report
from rules.report_constructor import COMPOSERS
from schema.base import number
from schema.report_base import OF_TYPES, asked_of

MEDIA_TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}

PICTURE = "svg"


@dataclass(frozen=True)
class Printed:
    """A file to give out. made: makes its bytes, once nothing more is read from the database."""

    name: str
    media_type: str
    made: Awaitable[bytes]


async def as_made(content: bytes) -> bytes:
    """Bytes that are there already."""
    return content


def check(context: Context, roles: frozenset[Role]) -> None:
    """Refuse those who print nothing of the kind."""
    if context.viewer.roles.isdisjoint(roles):
        raise Refusal(RefusalCode.FORBIDDEN, "Печатать это вам нельзя.")


async def printed_report(
    context: Context, path: Mapping[str, str], query: Mapping[str, str], printer: Printer
) -> Printed:
    """The report that a path and its query ask for."""
    ending = path["ending"]
    if path["report"] not in PAPERS or ending not in (*MEDIA_TYPES, PICTURE):
        raise not_found()
    kind = Report(path["report"])
    about = ABOUT[kind]
    check(context, about.roles)
    if ending == PICTURE and not about.charts:
        raise not_found()
    paper = await report_paper(context, kind, number(OF_TYPES[about.of], path["of"], "id"), asked_of(kind, query))
    if ending == PICTURE and not paper.charts:
        raise not_found()
    return _file(paper, _name(paper), ending, made_now(context), printer)


async def printed_certified(context: Context, path: Mapping[str, str], printer: Printer) -> Printed:
    """A certified report as it was certified."""
    ending = path["ending"]
    if ending not in MEDIA_TYPES:
        raise not_found()
    check(context, visible_certified_reports.roles)
    paper = await certified_paper(context, number("CertifiedReport", path["certified"], "id"))
    return _file(paper, _name(paper), ending, made_now(context), printer)


async def printed_saved_report(context: Context, path: Mapping[str, str], printer: Printer) -> Printed:
    """A composed report that was saved, as it is now, or as it was when it ran by schedule (10.7)."""
    ending = path["ending"]
    if ending not in (*MEDIA_TYPES, PICTURE):
        raise not_found()
    check(context, COMPOSERS)
    run = number("ReportRun", path["run"], "id") if "run" in path else None
    paper = await saved_report_paper(context, number("SavedReport", path["saved"], "id"), run, drawn=ending == PICTURE)
    return _file(paper, paper.title, ending, made_now(context), printer)


def _file(paper: Paper, name: str, ending: str, made: Made, printer: Printer) -> Printed:
    """The report, or its charts, under a name."""
    called = made.file_name(name, ending)
    if ending == PICTURE:
        return Printed(called, "image/svg+xml", picture_of(paper))
    return Printed(called, MEDIA_TYPES[ending], file_of(paper, ending, made, printer))


async def file_of(paper: Paper, ending: str, made: Made, printer: Printer) -> bytes:
    """The report as a file. Pictures and long books are made in a thread, so that the others need not wait."""
    if ending == "pdf":
        return await printer.pdf(Form.REPORT, await asyncio.to_thread(report_form, paper, made.foot))
    if ending == "xlsx":
        return await asyncio.to_thread(xlsx_of, paper, made.at)
    return await asyncio.to_thread(csv_of, paper)


async def picture_of(paper: Paper) -> bytes:
    """The charts of a report, as they stand in its PDF, one below the other."""
    return (await asyncio.to_thread(svg_of_all, paper.charts, wide=paper.landscape)).encode()


def _name(paper: Paper) -> str:
    """What the file is called, without an ending."""
    return ", ".join([paper.title, *(value for _, value in paper.facts[:2])])
