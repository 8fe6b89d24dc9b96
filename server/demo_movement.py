"""The demo school's movement book: the orders by which everybody came into their class, changed it, or left."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from itertools import cycle, pairwise

from rules.days import WorkingDays
from rules.movement import ClassFacts, MovementKind, OrderState, due_on

from .demo_accounts import Accounts
from .demo_families import Pupils, Stay
from .demo_plan import Plan
from .demo_rows import Rows
from .demo_staff import SECRETARY, Team
from .demo_year import DEMO_TODAY, YEAR_ENDS, YEAR_STARTS, at, working_days

ONE = timedelta(days=1)
FORMED_ON = date(2025, 8, 28)
"""When the orders on the year's classes were issued."""
LATE = timedelta(days=8)
"""How late the order on the first who joined was issued."""
CAME_FROM = ("Школа № 7 г. Верхнеобска", "г. Барнаул, гимназия № 40", "г. Бийск, школа № 12")
WENT = (
    ("г. Новосибирск, лицей № 22", None),
    ("Школа № 9 г. Верхнеобска", "Перевод в другую школу"),
    ("г. Томск, школа № 30", "Переезд"),
    ("г. Барнаул, лицей № 122", "Перевод в другую школу"),
    ("г. Верхнеобск", "Семейное образование"),
)
"""Where whoever comes has been, and whoever leaves goes, and why: in turn."""
MISTAKEN_ON, CORRECTED_ON = date(2026, 5, 13), date(2026, 5, 14)


@dataclass
class _Order:
    kind: MovementKind
    effective_on: date
    issued_on: date
    event_on: date | None
    basis: str
    place: str | None = None
    reason: str | None = None
    moves: list[tuple[int, int | None, int | None]] = field(default_factory=list)
    """Student, class left, class entered."""


class _Book:
    """Writes orders with their items; remembers which item opened and which ended each stay."""

    def __init__(self, rows: Rows, plan: Plan, by: int, days: WorkingDays) -> None:
        self.rows, self.plan, self.by, self.days = rows, plan, by, days
        self.numbers: dict[int, int] = defaultdict(int)
        self.position = 0
        self.opened: dict[tuple[int, date], int] = {}
        self.ended: dict[tuple[int, date], int] = {}

    def add(self, order: _Order, state: OrderState, cancels: int | None = None) -> int:
        """An order with its items; gives its number."""
        issued = state is not OrderState.DRAFT
        if issued:
            self.position += 1
            self.numbers[order.issued_on.year] += 1
        number = self.rows.add(
            "movement_order",
            kind=order.kind.value,
            state=state.value,
            position=self.position if issued else None,
            number=str(self.numbers[order.issued_on.year]) if issued else None,
            issued_on=order.issued_on if issued else None,
            effective_on=order.effective_on,
            event_on=order.event_on,
            due_on=None if cancels is not None else self._due(order),
            basis=order.basis,
            cancels_id=cancels,
            changed_at=at(order.issued_on, time(11)),
            changed_by=self.by,
        )
        for position, (student, left, entered) in enumerate(order.moves):
            item = self.rows.add(
                "movement_item",
                order_id=number,
                position=position,
                student_id=student,
                from_class_id=left,
                to_class_id=entered,
                place=order.place,
                reason=order.reason,
            )
            if state is OrderState.ISSUED and entered is not None:
                self.opened[student, order.effective_on] = item
            if state is OrderState.ISSUED and left is not None:
                self.ended[student, order.effective_on - ONE] = item
        return number

    def _due(self, order: _Order) -> date | None:
        filled = {entered for _, _, entered in order.moves if entered is not None}
        grades = [(each.number, each.grade) for each in self.plan.classes if each.number in filled]
        opened = [ClassFacts(of, grade, "", YEAR_STARTS, YEAR_ENDS) for of, grade in grades]
        return due_on(order.kind, order.effective_on, order.event_on, opened, self.days)


