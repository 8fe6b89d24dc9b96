"""The sheet of a federal form: sections, rows and cells, and the controls that fail."""

from datetime import date
from typing import Annotated

import strawberry

from permissions.gates import gate
from resolvers import report_forms as forms
from resolvers.report_forms import Sheet
from resolvers.report_forms_provenance import form_provenance
from rules.report import FORM_READERS
from rules.report_forms import plain
from rules.report_forms_definition import Cell, Definition, Section
from rules.report_forms_definition import Finding as Failed
from rules.report_forms_reading import definitions

from .base import Info, argument, number, root, secret
from .enums_forms import FormCellKind, FormRelation
from .report_forms_provenance import FormProvenance, shown_provenance

MAY_READ = gate(FORM_READERS)
_FORM = "Федеральная форма."


@strawberry.type(description="Ячейка формы.")
class FormCell:
    key: str = strawberry.field(description="Номер ячейки: «раздел.строка.графа».")
    column: str = strawberry.field(description="Графа.")
    kind: FormCellKind = strawberry.field(description="Вычисляется или вписывается.")
    value: str | None = strawberry.field(description="Число; null — не заполнена.")
    rounded: bool = strawberry.field(description="Это число людей, округлённое до пяти: 0 — меньше пяти.")


@strawberry.type(description="Графа раздела.")
class FormColumn:
    key: str = strawberry.field(description="Номер.")
    title: str = strawberry.field(description="Название.")


@strawberry.type(description="Строка раздела.")
class FormRow:
    key: str = strawberry.field(description="Номер.")
    title: str = strawberry.field(description="Название.")
    cells: list[FormCell] = secret(MAY_READ, "Ячейки по графам; где их нет, ничего не спрашивается.")


@strawberry.type(description="Раздел формы.")
class FormSection:
    key: str = strawberry.field(description="Номер.")
    title: str = strawberry.field(description="Название.")
    note: str | None = strawberry.field(description="Примечание.")
    columns: list[FormColumn] = secret(MAY_READ, "Графы по порядку.")
    rows: list[FormRow] = secret(MAY_READ, "Строки по порядку.")


@strawberry.type(description="Контрольное соотношение, которое не сходится.")
class FormFinding:
    title: str = strawberry.field(description="Что должно сходиться.")
    relation: FormRelation = strawberry.field(description="Как.")
    left: list[str] = strawberry.field(description="Ячейки левой части.")
    right: list[str] = strawberry.field(description="Ячейки правой части.")
    left_sum: str = strawberry.field(description="Сумма слева.")
    right_sum: str = strawberry.field(description="Сумма справа.")


@strawberry.type(description="Форма со всеми значениями: открытая — по данным сейчас, закрытая — как при закрытии.")
class FormSheet:
    code: str = strawberry.field(description="Код формы.")
    edition: str = strawberry.field(description="Редакция.")
    reported_on: date = strawberry.field(description="На какой день.")
    ages_on: date = strawberry.field(description="На какой день сосчитан возраст.")
    moves_since: date | None = strawberry.field(
        description="С какого дня сосчитаны прибытие и выбытие; null — форма их не считает."
    )
    frozen: bool = strawberry.field(description="Это снимок закрытой формы.")
    sections: list[FormSection] = secret(MAY_READ, "Разделы по порядку.")
    findings: list[FormFinding] = secret(
        MAY_READ,
        "Соотношения, которые не сходятся: пока они есть, форму не закрыть. Если числа людей округлены — только те, в "
        "которых людей не считают.",
    )
    legend: list[str] = strawberry.field(description="Как показаны числа; пусто — как есть.")


