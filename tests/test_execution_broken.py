"""Where the data itself is broken, both executors answer with the same errors, at the same places, nulling the same."""

import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.demo import Demo

from .execution_damage import damage
from .execution_draw import compare
from .execution_stage import EXAMPLES, FORGIVEN, Case, Stage, Tally, drawn, forget_all, hardened, stage_of
from .journal_help import gid

pytestmark = FORGIVEN

TALLIES: dict[str, Tally] = defaultdict(Tally)
BY_HAND = Tally()
INJECTED = Tally()
WHO = ("parent", "student", "class-teacher", "deputy", "analyst", "service")


@pytest.fixture(scope="module")
async def stage(cluster: str, hardened_template: tuple[str, Demo]) -> AsyncIterator[Stage]:
    async with hardened(cluster, hardened_template) as (url, connection):
        await damage(connection)
        async with stage_of(url, connection) as stage:
            stage.damaged = True
            yield stage


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    yield
    forget_all()


@pytest.mark.parametrize("kind", WHO)
@given(data=st.data())
@drawn(times=2)
async def test_errors_of_broken_data_are_the_same(stage: Stage, kind: str, data: st.DataObject) -> None:
    await compare(data, stage, kind, TALLIES[kind], refusals=False)


@pytest.mark.parametrize("table", ["mark", "attendance", "homework"])
@given(data=st.data())
@drawn(times=5)
async def test_resolvers_that_raise(stage: Stage, table: str, data: st.DataObject) -> None:
    """Each reports its error where it stands, and the rest of the answer is there, as far as it may be null."""
    kind = data.draw(st.sampled_from(WHO))
    await compare(data, stage, kind, INJECTED, refusals=False, injected=table)


BROKEN = {
    "a null in a column": "{ school { subjects(first: 100) { nodes { name } } } }",
    "the same, asked twice": "{ school { subjects(first: 100) { nodes { name } a: nodes { b: name } } } }",
    "a null of a joined row": "{ school { classes(first: 100) { nodes { assignments { subject { name } } } } } }",
    "a null of a row beside": "{ school { classes(first: 100) { nodes { periods { name } groups { kind } } } } }",
    "a null that goes up to the root's field": "{ school { workTypes { shortName } } me { today } }",
    "a number of 33 bits": "{ school { workTypes { weight } } }",
    "a word that no enum has": "{ school { students(first: 100) { nodes { guardianships { kind } } } } }",
    "a function that raises": "{ school { students(first: 100) { nodes { shortName } } } }",
    "an attribute of nothing": "{ school { students(first: 100) { nodes { card { birthYear } } } } }",
    "no name behind a name": "{ school { students(first: 100) { nodes { name familyName } } } }",
    "cursors of what has no name": "{ school { students(first: 100) { edges { cursor } pageInfo { endCursor } } } }",
    "letters that nobody knows": (
        "query($s: ID!, $p: ID!) { student(id: $s) { attendance(periodId: $p, first: 99) { nodes { letters code } } } }"
    ),
    "several at once": (
        '{ school { classes(first: 100) { nodes { name letter lessons(since: "2026-05-04", until: "2026-05-30", '
        "first: 60) { nodes { number startsAt state subject { shortName } record { "
        "tasks { weight workType { shortName } } homework { text forAll } "
        "marks { value version setAt } attendance { letters minutesLate } } } } } } } }"
    ),
    "broken and refused": '{ school { workTypes { weight } } student(id: "nobody") { name } }',
}


@pytest.mark.parametrize("name", BROKEN)
async def test_a_deputy_reads_what_is_broken(stage: Stage, name: str) -> None:
    """By hand, so that each sort is there whatever hypothesis draws; each ends with errors."""
    (person, *_) = stage.people["deputy"]
    tally = Tally()
    variables = {"s": gid("Student", 0), "p": gid("Period", 4)} if "$s" in BROKEN[name] else {}
    numbers = person.seen["Student"] if variables else [0]
    for number in numbers:
        given = {**variables, "s": gid("Student", number)} if variables else {}
        await stage.ask_both(person.viewer.roles, person.viewer, Case(BROKEN[name], None, given), tally)
    if name not in ("no name behind a name", "cursors of what has no name"):
        assert tally.errors, "nothing was broken"
        assert tally.share("graphql-core", "error") == tally.errors / tally.cases
    BY_HAND.merge(tally)


async def test_every_connection_came_back(stage: Stage) -> None:
    await stage.settled()


def test_there_were_errors_of_every_sort() -> None:
    together = Tally()
    for kind, tally in TALLIES.items():
        sys.stdout.write(f"broken, {kind}: {tally}\n")
        together.merge(tally)
    assert together.cases >= 30 * EXAMPLES, "the drawn tests of this module come first"
    assert INJECTED.messages["injected"] > 10, INJECTED
    assert together.share("graphql-core", "error") > 0.1, together
    assert together.share("plan") > 0.2, together
    assert together.partly > together.cases / 20, "null went up only as far as it had to"
    assert together.deeper_than(3) > 0.15, together
    assert sum("Cannot return null" in message for message in together.messages) > 8, together.messages
    said = " ".join(BY_HAND.messages)
    for sort in ("Cannot return null", "signed integer", "Enum", "has no attribute", "expected str instance"):
        assert sort in said, (sort, BY_HAND.messages)
