"""Reads of federal forms: where they stand, and the sheet of one form, computed or as it was frozen (3.3–3.5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson
from sqlalchemy import Text, and_, func, select

from models.report_forms import FederalForm, FormClosing, FormDate
from permissions.report_forms import visible_form_closings, visible_form_dates, visible_forms
from permissions.report_forms_measures import counted_by_forms
from rules.report_forms import findings_without_people, rounded_values
from rules.report_forms_definition import Cell, Definition, Finding, FormCellKind
from rules.report_forms_measures import DIMENSIONS, MEASURES, Counts, counted
from rules.report_forms_reading import edition_of, read_definition

from . import school
from .context import Context
from .edges import Reader, reads
from .edges_kinds import argument, to_many, to_one, to_page
from .report_shown import Shown, shown_to

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


@dataclass(frozen=True)
class Sheet:
    """A form as the viewer is shown it. snapshot: what it was closed with, if it is closed. counts: what the values add
    up, exactly, for whom nothing is rounded.

    Values are numbers in their usual form; None: an empty cell.
    """

    form: Any
    definition: Definition
    values: Mapping[str, str | None]
    counts: Counts
    shown: Shown
    findings: Sequence[Finding]
    snapshot: Mapping[str, Any] | None

    def rounds(self, cell: Cell) -> bool:
        """Whether a cell's value is rounded."""
        return self.shown.rounded and cell.people


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
    findings, shown = definition.findings(values), shown_to(context)
    if shown.rounded:
        findings, values = findings_without_people(definition, findings), rounded_values(definition, values)
    return Sheet(form, definition, values, counts, shown, findings, snapshot)


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
        rows = await reads(reader)(query, **days_of(definition, on))
        found[family.value] = [dict(row) for row in rows]
    return found


def days_of(definition: Definition, on: date) -> dict[str, Any]:
    """The days that the statements of families bind."""
    return {"day": on, "ages_on": definition.ages_on(on), "since": definition.moves_since(on)}


def snapshot_of(
    head: Mapping[str, Any], definition: Definition, values: Mapping[str, str | None], counts: Counts
) -> bytes:
    """The bytes that closing a form freezes: its values, what they add up, and the very text of the definition."""
    snapshot = {"form": head, "definition": definition.source, "values": values, "counts": counts}
    return orjson.dumps(snapshot, option=orjson.OPT_SORT_KEYS)
