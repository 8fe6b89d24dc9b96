"""A federal form as it is printed and put into sheets, noted in the audit trail (3.4)."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from documents.forms_federal import federal_form
from permissions.report_forms import NAMED
from rules.journal_print import long_date
from rules.refusals import not_found

from . import school
from .commands import command
from .context import Context
from .journal_print import foot
from .report_forms import Sheet, form_sheet


async def printed_form(context: Context, form_id: int, kind: str) -> dict[str, Any]:
    """The values of the form, for whoever may see it; `NOT_FOUND` for the others. Noted: who, what, as what, when."""
    sheet = await form_sheet(context, form_id)
    own = await context.load_key(school.viewer_school(), (context.viewer.school_id,)) if sheet else None
    async with command(context, "printForm", {"formId": form_id, "kind": kind}):
        if sheet is None or own is None:
            raise not_found()
    name, full_name = _school(sheet, own)
    facts = [("Организация", full_name), *_facts(context, sheet)]
    day = f"на {long_date(sheet.form.reported_on)}"
    head = {
        "school": {"name": name},
        "printed": foot(context),
        "day": day,
        "facts": facts,
        "lines": [f"{name}: {value}" for name, value in facts],
        "legend": [*sheet.shown.legend],
        "by": _closed_by(context, sheet) or "",
    }
    return federal_form(sheet.definition, sheet.values, sheet.findings, head)


def _facts(context: Context, sheet: Sheet) -> list[tuple[str, str]]:
    """What stands above the sections: the day, the edition, and whether this is what the form was closed with."""
    definition, on = sheet.definition, sheet.form.reported_on
    facts = [("На день", long_date(on)), ("Редакция формы", definition.edition)]
    if definition.ages:
        facts.append(("Возраст — на день", long_date(definition.ages_on(on))))
    if definition.counts_moves:
        facts.append(("Прибытие и выбытие", f"с {long_date(definition.moves_since(on))}"))
    if sheet.snapshot is None:
        return [*facts, ("Состояние", "открыта, значения на время печати")]
    closed = datetime.fromisoformat(sheet.snapshot["form"]["closedAt"]).astimezone(ZoneInfo(context.viewer.time_zone))
    facts.append(("Закрыта", f"{closed:%d.%m.%Y} в {closed:%H:%M}"))
    if context.viewer.roles & NAMED:
        # Of the digest, too: with the rounded numbers beside it, the exact ones could be found by trying.
        facts += [("Утверждено", sheet.snapshot["form"]["approval"]), ("SHA-256 снимка", sheet.form.digest)]
    return facts


def _school(sheet: Sheet, own: Any) -> tuple[str, str]:
    """What the school is called, or was when the form was closed: snapshots did not say it at first."""
    kept = sheet.snapshot["form"].get("school") if sheet.snapshot else None
    return (kept["name"], kept["fullName"]) if kept else (own.name, own.full_name)


def _closed_by(context: Context, sheet: Sheet) -> str | None:
    """Who closed the form, for those who may read names."""
    if sheet.snapshot is None or not context.viewer.roles & NAMED:
        return None
    return sheet.snapshot["form"]["closedBy"]  # type: ignore[no-any-return]


def file_name(values: dict[str, Any]) -> str:
    """What a file of it is called, without the kind."""
    return f"{values['name']} {values['day']}".rstrip(".")
