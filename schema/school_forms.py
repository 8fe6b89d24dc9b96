"""The federal forms of a school, and by when they are due (3.3, 10.3)."""

from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from resolvers import report_forms

from .base import After, Connection, First, argument, edge, edge_with, optional_number, paged
from .enums_forms import FormState

if TYPE_CHECKING:
    from .report_forms import FederalForm, FormDate

_FORMS = strawberry.lazy("schema.report_forms")


@strawberry.type
class Forms:
    """A part of `School`."""

    form_dates: list[Annotated["FormDate", _FORMS]] = edge(
        report_forms.school_form_dates, description="Сроки федеральных форм, согласованные с органом управления (10.3)."
    )

    @edge_with(
        report_forms.school_forms,
        returns=Connection[Annotated["FederalForm", _FORMS]],
        description="Федеральные формы по дням, на которые они составлены (3.3).",
    )
    def federal_forms(
        self,
        first: First,
        after: After = None,
        code: Annotated[str | None, argument("Только этой формы.")] = None,
        state: Annotated[FormState | None, argument("Только открытые или только закрытые.")] = None,
        year_id: Annotated[strawberry.ID | None, argument("Только этого учебного года.")] = None,
    ) -> dict[str, Any]:
        year = optional_number("AcademicYear", year_id, "yearId")
        return {"code": code, "state": state and state.value, "year_id": year, **paged(first, after)}
