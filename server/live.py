"""The hub of a process: hears of changes by LISTEN, and hands each to those subscribers who may see it.

PostgreSQL says only in which school something has changed; what, is read from there, behind the place that has been
told already. So nothing is lost while the connection is down, and processes need not know of one another.
"""

import asyncio
import itertools
from collections import Counter, defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import asyncpg
import structlog
from prometheus_client import Counter as Metric
from prometheus_client import Gauge

from permissions.viewer import Viewer
from resolvers.account import load_viewers
from resolvers.context import Context
from resolvers.database import Database, Snapshot
from resolvers.journal_changes import (
    MOST_READ,
    Changed,
    Place,
    Topic,
    changes_since,
    expired,
    forget,
    forget_foreign,
    horizon,
    matches,
    place_of,
    read_cursor,
)
from resolvers.journal_live import Changes
from rules.refusals import Refusal, RefusalCode

from .clock import Clock
from .graphql import Unauthenticated, masked

log = structlog.get_logger()

CHANNELS = ("classbook_change", "classbook_access")
MOST_OF_ACCOUNT = 40
"""How many subscriptions an account may have open on one process: several devices, two connections each."""
MOST_AT_ONCE = 10
"""So many times a school's turn is held to read what one subscriber has missed; then it is handed out, and read on."""
MOST_WAITING = 100
"""How many deliveries may wait for a subscriber who reads slowly; one more, and the subscription ends."""
TOGETHER_SECONDS = 0.02
"""Changes that come so close upon each other are read at once."""
HELD_SECONDS = 0.05
"""So soon it is seen whether a transaction is over that others wait for."""
AGAIN_SECONDS = 0.5
"""After a failure: a database that restarts is asked so often."""
SWEEP_SECONDS = 60.0
"""So often the rights of all subscribers are looked at, whether anything changed or not: roles end with the day."""
FORGET_SECONDS = 3600.0
LAST_WORDS_SECONDS = 2.0
"""Told to stop, a process lets its subscribers be told so for this long."""

OPEN = Gauge("classbook_subscriptions", "Subscriptions that are open.", multiprocess_mode="livesum")
DELIVERED = Metric("classbook_deliveries", "Deliveries to subscribers.")

BEGINNING = Place(0, 0)

_numbers = itertools.count(1)


def rights_of(viewer: Viewer) -> tuple[Any, ...]:
    """What a viewer may reach, whatever the order in which PostgreSQL found it."""
    given = viewer.parameters().values()
    return (viewer.roles, *(frozenset(each) if isinstance(each, tuple) else each for each in given))


@dataclass(eq=False)
class Subscriber:
    """A subscription: its viewer, as last seen, what it is about, and what waits for it."""

    context: Context
    opens: Callable[[Context], Awaitable[Topic]]
    topic: Topic
    viewer: Viewer
    place: Place = BEGINNING
    number: int = field(default_factory=lambda: next(_numbers))
    waiting: deque[tuple[Place, list[Changed]]] = field(default_factory=deque)
    rights_changed: bool = False
    over: Exception | None = None
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, place: Place, changes: list[Changed]) -> None:
        """Let it wait for the subscriber, unless too much does already."""
        if len(self.waiting) >= MOST_WAITING:
            message = "Подписка закрыта: изменения приходят быстрее, чем их читают. Продолжите с последней отметки."
            self.end(Refusal(RefusalCode.TOO_SLOW, message))
        elif self.over is None:
            self.waiting.append((place, changes))
            self.woken.set()

    def end(self, why: Exception) -> None:
        """Nothing more is delivered, not even what waits."""
        if self.over is None:
            self.over = why
            self.waiting.clear()
            self.woken.set()

    def sees(self, viewer: Viewer | None) -> None:
        """Take the viewer as they are now; end with the session, or when the schema is not theirs any more."""
        if viewer is None or not viewer.signed_in:
            self.end(Unauthenticated())
        elif viewer.roles != self.viewer.roles:
            self.end(rights_changed())
        elif rights_of(viewer) != rights_of(self.viewer):
            self.viewer, self.rights_changed = viewer, True
            self.woken.set()

    async def next(self, left: Callable[[], float | None]) -> tuple[Place, list[Changed]] | None:
        """What waits, or None when the viewer's rights have changed; raises what ends it. left: the token's seconds."""
        while True:
            self.woken.clear()
            if self.over:
                raise self.over
            if self.rights_changed:
                self.rights_changed = False
                return None
            if (seconds := left()) is not None and seconds <= 0:
                raise Unauthenticated
            if self.waiting:
                return self.waiting.popleft()
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self.woken.wait()


