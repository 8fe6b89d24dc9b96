"""The vocabulary the types are written in: nodes, edges, gated fields, connections, opaque ids."""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.federation.schema_directives import Key as FederationKey
from strawberry.federation.types import FieldSet
from strawberry.types.field import StrawberryField

from permissions.gates import Gate, gate
from permissions.scopes import Scope
from resolvers.context import Context
from resolvers.edges import MOST, Edge, Page, Reading, to_one
from rules.refusals import Refusal, RefusalCode, bad_input

T = TypeVar("T")

MOST_LETTERS = 200
"""How long a name may be that is searched for."""

Info = strawberry.Info[Context, None]


def argument(description: str, *, only: type[Gate] | None = None) -> Any:
    """An argument's description and, where it is not for all who see the field, its gate."""
    return strawberry.argument(description=description, metadata={"gate": only})


class EdgeField(StrawberryField):
    """A field that follows an edge. Its gate admits the roles that reach any row there, unless it is narrowed."""

    edge: Edge
    gate: type[Gate]
    then: Callable[[Any, Any], Any] | None

    def __copy__(self) -> "EdgeField":
        new = super().__copy__()
        new.edge, new.gate, new.then = self.edge, self.gate, self.then
        return new

    @property
    def is_basic_field(self) -> bool:
        """Never: it reads."""
        return False

    @property
    def is_async(self) -> bool:
        """Always: it waits for its batch."""
        return True

    def reading(self, args: Sequence[Any], kwargs: dict[str, Any]) -> Reading:
        """The edge with the arguments of the query: the same for every parent."""
        chosen = self.base_resolver(*args, **kwargs) if self.base_resolver else {}
        return chosen if isinstance(chosen, Reading) else self.edge(**chosen)

    async def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Any) -> Any:
        """What the edge leads to from `source`."""
        rows = await info.context.load(self.reading(args, kwargs), source, self.gate.roles)
        return self.then(source, rows) if self.then else rows


Decorator = Callable[[Callable[..., Any]], Any]


def edge(
    to: Edge,
    *,
    description: str,
    only: type[Gate] | None = None,
    returns: Any = None,
    then: Callable[[Any, Any], Any] | None = None,
) -> Any:
    """A field that follows the edge `to`, in place of a value: `card: StudentCard | None = edge(…)`.

    `only` narrows the gate. `then` makes the field's value of the parent and the rows.
    """
    permission = only or gate(to.scope.roles)
    if not permission.roles <= to.scope.roles:
        raise ValueError(f"the gate admits roles that the scope of {to.scope.type_name} does not")
    field = EdgeField(
        type_annotation=StrawberryAnnotation.from_annotation(returns),
        description=description,
        permission_classes=[permission],
    )
    field.edge, field.gate, field.then = to, permission, then
    field.init = field.compare = field.repr = False
    return field


def edge_with(to: Edge, *, returns: Any, description: str, only: type[Gate] | None = None) -> Decorator:
    """A field that follows the edge `to` with arguments, of the GraphQL type `returns`.

    The function it decorates takes the GraphQL arguments and gives the edge's, or the reading of another edge to the
    same type.
    """
    field: Decorator = edge(to, description=description, only=only, returns=returns)
    return field


def computed(description: str) -> Decorator:
    """A scalar that the function it decorates computes of the row."""
    field: Decorator = strawberry.field(description=description)
    return field


def secret(permission: type[Gate], description: str) -> Any:
    """A scalar that not everybody who sees the row may read: only analysts and services may be left out."""
    return strawberry.field(description=description, permission_classes=[permission])


def secret_field(permission: type[Gate], description: str) -> Decorator:
    """The same, computed by the function it decorates."""
    field: Decorator = secret(permission, description)
    return field


def root(permission: type[Gate], description: str) -> Decorator:
    """A field of the query or the mutation type. Each says whom it is for."""
    field: Decorator = strawberry.field(description=description, permission_classes=[permission])
    return field


def encode_id(type_name: str, number: Any) -> strawberry.ID:
    """The opaque id of a row."""
    return strawberry.ID(b64encode(f"{type_name}:{number}".encode()).decode())


def decode_id(value: str, field: str) -> tuple[str, int]:
    """Type name and number of an opaque id; a refusal that names `field` if it is none."""
    try:
        type_name, _, number = b64decode(value, validate=True).decode().partition(":")
        if number.isascii() and number.isdigit() and 0 < int(number) < 2**63:
            return type_name, int(number)
    except (binascii.Error, UnicodeDecodeError, ValueError):
        pass
    raise Refusal(RefusalCode.BAD_ID, "Неизвестный идентификатор.", field)


