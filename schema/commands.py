"""How a command is declared: whom it is for, what it answers, and what the inputs of all commands have alike."""

from collections.abc import Callable
from functools import cache
from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from permissions.gates import Gate

from .base import by_number, edge
from .enums import RefusalCode

IF_VERSION = "Версия, которую видел отправитель; с другой — отказ CONFLICT."
IF_VERSION_OR_NEW = f"{IF_VERSION} 0 — записи ещё не было."
REASON = "Почему: останется в истории того, что изменится."
IDEMPOTENCY_KEY = "Ключ повтора: с тем же ключом и данными команда выполнится один раз."


@strawberry.type(description="Отказ: почему команда не выполнена. Ничего не записано.")
class Refusal:
    code: RefusalCode = strawberry.field(description="Причина; не меняется от версии к версии.")
    message: str = strawberry.field(description="Что случилось, для человека.")
    field: str | None = strawberry.field(description="Поле ввода, из-за которого отказано.")
    clause: str | None = strawberry.field(description="Пункт Порядка, по которому отказано.")
    object_ids: list[strawberry.ID] = strawberry.field(description="Что мешает: например, урок, с которым наложение.")


@strawberry.type
class Written:
    """What a command answers that has written one row: the row's number, for the fields that show it."""

    number: strawberry.Private[int]


def written(shown: Any, description: str) -> Any:
    """The row that a `Written` has written, as the viewer sees it now: `room: Room | None = written(Room, …)`."""
    return edge(by_number(shown.__strawberry_definition__.name), description=description)


def command(permission: type[Gate], description: str) -> Callable[[Callable[..., Any]], Any]:
    """A field of the mutation type. It answers the payload that the function it decorates declares, or a `Refusal`:
    `-> CreateRoomPayload` is the union `CreateRoomResult`.
    """

    def declare(resolver: Callable[..., Any]) -> Any:
        return strawberry.field(
            resolver=resolver,
            graphql_type=_result(resolver.__annotations__["return"]),
            description=description,
            permission_classes=[permission],
        )

    return declare


@cache
def _result(payload: type) -> Any:
    name = payload.__name__.removesuffix("Payload") + "Result"
    return Annotated[payload | Refusal, strawberry.union(name)]


def sent(given: Any, *names: str) -> dict[str, Any]:
    """Those of an input's fields that were sent: only they change."""
    return {name: value for name in names if (value := getattr(given, name)) is not UNSET}
