"""Issuing orders, cancelling them, and placing the promoted: all that ever changes who is in which class (9.1)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Date,
    bindparam,
    case,
    cast,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import aliased

from models.curriculum import Enrolment, GroupMember, SchoolClass
from models.movement import MovementItem, MovementOrder, ReplacedEnrolment, ReplacedGroupMember
from models.school import School
from permissions.movement import orders_to_write
from permissions.scopes import same
from rules.journal import check_text
from rules.movement import (
    BASIS_LENGTH,
    CLAUSE,
    NEXT_YEAR,
    NUMBER_LENGTH,
    ClassFacts,
    MovementKind,
    OrderState,
    Step,
    check_next_year,
    due_on,
    order_title,
)
from rules.refusals import Refusal, RefusalCode, bad_input

from .commands import Work, among, check_version, command
from .context import Context
from .days import working_days
from .movement_facts import WRITTEN, classes_of, examine, facts_of

_OLD = (Enrolment.class_id, Enrolment.opened_by, Enrolment.ended_by, Enrolment.starts_on, Enrolment.ends_on)
_OLD_MEMBER = (GroupMember.group_id, GroupMember.starts_on, GroupMember.ends_on)


async def hold_book(work: Work) -> None:
    """One order after the other: issuing, cancelling, placing and imports wait here, so no two give one number."""
    await work.fetch(select(School.id).where(School.id == work.viewer.school_id).with_for_update(key_share=True))


def _rows(**columns: tuple[Any, Sequence[Any]]) -> Any:
    """Rows given as columns: name to type and values."""
    arrays = (bindparam(f"given_{name}", list(values), ARRAY(type_)) for name, (type_, values) in columns.items())
    return func.unnest(*arrays).table_valued(*columns).render_derived()


async def issue_order(
    context: Context, order_id: int, number: str | None, issued_on: date | None, if_version: int | None
) -> int:
    """Issue a draft: number and date it, and move its students (9.1, 9.2). Without a number it gets the next one."""
    given = {"order": order_id, "number": number, "issuedOn": issued_on}
    async with command(context, "issueOrder", given) as work:
        await hold_book(work)
        order = await work.one(orders_to_write(work.viewer).where(MovementOrder.id == order_id), "orderId")
        check_state(order, OrderState.DRAFT)
        check_version(if_version, order.version)
        day = _issued_on(work, issued_on)
        items = select(MovementItem.student_id).where(
            MovementItem.school_id == work.viewer.school_id, MovementItem.order_id == order_id
        )
        await work.hold_students([row.student_id for row in await work.fetch(items)], alone=True)
        examined = (await examine(work.reach, [order], work.today))[order_id]
        examined.check()
        if title := await _order_of_same(work, order_id, MovementOrder.issued_on > day):
            message = f"Учащихся этого приказа касается приказ {title}: более ранней датой новый не издать."
            raise Refusal(RefusalCode.LATER_ORDER, message, "issuedOn", CLAUSE)
        opened = {step.opens.id: step.opens for _, step in examined.steps if step.opens}
        values = {
            "state": OrderState.ISSUED,
            **await _place_in_book(work, number, day),
            "due_on": due_on(
                MovementKind(order.kind),
                order.effective_on,
                order.event_on,
                list(opened.values()),
                await working_days(work.reach),
            ),
        }
        await _change(work, order_id, values)
        await _end(work, examined.steps)
        await _open(work, order.effective_on, [(i.id, i.student_id, s.opens) for i, s in examined.steps if s.opens])
    return order_id


def check_state(order: Any, state: OrderState) -> None:
    """Refuse what cannot be done any more, or not yet. An order that cancels another is done for good."""
    if order.state != state or order.cancels_id is not None:
        words = {
            OrderState.DRAFT: "Приказ ещё не издан.",
            OrderState.ISSUED: "Приказ уже издан: его можно только отменить другим приказом.",
            OrderState.CANCELLED: "Приказ уже отменён.",
        }
        message = "Приказ об отмене не отменяется." if order.cancels_id else words[OrderState(order.state)]
        raise Refusal(RefusalCode.ORDER_STATE, message, "orderId", CLAUSE)


def _issued_on(work: Work, given: date | None) -> date:
    if given is not None and given > work.today:
        raise bad_input("Дата приказа ещё не наступила.", "issuedOn")
    return given or work.today


async def _place_in_book(work: Work, number: str | None, issued_on: date) -> dict[str, Any]:
    """Number, date and the next place in the book. The book is held, so nobody else takes them."""
    check_text(number, NUMBER_LENGTH, "number", required=number is not None)
    book = MovementOrder.school_id == work.viewer.school_id
    if number is not None:
        number = number.strip()
        taken = (book, MovementOrder.issued_year == issued_on.year, MovementOrder.number == number)
        if await work.first(select(MovementOrder.id).where(*taken)):
            message = f"Приказ с номером {number} в {issued_on.year} году уже есть."
            raise Refusal(RefusalCode.NUMBER_TAKEN, message, "number", CLAUSE)
    plain = case((MovementOrder.number.regexp_match(r"^\d{1,9}$"), cast(MovementOrder.number, BigInteger)))
    last = await work.first(
        select(
            func.coalesce(func.max(MovementOrder.position), 0).label("position"),
            func.coalesce(func.max(plain).filter(MovementOrder.issued_year == issued_on.year), 0).label("number"),
        ).where(book)
    )
    return {"position": last.position + 1, "number": number or str(last.number + 1), "issued_on": issued_on}


async def _change(work: Work, order_id: int, values: Mapping[str, Any]) -> None:
    await work.execute(
        update(MovementOrder)
        .where(MovementOrder.school_id == work.viewer.school_id, MovementOrder.id == order_id)
        .values(
            **values,
            version=MovementOrder.version + 1,
            changed_at=work.now,
            changed_by=work.viewer.account_id,
        )
    )


async def _end(work: Work, steps: Sequence[tuple[Any, Step]]) -> None:
    """End stays, and with them the memberships in subgroups; what comes after is taken away. All that is kept."""
    ends = [(item.id, item.student_id, step.ends.id, step.last_day) for item, step in steps if step.ends]
    if not ends:
        return
    items, students, stays, days = zip(*ends, strict=True)
    ending = _rows(
        item_id=(BigInteger, items),
        student_id=(BigInteger, students),
        stay_id=(BigInteger, stays),
        last_day=(Date, days),
    )
    school = work.viewer.school_id
    here = (Enrolment.school_id == school, Enrolment.student_id == ending.c.student_id)
    member = (GroupMember.school_id == school, GroupMember.student_id == ending.c.student_id)
    later, outlasts = GroupMember.starts_on > ending.c.last_day, _outlasts(GroupMember, ending.c.last_day)
    kept = select(Enrolment.school_id, ending.c.item_id, *_OLD).where(
        *here, (Enrolment.id == ending.c.stay_id) | (Enrolment.starts_on > ending.c.last_day)
    )
    await work.execute(insert(ReplacedEnrolment).from_select(["school_id", "item_id", *(c.key for c in _OLD)], kept))
    await work.execute(delete(Enrolment).where(*here, Enrolment.starts_on > ending.c.last_day))
    await work.execute(
        update(Enrolment)
        .where(*here, Enrolment.id == ending.c.stay_id)
        .values(ends_on=ending.c.last_day, ended_by=ending.c.item_id)
    )
    kept = select(GroupMember.school_id, ending.c.item_id, *_OLD_MEMBER).where(*member, outlasts)
    columns = ["school_id", "item_id", *(column.key for column in _OLD_MEMBER)]
    await work.execute(insert(ReplacedGroupMember).from_select(columns, kept))
    await work.execute(delete(GroupMember).where(*member, later))
    await work.execute(update(GroupMember).where(*member, outlasts).values(ends_on=ending.c.last_day))


def _outlasts(dated: Any, day: Any) -> Any:
    return dated.ends_on.is_(None) | (dated.ends_on > day)


async def _open(work: Work, starts_on: date, opens: Sequence[tuple[int, int, ClassFacts | None]]) -> None:
    """Open stays: item, student and class of each."""
    if not opens:
        return
    items, students, classes = zip(*opens, strict=True)
    opening = _rows(
        item_id=(BigInteger, items),
        student_id=(BigInteger, students),
        class_id=(BigInteger, [of.id for of in classes if of]),
    )
    school = work.viewer.school_id
    rows = select(
        bindparam("school", school, BigInteger),
        opening.c.student_id,
        opening.c.class_id,
        bindparam("starts_on", starts_on, Date),
        opening.c.item_id,
    )
    names = ["school_id", "student_id", "class_id", "starts_on", "opened_by"]
    await work.execute(insert(Enrolment).from_select(names, rows))


async def cancel_order(
    context: Context,
    order_id: int,
    number: str | None,
    issued_on: date | None,
    basis: str | None,
    if_version: int | None,
    key: str | None,
) -> int:
    """Cancel an order by another one, as if it had never been (9.1): what it ended goes on, what it opened is gone."""
    given = {"order": order_id, "number": number, "issuedOn": issued_on, "basis": basis}
    async with command(context, "cancelOrder", given, key=key) as work:
        await hold_book(work)
        order = await work.one(orders_to_write(work.viewer).where(MovementOrder.id == order_id), "orderId")
        if work.repeated:
            return int(work.answer)
        check_state(order, OrderState.ISSUED)
        check_version(if_version, order.version)
        check_text(basis, BASIS_LENGTH, "basis")
        day = _issued_on(work, issued_on)
        if day < order.issued_on:
            raise bad_input("Отмена раньше самого приказа.", "issuedOn")
        items = await work.fetch(
            select(MovementItem.id, MovementItem.student_id).where(
                MovementItem.school_id == work.viewer.school_id, MovementItem.order_id == order_id
            )
        )
        await work.hold_students([item.student_id for item in items], alone=True)
        if title := await _order_of_same(work, order_id, MovementOrder.position > order.position):
            message = f"Учащихся этого приказа касается более поздний приказ {title}: сначала отмените его."
            raise Refusal(RefusalCode.LATER_ORDER, message, "orderId", CLAUSE)
        await _take_back(work, order, [item.id for item in items])
        await _change(work, order_id, {"state": OrderState.CANCELLED})
        row = await work.first(
            insert(MovementOrder)
            .values(
                school_id=work.viewer.school_id,
                kind=order.kind,
                state=OrderState.ISSUED,
                effective_on=order.effective_on,
                basis=basis,
                cancels_id=order_id,
                **await _place_in_book(work, number, day),
                version=1,
                changed_at=work.now,
                changed_by=work.viewer.account_id,
            )
            .returning(MovementOrder.id)
        )
        return int(await work.done(row.id))


async def _order_of_same(work: Work, order_id: int, later: ColumnElement[bool]) -> str | None:
    """What the last order that stands on students of this one is called, of those for which `later` holds."""
    mine, theirs = aliased(MovementItem), aliased(MovementItem)
    found = await work.first(
        select(MovementOrder.number, MovementOrder.issued_on)
        .join(theirs, same(MovementOrder, theirs.order_id, theirs))
        .join(mine, (mine.school_id == theirs.school_id) & (mine.student_id == theirs.student_id))
        .where(
            mine.school_id == work.viewer.school_id,
            mine.order_id == order_id,
            MovementOrder.state == OrderState.ISSUED,
            later,
        )
        .order_by(MovementOrder.position.desc())
        .limit(1)
    )
    return order_title(found.number, found.issued_on) if found else None


async def _take_back(work: Work, order: Any, items: Collection[int]) -> None:
    """Undo what the items did. Nothing may stand in a journal of those whose stay goes."""
    school = work.viewer.school_id
    opened = (Enrolment.school_id == school, among(Enrolment.opened_by, items))
    students = [row.student_id for row in await work.fetch(select(Enrolment.student_id).where(*opened))]
    if students:
        if await work.reach(WRITTEN, students=students, since=order.effective_on):
            message = "В журнале уже есть записи по этому приказу: отменить его нельзя, издайте новый приказ."
            raise Refusal(RefusalCode.JOURNAL_FILLED, message, "orderId", CLAUSE)
        await work.execute(
            delete(GroupMember).where(
                GroupMember.school_id == school,
                among(GroupMember.student_id, students),
                GroupMember.starts_on >= order.effective_on,
            )
        )
        await work.execute(delete(Enrolment).where(*opened))
    await _restore(work, ReplacedEnrolment, Enrolment, _OLD, ("student_id", "starts_on"), items)
    key = ("group_id", "student_id", "starts_on")
    await _restore(work, ReplacedGroupMember, GroupMember, _OLD_MEMBER, key, items)


async def _restore(
    work: Work, kept: Any, model: Any, columns: Sequence[Any], key: Sequence[str], items: Collection[int]
) -> None:
    """Put rows back as they were kept: those that were cut short, and those that were taken away."""
    names = [column.key for column in columns]
    rows = (
        select(kept.school_id, MovementItem.student_id, *(getattr(kept, name) for name in names))
        .join(MovementItem, same(MovementItem, kept.item_id))
        .where(kept.school_id == work.viewer.school_id, among(kept.item_id, items))
    )
    restored = upsert(model).from_select(["school_id", "student_id", *names], rows)
    changing = {name: restored.excluded[name] for name in names if name not in key}
    await work.execute(restored.on_conflict_do_update(index_elements=["school_id", *key], set_=changing))
    await work.execute(delete(kept).where(kept.school_id == work.viewer.school_id, among(kept.item_id, items)))


@dataclass(frozen=True)
class Placed:
    """How many students began the new year in a class, and who has none there yet."""

    students: int
    without_class: list[int]


async def place_promoted(
    work: Work,
    school_id: int,
    year_from: int,
    classes: Mapping[int, int],
    students: Mapping[int, int] | None = None,
) -> Placed:
    """Open the new year's stays of those whom orders promoted or left for a second year (12.1).

    classes: old class to the class it has become, for the promoted. students: explicit classes by student, which those
    who repeat a year need. What an order named itself stands before both. Who is placed already stays as they are.
    """
    await hold_book(work)
    placed = aliased(Enrolment)
    waiting = await work.fetch(
        select(
            MovementItem.id,
            MovementItem.student_id,
            MovementItem.from_class_id,
            MovementItem.to_class_id,
            MovementOrder.kind,
            MovementOrder.effective_on,
        )
        .join(MovementOrder, same(MovementOrder, MovementItem.order_id))
        .join(Enrolment, (Enrolment.school_id == MovementItem.school_id) & (Enrolment.ended_by == MovementItem.id))
        .join(SchoolClass, same(SchoolClass, Enrolment.class_id))
        .where(
            MovementItem.school_id == school_id,
            SchoolClass.year_id == year_from,
            or_(*(MovementOrder.kind == kind for kind in sorted(NEXT_YEAR))),
            ~exists().where(placed.school_id == MovementItem.school_id, placed.opened_by == MovementItem.id),
        )
        .order_by(MovementItem.student_id)
    )
    going: dict[date, list[tuple[int, int, ClassFacts | None]]] = {}
    without: list[int] = []
    named = {*classes, *classes.values(), *(students or {}).values()}
    named |= {number for row in waiting for number in (row.from_class_id, row.to_class_id) if number}
    known = {number: facts_of(row) for number, row in (await classes_of(work.reach, named)).items()}
    for row in waiting:
        to = row.to_class_id or (students or {}).get(row.student_id)
        if to is None and row.kind == MovementKind.PROMOTION:
            to = classes.get(row.from_class_id)
        if to is None:
            without.append(row.student_id)
            continue
        if to not in known:
            raise Refusal(RefusalCode.NOT_FOUND, "Нет такого класса.", "classes")
        check_next_year(MovementKind(row.kind), row.effective_on, known[row.from_class_id], known[to])
        going.setdefault(row.effective_on, []).append((row.id, row.student_id, known[to]))
    for starts_on, opens in going.items():
        await _open(work, starts_on, opens)
        filled = _rows(
            item_id=(BigInteger, [item for item, _, _ in opens]),
            class_id=(BigInteger, [of.id for _, _, of in opens if of]),
        )
        await work.execute(
            update(MovementItem)
            .where(MovementItem.school_id == school_id, MovementItem.id == filled.c.item_id)
            .values(to_class_id=filled.c.class_id)
        )
    return Placed(sum(map(len, going.values())), without)
