"""Imports of school lists: what a file would do, and doing it, all or nothing."""

import json
from dataclasses import dataclass
from datetime import date, datetime

import asyncpg
from asyncpg.exceptions import (
    DeadlockDetectedError,
    ExclusionViolationError,
    ForeignKeyViolationError,
    SerializationError,
    UniqueViolationError,
)

from documents.sheets import Sheet
from rules.imports import Problem, check_file
from rules.imports_columns import ImportKind
from rules.refusals import Refusal, RefusalCode, not_found

from .curriculum_import import plan_assignments
from .imports_plan import ImportPlan, write
from .school_import import plan_staff, plan_students
from .school_people import LOCK

_PLANNERS = {
    ImportKind.STUDENTS: plan_students,
    ImportKind.STAFF: plan_staff,
    ImportKind.ASSIGNMENTS: plan_assignments,
}


class ImportRefused(Refusal):
    """The file has problems, so nothing of it was loaded. `plan` tells them; the message names nobody."""

    def __init__(self, plan: ImportPlan) -> None:
        super().__init__(
            RefusalCode.BAD_INPUT, f"Ничего не загружено: в файле есть ошибки ({len(plan.problems)}).", "file"
        )
        self.plan = plan


@dataclass(frozen=True)
class ImportReport:
    """What an import did, by kind of object, and what its file leaves to be looked at."""

    kind: ImportKind
    file: str
    created: dict[str, int]
    changed: dict[str, int]
    unchanged: dict[str, int]
    warnings: list[Problem]


async def plan_import(
    connection: asyncpg.Connection, school_id: int, kind: ImportKind, sheet: Sheet, today: date
) -> ImportPlan:
    """Compare a file with the school, as it is at one moment. Only reads; the number of statements does not grow with
    the rows.
    """
    if connection.is_in_transaction():
        return await _plan(connection, school_id, kind, sheet, today)
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        return await _plan(connection, school_id, kind, sheet, today)


async def _plan(
    connection: asyncpg.Connection, school_id: int, kind: ImportKind, sheet: Sheet, today: date
) -> ImportPlan:
    plan = ImportPlan(school_id, kind, sheet, today)
    checked = check_file(kind, sheet.headers, sheet.rows, today)
    plan.problems += checked.problems
    plan.warnings += checked.warnings
    if checked.rows:
        await _PLANNERS[kind](connection, plan, checked)
    plan.problems.sort(key=lambda problem: problem.row or 0)
    plan.warnings.sort(key=lambda problem: problem.row or 0)
    plan.preview.sort(key=lambda preview: preview.row)
    return plan


async def apply_import(
    connection: asyncpg.Connection, school_id: int, plan: ImportPlan, now: datetime, account_id: int | None
) -> ImportReport:
    """Load a file in one transaction with its audit entry, or refuse and leave everything as it was.

    The file is planned anew under a lock on the school: what it stood on may have changed since it was shown. The lock
    keeps imports apart and lets everybody else go on writing.
    """
    try:
        async with connection.transaction():
            if await connection.fetchval(LOCK, school_id) is None:
                raise not_found()
            plan = await plan_import(connection, school_id, plan.kind, plan.sheet, plan.today)
            if plan.problems:
                raise ImportRefused(plan)
            report = ImportReport(plan.kind, plan.sheet.name, plan.created, plan.changed, plan.unchanged, plan.warnings)
            await _audit(connection, school_id, report, now, account_id)
            await write(connection, school_id, plan.ledger, now, account_id)
    except (
        UniqueViolationError,
        ExclusionViolationError,
        ForeignKeyViolationError,
        SerializationError,
        DeadlockDetectedError,
    ):
        # The database's own message quotes the row, with a person's name in it: it must not travel on.
        raise Refusal(
            RefusalCode.CONFLICT, "Пока шла загрузка, данные изменились. Ничего не загружено, повторите."
        ) from None
    return report


async def _audit(
    connection: asyncpg.Connection, school_id: int, report: ImportReport, now: datetime, account_id: int | None
) -> None:
    """What is loaded, from which file, how much of each: counts, no names (11.6). History will refer to it."""
    entry = {
        "kind": report.kind,
        "file": report.file,
        "created": report.created,
        "changed": report.changed,
        "unchanged": report.unchanged,
    }
    number = await connection.fetchval(
        "INSERT INTO audit_entry (school_id, account_id, at, command, input) "
        "VALUES ($1, $2, $3, 'import', $4::text::jsonb) RETURNING id",
        school_id,
        account_id,
        now,
        json.dumps(entry, ensure_ascii=False),
    )
    await connection.execute(
        "SELECT set_config('classbook.audit_entry', $1, true), set_config('classbook.now', $2, true)",
        str(number),
        now.isoformat(),
    )
