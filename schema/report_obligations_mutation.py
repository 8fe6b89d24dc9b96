"""Commands of the watch on deadlines."""

from datetime import date, datetime

import strawberry

from permissions.gates import gate
from resolvers import report_obligations_commands as commands
from rules.account import Role

from .base import Info, number, optional_number
from .commands import command
from .enums_report import ReportKind

MAY_FILE, MAY_AGREE = gate(Role.DEPUTY, Role.TEACHER), gate(Role.DEPUTY)


@strawberry.input(description="Какой отчёт сдан и за что: период, класс или учебный год, как требует отчёт.")
class FileReportInput:
    report: ReportKind = strawberry.field(description="Какой отчёт.")
    period_id: strawberry.ID | None = strawberry.field(default=None, description="За учебный период.")
    class_id: strawberry.ID | None = strawberry.field(default=None, description="По классу.")
    year_id: strawberry.ID | None = strawberry.field(default=None, description="За учебный год.")


@strawberry.type(description="Сдача отчёта отмечена.")
class FileReportPayload:
    filed_at: datetime = strawberry.field(description="Когда: повторная отметка ничего не меняет.")


@strawberry.input(description="Срок форм ФГСН, согласованный с органом управления образованием.")
class SetFormsDueInput:
    year_id: strawberry.ID = strawberry.field(description="Учебный год.")
    due_on: date | None = strawberry.field(description="Последний день; null — срока нет.")


@strawberry.type(description="Срок записан.")
class SetFormsDuePayload:
    due_on: date | None = strawberry.field(description="Последний день; null — срока нет.")


@strawberry.type
class ReportsMutation:
    @command(MAY_FILE, "Отметить, что отчёт сдан: завуч — по школе, учитель — свой и своего класса (10.3, 10.4, 10.6).")
    async def file_report(self, info: Info, input: FileReportInput) -> FileReportPayload:
        filed_at = await commands.file_report(
            info.context,
            input.report,
            optional_number("Period", input.period_id, "periodId"),
            optional_number("SchoolClass", input.class_id, "classId"),
            optional_number("AcademicYear", input.year_id, "yearId"),
        )
        return FileReportPayload(filed_at=filed_at)

    @command(MAY_AGREE, "Записать, к какому дню сдаются формы ФГСН (10.3).")
    async def set_forms_due(self, info: Info, input: SetFormsDueInput) -> SetFormsDuePayload:
        await commands.set_forms_due(info.context, number("AcademicYear", input.year_id, "yearId"), input.due_on)
        return SetFormsDuePayload(due_on=input.due_on)
