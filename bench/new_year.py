"""How long a whole school's new year takes: `python -m bench.new_year` rolls the full demo school over."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
from rich.console import Console
from rich.progress import Progress
from rich.text import Text

from migrations.run import upgrade
from resolvers.account_admin import at_console
from resolvers.account_tokens import Tokens
from resolvers.context import Context
from resolvers.curriculum_classes import appoint_class_teacher
from resolvers.database import Database
from resolvers.movement_commands import Content, WholeClass, draft_order
from resolvers.movement_issue import issue_order
from rules.movement import MovementKind
from server.demo import make_demo
from server.demo_year import TIME_ZONE, YEAR_ENDS
from server.postgres import embedded

from .database import LIFE, SECRET

FIRST_DAY = date(YEAR_ENDS.year, 9, 1)
AUGUST = datetime(YEAR_ENDS.year, 8, 28, 12, tzinfo=ZoneInfo(TIME_ZONE))
CLASSES = """
SELECT old.id, old.grade, tenth.id AS tenth
FROM school_class AS old JOIN academic_year AS year ON year.id = old.year_id AND year.state = 'open'
LEFT JOIN school_class AS tenth ON old.grade = 9 AND tenth.grade = 10 AND tenth.letter = old.letter
    AND tenth.year_id <> old.year_id
ORDER BY old.grade, old.letter
"""
WITHOUT_LEADER = """
SELECT id, row_number() OVER (ORDER BY id) AS place FROM school_class AS c
WHERE year_id = (SELECT id FROM academic_year WHERE state = 'draft')
    AND NOT EXISTS (SELECT FROM class_leadership AS l WHERE l.class_id = c.id)
"""
TEACHERS = "SELECT id FROM staff WHERE dismissed_on IS NULL ORDER BY id DESC LIMIT $1"
console = Console()


def main() -> None:
    """Make the school, take every step, issue everybody's order, open the year; each with its seconds."""
    with TemporaryDirectory() as folder, embedded(Path(folder) / "postgres") as url:
        asyncio.run(_prepare(url))
        _new_year(url, folder)
        asyncio.run(_orders_and_leaders(url))
        _new_year(url, folder, "--open")


async def _prepare(url: str) -> None:
    await upgrade(url)
    connection = await asyncpg.connect(url)
    try:
        with Progress(console=console) as progress:
            await make_demo(connection, progress=progress)
    finally:
        await connection.close()


def _new_year(url: str, folder: str, *more: str) -> None:
    """Run the real command; of what it prints, show the lines with seconds."""
    command = [Path(sys.executable).parent / "classbook", "new-year", "--login", "administrator", *more]
    settings = {"DATABASE_URL": url, "CLASSBOOK_DATA": folder, "CLASSBOOK_NOW": AUGUST.isoformat(), "COLUMNS": "200"}
    started = perf_counter()
    done = subprocess.run(command, env=os.environ | settings, capture_output=True, text=True, check=False)  # noqa: S603
    seconds = perf_counter() - started
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    for line in done.stdout.splitlines():
        if line.endswith(" с."):
            console.print(Text(line))
    console.print(Text(f"classbook new-year {' '.join(more)}: {seconds:.2f} с."), style="bold")


@asynccontextmanager
async def _acting(database: Database, login: str) -> AsyncIterator[Context]:
    async with at_console(database, Tokens(SECRET, LIFE, LIFE), 1, login, AUGUST, datetime.now(UTC)) as context:
        yield context


async def _orders_and_leaders(url: str) -> None:
    """The office's part: promotions, graduation, and teachers for the classes that begin with others."""
    connection, database = await asyncpg.connect(url), await Database.open(url, 2)
    try:
        async with _acting(database, "secretary") as context:
            rows = await connection.fetch(CLASSES)
            for kind, leaving in ((MovementKind.PROMOTION, False), (MovementKind.GRADUATION, True)):
                started = perf_counter()
                await _order(context, kind, [row for row in rows if (row["grade"] == 11) == leaving])
                console.print(Text(f"{kind.value}: {perf_counter() - started:.2f} с."))
        async with _acting(database, "deputy") as context:
            classes = await connection.fetch(WITHOUT_LEADER)
            teachers = await connection.fetch(TEACHERS, len(classes))
            for of, teacher in zip(classes, teachers, strict=True):
                await appoint_class_teacher(context, of["id"], teacher["id"], FIRST_DAY)
        students = await connection.fetchval("SELECT count(*) FROM enrolment WHERE ends_on = $1", YEAR_ENDS)
        console.print(Text(f"Учащихся: {students}, классов: {len(rows)}."))
    finally:
        await database.close()
        await connection.close()


async def _order(context: Context, kind: MovementKind, rows: list[Any]) -> None:
    classes = [WholeClass(row["id"], (), row["tenth"], None, "classes") for row in rows]
    values = {"effective_on": FIRST_DAY, "event_on": None, "basis": "Решение педагогического совета"}
    number = await draft_order(context, kind, values, Content(classes=classes), None)
    await issue_order(context, number, None, None, None)


if __name__ == "__main__":
    main()
