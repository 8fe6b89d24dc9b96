"""Gates: which roles a field is for. A gate looks at the viewer only: no SQL, no row, no waiting."""

from collections.abc import Collection
from functools import cache
from typing import Any, ClassVar

from graphql import GraphQLError
from strawberry.permission import BasePermission
from strawberry.types import Info

from rules.account import Role
from rules.refusals import RefusalCode

EVERYONE = frozenset(Role)
"""Whoever is signed in, in whatever role."""

NAMES = EVERYONE - {Role.ANALYST}
"""May read the name, the contacts and the exact birth date on a row they see. Analysts see rows without them (4.1)."""


class Gate(BasePermission):
    """A permission class that admits `roles`. `public` ones admit those who are not signed in as well."""

    roles: ClassVar[frozenset[Role]]
    public: ClassVar[bool]
    message = "Нет прав на это поле."
    error_extensions = {"code": RefusalCode.FORBIDDEN.value}  # noqa: RUF012
    error_class = GraphQLError

    @classmethod
    def admits(cls, roles: Collection[Role]) -> bool:
        """Whether a viewer who holds `roles` may ask for the field."""
        return cls.public or not cls.roles.isdisjoint(roles)

    def has_permission(self, source: Any, info: Info[Any, Any], **kwargs: Any) -> bool:
        """The gate at run time, for schemas that were not made for the viewer's own roles."""
        return self.admits(info.context.viewer.roles)


@cache
def _gate(roles: frozenset[Role], public: bool) -> type[Gate]:
    name = "".join(sorted(role.name.title() for role in roles)) if roles != EVERYONE else "SignedIn"
    return type("Open" if public else name, (Gate,), {"roles": roles, "public": public})


def gate(*roles: Role | frozenset[Role]) -> type[Gate]:
    """The gate that admits these roles, given one by one or as sets."""
    together: set[Role] = set()
    for each in roles:
        together |= {each} if isinstance(each, Role) else each
    return _gate(frozenset(together), public=False)


OPEN = _gate(EVERYONE, public=True)
"""For everybody, signed in or not: a field that has it says so."""

SIGNED_IN = gate(EVERYONE)
