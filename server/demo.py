"""The demo school: invented people, a year of lessons and marks, the same each time, straight into PostgreSQL."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
from rich.progress import Progress

from documents.files import FileStore
from resolvers.account_passwords import hash_password
from resolvers.database import Transaction
from resolvers.report_obligations_notes import note_states

from .demo_absence import Absences
from .demo_accounts import DEMO_PASSWORD, DemoLogin, make_accounts
from .demo_acknowledgements import write_acknowledgements
from .demo_announcements import write_announcements
from .demo_answers import write_answers
from .demo_corrections import write_corrections
from .demo_curriculum import add_curriculum
from .demo_documents import add_documents
from .demo_excuses import add_scans, write_excuses
from .demo_families import make_pupils
from .demo_filings import write_filings
from .demo_finals import write_finals
from .demo_forms import add_forms
from .demo_hours import add_hours, add_profiles
from .demo_journal import Journal, write_journal
from .demo_lessons import make_lessons
from .demo_locks import EDIT_LOCK_DAYS, write_unlocks
from .demo_messages import write_messages
from .demo_mismatches import write_mismatches
from .demo_movement import add_movement
from .demo_outage import write_outages
from .demo_people import People, add_contact_decisions
from .demo_plan import FULL, SMALL, DemoSize, make_plan
from .demo_remarks import add_remarks
from .demo_reports import write_saved_reports
from .demo_rows import Rows, analyze, copy
from .demo_staff import add_appointments, choose_cast, make_team
from .demo_timetable import make_timetable
from .demo_topic_plans import TopicPlans
from .demo_week import add_events, add_timetables
from .demo_year import DEMO_TODAY, TIME_ZONE, YEAR_STARTS, add_year, at, school_days

__all__ = [
    "DEMO_NOW",
    "DEMO_PASSWORD",
    "DEMO_TODAY",
    "FULL",
    "SMALL",
    "Demo",
    "DemoExists",
    "DemoLogin",
    "DemoSize",
    "known_demo",
    "make_demo",
]

SEED = 63
DEMO_NOW = datetime.combine(DEMO_TODAY, time(20, 45), ZoneInfo(TIME_ZONE))
"""The demo's moment: the evening of its day, when that day's journals have been filled."""

SCHOOL: dict[str, Any] = {
    "name": "Школа № 163",
    "full_name": "Муниципальное бюджетное общеобразовательное учреждение «Средняя общеобразовательная школа № 163»",
    "time_zone": TIME_ZONE,
    "address": "г. Верхнеобск, ул. Школьная, д. 1",
    "phone": "+7 900 000-00-00",
    "email": "school163@example.org",
    "tax_number": "0000000163",
    "site": "https://school163.example.org",
    "licence_number": "Л035-00000-00/00000163",
    "licence_issued_on": date(2016, 3, 14),
    "licence_issued_by": "Министерство образования",
    "accreditation_number": "А007-00000-00/00000163",
    "accreditation_issued_on": date(2022, 6, 1),
    "accreditation_issued_by": "Министерство образования",
    "edit_lock_days": EDIT_LOCK_DAYS,
}
INSERT_SCHOOL = f"""
INSERT INTO school (code, {", ".join(SCHOOL)}) VALUES ({", ".join(f"${place}" for place in range(1, len(SCHOOL) + 2))})
ON CONFLICT (code) DO NOTHING
RETURNING school_id
"""  # noqa: S608 -- the columns are written above


PREPARED = YEAR_STARTS + timedelta(days=9)
"""The day on which the watch has first seen the year's card, plans and holidays."""


class DemoExists(Exception):
    """A school with this code is there already; nothing has been changed."""


@dataclass(frozen=True)
class Demo:
    """A demo school: when its "today" is, and as whom one may sign in."""

    code: str
    today: date
    logins: list[DemoLogin]


def write_school(
    size: DemoSize, seed: int, password_hash: str, progress: Progress | None = None
) -> tuple[Rows, list[DemoLogin]]:
    """All rows of a demo school, without a database. Each part draws from a source of its own."""

    def source(part: str) -> Random:
        return Random(f"{seed} {part}")  # noqa: S311 -- the same school each time is what is wanted

    rows, days, whole = Rows(), school_days(size.weeks), size.weeks is None
    add_year(rows, days)
    add_contact_decisions(rows)
    add_curriculum(rows)
    add_profiles(rows)
    plan = make_plan(rows, size, source("plan"))
    add_hours(rows, plan)
    cast = choose_cast(plan, size)
    people = People(rows, source("people"))
    team = make_team(rows, plan, cast, size, days, people, source("staff"))
    add_appointments(rows, plan, team, cast, days)
    pupils = make_pupils(rows, plan, cast, team, size, days, people, source("families"))
    accounts = make_accounts(rows, plan, cast, team, pupils, password_hash)
    add_movement(rows, plan, team, pupils, accounts, days)
    week = make_timetable(rows, plan, source("timetable"))
    add_timetables(rows, week, team)
    add_events(rows, cast)
    year = make_lessons(plan, week, team, size, days, source("lessons"))
    absences = Absences(pupils, days, source("absences"))
    plans = TopicPlans(rows, plan, team, accounts, size, source("topics"))
    journal = Journal(rows, pupils, team, accounts, absences, plans, source("journal"), whole=whole)
    write_journal(journal, year.lessons, progress)
    write_excuses(rows, absences, pupils, accounts, source("excuses"))
    write_corrections(rows, year, team, accounts)
    write_mismatches(rows, plan, cast, team, year, accounts)
    write_finals(rows, plan, cast, team, pupils, accounts, source("finals"), whole=whole)
    write_acknowledgements(rows, cast, pupils, accounts, days, source("acknowledgements"))
    write_unlocks(rows, cast, team, year, accounts)
    write_announcements(rows, cast, team, accounts)
    write_messages(rows, cast, team, pupils, accounts)
    write_outages(rows, team, accounts)
    write_answers(rows, year, pupils, accounts)
    write_saved_reports(rows, team, accounts, whole=whole)
    if whole:
        write_filings(rows, team, accounts, source("filings"))
    return rows, accounts.logins


async def make_demo(
    connection: "asyncpg.Connection[Any]",
    size: DemoSize = FULL,
    seed: int = SEED,
    *,
    code: str = "demo",
    progress: Progress | None = None,
    store: FileStore | None = None,
) -> Demo:
    """Make a demo school in one transaction, beside whatever schools there are; raises `DemoExists`.

    With a store for their files it has the documents of 5.7 and of 7.3, too.
    """
    async with connection.transaction():
        school = await connection.fetchval(INSERT_SCHOOL, code, *SCHOOL.values())
        if school is None:
            raise DemoExists(f"Школа с кодом «{code}» уже есть.")
        rows, logins = write_school(size, seed, hash_password(DEMO_PASSWORD), progress)
        if store:
            await add_documents(rows, store)
            await add_scans(rows, store)
        await copy(connection, school, rows, progress)
        await analyze(connection)
        await note_states(Transaction(connection), school, at(PREPARED, time(12)))
        await add_remarks(Transaction(connection), school)
        await add_forms(connection, school)
    return Demo(code, DEMO_TODAY, logins)


def known_demo() -> Demo:
    """The full demo school as it is where it has been made already: the same for the same seed."""
    return Demo("demo", DEMO_TODAY, write_school(FULL, SEED, "")[1])
