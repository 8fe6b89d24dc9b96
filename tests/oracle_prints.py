"""What is printed and certified, as the plain-Python oracle walks it."""

import hashlib
from datetime import UTC, datetime
from typing import Any

import orjson

from .journal_help import gid
from .oracle_graph import Arguments, Link, Row, all_of, by, link, links, staff_of_account
from .oracle_rights import DEPUTY, DIRECTOR, TEACHER, Eyes


def journal_print(eyes: Eyes, row: Row, given: Arguments) -> list[Row]:
    """A class with one of its own periods."""
    period = eyes.world.row("period", given["periodId"].number)
    if period is None or (period["year_id"], period["kind"]) != (row["year_id"], row["period_kind"]):
        return []
    return [{**row, "period_id": period["id"], "period_name": period["name"], "ends_on": period["ends_on"]}]


LINKS: dict[str, dict[str, Link]] = {
    "SchoolClass": {
        "certificates": links("Certificate", "certificate", "class_id", "number"),
        "journalPrint": Link("JournalPrint", journal_print, takes=("periodId!",), only=(DIRECTOR, DEPUTY, TEACHER)),
    },
    "JournalPrint": {},
    "School": {"certificates": Link("Certificate", all_of("certificate"), "page", by("number"), ("first",))},
    "Certificate": {
        "schoolClass": link("SchoolClass", "school_class", "class_id"),
        "period": link("Period", "period", "period_id"),
        "issuedBy": Link("Staff", staff_of_account("issued_by")),
    },
}
"""Type → field → where it leads, as in `oracle_links`."""


def _journal_url(world: Any, row: Row) -> str:
    return f"/print/journal/{gid('SchoolClass', row['id'])}/{gid('Period', row['period_id'])}.pdf"


def _diary_url(world: Any, row: Row) -> str:
    return f"/print/diary/{gid('Student', row['student_id'])}/{row['since']}/{row['until']}.pdf"


def signature_of(world: Any, row: Row) -> Any:
    """The signature of a certificate, or None."""
    found = world.where("certificate_signature", "certificate_id", row["id"])
    return found[0] if found else None


SCALARS: dict[str, dict[str, Any]] = {
    "Certificate": {
        "number": lambda world, row: row["number"],
        "digest": lambda world, row: row["digest"],
        "subject": lambda world, row: (signed := signature_of(world, row)) and signed["subject"],
        "serial": lambda world, row: (signed := signature_of(world, row)) and signed["serial"],
    },
    "JournalPrint": {"url": _journal_url, "endsOn": lambda world, row: str(row["ends_on"])},
    "Diary": {"printUrl": _diary_url},
}

WITHOUT_ID = {"JournalPrint"}


ANOTHER = {
    "class": {"name": "1Я", "leader": None},
    "period": {"name": "I четверть", "startsOn": "2025-09-01", "endsOn": "2025-10-26"},
    "pages": [],
}
"""A journal that no class has: whatever is compared with it differs."""


async def certificates(maker: Any) -> None:
    """Certificates of several classes, by whoever came along; every other one signed."""
    at = datetime(2026, 5, 20, 9, tzinfo=UTC)
    accounts = await maker.ids(
        "SELECT account.id FROM account JOIN staff USING (school_id, person_id) WHERE school_id = $1 ORDER BY 1"
    )
    classes = await maker.connection.fetch(
        "SELECT c.id, p.id AS period FROM school_class AS c JOIN period AS p ON (p.school_id, p.year_id, p.kind)"
        " = (c.school_id, c.year_id, c.period_kind) WHERE c.school_id = $1 AND p.number = 1 ORDER BY c.id",
        maker.school,
    )
    last = await maker.connection.fetchval("SELECT max(number) FROM certificate WHERE school_id = $1", maker.school)
    for number, of in enumerate(classes, (last or 0) + 1):
        content = orjson.dumps({"journal": ANOTHER, "number": number})
        digest = hashlib.sha256(content).hexdigest()
        named = {"number": number, "class_id": of["id"], "period_id": of["period"], "digest": digest}
        by = maker.rng.choice(accounts)
        added = await maker.add("certificate", **named, issued_at=at, issued_by=by, content=content)
        if number % 2:
            await maker.connection.execute(
                "INSERT INTO certificate_signature VALUES ($1, $2, 'x', 'SN=Орлова', 'ab', $3, $3, $3, $3, $4)",
                *(maker.school, added, at, by),
            )
