"""Reads of federal forms: where they stand, and the sheet of one form, computed or as it was frozen (3.3–3.5)."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson
from sqlalchemy import Text, and_, false, func, or_, select

from models.report_forms import FederalForm, FormClosing, FormDate
from models.school import Person, Staff, Student
from permissions.report_forms import NAMED, visible_form_closings, visible_form_dates, visible_forms
from permissions.report_forms_measures import counted_by_forms
from permissions.scopes import of_school, same
from rules.account import Role
from rules.report_forms_definition import Cell, Definition, Finding, FormCellKind
from rules.report_forms_measures import DIMENSIONS, MEASURES, Counts, Family, counted
from rules.report_forms_reading import edition_of, read_definition
from rules.report_forms_withheld import withheld

from . import school
from .context import Context
from .edges import Reader, reads
from .edges_kinds import argument, to_many, to_one, to_page

form_of = to_one(visible_forms, FederalForm.id, of="form_id")
form_date_of = to_one(visible_form_dates, FormDate.id, of="form_date_id")
form_closings = to_many(visible_form_closings, FormClosing.form_id, of="id", order=(FormClosing.id,))
closing_form = to_one(visible_forms, FederalForm.id, of="form_id")
school_form_dates = to_many(visible_form_dates, FormDate.school_id, of="id", order=(FormDate.id,))
school_forms = to_page(
    visible_forms,
    FederalForm.school_id,
    of="id",
    order={"reported_on": FederalForm.reported_on, "id": FederalForm.id},
    filters={
        "code": FederalForm.code == argument("code", Text),
        "state": FederalForm.state == argument("state", Text),
        "year_id": FederalForm.year_id == argument("year_id"),
    },
)
form_opener = school.staff_of_account("opened_by")
form_closer = school.staff_of_account("closed_by")
form_reopener = school.staff_of_account("reopened_by")

MOST_PEOPLE = 1000
"""How many of the people behind a cell are named."""


@dataclass(frozen=True)
class Sheet:
    """A form with its values. counts: what they add up. hidden: the cells that the viewer must not see.

    closed_at: when it was frozen, if it is. Values are numbers in their usual form; None: an empty cell.
    """

    form: Any
    definition: Definition
    values: Mapping[str, str | None]
    counts: Counts
    hidden: frozenset[str]
    findings: Sequence[Finding]
    snapshot: Mapping[str, Any] | None

    def is_hidden(self, finding: Finding) -> bool:
        """Whether the sums of a finding would tell what is hidden."""
        return not self.hidden.isdisjoint((*finding.control.left, *finding.control.right))


async def form_sheet(context: Context, form_id: int) -> Sheet | None:
    """The sheet of a form, or None if the viewer does not see it: one statement, and one more for each family."""
    standing = and_(
        FormClosing.school_id == FederalForm.school_id,
        FormClosing.form_id == FederalForm.id,
        FormClosing.reopened_at.is_(None),
    )
    rows = await reads(context)(
        visible_forms(context.viewer)
        .add_columns(FederalForm.cells, FormClosing.content, FormClosing.digest)
        .outerjoin(FormClosing, standing)
        .where(FederalForm.id == argument("form_id")),
        form_id=form_id,
    )
    if not rows:
        return None
    form = rows[0]
    if form.content is not None:
        snapshot = orjson.loads(bytes(form.content))
        definition, values, counts = read_definition(snapshot["definition"]), snapshot["values"], snapshot["counts"]
    else:
        snapshot, definition = None, edition_of(form.code, form.edition)
        counts = await counts_of(context, definition, form.reported_on)
        values = values_of(definition, form.cells, counts)
    hidden: frozenset[str] = frozenset()
    if Role.ANALYST in context.viewer.roles:
        hidden = await asyncio.to_thread(withheld, definition, values, counts)
    return Sheet(form, definition, values, counts, hidden, definition.findings(values), snapshot)


def values_of(definition: Definition, cells: Mapping[str, str], counts: Counts) -> dict[str, str | None]:
    """The value of each cell: what was written by hand, or what its measure counts."""
    return {
        key: cells.get(key) if cell.kind is FormCellKind.MANUAL else _computed(cell, counts)
        for key, cell in definition.cells.items()
    }


def _computed(cell: Cell, counts: Counts) -> str:
    assert cell.measure  # noqa: S101
    return str(sum(row["count"] for row in counted(cell.measure, cell.filters, counts)))


async def counts_of(reader: Reader, definition: Definition, on: date) -> dict[str, list[dict[str, Any]]]:
    """What a definition's families count on a day, a statement each: one row a combination of their dimensions."""
    families = {MEASURES[cell.measure].family for cell in definition.cells.values() if cell.measure}
    found = {}
    for family in sorted(families):
        each = counted_by_forms(reader.viewer, family).subquery("each")
        dimensions = [each.c[name] for name in DIMENSIONS[family]]
        query = select(*dimensions, func.count().label("count")).group_by(*dimensions).order_by(*dimensions)
        rows = await reads(reader)(query, **_days(definition, on))
        found[family.value] = [dict(row) for row in rows]
    return found


