"""The report constructor (10.7): what may be asked of what, by whom, and how a definition is checked against that."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from .account import Role
from .refusals import Refusal, RefusalCode, bad_input

CLAUSE = "10.7"
COMPOSERS = frozenset({Role.ADMINISTRATOR, Role.ANALYST})
"""Those who compose reports: the administrator, and the analyst without personal data (4.1, 11.6)."""

MOST_ROWS = 5000
"""So many rows an answer has at most; it says where it was cut."""

MOST_FIELDS, MOST_FILTERS, MOST_VALUES, MOST_GROUPS, MOST_MEASURES = 30, 20, 200, 4, 10
VALUE_LENGTH = 200


class ReportFieldType(StrEnum):
    """What a field's values are."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"
    FLAG = "flag"


class ReportOperator(StrEnum):
    """What a condition asks of a field."""

    EQUALS = "equals"
    DIFFERS = "differs"
    ONE_OF = "one_of"
    BELOW = "below"
    AT_MOST = "at_most"
    ABOVE = "above"
    AT_LEAST = "at_least"
    CONTAINS = "contains"
    IS_EMPTY = "is_empty"
    IS_FILLED = "is_filled"


class ReportFunction(StrEnum):
    """What is reckoned of a group's rows."""

    COUNT = "count"
    PEOPLE = "people"
    SHARE = "share"
    COUNT_DISTINCT = "count_distinct"
    AVERAGE = "average"
    SUM = "sum"
    LEAST = "least"
    MOST = "most"


_O, _T, _F = ReportOperator, ReportFieldType, ReportFunction
_ALWAYS = (_O.EQUALS, _O.DIFFERS, _O.ONE_OF, _O.IS_EMPTY, _O.IS_FILLED)
_ORDERED = (*_ALWAYS, _O.BELOW, _O.AT_MOST, _O.ABOVE, _O.AT_LEAST)
OPERATORS: Mapping[ReportFieldType, tuple[ReportOperator, ...]] = {
    _T.TEXT: (*_ALWAYS, _O.CONTAINS),
    _T.NUMBER: _ORDERED,
    _T.DATE: _ORDERED,
    _T.CHOICE: _ALWAYS,
    _T.FLAG: (_O.EQUALS,),
}
_SINGLE = frozenset({_O.EQUALS, _O.IS_FILLED, _O.IS_EMPTY})
VALUES: Mapping[ReportOperator, range] = {
    **dict.fromkeys(ReportOperator, range(1, 2)),
    _O.ONE_OF: range(1, MOST_VALUES + 1),
    **dict.fromkeys((_O.IS_EMPTY, _O.IS_FILLED), range(1)),
}
"""How many values a condition takes."""

OF_ROWS = frozenset({_F.COUNT, _F.PEOPLE, _F.SHARE})
"""Functions of rows as such, not of a field."""

EXTREMES = frozenset({_F.LEAST, _F.MOST})
"""Functions whose value is somebody's own."""

FUNCTIONS: Mapping[ReportFieldType, tuple[ReportFunction, ...]] = {
    **dict.fromkeys((_T.TEXT, _T.CHOICE, _T.FLAG), (_F.COUNT_DISTINCT,)),
    _T.NUMBER: (_F.COUNT_DISTINCT, _F.AVERAGE, _F.SUM, _F.LEAST, _F.MOST),
    _T.DATE: (_F.COUNT_DISTINCT, _F.LEAST, _F.MOST),
}

FUNCTION_TITLES = {
    _F.COUNT: "Записей",
    _F.PEOPLE: "Человек",
    _F.SHARE: "Доля, %",
    _F.COUNT_DISTINCT: "Разных",
    _F.AVERAGE: "Среднее",
    _F.SUM: "Сумма",
    _F.LEAST: "Наименьшее",
    _F.MOST: "Наибольшее",
}
FORMULAS = {
    _F.COUNT: "число записей",
    _F.PEOPLE: "число разных людей в записях",
    _F.SHARE: "число записей · 100 / число записей отчёта",
    _F.COUNT_DISTINCT: "число разных значений",
    _F.AVERAGE: "сумма значений / число записей со значением",
    _F.SUM: "сумма значений",
    _F.LEAST: "наименьшее из значений",
    _F.MOST: "наибольшее из значений",
}
"""How each is reckoned of the records of a group; of a field, records without a value are left out."""

FLAG_WORDS = {True: "да", False: "нет"}


