"""The same store in a bucket of an S3-compatible service: each content once, under its digest, whole or not at all."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import obstore
from obstore.exceptions import NotFoundError
from obstore.store import S3Store

from .files import DIGEST, Incoming, Missing, Spooled

_CHUNK = 256 * 1024
_PART = 5 * 1024 * 1024
"""Larger files travel in parts of this size. Nobody can read any of them until the last has arrived."""


class BucketStore:
    """A store in a bucket: `ab/cd/abcd…`, as in a folder. What is on its way waits on this machine."""

    def __init__(self, bucket: S3Store) -> None:
        self.bucket = bucket

    @asynccontextmanager
    async def receive(self) -> AsyncIterator[Incoming]:
        """Begin to take a file."""
        incoming = await asyncio.to_thread(_IncomingObject, self)
        try:
            yield incoming
        finally:
            incoming.clear()

    @asynccontextmanager
    async def open(self, digest: str, size: int) -> AsyncIterator[AsyncIterator[bytes]]:
        """The content, piece by piece, as the service sends it."""
        try:
            found = await obstore.get_async(self.bucket, self.key(digest))
        except (NotFoundError, FileNotFoundError) as error:
            raise Missing(digest) from error
        if found.meta["size"] != size:
            raise Missing(digest)
        yield _pieces(found)

    async def remove(self, digest: str) -> None:
        """Let a content go; nothing happens if it is not there."""
        with suppress(NotFoundError, FileNotFoundError):
            await obstore.delete_async(self.bucket, self.key(digest))

    def key(self, digest: str) -> str:
        """Under what a content lies. Nothing but a digest makes a key."""
        if not DIGEST.fullmatch(digest):
            raise ValueError("not a digest")
        return f"{digest[:2]}/{digest[2:4]}/{digest}"


async def _pieces(found: "obstore.GetResult") -> AsyncIterator[bytes]:
    async for piece in found.stream(min_chunk_size=_CHUNK):
        yield bytes(piece)


class _IncomingObject(Spooled):
    """A file on its way to the bucket."""

    def __init__(self, store: BucketStore) -> None:
        super().__init__()
        self._store = store

    async def keep(self) -> None:
        """Put it into the bucket under its digest, for good."""
        key = self._store.key(self.digest)
        try:
            await obstore.head_async(self._store.bucket, key)
        except (NotFoundError, FileNotFoundError):
            await asyncio.to_thread(self.file.flush)
            await obstore.put_async(self._store.bucket, key, self.path, chunk_size=_PART)
