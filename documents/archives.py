"""A ZIP that is written piece by piece: what is in it already need not be held."""

import zipfile
from datetime import datetime
from io import RawIOBase
from typing import Any


class _Pieces(RawIOBase):
    """Takes what the archive writes, until it is fetched. It cannot go back, so the archive does not ask it to."""

    def __init__(self) -> None:
        self.held = bytearray()

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, piece: Any) -> int:
        """Take the next bytes."""
        self.held += piece
        return len(piece)


class Archive:
    """A ZIP with names in UTF-8. Each call gives the bytes that come next. Two files never share a name.

    at: when what is in it was made, by the school's clock, which has no zone here.
    """

    def __init__(self, at: datetime) -> None:
        self._pieces = _Pieces()
        self._zip = zipfile.ZipFile(self._pieces, "w", zipfile.ZIP_DEFLATED)
        self._at = (at.year, at.month, at.day, at.hour, at.minute, at.second)
        self._names: set[str] = set()

    def free(self, folder: str, file_name: str) -> str:
        """The path of the next file: of a name that is taken, the second, the third."""
        name, _, ending = file_name.rpartition(".")
        number = 1
        while True:
            more = f" ({number})" if number > 1 else ""
            path = "/".join(filter(None, (folder, f"{name}{more}.{ending}")))
            if path.casefold() not in self._names:
                self._names.add(path.casefold())
                return path
            number += 1

    def add(self, path: str, content: bytes) -> bytes:
        """Put a file in."""
        entry = zipfile.ZipInfo(path, self._at)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = 0o644 << 16
        self._zip.writestr(entry, content)
        return self._fetched()

    def end(self) -> bytes:
        """Write the list of what is in it."""
        self._zip.close()
        return self._fetched()

    def _fetched(self) -> bytes:
        held = bytes(self._pieces.held)
        self._pieces.held.clear()
        return held
