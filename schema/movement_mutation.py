"""What the secretary writes in the movement book (9.1)."""

from datetime import date

import strawberry
from strawberry import UNSET

from permissions.gates import gate
from permissions.movement import WRITERS
from resolvers import movement_commands, movement_issue
from rules.movement import MOST_ITEMS

from .base import Info, encode_id, number, optional_number
from .commands import IDEMPOTENCY_KEY, IF_VERSION, Written, command, sent, written
from .enums import MovementKind
from .movement import MovementOrder

KEEPS_BOOK = gate(WRITERS)

_EFFECTIVE = (
    "Первый день действия: последний день в прежнем классе — накануне. "
    "Для перевода на следующий год и второгодников — первый день нового учебного года."
)
_EVENT = "День события: от него считаются 3 рабочих дня для выбытия и зачисления; без него — первый день действия."
_NUMBER = "Номер, единственный в календарном году; без него — следующий по порядку."
_ISSUED = "Дата приказа, не позже сегодняшней; без неё — сегодня."
_TO = "В какой класс; для перевода на следующий год и второгодников — если новые классы уже есть."
_ITEMS = f"Учащиеся: вместе с классами не больше {MOST_ITEMS}."


@strawberry.type(description="Проект приказа составлен.")
class DraftOrderPayload(Written):
    order: MovementOrder | None = written(MovementOrder, "Проект.")


@strawberry.type(description="Проект приказа изменён.")
class UpdateOrderPayload(Written):
    order: MovementOrder | None = written(MovementOrder, "Проект.")


@strawberry.type(description="Проект приказа удалён.")
class DeleteOrderPayload:
    order_id: strawberry.ID = strawberry.field(description="Какой.")


@strawberry.type(description="Приказ издан, учащиеся переведены.")
class IssueOrderPayload(Written):
    order: MovementOrder | None = written(MovementOrder, "Приказ.")


@strawberry.type(description="Приказ отменён другим приказом.")
class CancelOrderPayload(Written):
    order: MovementOrder | None = written(MovementOrder, "Приказ об отмене.")


@strawberry.input(description="Учащийся в приказе.")
class OrderItemInput:
    student_id: strawberry.ID = strawberry.field(description="Учащийся.")
    to_class_id: strawberry.ID | None = strawberry.field(default=None, description=_TO)
    place: str | None = strawberry.field(default=None, description="Куда выбыл или откуда прибыл.")
    reason: str | None = strawberry.field(default=None, description="Причина.")


@strawberry.input(description="Класс целиком: все, кто в нём накануне первого дня действия, кроме названных.")
class OrderClassInput:
    class_id: strawberry.ID = strawberry.field(description="Из какого класса.")
    except_student_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Кроме кого.")
    to_class_id: strawberry.ID | None = strawberry.field(default=None, description=_TO)
    reason: str | None = strawberry.field(default=None, description="Причина.")


