"""When the demo school had no access to the System, and kept its journals on paper (13)."""

from datetime import date, time, timedelta

from .demo_accounts import Accounts
from .demo_rows import Rows
from .demo_staff import DEPUTY, Team
from .demo_year import DEMO_TODAY, at

OUTAGES = (
    (date(2026, 4, 14), date(2026, 4, 15), "Обрыв линии связи у оператора."),
    (DEMO_TODAY - timedelta(days=1), DEMO_TODAY - timedelta(days=1), "Отключение электричества в микрорайоне."),
)
"""First day, last day, reason: one long over, and yesterday's, whose transfer is still due."""


def write_outages(rows: Rows, team: Team, accounts: Accounts) -> None:
    """Outages as the deputy has recorded them, in the morning after."""
    deputy = accounts.of_staff[team.administration[DEPUTY]]
    for first, last, reason in OUTAGES:
        recorded = at(last + timedelta(days=1), time(8))
        rows.add(
            "outage",
            started_at=at(first, time(9, 20)),
            ended_at=at(last, time(16, 40)),
            starts_on=first,
            ends_on=last,
            reason=reason,
            declared_at=recorded,
            declared_by=deputy,
            changed_at=recorded,
            changed_by=deputy,
        )
