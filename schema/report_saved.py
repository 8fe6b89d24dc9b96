"""Saved reports: what they ask, whose they are, what they come to now and came to by schedule (10.7)."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

from models.report_constructor import SavedReport as SavedReportRow
from permissions.report_saved import visible_saved_reports
from resolvers.report_constructor import can_be_drawn, run_report
from resolvers.report_constructor_paper import chart_of
from resolvers.report_saved import (
    answer_of,
    definition_kept,
    definition_shown,
    name_shown,
    runs_of,
    saved_reports,
    shares_of,
)
from rules.account import Role
from rules.report_constructor import of_json
from rules.report_saved import RUNS_KEPT, ReportFrequency, ReportRunState

from .base import Info, Node, argument, computed, encode_id, node, number, resolved, root
from .enums_constructor import ReportFunction, ReportOperator, ReportSource
from .report_base import ReportPrint
from .report_constructor import MAY_COMPOSE, ReportAnswer, answered


@strawberry.type(description="Условие на строки.")
class ReportFilter:
    field: str = strawberry.field(description="Поле.")
    operator: ReportOperator = strawberry.field(description="Что о нём спрошено.")
    values: list[str] = strawberry.field(description="Значения.")


@strawberry.type(description="Показатель группы.")
class ReportMeasure:
    function: ReportFunction = strawberry.field(description="Что посчитать.")
    field: str | None = strawberry.field(description="По какому полю.")


@strawberry.type(description="По какому столбцу упорядочено.")
class ReportSorting:
    column: int = strawberry.field(description="Место столбца, с 0.")
    descending: bool = strawberry.field(description="По убыванию.")


@strawberry.type(description="Отчёт, как он составлен.")
class ReportDefinition:
    source: ReportSource = computed(ReportSource, "source", description="Из чего.")
    fields: list[str] = strawberry.field(description="Поля строк.")
    filters: list[ReportFilter] = strawberry.field(description="Условия.")
    groups: list[str] = strawberry.field(description="По каким полям сгруппирован.")
    measures: list[ReportMeasure] = strawberry.field(description="Показатели групп.")
    order: list[ReportSorting] = strawberry.field(description="Порядок строк.")
    limit: int | None = strawberry.field(description="Сколько строк.")


@strawberry.type(description="Когда отчёт составляется сам, по часам школы.")
class ReportSchedule:
    frequency: ReportFrequency = computed(ReportFrequency, "frequency", description="Как часто.")
    hour: int = strawberry.field(description="Час.")
    day: int | None = strawberry.field(description="День недели с понедельника, с 1, или день месяца.")
    next_run_at: datetime = strawberry.field(description="Когда в следующий раз.")


def print_of(name: str, of: strawberry.ID, drawn: bool) -> ReportPrint:
    """The addresses of a saved report, or of a run. drawn: whether it has a chart, or may have."""
    base = f"/print/{name}/{of}"
    svg = f"{base}.svg" if drawn else None
    return ReportPrint(pdf=f"{base}.pdf", xlsx=f"{base}.xlsx", csv=f"{base}.csv", svg=svg)


@strawberry.type(description="Что вышло из отчёта по расписанию: снимок, каким он был.")
class ReportRun:
    id: strawberry.ID = computed(lambda of: encode_id("ReportRun", of), "id", description="Непрозрачный идентификатор.")
    due_at: datetime = strawberry.field(description="Когда был назначен.")
    state: ReportRunState = computed(ReportRunState, "state", description="Что с ним стало.")
    started_at: datetime = strawberry.field(description="Когда начат.")
    finished_at: datetime | None = strawberry.field(description="Когда закончен.")
    error: str | None = strawberry.field(description="Код отказа, если отчёт не составлен.")
    answer: ReportAnswer | None = computed(
        lambda kept: answer_of(kept) if kept else None, "answer", description="Ответ, каким он был."
    )
    print: ReportPrint | None = computed(
        lambda *row: _print_of_run(*row), "report_id", "id", "answer", description="Адреса для печати и выгрузки."
    )


def _print_of_run(report: int, run: int, kept: Any) -> ReportPrint | None:
    if not kept:
        return None
    of = encode_id("SavedReport", report)
    drawn = chart_of(answer_of(kept)) is not None
    return print_of(f"saved-report/{of}/run", encode_id("ReportRun", run), drawn)


@node(
    visible_saved_reports,
    SavedReportRow,
    description="Сохранённый отчёт. Составляется по правам того, кто его открыл (10.7).",
)
class SavedReport(Node):
    version: int = strawberry.field(description="Версия для `ifVersion`.")
    changed_at: datetime = strawberry.field(description="Когда изменён.")
    shared_roles: list[Role] = computed(
        lambda roles: [Role(each) for each in roles], "shared_roles", description="С какими ролями им поделились."
    )
    print: ReportPrint = computed(
        lambda of, kept: print_of("saved-report", encode_id("SavedReport", of), can_be_drawn(of_json(kept))),
        "id",
        "definition",
        description="Адреса для печати и выгрузки: `GET` с тем же токеном.",
    )

    @resolved("Название; у чужого аналитику — из чего он составлен.")
    def name(self, info: Info) -> str:
        return name_shown(info.context, _row(self))

    @resolved("Свой ли он: чужой можно открыть, но не изменить.")
    def mine(self, info: Info) -> bool:
        return bool(_row(self).account_id == info.context.viewer.account_id)

    @resolved("Что в нём спрошено; в чужом аналитику — без слов, которые ищут в текстовых полях.")
    def definition(self, info: Info) -> ReportDefinition:
        found: Any = definition_shown(info.context, _row(self))
        return found  # type: ignore[no-any-return]

    @resolved("Расписание своего отчёта; null — его нет.")
    def schedule(self, info: Info) -> ReportSchedule | None:
        row = _row(self)
        scheduled = row.frequency is not None and row.account_id == info.context.viewer.account_id
        return row if scheduled else None

    @resolved("С какими учётными записями своим отчётом поделились.")
    async def shared_account_ids(self, info: Info) -> list[strawberry.ID]:
        return [encode_id("Account", each) for each in await shares_of(info.context, _row(self).id)]

    @answered("Ответ сейчас, по правам того, кто спрашивает.")
    async def run(self, info: Info) -> Any:
        return await run_report(info.context, definition_kept(_row(self)))

    @resolved(f"Последние составленные по расписанию, до {RUNS_KEPT}; только у своего отчёта.")
    async def runs(self, info: Info) -> list[ReportRun]:
        return await runs_of(info.context, _row(self).id)


def _row(source: Any) -> Any:
    return source


ReportId = Annotated[strawberry.ID, argument("Отчёт.")]


@strawberry.type
class SavedReportQuery:
    @root(MAY_COMPOSE, "Свои сохранённые отчёты и те, которыми поделились, по названиям (10.7).")
    async def saved_reports(self, info: Info) -> list[SavedReport]:
        return await saved_reports(info.context)

    @root(MAY_COMPOSE, "Сохранённый отчёт; null, если его нет или им не поделились.")
    async def saved_report(self, info: Info, id: ReportId) -> SavedReport | None:
        found = await saved_reports(info.context, number("SavedReport", id, "id"))
        return found[0] if found else None
