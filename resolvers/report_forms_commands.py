"""Commands on federal forms (3.3–3.5, 10.3): open, fill, close into a snapshot, open again; when they are due."""

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import delete, insert, select, update

from models.curriculum import AcademicYear
from models.report_forms import FederalForm, FormClosing, FormDate
from models.school import School
from permissions.report_forms import form_dates_to_set, forms_to_fill, years_of_forms
from permissions.scopes import of_school
from rules.journal import COMMENT_LENGTH, check_text
from rules.refusals import Refusal, RefusalCode, conflict, not_found
from rules.report_forms import (
    APPROVAL_LENGTH,
    DUE,
    FILLING,
    FormState,
    check_controls,
    check_over,
    check_term,
    form_closed,
    form_not_closed,
    form_was_closed,
    written,
)
from rules.report_forms_reading import definition_for, definitions, edition_of

from .commands import Work, check_version, command, take_turn
from .context import Context
from .report_forms import Sheet, form_sheet, snapshot_of


async def open_form(context: Context, code: str, on: date, key: str | None) -> int:
    """Open a form as of a day; the edition that is valid on it says what the form is made of."""
    async with command(context, "openForm", {"form": code, "on": on}, key=key) as work:
        await take_turn(work, work.viewer.school_id, "federal forms")
        if work.repeated:
            return int(work.answer)
        definition = _definition(code, on)
        year = (await _year_on(work, on, "on", FILLING)).id
        known = select(FederalForm.id).where(
            FederalForm.school_id == work.viewer.school_id,
            FederalForm.code == code,
            FederalForm.reported_on == on,
        )
        if (row := await work.first(known)) is not None:
            message = f"Форма {definition.name} на этот день уже есть."
            raise Refusal(RefusalCode.ALREADY_EXISTS, message, "on", FILLING, (("FederalForm", row.id),))
        form = insert(FederalForm).values(
            school_id=work.viewer.school_id,
            year_id=year,
            code=code,
            edition=definition.edition,
            reported_on=on,
            state=FormState.OPEN.value,
            opened_at=work.now,
            opened_by=work.viewer.account_id,
            cells={},
            version=1,
            **work.stamp,
        )
        return int(await work.done((await work.first(form.returning(FederalForm.id))).id))


def _definition(code: str, on: date) -> Any:
    if code not in definitions():
        raise not_found("form")
    found = definition_for(code, on)
    if found is None:
        message = "На этот день формы нет: она ещё не действовала или уже не действует."
        raise Refusal(RefusalCode.FORM_NOT_VALID, message, "on", FILLING)
    return found


async def _year_on(work: Work, day: date, field: str, clause: str) -> Any:
    found = await work.reach(
        years_of_forms(work.viewer).where(AcademicYear.starts_on <= day, AcademicYear.ends_on >= day)
    )
    if not found:
        raise Refusal(RefusalCode.OUTSIDE_YEAR, "Этот день не входит ни в один учебный год.", field, clause)
    return found[0]


async def set_form_cells(
    context: Context, form_id: int, cells: Sequence[tuple[str, str | None]], if_version: int | None
) -> int:
    """Write into manual cells of an open form; computed ones never."""
    given = {"form": form_id, "cells": [{"cell": key, "value": value} for key, value in cells]}
    async with command(context, "setFormCells", given) as work:
        form = await _to_fill(work, form_id, if_version)
        if form.state == FormState.CLOSED:
            raise form_closed(form_id)
        new = written(edition_of(form.code, form.edition), cells)
        kept = {key: value for key, value in {**form.cells, **new}.items() if value is not None}
        if kept != form.cells:
            await _change(work, form_id, cells=kept)
    return form_id


async def _to_fill(work: Work, form_id: int, if_version: int | None) -> Any:
    form = await work.one(forms_to_fill(work.viewer).where(FederalForm.id == form_id), "formId")
    check_version(if_version, form.version)
    return form


async def _change(work: Work, form_id: int, **values: Any) -> None:
    await work.execute(
        update(FederalForm)
        .where(FederalForm.school_id == work.viewer.school_id, FederalForm.id == form_id)
        .values(**values, version=FederalForm.version + 1, **work.stamp)
    )


