"""Steps: what is read for a level of a query before its values can be written down."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from inspect import isawaitable
from itertools import chain, groupby
from math import inf
from operator import itemgetter
from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLNonNull,
    Undefined,
    VariableNode,
    coerce_input_literal,
    get_nullable_type,
    is_scalar_type,
    print_ast,
)
from graphql.execution.values import VariableValues, get_argument_values
from strawberry.schema.schema_converter import get_arguments
from strawberry.types import Info

from resolvers.context import Context
from resolvers.edges import Edge, Key, Reading, in_order, row_class_of
from resolvers.merging import name_of
from resolvers.selections import Selection
from schema.base import EdgeField, RootEdgeField
from schema.build import RoleSchema


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of a plan: whose it is, and with which variables."""

    schema: RoleSchema
    context: Context
    variables: VariableValues
    parameters: Mapping[str, Any]
    alone: bool
    read: dict[Selection, list[Any]] = field(default_factory=dict)
    """Rows that came in the answer to an earlier step's statement."""

    def of(self, given: Mapping[str, Any]) -> "Run":
        """The run beneath a root field: of the moment that its arguments name."""
        moment = given.get("as_of")
        return self if moment is None else replace(self, context=self.context.at(moment))


@dataclass(frozen=True, slots=True)
class _RawInfo:
    """What a resolver of ours may ask its `info` for."""

    schema: Any
    context: Context
    path: None = None


class Asked:
    """A field as it stands in a query, with its arguments."""

    def __init__(self, declared: Any, definition: GraphQLField, node: FieldNode) -> None:
        self.declared = declared
        self.definition = definition
        self.node = node
        self._always = declared.edge() if isinstance(declared, EdgeField) and not declared.base_resolver else None
        self._scalars = _scalars(definition, node)

    def arguments(self, run: Run) -> tuple[Info, list[Any], dict[str, Any]]:
        """What the field's function is called with: the info, positional and named arguments."""
        info: Info = Info(_raw_info=_RawInfo(run.schema._schema, run.context), _field=self.declared)  # type: ignore[arg-type]
        resolver = self.declared.base_resolver
        kwargs = self._plain(run.variables.coerced)
        if kwargs is not None and not (resolver.parent_parameter or resolver.root_parameter):
            if resolver.info_parameter:
                kwargs[resolver.info_parameter.name] = info
            return info, [None] if resolver.self_parameter else [], kwargs
        given = get_argument_values(self.definition, self.node, run.variables) if self.definition.args else {}
        args, kwargs = get_arguments(
            field=self.declared,
            source=None,
            info=info,
            kwargs=given,
            config=run.schema.config,
            scalar_registry=run.schema.schema_converter.scalar_registry,
        )
        return info, args, kwargs

    def _plain(self, coerced: Mapping[str, Any]) -> dict[str, Any] | None:
        """The named arguments where nothing has to be done with them; None where something has."""
        if self._scalars is None:
            return None
        constants, variables = self._scalars
        kwargs = dict(constants)
        for variable, name, required in variables:
            value = coerced.get(variable, Undefined)
            if value is Undefined or (value is None and required):
                return None
            kwargs[name] = value
        return kwargs

    @property
    def told(self) -> Hashable:
        """What tells the arguments of the edge's statement before they have values: the same, if those are."""
        resolver = self.declared.base_resolver
        if not resolver or not self.declared.edge.states:
            return ()
        given = {each.name.value: print_ast(each.value) for each in self.node.arguments or ()}
        return resolver.wrapped_func, frozenset(given.items())

    def reading(self, run: Run) -> Reading:
        """The edge with the query's arguments."""
        if self._always:
            return self._always
        _, args, kwargs = self.arguments(run)
        reading: Reading = self.declared.reading(run.context, args, kwargs)
        return reading


def _scalars(definition: GraphQLField, node: FieldNode) -> tuple[dict[str, Any], list[tuple[str, str, bool]]] | None:
    """The arguments by their Python names: constants, and those that a variable gives, and whether each must not be
    null; None where not all are scalars.
    """
    given = {each.name.value: each.value for each in node.arguments or ()}
    constants, variables = {}, []
    for key, argument in definition.args.items():
        value, type_ = given.get(key), argument.type
        name = argument.extensions["strawberry-definition"].python_name
        if not is_scalar_type(get_nullable_type(type_)):
            return None
        if isinstance(value, VariableNode):
            variables.append((value.name.value, name, isinstance(type_, GraphQLNonNull)))
            continue
        constants[name] = coerce_input_literal(value, type_) if value else argument.default_value
        if constants[name] is Undefined:
            return None
    return constants, variables


