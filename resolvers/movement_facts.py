"""What an order stands on: the stays of its students, its classes, the journal; and what it would do, told once for its
check and for its issuing.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Date, any_, bindparam, func, or_, select, union
from sqlalchemy.orm import aliased

from models.curriculum import AcademicYear, Enrolment, SchoolClass
from models.journal import Attendance, Homework, HomeworkRecipient, Mark
from models.movement import MovementItem, MovementOrder
from permissions.scopes import of_school, same
from rules.days import WorkingDays
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

Read = Callable[..., Awaitable[list[Any]]]
"""Runs a statement for the viewer, with these parameters beside their reach."""

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
        MovementItem.position,
        MovementItem.student_id,
        MovementItem.from_class_id,
        MovementItem.to_class_id,
    )
    .where(of_school(MovementItem), MovementItem.order_id == bindparam("order_id", type_=BigInteger))
    .order_by(MovementItem.position)
)

_SINCE = bindparam("since", type_=Date)
WRITTEN = union(
    *(
        select(entry.student_id).where(of_school(entry), entry.student_id == _students, entry.lesson_date >= _SINCE)
        for entry in (Mark, Attendance)
    ),
    select(HomeworkRecipient.student_id)
    .join(Homework, same(Homework, HomeworkRecipient.homework_id))
    .where(of_school(HomeworkRecipient), HomeworkRecipient.student_id == _students, Homework.lesson_date >= _SINCE),
)
"""Of whom a journal says something on that day or later: what would lose its footing if they had not been there."""

_DAY = bindparam("day", type_=Date)
OCCUPANCY = (
    select(Enrolment.class_id, func.count().label("students"))
    .where(
        of_school(Enrolment),
        Enrolment.class_id == any_(bindparam("classes", type_=_IDS)),
        Enrolment.starts_on <= _DAY,
        or_(Enrolment.ends_on.is_(None), Enrolment.ends_on >= _DAY),
    )
    .group_by(Enrolment.class_id)
)


async def working_days(read: Read) -> WorkingDays:
    """The school's working days, by which terms of orders run."""
    return WorkingDays()


def _made(row: Any, name: str) -> Made | None:
    if row[f"{name}_kind"] is None:
        return None
    title = order_title(row[f"{name}_number"], row[f"{name}_issued_on"])
    return Made(MovementKind(row[f"{name}_kind"]), row[f"{name}_effective_on"], title)


async def stays_of(read: Read, students: Collection[int]) -> dict[int, list[Stay]]:
    """The stays of each student, in their order."""
    found: dict[int, list[Stay]] = defaultdict(list)
    for row in await read(STAYS, students=list(students)):
        of = ClassFacts(row.class_id, row.grade, row.letter, row.year_starts_on, row.year_ends_on)
        opened = _made(row, "opened")
        assert opened is not None, "a stay has the order that opened it"  # noqa: S101
        found[row.student_id].append(Stay(row.id, of, row.starts_on, row.ends_on, opened, _made(row, "ended")))
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

    @property
    def refusals(self) -> list[Finding]:
        """What keeps the order from being issued."""
        return [finding for finding in self.findings if finding.code is not None]


async def examine(read: Read, order: Any, today: date) -> Examined:
    """Hold an order against the school (9.2)."""
    items = await read(ITEMS, order_id=order.id)
    found = Examined(students={item.position: item.student_id for item in items})
    if not items:
        found.findings.append(Finding(None, RefusalCode.BAD_INPUT, "В приказе нет ни одного учащегося."))
        return found
    kind = MovementKind(order.kind)
    stays = await stays_of(read, {item.student_id for item in items})
    classes = await classes_of(read, {item.to_class_id for item in items} - {None})
    written = set[int]()
    if kind is not MovementKind.ENROLMENT:
        students = [item.student_id for item in items]
        written = {row.student_id for row in await read(WRITTEN, students=students, since=order.effective_on)}
    for item in items:
        to = classes.get(item.to_class_id)
        try:
            found.steps.append((item, _step(kind, order.effective_on, item, stays[item.student_id], to, written)))
        except Refusal as refusal:
            found.findings.append(Finding(item.position, refusal.code, refusal.message, refusal.clause))
    days = await working_days(read)
    late = due_on(kind, order.effective_on, order.event_on, [facts_of(each) for each in classes.values()], days)
    if late is not None and late < today:
        found.findings.append(Finding(None, None, f"Срок приказа был {late:%d.%m.%Y}.", CLAUSE))
    found.findings += await _crowded(read, order.effective_on, found, classes)
    return found


def _step(
    kind: MovementKind, effective_on: date, item: Any, stays: Sequence[Stay], to: Any, written: Collection[int]
) -> Step:
    taken = step(kind, effective_on, stays, facts_of(to) if to else None)
    of = taken.ends.of.id if taken.ends else None
    if of != item.from_class_id:
        message = "Учащийся уже не в том классе, что в проекте: сохраните проект заново."
        raise Refusal(RefusalCode.NOT_IN_CLASS, message, clause=CLAUSE)
    if item.student_id in written:
        message = f"С {effective_on:%d.%m.%Y} в журнале уже есть записи об учащемся: укажите более поздний день."
        raise Refusal(RefusalCode.JOURNAL_FILLED, message, clause=CLAUSE)
    return taken


async def _crowded(read: Read, day: date, found: Examined, classes: Mapping[int, Any]) -> list[Finding]:
    """Classes that the order would fill beyond their size: only to be looked at."""
    coming: dict[int, int] = defaultdict(int)
    for _, taken in found.steps:
        if taken.opens:
            coming[taken.opens.id] += 1
    limited = [number for number in coming if classes[number].capacity is not None]
    if not limited:
        return []
    there = {row.class_id: row.students for row in await read(OCCUPANCY, classes=limited, day=day)}
    return [
        Finding(None, None, f"Класс {facts_of(classes[n]).name} рассчитан на {classes[n].capacity}, будет {full}.")
        for n in limited
        if (full := there.get(n, 0) + coming[n]) > classes[n].capacity
    ]
