"""Who may see saved reports (10.7) and their runs, and who may change them."""

from typing import Any

from sqlalchemy import Select, Text, any_, exists, literal, or_, select

from models.account import Account
from models.report_constructor import ReportRun, SavedReport, SavedReportShare
from rules.account import AccountKind, Role
from rules.report_constructor import COMPOSERS

from .account import has_role, visible_accounts
from .scopes import NONE, Rows, Scope, beside, columns, of_school, union
from .viewer import Viewer, reach

_own: Any = SavedReport.account_id == reach.account_id


def _shared_with(role: Role) -> Any:
    """An own report, or one that is shared with the role or with the very account."""
    named = exists().where(
        of_school(SavedReportShare),
        SavedReportShare.report_id == SavedReport.id,
        SavedReportShare.account_id == reach.account_id,
    )
    return or_(_own, literal(role.value, Text) == any_(SavedReport.shared_roles), named)


visible_saved_reports = Scope(
    "SavedReport",
    Rows(SavedReport),
    {**{role: _shared_with(role) for role in sorted(COMPOSERS)}, Role.SERVICE: NONE},
)
"""One's own reports, and those that are shared with one."""

visible_report_runs = Scope(
    "ReportRun",
    Rows(ReportRun, beside(SavedReport, "report_id", "account_id")),
    {COMPOSERS: _own, Role.SERVICE: NONE},
)
"""What one's own reports came to: what an owner may read, others may not, though the report be shared with them."""


def reports_to_change(viewer: Viewer) -> Select[Any]:
    """One's own reports, locked."""
    mine = select(*columns(SavedReport)).where(
        of_school(SavedReport), union(dict.fromkeys(COMPOSERS, _own), viewer.roles)
    )
    return mine.with_for_update()


def accounts_to_share_with(viewer: Viewer) -> Select[Any]:
    """The accounts, of those that one sees, of no people but who compose reports: an analyst sees none."""
    composes = or_(*(has_role(literal(role.value, Text), reach.today) for role in sorted(COMPOSERS)))
    return visible_accounts(viewer.only(COMPOSERS)).where(
        Account.locked_at.is_(None), or_(Account.kind != AccountKind.PERSON, composes)
    )
