"""The weeks that the parents of the demo school's student class have signed in the diary (7.12)."""

from collections import defaultdict
from datetime import date, time, timedelta
from random import Random

from rules.journal_acknowledgements import week_of

from .demo_accounts import Accounts
from .demo_families import Pupils
from .demo_rows import COLUMNS, Rows
from .demo_staff import Cast
from .demo_year import DEMO_TODAY, at

SHARE = 0.6
"""So many weeks a parent signs, as a rule; the demo parent signs all."""


def write_acknowledgements(
    rows: Rows, cast: Cast, pupils: Pupils, accounts: Accounts, days: list[date], rng: Random
) -> None:
    """The weeks that are over but the last one, which waits to be signed. Only who uses the account signs."""
    weeks: dict[date, list[date]] = defaultdict(list)
    for day in days:
        weeks[week_of(day)].append(day)
    over = [(monday, taught[-1]) for monday, taught in weeks.items() if taught[-1] < DEMO_TODAY]
    signed_in = COLUMNS["account"].index("signed_in_at")
    stays = {stay.student: stay for stay in pupils.stays if stay.of == cast.student_class.number}
    for guardian, student, _, starts_on, ends_on, _ in rows.tables["guardianship"]:
        account = accounts.of_person[pupils.guardians[guardian].number]
        if student not in stays or not rows.tables["account"][account][signed_in]:
            continue
        for monday, last in over[:-1]:
            may = stays[student].holds(last) and starts_on <= last and (ends_on is None or last <= ends_on)
            if may and (rng.random() < SHARE or guardian == pupils.demo.numbers[0]):
                moment = at(last + timedelta(days=1), time(19, rng.randrange(60)))
                rows.add(
                    "week_acknowledgement",
                    student_id=student,
                    guardian_id=guardian,
                    week_starts_on=monday,
                    acknowledged_at=moment,
                )
