"""The demo school's certified reports, and a set of reports that waits to be printed: by the deputy's commands (10)."""

from contextlib import AbstractAsyncContextManager
from datetime import date, datetime, time

from resolvers.context import Context
from resolvers.report import Asked
from resolvers.report_prints import certify_report
from resolvers.report_sets import Order, class_named, period_named, print_reports
from rules.report import Report, ReportOf
from rules.report_deadlines import OF_PERIOD, Answerable
from rules.report_prints import CERTIFIERS, CLAUSE

from .cli_console import acting
from .demo_year import DEMO_TODAY, at
from .settings import Settings

PERIOD, CLASS, OLDEST = "III четверть", "5А", "9А"
CERTIFIED = at(date(2026, 3, 31), time(11, 40))
"""In time: within two working days after the period (10.3)."""

TODAY = at(DEMO_TODAY, time(18, 30))
"""When the council had met."""

REFUSAL = "Отчёты заверяет завуч."


async def make_prints(url: str, settings: Settings, code: str) -> None:
    """Certify the school's summaries and a class's results of a period, and the sheet of a class that has its year's
    marks; order a set of a class's reports, which whatever process serves will print.
    """
    async with _deputy(url, settings, code, CERTIFIED) as context:
        asked, school = Asked(period_id=await period_named(context, PERIOD)), context.viewer.school_id
        for report in OF_PERIOD[Answerable.DEPUTY]:
            await certify_report(context, report, school, asked, None)
        of = await class_named(context, CLASS)
        await certify_report(context, Report.CLASS_RESULTS, of, asked, None)
    # A set is printed in the session that has ordered it: this one goes on for its hour.
    async with _deputy(url, settings, code, TODAY, lasts=True) as context:
        await certify_report(context, Report.FINALS_SHEET, await class_named(context, OLDEST), Asked(), None)
        await print_reports(context, Order(ReportOf.CLASS, of, asked), None)


def _deputy(
    url: str, settings: Settings, code: str, now: datetime, *, lasts: bool = False
) -> AbstractAsyncContextManager[Context]:
    then = settings.model_copy(update={"now": now})
    return acting(url, then, code, "deputy", CERTIFIERS, REFUSAL, CLAUSE, lasts=lasts)
