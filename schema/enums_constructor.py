"""The words of the report constructor as GraphQL enums (10.7)."""

from rules.report_constructor import FUNCTION_TITLES, ReportFieldType, ReportFunction, ReportOperator
from rules.report_saved import ReportFrequency, ReportRunState
from rules.report_sources import SOURCES, ReportSource

from .enums import describe

__all__ = ["ReportFieldType", "ReportFrequency", "ReportFunction", "ReportOperator", "ReportRunState", "ReportSource"]

describe(ReportSource, "Из чего составляют отчёт.", {each: about.title for each, about in SOURCES.items()})
describe(
    ReportFieldType,
    "Что за значения у поля.",
    {
        ReportFieldType.TEXT: "Текст",
        ReportFieldType.NUMBER: "Число",
        ReportFieldType.DATE: "Дата: ГГГГ-ММ-ДД",
        ReportFieldType.CHOICE: "Одно из значений `options`",
        ReportFieldType.FLAG: "true или false",
    },
)
describe(
    ReportOperator,
    "Что спрашивают о поле.",
    {
        ReportOperator.EQUALS: "Равно",
        ReportOperator.DIFFERS: "Не равно, или пусто",
        ReportOperator.ONE_OF: "Одно из значений",
        ReportOperator.BELOW: "Меньше",
        ReportOperator.AT_MOST: "Не больше",
        ReportOperator.ABOVE: "Больше",
        ReportOperator.AT_LEAST: "Не меньше",
        ReportOperator.CONTAINS: "Содержит, без учёта регистра",
        ReportOperator.IS_EMPTY: "Пусто",
        ReportOperator.IS_FILLED: "Заполнено",
    },
)
describe(ReportFunction, "Показатель группы.", FUNCTION_TITLES)
describe(
    ReportFrequency,
    "Как часто отчёт составляется сам.",
    {
        ReportFrequency.DAILY: "Каждый день",
        ReportFrequency.WEEKLY: "Каждую неделю",
        ReportFrequency.MONTHLY: "Каждый месяц",
    },
)
describe(
    ReportRunState,
    "Что стало с отчётом по расписанию.",
    {
        ReportRunState.RUNNING: "Составляется",
        ReportRunState.DONE: "Составлен",
        ReportRunState.FAILED: "Не составлен",
    },
)
