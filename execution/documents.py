"""Documents: each query text is parsed and validated once for a schema, and its plans are kept with it."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    VariableNode,
    Visitor,
    coerce_input_value,
    get_named_type,
    get_variable_values,
    is_leaf_type,
    parse,
    validate,
    visit,
)
from graphql.execution.collect_fields import FragmentDetails
from graphql.execution.get_variable_signature import get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource

MOST_CHARACTERS = 500_000
"""How much query text a schema keeps. A character costs its tree about a hundred bytes."""

LONGEST = 50_000
"""A longer text is not kept: no client asks it twice."""


@dataclass
class Document:
    """A parsed query, what is wrong with it in this schema, and its plans by operation and steering variables."""

    tree: DocumentNode
    errors: list[GraphQLError]
    plans: dict[Any, Any] = field(default_factory=dict)


class Documents:
    """The documents of one schema, those used last."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._kept: OrderedDict[str, Document] = OrderedDict()
        self._characters = 0

    def get(self, query: str) -> Document:
        """The document of a query text. `GraphQLSyntaxError` if it is none."""
        if query in self._kept:
            self._kept.move_to_end(query)
            return self._kept[query]
        tree = parse(query)
        # What a name might have been is for editors to say: to compare a hundred with a thousand types takes seconds.
        document = Document(tree, validate(self._schema, tree, hide_suggestions=True))
        if len(query) <= LONGEST:
            self._kept[query] = document
            self._characters += len(query)
            while self._characters > MOST_CHARACTERS:
                self._characters -= len(self._kept.popitem(last=False)[0])
        return document


class Operation:
    """An operation of a document: its fragments, and the variables that steer what is included (`steering`)."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, node: OperationDefinitionNode) -> None:
        self.node = node
        self.fragments = {
            each.name.value: FragmentDetails(each)
            for each in document.definitions
            if isinstance(each, FragmentDefinitionNode)
        }
        steering = _Steering()
        visit(document, steering)
        self.steering = tuple(sorted(steering.names))
        self._schema = schema
        self._variables = node.variable_definitions or ()
        self._signatures = [get_variable_signature(schema, each) for each in self._variables]

    def values(self, inputs: Mapping[str, Any]) -> VariableValues | None:
        """The values that a request gives for the variables; None if it must not give such."""
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for signature in self._signatures:
            if isinstance(signature, GraphQLError) or not is_leaf_type(get_named_type(signature.type)):
                return self._all_values(inputs)
            value = inputs.get(signature.name, Undefined)
            result = Undefined if value is Undefined else coerce_input_value(value, signature.type)
            if result is Undefined:
                return self._all_values(inputs)
            sources[signature.name] = VariableValueSource(signature, value)
            coerced[signature.name] = result
        return VariableValues(sources, coerced)

    def _all_values(self, inputs: Mapping[str, Any]) -> VariableValues | None:
        """The same with what is missing, has a default, is wrong, or may be deep."""
        values = get_variable_values(self._schema, self._variables, dict(inputs))
        return None if isinstance(values, list) else values


class _Steering(Visitor):
    """Finds the variables in directives."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_directive(self, node: Any, *_: Any) -> None:
        self.names |= {each.value.name.value for each in node.arguments if isinstance(each.value, VariableNode)}
