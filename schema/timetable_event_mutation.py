"""What deputies and class teachers write of events."""

from datetime import date, time
from typing import Any

import strawberry
from strawberry import UNSET

from permissions.gates import gate
from permissions.timetable_week import EVENT_WRITERS
from resolvers import timetable_events

from .base import Info, number
from .commands import IDEMPOTENCY_KEY, IF_VERSION, Written, command, written
from .timetable_week import Event

MAY_ENTER = gate(EVENT_WRITERS)

_HOUR = "По времени школы; без начала и конца — весь день."


@strawberry.type(description="Мероприятие внесено.")
class CreateEventPayload(Written):
    event: Event | None = written(Event, "Мероприятие.")


@strawberry.type(description="Мероприятие изменено.")
class UpdateEventPayload(Written):
    event: Event | None = written(Event, "Мероприятие.")


@strawberry.type(description="Мероприятие отменено.")
class CancelEventPayload(Written):
    event: Event | None = written(Event, "Мероприятие.")


@strawberry.input(description="Мероприятие: для всей школы, для параллелей или для классов.")
class CreateEventInput:
    title: str = strawberry.field(description="Название.")
    description: str | None = strawberry.field(default=None, description="Описание.")
    place: str | None = strawberry.field(default=None, description="Где.")
    starts_on: date = strawberry.field(description="Первый день.")
    starts_at: time | None = strawberry.field(default=None, description=f"Начало. {_HOUR}")
    ends_on: date = strawberry.field(description="Последний день.")
    ends_at: time | None = strawberry.field(default=None, description=f"Конец. {_HOUR}")
    for_all: bool = strawberry.field(default=False, description="Для всей школы.")
    grades: list[int] | None = strawberry.field(default=None, description="Для этих параллелей.")
    class_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Для этих классов.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input(
    description="Изменения мероприятия. Меняется только то, что передано; для кого оно, называется целиком."
)
class UpdateEventInput:
    event_id: strawberry.ID = strawberry.field(description="Мероприятие.")
    title: str | None = strawberry.field(default=UNSET, description="Название.")
    description: str | None = strawberry.field(default=UNSET, description="Описание.")
    place: str | None = strawberry.field(default=UNSET, description="Где.")
    starts_on: date | None = strawberry.field(default=UNSET, description="Первый день.")
    starts_at: time | None = strawberry.field(default=UNSET, description=f"Начало. {_HOUR}")
    ends_on: date | None = strawberry.field(default=UNSET, description="Последний день.")
    ends_at: time | None = strawberry.field(default=UNSET, description=f"Конец. {_HOUR}")
    for_all: bool | None = strawberry.field(default=UNSET, description="Для всей школы.")
    grades: list[int] | None = strawberry.field(default=UNSET, description="Для этих параллелей.")
    class_ids: list[strawberry.ID] | None = strawberry.field(default=UNSET, description="Для этих классов.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


@strawberry.input(description="Отмена мероприятия.")
class CancelEventInput:
    event_id: strawberry.ID = strawberry.field(description="Мероприятие.")
    if_version: int | None = strawberry.field(default=None, description=IF_VERSION)


def _values(given: CreateEventInput | UpdateEventInput) -> dict[str, Any]:
    """What was sent of an event."""
    names = ("title", "description", "place", *timetable_events.TIMES, *timetable_events.AUDIENCE)
    values = {name: value for name in names if (value := getattr(given, name)) is not UNSET}
    if values.get("class_ids"):
        values["class_ids"] = [
            number("SchoolClass", each, f"classIds.{n}") for n, each in enumerate(values["class_ids"])
        ]
    return values


@strawberry.type
class EventMutation:
    @command(MAY_ENTER, "Внести мероприятие (6.1): завуч — любое, классный руководитель — своего класса.")
    async def create_event(self, info: Info, input: CreateEventInput) -> CreateEventPayload:
        return CreateEventPayload(
            number=await timetable_events.create_event(info.context, _values(input), input.idempotency_key)
        )

    @command(MAY_ENTER, "Изменить мероприятие.")
    async def update_event(self, info: Info, input: UpdateEventInput) -> UpdateEventPayload:
        event = number("Event", input.event_id, "eventId")
        return UpdateEventPayload(
            number=await timetable_events.update_event(info.context, event, _values(input), input.if_version)
        )

    @command(MAY_ENTER, "Отменить мероприятие; оно остаётся видно отменённым.")
    async def cancel_event(self, info: Info, input: CancelEventInput) -> CancelEventPayload:
        event = number("Event", input.event_id, "eventId")
        return CancelEventPayload(number=await timetable_events.cancel_event(info.context, event, input.if_version))
