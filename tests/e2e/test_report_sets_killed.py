"""A set of reports outlives the process that prints it."""

import asyncio
import os
import signal
import time
import zipfile
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import asyncpg
import httpx

from documents.files import FolderStore
from server.demo import DEMO_NOW, DEMO_PASSWORD, Demo

from ..conftest import KEY, PLAIN, clone, drop
from ..report_help import gid
from ..served_help import LOG_IN, serving
from ..test_report_sets import ORDER, TIME


async def test_another_finishes_what_a_killed_process_began(cluster: str, demo_template: tuple[str, Demo]) -> None:
    """SIGKILL in the middle: no less than the whole set, by the next process."""
    url = await clone(cluster, demo_template[0])
    given = {"DATABASE_URL": url, "CLASSBOOK_NOW": DEMO_NOW.isoformat(), "CLASSBOOK_SECRET": KEY}
    db = await asyncpg.connect(url)
    try:
        with TemporaryDirectory(prefix="classbook-") as folder:
            with serving(folder, **given) as served:
                number = await _order(served.port, db)
                await _state(db, number, "done > 0")
                os.killpg(served.program.pid, signal.SIGKILL)
            before = await db.fetchrow("SELECT * FROM report_set WHERE id = $1", number)
            assert (before["state"], before["taken"]) == ("running", 1)
            with serving(folder, **given):
                row = await _state(db, number, "state <> 'running'")
            assert (row["state"], row["taken"], row["done"]) == ("done", 2, row["total"])
            content = FolderStore(Path(folder) / "files").path(row["digest"]).read_bytes()
            archive = zipfile.ZipFile(BytesIO(content))
            assert archive.testzip() is None
            assert len(archive.namelist()) == row["total"]
    finally:
        await db.close()
        await drop(cluster, url)


async def _order(port: int, db: "asyncpg.Connection[Any]") -> int:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30, verify=PLAIN) as client:
        asked: dict[str, Any] = {
            "query": LOG_IN,
            "variables": {"input": {"login": "deputy", "password": DEMO_PASSWORD}},
        }
        told = (await client.post("/graphql", json=asked)).json()
        token = told["data"]["logIn"]["accessToken"]
        of = await db.fetchval(
            "SELECT c.id FROM school_class AS c JOIN academic_year AS y ON y.id = c.year_id"
            " WHERE '2026-05-20' BETWEEN y.starts_on AND y.ends_on ORDER BY c.id LIMIT 1"
        )
        asked = {
            "query": ORDER,
            "variables": {"input": {"of": gid("SchoolClass", of), "reports": ["REPORT_CARD"], "formats": ["PDF"]}},
        }
        await client.post("/graphql", json=asked, headers={"authorization": f"Bearer {token}"})
    return int(await db.fetchval("SELECT max(id) FROM report_set"))


async def _state(db: "asyncpg.Connection[Any]", number: int, condition: str) -> Any:
    ends = time.monotonic() + 2 * TIME
    while (row := await db.fetchrow(f"SELECT * FROM report_set WHERE id = $1 AND {condition}", number)) is None:
        assert time.monotonic() < ends
        await asyncio.sleep(0.1)
    return row
