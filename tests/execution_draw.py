"""Draws documents: hypothesis-graphql's, with real arguments, aliases, fragments, variables and directives put in."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import cache
from random import Random
from typing import Any

from graphql import (
    ArgumentNode,
    BooleanValueNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    InlineFragmentNode,
    NamedTypeNode,
    NameNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
    build_schema,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_leaf_type,
    is_object_type,
    parse,
    parse_type,
    print_ast,
    print_schema,
)
from hypothesis import strategies as st
from hypothesis_graphql import queries

from execution.schema import schema_for
from rules.account import Role

from .execution_stage import Case, Person, Stage, Tally, raising
from .execution_values import CUSTOM_SCALARS, LEFT_OUT, Chance, Values, literal

REWRITES = 3
"""How many documents are made of one that hypothesis-graphql draws."""

MOST_ROWS = 250
"""How many objects may stand at one place of a query, as far as can be guessed: graphql-core takes long over more."""

MOST_FIELDS = 60
"""How many fields are added to a document."""

USUAL = {
    "students": 9, "classes": 4, "groups": 3, "assignments": 14, "marks": 6, "tasks": 2, "attendance": 3, "days": 3,
    "lessons": 6, "rows": 9, "nodes": 4, "edges": 4, "periods": 6, "holidays": 9, "averages": 12, "workTypes": 10,
    "movementCounts": 4, "staffCounts": 6, "transitions": 2, "steps": 6, "dates": 4, "movement": 2,
    "results": 12, "need": 5, "plan": 18, "planChecks": 3, "loads": 7, "areas": 9, "components": 3, "periodRules": 6,
    "_entities": 4, "diary": 3, "bells": 8, "topicPlans": 14, "sections": 4, "topics": 12, "hours": 12,
    "obligationCounts": 20, "finalMarks": 40, "periodClosings": 2, "markRules": 3,
    "examDates": 2,
}  # fmt: skip
"""How long a list usually is, by the name of its field; others hold two."""

SLOW = {
    ("Session", "current"),
    ("Query", "_service"),
    ("Query", "_entities"),
    ("Query", "node"),
    ("Student", "feed"),
} | {
    *((of, "journalControl") for of in ("SchoolReports", "ClassReports", "TeacherReports")),
    *(("Query", "formSheet"), ("Query", "formProvenance")),
    *(("Query", "runReport"), ("Query", "savedReports"), ("Query", "savedReport"), ("Query", "reportEntities")),
    *(
        ("Query", "verifyCertificate"),
        ("Query", "outageSheetPreview"),
        ("Query", "topicPlanPreview"),
        ("Query", "verifyPrint"),
    ),
}
"""What no plan can be made of: mostly left out, or hardly a query would be compiled."""

Admits = Callable[[str, str], bool]


@cache
def drawn_schema(roles: frozenset[Role] | None) -> GraphQLSchema:
    """The schema of a set of roles, made of its SDL."""
    return build_schema(print_schema(schema_for(roles)._schema))


@cache
def drawn_queries(roles: frozenset[Role] | None, roots: tuple[str, ...] | None) -> st.SearchStrategy[str]:
    """hypothesis-graphql's documents over these root fields."""
    return queries(drawn_schema(roles), fields=roots, custom_scalars=CUSTOM_SCALARS)


def draw_cases(
    draw: Callable[[st.SearchStrategy[Any]], Any],
    stage: Stage,
    roles: frozenset[Role] | None,
    people: Sequence[Person],
    admits: Admits = lambda *_: True,
    *,
    refusals: bool = True,
) -> list[list[Case]]:
    """A few documents made of one, each with a way to execute it for each person, who gives variables of their own."""
    seed = draw(st.integers(0, 2**48))
    fields = drawn_schema(roles).query_type.fields  # type: ignore[union-attr]
    usual = [name for name in fields if ("Query", name) not in SLOW and admits("Query", name)]
    known = ("me", "school")
    roots: list[tuple[str, ...] | None] = [(name,) for name in usual if name not in known]
    roots += [(name,) for name in known if name in usual] * 2
    roots += [tuple(usual), None] if len(usual) > 1 else [None]
    document = draw(drawn_queries(roles, draw(st.sampled_from(roots))))
    found = []
    for turn in range(REWRITES):
        # Shrunk to nothing, the seed does almost nothing either: a failure is shown with what brings it about.
        chance = Chance(Random(f"{seed} {turn} {document}"), min(seed, 2))
        odd = 12 if refusals and chance.adds(25) else 0
        values = [Values(chance, stage, each, odd) for each in people]
        found.append(Rewriter(drawn_schema(roles), chance, values, admits).cases(parse(document)))
    return found


