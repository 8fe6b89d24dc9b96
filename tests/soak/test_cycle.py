"""A full school year over the real door: begun, taught, closed; and last year's lists, which have not changed."""

from pathlib import Path

from ..conftest import clone
from ..cycle_autumn import begins, december, november, october, september
from ..cycle_door import Door
from ..cycle_next import new_year
from ..cycle_spring import february, holidays, june, may
from ..cycle_turn import august
from ..cycle_year import Year

PARTS = (begins, september, october, november, december, february, may, june, holidays, august, new_year)


async def test_a_full_year(cluster: str, database_url: str, tmp_path: Path) -> None:
    year = Year(Door(await clone(cluster, database_url)), tmp_path)
    for part in PARTS:
        await part(year)