@strawberry.input(description="Проект приказа о движении (9.2).")
class DraftOrderInput:
    kind: MovementKind = strawberry.field(description="Вид приказа.")
    effective_on: date = strawberry.field(description=_EFFECTIVE)
    event_on: date | None = strawberry.field(default=None, description=_EVENT)
    basis: str | None = strawberry.field(default=None, description="Основание.")
    items: list[OrderItemInput] | None = strawberry.field(default=None, description=_ITEMS)
    classes: list[OrderClassInput] | None = strawberry.field(default=None, description="Классы целиком.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(description="Что изменить в проекте: только переданное. Учащиеся, если переданы, заменяются целиком.")
class UpdateOrderInput:
    order_id: strawberry.ID = strawberry.field(description="Проект.")
    effective_on: date | None = strawberry.field(default=UNSET, description=_EFFECTIVE)
    event_on: date | None = strawberry.field(default=UNSET, description=_EVENT)
    basis: str | None = strawberry.field(default=UNSET, description="Основание.")
    items: list[OrderItemInput] | None = strawberry.field(default=UNSET, description=_ITEMS)
    classes: list[OrderClassInput] | None = strawberry.field(default=UNSET, description="Классы целиком.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


@strawberry.input(description="Удаление проекта.")
class DeleteOrderInput:
    order_id: strawberry.ID = strawberry.field(description="Проект.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


@strawberry.input(description="Издание приказа.")
class IssueOrderInput:
    order_id: strawberry.ID = strawberry.field(description="Проект.")
    number: str | None = strawberry.field(default=None, description=_NUMBER)
    issued_on: date | None = strawberry.field(default=None, description=_ISSUED)
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


@strawberry.input(description="Отмена изданного приказа другим приказом.")
class CancelOrderInput:
    order_id: strawberry.ID = strawberry.field(description="Какой приказ отменить.")
    number: str | None = strawberry.field(default=None, description=_NUMBER)
    issued_on: date | None = strawberry.field(default=None, description=_ISSUED)
    basis: str | None = strawberry.field(default=None, description="Основание отмены.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


def _content(items: list[OrderItemInput] | None, classes: list[OrderClassInput] | None) -> movement_commands.Content:
    return movement_commands.Content(
        [
            movement_commands.Entry(
                number("Student", each.student_id, f"items.{n}.studentId"),
                optional_number("SchoolClass", each.to_class_id, f"items.{n}.toClassId"),
                each.place,
                each.reason,
                f"items.{n}",
            )
            for n, each in enumerate(items or ())
        ],
        [
            movement_commands.WholeClass(
                number("SchoolClass", each.class_id, f"classes.{n}.classId"),
                [
                    number("Student", student, f"classes.{n}.exceptStudentIds.{place}")
                    for place, student in enumerate(each.except_student_ids or ())
                ],
                optional_number("SchoolClass", each.to_class_id, f"classes.{n}.toClassId"),
                each.reason,
                f"classes.{n}",
            )
            for n, each in enumerate(classes or ())
        ],
    )


@strawberry.type
class MovementMutation:
    @command(KEEPS_BOOK, "Составить проект приказа о движении (9.1).")
    async def draft_order(self, info: Info, input: DraftOrderInput) -> DraftOrderPayload:
        order = await movement_commands.draft_order(
            info.context,
            input.kind,
            {"effective_on": input.effective_on, "event_on": input.event_on, "basis": input.basis},
            _content(input.items, input.classes),
            input.idempotency_key,
        )
        return DraftOrderPayload(number=order)

    @command(KEEPS_BOOK, "Изменить проект приказа (9.1).")
    async def update_order(self, info: Info, input: UpdateOrderInput) -> UpdateOrderPayload:
        order = number("MovementOrder", input.order_id, "orderId")
        people = sent(input, "items", "classes")
        values = sent(input, "event_on", "basis")
        if input.effective_on is not UNSET and input.effective_on is not None:
            values["effective_on"] = input.effective_on
        content = _content(people.get("items"), people.get("classes")) if people else None
        await movement_commands.update_order(info.context, order, values, content, input.if_version)
        return UpdateOrderPayload(number=order)

    @command(KEEPS_BOOK, "Удалить проект приказа (9.1).")
    async def delete_order(self, info: Info, input: DeleteOrderInput) -> DeleteOrderPayload:
        order = number("MovementOrder", input.order_id, "orderId")
        await movement_commands.delete_order(info.context, order, input.if_version)
        return DeleteOrderPayload(order_id=encode_id("MovementOrder", order))

    @command(KEEPS_BOOK, "Издать приказ: учащиеся переходят из класса в класс со дня его действия (9.1, 9.2).")
    async def issue_order(self, info: Info, input: IssueOrderInput) -> IssueOrderPayload:
        order = number("MovementOrder", input.order_id, "orderId")
        await movement_issue.issue_order(info.context, order, input.number, input.issued_on, input.if_version)
        return IssueOrderPayload(number=order)

    @command(KEEPS_BOOK, "Отменить приказ другим приказом, как если бы его не было (9.1).")
    async def cancel_order(self, info: Info, input: CancelOrderInput) -> CancelOrderPayload:
        order = await movement_issue.cancel_order(
            info.context,
            number("MovementOrder", input.order_id, "orderId"),
            input.number,
            input.issued_on,
            input.basis,
            input.if_version,
            input.idempotency_key,
        )
        return CancelOrderPayload(number=order)
