"""Commands of the watch on deadlines."""

from datetime import datetime

import strawberry

from permissions.gates import gate
from resolvers import report_obligations_commands as commands
from rules.account import Role

from .base import Info, optional_number
from .commands import command
from .enums_report import Report

MAY_FILE = gate(Role.DEPUTY, Role.TEACHER)


@strawberry.input(description="Какой отчёт сдан и за что: учебный период, класс — как требует отчёт.")
class FileReportInput:
    report: Report = strawberry.field(description="Какой отчёт.")
    period_id: strawberry.ID | None = strawberry.field(default=None, description="За учебный период.")
    class_id: strawberry.ID | None = strawberry.field(default=None, description="По классу.")


@strawberry.type(description="Сдача отчёта отмечена.")
class FileReportPayload:
    filed_at: datetime = strawberry.field(description="Когда: повторная отметка ничего не меняет.")


@strawberry.type
class ReportsMutation:
    @command(MAY_FILE, "Отметить, что отчёт сдан: завуч — по школе, учитель — свой и своего класса (10.3, 10.4, 10.6).")
    async def file_report(self, info: Info, input: FileReportInput) -> FileReportPayload:
        filed_at = await commands.file_report(
            info.context,
            input.report,
            optional_number("Period", input.period_id, "periodId"),
            optional_number("SchoolClass", input.class_id, "classId"),
        )
        return FileReportPayload(filed_at=filed_at)
