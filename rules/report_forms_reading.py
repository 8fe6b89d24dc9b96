"""Definitions of federal forms: versioned data in `rules/forms`, read with every mistake named."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from .report_forms_definition import Cell, Control, Day, Definition, FormCellKind, FormRelation, Line, Section
from .report_forms_measures import DIMENSIONS, MEASURES, Filter, Kind, Measure

FOLDER = Path(__file__).with_name("forms")


class BadDefinition(Exception):
    """A definition that cannot be used: where in it, and why."""


@cache
def definitions() -> Mapping[str, tuple[Definition, ...]]:
    """All forms with their editions, the latest last. `BadDefinition` if a file is wrong, or two editions overlap."""
    found: dict[str, list[Definition]] = {}
    for file in sorted(FOLDER.glob("*.toml")):
        try:
            definition = read_definition(file.read_text(encoding="utf-8"))
        except BadDefinition as bad:
            raise BadDefinition(f"{file.name}: {bad}") from bad
        found.setdefault(definition.code, []).append(definition)
    for form, editions in found.items():
        editions.sort(key=lambda each: each.valid_from)
        check_editions(form, editions)
    return {form: tuple(editions) for form, editions in found.items()}


def check_editions(form: str, editions: Sequence[Definition]) -> None:
    """Refuse editions of which two are valid on one day, or have one name. They come in the order of their days."""
    if len({each.edition for each in editions}) < len(editions):
        raise BadDefinition(f"form {form}: an edition stands twice")
    for earlier, later in pairwise(editions):
        if earlier.valid_to is None or earlier.valid_to >= later.valid_from:
            raise BadDefinition(f"form {form}: editions {earlier.edition} and {later.edition} overlap")


def definition_for(form: str, on: date) -> Definition | None:
    """The edition by which a form of this date is drawn up; None if there is none."""
    return next((each for each in definitions().get(form, ()) if each.is_valid(on)), None)


def edition_of(form: str, edition: str) -> Definition:
    """An edition by its name; `BadDefinition` if it is gone: editions that were used must stay."""
    for each in definitions().get(form, ()):
        if each.edition == edition:
            return each
    raise BadDefinition(f"form {form}: no edition {edition}")


@lru_cache(maxsize=64)
def read_definition(source: str) -> Definition:
    """The definition that a text of TOML describes, checked: `BadDefinition` says where it is wrong."""
    try:
        data = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise BadDefinition(f"no TOML: {error}") from None
    form = _Table(data, "form")
    sections = tuple(_section(_Table(each, f"section {number}")) for number, each in _tables(form, "sections"))
    if len({each.key for each in sections}) < len(sections):
        raise BadDefinition("a section stands twice")
    cells = {cell.key: cell for section in sections for cell in section.cells.values()}
    controls = [
        control for each, table in zip(sections, data["sections"], strict=True) for control in _lines(each, table)
    ]
    controls += [_control(_Table(each, f"control {number}"), cells) for number, each in _tables(form, "controls", ())]
    ages = form.text("ages_on", "")
    definition = Definition(
        code=form.text("code"),
        edition=form.text("edition"),
        name=form.text("name"),
        title=form.text("title"),
        valid_from=form.take("valid_from", date),
        valid_to=form.take("valid_to", date, None),
        usual_day=_day(form.text("usual_day"), "usual_day", ahead=True),
        ages=_day(ages, "ages_on", ahead=True) if ages else None,
        moves=_day(form.text("moves_since"), "moves_since", ahead=False),
        sections=sections,
        controls=tuple(controls),
        cells=cells,
        source=source,
    )
    form.end()
    return definition


class _Nothing:
    """Stands for a value that must be there."""


class _Table:
    """A table of the file: its keys are taken one by one, and what is left in the end is a mistake."""

    def __init__(self, data: Any, place: str) -> None:
        if not isinstance(data, dict):
            raise BadDefinition(f"{place}: not a table")
        self.data = dict(data)
        self.place = place

    def take(self, key: str, kind: type[Any], default: Any = _Nothing) -> Any:
        """A value of this type."""
        if key not in self.data:
            if default is _Nothing:
                raise BadDefinition(f"{self.place}: {key} is missing")
            return default
        value = self.data.pop(key)
        if type(value) is not kind:
            raise BadDefinition(f"{self.place}: {key} must be of type {kind.__name__}")
        return value

    def text(self, key: str, default: Any = _Nothing) -> Any:
        """A text."""
        return self.take(key, str, default)

    def texts(self, key: str, default: Any = _Nothing) -> tuple[str, ...]:
        """A list of texts."""
        listed = self.take(key, list, default)
        if not all(isinstance(each, str) for each in listed):
            raise BadDefinition(f"{self.place}: {key} must be a list of texts")
        return tuple(listed)

    def end(self) -> None:
        """Refuse what nobody has taken."""
        if self.data:
            raise BadDefinition(f"{self.place}: unknown {', '.join(sorted(self.data))}")


def _tables(of: _Table, key: str, default: Any = _Nothing) -> Iterator[tuple[int, Any]]:
    return enumerate(of.take(key, list, list(default) if default is not _Nothing else _Nothing), start=1)


def _day(text: str, key: str, *, ahead: bool) -> Day:
    try:
        month, day = map(int, text.split("-"))
        date(2025, month, day)  # a day that every year has
    except ValueError:
        raise BadDefinition(f"form: {key} must be a day of every year, MM-DD") from None
    return Day(month, day, ahead)


# Sections


@dataclass(frozen=True)
class _Spec:
    """What a section, a row, a column or a single cell says of cells."""

    measure: str | None
    where: Mapping[str, Any]
    manual: bool
    fraction: bool
    people: bool | None
    only: frozenset[str] | None
    place: str


def _spec(table: _Table, only: bool = False) -> _Spec:
    """only: it may name the columns that have a cell."""
    listed = table.texts("only") if only and "only" in table.data else None
    return _Spec(
        table.text("measure", None),
        table.take("where", dict, {}),
        table.take("manual", bool, False),
        table.take("fraction", bool, False),
        table.take("people", bool, None),
        None if listed is None else frozenset(listed),
        table.place,
    )


def _section(table: _Table) -> Section:
    key, title, note = table.text("key"), table.text("title"), table.text("note", None)
    table.place = f"section {key}"
    whole = _spec(table)
    rows, row_specs = _axis(table, "rows", only=True)
    columns, column_specs = _axis(table, "columns")
    single = _single(table, row_specs, column_specs)
    table.take("controls", list, [])
    table.end()
    for row, spec in row_specs.items():
        if unknown := (spec.only or frozenset()) - column_specs.keys():
            raise BadDefinition(f"section {key}, row {row}: unknown columns {', '.join(sorted(unknown))}")
    cells = {}
    for row, of_row in row_specs.items():
        for column, of_column in column_specs.items():
            if of_row.only is not None and column not in of_row.only and (row, column) not in single:
                continue
            specs = [whole, of_row, of_column, *([single[row, column]] if (row, column) in single else [])]
            cells[row, column] = _cell(f"{key}.{row}.{column}", specs)
    return Section(key, title, note, rows, columns, cells)


def _axis(table: _Table, name: str, only: bool = False) -> tuple[tuple[Line, ...], dict[str, _Spec]]:
    lines, specs = [], {}
    for number, each in _tables(table, name):
        line = _Table(each, f"{table.place}, {name} {number}")
        key = line.text("key")
        if "." in key or not key or key in specs:
            raise BadDefinition(f"{line.place}: {key!r} stands twice, or is no key")
        lines.append(Line(key, line.text("title")))
        specs[key] = _spec(line, only)
        line.end()
    if not lines:
        raise BadDefinition(f"{table.place}: no {name}")
    return tuple(lines), specs


def _single(table: _Table, rows: Mapping[str, Any], columns: Mapping[str, Any]) -> dict[tuple[str, str], _Spec]:
    """What is said of single cells."""
    found: dict[tuple[str, str], _Spec] = {}
    for number, each in _tables(table, "cells", ()):
        cell = _Table(each, f"{table.place}, cell {number}")
        place = cell.text("row"), cell.text("column")
        if place[0] not in rows or place[1] not in columns:
            raise BadDefinition(f"{cell.place}: no such row or column")
        if place in found:
            raise BadDefinition(f"{cell.place}: {place[0]}.{place[1]} stands twice")
        found[place] = _spec(cell)
        cell.end()
    return found


def _cell(key: str, specs: Sequence[_Spec]) -> Cell:
    """The cell of which all these say something: the most particular names the measure, all narrow it."""
    said = [spec for spec in specs if spec.measure or spec.manual]
    if not said:
        raise BadDefinition(f"cell {key}: neither a measure nor manual")
    last = said[-1]
    if last.measure and last.manual:
        raise BadDefinition(f"cell {key}: both a measure and manual")
    people = next((spec.people for spec in reversed(specs) if spec.people is not None), None)
    fraction = any(spec.fraction for spec in specs)
    if last.manual:
        return Cell(key, FormCellKind.MANUAL, None, (), fraction, True if people is None else people)
    assert last.measure  # noqa: S101
    if last.measure not in MEASURES:
        raise BadDefinition(f"cell {key}: unknown measure {last.measure}")
    if fraction or people is not None:
        raise BadDefinition(f"cell {key}: only a manual cell says fraction or people")
    measure = MEASURES[last.measure]
    filters: list[Filter] = []
    for spec in specs:
        for name, value in spec.where.items():
            if name in measure.fixed or any(each.dimension == name for each in filters):
                raise BadDefinition(f"cell {key}: {name} is given twice")
            filters.append(_filter(f"cell {key}", measure, name, value))
    if measure.needs and all(each.dimension != measure.needs for each in filters):
        raise BadDefinition(f"cell {key}: {last.measure} needs a filter by {measure.needs}")
    return Cell(key, FormCellKind.COMPUTED, last.measure, tuple(filters), False, measure.people)


def _filter(place: str, measure: Measure, name: str, value: Any) -> Filter:
    dimension = DIMENSIONS[measure.family].get(name)
    if dimension is None:
        raise BadDefinition(f"{place}: {measure.family} have no {name}")
    if isinstance(value, dict):
        if "not" in value and not value.keys() - {"of", "not"}:
            sides = {side: _values(place, name, dimension.kind, dimension.listed, value[side]) for side in value}
            return Filter(name, sides.get("of", ()), without=sides["not"])
        bounds = value.get("from"), value.get("to")
        if not value or value.keys() - {"from", "to"} or dimension.kind is not Kind.NUMBER:
            raise BadDefinition(f"{place}: {name} is no range")
        if not all(each is None or type(each) is int for each in bounds):
            raise BadDefinition(f"{place}: {name} is a range of whole numbers")
        return Filter(name, low=bounds[0], high=bounds[1])
    return Filter(name, _values(place, name, dimension.kind, dimension.listed, value))


_TYPES: Mapping[Kind, type[Any]] = {Kind.NUMBER: int, Kind.FLAG: bool, Kind.WORD: str}


def _values(place: str, name: str, kind: Kind, listed: Mapping[str, str] | None, value: Any) -> tuple[Any, ...]:
    values = tuple(value) if isinstance(value, list) else (value,)
    if not values or any(type(each) is not _TYPES[kind] for each in values):
        raise BadDefinition(f"{place}: {name} is of type {kind}")
    if listed is not None and (unknown := set(values) - listed.keys()):
        raise BadDefinition(f"{place}: {name} is never {', '.join(sorted(unknown))}")
    return values


# Controls


def _lines(section: Section, data: Mapping[str, Any]) -> Iterator[Control]:
    """A section's own controls: of a row in every column that has it, or of a column in every row."""
    for number, each in enumerate(data.get("controls", ()), start=1):
        table = _Table(each, f"section {section.key}, control {number}")
        title = table.text("title")
        by_row = "row" in table.data
        left = table.text("row" if by_row else "column")
        relation, right = _sides(table, lambda named, by=by_row: _range(section, named, by))
        table.end()
        along, across = (section.rows, section.columns) if by_row else (section.columns, section.rows)
        if unknown := {left, *right} - {line.key for line in along}:
            raise BadDefinition(f"{table.place}: no {', '.join(sorted(unknown))}")
        found = 0
        for line in across:
            places = [(name, line.key) if by_row else (line.key, name) for name in (left, *right)]
            if all(place in section.cells for place in places):
                keys = [section.cells[place].key for place in places]
                found += 1
                yield Control(f"{title} ({line.title})", (keys[0],), relation, tuple(keys[1:]))
        if not found:
            raise BadDefinition(f"{table.place}: no cells to compare")


