"""The limit of the two reports: their sums and figures as one would write them by hand."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from . import limit_sql as sql

STAGES = ((1, 4), (5, 9), (10, 11))
Row = tuple[str, list[int]]


def parts(classes: list[Any]) -> Iterator[Row]:
    """Each class, after those of a grade and a stage their sums, then the school's; of grade, letter and counts."""
    school = [0] * (len(classes[0]) - 2) if classes else []
    for first, last in STAGES:
        stage = [0] * len(school)
        for grade in range(first, last + 1):
            parallel = [0] * len(school)
            found = [row for row in classes if row[0] == grade]
            for _, letter, *counts in found:
                parallel = [a + b for a, b in zip(parallel, counts, strict=True)]
                yield f"{grade}{letter}", counts
            if found:
                stage = [a + b for a, b in zip(stage, parallel, strict=True)]
                yield f"{grade}-е классы", parallel
        if any(first <= row[0] <= last for row in classes):
            school = [a + b for a, b in zip(school, stage, strict=True)]
            yield f"{first}–{last}-е классы", stage
    yield "По школе", school


def _share(total: int, of: int) -> dict[str, float | None]:
    return {"value": (200 * total + of) // (2 * of) / 100 if of else None}


def _figures(counts: list[int]) -> dict[str, Any]:
    fives, fours, threes, twos, absent, total = counts
    numbers = fives + fours + threes + twos
    counted = numbers + absent
    return {
        "counts": {"fives": fives, "fours": fours, "threes": threes, "twos": twos, "notAttested": absent},
        "success": _share(100 * (fives + fours + threes), counted),
        "quality": _share(100 * (fives + fours), counted),
        "learning": _share(100 * fives + 64 * fours + 36 * threes + 16 * twos + 7 * absent, counted),
        "average": _share(total, numbers),
    }


async def results(connection: Any, viewer: Any, asked: dict[str, Any]) -> Any:
    """A deputy: the marks and figures of every class, parallel and stage."""
    rows = await connection.fetch(sql.RESULTS, viewer["school_id"], int(asked["period"]), viewer["today"])
    found = [{"part": {"title": title}, "figures": _figures(counts)} for title, counts in parts(rows)]
    return {"school": {"reports": {"resultsSummary": {"rows": found}}}}


_MOVES = ("atStart", "arrived", "movedIn", "gone", "movedOut", "atEnd")


async def movement(
    connection: Any, viewer: Any, asked: dict[str, Any], full_name: Callable[[str, str, str | None], str]
) -> Any:
    """A deputy: the movement book of a year."""
    days = (viewer["school_id"], date.fromisoformat(asked["since"]), date.fromisoformat(asked["until"]))
    rows = parts(await connection.fetch(sql.MOVEMENT, *days))
    moves = [
        {
            "on": day,
            "number": number,
            "place": place,
            "reason": reason,
            "student": {"name": full_name(*name)},
            "fromClass": {"name": f"{old}{old_letter}"} if old else None,
            "toClass": {"name": f"{new}{new_letter}"} if new else None,
        }
        for day, number, place, reason, old, old_letter, new, new_letter, *name in await connection.fetch(
            sql.MOVES, *days
        )
    ]
    sums = [{"part": {"title": title}, "moves": dict(zip(_MOVES, counts, strict=True))} for title, counts in rows]
    return {"school": {"reports": {"movement": {"rows": sums, "moves": moves}}}}
