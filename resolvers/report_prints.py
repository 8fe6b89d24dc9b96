"""Certified prints (10.1): a report frozen under a number, and whether it still says what the journal says."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Date, and_, func, insert, select

from documents.papers import facts_of, packed, unpacked
from documents.tables import Paper
from models.account import Account
from models.curriculum import AcademicYear
from models.report import CertifiedReport
from models.school import Person, Staff
from permissions.report_prints import visible_certified_reports
from permissions.scopes import of_school, on, same
from rules.journal_certificates import Difference, compared
from rules.journal_finals import FinalKind
from rules.refusals import Refusal, not_found
from rules.report import ABOUT, Report, ReportOf, Takes
from rules.report_prints import certifiers, check_certifier
from rules.school import short_name

from . import school
from .commands import command, take_turn
from .context import Context
from .edges import reads
from .edges_kinds import argument, to_one, to_page
from .report import Asked, Question
from .report_print import ANCHORS, PAPERS

COLUMNS = {ReportOf.CLASS: "class_id", ReportOf.TEACHER: "staff_id", ReportOf.STUDENT: "student_id"}
"""Where it stands of what a report is; a report of the school stands by itself."""

certified_report_of = to_one(visible_certified_reports, CertifiedReport.id, of="number")
school_certified_reports = to_page(
    visible_certified_reports,
    CertifiedReport.school_id,
    of="id",
    order={"number": CertifiedReport.number},
    filters={"report": CertifiedReport.report == argument("report", CertifiedReport.report.type)},
)
certifier_of = school.staff_of_account("issued_by")


async def _paper(context: Context, report: Report, number: int, asked: Asked, roles: frozenset[Any]) -> Paper | None:
    """The report as it stands now, for whoever holds one of the roles; None if they may not have it."""
    anchor = await context.load_key(ANCHORS[ABOUT[report].of](), (number,), roles)
    return None if anchor is None else await PAPERS[report](context, number, asked)


_year_of = Question(
    lambda: select(AcademicYear.id).where(of_school(AcademicYear), on(argument("day", Date), AcademicYear))
)


async def settled(context: Context, report: Report, asked: Asked, day: date) -> Asked:
    """What is asked for, as it is meant on a day: today is that day, and so are day and year where none is named."""
    about, asked = ABOUT[report], replace(asked, today=asked.today or day)
    if Takes.DAY in about.takes and asked.day is None:
        asked = replace(asked, day=day)
    by_year = Takes.YEAR in about.takes or (Takes.SLOT in about.takes and asked.kind is not FinalKind.PERIOD)
    # A class is of its year.
    if by_year and asked.year_id is None and about.of is not ReportOf.CLASS:
        years = await _year_of(context, day=day)
        asked = replace(asked, year_id=years[0].id if years else None)
    return asked


async def certify_report(context: Context, report: Report, number: int, asked: Asked, key: str | None) -> int:
    """Freeze a report under the school's next number, in the name of whoever asks."""
    check_certifier(report, context.viewer.roles)
    given = {"report": report, "of": number, **kept_of(asked)}
    # Read before the command begins: a request holds one connection at a time.
    asked = await settled(context, report, asked, context.viewer.today)
    paper = await _paper(context, report, number, asked, certifiers(report))
    async with command(context, "certifyReport", given, key=key) as work:
        await take_turn(work, work.viewer.school_id, "certified reports")
        if work.repeated:
            return int(work.answer)
        if paper is None:
            raise not_found("of")
        content = packed(paper)
        last = select(func.max(CertifiedReport.number).label("number")).where(
            CertifiedReport.school_id == work.viewer.school_id
        )
        column = COLUMNS.get(ABOUT[report].of)
        of: dict[str, int] = {column: number} if column else {}
        row = await work.first(
            insert(CertifiedReport)
            .values(
                school_id=work.viewer.school_id,
                number=((await work.first(last)).number or 0) + 1,
                report=report,
                asked=kept_of(asked),
                issued_at=work.now,
                issued_by=work.viewer.account_id,
                digest=hashlib.sha256(content).hexdigest(),
                content=content,
                **of,
            )
            .returning(CertifiedReport.id, CertifiedReport.number)
        )
        await work.note(number=row.number)
        return int(await work.done(row.id))


