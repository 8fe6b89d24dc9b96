"""Who may see certified prints of reports: whoever may have such a report of that very thing."""

from sqlalchemy import ColumnElement, or_

from models.report import CertifiedReport
from rules.account import Role
from rules.report import ABOUT, ReportOf

from .report import of_own_students
from .scopes import ALL, NONE, Rows, Scope, within
from .viewer import reach


def _of_school(role: Role) -> ColumnElement[bool]:
    """The reports of the school that a role may have."""
    open_to = [kind.value for kind, about in ABOUT.items() if about.of is ReportOf.SCHOOL and role in about.roles]
    return or_(*(CertifiedReport.report == kind for kind in open_to))


visible_certified_reports = Scope(
    "CertifiedReport",
    Rows(CertifiedReport),
    {
        frozenset({Role.DIRECTOR, Role.DEPUTY}): ALL,
        **{role: _of_school(role) for role in (Role.ADMINISTRATOR, Role.SECRETARY)},
        Role.TEACHER: or_(
            CertifiedReport.staff_id == reach.staff_id,
            within(CertifiedReport.class_id, reach.led_classes),
            of_own_students(CertifiedReport.student_id),
        ),
        Role.STUDENT: CertifiedReport.student_id == reach.student_id,
        Role.PARENT: within(CertifiedReport.student_id, reach.children),
        Role.SERVICE: NONE,
    },
)
"""Certified prints hold names, so an analyst has none."""
