"""The demo school: invented people, a year of lessons and marks, the same each time, straight into PostgreSQL."""

from dataclasses import dataclass
from datetime import date, datetime, time
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
from rich.progress import Progress

from resolvers.account_passwords import hash_password

from .demo_absence import Absences
from .demo_accounts import DEMO_PASSWORD, DemoLogin, make_accounts
from .demo_corrections import write_corrections
from .demo_curriculum import add_curriculum
from .demo_families import make_pupils
from .demo_journal import Journal, write_journal
from .demo_lessons import make_lessons
from .demo_people import People
from .demo_plan import FULL, SMALL, DemoSize, make_plan
from .demo_rows import Rows, analyze, copy
from .demo_staff import add_appointments, choose_cast, make_team
from .demo_timetable import make_timetable
from .demo_year import DEMO_TODAY, TIME_ZONE, add_year, school_days

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

INSERT_SCHOOL = """
INSERT INTO school
    (code, name, full_name, time_zone, address, phone, email, tax_number, licence, accreditation)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (code) DO NOTHING
RETURNING school_id
"""
SCHOOL = (
    "Школа № 163",
    "Муниципальное бюджетное общеобразовательное учреждение «Средняя общеобразовательная школа № 163»",
    TIME_ZONE,
    "г. Верхнеобск, ул. Школьная, д. 1",
    "+7 900 000-00-00",
    "school163@example.org",
    "0000000163",
    "Л035-00000-00/00000163, бессрочно",
    "А007-00000-00/00000163, бессрочно",
)


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

    rows, days = Rows(), school_days(size.weeks)
    add_year(rows)
    add_curriculum(rows)
    plan = make_plan(rows, size, source("plan"))
    cast = choose_cast(plan, size)
    people = People(rows, source("people"))
    team = make_team(rows, plan, cast, size, days, people, source("staff"))
    add_appointments(rows, plan, team, cast, days)
    pupils = make_pupils(rows, plan, cast, team, size, days, people, source("families"))
    accounts = make_accounts(rows, plan, cast, team, pupils, password_hash)
    week = make_timetable(rows, plan, source("timetable"))
    year = make_lessons(plan, week, team, size, days, source("lessons"))
    absences = Absences(pupils, days, source("absences"))
    journal = Journal(rows, pupils, team, accounts, absences, source("journal"))
    write_journal(journal, year.lessons, progress)
    write_corrections(rows, year, team, accounts)
    return rows, accounts.logins


async def make_demo(
    connection: "asyncpg.Connection[Any]",
    size: DemoSize = FULL,
    seed: int = SEED,
    *,
    code: str = "demo",
    progress: Progress | None = None,
) -> Demo:
    """Make a demo school in one transaction, beside whatever schools there are; raises `DemoExists`."""
    async with connection.transaction():
        school = await connection.fetchval(INSERT_SCHOOL, code, *SCHOOL)
        if school is None:
            raise DemoExists(f"Школа с кодом «{code}» уже есть.")
        rows, logins = write_school(size, seed, hash_password(DEMO_PASSWORD), progress)
        await copy(connection, school, rows, progress)
        await analyze(connection)
    return Demo(code, DEMO_TODAY, logins)


def known_demo() -> Demo:
    """The full demo school as it is where it has been made already: the same for the same seed."""
    return Demo("demo", DEMO_TODAY, write_school(FULL, SEED, "")[1])
