"""The vocabulary of reports: a field that answers with a report, its arguments, and where it is printed."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Annotated, Any
from urllib.parse import urlencode

import strawberry

from permissions.gates import gate
from resolvers.report import Asked
from rules.journal_finals import FinalKind
from rules.refusals import bad_input
from rules.report import ABOUT, Report, ReportOf, Takes

from .base import Decorator, argument, computed, encode_id, number, optional_number

OF_TYPES = {
    ReportOf.SCHOOL: "School",
    ReportOf.CLASS: "SchoolClass",
    ReportOf.TEACHER: "Staff",
    ReportOf.STUDENT: "Student",
}
"""The type of what a report is of."""

NARROWING = {
    "staff": ("Staff", "staff_id"),
    "class": ("SchoolClass", "class_id"),
    "subject": ("Subject", "subject_id"),
}
"""What an address names a report to be narrowed to: of which type it is, and where `Asked` has it."""

PeriodId = Annotated[strawberry.ID | None, argument("Учебный период; без него — вид отметки `kind`.")]
Kind = Annotated[FinalKind | None, argument("Год, экзамен или итог вместо периода.")]
YearId = Annotated[strawberry.ID | None, argument("Учебный год; без него — тот, что идёт.")]
From = Annotated[date, strawberry.argument(name="from", description="С какого дня.")]
Until = Annotated[date, argument("По какой день.")]


def anchor(of: ReportOf) -> Any:
    """The id of what the reports are of."""
    return computed(partial(encode_id, OF_TYPES[of]), "id", description="О ком или о чём отчёты.")


def report(kind: Report, returns: Any) -> Decorator:
    """A field that answers with a report, of the GraphQL type `returns`, for those whom it is for."""
    about = ABOUT[kind]
    field: Decorator = strawberry.field(
        description=f"{about.title} ({about.clause}).", permission_classes=[gate(about.roles)], graphql_type=returns
    )
    return field


def of_slot(period_id: str | None, kind: FinalKind | None, year_id: str | None = None) -> Asked:
    """What is asked for: a period, or the year, exam or end, of a year where several are meant."""
    if (period_id is None) is (kind is None or kind is FinalKind.PERIOD):
        raise bad_input("Назовите период или, вместо него, год, экзамен либо итог.", "periodId")
    if period_id is not None:
        return Asked(FinalKind.PERIOD, number("Period", period_id, "periodId"))
    return Asked(kind or FinalKind.YEAR, year_id=optional_number("AcademicYear", year_id, "yearId"))


def of_day(day: date | None) -> Asked:
    """What is asked for: a day, or today."""
    return Asked(day=day)


def of_days(since: date, until: date) -> Asked:
    """What is asked for: some days."""
    return Asked(since=since, until=until)


def of_year(year_id: str | None) -> Asked:
    """What is asked for: a year, or the running one."""
    return Asked(year_id=optional_number("AcademicYear", year_id, "yearId"))


@strawberry.type(description="Где взять отчёт на бумаге и таблицей: `GET` с тем же токеном.")
class ReportPrint:
    pdf: str = strawberry.field(description="PDF, А4.")
    xlsx: str = strawberry.field(description="XLSX: числа — числами, формул нет.")
    csv: str = strawberry.field(description="CSV: UTF-8, точка с запятой.")
    svg: str | None = strawberry.field(
        default=None, description="Диаграммы отчёта, SVG, одна под другой; null, если у таких отчётов их нет."
    )


def print_of(kind: Report, of: int, asked: Asked) -> ReportPrint:
    """The addresses of a report."""
    base = f"/print/report/{kind}/{encode_id(OF_TYPES[ABOUT[kind].of], of)}"
    given = urlencode({name: value for name, value in _query(asked).items() if value is not None})
    query = f"?{given}" if given else ""
    svg = f"{base}.svg{query}" if ABOUT[kind].charts else None
    return ReportPrint(pdf=f"{base}.pdf{query}", xlsx=f"{base}.xlsx{query}", csv=f"{base}.csv{query}", svg=svg)


def _query(asked: Asked) -> Mapping[str, Any]:
    period = asked.period_id and encode_id("Period", asked.period_id)
    year = asked.year_id and encode_id("AcademicYear", asked.year_id)
    narrowed = {name: (type_name, getattr(asked, column)) for name, (type_name, column) in NARROWING.items()}
    return {
        "period": period,
        "kind": None if asked.kind is FinalKind.PERIOD else asked.kind.value,
        "from": asked.since,
        "until": asked.until,
        "on": asked.day,
        "year": year,
        **{name: encode_id(type_name, row) for name, (type_name, row) in narrowed.items() if row is not None},
    }


def check_slice(kind: Report, given: Mapping[str, str | None]) -> None:
    """Refuse to narrow a report that is only ever whole. given: what it is to be narrowed to, by name of field."""
    named = next((name for name, value in given.items() if value is not None), None)
    if named is not None and Takes.SLICE not in ABOUT[kind].takes:
        raise bad_input("Этот отчёт не бывает только об учителе, о классе или по предмету.", named)


def asked_of(report: Report, query: Mapping[str, str]) -> Asked:
    """What the address of a printed report asks for."""
    check_slice(report, {name: query.get(name) for name in NARROWING})
    period, year, kind = query.get("period"), query.get("year"), query.get("kind", FinalKind.PERIOD.value)
    if kind not in {each.value for each in FinalKind}:
        raise bad_input("Такого вида отметок нет.", "kind")
    return Asked(
        FinalKind(kind),
        optional_number("Period", period, "period"),
        _day(query, "from"),
        _day(query, "until"),
        _day(query, "on"),
        optional_number("AcademicYear", year, "year"),
        today=None,
        **{
            column: optional_number(type_name, query.get(name), name) for name, (type_name, column) in NARROWING.items()
        },
    )


def _day(query: Mapping[str, str], name: str) -> date | None:
    try:
        return date.fromisoformat(query[name]) if name in query else None
    except ValueError:
        raise bad_input("Нужна дата: ГГГГ-ММ-ДД.", name) from None
