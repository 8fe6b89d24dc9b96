"""The deputy opens, fills, closes, reopens and deletes federal forms, and says by when they are due (3.3–3.5, 10.3)."""

from datetime import date

import strawberry

from permissions.gates import gate
from permissions.report_forms import FILLERS
from resolvers import report_forms as forms
from resolvers import report_forms_commands as commands

from .base import Info, edge, number, optional_number, resolved
from .commands import IDEMPOTENCY_KEY, IF_VERSION, IF_VERSION_OR_NEW, command
from .report_forms import FederalForm, FormDate
from .report_forms_sheet import FormSheet, shown_sheet

MAY_FILL = gate(FILLERS)


@strawberry.type
class OfForm:
    """The form that a command has written."""

    form_id: strawberry.Private[int]
    form: FederalForm | None = edge(forms.form_of, description="Форма.")

    @resolved("Она же со всеми значениями и проверкой соотношений.", only=MAY_FILL)
    async def sheet(self, info: Info) -> FormSheet | None:
        found = await forms.form_sheet(info.context, self.form_id)
        return shown_sheet(found) if found else None


@strawberry.type(description="Форма начата: вычисляемые ячейки заполнены по данным школы.")
class OpenFormPayload(OfForm):
    pass


@strawberry.type(description="Ячейки вписаны.")
class SetFormCellsPayload(OfForm):
    pass


@strawberry.type(description="Форма закрыта: снимок сделан.")
class CloseFormPayload(OfForm):
    pass


@strawberry.type(description="Форма открыта снова и следует за данными школы.")
class ReopenFormPayload(OfForm):
    pass


@strawberry.type(description="Форма удалена.")
class DeleteFormPayload:
    form_id: strawberry.ID = strawberry.field(description="Какая.")


@strawberry.type(description="Срок записан или снят.")
class SetFormDatePayload:
    form_date_id: strawberry.Private[int | None]
    form_date: FormDate | None = edge(forms.form_date_of, description="Срок; null — снят.")


@strawberry.input(description="Какую форму и на какой день начать.")
class OpenFormInput:
    form: str = strawberry.field(description="Код формы, как в `formCatalogue`: `oo-1`.")
    on: date = strawberry.field(description="На какой день: по нему выбирается редакция и считаются данные.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Значение вписываемой ячейки.")
class FormCellInput:
    cell: str = strawberry.field(description="Номер ячейки: «раздел.строка.графа».")
    value: str | None = strawberry.field(description="Число; null — очистить.")


@strawberry.input(description="Значения вписываемых ячеек: все или ни одного.")
class SetFormCellsInput:
    form_id: strawberry.ID = strawberry.field(description="Форма.")
    cells: list[FormCellInput] = strawberry.field(description="Ячейки; остальные остаются как есть.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


@strawberry.input(description="Какую форму закрыть.")
class CloseFormInput:
    form_id: strawberry.ID = strawberry.field(description="Форма, у которой сходятся все соотношения.")
    approval: str = strawberry.field(description="Чем сведения утверждены руководителем: документ, номер, дата (3.5).")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


@strawberry.input(description="Какую закрытую форму открыть снова и почему.")
class ReopenFormInput:
    form_id: strawberry.ID = strawberry.field(description="Закрытая форма.")
    reason: str = strawberry.field(description="Причина: хранится всегда.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


@strawberry.input(description="Какую форму удалить.")
class DeleteFormInput:
    form_id: strawberry.ID = strawberry.field(description="Форма, которая не закрывалась ни разу.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


@strawberry.input(description="Срок формы, согласованный с органом управления (10.3).")
class SetFormDateInput:
    form: str = strawberry.field(description="Код формы.")
    year_id: strawberry.ID | None = strawberry.field(default=None, description="Учебный год; обычно нынешний.")
    due_on: date | None = strawberry.field(description="Не позже какого дня; null — срока нет.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION_OR_NEW)


def _form(value: str) -> int:
    return number("FederalForm", value, "formId")


@strawberry.type
class FormMutation:
    @command(MAY_FILL, "Начать федеральную форму на день: вычисляемые ячейки заполнятся сразу (3.3).")
    async def open_form(self, info: Info, input: OpenFormInput) -> OpenFormPayload:
        return OpenFormPayload(
            form_id=await commands.open_form(info.context, input.form, input.on, input.idempotency_key)
        )

    @command(MAY_FILL, "Вписать значения в ячейки открытой формы; вычисляемые не вписываются (3.3).")
    async def set_form_cells(self, info: Info, input: SetFormCellsInput) -> SetFormCellsPayload:
        cells = [(each.cell, each.value) for each in input.cells]
        return SetFormCellsPayload(
            form_id=await commands.set_form_cells(info.context, _form(input.form_id), cells, input.if_version)
        )

    @command(MAY_FILL, "Закрыть форму: её значения больше не меняются (3.5).")
    async def close_form(self, info: Info, input: CloseFormInput) -> CloseFormPayload:
        return CloseFormPayload(
            form_id=await commands.close_form(info.context, _form(input.form_id), input.approval, input.if_version)
        )

    @command(MAY_FILL, "Открыть закрытую форму снова; снимок и причина остаются навсегда (3.5).")
    async def reopen_form(self, info: Info, input: ReopenFormInput) -> ReopenFormPayload:
        return ReopenFormPayload(
            form_id=await commands.reopen_form(info.context, _form(input.form_id), input.reason, input.if_version)
        )

    @command(MAY_FILL, "Удалить начатую по ошибке форму; закрывавшаяся остаётся навсегда (3.5).")
    async def delete_form(self, info: Info, input: DeleteFormInput) -> DeleteFormPayload:
        await commands.delete_form(info.context, _form(input.form_id), input.if_version)
        return DeleteFormPayload(form_id=input.form_id)

    @command(MAY_FILL, "Записать срок формы, согласованный с органом управления, или снять его (10.3).")
    async def set_form_date(self, info: Info, input: SetFormDateInput) -> SetFormDatePayload:
        year = optional_number("AcademicYear", input.year_id, "yearId")
        return SetFormDatePayload(
            form_date_id=await commands.set_form_date(info.context, input.form, year, input.due_on, input.if_version)
        )
