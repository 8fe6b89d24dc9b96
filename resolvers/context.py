"""A request: its viewer, its moment, its snapshot, and the loaders that batch its edges."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiodataloader import DataLoader

from documents.files import FileStore
from permissions.viewer import ANONYMOUS, Viewer
from rules.account import Role

from .account_tokens import Tokens
from .database import Database, Snapshot
from .edges import Key, Reading


@dataclass
class Context:
    """What resolvers get. One request, one viewer, one moment: `now` by the school's clock, `real_now` for tokens.

    store: where uploaded files lie. under_way: the command whose steps are being done, if it is one of several steps.
    """

    database: Database
    tokens: Tokens
    now: datetime
    real_now: datetime
    viewer: Viewer = ANONYMOUS
    address: str = ""
    device: str | None = None
    store: FileStore | None = None
    under_way: Any = field(default=None, init=False)
    snapshot: Snapshot = field(init=False)
    _loaders: dict[Any, DataLoader[Key, Any]] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        self.snapshot = self.database.snapshot()

    async def load(self, reading: Reading, source: Any, roles: Collection[Role] | None = None) -> Any:
        """What the edge leads to from `source`, together with every other parent that asks for the same."""
        return await self.load_key(reading, reading.key(source), roles)

    async def load_key(self, reading: Reading, key: Key, roles: Collection[Role] | None = None) -> Any:
        """The same by key. `roles` (a gate's) narrow what the viewer may reach. A key with a null leads nowhere."""
        if None in key:
            return [] if reading.edge.many else None
        allowed = frozenset(roles) if roles is not None else reading.edge.scope.roles
        # The future is shared: an error elsewhere in the query cancels who waits for it, and must not cancel the rest.
        # Nor may asyncio log what it raises when nobody waits any more: errors quote people's data.
        future = self._loader(reading, allowed).load(key)
        future.add_done_callback(lambda done: done.cancelled() or done.exception())
        return await asyncio.shield(future)

    def _loader(self, reading: Reading, roles: frozenset[Role]) -> DataLoader[Key, Any]:
        loader = self._loaders.get((reading, roles))
        if loader is None:

            async def batch(keys: list[Key]) -> list[Any]:
                return await reading.batch(self, roles, keys)

            loader = self._loaders[(reading, roles)] = DataLoader(batch)
        return loader

    async def refresh(self) -> None:
        """Forget what was read: after a command, its answer must show what the command wrote."""
        self._loaders.clear()
        await self.snapshot.close()

    async def close(self) -> None:
        """Give the connection back for good."""
        await self.snapshot.end()
