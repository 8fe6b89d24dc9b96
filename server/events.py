"""GraphQL over server-sent events, by the protocol's "distinct connections": a request, and its answers as a stream.

An operation's answers are events `next`; `complete` ends them. A comment now and then tells proxies that it goes on.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from typing import Any

import orjson
from starlette.types import Receive, Scope, Send

STREAM_TYPE = "text/event-stream"
HEARTBEAT_SECONDS = 15.0
STALLED_SECONDS = 30.0
"""A client that reads nothing for so long is gone, or as good as that."""

HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # nginx would collect the events
]


class Events:
    """An ASGI application: the answers of a request as events. `end` is called when nobody listens any more."""

    def __init__(self, answers: AsyncGenerator[dict[str, Any], None], end: Callable[[], Awaitable[None]]) -> None:
        self.answers = answers
        self.end = end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until there are no more, or the client goes away, or reads no more."""
        sending = asyncio.create_task(self._send(send))
        leaving = asyncio.create_task(_left(receive))
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sending, leaving):
                task.cancel()
            for task in (sending, leaving):
                with suppress(asyncio.CancelledError, Exception):
                    await task
            await self.end()

    async def _send(self, send: Send) -> None:
        turn = asyncio.Lock()

        async def write(text: bytes, more: bool = True) -> None:
            async with turn, asyncio.timeout(STALLED_SECONDS):
                await send({"type": "http.response.body", "body": text, "more_body": more})

        async def beat() -> None:
            while True:
                await asyncio.sleep(HEARTBEAT_SECONDS)
                await write(b":\n\n")

        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await write(b":\n\n")
        beating = asyncio.create_task(beat())
        try:
            async with aclosing(self.answers) as answers:
                async for answer in answers:
                    await write(b"event: next\ndata: " + orjson.dumps(answer) + b"\n\n")
            await write(b"event: complete\ndata:\n\n", more=False)
        finally:
            beating.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await beating


async def _left(receive: Receive) -> None:
    """Wait until the client has gone away."""
    while (await receive())["type"] != "http.disconnect":
        pass
