"""Plans: a validated operation, compiled into the reads it needs and the code that writes its answer down.

A plan stands for one operation of a document under one choice of its `@include`s and `@skip`s. Compiling takes the
operation level by level. A level is a list of items of one type: rows that one statement read, or objects. Its items'
values are written as Python, an expression a field; whatever must be read first becomes a step.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    OperationDefinitionNode,
    OperationType,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_object_type,
)
from graphql.execution.collect_fields import FieldDetails, FragmentDetails, collect_fields, collect_subfields
from graphql.execution.values import VariableValues
from strawberry.permission import PermissionExtension
from strawberry.types.field import StrawberryField

from permissions.gates import Gate
from resolvers.edges import Edge
from resolvers.selections import Selection
from schema.base import AwaitedEdgeField, ComputedField, CountField, EdgeField, ItselfField, NodesField, RootEdgeField
from schema.build import RoleSchema

from .code import LONG, Code, Place, Unsupported
from .leaves import computed, leaf, null
from .steps import Asked, CallStep, CountStep, EdgeStep, RootEdgeStep, Run, Step

Fields = Mapping[str, list[FieldDetails]]


@dataclass(frozen=True)
class Plan:
    """A compiled operation: a step for each root field, and the gates that its viewer must pass.

    alone: it takes one statement, so that nothing else has to agree with what that one sees.
    """

    steps: Mapping[str, Step | str]
    required: frozenset[str]
    gates: frozenset[type[Gate]]
    alone: bool

    async def run(self, run: Run) -> dict[str, Any]:
        """The answer's data. Any exception means that graphql-core has to say what the answer is."""
        data = {}
        for key, step in self.steps.items():
            value = step if isinstance(step, str) else await step.follow(run, [None], [])
            data[key] = null() if value is None and key in self.required else value
        return data


