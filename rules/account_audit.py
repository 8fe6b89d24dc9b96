"""The chain of the audit trail: what a link is made of, and what is wrong with a chain (11.4-11.7)."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

BEGINNING = bytes(32)
"""What the first link stands on."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the audit trail, whole: `input` is the text of its JSON as PostgreSQL writes it."""

    school_id: int
    id: int
    account_id: int | None
    at: datetime
    command: str
    outcome: str
    input: str

    def link(self, before: bytes) -> bytes:
        """The digest of the entry and of the link before it."""
        told = [self.school_id, self.id, self.account_id, self.at.astimezone(UTC).isoformat(), self.command]
        text = json.dumps([*told, self.outcome, self.input], ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(before + text.encode()).digest()


@dataclass(frozen=True, slots=True)
class Seal:
    """A link of the chain as it is kept."""

    position: int
    entry_id: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """How far a chain goes: to be kept outside, where whoever has the database in hand cannot reach it."""

    position: int
    digest: bytes

    def __str__(self) -> str:
        return f"{self.position}:{self.digest.hex()}"

    @classmethod
    def read(cls, text: str) -> "Head":
        """The head that a text stands for; ValueError for what is none."""
        position, _, digest = text.strip().partition(":")
        head = cls(int(position), bytes.fromhex(digest))
        if head.position < 0 or len(head.digest) != len(BEGINNING):
            raise ValueError(text)
        return head


NOTHING = Head(0, BEGINNING)
"""The head of a chain without links."""


def links(entries: Iterable[Entry], head: Head) -> Iterator[Seal]:
    """The links that follow a head, one for each entry."""
    position, digest = head.position, head.digest
    for entry in entries:
        position, digest = position + 1, entry.link(digest)
        yield Seal(position, entry.id, digest)


class Examination:
    """Walks a chain link by link beside the entries, both in order, and tells what is wrong.

    `expected`: a head that was kept. An entry after the last link waits to be sealed (`waiting`); one before it that
    has no link was put in.
    """

    def __init__(self, expected: Head | None = None) -> None:
        self.expected = expected
        self.head = NOTHING
        self.last = 0
        self.wrong: list[str] = []
        self.waiting = 0

    def take(self, seal: Seal, entry: Entry | None) -> None:
        """The next link with its entry; None where that is not there."""
        if seal.position != self.head.position + 1:
            self._say(seal.position, f"нет звеньев {self.head.position + 1}-{seal.position - 1}")
        if seal.entry_id <= self.last:
            self._say(seal.position, f"запись {seal.entry_id} стоит не на своём месте")
        if entry is None:
            self._say(seal.position, f"нет записи {seal.entry_id}")
        elif entry.link(self.head.digest) != seal.digest:
            self._say(seal.position, f"запись {seal.entry_id} не та, что была опечатана, или цепь изменена перед ней")
        self.last = max(self.last, seal.entry_id)
        self.head = Head(seal.position, seal.digest)
        if self.expected and self.expected.position == seal.position and self.expected.digest != seal.digest:
            self._say(seal.position, "звено не то, что было сохранено снаружи: цепь переписана")

    def unsealed(self, entry_id: int) -> None:
        """An entry without a link, once all links have been taken."""
        if entry_id > self.last:
            self.waiting += 1
        else:
            self.wrong.append(f"запись {entry_id} вставлена: за ней уже опечатаны другие")

    def end(self) -> None:
        """That was all."""
        if self.expected and self.expected.position > self.head.position:
            self.wrong.append(
                f"цепь кончается на звене {self.head.position}, а доходила до {self.expected.position}: конец пропал"
            )

    def _say(self, position: int, what: str) -> None:
        self.wrong.append(f"звено {position}: {what}")
