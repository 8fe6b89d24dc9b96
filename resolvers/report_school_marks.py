"""What the classes of a school are marked with, counted in SQL: by mark, and by all the marks of a student (10.3)."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Text, and_, case, cast, func, null, select, tuple_, union_all
from sqlalchemy.dialects.postgresql import aggregate_order_by

from models.curriculum import Enrolment, GroupMembership, TeachingAssignment
from models.journal_finals import FinalMark, MarkSlot
from permissions.journal_finals import day_of, taking, to_be_set
from permissions.scopes import of_school, on
from rules.report_groups import StudentGroup, groups_of

from .context import Context
from .edges_kinds import argument
from .report import Question
from .report_figures import Marked, counts_of, holders_of
from .report_school import POSITIONS, Key
from .report_shown import shown_to

_NUMBERS = ARRAY(BigInteger)


def _cells(*more: str) -> Any:
    """The cells of the slots asked for: class, position, value, whether the student is there; and what else is wanted.

    The same as `counted_cells`, for many slots at once. Each part is read once and joined by hashing: the planner, who
    cannot know how many slots are asked for, would look marks and stays up cell by cell.
    """
    asked = (
        func.unnest(argument("classes", _NUMBERS), argument("positions", _NUMBERS))
        .table_valued("class_id", "position", name="asked")
        .render_derived()
    )
    wanted = tuple_(MarkSlot.class_id, MarkSlot.position).in_(select(asked.c.class_id, asked.c.position))
    names = ("school_id", "class_id", "position", "year_id", "grade", "kind", "starts_on", "ends_on")
    slots = (
        select(*(getattr(MarkSlot, name) for name in names), _part(MarkSlot).label("part"))
        .where(of_school(MarkSlot), wanted)
        .cte("slot")
        .prefix_with("MATERIALIZED")
    )
    slot = slots.c
    times = select(slot.year_id, slot.part).distinct().subquery("time")
    of_time = and_(FinalMark.year_id == times.c.year_id, _part(FinalMark) == times.c.part)
    given = (
        select(FinalMark.student_id, FinalMark.subject_id, FinalMark.class_id, FinalMark.value, *times.c)
        .join(times, of_time)
        .where(of_school(FinalMark))
        .cte("given")
        .prefix_with("MATERIALIZED")
    )
    # A mark may have been set in another class of the year: then there is none to be set in this. They are looked up in
    # a hash table: the planner takes both sides for short, and would compare each with each.
    marked = select(*(given.c[name] for name in ("student_id", "subject_id", "year_id", "part")))
    cells_of = tuple_(GroupMembership.student_id, TeachingAssignment.subject_id, slot.year_id, slot.part)
    asked_for = to_be_set(slot, TeachingAssignment.subject_id)
    unset = taking(slots, slot, slot.class_id, slot.position).where(cells_of.not_in(marked), *asked_for)
    taken = unset.subquery("taken").c
    cell = (taken.student_id, taken.subject_id, taken.class_id, taken.position)
    unmarked = select(*cell, cast(null(), Text).label("value")).where(~taken.dropped, ~taken.beside)
    of_slot = and_(*(slot[name] == given.c[name] for name in ("class_id", "year_id", "part")))
    decided = select(given.c.student_id, given.c.subject_id, slot.class_id, slot.position, given.c.value).join(
        slots, of_slot
    )
    present = (
        select(slot.class_id, slot.position, slot.year_id, slot.part, Enrolment.student_id)
        .join(Enrolment, and_(of_school(Enrolment), Enrolment.class_id == slot.class_id, on(day_of(slot), Enrolment)))
        .cte("present")
        .prefix_with("MATERIALIZED")
    )
    elsewhere = and_(
        *(present.c[name] == given.c[name] for name in ("student_id", "year_id", "part")),
        present.c.class_id != given.c.class_id,
    )
    here = (present.c.student_id, given.c.subject_id, present.c.class_id, present.c.position, given.c.value)
    brought = select(*here).join_from(present, given, elsewhere)
    cells = union_all(unmarked, decided, brought).subquery("cell")
    each = cells.c
    stays = and_(*(present.c[name] == each[name] for name in ("class_id", "position", "student_id")))
    there = present.c.student_id.is_not(None).label("there")
    return (
        select(each.class_id, each.position, each.value, there, *(each[name] for name in more))
        .select_from(cells)
        .join(present, stays, isouter=True)
        .subquery("each")
    )


def _part(of: Any) -> Any:
    """What of a year is marked, as one number: the period, or another for the year, its exam, the end."""
    return func.coalesce(of.period_id, case(_WHOLE_YEARS, value=of.kind))


_WHOLE_YEARS = {kind.value: -position for kind, position in POSITIONS.items()}


def _by_mark() -> Any:
    each = _cells().c
    key = (each.class_id, each.position, each.value, each.there)
    return select(*key, func.count().label("times")).group_by(*key)


def _by_sheet() -> Any:
    """How many students of a class have the same marks: all that there are, in order."""
    each = _cells("student_id").c
    student = (each.class_id, each.position, each.there)
    values = func.array_agg(aggregate_order_by(each.value, each.value)).label("values")
    sheet = select(*student, values).group_by(*student, each.student_id).subquery("sheet").c
    key = (sheet.class_id, sheet.position, sheet.there, sheet["values"])
    return select(*key, func.count().label("students")).group_by(*key)


_marks = Question(_by_mark)
_sheets = Question(_by_sheet)


async def marks_of(context: Context, slots: Collection[Key]) -> dict[Key, Marked]:
    """What stands in each slot, in one statement."""
    if shown_to(context).rounded:
        return {slot: marked for slot, (marked, _) in (await sheets_of(context, slots)).items()}
    found: dict[Key, list[Any]] = defaultdict(list)
    for row in await _marks(context, **_asked(slots)):
        found[row["class_id"], row["position"]].append((row["value"], row["there"], row["times"]))
    return {slot: Marked(counts_of(found[slot])) for slot in slots}


def _asked(slots: Iterable[Key]) -> dict[str, list[int]]:
    each = list(slots)
    return {"classes": [class_id for class_id, _ in each], "positions": [position for _, position in each]}


async def sheets_of(context: Context, slots: Collection[Key]) -> dict[Key, tuple[Marked, Counter[StudentGroup]]]:
    """What stands in each slot, and how many students are in which group, in one statement; only if they are to be
    rounded, how many hold what.
    """
    rounded = shown_to(context).rounded
    marks: dict[Key, list[Any]] = defaultdict(list)
    sheets: dict[Key, list[Any]] = defaultdict(list)
    groups: dict[Key, Counter[StudentGroup]] = defaultdict(Counter)
    for row in await _sheets(context, **_asked(slots)):
        key, values, students = (row["class_id"], row["position"]), row["values"], row["students"]
        marks[key] += [(value, row["there"], students) for value in values]
        if rounded:
            sheets[key].append(([(value, row["there"]) for value in values], students))
        if row["there"]:
            groups[key].update(dict.fromkeys(groups_of(values), students))
    return {
        slot: (Marked(counts_of(marks[slot]), holders_of(sheets[slot]) if rounded else None), groups[slot])
        for slot in slots
    }
