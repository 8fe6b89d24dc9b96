"""`GET /print/form/{form}.{pdf|xlsx|csv}`: federal forms on paper and as sheets (3.4)."""

import asyncio
from collections.abc import Mapping
from typing import Any

from documents.federal_sheets import write_form, write_form_csv
from documents.forms import Form, Printer
from resolvers.context import Context
from resolvers.journal_print import made_now
from resolvers.report_forms_print import file_name, printed_form
from rules.journal_print import Made
from rules.refusals import Refusal, not_found
from rules.report import FORM_READERS
from schema.base import number

from .report_prints import MEDIA_TYPES, Printed, check


async def printed_federal_form(context: Context, path: Mapping[str, str], printer: Printer) -> Printed:
    """The form that a path asks for; what is no such id is not found, like what the viewer may not see."""
    check(context, FORM_READERS)
    ending = path["ending"]
    if ending not in MEDIA_TYPES:
        raise not_found()
    try:
        form = number("FederalForm", path["form"], "id")
    except Refusal:
        raise not_found() from None
    values = await printed_form(context, form, ending)
    made = made_now(context)
    called = made.file_name(file_name(values), ending)
    return Printed(called, MEDIA_TYPES[ending], _file_of(values, ending, made, printer))


async def _file_of(values: dict[str, Any], ending: str, made: Made, printer: Printer) -> bytes:
    if ending == "pdf":
        return await printer.pdf(Form.FEDERAL, values)
    if ending == "xlsx":
        return await asyncio.to_thread(write_form, values, made.at)
    return await asyncio.to_thread(write_form_csv, values)
