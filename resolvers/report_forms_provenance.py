"""Where a cell of a federal form comes from: what it counts, what it leaves out and why, who wrote it (10.1, 3.3)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, any_, false, literal, or_, select

from models.curriculum import SchoolClass, StudyGroup
from models.movement import MovementItem
from models.school import Person, Staff, Student
from permissions.movement import visible_items
from permissions.report_forms import form_states, may_name
from permissions.report_forms_left import left_out_of_forms
from permissions.report_forms_measures import counted_by_forms
from permissions.scopes import of_school, same
from rules.report_forms_definition import Cell
from rules.report_forms_measures import DIMENSIONS, MEASURES, ONCE, Family, Filter, Measure, is_counted
from rules.report_forms_provenance import FormLeft, formula, without_profile

from . import school
from .context import Context
from .edges import reads
from .edges_kinds import to_one
from .report_forms import Sheet, days_of, form_sheet

form_item = to_one(visible_items, MovementItem.id, of="item_id")
form_writer = school.staff_of_account("account_id")


@dataclass(frozen=True, slots=True)
class Behind:
    """What a cell counts, or leaves out for a reason: a person, of orders with what moves them, a class or a group."""

    left_out: FormLeft | None = None
    student_id: int | None = None
    staff_id: int | None = None
    class_id: int | None = None
    group_id: int | None = None
    item_id: int | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """When a manual cell was given its value, or emptied, and by which account."""

    at: datetime
    account_id: int


_LINKS = {
    Family.CLASSES: {"class_id": "of"},
    Family.STUDENTS: {"student_id": "of"},
    Family.MOVES: {"student_id": "of", "item_id": "id"},
    Family.LEARNERS: {"student_id": "of"},
    Family.GROUPS: {"group_id": "of"},
    Family.STAFF: {"staff_id": "of"},
}
"""What of a family's rows leads where."""


@dataclass(frozen=True)
class Provenance:
    """Where a cell's value comes from. Values are as the sheet shows them; what is behind them, exact."""

    sheet: Sheet
    cell: Cell

    @property
    def value(self) -> str | None:
        """The value; None: an empty cell."""
        return self.sheet.values[self.cell.key]

    @property
    def measure(self) -> Measure | None:
        """What is counted; None of a manual cell."""
        return MEASURES[self.cell.measure] if self.cell.measure else None

    @property
    def filters(self) -> list[str]:
        """The conditions in words."""
        dimensions = DIMENSIONS[self.measure.family] if self.measure else {}
        return [each.words(dimensions[each.dimension]) for each in self.cell.filters]

    @property
    def formula(self) -> str | None:
        """What is counted, as a sentence; None of a manual cell."""
        return formula(self.sheet.definition, self.cell, self.sheet.form.reported_on)

    def _named(self, context: Context) -> bool:
        """Whether it is told whom the cell counts, and whom not."""
        measure = self.measure
        return measure is not None and self.sheet.snapshot is None and may_name(context.viewer, measure.family)

    async def counted(self, context: Context) -> list[Behind] | None:
        """All that the cell counts, as many as its value says, by name; None of manual cells, of closed forms, which
        keep numbers and no names, and of employees whose cards the viewer does not read.
        """
        if not self._named(context):
            return None
        return [self._behind(row, None) for row in await self._rows(context, self.cell.filters)]

    async def left_out(self, context: Context) -> list[Behind] | None:
        """What the cell could have counted and does not, by name, with why; None as of `counted`."""
        if not self._named(context):
            return None
        assert self.cell.measure  # noqa: S101
        assert self.measure  # noqa: S101
        family = self.measure.family
        rows = await self._read(context, _in_order(left_out_of_forms(context.viewer, family), family))
        rows = [row for row in rows if is_counted(self.cell.measure, self.cell.filters, row)]
        if family in ONCE:
            # What is left out of one subject may be counted for another that the cell is of, too.
            counted = {row.of for row in await self._rows(context, self.cell.filters)}
            rows = list({row.of: row for row in reversed(rows) if row.of not in counted}.values())[::-1]
        found = [self._behind(row, FormLeft(row.left)) for row in rows]
        if (lacking := without_profile(self.cell)) is not None:
            found += [self._behind(row, FormLeft.NO_PROFILE) for row in await self._rows(context, lacking)]
        return found

    async def written(self, context: Context) -> Written | None:
        """Who wrote a manual cell last; None of a computed one, and of one that nobody has written."""
        if self.measure is not None:
            return None
        states = await reads(context)(form_states(context.viewer), form_id=self.sheet.form.id, cell=self.cell.key)
        value = states[0].value if states else None
        since = None
        for state in states:
            if state.value != value:
                break
            since = state
        if since is None or (since is states[-1] and value is None):
            return None
        return Written(since.changed_at, since.changed_by)

    async def _rows(self, context: Context, filters: Iterable[Filter]) -> list[Any]:
        """What the measure counts under these conditions."""
        measure = self.measure
        assert measure  # noqa: S101
        each = counted_by_forms(context.viewer, measure.family).subquery("each")
        conditions = [each.c[name] == value for name, value in measure.fixed.items()]
        for condition in filters:
            # The values themselves were read with the counts: those that the condition admits are asked for.
            column: Any = each.c[condition.dimension]
            present = [row[condition.dimension] for row in self.sheet.counts[measure.family]]
            if DIMENSIONS[measure.family][condition.dimension].several:
                column, present = any_(column), [value for values in present for value in values]
            admitted = sorted(value for value in set(present) if condition.admits(value))
            conditions.append(or_(false(), *(literal(value) == column for value in admitted)))
        return await self._read(context, _in_order(select(each).where(*conditions), measure.family))

    async def _read(self, context: Context, statement: Select[Any]) -> list[Any]:
        return await reads(context)(statement, **days_of(self.sheet.definition, self.sheet.form.reported_on))

    def _behind(self, row: Any, why: FormLeft | None) -> Behind:
        assert self.measure  # noqa: S101
        return Behind(why, **{name: row[column] for name, column in _LINKS[self.measure.family].items()})


def _in_order(statement: Select[Any], family: Family) -> Select[Any]:
    """People by name, classes and groups by grade and letter."""
    each = statement.subquery("one")
    query = select(each)
    if family in (Family.CLASSES, Family.GROUPS):
        of_class: Any = each.c.of
        if family is Family.GROUPS:
            query = query.join(StudyGroup, and_(of_school(StudyGroup), StudyGroup.id == each.c.of))
            of_class = StudyGroup.class_id
        query = query.join(SchoolClass, and_(of_school(SchoolClass), SchoolClass.id == of_class))
        return query.order_by(SchoolClass.grade, SchoolClass.letter, each.c.of, each.c.id)
    card: Any = Staff if family is Family.STAFF else Student
    query = query.join(card, and_(of_school(card), card.id == each.c.of)).join(Person, same(Person, card.person_id))
    return query.order_by(Person.sort_key, each.c.of, each.c.id)


async def form_provenance(context: Context, form_id: int, key: str) -> Provenance | None:
    """Where a cell's value comes from; None if there is no such form or cell."""
    sheet = await form_sheet(context, form_id)
    cell = sheet.definition.cells.get(key) if sheet else None
    return Provenance(sheet, cell) if sheet and cell else None
