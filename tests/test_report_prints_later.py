"""A certified print is proved later, too: what was meant by "today" and "this year" then is what it is of (10.1)."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from rules.report import ABOUT, Report, ReportOf, Takes
from rules.report_prints import certifiers

from .golden_school import Golden, golden_school
from .journal_help import gid
from .test_report_prints import CERTIFY, VERIFY

UNTIL = "2025-12-31"


@pytest.fixture(scope="module")
async def golden(cluster: str, database_url: str) -> AsyncIterator[Golden]:
    """A school of this module: it certifies."""
    async with golden_school(cluster, database_url) as golden:
        yield golden


def asked_for(golden: Golden, report: Report) -> dict[str, Any]:
    """A report with no day and no year named."""
    takes, of = ABOUT[report].takes, ABOUT[report].of
    given: dict[str, Any] = {
        "report": report.name,
        "of": {
            ReportOf.SCHOOL: gid("School", golden.number),
            ReportOf.CLASS: gid("SchoolClass", golden.classes["5А"]),
            ReportOf.TEACHER: gid("Staff", golden.staff["Минин"]),
            ReportOf.STUDENT: gid("Student", golden.students["Белова"]),
        }[of],
    }
    if Takes.SLOT in takes:
        given["kind"] = "YEAR"
    if Takes.DAYS in takes:
        given |= {"from": "2025-09-01", "until": "2026-05-26"}
    return given


CERTIFIED = [report for report in ABOUT if certifiers(report)]


@pytest.mark.parametrize("ago", [0, 120], ids=["after", "within"])
@pytest.mark.parametrize("report", CERTIFIED)
async def test_proved_the_next_day_period_and_year(golden: Golden, report: Report, ago: int) -> None:
    """Also one that was certified when neither was kept, and one of a year that goes on; a class's year and days that
    are named are what they were. ago: how many days before the school's last ones it is certified.
    """
    clock = golden.school.app.state.graphql.clock
    last = clock._shift
    shift = clock._shift = last - timedelta(days=ago)
    try:
        given = asked_for(golden, report)
        if ago and "until" in given:
            given["until"] = UNTIL  # Of days to come more is due each day.
        (answer,) = (await golden.ask(CERTIFY, "director", input=given)).values()
        assert answer["__typename"] == "CertifyReportPayload", answer
        one = answer["certifiedReport"]
        given = {"number": one["number"], "digest": one["digest"]}
        for days in (0, 1, 20, 60, 100, 220):
            clock._shift = shift + timedelta(days=days)
            found = (await golden.ask(VERIFY, "director", **given))["verifyPrint"]
            assert found["certified"]
            assert found["matches"], (days, found["differences"])
            if days == 1:
                await golden.db.execute("ALTER TABLE certified_report DISABLE TRIGGER USER")
                changed = "UPDATE certified_report SET asked = asked - 'day' - 'year_id' - 'today' WHERE number = $1"
                await golden.db.execute(changed, one["number"])
                await golden.db.execute("ALTER TABLE certified_report ENABLE TRIGGER USER")
    finally:
        clock._shift = last


async def test_what_is_no_more_is_proved_all_the_same(golden: Golden) -> None:
    """Its period was deleted: the paper is as true as it was, and there is nothing to compare it with."""
    year = golden.years["2025/2026"]
    period = await golden.db.fetchval(
        "INSERT INTO period (school_id, year_id, kind, number, name, starts_on, ends_on)"
        " VALUES ($1, $2, 'quarter', 5, 'V четверть', '2026-05-27', '2026-05-30') RETURNING id",
        *(golden.number, year),
    )
    asked = {"report": "CLASSES_SUMMARY", "of": gid("School", golden.number), "periodId": gid("Period", period)}
    (answer,) = (await golden.ask(CERTIFY, "director", input=asked)).values()
    one = answer["certifiedReport"]
    await golden.db.execute("DELETE FROM period WHERE id = $1", period)
    given = {"number": one["number"], "digest": one["digest"]}
    found = (await golden.ask(VERIFY, "director", **given))["verifyPrint"]
    assert (found["certified"], found["matches"], found["differences"]) == (True, None, [])
