"""Many at once: each viewer gets exactly what they get alone, while documents are being compiled for the others."""

import asyncio
from collections.abc import AsyncIterator
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.account import Role
from server.demo import Demo

from .execution_draw import draw_cases
from .execution_stage import (
    FORGIVEN,
    Answer,
    Case,
    Person,
    Stage,
    drawn,
    executed,
    executor,
    forget_all,
    hardened,
    stage_of,
)

pytestmark = FORGIVEN

WHO = ("parent", "student", "teacher", "class-teacher", "teacher-parent", "deputy", "many roles")

TEXTS = {
    "oneself": "{ me { name roles sessions { id } school { name } } }",
    "classes": "{ school { classes(first: 100) { totalCount nodes { name students { name } groups { name } } } } }",
    "people": (
        "{ school { classes(first: 100) { nodes { leader { name } students { shortName card { phone address } "
        "guardianships { guardian { name phone } } enrolments { startsOn schoolClass { name } } } } } } }"
    ),
    "lessons": (
        '{ school { classes(first: 9) { nodes { lessons(since: "2026-05-12", until: "2026-05-13", first: 20) { '
        "totalCount nodes { subject { name } record { topic marks { value student { name } } homework { text } "
        "attendance { letters } tasks { name } } } } } } } }"
    ),
    "steered": (
        "query($more: Boolean!, $first: Int!) { school { subjects(first: $first) { nodes { name } } "
        "classes(first: $first) @include(if: $more) { nodes { name } } } me { name @skip(if: $more) } }"
    ),
}
"""Texts that each of the schemas has; what they find is not the same for any two people."""


@pytest.fixture(scope="module")
async def stage(cluster: str, hardened_template: tuple[str, Demo]) -> AsyncIterator[Stage]:
    async with hardened(cluster, hardened_template) as (url, connection), stage_of(url, connection) as stage:
        yield stage


Asked = tuple[Person, frozenset[Role] | None, Case]


async def all_at_once(stage: Stage, asked: list[Asked]) -> list[Answer]:
    """The compiled executor's answers to all of these at the same time; nothing has been compiled before."""
    forget_all()
    return await asyncio.gather(*(stage.ask(executor(roles), who.viewer, case) for who, roles, case in asked))


async def one_by_one(stage: Stage, asked: list[Asked]) -> list[Answer]:
    """graphql-core's answers, each to somebody who is alone."""
    return [await stage.ask(executor(roles, False), who.viewer, case) for who, roles, case in asked]


def everybody(stage: Stage) -> list[tuple[Person, frozenset[Role] | None]]:
    """Each person with the schema of their own, and at the gateway with the whole one."""
    people = [person for kind in WHO for person in stage.people[kind]]
    return [(person, roles) for person in people for roles in (person.viewer.roles, None)]


def variables(text: str, rng: Random) -> dict[str, Any]:
    return {"more": rng.random() < 0.5, "first": rng.randint(1, 9)} if "$more" in text else {}


@pytest.mark.parametrize("seed", range(2))
async def test_one_text_for_many_viewers(stage: Stage, seed: int) -> None:
    rng = Random(seed)
    asked = [
        (who, roles, Case(text, None, variables(text, rng)))
        for who, roles in everybody(stage)
        for text in TEXTS.values()
    ]
    rng.shuffle(asked)
    expected = await one_by_one(stage, asked)
    before = executed()
    found = await all_at_once(stage, asked)
    for (who, _, case), one, other in zip(asked, expected, found, strict=True):
        assert one == other, (who, case.text, one.data[:500], other.data[:500])
    assert not any(answer.errors for answer in expected)
    different = {(case.text, answer.data) for (_, _, case), answer in zip(asked, expected, strict=True)}
    assert len(different) > len(TEXTS) * 8, "a mixture would be noticed"
    by = executed() - before
    assert by["plan", ""] > len(asked) * 0.9, by


@given(data=st.data())
@drawn(part=3)
async def test_different_documents_at_the_same_time(stage: Stage, data: st.DataObject) -> None:
    """Drawn documents of three sets of roles and of a gateway, each for two people, several times each."""
    rng = Random(data.draw(st.integers(0, 2**48)))
    asked: list[Asked] = []
    for kind in [*rng.sample(WHO, 3), "gateway"]:
        gateway = kind == "gateway"
        people = [rng.choice(stage.people[rng.choice(WHO)]) for _ in range(2)] if gateway else stage.people[kind]
        roles = None if gateway else people[0].viewer.roles
        pair = [people[0], people[-1]]
        for cases in draw_cases(data.draw, stage, roles, pair):
            asked += [(who, roles, case) for who, case in zip(pair, cases, strict=True)]
    expected = await one_by_one(stage, asked)
    thrice = [number for number in range(len(asked)) for _ in range(3)]
    rng.shuffle(thrice)
    found = await all_at_once(stage, [asked[number] for number in thrice])
    for number, answer in zip(thrice, found, strict=True):
        assert answer.told == expected[number].told, asked[number]
    await stage.settled()


def test_forgotten() -> None:
    """Nothing of this stays in the memory of the tests to come."""
    forget_all()
    assert not executor(None).documents._kept
