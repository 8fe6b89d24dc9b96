"""Selections: what a query asks of an edge's rows, and the statement that reads just that.

Only the columns asked for are read, and rows that an edge to at most one row leads to are joined to their parents'. The
rows of short lists follow in the same answer. Rows come back as records; a column is known by its position there.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Select, and_, literal_column

from permissions.scopes import Rows
from rules.account import Role

from .database import Statement, compile_statement, sql_name
from .edges import Build, Edge, Reading, beside
from .edges_kinds import is_unique
from .merging import Part, merge

MOST_COLUMNS = 60
"""A record of so many columns gets no more rows: each row of an answer carries the columns of all."""

MOST_JOINS = 7
"""How many edges one statement joins: with more tables PostgreSQL would no longer weigh every order of joining them."""


@dataclass
class Output:
    """A place of the record: its type, and the column that each edge's rows have there."""

    type: str
    columns: "dict[Selection, tuple[Selection, str]]"


class Selection:
    """The columns asked of an edge's rows, for viewers whom a gate admits in `roles`.

    Columns of the edge keep their names in the record; those of joined edges go by position only. one: all rows have
    the same key. told: what tells the arguments of the edge's statement before they have values. readings: what gives,
    in a run, the joined edges that have arguments.
    """

    def __init__(
        self,
        edge: Edge,
        roles: frozenset[Role],
        base: "Selection | None" = None,
        *,
        one: bool = False,
        told: Hashable = (),
    ) -> None:
        self.edge = edge
        self.roles = roles
        self.base = base or self
        self.settled = (one,) * len(edge.of)
        self.joined: list[Selection] = []
        self.followers: list[Selection] = []
        self.source: tuple[int, ...] = ()
        self.source_of: Selection | None = None
        self.told = told
        self.readings: list[Callable[[Any], Reading]] = []
        self.outputs: list[Output] = base.outputs if base else []
        self._positions: dict[str, int] = {}
        self._statements: dict[Any, Statement] = {}

    def has(self, name: str) -> bool:
        """Whether the rows have such a column."""
        return name in columns_of(self.edge) or name in _keys(self.edge)

    def column(self, name: str) -> int:
        """Ask for a column: its position in the record."""
        if name not in self._positions:
            if not self.has(name):
                raise KeyError(name)
            self._positions[name] = self._place(sql_name(self._type_of(name)), name)
        return self._positions[name]

    def _place(self, type_: str, name: str) -> int:
        """A free place of the type. Rows that follow others use the places of theirs."""
        for place, output in enumerate(self.outputs):
            if output.type == type_ and self.base not in output.columns:
                output.columns[self.base] = (self, name)
                return place
        self.outputs.append(Output(type_, {self.base: (self, name)}))
        return len(self.outputs) - 1

    def type_of(self, name: str) -> Any:
        """The column's SQL type."""
        return columns_of(self.edge).get(name)

    def is_required(self, name: str) -> bool:
        """Whether the column is one of the rows' own table and never null there."""
        base = self.edge.scope.base
        column = base.model.__table__.columns.get(name) if isinstance(base, Rows) else None
        return column is not None and not column.nullable

    def identified_by(self, names: Iterable[str]) -> bool:
        """Whether these columns tell the rows apart: what they lead to is then as many."""
        base = self.edge.scope.base
        return isinstance(base, Rows) and is_unique(base.model, names)

    def is_settled(self, name: str) -> bool:
        """Whether a column is the same in all rows: there is one row, or it repeats a part of the key that is so."""
        base = self.base
        if base.edge.single and all(base.settled):
            return True
        return self is base and any(
            settled and name in repeated(self.edge, position) for position, settled in enumerate(self.settled)
        )

    @property
    def is_bare(self) -> bool:
        """Whether no other rows are joined to these."""
        return not self.joined and beside(self.edge.scope).isdisjoint(self._positions)

    @property
    def takes_arguments(self) -> bool:
        """Whether the statement's rows depend on arguments."""
        return bool(self.base.told or self.base.readings)

    def join(self, edge: Edge, roles: frozenset[Role]) -> "Selection | None":
        """Ask for the row that an edge leads to as well, or None where it cannot be joined."""
        if (
            not edge.lookup
            or not all(self.has(name) for name in edge.of)
            or sum(1 for _ in self.base.walk()) > MOST_JOINS
        ):
            return None
        joined = Selection(edge, roles, self.base)
        self.joined.append(joined)
        for name in _keys(edge):
            joined.column(name)
        return joined

    def follow(self, edge: Edge, roles: frozenset[Role], told: Hashable = ()) -> "Selection | None":
        """Ask, in the same answer, for the rows that an edge leads to from these, or None where it cannot be so.

        What follows has the places of its keys in these records as `source`; `settled` parts of the key are the same
        for all. Edges of one build have the same rows, if their arguments, as `told`, and their gates are the same.
        """
        if self.base.edge.paged or edge.paged or len(self.outputs) > MOST_COLUMNS:
            return None
        if not all(self.has(name) for name in edge.of):
            return None
        source = tuple([self.column(name) for name in edge.of])
        for follower in self.base.followers:
            if follower.source == source and follower.reads(edge, roles, told):
                return follower
        follower = Selection(edge, roles, told=told)
        follower.outputs = self.outputs
        follower.source = source
        follower.source_of = self.base
        follower.settled = tuple([self.is_settled(name) for name in edge.of])
        self.base.followers.append(follower)
        return follower

    def reads(self, edge: Edge, roles: frozenset[Role], told: Hashable) -> bool:
        """Whether these are the rows of that edge, too, for keys that are the same."""
        return (self.edge.build, self.roles, self.told) == (edge.build, roles, told)

    def walk(self) -> Iterable["Selection"]:
        """This selection and all that are joined to it."""
        yield self
        for each in self.joined:
            yield from each.walk()

    def members(self) -> list["Selection"]:
        """This selection and all that follow it, each before those that follow it in turn."""
        return [self, *(member for each in self.followers for member in each.members())]

    def statement(self, edge: Edge, roles: frozenset[Role], given: frozenset[str]) -> Statement:
        """The statement for a viewer's roles and given arguments. `edge` is this one, or another to the same rows."""
        case = (edge, roles, given)
        if case not in self._statements:
            build = edge.bare if edge.bare and self.is_bare else edge.build
            self._statements[case] = compile_statement(self._select(build, roles, given))
        return self._statements[case]

    def statement_with_followers(self, roles: frozenset[Role], given: tuple[frozenset[str], ...]) -> Statement:
        """The statement of these rows and of all that follow, for the arguments given to each member (`merge`)."""
        if (roles, given) not in self._statements:
            members = self.members()
            parts = [
                Part(
                    members.index(each.source_of) if each.source_of else None,
                    compile_statement(each._select(each.edge.build, roles, arguments, placed=True)),
                    each.source,
                    tuple(place for place, output in enumerate(self.outputs) if each in output.columns),
                )
                for each, arguments in zip(members, given, strict=True)
            ]
            self._statements[roles, given] = merge(parts, [output.type for output in self.outputs])
        return self._statements[roles, given]

    def _type_of(self, name: str) -> Any:
        if name in _keys(self.edge) and self.edge.lookup:
            return self.edge.lookup.key[_keys(self.edge).index(name)].type
        return columns_of(self.edge)[name]

    def _select(
        self, build: Build, roles: frozenset[Role], given: frozenset[str], *, placed: bool = False
    ) -> Select[Any]:
        """The columns asked for, named by their places where other rows stand beside them in the record."""
        query = build(roles & self.roles & self.edge.scope.roles, given)
        own = {name: column for name, column in query.selected_columns.items() if name}
        if self.edge.lookup and self is not self.base:
            own |= {name: key.label(name) for name, key in zip(_keys(self.edge), self.edge.lookup.key, strict=True)}
        places: dict[int, Any] = {}
        for joined in self.joined:
            query, columns = joined._attach(query, own, roles, given)
            places |= columns
        for place, output in enumerate(self.outputs):
            owner, name = output.columns.get(self.base, (None, ""))
            if owner is self:
                named = self is self.base and not placed
                places[place] = own[name] if named else _bare(own[name]).label(f"c{place}")
        asked = [places[place] for place in sorted(places)] or [literal_column("1")]
        return query.with_only_columns(*asked, maintain_column_froms=True)

    def _attach(
        self, query: Select[Any], parent: Mapping[str, Any], roles: frozenset[Role], given: frozenset[str]
    ) -> tuple[Select[Any], dict[int, Any]]:
        """Join these rows to their parents'; gives the columns by position."""
        assert self.edge.lookup  # noqa: S101
        rows = self._select(self.edge.lookup.rows, roles, given).subquery()
        keys = (rows.c[f"c{self.column(name)}"] for name in _keys(self.edge))
        on = (_bare(parent[name]) == key for name, key in zip(self.edge.of, keys, strict=True))
        return query.outerjoin(rows, and_(*on)), {int(name[1:]): column for name, column in rows.c.items()}


def _bare(column: Any) -> Any:
    """The column under its label."""
    return getattr(column, "element", column)


@cache
def columns_of(edge: Edge) -> dict[str, Any]:
    """The columns of an edge's rows with their types."""
    build = edge.lookup.rows if edge.lookup else edge.build
    return {name: column.type for name, column in build(edge.scope.roles, frozenset()).selected_columns.items() if name}


@cache
def repeated(edge: Edge, position: int) -> frozenset[str]:
    """The columns of an edge's rows that are a part of their key."""
    columns = edge.build(edge.scope.roles, frozenset()).selected_columns
    key = _bare(columns[f"_key{position}"])
    return frozenset(name for name, column in columns.items() if _bare(column) is key)


def _keys(edge: Edge) -> list[str]:
    """The columns that hold a row's key."""
    return [f"_key{position}" for position in range(len(edge.of))]
