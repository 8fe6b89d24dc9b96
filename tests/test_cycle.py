"""A full school year over the real door: begun, taught, closed; and last year's lists, which have not changed."""

from pathlib import Path

from .conftest import clone
from .cycle_door import Door
from .cycle_people import accounts, begin, enrolled


async def test_a_full_year(cluster: str, database_url: str, tmp_path: Path) -> None:
    door = Door(await clone(cluster, database_url))
    await begin(door.url, tmp_path)
    roll = enrolled()
    async with door.on("2025-09-01"):
        await accounts(door)
    assert roll
