"""The vocabulary the types are written in: nodes, edges, gated fields, connections, opaque ids."""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Any, Generic, TypeVar

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.federation.schema_directives import Key as FederationKey
from strawberry.federation.types import FieldSet
from strawberry.types.field import StrawberryField

from permissions.gates import Gate, gate
from permissions.scopes import Scope
from resolvers.context import Context
from resolvers.edges import MOST, Edge, Key, Page, Reading
from resolvers.edges_kinds import to_one
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
    argument_gates: Mapping[str, type[Gate]] = MappingProxyType({})

    def __copy__(self) -> "EdgeField":
        new = super().__copy__()
        new.edge, new.gate = self.edge, self.gate
        return new

    @property
    def is_basic_field(self) -> bool:
        """Never: it reads."""
        return False

    @property
    def is_async(self) -> bool:
        """Always: it waits for its batch."""
        return True

    def reading(self, context: Context, args: Sequence[Any], kwargs: dict[str, Any]) -> Reading:
        """The edge with the arguments of the query: the same for every parent."""
        self._check(context, kwargs)
        chosen = self.base_resolver(*args, **kwargs) if self.base_resolver else {}
        return chosen if isinstance(chosen, Reading) else self.edge(**chosen)

    def _check(self, context: Context, kwargs: Mapping[str, Any]) -> None:
        """Refuse an argument to those whom its gate does not admit, where the schema is not their own."""
        for name, permission in self.argument_gates.items():
            if kwargs.get(name) is not None and not permission.admits(context.viewer.roles):
                raise Refusal(RefusalCode.FORBIDDEN, "Нет прав на этот аргумент.", name)

    async def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Any) -> Any:
        """What the edge leads to from `source`."""
        context = info.context.beneath(info.path)
        return await context.load(self.reading(context, args, kwargs), source, self.gate.roles)


class AwaitedEdgeField(EdgeField):
    """A field that follows an edge once its function has read what the edge's arguments are. Plans do not know it."""

    async def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Any) -> Any:
        """What the edge leads to from `source`."""
        context = info.context.beneath(info.path)
        self._check(context, kwargs)
        chosen = await self.base_resolver(*args, **kwargs)  # type: ignore[misc]
        return await context.load(self.edge(**chosen), source, self.gate.roles)


class RootEdgeField(EdgeField):
    """A root field that follows an edge: its arguments, or the viewer, make the key.

    An argument `as_of` is no part of it: everything beneath the field is then read as it stood at that moment. `noted`:
    what is found goes into the access log.
    """

    noted = False

    def __copy__(self) -> "RootEdgeField":
        new = super().__copy__()
        assert isinstance(new, RootEdgeField)  # noqa: S101
        new.noted = self.noted
        return new

    def key(self, context: Context, args: Sequence[Any], kwargs: dict[str, Any]) -> Key:
        """The key that the query asks for."""
        self._check(context, kwargs)
        key: Key = self.base_resolver(*args, **kwargs)  # type: ignore[misc]
        return key

    async def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Any) -> Any:
        """What the edge leads to from the key."""
        context = info.context.begin(info.path, kwargs.get("as_of"))
        key = self.key(context, args, kwargs)
        found = await context.load_key(self.edge(), key, self.gate.roles)
        if self.noted and found is not None:
            context.note(key)
        return found


class ComputedField(StrawberryField):
    """A scalar that `function` makes of the attributes `of` of the row."""

    function: Callable[..., Any]
    of: tuple[str, ...]

    def __copy__(self) -> "ComputedField":
        new = super().__copy__()
        new.function, new.of = self.function, self.of
        return new

    @property
    def is_basic_field(self) -> bool:
        """Never: it computes."""
        return False

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Any) -> Any:
        """The scalar of one row."""
        return self.function(*(getattr(source, name) for name in self.of))


class ItselfField(StrawberryField):
    """The very row, seen as another type."""

    @property
    def is_basic_field(self) -> bool:
        """Never: there is no such attribute."""
        return False

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Any) -> Any:
        """The row."""
        return source


class CountField(StrawberryField):
    """How many rows a connection has over all its pages: an edge of its own, followed only where it is asked for."""

    @property
    def is_basic_field(self) -> bool:
        """Never: it reads."""
        return False

    @property
    def is_async(self) -> bool:
        """Always: it waits for its batch."""
        return True

    async def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Any) -> Any:
        """The count behind one page."""
        return await info.context.beneath(info.path).load_key(source.counting, source.key, source.roles)


class NodesField(StrawberryField):
    """The rows of a page, of which no cursor is asked."""

    @property
    def is_basic_field(self) -> bool:
        """Never: a page has more than it shows."""
        return False

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Any) -> Any:
        """The rows."""
        return source.shown


Decorator = Callable[[Callable[..., Any]], Any]


def _not_stored(field: Any) -> Any:
    """The field as a type declares one that no row holds as a value: `card: StudentCard | None = edge(…)`."""
    field.init = field.compare = field.repr = False
    return field