def _days(definition: Definition, on: date) -> dict[str, Any]:
    return {"day": on, "ages_on": definition.ages_on(on), "since": definition.moves_since(on)}


def snapshot_of(
    head: Mapping[str, Any], definition: Definition, values: Mapping[str, str | None], counts: Counts
) -> bytes:
    """The bytes that closing a form freezes: its values, what they add up, and the very text of the definition."""
    snapshot = {"form": head, "definition": definition.source, "values": values, "counts": counts}
    return orjson.dumps(snapshot, option=orjson.OPT_SORT_KEYS)


@dataclass(frozen=True)
class Provenance:
    """Where a cell's value comes from. value: None where the viewer must not see it, or the cell is empty.

    people: the students or employees that it counts, by name; None where they are not told.
    """

    cell: Cell
    value: str | None
    is_hidden: bool
    measure: str | None
    filters: Sequence[str]
    of_staff: bool
    people: Sequence[int] | None


async def form_provenance(context: Context, form_id: int, key: str) -> Provenance | None:
    """Where a cell's value comes from; None if there is no such form or cell.

    Whom a cell counts is told of open forms: a closed one keeps numbers, and no names.
    """
    sheet = await form_sheet(context, form_id)
    cell = sheet.definition.cells.get(key) if sheet else None
    if sheet is None or cell is None:
        return None
    hidden = key in sheet.hidden
    value = None if hidden else sheet.values[key]
    if cell.measure is None:
        return Provenance(cell, value, hidden, None, (), False, None)
    measure = MEASURES[cell.measure]
    dimensions = DIMENSIONS[measure.family]
    people: Sequence[int] | None = None
    if measure.people and sheet.snapshot is None and context.viewer.roles & NAMED:
        people = await _people(context, sheet, cell)
    filters = [each.words(dimensions[each.dimension]) for each in cell.filters]
    return Provenance(cell, value, hidden, measure.words, filters, measure.family is Family.STAFF, people)


async def _people(context: Context, sheet: Sheet, cell: Cell) -> list[int]:
    """The numbers of students or employees whom a cell counts, by name; the first `MOST_PEOPLE`."""
    assert cell.measure  # noqa: S101
    measure = MEASURES[cell.measure]
    each = counted_by_forms(context.viewer, measure.family).subquery("each")
    conditions = [each.c[name] == value for name, value in measure.fixed.items()]
    for condition in cell.filters:
        # The values themselves were read with the counts: those that the filter admits are asked for.
        column = each.c[condition.dimension]
        present = sorted({row[condition.dimension] for row in sheet.counts[measure.family]})
        conditions.append(or_(false(), *(column == value for value in present if condition.admits(value))))
    card: Any = Staff if measure.family is Family.STAFF else Student
    query = (
        select(card.id, Person.sort_key)
        .select_from(each)
        .join(card, and_(of_school(card), card.id == each.c.of))
        .join(Person, same(Person, card.person_id))
        .where(*conditions)
        .distinct()
        .order_by(Person.sort_key, card.id)
        .limit(MOST_PEOPLE)
    )
    rows = await reads(context)(query, **_days(sheet.definition, sheet.form.reported_on))
    return [row.id for row in rows]
