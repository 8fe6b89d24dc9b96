"""How often people moved is told to an analyst only where five moved, however often each of them did (4.1)."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest

from server.demo import Demo

from .movement_help import transfer
from .report_help import Reports, drawn, gid
from .report_rounded import fives

FROM, TO, PARALLEL = "5А", "5Б", "5-е классы"
THERE, BACK, AGAIN = date(2026, 2, 3), date(2026, 2, 10), date(2026, 2, 17)
SCHOOL = """{ school { reports {
  movement(from: "2025-09-01", until: "2026-08-31") { rows { part { title } moves { movedIn movedOut } } }
  classesSummary(kind: YEAR) { rows { part { title } roll { arrived gone } } }
} } }"""
CLASS = "query($id: ID!) { schoolClass(id: $id) { reports { classTeacher(kind: YEAR) { arrivedCount leftCount } } } }"


@pytest.fixture
async def reports(cluster: str, demo_template: tuple[str, Demo]) -> AsyncIterator[Reports]:
    """A school of the test's own."""
    async with drawn(cluster, demo_template) as reports:
        yield reports


async def told(reports: Reports, as_: str) -> dict[str, tuple[int, int]]:
    """Who came and who left, of both classes and of their parallel, in each report."""
    found = (await reports.ask(SCHOOL, as_))["school"]["reports"]
    answers = {
        f"movement {row['part']['title']}": (row["moves"]["movedIn"], row["moves"]["movedOut"])
        for row in found["movement"]["rows"]
    } | {
        f"roll {row['part']['title']}": (row["roll"]["arrived"], row["roll"]["gone"])
        for row in found["classesSummary"]["rows"]
    }
    for name in (FROM, TO):
        of: Any = await reports.ask(CLASS, as_, id=gid("SchoolClass", await reports.class_id(name)))
        of = of["schoolClass"]["reports"]["classTeacher"]
        answers[f"class {name}"] = (of["arrivedCount"], of["leftCount"])
    wanted = [f"{of} {name}" for of in ("movement", "roll", "class") for name in (FROM, TO)]
    return {name: answers[name] for name in (*wanted, f"movement {PARALLEL}")}


async def stayed(reports: Reports) -> list[int]:
    """Who has been in the class all year."""
    rows = await reports.db.fetch(
        "SELECT student_id FROM enrolment AS e WHERE class_id = $1 AND starts_on <= '2025-09-01' AND ends_on IS NULL"
        " AND NOT EXISTS (SELECT FROM enrolment AS o WHERE o.student_id = e.student_id AND o.id <> e.id"
        "  AND o.starts_on > '2025-08-31') ORDER BY 1",
        await reports.class_id(FROM),
    )
    return [row["student_id"] for row in rows]


async def test_moves_of_few_are_not_told(reports: Reports) -> None:
    school = await reports.db.fetchval("SELECT school_id FROM school WHERE code = 'demo'")
    there, back = await reports.class_id(TO), await reports.class_id(FROM)
    first, second, third, fourth, fifth = (await stayed(reports))[:5]
    before = await told(reports, "deputy")
    assert max(max(each) for each in before.values()) < 2
    for student in (first, second, third):
        await transfer(reports.db, school, there, THERE, student)
    for student in (first, second):
        await transfer(reports.db, school, back, BACK, student)
        await transfer(reports.db, school, there, AGAIN, student)

    # Three people have moved seven times: five times there, twice back.
    assert await told(reports, "deputy") == more(before, {FROM: (2, 5), TO: (5, 2), PARALLEL: (7, 7)})
    assert set((await told(reports, "analyst")).values()) == {(0, 0)}

    # Of five people it is told, rounded.
    for student in (fourth, fifth):
        await transfer(reports.db, school, there, THERE, student)
    exact = more(before, {FROM: (2, 7), TO: (7, 2), PARALLEL: (9, 9)})
    assert await told(reports, "deputy") == exact
    assert await told(reports, "analyst") == {
        name: tuple(fives(count, count) if count > 5 else 0 for count in of) for name, of in exact.items()
    }


def more(before: dict[str, tuple[int, int]], moved: dict[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    """What was told before, and since then so many have come and left."""
    found = {}
    for name, (came, left) in before.items():
        added = moved[name.split(maxsplit=1)[1]]
        found[name] = (came + added[0], left + added[1])
    return found