async def close_form(context: Context, form_id: int, approval: str, if_version: int | None) -> int:
    """Freeze a form whose controls hold: what it says now is kept, with the definition it was computed by (3.5)."""
    # Read before the command begins, in one snapshot: a request holds one connection at a time.
    sheet = await form_sheet(context, form_id)
    given = {"form": form_id, "approval": approval}
    async with command(context, "closeForm", given) as work:
        check_text(approval, APPROVAL_LENGTH, "approval", required=True)
        form = await _to_fill(work, form_id, if_version)
        if form.state == FormState.CLOSED:
            raise form_closed(form_id)
        if sheet is None or sheet.form.version != form.version:
            raise conflict("formId")
        check_over(form.reported_on, work.today)
        check_controls(sheet.findings)
        own = select(School.name, School.full_name).where(School.id == work.viewer.school_id)
        content = _frozen(work, sheet, approval, await work.first(own))
        digest = hashlib.sha256(content).hexdigest()
        await _change(work, form_id, state=FormState.CLOSED.value)
        await work.execute(
            insert(FormClosing).values(
                school_id=work.viewer.school_id,
                form_id=form_id,
                edition=form.edition,
                closed_at=work.now,
                closed_by=work.viewer.account_id,
                approval=approval,
                digest=digest,
                content=content,
            )
        )
        await work.note(digest=digest)
    return form_id


def _frozen(work: Work, sheet: Sheet, approval: str, own: Any) -> bytes:
    """The bytes of the snapshot, with when and by whom it was made, and what the school is called."""
    head = {
        "code": sheet.form.code,
        "edition": sheet.form.edition,
        "on": sheet.form.reported_on,
        "closedAt": work.now.isoformat(),
        "closedBy": work.viewer.name,
        "approval": approval,
        "school": {"name": own.name, "fullName": own.full_name},
    }
    return snapshot_of(head, sheet.definition, sheet.values, sheet.counts)


async def reopen_form(context: Context, form_id: int, reason: str, if_version: int | None) -> int:
    """Open a closed form again: it follows the data from now on; the snapshot and the reason are kept for ever."""
    async with command(context, "reopenForm", {"form": form_id, "reason": reason}) as work:
        check_text(reason, COMMENT_LENGTH, "reason", required=True)
        form = await _to_fill(work, form_id, if_version)
        if form.state != FormState.CLOSED:
            raise form_not_closed()
        await _change(work, form_id, state=FormState.OPEN.value)
        await work.execute(
            update(FormClosing)
            .where(
                FormClosing.school_id == work.viewer.school_id,
                FormClosing.form_id == form_id,
                FormClosing.reopened_at.is_(None),
            )
            .values(reopened_at=work.now, reopened_by=work.viewer.account_id, reason=reason)
        )
    return form_id


async def delete_form(context: Context, form_id: int, if_version: int | None) -> int:
    """Delete a form that was opened by mistake: what was written into it stays in the history of rows."""
    async with command(context, "deleteForm", {"form": form_id}) as work:
        await _to_fill(work, form_id, if_version)
        mine = (FormClosing.school_id == work.viewer.school_id, FormClosing.form_id == form_id)
        if await work.first(select(FormClosing.id).where(*mine).limit(1)) is not None:
            raise form_was_closed(form_id)
        await work.execute(
            delete(FederalForm).where(FederalForm.school_id == work.viewer.school_id, FederalForm.id == form_id)
        )
    return form_id


async def set_form_date(
    context: Context, code: str, year_id: int | None, due_on: date | None, if_version: int | None
) -> int | None:
    """Say by when a form of a year, by default today's, is due, or (None) that no term is agreed (10.3)."""
    async with command(context, "setFormDate", {"form": code, "year": year_id, "dueOn": due_on}) as work:
        # A term that is not there yet cannot be locked: they are few.
        await take_turn(work, work.viewer.school_id, "terms of forms")
        if code not in definitions():
            raise not_found("form")
        if year_id is None:
            year = await _year_on(work, work.today, "yearId", DUE)
        else:
            year = await work.one(years_of_forms(work.viewer).where(AcademicYear.id == year_id), "yearId")
        if due_on is not None:
            check_term(due_on, (year.starts_on, year.ends_on))
        mine = (FormDate.year_id == year.id, FormDate.code == code)
        rows = await work.reach(form_dates_to_set(work.viewer).where(*mine))
        check_version(if_version, rows[0].version if rows else 0)
        if due_on is None:
            await work.execute(delete(FormDate).where(of_school(FormDate), *mine), **work.viewer.parameters())
            return None
        if not rows:
            new = insert(FormDate).values(
                school_id=work.viewer.school_id, year_id=year.id, code=code, due_on=due_on, version=1, **work.stamp
            )
            return int((await work.first(new.returning(FormDate.id))).id)
        if rows[0].due_on != due_on:
            values = {"due_on": due_on, "version": FormDate.version + 1, **work.stamp}
            await work.execute(
                update(FormDate).where(of_school(FormDate), *mine).values(**values), **work.viewer.parameters()
            )
        return int(rows[0].id)