def _orders(pupils: Pupils) -> list[_Order]:
    """The orders that made the stays, in the order of issuing."""
    formed: dict[int, _Order] = {}
    orders: list[_Order] = []
    stays: dict[int, list[Stay]] = defaultdict(list)
    for stay in pupils.stays:
        stays[stay.student].append(stay)
    came_from, went = cycle(CAME_FROM), cycle(WENT)
    late = min((own[0].starts_on for own in stays.values() if own[0].starts_on > YEAR_STARTS), default=None)
    for student, own in stays.items():
        first, last = own[0], own[-1]
        if first.starts_on == YEAR_STARTS:
            if first.of not in formed:
                basis = "Комплектование классов на 2025/2026 учебный год"
                formed[first.of] = _Order(MovementKind.ENROLMENT, YEAR_STARTS, FORMED_ON, None, basis)
            formed[first.of].moves.append((student, None, first.of))
        else:
            day = first.starts_on
            issued_on = day + LATE if day == late else day
            come = _Order(MovementKind.ENROLMENT, day, issued_on, day, "Заявление родителей", next(came_from))
            come.moves.append((student, None, first.of))
            orders.append(come)
        for old, new in pairwise(own):
            change = _Order(
                MovementKind.TRANSFER, new.starts_on, old.ends_on or new.starts_on, None, "Заявление родителей"
            )
            change.moves.append((student, old.of, new.of))
            orders.append(change)
        if last.ends_on is not None:
            day = last.ends_on
            leave = _Order(MovementKind.DEPARTURE, day + ONE, day, day, "Заявление родителей", *next(went))
            leave.moves.append((student, last.of, None))
            orders.append(leave)
    return [*formed.values(), *sorted(orders, key=lambda order: order.issued_on)]


def add_movement(
    rows: Rows, plan: Plan, team: Team, pupils: Pupils, accounts: Accounts, days: Collection[date]
) -> None:
    """All orders; the stays that they opened and ended, and what they replaced."""
    book = _Book(rows, plan, accounts.of_staff[team.administration[SECRETARY]], working_days(days))
    mistake, correction = _mistake(pupils)
    for order in sorted([*_orders(pupils), mistake, correction], key=lambda order: order.issued_on):
        if order is mistake:
            mistaken = book.add(order, OrderState.CANCELLED)
        else:
            book.add(order, OrderState.ISSUED, mistaken if order is correction else None)
    book.add(_next_year(plan, pupils), OrderState.DRAFT)
    for stay in pupils.stays:
        opened_by = book.opened[stay.student, stay.starts_on]
        ended_by = book.ended[stay.student, stay.ends_on] if stay.ends_on else None
        shared = {"class_id": stay.of, "starts_on": stay.starts_on, "opened_by": opened_by}
        rows.add("enrolment", student_id=stay.student, ends_on=stay.ends_on, ended_by=ended_by, **shared)
        if ended_by is not None:
            rows.add("replaced_enrolment", item_id=ended_by, **shared)
    for group, student, starts_on, ends_on in rows.tables["group_member"]:
        if ends_on is not None:
            item = book.ended[student, ends_on]
            rows.add("replaced_group_member", item_id=item, group_id=group, starts_on=starts_on)


def _mistake(pupils: Pupils) -> tuple[_Order, _Order]:
    """A departure that was a mistake, and the order that cancelled it the next day."""
    staying = next(stay for stay in pupils.stays if stay.starts_on == YEAR_STARTS and stay.ends_on is None)
    effective_on = MISTAKEN_ON + 5 * ONE
    kind, basis = MovementKind.DEPARTURE, "Заявление родителей"
    mistake = _Order(kind, effective_on, MISTAKEN_ON, MISTAKEN_ON, basis, "г. Барнаул")
    mistake.moves.append((staying.student, staying.of, None))
    return mistake, _Order(kind, effective_on, CORRECTED_ON, None, "Родители отозвали заявление")


def _next_year(plan: Plan, pupils: Pupils) -> _Order:
    """The first class to be promoted, as a draft."""
    of = next(each for each in plan.classes if each.grade < 11)
    draft = _Order(MovementKind.PROMOTION, YEAR_ENDS + ONE, DEMO_TODAY, None, "Решение педагогического совета")
    draft.moves += [
        (stay.student, of.number, None) for stay in pupils.stays if stay.of == of.number and not stay.ends_on
    ]
    return draft