def rights_changed() -> Refusal:
    """A right that the subscription stood on is gone, or there are others: it must be opened anew, if at all."""
    return Refusal(RefusalCode.RIGHTS_CHANGED, "Ваши права изменились. Подпишитесь снова.")


class OfSchool:
    """The subscribers of one school, and how far they have been told."""

    def __init__(self, hub: "Hub", number: int) -> None:
        self.hub = hub
        self.number = number
        self.place = BEGINNING
        self.subscribers: dict[int, Subscriber] = {}
        self.turn = asyncio.Lock()
        self.poked = asyncio.Event()
        self.access = False
        self.task: asyncio.Task[None] | None = None

    def poke(self, access: bool = False) -> None:
        """Look soon for what has changed; `access`: also at everybody's rights."""
        self.access |= access
        self.poked.set()

    async def run(self) -> None:
        """Tell what changes, for as long as anybody listens."""
        while self.subscribers:
            try:
                async with asyncio.timeout(SWEEP_SECONDS):
                    await self.poked.wait()
            except TimeoutError:
                self.access = True
            await asyncio.sleep(TOGETHER_SECONDS)
            self.poked.clear()
            try:
                held = await self._advance()
            except Exception as error:  # the database restarts, or worse
                masked(error)
                await asyncio.sleep(AGAIN_SECONDS)
                self.access = True
                held = True
            if held:
                asyncio.get_running_loop().call_later(HELD_SECONDS, self.poked.set)
        self.task = None

    async def _advance(self) -> bool:
        """Tell everything that can be told; whether something must wait for a transaction that is under way."""
        async with self.turn:
            access, self.access = self.access, False
            snapshot = self.hub.database.snapshot()
            try:
                if access:
                    await self._look_at(snapshot, list(self.subscribers.values()))
                while changes := await changes_since(snapshot, self.number, self.place):
                    self._put(changes, await self.found(snapshot, list(self.subscribers.values()), changes))
                    self.place = place_of(changes[-1])
                    if len(changes) < MOST_READ:
                        break
                _, held = await horizon(snapshot, self.number)
            finally:
                await snapshot.end()
        return held

    async def found(
        self, snapshot: Snapshot, subscribers: Collection[Subscriber], changes: Sequence[Any]
    ) -> dict[int, list[tuple[Any, int | None]]]:
        """Which changes, and about which student, are for whom, with the rights that each has in the snapshot."""
        found = await self._matched(snapshot, subscribers, changes)
        hit = [each for each in subscribers if each.number in found]
        changed = await self._look_at(snapshot, hit)
        if changed:
            again = await self._matched(snapshot, [each for each in changed if each.over is None], changes)
            for each in changed:
                found.pop(each.number, None)
            found |= again
        return found

    async def _matched(
        self, snapshot: Snapshot, subscribers: Iterable[Subscriber], changes: Sequence[Any]
    ) -> dict[int, list[tuple[Any, int | None]]]:
        groups = defaultdict(list)
        for each in subscribers:
            if each.over is None and any(each.topic.may_concern(each.viewer, change) for change in changes):
                groups[each.topic.kind, each.viewer.roles].append((each.number, each.viewer, each.topic))
        by_id = {change.id: change for change in changes}
        found: dict[int, list[tuple[Any, int | None]]] = defaultdict(list)
        for (kind, roles), asking in groups.items():
            for row in await matches(snapshot, self.number, kind, roles, asking, list(by_id)):
                found[row.subscriber].append((by_id[row.id], row.student_id))
        return dict(found)

    def _put(self, changes: Sequence[Any], found: dict[int, list[tuple[Any, int | None]]]) -> None:
        """Hand out what is new to each."""
        last = place_of(changes[-1])
        for number, rows in found.items():
            subscriber = self.subscribers.get(number)
            if subscriber and subscriber.over is None:
                new = [(change, student) for change, student in rows if place_of(change) > subscriber.place]
                if new:
                    subscriber.put(last, in_order(new))
                    DELIVERED.inc()
        for subscriber in self.subscribers.values():
            subscriber.place = max(subscriber.place, last)

    async def _look_at(self, snapshot: Snapshot, subscribers: Collection[Subscriber]) -> list[Subscriber]:
        """Load the subscribers' viewers anew; those of whom something is different now."""
        if not subscribers:
            return []
        clock = self.hub.clock
        sessions = {each.viewer.session_id for each in subscribers}
        viewers = await load_viewers(snapshot, self.number, sessions, clock.now(), clock.real_now())
        before = {each.number: each.viewer for each in subscribers}
        for each in subscribers:
            each.sees(viewers.get(each.viewer.session_id))
        return [each for each in subscribers if each.over or each.viewer is not before[each.number]]

    async def begin(self, subscriber: Subscriber, after: Place | None) -> bool:
        """Tell what a new subscriber has missed behind a place, then that from here on it hears what is new.

        False if it has missed more than is read at once: it is to begin again, behind its place by then.
        """
        async with self.turn:
            snapshot = self.hub.database.snapshot()
            try:
                here, _ = await horizon(snapshot, self.number)
                await self._look_at(snapshot, [subscriber])  # what changed since the request came was not heard
                if after is None:
                    subscriber.place = here
                elif after.transaction > here.transaction:
                    raise expired()
                elif not await self._tell_missed(snapshot, subscriber, after):
                    return False
            finally:
                await snapshot.end()
            subscriber.place = max(subscriber.place, here)
            subscriber.put(subscriber.place, [])
            if not self.subscribers:
                self.place = subscriber.place
            self.subscribers[subscriber.number] = subscriber
        if self.task is None:
            self.task = asyncio.create_task(self.run())
        self.poke()
        return True

    async def _tell_missed(self, snapshot: Snapshot, subscriber: Subscriber, after: Place) -> bool:
        """Tell what stands behind a place; whether that was all."""
        subscriber.place = after
        for _ in range(MOST_AT_ONCE):
            changes = await changes_since(snapshot, self.number, subscriber.place)
            if not changes:
                return True
            found = await self.found(snapshot, [subscriber], changes)
            subscriber.place = place_of(changes[-1])
            if rows := found.get(subscriber.number):
                subscriber.put(subscriber.place, in_order(rows))
        return False


