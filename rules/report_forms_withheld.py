"""What an analyst does not see of a form: groups under five, and whatever they could be worked out from."""

from collections.abc import Collection, Mapping
from decimal import Decimal

from .report_forms_definition import Definition, FormCellKind, FormRelation
from .report_forms_measures import MEASURES, Counts, counted
from .report_shown import FEWEST_PEOPLE

_PRIME = (1 << 61) - 1
Vector = dict[int, int]
"""What a cell adds up, as a vector: atom → how often. Atoms are groups of people that no cell tells apart."""


def withheld(definition: Definition, values: Mapping[str, str | None], counts: Counts) -> frozenset[str]:
    """The cells that an analyst must not see.

    Cells of one to four people are withheld; then, the largest first, those from which, together with what is shown
    already and with the controls that hold, such a cell or a difference of so few people could be worked out.
    """
    atoms = _atoms(definition, counts)
    people = {key: vector for key, vector in atoms.items() if definition.cells[key].people}
    sizes = {key: Decimal(values.get(key) or 0) for key in people}
    small = {key for key, size in sizes.items() if 0 < size < FEWEST_PEOPLE}
    targets = [dict(people[key]) for key in small if people[key]]
    basis: dict[int, Vector] = {}
    for control in definition.controls:
        if control.relation is FormRelation.EQUALS:
            vector: Vector = {}
            for sign, side in ((1, control.left), (-1, control.right)):
                for key in side:
                    _add(vector, atoms[key], sign)
            _extend(basis, targets, _reduced(basis, vector))
    shown: dict[str, frozenset[int]] = {}
    hidden = set(small)
    for key in sorted(people.keys() - small, key=lambda key: (-sizes[key], key)):
        if not people[key]:
            continue  # computed of nobody: it tells of nobody
        vector, parts = _reduced(basis, people[key]), frozenset(people[key])
        if _tells(vector, targets) or any(
            _differ_little(parts, sizes[key], of, sizes[other]) for other, of in shown.items()
        ):
            hidden.add(key)
            continue
        _extend(basis, targets, vector)
        shown[key] = parts
    return frozenset(hidden)


def _atoms(definition: Definition, counts: Counts) -> dict[str, Vector]:
    """Each cell as the atoms that it adds up. A manual cell is an atom of its own."""
    numbers: dict[object, int] = {}
    found: dict[str, Vector] = {}
    for key, cell in definition.cells.items():
        if cell.kind is FormCellKind.MANUAL:
            found[key] = {numbers.setdefault(key, len(numbers)): 1}
        else:
            assert cell.measure  # noqa: S101
            family = MEASURES[cell.measure].family
            rows = (tuple(row.items()) for row in counted(cell.measure, cell.filters, counts))
            found[key] = {numbers.setdefault((family, row), len(numbers)): 1 for row in rows}
    return _together(found)


def _together(cells: Mapping[str, Vector]) -> dict[str, Vector]:
    """The same with one atom for those that stand in the same cells."""
    stands: dict[int, list[str]] = {}
    for key, vector in cells.items():
        for atom in vector:
            stands.setdefault(atom, []).append(key)
    kept = {tuple(keys): atom for atom, keys in stands.items()}
    chosen = frozenset(kept.values())
    return {key: {atom: times for atom, times in vector.items() if atom in chosen} for key, vector in cells.items()}


def _differ_little(one: Collection[int], size: Decimal, other: frozenset[int], of: Decimal) -> bool:
    """Whether one group is a part of the other, and all but a few people of it."""
    return 0 < abs(of - size) < FEWEST_PEOPLE and (other.issuperset(one) or other.issubset(one))


# Vectors, over the numbers modulo a prime


def _add(vector: Vector, other: Mapping[int, int], times: int) -> None:
    for atom, number in other.items():
        if total := (vector.get(atom, 0) + times * number) % _PRIME:
            vector[atom] = total
        else:
            vector.pop(atom, None)


def _reduced(basis: Mapping[int, Vector], vector: Mapping[int, int]) -> Vector:
    """What is left of a vector without what the basis spans. No vector of the basis has another's pivot."""
    found = dict(vector)
    for atom in [atom for atom in found if atom in basis]:
        _add(found, basis[atom], -found[atom])
    return found


def _extend(basis: dict[int, Vector], targets: list[Vector], vector: Vector) -> None:
    """Put a reduced vector into the basis, and take it out of all that stands there."""
    if not vector:
        return
    pivot = min(vector)
    inverse = pow(vector[pivot], -1, _PRIME)
    vector = {atom: number * inverse % _PRIME for atom, number in vector.items()}
    for other in [*basis.values(), *targets]:
        if times := other.get(pivot):
            _add(other, vector, -times)
    basis[pivot] = vector


def _tells(vector: Vector, targets: Collection[Vector]) -> bool:
    """Whether one of the targets would be spanned together with this vector: it is a multiple of it."""
    return any(_is_multiple(vector, target) for target in targets if target.keys() == vector.keys())


def _is_multiple(vector: Vector, target: Vector) -> bool:
    if not vector:
        return False
    atom = next(iter(vector))
    times = target[atom] * pow(vector[atom], -1, _PRIME) % _PRIME
    return all(number * times % _PRIME == target[each] for each, number in vector.items())
