"""The kinds of edges that resolvers declare: to one row, to a list, to pages; and the parts their statements share."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    PrimaryKeyConstraint,
    Select,
    UniqueConstraint,
    and_,
    any_,
    bindparam,
    column,
    func,
    select,
    true,
    tuple_,
)

from permissions.scopes import Beside, Rows, Scope, of_school
from rules.account import Role

from .edges import Edge, Lookup


def keys_param(position: int, type_: Any = BigInteger) -> Any:
    """The array of the parents' keys."""
    return bindparam(f"key{position}", type_=ARRAY(type_))


def argument(name: str, type_: Any = BigInteger) -> Any:
    """An argument of the edge, bound when it runs."""
    return bindparam(name, type_=type_)


Filters = Mapping[str, ColumnElement[bool]]
Shape = Callable[[Select[Any]], Select[Any]]


def _narrow(query: Select[Any], filters: Filters, given: frozenset[str]) -> Select[Any]:
    return query.where(*(condition for name, condition in filters.items() if name in given))


def _keyed(query: Select[Any], keys: Sequence[Any]) -> Select[Any]:
    """Narrow to the parents' keys, each given once, and give each row's key beside it."""
    query = query.add_columns(*(key.label(f"_key{position}") for position, key in enumerate(keys)))
    if len(keys) == 1:
        return query.where(keys[0] == any_(keys_param(0, keys[0].type)))
    parents = parent_keys(*(key.type for key in keys))
    return query.join(parents, and_(*(key == given for key, given in zip(keys, parents.c, strict=True))))


def parent_keys(*types: Any) -> Any:
    """The parents' keys as a table with the columns `key0`, `key1`, …."""
    arrays = [keys_param(position, type_) for position, type_ in enumerate(types)]
    names = (column(f"key{position}", type_) for position, type_ in enumerate(types))
    return func.unnest(*arrays).table_valued(*names).render_derived()


def is_unique(model: Any, names: Iterable[str]) -> bool:
    """Whether no two rows of a school have the same values in these columns of a model."""
    table = model.__table__
    given = {*names, "school_id"}
    constraints = [each for each in table.constraints if isinstance(each, PrimaryKeyConstraint | UniqueConstraint)]
    return any({column.name for column in each.columns} <= given for each in constraints)


def to_one(
    scope: Scope,
    *key: Any,
    of: str | Sequence[str],
    shape: Shape | None = None,
    filters: Filters | None = None,
    columns: Sequence[Any] = (),
) -> Edge:
    """An edge to one row: `key` are the columns that the parent's attributes `of` must equal.

    `shape` may join what narrows the rows, `columns` are given beside the scope's own.
    """

    def rows(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
        query = scope.for_roles(roles).add_columns(*columns)
        return shape(query) if shape else query

    def build(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
        return _keyed(_narrow(rows(roles, given), filters or {}, given), key)

    single = not shape and not filters and is_unique(key[0].class_, (column.key for column in key))
    lookup = Lookup(rows, key) if single else None
    return Edge(scope, (of,) if isinstance(of, str) else tuple(of), build, single=single, lookup=lookup)


@cache
def to_beside(scope: Scope, name: str) -> Edge | None:
    """The edge from a type's rows to what stands beside them under `name`, where many of them may share it.

    Who sees a row sees what its scope puts beside it. What the rows have in common with it (`Rows.copied`) may be read
    there as well.
    """
    if not isinstance(scope.base, Rows):
        return None
    beside = next((each for each in scope.base.beside if name in each.adds), None)
    shared = beside and beside.of and not is_unique(scope.base.model, (beside.of,))
    return _to_beside(scope, scope.base, beside) if beside and shared else None


@cache
def _to_beside(scope: Scope, rows: Rows, beside: Beside) -> Edge:
    def build(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
        copied = {name: getattr(beside.model, attribute) for name, attribute in rows.copied(beside).items()}
        names = copied | {name: beside.column(beside.model, name) for name in beside.adds}
        added = [column.label(name) for name, column in names.items()]
        return _keyed(select(*added).where(of_school(beside.model)), (beside.model.id,))

    return Edge(scope, (str(beside.of),), build)


def to_many(
    scope: Scope,
    *key: Any,
    of: str | Sequence[str],
    order: Sequence[Any] | Callable[[frozenset[Role]], Sequence[Any]],
    shape: Shape | None = None,
    filters: Filters | None = None,
) -> Edge:
    """An edge to a list of rows that is never longer than a class or so. `order` may depend on the viewer's roles."""

    def build(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
        query = scope.for_roles(roles)
        query = shape(query) if shape else query
        steps = order(roles) if callable(order) else order
        return _keyed(_narrow(query, filters or {}, given), key).order_by(*steps)

    return Edge(scope, (of,) if isinstance(of, str) else tuple(of), build, many=True)


def to_page(
    scope: Scope,
    key: Any,
    *,
    of: str,
    order: Mapping[str, Any],
    shape: Shape | None = None,
    filters: Filters | None = None,
) -> Edge:
    """An edge to a connection: `first` rows of each parent `after` a cursor, in `order` (attribute → column)."""
    steps = tuple(order.items())

    def narrowed(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
        narrowing = [condition for name, condition in (filters or {}).items() if name in given]
        query = scope.lean(roles, *narrowing, *order.values())
        return (shape(query) if shape else query).where(*narrowing)

    def bare(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
        return pages(roles, given)[0]

    def build(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
        whole, page = pages(roles, given)
        return scope.base.complete(whole, page) if isinstance(scope.base, Rows) else whole

    def pages(roles: frozenset[Role], given: frozenset[str]) -> tuple[Select[Any], Any]:
        parents = parent_keys(key.type)
        query = narrowed(roles, given).where(key == parents.c.key0)
        if "after" in given:
            bound = [argument(f"after{position}", column.type) for position, (_, column) in enumerate(steps)]
            query = query.where(tuple_(*(column for _, column in steps)) > tuple_(*bound))
        query = query.order_by(*(column for _, column in steps)).limit(argument("limit"))
        page = (scope.base.cut(query, order) if isinstance(scope.base, Rows) else query).lateral("page")
        return select(*page.c, parents.c.key0.label("_key0")).select_from(parents.join(page, true())), page

    def count(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
        query = narrowed(roles, given).with_only_columns(key.label("_key0"), func.count().label("total"))
        return query.where(key == any_(keys_param(0, key.type))).group_by(key)

    narrowing = frozenset(filters or ())
    return Edge(scope, (of,), build, order=steps, paged=True, bare=bare, count=count, narrowing=narrowing)


def joined(model: Any, *on: Any) -> Shape:
    """A shape that joins another table on the way."""
    return lambda query: query.join(model, and_(*on))