async def compare(
    data: st.DataObject, stage: Stage, kind: str, tally: Tally, *, refusals: bool = True, injected: str | None = None
) -> None:
    """Draw documents for two people of a kind, and compare what both executors answer them.

    `injected`: a table of which every read raises.
    """
    people = stage.people[kind]
    roles = people[0].viewer.roles
    one = data.draw(st.integers(0, len(people) - 1))
    pair = [people[one], people[(one + 1) % len(people)]]
    for cases in draw_cases(data.draw, stage, roles, pair, refusals=refusals):
        for person, case in zip(pair, cases, strict=True):
            with raising(injected) if injected else nullcontext():
                await stage.ask_both(roles, person.viewer, case, tally)


@dataclass(frozen=True)
class Place:
    """Where a selection stands. rows: how many objects are there. apart: every key must be its own."""

    type: Any
    rows: int = 1
    apart: bool = False
    depth: int = 0


@dataclass
class Rewriter:
    """Rewrites one document; the first of `values` stands for whoever wrote its literals."""

    schema: GraphQLSchema
    chance: Chance
    values: list[Values]
    admits: Admits
    variables: list[tuple[str, str, ValueNode | None, list[Any]]] = field(default_factory=list)
    fragments: dict[str, tuple[Place, tuple[SelectionNode, ...]]] = field(default_factory=dict)
    steering: list[str] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    room: int = MOST_FIELDS
    _numbers: int = 0

    def cases(self, document: DocumentNode) -> list[Case]:
        """The new document, once for each of `values`."""
        chance = self.chance
        (operation,) = document.definitions
        assert isinstance(operation, OperationDefinitionNode)
        root = self.schema.query_type
        selections = self._selections(operation.selection_set.selections, Place(root))
        named = chance.adds(30)
        other = chance.adds(10)
        definitions: list[Any] = [self._operation("Main" if named or other else None, selections)]
        if other:
            typename = FieldNode(name=NameNode(value="__typename"), arguments=(), directives=())
            definitions.append(_operation("Other", (typename,)))
        definitions += [_fragment(name, place, nodes) for name, (place, nodes) in self.fragments.items()]
        text = print_ast(DocumentNode(definitions=tuple(definitions)))
        chosen = "Main" if other or (named and chance.yes(50)) else None
        if self.values[0].odd and chance.yes(8):
            chosen = chance.one([None, "Other", "Nothing", ""])
        return [Case(text, chosen, self._given(position)) for position in range(len(self.values))]

    def _given(self, position: int) -> dict[str, Any]:
        given = {name: values[position] for name, _, _, values in self.variables}
        return {name: value for name, value in given.items() if value is not LEFT_OUT}

    def _operation(self, name: str | None, selections: Sequence[SelectionNode]) -> OperationDefinitionNode:
        return _operation(
            name,
            selections,
            [
                VariableDefinitionNode(
                    variable=_variable(variable), type=parse_type(type_), default_value=default, directives=()
                )
                for variable, type_, default, _ in self.variables
            ],
        )

    def _name(self, letter: str) -> str:
        self._numbers += 1
        return f"{letter}{self._numbers}"

    # Selections

    def _selections(self, nodes: Sequence[SelectionNode], place: Place) -> tuple[SelectionNode, ...]:
        found: list[SelectionNode] = []
        for node in nodes:
            if isinstance(node, InlineFragmentNode):
                assert node.type_condition
                inside = replace(place, type=self.schema.type_map[node.type_condition.name.value], apart=True)
                found.append(self._inline(self._selections(node.selection_set.selections, inside), inside))
            elif isinstance(node, FieldNode):
                found += self._fields(node, place)
        if is_object_type(place.type):
            found += [each for node in self._more(place) for each in self._fields(node, place)]
        if not found or self.chance.adds(12):
            alias = self._name("t") if self.chance.yes(50) else None
            found.append(_field("__typename", alias, self._directives()))
        return self._wrapped(found, place)

    def _more(self, place: Place) -> list[FieldNode]:
        """Fields that hypothesis-graphql did not draw: its queries are mostly shallow."""
        likely = (50, 90, 75, 60, 50, 40)[place.depth] if place.depth < 6 else 15
        if self.room <= 0 or not self.chance.adds(likely):
            return []
        fields = {name: each for name, each in place.type.fields.items() if (place.type.name, name) not in SLOW}
        inner = [name for name, each in fields.items() if not is_leaf_type(get_named_type(each.type))]
        names = [self.chance.one([*fields, *inner, *inner]) for _ in range(self.chance.number(1, 3))]
        self.room -= len(names)
        return [_field(name, children=() if name in inner else None) for name in dict.fromkeys(names)]

    def _fields(self, node: FieldNode, place: Place) -> list[SelectionNode]:
        """The field, more than once perhaps, or not at all where there would be too many rows."""
        chance, name = self.chance, node.name.value
        definition = place.type.fields[name]
        named = get_named_type(definition.type)
        left_out = (place.type.name, name) in SLOW and not chance.yes(6)
        if left_out or (not self.admits(place.type.name, name) and not chance.yes(1)):
            return []
        rows = place.rows * self._length(name, definition)
        inside = Place(named, rows, place.apart or is_abstract_type(named), place.depth + 1)
        if inside.rows > MOST_ROWS and not is_leaf_type(named):
            return []
        found = [self._field(node, definition, inside)]
        if chance.adds(10):
            found.append(self._field(node, definition, inside, again=True))
        if chance.adds(12) and len(found[0].selection_set.selections if found[0].selection_set else ()) > 1:
            found[:1] = self._split(found[0])
        return list(found)

    def _length(self, name: str, definition: GraphQLField) -> int:
        listed = isinstance(get_nullable_type(definition.type), GraphQLList)
        return USUAL.get(name, 2) if listed else 1

    def _field(self, node: FieldNode, definition: GraphQLField, inside: Place, again: bool = False) -> FieldNode:
        name = node.name.value
        arguments = self._arguments(node, definition)
        apart = again or inside.apart or (definition.args and name in self.taken)
        alias = node.alias.value if node.alias else None
        if apart or self.chance.adds(15):
            alias = self._name("a")
        elif definition.args:
            self.taken.add(name)
        children = None
        if not is_leaf_type(inside.type):
            children = self._selections(node.selection_set.selections if node.selection_set else (), inside)
        return _field(name, alias, self._directives(), arguments, children)

    def _split(self, node: FieldNode) -> list[FieldNode]:
        """One field as two, which must be put together again."""
        assert node.selection_set
        inner = node.selection_set.selections
        middle = self.chance.number(1, len(inner) - 1)
        return [
            FieldNode(
                name=node.name,
                alias=node.alias,
                arguments=node.arguments,
                directives=directives,
                selection_set=SelectionSetNode(selections=half),
            )
            for half, directives in ((inner[:middle], node.directives), (inner[middle:], self._directives()))
        ]

    def _wrapped(self, nodes: list[SelectionNode], place: Place) -> tuple[SelectionNode, ...]:
        """Some of the selections in a fragment."""
        chance = self.chance
        if chance.adds(6) and (interfaces := getattr(place.type, "interfaces", ())):
            inner = [_field("id", self._name("i")), _field("__typename", self._name("t"))][: chance.number(1, 2)]
            nodes.insert(0, self._inline(tuple(inner), Place(chance.one(interfaces))))
        if chance.adds(25):
            start = chance.number(0, len(nodes) - 1)
            end = chance.number(start + 1, len(nodes))
            inner_nodes = tuple(nodes[start:end])
            if chance.yes(40):
                name = self._name("F")
                self.fragments[name] = (place, inner_nodes)
                nodes[start:end] = [self._spread(name)]
            else:
                nodes[start:end] = [self._inline(inner_nodes, place if chance.yes(60) else None)]
        if chance.adds(8):
            fitting = [
                name
                for name, (of, _) in self.fragments.items()
                if of.type is place.type and of.rows >= place.rows and of.apart == place.apart
            ]
            if fitting:
                nodes.append(self._spread(chance.one(fitting)))
        return tuple(nodes)

    def _spread(self, name: str) -> FragmentSpreadNode:
        return FragmentSpreadNode(name=NameNode(value=name), directives=self._directives(), arguments=())

    def _inline(self, nodes: tuple[SelectionNode, ...], place: Place | None) -> InlineFragmentNode:
        node = InlineFragmentNode(
            type_condition=NamedTypeNode(name=NameNode(value=place.type.name)) if place else None,
            directives=self._directives(),
            selection_set=SelectionSetNode(selections=nodes),
        )
        return self._inline((node,), place) if self.chance.adds(8) else node

    # Arguments, variables and directives

    def _arguments(self, node: FieldNode, definition: GraphQLField) -> tuple[ArgumentNode, ...]:
        """What real people would give, each by their own variables; now and then what hypothesis-graphql drew."""
        name = node.name.value
        given = [each.arguments(name, definition) for each in self.values]
        drawn = {each.name.value: each.value for each in node.arguments or ()}
        found = []
        for argument, of in definition.args.items():
            values = [each.get(argument, LEFT_OUT) for each in given]
            if self.values[0].odd and argument in drawn and self.chance.yes(4):
                value: ValueNode | None = drawn[argument]
            else:
                value = self._argument(of.type, values)
            if value is not None:
                found.append(ArgumentNode(name=NameNode(value=argument), value=value))
        return tuple(found)

    def _argument(self, type_: Any, values: list[Any]) -> ValueNode | None:
        """A literal, or a variable; None for an argument that is left out."""
        chance = self.chance
        if not chance.adds(35):
            return None if values[0] is LEFT_OUT else literal(values[0], type_)
        required = isinstance(type_, GraphQLNonNull)
        bare = get_nullable_type(type_)
        known = [each for each in values if each is not LEFT_OUT]
        default = None
        if known and chance.yes(30):
            default = literal(known[0], type_)
            values = [LEFT_OUT if chance.yes(50) else each for each in values]
        name = self._name("v")
        strict = required and (default is None or chance.yes(50))
        self.variables.append((name, f"{bare}!" if strict else str(bare), default, values))
        return _variable(name)

    def _directives(self) -> tuple[DirectiveNode, ...]:
        chance = self.chance
        if not chance.adds(7):
            return ()
        names = ["include", "skip"] if chance.yes(10) else [chance.one(["include", "skip"])]
        return tuple(self._directive(name) for name in names)

    def _directive(self, name: str) -> DirectiveNode:
        chance = self.chance
        value: ValueNode
        if chance.yes(60):
            if len(self.steering) < 3 and (not self.steering or chance.yes(40)):
                self.steering.append(self._name("s"))
                default = BooleanValueNode(value=chance.yes(50)) if chance.yes(40) else None
                values = [LEFT_OUT if default and chance.yes(50) else chance.yes(50) for _ in self.values]
                if default and self.values[0].odd and chance.yes(10):
                    values[0] = None
                type_ = "Boolean" if default else "Boolean!"
                self.variables.append((self.steering[-1], type_, default, values))
                value = _variable(self.steering[-1])
            else:
                value = _variable(chance.one(self.steering))
        else:
            value = BooleanValueNode(value=chance.yes(30) is (name == "skip"))
        given = ArgumentNode(name=NameNode(value="if"), value=value)
        return DirectiveNode(name=NameNode(value=name), arguments=(given,))


