"""Computed cells of federal forms are what plain Python counts in random schools; what analysts do not see."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from random import Random
from typing import Any

import asyncpg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from permissions.viewer import Viewer
from resolvers.database import Row, Statement
from resolvers.report_forms import counts_of, values_of
from rules.account import Role
from rules.report import FORM_READERS
from rules.report_forms_definition import Definition, FormCellKind
from rules.report_forms_measures import MEASURES, Counts, counted
from rules.report_forms_reading import definitions
from rules.report_forms_withheld import withheld
from rules.report_shown import FEWEST_PEOPLE

from .conftest import clone, drop
from .forms_school import FIRST, Builder, Facts, RandomSchool

SEEDS = st.integers(0, 2**48)
ALL = [each for editions in definitions().values() for each in editions]


@dataclass
class Reader:
    """Reads on a connection with a viewer's eyes, and counts the statements."""

    viewer: Viewer
    connection: "asyncpg.Connection[Any]"
    statements: int = 0

    @property
    def snapshot(self) -> Any:
        return self

    async def fetch(self, statement: Statement, parameters: Mapping[str, Any], row: type[Row] = Row) -> list[Any]:
        self.statements += 1
        return list(await self.connection.fetch(statement.text, *statement.arguments(parameters), record_class=row))


@pytest.fixture(scope="module")
async def db(cluster: str, database_url: str) -> AsyncIterator["asyncpg.Connection[Any]"]:
    url = await clone(cluster, database_url)
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()
        await drop(cluster, url)


@asynccontextmanager
async def drawn(db: "asyncpg.Connection[Any]", seed: int) -> AsyncIterator[tuple[RandomSchool, Random]]:
    """A random school, and another one beside it; gone afterwards."""
    rng = Random(seed)
    transaction = db.transaction()
    await transaction.start()
    try:
        await Builder(db, rng).build()
        yield await Builder(db, rng).build(), rng
    finally:
        await transaction.rollback()


def plain_values(definition: Definition, facts: Facts) -> dict[str, str]:
    """The computed cells, counted one by one."""
    found = {}
    for key, cell in definition.cells.items():
        if cell.measure:
            measure = MEASURES[cell.measure]
            found[key] = str(
                sum(
                    all(fact[name] == value for name, value in measure.fixed.items())
                    and all(each.admits(fact[each.dimension]) for each in cell.filters)
                    for fact in facts[measure.family]
                )
            )
    return found


@settings(max_examples=25, deadline=None)
@given(SEEDS)
async def test_computed_cells_are_what_plain_python_counts(db: "asyncpg.Connection[Any]", seed: int) -> None:
    async with drawn(db, seed) as (school, rng):
        day = FIRST + timedelta(days=rng.choice((-3, 0, 19, 90, 150, 260, 363, 366)))
        for definition in ALL:
            facts = school.facts(day, definition.ages_on(day), definition.moves_since(day))
            reader = Reader(Viewer(school_id=school.id, roles=frozenset({rng.choice(sorted(FORM_READERS))})), db)
            counts = await counts_of(reader, definition, day)
            values = values_of(definition, {}, counts)
            computed = {key: value for key, value in values.items() if definition.cells[key].measure}
            assert computed == plain_values(definition, facts)
            assert reader.statements == len(counts) <= 6
            for finding in definition.findings(values):
                cells = (*finding.control.left, *finding.control.right)
                kinds = {definition.cells[key].kind for key in cells}
                assert FormCellKind.MANUAL in kinds, f"computed cells contradict each other: {finding.control.title}"


async def test_whoever_may_not_read_forms_counts_nothing(db: "asyncpg.Connection[Any]") -> None:
    async with drawn(db, 1) as (school, _):
        for roles in (frozenset(), frozenset(Role) - FORM_READERS):
            counts = await counts_of(Reader(Viewer(school_id=school.id, roles=roles), db), ALL[0], date(2026, 5, 1))
            assert not any(counts.values())


# What an analyst sees


def vectors(definition: Definition, counts: Counts) -> dict[str, dict[Any, int]]:
    """Each cell as what it adds up."""
    found: dict[str, dict[Any, int]] = {}
    for key, cell in definition.cells.items():
        if cell.measure:
            family = MEASURES[cell.measure].family
            found[key] = {(family, *row.values()): 1 for row in counted(cell.measure, cell.filters, counts)}
        else:
            found[key] = {key: 1}
    return found


