"""The viewer: who asks, with which roles, and what each role reaches."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, BindParameter, Date, DateTime, Text, bindparam

from rules.account import Role

PREFIX = "viewer_"
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """A signed-in account, or nobody (`ANONYMOUS`).

    Loaded in one statement, at the request's moment `now`. `roles` are those held on `today`, the school's own date,
    and none while a one-time password waits to be changed; what each role reaches stands in the tuples beneath. A scope
    turns them into SQL role by role, so a right of one role never applies to a row that only another role reaches.
    """

    school_id: int = 0
    account_id: int = 0
    session_id: int = 0
    person_id: int | None = None
    name: str | None = None
    time_zone: str = "UTC"
    now: datetime = NEVER
    today: date = date.min
    must_change_password: bool = False
    roles: frozenset[Role] = frozenset()
    staff_id: int | None = None
    student_id: int | None = None
    guardian_id: int | None = None
    own_classes: tuple[int, ...] = field(default=(), repr=False)
    own_groups: tuple[int, ...] = field(default=(), repr=False)
    children: tuple[int, ...] = field(default=(), repr=False)
    child_classes: tuple[int, ...] = field(default=(), repr=False)
    child_groups: tuple[int, ...] = field(default=(), repr=False)
    led_classes: tuple[int, ...] = field(default=(), repr=False)
    taught_groups: tuple[int, ...] = field(default=(), repr=False)
    taught_subjects: tuple[int, ...] = field(default=(), repr=False)
    grants: tuple[str, ...] = field(default=(), repr=False)

    def only(self, roles: Collection[Role]) -> "Viewer":
        """The same viewer with no more than `roles`: what an edge whose gate admits only these may reach."""
        kept = self.roles.intersection(roles)
        return self if kept == self.roles else replace(self, roles=kept)

    @property
    def signed_in(self) -> bool:
        """Whether anybody is there."""
        return bool(self.account_id)

    def parameters(self) -> dict[str, Any]:
        """What the statements of scopes stand on, by the names that `reach` binds."""
        return {PREFIX + name: getattr(self, name) for name in REACH_TYPES}


ANONYMOUS = Viewer()
"""Nobody: no roles, and no scope gives a row."""

_IDS = ARRAY(BigInteger)
REACH_TYPES: dict[str, Any] = {
    "school_id": BigInteger,
    "account_id": BigInteger,
    "now": DateTime(timezone=True),
    "today": Date,
    "staff_id": BigInteger,
    "student_id": BigInteger,
    "guardian_id": BigInteger,
    "own_classes": _IDS,
    "own_groups": _IDS,
    "children": _IDS,
    "child_classes": _IDS,
    "child_groups": _IDS,
    "led_classes": _IDS,
    "taught_groups": _IDS,
    "taught_subjects": _IDS,
    "grants": ARRAY(Text),
}


class _Reach:
    """The viewer's reach as bound parameters: `reach.children` in a scope is the viewer's children when it runs."""

    def __getattr__(self, name: str) -> BindParameter[Any]:
        return bindparam(PREFIX + name, type_=REACH_TYPES[name])


reach: Any = _Reach()
