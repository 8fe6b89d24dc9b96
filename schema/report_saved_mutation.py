"""What people do with composed reports: save, change, delete, share, schedule (10.7)."""

from typing import Any

import strawberry

from resolvers import report_saved_commands as commands
from resolvers.report_saved import saved_report
from rules.account import Role
from rules.report_saved import HOURS, MOST_REPORTS, MOST_SHARES, NAME_LENGTH, ReportFrequency

from .base import Info, number
from .commands import IDEMPOTENCY_KEY, IF_VERSION, command
from .report_constructor import MAY_COMPOSE, ReportDefinitionInput, definition_of
from .report_saved import SavedReport

_WHICH = "Свой отчёт."
_NAME = f"Название, до {NAME_LENGTH} знаков."


@strawberry.type
class OfReport:
    report: SavedReport = strawberry.field(description="Каким он стал.")


@strawberry.type(description="Отчёт сохранён.")
class SaveReportPayload(OfReport):
    pass


@strawberry.type(description="Отчёт изменён.")
class UpdateReportPayload(OfReport):
    pass


@strawberry.type(description="Отчётом поделились.")
class ShareReportPayload(OfReport):
    pass


@strawberry.type(description="Расписание отчёта изменено.")
class ScheduleReportPayload(OfReport):
    pass


@strawberry.type(description="Отчёт удалён, вместе со снимками.")
class DeleteReportPayload:
    report_id: strawberry.ID = strawberry.field(description="Какой.")


@strawberry.input(description="Отчёт и его название.")
class SaveReportInput:
    name: str = strawberry.field(description=_NAME)
    definition: ReportDefinitionInput = strawberry.field(description="Отчёт.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Изменение отчёта. Меняется только то, что передано.")
class UpdateReportInput:
    report_id: strawberry.ID = strawberry.field(description=_WHICH)
    name: str | None = strawberry.field(default=None, description=_NAME)
    definition: ReportDefinitionInput | None = strawberry.field(default=None, description="Отчёт.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


@strawberry.input(description="Какой отчёт удалить.")
class DeleteReportInput:
    report_id: strawberry.ID = strawberry.field(description=_WHICH)
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


@strawberry.input(
    description="С кем поделиться отчётом: с этими, и больше ни с кем. Каждый получит его по своим правам."
)
class ShareReportInput:
    report_id: strawberry.ID = strawberry.field(description=_WHICH)
    roles: list[Role] = strawberry.field(default_factory=list, description="ADMINISTRATOR, ANALYST.")
    account_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description=f"Учётные записи, до {MOST_SHARES}."
    )
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


@strawberry.input(description="Когда отчёту составляться самому, по часам школы и по правам владельца в тот момент.")
class ScheduleReportInput:
    report_id: strawberry.ID = strawberry.field(description=_WHICH)
    frequency: ReportFrequency | None = strawberry.field(default=None, description="Как часто; null — больше никогда.")
    hour: int | None = strawberry.field(default=None, description=f"Час, {HOURS[0]}–{HOURS[-1]}.")
    day: int | None = strawberry.field(default=None, description="День недели, 1–7, или месяца, 1–28.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


async def _now(info: Info, report_id: int) -> Any:
    return await saved_report(info.context, report_id, "reportId")


@strawberry.type
class SavedReportMutation:
    @command(MAY_COMPOSE, f"Сохранить отчёт (10.7); у одной учётной записи их до {MOST_REPORTS}.")
    async def save_report(
        self,
        info: Info,
        input: SaveReportInput,
    ) -> SaveReportPayload:
        of = await commands.save_report(
            info.context, input.name, definition_of(input.definition), input.idempotency_key
        )
        return SaveReportPayload(report=await _now(info, of))

    @command(MAY_COMPOSE, "Изменить свой отчёт.")
    async def update_report(
        self,
        info: Info,
        input: UpdateReportInput,
    ) -> UpdateReportPayload:
        of = await commands.update_report(
            info.context,
            number("SavedReport", input.report_id, "reportId"),
            input.name,
            definition_of(input.definition) if input.definition else None,
            input.if_version,
        )
        return UpdateReportPayload(report=await _now(info, of))

    @command(MAY_COMPOSE, "Удалить свой отчёт.")
    async def delete_report(
        self,
        info: Info,
        input: DeleteReportInput,
    ) -> DeleteReportPayload:
        of = number("SavedReport", input.report_id, "reportId")
        await commands.delete_report(info.context, of, input.if_version)
        return DeleteReportPayload(report_id=input.report_id)

    @command(MAY_COMPOSE, "Поделиться своим отчётом с ролями и людьми.")
    async def share_report(
        self,
        info: Info,
        input: ShareReportInput,
    ) -> ShareReportPayload:
        of = await commands.share_report(
            info.context,
            number("SavedReport", input.report_id, "reportId"),
            set(input.roles),
            [number("Account", each, f"accountIds.{at}") for at, each in enumerate(input.account_ids)],
            input.if_version,
        )
        return ShareReportPayload(report=await _now(info, of))

    @command(MAY_COMPOSE, "Составлять свой отчёт по расписанию.")
    async def schedule_report(
        self,
        info: Info,
        input: ScheduleReportInput,
    ) -> ScheduleReportPayload:
        of = await commands.schedule_report(
            info.context,
            number("SavedReport", input.report_id, "reportId"),
            *(input.frequency, input.hour, input.day, input.if_version),
        )
        return ScheduleReportPayload(report=await _now(info, of))
