"""Reads of a diary's feed: what is new since a cursor, in an order in which nothing is ever put in between."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, any_, func, select

from models.journal_changes import Change
from models.school import School
from permissions.journal_feed import feed, visible_feed
from permissions.school import visible_schools
from permissions.scopes import of_school
from rules.account import Role
from rules.journal_feed import feed_expired

from .context import Context
from .edges import Edge, seek
from .edges_kinds import keys_param, to_page

student_feed = to_page(
    visible_feed,
    feed.student_id,
    of="id",
    order={"transaction": feed.transaction, "id": feed.id, "told_at": feed.told_at},
)
"""In the order of transactions. The moment follows from the two before it: it tells how old a cursor is."""


def _oldest(roles: frozenset[Role], given: frozenset[str]) -> Select[Any]:
    first = select(func.min(Change.told_at)).where(of_school(Change)).scalar_subquery()
    schools: Any = visible_schools.for_roles(roles).with_only_columns(School.id.label("_key0"), first.label("told_at"))
    found: Select[Any] = schools.where(School.id == any_(keys_param(0)))
    return found


oldest_change = Edge(visible_schools, ("id",), _oldest)
"""When the first of the school's changes was told that are still kept."""


async def check_feed_cursor(context: Context, after: str | None) -> None:
    """Refuse a cursor behind which changes may have been removed."""
    if after is not None:
        moment: datetime = seek(student_feed.order, after)["after2"]
        kept = (await context.load_key(oldest_change(), (context.viewer.school_id,))).told_at
        if kept is None or moment < kept:
            raise feed_expired()
