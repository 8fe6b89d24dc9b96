"""When the reports of the demo school were made: most in time, some late, and a few not yet (10.3, 10.4)."""

from collections.abc import Iterator
from datetime import date, time
from random import Random

from rules.days import Term
from rules.report import Report
from rules.report_deadlines import (
    OF_PERIOD,
    OF_YEAR,
    PERIOD_REPORTS_TERM,
    SUMMARIES_TERM,
    YEARLY_REPORTS_TERM,
    Answerable,
)

from .demo_accounts import Accounts
from .demo_rows import COLUMNS, Rows
from .demo_staff import DEPUTY, Team
from .demo_year import DEMO_TODAY, PERIODS, YEAR_STARTS, at, school_days, working_days

HABITS = ((0.97, 0.02), (0.97, 0.02), (0.97, 0.02), (0.72, 0.22), (0.45, 0.3))
"""How likely somebody makes a report in time, and how likely late; else it is not there yet. Everybody has a habit."""


class _Filings:
    """Writes down what was filed, when and by whom."""

    def __init__(self, rows: Rows, accounts: Accounts, rng: Random) -> None:
        self.rows, self.accounts, self.rng = rows, accounts.of_staff, rng
        self.days = working_days(school_days(None))
        self.habits = [rng.choice(HABITS) for _ in accounts.of_staff]

    def file(self, kind: Report, term: Term, day: date, staff: int, **slot: int | None) -> None:
        """A report that was due in a term after a day, if it was made by the demo's."""
        filed_on = term.due(day, self.days)
        in_time, late = self.habits[staff]
        chance = self.rng.random()
        if chance >= in_time:
            filed_on = self.days.after(filed_on, self.rng.randrange(1, 6))
        if chance < in_time + late and filed_on < DEMO_TODAY:
            moment = at(filed_on, time(self.rng.randrange(9, 18), self.rng.randrange(60)))
            stamp = {"filed_at": moment, "filed_by": self.accounts[staff]}
            self.rows.add("report_filing", kind=kind.value, year_id=0, **slot, **stamp)


def write_filings(rows: Rows, team: Team, accounts: Accounts, rng: Random) -> None:
    """Reports of the periods that are over, and those that are made of a class once a year."""
    filings, deputy = _Filings(rows, accounts, rng), team.administration[DEPUTY]
    kinds = dict(enumerate(_column(rows, "school_class", "period_kind")))
    of_group = list(_column(rows, "study_group", "class_id"))
    given = rows.tables["teaching_assignment"]
    led = rows.tables["class_leadership"]
    for period, (kind, _, _, _, last) in enumerate(PERIODS):
        if last >= DEMO_TODAY:
            continue
        for report in OF_PERIOD[Answerable.DEPUTY]:
            filings.file(report, SUMMARIES_TERM, last, deputy, period_id=period)
        then = (row for row in given if row[3] <= last <= row[4])
        for staff in sorted({staff for staff, group, *_ in then if kinds[of_group[group]] == kind}):
            for report in OF_PERIOD[Answerable.SUBJECT_TEACHER]:
                filings.file(report, PERIOD_REPORTS_TERM, last, staff, period_id=period, staff_id=staff)
        for of, staff, first, end in led:
            if kinds[of] == kind and first <= last <= end:
                for report in OF_PERIOD[Answerable.CLASS_TEACHER]:
                    filings.file(report, PERIOD_REPORTS_TERM, last, staff, period_id=period, class_id=of)
    for of, staff, first, _ in led:
        if first == YEAR_STARTS:
            for report in OF_YEAR:
                filings.file(report, YEARLY_REPORTS_TERM, YEAR_STARTS, staff, class_id=of)


def _column(rows: Rows, table: str, column: str) -> Iterator[object]:
    place = COLUMNS[table].index(column)
    return (row[place] for row in rows.tables[table])
