"""Documents: each query text is parsed and validated once for a schema, and its plans are kept with it."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from graphql import DocumentNode, GraphQLError, GraphQLSchema, parse, validate

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
        document = Document(tree, validate(self._schema, tree))
        if len(query) <= LONGEST:
            self._kept[query] = document
            self._characters += len(query)
            while self._characters > MOST_CHARACTERS:
                self._characters -= len(self._kept.popitem(last=False)[0])
        return document
