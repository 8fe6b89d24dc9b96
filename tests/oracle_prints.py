"""What is printed and certified, as the plain-Python oracle walks it."""

from typing import Any

from .journal_help import gid
from .oracle_graph import Arguments, Link, Row
from .oracle_rights import DEPUTY, DIRECTOR, TEACHER, Eyes


def journal_print(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    """A class with one of its own periods."""
    period = eyes.world.row("period", given["periodId"].number)
    if period is None or (period["year_id"], period["kind"]) != (row["year_id"], row["period_kind"]):
        return []
    return [{**row, "period_id": period["id"], "period_name": period["name"], "ends_on": period["ends_on"]}]


LINKS: dict[str, dict[str, Link]] = {
    "SchoolClass": {
        "journalPrint": Link("JournalPrint", journal_print, takes=("periodId",), only=(DIRECTOR, DEPUTY, TEACHER))
    },
    "JournalPrint": {},
}
"""Type → field → where it leads, as in `oracle_links`."""


def _journal_url(world: Any, row: Row) -> str:
    return f"/print/journal/{gid('SchoolClass', row['id'])}/{gid('Period', row['period_id'])}.pdf"


def _diary_url(world: Any, row: Row) -> str:
    return f"/print/diary/{gid('Student', row['student_id'])}/{row['since']}/{row['until']}.pdf"


SCALARS: dict[str, dict[str, Any]] = {
    "JournalPrint": {"url": _journal_url, "endsOn": lambda world, row: str(row["ends_on"])},
    "Diary": {"printUrl": _diary_url},
}

WITHOUT_ID = {"JournalPrint"}
