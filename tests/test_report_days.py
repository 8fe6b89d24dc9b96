"""Of which days an analyst is told how many people there are: of whole periods and years (4.1)."""

from collections.abc import AsyncIterator
from datetime import date, timedelta

import pytest

from rules.refusals import Refusal
from rules.report_shown import check_day, check_span
from server.demo import Demo

from .finals_help import JUNE
from .journal_help import gid
from .report_help import Reports, drawn

TODAY = JUNE.date()
SPANS = {
    "movementCounts": 'school {{ movementCounts(since: "{0}", until: "{1}") {{ students }} }}',
    "movement": 'school {{ reports {{ movement(from: "{0}", until: "{1}") {{ since }} }} }}',
}
DAYS = {
    "staffCounts": 'school {{ staffCounts(on: "{0}") {{ employees }} }}',
    "occupancy": 'school {{ reports {{ occupancy(on: "{0}") {{ on }} }} }}',
}
PRINTS = {"movement": "from={0}&until={1}", "occupancy": "on={0}"}
Span = tuple[date, date]


@pytest.fixture(scope="module")
async def reports(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Reports]:
    """A school for this module."""
    async with drawn(cluster, demo_template) as reports:
        yield reports


async def spans_of(reports: Reports) -> list[Span]:
    """The periods and years of the school."""
    rows = await reports.db.fetch(
        "SELECT starts_on, ends_on FROM period UNION SELECT starts_on, ends_on FROM academic_year ORDER BY 1, 2"
    )
    return [(row["starts_on"], row["ends_on"]) for row in rows]


async def refused(reports: Reports, query: str, login: str) -> bool:
    """Whether the days of a query are; nothing else may be wrong with it."""
    errors = (await reports.school.ask(f"{{ {query} }}", as_=login)).get("errors", [])
    assert {each["extensions"]["code"] for each in errors} <= {"BAD_INPUT"}
    assert {each["extensions"]["field"] for each in errors} <= {"from", "since", "on"}
    return bool(errors)


async def test_of_whole_periods_and_years(reports: Reports) -> None:
    """An analyst is told of these, by each field and on paper, and of no other days; a deputy of all."""
    spans, one = await spans_of(reports), timedelta(1)
    assert len(spans) > 4
    running = [(since, min(until, TODAY)) for since, until in spans if since <= TODAY]
    (first, last), *_ = (span for span in spans if span[1] - span[0] < timedelta(100) and span[0].month > 9)
    others = [(first, last - one), (first + one, last), (first, first), (first - one, last), (last, last)]
    for name, text in SPANS.items():
        for span in (*spans, *running):
            assert not await refused(reports, text.format(*span), "analyst"), (name, span)
        for span in others:
            assert await refused(reports, text.format(*span), "analyst"), (name, span)
            assert not await refused(reports, text.format(*span), "deputy"), (name, span)
    edges = {day for span in spans for day in span} | {TODAY}
    for name, text in DAYS.items():
        for day in edges:
            assert not await refused(reports, text.format(day), "analyst"), (name, day)
        for day in (first + one, last - one, TODAY - one):
            assert day not in edges
            assert await refused(reports, text.format(day), "analyst"), (name, day)
            assert not await refused(reports, text.format(day), "deputy"), (name, day)
    for report, given in PRINTS.items():
        for span, status in ((first, last), 200), ((first + one, last - one), 400):
            address = f"/print/report/{report}/{gid('School', 1)}.csv?{given.format(*span)}"
            assert (await reports.fetch(address, "analyst")).status_code == status
            assert (await reports.fetch(address, "deputy")).status_code == 200


YEAR, QUARTER = (date(2025, 9, 1), date(2026, 8, 31)), (date(2025, 9, 1), date(2025, 10, 26))


@pytest.mark.parametrize(
    ("since", "until", "whole"),
    [
        (*YEAR, True),
        (*QUARTER, True),
        (YEAR[0], date(2025, 10, 10), True),
        (YEAR[0], date(2025, 10, 11), False),
        (YEAR[1], YEAR[1], False),
        (date(2025, 9, 2), QUARTER[1], False),
    ],
)
def test_while_a_period_runs_it_ends_today(since: date, until: date, whole: bool) -> None:
    today = date(2025, 10, 10)
    if whole:
        check_span(since, until, [YEAR, QUARTER], today, "from")
        return
    with pytest.raises(Refusal):
        check_span(since, until, [YEAR, QUARTER], today, "from")


def test_a_period_that_is_over_does_not_end_today() -> None:
    check_span(YEAR[0], date(2025, 11, 1), [YEAR], date(2025, 11, 1), "from")
    with pytest.raises(Refusal):
        check_span(YEAR[0], date(2025, 11, 1), [QUARTER], date(2025, 11, 1), "from")
    with pytest.raises(Refusal):
        check_day(date(2025, 11, 2), [YEAR, QUARTER], date(2025, 11, 1), "on")
