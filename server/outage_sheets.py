"""`GET /outage-sheets/{class}.xlsx?from=…&to=…`, or `.pdf`: blanks of temporary journals (13.1), for whoever writes in
them. What is filled in on the sheet comes back as a file; what is printed, by hand.
"""

import asyncio
from contextlib import AsyncExitStack
from datetime import date
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from documents.files import FileStore
from documents.forms import Form, Printer, TooLong
from documents.forms_outage import outage_form
from documents.outage_sheets import write_blank
from resolvers.context import Context
from resolvers.journal_outage_sheets import blank_of
from rules.journal_outage_sheets import Blank, file_name
from rules.refusals import Refusal, bad_input, not_found
from rules.school_files import MediaType
from schema.base import decode_id

from .files import HEADERS, Files
from .graphql import Door
from .prints import too_long

MEDIA_TYPES = {"xlsx": MediaType.XLSX, "pdf": MediaType.PDF}


class OutageSheets(Files):
    """An ASGI application: gives out the blanks of a class."""

    def __init__(self, door: Door, store: FileStore, printer: Printer) -> None:
        super().__init__(door, store)
        self.printer = printer

    async def respond(self, request: Request, context: Context, held: AsyncExitStack) -> Response:
        """The blank of the class and the days that the address names."""
        kind = request.path_params["kind"]
        if kind not in MEDIA_TYPES:
            raise not_found()
        since, until = (_day(request, name) for name in ("from", "to"))
        blank = await blank_of(context, _class(request.path_params["id"]), since, until)
        await context.close()
        try:
            content = await made(blank, kind, self.printer)
        except TooLong:
            return too_long()
        name = quote(file_name(blank, kind), safe="")
        headers = {**HEADERS, "Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
        return Response(content, headers=headers, media_type=MEDIA_TYPES[kind])


async def made(blank: Blank, kind: str, printer: Printer) -> bytes:
    """The blank as a file of a kind; `TooLong` if it takes too long to print."""
    if kind == "pdf":
        return await printer.pdf(Form.OUTAGE, outage_form(blank))
    return await asyncio.to_thread(write_blank, blank)


def _class(value: str) -> int:
    """The number of a class; what is no such id is not found, like what the viewer may not see."""
    try:
        type_name, number = decode_id(value, "id")
    except Refusal:
        raise not_found() from None
    if type_name != "SchoolClass":
        raise not_found()
    return number


def _day(request: Request, name: str) -> date:
    try:
        return date.fromisoformat(request.query_params.get(name, ""))
    except ValueError:
        raise bad_input("Нужен день, например 2026-05-20.", name) from None
