"""Sets of reports that are printed in the background, with a file to fetch (10.1)."""

from datetime import date, datetime
from typing import Any

import strawberry

from models.report_sets import ReportSet as ReportSetRow
from permissions.gates import gate
from permissions.report_sets import visible_report_sets
from resolvers import report_sets
from resolvers.report import Asked
from rules.journal_finals import FinalKind
from rules.refusals import Refusal, RefusalCode
from rules.report import Report as Reports
from rules.report import ReportOf
from rules.report_sets import ORDERERS

from .base import Info, Node, decode_id, encode_id, node, number, optional_number, resolved
from .commands import IDEMPOTENCY_KEY, Written, command, written
from .enums_report import Report, ReportFormat, SetState

MAY_ORDER = gate(ORDERERS)


@strawberry.type(description="Готовый файл: ZIP, папка на класс.")
class ReportSetFile:
    url: str = strawberry.field(description="Где взять: `GET` с токеном владельца.")
    size: int = strawberry.field(description="Сколько байтов.")


@node(
    visible_report_sets,
    ReportSetRow,
    description="Комплект отчётов, который печатается в фоне: только свой (10.1).",
)
class ReportSet(Node):
    state: SetState = strawberry.field(description="Как далеко он.")
    done: int = strawberry.field(description="Сколько отчётов напечатано.")
    total: int = strawberry.field(description="Сколько отчётов в нём.")
    left: int = strawberry.field(
        description="Сколько отчётов не вошло; какие и почему — в файле «Не вошло.txt» комплекта."
    )
    current: str | None = strawberry.field(description="Что печатается сейчас: класс и отчёт.")
    error: str | None = strawberry.field(description="Код причины, если комплект не удался; не меняется.")
    created_at: datetime = strawberry.field(description="Когда заказан.")
    finished_at: datetime | None = strawberry.field(description="Когда готов, отменён или не удался.")
    expires_at: datetime | None = strawberry.field(description="До какого времени хранится файл.")

    @resolved("Файл готового комплекта; null — его нет, или один из отчётов вам больше не открыт.")
    async def file(self, info: Info) -> ReportSetFile | None:
        row: Any = self
        # Nothing else has a file: of these nothing is read.
        found = await report_sets.file_of_set(info.context, row.id) if row.size is not None else None
        return found and ReportSetFile(url=f"/report-sets/{encode_id('ReportSet', found.id)}.zip", size=found.size)


@strawberry.type
class OfReportSet(Written):
    report_set: ReportSet | None = written(ReportSet, "Комплект.")


@strawberry.type(description="Комплект заказан и ждёт очереди.")
class PrintReportsPayload(OfReportSet):
    pass


@strawberry.type(description="Комплект отменён.")
class CancelReportSetPayload(OfReportSet):
    pass


@strawberry.input(description="Какие отчёты напечатать разом: школы или класса.")
class PrintReportsInput:
    of: strawberry.ID = strawberry.field(description="Школа (все доступные классы) или класс.")
    reports: list[Report] | None = strawberry.field(
        default=None, description="Какие отчёты; без них — все отчёты школы и классов, что открыты вам."
    )
    students: bool = strawberry.field(default=False, description="Ещё и отчёты по каждому обучающемуся.")
    formats: list[ReportFormat] = strawberry.field(
        default_factory=lambda: list(ReportFormat), description="Какими файлами каждый."
    )
    period_id: strawberry.ID | None = strawberry.field(default=None, description="Учебный период.")
    kind: FinalKind | None = strawberry.field(default=None, description="Год, экзамен или итог вместо периода.")
    since: date | None = strawberry.field(
        default=None, name="from", description="С какого дня; без него — дни периода."
    )
    until: date | None = strawberry.field(default=None, description="По какой день.")
    on: date | None = strawberry.field(default=None, description="На какой день.")
    year_id: strawberry.ID | None = strawberry.field(default=None, description="Учебный год.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Какой комплект отменить.")
class CancelReportSetInput:
    report_set_id: strawberry.ID = strawberry.field(description="Комплект, который ещё не готов.")


def _of(value: str) -> tuple[ReportOf, int]:
    """What the set is of."""
    type_name, row = decode_id(value, "of")
    kinds: dict[str, Any] = {"School": ReportOf.SCHOOL, "SchoolClass": ReportOf.CLASS}
    if type_name not in kinds:
        raise Refusal(RefusalCode.BAD_ID, "Здесь нужна школа или класс.", "of")
    return kinds[type_name], row


@strawberry.type
class ReportSetMutation:
    @command(MAY_ORDER, "Напечатать комплект отчётов школы или класса в фоне: ход виден, файл забирают потом (10.1).")
    async def print_reports(self, info: Info, input: PrintReportsInput) -> PrintReportsPayload:
        of, row = _of(input.of)
        order = report_sets.Order(
            of,
            row,
            Asked(
                FinalKind(input.kind or FinalKind.PERIOD),
                optional_number("Period", input.period_id, "periodId"),
                *(input.since, input.until, input.on),
                optional_number("AcademicYear", input.year_id, "yearId"),
            ),
            None if input.reports is None else [Reports(each) for each in input.reports],
            [ReportFormat(each) for each in input.formats],
            input.students,
        )
        return PrintReportsPayload(number=await report_sets.print_reports(info.context, order, input.idempotency_key))

    @command(MAY_ORDER, "Отменить свой комплект, пока он не готов (10.1).")
    async def cancel_report_set(self, info: Info, input: CancelReportSetInput) -> CancelReportSetPayload:
        row = number("ReportSet", input.report_set_id, "reportSetId")
        return CancelReportSetPayload(number=await report_sets.cancel_report_set(info.context, row))
