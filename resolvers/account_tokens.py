"""Tokens: a short access token for requests and a rotating refresh token, both signed, neither stored."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

ALGORITHM = "HS256"


@dataclass(frozen=True)
class Claims:
    """What a token says: the school, the session, for a refresh token its generation, and how long the token holds."""

    school_id: int
    session_id: int
    generation: int = 0
    ends_at: datetime | None = None


@dataclass(frozen=True)
class Issued:
    """A pair of tokens, with the moments at which they end."""

    access_token: str
    access_expires_at: datetime
    refresh_token: str
    refresh_expires_at: datetime


class Tokens:
    """Signs and reads tokens. Their time is real time, whatever the school's clock says."""

    def __init__(self, key: str, access_life: timedelta, session_life: timedelta) -> None:
        self._key = key
        self.access_life = access_life
        self.session_life = session_life

    def issue(self, claims: Claims, now: datetime) -> Issued:
        """A fresh pair for the session at its generation."""
        access_ends, refresh_ends = now + self.access_life, now + self.session_life
        subject = {"sch": claims.school_id, "ses": claims.session_id}
        return Issued(
            self._sign({**subject, "typ": "access", "exp": access_ends}),
            access_ends,
            self._sign({**subject, "typ": "refresh", "gen": claims.generation, "exp": refresh_ends}),
            refresh_ends,
        )

    def read(self, token: str, kind: str) -> Claims | None:
        """What a token of this kind says, or None if it is not ours, of another kind, or over."""
        try:
            claims = jwt.decode(token, self._key, algorithms=[ALGORITHM], options={"require": ["exp"]})
            if claims["typ"] != kind:
                return None
            ends_at = datetime.fromtimestamp(int(claims["exp"]), UTC)
            return Claims(int(claims["sch"]), int(claims["ses"]), int(claims.get("gen", 0)), ends_at)
        except (jwt.PyJWTError, KeyError, ValueError, TypeError, OverflowError):
            return None

    def digest(self, text: str) -> str:
        """A keyed digest, for comparing network addresses without keeping them."""
        return hmac.new(self._key.encode(), text.encode(), hashlib.sha256).hexdigest()[:32]

    def _sign(self, claims: dict[str, Any]) -> str:
        return jwt.encode(claims, self._key, algorithm=ALGORITHM)
