"""Who may see federal forms, and who fills and closes them (3.3–3.5, 10.3)."""

from typing import Any

from sqlalchemy import BigInteger, Select, Text, and_, bindparam, cast, select, union_all
from sqlalchemy.dialects.postgresql import TIMESTAMP

from models.account import History
from models.curriculum import AcademicYear
from models.report_forms import FederalForm, FormClosing, FormDate
from rules.account import Role
from rules.report import FORM_READERS
from rules.report_forms_measures import Family

from .school import STAFF_KEPT
from .scopes import ALL, Beside, Rows, Scope, columns, of_school, union
from .viewer import Viewer

NAMED = FORM_READERS - {Role.ANALYST}
"""Who may also see whom a cell counts: of employees, whose cards they do not read, only how many."""

FILLERS = frozenset({Role.DEPUTY})
"""Who fills and closes forms (3.5), and answers for their terms (10.3)."""

_due = Beside(
    FormDate,
    lambda due, form: and_(due.school_id == form.school_id, due.year_id == form.year_id, due.code == form.code),
    {"due_on": "due_on"},
)

visible_forms = Scope("FederalForm", Rows(FederalForm, _due), {FORM_READERS: ALL})
"""Forms, with their terms."""

visible_form_closings = Scope("FormClosing", Rows(FormClosing), {FORM_READERS: ALL})
"""When forms were closed, and why opened again."""

visible_form_dates = Scope("FormDate", Rows(FormDate), {FORM_READERS: ALL})
"""By when forms are due."""


def may_name(viewer: Viewer, family: Family) -> bool:
    """Whether the viewer may see whom a family counts. That a cell counts somebody tells their age or category."""
    return bool(viewer.roles & NAMED) and (family is not Family.STAFF or bool(viewer.roles & STAFF_KEPT))


def _may_fill(viewer: Viewer) -> Any:
    return union(dict.fromkeys(FILLERS, ALL), viewer.roles)


def forms_to_fill(viewer: Viewer) -> Select[Any]:
    """Forms that the viewer may fill, close and open again, locked, with their manual cells."""
    query = select(*columns(FederalForm), FederalForm.cells.label("cells"))
    return query.where(of_school(FederalForm), _may_fill(viewer)).with_for_update()


def form_states(viewer: Viewer) -> Any:
    """How a manual cell has stood in a form, the latest state first, for whoever may see names: `form_id` and `cell`
    are bound.
    """
    form_id, cell = bindparam("form_id", type_=BigInteger), bindparam("cell", type_=Text)
    may = union(dict.fromkeys(NAMED, ALL), viewer.roles)
    now = select(
        FederalForm.version,
        FederalForm.cells[cell].astext.label("value"),
        FederalForm.changed_at,
        FederalForm.changed_by,
    ).where(of_school(FederalForm), may, FederalForm.id == form_id)
    before = select(
        History.version,
        History.row["cells"][cell].astext,
        cast(History.row["changed_at"].astext, TIMESTAMP(timezone=True)),
        cast(History.row["changed_by"].astext, BigInteger),
    ).where(
        *(of_school(History), may, History.relation == FederalForm.__tablename__, History.row_id == form_id),
    )
    states = union_all(now, before).subquery("state")
    return select(states).order_by(states.c.version.desc())


def form_dates_to_set(viewer: Viewer) -> Select[Any]:
    """Terms of forms that the viewer may set, locked."""
    return select(*columns(FormDate)).where(of_school(FormDate), _may_fill(viewer)).with_for_update()


def years_of_forms(viewer: Viewer) -> Select[Any]:
    """Years of which the viewer may draw up forms: a closed one refuses by itself."""
    query = select(*columns(AcademicYear)).where(of_school(AcademicYear), _may_fill(viewer))
    return query.with_for_update(read=True, key_share=True)
