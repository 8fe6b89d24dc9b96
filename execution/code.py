"""The code of a plan while it is written: its names, its steps, and how it reads what stands at a place."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from resolvers.edges import Edge
from resolvers.edges_kinds import to_beside
from resolvers.selections import Selection, columns_of

from .leaves import null
from .steps import DerivedStep, EdgeStep, Level, Step


class Unsupported(Exception):
    """What a plan cannot be made of; `reason` is one word for the metric."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


LONG = 3
"""A level under so many lists is long: what many of its rows may share is read once each, not joined to every row."""


@dataclass
class Code:
    """The code of one level while it is written: what its names stand for, and its steps.

    edges: the steps that follow edges, by what their keys are read of.
    """

    names: dict[str, Any] = field(default_factory=lambda: {"null": null})
    level: Level = field(default_factory=Level)
    edges: dict[Hashable, list[EdgeStep]] = field(default_factory=dict)
    beside: dict[tuple[Edge, Selection], tuple[str, Selection]] = field(default_factory=dict)
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
    the rows that stand further inside. beside: edges to what many of these rows share, which is read once for all.
    one: there is one item at most.
    """

    code: Code
    name: str
    clauses: str
    lists: int
    selection: Selection | None = None
    inner: Selection | None = None
    beside: tuple[Edge, ...] = ()
    one: bool = False

    def reading(self, attributes: Iterable[str]) -> "Place":
        """The place, where these attributes are going to be read of each item."""
        if self.selection is None or self.lists < LONG:
            return self
        found = dict.fromkeys(to_beside(self.selection.edge.scope, name) for name in attributes)
        return replace(self, beside=tuple([edge for edge in found if edge and edge is not self.selection.edge]))

    def read(self, attribute: str) -> str:
        """The expression that reads an attribute of the item."""
        if self.selection is None:
            return f"{self.name}.{attribute}"
        if attribute == "type_name":
            return repr(self.selection.edge.scope.type_name)
        if not self.selection.has(attribute):
            raise Unsupported("column")
        if shared := self.shared((attribute,)):
            return shared.write(shared.place.read(attribute))
        return f"{self.name}[{self.selection.column(attribute)}]"

    def read_key(self, attributes: tuple[str, ...]) -> str:
        """The expression of an edge's key: the one value, or a tuple."""
        values = [self.read(each) for each in attributes]
        return values[0] if len(values) == 1 else f"({', '.join(values)})"

    def followed(self, of: tuple[str, ...]) -> list[EdgeStep]:
        """The steps that follow edges from these very items, by these attributes."""
        return self.code.edges.setdefault((self.name, self.clauses, of), [])

    def shared(self, attributes: Sequence[str]) -> "Shared | None":
        """What these items share and has all of the attributes, if anything."""
        for edge in self.beside:
            if attributes and columns_of(edge).keys() >= {*attributes}:
                # What leads there may itself be shared: a mark's task knows its lesson.
                others = replace(self, beside=tuple([each for each in self.beside if each is not edge]))
                outer = others.shared(edge.of)
                return (outer.place if outer else others)._share(edge, outer)
        return None

    def outermost(self, attributes: Sequence[str]) -> "Shared | None":
        """The rows that these items themselves share, if through them one comes to all of the attributes."""
        shared = self.shared(attributes)
        if shared is None or shared.outer is None:
            return shared
        return self.outermost(shared.place.selection.edge.of) if shared.place.selection else None

    def _share(self, edge: Edge, outer: "Shared | None") -> "Shared":
        """What these items share over an edge, each row read once."""
        assert self.selection  # noqa: S101
        key = self.read(edge.of[0])
        if (edge, self.selection) not in self.code.beside:
            selection = Selection(edge, edge.scope.roles)
            place = selection.column("_key0")
            kept = Code().finish("rows, out", "for r0 in rows:", f"    out[r0[{place}]] = r0")
            step = EdgeStep(lambda run: edge(), selection, (place,), kept)
            step.keys = self.code.function("rows", f"return {{{key} {self.clauses}}}")
            self.code.beside[edge, self.selection] = self.code.step(step), selection
        rows, selection = self.code.beside[edge, self.selection]
        name = self.code.variable()
        clauses = f"for {name} in {rows}.values() if {name} is not None"
        return Shared(Place(self.code, name, clauses, self.lists, selection, beside=self.beside), rows, key, outer)


@dataclass(frozen=True)
class Shared:
    """Rows of which each item of a place has one under its `key`, and many items the same.

    rows: what the step that reads them has found. outer: where what has the key is itself shared.
    """

    place: Place
    rows: str
    key: str
    outer: "Shared | None"

    def write(self, value: str, absent: str = "None") -> str:
        """The item's expression for `value`, an expression of the shared row, evaluated once for each of those.

        `absent` stands where an item has no such row.
        """
        code, row = self.place.code, self.place.name
        key = code.variable()
        made = f"{key}: {value} if {row} is not None else {absent}"
        derived = code.function("rows", f"return {{{made} for {key}, {row} in {self.rows}.items()}}")
        expression = f"{code.step(DerivedStep(derived))}[{self.key}]"
        return self.outer.write(expression, absent) if self.outer else expression
