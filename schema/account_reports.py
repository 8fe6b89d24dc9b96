"""One's own sets of reports."""

from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from resolvers import report_sets

from .base import After, Connection, First, edge_with, paged

if TYPE_CHECKING:
    from .report_sets import ReportSet


@strawberry.type
class OwnReports:
    """A part of `Me`."""

    @edge_with(
        report_sets.viewer_report_sets,
        returns=Connection[Annotated["ReportSet", strawberry.lazy("schema.report_sets")]],
        description="Мои комплекты отчётов, в порядке заказа.",
    )
    def report_sets(self, first: First, after: After = None) -> dict[str, Any]:
        return paged(first, after)