class Compiler:
    """Compiles one operation."""

    def __init__(
        self,
        schema: RoleSchema,
        operation: OperationDefinitionNode,
        fragments: dict[str, FragmentDetails],
        steering: VariableValues,
    ) -> None:
        self.schema = schema
        self.operation = operation
        self.fragments = fragments
        self.steering = steering
        self.gates: set[type[Gate]] = set()

    def plan(self) -> Plan:
        """The plan of the operation; `Unsupported` where there is none."""
        if self.operation.operation is not OperationType.QUERY:
            raise Unsupported(self.operation.operation.value)
        root: Any = self.schema._schema.query_type
        fields = collect_fields(
            self.schema._schema, self.fragments, self.steering, root, self.operation
        ).grouped_field_set
        steps: dict[str, Step | str] = {}
        required = set()
        for key, details in fields.items():
            if details[0].node.name.value == "__typename":
                steps[key] = root.name
                continue
            asked = self._asked(root, details)
            steps[key] = self._root(asked, details)
            if isinstance(asked.definition.type, GraphQLNonNull):
                required.add(key)
        alone = sum(step.statements for step in steps.values() if isinstance(step, Step)) == 1
        return Plan(steps, frozenset(required), frozenset(self.gates), alone)

    def _asked(self, parent: GraphQLObjectType, details: list[FieldDetails]) -> Asked:
        """The field that is asked for, once its gate is known."""
        first = details[0]
        definition: GraphQLField | None = parent.fields.get(first.node.name.value)
        declared = _declared(parent, details)
        if definition is None or declared is None:
            raise Unsupported("introspection")
        if not all(isinstance(each, PermissionExtension) for each in declared.extensions):
            raise Unsupported("extension")
        for permission in declared.permission_classes:
            if not issubclass(permission, Gate):
                raise Unsupported("permission")
            self.gates.add(permission)
        if first.fragment_variable_values:
            raise Unsupported("fragment")
        return Asked(declared, definition, first.node)

    def _subfields(self, type_: GraphQLObjectType, details: list[FieldDetails]) -> Fields:
        return collect_subfields(
            self.schema._schema, self.fragments, self.steering, self.operation, type_, details
        ).grouped_field_set

    def _root(self, asked: Asked, details: list[FieldDetails]) -> Step:
        if isinstance(asked.declared, RootEdgeField):
            return RootEdgeStep(asked, self._edge(asked, details, 0))
        code = Code()
        place = Place(code, "r0", "for r0 in rows", 0, one=True)
        value = self._value(asked.definition.type, "r0", place, details)
        return CallStep(asked, code.finish("rows", f"return [{value} for r0 in rows]"))

    def _edge(self, asked: Asked, details: list[FieldDetails], lists: int, place: Place | None = None) -> EdgeStep:
        """The step that follows an edge, with the level of what it leads to; from the items at `place`, or from one.

        Its rows are those of a step before it, if they are the same; or they follow those at the place, where they can.
        """
        declared: EdgeField = asked.declared
        edge, roles, told = declared.edge, declared.gate.roles, asked.told
        parent = place.selection if place else None
        one = not place or (place.one and not parent)
        before = place.followed(edge.of) if place and not edge.paged else []
        first = next((each for each in before if each.selection.reads(edge, roles, told)), None)
        if first:
            selection = first.selection
        else:
            short = parent and lists + edge.many < LONG
            follower = parent.follow(edge, roles, told) if parent and short else None
            selection = follower or Selection(edge, roles, one=one, told=told)
        code = Code()
        keys = tuple([f"_key{position}" for position in _told_by(edge, selection)])
        places = tuple(selection.column(key) for key in keys)
        if edge.many or edge.paged:
            lists += 1
        elif lists >= LONG:
            lists = 0  # what a long level refers to is read once each, and few
        sorts = False
        if edge.paged or edge.gather:
            for name in edge.gather.columns if edge.gather else ():
                selection.column(name)
            lists_of_rows = Place(code, "r0", "for r0 in rows", lists, inner=selection, one=one)
            value = self._value(asked.definition.type, "r0", lists_of_rows, details, made=True)
            level = code.finish("rows", f"return [{value} for r0 in rows]")
            sorts = edge.paged and not selection.is_bare
            if sorts or (edge.paged and self._has_cursors(asked, details)):
                for name, _ in edge.order:
                    selection.column(name)
        else:
            rows = Place(code, "r0", "for r0 in rows", lists, selection)
            type_: Any = get_named_type(asked.definition.type)
            value = self._object(type_, rows, self._subfields(type_, details))
            key = rows.read_key(keys)
            put = f"out[{key}].append({value})" if edge.many else f"out[{key}] = {value}"
            level = code.finish("rows, out", "for r0 in rows:", f"    {put}")
        step = EdgeStep(asked.reading, selection, places, level, sorts, first=not first)
        if first:
            first.again.append(step)
        else:
            before.append(step)
        return step

    def _has_cursors(self, asked: Asked, details: list[FieldDetails]) -> bool:
        """Whether more of a page is asked for than its rows and their number."""
        page: Any = get_named_type(asked.definition.type)
        fields = self._subfields(page, details).values()
        declared = [found for each in fields if (found := _declared(page, each)) is not None]
        return not all(isinstance(each, NodesField | CountField) for each in declared)

    def _object(self, type_: GraphQLOutputType, place: Place, fields: Fields) -> str:
        """The expression of an object: a dict of its fields."""
        if not isinstance(type_, GraphQLObjectType):
            raise Unsupported("abstract")
        scope_name = place.selection.edge.scope.type_name if place.selection else None
        if type_.is_type_of and scope_name != type_.name:
            raise Unsupported("type")
        place = place.reading([name for each in fields for name in _read_by(_declared(type_, fields[each]))])
        return self._dict(type_, place, fields)

    def _dict(self, type_: GraphQLObjectType, place: Place, fields: Fields) -> str:
        """The expression of a dict. Neighbours that items share are in one of their own, made once for all of them."""
        parts: list[str] = []
        for _, neighbours in groupby(fields, lambda key: _root(place, _declared(type_, fields[key]))):
            group = {key: fields[key] for key in neighbours}
            shared = place.outermost(_read_by(_declared(type_, next(iter(group.values())))))
            if shared and len(group) > 1:
                absent = ", ".join(f"{key!r}: {_absent(type_, details)}" for key, details in group.items())
                parts.append(f"**{shared.write(self._dict(type_, shared.place, group), f'{{{absent}}}')}")
            else:
                parts += [f"{key!r}: {self._field(type_, place, details)}" for key, details in group.items()]
        return "{" + ", ".join(parts) + "}"

    def _field(self, parent: GraphQLObjectType, place: Place, details: list[FieldDetails]) -> str:
        """The expression of one field of the item at `place`."""
        if details[0].node.name.value == "__typename":
            return repr(parent.name)
        asked = self._asked(parent, details)
        declared, type_, code = asked.declared, asked.definition.type, place.code
        if shared := place.shared(_read_by(declared)):
            return shared.write(self._field(parent, shared.place, details), _absent(parent, details))
        match declared:
            case AwaitedEdgeField():
                raise Unsupported("resolver")
            case EdgeField():
                return self._followed(asked, place, details)
            case ItselfField():
                bare: Any = get_nullable_type(type_)
                return self._object(bare, place, self._subfields(bare, details))
            case NodesField():
                return self._value(type_, f"{place.name}.shown", place, details)
            case CountField():
                count = code.step(CountStep(code.function("rows", f"return [{place.name} {place.clauses}]")))
                return leaf(type_, f"{count}[{place.name}.key]", None, code.bind)
            case ComputedField():
                return self._computed(declared, type_, place, details)
            case StrawberryField(base_resolver=None):
                return self._plain(declared.python_name, type_, place, details)
        return self._resolved(declared, type_, place, details)

    def _computed(
        self, declared: ComputedField, type_: GraphQLOutputType, place: Place, details: list[FieldDetails]
    ) -> str:
        """What a function makes of attributes; of columns it is looked up, unless it is an object."""
        values = ", ".join([place.read(each) for each in declared.of])
        if not is_leaf_type(get_named_type(type_)):
            return self._value(type_, f"{place.code.bind(declared.function)}({values})", place, details)
        if place.selection:
            columns = [place.selection.type_of(each) for each in declared.of]
            if (known := computed(type_, declared.function, columns)) is not None:
                return f"{place.code.bind(known)}[({values},)]"
        return leaf(type_, f"{place.code.bind(declared.function)}({values})", None, place.code.bind)

    def _plain(self, name: str, type_: GraphQLOutputType, place: Place, details: list[FieldDetails]) -> str:
        """An attribute, or a column."""
        value = place.read(name)
        if is_leaf_type(get_named_type(type_)):
            return leaf(type_, value, place.selection.type_of(name) if place.selection else None, place.code.bind)
        if place.selection:
            raise Unsupported("column")
        return self._value(type_, value, place, details)

    def _resolved(
        self, declared: StrawberryField, type_: GraphQLOutputType, place: Place, details: list[FieldDetails]
    ) -> str:
        """What a function of the schema finds of an object. It may ask for the object, and for nothing else."""
        resolver: Any = declared.base_resolver
        alone = resolver.self_parameter and not resolver.info_parameter and not declared.arguments
        if place.selection or declared.is_async or not alone:
            raise Unsupported("resolver")
        value = f"{place.code.bind(resolver.wrapped_func)}({place.name})"
        return self._value(type_, value, place, details)

    def _value(
        self, type_: GraphQLOutputType, value: str, place: Place, details: list[FieldDetails], *, made: bool = False
    ) -> str:
        """The expression that completes a value found on an object: a leaf, an object, or a list of objects.

        made: it is what an edge has made of its rows, and none of them, whatever its type is called.
        """
        bare: Any = get_nullable_type(type_)
        named: Any = get_named_type(type_)
        code = place.code
        if is_leaf_type(named):
            return leaf(type_, value, None, code.bind)
        if not is_object_type(named):
            raise Unsupported("abstract")
        item = code.variable()
        is_row = place.inner and not made and place.inner.edge.scope.type_name == named.name
        inner = place.inner if is_row else None
        listed = isinstance(bare, GraphQLList)
        if listed and not isinstance(bare.of_type, GraphQLNonNull):
            raise Unsupported("list")
        items = f"{code.bind(_rows if inner else _objects)}({value})" if listed else f"({value},)"
        there = "" if listed else f" if {item} is not None"
        inside = Place(
            code,
            item,
            f"{place.clauses} for {item} in {items}{there}",
            place.lists + (listed and not place.inner),
            inner,
            None if inner else place.inner,
            one=place.one and not listed,
        )
        built = self._object(named, inside, self._subfields(named, details))
        if listed:
            return f"[{built} for {item} in {items}]"
        absent = "null()" if isinstance(type_, GraphQLNonNull) else "None"
        return f"({built} if ({item} := {value}) is not None else {absent})"

    def _followed(self, asked: Asked, place: Place, details: list[FieldDetails]) -> str:
        """An edge: joined to the statement that reads these rows, or followed in a step of its own."""
        declared: EdgeField = asked.declared
        type_: Any = asked.definition.type
        if (joined := self._joined(asked, place)) is not None:
            inside = replace(place, selection=joined, beside=())
            present = inside.read("_key0")
            inside = replace(inside, clauses=f"{place.clauses} if {present} is not None")
            named: Any = get_named_type(type_)
            value = f"{self._object(named, inside, self._subfields(named, details))} if {present} is not None"
            return f"({value} else {'null()' if isinstance(type_, GraphQLNonNull) else 'None'})"
        # What the viewer has is few: children, classes led.
        lists = place.lists if place.selection else place.lists - 1
        step = self._edge(asked, details, lists, place)
        key = place.read_key(
            tuple([declared.edge.of[position] for position in _told_by(declared.edge, step.selection)])
        )
        step.keys = place.code.function("rows", f"return {{{key} {place.clauses}}}")
        found = f"{place.code.step(step)}[{key}]"
        always = declared.edge.many or not isinstance(type_, GraphQLNonNull)
        return found if always else f"(v if (v := {found}) is not None else null())"

    def _joined(self, asked: Asked, place: Place) -> Selection | None:
        """The edge's rows in the statement of `place`, where they can be. One edge of a statement has arguments."""
        declared: EdgeField = asked.declared
        with_arguments = declared.base_resolver is not None
        if not place.selection or (with_arguments and place.selection.takes_arguments):
            return None
        if place.lists >= LONG and not place.selection.identified_by(declared.edge.of):
            return None
        joined = place.selection.join(declared.edge, declared.gate.roles)
        if joined and with_arguments:
            joined.base.readings.append(asked.reading)
        return joined


