"""Certified prints: who may answer for which report, and what stands on the paper (10.1)."""

from collections.abc import Collection

from .account import Role
from .refusals import Refusal, RefusalCode, bad_input
from .report import ABOUT, CATALOGUE, Report

CLAUSE = "10.1"

READ_ONLY = frozenset({Role.ANALYST, Role.STUDENT, Role.PARENT})
"""Those who read reports and answer for none."""


def certifiers(report: Report) -> frozenset[Role]:
    """Who may certify a report: whoever of the school's people has it."""
    return ABOUT[report].roles - READ_ONLY


CERTIFIERS = frozenset(role for report in ABOUT for role in certifiers(report))
"""Whoever may certify any."""


def check_certifier(report: Report, roles: Collection[Role]) -> None:
    """Refuse those who may not answer for the report; forms are closed instead, and a composed one is its owner's."""
    if report not in ABOUT:
        raise bad_input(f"Не заверяется: {CATALOGUE[report].title}.", "report")
    if certifiers(report).isdisjoint(roles):
        raise Refusal(RefusalCode.FORBIDDEN, "Этот отчёт заверяет не ваша роль.", "report", CLAUSE)
