"""Who may see accounts and sessions."""

from sqlalchemy import Select, func, select

from models.account import Session
from rules.account import PERSONAL, Role

from .scopes import Scope, columns, of_school
from .viewer import Viewer, reach

visible_sessions = Scope(
    "Session",
    lambda: select(*columns(Session)).where(
        of_school(Session), Session.ended_at.is_(None), Session.expires_at > func.now()
    ),
    {PERSONAL | {Role.ANALYST, Role.SERVICE}: Session.account_id == reach.account_id},
)
"""One's own sessions, and nobody else's."""


def sessions_to_end(viewer: Viewer) -> Select[tuple[Session]]:
    """Which sessions the viewer may end: their own."""
    return visible_sessions(viewer)
