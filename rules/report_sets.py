"""Sets of reports, printed in one go: what goes in, how far a set has come, how its files are called (10.1)."""

import re
from collections.abc import Collection, Mapping
from enum import StrEnum

from .account import Role
from .refusals import Refusal, RefusalCode, bad_input
from .report import ABOUT, CATALOGUE, Report, ReportOf

CLAUSE = "10.1"


class SetState(StrEnum):
    """How far a set has come."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class ReportFormat(StrEnum):
    """As what a report is written; the value is the ending."""

    PDF = "pdf"
    XLSX = "xlsx"
    CSV = "csv"


UNFINISHED = frozenset({SetState.QUEUED, SetState.RUNNING})

MOST_WAITING = 5
"""So many sets of one account may wait or run at a time."""

MOST_PRINTS = 20_000
"""No set is longer: a large school's, with every student's reports in every format."""

ATTEMPTS = 3
"""A set whose process has died so often is given up: it may be what kills them."""

BROKEN = "INTERNAL"
"""The code of a set that broke off for a reason of the program's own."""


class Why(StrEnum):
    """Why a report does not get into a set."""

    NOTHING_ASKED = "nothing_asked"
    NO_SUCH_PERIOD = "no_such_period"
    NOT_MARKED = "not_marked"
    OTHER_YEAR = "other_year"
    NOT_BEGUN = "not_begun"
    NO_DAYS = "no_days"
    CLOSED = "closed"


WHY: Mapping[Why, str] = {
    Why.NOTHING_ASKED: "не названы ни учебный период, ни дни.",
    Why.NO_SUCH_PERIOD: "у этого класса нет такого учебного периода.",
    Why.NOT_MARKED: "этому классу таких отметок не ставят.",
    Why.OTHER_YEAR: "этот класс — другого учебного года.",
    Why.NOT_BEGUN: "эти дни ещё не наступили.",
    Why.NO_DAYS: "в этом учебном периоде таких дней нет.",
    Why.CLOSED: "этот отчёт вам не открыт.",
}
"""The same in words."""

_OF = (ReportOf.SCHOOL, ReportOf.CLASS)
ORDERERS = frozenset(role for about in ABOUT.values() if about.of in _OF for role in about.roles)
"""Whoever has reports of the school or of a class."""


def chosen(
    asked: Collection[Report] | None, printed: Collection[Report], roles: Collection[Role], of: ReportOf, students: bool
) -> list[Report]:
    """The reports of a set: those that are asked for, or all that the roles may have.

    A set of a class has no reports of the school, nor of teachers.
    """
    wanted = {ReportOf.CLASS} | ({ReportOf.STUDENT} if students else set())
    if of is ReportOf.SCHOOL:
        wanted |= {ReportOf.SCHOOL, ReportOf.TEACHER}
    if asked is None:
        reports = [each for each in printed if ABOUT[each].of in wanted and ABOUT[each].roles & set(roles)]
    else:
        for each in asked:
            if each not in printed or ABOUT[each].of not in wanted | {ReportOf.STUDENT}:
                raise bad_input(f"В такой комплект не входит: {CATALOGUE[each].title}.", "reports")
            if not ABOUT[each].roles & set(roles):
                raise Refusal(RefusalCode.FORBIDDEN, f"Не для вашей роли: {ABOUT[each].title}.", "reports", CLAUSE)
        reports = list(dict.fromkeys(asked))
    if not reports:
        raise bad_input("В комплекте нет ни одного отчёта.", "reports")
    return reports


_NOT_IN_NAMES = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]+')
_LONGEST_NAME = 80


def clean_name(name: str) -> str:
    """A name that every system takes for a file: no separators, not endless, no dots at its ends."""
    return _NOT_IN_NAMES.sub("-", name)[:_LONGEST_NAME].strip(" .") or "-"
