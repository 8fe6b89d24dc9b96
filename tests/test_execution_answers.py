"""Whatever is asked, by whomever: the compiled executor answers exactly as graphql-core does."""

import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.demo import Demo

from .execution_draw import Admits, compare, draw_cases
from .execution_stage import EXAMPLES, FORGIVEN, KINDS, Stage, Tally, drawn, executor, forget_all, hardened, stage_of
from .oracle_shape import gate_at, is_open

pytestmark = FORGIVEN

TALLIES: dict[str, Tally] = defaultdict(Tally)
AT_GATEWAY = ("parent", "many roles", "teacher", "service", "deputy", "analyst", "anonymous")


@pytest.fixture(scope="module")
async def stage(cluster: str, hardened_template: tuple[str, Demo]) -> AsyncIterator[Stage]:
    async with hardened(cluster, hardened_template) as (url, connection), stage_of(url, connection) as stage:
        yield stage


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@drawn()
async def test_both_executors_answer_the_same(stage: Stage, kind: str, data: st.DataObject) -> None:
    await compare(data, stage, kind, TALLIES[kind])


def admitted(kind: str) -> Admits:
    """Which fields of the whole schema are open to such viewers."""
    types = executor(None)._schema.type_map
    roles = frozenset(KINDS[kind])
    return lambda type_name, field: is_open(gate_at(types[type_name].fields[field]), roles)  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", AT_GATEWAY)
@given(data=st.data())
@drawn()
async def test_both_executors_answer_a_gateway_the_same(stage: Stage, kind: str, data: st.DataObject) -> None:
    """The whole schema, where gates act at run time: the query fits one viewer, and another asks it too."""
    other = AT_GATEWAY[(AT_GATEWAY.index(kind) + 1) % len(AT_GATEWAY)]
    pair = [data.draw(st.sampled_from(stage.people[each])) for each in (kind, other)]
    for cases in draw_cases(data.draw, stage, None, pair, admitted(kind)):
        for person, case in zip(pair, cases, strict=True):
            await stage.ask_both(None, person.viewer, case, TALLIES[f"gateway: {kind}"])


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    """Documents that were drawn are asked never again."""
    yield
    forget_all()


async def test_every_connection_came_back(stage: Stage) -> None:
    await stage.settled()


def together(kinds: Iterable[str]) -> Tally:
    """What was drawn for these, as one."""
    found = Tally()
    for kind in kinds:
        sys.stdout.write(f"{kind}: {TALLIES[kind]}\n")
        found.merge(TALLIES[kind])
    assert found.cases >= 30 * EXAMPLES, "the drawn tests of this module come first"
    return found


def test_what_was_drawn_was_worth_it() -> None:
    """Most queries were compiled, some went deep, lists were not empty, and some were refused."""
    tally = together(KINDS)
    assert tally.share("plan") > 0.6, tally
    assert tally.share("graphql-core", "defect") == 0, tally
    assert tally.share("graphql-core", "error") > 0.03, tally
    assert tally.deeper_than(3) > 0.2, tally
    assert tally.lists["filled"] > tally.cases, tally
    for kind in KINDS:
        assert TALLIES[kind].share("plan") > 0.4, (kind, TALLIES[kind])
        assert kind == "anonymous" or TALLIES[kind].lists["filled"] > TALLIES[kind].cases / 5, (kind, TALLIES[kind])


def test_what_was_drawn_at_the_gateway_was_worth_it() -> None:
    """There gates refused some as well."""
    tally = together(f"gateway: {kind}" for kind in AT_GATEWAY)
    assert tally.share("plan") > 0.5, tally
    assert tally.share("graphql-core", "gate") > 0.03, tally
    assert tally.share("graphql-core", "defect") == 0, tally
    assert tally.deeper_than(3) > 0.15, tally
