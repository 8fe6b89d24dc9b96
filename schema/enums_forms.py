"""The words of federal forms as GraphQL enums."""

from rules.report_forms import FormState
from rules.report_forms_definition import FormCellKind, FormRelation
from rules.report_forms_provenance import FORM_LEFT_WORDS, FormLeft

from .enums import describe

__all__ = ["FormCellKind", "FormLeft", "FormRelation", "FormState"]

describe(
    FormState,
    "Состояние федеральной формы (3.5).",
    {
        FormState.OPEN: "Открыта: следует за данными школы",
        FormState.CLOSED: "Закрыта: говорит то, что было при закрытии",
    },
)
describe(
    FormCellKind,
    "Откуда значение ячейки.",
    {FormCellKind.COMPUTED: "Вычисляется по данным школы", FormCellKind.MANUAL: "Вписывается"},
)
describe(
    FormRelation,
    "Чего требует контрольное соотношение.",
    {FormRelation.EQUALS: "Левая часть равна правой", FormRelation.AT_MOST: "Левая часть не больше правой"},
)
describe(
    FormLeft,
    "Почему ячейка не сосчитала того, кого могла бы.",
    {each: words.capitalize() for each, words in FORM_LEFT_WORDS.items()},
)
