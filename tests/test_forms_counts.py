"""Computed cells of federal forms are what plain Python counts in random schools; what analysts do not see."""

from collections import Counter
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

from permissions.report_forms import NAMED
from permissions.report_forms_left import left_out_of_forms
from permissions.report_forms_measures import counted_by_forms
from permissions.school import STAFF_KEPT
from permissions.viewer import Viewer
from resolvers.database import Row, Statement
from resolvers.edges import reads
from resolvers.report_forms import counts_of, values_of
from rules.account import Role
from rules.report import FORM_READERS
from rules.report_forms_definition import Definition, FormCellKind
from rules.report_forms_measures import MEASURES, ONCE, Family
from rules.report_forms_reading import definitions

from .conftest import clone, drop
from .forms_school import FIRST, LAST, SUBJECTS, Builder, Facts, RandomSchool

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


# What is left out


def plain_left(school: RandomSchool, day: date, since: date) -> dict[str, Counter[Any]]:
    """What each family leaves out on a day, and why, one by one: what it is, or of orders what tells of it."""
    within = FIRST <= day <= LAST

    def away(each: dict[str, Any]) -> str | None:
        return "later" if each["from"] > day else "gone" if (each["to"] or LAST) < day else None

    students = {each["id"]: away(each) or ("year_draft" if school.draft else None) for each in school.students}
    staff = {
        each["id"]: "later" if day < each["hired"] <= LAST else "gone"
        for each in school.staff
        if day < each["hired"] <= LAST or (each["dismissed"] and FIRST <= each["dismissed"] < day)
    }
    learners = {
        (each["id"], subject): why
        for each in school.students
        for subject in SUBJECTS
        if (why := _not_learning(school, each, subject, day, away(each)))
    }
    taught = {(each["group"], each["subject"]) for each in school.taught if each["from"] <= day}
    groups = {(each["group"], each["subject"]) for each in school.taught} - taught
    later = [(each["kind"], each["grade"], each["sex"]) for each in school.moves if day < each["on"] <= LAST]
    runs = within and not school.draft
    return {
        "classes": Counter((each, "year_draft") for each in school.classes if within and school.draft),
        "students": Counter(each for each in students.items() if within and each[1]),
        "moves": Counter((*each, "in_force_later") for each in later if within),
        "learners": Counter(learners.items() if runs else ()),
        "groups": Counter((each, "no_teacher") for each in groups if runs),
        "staff": Counter(staff.items() if within else ()),
    }


def _not_learning(
    school: RandomSchool, student: dict[str, Any], subject: str, day: date, why: str | None
) -> str | None:
    """Why a student does not learn a subject that the class has; None for who does, or could not."""
    taught = [each for each in school.taught if (each["class"], each["subject"]) == (student["class"], subject)]
    own = [each for each in taught if not each["subgroup"] or (each["group"], student["id"]) in school.members]
    if not taught:
        return None
    dropped = any((who, what) == (student["id"], subject) and on <= day for who, what, on in school.dropped)
    if why or dropped:
        return "dropped" if not why else why if own and not dropped else None
    if any(each["from"] <= day for each in own):
        return None
    return "no_teacher" if own else "no_group" if any(each["from"] <= day for each in taught) else None


def told(family: Family, rows: list[Any]) -> Counter[Any]:
    """Rows as `plain_left` tells of them."""
    if family is Family.MOVES:
        return Counter((row.kind, row.grade, row.sex, row.left) for row in rows)
    if family in (Family.LEARNERS, Family.GROUPS):
        return Counter(((row.of, row.subject), row.left) for row in rows)
    return Counter((row.of, row.left) for row in rows)


def identified(family: Family, rows: list[Any]) -> set[Any]:
    """What rows are of: with the subject, of those that have one or several."""
    if family not in ONCE:
        return {(row.of, row.id) for row in rows}
    return {(row.of, name) for row in rows for name in ([row.subject] if isinstance(row.subject, str) else row.subject)}


@settings(max_examples=25, deadline=None)
@given(SEEDS)
async def test_what_is_left_out_is_what_plain_python_misses(db: "asyncpg.Connection[Any]", seed: int) -> None:
    """Nobody is both counted and left out; those who may not see names are told of nobody."""
    async with drawn(db, seed) as (school, rng):
        day = FIRST + timedelta(days=rng.choice((-3, 0, 19, 60, 90, 119, 150, 260, 363, 366)))
        days = {"day": day, "ages_on": day, "since": FIRST - timedelta(days=30)}
        expected = plain_left(school, day, days["since"])
        for family in Family:
            needed = (NAMED, STAFF_KEPT) if family is Family.STAFF else (NAMED,)
            named = sorted(frozenset.intersection(*needed))
            reader = Reader(Viewer(school_id=school.id, roles=frozenset({rng.choice(named)})), db)
            rows = await reads(reader)(left_out_of_forms(reader.viewer, family), **days)
            assert told(family, rows) == expected[family], family
            counted = await reads(reader)(counted_by_forms(reader.viewer, family), **days)
            assert not identified(family, counted) & identified(family, rows)
            for roles in needed:
                others = Reader(Viewer(school_id=school.id, roles=frozenset(Role) - roles), db)
                assert not await reads(others)(left_out_of_forms(others.viewer, family), **days)
