"""Commands on saved reports (10.7): save, change, delete, share, schedule."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from models.account import Account
from models.report_constructor import SavedReport, SavedReportShare
from permissions.report_saved import accounts_to_share_with, reports_to_change
from rules.account import AccountKind, Role
from rules.journal import check_text
from rules.refusals import bad_input, not_found
from rules.report_constructor import COMPOSERS, Definition, as_json, check, of_json
from rules.report_saved import (
    MOST_REPORTS,
    MOST_SHARES,
    NAME_LENGTH,
    ReportFrequency,
    check_schedule,
    check_shared,
    next_due,
    too_many_reports,
)
from rules.report_sources import about

from .commands import Work, among, check_version, command, take_turn
from .context import Context


def _check(work: Work, name: str | None, definition: Definition | None) -> None:
    check_text(name, NAME_LENGTH, "name", required=name is not None)
    if definition is not None:
        found, roles = about(definition.source), work.viewer.roles & COMPOSERS
        if roles.isdisjoint(found.roles):
            raise not_found("definition.source")
        check(definition, found, roles)


async def save_report(context: Context, name: str, definition: Definition, key: str | None) -> int:
    """Keep a report under a name. Its conditions may hold people's names: the audit trail keeps neither."""
    given = {"source": definition.source}
    private = {"name": name, "definition": as_json(definition)}
    async with command(context, "saveReport", given, key=key, private=private) as work:
        if work.repeated:
            return int(work.answer)
        _check(work, name, definition)
        await take_turn(work, work.viewer.school_id, f"reports of {work.viewer.account_id}")
        held = await work.first(
            select(func.count().label("reports")).where(
                SavedReport.school_id == work.viewer.school_id, SavedReport.account_id == work.viewer.account_id
            )
        )
        if held.reports >= MOST_REPORTS:
            raise too_many_reports()
        row = await work.first(
            insert(SavedReport)
            .values(
                school_id=work.viewer.school_id,
                account_id=work.viewer.account_id,
                name=name,
                definition=as_json(definition),
                version=1,
                **work.stamp,
            )
            .returning(SavedReport.id)
        )
        return int(await work.done(row.id))


async def _own(work: Work, report_id: int, seen: int | None) -> Any:
    """The report, locked; refused if the caller saw another version."""
    row = await work.one(reports_to_change(work.viewer).where(SavedReport.id == report_id), "reportId")
    check_version(seen, row.version)
    return row


async def _change(work: Work, report: Any, **values: Any) -> None:
    await work.execute(
        update(SavedReport)
        .where(SavedReport.school_id == report.school_id, SavedReport.id == report.id)
        .values(version=SavedReport.version + 1, **values, **work.stamp)
    )


async def update_report(
    context: Context, report_id: int, name: str | None, definition: Definition | None, seen: int | None
) -> int:
    """Change a report's name or what it asks. Those it is shared with must be able to have it still."""
    private = {"name": name, "definition": definition and as_json(definition)}
    async with command(context, "updateReport", {"report": report_id}, private=private) as work:
        report = await _own(work, report_id, seen)
        _check(work, name, definition)
        if definition is not None:
            check_shared(definition, await _readers(work, report))
        values: Mapping[str, Any] = {
            **({"name": name} if name is not None else {}),
            **({"definition": as_json(definition)} if definition is not None else {}),
        }
        await _change(work, report, **values)
    return report_id


async def _readers(work: Work, report: Any) -> set[Role]:
    """The roles of all with whom a report is shared."""
    kinds = await work.fetch(
        select(Account.kind)
        .join(
            SavedReportShare,
            (SavedReportShare.school_id == Account.school_id) & (SavedReportShare.account_id == Account.id),
        )
        .where(SavedReportShare.school_id == report.school_id, SavedReportShare.report_id == report.id)
    )
    return {Role(each) for each in report.shared_roles} | {_role_of(row.kind) for row in kinds}


def _role_of(kind: str) -> Role:
    return {AccountKind.ANALYST: Role.ANALYST, AccountKind.SERVICE: Role.SERVICE}.get(
        AccountKind(kind), Role.ADMINISTRATOR
    )


async def delete_report(context: Context, report_id: int, seen: int | None) -> int:
    """Delete a report, with what it came to."""
    async with command(context, "deleteReport", {"report": report_id}) as work:
        report = await _own(work, report_id, seen)
        await work.execute(
            delete(SavedReport).where(SavedReport.school_id == report.school_id, SavedReport.id == report.id)
        )
    return report_id


async def share_report(
    context: Context, report_id: int, roles: Collection[Role], accounts: Collection[int], seen: int | None
) -> int:
    """Share a report with these roles and accounts, and no others. Each gets it by their own rights."""
    given = {"report": report_id, "roles": sorted(roles), "accounts": list(accounts)}
    async with command(context, "shareReport", given) as work:
        report = await _own(work, report_id, seen)
        if len(accounts) > MOST_SHARES:
            raise bad_input(f"Не больше {MOST_SHARES}.", "accountIds")
        kinds = {}
        if accounts:
            scope = accounts_to_share_with(work.viewer).where(among(Account.id, accounts))
            kinds = {row.id: row.kind for row in await work.reach(scope)}
        for at, each in enumerate(accounts):
            if each not in kinds:
                raise not_found(f"accountIds.{at}")
        check_shared(of_json(report.definition), {*roles, *map(_role_of, kinds.values())})
        of = {"school_id": report.school_id, "report_id": report.id}
        await work.execute(
            delete(SavedReportShare).where(
                SavedReportShare.school_id == report.school_id, SavedReportShare.report_id == report.id
            )
        )
        if kinds:
            await work.execute(insert(SavedReportShare).values([{**of, "account_id": each} for each in kinds]))
        await _change(work, report, shared_roles=sorted(roles))
    return report_id


async def schedule_report(
    context: Context,
    report_id: int,
    frequency: ReportFrequency | None,
    hour: int | None,
    day: int | None,
    seen: int | None,
) -> int:
    """Let a report run by itself, from now on, or (without a frequency) no more."""
    given = {"report": report_id, "frequency": frequency, "hour": hour, "day": day}
    async with command(context, "scheduleReport", given) as work:
        report = await _own(work, report_id, seen)
        if frequency is None:
            await _change(work, report, frequency=None, hour=None, day=None, next_run_at=None)
        else:
            if hour is None:
                raise bad_input("Назовите час.", "hour")
            check_schedule(frequency, hour, day)
            due = next_due(frequency, hour, day, work.viewer.time_zone, work.now)
            await _change(work, report, frequency=frequency, hour=hour, day=day, next_run_at=due)
    return report_id
