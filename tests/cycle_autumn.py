"""From the first of September to the first day of autumn's second month: the school begins, and somebody comes."""

from .cycle_people import accounts, begin, enrolled
from .cycle_plan import set_up
from .cycle_year import Year, teach


async def begins(year: Year) -> None:
    """An empty database becomes a school with a year, a plan and a timetable."""
    await begin(year.door.url, year.folder)
    year.roll = enrolled()
    async with year.door.on("2025-09-01"):
        await accounts(year.door)
        year.books, year.halves = await set_up(year.door)


async def september(year: Year) -> None:
    """The first month."""
    async with year.door.on("2025-09-30"):
        await teach(year, "2025-09-01", "2025-09-30")
