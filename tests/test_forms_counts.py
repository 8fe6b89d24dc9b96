"""Computed cells of federal forms are what plain Python counts in random schools; what analysts do not see."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
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
from rules.report_forms_measures import MEASURES
from rules.report_forms_reading import definitions

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