def in_order(rows: list[tuple[Any, int | None]]) -> list[Changed]:
    """The changes as they happened."""
    rows.sort(key=lambda row: (place_of(row[0]), row[1] or 0))
    return [Changed.of(change, student) for change, student in rows]


class Hub:
    """A `Feed` for all subscriptions of a process."""

    def __init__(self, url: str, database: Database, clock: Clock, kept: timedelta) -> None:
        self.url = url
        self.database = database
        self.clock = clock
        self.kept = kept
        self.schools: dict[int, OfSchool] = {}
        self.accounts: Counter[tuple[int, int]] = Counter()
        self.over: Exception | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to listen."""
        self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._forget())]

    async def close(self) -> None:
        """End every subscription: its client goes on with another process, from its cursor."""
        self.over = Refusal(RefusalCode.UNAVAILABLE, "Сервер перезапускается. Продолжите с последней отметки.")
        left = {*self._tasks, *(school.task for school in self.schools.values() if school.task)}
        while left:  # what waits for a connection may miss that it is cancelled, just as it gets one
            for task in left:
                task.cancel()
            _, left = await asyncio.wait(left, timeout=0.1)
        self._tasks = []
        for school in self.schools.values():
            for subscriber in list(school.subscribers.values()):
                subscriber.end(self.over)
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS_SECONDS):
                while any(school.subscribers for school in self.schools.values()):  # noqa: ASYNC110
                    await asyncio.sleep(LAST_WORDS_SECONDS / 20)
        await asyncio.sleep(LAST_WORDS_SECONDS / 20)

    async def follow(
        self, context: Context, opens: Callable[[Context], Awaitable[Topic]], after: str | None
    ) -> AsyncIterator[Changes]:
        """What changes behind a cursor, or from now on, in the viewer's sight, until the token ends or a right does."""
        topic = await opens(context)
        account = (context.viewer.school_id, context.viewer.account_id)
        if self.over:
            raise self.over
        if self.accounts[account] >= MOST_OF_ACCOUNT:
            message = f"Открыто уже {MOST_OF_ACCOUNT} подписок."
            raise Refusal(RefusalCode.TOO_MANY_SUBSCRIPTIONS, message)
        subscriber = Subscriber(context, opens, topic, context.viewer)
        school = self.schools.setdefault(account[0], OfSchool(self, account[0]))
        self.accounts[account] += 1
        OPEN.inc()
        try:
            await context.refresh()
            since = None if after is None else read_cursor(after, self.clock.real_now() - self.kept)
            begun = await school.begin(subscriber, since)
            while True:
                if not (begun or subscriber.waiting or subscriber.over):
                    begun = await school.begin(subscriber, subscriber.place)
                    continue
                heard = await subscriber.next(lambda: self._left(context))
                context.now, context.real_now = self.clock.now(), self.clock.real_now()
                context.viewer = subscriber.viewer
                await context.refresh()
                if heard is None:
                    await self._opens_still(context, subscriber)
                    continue
                place, changes = heard
                yield Changes(place.cursor(context.real_now), changes)
        finally:
            OPEN.dec()
            self.accounts[account] -= 1
            self.accounts += Counter()  # forgets those that have none
            school.subscribers.pop(subscriber.number, None)
            await context.refresh()

    async def _opens_still(self, context: Context, subscriber: Subscriber) -> None:
        """Open the topic anew with the rights that the viewer has now."""
        try:
            subscriber.topic = await subscriber.opens(context)
        except Refusal as refusal:
            raise rights_changed() from refusal
        finally:
            await context.refresh()

    def _left(self, context: Context) -> float | None:
        """For how many seconds the token still holds."""
        return None if context.ends_at is None else (context.ends_at - self.clock.real_now()).total_seconds()

    async def _listen(self) -> None:
        """Hear of changes, on a connection of its own, which is opened anew when it breaks."""
        while True:
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                connection = await asyncpg.connect(self.url, timeout=10)
                try:
                    await self._hear(connection)
                finally:
                    connection.terminate()
            log.warning("the connection that listens has broken")
            await asyncio.sleep(AGAIN_SECONDS)

    async def _hear(self, connection: Any) -> None:
        """Hear of changes until the connection breaks."""
        broken = asyncio.Event()
        connection.add_termination_listener(lambda _: broken.set())
        for channel in CHANNELS:
            await connection.add_listener(channel, self._heard)
        for school in self.schools.values():  # what happened meanwhile
            school.poke(access=True)
        await broken.wait()

    def _heard(self, _connection: Any, _pid: int, channel: str, payload: object) -> None:
        if school := self.schools.get(int(str(payload))):
            school.poke(access=channel == CHANNELS[1])

    async def _forget(self) -> None:
        """Remove what has been kept long enough: cursors that still hold never need it."""
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            async with self.database.pool.acquire() as connection:
                await forget_foreign(connection)
        while True:
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                async with self.database.pool.acquire() as connection:
                    await forget(connection, self.clock.real_now() - self.kept - timedelta(hours=1))
            await asyncio.sleep(FORGET_SECONDS)