@dataclass
class Level:
    """A list of items, all of one type and at one place of the query, and how they become values.

    build: the written code. It takes the items and what each step has found; for rows that go to their parents by key,
    also the mapping that it fills.
    """

    steps: list["Step"] = field(default_factory=list)
    build: Callable[..., Any] = lambda *_: None

    @property
    def statements(self) -> float:
        """How many statements the steps take."""
        return sum(step.statements for step in self.steps)

    async def found(self, run: Run, items: list[Any]) -> list[Any]:
        """What each step finds for the items."""
        found: list[Any] = []
        for step in self.steps:
            found.append(await step.follow(run, items, found))
        return found


class Step(ABC):
    """One read for all items of a level."""

    @abstractmethod
    async def follow(self, run: Run, items: list[Any], found: list[Any]) -> Any:
        """What the level's code looks its items' values up in. `found`: what the steps before have found."""

    @property
    @abstractmethod
    def statements(self) -> float:
        """How many statements the step takes, with those of its level; infinite where only its run will tell."""


@dataclass(eq=False)
class EdgeStep(Step):
    """An edge, followed for all items at once: the values by key.

    The steps of its level may follow it: their rows then come in the answer to its statement.

    reading: the edge with the query's arguments. places: what tells, in a row, its parent. level: what the rows become,
    or, where the edge gathers or pages them, what those lists become. sorts: whether the rows of a page must be put in
    order. again: the steps that take the rows for the same keys from this one; `first` is false for those. keys: the
    written code that gives the items' keys, each once.
    """

    reading: Callable[[Run], Reading]
    selection: Selection
    places: tuple[int, ...]
    level: Level
    sorts: bool = False
    first: bool = True
    again: list["EdgeStep"] = field(default_factory=list)
    keys: Callable[..., Collection[Any]] = lambda *_: ()

    async def follow(self, run: Run, items: list[Any], found: list[Any]) -> dict[Any, Any]:
        keys = self.keys(items, *found)
        return await self.values(run, self.reading(run), keys) if keys else {}

    async def values(self, run: Run, reading: Reading, keys: Collection[Any]) -> dict[Any, Any]:
        """What each key leads to. A key with a null leads nowhere."""
        edge = reading.edge
        wide = len(self.places) > 1
        known = [key for key in keys if (None not in key if wide else key is not None)]
        values: dict[Any, Any] = {key: [] for key in keys} if edge.many else dict.fromkeys(keys)
        if not known:
            return values
        rows = run.read.get(self.selection)
        if rows is None:
            rows = await self._rows(run, reading, known)
            if self.again:
                run.read[self.selection] = rows
        if edge.paged or edge.gather:
            return values | await self._arranged(run, edge, dict(reading.arguments), known, rows)
        self.level.build(rows, values, *await self.level.found(run, rows))
        return values

    @property
    def statements(self) -> float:
        return self.level.statements + (self.selection.source_of is None and self.first)

    @cached_property
    def followers(self) -> dict[Selection, list["EdgeStep"]]:
        """The steps that follow this one, by what they read."""
        found: dict[Selection, list[EdgeStep]] = {}
        for step in chain(self.level.steps, *(each.level.steps for each in self.again)):
            if isinstance(step, EdgeStep) and step.selection.source_of:
                for selection, steps in {step.selection: [step], **step.followers}.items():
                    found.setdefault(selection, []).extend(steps)
        return {member: found[member] for member in self.selection.members() if member in found}

    async def _rows(self, run: Run, reading: Reading, keys: Collection[Any]) -> list[Any]:
        """The rows of the keys; those of the steps that follow are put down in `run.read`."""
        arguments = self._arguments(run, reading)
        roles, edge = run.context.viewer.roles, reading.edge
        if not self.followers:
            statement = self.selection.statement(edge, roles, frozenset(arguments))
            parameters = {**run.parameters, **arguments, **self._keys(keys)}
            return await run.context.snapshot.fetch(statement, parameters, row_class_of(edge.scope), alone=run.alone)
        given = [arguments]
        for steps in self.followers.values():
            bound: dict[str, Any] = {}
            for step in steps:
                bound |= step._arguments(run, step.reading(run))
            given.append(bound)
        statement = self.selection.statement_with_followers(roles, tuple([frozenset(each) for each in given]))
        parameters = dict(run.parameters)
        for part, each in enumerate([{**arguments, **self._keys(keys)}, *given[1:]]):
            for name, value in each.items():
                parameters[name_of(part, name)] = value
        lists: list[list[Any]] = [[] for _ in given]
        rows = await run.context.snapshot.fetch(statement, parameters, alone=run.alone)
        for part, of_part in groupby(rows, itemgetter(len(self.selection.outputs))):
            lists[part].extend(of_part)
        run.read.update(zip(self.followers, lists[1:], strict=True))
        return lists[0]

    def _arguments(self, run: Run, reading: Reading) -> dict[str, Any]:
        """What the statement binds, for the edges joined to it too."""
        bound = reading.edge.bound(dict(reading.arguments))
        for joined in self.selection.readings:
            bound |= joined(run).arguments
        return bound

    def _keys(self, keys: Collection[Any]) -> dict[str, Any]:
        """The keys as the statement binds them."""
        if len(self.places) == 1:
            return {"key0": keys}
        return {f"key{position}": list(values) for position, values in enumerate(zip(*keys, strict=True))}

    async def _arranged(
        self, run: Run, edge: Edge, arguments: Mapping[str, Any], keys: Sequence[Any], rows: list[Any]
    ) -> dict[Any, Any]:
        """Pages, or what the edge gathers its rows into."""
        places = self.places
        lists: dict[Any, list[Any]] = {key: [] for key in keys}
        if not places:
            lists[()] = rows
        elif len(places) == 1:
            (place,) = places
            for row in rows:
                lists[row[place]].append(row)
        else:
            of = itemgetter(*places)
            for row in rows:
                lists[of(row)].append(row)
        if self.sorts:
            in_order(lists.values(), *(self.selection.column(name) for name, _ in edge.order))
        columns = [self.selection.column(name) for name in edge.gather.columns] if edge.gather else []
        arranged = [
            edge.arrange(key if len(places) > 1 else (key,), found, self.selection.roles, arguments, columns)
            for key, found in lists.items()
        ]
        return dict(zip(keys, self.level.build(arranged, *await self.level.found(run, arranged)), strict=True))