@strawberry.type(description="Редакция федеральной формы.")
class FormDefinition:
    code: str = strawberry.field(description="Код формы.")
    edition: str = strawberry.field(description="Редакция.")
    name: str = strawberry.field(description="Название: «ОО-1».")
    title: str = strawberry.field(description="Полное название.")
    valid_from: date = strawberry.field(description="С какого дня действует.")
    valid_to: date | None = strawberry.field(description="По какой день.")
    usual_on: date = strawberry.field(description="На какой ближайший день её обычно составляют.")
    computed_cells: int = strawberry.field(description="Сколько ячеек вычисляется = число ячеек редакции с правилом.")
    manual_cells: int = strawberry.field(description="Сколько вписывается = число остальных ячеек.")
    controls: int = strawberry.field(description="Сколько соотношений = число контрольных соотношений редакции.")


def _cell(sheet: Sheet, column: str, cell: Cell) -> FormCell:
    return FormCell(
        key=cell.key, column=column, kind=cell.kind, value=sheet.values[cell.key], rounded=sheet.rounds(cell)
    )


def _section(sheet: Sheet, section: Section) -> FormSection:
    rows = [
        FormRow(
            key=row.key,
            title=row.title,
            cells=[
                _cell(sheet, column.key, cell)
                for column in section.columns
                if (cell := section.cells.get((row.key, column.key))) is not None
            ],
        )
        for row in section.rows
    ]
    columns = [FormColumn(key=column.key, title=column.title) for column in section.columns]
    return FormSection(key=section.key, title=section.title, note=section.note, columns=columns, rows=rows)


def _finding(failed: Failed) -> FormFinding:
    return FormFinding(
        title=failed.control.title,
        relation=failed.control.relation,
        left=list(failed.control.left),
        right=list(failed.control.right),
        left_sum=plain(failed.left),
        right_sum=plain(failed.right),
    )


def shown_sheet(sheet: Sheet) -> FormSheet:
    """The sheet as the schema tells it."""
    return FormSheet(
        code=sheet.definition.code,
        edition=sheet.definition.edition,
        reported_on=sheet.form.reported_on,
        ages_on=sheet.definition.ages_on(sheet.form.reported_on),
        moves_since=sheet.definition.moves_since(sheet.form.reported_on) if sheet.definition.counts_moves else None,
        frozen=sheet.snapshot is not None,
        sections=[_section(sheet, section) for section in sheet.definition.sections],
        findings=[_finding(each) for each in sheet.findings],
        legend=list(sheet.shown.legend),
    )


def _definition(definition: Definition, today: date) -> FormDefinition:
    computed = sum(1 for cell in definition.cells.values() if cell.measure)
    return FormDefinition(
        code=definition.code,
        edition=definition.edition,
        name=definition.name,
        title=definition.title,
        valid_from=definition.valid_from,
        valid_to=definition.valid_to,
        usual_on=definition.usual_day.seen_from(today),
        computed_cells=computed,
        manual_cells=len(definition.cells) - computed,
        controls=len(definition.controls),
    )


@strawberry.type
class FormQuery:
    @root(MAY_READ, "Какие федеральные формы есть и в каких редакциях (3.3).")
    async def form_catalogue(self, info: Info) -> list[FormDefinition]:
        today = info.context.viewer.today
        return [_definition(each, today) for editions in definitions().values() for each in editions]

    @root(MAY_READ, "Федеральная форма со всеми значениями и проверкой соотношений; null — её нет (3.3).")
    async def form_sheet(self, info: Info, id: Annotated[strawberry.ID, argument(_FORM)]) -> FormSheet | None:
        found = await forms.form_sheet(info.context, number("FederalForm", id, "id"))
        return shown_sheet(found) if found else None

    @root(MAY_READ, "Откуда значение ячейки: что считается, кто сосчитан, кто нет и почему; null — такой ячейки нет.")
    async def form_provenance(
        self,
        info: Info,
        id: Annotated[strawberry.ID, argument(_FORM)],
        cell: Annotated[str, argument("Номер ячейки: «раздел.строка.графа».")],
    ) -> FormProvenance | None:
        found = await form_provenance(info.context, number("FederalForm", id, "id"), cell)
        return shown_provenance(found) if found else None
