"""The movement book: orders and whom they move (9)."""

from datetime import date
from typing import Any

import strawberry

from models import movement as rows
from permissions.gates import gate
from permissions.movement import visible_items, visible_orders
from permissions.school import OFFICE
from resolvers import movement, school
from rules.movement import arrived, in_time, left

from .base import After, Connection, First, Info, Node, computed, edge, edge_with, node, paged, resolved
from .curriculum import SchoolClass
from .enums import MovementKind, OrderState, RefusalCode
from .school_people import Student

MAY_CHECK = gate(OFFICE)


@strawberry.type(description="Что мешает издать приказ или на что обратить внимание.")
class MovementFinding:
    student_id: strawberry.Private[int | None]
    position: int | None = strawberry.field(description="Место учащегося в приказе, от 0; null — о приказе в целом.")
    code: RefusalCode | None = strawberry.field(description="Причина отказа; null — только предупреждение.")
    message: str = strawberry.field(description="Что именно.")
    clause: str | None = strawberry.field(description="Пункт порядка.")
    student: Student | None = edge(school.student_of, only=MAY_CHECK, description="О ком.")


@node(visible_items, rows.MovementItem, description="Учащийся в приказе о движении (9.2).")
class MovementItem(Node):
    position: int = strawberry.field(description="Место в приказе, от 0.")
    place: str | None = strawberry.field(description="Куда выбыл или откуда прибыл.")
    reason: str | None = strawberry.field(description="Причина.")
    order: "MovementOrder | None" = edge(movement.order_of, description="Приказ.")
    student: Student | None = edge(school.student_of, description="Учащийся.")
    from_class: SchoolClass | None = edge(movement.item_from_class, description="Из какого класса.")
    to_class: SchoolClass | None = edge(movement.item_to_class, description="В какой класс.")


@node(visible_orders, rows.MovementOrder, description="Приказ о движении учащихся (9.1, 9.2).")
class MovementOrder(Node):
    kind: MovementKind = strawberry.field(description="Вид приказа.")
    state: OrderState = strawberry.field(description="Состояние.")
    number: str | None = strawberry.field(description="Номер; у проекта его нет.")
    issued_on: date | None = strawberry.field(description="Дата приказа.")
    effective_on: date = strawberry.field(
        description="Первый день действия: последний день в прежнем классе — накануне."
    )
    event_on: date | None = strawberry.field(description="День события, от которого считается срок приказа.")
    due_on: date | None = strawberry.field(description="По какой день приказ издан вовремя (9.2).")
    basis: str | None = strawberry.field(description="Основание.")
    version: int = strawberry.field(description="Версия.")

    in_time: bool | None = computed(
        in_time, "issued_on", "due_on", description="Издан ли вовремя (9.2); null, если не издан или срока нет."
    )
    cancels: "MovementOrder | None" = edge(movement.order_cancels, description="Какой приказ отменяет.")
    cancelled_by: "MovementOrder | None" = edge(movement.order_cancelled_by, description="Каким приказом отменён.")

    @edge_with(
        movement.order_items,
        returns=Connection[MovementItem],
        description="Учащиеся в порядке приказа; классный руководитель видит своих.",
    )
    def items(self, first: First, after: After = None) -> dict[str, Any]:
        return paged(first, after)

    @resolved("Что мешает издать проект; у изданного приказа пусто (9.2).", only=MAY_CHECK)
    async def check(self, info: Info) -> list[MovementFinding]:
        found = await movement.examined(info.context, self)
        return [
            MovementFinding(
                student_id=None if each.position is None else found.students[each.position],
                position=each.position,
                code=each.code,
                message=each.message,
                clause=each.clause,
            )
            for each in found.findings
        ]


@strawberry.type(description="Сколько учащихся двигалось: без имён.")
class MovementCount:
    kind: MovementKind = strawberry.field(description="Вид приказа.")
    grade: int = strawberry.field(description="Параллель, из которой, а при зачислении — в которую.")
    students: int = strawberry.field(
        description="Сколько учащихся = число строк действующих приказов этого вида, вступивших в силу за эти дни."
    )

    arrived: int = computed(
        *(arrived, "kind", "students"),
        description="Сколько прибыло в школу = `students` у зачислений, у остальных приказов 0.",
    )
    left: int = computed(
        *(left, "kind", "students"),
        description="Сколько выбыло из школы = `students` у выбытия и выпуска, у остальных приказов 0.",
    )
