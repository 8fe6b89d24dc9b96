"""What the tests of calendar feeds share: the commands as GraphQL, and links as a calendar program follows them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx
from icalendar import Calendar

from server.demo import Demo

from .account_help import KEPT as KEPT_OF_ACCOUNTS
from .account_help import Office, mutation
from .conftest import copied
from .contents import digests
from .corrections_help import CORRECTIONS
from .timetable_help import PAYLOADS as WEEK

_FEED = (
    "feed { id createdAt revokedAt fetchedAt account { login } student { id } schoolClass { id } staff { id } "
    "room { id } }"
)
FEEDS = {"createCalendarFeed": f"path {_FEED}", "revokeCalendarFeed": "feed { id revokedAt }"}
PAYLOADS = FEEDS | CORRECTIONS | WEEK


def link_of(path: str) -> str:
    """The secret of a path."""
    return path.removeprefix("/calendar/").removesuffix(".ics")


@dataclass
class Desk(Office):
    """The office, with links."""

    async def run(
        self, name: str, given: dict[str, Any], as_: str | None = None, *, token: str | None = None
    ) -> dict[str, Any]:
        if name not in PAYLOADS:
            return await super().run(name, given, as_, token=token)
        text = mutation(name, PAYLOADS[name])
        answer = await self.ask(text, {"input": given}, token or (await self.school.token(as_) if as_ else None))
        assert "errors" not in answer, answer["errors"]
        result: dict[str, Any] = answer["data"][name]
        return result

    async def digest(self) -> dict[str, Any]:
        return await digests(self.db, (*KEPT_OF_ACCOUNTS, "calendar_feed"))

    async def link(self, of: str, as_: str | None = None, *, token: str | None = None) -> str:
        """The path of a new link."""
        path: str = (await self.done("createCalendarFeed", {"ofId": of}, as_, token=token))["path"]
        return path

    async def get(self, path: str, **headers: str) -> httpx.Response:
        """What a calendar program is answered, which shows nothing but the path."""
        return await self.school.client.get(
            path, headers={name.replace("_", "-"): text for name, text in headers.items()}
        )

    async def calendar(self, path: str) -> Any:
        """The calendar behind a path."""
        response = await self.get(path)
        assert response.status_code == 200, response.text
        return Calendar.from_ical(response.content)

    async def entries_of(self, path: str) -> dict[str, Any]:
        """Its entries, by what they are: `lesson-17`."""
        return {str(each["uid"]).partition("@")[0]: each for each in (await self.calendar(path)).walk("VEVENT")}

    async def status(self, path: str) -> int:
        """How a path is answered."""
        return (await self.get(path)).status_code


@asynccontextmanager
async def opened(cluster: str, template: tuple[str, Demo]) -> AsyncIterator[Desk]:
    """A school to write in."""
    async for school in copied(cluster, template):
        db = await asyncpg.connect(school.url)
        try:
            yield Desk(school, db)
        finally:
            await db.close()
