"""What an analyst is told in a report, reckoned from all that a deputy is told, with what is behind each figure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from graphql import FieldNode, OperationDefinitionNode, SelectionSetNode, parse

KINDS = {
    "5": "fives",
    "4": "fours",
    "3": "threes",
    "2": "twos",
    "1": "twos",
    "н/а": "notAttested",
    "зач.": "passed",
    "незач.": "failed",
    "осв.": "exempt",
    None: "unmarked",
}
NUMBERS = ("fives", "fours", "threes", "twos")
WEIGHTS = {"success": (1, 1, 1, 0, 0), "quality": (1, 1, 0, 0, 0), "learning": (1, 0.64, 0.36, 0.16, 0.07)}
PEOPLE = {
    *("atStart", "arrived", "gone", "movedIn", "movedOut", "atEnd", "students", "boys", "girls", "honours", "count"),
    *("excellent", "good", "oneThree", "failing", "notAttested", "arrivedCount", "leftCount", "unmarkedCount"),
}
ROWS = {"students", "attendance"}
"""Lists of students one by one, which stay as they are."""


def fives(figure: float, people: float) -> int:
    """What is shown of a figure that so many people make: the multiple next to it of what five of them make."""
    of = 5
    while of * people < figure * 5:
        of += 5
    below = int(figure // of) * of
    return below if figure - below < below + of - figure else below + of


def few(figure: int, people: int) -> int:
    """The same, and nothing of fewer than five."""
    return fives(figure, people) if people >= 5 else 0


def mean(value: Fraction, people: int) -> Decimal:
    """What is shown of a mean: with one digit, the step next to it; there are as many to a one as fives of people."""
    steps = min(few(people, people) // 5, 10)
    below = Fraction(int(value * steps), steps)
    above = below + Fraction(1, steps)
    next_to = below if value - below < above - value else above
    return (Decimal(next_to.numerator) / next_to.denominator).quantize(Decimal("0.1"), ROUND_HALF_UP)


def rounded(value: Any) -> Any:
    """A report, or a part of one, as an analyst is told it."""
    if isinstance(value, list):
        return [rounded(each) for each in value]
    if not isinstance(value, dict):
        return value
    if "learning" in value and "counts" in value:
        return _figures(value)
    found = {
        name: _unnumbered(each)
        if name in ROWS and isinstance(each, list)
        else few(each, each)
        if name in PEOPLE and isinstance(each, int)
        else rounded(each)
        for name, each in value.items()
    }
    if {"now", "then"} <= value.keys():
        now, then = (_exact(found[name]["counts"]) for name in ("now", "then"))
        found |= {name: _digits(now[name] - then[name]) if now and then else None for name in (*WEIGHTS, "average")}
    if "free" in value:
        found |= _occupancy(value, found["students"])
    if "totalAttendance" in value:
        found["totalAttendance"] = _attendance(value["totalAttendance"], [of["total"] for of in value["attendance"]])
    if "total" in value and "months" in value:
        found["total"] = _attendance(value["total"], [of["total"] for of in value["students"]])
        for place, month in enumerate(value["months"]):
            own = [of["months"][place]["figures"] for of in value["students"]]
            found["months"][place] = {**month, "figures": _attendance(month["figures"], own)}
    return found


def _unnumbered(value: Any) -> Any:
    """Rows without the numbers of councils' protocols, which people write as they like."""
    if isinstance(value, list):
        return [_unnumbered(each) for each in value]
    if not isinstance(value, dict):
        return value
    found = {name: _unnumbered(each) for name, each in value.items()}
    if {"decidedOn", "number", "words"} <= value.keys():
        found["words"] = value["words"].replace(f" № {value['number']}", "")
    return found


def pruned(value: Any, body: str) -> Any:
    """Only what a body asks for."""
    (operation,) = parse(f"{{ {body} }}").definitions
    assert isinstance(operation, OperationDefinitionNode)
    return _pruned(value, operation.selection_set)


def _pruned(value: Any, asked: SelectionSetNode | None) -> Any:
    if isinstance(value, list):
        return [_pruned(each, asked) for each in value]
    if not isinstance(value, dict) or asked is None:
        return value
    fields = [each for each in asked.selections if isinstance(each, FieldNode)]
    return {each.name.value: _pruned(value[each.name.value], each.selection_set) for each in fields}


def _digits(value: Fraction) -> float:
    exact = Decimal(value.numerator) / value.denominator
    # Half up is towards the greater, below nothing, too.
    return float((exact + 100).quantize(Decimal("0.01"), ROUND_HALF_UP) - 100)


def _figures(of: Mapping[str, Any]) -> Any:
    marks, holders = Counter[str](), defaultdict[str, set[str]](set)
    for mark in of["success"]["marks"]:
        kind, student = "left" if mark["leftOut"] == "LEFT" else KINDS[mark["value"]], mark["student"]["id"]
        marks[kind] += 1
        holders[kind].add(student)
    counts = {kind: few(marks[kind], len(holders[kind])) for kind in (*KINDS.values(), "left")}
    counts["numbers"] = sum(counts[kind] for kind in NUMBERS)
    counts["counted"] = counts["numbers"] + counts["notAttested"]
    counts["students"] = counts["counted"] + sum(counts[kind] for kind in ("passed", "failed", "exempt", "unmarked"))
    counts["total"] = 5 * counts["fives"] + 4 * counts["fours"] + 3 * counts["threes"] + 2 * counts["twos"]
    exact = _exact(counts)
    told = {name: _digits(exact[name]) if name in exact else None for name in (*WEIGHTS, "average")}
    return {"counts": counts} | {name: {**of[name], "value": told[name], "counts": counts} for name in told}


def _exact(counts: Mapping[str, int]) -> dict[str, Fraction]:
    """The figures that counts make; none if there are none."""
    if not counts["counted"]:
        return {}
    given = [counts[kind] for kind in (*NUMBERS, "notAttested")]
    weights = {name: [Fraction(str(each)) for each in of] for name, of in WEIGHTS.items()}
    found = {
        name: 100 * sum(a * b for a, b in zip(of, given, strict=True)) / counts["counted"]
        for name, of in weights.items()
    }
    return found | ({"average": Fraction(counts["total"], counts["numbers"])} if counts["numbers"] else {})


def _attendance(of: Mapping[str, Any], own: Iterable[Any]) -> Any:
    each = [of["counts"] for of in own]
    counts = {name: few(sum(one[name] for one in each), sum(one[name] > 0 for one in each)) for name in of["counts"]}
    counts["missed"] = sum(counts[name] for name in ("illness", "excused", "unexcused", "unexplained", "other"))
    held = counts["held"]
    percent = _digits(Fraction(100 * (held - counts["missed"]), held)) if held else None
    return {**of, "counts": counts, "percent": percent}


def _occupancy(of: Mapping[str, Any], students: int) -> dict[str, Any]:
    free = of["free"]
    if free is not None:
        there = of["capacity"] - free
        free = of["capacity"] - few(there, there)
    average = of["average"]
    if average:
        average = _digits(Fraction(students, round(of["students"] / average)))
    return {"free": free, "average": average}