@dataclass(frozen=True)
class Field:
    """A field of the white list. personal: a name, a contact, an exact date of birth, or what people write in their own
    words: not for whoever reads without names, by no path. options: a choice's values, and what they are called.
    alone: conditions may ask for one value only, so that a condition asks for no more than a group does.
    """

    title: str
    type: ReportFieldType = _T.TEXT
    personal: bool = False
    options: Mapping[str, str] = field(default_factory=dict)
    alone: bool = False

    @property
    def operators(self) -> tuple[ReportOperator, ...]:
        """What conditions may ask of it."""
        return tuple(each for each in OPERATORS[self.type] if not self.alone or each in _SINGLE)

    @property
    def functions(self) -> tuple[ReportFunction, ...]:
        """What may be reckoned of it."""
        return FUNCTIONS[self.type]


@dataclass(frozen=True)
class About:
    """What there is to know of a source. people: whether its rows are of people, whom a figure then rests on."""

    title: str
    roles: frozenset[Role]
    people: bool
    fields: Mapping[str, Field]


def without_names(roles: Collection[Role]) -> bool:
    """Whether whoever holds these of the composers' roles reads without names."""
    return Role.ADMINISTRATOR not in roles


def fields_for(about: About, roles: Collection[Role]) -> dict[str, Field]:
    """The fields of a source that the roles have. Whoever reads of people without names asks for single values: sets of
    them, which overlap as one likes, would together tell of single people.
    """
    if not without_names(roles):
        return dict(about.fields)
    return {name: replace(each, alone=about.people) for name, each in about.fields.items() if not each.personal}


def lists(about: About, roles: Collection[Role]) -> bool:
    """Whether the roles may have a source's very rows: not where each is of a person, and they read without names."""
    return not (about.people and without_names(roles))


def functions_for(about: About, of: Field | None, roles: Collection[Role]) -> tuple[ReportFunction, ...]:
    """What the roles may reckon of a field, or (None) of a source's rows."""
    listed = tuple(_F) if of is None else of.functions
    return tuple(
        each
        for each in listed
        if (each in OF_ROWS) is (of is None)
        and (each is not _F.PEOPLE or about.people)
        and not (each in EXTREMES and not lists(about, roles))
    )


# What is asked


@dataclass(frozen=True)
class Condition:
    """A condition on rows; all of a report's hold at once."""

    field: str
    operator: ReportOperator
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Measure:
    """A figure of each group. field: None for functions of rows."""

    function: ReportFunction
    field: str | None = None


@dataclass(frozen=True)
class Sorting:
    """column: the place of a column in the answer, from 0."""

    column: int
    descending: bool = False


@dataclass(frozen=True)
class Definition:
    """A report as it was composed: rows with their `fields`, or `groups` with their `measures`."""

    source: str
    fields: tuple[str, ...] = ()
    filters: tuple[Condition, ...] = ()
    groups: tuple[str, ...] = ()
    measures: tuple[Measure, ...] = ()
    order: tuple[Sorting, ...] = ()
    limit: int | None = None

    @property
    def grouped(self) -> bool:
        """Whether it reckons; otherwise it lists rows."""
        return bool(self.groups or self.measures)

    @property
    def width(self) -> int:
        """How many columns the answer has."""
        return len(self.groups) + len(self.measures) if self.grouped else len(self.fields)


def as_json(of: Definition) -> dict[str, Any]:
    """The definition as it is kept."""
    return {
        "source": of.source,
        "fields": list(of.fields),
        "filters": [[each.field, each.operator.value, list(each.values)] for each in of.filters],
        "groups": list(of.groups),
        "measures": [[each.function.value, each.field] for each in of.measures],
        "order": [[each.column, each.descending] for each in of.order],
        "limit": of.limit,
    }


def of_json(kept: Mapping[str, Any]) -> Definition:
    """The definition that was kept."""
    return Definition(
        kept["source"],
        tuple(kept["fields"]),
        tuple(Condition(name, _O(operator), tuple(values)) for name, operator, values in kept["filters"]),
        tuple(kept["groups"]),
        tuple(Measure(_F(function), name) for function, name in kept["measures"]),
        tuple(Sorting(column, descending) for column, descending in kept["order"]),
        kept["limit"],
    )


# The check


