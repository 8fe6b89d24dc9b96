"""Daily digests as the plain-Python oracle knows them, and some of several days for people of every kind."""

from datetime import UTC, date, datetime
from random import Random
from typing import Any

from rules.account import Role
from rules.report_deadlines import RULES, Deadline

OVERSEERS = {Role.DIRECTOR, Role.DEPUTY}
READERS = OVERSEERS | {Role.TEACHER, Role.SECRETARY, Role.HR, Role.ADMINISTRATOR}
DEADLINES = [each.value for each in Deadline]
DAYS = (date(2026, 5, 6), date(2026, 5, 13), date(2026, 5, 20))
KEY = ("digest_id", "part", "deadline")


def day_of(world: Any, row: Any) -> Any:
    """The day of a digest."""
    return world.row("digest_day", row["day_id"])


def mine(eyes: Any, role: Role, row: Any) -> bool:
    """One's own."""
    return bool(row["account_id"] == eyes.account["id"])


def counts(type_name: str, eyes: Any, role: Role) -> set[Any]:
    """What one's own digests count; of the school only for those who oversee it."""
    return {
        tuple(row[name] for name in KEY)
        for row in eyes.world.of("digest_count", eyes.school)
        if mine(eyes, role, eyes.world.row("digest", row["digest_id"])) and (row["part"] == "own" or role in OVERSEERS)
    }


SCALARS: dict[str, dict[str, Any]] = {
    "Digest": {
        "date": lambda world, row: str(day_of(world, row)["date"]),
        "until": lambda world, row: str(day_of(world, row)["until"]),
        "readAt": lambda world, row: row["read_at"] and row["read_at"].isoformat(),
    },
    "DigestCount": {
        "deadline": lambda world, row: row["deadline"].upper(),
        "clause": lambda world, row: RULES[Deadline(row["deadline"])].clause,
        "overdue": lambda world, row: row["overdue"],
        "dueToday": lambda world, row: row["due_today"],
        "dueSoon": lambda world, row: row["due_soon"],
    },
}
WITHOUT_ID = {"DigestCount"}

ELSEWHERE = {("Digest", "obligations")}
"""A field by which obligations are asked with other arguments: `test_digests.py`."""

INSIDE = {"DigestCount": ("Digest", "counts { @ }")}
BARE = {"as many as there are deadlines": {"Digest.counts", "Digest.schoolCounts"}}


async def harden(maker: Any) -> None:
    """Digests of some days to all accounts: also to such as hold no role today, and with the school's counts."""
    rng = Random(maker.school + 3)
    accounts = await maker.ids("SELECT id FROM account WHERE school_id = $1 ORDER BY id")
    for day in DAYS:
        at = datetime.combine(day, datetime.min.time(), UTC)
        of = await maker.add("digest_day", date=day, until=day, written_at=at)
        for account in accounts:
            read_at = rng.choice((None, at))
            digest = await maker.add("digest", day_id=of, account_id=account, read_at=read_at)
            for part in ("own", "school"):
                for deadline in rng.sample(DEADLINES, rng.randrange(3)):
                    numbers = {name: rng.randrange(9) for name in ("overdue", "due_today", "due_soon")}
                    await maker.add("digest_count", digest_id=digest, part=part, deadline=deadline, **numbers)