def number(type_name: str, value: str, field: str) -> int:
    """The number of an id that must be one of `type_name`."""
    found, row = decode_id(value, field)
    if found != type_name:
        raise Refusal(RefusalCode.BAD_ID, f"Здесь нужен идентификатор {type_name}.", field)
    return row


def optional_number(type_name: str, value: str | None, field: str) -> int | None:
    """The same where the argument may be left out."""
    return None if value is None else number(type_name, value, field)


@strawberry.interface(description="Объект с идентификатором, который можно запросить полем `node`.")
class Node:
    """Whatever `node` and `_entities` can find again."""

    @computed("Непрозрачный идентификатор.")
    def id(self) -> strawberry.ID:
        return encode_id(self.type_name, self.id)  # type: ignore[attr-defined]


NODES: dict[str, tuple[type, Scope, Edge]] = {}
"""Every node type by name: the type, its scope, and the edge that finds a row of it by number."""


def node(scope: Scope, model: Any, *, description: str) -> Callable[[type[T]], type[T]]:
    """A type whose rows `scope` gives and `model.id` numbers: a Relay node and a federation entity keyed by `id`."""

    def declare(cls: type[T]) -> type[T]:
        cls.is_type_of = staticmethod(lambda row, _: getattr(row, "type_name", "") == scope.type_name)  # type: ignore[attr-defined]
        declared = strawberry.type(
            cls,
            name=scope.type_name,
            description=description,
            directives=[FederationKey(fields=FieldSet("id"), resolvable=True)],
        )
        NODES[scope.type_name] = (declared, scope, to_one(scope, model.id, of="number"))
        return declared

    return declare


async def find(context: Context, value: str, field: str) -> Any:
    """The row behind an opaque id, or None if there is none that the viewer sees."""
    type_name, row = decode_id(value, field)
    if type_name not in NODES:
        return None
    return await context.load_key(NODES[type_name][2](), (row,))


@strawberry.type(description="Сведения о странице списка.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Есть ли ещё записи дальше.")
    has_previous_page: bool = strawberry.field(description="Есть ли записи раньше.")
    start_cursor: str | None = strawberry.field(description="Отметка первой записи страницы.")
    end_cursor: str | None = strawberry.field(description="Отметка последней записи: `after` следующей страницы.")


@strawberry.type(name="Edge", description="Запись списка.")
class ConnectionEdge(Generic[T]):
    node: T = strawberry.field(description="Сама запись.")
    cursor: str = strawberry.field(description="Отметка записи в списке.")


@strawberry.type(description="Страница списка.")
class Connection(Generic[T]):
    @computed("Записи страницы.")
    def edges(self) -> list[ConnectionEdge[T]]:
        page = _page(self)
        return [ConnectionEdge(node=row, cursor=page.cursor(row)) for row in page.shown]

    @computed("Записи страницы без отметок.")
    def nodes(self) -> list[T]:
        return _page(self).shown

    @computed("Есть ли страницы до и после этой.")
    def page_info(self) -> PageInfo:
        page = _page(self)
        shown = page.shown
        return PageInfo(
            has_next_page=len(page.rows) > page.first,
            has_previous_page=page.has_previous,
            start_cursor=page.cursor(shown[0]) if shown else None,
            end_cursor=page.cursor(shown[-1]) if shown else None,
        )

    @computed("Сколько записей на всех страницах.")
    async def total_count(self, info: Info) -> int:
        page = _page(self)
        total: int = await info.context.load_key(page.counting, page.key, page.roles)
        return total


def _page(source: Any) -> Page:
    return source  # type: ignore[no-any-return]


First = Annotated[int, strawberry.argument(description=f"Сколько записей: от 1 до {MOST}.")]
After = Annotated[str | None, strawberry.argument(description="Отметка, после которой продолжить.")]


def paged(first: int, after: str | None) -> dict[str, Any]:
    """The arguments of a connection, refused outside 1…100."""
    if not 1 <= first <= MOST:
        raise bad_input(f"Можно запросить от 1 до {MOST} записей.", "first")
    return {"first": first, "after": after}


def beginning(search: str | None) -> str | None:
    """What a name begins with, as it may be searched for: no longer than a name, and without zero bytes."""
    if search is not None and (len(search) > MOST_LETTERS or "\0" in search):
        raise bad_input(f"Не больше {MOST_LETTERS} знаков.", "search")
    return search
