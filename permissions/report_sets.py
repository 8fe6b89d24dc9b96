"""Whose sets of reports somebody sees: one's own, and nobody else's."""

from typing import Any

from sqlalchemy import Select, select

from models.report_sets import ReportSet
from rules.account import Role
from rules.report_sets import ORDERERS

from .scopes import NONE, Rows, Scope, columns, of_school, union
from .viewer import Viewer, reach

_OWN = ReportSet.account_id == reach.account_id

visible_report_sets = Scope("ReportSet", Rows(ReportSet), {ORDERERS: _OWN, Role.SERVICE: NONE})
"""Sets of one's own: they hold whatever their owner may have."""


def sets_to_cancel(viewer: Viewer) -> Select[Any]:
    """Sets that the viewer may cancel, locked."""
    own = union(dict.fromkeys(ORDERERS, _OWN), viewer.roles)
    return select(*columns(ReportSet)).where(of_school(ReportSet), own).with_for_update()
