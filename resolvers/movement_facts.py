"""What an order stands on: the stays of its students, its classes, the journal; and what it would do, told once for its
check and for its issuing.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Date, and_, any_, bindparam, cast, column, func, select, union_all
from sqlalchemy.orm import aliased

from models.curriculum import AcademicYear, Enrolment, SchoolClass
from models.journal import Attendance, Homework, HomeworkRecipient, Mark, Task, TaskRecipient
from models.journal_finals import FinalMark, MarkSlot
from models.movement import MovementItem, MovementOrder
from models.school import School
from permissions.scopes import of_school, on, same
from rules.movement import (
    CLAUSE,
    ClassFacts,
    Finding,
    Made,
    MovementKind,
    Stay,
    Step,
    due_on,
    order_title,
    step,
)
from rules.refusals import Refusal, RefusalCode

from .database import Read
from .days import working_days

_IDS = ARRAY(BigInteger)
_students: Any = any_(bindparam("students", type_=_IDS))


def _stays() -> Any:
    """The stays of students, each with the orders that opened and ended it."""
    ends = []
    query = (
        select(
            Enrolment.id,
            Enrolment.student_id,
            Enrolment.starts_on,
            Enrolment.ends_on,
            Enrolment.class_id,
            SchoolClass.grade,
            SchoolClass.letter,
            AcademicYear.starts_on.label("year_starts_on"),
            AcademicYear.ends_on.label("year_ends_on"),
        )
        .join(SchoolClass, same(SchoolClass, Enrolment.class_id))
        .join(AcademicYear, same(AcademicYear, SchoolClass.year_id))
    )
    for name, by in (("opened", Enrolment.opened_by), ("ended", Enrolment.ended_by)):
        item, order = aliased(MovementItem), aliased(MovementOrder)
        query = query.outerjoin(item, same(item, by, Enrolment)).outerjoin(order, same(order, item.order_id, item))
        ends += [getattr(order, column).label(f"{name}_{column}") for column in ("kind", "effective_on", "number")]
        ends.append(order.issued_on.label(f"{name}_issued_on"))
    return (
        query.add_columns(*ends)
        .where(of_school(Enrolment), Enrolment.student_id == _students)
        .order_by(Enrolment.student_id, Enrolment.starts_on)
    )


STAYS = _stays()

CLASSES = (
    select(
        SchoolClass.id,
        SchoolClass.grade,
        SchoolClass.letter,
        SchoolClass.capacity,
        AcademicYear.starts_on,
        AcademicYear.ends_on,
    )
    .join(AcademicYear, same(AcademicYear, SchoolClass.year_id))
    .where(of_school(SchoolClass), SchoolClass.id == any_(bindparam("classes", type_=_IDS)))
)

ITEMS = (
    select(
        MovementItem.id,
        MovementItem.order_id,
        MovementItem.position,
        MovementItem.student_id,
        MovementItem.from_class_id,
        MovementItem.to_class_id,
    )
    .where(of_school(MovementItem), MovementItem.order_id == any_(bindparam("orders", type_=_IDS)))
    .order_by(MovementItem.order_id, MovementItem.position)
)

_SINCE = bindparam("since", type_=Date)
# A mark that sums up was set in its class on a day of the school's own time, or stands for days that ended before.
_summed_up = func.least(cast(func.timezone(School.time_zone, FinalMark.set_at), Date), MarkSlot.ends_on)
_SUMMED_UP = (
    select(FinalMark.student_id, _summed_up.label("lesson_date"))
    .join(School, School.id == FinalMark.school_id)
    .join(
        MarkSlot,
        and_(
            *(MarkSlot.school_id == FinalMark.school_id, MarkSlot.class_id == FinalMark.class_id),
            *(MarkSlot.kind == FinalMark.kind, MarkSlot.period_id.is_not_distinct_from(FinalMark.period_id)),
        ),
    )
    .where(of_school(FinalMark), FinalMark.student_id == _students, _summed_up >= _SINCE)
)
_ENTRIES = union_all(
    *(
        select(entry.student_id, entry.lesson_date).where(
            of_school(entry), entry.student_id == _students, entry.lesson_date >= _SINCE
        )
        for entry in (Mark, Attendance)
    ),
    *(
        select(recipient.student_id, work.lesson_date)
        .join(work, same(work, named))
        .where(of_school(recipient), recipient.student_id == _students, work.lesson_date >= _SINCE)
        for recipient, work, named in (
            (TaskRecipient, Task, TaskRecipient.task_id),
            (HomeworkRecipient, Homework, HomeworkRecipient.homework_id),
        )
    ),
    _SUMMED_UP,
).subquery("entry")
WRITTEN = select(_ENTRIES.c.student_id, func.max(_ENTRIES.c.lesson_date).label("last")).group_by(_ENTRIES.c.student_id)
"""The last day of which a journal says something of students, from a day on: it would lose its footing without them."""

_FILLED = (
    func.unnest(bindparam("classes", type_=_IDS), bindparam("days", type_=ARRAY(Date)))
    .table_valued(column("class_id", BigInteger), column("day", Date))
    .render_derived()
)
OCCUPANCY = (
    select(_FILLED.c.class_id, _FILLED.c.day, func.count().label("students"))
    .join(Enrolment, and_(Enrolment.class_id == _FILLED.c.class_id, on(_FILLED.c.day, Enrolment)))
    .where(of_school(Enrolment))
    .group_by(_FILLED.c.class_id, _FILLED.c.day)
)


def _made(row: Any, name: str) -> Made:
    title = order_title(row[f"{name}_number"], row[f"{name}_issued_on"])
    return Made(MovementKind(row[f"{name}_kind"]), row[f"{name}_effective_on"], title)


async def stays_of(read: Read, students: Collection[int]) -> dict[int, list[Stay]]:
    """The stays of each student, in their order."""
    found: dict[int, list[Stay]] = defaultdict(list)
    for row in await read(STAYS, students=list(students)):
        of = ClassFacts(row.class_id, row.grade, row.letter, row.year_starts_on, row.year_ends_on)
        ended = _made(row, "ended") if row.ended_kind else None
        found[row.student_id].append(Stay(row.id, of, row.starts_on, row.ends_on, _made(row, "opened"), ended))
    return found


async def classes_of(read: Read, classes: Collection[int]) -> dict[int, Any]:
    """Rows of classes with the days of their years, by number."""
    return {row.id: row for row in await read(CLASSES, classes=sorted(set(classes)))} if classes else {}


def facts_of(row: Any) -> ClassFacts:
    """A row of a class as rules know it."""
    return ClassFacts(row.id, row.grade, row.letter, row.starts_on, row.ends_on)


@dataclass
class Examined:
    """What an order would do: a step for each item that may be done, and what stands against the rest."""

    steps: list[tuple[Any, Step]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    students: dict[int, int] = field(default_factory=dict)
    """The student of each position."""

    def check(self) -> None:
        """Refuse to issue the order if anything stands against it; what comes first is told."""
        for each in self.findings:
            if each.code is not None:
                field = "orderId" if each.position is None else f"items.{each.position}"
                raise Refusal(each.code, each.message, field, each.clause)


async def examine(read: Read, orders: Sequence[Any], today: date) -> dict[int, Examined]:
    """Hold orders against the school (9.2), each for itself, in as many statements as one."""
    items: dict[int, list[Any]] = {order.id: [] for order in orders}
    for item in await read(ITEMS, orders=list(items)):
        items[item.order_id].append(item)
    every = [item for each in items.values() for item in each]
    students = sorted({item.student_id for item in every})
    stays = await stays_of(read, students) if students else {}
    classes = await classes_of(read, {item.to_class_id for item in every} - {None})
    since = min(order.effective_on for order in orders)
    written = {row.student_id: row.last for row in await read(WRITTEN, students=students, since=since)}
    days = await working_days(read)
    found = {order.id: _examine(order, items[order.id], stays, classes, written) for order in orders}
    for order in orders:
        opened = [facts_of(classes[item.to_class_id]) for item in items[order.id] if item.to_class_id]
        late = due_on(MovementKind(order.kind), order.effective_on, order.event_on, opened, days)
        if late is not None and late < today:
            found[order.id].findings.append(Finding(None, None, f"Срок приказа был {late:%d.%m.%Y}.", CLAUSE))
    await _warn_of_crowds(read, orders, found, classes)
    return found


def _examine(
    order: Any,
    items: Sequence[Any],
    stays: Mapping[int, Sequence[Stay]],
    classes: Mapping[int, Any],
    written: Mapping[int, date],
) -> Examined:
    found = Examined(students={item.position: item.student_id for item in items})
    if not items:
        found.findings.append(Finding(None, RefusalCode.BAD_INPUT, "В приказе нет ни одного учащегося."))
    for item in items:
        to = classes.get(item.to_class_id)
        try:
            found.steps.append((item, _step(order, item, stays.get(item.student_id, ()), to, written)))
        except Refusal as refusal:
            found.findings.append(Finding(item.position, refusal.code, refusal.message, refusal.clause))
    return found


def _step(order: Any, item: Any, stays: Sequence[Stay], to: Any, written: Mapping[int, date]) -> Step:
    taken = step(MovementKind(order.kind), order.effective_on, stays, facts_of(to) if to else None)
    of = taken.ends.of.id if taken.ends else None
    if of != item.from_class_id:
        message = "Учащийся уже не в том классе, что в проекте: сохраните проект заново."
        raise Refusal(RefusalCode.NOT_IN_CLASS, message, clause=CLAUSE)
    if taken.ends and written.get(item.student_id, date.min) >= order.effective_on:
        message = f"С {order.effective_on:%d.%m.%Y} в журнале уже есть записи об учащемся: укажите более поздний день."
        raise Refusal(RefusalCode.JOURNAL_FILLED, message, clause=CLAUSE)
    return taken


async def _warn_of_crowds(
    read: Read, orders: Sequence[Any], found: Mapping[int, Examined], classes: Mapping[int, Any]
) -> None:
    """Classes that an order would fill beyond their size: only to be looked at."""
    coming = {order.id: Counter(step.opens.id for _, step in found[order.id].steps if step.opens) for order in orders}
    limited = {
        (of, order.effective_on) for order in orders for of in coming[order.id] if classes[of].capacity is not None
    }
    if not limited:
        return
    filled, days = zip(*limited, strict=True)
    rows = await read(OCCUPANCY, classes=list(filled), days=list(days))
    there = {(row.class_id, row.day): row.students for row in rows}
    for order in orders:
        for of, more in coming[order.id].items():
            size, full = classes[of].capacity, there.get((of, order.effective_on), 0) + more
            if size is not None and full > size:
                message = f"Класс {facts_of(classes[of]).name} рассчитан на {size}, будет {full}."
                found[order.id].findings.append(Finding(None, None, message))
