"""The reports of the full demo school: as many statements for its largest class as for its smallest, and few."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from rules.account import Role
from rules.report import ABOUT, Report, ReportOf
from schema.report_base import OF_TYPES
from server.demo import FULL

from ..conftest import School, copied, demo_of
from ..journal_help import gid
from ..report_bodies import all_of, fields_of, query
from ..test_report_catalogue import MOST, SUMMARIES, counting

OF = {
    ReportOf.SCHOOL: "SELECT school_id AS id, p.id AS period FROM period AS p WHERE name = 'III четверть'",
    ReportOf.CLASS: "SELECT c.id, p.id AS period FROM school_class AS c JOIN period AS p ON p.year_id = c.year_id"
    " AND p.kind = c.period_kind AND p.name IN ('III четверть', 'I полугодие') JOIN enrolment AS e"
    " ON e.class_id = c.id GROUP BY 1, 2 ORDER BY count(*)",
}
DAYS = {"since": "2025-09-01", "until": "2026-05-20"}
FULL_REPORTS = [report for report, about in ABOUT.items() if about.of in OF and report is not Report.JOURNAL_CONTROL]


@pytest.fixture(scope="module")
async def school(cluster: str, database_url: str) -> AsyncIterator[School]:
    async for school in copied(cluster, await demo_of(cluster, database_url, FULL)):
        yield school


@pytest.mark.parametrize("report", FULL_REPORTS)
async def test_statements_do_not_grow_with_the_class(
    school: School, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = ABOUT[report].of
    name, field = fields_of(frozenset({Role.DEPUTY}))[report]
    text = query(report, name, all_of(field, traced=False))
    db = await asyncpg.connect(school.url)
    rows = await db.fetch(OF[of])
    await db.close()
    taken, sizes = [], []
    async with counting(monkeypatch) as seen:
        for row in (rows[0], rows[-1]):
            given = {"of": gid(OF_TYPES[of], row["id"]), "period": gid("Period", row["period"]), **DAYS}
            # The second time nothing is read that the process keeps.
            for _ in range(2):
                seen.clear()
                answer = await school.data(text, given, as_="deputy")
            taken.append(len(seen))
            sizes.append(len(str(answer)))
    assert taken[0] == taken[1] <= MOST[of]
    assert taken[0] < 10 or report not in SUMMARIES
    assert sizes[0] < sizes[1] or of is ReportOf.SCHOOL
