"""The report constructor: what may be asked of what, and the answer to a definition (10.7)."""

import asyncio
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import strawberry

from documents.charts import svg_of
from permissions.gates import gate
from resolvers.report_constructor import Cell, composer, run_report
from resolvers.report_constructor_paper import chart_of
from rules.account import Role
from rules.report_constructor import (
    COMPOSERS,
    MOST_ROWS,
    VALUE_LENGTH,
    About,
    Condition,
    Definition,
    Field,
    Measure,
    Sorting,
    fields_for,
    functions_for,
    lists,
)
from rules.report_shown import FEWEST_PEOPLE
from rules.report_sources import SOURCES

from .base import Decorator, Info, argument, resolved, root
from .enums_constructor import ReportFieldType, ReportFunction, ReportOperator, ReportSource

MAY_COMPOSE = gate(COMPOSERS)

# The white list


@strawberry.type(description="Значение поля, у которого они перечислены.")
class ReportOption:
    value: str = strawberry.field(description="Значение: так его называют в условии.")
    title: str = strawberry.field(description="Как его показывает отчёт.")


@strawberry.type(description="Поле, которое может стоять в отчёте.")
class ReportField:
    name: str = strawberry.field(description="Имя: так его называют в отчёте.")
    title: str = strawberry.field(description="Название.")
    type: ReportFieldType = strawberry.field(description="Что за значения.")
    operators: list[ReportOperator] = strawberry.field(description="Что можно о нём спросить.")
    functions: list[ReportFunction] = strawberry.field(description="Что можно по нему посчитать.")
    options: list[ReportOption] = strawberry.field(description="Значения, если они перечислены.")


@strawberry.type(description="Из чего составляют отчёт: строки и их поля, какими они открыты тому, кто спрашивает.")
class ReportEntity:
    source: ReportSource = strawberry.field(description="Что это.")
    title: str = strawberry.field(description="Название.")
    lists: bool = strawberry.field(description="Можно ли показать сами строки, а не только показатели групп.")
    functions: list[ReportFunction] = strawberry.field(description="Что можно посчитать по строкам.")
    fields: list[ReportField] = strawberry.field(description="Поля.")


def _entity(source: ReportSource, of: About, roles: Any) -> ReportEntity:
    return ReportEntity(
        source=source,
        title=of.title,
        lists=lists(of, roles),
        functions=list(functions_for(of, None, roles)),
        fields=[_field(name, each, of, roles) for name, each in fields_for(of, roles).items()],
    )


def _field(name: str, field: Field, of: About, roles: Any) -> ReportField:
    return ReportField(
        name=name,
        title=field.title,
        type=field.type,
        operators=list(field.operators),
        functions=list(functions_for(of, field, roles)),
        options=[ReportOption(value=value, title=title) for value, title in field.options.items()],
    )


# What is asked


@strawberry.input(description="Условие на строки; условия отчёта выполняются все сразу.")
class ReportFilterInput:
    field: str = strawberry.field(description="Поле.")
    operator: ReportOperator = strawberry.field(description="Что о нём спросить.")
    values: list[str] = strawberry.field(
        default_factory=list, description=f"Значения, каждое до {VALUE_LENGTH} знаков: дата — ГГГГ-ММ-ДД."
    )


@strawberry.input(description="Показатель группы.")
class ReportMeasureInput:
    function: ReportFunction = strawberry.field(description="Что посчитать.")
    field: str | None = strawberry.field(default=None, description="По какому полю; COUNT, PEOPLE и SHARE — без него.")


@strawberry.input(description="По какому столбцу упорядочить.")
class ReportSortingInput:
    column: int = strawberry.field(description="Место столбца в ответе, с 0: сначала группы, за ними показатели.")
    descending: bool = strawberry.field(default=False, description="По убыванию.")


@strawberry.input(description="Отчёт: строки с полями `fields` либо группы `groups` с показателями `measures`.")
class ReportDefinitionInput:
    source: ReportSource = strawberry.field(description="Из чего.")
    fields: list[str] = strawberry.field(default_factory=list, description="Поля строк.")
    filters: list[ReportFilterInput] = strawberry.field(default_factory=list, description="Условия.")
    groups: list[str] = strawberry.field(default_factory=list, description="По каким полям сгруппировать.")
    measures: list[ReportMeasureInput] = strawberry.field(default_factory=list, description="Показатели групп.")
    order: list[ReportSortingInput] = strawberry.field(default_factory=list, description="Порядок строк ответа.")
    limit: int | None = strawberry.field(default=None, description=f"Сколько строк, до {MOST_ROWS}.")