def _declared(parent: GraphQLObjectType, details: list[FieldDetails]) -> Any:
    """The field as the schema declares it; None for one of GraphQL's own."""
    definition = parent.fields.get(details[0].node.name.value)
    return definition.extensions.get("strawberry-definition") if definition else None


def _read_by(declared: Any) -> tuple[str, ...]:
    """The attributes of a row that a field needs."""
    match declared:
        case EdgeField():
            return declared.edge.of
        case ComputedField():
            return declared.of
        case StrawberryField(base_resolver=None) if not isinstance(declared, ItselfField | CountField | NodesField):
            return (declared.python_name,)
    return ()


def _told_by(edge: Edge, selection: Selection) -> list[int]:
    """Which parts of the key tell whose the rows are; for a statement of its own, and what is made by key, all."""
    whole = selection.source_of is None or (edge.gather and edge.gather.by_key)
    return [position for position in range(len(edge.of)) if whole or not selection.settled[position]]


def _absent(parent: GraphQLObjectType, details: list[FieldDetails]) -> str:
    """The expression of a field whose row is not there."""
    declared = _declared(parent, details)
    if isinstance(declared, EdgeField) and declared.edge.many:
        return "[]"
    required = isinstance(parent.fields[details[0].node.name.value].type, GraphQLNonNull)
    return "null()" if required else "None"


def _root(place: Place, declared: Any) -> Any:
    """What fields have in common that read the same shared rows of the items at a place."""
    shared = place.outermost(_read_by(declared))
    return (shared.rows, shared.key) if shared else None


def _rows(values: Any) -> Any:
    """A list of rows."""
    return values if isinstance(values, list) else null()


def _objects(values: Any) -> Any:
    """A list of objects without nulls in it."""
    return null() if not isinstance(values, list | tuple) or None in values else values
