"""Reports that are due run by themselves (10.7): one process each, by the owner's rights of that moment."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from models.report_constructor import ReportRun, SavedReport
from models.school import School
from rules.refusals import Refusal, RefusalCode
from rules.report_constructor import CLAUSE
from rules.report_saved import DUE_AFTER, MOST_ATTEMPTS, RUNS_KEPT, ReportFrequency, ReportRunState, next_due

from .account import viewer_by, viewer_of
from .commands import command
from .context import Context
from .database import Database, Transaction
from .report_constructor import composer, run_report
from .report_saved import answer_json, definition_kept

_OWNER = """
WITH door AS (
    SELECT school_id, id AS account_id, id FROM account WHERE school_id = $1 AND id = $2
)"""
_BY_OWNER = viewer_by(_OWNER, "school_id", "account_id", "now")

MOST_AT_ONCE = 20
"""So many reports a process runs before it looks after the rest of its work."""


async def run_due(database: Database, context_at: Callable[[], Context]) -> int:
    """Run what is due; how many that were. A process that dies amid one leaves it to the next that looks."""
    done = 0
    while done < MOST_AT_ONCE:
        context = context_at()
        try:
            claimed = await _claim(database, context.now)
            if claimed is None:
                break
            await _run(context, *claimed)
        finally:
            await context.close()
        done += 1
    return done


async def _claim(database: Database, now: datetime) -> tuple[Any, Any] | None:
    """A report that is due, with its run, begun: no other process has the two."""
    async with database.transaction() as transaction:
        again = await transaction.first(
            select(ReportRun)
            .where(ReportRun.state == ReportRunState.RUNNING, ReportRun.started_at <= now - DUE_AFTER)
            .order_by(ReportRun.started_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if again is not None:
            values = {"attempts": again.attempts + 1, "started_at": now}
            run = await transaction.first(_update(again, **values).returning(ReportRun))
            report = await transaction.first(
                select(SavedReport).where(SavedReport.school_id == run.school_id, SavedReport.id == run.report_id)
            )
            return report, run
        report = await transaction.first(
            select(SavedReport)
            .where(SavedReport.next_run_at <= now)
            .order_by(SavedReport.next_run_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        return None if report is None else (report, await _begin(transaction, report, now))


async def _begin(transaction: Transaction, report: Any, now: datetime) -> Any:
    """A run for the moment that a report was due at. What was missed meanwhile is not made up for."""
    school = await transaction.first(select(School.time_zone).where(School.id == report.school_id))
    due = next_due(ReportFrequency(report.frequency), report.hour, report.day, school.time_zone, now)
    await transaction.execute(
        update(SavedReport)
        .where(SavedReport.school_id == report.school_id, SavedReport.id == report.id)
        .values(next_run_at=due)
    )
    return await transaction.first(
        insert(ReportRun)
        .values(
            school_id=report.school_id,
            report_id=report.id,
            due_at=report.next_run_at,
            state=ReportRunState.RUNNING,
            started_at=now,
        )
        .returning(ReportRun)
    )


async def _run(context: Context, report: Any, run: Any) -> None:
    given = {"school_id": report.school_id, "account_id": report.account_id, "now": context.now}
    rows = await context.snapshot.fetch(_BY_OWNER, given, alone=True)
    values: dict[str, Any] = {"state": ReportRunState.FAILED, "finished_at": context.now}
    if not rows or run.attempts > MOST_ATTEMPTS:
        # Whoever is locked out has no rights; and what has ended its process so often would end this one, too.
        code = RefusalCode.UNAVAILABLE if rows else RefusalCode.FORBIDDEN
        async with context.database.transaction() as transaction:
            await transaction.execute(_update(run, **values, error=code))
        return
    context.viewer = viewer_of(rows[0])
    try:
        if not composer(context):
            raise Refusal(RefusalCode.FORBIDDEN, "Владелец отчёта больше не составляет отчёты.", clause=CLAUSE)
        answer = await run_report(context, definition_kept(report))
        values |= {"state": ReportRunState.DONE, "answer": answer_json(answer)}
    except Refusal as refusal:
        values["error"] = refusal.code
    async with command(context, "runScheduledReport", {"report": report.id, "state": values["state"]}) as work:
        await work.execute(_update(run, **values))
        kept = (
            select(ReportRun.id)
            .where(ReportRun.school_id == run.school_id, ReportRun.report_id == run.report_id)
            .order_by(ReportRun.due_at.desc())
            .limit(RUNS_KEPT)
        )
        await work.execute(
            delete(ReportRun).where(
                *(ReportRun.school_id == run.school_id, ReportRun.report_id == run.report_id),
                ReportRun.id.not_in(kept),
            )
        )


def _update(run: Any, **values: Any) -> Any:
    return (
        update(ReportRun)
        # Not if another has it by now: its answer stands.
        .where(
            *(ReportRun.school_id == run.school_id, ReportRun.id == run.id),
            *(ReportRun.state == ReportRunState.RUNNING, ReportRun.attempts == run.attempts),
        )
        .values(**values)
    )
