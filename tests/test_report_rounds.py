"""The reports of a class ask in as many rounds for a class of two as for one of many, or with newcomers (10.4).

A round is what is asked without waiting for an answer of the round before: what a slow network would cost is counted in
rounds, not in statements.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from resolvers.database import Snapshot, Statement
from rules.report import ABOUT, Report, ReportOf

from .golden_school import Golden
from .journal_help import gid
from .report_bodies import all_of, fields_of
from .test_report_catalogue import DEPUTY, answer

OF_CLASS = [report for report, about in ABOUT.items() if about.of is ReportOf.CLASS]
IDLE = 100
"""Turns of the loop after which whoever still waits does so for the database."""


@asynccontextmanager
async def in_rounds(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[list[str]]]:
    """The statements asked meanwhile, round by round: none is answered before nothing else can be asked."""
    rounds: list[list[str]] = []
    waiting: list[tuple[Any, asyncio.Future[Any]]] = []
    fetch = Snapshot.fetch
    tasks = set()

    async def answered() -> None:
        for _ in range(IDLE):
            await asyncio.sleep(0)
        asked, waiting[:] = list(waiting), []
        rounds.append([statement.text for (_, statement, *_), _ in asked])
        given: list[Any] = []
        for (snapshot, statement, rest, more), _ in asked:
            try:
                given.append(await fetch(snapshot, statement, *rest, **more))
            except Exception as error:
                given.append(error)
        for (_, future), found in zip(asked, given, strict=True):
            if isinstance(found, Exception):
                future.set_exception(found)
            else:
                future.set_result(found)

    async def held(self: Any, statement: Any, *rest: Any, **more: Any) -> Any:
        future = asyncio.get_running_loop().create_future()
        waiting.append(((self, statement, rest, more), future))
        if len(waiting) == 1:
            task = asyncio.ensure_future(answered())
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        return await future

    with monkeypatch.context() as patch:
        patch.setattr(Snapshot, "fetch", held)
        yield rounds


MOST_ROUNDS = 6
"""Who asks, the class, that its reports are open, its slots; then all that the report is made of, in one round; and the
rows that the answer names.
"""
CLASSES = {"10А": ("I полугодие", 2), "5А": ("II четверть", 8), "5Б": ("II четверть", 5)}
"""A class of two students, that of half of the school, and one that somebody came into from another."""


@pytest.mark.parametrize("report", OF_CLASS)
async def test_rounds_do_not_grow(golden: Golden, report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    _, field = fields_of(DEPUTY)[report]
    body = all_of(field, traced=False)
    shapes, sizes = {}, {}
    async with in_rounds(monkeypatch) as rounds:
        for name, (period, _) in CLASSES.items():
            of = gid("SchoolClass", golden.classes[name])
            # The second time nothing is read that the process keeps.
            for _ in range(2):
                rounds.clear()
                found = await answer(golden, report, of, period, "deputy", body)
            shapes[name], sizes[name] = [len(each) for each in rounds], len(str(found))
    assert sizes["10А"] < sizes["5А"]
    assert shapes["10А"] == shapes["5А"] == shapes["5Б"]
    assert len(shapes["5А"]) <= MOST_ROUNDS


async def test_classes_are_of_two_and_of_many(golden: Golden) -> None:
    for name, (_, many) in CLASSES.items():
        stays = await golden.db.fetchval(
            "SELECT count(*) FROM enrolment WHERE class_id = $1 AND starts_on < '2025-12-26'", golden.classes[name]
        )
        assert stays == many


async def test_what_waits_for_an_answer_is_another_round(golden: Golden, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two questions side by side are one round; one that needs another's answer is a second."""
    snapshot = Snapshot(golden.school.app.state.database.pool)
    statement = Statement("SELECT 1 AS one", (), {})
    async with in_rounds(monkeypatch) as rounds:
        found = await asyncio.gather(*(snapshot.fetch(statement, {}) for _ in range(2)))
        assert [len(each) for each in rounds] == [2]
        assert [rows[0].one for rows in found] == [1, 1]
        for _ in range(2):
            await snapshot.fetch(statement, {})
        assert [len(each) for each in rounds] == [2, 1, 1]
    await snapshot.end()