async def certified_paper(context: Context, number: int) -> Paper:
    """A certified report with what it says of itself, for whoever may see it. Noted, like a print."""
    rows = await _rows(context, CertifiedReport.id == argument("number"), number=number)
    async with command(context, "printCertifiedReport", {"certifiedReportId": number}):
        if not rows:
            raise not_found()
    row = rows[0]
    signer = await context.load(certifier_of(), row)
    at = row.issued_at.astimezone(ZoneInfo(context.viewer.time_zone))
    lines = [f"Заверено {at:%d.%m.%Y %H:%M} под № {row.number}: {_signer(signer)}", f"SHA-256: {row.digest}"]
    return replace(unpacked(bytes(row.content)), certified=lines)


def _signer(staff: Any) -> str:
    """«Иванова М. П., заместитель директора»; a dash for whom the viewer does not see."""
    if staff is None:
        return "—"
    return ", ".join(filter(None, (short_name(staff.family_name, staff.given_name, staff.patronymic), staff.position)))


@dataclass(frozen=True, slots=True)
class PrintCheck:
    """What checking a print has found: whoever has another's paper under its number sees that it says other things.

    signer, heading: as they stand on the paper. differences: None for whoever may not have the report, and where there
    is none any more.
    """

    certified: bool
    report: Report | None = None
    issued_at: datetime | None = None
    signer: str | None = None
    heading: Sequence[str] = ()
    differences: Sequence[Difference] | None = None


async def verify_print(context: Context, number: int, digest: str) -> PrintCheck:
    """Whether a paper with this number and digest was certified here, and what has changed since.

    Whoever holds the paper may ask: the digest is on it, and tells of what stands at the top of the paper and no more.
    """
    row = await _held(context, number, digest)
    if row is None:
        return PrintCheck(certified=False)
    report, certified = Report(row.report), unpacked(bytes(row.content))
    heading = [certified.title, certified.school, *(f"{name}: {value}" for name, value in certified.facts)]
    proved = PrintCheck(True, report, row.issued_at, _signer(row), heading)
    if not await _rows(context, CertifiedReport.number == argument("number"), number=number):
        return proved
    column = COLUMNS.get(ABOUT[report].of)
    of = row[column] if column else context.viewer.school_id
    issued_on = row.issued_at.astimezone(ZoneInfo(context.viewer.time_zone)).date()
    try:
        asked = await settled(context, report, asked_of(row.asked), issued_on)
        now = await _paper(context, report, of, asked, ABOUT[report].roles)
    except Refusal:
        now = None  # There is no such report any more: the paper is as true as it was.
    if now is None:
        return proved
    return replace(proved, differences=compared(dict(facts_of(certified)), dict(facts_of(now))))


async def _held(context: Context, number: int, digest: str) -> Any:
    """The certified report that somebody holds on paper, with its signer, if its bytes still have that digest."""
    signer = (Person.family_name, Person.given_name, Person.patronymic, Staff.position)
    rows = await reads(context)(
        select(*CertifiedReport.__table__.c, *signer)
        .join(Account, same(Account, CertifiedReport.issued_by))
        .join(Person, same(Person, Account.person_id))
        .outerjoin(Staff, and_(Staff.school_id == Person.school_id, Staff.person_id == Person.id))
        .where(
            CertifiedReport.school_id == argument("school"),
            CertifiedReport.number == argument("number"),
            CertifiedReport.digest == argument("digest", CertifiedReport.digest.type),
        ),
        school=context.viewer.school_id,
        number=number,
        digest=digest,
    )
    return rows[0] if rows and hashlib.sha256(rows[0].content).hexdigest() == digest else None


async def _rows(context: Context, condition: Any, **parameters: Any) -> list[Any]:
    """Certified reports that the viewer sees, with their content."""
    query = visible_certified_reports.for_roles(context.viewer.roles).add_columns(CertifiedReport.content)
    return await reads(context)(query.where(condition), **parameters)


def kept_of(asked: Asked) -> dict[str, Any]:
    """What a report was asked for, as JSON."""
    values = {name: value for name, value in asdict(asked).items() if value is not None}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


_DAYS = ("since", "until", "day", "today")


def asked_of(kept: dict[str, Any]) -> Asked:
    """What it was asked for, read back."""
    days: dict[str, Any] = {name: date.fromisoformat(kept[name]) for name in _DAYS if name in kept}
    values: dict[str, Any] = {**kept, **days, "kind": FinalKind(kept["kind"])}
    return Asked(**values)