def _sides(table: _Table, expand: Any) -> tuple[FormRelation, tuple[str, ...]]:
    relations = [each for each in FormRelation if each.value in table.data]
    if len(relations) != 1:
        raise BadDefinition(f"{table.place}: either equals or at_most")
    right = tuple(key for named in table.texts(relations[0].value) for key in expand(named))
    if not right:
        raise BadDefinition(f"{table.place}: nothing to compare with")
    return relations[0], right


def _range(section: Section, named: str, by_row: bool) -> Sequence[str]:
    """The keys that «01..04» stands for, or the key itself."""
    first, dots, last = named.partition("..")
    keys = [line.key for line in (section.rows if by_row else section.columns)]
    if not dots:
        return [named]
    if first not in keys or last not in keys or keys.index(first) > keys.index(last):
        raise BadDefinition(f"section {section.key}: no range {named}")
    return keys[keys.index(first) : keys.index(last) + 1]


def _control(table: _Table, cells: Mapping[str, Cell]) -> Control:
    """A control between any cells of the form."""
    title, left = table.text("title"), table.texts("left")
    relation, right = _sides(table, lambda named: [named])
    table.end()
    if missing := {*left, *right} - cells.keys():
        raise BadDefinition(f"{table.place}: no cell {', '.join(sorted(missing))}")
    if not left:
        raise BadDefinition(f"{table.place}: nothing to compare")
    return Control(title, left, relation, right)