def spans(basis: list[dict[Any, int]], target: dict[Any, int]) -> bool:
    """Whether the target is a sum of multiples of the basis: Gauss, with fractions."""
    rows: dict[Any, dict[Any, Fraction]] = {}

    def reduced(vector: Mapping[Any, Any]) -> dict[Any, Fraction]:
        found = {atom: Fraction(number) for atom, number in vector.items()}
        while pivot := next((atom for atom in found if atom in rows), None):
            times = found[pivot]
            for atom, number in rows[pivot].items():
                found[atom] = found.get(atom, Fraction(0)) - times * number
                if not found[atom]:
                    del found[atom]
        return found

    for vector in basis:
        if rest := reduced(vector):
            pivot = next(iter(rest))
            fresh = {atom: number / rest[pivot] for atom, number in rest.items()}
            for row in rows.values():
                if times := row.get(pivot):
                    for atom, number in fresh.items():
                        row[atom] = row.get(atom, Fraction(0)) - times * number
                        if not row[atom]:
                            del row[atom]
            rows[pivot] = fresh
    return not reduced(target)


@settings(max_examples=12, deadline=None)
@given(SEEDS)
async def test_an_analyst_cannot_work_out_a_group_under_five(db: "asyncpg.Connection[Any]", seed: int) -> None:
    """Neither shown, nor a combination of what is shown and of controls; nor the difference of two that are shown."""
    async with drawn(db, seed) as (school, rng):
        definition = definitions()[rng.choice(("osh-9", "osh-5"))][-1]
        day = date(2026, 5, 1)
        reader = Reader(Viewer(school_id=school.id, roles=frozenset({Role.ANALYST})), db)
        counts = await counts_of(reader, definition, day)
        manual = [key for key, cell in definition.cells.items() if cell.kind is FormCellKind.MANUAL]
        cells = {key: str(rng.choice((0, 2, 9, 30))) for key in manual if rng.random() < 0.7}
        values = values_of(definition, cells, counts)
        hidden = withheld(definition, values, counts)
        people = {key for key, cell in definition.cells.items() if cell.people}
        small = {key for key in people if 0 < int(values[key] or 0) < FEWEST_PEOPLE}
        assert small <= hidden <= people
        of = vectors(definition, counts)
        shown = [of[key] for key in people - hidden]
        for control in definition.controls:
            if control.relation == "equals":
                vector: dict[Any, int] = {}
                for sign, side in ((1, control.left), (-1, control.right)):
                    for key in side:
                        for atom in of[key]:
                            vector[atom] = vector.get(atom, 0) + sign
                shown.append({atom: number for atom, number in vector.items() if number})
        for key in small:
            assert not spans(shown, of[key]), key
        numbers = {key: int(values[key] or 0) for key in people - hidden}
        for key, number in numbers.items():
            for other, more in numbers.items():
                if number and of[key].keys() <= of[other].keys():
                    assert more == number or more - number >= FEWEST_PEOPLE, (key, other)


def test_in_a_large_school_an_analyst_sees_everything() -> None:
    """Nothing is withheld where no group is small."""
    (definition,) = definitions()["osh-9"]
    counts = {
        "classes": [{"grade": 8, "shift": 1, "profile": "", "week_days": 5, "count": 3}],
        "students": [
            {
                "grade": grade,
                "sex": sex,
                "age": 15,
                "shift": 1,
                "profile": "",
                "at_home": False,
                "individual_plan": False,
                "repeats": False,
                "count": 40,
            }
            for grade in (8, 9, 10, 11)
            for sex in ("male", "female")
        ],
        "learners": [],
        "groups": [],
    }
    values = values_of(definition, {}, counts)
    assert withheld(definition, values, counts) == frozenset()


def test_what_would_tell_a_small_group_is_withheld_too() -> None:
    """Of 20 students 17 are girls: the number of girls tells that of boys, which is no cell at all."""
    (definition,) = definitions()["osh-9"]
    about = {"grade": 9, "age": 15, "shift": 1, "profile": "", "at_home": False, "individual_plan": False}
    students = [{**about, "repeats": False, "sex": sex, "count": count} for sex, count in (("male", 3), ("female", 17))]
    counts: Counts = {"classes": [], "students": students, "learners": [], "groups": []}
    values = values_of(definition, {}, counts)
    hidden = withheld(definition, values, counts)
    assert (values["1.02.5"], values["1.02.6"]) == ("20", "17")
    assert {"1.02.6", "1.05.6"} <= hidden
    assert not {"1.02.5", "1.05.5"} & hidden
