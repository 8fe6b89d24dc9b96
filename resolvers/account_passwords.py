"""Passwords: argon2id, off the event loop, with the same work for a login that does not exist."""

import asyncio
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

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
