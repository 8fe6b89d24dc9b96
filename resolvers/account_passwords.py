"""Passwords: argon2id, off the event loop, with the same work for a login that does not exist; and made-up ones."""

import asyncio
import secrets
from collections.abc import Iterable
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""What made-up passwords consist of: nothing that is mistaken for another when it is read from paper."""

_hasher = PasswordHasher()
_at_once = asyncio.Semaphore(4)  # each takes 64 MiB: a flood of log-ins must queue, not fill the memory


def hash_password(password: str) -> str:
    """The argon2id hash to store."""
    return _hasher.hash(password)


@cache
def _nobody() -> str:
    return _hasher.hash("nobody has this password")


def _verify(stored: str | None, password: str) -> bool:
    try:
        return _hasher.verify(stored or _nobody(), password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


async def verify_password(stored: str | None, password: str) -> bool:
    """Whether `password` is the one behind `stored`. Takes as long when there is no such account (`stored` is None)."""
    async with _at_once:
        return await asyncio.to_thread(_verify, stored, password)


async def hash_password_aside(password: str) -> str:
    """The hash, made without holding up the event loop."""
    async with _at_once:
        return await asyncio.to_thread(hash_password, password)


async def hash_passwords(passwords: Iterable[str]) -> list[str]:
    """Hashes of many, one at a time: whoever signs in meanwhile waits for one of them at most, not for all."""
    return [await hash_password_aside(password) for password in passwords]


def made_up_password() -> str:
    """A password nobody can guess (59 bits), in three parts that are easy to copy."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))