def check(of: Definition, about: About, roles: Collection[Role]) -> list[list[Any]]:
    """The values of each condition, as the database compares them; a refusal that names the place of what is wrong.

    A field that is not theirs is unknown to whoever asks, as one that does not exist.
    """
    fields = fields_for(about, roles)
    if of.grouped and of.fields:
        raise bad_input("Либо строки с полями, либо группы с показателями.", "definition.fields")
    if not of.width:
        raise bad_input("Назовите поля или показатели.", "definition.fields")
    if of.grouped and not of.measures:
        raise bad_input("Назовите хотя бы один показатель.", "definition.measures")
    if of.fields and not lists(about, roles):
        message = "Строки об отдельных людях не показываются без персональных данных: сгруппируйте их."
        raise Refusal(RefusalCode.FORBIDDEN, message, "definition.fields", "4.1")
    _check_names(of.fields, fields, "fields", MOST_FIELDS)
    _check_names(of.groups, fields, "groups", MOST_GROUPS)
    _check_length(of.measures, MOST_MEASURES, "definition.measures")
    for at, each in enumerate(of.measures):
        _check_measure(each, about, fields, roles, f"definition.measures.{at}")
    _check_length(of.filters, MOST_FILTERS, "definition.filters")
    values = [_values(each, fields, f"definition.filters.{at}") for at, each in enumerate(of.filters)]
    _check_length(of.order, MOST_FIELDS, "definition.order")
    for at, sorting in enumerate(of.order):
        if not 0 <= sorting.column < of.width:
            raise bad_input("Такого столбца нет.", f"definition.order.{at}.column")
    if of.limit is not None and not 0 < of.limit <= MOST_ROWS:
        raise bad_input(f"Строк — от 1 до {MOST_ROWS}.", "definition.limit")
    return values


def _check_length(of: Sequence[Any], most: int, path: str) -> None:
    if len(of) > most:
        raise bad_input(f"Не больше {most}.", path)


def _known(name: str, fields: Mapping[str, Field], path: str) -> Field:
    if name not in fields:
        raise bad_input("Такого поля нет.", path)
    return fields[name]


def _check_names(names: Sequence[str], fields: Mapping[str, Field], what: str, most: int) -> None:
    _check_length(names, most, f"definition.{what}")
    for at, name in enumerate(names):
        _known(name, fields, f"definition.{what}.{at}")
        if name in names[:at]:
            raise bad_input("Это поле уже названо.", f"definition.{what}.{at}")


def _check_measure(of: Measure, about: About, fields: Mapping[str, Field], roles: Collection[Role], path: str) -> None:
    if (of.function in OF_ROWS) is not (of.field is None):
        message = "Этот показатель — обо всех записях: поле не нужно." if of.field else "Назовите поле."
        raise bad_input(message, f"{path}.field")
    known = None if of.field is None else _known(of.field, fields, f"{path}.field")
    if of.function not in functions_for(about, known, roles):
        raise bad_input("Этот показатель здесь не считают.", f"{path}.function")


def _values(of: Condition, fields: Mapping[str, Field], path: str) -> list[Any]:
    known = _known(of.field, fields, f"{path}.field")
    if of.operator not in known.operators:
        raise bad_input("Об этом поле так не спрашивают.", f"{path}.operator")
    if len(of.values) not in VALUES[of.operator]:
        wanted = VALUES[of.operator]
        message = "Значений не нужно." if wanted.stop == 1 else f"Значений — от {wanted[0]} до {wanted[-1]}."
        raise bad_input(message, f"{path}.values")
    return [_value(each, known, f"{path}.values.{at}") for at, each in enumerate(of.values)]


def _value(text: str, of: Field, path: str) -> Any:
    if len(text) > VALUE_LENGTH or "\0" in text:
        raise bad_input(f"Значение длиннее {VALUE_LENGTH} знаков или с недопустимым знаком.", path)
    try:
        match of.type:
            case _T.NUMBER:
                number = Decimal(text)
                if not number.is_finite() or abs(number.adjusted()) > VALUE_LENGTH:
                    raise ValueError
                return number
            case _T.DATE:
                return date.fromisoformat(text)
            case _T.FLAG:
                return {"true": True, "false": False}[text]
            case _T.CHOICE:
                return {each: each for each in of.options}[text]
    except (ValueError, KeyError, InvalidOperation):
        message = {
            _T.NUMBER: "Нужно число.",
            _T.DATE: "Нужна дата: ГГГГ-ММ-ДД.",
            _T.FLAG: "Нужно true или false.",
            _T.CHOICE: "Такого значения у этого поля нет.",
        }[of.type]
        raise bad_input(message, path) from None
    return text


def rounds(of: Definition, about: About, roles: Collection[Role]) -> bool:
    """Whether figures are rounded, and those of few left out: of people, for whoever reads without names."""
    return of.grouped and about.people and without_names(roles)


def too_costly() -> Refusal:
    """The report would read too much."""
    message = "Отчёт читает слишком много: сузьте его условиями или уберите группы."
    return Refusal(RefusalCode.TOO_COSTLY, message, "definition", CLAUSE)


def took_too_long() -> Refusal:
    """The report was broken off."""
    message = "Отчёт считался слишком долго и прерван: сузьте его условиями."
    return Refusal(RefusalCode.TOO_LONG, message, "definition", CLAUSE)
