"""The access log of a school's journals (11.4)."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from resolvers import journal_access

from .base import After, Connection, First, argument, edge_with, optional_number, paged

if TYPE_CHECKING:
    from .journal_access import JournalAccess

_ACCESS = strawberry.lazy("schema.journal_access")


@strawberry.type
class AccessLog:
    """A part of `School`."""

    @edge_with(
        journal_access.school_access,
        returns=Connection[Annotated["JournalAccess", _ACCESS]],
        description="Кто, когда и какие журналы открывал, раньше открытые первыми (11.4).",
    )
    def journal_access(
        self,
        first: First,
        after: After = None,
        since: Annotated[date | None, argument("С какого дня.")] = None,
        until: Annotated[date | None, argument("По какой день.")] = None,
        class_id: Annotated[strawberry.ID | None, argument("Только этот класс.")] = None,
        subject_id: Annotated[strawberry.ID | None, argument("Только этот предмет.")] = None,
    ) -> dict[str, Any]:
        return {
            "since": since,
            "until": until,
            "class_id": optional_number("SchoolClass", class_id, "classId"),
            "subject_id": optional_number("Subject", subject_id, "subjectId"),
            **paged(first, after),
        }