def _variable(name: str) -> VariableNode:
    return VariableNode(name=NameNode(value=name))


def _field(
    name: str,
    alias: str | None = None,
    directives: tuple[DirectiveNode, ...] = (),
    arguments: tuple[ArgumentNode, ...] = (),
    children: tuple[SelectionNode, ...] | None = None,
) -> FieldNode:
    return FieldNode(
        name=NameNode(value=name),
        alias=NameNode(value=alias) if alias else None,
        arguments=arguments,
        directives=directives,
        selection_set=SelectionSetNode(selections=children) if children else None,
    )


def _operation(
    name: str | None, selections: Sequence[SelectionNode], variables: Sequence[VariableDefinitionNode] = ()
) -> OperationDefinitionNode:
    return OperationDefinitionNode(
        operation=OperationType.QUERY,
        name=NameNode(value=name) if name else None,
        variable_definitions=tuple(variables),
        directives=(),
        selection_set=SelectionSetNode(selections=tuple(selections)),
    )


def _fragment(name: str, place: Place, nodes: tuple[SelectionNode, ...]) -> FragmentDefinitionNode:
    return FragmentDefinitionNode(
        name=NameNode(value=name),
        variable_definitions=(),
        type_condition=NamedTypeNode(name=NameNode(value=place.type.name)),
        directives=(),
        selection_set=SelectionSetNode(selections=nodes),
    )
