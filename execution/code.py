"""The code of a plan while it is written: its names, its steps, and how it reads what stands at a place."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from resolvers.edges import Edge
from resolvers.edges_kinds import to_beside
from resolvers.selections import Selection

from .leaves import null
from .steps import Asked, EdgeStep, Level, Step


class Unsupported(Exception):
    """What a plan cannot be made of; `reason` is one word for the metric."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


LONG = 3
"""A level under so many lists is long: what many of its rows may share is read once each, not joined to every row."""


@dataclass
class Code:
    """The code of one level while it is written: what its names stand for, and its steps."""

    names: dict[str, Any] = field(default_factory=lambda: {"null": null})
    level: Level = field(default_factory=Level)
    takes_arguments: bool = False
    joined: list[Asked] = field(default_factory=list)
    beside: dict[Edge, tuple[str, Selection]] = field(default_factory=dict)
    _variables: int = 0

    def bind(self, value: Any) -> str:
        """A name for an object that the code uses."""
        name = f"f{len(self.names)}"
        self.names[name] = value
        return name

    def variable(self) -> str:
        """A fresh variable."""
        self._variables += 1
        return f"r{self._variables}"

    def step(self, step: Step) -> str:
        """The name under which the code gets what the step finds."""
        self.level.steps.append(step)
        return f"x{len(self.level.steps) - 1}"

    def function(self, parameters: str, *lines: str) -> Callable[..., Any]:
        """The function of these lines, which also takes what the steps so far have found.

        The code holds no text of the query but its response keys, as literals.
        """
        found = "".join(f", x{position}" for position in range(len(self.level.steps)))
        text = f"def written({parameters}{found}):\n" + "".join(f"    {line}\n" for line in lines)
        scope = dict(self.names)
        exec(compile(text, "<plan>", "exec"), scope)  # noqa: S102
        written: Callable[..., Any] = scope["written"]
        return written

    def finish(self, parameters: str, *lines: str) -> Level:
        """The level with its code."""
        self.level.build = self.function(parameters, *lines)
        return self.level


@dataclass(frozen=True)
class Place:
    """Where items are found in the code of a level.

    name: the variable that holds an item. clauses: the comprehension's clauses that walk all such items, from `rows`.
    lists: how many lists lead here. selection: the columns to read of a row; None: an object with attributes. inner:
    the rows that stand further inside.
    """

    code: Code
    name: str
    clauses: str
    lists: int
    selection: Selection | None = None
    inner: Selection | None = None

    def read(self, attribute: str) -> str:
        """The expression that reads an attribute of the item."""
        if self.selection is None:
            return f"{self.name}.{attribute}"
        if attribute == "type_name":
            return repr(self.selection.edge.scope.type_name)
        if not self.selection.has(attribute):
            raise Unsupported("column")
        beside = to_beside(self.selection.edge.scope, attribute) if self.lists >= LONG else None
        if beside and beside is not self.selection.edge:
            return self._read_beside(beside, attribute)
        return f"{self.name}[{self.selection.column(attribute)}]"

    def _read_beside(self, edge: Edge, attribute: str) -> str:
        """The expression that reads a column of a row beside this one, which a step has read once for all."""
        key = self.read(edge.of[0])
        if edge not in self.code.beside:
            selection = Selection(edge, edge.scope.roles)
            place = selection.column("_key0")
            kept = Code().finish("rows, out", "for r0 in rows:", f"    out[r0[{place}]] = r0")
            step = EdgeStep(lambda run: edge(), selection, (place,), kept)
            step.keys = self.code.function("rows", f"return {{{key} {self.clauses}}}")
            self.code.beside[edge] = self.code.step(step), selection
        found, selection = self.code.beside[edge]
        column = selection.column(attribute)
        if self.selection and self.selection.is_required(edge.of[0]):
            return f"{found}[{key}][{column}]"
        return f"(b[{column}] if (b := {found}[{key}]) is not None else None)"

    def read_key(self, attributes: tuple[str, ...]) -> str:
        """The expression of an edge's key: the one value, or a tuple."""
        values = [self.read(each) for each in attributes]
        return values[0] if len(values) == 1 else f"({', '.join(values)})"
