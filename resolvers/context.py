"""A request: its viewer, its moment, its snapshot, and the loaders that batch its edges."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from aiodataloader import DataLoader

from documents.files import FileStore
from documents.signatures import Certificate
from permissions.journal import HISTORIANS
from permissions.viewer import ANONYMOUS, Viewer
from rules.account import Role
from rules.refusals import Refusal, RefusalCode, bad_input

from .account_tokens import Tokens
from .database import Cap, Database, Past, Snapshot
from .edges import Key, Reading


class Feed(Protocol):
    """What tells a request, for as long as it listens, of what commands change."""

    def follow(
        self, context: "Context", opens: Callable[["Context"], Awaitable[Any]], after: str | None
    ) -> AsyncIterator[Any]:
        """What changes behind a cursor, or from now on. `opens` gives the topic, or refuses it: then, and again
        whenever the viewer's rights change.
        """
        ...


USUAL_CAP = Cap(cost=400_000, seconds=10)
"""What a composed report may take, unless an operator has said otherwise.

On the full demo school (290,000 marks) a unit of PostgreSQL's cost took 15 to 40 microseconds, and the costliest of a
dozen reports was 69,000 units and 2.2 seconds: what is refused unrun would have been broken off.
"""


@dataclass
class Context:
    """What resolvers get. One request, one viewer, one moment: `now` by the school's clock, `real_now` for tokens.

    store: where uploaded files lie. anchors: the certificates of the authorities whose signatures are trusted.
    under_way: the command whose steps are being done, if it is one of several steps.
    moment: when what is read stood; None for what stands. reason: why the command that comes next is given.
    feed: what a subscription listens to, until `ends_at`, when its token is over. cap: what a composed report may take.
    """

    database: Database
    tokens: Tokens
    now: datetime
    real_now: datetime
    viewer: Viewer = ANONYMOUS
    address: str = ""
    device: str | None = None
    store: FileStore | None = None
    anchors: Sequence[Certificate] = ()
    cap: Cap = USUAL_CAP
    moment: datetime | None = None
    opened: set[tuple[Key, datetime | None]] = field(default_factory=set, repr=False)
    feed: Feed | None = None
    ends_at: datetime | None = None
    under_way: Any = field(default=None, init=False)
    reason: str | None = field(default=None, init=False)
    snapshot: Snapshot = field(init=False)
    _past: dict[datetime, "Context"] = field(default_factory=dict, init=False, repr=False)
    _moments: dict[str, datetime] = field(default_factory=dict, init=False, repr=False)
    _loaders: dict[Any, DataLoader[Key, Any]] = field(default_factory=dict, init=False, repr=False)
    _made: dict[Any, Any] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        self.snapshot = self.database.snapshot()

    async def load(self, reading: Reading, source: Any, roles: Collection[Role] | None = None) -> Any:
        """What the edge leads to from `source`, together with every other parent that asks for the same."""
        return await self.load_key(reading, reading.key(source), roles)

    async def load_key(self, reading: Reading, key: Key, roles: Collection[Role] | None = None) -> Any:
        """The same by key. `roles` (a gate's) narrow what the viewer may reach. A key with a null leads nowhere.

        Edges that read the same rows have one loader, if their gates admit the same roles; what is made of the rows
        is each edge's own.
        """
        if None in key:
            return [] if reading.edge.many else None
        allowed = frozenset(roles) if roles is not None else reading.edge.scope.roles
        # The future is shared: an error elsewhere in the query cancels who waits for it, and must not cancel the rest.
        # Nor may asyncio log what it raises when nobody waits any more: errors quote people's data.
        future = self._loader(reading, allowed).load(key)
        future.add_done_callback(lambda done: done.cancelled() or done.exception())
        read = await asyncio.shield(future)
        if not reading.edge.gather:
            return reading.made(read, key, allowed)
        if (reading, allowed, key) not in self._made:
            self._made[reading, allowed, key] = reading.made(read, key, allowed)
        return self._made[reading, allowed, key]

    def _loader(self, reading: Reading, roles: frozenset[Role]) -> DataLoader[Key, Any]:
        loader = self._loaders.get((reading.read, roles))
        if loader is None:

            async def batch(keys: list[Key]) -> list[Any]:
                return await reading.batch(self, roles, keys)

            loader = self._loaders[(reading.read, roles)] = DataLoader(batch)
        return loader

    def at(self, moment: datetime | None) -> "Context":
        """The same request for what stood at a moment: in the same snapshot, with loaders of its own.

        Who may see what is a matter of today; the past is there for those only who may look into it. A moment without
        a zone is the school's.
        """
        if moment is not None and moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZoneInfo(self.viewer.time_zone))
        if moment is None or moment == self.moment:
            return self
        if not HISTORIANS & self.viewer.roles:
            raise Refusal(RefusalCode.FORBIDDEN, "Нет прав на этот аргумент.", "asOf")
        if moment > self.now:
            raise bad_input("Этот момент ещё не наступил.", "asOf")
        if moment not in self._past:
            context = self._past[moment] = replace(self, viewer=self.viewer.only(HISTORIANS), moment=moment)
            context.snapshot = Past(self.snapshot, moment)
        return self._past[moment]

    def begin(self, path: Any, moment: datetime | None) -> "Context":
        """`at`, for the root field at `path` and all that is asked beneath it. A plan has no paths, and needs none."""
        context = self.at(moment)
        if moment is not None and path is not None:
            self._moments[path.key] = moment
        return context

    def beneath(self, path: Any) -> "Context":
        """The context of a field by its path: of the moment that its root field has begun with."""
        if not self._moments:
            return self
        while path.prev is not None:
            path = path.prev
        return self.at(self._moments.get(path.key))

    def note(self, page: Key) -> None:
        """Note that a journal's page was opened."""
        self.opened.add((page, self.moment))

    async def refresh(self) -> None:
        """Forget what was read: after a command, its answer must show what the command wrote."""
        self._loaders.clear()
        self._made.clear()
        self._past.clear()
        await self.snapshot.close()

    async def close(self) -> None:
        """Give the connection back for good."""
        await self.snapshot.end()
