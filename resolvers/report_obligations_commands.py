"""Commands of the watch on deadlines: that a report has been made (10.3, 10.4, 10.6)."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert

from models.curriculum import Period, SchoolClass
from models.report_obligations import ReportFiling
from permissions.report_obligations import classes_to_report, periods_to_report, undecided
from rules.account import Role
from rules.curriculum import YearState
from rules.journal_finals import check_over
from rules.refusals import Refusal, RefusalCode, not_found
from rules.report import Report
from rules.report_deadlines import YEAR_SHEET, Answerable, check_slot, check_year_sheet, maker

from .commands import Work, command
from .context import Context


async def file_report(context: Context, kind: Report, period_id: int | None, class_id: int | None) -> datetime:
    """Say that a report has been made, by whoever answers for it; gives when. Once is enough: the first time counts."""
    given = {"report": kind, "period": period_id, "class": class_id}
    async with command(context, "fileReport", given) as work:
        check_slot(kind, period_id, class_id)
        of_class = await _class(work, class_id) if class_id is not None else None
        of_period = await _period(work, period_id, kind, of_class) if period_id is not None else None
        if kind is YEAR_SHEET and of_class and not of_period:
            waiting = await work.reach(undecided(of_class.id, of_class.last_day))
            check_year_sheet(of_class.last_day, work.today, [row.student_id for row in waiting])
        slot: dict[str, Any] = {
            "school_id": work.viewer.school_id,
            "kind": kind.value,
            "year_id": next(each.year_id for each in (of_class, of_period) if each),
            "period_id": period_id,
            "class_id": class_id,
            "staff_id": work.viewer.staff_id if maker(kind) is Answerable.SUBJECT_TEACHER else None,
        }
        stamp = {"filed_at": work.now, "filed_by": work.viewer.account_id}
        await work.execute(upsert(ReportFiling).values({**slot, **stamp}).on_conflict_do_nothing())
        mine = (getattr(ReportFiling, name).is_not_distinct_from(value) for name, value in slot.items())
        filed = await work.first(select(ReportFiling.filed_at).where(*mine))
    return filed.filed_at  # type: ignore[no-any-return]


async def _class(work: Work, number: int) -> Any:
    found = await work.one(classes_to_report(work.viewer).where(SchoolClass.id == number), "classId")
    _check_begun(found.year_state, "classId")
    return found


async def _period(work: Work, number: int, kind: Report, of_class: Any) -> Any:
    """The period, once it is over; of a class, one of the class's own."""
    found = await work.one(periods_to_report(work.viewer).where(Period.id == number), "periodId")
    needed = Role.DEPUTY if maker(kind) is Answerable.DEPUTY else Role.TEACHER
    if needed not in work.viewer.roles:
        raise not_found("periodId")
    if of_class and (found.year_id, found.kind) != (of_class.year_id, of_class.period_kind):
        raise not_found("periodId")
    _check_begun(found.year_state, "periodId")
    check_over(found.ends_on, work.today, "periodId")
    return found


def _check_begun(state: str, field: str) -> None:
    """Refuse a year that is only being prepared."""
    if state == YearState.DRAFT:
        raise Refusal(RefusalCode.WRONG_YEAR, "Учебный год ещё готовится.", field, "12.1")
