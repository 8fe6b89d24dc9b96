"""The load: a process of its own that keeps some connections busy with one request, as cheaply as it can.

Reads orders as lines of JSON and answers each with a line of JSON. An answer that is not 200, or is not as long as it
should be, ends the slice with an error.
"""

import asyncio
import sys
from time import perf_counter
from typing import Any

import orjson
import uvloop


class Slice:
    """One slice of load: until when, and what has been measured."""

    def __init__(self, order: dict[str, Any]) -> None:
        body = order["body"].encode()
        head = (
            f"POST {order['path']} HTTP/1.1\r\nHost: 127.0.0.1:{order['port']}\r\n"
            f"Authorization: Bearer {order['token']}\r\nContent-Type: application/json\r\n"
            f"Accept: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self.request = head.encode() + body
        self.length: int | None = order.get("length")
        self.left = order["at_once"]
        self.latencies: list[float] = []
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.start = perf_counter()
        self.end = self.start + order["seconds"]
        self.last = self.start

    def fail(self, reason: str) -> None:
        """End with an error."""
        if not self.done.done():
            self.done.set_exception(RuntimeError(reason))


class Connection(asyncio.Protocol):
    """A keep-alive connection that asks again as soon as it is answered."""

    def __init__(self, part: Slice) -> None:
        self.part = part
        self.head = b""
        self.left = -1  # bytes of the body still to come; -1: in the head; -2: chunked
        self.length = 0
        self.sent = 0.0

    def connection_made(self, transport: Any) -> None:
        """Ask."""
        self.transport = transport
        self.ask()

    def ask(self) -> None:
        """Send the request."""
        self.head, self.left = b"", -1
        self.sent = perf_counter()
        self.transport.write(self.part.request)

    def data_received(self, data: bytes) -> None:
        """Count the answer's bytes; most of the time that is all."""
        if self.left >= 0:
            self.left -= len(data)
        elif self.left == -2:
            self.head += data
            self.chunks()
        else:
            self.head += data
            end = self.head.find(b"\r\n\r\n")
            if end < 0:
                return
            self.begin(self.head[:end], self.head[end + 4 :])
        if self.left == 0:
            self.answered()

    def begin(self, head: bytes, rest: bytes) -> None:
        """Read status and length."""
        status, *lines = head.split(b"\r\n")
        if status.split(b" ", 2)[1] != b"200":
            self.part.fail(f"{status.decode()}: {rest[:500].decode(errors='replace')}")
            self.transport.close()
            return
        headers = dict(line.lower().split(b":", 1) for line in lines)
        if b"content-length" in headers:
            self.length = int(headers[b"content-length"])
            self.left = self.length - len(rest)
        else:
            self.left, self.head = -2, rest
            self.chunks()

    def chunks(self) -> None:
        """A chunked body, read as a whole once its last chunk is there."""
        if not self.head.endswith(b"0\r\n\r\n"):
            return
        at, length = 0, 0
        while True:
            end = self.head.find(b"\r\n", at)
            if end < 0:
                return
            size = int(self.head[at:end].split(b";")[0], 16)
            if size == 0:
                break
            at = end + 2 + size + 2
            length += size
            if at > len(self.head):
                return
        self.length, self.left = length, 0

    def answered(self) -> None:
        """Write down how long it took, and ask again while there is time."""
        part, now = self.part, perf_counter()
        if part.length is None:
            part.length = self.length
        if self.length != part.length:
            part.fail(f"an answer of {self.length} bytes among those of {part.length}")
            self.transport.close()
            return
        part.latencies.append(now - self.sent)
        part.last = now
        if now < part.end and not part.done.done():
            self.ask()
            return
        self.transport.close()
        part.left -= 1
        if part.left == 0 and not part.done.done():
            part.done.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Closed by us when the slice is over; otherwise a failure."""
        if perf_counter() < self.part.end:
            self.part.fail(f"connection lost: {exc}")


async def run(order: dict[str, Any]) -> dict[str, Any]:
    """One slice."""
    part, loop = Slice(order), asyncio.get_running_loop()
    for _ in range(order["at_once"]):
        await loop.create_connection(lambda: Connection(part), "127.0.0.1", order["port"])
    await asyncio.wait_for(part.done, order["seconds"] + 600)
    return {"seconds": part.last - part.start, "latencies": part.latencies}


def main() -> None:
    """Take orders until there are no more."""
    for line in sys.stdin.buffer:
        try:
            answer = uvloop.run(run(orjson.loads(line)))
        except (RuntimeError, OSError, TimeoutError) as error:
            answer = {"error": str(error) or type(error).__name__}
        sys.stdout.buffer.write(orjson.dumps(answer) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
