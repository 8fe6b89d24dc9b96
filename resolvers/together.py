"""Following edges for many keys at once, where a whole document is read and not a query's fields."""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from rules.account import Role

from .context import Context
from .edges import Key, Reading


@dataclass(frozen=True)
class Together:
    """Follows each edge in one statement, however many keys there are; `roles` (a gate's) narrow what is reached."""

    context: Context
    roles: Collection[Role]

    async def all(self, reading: Reading, keys: Iterable[Key]) -> dict[Key, Any]:
        """What each key leads to."""
        each = list(dict.fromkeys(keys))
        found = await asyncio.gather(*(self.one(reading, *key) for key in each))
        return dict(zip(each, found, strict=True))

    async def of(self, reading: Reading, rows: Sequence[Any]) -> list[Any]:
        """What each row leads to, in their order."""
        found = await self.all(reading, map(reading.key, rows))
        return [found[reading.key(row)] for row in rows]

    async def one(self, reading: Reading, *key: Any) -> Any:
        """What one key leads to."""
        return await self.context.load_key(reading, key, self.roles)
