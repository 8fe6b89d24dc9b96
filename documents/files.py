"""Files that people upload: what they are, told by their content, and a store that keeps each content once."""

import asyncio
import codecs
import hashlib
import os
import re
import struct
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import BinaryIO, Protocol

from rules.school_files import MediaType, Unfit

_CHUNK = 256 * 1024
DIGEST = re.compile(r"[0-9a-f]{64}")
_FORGOTTEN_AFTER = 24 * 3600
"""Seconds after which a file that never arrived is cleared away: its process is no more."""


class Missing(Exception):
    """The store does not have the content, or not all of it."""


class Incoming(Protocol):
    """A file on its way in. Nobody can read it until it is kept; it is gone when its block ends without that."""

    @property
    def size(self) -> int:
        """How many bytes have arrived."""
        ...

    @property
    def digest(self) -> str:
        """SHA-256 of what has arrived, in hex."""
        ...

    async def write(self, chunk: bytes) -> None:
        """Take the next bytes."""
        ...

    async def recognise(self) -> MediaType | Unfit:
        """What the content is, or why it is not taken."""
        ...

    async def keep(self) -> None:
        """Put it into the store under its digest, for good."""
        ...


class FileStore(Protocol):
    """Where the bytes lie, each content once, under its digest."""

    def receive(self) -> AbstractAsyncContextManager[Incoming]:
        """Begin to take a file."""
        ...

    def open(self, digest: str, size: int) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """The content, piece by piece. Raises `Missing` at once if it is not there with all its `size` bytes."""
        ...

    async def remove(self, digest: str) -> None:
        """Let a content go; nothing happens if it is not there."""
        ...


class FolderStore:
    """A store in a folder: `ab/cd/abcd…`, and `incoming/` for what is on its way: a rename brings it in whole."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @asynccontextmanager
    async def receive(self) -> AsyncIterator[Incoming]:
        """Begin to take a file."""
        incoming = await asyncio.to_thread(self._begin)
        try:
            yield incoming
        finally:
            incoming.clear()

    @asynccontextmanager
    async def open(self, digest: str, size: int) -> AsyncIterator[AsyncIterator[bytes]]:
        """The content, piece by piece; the file stays open while the block lasts."""
        file = await asyncio.to_thread(self._open, digest, size)
        try:
            yield _pieces(file)
        finally:
            file.close()

    async def remove(self, digest: str) -> None:
        """Let a content go; nothing happens if it is not there."""
        await asyncio.to_thread(self.path(digest).unlink, missing_ok=True)

    def path(self, digest: str) -> Path:
        """Where a content lies. Nothing but a digest makes a path."""
        if not DIGEST.fullmatch(digest):
            raise ValueError("not a digest")
        return self.root / digest[:2] / digest[2:4] / digest

    def _begin(self) -> "_IncomingFile":
        folder = self.root / "incoming"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in folder.iterdir():
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < time.time() - _FORGOTTEN_AFTER:
                    path.unlink()
        return _IncomingFile(self, folder)

    def _open(self, digest: str, size: int) -> BinaryIO:
        try:
            file = self.path(digest).open("rb")
        except FileNotFoundError as error:
            raise Missing(digest) from error
        if os.fstat(file.fileno()).st_size != size:
            file.close()
            raise Missing(digest)
        return file


async def _pieces(file: BinaryIO) -> AsyncIterator[bytes]:
    while piece := await asyncio.to_thread(file.read, _CHUNK):
        yield piece


class Spooled:
    """What has arrived so far, in a file of this machine, with its digest."""

    def __init__(self, folder: Path | None = None) -> None:
        descriptor, name = tempfile.mkstemp(dir=folder)
        self.path = Path(name)
        self.file = os.fdopen(descriptor, "w+b")
        self._hash = hashlib.sha256()
        self.size = 0

    @property
    def digest(self) -> str:
        """SHA-256 of what has arrived, in hex."""
        return self._hash.hexdigest()

    async def write(self, chunk: bytes) -> None:
        """Take the next bytes."""
        await asyncio.to_thread(self._write, chunk)

    def _write(self, chunk: bytes) -> None:
        self.file.write(chunk)
        self._hash.update(chunk)
        self.size += len(chunk)

    async def recognise(self) -> MediaType | Unfit:
        """What the content is, or why it is not taken."""
        return await asyncio.to_thread(recognise, self.file)

    def clear(self) -> None:
        """Close it, and forget it if it was not kept."""
        self.file.close()
        self.path.unlink(missing_ok=True)


class _IncomingFile(Spooled):
    """A file under `incoming/`."""

    def __init__(self, store: FolderStore, folder: Path) -> None:
        super().__init__(folder)
        self._store = store

    async def keep(self) -> None:
        """Put it into the store under its digest, for good."""
        await asyncio.to_thread(self._keep)

    def _keep(self) -> None:
        self.file.flush()
        os.fsync(self.file.fileno())
        path = self._store.path(self.digest)
        if path.exists():
            return
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path.rename(path)
        for folder in path.parents[:3]:
            _sync(folder)


def _sync(folder: Path) -> None:
    """Let the names in a folder outlive a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# What a file is.