def _edge_field(kind: type[EdgeField], to: Edge, description: str, only: type[Gate] | None, returns: Any = None) -> Any:
    permission = only or gate(to.scope.roles)
    if not permission.roles <= to.scope.roles:
        raise ValueError(f"the gate admits roles that the scope of {to.scope.type_name} does not")
    field = kind(
        type_annotation=StrawberryAnnotation.from_annotation(returns),
        description=description,
        permission_classes=[permission],
    )
    field.edge, field.gate = to, permission
    return _not_stored(field)


def edge(to: Edge, *, description: str, only: type[Gate] | None = None) -> Any:
    """A field that follows the edge `to`, in place of a value: `card: StudentCard | None = edge(…)`. `only` narrows
    the gate.
    """
    return _edge_field(EdgeField, to, description, only)


def edge_with(to: Edge, *, returns: Any, description: str, only: type[Gate] | None = None) -> Decorator:
    """A field that follows the edge `to` with arguments, of the GraphQL type `returns`.

    The function it decorates takes the GraphQL arguments and gives the edge's, or the reading of another edge to the
    same type.
    """
    field: Decorator = _edge_field(EdgeField, to, description, only, returns)
    return field


def edge_after(to: Edge, *, returns: Any, description: str, only: type[Gate] | None = None) -> Decorator:
    """`edge_with` for a function that must read something to give the edge's arguments."""
    field: Decorator = _edge_field(AwaitedEdgeField, to, description, only, returns)
    return field


def root_edge(
    to: Edge, *, returns: Any, description: str, only: type[Gate] | None = None, noted: bool = False
) -> Decorator:
    """A field of the query type that follows the edge `to`. The function it decorates gives the edge's key."""
    field: Any = _edge_field(RootEdgeField, to, description, only, returns)
    field.noted = noted
    return field  # type: ignore[no-any-return]


def computed(function: Callable[..., Any], *of: str, description: str, only: type[Gate] | None = None) -> Any:
    """A scalar that `function` makes of the row's attributes `of`: `name: str = computed(class_name, "grade", …)`.

    `only`: not everybody who sees the row may read it.
    """
    field = ComputedField(description=description, permission_classes=[only] if only else [])
    field.function, field.of = function, of
    return _not_stored(field)


def itself(description: str, *, only: type[Gate] | None = None) -> Any:
    """The very row, seen as another type. `only`: not everybody may."""
    return _not_stored(ItselfField(description=description, permission_classes=[only] if only else []))


def resolved(description: str, *, only: type[Gate] | None = None) -> Decorator:
    """A field whose value the function it decorates finds of an object. `only`: not everybody may read it."""
    field: Decorator = strawberry.field(description=description, permission_classes=[only] if only else [])
    return field


def secret(permission: type[Gate], description: str) -> Any:
    """What not everybody who sees the row may read: only analysts and services may be left out."""
    return strawberry.field(description=description, permission_classes=[permission])


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

    id: strawberry.ID = computed(encode_id, "type_name", "id", description="Непрозрачный идентификатор.")


NODES: dict[str, tuple[type, Scope, Edge]] = {}
"""Every node type by name: the type, its scope, and the edge that finds a row of it by number."""


def by_number(type_name: str) -> Edge:
    """The edge that finds a row of the type by its number."""
    return NODES[type_name][2]


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
    return await context.load_key(by_number(type_name)(), (row,))


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
    @resolved("Записи страницы.")
    def edges(self) -> list[ConnectionEdge[T]]:
        page = _page(self)
        return [ConnectionEdge(node=row, cursor=page.cursor(row)) for row in page.shown]

    nodes: list[T] = _not_stored(NodesField(description="Записи страницы без отметок."))

    @resolved("Есть ли страницы до и после этой.")
    def page_info(self) -> PageInfo:
        page = _page(self)
        shown = page.shown
        return PageInfo(
            has_next_page=len(page.rows) > page.first,
            has_previous_page=page.has_previous,
            start_cursor=page.cursor(shown[0]) if shown else None,
            end_cursor=page.cursor(shown[-1]) if shown else None,
        )

    total_count: int = _not_stored(CountField(description="Сколько записей на всех страницах."))


def _page(source: Any) -> Page:
    return source  # type: ignore[no-any-return]


First = Annotated[int, strawberry.argument(description=f"Сколько записей: от 1 до {MOST}.")]
After = Annotated[str | None, strawberry.argument(description="Отметка, после которой продолжить.")]


def paged(first: int, after: str | None) -> dict[str, Any]:
    """The arguments of a connection, refused outside 1…100."""
    if not 1 <= first <= MOST:
        raise bad_input(f"Можно запросить от 1 до {MOST} записей.", "first")
    return {"first": first, "after": after}


def beginning(search: str | None, field: str = "search") -> str | None:
    """What may be searched for: no longer than a name, and without zero bytes."""
    if search is not None and (len(search) > MOST_LETTERS or "\0" in search):
        raise bad_input(f"Не больше {MOST_LETTERS} знаков.", field)
    return search
