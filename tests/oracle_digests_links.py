"""Where daily digests lead, and whence one comes to them, as the plain-Python oracle walks them."""

from typing import Any

from rules.account import Role

from . import oracle_remarks as remarks
from .oracle_digests import DEADLINES, OVERSEERS, day_of
from .oracle_graph import Arguments, Link, Row, by, by_id


def _of_viewer(eyes: Any, row: Row, given: Arguments) -> list[Row]:
    rows = eyes.world.where("digest", "account_id", eyes.account["id"])
    read = given.get("read")
    return [each for each in rows if read is None or (each["read_at"] is not None) is (read.text == "true")]


def _on(eyes: Any, row: Row, given: Arguments) -> list[Row]:
    day = given.get("on", eyes.today)
    return [each for each in _of_viewer(eyes, row, {}) if day_of(eyes.world, each)["date"] == day]


def _counted(part: str) -> Any:
    return lambda eyes, row, given: [
        each for each in eyes.world.where("digest_count", "digest_id", row["id"]) if each["part"] == part
    ]


def _by_clause(eyes: Any, row: Row) -> int:
    return DEADLINES.index(row["deadline"])


LINKS: dict[str, dict[str, Link]] = {
    "Me": {
        "digest": Link("Digest", _on, takes=("on",)),
        "digests": Link("Digest", _of_viewer, "page", by("recency"), ("first", "read")),
    },
    "Digest": {
        "counts": Link("DigestCount", _counted("own"), "many", _by_clause),
        "schoolCounts": Link("DigestCount", _counted("school"), "many", _by_clause, only=tuple(OVERSEERS)),
        "remarks": Link("Remark", remarks.waiting, "page", by_id, ("first",), (Role.TEACHER,)),
    },
    "DigestCount": {},
}
"""Type → field → where it leads, as in `oracle_links`; `Digest.obligations` are told by `test_digests.py`."""