_HEAD = 64
_MARKS: dict[bytes, MediaType] = {
    b"%PDF-": MediaType.PDF,
    b"\x89PNG\r\n\x1a\n": MediaType.PNG,
    b"\xff\xd8\xff": MediaType.JPEG,
    b"GIF87a": MediaType.GIF,
    b"GIF89a": MediaType.GIF,
    b"ID3": MediaType.MP3,
}
_MP4_BRANDS = frozenset(
    {b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"dash", b"M4V ", b"MSNV"}
)
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_NOT_TEXT = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")


def recognise(file: BinaryIO) -> MediaType | Unfit:
    """What the file is by its content, or why it is not taken. Nothing is unpacked: an archive is only listed."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(_HEAD)
    if not head:
        return Unfit.EMPTY
    if head.startswith(_ZIP):
        return _recognise_package(file, size, head)
    if head.startswith(_OLE):
        return Unfit.OLD_OFFICE
    for mark, media_type in _MARKS.items():
        if head.startswith(mark):
            return media_type
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return MediaType.WEBP
    if head[4:8] == b"ftyp" and head[8:12] in _MP4_BRANDS:
        return MediaType.MP4
    # A frame of MPEG layer III that starts the file: audio without a tag.
    if head[0] == 0xFF and head[1:2] in (b"\xfb", b"\xfa", b"\xf3", b"\xf2") and head[2:3] < b"\xf0":
        return MediaType.MP3
    if _is_text(file):
        return MediaType.TEXT
    return MediaType.CSV if _is_russian_table(file) else Unfit.UNKNOWN


def _is_text(file: BinaryIO) -> bool:
    """UTF-8 without control characters, from the first byte to the last."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    file.seek(0)
    try:
        while chunk := file.read(_CHUNK):
            if _NOT_TEXT.search(chunk):
                return False
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


_LONGEST_LINE = 64 * 1024
_RUSSIAN = bytes([*b"\t\n\r", *range(0x20, 0x7F), *"Ёё№«»–—…“”„‘’•§°·\u00a0".encode("cp1251"), *range(0xC0, 0x100)])
"""What a Russian types, in Windows-1251."""


def _is_russian_table(file: BinaryIO) -> bool:
    """Windows-1251, with a first line of several cells and nothing that a Russian does not type, to the last byte."""
    file.seek(0)
    first = file.readline(_LONGEST_LINE)
    if b";" not in first and b"," not in first:
        return False
    file.seek(0)
    return not any(chunk.translate(None, _RUSSIAN) for chunk in iter(partial(file.read, _CHUNK), b""))


_OPEN_DOCUMENT = re.compile(rb"(application/vnd\.oasis\.opendocument\.(?:text|spreadsheet|presentation))PK")
_PARTS = {
    re.compile(rb"word/document\d*\.xml"): MediaType.DOCX,
    re.compile(rb"xl/workbook\d*\.xml"): MediaType.XLSX,
    re.compile(rb"ppt/presentation\d*\.xml"): MediaType.PPTX,
}
_END_OF_LIST = struct.Struct("<4s4H2LH")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_LONGEST_COMMENT = 65_535
_LONGEST_LIST = 1024 * 1024
"""A list of 20,000 parts: no document has so many, and no more than this is ever read of an archive."""


def _recognise_package(file: BinaryIO, size: int, head: bytes) -> MediaType | Unfit:
    """A document of Office or of OpenDocument by the names of its parts, or by the name it states first."""
    try:
        names = frozenset(_listed(file, size))
    except (ValueError, struct.error):
        return Unfit.DAMAGED
    if any(name.lower().endswith(b"vbaproject.bin") for name in names):
        return Unfit.MACROS
    if b"content.xml" in names:
        return _stated(file, head)
    found = {kind for part, kind in _PARTS.items() for name in names if part.fullmatch(name)}
    return found.pop() if len(found) == 1 and b"[Content_Types].xml" in names else Unfit.UNKNOWN


def _stated(file: BinaryIO, head: bytes) -> MediaType | Unfit:
    """What an OpenDocument says it is: its first part, `mimetype`, which is never packed; the next part follows."""
    method, name, extra = struct.unpack_from("<8xH16xHH", head)
    file.seek(30 + name + extra)
    found = _OPEN_DOCUMENT.match(file.read(100))
    return MediaType(found[1].decode()) if found and not method and head[30:38] == b"mimetype" else Unfit.UNKNOWN


def _listed(file: BinaryIO, size: int) -> Iterator[bytes]:
    """The names in an archive's list, which stands at its end. `zipfile` would build a list of any length first."""
    file.seek(max(0, size - _LONGEST_COMMENT - _END_OF_LIST.size))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0:
        raise ValueError("no list")
    _, _, _, _, count, length, start, comment = _END_OF_LIST.unpack_from(tail, at)
    end = size - len(tail) + at
    if at + _END_OF_LIST.size + comment != len(tail) or start + length != end or length > _LONGEST_LIST:
        raise ValueError("a list that is out of place or too long")
    file.seek(start)
    listed, at = file.read(length), 0
    for _ in range(count):
        signature, *_, name, extra, comment, _, _, _, _ = _ENTRY.unpack_from(listed, at)
        if signature != b"PK\x01\x02":
            raise ValueError("no entry where one should be")
        at += _ENTRY.size
        yield listed[at : at + name]
        at += name + extra + comment
    if at != length:
        raise ValueError("more in the list than is said")
