"""The reports that the demo school's administrator and analyst have composed and saved (10.7)."""

import json
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from rules.account import Role
from rules.report_constructor import Condition, Definition, Measure, ReportFunction, ReportOperator, Sorting, as_json
from rules.report_saved import ReportFrequency
from rules.report_sources import ReportSource

from .demo_accounts import Accounts
from .demo_rows import COLUMNS, Rows
from .demo_staff import ADMINISTRATOR, Team
from .demo_year import DEMO_TODAY, at

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

STAFF = Definition(
    ReportSource.STAFF,
    filters=(Condition("employed", ReportOperator.EQUALS, ("true",)),),
    groups=("category",),
    measures=(Measure(ReportFunction.PEOPLE), Measure(ReportFunction.SHARE)),
)
CONTACTS = Definition(
    ReportSource.STUDENTS,
    fields=("class", "name", "birthDate", "phone"),
    filters=(
        Condition("enrolled", ReportOperator.EQUALS, ("true",)),
        Condition("grade", ReportOperator.EQUALS, ("9",)),
    ),
)
MOVES = Definition(ReportSource.MOVEMENT, groups=("month", "kind"), measures=(Measure(ReportFunction.PEOPLE),))
MARKS = Definition(
    ReportSource.FINAL_MARKS,
    filters=(Condition("kind", ReportOperator.EQUALS, ("period",)),),
    groups=("subject",),
    measures=(*_COUNTED, Measure(ReportFunction.AVERAGE, "number")),
    order=(Sorting(3, descending=True),),
)


@dataclass(frozen=True)
class _Saved:
    """A report as it is kept. schedule: frequency, day, and when it runs next, on the hour."""

    name: str
    definition: Definition
    of_analyst: bool = False
    roles: tuple[Role, ...] = ()
    with_analyst: bool = False
    schedule: tuple[ReportFrequency, int | None, datetime] | None = None


FEW = (
    _Saved("Обучающиеся по параллелям и полу", OCCUPANCY, roles=(Role.ANALYST,)),
    _Saved("Пропуски по месяцам и причинам", ABSENCES, of_analyst=True),
)
"""The administrator's, which is the analyst's, too, and one of the analyst's own."""

MORE = (
    _Saved("Сотрудники по категориям", STAFF, with_analyst=True),
    _Saved("Девятиклассники: даты рождения и телефоны", CONTACTS),
    _Saved("Приказы по месяцам", MOVES, schedule=(ReportFrequency.MONTHLY, 1, at(date(2026, 6, 1), time(7)))),
    _Saved(
        "Отметки за периоды по предметам",
        MARKS,
        of_analyst=True,
        schedule=(ReportFrequency.WEEKLY, DEMO_TODAY.isoweekday(), at(DEMO_TODAY, time(20))),
    ),
)
"""What they have composed over a whole year. The last is due in the evening of the demo's day: it runs at once."""


def write_saved_reports(rows: Rows, team: Team, accounts: Accounts, *, whole: bool) -> None:
    """Reports of the administrator and the analyst; of a whole year there are more."""
    kind = COLUMNS["account"].index("kind")
    (analyst,) = (number for number, row in enumerate(rows.tables["account"]) if row[kind] == "analyst")
    administrator = accounts.of_staff[team.administration[ADMINISTRATOR]]
    for each in (*FEW, *(MORE if whole else ())):
        account = analyst if each.of_analyst else administrator
        timed: dict[str, Any] = {}
        if each.schedule:
            frequency, day, next_run_at = each.schedule
            timed = {"frequency": frequency.value, "hour": next_run_at.hour, "day": day, "next_run_at": next_run_at}
        number = rows.add(
            "saved_report",
            account_id=account,
            name=each.name,
            definition=json.dumps(as_json(each.definition), ensure_ascii=False),
            shared_roles=[role.value for role in each.roles],
            changed_at=SAVED,
            changed_by=account,
            **timed,
        )
        if each.with_analyst:
            rows.add("saved_report_share", report_id=number, account_id=analyst)
