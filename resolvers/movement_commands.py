"""Commands on drafts of orders: what an order will say, before it is issued (9.1)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Date, any_, bindparam, delete, func, insert, select, update

from models.curriculum import Enrolment, SchoolClass
from models.movement import MovementItem, MovementOrder
from models.school import Person, Student
from permissions.movement import classes_to_fill, orders_to_write, students_to_move
from permissions.scopes import of_school, on, same
from rules.journal import COMMENT_LENGTH, check_text
from rules.movement import BASIS_LENGTH, LEAVING, MOST_ITEMS, ONE, MovementKind, OrderState, Stay, due_on
from rules.refusals import Refusal, RefusalCode, bad_input, not_found

from .commands import Work, among, check_version, command
from .context import Context
from .days import working_days
from .movement_facts import ITEMS, classes_of, facts_of, stays_of
from .movement_issue import check_state

_DAY = bindparam("day", type_=Date)
_MEMBERS = (
    select(Enrolment.class_id, Enrolment.student_id)
    .join(Student, same(Student, Enrolment.student_id))
    .join(Person, same(Person, Student.person_id))
    .where(
        of_school(Enrolment),
        Enrolment.class_id == any_(bindparam("classes", type_=ARRAY(BigInteger))),
        on(_DAY, Enrolment),
    )
    .order_by(Person.sort_key, Student.id)
)


@dataclass(frozen=True)
class Entry:
    """A student in an order. `field` names the input."""

    student_id: int
    to_class_id: int | None
    place: str | None
    reason: str | None
    field: str


@dataclass(frozen=True)
class WholeClass:
    """All students of a class but some."""

    class_id: int
    but: Sequence[int]
    to_class_id: int | None
    reason: str | None
    field: str


@dataclass(frozen=True)
class Content:
    """Whom an order moves: students one by one, and whole classes."""

    entries: Sequence[Entry] = ()
    classes: Sequence[WholeClass] = ()

    def given(self) -> dict[str, Any]:
        """As the audit trail keeps it."""
        return {"items": [asdict(each) for each in self.entries], "classes": [asdict(each) for each in self.classes]}


async def draft_order(
    context: Context, kind: MovementKind, values: Mapping[str, Any], content: Content, key: str | None
) -> int:
    """Draft an order (9.1). Whether it may be issued is told by its check, not here."""
    given = {"kind": kind, **values, **content.given()}
    async with command(context, "draftOrder", given, key=key) as work:
        if work.repeated:
            return int(work.answer)
        check_text(values.get("basis"), BASIS_LENGTH, "basis")
        items = await _items(work, kind, values["effective_on"], content)
        row = await work.first(
            insert(MovementOrder)
            .values(
                school_id=work.viewer.school_id,
                kind=kind,
                state=OrderState.DRAFT,
                **values,
                due_on=await _due(work, kind, values["effective_on"], values.get("event_on"), items),
                version=1,
                changed_at=work.now,
                changed_by=work.viewer.account_id,
            )
            .returning(MovementOrder.id)
        )
        await _write(work, row.id, kind, values["effective_on"], items)
        return int(await work.done(row.id))


async def update_order(
    context: Context, order_id: int, values: Mapping[str, Any], content: Content | None, if_version: int | None
) -> int:
    """Change a draft: only what is given; whom it moves is given as a whole."""
    given = {"order": order_id, **values, **(content.given() if content else {})}
    async with command(context, "updateOrder", given) as work:
        order = await work.one(orders_to_write(work.viewer).where(MovementOrder.id == order_id), "orderId")
        check_state(order, OrderState.DRAFT)
        check_version(if_version, order.version)
        check_text(values.get("basis"), BASIS_LENGTH, "basis")
        kind = MovementKind(order.kind)
        effective_on = values.get("effective_on", order.effective_on)
        if content is None:
            items = await _kept(work, order_id)
        else:
            items = await _items(work, kind, effective_on, content)
        event_on = values.get("event_on", order.event_on)
        await work.execute(
            update(MovementOrder)
            .where(MovementOrder.school_id == work.viewer.school_id, MovementOrder.id == order_id)
            .values(
                **values,
                due_on=await _due(work, kind, effective_on, event_on, items),
                version=MovementOrder.version + 1,
                changed_at=work.now,
                changed_by=work.viewer.account_id,
            )
        )
        await _clear(work, order_id)
        await _write(work, order_id, kind, effective_on, items)
    return order_id


async def delete_order(context: Context, order_id: int, if_version: int | None) -> int:
    """Delete a draft. An issued order can only be cancelled."""
    async with command(context, "deleteOrder", {"order": order_id}) as work:
        order = await work.one(orders_to_write(work.viewer).where(MovementOrder.id == order_id), "orderId")
        check_state(order, OrderState.DRAFT)
        check_version(if_version, order.version)
        await _clear(work, order_id)
        await work.execute(
            delete(MovementOrder).where(MovementOrder.school_id == work.viewer.school_id, MovementOrder.id == order_id)
        )
    return order_id


async def _items(work: Work, kind: MovementKind, effective_on: date, content: Content) -> list[Entry]:
    """The students of an order, each once; a refusal names the input."""
    if kind is MovementKind.ENROLMENT and content.classes:
        raise bad_input("Зачисляются названные учащиеся, а не целые классы.", "classes")
    await _check_classes(work, kind, content)
    found = list(content.entries)
    if content.classes:
        found += await _of_classes(work, effective_on - ONE, content.classes)
    if len(found) > MOST_ITEMS:
        raise bad_input(f"В одном приказе не больше {MOST_ITEMS} учащихся.", "items")
    seen = set[int]()
    for entry in found:
        check_text(entry.place, COMMENT_LENGTH, f"{entry.field}.place")
        check_text(entry.reason, COMMENT_LENGTH, f"{entry.field}.reason")
        if entry.student_id in seen:
            raise bad_input("Учащийся указан в приказе дважды.", f"{entry.field}.studentId")
        seen.add(entry.student_id)
    known = {row.id for row in await work.reach(students_to_move(work.viewer).where(among(Student.id, seen)))}
    for entry in found:
        if entry.student_id not in known:
            raise not_found(f"{entry.field}.studentId")
    return found


async def _check_classes(work: Work, kind: MovementKind, content: Content) -> None:
    named = [(whole.class_id, f"{whole.field}.classId") for whole in content.classes]
    moved: list[Entry | WholeClass] = [*content.entries, *content.classes]
    for each in moved:
        if each.to_class_id is not None:
            field = f"{each.field}.toClassId"
            if kind in LEAVING:
                raise bad_input("Приказ о выбытии или выпуске никуда не зачисляет.", field)
            named.append((each.to_class_id, field))
    wanted = {number for number, _ in named}
    known = {row.id for row in await work.reach(classes_to_fill(work.viewer).where(among(SchoolClass.id, wanted)))}
    for number, field in named:
        if number not in known:
            raise not_found(field)


async def _of_classes(work: Work, day: date, classes: Sequence[WholeClass]) -> list[Entry]:
    """Those who are in the classes on that day, by the alphabet, but those who are left out."""
    rows = await work.reach(_MEMBERS, classes=[each.class_id for each in classes], day=day)
    found = []
    for each in classes:
        members = [row.student_id for row in rows if row.class_id == each.class_id]
        for place, student in enumerate(each.but):
            if student not in members:
                field = f"{each.field}.exceptStudentIds.{place}"
                raise Refusal(RefusalCode.NOT_IN_CLASS, "Этого учащегося в классе нет.", field)
        found += [
            Entry(student, each.to_class_id, None, each.reason, each.field)
            for student in members
            if student not in set(each.but)
        ]
    return found


async def _kept(work: Work, order_id: int) -> list[Entry]:
    rows = await work.reach(ITEMS.add_columns(MovementItem.place, MovementItem.reason), orders=[order_id])
    return [Entry(row.student_id, row.to_class_id, row.place, row.reason, "items") for row in rows]


async def _due(
    work: Work, kind: MovementKind, effective_on: date, event_on: date | None, items: Sequence[Entry]
) -> date | None:
    classes = await classes_of(work.reach, [each.to_class_id for each in items if each.to_class_id])
    opened = [facts_of(row) for row in classes.values()]
    return due_on(kind, effective_on, event_on, opened, await working_days(work.reach))


def _class_left(kind: MovementKind, effective_on: date, stays: Sequence[Stay]) -> int | None:
    """The class that an order would end a stay in: the last that began before its day."""
    begun = [stay for stay in stays if stay.starts_on < effective_on]
    return begun[-1].of.id if begun and kind is not MovementKind.ENROLMENT else None


async def _write(work: Work, order_id: int, kind: MovementKind, effective_on: date, items: Sequence[Entry]) -> None:
    if not items:
        return
    stays = await stays_of(work.reach, {each.student_id for each in items})
    rows = [
        {
            **asdict(replace(each, field="")),
            "position": position,
            "from_class_id": _class_left(kind, effective_on, stays.get(each.student_id, ())),
        }
        for position, each in enumerate(items)
    ]
    names = ["position", "student_id", "from_class_id", "to_class_id", "place", "reason"]
    arrays = (
        bindparam(f"given_{name}", [row[name] for row in rows], ARRAY(MovementItem.__table__.c[name].type))
        for name in names
    )
    given = func.unnest(*arrays).table_valued(*names).render_derived()
    school, order = bindparam("school", work.viewer.school_id, BigInteger), bindparam("order", order_id, BigInteger)
    await work.execute(
        insert(MovementItem).from_select(["school_id", "order_id", *names], select(school, order, *given.c))
    )


async def _clear(work: Work, order_id: int) -> None:
    await work.execute(
        delete(MovementItem).where(MovementItem.school_id == work.viewer.school_id, MovementItem.order_id == order_id)
    )
