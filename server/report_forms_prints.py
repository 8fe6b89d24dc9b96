"""`GET /print/form/{form}.{pdf|xlsx|csv}`: federal forms on paper and as sheets (3.4)."""

import asyncio
from collections.abc import Mapping

from documents.federal_sheets import write_form, write_form_csv
from documents.forms import Form, Printer
from resolvers.context import Context
from resolvers.report_forms_print import file_name, printed_form
from rules.refusals import Refusal, not_found
from rules.report import FORM_READERS
from schema.base import number

from .report_prints import MEDIA_TYPES, Printed, check

_WRITERS = {"xlsx": write_form, "csv": write_form_csv}
ENDINGS = ("pdf", *_WRITERS)


async def printed_federal_form(context: Context, path: Mapping[str, str], printer: Printer) -> Printed:
    """The form that a path asks for; what is no such id is not found, like what the viewer may not see."""
    check(context, FORM_READERS)
    ending = path["ending"]
    if ending not in ENDINGS:
        raise not_found()
    try:
        form = number("FederalForm", path["form"], "id")
    except Refusal:
        raise not_found() from None
    values = await printed_form(context, form, ending)
    made = printer.pdf(Form.FEDERAL, values) if ending == "pdf" else asyncio.to_thread(_WRITERS[ending], values)
    return Printed(f"{file_name(values)}.{ending}", MEDIA_TYPES[ending], made)
