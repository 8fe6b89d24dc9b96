"""The journals of a school that the director has certified (2.1, 8.2)."""

from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from resolvers import journal_certificates

from .base import After, Connection, First, edge_with, paged

if TYPE_CHECKING:
    from .journal_certificates import Certificate


@strawberry.type
class CertifiedJournals:
    """A part of `School`."""

    @edge_with(
        journal_certificates.school_certificates,
        returns=Connection[Annotated["Certificate", strawberry.lazy("schema.journal_certificates")]],
        description="Заверенные журналы, по номерам (2.1, 8.2).",
    )
    def certificates(self, first: First, after: After = None) -> dict[str, Any]:
        return paged(first, after)