def definition_of(given: ReportDefinitionInput) -> Definition:
    """The definition that an input composes."""
    return Definition(
        source=given.source.value,
        fields=tuple(given.fields),
        filters=tuple(Condition(each.field, each.operator, tuple(each.values)) for each in given.filters),
        groups=tuple(given.groups),
        measures=tuple(Measure(each.function, each.field) for each in given.measures),
        order=tuple(Sorting(each.column, each.descending) for each in given.order),
        limit=given.limit,
    )


# The answer


@strawberry.type(description="Столбец ответа.")
class ReportColumn:
    title: str = strawberry.field(description="Название.")
    type: ReportFieldType = strawberry.field(description="Что за значения; CHOICE и FLAG — словами.")
    measure: ReportFunction | None = strawberry.field(description="Какой это показатель; null — поле.")
    formula: str | None = strawberry.field(
        description="Как он считается по записям группы; у которых нет значения, те не считаются. null — поле."
    )
    total: int | None = strawberry.field(description="Сколько записей в отчёте, если столбец — доля от них.")


@strawberry.type(description="Ячейка: не больше одного значения, по виду столбца.")
class ReportCell:
    withheld: bool = strawberry.field(
        description=f"Скрыто: показатель опирается меньше чем на {FEWEST_PEOPLE} человек (4.1)."
    )
    counted: int | None = strawberry.field(
        description="По скольким записям сосчитан показатель; null — не показатель, или он скрыт."
    )
    left_out: int | None = strawberry.field(
        description="Сколько записей группы в него не вошло, так как значения нет; null — не показатель, или он скрыт."
    )

    @resolved("Текст.")
    def text(self) -> str | None:
        value = _value(self)
        return value if isinstance(value, str) else None

    @resolved("Число.")
    def number(self) -> float | None:
        value = _value(self)
        return float(value) if isinstance(value, int | float | Decimal) and not isinstance(value, bool) else None

    @resolved("Дата.")
    def date(self) -> date | None:
        value = _value(self)
        return value if isinstance(value, date) else None


def _value(cell: Any) -> Any:
    of: Cell = cell
    return of.value


@strawberry.type(description="Ответ составленного отчёта.")
class ReportAnswer:
    title: str = strawberry.field(description="Из чего он.")
    columns: list[ReportColumn] = strawberry.field(description="Столбцы.")
    rows: list[list[ReportCell]] = strawberry.field(description="Строки: по ячейке на столбец.")
    cut: bool = strawberry.field(description="Есть ли ещё строки, которые не поместились.")
    rounded: bool = strawberry.field(
        description=f"Без персональных данных: люди округлены до {FEWEST_PEOPLE}, записи и суммы — до доли "
        f"{FEWEST_PEOPLE} человек, средние — до {FEWEST_PEOPLE} / n, где n — сколько человек; группы меньше "
        f"{FEWEST_PEOPLE} человек не показаны, есть они или нет (4.1)."
    )

    @resolved(
        "Записи, по которым сосчитана строка, со всеми полями; null — показателей нет, или это ответ прошлого запуска.",
        only=gate(Role.ADMINISTRATOR),
    )
    async def behind(
        self, info: Info, row: Annotated[int, argument("Место строки в ответе, с 0.")]
    ) -> "ReportAnswer | None":
        answer: Any = self
        return await answer.behind(info.context, row)  # type: ignore[no-any-return]

    @resolved("График: SVG; null, если рисовать нечего.")
    async def chart(self) -> str | None:
        answer: Any = self
        drawn = chart_of(answer)
        return await asyncio.to_thread(svg_of, drawn) if drawn else None


def answered(description: str) -> Decorator:
    """A field that answers with what a report came to, for those who compose reports."""
    field: Decorator = strawberry.field(
        description=description, permission_classes=[MAY_COMPOSE], graphql_type=ReportAnswer
    )
    return field


DefinitionArgument = Annotated[ReportDefinitionInput, argument("Отчёт.")]


@strawberry.type
class ConstructorQuery:
    @root(MAY_COMPOSE, "Из чего можно составить отчёт, и что в нём можно спросить (10.7).")
    def report_entities(self, info: Info) -> list[ReportEntity]:
        roles = composer(info.context)
        return [_entity(source, of, roles) for source, of in SOURCES.items() if of.roles & roles]

    @answered("Составить отчёт и получить ответ: по тому, что доступно составляющему (10.7).")
    async def run_report(self, info: Info, definition: DefinitionArgument) -> Any:
        return await run_report(info.context, definition_of(definition))