@dataclass
class RootEdgeStep(Step):
    """The edge of a root field: one key, and its value."""

    asked: Asked
    edge: EdgeStep

    @property
    def statements(self) -> float:
        return self.edge.statements

    async def follow(self, run: Run, items: list[Any], found: list[Any]) -> Any:
        declared: RootEdgeField = self.asked.declared
        _, args, kwargs = self.asked.arguments(run)
        run = run.of(kwargs)
        key: Key = declared.key(run.context, args, kwargs)
        single = key[0] if len(key) == 1 else key
        found = (await self.edge.values(run, declared.edge(), [single]))[single]
        if declared.noted and found is not None:
            run.context.note(key)
        return found


@dataclass
class CallStep(Step):
    """A root field with a function of its own, called once: its value."""

    asked: Asked
    level: Level

    @property
    def statements(self) -> float:
        return inf if self.asked.declared.is_async else self.level.statements

    async def follow(self, run: Run, items: list[Any], found: list[Any]) -> Any:
        _, args, kwargs = self.asked.arguments(run)
        run = run.of(kwargs)
        info, args, kwargs = self.asked.arguments(run)
        value = self.asked.declared.get_result(None, info=info, args=args, kwargs=kwargs)
        values = [await value if isawaitable(value) else value]
        if values[0] is None and not isinstance(self.asked.definition.type, GraphQLNonNull):
            return None
        return self.level.build(values, *await self.level.found(run, values))[0]


@dataclass
class DerivedStep(Step):
    """What is made, once each, of the rows that an earlier step has read for all items."""

    derive: Callable[..., dict[Any, Any]]

    @property
    def statements(self) -> float:
        return 0

    async def follow(self, run: Run, items: list[Any], found: list[Any]) -> dict[Any, Any]:
        return self.derive(items, *found)


@dataclass
class CountStep(Step):
    """How many rows stand behind each page, by the page's key."""

    pages: Callable[..., list[Any]]

    @property
    def statements(self) -> float:
        return 1

    async def follow(self, run: Run, items: list[Any], found: list[Any]) -> dict[Key, int]:
        pages = self.pages(items, *found)
        if not pages:
            return {}
        keys = list(dict.fromkeys(page.key for page in pages))
        totals = await pages[0].counting.batch(run.context, pages[0].roles, keys)
        return dict(zip(keys, totals, strict=True))
