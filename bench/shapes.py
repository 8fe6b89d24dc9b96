"""Answers in classbook's shape, and how two of them differ."""

from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

Shape = Callable[[str, dict[str, Any]], dict[str, Any]]
"""`postgraphile(query, data)`: the query's name and the `data` of the answer, onto the `data` classbook would give."""

PEERS = Path(__file__).parent / "peers"


def as_it_is(query: str, data: dict[str, Any]) -> dict[str, Any]:
    """The shape of those who answer in classbook's own."""
    return data


def shape_of(contestant: str) -> Shape:
    """The mapping of a contestant: the function of its name in `bench/peers/shapes.py`, if there is one."""
    path = PEERS / "shapes.py"
    if not path.exists():
        return as_it_is
    spec = spec_from_file_location("peer_shapes", path)
    if spec is None or spec.loader is None:
        return as_it_is
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Shape = getattr(module, contestant, as_it_is)
    return found


def difference(expected: Any, found: Any, path: str = "data") -> str | None:
    """Where two answers differ first, in words; None where they do not. Numbers are equal by value."""
    if isinstance(expected, dict) and isinstance(found, dict):
        if missing := expected.keys() ^ found.keys():
            return f"{path}: only one of the two has {', '.join(sorted(missing))}"
        steps = [(f"{path}.{key}", expected[key], found[key]) for key in expected]
    elif isinstance(expected, list) and isinstance(found, list):
        if len(expected) != len(found):
            return f"{path}: {len(expected)} expected, {len(found)} found"
        steps = [(f"{path}[{at}]", a, b) for at, (a, b) in enumerate(zip(expected, found, strict=True))]
    else:
        same = expected == found and isinstance(expected, bool) == isinstance(found, bool)
        return None if same else f"{path}: {expected!r} expected, {found!r} found"
    return next((words for step in steps if (words := difference(step[1], step[2], step[0]))), None)
