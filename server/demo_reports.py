"""The reports that the demo school's administrator and analyst have composed and saved (10.7)."""

import json
from datetime import date, time

from rules.report_constructor import Condition, Definition, Measure, ReportFunction, ReportOperator, Sorting, as_json
from rules.report_sources import ReportSource

from .demo_accounts import Accounts
from .demo_rows import COLUMNS, Rows
from .demo_staff import ADMINISTRATOR, Team
from .demo_year import at

SAVED = at(date(2026, 5, 12), time(15, 20))
_COUNTED = (Measure(ReportFunction.COUNT), Measure(ReportFunction.PEOPLE))

OCCUPANCY = Definition(
    ReportSource.STUDENTS,
    filters=(Condition("enrolled", ReportOperator.EQUALS, ("true",)),),
    groups=("grade", "sex"),
    measures=(Measure(ReportFunction.PEOPLE), Measure(ReportFunction.SHARE)),
)
ABSENCES = Definition(
    ReportSource.ATTENDANCE,
    groups=("month", "code"),
    measures=_COUNTED,
    order=(Sorting(0), Sorting(2, descending=True)),
)


def write_saved_reports(rows: Rows, team: Team, accounts: Accounts) -> None:
    """The administrator's, which is the analyst's, too, and one of the analyst's own."""
    kind = COLUMNS["account"].index("kind")
    (analyst,) = (number for number, row in enumerate(rows.tables["account"]) if row[kind] == "analyst")
    administrator = accounts.of_staff[team.administration[ADMINISTRATOR]]
    for account, name, definition, shared in (
        (administrator, "Обучающиеся по параллелям и полу", OCCUPANCY, ["analyst"]),
        (analyst, "Пропуски по месяцам и причинам", ABSENCES, []),
    ):
        rows.add(
            "saved_report",
            account_id=account,
            name=name,
            definition=json.dumps(as_json(definition), ensure_ascii=False),
            shared_roles=shared,
            changed_at=SAVED,
            changed_by=account,
        )
